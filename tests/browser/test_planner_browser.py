"""The planner in a browser: with and without script, by keyboard, by a tap on the map, on paper."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visit, running

DESK = {"viewport": {"width": 1280, "height": 900}, "is_mobile": False, "has_touch": False, "locale": "en-US"}
NASTY = "<img src=x onerror=alert(1)>${alert(1)}"
FAR_NORTH = "39.9555,116.405"


def settled(page: Page) -> None:
    """Wait until the map has everything and the picture for paper is there."""
    expect(page.locator("#picture")).not_to_have_attribute("hidden", "", timeout=30_000)
    expect(page.locator("#gap-table table")).to_be_visible()


def on_the_map(page: Page, lat: float, lon: float) -> tuple[float, float]:
    """Bring a place into the middle of the map, near, and say where on the screen that is."""
    page.evaluate(f"map_main.setView([{lat}, {lon}], 16, {{animate: false}})")
    page.locator(".map-frame").scroll_into_view_if_needed()
    box = page.locator(".map-frame").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_page_comes_whole(visit: Visit) -> None:
    """Map with cells, gaps, stations and controls, the gap table, and charts that have loaded."""
    page = visit("/planner", **DESK)
    settled(page)
    expect(page.locator(".leaflet-cells-pane path").first).to_be_attached()
    expect(page.locator(".leaflet-gaps-pane path.gap").first).to_be_attached()
    expect(page.locator(".leaflet-stations-pane canvas").first).to_be_attached()
    page.locator(".leaflet-control-layers").hover()
    expect(page.locator(".leaflet-control-layers-overlays label")).to_have_count(4)
    widths = page.locator("figure img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert widths == [600, 600, 440]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_fits_a_phone(visit: Visit, lang: str) -> None:
    """Nothing makes the page wider than the screen."""
    page = visit(f"/planner?lang={lang}&n=1&add={FAR_NORTH}")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_tap_on_the_map_becomes_a_scenario(visit: Visit) -> None:
    """A tap offers a station, the form takes it, and the answer says what it changes."""
    page = visit("/planner", **DESK)
    settled(page)
    page.mouse.click(*on_the_map(page, 39.9555, 116.405))
    page.get_by_role("button", name="Add a station here").click()
    lat, lon, kind = page.locator("#add").input_value().split(",")
    assert (float(lat), float(lon)) == pytest.approx((39.9555, 116.405), abs=0.0005)
    assert kind == "warm_station"
    page.get_by_role("button", name="See what it changes").click()
    expect(page.locator("#comparison tbody tr").first).to_be_visible()
    expect(page.locator(".site-pin.added")).to_be_attached()
    assert "add=" in page.url


def test_a_tap_on_a_station_closes_it(visit: Visit) -> None:
    """The station whose name is markup shows its name as text and can be closed."""
    page = visit("/planner", **DESK)
    settled(page)
    page.mouse.click(*on_the_map(page, 39.913, 116.405))
    expect(page.locator(".popup h3")).to_have_text(NASTY)
    page.get_by_role("button", name="What if it closed?").click()
    assert page.locator("#remove").input_value() == "tw-5"
    expect(page.locator("#map-status")).to_contain_text(NASTY)


def test_everything_can_be_done_by_keyboard(visit: Visit) -> None:
    """The middle of the map gets a station, and the question is asked, without a mouse."""
    page = visit("/planner", **DESK)
    settled(page)
    page.locator("#add-middle").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".popup button").last).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".popup")).to_have_count(0)
    page.locator("#add-middle").focus()
    page.keyboard.press("Enter")
    page.locator(".popup").get_by_role("button", name="Add a station here").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="See what it changes")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#comparison")).to_be_visible()


def test_sites_are_asked_for_in_the_form(visit: Visit) -> None:
    """Two sites, numbered in the table and on the map."""
    page = visit("/planner", **DESK)
    page.locator("#where-next summary").click()
    page.locator("#n").fill("2")
    page.locator("#spacing").select_option("2000")
    page.locator("#ask").click()
    expect(page.locator("#sites tbody tr")).to_have_count(2)
    expect(page.locator("#sites .verdict")).to_contain_text("Proven best")
    expect(page.locator(".site-pin.site")).to_have_count(2)
    assert re.search(r"[?&]n=2(&|$)", page.url)
    settled(page)


def test_a_question_is_asked_once(visit: Visit) -> None:
    """While the answer is awaited a bar shows it, and a second press asks nothing."""
    page = visit("/planner", **DESK)
    # The page stays, so that it can be looked at: whether the form was sent is noted after the page's own script.
    held = page.evaluate(
        """() => {
            const held = [];
            document.getElementById("question").addEventListener("submit", (event) => {
                held.push(event.defaultPrevented);
                event.preventDefault();
            });
            document.getElementById("ask").click();
            document.getElementById("ask").click();
            return held;
        }"""
    )
    assert held == [False, True]
    expect(page.locator("#working progress")).to_be_visible()


def test_a_heading_sorts_the_table(visit: Visit) -> None:
    """Worst first at first; the most stations first after two presses, and the address keeps it."""
    page = visit("/planner", **DESK)
    names = page.locator("#areas tbody th")
    link = page.locator('#areas a[data-key="stations"]')
    link.click()
    expect(names).to_have_text(["Fengtai", "Dongcheng"])
    link.click()
    expect(names).to_have_text(["Dongcheng", "Fengtai"])
    expect(page.locator('#areas th[aria-sort="descending"]')).to_have_count(1)
    assert "sort=-stations" in page.url


def test_a_gap_is_shown_on_the_map(visit: Visit) -> None:
    """The link of a gap brings its whole outline into sight."""
    page = visit("/planner", **DESK)
    settled(page)
    page.evaluate("map_main.setView([39.0, 110.0], 9, {animate: false})")
    page.locator("[data-zoom]").first.click()
    bounds = str(page.locator("[data-zoom]").first.get_attribute("data-zoom"))
    west, south, east, north = bounds.split(",")
    inside = f"map_main.getBounds().contains([[{south}, {west}], [{north}, {east}]])"
    page.wait_for_function(inside)


@pytest.fixture
def plain(browser: Browser, site: str) -> Iterator[Page]:
    """A page without script."""
    context = browser.new_context(base_url=site, java_script_enabled=False, locale="en-US")
    yield context.new_page()
    context.close()


def test_without_script_the_page_says_the_same(plain: Page) -> None:
    """Form, tables, charts and a picture of the map; the gaps are a link away."""
    plain.goto("/planner")
    expect(plain.locator(".map-side")).to_be_hidden()
    expect(plain.locator("noscript img.picture, .picture").first).to_be_visible()
    plain.get_by_role("link", name="Show the gaps").click()
    expect(plain.locator("#gaps tbody tr").first).to_be_visible()
    plain.locator("#what-if summary").click()
    plain.locator("#add").fill(FAR_NORTH)
    plain.locator("#ask").click()
    expect(plain.locator("#comparison")).to_be_visible()
    plain.locator('#areas a[data-key="stations"]').click()
    expect(plain.locator("#areas tbody th").first).to_have_text("Fengtai")


def test_downloads_open(visit: Visit, browser: Browser, tmp_path: Path) -> None:
    """The workbook is one; the report opens from the disk and asks for nothing."""
    page = visit("/planner?n=1&spacing=2000", **DESK)
    saved = {}
    for name in ("Excel", "Report (one file)"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name, exact=True).click()
        saved[name] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(saved[name])
    assert "xl/workbook.xml" in zipfile.ZipFile(saved["Excel"]).namelist()
    context = browser.new_context(offline=True)
    report, asked, faults = context.new_page(), [], []
    report.on("request", lambda request: asked.append(request.url))
    report.on("console", lambda message: faults.append(message.text))
    report.goto(saved["Report (one file)"].as_uri())
    expect(report.locator("svg.picture")).to_be_visible()
    expect(report.locator("svg.chart")).to_have_count(4)
    assert asked == [saved["Report (one file)"].as_uri()]
    assert faults == []
    context.close()


def test_paper_takes_two_sheets(visit: Visit) -> None:
    """The page prints as a report of two sheets, without form and map controls."""
    page = visit("/planner", **DESK)
    settled(page)
    made = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", made)) == 2
    page.emulate_media(media="print")
    expect(page.locator("#question")).to_be_hidden()
    expect(page.locator("#picture")).to_be_visible()


STATES: list[tuple[str, dict[str, Any]]] = [
    ("/planner", {}),
    (f"/planner?n=2&spacing=2000&add={FAR_NORTH}&open_at=2026-11-18T03:00", {}),
    ("/planner?lang=en", DESK),
]


@pytest.mark.parametrize(("path", "options"), STATES)
def test_axe_finds_nothing(visit: Visit, path: str, options: dict[str, Any]) -> None:
    """Zero violations of any rule, best practices among them, with everything unfolded, in light and in dark."""
    page = visit(path, color_scheme="light", **options)
    settled(page)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [(fault["id"], [node["html"][:160] for node in fault["nodes"]][:4]) for fault in found] == []


def test_axe_finds_nothing_in_a_fault(browser: Browser, site: str) -> None:
    """The page that refuses a value is without barriers too."""
    context = browser.new_context(base_url=site, locale="zh-CN")
    page = context.new_page()
    page.goto("/planner?radius=-5")
    expect(page.get_by_role("alert")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"][:160] for node in fault["nodes"]][:4]) for fault in found] == []
    context.close()


def test_the_tiles_of_another_datum_do_not_move_the_answer(browser: Browser, donghuamen: Path) -> None:
    """On tiles in GCJ-02 a tap still means the place on the ground, 500 m from where it is drawn."""
    with running(donghuamen, LOCATOR_TILES="/tiles/{z}/{x}/{y}.png|own|gcj02") as address:
        context = browser.new_context(base_url=address, **{**DESK, "locale": "en-US"})
        page = context.new_page()
        page.goto("/planner")
        settled(page)
        page.evaluate("map_main.setView(locator.place(39.9555, 116.405), 16, {animate: false})")
        page.locator("#add-middle").click()
        page.get_by_role("button", name="Add a station here").click()
        lat, lon, _ = page.locator("#add").input_value().split(",")
        assert (float(lat), float(lon)) == pytest.approx((39.9555, 116.405), abs=0.0003)
        context.close()
