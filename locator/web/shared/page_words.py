"""What pages and their scripts say: the words both share, labels, distances and directions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from locator import maps
from locator.language.catalogue import local_name
from locator.language.messages import Message, message, texts_in
from locator.stations.hours import MONTHS, STATION_TIMEZONE, WEEKDAYS
from locator.stations.schema import AMENITIES, DOUBTS, WORDS_OF_COLUMN
from locator.web.shared.context import current_settings
from locator.web.shared.page_language import current_language

# What scripts and templates both say; {fields} are filled in where it is said.
WORDS: Final = {
    "metres": message("{n} m"),
    "kilometres": message("{n} km"),
    "way": message("about {n} min on foot, {direction}"),
    "accuracy": message("Position uncertain: ± {n} m"),
    "rest": message("and {n} more"),
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
    "place_station": message("station"),
    "place_sub_district": message("sub-district"),
    "place_district": message("district"),
    "place_position": message("latitude and longitude"),
}
FINDER_WORDS: Final = {
    "locating": message("Finding out where you are …"),
    "locating_again": message("Still looking, less exactly now …"),
    "asking": message("Looking for stations …"),
    "denied": message(
        "This page was not allowed to know where you are. Allow it in the browser's settings and try again,"
        " or say below where you are."
    ),
    "unavailable": message(
        "Your phone cannot tell where it is at the moment. Step outdoors or to a window and try again,"
        " or say below where you are."
    ),
    "timeout": message("Finding your position took too long. Try again, or say below where you are."),
    "unsupported": message(
        "This browser cannot tell where you are, or the page was not opened over https. Say below where you are."
    ),
    "no_network": message("The service did not answer. Check the connection and try again."),
    "framed": message(
        "The page around this one keeps it from knowing where you are."
        " Open the full page, or say below where you are."
    ),
    "rough": message(
        "Your position is only known to ± {n} m, so the list may miss what is nearest."
        " Step outdoors and try again, or say below where you are."
    ),
    "near_place": message("Near {place}"),
    "which": message("Which one do you mean?"),
    "no_place": message("No place was found for “{text}”. Try a shorter name, or choose a district."),
    "say_where": message("Say where you are: name a place, choose a district, or give latitude and longitude."),
    "district": message("{district}: {n} stations"),
    "district_fits": message("{district}: {n} of {all} stations have all that you chose"),
    "district_none_fits": message("{district}: none of {all} stations has all that you chose."),
    "district_cut": message("{title}, the first {listed} by name"),
    "nothing_to_answer": message(
        "There is no network, and the stations are not kept on this device yet."
        " Search again when the network is back."
    ),
    "point_on_map": message("the point chosen on the map"),
    "places_found": message("Places found: {n}"),
    "filters_on": message("{n} chosen"),
}
WALK_WORDS: Final = {
    "call": message("Call"),
    "call_number": message("Call {number}"),
    "web": message("without the app"),
    "copy_address": message("Copy address"),
    "copy_position": message("Copy name and position"),
    "copied": message("Copied: {text}"),
    "copy_by_hand": message("This browser does not let the page copy. Hold the text below and copy it:"),
}
FEEDBACK_WORDS: Final = {
    "sending": message("Sending …"),
    "not_sent": message("Not sent: the service cannot be reached. Try again when there is signal."),
}
CITY_WORDS: Final = {
    "stations": message("stations"),
    "shown": message("{n} of {all} stations shown"),
    "no_data": message("The stations could not be loaded. Check the connection and reload the page."),
    "comma": message(", "),
}
MAP_WORDS: Final = {"zoom_in": message("Zoom in"), "zoom_out": message("Zoom out")}
DIRECTIONS: Final = (
    message("north"),
    message("north-east"),
    message("east"),
    message("south-east"),
    message("south"),
    message("south-west"),
    message("west"),
    message("north-west"),
)

FAR_MIN: Final = 120
"""Nobody walks this long to sit down: no minutes are told."""
TIGHT_MIN: Final = 15
"""A station that closes so soon after one arrives says so."""
UNCERTAIN_M: Final = 50
"""A position that may be farther off than this says so."""
AMENITIES_SHOWN: Final = 8
"""So many amenities are listed on a card."""
LIMITS: Final = {
    "far_min": FAR_MIN,
    "tight_min": TIGHT_MIN,
    "uncertain_m": UNCERTAIN_M,
    "amenities_shown": AMENITIES_SHOWN,
}
"""What scripts and templates measure by, handed to both."""
WINTER: Final = ("heating", "drinking_water", "microwave", "toilet", "kettle", "phone_charging", "seats")
SUMMER: Final = ("air_conditioning", "drinking_water", "heat_relief", "toilet", "fridge", "phone_charging")
BETWEEN: Final = ("drinking_water", "toilet", "microwave", "phone_charging", "seats", "wifi")
AMENITIES_AT_ONCE: Final = 4
"""So many amenities can be chosen without opening the rest."""
HOURS_WORDS: Final = {
    "24/7": message("24 hours, every day"),
    "-": message("–"),
    **dict(zip(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"), WEEKDAYS, strict=True)),
    "PH": message("public holidays"),
    "SH": message("school holidays"),
    "off": message("closed"),
    **{str(month): month for month in MONTHS},
}
"""What opening hours in OSM syntax are made of; the dash is that between two days."""
DATE_WORDS: Final = {
    "day": message("{month} {day}"),
    "until_day": message("–{day}"),
    "year": message("{year} "),
}
_DAY: Final = re.compile(
    r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?P<day>\d{1,2})(?![\d:])"
    r"(?:-(?P<last>\d{1,2})(?![\d:])|(?P<dash>-)(?=[A-Z]|\d{4}))?"
)
_YEAR: Final = re.compile(r"(?<!\d)(\d{4}) (?=[A-Z])")


@cache
def labels_in(lang: str) -> dict[str, dict[str, str]]:
    """Return the labels of all words of the vocabulary, and the signs of the kinds, in a language."""
    vocabulary = {**WORDS_OF_COLUMN, "amenity": AMENITIES, "doubt": DOUBTS, "sign": maps.SIGNS}
    return {column: texts_in(words, lang) for column, words in vocabulary.items()}


def say(key: str, **values: object) -> str:
    """Say one of `WORDS` in the reader's language, with its fields filled in."""
    return _texts(current_language())[0][key].format(**values)


