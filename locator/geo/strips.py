"""Points in strips of longitude: which of them lie in a small box, without a library call."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import Final

import numpy as np

from locator.geo.geodesy import LEAST_RADIUS_M, SEMI_MAJOR_M, FloatArray

RECORD: Final = "3dq"
"""A point as `struct` packs it: its ECEF coordinates in metres and its number."""
RECORD_BYTES: Final = 32

_PER_DEGREE: Final = 100
# Meridians come together at the poles: from here on a box has too many strips.
_MOST_LAT: Final = 85.0
_DEGREES_PER_M: Final = math.degrees(1 / LEAST_RADIUS_M)
# A box is made a metre larger than asked, so that chords and rounding need no thought.
_SPARE_M: Final = 1.0
# How far north and south points are counted to see how crowded a place is, in degrees, and the fewest that count.
_LOOK_DEG: Final = 0.01
_CROWD: Final = 4
_CROWD_AREA_M2: Final = 2 * _LOOK_DEG / _PER_DEGREE * math.radians(SEMI_MAJOR_M) ** 2


class Strips:
    """Points of the globe in strips a hundredth of a degree wide, each sorted by latitude.

    A strip is found in a dict and its part in a box by two bisections. For a box of a few hundred metres that
    costs a quarter of what a k-d tree's call does, most of which is preparing arrays.

    Parameters
    ----------
    lonlat
        (n, 2) degrees, longitude first.
    xyz
        (n, 3) metres, the same points in ECEF coordinates.
    """

    def __init__(self, lonlat: FloatArray, xyz: FloatArray) -> None:
        strips = np.floor(lonlat[:, 0] * _PER_DEGREE).astype(np.int64)
        order = np.lexsort((lonlat[:, 1], strips))
        records = np.empty((len(order), 4))
        records[:, :3] = xyz[order]
        records.view(np.int64)[:, 3] = order
        self._records = records.tobytes()
        self._lats = array("d", lonlat[order, 1].tobytes())
        names, starts = np.unique(strips[order], return_index=True)
        edges = [*starts.tolist(), len(order)]
        self._spans = dict(zip(names.tolist(), pairwise(edges), strict=True))

    def around(self, lat: float, lon: float, reach_m: float) -> bytes | None:
        """Give the points of a box round a position that holds all within a distance, and more.

        Parameters
        ----------
        lat, lon
            Degrees.
        reach_m
            Metres, up to 20,000.

        Returns
        -------
        bytes or None
            One `RECORD` after the other; ``None`` where a box of longitudes is no use, near a pole or across the
            antimeridian.
        """
        up = (reach_m + _SPARE_M) * _DEGREES_PER_M
        top = abs(lat) + up
        if top > _MOST_LAT:
            return None
        # Along the box's edge nearest the pole a degree of longitude is shortest.
        across = math.degrees((reach_m + _SPARE_M) / (SEMI_MAJOR_M * math.cos(math.radians(top))))
        west, east, south, north = lon - across, lon + across, lat - up, lat + up
        if west < -180 or east > 180:
            return None
        spans, lats, records, found = self._spans, self._lats, self._records, []
        for strip in range(math.floor(west * _PER_DEGREE), math.floor(east * _PER_DEGREE) + 1):
            if strip in spans:
                start, stop = spans[strip]
                start = bisect_left(lats, south, start, stop)
                stop = bisect_right(lats, north, start, stop)
                found.append(records[start * RECORD_BYTES : stop * RECORD_BYTES])
        return b"".join(found)

    def guess_reach_m(self, lat: float, lon: float, count: float) -> float:
        """Guess the distance within which so many points lie, from how crowded the place is; ``inf`` if it is not."""
        span = self._spans.get(math.floor(lon * _PER_DEGREE))
        if span is None:
            return math.inf
        start, stop = span
        start = bisect_left(self._lats, lat - _LOOK_DEG, start, stop)
        crowd = bisect_right(self._lats, lat + _LOOK_DEG, start, stop) - start
        if crowd < _CROWD:
            return math.inf
        return math.sqrt(count / crowd * _CROWD_AREA_M2 * math.cos(math.radians(lat)) / math.pi)
