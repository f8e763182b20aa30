"""Supply: the stations as columns for planning, from the catalogue or a scenario."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

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
    """Stations in service as columns, one value per station."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lonlat: FloatArray
    """(s, 2) degrees, longitude first, WGS 84."""
    kinds: tuple[str, ...]
    tiers: tuple[str | None, ...]
    districts: tuple[str | None, ...]
    """The Chinese name of the district in the file."""
    sub_districts: tuple[str | None, ...]
    amenities: IntArray
    """Amenities known to be there, as bits in schema order."""
    lacking: IntArray
    """Amenities known to be missing, as bits in schema order."""
    hours: tuple[str | None, ...]
    """OSM syntax; ``None``: not known."""
    accuracy_m: FloatArray
    """The possible error of a position; NaN where not known."""
    calendar: HolidayCalendar
    version: str
    """The data version of the catalogue, with ``+scenario`` and a digest where stations were changed."""
    out_of_service: tuple[str, ...] = ()
    """The ids of the stations that are closed for now or planned, which are in none of the columns."""

    def __len__(self) -> int:
        return len(self.ids)


def supply_of(catalog: Catalog) -> Supply:
    """Return the stations of a catalogue that are in service, in its order."""
    n = catalog.n_in_service

    def column(name: str) -> Sequence[Any]:
        return catalog.column(name)[:n]

    yes, no = (masks[:n] for masks in catalog.masks())
    accuracy_m = [math.nan if metres is None else metres for metres in column("position_accuracy_m")]
    return Supply(
        ids=tuple(column("station_id")),
        names=tuple(column("name")),
        lonlat=catalog.lonlat[:n],
        kinds=tuple(column("kind")),
        tiers=tuple(column("tier")),
        districts=tuple(column("district")),
        sub_districts=tuple(column("sub_district")),
        amenities=np.array(yes, dtype=np.intp),
        lacking=np.array(no, dtype=np.intp),
        hours=tuple(catalog.hours(number) for number in range(n)),
        accuracy_m=np.array(accuracy_m, dtype=np.float64),
        calendar=catalog.calendar,
        version=catalog.version,
        out_of_service=tuple(catalog.column("station_id")[n:]),
    )


def suitable(
    supply: Supply, kinds: Collection[str] = (), amenities: Collection[str] = (), tiers: Collection[str] = ()
) -> IntArray:
    """Return the numbers of the stations that match, ascending, whatever their hours.

    Only these kinds and tiers (empty: all), and only stations known to have all of the amenities.
    """
    needed = sum(1 << bit for bit, word in enumerate(AMENITIES) if word in amenities)
    fits = (supply.amenities & needed) == needed
    for wanted, words in ((kinds, supply.kinds), (tiers, supply.tiers)):
        if wanted:
            fits &= np.fromiter((word in wanted for word in words), dtype=np.bool_, count=len(supply))
    return np.flatnonzero(fits)


def states(supply: Supply, numbers: IntArray, at: datetime) -> list[OpenState]:
    """Return the state of each of some stations at an instant (aware)."""
    hours = [supply.hours[number] for number in numbers.tolist()]
    state_of = {
        text: Schedule(text, supply.calendar).status(at).state if text else OpenState.UNKNOWN
        for text in set(hours)
    }
    return [state_of[text] for text in hours]


def open_hours(supply: Supply, numbers: IntArray, monday: date) -> BoolArray:
    """Return (k, 168) whether each of some stations is known to be open at the start of each hour of a week.

    The hours count from Monday 00:00 in the stations' time zone, with the holidays of that week. Stations with
    unknown hours are never open.

    Raises
    ------
    UsageError
        If the day is not a Monday.
    """
    if monday.weekday():
        raise UsageError(
            "The week must begin on a Monday, not on {value}. Give a Monday.", value=monday.isoformat()
        )
    hours = [supply.hours[number] for number in numbers.tolist()]
    texts = sorted({text for text in hours if text})
    weeks = np.zeros((len(texts) + 1, HOURS_OF_WEEK), dtype=np.bool_)
    for row, text in enumerate(texts, start=1):
        weeks[row] = _week(Schedule(text, supply.calendar), monday)
    row_of: dict[str | None, int] = {text: row for row, text in enumerate(texts, start=1)}
    open_weeks: BoolArray = weeks[[row_of.get(text, 0) for text in hours]]
    return open_weeks


def _week(schedule: Schedule, monday: date) -> BoolArray:
    """Return (168,) whether a schedule is open at the start of each hour of a week."""
    week = np.zeros(HOURS_OF_WEEK, dtype=np.bool_)
    for at, status in schedule.timeline(monday, _DAYS_OF_WEEK):
        minute = ((at.date() - monday).days * 24 + at.hour) * 60 + at.minute
        # Holds to the end of the week, until the next status overwrites the rest.
        week[-(-minute // 60) :] = status.state is OpenState.OPEN
    return week
