"""Without a network, in a real browser: what is kept, what is answered, and how it goes away again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import prcoords
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from .conftest import DONGHUAMEN, PHONE, wait_for

BEIJING = ZoneInfo("Asia/Shanghai")
HERE: dict[str, Any] = {"lat": DONGHUAMEN["latitude"], "lon": DONGHUAMEN["longitude"], "limit": 20, "lang": "zh"}
COMPACT = "/api/stations.compact.json?lang=zh"
DOCUMENTS = {
    COMPACT,
    "/api/hours.json?lang=zh",
    "/api/names.json?lang=zh",
    "/api/gazetteer.json",
    "/api/districts.geojson",
}
REGISTRATIONS = "navigator.serviceWorker.getRegistrations().then((found) => found.length)"

ENTRIES = """async () => {
    const found = [];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            const response = await cache.match(request, { ignoreVary: true });
            const body = await response.clone().text();
            found.push({ cache: name, address: request.url.replace(location.origin, ""), method: request.method,
                type: response.type, status: response.status, body: body });
        }
    }
    return found;
}"""
# Only the names: to read a body while its cache is deleted may never end.
NAMES = """async () => {
    const found = [];
    for (const name of await caches.keys()) {
        const keys = await (await caches.open(name)).keys();
        found.push(...keys.map((request) => [name, request.url.replace(location.origin, "")]));
    }
    return found;
}"""
ASK_SERVER = """(request) => fetch("/api/nearest", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request),
}).then((response) => response.json())"""
ASK_DEVICE = "(request) => locator.offline.nearest(request)"


@dataclass
class Service:
    """A service that can be ended, started anew with other settings, and frozen so that it never answers."""

    geodata: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = os.environ | {"LOCATOR_GEODATA": str(self.geodata), **self.settings}
        command = [sys.executable, "-m", "locator", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(self.address, self.process)

    def signal(self, number: signal.Signals) -> None:
        """Tell it and its workers something."""
        assert self.process
        os.killpg(self.process.pid, number)

    def stop(self) -> None:
        """End it."""
        if self.process:
            self.signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it take connections but answer none, as the worst networks do."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)


@contextmanager
def serving(geodata: Path) -> Iterator[Service]:
    """Run a service."""
    service = Service(geodata)
    try:
        service.start()
        yield service
    finally:
        service.stop()


@dataclass
class Device:
    """A phone, and what went wrong on its pages but for requests that failed."""

    service: Service
    context: BrowserContext
    faults: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Open a page."""
        page = self.context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(path)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Take the network away."""
        self.context.set_offline(True)
        try:
            yield
        finally:
            self.context.set_offline(False)


@contextmanager
def phone(browser: Browser, service: Service) -> Iterator[Device]:
    """Give a phone in Donghuamen."""
    wanted: dict[str, Any] = {**PHONE, "locale": "zh-CN", "timezone_id": "America/New_York"}
    context = browser.new_context(base_url=service.address, **wanted)
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": DONGHUAMEN["latitude"], "longitude": DONGHUAMEN["longitude"]})
    device = Device(service, context)
    yield device
    context.close()
    assert device.faults == []


def until(page: Page, test: Callable[[], bool], what: str) -> None:
    """Wait for something that has no element to wait for; the pages' policy forbids to wait in them."""
    for _ in range(150):
        if test():
            return
        page.wait_for_timeout(200)
    pytest.fail(f"within 30 s not: {what}")


def kept(page: Page) -> dict[str, dict[str, Any]]:
    """Return what all caches hold, by address."""
    return {entry["address"]: entry for entry in page.evaluate(ENTRIES)}


def addresses(page: Page) -> set[str]:
    """Return the addresses that all caches hold."""
    return {address for _, address in page.evaluate(NAMES)}


def cache_names(page: Page) -> set[str]:
    """Return the names of the caches that hold something."""
    return {name for name, _ in page.evaluate(NAMES)}


