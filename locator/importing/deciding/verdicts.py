"""Verdicts on the rows of a list: which are refused, wait for a position, or are kept with a doubt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from locator.files.sheets import RowPlace
from locator.geo.datum import Datum
from locator.geo.geodesy import GEOD, FloatArray, ecef
from locator.importing.deciding.similarity import are_similar, bare_name, neighbours, plain_name
from locator.importing.understanding.district_areas import SERVICE_AREA_MARGIN_M, Area
from locator.importing.understanding.opening_columns import UNCLEAR
from locator.importing.understanding.positions import RowPositions
from locator.importing.understanding.values import Draft, Unread, in_order
from locator.language.messages import Message, message
from locator.stations.checking import find_faults, named
from locator.stations.reading import COLUMNS, StationTable
from locator.stations.schema import CLOSED, DOUBTS, Station

PILE: Final = 3
"""This many different names on one coordinate are a pile: geocoded to a street, not to each station."""
PILE_DECIMALS: Final = 6
"""Decimals of a degree (0.1 m) to which coordinates are the same."""
OTHER_DISTRICT_M: Final = 200.0
"""A row farther outside its district than this lies in another; outlines are good to about 100 m."""
SAME_NAME_M: Final = 50.0
SIMILAR_NAME_M: Final = 30.0
"""Within these distances stations of the same or a similar name are probably one."""
MOVED_M: Final = 300.0
"""A published station that moves farther than this is doubtful."""
_NEIGHBOURS: Final = 12


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row is refused."""

    row: int
    """Counted from 1."""
    reason: str
    repair: str | None = None
    """How to correct it, where that is known."""
    station_id: str = ""
    is_repeat: bool = False
    """Whether its only fault is that it says the same as an earlier row."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row whose only fault is its position: it waits to be placed, and is not refused."""

    row: int
    """Counted from 1."""
    station_id: str
    name: str
    address: str | None
    district: str | None
    """The name of the district that it names, in full where that is known."""
    reason: str
    """Why it has no usable position."""
    repair: str | None = None
    """How the position was probably meant, where that is known."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt about a row that is kept."""

    row: int
    station_id: str
    code: str
    """One of `locator.stations.schema.DOUBTS`; the station is marked with it."""
    reason: str


def find_verdicts(
    draft: Draft,
    positions: RowPositions,
    ids: Sequence[str],
    area: Area,
    published: Sequence[Station],
    *,
    source: str,
    kind: str,
    anywhere: bool = False,
    marks: Mapping[int, str] = MappingProxyType({}),
) -> tuple[list[Refusal], list[WaitingRow], list[Doubt]]:
    """Judge every row of a list.

    Parameters
    ----------
    draft, positions, ids
        The rows: their facts, their positions, and their ids from `locator.importing.deciding.merging.with_ids`.
    area
        The districts that are served; a position farther than `SERVICE_AREA_MARGIN_M` from all of them is no use.
    published
        The stations of every source. The list replaces those of its source and kind; a row near one of the others
        with a similar name is doubtful.
    source, kind
        Of the list.
    anywhere
        Whether to accept rows outside the districts.
    marks
        Row, from 1, to why it may not be meant, such as that it is hidden in its file.

    Returns
    -------
    tuple
        Refusals, at most one per row, by row; rows that wait for a position, by row; doubts about the rows that
        are kept, by row and then as in `DOUBTS`.
    """
    unplaced: dict[int, str] = dict(positions.faults)
    if not anywhere:
        unplaced |= dict.fromkeys(_outside(area, positions.lonlat), _too_far())
    repeats = dict(_repeats(draft, positions, ids))
    faults = _faults(draft, positions, ids, repeats)
    refused = list(_refused(faults, unplaced, positions, ids, repeats))
    for row in faults:
        unplaced.pop(row, None)
    waiting = _waiting(draft, ids, area, unplaced, positions)
    kept = [row for row in range(len(ids)) if row + 1 not in unplaced and row + 1 not in faults]
    columns = {name: [draft.columns[name][row] for row in kept] for name in _COMPARED}
    rows = _KeptRows(kept, columns, positions.lonlat[kept], draft.place_of)
    kept_ids = [ids[row] for row in kept]
    before = {station.station_id: station for station in published}
    listed = set(kept_ids)
    others = [
        station
        for station in published
        if (station.source, station.kind) != (source, kind) and station.station_id not in listed
    ]
    doubts = [
        *_of_cells(draft, {row: number for number, row in enumerate(kept)}),
        *_piled(rows),
        *_in_other_district(rows, area),
        *_duplicates(rows, others),
        *_unreadable_hours(rows),
        *_not_shown(rows, marks),
        *_different(rows, [before.get(station_id) for station_id in kept_ids]),
        *_of_another_datum(rows, positions.judgement.contradiction),
    ]
    rank = {code: rank for rank, code in enumerate(DOUBTS)}
    doubts.sort(key=lambda doubt: (doubt[0], rank[doubt[1]]))
    found = [Doubt(kept[number] + 1, kept_ids[number], code, reason) for number, code, reason in doubts]
    return refused, waiting, found


