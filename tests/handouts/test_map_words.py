"""What a map and its list say."""

from __future__ import annotations

from datetime import date

import pytest

from locator.handouts.map_words import wanted_amenities
from locator.stations.schema import AMENITIES


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
