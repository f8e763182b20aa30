"""Every answer against brute force over pyproj's geodesic."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from figures import Figure, beijing
from pyproj import Geod

from locator.geo.index import PointIndex

ORACLE = Geod(ellps="WGS84")
ANSWERS = 100_000
GROUP = 250
# Nearer to each other than this, two distances are the same to the oracle.
TIE_M = 1e-7

Answer = list[tuple[float, int]]


def figures() -> Iterator[Figure]:
    """Compare answers, single and in batches, round a city, the antimeridian, both poles and the null island."""
    dice = np.random.default_rng(4)
    wrong_sets = wrong_orders = 0
    greatest = 0.0
    worlds = [beijing(10_000), *(_cap(dice, lat, lon) for lat, lon in ((52, 180), (90, 0), (-89.98, 40), (0, 0)))]
    indices = [PointIndex(world) for world in worlds]
    for group in range(ANSWERS // GROUP):
        which = group % 10 if group % 10 < len(worlds) else 0
        k, radius_m = int(dice.choice([1, 3, 5, 10, 50, 100])), float(np.exp(dice.uniform(0, np.log(20_000))))
        origins = _move(dice, worlds[which][dice.integers(0, len(worlds[which]), GROUP)], radius_m)
        expected = _brute_force(worlds[which], origins, k, radius_m)
        found = (_batch if group % 2 else _singly)(indices[which], origins, k, radius_m)
        for ours, theirs in zip(found, expected, strict=True):
            wrong_sets += {n for _, n in ours} != {n for _, n in theirs} and not _is_tie(ours, theirs)
            wrong_orders += [n for _, n in ours] != [n for _, n in theirs] and not _is_tie(ours, theirs)
            greatest = max([greatest, *(abs(a[0] - b[0]) for a, b in zip(ours, theirs, strict=False))])
    yield Figure(f"wrong sets in {ANSWERS:,} answers", (wrong_sets,), 0, form=".0f")
    yield Figure(f"wrong orders in {ANSWERS:,} answers", (wrong_orders,), 0, form=".0f")
    yield Figure("greatest error of a distance, m", (greatest,), 1e-6, form=".1e")


def _singly(index: PointIndex, origins: np.ndarray, k: int, radius_m: float) -> list[Answer]:
    return [index.nearest(lat, lon, k=k, max_distance_m=radius_m) for lon, lat in origins.tolist()]


def _batch(index: PointIndex, origins: np.ndarray, k: int, radius_m: float) -> list[Answer]:
    distances, numbers = index.nearest_batch(origins, k=k, max_distance_m=radius_m)
    rows = zip(distances.tolist(), numbers.tolist(), strict=True)
    return [[hit for hit in zip(*row, strict=True) if np.isfinite(hit[0])] for row in rows]


def _brute_force(stations: np.ndarray, origins: np.ndarray, k: int, radius_m: float) -> list[Answer]:
    """Measure every pair but those whose latitudes alone are farther apart than the radius."""
    up = radius_m / 110_000 + 1e-6
    order = np.argsort(stations[:, 1], kind="stable")
    lats = stations[order, 1]
    starts = np.searchsorted(lats, origins[:, 1] - up)
    counts = np.searchsorted(lats, origins[:, 1] + up, "right") - starts
    rows = np.repeat(np.arange(len(origins)), counts)
    numbers = order[np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts) + starts[rows]]
    # Below 60 degrees of latitude a degree of longitude is longer than 50 km.
    apart = np.abs((stations[numbers, 0] - origins[rows, 0] + 180) % 360 - 180)
    near = (apart < radius_m / 50_000 + 1e-6) | (np.abs(origins[rows, 1]) > 59)
    rows, numbers = rows[near], numbers[near]
    *_, distances = ORACLE.inv(*origins[rows].T, *stations[numbers].T)
    inside = distances <= radius_m
    answers: list[Answer] = [[] for _ in origins]
    for row, distance_m, number in zip(
        rows[inside].tolist(), distances[inside].tolist(), numbers[inside].tolist(), strict=True
    ):
        answers[row].append((distance_m, number))
    return [sorted(answer)[:k] for answer in answers]


def _is_tie(ours: Answer, theirs: Answer) -> bool:
    """Tell whether two answers differ only where the oracle cannot tell two distances apart."""
    pairs = zip(ours, theirs, strict=False)
    return len(ours) == len(theirs) and all(a[1] == b[1] or abs(a[0] - b[0]) < TIE_M for a, b in pairs)


def _cap(dice: np.random.Generator, lat: float, lon: float) -> np.ndarray:
    """Scatter 300 stations within some 20 km of a place."""
    n = 300
    lons, lats, _ = ORACLE.fwd(np.full(n, lon), np.full(n, lat), dice.uniform(0, 360, n), dice.exponential(9e3, n))
    return np.c_[lons, lats]


def _move(dice: np.random.Generator, lonlat: np.ndarray, radius_m: float) -> np.ndarray:
    """Step away from each of some positions, up to one and a half radii."""
    n = len(lonlat)
    lons, lats, _ = ORACLE.fwd(*lonlat.T, dice.uniform(0, 360, n), dice.uniform(0, 1.5 * radius_m, n))
    return np.c_[lons, lats]
