"""What cells say, in the vocabulary: names, kinds, amenities, hours, numbers, days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from locator.importing.headings import Match
from locator.importing.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell that was not understood."""

    row: int
    """Counted from 1."""
    field: str
    value: str
    """As the file has it, shortened to 80 characters."""
    is_fault: bool
    """Whether the row cannot be kept for it (an unreadable number); else the fact is left unknown."""
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The rows in the vocabulary, before they have a position and an id."""

    columns: dict[str, list[Any]]
    """Every name in `locator.stations.reading.COLUMNS` to one value per row, ``None`` where not known.

    ``station_id`` is what the file gives, unchanged but for outer blanks, as text; ``checked_on`` is an ISO date;
    ``amenities`` is a dict of ``yes``/``no``; ``hours`` is OSM syntax where the text could be read."""
    unread: list[Unread]
    words: dict[str, dict[str, str | None]]
    """Field (``kind``, ``amenities``, ``hours``, ``venue``, …) to each distinct text and what it was taken for,
    ``None`` where it could not be mapped."""


def read_values(sheet: Sheet, match: Match, kind: str) -> Draft:
    """Read every row; ``kind`` is what a row is that does not say itself."""
    raise NotImplementedError
