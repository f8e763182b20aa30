"""Supply after the changes of a scenario."""

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
_BIT: Final = {word: 1 << bit for bit, word in enumerate(AMENITIES)}


class _StationRow(NamedTuple):
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
    """Return a new supply: the stations that stay, in their order, then the added ones.

    Its version is the old one with ``+scenario.`` and twelve hex digits of the SHA-256 over the changes. Without
    changes it is the same supply.

    Parameters
    ----------
    changes
        In any order; the accuracy of a moved station becomes unknown.
    question
        With it, added stations are completed by `fitting`; without it, what a change leaves out is unknown.

    Raises
    ------
    UsageError
        If a station to remove or change does not exist or one to add does; the message names all of them. A
        station that is closed for now or planned is not counted, so it is added where it is to open.
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
    """Complete a new station: always open, with the tier and amenities of the question, unless it says otherwise.

    The sites of a plan are judged in the same way, so its gain equals the change when they are added. Hours or
    amenities given as ``unknown`` stay unknown.
    """
    tier = change.tier or next((word for word in TIERS if word in question.tiers), None)
    amenities = {**dict.fromkeys(question.amenities, YES), **change.amenities}
    return replace(change, hours=change.hours or ALWAYS, tier=tier, amenities=amenities)


def _canonical(change: StationChange) -> dict[str, Any]:
    return {f.name: getattr(change, f.name) for f in fields(StationChange)}


def find_misfits(supply: Supply, changes: Sequence[StationChange]) -> list[ChangeFault]:
    """List the changes of stations that do not exist and the additions of stations that do."""
    known = set(supply.ids)
    return [
        ChangeFault(row, _misfit(supply, change))
        for row, change in enumerate(changes, 1)
        if (change.station_id in known) == (change.action == ADD)
    ]


def _misfit(supply: Supply, change: StationChange) -> UsageError:
    if change.action == ADD:
        return UsageError(
            "A station with the id {value} exists already. Choose another.", value=repr(change.station_id)
        )
    if change.station_id in supply.out_of_service:
        return UsageError(
            "The station {value} is closed for now or planned, so it is not counted. To see what it would do,"
            " add it.",
            value=repr(change.station_id),
        )
    return UsageError(
        "No station with the id {value} exists that could change. Look for it on the map.",
        value=repr(change.station_id),
    )


def _rows(supply: Supply) -> Iterator[_StationRow]:
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
    return starmap(_StationRow, zip(*columns, strict=True))


def _new(change: StationChange) -> _StationRow:
    """Return a station with nothing but an id, which is also its name until a change gives one."""
    nowhere, number = math.nan, change.station_id
    return _StationRow(number, number, nowhere, nowhere, "", None, None, None, 0, 0, None, math.nan)


def _changed(row: _StationRow, change: StationChange) -> _StationRow:
    values = {
        name: value
        for name in ("name", "kind", "tier", "district", "sub_district", "lat", "lon", "hours")
        if (value := getattr(change, name)) is not None
    }
    if "lat" in values:
        values["accuracy_m"] = math.nan
    if values.get("hours") == UNKNOWN:
        values["hours"] = None
    changed, yes, no = (
        sum(_BIT[word] for word, answer in change.amenities.items() if answer in answers)
        for answers in ((YES, NO, UNKNOWN), (YES,), (NO,))
    )
    return row._replace(amenities=row.amenities & ~changed | yes, lacking=row.lacking & ~changed | no, **values)


def _with_rows(supply: Supply, rows: Sequence[_StationRow], version: str) -> Supply:
    columns = list(zip(*rows, strict=True)) or [()] * len(_StationRow._fields)
    column = dict(zip(_StationRow._fields, columns, strict=True))
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
        out_of_service=tuple(number for number in supply.out_of_service if number not in column["station_id"]),
    )
