"""The planner keeps its latest answers; a demand file that cannot be read stops it with a sentence, once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from locator import create_app
from locator.config import Settings
from locator.stations.catalog import Catalog
from locator.web import studies

ASKED = "/api/coverage?lang=en"


def write_raster(path: Path, side: int, weight: int) -> None:
    """Write a raster of some hundred metres, or one of nothing at all that would be read for hours."""
    rasterio = pytest.importorskip("rasterio")
    place = {"crs": "EPSG:4326", "transform": rasterio.Affine(1e-4, 0, 116.4, 0, -1e-4, 39.92)}
    size = {"count": 1, "width": side, "height": side, "dtype": "uint8"}
    blocks = {"tiled": True, "blockxsize": 16_384, "blockysize": 16_384, "SPARSE_OK": True, "BIGTIFF": "YES"}
    with rasterio.open(path, "w", driver="GTiff", **place, **size, **(blocks if side > 10_000 else {})) as file:
        if weight:
            file.write(np.full((1, side, side), weight, "uint8"))


def test_a_demand_file_that_asks_for_too_much_is_told_and_read_once(
    tmp_path: Path, donghuamen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finder answers on; the same file is not read again, and a good one in its place is."""
    path = tmp_path / "people.tif"
    write_raster(path, 200_000, 0)
    client = create_app(Settings(geodata=donghuamen, demand=path)).test_client()
    first = client.get(ASKED)
    assert first.status_code == 503
    assert "people.tif has 40,000,000,000 cells; at most 1,000,000,000 can be read." in first.json["detail"]
    assert client.get("/api/nearest?lat=39.9155&lon=116.405").status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(studies, "read_demand", lambda _: pytest.fail("it is read again"))
        assert client.get(ASKED).json == first.json
        assert "40,000,000,000" in client.get("/planner?lang=zh").text
    write_raster(path, 20, 1)
    found = client.get(ASKED)
    assert found.status_code == 200
    assert found.json["total"]["demand"] == 400


def test_the_latest_answers_are_kept_and_older_ones_are_not(catalog: Catalog, donghuamen: Path) -> None:
    """However many are asked for; the latest is not worked out again, one that is long ago is."""
    made: list[int] = []
    kept = studies.Studies(catalog, Settings(geodata=donghuamen))

    def ask(number: int) -> None:
        def make() -> str:
            made.append(number)
            return f"answer {number}"

        assert kept.once(("question", number), make) == f"answer {number}"

    count = 5 * studies.KEPT
    for number in range(count):
        ask(number)
    assert made == list(range(count))
    ask(count - 1)
    assert made == list(range(count))
    ask(0)
    assert made == [*range(count), 0]
