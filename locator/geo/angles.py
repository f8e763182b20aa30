"""Angles as people write them: 39.9155, 39°54'55.8"N, 北纬39度54分, one or more of them in a text."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Final, Literal, NamedTuple

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
_BETWEEN: Final = re.compile(r"(?:[\s,;/|、()\[\]{}]|point)*")
# Of China's longitudes those below 90, which could be latitudes, and its latitudes.
_WEST_CHINA: Final = (73.0, 90.0), (18.0, 54.0)


class Angle(NamedTuple):
    """An angle, and which one its letters say it is."""

    degrees: float
    axis: Axis | None


def plain(text: str) -> str:
    """Return one form of a text that may hold angles: half-width, small letters, one sign for a degree."""
    text = text.replace("º", "°").replace("˚", "°").replace("−", "-")
    return text if text.isascii() and text.islower() else unicodedata.normalize("NFKC", text).casefold().strip()


def plain_number(text: str) -> float | None:
    """Read a number without signs of angles; ``None`` where it is not finite, or none."""
    try:
        number = float(text)
    except ValueError:
        return None
    # And 3_9 is 39 to float().
    return number if math.isfinite(number) and "_" not in text else None


def read(text: str) -> list[Angle] | None:
    """Read all angles of a text.

    Parameters
    ----------
    text
        As `plain` returns it. ``POINT (116.4 39.9)`` has the longitude first.

    Returns
    -------
    list or None
        ``None`` if there is anything else in the text, or an angle with 60 minutes or more.
    """
    found: list[Angle] = []
    end = 0
    for token in _TOKEN.finditer(text):
        angle = _angle(token)
        if angle is None or not _BETWEEN.fullmatch(text, end, token.start()):
            return None
        found.append(angle)
        end = token.end()
    if not _BETWEEN.fullmatch(text, end):
        return None
    if text.startswith("point") and len(found) == 2:
        return [Angle(found[0].degrees, "lon"), Angle(found[1].degrees, "lat")]
    return found


def read_pair(text: str) -> tuple[float, float] | None:
    """Read a latitude and a longitude that stand in one text.

    Letters say which is which. Without letters the latitude stands first, but for pairs that cannot be meant so:
    a first number beyond 90, or one that is a longitude of China's west with a latitude of China behind it.

    Parameters
    ----------
    text
        What a person typed or pasted: ``39.9155, 116.405``, ``116.405 39.9155``, ``北纬39.9155 东经116.405``.

    Returns
    -------
    tuple or None
        (lat, lon) in degrees, which may be out of range; ``None`` where the text is something else. Two numbers
        without a fraction, a sign or a letter are no position.
    """
    found = read(plain(text))
    if found is None or len(found) != 2 or not re.search(r"\d\.\d|[°度]|[^\W\d_]", plain(text)):
        return None
    (first, axis), (second, other) = found
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
    """Return the angle of a match; ``None`` if its minutes or seconds are none."""
    place = "1" if token["deg1"] is not None else "2"
    sign, degrees, minutes, seconds = (token[f"{part}{place}"] for part in ("sign", "deg", "min", "sec"))
    if minutes is not None and (
        "." in degrees or float(minutes) >= 60 or (seconds and ("." in minutes or float(seconds) >= 60))
    ):
        return None
    letters = token["before"] or token["after"]
    axis: Axis | None = None if letters is None else "lat" if re.fullmatch(_NORTH, letters) else "lon"
    value = float(degrees) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    is_negative = (sign == "-") != bool(letters and _SOUTH_OR_WEST.fullmatch(letters))
    return Angle(-value if is_negative else value, axis)
