"""What is wrong with each row of a list, and what is only doubtful."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import reduce
from typing import Any, Final

import numpy as np
from scipy.spatial import cKDTree

from locator.geo.datum import Datum
from locator.geo.geodesy import GEOD, FloatArray, ecef
from locator.importing.deciding.merging import levelled, plain_name
from locator.importing.understanding.district_areas import SERVICE_AREA_MARGIN_M, Area, IntArray
from locator.importing.understanding.positions import Placed
from locator.importing.understanding.values import Draft, Unread
from locator.language.messages import Message, message
from locator.stations.checking import find_faults, named
from locator.stations.reading import COLUMNS, StationTable
from locator.stations.schema import DOUBTS, Station

PILE: Final = 3
"""So many different names on one coordinate are a pile: the middle of a street, not the place of each."""
PILE_DECIMALS: Final = 6
OTHER_DISTRICT_M: Final = 200.0
"""So far outside the outline of its district a row lies in another one; outlines are good to about 100 m."""
SAME_NAME_M: Final = 50.0
SIMILAR_NAME_M: Final = 30.0
SIMILAR: Final = 0.85
MOVED_M: Final = 300.0
_NEIGHBOURS: Final = 12

_BRACKETS: Final = re.compile(r"[(\[{【〔《<（［].*?[)\]}】〕》>）］]")
_BRANCH: Final = re.compile(r"(分店|总店|旗舰店|门店|店|支行|分行|分公司|branch|store|shop)$")
_NUMBERS: Final = re.compile(r"\d+|[一二三四五六七八九十东南西北ab]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not taken."""

    row: int
    """Counted from 1."""
    reason: str
    repair: str | None = None
    """What would make it good, where that is known."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a row that is kept and marked."""

    row: int
    station_id: str
    code: str
    """One of `locator.stations.schema.DOUBTS`, which is what the station is marked with."""
    reason: str


def find_verdicts(
    draft: Draft,
    placed: Placed,
    ids: Sequence[str],
    area: Area,
    published: Sequence[Station],
    *,
    source: str,
    kind: str,
    anywhere: bool = False,
) -> tuple[list[Refusal], list[Doubt]]:
    """Judge every row of a list.

    Parameters
    ----------
    draft, placed, ids
        The rows: what they say, where they are, the id of each from `locator.importing.deciding.merging.with_ids`.
    area
        The districts that are served; a row farther than `SERVICE_AREA_MARGIN_M` from all of them is refused.
    published
        The stations of every source. Those of this source and kind are what the list replaces; a row that is
        near another one with such a name is doubtful.
    source, kind
        Of the list.
    anywhere
        Whether rows outside the districts are as good as those inside.

    Returns
    -------
    tuple
        Refusals, at most one per row, in order of rows; doubts about the rows that are kept, in order of rows and
        of `DOUBTS`.
    """
    reasons = _faults(draft, placed, ids)
    if not anywhere:
        for row in _outside(area, placed.lonlat):
            reasons.setdefault(row, []).append(_too_far())
    refused = [
        Refusal(row, reduce(_also, found), placed.repairs.get(row) if row in placed.faults else None)
        for row, found in sorted(reasons.items())
    ]
    kept = np.array([row for row in range(len(ids)) if row + 1 not in reasons], dtype=np.intp)
    rows = _Kept(
        kept, {name: [draft.columns[name][row] for row in kept.tolist()] for name in _READ}, placed.lonlat[kept]
    )
    mine = [ids[row] for row in kept.tolist()]
    before = {station.station_id: station for station in published}
    others = _not_replaced(published, set(mine), source, kind)
    found = [
        *_piled(rows),
        *_in_other_district(rows, area),
        *_duplicates(rows, others),
        *_unreadable_hours(rows),
        *_different(rows, [before.get(station_id) for station_id in mine]),
    ]
    order = {code: place for place, code in enumerate(DOUBTS)}
    found.sort(key=lambda said: (said[0], order[said[1]]))
    return refused, [Doubt(int(kept[row]) + 1, mine[row], code, reason) for row, code, reason in found]


