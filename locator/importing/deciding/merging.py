"""A list against the published stations: what is added, changed, moved, gone, back."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from scipy.spatial import cKDTree

from locator.geo.geodesy import GEOD, FloatArray, ecef
from locator.importing.understanding.headings import Match
from locator.importing.understanding.values import Draft
from locator.stations.differences import MOVED_M as SAME_POINT_M
from locator.stations.differences import StationChange as StationChange
from locator.stations.differences import differences
from locator.stations.reading import COLUMNS
from locator.stations.schema import DOUBTS, KINDS, Station
from locator.stations.store import Retired

SAME_PLACE_M: Final = 300.0
"""Up to here a station of the same name is the same station, put more exactly."""
RENAMED_M: Final = 10.0
"""Up to here the only station of a list is that of the only one published, with another name."""
MOVED_M: Final = 5000.0
"""Up to here a station whose name stands once in both lists is the same station, moved."""
LASTING: Final = frozenset({"locked", "moved", "kind_changed"})
"""Doubts that a list does not take back: a steward does, who has looked."""

_PREFIXES: Final = {kind: "".join(word[0] for word in kind.split("_")) for kind in KINDS}
"""A new id begins with the initials of the kind: ``ws-``."""
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGITS: Final = 10
# Farther apart than any distance that is asked for: names of their own level keep apart in one tree.
_LEVEL_M: Final = 1e5
_NEIGHBOURS: Final = 8
_FACTS: Final = frozenset(COLUMNS) - {"station_id"}
# Facts that come from one another: a list that has one of them says all of them.
_TOGETHER: Final = {
    "hours": ("hours", "hours_text"),
    "hours_text": ("hours", "hours_text"),
    "opens": ("hours", "hours_text"),
    "closes": ("hours", "hours_text"),
    "open_days": ("hours", "hours_text"),
}


@dataclass(frozen=True, slots=True)
class Diff:
    """What publishing a list would do: in the order of the list, the gone ones in that of the published."""

    added: tuple[Station, ...]
    changed: tuple[StationChange, ...]
    """Other facts; the position is within 1 m of the old one."""
    moved: tuple[StationChange, ...]
    """Another position, and maybe other facts."""
    gone: tuple[Station, ...]
    """Stations of the same source and kind that the list no longer has: they will be retired."""
    reopened: tuple[Station, ...]
    """Retired before, in the list again."""
    unchanged: int
    """How many stations of the list are published as it has them."""


# Ids


def with_ids(
    draft: Draft,
    lonlat: FloatArray,
    *,
    source: str,
    published: Sequence[Station],
    retired: Sequence[Retired],
) -> list[str]:
    """Give every row of a list the id of its station.

    An id that the list gives is kept if it keeps the rule for ids and no other source has it; else an id is made
    from it. Without one, a row is the station of the same source, published or retired, that has, in this order,

    - the same name within 300 m, or the same name and address, nearest first;
    - the same address under another name, or the same place to 10 m, if it is the only one there in both lists;
    - the same name within 5 km, if that name stands once in both lists; a row without a position: at any distance.

    Else it gets a new id, made from source, name, and address or position: the same list gives the same ids.

    Parameters
    ----------
    draft
        The rows.
    lonlat
        (n, 2) degrees, longitude first, WGS 84; NaN where a row has none.
    source
        The name of the list.
    published, retired
        Stations of every source: no id is given twice, not even that of a retired one.

    Returns
    -------
    list
        One id per row; two rows have the same one only if the list gives it to both, or if they say the same.
    """
    rows = _rows(draft, lonlat)
    owners = {gone.station.station_id: gone.station.source for gone in retired}
    owners |= {station.station_id: station.source for station in published}
    ids: list[str | None] = [_given_id(row.given, source, owners) for row in rows]
    candidates = [station for station in published if station.source == source]
    candidates += [gone.station for gone in retired if gone.station.source == source]
    taken = {station_id for station_id in ids if station_id is not None}
    free = [station for station in candidates if station.station_id not in taken]
    # A row that says what an earlier one says is that one, not a second station.
    first = {row: number for number, row in reversed(list(enumerate(rows))) if ids[number] is None}
    unnamed = sorted(first.values())
    for number, place in _matches([rows[number] for number in unnamed], free).items():
        ids[unnamed[number]] = free[place].station_id
    _make_ids(ids, rows, unnamed, source, {*owners, *taken})
    return [station_id or ids[first[row]] or "" for station_id, row in zip(ids, rows, strict=True)]


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row, or a station, is known by."""

    name: str
    address: str
    kind: str
    lon: float | None
    lat: float | None
    given: str | None = None


