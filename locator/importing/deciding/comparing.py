"""Comparing the rows of a list with what is published: verdicts, stations, and what publishing would do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from locator.files.sheets import Sheet
from locator.importing.deciding.kept_positions import keep_positions
from locator.importing.deciding.kept_states import keep_states
from locator.importing.deciding.merging import Diff, apply, known_fields, merge, with_ids
from locator.importing.deciding.pending_rows import Brief, Known
from locator.importing.deciding.stops import NAMES_SHOWN, Stop, find_stops
from locator.importing.deciding.three_way import keep_edits, with_listed
from locator.importing.deciding.two_hours import settle_hours
from locator.importing.deciding.verdicts import Doubt, Refusal, WaitingRow, find_verdicts
from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.headings import Match
from locator.importing.understanding.positions import RowPositions
from locator.importing.understanding.values import FACTS, Draft
from locator.language.messages import Message, listed, message
from locator.stations.edits import LISTED, Edits
from locator.stations.reading import with_dates
from locator.stations.schema import CLOSED, DOUBTS, Station
from locator.stations.store import Contents


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from, and where they may lie."""

    source: str
    """The name of the list."""
    kind: str
    """The kind of rows that do not name theirs."""
    anywhere: bool = False
    """Whether stations may lie outside the districts."""
    is_part: bool = False
    """Whether the list has only some of the rows of its source: it retires nothing."""
    pending: Sequence[Known] = ()
    """The rows of its source that are kept and not published."""
    elsewhere: Sequence[Brief] = ()
    """The rows of other lists that wait to be placed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What publishing the rows of a list would do."""

    draft: Draft
    """The rows, with what stewards edited by hand."""
    positions: RowPositions
    refused: list[Refusal]
    waiting: list[WaitingRow]
    """Rows whose only fault is their position."""
    doubts: list[Doubt]
    closed: dict[int, str]
    """Row, from 1, to the words for a station that is closed for good: it is not added, and retired if known."""
    stations: dict[int, Station]
    """Row, from 1, to the station it becomes."""
    diff: Diff
    contents: Contents
    stops: tuple[Stop, ...] = ()
    """What somebody has to agree to, agreed or not."""
    notes: tuple[Message, ...] = ()
    """Sentences about the list as a whole."""

    @property
    def changes(self) -> dict[str, int]:
        """Return how many stations are added, changed, moved, gone and back."""
        return {name: len(getattr(self.diff, name)) for name in ("added", "changed", "moved", "gone", "reopened")}


def compare_list(
    sheet: Sheet,
    match: Match,
    draft: Draft,
    positions: RowPositions,
    origin: Origin,
    area: Area,
    before: Contents,
    today: date,
) -> Comparison:
    """Compare the rows of a list with what is published, and with what stewards edited.

    Parameters
    ----------
    sheet, match, draft, positions
        The file, its columns, and its rows as they were read.
    origin
        The list's name, kind and area; it replaces the stations of its source and kind.
    area
        The districts that are served.
    before
        The published version.
    today
        The day on which stations are retired.
    """
    named = {"source": origin.source, "kind": origin.kind}
    old, retired, pending = before.stations, before.retired, origin.pending
    ids = with_ids(draft, positions.lonlat, source=origin.source, published=old, retired=retired, pending=pending)
    known = known_fields(match, draft)
    as_said = settle_hours(draft, ids, old)
    rows = keep_edits(as_said, positions, ids, old, before.edits, known)
    everyone = {station.station_id: station for station in (*(gone.station for gone in retired), *old)}
    draft, positions = keep_positions(
        sheet, match, rows.draft, rows.positions, ids, area, everyone, anywhere=origin.anywhere
    )
    draft, still_closed = keep_states(as_said, draft, ids, *_in_service(before))
    closed = closed_rows(draft) | still_closed
    refused, waiting, doubts = find_verdicts(
        draft, positions, ids, area, old, **named, anywhere=origin.anywhere, marks=sheet.marks
    )
    refused, waiting = _without(refused, closed), _without(waiting, closed)
    doubts = sorted(_without(doubts + rows.doubts, closed), key=lambda doubt: doubt.row)
    left_out = {one.row for one in refused} | {one.row for one in waiting}
    stations = make_stations(draft, positions, ids, origin.source, doubts, {*left_out, *closed})
    closed_ids = {ids[row - 1] for row in closed} - {station.station_id for station in stations.values()}
    staying = set(everyone) - closed_ids if origin.is_part else {ids[row - 1] for row in left_out}
    diff = merge(
        list(stations.values()), old, retired, **named, known_fields=known, refused=staying,
        closed=closed_ids - staying, edits=rows.edits, settled=rows.settled,
    )  # fmt: skip
    in_list = {ids[row - 1] for row in left_out} | {one.station_id for one in stations.values()}
    contents = _contents(before, diff, rows.edits, in_list, origin, today)
    old_ids = {row.station_id for row in pending}
    new = [row for row in waiting if row.station_id not in old_ids]
    stops = find_stops(diff, positions, stations, new, closed_ids, before, origin.elsewhere, **named)
    marks = {station.station_id: station.doubts for station in contents.stations}
    shown = [doubt for doubt in doubts if doubt.code in marks.get(doubt.station_id, ())]
    agreed = [everyone[station_id].name for station_id in before.edits.keys() - contents.edits.keys()]
    notes = tuple(_notes(diff, closed, sorted(agreed), len(doubts) - len(shown)))
    return Comparison(draft, positions, refused, waiting, shown, closed, stations, diff, contents, stops, notes)


