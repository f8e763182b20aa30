"""What stewards' pages call the facts of a station, and what may stand in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from flask_babel import gettext, lazy_gettext

from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import AMENITIES, DOUBTS, NO, UNKNOWN, WORDS_OF_COLUMN, YES, Station
from locator.web.shared.page_language import current_language
from locator.web.shared.page_words import hours_text

FIELD_WORDS: Final = {
    "station_id": lazy_gettext("Station id"),
    "name": lazy_gettext("Name"),
    "kind": lazy_gettext("Kind"),
    "position": lazy_gettext("Position (WGS 84)"),
    "position_accuracy_m": lazy_gettext("How exact, in metres"),
    "name_en": lazy_gettext("English name"),
    "pinyin": lazy_gettext("Pinyin"),
    "sub_kind": lazy_gettext("Sub-kind"),
    "tier": lazy_gettext("Tier"),
    "parent": lazy_gettext("Belongs to"),
    "venue": lazy_gettext("Venue"),
    "operator": lazy_gettext("Run by"),
    "address": lazy_gettext("Address"),
    "district": lazy_gettext("District"),
    "sub_district": lazy_gettext("Sub-district"),
    "hours": lazy_gettext("Hours as understood"),
    "hours_text": lazy_gettext("Hours as written"),
    "entry": lazy_gettext("Entry"),
    "area_m2": lazy_gettext("Floor area in m²"),
    "seats": lazy_gettext("Seats"),
    "phone": lazy_gettext("Phone"),
    "photo_url": lazy_gettext("Photo: its address"),
    "checked_on": lazy_gettext("Last checked"),
    "source": lazy_gettext("Source"),
    "licence": lazy_gettext("Licence"),
    "synthetic": lazy_gettext("Sample data"),
    "doubts": lazy_gettext("Doubts"),
}
"""Column to its name, in the order of the schema; amenities go by their own."""

_TEXT: Final = lazy_gettext("At most 500 characters.")
_NUMBER: Final = lazy_gettext("A number of 0 or more, such as 30, or nothing.")
REMEDIES: Final = {
    "name": lazy_gettext("Every station needs a name of at most 200 characters."),
    "position": lazy_gettext("Two numbers in degrees, latitude between -90 and 90. Are they swapped?"),
    "position_accuracy_m": _NUMBER,
    "area_m2": _NUMBER,
    "seats": lazy_gettext("A whole number of 0 or more, or nothing."),
    "photo_url": lazy_gettext("An address that begins with https://, or nothing."),
    "checked_on": lazy_gettext("A day such as 2026-11-05, or nothing."),
    **dict.fromkeys(
        ("kind", "sub_kind", "tier", "venue", "entry", "amenities"), lazy_gettext("Choose one of the list.")
    ),
}
"""Column to what may stand in it."""
ANSWERS: Final = {
    YES: lazy_gettext("There is"),
    NO: lazy_gettext("There is not"),
    UNKNOWN: lazy_gettext("Not known"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact before and after, in words; empty where it is not known."""

    name: str
    before: str
    after: str


def lines(before: Station, after: Station) -> list[Line]:
    """List the facts that differ, in the order of the schema, amenities last."""
    lang = current_language()
    facts = [(column, _value(before, column), _value(after, column)) for column in FIELD_WORDS]
    found = [
        Line(field_name(column), fact(column, old), fact(column, new)) for column, old, new in facts if old != new
    ]
    said = [(word, _answer(before, word), _answer(after, word)) for word in AMENITIES]
    return found + [Line(AMENITIES[word].label(lang), old, new) for word, old, new in said if old != new]


def _answer(station: Station, word: str) -> str:
    return str(ANSWERS[station.amenities.get(word, UNKNOWN)])


def _value(station: Station, column: str) -> Any:
    return (station.lat, station.lon) if column == "position" else getattr(station, column)


def remedy(column: str) -> str:
    """Say what may stand in a column."""
    return str(REMEDIES.get(column, _TEXT))


def fact(column: str, value: Any) -> str:
    """Say one fact of a station as people read it; nothing known is an empty text."""
    lang = current_language()
    if value is None or value == "":
        return ""
    if column == "doubts":
        return str(gettext(", ")).join(DOUBTS[code].label(lang) for code in value)
    if column in WORDS_OF_COLUMN and value in WORDS_OF_COLUMN[column]:
        return WORDS_OF_COLUMN[column][value].label(lang)
    if column == "hours":
        return hours_text(value)
    if column == "synthetic":
        return str(gettext("yes") if value else gettext("no"))
    if column == "position":
        return f"{value[0]:.6f}, {value[1]:.6f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def field_name(column: str) -> str:
    """Name a field of the form."""
    return str(gettext("Amenities")) if column == "amenities" else str(FIELD_WORDS[column])


def instant(at: datetime) -> str:
    """Say an aware time to the minute, on the stations' clock."""
    return at.astimezone(STATION_TIMEZONE).strftime("%Y-%m-%d %H:%M")
