"""Geodata files to tables, and stations to geodata files."""

from __future__ import annotations

import gc
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from locator.errors import GeodataError, UsageError
from locator.geo.datum import Datum, convert, parse_datum
from locator.geo.geodesy import FloatArray
from locator.stations.schema import UNKNOWN, Station

COLUMNS: Final = tuple(f.name for f in fields(Station) if f.name not in ("lat", "lon"))
"""The properties of a station in a file; its position is the geometry."""

Read = Callable[[Path], bytes]
"""How the bytes of a file are had."""


@dataclass(frozen=True, slots=True)
class Table:
    """The stations of one file, as columns, exactly as the file has them: nothing is checked yet."""

    name: str
    """The file's name, for messages."""
    columns: dict[str, list[Any]]
    """Column name to one value per row, ``None`` where the file has none."""
    positions: list[Any]
    """Per row what the file gives as coordinates of a point: ``[lon, lat]``, or ``None``."""
    datum: Datum
    """What the positions mean."""

    def __len__(self) -> int:
        return len(self.positions)

    def lonlat(self) -> FloatArray:
        """Return the positions (n, 2), longitude first, in WGS 84; they must have been checked."""
        found = np.array([position[:2] for position in self.positions], dtype=np.float64).reshape(-1, 2)
        return convert(found, self.datum, Datum.WGS84)


def read_bytes(path: Path) -> bytes:
    """Read a geodata file; raise `GeodataError` where that is not possible."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise GeodataError(
            "{file} cannot be read: {fault}. LOCATOR_GEODATA must name a folder that holds it.",
            file=path,
            fault=fault.strerror,
        ) from None


def read_stations(path: Path, read: Read = read_bytes) -> Table:
    """Read a GeoJSON file of stations.

    Parameters
    ----------
    path
        A FeatureCollection of points. Its member ``datum`` says what the coordinates mean; without it they are
        WGS 84, as RFC 7946 has it.
    read
        How the file's bytes are had.

    Raises
    ------
    GeodataError
        If there is no such file or it is not such a collection. Faults of rows are for `checking`.
    """
    collection = read_collection(path, read)
    features = collection["features"]
    properties = [_member(feature, "properties") for feature in features]
    ids = [feature.get("id") if isinstance(feature, dict) else None for feature in features]
    columns = {name: [found.get(name) for found in properties] for name in COLUMNS}
    columns["station_id"] = [
        given if named is None else named for named, given in zip(columns["station_id"], ids, strict=True)
    ]
    return Table(path.name, columns, [_point(feature) for feature in features], read_datum(collection, path))


def read_collection(path: Path, read: Read = read_bytes) -> dict[str, Any]:
    """Read a GeoJSON FeatureCollection of anything; raise `GeodataError` where it is none."""
    try:
        with _collector_paused():
            collection = orjson.loads(read(path).removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as fault:
        raise GeodataError("{file} is not JSON: {fault}. Export it again.", file=path, fault=fault) from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or collection.get("type") != "FeatureCollection":
        raise GeodataError("{file} is not a GeoJSON FeatureCollection. Export it as GeoJSON.", file=path)
    return dict(collection)


def write_stations(path: Path, stations: Iterable[Station], members: dict[str, Any]) -> None:
    """Write stations as GeoJSON, one feature per line, unknown values left out.

    Parameters
    ----------
    path
        The file to write; its folder exists.
    stations
        What to write, in this order.
    members
        Members of the collection besides ``type`` and ``features``: ``datum``, ``licence``, ``source``.
    """
    path.write_bytes(to_collection(map(to_feature, stations), members))


def to_collection(features: Iterable[dict[str, Any]], members: dict[str, Any]) -> bytes:
    """Encode features as a GeoJSON FeatureCollection, one per line; for ``members`` see `write_stations`."""
    head = orjson.dumps({"type": "FeatureCollection", **members})[:-1]
    lines = b",\n".join(map(orjson.dumps, features))
    return head + b',"features":[\n' + lines + b"\n]}\n"


def to_feature(station: Station) -> dict[str, Any]:
    """Turn a station into a GeoJSON feature."""
    found = ((name, getattr(station, name)) for name in COLUMNS)
    # 0 is known, though it equals False.
    known = {name: value for name, value in found if value not in (None, {}, ()) and value is not False}
    if isinstance(known.get("checked_on"), date):
        known["checked_on"] = known["checked_on"].isoformat()
    geometry = {"type": "Point", "coordinates": [station.lon, station.lat]}
    return {"type": "Feature", "id": station.station_id, "geometry": geometry, "properties": known}


def to_stations(table: Table) -> list[Station]:
    """Turn the rows of a table that has no faults into stations, in WGS 84, each fact as the file has it."""
    rows = zip(*(table.columns[name] for name in COLUMNS), table.lonlat().tolist(), strict=True)
    return [_station(dict(zip(COLUMNS, facts, strict=True)), lonlat) for *facts, lonlat in rows]


def _station(facts: dict[str, Any], lonlat: Sequence[float]) -> Station:
    known = {name: value for name, value in facts.items() if value is not None}
    if "amenities" in known:
        known["amenities"] = {word: said for word, said in known["amenities"].items() if said != UNKNOWN}
    if "checked_on" in known:
        known["checked_on"] = date.fromisoformat(known["checked_on"])
    known["doubts"] = tuple(known.get("doubts", ()))
    return Station(lat=lonlat[1], lon=lonlat[0], **known)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking through a growing heap in which nothing dies."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _member(feature: Any, name: str) -> dict[str, Any]:
    found = feature.get(name) if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else {}


def _point(feature: Any) -> Sequence[Any] | None:
    geometry = _member(feature, "geometry")
    found = geometry.get("coordinates") if geometry.get("type") == "Point" else None
    return found if isinstance(found, list) else None


def read_datum(collection: dict[str, Any], path: Path) -> Datum:
    """Return what the coordinates of a collection mean; raise `GeodataError` where its ``datum`` is not known."""
    try:
        return parse_datum(str(collection.get("datum", "wgs84")))
    except UsageError as fault:
        raise GeodataError("{file}: {fault}", file=path, fault=fault) from None
