"""Whether reports and versions can be stored, found out by writing something."""

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
from locator.importing.deciding.pending_rows import PendingRows

FILE: Final = "feedback.sqlite"
"""Reports, requests and the log, in the folder of LOCATOR_STORE."""
ROOM: Final = 65_536
"""Bytes that must fit on the disk: the reports of a day."""
PATIENCE_S: Final = 1.0
LOOK_EVERY_S: Final = 5.0
SHARE: Final = 0.01
"""The most of the time that goes into checking: a large database, which takes long, is checked less often."""


def writable_fault(settings: Settings) -> str | None:
    """Return why nothing can be stored, in a sentence; ``None`` if it can be, or there is no store.

    It writes some bytes to the disk and removes them, writes to the databases without changing them, checks all
    their pages, and opens the file of keys. It creates neither a folder nor a file.
    """
    try:
        if settings.store:
            _put_and_take(settings.store)
            database = Database(settings.store / FILE, PATIENCE_S)
            Salts((settings.store / FILE).with_suffix(".salts"), database.writing).check()
            database.check()
            PendingRows(settings.store, PATIENCE_S).check()
    except BusyError:  # another process is writing, so it is writable
        return None
    except GeodataError as fault:
        return fault.message
    return None


class Storage:
    """The result of `writable_fault`, cached for a while so that frequent health checks cost little.

    Parameters
    ----------
    settings
        The operator's settings.
    clock
        A monotonic clock in seconds.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._turn, self._due = Lock(), float("-inf")
        self._fault: str | None = None

    def fault(self) -> str | None:
        """Return the result of a few seconds ago at most; only the first call waits for another thread's check."""
        is_first = self._due == float("-inf")
        if self._clock() >= self._due and self._turn.acquire(blocking=is_first):
            try:
                self._look()
            finally:
                self._turn.release()
        return self._fault

    def _look(self) -> None:
        began = self._clock()
        if began < self._due:  # another thread has checked while this one waited
            return
        self._fault = writable_fault(self._settings)
        ended = self._clock()
        self._due = ended + max(LOOK_EVERY_S, (ended - began) / SHARE)


def _put_and_take(folder: Path) -> None:
    """Write a temporary file in the folder, or in the one in which it would be created."""
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
