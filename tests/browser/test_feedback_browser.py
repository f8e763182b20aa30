"""Reports and requests in a real browser: one tap, with a script or without, with a network or without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Geolocation, Page, expect
from pyproj import Geod

from locator.feedback.reports import Report
from locator.feedback.service import Feedback
from tests.browser.conftest import PHONE, running

GEOD = Geod(ellps="WGS84")
# 16 km from the nearest station, and at digits that occur in no file of ours.
NOWHERE: Geolocation = {"latitude": 39.70123, "longitude": 116.40987}
DIGITS = re.compile(rb"39[.,%]?70123|116[.,%]?40987|lat=|lon=")
# The page and the last of the documents that a device keeps one after the other: cut off before, a fetch fails.
IS_KEPT = """Promise.all(
    Object.values(JSON.parse(document.getElementById("offline-words").textContent).documents)
        .concat("/stations/tw-3")
        .map((address) => caches.match(address, { ignoreVary: true }))
).then((kept) => kept.every(Boolean))"""
NASTY = "<img src=x onerror=alert(1)>"
SENDERS = count(1)
CAUTION = "最近有人反映锁门，尚待核实"


@dataclass(frozen=True)
class Service:
    """A running service, what people said to it, and its log."""

    address: str
    feedback: Feedback
    log: Path

    def said(self) -> list[Report]:
        """List what was reported, in its order."""
        return self.feedback.reports.queue(100)


@pytest.fixture(scope="module")
def service(donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The seven stations, with a folder to write; each test takes a station of its own."""
    folder = tmp_path_factory.mktemp("feedback")
    store, log = folder / "store", folder / "log"
    with running(donghuamen, log=log, LOCATOR_STORE=str(store), LOCATOR_PROXIES="1") as address:
        yield Service(address, Feedback(store / "feedback.sqlite"), log)


@pytest.fixture
def visit(browser: Browser, service: Service) -> Iterator[Callable[..., Page]]:
    """Open a page on a phone of its own; nothing may go wrong on it but for requests without a network."""
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(path: str, **options: Any) -> Page:
        # Behind a proxy each phone has an address of its own: a minute allows one device ten writes.
        sender = {"X-Forwarded-For": f"203.0.113.{next(SENDERS)}"}
        wanted = {**PHONE, "locale": "zh-CN", "permissions": ["geolocation"], "geolocation": NOWHERE, **options}
        context = browser.new_context(base_url=service.address, extra_http_headers=sender, **wanted)
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: said.type == "error" and faults.append(said.text))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault] == []


def tap(page: Page, name: str) -> None:
    """Tap one of the answers to "Were you there?"."""
    page.locator("#report-form").get_by_role("button", name=name).tap()


def outcome(page: Page, form: str = "#report-form") -> Any:
    """Find what a form says came of it."""
    return expect(page.locator(f"{form} [data-part=outcome]"))


def test_a_tap_without_a_script(visit: Callable[..., Page], service: Service) -> None:
    """It leads back to the station with a thank-you, and a note may follow."""
    page = visit("/stations/tw-1", java_script_enabled=False)
    tap(page, "门锁着")
    expect(page).to_have_url(f"{service.address}/stations/tw-1?thanks=locked#reports")
    outcome(page).to_have_text("已记下：“门锁着”。谢谢，工作人员会去核实。")
    page.get_by_label("想补充一句吗").fill("门上有条子")
    page.get_by_role("button", name="发送补充").tap()
    outcome(page).to_contain_text("补充也记下了")
    (report,) = (report for report in service.said() if report.station_id == "tw-1")
    assert (report.what, report.note) == ("locked", "门上有条子")


