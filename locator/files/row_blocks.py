"""Tables in text files and workbooks, read in blocks of rows."""

from __future__ import annotations

import csv
import re
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
from locator.files.cells import as_text
from locator.files.encodings import detect_file, not_in
from locator.files.formats import is_text, workbook_kind
from locator.files.heading_search import Vocabulary
from locator.files.limited_process import BrokenError, Part, parts_of
from locator.files.limits import MAX_LINE, refuse_too_many
from locator.files.open_tables import WKT, Block, OpenTable
from locator.files.row_faults import Faults, unreadable
from locator.files.tables import (
    ROWS_ABOVE,
    find_delimiter,
    is_word,
    not_csv,
    open_workbook,
    sheet_rows,
    tell_rows,
    unique_headings,
)
from locator.language.characters import plain
from locator.language.messages import as_data, from_data, message

_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".xls", ".xlsx")
_BLOCK: Final = 2_048  # larger blocks only slow down the garbage collector
_SAMPLE: Final = 200_000  # characters in which the delimiter is looked for
_LABELS: Final = 3  # leading cells of a row that may label it as a total
_LONGEST_LABEL: Final = 60
# Every total or note has one of these.
_IN_EXTRAS: Final = (
    *(
        "计",
        "計",
        "계",
        "total",
        "sum",
        "注",
        "註",
        "说明",
        "說明",
        "来源",
        "來源",
        "表",
        "note",
        "source",
        "비고",
    ),
)
_NOTE: Final = re.compile(r"备?注|说明|(?:资料|数据)?来源|[填制]表|notes?\b|(?:data )?sources?\b|비고")
_TOTAL: Final = re.compile(
    r".*(?:合计|小计|总计|共计|累计|합계|소계|총계)|(?:grand|sub)?totals?(?:population|persons|people)?|sum"
)
_BRACKETS_AND_SIGNS: Final = re.compile(r"\(.*?\)|[\W_]+")

Row = Sequence[str]
Source = Callable[[], AbstractContextManager[Iterable[Row]]]
"""Opens a file and gives its rows from the first on, as texts."""


class _Layout(NamedTuple):
    """The headings and the row they are in."""

    rows_above: int
    """How many rows stand above them."""
    headings: tuple[str, ...]
    notes: tuple[str, ...]


