"""What is wrong with each row of a list, and what is only doubtful."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not taken."""

    row: int
    """Counted from 1."""
    reason: str
    repair: str | None = None
    """What would make it good, where that is known."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a row that is kept and marked."""

    row: int
    station_id: str
    code: str
    """One of `locator.stations.schema.DOUBTS`, which is what the station is marked with."""
    reason: str
