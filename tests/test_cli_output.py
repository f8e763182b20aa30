"""What commands write, as processes of their own: JSON and nothing else, and text that any terminal takes."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

GEODATA = Path(__file__).parents[1] / "geodata"
HERE = ("39.9155", "116.4050")
PEOPLE = [(f"p{n}", 10 + n, 39.90 + 0.004 * (n % 8), 116.38 + 0.006 * (n // 8)) for n in range(64)]
STATIONS = pd.DataFrame(
    {"id": ["a", "b"], "name": ["甲驿站", "乙驿站"], "lat": [39.9161, 39.9172], "lon": [116.4051, 116.4062]}
)
ONLY_ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
SPELT = "dong hua men jie dao gong hui fu wu zhan"


def environment(geodata: Path, **more: str) -> dict[str, str]:
    """Return this machine's variables without the encoding and the settings of whoever runs the tests."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LOCATOR_", "PYTHONIO", "LC_"))
    }
    return {**kept, "LOCATOR_GEODATA": str(geodata), **more}


def run(
    geodata: Path, *arguments: str, folder: Path | None = None, **more: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process, its output in pipes."""
    command = [sys.executable, "-m", "locator", *arguments]
    said = environment(geodata, **more)
    return subprocess.run(command, capture_output=True, env=said, cwd=folder, check=False, timeout=120)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write demand, candidates, distances and lists of stations in every kind of file."""
    folder = tmp_path_factory.mktemp("files")
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("demand_id", "weight", "lat", "lon"), *PEOPLE])
    with (folder / "places.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("candidate_id", "lat", "lon"), *((f"c{n}", *PEOPLE[n][2:]) for n in (9, 50))])
    with (folder / "ways.csv").open("w", encoding="utf-8", newline="") as file:
        ways = [(f"p{n}", f"c{c}", 700 + n) for n in range(64) for c in (9, 50)]
        csv.writer(file).writerows([("demand_id", "candidate_id", "distance_m"), *ways])
    write_layers(folder)
    write_lists(folder)
    return folder


def write_layers(folder: Path) -> None:
    """Write the people as GDAL and Arrow write them."""
    people = pd.DataFrame(PEOPLE, columns=["demand_id", "weight", "lat", "lon"])
    layer = geopandas.GeoDataFrame(
        people[["demand_id", "weight"]], geometry=geopandas.points_from_xy(people.lon, people.lat), crs="EPSG:4326"
    )
    for name in ("people.gpkg", "people.shp"):
        layer.to_file(folder / name)
    layer.assign(geometry=shapely.buffer(layer.geometry, 0.001), name=layer.demand_id).to_file(
        folder / "areas.geojson"
    )
    layer.to_parquet(folder / "people.parquet")
    grid = {"driver": "GTiff", "height": 8, "width": 8, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    corner = rasterio.Affine(0.006, 0, 116.38, 0, -0.006, 39.94)
    with rasterio.open(folder / "people.tif", "w", transform=corner, **grid) as tif:
        tif.write(np.full((8, 8), 12, dtype="float32"), 1)


def write_lists(folder: Path) -> None:
    """Write two stations in every form of a list."""
    STATIONS.to_csv(folder / "list.csv", index=False)
    STATIONS.to_excel(folder / "list.xlsx", index=False)
    STATIONS.to_excel(folder / "list.ods", index=False, engine="odf")
    layer = geopandas.GeoDataFrame(
        STATIONS[["id", "name"]], geometry=geopandas.points_from_xy(STATIONS.lon, STATIONS.lat), crs="EPSG:4326"
    )
    for name in ("list.gpkg", "list.fgb"):
        layer.to_file(folder / name)
    layer.to_file(folder / "list.shp", encoding="utf-8")
    with ZipFile(folder / "list.zip", "w") as archive:
        for part in map(folder.joinpath, ("list.shp", "list.shx", "list.dbf", "list.prj", "list.cpg")):
            archive.write(part, part.name)


PLAN = ("sites", "--demand", "people.csv", "--candidates", "demand", "--radius", "500", "--ignore-existing")
IMPORT = ("--kind", "warm_station", "--datum", "wgs84", "--dry-run")


@pytest.mark.parametrize(
    "command",
    [
        ("nearest", *HERE),
        ("versions",),
        ("diff", "0", "0"),
        ("coverage",),
        ("coverage", "--demand", "people.csv", "--open-at", "2026-12-01T22:00", "--out", "figures.xlsx"),
        ("coverage", "--demand", "people.gpkg", "--areas", "areas.geojson"),
        ("coverage", "--demand", "people.gpkg", "--out", "figures.gpkg"),
        ("coverage", "--demand", "people.shp", "--out", "report.html"),
        ("coverage", "--demand", "people.parquet"),
        ("coverage", "--demand", "people.tif"),
        (*PLAN, "--n", "3"),
        (*PLAN, "--n", "3", "--floor", "0.02"),
        (*PLAN, "--n", "3", "--by-hours"),
        (*PLAN, "--target-share", "0.5"),
        (*PLAN, "--target-share", "0.05", "--by-area"),
        (*PLAN, "--target-share", "0.9", "--time-limit", "1"),
        (*PLAN[:3], "--candidates", "places.csv", "--distances", "ways.csv", "--ignore-existing", "--n", "1"),
        ("import", "list.csv", *IMPORT, "--report", "found.html"),
        ("import", "list.xlsx", *IMPORT),
        ("import", "list.ods", *IMPORT),
        ("import", "list.gpkg", *IMPORT),
        ("import", "list.fgb", *IMPORT),
        ("import", "list.zip", *IMPORT),
    ],
    ids=" ".join,
)
def test_all_of_the_output_is_json(donghuamen: Path, files: Path, command: tuple[str, ...]) -> None:
    """Whatever native library the options reach; the terminal's encoding changes nothing of it."""
    found = run(donghuamen, *command, "--json", folder=files, PYTHONIOENCODING="ascii")
    assert found.returncode == 0, found.stderr.decode()
    assert isinstance(json.loads(found.stdout), dict)


@pytest.mark.parametrize(
    ("encoding", "variables"),
    [
        ("ascii", {"PYTHONIOENCODING": "ascii"}),
        ("ascii", ONLY_ASCII),
        ("latin-1", {"PYTHONIOENCODING": "latin-1"}),
        ("cp1252", {"PYTHONIOENCODING": "cp1252"}),
        ("gbk", {"PYTHONIOENCODING": "gbk"}),
    ],
)
def test_a_terminal_of_another_encoding_shows_what_it_can(encoding: str, variables: dict[str, str]) -> None:
    """Chinese characters are shown in pinyin where there are none, in columns that line up all the same."""
    found = run(GEODATA, "nearest", *HERE, **variables)
    assert (found.returncode, found.stderr) == (0, b"")
    heading, first, *_, note = found.stdout.decode(encoding).splitlines()
    if encoding == "gbk":
        assert "东华门街道工会服务站" in first
    else:
        assert SPELT in first
        assert first.index("nuan xin yi zhan  ") == heading.index("kind")
    assert note.endswith(f"(straight line {'x' if encoding == 'ascii' else '×'} 1.3 at 4.8 km/h)")


def test_figures_are_shown_on_any_terminal() -> None:
    """Districts by their pinyin."""
    found = run(GEODATA, "coverage", PYTHONIOENCODING="ascii")
    assert (found.returncode, found.stderr.decode("ascii")) == (0, "Measuring ...\n")
    assert any(line.endswith("  dong cheng qu") for line in found.stdout.decode("ascii").splitlines())


def test_errors_are_shown_on_any_terminal() -> None:
    """A name in Chinese within an error, and one that is no text at all."""
    found = run(GEODATA, "coverage", "--demand", "人口.csv", PYTHONIOENCODING="ascii")
    assert (found.returncode, found.stdout) == (2, b"")
    assert found.stderr.decode("ascii").endswith("Error: ren kou.csv is not there. Give the path of a file.\n")
    broken = run(GEODATA, "import", os.fsdecode(b"\xc3\xfb.csv"), "--kind", "warm_station")
    assert (broken.returncode, b"Traceback" in broken.stderr) == (2, False)
    assert b"is not a name in UTF-8. Rename the file." in broken.stderr


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_terminal_is_written_to_in_its_encoding(encoding: str) -> None:
    """A real one, with a bar that moves."""
    near, far = pty.openpty()
    command = [sys.executable, "-m", "locator", "nearest", *HERE]
    said = environment(GEODATA, PYTHONIOENCODING=encoding)
    with subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env=said, close_fds=True) as process:
        os.close(far)
        shown = b""
        while True:
            try:
                part = os.read(near, 4096)
            except OSError:  # the terminal is gone with the process
                break
            if not part:
                break
            shown += part
        assert process.wait(60) == 0
    os.close(near)
    assert (SPELT if encoding == "ascii" else "东华门街道工会服务站") in shown.decode(encoding)


@pytest.mark.parametrize(
    "command", [("nearest", *HERE), ("export", "--format", "geojson"), ("coverage", "--json")]
)
def test_a_reader_that_leaves_is_no_fault(command: tuple[str, ...]) -> None:
    """As `| head -c 1` does: not a word on the error output."""
    arguments = [sys.executable, "-m", "locator", *command]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(GEODATA)
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        told = process.stderr.read().decode()
    assert told in ("", "Measuring …\n")


def test_without_any_output_nothing_fails() -> None:
    """Started with its output closed, as some schedulers do."""
    command = 'exec "$0" -m locator nearest 39.9155 116.4050 >&-'
    found = subprocess.run(
        ["sh", "-c", command, sys.executable], capture_output=True, env=environment(GEODATA), check=False
    )
    assert (found.returncode, found.stderr) == (0, b"")
