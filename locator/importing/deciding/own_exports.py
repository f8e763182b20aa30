"""An export of this service that comes back: what was changed in it are edits by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from locator.files.cells import LONGEST_TEXT, as_text, is_empty
from locator.files.resaved_cells import as_number, is_true, is_untouched
from locator.files.sheets import Sheet
from locator.files.writing import as_said
from locator.geo.geodesy import GEOD
from locator.importing.deciding.comparing import Comparison, Origin, make_stations
from locator.importing.deciding.merging import Diff, apply, with_ids
from locator.importing.deciding.verdicts import Doubt, Refusal, WaitingRow, find_verdicts
from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.positions import RowPositions
from locator.importing.understanding.values import FACTS, Draft
from locator.language.messages import Message, message
from locator.stations.differences import MOVED_M, differences
from locator.stations.edits import Edits, recorded
from locator.stations.hours_text import read_hours
from locator.stations.reading import COLUMNS, DAYS
from locator.stations.schema import CLOSED, DOUBTS, WORDS_OF_COLUMN, Station
from locator.stations.store import Contents
from locator.stations.version_export import DATUM, exported

_FORMER: Final = frozenset({"station_id", "kind", "source", "synthetic", "doubts"})
"""Headings by which a table is known that was exported when it did not name its datum yet."""
_UNREAD: Final = ("pinyin", "licence", "source", "synthetic", "doubts")
"""Columns of a station that only exports have; the reader of lists does not read them."""


def is_own_export(sheet: Sheet) -> bool:
    """Tell whether a file is an export of this service: its rows have ids, and it says its datum."""
    headings = sheet.columns.keys()
    said = {as_text(value) for value in sheet.columns.get("datum", ())} - {""}
    return "station_id" in headings and (said == {DATUM} or headings >= _FORMER)


def exported_version(sheet: Sheet) -> str | None:
    """Return the ``data_version`` of the stations in an export, ``None`` where it does not say a single one."""
    said = {as_text(value) for value in sheet.columns.get("data_version", ())} - {""}
    return said.pop() if len(said) == 1 else None


def compare_export(
    draft: Draft,
    positions: RowPositions,
    sheet: Sheet,
    origin: Origin,
    area: Area,
    before: Contents,
    then: Mapping[str, Station],
    today: date,
) -> Comparison:
    """Compare an export that comes back with what is published.

    A cell counts as changed if it differs from what was exported by more than spreadsheets change by themselves.
    Changed cells are edits by hand of the stations of their ids, whatever their source; everything else stays as
    it is published now. Rows with no known id are new stations, unless they are those of known ones. Rows that are
    missing retire nothing, and rows of stations that were retired since do not reopen them.

    Parameters
    ----------
    draft, positions, sheet
        The rows: as they were read, and as the file has them.
    origin
        Kind and list of the new stations that do not name theirs.
    area
        The districts that are served.
    before
        The published version.
    then
        The stations as they were exported, by id; empty: as they are published.
    today
        The day on which stations are retired.
    """
    rows = _ExportRows(draft, positions, sheet, origin, before, then)
    verdicts = find_verdicts(
        rows.draft, rows.positions, rows.ids, area, before.stations, source="", kind="", anywhere=origin.anywhere
    )
    rows.judge(*verdicts)
    return rows.comparison(today)


class _ExportRows:
    """The rows of an export: which are new, and which are of published stations, with what was changed."""

    def __init__(
        self,
        draft: Draft,
        positions: RowPositions,
        sheet: Sheet,
        origin: Origin,
        before: Contents,
        then: Mapping[str, Station],
    ) -> None:
        columns = {name: list(values) for name, values in draft.columns.items()}
        self._before, self._origin, self._cells = before, origin, sheet.columns
        self._published = {station.station_id: station for station in before.stations}
        self._retired = {gone.station.station_id: gone.station for gone in before.retired}
        columns["station_id"] = _restored(columns["station_id"], {*self._published, *self._retired})
        self.draft = replace(draft, columns=columns)
        self.positions = replace(positions, lonlat=positions.lonlat.copy(), faults=dict(positions.faults))
        self.ids = with_ids(
            self.draft,
            positions.lonlat,
            source=origin.source,
            published=before.stations,
            retired=before.retired,
            every_source=True,
        )
        self.after: dict[int, Station] = {}
        """Row, from 1, to the published station with what was changed in it."""
        self.new: set[int] = set()
        """The rows, from 1, of stations that there are not yet."""
        for row, station_id in enumerate(self.ids):
            if station := self._published.get(station_id):
                self._compare(row, then.get(station_id, station), station)
            elif station_id not in self._retired:
                self.new.add(row + 1)

    def _compare(self, row: int, then: Station, now: Station) -> None:
        """Put what is published now in place of the cells that nobody changed."""
        was = exported(then) | {"amenities": then.amenities, "doubts": " ".join(then.doubts)}
        changed = {
            heading
            for heading, cells in self._cells.items()
            if heading in was and not is_untouched(cells[row], was[heading])
        } - {"station_id", "lat", "lon"}
        after = replace(now, **self._facts(row, changed, now))
        lon, lat = self.positions.lonlat[row].tolist()
        if lat != lat or _apart_m(lon, lat, then) <= MOVED_M:
            self.positions.lonlat[row] = now.lon, now.lat
            self.positions.faults.pop(row + 1, None)
        else:
            after = replace(after, lat=lat, lon=lon)
        for name in FACTS:
            value = getattr(after, name)
            self.draft.columns[name][row] = value.isoformat() if isinstance(value, date) else value
        if after != now:
            self.after[row + 1] = after

    def _facts(self, row: int, changed: set[str], now: Station) -> dict[str, Any]:
        """Return the facts of a station that follow from the cells that were changed."""
        facts = {name: self._value(row, name, now) for name in changed & set(COLUMNS)}
        if "name" in changed and "pinyin" not in changed:
            facts["pinyin"] = self.draft.columns["pinyin"][row]
        words = {name.removeprefix("amenity:") for name in changed if name.startswith("amenity:")}
        if words:
            listed = self.draft.columns["amenities"][row] or {}
            others = {word: has for word, has in now.amenities.items() if word not in words}
            facts["amenities"] = others | {word: has for word, has in listed.items() if word in words}
        # Words and syntax say the same of the hours; who changed one of them did not look at the other.
        if "hours_text" in facts and "hours" not in facts:
            facts["hours"] = read_hours(facts["hours_text"]) if facts["hours_text"] else None
        elif "hours" in facts and "hours_text" not in facts:
            facts["hours_text"] = None
        return facts

    def _value(self, row: int, name: str, now: Station) -> Any:
        """Return a fact of a row; what was not understood stays as it is."""
        cell = self._cells[name][row]
        if name in _UNREAD:
            return _own_value(name, cell, now)
        if (text := as_text(cell)) in WORDS_OF_COLUMN.get(name, ()):
            return text
        if is_empty(cell) and name != "kind":
            return getattr(_EMPTY, name)
        value = self.draft.columns[name][row]
        if value is None:
            return getattr(now, name)
        return date.fromisoformat(value) if name in DAYS else value

    def judge(self, refused: list[Refusal], waiting: list[WaitingRow], doubts: list[Doubt]) -> None:
        """Take the verdicts on the rows that are new or were changed, and mark these with their doubts."""
        concerned = self.new | self.after.keys()
        self._refused = [one for one in refused if one.row in concerned]
        self._waiting = [one for one in waiting if one.row in self.new]
        self._doubts = [one for one in doubts if one.row in concerned]
        for row in {one.row for one in self._refused}:
            self.after.pop(row, None)
            self.new.discard(row)
        self.new -= {one.row for one in self._waiting}
        for doubt in self._doubts:
            if (station := self.after.get(doubt.row)) and _are_facts_changed(
                self._published[station.station_id], station
            ):
                codes = {*station.doubts, doubt.code}
                self.after[doubt.row] = replace(station, doubts=tuple(code for code in DOUBTS if code in codes))

    def comparison(self, today: date) -> Comparison:
        """Return what publishing the changes and the new stations would do."""
        closed = [row for row, station in self.after.items() if station.status == CLOSED]
        after = {row: station for row, station in self.after.items() if row not in closed}
        gone = tuple(self._published[self.ids[row - 1]] for row in closed)
        new = self._new_stations()
        found = differences((self._published[one.station_id] for one in after.values()), after.values())
        known = set(self.ids) & self._published.keys()
        diff = Diff(
            added=tuple(new.values()),
            changed=found.changed,
            moved=found.moved,
            gone=gone,
            reopened=(),
            unchanged=len(known) - len(after) - len(gone),
        )
        stations, retired = apply(diff, self._before.stations, self._before.retired, today)
        edits = self._edits(diff)
        rows = {row: self._published[key] for row, key in enumerate(self.ids, 1) if key in known} | after | new
        return Comparison(
            self.draft,
            self.positions,
            self._refused,
            self._waiting,
            self._doubts,
            dict.fromkeys(closed, message("the export says that it is closed for good")),
            {row: station for row, station in sorted(rows.items()) if row not in closed},
            diff,
            replace(self._before, stations=stations, retired=retired, edits=edits),
            notes=tuple(self._notes(known)),
        )

    def _new_stations(self) -> dict[int, Station]:
        left_out = set(range(1, len(self.ids) + 1)) - self.new
        made = make_stations(self.draft, self.positions, self.ids, self._origin.source, self._doubts, left_out)
        return {row: self._with_own_columns(row, one) for row, one in made.items() if one.status != CLOSED}

    def _edits(self, diff: Diff) -> Edits:
        """Return the edits by hand with all that is changed."""
        pairs: list[tuple[Station | None, Station | None]] = [(None, station) for station in diff.added]
        pairs += [(change.before, change.after) for change in (*diff.changed, *diff.moved)]
        pairs += [(station, None) for station in diff.gone]
        edits = dict(self._before.edits)
        for before, after in pairs:
            key = (before or after or _EMPTY).station_id
            edits |= {key: {}} | recorded({key: edits.get(key, {})}, key, before, after)
        return {key: own for key, own in edits.items() if own}

    def _with_own_columns(self, row: int, station: Station) -> Station:
        """Add what only exports say to a new station."""
        cells = {name: self._cells[name][row - 1] for name in _UNREAD if name in self._cells and name != "doubts"}
        facts = {name: _own_value(name, cell, station) for name, cell in cells.items() if not is_empty(cell)}
        return replace(station, **facts)

    def _notes(self, known: set[str]) -> Iterator[Message]:
        yield message(
            "The file is an export of this service: its stations are known by their ids, its positions are WGS 84,"
            " and what was changed in it is taken as edited by hand."
        )
        if missing := len(self._published) - len(known):
            yield message(
                "{count:,} published stations are not in the file. They stay: an export retires nothing. Retire a "
                "station on its page.",
                count=missing,
            )
        if shut := sum(station_id in self._retired for station_id in set(self.ids)):
            yield message(
                "{count:,} stations in the file are retired and stay so. Reopen a station on its page.", count=shut
            )


_EMPTY: Final = Station("", "", "", 0, 0)
"""The values that stand for empty cells."""


def _are_facts_changed(before: Station, after: Station) -> bool:
    return replace(after, doubts=before.doubts) != before


def _apart_m(lon: float, lat: float, station: Station) -> float:
    return float(GEOD.inv(lon, lat, station.lon, station.lat)[2])


def _own_value(name: str, cell: Any, now: Station) -> Any:
    """Read a cell of a column that only exports have; what is not understood stays as it is."""
    text = as_said(as_text(cell))
    if name == "synthetic":
        return is_true(text)
    if name == "doubts":
        codes = set(cell if isinstance(cell, list) else text.split())
        return tuple(code for code in DOUBTS if code in codes) if codes <= DOUBTS.keys() else now.doubts
    return text[:LONGEST_TEXT] or None


def _restored(given: Sequence[str | None], known: Collection[str]) -> list[str | None]:
    """Give ids back that a spreadsheet took for numbers: 0012 became 12."""
    strange = {text for text in given if text and text not in known}
    if not strange:
        return list(given)
    numbers = Counter(as_number(station_id) for station_id in known)
    whole = {as_number(key): key for key in known if numbers[as_number(key)] == 1}
    return [whole.get(as_number(text), text) if text in strange and text else text for text in given]
