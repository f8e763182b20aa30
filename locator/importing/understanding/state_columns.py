"""The state of a station from several columns: states, remarks, reasons, days, and marks in names and hours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from locator.files.cells import LONGEST_TEXT, as_text, day_in, is_empty, shortened
from locator.importing.understanding.status_words import (
    Days,
    Statement,
    clauses,
    own_word,
    read_day_ahead,
    read_mark,
    read_remark,
    read_state,
    together,
)
from locator.language.messages import Message, joined, message
from locator.stations.hours_text import limits_hours, read_hours
from locator.stations.schema import CLOSED_FOR_NOW, OPEN

STATE_FIELDS: Final = ("status", "status_note", "status_until", "remarks")
"""The fields that say something about a station's state."""
MARK: Final = "mark"
"""Stands in a row's cells for the words that were taken off its name and its hours."""
_LONGEST_VALUE: Final = 80


@dataclass(frozen=True, slots=True)
class RowState:
    """The state of one row."""

    status: str | None = None
    """A key of `STATUSES`; ``None`` where the row says nothing of it."""
    until: date | None = None
    note: str | None = None
    doubt: Message | None = None
    """Why the state is not clear."""


def read_row_state(cells: Mapping[str, Any], heading: str, days: Days) -> RowState:
    """Read the state of one row.

    Words that are not understood leave the station in service, with the words as its note and with a doubt;
    statements that contradict each other close it for now, with a doubt.

    Parameters
    ----------
    cells
        The row's cells of `STATE_FIELDS`, and under `MARK` a tuple of words; any may be missing.
    heading
        Of the column of states.
    days
        The day of the list, and today: a day to come without any other word about the state means that the station
        is closed until then.
    """
    filled = {field: cell for field, cell in cells.items() if field != MARK and not is_empty(cell)}
    said = {}
    if "status" in filled:
        said[in_lines(filled["status"])] = read_state(in_lines(filled["status"]), heading, days)
    said |= {words: read_mark(words, days) for words in cells.get(MARK, ())}
    if "status_note" in filled:
        words = in_lines(filled["status_note"])
        # An own export has the day in its own column; what it does not have there was taken away.
        is_own = own_word(as_text(filled.get("status"))) is not None
        said[words] = Statement(None, None if is_own else read_remark(words, days).until, words)
    if "status_until" in filled:
        said[as_text(filled["status_until"])] = _dated(filled["status_until"], days.listed_on)
    if "remarks" in filled:
        said.setdefault(in_lines(filled["remarks"]), read_remark(in_lines(filled["remarks"]), days))
    state = together(said.values())
    if "remarks" in filled and state.status not in (None, OPEN):
        said[in_lines(filled["remarks"])] = read_remark(in_lines(filled["remarks"]), days, has_reasons=True)
        state = together(said.values())
    if state.status is None and state.until and days.today and state.until >= days.today:
        state = replace(state, status=CLOSED_FOR_NOW)
    note = shortened(state.note, LONGEST_TEXT) if state.note else None
    doubt = None if state.is_understood else _doubt(state, said)
    return RowState(state.status or (OPEN if doubt else None), state.until if state.status else None, note, doubt)


def in_lines(cell: Any) -> str:
    """Return a cell as one text with a comma between its lines."""
    return ",".join(filter(None, map(as_text, cell.splitlines()))) if isinstance(cell, str) else as_text(cell)


def _dated(cell: Any, listed_on: date | None) -> Statement:
    day = day_in(cell) or read_day_ahead(as_text(cell), listed_on)
    return Statement(None, day, None if day else as_text(cell))


def _doubt(state: Statement, said: Mapping[str, Statement]) -> Message:
    if state.status in (None, OPEN):
        return message(
            "the words {value!r:.80} do not say for certain whether it is closed. It is taken as in service, and "
            "they are shown with it.",
            value=next(text for text, one in said.items() if not one.is_understood),
        )
    texts = [shortened(text, _LONGEST_VALUE) for text, one in said.items() if one.status or not one.is_understood]
    return message(
        "its state is not clear from {values}. It is taken as closed for now.",
        values=joined(texts, " / "),
    )


_BEHIND_HOURS: Final = re.compile(r"(.*[\d点时分半午)）])\s*[,;，；。 (（]+([^,;，；()（）]+)[)）]?", re.DOTALL)


def split_state(text: str) -> tuple[str, str | None]:
    """Split words about the state off hours, as in 8:30-17:30（暂停开放）.

    Returns
    -------
    tuple
        The hours, empty if the whole text is about the state, and the words; ``None`` without such words.
    """
    if _closes(text):
        return "", text
    match = _BEHIND_HOURS.fullmatch(text)
    # The rest must be hours: 周末，暂停开放 is about weekends.
    if match and _closes(match[2]) and read_hours(match[1]):
        return match[1], match[2].strip()
    return text, None


def hours_in_remark(cell: Any) -> str | None:
    """Return the words of a remark that limit the hours of its row, such as 周末不开放, ``None`` without such."""
    return "，".join(filter(limits_hours, clauses(in_lines(cell)))) or None


def _closes(text: str) -> bool:
    statement = read_remark(text)
    is_whole = len(statement.note or "") >= len(text) - 2 or own_word(text) is not None
    return is_whole and statement.status not in (None, OPEN)
