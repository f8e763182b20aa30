"""Rows that a workbook hides or strikes out, and cells that it merges."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TextProperties
from odf.table import Table, TableCell, TableRow
from odf.text import P

from locator.files.joined_tables import FILTERED, HIDDEN, STRUCK, Asked, arrange
from locator.files.tables import Content
from locator.files.workbooks import read_workbook
from locator.files.xls_records import read_marks, streams_of
from tests.files.test_table_shape import HEADINGS, WORDS, station

ROWS = [HEADINGS, *(station(number) for number in range(1, 6))]


def read(path: Path, kind: str) -> Content:
    """Read a workbook as a list."""
    return arrange(read_workbook(path, kind), path.name, Asked(WORDS))


def test_rows_of_xlsx(tmp_path: Path) -> None:
    """A whole row, a name or every letter of it; a struck address alone is none."""
    with xlsxwriter.Workbook(tmp_path / "list.xlsx") as book:
        sheet = book.add_worksheet("名单")
        strike = book.add_format({"font_strikeout": True})
        for n, row in enumerate(ROWS):
            sheet.write_row(n, 0, row)
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.write(2, 1, "2号驿站", strike)
        sheet.write(3, 2, "东路3号", strike)
        sheet.write_rich_string(4, 1, strike, "4号", strike, "驿站")
        sheet.write_rich_string(5, 1, strike, "5号", "驿站")
        sheet.set_row(30, 0)
    content = read(tmp_path / "list.xlsx", "xlsx")
    assert content.marks == {1: HIDDEN, 2: STRUCK, 4: STRUCK}
    assert len(content.columns["名称"]) == 5


def test_rows_that_a_filter_hides(tmp_path: Path) -> None:
    """A filter without a condition hides none."""
    for condition, mark in ((True, FILTERED), (False, HIDDEN)):
        with xlsxwriter.Workbook(tmp_path / "list.xlsx") as book:
            sheet = book.add_worksheet()
            for n, row in enumerate(ROWS):
                sheet.write_row(n, 0, row)
            sheet.autofilter(0, 0, 5, 4)
            if condition:
                sheet.filter_column("A", "x != 2")
            sheet.set_row(2, None, None, {"hidden": True})
        assert read(tmp_path / "list.xlsx", "xlsx").marks == {2: mark}


def test_rows_of_xls(tmp_path: Path) -> None:
    """The workbooks of old, and of WPS."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("名单")
    strike = xlwt.easyxf("font: struck_out on")
    for n, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            sheet.write(n, column, cell, *[strike] * (n == 3))
    sheet.row(2).hidden = True
    book.save(str(tmp_path / "list.et"))
    assert read(tmp_path / "list.et", "xls").marks == {2: HIDDEN, 3: STRUCK}
    raw = (tmp_path / "list.et").read_bytes()
    assert "Workbook" in streams_of(raw)
    for end in (0, 40, 600, 2_000, len(raw) - 700):
        assert isinstance(read_marks(raw[:end]), dict)


def test_rows_of_ods(tmp_path: Path) -> None:
    """And the cells that it merges, which the reader of its cells does not give."""
    book = OpenDocumentSpreadsheet()
    struck = Style(name="struck", family="table-cell")
    struck.addElement(TextProperties(textlinethroughstyle="solid"))
    book.automaticstyles.addElement(struck)
    table = Table(name="名单")
    for n, row in enumerate(
        [["区", *HEADINGS], *(["东城区" if n == 1 else None, *station(n)] for n in range(1, 6))]
    ):
        line = TableRow(**({"visibility": {3: "collapse", 4: "filter"}[n]} if n in (3, 4) else {}))
        for column, cell in enumerate(row):
            kind = (
                {"valuetype": "float", "value": cell} if isinstance(cell, int | float) else {"valuetype": "string"}
            )
            merged = {"numberrowsspanned": 3, "numbercolumnsspanned": 1} if (n, column) == (1, 0) else {}
            style = {"stylename": struck} if n == 5 else {}
            made = TableCell(**(kind if cell is not None else {}), **merged, **style)
            made.addElement(P(text="" if cell is None else str(cell)))
            line.addElement(made)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(tmp_path / "list.ods"))
    content = read(tmp_path / "list.ods", "ods")
    assert content.marks == {3: HIDDEN, 4: FILTERED, 5: STRUCK}
    assert content.columns["区"] == ["东城区", "东城区", "东城区", None, None]


@pytest.mark.parametrize("start", [(0, 0), (3, 2)])
def test_a_table_may_begin_anywhere(tmp_path: Path, start: tuple[int, int]) -> None:
    """Its rows keep their numbers, and its merged and struck cells their columns."""
    top, left = start
    with xlsxwriter.Workbook(tmp_path / "list.xlsx") as book:
        sheet, strike = book.add_worksheet(), book.add_format({"font_strikeout": True})
        for n, row in enumerate([["区", "名称", "地址"], ["东城区", "甲站", "东路"], [None, "乙站", "西路"]]):
            sheet.write_row(top + n, left, row)
        sheet.merge_range(top + 1, left, top + 2, left, "东城区")
        sheet.write(top + 2, left + 1, "乙站", strike)
    content = read(tmp_path / "list.xlsx", "xlsx")
    assert content.row_numbers == (top + 2, top + 3)
    assert content.columns["区"] == ["东城区", "东城区"]
    assert content.marks == {2: STRUCK}
