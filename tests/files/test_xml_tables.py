"""Tables of Word documents, and spreadsheets as XML."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest

from locator.errors import GeodataError
from locator.files.joined_tables import Asked, arrange
from locator.files.sheets import read_sheet
from locator.files.tables import Content
from locator.files.xml_tables import read_document, read_spreadsheet_xml
from tests.files.test_table_shape import DISTRICTS, WORDS

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
START, GOES_ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
SHEET = "urn:schemas-microsoft-com:office:spreadsheet"


def paragraph(text: str, properties: str = "") -> str:
    """Write a paragraph."""
    return f"<w:p><w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def word_table(rows: list[list[str]], about: dict[str, str] | None = None) -> str:
    """Write a table; `about` is text to what is special about its cell."""
    lines = []
    for row in rows:
        cells = [f"<w:tc><w:tcPr>{(about or {}).get(cell, '')}</w:tcPr>{paragraph(cell)}</w:tc>" for cell in row]
        lines.append(f"<w:tr>{''.join(cells)}</w:tr>")
    return f"<w:tbl>{''.join(lines)}</w:tbl>"


def document(path: Path, body: str) -> Path:
    """Write a Word document."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    return path


def read(path: Path) -> Content:
    """Read a document as a list."""
    return arrange(read_document(path), path.name, Asked(WORDS, districts=DISTRICTS))


def test_the_tables_of_a_document_are_one(tmp_path: Path) -> None:
    """Under titles that name districts; one goes on without headings on the next page."""
    body = (
        paragraph("暖心驿站名单（2026年11月20日）")
        + paragraph("一、东城区")
        + word_table([["名称", "地址"], ["甲站", "东路"]])
        + paragraph("二、西城区")
        + word_table([["名称", "地址"], ["乙站", "西路"]])
        + word_table([["丙站", "南路"]])
        + paragraph("备注：坐标为高德坐标")
    )
    content = read(document(tmp_path / "list.docx", body))
    assert content.columns == {
        "名称": ["甲站", "乙站", "丙站"],
        "地址": ["东路", "西路", "南路"],
        "所属区": ["东城区", "西城区", "西城区"],
    }
    assert content.listed_on == date(2026, 11, 20)
    assert "备注：坐标为高德坐标" in content.titles


def test_cells_of_a_document_cover_rows_and_columns(tmp_path: Path) -> None:
    """What changes deleted is not there; what is struck out is doubtful."""
    about = {"东城区": START, "": GOES_ON, "坐标": '<w:gridSpan w:val="2"/>'}
    table = word_table(
        [["区", "名称", "坐标"], ["东城区", "甲站", "116.4", "39.9"], ["", "乙站", "116.5", "39.8"]], about
    )
    table = table.replace(paragraph("乙站"), paragraph("乙站", "<w:strike/>"))
    table = table.replace("<w:t>甲站</w:t>", "<w:t>甲站</w:t><w:delText>旧</w:delText>")
    content = read(document(tmp_path / "list.docx", table))
    assert content.columns["区"] == ["东城区", "东城区"]
    assert content.columns["名称"] == ["甲站", "乙站"]
    assert list(content.columns.values())[2:] == [["116.4", "116.5"], ["39.9", "39.8"]]
    assert list(content.marks) == [2]


def test_documents_without_a_table_are_refused(tmp_path: Path) -> None:
    """As are declarations of entities."""
    with pytest.raises(GeodataError, match="document without a table"):
        read_document(document(tmp_path / "list.docx", paragraph("名单")))
    with zipfile.ZipFile(tmp_path / "bad.docx", "w") as archive:
        archive.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(GeodataError, match="DOCTYPE"):
        read_document(tmp_path / "bad.docx")


def cell(value: str, kind: str = "String", about: str = "") -> str:
    """Write a cell of a spreadsheet."""
    return f'<Cell {about}><Data ss:Type="{kind}">{value}</Data></Cell>'


def test_a_spreadsheet_as_xml(tmp_path: Path) -> None:
    """Places, merged cells, kinds of values, hidden and struck-out rows."""
    index, down, struck = 'ss:Index="2"', 'ss:MergeDown="1"', 'ss:StyleID="s1"'
    headings = "".join(map(cell, ("区", "名称", "经度", "日期")))
    day = cell("2026-11-20T00:00:00.000", "DateTime")
    first = f"{cell('东城区', about=down)}{cell('甲站')}{cell('116.4', 'Number')}{day}"
    second = f"{cell('乙站', about=index)}{cell('116', 'Number')}{cell('#N/A', 'Error')}"
    third = f"{cell('西城区')}{cell('丙站', about=struck)}"
    rows = (
        f'<Row ss:Index="3">{headings}</Row><Row>{first}</Row><Row ss:Hidden="1">{second}</Row><Row>{third}</Row>'
    )
    text = (
        f'<?xml version="1.0"?><Workbook xmlns="{SHEET}" xmlns:ss="{SHEET}"><Styles><Style ss:ID="s1">'
        f'<Font ss:StrikeThrough="1"/></Style></Styles><Worksheet ss:Name="名单"><Table>{rows}</Table></Worksheet>'
        "</Workbook>"
    )
    content = arrange(read_spreadsheet_xml(text, "list.xls", "utf-8"), "list.xls", Asked(WORDS))
    assert content.columns == {
        "区": ["东城区", "东城区", "西城区"],
        "名称": ["甲站", "乙站", "丙站"],
        "经度": [116.4, 116, None],
        "日期": [date(2026, 11, 20), None, None],
    }
    assert content.row_numbers == (4, 5, 6)
    assert list(content.marks) == [2, 3]
    assert "show an error" in content.notes[0]
    (tmp_path / "list.xls").write_text(text, encoding="utf-8")
    assert read_sheet(tmp_path / "list.xls").kind == "xml"
