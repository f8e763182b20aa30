"""Demand, candidates and areas from layers of features.

Most are read in this process: one of their own, as in `test_planner_files_limits`, takes most of a second.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import prcoords
import pytest
import shapely
from pyproj import Transformer

from locator.config import bundled
from locator.errors import GeodataError
from locator.files import limits
from locator.planning.inputs import planner_files as planned
from locator.planning.inputs.planner_files import read_areas_here as read_areas
from locator.planning.inputs.planner_files import read_candidates_here as read_candidates
from locator.planning.inputs.planner_files import read_demand_here as read_demand
from locator.stations.geodata import read_districts

WEST = shapely.box(116.30, 39.90, 116.35, 39.95)
EAST = shapely.box(116.35, 39.90, 116.40, 39.95)
UTM = "EPSG:32650"


@pytest.fixture
def layer_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a layer and say where."""

    def write(geometries: list[Any], file: str = "need.gpkg", crs: str = "EPSG:4326", **columns: Any) -> Path:
        path = tmp_path / file
        frame = gpd.GeoDataFrame(columns, geometry=geometries, crs=crs)
        if path.suffix == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path)
        return path

    return write


@pytest.mark.parametrize("name", ["need.geojson", "need.gpkg", "need.shp", "need.parquet", "need.fgb"])
def test_a_layer_of_points_stays_points(layer_file: Callable[..., Path], name: str) -> None:
    """In every format, ids as texts."""
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    found = [shapely.Point(116.4, 39.9), shapely.Point(116.5, 39.8), shapely.Point(116.45, 39.7)]
    demand = planned.read_demand(layer_file(found, name, weight=[1.5, 0, 7], demand_id=["a", "b", "c"]))
    order = np.argsort(np.array(demand.ids))  # FlatGeobuf files features in an order of its own
    assert sorted(demand.ids or ()) == ["a", "b", "c"]
    np.testing.assert_allclose(demand.lonlat[order], [[116.4, 39.9], [116.5, 39.8], [116.45, 39.7]], atol=1e-12)
    np.testing.assert_array_equal(demand.weight[order], [1.5, 0, 7])
    assert not demand.spread_evenly


@pytest.mark.parametrize("name", ["need.gpkg", "need.parquet"])
def test_a_layer_in_metres_is_placed(layer_file: Callable[..., Path], name: str) -> None:
    """The CRS of the file counts, against pyproj; numbers serve as ids, and population as weight."""
    path = layer_file([shapely.Point(450_000, 4_420_000)], name, UTM, population=[3], demand_id=[7])
    demand = read_demand(path)
    expected = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True).transform(450_000, 4_420_000)
    np.testing.assert_allclose(demand.lonlat, [expected], atol=1e-9)
    assert demand.ids == ("7",)
    assert demand.weight.tolist() == [3]


def test_a_layer_without_a_crs_needs_to_be_told(layer_file: Callable[..., Path]) -> None:
    """What is asked for stands in, a CRS or a datum."""
    path = layer_file([shapely.Point(450_000, 4_420_000)], "need.shp", UTM, weight=[3])
    path.with_suffix(".prj").unlink()
    with pytest.raises(GeodataError, match="does not say what its coordinates refer to"):
        read_demand(path)
    assert read_demand(path, crs=UTM).lonlat[0, 1] == pytest.approx(39.93, abs=0.01)
    with pytest.raises(GeodataError, match=r"row 1: \[450000, 4.42e\+06\] is not a place"):
        read_demand(path, datum="gcj02")


def test_a_datum_is_for_degrees(layer_file: Callable[..., Path]) -> None:
    """A file in metres cannot be in GCJ-02."""
    with pytest.raises(GeodataError, match="should be in degrees"):
        read_demand(layer_file([shapely.Point(450_000, 4_420_000)], crs=UTM, weight=[3]), datum="gcj02")


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_geojson_file_may_name_its_datum(tmp_path: Path, place: str) -> None:
    """The member ``datum`` counts here as in the shipped files, but what is asked for counts more."""
    lat, lon = prcoords.wgs_gcj((39.9155, 116.4050))
    point = {"type": "Point", "coordinates": [lon, lat]}
    features = [{"type": "Feature", "properties": {"weight": 2}, "geometry": point}]
    members = {"datum": "GCJ-02"}
    path = tmp_path / "need.geojson"
    content = {**members, "features": features} if place == "before" else {"features": features, **members}
    path.write_text(json.dumps({"type": "FeatureCollection", **content}))
    np.testing.assert_allclose(read_demand(path).lonlat, [[116.4050, 39.9155]], atol=1e-6)
    np.testing.assert_allclose(read_demand(path, datum="wgs84").lonlat, [[lon, lat]], atol=1e-12)


