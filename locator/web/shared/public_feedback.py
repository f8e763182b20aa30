"""The public part of reports and requests: totals, and squares that at least three networks asked for.

A store that cannot be read counts as an empty one, so that pages without it still work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from locator.errors import BusyError, GeodataError, UsageError
from locator.feedback.requests import Cell, Totals
from locator.feedback.service import Feedback
from locator.planning import study_query
from locator.planning.inputs.demand import REQUESTS, Demand, counted
from locator.stations.request_fields import Values
from locator.web.shared.context import current_feedback, current_settings

Known = TypeVar("Known")


def request_totals() -> Totals | None:
    """Count how many asked for a station and how many of them got one; ``None`` where it is not known."""
    return _read(lambda feedback: feedback.requests.totals(), None)


def reports_revision() -> int:
    """Return a number that changes whenever what is shown of reports may; 0 where nobody can report."""
    return _read(lambda feedback: feedback.reports.revision(), 0)


def request_demand(values: Values) -> Demand | None:
    """Return the requests as demand if a question is about them, ``None`` where it is about the people.

    Raises
    ------
    UsageError
        If nobody can ask here, or too few have asked yet.
    """
    if study_query.read_demand_choice(values) == study_query.PEOPLE:
        return None
    cells = request_cells()
    if not cells:
        raise UsageError("There is no place yet for which people on three different networks asked.")
    lonlat = np.array([[cell["lon"], cell["lat"]] for cell in cells], dtype=np.float64)
    return counted(lonlat, np.array([cell["count"] for cell in cells], dtype=np.float64), REQUESTS)


def request_cells() -> list[dict[str, Any]]:
    """Return the squares that may be shown; none where nobody can ask, or what was asked cannot be read."""
    nowhere: list[Cell] = []
    return [
        {
            "lat": round(cell.lat, 6),
            "lon": round(cell.lon, 6),
            "count": cell.count,
            "answered": cell.answered,
            "amenities": dict(cell.amenities),
        }
        for cell in _read(lambda feedback: feedback.requests.cells(), nowhere)
    ]


def _read(read: Callable[[Feedback], Known], unknown: Known) -> Known:
    if current_settings().store is None:
        return unknown
    try:
        return read(current_feedback())
    except (BusyError, GeodataError):
        return unknown
