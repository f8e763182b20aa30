"""The age of rows, measured in days on which the service ran, so that a wall clock that jumps makes nothing old.

Rows that are deleted for their age are gone for good, so the wall clock alone must not decide. The service counts
days and stores with each row the number of the day on which it was written.

- While it runs, it counts one day for every 24 hours of a monotonic clock. Nothing that happens to the wall clock
  matters: no leap second, no correction by NTP, no wrong year.
- After a restart it cannot know how much time has passed, and asks the wall clock. It counts a day when the wall
  clock shows another date than that of the last counted day, and has kept pace with the monotonic clock for an
  hour.

A machine that was off for months has counted fewer days than have passed. The difference is added later: a pause
is believed once seven more days have been counted, none of them with an earlier date, and if it is shorter than
three years. A clock that is wrong from the start and left so for a week is believed: nothing here could find out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

from locator.feedback.database import Database
from locator.feedback.times import DAY, Clock, day_of

Elapsed = Callable[[], float]
"""Returns seconds that never go back, counted from any moment."""

TOLERANCE_S: Final = 60.0
"""The wall clock counts as set anew when it has parted from the monotonic clock by more than this."""
SOON_S: Final = 600.0
"""The wall clock must keep pace for so long before keys are deleted by it. A key deleted too early only means that
devices of that day are not recognised again."""
STEADY_S: Final = 3600.0
"""The wall clock must keep pace for so long before a day is counted by it after a restart."""
CONFIRMING_DAYS: Final = 7
"""How many further days confirm a pause: within a week somebody notices that the date is wrong."""
MOST_PAUSE_DAYS: Final = 1100
"""Three years. A longer jump is more likely a clock that lost its battery, and starts in 1970 or 2000."""


class Ages:
    """The counted days; each process has one object, over the same database.

    Parameters
    ----------
    database
        Where the days are stored.
    clock, elapsed
        The wall clock, which may be wrong, and the monotonic clock.
    """

    def __init__(self, database: Database, clock: Clock, elapsed: Elapsed) -> None:
        self._database = database
        self._clock = clock
        self._elapsed = elapsed
        self._steady_since: tuple[datetime, float] | None = None
        self._last: int | None = None
        self._counted_at_s: float | None = None

    def number(self) -> int:
        """Return the number of the last counted day; 1 also before the first, whose rows will belong to it."""
        number = self._database.value(NUMBER)
        return int(number)

    def steady_s(self) -> float:
        """Return for how many seconds, seen by `count`, the wall clock has kept pace with the monotonic one."""
        return self._elapsed() - self._steady_since[1] if self._steady_since else 0.0

    def count(self) -> bool:
        """Count a day if one has passed, and return whether this process did so: of several only one does.

        To be called at least once a minute.
        """
        at, seconds = self._clock(), self._elapsed()
        self._compare(at, seconds)
        if not self._database.exists():
            return False
        last, day = (self._database.rows(_LAST) or [(0, "")])[0]
        if self._last not in (None, last):
            self._counted_at_s = seconds  # another process has just counted it
        self._last = last
        # `passed` stays None after a restart, when only the wall clock can tell.
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
        """Return the number of the first counted day that is at most ``days`` days before the last one."""
        counted = self._database.rows("SELECT day, passed FROM days ORDER BY number")
        known = believed([(date.fromisoformat(day).toordinal(), passed) for day, passed in counted])
        return next((number for number, day in enumerate(known, 1) if known[-1] - day <= days), 1)

    def _compare(self, at: datetime, seconds: float) -> None:
        """Restart the observation of the wall clock if it was set."""
        if self._steady_since:
            passed_s = (at - self._steady_since[0]).total_seconds()
            if abs(passed_s - (seconds - self._steady_since[1])) <= TOLERANCE_S:
                return
        self._steady_since = at, seconds


def believed(counted: Sequence[tuple[int, int | None]]) -> list[int]:
    """Return the most likely date of every counted day, although the wall clock may have been wrong.

    Between two counted days lie as many days as the monotonic clock measured. After a restart it measured none:
    then it is one day, or more if there was a pause. A pause is as long as the wall clock advanced since the day
    before or since the date believed for that day, whichever is less. It is believed if none of the next seven
    days has an earlier date than the day after the pause.

    Parameters
    ----------
    counted
        For each counted day, in order: its date by the wall clock, as an ordinal, and how many days the monotonic
        clock measured since the one before; ``None`` after a restart.

    Returns
    -------
    list
        As many ordinals, strictly increasing; the first is that of the wall clock.
    """
    known = [day for day, _ in counted[:1]]
    for number, (day, passed) in enumerate(counted[1:], 1):
        if passed is None:
            pause = min(day - counted[number - 1][0], day - known[-1])
            following = [later for later, _ in counted[number + 1 : number + 1 + CONFIRMING_DAYS]]
            is_confirmed = len(following) == CONFIRMING_DAYS and min(following) >= day
            passed = pause if is_confirmed and pause <= MOST_PAUSE_DAYS else 1
        known.append(known[-1] + max(1, passed))
    return known


NUMBER: Final = "SELECT coalesce(max(number), 1) FROM days"
"""The number of the day to store with a row that is written now."""
_LAST: Final = "SELECT number, day FROM days ORDER BY number DESC LIMIT 1"
_COUNT: Final = "INSERT INTO days (number, day, passed) VALUES (?, ?, ?) ON CONFLICT (number) DO NOTHING"
