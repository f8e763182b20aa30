"""Which points lie within a distance of a position: exactly those that the ellipsoid says, in its order."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from locator.config import MAX_DISTANCE_M, SERVICE_RADIUS_M
from locator.errors import UsageError
from locator.geo.geodesy import (
    GEOD,
    LEAST_RADIUS_M,
    SEMI_MAJOR_M,
    SEMI_MINOR_M,
    FloatArray,
    arc_m,
    check_position,
    chord_bearings_deg,
    ecef,
    ecef_point,
    inverse,
)
from locator.geo.strips import Candidate, Strips, Triple

IntArray = NDArray[np.intp]
Keep = Callable[[Sequence[int]], Sequence[int]]
"""Given point numbers, returns those that count, in the same order."""

Hit = tuple[float, int]
"""Distance in metres and the number of the point; hits sort by distance, then by number."""

# Where the arc formula and the radius differ by less than this, `Geod.inv` decides.
_DOUBT_M: Final = 1e-6
# Points so near to each other may be in another order by chord than by geodesic: s - c is c³/24 r², r the radius
# of curvature in that direction, and over the whole ellipsoid 1/24 r² varies by less than 2.1e-17 per m².
_SLACK_M: Final = 3e-17 * MAX_DISTANCE_M**3
# Up to here one mean curvature gives every arc to 1e-7 m: s - c is c³/24 r², and 1/r² is within 1 % of its mean.
_SHORT_M: Final = 2000.0
_BEND: Final = (LEAST_RADIUS_M**-2 + (SEMI_MAJOR_M**2 / SEMI_MINOR_M) ** -2) / 48
# In radii of a disc that holds one point: how wide a rim is looked through for the nearest point beyond a
# distance, and up to which distance one look finds those within and beyond.
_RIM: Final = math.sqrt(10)
_NEAR: Final = math.sqrt(150)


class PointIndex:
    """Points on the WGS 84 ellipsoid, found by geodesic distance.

    A chord c between ECEF coordinates is never longer than its geodesic s, so a k-d tree that finds by chord finds
    every point within s; the few candidates are then measured along the ellipsoid. A point at exactly the
    distance is inside.

    Parameters
    ----------
    lonlat
        (n, 2) degrees, longitude first, WGS 84; n may be 0. Points may coincide.

    Raises
    ------
    UsageError
        If a coordinate is NaN, infinite or out of range.
    """

    def __init__(self, lonlat: FloatArray) -> None:
        lonlat = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
        faulty = np.flatnonzero(~((np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)))
        if len(faulty):
            lon, lat = lonlat[faulty[0]].tolist()
            check_position(lat, lon)
        self._lonlat = lonlat
        self._xyz = ecef(lonlat)
        self._tree = cKDTree(self._xyz)
        self._strips = Strips(lonlat, self._xyz, 1.6 * self._spacing_m())

    def __len__(self) -> int:
        return len(self._lonlat)

    def nearest(
        self, lat: float, lon: float, *, k: int, max_distance_m: float, keep: Keep | None = None
    ) -> list[Hit]:
        """Find the k nearest points within a distance.

        Parameters
        ----------
        lat, lon
            Where to stand, degrees, WGS 84.
        k
            How many at most, ≥ 1.
        max_distance_m
            Metres along the ellipsoid, 0 < d ≤ 20,000; a point at exactly this distance is inside.
        keep
            Chooses which points count.

        Returns
        -------
        list
            Hits in order; equal distances in the order of the points. Empty if none lies within.

        Raises
        ------
        UsageError
            If the position, `k` or the distance is out of range.
        """
        _check_question(lat, lon, k, max_distance_m)
        origin = ecef_point(lat, lon)
        reach_m = self._strips.guess_reach_m(lat, lon, k + 1.2 * math.sqrt(k))
        if reach_m > max_distance_m:
            reach_m = max_distance_m
        while True:
            candidates = self._candidates(lat, lon, origin, reach_m, keep)
            if reach_m >= max_distance_m or (len(candidates) >= k and candidates[k - 1][0] <= reach_m * reach_m):
                break
            reach_m = min(max_distance_m, 2 * reach_m)
        hits = self._measure(origin, candidates if len(candidates) <= k else _first(candidates, k))
        if hits and hits[-1][0] > max_distance_m - _DOUBT_M:
            hits = [hit for hit in hits if self._is_inside(lat, lon, hit, max_distance_m)]
        return hits[:k]

    def beyond(self, lat: float, lon: float, *, distance_m: float, keep: Keep | None = None) -> Hit | None:
        """Find the nearest point farther away than a distance, however far it is.

        Parameters
        ----------
        lat, lon
            Where to stand, degrees, WGS 84.
        distance_m
            Metres, 0 < d ≤ 20,000; a point at exactly this distance is not beyond.
        keep
            Chooses which points count.

        Returns
        -------
        tuple or None
            The hit, or ``None`` if no such point lies beyond.
        """
        check_position(lat, lon)
        check_distance(distance_m)
        origin = ecef_point(lat, lon)
        reach_m = math.hypot(distance_m, _RIM * self._strips.guess_reach_m(lat, lon, 1))
        inner_m = max(0.0, distance_m - _sag_m(distance_m))
        while reach_m <= MAX_DISTANCE_M:
            candidates = self._candidates(lat, lon, origin, reach_m, keep, inner_m)
            for hit in self._measure(origin, candidates):
                if hit[0] <= reach_m and not self._is_inside(lat, lon, hit, distance_m):
                    return hit
            reach_m *= 1.5
        return self._far(lat, lon, distance_m, keep)

    def nearest_and_beyond(
        self, lat: float, lon: float, *, k: int, distance_m: float, keep: Keep | None = None
    ) -> tuple[list[Hit], Hit | None]:
        """Do what `nearest` and `beyond` do, with one look where not many points lie within the distance."""
        _check_question(lat, lon, k, distance_m)
        spacing_m = self._strips.guess_reach_m(lat, lon, 1)
        reach_m = math.hypot(distance_m, _RIM * spacing_m)
        if reach_m > min(MAX_DISTANCE_M, _NEAR * spacing_m):
            hits = self.nearest(lat, lon, k=k, max_distance_m=distance_m, keep=keep)
            return hits, self.beyond(lat, lon, distance_m=distance_m, keep=keep)
        origin = ecef_point(lat, lon)
        candidates = self._candidates(lat, lon, origin, reach_m, keep)
        edge = bisect_left(candidates, (max(0.0, distance_m - _sag_m(distance_m)) ** 2, 0))
        hits = self._measure(origin, candidates[:edge] if edge <= k else _first(candidates[:edge], k))
        for hit in self._measure(origin, candidates[edge:]):
            if not self._is_inside(lat, lon, hit, distance_m):
                if hit[0] <= reach_m:
                    return hits[:k], hit
                break
            hits.append(hit)
        return hits[:k], self.beyond(lat, lon, distance_m=distance_m, keep=keep)

    def nearest_batch(self, lonlat: FloatArray, *, k: int, max_distance_m: float) -> tuple[FloatArray, IntArray]:
        """Find the k nearest points within a distance, for many positions at once.

        Parameters
        ----------
        lonlat
            (m, 2) degrees, longitude first, WGS 84.
        k, max_distance_m
            As in `nearest`.

        Returns
        -------
        tuple
            Distances (m, k) in metres, ``inf`` where fewer than k points lie within; and the numbers (m, k) of the
            points, ``len(self)`` there. Each row is what `nearest` answers. With fewer than k points in the index
            the rows are that much shorter.
        """
        check_distance(max_distance_m)
        k = min(k, len(self))
        distances = np.full((len(lonlat), k), np.inf)
        numbers = np.full((len(lonlat), k), len(self), dtype=np.intp)
        if k and len(lonlat):
            # In an order that walks through space the tree's nodes are still at hand, which halves the time.
            walk = np.argsort(np.floor(lonlat[:, 0] * 20) * 256 + lonlat[:, 1])
            batch = self._batch(lonlat[walk], k, max_distance_m)
            distances[walk], numbers[walk] = batch[0][:, :k], batch[1][:, :k]
        return distances, numbers

    def bearings_deg(self, lat: float, lon: float, hits: Sequence[Hit]) -> list[float]:
        """Give the initial bearings from a position to hits, degrees clockwise from north, 0 ≤ b < 360."""
        x, y, z = ecef_point(lat, lon)
        ends = [self._xyz[number].tolist() for _, number in hits]
        bearings = chord_bearings_deg(lat, lon, [(px - x, py - y, pz - z) for px, py, pz in ends])
        for position, (distance_m, number) in enumerate(hits):
            if distance_m > MAX_DISTANCE_M:
                _, exact = inverse(lat, lon, self._lonlat[[number]])
                bearings[position] = float(exact[0])
        return bearings

    def _spacing_m(self) -> float:
        """Measure within which distance of a point eight others typically lie, between 100 and 1,000 m."""
        some = self._xyz[:: max(1, len(self) // 1000)]
        if not len(some):
            return SERVICE_RADIUS_M
        chords, _ = self._tree.query(some, k=[9])
        return float(np.clip(np.median(chords), 100, SERVICE_RADIUS_M))

    def _candidates(
        self, lat: float, lon: float, origin: Triple, reach_m: float, keep: Keep | None, inner_m: float = 0.0
    ) -> list[Candidate]:
        """List the points within a reach but not within an inner distance, and a hair around, sorted by chord."""
        candidates = self._strips.within(lat, lon, origin, reach_m + _SLACK_M, inner_m)
        if candidates is None:
            numbers = np.array(self._tree.query_ball_point(origin, reach_m + _SLACK_M), dtype=np.intp)
            squares = np.square(self._xyz[numbers] - origin).sum(axis=1)
            outer = squares >= inner_m * inner_m
            candidates = list(zip(squares[outer].tolist(), numbers[outer].tolist(), strict=True))
        if keep is not None:
            kept = set(keep([number for _, number in candidates]))
            candidates = [candidate for candidate in candidates if candidate[1] in kept]
        candidates.sort()
        return candidates

    def _measure(self, origin: Triple, candidates: Sequence[Candidate]) -> list[Hit]:
        """Turn sorted candidates into sorted hits."""
        if not candidates or candidates[-1][0] <= _SHORT_M * _SHORT_M:
            return [(math.sqrt(square) * (1 + square * _BEND), number) for square, number in candidates]
        squares, numbers = zip(*candidates, strict=True)
        distances = arc_m(np.array(squares), self._xyz[list(numbers), 2], origin[2])
        return sorted(zip(distances.tolist(), numbers, strict=True))

    def _is_inside(self, lat: float, lon: float, hit: Hit, max_distance_m: float) -> bool:
        """Tell whether a hit lies within a distance; within a hair of the edge `Geod` decides."""
        distance_m, number = hit
        if abs(distance_m - max_distance_m) < _DOUBT_M:
            *_, distance_m = GEOD.inv(lon, lat, *self._lonlat[number].tolist())
        return distance_m <= max_distance_m

    def _far(self, lat: float, lon: float, distance_m: float, keep: Keep | None) -> Hit | None:
        """Look through all points: for the rare question whose answer is tens of kilometres away."""
        numbers = np.arange(len(self))
        if keep is not None:
            numbers = np.asarray(keep(numbers.tolist()), dtype=np.intp)
        origin, ends = np.array(ecef_point(lat, lon)), self._xyz[numbers]
        outside = np.linalg.norm(ends - origin, axis=1) > distance_m - 1
        numbers, ends = numbers[outside], ends[outside]
        # No way along the ellipsoid is shorter than its angle at the centre times the polar radius.
        gaps = ends / np.linalg.norm(ends, axis=1, keepdims=True) - origin / np.linalg.norm(origin)
        least_m = SEMI_MINOR_M * 2 * np.arcsin(np.minimum(np.linalg.norm(gaps, axis=1) / 2, 1))
        while len(numbers):
            # Only a point whose least distance is within the geodesic to the first can be nearer than it.
            first = np.argmin(least_m)
            limit_m, _ = inverse(lat, lon, self._lonlat[numbers[[first]]])
            rivals = least_m <= limit_m[0] + _DOUBT_M
            distances, _ = inverse(lat, lon, self._lonlat[numbers[rivals]])
            hits = sorted(zip(distances.tolist(), numbers[rivals].tolist(), strict=True))
            best = next((hit for hit in hits if hit[0] > distance_m), None)
            if best:
                return best
            numbers, least_m = numbers[~rivals], least_m[~rivals]
        return None

    def _batch(self, lonlat: FloatArray, k: int, max_distance_m: float) -> tuple[FloatArray, IntArray]:
        """Do `nearest_batch`'s work; the columns after the k-th are to be cut."""
        origins = ecef(lonlat)
        # One more than asked for, so that a tie in the chord at the end of the list is seen.
        columns = range(1, min(k + 1, len(self)) + 1)
        chords, numbers = self._tree.query(origins, k=columns, distance_upper_bound=max_distance_m + _DOUBT_M)
        distances, reached = chords, np.nonzero(np.isfinite(chords))
        distances[reached] = arc_m(chords[reached] ** 2, self._xyz[numbers[reached], 2], origins[reached[0], 2])
        self._settle_edge(lonlat, distances, numbers, max_distance_m)
        _settle_order(distances, numbers)
        self._settle_ties(lonlat, distances, numbers, k, max_distance_m)
        return distances, numbers

    def _settle_edge(
        self, lonlat: FloatArray, distances: FloatArray, numbers: IntArray, max_distance_m: float
    ) -> None:
        """Put outside what lies outside; within a hair of the edge `Geod` decides."""
        for row, column in zip(*np.nonzero(np.abs(distances - max_distance_m) < _DOUBT_M), strict=True):
            *_, exact_m = GEOD.inv(*lonlat[row].tolist(), *self._lonlat[numbers[row, column]].tolist())
            distances[row, column] = max_distance_m if exact_m <= max_distance_m else np.inf
        outside = distances > max_distance_m
        distances[outside] = np.inf
        numbers[outside] = len(self)

    def _settle_ties(
        self, lonlat: FloatArray, distances: FloatArray, numbers: IntArray, k: int, max_distance_m: float
    ) -> None:
        """Ask `nearest` where the last is about as far as the first left out: the tree may have cut at will."""
        if distances.shape[1] <= k:
            return
        last, left_out = distances[:, k - 1], distances[:, k]
        for row in np.flatnonzero(np.isfinite(left_out) & (left_out < last + _SLACK_M)):
            lon, lat = lonlat[row].tolist()
            hits = self.nearest(lat, lon, k=k, max_distance_m=max_distance_m)
            distances[row, : len(hits)] = [distance_m for distance_m, _ in hits]
            numbers[row, : len(hits)] = [number for _, number in hits]


