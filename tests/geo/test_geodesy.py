"""Distances against pyproj's geodesic, and the refusal of what is no position."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from locator.errors import UsageError
from locator.geo import geodesy

ORACLE = Geod(ellps="WGS84")
latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


@given(latitudes, longitudes)
def test_ecef_agrees_with_the_projection_library(lat: float, lon: float) -> None:
    """Both forms give what EPSG:4978 gives, to a nanometre or so."""
    to_ecef = Transformer.from_crs(4979, 4978, always_xy=True)
    expected = to_ecef.transform(lon, lat, 0)
    assert geodesy.ecef_point(lat, lon) == pytest.approx(expected, abs=1e-8)
    assert geodesy.ecef(np.array([[lon, lat]]))[0] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("distance_m", [0.001, 1.0, 999.999, 1000.0, 5000.0, 20_000.0])
def test_arc_is_the_geodesic_to_a_tenth_of_a_micrometre(distance_m: float) -> None:
    """Everywhere on the globe, poles included, in every direction."""
    dice = np.random.default_rng(7)
    lat = np.append(dice.uniform(-90, 90, 5000), [90.0, -90.0, 0.0, 89.99999])
    lon, azimuth = dice.uniform(-180, 180, (2, len(lat)))
    far_lon, far_lat, _ = ORACLE.fwd(lon, lat, azimuth, np.full(len(lat), distance_m))
    start, end = geodesy.ecef(np.c_[lon, lat]), geodesy.ecef(np.c_[far_lon, far_lat])
    *_, exact = ORACLE.inv(lon, lat, far_lon, far_lat)
    squares = ((end - start) ** 2).sum(axis=1)
    found = geodesy.arc_m(squares, end[:, 2], start[:, 2])
    assert np.abs(found - exact).max() < 1e-7


def test_arc_of_no_chord_is_zero() -> None:
    """A point is at distance 0 from itself, without a warning."""
    assert geodesy.arc_m(np.zeros(1), np.full(1, 4e6), np.full(1, 4e6)).tolist() == [0]


def test_inverse_gives_distance_and_bearing() -> None:
    """Due north, east, south and west of a place come out as 0, 90, 180 and 270 degrees."""
    lonlat = np.array([[116.4, 39.91], [116.41, 39.9], [116.4, 39.89], [116.39, 39.9]])
    distances, bearings = geodesy.inverse(39.9, 116.4, lonlat)
    # One hundredth of a degree of latitude is 1110 m here, of longitude 855 m.
    assert distances == pytest.approx([1110.4, 855.0, 1110.3, 855.0], abs=0.5)
    assert bearings == pytest.approx([0, 90, 180, 270], abs=0.01)


@pytest.mark.parametrize("lat", [90.000001, -91, 116.4, 200, math.nan, math.inf, -math.inf])
def test_a_latitude_out_of_range_is_refused(lat: float) -> None:
    """The message names the value and asks whether the two are swapped."""
    with pytest.raises(UsageError, match=r"between -90 and 90, not .*swapped"):
        geodesy.check_position(lat, 0)


@pytest.mark.parametrize("lon", [180.000001, -181, 200, math.nan, math.inf])
def test_a_longitude_out_of_range_is_refused(lon: float) -> None:
    """The message names the value and the range."""
    with pytest.raises(UsageError, match="between -180 and 180"):
        geodesy.check_position(0, lon)


def test_the_ends_of_the_ranges_are_positions() -> None:
    """Poles and antimeridian are on the globe."""
    for lat, lon in [(90, 180), (-90, -180), (0, 0)]:
        geodesy.check_position(lat, lon)


@given(st.floats(-89, 89), longitudes, st.floats(0, 360), st.floats(1, 20_000))
def test_the_bearing_of_a_chord_is_that_of_the_geodesic(
    lat: float, lon: float, azimuth: float, distance_m: float
) -> None:
    """To a tenth of a thousandth of a degree."""
    far_lon, far_lat, _ = ORACLE.fwd(lon, lat, azimuth, distance_m)
    start, end = geodesy.ecef_point(lat, lon), geodesy.ecef_point(far_lat, far_lon)
    chord = (end[0] - start[0], end[1] - start[1], end[2] - start[2])
    [found] = geodesy.chord_bearings_deg(lat, lon, [chord])
    assert 0 <= found < 360
    assert abs((found - azimuth + 180) % 360 - 180) < 1e-4
