"""Features in GeoJSON, KML and the formats of GDAL, read as columns and positions."""

from __future__ import annotations

import re
import shutil
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from locator.errors import GeodataError
from locator.files.archives import open_archive, read_member
from locator.files.encodings import decode, detect
from locator.files.limits import MAX_ROWS, refuse_columns, refuse_rows
from locator.files.reference import crs_of, titles_of, to_degrees
from locator.files.tables import Columns, Content, clean_value, unique_headings
from locator.files.xml_trees import local, parse_xml
from locator.geo.geodesy import FloatArray
from locator.language.messages import joined, message

GDAL_OPTIONS: Final = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    # An impossible proxy: some formats, GeoJSON too, may name the URL of a CRS, which GDAL would fetch.
    "GDAL_HTTP_PROXY": "none://",
    "GDAL_HTTPS_PROXY": "none://",
}
"""Options that keep GDAL from fetching anything or opening other files that a file names."""
_SIDECARS: Final = (".shp", ".shx", ".dbf", ".prj")
AS_BYTES: Final = "iso-8859-1"
"""Decodes every byte to one character, so that the bytes can be recovered."""
_CODE_PAGE: Final = re.compile(r"(?:ansi|oem|cp|ms|windows)?[ -]?(\d{3,5})")


class Points(NamedTuple):
    """One position per feature, in the file's own coordinates."""

    xy: FloatArray
    """(n, 2); NaN where a feature has none."""
    made: dict[str, int]
    """Kind of geometry to how many of it became points."""


class Placed(NamedTuple):
    """Features at their positions: the fields of a sheet that follow from geometry."""

    columns: Columns
    lonlat: FloatArray | None
    crs: str | None
    notes: tuple[str, ...]


def read_collection(data: dict[str, Any], file: str, encoding: str | None) -> Content:
    """Read the features of GeoJSON that has been parsed.

    The CRS is that of the member ``crs``, which older files have; where there is none, it is left
    open, though RFC 7946 requires WGS 84: many files are in another datum all the same.

    Raises
    ------
    GeodataError
        If it is no list of features, has none, or is too large.
    """
    features = data.get("features")
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise GeodataError("{file} is not a GeoJSON FeatureCollection. Export it as GeoJSON.", file=file)
    refuse_rows(len(features), file)
    if not features:
        raise GeodataError("{file} has no features. Export the list again.", file=file)
    columns = _columns([_members(feature) for feature in features], file)
    placed = georeference(points_of([feature.get("geometry") for feature in features]), crs_of(data), columns)
    return Content("geojson", encoding, *placed, titles=titles_of(data))


def read_layer(path: Path, kind: str) -> Content:
    """Read the first layer with features of a GeoPackage, FlatGeobuf file or zipped shapefile.

    GDAL reads a copy under a plain name in a temporary folder. The encoding in the ``.cpg`` of a shapefile is used
    only if the texts are plausible in it.

    Raises
    ------
    GeodataError
        If it is damaged or too large, or has no features.
    """
    with TemporaryDirectory() as folder:
        stated = None
        target = Path(folder) / f"layer.{kind}"
        if kind == "shp":
            stated = _unpack(path, target)
        else:
            shutil.copyfile(path, target)
        with plain_faults(path.name, _damaged):
            return _read_layer(target, path.name, kind, stated)


def read_kml(text: str, file: str, encoding: str | None) -> Content:
    """Read the placemarks of KML; links are not followed.

    Raises
    ------
    GeodataError
        If it is not whole, declares entities, or has no placemarks.
    """
    root = parse_xml(text, file)
    marks = [one for one in root.iter() if local(one) == "Placemark"]
    refuse_rows(len(marks), file)
    if not marks:
        raise GeodataError("{file} has no placemarks. Export the places themselves as KML.", file=file)
    columns = _columns([dict(_facts(mark)) for mark in marks], file)
    placed = georeference(points_of([_kml_geometry(mark) for mark in marks]), None, columns)
    links = sum(local(one) == "NetworkLink" for one in root.iter())
    notes = (message("Links to other files were not followed: {count}.", count=links),) * bool(links)
    return Content("kml", encoding, placed.columns, placed.lonlat, placed.crs, (*placed.notes, *notes))


