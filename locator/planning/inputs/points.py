"""Rows of a table as points: their positions, weights, ids and names, whatever the format."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, compress
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from locator.errors import UsageError
from locator.files.cells import as_text, is_empty, number_in
from locator.files.open_tables import Block, OpenTable
from locator.files.reference import WGS84, ToLonlat, settle
from locator.files.row_faults import Faults, Remark, remark_extras, repeated_ids
from locator.geo.geodesy import FloatArray, check_position
from locator.geo.index import IntArray
from locator.language.characters import plain
from locator.language.messages import Message, message
from locator.planning.inputs.geometries import positions_of
from locator.planning.inputs.planning_words import DEGREES
from locator.stations.holidays import HolidayCalendar
from locator.stations.hours import Schedule
from locator.stations.hours_text import read_hours

# The unit at the end of a heading: 人口（万人）, distance (km), 人口(单位:万人).
_UNIT: Final = re.compile(r"[(\[](?:.*[^\w])?(\w+)[)\]]$")
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)


class PointRows(NamedTuple):
    """Some rows of a file as points."""

    rows: IntArray
    lonlat: FloatArray
    """(n, 2) degrees, longitude first, WGS 84; NaN where a row has no position."""
    ids: Sequence[str] | None
    weight: FloatArray = np.empty(0)
    hours: Sequence[str | None] = ()
    names: Sequence[str] | None = None


def joined(blocks: Sequence[PointRows]) -> PointRows:
    """Concatenate blocks of rows."""
    first = blocks[0] if blocks else PointRows(np.empty(0, np.intp), np.empty((0, 2)), None)
    return PointRows(
        np.concatenate([first.rows[:0], *(block.rows for block in blocks)]),
        np.concatenate([np.empty((0, 2)), *(block.lonlat for block in blocks)]),
        None if first.ids is None else tuple(chain.from_iterable(block.ids or () for block in blocks)),
        np.concatenate([np.empty(0), *(block.weight for block in blocks)]),
        [text for block in blocks for text in block.hours],
        None if first.names is None else tuple(chain.from_iterable(block.names or () for block in blocks)),
    )


# Positions


def reference_of(table: OpenTable, crs: str | None, datum: str | None) -> ToLonlat:
    """Return the conversion of a table's coordinates to degrees; those in cells are WGS 84 by default."""
    if table.is_layer:
        return settle(table.name, crs, datum or table.datum, table.crs)
    return settle(table.name, crs, datum, WGS84, degrees=not table.has_geometry)


def lonlat_of(
    table: OpenTable, block: Block, to_lonlat: ToLonlat, faults: Faults, *, required: bool = True
) -> FloatArray:
    """Return the positions of rows, from geometries or from columns; without `required` they may have none."""
    if table.has_geometry:
        return positions_of(block, to_lonlat, faults)
    lat, lon = (texts_of(block, field) or ("",) * len(block.rows) for field in ("lat", "lon"))
    lonlat = to_lonlat(np.column_stack((numbers(lon, DEGREES), numbers(lat, DEGREES))))
    wrong = np.flatnonzero(np.isnan(lonlat[:, 0])).tolist()
    names = [table.fields.get(field, field) for field in ("lat", "lon")]
    faults.add(
        (int(block.rows[n]), _position_fault(names, lat[n], lon[n])) for n in wrong if required or lat[n] or lon[n]
    )
    return lonlat


def _position_fault(names: Sequence[str], lat: str, lon: str) -> str:
    for name, text in zip(names, (lat, lon), strict=True):
        if math.isnan(number(text, DEGREES)):
            return message(
                "the {name} {value!r:.80} is not a number. Give degrees, such as 39.9155.", name=name, value=text
            )
    try:
        check_position(number(lat, DEGREES), number(lon, DEGREES))
    except UsageError as fault:
        return fault.message
    return message("there is no place at lat {lat}, lon {lon} in this CRS.", lat=lat, lon=lon)


def without_extras(block: Block, faults: Faults) -> Block:
    """Leave out rows without a position that are totals or notes, and remark on them."""
    if block.is_extra is None or not block.is_extra.any():
        return block
    lat, lon = (texts_of(block, field) or ("",) * len(block.rows) for field in ("lat", "lon"))
    nowhere = [not (y or x) for y, x in zip(lat, lon, strict=True)]
    left_out = block.is_extra & nowhere
    faults.remark(remark_extras, block.rows[left_out].tolist())
    kept = ~left_out
    columns = {field: tuple(compress(values, kept)) for field, values in block.columns.items()}
    return Block(block.rows[kept], columns, block.geometries[kept] if len(block.geometries) else block.geometries)


