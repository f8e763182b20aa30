"""The index against brute force over every point with pyproj's geodesic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from locator.errors import UsageError
from locator.geo.index import PointIndex

ORACLE = Geod(ellps="WGS84")
BEIJING = (39.9155, 116.4050)


def brute_force(
    lonlat: np.ndarray, lat: float, lon: float, k: int, max_distance_m: float
) -> list[tuple[float, int]]:
    """Measure every point, keep those within, sort by distance and number."""
    n = len(lonlat)
    *_, distances = ORACLE.inv(np.full(n, lon), np.full(n, lat), lonlat[:, 0], lonlat[:, 1])
    hits = [(d, i) for i, d in enumerate(distances.tolist()) if d <= max_distance_m]
    return sorted(hits)[:k]


def same(found: list[tuple[float, int]], expected: list[tuple[float, int]]) -> bool:
    """Tell whether two answers name the same points, at distances that agree to a micrometre.

    Points whose distances differ by less than that may stand in either order.
    """
    return (
        len(found) == len(expected)
        and all(abs(a[0] - b[0]) < 1e-6 for a, b in zip(found, expected, strict=True))
        and {n for _, n in found} ^ {n for _, n in expected} <= _tied(found) | _tied(expected)
    )


def _tied(hits: list[tuple[float, int]]) -> set[int]:
    return {n for d, n in hits if hits and abs(d - hits[-1][0]) < 1e-6}


def ring(lat: float, lon: float, distances_m: list[float], count: int = 12) -> np.ndarray:
    """Place points at exact distances all round a position."""
    azimuths, distances = np.meshgrid(np.linspace(0, 360, count, endpoint=False), distances_m)
    n = azimuths.size
    lons, lats, _ = ORACLE.fwd(np.full(n, lon), np.full(n, lat), azimuths.ravel(), distances.ravel())
    return np.c_[lons, lats]


PLACES = [
    BEIJING,
    (0.0, 0.0),
    (0.0, 180.0),
    (52.0, -180.0),
    (90.0, 0.0),
    (-90.0, 10.0),
    (89.9999, 77.0),
    (-79.99, 179.999),
]


@pytest.mark.parametrize(("lat", "lon"), PLACES)
@pytest.mark.parametrize("radius_m", [0.01, 1.0, 1000.0, 1400.0, 1600.0, 20_000.0])
def test_a_millimetre_decides_at_the_edge(lat: float, lon: float, radius_m: float) -> None:
    """Points 1 mm inside are in, points 1 mm outside are out, at any place on the globe."""
    lonlat = ring(lat, lon, [radius_m - 0.001, radius_m + 0.001])
    hits = PointIndex(lonlat).nearest(lat, lon, k=100, max_distance_m=radius_m)
    assert sorted(number for _, number in hits) == list(range(12))
    assert PointIndex(lonlat).beyond(lat, lon, distance_m=radius_m)[1] in range(12, 24)


@pytest.mark.parametrize("lon", [116.4051, 116.41, 116.6])
def test_a_point_at_exactly_the_radius_is_inside(lon: float) -> None:
    """The radius is taken from the oracle's own distance, to the last bit."""
    point = np.array([[lon, 39.92]])
    *_, exact = ORACLE.inv(BEIJING[1], BEIJING[0], lon, 39.92)
    index = PointIndex(point)
    assert [n for _, n in index.nearest(*BEIJING, k=1, max_distance_m=exact)] == [0]
    assert index.beyond(*BEIJING, distance_m=exact) is None
    below = math.nextafter(exact, 0)
    assert index.nearest(*BEIJING, k=1, max_distance_m=below) == []
    assert index.beyond(*BEIJING, distance_m=below)[1] == 0
    assert index.nearest_batch(np.array([BEIJING[::-1]]), k=1, max_distance_m=exact)[1].tolist() == [[0]]
    assert index.nearest_batch(np.array([BEIJING[::-1]]), k=1, max_distance_m=below)[1].tolist() == [[1]]


