"""A list against the published stations: what is added, changed, moved, gone, back."""

from __future__ import annotations

from dataclasses import dataclass

from locator.stations.schema import Station


@dataclass(frozen=True, slots=True)
class Change:
    """A station that is there before and after."""

    before: Station
    after: Station
    fields: tuple[str, ...]
    """What differs, in the order of the schema; ``position`` where it moved by more than a metre."""
    moved_m: float


@dataclass(frozen=True, slots=True)
class Diff:
    """What publishing a list would do, each in the order of the list, gone ones in that of the published stations."""

    added: tuple[Station, ...]
    changed: tuple[Change, ...]
    """Other facts; the position is within 1 m of the old one."""
    moved: tuple[Change, ...]
    """Another position, and maybe other facts."""
    gone: tuple[Station, ...]
    """Stations of the same source and kind that the list no longer has: they will be retired."""
    reopened: tuple[Station, ...]
    """Retired before, in the list again."""
    unchanged: int
