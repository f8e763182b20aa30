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
    "公厕编号": "station_id",
    "开始营业时间": "opens",
    "结束服务时间": "closes",
    "公厕现在的状态": "status",
    "縣市及鄉鎮市區": "district",
    "所属单位": "operator",
    "Contact Info": "phone",
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
    "户外劳动者服务站点": "name",
    "点位名称": "name",
    "机构名称": "name",
    "驿站全称": "name",
    "暖心驿站": "name",
    "驿站 名称": "name",
    "公廁名稱": "name",
    "施設名": "name",
    "화장실명": "name",
    "名称_英語": "name_en",
    "JD": "lon",
    "WD": "lat",
    "lng(高德)": "lon",
    "经度 (GCJ-02)": "lon",
    "百度地图坐标经度": "lon",
    "东经": "lon",
    "北纬": "lat",
    "経度": "lon",
    "WGS84위도": "lat",
    "坐标/经度": "lon",
    "位置信息/经度": "lon",
    "地理位置/坐标/纬度": "lat",
    "定位": "position",
    "经度,纬度": "position",
    "緯度経度": "position",
    "所在位置": "address",
    "住所": "address",
    "位置信息/详细地址": "address",
    "公厕地址": "address",
    "所在区": "district",
    "位置信息/区": "district",
    "地址/区": "district",
    "市区町村名": "district",
    "所属街道乡镇": "sub_district",
    "基本情况/街道": "sub_district",
    "服务电话": "phone",
    "联系人/电话": "phone",
    "联系方式/固定电话": "phone",
    "電話番号": "phone",
    "営業時間": "hours_text",
    "終了時間": "closes",
    "开放时间/上午": "hours:morning",
    "下午开放时间": "hours:afternoon",
    "夏季营业时间": "hours:summer",
    "开放时间（冬令时）": "hours:winter",
    "工作日开放时间": "hours:workdays",
    "开放时间(周末)": "hours:weekend",
    "节假日服务时间": "hours:holidays",
    "평일 운영시간": "hours:workdays",
    "服务设施/微波炉": "amenity:microwave",
    "设施设备/座椅数量": "seats",
    "是否开放": "status",
    "運營狀態": "status",
    "운영상태": "status",
    "停用原因": "status_note",
    "预计恢复时间": "status_until",
    "备注": "remarks",
    "備考": "remarks",
    "비고": "remarks",
    "所属工会": "parent",
    "管理单位/名称": "operator",
    "管理者": "operator",
    "収容人数": "seats",
    "更新日": "checked_on",
    "画像": "photo_url",
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
        "填报单位",
        "联系人",
        "联系人/姓名",
        "站长",
        "负责人电话",
        "负责人/电话",
        "管理员/姓名",
        "建设单位/地址",
        "企业名称",
        "经营面积",
        "建站时间",
        "设立日期",
        "邮编",
        "行政区划代码",
        "审核状态",
        "旧地址",
        "名称_カナ",
        "都道府県名",
        "省份",
        "社区",
        "坐标系",
        "官网",
        "夜间开放时间",
        "평일운영시작시각",
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
    found = sheet(纬度=["北", "南"], 座位数=["很多", "不少"], 微波炉=["格兰仕", "美的"], 工作日=["是", "否"])
    assert match_headings(found, {}).fields == {}
    assert match_headings(sheet(jd=["东四街道", "和平里街道"], 区=["110101", "110102"]), {}).fields == {}


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


def test_a_service_line_goes_before_a_persons_number() -> None:
    """Whichever stands first."""
    for order in (["联系人/电话", "服务电话"], ["服务电话", "联系人/电话"]):
        assert match_headings(headings(*order), {}).fields == {"phone": "服务电话"}


def test_the_first_of_several_is_taken() -> None:
    """电话1 and 电话2 are numbers of one station."""
    assert match_headings(headings("电话2", "电话1"), {}).fields == {"phone": "电话1"}


def test_the_name_of_a_station_goes_before_that_of_a_body() -> None:
    """The body that runs it may be the only name there is."""
    assert match_headings(headings("单位名称", "驿站名称"), {}).fields == {"name": "驿站名称"}
    assert match_headings(headings("单位名称", "地址"), {}).fields["name"] == "单位名称"


def test_latitude_and_longitude_are_of_one_map() -> None:
    """A list may have the coordinates of several maps, and one of them without a partner."""
    both = sheet(高德经度=[116.41], 百度经度=[116.42], 百度纬度=[39.93])
    assert match_headings(both, {}).fields == {"lat": "百度纬度", "lon": "百度经度"}
    four = sheet(百度经度=[116.42], 高德纬度=[39.91], 高德经度=[116.41], 百度纬度=[39.93])
    assert {heading[:2] for heading in match_headings(four, {}).fields.values()} in ({"百度"}, {"高德"})


def test_degrees_minutes_and_seconds_belong_together() -> None:
    """经度(度) is the longitude, unless minutes stand beside it."""
    for form in ("{}({})", "{}/{}", "坐标/{}/{}", "{}{}"):
        expected = {
            f"{axis}:{part}": form.format(word, mark)
            for axis, word in (("lat", "纬度"), ("lon", "经度"))
            for part, mark in (("degrees", "度"), ("minutes", "分"), ("seconds", "秒"))
        }
        assert match_headings(sheet(**{name: [1] for name in expected.values()}), {}).fields == expected
    whole = sheet(**{"经度(度)": [116.4], "纬度(度)": [39.9]})
    assert match_headings(whole, {}).fields == {"lat": "纬度(度)", "lon": "经度(度)"}


