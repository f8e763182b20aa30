"""Links to map apps lead to the right place: the datum, the order and the form of each app."""

from __future__ import annotations

import json
import random
import re
from itertools import product
from urllib.parse import parse_qs, unquote, urlsplit

import orjson
import prcoords
import pytest
from pyproj import Geod

from locator.errors import UsageError
from locator.geo.datum import Datum
from locator.web.finder import handoff
from locator.web.finder.handoff import Platform, links, platform_of

GEOD = Geod(ellps="WGS84")
TIANANMEN = (39.9087, 116.3975)
STAR_FERRY = (22.2937, 114.1687)
EVERYWHERE = list(product(Platform, (False, True)))
PHONES = [Platform.ANDROID, Platform.IOS, Platform.HARMONY]

# What prcoords 1.0 makes of Tiananmen: GCJ-02 39.910103,116.403744 and BD-09 39.916443,116.410117.
FORMS = {
    ("amap", "android", False): "https://uri.amap.com/navigation?to=116.403744,39.910103,T&mode=walk"
    "&src=warm-station-locator&coordinate=gaode&callnative=1",
    ("amap", "ios", True): "https://uri.amap.com/navigation?to=116.403744,39.910103,T&mode=walk"
    "&src=warm-station-locator&coordinate=gaode&callnative=0",
    ("amap", "other", False): "https://uri.amap.com/marker?position=116.403744,39.910103&name=T"
    "&src=warm-station-locator&coordinate=gaode&callnative=0",
    ("baidu", "android", False): "bdapp://map/direction?destination=name:T%7Clatlng:39.916443,116.410117"
    "&coord_type=bd09ll&mode=walking&src=andr.warmstation.locator",
    ("baidu", "ios", False): "baidumap://map/direction?destination=name:T%7Clatlng:39.916443,116.410117"
    "&coord_type=bd09ll&mode=walking&src=ios.warmstation.locator",
    ("baidu", "harmony", False): "baidumap://map/direction?destination=name:T%7Clatlng:39.916443,116.410117"
    "&coord_type=bd09ll&mode=walking&src=harmony.warmstation.locator",
    ("baidu", "android", True): "https://api.map.baidu.com/marker?location=39.916443,116.410117&title=T&content=T"
    "&output=html&coord_type=bd09ll&src=webapp.warmstation.locator",
    ("tencent", "android", True): "https://apis.map.qq.com/uri/v1/routeplan?type=walk&to=T"
    "&tocoord=39.910103,116.403744&coord_type=2&referer=warm-station-locator",
    ("tencent", "other", False): "https://apis.map.qq.com/uri/v1/marker"
    "?marker=coord:39.910103,116.403744;title:T;addr:T&coord_type=2&referer=warm-station-locator",
    ("apple", "ios", False): "https://maps.apple.com/?daddr=39.910103,116.403744&dirflg=w",
    ("google", "ios", False): "https://www.google.com/maps/dir/?api=1&destination=39.910103,116.403744"
    "&travelmode=walking",
    ("geo", "android", False): "geo:39.908700,116.397500?q=39.908700,116.397500(T)",
}
OFFERED = {
    ("android", False): ["amap", "baidu", "tencent", "google", "geo"],
    ("ios", False): ["amap", "baidu", "tencent", "apple", "google"],
    ("harmony", False): ["amap", "baidu", "tencent", "google"],
    ("other", False): ["amap", "baidu", "tencent", "google"],
    ("android", True): ["amap", "baidu", "tencent", "google"],
    ("ios", True): ["amap", "baidu", "tencent", "apple", "google"],
    ("harmony", True): ["amap", "baidu", "tencent", "google"],
    ("other", True): ["amap", "baidu", "tencent", "google"],
}
# A name, and what may be left of it.
NAMES = {
    "separators": ("暖心驿站|东门,1号;A:B", "暖心驿站 东门 1号 A B"),
    "brackets": ("商圈(商场)驿站(2)", "商圈 商场 驿站 2"),
    "quotes": ("""The "driver's" `home`""", """The "driver's" `home`"""),
    "signs of addresses": ("茶&水#1=?/100%+%41", "茶&水#1=?/100%+%41"),
    "signs JavaScript leaves": ("Stop! *Rest* it's ~free~", "Stop! *Rest* it's ~free~"),
    "markup": ("<img src=x onerror=alert(1)>${alert(1)}", "<img src=x onerror=alert 1 >${alert 1 }"),
    "emoji": ("🏠驿站👷", "🏠驿站👷"),
    "blanks": (" \t\r\n驿\x00\x1b站  ", "驿 站"),
    "full-width signs": ("驿站（东门），一号：甲｜乙；丙", "驿站（东门），一号：甲｜乙；丙"),
    "200 characters": ("长" * 200, "长" * 60),
    "200 emoji": ("🏠" * 200, "🏠" * 60),
    "braces": ("{lat}{name}{}", "{lat}{name}{}"),
}
AGENTS = {
    "Mozilla/5.0 (Linux; Android 13; V2166A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile"
    " Safari/537.36": ("android", False),
    "Mozilla/5.0 (Linux; U; Android 10; zh-cn) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/109.0.5414.86 MQQBrowser/15.6 Mobile Safari/537.36": ("android", False),
    "Mozilla/5.0 (Linux; Android 12; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0"
    " XWEB/1160 MMWEBSDK/20240301 Mobile Safari/537.36 MicroMessenger/8.0.48.2580 WeChat/arm64": ("android", True),
    "Mozilla/5.0 (Linux; Android 11; wv) AppleWebKit/537.36 Version/4.0 Chrome/89.0 Mobile MQQBrowser/6.2"
    " TBS/046295 Safari/537.36 V1_AND_SQ_8.9 QQ/8.9.3.12345 NetType/4G": ("android", True),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.4 Mobile/15E148 Safari/604.1": ("ios", False),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
    " MicroMessenger/8.0.47 NetType/WIFI": ("ios", True),
    "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148": ("ios", False),
    "Mozilla/5.0 (Linux; Android 12; HarmonyOS; NAM-AL00) AppleWebKit/537.36 Chrome/114.0 HuaweiBrowser/15.0"
    " Mobile Safari/537.36": ("android", False),
    "Mozilla/5.0 (Phone; OpenHarmony 5.0; HarmonyOS 5.0) AppleWebKit/537.36 Chrome/114.0.0.0 Safari/537.36"
    " ArkWeb/4.1.6.1 Mobile": ("harmony", False),
    "Mozilla/5.0 (Phone; Android 14;OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0.0.0 ArkWeb/4.1.6.1 Mobile"
    " Safari/537.36": ("harmony", False),
    "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile"
    " MicroMessenger/8.0.60": ("harmony", True),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36": ("other", False),
    "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 Chrome/98.0 Safari/537.36 MicroMessenger/7.0.20"
    " WindowsWechat": ("other", True),
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/94.0 Safari/537.36 QQBrowser/11.9": ("other", False),
    "": ("other", False),
}


