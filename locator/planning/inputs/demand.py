"""Demand: where people are who may need a station, and the places where one could stand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import shapely

from locator.errors import GeodataError, UsageError
from locator.files.limited_process import BrokenError, Part
from locator.geo.geodesy import FloatArray
from locator.geo.grids import square_grid
from locator.geo.index import IntArray
from locator.language.messages import message
from locator.planning.inputs import rasters
from locator.planning.inputs.csv_files import csv_candidates, csv_demand, csv_pairs
from locator.planning.inputs.file_faults import MAX_POINTS as MAX_POINTS
from locator.planning.inputs.file_faults import Faults, refuse_empty, repeated, require_file
from locator.planning.inputs.layer_features import WEIGHT_COLUMNS as WEIGHT_COLUMNS
from locator.planning.inputs.layer_features import layer_areas, layer_candidates, layer_demand
from locator.planning.inputs.limited_layers import next_numbers, next_texts, parts_of
from locator.planning.inputs.points import Points, hours_faults, joined
from locator.planning.inputs.spreading import spread
from locator.stations.schema import District

CSV: Final = ".csv"
SPACING_M: Final = 250.0
"""How far apart the points are that stand for people spread over an area."""
ADDRESS_DECIMALS: Final = 5
"""Of a degree, about a metre: what is written into an address is exactly the site that was judged."""
CENSUS: Final = message("2020 census by district, spread evenly: a district average, not where people are")
"""What is said of the default demand, wherever a figure of it stands."""
REQUESTS: Final = message("requests for a station, in squares of 100 m that at least three networks asked for")
"""The same of demand that was counted from what workers asked for."""


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

    def __len__(self) -> int:
        return len(self.ids)


def spread_evenly(areas: Iterable[District], spacing_m: float = SPACING_M) -> Demand:
    """Spread the residents of each area evenly over it.

    Parameters
    ----------
    areas
        Areas with their residents in 2020. One without residents gets no points.
    spacing_m
        The side of the cells that a point each stands for.

    Returns
    -------
    Demand
        Points inside the areas; the weights of an area's points add up to its residents.

    Raises
    ------
    UsageError
        If the spacing is not more than 0 m or gives too many points.
    """
    areas = list(areas)
    outlines = np.array([area.outline for area in areas], dtype=object)
    residents = np.array([area.population for area in areas], dtype=np.float64)
    return _frozen_demand(*spread(outlines, residents, spacing_m), None, CENSUS, True)


def counted(lonlat: FloatArray, weight: FloatArray, source: str) -> Demand:
    """Make demand of places where something was counted.

    Parameters
    ----------
    lonlat
        (n, 2) degrees, longitude first, WGS 84.
    weight
        (n,) how many; finite and not negative.
    source
        What was counted, in words.

    Raises
    ------
    UsageError
        If there are no places.
    """
    if not len(weight):
        raise UsageError("There is nothing to count as demand yet: {source}.", source=source)
    return _frozen_demand(lonlat.copy(), weight.copy(), None, source, False)


def read_demand(
    path: Path,
    *,
    crs: str | None = None,
    datum: str | None = None,
    spacing_m: float = SPACING_M,
    positions: bool = True,
) -> Demand:
    """Read demand from a file, by its suffix.

    ``.csv``: the columns ``demand_id, weight, lat, lon``, degrees, UTF-8. ``.tif``: the cells of a raster become
    points in their middles; cells of 0 and without data are left out. ``.parquet`` and everything else: a layer of
    points, or of polygons whose weight is shared out by area over a grid, with a column ``weight`` or
    ``population`` and, for points, perhaps ``demand_id``; but not GeoJSON in lines, where missing ones
    do not show.

    Parameters
    ----------
    path
        The file.
    crs
        What the coordinates refer to, as ``EPSG:4490``, whatever the file says; without it the file says, and
        a CSV file is in WGS 84.
    datum
        The same for degrees in ``wgs84``, ``gcj02`` or ``bd09``; a GeoJSON file may say so in its member
        ``datum``.
    spacing_m
        The side of the cells over which polygons are spread.
    positions
        Whether every point needs a position. Where distances are given in a table it does not, and the columns
        ``lat`` and ``lon`` of a CSV file, or single values in both of them, may be left out.

    Raises
    ------
    GeodataError
        If the file is missing, damaged, takes too much to read, has no demand in it or has faults, which the
        message lists.
    UsageError
        If `crs`, `datum` or `spacing_m` makes no sense.
    """
    require_file(path)
    if path.suffix.lower() == CSV:
        faults = Faults(path.name)
        return _whole_demand(csv_demand(path, crs, datum, positions, faults), path, faults)
    with parts_of(path, demand_parts, crs, datum, spacing_m) as parts:
        is_spread = bool(next(parts))
        lonlat = next_numbers(parts, (-1, 2))
        weight = next_numbers(parts, (len(lonlat),))
        ids = next_texts(parts, len(lonlat))
        if not np.all((weight >= 0) & (weight < np.inf)):
            raise BrokenError("not the weights they must be")
    return _frozen_demand(lonlat, weight, None if ids is None else tuple(ids), path.name, is_spread)


def demand_parts(path: str, crs: str | None, datum: str | None, spacing_m: float) -> Iterator[Part]:
    """Give what `read_demand` needs of a layer or a raster, to be read in a process of its own."""
    found = read_demand_here(Path(path), crs=crs, datum=datum, spacing_m=spacing_m)
    yield from (found.spread_evenly, found.lonlat, found.weight, None if found.ids is None else list(found.ids))


def read_demand_here(
    path: Path, *, crs: str | None = None, datum: str | None = None, spacing_m: float = SPACING_M
) -> Demand:
    """Read demand from a layer or a raster as `read_demand` does, but in this process, whatever it takes."""
    faults = Faults(path.name)
    if path.suffix.lower() in rasters.SUFFIXES:
        return _whole_demand(rasters.raster_demand(path, crs, datum, faults), path, faults)
    points, outlines = layer_demand(path, crs, datum, faults)
    if not outlines:
        return _whole_demand(points, path, faults)
    faults.refuse()
    weights = np.concatenate([block.weight for block in points])
    return _frozen_demand(*spread(np.concatenate(outlines), weights, spacing_m), None, path.name, True)


def read_candidates(
    path: Path, *, crs: str | None = None, datum: str | None = None, positions: bool = True
) -> Candidates:
    """Read the places where a station could stand.

    Parameters
    ----------
    path
        A CSV file with the columns ``candidate_id, lat, lon`` and perhaps ``hours``, or a layer of points with
        perhaps ``candidate_id`` and ``hours``. Points without an id are numbered from 1, the hours are OSM syntax.
    crs, datum, positions
        As in `read_demand`.

    Raises
    ------
    GeodataError, UsageError
        As in `read_demand`.
    """
    require_file(path)
    if path.suffix.lower() == CSV:
        faults = Faults(path.name)
        return _whole_candidates(csv_candidates(path, crs, datum, positions, faults), path, faults)
    with parts_of(path, candidate_parts, crs, datum) as parts:
        lonlat = next_numbers(parts, (-1, 2))
        ids = next_texts(parts, len(lonlat)) or []
        hours = next_texts(parts, len(lonlat)) or []
    return _frozen_candidates(ids, lonlat, [text or None for text in hours], path.name)


def candidate_parts(path: str, crs: str | None, datum: str | None) -> Iterator[Part]:
    """Give what `read_candidates` needs of a layer, to be read in a process of its own."""
    found = read_candidates_here(Path(path), crs=crs, datum=datum)
    yield from (found.lonlat, list(found.ids), [text or "" for text in found.hours])


def read_candidates_here(path: Path, *, crs: str | None = None, datum: str | None = None) -> Candidates:
    """Read a layer of candidate sites as `read_candidates` does, but in this process, whatever it takes."""
    faults = Faults(path.name)
    return _whole_candidates(layer_candidates(path, crs, datum, faults), path, faults)


def _whole_candidates(blocks: Iterable[Points], path: Path, faults: Faults) -> Candidates:
    """Make candidate sites of points once the whole file has been read, or refuse it."""
    found = list(blocks)
    rows, lonlat, ids = joined(found)
    hours = [text for block in found for text in block.hours]
    faults.add(hours_faults(rows, hours))
    if ids is not None:
        faults.add_ids(rows, ids, "candidate_id")
    faults.refuse()
    refuse_empty(len(rows), path.name)
    return _frozen_candidates(ids or _numbers_as_ids(len(rows)), lonlat, hours, path.name)


def grid_candidates(areas: Iterable[District], spacing_m: float) -> Candidates:
    """Make a candidate site of each cell of a square grid over some areas.

    Parameters
    ----------
    areas
        The areas; the grid runs over all of them together.
    spacing_m
        How far apart the sites are.

    Returns
    -------
    Candidates
        Sites inside the areas, to a metre, open always, called ``grid-1`` and so on from south to north, west to
        east.

    Raises
    ------
    UsageError
        If the spacing is not more than 0 m or gives too many sites.
    """
    ground = shapely.union_all([area.outline for area in areas])
    lonlat, _ = square_grid(ground, spacing_m)
    lonlat = np.round(lonlat, ADDRESS_DECIMALS)
    ids = [f"grid-{number}" for number in range(1, len(lonlat) + 1)]
    return _frozen_candidates(ids, lonlat, [None] * len(lonlat), f"grid {spacing_m:g} m")


def candidates_of(demand: Demand) -> Candidates:
    """Make a candidate site, open always, of each demand point; points without an id are numbered from 1."""
    ids = demand.ids or _numbers_as_ids(len(demand))
    return _frozen_candidates(ids, demand.lonlat, [None] * len(demand), demand.source)


def read_areas(path: Path) -> tuple[District, ...]:
    """Read a layer of areas, in the order of the file.

    Parameters
    ----------
    path
        Polygons in any format and CRS, or in the datum that a GeoJSON file names, with a column ``name`` and
        perhaps ``district_id``, ``name_en`` and ``population_2020``. Areas without an id are numbered from 1.

    Raises
    ------
    GeodataError
        If the file is missing, damaged, has no areas or has faults, which the message lists.
    """
    require_file(path)
    with parts_of(path, area_parts) as parts:
        return tuple(
            District(str(area_id), str(name), str(name_en), int(people), shapely.from_wkb(outline))
            for area_id, name, name_en, people, outline in next(parts)
        )


def area_parts(path: str) -> Iterator[Part]:
    """Give what `read_areas` needs of a layer, to be read in a process of its own."""
    found = read_areas_here(Path(path))
    yield [(area.district_id, area.name, area.name_en, area.population, area.outline.wkb_hex) for area in found]


def read_areas_here(path: Path) -> tuple[District, ...]:
    """Read a layer of areas as `read_areas` does, but in this process, whatever it takes."""
    faults = Faults(path.name)
    found = tuple(layer_areas(path, faults))
    faults.add_ids(np.arange(1, len(found) + 1), [area.district_id for area in found], "district_id")
    faults.refuse()
    refuse_empty(len(found), path.name)
    return found


def read_distances(
    path: Path, demand: Demand, candidates: Candidates, stations: Sequence[str] = ()
) -> tuple[IntArray, IntArray, FloatArray]:
    """Read a table of distances between demand points and candidate sites, and stations that exist.

    Parameters
    ----------
    path
        A CSV file with the columns ``demand_id, candidate_id, distance_m``, each pair at most once. In place of a
        candidate's a row may have a station's id. A pair that is left out is out of reach.
    demand, candidates
        What the ids are of.
    stations
        The ids of the stations that exist.

    Returns
    -------
    tuple
        Per pair the number of the demand point, the number of the candidate, or behind all of these that of the
        station, and the distance in metres.

    Raises
    ------
    GeodataError
        If the file is missing, damaged, empty or has faults, which the message lists: an id that is not known, a
        distance that is not a number of 0 or more, a pair that stands there twice; or if a candidate has the id of
        a station, so that nobody can tell of which the table speaks.
    """
    require_file(path)
    if demand.ids is None:
        raise GeodataError("{file} has no demand_id for distances to refer to. Add it.", file=demand.source)
    for both in sorted(set(candidates.ids) & set(stations))[:1]:
        raise GeodataError(
            "{file} has a candidate with the id of a station, {value}. Give the candidates ids of their own.",
            file=candidates.source,
            value=repr(both),
        )
    faults, site_ids = Faults(path.name), (*candidates.ids, *stations)
    found = list(csv_pairs(path, demand.ids, site_ids, faults))
    rows, points, sites, distance_m = (
        np.concatenate([block[part] for block in found] or [np.empty(0, np.intp)]) for part in range(4)
    )
    known = np.flatnonzero((points >= 0) & (sites >= 0))
    again = rows[known[repeated(points[known] * len(site_ids) + sites[known])]].tolist()
    faults.add((row, "the pair stands in the file already. Keep one of the two.") for row in again)
    faults.refuse()
    refuse_empty(len(rows), path.name)
    return points, sites, distance_m


# Putting together


def _whole_demand(found: Iterable[Points], path: Path, faults: Faults) -> Demand:
    """Make demand of points once the whole file has been read, or refuse it."""
    blocks = list(found)
    rows, lonlat, ids = joined(blocks)
    if ids is not None:
        faults.add_ids(rows, ids, "demand_id")
    faults.refuse()
    refuse_empty(len(rows), path.name)
    weight = np.concatenate([block.weight for block in blocks])
    return _frozen_demand(lonlat, weight, ids, path.name, False)


def _frozen_demand(
    lonlat: FloatArray, weight: FloatArray, ids: tuple[str, ...] | None, source: str, is_spread: bool
) -> Demand:
    lonlat.flags.writeable = weight.flags.writeable = False
    digest = hashlib.sha256(lonlat.tobytes())
    digest.update(weight.tobytes())
    return Demand(lonlat, weight, ids, source, is_spread, digest.hexdigest()[:12])


def _frozen_candidates(
    ids: Sequence[str], lonlat: FloatArray, hours: Sequence[str | None], source: str
) -> Candidates:
    lonlat.flags.writeable = False
    digest = hashlib.sha256(lonlat.tobytes())
    digest.update(json.dumps([list(ids), list(hours)]).encode())
    return Candidates(tuple(ids), lonlat, tuple(hours), source, digest.hexdigest()[:12])


def _numbers_as_ids(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]
