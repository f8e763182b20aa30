"""The facts of stations and their differences in words, for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

from locator.language.messages import Message, joined, message
from locator.stations.schema import AMENITIES, DOUBTS, NO, OPEN, STATUSES, UNKNOWN, WORDS_OF_COLUMN, YES, Station
from locator.stations.spelled_hours import spelled_hours

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
ANSWERS: Final = {
    YES: message("There is"),
    NO: message("There is not"),
    UNKNOWN: message("Not known"),
}
_AMENITY: Final = "amenity:"
_FACTS: Final = (*FIELD_WORDS, *(f"{_AMENITY}{word}" for word in AMENITIES))


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact before and after, in words that can be translated; empty where it is not known."""

    fact: str
    """A column, ``position`` or ``amenity:WORD``."""
    name: str
    before: str
    after: str


class _Hours(Message):
    """Opening hours in OSM syntax, spelled out in the reader's language."""

    __slots__ = ("hours",)
    hours: str

    def __new__(cls, hours: str) -> Self:
        text = super().__new__(cls, "{hours}", {"hours": hours})
        text.hours = hours
        return text

    def to(self, lang: str) -> str:
        """Spell the hours out."""
        return spelled_hours(self.hours, lang)


def fact_changes(before: Station, after: Station) -> list[FactChange]:
    """List the facts that differ, in the order of the schema, amenities last."""
    values = ((fact, _value(before, fact), _value(after, fact)) for fact in _FACTS)
    return [
        FactChange(fact, fact_name(fact), fact_text(fact, old), fact_text(fact, new))
        for fact, old, new in values
        if old != new
    ]


def station_facts(station: Station) -> list[FactChange]:
    """List what is known of a station, in the order of the schema, amenities last; ``before`` is empty."""
    values = ((fact, _value(station, fact)) for fact in _FACTS if fact != "synthetic")
    known = ((fact, fact_text(fact, value)) for fact, value in values if value is not None)
    return [FactChange(fact, fact_name(fact), "", text) for fact, text in known if text]


def _value(station: Station, fact: str) -> Any:
    if fact.startswith(_AMENITY):
        return station.amenities.get(fact.removeprefix(_AMENITY))
    return (station.lat, station.lon) if fact == "position" else getattr(station, fact)


def fact_name(fact: str) -> str:
    """Return the label of a fact."""
    if fact.startswith(_AMENITY):
        return AMENITIES[fact.removeprefix(_AMENITY)]
    return message("Amenities") if fact == "amenities" else FIELD_WORDS[fact]


def fact_text(fact: str, value: Any) -> str:
    """Return the value of a fact in words, empty where it is not known.

    Parameters
    ----------
    fact
        A column, ``position`` or ``amenity:WORD``.
    value
        As a station has it, a position as (lat, lon); or as `locator.stations.edits.facts_of` has it.
    """
    if fact.startswith(_AMENITY):
        return ANSWERS[value or UNKNOWN]
    if fact == "status" and (value is None or isinstance(value, list)):
        status, *others = value or [None]
        return joined((STATUSES[status or OPEN], *filter(None, others)), message(", "))
    if isinstance(value, list) and fact == "hours":
        text, hours = value
        return text or fact_text(fact, hours)
    if value is None or value == "":
        return ""
    if fact == "doubts":
        return joined((DOUBTS[code] for code in value), message(", "))
    if value in WORDS_OF_COLUMN.get(fact, ()):
        return WORDS_OF_COLUMN[fact][value]
    if fact == "hours":
        return _Hours(value)
    if fact == "synthetic":
        return message("yes") if value else message("no")
    if fact == "position":
        return f"{value[0]:.6f}, {value[1]:.6f}"
    return value.isoformat() if isinstance(value, date) else str(value)
