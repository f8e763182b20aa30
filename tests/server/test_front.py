"""A real `locator serve` and clients that mean no good: the finder answers them all the time."""

from __future__ import annotations

import http.client
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD_HASH = "pbkdf2:sha256:1$salt$" + "0" * 64  # nobody's: it is there so that stewards' pages are


@dataclass(frozen=True)
class Service:
    """A service that is running, and what it prints."""

    port: int
    process: subprocess.Popen[bytes]
    printed: Path

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, bytes]:
        """Ask on a new connection, and return status, type and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(
                method, path, body, {name.replace("_", "-"): text for name, text in headers.items()}
            )
            answer = connection.getresponse()
            return answer.status, answer.headers.get_content_type(), answer.read()
        finally:
            connection.close()

    def finds(self) -> bool:
        """Tell whether the finder answers rightly."""
        question = json.dumps({"lat": 39.9155, "lon": 116.405, "limit": 3}).encode()
        status, _, body = self.ask("POST", "/api/nearest", question, Content_Type="application/json")
        found = [station["station_id"] for station in json.loads(body)["stations"]]
        return status == 200 and found == ["tw-1", "tw-5", "tw-2"]

    def connect(self, sent: str) -> socket.socket:
        """Open a connection and send something."""
        link = socket.create_connection(("127.0.0.1", self.port), 10)
        link.sendall(sent.encode("latin-1"))
        return link


@pytest.fixture(scope="module")
def service(donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One worker with the seven stations round Donghuamen, and stewards' pages."""
    folder = tmp_path_factory.mktemp("service")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"GEODATA": str(donghuamen), "STORE": str(folder / "store"), "ADMIN_PASSWORD_HASH": PASSWORD_HASH}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOCATOR_")}
    environment |= {f"LOCATOR_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "locator", "serve", "--port", str(port)]
    with (
        (folder / "printed").open("wb") as out,
        subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process,
    ):
        running = Service(port, process, folder / "printed")
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline
            try:
                assert running.finds()
                break
            except OSError:
                time.sleep(0.1)
        yield running
        process.terminate()


def test_bodies_that_drip_hold_nobody_up(service: Service) -> None:
    """64 clients send a byte at a time: they take no thread."""
    with ExitStack() as links:
        dripping = [
            links.enter_context(
                service.connect(
                    f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    "Content-Length: 900\r\n\r\n{"
                )
            )
            for path in ("/", "/api/nearest", "/requests", "/manage/sign-in")
            for _ in range(16)
        ]
        for _ in range(3):
            for link in dripping:
                link.sendall(b" ")
            assert service.finds()


def test_more_idle_connections_than_an_address_may_have(service: Service) -> None:
    """1,100 are opened, 1,000 may stay: nobody is shut out."""
    with ExitStack() as links:
        for _ in range(1100):
            links.enter_context(service.connect(""))
        assert service.finds()


@pytest.mark.parametrize(
    ("request_line", "printed"),
    [
        ("GET /x%0a%5b2026-01-01%20FORGED HTTP/1.1", "GET /x%0a%5b2026-01-01%20FORGED 404"),
        ("GET /%1b%5b31mRED%00 HTTP/1.1", "GET /%1b%5b31mRED%00 404"),
        ("GET /%E6%9A%96?lat=39.9&lon=116.4 HTTP/1.1", "GET /%E6%9A%96 404"),
    ],
)
def test_a_path_writes_one_line_of_the_log(service: Service, request_line: str, printed: str) -> None:
    """As it came, with its escapes and without its query."""
    with service.connect(f"{request_line}\r\nHost: localhost\r\nConnection: close\r\n\r\n") as link:
        while link.recv(65_536):
            pass
    lines = service.printed.read_text(encoding="utf-8").splitlines()
    ours = [line for line in lines if printed in line]
    assert len(ours) == 1
    assert re.fullmatch(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] GET \S+ 404 [\d.]+ ms", ours[0])
    assert not [line for line in lines if line.startswith("[2026-01-01 FORGED")]


def test_a_long_path_does_not_fill_the_log(service: Service) -> None:
    """30 kB of one request are 200 characters there: at a thousand requests a second that tells."""
    begun = service.printed.stat().st_size
    with service.connect(
        f"GET /long{'x' * 30_000} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    ) as link:
        while link.recv(65_536):
            pass
    assert b"GET /longxxx" in service.printed.read_bytes()[begun:]
    assert service.printed.stat().st_size < begun + 400


def test_almost_whole_bodies_do_not_shut_others_out(service: Service) -> None:
    """130 batches of which the last bytes never come fill what there is for large ones: the finder has its own."""
    size = 1_000_000
    head = (
        "POST /api/nearest/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )
    with ExitStack() as links:
        for sent in [size - 1] * 128 + [900] * 20:
            link = links.enter_context(service.connect(head))
            link.settimeout(0.5)
            with suppress(OSError):
                link.sendall(b" " * sent)
        assert service.finds()


def test_a_text_of_marks_stops_nobody(service: Service) -> None:
    """Unicode's normal form of 15,000 marks takes seconds in which nothing else runs."""
    marks = "a" + "\N{COMBINING ACUTE ACCENT}\N{COMBINING DOT BELOW}" * 7500
    body = f'--x\r\nContent-Disposition: form-data; name="place"\r\n\r\n{marks}\r\n--x--\r\n'.encode()
    assert service.ask("POST", "/", body, Content_Type="multipart/form-data; boundary=x")[0] == 413
    marks = marks[:3000]
    for name in ("place", "district", "lat"):
        body = f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{marks}\r\n--x--\r\n'.encode()
        assert service.ask("POST", "/", body, Content_Type="multipart/form-data; boundary=x")[0] in (303, 422)


def test_who_sends_most_waits_for_its_own(service: Service) -> None:
    """600 connections of one address ask and ask again: another address is answered as if there were few."""
    question = b"GET /about HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as links, selectors.DefaultSelector() as ready:
        for _ in range(600):
            link = links.enter_context(socket.create_connection(("127.0.0.1", service.port), 10, ("127.0.0.9", 0)))
            link.setblocking(False)
            link.send(question)
            ready.register(link, selectors.EVENT_READ)
        stop, begun, refusals = threading.Event(), time.monotonic(), 0

        def go_on() -> None:
            nonlocal refusals
            while not stop.is_set():
                for key, _ in ready.select(0.1):
                    with suppress(OSError):
                        refusals += key.fileobj.recv(262_144).startswith(b"HTTP/1.1 503")  # type: ignore[union-attr]
                        key.fileobj.send(question)  # type: ignore[union-attr]

        asking = threading.Thread(target=go_on)
        asking.start()
        try:
            while not refusals or time.monotonic() < begun + 1:
                assert service.finds()
        finally:
            stop.set()
            asking.join()
    # Nobody is refused more than twice a second.
    assert refusals <= 600 * (2 * (time.monotonic() - begun) + 1)


def test_raw_bytes_in_a_request_line_are_refused(service: Service) -> None:
    """No browser sends them; the log has nothing of it."""
    for line in ("GET /\x1b[31m HTTP/1.1", "GET /\xe4 HTTP/1.1", "GET / HTTP/9.9", "GARBAGE"):
        with service.connect(f"{line}\r\nHost: localhost\r\n\r\n") as link:
            assert link.recv(1000)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 404")
    assert b"\x1b" not in service.printed.read_bytes()
    assert service.finds()


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(service: Service) -> None:
    """For a program as problem details, for people as a page, each in both languages."""
    for path, kind in (("/api/nearest", "application/problem+json"), ("/", "text/html")):
        with ExitStack() as stack:
            link = stack.enter_context(
                service.connect(
                    f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    "Content-Length: 2000000\r\n\r\n"
                )
            )
            answer = stack.enter_context(closing(http.client.HTTPResponse(link)))
            answer.begin()
            assert (answer.status, answer.headers.get_content_type()) == (413, kind)
            text = answer.read().decode()
            assert "Send less at a time" in text
            assert "请减少一次发送的内容" in text


def test_a_chunked_body_has_the_same_limit(service: Service) -> None:
    """Its length is known only when it is there."""

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield bytes(100_000)

    try:
        status, _, _ = service.ask("POST", "/api/nearest", chunks(), Content_Type="application/json")  # type: ignore[arg-type]
    except ConnectionError:
        status = 413  # it was refused while this client was still sending
    assert status == 413
    assert service.finds()


def test_a_list_is_taken_only_from_who_is_signed_in(service: Service) -> None:
    """Others are led to where one signs in, before their 50 MB are sent."""
    with (
        closing(
            service.connect(
                "POST /manage/import HTTP/1.1\r\nHost: localhost\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n"
                "Content-Length: 50000000\r\n\r\n"
            )
        ) as link,
        closing(http.client.HTTPResponse(link)) as answer,
    ):
        answer.begin()
        assert answer.status == 303
        assert "/manage/sign-in" in answer.headers["Location"]
        assert answer.headers["Connection"] == "close"


def test_where_the_lane_is_full_one_is_told_to_come_again(service: Service) -> None:
    """40 batches at once: some are answered, some get 503 with a time, and the finder is not held up."""
    points = json.dumps({"points": [[116.4, 39.9]] * 5000}).encode()
    answers: list[int] = []

    def ask() -> None:
        answers.append(service.ask("POST", "/api/nearest/batch", points, Content_Type="application/json")[0])

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    assert service.finds()
    for thread in threads:
        thread.join()
    assert set(answers) == {200, 503}


def test_a_head_request_has_the_length_and_no_body(service: Service) -> None:
    """And the connection can be used again."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    connection.request("HEAD", "/api/districts.geojson")
    answer = connection.getresponse()
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) > 100
    assert answer.read() == b""
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b'{"status":"ok"}'
    connection.close()


def test_requests_on_one_connection_are_answered_in_order(service: Service) -> None:
    """Sent all at once, without waiting for the answers."""
    question = "GET /api/nearest?lat=39.9155&lon=116.405&limit={} HTTP/1.1\r\nHost: localhost\r\n{}\r\n"
    received = b""
    with service.connect(
        "".join(question.format(limit, "Connection: close\r\n" * (limit == 3)) for limit in (1, 2, 3))
    ) as link:
        while part := link.recv(65_536):
            received += part
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in received.split(b"HTTP/1.1 200")[1:]]
    assert [len(json.loads(body)["stations"]) for body in bodies] == [1, 2, 3]
