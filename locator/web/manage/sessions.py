"""Sessions of stewards, kept on the server so that a cookie is useless after its session has ended."""

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
"""A session ends after this time without use."""
LONGEST: Final = timedelta(hours=12)
"""A session ends this long after it began in any case."""
SEEN_EVERY_S: Final = 60
"""The time of last use is written at most this often."""
SKEW_S: Final = 60
"""The most that the clocks of processes which share a store may differ."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which somebody is signed in."""

    account: str
    """A hash of the password with which it was opened."""
    name: str
    began: float
    """Seconds since 1970."""
    seen: float
    """When it was last used, to `SEEN_EVERY_S`."""


class Sessions:
    """The open sessions of a store, a small file each; all processes that share the store see the same.

    The word that opens a session is only in its cookie. The file is named by a hash of the word, and its time is
    that of the last use.

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
        with self._write_errors():
            self._tidy(account)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(self._path(word), orjson.dumps({"account": account, "name": name, "began": now}), now)
        return word

    def find(self, word: str, account: str) -> Session | None:
        """Return the session that a word opens, if it is of this password and has not ended."""
        path, now = self._path(word), self.clock()
        session = self._open(path)
        if session is None or session.account != account:
            return None
        if now > session.seen + SEEN_EVERY_S:
            # If the time cannot be written, the session ends earlier.
            with suppress(OSError):
                os.utime(path, (now, now))
        return session

    def end(self, word: str) -> None:
        """End a session, on the disk when this returns; raise `GeodataError` where that cannot be written."""
        with self._write_errors():
            self._remove(self._path(word))

    def end_all(self, name: str) -> None:
        """End all sessions of who gave this name, as `end` does."""
        with self._write_errors():
            opened = [(path, self._open(path)) for path in self._paths()]
            self._remove(*(path for path, session in opened if session and session.name == name))

    def _open(self, path: Path) -> Session | None:
        """Read a session that has not ended; a file that is damaged or gone is none."""
        try:
            session, now = Session(**orjson.loads(path.read_bytes()), seen=path.stat().st_mtime), self.clock()
            ages = (now - session.began, LONGEST), (now - session.seen, IDLE)
            is_open = all(-SKEW_S <= age < limit.total_seconds() for age, limit in ages)
        except (OSError, TypeError, ValueError):
            return None
        return session if is_open else None

    def _write(self, path: Path, content: bytes, now: float) -> None:
        """Write a file and set its time before it gets its name, because other processes remove ended sessions."""
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            draft.write_bytes(content)
            os.utime(draft, (now, now))
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)

    def _tidy(self, account: str) -> None:
        """Remove ended sessions and those of an earlier password."""
        for path in self._paths():
            session = self._open(path)
            if session is None or session.account != account:
                self._remove(path)

    def _remove(self, *paths: Path) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        if self._folder.is_dir():
            sync(self._folder)

    @contextmanager
    def _write_errors(self) -> Iterator[None]:
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
