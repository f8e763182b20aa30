"""What the coordinates of a file refer to, a CRS or a datum, and the way from there to degrees of WGS 84."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pyproj

from locator.errors import GeodataError, UsageError
from locator.geo.datum import Datum, convert, parse_datum
from locator.geo.geodesy import FloatArray

WGS84: Final = pyproj.CRS("EPSG:4326")

ToLonlat = Callable[[FloatArray], FloatArray]
"""Takes coordinates (n, 2), x first, to degrees of WGS 84, longitude first; NaN where there is no such place."""


def settle(
    path: Path, crs: str | None, datum: str | None, stated: pyproj.CRS | None, *, degrees: bool = False
) -> ToLonlat:
    """Settle what the coordinates of a file refer to: what is asked for, or else what the file states.

    Parameters
    ----------
    path
        The file, for its name in errors.
    crs, datum
        What is asked for, or what the file states as its datum; not both.
    stated
        The CRS that the file states, or that such files are in.
    degrees
        Whether only degrees are possible.

    Raises
    ------
    GeodataError
        If nothing says what the coordinates refer to, or it should be degrees and is not.
    UsageError
        If the CRS or datum is not known, or both are given.
    """
    if crs is not None and datum is not None:
        raise UsageError("Give a CRS or a datum, not both: {crs} and {datum}.", crs=crs, datum=datum)
    found = stated if crs is None else _parse_crs(crs)
    if datum is None and found is None:
        raise GeodataError("{file} does not say what its coordinates refer to. Give its CRS.", file=path.name)
    if (datum is not None or degrees) and found is not None and not found.is_geographic:
        raise GeodataError(
            "{file} should be in degrees, not in {crs}. Leave the datum out, or give the right CRS.",
            file=path.name,
            crs=found.name,
        )
    if datum is not None or found is None or found.equals(WGS84, ignore_axis_order=True):
        return _from_datum(parse_datum(datum or Datum.WGS84))
    return _from_crs(found)


def _parse_crs(text: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        raise UsageError('"{value}" is not a CRS that is known. Give it as EPSG:4490.', value=text) from None


def _from_datum(source: Datum) -> ToLonlat:
    def to_lonlat(xy: FloatArray) -> FloatArray:
        lonlat = _on_earth(xy)
        there = ~np.isnan(lonlat[:, 0])
        lonlat[there] = convert(lonlat[there], source, Datum.WGS84)
        return lonlat

    return to_lonlat


def _from_crs(source: pyproj.CRS) -> ToLonlat:
    transformer = pyproj.Transformer.from_crs(source, WGS84, always_xy=True)

    def to_lonlat(xy: FloatArray) -> FloatArray:
        return _on_earth(np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))

    return to_lonlat


def _on_earth(lonlat: FloatArray) -> FloatArray:
    """Copy positions, NaN in place of those that are none."""
    there = np.all(np.abs(lonlat) <= (180, 90), axis=1, keepdims=True)
    return np.where(there, lonlat, np.nan)
