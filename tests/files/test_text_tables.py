"""Tables that people type or paste."""

from __future__ import annotations

import pytest

from locator.files.joined_tables import Asked, arrange
from locator.files.text_tables import read_text

WANTED = {"名称": ["甲站", "乙站"], "地址": ["东路1号", "西路2号"], "经度": ["116.4", "116.5"]}


@pytest.mark.parametrize(
    "text",
    [
        "| 名称 | 地址 | 经度 |\n|---|:---:|---:|\n| 甲站 | 东路1号 | 116.4 |\n| 乙站 | 西路2号 | 116.5 |\n",
        "+---+---+\n| 名称 | 地址 | 经度 |\n+===+===+\n| 甲站 | 东路1号 | 116.4 |\n| 乙站 | 西路2号 | 116.5 |\n",
        "名称，地址，经度\n甲站，东路1号，116.4\n乙站，西路2号，116.5\n",
        "名称    地址   经度\n甲站  东路1号     116.4\n乙站　西路2号　116.5",
        '名称\t地址\t经度\n甲站\t"东路1号"\t116.4\n乙站\t西路2号\t116.5',
        "sep=;\n名称;地址;经度\n甲站;东路1号;116.4\n乙站;西路2号;116.5\n",
    ],
)
def test_a_table_is_read_however_its_columns_are_set(text: str) -> None:
    """Drawn with bars, with wide commas, with blanks, as spreadsheets paste it."""
    assert arrange(read_text(text, "list.txt", "utf-8"), "list.txt", Asked()).columns == WANTED


def test_commas_within_cells_make_no_columns() -> None:
    """Wide commas and blanks count only where no delimiter does."""
    content = arrange(
        read_text("名称,地址\n甲站,东路，一号，院内\n乙站,西路  二号  楼\n", "list.csv", "utf-8"), "a", Asked()
    )
    assert content.columns == {"名称": ["甲站", "乙站"], "地址": ["东路，一号，院内", "西路  二号  楼"]}
