"""Conversion between the three datums in use in China: WGS 84, GCJ-02 and BD-09.

Inside the locator everything is WGS 84; positions are converted where they enter or leave. Maps published in
mainland China are in GCJ-02, about 550 m from WGS 84 in Beijing, or in Baidu's BD-09, some 850 m from GCJ-02.
Outside mainland China the three are the same: Hong Kong, Macau, Taiwan and other countries are not shifted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from threading import Lock
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from locator.config import bundled
from locator.errors import UsageError
from locator.geo.geodesy import FloatArray, check_position


class Datum(StrEnum):
    """The datum that a longitude and a latitude refer to."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


Shifts = dict[Datum, Callable[[FloatArray], FloatArray]]

_SPELLINGS: Final = {datum.value: datum for datum in Datum} | {"bd09ll": Datum.BD09}

# The ellipsoid of Krasovsky 1940: semi-major axis in metres and squared eccentricity, to the digits in use.
_AXIS_M: Final = 6378245.0
_ECCENTRICITY_SQUARED: Final = 0.00669342162296594323

# Each round of an inverse leaves less than a hundredth of the error; after five it is at most 2e-6 m.
_ROUNDS: Final = 5
MAINLAND: Final = "mainland.txt"
"""Where GCJ-02 is in force; its first lines say how it is written."""
# West, south, east and north of every position in the mainland in any of the three datums.
_BOX: Final = (73.4, 18.0, 135.2, 53.7)
_BUILDING: Final = Lock()


def parse_datum(word: str) -> Datum:
    """Read the name of a datum as people write it: ``WGS-84``, ``gcj02``, ``BD-09``, ``bd09ll``.

    Raises
    ------
    UsageError
        If it is none of the three.
    """
    try:
        return _SPELLINGS[re.sub(r"[\s_-]", "", word).lower()]
    except KeyError:
        known = ", ".join(Datum)
        raise UsageError('Datum must be one of {known}, not "{value}".', known=known, value=word) from None


def convert(lonlat: FloatArray, source: Datum, target: Datum) -> FloatArray:
    """Convert positions from one datum to another.

    A round trip gives the same position to 2e-6 m, with one exception: just outside the border, within the length
    of the shift, the same coordinates mean a shifted position in the mainland or an unshifted one outside it. They
    are read as the former, so positions in the mainland always survive the round trip.

    Parameters
    ----------
    lonlat
        (n, 2) degrees, longitude first, in the datum `source`.

    Returns
    -------
    FloatArray
        A new (n, 2) array of degrees, longitude first, in the datum `target`. Positions outside mainland
        China come back as they are.

    Raises
    ------
    UsageError
        If the array is not (n, 2), or a value is NaN, infinite or out of range.
    """
    result = _checked(lonlat)
    if source is target:
        return result
    near = _near(result)
    truth = _TO_WGS84[source](result[near])
    inside = in_mainland(truth)
    result[np.flatnonzero(near)[inside]] = _FROM_WGS84[target](truth[inside])
    return result


def convert_point(lat: float, lon: float, source: Datum, target: Datum) -> tuple[float, float]:
    """Convert a single position as `convert` does, and return (lat, lon) in degrees."""
    if source is target:
        check_position(lat, lon)
        return lat, lon
    ((lon, lat),) = convert(np.array([[lon, lat]]), source, target).tolist()
    return lat, lon


def in_mainland(lonlat: FloatArray) -> NDArray[np.bool_]:
    """Tell which positions lie in mainland China, where the three datums differ.

    Parameters
    ----------
    lonlat
        (n, 2) degrees, longitude first, WGS 84.

    Returns
    -------
    NDArray
        (n,) truth values. The outline is good to about 200 m round Hong Kong and Macau, to some hundred
        metres where a town meets a border, to 2 km along remote borders; it runs about 1 km off the coast.
    """
    inside = _near(lonlat)
    near = lonlat[inside]
    inside[inside] = shapely.contains_xy(mainland_outline(), near[:, 0], near[:, 1])
    return inside


