"""Files of any supported format, read as rows of plain values that are not yet interpreted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from locator.errors import GeodataError
from locator.files.formats import is_text, read_content
from locator.files.limited_reading import read_limited
from locator.files.limits import refuse_size

if TYPE_CHECKING:
    from locator.geo.geodesy import FloatArray

_SMALL: Final = 4_000_000  # bytes of text; as JSON they take at most 25 times as much memory


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one file, under the headings that the file gives them."""

    name: str
    """The file's name, for messages."""
    kind: str
    """What it was read as: ``csv``, ``tsv``, ``xlsx``, ``xls``, ``ods``, ``json``, ``geojson``, ``gpkg``, …"""
    encoding: str | None
    """The encoding of its text, ``None`` where the format fixes it."""
    columns: dict[str, list[Any]]
    """Heading to one value per row, in the file's order: text, int, float, bool, date, time, list, dict, ``None``.

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
        only_places = () if self.lonlat is None else self.lonlat
        return len(next(iter(self.columns.values()), only_places))


def read_sheet(path: Path, *, encoding: str | None = None) -> Sheet:
    """Read the rows of a file.

    Small text files are read at once; all others by a process of its own, for a small file can need any
    amount of memory.

    Parameters
    ----------
    path
        CSV, TSV, XLSX, XLS, ODS, JSON, GeoJSON, GeoPackage, FlatGeobuf, a shapefile in a zip, KML or KMZ. What is
        in it counts, not its suffix.
    encoding
        The encoding of its text; detected by default.

    Raises
    ------
    GeodataError
        If the file is missing, damaged, too large, or in no supported format.
    UsageError
        If the encoding is not known.
    """
    try:
        size = path.stat().st_size
        refuse_size(size, path.name)
        read = read_content if size <= _SMALL and is_text(path) else read_limited
        return Sheet(path.name, *read(path, encoding))
    except OSError as fault:
        raise GeodataError(
            "{file} cannot be read: {fault}. Give the name of a file that is there.",
            file=path.name,
            fault=fault.strerror or fault,
        ) from None
