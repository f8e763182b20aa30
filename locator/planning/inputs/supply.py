"""Supply: the stations as planning sees them, so that a scenario can have others than the catalogue."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from locator.errors import UsageError
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.stations.catalog import Catalog
from locator.stations.holidays import HolidayCalendar
from locator.stations.hours import OpenState, Schedule
from locator.stations.schema import AMENITIES

BoolArray = NDArray[np.bool_]

HOURS_OF_WEEK: Final = 168
_DAYS_OF_WEEK: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Stations as columns, one value per station."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lonlat: FloatArray
    """(s, 2) degrees, longitude first, WGS 84."""
    kinds: tuple[str, ...]
    tiers: tuple[str | None, ...]
    districts: tuple[str | None, ...]
    """The Chinese name of the district that the file says."""
    sub_districts: tuple[str | None, ...]
    amenities: IntArray
    """Amenities known to be there, as bits in schema order."""
    lacking: IntArray
    """Amenities known to be missing, as bits in schema order."""
    hours: tuple[str | None, ...]
    """OSM syntax; ``None``: not known."""
    accuracy_m: FloatArray
    """How wrong a position may be; NaN where nobody said."""
    calendar: HolidayCalendar
    version: str
    """The data version of the catalogue, with ``+scenario`` and a digest where stations were changed."""

    def __len__(self) -> int:
        return len(self.ids)


def supply_of(catalog: Catalog) -> Supply:
    """Take the stations of a catalogue as they are, in its order."""
    column = catalog.column
    yes, no = catalog.masks()
    accuracy_m = [math.nan if said is None else said for said in column("position_accuracy_m")]
    return Supply(
        ids=tuple(column("station_id")),
        names=tuple(column("name")),
        lonlat=catalog.lonlat,
        kinds=tuple(column("kind")),
        tiers=tuple(column("tier")),
        districts=tuple(column("district")),
        sub_districts=tuple(column("sub_district")),
        amenities=np.array(yes, dtype=np.intp),
        lacking=np.array(no, dtype=np.intp),
        hours=tuple(catalog.hours(number) for number in range(len(catalog))),
        accuracy_m=np.array(accuracy_m, dtype=np.float64),
        calendar=catalog.calendar,
        version=catalog.version,
    )


def suitable(
    supply: Supply, kinds: Collection[str] = (), amenities: Collection[str] = (), tiers: Collection[str] = ()
) -> IntArray:
    """Choose the stations that are what is asked for, whatever their hours.

    Parameters
    ----------
    kinds, tiers
        Only these; empty: all.
    amenities
        Only stations known to have all of these.

    Returns
    -------
    IntArray
        Their numbers, ascending; may be empty.
    """
    needed = sum(1 << place for place, word in enumerate(AMENITIES) if word in amenities)
    fits = (supply.amenities & needed) == needed
    for wanted, said in ((kinds, supply.kinds), (tiers, supply.tiers)):
        if wanted:
            fits &= np.fromiter((word in wanted for word in said), dtype=np.bool_, count=len(supply))
    return np.flatnonzero(fits)


def states(supply: Supply, numbers: IntArray, at: datetime) -> list[OpenState]:
    """Tell for each of some stations what it is at an instant (aware)."""
    said = [supply.hours[number] for number in numbers.tolist()]
    state_of = {
        text: Schedule(text, supply.calendar).status(at).state if text else OpenState.UNKNOWN for text in set(said)
    }
    return [state_of[text] for text in said]


def open_hours(supply: Supply, numbers: IntArray, monday: date) -> BoolArray:
    """Tell at the start of which hours of a week each of some stations is known to be open.

    Parameters
    ----------
    numbers
        (k,) stations.
    monday
        The first day of the week, on the stations' calendar; its holidays count.

    Returns
    -------
    BoolArray
        (k, 168) hour by hour from Monday 00:00 on the stations' clock. A station whose hours nobody knows is
        never known to be open.

    Raises
    ------
    UsageError
        If the day is no Monday.
    """
    if monday.weekday():
        raise UsageError(
            "The week must begin on a Monday, not on {value}. Give a Monday.", value=monday.isoformat()
        )
    said = [supply.hours[number] for number in numbers.tolist()]
    texts = sorted({text for text in said if text})
    weeks = np.zeros((len(texts) + 1, HOURS_OF_WEEK), dtype=np.bool_)
    for row, text in enumerate(texts, start=1):
        weeks[row] = _week(Schedule(text, supply.calendar), monday)
    row_of: dict[str | None, int] = {text: row for row, text in enumerate(texts, start=1)}
    open_weeks: BoolArray = weeks[[row_of.get(text, 0) for text in said]]
    return open_weeks


def _week(schedule: Schedule, monday: date) -> BoolArray:
    """Tell at the start of which hours of a week a schedule says open."""
    week = np.zeros(HOURS_OF_WEEK, dtype=np.bool_)
    for at, status in schedule.timeline(monday, _DAYS_OF_WEEK):
        minute = ((at.date() - monday).days * 24 + at.hour) * 60 + at.minute
        # Until the next status begins: what is written here is written over from there on.
        week[-(-minute // 60) :] = status.state is OpenState.OPEN
    return week
