"""Stops: what a list would do that is so rarely meant that somebody has to agree to it first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from locator.geo.datum import Datum, convert
from locator.geo.geodesy import GEOD, FloatArray, ecef
from locator.importing.deciding.merging import SAME_PLACE_M, Diff
from locator.importing.deciding.pending_rows import Brief
from locator.importing.deciding.similarity import neighbours, plain_name
from locator.importing.deciding.verdicts import WaitingRow
from locator.importing.understanding.datums import LABELS
from locator.importing.understanding.positions import RowPositions
from locator.language.messages import Message, listed, message
from locator.stations.directions import direction
from locator.stations.schema import Station
from locator.stations.store import Contents

RETIRED_SHARE: Final = 0.1
"""A list may retire up to this share of the stations that it replaces without a question, or one of several."""
LEAST_AGAIN: Final = 2
"""The fewest rows that are published from another list and are noticed."""
LEAST_MOVED: Final = 3
"""The fewest stations whose common move is noticed; they are also at least half of those that can be compared."""
FAR_M: Final = 25.0
"""Shorter moves are corrections."""
SAME_MOVE_M: Final = 8.0
"""Moves that differ by less are the same: lists round their positions to a few metres."""
NAMES_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a list is not published before somebody agrees to what it would do."""

    code: str
    """``retire_many``, ``add_again`` or ``move_all``: the member of `locator.importing.intake.Choices` that
    agrees to it."""
    message: str
    """What the list would do, with numbers, and what to do about it."""


def find_stops(
    diff: Diff,
    positions: RowPositions,
    stations: Mapping[int, Station],
    waiting: Sequence[WaitingRow],
    closed: Collection[str],
    before: Contents,
    elsewhere: Sequence[Brief],
    source: str,
    kind: str,
) -> tuple[Stop, ...]:
    """Find what a list would do that somebody has to agree to.

    Parameters
    ----------
    diff
        What publishing it would change.
    positions, stations, waiting
        Of its rows; those only that did not wait before.
    closed
        The ids of the stations that the list says are closed: that it retires them is meant.
    before
        What is published.
    elsewhere
        The rows of other lists that wait to be placed.
    source, kind
        Of the list: stations of these are replaced by it.
    """
    replaced = [station for station in before.stations if (station.source, station.kind) == (source, kind)]
    gone = [station for station in diff.gone if station.station_id not in closed]
    others = [station for station in before.stations if station.source != source]
    again = tuple(_known_elsewhere(diff.added, waiting, others, elsewhere))
    known = list(stations.values())
    found = (
        _retiring(gone, len(replaced), source),
        _adding_again(again, len(known) + len(waiting)),
        _moving(known, gone, replaced, positions.judgement.datum),
    )
    return tuple(stop for stop in found if stop is not None)


# Retiring many


def _retiring(gone: Sequence[Station], count: int, source: str) -> Stop | None:
    if len(gone) <= max(int(count > 1), RETIRED_SHARE * count):
        return None
    sentence = message(
        "The list would retire {gone:,} of the {count:,} stations of {source}: {names}. If it is a part of that"
        " list, or of another department, give it a name of its own. Agree only if these stations are closed.",
        gone=len(gone),
        count=count,
        source=source,
        names=listed([station.name for station in gone], NAMES_SHOWN),
    )
    return Stop("retire_many", sentence)


# Adding again


def _adding_again(again: Sequence[str | None], rows: int) -> Stop | None:
    """Stop if half of the rows or more are there already; of each of these the name of its list is given."""
    if len(again) < max(LEAST_AGAIN, rows / 2):
        return None
    (name, count), *_ = Counter(again).most_common(1)
    if name is None:
        sentence = message(
            "{again:,} of the {rows:,} stations in the list are published already, with no list's name, and would"
            " be there twice. Agree only if they are to be there twice.",
            again=len(again),
            rows=rows,
        )
    else:
        sentence = message(
            "{again:,} of the {rows:,} stations in the list are there already, published or to be placed,"
            " {count:,} of them from the list {name}, and would be there twice. If it is the same list, give it"
            " that name. Agree only if they are to be there twice.",
            again=len(again),
            rows=rows,
            count=count,
            name=name,
        )
    return Stop("add_again", sentence)


def _known_elsewhere(
    added: Sequence[Station], waiting: Sequence[WaitingRow], others: Sequence[Station], elsewhere: Sequence[Brief]
) -> Iterator[str | None]:
    """Yield the lists that have the same stations: of one name and near, or of one name and address."""
    ones, keys = [plain_name(station.name) for station in added], [plain_name(station.name) for station in others]
    near = neighbours(ecef(_lonlat(added)), ones, ecef(_lonlat(others)), keys, 1, SAME_PLACE_M)
    sources = {one: others[other].source for one, other, _ in near}
    there: list[Station | Brief] = [*elsewhere, *others]
    addressed = {(plain_name(one.name), plain_name(one.address)): one.source for one in there if one.address}
    rows: list[Station | WaitingRow] = [*added, *waiting]
    for number, row in enumerate(rows):
        key = plain_name(row.name), plain_name(row.address)
        if number in sources or key in addressed:
            yield sources[number] if number in sources else addressed[key]


