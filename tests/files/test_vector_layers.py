"""Features with geometry, in every format that has them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from locator.errors import GeodataError
from locator.files.json_records import read_json
from locator.files.tables import Content
from locator.files.vector_layers import read_kml, read_kmz, read_layer

NAMES = ["东华门驿站", "王府井驿站"]
AT = [[116.4, 39.9], [116.5, 40.0]]
# Gauss-Kruger zone of CGCS2000 with central meridian 117° E: on the meridian, x is 500 km, and the northing at
# 40° N is the length of the meridian arc on the ellipsoid, 4,429,529.03 m by Helmert's series.
ON_MERIDIAN = (500_000.0, 4_429_529.03)


def geojson(features: list[dict[str, Any]], **members: Any) -> Content:
    """Read a collection."""
    data = {"type": "FeatureCollection", **members, "features": features}
    return read_json(json.dumps(data, ensure_ascii=False), "list.geojson", "utf-8")


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    """Make a feature."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def write(path: Path, driver: str, points: Any = AT, crs: str | None = "EPSG:4326", **options: Any) -> Path:
    """Write a layer with GDAL: a name and a number for each point."""
    values = [np.array(NAMES, dtype=object), np.array([1, 2])]
    wkb = shapely.to_wkb(shapely.points(points))
    pyogrio.raw.write(
        str(path), wkb, values, ["名称", "n"], driver=driver, geometry_type="Point", crs=crs, **options
    )
    return path


# GeoJSON


def test_geojson_keeps_nested_properties_and_gives_positions() -> None:
    """An id of the feature is a column where its properties have none; a feature may lack a geometry."""
    content = geojson(
        [
            {"id": "a1", **feature("Point", [116.4, 39.9, 5], name=" 甲 ", amenities={"water": "yes"})},
            {"type": "Feature", "properties": None, "geometry": None},
        ]
    )
    assert (content.kind, content.crs) == ("geojson", None)
    assert content.columns == {"id": ["a1", None], "name": ["甲", None], "amenities": [{"water": "yes"}, None]}
    np.testing.assert_array_equal(content.lonlat, [[116.4, 39.9], [np.nan, np.nan]])


def test_the_crs_of_older_geojson_is_applied() -> None:
    """On the central meridian of its zone a position is known by hand."""
    content = geojson(
        [feature("Point", ON_MERIDIAN, n=1)],
        crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}},
    )
    assert content.crs == "EPSG:4548"
    np.testing.assert_allclose(content.lonlat, [[117, 40]], atol=1e-7)
    crs84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    content = geojson([feature("Point", [116.4, 39.9], n=1)], crs=crs84)
    assert content.crs == "EPSG:4326"
    np.testing.assert_array_equal(content.lonlat, [[116.4, 39.9]])


def test_coordinates_that_are_no_degrees_become_columns() -> None:
    """Nobody says what they mean, and a note says so."""
    content = geojson([feature("Point", ON_MERIDIAN, x="kept"), feature("Point", [1, 2])])
    assert content.lonlat is None
    assert content.columns == {"x": ["kept", None], "x (2)": [500_000, 1], "y": [ON_MERIDIAN[1], 2]}
    assert "give their CRS" in content.notes[0]


def test_a_crs_that_is_not_known_is_said() -> None:
    """Coordinates that look like degrees are kept as they are."""
    content = geojson([feature("Point", [116.4, 39.9])], crs={"properties": {"name": "urn:x:nonsense"}})
    assert content.crs is None
    assert "CRS of the file is not known" in content.notes[0]
    np.testing.assert_array_equal(content.lonlat, [[116.4, 39.9]])


