"""How long the walk to a station takes: an estimate from the straight line, with its two figures named once."""

from __future__ import annotations

import math
from typing import Final

DETOUR: Final = 1.3
"""A walk is longer than the straight line by this much in a city's streets (median 1.31, central Helsinki)."""
SPEED_KM_H: Final = 4.8
WALKING_M_PER_MIN: Final = SPEED_KM_H * 1000 / 60


def walk_minutes(distance_m: float) -> int:
    """Estimate the minutes on foot to what lies at a distance in a straight line, rounded up."""
    return math.ceil(distance_m * DETOUR / WALKING_M_PER_MIN)
