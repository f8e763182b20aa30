"""Tables in text and in workbooks."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from locator.errors import GeodataError
from locator.files import limits
from locator.files.encodings import decode
from locator.files.joined_tables import Asked, arrange
from locator.files.tables import Content, unique_headings
from locator.files.text_tables import read_text as text_grids
from locator.files.workbooks import read_workbook as workbook_grids

Rows = list[list[Any]]
LIST: Rows = [["名称", "地址", "lat"], ["甲站", "东路1号", 39.5], ["乙站", None, 40]]


def text(content: str) -> Content:
    """Read a text that is in UTF-8."""
    return arrange(text_grids(content, "list.csv", "utf-8"), "list.csv", Asked())


def read_workbook(path: Path, kind: str) -> Content:
    """Read a workbook without words for headings."""
    return arrange(workbook_grids(path, kind), path.name, Asked())


# Text


@pytest.mark.parametrize(("mark", "kind"), [(",", "csv"), (";", "csv"), ("\t", "tsv"), ("|", "csv")])
def test_what_stands_between_cells_is_found(mark: str, kind: str) -> None:
    """Even where addresses have commas in them."""
    content = text(
        f"name{mark}address\nA{mark}Road 1\nB{mark}\nC{mark}Road 3\n".replace("Road 3", '"Road 3, east"')
    )
    assert content.kind == kind
    assert content.columns == {"name": ["A", "B", "C"], "address": ["Road 1", None, "Road 3, east"]}


def test_cells_are_texts_as_they_stand_without_the_blanks_round_them() -> None:
    """Leading zeros, formulas and line breaks in quotes are kept."""
    content = text('id,phone,note\r\n007, 010-1 ,"a\nb"\r\n008,,"=HYPERLINK(""http://x"")"\r\n')
    assert content.columns == {
        "id": ["007", "008"],
        "phone": ["010-1", None],
        "note": ["a\nb", '=HYPERLINK("http://x")'],
    }


def test_marks_within_cells_do_not_count_for_more_than_those_between_them() -> None:
    """What most rows have is what stands between cells."""
    assert text("name,amenities\nA,water;seats;wifi;power;heat\n").columns["amenities"] == [
        "water;seats;wifi;power;heat"
    ]


def test_cells_of_several_lines_do_not_count_for_less_than_marks_within_them() -> None:
    """Rows of three cells go over five lines, four of which have one semicolon each."""
    content = text('name,address,x\nA,;,"\n;0"\nB,";\n0",;\n')
    assert content.columns == {"name": ["A", "B"], "address": [";", ";\n0"], "x": [";0", ";"]}


def test_lines_may_end_as_on_an_old_mac() -> None:
    """A carriage return alone ends a line too."""
    assert text("a,b\r1,2\r").columns == {"a": ["1"], "b": ["2"]}


def test_a_title_above_the_headings_is_left_out_and_said() -> None:
    """The headings are in the first row with two texts."""
    content = text("工会驿站一览表,,\n2024,,3\n\n名称,地址,备注\n甲,东路,\n\n,,\n乙,西路,新\n")
    assert content.columns == {"名称": ["甲", "乙"], "地址": ["东路", "西路"], "备注": [None, "新"]}
    assert content.heading_rows == (4,)
    assert [one.row for one in content.left_out] == [1, 2, 6, 7]
    assert str(content.left_out[0].reason) == "it is a title: 工会驿站一览表"
    assert content.notes == ()


def test_short_rows_end_in_nothing_and_long_ones_are_refused() -> None:
    """A cell beyond the headings has shifted the others."""
    assert text("a,b,c\n1\n1,2,3,,\n").columns == {"a": ["1", "1"], "b": [None, "2"], "c": [None, "3"]}
    with pytest.raises(GeodataError, match="row 3 has 4 cells, where there are 3 headings"):
        text("a,b,c\n1,2,3\n1,2,3,4\n")


def test_headings_are_never_empty_and_never_stand_twice() -> None:
    """A column without heading is kept where it has cells."""
    assert list(text("电话,,电话,\n1,2,3,\n").columns) == ["电话", "column 2", "电话 (2)"]
    assert unique_headings(["a", "a (2)", "a", None, " b\n c "]) == ["a", "a (2)", "a (3)", "column 4", "b c"]


def test_a_list_of_headings_alone_has_no_rows() -> None:
    """It is read, and is empty."""
    assert text("name,address\n").columns == {"name": [], "address": []}


@pytest.mark.parametrize("damaged", ['a,b\n1,"2\n3,4\n', 'a,b\n1,"2"x\n'])
def test_quotes_that_do_not_match_are_refused(damaged: str) -> None:
    """They would swallow the rows after them."""
    with pytest.raises(GeodataError, match="cannot be read at line"):
        text(damaged)


@pytest.mark.parametrize("length", [32_768, 200_000])
def test_a_very_long_cell_is_refused(length: int) -> None:
    """The message says where it stands."""
    with pytest.raises(GeodataError, match=r"row 3 has a cell of 32,768|at line 3: field larger"):
        text(f"a,b\n1,2\n1,{'x' * length}\n")
    assert text(f"a,b\n1,{'x' * 32_767}\n").columns["a"] == ["1"]


def test_too_many_columns_and_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns count where they have something in them."""
    assert len(text(",".join(f"c{n}" for n in range(300)) + "\n1" + "," * 400).columns) == 300
    with pytest.raises(GeodataError, match="has 301 columns"):
        text(",".join(f"c{n}" for n in range(301)) + "\n1\n")
    monkeypatch.setattr(limits, "MAX_CELLS", 5)
    with pytest.raises(GeodataError, match="2 rows of 3 columns, more than 5 cells"):
        text("a,b,c\n1\n2\n")
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MAX_ROWS", 3)
    with pytest.raises(GeodataError, match="more than 3 rows"):
        text("a,b\n" + "1,2\n" * 4)


