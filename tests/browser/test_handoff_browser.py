"""The script makes the same links to map apps as the server, in a real browser."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from locator.stations.catalog import Catalog
from locator.stations.geodata import load_geodata
from locator.web.finder import handoff
from locator.web.finder.handoff import Platform

STATIC = Path(__file__).resolve().parents[2] / "static"
# No such host: every request is answered by the test.
SITE = "http://locator.test/"
PAGE = (
    '<!doctype html><script src="/static/shared/map.js"></script><script src="/static/finder/handoff.js"></script>'
)

# South, west, north, east; round Shenzhen Bay the border is crossed.
BEIJING = (39.5, 115.6, 40.9, 117.3)
BOTH_SIDES = (22.25, 113.95, 22.75, 114.35)
NAMES = (
    "暖心驿站",
    "驿站|东门,1号;A:B(商场)",
    "<img src=x onerror=alert(1)>${alert(1)}",
    "茶&水#1=?/100%+%41",
    """Stop! *Rest* it's "free" ~ {lat}""",
    " \t\r\n驿\x00站\u00a0\u3000 ",
    "🏠👷" * 100,
    "长" * 200,
)
ANDROID = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36"
AGENTS = (
    ANDROID,
    "Mozilla/5.0 (Linux; Android 12; wv) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.48.2580",
    "Mozilla/5.0 (Linux; Android 11; wv) Mobile MQQBrowser/6.2 TBS/046295 V1_AND_SQ_8.9 QQ/8.9.3.12345",
    "Mozilla/5.0 (Linux; U; Android 10) Chrome/109.0.5414.86 MQQBrowser/15.6 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.47",
    "Mozilla/5.0 (Phone; Android 14;OpenHarmony 5.0) Chrome/114.0.0.0 ArkWeb/4.1.6.1 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; WOW64) Chrome/98.0 Safari/537.36 MicroMessenger/7.0.20 WindowsWechat",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15",
)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Page on an Android phone with the two scripts and a storage of its own."""
    with opened(browser, ANDROID) as page:
        yield page


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory, donghuamen: Path) -> Catalog:
    """Two hundred stations at random: in Beijing, and on both sides of the border to Hong Kong."""
    folder = tmp_path_factory.mktemp("geodata")
    for file in donghuamen.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    dice = random.Random(3)
    features = [
        {
            "type": "Feature",
            "id": f"s-{row}",
            "geometry": {"type": "Point", "coordinates": [dice.uniform(west, east), dice.uniform(south, north)]},
            "properties": {"name": f"驿站 {row}", "kind": "warm_station"},
        }
        for row in range(200)
        for south, west, north, east in (BOTH_SIDES if row % 2 else BEIJING,)
    ]
    layer = {"type": "FeatureCollection", "datum": "WGS84", "features": features}
    (folder / "warm_stations.geojson").write_text(json.dumps(layer), encoding="utf-8")
    return Catalog(load_geodata(folder))


@contextmanager
def opened(browser: Browser, agent: str) -> Iterator[Page]:
    """Open the page in a window of its own that sends a User-Agent."""
    context = browser.new_context(user_agent=agent)
    page = context.new_page()
    page.route(f"{SITE}**", answer)
    page.goto(SITE)
    yield page
    context.close()


def answer(route: Route) -> None:
    """Give the page, or a script of static/."""
    if route.request.url.startswith(f"{SITE}static/"):
        route.fulfill(path=STATIC / route.request.url.partition("/static/")[2], content_type="text/javascript")
    else:
        route.fulfill(body=PAGE, content_type="text/html; charset=utf-8")


def keys(page: Page, table: object) -> list[str]:
    """Return the apps in the order in which the script offers them on Android."""
    return page.evaluate(
        """table => locator.handoff.links(table, {lat: 39.9, lon: 116.4, name: "T"}, {platform: "android"})
            .map(link => link.key)""",
        table,
    )


def test_script_and_server_make_the_same_links(page: Page, catalog: Catalog) -> None:
    """For 200 stations, all platforms and names of every kind, to the letter of the last digit."""
    places = [
        {"lat": lat, "lon": lon, "name": NAMES[row % len(NAMES)]}
        for row, (lon, lat) in enumerate(catalog.lonlat.tolist())
    ]
    browsers = [
        {"platform": platform, "in_wechat": within} for platform, within in product(Platform, (False, True))
    ]
    made = page.evaluate(
        """([table, places, browsers]) => places.map(place => browsers.map(browser =>
            locator.handoff.links(table, place, browser)
                .map(link => [link.key, link.label, link.url, link.web_url])))""",
        [handoff.table(catalog, "zh"), places, browsers],
    )
    shifted = 0
    for place, by_browser in zip(places, made, strict=True):
        for browser, found in zip(browsers, by_browser, strict=True):
            expected = handoff.links(**place, **browser)
            assert found == [[link.key, link.label.to("zh"), link.url, link.web_url] for link in expected]
        shifted += "gaode" in by_browser[0][0][2]
    # Both sides of the border were visited.
    assert 100 < shifted < 200


@pytest.mark.parametrize("agent", AGENTS)
def test_script_and_server_tell_the_same_platform(browser: Browser, catalog: Catalog, agent: str) -> None:
    """Phones, WeChat, QQ, HarmonyOS and computers by their User-Agent."""
    with opened(browser, agent) as page:
        found = page.evaluate("table => locator.handoff.platform(table)", handoff.table(catalog, "zh"))
    assert (found["platform"], found["in_wechat"]) == handoff.platform_of(agent)


def test_an_ipad_that_passes_for_a_mac_is_known_by_its_screen(browser: Browser, catalog: Catalog) -> None:
    """Safari on an iPad names a Mac but has five touch points; the server cannot know."""
    with opened(browser, AGENTS[-1]) as page:
        page.evaluate("Object.defineProperty(navigator, 'maxTouchPoints', {value: 5})")
        found = page.evaluate("table => locator.handoff.platform(table)", handoff.table(catalog, "zh"))
    assert found == {"platform": "ios", "in_wechat": False}


def test_the_app_chosen_last_comes_first_and_after_reload_too(page: Page, catalog: Catalog) -> None:
    """The others keep their order; a choice that is not offered here changes nothing."""
    table = handoff.table(catalog, "zh")
    assert page.evaluate("locator.handoff.preferred()") is None
    assert keys(page, table) == ["amap", "baidu", "tencent", "google", "geo"]
    page.evaluate("locator.handoff.remember('tencent')")
    assert keys(page, table) == ["tencent", "amap", "baidu", "google", "geo"]
    page.reload()
    assert page.evaluate("locator.handoff.preferred()") == "tencent"
    assert keys(page, table) == ["tencent", "amap", "baidu", "google", "geo"]
    page.evaluate("locator.handoff.remember('apple')")
    assert keys(page, table) == ["amap", "baidu", "tencent", "google", "geo"]


def test_where_storage_is_blocked_the_choice_lasts_as_long_as_the_page(page: Page, catalog: Catalog) -> None:
    """In a sandboxed frame storage throws; links and choice work all the same."""
    page.set_content(f'<iframe sandbox="allow-scripts" src="{SITE}frame"></iframe>')
    frame = page.wait_for_selector("iframe").content_frame()
    assert frame is not None
    frame.wait_for_function("window.locator && locator.handoff")
    assert frame.evaluate("() => { try { return String(localStorage) } catch (error) { return error.name } }") == (
        "SecurityError"
    )
    assert frame.evaluate("locator.handoff.preferred()") is None
    frame.evaluate("locator.handoff.remember('baidu')")
    assert frame.evaluate("locator.handoff.preferred()") == "baidu"
    table = handoff.table(catalog, "zh")
    found = frame.evaluate(
        "table => locator.handoff.links(table, {lat: 39.9, lon: 116.4, name: 'T'}, {platform: 'ios'})[0].key",
        table,
    )
    assert found == "baidu"
