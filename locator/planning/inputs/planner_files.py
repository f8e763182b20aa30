"""Readers of the planner's files: demand, candidate sites, areas and distances, in any format.

Tables of cells are read in this process. Layers and rasters are read in a separate, limited process, with the
functions whose names end in ``_here``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely

from locator.errors import GeodataError
from locator.files import rasters
from locator.files.feature_blocks import open_layer
from locator.files.limited_process import BrokenError, Part, next_numbers, next_texts, parts_of
from locator.files.limits import refuse_empty, require_file
from locator.files.open_tables import WKT, OpenTable
from locator.files.row_blocks import open_rows
from locator.files.row_faults import Faults, repeated
from locator.geo.circles import Geometries
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.language.messages import as_data, from_data, message
from locator.planning.inputs.demand import SPACING_M, Candidates, Demand, frozen_candidates, frozen_demand
from locator.planning.inputs.geometries import AREAS, kinds_of, outlines_of
from locator.planning.inputs.outlines import areas_of, join_names
from locator.planning.inputs.planning_words import AREA_WORDS, CANDIDATES, DEMAND, DISTANCES, METRES, PERSONS
from locator.planning.inputs.points import (
    PointRows,
    amounts_of,
    checked_ids,
    count_nobody,
    joined,
    lonlat_of,
    read_all_hours,
    reference_of,
    texts_of,
    without_extras,
)
from locator.planning.inputs.spreading import spread
from locator.stations.schema import District


def read_demand(
    path: Path,
    *,
    crs: str | None = None,
    datum: str | None = None,
    spacing_m: float = SPACING_M,
    positions: bool = True,
    areas: Sequence[District] = (),
) -> Demand:
    """Read demand from a file, by what is in it.

    A table (CSV in any encoding, XLSX, XLS, ODS) has a column of weights and those of latitude and longitude in
    degrees, under headings in Chinese, English or Korean; without positions its rows name areas, over which their
    people are spread. The cells of a raster (``.tif``) become points in their middles; cells of 0 and without data
    are left out. Everything else is a layer of points, or of polygons whose weight is shared out by area over a
    grid; but not GeoJSON in lines, where missing ones do not show.

    Parameters
    ----------
    path
        The file.
    crs
        What the coordinates refer to, as ``EPSG:4490``, whatever the file says; without it the file says, and
        a table is in WGS 84.
    datum
        The same for degrees in ``wgs84``, ``gcj02`` or ``bd09``; a GeoJSON file may say so in its member
        ``datum``.
    spacing_m
        The side of the cells over which polygons are spread.
    positions
        Whether every point needs a position. Where distances are given in a table it does not, and the columns
        of latitude and longitude, or single values in both of them, may be left out.
    areas
        What the rows of a table without positions may name.

    Raises
    ------
    GeodataError
        If the file is missing, damaged, takes too much to read, has no demand in it or has faults, which the
        message lists.
    UsageError
        If `crs`, `datum` or `spacing_m` makes no sense.
    """
    require_file(path)
    if table := open_rows(path, DEMAND):
        return _demand(table, crs, datum, spacing_m, positions, areas)
    with parts_of(path, demand_parts, crs, datum, spacing_m) as parts:
        is_spread, notes = next(parts)
        lonlat = next_numbers(parts, (-1, 2))
        weight = next_numbers(parts, (len(lonlat),))
        ids = next_texts(parts, len(lonlat))
        if not np.all((weight >= 0) & (weight < np.inf)):
            raise BrokenError("not the weights they must be")
        messages = tuple(map(from_data, notes))
    return frozen_demand(lonlat, weight, None if ids is None else tuple(ids), path.name, bool(is_spread), messages)


def demand_parts(path: str, crs: str | None, datum: str | None, spacing_m: float) -> Iterator[Part]:
    """Yield what `read_demand` needs of a layer or raster; runs in the separate process."""
    demand = read_demand_here(Path(path), crs=crs, datum=datum, spacing_m=spacing_m)
    yield [demand.spread_evenly, [as_data(note) for note in demand.notes]]
    yield from (demand.lonlat, demand.weight, None if demand.ids is None else list(demand.ids))


def read_demand_here(
    path: Path, *, crs: str | None = None, datum: str | None = None, spacing_m: float = SPACING_M
) -> Demand:
    """Read demand from a layer or a raster as `read_demand` does, but in this process, without limits."""
    if path.suffix.lower() not in rasters.SUFFIXES:
        return _demand(open_layer(path, DEMAND), crs, datum, spacing_m)
    faults = Faults(path.name)
    cells = list(rasters.read_cells(path, crs, datum, faults))
    points = joined([PointRows(block.rows, block.lonlat, None, block.values) for block in cells])
    faults.refuse()
    refuse_empty(len(points.rows), path.name)
    return frozen_demand(points.lonlat, points.weight, None, path.name, False)


def _demand(
    table: OpenTable,
    crs: str | None,
    datum: str | None,
    spacing_m: float,
    positions: bool = True,
    areas: Sequence[District] = (),
) -> Demand:
    """Read rows with weights and positions, polygons, or the names of areas."""
    by_name = bool(areas and positions and "name" in table.fields) and not table.is_placed
    needs_columns = positions and not by_name and not table.has_geometry
    table.require("weight", *("lat", "lon") * needs_columns, called="weight or population")
    to_lonlat, faults = reference_of(table, crs, datum), Faults(table.name)
    blocks, outlines, kinds = list[PointRows](), list[Geometries](), None
    for whole in table.blocks(("demand_id", "weight", "lat", "lon", WKT, *("name",) * by_name), faults):
        block, lonlat = without_extras(whole, faults), np.empty((0, 2))
        kinds = kinds or kinds_of(block.geometries)
        weight = amounts_of(table, block, "weight", PERSONS, faults, count_nobody)
        if kinds is AREAS:
            outlines.append(outlines_of(block, to_lonlat, faults))
        else:
            lonlat = lonlat_of(table, block, to_lonlat, faults, required=positions and not by_name)
        ids, names = texts_of(block, "demand_id"), texts_of(block, "name")
        blocks.append(PointRows(block.rows, lonlat, ids, weight, names=names))
    points, unique_ids = _whole(table, blocks, "demand_id", faults)
    weight, notes = points.weight, (*table.notes, *faults.remarks())
    if points.names is not None:
        weight, more = join_names(table.name, points.names, weight, areas)
        outlines, notes = [np.array([area.outline for area in areas], dtype=object)], (*notes, *more)
    if outlines:
        return frozen_demand(*spread(np.concatenate(outlines), weight, spacing_m), None, table.name, True, notes)
    return frozen_demand(points.lonlat, weight, unique_ids, table.name, False, notes)


def _whole(
    table: OpenTable, blocks: Sequence[PointRows], field: str, faults: Faults
) -> tuple[PointRows, tuple[str, ...] | None]:
    """Join the blocks of a file and check the ids, or refuse the file."""
    points = joined(blocks)
    ids = checked_ids(table, points, field, faults)
    faults.refuse()
    refuse_empty(len(points.rows), table.name)
    if faults.count(count_nobody) == len(points.rows):
        raise GeodataError(
            '{file} has no number under "{heading}". Fill that column.',
            file=table.name,
            heading=table.fields["weight"],
        )
    return points, ids


# Candidates


def read_candidates(
    path: Path, *, crs: str | None = None, datum: str | None = None, positions: bool = True
) -> Candidates:
    """Read the places where a station could stand.

    Parameters
    ----------
    path
        A table with latitude and longitude and perhaps an id or a name and hours, or a layer of points with
        perhaps these. Points without an id are numbered from 1, the hours are OSM syntax or in words.
    crs, datum, positions
        As in `read_demand`.

    Raises
    ------
    GeodataError, UsageError
        As in `read_demand`.
    """
    require_file(path)
    if table := open_rows(path, CANDIDATES):
        if not positions:
            table.require("candidate_id")
        elif not table.has_geometry:
            table.require("lat", "lon")
        return _candidates(table, crs, datum, positions)
    with parts_of(path, candidate_parts, crs, datum) as parts:
        notes = tuple(map(from_data, next(parts)))
        lonlat = next_numbers(parts, (-1, 2))
        ids = next_texts(parts, len(lonlat)) or []
        hours = next_texts(parts, len(lonlat)) or []
    return frozen_candidates(ids, lonlat, [text or None for text in hours], path.name, notes)


def candidate_parts(path: str, crs: str | None, datum: str | None) -> Iterator[Part]:
    """Yield what `read_candidates` needs of a layer; runs in the separate process."""
    candidates = read_candidates_here(Path(path), crs=crs, datum=datum)
    yield [as_data(note) for note in candidates.notes]
    yield from (candidates.lonlat, list(candidates.ids), [text or "" for text in candidates.hours])


def read_candidates_here(path: Path, *, crs: str | None = None, datum: str | None = None) -> Candidates:
    """Read a layer of candidate sites as `read_candidates` does, but in this process, without limits."""
    return _candidates(open_layer(path, CANDIDATES), crs, datum, positions=True)


def _candidates(table: OpenTable, crs: str | None, datum: str | None, positions: bool) -> Candidates:
    to_lonlat, faults, blocks = reference_of(table, crs, datum), Faults(table.name), []
    for whole in table.blocks(("candidate_id", "lat", "lon", "hours", WKT), faults):
        block = without_extras(whole, faults)
        hours = [text or None for text in texts_of(block, "hours") or [""] * len(block.rows)]
        lonlat = lonlat_of(table, block, to_lonlat, faults, required=positions)
        blocks.append(PointRows(block.rows, lonlat, texts_of(block, "candidate_id"), hours=hours))
    hours = read_all_hours(joined(blocks), faults)
    points, ids = _whole(table, blocks, "candidate_id", faults)
    return frozen_candidates(ids, points.lonlat, hours, table.name, (*table.notes, *faults.remarks()))


# Areas


def read_areas(
    path: Path, notes: list[str] | None = None, *, crs: str | None = None, datum: str | None = None
) -> tuple[District, ...]:
    """Read a layer of areas, in the order of the file.

    Parameters
    ----------
    path
        Polygons in any format and CRS, or in the datum that a GeoJSON file names, with a column of names and
        perhaps ``district_id``, ``name_en`` and one of residents. Areas without an id are numbered from 1.
    notes
        Takes what is in doubt in the file.
    crs, datum
        As in `read_demand`.

    Raises
    ------
    GeodataError
        If the file is missing, damaged, has no areas or has faults, which the message lists.
    UsageError
        If `crs` or `datum` makes no sense.
    """
    require_file(path)
    notes = [] if notes is None else notes
    if table := open_rows(path, AREA_WORDS):
        return _areas(table, notes, crs, datum)
    with parts_of(path, area_parts, crs, datum) as parts:
        notes += map(from_data, next(parts))
        return tuple(
            District(str(area_id), str(name), str(name_en), int(people), shapely.from_wkb(outline), bool(known))
            for area_id, name, name_en, people, outline, known in next(parts)
        )


def area_parts(path: str, crs: str | None = None, datum: str | None = None) -> Iterator[Part]:
    """Yield what `read_areas` needs of a layer; runs in the separate process."""
    notes: list[str] = []
    areas = read_areas_here(Path(path), notes, crs=crs, datum=datum)
    yield [as_data(note) for note in notes]
    yield [
        (area.district_id, area.name, area.name_en, area.population, area.outline.wkb_hex, area.is_counted)
        for area in areas
    ]


def read_areas_here(
    path: Path, notes: list[str] | None = None, *, crs: str | None = None, datum: str | None = None
) -> tuple[District, ...]:
    """Read a layer of areas as `read_areas` does, but in this process, without limits."""
    return _areas(open_layer(path, AREA_WORDS), [] if notes is None else notes, crs, datum)


def _areas(table: OpenTable, notes: list[str], crs: str | None, datum: str | None) -> tuple[District, ...]:
    faults = Faults(table.name)
    areas = tuple(areas_of(table, faults, crs, datum))
    faults.add_ids(np.arange(1, len(areas) + 1), [area.district_id for area in areas], "district_id")
    faults.refuse()
    refuse_empty(len(areas), table.name)
    notes += (*table.notes, *faults.remarks())
    return areas


# Distances


class _Pairs(NamedTuple):
    """Some rows of a table of distances; -1 for an unknown id."""

    rows: IntArray
    points: IntArray
    sites: IntArray
    distance_m: FloatArray


def read_distances(
    path: Path,
    demand: Demand,
    candidates: Candidates,
    stations: Sequence[str] = (),
    notes: list[str] | None = None,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Read a table of distances between demand points and candidate sites, and stations that exist.

    Parameters
    ----------
    path
        A table with the columns ``demand_id, candidate_id, distance_m``, each pair at most once. The
        ``candidate_id`` may be a station's. A pair that is left out is out of reach.
    stations
        The ids of the stations that exist.
    notes
        Takes what was left out of the file.

    Returns
    -------
    tuple
        Per pair the number of the demand point, that of the candidate or, counted on after these, of the station,
        and the distance in metres.

    Raises
    ------
    GeodataError
        If the file is missing, damaged, empty or has faults, which the message lists: an unknown id, a distance
        that is not a number of 0 or more, a repeated pair; or if a candidate and a station have the same id.
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
    table = open_rows(path, DISTANCES)
    if table is None:
        raise GeodataError("{file} is not a table. Save the distances as CSV or XLSX.", file=path.name)
    table.require("demand_id", "candidate_id", "distance_m")
    faults, site_ids = Faults(path.name), (*candidates.ids, *stations)
    pairs = list(_pairs(table, demand.ids, site_ids, faults))
    rows, points, sites, distance_m = (
        np.concatenate([block[part] for block in pairs] or [np.empty(0, np.intp)]) for part in range(4)
    )
    known = np.flatnonzero((points >= 0) & (sites >= 0))
    again = rows[known[repeated(points[known] * len(site_ids) + sites[known])]].tolist()
    twice = message("the pair stands in the file already. Keep one of the two.")
    faults.add((row, twice) for row in again)
    faults.refuse()
    refuse_empty(len(rows), path.name)
    if notes is not None:
        notes += (*table.notes, *faults.remarks())
    return points, sites, distance_m


def _pairs(table: OpenTable, demand: Sequence[str], sites: Sequence[str], faults: Faults) -> Iterator[_Pairs]:
    point_of, site_of = ({id_: n for n, id_ in enumerate(ids)} for ids in (demand, sites))
    for block in table.blocks(("demand_id", "candidate_id", "distance_m"), faults):
        distance_m = amounts_of(table, block, "distance_m", METRES, faults, None)
        ids, others = texts_of(block, "demand_id") or (), texts_of(block, "candidate_id") or ()
        yield _Pairs(
            block.rows,
            _look_up(table.fields["demand_id"], block.rows, ids, point_of, faults),
            _look_up(table.fields["candidate_id"], block.rows, others, site_of, faults),
            distance_m,
        )


def _look_up(name: str, rows: IntArray, ids: Sequence[str], numbers: dict[str, int], faults: Faults) -> IntArray:
    """Return the numbers of ids; -1 for unknown ones, which are faults."""
    positions = np.fromiter((numbers.get(text, -1) for text in ids), np.intp, len(ids))
    unknown = np.flatnonzero(positions < 0).tolist()
    faults.add(
        (int(rows[n]), message("the {name} {value!r:.80} is not in the other file.", name=name, value=ids[n]))
        for n in unknown
    )
    return positions
