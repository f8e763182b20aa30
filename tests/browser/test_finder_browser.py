"""The finder and the city map in a real browser."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import prcoords
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from pyproj import Geod

from locator.geo.datum import Datum, convert
from tests.browser.conftest import DONGHUAMEN, Visit, running

GEOD = Geod(ellps="WGS84")
NASTY = "<img src=x onerror=alert(1)>${alert(1)}"
# Longitude and latitude of the stations within 1 km, from the file.
NEAR = {
    "东华门街道工会服务站": (116.4042, 39.9162),
    "便利店驿站": (116.405, 39.92),
    "不知何时开的驿站": (116.415, 39.9155),
    NASTY: (116.405, 39.913),
    "周末关门的职工之家": (116.4, 39.91),
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "is_mobile": False, "has_touch": False}
# A browser's position that answers as the test says: "never" is how some phones do.
GEOLOCATION = """
window.asked = [];
navigator.geolocation.getCurrentPosition = function (found, failed, options) {
  const answer = options.enableHighAccuracy ? %s : %s;
  window.asked.push(options.enableHighAccuracy);
  if (answer === "here") found({ coords: { latitude: 39.9155, longitude: 116.4050, accuracy: 20 } });
  else if (answer !== "never") failed({ code: answer });
};
navigator.permissions.query = function () { return Promise.resolve({ state: "granted" }); };
"""


def assert_lists_what_is_near(page: Page) -> None:
    """Hold the list against another library's geodesics: the five stations in order, to the metre shown."""
    far = {name: GEOD.inv(DONGHUAMEN["longitude"], DONGHUAMEN["latitude"], *NEAR[name])[2] for name in NEAR}
    expected = sorted(NEAR, key=lambda name: far[name])
    cards = page.locator("#stations .card")
    assert cards.locator("[data-part=name]").all_inner_texts() == expected
    said = cards.locator("[data-part=distance]").all_inner_texts()
    # The page rounds what the API gives to 0.1 m.
    assert [int(text.removesuffix(" 米")) for text in said] == pytest.approx(
        [far[name] for name in expected], abs=0.56
    )


def find(page: Page) -> None:
    """Tap the button and wait for the answer."""
    page.locator("#locate").click()
    expect(page.locator("#result-title")).not_to_be_empty()


def test_a_tap_lists_what_is_near_and_draws_it(visit: Visit) -> None:
    """Standing in Donghuamen: five stations, nearest first, the same on list and map."""
    page = visit(here=DONGHUAMEN, **DESKTOP)
    find(page)
    assert_lists_what_is_near(page)
    expect(page.locator("#result-title")).to_contain_text("1 公里内有 5 个驿站")
    expect(page.locator("#result-title")).to_be_focused()
    expect(page.locator(".map-side .pin-box")).to_have_count(5)
    expect(page.locator(".map-side path.reach").first).to_be_visible()
    expect(page.locator(".map-side .origin")).to_be_visible()
    expect(page.locator(".map-side path.district")).to_have_count(2)
    expect(page.locator("#stations .state").filter(has_text="24小时开放")).to_have_count(1)
    expect(page.locator("#stations .state").filter(has_text="开放时间不详")).to_have_count(1)


def test_pins_stand_where_the_stations_are(visit: Visit) -> None:
    """On the screen the convenience store lies due north and the office north-west, at the map's own scale."""
    page = visit(here=DONGHUAMEN, **DESKTOP)
    find(page)
    expect(page.locator(".map-side .pin-box")).to_have_count(5)
    page.wait_for_timeout(400)
    middle = {}
    for name in ("便利店驿站", "东华门街道工会服务站"):
        box = page.locator(f'.map-side .pin-box[title="{name}"]').bounding_box()
        assert box
        middle[name] = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    here = page.locator(".map-side .origin").bounding_box()
    assert here
    x0, y0 = here["x"] + here["width"] / 2, here["y"] + here["height"] / 2
    x, y = middle["便利店驿站"]
    assert abs(x - x0) <= 1.5
    # 500 m of latitude in as many pixels as the scale gives; Mercator is square, so the office fits the same one.
    per_degree = (y0 - y) / (39.92 - 39.9155)
    x, y = middle["东华门街道工会服务站"]
    assert y0 - y == pytest.approx(per_degree * 0.0007, abs=1.5)
    assert x - x0 == pytest.approx(-per_degree * 0.0008 * math.cos(math.radians(39.9155)), abs=1.5)


