"""Rasters, read as weighted points at the centres of their cells."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyproj

from locator.errors import GeodataError
from locator.files.limits import MAX_RASTER_CELLS, refuse_too_many
from locator.files.reference import ToLonlat, place_faults, settle
from locator.files.row_faults import Faults, missing_extra, unreadable
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.language.messages import message

SUFFIXES: Final = (".tif", ".tiff")

_CELLS_AT_ONCE: Final = 4_000_000
_CACHE_MB: Final = 128  # of blocks that GDAL keeps; left to itself it takes a twentieth of the memory


class Cells(NamedTuple):
    """Some cells that have a value other than 0."""

    rows: IntArray
    """From 1, the northernmost."""
    lonlat: FloatArray
    """(n, 2) their centres in degrees, longitude first, WGS 84; NaN where there is no such position."""
    values: FloatArray


def read_cells(path: Path, crs: str | None, datum: str | None, faults: Faults) -> Iterator[Cells]:
    """Read a raster from north to south, in bands of rows small enough to need little memory."""
    with _opened(path) as source:
        _refuse_other(path, source)
        stated = None if source.crs is None else pyproj.CRS.from_wkt(source.crs.to_wkt())
        to_lonlat = settle(path.name, crs, datum, stated)
        count = 0
        for top, height in _bands(source):
            values = source.read(1, window=((top, top + height), (0, source.width)), masked=True)
            yield (cells := _cells(source, top, values, to_lonlat, faults))
            count += len(cells.rows)
            refuse_too_many(count, path.name)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a raster; turn GDAL's errors about a damaged one into a `GeodataError`."""
    try:
        import rasterio
    except ImportError:
        raise missing_extra(path, "raster") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            source = rasterio.open(path, driver="GTiff")  # not a format that opens other files
        with source, rasterio.Env(GDAL_CACHEMAX=_CACHE_MB):
            yield source
    except rasterio.errors.RasterioError as fault:
        raise unreadable(path.name, fault) from None


def _refuse_other(path: Path, source: Any) -> None:
    """Refuse a raster with too many cells or several bands, and one that is not georeferenced."""
    if source.width * source.height > MAX_RASTER_CELLS:
        raise GeodataError(
            "{file} has {count:,} cells; at most {most:,} can be read. Cut it to the area that you need, or use a"
            " coarser one.",
            file=path.name,
            count=source.width * source.height,
            most=MAX_RASTER_CELLS,
        )
    if source.count != 1:
        raise GeodataError(
            "{file} must have one band, the weight of each cell, not {count}.", file=path.name, count=source.count
        )
    if source.transform.is_identity:
        raise GeodataError("{file} does not say where its cells are. Georeference it.", file=path.name)


def _bands(source: Any) -> Iterator[tuple[int, int]]:
    """Give the first row and the height of each band to read, in whole blocks of the file if they fit."""
    rows = max(1, _CELLS_AT_ONCE // source.width)
    block = source.block_shapes[0][0]
    step = rows - rows % block if rows > block else rows
    for top in range(0, source.height, step):
        yield top, min(step, source.height - top)


def _cells(source: Any, top: int, values: Any, to_lonlat: ToLonlat, faults: Faults) -> Cells:
    """Return the cells that have a value, and add those below 0 to the faults."""
    weight = values.filled(0) * source.scales[0] + source.offsets[0]
    row, column = np.nonzero(~np.ma.getmaskarray(values) & (weight != 0) & ~np.isnan(weight))
    weight = weight[row, column].astype(np.float64)
    row += top
    a, b, c, d, e, f = source.transform[:6]
    xy = np.column_stack((column + 0.5, row + 0.5)) @ np.array([[a, d], [b, e]]) + (c, f)
    lonlat = to_lonlat(xy)
    wrong = np.flatnonzero(~((weight >= 0) & (weight < np.inf))).tolist()
    faults.add((int(row[n]) + 1, _cell_fault(int(column[n]) + 1, float(weight[n]))) for n in wrong)
    faults.add(place_faults(row + 1, xy, np.isnan(lonlat[:, 0])))
    return Cells(row + 1, lonlat, weight)


def _cell_fault(column: int, value: float) -> str:
    return message(
        "the value of the cell in column {column}, {value:g}, is not 0 or more.", column=column, value=value
    )
