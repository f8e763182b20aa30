"""What is published while the service runs is taken up at once, by all, and never in the middle of a request."""

from __future__ import annotations

import gc
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from locator import create_app
from locator.config import Settings
from locator.errors import BusyError
from locator.stations.store import Manifest, Store
from locator.web.shared.context import current_catalog, current_studies
from locator.web.shared.live import LOOK_EVERY_S

if TYPE_CHECKING:
    from flask import Flask

    from locator.web.shared.live import Live

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60
"""So long a busy machine may take for what takes a moment."""


@pytest.fixture
def settings(donghuamen: Path, tmp_path: Path) -> Settings:
    """The seven stations, and a folder to publish in."""
    return Settings(geodata=donghuamen, store=tmp_path / "store")


@pytest.fixture
def store(settings: Settings) -> Store:
    """The store in that folder."""
    return Store(settings.store, settings.geodata)


@pytest.fixture
def app(settings: Settings) -> Flask:
    """An application over the store, which looks only when it is told to."""
    return still(create_app(settings))


def live_of(app: Flask) -> Live:
    """Return what follows the store."""
    live: Live = app.extensions["locator.live"]
    return live


def still(app: Flask) -> Flask:
    """Keep the thread of an application from looking before the test does."""
    live = live_of(app)
    live._look_on = lambda: None  # type: ignore[method-assign]
    with live._turn:  # it does not look at this moment either
        app.testing = True
    return app


def publish(store: Store, name: str) -> Manifest:
    """Publish the newest stations with another name for the first."""
    parent = store.current().number
    contents = store.contents(parent)
    first, *others = contents.stations
    stations = (replace(first, name=name), *others)
    return store.publish(replace(contents, stations=stations), parent=parent, who="x", why="y")


def ready(app: Flask) -> dict[str, Any]:
    """Ask which data are served."""
    response = app.test_client().get("/readyz")
    assert response.status_code == 200
    found: dict[str, Any] = response.get_json()
    return found


def name_of(app: Flask, address: str = "/api/nearest?lat=39.9155&lon=116.405&limit=1") -> str:
    """Return what the first station is called."""
    found = app.test_client().get(address).get_json()
    name: str = found["stations"][0]["name"]
    return name


def damage(store: Store, number: int) -> None:
    """Cut a file of a version short."""
    os.truncate(store.path(number) / "warm_stations.geojson", 40)


# One process


def test_what_is_published_before_the_start_is_served(settings: Settings, store: Store) -> None:
    """In place of the geodata folder."""
    made = publish(store, "新站")
    app = create_app(settings)
    assert ready(app) == {
        "status": "ready",
        "data_version": made.version,
        "number": 1,
        "stations": 7,
        "damaged": [],
        "faults": [],
    }
    assert name_of(app) == "新站"


def test_two_processes_say_the_same(app: Flask, settings: Settings, store: Store) -> None:
    """After each has looked; rolled back, both have the old data version again."""
    other = still(create_app(settings))
    base = ready(app)["data_version"]
    made = publish(store, "新站")
    assert ready(app)["number"] == 0
    for one in (app, other):
        live_of(one).look()
        assert (ready(one)["number"], ready(one)["data_version"]) == (1, made.version)
        assert name_of(one) == "新站"
    store.rollback(0, who="x")
    for one in (app, other):
        live_of(one).look()
        assert (ready(one)["number"], ready(one)["data_version"]) == (2, base)


def test_nobody_need_tell_a_process(settings: Settings, store: Store) -> None:
    """Its thread finds out, for it looks twice a second."""
    assert LOOK_EVERY_S <= 1
    app = create_app(settings)
    publish(store, "新站")
    deadline = time.monotonic() + PATIENCE_S
    while ready(app)["number"] != 1:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_request_keeps_what_it_began_with(app: Flask, store: Store) -> None:
    """Its catalogue and its studies stay, and the next request has others."""
    with app.test_request_context("/"):
        before, studies = current_catalog(), current_studies()
        publish(store, "新站")
        live_of(app).look()
        assert current_catalog() is before
        assert current_studies() is studies
    with app.test_request_context("/"):
        assert current_catalog() is not before
        assert current_studies() is not studies
        assert current_studies().supply.version == current_catalog().version


def test_what_was_made_of_an_older_version_is_dropped(app: Flask, store: Store) -> None:
    """Documents, studies, maps and the catalogue itself: memory does not grow with every publication."""
    client = app.test_client()
    documents = ("/api/stations.compact.json", "/api/hours.json", "/api/coverage")
    for address in (*documents, "/", "/map", "/stations/tw-1", "/planner", "/embed"):
        assert client.get(address).status_code == 200
    old = weakref.ref(live_of(app).catalog)
    publish(store, "新站")
    live_of(app).look()
    assert "新站" in json.dumps(client.get("/api/stations.compact.json").get_json(), ensure_ascii=False)
    gc.collect()
    assert old() is None


