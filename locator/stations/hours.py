"""Opening hours: the state of a station at an instant, its next change, and texts for both.

Times are in Asia/Shanghai, whatever the zone of the reader's device.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from locator.errors import UsageError
from locator.language.messages import localize, message
from locator.stations.holidays import DayKind, HolidayCalendar
from locator.stations.hours_rules import (
    PUBLIC_HOLIDAY,
    OpenState,
    canonical,
    changes,
    is_for_workdays,
    parse,
    plan,
)

__all__ = [
    "SOON_MIN",
    "STATION_TIMEZONE",
    "UNKNOWN_STATUS",
    "OpenState",
    "Schedule",
    "Status",
    "current_day",
    "phrases_in",
    "say",
]

STATION_TIMEZONE: Final = ZoneInfo("Asia/Shanghai")
YEARS: Final = (1970, 2999)
"""The first and last year for which states are computed."""
HORIZON_DAYS: Final = 366
"""How many days ahead the next change is searched for: a year, since hours may depend on the season."""
SOON_MIN: Final = 60
"""Changes at most this far ahead are given in minutes."""

WEEKDAYS: Final = (
    message("Mon"), message("Tue"), message("Wed"), message("Thu"), message("Fri"), message("Sat"), message("Sun"),
)  # fmt: skip
MONTHS: Final = (
    message("Jan"), message("Feb"), message("Mar"), message("Apr"), message("May"), message("Jun"),
    message("Jul"), message("Aug"), message("Sep"), message("Oct"), message("Nov"), message("Dec"),
)  # fmt: skip

_DAY: Final = timedelta(days=1)
_FRIDAY, _SATURDAY, _MONDAY = 4, 5, 0


def current_day() -> date:
    """Return the day where the stations are."""
    return datetime.now(STATION_TIMEZONE).date()


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a station at an instant, and its next change."""

    state: OpenState
    until: datetime | None
    """When the state next changes, in Asia/Shanghai; ``None`` if never, unknown, or beyond `HORIZON_DAYS`."""
    is_holiday: bool | None
    """Whether the day is a public holiday; ``None`` if the hours depend on holidays not announced yet."""
    tells_holidays: bool = False
    """Whether the hours have a rule for public holidays."""
    then: OpenState | None = None
    """The state that follows `until`."""


UNKNOWN_STATUS: Final = Status(OpenState.UNKNOWN, None, None)
"""The status of a station without readable hours."""


