"""Sheets written as CSV, XLSX, GeoJSON or GeoPackage, with their provenance and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from locator.errors import UsageError
from locator.files.writing import harmless, replace_file
from locator.geo.datum import Datum
from locator.planning.output.sheet_columns import Column, FigureSheet, Value

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

DECIMALS: Final = 7
"""Of degrees in GeoJSON: 1 cm."""
TAB_LETTERS: Final = 31
MARGIN: Final = 2
WIDEST: Final = 48
"""Digits; a longer text is cut on the screen, never in the file."""


def write(
    path: Path, sheets: Sequence[FigureSheet], provenance: FigureSheet, lang: str
) -> tuple[FigureSheet, ...]:
    """Write sheets with `render` to a file, which is replaced whole or not at all, and return those `left_out`.

    Raises
    ------
    UsageError
        As `render`, and if the file cannot be written.
    """
    replace_file(path, render(path.suffix, sheets, provenance, lang))
    return left_out(path.suffix, sheets)


def render(suffix: str, sheets: Sequence[FigureSheet], provenance: FigureSheet, lang: str) -> bytes:
    """Return sheets as the bytes of a file.

    Parameters
    ----------
    suffix
        ``.csv``: the first sheet, UTF-8 with a byte order mark so that Excel reads the Chinese. The provenance
        is repeated in the last columns of every row, as Excel reads comment lines as data and a second file gets
        lost. A sheet without rows is written as one row with the provenance alone.
        ``.xlsx``: a worksheet for each sheet and one for the provenance.
        ``.geojson``: the sheets with geometries, one feature per row, the sheet's key in ``layer``.
        ``.gpkg``: a layer or a table for each sheet and one table for the provenance.
    sheets
        At least one.
    provenance
        One row, from `provenance_sheet`.
    lang
        Language of headings and labels in CSV and XLSX; the other two have the keys.

    Raises
    ------
    UsageError
        If the suffix is not known, a sheet is too large for a spreadsheet, or none has geometries for GeoJSON.
    """
    renderer = _RENDERERS.get(suffix.lower())
    if renderer is None:
        raise UsageError(
            "There is no format for the suffix {value}. Use one of {suffixes}.",
            value=repr(suffix),
            suffixes=", ".join(_RENDERERS),
        )
    return renderer(sheets, provenance, lang)


def left_out(suffix: str, sheets: Sequence[FigureSheet]) -> tuple[FigureSheet, ...]:
    """Return the sheets that a format cannot hold."""
    if suffix.lower() == ".csv":
        return tuple(sheets[1:])
    if suffix.lower() == ".geojson":
        return tuple(sheet for sheet in sheets if sheet.geometry is None)
    return ()


def _known(value: Value) -> Value:
    """Turn NaN and infinity into ``None``."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


# CSV


def _to_csv(sheets: Sequence[FigureSheet], provenance: FigureSheet, lang: str) -> bytes:
    sheet = sheets[0]
    columns = [column.readable(lang) or [None] for column in sheet.columns]
    columns += [column.readable(lang) * max(1, len(sheet)) for column in provenance.columns]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(column.title(lang) for column in (*sheet.columns, *provenance.columns))
    writer.writerows([harmless(_known(value)) for value in row] for row in zip(*columns, strict=True))
    return text.getvalue().encode("utf-8-sig")


# XLSX


def _to_xlsx(sheets: Sequence[FigureSheet], provenance: FigureSheet, lang: str) -> bytes:
    from xlsxwriter import Workbook

    made = io.BytesIO()
    with Workbook(made, {"in_memory": True}) as book:
        for sheet in sheets:
            _add_worksheet(book, sheet, lang)
        _add_provenance(book, provenance, lang)
    return made.getvalue()


def _add_worksheet(book: Workbook, sheet: FigureSheet, lang: str) -> None:
    """Add a worksheet with the rows of a sheet."""
    worksheet = book.add_worksheet(_tab(book, sheet.title.to(lang)))
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    worksheet.freeze_panes(1, 0)
    for number, column in enumerate(sheet.columns):
        title, values = _title(column, lang), column.readable(lang)
        form = book.add_format({"num_format": column.form.number_format})
        worksheet.set_column(number, number, _width([title, *values]))
        _put(worksheet, 0, number, title, bold)
        for row, value in enumerate(values, 1):
            _put(worksheet, row, number, value, form)


def _add_provenance(book: Workbook, sheet: FigureSheet, lang: str) -> None:
    """Add a worksheet with a row for each column: provenance is read downwards."""
    worksheet = book.add_worksheet(_tab(book, sheet.title.to(lang)))
    bold = book.add_format({"bold": True})
    titles = [_title(column, lang) for column in sheet.columns]
    worksheet.set_column(0, 0, _width(titles))
    worksheet.set_column(1, 1, WIDEST)
    for row, (title, column) in enumerate(zip(titles, sheet.columns, strict=True)):
        form = book.add_format({"num_format": column.form.number_format, "align": "left", "text_wrap": True})
        _put(worksheet, row, 0, title, bold)
        _put(worksheet, row, 1, column.readable(lang)[0], form)


