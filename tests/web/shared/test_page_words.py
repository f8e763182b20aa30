"""What pages say of ways, arrivals and checks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from locator.web.shared.page_words import (
    arrival_text,
    checked_text,
    is_stale,
    way_text,
)

if TYPE_CHECKING:
    from flask import Flask


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
