"""Columns whose headings no word knows are guessed from their cells, or left."""

from __future__ import annotations

from typing import Any

import pytest

from locator.importing.understanding.column_guesses import guess_columns

ALL = frozenset(("position", "lat", "lon", "phone", "hours_text", "district", "sub_district", "address", "name"))
CELLS: dict[str, list[Any]] = {
    "position": ["116.4049,39.9155", "116.4100，39.9200", "(116.41, 39.92)"],
    "lat": [39.9155, "39.92001", "39°55′12″"],
    "lon": [116.4049, "116.41001", "116°24′36″"],
    "phone": ["010-64000001", "13900000001", "4006501234、010-64000002"],
    "hours_text": ["9:00-17:00", "24小时", "周一至周五 8:30-17:30"],
    "district": ["东城区", "西城区", "东城"],
    "sub_district": ["东四街道", "王四营地区", "永宁镇"],
    "address": ["北京市东城区东四北大街265号", "朝阳区望京街", "德外大街11号2层"],
    "name": ["东四街道暖心驿站", "和平里职工之家", "德胜户外劳动者服务站(二层)"],
}
DISTRICTS = ("东城区", "西城区", "朝阳区")


@pytest.mark.parametrize("field", [field for field in CELLS if field not in ("lat", "lon")])
def test_a_column_is_guessed_by_its_cells(field: str) -> None:
    """Whatever it is called, where the field has no column yet."""
    assert guess_columns({"甲": CELLS[field]}, ALL, DISTRICTS) == {field: "甲"}
    assert guess_columns({"甲": CELLS[field]}, ALL - {field}, DISTRICTS) == {}


def test_latitude_and_longitude_are_guessed_together() -> None:
    """One alone may be anything, and a third makes it unclear."""
    pair = {"甲": CELLS["lon"], "乙": CELLS["lat"]}
    assert guess_columns(pair, ALL) == {"lon": "甲", "lat": "乙"}
    assert guess_columns({"乙": CELLS["lat"]}, ALL) == {}
    assert guess_columns({**pair, "丙": CELLS["lat"]}, ALL) == {}
    assert guess_columns({"甲": [116, 117], "乙": [39, 40]}, ALL) == {}


def test_all_columns_at_once() -> None:
    """Each is what it holds; where both numbers stand in a cell, no two columns are guessed beside it."""
    found = guess_columns({f"column {field}": cells for field, cells in CELLS.items()}, ALL, DISTRICTS)
    assert found == {field: f"column {field}" for field in CELLS if field not in ("lat", "lon")}


@pytest.mark.parametrize(
    "field", ["phone", "hours_text", "address", "name", "district", "sub_district", "position"]
)
def test_two_columns_alike_are_not_clear(field: str) -> None:
    """Nobody can tell which of them is meant."""
    assert guess_columns({"甲": CELLS[field], "乙": CELLS[field]}, ALL, DISTRICTS) == {}


@pytest.mark.parametrize(
    "cells",
    [
        ["东四街道暖心驿站", "不详", "另一处"],
        ["东四街道暖心驿站"],
        ["金鱼胡同暖心驿站"] * 5,
        ["13900000001", "13900000002"],
        ["64000001", "64000002"],
        ["110101", "110102"],
        ["北京市", "北京市"],
        ["是", "否"],
        [1, 2, 3],
        ["2026-11-01", "2026-11-02"],
    ],
)
def test_what_is_not_clear_is_left(cells: list[Any]) -> None:
    """Less than four cells in five, a single cell, names that repeat, private numbers, codes, numbers, days."""
    assert guess_columns({"甲": cells}, ALL, DISTRICTS) == {}


def test_a_heading_that_ends_in_name_helps() -> None:
    """Among columns of words that differ from row to row."""
    words = ["中心花园", "北门广场", "望京西"]
    assert guess_columns({"甲": words}, ALL) == {}
    assert guess_columns({"树种名称": words}, ALL) == {"name": "树种名称"}
    assert guess_columns({"축제명": words}, ALL) == {"name": "축제명"}
    assert guess_columns({"甲名称": words, "乙名称": words}, ALL) == {}


def test_districts_of_elsewhere_are_none_of_ours() -> None:
    """Where districts are known, others are not guessed; where none are, their endings count."""
    cells = ["玄武区", "鼓楼区", "玄武区"]
    assert guess_columns({"甲": cells}, ALL, DISTRICTS) == {}
    assert guess_columns({"甲": cells}, ALL) == {"district": "甲"}


def test_a_sheet_of_very_many_columns_is_not_guessed() -> None:
    """It is no list of stations."""
    assert guess_columns({**{f"c{n}": ["x", "y"] for n in range(300)}, "甲": CELLS["name"]}, ALL) == {}
