"""Which points lie within a distance of a position: exactly those that the ellipsoid says, in its order."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from locator.config import MAX_DISTANCE_M
from locator.errors import UsageError
from locator.geo.geodesy import (
    GEOD,
    FloatArray,
    arc_m,
    arc_point_m,
    check_position,
    chord_bearing_deg,
    ecef,
    ecef_point,
    inverse,
)

IntArray = NDArray[np.intp]
Keep = Callable[[Sequence[int]], Sequence[int]]
"""Given point numbers, returns those that count, in the same order."""

Hit = tuple[float, int]
"""Distance in metres and the number of the point; hits sort by distance, then by number."""

Triple = tuple[float, float, float]

Candidate = tuple[float, int, float]
"""Squared chord in square metres, the number of the point and its z coordinate."""

# Where the arc formula and the radius differ by less than this, `Geod.inv` decides.
_DOUBT_M: Final = 1e-6
_CELLS_PER_DEGREE: Final = 100
# A first reach is guessed to hold this many times the points wanted, per pi.
_GENEROUS: Final = 0.6
# Up to this many candidates plain floats are faster than numpy's calls.
_FEW: Final = 24


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
        self._flat = array("d", self._xyz.tobytes())
        self._tree = cKDTree(self._xyz)
        self._crowd = _count_cells(lonlat)

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
        check_position(lat, lon)
        check_distance(max_distance_m)
        if k < 1:
            raise UsageError("The number of stations must be at least 1, not {value}.", value=k)
        origin = ecef_point(lat, lon)
        reach_m = self._first_reach_m(lat, lon, k, max_distance_m) if keep is None else max_distance_m
        found = self._candidates(origin, reach_m, keep)
        if len(found) < k and reach_m < max_distance_m:
            found = self._candidates(origin, max_distance_m, keep)
        hits = self._measure(origin, _first(found, k, max_distance_m))
        return [hit for hit in hits if self._is_inside(lat, lon, hit, max_distance_m)][:k]

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
        reach_m = distance_m * 1.1
        # A chord that is a metre shorter than the distance is surely inside.
        inner = max(0.0, distance_m - 1) ** 2
        while reach_m <= MAX_DISTANCE_M:
            found = self._candidates(origin, reach_m, keep)
            hits = self._measure(origin, [candidate for candidate in found if candidate[0] >= inner])
            for hit in hits:
                if not self._is_inside(lat, lon, hit, distance_m):
                    return hit
            reach_m *= 2
        return self._far(lat, lon, distance_m, keep)

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
        # One more than asked for, so that a tie in the chord at the end of the list is seen.
        chords, numbers = self._chords(lonlat, min(k + 1, len(self)), max_distance_m)
        distances = np.full(chords.shape, np.inf)
        rows, columns = np.nonzero(np.isfinite(chords))
        z, z0 = self._xyz[numbers[rows, columns], 2], ecef(lonlat)[rows, 2]
        distances[rows, columns] = arc_m(chords[rows, columns] ** 2, z, z0)
        self._settle_edge(lonlat, distances, numbers, max_distance_m)
        order = np.lexsort((numbers, distances), axis=-1)
        distances = np.take_along_axis(distances, order, -1)
        numbers = np.take_along_axis(numbers, order, -1)
        self._settle_ties(lonlat, distances, numbers, k, max_distance_m)
        return distances[:, :k], numbers[:, :k]

    def bearing_deg(self, lat: float, lon: float, hit: Hit) -> float:
        """Give the initial bearing from a position to a hit, degrees clockwise from north, 0 ≤ b < 360."""
        distance_m, number = hit
        if distance_m > MAX_DISTANCE_M:
            _, bearings = inverse(lat, lon, self._lonlat[[number]])
            return float(bearings[0])
        (x, y, z), (px, py, pz) = ecef_point(lat, lon), self._xyz[number].tolist()
        return chord_bearing_deg(lat, lon, px - x, py - y, pz - z)

    def _first_reach_m(self, lat: float, lon: float, k: int, max_distance_m: float) -> float:
        """Guess a shorter reach that holds k points, from how crowded the place is; a wrong guess costs a look."""
        crowd = self._crowd.get(math.floor(lon * _CELLS_PER_DEGREE) * 65536 + math.floor(lat * _CELLS_PER_DEGREE))
        if crowd is None:
            return max_distance_m
        return min(max_distance_m, 1100.0 * math.sqrt(_GENEROUS * k / crowd))

    def _candidates(self, origin: Triple, reach_m: float, keep: Keep | None) -> list[Candidate]:
        """List all points within a reach, sorted by chord; the hair is for what rounding adds to a chord."""
        numbers: Sequence[int] = self._tree.query_ball_point(origin, reach_m + _DOUBT_M)
        if keep is not None:
            numbers = keep(numbers)
        found = self._few(origin, numbers) if len(numbers) <= _FEW else self._many(origin, numbers)
        found.sort()
        return found

    def _few(self, origin: Triple, numbers: Sequence[int]) -> list[Candidate]:
        x0, y0, z0 = origin
        flat = self._flat
        found = []
        for number in numbers:
            at = 3 * number
            z = flat[at + 2]
            dx, dy, dz = flat[at] - x0, flat[at + 1] - y0, z - z0
            found.append((dx * dx + dy * dy + dz * dz, number, z))
        return found

    def _many(self, origin: Triple, numbers: Sequence[int]) -> list[Candidate]:
        ends = self._xyz[np.asarray(numbers, dtype=np.intp)]
        steps = ends - origin
        squares = np.einsum("ij,ij->i", steps, steps)
        return list(zip(squares.tolist(), numbers, ends[:, 2].tolist(), strict=True))

    def _measure(self, origin: Triple, found: Sequence[Candidate]) -> list[Hit]:
        """Turn candidates into hits, sorted."""
        z0 = origin[2]
        hits = [(arc_point_m(square, z, z0), number) for square, number, z in found]
        hits.sort()
        return hits

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
        chords = np.linalg.norm(self._xyz[numbers] - np.array(ecef_point(lat, lon)), axis=1)
        outside = chords > distance_m - 1
        numbers, chords = numbers[outside], chords[outside]
        while len(numbers):
            # Only a point whose chord is no longer than the geodesic to the first can be nearer than it.
            first = np.argmin(chords)
            limit_m, _ = inverse(lat, lon, self._lonlat[numbers[[first]]])
            rivals = chords <= limit_m[0]
            distances, _ = inverse(lat, lon, self._lonlat[numbers[rivals]])
            hits = sorted(zip(distances.tolist(), numbers[rivals].tolist(), strict=True))
            best = next((hit for hit in hits if hit[0] > distance_m), None)
            if best:
                return best
            numbers, chords = numbers[~rivals], chords[~rivals]
        return None

    def _chords(self, lonlat: FloatArray, k: int, max_distance_m: float) -> tuple[FloatArray, IntArray]:
        """Query the tree in an order that walks through space, which halves the time on many points."""
        if not k or not len(lonlat):
            return np.full((len(lonlat), k), np.inf), np.full((len(lonlat), k), len(self), dtype=np.intp)
        cells = np.floor(lonlat * 20)
        order = np.lexsort((lonlat[:, 1], lonlat[:, 0], cells[:, 1], cells[:, 0]))
        chords, numbers = self._tree.query(
            ecef(lonlat[order]), k=range(1, k + 1), distance_upper_bound=np.nextafter(max_distance_m, np.inf)
        )
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return chords[back], numbers[back]

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
        for row in np.flatnonzero(np.isfinite(left_out) & (left_out < last + _slack_m(max_distance_m))):
            lon, lat = lonlat[row].tolist()
            hits = self.nearest(lat, lon, k=k, max_distance_m=max_distance_m)
            distances[row, : len(hits)] = [distance_m for distance_m, _ in hits]
            numbers[row, : len(hits)] = [number for _, number in hits]


def _slack_m(distance_m: float) -> float:
    """Bound by how much two points' order by chord may differ from that by geodesic.

    s - c is c³/24 r², r the radius of curvature in that direction; over the whole ellipsoid 1/24 r² varies by
    less than 2.1e-17 per square metre.
    """
    return max(_DOUBT_M, 3e-17 * distance_m**3)


def _first(found: list[Candidate], k: int, max_distance_m: float) -> list[Candidate]:
    """Cut sorted candidates after the k nearest and those that may tie with the last of them."""
    if len(found) <= k:
        return found
    limit = (math.sqrt(found[k - 1][0]) + _slack_m(max_distance_m)) ** 2
    while k < len(found) and found[k][0] <= limit:
        k += 1
    return found[:k]


def check_distance(distance_m: float) -> None:
    """Refuse a distance that is not above 0 and at most 20,000 m, NaN included."""
    if not 0 < distance_m <= MAX_DISTANCE_M:
        raise UsageError(
            "The radius must be above 0 and at most {most:.0f} metres, not {value}.",
            most=MAX_DISTANCE_M,
            value=distance_m,
        )


def _count_cells(lonlat: FloatArray) -> dict[int, int]:
    """Count points per cell of a hundredth of a degree."""
    cells = np.floor(lonlat * _CELLS_PER_DEGREE).astype(np.int64)
    keys, counts = np.unique(cells[:, 0] * 65536 + cells[:, 1], return_counts=True)
    crowded = counts > 3
    return dict(zip(keys[crowded].tolist(), counts[crowded].tolist(), strict=True))
