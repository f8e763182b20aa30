"""`locator import` as a steward runs it: nothing is published that was not shown, and a fault changes nothing."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from xlsxwriter import Workbook

from locator.cli import main
from locator.stations.geodata import read_districts
from locator.stations.store import Store

LIST = (
    "站点名称,地址,区,经度,纬度\n王府井驿站,王府井大街1号,东城区,116.4110,39.9140\n没有位置的驿站,某路,东城区,,\n"
)


@pytest.fixture
def settings(tmp_path: Path, donghuamen: Path) -> dict[str, str]:
    """A store of its own over the seven stations."""
    return {"LOCATOR_GEODATA": str(donghuamen), "LOCATOR_STORE": str(tmp_path / "store")}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A list with one good row and one without a position."""
    path = tmp_path / "名单.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path, donghuamen: Path) -> Store:
    """The same store."""
    return Store(tmp_path / "store", donghuamen)


def run(settings: dict[str, str], *arguments: str) -> Result:
    """Run a command with these settings and no others."""
    names = {name: None for name in os.environ if name.startswith("LOCATOR_")}
    return CliRunner().invoke(main, arguments, env=names | settings)


WARM = ("--kind", "warm_station", "--datum", "wgs84")


def test_one_command_publishes_a_list(settings: dict[str, str], path: Path, store: Store) -> None:
    """What was found is printed, and the station can be asked for at once."""
    found = run(settings, "import", str(path), *WARM, "--who", "li", "--why", "November")
    assert found.exit_code == 0, found.output
    assert "Row 3, to be placed: " in found.output
    assert "1 of 2 rows accepted: 1 added" in found.output
    assert "Published as version 1" in found.output
    assert (store.manifest(1).who, store.manifest(1).why) == ("li", "November")
    near = run(settings, "nearest", "39.914", "116.411", "--limit", "1", "--json")
    assert json.loads(near.output)["stations"][0]["name"] == "王府井驿站"


def test_a_dry_run_shows_the_same_and_writes_nothing(
    settings: dict[str, str], path: Path, store: Store, tmp_path: Path
) -> None:
    """Not even the folder of the store comes into being."""
    found = run(settings, "import", str(path), *WARM, "--dry-run")
    assert found.exit_code == 0
    assert "1 of 2 rows accepted: 1 added" in found.output
    assert "Published" not in found.output
    assert store.newest() == 0
    assert not (tmp_path / "store").exists()


def test_a_list_brings_the_outlines_of_its_city(settings: dict[str, str], tmp_path: Path, store: Store) -> None:
    """From any format of polygons, here KML; what is doubtful in them is said, and standard output stays clean."""
    corners = "117.0,39.0 117.4,39.0 117.4,39.3 117.0,39.3 117.0,39.0"
    outlines = tmp_path / "天津.kml"
    outlines.write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>和平区</name><Polygon>'
        f"<outerBoundaryIs><LinearRing><coordinates>{corners}</coordinates></LinearRing></outerBoundaryIs>"
        "</Polygon></Placemark></Document></kml>",
        encoding="utf-8",
    )
    listed = tmp_path / "天津.csv"
    listed.write_text("name,lat,lon\n和平驿站,39.12,117.2\n", encoding="utf-8")
    found = run(settings, "import", str(listed), *WARM, "--districts", str(outlines), "--json")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["accepted"] == 1
    assert "Residents are not known" in found.stderr
    contents = store.contents(1)
    assert [district.name for district in read_districts(contents.districts_file)] == ["和平区"]


def test_the_answer_for_programs(settings: dict[str, str], path: Path) -> None:
    """One JSON object on the standard output, with the number of the version."""
    found = run(settings, "import", str(path), *WARM, "--json")
    told = json.loads(found.stdout)
    assert (told["rows"], told["accepted"], told["published"]) == (2, 1, 1)
    assert told["refused"] == []
    (waiting,) = told["waiting"]
    assert waiting == {"row": 3, "name": waiting["name"], "reason": waiting["reason"]}
    assert "no position" in waiting["reason"]
    assert told["datum"] | {"value": "wgs84", "is_given": True, "origin": "given"} == told["datum"]
    assert told["encoding"] == "utf-8"


def test_a_list_that_nobody_can_place_is_refused(settings: dict[str, str], path: Path, store: Store) -> None:
    """The message says how to say the datum; the exit code is that of an error."""
    found = run(settings, "import", str(path), "--kind", "warm_station")
    assert found.exit_code == 2
    assert "--datum wgs84, gcj02 or bd09" in found.output
    assert store.newest() == 0


def test_a_list_without_one_good_row_is_no_version(settings: dict[str, str], path: Path, store: Store) -> None:
    """Exit code 1: it was understood, and nothing of it can be kept."""
    path.write_text("站点名称,地址\n,某路\n,另一条路\n", encoding="utf-8")
    found = run(settings, "import", str(path), *WARM)
    assert found.exit_code == 1
    assert "0 of 2 rows accepted" in found.output
    assert store.newest() == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--map", "name"), "name=站点名称"),
        (("--map", "nonsense=站点名称"), "nonsense"),
        (("--map", "name=没有这一列"), "没有这一列"),
        (("--datum", "wgs72"), "wgs72"),
        (("--report", "found.docx"), ".csv or .html"),
        (("--encoding", "klingon"), "klingon"),
        (("--listed-on", "yesterday"), "2026-11-05"),
        (("--sheet", "Sheet9"), "Sheet9"),
    ],
)
def test_what_cannot_be_is_told(
    settings: dict[str, str], path: Path, store: Store, arguments: tuple[str, ...], message: str
) -> None:
    """The message names the value or the rule, and nothing is published."""
    found = run(settings, "import", str(path), *WARM, *arguments)
    assert found.exit_code == 2
    assert message in found.output
    assert "Traceback" not in found.output
    assert store.newest() == 0


