"""Circles on the ellipsoid as polygons, their union, and the area of what is drawn in longitude and latitude."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from locator.errors import UsageError
from locator.geo.geodesy import (
    ECCENTRICITY_SQUARED,
    LEAST_RADIUS_M,
    SEMI_MAJOR_M,
    SEMI_MINOR_M,
    FloatArray,
    check_position,
)
from locator.geo.index import check_distance

Geometries = NDArray[np.object_]

VERTICES: Final = 60
_STEP: Final = math.tau / VERTICES
_SWELL: Final = math.sqrt(_STEP / math.sin(_STEP))
"""A polygon's vertices lie this much beyond the radius, so that its area is the circle's: 0.09 % for 60 vertices,
whose edges then come within 0.05 % of the radius from inside."""
_POLE_RADII: Final = 10
"""Nearer to a pole than so many radii an edge, straight in longitude and latitude, bends too far off."""

_SECOND_ECCENTRICITY_SQUARED: Final = ECCENTRICITY_SQUARED / (1 - ECCENTRICITY_SQUARED)
_ECCENTRICITY: Final = math.sqrt(ECCENTRICITY_SQUARED)
_GAUSS: Final = ((0.5 - math.sqrt(0.15), 5 / 18), (0.5, 8 / 18), (0.5 + math.sqrt(0.15), 5 / 18))
"""Places and weights of Gauss's quadrature with three points on 0 to 1."""


def circle(lat: float, lon: float, radius_m: float) -> Polygon:
    """Draw the points within a geodesic distance of a position.

    Every point of the outline is within 0.1 % of the radius from where it should be, and the area is the circle's.

    Parameters
    ----------
    lat, lon
        The middle, degrees, WGS 84.
    radius_m
        Metres, above 0 and at most 20,000.

    Returns
    -------
    Polygon
        Longitude first, 60 vertices, anticlockwise. Across the antimeridian it stays in one piece and its
        longitudes run on beyond ±180.

    Raises
    ------
    UsageError
        If the position or the radius is out of range, or the middle is nearer to a pole than ten radii.
    """
    drawn: Polygon = _circles(np.array([[lon, lat]], dtype=np.float64), radius_m)[0]
    return drawn


def service_area(lonlat: FloatArray, radius_m: float) -> MultiPolygon:
    """Draw what lies within a geodesic distance of any of some positions: the union of their circles.

    Parameters
    ----------
    lonlat
        (n, 2) degrees, longitude first, WGS 84.
    radius_m
        Metres, above 0 and at most 20,000.

    Returns
    -------
    MultiPolygon
        Longitude first, within ±180: cut in two at the antimeridian. Empty without positions. As near to the truth
        as `circle`.

    Raises
    ------
    UsageError
        As for `circle`; one position that is wrong refuses all.
    """
    union = shapely.union_all(_circles(lonlat, radius_m))
    west, _, east, _ = union.bounds
    # Both comparisons are false for the NaN bounds of an empty union.
    if west < -180 or east > 180:
        turns = [translate(union, xoff=offset).intersection(_WORLD) for offset in (-360, 0, 360)]
        union = shapely.union_all(turns)
    return MultiPolygon([part for part in shapely.get_parts(union) if part.geom_type == "Polygon"])


_WORLD: Final = shapely.box(-180, -90, 180, 90)


def area_m2(geometries: Sequence[BaseGeometry]) -> FloatArray:
    """Measure areas on the ellipsoid.

    Edges are straight in longitude and latitude, as RFC 7946 (3.1.1) draws them, so the parts of a cut polygon add
    up to the whole. The area left of an edge is the integral of the area between the equator and its latitude,
    b²/2 (sin φ / (1 - e² sin² φ) + artanh(e sin φ) / e) per radian of longitude (Snyder, *Map Projections: A
    Working Manual*, eq. 3-12); three points of Gauss on every edge give it to 1e-9.

    Parameters
    ----------
    geometries
        Valid polygons and multipolygons in degrees, longitude first, WGS 84. Whatever else has no area.

    Returns
    -------
    FloatArray
        (n,) square metres; 0 for what is empty.
    """
    polygons, owners = shapely.get_parts(np.asarray(geometries, dtype=object).reshape(-1), return_index=True)
    rings, polygon_of = shapely.get_rings(polygons, return_index=True)
    is_shell = np.diff(polygon_of, prepend=-1) != 0
    signed = np.where(is_shell, 1, -1) * np.abs(_ring_areas_m2(rings))
    return np.bincount(owners[polygon_of], weights=signed, minlength=len(geometries)).astype(np.float64)


