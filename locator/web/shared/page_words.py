"""What pages and their scripts say, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from locator.handouts.map_words import FAR_MIN, TIGHT_MIN, map_words, words_in
from locator.language import lengths
from locator.language.catalogue import local_name
from locator.language.messages import Message, message
from locator.stations.hours import current_day
from locator.stations.spelled_hours import spelled_hours
from locator.web.shared.context import current_settings
from locator.web.shared.page_language import current_language
from locator.web.shared.place_names import METRO_NAME, PLACE_KINDS

FINDER_WORDS: Final = {
    "locating": message("Finding out where you are …"),
    "locating_again": message("Still looking, less exactly now …"),
    "asking": message("Looking for stations …"),
    "denied": message(
        "This page was not allowed to know where you are. Allow it in the browser's settings and try again,"
        " or enter a place below."
    ),
    "unavailable": message(
        "Your phone cannot tell where it is at the moment. Step outdoors or to a window and try again,"
        " or enter a place below."
    ),
    "timeout": message("Finding your position took too long. Try again, or enter a place below."),
    "unsupported": message(
        "This browser cannot tell where you are, or the page was not opened over https. Enter a place below."
    ),
    "no_network": message("The service did not answer. Check the connection and try again."),
    "framed": message(
        "The page around this one keeps it from knowing where you are. Open the full page, or enter a place below."
    ),
    "rough": message(
        "Your position is only known to ± {n} m, so the list may miss what is nearest."
        " Step outdoors and try again, or enter a place below."
    ),
    "rough_place": message(
        "{place} is large, so the list may miss what is nearest to you. Choose your spot on the map, or type a"
        " smaller place."
    ),
    "near_place": message("Near {place}"),
    "counted_from": message("Counted from the middle of {place}, ± {distance}"),
    "away": message("{distance} away"),
    "which": message("Which one do you mean?"),
    "around_here": message("No place is called “{text}”. Are you near one of these?"),
    "no_place": message(
        "No place was found for “{text}”. You can type a metro station, a hospital, a school, a shopping street, a"
        " sub-district or a station, such as 国贸 or gm. Or choose a district, or a point on the map."
    ),
    "metro_name": METRO_NAME,
    **{f"place_{kind}": label for kind, label in PLACE_KINDS.items()},
    "say_where": message("Where are you? Type a place, choose a district, or give latitude and longitude."),
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
    "web": message("web version"),
    "copy_address": message("Copy address"),
    "copy_position": message("Copy name and position"),
    "copied": message("Copied: {text}"),
    "copy_by_hand": message("This browser does not let the page copy. Hold the text below and copy it:"),
}
FEEDBACK_WORDS: Final = {
    "sending": message("Sending …"),
    "not_sent": message("Not sent: the service cannot be reached. Try again when there is signal."),
}
AMENITIES_AT_ONCE: Final = 4
"""How many amenities the form shows before the rest is opened."""


def say(key: str, **values: object) -> str:
    """Say one of `WORDS` in the reader's language, with its fields filled in."""
    return words_in(current_language())[0][key].format(**values)


def radius_text(radius_m: float) -> str:
    """Write a radius in the reader's language."""
    return lengths.radius_text(radius_m, current_language())


def distance_text(distance_m: float) -> str:
    """Write a distance in the reader's language."""
    return lengths.distance_text(distance_m, current_language())


def way_text(hit: Mapping[str, Any]) -> str:
    """Say how long the walk is and where to.

    Only the direction if it is farther than anybody walks for a seat; nothing where the origin is the station
    itself, as after a search for its name. list.js does the same.
    """
    if not hit["walk_min"]:
        return ""
    direction = words_in(current_language())[1][int(hit["bearing_deg"] / 45 + 0.5) % 8]
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


@lru_cache(maxsize=64)
def icon(amenity: str) -> Markup:
    """Write the sign of an amenity, which the page draws once and shows many times."""
    return Markup('<svg class="icon" width="18" height="18" aria-hidden="true"><use href="#i-{}" /></svg>').format(
        amenity
    )


def amenities_there(facts: Mapping[str, Any], order: Sequence[str]) -> list[str]:
    """List the amenities that a station is known to have, in the given order."""
    return [word for word in order if facts["amenities"][word] == "yes"]


def hours_text(hours: str) -> str:
    """Spell out opening hours in the reader's language."""
    return spelled_hours(hours, current_language())


def station_name(facts: Mapping[str, Any]) -> str:
    """Return the name that readers of the page's language know it by."""
    return local_name(facts["name"], facts["name_en"], current_language())


def script_words(more: Mapping[str, Message] | None = None) -> dict[str, Any]:
    """Gather what the page's scripts say, in the reader's language, and where they ask."""
    lang, today = current_language(), current_day()
    return map_words(lang, current_settings().radius_m, today, more) | {
        "nearest_url": url_for("api.nearest"),
        "places_url": url_for("api.places"),
        "home_url": url_for("finder.home"),
        "station_url": url_for("finder.station", station_id="STATION"),
        "api_station_url": url_for("api.station", station_id="STATION", lang=lang),
    }
