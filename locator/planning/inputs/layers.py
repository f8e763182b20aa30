"""Layers of features in files of any vector format, opened and read in blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple
from zipfile import is_zipfile

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from locator.errors import GeodataError
from locator.files.archives import open_archive
from locator.files.vector_layers import GDAL_OPTIONS
from locator.geo.circles import Geometries
from locator.geo.index import IntArray
from locator.planning.inputs.file_faults import missing_extra, refuse_too_many, unreadable

_BLOCK: Final = 65_536
_PARQUETS: Final = (".parquet", ".geoparquet")
# What GDAL may find in a file. Among the others are some that only lead to other files and to other hosts.
_DRIVERS: Final = (
    *("GPKG", "GeoJSON", "FlatGeobuf", "ESRI Shapefile", "MapInfo File", "OpenFileGDB", "SQLite"),
    *("ESRIJSON", "TopoJSON", "GML", "KML", "LIBKML", "DXF"),
)

Columns = dict[str, NDArray[Any]]
Blocks = Iterator[tuple[NDArray[np.object_], Columns]]
"""Blocks of geometries in WKB, and of values by column."""


class Features(NamedTuple):
    """Some features of a layer."""

    rows: IntArray
    geometries: Geometries
    columns: Columns


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of features, opened."""

    name: str
    fields: tuple[str, ...]
    crs: pyproj.CRS | None
    datum: str | None
    """What a GeoJSON file says besides."""
    read: Callable[[list[str]], Blocks]
    """Reads the features with some of the columns."""

    def first_of(self, names: Sequence[str]) -> str:
        """Return the first of some columns that is there; raise `GeodataError` where none is."""
        for name in names:
            if name in self.fields:
                return name
        raise GeodataError(
            "{file} must have a column {wanted}; it has: {fields}.",
            file=self.name,
            wanted=" or ".join(names),
            fields=", ".join(self.fields) or "none",
        )

    def blocks(self, names: Iterable[str]) -> Iterator[Features]:
        """Read the features with those of some columns that are there."""
        row = 1
        for encoded, columns in self.read([name for name in names if name in self.fields]):
            geometries = _singles(shapely.from_wkb(encoded, on_invalid="ignore"))
            yield Features(np.arange(row, row + len(encoded)), geometries, columns)
            row += len(encoded)


def _singles(geometries: Geometries) -> Geometries:
    """Turn multipoints of one point, as many programs write them, into points."""
    one = shapely.get_type_id(geometries) == shapely.GeometryType.MULTIPOINT
    one &= shapely.get_num_geometries(geometries) == 1
    geometries[one] = shapely.get_geometry(geometries[one], 0)
    return geometries


def open_layer(path: Path) -> Layer:
    """Open the one layer of a file.

    Raises
    ------
    GeodataError
        If it is damaged or too long, has not one layer with geometry, or is in a format that does
        not show whether all of it is there.
    """
    return _open_parquet(path) if path.suffix.lower() in _PARQUETS else _open_vector(path)


# Formats that GDAL reads


def _open_vector(path: Path) -> Layer:
    import pyogrio

    _refuse_bomb(path)
    with _plain_faults(path):
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if len(layers) != 1:
            raise GeodataError(
                "{file} must have one layer with geometry; it has: {layers}.",
                file=path.name,
                layers=", ".join(layers) or "none",
            )
        about = pyogrio.read_info(path, layer=layers[0], force_feature_count=True)
    _refuse_driver(path, about["driver"])
    refuse_too_many(about["features"], path.name)
    crs = None if about["crs"] is None else pyproj.CRS.from_user_input(about["crs"])
    read = partial(_read_vector, path, layers[0])
    return Layer(path.name, tuple(about["fields"]), crs, _stated_datum(path), read)


def _read_vector(path: Path, layer: str, names: list[str]) -> Blocks:
    import pyogrio

    with _plain_faults(path):
        about, _, encoded, values = pyogrio.raw.read(path, layer=layer, columns=names)
    for start in range(0, len(encoded), _BLOCK):
        part = slice(start, start + _BLOCK)
        yield encoded[part], {name: column[part] for name, column in zip(about["fields"], values, strict=True)}
        encoded[part] = None  # frees what has been read


@contextmanager
def _plain_faults(path: Path) -> Iterator[None]:
    """Keep GDAL to this file, and put what it says of a damaged one into an error."""
    import pyogrio

    pyogrio.set_gdal_config_options(GDAL_OPTIONS)
    try:
        yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeError) as fault:
        raise unreadable(path, fault) from None


def _refuse_bomb(path: Path) -> None:
    """Refuse a zipped shapefile, or what else GDAL unpacks, that is out of proportion when it is unpacked."""
    if is_zipfile(path):
        with open_archive(path):
            pass


def _refuse_driver(path: Path, driver: str) -> None:
    """Refuse what is no layer of its own, and what does not show whether all of it is there."""
    if driver == "GeoJSONSeq":  # GDAL drops a line that is cut off, and all after it, in silence
        raise GeodataError(
            "{file} is GeoJSON in lines, where missing ones do not show. Save it as one FeatureCollection.",
            file=path.name,
        )
    if driver not in _DRIVERS:
        raise GeodataError(
            "{file} is {driver}, which is not read. Export it as GeoPackage or GeoJSON.",
            file=path.name,
            driver=driver,
        )


def _stated_datum(path: Path) -> str | None:
    """Find the member ``datum`` of a GeoJSON collection, before or after the features."""
    if path.suffix.lower() not in (".geojson", ".json"):
        return None
    with path.open("rb") as file:
        head = file.read(_BLOCK).partition(b'"features"')[0]
        file.seek(max(0, path.stat().st_size - _BLOCK))
        tail = file.read().rpartition(b"]")[2]
    for text in (head, tail):
        if found := re.search(rb'"datum"\s*:\s*"([^"]*)"', text):
            return found[1].decode("utf-8", "replace")
    return None


# GeoParquet


def _open_parquet(path: Path) -> Layer:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError:
        raise missing_extra(path, "parquet") from None
    try:
        file = parquet.ParquetFile(path)
        about = json.loads((file.schema_arrow.metadata or {})[b"geo"])
        geometry = about["primary_column"]
        encoding, crs = _geometry_column(about["columns"][geometry])
    except (ArrowInvalid, pyproj.exceptions.CRSError, KeyError, ValueError) as fault:
        raise GeodataError(
            "{file} is not GeoParquet: {fault}. Export it again.", file=path.name, fault=repr(fault)
        ) from None
    if encoding != "WKB":
        raise GeodataError(
            "{file} has its geometry as {encoding}. Write it as WKB.", file=path.name, encoding=encoding
        )
    refuse_too_many(file.metadata.num_rows, path.name)
    fields = tuple(name for name in file.schema_arrow.names if name != geometry)
    return Layer(path.name, fields, crs, None, partial(_read_parquet, file, geometry))


def _geometry_column(about: dict[str, Any]) -> tuple[str, pyproj.CRS | None]:
    """Read encoding and CRS: by the GeoParquet specification WGS 84 where none is given, unknown where null."""
    stated = about.get("crs", "OGC:CRS84")
    return about["encoding"], None if stated is None else pyproj.CRS.from_user_input(stated)


def _read_parquet(file: Any, geometry: str, names: list[str]) -> Blocks:
    for batch in file.iter_batches(_BLOCK, columns=[geometry, *names]):
        values = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in (geometry, *names)}
        yield values.pop(geometry), values
