"""A steward in a browser: signs in, takes a list in, looks at it on the map, publishes it, takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.security import generate_password_hash

from tests.browser.conftest import PHONE, Watch, running

SENTENCE = "a warm room for everyone"
NASTY = "<img src=x onerror=alert(1)>${alert(1)}驿站"
LIST = (
    "站点名称,地址,区,经度,纬度\n"
    f"{NASTY},王府井大街1号,东城区,116.4110,39.9140\n"
    "搬远的驿站,北京路,东城区,116.4170,39.9170\n"
    "上海的驿站,外滩,东城区,121.4900,31.2400\n"
    "没有位置的驿站,某路,东城区,,\n"
)


@pytest.fixture(scope="module")
def desk(donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a service with a password."""
    settings = {
        "LOCATOR_STORE": str(tmp_path_factory.mktemp("desk") / "store"),
        "LOCATOR_ADMIN_PASSWORD_HASH": generate_password_hash(SENTENCE, "pbkdf2:sha256:1"),
    }
    with running(donghuamen, **settings) as address:
        yield address


@pytest.fixture(scope="module")
def page(browser: Browser, desk: str) -> Iterator[Page]:
    """A phone on which a steward is signed in; nothing may go wrong on any page."""
    context = browser.new_context(base_url=desk, locale="zh-CN", **PHONE)  # type: ignore[arg-type]
    page, watch = context.new_page(), Watch(desk)
    watch.follow(page)
    page.goto("/manage")
    page.locator("#name").fill("李")
    page.locator("#password").fill(SENTENCE)
    page.keyboard.press("Enter")
    expect(page.locator(".signed-in")).to_contain_text("李")
    yield page
    context.close()
    assert watch.faults == []


def test_a_list_is_looked_at_published_and_taken_back(page: Page, tmp_path: Path) -> None:
    """The map shows what is new and what waits; a row leads to its place; the finder has it at once."""
    path = tmp_path / "名单.csv"
    path.write_text(LIST, encoding="gb18030")
    page.goto("/manage/import")
    page.locator("#list").set_input_files(path)
    page.locator("input[name=datum][value=wgs84]").check()
    page.locator("form[enctype] .main-button").click()
    expect(page.locator("#waiting-title")).to_contain_text("2", timeout=20_000)
    expect(page.locator("path.import-added")).to_have_count(2)
    expect(page.locator("path.import-waiting")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("a[data-row='4']").click()
    expect(page.locator(".leaflet-popup")).to_contain_text("上海的驿站")
    page.locator("#import-legend input[value=added]").uncheck()
    expect(page.locator("path.import-added")).to_have_count(0)
    expect(page.locator(".leaflet-popup")).to_have_css("opacity", "1")  # it fades in
    assert Axe().run(page).response["violations"] == []
    page.locator("form[action$='/publish'] button").click()
    expect(page.locator(".flashes")).to_contain_text("2 行", timeout=20_000)
    page.goto("/map")
    expect(page.locator("#shown")).to_contain_text("9")
    page.goto("/manage/versions/0/back")
    page.locator("#why").fill("试一试")
    page.locator("main .main-button").click()
    expect(page.locator(".flashes")).to_contain_text("2")
    page.goto("/map")
    expect(page.locator("#shown")).to_contain_text("7")


def test_rows_that_wait_are_placed_one_after_the_other(page: Page, tmp_path: Path) -> None:
    """Two taps and a pasted position, from row to row; the finder has them at once."""
    path = tmp_path / "待定位.csv"
    rows = "".join(f"待{n}号驿站,东城区某街{n}号,东城区\n" for n in range(3))
    path.write_text("站点名称,地址,区\n" + rows, encoding="utf-8")
    page.goto("/manage/import")
    page.locator("#list").set_input_files(path)
    page.locator("form[enctype] .main-button").click()
    page.locator("form[action$='/publish'] button").click(timeout=20_000)
    expect(page.locator(".flashes")).to_contain_text("3 行", timeout=20_000)
    page.goto("/manage/to-place?q=某街")
    expect(page.locator("#rows-title")).to_contain_text("3")
    assert Axe().run(page).response["violations"] == []
    page.locator("#rows-title ~ p .main-button").click()
    for _ in range(2):
        name = page.locator("h1").inner_text()
        page.locator("#pick-position .leaflet-container").click()
        expect(page.locator("#position-said")).to_contain_text("东城区")
        page.locator("form .main-button").first.click()
        if page.locator("input[name=agreed]").count():  # on so small a map a finger covers much
            page.locator("input[name=agreed]").check()
            page.locator("form .main-button").first.click()
        expect(page.locator(".flashes")).to_contain_text(name)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert Axe().run(page).response["violations"] == []
    page.locator("#position").fill("116.4112 39.9169")
    page.locator("#datum").select_option("gcj02")
    expect(page.locator("#position-said")).to_contain_text("39.9154")
    page.locator("form .main-button").first.click()
    expect(page.locator("#rows-title")).to_contain_text("0")
    page.goto("/")
    page.locator("#place").fill("39.9155, 116.4050")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("待2号驿站")


def test_a_station_is_added_by_tapping_the_map(page: Page) -> None:
    """The tap fills in the position, the hours show their week, and the back button loses nothing of it."""
    page.goto("/manage/stations/new")
    page.locator("#name").fill(NASTY)
    page.locator("#hours_text").fill("周一至周五 8:30-17:30")
    expect(page.locator("#hours-read .week")).to_contain_text("08:30–17:30")
    page.locator("#position").fill("116.4172, 39.9135")
    page.locator("#datum").select_option("gcj02")
    expect(page.locator("#position-said")).to_contain_text("39.912")
    page.locator(".pick-position .folium-map").click(position={"x": 200, "y": 120})
    expect(page.locator("#datum")).to_have_value("wgs84")
    tapped = page.locator("#position").input_value()
    assert tapped != "116.4172, 39.9135"
    expect(page.locator("#position_accuracy_m")).not_to_have_value("")
    page.locator("button[value=preview]").click()
    expect(page.locator("dl.changes")).to_contain_text(NASTY)
    page.go_back()
    expect(page.locator("#name")).to_have_value(NASTY)
    expect(page.locator("#position")).to_have_value(tapped)
    page.locator("button[value=preview]").click()
    page.locator("#why").fill("试一试")
    page.locator("button[value=publish]").click()
    expect(page.locator("h1")).to_have_text(NASTY)
    expect(page.locator("#position")).to_have_value(tapped)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/import",
        "/stations?q=便利店",
        "/stations/tw-2",
        "/stations/new",
        "/stations/tw-2/retire",
        "/closed",
        "/outlines",
        "/queue",
        "/versions",
        "/audit",
    ],
)
def test_axe_finds_nothing_and_pages_fit_a_phone(page: Page, path: str) -> None:
    """Zero violations of any rule, and nothing wider than the screen."""
    page.goto(f"/manage{path}")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"][:120] for node in fault["nodes"]][:4]) for fault in found] == []
