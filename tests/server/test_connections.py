"""What one client may hold open, on real sockets."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import uvicorn

from locator.server.connections import (
    MAX_FIELDS,
    MAX_HEAD_BYTES,
    MAX_PIECES,
    MAX_PIPELINED,
    Limits,
    connection_class,
)

BIG = b"x" * 30_000_000
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

GONE = threading.Event()
"""Set when the client of ``/wait`` has gone."""

Serve = Callable[[Limits], int]
Connect = Callable[..., socket.socket]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer ``/big`` with 30 MB, ``/headers`` with their names, ``/wait`` never, and all else with a word."""
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/wait" and (await receive())["type"] == "http.disconnect":
        GONE.set()
        return
    names = b" ".join(name for name, _ in scope["headers"])
    body = {"/big": BIG, "/headers": names}.get(scope["path"], b"word")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    for begin in range(0, len(body), 65_536):
        more = begin + 65_536 < len(body)
        await send({"type": "http.response.body", "body": body[begin : begin + 65_536], "more_body": more})


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a function that serves the application within limits and returns the port."""
    with ExitStack() as stack:

        def start(limits: Limits) -> int:
            config = uvicorn.Config(
                application, http=connection_class(limits), ws="none", lifespan="off", log_config=None,
                timeout_keep_alive=limits.idle_s,
            )  # fmt: skip
            server = uvicorn.Server(config)
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            stack.callback(thread.join)
            stack.callback(setattr, server, "should_exit", True)
            port: int = listener.getsockname()[1]
            return port

        yield start


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Give a function that connects, and closes in the end."""
    with ExitStack() as links:

        def begin(
            port: int, sent: bytes = b"", receive_bytes: int | None = None, address: str = "127.0.0.1"
        ) -> socket.socket:
            link = links.enter_context(socket.socket())
            link.settimeout(10)
            if receive_bytes:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
            link.bind((address, 0))
            link.connect(("127.0.0.1", port))
            link.sendall(sent)
            return link

        yield begin


def is_closed(link: socket.socket, within_s: float = 10.0) -> bool:
    """Tell whether the server closes a connection in time; what it sends before does not matter."""
    link.settimeout(within_s)
    try:
        while link.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def answers(link: socket.socket) -> bool:
    """Tell whether the server answers on a connection."""
    try:
        link.sendall(REQUEST)
        return link.recv(1000).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def test_a_connection_of_which_nothing_comes_is_closed(serve: Serve, connect: Connect) -> None:
    port = serve(Limits(most=10, most_of_address=0, head_s=0.3))
    assert is_closed(connect(port))


def test_headers_that_do_not_end_in_time_close_the_connection(serve: Serve, connect: Connect) -> None:
    """Each byte in time does not help: the deadline is that of all headers together."""
    port = serve(Limits(most=10, most_of_address=0, head_s=0.5))
    link = connect(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
    began = time.monotonic()
    while time.monotonic() < began + 10:
        try:
            link.sendall(b"x")
        except OSError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the server took headers for ten seconds")


def test_the_second_request_of_a_connection_has_a_deadline_too(serve: Serve, connect: Connect) -> None:
    port = serve(Limits(most=10, most_of_address=0, head_s=0.3))
    link = connect(port)
    assert answers(link)
    link.sendall(b"GET / HT")
    assert is_closed(link)


def test_an_idle_connection_is_closed(serve: Serve, connect: Connect) -> None:
    port = serve(Limits(most=10, most_of_address=0, idle_s=1))
    link = connect(port)
    assert answers(link)
    assert is_closed(link)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 10 * MAX_HEAD_BYTES,
        b"GET /" + b"x" * 10 * MAX_HEAD_BYTES,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2 * MAX_HEAD_BYTES,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"x" * 10 * MAX_HEAD_BYTES,
    ],
    ids=["one header", "path", "many headers", "trailer"],
)
def test_headers_without_end_are_refused(serve: Serve, connect: Connect, head: bytes) -> None:
    """Otherwise one request could fill the memory."""
    port = serve(Limits(most=10, most_of_address=0))
    link = connect(port)
    try:
        for begin in range(0, len(head), 4096):
            link.sendall(head[begin : begin + 4096])
            time.sleep(0.001)
    except OSError:
        return
    assert is_closed(link, 5)


def test_more_header_fields_than_anybody_sends_are_refused(serve: Serve, connect: Connect) -> None:
    """Each of four bytes takes forty times as much memory. 100 are taken."""
    port = serve(Limits(most=10, most_of_address=0))
    for fields, status in ((MAX_FIELDS, b"200"), (MAX_FIELDS + 1, b"400")):
        link = connect(port, b"GET / HTTP/1.1\r\n" + b"a:\r\n" * fields + b"\r\n")
        assert link.recv(1000)[9:12] == status


