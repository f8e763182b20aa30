"""How old things are, told by the days on which the service ran: a clock that jumps makes nothing old.

What is deleted by its age is gone for good, so the wall clock alone does not decide. The service counts its days.
As long as it runs it counts one for every 24 hours of a monotonic clock, whatever the wall clock does: a jump of
half a second, a wrong year for a month, a correction by NTP count nothing. When it was started anew it cannot know
how much time has passed, and asks the wall clock: it counts a day once that shows another day than the last one
counted and has kept pace with the monotonic clock for an hour. A row keeps the number of the day in which it was
written.

A machine that was off for months has counted fewer days than have passed. That is made up for, but slowly: such a
pause is believed when seven more days were counted, none of which denies it, and it is no longer than three years.
A wrong clock that is started with, and left alone for a week, is believed: nothing here could tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

from locator.feedback.database import Database
from locator.feedback.times import DAY, Clock, day_of

Elapsed = Callable[[], float]
"""Gives seconds that never go back, from any beginning."""

TOLERANCE_S: Final = 60.0
"""So much the two clocks may part before the wall clock counts as set anew."""
SOON_S: Final = 600.0
"""So long a clock keeps pace before keys are deleted by it: one lost too early costs a day's memory at most."""
STEADY_S: Final = 3600.0
"""So long a clock keeps pace before a first day is counted by it."""
CONFIRMING_DAYS: Final = 7
"""So many further days make a pause believed. Within a week somebody notices that the year is wrong."""
MOST_PAUSE_DAYS: Final = 1100
"""Three years; what is longer is a clock that lost its battery."""


class Ages:
    """The days that were counted; one object per process, all over the same file.

    Parameters
    ----------
    database
        Where the days are kept.
    clock, elapsed
        The wall clock, which may be wrong, and the monotonic one.
    """

    def __init__(self, database: Database, clock: Clock, elapsed: Elapsed) -> None:
        self._database = database
        self._clock = clock
        self._elapsed = elapsed
        self._steady_since: tuple[datetime, float] | None = None
        self._last: int | None = None
        self._counted_at_s: float | None = None

    def number(self) -> int:
        """Return the number of the day last counted; 1 before the first, which what is written then belongs to."""
        number = self._database.value(NUMBER)
        return int(number)

    def steady_s(self) -> float:
        """Return for how many seconds the wall clock has kept pace, as far as `count` has looked at it."""
        return self._elapsed() - self._steady_since[1] if self._steady_since else 0.0

    def count(self) -> bool:
        """Look at the clocks and count a day if one has passed; only one process counts it, and is told so.

        Made for a loop, to be called at least once a minute.
        """
        at, seconds = self._clock(), self._elapsed()
        self._compare(at, seconds)
        if not self._database.exists():
            return False
        last, day = (self._database.rows(_LAST) or [(0, "")])[0]
        if self._last not in (None, last):
            self._counted_at_s = seconds  # by another process, just now
        self._last = last
        today, passed = day_of(at).isoformat(), None
        if self._counted_at_s is not None:
            passed = int((seconds - self._counted_at_s) / DAY.total_seconds())
        if passed == 0 or (passed is None and (today == day or self.steady_s() < STEADY_S)):
            return False
        with self._database.writing() as execute:
            is_mine = execute(_COUNT, [last + 1, today, passed]).rowcount == 1
        self._last, self._counted_at_s = last + 1, seconds
        return is_mine

    def oldest_kept(self, days: int) -> int:
        """Return the number of the first day that is at most so many days ago."""
        counted = self._database.rows("SELECT day, passed FROM days ORDER BY number")
        known = believed([(date.fromisoformat(day).toordinal(), passed) for day, passed in counted])
        return next((number for number, day in enumerate(known, 1) if known[-1] - day <= days), 1)

    def _compare(self, at: datetime, seconds: float) -> None:
        """Begin to watch the wall clock anew if it was set."""
        if self._steady_since:
            passed_s = (at - self._steady_since[0]).total_seconds()
            if abs(passed_s - (seconds - self._steady_since[1])) <= TOLERANCE_S:
                return
        self._steady_since = at, seconds


def believed(counted: Sequence[tuple[int, int | None]]) -> list[int]:
    """Tell for each counted day which day it was, where the clock may have been wrong.

    Where the monotonic clock told how many days passed since the one before, so many passed. Where it could not,
    at least one passed. More are a pause that both the wall clock of the day before and all that is known so far
    leave room for; it is believed if none of the next seven days is earlier by the wall clock than the one it
    ended with.

    Parameters
    ----------
    counted
        What the wall clock showed on each, as ordinals, in the order in which they were counted, and how many days
        the monotonic clock told since the one before; ``None`` where the service was started anew.

    Returns
    -------
    list
        As many ordinals, each at least one greater than the one before; the first is the wall clock's.
    """
    known = [day for day, _ in counted[:1]]
    for place, (day, passed) in enumerate(counted[1:], 1):
        if passed is None:
            pause = min(day - counted[place - 1][0], day - known[-1])
            following = [later for later, _ in counted[place + 1 : place + 1 + CONFIRMING_DAYS]]
            is_confirmed = len(following) == CONFIRMING_DAYS and min(following) >= day
            passed = pause if is_confirmed and pause <= MOST_PAUSE_DAYS else 1
        known.append(known[-1] + max(1, passed))
    return known


NUMBER: Final = "SELECT coalesce(max(number), 1) FROM days"
"""The number of the day to write down with what is written now."""
_LAST: Final = "SELECT number, day FROM days ORDER BY number DESC LIMIT 1"
_COUNT: Final = "INSERT INTO days (number, day, passed) VALUES (?, ?, ?) ON CONFLICT (number) DO NOTHING"