def by_key(place, name="T", platform=Platform.ANDROID, in_wechat=False):
    """Return the links to a place by the app's key."""
    return {link.key: link for link in links(*place, name, platform, in_wechat)}


def all_urls(place, name="T"):
    """Give key and address of every link anywhere, with those of phones without the app."""
    for platform, in_wechat in EVERYWHERE:
        for link in links(*place, name, platform, in_wechat):
            yield link.key, link.url
            if link.web_url:
                yield link.key, link.web_url


def position_in(url):
    """Read (lat, lon) as the app would, by the app's own order."""
    if url.startswith("geo:"):
        path, again = re.fullmatch(r"geo:([\d.,]+)\?q=([\d.,]+)\(.*\)", url).groups()
        assert path == again
        return tuple(map(float, path.split(",")))
    fields = parse_qs(urlsplit(url).query)
    if "uri.amap.com" in url:
        lon, lat = (fields.get("to") or fields["position"])[0].split(",")[:2]
        return float(lat), float(lon)
    (said,) = [
        fields[name][0] for name in ("location", "tocoord", "daddr", "destination", "marker") if name in fields
    ]
    return tuple(map(float, re.search(r"(?:^|latlng:|coord:)([\d.]+),([\d.]+)", said).groups()))


def names_in(url):
    """Read what the app would call the place; empty for the forms that name nothing."""
    if url.startswith("geo:"):
        return [unquote(url.partition("(")[2].removesuffix(")"))]
    fields = {name: found[0] for name, found in parse_qs(urlsplit(url).query).items()}
    if "latlng:" in fields.get("destination", ""):
        return [re.fullmatch(r"name:([^|]*)\|latlng:[\d.]+,[\d.]+", fields["destination"])[1]]
    if "marker" in fields:
        return re.fullmatch(r"coord:[\d.]+,[\d.]+;title:([^;]*);addr:([^;]*)", fields["marker"]).groups()
    if "uri.amap.com/navigation" in url:
        return [re.fullmatch(r"[\d.]+,[\d.]+,([^,]*)", fields["to"])[1]]
    return [fields[name] for name in ("to", "name", "title", "content") if name in fields]