def test_a_text_of_blank_lines_has_no_rows() -> None:
    """Nothing can be read from it."""
    with pytest.raises(GeodataError, match="has no rows"):
        text("\n,,\n\n")


def alphabet(encoding: str) -> str:
    """List characters of lists that an encoding has."""
    signs = "aZ09 ,;\"'-.()，。（）号路站東东號號驿쉼터구로\n"
    return "".join(dict.fromkeys(s for s in signs if s.encode(encoding, "ignore")))


def _unmarked(cell: str) -> str:
    """Take away the mark that our own exports put before what a spreadsheet would compute: '-5 is -5."""
    return re.sub(r"^'(?= *[-\n])", "", cell)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5", "cp949"])
def test_any_table_of_texts_reads_back(encoding: str) -> None:
    """What the csv module writes in an encoding is what is read, once blanks round cells are taken away."""

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.tuples(*[st.text(alphabet(encoding), max_size=8)] * 3), min_size=1, max_size=6))
    def reads_back(rows: list[tuple[str, str, str]]) -> None:
        out = io.StringIO()
        csv.writer(out).writerows([("name", "address", "x"), *rows])
        found, _ = decode(out.getvalue().encode(encoding), "list.csv", encoding)
        plain = [[_unmarked(cell.strip()) or None for cell in row] for row in rows]
        kept = [row for row in plain if any(row)]
        columns = text(found).columns
        assert list(columns) == ["name", "address", "x"]
        assert [list(row) for row in zip(*columns.values(), strict=True)] == kept

    reads_back()


# Workbooks