# Moving all


def _moving(
    listed: Sequence[Station], gone: Sequence[Station], replaced: Sequence[Station], datum: Datum | None
) -> Stop | None:
    before = {station.station_id: station for station in replaced}
    known = [station for station in listed if station.station_id in before]
    now, then = _lonlat(known), _lonlat([before[station.station_id] for station in known])
    added = _lonlat([station for station in listed if station.station_id not in before])
    for other in Datum if datum else ():
        if other is datum or datum is None:
            continue
        fits = (_apart_m(now, then) > FAR_M) & (_apart_m(_read_as(now, datum, other), then) <= SAME_MOVE_M)
        count = int(fits.sum()) + _at_places(added, _read_as(added, datum, other), _lonlat(gone))
        if count >= max(LEAST_MOVED, len(listed) / 2):
            return Stop("move_all", _other_datum(count, _moves_of(now[fits], then[fits]), datum, other))
    return _moved_alike(now, then)


def _other_datum(count: int, how: Message | None, datum: Datum, other: Datum) -> Message:
    labels = {"datum": LABELS[datum], "other": LABELS[other]}
    moved = (
        message("{count:,} stations of the list would move {how}.", count=count, how=how)
        if how
        else message("{count:,} new stations lie beside those that would be retired.", count=count)
    )
    return message(
        "{moved} That is the shift between {datum} and {other} here: read as {other}, the list has them where they"
        " are. Choose {other} if the list is in it. Agree only if what is published is wrong.",
        moved=moved,
        **labels,
    )


def _moved_alike(now: FloatArray, then: FloatArray) -> Stop | None:
    """Find that most of the known stations move by the same vector, whatever it is."""
    east_m, north_m = _vectors_m(now, then)
    far = np.hypot(east_m, north_m) > FAR_M
    if far.sum() < max(LEAST_MOVED, len(now) / 2):
        return None
    east, north = float(np.median(east_m[far])), float(np.median(north_m[far]))
    alike = far & (np.hypot(east_m - east, north_m - north) <= SAME_MOVE_M)
    if alike.sum() < max(LEAST_MOVED, len(now) / 2):
        return None
    sentence = message(
        "{count:,} of the {known:,} stations that are known would move {how}. A whole list moves where its datum"
        " or its reference system was chosen wrongly, now or last time. Agree only if what is published is wrong.",
        count=int(alike.sum()),
        known=len(now),
        how=_moves_of(now[alike], then[alike]),
    )
    return Stop("move_all", sentence)


def _moves_of(now: FloatArray, then: FloatArray) -> Message | None:
    """Say how far and in which direction positions move, ``None`` without any."""
    if not len(now):
        return None
    east_m, north_m = (float(np.median(part)) for part in _vectors_m(now, then))
    bearing_deg = float(np.degrees(np.arctan2(east_m, north_m)))
    return message(
        "{metres:,.0f} m to the {direction}",
        metres=float(np.hypot(east_m, north_m)),
        direction=direction(bearing_deg),
    )


def _vectors_m(now: FloatArray, then: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how far positions move to the east and to the north."""
    bearing, _, metres = GEOD.inv(then[:, 0], then[:, 1], now[:, 0], now[:, 1])
    angle = np.radians(np.asarray(bearing))
    return np.asarray(metres) * np.sin(angle), np.asarray(metres) * np.cos(angle)


def _apart_m(one: FloatArray, other: FloatArray) -> FloatArray:
    return np.asarray(GEOD.inv(one[:, 0], one[:, 1], other[:, 0], other[:, 1])[2])


def _at_places(now: FloatArray, read: FloatArray, places: FloatArray) -> int:
    """Count the new positions that lie at one of the places as they would be read, and at none as they are."""
    if not len(now) or not len(places):
        return 0
    tree = cKDTree(ecef(places))
    is_there = tree.query(ecef(read))[0] <= SAME_MOVE_M
    return int((is_there & (tree.query(ecef(now))[0] > SAME_MOVE_M)).sum())


def _read_as(lonlat: FloatArray, datum: Datum, other: Datum) -> FloatArray:
    """Return where positions that were read in one datum would be in another."""
    return convert(convert(lonlat, Datum.WGS84, datum), other, Datum.WGS84)


def _lonlat(stations: Sequence[Station]) -> FloatArray:
    return np.array([(station.lon, station.lat) for station in stations], dtype=np.float64).reshape(-1, 2)
