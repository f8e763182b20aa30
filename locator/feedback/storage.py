"""Whether what workers report and stewards publish can be stored: found out by storing something."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

from locator.config import Settings
from locator.errors import BusyError, GeodataError
from locator.feedback.database import Database
from locator.feedback.salts import Salts

FILE: Final = "feedback.sqlite"
"""Reports, requests and the log, in the folder of LOCATOR_STORE."""
ROOM: Final = 65_536
"""Bytes that have to fit on the disk: a day's reports."""
PATIENCE_S: Final = 1.0
LOOK_EVERY_S: Final = 5.0
SHARE: Final = 0.01
"""So much of the time may go into looking: a large file is looked through less often."""


def writable_fault(settings: Settings) -> str | None:
    """Return why nothing can be stored, in a sentence for the operator; ``None`` if it can, or need not.

    It is tried: some bytes are put on the disk and taken away again, a number in the file of reports is written
    over with itself, the file is read for damage, and the keys are opened. Nothing is made that was not there.
    """
    try:
        if settings.store:
            _put_and_take(settings.store)
            database = Database(settings.store / FILE, PATIENCE_S)
            Salts((settings.store / FILE).with_suffix(".salts"), database.writing).check()
            database.check()
    except BusyError:  # somebody writes, so that it can be written
        return None
    except GeodataError as fault:
        return fault.message
    return None


class Storage:
    """The answer of `writable_fault`, kept for a while: whoever polls costs little.

    Parameters
    ----------
    settings
        What the operator chose.
    clock
        Gives seconds that only grow.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._turn, self._due = Lock(), float("-inf")
        self._fault: str | None = None

    def fault(self) -> str | None:
        """Return what `writable_fault` says or said a few seconds ago; nobody waits for another one's look."""
        is_first = self._due == float("-inf")
        if self._clock() >= self._due and self._turn.acquire(blocking=is_first):
            try:
                self._look()
            finally:
                self._turn.release()
        return self._fault

    def _look(self) -> None:
        began = self._clock()
        if began < self._due:  # somebody did while this one waited
            return
        self._fault = writable_fault(self._settings)
        ended = self._clock()
        self._due = ended + max(LOOK_EVERY_S, (ended - began) / SHARE)


def _put_and_take(folder: Path) -> None:
    """Fill a file without a name, in the folder or where it would be made."""
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM))
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        raise GeodataError(
            "The folder of LOCATOR_STORE cannot be written: {fault}. Nothing that workers report or stewards"
            " publish can be kept. Free some space there, or let the service write to it.",
            fault=fault.strerror,
        ) from None
