"""Cells of a table that was opened and saved by a spreadsheet: whether anybody changed them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Final

from locator.files.cells import as_text, read_clock, read_day
from locator.files.writing import as_said

_TRUE: Final = frozenset({"1", "true", "yes", "是"})
_WHOLE: Final = re.compile(r"0*(\d+)(?:\.0+)?", re.ASCII)
_SHORT: Final = re.compile(r"(\d(?:\.\d+)?)E\+(\d+)", re.ASCII | re.IGNORECASE)
_POWER: Final = re.compile(r"\d+(?:\.\d+)?e\+?\d{1,2}", re.ASCII | re.IGNORECASE)
_ALWAYS_OPEN: Final = "24/7"
_AS_A_DAY: Final = re.compile(
    r"(?:20)?24[-/年]0?7\D*|0?7[-/月]24\D*|24[-/ ]?jul\w*|jul\w*[-/ ]?(?:20)?24|\d{4}-07-.*"
)
"""What spreadsheets make of it: July 2024, or 24 July."""
_FIRST_DAY: Final = date(1899, 12, 30)
"""Day 0 of spreadsheets."""


def as_number(text: str) -> str:
    """Return the whole number that a spreadsheet takes a text for, without leading zeros, or else the text."""
    if match := _WHOLE.fullmatch(text):
        return match[1]
    return str(int(float(text))) if _POWER.fullmatch(text) and float(text).is_integer() else text


def is_true(text: str) -> bool:
    """Tell whether a text says yes, as a spreadsheet or a program writes it."""
    return text.casefold() in _TRUE


def is_untouched(cell: Any, was: Any) -> bool:
    """Tell whether a cell still says what was written to it.

    Spreadsheets drop leading zeros, round long numbers, take texts for days or times of day, and write days in the
    order of their country when they open a file and save it.

    Parameters
    ----------
    cell
        As it was read.
    was
        The value that was written: text, number, bool, ISO day, a dict or ``None``.
    """
    if type(cell) is type(was) and cell == was:
        return True
    if isinstance(was, dict):
        return {**was} == (cell or {})
    text = as_said(as_text(" ".join(cell) if isinstance(cell, list) else cell))
    if was is None or was == "":
        return not text
    if isinstance(was, bool):
        return was == (is_true(text))
    if isinstance(was, int | float):
        return _is_number(text, was)
    old = as_text(was)
    return text == old or _is_same_text(cell, text, old)


def _is_number(text: str, was: float) -> bool:
    try:
        return abs(float(text) - was) <= 1e-9 * max(1.0, abs(was))
    except ValueError:
        return False


def _is_same_text(cell: Any, text: str, old: str) -> bool:
    """Compare a text that was taken for a number, a day, or a time of day."""
    if as_number(text) == as_number(old):
        return True
    if (short := _SHORT.fullmatch(text)) and old.isdecimal():
        digits = len(short[1].replace(".", ""))
        return f"{float(old):.{digits - 1}E}" == f"{float(text):.{digits - 1}E}"
    if old == _ALWAYS_OPEN:
        return _AS_A_DAY.fullmatch(text.casefold()) is not None
    if day := _day(old):
        return day in _days(cell, text)
    clock, now = read_clock(old), read_clock(cell)
    return clock is not None and now is not None and clock.minute == now.minute


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-05") else None
    except ValueError:
        return None


def _days(cell: Any, text: str) -> set[date]:
    """Return the days that a cell may mean: a date, its number in a spreadsheet, either order of day and month."""
    days = {date.fromisoformat(day) for day in [read_day(cell, date.max).value] if day}
    if re.fullmatch(r"\d{5}(\.0+)?", text, re.ASCII):
        days.add(_FIRST_DAY + timedelta(days=int(float(text))))
    if parts := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})", text, re.ASCII):
        one, other, year = map(int, parts.groups())
        for month, day_of_month in ((one, other), (other, one)):
            with suppress(ValueError):
                days.add(date(year if year > 99 else 2000 + year, month, day_of_month))
    return days