def keep(page: Page) -> None:
    """Wait until the documents are kept, for which the page waits until nobody waits for anything else."""
    page.evaluate("locator.offline.either(Promise.resolve({}), {})")
    until(page, lambda: addresses(page) >= DOCUMENTS, "documents kept")


@pytest.fixture(scope="module")
def service(donghuamen: Path) -> Iterator[Service]:
    """The seven stations round Donghuamen, served."""
    with serving(donghuamen) as service:
        yield service


@pytest.fixture(scope="module")
def device(browser: Browser, service: Service) -> Iterator[Device]:
    """A phone that has been on the first page once."""
    with phone(browser, service) as device:
        page = device.open()
        keep(page)
        page.close()
        yield device


@pytest.fixture
def page(device: Device) -> Iterator[Page]:
    """The first page on that phone, with a network."""
    page = device.open()
    yield page
    page.close()


def notice(page: Page) -> Any:
    """Find the line that says since when what is shown has been kept."""
    return expect(page.locator("#offline"))


# What is kept


def test_the_first_visit_keeps_the_shell_and_the_documents(device: Device, page: Page) -> None:
    """All of the worker's list, whole, each with the bytes that the server sends."""
    with urllib.request.urlopen(f"{device.service.address}/sw.js") as script:  # noqa: S310 - our own address
        shell = json.loads(re.match(r"const SHELL = (.*);", script.readline().decode())[1])  # type: ignore[index]
    found = kept(page)
    assert {entry["cache"] for entry in found.values()} == {f"locator-{shell['version']}"}
    assert found.keys() == {*shell["pages"], *shell["files"], *DOCUMENTS}
    assert page.evaluate("navigator.serviceWorker.controller.state") == "activated"
    for address in (*shell["files"], *DOCUMENTS):
        with urllib.request.urlopen(f"{device.service.address}{address}") as sent:  # noqa: S310
            assert sent.read().decode() == found[address]["body"], address


def test_no_cache_holds_an_opaque_or_a_failed_response(page: Page) -> None:
    """Neither after what goes well nor after what does not."""
    page.evaluate("""async () => {
        for (const address of ["/nothing", "/stations/nothing", "/api/stations.compact.json?lang=xx"]) {
            await fetch(address);
        }
    }""")
    found = kept(page)
    assert {(entry["type"], entry["status"]) for entry in found.values()} == {("basic", 200)}
    assert {entry["method"] for entry in found.values()} == {"GET"}
    assert "/stations/nothing" not in found
    assert "/api/stations.compact.json?lang=xx" not in found


def test_no_cache_holds_a_position(page: Page) -> None:
    """Neither in an address nor in a body, whichever way it was asked for."""
    here = {"lat": 39.918273, "lon": 116.407391, "lang": "zh"}
    page.evaluate(ASK_SERVER, here)
    page.evaluate("""async () => {
        const query = "lat=39.918273&lon=116.407391";
        for (const address of ["/api/nearest?" + query, "/?" + query, "/map?" + query, "/healthz?" + query]) {
            await fetch(address);
        }
        await fetch("/", { method: "POST", body: new URLSearchParams(query) });
    }""")
    page.locator("#ask-form summary").click()
    page.locator("#lat").fill("39.918273")
    page.locator("#lon").fill("116.407391")
    page.locator("#ask-form button").click()
    expect(page.locator("#stations .card").first).to_be_visible()
    for address, entry in kept(page).items():
        assert not re.search(r"39\.918|116\.407|39918273|nearest|healthz", address)
        assert not re.search(r"39\.918|116\.407|39918273", entry["body"]), address


# Without a network


def test_a_kept_page_runs_with_its_style_its_script_and_its_map(device: Device, page: Page) -> None:
    """The policy that names the inline script is kept with the page, so that it runs and draws the outlines."""
    styled = "getComputedStyle(document.querySelector('#locate')).minHeight"
    before = page.evaluate(styled)
    with device.offline():
        page.reload()
        expect(page.locator("path.district")).to_have_count(2)
        assert page.evaluate(styled) == before == "64px"
        assert page.evaluate("document.querySelector('img.scene').naturalWidth") > 0
        notice(page).to_contain_text("网络没有响应")


