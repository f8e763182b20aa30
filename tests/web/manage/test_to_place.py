"""Rows without a position wait on a page until a steward places them, one after the other."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from locator.files.writing import xlsx_bytes
from locator.geo.datum import Datum
from locator.importing.deciding.pending_rows import TO_PLACE, PendingRows
from locator.importing.intake import Choices, propose, publish

LIST = (
    "站点名称,地址,区,开放时间,座位数,经度,纬度\n"
    "王府井驿站,王府井大街1号,东城区,9:00-18:00,6,116.4110,39.9140\n"
    "<b>灯市口</b>驿站,灯市口大街2号,东城区,9:00-17:00,4,,\n"
    "德胜驿站,德外大街3号,西城区,,,见地图,\n"
    "和平里驿站,和平里4号,东城区,,很多,116.41,39.95\n"
)


@pytest.fixture
def waiting(signed_in: Any, tmp_path: Path) -> Any:
    """A desk with a list of four rows taken, two of which wait and one was refused."""
    path = tmp_path / "名单.csv"
    path.write_text(LIST, encoding="utf-8")
    choices = Choices("warm_station", "东城", datum=Datum.WGS84)
    publish(propose(path, choices, signed_in.store), signed_in.store, who="li", why="x")
    signed_in.app.extensions["locator.live"].look()
    return signed_in


def place(desk: Any, number: int, position: str = "39.9170, 116.4170", **form: str) -> Any:
    """Send the form of a row."""
    page = f"/manage/to-place/{number}"
    seen = page if "csrf_token" in desk.get(page).text else "/manage"
    return desk.post(page, seen=seen, **{"position": position, "datum": "wgs84", **form})


def stations(desk: Any) -> dict[str, Any]:
    """Return the published stations by name."""
    return {one.name: one for one in desk.store.contents(desk.store.newest()).stations}


def test_the_rows_are_listed_with_their_number_in_each_district(waiting: Any) -> None:
    """On the overview too; names of the data are texts."""
    assert "Rows to be placed: 2" in waiting.get("/manage").text
    page = waiting.get("/manage/to-place").text
    assert "&lt;b&gt;灯市口&lt;/b&gt;驿站" in page
    assert "<b>灯市口" not in page
    assert "东城区 (1)" in page
    assert "西城区 (1)" in page
    assert "东城, row 3" in page
    found = waiting.get("/manage/to-place?district=西城区").text
    assert "德胜驿站" in found
    assert "灯市口" not in found
    assert "灯市口" in waiting.get("/manage/to-place?q=大街2号").text
    assert "None." in waiting.get("/manage/to-place?q=nowhere").text
    assert "Page 1" not in page
    assert waiting.get("/manage/to-place?page=99").status_code == 200


def test_a_row_shows_what_is_known_of_it(waiting: Any) -> None:
    """With its list, its row, the reason, and the position as written."""
    page = waiting.get("/manage/to-place/2").text
    for text in ("德胜驿站", "德外大街3号", "经度: 见地图", "东城, row 4", "名单.csv", "cannot be read"):
        assert text in page
    assert waiting.get("/manage/to-place/99").status_code == 404
    assert waiting.get("/manage/to-place/3").status_code == 404  # it was refused


def test_a_row_is_placed_and_the_next_one_comes(waiting: Any) -> None:
    """Published with the accuracy of a pasted position, by who is signed in, and in the log."""
    response = place(waiting, 1)
    assert (response.status_code, response.location) == (303, "/manage/to-place/2")
    station = stations(waiting)["<b>灯市口</b>驿站"]
    assert (station.lat, station.lon, station.position_accuracy_m) == (39.917, 116.417, 30)
    assert (station.seats, station.source, station.doubts) == (4, "东城", ())
    manifest = waiting.store.manifest(waiting.store.newest())
    assert (manifest.who, manifest.change["added"]) == ("Lin", 1)
    assert "灯市口" in manifest.why
    assert waiting.feedback.audit.latest(1)[0].what == "publish"
    assert "Rows to be placed: 1" in waiting.get("/manage").text
    assert "waits no more" in waiting.get("/manage/to-place/1").text
    last = place(waiting, 2, "39.9400, 116.3720")
    assert last.location == "/manage/to-place"


@pytest.mark.parametrize(("tapped", "metres"), [("12", 50), ("120.5", 120.5), ("", 30), ("<b>", 30)])
def test_a_tap_is_as_exact_as_the_map_was_large(waiting: Any, tapped: str, metres: float) -> None:
    """Never better than 50 m."""
    place(waiting, 1, position_accuracy_m=tapped)
    assert stations(waiting)["<b>灯市口</b>驿站"].position_accuracy_m == metres


def test_another_district_is_asked_about_once(waiting: Any) -> None:
    """And a tap on a map that shows the whole city; agreed to, the station carries no doubt."""
    for form in ({"position": "39.8500, 116.4000"}, {"position_accuracy_m": "900"}):
        asked = place(waiting, 1, **form)
        assert asked.status_code == 200
        assert "Please look again" in asked.text
    assert "<b>灯市口</b>驿站" not in stations(waiting)
    assert place(waiting, 1, "39.8500, 116.4000", agreed="1").status_code == 303
    assert stations(waiting)["<b>灯市口</b>驿站"].doubts == ()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"position": ""}, "There is no position"),
        ({"position": "behind the market"}, "is not a position"),
        ({"datum": ""}, "Say which map"),
        ({"position": "31.24, 121.49"}, "It cannot be there"),
    ],
)
def test_what_is_no_place_is_told(waiting: Any, form: dict[str, str], said: str) -> None:
    """The form comes back with what was typed."""
    response = place(waiting, 1, **form)
    assert response.status_code == 422
    assert said in response.text
    assert waiting.store.newest() == 1


def test_two_stewards_with_one_row(waiting: Any) -> None:
    """The second is told in words, and nothing is published twice."""
    place(waiting, 1)
    second = place(waiting, 1)
    assert second.status_code == 409
    assert "is placed already" in second.text
    assert waiting.store.newest() == 2


def test_a_row_is_dropped_for_a_reason_and_taken_back(waiting: Any) -> None:
    """Without a reason it stays; the log has both."""
    page = "/manage/to-place/1"
    assert waiting.post(f"{page}/drop", seen=page).status_code == 422
    assert waiting.post(f"{page}/drop", seen=page, why="closed").location == "/manage/to-place/2"
    assert "灯市口" not in waiting.get("/manage/to-place").text.split("In a spreadsheet")[0].split("</form>")[-1]
    assert "dropped: closed" in waiting.get("/manage/to-place?show=dropped").text
    assert place(waiting, 1).status_code == 409
    assert waiting.post(f"{page}/drop", seen=page, back="1").location == page
    assert [entry.what for entry in waiting.feedback.audit.latest(2)] == ["row taken back", "row dropped"]
    assert place(waiting, 1).status_code == 303


def test_what_the_list_has_no_longer_stays_and_is_marked(waiting: Any, tmp_path: Path) -> None:
    """And a list without positions leaves what was placed by hand where it is."""
    place(waiting, 1)
    path = tmp_path / "next.csv"
    path.write_text(
        "站点名称,地址,区\n王府井驿站,王府井大街1号,东城区\n<b>灯市口</b>驿站,灯市口大街2号,东城区\n",
        encoding="utf-8",
    )
    proposal = propose(path, Choices("warm_station", "东城"), waiting.store)
    assert proposal.waiting == []
    assert proposal.changes["moved"] == proposal.changes["gone"] == 0
    path.write_text(path.read_text(encoding="utf-8") + "新的驿站,新街1号,东城区\n", encoding="utf-8")
    publish(propose(path, Choices("warm_station", "东城"), waiting.store), waiting.store, who="li", why="x")
    assert stations(waiting)["<b>灯市口</b>驿站"].lat == 39.917
    waiting.app.extensions["locator.live"].look()
    page = waiting.get("/manage/to-place?show=unlisted").text
    assert "德胜驿站" in page
    assert "新的驿站" not in page


def test_a_rollback_lets_the_row_wait_again(waiting: Any) -> None:
    """Nothing of it was lost."""
    place(waiting, 1)
    waiting.store.rollback(1, who="x")
    waiting.app.extensions["locator.live"].look()
    assert "Rows to be placed: 2" in waiting.get("/manage").text


def test_rows_go_out_as_a_table_and_come_back(waiting: Any) -> None:
    """What is filled in is published; faults are told with the row of the table."""
    table = waiting.get("/manage/to-place/to-place.xlsx")
    assert table.headers["Content-Disposition"] == "attachment; filename=to-place.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(table.data)).active
    assert sheet is not None
    headings, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    for row, position in zip(rows, ((39.917, 116.417), (31.24, 121.49)), strict=True):
        row[headings.index("Latitude")], row[headings.index("Longitude")] = position
    made = io.BytesIO(xlsx_bytes("x", [str(heading) for heading in headings], rows))
    found = send(waiting, made, datum="wgs84")
    assert "1 rows were placed." in found
    assert re.search(r"row 3 · 德胜驿站: it lies farther", found)
    assert "<b>灯市口</b>驿站" in stations(waiting)


def test_refused_rows_go_out_and_come_back_mended(waiting: Any) -> None:
    """As a part of their list: nobody is retired."""
    table = waiting.get("/manage/to-place/refused.xlsx").data
    sheet = openpyxl.load_workbook(io.BytesIO(table)).active
    assert sheet is not None
    headings, row = [list(row) for row in sheet.iter_rows(values_only=True)]
    row[headings.index("座位数")] = 12
    found = send(waiting, io.BytesIO(xlsx_bytes("x", [str(heading) for heading in headings], [row])))
    assert "1 rows were mended." in found
    assert stations(waiting)["和平里驿站"].seats == 12
    assert "王府井驿站" in stations(waiting)
    assert len(PendingRows(waiting.store.folder).rows(TO_PLACE)) == 2


def test_another_file_is_no_such_table(waiting: Any) -> None:
    """Nor is none."""
    assert "Choose the file first" in send(waiting, io.BytesIO(), name="", status=422)
    assert "no column To-do number" in send(waiting, io.BytesIO(b"a,b\n1,2\n"), name="../x.csv", status=422)


def send(desk: Any, file: io.BytesIO, *, name: str = "back.xlsx", datum: str = "", status: int = 200) -> str:
    """Send a table by the form of the page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', desk.get("/manage/to-place").text)
    assert token
    data = {"csrf_token": token[1], "datum": datum, "table": (file, name)}
    response = desk.client.post("/manage/import/filled-in", data=data, headers={"Accept-Language": "en"})
    assert response.status_code == status
    text: str = response.text
    return text


def test_a_page_has_fifty_rows(waiting: Any, tmp_path: Path) -> None:
    """The others are on the pages after it."""
    path = tmp_path / "many.csv"
    path.write_text(
        "站点名称,地址,区\n" + "".join(f"第{n}号驿站,某街{n}号,东城区\n" for n in range(60)), encoding="utf-8"
    )
    publish(propose(path, Choices("warm_station", "many"), waiting.store), waiting.store, who="li", why="x")
    page = waiting.get("/manage/to-place?district=东城区").text
    assert "Page 1 of 2" in page
    assert len(re.findall(r'href="/manage/to-place/\d+\?district', page)) == 51  # and the first once more
    assert "第59号驿站" in waiting.get("/manage/to-place?district=东城区&page=2").text