def write_xlsx(path: Path, sheets: dict[str, Rows]) -> Path:
    """Write a workbook with openpyxl."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def write_xls(path: Path, sheets: dict[str, Rows]) -> Path:
    """Write a workbook of the old kind with xlwt."""
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write(r, c, cell)
    book.save(str(path))
    return path


def write_ods(path: Path, sheets: dict[str, Rows]) -> Path:
    """Write an OpenDocument spreadsheet with odfpy."""
    book = OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        table = Table(name=name)
        for row in rows:
            line = TableRow()
            for cell in row:
                kind = {"valuetype": "float", "value": cell} if isinstance(cell, int | float) else {}
                made = TableCell(**(kind or {"valuetype": "string"} if cell is not None else {}))
                made.addElement(P(text="" if cell is None else str(cell)))
                line.addElement(made)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    book.save(str(path))
    return path


@pytest.mark.parametrize(("kind", "write"), [("xlsx", write_xlsx), ("xls", write_xls), ("ods", write_ods)])
def test_the_first_sheet_with_rows_of_each_kind_of_workbook_is_read(
    tmp_path: Path, kind: str, write: Callable[[Path, dict[str, Rows]], Path]
) -> None:
    """Whole numbers are ints again, the other sheets are named."""
    path = write(
        tmp_path / f"list.{kind}", {"空": [], "说明": [["说明"]], "驿站": LIST, "其他": [["a", "b"], [1, 2]]}
    )
    content = read_workbook(path, kind)
    assert content.kind == kind
    assert content.encoding is None
    assert content.columns == {"名称": ["甲站", "乙站"], "地址": ["东路1号", None], "lat": [39.5, 40]}
    assert list(map(type, content.columns["lat"])) == [float, int]
    assert [sheet.name for sheet in content.worksheets if not sheet.is_read] == ["空", "说明", "其他"]
    assert content.notes == ()


def test_dates_times_and_truth_values_keep_their_kind(tmp_path: Path) -> None:
    """A length of time is written as hours and minutes, an error is nothing and said."""
    with xlsxwriter.Workbook(tmp_path / "list.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["day", "hour", "both", "long", "yes", "error", "sum", "phone"])
        sheet.write_datetime(1, 0, datetime(2026, 5, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_datetime(1, 1, time(8, 30), book.add_format({"num_format": "hh:mm"}))
        sheet.write_datetime(
            1, 2, datetime(2026, 5, 1, 8, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        )
        sheet.write_datetime(1, 3, timedelta(hours=24), book.add_format({"num_format": "[h]:mm"}))
        sheet.write_boolean(1, 4, True)
        sheet.write_formula(1, 5, "=NA()", None, "#N/A")
        sheet.write_formula(1, 6, "=1+1", None, 2)
        sheet.write_string(1, 7, " 0101 ")
    content = read_workbook(tmp_path / "list.xlsx", "xlsx")
    row = [column[0] for column in content.columns.values()]
    assert row == [date(2026, 5, 1), time(8, 30), datetime(2026, 5, 1, 8, 30), "24:00", True, None, 2, "0101"]
    assert content.notes == ("Cells of the workbook that show an error, such as #N/A, were taken as empty: 1.",)


def test_merged_cells_give_their_value_to_the_rows_below_alone(tmp_path: Path) -> None:
    """A title over all columns is no heading, and a value that is merged across stays in its column."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["一览表"], *LIST[:2], [None, "西路", 41]):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A3:A4")
    sheet.append(["乙站"])
    sheet.merge_cells("A5:B5")
    book.save(tmp_path / "list.xlsx")
    content = read_workbook(tmp_path / "list.xlsx", "xlsx")
    assert content.columns["名称"] == ["甲站", "甲站", "乙站"]
    assert content.columns["地址"] == ["东路1号", "西路", None]


def test_a_workbook_with_macros_is_read_and_that_is_said(tmp_path: Path) -> None:
    """Nothing of them is run."""
    content = read_workbook(write_xlsx(tmp_path / "list.xlsm", {"a": LIST}), "xlsx")
    assert content.columns["名称"] == ["甲站", "乙站"]
    assert "macros" in content.notes[0]


def test_empty_columns_of_a_wide_sheet_are_left_out_and_full_ones_refused(tmp_path: Path) -> None:
    """One of 16,384 columns is read where only a few have something in them."""
    book = openpyxl.Workbook()
    for row in LIST:
        book.active.append(row)
    book.active["XFD54"].font = openpyxl.styles.Font(bold=True)
    book.active["XFA3"] = "note"
    book.save(tmp_path / "wide.xlsx")
    assert list(read_workbook(tmp_path / "wide.xlsx", "xlsx").columns) == ["名称", "地址", "lat", "column 16381"]
    full = write_xlsx(tmp_path / "full.xlsx", {"a": [[f"c{n}" for n in range(16_384)]] + [[1]] * 2})
    with pytest.raises(GeodataError, match="has 16,384 columns"):
        read_workbook(full, "xlsx")


def test_a_workbook_without_rows_is_refused(tmp_path: Path) -> None:
    """There is nothing to read."""
    with pytest.raises(GeodataError, match="no sheet with rows"):
        read_workbook(write_xlsx(tmp_path / "list.xlsx", {"a": []}), "xlsx")


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_entities_in_a_part_of_a_workbook_are_refused(tmp_path: Path, kind: str) -> None:
    """A short text can grow without end with them."""
    path = {"xlsx": write_xlsx, "ods": write_ods}[kind](tmp_path / f"list.{kind}", {"a": LIST})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("extra.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(GeodataError, match="DOCTYPE"):
        read_workbook(path, kind)


def test_a_damaged_part_of_a_workbook_is_refused(tmp_path: Path) -> None:
    """With what the library says of it."""
    path = tmp_path / "list.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook><sheets>")
    with pytest.raises(GeodataError, match="damaged or cut off workbook"):
        read_workbook(path, "xlsx")