def _rows(draft: Draft, lonlat: FloatArray) -> list[_Row]:
    said = (draft.columns[name] for name in ("name", "address", "kind", "station_id"))
    # NaN is not even equal to itself.
    places = [(lon, lat) if lat == lat else (None, None) for lon, lat in lonlat.tolist()]
    return [
        _Row(plain_name(name), plain_name(address), kind or "", lon, lat, given)
        for name, address, kind, given, (lon, lat) in zip(*said, places, strict=True)
    ]


def plain_name(text: Any) -> str:
    """Bring a name to what makes it the same name: one width, small letters, neither blanks nor punctuation."""
    known = unicodedata.normalize("NFKC", text).casefold() if isinstance(text, str) else ""
    return known if known.isalnum() else re.sub(r"[\W_]+", "", known)


def _given_id(given: str | None, source: str, owners: Mapping[str, str | None]) -> str | None:
    """Return the id for a row that gives one."""
    if not given:
        return None
    made = _made_id("st", source, given)
    if made in owners or not _ID.fullmatch(given) or owners.get(given, source) != source:
        return made
    return given


def _made_id(prefix: str, *facts: object) -> str:
    digest = hashlib.sha1("\n".join(map(str, facts)).encode(), usedforsecurity=False).hexdigest()
    return f"{prefix}-{digest[:_DIGITS]}"


def _make_ids(
    ids: list[str | None], rows: Sequence[_Row], numbers: Sequence[int], source: str, taken: set[str]
) -> None:
    """Make an id for each of the rows with these numbers that has none yet."""
    for number in numbers:
        if ids[number] is not None:
            continue
        row = rows[number]
        where = None if row.lon is None or row.lat is None else (round(row.lon, 4), round(row.lat, 4))
        facts: list[object] = [source, row.name, row.address or where]
        station_id = _made_id(_PREFIXES.get(row.kind, "st"), *facts)
        while station_id in taken:
            facts.append(where)
            station_id = _made_id(_PREFIXES.get(row.kind, "st"), *facts)
        taken.add(station_id)
        ids[number] = station_id


# Which row is which station


def _matches(rows: Sequence[_Row], stations: Sequence[Station]) -> dict[int, int]:
    """Pair rows with stations, one to one: by name and place, by place, by name."""
    known = [
        _Row(plain_name(found.name), plain_name(found.address), found.kind, found.lon, found.lat)
        for found in stations
    ]
    found: dict[int, int] = {}
    _take(found, [*_same_name_near(rows, known), *_same_name_and_address(rows, known)])
    _take(found, _same_address(*_left(rows, known, found)))
    _take(found, _same_place(*_left(rows, known, found)))
    _take(found, _name_alone(rows, known, found))
    return found


_Pair = tuple[float, int, int]
"""How far apart, in metres; number of the row, number of the station."""


def _take(found: dict[int, int], pairs: Iterable[_Pair]) -> None:
    """Take pairs, nearest first, whose row and station are still free."""
    gone = set(found.values())
    for _, row, station in sorted(pairs):
        if row not in found and station not in gone:
            found[row] = station
            gone.add(station)


def _left(rows: Sequence[_Row], known: Sequence[_Row], found: Mapping[int, int]) -> tuple[_Numbered, _Numbered]:
    taken = set(found.values())
    return (
        {number: row for number, row in enumerate(rows) if number not in found},
        {number: row for number, row in enumerate(known) if number not in taken},
    )


_Numbered = Mapping[int, _Row]


def _same_name_near(rows: Sequence[_Row], known: Sequence[_Row]) -> list[_Pair]:
    """Find pairs of one name within 300 m; of more than eight stations that near, the nearest eight."""
    ones = {number: row for number, row in enumerate(rows) if row.name and row.lat is not None}
    others = {number: row for number, row in enumerate(known) if row.name}
    pairs = _near(ones, others, SAME_PLACE_M, lambda row: row.name)
    # Where a name stands twice on one spot, address and kind tell which is which.
    return [
        (
            away_m
            + 1e-3 * (rows[one].address != known[other].address)
            + 1e-3 * (rows[one].kind != known[other].kind),
            one,
            other,
        )
        for away_m, one, other in pairs
    ]


