"""Parsing and validation of the fields of requests, from a query string, a form or JSON."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from unicodedata import normalize

from locator.config import Settings
from locator.errors import UsageError
from locator.geo.datum import Datum, parse_datum
from locator.geo.index import check_distance
from locator.language.catalogue import languages
from locator.stations.hours import STATION_TIMEZONE

Values = Mapping[str, Any]
"""The fields of a query string, a form or a JSON object."""

MAX_TEXT: Final = 80
"""The most characters of a typed name or number; normalizing a long text could take seconds."""


def join_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Collect the pairs of a query string; the values of a repeated field are joined with commas."""
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def refuse_unknown(values: Values, known: Collection[str]) -> None:
    """Refuse unknown fields: an answer must not seem to respect a misspelt filter."""
    for name in values:
        if name not in known:
            raise UsageError(
                "There is no field {name}. Use: {known}.", name=repr(str(name)[:40]), known=", ".join(known)
            )


def read_text(values: Values, name: str) -> str:
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


def read_number(values: Values, name: str) -> float:
    """Return a field as a finite number."""
    value = values.get(name)
    if value is None or value == "":
        raise UsageError("The field {name} is missing. Give a number.", name=name)
    number = to_number(value)
    if math.isnan(number):
        raise UsageError("The field {name} must be a number, not {value}.", name=name, value=repr(value)[:40])
    return number


def to_number(value: object) -> float:
    """Return a value as a finite number, or NaN if it is anything else."""
    # A bool is an int in Python, and float() would read 3_9 as 39.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return math.nan
    if "_" in str(value) or len(str(value)) > MAX_TEXT:
        return math.nan
    try:
        # float() reads full-width digits, but not full-width points.
        number = float(normalize("NFKC", value) if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def read_whole(values: Values, name: str, least: int, most: int) -> int:
    """Return a field as a whole number within bounds."""
    number = read_number(values, name)
    if not (number == int(number) and least <= number <= most):
        raise UsageError(
            "The field {name} must be a whole number from {least} to {most}, not {value}.",
            name=name,
            least=least,
            most=most,
            value=f"{number:g}",
        )
    return int(number)


def read_share(values: Values, name: str) -> float | None:
    """Return a field as a share above 0 and at most 1, or ``None`` if it is missing."""
    if values.get(name) in (None, ""):
        return None
    share = read_number(values, name)
    if not 0 < share <= 1:
        raise UsageError(
            "The field {name} must be a share above 0 and at most 1, such as 0.95, not {value}.",
            name=name,
            value=f"{share:g}",
        )
    return share


def read_flag(values: Values, name: str) -> bool:
    """Return a field that is 1 for yes, and 0 or missing for no."""
    value = values.get(name)
    if value not in (None, "", "0", "1", 0, 1, False, True):
        raise UsageError(
            "The field {name} must be 1 for yes or 0 for no, not {value}.", name=name, value=repr(value)[:40]
        )
    return value in ("1", 1, True)


def read_words(values: Values, name: str, known: Collection[str]) -> frozenset[str]:
    """Return a field of words, given as a list or as text with commas; a missing field is the empty set."""
    chosen = values.get(name)
    if isinstance(chosen, str):
        chosen = [word.strip() for word in chosen.split(",") if word.strip()]
    if not isinstance(chosen, list | None):
        raise UsageError(
            "The field {name} must be a list of words, not {value}.", name=name, value=repr(chosen)[:40]
        )
    for word in chosen or ():
        # Lists and objects are not hashable, so test the type first.
        if not (isinstance(word, str) and word in known):
            raise UsageError(
                "The {name} {value} is not known. Use one of: {known}.",
                name=name,
                value=repr(word)[:40],
                known=", ".join(known),
            )
    return frozenset(chosen or ())


def read_instant(values: Values, name: str, now: datetime) -> datetime | None:
    """Return a field as an aware instant: ``now`` or ISO 8601, by default in the stations' time zone."""
    value = values.get(name)
    if value is None or value == "":
        return None
    if value == "now":
        return now
    try:
        # A query string turns the plus sign of an offset into a space.
        time = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
        time = time if time.tzinfo else time.replace(tzinfo=STATION_TIMEZONE)
        return time.astimezone(STATION_TIMEZONE)
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise UsageError(
            "The field {name} must be now or a time such as 2026-11-21T19:45, not {value}.",
            name=name,
            value=repr(value)[:40],
        ) from None


def read_datum(values: Values) -> Datum:
    """Return the field ``datum``, by default WGS 84."""
    value = values.get("datum")
    return parse_datum(str(value)) if value not in (None, "") else Datum.WGS84


def read_language(values: Values, default: str) -> str:
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


def read_radius_m(values: Values, settings: Settings) -> float:
    """Return the field ``radius`` in metres, by default the setting."""
    radius_m = read_number(values, "radius") if values.get("radius") not in (None, "") else settings.radius_m
    check_distance(radius_m)
    return radius_m
