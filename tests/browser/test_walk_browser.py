"""The ways to a station, what it must have, and what is kept on the device, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import prcoords
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pyproj import Geod

from locator.web.shared.page_words import distance_text, way_text
from tests.browser.conftest import DONGHUAMEN, Visit

if TYPE_CHECKING:
    from flask import Flask

GEOD = Geod(ellps="WGS84")
ANDROID = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36"


def find(page: Page) -> None:
    """Tap the button and wait for the answer."""
    page.locator("#locate").click()
    expect(page.locator("#result-title")).not_to_be_empty()


def walk_to_first(page: Page) -> None:
    """Open the sheet of the nearest station."""
    page.locator("#stations [data-part=walk]").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


# Walk there


def test_the_sheet_offers_the_apps_and_puts_the_chosen_one_first(visit: Visit) -> None:
    """Baidu's app has a web page beside it; once chosen it comes first, in the sheet and on the station's page."""
    page = visit(here=DONGHUAMEN, user_agent=ANDROID)
    find(page)
    walk_to_first(page)
    apps = page.locator("#walk-sheet .app")
    assert apps.all_inner_texts()[:3] == ["高德地图", "百度地图", "腾讯地图"]
    assert page.locator("#walk-sheet .app-web").count() == 1
    # The name on the link is the station's, and nothing in it is where the person stands.
    assert "东华门街道工会服务站" in unquote(apps.first.get_attribute("href") or "")
    assert "116.4050" not in unquote(apps.first.get_attribute("href") or "")
    page.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    apps.nth(1).click()
    page.keyboard.press("Escape")
    walk_to_first(page)
    assert apps.first.inner_text() == "百度地图"
    page.goto("/stations/tw-1")
    assert page.locator("#walk .app").first.inner_text() == "百度地图"


def test_the_sheet_keeps_the_focus_and_gives_it_back(visit: Visit) -> None:
    """Tab goes round, Escape closes, and the button that opened it has the focus again."""
    page = visit(here=DONGHUAMEN)
    find(page)
    page.locator("#stations [data-part=walk]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#walk-sheet .app").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#walk-close")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#walk-sheet .app").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#stations [data-part=walk]").first).to_be_focused()


def test_an_address_is_copied_and_without_one_the_position(visit: Visit) -> None:
    """The nearest has an address; the convenience store has none, so its name and coordinates are copied."""
    page = visit(here=DONGHUAMEN)
    page.context.grant_permissions(["clipboard-read", "clipboard-write", "geolocation"])
    find(page)
    walk_to_first(page)
    page.get_by_role("button", name="复制地址").click()
    expect(page.locator("[data-part=said]")).to_have_text("已复制：金鱼胡同")
    assert page.evaluate("navigator.clipboard.readText()") == "金鱼胡同"
    page.keyboard.press("Escape")
    page.locator(".card", has_text="便利店驿站").locator("[data-part=walk]").click()
    page.get_by_role("button", name="复制名称和坐标").click()
    expect(page.locator("[data-part=said]")).to_contain_text("便利店驿站 39.920000, 116.405000 (WGS 84)")


def test_every_number_of_a_station_has_a_button(visit: Visit) -> None:
    """Of the station that the sheet is about, whoever made its card; one without a number has none."""
    page = visit(here=DONGHUAMEN)
    find(page)
    calls = page.locator("#walk-sheet [data-part=call]")
    for _ in range(2):
        page.locator(".card", has_text="不知何时开的驿站").locator("[data-part=walk]").click()
        assert calls.all_inner_texts() == ["拨打 010-65131212转8001", "拨打 13800138000"]
        assert calls.evaluate_all("calls => calls.map((call) => call.href)") == [
            "tel:01065131212,8001",
            "tel:13800138000",
        ]
        page.keyboard.press("Escape")
        walk_to_first(page)
        expect(calls).to_have_count(0)
        page.keyboard.press("Escape")


def test_where_copying_is_blocked_the_text_is_there_to_take(visit: Visit) -> None:
    """Neither the new way nor the old one works: a field holds the text, selected."""
    page = visit(here=DONGHUAMEN)
    find(page)
    page.evaluate("""() => {
        navigator.clipboard.writeText = () => Promise.reject(new Error("blocked"));
        document.execCommand = () => false;
    }""")
    walk_to_first(page)
    page.get_by_role("button", name="复制地址").click()
    expect(page.locator("[data-part=by-hand]")).to_have_value("金鱼胡同")
    expect(page.locator("[data-part=said]")).to_contain_text("请长按")
    field = "document.querySelector('[data-part=by-hand]')"
    assert page.evaluate(f"[{field}.selectionStart, {field}.selectionEnd]") == [0, len("金鱼胡同")]


def test_what_is_shared_is_the_stations_page_and_no_position(visit: Visit) -> None:
    """The share sheet of the phone gets the name and the page's address."""
    page = visit(here=DONGHUAMEN)
    find(page)
    page.evaluate("navigator.share = (what) => { window.shared = what; return Promise.resolve(); }")
    walk_to_first(page)
    page.get_by_role("button", name="分享这个驿站").click()
    shared = page.evaluate("window.shared")
    assert shared["title"] == "东华门街道工会服务站"
    assert shared["url"].endswith("/stations/tw-1")