def _same_name_and_address(rows: Sequence[_Row], known: Sequence[_Row]) -> list[_Pair]:
    where: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(known):
        if row.name and row.address:
            where.setdefault((row.name, row.address), []).append(number)
    return [
        # After everything that is near: an address says less than a place.
        (SAME_PLACE_M + step, number, other)
        for number, row in enumerate(rows)
        for step, other in enumerate(where.get((row.name, row.address), ())[:_NEIGHBOURS])
    ]


def _same_address(rows: _Numbered, known: _Numbered) -> list[_Pair]:
    ones, others = _single(rows, lambda row: row.address), _single(known, lambda row: row.address)
    return [(0.0, ones[address], others[address]) for address in ones if address in others]


def _same_place(rows: _Numbered, known: _Numbered) -> list[_Pair]:
    """Find pairs within 10 m that are each the only one of their kind there."""
    placed = {number: row for number, row in rows.items() if row.lat is not None}
    pairs = _near(placed, known, RENAMED_M, lambda row: row.kind)
    ones, others = Counter(one for _, one, _ in pairs), Counter(other for *_, other in pairs)
    return [pair for pair in pairs if ones[pair[1]] == others[pair[2]] == 1]


def _name_alone(rows: Sequence[_Row], known: Sequence[_Row], found: Mapping[int, int]) -> list[_Pair]:
    """Find pairs whose name stands once in both lists and that are not too far apart."""
    ones = _single(dict(enumerate(rows)), lambda row: row.name)
    others = _single(dict(enumerate(known)), lambda row: row.name)
    left_rows, left_known = _left(rows, known, found)
    pairs = []
    for name, one in ones.items():
        other = others.get(name)
        if other is None or one not in left_rows or other not in left_known:
            continue
        # A row without a position is NaN away, which is not farther.
        if not float(np.linalg.norm(np.subtract(*_xyz([rows[one], known[other]])))) > MOVED_M:
            pairs.append((0.0, one, other))
    return pairs


def _single(rows: _Numbered, key: Any) -> dict[str, int]:
    """Return the texts that stand once, and where."""
    counts = Counter(key(row) for row in rows.values())
    return {key(row): number for number, row in rows.items() if key(row) and counts[key(row)] == 1}


def _xyz(rows: Iterable[_Row]) -> FloatArray:
    return ecef(np.array([(row.lon, row.lat) for row in rows], dtype=np.float64).reshape(-1, 2))


def _near(rows: _Numbered, known: _Numbered, distance_m: float, key: Any) -> list[_Pair]:
    """Find pairs of one key within a distance; of each row the nearest eight."""
    if not rows or not known:
        return []
    places = levelled(
        _xyz([*rows.values(), *known.values()]), [key(row) for row in (*rows.values(), *known.values())]
    )
    ones, others = list(rows), list(known)
    tree = cKDTree(places[len(ones) :])
    away_m, numbers = tree.query(
        places[: len(ones)], k=range(1, min(_NEIGHBOURS, len(others)) + 1), distance_upper_bound=distance_m
    )
    found = np.nonzero(np.isfinite(away_m))
    return [
        (metres, ones[row], others[number])
        for metres, row, number in zip(
            away_m[found].tolist(), found[0].tolist(), numbers[found].tolist(), strict=True
        )
    ]


def levelled(xyz: FloatArray, keys: Sequence[Hashable]) -> FloatArray:
    """Add a fourth coordinate (n, 4) that keeps points of different keys farther apart than any neighbours."""
    levels = {key: level for level, key in enumerate(dict.fromkeys(keys))}
    return np.column_stack((xyz, np.array([levels[key] for key in keys], dtype=np.float64) * _LEVEL_M))


# The merge


def known_fields(match: Match) -> frozenset[str]:
    """Return which facts a list says, by its columns: names of columns of a station, and ``amenity:WORD``.

    What it says overwrites what is published, also with "not known"; what it does not say stays.
    """
    found: set[str] = set()
    for name in match.fields:
        if name in COLUMNS or name.startswith("amenity:"):
            found.add(name)
        found.update(_TOGETHER.get(name, ()))
    return frozenset(found)