def test_the_notice_says_since_when(device: Device, page: Page) -> None:
    """The date on the stations' clock, whatever the phone's zone; there is none while there is a network."""
    notice(page).to_be_empty()
    before = datetime.now(BEIJING)
    with device.offline():
        page.reload()
        notice(page).to_contain_text("今天")
        text = page.locator("#offline").inner_text()
    month, day, hour, minute = map(int, re.search(r"(\d+)月(\d+)日 (\d+):(\d+)", text).groups())  # type: ignore[union-attr]
    kept_at = before.replace(month=month, day=day, hour=hour, minute=minute)
    assert 0 <= (before - kept_at).total_seconds() < 900


@pytest.mark.parametrize(("days", "age"), [(1, "昨天"), (3, "3 天前")])
def test_the_notice_tells_the_age_in_days(device: Device, page: Page, days: int, age: str) -> None:
    """Counted on the calendar, for a page that was kept then."""
    page.evaluate(
        """async (days) => {
            const cache = await caches.open((await caches.keys())[0]);
            const found = await cache.match("/about", { ignoreVary: true });
            const headers = new Headers(found.headers);
            headers.set("Date", new Date(Date.now() - days * 86400000).toUTCString());
            await cache.put("/about", new Response(await found.text(), { headers }));
        }""",
        days,
    )
    with device.offline():
        page.goto("/about")
        notice(page).to_contain_text(age)
    page.goto("/about")
    notice(page).to_be_empty()


def test_the_device_answers_what_the_server_answered(device: Device, page: Page) -> None:
    """The same stations in the same order with the same distances, ways, rules and amenities."""
    told = ("station_id", "name", "lat", "lon", "distance_m", "bearing_deg", "walk_min", "entry", "amenities")
    changes: list[dict[str, Any]] = [{}, {"radius": 500}, {"kind": ["worker_home"]}, {"limit": 2}, {"lat": 40.2}]
    questions = [HERE | change for change in (*changes, {"amenity": "seats,drinking_water"})]
    served = [page.evaluate(ASK_SERVER, question) for question in questions]
    with device.offline():
        page.reload()
        answered = [page.evaluate(ASK_DEVICE, question) for question in questions]
    for answer, expected in zip(answered, served, strict=True):
        for station, facts in zip(answer["stations"], expected["stations"], strict=True):
            assert {name: station[name] for name in told} == {name: facts[name] for name in told}
        assert (answer["beyond"] or {}).get("station_id") == (expected["beyond"] or {}).get("station_id")
    assert [len(answer["stations"]) for answer in answered] == [5, 3, 1, 2, 0, 2]


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_the_device_takes_positions_of_another_datum(device: Device, page: Page, datum: str) -> None:
    """As a map app's own browser gives them: the same place and distances as the server's, to a decimetre."""
    question = HERE | {"datum": datum}
    served = page.evaluate(ASK_SERVER, question)
    with device.offline():
        page.reload()
        answer = page.evaluate(ASK_DEVICE, question)
    for name in ("lat", "lon"):
        assert answer["origin"][name] == pytest.approx(served["origin"][name], abs=2e-7)
    far, expected = ({s["station_id"]: s["distance_m"] for s in found["stations"]} for found in (answer, served))
    assert far == pytest.approx(expected, abs=0.11)
    assert far != {s["station_id"]: s["distance_m"] for s in page.evaluate(ASK_DEVICE, HERE)["stations"]}


def test_a_tap_without_a_network_lists_what_is_near(device: Device, page: Page) -> None:
    """The list reads as it did with a network but for the open states, which change with the minute."""
    read = """() => [...document.querySelectorAll("#stations .card")].map((card) =>
        ["name", "distance", "way", "kind", "entry", "amenities"].map(
            (part) => card.querySelector(`[data-part=${part}]`).textContent.trim()))"""
    page.locator("#locate").click()
    expect(page.locator("#stations .card")).to_have_count(5)
    served = page.evaluate(read)
    notice(page).to_be_empty()
    page.evaluate("sessionStorage.clear()")
    with device.offline():
        page.reload()
        page.locator("#locate").click()
        expect(page.locator("#stations .card")).to_have_count(5)
        assert page.evaluate(read) == served
        expect(page.locator(".map-side .pin-box")).to_have_count(5)
        notice(page).to_contain_text("今天")


