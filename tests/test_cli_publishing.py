"""The command line of stewards: versions listed, compared, taken back and taken out."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from locator.cli import main
from locator.stations.store import Store


def run(*arguments: str, **settings: str) -> Result:
    """Run a command with these LOCATOR_* settings and no others."""
    names = {name: None for name in os.environ if name.startswith("LOCATOR_")}
    given = {f"LOCATOR_{name.upper()}": value for name, value in settings.items()}
    return CliRunner().invoke(main, arguments, env=names | given)


@pytest.fixture
def given(donghuamen: Path, tmp_path: Path) -> dict[str, str]:
    """The settings of a service with the seven stations and a store of its own."""
    return {"geodata": str(donghuamen), "store": str(tmp_path / "store")}


@pytest.fixture
def store(given: dict[str, str]) -> Store:
    """That store, with two versions: the second has a station less, one renamed and one moved by 111 m."""
    store = Store(Path(given["store"]), Path(given["geodata"]))
    store.publish(store.contents(0), parent=0, who="张工", why="第一次")
    contents = store.contents(1)
    first, second, _, *others = contents.stations
    moved = replace(second, lat=second.lat + 0.001)
    stations = (replace(first, name="=1+1"), moved, *others)
    store.publish(replace(contents, stations=stations), parent=1, who="李工", why="second")
    return store


# versions


def test_before_the_first_publication_the_geodata_folder_is_served(given: dict[str, str]) -> None:
    """It is the one line, and marked."""
    found = run("versions", **given)
    assert found.exit_code == 0
    assert re.split(r"\s+", found.output.splitlines()[1]) == ["*", "0", given["geodata"]]


def test_versions_are_a_table_newest_first(given: dict[str, str], store: Store) -> None:
    """Who, why, how many and what changed; a star at the one that is served."""
    heading, second, first, base = run("versions", **given).output.splitlines()
    assert heading.split() == ["version", "when", "who", "stations", "retired", "change", "why"]
    assert re.fullmatch(
        r"\*  2 +\d{4}-\d\d-\d\d \d\d:\d\d  李工  6 +0 +1 changed, 1 moved, 1 gone  second", second
    )
    assert re.fullmatch(r"   1 +\d{4}-\d\d-\d\d \d\d:\d\d  张工  7 +0 +- +第一次", first)
    assert base.split() == ["0", given["geodata"]]
    assert store.newest() == 2


def test_a_damaged_version_is_told_in_the_list(given: dict[str, str], store: Store) -> None:
    """And the star is at the one before it."""
    (store.path(2) / "holidays.csv").write_bytes(b"")
    lines = run("versions", **given).output.splitlines()
    assert any(line.startswith("Version 2 is passed over: holidays.csv is not as") for line in lines)
    second, first = (line for line in lines if re.match(r"[ *]  [12] ", line))
    assert second.startswith("   2 ")
    assert "DAMAGED: holidays.csv is not as it was published." in second
    assert first.startswith("*  1 ")


def test_versions_as_json_have_everything(given: dict[str, str], store: Store) -> None:
    """Hashes, times with a zone, and null where nothing is damaged."""
    found = json.loads(run("versions", "--json", **given).output)
    assert found["served"] == 2
    assert [version["number"] for version in found["versions"]] == [2, 1]
    version = found["versions"][0]
    assert (version["damage"], version["who"], version["parent"]) == (None, "李工", 1)
    assert version["version"] == store.current().geodata.version
    assert version["at"].endswith("+00:00")
    assert len(version["files"]) == 7


# rollback


def test_a_rollback_is_a_new_version(given: dict[str, str], store: Store) -> None:
    """With the old content, under a name that was given."""
    found = run("rollback", "1", "--who", "王工", "--why", "弄错了", **given)
    assert found.exit_code == 0
    assert found.output == "Published as version 3: 1 added, 1 changed, 1 moved.\n"
    made = store.manifest(3)
    assert (made.who, made.why, made.version) == ("王工", "弄错了", store.manifest(1).version)


def test_without_a_name_it_is_that_of_the_machines_user(
    given: dict[str, str], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the system knows it."""
    monkeypatch.setenv("LOGNAME", "somebody")
    assert run("rollback", "0", **given).exit_code == 0
    assert store.manifest(3).who == "somebody"


@pytest.mark.parametrize(
    ("number", "words"), [("9", "There is no version 9"), ("-1", "No such option"), ("x", "x")]
)
def test_a_rollback_to_nowhere_is_refused(given: dict[str, str], store: Store, number: str, words: str) -> None:
    """Nothing is published."""
    found = run("rollback", number, **given)
    assert found.exit_code == 2
    assert words in found.output
    assert store.newest() == 2


