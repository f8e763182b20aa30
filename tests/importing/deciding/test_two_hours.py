"""Which of two columns of hours was edited."""

from __future__ import annotations

import pytest

from locator.files.sheets import Sheet
from locator.importing.deciding.two_hours import settle_hours
from locator.importing.understanding.headings import Match
from locator.importing.understanding.values import read_values
from locator.stations.schema import Station

OSM, WORDS = "09:00-17:00", "每天9点到17点"
PUBLISHED = Station("a1", "甲驿站", "warm_station", 39.92, 116.41, hours=OSM, hours_text=WORDS)


@pytest.mark.parametrize(
    ("hours", "words", "settled"),
    [
        # the words were edited, and may not be understood
        (OSM, "周一至周日 6:00-23:00", ("Mo-Su 06:00-23:00", "周一至周日 6:00-23:00")),
        (OSM, "看门口通知", (None, "看门口通知")),
        # the syntax was edited
        ("06:00-23:00", WORDS, ("06:00-23:00", None)),
        # both: nobody is told whether it is open
        ("06:00-23:00", "周一至周五 8:00-12:00", ("24/7 unknown", "周一至周五 8:00-12:00")),
    ],
)
def test_the_column_that_was_edited_holds(hours: str, words: str, settled: tuple[str | None, str | None]) -> None:
    """The other is as it is published."""
    columns = {"hours": [hours], "hours_text": [words]}
    match = Match({name: name for name in columns}, (), {})
    draft = read_values(Sheet("list", "csv", None, columns), match, "warm_station")
    after = settle_hours(draft, ["a1"], [PUBLISHED]).columns
    assert (after["hours"][0], after["hours_text"][0]) == settled


def test_hours_that_differ_as_published_stay() -> None:
    """A steward has decided on them."""
    columns = {"hours": ["06:00-23:00"], "hours_text": [WORDS]}
    match = Match({name: name for name in columns}, (), {})
    draft = read_values(Sheet("list", "csv", None, columns), match, "warm_station")
    known = Station("a1", "甲驿站", "warm_station", 39.92, 116.41, hours="06:00-23:00", hours_text=WORDS)
    after = settle_hours(draft, ["a1"], [known]).columns
    assert (after["hours"], after["hours_text"]) == (["06:00-23:00"], [WORDS])
    assert settle_hours(draft, ["new"], [known]).columns["hours"] == ["24/7 unknown"]