def test_nothing_is_read_when_nothing_is_new(app: Flask, store: Store) -> None:
    """A look costs a look at a folder: what was made stays."""
    publish(store, "新站")
    live_of(app).look()
    served = live_of(app).served
    damage(store, 1)
    live_of(app).look()
    assert live_of(app).served is served


def test_the_thread_ends_with_what_it_serves(settings: Settings) -> None:
    """An application that nobody holds is no more."""
    gone = weakref.ref(live_of(create_app(settings)))
    deadline = time.monotonic() + PATIENCE_S
    while gone():
        gc.collect()
        assert time.monotonic() < deadline
        time.sleep(0.05)


# Damage


def test_a_damaged_version_is_told_and_the_older_one_served(
    app: Flask, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once in the log, and at /readyz for as long as it lasts; a new version mends it."""
    publish(store, "一")
    live_of(app).look()
    publish(store, "二")
    damage(store, 2)
    for _ in range(3):
        live_of(app).look()
    found = ready(app)
    assert (found["status"], found["number"], name_of(app)) == ("degraded", 1, "一")
    (told,) = found["damaged"]
    assert told.startswith("Version 2 is passed over: warm_stations.geojson is not as it was published. Publish")
    assert capsys.readouterr().err == f"{told}\n"
    publish(store, "三")
    live_of(app).look()
    found = ready(app)
    assert (found["status"], found["number"], found["damaged"], name_of(app)) == ("ready", 3, [], "三")


def test_damage_is_told_at_the_start_too(
    settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """The service starts with the last good version."""
    publish(store, "一")
    damage(store, 1)
    app = create_app(settings)
    assert (ready(app)["status"], ready(app)["number"]) == ("degraded", 0)
    assert capsys.readouterr().err.count("Version 1 is passed over") == 1


def test_a_disk_that_comes_back_is_noticed(app: Flask, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be read is tried again after half a minute."""
    publish(store, "一")
    path = store.path(1) / "warm_stations.geojson"
    path.rename(path.with_suffix(".away"))
    live_of(app).look()
    assert ready(app)["status"] == "degraded"
    path.with_suffix(".away").rename(path)
    live_of(app).look()
    assert ready(app)["status"] == "degraded"
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 31)
    live_of(app).look()
    assert (ready(app)["status"], ready(app)["number"]) == ("ready", 1)


# Addresses that name a version


def test_an_address_with_a_newer_version_makes_a_process_look(settings: Settings, store: Store) -> None:
    """A page of a process that was first asks another for the stations: it gets those of the page's version."""
    app = still(create_app(settings))
    del live_of(app)._look_on  # type: ignore[attr-defined] # only the thread is kept still
    made = publish(store, "新站")
    response = app.test_client().get(f"/api/stations.compact.json?lang=zh&v={made.version}")
    assert response.get_json()["data_version"] == made.version
    assert response.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("name", ["stations.compact.json", "names.json", "hours.json", "districts.geojson"])
def test_no_cache_keeps_one_version_under_the_address_of_another(app: Flask, name: str) -> None:
    """The answer is that of now; without a version in the address, or with the right one, it may be kept."""
    client, version = app.test_client(), ready(app)["data_version"]
    for query, kept in (("", True), (f"?v={version}", True), ("?v=0123456789ab", False)):
        response = client.get(f"/api/{name}{query}")
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == ("public, max-age=300" if kept else "no-store")


# What people found at the doors


def test_confirmations_and_doubts_are_laid_over(app: Flask, settings: Settings) -> None:
    """Later days count, earlier ones do not; every process comes to the same data version."""
    other = still(create_app(settings))
    before, studies = ready(app)["data_version"], live_of(app).served.studies
    said = ({"tw-1": date(2026, 11, 20), "wh-1": date(2026, 11, 21)}, frozenset({"tw-2", "gone"}))
    for one in (app, other):
        live_of(one).overlay = iter([said, None, None]).__next__
        live_of(one).look()
        live_of(one).look()
    client = app.test_client()
    facts = {name: client.get(f"/api/stations/{name}").get_json() for name in ("tw-1", "tw-2", "tw-3", "wh-1")}
    assert {name: found["checked_on"] for name, found in facts.items()} == {
        "tw-1": "2026-11-20", "tw-2": None, "tw-3": None, "wh-1": "2026-11-21"
    }  # fmt: skip
    assert {name: found["doubts"] for name, found in facts.items()} == {
        "tw-1": [], "tw-2": ["locked"], "tw-3": [], "wh-1": []
    }  # fmt: skip
    assert ready(app)["data_version"] == ready(other)["data_version"] != before
    assert ready(app)["number"] == 0
    assert live_of(app).served.studies is studies