# diff


def test_a_diff_names_every_station(given: dict[str, str], store: Store) -> None:
    """Gone, renamed, moved and how far; the counts at the end."""
    found = run("diff", "1", "2", **given)
    assert found.output.splitlines() == [
        "removed  tw-3  不知何时开的驿站",
        "changed  tw-1  =1+1: name",
        "moved  tw-2  便利店驿站: 111 m",
        "1 removed, 1 changed, 1 moved",
    ]
    assert run("diff", "0", "1", **given).output == "The two have the same stations.\n"
    assert store.newest() == 2


def test_a_diff_as_json_has_both_sides(given: dict[str, str], store: Store) -> None:
    """As features of GeoJSON."""
    found = json.loads(run("diff", "2", "1", "--json", **given).output)
    assert found["counts"] == {"added": 1, "removed": 0, "changed": 1, "moved": 1}
    assert found["added"][0]["properties"]["name"] == "不知何时开的驿站"
    (moved,) = found["moved"]
    assert (moved["station_id"], moved["fields"], round(moved["moved_m"])) == ("tw-2", ["position"], 111)
    assert moved["after"]["geometry"]["coordinates"] == [116.405, 39.92]
    assert store.newest() == 2


# export


def test_an_export_is_of_what_is_served(given: dict[str, str], store: Store) -> None:
    """To the output where no file is named; the data version says which it is."""
    found = json.loads(run("export", "--format", "geojson", **given).output)
    assert found["data_version"] == store.current().geodata.version
    assert (found["number"], found["datum"]) == (2, "WGS84")
    assert len(found["features"]) == 6
    older = json.loads(run("export", "--format", "geojson", "--version", "0", **given).output)
    assert (older["number"], len(older["features"])) == (0, 7)


def test_the_suffix_says_the_form(given: dict[str, str], store: Store, tmp_path: Path) -> None:
    """Each can be opened by a program of another house; a name that is a formula is none."""
    for suffix in ("csv", "xlsx", "gpkg", "GeoJSON"):
        found = run("export", "--out", str(tmp_path / f"stations.{suffix}"), **given)
        assert found.exit_code == 0, found.output
        assert found.output == f"6 stations of version 2: {tmp_path / f'stations.{suffix}'}\n"
    text = (tmp_path / "stations.csv").read_bytes().decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(text)))["name"] == "'=1+1"
    cell = openpyxl.load_workbook(tmp_path / "stations.xlsx").active["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    with sqlite3.connect(tmp_path / "stations.gpkg") as found:
        assert found.execute("SELECT count(*) FROM stations").fetchone() == (6,)
    found.close()
    assert len(json.loads((tmp_path / "stations.GeoJSON").read_text(encoding="utf-8"))["features"]) == 6
    assert store.newest() == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "Choose a format: --format geojson, csv, xlsx, gpkg."),
        (["--out", "x.shp"], "There is no format 'shp'"),
        (["--format", "shp"], "'shp' is not one of"),
        (["--format", "csv", "--version", "7"], "There is no version 7"),
        (["--out", "/nowhere/x.csv"], "cannot be written"),
    ],
)
def test_an_export_that_cannot_be_made_is_told(given: dict[str, str], options: list[str], words: str) -> None:
    """Exit code 2 and a sentence."""
    found = run("export", *options, **given)
    assert found.exit_code == 2
    assert words in found.output


# The other commands


def test_every_command_works_on_what_is_published(given: dict[str, str], store: Store, tmp_path: Path) -> None:
    """Not on the folder below it."""
    nearest = json.loads(run("nearest", "39.9155", "116.405", "--json", **given).output)
    assert nearest["data_version"] == store.current().geodata.version
    assert nearest["stations"][0]["name"] == "=1+1"
    assert run("check", **given).output == "6 stations in 5 files, 0 faults.\n"
    page = tmp_path / "map.html"
    assert run("export-html", "--all", "--out", str(page), **given).output.startswith("6 stations, ")
    covered = json.loads(run("coverage", "--json", **given).stdout)
    assert covered["provenance"]["data_version"] == nearest["data_version"]


def test_a_command_says_what_it_passed_over(given: dict[str, str], store: Store) -> None:
    """And answers from the version before."""
    (store.path(2) / "manifest.json").unlink()
    found = run("nearest", "39.9155", "116.405", **given)
    assert found.exit_code == 0
    assert "Version 2 is passed over: manifest.json cannot be read: No such file or directory." in found.output
    assert "东华门街道工会服务站" in found.output
    assert run("check", **given).output == "7 stations in 5 files, 0 faults.\n"