def _tab(book: Workbook, title: str) -> str:
    """Return a title as the name of a worksheet: unique, at most 31 characters, without forbidden ones."""
    name = title.translate(dict.fromkeys(map(ord, "[]:*?/\\'"), " "))[:TAB_LETTERS].strip() or "-"
    taken = {worksheet.get_name().casefold() for worksheet in book.worksheets()}
    numbered = (f"{name[: TAB_LETTERS - 3]} {number}" for number in count(2))
    return name if name.casefold() not in taken else next(n for n in numbered if n.casefold() not in taken)


def _title(column: Column, lang: str) -> str:
    """Return a heading, without its unit where cells show a per cent sign."""
    return column.heading.to(lang) if "%" in column.form.number_format else column.title(lang)


def _put(worksheet: Worksheet, row: int, column: int, value: Value, form: Format) -> None:
    value = _known(value)
    if value is None:
        return
    # Not `write`, which would turn texts into formulas and links.
    put = worksheet.write_string if isinstance(value, str) else worksheet.write_number
    if put(row, column, value, form):
        raise UsageError(
            "A spreadsheet has room for 1,048,576 rows and 32,767 characters in a cell, and the table"
            " {name} has more. Choose .csv or .gpkg.",
            name=worksheet.get_name(),
        )


def _width(values: Sequence[Value]) -> float:
    """Return the width of a column in digits; a Chinese character takes two."""
    return min(WIDEST, MARGIN + max(_letters(value) for value in values))


def _letters(value: Value) -> int:
    if isinstance(value, float):
        return len(f"{value:,.1f}")
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in str(value or ""))


# GeoJSON


def _to_geojson(sheets: Sequence[FigureSheet], provenance: FigureSheet, _lang: str) -> bytes:
    placed = [sheet for sheet in sheets if sheet.geometry is not None]
    if not placed:
        raise UsageError("None of these tables has places to put into GeoJSON. Choose .csv or .xlsx.")
    facts = {column.key: _known(column.values[0]) for column in provenance.columns}
    members = {"datum": Datum.WGS84.value, "source": facts.get("demand_source"), "provenance": facts}
    head = orjson.dumps({"type": "FeatureCollection", **members})[:-1]
    lines = b",\n".join(line for sheet in placed for line in _features(sheet))
    return head + b',"features":[\n' + lines + b"\n]}\n"


def _features(sheet: FigureSheet) -> Iterator[bytes]:
    for row, written in enumerate(shapely.to_geojson(_rounded(sheet.geometry or ())).tolist()):
        facts = {column.key: _known(column.values[row]) for column in sheet.columns}
        geometry = None if written is None else orjson.Fragment(written)
        feature = {"type": "Feature", "geometry": geometry, "properties": {"layer": sheet.key, **facts}}
        yield orjson.dumps(feature, option=orjson.OPT_SERIALIZE_NUMPY)


def _rounded(outlines: Sequence[BaseGeometry | None]) -> NDArray[np.object_]:
    """Round to a centimetre and wind outer rings anticlockwise, as RFC 7946 has it; normal form is clockwise."""
    rounded = shapely.transform(np.array(outlines, dtype=object), lambda lonlat: np.round(lonlat, DECIMALS))
    wound: NDArray[np.object_] = shapely.reverse(shapely.normalize(rounded))
    return wound


# GeoPackage


def _to_gpkg(sheets: Sequence[FigureSheet], provenance: FigureSheet, _lang: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sheets.gpkg")
        for sheet in (*sheets, provenance):
            _add_layer(path, sheet)
        return path.read_bytes()


def _add_layer(path: Path, sheet: FigureSheet) -> None:
    """Add a layer, or a table where the sheet has no geometries, to a GeoPackage; the first creates the file."""
    # Imported here, because the three take longer to load than most answers take to compute.
    import pandas
    import pyogrio
    from geopandas import GeoDataFrame

    values = {column.key: [_known(value) for value in column.values] for column in sheet.columns}
    # pandas.array keeps integers where some are missing.
    frame = pandas.DataFrame({key: pandas.array(values_) for key, values_ in values.items()})
    placed = None if sheet.geometry is None else GeoDataFrame(frame, geometry=list(sheet.geometry), crs=4326)
    pyogrio.write_dataframe(frame if placed is None else placed, path, layer=sheet.key, driver="GPKG")


_RENDERERS: Final[Mapping[str, Callable[[Sequence[FigureSheet], FigureSheet, str], bytes]]] = {
    ".csv": _to_csv,
    ".xlsx": _to_xlsx,
    ".geojson": _to_geojson,
    ".gpkg": _to_gpkg,
}
