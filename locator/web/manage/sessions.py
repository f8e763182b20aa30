"""Who is signed in: written down here, so that a cookie is worth nothing once its session has ended."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson

from locator.errors import GeodataError
from locator.files.folders import sync

IDLE: Final = timedelta(hours=8)
"""A session that nobody uses for so long ends."""
LONGEST: Final = timedelta(hours=12)
"""So long after it began it ends in any case."""
SEEN_EVERY_S: Final = 60
"""So often at most it is written down that a session is used."""
SKEW_S: Final = 60
"""So far the clocks of those who share a store may differ."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which somebody is signed in."""

    account: str
    """The password with which it was opened, by a mark that does not tell it."""
    name: str
    began: float
    """Seconds since 1970."""
    seen: float
    """When it was last used, to `SEEN_EVERY_S`."""


class Sessions:
    """The open sessions of a store, a small file each; all processes that share the store see the same.

    The word that opens a session stands in its cookie alone; the file is called after the word's hash, and its
    time is when the session was last used.

    Parameters
    ----------
    folder
        Where the files are; made when somebody first signs in.
    clock
        Gives the present in seconds since 1970.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._folder = folder

    def begin(self, account: str, name: str) -> str:
        """Open a session and return the word for its cookie; raise `GeodataError` where it cannot be written."""
        word, now = secrets.token_urlsafe(32), self.clock()
        with self._told():
            self._tidy(account)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(self._path(word), orjson.dumps({"account": account, "name": name, "began": now}), now)
        return word

    def find(self, word: str, account: str) -> Session | None:
        """Return the session that a word opens, if it is of this password and has not ended."""
        path, now = self._path(word), self.clock()
        found = self._open(path)
        if found is None or found.account != account:
            return None
        if now > found.seen + SEEN_EVERY_S:
            with suppress(
                OSError
            ):  # where nothing can be written it ends earlier, and ended meanwhile it stays so
                os.utime(path, (now, now))
        return found

    def end(self, word: str) -> None:
        """End a session, on the disk when this returns; raise `GeodataError` where that cannot be written."""
        with self._told():
            self._remove(self._path(word))

    def end_all(self, name: str) -> None:
        """End all sessions of who gave this name, as `end` does."""
        with self._told():
            self._remove(*(path for path in self._paths() if (found := self._open(path)) and found.name == name))

    def _open(self, path: Path) -> Session | None:
        """Read a session that has not ended; a file that is damaged or gone is none."""
        try:
            found, now = Session(**orjson.loads(path.read_bytes()), seen=path.stat().st_mtime), self.clock()
            ages = (now - found.began, LONGEST), (now - found.seen, IDLE)
            is_open = all(-SKEW_S <= age < limit.total_seconds() for age, limit in ages)
        except (OSError, TypeError, ValueError):
            return None
        return found if is_open else None

    def _write(self, path: Path, said: bytes, now: float) -> None:
        """Give a file its name only when it is whole and has its time: others look, and remove what has ended."""
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            draft.write_bytes(said)
            os.utime(draft, (now, now))
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)

    def _tidy(self, account: str) -> None:
        """Remove what has ended, and all of an earlier password."""
        for path in self._paths():
            found = self._open(path)
            if found is None or found.account != account:
                self._remove(path)

    def _remove(self, *paths: Path) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        if self._folder.is_dir():
            sync(self._folder)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            raise GeodataError(
                "Who is signed in cannot be written down: {fault}. Give the service the right to write the folder"
                " of LOCATOR_STORE, and room on its disk.",
                fault=fault.strerror,
            ) from None

    def _paths(self) -> Iterator[Path]:
        return self._folder.glob("[0-9a-f]" * 64)

    def _path(self, word: str) -> Path:
        return self._folder / sha256(word.encode()).hexdigest()
