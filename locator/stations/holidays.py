"""China's public holidays and make-up workdays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

from locator.errors import GeodataError


class DayKind(StrEnum):
    """Why a day differs from other days of its weekday."""

    HOLIDAY = "holiday"
    """A day of a statutory holiday period, including its weekends."""
    WORKDAY = "workday"
    """A weekend day on which people work to make up for a holiday period."""


SETTLED: Final = "settled"


class HolidayCalendar:
    """Mainland China's public holidays, as far as they have been announced.

    The days come from the package ``chinese-calendar``; additional rows take precedence.

    Parameters
    ----------
    extra
        Rows ``(day, kind, name)`` of ``geodata/holidays.csv``. The kind ``settled`` means that all days up to and
        including this one are known.

    Raises
    ------
    GeodataError
        If a kind is none of ``holiday``, ``workday``, ``settled``.
    """

    def __init__(self, extra: Iterable[tuple[date, str, str]] = ()) -> None:
        # Imported late: it takes 30 ms, and not every command needs opening hours.
        from chinese_calendar import holidays, workdays

        # The package covers whole years.
        self._first = date(min(holidays).year, 1, 1)
        self._last = date(max(holidays).year, 12, 31)
        self._kinds: dict[date, DayKind] = dict.fromkeys(holidays, DayKind.HOLIDAY)
        self._kinds.update(dict.fromkeys(workdays, DayKind.WORKDAY))
        self._extra_days: set[date] = set()
        for day, kind, _name in extra:
            if kind == SETTLED:
                self._last = max(self._last, day)
            elif kind in list(DayKind):
                self._kinds[day] = DayKind(kind)
                self._extra_days.add(day)
            else:
                raise GeodataError(
                    "The kind of {day} must be holiday, workday or settled, not {kind!r}. Correct the row.",
                    day=day,
                    kind=kind,
                )

    def kind(self, day: date) -> DayKind | None:
        """Return the kind of a day; ``None`` for an ordinary or unknown day."""
        return self._kinds.get(day)

    def is_known(self, day: date) -> bool:
        """Tell whether the kind of a day is known."""
        return self._first <= day <= self._last or day in self._extra_days
