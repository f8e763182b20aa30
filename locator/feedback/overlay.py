"""What reports change about the stations that are served: when they were checked, and which are doubtful."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from locator.feedback.database import Database
from locator.feedback.reports import Reports
from locator.feedback.times import Clock


class Changes(NamedTuple):
    """What is laid over the published stations."""

    checked_on: Mapping[str, date]
    """Station ids to the last day that two independent people or a steward confirm."""
    locked: frozenset[str]
    """Stations that are doubtful until a steward looks."""


class Overlay:
    """One reader's view of the changes; every process that serves has its own, and all see the same.

    Confirmations are taken in on the hour, so that phones do not fetch all stations anew after every tap; a
    station found locked counts at once. Both follow from the file and the hour alone.
    """

    def __init__(self, database: Database, reports: Reports, clock: Clock) -> None:
        self._database = database
        self._reports = reports
        self._clock = clock
        self._seen: tuple[int, datetime] | None = None
        self._given: Changes | None = None

    def read(self) -> Changes | None:
        """Return the changes, or ``None`` if they are what they were when this was last called.

        Where nothing was written since, that takes the time of reading one number.
        """
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        # The number first: what is written after it is read will be seen the next time.
        revision = self._database.value("SELECT value FROM counters WHERE name = 'overlay'")
        if (revision, hour) == self._seen:
            return None
        changes = Changes(self._reports.confirmed(hour), self._reports.locked())
        self._seen = revision, hour
        if changes == self._given:
            return None
        self._given = changes
        return changes
