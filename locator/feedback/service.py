"""Reports, requests and the log in one place, as the service and the command line use them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from locator.config import RETENTION_DAYS
from locator.feedback.audit import Audit
from locator.feedback.database import BUSY_TIMEOUT_S, Database
from locator.feedback.devices import Devices
from locator.feedback.overlay import Overlay
from locator.feedback.reports import Reports
from locator.feedback.requests import Requests
from locator.feedback.times import DAY, Clock, day_of, now

_WAITING: Final = """
    SELECT
        (SELECT count(*) FROM reports WHERE state = 'new'),
        (SELECT count(*) FROM requests WHERE state = 'new')"""


class Feedback:
    """What people said, kept in one file.

    Everything may be called by many threads and processes at once; each call is one short transaction. Any of
    them may raise BusyError, if the file is locked for too long, and GeodataError, if it or its disk is not well.

    Parameters
    ----------
    path
        The file; it and its folder are made by the first write.
    retention_days
        So many days reports and requests are kept.
    clock
        Gives the present.
    busy_timeout_s
        So long a call waits for the writes of others.
    """

    def __init__(
        self,
        path: Path,
        *,
        retention_days: int = RETENTION_DAYS,
        clock: Clock = now,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> None:
        self._database = Database(path, busy_timeout_s)
        self._retention_days = retention_days
        self._clock = clock
        self._devices = Devices(self._database, clock)
        self.reports = Reports(self._database, clock)
        self.requests = Requests(self._database, clock)
        self.audit = Audit(self._database, clock)
        self.overlay = Overlay(self._database, self.reports, clock)

    def device_key(self, address: str, agent: str) -> str:
        """Return by what a device is known today, as `Devices.key` says; the day's first call writes a salt."""
        return self._devices.key(address, agent)

    def waiting(self) -> dict[str, int]:
        """Count the reports and the requests that no steward has dealt with."""
        ((reports, requests),) = self._database.rows(_WAITING)
        return {"report": reports, "request": requests}

    def forget(self) -> None:
        """Delete what is older than it may be: reports, requests, salts. All but a day's first call do nothing.

        Made for a loop: a call that has nothing to do reads one number. What a wrong clock dated is as old as its
        date says.
        """
        today = day_of(self._clock())
        ((forgotten_on,),) = self._database.rows("SELECT value FROM counters WHERE name = 'forgotten_on'")
        if forgotten_on == today.toordinal() or not self._database.exists():
            return
        before = today - self._retention_days * DAY
        self.reports.forget(before)
        self.requests.forget(before)
        self._devices.forget()
        with self._database.writing() as execute:
            execute("UPDATE counters SET value = ? WHERE name = 'forgotten_on'", [today.toordinal()])
        self._database.scrub()

    def close(self) -> None:
        """Close this thread's connection; those of other threads close when they end."""
        self._database.close()
