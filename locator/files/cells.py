"""Reading single cells: texts, numbers, dates, times of day and links to pictures."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from locator.language.characters import plain
from locator.language.messages import message

LONGEST_TEXT, LONGEST_NAME, LONGEST_NUMBER = 500, 200, 40
"""Characters that a text, a name and a number may have."""

_EMPTY: Final = frozenset(r"- -- — —— / \ n/a #n/a null none nan 未知 不详 暂无 无数据 unknown".split()) | {""}
_LONGEST_EMPTY: Final = max(map(len, _EMPTY))
_WIDE: Final = r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uff60]"
_WRAPPED: Final = re.compile(rf"(?<={_WIDE})[ \t]*[\r\n]\s*(?={_WIDE})")
_JOINERS: Final = "\u200c\u200d"
_LINK: Final = re.compile(r"https?://[^\s/]\S*")
_DAY: Final = re.compile(
    r"(?:(\d{4})(\d\d)(\d\d)|(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\.?"
    r"|(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日号일]?)"
    r"(?:(?:t| )?\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_MONTH: Final = re.compile(r"(\d{4})(?:[年년] ?(\d{1,2})[月월]份?|[-/.](\d{1,2}))", re.ASCII)
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_SERIAL_ZERO: Final = date(1899, 12, 30)
_SERIALS: Final = 36526, 73050  # from 2000 to 2099
_NUMBER: Final = re.compile(
    r"(?:约|大约|~)? ?(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?) ?((?:[^\d.,].*?)?)(?:左右)?", re.ASCII
)
_CLOCK: Final = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?)?"
    r"|(?P<hour4>\d\d)(?P<minute4>\d\d)"
    r"|(?P<zh>\d{1,2})[点时시](?: ?(?P<zh_minute>\d{1,2})[分분])?",
    re.ASCII,
)
_DAY_MIN: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell was read as; an empty cell is read as ``None`` without a reason."""

    value: Any = None
    reason: str | None = None
    """Why it was not understood."""
    is_fault: bool = False
    """Whether the row cannot be kept for it."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in minutes after midnight."""

    minute: int
    is_short: bool
    """Written without a leading zero, as on the 12-hour clock."""

    def __str__(self) -> str:
        return f"{self.minute // 60:{'' if self.is_short else '02'}}:{self.minute % 60:02}"


def tidy(text: str) -> str:
    """Return a text on one line, without control characters and marks of writing direction.

    A line break between two characters of Chinese or Japanese, which have no blanks between words, leaves none.
    """
    if not text.isprintable():
        text = _WRAPPED.sub("", text)
        text = "".join(map(_visible, text))
    return " ".join(text.split())


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character.isspace():
        return " "
    return character if unicodedata.category(character) in ("Co", "Cn") else ""


def as_text(value: Any) -> str:
    """Return any cell as a tidy text, ``""`` where it is empty; a list has commas between its items."""
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(_item, value)))
    if isinstance(value, dict):
        return ", ".join(f"{_item(name)}: {_item(member)}" for name, member in value.items())
    return _plain_value(value)


def _item(value: Any) -> str:
    # Deeper lists are not lists of words.
    return "…" if isinstance(value, list | tuple | dict) else as_text(value)


def _plain_value(value: Any) -> str:
    if value is None or value != value:  # NaN is not itself
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    if isinstance(value, date | time):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    try:
        return tidy(str(value))
    except ValueError:  # a number of thousands of digits
        return "…"


def is_empty(value: Any) -> bool:
    """Tell whether a cell says nothing: blank, or a sign such as ``-`` or ``n/a`` for nothing."""
    return _says_nothing(as_text(value))


def _says_nothing(text: str) -> bool:
    return len(text) <= _LONGEST_EMPTY and plain(text) in _EMPTY


