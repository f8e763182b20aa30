"""Where people asked for a station, as the planner takes it: never from fewer than three networks in one place."""

from __future__ import annotations

from typing import Any

import numpy as np

from locator.errors import BusyError, GeodataError, UsageError
from locator.planning import study_query
from locator.planning.inputs.demand import REQUESTS, Demand, counted
from locator.stations.nearest_query import Values
from locator.web.shared.context import current_feedback, current_settings


def demanded(values: Values) -> Demand | None:
    """Return the requests as demand if a question is about them, ``None`` where it is about the people.

    Raises
    ------
    UsageError
        If nobody can ask here, or too few have asked yet.
    """
    if study_query.demand(values) == study_query.PEOPLE:
        return None
    found = cells()
    if not found:
        raise UsageError("There is no place yet for which people on three different networks asked.")
    lonlat = np.array([[cell["lon"], cell["lat"]] for cell in found], dtype=np.float64)
    return counted(lonlat, np.array([cell["count"] for cell in found], dtype=np.float64), REQUESTS)


def cells() -> list[dict[str, Any]]:
    """Return the squares that may be shown; none where nobody can ask, or what was asked cannot be read."""
    if current_settings().store is None:
        return []
    try:
        found = current_feedback().requests.cells()
    except (BusyError, GeodataError):
        return []
    return [
        {
            "lat": round(cell.lat, 6),
            "lon": round(cell.lon, 6),
            "count": cell.count,
            "answered": cell.answered,
            "amenities": dict(cell.amenities),
        }
        for cell in found
    ]
