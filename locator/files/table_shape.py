"""A grid of cells as tables: rows under headings, with what belongs to no table left out and listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final, NamedTuple

from locator.files.cell_grids import Grid, Row, Span, in_reach, trimmed
from locator.files.extra_rows import (
    REASONS,
    Extra,
    are_instructions,
    counts_rows,
    is_numbering,
    is_signature,
    judge,
    may_be_extra,
    text_of,
)
from locator.files.heading_rows import ROWS_ABOVE, HeadingRows, count_known, find_heading_rows, join_levels
from locator.files.heading_search import Vocabulary
from locator.files.tables import LeftOut
from locator.language.messages import message

_WIDE: Final = 3  # merged columns from which a text stands over the table and in none of its columns
_BELOW: Final = 3  # rows below the headings that may explain them
_LEAST_BESIDE: Final = 3  # columns of each of two tables side by side
_NARROW: Final = 3  # a table of fewer columns has rows of one cell


@dataclass(slots=True)
class Table:
    """Rows under one set of headings."""

    worksheet: str | None
    headings: list[str | None]
    """Those of several levels joined; ``None`` for a column without."""
    heading_rows: tuple[int, ...]
    known: int
    """How many fields the headings name."""
    rows: list[Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """The number of each row in the file."""
    groups: list[tuple[int, str]] = field(default_factory=list)
    """Titles between the rows: how many rows stand above it, and its text."""
    left: int = 0
    """The number of columns of the grid before the first."""


@dataclass(slots=True)
class Shaped:
    """The tables of a grid, one below the other."""

    grid: Grid
    tables: list[Table]
    left_out: list[LeftOut] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    """Texts above the headings, and notes below the table."""
    title_rows: list[Row] = field(default_factory=list)

    @property
    def known(self) -> int:
        """Return how many fields the headings of the first table name."""
        return self.tables[0].known if self.tables else 0

    @property
    def row_count(self) -> int:
        """Return the number of rows of all tables."""
        return sum(len(table.rows) for table in self.tables)


class Part(NamedTuple):
    """A table with the grid that it is from."""

    shaped: Shaped
    table: Table


def shape(
    grid: Grid, vocabulary: Vocabulary | None, heading_row: int | None = None, before: Table | None = None
) -> Shaped:
    """Find the tables of a grid.

    Headings that are repeated begin no new table, but others do. A value of merged cells is given to every row
    and every heading that they cover, but not to further columns of a row.

    Parameters
    ----------
    grid
        The cells.
    vocabulary
        The words for headings, if they are known.
    heading_row
        The number of a row of headings, if it is known.
    before
        The table that may go on here, without headings, as in a document.
    """
    shaped = Shaped(grid, [], titles=list(grid.titles))
    if not grid.rows:
        return shaped
    grid.rows[:ROWS_ABOVE] = map(trimmed, grid.rows[:ROWS_ABOVE])
    spans = list(in_reach(grid))
    found = find_heading_rows(grid.numbers[:ROWS_ABOVE], grid.rows[:ROWS_ABOVE], vocabulary, spans, heading_row)
    known = count_known([cell for n in range(found.first, found.last + 1) for cell in grid.rows[n]], vocabulary)[1]
    goes_on = before is not None and known < 2 and max(map(len, grid.rows)) == len(before.headings)
    if before is not None and goes_on:
        shaped.tables.append(Table(grid.name, before.headings, (), before.known))
        _Body(shaped, spans, 0, vocabulary).read()
        return shaped
    for number, row in zip(grid.numbers[: found.first], grid.rows[: found.first], strict=True):
        shaped.title_rows.append(row)
        shaped.titles += [str(cell) for cell in row if cell is not None]
        _leave_out(shaped, number, Extra.TITLE, row)
    _start(shaped, found, spans, known)
    _Body(shaped, spans, found.last + 1, vocabulary).read()
    shaped.tables = [part for table in shaped.tables for part in _side_by_side(table)]
    return shaped


def _start(shaped: Shaped, found: HeadingRows, spans: Sequence[Span], known: int) -> None:
    """Begin a table under headings."""
    grid, part = shaped.grid, slice(found.first, found.last + 1)
    numbers = grid.numbers[part]
    width = max(map(len, grid.rows[found.first : found.last + ROWS_ABOVE]))
    over = [span for span in spans if span.top <= numbers[-1] and span.bottom >= numbers[0] and span.width < width]
    headings = join_levels(numbers, grid.rows[part], over, width)
    while headings and headings[-1] is None:
        headings.pop()
    shaped.tables.append(Table(grid.name, headings, tuple(numbers), known))


def _side_by_side(table: Table) -> list[Table]:
    """Split a table that stands in two or more parts side by side, to save paper, under the same headings."""
    headings = table.headings
    starts = [n for n, heading in enumerate(headings) if heading == headings[0]]
    if len(starts) < 2 or headings[0] is None or len({b - a for a, b in pairwise(starts)}) > 1:
        return [table]
    width = starts[1]
    while headings[width - 1] is None:
        width -= 1
    is_repeated = all(headings[start : start + width] == headings[:width] for start in starts)
    others = [heading for n, heading in enumerate(headings) if heading is not None and n % starts[1] >= width]
    if width < _LEAST_BESIDE or not is_repeated or others:
        return [table]
    return [_cut_out(table, start, width) for start in starts]


def _cut_out(table: Table, start: int, width: int) -> Table:
    rows = [trimmed(row[start : start + width]) for row in table.rows]
    part = replace(
        table, headings=table.headings[start : start + width], rows=[], numbers=[], groups=[], left=start
    )
    counts = [0]
    for number, row in zip(table.numbers, rows, strict=True):
        if row:
            part.rows.append(row)
            part.numbers.append(number)
        counts.append(len(part.rows))
    part.groups = [(counts[above], text) for above, text in table.groups]
    return part


def _leave_out(shaped: Shaped, number: int, extra: Extra, row: Row) -> None:
    reason = message(REASONS[extra].template, text=text_of(row))
    shaped.left_out.append(LeftOut(shaped.grid.name, number, reason))


class _Body:
    """Reads the rows below headings."""

    def __init__(self, shaped: Shaped, spans: Sequence[Span], start: int, vocabulary: Vocabulary | None) -> None:
        self._shaped, self._grid, self._vocabulary = shaped, shaped.grid, vocabulary
        self._spans, self._start = spans, start
        self._heads: set[tuple[Any, ...]] = set()
        self._words: set[Any] = set()
        self._table = shaped.tables[-1]
        self._remember_headings()
        first = self._grid.numbers[start] if start < len(self._grid.numbers) else 0
        below = [span for span in spans if span.top >= first]
        self._over = {
            (span.top, span.left)
            for span in below
            if span.width >= _WIDE and 2 * span.width >= len(self._table.headings)
        }
        self._fill = _fill_down([span for span in below if (span.top, span.left) not in self._over], self._grid)
        self._weak: list[tuple[int, Extra, Row]] = []

    def _remember_headings(self) -> None:
        rows = dict(zip(self._grid.numbers, self._grid.rows, strict=True)) if self._table.heading_rows else {}
        cells = [rows[number] for number in self._table.heading_rows] or [self._table.headings]
        self._heads = {tuple(trimmed(row)) for row in cells}
        self._words = {cell for row in cells for cell in row if cell is not None}

    def read(self) -> None:
        """Read the rows to the last."""
        numbers, rows, fill = self._grid.numbers, self._grid.rows, self._fill
        words, table, n = self._words, self._table, self._start
        while n < len(rows):
            row = rows[n]
            # Nearly all rows are plain records; this way they take a quarter of the time.
            is_plain = not may_be_extra(row) and row[0] not in words and row[1] not in words
            if is_plain and n >= self._start + _BELOW and not self._weak and numbers[n] not in fill:
                table.rows.append(row)
                table.numbers.append(numbers[n])
                n += 1
            else:
                n = self._take(n, numbers[n], trimmed(row))
                words, table = self._words, self._table
        for number, extra, row in self._weak:  # nothing but notes came after them
            _leave_out(self._shaped, number, extra, row)
            self._shaped.titles += [str(cell) for cell in row if cell is not None]
        self._shaped.left_out.sort(key=lambda one: one.row or 0)

    def _take(self, n: int, number: int, row: Row) -> int:
        """Take one row, or the headings that begin there; return the next."""
        extra, is_weak = judge(row)
        filled = len(row) - row.count(None)
        if filled == 1 and extra in (None, Extra.NOTE, Extra.TITLE) and self._is_over(number, row):
            extra, is_weak = (extra or Extra.TITLE), False
        elif len(self._table.headings) < _NARROW and extra in (Extra.TITLE, Extra.NUMBER):
            extra = None
        elif extra is Extra.TOTAL and self._is_placed(row):
            extra = None  # there are petrol stations called Total
        elif extra is Extra.NUMBER and not self._is_only_counted(number, row):
            extra = None
        if extra is None and self._are_headings(row):
            return self._take_headings(n)
        if extra is None and n < self._start + _BELOW and self._explains(row):
            extra = Extra.EXAMPLE
        if extra is None:
            self._keep(number, row)
        elif is_weak:
            self._weak.append((number, extra, row))
        else:
            self._drop(number, extra, row)
        return n + 1

    def _keep(self, number: int, row: Row) -> None:
        for earlier, _, doubtful in self._weak:  # a row follows, so these were rows too
            self._add(earlier, doubtful)
        self._weak.clear()
        self._add(number, row)

    def _add(self, number: int, row: Row) -> None:
        if number in self._fill:
            row = _filled(row, self._fill[number])
        self._table.rows.append(row)
        self._table.numbers.append(number)

    def _drop(self, number: int, extra: Extra, row: Row) -> None:
        _leave_out(self._shaped, number, extra, row)
        texts = [str(cell) for cell in row if cell is not None]
        if extra is Extra.TITLE:
            self._table.groups.append((len(self._table.rows), " ".join(texts)))
        elif extra is Extra.NOTE and not is_signature(row):
            self._shaped.titles += texts

    def _is_over(self, number: int, row: Row) -> bool:
        return (
            bool(self._over) and (number, next(c for c, cell in enumerate(row) if cell is not None)) in self._over
        )

    def _is_only_counted(self, number: int, row: Row) -> bool:
        """Tell whether a row has its running number alone, and no cell that is merged with one above."""
        column = next(c for c, cell in enumerate(row) if cell is not None)
        heading = self._table.headings[column] if column < len(self._table.headings) else None
        return counts_rows(heading) and len(self._fill.get(number, ())) < 2

    def _is_placed(self, row: Row) -> bool:
        """Tell whether a row has a latitude and a longitude."""
        headings = self._table.headings
        fields = self._vocabulary.matches(headings) if self._vocabulary else {}
        columns = [headings.index(fields[field]) for field in ("lat", "lon") if field in fields]
        return len(columns) == 2 and all(column < len(row) and row[column] is not None for column in columns)

    def _are_headings(self, row: Row) -> bool:
        filled = [cell for cell in row if cell is not None]
        known = sum(cell in self._words for cell in filled)
        return known > 1 and 2 * known > len(filled) and all(isinstance(cell, str) for cell in filled)

    def _take_headings(self, n: int) -> int:
        """Pass over headings that are repeated; begin a new table under others."""
        grid = self._grid
        if tuple(trimmed(grid.rows[n])) in self._heads:
            _leave_out(self._shaped, grid.numbers[n], Extra.HEADINGS, grid.rows[n])
            return n + 1
        part = slice(n, n + _BELOW)
        rows = [trimmed(row) for row in grid.rows[part]]
        found = find_heading_rows(grid.numbers[part], rows, None, self._spans, grid.numbers[n])
        last = n + found.last
        for row_number, row in zip(grid.numbers[n : last + 1], grid.rows[n : last + 1], strict=True):
            _leave_out(self._shaped, row_number, Extra.HEADINGS, row)
        groups = [text for above, text in self._table.groups if above == len(self._table.rows)][-1:]
        known = count_known([cell for row in grid.rows[n : last + 1] for cell in row], self._vocabulary)[1]
        _start(self._shaped, HeadingRows(n, last), self._spans, known)
        self._table = self._shaped.tables[-1]
        self._table.groups += [(0, text) for text in groups]
        self._remember_headings()
        return last + 1

    def _explains(self, row: Row) -> bool:
        """Tell whether a row right below the headings numbers the columns, explains or translates them."""
        if len(row) <= len(self._table.headings) and (is_numbering(row) or are_instructions(row)):
            return True
        filled = [cell for cell in row if cell is not None]
        if len(filled) < 2 or not all(isinstance(cell, str) for cell in filled):
            return False
        plain, _ = count_known(row, self._vocabulary)
        return plain > 1 and 2 * plain >= len(filled)


def _fill_down(spans: Sequence[Span], grid: Grid) -> dict[int, list[tuple[int, Any]]]:
    """Return the number of a row to the columns that merged cells cover there, and the value of each."""
    rows = dict(zip(grid.numbers, grid.rows, strict=True)) if spans else {}
    fill: dict[int, list[tuple[int, Any]]] = {}
    for span in spans:
        first = rows.get(span.top, ())
        value = first[span.left] if span.left < len(first) else None
        if value is not None:
            for number in range(span.top + 1, span.bottom + 1):
                fill.setdefault(number, []).append((span.left, value))
    return fill


def _filled(row: Row, values: Sequence[tuple[int, Any]]) -> Row:
    cells = list(row)
    for column, value in values:
        cells += [None] * (column + 1 - len(cells))
        if cells[column] is None:
            cells[column] = value
    return cells


def blank_rows(numbers: Sequence[int], last: int) -> Iterator[int]:
    """Give the numbers of the empty rows after one and between others."""
    if numbers and numbers[-1] - last == len(numbers):  # most lists have none
        return
    for number in numbers:
        yield from range(last + 1, number)
        last = number