_READ: Final = ("name", "kind", "district", "address", "hours", "hours_text")
_Said = tuple[int, str, str]
"""Number among the rows that are kept, code, reason."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """The rows that are not refused."""

    rows: IntArray
    """From 0."""
    columns: Mapping[str, Sequence[Any]]
    lonlat: FloatArray


# Faults


def _faults(draft: Draft, placed: Placed, ids: Sequence[str]) -> dict[int, list[str]]:
    """List what is wrong, by row from 1: of the position, of its cells, of what every station must have."""
    found = {row: [reason] for row, reason in placed.faults.items()}
    repeats = dict(_repeats(draft, placed, ids))
    # Of which columns it is told already, so that the rules for stations do not tell it again.
    told = {(row, "geometry") for row in placed.faults} | {(row, "station_id") for row in repeats}
    for cell in draft.unread:
        if cell.is_fault:
            found.setdefault(cell.row, []).append(_unread(cell))
            told.add((cell.row, cell.field))
    for row, first in repeats.items():
        found.setdefault(row, []).append(
            message("it says the same as row {first}, so it is taken once.", first=first)
        )
    for fault in find_faults([_table(draft, placed, ids)]):
        if (fault.row, fault.column) not in told:
            found.setdefault(fault.row, []).append(fault.reason)
    return found


def _also(reason: str, other: str) -> Message:
    return message("{reason} Also: {other}", reason=reason, other=other)


def _unread(cell: Unread) -> Message:
    return message(
        "the {field} {value!r}: {reason}", field=named(cell.field), value=cell.value, reason=cell.reason
    )


def _table(draft: Draft, placed: Placed, ids: Sequence[str]) -> StationTable:
    columns = {name: draft.columns[name] for name in COLUMNS} | {"station_id": list(ids)}
    positions = [None if lat != lat else [lon, lat] for lon, lat in placed.lonlat.tolist()]
    return StationTable("the list", columns, positions, Datum.WGS84)


def _repeats(draft: Draft, placed: Placed, ids: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Find rows that say the same as an earlier one of their id: row and that one, both from 1."""
    counts = Counter(ids)
    first: dict[str, int] = {}
    for row, station_id in enumerate(ids):
        if counts[station_id] < 2:
            continue
        earlier = first.setdefault(station_id, row)
        same_place = np.array_equal(placed.lonlat[row], placed.lonlat[earlier])
        if (
            earlier < row
            and same_place
            and all(values[row] == values[earlier] for values in draft.columns.values())
        ):
            yield row + 1, earlier + 1


def _outside(area: Area, lonlat: FloatArray) -> list[int]:
    """List the rows, from 1, that have a position outside the service area."""
    placed = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    rows: list[int] = (placed[~area.serves(lonlat[placed])] + 1).tolist()
    return rows


def _too_far() -> str:
    return message(
        "it lies farther than {km} km outside every district that is served. "
        "Check its position, or take it with --anywhere.",
        km=round(SERVICE_AREA_MARGIN_M / 1000),
    )


# Doubts


def _not_replaced(published: Sequence[Station], mine: set[str], source: str, kind: str) -> list[Station]:
    return [
        station
        for station in published
        if (station.source, station.kind) != (source, kind) and station.station_id not in mine
    ]


def _piled(rows: _Kept) -> Iterator[_Said]:
    spots = np.unique(np.round(rows.lonlat, PILE_DECIMALS), axis=0, return_inverse=True)[1].ravel().tolist()
    names: dict[int, set[str]] = {}
    for spot, name in zip(spots, rows.columns["name"], strict=True):
        names.setdefault(spot, set()).add(plain_name(name))
    for number, spot in enumerate(spots):
        if len(names[spot]) >= PILE:
            said = message("{count} stations of different names have its coordinate.", count=len(names[spot]))
            yield number, "piled", said


def _in_other_district(rows: _Kept, area: Area) -> Iterator[_Said]:
    own = area.named(rows.columns["district"], rows.columns["address"])
    named = np.flatnonzero(own >= 0)
    away_m = area.outside_m(rows.lonlat[named], own[named])
    far = np.flatnonzero(away_m > OTHER_DISTRICT_M)
    lying = area.lying(rows.lonlat[named[far]])
    for place, inside in zip(far.tolist(), lying.tolist(), strict=True):
        number = int(named[place])
        said = message(
            "it names {said}, but lies in {other}, {metres:,.0f} m outside it."
            if inside >= 0
            else "it names {said}, but lies in no district that is known, {metres:,.0f} m outside it.",
            said=area.districts[own[number]].name,
            metres=float(away_m[place]),
            other=area.districts[inside].name if inside >= 0 else "",
        )
        yield number, "other_district", said


def _unreadable_hours(rows: _Kept) -> Iterator[_Said]:
    for number, (text, hours) in enumerate(zip(rows.columns["hours_text"], rows.columns["hours"], strict=True)):
        if text and not hours:
            yield (
                number,
                "hours_unreadable",
                message("its opening hours {text!r:.80} could not be read.", text=text),
            )


