"""Lanes: threads by kind of work, each with a bounded queue that is fair among senders.

The finder has threads of its own, which nothing else can occupy. Whatever takes more than a few milliseconds has
another lane. If that is full, or a request waits in it for too long, the request is refused before any work on it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from locator.web.shared.view_costs import BULK, MANAGE, PLANNER, SIGN_IN, WRITES

T = TypeVar("T")

FINDER: Final = "finder"
# Lane to its number of threads, and to how many requests may wait for one. Threads share the interpreter's lock:
# a second one only helps where the first waits for a disk, a process or numpy.
LANES: Final = {
    FINDER: (3, 512),
    WRITES: (2, 64),
    BULK: (1, 16),
    # One for the study that is being computed, one for those that are answered from the cache.
    PLANNER: (2, 16),
    MANAGE: (2, 16),
    SIGN_IN: (1, 16),
}
PATIENCE_S: Final = 15.0
"""The longest wait for a thread. After about ten seconds people turn to something else (Nielsen, 1993)."""


class LaneFullError(Exception):
    """No thread is likely to become free in time."""


class Lane:
    """Threads for one kind of work, for one event loop.

    Waiting requests are taken round robin by sender, so that a sender of many delays only itself. When the queue
    is full, the sender with the most waiting requests loses its last one to a sender that has fewer.
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._room = waiting
        # Senders in the order of their turns, each with its waiting requests; no deque is empty.
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    def is_full(self, sender: str) -> bool:
        """Return whether another request of a sender would be refused."""
        return self._is_crowded() and self._longest_beside(sender) is None

    async def run(self, work: Callable[[], T], sender: str) -> T:
        """Run a function in a thread of this lane when it is its sender's turn, and return its result.

        Raises
        ------
        LaneFullError
            If the queue is full, if the request loses its place in it to another sender, or if no thread is free
            within `PATIENCE_S`.
        """
        if self._free:
            self._free -= 1
        else:
            await self._wait(sender)
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # Not in a `finally` here: this coroutine may be cancelled while the thread still works.
        future.add_done_callback(lambda _: self._hand_on())
        return await future

    async def _wait(self, sender: str) -> None:
        """Wait for a thread, which `_hand_on` then gives to this request."""
        if self._is_crowded():
            longest = self._longest_beside(sender)
            if longest is None:
                raise LaneFullError
            longest[-1].set_exception(LaneFullError())
            self._forget(longest[-1])
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(sender, deque()).append(turn)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await turn
        except BaseException as fault:
            self._forget(turn)
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._hand_on()  # cancelled or timed out in the moment in which it got its thread
            if isinstance(fault, TimeoutError):
                raise LaneFullError from None
            raise

    def _hand_on(self) -> None:
        """Give a free thread to the next request, or keep it if none is waiting."""
        while self._queues:
            sender = next(iter(self._queues))
            queue = self._queues.pop(sender)
            turn = queue.popleft()
            if queue:
                self._queues[sender] = queue
            if not turn.done():  # else it was cancelled, and the event loop has not told it yet
                turn.set_result(None)
                return
        self._free += 1

    def _is_crowded(self) -> bool:
        return not self._free and sum(map(len, self._queues.values())) >= self._room

    def _longest_beside(self, sender: str) -> deque[asyncio.Future[None]] | None:
        """Return the queue of the sender with the most waiting, if this sender has fewer even with one more."""
        longest = max(self._queues.values(), key=len, default=deque[Any]())
        return longest if len(longest) > len(self._queues.get(sender, ())) + 1 else None

    def _forget(self, turn: asyncio.Future[None]) -> None:
        for sender, queue in self._queues.items():
            if turn in queue:
                queue.remove(turn)
                if not queue:
                    del self._queues[sender]
                return


def open_lanes() -> dict[str, Lane]:
    """Create the lanes of one process."""
    return {name: Lane(name, threads, waiting) for name, (threads, waiting) in LANES.items()}
