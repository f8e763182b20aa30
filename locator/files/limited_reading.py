"""Reading whole files in a process with limited memory and time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import numpy as np

from locator.files.cell_grids import MAX_SPANS, Grid, Grids, Row, Span
from locator.files.formats import read_content
from locator.files.limited_process import NOT_NEEDED, BrokenError, Limits, parts_of
from locator.files.limits import MAX_ROWS
from locator.files.tables import Content
from locator.language.messages import as_data, from_data, message

LIMITS: Final = Limits(
    memory=1_500_000_000,
    time_s=120,
    answer=1_000_000_000,
    too_long=message("{file} takes more than {limit} s to read. Save only its list, as CSV."),
    too_large=message(
        "{file} cannot be read: it is damaged, or takes more than {limit} MB of memory, as where a cell "
        "stands far away from the others. Save only its list, as CSV."
    ),
)
_BLOCK: Final = 4_096  # rows
_NOT_NEEDED: Final = (*NOT_NEEDED, "pyarrow")
# Types that JSON holds directly; the others go as an object with one member, the name of their type.
_PLAIN: Final = frozenset({str, int, float, bool, list, type(None)})
_TIMES: Final[dict[str, Any]] = {kind.__name__: kind for kind in (date, datetime, time)}


def read_limited(path: Path, encoding: str | None) -> Content | Grids:
    """Read a file as `read_content` does, within bounded memory and time.

    Raises
    ------
    GeodataError
        As `read_content`; also if the process exceeds a limit or crashes.
    """
    with parts_of(path, content_parts, encoding, limits=LIMITS, without=_NOT_NEEDED) as parts:
        try:
            about = next(parts)
            return _grids(about, parts) if "grids" in about else _content(about, parts)
        except (AttributeError, KeyError, StopIteration, TypeError, ValueError) as fault:
            raise BrokenError(f"no content: {fault!r}") from None


def content_parts(path: str, encoding: str | None) -> Iterator[Any]:
    """Read a file and give its content: what it is, and its columns and positions or its grids of cells."""
    content = read_content(Path(path), encoding)
    about: dict[str, Any] = {
        "kind": content.kind,
        "encoding": content.encoding,
        "notes": [as_data(note) for note in content.notes],
    }
    if isinstance(content, Grids):
        yield {**about, "are_pages": content.are_pages, "grids": [_about_grid(grid) for grid in content.grids]}
        for grid in content.grids:
            yield grid.numbers
            for start in range(0, len(grid.rows), _BLOCK):
                # By column: long lists are converted much faster than short ones.
                yield [_plain_cells(column) for column in zip_longest(*grid.rows[start : start + _BLOCK])]
        return
    yield {**about, "crs": content.crs, "titles": content.titles, "headings": list(content.columns)}
    for column in content.columns.values():
        yield _plain_cells(column)
    if content.lonlat is not None:
        yield content.lonlat


def _content(about: dict[str, Any], parts: Iterator[Any]) -> Content:
    """Rebuild content from its parts; equal texts are stored once."""
    known: dict[str, str] = {}
    columns = {str(heading): _cells(next(parts), known) for heading in about["headings"]}
    lonlat = next(parts, None)
    rows = {len(column) for column in columns.values()} | ({len(lonlat)} if lonlat is not None else set())
    is_whole = len(columns) == len(about["headings"]) and len(rows) <= 1 and max(rows, default=0) <= MAX_ROWS
    if not is_whole or (lonlat is not None and (lonlat.dtype != np.float64 or lonlat.shape[1:] != (2,))):
        raise ValueError("columns of several lengths")
    notes, titles = tuple(map(from_data, about["notes"])), tuple(map(str, about["titles"]))
    return Content(about["kind"], about["encoding"], columns, lonlat, about["crs"], notes, titles=titles)


# Grids


def _about_grid(grid: Grid) -> dict[str, Any]:
    return {
        "name": grid.name,
        "left": grid.left,
        "spans": [list(span) for span in grid.spans[:MAX_SPANS]],
        "hidden": sorted(grid.hidden),
        "filtered": sorted(grid.filtered),
        "struck": list(grid.struck.items()),
        "titles": grid.titles,
        "below": grid.below,
        "flags": [grid.is_hidden, grid.is_exact, grid.is_cut],
    }


def _grids(about: dict[str, Any], parts: Iterator[Any]) -> Grids:
    """Rebuild grids from their parts; equal texts are stored once."""
    known: dict[str, str] = {}
    grids = [_grid(one, parts, known) for one in about["grids"]]
    notes = tuple(map(from_data, about["notes"]))
    return Grids(about["kind"], about["encoding"], grids, notes, bool(about["are_pages"]))


def _grid(about: dict[str, Any], parts: Iterator[Any], known: dict[str, str]) -> Grid:
    numbers = [int(number) for number in next(parts)]
    rows = list[Row]()
    while len(rows) < len(numbers):
        columns = [_cells(column, known) for column in next(parts)]
        rows += zip(*columns, strict=True)
        if not columns:
            raise ValueError("rows are missing")
    if len(rows) != len(numbers) or len(rows) > MAX_ROWS + 1:
        raise ValueError("not the rows they must be")
    is_hidden, is_exact, is_cut = map(bool, about["flags"])
    return Grid(
        None if about["name"] is None else str(about["name"]),
        numbers,
        rows,
        left=int(about["left"]),
        spans=[Span(*map(int, span)) for span in about["spans"]],
        hidden=frozenset(map(int, about["hidden"])),
        filtered=frozenset(map(int, about["filtered"])),
        struck={int(row): [int(column) for column in columns] for row, columns in about["struck"]},
        titles=tuple(map(str, about["titles"])),
        below=tuple(map(str, about["below"])),
        is_hidden=is_hidden,
        is_exact=is_exact,
        is_cut=is_cut,
    )


# Cells


def _plain_cells(cells: Sequence[Any]) -> list[Any]:
    return [cell if cell.__class__ in _PLAIN else _tagged(cell) for cell in cells]


def _tagged(cell: Any) -> Any:
    if isinstance(cell, dict):
        return {"object": cell}
    if isinstance(cell, np.ndarray):
        return cell.tolist()
    return {type(cell).__name__: cell.isoformat()}


def _cells(column: list[Any], known: dict[str, str]) -> list[Any]:
    return [
        known.setdefault(cell, cell)
        if cell.__class__ is str
        else _untagged(cell)
        if cell.__class__ is dict
        else cell
        for cell in column
    ]


def _untagged(cell: dict[str, Any]) -> Any:
    ((kind, value),) = cell.items()
    return value if kind == "object" else _TIMES[kind].fromisoformat(value)
