"""The file that keeps what people said: an SQLite database that many threads and processes write.

All that is SQLite's own is in this module and in `tables`. A PostgreSQL version would replace `Database` (a pool
instead of the connections of threads, `%s` for `?`, its error codes) and the tables (``GENERATED ALWAYS AS
IDENTITY`` for ``AUTOINCREMENT``, ``BYTEA`` for ``BLOB``, trigger functions); the statements of the other modules
it could keep.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from locator.errors import BusyError, GeodataError, LocatorError
from locator.feedback.migrations import VERSION, bring_up
from locator.language.messages import message

BUSY_TIMEOUT_S: Final = 5.0
"""So long a write waits for those of others."""

Execute = Callable[..., sqlite3.Cursor]
"""Runs a statement with the values of its ``?``."""

_EMPTY_LOG: Final = "PRAGMA wal_checkpoint(TRUNCATE)"
_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_READ_ONLY: Final = "{file} cannot be written: {fault}. Give the service the right to write it and its folder."
_DAMAGED: Final = "{file} is damaged: {fault}. Put a copy of it back, or move it away to begin anew."
_FAULTS: Final = {
    sqlite3.SQLITE_FULL: message("{file} cannot be written: {fault}. Make room; what was kept before is safe."),
    sqlite3.SQLITE_IOERR: message("{file} cannot be read or written: {fault}. Look after the disk; is it full?"),
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}

_Identity = tuple[int, int, int]


class Database:
    """One file, opened by every thread for itself when it first needs it.

    What a transaction wrote is on the disk when it ends (write-ahead log, ``synchronous=FULL``). A fork, and a
    file that was moved away or replaced, are noticed at the next use. The file and its folder come into being
    with the first write; until then a reader sees empty tables.

    Parameters
    ----------
    path
        The file; two more, named like it, stand beside it while it is used.
    busy_timeout_s
        So long a transaction waits for those of others.
    """

    def __init__(self, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._mine = threading.local()

    def exists(self) -> bool:
        """Tell whether anything was ever written."""
        return self._path.exists()

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that one statement reads, given the values of its ``?``.

        Raises
        ------
        BusyError
            If the file is locked for longer than the timeout.
        GeodataError
            If the file is damaged or cannot be read.
        """
        with self._told():
            return self._connection().execute(statement, values).fetchall()

    def value(self, statement: str) -> Any:
        """Return what one statement reads that has one row with one column, whatever was written.

        Raises
        ------
        BusyError, GeodataError
            As `rows`; a row that is not there was lost.
        """
        found = self.rows(statement)
        if not found:
            raise GeodataError(_DAMAGED, file=self._path.name, fault="a row is missing")
        return found[0][0]

    @contextmanager
    def writing(self) -> Iterator[Execute]:
        """Give what runs the statements of one transaction: on the disk when the block ends, undone if it fails.

        Raises
        ------
        BusyError
            If others write for longer than the timeout.
        GeodataError
            If the file is damaged, read-only, or the disk is full.
        """
        with self._told():
            self._make_file()
            with _transaction(self._connection()) as execute:
                yield execute

    def check(self) -> None:
        """Write a number over with itself, and read everything; a file that is not there yet is left so.

        Raises
        ------
        BusyError, GeodataError
            As `writing`, and if any page of the file is damaged.
        """
        if not self.exists():
            return
        with self.writing() as execute:
            execute("UPDATE counters SET value = value WHERE name = 'overlay'")
        found = self.value("PRAGMA quick_check(1)")
        if found != "ok":
            raise GeodataError(_DAMAGED, file=self._path.name, fault=found)

    def scrub(self) -> None:
        """Take what was deleted out of the write-ahead log too, if nobody is reading."""
        with self._told():
            self._connection().execute(_EMPTY_LOG).fetchall()

    def close(self) -> None:
        """Close this thread's connection; those of other threads close when they end."""
        self._mine.__dict__.clear()

    def _make_file(self) -> None:
        """Make the file readable for its owner alone; the two beside it take after it."""
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))

    def _connection(self) -> sqlite3.Connection:
        identity = self._identity()
        held: _Held | None = getattr(self._mine, "held", None)
        if held is None or held.identity != identity:
            held = _Held(identity, self._connect(identity))
            self._mine.held = held
        return held.connection

    def _identity(self) -> _Identity:
        """Return what tells this process and this file from others; no file has the number 0."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return os.getpid(), 0, 0
        return os.getpid(), status.st_dev, status.st_ino

    def _connect(self, identity: _Identity) -> sqlite3.Connection:
        place = self._path if identity[2] else ":memory:"
        connection = sqlite3.connect(
            place, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        self._use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        # What is deleted is overwritten: nothing of it is to be found in the file.
        connection.execute("PRAGMA secure_delete = ON").fetchall()
        version = _version(connection)
        if version > VERSION:
            raise GeodataError(
                "{file} was written by a later version of this program. Install that version.",
                file=self._path.name,
            )
        if version < VERSION:
            _bring_up(connection)

    def _use_write_ahead_log(self, connection: sqlite3.Connection) -> None:
        """Switch the log on; two who do so at once are told "locked" without any waiting."""
        deadline = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL").fetchall()
                return
            except sqlite3.OperationalError as error:
                if _code(error) not in _BUSY or time.monotonic() >= deadline:
                    raise
                time.sleep(0.005)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn errors of the file and the disk into ours; all others are bugs and stay what they are."""
        try:
            yield
        except sqlite3.Error as error:
            ours = self._error(_code(error), str(error))
            if ours is None:
                raise
            raise ours from error
        except OSError as error:
            raise GeodataError(_READ_ONLY, file=self._path.name, fault=error.strerror) from error

    def _error(self, code: int, fault: str) -> LocatorError | None:
        if code in _BUSY:
            return BusyError("Too many are writing at once. Nothing was kept; try again in half a minute.")
        template = _FAULTS.get(code)
        return GeodataError(template, file=self._path.name, fault=fault) if template else None


class _Held:
    """A connection that closes with the thread that holds it, but never in the child of a fork.

    SQLite forbids a child to touch its parent's connections, even to close them.
    """

    def __init__(self, identity: _Identity, connection: sqlite3.Connection) -> None:
        self.identity = identity
        self.connection = connection

    def __del__(self) -> None:
        if self.identity[0] == os.getpid():
            self.connection.close()
        else:
            _INHERITED.append(self.connection)


_INHERITED: Final[list[sqlite3.Connection]] = []


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[Execute]:
    # Immediate: one that reads first and writes then could not wait for another's write in between.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection.execute
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _bring_up(connection: sqlite3.Connection) -> None:
    """Create the tables or bring old ones up to date, all or none, unless another did so meanwhile."""
    with _transaction(connection) as execute:
        version = _version(connection)
        if version < VERSION:
            bring_up(execute, version)
    if 0 < version < VERSION:
        # What old tables had and new ones have not is to go from the write-ahead log too.
        connection.execute(_EMPTY_LOG).fetchall()


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code, 0 for an error of the calling code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