def _circles(lonlat: FloatArray, radius_m: float) -> Geometries:
    """Draw a circle round each position, as an array of polygons."""
    check_distance(radius_m)
    _check_positions(lonlat, radius_m)
    azimuths = -_STEP * np.arange(VERTICES, dtype=np.float64)
    return np.asarray(shapely.polygons(_destinations(lonlat, azimuths, radius_m * _SWELL)), dtype=object)


def _check_positions(lonlat: FloatArray, radius_m: float) -> None:
    lon, lat = np.abs(lonlat).T
    margin_deg = math.degrees(_POLE_RADII * radius_m / LEAST_RADIUS_M)
    for number in np.flatnonzero(~((lon <= 180) & (lat <= 90 - margin_deg)))[:1].tolist():
        check_position(float(lonlat[number, 1]), float(lonlat[number, 0]))
        raise UsageError(
            "A circle of {radius_m:.0f} m cannot be drawn at latitude {value}: it must keep ten radii from the "
            "pole. Is the position right?",
            radius_m=radius_m,
            value=float(lonlat[number, 1]),
        )


def _destinations(lonlat: FloatArray, azimuths: FloatArray, distance_m: float) -> FloatArray:
    """Go from each position in each direction; (n, m, 2) degrees, longitudes not wrapped.

    Bowring's direct formula for short lines (*Survey Review* 26, 1981), right to 1e-4 m up to 20 km.

    Parameters
    ----------
    azimuths
        (m,) radians clockwise from north.
    """
    lon, lat = np.radians(lonlat[:, :1]), np.radians(lonlat[:, 1:])
    sin, cos = np.sin(lat), np.cos(lat)
    second = _SECOND_ECCENTRICITY_SQUARED
    stretch, swell = np.sqrt(1 + second * cos**4), np.sqrt(1 + second * cos**2)
    angle = distance_m * swell**2 / (SEMI_MAJOR_M * math.sqrt(1 + second))
    north, east = np.cos(azimuths), np.sin(azimuths)
    turn = np.arctan(stretch * np.tan(angle) * east / (swell * cos - np.tan(angle) * sin * north))
    rise = np.arcsin(np.sin(angle) * (north - sin * east * np.tan(turn / 2) / stretch)) / 2
    ends = np.empty((len(lonlat), len(azimuths), 2))
    ends[..., 0] = np.degrees(lon + turn / stretch)
    bent = swell - 1.5 * second * rise * np.sin(2 * lat + 4 / 3 * swell * rise)
    ends[..., 1] = np.degrees(lat + 2 * rise * bent)
    return ends


def _ring_areas_m2(rings: Geometries) -> FloatArray:
    """Measure rings, positive where they run clockwise."""
    lonlat, ring_of = shapely.get_coordinates(rings, return_index=True)
    lon, lat = np.radians(lonlat).T
    first = np.flatnonzero(ring_of[1:] == ring_of[:-1])
    last = first + 1
    heights = sum(weight * _strip_m2(lat[first] + place * (lat[last] - lat[first])) for place, weight in _GAUSS)
    swept = (lon[last] - lon[first]) * heights
    return np.bincount(ring_of[first], weights=swept, minlength=len(rings)).astype(np.float64)


def _strip_m2(lat: FloatArray) -> FloatArray:
    """Give the area between the equator and latitudes in radians, per radian of longitude."""
    sin = np.sin(lat)
    strip: FloatArray = (
        SEMI_MINOR_M**2
        / 2
        * (sin / (1 - ECCENTRICITY_SQUARED * sin * sin) + np.arctanh(_ECCENTRICITY * sin) / _ECCENTRICITY)
    )
    return strip
