"""Differences: what one list of stations has that another has not, or has otherwise."""

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
"""Up to here two positions are the same: files round them."""
_FACTS: Final = tuple(name for name in COLUMNS if name != "station_id")


@dataclass(frozen=True, slots=True)
class StationChange:
    """A station that is there before and after, and not the same."""

    before: Station
    after: Station
    fields: tuple[str, ...]
    """What differs, in the order of the schema; ``position`` at the end where it moved by more than a metre."""
    moved_m: float
    """From the position before to that after, on the ellipsoid."""


@dataclass(frozen=True, slots=True)
class Differences:
    """From one list of stations to another; by ``station_id``, each in the order of its list."""

    added: tuple[Station, ...]
    removed: tuple[Station, ...]
    changed: tuple[StationChange, ...]
    """Other facts, on the same place to a metre."""
    moved: tuple[StationChange, ...]
    """Another place, and maybe other facts."""

    def counts(self) -> dict[str, int]:
        """Return how many stations are ``added``, ``removed``, ``changed`` and ``moved``."""
        return {name: len(getattr(self, name)) for name in ("added", "removed", "changed", "moved")}


def differences(before: Iterable[Station], after: Iterable[Station]) -> Differences:
    """Compare two lists of stations.

    Parameters
    ----------
    before, after
        Each ``station_id`` stands in a list once.

    Returns
    -------
    Differences
        Empty where the lists say the same of the same stations, whatever their order.
    """
    old = {station.station_id: station for station in before}
    new = {station.station_id: station for station in after}
    pairs = [(old[station_id], found) for station_id, found in new.items() if station_id in old]
    changes = [change for change in _changes(pairs) if change.fields]
    return Differences(
        added=tuple(found for station_id, found in new.items() if station_id not in old),
        removed=tuple(found for station_id, found in old.items() if station_id not in new),
        changed=tuple(change for change in changes if POSITION not in change.fields),
        moved=tuple(change for change in changes if POSITION in change.fields),
    )


def _changes(pairs: list[tuple[Station, Station]]) -> Iterable[StationChange]:
    places = np.array([(a.lon, a.lat, b.lon, b.lat) for a, b in pairs], dtype=np.float64).reshape(-1, 4)
    _, _, moved_m = GEOD.inv(*places.T)
    for (before, after), length_m in zip(pairs, moved_m.tolist(), strict=True):
        fields = [name for name in _FACTS if getattr(before, name) != getattr(after, name)]
        fields += [POSITION] * (length_m > MOVED_M)
        yield StationChange(before, after, tuple(fields), length_m)