def _checked(lonlat: FloatArray) -> FloatArray:
    result = np.array(lonlat, dtype=np.float64)
    if result.size == 0:
        return result.reshape(0, 2)
    if result.ndim != 2 or result.shape[1] != 2:
        raise UsageError(
            "Positions must be an array of shape (n, 2), longitude first, not {shape}.", shape=result.shape
        )
    # Written so that NaN is refused too.
    wrong = ~((np.abs(result) <= (180, 90)).all(axis=1))
    if wrong.any():
        lon, lat = result[wrong.argmax()].tolist()
        check_position(lat, lon)
    return result


def _near(lonlat: FloatArray) -> NDArray[np.bool_]:
    """Tell which positions are in a box round the mainland, before the costlier test against its outline."""
    west, south, east, north = _BOX
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    return (lon > west) & (lon < east) & (lat > south) & (lat < north)


def mainland_outline() -> shapely.MultiPolygon:
    """Return the outline of mainland China in degrees of WGS 84, prepared for use by many threads."""
    with _BUILDING:
        return _built_mainland()


@cache
def _built_mainland() -> shapely.MultiPolygon:
    lines = (bundled("geodata") / MAINLAND).read_text(encoding="utf-8").splitlines()
    rings = [
        np.array(line.split(), dtype=np.int64).reshape(-1, 2).cumsum(axis=0) / 1e4
        for line in lines
        if not line.startswith("#")
    ]
    outline = shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings])
    shapely.prepare(outline)
    # The first test builds an index inside, which two threads must not do at once.
    shapely.contains_xy(outline, 116.4, 39.9)
    return outline


def _gcj02(lonlat: FloatArray) -> FloatArray:
    """Shift WGS 84 to GCJ-02, wherever it is, by the formula in common use: the official one is not public."""
    x, y = lonlat[:, 0] - 105, lonlat[:, 1] - 35
    common = 0.1 * x * y + (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    root = np.sqrt(np.abs(x))
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * root + common + _waves(x, 150, 300)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.2 * root + common + _waves(y, 160, 320)
    phi = np.radians(lonlat[:, 1])
    flat = 1 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    shift = np.empty_like(lonlat)
    shift[:, 0] = east_m * np.sqrt(flat) / (_AXIS_M * np.cos(phi))
    shift[:, 1] = north_m * flat * np.sqrt(flat) / (_AXIS_M * (1 - _ECCENTRICITY_SQUARED))
    return lonlat + np.degrees(shift)


def _waves(t: FloatArray, twelfth: float, thirtieth: float) -> FloatArray:
    """Return the sum of an axis's own four sine terms, in metres, given the two amplitudes that differ by axis."""
    waves: FloatArray = (
        20 * np.sin(np.pi * t)
        + 40 * np.sin(np.pi * t / 3)
        + twelfth * np.sin(np.pi * t / 12)
        + thirtieth * np.sin(np.pi * t / 30)
    )
    return waves * 2 / 3


def _bd09_of_gcj02(lonlat: FloatArray) -> FloatArray:
    """Shift GCJ-02 to BD-09: a perturbation in polar coordinates and a fixed offset."""
    x, y = lonlat[:, 0], lonlat[:, 1]
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * np.pi * 3000 / 180)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * np.pi * 3000 / 180)
    return np.column_stack((radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006))


def _bd09(lonlat: FloatArray) -> FloatArray:
    return _bd09_of_gcj02(_gcj02(lonlat))


def _undo(shift: Callable[[FloatArray], FloatArray], lonlat: FloatArray) -> FloatArray:
    """Invert a shift by fixed-point iteration."""
    guess = lonlat
    for _ in range(_ROUNDS):
        guess = guess + (lonlat - shift(guess))
    return guess


_FROM_WGS84: Final[Shifts] = {Datum.WGS84: lambda lonlat: lonlat, Datum.GCJ02: _gcj02, Datum.BD09: _bd09}
_TO_WGS84: Final[Shifts] = {
    Datum.WGS84: lambda lonlat: lonlat,
    Datum.GCJ02: lambda lonlat: _undo(_gcj02, lonlat),
    Datum.BD09: lambda lonlat: _undo(_bd09, lonlat),
}
