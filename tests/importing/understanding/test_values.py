"""What cells say, in the vocabulary; what they do not say for certain stays unknown."""

from __future__ import annotations

import csv
import json
import time as clock
from collections import Counter
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locator.files.sheets import Sheet
from locator.geo.datum import Datum
from locator.importing.understanding.amenity_words import read_amenities
from locator.importing.understanding.heading_words import STATION_HEADINGS
from locator.importing.understanding.headings import Match, match_headings
from locator.importing.understanding.opening_columns import read_shift
from locator.importing.understanding.values import Draft, read_values
from locator.language.pinyin import pinyin
from locator.stations.checking import find_faults
from locator.stations.reading import COLUMNS, StationTable

TODAY = date(2026, 11, 22)


def read(districts: tuple[str, ...] = (), /, **columns: list[Any]) -> Draft:
    """Read columns that are named after their fields; ``_`` stands for the colon."""
    named = {name.replace("amenity_", "amenity:"): values for name, values in columns.items()}
    match = Match({name: name for name in named}, (), {})
    return read_values(Sheet("list", "csv", None, named), match, "warm_station", districts=districts, today=TODAY)


def one(field: str, value: Any) -> Any:
    """Read one cell; nothing may be said against it."""
    draft = read(**{field: [value]})
    assert draft.unread == []
    return draft.columns[field][0]


def refused(field: str, value: Any) -> bool:
    """Tell whether the row cannot be kept for this cell; it is not understood in either case."""
    draft = read(**{field: [value]})
    (cell,) = draft.unread
    assert (cell.row, cell.field, draft.columns[field]) == (1, field, [None])
    return cell.is_fault


@pytest.mark.parametrize(
    ("field", "value", "meaning"),
    [
        # names and texts
        ("name", "  东华门\n街道 ", "东华门街道"),
        ("name", "金融街工\r\n  会驿站\n（北门）", "金融街工会驿站（北门）"),
        ("name", "Rest\npoint\n2号", "Rest point 2号"),
        ("name", "甲\u202e乙\x00\u2066丙\ufeff", "甲乙丙"),
        ("name", "<b>甲</b>", "<b>甲</b>"),
        ("name", '=HYPERLINK("x")', '=HYPERLINK("x")'),
        ("name", "名" * 200, "名" * 200),
        ("name", 7, "7"),
        ("name", "-", None),
        ("address", "n/a", None),
        ("address", float("nan"), None),
        ("station_id", " DC-001 ", "DC-001"),
        ("station_id", 1001.0, "1001"),
        # kinds, tiers, venues, ways in
        ("kind", "暖心驿站", "warm_station"),
        ("kind", "爱心驿站", "warm_station"),
        ("kind", "户外劳动者驿站", "warm_station"),
        ("kind", "工会驛站", "warm_station"),
        ("kind", "环卫工人休息站", "warm_station"),
        ("kind", "职工之家", "worker_home"),
        ("kind", "示范职工之家", "worker_home"),
        ("kind", "社区工会服务站", "community_station"),
        ("kind", "社区联合会", "community_station"),
        ("kind", "worker_home", "worker_home"),
        ("kind", "Community station", "community_station"),
        ("tier", "街道级", "sub_district"),
        ("tier", "社区级", "village"),
        ("tier", "区（县）级", "district"),
        ("tier", "市级", "city"),
        ("tier", "边村级", "edge_village"),
        ("venue", "郑州银行高新区小微支行", "bank"),
        ("venue", "银行路社区居委会", "community_centre"),
        ("venue", "加油站便利店", "convenience_store"),
        ("venue", "邮政储蓄银行", "bank"),
        ("venue", "편의점", "convenience_store"),
        ("venue", "Business park", "business_park"),
        ("entry", "扫码进入", "code"),
        ("entry", "无需登记", "walk_in"),
        ("entry", "凭工会卡", "card"),
        # numbers
        ("seats", "20人", 20),
        ("seats", "２０", 20),
        ("seats", "约20", 20),
        ("seats", 8.0, 8),
        ("seats", "1,200", 1200),
        ("seats", "", None),
        ("area_m2", "约20㎡", 20),
        ("area_m2", "12.5 平方米", 12.5),
        ("position_accuracy_m", "0.3km", 300),
        # days
        ("checked_on", "2026-11-05", "2026-11-05"),
        ("checked_on", "2026/11/5", "2026-11-05"),
        ("checked_on", "2026年11月5日", "2026-11-05"),
        ("checked_on", 20261105, "2026-11-05"),
        ("checked_on", "2026-11-05 08:30:00", "2026-11-05"),
        ("checked_on", datetime(2026, 11, 5, 8, 30), "2026-11-05"),
        ("checked_on", date(2026, 11, 22), "2026-11-22"),
        ("checked_on", 45976, "2025-11-15"),
        ("checked_on", "2026.11.20", "2026-11-20"),
        ("checked_on", "2026년 11월 5일", "2026-11-05"),
        # not fresher than it is
        ("checked_on", "2026年11月", "2026-11-01"),
        ("checked_on", "2026-11", "2026-11-01"),
        # telephones and pictures
        ("phone", "010-12345678转801", "010-12345678转801"),
        ("phone", "（010）１２３４５６７８", "（010）１２３４５６７８"),
        ("phone", 12351, "12351"),
        ("phone", 13800138000.0, "13800138000"),
        ("phone", "010-65131212、65131213", "010-65131212、65131213"),
        ("phone", "010-64000001\n13900000001", "010-64000001、13900000001"),
        ("phone", "值班室\n010—64000001转801", "值班室 010—64000001转801"),
        ("phone", "工会办公室010-64000001、安保13900000001", "工会办公室010-64000001、安保13900000001"),
        ("phone", "周一至周五 010-64000001", "周一至周五 010-64000001"),
        ("phone", "微信群里问", "微信群里问"),
        ("phone", "无", None),
        ("phone", "無", None),
        ("photo_url", "https://example.org/a.jpg", "https://example.org/a.jpg"),
    ],
)
def test_a_cell_is_read(field: str, value: Any, meaning: Any) -> None:
    """In whatever form people write it."""
    assert one(field, value) == meaning


