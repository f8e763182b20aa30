"""Positions rounded to a grid of 100 m cells, so that the exact position need not be stored.

Latitude is cut into 200,000 bands of 0.0009° (99.5 m at the equator, 100.5 m at the poles). Each band is cut
into as few equal cells as make a cell no wider than 100 m where the band is longest. So a cell's middle is never
farther than 72 m from any point of the cell, anywhere on earth.
"""

from __future__ import annotations

import math
from typing import Final

from locator.geo.geodesy import ECCENTRICITY_SQUARED, SEMI_MAJOR_M, check_position

BAND_DEG: Final = 0.0009
WIDTH_M: Final = 100.0
_BANDS: Final = 200_000
_DECIMALS: Final = 6


def cell_middle(lat: float, lon: float) -> tuple[float, float]:
    """Return the middle of the cell that a position lies in.

    A position on an edge belongs to the cell north or east of it, the north pole to the last band.

    Parameters
    ----------
    lat, lon
        Degrees, WGS 84.

    Returns
    -------
    tuple
        Latitude and longitude, degrees, to six decimals, -180 ≤ longitude ≤ 180; the same two numbers for every
        position in the cell.

    Raises
    ------
    UsageError
        If it is not a position.
    """
    check_position(lat, lon)
    band = min(math.floor((lat + 90) / BAND_DEG), _BANDS - 1)
    cells = _cells_in_band(band)
    cell = math.floor((lon + 180) / 360 * cells) % cells
    return (
        round((band + 0.5) * BAND_DEG - 90, _DECIMALS),
        round((cell + 0.5) * 360 / cells - 180, _DECIMALS),
    )


def _cells_in_band(band: int) -> int:
    """Return how many cells make a band: by its edge nearer to the equator, where it is longest."""
    edge_deg = min(abs(band * BAND_DEG - 90), abs((band + 1) * BAND_DEG - 90))
    phi = math.radians(edge_deg)
    radius_m = SEMI_MAJOR_M * math.cos(phi) / math.sqrt(1 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2)
    return math.ceil(2 * math.pi * radius_m / WIDTH_M)