@pytest.mark.parametrize("crs", ["EPSG:4326", UTM])
def test_polygons_share_their_weight_out_by_area(layer_file: Callable[..., Path], crs: str) -> None:
    """Sums are kept polygon by polygon, also by one that is smaller than a cell, and no point is outside."""
    small = shapely.box(116.5, 39.9, 116.5005, 39.9005)
    outlines = [WEST, EAST, small, shapely.box(116.6, 39.9, 116.7, 40.0)]
    frame = gpd.GeoSeries(outlines, crs=4326).to_crs(crs)
    demand = read_demand(layer_file(list(frame), crs=crs, weight=[1000.5, 3, 17, 0]), spacing_m=300)
    assert demand.spread_evenly
    assert demand.ids is None
    for outline, weight in zip(outlines, (1000.5, 3, 17, 0), strict=True):
        # The sides in metres are a hair off the sides in degrees.
        inside = shapely.contains_xy(outline.buffer(1e-4 * (crs == UTM)), demand.lonlat)
        tolerance = 1e-9 if crs != UTM else 0.2
        assert demand.weight[inside].sum() == pytest.approx(weight, rel=tolerance)
    assert demand.weight.sum() == pytest.approx(1020.5, rel=1e-9)


def test_many_small_polygons_are_a_point_each(layer_file: Callable[..., Path]) -> None:
    """Grid squares of 100 m need no grid of their own."""
    corners = 116.3 + np.arange(2000) * 1e-3
    squares = shapely.box(corners, 39.9, corners + 1e-3, 39.901)
    demand = read_demand(layer_file(list(squares), weight=np.arange(1, 2001)), spacing_m=250)
    np.testing.assert_array_equal(demand.weight, np.arange(1, 2001))
    assert shapely.contains_xy(squares, demand.lonlat).all()


@pytest.mark.parametrize(
    ("geometries", "words"),
    [
        ([shapely.Point(1, 1), WEST], "row 2: it is a Polygon, where all must be points"),
        ([WEST, shapely.Point(1, 1)], "row 2: it is a Point, where all must be polygons"),
        ([shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)])], "row 2: it is a LineString"),
        ([shapely.Point(1, 1), shapely.MultiPoint([(0, 0), (1, 1)])], "row 2: it is a MultiPoint"),
        ([shapely.Point(1, 1), shapely.Point()], "row 2: it has no geometry"),
        ([None, shapely.Point(1, 1)], "row 1: it has no geometry"),
        ([WEST, shapely.Polygon()], "row 2: it has no geometry"),
        ([WEST, shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])], "row 2: the geometry is not valid"),
        ([shapely.Point(1, 1), shapely.Point(39.9, 116.4)], "row 2: [39.9, 116.4] is not a place"),
        ([WEST, shapely.box(100, 80, 101, 91)], "row 2: [100, 80] is not a place"),
    ],
)
def test_a_bad_geometry_is_named(layer_file: Callable[..., Path], geometries: list[Any], words: str) -> None:
    """Mixed, empty, broken or off the earth."""
    with pytest.raises(GeodataError, match=r"need\.gpkg has 1 faults") as caught:
        read_demand(layer_file(geometries, weight=[1, 1]))
    assert f"need.gpkg, {words}" in str(caught.value)