@pytest.mark.parametrize(
    ("field", "value", "is_fault"),
    [
        ("name", "名" * 201, True),
        ("address", "路" * 501, True),
        ("hours_text", "时" * 501, True),
        ("seats", "很多", True),
        ("seats", "2_0", True),
        ("seats", "20-30", True),
        ("seats", 8.5, True),
        ("seats", -1, True),
        ("seats", True, True),
        ("seats", float("inf"), True),
        ("seats", "9" * 30, True),
        ("seats", 10**400, True),
        ("area_m2", "20亩", True),
        ("area_m2", "1,20", True),
        ("position_accuracy_m", "十米", True),
        ("checked_on", "2026-11-23", False),
        ("checked_on", "2026-02-30", False),
        ("checked_on", "去年", False),
        ("checked_on", 2026.11, False),
        ("phone", "1.39E+10", False),
        ("phone", "1" * 201, False),
        ("photo_url", "javascript:alert(1)", False),
        ("photo_url", "https://", False),
        ("kind", "菜鸟网点", False),
        ("tier", "五星", False),
        ("venue", "某处", False),
        ("entry", "凭卡或扫码", False),
        ("hours_text", "工作日开放", False),
    ],
)
def test_a_cell_that_cannot_be_read_is_told(field: str, value: Any, is_fault: bool) -> None:
    """Numbers and texts too long refuse the row; of anything else only the fact is unknown."""
    if field == "kind":
        draft = read(kind=[value])
        assert draft.columns["kind"] == ["warm_station"]
        assert draft.words["kind"] == {value: None}
        assert [cell.is_fault for cell in draft.unread] == [False]
    elif field == "hours_text" and not is_fault:
        draft = read(hours_text=[value])
        assert (draft.columns["hours"], draft.columns["hours_text"]) == ([None], [value])
        assert [(cell.field, cell.value, cell.is_fault) for cell in draft.unread] == [("hours", value, False)]
    elif field == "hours_text":
        assert [cell.is_fault for cell in read(hours_text=[value]).unread] == [True]
    else:
        assert refused(field, value) == is_fault


def test_a_kind_may_say_the_sub_kind_and_the_venue() -> None:
    """A column of its own goes before."""
    draft = read(kind=["示范职工之家", "银行网点暖心驿站", "便利店"], venue=[None, "药店", None])
    assert draft.columns["kind"] == ["worker_home", "warm_station", "warm_station"]
    assert draft.columns["sub_kind"] == ["model", None, None]
    assert draft.columns["venue"] == [None, "pharmacy", "convenience_store"]


