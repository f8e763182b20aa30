"""The weeks that opening hours make: the seven days and public holidays, before anything is published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from locator.language.messages import Message, joined, message
from locator.stations.holidays import DayKind, HolidayCalendar
from locator.stations.hours import OpenState, Schedule
from locator.stations.hours_rules import DAY_MIN

Part = tuple[int, int, OpenState]
"""Start and end in minutes after midnight, and the state, which is not closed."""
Day = tuple[Part, ...]
"""The parts of a day in order; empty: closed all day."""

MOST_WEEKS: Final = 4
_AHEAD_DAYS: Final = 371
"""How far ahead other weeks are looked for: a year, in whole weeks."""
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of an ordinary week, from a day on."""

    since: date
    days: tuple[Day, ...]
    """Monday first, without holidays and make-up workdays. A shift past midnight goes on in the next day."""
    holiday: Day | None
    """A public holiday that is no weekend; ``None`` if the hours say nothing of holidays."""


class _Days(HolidayCalendar):
    """A calendar in which every day is ordinary but for some holidays."""

    def __init__(self, holidays: frozenset[date] = frozenset()) -> None:
        self._holidays = holidays

    def kind(self, day: date) -> DayKind | None:
        return DayKind.HOLIDAY if day in self._holidays else None

    def is_known(self, day: date) -> bool:  # noqa: ARG002 - all are
        return True


def weeks_of(hours: str, today: date) -> list[Week]:
    """Work out the weeks of opening hours, with the seasons of the coming year.

    Parameters
    ----------
    hours
        An expression in OSM opening_hours syntax.
    today
        The first day looked at.

    Returns
    -------
    list
        The week of today, and then each other one that lasts for two weeks or more, in order of their first days;
        at most `MOST_WEEKS`. Single days that differ, such as 1 January, are left out.

    Raises
    ------
    UsageError
        If `hours` is not valid OSM syntax.
    """
    schedule = Schedule(hours, _Days())
    # The rules of a holiday that is a Wednesday, with ordinary days around it.
    wednesdays = frozenset(day for day in _days(today) if day.weekday() == 2)
    holidays = Schedule(hours, _Days(wednesdays))
    weeks = []
    for since, days in _different_weeks(schedule, today):
        wednesday = since + timedelta((2 - since.weekday()) % _WEEK)
        weeks.append(Week(since, days, _day(holidays, wednesday) if schedule.tells_holidays else None))
    return weeks[:MOST_WEEKS]


def _days(first: date) -> Iterator[date]:
    return (first + timedelta(ahead) for ahead in range(_AHEAD_DAYS + 2 * _WEEK))


def _different_weeks(schedule: Schedule, today: date) -> Iterator[tuple[date, tuple[Day, ...]]]:
    """Find the week of today, and other ones where they begin to hold for two weeks; yield each with that day."""
    plans = [_day(schedule, day) for day in _days(today)]
    known = None
    for ahead in range(_AHEAD_DAYS):
        week, next_week = (plans[first : first + _WEEK] for first in (ahead, ahead + _WEEK))
        # Seven days from any weekday on, turned so that Monday is first.
        turn = -(today + timedelta(ahead)).weekday() % _WEEK
        days = tuple(week[turn:] + week[:turn])
        if known is None or (days != known and week == next_week):
            known = days
            yield today + timedelta(ahead), days


def _day(schedule: Schedule, day: date) -> Day:
    starts = schedule.states(day)
    ends = [start for start, _ in starts[1:]] + [DAY_MIN]
    return tuple(
        (start, end, state)
        for (start, state), end in zip(starts, ends, strict=True)
        if state is not OpenState.CLOSED and start < end
    )


def day_text(day: Day) -> Message | str:
    """Say the hours of a day: ``08:30–11:30, 13:30–17:30``, closed, all day, or that they are not known."""
    if not day:
        return message("closed")
    if len(day) == 1 and day[0][:2] == (0, DAY_MIN):
        return message("24 hours") if day[0][2] is OpenState.OPEN else message("not known")
    return joined((_part_text(*part) for part in day), message(", "))


def _part_text(start: int, end: int, state: OpenState) -> Message | str:
    span = f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02}"
    return span if state is OpenState.OPEN else message("{span} not known", span=span)
