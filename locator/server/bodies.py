"""Request bodies: whole, in time and within bounds before anything is done about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import Any, Final, TypeAlias

Receive = Callable[[], Awaitable[dict[str, Any]]]
Body: TypeAlias = "SpooledTemporaryFile[bytes]"
"""A whole body, to be read from its beginning; in memory while it is not large."""

PATIENCE_S: Final = 15.0
SLOWEST_BYTES_PER_S: Final = 8_000
"""A tenth of a weak 3G upload."""
USUAL_BYTES: Final = 8_192
"""Forms and questions have a few hundred. Of so much there is room for as many as there are connections."""
LARGE_BYTES: Final = 1_000_000
"""What is larger lies on the disk."""
SLOWEST_LARGE_BYTES_PER_S: Final = 50_000
"""Lists come from offices."""
MOST_LARGE: Final = 4
"""So many large bodies come in at once."""
MOST_HELD_BYTES: Final = 128_000_000
"""So much memory all bodies of one process together may take, but for those of routes that take `USUAL_BYTES`."""


class BodyTooLargeError(Exception):
    """The body is larger than its route takes."""


class BodyTooSlowError(Exception):
    """The body did not come in time."""


class NoRoomError(Exception):
    """Too much is coming in already."""


class ClientGoneError(Exception):
    """The connection was closed before the request was whole."""


class Bodies:
    """Reads the bodies of the requests of one process."""

    def __init__(self) -> None:
        self._held_bytes = 0
        self._large = 0

    async def read(self, receive: Receive, announced: int | None, most: int) -> Body:
        """Return the whole body of a request.

        Parameters
        ----------
        receive
            Gives the next part, as ASGI has it.
        announced
            Its length in bytes as the headers have it, ``None`` where they do not.
        most
            So many bytes are taken.

        Raises
        ------
        BodyTooLargeError, BodyTooSlowError, NoRoomError, ClientGoneError
            If there is no whole body within the limits.
        """
        if (announced or 0) > most:
            raise BodyTooLargeError
        expected = most if announced is None else announced
        is_large = expected > LARGE_BYTES
        slowest = SLOWEST_LARGE_BYTES_PER_S if is_large else SLOWEST_BYTES_PER_S
        body: Body = SpooledTemporaryFile(LARGE_BYTES)  # noqa: SIM115 - whoever reads it closes it
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
        """Count a body that may be large; a small one needs no place."""
        if is_large and self._large >= MOST_LARGE:
            raise NoRoomError
        self._large += is_large
        try:
            yield
        finally:
            self._large -= is_large
