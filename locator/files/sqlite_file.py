"""A database in one file of SQLite, written by many threads and processes.

Everything specific to SQLite is in this module and in the tables that it is given. A PostgreSQL version would
replace `SqliteFile` (a pool instead of one connection per thread, `%s` for `?`, other error codes) and the tables
(``GENERATED ALWAYS AS IDENTITY`` for ``AUTOINCREMENT``, ``BYTEA`` for ``BLOB``, trigger functions). The statements
of the other modules could stay.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from locator.errors import BusyError, GeodataError, LocatorError
from locator.language.messages import message

BUSY_TIMEOUT_S: Final = 5.0
"""How long a write waits for other writers. A write takes a few milliseconds, so this is a long queue."""

Execute = Callable[..., sqlite3.Cursor]
"""Executes a statement with values for its ``?``."""

_EMPTY_LOG: Final = "PRAGMA wal_checkpoint(TRUNCATE)"
_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_READ_ONLY: Final = "{file} cannot be written: {fault}. Give the service the right to write it and its folder."
_DAMAGED: Final = "{file} is damaged: {fault}. Put a copy of it back, or move it away to begin anew."
_FAULTS: Final = {
    sqlite3.SQLITE_FULL: message("{file} cannot be written: {fault}. Make room; what was kept before is safe."),
    sqlite3.SQLITE_IOERR: message("{file} cannot be read or written: {fault}. Is the disk full?"),
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _READ_ONLY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a database, and how they come about."""

    version: int
    """From 1; written into the file."""
    bring_up: Callable[[Execute, int], None]
    """Creates the tables (version 0) or migrates those of an earlier version, in the caller's transaction."""
    touch: str
    """A statement that writes without changing anything."""


_Identity = tuple[int, int, int]
"""Process, device and inode: what a connection was opened for."""


class SqliteFile:
    """One database file, to which every thread opens its own connection when it first needs one.

    A transaction is on disk when it ends (write-ahead log, ``synchronous=FULL``). After a fork, or when the file
    was moved away or replaced, the next use opens a new connection. The file and its folder are created by the
    first write; until then readers see empty tables.

    Parameters
    ----------
    path
        The database file. SQLite adds ``-wal`` and ``-shm`` beside it while it is in use.
    tables
        What is in it.
    busy_timeout_s
        How long a transaction waits for others.
    """

    def __init__(self, path: Path, tables: Tables, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self._path = path
        self._tables = tables
        self._busy_timeout_s = busy_timeout_s
        self._local = threading.local()

    def exists(self) -> bool:
        """Return whether anything was ever written."""
        return self._path.exists()

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of one statement, given values for its ``?``.

        Raises
        ------
        BusyError
            If the file is locked for longer than the timeout.
        GeodataError
            If the file is damaged or cannot be read.
        """
        with self._own_errors():
            return self._connection().execute(statement, values).fetchall()

    def value(self, statement: str) -> Any:
        """Return the value of a statement whose result always has one row with one column.

        Raises
        ------
        BusyError, GeodataError
            As `rows`, and if the row is missing.
        """
        rows = self.rows(statement)
        if not rows:
            raise GeodataError(_DAMAGED, file=self._path.name, fault="a row is missing")
        return rows[0][0]

    @contextmanager
    def writing(self) -> Iterator[Execute]:
        """Yield a function that executes statements in one transaction, committed at the end of the block.

        If the block fails, everything in it is rolled back.

        Raises
        ------
        BusyError
            If others write for longer than the timeout.
        GeodataError
            If the file is damaged, read-only, or the disk is full.
        """
        with self._own_errors():
            self._make_file()
            with _transaction(self._connection()) as execute:
                yield execute

    def check(self) -> None:
        """Write something that changes nothing, and check all pages; a file that does not exist is not created.

        Raises
        ------
        BusyError, GeodataError
            As `writing`, and if any page of the file is damaged.
        """
        if not self.exists():
            return
        with self.writing() as execute:
            execute(self._tables.touch)
        fault = self.value("PRAGMA quick_check(1)")
        if fault != "ok":
            raise GeodataError(_DAMAGED, file=self._path.name, fault=fault)

    def scrub(self) -> None:
        """Empty the write-ahead log, where deleted rows may still stand; not possible while others read."""
        with self._own_errors():
            self._connection().execute(_EMPTY_LOG).fetchall()

    def close(self) -> None:
        """Close this thread's connection; those of other threads close when they end."""
        self._local.__dict__.clear()

    def _make_file(self) -> None:
        """Create the file, readable for its owner alone; SQLite gives the two beside it the same mode."""
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))

    def _connection(self) -> sqlite3.Connection:
        identity = self._identity()
        own: _ThreadConnection | None = getattr(self._local, "own", None)
        if own is None or own.identity != identity:
            own = _ThreadConnection(identity, self._connect(identity))
            self._local.own = own
        return own.connection

    def _identity(self) -> _Identity:
        """Return what identifies this process and this file; inode 0 stands for no file."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return os.getpid(), 0, 0
        return os.getpid(), status.st_dev, status.st_ino

    def _connect(self, identity: _Identity) -> sqlite3.Connection:
        path = self._path if identity[2] else ":memory:"
        connection = sqlite3.connect(
            path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
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
        # Deleted rows are overwritten with zeros: what was forgotten must not be readable in the file.
        connection.execute("PRAGMA secure_delete = ON").fetchall()
        version = _version(connection)
        if version > self._tables.version:
            raise GeodataError(
                "{file} was written by a later version of this program. Install that version.",
                file=self._path.name,
            )
        if version < self._tables.version:
            _bring_up(connection, self._tables)

    def _use_write_ahead_log(self, connection: sqlite3.Connection) -> None:
        """Switch to the write-ahead log. Here SQLite does not wait for others itself, so that this tries again."""
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
    def _own_errors(self) -> Iterator[None]:
        """Replace errors of the file and the disk by our own; others, such as wrong SQL, are bugs and pass."""
        try:
            yield
        except sqlite3.Error as error:
            own = self._error(_code(error), str(error))
            if own is None:
                raise
            raise own from error
        except OSError as error:
            raise GeodataError(_READ_ONLY, file=self._path.name, fault=error.strerror) from error

    def _error(self, code: int, fault: str) -> LocatorError | None:
        if code in _BUSY:
            return BusyError("Too many are writing at once. Nothing was kept; try again in half a minute.")
        template = _FAULTS.get(code)
        return GeodataError(template, file=self._path.name, fault=fault) if template else None


class _ThreadConnection:
    """A connection that is closed when its thread ends, but never in the child of a fork.

    SQLite forbids a child process to use its parent's connections, even to close them
    (https://www.sqlite.org/howtocorrupt.html, 2.6).
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
    # IMMEDIATE takes the write lock first: a transaction that read before it could not wait for it any more.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection.execute
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _bring_up(connection: sqlite3.Connection, tables: Tables) -> None:
    """Create or migrate the tables in one transaction, unless another process has done so meanwhile."""
    with _transaction(connection) as execute:
        version = _version(connection)
        if version < tables.version:
            tables.bring_up(execute, version)
            execute(f"PRAGMA user_version = {tables.version}")
    if 0 < version < tables.version:
        # Migrations delete data, which must not stay in the write-ahead log.
        connection.execute(_EMPTY_LOG).fetchall()


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code, 0 for an error of the calling code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
