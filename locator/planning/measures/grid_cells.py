"""Demand summed over the cells of a grid coarse enough to be drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.inputs.demand import Demand
from locator.planning.measures.coverage import Coverage

MOST_CELLS: Final = 4000
"""More rectangles make the map of a phone slow."""
_FINEST_DEG: Final = 0.0045
"""500 m from south to north."""
_COARSER: Final = math.sqrt(2)
_ROW: Final = 1 << 32
"""What one row adds to a cell's key: more than the columns of any grid."""


@dataclass(frozen=True, slots=True, eq=False)
class DemandCells:
    """Rectangles of one size in degrees, those without demand left out."""

    south_west: FloatArray
    """(c, 2) degrees, longitude first, WGS 84; from south to north, each row from west to east."""
    width_deg: float
    height_deg: float
    weight: FloatArray
    """(c,) the demand inside."""
    covered: FloatArray
    """(c,) how much of it is within the radius."""
    mean_m: FloatArray
    """(c,) the weighted mean distance to the nearest station; inf where there is none."""


def sum_cells(demand: Demand, coverage: Coverage) -> DemandCells:
    """Sum demand points over the finest grid with at most `MOST_CELLS` cells.

    Points without a weight or a position are left out; without any others there is no cell.
    """
    shown = np.flatnonzero((demand.weight > 0) & np.isfinite(demand.lonlat).all(axis=1))
    lonlat, weight = demand.lonlat[shown], demand.weight[shown]
    height_deg = _FINEST_DEG
    middle = float(lonlat[:, 1].mean()) if len(shown) else 0.0
    while True:
        width_deg = height_deg / max(math.cos(math.radians(middle)), 0.01)
        column, row = np.floor(lonlat / (width_deg, height_deg)).astype(np.int64).T
        keys, cell_of = np.unique(row * _ROW + column, return_inverse=True)
        if len(keys) <= MOST_CELLS:
            break
        height_deg *= _COARSER
    distance_m = coverage.distance_m[shown]
    near = weight * (distance_m <= coverage.question.radius_m)
    total = _sums(cell_of, weight, len(keys))
    return DemandCells(
        south_west=np.column_stack([(keys + _ROW // 2) % _ROW - _ROW // 2, (keys + _ROW // 2) // _ROW])
        * (width_deg, height_deg),
        width_deg=width_deg,
        height_deg=height_deg,
        weight=total,
        covered=_sums(cell_of, near, len(keys)),
        mean_m=_sums(cell_of, weight * distance_m, len(keys)) / total,
    )


def _sums(cell_of: IntArray, values: FloatArray, count: int) -> FloatArray:
    return np.bincount(cell_of, values, count).astype(np.float64)
