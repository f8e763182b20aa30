"""Limits on open connections: how many there may be, and how long one may keep the service waiting.

uvicorn speaks HTTP and leaves these limits to a proxy. They are added here, so that the service also withstands
hostile clients where there is no proxy.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from locator.feedback.networks import origin

MAX_HEAD_BYTES: Final = 32_768
"""Request line and headers. Browsers send 1 to 4 kB; nginx allows 32 kB (large_client_header_buffers)."""
MAX_FIELDS: Final = 100
"""Header fields of a request: each costs an object in Python. Browsers send about twenty; Apache allows 100."""
MAX_PIPELINED: Final = 16
"""Requests that wait on a connection while one is answered. Browsers do not pipeline, and each takes kilobytes."""
MAX_PIECES: Final = 1000
SMALLEST_PIECE_BYTES: Final = 16
"""Beyond `MAX_PIECES` the pieces of a body must have so many bytes on average: a chunk of one byte costs
nearly as much time as one of 64 kB."""
REFUSED_HEAD: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class TooManyError(Exception):
    """There are too many header fields, pieces or pipelined requests; uvicorn answers 400 and closes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits on the connections of one process."""

    most: int
    """Connections open at once."""
    most_of_address: int
    """Connections open at once from one IPv4 address or IPv6 /64; 0: no limit but `most`."""
    head_s: float = 15.0
    """Seconds from connecting, or from the first byte of a request, to the end of its headers."""
    idle_s: int = 75
    """Seconds from an answer to the next request. Browsers close idle connections after 60 to 300 s; nginx's
    default is 75 s (keepalive_timeout)."""
    stalled_s: float = 60.0
    """Seconds in which a client has to read the 50 kB or so that are buffered for it; 2G (GPRS) needs 20 s."""


class Connections:
    """The open connections of one process.

    A connection is *waiting* while it is the client's turn: to finish a request, to read an answer, to send the
    next request. When there are too many connections, the one that has been waiting longest is closed. So a client
    that merely holds connections open cannot keep out one that sends requests.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._of_address: dict[str, set[Connection]] = defaultdict(set)
        # A dict keeps the order in which connections began to wait.
        self._waiting: dict[Connection, None] = {}
        self._count = 0

    def enter(self, connection: Connection) -> bool:
        """Accept a new connection; return ``False`` if there is no room and no other one is waiting."""
        limits, others = self.limits, self._of_address.get(connection.sender, set())
        if limits.most_of_address and len(others) >= limits.most_of_address and not self._close_one(others):
            return False
        if self._count >= limits.most and not self._close_one(self._waiting):
            return False
        self._of_address[connection.sender].add(connection)
        self._count += 1
        self.wait(connection)
        return True

    def leave(self, connection: Connection) -> None:
        """Remove a closed connection; one that was not accepted is ignored."""
        others = self._of_address.get(connection.sender, set())
        if connection in others:
            others.remove(connection)
            self._count -= 1
            if not others:
                del self._of_address[connection.sender]
        self._waiting.pop(connection, None)

    def wait(self, connection: Connection) -> None:
        """Note that it is the client's turn."""
        self._waiting[connection] = None

    def work(self, connection: Connection) -> None:
        """Note that it is the service's turn."""
        self._waiting.pop(connection, None)

    def _close_one(self, some: Any) -> bool:
        """Close the connection among ``some`` that has been waiting longest; return whether there was any."""
        longest = next((one for one in self._waiting if one in some), None)
        if longest is None:
            return False
        self.leave(longest)
        longest.transport.abort()
        return True


class Connection(HttpToolsProtocol):
    """One connection, with a deadline for everything that its client has to do.

    Attributes
    ----------
    register
        The connections of this process. An attribute of the class, because uvicorn creates the instances.
    """

    register: Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, or close it if there is no room."""
        super().connection_made(transport)
        self.sender = origin(self.client[0] if self.client else "").device
        self._unparsed_bytes = 0
        self._in_head = False
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._answered: RequestResponseCycle | None = None
        if self.register.enter(self):
            self._set_deadline()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection, and notify the code that is answering that the client has gone."""
        self.register.leave(self)
        self._clear_deadline()
        self.resume_writing()
        super().connection_lost(exc)
        # uvicorn notifies the last pipelined request only, which need not be the one that is being answered.
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Parse what the client sent, within the limits on headers and time."""
        self._unparsed_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._unparsed_bytes > MAX_HEAD_BYTES:
            self.transport.write(REFUSED_HEAD)
            self.transport.close()
        elif self._in_head and self._deadline is None:
            self._set_deadline()

    def on_message_begin(self) -> None:
        """Begin a request, unless too many are pipelined already."""
        if len(self.pipeline) >= MAX_PIPELINED:
            raise TooManyError
        super().on_message_begin()
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header field."""
        if not self._in_head:
            return  # trailers of a chunked body (RFC 9110, 6.5), which could override headers checked already
        if len(self.headers) >= MAX_FIELDS:
            raise TooManyError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the headers; the time for the body is limited by `Bodies`."""
        self._unparsed_bytes, self._in_head = 0, False
        self._pieces = self._body_bytes = 0
        self._clear_deadline()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Add a piece of the body: a chunk, or as much of one as arrived at once."""
        self._unparsed_bytes = 0
        self._pieces += 1
        self._body_bytes += len(body)
        if self._pieces > MAX_PIECES and self._body_bytes < SMALLEST_PIECE_BYTES * self._pieces:
            raise TooManyError
        super().on_body(body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def on_message_complete(self) -> None:
        """End the request: now it is the service's turn."""
        self._unparsed_bytes = 0
        self.register.work(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """End the answer: now it is the client's turn, to read the rest or to send the next request."""
        super().on_response_complete()
        if not self.pipeline:
            self.register.wait(self)

    def pause_writing(self) -> None:
        """Wait for the client to read, but not longer than `Limits.stalled_s`."""
        super().pause_writing()
        self.register.wait(self)
        if self._stall is None:
            self._stall = self.loop.call_later(self.register.limits.stalled_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Continue writing, or stop the clock of `pause_writing` because the connection is lost."""
        super().resume_writing()
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
            self.register.work(self)

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.register.limits.head_s, self.transport.abort)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def connection_class(limits: Limits) -> type[Connection]:
    """Return a class of connections that share one register, as uvicorn wants a class and no instance."""
    return type("LimitedConnection", (Connection,), {"register": Connections(limits)})
