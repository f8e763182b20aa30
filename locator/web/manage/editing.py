"""Converting a station to a form and back; fields that were not changed keep their exact values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from unicodedata import normalize

from locator.errors import UsageError
from locator.geo.datum import Datum
from locator.language.messages import message
from locator.stations.checking import TEXTS, find_faults
from locator.stations.hours_rules import canonical
from locator.stations.hours_text import read_hours
from locator.stations.reading import COLUMNS, DAYS, StationTable, with_dates
from locator.stations.schema import AMENITIES, BY_HAND, CLOSED, KINDS, OPEN, UNKNOWN, WORDS_OF_COLUMN, Station
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

SHOWN: Final = 60
"""How much of a wrong value is repeated."""

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edited:
    """The station as the form describes it."""

    station: Station
    """Unchanged if there are faults."""
    faults: Mapping[str, str]
    """Field with an invalid value to its rule in words."""


NEW: Final = Station("", "", next(iter(KINDS)), 0.0, 0.0, source=BY_HAND)
"""What a form for a new station begins with; it has neither a name nor a position."""


def blank_form() -> dict[str, str]:
    """Return the fields of the form for a new station: all but the source, which is settled."""
    fields = form_of(NEW) | {POSITION: "", DATUM: ""}
    del fields["source"]
    return fields


def form_of(station: Station) -> dict[str, str]:
    """Return the fields of the form for a station."""
    plain = {column: _shown(getattr(station, column)) for column in (*PLAIN, *WORDS_OF_COLUMN, *NUMBERS)}
    amenities = {f"{AMENITY}{word}": station.amenities.get(word, UNKNOWN) for word in AMENITIES}
    position = {POSITION: f"{station.lat!r}, {station.lon!r}", DATUM: Datum.WGS84.value}
    return plain | amenities | position | {HOURS: station.hours_text or station.hours or ""}


def read_form(given: Form, station: Station) -> Edited:
    """Read the form of a station; a missing field leaves its fact unchanged.

    That of `NEW` needs a name and a position.
    """
    before = blank_form() if station is NEW else form_of(station)
    touched = _touched(given, before)
    facts = _facts(touched, station)
    if station is NEW:
        facts.setdefault("name", None)
    faults = {column: _fault(column, touched) for column, value in facts.items() if _is_wrong({column: value})}
    if facts.get("status") == CLOSED:  # that is what retiring is for
        faults["status"] = _fault("status", touched)
    position = station.lat, station.lon
    if station is NEW or touched.keys() & {POSITION, DATUM}:
        try:
            position = read_picked(before | touched)
        except UsageError as error:
            faults[POSITION] = localized(error.message)
    return Edited(station if faults else _edited(station, facts, position), faults)


def rebased(given: Form, seen: Station, current: Station) -> dict[str, str]:
    """Return the fields that a steward changed as typed, and the others as somebody else published them.

    Parameters
    ----------
    given
        The form as it was sent.
    seen
        The station as the form was made from it.
    current
        The station as it is published now.
    """
    return form_of(current) | _touched(given, form_of(seen))


def _touched(given: Form, before: Form) -> dict[str, str]:
    """Return the fields that differ from what stood there."""
    tidy = {name: _tidy(given[name]) for name in before if name in given}
    return {name: value for name, value in tidy.items() if value != _tidy(before[name])}


def _fault(column: str, touched: Form) -> str:
    """Say what is wrong with a value: the value and the rule."""
    value = touched.get(column, "")
    if not value:
        return remedy(column)
    shown = value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
    return localized(message("“{value}” cannot be taken. {rule}", value=shown, rule=remedy(column)))


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
    # A Chinese keyboard types wide digits.
    facts |= {name: _number(normalize("NFKC", value)) for name, value in touched.items() if name in NUMBERS}
    facts |= {name: normalize("NFKC", value) or None for name, value in touched.items() if name in DAYS}
    answers = {word: touched[f"{AMENITY}{word}"] for word in AMENITIES if f"{AMENITY}{word}" in touched}
    if answers:
        amenities = station.amenities | answers
        facts["amenities"] = {word: answer for word, answer in amenities.items() if answer != UNKNOWN}
    if HOURS in touched:
        understood = read_hours(touched[HOURS])
        facts |= {"hours": understood, HOURS: None if _is_osm(touched[HOURS]) else touched[HOURS] or None}
    return facts


def _edited(station: Station, facts: Mapping[str, Any], position: tuple[float, float]) -> Station:
    if facts.get("status") == OPEN:
        # What was said of its being closed goes with that.
        facts = {"status_until": None, "status_note": None} | dict(facts)
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
    """Remove line ends, outer and double blanks, which browsers and typing add, and characters nobody can see."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
