"""The gate: threads by kind of work, and how much of each kind may wait for them.

The finder has threads that nothing else can take. What costs more than a few milliseconds goes through a lane of
its own; where that is full, or does not move, a request is told to come again before anything is done for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from locator.web.dear import BULK, MANAGE, PLANNER, SIGN_IN, WRITES

T = TypeVar("T")

FINDER: Final = "finder"
# Lane to its threads, and to how many requests may wait for one. The work is Python's, so that threads of one
# lane mostly take turns: more than one is for work that waits for a disk or for another thread.
LANES: Final = {
    FINDER: (3, 512),
    WRITES: (2, 64),
    BULK: (1, 16),
    # One for the question that is being worked out, one for those that are answered from what is kept.
    PLANNER: (2, 16),
    MANAGE: (2, 16),
    SIGN_IN: (1, 16),
}
PATIENCE_S: Final = 15.0
"""So long a request waits for a thread; people go on to something else after ten seconds (Nielsen, 1993)."""


class LaneFullError(Exception):
    """No thread is to be had soon."""


class Lane:
    """Threads for one kind of work, for one event loop."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = asyncio.Semaphore(threads)
        self._room = threads + waiting
        self._inside = 0

    def is_full(self) -> bool:
        """Tell whether another request would find no place to wait."""
        return self._inside >= self._room

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work in a thread of this lane, after what came before it.

        Raises
        ------
        LaneFullError
            If there is no place to wait, or the work could not begin within `PATIENCE_S`.
        """
        if self.is_full():
            raise LaneFullError
        self._inside += 1
        try:
            await self._wait()
            return await self._work(work)
        finally:
            self._inside -= 1

    async def _wait(self) -> None:
        """Wait for a thread; most requests find one at once, and to set a deadline costs as much as the rest."""
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            await asyncio.wait_for(self._free.acquire(), PATIENCE_S)
        except TimeoutError:
            raise LaneFullError from None

    async def _work(self, work: Callable[[], T]) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # Not when this call ends: it may be cancelled, and the thread goes on.
        future.add_done_callback(lambda _: self._free.release())
        return await future


def open_lanes() -> dict[str, Lane]:
    """Make all lanes of one process."""
    return {name: Lane(name, threads, waiting) for name, (threads, waiting) in LANES.items()}
