"""Tables of cells, in text files and in workbooks, as columns under headings."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from locator.errors import GeodataError
from locator.files.archives import check_parts, open_archive
from locator.files.limits import MAX_CELL, refuse_columns, refuse_long, refuse_rows
from locator.files.writing import as_said
from locator.language.messages import message

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

    from locator.geo.geodesy import FloatArray

_DELIMITERS: Final = (",", "\t", ";", "|")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_NUMBER: Final = re.compile(r"[-+]?[\d.,]+%?")
_SAMPLED_LINES: Final = 240
ROWS_ABOVE: Final = 20
"""The number of rows in which headings are looked for."""
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_EXACT: Final = 2**53  # above this, floats no longer tell whole numbers apart

Row = Sequence[Any]
Columns = dict[str, list[Any]]


class Content(NamedTuple):
    """The content of a file: the fields of a sheet without its name."""

    kind: str
    encoding: str | None
    columns: Columns
    lonlat: FloatArray | None = None
    crs: str | None = None
    notes: tuple[str, ...] = ()
    row_numbers: tuple[int, ...] = ()


def read_text(text: str, file: str, encoding: str) -> Content:
    """Read a table delimited by commas, tabs, semicolons or bars; all cells are texts.

    Raises
    ------
    GeodataError
        If quotes do not match, a row has more cells than there are headings, or it is too large.
    """
    delimiter = find_delimiter(text)
    rows = _text_rows(text, file, delimiter)
    columns, notes, numbers = arrange(rows, file, strict=True)
    return Content("tsv" if delimiter == "\t" else "csv", encoding, columns, notes=notes, row_numbers=numbers)


def read_workbook(path: Path, kind: str) -> Content:
    """Read the first sheet of a workbook that has a table.

    Formulas give the values they had when the workbook was saved; macros are not run. A cell that shows an
    error is empty. Only the first cell of merged ones has their value.

    Raises
    ------
    GeodataError
        If it is damaged, encrypted or too large, or has no rows.
    """
    with open_workbook(path, kind) as (sheet, notes):
        top, left = sheet.start or (0, 0)
        columns, more, numbers = arrange(sheet_rows(sheet), path.name, first=left, top=top)
    return Content(kind, None, columns, notes=(*notes, *more), row_numbers=numbers)


@contextmanager
def open_workbook(path: Path, kind: str) -> Iterator[tuple[CalamineSheet, tuple[str, ...]]]:
    """Open the sheet of a workbook that `read_workbook` reads; give it and notes on what is left out."""
    errors = _check_workbook(path, kind)
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_path(path)
        sheet = _choose_sheet(book, path.name)
        others = [name for name in book.sheet_names if name != sheet.name]
        yield sheet, tuple(_tell_workbook(path, sheet.name, others, errors))
    except PasswordError:
        raise GeodataError("{file} is encrypted. Save it without a password.", file=path.name) from None
    except CalamineError as fault:
        raise GeodataError(
            "{file} is a damaged or cut off workbook: {fault}. Open it and save it again.",
            file=path.name,
            fault=fault,
        ) from None


# Columns


def arrange(
    rows: Iterable[Row], file: str, *, strict: bool = False, first: int = 0, top: int = 0
) -> tuple[Columns, tuple[str, ...], tuple[int, ...]]:
    """Turn rows of cells into columns under the headings among the first rows.

    Parameters
    ----------
    rows
        The cells of each row, ``None`` where there is nothing.
    file
        The file's name, for messages.
    strict
        Whether a cell beyond the headings is a fault; else it is in a column without heading.
    first
        The number of empty columns before the first, for numbering those without heading.
    top
        The number of empty rows above the first.

    Returns
    -------
    tuple
        The columns; notes on what was left out: rows above the headings, rows with nothing in them; and the number
        of each row in the file, from 1.
    """
    filled = ((number, row) for number, row in enumerate(rows, top + 1) if any(cell is not None for cell in row))
    headings, above, rest = find_headings(list(islice(filled, ROWS_ABOVE)), file)
    kept, numbers = list[Row](), list[int]()
    last = above[-1][0] if above else 0
    blank = 0
    for last_number, row in chain(rest, filled):
        kept.append(_checked(row, len(kept) + 1, headings, file, strict))
        numbers.append(last_number)
        blank += last_number - last - 1
        last = last_number
    columns = _columns(_padded(headings, kept), kept, file, first)
    return columns, tell_rows(above, blank), tuple(numbers)


def unique_headings(names: Iterable[Any], first: int = 0) -> list[str]:
    """Make headings unique: blanks normalised, empty ones numbered, a number added to repeated ones."""
    headings = dict[str, None]()
    for number, name in enumerate(names, first + 1):
        plain = "" if name is None else " ".join(str(name).split())
        heading = plain or f"column {number}"
        again = 2
        while heading in headings:
            heading, again = f"{plain or f'column {number}'} ({again})", again + 1
        headings[heading] = None
    return list(headings)


def clean_value(value: Any, row: int, file: str) -> Any:
    """Strip a text, ``None`` if nothing is left; refuse one that is too long."""
    if isinstance(value, str):
        refuse_long(value, row, file)
        return value.strip() or None
    return value


def _trimmed(row: Row) -> Row:
    """Cut off the empty cells at the end of a row."""
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    return row if end == len(row) else row[:end]


def find_headings(
    rows: list[tuple[int, Row]], file: str
) -> tuple[Row, list[tuple[int, Row]], list[tuple[int, Row]]]:
    """Find the first row with two texts or more; return it, the rows down to it, and those after it."""
    if not rows:
        raise GeodataError("{file} has no rows. Save the list again, with its headings.", file=file)
    index = next((n for n, (_, row) in enumerate(rows) if sum(map(is_word, row)) > 1), 0)
    headings = rows[index][1]
    refuse_columns(sum(cell is not None for cell in headings), file, 1)
    return headings, rows[: index + 1], rows[index + 1 :]


def is_word(cell: Any) -> bool:
    """Tell whether a cell is a text and no number."""
    return isinstance(cell, str) and not _NUMBER.fullmatch(cell)


def _checked(row: Row, number: int, headings: Row, file: str, strict: bool) -> Row:
    refuse_rows(number, file)
    row = _trimmed(row)
    if strict and len(row) > len(headings):
        raise GeodataError(
            "{file}, row {row} has {count} cells, where there are {width} headings. Put a cell that has the "
            "delimiter in it between quotation marks.",
            file=file,
            row=number,
            count=len(row),
            width=len(headings),
        )
    for cell in row:
        if cell.__class__ is str and len(cell) > MAX_CELL:
            refuse_long(cell, number, file)
    return row


def _padded(headings: Row, rows: list[Row]) -> list[Any]:
    """Return the headings, with ``None`` for each column beyond the last."""
    return [*headings, *[None] * (max(map(len, rows), default=0) - len(headings))]


def _columns(headings: list[Any], rows: list[Row], file: str, first: int) -> Columns:
    """Turn rows into columns; a column with neither heading nor cells is left out."""
    used = set[int](index for index, name in enumerate(headings) if name is not None)
    for row in rows:
        if len(used) < len(headings):
            used.update(index for index, cell in enumerate(row) if cell is not None)
            refuse_columns(len(used), file, 1)
    refuse_columns(len(used), file, len(rows))
    names = unique_headings(headings, first)
    return {names[index]: [row[index] if index < len(row) else None for row in rows] for index in sorted(used)}


def tell_rows(above: list[tuple[int, Row]], blank: int = 0) -> tuple[str, ...]:
    """Say from which row the headings were taken, what stood above them, and how many rows were blank."""
    notes = list[str]()
    if above[-1][0] > 1:
        texts = "; ".join(str(cell)[:40] for _, row in above[:-1] for cell in row if cell is not None)
        notes.append(
            message(
                "The headings were taken from row {row}; left out above them: {texts}.",
                row=above[-1][0],
                texts=texts or message("nothing"),
            )
        )
    if blank:
        notes.append(message("Rows with nothing in them were left out and are not counted: {count}.", count=blank))
    return tuple(notes)


# Text


def find_delimiter(text: str) -> str:
    """Find the delimiter: the one that gives most lines the same width; of equals, the one with most columns."""
    sample = list(islice(_lines(text[:200_000]), _SAMPLED_LINES))
    return max(_DELIMITERS, key=lambda delimiter: _regularity(sample, delimiter))


def _regularity(lines: list[str], delimiter: str) -> tuple[int, int]:
    """Return the number of lines in rows of the commonest width above one, and that width."""
    sizes = Counter[int]()
    for width, count in _sizes(lines, delimiter):
        # Lines and not rows: a cell of several lines is one row of the right delimiter and many of a wrong one.
        sizes[width] += count
    return max(((count, width) for width, count in sizes.items() if width > 1), default=(0, 0))


def _sizes(lines: list[str], delimiter: str) -> Iterator[tuple[int, int]]:
    """Give the width of each row and how many lines it takes; one with a stray quotation mark has no width."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while (before := reader.line_num) < len(lines):
        try:
            row = next(reader)
        except csv.Error:
            row = []
        yield len(row), reader.line_num - before


