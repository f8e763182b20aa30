"""Geometries of a table as positions or as outlines, with their faults."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from locator.files.open_tables import Block
from locator.files.reference import ToLonlat, place_faults
from locator.files.row_faults import Faults
from locator.geo.circles import Geometries
from locator.geo.geodesy import FloatArray
from locator.language.messages import message

Kinds = tuple[shapely.GeometryType, ...]
POINTS: Final[Kinds] = (shapely.GeometryType.POINT,)
AREAS: Final[Kinds] = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def kinds_of(geometries: Geometries) -> Kinds:
    """Return whether a layer has points or polygons, by its first geometry that is either."""
    types = shapely.get_type_id(geometries)
    known = types[np.isin(types, (*POINTS, *AREAS))]
    return AREAS if len(known) and known[0] in AREAS else POINTS


def positions_of(block: Block, to_lonlat: ToLonlat, faults: Faults) -> FloatArray:
    """Return the positions of points; NaN where a geometry is faulty."""
    good = _good(block, POINTS, faults)
    xy = np.full((len(good), 2), np.nan)
    xy[good] = shapely.get_coordinates(block.geometries[good])
    lonlat = to_lonlat(xy)
    faults.add(place_faults(block.rows, xy, good & np.isnan(lonlat[:, 0])))
    return lonlat


def outlines_of(block: Block, to_lonlat: ToLonlat, faults: Faults) -> Geometries:
    """Return polygons in degrees of WGS 84."""
    good = _good(block, AREAS, faults)
    outlines: Geometries = shapely.transform(shapely.force_2d(block.geometries), to_lonlat)
    corners, owner = shapely.get_coordinates(outlines, return_index=True)
    lost = np.zeros(len(outlines), dtype=bool)
    lost[owner[np.isnan(corners[:, 0])]] = True
    faults.add(place_faults(block.rows, shapely.bounds(block.geometries)[:, :2], good & lost))
    return outlines


def _good(block: Block, kinds: Kinds, faults: Faults) -> NDArray[np.bool_]:
    """Return which geometries are of the layer's kind, valid and not empty; the others are faults."""
    geometries = block.geometries
    good = np.isin(shapely.get_type_id(geometries), kinds)
    good &= ~shapely.is_empty(geometries) & shapely.is_valid(geometries)
    wrong = np.flatnonzero(~good).tolist()
    faults.add((int(block.rows[n]), _geometry_fault(geometries[n], kinds)) for n in wrong)
    return good


def _geometry_fault(geometry: BaseGeometry | None, kinds: Kinds) -> str:
    if geometry is None or geometry.is_empty:
        return message("it has no geometry.")
    if shapely.get_type_id(geometry) in kinds:
        reason = shapely.is_valid_reason(geometry)
        return message("the geometry is not valid: {reason}. Repair it.", reason=reason)
    return message(
        "it is a {kind}, where all must be points. Put the others in a file of their own."
        if kinds is POINTS
        else "it is a {kind}, where all must be polygons. Put the others in a file of their own.",
        kind=geometry.geom_type,
    )
