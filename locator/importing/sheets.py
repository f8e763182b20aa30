"""Any file a union has, read as rows of plain values: nothing is understood yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locator.geo.geodesy import FloatArray


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one file, under the headings that the file gives them."""

    name: str
    """The file's name, for messages."""
    kind: str
    """What it was read as: ``csv``, ``tsv``, ``xlsx``, ``xls``, ``ods``, ``json``, ``geojson``, ``gpkg``, …"""
    encoding: str | None
    """How its text was decoded, ``None`` where the format says it itself."""
    columns: dict[str, list[Any]]
    """Heading to one value per row, in the file's order: text, int, float, bool, date, time, list, dict or ``None``.

    A heading is never empty and stands once: a repeated one gets `` (2)``, an empty one ``column 3``.
    """
    lonlat: FloatArray | None = None
    """Where the file has geometry: (n, 2), longitude first, degrees, in WGS 84 or in whatever datum the file means
    without saying; a row without position is NaN. ``None`` where it has none."""
    crs: str | None = None
    """The CRS the file gives its geometry in, such as ``EPSG:4326``; it is already transformed to degrees."""
    notes: tuple[str, ...] = ()
    """What a steward should know: other sheets left out, polygons made points, rows that were empty."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def read_sheet(path: Path, *, encoding: str | None = None) -> Sheet:
    """Read the rows of a file."""
    raise NotImplementedError