def _text_rows(text: str, file: str, delimiter: str) -> Iterator[Row]:
    """Read the rows with their cells stripped; equal texts are stored once."""
    known: dict[str, str | None] = {"": None}
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            cells = [as_said(cell.strip()) for cell in row]
            yield [known.setdefault(cell, cell) for cell in cells]
    except csv.Error as fault:
        raise not_csv(file, reader.line_num, fault) from None


def not_csv(file: str, line: int, fault: csv.Error) -> GeodataError:
    """Return the error for a text that is not a table from some line on."""
    return GeodataError(
        "{file} cannot be read at line {line}: {fault}. Is a quotation mark missing, a cell longer than "
        "{most} characters, or the file cut off?",
        file=file,
        line=line,
        fault=fault,
        most=f"{MAX_CELL:,}",
    )


def _lines(text: str) -> Iterator[str]:
    """Give the lines of a text one by one, with their ends."""
    return (match[0] for match in _LINE.finditer(text))


# Workbooks


def _check_workbook(path: Path, kind: str) -> int:
    """Check the parts of a workbook; return how many cells show an error, 0 if that is unknown."""
    if kind == "xls":
        if _ENCRYPTED in path.read_bytes():
            raise GeodataError("{file} is encrypted. Save it without a password.", file=path.name)
        return 0
    with open_archive(path) as archive:
        return check_parts(archive, path.name, b't="e"' if kind == "xlsx" else b'-type="error"')


