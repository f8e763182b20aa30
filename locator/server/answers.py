"""Sending answers: in pieces, as fast as the client reads, and with a ceiling on the memory that they hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

Send = Callable[[dict[str, Any]], Awaitable[None]]

PIECE_BYTES: Final = 65_536
"""uvicorn pauses an application whose client has 64 kB waiting: larger pieces would only be buffered twice."""
PATIENCE_S: Final = 60.0
SLOWEST_BYTES_PER_S: Final = 20_000
"""An answer may take `PATIENCE_S` and so much per second; then the connection is closed. With the minute that
everybody has, a phone can still read its stations (240 kB) at 3 kB/s and all of them as GeoJSON at 18 kB/s."""
MOST_HELD_BYTES: Final = 200_000_000
"""The most memory that answers not yet read may take in one process. A body that many are reading counts once."""


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
        """Return whether there is no room for another large body."""
        return self._held_bytes >= MOST_HELD_BYTES

    async def send(self, send: Send, answer: Answer, *, is_head: bool = False) -> None:
        """Send an answer piece by piece; each waits until the client has read most of the one before."""
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
                return  # uvicorn closes a connection whose answer is not complete

    @contextmanager
    def _holding(self, body: bytes) -> Iterator[None]:
        """Count a body while it is being read. Cached bodies are one object for all their readers: `id` tells."""
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
        # A slice of bytes is a copy: a memoryview in a connection's buffer would keep the whole body alive.
        piece, more = body[begin : begin + PIECE_BYTES], begin + PIECE_BYTES < len(body)
        await send({"type": "http.response.body", "body": piece, "more_body": more})
