"""Figures of several real workers, of one that died too."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.conftest import wait_for


@dataclass(frozen=True)
class Service:
    """Two workers that count."""

    address: str
    pid: int

    def ask(self, path: str, body: bytes | None = None) -> int:
        """Ask on a new connection, which either worker may take."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", body, timeout=10) as answer:  # noqa: S310
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as fault:
            return fault.code

    def figure(self, name: str) -> float:
        """Return one figure; 0 where it was never counted."""
        with urllib.request.urlopen(f"{self.address}/metrics", timeout=10) as answer:  # noqa: S310
            text = answer.read().decode()
        assert "39.91" not in text
        (found,) = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE) or ["0"]
        return float(found)

    def workers(self) -> list[int]:
        """Return the processes that serve."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="utf-8").split()
        return [pid for pid in map(int, children) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.fixture(scope="module")
def service(donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers with the seven stations round Donghuamen."""
    if sys.platform != "linux":
        pytest.skip("which processes serve is looked up in /proc")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"LOCATOR_GEODATA": str(donghuamen), "LOCATOR_STORE": str(tmp_path_factory.mktemp("store"))}
    command = [sys.executable, "-m", "locator", "serve", "--port", str(port), "--workers", "2"]
    environment = {**os.environ, **settings, "LOCATOR_METRICS": "1"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}", process)
            yield Service(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()


NEAR = 'locator_requests_total{route="/api/nearest",status="200"}'
WRONG = 'locator_requests_total{route="/api/nearest",status="422"}'
OTHER = 'locator_requests_total{route="other",status="404"}'
STATION = 'locator_requests_total{route="/stations/<station_id>",status="200"}'


def test_whichever_worker_is_asked_answers_for_both(service: Service) -> None:
    """By the templates of routes; paths that are nobody's are one."""
    for _ in range(30):
        assert service.ask("/api/nearest?lat=39.9155&lon=116.405") == 200
    for number in range(10):
        assert service.ask(f"/nothing/{number}") == 404
    assert service.ask("/api/nearest?lat=39.9155") == 422
    assert service.ask("/stations/tw-1") == service.ask("/stations/tw-2") == 200
    for _ in range(5):
        found = [service.figure(name) for name in (NEAR, OTHER, WRONG, STATION)]
        assert found == [30, 10, 1, 2]
    assert service.figure('locator_request_seconds_count{route="/api/nearest"}') == 31


def test_what_the_gate_refuses_is_counted(service: Service) -> None:
    """A form that is larger than its page takes never gets to the application."""
    assert service.ask("/api/places", bytes(200_000)) == 413
    assert service.figure('locator_refused_total{lane="finder",status="413"}') == 1


def test_a_worker_that_dies_takes_no_figure_along(service: Service) -> None:
    """What it counted stays; what it said is under way is gone with it."""
    before = service.figure(NEAR)
    for _ in range(10):
        service.ask("/api/nearest?lat=39.9155&lon=116.405")
    known = service.workers()
    assert len(known) == 2
    os.kill(known[0], signal.SIGKILL)
    for _ in range(100):
        if len(set(service.workers()) - {known[0]}) == 2:
            break
        time.sleep(0.1)
    assert service.figure(NEAR) == before + 10
    assert service.figure('locator_lane_requests{lane="finder"}') <= 1  # the one that asks