def test_areas_and_lines_become_a_point_in_them() -> None:
    """In a U the centre lies outside, the point does not; empty geometry is no position."""
    u = [[0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3], [0, 0]]
    content = geojson(
        [
            feature("Polygon", [u]),
            feature("LineString", [[1, 1], [2, 2], [3, 3]]),
            feature("MultiPoint", [[5, 6]]),
            feature("Polygon", []),
            feature("Point", ["a", 1]),
            feature("Nonsense", [1]),
        ]
    )
    assert content.lonlat is not None
    assert shapely.Polygon(u).contains(shapely.Point(content.lonlat[0]))
    assert content.lonlat[1].tolist() == [2, 2]
    assert content.lonlat[2].tolist() == [5, 6]
    assert np.isnan(content.lonlat[3:]).all()
    assert content.notes == (
        "Each Polygon became a point on or in it: 1.",
        "Each LineString became a point on or in it: 1.",
    )


def test_positions_off_the_earth_are_none() -> None:
    """In degrees no number is above 180."""
    content = geojson([feature("Point", [400, 1])], crs={"properties": {"name": "EPSG:4326"}})
    assert content.lonlat is not None
    assert np.isnan(content.lonlat).all()


@pytest.mark.parametrize("features", [[], [1], "x", None])
def test_geojson_without_features_is_refused(features: Any) -> None:
    """There is nothing to read."""
    with pytest.raises(GeodataError, match=r"no features|not a GeoJSON"):
        geojson(features)


# GeoPackage and FlatGeobuf


@pytest.mark.parametrize(("kind", "driver"), [("gpkg", "GPKG"), ("fgb", "FlatGeobuf")])
def test_layers_are_read_with_their_crs(tmp_path: Path, kind: str, driver: str) -> None:
    """Degrees as they are, metres brought to degrees; ints stay ints."""
    content = read_layer(write(tmp_path / f"a.{kind}", driver, SPATIAL_INDEX="NO"), kind)
    assert (content.kind, content.encoding, content.crs) == (kind, None, "EPSG:4326")
    assert content.columns == {"名称": NAMES, "n": [1, 2]}
    np.testing.assert_array_equal(content.lonlat, AT)
    metres = write(tmp_path / f"b.{kind}", driver, [ON_MERIDIAN] * 2, "EPSG:4548", SPATIAL_INDEX="NO")
    content = read_layer(metres, kind)
    assert content.crs == "EPSG:4548"
    np.testing.assert_allclose(content.lonlat, [[117, 40]] * 2, atol=1e-7)


def test_the_first_layer_with_features_is_read(tmp_path: Path) -> None:
    """The others are named."""
    path = tmp_path / "a.gpkg"
    empty = np.array([], dtype=object)
    pyogrio.raw.write(
        str(path), empty, [empty], ["名称"], layer="空", driver="GPKG", geometry_type="Point", crs="EPSG:4326"
    )
    write(path, "GPKG", layer="驿站", append=False)
    write(path, "GPKG", layer="其他", append=False)
    content = read_layer(path, "gpkg")
    assert content.columns["n"] == [1, 2]
    assert content.notes[0] == 'Only the layer "驿站" was read; left out: "空", "其他".'


def test_a_geopackage_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    """Nothing of the folder it was read in stands in the message."""
    path = write(tmp_path / "a.gpkg", "GPKG")
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(GeodataError, match=r"a\.gpkg is damaged or cut off") as caught:
        read_layer(path, "gpkg")
    assert "/" not in str(caught.value)


# Shapefile


