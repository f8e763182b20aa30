"""Positions are made coarse: near enough to be of use, too coarse to find a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from locator.errors import UsageError
from locator.feedback.squares import cell_middle

GEOD = Geod(ellps="WGS84")
LATS, LONS = st.floats(-90, 90), st.floats(-180, 180)


@given(lat=LATS, lon=LONS)
def test_the_stored_point_is_within_75_m(lat: float, lon: float) -> None:
    """Nowhere on earth is the middle of a cell farther than 75 m from a point in it."""
    middle_lat, middle_lon = cell_middle(lat, lon)
    *_, distance_m = GEOD.inv(lon, lat, middle_lon, middle_lat)
    assert distance_m <= 75


@given(lat=LATS, lon=LONS, share=st.floats(0, 1))
def test_points_of_one_cell_become_one(lat: float, lon: float, share: float) -> None:
    """Whatever lies between a point and the middle of its cell becomes the same two numbers."""
    middle_lat, middle_lon = cell_middle(lat, lon)
    if lon - middle_lon > 180:
        lon -= 360  # The antimeridian is one line with two names.
    between = lat + share * (middle_lat - lat), max(-180.0, lon + share * (middle_lon - lon))
    assert cell_middle(*between) == (middle_lat, middle_lon)
    assert cell_middle(middle_lat, middle_lon) == (middle_lat, middle_lon)


@pytest.mark.parametrize("lat", [0.3, -33.9, 39.9, 60.2, 78.2])
def test_a_cell_is_100_m_wide_and_high(lat: float) -> None:
    """A cell is not smaller than it says: a step of 100 m leads to the next, whose middle is 99 to 101 m on."""
    middle_lat, middle_lon = cell_middle(lat, 116.4)
    for azimuth in (0, 90, 180, 270):
        lon, at, _ = GEOD.fwd(middle_lon, middle_lat, azimuth, 100)
        next_lat, next_lon = cell_middle(at, lon)
        is_east_west = azimuth in (90, 270)
        assert (next_lat == middle_lat) is is_east_west
        # The cells of two bands do not stand in line.
        *_, distance_m = GEOD.inv(middle_lon, middle_lat, next_lon if is_east_west else middle_lon, next_lat)
        assert 99 <= distance_m <= 101


def test_poles_and_antimeridian_have_cells() -> None:
    """The ends of both axes are positions like others; both names of the antimeridian are one cell."""
    assert cell_middle(39.9, 180.0) == cell_middle(39.9, -180.0)
    assert cell_middle(90.0, 10.0)[0] == pytest.approx(89.99955)
    assert cell_middle(-90.0, 10.0)[0] == pytest.approx(-89.99955)


@pytest.mark.parametrize(("lat", "lon"), [(91.0, 0.0), (0.0, 180.1), (float("nan"), 0.0)])
def test_what_is_no_position_is_refused(lat: float, lon: float) -> None:
    """Values out of range and NaN are refused like everywhere else."""
    with pytest.raises(UsageError):
        cell_middle(lat, lon)