def open_rows(path: Path, vocabulary: Vocabulary, *, is_ragged: bool = False) -> OpenTable | None:
    """Open a table of cells; ``None`` where the file is something else.

    A workbook is read by a process of its own.

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
        if not is_text(path):
            sheet = _sheet(path)
            return sheet and _opened(path, vocabulary, lambda: nullcontext(sheet[0]), sheet[1], is_ragged)
        if path.suffix.lower() not in _SUFFIXES:
            return None
        _refuse_long_lines(path)
        encoding = detect_file(path)
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            delimiter = find_delimiter(file.read(_SAMPLE))
        return _opened(path, vocabulary, partial(_text_rows, path, encoding, delimiter), (), is_ragged)
    except OSError as fault:
        raise unreadable(path.name, fault) from None


def _opened(
    path: Path, vocabulary: Vocabulary, source: Source, notes: Iterable[str], is_ragged: bool
) -> OpenTable:
    layout = _find_headings(source, vocabulary)
    fields: dict[str, str] = {}
    vocabulary.add_matches(layout.headings, fields)
    read = partial(_read_blocks, path.name, source, layout, is_ragged)
    return OpenTable(path.name, layout.headings, fields, read, notes=(*notes, *layout.notes))


def _find_headings(source: Source, vocabulary: Vocabulary) -> _Layout:
    """Find the row in which most words are known; else the first with two texts, else the first."""
    with source() as rows:
        first = list(islice(rows, ROWS_ABOVE))
    known = [_count_known(row, vocabulary) for row in first]
    filled = [n for n, row in enumerate(first) if any(row)]
    if max(known, default=0) > 1:
        rows_above = known.index(max(known))
    else:
        rows_above = next(
            (n for n in filled if sum(map(is_word, filter(None, first[n]))) > 1), min(filled, default=0)
        )
    above: list[tuple[int, Sequence[Any]]] = [
        (n + 1, [cell or None for cell in first[n]]) for n in filled if n <= rows_above
    ]
    header = first[rows_above] if first else ()
    headings = tuple(unique_headings(header)) if any(header) else ()
    return _Layout(rows_above, headings, tell_rows(above) if above else ())


def _count_known(row: Row, vocabulary: Vocabulary) -> int:
    fields: dict[str, str] = {}
    vocabulary.add_matches([cell.strip() for cell in row if cell], fields)
    return len(fields)


# Rows


def _read_blocks(
    file: str, source: Source, layout: _Layout, is_ragged: bool, fields: Mapping[str, str], faults: Faults
) -> Iterator[Block]:
    """Read the rows below the headings; empty ones are skipped, but count for row numbers."""
    columns = {field: layout.headings.index(heading) for field, heading in fields.items()}
    above = layout.rows_above + 1
    with source() as rows:
        below, first = islice(rows, above, None), above + 1
        while block := list(islice(below, _BLOCK)):
            yield _as_block(block, first, len(layout.headings), columns, is_ragged, faults)
            first += len(block)
            refuse_too_many(first - above - 1, file)


def _as_block(
    block: list[Row], first: int, width: int, columns: Mapping[str, int], is_ragged: bool, faults: Faults
) -> Block:
    """Turn rows of cells into columns."""
    rows = np.arange(first, first + len(block))
    is_extra = np.zeros(len(block), dtype=bool)
    # Fast path: most blocks have no empty cells.
    if set(map(len, block)) != {width} or width < _LABELS or "" in chain.from_iterable(block):
        is_extra = _are_extra(block, width)
        may_end = is_extra | is_ragged  # a row of sums may end early
        block = [_evened(row, width, may) for row, may in zip(block, may_end.tolist(), strict=True)]
        filled = [n for n, cells in enumerate(block) if any(cells)]
        faults.add((first + n, _width_fault(len(block[n]), width)) for n in filled if len(block[n]) != width)
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
    """Tell which rows are totals, by one of their first cells, or notes; rows without empty cells are neither."""
    is_extra = np.zeros(len(block), dtype=bool)
    labels = {n: row[:_LABELS] for n, row in enumerate(block) if "" in row or len(row) != width or width < _LABELS}
    text = "\n".join(chain.from_iterable(labels.values())).lower()
    if any(word in text for word in _IN_EXTRAS):
        is_extra[[n for n, cells in labels.items() if any(map(_is_total, cells)) or _is_note(block[n])]] = True
    return is_extra


def _is_total(label: str) -> bool:
    is_short = 1 < len(label) <= _LONGEST_LABEL
    return is_short and _TOTAL.fullmatch(_BRACKETS_AND_SIGNS.sub("", plain(label))) is not None


def _is_note(row: Row) -> bool:
    """Tell whether a row holds only a note below the list."""
    texts = [cell for cell in row if cell]
    return len(texts) == 1 and _NOTE.match(plain(texts[0])) is not None


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


# Workbooks


def _sheet(path: Path) -> tuple[list[Row], tuple[str, ...]] | None:
    """Read the sheet of a workbook in a process of its own; ``None`` where the file is none."""
    with parts_of(path, sheet_parts) as parts:
        notes = next(parts)
        if notes is None:
            return None
        rows = next(parts)
        if not all(isinstance(row, list) and all(type(cell) is str for cell in row) for row in rows):
            raise BrokenError("not the rows they must be")
        return rows, tuple(map(from_data, notes))


def sheet_parts(path: str) -> Iterator[Part]:
    """Give notes on the sheet that is read of a workbook, and its rows; ``None`` where the file is none."""
    kind = workbook_kind(Path(path))
    if kind is None:
        yield None
        return
    with open_workbook(Path(path), kind) as (sheet, notes):
        yield [as_data(note) for note in notes]
        yield [[as_text(cell) for cell in row] for row in sheet_rows(sheet)]
