"""Texts of maps and lists: those that scripts and templates share, labels, and directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from locator import maps
from locator.language import lengths
from locator.language.messages import Message, message, texts_in
from locator.stations.directions import DIRECTIONS
from locator.stations.schema import AMENITIES, DOUBTS, WORDS_OF_COLUMN

# Texts of both scripts and templates, which fill in the {fields}.
WORDS: Final = {
    "metres": lengths.METRES,
    "kilometres": lengths.KILOMETRES,
    "way": message("about {n} min on foot, {direction}"),
    "accuracy": message("Position uncertain: ± {n} m"),
    "rest": message("and {n} more"),
    "others": message("{title}; {n} more closed for now or planned"),
    "others_alone": message("{title} {n} are closed for now or planned."),
    "pin_out": message("{name}, {status}"),
    "out_note": message("{status}: {note}"),
    "locked": message("People found it locked lately; not yet checked"),
    "amenities_unknown": message("Amenities not known"),
    "title": message("Stations within {radius}: {n}, open now: {open}"),
    "title_cut": message("The {n} nearest stations, all within {radius}; open now: {open}"),
    "none": message("There is no station within {radius} of here."),
    "none_fits": message("No station within {radius} of here has all that you chose."),
    "open_nearby": message("The nearest that is open now: {name}, {distance}"),
    "closes_before": message("closes before you arrive"),
    "closes_after": message("closes {n} min after you arrive"),
    "checked_today": message("checked today"),
    "checked_yesterday": message("checked yesterday"),
    "checked_days": message("checked {n} days ago"),
    "checked_month": message("checked a month ago"),
    "checked_months": message("checked {n} months ago"),
    "checked_long_ago": message("not checked since {month}"),
    "never_checked": message("never confirmed on the spot"),
    "as_of": message("Open or closed as of {time}, Beijing time."),
}
CITY_WORDS: Final = {
    "stations": message("stations"),
    "stations_out": message("stations closed for now or planned"),
    "shown": message("{n} of {all} stations shown"),
    "no_data": message("The stations could not be loaded. Check the connection and reload the page."),
    "comma": message(", "),
}
MAP_WORDS: Final = {"zoom_in": message("Zoom in"), "zoom_out": message("Zoom out")}
FAR_MIN: Final = 120
"""Walking times from here on are not shown: nobody walks two hours to rest."""
TIGHT_MIN: Final = 15
"""Stations that close this soon after arrival are marked."""
UNCERTAIN_M: Final = 50
"""Positions less accurate than this are marked."""
AMENITIES_SHOWN: Final = 8
"""The number of amenities listed on a card."""
LIMITS: Final = {
    "far_min": FAR_MIN,
    "tight_min": TIGHT_MIN,
    "uncertain_m": UNCERTAIN_M,
    "amenities_shown": AMENITIES_SHOWN,
}
"""Limits for both scripts and templates."""
WINTER: Final = ("heating", "drinking_water", "microwave", "toilet", "kettle", "phone_charging", "seats")
SUMMER: Final = ("air_conditioning", "drinking_water", "heat_relief", "toilet", "fridge", "phone_charging")
BETWEEN: Final = ("drinking_water", "toilet", "microwave", "phone_charging", "seats", "wifi")


@cache
def labels_in(lang: str) -> dict[str, dict[str, str]]:
    """Return the labels of the vocabulary, and the signs of the kinds, in a language."""
    vocabulary = {**WORDS_OF_COLUMN, "amenity": AMENITIES, "doubt": DOUBTS, "sign": maps.SIGNS}
    return {column: texts_in(words, lang) for column, words in vocabulary.items()}


@cache
def words_in(lang: str) -> tuple[Mapping[str, str], Sequence[str]]:
    """Translate `WORDS` and `DIRECTIONS` into a language, cached because a page uses some many times."""
    return texts_in(WORDS, lang), [direction.to(lang) for direction in DIRECTIONS]


def wanted_amenities(today: date) -> list[str]:
    """List all amenities, those most wanted in the season first: warmth from November, coolness from June."""
    first = WINTER if today.month in (11, 12, 1, 2, 3) else SUMMER if today.month in (6, 7, 8, 9) else BETWEEN
    return [*first, *(word for word in AMENITIES if word not in first)]


def map_words(
    lang: str, radius_m: float, today: date, more: Mapping[str, Message] | None = None
) -> dict[str, Any]:
    """Gather the texts for the scripts of a page with a map, and those of the page's own script in `more`.

    The season of `today` decides which amenities come first.
    """
    labels, (words, directions) = labels_in(lang), words_in(lang)
    return {**words, **texts_in({**MAP_WORDS, **(more or {})}, lang)} | {
        "lang": lang,
        "radius_text": lengths.radius_text(radius_m, lang),
        "directions": directions,
        "kinds": labels["kind"],
        "signs": labels["sign"],
        "entries": labels["entry"],
        "statuses": labels["status"],
        "amenities": labels["amenity"],
        "amenity_order": wanted_amenities(today),
        "limits": LIMITS,
        "radius_m": radius_m,
    }
