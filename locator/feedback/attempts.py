"""Attempts, such as signing in, counted in a moving window over all processes of the service."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from locator.feedback.database import Database, Execute

SLACK_S: Final = 60.0
"""Attempts dated later than this from now are ignored: the clock was ahead when they were made."""


class Attempts:
    """Attempts of any kind in a moving window of time.

    Parameters
    ----------
    database
        Shared by all processes.
    clock
        Returns seconds that are the same in all processes.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def enter(self, what: str, most: int, within_s: float, times: int = 1) -> bool:
        """Count an attempt if it is one of at most ``most`` in the window; return whether it was counted.

        Parameters
        ----------
        what
            The kind of attempt and whose it is.
        most, within_s
            The limit, and the length of the window.
        times
            How many attempts to count; all or none.
        """
        with self._database.writing() as execute:
            now = self._clock()  # read after waiting for other writers
            old = [what, now - within_s, now + SLACK_S]
            execute("DELETE FROM attempts WHERE what = ? AND (at <= ? OR at > ?)", old)
            ((made,),) = execute("SELECT count(*) FROM attempts WHERE what = ?", [what])
            if made + times > most:
                return False
            for _ in range(times):
                execute("INSERT INTO attempts (what, at) VALUES (?, ?)", [what, now])
        return True

    def window(self, what: str, within_s: float) -> tuple[float, int]:
        """Return the time of the first attempt within the window (now, if there is none) and their number."""
        now = self._clock()
        ((first, made),) = self._database.rows(_WINDOW, [what, now - within_s, now + SLACK_S])
        return (now if first is None else first), made

    def forget(self, execute: Execute, within_s: float) -> None:
        """Delete the attempts that are older than the window, or dated in the future."""
        now = self._clock()
        execute("DELETE FROM attempts WHERE at <= ? OR at > ?", [now - within_s, now + SLACK_S])


_WINDOW: Final = "SELECT min(at), count(*) FROM attempts WHERE what = ? AND at > ? AND at <= ?"