def _different(rows: _Kept, before: Sequence[Station | None]) -> Iterator[_Said]:
    """Hold the rows against what was published of the same stations."""
    pairs = [(number, station) for number, station in enumerate(before) if station is not None]
    then = np.array([(station.lon, station.lat) for _, station in pairs], dtype=np.float64).reshape(-1, 2)
    now = rows.lonlat[[number for number, _ in pairs]]
    moved_m = GEOD.inv(now[:, 0], now[:, 1], then[:, 0], then[:, 1])[2].tolist()
    for (number, station), metres in zip(pairs, moved_m, strict=True):
        kind = rows.columns["kind"][number]
        if metres > MOVED_M:
            yield number, "moved", message("it lies {metres:,.0f} m from where it was.", metres=metres)
        if kind != station.kind:
            said = message("it was a {old} and is a {new} now.", old=_SAID[station.kind], new=_SAID[kind])
            yield number, "kind_changed", said


_SAID: Final = {
    "warm_station": message("warm station"),
    "worker_home": message("worker home"),
    "community_station": message("community station"),
}


# Duplicates


@dataclass(frozen=True, slots=True)
class _Places:
    """The rows, and after them the published stations that they are held against."""

    own: int
    """How many are rows."""
    xyz: FloatArray
    names: Sequence[str]
    kinds: Sequence[str]


def _duplicates(rows: _Kept, others: Sequence[Station]) -> Iterator[_Said]:
    """Find rows that have a neighbour with the same name, or one that is nearly the same."""
    lonlat = np.concatenate([rows.lonlat, np.array([(s.lon, s.lat) for s in others]).reshape(-1, 2)])
    names = [*rows.columns["name"], *(station.name for station in others)]
    own = len(rows.rows)
    kinds = [*rows.columns["kind"], *(station.kind for station in others)]
    places = _Places(own, ecef(lonlat), names, kinds)
    plain = [plain_name(name) for name in names]
    bare = [bare_name(name) for name in names]
    found: dict[int, tuple[float, int, str]] = {}
    for why, keys in ((_SAME_NAME, plain), (_SAME_BARE_NAME, bare)):
        for row, other, metres in _nearest_of_key(places, keys):
            found.setdefault(row, (metres, other, why))
    for row, other, metres in _similar(places, plain):
        found.setdefault(row, (metres, other, _SIMILAR_NAME))
    for row, (metres, other, why) in found.items():
        said = message(
            "row {label}, {name}, is {metres:.0f} m away and has {why}."
            if other < own
            else "station {label}, {name}, is {metres:.0f} m away and has {why}.",
            label=int(rows.rows[other]) + 1 if other < own else others[other - own].station_id,
            name=names[other],
            metres=metres,
            why=why,
        )
        yield row, "duplicate", said


_SAME_NAME: Final[str] = message("the same name")
_SAME_BARE_NAME: Final[str] = message("the same name but for its branch")
_SIMILAR_NAME: Final[str] = message("a similar name")


def bare_name(name: str) -> str:
    """Bring a name to what two branches of one thing share: without brackets and words for a branch."""
    bare = _BRANCH.sub("", plain_name(_BRACKETS.sub("", name)))
    return bare or plain_name(name)


def _nearest_of_key(places: _Places, keys: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Find for each row the nearest other place with its key, where there is one near enough."""
    points = levelled(places.xyz, keys)
    return _neighbours(places, points, 2, SAME_NAME_M)


def _similar(places: _Places, plain: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Find for each row the nearest other place of its kind with a similar name, among the nearest dozen."""
    known: dict[tuple[str, str], bool] = {}
    points = levelled(places.xyz, places.kinds)
    for row, other, metres in _neighbours(places, points, _NEIGHBOURS + 1, SIMILAR_NAME_M):
        pair = (min(plain[row], plain[other]), max(plain[row], plain[other]))
        if pair not in known:
            known[pair] = are_similar(*pair)
        if known[pair]:
            yield row, other, metres


def are_similar(one: str, other: str) -> bool:
    """Tell whether two names differ by a slip; a number or a direction that differs is none: 一号院, 二号院."""
    shortest, longest = sorted((len(one), len(other)))
    if not shortest or 2 * shortest < SIMILAR * (shortest + longest):
        return False
    if _NUMBERS.findall(one) != _NUMBERS.findall(other):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SIMILAR


def _neighbours(
    places: _Places, points: FloatArray, count: int, distance_m: float
) -> Iterator[tuple[int, int, float]]:
    """Yield each row with its nearest other places within a distance, nearest first."""
    if places.own == 0:
        return
    tree = cKDTree(points)
    columns = range(1, min(count, len(points)) + 1)
    away_m, numbers = tree.query(points[: places.own], k=columns, distance_upper_bound=distance_m)
    is_other = np.isfinite(away_m) & (numbers != np.arange(places.own)[:, None])
    found = np.nonzero(is_other)
    yield from zip(found[0].tolist(), numbers[found].tolist(), away_m[found].tolist(), strict=True)
