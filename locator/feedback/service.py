"""The entrance to this package: reports, requests and the audit log over one database."""

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
    """Reports, requests and the audit log in one database, with the keys for hashing senders in a file beside it.

    All methods may be called by many threads and processes at once; each call is one short transaction. Any may
    raise BusyError, if the database is locked for too long, and GeodataError, if it is damaged or cannot be
    written.

    Parameters
    ----------
    path
        The database; it and its folder are created by the first write. The file of keys has the suffix ``.salts``.
    retention_days
        How many days reports and requests are kept.
    clock, elapsed
        The wall clock, and the monotonic clock in seconds.
    busy_timeout_s
        How long a call waits for other writers.
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
        """Return the hashes of a sender, see `Senders.sender`."""
        return self._senders.sender(address, agent)

    def waiting(self) -> dict[str, int]:
        """Return how many reports and requests no steward has decided about."""
        ((reports, requests),) = self._database.rows(_WAITING)
        return {"report": reports, "request": requests}

    def forget(self) -> None:
        """Delete reports, requests and keys that are too old; to be called regularly.

        Only the first call of a day finds anything to delete; the others read one row. A report or request is
        deleted when it is old enough by its date and by the counted days (`Ages`) too: what is kept a day too long
        can still be deleted, but what a wrong clock deleted is lost.
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
        """Close the connection of this thread; those of others are closed when they end."""
        self._database.close()