def test_a_layer_of_too_many_features_is_refused(
    layer_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it fills the memory."""
    monkeypatch.setattr(limits, "MAX_POINTS", 3)
    with pytest.raises(GeodataError, match="more than 3 rows"):
        read_demand(layer_file(shapely.points(np.ones((4, 2))), weight=[1] * 4))


@pytest.mark.parametrize("name", ["need.geojsonl", "need.geojson", "need.ndjson"])
@pytest.mark.parametrize("lost", [0, 30])
def test_geojson_in_lines_is_refused(tmp_path: Path, name: str, lost: int) -> None:
    """Whole or cut off in the last line: whether lines are missing cannot be told."""
    point = {"type": "Point", "coordinates": [116.4, 39.9]}
    line = json.dumps({"type": "Feature", "properties": {"weight": 1}, "geometry": point})
    path = tmp_path / name
    path.write_text("\n".join([line] * 5)[: 5 * len(line) + 4 - lost])
    with pytest.raises(GeodataError, match="is GeoJSON in lines"):
        read_demand(path)
    with pytest.raises(GeodataError, match="is GeoJSON in lines"):
        read_areas(path)


def test_half_a_geojson_file_is_refused(layer_file: Callable[..., Path]) -> None:
    """A collection says where it ends."""
    path = layer_file(list(shapely.points(np.ones((50, 2)))), "need.geojson", weight=[1] * 50)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(GeodataError, match=r"need\.geojson cannot be read"):
        read_demand(path)


def test_a_multipoint_of_one_point_is_a_point(layer_file: Callable[..., Path]) -> None:
    """Many programs write nothing else."""
    demand = read_demand(layer_file([shapely.MultiPoint([(116.4, 39.9)])], weight=[4]))
    np.testing.assert_array_equal(demand.lonlat, [[116.4, 39.9]])


@pytest.mark.parametrize("weight", [[1.0, -2.0], ["1", "few"], [1.0, float("inf")]])
def test_a_bad_weight_is_named(layer_file: Callable[..., Path], weight: list[Any]) -> None:
    """Negative, no number, no end."""
    points = [shapely.Point(1, 1), shapely.Point(2, 2)]
    with pytest.raises(GeodataError, match=r"row 2: the weight .* is not a number of 0 or more"):
        read_demand(layer_file(points, weight=weight))


def test_ids_of_a_layer_are_unique(layer_file: Callable[..., Path]) -> None:
    """The second of two is the fault."""
    points = [shapely.Point(1, 1), shapely.Point(2, 2), shapely.Point(3, 3)]
    with pytest.raises(GeodataError, match="row 3: the demand_id '5' stands in the file already"):
        read_demand(layer_file(points, weight=[1, 1, 1], demand_id=[5, 6, 5]))


def test_a_layer_without_weights_says_what_it_has(layer_file: Callable[..., Path]) -> None:
    """The names that would do, and those there are."""
    with pytest.raises(GeodataError, match="must have a column weight or population; it has: height, name"):
        read_demand(layer_file([shapely.Point(1, 1)], height=[1], name=["x"]))


def test_a_file_of_two_layers_is_refused(layer_file: Callable[..., Path]) -> None:
    """Which one is meant is not to be guessed."""
    path = layer_file([shapely.Point(1, 1)], weight=[1])
    gpd.GeoDataFrame({"weight": [1]}, geometry=[WEST], crs=4326).to_file(path, layer="areas")
    with pytest.raises(GeodataError, match="must have one layer with geometry; it has: need, areas"):
        read_demand(path)


def test_a_parquet_file_without_geometry_is_refused(tmp_path: Path) -> None:
    """Columns of numbers are no layer; and one of another encoding says which."""
    pytest.importorskip("pyarrow")
    path = tmp_path / "need.parquet"
    frame = gpd.GeoDataFrame({"weight": [1]}, geometry=[shapely.Point(1, 1)], crs=4326)
    frame[["weight"]].to_parquet(path)
    with pytest.raises(GeodataError, match="is not GeoParquet"):
        read_demand(path)
    frame.to_parquet(path, geometry_encoding="geoarrow")
    with pytest.raises(GeodataError, match="has its geometry as point"):
        read_demand(path)


def test_candidates_come_from_a_layer_of_points(layer_file: Callable[..., Path]) -> None:
    """Numbered from 1 where they have no id; polygons are not places."""
    points = [shapely.Point(116.4, 39.9), shapely.Point(116.5, 39.8)]
    assert read_candidates(layer_file(points, weight=[1, 1])).ids == ("1", "2")
    named = read_candidates(layer_file(points, "b.gpkg", candidate_id=["x", "y"], hours=["24/7", None]))
    assert named.ids == ("x", "y")
    assert named.hours == ("24/7", None)
    with pytest.raises(GeodataError, match="row 1: it is a Polygon, where all must be points"):
        read_candidates(layer_file([WEST], "c.gpkg", candidate_id=["x"]))


def test_the_shipped_districts_are_areas() -> None:
    """Every figure and corner is the same as in the catalogue."""
    path = bundled("geodata") / "districts.geojson"
    for found, expected in zip(read_areas(path), read_districts(path), strict=True):
        assert shapely.equals_exact(found.outline, expected.outline, 1e-12)
        assert (found.district_id, found.name, found.name_en, found.population) == (
            expected.district_id,
            expected.name,
            expected.name_en,
            expected.population,
        )


def test_any_layer_of_polygons_is_areas(layer_file: Callable[..., Path]) -> None:
    """In metres, with nothing but names."""
    metres = gpd.GeoSeries([WEST, EAST], crs=4326).to_crs(UTM)
    west, east = read_areas(layer_file(list(metres), crs=UTM, name=["甲", "乙"]))
    assert (west.district_id, west.name, west.name_en, west.population) == ("1", "甲", "甲", 0)
    assert east.district_id == "2"
    assert shapely.equals_exact(west.outline, WEST, 1e-9)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"title": ["a", "b"]}, "must have a column name; it has: title"),
        ({"name": ["a", None]}, "row 2: it has no name"),
        ({"name": ["a", "b"], "district_id": ["x", "x"]}, "row 2: the district_id 'x' stands in the file already"),
        ({"name": ["a", "b"], "population_2020": [1, -1]}, "row 2: the population_2020 -1 is not a number of 0"),
    ],
)
def test_bad_areas_are_named(layer_file: Callable[..., Path], columns: dict[str, list[Any]], words: str) -> None:
    """Names, ids and residents are checked, and points are no areas."""
    with pytest.raises(GeodataError) as caught:
        read_areas(layer_file([WEST, EAST], **columns))
    assert words in str(caught.value)
    with pytest.raises(GeodataError, match="row 1: it is a Point, where all must be polygons"):
        read_areas(layer_file([shapely.Point(1, 1)], "points.gpkg", name=["a"]))
