"""The list that the script writes says the same of a station as the list that the server writes."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from locator.stations.hours import STATION_TIMEZONE
from locator.web.shared import page_words, station_lists
from tests.js.conftest import Window

NOW = datetime(2026, 11, 21, 23, 50, 30, tzinfo=STATION_TIMEZONE)
SAY = """({ hits, days, asOf, titles, districts }) => ({
  distances: hits.map((hit) => locator.list.distance(hit.distance_m)),
  ways: hits.map((hit) => locator.list.way(hit)),
  arrivals: hits.map((hit) => locator.list.arrival(hit, asOf)),
  checks: days.map((day) => locator.list.checked(day, asOf)),
  titles: titles.map(({ answer, isCut, isFiltered }) => locator.list.title(answer, isCut, isFiltered)),
  districts: districts.map(({ found, isFiltered }) => locator.list.districtTitle(found, isFiltered)),
})"""


def random_hits(dice: random.Random) -> list[dict[str, Any]]:
    """Make up hits: at every step of rounding, open and closed, closing about when one arrives."""
    edges = (0, 0.4, 0.5, 999.4, 999.5, 1005, 1015, 9994.9, 9995, 10_050, 10_049.9, 20_000)
    distances = [*edges, *(round(10 ** dice.uniform(0, 4.3), 1) for _ in range(200))]
    hits = []
    for distance_m in distances:
        until = NOW + timedelta(seconds=dice.choice([0, 60, 840, 900, 960, dice.randrange(10_000)]))
        walk_min = dice.choice([0, 1, 5, 119, 120, 121])
        closes = (until + timedelta(minutes=walk_min)).isoformat(timespec="seconds")
        hits.append(
            {
                "distance_m": distance_m,
                "bearing_deg": dice.choice([0, 22.4, 22.5, 22.6, 337.5, 359.9, round(dice.uniform(0, 360), 1)]),
                "walk_min": walk_min,
                "open": {
                    "state": dice.choice(["open", "open", "closed", "unknown"]),
                    "until": None if dice.random() < 0.2 else closes,
                },
            }
        )
    return hits


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_script_and_server_say_the_same(node: str, app: Flask, lang: str) -> None:
    """Distances, ways, arrivals, how long ago, and titles, in two languages."""
    dice = random.Random(9)
    hits = random_hits(dice)
    days = [None, *((NOW.date() - timedelta(days=ago)).isoformat() for ago in range(430))]
    found = [{"found": found, "isFiltered": flag} for found in districts() for flag in (False, True)]
    titles = [
        {"answer": {"stations": hits[:n] + others}, "isCut": flag, "isFiltered": not flag}
        for n in (0, 1, 20)
        for others in ([], [{**hits[0], "status": "planned"}] * 3)
        for flag in (False, True)
        if n or not flag
    ]
    with app.test_request_context(f"/?lang={lang}"):
        words = page_words.script_words(page_words.FINDER_WORDS)
        argument = {"hits": hits, "days": days, "asOf": NOW.isoformat(), "titles": titles, "districts": found}
        page = Window(node, ("shared/map.js", "shared/list.js"), texts={"words": words})
        said = page.evaluate(SAY, argument)
        assert said["distances"] == [page_words.distance_text(hit["distance_m"]) for hit in hits]
        assert said["ways"] == [page_words.way_text(hit) for hit in hits]
        assert said["arrivals"] == [page_words.arrival_text(hit, NOW.isoformat()) for hit in hits]
        assert said["checks"] == [page_words.checked_text(day, NOW.date()) for day in days]
        assert said["titles"] == [server_title(**title) for title in titles]
        assert said["districts"] == [server_district_title(**one) for one in found]
    assert len(set(said["checks"])) > 40
    assert len(set(said["arrivals"])) > 6


def districts() -> list[dict[str, Any]]:
    """Make up what a district has: all, some and none of its stations fit, more than are listed."""
    counts = [(6, 6), (2, 6), (0, 6), (50, 50), (51, 60)]
    return [
        {"title": "东城区", "n": n, "all": every, "out_of_service": others, "stations": [0] * min(n + others, 50)}
        for n, every in counts
        for others in (0, 3)
    ]


def server_title(answer: dict[str, Any], isCut: bool, isFiltered: bool) -> str:  # noqa: N803
    """Say the title of an answer as a page without a script has it."""
    return station_lists.near_title({**answer, "radius_m": 1000, "cut": isCut}, isFiltered)


def server_district_title(found: dict[str, Any], isFiltered: bool) -> str:  # noqa: N803
    """Say the title of a district's list as a page without a script has it."""
    return station_lists.district_title(
        found["title"], found["n"], found["all"], isFiltered, 50, found["out_of_service"]
    )