def test_choosing_in_the_list_chooses_on_the_map_and_back(visit: Visit) -> None:
    """List and map are twins."""
    page = visit(here=DONGHUAMEN, **DESKTOP)
    find(page)
    page.locator("#stations .card").nth(2).get_by_role("button", name="在地图上看").click()
    expect(page.locator(".map-side .pin-box.chosen")).to_have_text("3")
    page.locator(".map-side .pin-box").filter(has_text="2").click()
    expect(page.locator("#stations .card[aria-current=true]")).to_have_count(1)
    expect(page.locator("#stations .card").nth(1)).to_have_attribute("aria-current", "true")


def test_on_a_phone_list_and_map_take_turns(visit: Visit) -> None:
    """The map shows when asked for, with the chosen station's card under it."""
    page = visit(here=DONGHUAMEN)
    find(page)
    expect(page.locator(".map-side")).to_be_hidden()
    page.locator("#stations .card").first.get_by_role("button", name="在地图上看").tap()
    expect(page.locator(".map-side .pin-box.chosen")).to_be_visible()
    expect(page.locator("#stations .card:visible")).to_have_count(1)
    page.get_by_role("button", name="列表").tap()
    expect(page.locator("#stations .card:visible")).to_have_count(5)


def test_script_and_server_make_the_same_list(visit: Visit) -> None:
    """Each card reads the same, whoever made it; open states change with the minute and are left out."""
    page = visit(here=DONGHUAMEN)
    read = """() => [...document.querySelectorAll("#stations .card")].map((card) => {
        const copy = card.cloneNode(true);
        copy.querySelectorAll(".state, svg").forEach((part) => part.remove());
        copy.querySelectorAll("[hidden]").forEach((part) => part.remove());
        const data = { ...card.dataset, phones: JSON.parse(card.dataset.phones) };
        return [copy.textContent.replace(/\\s+/g, " ").trim(), card.querySelector("a").getAttribute("href"),
            JSON.stringify(Object.entries(data).sort())];
    })"""
    find(page)
    by_script = page.evaluate(read)
    page.locator("#ask-form summary").click()
    page.locator("#lat").fill("39.9155")
    page.locator("#lon").fill("116.4050")
    page.locator("#ask-form button").click()
    page.wait_for_load_state()
    assert page.evaluate(read) == by_script
    assert len(by_script) == 5


def test_an_answer_of_the_server_is_drawn_too(visit: Visit) -> None:
    """After the form the map shows the same pins as after a tap."""
    page = visit(**DESKTOP)
    page.locator("#place").fill("便利店驿站")
    page.locator("#ask-form button").click()
    expect(page.locator(".map-side .pin-box")).to_have_count(page.locator("#stations .card").count())
    expect(page.locator("#result-title")).to_be_focused()


def test_nothing_near_is_said_and_the_nearest_is_told(visit: Visit) -> None:
    """31 km north of all stations."""
    page = visit(here={"latitude": 40.2, "longitude": 116.4}, locale="en-GB")
    find(page)
    expect(page.locator("#result-title")).to_have_text("There is no station within 1 km of here.")
    _, _, distance_m = GEOD.inv(116.4, 40.2, *NEAR["便利店驿站"])
    expect(page.locator("#beyond .card [data-part=name]")).to_have_text("便利店驿站")
    expect(page.locator("#beyond .card [data-part=distance]")).to_have_text(f"{distance_m / 1000:.1f} km")
    expect(page.locator("#stations .card")).to_have_count(0)
    page.locator("#view-map").click()
    expect(page.locator("#beyond .card [data-part=name]")).to_be_visible()


def test_a_position_never_enters_an_address(visit: Visit) -> None:
    """The answer is asked for by POST; no request's address names the place."""
    page = visit(here=DONGHUAMEN)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    find(page)
    assert [line.split("/", 3)[-1] for line in asked if "nearest" in line] == ["api/nearest"]
    assert not [line for line in asked if "39.9" in line or "116.4" in line]
    assert "39.9" not in page.url


def test_without_permission_the_page_says_so_and_offers_the_form(visit: Visit) -> None:
    """Chromium denies when nothing was granted; the words name the next step."""
    page = visit()
    page.locator("#locate").click()
    expect(page.get_by_role("alert")).to_contain_text("没有得到定位许可")
    expect(page.locator("#place")).to_be_visible()
    expect(page.locator("#locate")).not_to_have_attribute("aria-busy", "true")


