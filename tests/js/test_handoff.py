"""The script makes the same links to map apps as the server."""

from __future__ import annotations

import json
import random
from itertools import product
from pathlib import Path

import pytest
import shapely

from locator.geo.datum import Datum, convert_point, mainland_outline
from locator.stations.catalog import Catalog
from locator.stations.geodata import load_geodata
from locator.web.finder import handoff
from locator.web.finder.handoff import Platform
from tests.js.conftest import Window

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


def phone(node: str, agent: str = ANDROID, touch_points: int = 5) -> Window:
    """A window on a device that sends a User-Agent."""
    navigator = {"userAgent": agent, "maxTouchPoints": touch_points}
    return Window(node, ("shared/map.js", "finder/handoff.js"), {"navigator": navigator})


def test_script_and_server_make_the_same_links(node: str, catalog: Catalog) -> None:
    """For 200 stations, all platforms and names of every kind, to the letter of the last digit."""
    places = [
        {"lat": lat, "lon": lon, "name": NAMES[row % len(NAMES)]}
        for row, (lon, lat) in enumerate(catalog.lonlat.tolist())
    ]
    browsers = [
        {"platform": platform, "in_wechat": within} for platform, within in product(Platform, (False, True))
    ]
    made = phone(node).evaluate(
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
def test_script_and_server_tell_the_same_platform(node: str, catalog: Catalog, agent: str) -> None:
    """Phones, WeChat, QQ, HarmonyOS and computers by their User-Agent."""
    window = phone(node, agent, touch_points=0)
    found = window.evaluate("table => locator.handoff.platform(table)", handoff.table(catalog, "zh"))
    assert (found["platform"], found["in_wechat"]) == handoff.platform_of(agent)


def test_an_ipad_that_passes_for_a_mac_is_known_by_its_screen(node: str, catalog: Catalog) -> None:
    """Safari on an iPad names a Mac but has five touch points; the server cannot know."""
    ipad = phone(node, AGENTS[-1])
    found = ipad.evaluate("table => locator.handoff.platform(table)", handoff.table(catalog, "zh"))
    assert found == {"platform": "ios", "in_wechat": False}


def test_along_the_border_script_and_server_agree_what_is_shifted(node: str, catalog: Catalog) -> None:
    """Some metres on either side of the line at Shenzhen; the rings that the page has are exact to eleven."""
    dice = random.Random(7)
    south, west, north, east = BOTH_SIDES
    border = shapely.intersection(mainland_outline().boundary, shapely.box(west + 0.05, south, east - 0.05, north))
    spots = []
    while len(spots) < 200:
        on_it = border.interpolate(dice.random() * border.length)
        spot = (on_it.y + dice.uniform(-4e-4, 4e-4), on_it.x + dice.uniform(-4e-4, 4e-4))
        if border.distance(shapely.Point(spot[::-1])) > 2e-4:
            spots.append(spot)
    rings = handoff.table(catalog, "zh")["rings"]
    ask = "([rings, spots]) => spots.map(([lat, lon]) => locator.handoff.positions(rings, lat, lon))"
    shifted = 0
    for spot, found in zip(spots, phone(node).evaluate(ask, [rings, spots]), strict=True):
        for name in Datum:
            assert found[name] == pytest.approx(convert_point(*spot, Datum.WGS84, name), abs=1e-11)
        shifted += found["gcj02"] != found["wgs84"]
    assert 50 < shifted < 150
