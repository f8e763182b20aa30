"""The rows of lists that are not published: those that wait to be placed, and those that were refused.

They are kept in a database beside the versions, so that neither a new list nor a version rolled back loses any.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from locator.errors import ConflictError, UsageError
from locator.files.sqlite_file import BUSY_TIMEOUT_S, Execute, SqliteFile, Tables
from locator.language.messages import as_data, from_data

FILE: Final = "pending.sqlite"
TO_PLACE, REFUSED = "to_place", "refused"
"""What a row is pending for: a position, or another repair."""


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of a list that cannot be published."""

    key: str
    """What the next list of its source recognises it by: the id of its station, or a digest of its cells where it
    has no name."""
    what: str
    """`TO_PLACE` or `REFUSED`."""
    station_id: str
    worksheet: str | None
    row: int
    """Its number as the spreadsheet shows it."""
    name: str | None
    address: str | None
    district: str | None
    facts: Mapping[str, Any]
    """Columns of a station without a position, as JSON values; only those that are known."""
    cells: Mapping[str, Any]
    """Heading to cell, as the list has them."""
    written: str | None
    """The position as written, if any."""
    reason: str
    """A message."""
    fields: Mapping[str, str]
    """Field to heading: how its list was understood."""


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A row as it is kept."""

    number: int
    """From 1; it stays the same as long as the row is kept."""
    source: str
    """The name of its list."""
    file: str
    listed: ListedRow
    """As the last list had it."""
    came: datetime
    """When a list first had it, UTC."""
    who: str
    """Who imported that list."""
    is_listed: bool
    """Whether the last list of its source still has it."""
    dropped: str | None
    """Why a steward dropped it; ``None`` if nobody did."""


class Known(NamedTuple):
    """The facts by which the next list recognises a row."""

    station_id: str
    name: str
    address: str | None
    kind: str


class Brief(NamedTuple):
    """What a row is looked for by."""

    number: int
    station_id: str
    source: str
    row: int
    name: str | None
    address: str | None
    district: str | None
    is_listed: bool


class PendingRows:
    """The pending rows of a store, read and written by many threads and processes at once.

    A row of the kind `TO_PLACE` whose station is published, or retired, has been placed: callers name those
    stations, and the row is passed over. It is not deleted, so that it is there again when the version that placed
    it is rolled back.

    Any method may raise BusyError, if the database is locked for too long, and GeodataError, if it is damaged or
    cannot be written.

    Parameters
    ----------
    folder
        The folder of the store; the database is created by the first write.
    busy_timeout_s
        How long a call waits for other writers.
    """

    def __init__(self, folder: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self._database = SqliteFile(folder / FILE, _TABLES, busy_timeout_s)

    def check(self) -> None:
        """Write something that changes nothing, and check all of the database; none is created."""
        self._database.check()

    # Reading

    def counts(self, placed: Collection[str]) -> dict[str | None, int]:
        """Return how many rows wait to be placed in each district, ``None`` for those that name none.

        Parameters
        ----------
        placed
            The ids of all stations that are published or retired.
        """
        counts: dict[str | None, int] = {}
        for station_id, district in self._database.rows(_WAITING_DISTRICTS):
            if station_id not in placed:
                counts[district] = counts.get(district, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] or "")))

    def rows(
        self, what: str, placed: Collection[str] = (), *, source: str | None = None, is_dropped: bool = False
    ) -> list[PendingRow]:
        """List the rows of a kind by source, worksheet and row.

        Parameters
        ----------
        what
            `TO_PLACE` or `REFUSED`.
        placed
            The ids of all stations that are published or retired; only for `TO_PLACE`.
        source
            The name of a list; all by default.
        is_dropped
            Whether to list the rows that stewards dropped instead of the others.
        """
        rows = self._database.rows(_LIST, [what, is_dropped, source, source])
        return [row for row in map(_row, rows) if what != TO_PLACE or row.listed.station_id not in placed]

    def briefs(self, placed: Collection[str] = (), *, is_dropped: bool = False) -> list[Brief]:
        """List the rows to be placed by source, worksheet and row, as `rows` does, without their cells."""
        rows = self._database.rows(_BRIEFS, [is_dropped])
        return [brief for brief in map(Brief._make, rows) if brief.station_id not in placed]

    def find(self, number: int) -> PendingRow:
        """Return a row; raise `UsageError` if it is not kept any more."""
        rows = self._database.rows(f"{_SELECT} WHERE number = ?", [number])
        if not rows:
            raise UsageError("Row {number} of the rows to be placed is no longer here.", number=number)
        return _row(rows[0])

    def refused_count(self) -> int:
        """Return how many refused rows are kept."""
        return int(self._database.value("SELECT count(*) FROM pending WHERE what = 'refused' AND dropped IS NULL"))

    def known(self, source: str) -> list[Known]:
        """Return by what the next list of a source recognises its rows; rows without a name are not among them."""
        rows = self._database.rows(_KNOWN, [source])
        return [
            Known(station_id, name, address, orjson.loads(made)["kind"] or "")
            for station_id, name, address, made in rows
        ]

    def has_news(
        self, source: str, rows: Iterable[ListedRow], *, listed: Collection[str], is_part: bool = False
    ) -> bool:
        """Tell whether `taking` these rows would change more than the file and the numbers of their rows."""
        kept = {key: facts for key, *facts in self._database.rows(_KEPT, [source])}
        for row in rows:
            made = _values(row)
            if kept.pop(row.key, [])[1:] != [row.what, made[8], made[9], made[11], 1]:
                return True
        return any(
            what == REFUSED if {key, station_id} & set(listed) else is_listed and not is_part
            for key, (station_id, what, *_, is_listed) in kept.items()
        )

    # Writing

    @contextmanager
    def taking(
        self,
        source: str,
        file: str,
        rows: Iterable[ListedRow],
        *,
        listed: Collection[str],
        who: str,
        is_part: bool = False,
    ) -> Iterator[None]:
        """Keep the rows of a list that is published in the block; they are on disk before the block begins.

        If the block fails, everything is again as it was. A row that is known keeps its number, and when it came.
        A row that a steward dropped stays dropped while the list says the same of it.

        Parameters
        ----------
        source, file
            The name of the list, and of its file.
        rows
            Its rows that are not published; each key once.
        listed
            The ids of all its rows. Rows of earlier lists that are not among them are marked as no longer listed.
        who
            Who imports the list.
        is_part
            Whether the list has only some of the rows of its source, so that nothing is known of the others.
        """
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        with self._database.writing() as execute:
            before = execute("SELECT * FROM pending WHERE source = ?", [source]).fetchall()
            keys = set()
            for row in rows:
                execute(_KEEP, [source, file, *_values(row), at, who, at])
                keys.add(row.key)
            if not is_part:
                _mark_missing(execute, source, keys | set(listed), at)
        try:
            yield
        except BaseException:
            with self._database.writing() as execute:
                execute("DELETE FROM pending WHERE source = ? AND changed = ?", [source, at])
                for values in before:
                    execute(_PUT_BACK, values)
            raise
        self.settle(source, set(listed) - keys, by_hand=is_part)

    def settle(self, source: str, keys: Collection[str], *, by_hand: bool) -> None:
        """Forget the refused rows of a source whose repaired form was taken.

        Those that were mended by hand are dropped instead: the next list has them as they were.
        """
        known = {row[0] for row in self._database.rows(_REFUSED_KEYS, [source])} & set(keys)
        if known:
            with self._database.writing() as execute:
                for key in known:
                    execute(_MENDED if by_hand else _FORGET, [source, key])

    def drop(self, number: int, why: str | None) -> PendingRow:
        """Drop a row for a reason, or take it back if the reason is ``None``.

        Raises
        ------
        ConflictError
            If somebody else did so meanwhile.
        UsageError
            If the row is not kept any more.
        """
        row = self.find(number)
        with self._database.writing() as execute:
            at = datetime.now(UTC).isoformat(timespec="microseconds")
            changed = execute(_DROP if why else _TAKE_BACK, [why, at, number]).rowcount
        if not changed:
            raise ConflictError("Somebody else has done that meanwhile with {name}.", name=row.listed.name or "")
        return row


def _mark_missing(execute: Execute, source: str, listed: Collection[str], at: str) -> None:
    for number, key, station_id in execute(_STILL_LISTED, [source]).fetchall():
        if key not in listed and station_id not in listed:
            execute("UPDATE pending SET is_listed = 0, changed = ? WHERE number = ?", [at, number])


def _values(row: ListedRow) -> Sequence[Any]:
    made = orjson.dumps({"kind": None, **row.facts}).decode()
    cells = orjson.dumps({heading: _plain(cell) for heading, cell in row.cells.items()}, default=str).decode()
    reason = orjson.dumps(as_data(row.reason)).decode()
    fields = orjson.dumps(dict(row.fields)).decode()
    facts = (row.name, row.address, row.district, made, cells, row.written, reason, fields)
    return (row.key, row.what, row.station_id, row.worksheet, row.row, *facts)


def _plain(cell: Any) -> Any:
    """Return a cell as JSON can hold it; an integer that is too long becomes text."""
    return str(cell) if isinstance(cell, int) and abs(cell) >= 2**63 else cell


_LISTED: Final = tuple(f.name for f in dataclasses.fields(ListedRow))


def _row(values: Sequence[Any]) -> PendingRow:
    number, source, file, *listed, came, who, is_listed, dropped = values
    *names, made, cells, written, reason, fields = listed
    facts = {name: value for name, value in orjson.loads(made).items() if value is not None}
    values = (*names, facts, orjson.loads(cells), written, from_data(orjson.loads(reason)), orjson.loads(fields))
    row = ListedRow(**dict(zip(_LISTED, values, strict=True)))
    return PendingRow(number, source, file, row, datetime.fromisoformat(came), who, bool(is_listed), dropped)


_CREATE: Final = (
    """CREATE TABLE pending (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL, file TEXT NOT NULL, key TEXT NOT NULL, what TEXT NOT NULL,
        station_id TEXT NOT NULL, worksheet TEXT, row INTEGER NOT NULL, name TEXT, address TEXT, district TEXT,
        facts TEXT NOT NULL, cells TEXT NOT NULL, written TEXT, reason TEXT NOT NULL,
        fields TEXT NOT NULL, came TEXT NOT NULL, who TEXT NOT NULL, is_listed INTEGER NOT NULL DEFAULT 1,
        dropped TEXT, changed TEXT NOT NULL, UNIQUE (source, key))""",
    "CREATE INDEX pending_by_what ON pending (what, source, row)",
)


def _bring_up(execute: Execute, _: int) -> None:
    for statement in _CREATE:
        execute(statement)


_TABLES: Final = Tables(1, _bring_up, "UPDATE pending SET number = number WHERE 0")
_SELECT: Final = """
    SELECT number, source, file, key, what, station_id, worksheet, row, name, address, district, facts, cells,
        written, reason, fields, came, who, is_listed, dropped
    FROM pending"""
_ORDER: Final = "ORDER BY source, min(number) OVER (PARTITION BY source, worksheet), row, number"
"""By list, worksheet as they came first, and row."""
_LIST: Final = f"""{_SELECT}
    WHERE what = ? AND (dropped IS NOT NULL) = ? AND (? IS NULL OR source = ?) {_ORDER}"""
_BRIEFS: Final = f"""
    SELECT number, station_id, source, row, name, address, district, is_listed FROM pending
    WHERE what = 'to_place' AND (dropped IS NOT NULL) = ? {_ORDER}"""  # noqa: S608 - no values in it
_KEEP: Final = """
    INSERT INTO pending (source, file, key, what, station_id, worksheet, row, name, address, district, facts,
        cells, written, reason, fields, came, who, changed)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (source, key) DO UPDATE SET
        dropped = CASE WHEN facts = excluded.facts AND what = excluded.what THEN dropped END,
        file = excluded.file, what = excluded.what, station_id = excluded.station_id,
        worksheet = excluded.worksheet, row = excluded.row, name = excluded.name, address = excluded.address,
        district = excluded.district, facts = excluded.facts, cells = excluded.cells, written = excluded.written,
        reason = excluded.reason, fields = excluded.fields, is_listed = 1, changed = excluded.changed"""
_WAITING_DISTRICTS: Final = "SELECT station_id, district FROM pending WHERE what = 'to_place' AND dropped IS NULL"
_KEPT: Final = "SELECT key, station_id, what, facts, cells, reason, is_listed FROM pending WHERE source = ?"
_STILL_LISTED: Final = "SELECT number, key, station_id FROM pending WHERE source = ? AND is_listed"
_REFUSED_KEYS: Final = "SELECT key FROM pending WHERE source = ? AND what = 'refused'"
_KNOWN: Final = """
    SELECT station_id, name, address, facts FROM pending
    WHERE source = ? AND name IS NOT NULL AND key = station_id ORDER BY number"""
_PUT_BACK: Final = f"INSERT OR IGNORE INTO pending VALUES ({', '.join('?' * 21)})"  # noqa: S608 - no values in it
_DROP: Final = "UPDATE pending SET dropped = ?, changed = ? WHERE number = ? AND dropped IS NULL"
_FORGET: Final = "DELETE FROM pending WHERE source = ? AND key = ? AND what = 'refused'"
_MENDED: Final = "UPDATE pending SET dropped = 'mended' WHERE source = ? AND key = ? AND what = 'refused'"
_TAKE_BACK: Final = "UPDATE pending SET dropped = ?, changed = ? WHERE number = ? AND dropped IS NOT NULL"
