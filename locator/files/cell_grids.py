"""Cells as they stand in a file: of a worksheet, of a table in a document or on a page, of a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from locator.errors import GeodataError
from locator.files.limits import MAX_CELL, refuse_cells, refuse_long, refuse_rows
from locator.language.messages import Message, message

MAX_SPANS: Final = 200_000
"""The most merged cells of a grid that are looked at."""

Row = Sequence[Any]


class Span(NamedTuple):
    """Cells that are merged: the numbers of their rows, and their columns from 0, all inclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return self.right - self.left + 1


@dataclass(slots=True)
class Grid:
    """The rows that are not empty, with their numbers, and what a person sees of them besides their texts."""

    name: str | None
    """The name of the worksheet; ``None`` where a file has only one table."""
    numbers: list[int]
    """The number of each row in the file, from 1, ascending."""
    rows: list[Row]
    """The cells of each row, up to its last filled one or beyond it, ``None`` where there is nothing."""
    left: int = 0
    """The number of empty columns before the first."""
    spans: list[Span] = field(default_factory=list)
    """Merged cells; only the first cell has the value. Columns count as in `rows`."""
    hidden: frozenset[int] = frozenset()
    """The numbers of rows that are hidden."""
    filtered: frozenset[int] = frozenset()
    """The numbers of rows that a filter hides."""
    struck: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """The number of a row to the columns of its cells that are struck out."""
    titles: tuple[str, ...] = ()
    """Texts of the document above the table."""
    below: tuple[str, ...] = ()
    """Texts of the document below the last table."""
    is_hidden: bool = False
    """Whether the worksheet is hidden."""
    is_exact: bool = False
    """Whether a cell beyond the headings is a fault, as it shows that others are shifted."""
    is_cut: bool = False
    """Whether rows at the end are missing, as a file has more than are read."""


class Grids(NamedTuple):
    """All tables of cells in a file."""

    kind: str
    encoding: str | None
    grids: list[Grid]
    notes: tuple[str, ...] = ()
    are_pages: bool = False
    """Whether a table may go on in the next one, without headings, as in documents."""


def trimmed(row: Row) -> Row:
    """Return a row without the empty cells at its end."""
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    return row if end == len(row) else row[:end]


def collect(
    rows: Iterable[Row], file: str, first: int = 1, most: int | None = None
) -> tuple[list[int], list[Row]]:
    """Collect the rows that are not empty, without the empty cells at their ends.

    Parameters
    ----------
    rows
        All rows in order.
    file
        The file's name, for messages.
    first
        The number of the first row.
    most
        The number of rows after which to stop.

    Raises
    ------
    GeodataError
        If there are too many rows or cells, or a text is too long.
    """
    numbers, kept = list[int](), list[Row]()
    cells = 0
    for number, row in enumerate(rows, first):
        row = trimmed(row)
        if not row:
            continue
        if len(kept) == most:
            break
        for cell in row:
            if cell.__class__ is str and len(cell) > MAX_CELL:
                refuse_long(cell, number, file)
        numbers.append(number)
        kept.append(row)
        cells += len(row)
        refuse_rows(len(kept) - 1, file)
        refuse_cells(cells, file)
    return numbers, kept


def refuse_empty(grids: Sequence[Grid], file: str) -> None:
    """Refuse a workbook in which no worksheet has rows."""
    if not any(grid.rows for grid in grids):
        raise GeodataError("{file} has no sheet with rows. Save the list again, with its headings.", file=file)


def note_errors(count: int) -> Iterator[Message]:
    """Say how many cells of a workbook show an error, if any does."""
    if count:
        yield message(
            "Cells of the workbook that show an error, such as #N/A, were taken as empty: {count}.", count=count
        )


def in_reach(grid: Grid) -> Iterator[Span]:
    """Give the merged cells, cut to the rows and columns that the grid has."""
    if not grid.numbers:
        return
    first, last, width = grid.numbers[0], grid.numbers[-1], max(map(len, grid.rows))
    for span in grid.spans[:MAX_SPANS]:
        cut = Span(max(span.top, first), span.left, min(span.bottom, last), min(span.right, width - 1))
        if cut.top <= cut.bottom and 0 <= cut.left <= cut.right:
            yield cut