# Texts and ids


def texts_of(block: Block, field: str) -> tuple[str, ...] | None:
    """Return a column as texts, empty where a value is missing; ``None`` if there is no such column."""
    values = block.columns.get(field)
    if values is None or isinstance(values, tuple):
        return values
    return tuple(map(as_text, values.tolist() if isinstance(values, np.ndarray) else values))


def checked_ids(table: OpenTable, points: PointRows, field: str, faults: Faults) -> tuple[str, ...] | None:
    """Return ids; a column under another heading than `field` is ignored if its values are not unique."""
    if points.ids is None:
        return None
    ids, heading = tuple(points.ids), table.fields[field]
    if heading != field and (not all(ids) or repeated_ids(ids)):
        faults.remark(_no_ids, points.rows[:1].tolist(), heading)
        return None
    faults.add_ids(points.rows, ids, heading)
    return ids


# Numbers


def numbers(texts: Sequence[str], units: Mapping[str, int]) -> FloatArray:
    """Read numbers; NaN for a text that is none."""
    try:
        # Python reads 1_000 as a thousand, but in a file it is a fault.
        if "_" not in "".join(texts):
            return np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        pass
    return np.fromiter((number(text, units) for text in texts), np.float64, len(texts))


def number(text: str, units: Mapping[str, int]) -> float:
    """Read a number, which may have thousands set apart and a unit; NaN for what is none."""
    try:
        if _GROUPED.fullmatch(text):
            return float(text.replace(",", ""))
        return math.nan if "_" in text else float(text)
    except ValueError:
        value = number_in(text, units)
        return math.nan if value is None else value


def amounts_of(
    table: OpenTable, block: Block, field: str, units: Mapping[str, int], faults: Faults, blank: Remark | None
) -> FloatArray:
    """Read a column of numbers of 0 or more, in the unit of its heading.

    Blank cells count as 0 with the remark `blank`; without one they are faults.
    """
    values, heading = block.columns[field], table.fields[field]
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        amounts = values.astype(np.float64)
    else:
        amounts = numbers(texts_of(block, field) or (), units)
    if blank is not None:
        empty = [n for n in np.flatnonzero(np.isnan(amounts)).tolist() if is_empty(values[n])]
        faults.remark(blank, block.rows[empty].tolist(), heading)
        amounts[empty] = 0
    faults.add(amount_faults(block.rows, heading, amounts, values))
    unit = _UNIT.search(plain(heading))
    factor = units.get(unit[1], 1) if unit else 1
    if factor != 1:
        faults.remark(_multiplied, block.rows[:1].tolist(), heading)
    return amounts * factor


def count_nobody(file: str, heading: str, rows: str) -> str:
    """Remark on the rows in which a number is missing."""
    return message(
        '{file}: rows in which "{heading}" is blank count nobody: {rows}.', file=file, heading=heading, rows=rows
    )


def _multiplied(file: str, heading: str, _: str) -> str:
    return message(
        '{file}: the numbers under "{heading}" were read in the unit that it names.', file=file, heading=heading
    )


def _no_ids(file: str, heading: str, _: str) -> str:
    return message(
        '{file}: "{heading}" is not different in every row, so the rows are numbered.', file=file, heading=heading
    )


def amount_faults(
    rows: IntArray, name: str, values: FloatArray, written: Sequence[Any] | NDArray[Any]
) -> Iterator[tuple[int, str]]:
    """Yield the rows whose value is not a number of 0 or more, with the value as written in the file."""
    for n in np.flatnonzero(~((values >= 0) & (values < np.inf))).tolist():
        value = written[n].item() if isinstance(written[n], np.generic) else written[n]
        yield (
            int(rows[n]),
            message("the {name} {value!r:.80} is not a number of 0 or more.", name=name, value=value),
        )


# Hours


def read_all_hours(points: PointRows, faults: Faults) -> list[str | None]:
    """Read hours in OSM syntax or in words; the rows where they are neither are faults."""
    calendar = HolidayCalendar()
    read: dict[str | None, str | None] = {None: None}
    wrong: dict[str | None, Message] = {}
    for text in {text for text in points.hours if text is not None}:
        try:
            Schedule(text, calendar)
            read[text] = text
        except UsageError as fault:
            if (words := read_hours(text)) is None:
                wrong[text] = message(
                    "the hours {value!r:.80} cannot be read: {reason}", value=text, reason=fault.message
                )
            read[text] = words
    faults.add(
        (row, wrong[text]) for row, text in zip(points.rows.tolist(), points.hours, strict=True) if text in wrong
    )
    return [read[text] for text in points.hours]
