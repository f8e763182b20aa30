"""The planner's commands as people run them: figures, sites, files."""

from __future__ import annotations

import csv
import json
import os
from itertools import combinations
from pathlib import Path

import geopandas
import openpyxl
import pytest
from click.testing import CliRunner, Result
from pyproj import Geod

from locator.cli import main

GEOD = Geod(ellps="WGS84")
# Two candidates alone reach 30 and 29; a pair of others reaches more together than either with the 30.
PEOPLE = {
    "p1": (10, 39.700, 116.100),
    "p2": (10, 39.700, 116.120),
    "p3": (10, 39.700, 116.140),
    "p4": (14, 39.700, 116.160),
    "p5": (3, 39.800, 116.400),
}
PLACES = {"a": (39.7000, 116.105), "b": (39.700, 116.130), "c": (39.704, 116.155), "d": (39.800, 116.401)}


def run(*arguments: str, geodata: Path) -> Result:
    """Run a command on a geodata folder, with no other setting."""
    names = {name: None for name in os.environ if name.startswith("LOCATOR_")}
    return CliRunner().invoke(main, arguments, env=names | {"LOCATOR_GEODATA": str(geodata)})


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """Write people and candidates as the commands take them."""
    people, places = tmp_path / "people.csv", tmp_path / "places.csv"
    with people.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("demand_id", "weight", "lat", "lon"), *((k, *v) for k, v in PEOPLE.items())])
    with places.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("candidate_id", "lat", "lon"), *((k, *v) for k, v in PLACES.items())])
    return ("--demand", str(people), "--candidates", str(places))


def reached(places: tuple[str, ...], radius_m: float) -> float:
    """Add up with Geod the weight within a radius of any of some places."""
    return sum(
        weight
        for weight, lat, lon in PEOPLE.values()
        if any(GEOD.inv(lon, lat, PLACES[place][1], PLACES[place][0])[2] <= radius_m for place in places)
    )


@pytest.mark.parametrize("n", [1, 2, 3])
def test_no_other_choice_of_sites_covers_more(donghuamen: Path, files: tuple[str, ...], n: int) -> None:
    """Against every choice there is; the answer is proven, its gains add up, and its bound is what it covers."""
    found = run(
        "sites", *files, "--n", str(n), "--radius", "1800", "--ignore-existing", "--json", geodata=donghuamen
    )
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    best = max(reached(chosen, 1800) for chosen in combinations(PLACES, n))
    assert (answer["covered"], answer["total"], answer["bound"]) == (best, 47, best)
    assert (answer["status"], answer["gap"], answer["share"]) == ("proven", 0, pytest.approx(best / 47))
    assert sum(site["gain"] for site in answer["sites"]) == best
    assert answer["sites"] == sorted(answer["sites"], key=lambda site: -site["gain"])
    for site in answer["sites"]:
        assert (site["lat"], site["lon"]) == PLACES[site["candidate_id"]]


def test_as_few_sites_as_reach_a_share(donghuamen: Path, files: tuple[str, ...]) -> None:
    """The least number of places that reach nine tenths, by trying all."""
    found = run(
        *("sites", *files, "--target-share", "0.9", "--radius", "1800", "--ignore-existing", "--json"),
        geodata=donghuamen,
    )
    answer = json.loads(found.stdout)
    fewest = next(
        n for n in range(1, 5) if any(reached(chosen, 1800) >= 0.9 * 47 for chosen in combinations(PLACES, n))
    )
    assert len(answer["sites"]) == fewest
    assert answer["share"] >= 0.9


def test_distances_of_any_tool_can_be_used(donghuamen: Path, files: tuple[str, ...], tmp_path: Path) -> None:
    """With a table of distances positions may be missing, and only the table counts."""
    table, people = tmp_path / "table.csv", tmp_path / "nowhere.csv"
    table.write_text("demand_id,candidate_id,distance_m\np1,d,1000\np4,d,1000.01\np4,a,999\n", encoding="utf-8")
    rows = "".join(f"{name},{weight}\n" for name, (weight, _, _) in PEOPLE.items())
    people.write_text(f"demand_id,weight\n{rows}", encoding="utf-8")
    options = ("--distances", str(table), "--n", "1", "--ignore-existing", "--json")
    found = run("sites", *files, "--demand", str(people), *options, geodata=donghuamen)
    assert found.exit_code == 0, found.output
    assert [(site["candidate_id"], site["gain"]) for site in json.loads(found.stdout)["sites"]] == [("a", 14)]