def read_kmz(path: Path, encoding: str | None) -> Content:
    """Read the one KML file in an archive."""
    with open_archive(path) as archive:
        name = _only(archive, ".kml", path.name)
        text, encoding_used = decode(read_member(archive, name), path.name, encoding)
    return read_kml(text, path.name, encoding_used)._replace(kind="kmz")


# Positions


def is_geometry(value: Any) -> bool:
    """Tell whether an object is a GeoJSON geometry."""
    return isinstance(value, dict) and isinstance(value.get("type"), str) and "coordinates" in value


def points_of(geometries: Sequence[Any]) -> Points:
    """Return a point for each geometry of GeoJSON or Shapely: itself, or one on the line or in the area."""
    xy = np.full((len(geometries), 2), np.nan)
    made = Counter[str]()
    for number, geometry in enumerate(geometries):
        pair = _pair(geometry)
        if pair is None and geometry is not None:
            shape = geometry if isinstance(geometry, BaseGeometry) else _shape(geometry)
            with np.errstate(invalid="ignore"):
                pair = _point_within(shape)
            if pair is not None and shape is not None and shapely.get_num_coordinates(shape) > 1:
                made[shape.geom_type] += 1
        if pair is not None:
            xy[number] = pair
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    return Points(xy, made)


def georeference(points: Points, stated: str | None, columns: Columns) -> Placed:
    """Convert positions to degrees.

    Parameters
    ----------
    points
        The positions in the file's coordinates.
    stated
        The CRS in words or figures that PROJ knows.
    columns
        What else the file has. Coordinates that cannot be converted are added to it, as ``x`` and ``y``.
    """
    notes = [
        message("Each {kind} became a point on or in it: {count}.", kind=kind, count=count)
        for kind, count in points.made.items()
    ]
    xy = points.xy
    there = ~np.isnan(xy[:, 0])
    if not there.any():
        return Placed(columns, None, None, tuple(notes))
    label, lonlat, doubt = to_degrees(xy, there, stated)
    if lonlat is None:
        x, y = unique_headings([*columns, "x", "y"])[-2:]
        columns = {**columns, **{name: _numbers(xy[:, axis]) for axis, name in enumerate((x, y))}}
        there_now = message("The coordinates are the columns {x} and {y}: give their CRS.", x=x, y=y)
        doubt = joined((doubt, there_now)) if doubt else there_now
    return Placed(columns, lonlat, label, (*notes, *(doubt,) * bool(doubt)))


def _pair(geometry: Any) -> tuple[float, float] | None:
    """Return the coordinates of a GeoJSON point."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    xy = geometry.get("coordinates")
    if not isinstance(xy, list) or len(xy) < 2 or not all(type(part) in (int, float) for part in xy[:2]):
        return None
    return float(xy[0]), float(xy[1])


def _shape(geometry: Any) -> BaseGeometry | None:
    """Read a GeoJSON geometry; ``None`` where it is none."""
    try:
        shape: BaseGeometry | None = shapely.from_geojson(orjson.dumps(geometry), on_invalid="ignore")
    except (shapely.errors.GEOSException, orjson.JSONEncodeError, TypeError):
        return None
    return shape


def _point_within(shape: BaseGeometry | None) -> tuple[float, float] | None:
    if shape is None or shape.is_empty:
        return None
    try:
        point = shapely.point_on_surface(shape)
    except shapely.errors.GEOSException:
        point = shapely.centroid(shape)
    return None if point.is_empty else (point.x, point.y)


def _numbers(values: FloatArray) -> list[Any]:
    return [None if value != value else value for value in values.tolist()]


# GeoJSON


def _members(feature: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a feature, its id before them where they have none."""
    properties = feature.get("properties")
    members = properties if isinstance(properties, dict) else {}
    return members if "id" in members or "id" not in feature else {"id": feature["id"], **members}


def _columns(records: list[dict[str, Any]], file: str) -> Columns:
    columns: Columns = {}
    for number, record in enumerate(records):
        for name, value in record.items():
            if name not in columns:
                columns[name] = [None] * len(records)
                refuse_columns(len(columns), file, len(records))
            columns[name][number] = clean_value(value, number + 1, file)
    return dict(zip(unique_headings(columns), columns.values(), strict=True))


