"""Links that open the way to a station in a map app on the reader's phone.

A link has the station's name and position, never the person's, which the app knows by itself. Positions are in the
datum that the app assumes by default, so that they are right even if it ignores the datum parameter. Where nothing
is shifted the link says WGS 84.

The URL templates are those of the vendors' documents: Amap URI API of 2025-03-03, Baidu URI API of 2026-03-20,
Tencent URI API v1, Apple Map Links, Google Maps URLs with api=1, and RFC 5870 with Android's label for ``geo:``.
static/finder/handoff.js makes the same links from the same table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from locator import maps
from locator.geo.datum import Datum, convert_point
from locator.language.messages import Message, message
from locator.stations.catalog import Catalog


class Platform(StrEnum):
    """What a page is read on."""

    ANDROID = "android"
    IOS = "ios"
    HARMONY = "harmony"
    """A Huawei phone that no longer runs Android apps."""
    OTHER = "other"
    """A computer, or unknown."""


@dataclass(frozen=True, slots=True)
class Link:
    """A way to a station in one app."""

    key: str
    label: Message
    url: str
    web_url: str = ""
    """The same for a phone without the app; empty where `url` is a web page already or there is none."""


@dataclass(frozen=True, slots=True)
class MapApp:
    """A map app and its URL templates.

    They hold ``{lat}``, ``{lon}``, ``{name}`` and ``{datum}``. Mind the order: Amap takes the longitude
    first, all others the latitude.
    """

    key: str
    label: Message
    datum: Datum
    """What the app assumes where the link names none; it matters in mainland China only."""
    urls: Mapping[Platform, str]
    """One template for each platform that the app is offered on."""
    web: str = ""
    """The template for a phone that opens web pages only; empty if there is none."""
    datum_words: Mapping[Datum, str] = field(default_factory=dict)
    """The app's names of its datum, and of WGS 84."""

    def template(self, platform: Platform, in_wechat: bool) -> str:
        """Return the template that works best there; empty where the app is not offered."""
        if in_wechat and platform is not Platform.OTHER and platform in self.urls:
            return self.web
        return self.urls.get(platform, "")


# From the current position to the station, on foot; a computer shows the station, as it has no current position.
# Amap's page opens the app where it can, which is not inside WeChat (callnative=0 does not try).
_AMAP: Final = "https://uri.amap.com/navigation?to={lon},{lat},{name}&mode=walk&src=warm-station-locator"
_AMAP_OPENS: Final = _AMAP + "&coordinate={datum}&callnative=1"
_AMAP_STAYS: Final = _AMAP + "&coordinate={datum}&callnative=0"
_AMAP_MARKER: Final = (
    "https://uri.amap.com/marker?position={lon},{lat}&name={name}&src=warm-station-locator&coordinate={datum}"
    "&callnative=0"
)
# Baidu's web page plans no route without a start, so that on the web it shows the station.
_BAIDU: Final = (
    "://map/direction?destination=name:{name}%7Clatlng:{lat},{lon}&coord_type={datum}&mode=walking&src="
)
_BAIDU_MARKER: Final = (
    "https://api.map.baidu.com/marker?location={lat},{lon}&title={name}&content={name}&output=html"
    "&coord_type={datum}&src=webapp.warmstation.locator"
)
# Tencent's app wants a developer's key; its web page, which leads to the app, does not.
_TENCENT: Final = (
    "https://apis.map.qq.com/uri/v1/routeplan?type=walk&to={name}&tocoord={lat},{lon}&coord_type={datum}"
    "&referer=warm-station-locator"
)
_TENCENT_MARKER: Final = (
    "https://apis.map.qq.com/uri/v1/marker?marker=coord:{lat},{lon};title:{name};addr:{name}&coord_type={datum}"
    "&referer=warm-station-locator"
)
_APPLE: Final = "https://maps.apple.com/?daddr={lat},{lon}&dirflg=w"
_GOOGLE: Final = "https://www.google.com/maps/dir/?api=1&destination={lat},{lon}&travelmode=walking"

_PHONES: Final = (Platform.ANDROID, Platform.IOS, Platform.HARMONY)

