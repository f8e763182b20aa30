"""Opening hours in OSM syntax, spelled out for readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from locator.language.messages import message, texts_in
from locator.stations.hours import MONTHS, WEEKDAYS

HOURS_WORDS: Final = {
    "24/7": message("24 hours, every day"),
    "-": message("–"),
    **dict(zip(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"), WEEKDAYS, strict=True)),
    "PH": message("public holidays"),
    "SH": message("school holidays"),
    "off": message("closed"),
    "24/7 unknown; ": message("otherwise not known; "),
    "24/7 unknown": message("not known"),
    "unknown": message("not known"),
    **{str(month): month for month in MONTHS},
}
"""The words of OSM syntax; the dash is that between two days."""
DATE_WORDS: Final = {
    "day": message("{month} {day}"),
    "until_day": message("–{day}"),
    "year": message("{year} "),
}
_DAY: Final = re.compile(
    r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?P<day>\d{1,2})(?![\d:])"
    r"(?:-(?P<last>\d{1,2})(?![\d:])|(?P<dash>-)(?=[A-Z]|\d{4}))?"
)
_YEAR: Final = re.compile(r"(?<!\d)(\d{4}) (?=[A-Z])")


def spelled_hours(hours: str, lang: str) -> str:
    """Translate opening hours in OSM syntax word by word into a language."""
    words, dates = _hours_texts(lang)
    dated = _YEAR.sub(dates["year"].format(year=r"\1"), _DAY.sub(lambda match: _day_text(match, lang), hours))
    spelt = re.sub(r"(?<=[a-z])-(?=[A-Z])", words["-"], dated)
    return re.sub(r"24/7(?: unknown(?:; )?)?|[A-Za-z]+", lambda word: words.get(word[0], word[0]), spelt)


def _day_text(match: re.Match[str], lang: str) -> str:
    """Translate a date or the start of a range of dates, ``Nov 15-20`` or ``Nov 15-Mar 15``."""
    words, dates = _hours_texts(lang)
    last = match["last"]
    date = dates["day"].format(month=match["month"], day=int(match["day"]))
    until = dates["until_day"].format(day=int(last)) if last else ""
    return f"{date}{until}{words['-'] if match['dash'] else ''}"


@cache
def _hours_texts(lang: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    return texts_in(HOURS_WORDS, lang), texts_in(DATE_WORDS, lang)
