"""The weeks that hours make, worked out by hand from their words."""

from __future__ import annotations

from datetime import date

import pytest

from locator.errors import UsageError
from locator.stations.week import day_text, weeks_of

TUESDAY = date(2026, 12, 1)


def weeks(hours: str, today: date = TUESDAY) -> list[tuple[str, list[str], str | None]]:
    """Return each week's first day, its seven days and its holidays as English texts."""
    return [
        (
            week.since.isoformat(),
            [str(day_text(day)) for day in week.days],
            None if week.holiday is None else str(day_text(week.holiday)),
        )
        for week in weeks_of(hours, today)
    ]


def test_days_are_those_of_an_ordinary_week() -> None:
    """Monday first, whatever today is, and no holiday of the calendar in between."""
    expected = ["08:30–11:30, 13:30–17:30"] * 5 + ["09:00–12:00", "closed"]
    hours = "Mo-Fr 08:30-11:30,13:30-17:30; Sa 09:00-12:00"
    assert weeks(hours) == [("2026-12-01", expected, None)]
    assert weeks(hours, date(2026, 9, 30)) == [("2026-09-30", expected, None)]  # before the National Day


@pytest.mark.parametrize(
    ("hours", "holiday"),
    [
        ("Mo-Fr 08:30-17:30; PH off", "closed"),
        ("Mo-Su 08:00-20:00; PH 10:00-16:00", "10:00–16:00"),
        ("24/7", "24 hours"),
        ("Mo-Su 08:00-20:00", None),
    ],
)
def test_public_holidays_have_a_line_where_the_hours_speak_of_them(hours: str, holiday: str | None) -> None:
    """Where they do not, it is not known."""
    assert [found[2] for found in weeks(hours)] == [holiday]


def test_seasons_are_weeks_of_their_own() -> None:
    """Each from its first day; a single day such as New Year's is none."""
    found = weeks("Nov 15-Mar 15 08:00-17:00; Mar 16-Nov 14 08:00-19:00; Jan 1 off")
    assert [(since, set(days)) for since, days, _ in found] == [
        ("2026-12-01", {"08:00–17:00"}),
        ("2027-03-16", {"08:00–19:00"}),
        ("2027-11-15", {"08:00–17:00"}),
    ]


def test_a_night_goes_on_in_the_next_day() -> None:
    """A shift on Friday night alone is open on Saturday morning."""
    days = weeks("Fr 22:00-06:00")[0][1]
    assert days[4:] == ["22:00–24:00", "00:00–06:00", "closed"]


def test_unknown_hours_are_not_closed() -> None:
    """A part of a day that is not known is said to be so."""
    assert set(weeks("Mo-Su 08:00-18:00 unknown")[0][1]) == {"08:00–18:00 not known"}
    with pytest.raises(UsageError):
        weeks_of("after work", TUESDAY)