def test_one_column_may_have_the_hours_of_weekends_and_holidays() -> None:
    """So that neither is taken for closed."""
    found = sheet(工作日=["9:00-17:00"], 周末及节假日=["10:00-16:00"])
    assert match_headings(found, {}).fields == {
        "hours:workdays": "工作日",
        "hours:weekend": "周末及节假日",
        "hours:holidays": "周末及节假日",
    }


def test_a_thing_before_several_known_words_may_be_anything() -> None:
    """A list of schools has 学校名称 and 学校地址; one word alone says nothing, and a person is no place."""
    schools = headings("学校名称", "学校地址", "学校类别", "学校性质")
    assert match_headings(schools, {}).fields == {"name": "学校名称", "address": "学校地址", "kind": "学校类别"}
    assert match_headings(headings("学校地址", "学校类别"), {}).fields == {}
    assert match_headings(headings("学校名称", "学校地址", "校区名称", "校区地址"), {}).fields == {}
    roads = match_headings(headings("卡口编号", "卡口名称", "道路名称", "道路类型"), {}).fields
    assert roads == {"station_id": "卡口编号", "name": "卡口名称"}


def test_a_code_that_most_rows_share_is_no_identifier() -> None:
    """编码 may be that of the district."""
    columns = {"名称": ["甲站", "乙站", "丙站"], "编码": ["110101"] * 3}
    assert match_headings(sheet(**columns), {}).fields == {"name": "名称"}
    assert match_headings(sheet(**columns | {"编码": ["A", "B", "B"]}), {}).fields["station_id"] == "编码"
    assert match_headings(headings("開設者名称", "開設者住所", "owner_name", "owner_address"), {}).fields == {}
    korean = match_headings(
        headings("도서관명", "도서관유형", "도서관전화번호", "관리부서명", "관리부서전화번호"), {}
    )
    assert korean.fields == {"name": "도서관명", "kind": "도서관유형", "phone": "도서관전화번호"}
    assert match_headings(headings("名称", "园区名称", "园区地址"), {}).fields == {"name": "名称"}
    both = match_headings(headings("営業所名称", "営業所所在地", "営業者住所"), {})
    assert both.fields == {"name": "営業所名称", "address": "営業所所在地"}


def test_parts_of_one_thing_are_not_the_whole() -> None:
    """Each is some of the facilities."""
    parts = sheet(**{"设施(运动)": ["球场"], "设施(文化)": ["书"]})
    assert match_headings(parts, {}).fields == {}
    assert match_headings(sheet(**{"设施(运动)": ["球场"]}), {}).fields == {"amenities": "设施(运动)"}


def test_pairs_are_a_position_under_any_heading() -> None:
    """Only where nothing else is one, and nothing else stands in the column."""
    pairs = ["116.4049,39.9155", "116.4100，39.9200"]
    found = match_headings(sheet(column=pairs), {})
    assert (found.fields, found.guessed) == ({"position": "column"}, {"position"})
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


LISTED: dict[str, list[Any]] = {
    "站点名称": ["甲驿站", "乙驿站", "丙驿站"],
    "单位名称": ["某公司", "某公司", "某局"],
    "详细地址": ["东四北大街1号", "东四北大街2号", "东四北大街3号"],
    "高德纬度": [39.911, 39.912, 39.913],
    "高德经度": [116.411, 116.412, 116.413],
    "百度纬度": [39.921, 39.922, 39.923],
    "百度经度": [116.421, 116.422, 116.423],
    "电话": ["010-64000001", "010-64000002", None],
    "电话 (2)": ["010-64000003", None, None],
    "开放时间/上午": ["8:00-11:00"] * 3,
    "开放时间/下午": ["13:00-17:00"] * 3,
    "column 12": ["东城区", "东城区", "西城区"],
    "column 13": ["东四街道", "东四街道", "德胜街道"],
    "填报单位": ["某局"] * 3,
}


@settings(max_examples=100, deadline=None)
@given(order=st.permutations(list(LISTED)))
def test_the_order_of_columns_changes_nothing(order: list[str]) -> None:
    """Any permutation of the columns gives the same match, guesses among it."""
    found = match_headings(sheet(**{name: LISTED[name] for name in order}), {})
    expected = match_headings(sheet(**LISTED), {})
    assert (found.fields, found.guessed) == (expected.fields, expected.guessed)
    assert (
        set(found.unused)
        == set(expected.unused)
        == {
            "单位名称",
            "填报单位",
            "电话 (2)",
            *(
                name
                for name in ("高德纬度", "高德经度", "百度纬度", "百度经度")
                if name not in expected.fields.values()
            ),
        }
    )
    assert expected.guessed == {"district", "sub_district"}


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    junk=st.lists(st.text(max_size=12), max_size=5),
    cells=st.lists(
        st.one_of(st.none(), st.text(max_size=8), st.floats(), st.integers(), st.booleans()), max_size=3
    ),
)
def test_strange_columns_change_nothing(seed: int, junk: list[str], cells: list[Any]) -> None:
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
    assert match.guessed == frozenset()


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
