"""Lengths as people read them."""

from __future__ import annotations

import pytest

from locator.language.lengths import distance_text, radius_text


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
def test_a_distance_is_said_no_finer_than_it_matters(distance_m: float, said: str) -> None:
    """Metres below a kilometre, then kilometres with two decimals, then one."""
    assert distance_text(distance_m, "en") == said


@pytest.mark.parametrize(("radius_m", "said"), [(1000.0, "1 km"), (500.0, "500 m"), (1500.0, "1.5 km")])
def test_a_radius_stays_round(radius_m: float, said: str) -> None:
    """The promise is 1 km, not 1.00 km."""
    assert radius_text(radius_m, "en") == said


def test_a_length_is_in_the_readers_language() -> None:
    """The unit is a word of the language."""
    assert distance_text(850.0, "zh") == "850 米"
    assert radius_text(1500.0, "zh") == "1.5 公里"
