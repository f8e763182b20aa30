"""Requests per second on the real server, against a route of fixed bytes and a view that knows no index."""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
from figures import Figure, Times, race

from locator.cli import write_sample
from locator.stations.catalog import Catalog, Query
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.store import load_geodata
from locator.web.api import answer_json, batch_json

CONNECTIONS, SECONDS, ROUNDS = 16, 4, 5
NEAREST = "/api/nearest?lat=39.9155&lon=116.4050&limit=5&lang=en"
PEERS = "peers:make_app"


def figures() -> Iterator[Figure]:
    """Measure the routes in turn, then a batch against single calls in this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample("beijing", 1, folder)
        yield from _routes(folder)
        yield _batch(Catalog(load_geodata(folder)))


def _routes(folder: Path) -> Iterator[Figure]:
    with _serving("locator:create_app", folder) as ours, _serving(PEERS, folder) as peers:
        body = _fetch(ours, NEAREST)
        targets = {
            "nearest": (ours, NEAREST),
            "constant": (peers, f"/constant?bytes={len(body)}"),
            "naive": (peers, "/naive?lat=39.9155&lon=116.4050"),
        }
        rates: dict[str, list[float]] = {name: [] for name in targets}
        for _ in range(ROUNDS):
            for name, (port, path) in targets.items():
                rates[name].append(_rate(port, path))
    best = {name: Times(statistics.median(found), max(found)) for name, found in rates.items()}
    yield Figure(
        "requests/s / a constant JSON route of that size", best["nearest"].over(best["constant"]), 0.6, False
    )
    yield Figure("requests/s / a GeoPandas view", best["nearest"].over(best["naive"]), 40, False, ".0f")
    yield Figure("requests/s", (best["nearest"].median, best["nearest"].least), None, form=".0f")


def _batch(catalog: Catalog) -> Figure:
    """Answer 10,000 points at once, and one by one."""
    dice = np.random.default_rng(5)
    lonlat = catalog.lonlat[dice.integers(0, len(catalog), 10_000)] + dice.normal(0, 0.003, (10_000, 2))
    now = datetime.now(STATION_TIMEZONE)
    some = [Query(lat, lon, 1000, 5) for lon, lat in lonlat[:1000].tolist()]
    times = race(
        {
            "batch": lambda: batch_json(catalog, lonlat, 1000, 5),
            "single": lambda: [answer_json(catalog, catalog.nearest(query, now), "en") for query in some],
        },
        5,
    )
    median, least = times["single"].over(times["batch"])
    return Figure(
        "a batch of 10,000 points: single calls' time / ours", (median * 10, least * 10), 12, False, ".1f"
    )


@contextmanager
def _serving(target: str, folder: Path) -> Iterator[int]:
    """Run an application on the server and with the options of `locator serve`, one worker; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    here = Path(__file__).parent
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--blocking-threads", "1"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--no-ws", "--log-level", "error", target]
    paths = os.pathsep.join((str(here), str(here.parent.parent)))
    environment = os.environ | {"LOCATOR_GEODATA": str(folder), "PYTHONPATH": paths}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(150):
            time.sleep(0.2)
            with suppress(OSError):
                _fetch(port, "/")
                break
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _fetch(port: int, path: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    return connection.getresponse().read()


def _rate(port: int, path: str) -> float:
    """Measure requests per second over 16 connections that stay open."""
    if shutil.which("wrk") is None:
        sys.exit("The load comes from wrk. Install it: apt-get install wrk.")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"http://127.0.0.1:{port}{path}"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in printed:
        sys.exit(f"{path} was not answered:\n{printed}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1])
