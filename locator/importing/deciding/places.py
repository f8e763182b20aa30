"""Placing rows that wait: a person gives the position, and the row becomes a station."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from locator.errors import ConflictError
from locator.geo.datum import Datum
from locator.importing.deciding.pending_rows import PendingRow
from locator.importing.deciding.verdicts import Doubt, find_verdicts
from locator.importing.understanding.datums import Judgement
from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.positions import RowPositions
from locator.importing.understanding.values import Draft
from locator.stations.differences import POSITION
from locator.stations.reading import COLUMNS, with_dates
from locator.stations.schema import DOUBTS, Station
from locator.stations.store import Contents

PASTED_M: Final = 30.0
"""What is claimed for a position that a person took from a map app: the building, not its door."""
TAPPED_LEAST_M: Final = 50.0
"""The least that is claimed for a tap on a map, however closely it was looked at: maps are drawn some metres off,
and a row that had to be placed has an address, not a survey. Seen from farther away, a finger covers more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person says that a row is."""

    row: PendingRow
    lat: float
    """Degrees, WGS 84."""
    lon: float
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Placing:
    """What comes of places."""

    stations: dict[int, Station]
    """Number of the place, from 0, to the station that it makes."""
    refused: dict[int, str]
    """Number of the place to why it cannot be one."""
    doubts: list[Doubt]
    """With the numbers of places from 1 as rows."""


def place_rows(
    places: Sequence[Place], contents: Contents, area: Area, *, settled: Collection[str] = ()
) -> Placing:
    """Make stations of rows that were placed.

    Parameters
    ----------
    places
        Each row once.
    contents
        The published version.
    area
        The districts that are served.
    settled
        Codes of doubts that the person has looked at: the stations are not marked with them.
    """
    columns: dict[str, list[Any]] = {
        name: [place.row.listed.facts.get(name) for place in places] for name in COLUMNS
    }
    columns["position_accuracy_m"] = [place.accuracy_m for place in places]
    lonlat = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)
    positions = RowPositions(lonlat, Judgement(Datum.WGS84, True, ()), {}, {})
    ids = [place.row.listed.station_id for place in places]
    draft = Draft(columns, [], {})
    refused, outside, doubts = find_verdicts(draft, positions, ids, area, contents.stations, source="", kind="")
    reasons = {one.row - 1: one.reason for one in refused} | {one.row - 1: one.reason for one in outside}
    stations = {
        number: _station(place, [doubt.code for doubt in doubts if doubt.row == number + 1], settled)
        for number, place in enumerate(places)
        if number not in reasons
    }
    return Placing(stations, reasons, doubts)


def _station(place: Place, doubts: Collection[str], settled: Collection[str]) -> Station:
    row = place.row
    facts = {name: value for name, value in row.listed.facts.items() if name in COLUMNS}
    facts["position_accuracy_m"] = place.accuracy_m
    codes = tuple(code for code in DOUBTS if code in doubts and code not in settled)
    made = {**with_dates(facts), "source": row.source, "doubts": codes}
    return Station(row.listed.station_id, lat=place.lat, lon=place.lon, **made)


def with_placed(contents: Contents, stations: Iterable[Station]) -> Contents:
    """Add stations that were placed; their positions are edits by hand, which outlive the next list.

    Raises
    ------
    ConflictError
        If one of them is published or retired: somebody was faster.
    """
    known = placed_ids(contents)
    added = tuple(stations)
    for station in added:
        if station.station_id in known:
            raise ConflictError(
                "{name} is placed already: somebody else did it meanwhile, or a new list has its position. Nothing"
                " was changed; look at the station as it is now.",
                name=station.name,
            )
    by_hand = {station.station_id: {POSITION: None, "position_accuracy_m": None} for station in added}
    return replace(contents, stations=(*contents.stations, *added), edits={**contents.edits, **by_hand})


def placed_ids(contents: Contents) -> set[str]:
    """Return the ids of all stations that are published or retired: their rows wait no more."""
    retired = (gone.station.station_id for gone in contents.retired)
    return {*(station.station_id for station in contents.stations), *retired}