def shapefile(folder: Path, encoding: str, cpg: str | None, crs: str | None = "EPSG:4326") -> Path:
    """Write a zipped shapefile, its ``.cpg`` saying this, or left out."""
    folder.mkdir(exist_ok=True)
    points = AT if crs else [ON_MERIDIAN] * 2
    write(folder / "站点.shp", "ESRI Shapefile", points, crs, encoding=encoding)
    with zipfile.ZipFile(folder / "站点.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            part = folder / f"站点{suffix}"
            if part.exists():
                archive.write(part, f"数据/站点{suffix}".upper())
        if cpg is not None:
            archive.writestr("数据/站点.cpg", cpg)
    return folder / "站点.zip"


@pytest.mark.parametrize(
    ("written", "cpg", "found"),
    [
        ("UTF-8", "UTF-8", "utf-8"),
        ("UTF-8", "936", "utf-8"),
        ("UTF-8", None, "utf-8"),
        ("GBK", "ANSI 936", "gbk"),
        ("GBK", None, "gb18030"),
        ("GBK", "UTF-8", "gb18030"),
        ("GBK", "ISO-8859-1", "gb18030"),
        ("GBK", "nonsense \xff", "gb18030"),
    ],
)
def test_texts_of_a_shapefile_are_read_whatever_its_cpg_says(
    tmp_path: Path, written: str, cpg: str | None, found: str
) -> None:
    """Right, wrong or missing."""
    content = read_layer(shapefile(tmp_path, written, cpg), "shp")
    assert (content.kind, content.encoding, content.crs) == ("shp", found, "EPSG:4326")
    assert content.columns == {"名称": NAMES, "n": [1, 2]}
    np.testing.assert_array_equal(content.lonlat, AT)


def test_a_shapefile_without_prj_has_columns_of_coordinates(tmp_path: Path) -> None:
    """Nothing says what metres they are."""
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        path = shapefile(tmp_path, "UTF-8", "UTF-8", crs=None)
    content = read_layer(path, "shp")
    assert (content.lonlat, content.crs) == (None, None)
    assert content.columns["x"] == [500_000, 500_000]


def test_an_archive_of_two_shapefiles_or_without_dbf_is_refused(tmp_path: Path) -> None:
    """Which is the list cannot be known; what has no table has no names."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.shp", b"")
        archive.writestr("b.shp", b"")
    with pytest.raises(GeodataError, match=r"holds 2 files \.shp"):
        read_layer(tmp_path / "a.zip", "shp")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.shp", b"")
    with pytest.raises(GeodataError, match=r"no \.dbf"):
        read_layer(tmp_path / "b.zip", "shp")


# KML

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>层</name>
<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>
<Placemark><name>甲 &amp; 乙</name><description><![CDATA[<b>开放</b>]]></description>
<ExtendedData><Data name="电话"><displayName>x</displayName><value> 010 </value></Data></ExtendedData>
<Point><coordinates>116.4,39.9,0</coordinates></Point></Placemark></Folder>
<Placemark><ExtendedData><SchemaData><SimpleData name="区">东城</SimpleData></SchemaData></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 2,0
 2,2 0,2 0,0</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><name>丙</name></Placemark>
<Placemark><name>丁</name><Point><coordinates>east</coordinates></Point></Placemark>
</Document></kml>"""


def test_placemarks_of_every_folder_are_read() -> None:
    """With name, description and extended data; links are not followed."""
    content = read_kml(KML, "a.kml", "utf-8")
    assert content.columns == {
        "name": ["甲 & 乙", None, "丙", "丁"],
        "description": ["<b>开放</b>", None, None, None],
        "电话": ["010", None, None, None],
        "区": [None, "东城", None, None],
    }
    np.testing.assert_array_equal(content.lonlat, [[116.4, 39.9], [1, 1], [np.nan] * 2, [np.nan] * 2])
    assert content.notes == (
        "Each Polygon became a point on or in it: 1.",
        "Links to other files were not followed: 1.",
    )


def test_kmz_is_read(tmp_path: Path) -> None:
    """The KML in it, in any encoding."""
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", KML.replace("UTF-8", "GBK").encode("gbk"))
        archive.writestr("files/icon.png", b"x")
    content = read_kmz(tmp_path / "a.kmz", None)
    assert (content.kind, content.encoding) == ("kmz", "gb18030")
    assert content.columns["区"][1] == "东城"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (KML[:-20], "damaged or cut off"),
        ("<kml></kml>", "no placemarks"),
        ('<!DOCTYPE kml [<!ENTITY e SYSTEM "file:///etc/passwd">]><kml>&e;</kml>', "DOCTYPE"),
        ("<kml>&e;</kml>", "damaged"),
        ("<kml>" + "<Placemark>" * 50_000 + "</Placemark>" * 50_000 + "</kml>", "more than 100 deep"),
    ],
)
def test_kml_that_is_damaged_or_does_harm_is_refused(text: str, reason: str) -> None:
    """Nothing of it is used."""
    with pytest.raises(GeodataError, match=reason):
        read_kml(text, "a.kml", "utf-8")
