"""Features of a layer as demand, candidate sites and areas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from locator.geo.circles import Geometries
from locator.geo.geodesy import FloatArray
from locator.planning.inputs.file_faults import Faults
from locator.planning.inputs.layers import Features, open_layer
from locator.planning.inputs.points import Points, amount_faults, numbers, place_faults
from locator.planning.inputs.reference import ToLonlat, settle
from locator.stations.schema import District

WEIGHT_COLUMNS: Final = ("weight", "population")
"""What the column of weights in a layer may be called, the first that is there."""

_POINTS: Final = (shapely.GeometryType.POINT,)
_AREAS: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def layer_demand(
    path: Path, crs: str | None, datum: str | None, faults: Faults
) -> tuple[list[Points], list[Geometries]]:
    """Read a layer with weights: its points, or the polygons that take the place of their positions."""
    layer = open_layer(path)
    to_lonlat = settle(path, crs, datum or layer.datum, layer.crs)
    weight = layer.first_of(WEIGHT_COLUMNS)
    kinds: tuple[shapely.GeometryType, ...] = ()
    points, outlines = list[Points](), list[Geometries]()
    for block in layer.blocks((weight, "demand_id")):
        kinds = kinds or _kinds_of(block.geometries)
        values = block.columns[weight]
        weights = _amounts(values)
        faults.add(amount_faults(block.rows, weight, weights, values))
        lonlat = np.empty((0, 2))
        if kinds is _AREAS:
            outlines.append(_outlines(block, to_lonlat, faults))
        else:
            lonlat = _positions(block, to_lonlat, faults)
        points.append(Points(block.rows, lonlat, _texts(block, "demand_id"), weights))
    return points, outlines


def layer_candidates(path: Path, crs: str | None, datum: str | None, faults: Faults) -> Iterator[Points]:
    """Read a layer of points as candidate sites, some features at once."""
    layer = open_layer(path)
    to_lonlat = settle(path, crs, datum or layer.datum, layer.crs)
    for block in layer.blocks(("candidate_id", "hours")):
        hours = [text or None for text in _texts(block, "hours") or [""] * len(block.rows)]
        lonlat = _positions(block, to_lonlat, faults)
        yield Points(block.rows, lonlat, _texts(block, "candidate_id"), hours=hours)


def layer_areas(path: Path, faults: Faults) -> Iterator[District]:
    """Read a layer of polygons as areas; those with a fault are made too, for the file is then refused."""
    layer = open_layer(path)
    layer.first_of(("name",))
    to_lonlat = settle(path, None, layer.datum, layer.crs)
    for block in layer.blocks(("name", "district_id", "name_en", "population_2020")):
        yield from _areas(block, to_lonlat, faults)


def _areas(block: Features, to_lonlat: ToLonlat, faults: Faults) -> Iterator[District]:
    names = _texts(block, "name") or ()
    ids = _texts(block, "district_id") or [str(row) for row in block.rows]
    others = _texts(block, "name_en") or names
    people = _texts(block, "population_2020") or ["0"] * len(names)
    residents = numbers([text or "0" for text in people])
    faults.add(amount_faults(block.rows, "population_2020", residents, people))
    faults.add((int(row), "it has no name.") for row, name in zip(block.rows, names, strict=True) if not name)
    outlines = _outlines(block, to_lonlat, faults)
    for facts in zip(ids, names, others, np.nan_to_num(residents, posinf=0), outlines, strict=True):
        district_id, name, name_en, people_there, outline = facts
        yield District(district_id, name, name_en or name, round(people_there), outline)


# Columns


def _texts(block: Features, name: str) -> tuple[str, ...] | None:
    """Return a column as texts, a whole number without decimals, what is missing as empty."""
    if name not in block.columns:
        return None
    return tuple(map(_text, block.columns[name].tolist()))


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _amounts(values: NDArray[Any]) -> FloatArray:
    """Read a column of numbers, or of texts that are numbers; NaN for what is none."""
    if values.dtype.kind in "iuf":
        return values.astype(np.float64)
    return numbers([str(value) for value in values.tolist()])


# Geometries


def _kinds_of(geometries: Geometries) -> tuple[shapely.GeometryType, ...]:
    """Tell whether a layer is one of points or of polygons: by the first that is either."""
    found = shapely.get_type_id(geometries)
    known = found[np.isin(found, (*_POINTS, *_AREAS))]
    return _AREAS if len(known) and known[0] in _AREAS else _POINTS


def _positions(block: Features, to_lonlat: ToLonlat, faults: Faults) -> FloatArray:
    """Return the positions of points; NaN for what is none."""
    good = _good(block, _POINTS, faults)
    xy = np.full((len(good), 2), np.nan)
    xy[good] = shapely.get_coordinates(block.geometries[good])
    lonlat = to_lonlat(xy)
    faults.add(place_faults(block.rows, xy, good & np.isnan(lonlat[:, 0])))
    return lonlat


def _outlines(block: Features, to_lonlat: ToLonlat, faults: Faults) -> Geometries:
    """Return polygons in degrees of WGS 84."""
    good = _good(block, _AREAS, faults)
    outlines: Geometries = shapely.transform(shapely.force_2d(block.geometries), to_lonlat)
    corners, owner = shapely.get_coordinates(outlines, return_index=True)
    lost = np.zeros(len(outlines), dtype=bool)
    lost[owner[np.isnan(corners[:, 0])]] = True
    faults.add(place_faults(block.rows, shapely.bounds(block.geometries)[:, :2], good & lost))
    return outlines


def _good(block: Features, kinds: tuple[shapely.GeometryType, ...], faults: Faults) -> NDArray[np.bool_]:
    """Tell which geometries are of the kind that the layer has, not empty and valid; list the others."""
    geometries = block.geometries
    good = np.isin(shapely.get_type_id(geometries), kinds)
    good &= ~shapely.is_empty(geometries) & shapely.is_valid(geometries)
    wrong = np.flatnonzero(~good).tolist()
    faults.add((int(block.rows[n]), _geometry_fault(geometries[n], kinds)) for n in wrong)
    return good


def _geometry_fault(geometry: BaseGeometry | None, kinds: tuple[shapely.GeometryType, ...]) -> str:
    if geometry is None or geometry.is_empty:
        return "it has no geometry."
    if shapely.get_type_id(geometry) in kinds:
        return f"the geometry is not valid: {shapely.is_valid_reason(geometry)}. Repair it."
    wanted = "points" if kinds is _POINTS else "polygons"
    return f"it is a {geometry.geom_type}, where all must be {wanted}. Put the others in a file of their own."