def test_the_report_is_a_page_in_one_file(settings: dict[str, str], path: Path, tmp_path: Path) -> None:
    """It asks no host for anything, has the map in it, and a name that is markup is text."""
    path.write_text(
        LIST.replace("王府井驿站", "</script><img src=x onerror=alert(1)>${alert(1)}"), encoding="utf-8"
    )
    out = tmp_path / "found.html"
    found = run(settings, "import", str(path), *WARM, "--dry-run", "--report", str(out))
    assert found.exit_code == 0, found.output
    page = out.read_text(encoding="utf-8")
    assert "<img src=x" not in page
    assert "importMap" in page
    assert "default-src 'none'" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


@pytest.mark.parametrize("suffix", [".csv", ".html"])
def test_a_report_is_in_the_language_of_the_settings(
    settings: dict[str, str], path: Path, tmp_path: Path, suffix: str
) -> None:
    """And so is what is printed."""
    out = tmp_path / f"found{suffix}"
    found = run(settings | {"LOCATOR_LANG": "zh"}, "import", str(path), *WARM, "--dry-run", "--report", str(out))
    assert "没有位置" in found.output
    said = out.read_text(encoding="utf-8")
    assert "没有位置。请填写纬度和经度。" in said
    assert "it has no position" not in said


def test_a_list_is_taken_back(settings: dict[str, str], path: Path, store: Store) -> None:
    """The stations are those from before, under a new number."""
    run(settings, "import", str(path), *WARM)
    found = run(settings, "rollback", "0")
    assert found.exit_code == 0, found.output
    names = {station.name for station in store.contents(2).stations}
    assert "王府井驿站" not in names
    assert len(names) == 7


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A workbook with a title, a district on each of two worksheets, a total, and a sheet of instructions."""
    path = tmp_path / "各区名单.xlsx"
    with Workbook(path) as book:
        for district, lat in (("东城区", 39.914), ("丰台区", 39.915)):
            sheet = book.add_worksheet(district)
            rows = [
                [f"{district}驿站名单"],
                ["站点名称", "经度", "纬度"],
                [f"{district}驿站", 116.411, lat],
                ["合计", 1],
            ]
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        book.add_worksheet("填表说明").write(0, 0, "请如实填写")
    return path


def test_worksheets_and_rows_are_named_as_a_spreadsheet_does(settings: dict[str, str], workbook: Path) -> None:
    """What was read, what was left out and why, and the columns; for programs the same as members."""
    found = run(settings | {"LOCATOR_LANG": "zh"}, "import", str(workbook), *WARM, "--dry-run")
    assert found.exit_code == 0, found.output
    for said in ("工作表“东城区”：1 行，标题在第 2 行", "工作表“填表说明”", "东城区 第 4 行", "名称 (name)"):
        assert said in found.output
    told = json.loads(run(settings, "import", str(workbook), *WARM, "--dry-run", "--json").stdout)
    assert [(one["name"], one["rows"], one["is_read"]) for one in told["sheets"]] == [
        ("东城区", 1, True),
        ("丰台区", 1, True),
        ("填表说明", 1, False),
    ]
    assert told["heading_rows"] == [2]
    left_out = {(one.get("sheet"), one["row"]) for one in told["left_out"]}
    assert {("东城区", 1), ("东城区", 4), ("丰台区", 4), ("填表说明", None)} <= left_out


def test_a_worksheet_a_heading_row_and_a_day_are_chosen(
    settings: dict[str, str], workbook: Path, store: Store
) -> None:
    """Only that worksheet is read, and its rows were checked on that day."""
    chosen = ("--sheet", "丰台区", "--heading-row", "2", "--listed-on", "2026-11-20", "--yes")
    found = run(settings, "import", str(workbook), *WARM, "--anywhere", *chosen)
    assert found.exit_code == 0, found.output
    (made,) = [station for station in store.contents(1).stations if station.name.endswith("区驿站")]
    assert (made.name, made.checked_on) == ("丰台区驿站", date(2026, 11, 20))


def test_a_stop_names_the_option_that_agrees_to_it(settings: dict[str, str], path: Path, store: Store) -> None:
    """Nothing is published without it."""
    heading = LIST.splitlines()[0] + "\n"
    rows = [f"第{n}驿站,路{n}号,东城区,116.4{n}1,39.9140\n" for n in range(1, 6)]
    path.write_text(heading + "".join(rows), encoding="utf-8")
    run(settings, "import", str(path), *WARM)
    path.write_text(heading + rows[0], encoding="utf-8")
    found = run(settings, "import", str(path), *WARM)
    assert found.exit_code == 2
    assert "--retire-many" in found.output
    assert store.newest() == 1
    found = run(settings, "import", str(path), "--kind", "warm_station", "--retire-many")
    assert found.exit_code == 0, found.output
    assert "as for this list on" in found.output
    assert store.newest() == 2


def test_where_no_column_has_names_all_are_listed(settings: dict[str, str], path: Path) -> None:
    """And the option that says it."""
    path.write_text("甲,乙\n1,2\n3,4\n", encoding="utf-8")
    found = run(settings | {"LOCATOR_LANG": "zh"}, "import", str(path), *WARM)
    assert found.exit_code == 2
    assert "--map name=列名" in found.output
    assert "甲、乙" in found.output
