"""Folders that appear under their name whole or not at all, and are still there after a power cut."""

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
    """Tell a full disk and a folder that may not be written in a sentence."""
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
    """Make a folder in another to be filled and renamed; if it was not renamed in the end, it is removed."""
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
        """Return that it was taken: nobody can tell."""
        return True

    def is_taken(path: Path) -> bool:  # noqa: ARG001
        """Return that it is: nobody can tell."""
        return True

    def sync(*paths: Path) -> None:
        """Do nothing."""

else:

    def _hold(folder: Path) -> int | None:
        """Mark a folder as somebody's, until he closes it or dies; ``None`` if it was just taken for abandoned."""
        try:
            held = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with suppress(OSError):  # there are file systems without locks
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if folder.exists():
            return held
        os.close(held)
        return None

    def remove_abandoned(parent: Path) -> None:
        """Remove what publishers left behind that were killed: nobody holds it any more, whatever a clock says."""
        for folder in parent.glob(f"{_NEW}*"):
            with suppress(OSError):  # somebody holds it, or it is gone by now
                held = os.open(folder, os.O_RDONLY)
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
                finally:
                    os.close(held)

    def take(file: IO[bytes]) -> bool:
        """Take an open file for this process until it is closed, or the process dies; tell whether it was free."""
        for _ in range(_TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE_S)  # it may be that somebody only looks whether it is taken
            except OSError:  # there are file systems without locks
                return True
            else:
                return True
        return False

    def is_taken(path: Path) -> bool:
        """Tell whether a process holds a file that it took; where that cannot be told, it does."""
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def sync(*paths: Path) -> None:
        """Wait until files and folders are on the disk."""
        for path in paths:
            opened = os.open(path, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
