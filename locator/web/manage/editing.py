"""Converting a station to a form and back; fields that were not changed keep their exact values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from locator.errors import UsageError
from locator.geo.datum import Datum
from locator.stations.checking import TEXTS, find_faults
from locator.stations.hours_rules import canonical
from locator.stations.hours_text import read_hours
from locator.stations.reading import COLUMNS, DAYS, StationTable, with_dates
from locator.stations.schema import AMENITIES, KINDS, UNKNOWN, WORDS_OF_COLUMN, Station
from locator.web.manage.form_words import remedy
from locator.web.manage.picking import DATUM, POSITION, read_picked
from locator.web.shared.page_language import localized

NUMBERS: Final = ("position_accuracy_m", "area_m2", "seats")
PLAIN: Final = ("name", *TEXTS, "photo_url", *DAYS)
"""Columns that are a text in the form, and in a file too."""
HOURS: Final = "hours_text"
"""The form's one field for both columns of hours: words, or OSM syntax."""
AMENITY: Final = "amenity_"
"""Prefix of the names of amenity fields."""

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edited:
    """The station as the form describes it."""

    station: Station
    """Unchanged if there are faults."""
    faults: Mapping[str, str]
    """Field with an invalid value to its rule in words."""


def form_of(station: Station) -> dict[str, str]:
    """Return the fields of the form for a station."""
    plain = {column: _shown(getattr(station, column)) for column in (*PLAIN, *WORDS_OF_COLUMN, *NUMBERS)}
    amenities = {f"{AMENITY}{word}": station.amenities.get(word, UNKNOWN) for word in AMENITIES}
    position = {POSITION: f"{station.lat!r}, {station.lon!r}", DATUM: Datum.WGS84.value}
    return plain | amenities | position | {HOURS: station.hours_text or station.hours or ""}


def read_form(given: Form, station: Station) -> Edited:
    """Read the form of a station; a missing field leaves its fact unchanged."""
    before = form_of(station)
    touched = {
        name: _tidy(given[name]) for name in before if name in given and _tidy(given[name]) != _tidy(before[name])
    }
    facts = _facts(touched, station)
    faults = {column: remedy(column) for column, value in facts.items() if _is_wrong({column: value})}
    position = station.lat, station.lon
    if touched.keys() & {POSITION, DATUM}:
        try:
            position = read_picked(before | touched)
        except UsageError as error:
            faults[POSITION] = localized(error.message)
    return Edited(station if faults else _edited(station, facts, position), faults)


def _is_wrong(facts: Mapping[str, Any]) -> bool:
    """Tell whether the rules for files find a fault in a valid station with these facts."""
    row: dict[str, Any] = {
        **dict.fromkeys(COLUMNS),
        "station_id": "s",
        "name": "s",
        "kind": next(iter(KINDS)),
        **facts,
    }
    table = StationTable("form", {name: [value] for name, value in row.items()}, [[0, 0]], Datum.WGS84)
    return bool(find_faults([table]))


def _facts(touched: Form, station: Station) -> dict[str, Any]:
    """Turn the fields that were touched into columns, as files have them."""
    facts: dict[str, Any] = {
        name: value or None for name, value in touched.items() if name in (*PLAIN, *WORDS_OF_COLUMN)
    }
    facts |= {name: _number(value) for name, value in touched.items() if name in NUMBERS}
    answers = {word: touched[f"{AMENITY}{word}"] for word in AMENITIES if f"{AMENITY}{word}" in touched}
    if answers:
        amenities = station.amenities | answers
        facts["amenities"] = {word: answer for word, answer in amenities.items() if answer != UNKNOWN}
    if HOURS in touched:
        understood = read_hours(touched[HOURS])
        facts |= {"hours": understood, HOURS: None if _is_osm(touched[HOURS]) else touched[HOURS] or None}
    return facts


def _edited(station: Station, facts: Mapping[str, Any], position: tuple[float, float]) -> Station:
    return replace(station, **with_dates(dict(facts)), lat=position[0], lon=position[1])


def _is_osm(text: str) -> bool:
    """Tell whether hours are in OSM syntax, with letters: bare times are words, too."""
    try:
        return bool(re.search("[A-Za-z]", text) and canonical(text))
    except UsageError:
        return False


def _number(text: str) -> int | float | str | None:
    """Read a number; other text is returned as it is, for the rules to refuse."""
    if re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]*", text) else text or None


def _tidy(text: str) -> str:
    """Remove line ends, outer blanks and double blanks, which browsers and typing add."""
    return " ".join(text.split())


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
