"""Tables in HTML, as web pages and programs that save it for spreadsheets have them."""

from __future__ import annotations

import email
import email.message
import email.policy
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

from locator.errors import GeodataError
from locator.files.cell_grids import Grid, Grids, Row, Span, collect
from locator.files.encodings import decode
from locator.files.limits import MAX_COLUMNS, MAX_ROWS, refuse_cells, refuse_rows
from locator.files.xml_trees import whole_number

_CHUNK: Final = 1 << 16
_DEPTH: Final = 50  # tables in each other
_BREAKS: Final = frozenset(("br", "p", "div", "li"))
_SILENT: Final = frozenset(("script", "style", "title", "head"))
_STRUCK: Final = frozenset(("s", "del", "strike"))
_HEADERS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "p", "caption"))
_INVISIBLE: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_LINE_THROUGH: Final = re.compile(r"text-decoration[^;]*line-through")
TITLE_LENGTH, TITLES = 200, 20
"""Characters of a text above a table that are kept, and the most such texts."""
_MOST_SPANNED: Final = 5_000


@dataclass(slots=True)
class Cell:
    """A cell, and how many rows and columns it covers."""

    text: str
    down: int = 1
    across: int = 1
    is_struck: bool = False


@dataclass(slots=True)
class _OpenTable:
    titles: tuple[str, ...]
    rows: list[list[Cell]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    has_inner: bool = False


@dataclass(slots=True)
class _OpenCell:
    cell: Cell
    parts: list[str] = field(default_factory=list)
    struck_letters: int = 0


def read_html(text: str, file: str, encoding: str) -> Grids:
    """Read the tables of a page; one that only holds others, as for layout, is none.

    Raises
    ------
    GeodataError
        If it has no table, or is too large.
    """
    parser = _Tables(file)
    for start in range(0, len(text), _CHUNK):
        parser.feed(text[start : start + _CHUNK])
    parser.close()
    parser.end_all()
    tables = [table for table in parser.tables if sum(map(len, table.rows)) > 1]
    if not tables:
        raise GeodataError("{file} is a web page without a table. Save the list as XLSX or CSV.", file=file)
    grids = [
        grid_of(table.rows, file, f"table {n}" if len(tables) > 1 else None, table.titles, table.hidden)
        for n, table in enumerate(tables, 1)
    ]
    grids[-1].below = tuple(parser.titles)
    return Grids("html", encoding, [grid for grid in grids if grid.rows], are_pages=True)


def html_of(raw: bytes) -> str:
    """Return the pages in a web archive (.mht), as spreadsheets save themselves in one file."""
    whole = email.message_from_bytes(raw, policy=email.policy.default)
    pages = [part for part in whole.walk() if part.get_content_type() == "text/html"]
    return "\n".join(_page_text(page) for page in pages)


def _page_text(page: email.message.Message) -> str:
    raw = page.get_payload(decode=True)
    return decode(raw, "", None)[0] if isinstance(raw, bytes) and raw else ""


def grid_of(
    rows: list[list[Cell]],
    file: str,
    name: str | None,
    titles: tuple[str, ...] = (),
    hidden: set[int] | frozenset[int] = frozenset(),
) -> Grid:
    """Put cells that cover several rows and columns in their places."""
    placed, spans, struck = list[Row](), list[Span](), dict[int, list[int]]()
    taken: dict[int, int] = {}  # column to the last row that a cell from above covers
    for number, row in enumerate(rows, 1):
        cells, column = dict[int, Any](), 0
        for cell in row:
            while taken.get(column, 0) >= number:
                column += 1
            cells[column] = cell.text or None
            if cell.down > 1 or cell.across > 1:
                spans.append(Span(number, column, number + cell.down - 1, column + cell.across - 1))
                taken.update(dict.fromkeys(range(column, column + cell.across), number + cell.down - 1))
            if cell.is_struck:
                struck.setdefault(number, []).append(column)
            column += cell.across
        placed.append([cells.get(n) for n in range(max(cells, default=-1) + 1)])
    numbers, kept = collect(placed, file)
    return Grid(name, numbers, kept, spans=spans, hidden=frozenset(hidden), struck=struck, titles=titles)


class _Tables(HTMLParser):
    """Collects tables, innermost first; tags that are not closed end with the next of their kind."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_OpenTable] = []
        self._file = file
        self._open: list[_OpenTable] = []
        self._cells: list[_OpenCell | None] = []
        self.titles: list[str] = []
        """Paragraphs and headings since the last table."""
        self._title: list[str] | None = None
        self._silent = self._struck = self._rows = self._count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self._start_table()
        elif tag in _STRUCK:
            self._struck += 1
        elif self._open and tag == "tr":
            self._start_row(about)
        elif self._open and tag in ("td", "th"):
            self._start_cell(about)
        elif self._open and self._cells[-1] and tag in _BREAKS:
            self._cells[-1].parts.append("\n")
        if tag in _HEADERS and not self._open:
            self._title = []

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _STRUCK:
            self._struck = max(0, self._struck - 1)
        elif tag in ("td", "th", "tr") and self._open:
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_table()
        elif tag in _HEADERS and self._title is not None:
            self._end_title()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._open and (cell := self._cells[-1]):
            cell.parts.append(data)
            if self._struck and data.strip():
                cell.struck_letters += len(data.strip())
        elif self._title is not None:
            self._title.append(data)

    def _end_title(self) -> None:
        text = " ".join("".join(self._title or ()).split())
        if text:
            self.titles = [*self.titles[1 - TITLES :], text[:TITLE_LENGTH]]
        self._title = None

    def _start_table(self) -> None:
        if self._title is not None:
            self._end_title()
        if len(self._open) >= _DEPTH:
            raise GeodataError(
                "{file} has tables in each other, too deep to read. Save the list alone.", file=self._file
            )
        if self._open:
            self._open[-1].has_inner = True
        self._open.append(_OpenTable(tuple(self.titles)))
        self._cells.append(None)
        self.titles = []

    def _start_row(self, about: dict[str, str]) -> None:
        self._end_cell()
        table = self._open[-1]
        table.rows.append([])
        self._rows += 1
        refuse_rows(self._rows - 1, self._file)
        if _INVISIBLE.search(about.get("style", "").lower()) or "hidden" in about:
            table.hidden.add(len(table.rows))

    def _start_cell(self, about: dict[str, str]) -> None:
        self._end_cell()
        table = self._open[-1]
        if not table.rows:
            table.rows.append([])
        down, across = _span(about.get("rowspan", ""), MAX_ROWS), _span(about.get("colspan", ""), MAX_COLUMNS)
        is_struck = bool(_LINE_THROUGH.search(about.get("style", "").lower()))
        cell = Cell("", min(down, _MOST_SPANNED), across, is_struck)
        table.rows[-1].append(cell)
        self._cells[-1] = _OpenCell(cell)
        self._count += across
        refuse_cells(self._count, self._file)

    def _end_cell(self) -> None:
        current = self._cells[-1] if self._cells else None
        if current:
            text = "".join(current.parts).replace("\xa0", " ")
            lines = (" ".join(line.split()) for line in text.split("\n"))
            current.cell.text = "\n".join(filter(None, lines))
            current.cell.is_struck |= 0 < current.struck_letters >= len("".join(text.split()))
            self._cells[-1] = None

    def _end_table(self) -> None:
        self._end_cell()
        table = self._open.pop()
        self._cells.pop()
        if not table.has_inner:
            self.tables.append(table)

    def end_all(self) -> None:
        """End the tables that the page leaves open."""
        while self._open:
            self._end_table()


def _span(text: str, most: int) -> int:
    return max(1, whole_number(text, otherwise=1, most=most))