def test_a_venue_in_the_column_of_kinds_was_understood() -> None:
    """It is listed as a venue and not as a kind that could not be mapped."""
    draft = read(kind=["주민센터", "노인시설", "驿站"])
    assert draft.words == {
        "kind": {"驿站": "warm_station"},
        "venue": {"주민센터": "community_centre", "노인시설": "other"},
    }
    assert draft.unread == []


@pytest.mark.parametrize(
    ("value", "answers"),
    [
        ("饮水机、微波炉；座椅 雨伞", "drinking_water microwave seats umbrellas"),
        (["drink", "ac", "seat", "charging", "wifi"], "drinking_water air_conditioning seats phone_charging wifi"),
        (["first_aid", "microwave", "toilet"], "first_aid_kit microwave toilet"),
        ("['drink', 'ac']", "drinking_water air_conditioning"),
        ('{"seats": "yes", "wifi": "no"}', "seats -wifi"),
        ({"wifi": True, "空调": "无"}, "wifi -air_conditioning"),
        ("桌椅，冷暖空调", "tables seats air_conditioning heating"),
        ("智能饮水机（冷热）1台、急救药箱（常用）", "drinking_water first_aid_kit"),
        ("提供热水、手机充电等服务", "drinking_water phone_charging"),
        ("Hot water / first aid kit, no wifi", "drinking_water first_aid_kit -wifi"),
        ("1.饮水机 2.微波炉 3、座椅", "drinking_water microwave seats"),
        ("饮水 充电 热饭 应急药品 如厕", "drinking_water phone_charging microwave first_aid_kit toilet"),
        ("微波炉（自备餐具）、手机充电（苹果、安卓）、洗手间（对外）", "microwave phone_charging toilet"),
        ("24小时热水、桌椅等配套设施", "drinking_water tables seats"),
        # the union's own phrases
        (
            "冷可取暖、热可纳凉、渴可喝水、累可歇脚、饭可加热",
            "heating air_conditioning drinking_water seats microwave",
        ),
        (
            "热能纳凉，累能休息，没电能充电，急可方便，伤可用药，闷可阅读",
            "air_conditioning seats phone_charging toilet first_aid_kit books",
        ),
        ("冬可取暖、夏可纳凉、可上WiFi", "heating air_conditioning wifi"),
        ("冷能取暖热能纳凉渴能喝水饭凉能加热", "heating air_conditioning drinking_water microwave"),
        # what is missing
        ("除微波炉外，设施齐全", "-microwave"),
        ("除饮水机外，还有微波炉、空调", "drinking_water microwave air_conditioning"),
        ("除空调外", ""),
        ("暂无空调、不能充电", "-air_conditioning -phone_charging"),
        ("✔️饮水机 ❌空调", "drinking_water -air_conditioning"),
        ("微波炉（坏）、空调（停用）", ""),
        ("空调，无；饮水机，有；冰箱", "-air_conditioning drinking_water fridge"),
        ("空调、微波炉，无", ""),
        ("配备了饮水机，增设取暖设备、热热饭、看看书", "drinking_water heating microwave books"),
        ("无空调", "-air_conditioning"),
        ("没有微波炉，有冰箱", "-microwave fridge"),
        ("微波炉×，饮水机√", "-microwave drinking_water"),
        ("微波炉：无；空调：有", "-microwave air_conditioning"),
        ("微波炉 无空调", "microwave -air_conditioning"),
        ("微波炉 无 空调 有", "-microwave air_conditioning"),
        ("没有空调和微波炉", "-air_conditioning -microwave"),
        ("微波炉x2，座椅0个", "microwave -seats"),
        # what only looks as if
        ("无障碍卫生间，无线充电，无线网络", "toilet phone_charging wifi"),
        ("无空调、微波炉", "-air_conditioning"),
        ("电动车充电、热水器、休息区、水果", ""),
        ("有空调，无空调，座椅", "seats"),
        # the standard has a fridge or a toilet
        ("七个一", "tables seats microwave drinking_water heating air_conditioning first_aid_kit"),
        ("六有", ""),
        ("无", ""),
        (None, ""),
    ],
)
def test_amenities_are_read(value: Any, answers: str) -> None:
    """``-`` stands before those said to be missing."""
    expected = {word.lstrip("-"): "no" if word.startswith("-") else "yes" for word in answers.split()}
    assert read_amenities(value)[0] == expected


