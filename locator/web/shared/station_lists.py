"""Lists of stations as pages show them: what each row holds, and the title above."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from locator.language.catalogue import local_name
from locator.stations.catalog import Catalog, Hit, NearestAnswer
from locator.stations.schema import OPEN
from locator.web.shared.page_language import localized
from locator.web.shared.page_words import FINDER_WORDS, distance_text, radius_text, say


def answer_record(catalog: Catalog, answer: NearestAnswer, lang: str) -> dict[str, Any]:
    """Turn an answer into the same members as the API's, and ``cut``: whether more may lie within the radius."""
    return {
        "origin": {"lat": answer.query.lat, "lon": answer.query.lon},
        "radius_m": answer.query.radius_m,
        "as_of": answer.as_of.isoformat(timespec="seconds"),
        "stations": [hit_record(catalog, hit, answer.as_of, lang) for hit in answer.hits],
        "beyond": hit_record(catalog, answer.beyond, answer.as_of, lang) if answer.beyond else None,
        "cut": len(answer.hits) == answer.query.limit,
    }


def hit_record(catalog: Catalog, hit: Hit, at: datetime, lang: str) -> dict[str, Any]:
    """Return a station near a position as the API gives it."""
    return station_record(catalog, hit.number, at, lang) | {
        "distance_m": round(hit.distance_m, 1),
        "bearing_deg": round(hit.bearing_deg, 1) % 360,
        "walk_min": hit.walk_min,
    }


def station_record(catalog: Catalog, number: int, at: datetime, lang: str) -> dict[str, Any]:
    """Return a station's facts and its open state as the API gives them."""
    return catalog.facts(number) | {"open": catalog.open_facts(number, at, lang)}


def district_label(catalog: Catalog, district: str, lang: str) -> str:
    """Return the name of a district in a language; one that the file of districts does not have stays as it is."""
    english = {area.name: area.name_en for area in catalog.districts}
    return local_name(district, english.get(district), lang)


def near_title(near: Mapping[str, Any], is_filtered: bool) -> str:
    """Say how many stations are near, in the words that static/shared/list.js uses too."""
    stations = [station for station in near["stations"] if station.get("status", OPEN) == OPEN]
    others, radius = len(near["stations"]) - len(stations), radius_text(near["radius_m"])
    if not stations:
        return _with_others(say("none_fits" if is_filtered else "none", radius=radius), others, is_alone=True)
    is_open = sum(station["open"]["state"] == "open" for station in stations)
    # Where others are listed too, all that are in service are.
    if not near["cut"] or others:
        return _with_others(say("title", n=len(stations), open=is_open, radius=radius), others)
    return say("title_cut", n=len(stations), open=is_open, radius=distance_text(stations[-1]["distance_m"]))


def _with_others(title: str, others: int, *, is_alone: bool = False) -> str:
    """Add to a title how many stations are not in service; where none is, the title is a sentence of its own."""
    return say("others_alone" if is_alone else "others", title=title, n=others) if others else title


def district_title(district: str, n: int, everyone: int, is_filtered: bool, listed: int, others: int = 0) -> str:
    """Say how many stations a district has, in the words that static/shared/list.js uses too.

    Parameters
    ----------
    district
        As the reader knows it.
    n, everyone
        How many of its stations in service fit what the reader chose, and how many there are.
    is_filtered
        Whether the reader chose anything.
    listed
        The most that the list shows.
    others
        How many fit that are not in service.
    """
    key = "district" if not is_filtered else "district_fits" if n else "district_none_fits"
    plain = localized(FINDER_WORDS[key]).format(district=district, n=n, all=everyone)
    title = _with_others(plain, others, is_alone=key == "district_none_fits")
    if n + others <= listed:
        return title
    return localized(FINDER_WORDS["district_cut"]).format(title=title, listed=listed)
