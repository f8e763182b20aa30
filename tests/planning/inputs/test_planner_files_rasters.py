"""Demand from the cells of rasters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import prcoords
import pytest
from pyproj import Transformer

from locator.errors import GeodataError
from locator.files import rasters
from locator.planning.inputs.planner_files import read_demand_here as read_demand

UTM = "EPSG:32650"


def write_raster(path: Path, cells: np.ndarray[Any, Any], **options: Any) -> Path:
    """Write a raster of 0.01 degree from 116 E, 40 N southward."""
    rasterio = pytest.importorskip("rasterio")
    cells = cells[None] if cells.ndim == 2 else cells
    about = {
        "driver": "GTiff",
        "count": cells.shape[0],
        "height": cells.shape[1],
        "width": cells.shape[2],
        "dtype": cells.dtype.name,
        "crs": "EPSG:4326",
        "transform": rasterio.Affine(0.01, 0, 116, 0, -0.01, 40),
    }
    with rasterio.open(path, "w", **(about | options)) as file:
        file.write(cells)
    return path


def test_cells_of_a_raster_become_points_in_their_middles(tmp_path: Path) -> None:
    """Cells of 0 and those without data are left out, rows run from north to south."""
    path = write_raster(tmp_path / "need.tif", np.array([[1, 0, -9], [2.5, np.nan, 4]], "float32"), nodata=-9)
    demand = read_demand(path)
    np.testing.assert_allclose(demand.lonlat, [[116.005, 39.995], [116.005, 39.985], [116.025, 39.985]])
    np.testing.assert_array_equal(demand.weight, [1, 2.5, 4])
    assert demand.ids is None
    assert not demand.spread_evenly


@pytest.mark.parametrize("at_once", [1, 700, 4_000_000])
def test_a_raster_is_read_by_parts_without_a_seam(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Every cell once, wherever it is cut, in metres of another CRS."""
    rasterio = pytest.importorskip("rasterio")
    monkeypatch.setattr(rasters, "_CELLS_AT_ONCE", at_once)
    cells = np.random.default_rng(1).integers(0, 4, (50, 33)).astype("uint8")
    corner = rasterio.Affine(100, 0, 440_000, 0, -100, 4_420_000)
    tiles = {"tiled": True, "blockxsize": 16, "blockysize": 16}
    path = write_raster(tmp_path / "need.tif", cells, crs=UTM, transform=corner, **tiles)
    demand = read_demand(path)
    row, column = np.nonzero(cells)
    to_lonlat = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    x, y = to_lonlat.transform(440_050 + 100 * column, 4_419_950 - 100 * row)
    np.testing.assert_allclose(demand.lonlat, np.column_stack((x, y)), atol=1e-9)
    np.testing.assert_array_equal(demand.weight, cells[row, column])


def test_a_raster_in_a_shifted_datum_is_placed(tmp_path: Path) -> None:
    """Degrees of GCJ-02 are possible here too."""
    path = write_raster(tmp_path / "need.tif", np.array([[1]], "uint8"))
    lon, lat = read_demand(path, datum="gcj02").lonlat[0]
    assert prcoords.wgs_gcj((lat, lon)) == pytest.approx((39.995, 116.005), abs=1e-6)


def test_a_negative_cell_is_named(tmp_path: Path) -> None:
    """With its row from the north and its column from the west."""
    path = write_raster(tmp_path / "need.tif", np.array([[1, 2, 3], [4, 5, -6]], "int16"))
    with pytest.raises(GeodataError, match=r"row 2: the value of the cell in column 3, -6, is not 0 or more"):
        read_demand(path)


@pytest.mark.parametrize(
    ("cells", "options", "words"),
    [
        (np.ones((2, 3, 3), "uint8"), {}, "must have one band, the weight of each cell, not 2"),
        (np.ones((3, 3), "uint8"), {"crs": None}, "does not say what its coordinates refer to"),
        (np.zeros((3, 3), "uint8"), {}, "has nothing in it to read"),
    ],
)
def test_a_raster_that_is_no_demand_is_refused(
    tmp_path: Path, cells: Any, options: dict[str, Any], words: str
) -> None:
    """Several bands, no place, nobody."""
    with pytest.raises(GeodataError, match=words):
        read_demand(write_raster(tmp_path / "need.tif", cells, **options))


def test_a_picture_without_a_place_is_refused(tmp_path: Path) -> None:
    """Counted in pixels it would lie off Africa."""
    rasterio = pytest.importorskip("rasterio")
    path = tmp_path / "need.tif"
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(path, "w", driver="GTiff", count=1, width=2, height=2, dtype="uint8") as file,
    ):
        file.write(np.ones((1, 2, 2), "uint8"))
    with pytest.raises(GeodataError, match="does not say where its cells are"):
        read_demand(path, crs="EPSG:4326")