def test_without_script_the_card_leads_to_the_links(visit: Visit) -> None:
    """The station's page has them for this platform, made by the server."""
    page = visit(java_script_enabled=False, user_agent=ANDROID)
    page.locator("summary", has_text="经纬度").click()
    page.locator("#lat").fill("39.9155")
    page.locator("#lon").fill("116.4050")
    page.locator(".ask form button").click()
    page.locator("#stations [data-part=walk]").first.click()
    assert page.url.endswith("/stations/tw-1#walk")
    expect(page.locator("#walk .app")).to_have_count(5)
    expect(page.locator("#walk [data-part=copy]")).to_be_hidden()


# What a station must have


def test_choices_narrow_the_list_and_are_remembered(visit: Visit) -> None:
    """Two of the five near stations have drinking water, one of them a shower too; a new visit knows it."""
    page = visit(here=DONGHUAMEN)
    find(page)
    page.locator("#filters").get_by_label("饮水").check()
    expect(page.locator("#stations .card")).to_have_count(2)
    expect(page.locator("#filters").get_by_label("饮水")).to_be_focused()
    page.locator("#more-filters summary").click()
    page.locator("#filters").get_by_label("淋浴").check()
    expect(page.locator("#stations .card")).to_have_count(1)
    expect(page.locator("#filter-count")).to_have_text("已选 1 项")
    page.goto("/about")
    page.goto("/")
    expect(page.locator("#filters").get_by_label("饮水")).to_be_checked()
    expect(page.locator("#stations .card")).to_have_count(1)


def test_choices_that_hide_everything_say_so_and_can_be_cleared(visit: Visit) -> None:
    """No station has a tyre pump; after clearing all five are there again."""
    page = visit(here=DONGHUAMEN)
    find(page)
    page.locator("#more-filters summary").click()
    page.locator("#filters").get_by_label("打气筒").check()
    expect(page.locator("#result-title")).to_have_text("1 公里内没有符合您全部选择的驿站。")
    page.get_by_role("button", name="清除全部选择").click()
    expect(page.locator("#stations .card")).to_have_count(5)
    expect(page.locator("#filters").get_by_label("打气筒")).not_to_be_checked()


def test_choices_are_ticked_by_keyboard(visit: Visit) -> None:
    """The space bar on a chip asks again."""
    page = visit(here=DONGHUAMEN)
    find(page)
    page.locator("#filters").get_by_label("饮水").focus()
    page.keyboard.press("Space")
    expect(page.locator("#stations .card")).to_have_count(2)


def test_where_the_nearest_is_closed_the_nearest_open_one_is_named(visit: Visit) -> None:
    """Whatever the hour: the line is there only if the first card is not open, and it leads to one that is."""
    page = visit(here=DONGHUAMEN)
    find(page)
    page.wait_for_timeout(600)
    first = page.locator("#stations .card").first.locator(".state")
    is_open = "state-open" in (first.get_attribute("class") or "")
    expect(page.locator("#open-nearby")).to_be_visible(visible=not is_open)
    if not is_open:
        page.locator("#open-nearby a").click()
        expect(page.locator(".card[aria-current=true] .state-open")).to_have_count(1)
        expect(page.locator(".card[aria-current=true] [data-part=name]")).to_be_focused()