def test_a_table_may_hold_the_stations_too(donghuamen: Path, files: tuple[str, ...], tmp_path: Path) -> None:
    """A station's id in place of a candidate's: p4 is served already, so p5 comes first."""
    table = tmp_path / "ways.csv"
    rows = "p4,tw-2,1000\np4,a,900\np5,d,1000\np5,tw-1,1001\n"
    table.write_text(f"demand_id,candidate_id,distance_m\n{rows}", encoding="utf-8")
    found = run("sites", *files, "--distances", str(table), "--n", "1", "--json", geodata=donghuamen)
    assert found.exit_code == 0, found.output
    answer = json.loads(found.stdout)
    assert (answer["before"], answer["covered"], answer["distances"]) == (14, 17, "ways.csv")
    assert [site["candidate_id"] for site in answer["sites"]] == ["d"]
    assert "ways.csv has no distances to 5 of 7 stations" in found.stderr


def test_a_table_without_stations_is_refused(donghuamen: Path, files: tuple[str, ...], tmp_path: Path) -> None:
    """Not mixed with straight lines: both ways out are named."""
    table = tmp_path / "ways.csv"
    table.write_text("demand_id,candidate_id,distance_m\np4,a,900\n", encoding="utf-8")
    found = run("sites", *files, "--distances", str(table), "--n", "1", geodata=donghuamen)
    assert found.exit_code == 2
    assert "Add rows with their ids as candidate_id, or ignore them (ignore_existing)." in found.stderr


def test_a_file_of_sites_by_a_table_has_nothing_in_straight_lines(
    donghuamen: Path, files: tuple[str, ...], tmp_path: Path
) -> None:
    """Only the sites, and what they rest on; positions may be missing."""
    table, people, out = tmp_path / "ways.csv", tmp_path / "nowhere.csv", tmp_path / "sites.xlsx"
    table.write_text("demand_id,candidate_id,distance_m\np1,d,1000\np4,a,999\n", encoding="utf-8")
    rows = "".join(f"{name},{weight}\n" for name, (weight, _, _) in PEOPLE.items())
    people.write_text(f"demand_id,weight\n{rows}", encoding="utf-8")
    asked = ("--demand", str(people), "--distances", str(table), "--ignore-existing", "--n", "1", "--lang", "en")
    found = run("sites", *files, *asked, "--out", str(out), geodata=donghuamen)
    assert found.exit_code == 0, found.output
    book = openpyxl.load_workbook(out, read_only=True)
    assert book.sheetnames == ["Sites", "Provenance"]
    facts = dict(row[:2] for row in book["Provenance"].iter_rows(values_only=True))
    assert facts["Distances"] == "ways.csv"
    assert facts["Assumed"].startswith("New stations count as open at all hours")


def test_where_nothing_can_be_gained_the_answer_is_none_with_a_sentence(
    donghuamen: Path, files: tuple[str, ...], tmp_path: Path
) -> None:
    """Everybody is served within 20 km, a share of a tenth is reached, and a place far away reaches nobody."""
    nowhere = tmp_path / "nowhere.csv"
    nowhere.write_text("candidate_id,lat,lon\nz,41.5,117.5\n", encoding="utf-8")
    said = {
        (
            "--n",
            "1",
            "--radius",
            "20000",
            "--demand",
            str(near_stations(tmp_path)),
        ): "all demand is covered already",
        (
            "--target-share",
            "0.1",
            "--radius",
            "20000",
            "--demand",
            str(near_stations(tmp_path)),
        ): "reached already",
        ("--n", "1", "--candidates", str(nowhere), "--lang", "zh"): "no candidate site is within reach",
    }
    for asked, sentence in said.items():
        found = run("sites", *files, *asked, geodata=donghuamen)
        assert found.exit_code == 0, found.output
        assert sentence in found.stdout
        answer = json.loads(run("sites", *files, *asked, "--json", geodata=donghuamen).stdout)
        assert (answer["sites"], answer["status"]) == ([], "proven")
        assert sentence in answer["reason"]


def near_stations(folder: Path) -> Path:
    """Write a demand of one person at a station."""
    path = folder / "near.csv"
    path.write_text("demand_id,weight,lat,lon\nnear,1,39.9162,116.4042\n", encoding="utf-8")
    return path


def test_a_reference_system_without_a_file_is_refused(donghuamen: Path) -> None:
    """The census has its own: an option that nothing reads must not pass for one that was."""
    for name, value in (("crs", "EPSG:4490"), ("datum", "gcj02")):
        found = run("coverage", f"--{name}", value, geodata=donghuamen)
        assert found.exit_code == 2
        assert f"--{name} is that of --demand" in found.stderr