def test_every_piece_of_an_amenity_list_is_told() -> None:
    """What was not understood has no meaning beside it."""
    draft = read(amenities=["饮水机 书吧", "饮水机、无空调", None])
    assert draft.columns["amenities"] == [
        {"drinking_water": "yes"},
        {"drinking_water": "yes", "air_conditioning": "no"},
        None,
    ]
    assert draft.words["amenities"] == {"饮水机": "drinking_water", "书吧": None, "无空调": "air_conditioning: no"}


def test_a_column_of_one_amenity_says_yes_or_no() -> None:
    """It goes before the list; numbers count."""
    cells = ["有", "无", "√", "×", 1, 0, "Y", "no", True, False, "2台", None, "/", "坏了"]
    words = {
        "有（2台）": "yes",
        "无（计划增设）": "no",
        "暂无": "no",
        "✅": "yes",
        "共2台": "yes",
        "有（坏）": None,
    }
    assert read(amenity_microwave=list(words)).words["amenity:microwave"] == words
    draft = read(amenity_microwave=cells, amenities=["微波炉×"] * len(cells))
    found = [row["microwave"] for row in draft.columns["amenities"]]
    assert found == ["yes", "no"] * 5 + ["yes", "no", "no", "no"]
    assert draft.words["amenity:microwave"]["坏了"] is None


def test_rows_do_not_share_what_they_hold() -> None:
    """Changing the amenities of one leaves the other."""
    first, second = read(amenities=["座椅", "座椅"]).columns["amenities"]
    first["seats"] = "no"
    assert second == {"seats": "yes"}


@pytest.mark.parametrize(
    ("opens", "closes", "days", "hours"),
    [
        ("09:00:00", "18:00:00", "", "09:00-18:00"),
        ("00:00:00", "23:59:59", "", "24/7"),
        ("00:00:01", "23:59:59", "", "24/7"),
        (time(8, 30), time(17, 0), "", "08:30-17:00"),
        (0.375, 0.75, "", "09:00-18:00"),
        ("0900", "1800", "", "09:00-18:00"),
        (9, 18, "", "09:00-18:00"),
        ("9시", "18시 30분", "", "09:00-18:30"),
        ("上午9点", "下午5点", "", "09:00-17:00"),
        ("15:00:00", "11:00:00", "", "Mo-Su 15:00-11:00"),
        ("18:00", "00:00", "", "18:00-24:00"),
        ("09:00", "18:00", "周一至周五", "Mo-Fr 09:00-18:00"),
        ("22:00", "6:00", "周末", "Sa-Su 22:00-06:00"),
        ("09:00", "18:00", "평일", "Mo-Fr 09:00-18:00"),
        # not clear
        ("09:00", "09:00", "", None),
        ("9:00", "5:00", "", None),
        ("1:30", "5:00", "", None),
        ("09:00", None, "", None),
        ("09:00:30", "18:00", "", None),
        ("25:00", "26:00", "", None),
        ("09:00", "18:00", "有时", None),
    ],
)
def test_opening_and_closing_make_hours(opens: Any, closes: Any, days: str, hours: str | None) -> None:
    """Where there is one meaning."""
    assert read_shift(opens, closes, days) == hours


def test_hours_keep_the_words_of_the_file() -> None:
    """OSM syntax alone has no words to keep."""
    draft = read(hours=["Mo-Fr 09:00-17:00", None], hours_text=[None, "周一至周五9点到17点"])
    assert draft.columns["hours"] == ["Mo-Fr 09:00-17:00"] * 2
    assert draft.columns["hours_text"] == [None, "周一至周五9点到17点"]
    draft = read(opens=["09:00:00"], closes=["18:00:00"], open_days=["每天"])
    assert draft.columns["hours"] == ["Mo-Su 09:00-18:00"]
    assert draft.columns["hours_text"] == ["每天 09:00:00-18:00:00"]


def test_days_of_another_column_belong_to_the_hours() -> None:
    """Unless the hours name days themselves; days that cannot be read leave the hours unread."""
    draft = read(
        hours_text=["9:00-17:00", "周六 9:00-12:00", "9:00-17:00"], open_days=["周一至周五"] * 2 + ["看情况"]
    )
    assert draft.columns["hours"] == ["Mo-Fr 09:00-17:00", "Sa 09:00-12:00", None]