def oracle(place, datum):
    """Convert a place of the mainland by an independent package."""
    lat, lon = place
    convert = {Datum.WGS84: lambda at: at, Datum.GCJ02: prcoords.wgs_gcj, Datum.BD09: prcoords.wgs_bd}[datum]
    return tuple(convert(prcoords.Coords(lat, lon)))


@pytest.mark.parametrize(("key", "platform", "in_wechat"), FORMS, ids=lambda part: str(part))
def test_each_app_gets_its_own_form(key, platform, in_wechat):
    """The link to Tiananmen is to the letter what the vendor's document asks for."""
    assert by_key(TIANANMEN, "T", Platform(platform), in_wechat)[key].url == FORMS[key, platform, in_wechat]


@pytest.mark.parametrize(("platform", "in_wechat"), OFFERED)
def test_apps_are_offered_where_they_work_and_the_chinese_ones_first(platform, in_wechat):
    """Apple Maps is for iOS, geo: for Android."""
    assert list(by_key(TIANANMEN, "T", Platform(platform), in_wechat)) == OFFERED[platform, in_wechat]


@pytest.mark.parametrize(
    ("key", "platform", "east_m", "north_m"),
    [
        ("amap", Platform.ANDROID, 533, 156),
        ("tencent", Platform.ANDROID, 533, 156),
        ("apple", Platform.IOS, 533, 156),
        ("google", Platform.ANDROID, 533, 156),
        ("geo", Platform.ANDROID, 0, 0),
    ],
)
def test_tiananmen_is_shifted_as_surveyed(key, platform, east_m, north_m):
    """GCJ-02 lies 533 m east and 156 m north of WGS 84 there."""
    lat, lon = position_in(by_key(TIANANMEN, platform=platform)[key].url)
    assert GEOD.inv(TIANANMEN[1], TIANANMEN[0], lon, TIANANMEN[0])[2] == pytest.approx(east_m, abs=1)
    assert GEOD.inv(TIANANMEN[1], TIANANMEN[0], TIANANMEN[1], lat)[2] == pytest.approx(north_m, abs=1)


def test_baidu_gets_its_own_datum():
    """BD-09 lies 1,378 m (on a sphere) from WGS 84 at Tiananmen, and the link says that it is BD-09."""
    link = by_key(TIANANMEN)["baidu"]
    lat, lon = position_in(link.url)
    assert GEOD.inv(TIANANMEN[1], TIANANMEN[0], lon, lat)[2] == pytest.approx(1378, rel=0.003)
    assert position_in(link.web_url) == (lat, lon)
    assert "coord_type=bd09ll" in link.url
    assert "coord_type=bd09ll" in link.web_url


