"""Reading request bodies completely, within limits of time and memory, before the application is called."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import Any, Final, TypeAlias

Receive = Callable[[], Awaitable[dict[str, Any]]]
Body: TypeAlias = "SpooledTemporaryFile[bytes]"
"""A complete body, positioned at its beginning; up to `LARGE_BYTES` in memory, beyond that on the disk."""

PATIENCE_S: Final = 15.0
"""A body may take so long, and its length divided by the slowest rate below."""
SLOWEST_BYTES_PER_S: Final = 8_000
"""64 kbit/s, the uplink of the first 3G phones (UMTS 64/384)."""
USUAL_BYTES: Final = 8_192
"""The limit of most routes, whose forms and questions have a few hundred bytes. Bodies of this size are not
counted: 8192 connections with one each take 67 MB."""
LARGE_BYTES: Final = 1_000_000
SLOWEST_LARGE_BYTES_PER_S: Final = 50_000
"""400 kbit/s: lists are sent from offices, over cable or fibre."""
MOST_LARGE: Final = 4
"""The most large bodies that are received at once, each up to 100 MB on the disk."""
MOST_HELD_BYTES: Final = 128_000_000
"""The most memory that the bodies of one process may take together, those of `USUAL_BYTES` not counted."""


class BodyTooLargeError(Exception):
    """The body is larger than its route takes."""


class BodyTooSlowError(Exception):
    """The body did not come in time."""


class NoRoomError(Exception):
    """Other bodies have taken all the room there is."""


class ClientGoneError(Exception):
    """The connection was closed before the request was whole."""


class Bodies:
    """Reads the request bodies of one process."""

    def __init__(self) -> None:
        self._held_bytes = 0
        self._large = 0

    async def read(self, receive: Receive, announced: int | None, most: int) -> Body:
        """Return the complete body of a request.

        Parameters
        ----------
        receive
            ASGI's channel, which gives the next part.
        announced
            The length in bytes from the headers, ``None`` for a body in chunks.
        most
            The most bytes that the route takes.

        Raises
        ------
        BodyTooLargeError, BodyTooSlowError, NoRoomError, ClientGoneError
            If the body is not complete within the limits.
        """
        if (announced or 0) > most:
            raise BodyTooLargeError
        expected = most if announced is None else announced
        is_large = expected > LARGE_BYTES
        slowest = SLOWEST_LARGE_BYTES_PER_S if is_large else SLOWEST_BYTES_PER_S
        body: Body = SpooledTemporaryFile(LARGE_BYTES)  # noqa: SIM115 - the caller closes it
        if announced == 0:
            return body
        try:
            with self._counted(is_large=is_large):
                async with asyncio.timeout(PATIENCE_S + expected / slowest):
                    await self._collect(receive, body, most)
        except TimeoutError:
            body.close()
            raise BodyTooSlowError from None
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return body

    async def _collect(self, receive: Receive, body: Body, most: int) -> None:
        size = held = 0
        # What is beyond LARGE_BYTES goes to the disk; small routes are not counted at all.
        most_held = LARGE_BYTES if most > USUAL_BYTES else 0
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                part = message.get("body", b"")
                size += len(part)
                if size > most:
                    raise BodyTooLargeError
                self._held_bytes += min(size, most_held) - held
                held = min(size, most_held)
                if held and self._held_bytes > MOST_HELD_BYTES:
                    raise NoRoomError
                body.write(part)
                if not message.get("more_body", False):
                    return
        finally:
            self._held_bytes -= held

    @contextmanager
    def _counted(self, *, is_large: bool) -> Iterator[None]:
        """Count a body that may be large while it is received; others are not limited in number."""
        if is_large and self._large >= MOST_LARGE:
            raise NoRoomError
        self._large += is_large
        try:
            yield
        finally:
            self._large -= is_large
