"""What a steward is asked once more before a station is published: whether it is there, and not another one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from flask import request

from locator.errors import UsageError
from locator.importing.deciding.verdicts import doubts_about
from locator.importing.understanding.district_areas import SERVICE_AREA_MARGIN_M, Area
from locator.language.messages import message
from locator.stations.schema import DOUBTS, Station
from locator.stations.store import Contents
from locator.web.shared.context import current_catalog
from locator.web.shared.page_language import localized

SURE: Final = "sure"
"""The field with which a steward says that it is so."""
_AROUND_DEG: Final = 0.01
"""Stations in this box, some hundred metres and more, may be the same one."""
_SAID_OTHERWISE: Final = "hours_unreadable"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that is probably wrong."""

    title: str
    reason: str


def questions(after: Station, before: Station | None, contents: Contents) -> list[Question]:
    """List what is doubtful about a station that was not doubtful before, in the steward's language."""
    area = Area(current_catalog().districts)
    asked = []
    if not _is_served(after, area) and (before is None or _is_served(before, area)):
        reason = message(
            "It lies farther than {km} km outside every district that is served.",
            km=round(SERVICE_AREA_MARGIN_M / 1000),
        )
        asked.append(Question(localized(message("Outside the area")), localized(reason)))
    if _district_of(after, area) and (before is None or after.district != before.district):
        said, other = after.district, _district_of(after, area)
        reason = message(
            "It names {said}, which is no district here, but lies in {other}.", said=said, other=other
        )
        asked.append(Question(localized(DOUBTS["other_district"]), localized(reason)))
    around = [station for station in contents.stations if _is_near(station, after)]
    others = [station for station in around if station.station_id != after.station_id]
    known = {code for code, _ in doubts_about(before, before, others, area)} if before else set()
    asked += [
        Question(localized(DOUBTS[code]), localized(reason))
        for code, reason in doubts_about(after, before, others, area)
        if code not in known and code != _SAID_OTHERWISE
    ]
    return asked


def require_sure(asked: list[Question]) -> None:
    """Raise `UsageError` where something was asked and the steward has not said that it is so."""
    if asked and SURE not in request.form:
        raise UsageError("Look at what is doubtful, and tick that it is right, or go back to the form.")


def with_district(station: Station) -> Station:
    """Return a station that names no district with the one in whose outline it lies."""
    if station.district is not None:
        return station
    (district,) = current_catalog().districts_around(np.array([[station.lon, station.lat]]))
    return replace(station, district=district)


def _district_of(station: Station, area: Area) -> str | None:
    """Return the district in which a station lies that names one that is not known; ``None`` for all others."""
    if not station.district or area.named([station.district], [station.address])[0] >= 0:
        return None
    number = int(area.containing(np.array([[station.lon, station.lat]]))[0])
    return area.districts[number].name if number >= 0 else None


def _is_served(station: Station, area: Area) -> bool:
    return bool(area.serves(np.array([[station.lon, station.lat]]))[0])


def _is_near(one: Station, other: Station) -> bool:
    return abs(one.lat - other.lat) <= _AROUND_DEG and abs(one.lon - other.lon) <= _AROUND_DEG