def shortened(value: Any, most: int) -> str:
    """Return a cell as a text of at most so many characters."""
    text = as_text(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def read_text(value: Any, longest: int = LONGEST_TEXT) -> Reading:
    """Read a text of one line; a longer one is a fault."""
    if isinstance(value, dict):
        return Reading(reason=message("it is not a text but an object with members."))
    text = as_text(value)
    if _says_nothing(text):
        return Reading()
    if len(text) > longest:
        too_long = message(
            "it has {count} characters and {most} is the most. Shorten it.", count=len(text), most=longest
        )
        return Reading(None, too_long, is_fault=True)
    return Reading(text)


def read_name(value: Any) -> Reading:
    """Read a name; one of more than 200 characters is a fault."""
    return read_text(value, LONGEST_NAME)


def read_phone(value: Any) -> Reading:
    """Read a contact: telephone numbers, with or without names, or a note on where to ask."""
    text = as_text(value)
    if _says_nothing(text) or plain(text) == "无":
        return Reading()
    if len(text) <= LONGEST_NAME:
        return Reading(text)
    too_long = message(
        "it has {count} characters and {most} is the most. Shorten it.", count=len(text), most=LONGEST_NAME
    )
    return Reading(reason=too_long)


def read_link(value: Any) -> Reading:
    """Read the address of a picture on the web."""
    text = as_text(value)
    if _says_nothing(text):
        return Reading()
    if len(text) <= LONGEST_TEXT and _LINK.fullmatch(text):
        return Reading(text)
    return Reading(reason=message("it is not an address that begins with https://."))


def read_day(value: Any, today: date) -> Reading:
    """Read a day that is not in the future, as an ISO date.

    Parameters
    ----------
    value
        A date, or a text such as 2026-11-05, 2026/11/5, 2026年11月5日, 20261105, with or without a time; a month
        such as 2026年11月; or a spreadsheet's number of a day.
    today
        The last day that is no future.
    """
    if is_empty(value):
        return Reading()
    day = day_in(value)
    if day is None:
        return Reading(reason=message("it is not a day such as 2026-11-05."))
    if day > today:
        return Reading(reason=message("it is a day in the future."))
    return Reading(day.isoformat())


def day_in(value: Any) -> date | None:
    """Return the day in a cell, ``None`` where it is none.

    A number from 36526 to 73050 is a spreadsheet's serial number of a day from 2000 to 2099. A month alone
    (2026年11月) is its first day: what was confirmed in it is not shown as fresher than it is.
    """
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    text = plain(as_text(value))
    if _SERIAL.fullmatch(text) and _SERIALS[0] <= int(float(text)) <= _SERIALS[1]:
        return _SERIAL_ZERO + timedelta(days=int(float(text)))
    match = _DAY.fullmatch(text) or (_MONTH.fullmatch(text) if isinstance(value, str) else None)
    if match is None:
        return None
    year, month, day = [int(part) for part in (*match.groups(), 1) if part is not None][:3]
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_number(value: Any, units: Mapping[str, int], most: int, *, is_whole: bool = False) -> Reading:
    """Read a number of 0 or more; anything else in the cell is a fault.

    Parameters
    ----------
    value
        A number, or a text such as 1,200, ２０人 or 约20㎡.
    units
        What may stand behind the number, to what the number is multiplied by.
    most
        The largest number that is believed.
    is_whole
        Whether it counts something.
    """
    if is_empty(value):
        return Reading()
    number = number_in(value, units)
    if number is None:
        return Reading(None, message("it is not a number. Write digits only."), is_fault=True)
    if not 0 <= number <= most:
        return Reading(None, message("it is not between 0 and {most}.", most=most), is_fault=True)
    if is_whole and number != int(number):
        return Reading(None, message("it is not a whole number."), is_fault=True)
    return Reading(int(number) if is_whole else number)


def number_in(value: Any, units: Mapping[str, int]) -> int | float | None:
    """Return the number in a cell, with thousands separators or a unit; ``None`` where it is no number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if isinstance(value, int) or math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER:
        return None
    match = _NUMBER.fullmatch(plain(value))
    if match is None or match[2].strip() not in ("", *units):
        return None
    number = float(match[1].replace(",", "")) * units.get(match[2].strip(), 1)
    return int(number) if number.is_integer() else number


def read_clock(value: Any) -> Clock | None:
    """Read a time of day: 09:00:00, 9:00, 0900, 9点30分, 9시, a time, an hour or a spreadsheet's part of a day.

    A second after midnight is midnight, and a second before it is 24:00; other seconds are not read.
    """
    if isinstance(value, datetime | time):
        return _clock(value.hour, value.minute, value.second)
    if isinstance(value, float) and 0 <= value < 1:
        return _clock(*divmod(round(value * _DAY_MIN), 60))
    match = _CLOCK.fullmatch(plain(as_text(value)))
    if match is None or isinstance(value, bool):
        return None
    hour = match["hour"] or match["hour4"] or match["zh"]
    minute = match["minute"] or match["minute4"] or match["zh_minute"] or "0"
    return _clock(int(hour), int(minute), int(match["second"] or 0), is_short=len(hour) == 1)


def _clock(hour: int, minute: int, second: int = 0, *, is_short: bool = False) -> Clock | None:
    if minute > 59 or (second and (hour, minute, second) not in ((0, 0, 1), (23, 59, 59))):
        return None
    total = 60 * hour + minute + (second == 59)
    return Clock(total, is_short) if total <= _DAY_MIN else None