def test_a_body_of_crumbs_is_refused(serve: Serve, connect: Connect) -> None:
    """Each takes as long as a whole chunk. Few may be small, and many if others are large."""
    port = serve(Limits(most=10, most_of_address=0))
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    crumb, large = b"1\r\nx\r\n", b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    for body, status in (
        (crumb * MAX_PIECES, b"200"),
        (crumb * (MAX_PIECES + 1), b"400"),
        (large + crumb * (MAX_PIECES + 1), b"200"),
    ):
        assert connect(port, head + body + b"0\r\n\r\n").recv(1000)[9:12] == status


def test_what_follows_a_body_changes_no_header(serve: Serve, connect: Connect) -> None:
    """RFC 9110 6.5.1: behind a proxy, who asks could be written there."""
    port = serve(Limits(most=10, most_of_address=0))
    head = b"POST /headers HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    link = connect(port, head + b"1\r\nx\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\nHost: other\r\n\r\n")
    received = b""
    while part := link.recv(65_536):
        received += part
    assert received.endswith(b"\r\n\r\nhost transfer-encoding connection")


def test_few_requests_may_wait_on_one_connection(serve: Serve, connect: Connect) -> None:
    """17 at once are answered in order; of 10,000 the connection is closed, in much less time than they take."""
    port = serve(Limits(most=10, most_of_address=0))
    link, received = connect(port, REQUEST * (MAX_PIPELINED + 1)), b""
    while received.count(b"word") <= MAX_PIPELINED:
        received += link.recv(65_536)
    assert answers(link)
    flood = connect(port, REQUEST * 7_000)
    received = b""
    with contextlib.suppress(ConnectionError):
        while part := flood.recv(65_536):
            received += part
    assert received.count(b"word") <= MAX_PIPELINED + 1
    assert answers(connect(port))


def test_an_answer_that_nobody_waits_for_any_more_is_told(serve: Serve, connect: Connect) -> None:
    """Though another request waits behind it: to write on would be an error, with a trace in the log."""
    port = serve(Limits(most=10, most_of_address=0))
    GONE.clear()
    link = connect(port, REQUEST.replace(b"/ ", b"/wait ") + REQUEST)
    time.sleep(0.2)
    link.close()
    assert GONE.wait(5)


def test_a_reader_who_takes_nothing_is_dropped(serve: Serve, connect: Connect) -> None:
    """The 30 MB are not there for ever; others read them whole meanwhile."""
    port = serve(Limits(most=10, most_of_address=0, stalled_s=0.5))
    link = connect(port, REQUEST.replace(b"/ ", b"/big "), receive_bytes=2048)
    other = connect(port, REQUEST.replace(b"/ ", b"/big ").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    received = 0
    while part := other.recv(1_000_000):
        received += len(part)
    assert received > len(BIG)
    time.sleep(1.5)
    received = 0
    try:
        while part := link.recv(1_000_000):
            received += len(part)
    except ConnectionError:
        pass
    assert received < len(BIG)


def test_the_connection_that_waited_longest_makes_room(serve: Serve, connect: Connect) -> None:
    """Five are open, a sixth comes: the first of them goes, and all others answer."""
    port = serve(Limits(most=5, most_of_address=0))
    links = [connect(port) for _ in range(5)]
    assert all(answers(link) for link in links)
    assert answers(connect(port))
    assert is_closed(links[0])
    assert all(answers(link) for link in links[1:])


def test_an_address_makes_room_among_its_own(serve: Serve, connect: Connect) -> None:
    """127.0.0.2 has one connection, 127.0.0.1 as many as it may: a further one costs it one of its own."""
    port = serve(Limits(most=100, most_of_address=3))
    other = connect(port, address="127.0.0.2")
    assert answers(other)
    links = [connect(port) for _ in range(4)]
    assert all(answers(link) for link in links[1:])
    assert is_closed(links[0])
    assert answers(other)


def test_one_connection_for_each_address(serve: Serve, connect: Connect) -> None:
    """The new one takes the place of the old one, however often."""
    port = serve(Limits(most=100, most_of_address=1))
    for _ in range(3):
        before = connect(port)
        assert answers(before)
        assert answers(connect(port))
        assert is_closed(before)


def test_where_nobody_waits_a_new_connection_is_refused() -> None:
    """Connections that are being answered are not cut for new ones."""
    limits = Limits(most=2, most_of_address=0)
    kind = connection_class(limits)

    class Busy:
        sender = "192.0.2.1"

        def __init__(self) -> None:
            self.transport = None

    register = kind.register
    ones: list[Any] = [Busy(), Busy(), Busy()]
    assert register.enter(ones[0])
    assert register.enter(ones[1])
    for one in ones[:2]:
        register.work(one)
    assert not register.enter(ones[2])
    register.leave(ones[2])  # it was never in
    assert not register.enter(ones[2])
    register.leave(ones[0])
    assert register.enter(ones[2])