def _in_service(before: Contents) -> tuple[dict[str, Station], set[str]]:
    """Return the published stations by their ids, and the ids of those that no steward retired."""
    by_hand = {station_id for station_id, own in before.edits.items() if LISTED in own}
    retired = {gone.station.station_id for gone in before.retired}
    return {station.station_id: station for station in before.stations}, retired - by_hand


def _contents(
    before: Contents, diff: Diff, edits: Edits, listed: Collection[str], origin: Origin, today: date
) -> Contents:
    """Return what will be published."""
    stations, retired = apply(diff, before.stations, before.retired, today)
    everyone = (*before.stations, *(gone.station for gone in before.retired))
    named = (origin.source, origin.kind)
    replaced = [one.station_id for one in everyone if (one.source, one.kind) == named and not origin.is_part]
    return replace(before, stations=stations, retired=retired, edits=with_listed(edits, listed, replaced))


def _notes(diff: Diff, closed: Collection[int], agreed: Sequence[str], settled: int) -> Iterator[Message]:
    if agreed:
        yield message(
            "The list says now what was edited by hand of {count:,} stations, and is followed again: {names}.",
            count=len(agreed),
            names=listed(agreed, NAMES_SHOWN),
        )
    if settled:
        yield message(
            "{count:,} doubts are not shown again: those stations are published already just as the list has"
            " them.",
            count=settled,
        )
    if closed:
        yield message(
            "{count:,} rows say that their station is closed for good. They are not added; those that are"
            " published are retired.",
            count=len(closed),
        )
    if diff.kept_closed:
        yield message(
            "{count:,} stations in the list were retired by hand and stay so: {names}. Reopen a station on its"
            " page.",
            count=len(diff.kept_closed),
            names=listed([station.name for station in diff.kept_closed], NAMES_SHOWN),
        )
    if diff.kept_open:
        yield message(
            "{count:,} stations are not in the list, but were added or reopened by hand, and stay: {names}.",
            count=len(diff.kept_open),
            names=listed([station.name for station in diff.kept_open], NAMES_SHOWN),
        )


_OfRow = TypeVar("_OfRow", Refusal, WaitingRow, Doubt)


def _without(verdicts: Sequence[_OfRow], rows: Collection[int]) -> list[_OfRow]:
    """Leave out what is said of some rows."""
    return [verdict for verdict in verdicts if verdict.row not in rows]


def closed_rows(draft: Draft) -> dict[int, str]:
    """Return the rows, from 1, of stations that are closed for good, with the words for it."""
    notes = zip(draft.columns["status"], draft.columns["status_note"], strict=True)
    return {
        row: message("the list says that it is closed for good: {note}", note=note)
        if note
        else message("the list says that it is closed for good")
        for row, (status, note) in enumerate(notes, 1)
        if status == CLOSED
    }


def make_stations(
    draft: Draft,
    positions: RowPositions,
    ids: Sequence[str],
    source: str | None,
    doubts: Iterable[Doubt],
    left_out: Collection[int],
) -> dict[int, Station]:
    """Make a station of every row that is not left out, and mark it with its doubts."""
    marks = defaultdict(set)
    for doubt in doubts:
        marks[doubt.row].add(doubt.code)
    columns = zip(*(draft.columns[name] for name in FACTS), strict=True)
    stations = {}
    for row, (values, (lon, lat)) in enumerate(zip(columns, positions.lonlat.tolist(), strict=True), 1):
        if row not in left_out:
            facts = {name: value for name, value in zip(FACTS, values, strict=True) if value is not None}
            codes = tuple(code for code in DOUBTS if code in marks[row])
            stations[row] = Station(
                ids[row - 1], lat=lat, lon=lon, source=source, doubts=codes, **with_dates(facts)
            )
    return stations
