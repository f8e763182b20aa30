"""Which sites are within a radius of which points, by geodesic distance on the ellipsoid."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from locator.config import MAX_DISTANCE_M
from locator.errors import UsageError
from locator.geo.circles import area_m2
from locator.geo.geodesy import ECCENTRICITY_SQUARED, GEOD, LEAST_RADIUS_M, FloatArray, arc_m, ecef
from locator.geo.index import IntArray

T = TypeVar("T")
_Task = TypeVar("_Task")

DOUBT_M: Final = 1e-6
"""Where a distance differs from the radius by less than this, `Geod.inv` decides."""

MAX_PAIRS: Final = 1 << 25
"""The most pairs of a point and a site in one matrix: half a gigabyte, with what is computed from it."""

# Distances that differ by less than this are equal: it is the precision of the arc formula.
_TIE_M: Final = 1e-7
# Two points with the same chord c differ in distance by less than this times c³, up to 1,000 km.
_SLACK_PER_M2: Final = 3e-17
# Points per block, so that intermediate arrays stay small beside the answer.
_BLOCK: Final = 1 << 16
# Pairs per block, and how many are kept in memory for a second pass (8 bytes each at most).
_PAIRS: Final = 1 << 22
_PAIRS_KEPT: Final = 1 << 25
_SAMPLE: Final = 400
# Parallels along which an area is cut: per radius, and the least and most for the whole area.
_LINES_PER_RADIUS: Final = 10
_LINES: Final = (500, 4000)
# Offset in degrees between the intervals of successive parallels, more than their extent of ±540.
_TURN: Final = 1080.0


def nearest(points_lonlat: FloatArray, sites_lonlat: FloatArray) -> tuple[FloatArray, IntArray]:
    """Find the site nearest to each point.

    Up to 20 km a distance is right to 1e-7 m. Beyond, it is `GEOD`'s own; which site is nearest is exact up to
    1,000 km, and beyond it is the one nearest through the earth.

    Parameters
    ----------
    points_lonlat
        (n, 2) degrees, longitude first, WGS 84.
    sites_lonlat
        (s, 2) likewise; sites may coincide.

    Returns
    -------
    tuple
        Distances (n,) in metres and the numbers (n,) of the sites; of sites equally far, to 1e-7 m, the first.
        Without any site inf and -1.
    """
    distance_m = np.full(len(points_lonlat), np.inf)
    number = np.full(len(points_lonlat), -1, dtype=np.intp)
    if not len(sites_lonlat):
        return distance_m, number
    # Sites at one position would be ties of any number; the first stands for all.
    sites, first = np.unique(sites_lonlat, axis=0, return_index=True)
    xyz = ecef(sites)
    tree = cKDTree(xyz, balanced_tree=False)

    def fill(block: slice) -> None:
        points = points_lonlat[block]
        distance_m[block], index = _nearest(points, ecef(points), sites, xyz, tree, first)
        number[block] = first[index]

    in_parallel(fill, _slices(len(points_lonlat)))
    return distance_m, number


def _nearest(
    points: FloatArray, xyz: FloatArray, sites: FloatArray, sites_xyz: FloatArray, tree: cKDTree, rank: IntArray
) -> tuple[FloatArray, IntArray]:
    """Find the nearest of distinct sites by chord, and by geodesic where the second is about as near."""
    chord, index = tree.query(xyz, k=[1, 2])
    slack_m = np.maximum(2 * _TIE_M, _SLACK_PER_M2 * chord[:, 0] ** 3)
    rivals = np.flatnonzero(chord[:, 1] < chord[:, 0] + slack_m)
    least, best = chord[:, 0], index[:, 0].copy()
    distance_m = arc_m(least * least, sites_xyz[best, 2], xyz[:, 2])
    far = np.flatnonzero(least > MAX_DISTANCE_M - 1)
    distance_m[far] = _geod_m(points[far], sites[best[far]])
    for row in rivals.tolist():
        near = np.array(tree.query_ball_point(xyz[row], least[row] + slack_m[row]), dtype=np.intp)
        lengths_m = _geod_m(np.broadcast_to(points[row], (len(near), 2)), sites[near])
        distance_m[row] = lengths_m.min()
        tied = near[lengths_m <= distance_m[row] + _TIE_M]
        best[row] = tied[np.argmin(rank[tied])]
    return distance_m, best


class Reach:
    """Which sites lie within a radius of which points, block by block, so that memory stays bounded.

    A site at exactly the radius is within reach; `GEOD` decides within 1e-6 m of the radius, and on the whole rim
    if the radius is above 20 km. A second iteration takes the blocks from memory if there are at most some
    30 million pairs, and otherwise computes them again.

    Parameters
    ----------
    points_lonlat
        (n, 2) degrees, longitude first, WGS 84. Points near each other in the array are best near each other on
        the ground.
    sites_lonlat
        (s, 2) likewise.
    radius_m
        Metres along the ellipsoid, above 0.
    rows
        (k,) the points to look at, ascending; all if ``None``.
    """

    def __init__(
        self, points_lonlat: FloatArray, sites_lonlat: FloatArray, radius_m: float, rows: IntArray | None = None
    ) -> None:
        self._points, self._sites, self._radius_m = points_lonlat, sites_lonlat, radius_m
        self._rows = np.arange(len(points_lonlat)) if rows is None else rows
        self._sites_xyz = ecef(sites_lonlat)
        self._tree = cKDTree(self._sites_xyz)
        self._kept: list[tuple[IntArray, csr_array]] | None = None

    def __iter__(self) -> Iterator[tuple[IntArray, csr_array]]:
        """Yield for each block, in order, its points (k,) and its matrix (k × sites) of bool."""
        if self._kept is not None:
            yield from self._kept
            return
        kept, pairs = [], 0
        for block in self._blocks():
            pairs += block[1].nnz
            if pairs <= _PAIRS_KEPT:
                kept.append(block)
            yield block
        if pairs <= _PAIRS_KEPT:
            self._kept = kept

    def _blocks(self) -> Iterator[tuple[IntArray, csr_array]]:
        waiting = [self._rows[part] for part in reversed(_slices(len(self._rows)))]
        while waiting:
            rows = waiting.pop()
            xyz = ecef(self._points[rows])
            if len(rows) > 1 and self._guess_pairs(xyz) > _PAIRS:
                middle = len(rows) // 2
                waiting += [rows[middle:], rows[:middle]]
            else:
                yield rows, self._pairs(rows, xyz)

    def _guess_pairs(self, xyz: FloatArray) -> float:
        """Estimate the number of pairs from a sample of a few hundred points."""
        some = xyz[:: len(xyz) // _SAMPLE + 1]
        return float(self._tree.query_ball_point(some, self._radius_m, return_length=True).mean()) * len(xyz)

    def _pairs(self, rows: IntArray, xyz: FloatArray) -> csr_array:
        """Find the pairs by chord, which is never longer than the geodesic, and measure those on the rim."""
        radius_m = self._radius_m
        tree = cKDTree(xyz, balanced_tree=False, compact_nodes=False)
        pairs = tree.sparse_distance_matrix(self._tree, radius_m + DOUBT_M, output_type="ndarray")
        near = np.ones(len(pairs), dtype=np.bool_)
        rim = np.flatnonzero(pairs["v"] >= _least_chord_m(radius_m) - DOUBT_M)
        ends = pairs["i"][rim], pairs["j"][rim]
        if radius_m <= MAX_DISTANCE_M:
            length_m = arc_m(pairs["v"][rim] ** 2, self._sites_xyz[ends[1], 2], xyz[ends[0], 2])
            doubt = np.abs(length_m - radius_m) < DOUBT_M
        else:
            length_m, doubt = np.empty(len(rim)), np.ones(len(rim), dtype=np.bool_)
        length_m[doubt] = _geod_m(self._points[rows[ends[0][doubt]]], self._sites[ends[1][doubt]])
        near[rim] = length_m <= radius_m
        ends = pairs["i"][near].astype(np.int32), pairs["j"][near].astype(np.int32)
        return csr_array((near[near], ends), shape=(len(xyz), len(self._sites)))


def within(
    points_lonlat: FloatArray, sites_lonlat: FloatArray, radius_m: float, rows: IntArray | None = None
) -> csr_array:
    """Return `Reach` as one (n, s) matrix of bool.

    Only what is true is stored, columns ascending in every row; points not among `rows` have no site.

    Raises
    ------
    UsageError
        If there are more than `MAX_PAIRS`.
    """
    counts, columns, pairs = np.zeros(len(points_lonlat), dtype=np.int64), [np.empty(0, np.int32)], 0
    for block_rows, block in Reach(points_lonlat, sites_lonlat, radius_m, rows):
        block.sort_indices()
        counts[block_rows] = np.diff(block.indptr)
        columns.append(block.indices)
        pairs += block.nnz
        if pairs > MAX_PAIRS:
            raise UsageError(
                "Within {radius} m of the demand there are too many sites: more than {most} pairs. Take a smaller"
                " radius, or fewer candidates.",
                radius=f"{radius_m:g}",
                most=f"{MAX_PAIRS:,}",
            )
    ends = np.r_[0, np.cumsum(counts)].astype(np.int32)
    shape = (len(points_lonlat), len(sites_lonlat))
    return csr_array((np.ones(pairs, dtype=np.bool_), np.concatenate(columns), ends), shape=shape)


def from_distances(
    rows: IntArray, columns: IntArray, distance_m: FloatArray, shape: tuple[int, int], radius_m: float
) -> csr_array:
    """Return which sites lie within a radius of which points by a table of distances, as `within` does.

    Parameters
    ----------
    rows, columns, distance_m
        (k,) the point, the site and the metres between them; a pair that is not in the table is out of reach, and
        of a repeated pair the least distance counts.
    shape
        The number of points and of sites, the shape of the matrix.
    radius_m
        A site at exactly this distance is within.
    """
    near = distance_m <= radius_m
    reach = csr_array((np.ones(near.sum(), dtype=np.bool_), (rows[near], columns[near])), shape=shape)
    reach.sum_duplicates()
    return reach


def ground(outline: BaseGeometry, sites_lonlat: FloatArray, radius_m: float) -> tuple[float, float]:
    """Measure how much of an area lies within a radius of a site.

    The area is cut along parallels, ten for a radius and at least 500. On each the part within reach of a site is
    an interval: chord² = (p - p')² + (z - z')² + 4 p p' sin²(Δλ / 2), p the distance from the earth's axis. So
    nothing is projected, overlaps count once, and the share of the area is right to 0.1 % (of Beijing's districts
    to 0.01 % on average and 0.03 % at most).

    Parameters
    ----------
    outline
        A polygon or multipolygon, WGS 84, degrees; its edges are straight in longitude and latitude.
    sites_lonlat
        (s, 2) degrees, longitude first.
    radius_m
        Metres, above 0 and at most 20,000.

    Returns
    -------
    tuple
        Square metres within reach, and of the whole area.
    """
    whole_m2 = float(area_m2([outline])[0])
    if not whole_m2:
        return 0.0, 0.0
    _, south, _, north = outline.bounds
    lines_per_deg = _LINES_PER_RADIUS / radius_m * LEAST_RADIUS_M * math.radians(1)
    count = int(np.clip((north - south) * lines_per_deg, *_LINES))
    step_deg = (north - south) / count
    parallels = np.c_[np.zeros(count), south + (np.arange(count) + 0.5) * step_deg]
    line, west, east = _inside(outline, parallels[:, 1], step_deg)
    starts, ends = _served(outline.bounds, sites_lonlat, radius_m, parallels, step_deg)
    length = _length_before(starts, ends, line * _TURN + east) - _length_before(starts, ends, line * _TURN + west)
    # A degree of longitude is shorter towards the poles, so each cut is weighted by the area of its strip.
    lat = np.radians(parallels[line, 1])
    strip = np.cos(lat) / (1 - ECCENTRICITY_SQUARED * np.sin(lat) ** 2) ** 2
    return whole_m2 * min(float(strip @ length / (strip @ (east - west))), 1.0), whole_m2


def _inside(outline: BaseGeometry, lat: FloatArray, step_deg: float) -> tuple[IntArray, FloatArray, FloatArray]:
    """Cut an outline along parallels; return of each piece the parallel, the west and the east end."""
    corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(outline)), return_index=True)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    (x0, y0), (x1, y1) = corners[edge].T, corners[edge + 1].T
    # An edge crosses the parallels from its lower end up to, but not with, its upper end.
    first, stop = (
        np.ceil((end - lat[0]) / step_deg).astype(np.intp).clip(0, len(lat))
        for end in (np.minimum(y0, y1), np.maximum(y0, y1))
    )
    of, line = _spread(first, stop)
    x = x0[of] + (lat[line] - y0[of]) * (x1[of] - x0[of]) / (y1[of] - y0[of])
    order = np.lexsort((x, line))
    return line[order[::2]], x[order[::2]], x[order[1::2]]


def _served(
    bounds: tuple[float, float, float, float],
    sites_lonlat: FloatArray,
    radius_m: float,
    parallels: FloatArray,
    step_deg: float,
) -> tuple[FloatArray, FloatArray]:
    """Return the intervals within reach of a site, those of each parallel `_TURN` after the one before."""
    margin_deg = math.degrees(radius_m / LEAST_RADIUS_M)
    west, south, east, north = bounds
    lon, lat = sites_lonlat.T
    # A degree of longitude is shortest on the side of the pole.
    wide_deg = margin_deg / max(math.cos(math.radians(min(max(-south, north) + margin_deg, 90))), 1e-9)
    near = (lat > south - margin_deg) & (lat < north + margin_deg)
    near &= (lon > west - wide_deg) & (lon < east + wide_deg)
    lon, lat = sites_lonlat[near].T
    first, stop = (
        np.ceil((lat + sign * margin_deg - parallels[0, 1]) / step_deg).astype(np.intp).clip(0, len(parallels))
        for sign in (-1, 1)
    )
    of, line = _spread(first, stop)
    sites, lines = ecef(np.c_[np.zeros(len(lat)), lat])[of], ecef(parallels)[line]
    square = _least_chord_m(radius_m) ** 2 - (sites[:, 0] - lines[:, 0]) ** 2 - (sites[:, 2] - lines[:, 2]) ** 2
    half = np.degrees(2 * np.arcsin(np.sqrt((square / (4 * sites[:, 0] * lines[:, 0])).clip(0, 1))))
    middle = line * _TURN + lon[of]
    order = np.argsort(middle - half)
    return _union((middle - half)[order], (middle + half)[order])


def _union(starts: FloatArray, ends: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Join intervals that overlap; they come sorted by their starts."""
    if not len(starts):
        return starts, ends
    reached = np.maximum.accumulate(ends)
    apart = starts[1:] > reached[:-1]
    return starts[np.r_[True, apart]], reached[np.r_[apart, True]]


