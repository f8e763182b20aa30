"""Processes that die and processes that are told to end, for real."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

from tests.conftest import hear_terminal

SERVICE = Path(__file__).parent / "service.py"

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture
def start(port: int) -> Iterator[Start]:
    """Give a function that starts the service; what is left of it in the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(
        workers: int = 1,
        grace_s: int = 10,
        by: tuple[str, ...] = (),
        stderr: IO[str] | int = subprocess.STDOUT,
        **environment: str,
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*by, sys.executable, str(SERVICE), str(port), str(workers), str(grace_s)],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
            preexec_fn=hear_terminal,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def get(port: int, path: str) -> str:
    """Ask on a new connection; who is early waits for a worker."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        return f"{answer.status} {answer.read().decode()}"
    finally:
        connection.close()


def worker(port: int) -> int:
    """Wait until the service answers and return the process that did."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return int(get(port, "/pid").removeprefix("200 "))
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_that_is_killed_comes_back(start: Start, port: int) -> None:
    """Who asks meanwhile waits: the port stays open, and no request fails."""
    process = start()
    first = worker(port)
    os.kill(first, signal.SIGKILL)
    second = int(get(port, "/pid").removeprefix("200 "))
    assert second != first
    assert process.poll() is None


def test_the_others_go_on_while_one_is_replaced(start: Start, port: int) -> None:
    """Of two workers either may be killed, again and again."""
    start(workers=2)
    for _ in range(3):
        os.kill(worker(port), signal.SIGKILL)
    assert get(port, "/pid").startswith("200 ")


def test_no_worker_outlives_its_parent(start: Start, port: int) -> None:
    """Nothing may go on to serve from a port that the operator believes to be free."""
    process = start()
    child = worker(port)
    process.kill()
    wait_until_gone(child)


def test_sigterm_finishes_what_is_under_way(start: Start, port: int) -> None:
    """The answer comes whole, new connections are refused, and nothing is printed."""
    process = start()
    worker(port)
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(get(port, "/slow")))
    thread.start()
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    thread.join()
    assert answers == ["200 done"]
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in printed
    with pytest.raises(ConnectionRefusedError):
        get(port, "/pid")


def test_who_is_cut_in_the_end_leaves_no_trace(start: Start, port: int) -> None:
    """Clients whose bodies drip could fill the log at every restart: one line says how many they were."""
    process = start(grace_s=1)
    worker(port)
    head = b"POST /pid HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"
    with ExitStack() as links:
        for _ in range(20):
            links.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(head)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=60)
    assert "Cancel 20 running task(s)" in printed
    assert "Traceback" not in printed


def test_sigterm_does_not_wait_longer_than_it_may(start: Start, port: int) -> None:
    """A request that takes 1.5 s is cut where none may take longer than 0."""
    process = start(grace_s=0)
    worker(port)
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        with link.makefile("rb") as whole:
            answer = whole.read()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"The service is being stopped" in answer
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in printed


def test_the_end_of_the_terminal_is_an_end_as_any_other(start: Start, port: int) -> None:
    """All processes hear of it; the answer comes whole all the same, and folders are cleared away."""
    process = start()
    worker(port)
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(get(port, "/slow")))
    thread.start()
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGHUP)
    thread.join()
    assert answers == ["200 done"]
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_nohup_outlives_the_terminal(start: Start, port: int) -> None:
    """As who begins with it wants."""
    process = start(by=("nohup",))
    first = worker(port)
    os.killpg(process.pid, signal.SIGHUP)
    time.sleep(0.5)
    assert worker(port) == first
    assert process.poll() is None


def test_a_log_on_a_full_disk_ends_nothing(start: Start, port: int) -> None:
    """A worker comes back though nobody can be told of it."""
    with Path("/dev/full").open("w", encoding="ascii") as full:
        process = start(stderr=full)
        os.kill(worker(port), signal.SIGKILL)
        assert get(port, "/pid").startswith("200 ")
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_an_access_log_that_nobody_reads_is_told_once(start: Start, port: int) -> None:
    """As behind ``| head``: in a sentence, and every request is answered."""
    process = start(stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert len({worker(port) for _ in range(5)}) == 1
    process.terminate()
    printed = process.stderr.read()
    assert printed.count("The access log cannot be written: [Errno 32] Broken pipe") == 1
    assert "Traceback" not in printed
    assert process.wait(20) == 0
    process.stdout = None


def test_the_second_ctrl_c_ends_at_once(start: Start, port: int) -> None:
    """Who presses it twice does not want to wait for what is under way."""
    process = start(grace_s=60)
    child = worker(port)
    os.kill(child, signal.SIGSTOP)  # a worker that cannot end
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    wait_until_gone(child)


def test_a_service_that_cannot_start_ends(start: Start) -> None:
    """With the worker's exit code: to try again for ever would hide the fault."""
    process = start(SERVICE_FAILS="1")
    process.communicate(timeout=60)
    assert process.returncode == 3
