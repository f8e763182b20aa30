"""An export that comes back changes nothing, whatever is said of it; what was changed in it is edited by hand."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from locator.geo.datum import Datum
from locator.importing.intake import Choices, Proposal, propose, publish
from locator.stations.by_hand import edit_by_hand
from locator.stations.schema import Station
from locator.stations.store import Retired, Store
from locator.stations.version_export import FORMS, render
from tests.conftest import not_here

FULL = Station(
    "0012",
    "=1+1驿站",
    "worker_home",
    39.9162,
    116.4042,
    position_accuracy_m=30.0,
    name_en="1-2",
    pinyin="yi zhan",
    parent="007",
    address="东华门大街 1 号",
    district="东城区",
    amenities={"seats": "yes", "shower": "no"},
    hours="24/7",
    hours_text="看心情",
    status="closed_for_now",
    status_until=date(2026, 12, 31),
    status_note="装修中",
    phone="01065123456",
    seats=0,
    area_m2=12.5,
    checked_on=date(2026, 8, 21),
    source="第一份",
    licence="CC BY 4.0",
    synthetic=True,
    doubts=("piled", "duplicate"),
)
PLAIN = Station("1e5", "金鱼胡同驿站", "warm_station", 39.9151, 116.4101, phone="13800138000", source="第二份")
BARE = Station("b-1", "灯市口驿站", "warm_station", 39.9171, 116.4171, hours="Mo-Fr 09:00-17:00")
GONE = Station("gone-1", "老驿站", "warm_station", 39.9181, 116.4181, source="第一份")


@pytest.fixture
def store(tmp_path: Path, donghuamen: Path) -> Store:
    """A store with three stations of two lists and of none, and one that is retired."""
    store = Store(tmp_path / "store", donghuamen)
    retired = (Retired(GONE, date(2026, 10, 1)),)
    contents = replace(store.contents(0), stations=(FULL, PLAIN, BARE), retired=retired)
    store.publish(contents, parent=0, who="a steward", why="a beginning")
    return store


def write_export(store: Store, path: Path) -> Path:
    """Export what is served."""
    loaded = store.current()
    stations = store.contents(loaded.number).stations
    path.write_bytes(render(path.suffix[1:], stations, {"data_version": loaded.geodata.version}))
    return path


def proposed(path: Path, store: Store, **given: Any) -> Proposal:
    """Import a file as somebody might who does not know what it is."""
    return propose(
        path, Choices(**{"kind": "community_station", "source": "随便", "datum": Datum.BD09, **given}), store
    )


Rows = dict[str, dict[str, str]]
"""Rows by their id."""


def rows_of(path: Path) -> Rows:
    """Read the rows of a table."""
    rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")))
    return {row["station_id"]: row for row in rows}


def edit_csv(path: Path, change: Callable[[Rows], Any]) -> None:
    """Change the rows of a table."""
    rows = rows_of(path)
    headings = list(rows["1e5"])
    change(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows.values())


def publish_it(proposal: Proposal, store: Store) -> dict[str, Station]:
    """Publish, and return the stations."""
    publish(proposal, store, who="a steward", why="an export with edits")
    return {station.station_id: station for station in store.contents(store.newest()).stations}


@pytest.mark.parametrize("form", FORMS)
def test_an_export_that_comes_back_changes_nothing(store: Store, tmp_path: Path, form: str) -> None:
    """Under any name, kind, list and datum, given or remembered."""
    lists = tmp_path / "第一份.csv"
    lists.write_text("站点名称,经度,纬度\n甲驿站,116.4300,39.9300\n", encoding="utf-8")
    publish_it(proposed(lists, store, source="第一份", datum=Datum.GCJ02, retire_many=True), store)
    path = write_export(store, tmp_path / f"2026年名单（最新）.{form}")
    for given in (
        {},
        {"datum": None, "source": "第一份"},
        {"datum": Datum.GCJ02, "kind": "warm_station", "swap": True},
    ):
        found = proposed(path, store, **given)
        assert (found.refused, found.waiting, found.doubts, found.stops) == ([], [], [], ())
        assert not found.has_changes
        assert found.diff.unchanged == len(found.stations) == 4
        assert (found.positions.judgement.datum, found.datum_origin) == (Datum.WGS84, "export")


def test_edits_in_an_export_are_edits_by_hand(store: Store, tmp_path: Path) -> None:
    """Of stations of any list; everything else stays, and what the list has is remembered."""
    path = write_export(store, tmp_path / "export.csv")

    def change(rows: Rows) -> None:
        rows["0012"] |= {
            "status": "",
            "hours_text": "8:00-20:00",
            "amenity:seats": "no",
            "licence": "",
            "kind": "驿站",
        }
        rows["1e5"] |= {"name": "金鱼胡同工会驿站", "lat": "39.9160", "phone": "010 1", "venue": "没有这种"}

    edit_csv(path, change)
    found = publish_it(proposed(path, store), store)
    expected = replace(FULL, status="open", hours_text="8:00-20:00", hours="Mo-Su 08:00-20:00", licence=None)
    expected = replace(expected, amenities={"seats": "no", "shower": "no"}, kind="warm_station")
    assert replace(found["0012"], doubts=FULL.doubts, hours=expected.hours) == expected
    assert "08:00-20:00" in (found["0012"].hours or "")
    changed = found["1e5"]
    assert (changed.name, changed.lat, changed.lon, changed.phone) == (
        "金鱼胡同工会驿站",
        39.916,
        116.4101,
        "010 1",
    )
    assert changed.pinyin == "jin yu hu tong gong hui yi zhan"
    assert (changed.venue, changed.source) == (None, "第二份")
    assert found["b-1"] == BARE
    edits = store.contents(store.newest()).edits
    assert edits["1e5"] == {"name": PLAIN.name, "phone": PLAIN.phone, "position": [PLAIN.lat, PLAIN.lon]}
    assert edits["0012"].keys() == {"status", "hours", "amenity:seats", "licence", "kind"}


def test_rows_come_and_go(store: Store, tmp_path: Path) -> None:
    """A deleted row retires nothing, a new one gets an id, and a retired one stays so."""
    path = write_export(store, tmp_path / "export.csv")

    def change(rows: Rows) -> None:
        del rows["1e5"]
        blank = dict.fromkeys(rows["b-1"], "")
        rows["new"] = blank | {"name": "新驿站", "lat": "39.9200", "lon": "116.4200", "source": "第一份"}
        rows["old"] = blank | {"station_id": "gone-1", "name": "老驿站", "lat": "39.9181", "lon": "116.4181"}
        rows["placeless"] = blank | {"name": "没有位置的驿站"}

    edit_csv(path, change)
    proposal = proposed(path, store)
    assert {name: n for name, n in proposal.changes.items() if n} == {"added": 1}
    assert [row.row for row in proposal.waiting] == [5]
    assert [str(note)[:20] for note in proposal.notes[1:]] == ["1 published stations", "1 stations in the fi"]
    found = publish_it(proposal, store)
    (new,) = (station for station in found.values() if station.name == "新驿站")
    assert (new.source, new.kind, new.lat, new.doubts) == ("第一份", "community_station", 39.92, ())
    assert found.keys() == {"0012", "1e5", "b-1", new.station_id}
    assert store.contents(store.newest()).edits[new.station_id]["listed"] is False


def test_an_old_export_undoes_nothing(store: Store, tmp_path: Path) -> None:
    """What was published since stays, but for the very cells that were changed."""
    path = write_export(store, tmp_path / "export.csv")
    now = edit_by_hand(store.contents(1), "1e5", replace(PLAIN, phone="2", seats=3), date(2026, 11, 3))
    store.publish(now, parent=1, who="a steward", why="called them")
    edit_csv(path, lambda rows: rows["1e5"].update(address="金鱼胡同 1 号"))
    found = publish_it(proposed(path, store), store)["1e5"]
    assert (found.phone, found.seats, found.address) == ("2", 3, "金鱼胡同 1 号")


def test_a_station_that_an_export_closes_is_retired_by_hand(store: Store, tmp_path: Path) -> None:
    """The next list does not bring it back."""
    path = write_export(store, tmp_path / "export.csv")
    edit_csv(path, lambda rows: rows["1e5"].update(status="closed"))
    proposal = proposed(path, store)
    assert [station.station_id for station in proposal.diff.gone] == ["1e5"]
    assert len(proposal.closed) == 1
    publish_it(proposal, store)
    assert store.contents(2).edits["1e5"] == {"listed": True}


def test_what_was_exported_before_it_named_its_datum(store: Store, tmp_path: Path) -> None:
    """Its columns tell it too."""
    path = write_export(store, tmp_path / "export.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(
            file, [name for name in rows[0] if name not in ("datum", "data_version")], extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(rows)
    assert not proposed(path, store).has_changes


def test_a_few_columns_are_enough(store: Store, tmp_path: Path) -> None:
    """Without positions and names the stations keep theirs."""
    path = tmp_path / "phones.csv"
    path.write_text("station_id,datum,phone\n1e5,WGS84,2\nb-1,WGS84,\n", encoding="utf-8")
    found = proposed(path, store)
    assert [change.fields for change in found.diff.changed] == [("phone",)]
    assert not found.refused


@pytest.fixture(scope="module")
def soffice() -> str:
    """LibreOffice, which saves what it opened as Excel does."""
    return shutil.which("soffice") or not_here("no LibreOffice on this machine: install libreoffice-calc-nogui")


def resave(soffice: str, path: Path, form: str, folder: Path) -> Path:
    """Open a file in LibreOffice, and save it in a format."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        soffice,
        profile,
        "--headless",
        "--infilter=CSV:44,34,76",
        "--convert-to",
        form,
        "--outdir",
        str(folder / "saved"),
        str(path),
    ]
    own = os.environ | {"XDG_CACHE_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    subprocess.run(command, env=own, check=True, capture_output=True, timeout=180)
    return folder / "saved" / f"{path.stem}.{form.partition(':')[0]}"


def test_a_spreadsheet_opens_changes_and_saves_it(store: Store, tmp_path: Path, soffice: str) -> None:
    """From XLSX and from CSV, where it guesses the types: nothing is changed, and a changed cell is one edit."""
    table = write_export(store, tmp_path / "export.csv")
    for form in ("xlsx", "ods", "csv"):
        again = resave(soffice, table, form, tmp_path)
        found = proposed(again, store)
        assert not found.has_changes, (form, found.diff.changed, found.diff.moved)
        assert found.diff.unchanged == 3
    book = write_export(store, tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(book)
    sheet = workbook.active
    headings = [cell.value for cell in sheet[1]]
    (row,) = (row for row in range(2, 5) if sheet.cell(row, 1).value == "1e5")
    sheet.cell(row, headings.index("phone") + 1, "01012345678")
    workbook.save(book)
    found = proposed(resave(soffice, book, "xlsx", tmp_path), store)
    assert [(change.after.station_id, change.fields) for change in found.diff.changed] == [("1e5", ("phone",))]
    assert publish_it(found, store)["1e5"].phone == "01012345678"
