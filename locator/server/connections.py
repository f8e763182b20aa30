"""Open connections: how many there may be, and for how long one may keep the service waiting.

uvicorn speaks HTTP; what is added here are the limits that it leaves to a proxy, so that the service holds
without one.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from locator.feedback.networks import origin

MAX_HEAD_BYTES: Final = 32_768
"""Request line and headers; browsers send 1 to 4 kB, and nginx's default is the same 32 kB."""
MAX_FIELDS: Final = 100
"""Header fields of a request, each of which takes many times its bytes; browsers send some twenty."""
MAX_PIPELINED: Final = 16
"""Requests that wait behind the one that is answered; browsers send none, and each takes kilobytes."""
MAX_PIECES: Final = 1000
SMALLEST_PIECE_BYTES: Final = 16
"""A body in more pieces than `MAX_PIECES` has pieces of at least so many bytes on average."""
REFUSED_HEAD: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class TooManyError(Exception):
    """More header fields, pieces or requests at once than one may send; uvicorn answers 400 and closes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What connections may take of one process."""

    most: int
    """Open at once."""
    most_of_address: int
    """The same, of one IPv4 address or one subnet of IPv6; 0: as many as of all."""
    head_s: float = 15.0
    """From the first byte of a request, or from connecting, to the end of its headers."""
    idle_s: int = 75
    """From an answer to the next request: browsers give up after 60 to 300 s, and nginx's default is 75 s."""
    stalled_s: float = 60.0
    """Until a client has read the some 50 kB that are on their way to it: 2G phones manage that in 20 s."""


class Connections:
    """The open connections of one process.

    A connection *waits* while its client has to do something: to finish a request, to read an answer, to ask
    again. Where there are too many, the one that has waited longest is closed, so that a client that only holds
    connections open takes no place from one that asks.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._of_address: dict[str, set[Connection]] = defaultdict(set)
        # A dict keeps the order in which connections began to wait.
        self._waiting: dict[Connection, None] = {}
        self._count = 0

    def enter(self, connection: Connection) -> bool:
        """Take a new connection in; ``False`` if there is no room and none of the others waits."""
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
        """Forget a connection that is closed; one that was not taken in is none."""
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
        """Close the one among some that has waited longest."""
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
        The connections of this process; uvicorn makes the instances, so that the class has to hold it.
    """

    register: Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection in, or close it where there is no room."""
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
        """Forget the connection, and tell whoever is answering that nobody listens any more."""
        self.register.leave(self)
        self._clear_deadline()
        self.resume_writing()
        super().connection_lost(exc)
        if self._answered is not None:  # uvicorn tells the last request, which may still wait behind this one
            self._answered.disconnected = True
            self._answered.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Take in what the client sent, if its headers come to an end and in time."""
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
        """Begin the headers of a request, if not too many wait already."""
        if len(self.pipeline) >= MAX_PIPELINED:
            raise TooManyError
        super().on_message_begin()
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field in; what follows a body in chunks is none, and could change what was said before."""
        if not self._in_head:
            return
        if len(self.headers) >= MAX_FIELDS:
            raise TooManyError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the headers; how long the body may take, `Bodies` decides."""
        self._unparsed_bytes, self._in_head = 0, False
        self._pieces = self._body_bytes = 0
        self._clear_deadline()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take in a part of the body: a chunk, or what came at once of one."""
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
        """End the answer: the client has to ask again, or to read the rest before the connection closes."""
        super().on_response_complete()
        if not self.pipeline:
            self.register.wait(self)

    def pause_writing(self) -> None:
        """Wait for the client to read, but not for ever."""
        super().pause_writing()
        self.register.wait(self)
        if self._stall is None:
            self._stall = self.loop.call_later(self.register.limits.stalled_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Write on."""
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
    """Make the class of the connections of this process, with the register that they share."""
    return type("LimitedConnection", (Connection,), {"register": Connections(limits)})
