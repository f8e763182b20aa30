"""Changes that a steward makes to one station by hand: they outlive the next list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from locator.stations.edits import LISTED, recorded
from locator.stations.schema import EDITED, Station
from locator.stations.store import Contents, Retired


def edit_by_hand(contents: Contents, station_id: str, after: Station | None, day: date) -> Contents:
    """Add, change, retire or reopen one station, and record it among the edits.

    Parameters
    ----------
    contents
        The published version.
    station_id
        Of a published station, a retired one, which ``after`` reopens, or a new one, which ``after`` adds.
    after
        The station as the steward wants it; ``None`` retires it.
    day
        Today, the day on which it is retired.

    Returns
    -------
    Contents
        Those of the next version; the same where ``after`` is ``None`` and no such station is published.
    """
    before = next((one for one in contents.stations if one.station_id == station_id), None)
    closed = next((gone.station for gone in contents.retired if gone.station.station_id == station_id), None)
    if before is None and after is None:
        return contents
    edits = recorded(contents.edits, station_id, before, after, closed)
    if after is not None and EDITED in after.doubts and not set(edits.get(station_id, {})) - {LISTED}:
        after = replace(after, doubts=tuple(code for code in after.doubts if code != EDITED))
    retired = tuple(gone for gone in contents.retired if gone.station.station_id != station_id)
    if after is None and before is not None:
        stations = tuple(one for one in contents.stations if one.station_id != station_id)
        retired = (*retired, Retired(before, day))
    elif before is None:
        stations = (*contents.stations, *filter(None, (after,)))
    else:
        stations = tuple(after or one if one.station_id == station_id else one for one in contents.stations)
    return replace(contents, stations=stations, retired=retired, edits=edits)
