"""Reach: nearest sites, sites within a radius and ground within a radius, against Geod and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod, Transformer

from locator.planning.measures import reach as module
from locator.planning.measures.reach import Reach, from_distances, ground, nearest, within

GEOD = Geod(ellps="WGS84")
NOWHERE = np.empty((0, 2))


def scattered(count: int, seed: int, spread_deg: float = 0.02) -> np.ndarray:
    """Scatter positions round the middle of Beijing."""
    return np.array([116.4, 39.9]) + np.random.default_rng(seed).normal(0, spread_deg, (count, 2))


def all_distances(points: np.ndarray, sites: np.ndarray) -> np.ndarray:
    """Measure every pair with Geod."""
    p, s = (grid.ravel() for grid in np.meshgrid(np.arange(len(points)), np.arange(len(sites)), indexing="ij"))
    *_, distance_m = GEOD.inv(points[p, 0], points[p, 1], sites[s, 0], sites[s, 1])
    return np.reshape(distance_m, (len(points), len(sites)))


@pytest.mark.parametrize("spread_deg", [0.001, 0.02, 0.1, 1.0])
def test_nearest_agrees_with_brute_force(spread_deg: float) -> None:
    """From metres to some hundred kilometres: the same site, the distance to a millionth of a metre."""
    points, sites = scattered(400, 1, 2 * spread_deg), scattered(60, 2, spread_deg)
    expected = all_distances(points, sites)
    distance_m, number = nearest(points, sites)
    assert number.tolist() == expected.argmin(axis=1).tolist()
    np.testing.assert_allclose(distance_m, expected.min(axis=1), rtol=0, atol=1e-6)


def test_nearest_agrees_with_brute_force_across_a_continent() -> None:
    """Beyond 20 km the geodesic decides between sites whose chords are nearly the same, up to 1,000 km."""
    dice = np.random.default_rng(5)
    points = np.c_[dice.uniform(80, 120, 300), dice.uniform(20, 50, 300)]
    # Pairs of sites a few metres from the circle of points equally far from a middle: rivals by chord.
    bearing = dice.uniform(0, 360, 60)
    lon, lat, _ = GEOD.fwd(np.full(60, 100.0), np.full(60, 35.0), bearing, np.full(60, 400_000.0))
    sites = np.c_[lon, lat]
    points[0] = 100.0, 35.0
    expected = all_distances(points, sites)
    near = expected.min(axis=1) < 1e6
    distance_m, _ = nearest(points[near], sites)
    np.testing.assert_allclose(distance_m, expected[near].min(axis=1), rtol=0, atol=1e-6)


def test_of_sites_in_one_place_the_first_is_nearest() -> None:
    """Three stations share one building."""
    sites = np.array([[116.5, 39.9], [116.4, 39.9], [116.4, 39.9], [116.4, 39.9]])
    _, number = nearest(np.array([[116.4001, 39.9], [116.4, 39.9]]), sites)
    assert number.tolist() == [1, 1]


@pytest.mark.parametrize("offset_deg", [0.001, 0.1, 2.0])
def test_of_sites_equally_far_the_first_is_nearest(offset_deg: float) -> None:
    """A point midway between east and west takes the one that comes first, near and far."""
    middle, offset = np.array([[116.4, 39.9]]), np.array([[offset_deg, 0]])
    east, west = middle + offset, middle - offset
    assert nearest(middle, np.r_[east, west])[1].tolist() == [0]
    assert nearest(middle, np.r_[west, east])[1].tolist() == [0]


def test_without_sites_nothing_is_near() -> None:
    """The nearest of none is infinitely far."""
    distance_m, number = nearest(scattered(3, 1), NOWHERE)
    assert distance_m.tolist() == [math.inf] * 3
    assert number.tolist() == [-1] * 3
    assert within(scattered(3, 1), NOWHERE, 1000).shape == (3, 0)


def test_without_points_there_is_no_answer() -> None:
    """No point, no row."""
    distance_m, number = nearest(NOWHERE, scattered(3, 1))
    assert len(distance_m) == len(number) == 0
    assert within(NOWHERE, scattered(3, 1), 1000).shape == (0, 3)


@pytest.mark.parametrize("radius_m", [0.5, 300.0, 1000.0, 20_000.0, 60_000.0])
def test_within_agrees_with_brute_force(radius_m: float) -> None:
    """Every pair on the side of the radius where Geod has it."""
    spread_deg = radius_m / 100_000
    points, sites = scattered(300, 3, spread_deg), scattered(80, 4, spread_deg)
    reach = within(points, sites, radius_m)
    assert reach.dtype == np.bool_
    expected = all_distances(points, sites) <= radius_m
    assert 0 < expected.sum() < expected.size
    np.testing.assert_array_equal(reach.toarray(), expected)


@pytest.mark.parametrize("radius_m", [1000.0, 19_999.0, 50_000.0])
def test_on_the_very_edge_geod_decides(radius_m: float) -> None:
    """Sites within a nanometre of the radius: at exactly the radius is inside."""
    bearing = np.arange(0, 360, 3.0)
    centre = np.array([[116.4, 39.9]])
    lon, lat, _ = GEOD.fwd(np.full(120, 116.4), np.full(120, 39.9), bearing, np.full(120, radius_m))
    ring = np.c_[lon, lat]
    said_m = all_distances(centre, ring)
    assert np.ptp(said_m) < 1e-7
    for edge_m in np.unique(said_m)[[0, len(np.unique(said_m)) // 2, -1]].tolist():
        np.testing.assert_array_equal(within(centre, ring, edge_m).toarray(), said_m <= edge_m)


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small blocks, split where they hold many pairs and kept nowhere, give the matrix of one block, twice."""
    points, sites = scattered(500, 5), scattered(50, 6)
    whole = within(points, sites, 1000)
    distance_m, number = nearest(points, sites)
    monkeypatch.setattr(module, "_BLOCK", 64)
    monkeypatch.setattr(module, "_PAIRS", 100)
    monkeypatch.setattr(module, "_PAIRS_KEPT", 0)
    assert (within(points, sites, 1000) != whole).nnz == 0
    np.testing.assert_array_equal(nearest(points, sites), (distance_m, number))
    reach = Reach(points, sites, 1000)
    for _ in range(2):
        sizes = [block.nnz for _, block in reach]
        assert sum(sizes) == whole.nnz
        assert max(sizes) < 200


