"""Tables in text files and workbooks, read in blocks of rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from locator.errors import GeodataError
from locator.files.cell_grids import Grids
from locator.files.cells import as_text
from locator.files.encodings import detect_file, not_in
from locator.files.extra_rows import Extra, judge
from locator.files.formats import holds_grids, is_text
from locator.files.heading_rows import ROWS_ABOVE, find_heading_rows, join_levels
from locator.files.heading_search import Vocabulary
from locator.files.joined_tables import Asked, Joined, join, note_headings
from locator.files.limited_reading import read_limited
from locator.files.limits import MAX_LINE, refuse_too_many
from locator.files.open_tables import WKT, Block, OpenTable
from locator.files.row_faults import Faults, remark_extras, unreadable
from locator.files.tables import unique_headings
from locator.files.text_tables import find_delimiter, not_csv
from locator.language.messages import message

_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".xls", ".xlsx")
_BLOCK: Final = 2_048  # larger blocks only slow down the garbage collector
_SAMPLE: Final = 200_000  # characters in which the delimiter is looked for
_LABELS: Final = 3  # leading cells of a row that may label it as a total
# Every total or note has one of these.
_IN_EXTRAS: Final = "计 計 계 total sum 注 註 说明 說明 来源 來源 表 note source 비고 ： : 共".split()

Row = Sequence[str]
Source = Callable[[], AbstractContextManager[Iterable[tuple[int, Row]]]]
"""Opens a file and gives its rows below the headings, as texts, with their numbers."""


class _Layout(NamedTuple):
    """The headings, and what is below them."""

    headings: tuple[str, ...]
    source: Source
    notes: tuple[str, ...]
    extras: tuple[int, ...] = ()
    """The numbers of rows that are not given, as they are no records."""


def open_rows(path: Path, vocabulary: Vocabulary, *, is_ragged: bool = False) -> OpenTable | None:
    """Open a table of cells; ``None`` where the file is something else.

    Text of any length is read row by row. All other files are read by a process of its own, as
    `locator.files.sheets.read_sheet` does.

    Parameters
    ----------
    path, vocabulary
        The file, and the words for its headings.
    is_ragged
        Whether rows may end before the last column.

    Raises
    ------
    GeodataError
        If it is damaged, or in no encoding that is known.
    """
    try:
        if holds_grids(path):
            found = read_limited(path, None)
            layout = _grid_layout(found, path.name, vocabulary) if isinstance(found, Grids) else None
        elif is_text(path) and path.suffix.lower() in _SUFFIXES:
            layout = _text_layout(path, vocabulary)
        else:
            layout = None
    except OSError as fault:
        raise unreadable(path.name, fault) from None
    if layout is None:
        return None
    read = partial(_read_blocks, path.name, layout, is_ragged)
    return OpenTable(path.name, layout.headings, vocabulary.matches(layout.headings), read, notes=layout.notes)


def _grid_layout(found: Grids, file: str, vocabulary: Vocabulary) -> _Layout:
    joined: Joined = join(found, file, Asked(vocabulary))
    width = len(joined.headings)

    def numbered() -> Iterator[tuple[int, Row]]:
        for number, row in zip(joined.numbers, joined.rows, strict=True):
            cells = list(map(as_text, row))
            yield number, [*cells, *[""] * (width - len(cells))]

    extras = tuple(one.row for one in joined.left_out if one.row and one.row > joined.last_heading_row)
    notes = (*joined.notes, *joined.left_out_notes)
    return _Layout(tuple(unique_headings(joined.headings)), lambda: nullcontext(numbered()), notes, extras)


def _text_layout(path: Path, vocabulary: Vocabulary) -> _Layout:
    _refuse_long_lines(path)
    encoding = detect_file(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        delimiter = find_delimiter(file.read(_SAMPLE))
    with _text_rows(path, encoding, delimiter) as rows:
        first = [[cell.strip() or None for cell in row] for row in islice(rows, ROWS_ABOVE)]
    numbers = [number for number, row in enumerate(first, 1) if any(row)]
    if not numbers:
        return _Layout((), lambda: nullcontext(()), ())
    filled = [first[number - 1] for number in numbers]
    found = find_heading_rows(numbers, filled, vocabulary)
    part = slice(found.first, found.last + 1)
    headings = join_levels(numbers[part], filled[part], (), max(map(len, filled[part])))
    last = numbers[found.last]

    @contextmanager
    def below() -> Iterator[Iterator[tuple[int, Row]]]:
        with _text_rows(path, encoding, delimiter) as rows:
            yield enumerate(islice(rows, last, None), last + 1)

    notes = tuple(note_headings((numbers[found.first], last), filled[: found.first]))
    return _Layout(tuple(unique_headings(headings)), below, notes)


# Rows


def _read_blocks(
    file: str, layout: _Layout, is_ragged: bool, fields: Mapping[str, str], faults: Faults
) -> Iterator[Block]:
    """Read the rows below the headings; empty ones are skipped, but count for row numbers."""
    columns = {field: layout.headings.index(heading) for field, heading in fields.items()}
    faults.remark(remark_extras, layout.extras)
    count = 0
    with layout.source() as below:
        numbered = iter(below)
        while block := list(islice(numbered, _BLOCK)):
            numbers, rows = [number for number, _ in block], [row for _, row in block]
            yield _as_block(rows, numbers, len(layout.headings), columns, is_ragged, faults)
            count += len(block)
            refuse_too_many(count, file)


def _as_block(
    block: list[Row], numbers: list[int], width: int, columns: Mapping[str, int], is_ragged: bool, faults: Faults
) -> Block:
    """Turn rows of cells into columns."""
    rows = np.array(numbers, dtype=np.intp)
    is_extra = np.zeros(len(block), dtype=bool)
    # Fast path: most blocks have no empty cells.
    if set(map(len, block)) != {width} or width < _LABELS or "" in chain.from_iterable(block):
        is_extra = _are_extra(block, width)
        may_end = is_extra | is_ragged  # a row of sums may end early
        block = [_evened(row, width, may) for row, may in zip(block, may_end.tolist(), strict=True)]
        filled = [n for n, cells in enumerate(block) if any(cells)]
        faults.add((numbers[n], _width_fault(len(block[n]), width)) for n in filled if len(block[n]) != width)
        whole = [n for n in filled if len(block[n]) == width]
        rows, is_extra, block = rows[whole], is_extra[whole], [block[n] for n in whole]
    cells = list(zip(*block, strict=True)) or [()] * width
    by_field: dict[str, Any] = {field: tuple(map(str.strip, cells[index])) for field, index in columns.items()}
    outlines = np.array(by_field.pop(WKT, ()), dtype=object)
    return Block(rows, by_field, shapely.from_wkt(outlines, on_invalid="ignore"), is_extra)


def _width_fault(count: int, width: int) -> str:
    return message("it has {count} cells, the first row {width}. Is a comma wrong?", count=count, width=width)


def _evened(row: Row, width: int, may_end: bool) -> Row:
    """Cut off empty cells beyond the last heading, and pad a row that may end early."""
    if len(row) > width and not any(row[width:]):
        return row[:width]
    return [*row, *[""] * (width - len(row))] if may_end and row else row


def _are_extra(block: Sequence[Row], width: int) -> NDArray[np.bool_]:
    """Tell which rows are totals or notes; rows without empty cells are neither."""
    is_extra = np.zeros(len(block), dtype=bool)
    labels = {n: row[:_LABELS] for n, row in enumerate(block) if "" in row or len(row) != width or width < _LABELS}
    text = "\n".join(chain.from_iterable(labels.values())).lower()
    if any(word in text for word in _IN_EXTRAS):
        is_extra[[n for n in labels if _is_extra(block[n])]] = True
    return is_extra


def _is_extra(row: Row) -> bool:
    extra, is_doubtful = judge([cell.strip() or None for cell in row])
    return extra in (Extra.TOTAL, Extra.NOTE) and not is_doubtful


# Text


@contextmanager
def _text_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Iterator[Row]]:
    try:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            yield reader
    except csv.Error as fault:
        raise not_csv(path.name, reader.line_num, fault) from None
    except UnicodeError as fault:
        raise not_in(encoding, path.name, fault) from None


def _refuse_long_lines(path: Path) -> None:
    """Refuse a file that has no line break within `MAX_LINE` bytes."""
    with path.open("rb") as file:
        while len(piece := file.read(MAX_LINE)) == MAX_LINE:
            if b"\n" not in piece and b"\r" not in piece:
                raise GeodataError(
                    "{file} has a line of more than {most:,} bytes. Save it as CSV, a row in each line.",
                    file=path.name,
                    most=MAX_LINE,
                )
