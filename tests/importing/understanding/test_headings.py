"""Which column means what, whatever a list calls it and wherever it stands."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locator.errors import UsageError
from locator.files.heading_search import read_choices
from locator.files.sheets import Sheet
from locator.importing.understanding.headings import match_headings


def sheet(**columns: list[Any]) -> Sheet:
    """Make a sheet of some columns."""
    return Sheet("list.csv", "csv", "utf-8", columns)


def headings(*names: str) -> Sheet:
    """Make a sheet of headings whose cells are all empty."""
    return sheet(**{name: [None, None] for name in names})


# A heading as lists have it, and the field it is.
KNOWN = {
    "站点名称": "name",
    "驿站名称": "name",
    "名称": "name",
    "Station Name": "name",
    "station_name": "name",
    "單位名稱": "name",
    "쉼터명칭": "name",
    "시설명": "name",
    "英文名称": "name_en",
    "名称（英文）": "name_en",
    "纬度": "lat",
    "緯度": "lat",
    "纬度(°)": "lat",
    "Latitude": "lat",
    "위도": "lat",
    "高德纬度": "lat",
    "lat_gcj02": "lat",
    "经度": "lon",
    "經度": "lon",
    "经度（°）": "lon",
    "lng": "lon",
    "경도": "lon",
    "X坐标": "x",
    "X좌표": "x",
    "东坐标": "x",
    "Y": "y",
    "Y좌표": "y",
    "经纬度": "position",
    "坐标": "position",
    "详细地址": "address",
    "地址 ": "address",
    "도로명주소": "address",
    "所属区": "district",
    "行政区名称": "district",
    "자치구": "district",
    "所属街道": "sub_district",
    "乡镇": "sub_district",
    "읍면동": "sub_district",
    "站点类型": "kind",
    "시설유형": "kind",
    "级别": "tier",
    "依托单位": "venue",
    "场所类型": "venue",
    "Facility Type": "venue",
    "运营单位": "operator",
    "管理单位名称": "operator",
    "联系电话": "phone",
    "電話": "phone",
    "전화번호": "phone",
    "开放时间": "hours_text",
    "營業時間": "hours_text",
    "open_hours": "hours_text",
    "Opening Hours": "hours_text",
    "운영시간": "hours_text",
    "开始时间": "opens",
    "结束时间": "closes",
    "종료시간": "closes",
    "服务设施": "amenities",
    "Facilities": "amenities",
    "座位数": "seats",
    "capacity": "seats",
    "이용가능인원": "seats",
    "面积（㎡）": "area_m2",
    "进入方式": "entry",
    "核实日期": "checked_on",
    "照片链接": "photo_url",
    "上级单位": "parent",
    "精度(米)": "position_accuracy_m",
    "站点编号": "station_id",
    "ID": "station_id",
    "微波炉": "amenity:microwave",
    "有无空调": "amenity:air_conditioning",
    "WiFi": "amenity:wifi",
    "飲水機": "amenity:drinking_water",
}


@pytest.mark.parametrize(("heading", "field"), KNOWN.items())
def test_a_heading_is_known(heading: str, field: str) -> None:
    """In simplified and traditional Chinese, English and Korean, with units, blanks and prefixes."""
    assert match_headings(headings("序号", heading), {}).fields == {field: heading}


@pytest.mark.parametrize(
    "heading",
    [
        "序号",
        "순번",
        "No.",
        "管理人员名称",
        "地址（旧）",
        "运营开始年份",
        "source",
        "年度",
        "column 3",
        "。",
    ],
)
def test_a_heading_that_may_mean_anything_is_left(heading: str) -> None:
    """A guess is no match."""
    match = match_headings(headings(heading), {})
    assert match.fields == {}
    assert match.unused == (heading,)


def test_a_column_that_counts_rows_is_no_id() -> None:
    """Such a number says where a row stands; ids that have gaps are ids."""
    assert match_headings(sheet(编号=["1", "2", "3"], 名称=["甲", "乙", "丙"]), {}).fields == {"name": "名称"}
    assert match_headings(sheet(编号=["1", "2", "4"]), {}).fields == {"station_id": "编号"}
    assert match_headings(sheet(编号=["1", "2", "3"]), {"station_id": "编号"}).fields == {"station_id": "编号"}


def test_the_plain_heading_goes_before_a_longer_one() -> None:
    """Whichever stands first."""
    for order in (["经度", "百度经度"], ["百度经度", "经度"]):
        match = match_headings(sheet(**{name: [116.4] for name in order}), {})
        assert match.fields == {"lon": "经度"}
        assert match.unused == ("百度经度",)


def test_a_column_with_values_goes_before_an_empty_one() -> None:
    """Even if its heading is the longer one."""
    match = match_headings(sheet(经度=[None, ""], 高德经度=[116.4, 116.5]), {})
    assert match.fields == {"lon": "高德经度"}


def test_a_road_address_goes_before_a_lot_address() -> None:
    """The lot address is taken where there is no other."""
    both = {"지번주소": ["응암동 1"], "도로명주소": ["응암로 1"]}
    assert match_headings(sheet(**both), {}).fields == {"address": "도로명주소"}
    assert match_headings(sheet(지번주소=["응암동 1"]), {}).fields == {"address": "지번주소"}


def test_a_column_must_hold_what_its_heading_says() -> None:
    """Words are no latitude, no number of seats and no answer about a microwave."""
    found = sheet(纬度=["北", "南"], 座位数=["很多", "不少"], 微波炉=["格兰仕", "美的"])
    assert match_headings(found, {}).fields == {}


def test_location_is_what_it_holds() -> None:
    """Coordinates or an address."""
    assert match_headings(sheet(location=["116.40,39.91"]), {}).fields == {"position": "location"}
    assert match_headings(sheet(location=[[116.4, 39.91]]), {}).fields == {"position": "location"}
    assert match_headings(sheet(location=["东城区金鱼胡同1号"]), {}).fields == {"address": "location"}


def test_an_opening_time_is_told_from_opening_hours() -> None:
    """开放时间 beside 关闭时间 is when it opens; alone it has the hours."""
    pair = sheet(开放时间=["09:00", "8:30"], 关闭时间=["18:00", "17:30"])
    assert match_headings(pair, {}).fields == {"opens": "开放时间", "closes": "关闭时间"}
    assert match_headings(sheet(开放时间=["9:00-17:00", "24小时"]), {}).fields == {"hours_text": "开放时间"}


def test_pairs_are_a_position_under_any_heading() -> None:
    """Only where nothing else is one, and nothing else stands in the column."""
    pairs = ["116.4049,39.9155", "116.4100，39.9200"]
    assert match_headings(sheet(column=pairs), {}).fields == {"position": "column"}
    assert match_headings(sheet(column=[*pairs, "金鱼胡同"]), {}).fields == {}
    known = sheet(lat=[39.9, 39.9], lon=[116.4, 116.4], column=pairs)
    assert match_headings(known, {}).fields == {"lat": "lat", "lon": "lon"}
    placed = Sheet("a.kml", "kml", None, {"column": pairs}, np.zeros((2, 2)))
    assert match_headings(placed, {}).fields == {}


def test_what_is_chosen_goes_before_what_is_found() -> None:
    """And frees the heading that would have been found."""
    found = sheet(站点名称=["甲"], 别名=["乙"], 电话=["1"])
    match = match_headings(found, {"name": "别名", "phone": ""})
    assert match.fields == {"name": "别名"}
    assert match.unused == ("站点名称", "电话")


def test_a_chosen_heading_may_be_written_otherwise() -> None:
    """In other capitals, widths and blanks."""
    assert match_headings(headings("Ｓｈｏｐ  Name"), {"name": "shop name"}).fields == {"name": "Ｓｈｏｐ  Name"}


@pytest.mark.parametrize(
    ("chosen", "said"),
    [({"names": "名称"}, "no field names.*name, name_en"), ({"name": "名字"}, "no heading 名字.*名称, 地址")],
)
def test_an_unknown_choice_is_refused(chosen: dict[str, str], said: str) -> None:
    """With what there is to choose from."""
    with pytest.raises(UsageError, match=said):
        match_headings(headings("名称", "地址"), chosen)


def test_what_is_remembered_applies_as_far_as_it_fits() -> None:
    """Not where the heading is gone, and not against what is chosen now."""
    remembered = {"name": "别名", "address": "没有了", "phone": "", "operator": "名称", "old_field": "名称"}
    match = match_headings(headings("名称", "别名", "地址", "电话"), {"name": "名称"}, remembered)
    assert match.fields == {"name": "名称", "address": "地址"}
    match = match_headings(headings("名称", "别名", "地址", "电话"), {}, remembered)
    assert match.fields == {"name": "别名", "address": "地址", "operator": "名称"}


def test_choices_are_read_from_texts() -> None:
    """A heading may hold the sign too."""
    assert read_choices(["name=站点名称", " seats = a=b ", "phone="]) == {
        "name": "站点名称",
        "seats": "a=b",
        "phone": "",
    }


@pytest.mark.parametrize("texts", [["name"], ["=站点名称"], ["name=甲", "name=乙"]])
def test_an_unclear_choice_is_refused(texts: list[str]) -> None:
    """No sign, no field, a field twice."""
    with pytest.raises(UsageError):
        read_choices(texts)


def test_samples_are_the_first_different_values() -> None:
    """Three of them, shortened, of every heading."""
    match = match_headings(sheet(名称=["甲", "甲", None, "乙", "丙", "丁"], 说明=["长" * 60] * 6), {})
    assert match.samples == {"名称": ("甲", "乙", "丙"), "说明": ("长" * 39 + "…",)}


def test_sixteen_thousand_columns_take_no_time() -> None:
    """A sheet as wide as a spreadsheet can be is matched like any other."""
    wide = sheet(**{f"column {n}": ["x"] * 54 for n in range(16_383)}, 名称=["甲"] * 54)
    assert match_headings(wide, {}).fields == {"name": "名称"}


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    junk=st.lists(st.text(max_size=12), max_size=5),
    cells=st.lists(
        st.one_of(st.none(), st.text(max_size=8), st.floats(), st.integers(), st.booleans()), max_size=3
    ),
)
def test_order_and_strange_columns_change_nothing(seed: int, junk: list[str], cells: list[Any]) -> None:
    """Every known heading is found among any others, in any order."""
    known = {
        "站点名称": "name",
        "详细地址": "address",
        "纬度": "lat",
        "经度(°)": "lon",
        "Opening Hours": "hours_text",
    }
    values = {"站点名称": "甲", "详细地址": "路", "纬度": 39.9, "经度(°)": 116.4, "Opening Hours": "9:00-17:00"}
    columns = {name: (cells + [None] * 3)[:3] for name in junk if name} | {k: [v] * 3 for k, v in values.items()}
    names = list(columns)
    random.Random(seed).shuffle(names)
    fields = match_headings(sheet(**{name: columns[name] for name in names}), {}).fields
    assert set(known.values()) <= fields.keys()
    assert all(
        fields[field] == heading for heading, field in known.items() if not set(junk) & set(fields.values())
    )


def test_seoul_is_matched(shared_data: Path) -> None:
    """Both kinds of coordinates are found; the running number and the years are left."""
    with (shared_data / "seoul_cold_shelters.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    match = match_headings(sheet(**{name: [row[name] for row in rows] for name in rows[0]}), {})
    assert match.fields == {
        "name": "쉼터명칭",
        "lat": "위도",
        "lon": "경도",
        "x": "X좌표",
        "y": "Y좌표",
        "address": "도로명주소",
        "district": "자치구",
        "kind": "시설유형",
        "opens": "개방시간",
        "closes": "종료시간",
        "seats": "이용가능인원",
    }
    assert match.unused == ("순번", "지번주소", "운영시작일", "연도")


def test_zhengzhou_is_matched(shared_data: Path) -> None:
    """What is left says nothing of a station."""
    rows = json.loads((shared_data / "zhengzhou_union_stations.json").read_text(encoding="utf-8"))
    match = match_headings(sheet(**{name: [row[name] for row in rows] for name in rows[0]}), {})
    assert match.fields == {
        "name": "name",
        "lat": "lat",
        "lon": "lng",
        "address": "address",
        "district": "district",
        "hours_text": "open_hours",
        "amenities": "facilities",
        "seats": "capacity",
        "status": "status",
    }
    assert match.unused == ("street", "description", "source", "verified")