@cache
def _texts(lang: str) -> tuple[Mapping[str, str], Sequence[str]]:
    """Translate `WORDS` and `DIRECTIONS` once into a language: a page says some many times."""
    return texts_in(WORDS, lang), [direction.to(lang) for direction in DIRECTIONS]


def radius_text(radius_m: float) -> str:
    """Say a radius: a round number stays round."""
    key, value = ("metres", radius_m) if radius_m < 1000 else ("kilometres", radius_m / 1000)
    return say(key, n=f"{value:g}")


def distance_text(distance_m: float) -> str:
    """Say a distance, to the metre below 1 km, to 10 m below 10 km, to 100 m beyond; as list.js does."""
    if distance_m < 999.5:
        return say("metres", n=int(distance_m + 0.5))
    # Half a step goes up, as there.
    km = (
        f"{int(distance_m / 10 + 0.5) / 100:.2f}"
        if distance_m < 9995
        else f"{int(distance_m / 100 + 0.5) / 10:.1f}"
    )
    return say("kilometres", n=km)


def way_text(hit: Mapping[str, Any]) -> str:
    """Say how long the walk is and where to.

    Only where to if it is farther than anybody walks for a seat; nothing where the station is the place itself, as
    it is for who asked for it by its name. As list.js does.
    """
    if not hit["walk_min"]:
        return ""
    direction = _texts(current_language())[1][int(hit["bearing_deg"] / 45 + 0.5) % 8]
    if hit["walk_min"] > FAR_MIN:
        return direction
    return say("way", n=hit["walk_min"], direction=direction)


def arrival_text(hit: Mapping[str, Any], as_of: str) -> str:
    """Say if a station that is open will have closed on arrival, or closes soon after; as list.js does."""
    until = hit["open"]["until"]
    if hit["open"]["state"] != "open" or not until:
        return ""
    arrival = datetime.fromisoformat(as_of) + timedelta(minutes=hit["walk_min"])
    left_min = (datetime.fromisoformat(until) - arrival) // timedelta(minutes=1)
    if left_min < 1:
        return say("closes_before")
    return say("closes_after", n=left_min) if left_min <= TIGHT_MIN else ""


