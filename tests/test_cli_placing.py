"""Rows that wait, on the command line: listed, written to a file, and taken back filled in."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest

from locator.files.writing import xlsx_bytes
from locator.stations.store import Store
from tests.test_cli_importing import run

LIST = (
    "站点名称,地址,区,座位数\n东四驿站,东四1号,东城区,3\n"
    "=西四驿站,西四2号,西城区,4\n北新桥驿站,北新桥3号,东城区,许多\n"
)


@pytest.fixture
def settings(tmp_path: Path, donghuamen: Path) -> dict[str, str]:
    """A store in which two rows wait and one was refused."""
    settings = {"LOCATOR_GEODATA": str(donghuamen), "LOCATOR_STORE": str(tmp_path / "store")}
    path = tmp_path / "名单.csv"
    path.write_text(LIST + "南锣驿站,南锣4号,东城区,5\n", encoding="utf-8")
    done = run(settings, "import", str(path), "--kind", "warm_station", "--yes")
    assert done.exit_code == 0, done.output
    return settings


def filled_in(out: Path, **cells: object) -> None:
    """Fill the first row of a table in, as somebody does in a spreadsheet."""
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    headings, first, *others = [list(row) for row in sheet.iter_rows(values_only=True)]
    for heading, cell in cells.items():
        first[headings.index(heading)] = cell  # type: ignore[call-overload]
    out.write_bytes(xlsx_bytes("x", [str(heading) for heading in headings], [first, *others]))


def test_rows_are_listed(settings: dict[str, str]) -> None:
    """As a table, as JSON, of one district, and those that were refused; in Chinese too."""
    found = run(settings, "to-place")
    assert found.exit_code == 0, found.output
    assert [line.split()[1] for line in found.output.splitlines()[1:]] == ["东四驿站", "=西四驿站", "南锣驿站"]
    told = json.loads(run(settings, "to-place", "--district", "西城区", "--json").stdout)["rows"]
    assert [(row["name"], row["row"], row["source"]) for row in told] == [("=西四驿站", 3, "名单")]
    assert told[0]["facts"]["seats"] == 4
    assert "北新桥驿站" in run(settings, "to-place", "--refused").output
    chinese = run(settings | {"LOCATOR_LANG": "zh"}, "to-place").output
    assert "编号" in chinese
    assert "名单里没有认出写位置的列。" in chinese


def test_a_file_comes_back_filled_in(settings: dict[str, str], tmp_path: Path, donghuamen: Path) -> None:
    """The row is published, the others stay; a second time it is told that it is placed."""
    out = tmp_path / "o.xlsx"
    assert run(settings, "to-place", "--out", str(out)).exit_code == 0
    filled_in(out, Latitude=39.93, Longitude=116.42)
    found = run(settings, "to-place", "--in", str(out), "--datum", "wgs84", "--who", "li")
    assert found.exit_code == 0, found.output
    assert "1 rows were placed." in found.output
    assert "2 rows have no position yet" in found.output
    store = Store(tmp_path / "store", donghuamen)
    station = next(one for one in store.contents(2).stations if one.name == "东四驿站")
    assert (station.lat, station.lon, station.position_accuracy_m) == (39.93, 116.42, 30)
    assert (store.manifest(2).who, store.manifest(2).why) == ("li", "o.xlsx")
    again = run(settings, "to-place", "--in", str(out), "--datum", "wgs84", "--json")
    assert again.exit_code == 1
    told = json.loads(again.stdout)
    assert (told["placed"], told["left"], [fault["row"] for fault in told["faults"]]) == (0, 2, [2])


def test_refused_rows_come_back_mended(settings: dict[str, str], tmp_path: Path) -> None:
    """It has no position still, so it waits now."""
    out = tmp_path / "refused.csv"
    assert run(settings, "to-place", "--refused", "--out", str(out)).exit_code == 0
    out.write_text(out.read_text(encoding="utf-8-sig").replace("许多", "9"), encoding="utf-8")
    found = run(settings, "to-place", "--in", str(out))
    assert "1 rows wait for a position now." in found.output
    assert "北新桥驿站" in run(settings, "to-place").output
    assert run(settings, "to-place", "--refused").output.strip() == "None."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--out", "x.pdf"), "xlsx, csv"),
        (("--in", "missing.xlsx"), "missing.xlsx"),
        (("--in", "x.xlsx", "--refused"), "--in takes a file back"),
    ],
)
def test_what_cannot_be_is_told(settings: dict[str, str], arguments: tuple[str, ...], message: str) -> None:
    """Exit code 2, and no stack trace."""
    found = run(settings, "to-place", *arguments)
    assert found.exit_code == 2
    assert message in found.output


def test_texts_are_written_as_texts(settings: dict[str, str], tmp_path: Path) -> None:
    """A name that looks like a formula is none."""
    out = tmp_path / "o.xlsx"
    run(settings, "to-place", "--out", str(out))
    sheet = openpyxl.load_workbook(io.BytesIO(out.read_bytes())).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
