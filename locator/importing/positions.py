"""Where the rows of a list are: coordinates read, their CRS and datum applied, swapped ones noticed."""

from __future__ import annotations

from dataclasses import dataclass

from locator.geo.geodesy import FloatArray
from locator.importing.datums import Judgement


@dataclass(frozen=True, slots=True)
class Placed:
    """The rows' positions."""

    lonlat: FloatArray
    """(n, 2), longitude first, WGS 84; NaN where a row has none that can be used."""
    judgement: Judgement
    faults: dict[int, str]
    """Row, from 1, to why it has no position."""
    repairs: dict[int, str]
    """Row to what would repair it, where that is known: latitude and longitude swapped."""
