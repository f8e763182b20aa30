"""A real browser on a real server, for tests of what people see."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Geolocation, Page, Playwright, Request

DONGHUAMEN: Geolocation = {"latitude": 39.9155, "longitude": 116.4050}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """The machine's own Chromium, running."""
    # Nobody looks at these pages: without the process that draws for a screen they take a fifth less time.
    drawing = ["--disable-gpu", "--in-process-gpu", "--disable-extensions"]
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    found = playwright.chromium.launch(executable_path=chromium, args=[*quiet, *drawing])
    yield found
    found.close()


@contextmanager
def running(geodata: Path, *, log: Path | None = None, **settings: str) -> Iterator[str]:
    """Run ``locator serve`` on a free port and give its address; a file may take what it writes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"LOCATOR_GEODATA": str(geodata), **settings}
    command = [sys.executable, "-m", "locator", "serve", "--port", str(port)]
    with (
        (log or Path(os.devnull)).open("wb") as out,
        subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    for _ in range(600):
        if process.poll() is not None:
            pytest.fail(f"the server ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail("the server did not answer within a minute")


@pytest.fixture(scope="session")
def site(donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with the seven stations round Donghuamen; what it writes is not beside their files."""
    with running(donghuamen, LOCATOR_STORE=str(tmp_path_factory.mktemp("site") / "store")) as address:
        yield address


@dataclass
class Watch:
    """What a page did that no page of ours may do."""

    address: str
    faults: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Note requests to other hosts, errors in the console (policy violations are there too) and dialogs."""
        page.on("request", self._request)
        page.on("console", lambda message: self._note(message.type == "error", message.text))
        page.on("pageerror", lambda error: self._note(True, str(error)))
        page.on("dialog", self._dialog)

    def _dialog(self, dialog: Dialog) -> None:
        self._note(True, f"dialog {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        self._note(not request.url.startswith((f"{self.address}/", "data:")), request.url)

    def _note(self, is_fault: bool, text: str) -> None:
        if is_fault:
            self.faults.append(text)


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """Open a page of the site; at the end of the test nothing may have gone wrong on any of them."""
    watch = Watch(site)
    with ExitStack() as stack:

        def open_page(path: str = "/", *, here: Geolocation | None = None, **options: Any) -> Page:
            wanted = {**PHONE, "locale": "zh-CN", "timezone_id": "America/New_York", **options}
            context: BrowserContext = browser.new_context(base_url=site, **wanted)
            stack.callback(context.close)
            if here:
                context.grant_permissions(["geolocation"])
                context.set_geolocation(here)
            page = context.new_page()
            watch.follow(page)
            page.goto(path)
            return page

        yield open_page
    assert watch.faults == []
