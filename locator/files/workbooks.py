"""Workbooks, read as one grid of cells for each worksheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from locator.errors import GeodataError
from locator.files.cell_grids import Grid, Grids, Span, collect, note_errors, refuse_empty
from locator.files.limits import MAX_CELLS, MAX_ROWS
from locator.files.workbook_marks import inspect_workbook
from locator.files.xls_records import SheetMarks
from locator.language.messages import message

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_EXACT: Final = 2**53  # above this, floats no longer tell whole numbers apart
_HEAD: Final = 60  # rows that are kept of a worksheet for which there is no more room


def read_workbook(path: Path, kind: str) -> Grids:
    """Read all worksheets of a workbook.

    Formulas give the values they had when the workbook was saved; macros are not run. A cell that shows an
    error is empty. Only the first cell of merged ones has their value.

    Raises
    ------
    GeodataError
        If it is damaged, encrypted or too large, or has no rows.
    """
    errors, marks = inspect_workbook(path, kind)
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        # The library goes by the suffix where it knows it.
        with path.open("rb") as file:
            is_named = path.suffix.lower() == f".{kind}"
            book = CalamineWorkbook.from_path(path) if is_named else CalamineWorkbook.from_filelike(file)
            grids = list(_grids(book, path.name, marks))
    except PasswordError:
        raise GeodataError("{file} is encrypted. Save it without a password.", file=path.name) from None
    except CalamineError as fault:
        raise GeodataError(
            "{file} is a damaged or cut off workbook: {fault}. Open it and save it again.",
            file=path.name,
            fault=fault,
        ) from None
    refuse_empty(grids, path.name)
    return Grids(kind, None, grids, tuple(_notes(path, errors)))


def _grids(book: CalamineWorkbook, file: str, marks: dict[str, SheetMarks]) -> Iterator[Grid]:
    """Read the worksheets, visible ones first, as long as there is room; only the heads of the others."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    about = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    shown = {sheet.name: sheet.visible == SheetVisibleEnum.Visible for sheet in about}
    grids = dict[str, Grid]()
    rows = cells = 0
    for name in sorted(shown, key=lambda name: not shown[name]):
        sheet = book.get_sheet_by_name(name)
        has_room = not grids or (
            rows + sheet.height <= MAX_ROWS and cells + sheet.height * sheet.width <= MAX_CELLS
        )
        grids[name] = _grid(sheet, file, None if has_room else _HEAD, marks.get(name, SheetMarks()))
        grids[name].is_hidden = not shown[name]
        rows, cells = rows + len(grids[name].rows), cells + sum(map(len, grids[name].rows))
    yield from (grids[name] for name in shown)


def _grid(sheet: CalamineSheet, file: str, most: int | None, marks: SheetMarks) -> Grid:
    if sheet.end is None:
        return Grid(sheet.name, [], [])
    left = sheet.start[1] if sheet.start else 0
    # The library gives the empty rows above the first cell, but not the empty columns before it.
    numbers, rows = collect((list(map(_plain, row)) for row in sheet.iter_rows()), file, most=most)
    merged = sheet.merged_cell_ranges or ()
    spans = [Span(first[0] + 1, first[1], last[0] + 1, last[1]) for first, last in merged] or marks.spans
    return Grid(
        sheet.name,
        numbers,
        rows,
        left=left,
        spans=[span._replace(left=span.left - left, right=span.right - left) for span in spans],
        hidden=marks.hidden,
        filtered=marks.filtered,
        struck={row: [column - left for column in columns] for row, columns in marks.struck.items()},
        is_cut=most is not None and len(rows) == most < sheet.height,
    )


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


def _notes(path: Path, errors: int) -> Iterator[str]:
    if path.suffix.lower() == ".xlsm":
        yield message("The workbook may have macros; they were not run.")
    yield from note_errors(errors)