def _refused(
    faults: Mapping[int, Sequence[str]],
    unplaced: Mapping[int, str],
    positions: RowPositions,
    ids: Sequence[str],
    repeats: Collection[int],
) -> Iterator[Refusal]:
    """Refuse the rows that have faults, with all their reasons; a repeated row is refused for that alone."""
    for row, texts in sorted(faults.items()):
        is_repeat = row in repeats and len(texts) == 1
        also = [unplaced[row]] if row in unplaced and not is_repeat else []
        repair = positions.repairs.get(row) if row in positions.faults else None
        yield Refusal(row, reduce(_also, [*also, *texts]), repair, ids[row - 1], is_repeat)


def _waiting(
    draft: Draft, ids: Sequence[str], area: Area, unplaced: Mapping[int, str], positions: RowPositions
) -> list[WaitingRow]:
    """Let the rows wait whose only fault is their position, but for stations that are closed for good."""
    rows = [row for row in sorted(unplaced) if draft.columns["status"][row - 1] != CLOSED]
    facts = [[draft.columns[name][row - 1] for row in rows] for name in ("name", "address", "district")]
    named = area.named(facts[2], facts[1]).tolist() if rows else []
    repairs = [positions.repairs.get(row) if row in positions.faults else None for row in rows]
    return [
        WaitingRow(
            row, ids[row - 1], name, address, area.districts[own].name if own >= 0 else said, unplaced[row], repair
        )
        for row, name, address, said, own, repair in zip(rows, *facts, named, repairs, strict=True)
    ]


def doubts_about(
    station: Station, before: Station | None, others: Sequence[Station], area: Area
) -> list[tuple[str, str]]:
    """Judge a single station that a steward enters or edits, as a row of a list is judged.

    Parameters
    ----------
    station
        As it is to be published.
    before
        As it is published now; ``None`` for a new one.
    others
        The published stations around it, without itself.
    area
        The districts that are served.

    Returns
    -------
    list
        Codes of `DOUBTS`, in their order, with the reasons.
    """
    columns = {name: [getattr(station, name)] for name in _COMPARED}
    rows = _KeptRows([0], columns, np.array([[station.lon, station.lat]]))
    doubts = [
        *_in_other_district(rows, area),
        *_duplicates(rows, others),
        *_unreadable_hours(rows),
        *_different(rows, [before]),
    ]
    rank = {code: rank for rank, code in enumerate(DOUBTS)}
    return sorted(((code, reason) for _, code, reason in doubts), key=lambda doubt: rank[doubt[0]])


_COMPARED: Final = ("name", "kind", "district", "address", "hours", "hours_text")
_KeptDoubt = tuple[int, str, str]
"""Number among the rows that are kept, code, reason."""


@dataclass(frozen=True, slots=True)
class _KeptRows:
    """The rows that are not refused."""

    rows: Sequence[int]
    """Counted from 0."""
    columns: Mapping[str, Sequence[Any]]
    lonlat: FloatArray
    place_of: Callable[[int], RowPlace] = in_order


# Faults


