"""China's public holidays and make-up workdays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from locator.errors import GeodataError
from locator.stations.holidays import DayKind, HolidayCalendar
from locator.stations.hours import STATION_TIMEZONE, OpenState, Schedule

# The State Council's notice for 2026: each holiday period, and the weekend days worked for it.
PERIODS_2026 = [
    (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 2, 15), date(2026, 2, 23)),
    (date(2026, 4, 4), date(2026, 4, 6)),
    (date(2026, 5, 1), date(2026, 5, 5)),
    (date(2026, 6, 19), date(2026, 6, 21)),
    (date(2026, 9, 25), date(2026, 9, 27)),
    (date(2026, 10, 1), date(2026, 10, 7)),
]
MAKE_UP_2026 = {
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
}


def days_of_2026() -> list[date]:
    """Every day of the year."""
    return [date(2026, 1, 1) + timedelta(days=day) for day in range(365)]


def holidays_of_2026() -> set[date]:
    """Every day of a holiday period."""
    return {day for day in days_of_2026() if any(first <= day <= last for first, last in PERIODS_2026)}


def test_2026_has_the_holidays_and_make_up_workdays_of_the_notice() -> None:
    """Every day of 2026 is what the notice says."""
    calendar = HolidayCalendar()
    found = {kind: {day for day in days_of_2026() if calendar.kind(day) is kind} for kind in DayKind}
    assert found == {DayKind.HOLIDAY: holidays_of_2026(), DayKind.WORKDAY: MAKE_UP_2026}


def test_a_plain_weekend_is_an_ordinary_day() -> None:
    """21 November 2026 is a Saturday and no holiday."""
    assert HolidayCalendar().kind(date(2026, 11, 21)) is None


@pytest.mark.parametrize(
    ("day", "is_known"),
    [
        (date(2003, 12, 31), False),
        (date(2004, 1, 1), True),
        (date(2026, 11, 21), True),
        (date(2026, 12, 31), True),
        (date(2099, 1, 1), False),
    ],
)
def test_days_of_published_years_are_known(day: date, is_known: bool) -> None:
    """Published years are known whole, others not at all."""
    assert HolidayCalendar().is_known(day) is is_known


def test_a_row_adds_a_day_and_makes_that_day_known() -> None:
    """A row says nothing about the days beside it."""
    calendar = HolidayCalendar([(date(2098, 1, 1), "holiday", "元旦"), (date(2098, 1, 4), "workday", "元旦")])
    assert calendar.kind(date(2098, 1, 1)) is DayKind.HOLIDAY
    assert calendar.kind(date(2098, 1, 4)) is DayKind.WORKDAY
    assert [calendar.is_known(date(2098, 1, day)) for day in (1, 2, 4)] == [True, False, True]


def test_a_row_overrules_the_published_day() -> None:
    """A change of plan in the file wins."""
    calendar = HolidayCalendar([(date(2026, 10, 10), "holiday", "changed")])
    assert calendar.kind(date(2026, 10, 10)) is DayKind.HOLIDAY


def test_settled_makes_every_day_up_to_it_known() -> None:
    """Ordinary days become known too, and nothing becomes a holiday."""
    calendar = HolidayCalendar([(date(2098, 6, 30), "settled", "")])
    assert calendar.is_known(date(2097, 5, 1))
    assert calendar.is_known(date(2098, 6, 30))
    assert not calendar.is_known(date(2098, 7, 1))
    assert calendar.kind(date(2098, 6, 30)) is None


def test_settled_before_the_published_end_takes_nothing_away() -> None:
    """An old row in the file does no harm."""
    assert HolidayCalendar([(date(2020, 1, 1), "settled", "")]).is_known(date(2026, 12, 31))


def test_an_unknown_kind_is_refused() -> None:
    """The message names the day, the word and the words that are known."""
    with pytest.raises(GeodataError, match="2027-01-01 must be holiday, workday or settled, not 'feast'"):
        HolidayCalendar([(date(2027, 1, 1), "feast", "")])


def test_hours_of_workdays_hold_on_exactly_the_workdays_of_2026() -> None:
    """Every day of the year at 10:00, against the notice."""
    schedule = Schedule("Mo-Fr 08:30-17:30; PH off", HolidayCalendar())
    workdays = {day for day in days_of_2026() if day.weekday() < 5} - holidays_of_2026() | MAKE_UP_2026
    at_ten = {day: datetime.combine(day, time(10), STATION_TIMEZONE) for day in days_of_2026()}
    found = {day for day, at in at_ten.items() if schedule.status(at).state is OpenState.OPEN}
    assert found == workdays
