"""A table as columns under headings, with where its rows stand and what was left out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from locator.files.limits import refuse_long
from locator.language.messages import Message

if TYPE_CHECKING:
    from locator.geo.geodesy import FloatArray

Columns = dict[str, list[Any]]
_NO_MARKS: Final[Mapping[int, Message]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row, or a whole worksheet, that is no part of the table."""

    worksheet: str | None
    row: int | None
    """Its number in a spreadsheet, from 1; ``None`` for a whole worksheet."""
    reason: Message


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A worksheet of a workbook, or a table of a document."""

    name: str
    rows: int
    """The number of its rows below the headings, without those left out; of all its rows if it is not read."""
    is_read: bool
    heading_rows: tuple[int, ...] = ()
    """The numbers of the rows that its headings are in."""
    reason: Message | None = None
    """Why it is not read."""


class Content(NamedTuple):
    """The content of a file: the fields of a `locator.files.sheets.Sheet` without its name."""

    kind: str
    encoding: str | None
    columns: Columns
    lonlat: FloatArray | None = None
    crs: str | None = None
    notes: tuple[str, ...] = ()
    row_numbers: tuple[int, ...] = ()
    row_worksheets: tuple[str, ...] | None = None
    left_out: tuple[LeftOut, ...] = ()
    marks: Mapping[int, Message] = _NO_MARKS
    worksheets: tuple[Worksheet, ...] = ()
    titles: tuple[str, ...] = ()
    listed_on: date | None = None
    heading_rows: tuple[int, ...] = ()
    first_rows: tuple[tuple[int, tuple[str, ...]], ...] = ()


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
