"""Coordinates of survey grids in metres: in a CRS with axes in any order, and the CRSs that may be meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyproj

from locator.errors import CrsUnknownError, GeodataError
from locator.geo import angles
from locator.geo.geodesy import FloatArray
from locator.importing.understanding.district_areas import Area, Flags
from locator.language.messages import Message, joined, message

MOSTLY: Final = 0.9
"""What is true of this share of the rows is a property of the whole column; the other rows are mistakes."""
WEB_MERCATOR: Final = 3857
"""EPSG code. Map apps draw GCJ-02 positions in this CRS too, so it is no evidence of a survey."""
_WGS84: Final = 4326
_FAR_DEG: Final = 2.0
"""Farther than this outside the area of use of a CRS a position is a mistake."""
_ZONE_M: Final = 1_000_000.0
"""The number of a zone stands before the six digits of the metres to the east: 39450232 is in zone 39."""
_ROUGH_M: Final = {"Xian 1980": 100.0, "Beijing 1954": 15.0}
"""Datums of older maps, and how exactly they are converted to WGS 84."""

Serves = Callable[[FloatArray], Flags]
"""Tells which positions (n, 2) are likely."""


@dataclass(frozen=True, slots=True)
class CrsChoice:
    """A CRS that coordinates may be in, and what it would mean."""

    code: str
    """Such as ``EPSG:4548``."""
    name: Message
    lat: float
    lon: float
    """Where the first row that has coordinates would lie, WGS 84."""
    district: str | None
    """The district there."""


@dataclass(frozen=True, slots=True)
class Unprojected:
    """Coordinates of a grid as degrees."""

    lonlat: FloatArray
    """(n, 2), longitude first, WGS 84; NaN where that fails."""
    far: Flags
    """(n,) which rows lie far from where the CRS is used."""
    is_turned: bool
    """Whether x pointed north and y east, as in Chinese surveys."""


def parse_crs(crs: str) -> pyproj.CRS:
    """Return a CRS; raise `GeodataError` if it is not known."""
    try:
        return pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise GeodataError(
            "{value} is not a CRS. Say one by its code, such as EPSG:4547.", value=repr(crs)
        ) from None


def names_datum(system: pyproj.CRS) -> bool:
    """Tell whether coordinates in a CRS are of a known datum: map apps use EPSG:4326 and EPSG:3857 for any."""
    return system.to_epsg() not in (WEB_MERCATOR, _WGS84)


def error_m(system: pyproj.CRS) -> float:
    """Return how exactly positions in a CRS are converted to WGS 84, in metres; 0 where it is better than 5 m."""
    return next((metres for name, metres in _ROUGH_M.items() if system.name.startswith(name)), 0.0)


def read_metres(values: Sequence[Any], what: str, faults: dict[int, str]) -> FloatArray:
    """Read a column of numbers; a cell that is none is NaN, and its row, from 1, is added to the faults."""
    metres = np.full(len(values), np.nan)
    for row, value in enumerate(values):
        if angles.is_blank(value):
            continue
        text = re.sub(r"(?<=\d)[ _](?=\d{3})|m$", "", angles.cell_text(value)).strip()
        if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+\.\d+|[+-]?\d{1,3}(,\d{3}){2,}", text):
            text = text.replace(",", "")
        elif re.fullmatch(r"[+-]?(\d{4,},\d+|\d+,(\d{1,2}|\d{4,}))", text):
            text = text.replace(",", ".")
        number = angles.plain_number(text)
        if number is None:
            fault = message(
                "the {what} {value!r:.80} is not a number. Write it like 449123.45.", what=what, value=value
            )
            faults.setdefault(row + 1, fault)
        else:
            metres[row] = number
    return metres


def unproject(grid: FloatArray, system: pyproj.CRS, serves: Serves) -> Unprojected:
    """Convert coordinates (n, 2) to degrees.

    The first column may point east or, as X does in Chinese surveys, north: it is read so that more rows lie where
    the CRS is used and in the area that is served. The number of the zone may stand before the metres to the east
    or be left out, whichever the CRS has.
    """
    readings = [_unprojected(grid[:, order], system) for order in ([0, 1], [1, 0])]
    fits = [int((~far & serves(lonlat)).sum()) for lonlat, far in readings]
    is_turned = fits[1] > fits[0]
    return Unprojected(*readings[is_turned], is_turned)


def _unprojected(grid: FloatArray, system: pyproj.CRS) -> tuple[FloatArray, Flags]:
    """Convert coordinates, east first, to degrees, and flag those far from the area of use of the CRS."""
    x, y = _transformer(system).transform(_with_zone(grid[:, 0], system), grid[:, 1])
    lonlat = np.column_stack((x, y))
    lonlat[~np.isfinite(lonlat).all(axis=1)] = np.nan
    used = system.area_of_use.bounds if system.area_of_use else (-180, -90, 180, 90)
    least, most = np.array(used[:2]) - _FAR_DEG, np.array(used[2:]) + _FAR_DEG
    return lonlat, np.asarray(~((lonlat >= least) & (lonlat <= most)).all(axis=1))


@lru_cache(maxsize=4)
def _transformer(system: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(system, _WGS84, always_xy=True)  # takes a tenth of a second


def _with_zone(east: FloatArray, system: pyproj.CRS) -> FloatArray:
    """Add the number of the zone to metres to the east, or take it away, as the CRS has it."""
    operation = system.coordinate_operation
    values = {} if operation is None else {one.name: one.value for one in operation.params}
    if not {"False easting", "Longitude of natural origin"} <= values.keys():
        return east
    offset, middle = float(values["False easting"]), float(values["Longitude of natural origin"])
    zone = np.floor(east / _ZONE_M)
    if offset >= _ZONE_M:
        return np.where(zone == 0, east + offset // _ZONE_M * _ZONE_M, east)
    is_own = (zone * 3 == middle) | (zone * 6 - 3 == middle)
    return np.where((zone > 0) & is_own, east - zone * _ZONE_M, east)


# Choices


def choose_crs(file: str, headings: tuple[str, str], grid: FloatArray, area: Area) -> CrsUnknownError:
    """Return the error that names the CRSs which coordinates (n, 2) may be in, for a person to choose."""
    choices = tuple(_choices(grid, area))
    x, y = headings
    if not choices:
        return CrsUnknownError(
            "{file} gives positions in the columns {x} and {y}, which are no degrees, and no national grid puts "
            "them into the area that is served. Ask for the positions in degrees, or say their CRS, such as "
            "--crs EPSG:4547.",
            file=file,
            x=x,
            y=y,
        )
    error = CrsUnknownError(
        "{file} gives positions in the columns {x} and {y} in metres. They may be in one of these systems: "
        "{systems}. Ask who measured them, and say it like --crs {first}.",
        file=file,
        x=x,
        y=y,
        systems=joined(map(_in_words, choices), message("; ")),
        first=choices[0].code,
    )
    error.choices = choices
    return error


def _in_words(choice: CrsChoice) -> Message:
    if choice.district is None:
        return message(
            "{code}, {name}: the first row at {lat:.5f}, {lon:.5f}",
            code=choice.code,
            name=choice.name,
            lat=choice.lat,
            lon=choice.lon,
        )
    return message(
        "{code}, {name}: the first row at {lat:.5f}, {lon:.5f} in {district}",
        code=choice.code,
        name=choice.name,
        lat=choice.lat,
        lon=choice.lon,
        district=choice.district,
    )


def _choices(grid: FloatArray, area: Area) -> Iterator[CrsChoice]:
    grid = grid[np.isfinite(grid).all(axis=1)]
    for code, name in _grids(grid, area) if len(grid) else ():
        try:
            system = pyproj.CRS.from_epsg(code)
        except pyproj.exceptions.CRSError:
            continue
        found = unproject(grid, system, area.serves)
        fitting = np.flatnonzero(~found.far & area.serves(found.lonlat))
        if len(fitting) >= MOSTLY * len(grid):
            lon, lat = found.lonlat[fitting[0]].tolist()
            number = int(area.containing(found.lonlat[fitting[:1]])[0])
            yield CrsChoice(f"EPSG:{code}", name, lat, lon, area.districts[number].name if number >= 0 else None)


_SYSTEMS: Final = (
    (message("CGCS2000, the system in force"), 4534, 4513, 4502, 4491),
    (message("Xian 1980, of older maps"), 2370, 2349, 2338, 2327),
    (message("Beijing 1954, of older maps"), 2422, 2401, 21453, 21413),
)
"""Name and EPSG code of the grid with the middle meridian 75°: of 3°, of 3° with zone, of 6°, of 6° with zone."""


def _grids(grid: FloatArray, area: Area) -> Iterator[tuple[int, Message]]:
    """Give EPSG code and name of the national grids around the area, CGCS2000 first.

    The zones of 3° have the middle meridians 75°, 78°, … 135° and the numbers 25 to 45, those of 6° 75°, 81°, …
    135° and 13 to 23. A zone of 6° is left out where one of 3° has the same middle meridian: they are one grid.
    """
    zones = np.floor(grid / _ZONE_M)
    prefixes = {int(zone) for zone in np.median(zones, axis=0) if 13 <= zone <= 45}
    bounds = area.bounds
    if prefixes:
        zone = max(prefixes)
        three, six = ([zone * 3], []) if zone >= 25 else ([], [zone * 6 - 3] if zone <= 23 else [])
    elif bounds is not None:
        three = [middle for middle in range(75, 136, 3) if bounds[0] - 2 <= middle <= bounds[2] + 2]
        six = [m for m in range(75, 136, 6) if bounds[0] - 3.5 <= m <= bounds[2] + 3.5 and m not in three]
    else:
        return
    for name, of_three, of_three_with_zone, of_six, of_six_with_zone in _SYSTEMS:
        for middles, width, first in (
            (three, 3, of_three_with_zone if prefixes else of_three),
            (six, 6, of_six_with_zone if prefixes else of_six),
        ):
            for middle in middles:
                words = message("{system}, middle meridian {middle}°", system=name, middle=middle)
                yield first + (middle - 75) // width, words
    if bounds is not None and not prefixes:
        for zone in range(1, 61):
            if bounds[0] - 3.5 <= zone * 6 - 183 <= bounds[2] + 3.5:
                yield 32_600 + zone, message("UTM, zone {zone} north", zone=zone)
