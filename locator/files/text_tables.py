"""Tables in text: delimited by a character, drawn with bars, or set in columns with blanks."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from locator.errors import GeodataError
from locator.files.cell_grids import Grid, Grids, Row, collect
from locator.files.limits import MAX_CELL
from locator.files.writing import as_said

_DELIMITERS: Final = (",", "\t", ";", "|")
# What people type between columns where they have no table: looked for only where no delimiter is.
_LOOSE: Final = {"，": re.compile("，"), "；": re.compile("；"), "blanks": re.compile(r"(?: |　){2,}|　|\t")}
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_DRAWN: Final = re.compile(r"[\s|:+=-]*[-=]{2}[\s|:+=-]*")
_SAMPLED_LINES: Final = 240
_SAMPLE: Final = 200_000  # characters
_LOOSE_COLUMNS: Final = 3
_LOOSE_SHARE: Final = 0.8


def read_text(text: str, file: str, encoding: str) -> Grids:
    """Read a table in text; all cells are texts.

    Columns are delimited by commas, tabs, semicolons or bars. A table may also be drawn, as in Markdown. Where no
    delimiter makes regular columns, wide commas or several blanks do if at least four in five lines have the same
    number of them.

    Raises
    ------
    GeodataError
        If quotes do not match, or it is too large.
    """
    delimiter = find_delimiter(text)
    if loose := _loose_delimiter(text, delimiter):
        rows, is_exact = _loose_rows(text, loose), False
    elif delimiter == "|" and _is_drawn(text):
        rows, is_exact = _drawn_rows(text), False
    else:
        rows, is_exact = _text_rows(text, file, delimiter), True
    kind = "tsv" if delimiter == "\t" else "csv"
    return Grids(kind, encoding, [Grid(None, *collect(rows, file), is_exact=is_exact)])


def find_delimiter(text: str) -> str:
    """Find the delimiter: the one that gives most lines the same width; of equals, the one with most columns."""
    sample = _sample(text)
    return max(_DELIMITERS, key=lambda delimiter: _regularity(sample, delimiter))


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


def _lines(text: str) -> Iterator[str]:
    """Give the lines of a text one by one, with their ends."""
    return (match[0] for match in _LINE.finditer(text))


def _sample(text: str) -> list[str]:
    return list(islice(_lines(text[:_SAMPLE]), _SAMPLED_LINES))


# Tables that are drawn or set with blanks


def _is_drawn(text: str) -> bool:
    """Tell whether most lines with something in them begin with a bar, and one rules off the headings."""
    lines = [line.strip() for line in _sample(text) if line.strip()]
    barred = sum(line.startswith(("|", "+")) for line in lines)
    return 2 * barred > len(lines) and any(_DRAWN.fullmatch(line) for line in lines)


def _drawn_rows(text: str) -> Iterator[Row]:
    for line in _lines(text):
        line = line.strip()
        if not line.startswith("|"):
            yield [] if _DRAWN.fullmatch(line) else [line or None]
        elif _DRAWN.fullmatch(line):
            yield []
        else:
            cells = line.removeprefix("|").removesuffix("|").replace("\\|", "\0").split("|")
            yield [cell.replace("\0", "|").strip() or None for cell in cells]


def _loose_delimiter(text: str, delimiter: str) -> re.Pattern[str] | None:
    """Find what stands between columns where no delimiter is in half of the lines."""
    lines = [line.strip() for line in _sample(text) if line.strip()]
    if len(lines) < 2 or 2 * _regularity(lines, delimiter)[0] >= len(lines):
        return None
    for pattern in _LOOSE.values():
        widths = Counter(len(pattern.split(line)) for line in lines)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        if width >= _LOOSE_COLUMNS and count >= _LOOSE_SHARE * len(lines):
            return pattern
    return None


def _loose_rows(text: str, pattern: re.Pattern[str]) -> Iterator[Row]:
    for line in _lines(text):
        yield [cell.strip() or None for cell in pattern.split(line.strip())]
