"""From the start of a process to loaded stations, against reading the same files with GeoPandas."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from figures import Figure, Times, alone

from locator.cli.finding import write_sample
from locator.config import bundled
from locator.stations.geodata import DISTRICTS, LAYERS, read_districts
from locator.stations.reading import write_stations
from locator.stations.sample import make_city

STATIONS, ROUNDS = 200_000, 5
OURS = """
import sys
from pathlib import Path
from locator.stations.catalog import Catalog
from locator.stations.geodata import load_geodata
assert len(Catalog(load_geodata(Path(sys.argv[1])))) == int(sys.argv[2])
"""
THEIRS = """
import sys
from pathlib import Path
import geopandas
layers = [geopandas.read_file(path) for path in sorted(Path(sys.argv[1]).glob("*_*.geojson"))]
assert sum(map(len, layers)) == int(sys.argv[2])
"""


def figures() -> Iterator[Figure]:
    """Run both in fresh processes, in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_country(folder)
        seconds: dict[str, list[float]] = {OURS: [], THEIRS: []}
        peaks: dict[str, list[float]] = {OURS: [], THEIRS: []}
        for _ in range(ROUNDS):
            for program in (OURS, THEIRS):
                run = alone("-c", program, str(folder), str(STATIONS))
                seconds[program].append(run.seconds)
                peaks[program].append(run.peak_mb)
    ours, theirs = (
        Times(statistics.median(seconds[program]), min(seconds[program])) for program in (OURS, THEIRS)
    )
    yield Figure(f"start with {STATIONS:,} stations: time / `geopandas.read_file`'s", ours.over(theirs), 0.35)
    yield Figure("the same: peak memory / its peak", (max(peaks[OURS]) / max(peaks[THEIRS]),), None)
    yield Figure("the same: seconds", (ours.median, ours.least), None)
    yield Figure("the same: peak memory, MB", (max(peaks[OURS]),), None, form=".0f")


def _write_country(folder: Path) -> None:
    """Write the synthetic city many times over, each time elsewhere and with ids of its own."""
    write_sample("beijing", 1, folder)
    city = make_city("beijing", 1, read_districts(bundled("geodata") / DISTRICTS))
    dice = np.random.default_rng(5)
    shifts = np.c_[dice.uniform(-12, 3, STATIONS), dice.uniform(-14, 3, STATIONS)].tolist()
    country = []
    for number in range(STATIONS):
        copy, station = divmod(number, len(city))
        east, north = shifts[copy]
        original = city[station]
        country.append(
            replace(
                original,
                station_id=f"{original.station_id}-{copy}",
                lat=round(original.lat + north, 6),
                lon=round(original.lon + east, 6),
            )
        )
    for kind, name in LAYERS.items():
        write_stations(folder / name, (station for station in country if station.kind == kind), {"datum": "WGS84"})
