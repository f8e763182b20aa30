"""Layers of vector files and GeoParquet, read in blocks of features."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final
from zipfile import is_zipfile

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from locator.errors import GeodataError
from locator.files.archives import open_archive, read_member
from locator.files.heading_search import Vocabulary
from locator.files.limits import refuse_too_many
from locator.files.open_tables import Block, OpenTable
from locator.files.reference import stated_datum
from locator.files.row_faults import Faults, missing_extra, unreadable
from locator.files.vector_layers import AS_BYTES, dbf_encoding, dbf_text, plain_faults, stated_encoding
from locator.geo.circles import Geometries

_BLOCK: Final = 65_536
_SAMPLE: Final = 1_000  # features whose texts tell the encoding of a shapefile
_PARQUETS: Final = (".parquet", ".geoparquet")
# The formats that are read. Some of the others that GDAL knows open further files or contact other hosts.
_DRIVERS: Final = (
    *("GPKG", "GeoJSON", "FlatGeobuf", "ESRI Shapefile", "MapInfo File", "OpenFileGDB", "SQLite"),
    *("ESRIJSON", "TopoJSON", "GML", "KML", "LIBKML", "DXF"),
)

Read = Callable[[list[str]], Iterable[tuple[NDArray[np.object_], dict[str, NDArray[Any]]]]]
"""Takes headings; gives blocks of geometries in WKB with the values of these columns by heading."""


def open_layer(path: Path, vocabulary: Vocabulary) -> OpenTable:
    """Open the one layer of a file.

    Raises
    ------
    GeodataError
        If it is damaged or too long, has not one layer with geometry, or is in a format that does
        not show whether all of it is there.
    """
    return _open_parquet(path, vocabulary) if path.suffix.lower() in _PARQUETS else _open_vector(path, vocabulary)


def _opened(
    path: Path, vocabulary: Vocabulary, headings: tuple[str, ...], crs: pyproj.CRS | None, read: Read
) -> OpenTable:
    fields, blocks = vocabulary.matches(headings), partial(_blocks, read)
    return OpenTable(path.name, headings, fields, blocks, is_layer=True, crs=crs, datum=stated_datum(path))


def _blocks(read: Read, fields: Mapping[str, str], _: Faults) -> Iterator[Block]:
    row = 1
    for encoded, columns in read(list(fields.values())):
        geometries = _singles(shapely.from_wkb(encoded, on_invalid="ignore"))
        by_field = {field: columns[heading] for field, heading in fields.items()}
        yield Block(np.arange(row, row + len(encoded)), by_field, geometries)
        row += len(encoded)


def _singles(geometries: Geometries) -> Geometries:
    """Turn multipoints of one point, which many programs write, into points."""
    one = shapely.get_type_id(geometries) == shapely.GeometryType.MULTIPOINT
    one &= shapely.get_num_geometries(geometries) == 1
    geometries[one] = shapely.get_geometry(geometries[one], 0)
    return geometries


# Formats that GDAL reads


def _open_vector(path: Path, vocabulary: Vocabulary) -> OpenTable:
    import pyogrio

    names = _members(path)
    is_shape = path.suffix.lower() == ".shp" or any(name.lower().endswith(".shp") for name in names)
    options = {"ENCODING": AS_BYTES} if is_shape else {}
    with plain_faults(path.name, unreadable):
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if len(layers) != 1:
            raise GeodataError(
                "{file} must have one layer with geometry; it has: {layers}.",
                file=path.name,
                layers=", ".join(layers) or "none",
            )
        about = pyogrio.read_info(path, layer=layers[0], force_feature_count=True, **options)
    _refuse_driver(path, about["driver"])
    refuse_too_many(about["features"], path.name)
    crs = None if about["crs"] is None else pyproj.CRS.from_user_input(about["crs"])
    encoding = _text_encoding(path, layers[0], names, options) if is_shape else None
    raw = {dbf_text(name, encoding): name for name in about["fields"].tolist()}
    read = partial(_read_vector, path, layers[0], raw, encoding, options)
    return _opened(path, vocabulary, tuple(raw), crs, read)


def _read_vector(
    path: Path, layer: str, raw: dict[str, str], encoding: str | None, options: dict[str, str], names: list[str]
) -> Iterator[tuple[NDArray[np.object_], dict[str, NDArray[Any]]]]:
    import pyogrio

    with plain_faults(path.name, unreadable):
        about, _, encoded, values = pyogrio.raw.read(
            path, layer=layer, columns=[raw[name] for name in names], **options
        )
    columns = dict(zip(about["fields"], values, strict=True))
    for start in range(0, len(encoded), _BLOCK):
        part = slice(start, start + _BLOCK)
        yield encoded[part], {name: _texts(columns[raw[name]][part], encoding) for name in names}
        encoded[part] = None  # frees what has been read


def _members(path: Path) -> list[str]:
    """List the members of an archive; refuse one that grows too much when it is unpacked."""
    if not is_zipfile(path):
        return []
    with open_archive(path) as archive:
        return archive.namelist()


def _text_encoding(path: Path, layer: str, names: list[str], options: dict[str, str]) -> str:
    """Detect the encoding of the texts of a shapefile, as its ``.cpg`` may be wrong."""
    import pyogrio

    with plain_faults(path.name, unreadable):
        about, _, _, values = pyogrio.raw.read(
            path, layer=layer, read_geometry=False, max_features=_SAMPLE, **options
        )
    columns = [column.tolist() for column in values]
    return dbf_encoding(about["fields"].tolist(), columns, _stated(path, names)) or AS_BYTES


def _stated(path: Path, names: list[str]) -> str | None:
    """Return the encoding in the ``.cpg`` of a shapefile."""
    beside, inside = path.with_suffix(".cpg"), [name for name in names if name.lower().endswith(".cpg")]
    if inside:
        with open_archive(path) as archive:
            return stated_encoding(read_member(archive, inside[0]))
    return stated_encoding(beside.read_bytes()) if beside.is_file() else None


def _texts(column: NDArray[Any], encoding: str | None) -> NDArray[Any]:
    if encoding is None or column.dtype.kind != "O":
        return column
    texts: NDArray[Any] = np.array([dbf_text(value, encoding) for value in column.tolist()], dtype=object)
    return texts


def _refuse_driver(path: Path, driver: str) -> None:
    """Refuse formats that refer to other files, and those in which a truncated file looks complete."""
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


# GeoParquet


def _open_parquet(path: Path, vocabulary: Vocabulary) -> OpenTable:
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
    return _opened(path, vocabulary, fields, crs, partial(_read_parquet, file, geometry))


def _geometry_column(about: dict[str, Any]) -> tuple[str, pyproj.CRS | None]:
    """Read encoding and CRS: by the GeoParquet specification WGS 84 where none is given, unknown where null."""
    stated = about.get("crs", "OGC:CRS84")
    return about["encoding"], None if stated is None else pyproj.CRS.from_user_input(stated)


def _read_parquet(
    file: Any, geometry: str, names: list[str]
) -> Iterator[tuple[NDArray[np.object_], dict[str, NDArray[Any]]]]:
    for batch in file.iter_batches(_BLOCK, columns=[geometry, *names]):
        values = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in (geometry, *names)}
        yield values.pop(geometry), values
