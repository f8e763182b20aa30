"""Spreading the weight of polygons evenly over points inside them."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from locator.errors import UsageError
from locator.files.limits import MAX_POINTS
from locator.geo.circles import Geometries
from locator.geo.geodesy import FloatArray
from locator.geo.grids import square_grid

_METRES_PER_DEGREE: Final = 111_700.0  # more than a degree of latitude or longitude is anywhere


def spread(outlines: Geometries, weights: FloatArray, spacing_m: float) -> tuple[FloatArray, FloatArray]:
    """Spread the weight of each polygon, by area, over points of a grid in it.

    Parameters
    ----------
    outlines, weights
        Polygons (n,) in degrees of WGS 84, and their weights. One of weight 0 gets no points.
    spacing_m
        The side of the grid's cells. A polygon that fits into one gets one point.

    Returns
    -------
    tuple
        Points (m, 2), degrees, longitude first, WGS 84, those of polygons that fit into a cell first; and
        their weights, which add up to that of each polygon.

    Raises
    ------
    UsageError
        If the spacing is not more than 0 m or gives more than `MAX_POINTS`.
    """
    some = weights > 0
    outlines, weights = outlines[some], weights[some]
    small = _fit_in_a_cell(outlines, spacing_m)
    lonlat = [shapely.get_coordinates(shapely.point_on_surface(outlines[small]))]
    weight = [weights[small]]
    count = len(weight[0])
    for outline, total in zip(outlines[~small], weights[~small], strict=True):
        points, area_m2 = square_grid(outline, spacing_m)
        lonlat.append(points)
        weight.append(total * (area_m2 / area_m2.sum()))
        count += len(points)
        _refuse_too_fine(count, spacing_m)
    return np.concatenate(lonlat), np.concatenate(weight)


def _refuse_too_fine(count: int, spacing_m: float) -> None:
    if count > MAX_POINTS:
        raise UsageError(
            "Points {value} m apart would be more than {most}. Choose a wider spacing.",
            value=spacing_m,
            most=MAX_POINTS,
        )


def _fit_in_a_cell(outlines: Geometries, spacing_m: float) -> NDArray[np.bool_]:
    """Tell which polygons are no larger than a cell, north to south and east to west."""
    west, south, east, north = shapely.bounds(outlines).reshape(-1, 4).T
    size = np.maximum(north - south, (east - west) * np.cos(np.radians(np.minimum(abs(south), abs(north)))))
    return size * _METRES_PER_DEGREE <= spacing_m
