"""Demand, candidates and areas are read within limits, whatever a file asks for, and nothing else is touched."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from locator.config import bundled
from locator.errors import GeodataError, UsageError
from locator.files import limited_process
from locator.planning.inputs import planner_files
from locator.planning.inputs.planner_files import (
    read_areas,
    read_areas_here,
    read_candidates,
    read_demand,
    read_demand_here,
)
from locator.planning.inputs.rule_files import read_quotas, read_standards
from locator.planning.inputs.scenario_files import read_scenario

POINT = {"type": "Point", "coordinates": [116.4, 39.9]}
FEATURE = {"type": "Feature", "properties": {"weight": 1}, "geometry": POINT}
AREA = shapely.box(116.3, 39.9, 116.4, 40.0)


def layer(path: Path, **columns: Any) -> Path:
    """Write a layer of two points."""
    points = [shapely.Point(116.4, 39.9), shapely.Point(116.5, 39.8)]
    gpd.GeoDataFrame(columns or {"weight": [1, 2]}, geometry=points, crs=4326).to_file(path)
    return path


@contextmanager
def limited(monkeypatch: pytest.MonkeyPatch, **limits: float) -> Iterator[None]:
    """Give less than usual, and see that no more is taken."""
    monkeypatch.setattr(limited_process, "LIMITS", replace(limited_process.LIMITS, **limits))
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 60


@pytest.mark.usefixtures("own_process")
def test_what_is_read_beside_is_what_is_read_here(tmp_path: Path) -> None:
    """Demand of points and of areas, to the last digit."""
    for path in (
        layer(tmp_path / "need.gpkg", weight=[0.1, 7], demand_id=["甲", "b"]),
        layer(tmp_path / "plain.gpkg"),
        bundled("geodata") / "districts.geojson",
    ):
        if path.suffix == ".geojson":
            frame = gpd.read_file(path).rename(columns={"population_2020": "population"})
            path = tmp_path / "areas.gpkg"
            frame[["population", "geometry"]].to_file(path)
        found, expected = read_demand(path, spacing_m=2000), read_demand_here(path, spacing_m=2000)
        assert (found.ids, found.source, found.spread_evenly) == (expected.ids, path.name, expected.spread_evenly)
        assert found.digest == expected.digest
        np.testing.assert_array_equal(found.lonlat, expected.lonlat)
        np.testing.assert_array_equal(found.weight, expected.weight)
        assert not found.lonlat.flags.writeable


@pytest.mark.usefixtures("own_process")
def test_candidates_and_areas_come_from_beside_too(tmp_path: Path) -> None:
    """With their hours, ids and outlines."""
    sites = read_candidates(layer(tmp_path / "sites.gpkg", candidate_id=["x", "y"], hours=["24/7", None]))
    assert (sites.ids, sites.hours) == (("x", "y"), ("24/7", None))
    np.testing.assert_array_equal(sites.lonlat, [[116.4, 39.9], [116.5, 39.8]])
    path = bundled("geodata") / "districts.geojson"
    for found, expected in zip(read_areas(path), read_areas_here(path), strict=True):
        assert shapely.equals_exact(found.outline, expected.outline, 0)
        assert replace(found, outline=None) == replace(expected, outline=None)


@pytest.mark.usefixtures("own_process")
def test_faults_are_told_as_they_are(tmp_path: Path) -> None:
    """Those of the file and those of the caller; through a link under the name that was given."""
    path = layer(tmp_path / "need.gpkg", weight=[1, -1])
    (tmp_path / "link.gpkg").symlink_to(path)
    with pytest.raises(GeodataError, match=r"link\.gpkg, row 2: the weight -1 is not a number of 0 or more"):
        read_demand(tmp_path / "link.gpkg")
    with pytest.raises(UsageError, match='"EPSG:0" is not a CRS'):
        read_demand(path, crs="EPSG:0")


# Files that ask for too much


def with_view(path: Path, select: str) -> Path:
    """Put a view in the place of a layer's table."""
    layer(path)
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"CREATE VIEW v AS {select}")
        file.execute("DELETE FROM gpkg_ogr_contents")
        for table in ("gpkg_contents", "gpkg_geometry_columns"):
            file.execute(f"UPDATE {table} SET table_name = 'v'")  # noqa: S608
        file.commit()
    return path


