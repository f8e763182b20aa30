"""What is sent whole: stations as GeoJSON against GeoPandas, and how many bytes a phone gets."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

import brotli
import geopandas
import orjson
from figures import Figure, race

from locator import create_app
from locator.cli import write_sample
from locator.config import Settings
from locator.stations.catalog import Catalog
from locator.stations.store import load_geodata
from locator.web.api import stations_collection
from locator.web.compact import compact_columns


def figures() -> Iterator[Figure]:
    """Write the sample city in both ways, and weigh what is sent."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample("beijing", 1, folder)
        catalog = Catalog(load_geodata(folder))
        yield _geojson(catalog)
        yield from _compact(catalog)
        yield _shell(folder)


def _geojson(catalog: Catalog) -> Figure:
    """Write all stations as GeoJSON from what is encoded already, against `GeoDataFrame.to_json`."""
    features = orjson.loads(stations_collection(catalog, range(len(catalog)), frozenset()))
    frame = geopandas.GeoDataFrame.from_features(features, crs=4326)
    times = race(
        {
            "ours": lambda: stations_collection(catalog, range(len(catalog)), frozenset()),
            "geopandas": frame.to_json,
        },
        5,
    )
    ratio = times["ours"].over(times["geopandas"])
    return Figure("all stations as GeoJSON: time / `GeoDataFrame.to_json`", ratio, 0.02, form=".4f")


def _compact(catalog: Catalog) -> Iterator[Figure]:
    """Weigh the stations as columns, scaled to 10,000."""
    body = orjson.dumps(compact_columns(catalog, "zh"))
    for name, size in (("gzip", len(gzip.compress(body))), ("brotli", len(brotli.compress(body, quality=9)))):
        yield Figure(f"compact data, {name}, kB", (size / 1000 * 10_000 / len(catalog),), 250, form=".0f")


def _shell(folder: Path) -> Figure:
    """Weigh the page of the city map without its data."""
    page = create_app(Settings(geodata=folder)).test_client().get("/map").data
    return Figure("page `/map`, gzip, kB", (len(gzip.compress(page)) / 1000,), 10, form=".1f")
