"""The districts of a service: which one a row names, which one contains it, how far outside it is."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from locator.geo.geodesy import GEOD, FloatArray
from locator.stations.schema import District

IntArray = NDArray[np.intp]
Flags = NDArray[np.bool_]

SERVICE_AREA_MARGIN_M: Final = 5000.0
"""How far outside every district a station may lie.

Stations at an airport or the edge of the city may lie outside coarse outlines; a point in another city, or with
a wrong digit, is farther away."""

# Characters before the district in an address: a long province and city are 内蒙古自治区呼和浩特市.
_LATEST_START: Final = 12
_SUFFIX: Final = re.compile(r"(?<=..)[区县市]$")


class Area:
    """The districts that a service covers, with outlines prepared for many queries.

    Parameters
    ----------
    districts
        In any order, numbered from 0. Without any, no position lies outside the area.
    """

    def __init__(self, districts: Sequence[District]) -> None:
        self.districts = tuple(districts)
        # Copies, because preparing an outline that other threads use is not safe.
        self._outlines = [_prepared(district.outline) for district in self.districts]
        self._drawn = [_prepared(shapely.transform(outline, _mercator)) for outline in self._outlines]
        self._drawn_tree = shapely.STRtree(self._drawn)
        self._full_names = _only_once((district.name, number) for number, district in enumerate(self.districts))
        self._names = _only_once(
            (spelling, number)
            for number, district in enumerate(self.districts)
            for spelling in {district.name, _SUFFIX.sub("", district.name), plain(district.name_en)}
        )

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return west, south, east and north of all districts; ``None`` without any."""
        if not self.districts:
            return None
        west, south, east, north = shapely.total_bounds(self._outlines).tolist()
        return west, south, east, north

    def named(self, names: Sequence[str | None], addresses: Sequence[str | None]) -> IntArray:
        """Tell which district each row names.

        Parameters
        ----------
        names
            The column of districts, one per row: 东城区, 东城, Dongcheng, 北京市东城区.
        addresses
            One per row; only a full name (东城区) near the start counts.

        Returns
        -------
        IntArray
            Numbers of districts, -1 where a row names none, or a name of two districts.
        """
        in_column = {text: self._in_column(text) for text in set(names)}
        numbers = np.array([in_column[text] for text in names], dtype=np.intp)
        for row in np.flatnonzero(numbers < 0).tolist():
            numbers[row] = self._at_start(addresses[row])
        return numbers

    def containing(self, lonlat: FloatArray) -> IntArray:
        """Return the district of each position (n, 2): the first where outlines overlap, -1 outside of all."""
        numbers = np.full(len(lonlat), -1, dtype=np.intp)
        for number in range(len(self._outlines) - 1, -1, -1):
            numbers[_inside(self._outlines[number], lonlat)] = number
        return numbers

    def outside_m(self, lonlat: FloatArray, numbers: IntArray) -> FloatArray:
        """Measure how far outside its district each position lies.

        Parameters
        ----------
        lonlat
            (n, 2) degrees, longitude first, WGS 84.
        numbers
            (n,) the district of each.

        Returns
        -------
        FloatArray
            (n,) metres along the ellipsoid to the nearest point of the outline; 0 inside.
        """
        outside = np.zeros(len(lonlat))
        for number in np.unique(numbers):
            rows = np.flatnonzero(numbers == number)
            rows = rows[~_inside(self._outlines[number], lonlat[rows])]
            nearest = shapely.shortest_line(shapely.points(_mercator(lonlat[rows])), self._drawn[number])
            ends = _degrees(shapely.get_coordinates(nearest).reshape(-1, 2, 2)[:, 1])
            outside[rows] = GEOD.inv(lonlat[rows, 0], lonlat[rows, 1], ends[:, 0], ends[:, 1])[2]
        return outside

    def serves(self, lonlat: FloatArray) -> Flags:
        """Tell which positions (n, 2) lie in a district or within the margin of one.

        NaN and positions out of range do not; without districts all others do.
        """
        valid: Flags = np.asarray((np.abs(lonlat) <= (180, 90)).all(axis=1))
        if not self.districts:
            return valid
        served = np.zeros(len(lonlat), dtype=bool)
        rows = np.flatnonzero(valid)
        served[rows] = self.containing(lonlat[rows]) >= 0
        rows = self._maybe_near(lonlat, rows[~served[rows]])
        if len(rows):
            points = shapely.points(_mercator(lonlat[rows]))
            nearest = np.asarray(self._drawn_tree.nearest(points), dtype=np.intp)
            served[rows] = self.outside_m(lonlat[rows], nearest) <= SERVICE_AREA_MARGIN_M
        return served

    def _maybe_near(self, lonlat: FloatArray, rows: IntArray) -> IntArray:
        """Keep the rows in a box around all districts that is wider than the margin at every latitude."""
        west, south, east, north = self.bounds or (-180, -90, 180, 90)
        # 0.05° of latitude are 5.5 km.
        margin = np.array([0.05 / max(0.01, np.cos(np.radians(max(abs(south), abs(north)) + 0.05))), 0.05])
        far = (lonlat[rows] < np.array([west, south]) - margin) | (lonlat[rows] > np.array([east, north]) + margin)
        near: IntArray = rows[~far.any(axis=1)]
        return near

    def _in_column(self, text: str | None) -> int:
        if not text:
            return -1
        return self._names.get(plain(text), self._at_start(text))

    def _at_start(self, text: str | None) -> int:
        """Find the first full name of a district near the start of a text."""
        start = plain(text or "")[: _LATEST_START * 2]
        lengths = sorted({len(name) for name in self._full_names}, reverse=True)
        for first in range(min(len(start), _LATEST_START)):
            for length in lengths:
                number = self._full_names.get(start[first : first + length])
                if number is not None:
                    return number
        return -1


def plain(text: str) -> str:
    """Normalise a text: NFKC, lower case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _only_once(pairs: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    """Keep the names of only one district."""
    pairs = list(pairs)
    counts = Counter(name for name, _ in pairs)
    return {name: number for name, number in pairs if counts[name] == 1}


def _prepared(outline: BaseGeometry) -> BaseGeometry:
    copy: BaseGeometry = shapely.transform(outline, lambda lonlat: lonlat)
    shapely.prepare(copy)
    return copy


def _inside(outline: BaseGeometry, lonlat: FloatArray) -> Flags:
    return np.asarray(shapely.intersects_xy(outline, lonlat[:, 0], lonlat[:, 1]), dtype=bool)


# Mercator is conformal, so the nearest point on it is also the nearest on the ground at these distances.


def _mercator(lonlat: FloatArray) -> FloatArray:
    phi = np.radians(np.clip(lonlat[:, 1], -89, 89))
    return np.column_stack((lonlat[:, 0], np.degrees(np.arcsinh(np.tan(phi)))))


def _degrees(drawn: FloatArray) -> FloatArray:
    return np.column_stack((drawn[:, 0], np.degrees(np.arctan(np.sinh(np.radians(drawn[:, 1]))))))
