"""Circles, service areas and areas against pyproj's geodesics and known figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry.polygon import orient

from locator.errors import UsageError
from locator.geo.circles import area_m2, circle, service_area

ORACLE = Geod(ellps="WGS84")
BEIJING = (39.9155, 116.4050)
EARTH_M2 = 510_065_621_724_000
"""The surface of the WGS 84 ellipsoid, as geodesy textbooks give it."""


def true_distances(lat: float, lon: float, outline: shapely.Polygon) -> np.ndarray:
    """Measure from a middle to twenty points on every edge, straight in longitude and latitude."""
    corners = shapely.get_coordinates(outline)
    steps = np.linspace(0, 1, 20, endpoint=False)[:, None, None]
    points = (corners[:-1] + steps * np.diff(corners, axis=0)).reshape(-1, 2)
    *_, distances = ORACLE.inv(np.full(len(points), lon), np.full(len(points), lat), points[:, 0], points[:, 1])
    return np.asarray(distances)


def geodesic_area(outline: shapely.Polygon | shapely.MultiPolygon) -> float:
    """Measure with pyproj, edges cut short so that they are straight in longitude and latitude."""
    parts = shapely.get_parts(shapely.segmentize(outline, 0.0001))
    return sum(abs(ORACLE.geometry_area_perimeter(orient(part))[0]) for part in parts)


@given(
    lat=st.floats(-85, 85),
    lon=st.floats(-180, 180),
    radius_m=st.sampled_from([0.5, 100.0, 1000.0, 5000.0, 20000.0]),
)
@settings(max_examples=60, deadline=None)
def test_an_outline_is_within_a_thousandth_of_the_radius(lat: float, lon: float, radius_m: float) -> None:
    """Vertices and the middles of edges alike."""
    distances = true_distances(lat, lon, circle(lat, lon, radius_m))
    assert np.abs(distances / radius_m - 1).max() <= 0.001


@pytest.mark.parametrize("radius_m", [1000.0, 20000.0])
@pytest.mark.parametrize("sign", [-1, 1])
def test_an_outline_is_right_as_near_to_a_pole_as_it_may_be(radius_m: float, sign: int) -> None:
    """Ten radii and a little from the pole."""
    lat = sign * (90 - math.degrees(10.1 * radius_m / 6_335_439))
    distances = true_distances(lat, 30, circle(lat, 30, radius_m))
    assert np.abs(distances / radius_m - 1).max() <= 0.001


@pytest.mark.parametrize("radius_m", [100.0, 1000.0, 20000.0])
def test_a_circle_has_the_area_of_the_circle(radius_m: float) -> None:
    """Against a geodesic circle of 7,200 corners: the polygon neither adds nor takes away ground."""
    lat, lon = BEIJING
    n = 7200
    lons, lats, _ = ORACLE.fwd(
        np.full(n, lon), np.full(n, lat), np.linspace(360, 0, n, endpoint=False), np.full(n, radius_m)
    )
    true_m2, _ = ORACLE.polygon_area_perimeter(lons, lats)
    assert area_m2([circle(lat, lon, radius_m)])[0] == pytest.approx(true_m2, rel=1e-5)


def test_a_circle_is_a_valid_anticlockwise_polygon() -> None:
    """As RFC 7946 wants outer rings."""
    drawn = circle(*BEIJING, 1000)
    assert drawn.is_valid
    assert drawn.exterior.is_ccw


def test_a_circle_on_the_antimeridian_stays_in_one_piece() -> None:
    """Its longitudes run on beyond 180, so that a map draws it whole."""
    west, _, east, _ = circle(10, 179.999, 1000).bounds
    assert 179.98 < west < 180 < east < 180.01


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_a_service_area_holds_what_is_near_and_nothing_else(seed: int) -> None:
    """Brute force over all stations; only points within 0.1 % of the edge may lie on either side."""
    rng = np.random.default_rng(seed)
    stations = rng.uniform([116.3, 39.85], [116.5, 40.0], (40, 2))
    points = rng.uniform([116.27, 39.83], [116.53, 40.02], (400, 2))
    area = service_area(stations, 1000)
    assert area.is_valid
    *_, distances = ORACLE.inv(*np.repeat(points, len(stations), axis=0).T, *np.tile(stations, (len(points), 1)).T)
    nearest_m = np.reshape(distances, (len(points), -1)).min(axis=1)
    inside = shapely.contains_xy(area, points)
    clear = np.abs(nearest_m - 1000) > 1
    assert (inside == (nearest_m <= 1000))[clear].all()
    assert clear.sum() > 350


def test_overlaps_count_once() -> None:
    """Two stations in one place serve what one serves; two far apart serve twice that."""
    one = service_area(np.array([[116.4, 39.9]]), 1000)
    twice = service_area(np.array([[116.4, 39.9]] * 2), 1000)
    apart = service_area(np.array([[116.4, 39.9], [116.5, 39.9]]), 1000)
    (one_m2, twice_m2, apart_m2) = area_m2([one, twice, apart])
    assert twice_m2 == pytest.approx(one_m2, rel=1e-9)
    assert apart_m2 == pytest.approx(2 * one_m2, rel=1e-9)
    assert len(apart.geoms) == 2


def test_without_stations_nothing_is_served() -> None:
    """An empty multipolygon, which has no area."""
    area = service_area(np.empty((0, 2)), 1000)
    assert area.geom_type == "MultiPolygon"
    assert area.is_empty
    assert area_m2([area]).tolist() == [0]


def test_a_service_area_is_cut_at_the_antimeridian() -> None:
    """On both sides of it, within ±180, and as large as anywhere else on the parallel."""
    area = service_area(np.array([[179.999, 10.0], [-179.999, 10.0]]), 1000)
    west, _, east, _ = area.bounds
    assert (west, east) == (-180, 180)
    assert area.is_valid
    assert len(area.geoms) == 2
    elsewhere = service_area(np.array([[-0.001, 10.0], [0.001, 10.0]]), 1000)
    assert area_m2([area])[0] == pytest.approx(area_m2([elsewhere])[0], rel=1e-6)


@pytest.mark.parametrize("lat", [90.0, 89.95, -90.0, -89.95])
def test_a_circle_too_near_a_pole_is_refused(lat: float) -> None:
    """It is no polygon in longitude and latitude; the message says the latitude."""
    with pytest.raises(UsageError, match=f"at latitude {lat}"):
        circle(lat, 0, 1000)


@pytest.mark.parametrize(("lat", "lon"), [(91.0, 0.0), (math.nan, 0.0), (0.0, 181.0), (0.0, math.nan)])
def test_what_is_no_position_is_refused(lat: float, lon: float) -> None:
    """Out of range or not a number, among good ones too."""
    with pytest.raises(UsageError, match="must be between"):
        service_area(np.array([[116.4, 39.9], [lon, lat]]), 1000)


@pytest.mark.parametrize("radius_m", [0.0, -1.0, math.nan, 20_000.5])
def test_a_radius_out_of_range_is_refused(radius_m: float) -> None:
    """Above 0 and at most 20 km."""
    with pytest.raises(UsageError, match="radius"):
        circle(*BEIJING, radius_m)


def test_the_earth_has_its_surface() -> None:
    """The box from pole to pole is the whole ellipsoid, and an octant an eighth of it."""
    whole = shapely.segmentize(shapely.box(-180, -90, 180, 90), 1)
    octant = shapely.segmentize(shapely.box(0, 0, 90, 90), 1)
    assert area_m2([whole, octant]) == pytest.approx([EARTH_M2, EARTH_M2 / 8], rel=1e-9)


@given(st.floats(-80, 80), st.floats(-179, 178), st.floats(0.01, 1), st.floats(0.01, 1))
@settings(max_examples=40, deadline=None)
def test_areas_are_those_of_the_ellipsoid(lat: float, lon: float, width: float, height: float) -> None:
    """Slanted triangles against pyproj, whose geodesic edges are cut short."""
    triangle = shapely.Polygon([(lon, lat), (lon + width, lat + height / 3), (lon + width / 2, lat + height)])
    assert area_m2([triangle])[0] == pytest.approx(geodesic_area(triangle), rel=1e-6)


def test_holes_are_taken_off_and_parts_added() -> None:
    """A frame and its inside make the whole, whichever way the rings run."""
    whole, inside = shapely.box(116, 39, 117, 40), shapely.box(116.2, 39.2, 116.6, 39.7)
    frame = whole.difference(inside)
    both = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), whole])
    whole_m2, inside_m2, frame_m2, reversed_m2, both_m2, first_m2 = area_m2(
        [whole, inside, frame, frame.reverse(), both, shapely.box(0, 0, 1, 1)]
    )
    assert frame_m2 == pytest.approx(whole_m2 - inside_m2, rel=1e-12)
    assert reversed_m2 == pytest.approx(frame_m2, rel=1e-12)
    assert both_m2 == pytest.approx(whole_m2 + first_m2, rel=1e-12)


def test_points_and_lines_have_no_area() -> None:
    """They stand in their place in the answer with 0."""
    found = area_m2([shapely.Point(1, 1), shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)])])
    assert found[[0, 2]].tolist() == [0, 0]
    assert found[1] > 0
    assert area_m2([]).tolist() == []
