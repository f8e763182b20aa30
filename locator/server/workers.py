"""The processes behind one port: a worker that dies comes back, and none outlives the parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from typing import Any, Final

from locator.language.messages import message
from locator.notices import notice

# A forked process would inherit the parent's threads' locks and its signal handlers.
SPAWN: Final = multiprocessing.get_context("spawn")
# The terminal sends both to all processes, the first at Ctrl-C, the second when it is closed.
FROM_TERMINAL: Final = {signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])}
LOOK_EVERY_S: Final = 0.2
STEADY_S: Final = 10.0
"""A worker that lived so long died of something new, and is replaced at once."""
LONGEST_PAUSE_S: Final = 30.0
EXTRA_S: Final = 5.0
"""So much longer than they may take workers are waited for before they are killed."""

Run = Callable[[socket.socket, Event], None]
"""Serves until SIGTERM; sets the event when it begins to answer."""


@dataclass(slots=True)
class _Place:
    """One of the workers, whichever process it is at the moment."""

    process: SpawnProcess | None = None
    started_at: float = 0.0
    failures: int = 0
    """How often in a row it died soon after its start."""
    due_at: float = field(default=0.0)
    """When it is to be started, while there is none."""


class Workers:
    """Worker processes that listen on one socket.

    Parameters
    ----------
    run
        What each does; a function that can be imported.
    listener
        The socket, which the parent keeps open while workers come and go: who connects meanwhile waits.
    count
        How many.
    grace_s
        So long a worker may go on with what it is doing when the service ends.
    died
        What is to be done with the process id of one that died.
    """

    def __init__(
        self,
        run: Run,
        listener: socket.socket,
        count: int,
        grace_s: float,
        died: Callable[[int], object] = lambda _: None,
    ) -> None:
        self._run, self._listener, self._grace_s, self._died = run, listener, grace_s, died
        self._places = [_Place() for _ in range(count)]
        self._ready = SPAWN.Event()
        self._asked_to_stop = 0

    def serve(self) -> int:
        """Keep the workers running until SIGTERM, Ctrl-C or the end of the terminal; a second one kills them.

        Returns
        -------
        int
            0, or the exit code of the first worker if it ended before any could answer.
        """
        with _signals(self._stop):
            code = self._watch()
            self._end()
        return code

    def _stop(self, *_: Any) -> None:
        self._asked_to_stop += 1

    def _watch(self) -> int:
        while not self._asked_to_stop:
            for place in self._places:
                if place.process is None and time.monotonic() >= place.due_at:
                    self._start(place)
            running = [place.process.sentinel for place in self._places if place.process]
            wait(running, LOOK_EVERY_S) if running else time.sleep(LOOK_EVERY_S)
            for place in self._places:
                if place.process and not place.process.is_alive() and not self._asked_to_stop:
                    if not self._ready.is_set():
                        return place.process.exitcode or 1
                    self._died(place.process.pid or 0)
                    _note_death(place)
        return 0

    def _start(self, place: _Place) -> None:
        place.process = SPAWN.Process(target=_work, args=(self._run, self._listener, self._ready))
        with _without_terminal():
            place.process.start()
        place.started_at = time.monotonic()

    def _end(self) -> None:
        """Let the workers finish what is under way, and wait for them."""
        running = [place.process for place in self._places if place.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + self._grace_s + EXTRA_S
        while self._asked_to_stop < 2 and time.monotonic() < deadline:
            if not any(process.is_alive() for process in running):
                break
            time.sleep(LOOK_EVERY_S / 4)
        for process in running:
            process.kill()
            process.join()


def _note_death(place: _Place) -> None:
    """Say that a worker died, and when the next one is to be started."""
    process, now = place.process, time.monotonic()
    if process is None:
        return
    place.failures = 0 if now - place.started_at > STEADY_S else place.failures + 1
    pause_s = min(LONGEST_PAUSE_S, 2.0 ** (place.failures - 1)) if place.failures > 1 else 0.0
    place.process, place.due_at = None, now + pause_s
    when = message("in {seconds:.0f} s", seconds=pause_s) if pause_s else message("now")
    notice(
        message(
            "Worker {number} ended with code {code}; another one starts {when}.",
            number=process.pid,
            code=process.exitcode,
            when=when,
        )
    )


@contextmanager
def _signals(stop: Callable[..., None]) -> Iterator[None]:
    numbers = {signal.SIGTERM, *FROM_TERMINAL}
    # nohup has the end of the terminal ignored.
    before = {
        number: signal.signal(number, stop) for number in numbers if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _without_terminal() -> Iterator[None]:
    """Start processes that never hear of Ctrl-C or the end of a terminal: the parent tells them to end.

    A process inherits which signals are blocked, so that this holds from its first instruction on.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, FROM_TERMINAL)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(run: Run, listener: socket.socket, ready: Event) -> None:
    """Be a worker, and no longer than there is a parent."""
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    run(listener, ready)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError):  # a full disk, or a reader who left
            stream.flush()
    os._exit(0)  # threads that still work out something nobody waits for any more are not waited for


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