@pytest.mark.parametrize(
    ("precise", "rough", "said"),
    [("2", "2", "手机暂时定不了位"), ("3", "3", "定位用时太久"), ("1", '"here"', "没有得到定位许可")],
)
def test_each_failure_has_its_own_words(visit: Visit, precise: str, rough: str, said: str) -> None:
    """Unavailable, timed out and denied are told apart; after a denial nothing more is asked."""
    page = visit()
    page.evaluate(GEOLOCATION % (precise, rough))
    page.locator("#locate").click()
    expect(page.get_by_role("alert")).to_contain_text(said)
    assert page.evaluate("asked") == ([True] if precise == "1" else [True, False])


def test_a_phone_that_never_answers_is_given_up_on(visit: Visit) -> None:
    """After 8 s the rough position is asked for, after 8 s more the form is offered."""
    page = visit()
    page.clock.install()
    # Stopped, so that a slow machine's own seconds do not count.
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    page.evaluate(GEOLOCATION % ('"never"', '"never"'))
    page.locator("#locate").click()
    page.clock.run_for(7900)
    expect(page.locator("#status")).to_have_text("正在获取您的位置……")
    page.clock.run_for(200)
    expect(page.locator("#status")).to_have_text("还在定位，改用粗略位置……")
    page.clock.run_for(8100)
    expect(page.get_by_role("alert")).to_contain_text("定位用时太久")


def test_a_rough_position_is_better_than_none(visit: Visit) -> None:
    """Where the precise position fails the rough one gives the list."""
    page = visit()
    page.evaluate(GEOLOCATION % ("3", '"here"'))
    find(page)
    assert_lists_what_is_near(page)


def test_without_script_the_form_gives_the_same_list(visit: Visit) -> None:
    """No button that cannot work, no empty map, and the server's own list."""
    page = visit(java_script_enabled=False)
    expect(page.locator("#locate")).to_be_hidden()
    expect(page.locator(".map-side")).to_be_hidden()
    page.locator("#ask-form summary").click()
    page.locator("#lat").fill("39.9155")
    page.locator("#lon").fill("116.4050")
    page.locator("#ask-form button").click()
    assert_lists_what_is_near(page)


def test_without_script_a_name_of_several_places_is_a_choice(visit: Visit) -> None:
    """One tap on the place that was meant leads to its list."""
    page = visit(java_script_enabled=False)
    page.locator("#place").fill("东华门")
    page.locator("#ask-form button").click()
    page.get_by_role("link", name="东华门街道工会服务站").click()
    nearest = page.locator("#stations .card").first
    expect(nearest.locator("[data-part=name]")).to_have_text("东华门街道工会服务站")
    expect(nearest.locator("[data-part=distance]")).to_have_text("0 米")


def test_a_position_pasted_into_the_places_field_is_offered(visit: Visit) -> None:
    """In the datum that was chosen, and asked for in the body of a request."""
    page = visit()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.locator("#ask-form summary").click()
    page.locator("#datum").select_option("gcj02")
    shifted = prcoords.wgs_gcj((39.9155, 116.4050), check_china=False)
    page.locator("#place").press_sequentially(f"{shifted[0]:.7f}，{shifted[1]:.7f}")
    option = page.locator("#places li")
    expect(option).to_contain_text("经纬度 · 东城区")
    option.click()
    expect(page.locator("#stations .card")).to_have_count(5)
    assert_lists_what_is_near(page)
    expect(page.locator("#near-place")).to_be_hidden()
    assert not [url for url in sent if "116" in url or "39.9" in url]


@pytest.mark.parametrize("is_plain", [True, False])
def test_back_from_a_station_is_the_list_of_the_district(visit: Visit, is_plain: bool) -> None:
    """No form is sent again: list, language and choices are at an address; with a script and without one."""
    page = visit("/?lang=en", java_script_enabled=not is_plain)
    page.locator("#filters").get_by_label("Drinking water").check()
    page.locator("#district").select_option("东城区")
    page.locator("#ask-form > button").click()
    listed = page.locator(".plain-list a")
    expect(listed).to_have_count(2)
    names = listed.all_inner_texts()
    listed.first.click()
    expect(page.locator("h1")).to_have_text(names[0])
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.method))
    page.go_back()
    expect(listed).to_have_count(2)
    assert listed.all_inner_texts() == names
    expect(page.locator("#result-title")).to_have_text("Dongcheng: 2 of 6 stations have all that you chose")
    expect(page.locator("#filters").get_by_label("Drinking water")).to_be_checked()
    expect(page.locator("#district")).to_have_value("东城区")
    page.reload()
    expect(listed).to_have_count(2)
    assert "POST" not in requests


