"""Validation of tables of stations: the faults for which a file is refused, row by row."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from locator.errors import UsageError
from locator.language.messages import Message, message
from locator.stations.holidays import HolidayCalendar
from locator.stations.hours import Schedule
from locator.stations.reading import DAYS, StationTable
from locator.stations.schema import AMENITIES, DOUBTS, NO, UNKNOWN, WORDS_OF_COLUMN, YES

TEXTS: Final = (
    "name_en", "pinyin", "parent", "operator", "address", "district", "sub_district", "hours_text",
    "status_note", "phone", "source", "licence",
)  # fmt: skip
_NAMES: Final = {
    str(name): name
    for name in (
        message("station_id"), message("name"), message("name_en"), message("pinyin"), message("kind"),
        message("sub_kind"), message("tier"), message("venue"), message("entry"), message("parent"),
        message("operator"), message("address"), message("district"), message("sub_district"), message("hours"),
        message("hours_text"), message("status"), message("status_until"), message("status_note"),
        message("phone"), message("photo_url"), message("source"), message("licence"),
        message("position_accuracy_m"), message("area_m2"), message("seats"), message("checked_on"),
    )
}  # fmt: skip


def named(column: str) -> str:
    """Return the name of a column as a message, which can be translated."""
    return _NAMES.get(column, column)


@dataclass(frozen=True, slots=True, order=True)
class StationFault:
    """A fault in one row of one file."""

    file: str
    row: int
    """Counted from 1 for the first feature of the file."""
    reason: str
    column: str = ""
    """What it is about; ``geometry`` for the position."""

    def __str__(self) -> str:
        return str(self.message)

    @property
    def message(self) -> Message:
        """The fault with its file and row."""
        return message("{file}, row {row}: {reason}", file=self.file, row=self.row, reason=self.reason)


def find_faults(tables: Iterable[StationTable]) -> list[StationFault]:
    """Find all faults in the stations of some files.

    Each rule checks the distinct values of a column first, and single rows only if one of them is wrong, so that
    hundreds of thousands of valid rows cost little.

    Parameters
    ----------
    tables
        The files that are served together: a ``station_id`` may occur in them once.

    Returns
    -------
    list
        In order of file and row.
    """
    tables = list(tables)
    faults = [
        StationFault(table.name, row + 1, reason, column)
        for table in tables
        for rule in RULES
        for column, row, reason in rule(table)
    ]
    return sorted(faults + list(_repeated_ids(tables)))


Reasons = Iterator[tuple[str, int, str]]
"""The column, the row from 0 and what is wrong there."""


def _in_column(table: StationTable, column: str, fault_of: Callable[[Any], str | None]) -> Reasons:
    """Apply a rule to each distinct value of a column, and yield the rows that break it with the reason."""
    values = table.columns[column]
    try:
        # In a set 1, 1.0 and true are equal, so values of mixed types are checked one by one.
        types = set(map(type, values)) - {type(None)}
        wrong = any(fault_of(value) for value in (set(values) if len(types) < 2 else values))
    except TypeError:  # a list or an object instead of a plain value cannot be in a set
        wrong = True
    if not wrong:
        return
    for row, value in enumerate(values):
        if reason := fault_of(value):
            yield column, row, reason


def _positions(table: StationTable) -> Reasons:
    for row, position in enumerate(table.positions):
        if reason := _position_fault(position):
            yield "geometry", row, reason


def _position_fault(position: Any) -> str | None:
    if position is None or len(position) < 2:
        return message("it has no position. Give it a GeoJSON Point with [longitude, latitude].")
    lon, lat = position[0], position[1]
    # type() and not isinstance(): true is an int to the latter.
    if type(lon) not in (int, float) or type(lat) not in (int, float):
        return message(
            "the position {position!r} is not two numbers. Give [longitude, latitude] in degrees.",
            position=position,
        )
    if -180 <= lon <= 180 and -90 <= lat <= 90:
        return None
    return message(
        "[{lon}, {lat}] is not [longitude, latitude] in degrees. Are they swapped?"
        if -90 <= lon <= 90 and -180 <= lat <= 180
        else "[{lon}, {lat}] is not [longitude, latitude] in degrees.",
        lon=lon,
        lat=lat,
    )


def _id_fault(value: Any) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        return None
    return message(
        "the station_id {value!r} is not 1 to 64 letters, digits, dots, dashes or underscores. "
        "Give each station an id of its own.",
        value=value,
    )


def _name_fault(value: Any) -> str | None:
    if isinstance(value, str) and value.strip() and len(value) <= 200:
        return None
    if value is None or (isinstance(value, str) and not value.strip()):
        return message("it has no name. Every station needs one of at most 200 characters.")
    return message(
        "the name {value!r} is not a text of 1 to 200 characters. Every station needs a name.", value=value
    )


def _word_fault(column: str, words: Mapping[str, object], value: Any) -> str | None:
    if (value is None and column != "kind") or (isinstance(value, str) and value in words):
        return None
    return message(
        "the {column} {value!r} is not known. Use one of: {known}.",
        column=named(column),
        value=value,
        known=", ".join(words),
    )


def _text_fault(column: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and len(value) <= 500):
        return None
    return message(
        "the {column} {value!r:.80} is not a text of up to 500 characters.", column=named(column), value=value
    )


def _number_fault(column: str, value: Any) -> str | None:
    is_whole = column == "seats"
    # type() and not isinstance(): true is an int to the latter.
    if value is None or (type(value) in ((int,) if is_whole else (int, float)) and 0 <= value < math.inf):
        return None
    return message(
        "the {column} {value!r} is not a whole number of 0 or more."
        if is_whole
        else "the {column} {value!r} is not a number of 0 or more.",
        column=named(column),
        value=value,
    )


def _doubts_fault(value: Any) -> str | None:
    if value is None or (
        isinstance(value, list) and all(isinstance(word, str) and word in DOUBTS for word in value)
    ):
        return None
    known = ", ".join(DOUBTS)
    return message("the doubts {value!r:.80} are not a list of: {known}.", value=value, known=known)


def _day_fault(column: str, value: Any) -> str | None:
    try:
        is_day = value is None or bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        is_day = False
    if is_day:
        return None
    return message("the {column} {value!r} is not a date such as 2026-11-05.", column=named(column), value=value)


def _flag_fault(value: Any) -> str | None:
    if value in (None, True, False):
        return None
    return message("synthetic is {value!r}, not true or false.", value=value)


def _link_fault(value: Any) -> str | None:
    # Other schemes, such as javascript:, must never become a link on a page.
    if value is None or (isinstance(value, str) and re.match(r"https?://[^\s/]", value)):
        return None
    return message("the photo_url {value!r:.80} is not an address that begins with https://.", value=value)


COLUMN_RULES: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "station_id": _id_fault,
    "name": _name_fault,
    "doubts": _doubts_fault,
    "synthetic": _flag_fault,
    "photo_url": _link_fault,
    **{column: partial(_word_fault, column, words) for column, words in WORDS_OF_COLUMN.items()},
    **{column: partial(_day_fault, column) for column in DAYS},
    **{column: partial(_text_fault, column) for column in TEXTS},
    **{column: partial(_number_fault, column) for column in ("position_accuracy_m", "area_m2", "seats")},
}


def _columns(table: StationTable) -> Reasons:
    for column, fault_of in COLUMN_RULES.items():
        yield from _in_column(table, column, fault_of)


def _amenities(table: StationTable) -> Reasons:
    for row, value in enumerate(table.columns["amenities"]):
        for reason in _amenity_faults(value):
            yield "amenities", row, reason


def _amenity_faults(value: Any) -> Iterator[str]:
    if not isinstance(value, dict | None):
        yield message('the amenities {value!r:.80} are not an object such as {{"seats": "yes"}}.', value=value)
        return
    for word, answer in (value or {}).items():
        if word not in AMENITIES:
            known = ", ".join(AMENITIES)
            yield message("the amenity {word!r} is not known. Use one of: {known}.", word=word, known=known)
        elif answer not in (YES, NO, UNKNOWN):
            yield message("the amenity {word} is {answer!r}, not yes, no or unknown.", word=word, answer=answer)


def _hours(table: StationTable) -> Reasons:
    calendar = HolidayCalendar()

    def fault(value: Any) -> str | None:
        if value is None:
            return None
        try:
            Schedule(value, calendar)
        except (UsageError, TypeError) as reason:
            why = reason.message if isinstance(reason, UsageError) else reason
            return message("the hours {value!r:.80} cannot be read: {reason}", value=value, reason=why)
        return None

    return _in_column(table, "hours", fault)


RULES: Final[tuple[Callable[[StationTable], Reasons], ...]] = (_positions, _columns, _amenities, _hours)


def _repeated_ids(tables: list[StationTable]) -> Iterator[StationFault]:
    first: dict[str, tuple[str, int]] = {}
    for table in tables:
        for row, value in enumerate(table.columns["station_id"], 1):
            if not isinstance(value, str):
                continue
            here = table.name, row
            earlier = first.setdefault(value, here)
            if earlier is not here:
                reason = message(
                    "the station_id {value!r} stands already in {file}, row {row}. Give each its own.",
                    value=value,
                    file=earlier[0],
                    row=earlier[1],
                )
                yield StationFault(*here, reason, "station_id")