def test_every_link_agrees_with_an_independent_conversion():
    """In the mainland every address holds the position in its app's datum, to the last digit it shows."""
    dice = random.Random(3)
    datums = {app.key: app.datum for app in handoff.APPS}
    for _ in range(50):
        place = (dice.uniform(39.5, 40.9), dice.uniform(115.6, 117.3))
        for key, url in all_urls(place):
            assert position_in(url) == pytest.approx(oracle(place, datums[key]), abs=6e-7)


def test_hong_kong_is_not_shifted_and_called_wgs84():
    """Where nothing is shifted every app gets the position as it is, and is told so."""
    said = {"amap": "&coordinate=wgs84", "baidu": "&coord_type=wgs84", "tencent": "&coord_type=1"}
    found = list(all_urls(STAR_FERRY))
    assert {key for key, _ in found} == {app.key for app in handoff.APPS}
    for key, url in found:
        assert position_in(url) == STAR_FERRY
        assert said.get(key, "") in url


@pytest.mark.parametrize(("name", "expected"), NAMES.values(), ids=NAMES)
def test_a_name_never_breaks_its_field(name, expected):
    """An app reads the name and the position that were meant, whatever stands in the name."""
    fields_of = [sorted(parse_qs(urlsplit(url).query)) for _, url in all_urls(TIANANMEN)]
    found = [url for _, url in all_urls(TIANANMEN, name)]
    assert [sorted(parse_qs(urlsplit(url).query)) for url in found] == fields_of
    assert [position_in(url) for url in found] == [position_in(url) for _, url in all_urls(TIANANMEN)]
    assert {said for url in found for said in names_in(url)} == {expected}


@pytest.mark.parametrize("name", [name for name, _ in NAMES.values()], ids=NAMES)
def test_addresses_are_plain_ascii_and_short(name):
    """No character needs escaping again, and every app takes the length; Google says 2,048."""
    for _, url in all_urls(TIANANMEN, name):
        assert re.fullmatch(r"[\w.~:/?=&,;()%-]+", url, re.ASCII)
        assert len(url) <= 2048


@pytest.mark.parametrize("platform", Platform)
def test_inside_wechat_every_link_is_a_web_page(platform):
    """WeChat opens no app, and Amap does not try to."""
    found = by_key(TIANANMEN, platform=platform, in_wechat=True)
    assert all(link.url.startswith("https://") and not link.web_url for link in found.values())
    assert "callnative=0" in found["amap"].url


@pytest.mark.parametrize("platform", PHONES)
def test_a_link_that_needs_the_app_comes_with_a_web_page(platform):
    """Only Baidu's link does nothing without the app, but for geo:, which always finds one or none."""
    found = by_key(TIANANMEN, platform=platform)
    assert {key for key, link in found.items() if link.web_url} == {"baidu"}
    assert found["baidu"].web_url.startswith("https://api.map.baidu.com/marker?")
    assert {key for key, link in found.items() if not link.url.startswith("https://")} - {"geo"} == {"baidu"}


@pytest.mark.parametrize(("agent", "expected"), AGENTS.items())
def test_the_platform_is_told_from_the_user_agent(agent, expected):
    """The window of WeChat or QQ is known from their browsers, HarmonyOS from Android."""
    assert platform_of(agent) == expected


def test_a_position_out_of_range_is_refused():
    """Latitude and longitude in the wrong order do not lead anywhere."""
    with pytest.raises(UsageError, match="swapped"):
        links(116.3975, 39.9087, "T", Platform.ANDROID)


@pytest.mark.parametrize(("lang", "label"), [("zh", "高德地图"), ("en", "Amap")])
def test_the_table_is_plain_json_in_the_readers_language(catalog, lang, label):
    """The page can write it with any encoder; the apps keep their order."""
    table = handoff.table(catalog, lang)
    assert json.loads(json.dumps(table, sort_keys=True)) == orjson.loads(orjson.dumps(table))
    assert [app["key"] for app in table["apps"]] == ["amap", "baidu", "tencent", "apple", "google", "geo"]
    assert table["apps"][0]["label"] == label
    assert by_key(TIANANMEN)["amap"].label.to(lang) == label
