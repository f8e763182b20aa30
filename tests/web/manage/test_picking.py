"""A position is read in every form that maps and phones show, in the datum that is named, and never guessed."""

from __future__ import annotations

import re
from typing import Any

import pytest

PAGE = "/manage/stations/tw-1"


def looked_up(desk: Any, position: str, datum: str = "wgs84") -> dict[str, Any]:
    """Ask as the script of the map does."""
    response = desk.post("/manage/position", seen=PAGE, position=position, datum=datum)
    assert response.status_code == 200
    found: dict[str, Any] = response.get_json()
    return found


@pytest.mark.parametrize(
    "text",
    [
        "39.9155, 116.405",
        "116.405,39.9155",
        "116.405 39.9155",
        "３９．９１５５，１１６．４０５",
        "北纬39.9155 东经116.405",
        "39°54'55.8\"N 116°24'18\"E",
        "东经116度24分18秒 北纬39度54分55.8秒",
        "POINT (116.405 39.9155)",
        "  (39.9155 ,\t116.405) ",
    ],
)
def test_a_position_is_read_in_any_usual_form(reading: Any, text: str) -> None:
    """54'55.8" are 0.9155°, 24'18" are 0.405°."""
    found = looked_up(reading, text)
    assert (found["lat"], found["lon"]) == pytest.approx((39.9155, 116.405), abs=1e-9)
    assert found["said"].startswith("39.915500, 116.405000 (WGS 84), in Dongcheng")


def test_the_datum_that_is_named_counts(reading: Any) -> None:
    """In Beijing GCJ-02 lies 0.0014° north and 0.0062° east of WGS 84, BD-09 another 0.006° and 0.0065°."""
    amap = looked_up(reading, "39.9169, 116.4112", "gcj02")
    assert (amap["lat"], amap["lon"]) == pytest.approx((39.9155, 116.405), abs=3e-4)
    baidu = looked_up(reading, "39.9229, 116.4177", "bd09")
    assert (baidu["lat"], baidu["lon"]) == pytest.approx((39.9155, 116.405), abs=6e-4)


@pytest.mark.parametrize(
    "text",
    [
        "GCJ-02: 116.4112, 39.9169",
        "39.9169,116.4112（高德地图）",
        "高德坐标：39.9169 116.4112",
        "gcj02 39.9169,116.4112",
    ],
)
def test_a_text_may_name_its_datum(reading: Any, text: str) -> None:
    """Then the form need not; where the form says otherwise, it is asked which is right."""
    for datum in ("", "gcj02"):
        found = looked_up(reading, text, datum)
        assert (found["lat"], found["lon"]) == pytest.approx((39.9155, 116.405), abs=3e-4)
    trouble = looked_up(reading, text, "wgs84")["trouble"]
    assert trouble.startswith("The text says Amap, Tencent (GCJ-02), and the form says GPS (WGS 84).")


@pytest.mark.parametrize(
    ("text", "datum", "said"),
    [
        ("", "wgs84", "There is no position."),
        ("behind the market", "wgs84", "“behind the market” is not a position."),
        ("39.9155", "wgs84", "“39.9155” is not a position."),
        ("lat 116.4, lon 39.9", "wgs84", "Is lat,lon swapped?"),
        ("39.9, 216.4", "wgs84", "Longitude must be between -180 and 180"),
        ("0.0, 0.0", "wgs84", "0, 0 is in the sea off Africa"),
        ("39°75'N 116°24'E", "wgs84", "is not a position."),
        ("39.9155, 116.405", "", "Say which map or device"),
        ("39.9155, 116.405", "mars", "Datum must be one of"),
        ("<b>" * 4000, "wgs84", "is not a position."),
    ],
)
def test_what_is_no_position_is_told(reading: Any, text: str, datum: str, said: str) -> None:
    """In words with the value, and nothing is taken for it."""
    found = looked_up(reading, text, datum)
    assert said in found["trouble"]
    assert "lat" not in found
    assert len(found["trouble"]) < 300


def test_what_is_near_is_named(reading: Any) -> None:
    """Stations and landmarks within 1 km with metres, nearest first; none far away."""
    near = looked_up(reading, "39.9143, 116.4043")["said"].split("Near it: ")[1]
    assert "金鱼胡同地铁站 (0 m)" in near
    metres = [int(text) for text in re.findall(r"\((\d+) m\)", near)]
    assert len(metres) > 1
    assert metres == sorted(metres)
    assert looked_up(reading, "31.2, 121.5")["said"] == "31.200000, 121.500000 (WGS 84), outside every district."


def test_looking_up_needs_a_session_and_our_own_form(desk: Any, reading: Any) -> None:
    """As every other form for stewards."""
    assert desk.client.post("/manage/position", data={"position": "39.9, 116.4"}).location == "/manage/sign-in"
    assert reading.client.post("/manage/position", data={"position": "39.9, 116.4"}).status_code == 400
