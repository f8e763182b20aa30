"""Tables in HTML."""

from __future__ import annotations

import pytest

from locator.errors import GeodataError
from locator.files.joined_tables import Asked, arrange
from locator.files.tables import Content
from locator.files.web_tables import html_of, read_html
from tests.files.test_table_shape import DISTRICTS, WORDS


def read(text: str) -> Content:
    """Read a page as a list."""
    return arrange(read_html(text, "list.xls", "utf-8"), "list.xls", Asked(WORDS, districts=DISTRICTS))


def test_cells_cover_rows_and_columns() -> None:
    """As programs save them for spreadsheets, tags left open and signs written as names."""
    content = read(
        "<html><style>td{color:red}</style><table><tr><td colspan=4>名单<tr><td rowspan=2>区<td rowspan=2>名称"
        "<td colspan=2>坐标<tr><td>经度<td>纬度</tr>"
        "<tr><td rowspan=2>东城区<td>甲&amp;乙<br>驿站<td>116.4<td>39.9</tr>"
        "<tr><td><s>丙站</s><td>116.5<td>39.8<tr style='display:none'><td>西城区<td>丁站<td>1<td>2</table>"
    )
    assert content.columns == {
        "区": ["东城区", "东城区", "西城区"],
        "名称": ["甲&乙\n驿站", "丙站", "丁站"],
        "坐标/经度": ["116.4", "116.5", "1"],
        "坐标/纬度": ["39.9", "39.8", "2"],
    }
    assert content.row_numbers == (4, 5, 6)
    assert list(content.marks) == [2, 3]


def test_tables_of_a_page_are_told_apart() -> None:
    """One for layout is none, one with other headings is left out, one after a heading has its district."""
    rows = "<tr><th>名称<th>地址<th>电话</tr><tr><td>{}<td>路<td>1</tr>"
    content = read(
        "<table><tr><td>菜单<td><table><tr><td>首页<td>新闻</table></table>"
        f"<h2>东城区</h2><table>{rows.format('甲站')}"
        f"</table><p>西城区</p><table>{rows.format('乙站')}</table>"
        "<p>注：坐标为WGS84</p><script>var a='<td>';</script>"
    )
    assert content.columns["名称"] == ["甲站", "乙站"]
    assert content.columns["所属区"] == ["东城区", "西城区"]
    assert content.row_worksheets == ("table 2", "table 3")
    assert "注：坐标为WGS84" in content.titles


def test_a_web_archive_has_its_page_in_parts() -> None:
    """As a spreadsheet saves itself in one file."""
    raw = (
        b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html\n'
        b"Content-Transfer-Encoding: base64\n\n"
        b"PHRhYmxlPjx0cj48dGQ+5ZCN56ewPHRkPuWcsOWdgDwvdHI+PC90YWJsZT4=\n--b--\n"
    )
    assert html_of(raw) == "<table><tr><td>名称<td>地址</tr></table>"


def test_pages_without_a_list_are_refused() -> None:
    """As are tables in tables without end; spans beyond reason are cut."""
    with pytest.raises(GeodataError, match="web page without a table"):
        read("<html><body>404</body></html>")
    with pytest.raises(GeodataError, match="in each other"):
        read("<table><tr><td>" * 60)
    content = read(
        "<table><tr><td>名称<td>地址<tr><td rowspan=999999999>甲<td colspan=99999999>乙<tr><td>丙</table>"
    )
    assert content.columns["名称"] == ["甲", "甲"]