def _faults(
    draft: Draft, positions: RowPositions, ids: Sequence[str], repeats: Mapping[int, int]
) -> dict[int, list[str]]:
    """Return the faults of each row, from 1, but for those of its position."""
    faults: dict[int, list[str]] = defaultdict(list)
    # The rules for stations would report these columns of these rows again.
    reported = {(row, "geometry") for row in positions.faults} | {(row, "station_id") for row in repeats}
    for cell in draft.unread:
        if cell.is_fault:
            faults[cell.row].append(_unread(cell))
            reported.add((cell.row, cell.field))
    for row, first in repeats.items():
        same = message("it says the same as {place}, so it is taken once.", place=_place(draft.place_of(first)))
        faults[row].append(same)
    for row, first in _with_the_id_of_another(ids):
        if row not in repeats:
            faults[row].append(
                message(
                    "the station_id {value!r} stands already in {place}. Give each its own.",
                    value=ids[row - 1],
                    place=_place(draft.place_of(first)),
                )
            )
            reported.add((row, "station_id"))
    table = _table(draft, positions, ids)
    for fault in find_faults([table]):
        if (fault.row, fault.column) not in reported:
            faults[fault.row].append(fault.reason)
    return faults


def _also(reason: str, other: str) -> Message:
    return message("{reason} Also: {other}", reason=reason, other=other)


def _unread(cell: Unread) -> Message:
    return message(
        "the {field} {value!r}: {reason}", field=named(cell.field), value=cell.value, reason=cell.reason
    )


def _table(draft: Draft, positions: RowPositions, ids: Sequence[str]) -> StationTable:
    columns = {name: draft.columns[name] for name in COLUMNS} | {"station_id": list(ids)}
    lonlat = [None if lat != lat else [lon, lat] for lon, lat in positions.lonlat.tolist()]
    return StationTable("the list", columns, lonlat, Datum.WGS84)


