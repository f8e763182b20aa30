"""Merging a list with the published stations: added, changed, moved, gone and reopened ones."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from locator.geo.geodesy import GEOD, FloatArray, ecef
from locator.importing.deciding.pending_rows import Known
from locator.importing.deciding.similarity import neighbours, plain_name
from locator.importing.understanding.headings import Match
from locator.importing.understanding.values import HOURS_FIELDS, Draft
from locator.stations.differences import MOVED_M as SAME_POINT_M
from locator.stations.differences import StationDifference, differences
from locator.stations.edits import GROUPS, LISTED, Edits
from locator.stations.reading import COLUMNS
from locator.stations.schema import DOUBTS, EDITED, KINDS, Station
from locator.stations.store import Retired

SAME_PLACE_M: Final = 300.0
"""Up to this distance a station of the same name is the same one with a better position."""
RENAMED_M: Final = 10.0
"""Up to this distance the only listed and the only published station are the same one, renamed."""
MOVED_M: Final = 5000.0
"""Up to this distance stations whose name is unique in both lists are the same one, moved."""
LASTING: Final = frozenset({"locked", "moved", "kind_changed", EDITED})
"""Doubts that only a steward clears, after a look; another list does not."""

_PREFIXES: Final = {kind: "".join(word[0] for word in kind.split("_")) for kind in KINDS}
"""A new id begins with the initials of the kind: ``ws-``."""
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NO_EDITS: Final[Edits] = {}
_DIGITS: Final = 10
_NEIGHBOURS: Final = 8
_FACTS: Final = frozenset(COLUMNS) - {"station_id"}
_STATUS_FIELDS: Final = frozenset(GROUPS["status"])


@dataclass(frozen=True, slots=True)
class Diff:
    """What publishing a list would change, in the order of the list; `gone` in the published order."""

    added: tuple[Station, ...]
    changed: tuple[StationDifference, ...]
    """Other facts, and a position within 1 m of the old one."""
    moved: tuple[StationDifference, ...]
    """Another position, with or without other facts."""
    gone: tuple[Station, ...]
    """Stations of the same source and kind that the list no longer has: they will be retired."""
    reopened: tuple[Station, ...]
    """Retired stations that the list has again."""
    unchanged: int
    """How many stations of the list are published just as it has them."""
    kept_open: tuple[Station, ...] = ()
    """Stations that the list does not have, but that a steward added or reopened by hand: they stay."""
    kept_closed: tuple[Station, ...] = ()
    """Stations that the list has, but that a steward retired by hand: they stay retired."""


# Ids


def with_ids(
    draft: Draft,
    lonlat: FloatArray,
    *,
    source: str,
    published: Sequence[Station],
    retired: Sequence[Retired],
    pending: Sequence[Known] = (),
    every_source: bool = False,
) -> list[str]:
    """Give every row of a list the id of its station.

    An id in the list is kept if it is valid and no other source uses it; otherwise one is derived from it. A row
    without an id is matched with a station of the same source, published, retired or pending, by, in this order,

    - the same name within 300 m, or the same name and address, nearest first;
    - the same address under another name, or a position within 10 m, if unique in both lists;
    - the same name within 5 km, if unique in both lists; at any distance for a row without a position.

    Otherwise it gets a new id, made from source, name, and address or position: the same list gives the same ids.

    Parameters
    ----------
    draft
        The rows.
    lonlat
        (n, 2) degrees, longitude first, WGS 84; NaN where a row has none.
    source
        The name of the list.
    published, retired
        Stations of every source; the id of a retired one is not used again either.
    pending
        Rows of the same source that are not published, which keep their ids too.
    every_source
        Whether the rows are stations of every source, as in an export.

    Returns
    -------
    list
        One id per row; two rows share one only if the list gives it to both, or if they are alike.
    """
    rows = _rows(draft, lonlat)
    owners = {gone.station.station_id: gone.station.source for gone in retired}
    owners |= {station.station_id: station.source for station in published}
    strange = {} if every_source else {key: owner for key, owner in owners.items() if owner != source}
    ids: list[str | None] = [_given_id(row.given, source, owners, strange) for row in rows]
    everyone = (*published, *(gone.station for gone in retired))
    candidates = [_identity(station) for station in everyone if every_source or station.source == source]
    candidates += [
        _Identity(plain_name(row.name), plain_name(row.address), row.kind, None, None, row.station_id)
        for row in pending
        if row.station_id not in owners
    ]
    owners |= {row.station_id: source for row in pending if row.station_id not in owners}
    taken = {station_id for station_id in ids if station_id is not None}
    free = [known for known in candidates if known.given not in taken]
    # A row that repeats an earlier one is the same station.
    first = {row: number for number, row in reversed(list(enumerate(rows))) if ids[number] is None}
    unmatched = sorted(first.values())
    for number, match in _matches([rows[number] for number in unmatched], free).items():
        ids[unmatched[number]] = free[match].given
    _make_ids(ids, rows, unmatched, source, {*owners, *taken})
    return [station_id or ids[first[row]] or "" for station_id, row in zip(ids, rows, strict=True)]


@dataclass(frozen=True, slots=True)
class _Identity:
    """The facts by which a row or a station is recognised."""

    name: str
    address: str
    kind: str
    lon: float | None
    lat: float | None
    given: str | None = None
    """The id, where it is known."""


def _identity(station: Station) -> _Identity:
    name, address = plain_name(station.name), plain_name(station.address)
    return _Identity(name, address, station.kind, station.lon, station.lat, station.station_id)


def _rows(draft: Draft, lonlat: FloatArray) -> list[_Identity]:
    columns = (draft.columns[name] for name in ("name", "address", "kind", "station_id"))
    # NaN would make equal rows differ: it is not equal to itself.
    positions = [(lon, lat) if lat == lat else (None, None) for lon, lat in lonlat.tolist()]
    return [
        _Identity(plain_name(name), plain_name(address), kind or "", lon, lat, given)
        for name, address, kind, given, (lon, lat) in zip(*columns, positions, strict=True)
    ]


def _given_id(given: str | None, source: str, owned: Collection[str], strange: Collection[str]) -> str | None:
    """Return the id of a row that has one in the list: that one, or one derived from it."""
    if not given:
        return None
    derived = _made_id("st", source, given)
    is_usable = derived not in owned and _ID.fullmatch(given) and given not in strange
    return given if is_usable else derived


def _made_id(prefix: str, *facts: object) -> str:
    digest = hashlib.sha1("\n".join(map(str, facts)).encode(), usedforsecurity=False).hexdigest()
    return f"{prefix}-{digest[:_DIGITS]}"


def _make_ids(
    ids: list[str | None], rows: Sequence[_Identity], numbers: Sequence[int], source: str, taken: set[str]
) -> None:
    """Fill in an id for each of the numbered rows that has none."""
    for number in numbers:
        if ids[number] is None:
            ids[number] = _new_id(rows[number], source, taken)
            taken.add(ids[number] or "")


def _new_id(row: _Identity, source: str, taken: Collection[str]) -> str:
    position = None if row.lon is None or row.lat is None else (round(row.lon, 4), round(row.lat, 4))
    facts: list[object] = [source, row.name, row.address or position]
    station_id = _made_id(_PREFIXES.get(row.kind, "st"), *facts)
    while station_id in taken:
        facts.append(position)
        station_id = _made_id(_PREFIXES.get(row.kind, "st"), *facts)
    return station_id


def id_for(station: Station, taken: Collection[str]) -> str:
    """Make the id of a station that comes from no list, as those of rows are made: none of those taken."""
    name, address = plain_name(station.name), plain_name(station.address)
    row = _Identity(name, address, station.kind, station.lon, station.lat)
    return _new_id(row, station.source or "", taken)


# Which row is which station


def _matches(rows: Sequence[_Identity], known: Sequence[_Identity]) -> dict[int, int]:
    """Pair rows with what is known, one to one: row number to number of the known."""
    matches: dict[int, int] = {}
    _take(matches, [*_same_name_near(rows, known), *_same_name_and_address(rows, known)])
    _take(matches, _same_address(*_unmatched(rows, known, matches)))
    _take(matches, _same_position(*_unmatched(rows, known, matches)))
    _take(matches, _unique_name(rows, known, matches))
    return matches


_Pair = tuple[float, int, int]
"""Distance in metres, number of the row, number of the station."""


def _take(matches: dict[int, int], pairs: Iterable[_Pair]) -> None:
    """Add the pairs, nearest first, whose row and station are still free."""
    taken = set(matches.values())
    for _, row, station in sorted(pairs):
        if row not in matches and station not in taken:
            matches[row] = station
            taken.add(station)


def _unmatched(
    rows: Sequence[_Identity], known: Sequence[_Identity], matches: Mapping[int, int]
) -> tuple[_Numbered, _Numbered]:
    taken = set(matches.values())
    return (
        {number: row for number, row in enumerate(rows) if number not in matches},
        {number: row for number, row in enumerate(known) if number not in taken},
    )


_Numbered = Mapping[int, _Identity]


def _same_name_near(rows: Sequence[_Identity], known: Sequence[_Identity]) -> list[_Pair]:
    """Find pairs of one name within 300 m, at most the nearest eight stations of each row."""
    ones = {number: row for number, row in enumerate(rows) if row.name and row.lat is not None}
    others = {number: row for number, row in enumerate(known) if row.name and row.lat is not None}
    # At the same distance, those with the same address and kind come first: each that differs adds a millimetre.
    return [
        (
            away_m
            + 1e-3 * (rows[one].address != known[other].address)
            + 1e-3 * (rows[one].kind != known[other].kind),
            one,
            other,
        )
        for away_m, one, other in _near(ones, others, SAME_PLACE_M, lambda row: row.name)
    ]


def _same_name_and_address(rows: Sequence[_Identity], known: Sequence[_Identity]) -> list[_Pair]:
    by_key: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(known):
        if row.name and row.address:
            by_key.setdefault((row.name, row.address), []).append(number)
    return [
        # After all pairs by distance: an address is weaker evidence than a position.
        (SAME_PLACE_M + step, number, other)
        for number, row in enumerate(rows)
        for step, other in enumerate(by_key.get((row.name, row.address), ())[:_NEIGHBOURS])
    ]


def _same_address(rows: _Numbered, known: _Numbered) -> list[_Pair]:
    ones, others = _single(rows, lambda row: row.address), _single(known, lambda row: row.address)
    return [(0.0, ones[address], others[address]) for address in ones if address in others]


def _same_position(rows: _Numbered, known: _Numbered) -> list[_Pair]:
    """Find pairs of one kind within 10 m of which neither has another partner."""
    placed, known_placed = (
        {number: row for number, row in those.items() if row.lat is not None} for those in (rows, known)
    )
    pairs = _near(placed, known_placed, RENAMED_M, lambda row: row.kind)
    ones, others = Counter(one for _, one, _ in pairs), Counter(other for *_, other in pairs)
    return [pair for pair in pairs if ones[pair[1]] == others[pair[2]] == 1]


def _unique_name(rows: Sequence[_Identity], known: Sequence[_Identity], matches: Mapping[int, int]) -> list[_Pair]:
    """Find pairs whose name is unique in both lists and that are at most 5 km apart."""
    ones = _single(dict(enumerate(rows)), lambda row: row.name)
    others = _single(dict(enumerate(known)), lambda row: row.name)
    free_rows, free_known = _unmatched(rows, known, matches)
    pairs = []
    for name, one in ones.items():
        other = others.get(name)
        if other is None or one not in free_rows or other not in free_known:
            continue
        # `not >`: the distance of a row without a position is NaN, and it is matched too.
        if not float(np.linalg.norm(np.subtract(*_xyz([rows[one], known[other]])))) > MOVED_M:
            pairs.append((0.0, one, other))
    return pairs


def _single(rows: _Numbered, key: Callable[[_Identity], str]) -> dict[str, int]:
    """Return the keys that occur once, with the number of their row."""
    counts = Counter(key(row) for row in rows.values())
    return {key(row): number for number, row in rows.items() if key(row) and counts[key(row)] == 1}


def _xyz(rows: Iterable[_Identity]) -> FloatArray:
    return ecef(np.array([(row.lon, row.lat) for row in rows], dtype=np.float64).reshape(-1, 2))


def _near(rows: _Numbered, known: _Numbered, distance_m: float, key: Callable[[_Identity], str]) -> list[_Pair]:
    """Find pairs of one key within a distance, the nearest eight of each row."""
    ones, others = list(rows), list(known)
    row_keys, known_keys = [key(row) for row in rows.values()], [key(row) for row in known.values()]
    row_xyz, known_xyz = _xyz(rows.values()), _xyz(known.values())
    hits = neighbours(row_xyz, row_keys, known_xyz, known_keys, _NEIGHBOURS, distance_m)
    return [(metres, ones[row], others[number]) for row, number, metres in hits]


# The merge


def known_fields(match: Match, draft: Draft) -> frozenset[str]:
    """Return the facts that a list has columns for: columns of a station, and ``amenity:WORD``.

    These overwrite what is published, also with "not known"; all others stay. The state of stations may stand in
    their names or remarks too: a list that says it of one station says it of all.
    """
    fields = {name for name in match.fields if name in COLUMNS or name.startswith("amenity:")}
    if any(match.fields.keys() & {"remarks", *_STATUS_FIELDS}) or any(draft.columns["status"]):
        fields |= _STATUS_FIELDS
    if match.fields.keys() & HOURS_FIELDS:  # both columns of hours are made from whichever of these a list has
        fields |= {"hours", "hours_text"}
    return frozenset(fields)


def merge(
    incoming: Sequence[Station],
    published: Sequence[Station],
    retired: Sequence[Retired],
    *,
    source: str,
    kind: str,
    known_fields: frozenset[str],
    refused: Collection[str] = (),
    closed: Collection[str] = (),
    edits: Edits = _NO_EDITS,
    settled: Collection[str] = (),
) -> Diff:
    """Compare a list with the published stations.

    Parameters
    ----------
    incoming
        The stations of the list, each id once, with ids from `with_ids`.
    published, retired
        Stations of every source.
    source, kind
        Of the list: stations of this source and kind that it does not have are gone; all others stay.
    known_fields
        The facts that the list has, from the function of that name; it always has name, kind, position and source.
    refused
        The ids of refused rows: their stations are not gone, and stay as they are.
    closed
        The ids of rows that say that the station is closed for good: it is gone.
    edits
        What stewards changed by hand, for the stations that they added, reopened or retired.
    settled
        The ids of stations that the list contradicts no more; they lose the doubt ``edited``.

    Returns
    -------
    Diff
        Empty but for `unchanged` if nothing differs. ``checked_on`` never becomes earlier. The doubts of the list
        replace the old ones except those in `LASTING`.
    """
    before = {station.station_id: station for station in published}
    shut = {one.station.station_id: one.station for one in retired}
    by_hand = {station_id: own[LISTED] for station_id, own in edits.items() if LISTED in own}
    kept_closed = {new.station_id for new in incoming if by_hand.get(new.station_id)} & shut.keys()
    taken = [new for new in incoming if new.station_id not in kept_closed]
    olds = [before.get(new.station_id) or shut.get(new.station_id, new) for new in taken]
    merged = [
        new if old is new else _combined(old, new, known_fields, metres, is_settled=old.station_id in settled)
        for old, new, metres in zip(olds, taken, _moved_m(olds, taken), strict=True)
    ]
    listed = {station.station_id for station in merged} | set(refused)
    missing = [
        station
        for station in published
        if station.station_id in closed
        or ((station.source, station.kind) == (source, kind) and station.station_id not in listed)
    ]
    differing = [station for station in merged if before.get(station.station_id, station) is not station]
    differ = differences([before[station.station_id] for station in differing], differing)
    added = [station for station in merged if station.station_id not in before]
    return Diff(
        added=tuple(station for station in added if station.station_id not in shut),
        changed=differ.changed,
        moved=differ.moved,
        gone=tuple(station for station in missing if station.station_id not in by_hand),
        reopened=tuple(station for station in added if station.station_id in shut),
        unchanged=len(merged) - len(added) - len(differ.changed) - len(differ.moved),
        kept_open=tuple(station for station in missing if station.station_id in by_hand),
        kept_closed=tuple(one.station for one in retired if one.station.station_id in kept_closed),
    )


def _moved_m(before: Sequence[Station], after: Sequence[Station]) -> list[float]:
    pairs = np.array([(a.lon, a.lat, b.lon, b.lat) for a, b in zip(before, after, strict=True)], dtype=np.float64)
    moved_m: list[float] = GEOD.inv(*pairs.reshape(-1, 4).T)[2].tolist()
    return moved_m


def _combined(
    before: Station, listed: Station, known: frozenset[str], moved_m: float, *, is_settled: bool
) -> Station:
    """Overwrite the facts that the list has; return `before` itself where nothing differs."""
    is_near = moved_m <= SAME_POINT_M
    names = known & _FACTS | {"name", "kind", "source"}
    if before.name != listed.name:
        names |= {"pinyin"}
    if not is_near:  # files round positions, so a difference of up to a metre is none
        names |= {"lat", "lon", "position_accuracy_m"}
    facts = {name: getattr(listed, name) for name in names}
    facts["amenities"] = _amenities(before.amenities, listed.amenities, known)
    facts["checked_on"] = max(filter(None, (before.checked_on, listed.checked_on)), default=None)
    facts["doubts"] = _doubts(before, listed, is_near=is_near, is_settled=is_settled)
    changed = {name: value for name, value in facts.items() if value != getattr(before, name)}
    return replace(before, **changed) if changed else before


def _amenities(before: Mapping[str, str], listed: Mapping[str, str], known: frozenset[str]) -> dict[str, str]:
    """Overwrite only the amenities that the list has columns for."""
    if "amenities" in known:
        return dict(listed)
    words = {name.removeprefix("amenity:") for name in known if name.startswith("amenity:")}
    kept = {word: answer for word, answer in before.items() if word not in words}
    return kept | {word: answer for word, answer in listed.items() if word in words}


def _doubts(before: Station, listed: Station, *, is_near: bool, is_settled: bool) -> tuple[str, ...]:
    # Another move, or another change of kind, is a new doubt.
    ended = {"moved": not is_near, "kind_changed": before.kind != listed.kind, EDITED: is_settled}
    lasting = {word for word in before.doubts if word in LASTING and not ended.get(word)}
    # A doubt that a steward has cleared does not come back with the same facts.
    settled = {
        "piled": is_near,
        "other_district": is_near and before.district == listed.district,
        "duplicate": is_near and before.name == listed.name,  # another that is new beside it is marked itself
        "hours_unreadable": before.hours_text == listed.hours_text,
        "hours_conflict": (before.hours, before.hours_text) == (listed.hours, listed.hours_text),
        "status_unclear": (before.status, before.status_note) == (listed.status, listed.status_note),
        "datum": is_near,
    }
    current = {word for word in listed.doubts if word in before.doubts or not settled.get(word)}
    return tuple(word for word in DOUBTS if word in lasting | current)


def apply(
    diff: Diff, published: Sequence[Station], retired: Sequence[Retired], today: date
) -> tuple[tuple[Station, ...], tuple[Retired, ...]]:
    """Apply a diff.

    Returns
    -------
    tuple
        The stations: those that stay, in their order, then the added and the reopened ones in the order of the
        list; and the retired ones, those of today last.
    """
    after = {change.after.station_id: change.after for change in (*diff.changed, *diff.moved)}
    gone = {station.station_id for station in diff.gone}
    back = {station.station_id for station in diff.reopened}
    kept = [after.get(station.station_id, station) for station in published if station.station_id not in gone]
    still = [entry for entry in retired if entry.station.station_id not in back]
    closed = [Retired(station, today) for station in diff.gone]
    return (*kept, *diff.added, *diff.reopened), (*still, *closed)