def test_what_people_found_stays_over_a_new_version(app: Flask, store: Store) -> None:
    """And goes when they take it back: the published data version is there again."""
    said: list[Any] = [({}, frozenset({"tw-2"}))]
    live_of(app).overlay = lambda: said.pop() if said else None
    live_of(app).look()
    made = publish(store, "新站")
    live_of(app).look()
    doubts = app.test_client().get("/api/stations/tw-2").get_json()["doubts"]
    assert (doubts, ready(app)["number"], name_of(app)) == (["locked"], 1, "新站")
    assert ready(app)["data_version"] != made.version
    said.append(({}, frozenset()))
    live_of(app).look()
    assert ready(app)["data_version"] == made.version


def test_a_database_that_does_not_answer_stops_nothing(
    settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told once, and what is published is still taken up."""
    app = create_app(settings)

    def fail() -> None:
        raise BusyError("The database is locked.")

    live_of(app).overlay = fail
    publish(store, "新站")
    deadline = time.monotonic() + PATIENCE_S
    while ready(app)["number"] != 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(LOOK_EVERY_S + 0.1)
    assert capsys.readouterr().err.count("The database is locked.") == 1


def test_a_process_that_can_tell_nobody_follows_on(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log on a full disk ends neither the looking nor anything else."""
    app = create_app(settings)

    def fail() -> None:
        raise BusyError("The database is locked.")

    with suppress(OSError), Path("/dev/full").open("w", encoding="ascii") as full:  # it cannot be closed either
        monkeypatch.setattr(sys, "stderr", full)
        live_of(app).overlay = fail
        time.sleep(LOOK_EVERY_S + 0.2)
        publish(store, "新站")
        deadline = time.monotonic() + PATIENCE_S
        while ready(app)["number"] != 1:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        monkeypatch.undo()


# Real processes

FORKED = """
import os, sys, time
from dataclasses import replace
from pathlib import Path
from locator import create_app
from locator.config import Settings
from locator.stations.store import Store

settings = Settings(geodata=Path(sys.argv[1]), store=Path(sys.argv[2]))
app = create_app(settings)
child = os.fork()
if not child:
    deadline = time.monotonic() + 30
    while app.test_client().get("/readyz").get_json()["number"] != 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    os._exit(app.test_client().get("/readyz").get_json()["number"])
store = Store(settings.store, settings.geodata)
store.publish(store.contents(0), parent=0, who="x", why="y")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_process_that_was_forked_looks_for_itself(settings: Settings) -> None:
    """Some servers make the application first and their workers of it: a thread is not copied."""
    program = [sys.executable, "-W", "ignore", "-c", FORKED, str(settings.geodata), str(settings.store)]
    found = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    assert found.stdout.strip() == "1"


@contextmanager
def server(settings: Settings) -> Iterator[int]:
    """Serve with two workers and give the port, from when it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    given = {"LOCATOR_GEODATA": str(settings.geodata), "LOCATOR_STORE": str(settings.store)}
    given["TMPDIR"] = str(settings.store.parent)  # it is killed, and leaves what it has there
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOCATOR_")} | given
    process = subprocess.Popen(
        [sys.executable, "-m", "locator", "serve", "--port", str(port), "--workers", "2"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd=ROOT,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline
            try:
                if ask(port)["status"] == "ready":
                    break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ask(port: int) -> dict[str, Any]:
    """Ask a server which data it serves, on a connection of its own: any worker may answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        found: dict[str, Any] = json.loads(response.read())
        assert response.status == 200
    finally:
        connection.close()
    return found


def test_two_workers_follow_while_they_answer(settings: Settings, store: Store) -> None:
    """During a stream of requests something is published: none fails, and soon nobody is behind, and stays so."""
    seen: list[tuple[float, int]] = []
    faults: list[BaseException] = []
    enough = threading.Event()

    def stream() -> None:
        try:
            while not enough.wait(0.01):
                number = ask(port)["number"]
                seen.append((time.monotonic(), number))
        except (OSError, AssertionError, ValueError, http.client.HTTPException) as fault:
            faults.append(fault)

    def follow(count: int, number: int) -> None:
        """Wait until so many answers in a row, of either worker, have a number."""
        deadline = time.monotonic() + PATIENCE_S
        while not faults and (len(seen) < count or {of for _, of in seen[-count:]} != {number}):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    with server(settings) as port:
        threads = [threading.Thread(target=stream) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            follow(20, 0)
            before = time.monotonic()
            publish(store, "新站")
            follow(30, 1)
            switched = len(seen)
            time.sleep(2 * LOOK_EVERY_S)
        finally:
            enough.set()
            for thread in threads:
                thread.join()
    assert not faults
    assert {number for answered_at, number in seen if answered_at < before} == {0}
    assert len(seen) > switched
    assert {number for _, number in seen[switched:]} == {1}
