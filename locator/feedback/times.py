"""When things were said: kept to the minute, counted by the stations' day."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

from locator.stations.hours import STATION_TIMEZONE

Clock = Callable[[], datetime]
"""Gives the present as an aware time. It may be wrong and it may be put back: nothing here relies on its order."""

DAY: Final = timedelta(days=1)


def now() -> datetime:
    """Return the present by this machine's clock."""
    return datetime.now(UTC)


def elapsed_s() -> float:
    """Return seconds that never go back and, where the system can tell, go on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def day_of(at: datetime) -> date:
    """Return the day of an aware time on the stations' calendar."""
    return at.astimezone(STATION_TIMEZONE).date()


def minute_text(at: datetime) -> str:
    """Write an aware time for a table, cut to the minute, in UTC: later times sort later."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M+00:00")