@pytest.mark.parametrize("is_plain", [True, False])
def test_back_from_a_station_is_the_list_of_the_position_that_was_typed(visit: Visit, is_plain: bool) -> None:
    """It stands in no address, so the browser keeps the answer, and thanks for a request that was made there."""
    page = visit(java_script_enabled=not is_plain)
    page.locator("#place").fill("39.9155, 116.4050")
    page.locator("#ask-form > button").click()
    names = page.locator("#stations [data-part=name]")
    expect(names).to_have_count(5)
    names.first.click()
    expect(page.locator("h1")).to_have_text("东华门街道工会服务站")
    page.go_back()
    expect(names).to_have_count(5)
    if not is_plain:
        return
    page.locator("#need > summary").click()
    page.locator("#need-form [data-part=fields] > button").click()
    thanks = page.locator("#need .said")
    expect(thanks).to_contain_text("谢谢")
    names.first.click()
    expect(page.locator("h1")).to_have_text("东华门街道工会服务站")
    page.go_back()
    expect(thanks).to_contain_text("谢谢")


def test_back_from_a_station_is_the_list_of_the_place_that_was_chosen(visit: Visit) -> None:
    """Without a script: a name of several places, the one that was meant, its list, a station, and back twice."""
    page = visit(java_script_enabled=False)
    page.locator("#place").fill("东华门")
    page.locator("#ask-form button").click()
    page.get_by_role("link", name="东华门街道工会服务站").click()
    names = page.locator("#stations [data-part=name]")
    expect(names).to_have_count(5)
    page.locator("#stations [data-part=name]").nth(1).click()
    expect(page.locator("h1")).to_be_visible()
    page.go_back()
    expect(page.locator("#near-place")).to_have_text("从东华门街道工会服务站中心算起，±300 米")
    expect(names).to_have_count(5)
    page.go_back()
    expect(page.locator("#result-title")).to_have_text("您指的是哪一个？")


def test_a_nasty_name_is_only_text(visit: Visit) -> None:
    """In the list, on the pin, in the popup and on its page nothing of it runs: a dialog would fail the test."""
    page = visit(here=DONGHUAMEN, **DESKTOP)
    find(page)
    expect(page.locator("#stations")).to_contain_text(NASTY)
    page.goto("/map")
    pin = page.locator(f"[aria-label='{NASTY}']")
    zoom_to(page, pin)
    pin.click()
    expect(page.locator(".leaflet-popup h3")).to_have_text(NASTY)
    page.locator(".leaflet-popup h3 a").click()
    expect(page.locator("h1")).to_have_text(NASTY)
    expect(page.locator("img[src=x]")).to_have_count(0)


def zoom_to(page: Page, pin: Locator) -> None:
    """Open clusters on the city map until a pin stands alone."""
    expect(page.locator("#shown")).to_contain_text("显示 7 个")
    for _ in range(8):
        if pin.count():
            break
        page.locator(".cluster").first.dispatch_event("click")
        page.wait_for_timeout(500)
    # A click while the map still moves opens nothing.
    expect(page.locator(".leaflet-zoom-anim, .leaflet-cluster-anim")).to_have_count(0)


def test_the_city_map_filters_by_kind_and_amenity(visit: Visit) -> None:
    """Counted by hand in the file: seven in all, five warm, one of these and the home with drinking water."""
    page = visit("/map", **DESKTOP)
    shown = page.locator("#shown")
    expect(shown).to_have_text("显示 7 个，共 7 个驿站")
    page.get_by_label("职工之家").uncheck()
    expect(shown).to_have_text("显示 6 个，共 7 个驿站")
    page.get_by_label("社区工会服务站").uncheck()
    expect(shown).to_have_text("显示 5 个，共 7 个驿站")
    page.get_by_text("只看有这些设施的").click()
    page.locator("#filters").get_by_label("饮水").check()
    expect(shown).to_have_text("显示 1 个，共 7 个驿站")
    expect(page.locator(".leaflet-marker-pane .pin-box")).to_have_attribute("title", "东华门街道工会服务站")
    page.get_by_role("button", name="显示全部").click()
    expect(shown).to_have_text("显示 7 个，共 7 个驿站")