def _length_before(starts: FloatArray, ends: FloatArray, at: FloatArray) -> FloatArray:
    """Return the total length of sorted disjoint intervals before each of some positions."""
    if not len(starts):
        return np.zeros(len(at))
    sums = np.r_[0, np.cumsum(ends - starts)]
    index = np.searchsorted(starts, at, side="right")
    last = np.maximum(index - 1, 0)
    beyond = np.where(index > 0, np.maximum(ends[last] - at, 0), 0)
    length: FloatArray = sums[index] - beyond
    return length


def _spread(first: IntArray, stop: IntArray) -> tuple[IntArray, IntArray]:
    """Expand ranges: for each number in them, the index of its range and the number."""
    count = np.maximum(stop - first, 0)
    of = np.repeat(np.arange(len(count)), count)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(count) - count - first, count)


def in_parallel(work: Callable[[_Task], T], tasks: Iterable[_Task]) -> list[T]:
    """Run tasks in threads on all cores; worthwhile where libraries release the global interpreter lock."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, tasks))


def _slices(n: int) -> list[slice]:
    return [slice(start, min(start + _BLOCK, n)) for start in range(0, n, _BLOCK)]


def _geod_m(starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return the geodesic distance (k,) between positions (k, 2), pair by pair."""
    *_, length_m = GEOD.inv(starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1])
    return np.asarray(length_m, dtype=np.float64)


def _least_chord_m(distance_m: float) -> float:
    """Bound the chords of longer geodesics from below: by that of the tightest circle (Schur's theorem)."""
    return 2 * LEAST_RADIUS_M * math.sin(min(distance_m / (2 * LEAST_RADIUS_M), math.pi / 2))
