"""Reports, requests and the log in one place, as the service and the command line use them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from locator.config import RETENTION_DAYS
from locator.feedback.ages import Ages, Elapsed
from locator.feedback.attempts import Attempts
from locator.feedback.audit import Audit
from locator.feedback.database import BUSY_TIMEOUT_S, Database
from locator.feedback.overlay import Overlay
from locator.feedback.reports import Reports
from locator.feedback.requests import Requests
from locator.feedback.salts import Salts
from locator.feedback.senders import SPAN_DAYS, Sender, Senders
from locator.feedback.times import DAY, Clock, day_of, elapsed_s, now

_WAITING: Final = """
    SELECT
        (SELECT count(*) FROM reports WHERE state = 'new'),
        (SELECT count(*) FROM requests WHERE state = 'new')"""


class Feedback:
    """What people said, kept in one file, and in another one beside it the keys of the marks of who said it.

    Everything may be called by many threads and processes at once; each call is one short transaction. Any of
    them may raise BusyError, if the file is locked for too long, and GeodataError, if it or its disk is not well.

    Parameters
    ----------
    path
        The file; it and its folder are made by the first write. The other is named like it and ends in ``.salts``.
    retention_days
        So many days reports and requests are kept.
    clock, elapsed
        Give the present, and the seconds that pass.
    busy_timeout_s
        So long a call waits for the writes of others.
    """

    def __init__(
        self,
        path: Path,
        *,
        retention_days: int = RETENTION_DAYS,
        clock: Clock = now,
        elapsed: Elapsed = elapsed_s,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> None:
        self._database = Database(path, busy_timeout_s)
        self._retention_days = retention_days
        self._clock = clock
        self._ages = Ages(self._database, clock, elapsed)
        salts = Salts(path.with_suffix(".salts"), self._database.writing)
        self._senders = Senders(self._database, salts, clock, self._ages)
        self.reports = Reports(self._database, clock)
        self.requests = Requests(self._database, clock)
        self.audit = Audit(self._database, clock)
        self.attempts = Attempts(self._database)
        self.overlay = Overlay(self._database, self.reports, clock)

    def sender(self, address: str, agent: str) -> Sender:
        """Return by what a sender is known now, as `Senders.sender` says."""
        return self._senders.sender(address, agent)

    def waiting(self) -> dict[str, int]:
        """Count the reports and the requests that no steward has dealt with."""
        ((reports, requests),) = self._database.rows(_WAITING)
        return {"report": reports, "request": requests}

    def forget(self) -> None:
        """Delete what is older than it may be: reports, requests, keys. All but a day's first calls do nothing.

        Made for a loop: a call that has nothing to do reads one row. A report or a request goes when its date and
        the days that the service has counted since both say that it is old enough (`Ages`): what is kept a day too
        long can still be deleted, what a wrong clock deleted is gone.
        """
        if self._ages.count():
            self._delete_old()
        self._senders.forget()

    def _delete_old(self) -> None:
        before = day_of(self._clock()) - self._retention_days * DAY
        number = self._ages.oldest_kept(self._retention_days)
        span = self._ages.number() // SPAN_DAYS
        with self._database.writing() as execute:
            self.reports.forget(execute, before, number)
            self.requests.forget(execute, before, number)
            self.audit.forget(execute, before)
            self.attempts.forget(execute, DAY.total_seconds())
            self._senders.forget_marks(execute, span)
        self._database.scrub()

    def close(self) -> None:
        """Close this thread's connection; those of other threads close when they end."""
        self._database.close()
