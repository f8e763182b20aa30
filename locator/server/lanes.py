"""The gate: threads by kind of work, and how much of each kind may wait for them.

The finder has threads that nothing else can take, and who sends much waits for its own alone. What costs more than
a few milliseconds goes through a lane of its own; where that is full, or does not move, a request is told to come
again before anything is done for it.
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
    """Threads for one kind of work, for one event loop.

    Who waits has turns by sender: one of each, then again, so that whoever sends much waits for its own. Where
    there is no place left to wait, whoever has the most waiting gives one up to who has fewer.
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._room = waiting
        # The senders in the order of their turns, each with what it has waiting; none is empty.
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    def is_full(self, sender: str) -> bool:
        """Tell whether another request of a sender would find no place to wait."""
        return self._is_crowded() and self._longest_beside(sender) is None

    async def run(self, work: Callable[[], T], sender: str) -> T:
        """Do some work in a thread of this lane, when it is its sender's turn.

        Raises
        ------
        LaneFullError
            If there is no place to wait, or none any more, or the work could not begin within `PATIENCE_S`.
        """
        if self._free:
            self._free -= 1
        else:
            await self._wait(sender)
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # Not when this call ends: it may be cancelled, and the thread goes on.
        future.add_done_callback(lambda _: self._hand_on())
        return await future

    async def _wait(self, sender: str) -> None:
        """Wait until a thread is handed on."""
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
                self._hand_on()  # it was given up just when its turn came
            if isinstance(fault, TimeoutError):
                raise LaneFullError from None
            raise

    def _hand_on(self) -> None:
        """Give a thread that is free to whose turn it is."""
        while self._queues:
            sender = next(iter(self._queues))
            queue = self._queues.pop(sender)
            turn = queue.popleft()
            if queue:
                self._queues[sender] = queue
            if not turn.done():  # else it was given up in this moment
                turn.set_result(None)
                return
        self._free += 1

    def _is_crowded(self) -> bool:
        return not self._free and sum(map(len, self._queues.values())) >= self._room

    def _longest_beside(self, sender: str) -> deque[asyncio.Future[None]] | None:
        """Return what the sender with the most waiting has, if a sender would still have fewer with one more."""
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
    """Make all lanes of one process."""
    return {name: Lane(name, threads, waiting) for name, (threads, waiting) in LANES.items()}
