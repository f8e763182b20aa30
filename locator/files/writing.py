"""Writing files atomically, and tables in which a spreadsheet takes no text for a formula."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from locator.errors import UsageError

T = TypeVar("T")

SHEET_ROWS: Final = 1_048_575
"""The most rows of a spreadsheet below the headings."""
_LONGEST_CELL: Final = 32_767
"""Characters: Excel refuses a file with a longer text."""

# A spreadsheet takes a cell that begins with one of these for a formula; the wide ones are what a Chinese
# keyboard types. https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def replace_file(path: Path, made: bytes) -> None:
    """Write a file whole or not at all; raise `UsageError` where that is not possible."""
    try:
        # Beside the file, so that the rename does not cross a file system.
        with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
            beside = Path(folder, path.name)
            beside.write_bytes(made)
            beside.replace(path)
    except OSError as fault:
        raise UsageError(
            "{file} cannot be written: {fault}. Choose a folder that exists and that you may write to.",
            file=path,
            fault=fault.strerror,
        ) from None


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV in UTF-8, with the byte order mark that Excel needs, and no text a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(heading) for heading in headings])
    writer.writerows([harmless(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as a workbook with one worksheet.

    Parameters
    ----------
    title
        The name of the worksheet: at most 31 letters, digits and blanks.
    headings, rows
        Texts stay texts; numbers and truth values are written as such, ``None`` as an empty cell, anything else as
        text.
    """
    from xlsxwriter import Workbook

    output = io.BytesIO()
    # constant_memory writes each row to a temporary file instead of keeping the table in memory.
    with Workbook(output, {"constant_memory": True}) as book:
        worksheet = book.add_worksheet(title)
        worksheet.freeze_panes(1, 0)
        for number, row in enumerate([headings, *rows]):
            for column, value in enumerate(row):
                # `write` would turn texts into formulas and links.
                if isinstance(value, bool):
                    worksheet.write_boolean(number, column, value)
                elif isinstance(value, (int, float)):
                    worksheet.write_number(number, column, value)
                elif value is not None:
                    worksheet.write_string(number, column, str(value)[:_LONGEST_CELL])
    return output.getvalue()


def as_said(text: str) -> str:
    """Undo `harmless`, so that an exported table can be imported unchanged."""
    return text[1:] if text.startswith("'") and text[1:].lstrip(" ").startswith(FORMULA_STARTS) else text


def harmless(value: T) -> T | str:
    """Put ``'`` before a text that a spreadsheet would compute; a number stays a number."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS) else value
