"""Gaps: connected areas outside the radius of every station, and the demand inside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from locator.geo.circles import area_m2
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.inputs.demand import Demand
from locator.planning.inputs.supply import Supply
from locator.planning.measures.coverage import Coverage, areas_of
from locator.planning.measures.reach import nearest
from locator.stations.schema import District

Geometries = NDArray[np.object_]

SLIVER_KM2: Final = 0.01
"""Smaller gaps without demand are left out: circles and borders of areas leave many slivers."""
DRAWN_TOLERANCE_DEG: Final = 1e-4
"""How far the outline for display may be from the exact one: 11 m."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A connected piece of ground outside the service area."""

    outline: Polygon
    """Exact, WGS 84, degrees, longitude first."""
    persons: float
    """The weight of the uncovered demand points inside."""
    area_km2: float
    station_id: str | None
    """The serving station nearest to `lat`, `lon`; ``None`` where no station serves."""
    station_name: str | None
    distance_m: float | None
    """From `lat`, `lon` to it."""
    lat: float
    """The worst-served demand point inside that has a weight; without one a point inside the outline."""
    lon: float
    from_demand: bool
    """Whether `lat`, `lon` is a demand point."""
    names: tuple[str, ...]
    """The Chinese names of the areas it reaches into, in their order."""
    names_en: tuple[str, ...]

    def drawn(self) -> BaseGeometry:
        """Return the outline with fewer points, for display only: off by at most `DRAWN_TOLERANCE_DEG`."""
        return self.outline.simplify(DRAWN_TOLERANCE_DEG)


def find_gaps(
    service_area: BaseGeometry, areas: Sequence[District], demand: Demand, supply: Supply, coverage: Coverage
) -> tuple[Gap, ...]:
    """Find the gaps inside some areas.

    The persons of all gaps together may be a few fewer than the uncovered ones: points that are beyond the radius
    by less than 0.1 % can lie inside the drawn service area.

    Parameters
    ----------
    service_area
        The ground within the radius of the stations that count; empty where none does.
    areas
        Where to look; without any there is no gap.
    demand, supply
        What `coverage` was measured on. Demand without positions lies in no gap.
    coverage
        Says which demand points are uncovered and which stations count.

    Returns
    -------
    tuple
        Most persons first, then largest; pieces below `SLIVER_KM2` without persons are left out. Empty where
        everything is within the radius; all the areas, joined, where no station counts.
    """
    outlines = np.array([area.outline for area in areas], dtype=object)
    pieces = shapely.get_parts(shapely.difference(shapely.union_all(outlines), service_area))
    pieces = pieces[shapely.get_dimensions(pieces) == 2]
    km2 = area_m2(pieces) / 1e6
    persons, worst = _people(pieces, demand, coverage)
    kept = np.flatnonzero((km2 >= SLIVER_KM2) | (persons > 0))
    order = kept[np.lexsort((-km2[kept], -persons[kept]))]
    pieces, km2, persons, worst = pieces[order], km2[order], persons[order], worst[order]
    lonlat = _origins(pieces, worst, demand)
    distances_m, numbers = _nearest(lonlat, worst, supply, coverage)
    touched = _touched(pieces, outlines)
    return tuple(
        Gap(
            outline=piece,
            persons=float(persons[row]),
            area_km2=float(km2[row]),
            station_id=supply.ids[numbers[row]] if numbers[row] >= 0 else None,
            station_name=supply.names[numbers[row]] if numbers[row] >= 0 else None,
            distance_m=float(distances_m[row]) if numbers[row] >= 0 else None,
            lat=float(lonlat[row, 1]),
            lon=float(lonlat[row, 0]),
            from_demand=bool(worst[row] >= 0),
            names=tuple(areas[number].name for number in touched[row]),
            names_en=tuple(areas[number].name_en for number in touched[row]),
        )
        for row, piece in enumerate(pieces)
    )


def _people(pieces: Geometries, demand: Demand, coverage: Coverage) -> tuple[FloatArray, IntArray]:
    """Return per piece the uncovered weight inside and its worst-served point, -1 without weight."""
    far = (coverage.distance_m > coverage.question.radius_m) & (demand.weight > 0)
    uncovered = np.flatnonzero(far & np.isfinite(demand.lonlat).all(axis=1))
    piece_of = areas_of(demand.lonlat[uncovered], pieces.tolist())
    points, piece_of = uncovered[piece_of >= 0], piece_of[piece_of >= 0]
    persons = np.bincount(piece_of, weights=demand.weight[points], minlength=len(pieces)).astype(np.float64)
    worst = np.full(len(pieces), -1, dtype=np.intp)
    order = np.lexsort((-points, coverage.distance_m[points], piece_of))
    worst[piece_of[order]] = points[order]
    return persons, worst


def _origins(pieces: Geometries, worst: IntArray, demand: Demand) -> FloatArray:
    """Return per piece the point from which the nearest station is measured."""
    origins = shapely.get_coordinates(shapely.point_on_surface(pieces))
    origins[worst >= 0] = demand.lonlat[worst[worst >= 0]]
    return origins


def _nearest(
    lonlat: FloatArray, worst: IntArray, supply: Supply, coverage: Coverage
) -> tuple[FloatArray, IntArray]:
    """Return per piece the distance and number of the nearest serving station, as measured for its point."""
    distances_m, numbers = np.full(len(worst), np.inf), np.full(len(worst), -1, dtype=np.intp)
    bare = worst < 0
    distances_m[~bare], numbers[~bare] = coverage.distance_m[worst[~bare]], coverage.nearest[worst[~bare]]
    if bare.any() and len(coverage.serving):
        nearest_m, index = nearest(lonlat[bare], supply.lonlat[coverage.serving])
        distances_m[bare], numbers[bare] = nearest_m, coverage.serving[index]
    return distances_m, numbers


def _touched(pieces: Geometries, outlines: Geometries) -> list[list[int]]:
    """List per piece the areas whose interior it overlaps, not only their border."""
    rows, numbers = shapely.STRtree(outlines).query(pieces, predicate="intersects")
    shares = shapely.relate_pattern(pieces[rows], outlines[numbers], "T********")
    touched: list[list[int]] = [[] for _ in pieces]
    for row, number in sorted(zip(rows[shares].tolist(), numbers[shares].tolist(), strict=True)):
        touched[row].append(number)
    return touched
