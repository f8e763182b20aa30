"""Requests to checked values: every refusal names the value, the rule and the remedy."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from unicodedata import normalize

import numpy as np

from locator.config import Settings
from locator.errors import UsageError
from locator.geo import angles
from locator.geo.datum import Datum, convert, convert_point, parse_datum
from locator.geo.geodesy import FloatArray, check_position
from locator.geo.index import check_distance
from locator.language.catalogue import languages
from locator.stations.catalog import Query
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import AMENITIES, KINDS

Values = Mapping[str, Any]
"""The fields of a query string, a form or a JSON object."""

NEAREST_FIELDS: Final = ("lat", "lon", "radius", "limit", "kind", "amenity", "open_at", "datum", "lang")
PLACES_FIELDS: Final = ("text", "limit", "lang")
BATCH_FIELDS: Final = ("points", "radius", "limit", "datum")
DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 100
MAX_POINTS: Final = 10_000
MAX_HITS: Final = 100_000
"""So many stations one batch may ask for: a tenth of a second's work, and some five megabytes."""
MAX_TEXT: Final = 80
"""Characters of a name or a number that was typed; to bring a long text into one form could take seconds."""
NUMBERS: Final = ("lat", "lon", "radius", "limit")
_FRACTION: Final = re.compile(r"\d[.,°度]\d")


