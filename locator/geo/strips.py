"""Points in strips of longitude: which of them lie round a position, without a library call."""

from __future__ import annotations

import math
import struct
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import Final

import numpy as np

from locator.geo.geodesy import LEAST_RADIUS_M, SEMI_MAJOR_M, FloatArray

Triple = tuple[float, float, float]

Candidate = tuple[float, int]
"""Squared chord in square metres and the number of the point."""

# A point is packed as its ECEF coordinates in metres and its number.
_unpack: Final = struct.Struct("3dq").iter_unpack
_BYTES: Final = 32
# Up to this many points plain floats are faster than numpy's calls.
_FEW: Final = 40

# Meridians come together at the poles: from here on a box has too many strips.
_MOST_LAT: Final = 85.0
_RADIANS: Final = math.pi / 180
_DEGREES_PER_M: Final = 1 / (LEAST_RADIUS_M * _RADIANS)
_EQUATOR_DEGREES_PER_M: Final = 1 / (SEMI_MAJOR_M * _RADIANS)
# A box is made a metre larger than asked, so that chords and rounding need no thought.
_SPARE_M: Final = 1.0
_MORE_THAN_LATS: Final = 256.0
_NO_STRIP: Final[tuple[list[float], bytes]] = ([], b"")


class Strips:
    """Points of the globe in strips of longitude, each sorted by latitude.

    A strip is found in a dict and its part in a box by two bisections. For a box of a few hundred metres that
    costs a quarter of a k-d tree's call, most of which goes into preparing arrays.

    Parameters
    ----------
    lonlat
        (n, 2) degrees, longitude first.
    xyz
        (n, 3) metres, the same points in ECEF coordinates.
    width_m
        How wide a strip is at the equator: best as far as the boxes reach that are asked for most.
    """

    def __init__(self, lonlat: FloatArray, xyz: FloatArray, width_m: float) -> None:
        self._per_degree = 1 / (width_m * _EQUATOR_DEGREES_PER_M)
        # Points are counted as far north and south as a strip is wide to see how crowded a place is.
        self._look_deg = 1 / self._per_degree
        self._look_area_m2 = 2 * width_m * width_m / math.pi
        strips = np.floor(lonlat[:, 0] * self._per_degree)
        # One key of both sorts many times faster than two; what it rounds off a latitude is far below `_SPARE_M`.
        order = np.argsort(strips * _MORE_THAN_LATS + lonlat[:, 1])
        records = np.empty((len(order), 4))
        records[:, :3] = xyz[order]
        records.view(np.int64)[:, 3] = order
        # A list, not an array: bisection asks for many latitudes, and an array would make each of them anew.
        packed, lats = records.tobytes(), lonlat[order, 1].tolist()
        names, starts = np.unique(strips[order].astype(np.int64), return_index=True)
        spans = pairwise([*starts.tolist(), len(order)])
        self._strips = {
            name: (lats[start:stop], packed[start * _BYTES : stop * _BYTES])
            for name, (start, stop) in zip(names.tolist(), spans, strict=True)
        }

    def within(
        self, lat: float, lon: float, origin: Triple, reach_m: float, inner_m: float = 0.0
    ) -> list[Candidate] | None:
        """List the points between two distances of a position, by chord, in no order.

        Parameters
        ----------
        lat, lon
            Degrees.
        origin
            The same position in ECEF metres.
        reach_m, inner_m
            Metres, up to 20,000: the longest and the shortest chord.

        Returns
        -------
        list or None
            Squared chord and number of each point; ``None`` where strips are no use, near a pole or across the
            antimeridian.
        """
        edge_m = reach_m + _SPARE_M
        up = edge_m * _DEGREES_PER_M
        top = abs(lat) + up
        if top > _MOST_LAT:
            return None
        # Along the box's edge nearest the pole a degree of longitude is shortest.
        across = edge_m * _EQUATOR_DEGREES_PER_M / math.cos(top * _RADIANS)
        west, east, south, north = lon - across, lon + across, lat - up, lat + up
        if west < -180 or east > 180:
            return None
        least, most = inner_m * inner_m, reach_m * reach_m
        x0, y0, z0 = origin
        candidates: list[Candidate] = []
        strips, per_degree = self._strips, self._per_degree
        for name in range(math.floor(west * per_degree), math.floor(east * per_degree) + 1):
            if name in strips:
                lats, records = strips[name]
                start, stop = bisect_left(lats, south), bisect_right(lats, north)
                part = records[start * _BYTES : stop * _BYTES]
                if stop - start > _FEW:
                    candidates += _sieve(part, origin, least, most)
                    continue
                for x, y, z, number in _unpack(part):
                    dx, dy, dz = x - x0, y - y0, z - z0
                    square = dx * dx + dy * dy + dz * dz
                    if square <= most and square >= least:
                        candidates.append((square, number))
        return candidates

    def guess_reach_m(self, lat: float, lon: float, count: float) -> float:
        """Guess within which distance so many points lie, from how many lie just north and south; above 0."""
        lats, _ = self._strips.get(math.floor(lon * self._per_degree), _NO_STRIP)
        crowd = bisect_right(lats, lat + self._look_deg) - bisect_left(lats, lat - self._look_deg)
        # Half a point and a hundredth more keep it finite in a desert and above 0 at the poles.
        return math.sqrt(count / (crowd + 0.5) * self._look_area_m2 * (math.cos(lat * _RADIANS) + 0.01))


def _sieve(records: bytes, origin: Triple, least: float, most: float) -> list[Candidate]:
    """Choose among many points those whose squared chord lies between two bounds."""
    table = np.frombuffer(records).reshape(-1, 4)
    steps = table[:, :3] - origin
    squares = np.einsum("ij,ij->i", steps, steps)
    inside = (squares <= most) & (squares >= least)
    numbers = table.view(np.int64)[inside, 3]
    return list(zip(squares[inside].tolist(), numbers.tolist(), strict=True))