class Schedule:
    """Parsed, immutable opening hours.

    On every day of a public holiday period the rules for ``PH`` apply. Hours of workdays with an exception for
    holidays (``Mo-Fr 08:30-17:30; PH off``) apply on make-up workdays too: on a Saturday those of Friday, on a
    Sunday those of Monday. All other hours apply as written. A shift past midnight belongs to the day on which it
    starts. Days beyond the calendar count as ordinary days of their weekday.

    Parameters
    ----------
    hours
        An expression in OSM opening_hours syntax.
    calendar
        The public holidays and make-up workdays.

    Raises
    ------
    UsageError
        If `hours` is not valid OSM syntax.
    """

    def __init__(self, hours: str, calendar: HolidayCalendar) -> None:
        text = canonical(hours)
        self._rules = parse(text)
        self._calendar = calendar
        self._is_for_workdays = is_for_workdays(self._rules)
        self._depends_on_holidays = any(PUBLIC_HOLIDAY in rule.days for rule in self._rules if rule.days)
        self.tells_holidays = "PH" in text or text == "24/7"
        self._horizon_days = 1 if all(rule.is_every_day for rule in self._rules) else HORIZON_DAYS
        # Most queries are about the same few days, and the next change may be months away.
        self._rules_of = lru_cache(maxsize=32)(self._find_rules_of)
        self._states_of = lru_cache(maxsize=256)(self._find_states_of)
        self._change_after = lru_cache(maxsize=8)(self._find_change_after)

    def status(self, at: datetime) -> Status:
        """Return the status at an instant.

        Parameters
        ----------
        at
            An aware time in any zone. From the minute of a change on, the new state holds.

        Raises
        ------
        UsageError
            If `at` has no zone, or is outside `YEARS`.
        """
        local = _station_time(at)
        day, minute = local.date(), local.hour * 60 + local.minute
        state = next(state for start, state in reversed(self.states(day)) if start <= minute)
        until, then = self._next_change(day, minute, state)
        return Status(state, until, self._is_holiday(day, until, state), self.tells_holidays, then)

    def timeline(self, first: date, days: int) -> list[tuple[datetime, Status]]:
        """Return the statuses on some days from `first` on, each with the instant at which it begins.

        One begins at every midnight and at every change; it holds until the next one begins.
        """
        at, end = _instant(first, 0), _instant(first + days * _DAY, 0)
        statuses = []
        while at < end:
            status = self.status(at)
            statuses.append((at, status))
            midnight = _instant(at.date() + _DAY, 0)
            at = min(status.until or midnight, midnight)
        return statuses

    def _next_change(self, day: date, minute: int, state: OpenState) -> tuple[datetime | None, OpenState | None]:
        """Return the time of the next change after a minute of a day, and the new state."""
        for start, other in self.states(day):
            if start > minute:
                return _instant(day, start), other
        return self._change_after(day, state)

    def _find_change_after(self, day: date, state: OpenState) -> tuple[datetime | None, OpenState | None]:
        """Return the time of the first change after `day`, and the new state."""
        for ahead in range(1, self._horizon_days + 1):
            later = day + ahead * _DAY
            for start, other in self.states(later):
                if other is not state:
                    return _instant(later, start), other
        return None, None

    def _is_holiday(self, day: date, until: datetime | None, state: OpenState) -> bool | None:
        """Tell whether `day` is a public holiday; ``None`` if the status depends on unknown holidays."""
        if self._depends_on_holidays:
            # Closing at 24:00 follows from the rules of the day before.
            last = day + HORIZON_DAYS * _DAY if until is None else until.date()
            if until is not None and state is OpenState.OPEN and until.time() == time():
                last -= _DAY
            ahead = range((last - day).days + 1)
            if not all(self._calendar.is_known(day + days * _DAY) for days in ahead):
                return None
        return self._calendar.kind(day) is DayKind.HOLIDAY

    def states(self, day: date) -> tuple[tuple[int, OpenState], ...]:
        """Return the states of a day in order, each with the minute after midnight at which it begins."""
        return self._states_of(self._rules_of(day - _DAY), self._rules_of(day))

    def _find_rules_of(self, day: date) -> int:
        """Return the rules that apply on a day as a bit mask."""
        kind = self._calendar.kind(day)
        weekday = day.weekday()
        if kind is DayKind.WORKDAY and weekday >= _SATURDAY and self._is_for_workdays:
            weekday = _FRIDAY if weekday == _SATURDAY else _MONDAY
        is_holiday = kind is DayKind.HOLIDAY
        return sum(1 << bit for bit, rule in enumerate(self._rules) if rule.holds(day, weekday, is_holiday))

    def _find_states_of(self, yesterday: int, today: int) -> tuple[tuple[int, OpenState], ...]:
        """Return the states of a day from the bit masks of its rules and of the day before."""
        rules = list(enumerate(self._rules))
        plans = [plan(rule for bit, rule in rules if held >> bit & 1) for held in (yesterday, today)]
        return changes(*plans)


def _instant(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(*divmod(minute, 60)), STATION_TIMEZONE)


