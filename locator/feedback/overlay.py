"""What reports change about the served stations: when they were last checked, and which are marked as locked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from locator.feedback.database import Database
from locator.feedback.reports import Reports
from locator.feedback.times import Clock


class Changes(NamedTuple):
    """What is laid over the published stations, as two values at one moment."""

    checked_on: Mapping[str, date]
    """Station id to the last day confirmed by two networks or a steward."""
    locked: frozenset[str]
    """Ids of the stations that are marked as found locked."""


class Overlay:
    """One process's view of the changes; all processes see the same.

    Confirmations change on the hour only, so that phones need not download all stations again after every report.
    Lock marks change at once. Both depend on nothing but the database and the hour.
    """

    def __init__(self, database: Database, reports: Reports, clock: Clock) -> None:
        self._database = database
        self._reports = reports
        self._clock = clock
        self._seen: tuple[int, datetime] | None = None
        self._given: Changes | None = None

    def read(self) -> Changes | None:
        """Return the changes, or ``None`` if they are the same as at the last call.

        If nothing was written since, this only reads one number.
        """
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        # The revision is read first: whatever is written after that raises it, and is seen by the next call.
        revision = self._database.value("SELECT value FROM counters WHERE name = 'overlay'")
        if (revision, hour) == self._seen:
            return None
        changes = Changes(self._reports.confirmed(hour), self._reports.locked())
        self._seen = revision, hour
        if changes == self._given:
            return None
        self._given = changes
        return changes
