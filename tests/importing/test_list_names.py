"""Next month's file is the same list; another district's, kind's or batch's is not."""

from __future__ import annotations

import pytest

from locator.importing.list_names import SOURCE_LETTERS, list_key, source_of


@pytest.mark.parametrize(
    "name",
    [
        "东城暖心驿站.xlsx",
        "lists/东城暖心驿站（最新）.xlsx",
        "东城暖心驿站-最终版.xlsx",
        "东城暖心驿站最终版2.xlsx",
        "东城暖心驿站(1).xlsx",
        "东城暖心驿站 - 副本 (2).csv",
        "Copy of 东城暖心驿站.xlsx",
        "东城暖心驿站_new.xlsx",
        "东城暖心驿站2026年11月.xlsx",
        "2026年11月3日东城暖心驿站.xls",
        "东城暖心驿站11月份.xlsx",
        "十一月东城暖心驿站.xlsx",
        "东城暖心驿站202611.xlsx",
        "东城暖心驿站20261103.xlsx",
        "东城暖心驿站2026.11.3.xlsx",
        "东城暖心驿站11.3更新.xlsx",
        "东城暖心驿站（截至2026年11月）.xlsx",
        "东城暖心驿站V2.xlsx",
        "东城暖心驿站v1.2.xlsx",
        "东城暖心驿站（定稿）.et",
        "东城暖心驿站修改.xlsx",
        "东城暖心驿站（修改后）.xlsx",
        "【东城】暖心驿站汇总表（2026年第三季度）.xlsx",
        "东城暖心驿站明细汇总表.xlsx",
        "东城暖心驿站名单.xlsx",
    ],
)
def test_what_changes_every_month_is_no_part_of_the_name(name: str) -> None:
    """Dates, versions, copies, and what any table is called."""
    assert source_of(name) == "东城暖心驿站"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("【西城】暖心驿站汇总表.xlsx", "西城暖心驿站"),
        ("东城职工之家.xlsx", "东城职工之家"),
        ("东城暖心驿站（总工会）.xlsx", "东城暖心驿站总工会"),
        ("第二批暖心驿站.xlsx", "第二批暖心驿站"),
        ("驿站2.xlsx", "驿站2"),
        ("7号线驿站.xlsx", "7号线驿站"),
        ("五月花广场驿站.xlsx", "五月花广场驿站"),
        ("新街口驿站.xlsx", "新街口驿站"),
        ("newcastle.csv", "newcastle"),
        ("stations_2026-11-22.csv", "stations"),
        ("stations_final_v3.geojson.zip", "stations"),
        ("Warm stations Nov 2026.xlsx", "Warm stations"),
        ("한파쉼터_2026년11월_최종.xlsx", "한파쉼터"),
        ("2026.csv", "2026"),
        ("名单.xlsx", "名单"),
        ("(1).xlsx", "(1)"),
    ],
)
def test_what_tells_two_lists_apart_stays(name: str, source: str) -> None:
    """Districts, kinds, departments, batches; and something always stays."""
    assert source_of(name) == source


def test_a_known_list_keeps_its_name() -> None:
    """However it was named before; where two are alike, the name that is made of the file decides."""
    known = ["东城驿站汇总表", "西城驿站", "旧名"]
    assert source_of("【东城】驿站2026年11月.xlsx", known) == "东城驿站汇总表"
    assert source_of("東城驛站（最新）.xlsx", known) == "东城驿站汇总表"
    assert source_of("丰台驿站.xlsx", known) == "丰台驿站"
    assert source_of("西城驿站名单.xlsx", ["西城驿站", "西城驿站汇总表"]) == "西城驿站"
    assert list_key("東城驛站") == list_key("【东城】 驿站")


def test_a_name_is_not_longer_than_it_may_be() -> None:
    """Whatever the file is called."""
    assert len(source_of("驿" * 300 + ".xlsx")) == SOURCE_LETTERS
