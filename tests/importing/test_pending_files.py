"""Rows that are not published go out as a table, and come back filled in or mended; none is lost on the way."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from locator.errors import ConflictError, UsageError
from locator.files.writing import xlsx_bytes
from locator.geo.datum import Datum, convert_point
from locator.importing.deciding.pending_rows import REFUSED, TO_PLACE, PendingRows
from locator.importing.deciding.places import placed_ids
from locator.importing.intake import Choices, propose, publish
from locator.importing.pending_files import BroughtBack, bring_back, pending_table, read_pending_table
from locator.stations.schema import Station
from locator.stations.store import Store

HEADINGS = ["驿站名称", "地址", "所属区", "经度", "纬度", "座位数", "编号"]
PLACED = ["王府井驿站", "王府井大街1号", "东城区", 116.4110, 39.9140, 6, None]
WAITS = ["=1+1驿站", "灯市口大街2号", "东城区", None, None, 4, None]
FAR = ["外滩驿站", "外滩1号", "东城区", 121.49, 31.24, None, None]
REFUSED_ROW = ["崇文门驿站", "崇文门3号", "东城区", 116.4180, 39.9020, "很多", None]
NAMELESS = [None, "无名路4号", "东城区", 116.4100, 39.9100, None, None]

Fill = Callable[[dict[str, Any]], Mapping[str, Any]]


@pytest.fixture
def store(tmp_path: Path, donghuamen: Path) -> Store:
    """A store over the seven stations, with a list of five rows taken."""
    store = Store(tmp_path / "store", donghuamen)
    take(store, tmp_path, PLACED, WAITS, FAR, REFUSED_ROW, NAMELESS)
    return store


def take(store: Store, folder: Path, *rows: list[Any], source: str = "东城") -> None:
    """Import a list."""
    path = folder / f"{source}.xlsx"
    path.write_bytes(xlsx_bytes("名单", HEADINGS, rows))
    proposal = propose(path, Choices("warm_station", source, datum=Datum.WGS84, retire_many=True), store)
    publish(proposal, store, who="li", why=source)


def waiting(store: Store) -> list[str | None]:
    """Name the rows that wait."""
    placed = placed_ids(store.contents(store.newest()))
    return [row.listed.name for row in PendingRows(store.writable()).rows(TO_PLACE, placed)]


def refused(store: Store) -> list[str | None]:
    """Name the rows that were refused."""
    return [row.listed.name for row in PendingRows(store.writable()).rows(REFUSED)]


def published(store: Store) -> dict[str, Station]:
    """Return the stations of the list by name."""
    return {one.name: one for one in store.contents(store.newest()).stations if one.source == "东城"}


def table(store: Store, what: str, lang: str = "zh") -> list[dict[str, Any]]:
    """Take a table out, and read it as a spreadsheet does."""
    made = pending_table(PendingRows(store.writable()).rows(what), "xlsx", lang)
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    headings, *rows = sheet.iter_rows()
    assert all(cell.data_type != "f" for row in rows for cell in row)
    return [
        dict(zip((cell.value for cell in headings), (cell.value for cell in row), strict=True)) for row in rows
    ]


def back(store: Store, folder: Path, rows: list[dict[str, Any]], datum: Datum | None = None) -> BroughtBack:
    """Bring a table back."""
    path = folder / "back.xlsx"
    path.write_bytes(xlsx_bytes("x", list(rows[0]), [list(row.values()) for row in rows]))
    return bring_back(read_pending_table(path), store, datum=datum, who="wang", why="filled in")


def test_every_row_is_published_waits_or_is_refused(store: Store) -> None:
    """One of the five is, two wait, two are refused."""
    assert list(published(store)) == ["王府井驿站"]
    assert waiting(store) == ["=1+1驿站", "外滩驿站"]
    assert refused(store) == ["崇文门驿站", None]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_filled_in_is_published(store: Store, tmp_path: Path, lang: str) -> None:
    """A name that looks like a formula is a text; a row that is left empty stays; datum by option or by row."""
    rows = table(store, TO_PLACE, lang)
    lat, lon, datum = list(rows[0])[-3:]
    amap = convert_point(39.9170, 116.4170, Datum.WGS84, Datum.GCJ02)
    rows[0] |= {lat: amap[0], lon: amap[1], datum: "高德"}
    found = back(store, tmp_path, rows)
    assert (found.placed, found.left, found.faults, found.versions) == (1, 1, [], [2])
    station = published(store)["=1+1驿站"]
    assert (station.lat, station.lon) == pytest.approx((39.9170, 116.4170), abs=1e-6)
    assert (station.position_accuracy_m, station.seats, station.district) == (30, 4, "东城区")
    assert waiting(store) == ["外滩驿站"]
    assert (store.manifest(2).who, store.manifest(2).change["added"]) == ("wang", 1)
    again = back(store, tmp_path, rows)
    assert (again.placed, [fault.row for fault in again.faults]) == (0, [2])
    assert "placed already" in again.faults[0].reason


@pytest.mark.parametrize(
    ("filled", "reason"),
    [
        ({"纬度": 39.9}, "is not a position"),
        ({"纬度": "在路口", "经度": "东边"}, "在路口"),
        ({"纬度": 39.9, "经度": 116.4}, "datum is not said"),
        ({"纬度": 39.9, "经度": 116.4, "坐标系（wgs84、gcj02 或 bd09）": "月球"}, "月球"),
        ({"纬度": 0.0, "经度": 0.0}, "0, 0"),
        ({"纬度": 31.24, "经度": 121.49, "坐标系（wgs84、gcj02 或 bd09）": "wgs84"}, "5 km outside"),
        ({"待办编号": "x"}, "no to-do number"),
        ({"待办编号": 99}, "99"),
        ({"待办编号": 1}, "stands twice"),
    ],
)
def test_a_faulty_row_says_why_and_stays(
    store: Store, tmp_path: Path, filled: dict[str, Any], reason: str
) -> None:
    """With the row as the spreadsheet numbers it; the others are taken."""
    rows = table(store, TO_PLACE)
    good = {"纬度": 39.917, "经度": 116.417, "坐标系（wgs84、gcj02 或 bd09）": "wgs84"}
    found = back(store, tmp_path, [{**rows[0], **good}, {**rows[1], **filled}])
    assert found.placed == 1
    assert [fault.row for fault in found.faults] == [3]
    assert reason in found.faults[0].reason
    assert waiting(store) == ["外滩驿站"]


def test_both_numbers_may_stand_in_one_cell(store: Store, tmp_path: Path) -> None:
    """As map apps copy them, longitude first too."""
    rows = table(store, TO_PLACE)
    rows[0] |= {"纬度": "116.4170,39.9170"}
    assert back(store, tmp_path, rows, Datum.WGS84).placed == 1
    assert published(store)["=1+1驿站"].lat == 39.9170


def test_mended_rows_come_back_as_a_part_of_their_list(store: Store, tmp_path: Path) -> None:
    """A row without a name gets one, a number is corrected: both are published, and nobody else is retired."""
    rows = table(store, REFUSED)
    assert [row["座位数"] for row in rows] == ["很多", None]
    rows[0]["座位数"] = 8
    rows[1]["驿站名称"] = "无名路驿站"
    found = back(store, tmp_path, rows)
    assert (found.mended, found.waiting, found.faults) == (2, 0, [])
    assert list(published(store)) == ["王府井驿站", "崇文门驿站", "无名路驿站"]
    assert published(store)["崇文门驿站"].seats == 8
    assert refused(store) == []
    assert waiting(store) == ["=1+1驿站", "外滩驿站"]
    assert all(row.is_listed for row in PendingRows(store.writable()).rows(TO_PLACE))
    assert not propose(tmp_path / "东城.xlsx", Choices("warm_station", "东城"), store).has_changes
    take(store, tmp_path, PLACED, WAITS, REFUSED_ROW, NAMELESS)
    assert list(published(store)) == ["王府井驿站", "崇文门驿站", "无名路驿站"]
    assert refused(store) == []


def test_a_row_that_is_still_wrong_stays_refused(store: Store, tmp_path: Path) -> None:
    """Once, with its new cells and the row in the table; one whose position was taken out waits now."""
    rows = table(store, REFUSED)
    rows[0]["座位数"] = "很大"
    rows[1] |= {"驿站名称": "无名路驿站", "经度": None, "纬度": None}
    found = back(store, tmp_path, rows)
    assert (found.mended, found.waiting, [fault.row for fault in found.faults]) == (0, 1, [2])
    assert "很大" in found.faults[0].reason
    assert refused(store) == ["崇文门驿站"]
    assert sorted(map(str, waiting(store))) == ["=1+1驿站", "外滩驿站", "无名路驿站"]


def test_a_heading_of_the_list_that_is_one_of_ours(store: Store, tmp_path: Path) -> None:
    """It is told apart when the table comes back."""
    path = tmp_path / "西城.csv"
    path.write_text("驿站名称,地址,原因,座位数\n德胜驿站,德胜门外1号,新建,许多\n", encoding="utf-8")
    publish_only_pending(store, path)
    rows = [row for row in table_pairs(store) if dict(row)["所属名单"] == "西城"]
    headings, cells = [name for name, _ in rows[0]], [value for _, value in rows[0]]
    cells[headings.index("座位数")] = 3
    mended = tmp_path / "mended.xlsx"
    mended.write_bytes(xlsx_bytes("x", headings, [cells]))
    found = bring_back(read_pending_table(mended), store, datum=None, who="w", why="w")
    assert (found.waiting, found.faults) == (1, [])


def publish_only_pending(store: Store, path: Path) -> None:
    """Import a list of which nothing can be published but one row."""
    text = path.read_text(encoding="utf-8") + "别的驿站,别处1号,新建,3\n"
    path.write_text(text, encoding="utf-8")
    publish(propose(path, Choices("warm_station", "西城"), store), store, who="li", why="西城")


def table_pairs(store: Store) -> list[list[tuple[str, Any]]]:
    """Take the refused rows out as pairs, since a heading may stand twice."""
    made = pending_table(PendingRows(store.writable()).rows(REFUSED), "xlsx", "zh")
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    headings, *rows = sheet.iter_rows(values_only=True)
    return [list(zip(map(str, headings), row, strict=True)) for row in rows]


def test_a_table_that_is_none_of_ours_is_refused(store: Store, tmp_path: Path) -> None:
    """And one of ours is no list: each message says where it belongs."""
    path = tmp_path / "x.csv"
    path.write_text("名称,纬度\n甲,1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no column To-do number"):
        read_pending_table(path)
    path.write_bytes(pending_table(PendingRows(store.writable()).rows(TO_PLACE), "csv", "zh"))
    with pytest.raises(UsageError, match="to-place --in"):
        propose(path, Choices("warm_station", "x"), store)
    with pytest.raises(UsageError, match="xlsx, csv"):
        pending_table([], "pdf")


def test_somebody_who_publishes_meanwhile_is_a_conflict(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is published twice, and the table can be brought back again."""
    rows = table(store, TO_PLACE)
    rows[0] |= {"纬度": 39.917, "经度": 116.417}
    real = Store.current

    def meanwhile(self: Store, *known: Any) -> Any:
        found = real(self, *known)
        monkeypatch.setattr(Store, "current", real)
        store.rollback(found.number, who="somebody", why="")
        return found

    monkeypatch.setattr(Store, "current", meanwhile)
    with pytest.raises(ConflictError, match="somebody"):
        back(store, tmp_path, rows, Datum.WGS84)
    assert back(store, tmp_path, rows, Datum.WGS84).placed == 1
