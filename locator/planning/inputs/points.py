"""Rows of a file as points, and the checks that are the same in every format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from locator.errors import UsageError
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.stations.holidays import HolidayCalendar
from locator.stations.hours import Schedule


class Points(NamedTuple):
    """Some rows of a file as points."""

    rows: IntArray
    lonlat: FloatArray
    """(n, 2) degrees, longitude first, WGS 84; NaN where a row has no position."""
    ids: Sequence[str] | None
    weight: FloatArray = np.empty(0)
    hours: Sequence[str | None] = ()


def joined(blocks: Sequence[Points]) -> tuple[IntArray, FloatArray, tuple[str, ...] | None]:
    """Put rows, positions and ids of all blocks together."""
    rows = np.concatenate([np.empty(0, np.intp), *(block.rows for block in blocks)])
    lonlat = np.concatenate([np.empty((0, 2)), *(block.lonlat for block in blocks)])
    if not blocks or blocks[0].ids is None:
        return rows, lonlat, None
    return rows, lonlat, tuple(chain.from_iterable(block.ids or () for block in blocks))


def numbers(texts: Sequence[str]) -> FloatArray:
    """Read numbers; NaN for what is none."""
    try:
        # Python reads 1_000 as a thousand, nobody else does.
        if "_" not in "".join(texts):
            return np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        pass
    return np.fromiter(map(number, texts), np.float64, len(texts))


def number(text: str) -> float:
    """Read a number; NaN for what is none."""
    try:
        return math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan


def amount_faults(
    rows: IntArray, name: str, values: FloatArray, written: Sequence[Any] | NDArray[Any]
) -> Iterator[tuple[int, str]]:
    """List the rows whose value is not a number of 0 or more, with the value as the file has it."""
    for n in np.flatnonzero(~((values >= 0) & (values < np.inf))).tolist():
        value = written[n].item() if isinstance(written[n], np.generic) else written[n]
        yield int(rows[n]), f"the {name} {value!r:.80} is not a number of 0 or more."


def place_faults(rows: IntArray, xy: FloatArray, wrong: NDArray[np.bool_]) -> Iterator[tuple[int, str]]:
    """List the rows whose coordinates are no place."""
    for n in np.flatnonzero(wrong).tolist():
        x, y = xy[n].tolist()
        yield int(rows[n]), f"[{x:g}, {y:g}] is not a place in the CRS of the file. Which is the right one?"


def hours_faults(rows: IntArray, hours: Sequence[str | None]) -> Iterator[tuple[int, str]]:
    """List the rows whose hours are not OSM syntax, and why."""
    wrong = _unreadable_hours({text for text in hours if text is not None})
    for row, text in zip(rows.tolist(), hours, strict=True):
        if text in wrong:
            yield row, f"the hours {text!r:.80} cannot be read: {wrong[text]}"


def _unreadable_hours(texts: Iterable[str]) -> dict[str | None, str]:
    calendar, wrong = HolidayCalendar(), dict[str | None, str]()
    for text in texts:
        try:
            Schedule(text, calendar)
        except UsageError as fault:
            wrong[text] = str(fault)
    return wrong