def test_choices_narrow_a_districts_list_and_are_kept(visit: Visit) -> None:
    """With script as without: six stations, two of them with water, none with a tyre pump, and all again."""
    page = visit()
    page.locator("#filters").get_by_label("饮水").check()
    page.locator("#district").select_option("东城区")
    page.locator("#ask-form > button").click()
    expect(page.locator("#result-title")).to_have_text("东城区：6 个驿站中有 2 个符合您的全部选择")
    expect(page.locator("#filters").get_by_label("饮水")).to_be_checked()
    page.locator("#more-filters summary").click()
    page.locator("#filters").get_by_label("打气筒").check()
    expect(page.locator("#result-title")).to_have_text("东城区：6 个驿站中没有符合您全部选择的。")
    page.get_by_role("button", name="清除全部选择").click()
    expect(page.locator("#result-title")).to_have_text("东城区：共 6 个驿站")
    expect(page.locator(".plain-list li")).to_have_count(6)
    expect(page.locator("#filters").get_by_label("饮水")).not_to_be_checked()


def test_without_script_a_district_keeps_the_choices(visit: Visit) -> None:
    """The boxes go with the form, and the button that clears them leads back to the district."""
    page = visit(java_script_enabled=False)
    page.locator("#filters").get_by_label("饮水").check()
    page.locator("#district").select_option("东城区")
    page.locator("#ask-form > button").click()
    expect(page.locator(".plain-list li")).to_have_count(2)
    page.locator("#more-filters summary").click()
    page.locator("#filters").get_by_label("打气筒").check()
    page.locator("#ask-form > button").click()
    expect(page.locator("#result-title")).to_have_text("东城区：6 个驿站中没有符合您全部选择的。")
    page.get_by_role("button", name="清除全部选择").click()
    expect(page.locator(".plain-list li")).to_have_count(6)


# Where the person is


def test_a_rough_position_warns_and_is_drawn(visit: Visit) -> None:
    """600 m is worse than half the radius, 400 m is not."""
    page = visit(here={**DONGHUAMEN, "accuracy": 600})
    find(page)
    expect(page.locator("#rough")).to_contain_text("±600 米")
    expect(page.locator("path.blur")).to_have_count(1)
    page.context.set_geolocation({**DONGHUAMEN, "accuracy": 400})
    page.reload()
    find(page)
    page.locator("#locate").click()
    expect(page.locator("#rough")).to_be_hidden()


def test_the_point_survives_a_reload_on_this_device_and_can_be_forgotten(visit: Visit) -> None:
    """The list comes back without asking for the position; forgotten, it does not."""
    page = visit(here=DONGHUAMEN)
    find(page)
    page.context.clear_permissions()
    page.reload()
    expect(page.locator("#stations .card")).to_have_count(5)
    assert "39.9" not in page.url
    page.get_by_role("button", name="清除我的位置").click()
    expect(page.locator("#result")).to_be_hidden()
    assert page.evaluate("sessionStorage.getItem('locator.origin')") is None


def test_a_tap_on_the_map_looks_from_there(visit: Visit) -> None:
    """On a phone that gives no position: choose on the map, tap, and the list is about that point."""
    page = visit()
    page.locator("#pick").click()
    expect(page.locator("#map-side")).to_be_visible()
    page.wait_for_timeout(400)
    box = page.locator(".map-frame").bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#near-place")).to_have_text("地图上选的位置 附近")
    expect(page.locator(".map-side .origin")).to_have_count(1)


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", prcoords.wgs_gcj), ("bd09", prcoords.wgs_bd)])
def test_a_shell_that_speaks_another_datum_says_so_in_the_address(visit: Visit, datum: str, shift: Any) -> None:
    """It delivers shifted numbers, made by another package: the list is about where the person really is."""
    there = shift(prcoords.Coords(DONGHUAMEN["latitude"], DONGHUAMEN["longitude"]))
    assert abs(there.lon - DONGHUAMEN["longitude"]) > 0.005
    page = visit(f"/?datum={datum}", here={"latitude": there.lat, "longitude": there.lon})
    find(page)
    data = "document.getElementById('result').dataset"
    found = page.evaluate(f"[Number({data}.lat), Number({data}.lon)]")
    assert found == pytest.approx([DONGHUAMEN["latitude"], DONGHUAMEN["longitude"]], abs=1e-6)
    expect(page.locator("#stations [data-part=distance]").first).to_have_text("104 米")


