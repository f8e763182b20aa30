"""The stations as they would be after the changes of a scenario."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import starmap
from typing import Any, Final, NamedTuple

import numpy as np
import orjson

from locator.errors import UsageError
from locator.planning.inputs.station_changes import ADD, CHANGE, ChangeFault, StationChange, refuse_changes
from locator.planning.inputs.supply import Supply
from locator.planning.measures.coverage import Question
from locator.stations.schema import AMENITIES, NO, TIERS, UNKNOWN, YES

ALWAYS: Final = "24/7"
"""The hours of a station that never closes."""
_BIT: Final = {word: 1 << place for place, word in enumerate(AMENITIES)}


class _Row(NamedTuple):
    """One station of a supply, in the order of its columns."""

    station_id: str
    name: str
    lon: float
    lat: float
    kind: str
    tier: str | None
    district: str | None
    sub_district: str | None
    amenities: int
    lacking: int
    hours: str | None
    accuracy_m: float


def apply_changes(supply: Supply, changes: Sequence[StationChange], question: Question | None = None) -> Supply:
    """Return the stations as they would be.

    Parameters
    ----------
    supply
        The stations as they are; it stays unchanged.
    changes
        Any order; a moved station's accuracy is not known any more.
    question
        With it, stations that are added are as `fitting` takes them to be; without it, what is not said of them is
        not known.

    Returns
    -------
    Supply
        The stations that stay, in their order, then the added ones in theirs. Its version is the old one with
        ``+scenario.`` and twelve hex digits of the SHA-256 over the changes. The same supply without changes.

    Raises
    ------
    UsageError
        If a station to remove or change does not exist or one to add does; the message names all of them.
    """
    refuse_changes(find_misfits(supply, changes))
    if not changes:
        return supply
    change_of = {change.station_id: change for change in changes if change.action != ADD}
    rows = [
        _changed(row, change_of[row.station_id]) if row.station_id in change_of else row
        for row in _rows(supply)
        if row.station_id not in change_of or change_of[row.station_id].action == CHANGE
    ]
    added = [change for change in changes if change.action == ADD]
    rows += [_changed(_new(change), fitting(change, question) if question else change) for change in added]
    digest = hashlib.sha256(orjson.dumps([*map(_canonical, changes)], option=orjson.OPT_SORT_KEYS)).hexdigest()
    return _with_rows(supply, rows, f"{supply.version}+scenario.{digest[:12]}")


def fitting(change: StationChange, question: Question) -> StationChange:
    """Take a new station to be open always and to be and have what a question asks for, unless it says otherwise.

    So are the sites of a plan taken to be: what it promises is what they change. ``unknown`` said of the hours or
    an amenity stays unknown.
    """
    tier = change.tier or next((word for word in TIERS if word in question.tiers), None)
    amenities = {**dict.fromkeys(question.amenities, YES), **change.amenities}
    return replace(change, hours=change.hours or ALWAYS, tier=tier, amenities=amenities)


def _canonical(change: StationChange) -> dict[str, Any]:
    return {f.name: getattr(change, f.name) for f in fields(StationChange)}


def find_misfits(supply: Supply, changes: Sequence[StationChange]) -> list[ChangeFault]:
    """List the changes that do not fit the stations there are: to one that is missing, or adding one twice."""
    known = set(supply.ids)
    return [
        ChangeFault(row, _misfit(change))
        for row, change in enumerate(changes, 1)
        if (change.station_id in known) == (change.action == ADD)
    ]


def _misfit(change: StationChange) -> UsageError:
    if change.action == ADD:
        return UsageError(
            "A station with the id {value} exists already. Choose another.", value=repr(change.station_id)
        )
    return UsageError(
        "No station with the id {value} exists that could change. Look for it on the map.",
        value=repr(change.station_id),
    )


def _rows(supply: Supply) -> Iterator[_Row]:
    columns = (
        supply.ids,
        supply.names,
        supply.lonlat[:, 0].tolist(),
        supply.lonlat[:, 1].tolist(),
        supply.kinds,
        supply.tiers,
        supply.districts,
        supply.sub_districts,
        supply.amenities.tolist(),
        supply.lacking.tolist(),
        supply.hours,
        supply.accuracy_m.tolist(),
    )
    return starmap(_Row, zip(*columns, strict=True))


def _new(change: StationChange) -> _Row:
    """Return a station of which nothing is known but its id, which is its name until it has one."""
    nowhere, number = math.nan, change.station_id
    return _Row(number, number, nowhere, nowhere, "", None, None, None, 0, 0, None, math.nan)


def _changed(row: _Row, change: StationChange) -> _Row:
    said = {
        name: value
        for name in ("name", "kind", "tier", "district", "sub_district", "lat", "lon", "hours")
        if (value := getattr(change, name)) is not None
    }
    if "lat" in said:
        said["accuracy_m"] = math.nan
    if said.get("hours") == UNKNOWN:
        said["hours"] = None
    asked, yes, no = (
        sum(_BIT[word] for word, answer in change.amenities.items() if answer in answers)
        for answers in ((YES, NO, UNKNOWN), (YES,), (NO,))
    )
    return row._replace(amenities=row.amenities & ~asked | yes, lacking=row.lacking & ~asked | no, **said)


def _with_rows(supply: Supply, rows: Sequence[_Row], version: str) -> Supply:
    columns = list(zip(*rows, strict=True)) or [()] * len(_Row._fields)
    column = dict(zip(_Row._fields, columns, strict=True))
    return replace(
        supply,
        ids=column["station_id"],
        names=column["name"],
        lonlat=np.column_stack([column["lon"], column["lat"]]).astype(np.float64),
        kinds=column["kind"],
        tiers=column["tier"],
        districts=column["district"],
        sub_districts=column["sub_district"],
        amenities=np.array(column["amenities"], dtype=np.intp),
        lacking=np.array(column["lacking"], dtype=np.intp),
        hours=column["hours"],
        accuracy_m=np.array(column["accuracy_m"], dtype=np.float64),
        version=version,
    )
