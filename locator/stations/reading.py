"""Reading and writing of stations as GeoJSON."""

from __future__ import annotations

import gc
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice
from pathlib import Path
from sys import intern
from typing import Any, Final

import numpy as np
import orjson

from locator.errors import GeodataError
from locator.files.reference import datum_of
from locator.geo.datum import Datum, convert
from locator.geo.geodesy import FloatArray
from locator.stations.schema import OPEN, UNKNOWN, Station

COLUMNS: Final = tuple(f.name for f in fields(Station) if f.name not in ("lat", "lon"))
"""The properties of a station in a file; its position is the geometry."""
DAYS: Final = ("status_until", "checked_on")
"""The columns that are ISO dates in a file."""
_POSITION: Final = "position"
_SHARED: Final = tuple(
    name
    for name in COLUMNS
    if name not in ("station_id", "name", "name_en", "pinyin", "address", "status_note", "phone", "photo_url")
)
"""Columns with few distinct texts, each of which is kept in memory once."""
_BATCH: Final = 4096

Read = Callable[[Path], bytes]
"""Returns the bytes of a file, or raises."""


@dataclass(frozen=True, slots=True)
class StationTable:
    """The stations of one file as columns, before validation."""

    name: str
    """The file's name, for messages."""
    columns: dict[str, list[Any]]
    """Column name to one value per row; ``None`` where it is missing."""
    positions: list[Any]
    """The coordinates of each row's point, ``[lon, lat]``; ``None`` without a point."""
    datum: Datum
    """Of the positions."""

    def __len__(self) -> int:
        return len(self.positions)

    def lonlat(self) -> FloatArray:
        """Return the positions (n, 2) in degrees, longitude first, WGS 84; they must be valid."""
        lonlat = np.array([position[:2] for position in self.positions], dtype=np.float64).reshape(-1, 2)
        return convert(lonlat, self.datum, Datum.WGS84)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a geodata file; raise `GeodataError` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise GeodataError(
            "{file} cannot be read: {fault}. LOCATOR_GEODATA must name a folder that holds it.",
            file=path,
            fault=fault.strerror,
        ) from None


def read_stations(path: Path, read: Read = read_bytes) -> StationTable:
    """Read a GeoJSON file of stations.

    Parameters
    ----------
    path
        A FeatureCollection of points, with the datum in its member ``datum``; default: WGS 84 (RFC 7946).
    read
        Returns the bytes of a file, or raises.

    Raises
    ------
    GeodataError
        If the file cannot be read or is no FeatureCollection; rows are validated by `checking`.
    """
    content = read(path)
    with collector_paused():
        parts = _read_lines(content)
        if parts is None:
            collection = _collection(content, path)
            parts = collection, _columns(collection["features"])
    members, columns = parts
    return StationTable(path.name, columns, columns.pop(_POSITION), datum_of(members, path))


def _read_lines(content: bytes) -> tuple[dict[str, Any], dict[str, list[Any]]] | None:
    """Read a collection with one feature per line in batches, which takes a third of the memory.

    ``None`` if it has another layout, or is cut off.
    """
    lines = io.BytesIO(content.removeprefix(BOM_UTF8))
    head = lines.readline().rstrip()
    if not head.endswith(b'"features":['):
        return None
    try:
        members = orjson.loads(head + b"]}")
        columns = _columns(())
        while batch := list(islice(lines, _BATCH)):
            is_last = batch[-1].rstrip() == b"]}"
            rows = b"".join(batch[:-1] if is_last else batch).rstrip().removesuffix(b",")
            features = orjson.loads(b"[%b]" % rows)
            for name, values in _columns(features).items():
                columns[name] += values
    except orjson.JSONDecodeError:
        return None
    return (members, columns) if is_last and members.get("type") == "FeatureCollection" else None


def _columns(features: Sequence[Any]) -> dict[str, list[Any]]:
    """Convert features to columns, with the coordinates in the column `_POSITION`."""
    properties = [_member(feature, "properties") for feature in features]
    ids = [feature.get("id") if isinstance(feature, dict) else None for feature in features]
    columns = {name: [values.get(name) for values in properties] for name in COLUMNS}
    # A feature's own id stands in for a missing property.
    columns["station_id"] = [
        feature_id if station_id is None else station_id
        for station_id, feature_id in zip(columns["station_id"], ids, strict=True)
    ]
    for name in _SHARED:
        columns[name] = [intern(value) if type(value) is str else value for value in columns[name]]
    return columns | {_POSITION: [_point(feature) for feature in features]}


