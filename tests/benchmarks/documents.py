"""What a phone has to fetch: how long it takes to make, and how many bytes it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pandas
from figures import Figure, race

from locator import create_app
from locator.cli.finding import write_sample
from locator.config import Settings
from locator.stations.answer_json import AnswerJson
from locator.stations.catalog import Catalog
from locator.stations.geodata import LAYERS, load_geodata


def figures() -> Iterator[Figure]:
    """Race the whole GeoJSON, then weigh what the map fetches."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_sample("beijing", 1, folder)
        answer_json = AnswerJson(Catalog(load_geodata(folder)))
        layers = [geopandas.read_file(folder / file) for file in LAYERS.values()]
        frame = pandas.concat(layers, ignore_index=True).astype({"checked_on": str})
        times = race(
            {
                "ours": lambda: answer_json.collection(range(count)),
                "to_json": lambda: frame.to_json(),
            },
            7,
        )
        yield Figure(
            f"GeoJSON of {count:,} stations: time / `to_json`'s",
            times["ours"].over(times["to_json"]),
            0.02,
            form=".3f",
        )
        client = create_app(Settings(geodata=folder)).test_client()
        for what, path, coding, goal in (
            (f"compact data of {count:,} stations, gzip, kB", "/api/stations.compact.json", "gzip", 250),
            (f"compact data of {count:,} stations, brotli, kB", "/api/stations.compact.json", "br", 250),
            ("page with the map of all stations, gzip, kB", "/map", "gzip", 10),
        ):
            body = client.get(path, headers={"Accept-Encoding": coding}).data
            yield Figure(what, (len(body) / 1000,), goal, form=".1f")
