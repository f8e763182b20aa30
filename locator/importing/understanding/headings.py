"""Matching columns with fields, by their headings, by choice, or by a guess from their cells."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from locator.files.cells import as_text, read_clock, shortened
from locator.files.cells import is_empty as is_empty_cell
from locator.files.heading_search import known_field, known_heading
from locator.files.sheets import Sheet
from locator.geo.datum import Datum
from locator.importing.understanding.amenity_words import read_answer
from locator.importing.understanding.column_guesses import guess_columns
from locator.importing.understanding.datum_words import named_datum
from locator.importing.understanding.heading_words import STATION_HEADINGS
from locator.importing.understanding.hours_columns import PARTS
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


def match_headings(
    sheet: Sheet,
    chosen: Mapping[str, str],
    remembered: Mapping[str, str] | None = None,
    *,
    districts: Collection[str] = (),
) -> Match:
    """Find the fields of a sheet.

    Headings are looked up in a table; of headings on two levels, 坐标/经度, the whole and then the lower one. Of
    several headings for one field, a column with values is preferred to an empty one, then the plain word to a
    longer form, then the better word. A column whose cells contradict its heading (a latitude without digits) is
    not used. Latitude and longitude are of the same map where their headings name one. What no word knows is
    guessed from its cells by `guess_columns`. All other columns stay unused. The order of the columns makes no
    difference.

    Parameters
    ----------
    sheet
        The rows.
    chosen
        Field to heading; an empty heading leaves the field out. One heading may be chosen for several fields.
    remembered
        Earlier choices; those that do not fit this sheet or contradict `chosen` are ignored.
    districts
        Names of the districts that are served, by which their column is guessed.

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
    columns = _Columns(sheet)
    settled = frozenset(fields)
    STATION_HEADINGS.add_matches(list(sheet.columns), fields, columns.is_empty)
    _pair_coordinates(fields, settled, columns)
    _pair_hours(fields, settled, columns)
    guesses = _guess(sheet, fields, columns, districts)
    found = fields | guesses
    kept = {field: found[field] for field in known if found.get(field)}
    used = set(kept.values())
    unused = tuple(heading for heading in sheet.columns if heading not in used)
    samples = {heading: _samples(values) for heading, values in sheet.columns.items()}
    return Match(kept, unused, samples, frozenset(guesses))


class _Columns:
    """The first cells of every column that have a value, read when they are needed."""

    def __init__(self, sheet: Sheet) -> None:
        self.headings = tuple(sheet.columns)
        self._columns = sheet.columns
        self._checked: dict[str, list[Any]] = {}

    def cells(self, heading: str) -> list[Any]:
        """Return the cells of a column that are checked."""
        if heading not in self._checked:
            filled = (value for value in self._columns[heading] if not is_empty_cell(value))
            self._checked[heading] = [*islice(filled, _CHECKED_CELLS)]
        return self._checked[heading]

    def is_empty(self, field: str, heading: str) -> bool | None:
        """Tell whether a column is empty; ``None`` if its cells contradict the field."""
        cells = self.cells(heading)
        return not cells if _fits(field, cells, self._columns[heading]) else None


_AXES: Final = ("lat", "lon")
_PARTS: Final = ("degrees", "minutes", "seconds")


def _pair_coordinates(fields: dict[str, str], settled: frozenset[str], columns: _Columns) -> None:
    """Make latitude and longitude fit each other: in parts or whole, and of the same map."""
    for axis in _AXES:
        degrees, minutes, seconds = (f"{axis}:{part}" for part in _PARTS)
        # A heading such as 经度(度) may be both.
        for one, other in ((axis, degrees),) if minutes in fields else ((degrees, axis),):
            if one in fields and other not in fields and one not in settled:
                fields[other] = fields.pop(one)
        if axis in fields:
            for part in {degrees, minutes, seconds} - settled:
                fields.pop(part, None)
    headings = [fields.get(axis) for axis in _AXES]
    if not all(headings) or not settled.isdisjoint(_AXES) or len({named_datum(str(one)) for one in headings}) == 1:
        return
    others = [heading for heading in columns.headings if heading not in fields.values() or heading in headings]
    for datum in (None, *Datum):
        pair: dict[str, str] = {}
        STATION_HEADINGS.add_matches([one for one in others if named_datum(one) is datum], pair, columns.is_empty)
        if all(axis in pair for axis in _AXES):
            fields.update({axis: pair[axis] for axis in _AXES})
            return


