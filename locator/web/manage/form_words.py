"""Labels of the fields of a station on the stewards' pages, and the rule for each."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from locator.language.messages import message
from locator.stations.difference_words import FactChange, fact_changes, fact_name, station_facts
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.reading import DAYS
from locator.stations.schema import WORDS_OF_COLUMN, Station
from locator.web.shared.page_language import localized

_TEXT: Final = message("At most 500 characters.")
_NUMBER: Final = message("A number of 0 or more, such as 30, or nothing.")
REMEDIES: Final = {
    "name": message("Every station needs a name of at most 200 characters."),
    "position_accuracy_m": _NUMBER,
    "area_m2": _NUMBER,
    "seats": message("A whole number of 0 or more, or nothing."),
    "photo_url": message("An address that begins with https://, or nothing."),
    **dict.fromkeys(DAYS, message("A day such as 2026-11-05, or nothing.")),
    **dict.fromkeys((*WORDS_OF_COLUMN, "amenities"), message("Choose one of the list.")),
}
"""Column to the rule for its values."""


def lines(before: Station, after: Station) -> list[FactChange]:
    """List the facts that differ in the reader's language, as `fact_changes` does."""
    return [
        FactChange(change.fact, *map(localized, (change.name, change.before, change.after)))
        for change in fact_changes(before, after)
    ]


def known_facts(station: Station) -> list[FactChange]:
    """List what is known of a station in the reader's language, as `station_facts` does."""
    return [
        FactChange(fact.fact, localized(fact.name), "", localized(fact.after)) for fact in station_facts(station)
    ]


def remedy(column: str) -> str:
    """Return the rule for a column in words."""
    return localized(REMEDIES.get(column, _TEXT))


def field_name(column: str) -> str:
    """Return the label of a field."""
    return localized(fact_name(column))


def instant(at: datetime) -> str:
    """Format an aware time to the minute, in the stations' time zone."""
    return at.astimezone(STATION_TIMEZONE).strftime("%Y-%m-%d %H:%M")
