"""The service against a constant answer and a naive one, and a batch against a loop."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import orjson
from figures import Figure, each, race, standpoints

from locator import create_app
from locator.cli.finding import write_sample
from locator.config import Settings
from locator.stations.catalog import Catalog
from locator.stations.geodata import load_geodata

HERE = Path(__file__).parent
CONNECTIONS, SECONDS, ROUNDS = 16, 3, 5
AS_BROWSERS = ("-H", "Accept-Encoding: gzip, deflate, br", "-H", "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8")
SCRIPT = """
local paths = {%s}
local turn = 0
request = function()
  turn = turn %% #paths + 1
  return wrk.format("GET", "/api/nearest?limit=5&" .. paths[turn])
end
"""


def figures() -> Iterator[Figure]:
    """Measure requests per second over the loopback, then a batch in process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample("beijing", 1, folder)
        catalog = Catalog(load_geodata(folder))
        places = standpoints(catalog.lonlat, 2_000)
        if shutil.which("wrk"):
            yield from _over_http(folder, places)
        else:
            print("Requests per second were not measured: wrk is not installed (apt-get install wrk).")
        yield from _batch(folder, standpoints(catalog.lonlat, 10_000))


def _over_http(folder: Path, places: np.ndarray) -> Iterator[Figure]:
    """Load the three servers in turn."""
    script, body = folder / "questions.lua", folder / "body.json"
    script.write_text(SCRIPT % ", ".join(f'"lat={lat:.6f}&lon={lon:.6f}"' for lon, lat in places.tolist()))
    client = create_app(Settings(geodata=folder)).test_client()
    answers = [
        client.get(f"/api/nearest?limit=5&lat={lat:.6f}&lon={lon:.6f}").data for lon, lat in places[:200].tolist()
    ]
    body.write_bytes(sorted(answers, key=len)[100])
    station = f"/stations/{orjson.loads(answers[0])['stations'][0]['station_id']}"
    environment = os.environ | {"LOCATOR_GEODATA": str(folder), "BENCHMARK_BODY": str(body)}
    with ExitStack() as servers:
        ours, constant, naive = (
            servers.enter_context(_server(command, environment))
            for command in (
                ["-m", "locator", "serve", "--port"],
                ["peers.py", "constant_app"],
                ["peers.py", "naive_app"],
            )
        )
        rates: dict[str, list[float]] = {"ours": [], "constant": [], "naive": [], "/": [], station: []}
        for _ in range(ROUNDS):
            for who, port in (("constant", constant), ("ours", ours), ("naive", naive)):
                rates[who].append(_requests_per_s(port, "-s", str(script)))
            for page in ("/", station):
                rates[page].append(_requests_per_s(ours, *AS_BROWSERS, path=page))
    for what, page, goal in (("the first page", "/", 0.8), ("a station's page", station, 0.5)):
        pair = [kind(rates[page]) / kind(rates["constant"]) for kind in (statistics.median, max)]
        yield Figure(f"{what} / the constant route's", tuple(pair), goal, is_most=False, form=".2f")
    for what, peer, goal, form in (
        ("requests per second / a constant route's", "constant", 0.6, ".2f"),
        ("requests per second / a naive GeoPandas view's", "naive", 40, ".0f"),
    ):
        pair = [kind(rates["ours"]) / kind(rates[peer]) for kind in (statistics.median, max)]
        yield Figure(what, tuple(pair), goal, is_most=False, form=form)


@contextmanager
def _server(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    """Run a server on a free port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *command, str(port)],
        cwd=HERE,
        env=environment | {"PYTHONPATH": f"{HERE.parent.parent}{os.pathsep}{HERE}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(process, port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        try:
            urlopen(f"http://127.0.0.1:{port}/api/nearest?lat=39.9155&lon=116.405&limit=5", timeout=5).read()
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("a server did not start")


def _requests_per_s(port: int, *options: str, path: str = "") -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *options, f"http://127.0.0.1:{port}{path}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told:
        raise RuntimeError(told)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])


def _batch(folder: Path, places: np.ndarray) -> Iterator[Figure]:
    """Race one request for 10,000 positions against requests for one, all in process."""
    client = create_app(Settings(geodata=folder)).test_client()
    body = orjson.dumps({"points": np.round(places, 6).tolist(), "limit": 5})
    some = [(f"/api/nearest?limit=5&lat={lat:.6f}&lon={lon:.6f}",) for lon, lat in places[:250].tolist()]

    def post() -> None:
        client.post("/api/nearest/batch", data=body, content_type="application/json")

    times = race({"batch": post, "loop": each(client.get, some)}, 7)
    factor = len(places) / len(some)
    ratios = tuple(factor * ratio for ratio in times["loop"].over(times["batch"]))
    yield Figure("10,000 single requests in process: time / one batch's", ratios, 12, is_most=False, form=".0f")