def test_after_the_last_timer_the_manual_way_leads_to_a_list(visit: Visit) -> None:
    """Precise, rough, then words that send to the field right there; what is typed in it gives the list."""
    page = visit()
    page.evaluate("""() => {
        window.asked = [];
        navigator.geolocation.getCurrentPosition = (found, failed, options) => {
            window.asked.push(options.enableHighAccuracy);
            failed({ code: 3 });
        };
    }""")
    page.locator("#locate").click()
    expect(page.get_by_role("alert")).to_contain_text("或在下面输入地点")
    assert page.evaluate("asked") == [True, False]
    page.locator("#place").press_sequentially("东华门街道")
    page.locator("#places li").first.tap()
    expect(page.locator("#near-place")).to_contain_text("从东华门街道中心算起")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_language_switch_keeps_the_place(visit: Visit) -> None:
    """The list comes back in English, without asking for the position again."""
    page = visit(here=DONGHUAMEN)
    find(page)
    page.context.clear_permissions()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#stations [data-part=name]").first).to_have_text("Donghuamen station")
    expect(page.locator("#stations .state").filter(has_text="open 24 hours")).to_have_count(1)
    page.get_by_role("link", name="中文").click()
    expect(page.locator("#stations [data-part=name]").first).to_have_text("东华门街道工会服务站")


def luminance(colour: str) -> float:
    """Return the relative luminance of a computed colour, WCAG 2.2."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("path", ["/", "/map", "/about", "/stations/tw-1"])
def test_a_dark_phone_gets_dark_pages(visit: Visit, path: str) -> None:
    """Paper is dark and text light, on the page and on its cards; nothing glares."""
    page = visit(path, here=DONGHUAMEN, color_scheme="dark")
    if path == "/":
        find(page)
    read = """(selector) => [...document.querySelectorAll(selector)].map((element) => {
        const style = getComputedStyle(element);
        return [style.backgroundColor, style.color];
    })"""
    for paper, ink in page.evaluate(read, "body, .card, .sheet, select"):
        assert luminance(ink) > 0.5, (paper, ink)
        if not paper.endswith(", 0)"):
            assert luminance(paper) < 0.06, (paper, ink)


# Where two landmarks are in each datum, as encyclopaedias and the map vendors' own maps and examples give it: the
# gate of Tiananmen, and the stadium called Bird's Nest, which is 330 m long.
LANDMARKS = {
    "Tiananmen": {"wgs84": (39.90733, 116.39108), "gcj02": (39.90923, 116.397428), "bd09": (39.915, 116.404)},
    "Bird's Nest": {
        "wgs84": (39.99167, 116.39056),
        "gcj02": (39.992806, 116.396794),
        "bd09": (39.998894, 116.403119),
    },
}
DATUM_OF = {
    "amap": "gcj02",
    "baidu": "bd09",
    "tencent": "gcj02",
    "apple": "gcj02",
    "google": "gcj02",
    "geo": "wgs84",
}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1"
WECHAT = f"{ANDROID} MicroMessenger/8.0.48.2580"


@pytest.mark.parametrize(
    ("agent", "apps"),
    [
        (ANDROID, ["amap", "baidu", "tencent", "google", "geo"]),
        (IPHONE, ["amap", "baidu", "tencent", "apple", "google"]),
        (WECHAT, ["amap", "baidu", "tencent", "google"]),
    ],
    ids=["android", "iphone", "wechat"],
)
@pytest.mark.parametrize("landmark", LANDMARKS)
def test_every_app_is_sent_to_the_landmark_in_its_own_datum(
    visit: Visit, agent: str, apps: list[str], landmark: str
) -> None:
    """Each link of the sheet leads to within 100 m of where that app's own map has it, in that app's order."""
    page = visit(here=DONGHUAMEN, user_agent=agent)
    find(page)
    lat, lon = LANDMARKS[landmark]["wgs84"]
    page.locator("#stations .card").first.evaluate(
        "(card, [lat, lon]) => Object.assign(card.dataset, { lat, lon, name: '驿站' })", [lat, lon]
    )
    walk_to_first(page)
    links = {link.get_attribute("data-app"): link for link in page.locator("#walk-sheet .app").all()}
    assert list(links) == apps
    for app, link in links.items():
        address = unquote(link.get_attribute("href") or "")
        numbers = [float(found) for found in re.findall(r"(?<![\d.])\d{2,3}\.\d{4,}", address)][:2]
        # Amap alone takes the longitude first.
        found = numbers[::-1] if app == "amap" else numbers
        expected = LANDMARKS[landmark][DATUM_OF[app]]
        assert GEOD.inv(found[1], found[0], expected[1], expected[0])[2] < 100, (app, address)
        assert not agent.endswith("2580") or address.startswith("https://")


def test_in_a_frame_that_forbids_the_position_the_full_page_is_offered(browser: Browser, site: str) -> None:
    """Another site's frame does not allow it: the reason is named, and a link opens the page by itself."""

    def without_policy(route: Route) -> None:
        answer = route.fetch()
        refusals = ("content-security-policy", "x-frame-options")
        kept = {name: value for name, value in answer.headers.items() if name not in refusals}
        route.fulfill(response=answer, headers=kept)

    context = browser.new_context(locale="zh-CN", permissions=["geolocation"], geolocation=DONGHUAMEN)
    page = context.new_page()
    frame = f'<!doctype html><iframe src="{site}/" width="390" height="800"></iframe>'
    page.route("https://frame.test/", lambda route: route.fulfill(body=frame, content_type="text/html"))
    page.route(f"{site}/", without_policy)
    page.goto("https://frame.test/")
    inside = page.frame_locator("iframe")
    inside.locator("#locate").click()
    expect(inside.get_by_role("alert")).to_contain_text("外层网页不允许")
    link = inside.get_by_role("link", name="打开完整页面")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("href", "/")
    context.close()


