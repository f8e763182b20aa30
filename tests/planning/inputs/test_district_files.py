"""District outlines come from any file of polygons, in any CRS, and are ready to be served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from shapely.geometry import box, mapping

from locator.errors import GeodataError, UsageError
from locator.planning.inputs.district_files import MOST_CORNERS, read_outlines
from locator.stations.geodata import read_districts, write_districts

# Two squares of 0.1° side by side in Tianjin.
HEPING, HEXI = box(117.1, 39.1, 117.2, 39.2), box(117.2, 39.1, 117.3, 39.2)


def geojson(path: Path, *features: tuple[dict[str, Any], Any], **members: Any) -> Path:
    """Write polygons with their facts."""
    listed = [{"type": "Feature", "properties": facts, "geometry": mapping(shape)} for facts, shape in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed, **members}), encoding="utf-8")
    return path


def layer(path: Path, crs: str, **columns: list[Any]) -> Path:
    """Write the two squares with GDAL, moved into a CRS."""
    import pyogrio

    move = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform
    squares = np.array([HEPING, HEXI], dtype=object)
    moved = shapely.transform(squares, lambda xy: np.column_stack(move(xy[:, 0], xy[:, 1])))
    pyogrio.raw.write(
        path,
        shapely.to_wkb(moved),
        [np.array(values, dtype=object) for values in columns.values()],
        list(columns),
        crs=crs,
        geometry_type="Polygon",
    )
    return path


def test_names_codes_and_residents_are_read(tmp_path: Path) -> None:
    """What is written for them in Chinese lists; what is missing is said."""
    path = geojson(
        tmp_path / "天津.geojson",
        ({"name": "和平区", "adcode": 120101, "常住人口": 355000}, HEPING),
        ({"name": "河西区", "adcode": 120103}, HEXI),
    )
    found = read_outlines(path)
    assert [(one.name, one.district_id, one.population) for one in found.districts] == [
        ("和平区", "120101", 355000),
        ("河西区", "120103", 0),
    ]
    assert any("河西区" in str(note) and "和平区" not in str(note) for note in found.notes)
    # At 39.15° north 0.2° of longitude are 17.29 km and 0.1° of latitude 11.10 km.
    assert found.area_km2() == pytest.approx(17.29 * 11.10, rel=2e-3)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4490", "EPSG:4549", "EPSG:32650"])
def test_a_geopackage_is_read_in_its_own_crs(tmp_path: Path, crs: str) -> None:
    """CGCS2000 and metres too."""
    found = read_outlines(layer(tmp_path / "d.gpkg", crs, 名称=["和平区", "河西区"]))
    assert [one.name for one in found.districts] == ["和平区", "河西区"]
    assert found.districts[0].outline.bounds == pytest.approx(HEPING.bounds, abs=2e-5)


def test_a_datum_can_be_named(tmp_path: Path) -> None:
    """DataV writes GCJ-02 without saying so; near Tianjin it lies 0.0010° north and 0.0062° east of WGS 84."""
    path = geojson(tmp_path / "d.geojson", ({"name": "和平区"}, HEPING))
    west, south, _, _ = read_outlines(path, datum="gcj02").districts[0].outline.bounds
    assert (west, south) == pytest.approx((117.1 - 0.0062, 39.1 - 0.0010), abs=1e-3)
    assert read_outlines(path).districts[0].outline.bounds == HEPING.bounds
    with pytest.raises(UsageError):
        read_outlines(path, datum="mars")


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ([({"name": "和平区"}, HEPING), ({"name": "和平区"}, HEXI)], "more than one outline"),
        ([({"name": ""}, HEPING)], "it has no name"),
        ([({"title": "x"}, HEPING)], "must have a column name"),
        ([({"name": "a"}, shapely.Point(117, 39))], "must be polygons"),
        ([({"name": "a"}, shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))], "not valid"),
        ([], "."),
    ],
)
def test_bad_outlines_get_clear_words(tmp_path: Path, features: list[Any], said: str) -> None:
    """With the file's name, and nothing is half read."""
    with pytest.raises(GeodataError) as caught:
        read_outlines(geojson(tmp_path / "outlines.geojson", *features))
    assert said in str(caught.value)
    assert "outlines.geojson" in str(caught.value)


def test_outlines_that_overlap_are_told(tmp_path: Path) -> None:
    """A shared edge is none."""
    pair = geojson(tmp_path / "a.geojson", ({"name": "a"}, HEPING), ({"name": "b"}, HEXI))
    assert not any("overlap" in str(note) for note in read_outlines(pair).notes)
    half_of_both = box(117.15, 39.1, 117.25, 39.2)
    over = geojson(tmp_path / "b.geojson", ({"name": "a"}, HEPING), ({"name": "b"}, half_of_both))
    assert any("a / b" in str(note) for note in read_outlines(over).notes)


def test_very_fine_outlines_are_simplified_together(tmp_path: Path) -> None:
    """Neighbours still meet, and no corner moves farther than is said."""
    # A wavy border of 40,000 corners between the two, 1 m high.
    lat = np.linspace(39.1, 39.2, 40_000)
    border = np.column_stack((117.2 + 0.00001 * np.sin(lat * 30_000), lat))
    west = shapely.Polygon([(117.1, 39.2), (117.1, 39.1), *border.tolist()])
    east = shapely.Polygon([(117.3, 39.1), (117.3, 39.2), *border[::-1].tolist()])
    path = geojson(tmp_path / "fine.geojson", ({"name": "a"}, west), ({"name": "b"}, east))
    found = read_outlines(path)
    outlines = [one.outline for one in found.districts]
    assert shapely.get_num_coordinates(outlines).sum() <= MOST_CORNERS
    assert any("simplified" in str(note) for note in found.notes)
    assert outlines[0].hausdorff_distance(HEPING) < 0.0002
    assert shapely.intersection(*outlines).area < 1e-9
    assert shapely.union_all(outlines).area == pytest.approx(0.02, rel=1e-4)


@pytest.mark.usefixtures("own_process")
def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """As the store keeps it, and as this reader takes it, in its own process."""
    first = read_outlines(geojson(tmp_path / "d.geojson", ({"name": "和平区", "adcode": "120101"}, HEPING)))
    write_districts(tmp_path / "districts.geojson", first.districts)
    (served,) = read_districts(tmp_path / "districts.geojson")
    assert (served.district_id, served.name, served.name_en) == ("120101", "和平区", "和平区")
    assert served.outline.equals(HEPING)
    assert read_outlines(tmp_path / "districts.geojson").districts[0].outline.equals(HEPING)