def test_what_new_stations_are_taken_to_be_is_said(
    donghuamen: Path, files: tuple[str, ...], tmp_path: Path
) -> None:
    """Beside the figures of sites and of a scenario that adds, and of no other."""
    adds, removes = tmp_path / "adds.csv", tmp_path / "removes.csv"
    adds.write_text("action,station_id,kind,lat,lon\nadd,new-1,warm_station,39.8,116.401\n", encoding="utf-8")
    removes.write_text("action,station_id\nremove,tw-1\n", encoding="utf-8")
    asked = {
        ("sites", *files, "--n", "1"): True,
        ("coverage", *files[:2], "--scenario", str(adds)): True,
        ("coverage", *files[:2], "--scenario", str(removes)): False,
        ("coverage", *files[:2]): False,
    }
    for arguments, says in asked.items():
        assert ("count as open at all hours" in run(*arguments, geodata=donghuamen).stdout) is says
        if arguments[0] == "coverage":
            answer = json.loads(run(*arguments, "--json", geodata=donghuamen).stdout)
            assert (answer["assumed"] is not None) is says


def test_coverage_is_printed_worst_area_first(donghuamen: Path, files: tuple[str, ...]) -> None:
    """A line for each district and one for all, and what has to stand beside them."""
    found = run("coverage", *files[:2], "--lang", "en", geodata=donghuamen)
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert lines[0].split()[0] == "covered"
    assert any(line.endswith("all") and line.startswith("0.0%") for line in lines)
    assert "people.csv" in lines[-1]
    assert "radius 1000 m" in lines[-1]


def test_coverage_of_the_census_says_that_it_is_spread(donghuamen: Path) -> None:
    """Without a demand file the residents of 2020 stand in, and every answer says so."""
    found = run("coverage", "--json", geodata=donghuamen)
    answer = json.loads(found.stdout)
    assert answer["total"]["demand"] == pytest.approx(708_829 + 2_019_764)
    assert answer["provenance"]["spread_evenly"] is True
    assert "spread evenly: a district average, not where people are" in answer["provenance"]["demand_source"]


def test_figures_go_to_a_file_of_any_form(donghuamen: Path, tmp_path: Path) -> None:
    """Read back by other programs: the same persons everywhere."""
    outs = {suffix: tmp_path / f"figures{suffix}" for suffix in (".csv", ".xlsx", ".geojson", ".gpkg")}
    for out in outs.values():
        assert run("coverage", "--lang", "en", "--out", str(out), geodata=donghuamen).exit_code == 0
    with outs[".csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    column = next(name for name in rows[0] if "persons" in name)
    by_area = [float(row[column]) for row in rows]
    assert by_area == pytest.approx([708_829, 2_019_764, 708_829 + 2_019_764])
    book = openpyxl.load_workbook(outs[".xlsx"], read_only=True)
    assert len(book.sheetnames) >= 4
    assert len(geopandas.read_file(outs[".geojson"])) > 0
    assert "areas" in geopandas.list_layers(outs[".gpkg"])["name"].tolist()


def test_the_report_is_one_file_that_needs_no_other(
    donghuamen: Path, files: tuple[str, ...], tmp_path: Path
) -> None:
    """Everything is in it: no address of a script, a style or a picture."""
    out = tmp_path / "report.html"
    options = ("--n", "1", "--radius", "1800", "--ignore-existing", "--out", str(out), "--lang", "en")
    found = run("sites", *files, *options, geodata=donghuamen)
    assert found.exit_code == 0, found.output
    page = out.read_text(encoding="utf-8")
    assert "<svg" in page
    assert not any(word in page for word in ('src="/', 'href="/', 'http-equiv="refresh', "<script src"))


def test_a_scenario_file_is_measured(donghuamen: Path, files: tuple[str, ...], tmp_path: Path) -> None:
    """A station where the five lives are counted: before nobody, after three."""
    scenario = tmp_path / "what-if.csv"
    scenario.write_text(
        "action,station_id,kind,lat,lon,hours\nadd,new-1,warm_station,39.8,116.401,早9点到晚8点\n",
        encoding="utf-8",
    )
    found = run("coverage", *files[:2], "--scenario", str(scenario), "--json", geodata=donghuamen)
    answer = json.loads(found.stdout)
    assert (answer["before"]["covered"], answer["total"]["covered"]) == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sites", "--n", "0"), "0"),
        (("sites", "--n", "5"), "5"),
        (("sites", "--n", "1", "--target-share", "0.5"), "Give either"),
        (("sites", "--target-share", "1.5"), "1.5"),
        (("coverage", "--radius", "-1"), "-1"),
        (("coverage", "--kind", "tavern"), "tavern"),
        (("coverage", "--out", "figures.doc"), ".doc"),
        (("coverage", "--open-at", "soon"), "soon"),
        (("sites", "--n", "1_0"), "'1_0' is not a number"),
        (("sites", "--target-share", "0_5"), "'0_5' is not a number"),
        (("sites", "--floor", "0_5"), "'0_5' is not a number"),
        (("sites", "--time-limit", "1_0"), "'1_0' is not a number"),
        (("sites", "--time-limit", "0"), "above 0 seconds, not 0.0"),
        (("sites", "--seed", "-1"), "not -1"),
        (("sites", "--spacing", "500"), "--candidates names"),
        (("sites", "--distances", "ways.csv", "--out", "report.html"), "--distances replaces"),
    ],
)
def test_what_makes_no_sense_ends_with_a_sentence(
    donghuamen: Path, files: tuple[str, ...], arguments: tuple[str, ...], said: str
) -> None:
    """Exit code 2 and no trace."""
    options = files if arguments[0] == "sites" else files[:2]
    found = run(*arguments, *options, geodata=donghuamen)
    assert found.exit_code == 2, found.output
    assert "Error: " in found.stderr
    assert said in " ".join(found.stderr.split())
    assert "Traceback" not in found.output