def _station_time(at: datetime) -> datetime:
    """Convert an aware time to the stations' zone."""
    if at.utcoffset() is None:
        raise UsageError("The time {value} must name its zone. Add +08:00 for China.", value=at.isoformat())
    if not YEARS[0] <= at.year <= YEARS[1]:
        raise UsageError(
            "The time must lie in the years {first} to {last}, not {value}. Check the year.",
            first=YEARS[0],
            last=YEARS[1],
            value=at.isoformat(),
        )
    return at.astimezone(STATION_TIMEZONE)


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Templates for statuses in one language: ``{when}`` is a time with its day, ``{minutes}`` a number."""

    always: str = message("open 24 hours")
    closed: str = message("closed", context="now")
    unknown: str = message("hours unknown")
    closes: str = message("open, closes {when}")
    opens: str = message("closed, opens {when}")
    closes_soon: str = message("closes in {minutes} min")
    opens_soon: str = message("opens in {minutes} min")
    closes_now: str = message("closing now")
    open_at_least: str = message("open, at least until {when}")
    hours_may_differ: str = message(" (public holiday: hours may differ)")
    holidays_not_known: str = message(" (holidays not known)")
    tomorrow: str = message("tomorrow {clock}")
    weekdays: tuple[str, ...] = WEEKDAYS
    weekday: str = message("{name} {clock}")
    months: tuple[str, ...] = MONTHS
    date: str = message("{day} {month} {clock}")


def say(status: Status, at: datetime, lang: str) -> str:
    """Return a status as text in a language.

    Minutes until closing are rounded down, and those until opening up, so that nobody comes too late or too early.

    Parameters
    ----------
    at
        The instant of the status, an aware time in any zone.
    """
    phrases = _phrases(lang)
    if status.state is OpenState.UNKNOWN:
        return phrases.unknown
    sentence = _sentence(status, _station_time(at), phrases)
    if status.is_holiday is None:
        return sentence + phrases.holidays_not_known
    if status.is_holiday and not status.tells_holidays:
        return sentence + phrases.hours_may_differ
    return sentence


def phrases_in(lang: str) -> dict[str, Any]:
    """Return the templates of `say` in a language, by name, for scripts that do the same offline."""
    return asdict(_phrases(lang))


@cache
def _phrases(lang: str) -> _Phrases:
    source = _Phrases()
    return _Phrases(**{field.name: _texts(getattr(source, field.name), lang) for field in fields(source)})


def _texts(value: str | tuple[str, ...], lang: str) -> Any:
    return tuple(localize(text, lang) for text in value) if isinstance(value, tuple) else localize(value, lang)


def _sentence(status: Status, local: datetime, phrases: _Phrases) -> str:
    """Return the state and its next change as text, without the note on holidays."""
    is_open = status.state is OpenState.OPEN
    if status.until is None:
        return phrases.always if is_open else phrases.closed
    if status.then is OpenState.UNKNOWN:
        return phrases.open_at_least.format(when=_when(status, local, phrases)) if is_open else phrases.closed
    left = status.until - local
    if left > timedelta(minutes=SOON_MIN):
        return (phrases.closes if is_open else phrases.opens).format(when=_when(status, local, phrases))
    minutes = left // timedelta(minutes=1) if is_open else -(-left // timedelta(minutes=1))
    if is_open and minutes < 1:
        return phrases.closes_now
    return (phrases.closes_soon if is_open else phrases.opens_soon).format(minutes=max(minutes, 1))


def _when(status: Status, local: datetime, phrases: _Phrases) -> str:
    """Return the time of the next change, with the day if it is not today; closing at midnight is 24:00."""
    until = status.until or local
    day, clock = until.date(), f"{until:%H:%M}"
    if clock == "00:00" and status.state is OpenState.OPEN:
        day, clock = day - _DAY, "24:00"
    ahead = (day - local.date()).days
    if ahead < 1:
        return clock
    if ahead == 1:
        return phrases.tomorrow.format(clock=clock)
    if ahead < 7:
        return phrases.weekday.format(name=phrases.weekdays[day.weekday()], clock=clock)
    return phrases.date.format(day=day.day, month=phrases.months[day.month - 1], clock=clock)