def read_collection(path: Path, read: Read = read_bytes) -> dict[str, Any]:
    """Read any GeoJSON FeatureCollection; raise `GeodataError` if the file is something else."""
    with collector_paused():
        return _collection(read(path), path)


def _collection(content: bytes, path: Path) -> dict[str, Any]:
    try:
        collection = orjson.loads(content.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as fault:
        raise GeodataError("{file} is not JSON: {fault}. Export it again.", file=path, fault=fault) from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or collection.get("type") != "FeatureCollection":
        raise GeodataError("{file} is not a GeoJSON FeatureCollection. Export it as GeoJSON.", file=path)
    return dict(collection)


def write_stations(path: Path, stations: Iterable[Station], members: dict[str, Any]) -> None:
    """Write stations as GeoJSON in their order, one feature per line, without unknown values.

    Parameters
    ----------
    path
        The file to write; its folder exists.
    members
        Further members of the collection: ``datum``, ``licence``, ``source``.
    """
    with path.open("wb") as file:
        file.writelines(_encoded(map(to_feature, stations), members))


def to_collection(features: Iterable[dict[str, Any]], members: dict[str, Any]) -> bytes:
    """Encode features as a GeoJSON FeatureCollection, one per line; for ``members`` see `write_stations`."""
    return b"".join(_encoded(features, members))


def _encoded(features: Iterable[dict[str, Any]], members: dict[str, Any]) -> Iterator[bytes]:
    """Encode features in batches: many small objects of bytes would take much more memory."""
    yield orjson.dumps({"type": "FeatureCollection", **members})[:-1] + b',"features":['
    rest, between = iter(features), b"\n"
    while batch := list(islice(rest, _BATCH)):
        yield between + b",\n".join(map(orjson.dumps, batch))
        between = b",\n"
    yield (b"\n]}\n" if between != b"\n" else b"\n\n]}\n")


def to_feature(station: Station) -> dict[str, Any]:
    """Convert a station to a GeoJSON feature; unknown values and the status ``open`` are left out."""
    facts = ((name, getattr(station, name)) for name in COLUMNS)
    # `is not False`, since 0 is a known value and equals False.
    known = {name: value for name, value in facts if value not in (None, {}, ()) and value is not False}
    if known["status"] == OPEN:
        del known["status"]
    known |= {name: known[name].isoformat() for name in DAYS if isinstance(known.get(name), date)}
    geometry = {"type": "Point", "coordinates": [station.lon, station.lat]}
    return {"type": "Feature", "id": station.station_id, "geometry": geometry, "properties": known}


def to_stations(table: StationTable) -> list[Station]:
    """Convert the rows of a valid table to stations, with positions in WGS 84."""
    rows = zip(*(table.columns[name] for name in COLUMNS), table.lonlat().tolist(), strict=True)
    with collector_paused():
        return [_station(dict(zip(COLUMNS, facts, strict=True)), lonlat) for *facts, lonlat in rows]


def _station(facts: dict[str, Any], lonlat: Sequence[float]) -> Station:
    known = {name: value for name, value in facts.items() if value is not None}
    if "amenities" in known:
        known["amenities"] = {word: has for word, has in known["amenities"].items() if has != UNKNOWN}
    known["doubts"] = tuple(known.get("doubts", ()))
    return Station(lat=lonlat[1], lon=lonlat[0], **with_dates(known))


def with_dates(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts as a file has them with the ISO dates of the columns `DAYS` as dates."""
    return facts | {name: date.fromisoformat(facts[name]) for name in DAYS if facts.get(name)}


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the garbage collector, which would repeatedly traverse a growing heap without any garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _member(feature: Any, name: str) -> dict[str, Any]:
    member = feature.get(name) if isinstance(feature, dict) else None
    return member if isinstance(member, dict) else {}


def _point(feature: Any) -> Sequence[Any] | None:
    geometry = _member(feature, "geometry")
    coordinates = geometry.get("coordinates") if geometry.get("type") == "Point" else None
    return coordinates if isinstance(coordinates, list) else None
