"""Labels of the fields of a station on the stewards' pages, and the rule for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from locator.language.messages import joined, message
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.reading import DAYS
from locator.stations.schema import AMENITIES, DOUBTS, NO, UNKNOWN, WORDS_OF_COLUMN, YES, Station
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.page_words import hours_text

FIELD_WORDS: Final = {
    "station_id": message("Station id"),
    "name": message("Name"),
    "kind": message("Kind"),
    "position": message("Position (WGS 84)"),
    "position_accuracy_m": message("How exact, in metres"),
    "name_en": message("English name"),
    "pinyin": message("Pinyin"),
    "sub_kind": message("Sub-kind"),
    "tier": message("Tier"),
    "parent": message("Belongs to"),
    "venue": message("Venue"),
    "operator": message("Run by"),
    "address": message("Address"),
    "district": message("District"),
    "sub_district": message("Sub-district"),
    "hours": message("Hours as understood"),
    "hours_text": message("Hours as written"),
    "status": message("Operating status"),
    "status_until": message("Expected to open on"),
    "status_note": message("Why it is not open"),
    "entry": message("Entry"),
    "area_m2": message("Floor area in m²"),
    "seats": message("Seats"),
    "phone": message("Phone"),
    "photo_url": message("Photo: its address"),
    "checked_on": message("Last checked"),
    "source": message("Source"),
    "licence": message("Licence"),
    "synthetic": message("Sample data"),
    "doubts": message("Doubts"),
}
"""Column to its label, in the order of the schema; amenities have their own."""

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
ANSWERS: Final = {
    YES: message("There is"),
    NO: message("There is not"),
    UNKNOWN: message("Not known"),
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
    changed = [
        Line(field_name(column), fact(column, old), fact(column, new)) for column, old, new in facts if old != new
    ]
    answers = [(word, _answer(before, word), _answer(after, word)) for word in AMENITIES]
    return changed + [Line(AMENITIES[word].to(lang), old, new) for word, old, new in answers if old != new]


def known_facts(station: Station) -> list[Line]:
    """List what is known of a station, in the order of the schema, amenities last."""
    lang = current_language()
    facts = [(column, fact(column, _value(station, column))) for column in FIELD_WORDS if column != "synthetic"]
    known = [Line(field_name(column), "", text) for column, text in facts if text]
    answered = [word for word in AMENITIES if word in station.amenities]
    return known + [Line(AMENITIES[word].to(lang), "", _answer(station, word)) for word in answered]


def _answer(station: Station, word: str) -> str:
    return localized(ANSWERS[station.amenities.get(word, UNKNOWN)])


def _value(station: Station, column: str) -> Any:
    return (station.lat, station.lon) if column == "position" else getattr(station, column)


def remedy(column: str) -> str:
    """Return the rule for a column in words."""
    return localized(REMEDIES.get(column, _TEXT))


def fact(column: str, value: Any) -> str:
    """Return a fact of a station as text, empty where it is not known."""
    lang = current_language()
    if value is None or value == "":
        return ""
    if column == "doubts":
        return joined((DOUBTS[code] for code in value), message(", ")).to(lang)
    if column in WORDS_OF_COLUMN and value in WORDS_OF_COLUMN[column]:
        return WORDS_OF_COLUMN[column][value].to(lang)
    if column == "hours":
        return hours_text(value)
    if column == "synthetic":
        return localized(message("yes") if value else message("no"))
    if column == "position":
        return f"{value[0]:.6f}, {value[1]:.6f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def field_name(column: str) -> str:
    """Return the label of a field."""
    return localized(message("Amenities") if column == "amenities" else FIELD_WORDS[column])


def instant(at: datetime) -> str:
    """Format an aware time to the minute, in the stations' time zone."""
    return at.astimezone(STATION_TIMEZONE).strftime("%Y-%m-%d %H:%M")
