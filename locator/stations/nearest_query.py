"""The fields and limits of queries for the nearest stations, for one position or a batch."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from locator.config import Settings
from locator.errors import UsageError
from locator.stations.catalog import Query
from locator.stations.position_fields import read_position
from locator.stations.request_fields import Values, read_instant, read_number, read_radius_m, read_words
from locator.stations.schema import AMENITIES, KINDS

NEAREST_FIELDS: Final = ("lat", "lon", "radius", "limit", "kind", "amenity", "open_at", "datum", "lang")
PLACES_FIELDS: Final = ("text", "limit", "lang")
BATCH_FIELDS: Final = ("points", "radius", "limit", "datum")
DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 100
MAX_HITS: Final = 100_000
"""The most stations that one batch may ask for: 0.1 s of work and some 5 MB of answer."""
NUMBERS: Final = ("lat", "lon", "radius", "limit")


def read_nearest_query(values: Values, settings: Settings, at: datetime) -> Query:
    """Read the query of a nearest request.

    Parameters
    ----------
    values
        The fields `NEAREST_FIELDS`; numbers and lists may be given as text.
    settings
        For the default radius.
    at
        Now, for ``open_at=now``.

    Raises
    ------
    UsageError
        If a field is missing, invalid or out of range.
    """
    lat, lon = read_position(values)
    return Query(
        lat=lat,
        lon=lon,
        radius_m=read_radius_m(values, settings),
        limit=read_limit(values),
        kinds=read_words(values, "kind", KINDS),
        amenities=read_words(values, "amenity", AMENITIES),
        open_at=read_instant(values, "open_at", at),
    )


def read_limit(values: Values) -> int:
    """Return the field ``limit``, 1 to 100."""
    if values.get("limit") in (None, ""):
        return DEFAULT_LIMIT
    limit = read_number(values, "limit")
    if not (limit == int(limit) and 1 <= limit <= MAX_LIMIT):
        raise UsageError(
            "The limit must be a whole number from 1 to {most}, not {value}.", most=MAX_LIMIT, value=f"{limit:g}"
        )
    return int(limit)


def read_batch_limit(values: Values, n: int) -> int:
    """Return the field ``limit`` of a batch of n positions, 1 to 100 and at most `MAX_HITS` stations in all."""
    limit = read_limit(values)
    if n * limit > MAX_HITS:
        raise UsageError(
            "{n} points with a limit of {limit} ask for {asked} stations, and {most} is the most for one batch."
            " Send fewer points at a time, or a limit of at most {least}.",
            n=n,
            limit=limit,
            asked=n * limit,
            most=MAX_HITS,
            least=MAX_HITS // n,
        )
    return limit


def refuse_vague(values: Values) -> None:
    """Refuse numbers as text and empty values in JSON; in a query string or a form they cannot be avoided."""
    for name, value in values.items():
        if value is None or value == "":
            raise UsageError("The field {name} is empty. Leave it out, or give a value.", name=repr(name[:40]))
        if name in NUMBERS and isinstance(value, str):
            raise UsageError("The field {name} must be a number, not {value}.", name=name, value=repr(value)[:40])
