"""Limits on the size of files and of what they hold, checked before the memory is full."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from locator.errors import GeodataError

MAX_BYTES: Final = 100_000_000
"""The largest list that is read."""
MAX_ROWS: Final = 500_000
MAX_COLUMNS: Final = 300
MAX_CELLS: Final = 20_000_000
"""The most rows times columns of a list."""
MAX_CELL: Final = 32_767
"""The most characters in a cell; a spreadsheet holds no more."""
MAX_LINE: Final = 1 << 20
"""Bytes; a longer line would be held in memory whole, and is no line of a table."""
MAX_POINTS: Final = 20_000_000
"""The most points or pairs that are read in blocks; ten million points take less than 2 GB."""
MAX_RASTER_CELLS: Final = 1_000_000_000
"""The most cells, with or without weight, that a raster may have; a kilobyte can stand for forty times as many."""
MAX_WRITTEN: Final = 10_000_000
"""Bytes of a file that people write by hand: a scenario, quotas, standards."""


def require_file(path: Path) -> None:
    """Refuse a path that is not a file, such as a URL that a reader would fetch."""
    if not path.is_file():
        raise GeodataError("{file} is not there. Give the path of a file.", file=path)


def refuse_size(size: int, file: str) -> None:
    """Refuse a list that is too large, or empty."""
    if size > MAX_BYTES:
        raise GeodataError(
            "{file} has {size} MB, more than {most} MB. Save only the list, or cut it into several files.",
            file=file,
            size=round(size / 1e6),
            most=MAX_BYTES // 1_000_000,
        )
    if not size:
        raise GeodataError("{file} is empty. Save the list again.", file=file)


def refuse_large(path: Path) -> None:
    """Refuse a file of more than `MAX_WRITTEN` bytes before it is read; raise `OSError` where there is none."""
    size = path.stat().st_size
    if size > MAX_WRITTEN:
        raise GeodataError(
            "{file} has {size} MB, more than {most} MB. Is it the right file?",
            file=path.name,
            size=round(size / 1e6),
            most=MAX_WRITTEN // 1_000_000,
        )


def refuse_rows(count: int, file: str) -> None:
    """Refuse a list of more rows than are read."""
    if count > MAX_ROWS:
        raise GeodataError(
            "{file} has more than {most} rows. Cut it into several files.", file=file, most=f"{MAX_ROWS:,}"
        )


def refuse_columns(count: int, file: str, rows: int) -> None:
    """Refuse more than `MAX_COLUMNS` columns, and more than `MAX_CELLS` cells."""
    if count > MAX_COLUMNS:
        raise GeodataError(
            "{file} has {count} columns with something in them, more than {most}. Save only those of the list.",
            file=file,
            count=f"{count:,}",
            most=MAX_COLUMNS,
        )
    if count * rows > MAX_CELLS:
        raise GeodataError(
            "{file} has {rows} rows of {count} columns, more than {most} cells. Save only those of the list.",
            file=file,
            rows=f"{rows:,}",
            count=count,
            most=f"{MAX_CELLS:,}",
        )


def refuse_cells(count: int, file: str) -> None:
    """Refuse more than `MAX_CELLS` cells with something in them."""
    if count > MAX_CELLS:
        raise GeodataError(
            "{file} has more than {most} cells. Save only the list.", file=file, most=f"{MAX_CELLS:,}"
        )


def refuse_long(cell: str, row: int, file: str) -> None:
    """Refuse a text longer than a cell can be."""
    if len(cell) > MAX_CELL:
        raise GeodataError(
            "{file}, row {row} has a cell of {length} characters, more than {most}. Is a quotation mark missing?",
            file=file,
            row=row,
            length=f"{len(cell):,}",
            most=f"{MAX_CELL:,}",
        )


def refuse_too_many(count: int, file: str) -> None:
    """Refuse a file with more than `MAX_POINTS` rows, features or cells."""
    if count > MAX_POINTS:
        raise GeodataError(
            "{file} has more than {most} rows or cells to read. Split it, or use a coarser one.",
            file=file,
            most=MAX_POINTS,
        )


def refuse_empty(count: int, file: str) -> None:
    """Refuse a file in which nothing was found."""
    if not count:
        raise GeodataError("{file} has nothing in it to read. Give a file with at least one row.", file=file)
