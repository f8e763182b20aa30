"""A steward's desk: the stewards' pages of an app of its own, with a client that fills in their forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.security import generate_password_hash

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


class Compiled(BytecodeCache):
    """Templates that one app compiled, for the next one: each test has an app of its own."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand on what was compiled before."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


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
    app.jinja_env.bytecode_cache = COMPILED
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
