"""Reading whole files in a process with limited memory and time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import numpy as np

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
_NOT_NEEDED: Final = (*NOT_NEEDED, "pyarrow")
# Types that JSON holds directly; the others go as an object with one member, the name of their type.
_PLAIN: Final = frozenset({str, int, float, bool, list, type(None)})
_TIMES: Final[dict[str, Any]] = {kind.__name__: kind for kind in (date, datetime, time)}


def read_limited(path: Path, encoding: str | None) -> Content:
    """Read a file as `read_content` does, within bounded memory and time.

    Raises
    ------
    GeodataError
        As `read_content`; also if the process exceeds a limit or crashes.
    """
    with parts_of(path, content_parts, encoding, limits=LIMITS, without=_NOT_NEEDED) as parts:
        return _content(parts)


def content_parts(path: str, encoding: str | None) -> Iterator[Any]:
    """Read a file and give its content: what it is, its headings, column by column, and the positions."""
    content = read_content(Path(path), encoding)
    about: dict[str, Any] = {"kind": content.kind, "encoding": content.encoding, "crs": content.crs}
    about["row_numbers"] = list(content.row_numbers)
    yield {**about, "notes": [as_data(note) for note in content.notes], "headings": list(content.columns)}
    for column in content.columns.values():
        yield [cell if cell.__class__ in _PLAIN else _tagged(cell) for cell in column]
    if content.lonlat is not None:
        yield content.lonlat


def _content(parts: Iterator[Any]) -> Content:
    """Rebuild content from its parts; equal texts are stored once."""
    known: dict[str, str] = {}
    try:
        about = next(parts)
        columns = {str(heading): _cells(next(parts), known) for heading in about["headings"]}
        lonlat = next(parts, None)
        rows = {len(column) for column in columns.values()} | ({len(lonlat)} if lonlat is not None else set())
        is_whole = len(columns) == len(about["headings"]) and len(rows) <= 1 and max(rows, default=0) <= MAX_ROWS
        if not is_whole or (lonlat is not None and (lonlat.dtype != np.float64 or lonlat.shape[1:] != (2,))):
            raise ValueError("columns of several lengths")
        notes = tuple(map(from_data, about["notes"]))
        numbers = tuple(map(int, about["row_numbers"]))
        return Content(about["kind"], about["encoding"], columns, lonlat, about["crs"], notes, numbers)
    except (AttributeError, KeyError, StopIteration, TypeError, ValueError) as fault:
        raise BrokenError(f"no content: {fault!r}") from None


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