ENDLESS = (
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
    " SELECT n AS fid, geom, 1 AS weight FROM c, need"
)
HUGE = (
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 9000000)"
    " SELECT n AS fid, geom, 1 AS weight FROM c, need"
)


@pytest.mark.usefixtures("own_process")
@pytest.mark.parametrize("read", [read_demand, read_candidates, read_areas])
def test_a_view_without_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], Any]
) -> None:
    """Ninety-six kilobytes that would be read for ever."""
    path = with_view(tmp_path / "need.gpkg", ENDLESS)
    with (
        limited(monkeypatch, time_s=3),
        pytest.raises(GeodataError, match=r"need\.gpkg takes more than 3 s to read"),
    ):
        read(path)


@pytest.mark.usefixtures("own_process")
def test_a_view_that_fills_the_memory_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nineteen million features that no file of this size holds."""
    path = with_view(tmp_path / "need.gpkg", HUGE)
    with limited(monkeypatch, memory=300_000_000), pytest.raises(GeodataError, match="takes more than 300 MB of"):
        read_demand(path)


def sparse_raster(path: Path, side: int, dtype: str) -> Path:
    """Write a raster of nothing, in blocks as large as they can be."""
    rasterio = pytest.importorskip("rasterio")
    place = {"crs": "EPSG:4326", "transform": rasterio.Affine(1e-4, 0, 110, 0, -1e-4, 45)}
    size = {"count": 1, "width": side, "height": side, "dtype": dtype}
    blocks = {"tiled": True, "blockxsize": 16_384, "blockysize": 16_384, "SPARSE_OK": True, "BIGTIFF": "YES"}
    with rasterio.open(path, "w", driver="GTiff", **place, **size, **blocks):
        pass
    return path


def test_a_raster_of_forty_thousand_million_cells_is_refused(tmp_path: Path) -> None:
    """It takes three kilobytes on the disk; that it would take hours is known before a cell is read."""
    path = sparse_raster(tmp_path / "need.tif", 200_000, "uint8")
    assert path.stat().st_size < 4_000
    with pytest.raises(
        GeodataError, match=r"has 40,000,000,000 cells; at most 1,000,000,000 can be read\. Cut it"
    ):
        read_demand(path)


@pytest.mark.usefixtures("own_process")
def test_a_raster_of_huge_blocks_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has to be unpacked whole."""
    path = sparse_raster(tmp_path / "need.tif", 16_384, "float64")
    with (
        limited(monkeypatch, memory=1_000_000_000),
        pytest.raises(GeodataError, match=r"need\.tif cannot be read"),
    ):
        read_demand(path)