# Search as you type


def test_initials_find_a_place_while_typing(visit: Visit) -> None:
    """Donghuamen is dhm; arrow and Enter take it, and the list is about it."""
    page = visit()
    page.locator("#place").press_sequentially("东华门街道")
    options = page.get_by_role("option")
    expect(options.filter(has_text="东华门街道工会服务站")).to_have_count(1)
    expect(page.locator("#place")).to_have_attribute("aria-expanded", "true")
    row = [("东华门街道工会服务站" in text) for text in options.all_inner_texts()].index(True)
    for _ in range(row + 1):
        page.keyboard.press("ArrowDown")
    expect(options.nth(row)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#near-place")).to_contain_text("东华门街道工会服务站")
    expect(page.locator("#stations [data-part=distance]").first).to_have_text("0 米")


def test_escape_closes_the_places_and_one_letter_finds_none(visit: Visit) -> None:
    """The field keeps what was typed."""
    page = visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#place").press_sequentially("d")
    page.wait_for_timeout(500)
    assert not [url for url in asked if "places" in url]
    page.locator("#place").press_sequentially("h")
    expect(page.locator("#places")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#places")).to_be_hidden()
    expect(page.locator("#place")).to_have_value("dh")


@pytest.mark.parametrize(
    ("until", "walk_min", "arrival", "checked_on", "checked"),
    [
        ("2026-11-20T19:45:00+08:00", 14, "closes 1 min after you arrive", "2026-11-20", "checked today"),
        ("2026-11-20T19:44:00+08:00", 14, "closes before you arrive", "2026-11-19", "checked yesterday"),
        ("2026-11-20T19:59:00+08:00", 14, "closes 15 min after you arrive", "2026-10-21", "checked 30 days ago"),
        ("2026-11-20T20:00:00+08:00", 14, "", "2026-10-20", "checked a month ago"),
        ("2026-11-21T00:00:00+08:00", 280, "closes before you arrive", "2025-11-21", "checked 11 months ago"),
        (None, 14, "", "2025-11-20", "not checked since 2025-11"),
        (None, 14, "", None, "never confirmed on the spot"),
    ],
)
def test_a_card_made_by_script_tells_arrival_and_age(
    visit: Visit, until: str | None, walk_min: int, arrival: str, checked_on: str | None, checked: str
) -> None:
    """Asked at 19:30 in Beijing, on a phone in New York."""
    page = visit(locale="en-GB")
    station = {
        "station_id": "x-1",
        "name": "驿站",
        "name_en": None,
        "kind": "warm_station",
        "lat": 39.9,
        "lon": 116.4,
        "position_accuracy_m": None,
        "distance_m": 800,
        "bearing_deg": 90,
        "walk_min": walk_min,
        "entry": "walk_in",
        "amenities": {},
        "open": {"state": "open", "until": until, "text": "open"},
        "checked_on": checked_on,
    }
    page.evaluate(
        """(station) => {
            const list = document.getElementById("stations");
            window.locator.list.fill(list, [station], "2026-11-20T19:30:00+08:00");
        }""",
        station,
    )
    card = page.locator("#stations .card")
    assert card.locator("[data-part=arrival]").text_content() == arrival
    assert card.locator("[data-part=checked]").text_content() == checked
    is_stale = "stale" in (card.locator("[data-part=checked]").get_attribute("class") or "")
    assert is_stale == checked.startswith(("not", "never"))


def test_a_script_says_distances_and_ways_as_the_server_does(visit: Visit, app: Flask) -> None:
    """At every edge of the rules, just before it and just after."""
    page = visit(locale="en-GB")
    metres = [0, 0.4, 0.5, 999.4, 999.5, 1000.4, 1000.5, 1005, 1125, 9994.9, 9995, 9999.9, 10_049.9, 10_050]
    said = page.evaluate("(metres) => metres.map(window.locator.list.distance)", metres)
    assert said[3:9] == ["999 m", "1.00 km", "1.00 km", "1.00 km", "1.01 km", "1.13 km"]
    assert said[-5:] == ["9.99 km", "10.0 km", "10.0 km", "10.0 km", "10.1 km"]
    bearings_deg = (0, 22.4, 22.5, 202.5, 337.4, 337.5)
    hits = [{"bearing_deg": deg, "walk_min": walk_min} for deg in bearings_deg for walk_min in (0, 1, 120, 121)]
    with app.test_request_context("/?lang=en"):
        assert said == list(map(distance_text, metres))
        assert said_ways(page, hits) == list(map(way_text, hits))


def said_ways(page: Page, hits: list[dict[str, float]]) -> list[str]:
    """Return what the script says of the ways to some stations."""
    facts = {
        "station_id": "x-1",
        "name": "驿站",
        "kind": "warm_station",
        "lat": 39.9,
        "lon": 116.4,
        "entry": "walk_in",
    }
    rest = {"distance_m": 800, "amenities": {}, "open": {"state": "unknown", "until": None, "text": "unknown"}}
    page.evaluate(
        """(stations) => {
            const list = document.getElementById("stations");
            window.locator.list.fill(list, stations, "2026-11-20T19:30:00+08:00");
        }""",
        [facts | rest | hit for hit in hits],
    )
    return page.locator("#stations .card [data-part=way]").all_text_contents()


def test_the_list_works_before_150_kb_have_come(visit: Visit) -> None:
    """All that the first visit transfers until the cards are there, headers included, compressed as sent."""
    page = visit("/about", here=DONGHUAMEN)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/")
    find(page)
    page.wait_for_timeout(300)
    assert 30_000 < sum(sizes) <= 150_000
    print("transferred", sum(sizes), "in", len(sizes))


def test_the_whole_way_can_be_gone_by_keyboard(visit: Visit) -> None:
    """From the top of the page by Tab and Enter alone: locate, list, first card, ways to it, and back."""
    page = visit(here=DONGHUAMEN)

    def tab_to(selector: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"no way to {selector}")

    tab_to("#locate")
    page.keyboard.press("Enter")
    expect(page.locator("#result-title")).to_be_focused()
    tab_to(".card [data-part=show]")
    tab_to(".card [data-part=walk]")
    page.keyboard.press("Enter")
    tab_to("#walk-close")
    page.keyboard.press("Enter")
    expect(page.locator("#stations [data-part=walk]").first).to_be_focused()


def test_an_answer_with_large_text_fits_a_narrow_screen(visit: Visit) -> None:
    """The list, all choices and the sheet, 320 px wide with text at 200 %."""
    page = visit(here=DONGHUAMEN, viewport={"width": 320, "height": 640}, locale="en-GB")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    find(page)
    page.locator("#more-filters summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    walk_to_first(page)
    assert page.evaluate("document.querySelector('.walk-sheet').scrollWidth") <= 320
    page.locator("#walk-close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 390])
def test_chips_and_buttons_are_large_enough_for_gloves(visit: Visit, width: int) -> None:
    """Every chip, walk button and app is at least 44 px high and wide, and none leaves the screen."""
    page = visit(here=DONGHUAMEN, viewport={"width": width, "height": 640}, locale="en-GB")
    find(page)
    walk_to_first(page)
    for box in page.locator(".chip:visible span, .walk-button, .app, .tools .second-button:visible").all():
        size = box.bounding_box()
        assert size
        assert size["height"] >= 44, box.inner_text()
        assert size["width"] >= 44, box.inner_text()
        assert size["x"] + size["width"] <= width
