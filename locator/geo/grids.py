"""Square grids over an outline: one point and one area per cell."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Proj
from shapely.geometry.base import BaseGeometry

from locator.errors import UsageError
from locator.geo.geodesy import FloatArray

MAX_CELLS: Final = 40_000_000
"""The most cells of one grid; computing it then takes about 1 GB of memory."""

Sides = FloatArray | float

# Edges are straight in degrees; segments of this length are straight in the projection too, to 1 mm.
_EDGE_DEG: Final = 0.002
# Rows of cells that are cut out of an outline together.
_BAND_ROWS: Final = 16
# Shares of a cell up to here are rounding errors.
_NOTHING: Final = 1e-9


def square_grid(outline: BaseGeometry, spacing_m: float) -> tuple[FloatArray, FloatArray]:
    """Divide an outline into square cells and return a point for each.

    The cells are squares in a Lambert azimuthal equal-area projection about the middle of the outline, aligned
    with north. The share of a cell inside the outline comes from Green's theorem, edge by edge, so the work grows
    with the length of the border and not with the area.

    Parameters
    ----------
    outline
        A valid polygon or multipolygon, WGS 84, degrees, longitude first, edges straight in degrees.
    spacing_m
        The side of a cell.

    Returns
    -------
    tuple
        Points (n, 2), degrees, longitude first, WGS 84, all inside the outline, in rows from west to east and
        south to north; and the area in square metres that each cell shares with the outline. The areas add up to
        that of the outline. A point is the centre of its cell, or, where that is outside, some point of the part
        inside. An outline smaller than a cell has at least one point; an empty one has none.

    Raises
    ------
    UsageError
        If the spacing is not more than 0, or so small that there would be more than `MAX_CELLS`.
    """
    if not (0 < spacing_m < math.inf):
        raise UsageError("The spacing of a grid must be more than 0 m, not {value}.", value=spacing_m)
    if outline.is_empty:
        return np.empty((0, 2)), np.empty(0)
    projection = _projection(outline)
    flat = _flattened(outline, projection)
    first = np.floor(np.array(flat.bounds[:2]) / spacing_m)
    share = _shares(flat, first, spacing_m)
    row, column = np.nonzero(share > _NOTHING)
    share = share[row, column]
    xy = np.column_stack(((column + 0.5 + first[0]) * spacing_m, (row + 0.5 + first[1]) * spacing_m))
    lonlat = _lonlat(xy, projection)
    partial = np.flatnonzero(share < 1 - _NOTHING)
    outside = partial[~shapely.contains_xy(outline, lonlat[partial])]
    lonlat[outside] = _lonlat(_points_inside(flat, xy[outside], spacing_m), projection)
    inside = np.ones(len(share), dtype=bool)
    inside[outside] = shapely.contains_xy(outline, lonlat[outside])
    return _scaled(outline, flat, lonlat[inside], share[inside])


def _projection(outline: BaseGeometry) -> Proj:
    west, south, east, north = outline.bounds
    return Proj(proj="laea", lat_0=(south + north) / 2, lon_0=(west + east) / 2, ellps="WGS84")


def _flattened(outline: BaseGeometry, projection: Proj) -> BaseGeometry:
    """Project an outline; outer rings become clockwise and holes anticlockwise."""
    cut = shapely.segmentize(shapely.force_2d(outline), _EDGE_DEG)
    flat = shapely.transform(cut, lambda lonlat: np.column_stack(projection(lonlat[:, 0], lonlat[:, 1])))
    return shapely.normalize(flat)


def _lonlat(xy: FloatArray, projection: Proj) -> FloatArray:
    return np.column_stack(projection(xy[:, 0], xy[:, 1], inverse=True))


def _shares(flat: BaseGeometry, first: FloatArray, spacing_m: float) -> FloatArray:
    """Return the share of each cell inside the outline, 0 to 1, as (rows, columns) from the south-west.

    The inside of an outer ring is to the right of its edges. So an edge that climbs by dy within a cell adds dy
    times the width to the right of it to that cell, and dy to every cell farther right in the row.
    """
    columns, rows = (np.ceil(np.array(flat.bounds[2:]) / spacing_m) - first).astype(int).tolist()
    _refuse_too_many(columns + 1, rows + 1, spacing_m)
    start, end = _edges(flat, first, spacing_m)
    for axis in (1, 0):
        start, end = _cut(start, end, axis)
    middle, climb = (start + end) / 2, end[:, 1] - start[:, 1]
    cell = np.floor(middle).astype(np.intp)
    left = middle[:, 0] - cell[:, 0]
    # An extra column takes the share to the right of the last cell.
    index = cell[:, 1] * (columns + 1) + cell[:, 0]
    size = rows * (columns + 1)
    added = np.asarray(np.bincount(index, climb * (1 - left), size)[:size], dtype=np.float64)
    added[1:] += np.bincount(index, climb * left, size)[: size - 1]
    shares = added.reshape(rows, columns + 1)
    np.cumsum(shares, axis=1, out=shares)
    return shares[:, :columns]


def _refuse_too_many(columns: int, rows: int, spacing_m: float) -> None:
    if columns * rows > MAX_CELLS:
        raise UsageError(
            "A grid of {value} m would have {cells} cells, more than {most}. Choose a wider spacing.",
            value=spacing_m,
            cells=columns * rows,
            most=MAX_CELLS,
        )


def _edges(flat: BaseGeometry, first: FloatArray, spacing_m: float) -> tuple[FloatArray, FloatArray]:
    """Return the starts and ends (n, 2) of all edges, in cells from the south-west corner of the grid."""
    rings = shapely.get_rings(shapely.get_parts(flat))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    corners = corners / spacing_m - first
    same = ring[1:] == ring[:-1]
    return corners[:-1][same], corners[1:][same]


def _cut(start: FloatArray, end: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """Cut edges where they cross a whole number on an axis; the pieces of an edge stay in order."""
    low, high = np.minimum(start, end)[:, axis], np.maximum(start, end)[:, axis]
    cuts = np.maximum(np.ceil(high) - np.floor(low) - 1, 0).astype(np.intp)
    edge = np.repeat(np.arange(len(start)), cuts + 1)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(cuts + 1) - cuts - 1, cuts + 1)
    a, b = start[edge], end[edge]
    up = b[:, axis] >= a[:, axis]
    # Where the piece begins: at the whole number that is `number` steps along, or at the edge's own start.
    line = np.where(up, np.floor(a[:, axis]) + number, np.ceil(a[:, axis]) - number)
    begin = a.copy()
    later = number > 0
    along = (line[later] - a[later, axis]) / (b[later, axis] - a[later, axis])
    begin[later] += along[:, None] * (b[later] - a[later])
    begin[later, axis] = line[later]
    finish = b.copy()
    followed = np.flatnonzero(later) - 1
    finish[followed] = begin[followed + 1]
    return begin, finish


def _points_inside(flat: BaseGeometry, middles: FloatArray, spacing_m: float) -> FloatArray:
    """Find a point (n, 2) of the outline in each of some cells; NaN where the intersection is too small."""
    west, _, east, _ = flat.bounds
    half, height = spacing_m / 2, _BAND_ROWS * spacing_m
    # Cutting bands first leaves few vertices to cut each cell from.
    bands, band = np.unique(np.floor(middles[:, 1] / height), return_inverse=True)
    # The projection's rounding may have made corners touch that did not before.
    ground = shapely.make_valid(flat)
    pieces = shapely.intersection(ground, _boxes(west, bands * height, east, (bands + 1) * height))
    cells = _boxes(*(middles - half).T, *(middles + half).T)
    points = shapely.point_on_surface(shapely.intersection(pieces[band], cells))
    return np.column_stack((shapely.get_x(points), shapely.get_y(points)))


def _boxes(west: Sides, south: Sides, east: Sides, north: Sides) -> NDArray[np.object_]:
    sides: Any = np.broadcast_arrays(west, south, east, north)
    return np.asarray(shapely.box(*sides))


def _scaled(
    outline: BaseGeometry, flat: BaseGeometry, lonlat: FloatArray, share: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Scale the shares to the outline's area; an outline too thin for any cell gets a single point."""
    if not len(share):
        point = outline.representative_point()
        lonlat, share = np.array([[point.x, point.y]]), np.ones(1)
    return lonlat, share * (flat.area / share.sum())
