"""China's public holidays and make-up workdays: which days are not what their weekday says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

from locator.errors import GeodataError


class DayKind(StrEnum):
    """What makes a day other than its weekday says."""

    HOLIDAY = "holiday"
    """A day of a statutory holiday period, weekends inside the period included."""
    WORKDAY = "workday"
    """A weekend day worked to make up for a holiday period."""


SETTLED: Final = "settled"


class HolidayCalendar:
    """Mainland China's public holidays, as far as they have been announced.

    The days come from the package ``chinese-calendar``; rows handed in add to them and overrule them.

    Parameters
    ----------
    extra
        Rows ``(day, kind, name)`` of ``geodata/holidays.csv``. Kind ``holiday`` or ``workday`` says what that
        day is; ``settled`` says that every day up to and including it is known.

    Raises
    ------
    GeodataError
        If a row is of another kind.
    """

    def __init__(self, extra: Iterable[tuple[date, str, str]] = ()) -> None:
        # Imported late: 30 ms that a command without opening hours need not wait for.
        from chinese_calendar import holidays, workdays

        # The package is published by whole years, and its first and last ones are complete.
        self._first = date(min(holidays).year, 1, 1)
        self._last = date(max(holidays).year, 12, 31)
        self._kinds: dict[date, DayKind] = dict.fromkeys(holidays, DayKind.HOLIDAY)
        self._kinds.update(dict.fromkeys(workdays, DayKind.WORKDAY))
        self._told: set[date] = set()
        for day, kind, _name in extra:
            self._add(day, kind)

    def _add(self, day: date, kind: str) -> None:
        """Take in one row."""
        if kind == SETTLED:
            self._last = max(self._last, day)
            return
        if kind not in {known.value for known in DayKind}:
            raise GeodataError(
                "The kind of {day} must be holiday, workday or settled, not {kind!r}. Correct the row.",
                day=day,
                kind=kind,
            )
        self._kinds[day] = DayKind(kind)
        self._told.add(day)

    def kind(self, day: date) -> DayKind | None:
        """Return what `day` is, or ``None`` for an ordinary day and for one that is not known."""
        return self._kinds.get(day)

    def is_known(self, day: date) -> bool:
        """Tell whether it is known if `day` is a holiday, a make-up workday or neither."""
        return self._first <= day <= self._last or day in self._told
