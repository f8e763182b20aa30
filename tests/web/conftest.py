"""A steward's desk: the stewards' pages of an app of its own, with a client that fills in their forms.

And the same on the real service, with two workers, for a browser that opens a connection for each page.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.security import generate_password_hash
from werkzeug.test import encode_multipart

from locator import create_app
from locator.config import Settings
from locator.feedback.service import Feedback
from locator.stations.store import Store

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

SENTENCE = "a warm room for everyone"
CHEAP_HASH = generate_password_hash(SENTENCE, method="pbkdf2:sha256:1")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Desk:
    """What a steward sits at."""

    app: Flask
    client: FlaskClient
    store: Store

    @property
    def feedback(self) -> Feedback:
        """What workers said, and the log."""
        found: Feedback = self.app.extensions["locator.feedback"]
        return found

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a page in English."""
        return self.client.get(path, headers={"Accept-Language": "en", **headers})

    def post(self, path: str, *, seen: str = "/manage/sign-in", **form: str) -> TestResponse:
        """Send a form that stands on a page, with the token that stands there."""
        token = TOKEN.search(self.get(seen).text)
        assert token, f"{seen} has no form"
        data = {"csrf_token": token[1], **form}
        return self.client.post(path, data=data, headers={"Accept-Language": "en"})

    def cookie(self) -> str:
        """Return what the browser keeps of the session."""
        found = self.client.get_cookie("steward", path="/manage")
        assert found
        return found.value

    def sign_in(self, name: str = "Lin", password: str = SENTENCE, **form: str) -> TestResponse:
        """Sign in by the form."""
        return self.post("/manage/sign-in", name=name, password=password, **form)

    def edit(self, station_id: str, **form: str) -> TestResponse:
        """Send the form of a station as it stands there, with some fields changed."""
        page = f"/manage/stations/{station_id}"
        return self.post(page, seen=page, **{**fields(self.get(page).text), **form})


def fields(page: str) -> dict[str, str]:
    """Read the fields of a station's form with what is filled in."""
    form = page[page.index('<form class="edit"') :]
    form = form[: form.index("</form>")]
    inputs = re.findall(r'<input\b[^>]*?\bname="([^"]+)"[^>]*?\bvalue="([^"]*)"', form)
    selects = re.findall(r'<select\b[^>]*?\bname="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL)
    chosen = {name: re.findall(r'value="([^"]*)" selected', options) for name, options in selects}
    first = {name: re.findall(r'value="([^"]*)"', options)[:1] for name, options in selects}
    found = dict(inputs) | {name: (chosen[name] or first[name])[0] for name in chosen}
    return {name: unescape(value) for name, value in found.items()}


def desk_over(geodata: Path, folder: Path, **settings: object) -> Desk:
    """Make the app and a client for it."""
    chosen = {"store": folder, "admin_password_hash": CHEAP_HASH, **settings}
    app = create_app(Settings(geodata=geodata, **chosen))  # type: ignore[arg-type]
    app.testing = True
    return Desk(app, app.test_client(), Store(folder, geodata))


@pytest.fixture
def make_desk(donghuamen: Path, tmp_path: Path) -> Callable[..., Desk]:
    """Make a desk over the seven stations, with settings of its own."""
    return lambda **settings: desk_over(donghuamen, tmp_path / "store", **settings)


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk at which nobody is signed in."""
    return make_desk()


@pytest.fixture(scope="module")
def reading(donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk for all tests of a module, at which Lin is signed in and only reads."""
    desk = desk_over(donghuamen, tmp_path_factory.mktemp("desk") / "store")
    desk.sign_in()
    return desk


@pytest.fixture
def signed_in(desk: Desk) -> Desk:
    """A desk at which Lin is signed in."""
    desk.sign_in()
    return desk


@dataclass
class Browser:
    """A browser at an address of its own."""

    port: int
    address: str
    cookie: str = ""
    headers: http.client.HTTPMessage = field(default_factory=http.client.HTTPMessage)
    """Of the last answer."""

    def ask(self, path: str, **form: str | FileStorage) -> tuple[int, str]:
        """Open a page, or send a form, again while too many others do; return its status and text."""
        while (found := self._ask_once(path, form))[0] == 503:
            time.sleep(0.5)
        return found

    def send(self, seen: str, path: str, **form: Any) -> int:
        """Send a form that stands on a page."""
        token = TOKEN.search(self.ask(seen)[1])
        assert token, f"{seen} has no form"
        return self.ask(path, csrf_token=token[1], **form)[0]

    def sign_in(self, name: str) -> int:
        """Sign in by the form."""
        return self.send("/manage/sign-in", "/manage/sign-in", name=name, password=SENTENCE)

    def copy(self) -> Browser:
        """Return another browser with the same cookie."""
        return Browser(self.port, self.address, self.cookie)

    def _ask_once(self, path: str, form: dict[str, Any]) -> tuple[int, str]:
        headers = {"X-Forwarded-For": self.address, "Cookie": f"steward={self.cookie}", "Accept-Language": "en"}
        body = None
        if form:
            boundary, body = encode_multipart(form)
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST" if form else "GET", path, body, headers)
            answer = connection.getresponse()
            self.headers = answer.headers
            if "Set-Cookie" in self.headers:
                self.cookie = SimpleCookie(self.headers["Set-Cookie"])["steward"].value
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@dataclass
class Service:
    """A running `locator serve`."""

    port: int
    process: subprocess.Popen[bytes]

    def browser(self, number: int = 1) -> Browser:
        """Return a browser at the address of some number."""
        return Browser(self.port, f"198.51.100.{number}")

    def workers(self) -> list[int]:
        """Return the numbers of the processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        started = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
        return [pid for pid, command in started.items() if b"spawn_main" in command]


@pytest.fixture
def serve(tmp_path: Path, donghuamen: Path) -> Iterator[Callable[[], Service]]:
    """Give a function that starts the service, behind a proxy that says who asks; all starts share one store."""
    started: list[Service] = []
    settings = {
        "LOCATOR_GEODATA": str(donghuamen),
        "LOCATOR_STORE": str(tmp_path / "store"),
        "LOCATOR_ADMIN_PASSWORD_HASH": generate_password_hash(SENTENCE),
        "LOCATOR_PROXIES": "1",
        "TMPDIR": str(tmp_path),  # what a killed worker leaves
    }

    def start() -> Service:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        command = [sys.executable, "-m", "locator", "serve", "--port", str(port), "--workers", "2"]
        quiet = subprocess.DEVNULL
        started.append(
            Service(port, subprocess.Popen(command, env=os.environ | settings, stdout=quiet, stderr=quiet))
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                started[-1].browser().ask("/healthz")
            except OSError:
                time.sleep(0.1)
            else:
                return started[-1]
        raise AssertionError("the service did not start")

    yield start
    for service in started:
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(60)
