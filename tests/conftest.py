"""What many tests need."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo

import orjson
import pytest
import time_machine
from babel.messages.catalog import Catalog as Translations
from babel.messages.pofile import write_po
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Playwright, sync_playwright

from locator import create_app
from locator.config import Settings
from locator.feedback.service import Feedback
from locator.files import limited_process
from locator.files.limited_process import BrokenError, Limits, Read
from locator.language import catalogue
from locator.stations.catalog import Catalog
from locator.stations.geodata import LAYERS, load_geodata
from locator.stations.reading import write_stations
from locator.stations.schema import Station
from tests.extracted import every_message

if TYPE_CHECKING:
    from flask.testing import FlaskClient

# Each process of the tests compiles them, unless one before it did.
sys.dont_write_bytecode = False

ROOT = Path(__file__).resolve().parent.parent
DONGHUAMEN = Path(__file__).parent / "data" / "donghuamen"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BEIJING, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
INSTANTS = {
    "night": datetime(2026, 12, 2, 2, 0, tzinfo=BEIJING),
    "New Year's Eve": datetime(2026, 12, 31, 23, 50, tzinfo=BEIJING),
    "29 February": datetime(2028, 2, 29, 12, 0, tzinfo=BEIJING),
    "a holiday": datetime(2026, 10, 1, 10, 0, tzinfo=BEIJING),
    "another day in New York": datetime(2026, 11, 21, 20, 30, tzinfo=NEW_YORK),
}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real files beside the checkout; tests on them skip where it is absent."""
    folder = Path(os.environ.get("LOCATOR_TEST_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip("the shared data folder is not on this machine")
    return folder


AddLanguage = Callable[[str, Mapping[str | tuple[str, str], str]], None]


@contextmanager
def more_languages(folder: Path) -> Iterator[AddLanguage]:
    """Give a function that adds a file of translations, to those there are or in the place of one, for a while."""
    known = catalogue.languages, catalogue._templates, catalogue._locale, catalogue._read

    def add(lang: str, texts: Mapping[str | tuple[str, str], str]) -> None:
        made = Translations(locale=lang if lang in ("de", "en") else None)
        for key, translation in texts.items():
            text, context = key if isinstance(key, tuple) else (key, None)
            made.add(text, translation, context=context)
        with (folder / f"{lang}.po").open("wb") as file:
            write_po(file, made)
        for cached in known:
            cached.cache_clear()

    shutil.copytree(catalogue.TRANSLATIONS, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "TRANSLATIONS", folder)
        yield add
    for cached in known:
        cached.cache_clear()


@pytest.fixture
def add_language(tmp_path: Path) -> Iterator[AddLanguage]:
    """Add a file of translations, ``{text: translation}`` or ``{(text, context): translation}``, for one test."""
    with more_languages(tmp_path / "translations") as add:
        yield add


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Add a language that marks every message, as ⟦message⟧, for a module, and give its code."""
    with more_languages(tmp_path_factory.mktemp("pseudo") / "translations") as add:
        add("qps", {key: f"⟦{key[0]}⟧" for key in every_message()})
        yield "qps"


def not_here(reason: str) -> NoReturn:
    """Skip a test that needs a program which this machine does not have; in CI, which installs it, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def hear_terminal() -> None:
    """Let a process hear Ctrl-C and the end of its terminal, though what runs the tests ignores them.

    Those who start the tests in the background of a script, or with nohup, hand that on to every process.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The machine's own Chromium."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or not_here(f"no browser on this machine: install one of {', '.join(BROWSERS)}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; a process can have one only."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session", autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep every test, and every program it starts, away from the folder that the user's own service writes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        # Dozens of servers start in the tests: compiling the package for each takes half of their time.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the templates that one app compiled for the next: hundreds of tests have an app of their own."""
    kept = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": kept})
        yield


RUN = limited_process._run


def run_here(read: Read, arguments: Iterable[Any], limits: Limits, _: tuple[str, ...], folder: Path) -> None:
    """Do what the process for reading does, but for its limits."""
    call = [read.__module__, read.__qualname__, list(arguments), []]
    asked = orjson.dumps([str(folder), *call, limits.memory, limits.time_s, limits.answer])
    with warnings.catch_warnings(action="ignore"):
        try:
            limited_process.main(asked.decode())
        except Exception as fault:
            raise BrokenError(repr(fault)) from fault


@pytest.fixture(scope="session", autouse=True)
def reading_here() -> Iterator[None]:
    """Read files in the process of the tests; one of its own, as `own_process` gives, takes a second to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limited_process, "_limit", lambda *_: None)
        patch.setattr(limited_process, "_run", run_here)
        yield


@pytest.fixture
def own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in a process of their own, within its limits, as the service does."""
    monkeypatch.setattr(limited_process, "_run", RUN)


@pytest.fixture(params=INSTANTS.values(), ids=INSTANTS)
def any_hour(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test that asks what is so now run at times of every sort, on a machine that stands there."""
    with time_machine.travel(request.param):
        yield


@pytest.fixture(scope="session")
def donghuamen() -> Path:
    """Geodata folder of seven stations round 39.9155, 116.4050; one of them has markup for a name."""
    return DONGHUAMEN


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The seven stations, loaded."""
    return Catalog(load_geodata(DONGHUAMEN))


FOUR_STATES = (
    Station("closed", "旧驿站", "warm_station", 39.9156, 116.405, status="closed", status_note="已拆除"),
    Station("planned", "新驿站", "warm_station", 39.916, 116.405, status="planned", status_until=date(2027, 3, 1)),
    Station(
        "shut",
        "歇业驿站",
        "worker_home",
        39.917,
        116.405,
        district="东城区",
        status="closed_for_now",
        status_until=date(2026, 12, 31),
        status_note="装修中<b>",
    ),
    Station("usable", "驿站", "warm_station", 39.918, 116.405, district="东城区"),
)
"""One station of each status, on a line to the north of 39.9155, 116.405; the one in service is the farthest."""


@pytest.fixture(scope="session")
def four_states(donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Geodata folder of `FOUR_STATES`, all of them with the hours 24/7."""
    folder = shutil.copytree(donghuamen, tmp_path_factory.mktemp("states") / "geodata")
    for kind, name in LAYERS.items():
        listed = [replace(station, hours="24/7") for station in FOUR_STATES if station.kind == kind]
        write_stations(folder / name, listed, {})
    return folder


@pytest.fixture(scope="session")
def strangers_to() -> Callable[..., list[str]]:
    """Give addresses of n networks that one byte tells apart on a subject, now and in the next 30 days.

    One pair of networks in 256 is not told apart, so more are tried than are wanted; those that shall be strangers
    to the others as well come last.
    """

    def addresses(feedback: Feedback, subject: str, n: int, *known: str) -> list[str]:
        found: list[str] = []
        seen = {mark for address in known for mark in feedback.sender(address, "").sources(subject)}
        for address in (f"198.51.{number}.7" for number in range(256)):
            marks = set(feedback.sender(address, "").sources(subject))
            if len(found) < n and not marks & seen:
                found.append(address)
                seen |= marks
        return found

    return addresses


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 512 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip(f"a small disk cannot be mounted here ({sys.platform})")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def app() -> Flask:
    """The application serving the seven stations."""
    app = create_app(Settings(geodata=DONGHUAMEN))
    app.testing = True
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of that application."""
    return app.test_client()
