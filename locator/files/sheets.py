"""Files of any supported format, read as rows of plain values that are not yet interpreted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from locator.errors import GeodataError, UsageError
from locator.files.cell_grids import Grids
from locator.files.formats import is_text, read_content
from locator.files.heading_search import Vocabulary
from locator.files.joined_tables import Asked, arrange
from locator.files.limited_reading import read_limited
from locator.files.limits import refuse_size
from locator.files.tables import LeftOut, Worksheet
from locator.language.messages import Message

if TYPE_CHECKING:
    from locator.geo.geodesy import FloatArray

_SMALL: Final = 4_000_000  # bytes of text; as JSON they take at most 25 times as much memory


class RowPlace(NamedTuple):
    """Where a row stands in its file, as a person sees it."""

    worksheet: str | None
    """The name of its worksheet where rows come from several."""
    number: int
    """The number of the row in a spreadsheet, of a feature or of a record, from 1."""


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
    row_numbers: tuple[int, ...] = ()
    """The number of each row in the file, as a spreadsheet shows it; empty where rows are counted from 1."""
    row_worksheets: tuple[str, ...] | None = None
    """The worksheet of each row where they come from several."""
    left_out: tuple[LeftOut, ...] = ()
    marks: Mapping[int, Message] = field(default_factory=dict)
    """Row, counted from 1, to why it may not be meant: it is hidden, filtered out or struck out."""
    worksheets: tuple[Worksheet, ...] = ()
    """All worksheets in the order of the file; empty where a file has none."""
    titles: tuple[str, ...] = ()
    """Texts above the headings and names of worksheets, which may name a datum, a district or a day."""
    listed_on: date | None = None
    """The day of the list, if a title says it."""
    heading_rows: tuple[int, ...] = ()
    """The numbers of the rows that the headings of its first table are in."""
    first_rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """The first rows of its first table as texts, headings among them, each with its number."""

    def __len__(self) -> int:
        only_places = () if self.lonlat is None else self.lonlat
        return len(next(iter(self.columns.values()), only_places))

    def place_of(self, row: int) -> RowPlace:
        """Return where a row, counted from 1, stands in the file."""
        number = self.row_numbers[row - 1] if self.row_numbers else row
        return RowPlace(self.row_worksheets[row - 1] if self.row_worksheets else None, number)


def read_sheet(
    path: Path,
    *,
    encoding: str | None = None,
    worksheets: Sequence[str] = (),
    heading_row: int | None = None,
    vocabulary: Vocabulary | None = None,
    districts: Sequence[str] = (),
) -> Sheet:
    """Read the rows of a file as one table.

    Worksheets with the same headings are read together. Rows that belong to no table are left out and listed:
    titles, totals, notes, headings that are repeated, empty rows. Merged cells give their value to every row that
    they cover.

    Small text files are read at once; all others by a process of its own, for a small file can need any
    amount of memory.

    Parameters
    ----------
    path
        CSV, TSV, XLSX, XLS, ODS, SpreadsheetML, a web page or a document with tables, JSON, GeoJSON, GeoPackage,
        FlatGeobuf, a shapefile in a zip, KML or KMZ, or one list in a zip. What is in it counts, not its suffix.
    encoding
        The encoding of its text; detected by default.
    worksheets
        The worksheets to read; by default those with the headings of a list, as long as these are the same.
    heading_row
        The number of the row in which the headings end; found by default.
    vocabulary
        The words for headings. Without them the first row that looks like headings is taken.
    districts
        Names of districts, which worksheets and titles may give to the rows below them.

    Raises
    ------
    GeodataError
        If the file is missing, damaged, too large, or in no supported format.
    UsageError
        If the encoding is not known, or the file has no such worksheet.
    """
    try:
        size = path.stat().st_size
        refuse_size(size, path.name)
        read = read_content if size <= _SMALL and is_text(path) else read_limited
        found = read(path, encoding)
    except OSError as fault:
        raise GeodataError(
            "{file} cannot be read: {fault}. Give the name of a file that is there.",
            file=path.name,
            fault=fault.strerror or fault,
        ) from None
    if isinstance(found, Grids):
        found = arrange(found, path.name, Asked(vocabulary, worksheets, heading_row, districts))
    elif worksheets:
        raise UsageError("{file} has no worksheets to choose. Leave the choice out.", file=path.name)
    return Sheet(path.name, *found)
