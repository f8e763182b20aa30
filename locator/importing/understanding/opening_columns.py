"""Opening hours that stand in several columns: words, or days and the times of opening and closing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from locator.files.cells import Clock, as_text, is_empty, read_clock, read_text
from locator.language.messages import message
from locator.stations.hours_text import read_hours
from locator.stations.hours_words import LONGEST

_NOON_MIN, _DAY_MIN = 12 * 60, 24 * 60
_NAMED_DAYS: Final = re.compile(r"\b(?:Mo|Tu|We|Th|Fr|Sa|Su)\b")
_UNREAD: Final = message("the hours cannot be read with certainty. Write them like 周一至周五 08:30-17:30.")


@dataclass(frozen=True, slots=True)
class Opening:
    """The hours of one row."""

    hours: str | None = None
    """OSM opening_hours syntax."""
    text: str | None = None
    """The words of the file, ``None`` where it has OSM syntax alone."""
    said: str | None = None
    """What the hours were read from."""
    reason: str | None = None
    """Why nothing was read, where something is said."""
    is_fault: bool = False


def read_opening(cells: Mapping[str, Any]) -> Opening:
    """Read the hours of one row.

    Parameters
    ----------
    cells
        ``hours`` (OSM syntax or words), ``hours_text`` (words), ``open_days`` (words), ``opens`` and ``closes``,
        as far as the file has them. The first of them that can be read is taken, in this order.
    """
    days, opens, closes = (cells.get(field) for field in ("open_days", "opens", "closes"))
    shift = [] if is_empty(opens) and is_empty(closes) else [days, f"{as_text(opens)}-{as_text(closes)}"]
    joined = " ".join(as_text(part) for part in shift if not is_empty(part))
    own, words, whole = map(read_text, (cells.get("hours"), cells.get("hours_text"), joined))
    if fault := next((text for text in (own, words, whole) if text.reason), None):
        return Opening(reason=fault.reason, is_fault=fault.is_fault)
    said = words.value or own.value or whole.value
    if said is None:
        return Opening()
    named = "" if is_empty(days) else as_text(days)[:LONGEST]
    hours = _of_words(own.value, named) or _of_words(words.value, named) or read_shift(opens, closes, named)
    is_osm_alone = said == own.value == hours
    return Opening(hours, None if is_osm_alone else said, said, None if hours else _UNREAD)


def _of_words(text: str | None, days: str) -> str | None:
    """Read words, on the days of another column unless they name days themselves."""
    if not text:
        return None
    alone = read_hours(text)
    if not days or (alone and _NAMED_DAYS.search(alone)):
        return alone
    return read_hours(f"{days} {text}")


def read_shift(opens: Any, closes: Any, days: str = "") -> str | None:
    """Return the hours between two cells in OSM syntax, ``None`` where they are not clear.

    Closing before opening is on the next day, but not for 9:00 and 5:00 without a leading zero, which the
    12-hour clock may mean. Opening and closing at the same time says nothing. From a second after midnight to
    one before it is 24 hours.

    Parameters
    ----------
    opens, closes
        Times in any form that `cells.read_clock` or, together, `read_hours` reads.
    days
        Words for the days, empty for every day.
    """
    if is_empty(opens) or is_empty(closes):
        return None
    first, last = read_clock(opens), read_clock(closes)
    span = f"{as_text(opens)}-{as_text(closes)}" if first is None or last is None else _span(first, last)
    return read_hours(f"{days} {span}".strip()) if span else None


def _span(first: Clock, last: Clock) -> str | None:
    """Write two times as words that have one meaning; a bare 0:00 at the end is midnight."""
    if first.minute == last.minute or first.minute == _DAY_MIN:
        return None
    if last.minute > first.minute:
        return f"{first}-{last}"
    if last.minute == 0:
        return f"{first}-24:00"
    is_vague = last.is_short and first.minute < _NOON_MIN
    return None if is_vague else f"{first}-次日{last}"
