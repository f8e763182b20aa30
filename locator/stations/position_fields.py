"""Parsing of positions in requests, as numbers, as angles or in batches, to WGS 84."""

from __future__ import annotations

import math
import re
from typing import Final

import numpy as np

from locator.errors import UsageError
from locator.geo import angles
from locator.geo.datum import Datum, convert, convert_point
from locator.geo.geodesy import FloatArray, check_position
from locator.stations.request_fields import MAX_TEXT, Values, read_datum, read_number, to_number

MAX_POINTS: Final = 10_000
_FRACTION: Final = re.compile(r"\d[.,°度]\d")


def read_position(values: Values) -> tuple[float, float]:
    """Return (lat, lon) in WGS 84 from the fields ``lat``, ``lon`` and ``datum``.

    Texts may be angles such as ``39°54'55.8"N``, and one of the two fields may hold both numbers.
    """
    fields = [values.get(name) for name in ("lat", "lon")]
    is_plain = all(type(field) is not str or angles.plain_number(field) is not None for field in fields)
    typed = None if is_plain else typed_position(" ".join(field for field in fields if isinstance(field, str)))
    lat, lon = typed or (read_number(values, "lat"), read_number(values, "lon"))
    check_position(lat, lon)
    return convert_point(lat, lon, read_datum(values), Datum.WGS84)


def typed_position(text: str) -> tuple[float, float] | None:
    """Read a position from one text, such as ``39.9155, 116.4050``, with `locator.geo.angles.read_pair`.

    The result is (lat, lon) as typed, in any datum and perhaps out of range; ``None`` for any other text.
    """
    return angles.read_pair(text) if len(text) <= 2 * MAX_TEXT else None  # two fields


def may_hold_position(text: str) -> bool:
    """Tell whether a text may contain a position, which must not appear in a URL: URLs are logged and shared."""
    if len(text) > MAX_TEXT:
        return False  # `read_text` refuses it anyway
    return typed_position(text) is not None or len(_FRACTION.findall(angles.plain(text))) > 1


def read_points(values: Values) -> FloatArray:
    """Return the positions (n, 2) of a batch, longitude first, in WGS 84."""
    pairs = values.get("points")
    if not isinstance(pairs, list) or not 1 <= len(pairs) <= MAX_POINTS:
        raise UsageError(
            "The field points must be a list of 1 to {most} [longitude, latitude] pairs.", most=MAX_POINTS
        )
    for row, pair in enumerate(pairs):
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(x) in (int, float) for x in pair)):
            raise UsageError(
                "points[{row}] is {value}, not a [longitude, latitude] pair of numbers.",
                row=row,
                value=repr(pair)[:60],
            )
    lonlat = np.array(pairs, dtype=np.float64)
    for row in np.flatnonzero(~((np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)))[:1].tolist():
        raise UsageError(
            "points[{row}] is {value}, not [longitude, latitude] in degrees. Is lat,lon swapped?",
            row=row,
            value=pairs[row],
        )
    return convert(lonlat, read_datum(values), Datum.WGS84)


def read_bbox(values: Values) -> tuple[float, float, float, float] | None:
    """Return the field ``bbox`` as west, south, east, north in degrees, or ``None``; west > east crosses 180°."""
    value = values.get("bbox")
    if not value:
        return None
    west, south, east, north, *more = (*map(to_number, str(value).split(",")), *[math.nan] * 4)
    is_box = -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90  # none of it NaN
    if not is_box or len(more) != 4:
        raise UsageError("The bbox must be west,south,east,north in degrees, not {value}.", value=repr(value)[:60])
    return west, south, east, north
