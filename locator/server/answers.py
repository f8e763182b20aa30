"""Answers on their way out: in pieces, as the client reads them, and no more of them than there is room for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

Send = Callable[[dict[str, Any]], Awaitable[None]]

PIECE_BYTES: Final = 65_536
PATIENCE_S: Final = 60.0
SLOWEST_BYTES_PER_S: Final = 20_000
"""What is read more slowly is cut off in the end: a phone's stations at 3 kB/s, all as GeoJSON at 18 kB/s."""
MOST_HELD_BYTES: Final = 200_000_000
"""Of all answers of one process that clients have not read yet; one that many read is held, and counts, once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""


class Outbox:
    """The large bodies that clients of one process are reading."""

    def __init__(self) -> None:
        self._readers: dict[int, int] = {}
        self._held_bytes = 0

    def is_full(self) -> bool:
        """Tell whether there is no room for another large body."""
        return self._held_bytes >= MOST_HELD_BYTES

    async def send(self, send: Send, answer: Answer, *, is_head: bool = False) -> None:
        """Send an answer, the next piece when the client has read most of the last."""
        start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        body = b"" if is_head else answer.body
        await send(start)
        if len(body) <= PIECE_BYTES:
            await send({"type": "http.response.body", "body": body})
            return
        with self._holding(body):
            try:
                async with asyncio.timeout(PATIENCE_S + len(body) / SLOWEST_BYTES_PER_S):
                    await _send_pieces(send, body)
            except TimeoutError:
                return  # the server closes a connection whose answer is not whole

    @contextmanager
    def _holding(self, body: bytes) -> Iterator[None]:
        """Count a body while it is read, once for all who read the same one."""
        key = id(body)
        readers = self._readers.get(key, 0)
        self._readers[key] = readers + 1
        self._held_bytes += 0 if readers else len(body)
        try:
            yield
        finally:
            self._readers[key] -= 1
            if not self._readers[key]:
                del self._readers[key]
                self._held_bytes -= len(body)


async def _send_pieces(send: Send, body: bytes) -> None:
    for begin in range(0, len(body), PIECE_BYTES):
        # A copy: what waits in a connection's buffer must not keep all of the body.
        piece, more = body[begin : begin + PIECE_BYTES], begin + PIECE_BYTES < len(body)
        await send({"type": "http.response.body", "body": piece, "more_body": more})
