"""Demand points with weights, and candidate sites for new stations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely

from locator.errors import UsageError
from locator.geo.geodesy import FloatArray
from locator.geo.grids import square_grid
from locator.language.messages import message
from locator.planning.inputs.spreading import spread
from locator.stations.schema import District

SPACING_M: Final = 250.0
"""How far apart the points are that stand for people spread over an area."""
ADDRESS_DECIMALS: Final = 5
"""Decimals of degrees, about a metre: a site is rounded like this, so an address has its exact position."""
CENSUS: Final = message("2020 census by district, spread evenly: a district average, not where people are")
"""The source shown beside every figure of the default demand."""
REQUESTS: Final = message("requests for a station, in squares of 100 m that at least three networks asked for")
"""The source of demand counted from workers' requests."""


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Demand points with weights, read-only."""

    lonlat: FloatArray
    """(n, 2) degrees, longitude first, WGS 84; NaN where only distances are given."""
    weight: FloatArray
    """(n,) persons, or whatever the file counts; finite and not negative."""
    ids: tuple[str, ...] | None
    """The ``demand_id`` of each point, or ``None`` where the file has none."""
    source: str
    """The file's name, or the words for the default."""
    spread_evenly: bool
    """Whether the weights are an average over an area and not where people are."""
    digest: str
    """The first twelve hex digits of the SHA-256 over positions and weights."""
    notes: tuple[str, ...] = ()
    """What was left out or is in doubt in the file."""

    def __len__(self) -> int:
        return len(self.weight)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places where a station could stand."""

    ids: tuple[str, ...]
    lonlat: FloatArray
    """(m, 2) degrees, longitude first, WGS 84; NaN where only distances are given."""
    hours: tuple[str | None, ...]
    """Per place when it would be open, OSM syntax; ``None``: always."""
    source: str
    digest: str
    """The first twelve hex digits of the SHA-256 over positions, ids and hours."""
    notes: tuple[str, ...] = ()
    """What was left out or is in doubt in the file."""

    def __len__(self) -> int:
        return len(self.ids)


def spread_evenly(areas: Iterable[District], spacing_m: float = SPACING_M) -> Demand:
    """Spread the residents of each area evenly over points inside it, one per cell with sides of `spacing_m`.

    The weights of an area's points add up to its residents. An area without residents gets no points.

    Raises
    ------
    UsageError
        If the spacing is not more than 0 m or gives too many points.
    """
    areas = list(areas)
    outlines = np.array([area.outline for area in areas], dtype=object)
    residents = np.array([area.population for area in areas], dtype=np.float64)
    return frozen_demand(*spread(outlines, residents, spacing_m), None, CENSUS, True)


def people_of(areas: Sequence[District], districts: Sequence[District], file: str) -> Demand:
    """Spread the residents of areas evenly; areas without a count take the part of the census inside them.

    Parameters
    ----------
    areas
        The areas of the operator's file.
    districts
        The districts with their residents in the census.
    file
        The name of that file, for the source of the demand.

    Raises
    ------
    UsageError
        If nobody is known to live in any of the areas.
    """
    own = spread_evenly([area for area in areas if area.is_counted])
    unknown = [area.outline for area in areas if not area.is_counted]
    text = message("residents of the areas in {file}, spread evenly: an average, not where people are", file=file)
    if not unknown:
        return replace(own, source=text)
    census = spread_evenly(districts)
    inside = np.zeros(len(census), dtype=bool)
    for outline in unknown:
        west, south, east, north = outline.bounds
        boxed = np.flatnonzero(np.all((census.lonlat >= (west, south)) & (census.lonlat <= (east, north)), axis=1))
        inside[boxed[shapely.intersects_xy(outline, *census.lonlat[boxed].T)]] = True
    lonlat = np.concatenate((own.lonlat, census.lonlat[inside]))
    if not len(lonlat):
        raise UsageError(
            "The areas do not say how many people live there, and the census has nobody inside them. Add a column"
            " population to their file, or name the people with --demand."
        )
    weight = np.concatenate((own.weight, census.weight[inside]))
    note = message(
        "Areas that do not say how many people live there take those of the census inside them: {count}.",
        count=len(unknown),
    )
    return frozen_demand(lonlat, weight, None, text if len(own) else CENSUS, True, (note,))


def counted(lonlat: FloatArray, weight: FloatArray, source: str) -> Demand:
    """Make demand from positions (n, 2) and counts (n,), finite and not negative; `source` says what was counted.

    Raises
    ------
    UsageError
        If there are no positions.
    """
    if not len(weight):
        raise UsageError("There is nothing to count as demand yet: {source}.", source=source)
    return frozen_demand(lonlat.copy(), weight.copy(), None, source, False)


def grid_candidates(areas: Iterable[District], spacing_m: float) -> Candidates:
    """Make a candidate site in each cell of one square grid over all areas, `spacing_m` apart.

    The sites lie inside the areas, are rounded to a metre, always open, and numbered ``grid-1`` and so on from
    south to north, west to east.

    Raises
    ------
    UsageError
        If the spacing is not more than 0 m or gives too many sites.
    """
    ground = shapely.union_all([area.outline for area in areas])
    lonlat, _ = square_grid(ground, spacing_m)
    lonlat = np.round(lonlat, ADDRESS_DECIMALS)
    ids = [f"grid-{number}" for number in range(1, len(lonlat) + 1)]
    return frozen_candidates(ids, lonlat, [None] * len(lonlat), f"grid {spacing_m:g} m")


def candidates_of(demand: Demand) -> Candidates:
    """Make a candidate site, open always, of each demand point; points without an id are numbered from 1."""
    return frozen_candidates(demand.ids, demand.lonlat, [None] * len(demand), demand.source)


def frozen_demand(
    lonlat: FloatArray,
    weight: FloatArray,
    ids: tuple[str, ...] | None,
    source: str,
    is_spread: bool,
    notes: tuple[str, ...] = (),
) -> Demand:
    """Make demand from arrays, which become read-only, and compute its digest."""
    lonlat.flags.writeable = weight.flags.writeable = False
    digest = hashlib.sha256(lonlat.tobytes())
    digest.update(weight.tobytes())
    return Demand(lonlat, weight, ids, source, is_spread, digest.hexdigest()[:12], notes)


def frozen_candidates(
    ids: Sequence[str] | None,
    lonlat: FloatArray,
    hours: Sequence[str | None],
    source: str,
    notes: tuple[str, ...] = (),
) -> Candidates:
    """Make candidates from arrays, which become read-only; without ids they are numbered from 1."""
    lonlat.flags.writeable = False
    ids = ids or [str(number) for number in range(1, len(lonlat) + 1)]
    digest = hashlib.sha256(lonlat.tobytes())
    digest.update(json.dumps([list(ids), list(hours)]).encode())
    return Candidates(tuple(ids), lonlat, tuple(hours), source, digest.hexdigest()[:12], notes)
