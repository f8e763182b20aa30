"""Grids of cells as tables: headings on several levels, merged cells, titles, totals and notes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locator.files.cell_grids import Grid, Grids, Span, collect
from locator.files.heading_search import Vocabulary
from locator.files.joined_tables import Asked, arrange
from locator.files.tables import Content

WORDS = Vocabulary(
    {
        "name": "name 名称 驿站名称",
        "address": "address 地址",
        "district": "district 所属区 区",
        "sub_district": "sub_district 所属街道 街道",
        "status": "status 状态",
        "lat": "lat 纬度",
        "lon": "lon 经度",
        "hours": "hours 开放时间",
        "phone": "phone 电话",
    }
)
DISTRICTS = ("东城区", "西城区")
HEADINGS = ["序号", "名称", "地址", "经度", "纬度"]
Rows = list[list[Any]]


def station(number: int, name: str = "") -> list[Any]:
    """Return the cells of a station."""
    return [number, name or f"{number}号驿站", f"东路{number}号", 116.4, 39.9]


def table(rows: Rows, *spans: tuple[int, int, int, int], heading_row: int | None = None) -> Content:
    """Read rows; spans are top row, first column, bottom row, last column."""
    grid = Grid(None, *collect(rows, "list"), spans=[Span(*span) for span in spans])
    return arrange(Grids("xlsx", None, [grid]), "list", Asked(WORDS, (), heading_row, DISTRICTS))


def left_out(content: Content) -> dict[int | None, str]:
    """Return row to reason."""
    return {one.row: str(one.reason) for one in content.left_out}


def test_titles_and_who_filled_it_in_stand_above_the_headings() -> None:
    """They are left out and listed, and the day among them is the day of the list."""
    content = table(
        [
            ["暖心驿站名单"],
            ["填报单位：某区总工会", None, None, "填报日期：2026年11月20日"],
            HEADINGS,
            station(1),
            station(2),
        ],
        (1, 0, 1, 4),
    )
    assert content.columns["名称"] == ["1号驿站", "2号驿站"]
    assert content.row_numbers == (4, 5)
    assert sorted(left_out(content)) == [1, 2]
    assert str(content.listed_on) == "2026-11-20"
    assert "暖心驿站名单" in content.titles


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("截至2026年11月底", "2026-11-30"),
        ("统计时间：2026.11.5", "2026-11-05"),
        ("名单（2026-11-20）", "2026-11-20"),
        ("日期：2026年11月", None),
        ("日期：2026年13月40日", None),
        ("二〇二六年", None),
    ],
)
def test_a_month_is_no_day(text: str, day: str | None) -> None:
    """Only its end is."""
    listed_on = table([[text], HEADINGS, station(1)]).listed_on
    assert (str(listed_on) if listed_on else None) == day


def test_two_levels_of_headings_are_joined() -> None:
    """By merged cells, or by the gaps where a file has none."""
    rows: Rows = [
        ["序号", "驿站名称", "位置信息", None, "坐标", None, "电话"],
        [None, None, "区", "地址", "经度", "纬度", None],
        [1, "甲站", "东城区", "东路1号", 116.4, 39.9, "010-1"],
    ]
    wanted = ["序号", "驿站名称", "位置信息/区", "位置信息/地址", "坐标/经度", "坐标/纬度", "电话"]
    merged = [(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 3), (1, 4, 1, 5), (1, 6, 2, 6)]
    for content in (table(rows, *merged), table(rows)):
        assert list(content.columns) == wanted
        assert [column[0] for column in content.columns.values()] == rows[2]
        assert content.row_numbers == (3,)


def test_three_levels_are_joined_too() -> None:
    """And degrees, minutes and seconds under each of two headings stay apart."""
    content = table(
        [
            ["名称", "位置", None, None, None],
            [None, "经度", None, "纬度", None],
            [None, "度", "分", "度", "分"],
            ["甲站", 116, 24, 39, 54],
        ],
        (1, 1, 1, 4),
        (2, 1, 2, 2),
        (2, 3, 2, 4),
    )
    assert list(content.columns) == ["名称", "位置/经度/度", "位置/经度/分", "位置/纬度/度", "位置/纬度/分"]


def test_a_row_of_words_below_a_merged_heading_is_no_heading() -> None:
    """It has cells under the headings that are not merged."""
    content = table([["名称", "地址", "设施", None], ["甲站", "东路", "空调", "座椅"]], (1, 2, 1, 3))
    assert list(content.columns) == ["名称", "地址", "设施", "设施 (2)"]
    assert content.columns["设施 (2)"] == ["座椅"]


def test_merged_cells_give_their_value_to_every_row_they_cover() -> None:
    """A column that is merged into the one before it and empty is left out; a merged remark gives nothing."""
    content = table(
        [
            ["区", "名称", None, "地址", "经度"],
            ["东城区", "甲站", None, "东路", 116.4],
            [None, "乙站", None, "西路", 116.5],
            ["西城区", "丙站", None, "南路", 116.3],
            ["以上站点全年开放，欢迎前来"],
        ],
        (1, 1, 1, 2),
        (2, 0, 3, 0),
        (2, 1, 2, 2),
        (5, 0, 7, 4),
    )
    assert content.columns["区"] == ["东城区", "东城区", "西城区"]
    assert list(content.columns) == ["区", "名称", "地址", "经度"]
    assert 5 in left_out(content)


def test_blocks_give_their_rows_the_district_or_sub_district_of_their_title() -> None:
    """In a column of its own; headings that are repeated, sums and notes are left out with their reason."""
    content = table(
        [
            ["一、东城区（2个）"],
            HEADINGS,
            station(1),
            station(2),
            [None, "小计", 2],
            [],
            ["二、西城区"],
            HEADINGS,
            station(3),
            ["合计", None, "3个"],
            ["填表人：某某", None, "审核：某某"],
            ["备注：节假日另行通知"],
        ]
    )
    assert content.columns["名称"] == ["1号驿站", "2号驿站", "3号驿站"]
    assert content.columns["所属区"] == ["东城区", "东城区", "西城区"]
    assert content.row_numbers == (3, 4, 9)
    assert sorted(number or 0 for number in left_out(content)) == [1, 5, 6, 7, 8, 10, 11, 12]
    content = table([HEADINGS, ["一", "东四街道"], station(1), ["二", "和平里街道"], station(2)])
    assert content.columns["所属街道"] == ["东四街道", "和平里街道"]


def test_a_district_in_the_row_itself_counts_for_more_than_a_title() -> None:
    """A title names two districts, or the column has its own."""
    content = table([["西城区驿站"], ["名称", "所属区"], ["甲站", "东城区"], ["乙站", None]])
    assert content.columns == {"名称": ["甲站", "乙站"], "所属区": ["东城区", None]}
    assert "所属区" not in table([["东城区、西城区驿站"], HEADINGS, station(1)]).columns


@pytest.mark.parametrize(
    "row",
    [
        [3, "总计大厦驿站", "东路3号", 116.4, 39.9],
        [3, "合计里社区", None, None, None],
        ["合计", "某驿站", "东路3号", "9:00-17:00"],
        ["合计", "某驿站", 3, 116.4, 39.9],
        [None, "东四街道", "东四北大街", None, None],
        [None, "备注镇驿站", None, None, None],
        [3, None, None, 116.4, 39.9],
        [None, "例行驿站"],
        ["Total", None, None, 116.4, 39.9],
    ],
)
def test_a_row_in_doubt_is_kept(row: list[Any]) -> None:
    """A station may have such a name."""
    content = table([HEADINGS, station(1), row, station(4)])
    assert content.row_numbers == (2, 3, 4)


@pytest.mark.parametrize(
    "row",
    [
        ["合计", None, 12],
        [None, "共计：12个"],
        ["东城区小计", None, None, None, None],
        ["总计", "东城区", 12, "3处"],
        [17],
        ["示例", "XX驿站", "XX路1号", 116.4, 39.9],
        ["制表人", "某某", "审核人", "某某"],
        ["第1页 共2页"],
        ["数据来源：区总工会"],
    ],
)
def test_what_is_no_station_is_left_out(row: list[Any]) -> None:
    """Wherever it stands."""
    content = table([HEADINGS, station(1), row, station(4)])
    assert content.row_numbers == (2, 4)
    assert list(left_out(content)) == [3]


def test_notes_without_a_word_for_one_are_left_out_at_the_end_alone() -> None:
    """A sentence between stations may be one."""
    sentence = ["1. 各站点以现场公告为准，请提前电话联系。"]
    assert table([HEADINGS, station(1), sentence]).row_numbers == (2,)
    assert table([HEADINGS, station(1), sentence, station(2)]).row_numbers == (2, 3, 4)


@pytest.mark.parametrize(
    "row",
    [
        [1, 2, 3, 4, 5],
        ["甲", "乙", 1, 2, 3],
        ["必填", "必填", "选填", "选填", "选填"],
        ["", "name", "address", "lon", "lat"],
    ],
)
def test_what_explains_the_columns_is_left_out_right_below_the_headings(row: list[Any]) -> None:
    """Numbers of columns, what must be filled in, headings in another language."""
    cells = [cell or None for cell in row]
    assert table([HEADINGS, cells, station(1), station(2)]).row_numbers == (3, 4)


def test_two_tables_side_by_side_are_one() -> None:
    """Each row gives a station of each."""
    content = table([[*HEADINGS, None, *HEADINGS], [*station(1), None, *station(2)], station(3)])
    assert content.columns["名称"] == ["1号驿站", "3号驿站", "2号驿站"]
    assert content.row_numbers == (2, 3, 2)


def test_other_headings_below_begin_another_table() -> None:
    """Whose columns go to those of the same meaning."""
    content = table(
        [["名称", "地址", "电话"], ["甲站", "东路", "1"], ["驿站名称", "电话", "地址"], ["乙站", "2", "西路"]]
    )
    assert content.columns == {"名称": ["甲站", "乙站"], "地址": ["东路", "西路"], "电话": ["1", "2"]}


def test_a_heading_row_can_be_given() -> None:
    """Where the words of a list are not known."""
    rows: Rows = [["名称", "地址"], ["甲", "乙"], ["丙", "丁"]]
    assert list(table(rows, heading_row=2).columns) == ["甲", "乙"]
    assert table(rows, heading_row=99).columns == {"丙": [], "丁": []}


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(
        st.sampled_from(["总工会驿站", "甲", "小计", "1号站", "备注", "东四街道"]), min_size=1, max_size=6
    ),
    titles=st.lists(st.sampled_from(["名单", "单位：总工会", "2026年11月20日"]), max_size=3),
    district=st.lists(st.sampled_from(["东城区", "西城区"]), min_size=6, max_size=6),
    gaps=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_merged_cells_titles_and_gaps_change_no_station(
    names: list[str], titles: list[str], district: list[str], gaps: list[bool]
) -> None:
    """Values merged down where they are equal, titles above, and empty rows between."""
    records = [[district[n], name, f"路{n}号", 116.4, 39.9] for n, name in enumerate(names)]
    headings = ["区", "名称", "地址", "经度", "纬度"]
    rows: Rows = [*([title] for title in titles), headings]
    spans = []
    for n, record in enumerate(records):
        if gaps[n]:
            rows.append([])
        before = rows[-1]
        rows.append(list(record))
        if n and not gaps[n] and before is not headings and record[0] == records[n - 1][0]:
            rows[-1][0] = None
            top = spans[-1][0] if spans and spans[-1][2] == len(rows) - 1 else len(rows) - 1
            spans = [*(span for span in spans if span[0] != top), (top, 0, len(rows), 0)]
    content = table(rows, *spans)
    assert [list(row) for row in zip(*content.columns.values(), strict=True)] == records
    assert [rows[number - 1][1] for number in content.row_numbers] == names