def test_places_are_found_by_name_on_the_device(device: Device, page: Page) -> None:
    """By the first letters of the pinyin, without a network."""
    with device.offline():
        page.reload()
        found = page.evaluate("locator.offline.search('dhm', 5)")
    assert "东华门街道工会服务站" in [place["name"] for place in found]


EITHER = """([outcome, request]) => {
    const outcomes = {
        answered: () => Promise.resolve({ stations: "the server's" }),
        refused: () => Promise.reject({ status: 422, detail: "no" }),
        down: () => Promise.reject({ status: 503 }),
        lost: () => Promise.reject(new TypeError("Failed to fetch")),
        silent: () => new Promise(() => {}),
    };
    return locator.offline.either(outcomes[outcome](), request).then(
        (answer) => answer.stations.length, (problem) => "refused: " + problem.detail);
}"""


@pytest.mark.parametrize(
    ("outcome", "result", "says_so"),
    [
        ("answered", len("the server's"), False),
        ("refused", "refused: no", False),
        ("down", 5, True),
        ("lost", 5, True),
        ("silent", 5, True),
    ],
)
def test_the_device_answers_where_the_server_cannot(
    page: Page, outcome: str, result: object, says_so: bool
) -> None:
    """Not where the server refuses; and only the device's answer comes with a notice."""
    assert page.evaluate(EITHER, [outcome, HERE]) == result
    assert page.evaluate("locator.offline.state().is_kept") == says_so
    assert bool(page.locator("#offline").inner_text()) == says_so


def test_the_next_answer_of_the_server_takes_the_notice_away(page: Page) -> None:
    """The notice speaks of what is shown now."""
    page.evaluate(EITHER, ["lost", HERE])
    notice(page).not_to_be_empty()
    page.evaluate(EITHER, ["answered", HERE])
    notice(page).to_be_empty()


def test_a_network_that_never_answers_is_not_waited_for(device: Device, page: Page) -> None:
    """After three seconds the kept page does, and says so; its script runs."""
    with device.service.frozen():
        started = time.monotonic()
        page.goto("/", wait_until="commit")
        assert time.monotonic() - started > 2.5
        notice(page).to_contain_text("网络没有响应")
        expect(page.locator("path.district")).to_have_count(2)


def test_a_visited_station_is_kept_without_its_open_state(device: Device, page: Page) -> None:
    """What was open then may be closed now; the hours as written stay."""
    page.goto("/stations/tw-5")
    expect(page.locator(".station > header .state")).to_be_visible()
    until(page, lambda: "/stations/tw-5" in addresses(page), "station kept")
    with device.offline():
        page.goto("/stations/tw-5")
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".station > header .state")).to_be_hidden()
        notice(page).to_contain_text("今天")


def test_only_the_stations_visited_last_are_kept(page: Page) -> None:
    """Thirty of them, whichever were visited before."""
    page.evaluate("""async () => {
        const cache = await caches.open((await caches.keys())[0]);
        const found = await cache.match("/about", { ignoreVary: true });
        for (let n = 0; n < 40; n++) await cache.put("/stations/old-" + n, found.clone());
        await fetch("/stations/tw-2");
    }""")
    until(page, lambda: sum(path.startswith("/stations/") for path in addresses(page)) == 30, "thirty kept")
    assert {"/stations/tw-2", "/stations/old-39"} <= addresses(page)


def test_what_is_not_kept_leads_back_to_what_is(device: Device, page: Page) -> None:
    """A station never visited: a page of ours that says so, with the way to the first one."""
    with device.offline():
        page.goto("/stations/tw-3")
        expect(page.locator("h1")).to_have_text("没有网络")
        expect(page.locator("main")).to_contain_text("这个页面没有保存在本机")
        page.get_by_role("link", name="查找我附近的驿站").click()
        expect(page.locator("#locate")).to_be_visible()