def test_the_same_input_gives_the_same_answer(donghuamen: Path, files: tuple[str, ...]) -> None:
    """Twice the same sites, bound and digest."""
    first, second = (
        json.loads(run("sites", *files, "--n", "2", "--ignore-existing", "--json", geodata=donghuamen).stdout)
        for _ in range(2)
    )
    for name in ("sites", "bound", "digest", "status"):
        assert first[name] == second[name]


@pytest.mark.parametrize("name", ["plan.pdf", "plan", "nowhere/plan.csv"])
@pytest.mark.parametrize("command", ["coverage", "sites"])
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    donghuamen: Path, tmp_path: Path, command: str, name: str
) -> None:
    """Nobody waits a minute for figures that are then lost."""
    found = run(command, "--demand", "not-there.csv", "--out", str(tmp_path / name), geodata=donghuamen)
    assert found.exit_code == 2
    assert "--out" in found.output
    assert "not-there.csv" not in found.output


def test_a_suffix_in_capitals_is_the_same(donghuamen: Path, files: tuple[str, ...], tmp_path: Path) -> None:
    """As Windows writes them."""
    out = tmp_path / "PLAN.HTML"
    assert run("coverage", *files[:2], "--out", str(out), geodata=donghuamen).exit_code == 0
    assert out.read_text(encoding="utf-8").lstrip().startswith("<!doctype html>")


# Stations that are not in service


def test_stations_that_are_not_in_service_are_not_counted(
    four_states: Path, files: tuple[str, ...], tmp_path: Path
) -> None:
    """Which is printed; one of them may be named in a table of distances and as a candidate."""
    demand = files[:2]
    found = run("coverage", *demand, "--lang", "en", geodata=four_states)
    assert "2 stations closed for now or planned are not counted." in found.output
    record = json.loads(run("coverage", *demand, "--json", geodata=four_states).stdout)
    assert (record["total"]["stations"], record["provenance"]["out_of_service"]) == (1, 2)
    table, sites = tmp_path / "distances.csv", tmp_path / "sites.csv"
    sites.write_text("candidate_id,lat,lon\nplanned,39.7,116.1\n", encoding="utf-8")
    rows = ["p1,planned,100", "p2,shut,100", "p3,usable,100"]
    table.write_text("\n".join(["demand_id,candidate_id,distance_m", *rows]), encoding="utf-8")
    options = ("--candidates", str(sites), "--distances", str(table), "--n", "1", "--json")
    plan = json.loads(run("sites", *demand, *options, geodata=four_states).stdout)
    assert (plan["before"], plan["covered"], plan["sites"][0]["candidate_id"]) == (10, 20, "planned")


def test_a_scenario_opens_a_station_by_adding_it(
    four_states: Path, files: tuple[str, ...], tmp_path: Path
) -> None:
    """It cannot be changed or removed, as it is not counted."""
    scenario = tmp_path / "scenario.csv"
    scenario.write_text("action,station_id,kind,lat,lon\nadd,shut,worker_home,39.917,116.405\n", encoding="utf-8")
    options = ("coverage", *files[:2], "--scenario", str(scenario), "--json")
    record = json.loads(run(*options, geodata=four_states).stdout)
    assert (record["total"]["stations"], record["provenance"]["out_of_service"]) == (2, 1)
    scenario.write_text("action,station_id\nremove,shut\n", encoding="utf-8")
    refused = run(*options, geodata=four_states)
    assert refused.exit_code != 0
    assert "'shut' is closed for now or planned, so it is not counted" in refused.output
