"""Tables in XML: of Word documents (.docx), and of spreadsheets as XML (SpreadsheetML 2003)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from locator.errors import GeodataError
from locator.files.archives import check_parts, open_archive, read_member
from locator.files.cell_grids import Grid, Grids, Row, Span, collect, note_errors, refuse_empty
from locator.files.limits import MAX_COLUMNS, refuse_cells
from locator.files.web_tables import TITLE_LENGTH, TITLES, Cell, grid_of
from locator.files.xml_trees import attribute, local, parse_xml, whole_number

DOCUMENT: Final = "word/document.xml"
"""The part of an archive that shows it to be a Word document."""
SPREADSHEET: Final = "urn:schemas-microsoft-com:office:spreadsheet"
_FURTHEST: Final = 1 << 20  # a spreadsheet has no more rows
_WIDEST: Final = 1 << 14

Element = ElementTree.Element


# Word


def read_document(path: Path) -> Grids:
    """Read the tables of a Word document; paragraphs above a table are its titles.

    Text that was deleted with changes tracked is left out.

    Raises
    ------
    GeodataError
        If it is damaged, or has no table.
    """
    with open_archive(path) as archive:
        check_parts(archive, path.name)
        name = next(name for name in archive.namelist() if name.replace("\\", "/").lower() == DOCUMENT)
        root = parse_xml(read_member(archive, name).decode("utf-8-sig", "replace"), path.name)
    body = next((one for one in root.iter() if local(one) == "body"), root)
    tables, below = _tables(body)
    if not tables:
        raise GeodataError("{file} is a document without a table. Save the list as XLSX or CSV.", file=path.name)
    grids = [
        grid_of(rows, path.name, f"table {n}" if len(tables) > 1 else None, titles)
        for n, (titles, rows) in enumerate(tables, 1)
    ]
    grids[-1].below = below
    return Grids("docx", None, [grid for grid in grids if grid.rows], are_pages=True)


def _tables(body: Element) -> tuple[list[tuple[tuple[str, ...], list[list[Cell]]]], tuple[str, ...]]:
    """Return the tables, each with the paragraphs above it, and the paragraphs below the last."""
    tables, titles = list[tuple[tuple[str, ...], list[list[Cell]]]](), list[str]()
    for one in _blocks(body):
        if local(one) == "tbl":
            tables.append((tuple(titles[-TITLES:]), _rows(one)))
            titles = []
        elif text := _text(one):
            titles.append(text[:TITLE_LENGTH])
    return tables, tuple(titles[-TITLES:])


def _blocks(element: Element) -> Iterator[Element]:
    """Give paragraphs and tables in order, also those in containers such as fields to fill in."""
    for one in element:
        if local(one) in ("p", "tbl"):
            yield one
        elif local(one) in ("sdt", "sdtContent", "customXml", "ins", "smartTag"):
            yield from _blocks(one)


def _children(element: Element, name: str) -> Iterator[Element]:
    for one in element:
        if local(one) == name:
            yield one
        elif local(one) in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _children(one, name)


def _rows(table: Element) -> list[list[Cell]]:
    rows = list[list[Cell]]()
    above: dict[int, Cell] = {}  # column to the cell that goes on below
    for line in _children(table, "tr"):
        row, column = list[Cell](), _skipped(line)
        row += [Cell("") for _ in range(column)]
        for one in _children(line, "tc"):
            across, merged = _cell_spans(one)
            if merged == "continue" and column in above:
                above[column].down += 1
            else:
                cell = Cell(_text(one), 1, across, _is_struck(one))
                row.append(cell)
                above.pop(column, None)
                if merged:
                    above[column] = cell
            column += across
        rows.append(row)
    return rows


def _skipped(line: Element) -> int:
    """Return how many columns a row leaves out at its beginning."""
    return next((_columns(one, 0) for one in line.iter() if local(one) == "gridBefore"), 0)


def _columns(element: Element, least: int) -> int:
    return max(least, whole_number(attribute(element, "val"), otherwise=least, most=MAX_COLUMNS))


def _cell_spans(cell: Element) -> tuple[int, str]:
    """Return how many columns a cell covers, and whether it begins or continues one that covers several rows."""
    across, merged = 1, ""
    for properties in cell:
        if local(properties) == "tcPr":
            for one in properties:
                if local(one) == "gridSpan":
                    across = _columns(one, 1)
                elif local(one) == "vMerge":
                    merged = attribute(one, "val") or "continue"
    return across, merged


def _text(element: Element) -> str:
    """Return the text of a cell or a paragraph, each paragraph on a line."""
    parts = list[str]()
    for one in element.iter():
        name = local(one)
        if name == "t":
            parts.append(one.text or "")
        elif name in ("br", "cr") or (name == "p" and one is not element):
            parts.append("\n")
        elif name in ("tab", "noBreakHyphen"):
            parts.append("\t" if name == "tab" else "-")
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(filter(None, lines))


def _is_struck(cell: Element) -> bool:
    runs = [run for run in cell.iter() if local(run) == "r" and any(local(one) == "t" and one.text for one in run)]
    return bool(runs) and all(any(map(_strikes, run)) for run in runs)


def _strikes(properties: Element) -> bool:
    return local(properties) == "rPr" and any(
        local(one) in ("strike", "dstrike") and attribute(one, "val") not in ("0", "false") for one in properties
    )


# SpreadsheetML


def read_spreadsheet_xml(text: str, file: str, encoding: str) -> Grids:
    """Read the worksheets of a spreadsheet that was saved as XML.

    Raises
    ------
    GeodataError
        If it is damaged or too large, or has no rows.
    """
    root = parse_xml(text, file)
    struck = {
        attribute(style, "ID")
        for style in root.iter()
        if local(style) == "Style" and any(attribute(one, "StrikeThrough") == "1" for one in style)
    }
    sheets = [one for one in root if local(one) == "Worksheet"]
    grids = [_worksheet(one, file, struck) for one in sheets]
    refuse_empty(grids, file)
    errors = sum(local(one) == "Data" and attribute(one, "Type") == "Error" for one in root.iter())
    return Grids("xml", encoding, grids, tuple(note_errors(errors)))


def _worksheet(sheet: Element, file: str, styles: set[str]) -> Grid:
    numbers, rows, spans = list[int](), list[Row](), list[Span]()
    hidden, struck = set[int](), dict[int, list[int]]()
    table = next((one for one in sheet if local(one) == "Table"), sheet)
    number = cells = 0
    for line in (one for one in table if local(one) == "Row"):
        number = _index(line, number, _FURTHEST)
        if attribute(line, "Hidden") == "1":
            hidden.add(number)
        row = dict[int, Any]()
        for column, cell in _cells(line):
            row[column] = _value(cell)
            down, across = (_count(attribute(cell, name)) for name in ("MergeDown", "MergeAcross"))
            if down or across:
                spans.append(Span(number, column, number + down, column + across))
            if (attribute(cell, "StyleID") or attribute(line, "StyleID")) in styles:
                struck.setdefault(number, []).append(column)
        width = max((column for column, value in row.items() if value is not None), default=-1) + 1
        cells += width
        refuse_cells(cells, file)
        found, kept = collect([[row.get(column) for column in range(width)]], file, number)
        numbers += found
        rows += kept
    options = [one for part in sheet for one in part]
    is_hidden = any(local(one) == "Visible" and "Hidden" in (one.text or "") for one in options)
    name = attribute(sheet, "Name")
    marks = frozenset(hidden)
    is_filtered = any(local(one) == "AutoFilterColumn" for part in sheet for one in part)
    return Grid(
        name,
        numbers,
        rows,
        spans=spans,
        hidden=frozenset() if is_filtered else marks,
        filtered=marks if is_filtered else frozenset(),
        struck=struck,
        is_hidden=is_hidden,
    )


def _cells(line: Element) -> Iterator[tuple[int, Element]]:
    column = 0
    for cell in line:
        if local(cell) == "Cell":
            column = _index(cell, column, _WIDEST)
            yield column - 1, cell
            column += _count(attribute(cell, "MergeAcross"))


def _index(element: Element, before: int, most: int) -> int:
    """Return the number of a row or cell: the one it has, or that after the one before."""
    number = whole_number(attribute(element, "Index"), otherwise=before + 1)
    return min(max(number, before + 1), most)


def _count(text: str) -> int:
    return whole_number(text, otherwise=0, most=_FURTHEST)


def _value(cell: Element) -> Any:
    one = next((one for one in cell if local(one) == "Data"), None)
    if one is None:
        return None
    text, kind = "".join(one.itertext()).strip(), attribute(one, "Type")
    if kind == "Error":
        return None
    if kind == "Number":
        return _as_number(text)
    if kind == "DateTime":
        return _as_day(text)
    return text == "1" if kind == "Boolean" else text or None


def _as_number(text: str) -> Any:
    try:
        value = float(text)
    except ValueError:
        return text or None
    return int(value) if value.is_integer() and abs(value) < 1 << 53 else value


def _as_day(text: str) -> Any:
    """Read a day or a time; those of the year 1899 are times alone."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return text or None
    if value.year < 1900:
        return value.time()
    return value.date() if value.time() == datetime.min.time() else value