def _choose_sheet(book: CalamineWorkbook, file: str) -> CalamineSheet:
    """Choose the first sheet with two columns and rows, visible ones first; else the first that is not empty."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    about = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    about.sort(key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible)
    narrow = None
    for one in about:
        sheet = book.get_sheet_by_name(one.name)
        if sheet.end is not None and sheet.width > 1 and sheet.height > 1:
            return sheet
        narrow = narrow or (sheet if sheet.end is not None else None)
    if narrow is None:
        raise GeodataError("{file} has no sheet with rows. Save the list again, with its headings.", file=file)
    return narrow


def sheet_rows(sheet: CalamineSheet) -> Iterator[Row]:
    """Give the rows of a sheet from the first on, as plain values."""
    return ([_plain(cell) for cell in row] for row in sheet.iter_rows())


def _plain(cell: Any) -> Any:
    """Turn the value of a cell into a plain one; a float that is whole becomes an int."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < _EXACT else cell
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date()
    return cell


def _tell_workbook(path: Path, name: str, others: list[str], errors: int) -> Iterator[str]:
    if others:
        listed = ", ".join(f'"{other}"' for other in others[:20]) + " …" * (len(others) > 20)
        yield message('Only the sheet "{name}" was read; left out: {others}.', name=name, others=listed)
    if path.suffix.lower() == ".xlsm":
        yield message("The workbook may have macros; they were not run.")
    if errors:
        yield message(
            "Cells of the workbook that show an error, such as #N/A, were taken as empty: {count}.", count=errors
        )
