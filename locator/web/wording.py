"""What pages and their scripts say: the words both share, labels, distances and directions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from flask import url_for
from flask_babel import lazy_gettext

from locator import maps
from locator.stations.schema import AMENITIES, WORDS_OF_COLUMN
from locator.web.context import current_settings
from locator.web.language import current_language

# What scripts and templates both say; {fields} are filled in where it is said.
WORDS: Final = {
    "metres": lazy_gettext("{n} m"),
    "kilometres": lazy_gettext("{n} km"),
    "way": lazy_gettext("about {n} min on foot, {direction}"),
    "accuracy": lazy_gettext("Position uncertain: ± {n} m"),
    "rest": lazy_gettext("and {n} more"),
    "amenities_unknown": lazy_gettext("Amenities not known"),
    "title": lazy_gettext("Stations within {radius}: {n}, open now: {open}"),
    "title_cut": lazy_gettext("The {n} nearest stations, all within {radius}; open now: {open}"),
    "none": lazy_gettext("There is no station within {radius} of here."),
    "as_of": lazy_gettext("Open or closed as of {time}, Beijing time."),
    "place_station": lazy_gettext("station"),
    "place_sub_district": lazy_gettext("sub-district"),
    "place_district": lazy_gettext("district"),
}
FINDER_WORDS: Final = {
    "locating": lazy_gettext("Finding out where you are …"),
    "locating_again": lazy_gettext("Still looking, less exactly now …"),
    "asking": lazy_gettext("Looking for stations …"),
    "denied": lazy_gettext(
        "This page was not allowed to know where you are. Allow it in the browser's settings and try again,"
        " or say below where you are."
    ),
    "unavailable": lazy_gettext(
        "Your phone cannot tell where it is at the moment. Step outdoors or to a window and try again,"
        " or say below where you are."
    ),
    "timeout": lazy_gettext("Finding your position took too long. Try again, or say below where you are."),
    "unsupported": lazy_gettext(
        "This browser cannot tell where you are, or the page was not opened over https. Say below where you are."
    ),
    "no_network": lazy_gettext("The service did not answer. Check the connection and try again."),
}
CITY_WORDS: Final = {
    "stations": lazy_gettext("stations"),
    "shown": lazy_gettext("{n} of {all} stations shown"),
    "no_data": lazy_gettext("The stations could not be loaded. Check the connection and reload the page."),
    "comma": lazy_gettext(", "),
}
MAP_WORDS: Final = {"zoom_in": lazy_gettext("Zoom in"), "zoom_out": lazy_gettext("Zoom out")}
DIRECTIONS: Final = (
    lazy_gettext("north"),
    lazy_gettext("north-east"),
    lazy_gettext("east"),
    lazy_gettext("south-east"),
    lazy_gettext("south"),
    lazy_gettext("south-west"),
    lazy_gettext("west"),
    lazy_gettext("north-west"),
)

FAR_MIN: Final = 120
HOURS_WORDS: Final = {
    "24/7": lazy_gettext("24 hours, every day"),
    "-": lazy_gettext("–"),
    "Mo": lazy_gettext("Mon"),
    "Tu": lazy_gettext("Tue"),
    "We": lazy_gettext("Wed"),
    "Th": lazy_gettext("Thu"),
    "Fr": lazy_gettext("Fri"),
    "Sa": lazy_gettext("Sat"),
    "Su": lazy_gettext("Sun"),
    "PH": lazy_gettext("public holidays"),
    "SH": lazy_gettext("school holidays"),
    "off": lazy_gettext("closed"),
    "Jan": lazy_gettext("Jan"),
    "Feb": lazy_gettext("Feb"),
    "Mar": lazy_gettext("Mar"),
    "Apr": lazy_gettext("Apr"),
    "May": lazy_gettext("May"),
    "Jun": lazy_gettext("Jun"),
    "Jul": lazy_gettext("Jul"),
    "Aug": lazy_gettext("Aug"),
    "Sep": lazy_gettext("Sep"),
    "Oct": lazy_gettext("Oct"),
    "Nov": lazy_gettext("Nov"),
    "Dec": lazy_gettext("Dec"),
}
"""What opening hours in OSM syntax are made of; the dash is that between two days."""


@cache
def labels_in(lang: str) -> dict[str, dict[str, str]]:
    """Return the labels of all words of the vocabulary, and the signs of the kinds, in a language."""
    vocabulary = {**WORDS_OF_COLUMN, "amenity": AMENITIES, "sign": maps.SIGNS}
    return {
        column: {word: label.label(lang) for word, label in words.items()} for column, words in vocabulary.items()
    }


def radius_text(radius_m: float) -> str:
    """Say a radius: a round number stays round."""
    key, value = ("metres", radius_m) if radius_m < 1000 else ("kilometres", radius_m / 1000)
    return str(WORDS[key]).format(n=f"{value:g}")


def distance_text(distance_m: float) -> str:
    """Say a distance, to the metre below 1 km, to 10 m below 10 km, to 100 m beyond; as static/finder.js does."""
    if distance_m < 999.5:
        return str(WORDS["metres"]).format(n=int(distance_m + 0.5))
    return str(WORDS["kilometres"]).format(n=f"{distance_m / 1000:.{2 if distance_m < 9995 else 1}f}")


def way_text(hit: Mapping[str, Any]) -> str:
    """Say how long the walk is and where to; only where to if it is farther than anybody walks for a seat."""
    direction = DIRECTIONS[int(hit["bearing_deg"] / 45 + 0.5) % 8]
    if hit["walk_min"] > FAR_MIN:
        return str(direction)
    return str(WORDS["way"]).format(n=hit["walk_min"], direction=direction)


def hours_text(hours: str) -> str:
    """Spell out opening hours in OSM syntax, word by word."""
    spelt = re.sub(r"(?<=[a-z])-(?=[A-Z])", str(HOURS_WORDS["-"]), hours)
    return re.sub(r"24/7|[A-Za-z]+", lambda word: str(HOURS_WORDS.get(word[0], word[0])), spelt)


def station_name(facts: Mapping[str, Any]) -> str:
    """Return the name that readers of the page's language know it by."""
    name: str = facts["name"]
    return name if current_language() == "zh" else facts["name_en"] or name


def script_words(more: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Gather what the page's scripts say, in the reader's language, and where they ask."""
    lang = current_language()
    labels = labels_in(lang)
    said = {key: str(text) for key, text in {**WORDS, **MAP_WORDS, **(more or {})}.items()}
    return said | {
        "lang": lang,
        "radius_text": radius_text(current_settings().radius_m),
        "directions": [str(direction) for direction in DIRECTIONS],
        "kinds": labels["kind"],
        "signs": labels["sign"],
        "entries": labels["entry"],
        "amenities": labels["amenity"],
        "nearest_url": url_for("api.nearest"),
        "station_url": url_for("finder.station", station_id="STATION"),
        "api_station_url": url_for("api.station", station_id="STATION", lang=lang),
    }
