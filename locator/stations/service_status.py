"""What is said of stations that are not in service: closed for now, planned, or closed for good."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Final

from locator.language.messages import localize, message
from locator.stations.hours import MONTHS, OpenState, Status
from locator.stations.schema import CLOSED, CLOSED_FOR_NOW, OPEN, PLANNED, STATUSES

OUT_OF_SERVICE: Final = Status(OpenState.CLOSED, None, is_holiday=False)
"""The open state of a station that is not in service, whatever its hours and the day."""
RANKS: Final = {OPEN: 0, CLOSED_FOR_NOW: 1, PLANNED: 1, CLOSED: 2}
"""Status to its place in lists: stations in service come first; those closed for good are in no list."""


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Templates in one language: ``{day}`` is a date without its weekday, ``{note}`` the operator's words."""

    closed_for_now: str = STATUSES[CLOSED_FOR_NOW]
    planned: str = STATUSES[PLANNED]
    closed_for_good: str = STATUSES[CLOSED]
    reopens: str = message(", expected to reopen on {day}")
    reopens_overdue: str = message(", was to reopen on {day}, not confirmed yet")
    starts: str = message(", expected to open on {day}")
    starts_overdue: str = message(", was to open on {day}, not confirmed yet")
    note: str = message(": {note}")
    day_of_month: str = message("{day} {month}")
    day_of_year: str = message("{day} {month} {year}")


def say_status(status: str, until: date | None, note: str | None, today: date, lang: str) -> str:
    """Return in words that a station is not in service.

    Parameters
    ----------
    status
        ``closed_for_now``, ``planned`` or ``closed``.
    until
        The day on which it is expected to open, if known. From the next day on the text says that this is not
        confirmed, as no station reopens by itself. Ignored where it is closed for good.
    note
        Why, in the operator's words.
    today
        On the stations' calendar.
    """
    phrases = _phrases(lang)
    label = phrases.closed_for_good if status == CLOSED else getattr(phrases, status)
    return str(label + _expected(status, until, today, lang) + (phrases.note.format(note=note) if note else ""))


def status_phrases(lang: str) -> dict[str, str]:
    """Return the templates of `say_status` in a language, by name, for scripts that do the same offline."""
    return asdict(_phrases(lang))


@lru_cache(maxsize=16)
def _phrases(lang: str) -> _Phrases:
    source = _Phrases()
    return _Phrases(**{field.name: localize(getattr(source, field.name), lang) for field in fields(source)})


def _expected(status: str, until: date | None, today: date, lang: str) -> str:
    """Say when a station is, or was, expected to open; nothing where that is not known."""
    if until is None or status == CLOSED:
        return ""
    phrases = _phrases(lang)
    if status == PLANNED:
        template = phrases.starts_overdue if until < today else phrases.starts
    else:
        template = phrases.reopens_overdue if until < today else phrases.reopens
    day = phrases.day_of_month if until.year == today.year else phrases.day_of_year
    month = localize(MONTHS[until.month - 1], lang)
    return template.format(day=day.format(day=until.day, month=month, year=until.year))