def test_a_district_is_named_in_full_where_one_can_be_meant() -> None:
    """And left as it is where none or several can."""
    names = ("东城区", "西城区", "大兴区", "大兴县")
    said = ["东城", "北京市西城区", "大兴", "上海", "东城区", None]
    found = read(names, district=said).columns["district"]
    assert found == ["东城区", "西城区", "大兴", "上海", "东城区", None]


def test_chinese_names_are_spelled() -> None:
    """Other names have no pinyin, nor one that would be too long."""
    draft = read(name=["朝阳门驿站", "Rest point", "朝阳" * 100])
    assert draft.columns["pinyin"] == ["chao yang men yi zhan", None, None]


@pytest.mark.parametrize(
    "name", ["什刹海A座12号", "朝阳ABC，长子营·甲", "ＡＢ１２路驿站", "☃驿站", "重庆路3号（长安）"]
)
def test_names_are_spelled_as_everywhere_else(name: str) -> None:
    """Piece by piece or whole, the pinyin is that of a station."""
    assert read(name=[name]).columns["pinyin"] == [pinyin(name)]


def test_what_is_not_read_names_row_and_cell() -> None:
    """Rows are counted from 1, in their order; a long cell is shortened."""
    draft = read(seats=["1", "x" * 100, "二"], phone=["none of your business" * 10] * 3)
    assert [(cell.row, cell.field) for cell in draft.unread] == [
        (1, "phone"),
        (2, "seats"),
        (2, "phone"),
        (3, "seats"),
        (3, "phone"),
    ]
    assert draft.unread[1].value == "x" * 79 + "…"


def test_one_is_not_true() -> None:
    """Values that Python holds for equal are read apart."""
    draft = read(seats=[1, True, 1.0, "1"])
    assert draft.columns["seats"] == [1, None, 1, 1]
    assert [cell.row for cell in draft.unread] == [2]


def faults_of(draft: Draft) -> list[str]:
    """Return what the rules for published files have against a draft, once it has ids, names and positions."""
    count = len(draft.columns["name"])
    ids, names = [f"s{row}" for row in range(count)], [name or "x" for name in draft.columns["name"]]
    columns = {**draft.columns, "station_id": ids, "name": names}
    return [
        str(fault) for fault in find_faults([StationTable("x", columns, [[116.4, 39.9]] * count, Datum.WGS84)])
    ]


CELLS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.text(
            alphabet="周一至五六日-:：0123456789,， 次日休息有无×√座椅空调饮水微波炉、;(){}[]\"'", max_size=16
        ),
        st.sampled_from(
            ["9:00-17:00", "Mo-Fr 09:00-17:00; PH off", "24/7", "名" * 201, "https://a/b", "2026-11-05"]
        ),
        st.dates(),
        st.times(),
        st.datetimes(),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=3,
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(STATION_HEADINGS.fields), st.lists(CELLS, min_size=2, max_size=2), max_size=6)
)
def test_no_cell_makes_a_fault_in_what_is_published(columns: dict[str, list[Any]]) -> None:
    """Whatever a sheet holds, a draft keeps the rules of published files but for id, name and position."""
    draft = read(**columns)
    assert set(draft.columns) == set(COLUMNS)
    assert faults_of(draft) == []
    json.dumps([draft.words, [cell.value for cell in draft.unread]], ensure_ascii=False).encode()


def test_a_deep_cell_is_no_trouble() -> None:
    """Lists in lists in lists are not followed down."""
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    draft = read(**{field: [deep, deep] for field in STATION_HEADINGS.fields if not field.startswith("amenity:")})
    assert faults_of(draft) == []


