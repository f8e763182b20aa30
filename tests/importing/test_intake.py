"""A list from end to end: what is refused, what is in doubt, what changes, and that nothing else does."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import prcoords
import pytest
from pyproj import Geod

from locator.errors import ConflictError, DatumUnknownError, GeodataError, UsageError
from locator.geo.datum import Datum
from locator.importing.intake import Choices, Proposal, Reading, propose, publish
from locator.importing.summary import points, record, report_csv
from locator.stations.schema import Station
from locator.stations.store import Store
from locator.stations.version_export import render

HEADINGS = "站点名称,地址,区,经度,纬度,开放时间,设施,备注\n"
GOOD = "王府井驿站,王府井大街1号,东城区,116.4110,39.9140,9:00-18:00,饮水、微波炉,新\n"
OTHER = "灯市口驿站,灯市口大街2号,东城区,116.4170,39.9170,24小时,饮水,\n"


@pytest.fixture
def store(tmp_path: Path, donghuamen: Path) -> Store:
    """A store over the seven stations, nothing published."""
    return Store(tmp_path / "store", donghuamen)


def written(folder: Path, rows: str, name: str = "驿站名单.csv", encoding: str = "gb18030") -> Path:
    """Write a list as an office writes it."""
    path = folder / name
    path.write_bytes((HEADINGS + rows).encode(encoding))
    return path


def choices(**said: object) -> Choices:
    """Say what every list here says: warm stations of one source, from GPS."""
    return Choices(**{"kind": "warm_station", "source": "驿站名单", "datum": Datum.WGS84, **said})  # type: ignore[arg-type]


def published(store: Store, path: Path, **said: object) -> Proposal:
    """Propose a list and publish it."""
    proposal = propose(path, choices(**said), store)
    publish(proposal, store, who="a steward", why="a test")
    return proposal


def stations_of(store: Store) -> dict[str, Station]:
    """Return the published stations by name."""
    return {station.name: station for station in store.contents(store.newest()).stations}


def test_a_list_is_published_beside_what_was_there(store: Store, tmp_path: Path) -> None:
    """Two stations come to the seven, with everything their cells say, and a new version that says so."""
    published(store, written(tmp_path, GOOD + OTHER))
    found = stations_of(store)
    assert len(found) == 9
    station = found["王府井驿站"]
    assert (station.lat, station.lon, station.kind) == (39.914, 116.411, "warm_station")
    assert (station.address, station.district, station.source) == ("王府井大街1号", "东城区", "驿站名单")
    assert station.amenities == {"drinking_water": "yes", "microwave": "yes"}
    assert station.hours_text == "9:00-18:00"
    assert station.doubts == ()
    manifest = store.manifest(1)
    assert (manifest.parent, manifest.who, manifest.why) == (0, "a steward", "a test")
    assert manifest.change == {"added": 2, "changed": 0, "moved": 0, "gone": 0, "reopened": 0}


def test_the_same_list_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    """Its ids are the same, so there is nothing to publish, and no version without a change."""
    path = written(tmp_path, GOOD + OTHER)
    published(store, path)
    again = propose(path, choices(), store)
    assert sum(again.changes.values()) == 0
    assert again.diff.unchanged == 2
    with pytest.raises(UsageError, match="changes nothing"):
        publish(again, store, who="a steward", why="again")
    assert store.newest() == 1


def test_a_row_is_called_by_its_number_in_the_file(store: Store, tmp_path: Path) -> None:
    """In what is said of another row: one that says the same, and one that may be the same station."""
    lines = ("驿站表,,", "名称,纬度,经度", "甲站,39.916,116.417", "甲站,39.916,116.417", "甲站,39.9161,116.417")
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    found = propose(tmp_path / "a.csv", choices(), store)
    assert [one.row for one in found.refused] == [2]
    assert found.refused[0].reason == "it says the same as row 3, so it is taken once."
    assert [one.reason.split(",")[0] for one in found.doubts] == ["row 5", "row 3"]


def test_next_months_list_moves_changes_retires_and_reopens(store: Store, tmp_path: Path) -> None:
    """0.001 degrees of latitude are 111 m; who is missing is retired under the id that brings it back later."""
    published(store, written(tmp_path, GOOD + OTHER))
    before = stations_of(store)
    moved = GOOD.replace("39.9140", "39.9150")
    second = published(store, written(tmp_path, moved))
    assert second.changes == {"added": 0, "changed": 0, "moved": 1, "gone": 1, "reopened": 0}
    away_m = Geod(ellps="WGS84").inv(116.411, 39.914, 116.411, 39.915)[2]
    assert second.diff.moved[0].moved_m == pytest.approx(away_m, abs=0.01)
    assert "灯市口驿站" not in stations_of(store)
    retired = store.contents(store.newest()).retired
    assert [gone.station.station_id for gone in retired] == [before["灯市口驿站"].station_id]
    assert isinstance(retired[0].retired_on, date)
    third = published(store, written(tmp_path, moved + OTHER))
    assert third.changes["reopened"] == 1
    assert stations_of(store)["灯市口驿站"].station_id == before["灯市口驿站"].station_id
    assert store.contents(store.newest()).retired == ()


def test_what_another_source_brought_is_left_alone(store: Store, tmp_path: Path) -> None:
    """A second list of its own name retires nobody of the first, nor of the seven."""
    published(store, written(tmp_path, GOOD))
    published(store, written(tmp_path, OTHER, "other.csv"), source="另一份")
    assert {"王府井驿站", "灯市口驿站", "东华门街道工会服务站"} <= set(stations_of(store))


def test_every_row_has_its_verdict(store: Store, tmp_path: Path) -> None:
    """Of six rows two are taken, three wait for a position, each for its own reason, and one has no name."""
    rows = (
        GOOD
        + ",无名路1号,东城区,116.40,39.90,,,\n"  # no name
        + "没有位置的驿站,某路,东城区,,,,,\n"
        + "反了的驿站,某路,东城区,39.9150,116.4100,,,\n"
        + "上海的驿站,外滩,东城区,121.4900,31.2400,,,\n"
        + OTHER
    )
    proposal = propose(written(tmp_path, rows), choices(), store)
    assert [no.row for no in proposal.refused] == [2]
    assert [(row.row, row.name) for row in proposal.waiting] == [
        (3, "没有位置的驿站"),
        (4, "反了的驿站"),
        (5, "上海的驿站"),
    ]
    reasons = {no.row: f"{no.reason} {no.repair or ''}" for no in (*proposal.refused, *proposal.waiting)}
    assert "name" in reasons[2]
    assert "position" in reasons[3]
    assert "39.915" in reasons[4]
    assert "swapped" in reasons[4] or "each other" in reasons[4]
    assert "area" in reasons[5] or "district" in reasons[5]
    assert sorted(proposal.stations) == [1, 6]
    assert propose(written(tmp_path, rows), choices(anywhere=True), store).stations.keys() == {1, 5, 6}


def test_swapped_rows_are_repaired_when_that_is_asked_for(store: Store, tmp_path: Path) -> None:
    """The repair that the reason offers is one word away."""
    path = written(tmp_path, GOOD.replace("116.4110,39.9140", "39.9140,116.4110"))
    assert propose(path, choices(), store).waiting[0].repair == "Read as lat 39.914, lon 116.411."
    repaired = propose(path, choices(swap=True), store)
    assert not repaired.waiting
    assert (repaired.stations[1].lat, repaired.stations[1].lon) == (39.914, 116.411)


def test_doubts_are_kept_and_marked(store: Store, tmp_path: Path) -> None:
    """Three on one spot, one in a district it does not name, hours nobody can read: there, with a mark."""
    pile = "".join(f"第{n}驿站,路{n}号,东城区,116.4200,39.9300,,,\n" for n in "一二三")
    wrong = "丰台驿站,丰台路,丰台区,116.4000,39.9400,,,\n"
    hours = GOOD.replace("9:00-18:00", "看心情")
    proposal = published(store, written(tmp_path, pile + wrong + hours))
    codes = {(doubt.row, doubt.code) for doubt in proposal.doubts}
    assert {(1, "piled"), (2, "piled"), (3, "piled"), (4, "other_district"), (5, "hours_unreadable")} <= codes
    found = stations_of(store)
    assert found["第一驿站"].doubts == ("piled",)
    assert found["丰台驿站"].doubts == ("other_district",)
    assert found["王府井驿站"].doubts == ("hours_unreadable",)


def test_what_a_steward_has_looked_at_stays_settled(store: Store, tmp_path: Path) -> None:
    """The same list next month marks it no more; other hours that nobody can read do."""
    row = GOOD.replace("9:00-18:00", "看心情")
    published(store, written(tmp_path, row))
    before = store.contents(1)
    looked = tuple(replace(station, doubts=()) for station in before.stations)
    store.publish(replace(before, stations=looked), parent=1, who="a steward", why="looked at")
    assert sum(propose(written(tmp_path, row), choices(), store).changes.values()) == 0
    again = propose(written(tmp_path, row.replace("看心情", "看天气")), choices(), store)
    assert [change.after.doubts for change in again.diff.changed] == [("hours_unreadable",)]


def test_a_datum_is_never_assumed(store: Store, tmp_path: Path) -> None:
    """Two rows prove nothing: the list is refused with the way to say it, and nothing is written."""
    path = written(tmp_path, GOOD + OTHER)
    with pytest.raises(GeodataError, match="--datum wgs84, gcj02 or bd09"):
        propose(path, choices(datum=None), store)
    assert store.newest() == 0
    assert not (tmp_path / "store").exists()


def test_a_given_datum_is_converted(store: Store, tmp_path: Path) -> None:
    """A list from Amap lies where an independent conversion puts it, within the centimetres of that one."""
    proposal = propose(written(tmp_path, GOOD), choices(datum=Datum.GCJ02), store)
    lat, lon = prcoords.gcj_wgs_bored((39.914, 116.411))
    station = proposal.stations[1]
    assert Geod(ellps="WGS84").inv(station.lon, station.lat, lon, lat)[2] < 0.05
    assert proposal.positions.judgement.is_given


def test_how_a_list_was_read_is_remembered(store: Store, tmp_path: Path) -> None:
    """Next month the same list needs no word on its datum and columns."""
    strange = written(tmp_path, GOOD).read_bytes().decode("gb18030").replace("站点名称", "甲").encode("gb18030")
    path = tmp_path / "strange.csv"
    path.write_bytes(strange)
    published(store, path, columns={"name": "甲"})
    path.write_bytes(strange + OTHER.encode("gb18030"))
    again = propose(path, Choices(kind="warm_station", source="驿站名单"), store)
    assert again.match.fields["name"] == "甲"
    assert again.positions.judgement.datum is Datum.WGS84
    assert again.changes["added"] == 1


def test_two_stewards_at_once_are_told(store: Store, tmp_path: Path) -> None:
    """What was compared with an older version is not published over a newer one."""
    first = propose(written(tmp_path, GOOD), choices(), store)
    second = propose(written(tmp_path, OTHER, "b.csv"), choices(source="b"), store)
    publish(first, store, who="one", why="first")
    with pytest.raises(ConflictError, match="one"):
        publish(second, store, who="two", why="second")
    assert store.newest() == 1


def test_a_list_without_rows_and_a_kind_nobody_knows_are_refused(store: Store, tmp_path: Path) -> None:
    """Each message says what to do."""
    with pytest.raises(GeodataError, match="no rows"):
        propose(written(tmp_path, ""), choices(), store)
    with pytest.raises(UsageError, match="warm_station"):
        propose(written(tmp_path, GOOD), choices(kind="teahouse"), store)
    with pytest.raises(UsageError, match="80"):
        propose(written(tmp_path, GOOD), choices(source="x" * 81), store)


def test_the_record_has_what_a_program_needs(store: Store, tmp_path: Path) -> None:
    """The names of its members are promised; rows have the numbers that a spreadsheet shows."""
    proposal = propose(written(tmp_path, GOOD + ",x,东城区,116.4,39.9,,,\n"), choices(), store)
    found = json.loads(json.dumps(record(proposal)))
    wanted = {"rows", "accepted", "refused", "doubts", "datum", "encoding", "columns", "diff"}
    assert wanted <= found.keys()
    assert (found["rows"], found["accepted"]) == (2, 1)
    assert [(no["row"], no["name"]) for no in found["refused"]] == [(3, None)]
    assert found["datum"]["value"] == "wgs84"
    assert found["encoding"] == "gb18030"
    assert found["columns"]["name"] == "站点名称"
    assert found["columns"]["remarks"] == "备注"
    assert found["unused"] == []
    assert found["diff"]["added"] == [proposal.stations[1].station_id]


def test_the_rows_to_mend_are_a_table_that_no_spreadsheet_computes(store: Store, tmp_path: Path) -> None:
    """The refused row stands there as it was, with its reason; a formula is a text; mended, it can be imported."""
    rows = GOOD + '=HYPERLINK("x"),@路,东城区,,,,,\n' + ",某路,东城区,116.4,39.9,,,\n"
    made = report_csv(propose(written(tmp_path, rows), choices(), store))
    assert made.startswith(b"\xef\xbb\xbf")
    row, nameless = list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"))))
    assert (row["row"], row["verdict"]) == ("3", "to be placed")
    assert (nameless["row"], nameless["verdict"]) == ("4", "refused")
    assert row["站点名称"].startswith("'=HYPERLINK")
    assert row["地址"] == "'@路"
    assert row["区"] == "东城区"


def test_the_map_shows_first_what_somebody_has_to_look_at(store: Store, tmp_path: Path) -> None:
    """A row with a position that is no use is drawn before the good one; one without is in the table alone."""
    rows = GOOD + "上海的驿站,外滩,东城区,121.4900,31.2400,,,\n" + "没有位置的驿站,某路,东城区,,,,,\n"
    drawn = points(propose(written(tmp_path, rows), choices(), store))
    assert [(point["what"], point["row"]) for point in drawn] == [("waiting", 3), ("added", 2)]
    assert (drawn[1]["lat"], drawn[1]["lon"]) == (39.914, 116.411)


@pytest.mark.parametrize("form", ["geojson", "csv", "xlsx", "gpkg"])
def test_what_was_exported_can_be_imported_again(store: Store, tmp_path: Path, form: str) -> None:
    """Every fact comes back as it was, a name that looks like a formula too: there is nothing to publish."""
    rows = GOOD.replace("王府井驿站", "=1+1驿站") + OTHER
    published(store, written(tmp_path, rows))
    mine = [found for found in store.contents(1).stations if found.source == "驿站名单"]
    path = tmp_path / f"again.{form}"
    path.write_bytes(render(form, mine, {}))
    again = propose(path, choices(), store)
    assert not again.refused
    assert again.diff.unchanged == len(mine) == 2
    assert sum(again.changes.values()) == 0


def test_progress_goes_up(store: Store, tmp_path: Path) -> None:
    """Whoever waits hears of every step."""
    heard: list[float] = []
    propose(written(tmp_path, GOOD), choices(), store, lambda share, _: heard.append(share))
    assert heard == sorted(heard)
    assert len(heard) >= 4
    assert all(0 <= share <= 1 for share in heard)


# Real lists


def test_the_list_of_zhengzhou(shared_data: Path, store: Store) -> None:
    """Without a label its datum is asked for; said to be Amap's, all 82 rows lie where an oracle puts them."""
    path = shared_data / "zhengzhou_union_stations.json"
    unsaid = Choices(kind="warm_station", source="郑州", anywhere=True)
    with pytest.raises(GeodataError, match="--datum"):
        propose(path, unsaid, store)
    said = Choices(kind="warm_station", source="郑州", anywhere=True, datum=Datum.GCJ02)
    proposal = propose(path, said, store)
    rows = json.loads(path.read_text(encoding="utf-8"))
    assert len(proposal.sheet) == len(rows) == 82
    assert len(proposal.stations) + len(proposal.refused) == 82
    assert len(proposal.stations) == 82
    for number, station in proposal.stations.items():
        row = rows[number - 1]
        lat, lon = prcoords.gcj_wgs_bored((row["lat"], row["lng"]))
        assert Geod(ellps="WGS84").inv(station.lon, station.lat, lon, lat)[2] < 0.05
        assert station.name == row["name"]
    publish(proposal, store, who="a steward", why="郑州")
    assert store.manifest(1).counts["warm_station"] == 5 + 82


def test_the_shelters_of_seoul(shared_data: Path, store: Store) -> None:
    """Outside China no position is shifted; all 1,312 are taken, and their survey coordinates agree to metres."""
    path = shared_data / "seoul_cold_shelters.csv"
    proposal = propose(path, Choices(kind="warm_station", source="seoul", anywhere=True), store)
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(proposal.sheet) == 1312
    assert proposal.positions.judgement.datum is Datum.WGS84
    assert len(proposal.stations) >= 1300
    for number, station in proposal.stations.items():
        row = rows[number - 1]
        assert (station.lat, station.lon) == (float(row["위도"]), float(row["경도"]))
        assert station.name == " ".join(row["쉼터명칭"].split())
        assert station.district == row["자치구"]


def test_the_file_is_shown_before_a_choice_is_missed(store: Store, tmp_path: Path) -> None:
    """Where the datum has to be said, the columns are known already, and the error has the positions."""
    seen = list[Reading]()
    with pytest.raises(DatumUnknownError) as raised:
        propose(written(tmp_path, GOOD), choices(datum=None), store, look=seen.append)
    assert seen[0].match.fields["name"] == "站点名称"
    assert raised.value.lonlat.tolist() == [[116.411, 39.914]]
