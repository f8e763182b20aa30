"""Where a person stands is written down nowhere: not in the log, not in what is shared, not in a cookie."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import PHONE, running

# A place nobody else is at: these digits occur in no file of ours.
HERE = {"latitude": 39.91573, "longitude": 116.40461}
DIGITS = re.compile(rb"39[.,%]?91573|116[.,%]?40461|lat=|lon=|place=|dhm|\xe4\xb8\x9c\xe5\x8d\x8e|%E4%B8%9C")


def ask_in_every_way(page: Page, site: str) -> None:
    """Tap, type, send the form and ask the API by both methods; then open a station."""
    page.goto(site)
    page.locator("#locate").click()
    expect(page.locator("#stations .card")).to_have_count(5)
    page.locator("#place").press_sequentially("dhm")
    expect(page.locator("#places li").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#ask-form .second-button").click()
    expect(page.locator(".choice").first).to_be_visible()
    page.locator("#ask-form summary").click()
    page.locator("#place").fill("")
    page.locator("#lat").fill(str(HERE["latitude"]))
    page.locator("#lon").fill(str(HERE["longitude"]))
    page.locator("#ask-form .second-button").click()
    expect(page.locator("#stations .card")).to_have_count(5)
    page.evaluate(f"fetch('/api/nearest?lat={HERE['latitude']}&lon={HERE['longitude']}')")
    page.locator("#stations [data-part=name]").first.click()
    expect(page.locator("h1")).to_be_visible()


def test_the_access_log_holds_no_position(browser: Browser, donghuamen: Path, tmp_path: Path) -> None:
    """Every request is in the log by method, path and status; nothing tells where anybody stood or looked."""
    log = tmp_path / "access.log"
    with running(donghuamen, log=log) as site:
        context = browser.new_context(permissions=["geolocation"], geolocation=HERE, locale="zh-CN", **PHONE)
        page = context.new_page()
        ask_in_every_way(page, site)
        assert context.cookies() == []
        context.close()
    written = log.read_bytes()
    for line in (b"GET / 200", b"POST / 200", b"POST /api/nearest 200", b"GET /api/nearest 200"):
        assert line in written
    assert written.count(b"POST /api/places 200") >= 1
    assert DIGITS.findall(written) == []
    # Nor who asked: no address of a visitor, no name of a browser.
    assert b"127.0.0.1" not in written.replace(b"http://127.0.0.1", b"")
    assert b"Mozilla" not in written


@pytest.mark.parametrize(("start", "kept"), [("/?datum=gcj02", ""), ("/?lang=en", "?lang=en")])
def test_a_shared_link_never_holds_where_the_person_is(browser: Browser, site: str, start: str, kept: str) -> None:
    """From the list and from the station's page, in both languages: the station's own address, to the letter."""
    context = browser.new_context(permissions=["geolocation"], geolocation=HERE, locale="en-GB", **PHONE)
    page = context.new_page()
    page.add_init_script("navigator.share = (what) => { window.shared = what; return Promise.resolve(); }")
    page.goto(f"{site}{start}")
    page.locator("#locate").click()
    card = page.locator("#stations .card").first
    station_id = card.get_attribute("data-station-id")
    card.locator("[data-part=walk]").click()
    page.locator("[data-part=share]").click()
    shared = page.evaluate("window.shared")
    assert shared["url"] == f"{site}/stations/{station_id}{kept}"
    assert set(shared) == {"title", "url"}
    page.keyboard.press("Escape")
    card.locator("[data-part=name]").click()
    page.locator("[data-part=share]").click()
    assert page.evaluate("window.shared.url") == f"{site}/stations/{station_id}{kept}"
    context.close()
