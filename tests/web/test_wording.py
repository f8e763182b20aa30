"""What pages say of distances, ways and hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from locator.web.wording import distance_text, hours_text, radius_text, way_text

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.parametrize(
    ("distance_m", "said"),
    [
        (0.0, "0 m"),
        (0.5, "1 m"),
        (103.49, "103 m"),
        (999.4, "999 m"),
        (999.6, "1.00 km"),
        (1040.0, "1.04 km"),
        (9994.0, "9.99 km"),
        (9996.0, "10.0 km"),
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


@pytest.mark.parametrize(
    ("lang", "hours", "said"),
    [
        ("en", "24/7", "24 hours, every day"),
        ("en", "Tu-Su 09:00-20:00", "Tue–Sun 09:00-20:00"),
        ("en", "Mo-Fr 08:30-12:00,13:00-17:30; PH off", "Mon–Fri 08:30-12:00,13:00-17:30; public holidays closed"),
        ("zh", "Tu-Su 09:00-20:00", "周二至周日 09:00-20:00"),
        ("zh", "Mo,We 09:00-12:00; PH off", "周一,周三 09:00-12:00; 节假日 休息"),
        ("zh", "Nov 15-Mar 15 08:00-17:00", "11月 15-3月 15 08:00-17:00"),
    ],
)
def test_hours_are_spelt_out(app: Flask, lang: str, hours: str, said: str) -> None:
    """People need not know the syntax that files use."""
    with app.test_request_context(f"/?lang={lang}"):
        assert hours_text(hours) == said