def test_an_archive_that_grows_without_measure_is_refused(tmp_path: Path) -> None:
    """Before it is unpacked; one of usual size is read."""
    layer(tmp_path / "need.shp")
    with zipfile.ZipFile(tmp_path / "need.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in tmp_path.glob("need.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    assert read_demand(tmp_path / "need.zip").weight.tolist() == [1, 2]
    shutil.copy(tmp_path / "need.zip", tmp_path / "bomb.zip")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("more.dbf", bytes(100_000_000))
    with pytest.raises(GeodataError, match=r"bomb\.zip would be 100 MB when unpacked"):
        read_demand(tmp_path / "bomb.zip")


@pytest.mark.parametrize("read", [read_demand, read_candidates])
def test_a_line_without_end_is_refused(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    """A gigabyte in one line is not kept in the memory to find that out."""
    path = tmp_path / "need.csv"
    with path.open("wb") as file:
        file.write(b"demand_id,weight,lat,lon\n")
        file.truncate(1_000_000_000)
    start = time.monotonic()
    with pytest.raises(GeodataError, match=r"need\.csv has a line of more than 1,048,576 bytes"):
        read(path)
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    ("read", "name"),
    [(read_scenario, "a.csv"), (read_scenario, "a.json"), (read_quotas, "a.csv"), (read_standards, "a.json")],
)
def test_what_people_write_by_hand_is_not_large(tmp_path: Path, read: Callable[[Path], Any], name: str) -> None:
    """Another file was meant."""
    with (tmp_path / name).open("wb") as file:
        file.truncate(1_000_000_000)
    with pytest.raises(GeodataError, match=r"has 1000 MB, more than 10 MB"):
        read(tmp_path / name)


# Files that reach out


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """Listen on a port, and list what is asked for there."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], asked
        server.shutdown()


def outward(host: str, secret: Path) -> dict[str, str]:
    """Write files that lead elsewhere, by their names."""
    collection = {"type": "FeatureCollection", "features": [FEATURE]}
    layer = "<OGRVRTLayer name='{}'><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>"
    source = f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"
    picture = f"<SimpleSource><SourceFilename>/vsicurl/{host}/r.tif</SourceFilename></SimpleSource>"
    band = f"<VRTRasterBand dataType='Byte' band='1'>{picture}</VRTRasterBand>"
    return {
        "link.geojson": json.dumps(
            {**collection, "crs": {"type": "link", "properties": {"href": f"{host}/link"}}}
        ),
        "url.geojson": json.dumps({**collection, "crs": {"type": "url", "properties": {"url": f"{host}/url"}}}),
        "far.gpkg": source.format("far", f"/vsicurl/{host}/far.geojson"),
        "near.gpkg": source.format("secret", secret),
        "wfs.gpkg": f"<OGRWFSDataSource><URL>{host}/wfs</URL></OGRWFSDataSource>",
        "run.json": json.dumps(
            {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {secret}"}
        ),
        "raster.tif": f"<VRTDataset rasterXSize='1' rasterYSize='1'>{band}</VRTDataset>",
    }


def test_no_other_file_and_no_other_host_is_asked(tmp_path: Path, listener: tuple[int, list[str]]) -> None:
    """A reference system that is to be fetched stays unknown; what only leads elsewhere is no layer."""
    port, asked = listener
    secret = tmp_path / "secret.geojson"
    secret.write_text(json.dumps({"type": "FeatureCollection", "features": [FEATURE]}))
    assert len(read_demand(secret)) == 1
    for name, text in outward(f"http://127.0.0.1:{port}", secret).items():
        (tmp_path / name).write_text(text)
        if name in ("link.geojson", "url.geojson"):  # GDAL takes them for WGS 84 then
            assert len(read_demand_here(tmp_path / name)) == 1
        else:
            with pytest.raises(GeodataError, match=re.escape(name)):
                read_demand_here(tmp_path / name)
    assert asked == []


def test_triggers_of_a_file_do_not_run(tmp_path: Path) -> None:
    """Reading writes nothing: neither into the file nor beside it."""
    path = layer(tmp_path / "need.gpkg")
    with closing(sqlite3.connect(path)) as file:
        for event in ("INSERT", "UPDATE", "DELETE"):
            for table, other in (("need", "gpkg_contents"), ("gpkg_contents", "need")):
                name, act = f"{event}_{table}", f"BEGIN DELETE FROM {other}; END"  # noqa: S608
                file.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} {act}")
        file.commit()
    before = hashlib.sha256(path.read_bytes()).digest()
    assert read_demand(path).weight.tolist() == [1, 2]
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert [found.name for found in tmp_path.iterdir()] == ["need.gpkg"]


# What a process that was taken over may answer


def odd_demand(_: str, what: str, *__: object) -> Iterator[Any]:
    """Answer what no honest process does."""
    lonlat, weight = np.zeros((2, 2)), np.ones(2)
    yield from {
        "nothing": [],
        "text": [False, "x", weight, None],
        "flat": [False, weight, weight, None],
        "wide": [False, np.zeros((2, 3)), weight, None],
        "whole numbers": [False, np.zeros((2, 2), int), weight, None],
        "one more": [False, lonlat, np.ones(3), None],
        "few ids": [False, lonlat, weight, ["a"]],
        "odd ids": [False, lonlat, weight, ["a", 7]],
        "no ids": [False, lonlat, weight],
        "less than nobody": [False, lonlat, -weight, None],
        "endless": [False, lonlat, weight * np.inf, None],
    }[what]


ODD = ["nothing", "text", "flat", "wide", "whole numbers", "one more", "few ids", "odd ids", "no ids"]


@pytest.mark.parametrize("what", [*ODD, "less than nobody", "endless"])
def test_an_odd_answer_is_a_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Nothing of it is believed."""
    path = tmp_path / "need.gpkg"
    path.write_bytes(b"x")
    monkeypatch.setattr(planner_files, "demand_parts", odd_demand)
    with pytest.raises(GeodataError, match=r"need\.gpkg cannot be read: it is damaged"):
        read_demand(path, crs=what)
