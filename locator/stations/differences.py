"""Differences between two lists of stations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from locator.geo.geodesy import GEOD
from locator.stations.reading import COLUMNS
from locator.stations.schema import Station

POSITION: Final = "position"
MOVED_M: Final = 1.0
"""Positions up to this far apart count as the same, for files round them."""
_FACTS: Final = tuple(name for name in COLUMNS if name != "station_id")


@dataclass(frozen=True, slots=True)
class StationDifference:
    """A station in both lists with different facts."""

    before: Station
    after: Station
    fields: tuple[str, ...]
    """What differs, in the order of the schema, then ``position`` if it moved by more than `MOVED_M`."""
    moved_m: float
    """Geodesic distance between the two positions."""


@dataclass(frozen=True, slots=True)
class Differences:
    """The differences by ``station_id``, each in the order of its list."""

    added: tuple[Station, ...]
    removed: tuple[Station, ...]
    changed: tuple[StationDifference, ...]
    """Different facts at the same position."""
    moved: tuple[StationDifference, ...]
    """A different position, and perhaps different facts."""

    def counts(self) -> dict[str, int]:
        """Return how many stations are ``added``, ``removed``, ``changed`` and ``moved``."""
        return {name: len(getattr(self, name)) for name in ("added", "removed", "changed", "moved")}


def differences(before: Iterable[Station], after: Iterable[Station]) -> Differences:
    """Compare two lists of stations.

    Parameters
    ----------
    before, after
        In any order; each ``station_id`` occurs once in a list.
    """
    old = {station.station_id: station for station in before}
    new = {station.station_id: station for station in after}
    pairs = [(old[station_id], station) for station_id, station in new.items() if station_id in old]
    changes = [change for change in _changes(pairs) if change.fields]
    return Differences(
        added=tuple(station for station_id, station in new.items() if station_id not in old),
        removed=tuple(station for station_id, station in old.items() if station_id not in new),
        changed=tuple(change for change in changes if POSITION not in change.fields),
        moved=tuple(change for change in changes if POSITION in change.fields),
    )


def _changes(pairs: list[tuple[Station, Station]]) -> Iterable[StationDifference]:
    positions = np.array([(a.lon, a.lat, b.lon, b.lat) for a, b in pairs], dtype=np.float64).reshape(-1, 4)
    _, _, moved_m = GEOD.inv(*positions.T)
    for (before, after), length_m in zip(pairs, moved_m.tolist(), strict=True):
        fields = [name for name in _FACTS if getattr(before, name) != getattr(after, name)]
        fields += [POSITION] * (length_m > MOVED_M)
        yield StationDifference(before, after, tuple(fields), length_m)