def checked_text(checked_on: str | None, today: date) -> str:
    """Say how long ago somebody confirmed a station's facts, in whole days or months; as list.js does."""
    if not checked_on:
        return say("never_checked")
    day = date.fromisoformat(checked_on)
    months = _months_between(day, today)
    if months >= 12:
        return say("checked_long_ago", month=checked_on[:7])
    if months >= 1:
        return say("checked_month" if months == 1 else "checked_months", n=months)
    days = (today - day).days
    key = "checked_days" if days > 1 else "checked_yesterday" if days == 1 else "checked_today"
    return say(key, n=days)


def is_stale(checked_on: str | None, today: date) -> bool:
    """Tell whether nobody has confirmed a station's facts for a year, or ever."""
    return not checked_on or _months_between(date.fromisoformat(checked_on), today) >= 12


def _months_between(day: date, today: date) -> int:
    return (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)


def wanted_amenities(today: date) -> list[str]:
    """List all amenities, those most wanted in the season first: warmth from November, coolness from June."""
    first = WINTER if today.month in (11, 12, 1, 2, 3) else SUMMER if today.month in (6, 7, 8, 9) else BETWEEN
    return [*first, *(word for word in AMENITIES if word not in first)]


@lru_cache(maxsize=64)
def icon(amenity: str) -> Markup:
    """Write the sign of an amenity, which the page draws once and shows many times."""
    return Markup('<svg class="icon" width="18" height="18" aria-hidden="true"><use href="#i-{}" /></svg>').format(
        amenity
    )


def amenities_there(facts: Mapping[str, Any], order: Sequence[str]) -> list[str]:
    """List in some order the amenities that a station is known to have."""
    said = facts["amenities"]
    return [word for word in order if said[word] == "yes"]


def hours_text(hours: str) -> str:
    """Spell out opening hours in OSM syntax, word by word."""
    words, dates = _hours_texts(current_language())
    dated = _YEAR.sub(dates["year"].format(year=r"\1"), _DAY.sub(_day_text, hours))
    spelt = re.sub(r"(?<=[a-z])-(?=[A-Z])", words["-"], dated)
    return re.sub(r"24/7|[A-Za-z]+", lambda word: words.get(word[0], word[0]), spelt)


def _day_text(found: re.Match[str]) -> str:
    """Say a day of the year, and the last day of a run of them, ``Nov 15-20`` or ``Nov 15-Mar 15``."""
    words, dates = _hours_texts(current_language())
    month, day, last = found["month"], int(found["day"]), found["last"]
    said = dates["day"].format(month=month, day=day)
    until = dates["until_day"].format(day=int(last)) if last else ""
    return f"{said}{until}{words['-'] if found['dash'] else ''}"


@cache
def _hours_texts(lang: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return texts_in(HOURS_WORDS, lang), texts_in(DATE_WORDS, lang)


def station_name(facts: Mapping[str, Any]) -> str:
    """Return the name that readers of the page's language know it by."""
    return local_name(facts["name"], facts["name_en"], current_language())


def script_words(more: Mapping[str, Message] | None = None) -> dict[str, Any]:
    """Gather what the page's scripts say, in the reader's language, and where they ask."""
    lang = current_language()
    labels, (words, directions) = labels_in(lang), _texts(lang)
    said = texts_in({**MAP_WORDS, **(more or {})}, lang)
    today = datetime.now(STATION_TIMEZONE).date()
    return {**words, **said} | {
        "lang": lang,
        "radius_text": radius_text(current_settings().radius_m),
        "directions": directions,
        "kinds": labels["kind"],
        "signs": labels["sign"],
        "entries": labels["entry"],
        "amenities": labels["amenity"],
        "amenity_order": wanted_amenities(today),
        "limits": LIMITS,
        "radius_m": current_settings().radius_m,
        "nearest_url": url_for("api.nearest"),
        "places_url": url_for("api.places"),
        "home_url": url_for("finder.home"),
        "station_url": url_for("finder.station", station_id="STATION"),
        "api_station_url": url_for("api.station", station_id="STATION", lang=lang),
    }