# The form without a network


def send(page: Page, **fields: str) -> None:
    """Fill in the form of the first page and send it."""
    for name, value in fields.items():
        field = page.locator(f"#{name}")
        if name == "district":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("#ask-form .second-button").click()


def test_a_form_sent_without_a_network_is_answered_on_the_device(device: Device, page: Page) -> None:
    """One station has that name: the list is about it, the field keeps the name, the address says nothing."""
    with device.offline():
        page.reload()
        send(page, place="便利店驿站")
        expect(page.locator("#near-place")).to_have_text("便利店驿站 附近")
        expect(page.locator("#stations [data-part=distance]").first).to_have_text("0 米")
        expect(page.locator("#place")).to_have_value("便利店驿站")
        notice(page).to_contain_text("网络没有响应")
        assert page.url.partition("#")[0] == f"{device.service.address}/"
        assert not [address for address in addresses(page) if "place=" in address]


def test_a_position_typed_without_a_network_is_answered_on_the_device(device: Device, page: Page) -> None:
    """Latitude and longitude by hand, in GCJ-02: the same five stations as with a network."""
    with device.offline():
        page.reload()
        page.locator("#ask-form summary").click()
        page.locator("#datum").select_option("gcj02")
        # 39.9155, 116.4050 in WGS 84, by another package.
        shifted = prcoords.wgs_gcj(prcoords.Coords(HERE["lat"], HERE["lon"]))
        send(page, lat=f"{shifted.lat:.7f}", lon=f"{shifted.lon:.7f}")
        expect(page.locator("#stations .card")).to_have_count(5)
        expect(page.locator("#stations [data-part=distance]").first).to_have_text("104 米")


@pytest.mark.parametrize(
    "fields",
    [
        {"place": "39.9155，116.4050"},
        {"place": "116.405 39.9155"},
        {"lat": "39.9155, 116.405"},
        {"lat": "３９．９１５５", "lon": "１１６．４０５°E"},
    ],
    ids=["place", "swapped", "latitude", "full width"],
)
def test_a_position_pasted_without_a_network_is_understood(
    device: Device, page: Page, fields: dict[str, str]
) -> None:
    """In whichever field; it is in no address that is kept."""
    with device.offline():
        page.reload()
        page.locator("#ask-form summary").click()
        send(page, **fields)
        expect(page.locator("#stations .card")).to_have_count(5)
        expect(page.locator("#stations [data-part=distance]").first).to_have_text("104 米")
        assert page.url.partition("#")[0] == f"{device.service.address}/"
        assert not [address for address in addresses(page) if "116" in address]


def test_half_a_position_without_a_network_is_asked_for_in_full(device: Device, page: Page) -> None:
    """A latitude alone is no place."""
    with device.offline():
        page.reload()
        page.locator("#ask-form summary").click()
        send(page, lat="39.9155")
        expect(page.locator("#trouble")).to_contain_text("您在哪里？请输入地名")


def test_several_places_of_a_name_are_a_choice_without_a_network_too(device: Device, page: Page) -> None:
    """Part of the pinyin leads to the sub-district and the station; a tap on one leads to its list."""
    with device.offline():
        page.reload()
        send(page, place="donghuam")
        expect(page.locator("#result-title")).to_have_text("您指的是哪一个？")
        assert page.locator(".choice").all_inner_texts() == [
            "东华门街道\n街道（乡镇） · 东城区 · ± 3.00 公里",
            "东华门街道工会服务站\n驿站 · 东城区 · ± 300 米",
        ]
        page.locator(".choice").nth(1).tap()
        expect(page.locator("#near-place")).to_have_text("从东华门街道工会服务站中心算起，±300 米")
        expect(page.locator(".choices")).to_have_count(0)