def nearest_query(values: Values, settings: Settings, at: datetime) -> Query:
    """Read what a nearest request asks.

    Parameters
    ----------
    values
        The fields `NEAREST_FIELDS`; numbers and lists may be texts.
    settings
        Where the default radius comes from.
    at
        Now, for ``open_at=now``.

    Raises
    ------
    UsageError
        If a field is missing, not understood or out of range.
    """
    lat, lon = position(values)
    return Query(
        lat=lat,
        lon=lon,
        radius_m=radius(values, settings),
        limit=limit(values),
        kinds=words(values, "kind", KINDS),
        amenities=words(values, "amenity", AMENITIES),
        open_at=instant(values, "open_at", at),
    )


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Read the pairs of a query string; a field that stands twice is the list of both: none is overlooked."""
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def refuse_unknown(values: Values, known: Collection[str]) -> None:
    """Refuse a field that nobody reads: a misspelt filter must not pass for an answer to it."""
    for name in values:
        if name not in known:
            raise UsageError(
                "There is no field {name}. Use: {known}.", name=repr(str(name)[:40]), known=", ".join(known)
            )


def refuse_vague(values: Values) -> None:
    """Refuse in JSON what only a query string or a form cannot help: a text for a number, nothing for a value."""
    for name, value in values.items():
        if value is None or value == "":
            raise UsageError("The field {name} is empty. Leave it out, or give a value.", name=repr(name[:40]))
        if name in NUMBERS and isinstance(value, str):
            raise UsageError("The field {name} must be a number, not {value}.", name=name, value=repr(value)[:40])


def position(values: Values) -> tuple[float, float]:
    """Return (lat, lon) in WGS 84 from the fields ``lat``, ``lon`` and ``datum``.

    Texts may be written as people write angles, ``39°54'55.8"N``, and one of the two fields may hold both numbers.
    """
    fields = [values.get(name) for name in ("lat", "lon")]
    is_plain = all(type(field) is not str or angles.plain_number(field) is not None for field in fields)
    typed = None if is_plain else typed_position(" ".join(field for field in fields if isinstance(field, str)))
    lat, lon = typed or (number(values, "lat"), number(values, "lon"))
    check_position(lat, lon)
    return convert_point(lat, lon, datum(values), Datum.WGS84)


def typed_position(text: str) -> tuple[float, float] | None:
    """Read a position that stands in one text, such as ``39.9155, 116.4050``.

    Returns
    -------
    tuple or None
        (lat, lon) as they were typed, in whatever datum and perhaps out of range; ``None`` where the text is
        something else. For the order of the two see `locator.geo.angles.read_pair`.
    """
    return angles.read_pair(text) if len(text) <= 2 * MAX_TEXT else None  # two fields


def may_hold_position(text: str) -> bool:
    """Tell whether a position may stand in a text, alone or among words: then it belongs into no address."""
    if len(text) > MAX_TEXT:
        return False  # nor does anything else of that length: `text` refuses it
    return typed_position(text) is not None or len(_FRACTION.findall(angles.plain(text))) > 1


def points(values: Values) -> FloatArray:
    """Return the positions (n, 2) of a batch, longitude first, in WGS 84."""
    found = values.get("points")
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_POINTS:
        raise UsageError(
            "The field points must be a list of 1 to {most} [longitude, latitude] pairs.", most=MAX_POINTS
        )
    for row, pair in enumerate(found):
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(x) in (int, float) for x in pair)):
            raise UsageError(
                "points[{row}] is {value}, not a [longitude, latitude] pair of numbers.",
                row=row,
                value=repr(pair)[:60],
            )
    lonlat = np.array(found, dtype=np.float64)
    for row in np.flatnonzero(~((np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)))[:1].tolist():
        raise UsageError(
            "points[{row}] is {value}, not [longitude, latitude] in degrees. Is lat,lon swapped?",
            row=row,
            value=found[row],
        )
    return convert(lonlat, datum(values), Datum.WGS84)


def batch_limit(values: Values, n: int) -> int:
    """Return the field ``limit`` of a batch of n positions, 1 to 100 and at most `MAX_HITS` stations together."""
    found = limit(values)
    if n * found > MAX_HITS:
        raise UsageError(
            "{n} points with a limit of {limit} ask for {asked} stations, and {most} is the most for one batch."
            " Send fewer points at a time, or a limit of at most {least}.",
            n=n,
            limit=found,
            asked=n * found,
            most=MAX_HITS,
            least=MAX_HITS // n,
        )
    return found


def radius(values: Values, settings: Settings) -> float:
    """Return the field ``radius`` in metres, or the setting."""
    radius_m = number(values, "radius") if values.get("radius") not in (None, "") else settings.radius_m
    check_distance(radius_m)
    return radius_m


def limit(values: Values) -> int:
    """Return the field ``limit``, 1 to 100."""
    if values.get("limit") in (None, ""):
        return DEFAULT_LIMIT
    found = number(values, "limit")
    if not (found == int(found) and 1 <= found <= MAX_LIMIT):
        raise UsageError(
            "The limit must be a whole number from 1 to {most}, not {value}.", most=MAX_LIMIT, value=f"{found:g}"
        )
    return int(found)


def number(values: Values, name: str) -> float:
    """Return a field as a finite number."""
    value = values.get(name)
    if value is None or value == "":
        raise UsageError("The field {name} is missing. Give a number.", name=name)
    try:
        # A bool is an int to Python, and a list would be a text to float().
        # And 3_9 is 39 to float().
        is_number = isinstance(value, str | int | float) and not isinstance(value, bool)
        is_number = is_number and "_" not in str(value) and len(str(value)) <= MAX_TEXT
        # Float reads digits of full width, but not their points.
        found = float(normalize("NFKC", value) if isinstance(value, str) else value) if is_number else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise UsageError("The field {name} must be a number, not {value}.", name=name, value=repr(value)[:40])
    return found


def text(values: Values, name: str) -> str:
    """Return a field as a text of 1 to 80 characters."""
    value = values.get(name)
    if not (isinstance(value, str) and 1 <= len(value) <= MAX_TEXT):
        raise UsageError(
            "The field {name} must be a text of 1 to {most} characters, not {value}.",
            name=name,
            most=MAX_TEXT,
            value=repr(value)[:40],
        )
    return value


def words(values: Values, name: str, known: Collection[str]) -> frozenset[str]:
    """Return a field of words, a list or a text with commas; nothing given is the empty set."""
    given = values.get(name)
    if isinstance(given, str):
        given = [word.strip() for word in given.split(",") if word.strip()]
    if not isinstance(given, list | None):
        raise UsageError(
            "The field {name} must be a list of words, not {value}.", name=name, value=repr(given)[:40]
        )
    for word in given or ():
        # A list or an object inside the list cannot even be looked up.
        if not (isinstance(word, str) and word in known):
            raise UsageError(
                "The {name} {value} is not known. Use one of: {known}.",
                name=name,
                value=repr(word)[:40],
                known=", ".join(known),
            )
    return frozenset(given or ())


def instant(values: Values, name: str, now: datetime) -> datetime | None:
    """Return a field as an aware instant: ``now`` or ISO 8601, in the stations' time where it has no offset."""
    value = values.get(name)
    if value is None or value == "":
        return None
    if value == "now":
        return now
    try:
        # A plus sign that a query string turned into a space.
        found = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
        found = found if found.tzinfo else found.replace(tzinfo=STATION_TIMEZONE)
        return found.astimezone(STATION_TIMEZONE)
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise UsageError(
            "The field {name} must be now or a time such as 2026-11-21T19:45, not {value}.",
            name=name,
            value=repr(value)[:40],
        ) from None


def datum(values: Values) -> Datum:
    """Return what the positions of a request mean; WGS 84 if it does not say."""
    value = values.get("datum")
    return parse_datum(str(value)) if value not in (None, "") else Datum.WGS84


def language(values: Values, default: str) -> str:
    """Return the field ``lang``, or the default."""
    value = values.get("lang")
    if value in (None, ""):
        return default
    if value not in languages():
        raise UsageError(
            "The lang {value} is not known. Use one of: {known}.",
            value=repr(value)[:40],
            known=", ".join(languages()),
        )
    return str(value)


def bbox(values: Values) -> tuple[float, float, float, float] | None:
    """Return the field ``bbox`` as west, south, east, north in degrees, or ``None``; west > east crosses 180°."""
    value = values.get("bbox")
    if not value:
        return None
    try:
        west, south, east, north = (number({"bbox": part}, "bbox") for part in str(value).split(","))
        check_position(south, west)
        check_position(north, east)
        if south > north:
            raise ValueError(value)
    except ValueError:
        raise UsageError(
            "The bbox must be west,south,east,north in degrees, not {value}.", value=repr(value)[:60]
        ) from None
    return west, south, east, north
