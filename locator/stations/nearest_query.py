"""The query for the nearest stations: which fields it has, alone and in a batch, and within which limits."""

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
"""So many stations one batch may ask for: a tenth of a second's work, and some five megabytes."""
NUMBERS: Final = ("lat", "lon", "radius", "limit")


def read_nearest_query(values: Values, settings: Settings, at: datetime) -> Query:
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
    found = read_number(values, "limit")
    if not (found == int(found) and 1 <= found <= MAX_LIMIT):
        raise UsageError(
            "The limit must be a whole number from 1 to {most}, not {value}.", most=MAX_LIMIT, value=f"{found:g}"
        )
    return int(found)


def read_batch_limit(values: Values, n: int) -> int:
    """Return the field ``limit`` of a batch of n positions, 1 to 100 and at most `MAX_HITS` stations together."""
    found = read_limit(values)
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


def refuse_vague(values: Values) -> None:
    """Refuse in JSON what only a query string or a form cannot help: a text for a number, nothing for a value."""
    for name, value in values.items():
        if value is None or value == "":
            raise UsageError("The field {name} is empty. Leave it out, or give a value.", name=repr(name[:40]))
        if name in NUMBERS and isinstance(value, str):
            raise UsageError("The field {name} must be a number, not {value}.", name=name, value=repr(value)[:40])