APPS: Final = (
    MapApp(
        key="amap",
        label=message("Amap"),
        datum=Datum.GCJ02,
        urls={**dict.fromkeys(_PHONES, _AMAP_OPENS), Platform.OTHER: _AMAP_MARKER},
        web=_AMAP_STAYS,
        datum_words={Datum.GCJ02: "gaode", Datum.WGS84: "wgs84"},
    ),
    MapApp(
        key="baidu",
        label=message("Baidu Maps"),
        datum=Datum.BD09,
        urls={
            Platform.ANDROID: f"bdapp{_BAIDU}andr.warmstation.locator",
            Platform.IOS: f"baidumap{_BAIDU}ios.warmstation.locator",
            Platform.HARMONY: f"baidumap{_BAIDU}harmony.warmstation.locator",
            Platform.OTHER: _BAIDU_MARKER,
        },
        web=_BAIDU_MARKER,
        datum_words={Datum.BD09: "bd09ll", Datum.WGS84: "wgs84"},
    ),
    MapApp(
        key="tencent",
        label=message("Tencent Maps"),
        datum=Datum.GCJ02,
        urls={**dict.fromkeys(_PHONES, _TENCENT), Platform.OTHER: _TENCENT_MARKER},
        web=_TENCENT,
        datum_words={Datum.GCJ02: "2", Datum.WGS84: "1"},
    ),
    MapApp(
        key="apple",
        label=message("Apple Maps"),
        datum=Datum.GCJ02,
        urls={Platform.IOS: _APPLE},
        web=_APPLE,
    ),
    MapApp(
        key="google",
        label=message("Google Maps"),
        datum=Datum.GCJ02,
        urls=dict.fromkeys(Platform, _GOOGLE),
        web=_GOOGLE,
    ),
    MapApp(
        key="geo",
        label=message("Another map app"),
        datum=Datum.WGS84,
        urls={Platform.ANDROID: "geo:{lat},{lon}?q={lat},{lon}({name})"},
    ),
)
"""In the order in which they are offered: those that are at home in China first."""

# What ends a field in one form or another, and what no name needs; understood alike by Python and JavaScript.
_SEPARATORS: Final = r"[\x00-\x20\x7f|,;:()]+"
# Sixty characters of four bytes, twice, leave an address below the 2,048 characters that every app takes.
_NAME_LENGTH: Final = 60

# The first match in a User-Agent counts: some browsers of HarmonyOS also contain Android.
_SIGNS: Final = (
    (Platform.HARMONY, r"OpenHarmony|ArkWeb"),
    (Platform.IOS, r"iPhone|iPad|iPod"),
    (Platform.ANDROID, r"Android"),
)
# QQ's own window, like WeChat's, opens no app; the browser of the same maker (MQQBrowser) does.
_WECHAT_SIGN: Final = r"MicroMessenger|\bQQ/\d"


def platform_of(user_agent: str) -> tuple[Platform, bool]:
    """Return the platform of a User-Agent, and whether the page is shown inside WeChat or QQ.

    An iPad whose User-Agent is a Mac's is ``OTHER`` here; the script recognises it by touch.
    """
    platform = next((known for known, sign in _SIGNS if re.search(sign, user_agent)), Platform.OTHER)
    return platform, re.search(_WECHAT_SIGN, user_agent) is not None


def links(lat: float, lon: float, name: str, platform: Platform, in_wechat: bool = False) -> list[Link]:
    """Make the links that lead to a place, one per app, in the order of `APPS`.

    Parameters
    ----------
    lat, lon
        Degrees, WGS 84.
    name
        What the app calls the place. Separators of fields become spaces; what goes beyond 60 characters is cut.
    platform, in_wechat
        As from `platform_of`. Inside WeChat all links are https.

    Returns
    -------
    list
        Addresses of ASCII characters only, below 2,048 of them.

    Raises
    ------
    UsageError
        If the position is out of range.
    """
    positions = {datum: convert_point(lat, lon, Datum.WGS84, datum) for datum in Datum}
    offered = []
    for app in APPS:
        if template := app.template(platform, in_wechat):
            fields = _fields(app, positions, name)
            web = "" if template.startswith("https:") else app.web
            offered.append(Link(app.key, app.label, template.format_map(fields), web.format_map(fields)))
    return offered


def table(catalog: Catalog, lang: str) -> dict[str, Any]:
    """Return what handoff.js needs to make the same links for the stations of a catalogue, for JSON.

    Parameters
    ----------
    lang
        The language of the labels.

    Returns
    -------
    dict
        ``apps`` as in `APPS`; ``rings`` of [lon, lat] in WGS 84 within which positions are shifted, by the
        even-odd rule; ``separators`` and ``name_length`` of names; ``signs`` of platforms and ``wechat_sign``,
        patterns in a User-Agent.
    """
    return {
        "apps": [_row(app, lang) for app in APPS],
        "rings": maps.shifted_rings(catalog, Datum.GCJ02),
        "separators": _SEPARATORS,
        "name_length": _NAME_LENGTH,
        "signs": [[platform.value, sign] for platform, sign in _SIGNS],
        "wechat_sign": _WECHAT_SIGN,
    }


def _row(app: MapApp, lang: str) -> dict[str, Any]:
    return {
        "key": app.key,
        "label": app.label.to(lang),
        "datum": app.datum.value,
        "urls": {platform.value: template for platform, template in app.urls.items()},
        "web": app.web,
        "datum_words": {datum.value: word for datum, word in app.datum_words.items()},
    }


def _fields(app: MapApp, positions: Mapping[Datum, tuple[float, float]], name: str) -> dict[str, str]:
    """Return the values of the fields in an app's templates."""
    lat, lon = positions[app.datum]
    is_shifted = (lat, lon) != positions[Datum.WGS84]
    plain = re.sub(_SEPARATORS, " ", name).strip(" ")[:_NAME_LENGTH]
    return {
        "lat": f"{lat:.6f}",
        "lon": f"{lon:.6f}",
        "name": quote(plain, safe=""),
        "datum": app.datum_words.get(app.datum if is_shifted else Datum.WGS84, ""),
    }