@pytest.mark.parametrize("field", ["district", "place"])
def test_a_district_is_listed_without_a_network(device: Device, page: Page, field: str) -> None:
    """Chosen or typed: its six stations by name as the server lists them, then only those with what is chosen."""
    listed = """() => [...document.querySelectorAll(".plain-list li")].map((item) =>
        [item.querySelector("a").textContent, item.querySelector("a").getAttribute("href"),
            item.querySelector(".meta").textContent])"""
    send(page, **{field: "东城区"})
    expect(page.locator(".plain-list li")).to_have_count(6)
    title, served = page.locator("#result-title").inner_text(), page.evaluate(listed)
    page.goto("/")
    with device.offline():
        page.reload()
        send(page, **{field: "东城区"})
        expect(page.locator("#result-title")).to_have_text(title)
        expect(page.locator("#result-title")).to_be_focused()
        assert page.evaluate(listed) == served
        expect(page.locator(".plain-list .state-open").filter(has_text="24小时开放")).to_have_count(1)
        page.locator("#filters").get_by_label("饮水").check()
        expect(page.locator("#result-title")).to_have_text("东城区：6 个驿站中有 2 个符合您的全部选择")
        expect(page.locator(".plain-list li")).to_have_count(2)
        page.locator("#more-filters summary").click()
        page.locator("#filters").get_by_label("打气筒").check()
        expect(page.locator("#result-title")).to_have_text("东城区：6 个驿站中没有符合您全部选择的。")
        page.get_by_role("button", name="清除全部选择").click()
        expect(page.locator(".plain-list li")).to_have_count(6)
    page.evaluate("localStorage.clear()")


def test_an_answer_at_an_address_is_there_without_a_network_and_is_not_kept(device: Device, page: Page) -> None:
    """The device answers what the address asks, with what was chosen; the first page is kept as it is."""
    send(page, district="东城区")
    expect(page.locator(".plain-list li")).to_have_count(6)
    address = page.url
    assert "district=" in address
    choices = "/?place=东华门&chosen=tw-1&kind=warm_station,worker_home"
    page.goto(choices)
    expect(page.locator("#near-place")).to_have_text("从东华门街道工会服务站中心算起，±300 米")
    pages = {path: entry["body"] for path, entry in kept(page).items() if path.partition("?")[0] == "/"}
    assert "/" in pages
    assert not [path for path in pages if "place=" in path or "district=" in path or "chosen=" in path]
    assert not [body for body in pages.values() if "data-sent" in body]
    with device.offline():
        page.goto(address)
        expect(page.locator(".plain-list li")).to_have_count(6)
        notice(page).to_contain_text("网络没有响应")
        page.goto("/?district=東城區")
        expect(page.locator("#result-title")).to_have_text("东城区：共 6 个驿站")
        page.goto("/?district=不知区")
        expect(page.locator("#trouble")).to_contain_text("没有找到“不知区”")
        page.goto(choices)
        expect(page.locator("#near-place")).to_have_text("从东华门街道工会服务站中心算起，±300 米")
        expect(page.locator("#stations .card")).to_have_count(5)
        expect(page.locator("#filters input[name=kind]:checked")).to_have_count(2)
        expect(page.locator("#place")).to_have_value("东华门")
        page.goto(f"{choices}&plain=1")
        expect(page.locator("main")).to_contain_text("您的查找没能发送出去")
    page.evaluate("localStorage.clear()")


def test_what_is_not_found_without_a_network_is_said(device: Device, page: Page) -> None:
    """No place of that name, and nothing said at all: the words that the server has for it."""
    with device.offline():
        page.reload()
        send(page, place="上海")
        expect(page.get_by_role("alert")).to_contain_text("没有找到“上海”")
        send(page, place="")
        expect(page.get_by_role("alert")).to_contain_text("您在哪里？请输入地名")


def test_a_form_that_the_server_never_answers_is_answered_on_the_device(device: Device, page: Page) -> None:
    """A bad network takes the form and is silent: after three seconds the device does."""
    with device.service.frozen():
        send(page, place="便利店驿站")
        expect(page.locator("#near-place")).to_have_text("便利店驿站 附近", timeout=20_000)