# KML


def _facts(mark: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Give the names and values of a placemark: its simple elements, and its extended data."""
    for one in mark:
        if local(one) in ("name", "description", "address", "phoneNumber"):
            yield local(one), one.text or ""
        elif local(one) == "ExtendedData":
            for inner in one.iter():
                if local(inner) == "SimpleData":
                    yield inner.get("name", ""), inner.text or ""
                elif local(inner) == "Data":
                    values = (part.text or "" for part in inner if local(part) == "value")
                    yield inner.get("name", ""), next(values, "")


def _kml_geometry(mark: ElementTree.Element) -> BaseGeometry | None:
    """Return the geometry of a placemark; several become a collection."""
    parts = [part for one in mark.iter() if (part := _kml_part(one)) is not None]
    return parts[0] if len(parts) == 1 else shapely.GeometryCollection(parts) if parts else None


def _kml_part(element: ElementTree.Element) -> BaseGeometry | None:
    name = local(element)
    if name not in ("Point", "LineString", "Polygon"):
        return None
    rings = [_coordinates(one.text or "") for one in element.iter() if local(one) == "coordinates"]
    rings = [ring for ring in rings if ring]
    try:
        if not rings:
            return None
        if name == "Polygon":
            return shapely.Polygon(rings[0], rings[1:])
        return shapely.Point(rings[0][0]) if name == "Point" else shapely.LineString(rings[0])
    except (ValueError, shapely.errors.GEOSException):
        return shapely.Point(rings[0][0])


def _coordinates(text: str) -> list[tuple[float, float]]:
    """Read longitude and latitude of each vertex; return none if one is invalid."""
    try:
        parts = [corner.split(",") for corner in text.split()]
        corners = [(float(part[0]), float(part[1])) for part in parts]
        return corners if np.isfinite(corners).all() else []
    except (ValueError, IndexError):
        return []


# GDAL


def _only(archive: ZipFile, suffix: str, file: str) -> str:
    """Return the name of the one member with a suffix; the first where an archive of KML has several."""
    names = [
        name
        for name in archive.namelist()
        if name.lower().endswith(suffix) and not name.rpartition("/")[2].startswith("._")
    ]
    if len(names) != 1 and not (names and suffix == ".kml"):
        raise GeodataError(
            "{file} holds {count} files {suffix}, where there must be one. Pack one list at a time.",
            file=file,
            count=len(names),
            suffix=suffix,
        )
    return names[0]


def _unpack(path: Path, target: Path) -> str | None:
    """Unpack the files of a shapefile under plain names; return the encoding in its ``.cpg``."""
    with open_archive(path) as archive:
        stem = _only(archive, ".shp", path.name)[: -len(".shp")].lower()
        members = {name.lower(): name for name in archive.namelist()}
        for suffix in _SIDECARS:
            if name := members.get(stem + suffix):
                target.with_suffix(suffix).write_bytes(read_member(archive, name))
        page = members.get(stem + ".cpg")
        stated = stated_encoding(read_member(archive, page)) if page else None
    if not target.with_suffix(".dbf").exists():
        raise GeodataError("{file} has no .dbf file, which holds the names. Pack all parts.", file=path.name)
    target.with_suffix(".cpg").write_text(AS_BYTES)
    return stated


def stated_encoding(page: bytes) -> str | None:
    """Return the encoding in the ``.cpg`` of a shapefile, by Python's name for a code page."""
    words = page[:40].decode("ascii", "replace").strip().lower()
    number = _CODE_PAGE.fullmatch(words)
    return f"cp{number[1]}" if number else words or None


@contextmanager
def plain_faults(file: str, to_error: Callable[[str, str], GeodataError]) -> Iterator[None]:
    """Keep GDAL to this file; turn its errors into a `GeodataError` and drop its warnings."""
    import pyogrio

    pyogrio.set_gdal_config_options(GDAL_OPTIONS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FieldError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.GeometryError,
        pyogrio.errors.CRSError,
        UnicodeError,
    ) as fault:
        raise to_error(file, str(fault)) from None


def _damaged(file: str, fault: str) -> GeodataError:
    reason = re.sub(r"\S*/layer\.", "layer.", fault)[:200]
    return GeodataError("{file} is damaged or cut off: {fault}. Export it again.", file=file, fault=reason)


def _read_layer(target: Path, file: str, kind: str, stated: str | None) -> Content:
    import pyogrio

    name, others = _choose_layer(target, file)
    about, _, wkb, values = pyogrio.raw.read(target, layer=name, max_features=MAX_ROWS + 1)
    count = len(wkb) if wkb is not None else len(values[0]) if values else 0
    refuse_rows(count, file)
    refuse_columns(len(values), file, count)
    fields = list(zip(about["fields"].tolist(), map(_values, values, about["ogr_types"]), strict=True))
    encoding = None
    if kind == "shp":
        fields, encoding = _decode_fields(fields, file, stated)
    cleaned = [[clean_value(value, n, file) for n, value in enumerate(column, 1)] for _, column in fields]
    columns = dict(zip(unique_headings(name for name, _ in fields), cleaned, strict=True))
    shapes = shapely.from_wkb(wkb, on_invalid="ignore").tolist() if wkb is not None else [None] * count
    placed = georeference(points_of(shapes), about["crs"], columns)
    left = ", ".join(f'"{other}"' for other in others[:20])
    notes = (message('Only the layer "{name}" was read; left out: {others}.', name=name, others=left),) * bool(
        others
    )
    return Content(kind, encoding, placed.columns, placed.lonlat, placed.crs, (*notes, *placed.notes))


def _choose_layer(target: Path, file: str) -> tuple[str, list[str]]:
    """Choose the first layer with features, those with geometry before tables without."""
    import pyogrio

    layers = [(str(name), kind is None) for name, kind in pyogrio.list_layers(target)]
    for name, _ in sorted(layers, key=lambda layer: layer[1]):
        count = pyogrio.read_info(target, layer=name, force_feature_count=True)["features"]
        if count:
            refuse_rows(count, file)
            return name, [other for other, _ in layers if other != name]
    raise GeodataError("{file} has no features. Export the list again.", file=file)


def _values(column: np.ndarray[Any, Any], kind: str) -> list[Any]:
    """Turn a column from GDAL into plain values, missing numbers into ``None``."""
    if column.dtype.kind == "M":
        unit = "datetime64[D]" if kind == "OFTDate" else "datetime64[s]"
        return list(column.astype(unit).tolist())
    if column.dtype.kind == "f":
        whole = kind.startswith("OFTInteger")
        return [None if value != value else int(value) if whole else value for value in column.tolist()]
    return [None if isinstance(value, bytes) else value for value in column.tolist()]


def _decode_fields(
    fields: Iterable[tuple[str, list[Any]]], file: str, stated: str | None
) -> tuple[list[tuple[str, list[Any]]], str]:
    """Decode the names and texts of a shapefile in the encoding that is detected for them."""
    taken = list(fields)
    encoding = dbf_encoding([name for name, _ in taken], [column for _, column in taken], stated)
    if encoding is None:
        raise GeodataError(
            "{file} has texts that are not in UTF-8, GB18030, Big5 or CP949. Export it in UTF-8.",
            file=file,
        )
    texts = [(dbf_text(name, encoding), [dbf_text(value, encoding) for value in column]) for name, column in taken]
    return texts, encoding


def dbf_encoding(names: Iterable[str], columns: Iterable[Iterable[Any]], stated: str | None) -> str | None:
    """Detect the encoding of the names and texts of a shapefile, read as `AS_BYTES`."""
    texts = (*names, *(value for column in columns for value in column if isinstance(value, str)))
    return detect([text.encode(AS_BYTES) for text in texts], whole=False, stated=stated)


def dbf_text(value: Any, encoding: str | None) -> Any:
    """Decode a text without the incomplete character that a field of fixed width may end with."""
    is_bytes = encoding is not None and isinstance(value, str)
    return value.encode(AS_BYTES).decode(encoding, "ignore") if is_bytes else value