def _settle_order(distances: FloatArray, numbers: IntArray) -> None:
    """Sort the rows that are not yet in order of distance and number."""
    later, sooner = distances[:, 1:], distances[:, :-1]
    rows = np.flatnonzero(((later <= sooner) & np.isfinite(later)).any(axis=1))
    order = np.lexsort((numbers[rows], distances[rows]), axis=-1)
    distances[rows] = np.take_along_axis(distances[rows], order, -1)
    numbers[rows] = np.take_along_axis(numbers[rows], order, -1)


def _sag_m(distance_m: float) -> float:
    """Bound by how much a chord is shorter than its geodesic."""
    return _DOUBT_M + distance_m**3 / (23 * LEAST_RADIUS_M**2)


def _first(candidates: list[Candidate], k: int) -> list[Candidate]:
    """Cut sorted candidates after the k nearest and those that may tie with the last of them."""
    limit = (math.sqrt(candidates[k - 1][0]) + _SLACK_M) ** 2
    while k < len(candidates) and candidates[k][0] <= limit:
        k += 1
    return candidates[:k]


def check_distance(distance_m: float) -> None:
    """Refuse a distance that is not above 0 and at most 20,000 m, NaN included."""
    if not 0 < distance_m <= MAX_DISTANCE_M:
        raise UsageError(
            "The radius must be above 0 and at most {most:.0f} metres, not {value}.",
            most=MAX_DISTANCE_M,
            value=distance_m,
        )


def _check_question(lat: float, lon: float, k: int, distance_m: float) -> None:
    check_position(lat, lon)
    check_distance(distance_m)
    if k < 1:
        raise UsageError("The number of stations must be at least 1, not {value}.", value=k)