def test_a_form_sent_without_script_and_network_is_told_so(device: Device, page: Page) -> None:
    """As a page without script sends it: it was not sent, nothing was kept, and the first page is there."""
    with device.offline():
        page.evaluate("""() => {
            const form = document.getElementById("ask-form"), plain = document.createElement("input");
            form.innerHTML = form.querySelector("noscript").textContent;
            form.submit();
        }""")
        expect(page.locator("main")).to_contain_text("您的查找没能发送出去")
        page.get_by_role("link", name="返回首页").click()
        expect(page.locator("#locate")).to_be_visible()


def test_typing_finds_places_when_the_network_is_cut(device: Device, page: Page) -> None:
    """Sub-districts, stations and districts by pinyin, from the device; picking one leads to its list."""
    with device.offline():
        page.locator("#place").press_sequentially("donghuam")
        options = page.locator("#places li")
        expect(options).to_have_count(2)
        assert options.all_inner_texts() == [
            "东华门街道\n街道（乡镇） · 东城区 · ± 3.00 公里",
            "东华门街道工会服务站\n驿站 · 东城区 · ± 300 米",
        ]
        notice(page).to_contain_text("网络没有响应")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#near-place")).to_have_text("从东华门街道中心算起，±3.00 公里")
        page.locator("#place").fill("")
        page.locator("#place").press_sequentially("dcq")
        expect(options).to_have_count(1)
        options.tap()
        expect(page.locator(".plain-list li")).to_have_count(6)


@pytest.mark.parametrize("text", ["王府井", "wangfujing", "wfj", "灯市口站"])
def test_a_metro_station_leads_to_a_list_in_two_taps(device: Device, page: Page, text: str) -> None:
    """On the narrowest phone and without a network: one tap into the field, one on what is offered first."""
    page.set_viewport_size({"width": 360, "height": 740})
    with device.offline():
        page.locator("#place").tap()
        page.locator("#place").press_sequentially(text)
        first = page.locator("#places li").first
        expect(first).to_contain_text("地铁站 · 东城区 · ± 3")
        first.tap()
        expect(page.locator("#near-place")).to_contain_text("站中心算起，±3")
        expect(page.locator("#result-title")).to_be_visible()


def test_typing_does_not_wait_for_a_network_that_never_answers(device: Device, page: Page) -> None:
    """After four seconds the device's places are there."""
    with device.service.frozen():
        page.locator("#place").press_sequentially("donghuam")
        expect(page.locator("#places li")).to_have_count(2, timeout=15_000)


def test_another_language_is_kept_once_visited(device: Device, page: Page) -> None:
    """Before that the page in the first language does."""
    with device.offline():
        page.goto("/?lang=en")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.goto("/?lang=en")
    with device.offline():
        page.goto("/?lang=en")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        notice(page).to_contain_text("The network does not answer.")
        assert page.evaluate("locator.offline.nearest({ lat: 39.9155, lon: 116.405 })")["stations"]


def test_a_page_for_another_datum_is_kept_apart(device: Device, page: Page) -> None:
    """A page that takes positions for GCJ-02 must not stand in for one that does not, nor the other way round."""
    datum = "document.getElementById('finder').dataset.datum"
    page.goto("/?datum=gcj02")
    assert page.evaluate(datum) == "gcj02"
    with device.offline():
        page.goto("/")
        assert page.evaluate(datum) == "wgs84"
        page.goto("/?datum=gcj02")
        assert page.evaluate(datum) == "gcj02"
        page.goto("/?datum=bd09")
        expect(page.locator("h1")).to_have_text("没有网络")


def test_a_device_with_nothing_kept_says_so(browser: Browser, service: Service) -> None:
    """The network went before anything could be kept; nor are all stations fetched while one answer is due."""
    with phone(browser, service) as device:
        page = device.open()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        assert page.evaluate("locator.offline.nearest({ lat: 39.9155, lon: 116.405 }).catch(() => null)") is None
        assert not [address for address in asked if "/api/" in address]
        with device.offline():
            notice(page).to_have_text("网络没有响应，本机也还没有保存内容。")
            assert page.evaluate(EITHER, ["lost", HERE]) == "refused: undefined"
        notice(page).to_be_empty()


