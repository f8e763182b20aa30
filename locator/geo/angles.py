"""Parsing of angles as people write them: 39.9155, 39°54'55.8"N, 北纬39度54分."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

Axis = Literal["lat", "lon"]

_NORTH: Final = r"n|s|[北南][纬緯]|[纬緯]度|lat(?:itude)?|위도|북위"
_EAST: Final = r"e|w|[东東西][经經]|[经經]度|lon(?:gitude)?|lng|경도|동경"
_SOUTH_OR_WEST: Final = re.compile(r"[sw]|南[纬緯]|西[经經]")
_ANGLE: Final = (
    r"(?P<sign{0}>[+-]?)(?P<deg{0}>\d+(?:\.\d+)?)\s*"
    r"(?:[°度]\s*(?:(?P<min{0}>\d+(?:\.\d+)?)\s*['’‘′分]\s*(?:(?P<sec{0}>\d+(?:\.\d+)?)\s*(?:[\"”“秒]|''|′′))?)?)?"
)
_TOKEN: Final = re.compile(
    rf"\"?(?P<before>{_NORTH}|{_EAST})\"?\s*[:=]?\s*{_ANGLE.format(1)}"
    rf"|{_ANGLE.format(2)}(?P<after>{_NORTH}|{_EAST})?"
)
_BETWEEN: Final = re.compile(r"(?:[\s,;/|、()\[\]{}&]|point(?:\s*[zm]+(?=[\s(]))?|\b[xy]\s*[:=])*")
_SRID: Final = re.compile(r"^srid=\d+;")
_NO_HEIGHT: Final = re.compile(r",\s*0(?:\.0+)?\s*$")
# China's longitudes below 90, which could also be latitudes, and its latitudes.
_WEST_CHINA: Final = (73.0, 90.0), (18.0, 54.0)


class Angle(NamedTuple):
    """An angle, and the axis that its letters name, if any."""

    degrees: float
    axis: Axis | None


def plain(text: str) -> str:
    """Normalize a text that may hold angles: half-width, lower case, one degree sign."""
    text = text.replace("º", "°").replace("˚", "°").replace("−", "-")
    return text if text.isascii() and text.islower() else unicodedata.normalize("NFKC", text).casefold().strip()


_NOTHING: Final = frozenset(("", "-", "--", "—", "/", "无", "nan", "NaN", "null", "None"))


def is_blank(cell: Any) -> bool:
    """Tell whether a cell has no angle: it is empty, NaN, or a sign for nothing."""
    return cell is None or cell != cell or (isinstance(cell, str) and cell.strip() in _NOTHING)


def cell_text(cell: Any) -> str:
    """Return a cell as `plain` text, with commas between several numbers."""
    if isinstance(cell, Mapping):
        cell = ",".join(f"{name}:{number}" for name, number in cell.items())
    elif isinstance(cell, (list, tuple)):
        cell = ",".join(map(str, cell))
    elif isinstance(cell, (int, float)):
        return repr(cell)
    return plain(str(cell))


def plain_number(text: str) -> float | None:
    """Read a finite number without angle signs; ``None`` if the text is anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    # float() would read 3_9 as 39.
    return number if math.isfinite(number) and "_" not in text else None


def read(text: str) -> list[Angle] | None:
    """Read all angles of a text.

    Parameters
    ----------
    text
        As `plain` returns it. In WKT, ``POINT (116.4 39.9)``, the longitude is first.

    Returns
    -------
    list or None
        ``None`` if the text holds anything else, or an angle with 60 or more minutes or seconds. A height behind
        two numbers of WKT or KML, ``POINT Z (116.4 39.9 0)`` and ``116.4,39.9,0``, is left out.
    """
    angles: list[Angle] = []
    end = 0
    text = _SRID.sub("", text)
    for token in _TOKEN.finditer(text):
        angle = _angle(token)
        if angle is None or not _BETWEEN.fullmatch(text, end, token.start()):
            return None
        angles.append(angle)
        end = token.end()
    if not _BETWEEN.fullmatch(text, end):
        return None
    if len(angles) == 3 and (text.startswith("point") or _NO_HEIGHT.search(text)):
        del angles[2:]
    if text.startswith("point") and len(angles) == 2:
        return [Angle(angles[0].degrees, "lon"), Angle(angles[1].degrees, "lat")]
    return angles


def read_pair(text: str) -> tuple[float, float] | None:
    """Read a latitude and a longitude from one text.

    Letters decide which is which. Without letters the latitude comes first, unless the first number is beyond 90,
    or is a longitude of western China followed by a latitude of China.

    Parameters
    ----------
    text
        What a person typed or pasted: ``39.9155, 116.405``, ``116.405 39.9155``, ``北纬39.9155 东经116.405``.

    Returns
    -------
    tuple or None
        (lat, lon) in degrees, perhaps out of range; ``None`` if the text is something else. Two whole numbers
        without a degree sign or a letter are not taken for a position.
    """
    angles = read(plain(text))
    if angles is None or len(angles) != 2 or not re.search(r"\d\.\d|[°度]|[^\W\d_]", plain(text)):
        return None
    (first, axis), (second, other) = angles
    if axis == other is not None:
        return None
    has_lon_first = axis == "lon" or other == "lat" if axis or other else _starts_with_longitude(first, second)
    return (second, first) if has_lon_first else (first, second)


def _starts_with_longitude(first: float, second: float) -> bool:
    if abs(second) > 90:
        return False
    (west, east), (south, north) = _WEST_CHINA
    return abs(first) > 90 or (west <= first <= east and south <= second <= north)


def _angle(token: re.Match[str]) -> Angle | None:
    """Return the angle of a match; ``None`` if its minutes or seconds are invalid."""
    group = "1" if token["deg1"] is not None else "2"
    sign, degrees, minutes, seconds = (token[f"{part}{group}"] for part in ("sign", "deg", "min", "sec"))
    if minutes is not None and (
        "." in degrees or float(minutes) >= 60 or (seconds and ("." in minutes or float(seconds) >= 60))
    ):
        return None
    letters = token["before"] or token["after"]
    axis: Axis | None = None if letters is None else "lat" if re.fullmatch(_NORTH, letters) else "lon"
    value = float(degrees) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    is_negative = (sign == "-") != bool(letters and _SOUTH_OR_WEST.fullmatch(letters))
    return Angle(-value if is_negative else value, axis)