@settings(deadline=None, max_examples=150)
@given(
    place=st.sampled_from(PLACES),
    spread_deg=st.sampled_from([0.001, 0.02, 0.5]),
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(0, 400),
    k=st.integers(1, 120),
    radius_m=st.floats(0.01, 20_000),
)
def test_agrees_with_brute_force(
    place: tuple[float, float], spread_deg: float, seed: int, n: int, k: int, radius_m: float
) -> None:
    """For any k, radius, crowd and place, singly and in a batch, duplicates included."""
    dice = np.random.default_rng(seed)
    lat, lon = place
    lats = np.clip(lat + dice.normal(0, spread_deg, n), -90, 90)
    lons = (lon + dice.normal(0, spread_deg, n) / max(0.01, math.cos(math.radians(lat))) + 180) % 360 - 180
    lonlat = np.c_[lons, lats]
    lonlat = np.r_[lonlat, lonlat[: n // 4]]
    index = PointIndex(lonlat)
    expected = brute_force(lonlat, lat, lon, k, radius_m)
    assert same(index.nearest(lat, lon, k=k, max_distance_m=radius_m), expected)
    distances, numbers = index.nearest_batch(np.array([[lon, lat]] * 2), k=k, max_distance_m=radius_m)
    inside = np.isfinite(distances[1])
    batch = list(zip(distances[1][inside].tolist(), numbers[1][inside].tolist(), strict=True))
    assert same(batch, expected)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1), spread_deg=st.sampled_from([0.005, 0.3, 40.0]), radius_m=st.floats(10, 20_000)
)
def test_beyond_agrees_with_brute_force(seed: int, spread_deg: float, radius_m: float) -> None:
    """The nearest point outside the radius is found next door and half a world away."""
    dice = np.random.default_rng(seed)
    lonlat = np.c_[116 + dice.normal(0, spread_deg, 60), np.clip(40 + dice.normal(0, spread_deg, 60), -90, 90)]
    lonlat[:, 0] = (lonlat[:, 0] + 180) % 360 - 180
    *_, distances = ORACLE.inv(np.full(60, 116.0), np.full(60, 40.0), lonlat[:, 0], lonlat[:, 1])
    outside = distances[distances > radius_m]
    found = PointIndex(lonlat).beyond(40.0, 116.0, distance_m=radius_m)
    if len(outside):
        assert found is not None
        assert found[0] == pytest.approx(outside.min(), abs=1e-6)
    else:
        assert found is None


def test_points_that_coincide_come_in_their_order() -> None:
    """Seven stations in one building: the first ones are given."""
    lonlat = np.array([[116.41, 39.92]] * 7 + [[116.4051, 39.9156]])
    index = PointIndex(lonlat)
    assert [n for _, n in index.nearest(*BEIJING, k=4, max_distance_m=1000)] == [7, 0, 1, 2]
    _, numbers = index.nearest_batch(np.array([BEIJING[::-1]]), k=4, max_distance_m=1000)
    assert numbers.tolist() == [[7, 0, 1, 2]]


def test_keep_chooses_before_the_limit_counts() -> None:
    """The two nearest of the chosen ones are given, not the chosen ones of the two nearest."""
    lonlat = np.array([[116.4051, 39.9155], [116.4052, 39.9155], [116.4053, 39.9155], [116.5, 39.9155]])
    index = PointIndex(lonlat)
    odd = lambda numbers: [n for n in numbers if n % 2]  # noqa: E731
    assert [n for _, n in index.nearest(*BEIJING, k=2, max_distance_m=1000, keep=odd)] == [1]
    assert index.beyond(*BEIJING, distance_m=1000, keep=odd)[1] == 3


def test_a_crowd_does_not_hide_the_nearest() -> None:
    """Where a cell is crowded at its far end, the first short look is widened."""
    crowd = np.c_[np.full(500, 116.4199), np.linspace(39.9101, 39.9199, 500)]
    lonlat = np.r_[crowd, [[116.4101, 39.9102]]]
    index = PointIndex(lonlat)
    lat, lon = 39.9102, 116.4103
    assert index.nearest(lat, lon, k=5, max_distance_m=1000) == pytest.approx(
        np.array(brute_force(lonlat, lat, lon, 5, 1000)), abs=1e-6
    )


def test_no_points_is_an_answer() -> None:
    """An empty index answers with nothing."""
    index = PointIndex(np.empty((0, 2)))
    assert len(index) == 0
    assert index.nearest(*BEIJING, k=3, max_distance_m=1000) == []
    assert index.beyond(*BEIJING, distance_m=1000) is None
    assert index.nearest_batch(np.array([BEIJING[::-1]]), k=3, max_distance_m=1000)[0].shape == (1, 0)


@pytest.mark.parametrize("distance_m", [0, -1, 20_000.1, math.nan, math.inf])
def test_a_distance_out_of_range_is_refused(distance_m: float) -> None:
    """0 < d ≤ 20 km."""
    index = PointIndex(np.array([[116.4, 39.9]]))
    for ask in (
        lambda: index.nearest(*BEIJING, k=1, max_distance_m=distance_m),
        lambda: index.beyond(*BEIJING, distance_m=distance_m),
        lambda: index.nearest_batch(np.array([BEIJING[::-1]]), k=1, max_distance_m=distance_m),
    ):
        with pytest.raises(UsageError, match="at most 20000 metres"):
            ask()


def test_bad_points_and_counts_are_refused() -> None:
    """A point off the globe and a count of nothing have a sentence of their own."""
    with pytest.raises(UsageError, match=r"not 200\.0"):
        PointIndex(np.array([[116.4, 39.9], [200.0, 39.9]]))
    with pytest.raises(UsageError, match="at least 1"):
        PointIndex(np.array([[116.4, 39.9]])).nearest(*BEIJING, k=0, max_distance_m=1000)