def test_reach_looks_at_the_rows_it_is_told() -> None:
    """Only every third point, under its own number."""
    points, sites = scattered(90, 5), scattered(50, 6)
    rows = np.arange(0, 90, 3)
    ((found, block),) = Reach(points, sites, 1000, rows)
    assert found.tolist() == rows.tolist()
    assert (block != within(points, sites, 1000)[rows]).nnz == 0


def test_a_table_of_distances_is_a_reach() -> None:
    """At the radius is inside, what is not in the table outside, and twice the same pair is one."""
    rows, columns = np.array([0, 0, 1, 2, 0]), np.array([0, 1, 1, 0, 0])
    reach = from_distances(rows, columns, np.array([1000.0, 1000.1, 5.0, 2000.0, 999.0]), (4, 2), 1000)
    assert reach.dtype == np.bool_
    assert reach.toarray().tolist() == [[True, False], [False, True], [False, False], [False, False]]
    assert reach.nnz == 2


def flat_share(outline: shapely.Geometry, sites: np.ndarray, radius_m: float) -> float:
    """Measure with Shapely: the union of fine circles of Geod in an equal-area projection."""
    middle = outline.centroid
    flat = CRS(f"+proj=laea +lon_0={middle.x} +lat_0={middle.y} +ellps=WGS84")
    project = Transformer.from_crs("EPSG:4326", flat, always_xy=True).transform
    bearing = np.linspace(0, 360, 721)[:-1]
    circles = [
        shapely.Polygon(np.c_[GEOD.fwd(np.full(720, lon), np.full(720, lat), bearing, np.full(720, radius_m))[:2]])
        for lon, lat in sites.tolist()
    ]
    area = shapely.transform(shapely.segmentize(outline, 0.001), project, interleaved=False)
    served = shapely.union_all([shapely.transform(circle, project, interleaved=False) for circle in circles])
    return float(shapely.intersection(area, served).area / area.area)


def blob() -> shapely.Geometry:
    """Draw an area of two parts, the larger with a hole."""
    outer = shapely.Polygon([(116.3, 39.85), (116.47, 39.83), (116.5, 39.95), (116.41, 39.99), (116.33, 39.93)])
    hole = shapely.Polygon([(116.39, 39.89), (116.42, 39.9), (116.41, 39.92)])
    return shapely.union(shapely.difference(outer, hole), shapely.box(116.52, 39.9, 116.55, 39.93))


@pytest.mark.parametrize("radius_m", [300.0, 1000.0, 3000.0])
def test_ground_within_reach_agrees_with_a_union_of_circles(radius_m: float) -> None:
    """Overlapping circles, a hole and an island: right to a thousandth of the ground."""
    sites = scattered(40, 8, 0.05)
    covered_m2, area_m2 = ground(blob(), sites, radius_m)
    expected = flat_share(blob(), sites, radius_m)
    assert 0.02 < expected < 0.99
    assert covered_m2 / area_m2 == pytest.approx(expected, abs=1e-3)


def test_ground_adds_up_to_the_area_on_the_ellipsoid() -> None:
    """With fine edges straight in degrees is as good as geodesic."""
    _, area_m2 = ground(blob(), NOWHERE, 1000)
    fine_m2, _ = GEOD.geometry_area_perimeter(shapely.segmentize(shapely.orient_polygons(blob()), 1e-4))
    assert area_m2 == pytest.approx(fine_m2, rel=1e-6)


def test_ground_is_all_within_reach_or_none() -> None:
    """A small square round a site, and one far from it."""
    site = np.array([[116.4, 39.9]])
    near, far = shapely.box(116.395, 39.895, 116.405, 39.905), shapely.box(116.5, 39.9, 116.51, 39.91)
    covered_m2, area_m2 = ground(near, site, 1000)
    assert covered_m2 == pytest.approx(area_m2, rel=1e-6)
    assert ground(far, site, 1000)[0] == 0


def test_ground_holds_a_whole_circle() -> None:
    """One site in a large area serves πr², to a thousandth of the area and much less."""
    covered_m2, area_m2 = ground(shapely.box(116.38, 39.88, 116.42, 39.92), np.array([[116.4, 39.9]]), 1000)
    assert covered_m2 == pytest.approx(math.pi * 1e6, abs=1e-3 * area_m2)


def test_ground_without_area_is_nothing() -> None:
    """Neither an empty outline nor one of no width."""
    site = np.array([[116.4, 39.9]])
    assert ground(shapely.Polygon(), site, 1000) == (0, 0)
    assert ground(shapely.LineString([(116.3, 39.9), (116.5, 39.9)]), site, 1000) == (0, 0)