def _repeats(draft: Draft, positions: RowPositions, ids: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Find rows that repeat an earlier one of the same id; yield both row numbers, from 1."""
    for row, first in _with_the_id_of_another(ids):
        one, other = row - 1, first - 1
        has_same_position = np.array_equal(positions.lonlat[one], positions.lonlat[other], equal_nan=True)
        if has_same_position and all(values[one] == values[other] for values in draft.columns.values()):
            yield row, first


def _with_the_id_of_another(ids: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield each row that has the id of an earlier one, and the first with it, from 1."""
    first: dict[str, int] = {}
    for row, station_id in enumerate(ids, 1):
        if (earlier := first.setdefault(station_id, row)) != row:
            yield row, earlier


def _place(place: RowPlace) -> Message:
    if place.worksheet is None:
        return message("row {n}", n=place.number)
    return message("{sheet}, row {n}", sheet=place.worksheet, n=place.number)


def _outside(area: Area, lonlat: FloatArray) -> list[int]:
    """List the rows, from 1, that have a position outside the service area."""
    located = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    rows: list[int] = (located[~area.serves(lonlat[located])] + 1).tolist()
    return rows


def _too_far() -> str:
    return message(
        "it lies farther than {km} km outside every district that is served. "
        "Check its position, or take it with --anywhere.",
        km=round(SERVICE_AREA_MARGIN_M / 1000),
    )


# Doubts


def _of_cells(draft: Draft, number_of: Mapping[int, int]) -> Iterator[_KeptDoubt]:
    """Give the doubts of the reader but for hours that have been settled since."""
    for doubt in draft.doubts:
        is_settled = doubt.code == "hours_conflict" and draft.columns["hours"][doubt.row - 1] != UNCLEAR
        if doubt.row - 1 in number_of and not is_settled:
            yield number_of[doubt.row - 1], doubt.code, doubt.reason


def _piled(rows: _KeptRows) -> Iterator[_KeptDoubt]:
    spots = np.unique(np.round(rows.lonlat, PILE_DECIMALS), axis=0, return_inverse=True)[1].ravel().tolist()
    names: dict[int, set[str]] = {}
    for spot, name in zip(spots, rows.columns["name"], strict=True):
        names.setdefault(spot, set()).add(plain_name(name))
    for number, spot in enumerate(spots):
        if len(names[spot]) >= PILE:
            count = len(names[spot])
            yield number, "piled", message("{count} stations of different names have its coordinate.", count=count)


def _in_other_district(rows: _KeptRows, area: Area) -> Iterator[_KeptDoubt]:
    own = area.named(rows.columns["district"], rows.columns["address"])
    named = np.flatnonzero(own >= 0)
    away_m = area.outside_m(rows.lonlat[named], own[named])
    far = np.flatnonzero(away_m > OTHER_DISTRICT_M)
    actual = area.containing(rows.lonlat[named[far]])
    for index, inside in zip(far.tolist(), actual.tolist(), strict=True):
        number = int(named[index])
        reason = message(
            "it names {said}, but lies in {other}, {metres:,.0f} m outside it."
            if inside >= 0
            else "it names {said}, but lies in no district that is known, {metres:,.0f} m outside it.",
            said=area.districts[own[number]].name,
            metres=float(away_m[index]),
            other=area.districts[inside].name if inside >= 0 else "",
        )
        yield number, "other_district", reason


def _unreadable_hours(rows: _KeptRows) -> Iterator[_KeptDoubt]:
    for number, (text, hours) in enumerate(zip(rows.columns["hours_text"], rows.columns["hours"], strict=True)):
        if text and not hours:
            reason = message("its opening hours {text!r:.80} could not be read.", text=text)
            yield number, "hours_unreadable", reason


def _not_shown(rows: _KeptRows, marks: Mapping[int, str]) -> Iterator[_KeptDoubt]:
    for number, row in enumerate(rows.rows):
        if row + 1 in marks:
            yield number, "not_shown", message("{reason}; is it still meant?", reason=marks[row + 1])


def _different(rows: _KeptRows, before: Sequence[Station | None]) -> Iterator[_KeptDoubt]:
    """Compare the rows with the published stations of the same ids."""
    pairs = [(number, station) for number, station in enumerate(before) if station is not None]
    then = np.array([(station.lon, station.lat) for _, station in pairs], dtype=np.float64).reshape(-1, 2)
    now = rows.lonlat[[number for number, _ in pairs]]
    moved_m = GEOD.inv(now[:, 0], now[:, 1], then[:, 0], then[:, 1])[2].tolist()
    for (number, station), metres in zip(pairs, moved_m, strict=True):
        kind = rows.columns["kind"][number]
        if metres > MOVED_M:
            yield number, "moved", message("it lies {metres:,.0f} m from where it was.", metres=metres)
        if kind != station.kind:
            reason = message("it was a {old} and is a {new} now.", old=_NOUNS[station.kind], new=_NOUNS[kind])
            yield number, "kind_changed", reason


def _of_another_datum(rows: _KeptRows, contradiction: Message | None) -> Iterator[_KeptDoubt]:
    if contradiction is not None:
        yield from ((number, "datum", contradiction) for number in range(len(rows.rows)))


_NOUNS: Final = {
    "warm_station": message("warm station"),
    "worker_home": message("worker home"),
    "community_station": message("community station"),
}


# Duplicates


def _duplicates(rows: _KeptRows, others: Sequence[Station]) -> Iterator[_KeptDoubt]:
    """Find rows that have a neighbour of the same or a similar name, among the rows and the others."""
    lonlat = np.concatenate([rows.lonlat, np.array([(s.lon, s.lat) for s in others]).reshape(-1, 2)])
    names = [*rows.columns["name"], *(station.name for station in others)]
    count, xyz = len(rows.rows), ecef(lonlat)
    plain, bare = [plain_name(name) for name in names], [bare_name(name) for name in names]
    kinds = [*rows.columns["kind"], *(station.kind for station in others)]
    similar = lru_cache(65536)(are_similar)  # each pair of names comes up from both sides
    nearest: dict[int, tuple[float, int, str]] = {}
    for why, keys, most, distance_m in (
        (_SAME_NAME, plain, 1, SAME_NAME_M),
        (_SAME_BARE_NAME, bare, 1, SAME_NAME_M),
        (_SIMILAR_NAME, kinds, _NEIGHBOURS, SIMILAR_NAME_M),
    ):
        # One more, because every row is its own neighbour.
        for row, other, metres in neighbours(xyz[:count], keys[:count], xyz, keys, most + 1, distance_m):
            if other != row and (why != _SIMILAR_NAME or similar(*sorted((plain[row], plain[other])))):
                nearest.setdefault(row, (metres, other, why))
    for row, (metres, other, why) in nearest.items():
        is_listed = other < count
        reason = message(
            "{label}, {name}, is {metres:.0f} m away and has {why}."
            if is_listed
            else "station {label}, {name}, is {metres:.0f} m away and has {why}.",
            label=_place(rows.place_of(rows.rows[other] + 1))
            if other < count
            else others[other - count].station_id,
            name=names[other],
            metres=metres,
            why=why,
        )
        yield row, "duplicate", reason


_SAME_NAME: Final[str] = message("the same name")
_SAME_BARE_NAME: Final[str] = message("the same name but for its branch")
_SIMILAR_NAME: Final[str] = message("a similar name")
