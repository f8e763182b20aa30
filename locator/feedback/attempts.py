"""How often something was tried lately, counted over all processes of the service."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from locator.feedback.database import Database, Execute

SLACK_S: Final = 60.0
"""So much the clock may be put back without what was tried before passing for a time to come."""


class Attempts:
    """Attempts of any kind in a moving window of time.

    Parameters
    ----------
    database
        The file that all processes share.
    clock
        Gives seconds that all processes agree on.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def enter(self, what: str, most: int, within_s: float, times: int = 1) -> bool:
        """Count an attempt, unless that would be more than the most within so many seconds; tell whether it was.

        What a clock that was ahead dated later than now counts for nothing.
        """
        with self._database.writing() as execute:
            now = self._clock()  # in here: whoever waited for another is later
            old = [what, now - within_s, now + SLACK_S]
            execute("DELETE FROM attempts WHERE what = ? AND (at <= ? OR at > ?)", old)
            ((made,),) = execute("SELECT count(*) FROM attempts WHERE what = ?", [what])
            if made + times > most:
                return False
            for _ in range(times):
                execute("INSERT INTO attempts (what, at) VALUES (?, ?)", [what, now])
        return True

    def window(self, what: str, within_s: float) -> tuple[float, int]:
        """Return when the first attempt of the last so many seconds was made, or now, and how many there were."""
        now = self._clock()
        ((first, made),) = self._database.rows(_WINDOW, [what, now - within_s, now + SLACK_S])
        return (now if first is None else first), made

    def forget(self, execute: Execute, within_s: float) -> None:
        """Delete the attempts that are older than so many seconds, or of a time to come."""
        now = self._clock()
        execute("DELETE FROM attempts WHERE at <= ? OR at > ?", [now - within_s, now + SLACK_S])


_WINDOW: Final = "SELECT min(at), count(*) FROM attempts WHERE what = ? AND at > ? AND at <= ?"
