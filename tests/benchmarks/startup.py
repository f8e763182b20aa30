"""From nothing to loaded stations, against reading the same file with GeoPandas, each in a fresh process."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from figures import Figure, Times

from locator.cli import write_sample
from locator.config import bundled
from locator.stations.reading import write_stations
from locator.stations.sample import make_city
from locator.stations.store import DISTRICTS, LAYERS, read_districts

COUNT, ROUNDS = 200_000, 5
OURS = """
import sys, pathlib
from locator.stations.catalog import Catalog
from locator.stations.store import load_geodata
assert len(Catalog(load_geodata(pathlib.Path(sys.argv[1])))) >= 200_000
"""
PEER = "import sys, geopandas; assert len(geopandas.read_file(sys.argv[1])) >= 199_000"


def figures() -> Iterator[Figure]:
    """Start both in turn and compare time and memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder)
        taken: dict[str, list[float]] = {"ours": [], "peer": []}
        peaks = {}
        for _ in range(ROUNDS):
            for who, code, what in (("ours", OURS, folder), ("peer", PEER, folder / LAYERS["warm_station"])):
                seconds, peaks[who] = _run(code, what)
                taken[who].append(seconds)
        times = {who: Times(sorted(seconds)[ROUNDS // 2], min(seconds)) for who, seconds in taken.items()}
        ratio = times["ours"].over(times["peer"])
        yield Figure("start to loaded catalogue: time / `geopandas.read_file`", ratio, 0.35)
        yield Figure("seconds to loaded catalogue", (times["ours"].median, times["ours"].least), None)
        yield Figure("peak memory, MB", (peaks["ours"] / 1000,), None, form=".0f")
        yield Figure("peak memory of `geopandas.read_file`, MB", (peaks["peer"] / 1000,), None, form=".0f")


def _write(folder: Path) -> None:
    """Write the sample city twenty-one times over into one layer, every copy a little farther east."""
    write_sample("beijing", 1, folder)
    city = make_city("beijing", 1, read_districts(bundled("geodata") / DISTRICTS))
    copies = -(-COUNT // len(city))
    stations = (
        replace(station, station_id=f"{station.station_id}-{copy}", kind="warm_station", lon=station.lon - copy)
        for copy in range(copies)
        for station in city
    )
    for name in LAYERS.values():
        write_stations(folder / name, (), {"datum": "WGS84"})
    write_stations(folder / LAYERS["warm_station"], stations, {"datum": "WGS84"})


def _run(code: str, what: Path) -> tuple[float, int]:
    """Run a fresh process; return its seconds and its peak memory in kB."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, str(what)])
    usage = _wait(process)
    return time.perf_counter() - start, usage.ru_maxrss


def _wait(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"The measured process failed with status {status}.")
    return usage
