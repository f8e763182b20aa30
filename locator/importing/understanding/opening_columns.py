"""Opening hours from several columns: words, or days with the times of opening and closing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from locator.files.cells import Clock, as_text, is_empty, read_clock, read_text
from locator.importing.understanding.hours_columns import PartHours, read_parts
from locator.language.messages import message
from locator.stations.hours_rules import mean_the_same
from locator.stations.hours_text import read_hours
from locator.stations.hours_words import LONGEST

_NOON_MIN, _DAY_MIN = 12 * 60, 24 * 60
UNCLEAR: Final = "24/7 unknown"
"""The hours of a station of which two different ones are said."""
_NAMED_DAYS: Final = re.compile(r"\b(?:Mo|Tu|We|Th|Fr|Sa|Su)\b")
_UNREAD: Final = message("the hours cannot be read with certainty. Write them like 周一至周五 08:30-17:30.")
_NO_DATES: Final = message(
    "it is not said when summer and winter begin. Write it in the heading or the cell: "
    "夏季（5月1日-9月30日）8:00-18:00."
)
_SEASON: Final = re.compile("[夏冬][季天令时]|summer|winter", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opening:
    """The hours of one row."""

    hours: str | None = None
    """OSM opening_hours syntax; `UNCLEAR` where two columns say different hours."""
    text: str | None = None
    """The words of the file, ``None`` where it has only OSM syntax."""
    read_from: str | None = None
    """The text that the hours were read from."""
    reason: str | None = None
    """Why nothing could be read, where the row has a text."""
    is_fault: bool = False
    two: TwoHours | None = None
    """What two columns say, where it is not the same."""


class TwoHours(NamedTuple):
    """What the column ``hours`` says in OSM syntax, and what other columns say in words."""

    written: str
    words: str
    read: str | None
    """The words in OSM syntax, where they are understood."""


def read_opening(cells: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Opening:
    """Read the hours of one row.

    Parameters
    ----------
    cells
        ``hours`` (OSM syntax or words), ``hours_text`` (words), those of `hours_columns.PARTS`, ``open_days``
        (words), ``opens`` and ``closes``; any may be missing. The first that can be read, in this order, is used.
        If ``hours`` and the words differ, neither is: a person may have edited either.
    names
        The names of parts from `hours_columns.part_names`.
    """
    days, opens, closes = (cells.get(field) for field in ("open_days", "opens", "closes"))
    shift = [] if is_empty(opens) and is_empty(closes) else [days, f"{_clock_text(opens)}-{_clock_text(closes)}"]
    joined = " ".join(as_text(part) for part in shift if not is_empty(part))
    parts = read_parts(cells, names or {})
    own, words, whole = map(read_text, (cells.get("hours"), _in_lines(cells.get("hours_text")), joined))
    if fault := next((reading for reading in (own, words, whole) if reading.reason), None):
        return Opening(reason=fault.reason, is_fault=fault.is_fault)
    told = words.value or (parts.text if parts else None)
    text = told or own.value or whole.value
    if text is None:
        return Opening()
    named = "" if is_empty(days) else as_text(days)[:LONGEST]
    written = _of_words(own.value, named)
    read = _of_words(words.value, named) or _of_parts(parts, named)
    if told and written and not (read and mean_the_same(written, read)):
        return Opening(UNCLEAR if read else written, told, told, two=TwoHours(written, told, read))
    hours = written or read or read_shift(opens, closes, named)
    if not hours and named and read_hours(text):
        text = f"{named} {text}"  # alone it could be read as the hours of every day
    is_osm_alone = text == own.value == hours
    return Opening(hours, None if is_osm_alone else text, text, None if hours else _reason(text))


def limited(opening: Opening, words: str) -> Opening:
    """Return the hours of a row within the words of its remark: 9:00-17:00 and 周末不开放.

    They are unknown where the two together cannot be read with certainty.
    """
    alone = read_hours(words)
    if alone and opening.hours and mean_the_same(alone, opening.hours):
        return opening
    text = f"{opening.read_from}，{words}"
    hours = read_hours(text)
    return Opening(hours, text, text, None if hours else _reason(text))


def _reason(text: str) -> str:
    return _NO_DATES if _SEASON.search(text) and "月" not in text else _UNREAD


def _in_lines(cell: Any) -> Any:
    """Put a comma between the lines of a cell, where it can be read in this way: a line may also end in a word."""
    text = "，".join(filter(None, map(as_text, cell.splitlines()))) if isinstance(cell, str) else ""
    return text if text and text != as_text(cell) and read_hours(text) else cell


def _of_parts(parts: PartHours | None, days: str) -> str | None:
    """Read hours that were put together, with the days of another column unless they name days themselves."""
    if parts is None or parts.hours is None:
        return None
    if not days or _NAMED_DAYS.search(parts.hours):
        return parts.hours
    return read_hours(f"{days} {parts.text}")


def _of_words(text: str | None, days: str) -> str | None:
    """Read words, with the days of another column unless they name days themselves."""
    if not text:
        return None
    alone = read_hours(text)
    if not days or (alone and _NAMED_DAYS.search(alone)):
        return alone
    return read_hours(f"{days} {text}")


def read_shift(opens: Any, closes: Any, days: str = "") -> str | None:
    """Return the hours between two cells in OSM syntax, ``None`` where they are not clear.

    A closing time before the opening time is on the next day, unless it has no leading zero, like 9:00 and 5:00,
    and may be on the 12-hour clock. The same time twice is not clear. From a second after midnight to a second
    before it is 24 hours.

    Parameters
    ----------
    opens, closes
        Times in any form that `cells.read_clock` or, both together, `read_hours` reads.
    days
        Words for the days; empty for every day.
    """
    if is_empty(opens) or is_empty(closes):
        return None
    first, last = read_clock(opens), read_clock(closes)
    span = f"{as_text(opens)}-{as_text(closes)}" if first is None or last is None else _span(first, last)
    return read_hours(f"{days} {span}".strip()) if span else None


def _clock_text(cell: Any) -> str:
    """Write a time of a spreadsheet, also one that is a part of a day, without its seconds."""
    return str((not isinstance(cell, str) and read_clock(cell)) or as_text(cell))


def _span(first: Clock, last: Clock) -> str | None:
    """Write two times unambiguously, with a closing time of 0:00 as 24:00."""
    if first.minute == last.minute or first.minute == _DAY_MIN:
        return None
    if last.minute > first.minute:
        return f"{first}-{last}"
    if last.minute == 0:
        return f"{first}-24:00"
    is_vague = last.is_short and first.minute < _NOON_MIN
    return None if is_vague else f"{first}-次日{last}"
