"""Matching columns with fields, by their headings in Chinese, English or Korean, or by choice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from locator.files.cells import as_text, read_clock, shortened
from locator.files.cells import is_empty as is_empty_cell
from locator.files.heading_search import known_field, known_heading
from locator.files.sheets import Sheet
from locator.importing.understanding.amenity_words import read_answer
from locator.importing.understanding.heading_words import STATION_HEADINGS
from locator.language.characters import plain

_SAMPLES, _SAMPLE_LENGTH = 3, 40
_CHECKED_CELLS = 200
"""This many cells with a value are looked at to check a column."""
_PAIR: Final = re.compile(r"-?\d{1,3}\.\d\d+ ?[,; ] ?-?\d{1,3}\.\d\d+", re.ASCII)
_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Match:
    """Which heading holds which field.

    Fields are the columns of a station (``name``, ``address``, ``hours``, ``hours_text``, ``phone``, …), and also
    ``lat``, ``lon``, ``x``, ``y``, ``position`` (both in one cell), ``opens``, ``closes``, ``open_days``,
    ``amenities`` (a list in words), ``amenity:WORD`` (yes or no), ``remarks``, ``hours:PART`` for the hours of a
    part of the day, week or year (``morning``, ``afternoon``, ``summer``, ``winter``, ``workdays``,
    ``weekend``, ``holidays``), and ``lat:degrees``, ``lat:minutes``, ``lat:seconds``, ``lon:degrees``, … in a
    column each.
    """

    fields: dict[str, str]
    """Field to heading."""
    unused: tuple[str, ...]
    """Headings that match no field, in the order of the file."""
    samples: dict[str, tuple[str, ...]]
    """Heading to its first three different values as text, shortened to 40 characters."""
    guessed: frozenset[str] = frozenset()
    """The fields whose column was found by its cells alone, because no word knows its heading."""


def match_headings(sheet: Sheet, chosen: Mapping[str, str], remembered: Mapping[str, str] | None = None) -> Match:
    """Find the fields of a sheet.

    Headings are looked up in a table. Of several headings for one field, a column with values is preferred to an
    empty one, then the plain word to a longer form, then the better word. A column whose cells contradict its
    heading (a latitude without digits) is not used. Without any other position, a column that holds only pairs
    such as 116.40,39.91 is the position. All other columns stay unused.

    Parameters
    ----------
    sheet
        The rows.
    chosen
        Field to heading; an empty heading leaves the field out. One heading may be chosen for several fields.
    remembered
        Earlier choices; those that do not fit this sheet or contradict `chosen` are ignored.

    Raises
    ------
    UsageError
        If a chosen field or heading is not known.
    """
    known = STATION_HEADINGS.fields
    fields = {
        known_field(field, known): known_heading(heading, sheet.columns, sheet.name)
        for field, heading in chosen.items()
    }
    for field, heading in (remembered or {}).items():
        is_here = not heading or (heading in sheet.columns and heading not in fields.values())
        if field in known and field not in fields and is_here:
            fields[field] = heading
    _add_matches(sheet, fields)
    kept = {field: fields[field] for field in known if fields.get(field)}
    used = set(kept.values())
    unused = tuple(heading for heading in sheet.columns if heading not in used)
    return Match(kept, unused, {heading: _samples(values) for heading, values in sheet.columns.items()})


def _add_matches(sheet: Sheet, fields: dict[str, str]) -> None:
    """Find columns for the fields that have none yet."""
    checked: dict[str, list[Any]] = {}

    def is_empty(field: str, heading: str) -> bool | None:
        values = sheet.columns[heading]
        if heading not in checked:
            filled = (value for value in values if not is_empty_cell(value))
            checked[heading] = [*islice(filled, _CHECKED_CELLS)]
        return not checked[heading] if _fits(field, checked[heading], values) else None

    STATION_HEADINGS.add_matches(list(sheet.columns), fields, is_empty)
    used = set(fields.values())
    has_position = any({*pair} <= fields.keys() for pair in (("lat", "lon"), ("x", "y"), ("position",)))
    if not has_position and sheet.lonlat is None:
        pairs = [
            heading for heading, values in sheet.columns.items() if heading not in used and _all_pairs(values)
        ]
        fields.update({"position": pairs[0]} if len(pairs) == 1 else {})


def _fits(field: str, cells: list[Any], values: list[Any]) -> bool:
    """Tell whether at least half of the checked cells fit the field; an empty column fits."""
    if field == "station_id":
        return not _is_running_number(values)
    rule = _RULES.get(field.partition(":")[0])
    return rule is None or not cells or 2 * sum(map(rule, cells)) >= len(cells)


def _has_digit(value: Any) -> bool:
    return re.search(r"\d", plain(as_text(value)), re.ASCII) is not None


def _is_pair(value: Any) -> bool:
    if isinstance(value, dict):
        return len(value) >= 2
    return len(_NUMBERS.findall(plain(as_text(value)[:200]))) >= 2


def _is_no_range(value: Any) -> bool:
    return read_clock(value) is not None or not re.search(r"[-~至到]", plain(as_text(value)))


_RULES: Final = {
    **dict.fromkeys(("lat", "lon", "x", "y", "seats", "area_m2", "position_accuracy_m"), _has_digit),
    "position": _is_pair,
    "address": lambda value: not _PAIR.fullmatch(plain(as_text(value)[:60])),
    "name": lambda value: re.search(r"[^\W\d_]", as_text(value)) is not None,
    **dict.fromkeys(("opens", "closes"), _is_no_range),
    **dict.fromkeys(("hours", "hours_text"), lambda value: read_clock(value) is None),
    "amenity": lambda value: read_answer(value) is not None,
}


def _is_running_number(values: list[Any]) -> bool:
    """Tell whether a column counts the rows, from 0 or 1: such a number does not identify a station."""
    if len(values) < 2 or as_text(values[0]) not in ("0", "1"):
        return False
    first = int(as_text(values[0]))
    return all(as_text(value) == str(row) for row, value in enumerate(values, first))


def _all_pairs(values: list[Any]) -> bool:
    cells = [value for value in values if value is not None and value != ""]
    return bool(cells) and all(isinstance(value, str) and _PAIR.fullmatch(plain(value[:60])) for value in cells)


def _samples(values: list[Any]) -> tuple[str, ...]:
    samples: dict[str, None] = {}
    before: Any = None
    for value in values:
        if value is not before and (text := shortened(value, _SAMPLE_LENGTH)):
            samples[text] = None
        before = value
        if len(samples) == _SAMPLES:
            break
    return tuple(samples)
