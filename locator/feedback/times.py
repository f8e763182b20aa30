"""Times of reports and requests: stored to the minute, with days by the calendar of the stations."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from locator.stations.hours import STATION_TIMEZONE

Clock = Callable[[], datetime]
"""Returns the present as an aware time. It may be wrong or set back: nothing in this package relies on its
order."""

DAY: Final = timedelta(days=1)


def now() -> datetime:
    """Return the present by the clock of this machine."""
    return datetime.now(UTC)


def elapsed_s() -> float:
    """Return seconds that never go back and, on Linux, also count while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def day_of(at: datetime) -> date:
    """Return the date of an aware time in the time zone of the stations."""
    return at.astimezone(STATION_TIMEZONE).date()


def minute_text(at: datetime) -> str:
    """Return an aware time as text in UTC, cut to the minute; later times sort later."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M+00:00")
