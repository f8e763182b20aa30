"""What pages say of distances, ways and hours."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from locator.stations.schema import AMENITIES
from locator.web.shared.page_words import (
    arrival_text,
    checked_text,
    distance_text,
    hours_text,
    is_stale,
    radius_text,
    wanted_amenities,
    way_text,
)

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.parametrize(
    ("distance_m", "said"),
    [
        (0.0, "0 m"),
        (0.5, "1 m"),
        (103.49, "103 m"),
        (999.4, "999 m"),
        (999.5, "1.00 km"),
        (1005.0, "1.01 km"),
        (1040.0, "1.04 km"),
        (1125.0, "1.13 km"),
        (9994.0, "9.99 km"),
        (9995.0, "10.0 km"),
        (10_050.0, "10.1 km"),
        (1_234_567.0, "1234.6 km"),
    ],
)
def test_a_distance_is_said_no_finer_than_it_matters(app: Flask, distance_m: float, said: str) -> None:
    """Metres below a kilometre, then kilometres with two decimals, then one."""
    with app.test_request_context("/?lang=en"):
        assert distance_text(distance_m) == said


@pytest.mark.parametrize(("radius_m", "said"), [(1000.0, "1 km"), (500.0, "500 m"), (1500.0, "1.5 km")])
def test_a_radius_stays_round(app: Flask, radius_m: float, said: str) -> None:
    """The promise is 1 km, not 1.00 km."""
    with app.test_request_context("/?lang=en"):
        assert radius_text(radius_m) == said


@pytest.mark.parametrize(
    ("bearing_deg", "direction"),
    [(0, "north"), (22.4, "north"), (22.6, "north-east"), (90, "east"), (225, "south-west"), (337.6, "north")],
)
def test_a_way_has_one_of_eight_directions(app: Flask, bearing_deg: float, direction: str) -> None:
    """Each direction spans 45 degrees, north from 337.5 to 22.5."""
    with app.test_request_context("/?lang=en"):
        assert way_text({"bearing_deg": bearing_deg, "walk_min": 7}) == f"about 7 min on foot, {direction}"


def test_nobody_is_told_to_walk_for_hours(app: Flask) -> None:
    """Beyond two hours only the direction is left."""
    with app.test_request_context("/?lang=en"):
        assert way_text({"bearing_deg": 45, "walk_min": 121}) == "north-east"


def test_a_place_has_no_way_to_itself(app: Flask) -> None:
    """Who names a station stands at it: 0 m, in no direction."""
    with app.test_request_context("/?lang=en"):
        assert way_text({"bearing_deg": 0.0, "walk_min": 0}) == ""


@pytest.mark.parametrize(
    ("lang", "hours", "said"),
    [
        ("en", "24/7", "24 hours, every day"),
        ("en", "Tu-Su 09:00-20:00", "Tue–Sun 09:00-20:00"),
        ("en", "Mo-Fr 08:30-12:00,13:00-17:30; PH off", "Mon–Fri 08:30-12:00,13:00-17:30; public holidays closed"),
        ("zh", "Tu-Su 09:00-20:00", "周二至周日 09:00-20:00"),
        ("zh", "Mo,We 09:00-12:00; PH off", "周一,周三 09:00-12:00; 节假日 休息"),
        ("zh", "Nov 15-Mar 15 08:00-17:00", "11月15日至3月15日 08:00-17:00"),
        ("en", "Nov 15-Mar 15 08:00-17:00", "Nov 15–Mar 15 08:00-17:00"),
        ("zh", "2026 Dec 24-26 off; Mo-Su 09:00-17:00", "2026年12月24日至26日 休息; 周一至周日 09:00-17:00"),
        ("en", "2026 Dec 24-26 off", "2026 Dec 24–26 closed"),
        ("zh", "Dec 25-2027 Jan 05 off", "12月25日至2027年1月5日 休息"),
        ("zh", "Dec 01 off; Jun-Aug 09:00-17:00", "12月1日 休息; 6月至8月 09:00-17:00"),
        ("zh", "Jan 10:00-12:00", "1月 10:00-12:00"),
    ],
)
def test_hours_are_spelt_out(app: Flask, lang: str, hours: str, said: str) -> None:
    """People need not know the syntax that files use."""
    with app.test_request_context(f"/?lang={lang}"):
        assert hours_text(hours) == said


@pytest.mark.parametrize(
    ("state", "until", "walk_min", "said"),
    [
        ("open", "2026-11-20T20:00:00+08:00", 14, ""),
        ("open", "2026-11-20T19:59:00+08:00", 14, "closes 15 min after you arrive"),
        ("open", "2026-11-20T19:45:00+08:00", 14, "closes 1 min after you arrive"),
        ("open", "2026-11-20T19:44:00+08:00", 14, "closes before you arrive"),
        ("open", "2026-11-20T19:31:00+08:00", 14, "closes before you arrive"),
        ("open", "2026-11-21T00:00:00+08:00", 280, "closes before you arrive"),
        ("open", "2026-11-21T00:00:00+08:00", 260, "closes 10 min after you arrive"),
        ("open", None, 14, ""),
        ("closed", "2026-11-20T19:31:00+08:00", 14, ""),
        ("unknown", None, 14, ""),
    ],
)
def test_a_station_that_closes_before_one_arrives_says_so(
    app: Flask, state: str, until: str | None, walk_min: int, said: str
) -> None:
    """Asked at 19:30: who walks 14 minutes is there at 19:44; more than 15 minutes left need no word."""
    hit = {"open": {"state": state, "until": until}, "walk_min": walk_min}
    with app.test_request_context("/?lang=en"):
        assert arrival_text(hit, "2026-11-20T19:30:00+08:00") == said


@pytest.mark.parametrize(
    ("checked_on", "said", "stale"),
    [
        ("2026-11-21", "checked today", False),
        ("2026-11-22", "checked today", False),
        ("2026-11-20", "checked yesterday", False),
        ("2026-10-22", "checked 30 days ago", False),
        ("2026-10-21", "checked a month ago", False),
        ("2026-08-21", "checked 3 months ago", False),
        ("2026-08-22", "checked 2 months ago", False),
        ("2025-11-22", "checked 11 months ago", False),
        ("2025-11-21", "not checked since 2025-11", True),
        (None, "never confirmed on the spot", True),
    ],
)
def test_how_long_ago_a_station_was_checked_is_said(
    app: Flask, checked_on: str | None, said: str, stale: bool
) -> None:
    """Days in the first month, whole months in the first year, then since when nobody has."""
    with app.test_request_context("/?lang=en"):
        assert checked_text(checked_on, date(2026, 11, 21)) == said
    assert is_stale(checked_on, date(2026, 11, 21)) is stale


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 10, 31), "drinking_water"),
        (date(2026, 11, 1), "heating"),
        (date(2027, 3, 31), "heating"),
        (date(2027, 4, 1), "drinking_water"),
        (date(2027, 6, 1), "air_conditioning"),
        (date(2027, 9, 30), "air_conditioning"),
        (date(2027, 10, 1), "drinking_water"),
    ],
)
def test_what_is_wanted_most_follows_the_season(day: date, first: str) -> None:
    """Warmth from November to March, coolness from June to September; every amenity is there once."""
    wanted = wanted_amenities(day)
    assert wanted[0] == first
    assert sorted(wanted) == sorted(AMENITIES)
