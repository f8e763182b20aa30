"""Worker processes behind one port: one that dies is replaced, and none outlives the parent."""

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

# A forked process would inherit locks held by the parent's threads, and its signal handlers.
SPAWN: Final = multiprocessing.get_context("spawn")
# The terminal sends both to all processes, the first at Ctrl-C, the second when it is closed.
FROM_TERMINAL: Final = {signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])}
LOOK_EVERY_S: Final = 0.2
STEADY_S: Final = 10.0
"""A worker that ran for so long is replaced at once; one that dies sooner after ever longer pauses, so that one
which cannot start does not keep a processor busy."""
LONGEST_PAUSE_S: Final = 30.0
EXTRA_S: Final = 5.0
"""Added to the grace period before workers are killed: they need a moment to end by themselves."""

Run = Callable[[socket.socket, Event], None]
"""Serves until SIGTERM; sets the event when it begins to answer."""


@dataclass(slots=True)
class _Slot:
    """One of the workers, whichever process it is at the moment."""

    process: SpawnProcess | None = None
    started_at: float = 0.0
    failures: int = 0
    """How often in a row it died within `STEADY_S`."""
    due_at: float = field(default=0.0)
    """When to start the next process, while there is none; seconds of the monotonic clock."""


class Workers:
    """Worker processes that listen on one socket.

    Parameters
    ----------
    run
        What each worker does; a function that can be imported by its name, as spawned processes need.
    listener
        The listening socket. The parent keeps it open while workers are replaced, so that clients only wait.
    count
        The number of workers.
    grace_s
        How many seconds a worker may take to finish its requests when the service ends.
    died
        Called with the process id of each worker that died.
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
        self._slots = [_Slot() for _ in range(count)]
        self._ready = SPAWN.Event()
        self._asked_to_stop = 0

    def serve(self) -> int:
        """Keep the workers running until SIGTERM, Ctrl-C or SIGHUP; a second signal kills them.

        Returns
        -------
        int
            0, or the exit code of a worker that ended before any was ready: then the cause is permanent.
        """
        with _signals(self._stop):
            code = self._watch()
            self._end()
        return code

    def _stop(self, *_: Any) -> None:
        self._asked_to_stop += 1

    def _watch(self) -> int:
        while not self._asked_to_stop:
            for slot in self._slots:
                if slot.process is None and time.monotonic() >= slot.due_at:
                    self._start(slot)
            running = [slot.process.sentinel for slot in self._slots if slot.process]
            wait(running, LOOK_EVERY_S) if running else time.sleep(LOOK_EVERY_S)
            for slot in self._slots:
                if slot.process and not slot.process.is_alive() and not self._asked_to_stop:
                    if not self._ready.is_set():
                        return slot.process.exitcode or 1
                    self._died(slot.process.pid or 0)
                    _note_death(slot)
        return 0

    def _start(self, slot: _Slot) -> None:
        slot.process = SPAWN.Process(target=_work, args=(self._run, self._listener, self._ready))
        with _without_terminal():
            slot.process.start()
        slot.started_at = time.monotonic()

    def _end(self) -> None:
        """Ask the workers to finish their requests, wait for them, and kill those that take too long."""
        running = [slot.process for slot in self._slots if slot.process]
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


def _note_death(slot: _Slot) -> None:
    """Report that a worker died, and set when the next one starts."""
    process, now = slot.process, time.monotonic()
    if process is None:
        return
    slot.failures = 0 if now - slot.started_at > STEADY_S else slot.failures + 1
    pause_s = min(LONGEST_PAUSE_S, 2.0 ** (slot.failures - 1)) if slot.failures > 1 else 0.0
    slot.process, slot.due_at = None, now + pause_s
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
    # Under nohup SIGHUP is ignored, and has to stay so.
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
    """Start processes with the signals of the terminal blocked: the parent alone decides when they end.

    Blocked signals are inherited, so that this holds from the first instruction of a process on.
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
    """Run a worker, and end with the parent at the latest."""
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    run(listener, ready)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError):  # a full disk, or a reader who left
            stream.flush()
    os._exit(0)  # does not wait for threads whose results nobody needs any more, as a normal exit would


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