def test_many_rows_are_read_fast() -> None:
    """Distinct values are read, not rows."""
    rows = 50_000
    columns = {
        "名称": [f"驿站{row % 500}" for row in range(rows)],
        "地址": [f"某路{row}号" for row in range(rows)],
        "区": ["东城"] * rows,
        "类型": ["暖心驿站", "便利店"] * (rows // 2),
        "开放时间": ["9:00-17:00", "工作日 9:00-17:00"] * (rows // 2),
        "设施": ["饮水机、座椅", "无空调"] * (rows // 2),
        "座位数": [str(row % 50) for row in range(rows)],
    }
    sheet = Sheet("list", "csv", None, columns)
    start = clock.process_time()
    draft = read_values(sheet, match_headings(sheet, {}), "warm_station", districts=("东城区",), today=TODAY)
    assert clock.process_time() - start < 5  # half a second on the machine it was written on
    assert Counter(draft.columns["venue"]) == {None: rows // 2, "convenience_store": rows // 2}


def test_seoul_is_read(shared_data: Path) -> None:
    """All 1,312 shelters have a name, a road address, a district, seats, a venue and hours."""
    with (shared_data / "seoul_cold_shelters.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    sheet = Sheet("seoul.csv", "csv", "utf-8", {name: [row[name] for row in rows] for name in rows[0]})
    draft = read_values(sheet, match_headings(sheet, {}), "warm_station", today=TODAY)
    assert draft.unread == []
    for field in ("name", "address", "district", "seats", "venue", "hours"):
        assert None not in draft.columns[field]
    assert draft.columns["address"][0] == "서울특별시 은평구 응암로22길 13-9"
    assert draft.columns["seats"][:3] == [30, 20, 40]
    always = [row for row, hours in enumerate(draft.columns["hours"]) if hours == "24/7"]
    assert all(rows[row]["개방시간"] in ("00:00:00", "00:00:01") for row in always)
    assert len(always) == 6
    assert Counter(draft.columns["venue"]) == {"community_centre": 343 + 53, "other": 857 + 58 + 1}
    assert faults_of(draft) == []


def test_zhengzhou_is_read(shared_data: Path) -> None:
    """All 82 names and amenities, and hours but for the two rows that only say 工作日开放."""
    rows = json.loads((shared_data / "zhengzhou_union_stations.json").read_text(encoding="utf-8"))
    sheet = Sheet("z.json", "json", None, {name: [row[name] for row in rows] for name in rows[0]})
    draft = read_values(sheet, match_headings(sheet, {}), "warm_station", today=TODAY)
    assert draft.columns["name"] == [row["name"] for row in rows]
    assert len(draft.columns["name"]) == 82
    assert None not in draft.words["amenities"].values()
    unread = {cell.value for cell in draft.unread}
    assert unread == {"工作日开放"}
    assert sum(hours is not None for hours in draft.columns["hours"]) == 80
    answers = Counter(word for row in draft.columns["amenities"] for word in row)
    basic = ("drinking_water", "seats", "phone_charging")
    assert answers == dict.fromkeys(basic, 82) | dict.fromkeys(("air_conditioning", "wifi", "first_aid_kit"), 59)
    assert faults_of(draft) == []


def test_the_state_of_a_row_is_said_by_several_columns() -> None:
    """Its own column, the name, a remark; what is not clear is a doubt and not open in silence."""
    draft = read(
        name=["甲驿站(已撤销)", "乙驿站", "丙驿站", "丁驿站", "戊驿站", "己驿站"],
        status=["撤销", "暂停开放", "装修中", "新建", "正常", None],
        remarks=[None, None, "12月底恢复", None, "2026年6月关闭", "空调维修中"],
    )
    assert draft.columns["name"][0] == "甲驿站"
    assert draft.columns["status"] == [
        "closed",
        "closed_for_now",
        "closed_for_now",
        "open",
        "closed_for_now",
        None,
    ]
    assert draft.columns["status_note"] == [
        "撤销",
        None,
        "装修中，12月底恢复",
        "新建",
        "2026年6月关闭",
        None,
    ]
    assert [(doubt.row, doubt.code) for doubt in draft.doubts] == [(4, "status_unclear"), (5, "status_unclear")]
    assert draft.words["status"]["新建"] is None
    assert [(cell.row, cell.value, cell.is_fault) for cell in draft.unread] == [(4, "新建", False)]


def test_a_closure_that_is_announced_is_a_doubt_about_an_open_station() -> None:
    """It says so with the words of the list."""
    draft = read(status=["正常"], remarks=["2027年1月起停用"])
    assert (draft.columns["status"], draft.columns["status_note"]) == (["open"], ["2027年1月起停用"])
    (doubt,) = draft.doubts
    assert "in service" in doubt.reason
    assert "2027年1月起停用" in doubt.reason.to("zh")


def test_a_day_to_come_closes_a_station_until_then() -> None:
    """Unless its own column has another word."""
    draft = read(status_until=["2026-12-31", date(2026, 12, 31), "2026-01-31", "12月底"], name=["甲"] * 4)
    assert draft.columns["status"] == ["closed_for_now", "closed_for_now", None, None]
    assert draft.columns["status_until"] == ["2026-12-31", "2026-12-31", None, None]
    assert draft.columns["status_note"] == [None, None, None, "12月底"]


def test_the_day_of_the_list_is_that_of_its_rows() -> None:
    """Unless they have one of their own; a number may be the day in a spreadsheet."""
    columns = {"checked_on": [45976, "45976", "2026.11.20", None]}
    match = Match({"checked_on": "checked_on"}, (), {})
    sheet = Sheet("list", "csv", None, columns)
    draft = read_values(sheet, match, "warm_station", today=TODAY, listed_on=date(2026, 11, 21))
    assert draft.columns["checked_on"] == ["2025-11-15", "2025-11-15", "2026-11-20", "2026-11-21"]
    assert draft.unread == []


def test_a_state_among_the_hours_is_a_state() -> None:
    """Where it is about the whole station and the rest are hours."""
    draft = read(hours_text=["暂停开放", "8:30-17:30（装修中）", "周末，暂停开放", "9:00-17:00，周一闭馆"])
    assert draft.columns["status"] == ["closed_for_now", "closed_for_now", None, None]
    assert draft.columns["status_note"] == [None, "装修中", None, None]
    assert draft.columns["hours"] == [None, "08:30-17:30", None, "09:00-17:00; Mo off"]
    assert draft.columns["hours_text"] == [None, "8:30-17:30", "周末，暂停开放", "9:00-17:00，周一闭馆"]


def test_a_remark_may_limit_the_hours() -> None:
    """Nobody is told that it is open on a day of which the list says otherwise."""
    draft = read(
        hours_text=["9:00-17:00"] * 7,
        remarks=[
            "周末不开放",
            "有空调，周日休",
            "夏季开放，冬季关闭",
            "每天9:00-17:00",
            "12:00-13:00午休",
            "可午休",
            "周末10:00-16:00",
        ],
    )
    assert draft.columns["hours"] == [
        "09:00-17:00; Sa-Su off",
        "09:00-17:00; Su off",
        None,
        "09:00-17:00",
        "09:00-12:00,13:00-17:00",
        "09:00-17:00",
        None,
    ]
    assert draft.columns["hours_text"][1] == "9:00-17:00，周日休"
    assert [(cell.row, cell.value) for cell in draft.unread] == [
        (3, "9:00-17:00，夏季开放，冬季关闭"),
        (7, "9:00-17:00，周末10:00-16:00"),
    ]


def test_the_reason_for_a_closure_may_stand_in_the_remark() -> None:
    """It is shown; what says nothing of the closure is not, nor is what a station lacks that is open."""
    draft = read(
        status=["暂停运营", "未开放", "正常", "停用"],
        remarks=[
            "因煤改电施工，2027年3月15日恢复",
            "设备未到位，张三 13800138000",
            "因煤改电施工，绕行北门",
            "有空调",
        ],
    )
    notes = ["暂停运营，因煤改电施工，2027年3月15日恢复", "未开放，设备未到位", None, "停用"]
    assert draft.columns["status_note"] == notes


def test_hours_that_two_columns_say_differently_are_a_doubt_with_both() -> None:
    """And nobody is told whether the station is open."""
    draft = read(hours=["09:00-17:00", "09:00-17:00"], hours_text=["周一至周日 6:00-23:00", "每天9点到17点"])
    assert draft.columns["hours"] == ["24/7 unknown", "09:00-17:00"]
    (doubt,) = draft.doubts
    assert (doubt.row, doubt.code) == (1, "hours_conflict")
    assert all(words in doubt.reason.to("zh") for words in ("09:00-17:00", "周一至周日 6:00-23:00"))
    assert draft.two_hours[1].read == "Mo-Su 06:00-23:00"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("张三 13900000001", "13900000001"),
        ("张三：13900000001；李四：13900000002", "13900000001、13900000002"),
        ("联系人：欧阳小明\n010-64000001", "010-64000001"),
        ("13900000001（刘师傅）", "13900000001"),
        ("负责人 李雷主任 139 0000 0001 值班室 010-64000001", "139 0000 0001、值班室 010-64000001"),
        ("社区书记赵敏13900000001", "社区书记 13900000001"),
        ("张三", None),
    ],
)
def test_the_name_of_a_person_is_not_published(value: str, number: str | None) -> None:
    """The numbers are, and it is said."""
    draft = read(phone=[value])
    assert draft.columns["phone"] == [number]
    (cell,) = draft.unread
    assert (cell.field, cell.is_fault) == ("phone", False)
    assert "person" in cell.reason