def test_the_city_map_works_by_keyboard(visit: Visit) -> None:
    """A box is ticked with the space bar, a pin opened with Enter; the popup says what is known."""
    page = visit("/map", locale="en-GB", **DESKTOP)
    expect(page.locator("#shown")).to_have_text("7 of 7 stations shown")
    for kind in ("Warm station", "Community station"):
        page.get_by_label(kind).focus()
        page.keyboard.press("Space")
    pin = page.locator(".leaflet-marker-pane .pin-box")
    expect(pin).to_have_count(1)
    pin.focus()
    page.keyboard.press("Enter")
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("周末关门的职工之家")
    expect(popup).to_contain_text("Seats, Drinking water, Shower")
    expect(popup).to_contain_text("Register at the door")
    expect(popup.locator(".state")).to_be_visible()
    expect(popup.locator("h3 a")).to_be_focused()
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    expect(pin).to_be_focused()


def test_the_text_twin_leads_to_a_districts_stations(visit: Visit) -> None:
    """From the table to the list of the five warm stations and the home."""
    page = visit("/map", locale="en-GB")
    page.get_by_role("link", name="Dongcheng").click()
    expect(page.locator("#result-title")).to_have_text("Dongcheng: 6 stations")
    expect(page.locator(".plain-list li")).to_have_count(6)


def test_a_station_page_draws_where_it_is_and_how_sure_that_is(visit: Visit) -> None:
    """One pin, and a circle as wide as the doubt."""
    page = visit("/stations/tw-1")
    expect(page.locator("#station-map .pin-box")).to_have_count(1)
    expect(page.locator("#station-map path.doubt")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/map", "/about", "/stations/tw-1"])
def test_large_text_on_a_narrow_screen_needs_no_sideways_scrolling(visit: Visit, path: str) -> None:
    """320 px wide with text at 200 %."""
    page = visit(path, viewport={"width": 320, "height": 640}, locale="en-GB")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_script_shifts_positions_as_the_server_does(visit: Visit) -> None:
    """A thousand places in the mainland: the two implementations of GCJ-02 agree to a millimetre."""
    page = visit()
    rng = np.random.default_rng(1)
    lonlat = rng.uniform((106, 27), (115, 39), (1000, 2))
    shifted = page.evaluate(
        "(places) => places.map((place) => locator.toGcj02(place[1], place[0]))", lonlat.tolist()
    )
    assert np.abs(np.array(shifted)[:, ::-1] - convert(lonlat, Datum.WGS84, Datum.GCJ02)).max() < 1e-8


def test_on_tiles_in_gcj02_everything_is_drawn_shifted(browser: Browser, donghuamen: Path) -> None:
    """With Amap's tiles the circle lies round the shifted place; the answer itself stays in WGS 84."""
    tiles: list[str] = []

    def answer(route: Route) -> None:
        tiles.append(route.request.url)
        route.fulfill(status=204)

    with running(donghuamen, LOCATOR_TILES="amap") as address:
        context = browser.new_context(permissions=["geolocation"], geolocation=DONGHUAMEN, **DESKTOP)
        page = context.new_page()
        violations: list[str] = []
        page.on("console", lambda message: violations.append(message.text))
        page.route(re.compile(r"autonavi\.com"), answer)
        page.goto(address)
        find(page)
        place = page.evaluate("[locator.place(39.9155, 116.4050)].map((at) => [at.lng, at.lat])[0]")
        assert [item["lat"] for item in page.evaluate("[document.getElementById('result').dataset]")] == [
            "39.9155"
        ]
        context.close()
    expected = convert(np.array([[116.4050, 39.9155]]), Datum.WGS84, Datum.GCJ02)[0]
    assert place == pytest.approx(expected.tolist(), abs=1e-8)
    assert GEOD.inv(116.4050, 39.9155, *place)[2] == pytest.approx(557, abs=60)
    assert tiles
    assert not [text for text in violations if "Content Security Policy" in text]
