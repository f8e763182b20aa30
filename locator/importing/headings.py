"""Which column means what: found by its heading in Chinese, English or Korean, or chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from locator.importing.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Match:
    """Which heading holds which field.

    Fields are the columns of a station (``name``, ``address``, ``hours``, ``hours_text``, ``phone``, …) and besides
    them ``lat``, ``lon``, ``x``, ``y``, ``position`` (both in one cell), ``opens``, ``closes``, ``open_days``,
    ``amenities`` (a list in words) and ``amenity:WORD`` (a column that says yes or no).
    """

    fields: dict[str, str]
    """Field to heading."""
    unused: tuple[str, ...]
    """Headings that no field was found for, in the file's order."""
    samples: dict[str, tuple[str, ...]]
    """Every heading to its first three different values as text, shortened to 40 characters."""


def match_headings(sheet: Sheet, chosen: Mapping[str, str]) -> Match:
    """Find the fields of a sheet; ``chosen`` (field to heading, an empty heading: leave out) goes before what is found."""
    raise NotImplementedError
