"""Estimates of walking time from straight-line distance."""

from __future__ import annotations

import math
from typing import Final

DETOUR: Final = 1.3
"""Walking distance in city streets over straight-line distance (median 1.31 in central Helsinki)."""
SPEED_KM_H: Final = 4.8
WALKING_M_PER_MIN: Final = SPEED_KM_H * 1000 / 60


def walk_minutes(distance_m: float) -> int:
    """Estimate the minutes on foot for a straight-line distance, rounded up."""
    return math.ceil(distance_m * DETOUR / WALKING_M_PER_MIN)
