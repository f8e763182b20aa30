"""Atomic, durable publishing of folders, and locks on files."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from locator.errors import GeodataError

if sys.platform != "win32":
    import fcntl

_NEW: Final = ".new-"
_TRIES: Final = 5
_PAUSE_S: Final = 0.02


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn errors of a full disk or a read-only folder into a `GeodataError`."""
    try:
        yield
    except OSError as fault:
        raise GeodataError(
            "{folder} cannot be written: {fault}. Nothing was published. Free some space there, or let the service"
            " write to it.",
            folder=folder,
            fault=fault.strerror,
        ) from None


@contextmanager
def new_folder(parent: Path) -> Iterator[Path]:
    """Make a temporary folder in another, to be filled and renamed; remove it if it was not renamed."""
    held = None
    while held is None:
        folder = parent / f"{_NEW}{secrets.token_hex(8)}"
        folder.mkdir()
        held = _hold(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


if sys.platform == "win32":  # folders can be neither opened nor locked there: what a crash left behind stays

    def _hold(folder: Path) -> int | None:  # noqa: ARG001
        return os.open(os.devnull, os.O_RDONLY)

    def remove_abandoned(parent: Path) -> None:
        """Do nothing."""

    def take(file: IO[bytes]) -> bool:  # noqa: ARG001
        """Return ``True``: files are not locked on Windows."""
        return True

    def is_taken(path: Path) -> bool:  # noqa: ARG001
        """Return ``True``: files are not locked on Windows."""
        return True

    def sync(*paths: Path) -> None:
        """Do nothing."""

else:

    def _hold(folder: Path) -> int | None:
        """Lock a folder until it is closed or the process ends; ``None`` if it was just removed as abandoned."""
        try:
            held = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if folder.exists():
            return held
        os.close(held)
        return None

    def remove_abandoned(parent: Path) -> None:
        """Remove the temporary folders of killed processes: those without a lock, whatever their age."""
        for folder in parent.glob(f"{_NEW}*"):
            with suppress(OSError):  # somebody holds it, or it is gone by now
                held = os.open(folder, os.O_RDONLY)
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
                finally:
                    os.close(held)

    def take(file: IO[bytes]) -> bool:
        """Lock an open file until it is closed or the process ends; tell whether it was free."""
        for _ in range(_TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE_S)  # another process may only be checking the lock
            except OSError:  # some file systems have no locks
                return True
            else:
                return True
        return False

    def is_taken(path: Path) -> bool:
        """Tell whether a file is locked by a process; assume so if that cannot be checked."""
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def sync(*paths: Path) -> None:
        """Flush files and folders to the disk."""
        for path in paths:
            opened = os.open(path, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
