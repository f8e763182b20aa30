"""Worksheets as one table: which are read, and what is said of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locator.errors import GeodataError, UsageError
from locator.files.cell_grids import Grid, Grids, collect
from locator.files.joined_tables import Asked, arrange
from locator.files.sheets import RowPlace, read_sheet
from locator.files.tables import Content
from tests.files.test_table_shape import DISTRICTS, HEADINGS, WORDS, Rows, station


def sheets(tables: dict[str, Rows], *, hidden: tuple[str, ...] = (), **asked: Any) -> Content:
    """Read worksheets by name."""
    grids = [Grid(name, *collect(rows, "list"), is_hidden=name in hidden) for name, rows in tables.items()]
    return arrange(Grids("xlsx", None, grids), "list", Asked(WORDS, districts=DISTRICTS, **asked))


def reasons(content: Content) -> dict[str, str]:
    """Return worksheet to why it was not read."""
    return {sheet.name: str(sheet.reason) for sheet in content.worksheets if not sheet.is_read}


TWO: dict[str, Rows] = {"东城": [["名单"], HEADINGS, station(1)], "西城": [HEADINGS, station(2), station(3)]}


def test_worksheets_with_the_same_headings_are_one_table() -> None:
    """Each row knows its worksheet, which gives it the district that it is called after."""
    content = sheets(TWO)
    assert content.columns["名称"] == ["1号驿站", "2号驿站", "3号驿站"]
    assert content.columns["所属区"] == ["东城区", "西城区", "西城区"]
    assert content.row_numbers == (3, 2, 3)
    assert content.row_worksheets == ("东城", "西城", "西城")
    assert [(one.name, one.rows, one.heading_rows) for one in content.worksheets] == [
        ("东城", 1, (2,)),
        ("西城", 2, (1,)),
    ]
    assert '"东城", "西城"' in content.notes[0]


def test_columns_of_the_same_meaning_are_one_column() -> None:
    """In another order, under another word, and with one that the others lack."""
    other: Rows = [["驿站名称", "序号", "地址", "纬度", "经度", "电话"], ["乙站", 1, "西路", 39.9, 116.3, "1"]]
    content = sheets({"a": [HEADINGS, station(1)], "b": other})
    assert list(content.columns) == [*HEADINGS, "电话"]
    assert content.columns["名称"] == ["1号驿站", "乙站"]
    assert content.columns["经度"] == [116.4, 116.3]
    assert content.columns["电话"] == [None, "1"]


def test_worksheets_without_the_list_are_named_and_left_out() -> None:
    """Instructions, a summary, a form, an older list, a hidden and an empty one."""
    content = sheets(
        {
            "填表说明": [["1.", "坐标用高德"]],
            "汇总": [["区", "数量"], ["东城区", 2]],
            "名单": [HEADINGS, station(1)],
            "模板": [HEADINGS, station(8)],
            "隐藏": [HEADINGS, station(9)],
            "Sheet3": [],
        },
        hidden=("隐藏",),
    )
    assert content.columns["名称"] == ["1号驿站"]
    assert content.row_worksheets is None
    found = reasons(content)
    assert found["汇总"].endswith("other headings: 区, 数量") or "no headings" in found["汇总"]
    assert "no headings of a list" in found["填表说明"]
    assert "no list in force" in found["模板"]
    assert (found["隐藏"], found["Sheet3"]) == ("it is hidden", "it is empty")
    assert "坐标用高德" in content.titles


def test_worksheets_can_be_chosen() -> None:
    """Also those that would not be read; an unknown one is refused with the names there are."""
    tables = {**TWO, "模板": [HEADINGS, station(8)], "联系人": [["单位", "电话"], ["总工会", "1"]]}
    assert sheets(tables, worksheets=["模板"]).columns["名称"] == ["8号驿站"]
    both = sheets(tables, worksheets=["西城", "联系人"])
    assert both.columns["名称"] == ["2号驿站", "3号驿站", None]
    assert both.columns["电话"] == [None, None, "1"]
    with pytest.raises(UsageError, match=r'no worksheet "海淀".* It has: 东城, 西城, 模板, 联系人'):
        sheets(tables, worksheets=["海淀"])


def test_worksheets_of_districts_may_have_other_columns_too() -> None:
    """One district gives a telephone, another the state; a directory of people is still no list of stations."""
    other = [["地址", "驿站名称", "状态", "备注"], ["西路2号", "2号驿站", "是", "新"]]
    content = sheets({"东城区": [HEADINGS, station(1)], "西城": other})
    assert content.columns["名称"] == ["1号驿站", "2号驿站"]
    assert content.columns["状态"] == [None, "是"]
    assert sheets({"东城区": [HEADINGS, station(1)], "其他": other}).columns["名称"] == ["1号驿站"]


def test_a_table_that_lies_on_its_side_is_refused() -> None:
    """Nothing in its first column is a station."""
    with pytest.raises(GeodataError, match="headings one below the other"):
        sheets({"a": [["名称", "甲站", "乙站"], ["地址", "东路1号", "东路2号"], ["电话", "1", "2"]]})


def test_a_hidden_worksheet_is_read_where_no_other_has_a_list() -> None:
    """A list is better than none."""
    content = sheets({"封面": [["封面"]], "数据": [HEADINGS, station(1)]}, hidden=("数据",))
    assert content.columns["名称"] == ["1号驿站"]


def test_a_worksheet_of_stations_that_are_no_more_says_so_of_each() -> None:
    """As their state, for their rows have no column for it."""
    content = sheets({"正常": [HEADINGS, station(1)], "已撤销": [HEADINGS, station(2)]})
    assert content.columns["状态"] == [None, "已撤销"]


def test_worksheets_without_any_rows_are_refused() -> None:
    """There is nothing to read."""
    with pytest.raises(GeodataError, match="has no rows"):
        sheets({"a": []})


def test_rows_have_their_place_in_the_file(tmp_path: Path) -> None:
    """Counted as a spreadsheet does."""
    book = openpyxl.Workbook()
    book.active.title = "东城"
    for rows, sheet in zip(TWO.values(), (book.active, book.create_sheet("西城")), strict=True):
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    sheet = read_sheet(tmp_path / "list.xlsx", vocabulary=WORDS)
    assert [sheet.place_of(row) for row in (1, 2, 3)] == [
        RowPlace("东城", 3),
        RowPlace("西城", 2),
        RowPlace("西城", 3),
    ]
    only = read_sheet(tmp_path / "list.xlsx", vocabulary=WORDS, worksheets=["西城"])
    assert only.place_of(2) == RowPlace(None, 3)
    (tmp_path / "list.csv").write_text('名称,地址\n甲站,"a\nb"\n\n乙站,c\n', encoding="utf-8")
    assert read_sheet(tmp_path / "list.csv").place_of(2) == RowPlace(None, 4)
    (tmp_path / "list.json").write_text('[{"a": 1}, {"a": 2}]', encoding="utf-8")
    assert read_sheet(tmp_path / "list.json").place_of(2) == RowPlace(None, 2)
    with pytest.raises(UsageError, match="no worksheets to choose"):
        read_sheet(tmp_path / "list.json", worksheets=["a"])


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 8), max_size=4), titles=st.lists(st.booleans(), min_size=5, max_size=5))
def test_any_split_over_worksheets_gives_the_same_stations(cuts: list[int], titles: list[bool]) -> None:
    """In the same order, whatever stands above the headings of each."""
    records = [station(number) for number in range(1, 9)]
    borders = [0, *sorted(cuts), 8]
    tables: dict[str, Rows] = {
        f"表{n}": [*[["暖心驿站名单"]] * title, HEADINGS, *records[start:end]]
        for n, (start, end, title) in enumerate(zip(borders, borders[1:], titles, strict=False))
    }
    content = sheets(tables)
    assert [list(row) for row in zip(*content.columns.values(), strict=True)] == records
