"""The CRS or datum of the coordinates of a file, and their conversion to degrees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyproj
from numpy.typing import NDArray

from locator.errors import GeodataError, UsageError
from locator.geo.datum import Datum, convert, parse_datum
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.language.messages import message

WGS84: Final = pyproj.CRS("EPSG:4326")
_LOOKED_AT: Final = 65_536  # bytes
_TITLE_LETTERS, _MOST_TITLES = 200, 40

ToLonlat = Callable[[FloatArray], FloatArray]
"""Converts coordinates (n, 2), x first, to degrees in WGS 84, longitude first; NaN where that fails."""


def settle(
    file: str, crs: str | None, datum: str | None, stated: pyproj.CRS | None, *, degrees: bool = False
) -> ToLonlat:
    """Return the conversion from the CRS or datum that is asked for, or else that the file states.

    Parameters
    ----------
    file
        The file's name, for messages.
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
    source = stated if crs is None else _parse_crs(crs)
    if datum is None and source is None:
        raise GeodataError("{file} does not say what its coordinates refer to. Give its CRS.", file=file)
    if (datum is not None or degrees) and source is not None and not source.is_geographic:
        raise GeodataError(
            "{file} should be in degrees, not in {crs}. Leave the datum out, or give the right CRS.",
            file=file,
            crs=source.name,
        )
    if datum is not None or source is None or source.equals(WGS84, ignore_axis_order=True):
        return _from_datum(parse_datum(datum or Datum.WGS84))
    return _from_crs(source)


def _parse_crs(text: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        raise UsageError('"{value}" is not a CRS that is known. Give it as EPSG:4490.', value=text) from None


def _from_datum(source: Datum) -> ToLonlat:
    def to_lonlat(xy: FloatArray) -> FloatArray:
        lonlat = on_earth(xy)
        there = ~np.isnan(lonlat[:, 0])
        lonlat[there] = convert(lonlat[there], source, Datum.WGS84)
        return lonlat

    return to_lonlat


def _from_crs(source: pyproj.CRS) -> ToLonlat:
    transformer = pyproj.Transformer.from_crs(source, WGS84, always_xy=True)

    def to_lonlat(xy: FloatArray) -> FloatArray:
        return on_earth(np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))

    return to_lonlat


def on_earth(lonlat: FloatArray, most: tuple[float, float] = (180, 90)) -> FloatArray:
    """Copy positions, with NaN for those outside the range of longitude and latitude."""
    there = np.all(np.abs(lonlat) <= most, axis=1, keepdims=True)
    return np.where(there, lonlat, np.nan)


def place_faults(rows: IntArray, xy: FloatArray, wrong: NDArray[np.bool_]) -> Iterator[tuple[int, str]]:
    """List the rows whose coordinates are not valid in the CRS."""
    for n in np.flatnonzero(wrong).tolist():
        x, y = xy[n].tolist()
        yield (
            int(rows[n]),
            message("[{x:g}, {y:g}] is not a place in the CRS of the file. Which is the right one?", x=x, y=y),
        )


def to_degrees(
    xy: FloatArray, there: NDArray[np.bool_], stated: str | None
) -> tuple[str | None, FloatArray | None, str]:
    """Convert the positions of a list to degrees if the file states how; the datum is detected elsewhere.

    Parameters
    ----------
    xy
        (n, 2) coordinates of the file, x first.
    there
        (n,) which of them are present.
    stated
        The CRS in words or figures that PROJ knows.

    Returns
    -------
    tuple
        The name of the CRS; the positions, ``None`` if they cannot be given in degrees, swapped pairs left as
        they are for later checks; and a note for the user.
    """
    try:
        source = pyproj.CRS.from_user_input(stated) if stated else None
        if source is None or source.name.startswith(("Undefined", "Unknown", "unknown")):
            lonlat = _either_way(xy) if _are_degrees(xy[there]) else None
            if stated:
                return None, lonlat, message("The file does not say what its coordinates refer to.")
            return None, lonlat, "" if lonlat is not None else message("The coordinates are not in degrees.")
        if source.equals(WGS84, ignore_axis_order=True):
            return "EPSG:4326", _either_way(xy), ""
        x, y = pyproj.Transformer.from_crs(source, WGS84, always_xy=True).transform(xy[:, 0], xy[:, 1])
    except pyproj.exceptions.ProjError as fault:
        lonlat = _either_way(xy) if _are_degrees(xy[there]) else None
        return None, lonlat, message("The CRS of the file is not known: {fault}.", fault=str(fault)[:120])
    authority = source.to_authority()
    return ":".join(authority) if authority else source.name, _either_way(np.column_stack((x, y))), ""


def _either_way(xy: FloatArray) -> FloatArray:
    return on_earth(xy, (180, 180))


def _are_degrees(xy: FloatArray) -> bool:
    return bool((np.abs(xy) <= (180, 90)).all()) or bool((np.abs(xy) <= (90, 180)).all())


# GeoJSON


def datum_of(members: Mapping[str, Any], file: Path) -> Datum:
    """Return the datum of the coordinates of a collection; raise `GeodataError` if it is not known."""
    try:
        return parse_datum(str(members.get("datum", "wgs84")))
    except UsageError as fault:
        raise GeodataError("{file}: {fault}", file=file, fault=fault) from None


def crs_of(members: Mapping[str, Any]) -> str | None:
    """Return the CRS in the member ``crs`` of a collection, which older files have."""
    crs = members.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None


def titles_of(members: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the members of a collection that are texts, as "name: text": one of them may name the datum."""
    texts = {name: text for name, text in members.items() if isinstance(text, str) and name != "type"}
    crs = crs_of(members)
    texts |= {"crs": crs} if crs else {}
    return tuple(f"{name}: {text}"[:_TITLE_LETTERS] for name, text in islice(texts.items(), _MOST_TITLES))


def stated_datum(path: Path) -> str | None:
    """Find the member ``datum`` of a GeoJSON file, before or after the features, without reading all of it."""
    if path.suffix.lower() not in (".geojson", ".json"):
        return None
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT).partition(b'"features"')[0]
        file.seek(max(0, path.stat().st_size - _LOOKED_AT))
        tail = file.read().rpartition(b"]")[2]
    for text in (head, tail):
        if match := re.search(rb'"datum"\s*:\s*"([^"]*)"', text):
            return match[1].decode("utf-8", "replace")
    return None
