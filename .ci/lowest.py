"""Installs the lowest versions that pyproject.toml allows, runs the commands on them and asks the server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = "raster,parquet,redis"
DONGHUAMEN = ("39.9155", "116.4050")
LIST = "名称,纬度,经度,开放时间\n新中街驿站,39.9402,116.4281,周一至周五 9:00-17:00\n"
COMMANDS = (
    ("check",),
    ("nearest", *DONGHUAMEN),
    ("coverage", "--amenity", "heating", "--out", "night.xlsx"),
    ("coverage", "--json", "--out", "places.gpkg"),
    ("sites", "--n", "3", "--out", "sites.html"),
    ("export-html", "--district", "东城区", "--out", "map.html"),
    ("export", "--format", "gpkg", "--out", "stations.gpkg"),
    ("import", "stations.gpkg", "--kind", "warm_station", "--datum", "wgs84", "--dry-run"),
    ("export", "--format", "xlsx", "--out", "stations.xlsx"),
    ("import", "stations.xlsx", "--kind", "warm_station", "--dry-run"),
    ("import", "list.csv", "--kind", "warm_station", "--datum", "wgs84", "--yes"),
    ("versions",),
)
PAGES = ("/", "/map", "/planner?n=2", "/stations/bj-dc-donghuamen", "/embed/builder", "/embed", "/manage/sign-in")
QUESTION = f"/api/nearest?lat={DONGHUAMEN[0]}&lon={DONGHUAMEN[1]}"


def main() -> None:
    """Do it all in a folder of its own, of which nothing stays."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        locator = install(place)
        (place / "list.csv").write_text(LIST, encoding="utf-8")
        environment = os.environ | {"XDG_DATA_HOME": folder}
        for command in COMMANDS:
            subprocess.run([locator, *command], cwd=place, env=environment, stdout=subprocess.DEVNULL, check=True)
        ask(locator, environment | {"LOCATOR_ADMIN_PASSWORD_HASH": password_hash(locator)})
    print("It runs with the lowest versions.")


def install(place: Path) -> Path:
    """Return the command ``locator`` of an environment with the lowest versions."""
    tools, lowest = place / "tools", place / "lowest"
    venv.create(tools, with_pip=True)
    subprocess.run([tools / "bin" / "pip", "install", "--quiet", "uv"], check=True)
    venv.create(lowest)
    wanted = ["--resolution", "lowest-direct", f"{ROOT}[{EXTRAS}]"]
    into = ["--python", lowest / "bin" / "python"]
    subprocess.run([tools / "bin" / "uv", "pip", "install", "--quiet", *into, *wanted], cwd=place, check=True)
    return lowest / "bin" / "locator"


def password_hash(locator: Path) -> str:
    """Return the setting that opens the stewards' pages."""
    command = [locator, "admin-password", "--stdin"]
    made = subprocess.run(command, input="a warm room for everyone", capture_output=True, text=True, check=True)
    return made.stdout.strip().split("=", 1)[1].strip("'")


def ask(locator: Path, environment: dict[str, str]) -> None:
    """Start the server, open its pages and ask it for the station at Donghuamen."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([locator, "serve", "--port", str(port)], env=environment) as server:
        try:
            wait(server, port)
            nearest = json.loads(fetch(port, QUESTION))["stations"][0]
            if (nearest["station_id"], nearest["distance_m"]) != ("bj-dc-donghuamen", 103.5):
                sys.exit(f"The nearest station is {nearest}.")
            for page in PAGES:
                fetch(port, page)
        finally:
            server.terminate()


def wait(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server answers; it has a minute."""
    for _ in range(600):
        if server.poll() is not None:
            sys.exit(f"The server ended with code {server.returncode}.")
        try:
            fetch(port, "/healthz")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    sys.exit("The server did not answer within a minute.")


def fetch(port: int, path: str) -> bytes:
    """Return what the server answers, if that is no error."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as response:
        body: bytes = response.read()
    return body


if __name__ == "__main__":
    main()