# Versions


@pytest.fixture
def changing(donghuamen: Path, tmp_path: Path, browser: Browser) -> Iterator[Device]:
    """A phone that has kept a service whose data may change."""
    folder = Path(shutil.copytree(donghuamen, tmp_path / "geodata"))
    with serving(folder) as service, phone(browser, service) as device:
        page = device.open()
        keep(page)
        page.goto("/?lang=en")
        until(page, lambda: "/?lang=en" in addresses(page), "other language kept")
        page.close()
        yield device


def test_a_new_version_replaces_the_old_one(changing: Device) -> None:
    """New data: one cache is left, with the new documents, and with what the old one held beside the shell."""
    page = changing.open()
    old, old_names = addresses(page), cache_names(page)
    changing.service.stop()
    layer = changing.service.geodata / "warm_stations.geojson"
    layer.write_text(layer.read_text(encoding="utf-8").replace("便利店驿站", "改了名的驿站"), encoding="utf-8")
    changing.service.start()
    page.reload()
    until(page, lambda: not old_names & cache_names(page), "old cache gone")
    new = kept(page)
    assert len(cache_names(page)) == len(old_names) == 1
    assert new.keys() == old
    assert "改了名的驿站" in new[COMPACT]["body"]
    with changing.offline():
        page.reload()
        names = [station["name"] for station in page.evaluate(ASK_DEVICE, HERE)["stations"]]
        page.goto("/?lang=en")
        expect(page.locator("html")).to_have_attribute("lang", "en")
    assert "改了名的驿站" in names
    assert "便利店驿站" not in names


class BadGateway(BaseHTTPRequestHandler):
    """A new version of the worker before a service that is down."""

    asked: ClassVar[list[str]] = []
    worker: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        """Send the worker, and nothing of what it needs."""
        self.asked.append(self.path)
        is_worker = self.path == "/sw.js"
        self.send_response(200 if is_worker else 502)
        self.send_header("Content-Type", "text/javascript")
        self.end_headers()
        self.wfile.write(self.worker if is_worker else b"Bad Gateway")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_version_that_cannot_be_installed_leaves_the_old_one_whole(changing: Device) -> None:
    """It is tried, leaves nothing behind, and page and answers still come from the old one."""
    page = changing.open()
    old = kept(page)
    with urllib.request.urlopen(f"{changing.service.address}/sw.js") as script:  # noqa: S310 - our own address
        BadGateway.worker = re.sub(rb'"version":"\w+"', b'"version":"broken"', script.read())
    changing.service.stop()
    with ThreadingHTTPServer(("127.0.0.1", changing.service.port), BadGateway) as gateway:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        page.reload()
        notice(page).to_contain_text("网络没有响应")
        until(page, lambda: "/offline" in BadGateway.asked, "installation tried")
        until(page, lambda: "locator-broken" not in page.evaluate("caches.keys()"), "installation given up")
        assert kept(page) == old
        page.reload()
        assert len(page.evaluate(ASK_DEVICE, HERE)["stations"]) == 5
        gateway.shutdown()


def test_the_kill_switch_removes_the_worker_and_all_it_kept(changing: Device) -> None:
    """At the next visit, and pages register no other."""
    page = changing.open()
    assert cache_names(page)
    changing.service.stop()
    changing.service.settings = {"LOCATOR_OFFLINE": "0"}
    changing.service.start()
    page.reload()
    until(page, lambda: page.evaluate(REGISTRATIONS) == 0, "worker gone")
    assert page.evaluate("caches.keys()") == []
    page.reload()
    expect(page.locator("#offline")).to_have_count(0)
    assert page.evaluate("navigator.serviceWorker.controller") is None
    assert page.evaluate(REGISTRATIONS) == 0
    assert page.evaluate("caches.keys()") == []