def merge(
    incoming: Sequence[Station],
    published: Sequence[Station],
    retired: Sequence[Retired],
    *,
    source: str,
    kind: str,
    known_fields: frozenset[str],
    refused: Collection[str] = (),
) -> Diff:
    """Compare a list with the published stations.

    Parameters
    ----------
    incoming
        The stations of the list, each id once, with ids from `with_ids`.
    published, retired
        Stations of every source.
    source, kind
        Of the list: stations of this source and kind that it does not have are gone; those of others stay.
    known_fields
        What the list says, as the function of that name returns it. Name, kind, position and source always.
    refused
        The ids of rows that are refused: their stations are in the list, so they stay as they are.

    Returns
    -------
    Diff
        Empty but for `unchanged` if the list says nothing new. ``checked_on`` never goes back. The list's doubts
        take the place of those before, but those in `LASTING` stay.
    """
    before = {station.station_id: station for station in published}
    closed = {gone.station.station_id: gone.station for gone in retired}
    olds = [before.get(found.station_id) or closed.get(found.station_id, found) for found in incoming]
    merged = [
        found if old is found else _combined(old, found, known_fields, is_near=metres <= SAME_POINT_M)
        for old, found, metres in zip(olds, incoming, _moved_m(olds, incoming), strict=True)
    ]
    listed = {station.station_id for station in merged} | set(refused)
    news = [found for found in merged if before.get(found.station_id, found) is not found]
    differ = differences([before[found.station_id] for found in news], news)
    gone = [
        station
        for station in published
        if (station.source, station.kind) == (source, kind) and station.station_id not in listed
    ]
    new = [found for found in merged if found.station_id not in before]
    return Diff(
        added=tuple(found for found in new if found.station_id not in closed),
        changed=differ.changed,
        moved=differ.moved,
        gone=tuple(gone),
        reopened=tuple(found for found in new if found.station_id in closed),
        unchanged=len(merged) - len(new) - len(differ.changed) - len(differ.moved),
    )


def _moved_m(before: Sequence[Station], after: Sequence[Station]) -> list[float]:
    """Measure how far each station moved."""
    places = np.array([(a.lon, a.lat, b.lon, b.lat) for a, b in zip(before, after, strict=True)], dtype=np.float64)
    moved_m: list[float] = GEOD.inv(*places.reshape(-1, 4).T)[2].tolist()
    return moved_m


def _combined(before: Station, found: Station, known: frozenset[str], *, is_near: bool) -> Station:
    """Take what the list says, and what it does not say from before: the very station where nothing differs."""
    says = known & _FACTS | {"name", "kind", "source"}
    if before.name != found.name:
        says |= {"pinyin"}
    if not is_near:  # files round positions: what is the same to a metre stays as it is
        says |= {"lat", "lon", "position_accuracy_m"}
    facts = {name: getattr(found, name) for name in says}
    facts["amenities"] = _amenities(before.amenities, found.amenities, known)
    facts["checked_on"] = max(filter(None, (before.checked_on, found.checked_on)), default=None)
    facts["doubts"] = _doubts(before, found, is_near=is_near)
    news = {name: value for name, value in facts.items() if value != getattr(before, name)}
    return replace(before, **news) if news else before


def _amenities(before: Mapping[str, str], found: Mapping[str, str], known: frozenset[str]) -> dict[str, str]:
    """Keep what is known of amenities that the list has no column for."""
    if "amenities" in known:
        return dict(found)
    said = {name.removeprefix("amenity:") for name in known if name.startswith("amenity:")}
    kept = {word: answer for word, answer in before.items() if word not in said}
    return kept | {word: answer for word, answer in found.items() if word in said}


def _doubts(before: Station, found: Station, *, is_near: bool) -> tuple[str, ...]:
    # A station that moved again is judged anew, and one that is of another kind again.
    ended = {"moved": not is_near, "kind_changed": before.kind != found.kind}
    lasting = {word for word in before.doubts if word in LASTING and not ended.get(word)}
    # What a steward has looked at and found right, the same facts do not make doubtful again.
    settled = {
        "other_district": is_near and before.district == found.district,
        "hours_unreadable": before.hours_text == found.hours_text,
    }
    said = {word for word in found.doubts if word in before.doubts or not settled.get(word)}
    return tuple(word for word in DOUBTS if word in lasting | said)


def apply(
    diff: Diff, published: Sequence[Station], retired: Sequence[Retired], today: date
) -> tuple[tuple[Station, ...], tuple[Retired, ...]]:
    """Do what a diff says.

    Returns
    -------
    tuple
        The stations, those that stay in their order, then those that are added and back in the order of the list;
        and the retired ones, those of today last.
    """
    after = {change.after.station_id: change.after for change in (*diff.changed, *diff.moved)}
    gone = {station.station_id for station in diff.gone}
    back = {station.station_id for station in diff.reopened}
    kept = [after.get(found.station_id, found) for found in published if found.station_id not in gone]
    still = [found for found in retired if found.station.station_id not in back]
    closed = [Retired(station, today) for station in diff.gone]
    return (*kept, *diff.added, *diff.reopened), (*still, *closed)