def test_a_tap_with_a_script_stays_on_the_page(visit: Callable[..., Page], service: Service) -> None:
    """It is said when it is stored; a second tap changes it; a note with markup comes back as text."""
    page = visit("/stations/tw-2")
    expect(page.locator("#note-form")).to_be_hidden()
    tap(page, "门锁着")
    outcome(page).to_contain_text("已记下：“门锁着”")
    tap(page, "门开着")
    outcome(page).to_contain_text("已改为“门开着”")
    expect(page.get_by_role("button", name="门开着")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("想补充一句吗").fill(NASTY)
    page.get_by_role("button", name="发送补充").tap()
    outcome(page, "#note-form").to_contain_text("补充也记下了")
    assert page.url == f"{service.address}/stations/tw-2"
    (report,) = (report for report in service.said() if report.station_id == "tw-2")
    assert (report.what, report.note) == ("open", NASTY)
    service.feedback.reports.resolve(report.id, "accepted", "somebody")
    page.reload()
    expect(page.locator(".told")).to_contain_text(NASTY)
    expect(page.locator(".told img")).to_have_count(0)


def test_without_a_network_it_says_so_and_keeps_the_choice(visit: Callable[..., Page], service: Service) -> None:
    """Also on the page that the device kept; nothing is thanked for before the server has it."""
    page = visit("/stations/tw-3")
    page.evaluate("locator.offline.either(Promise.resolve({}), {})")
    for _ in range(100):
        if page.evaluate(IS_KEPT):
            break
        page.wait_for_timeout(100)
    page.context.set_offline(True)
    page.reload()
    tap(page, "没有水")
    outcome(page).to_have_text("没有发出去：连不上服务。有信号时请再试。")
    expect(page.locator("#note-form")).to_be_hidden()
    assert [report for report in service.said() if report.station_id == "tw-3"] == []
    page.context.set_offline(False)
    page.get_by_role("button", name="再发一次").tap()
    outcome(page).to_contain_text("已记下：“没有水”")
    expect(page.get_by_role("button", name="再发一次")).to_be_hidden()
    assert [report.what for report in service.said() if report.station_id == "tw-3"] == ["no_water"]


def test_buttons_rest_while_it_is_sent(visit: Callable[..., Page], service: Service) -> None:
    """By keyboard alone: the answer is awaited, and the focus is where it was."""
    page = visit("/stations/tw-4")
    held: list[Any] = []
    page.route("**/reports", lambda route: held.append(route))
    button = page.get_by_role("button", name="搬走了")
    page.get_by_role("button", name="没有水").focus()
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    outcome(page).to_have_text("正在发送……")
    expect(button).to_be_disabled()
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(50)
    assert len(held) == 1
    held[0].continue_()
    outcome(page).to_contain_text("已记下：“搬走了”")
    expect(button).to_be_focused()
    assert [report.what for report in service.said() if report.station_id == "tw-4"] == ["moved"]


def test_where_nothing_is_near_a_station_can_be_asked_for(visit: Callable[..., Page], service: Service) -> None:
    """The position goes in the body alone, and only its square is kept."""
    page = visit("/")
    expect(page.locator("#need")).to_be_hidden()
    page.locator("#locate").tap()
    form = page.locator("#need-form")
    expect(form).to_be_visible()
    form.get_by_label("取暖").check()
    form.get_by_label("夜里").check()
    form.get_by_role("button", name="提出需要").tap()
    outcome(page, "#need-form").to_contain_text("谢谢，已记下")
    expect(form.get_by_role("button", name="提出需要")).to_be_hidden()
    outcome(page, "#need-form").to_be_focused()
    (request,) = service.feedback.requests.queue(10)
    assert (request.amenities, request.when) == (("heating",), "night")
    assert GEOD.inv(NOWHERE["longitude"], NOWHERE["latitude"], request.lon, request.lat)[2] < 75
    # About another place it is asked anew.
    page.locator("#place").press_sequentially("东华门街道")
    page.locator("#places li").first.tap()
    expect(page.locator("#stations .card").first).to_be_visible()
    expect(form).to_be_hidden()
    page.locator("#need > summary").tap()
    expect(form.get_by_role("button", name="提出需要")).to_be_visible()
    outcome(page, "#need-form").to_be_empty()


def test_a_station_can_be_asked_for_without_a_script(visit: Callable[..., Page], service: Service) -> None:
    """The answer to the form says thanks; no address and no line of the log has the position."""
    page = visit("/", java_script_enabled=False)
    page.locator("#ask-form summary").tap()
    page.locator("#lat").fill(str(NOWHERE["latitude"]))
    page.locator("#lon").fill(str(NOWHERE["longitude"]))
    page.locator("#ask-form > button").tap()
    page.locator("#need-form").get_by_role("button", name="提出需要").tap()
    outcome(page, "#need-form").to_contain_text("谢谢，已记下")
    assert page.url == f"{service.address}/requests#need"
    written = service.log.read_bytes()
    assert b"POST /requests 200" in written
    assert DIGITS.findall(written) == []


def test_three_who_found_it_locked_warn_the_fourth(
    visit: Callable[..., Page], service: Service, strangers_to: Callable[..., list[str]]
) -> None:
    """The third of them today, two yesterday: within a second the card of who asks next says so."""
    page = visit("/stations/wh-1")
    then = datetime.now(UTC) - timedelta(days=1)
    yesterday = Feedback(service.log.with_name("store") / "feedback.sqlite", clock=lambda: then)
    for address in strangers_to(service.feedback, "wh-1", 2, "203.0.113.1"):
        yesterday.reports.add("wh-1", "locked", None, yesterday.sender(address, ""))
    tap(page, "门锁着")
    outcome(page).to_contain_text("已记下")
    page.wait_for_timeout(1000)
    page.context.set_geolocation({"latitude": 39.9155, "longitude": 116.405})
    page.goto("/")
    page.locator("#locate").tap()
    card = page.locator("#stations #station-wh-1")
    expect(card.get_by_text(CAUTION)).to_be_visible()
    expect(page.locator("#stations").get_by_text(CAUTION)).to_have_count(1)
    page.goto("/stations/wh-1")
    expect(page.get_by_text(CAUTION)).to_be_visible()


def test_axe_finds_nothing_on_the_forms(visit: Callable[..., Page]) -> None:
    """After a tap, after one that could not be sent, and where a station is asked for."""
    page = visit("/stations/tw-5", color_scheme="light")
    tap(page, "门开着")
    expect(page.locator("#note-form")).to_be_visible()
    page.context.set_offline(True)
    tap(page, "门锁着")
    outcome(page).to_contain_text("没有发出去")
    page.context.set_offline(False)
    assert violations(page) == []
    page.goto("/")
    page.locator("#locate").tap()
    page.locator("#need-form summary").tap()
    assert violations(page) == []


def violations(page: Page) -> list[Any]:
    """List what axe-core finds in light and in dark."""
    found = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found += Axe().run(page).response["violations"]
    return [(fault["id"], [node["html"][:120] for node in fault["nodes"]][:4]) for fault in found]