def _pair_hours(fields: dict[str, str], settled: frozenset[str], columns: _Columns) -> None:
    """Take a time of opening without one of closing for the hours, and a weekend with holidays for both."""
    opens = fields.get("opens", "")
    is_alone = "closes" not in fields and "opens" not in settled
    if is_alone and STATION_HEADINGS.may_mean(opens, "hours_text"):
        del fields["opens"]
        if "hours_text" not in fields and columns.is_empty("hours_text", opens) is not None:
            fields["hours_text"] = opens
    pair = ("hours:weekend", "hours:holidays")
    for one, other in (pair, pair[::-1]):
        heading = fields.get(one, "")
        if other not in fields and one not in settled and STATION_HEADINGS.may_mean(heading, other):
            fields[other] = heading


def _guess(
    sheet: Sheet, fields: Mapping[str, str], columns: _Columns, districts: Collection[str]
) -> dict[str, str]:
    """Guess the columns whose headings no word knows, for the fields that have none."""
    used = set(fields.values())
    unknown = [one for one in sheet.columns if one not in used and not STATION_HEADINGS.knows(one)]
    missing = {field for field in STATION_HEADINGS.fields if field not in fields}
    positions = (("lat", "lon"), ("x", "y"), ("position",), ("lat:degrees", "lon:degrees"))
    if sheet.lonlat is not None or any(all(fields.get(field) for field in pair) for pair in positions):
        missing -= {"lat", "lon", "position"}
    if {*fields} & {"hours", "opens"} or any(field.startswith("hours:") for field in fields):
        missing.discard("hours_text")
    return guess_columns({heading: columns.cells(heading) for heading in unknown}, missing, districts)


def _fits(field: str, cells: list[Any], values: list[Any]) -> bool:
    """Tell whether at least half of the checked cells fit the field; an empty column fits."""
    if field == "station_id":
        return not _is_running_number(values) and 2 * len(set(map(as_text, cells))) >= len(cells)
    rule = _RULES.get(field) or _RULES.get(field.partition(":")[0])
    return rule is None or not cells or 2 * sum(map(rule, cells)) >= len(cells)


def _has_digit(value: Any) -> bool:
    return re.search(r"\d", plain(as_text(value)), re.ASCII) is not None


def _is_pair(value: Any) -> bool:
    if isinstance(value, dict):
        return len(value) >= 2
    return len(_NUMBERS.findall(plain(as_text(value)[:200]))) >= 2


def _is_no_range(value: Any) -> bool:
    return read_clock(value) is not None or not re.search(r"[-~至到]", plain(as_text(value)))


def _is_word(value: Any) -> bool:
    return re.search(r"[^\W\d_]", as_text(value)) is not None


def _is_hours(value: Any) -> bool:
    return re.search(r"\d|全天|休|闭|关|不|휴|closed", plain(as_text(value)), re.ASCII) is not None


_RULES: Final = {
    **dict.fromkeys(("lat", "lon", "x", "y", "phone", "seats", "area_m2", "position_accuracy_m"), _has_digit),
    "position": _is_pair,
    "address": lambda value: not _PAIR.fullmatch(plain(as_text(value)[:60])),
    **dict.fromkeys(("name", "district", "sub_district"), _is_word),
    **dict.fromkeys(("opens", "closes"), _is_no_range),
    **dict.fromkeys(("hours", "hours_text"), lambda value: read_clock(value) is None),
    **dict.fromkeys(PARTS, _is_hours),
    "amenity": lambda value: read_answer(value) is not None,
}


def _is_running_number(values: list[Any]) -> bool:
    """Tell whether a column counts the rows, from 0 or 1: such a number does not identify a station."""
    if len(values) < 2 or as_text(values[0]) not in ("0", "1"):
        return False
    first = int(as_text(values[0]))
    return all(as_text(value) == str(row) for row, value in enumerate(values, first))


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
