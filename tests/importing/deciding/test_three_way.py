"""An officer's months: lists, edits by hand between them, and nothing that is forgotten or undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from locator.geo.datum import Datum
from locator.importing.intake import Choices, Proposal, propose, publish
from locator.stations.by_hand import edit_by_hand
from locator.stations.schema import Station
from locator.stations.store import Store

TODAY = date(2026, 11, 3)
HEADINGS = "站点名称,地址,区,纬度,经度,开放时间,联系电话,饮水机,状态"
ROWS = {
    "王府井驿站": "王府井大街1号,东城区,39.9140,116.4110,9:00-18:00,010-1,有,正常",
    "灯市口驿站": "灯市口大街2号,东城区,39.9170,116.4170,9:00-18:00,010-2,有,正常",
    "金鱼胡同驿站": "金鱼胡同3号,东城区,39.9160,116.4190,9:00-18:00,010-3,有,正常",
}


@pytest.fixture
def months(tmp_path: Path, donghuamen: Path) -> Months:
    """A store with the list of the first month, of three stations."""
    months = Months(tmp_path, Store(tmp_path / "store", donghuamen))
    months.publish()
    return months


class Months:
    """Lists of one name and edits by hand, one after the other."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.rows = dict(ROWS)

    def propose(self, **choices: Any) -> Proposal:
        """Propose the list as it is now."""
        path = self.folder / "驿站.csv"
        rows = (f"{name},{facts}" for name, facts in self.rows.items())
        path.write_text("\n".join((HEADINGS, *rows)), encoding="utf-8")
        given = {"kind": "warm_station", "source": "驿站", "datum": Datum.WGS84, **choices}
        return propose(path, Choices(**given), self.store)

    def publish(self, **choices: Any) -> Proposal:
        """Publish the list as it is now, if it changes anything."""
        proposal = self.propose(**choices)
        if proposal.has_changes:
            publish(proposal, self.store, who="an officer", why="a month")
        return proposal

    def change(self, name: str, old: str, new: str) -> None:
        """Change a cell of the list."""
        assert old in self.rows[name]
        self.rows[name] = self.rows[name].replace(old, new, 1)

    def edit(self, name: str, change: Callable[[Station], Station | None]) -> None:
        """Edit a station by hand, also a retired one."""
        number = self.store.newest()
        contents = self.store.contents(number)
        known = [*contents.stations, *(gone.station for gone in contents.retired)]
        (station,) = (one for one in known if one.name == name)
        edited = edit_by_hand(contents, station.station_id, change(station), TODAY)
        self.store.publish(edited, parent=number, who="a steward", why="by hand")

    def station(self, name: str) -> Station:
        """Return a published station."""
        (station,) = (one for one in self.store.contents(self.store.newest()).stations if one.name == name)
        return station

    @property
    def names(self) -> set[str]:
        """The names of the published stations of the list."""
        contents = self.store.contents(self.store.newest())
        return {one.name for one in contents.stations if one.source == "驿站"}

    @property
    def edits(self) -> dict[str, dict[str, Any]]:
        """What is remembered of edits, by the names of the stations."""
        contents = self.store.contents(self.store.newest())
        everyone = (*contents.stations, *(gone.station for gone in contents.retired))
        names = {one.station_id: one.name for one in everyone}
        return {names[key]: dict(own) for key, own in contents.edits.items()}


EDITS: dict[str, tuple[dict[str, Any], str, str]] = {
    "phone": ({"phone": "12351"}, "010-1", "010-9"),
    "name": ({"name": "王府井工会驿站", "pinyin": "x"}, "王府井驿站", "王府井书店驿站"),
    "address": ({"address": "王府井大街10号"}, "王府井大街1号", "王府井大街19号"),
    "hours": ({"hours_text": "24小时", "hours": "24/7"}, "9:00-18:00", "8:00-20:00"),
    "amenity:drinking_water": ({"amenities": {"drinking_water": "no"}}, "有", "未知"),
    "position": ({"lat": 39.9150}, "39.9140", "39.9145"),
    "status": ({"status": "closed_for_now", "status_note": "装修"}, "正常", "暂停开放"),
}


@pytest.mark.parametrize("fact", EDITS)
def test_an_edit_outlives_the_next_list_until_the_list_changes_that_fact(months: Months, fact: str) -> None:
    """Then it is in doubt, with both values, until somebody decides; the list may repeat itself for ever."""
    facts, listed, other = EDITS[fact]
    months.edit("王府井驿站", lambda one: replace(one, **facts))
    name = facts.get("name", "王府井驿站")
    edited = months.station(name)
    for _ in range(2):
        assert not months.publish().has_changes
    months.change("灯市口驿站", "010-2", "010-8")  # the list goes on with other stations
    assert months.publish().changes["changed"] == 1
    assert months.station(name) == edited

    key = "王府井驿站"
    if fact == "name":
        months.rows = {other if row == key else row: cells for row, cells in months.rows.items()}
    else:
        months.change(key, listed, other)
    (doubt,) = (one for one in months.publish().doubts if one.code == "edited")
    assert doubt.station_id == edited.station_id
    assert months.station(name) == replace(edited, doubts=("edited",))
    assert [one.code for one in months.publish().doubts] == ["edited"]  # nobody has decided

    months.edit(name, lambda one: replace(one, doubts=()))
    again = months.publish()
    assert not again.has_changes
    assert not again.doubts
    assert months.station(name) == edited


def test_the_doubt_names_both_values_in_the_reader_s_language(months: Months) -> None:
    """As people write them."""
    months.edit("王府井驿站", lambda one: replace(one, phone="12351"))
    months.change("王府井驿站", "010-1", "010-9")
    (doubt,) = months.propose().doubts
    assert "010-9" in doubt.reason
    assert "12351" in doubt.reason
    assert "名单写“010-9”，人工改为“12351”" in doubt.reason.to("zh")  # type: ignore[attr-defined]


def test_a_list_that_agrees_makes_the_edit_its_own(months: Months) -> None:
    """From then on the list says what is, also against what it said before."""
    months.edit("王府井驿站", lambda one: replace(one, phone="12351"))
    months.change("王府井驿站", "010-1", "12351")
    agreed = months.publish()
    assert agreed.has_changes
    assert "edited by hand of 1 stations, and is followed again: 王府井驿站" in agreed.notes[0]
    assert sum(agreed.changes.values()) == 0
    assert months.edits == {}
    months.change("王府井驿站", "12351", "010-1")
    assert not months.publish().doubts
    assert months.station("王府井驿站").phone == "010-1"


def test_a_steward_who_takes_the_list_s_value_has_decided(months: Months) -> None:
    """The doubt goes with the edit; so it does when the list comes round."""
    months.edit("王府井驿站", lambda one: replace(one, phone="12351"))
    months.change("王府井驿站", "010-1", "010-9")
    months.publish()
    months.edit("王府井驿站", lambda one: replace(one, phone="010-9"))
    assert months.station("王府井驿站").doubts == ()
    assert months.edits == {}
    months.edit("王府井驿站", lambda one: replace(one, phone="12351"))
    months.change("王府井驿站", "010-9", "010-7")
    months.publish()
    months.change("王府井驿站", "010-7", "12351")
    months.publish()
    assert months.station("王府井驿站").doubts == ()


def test_what_a_list_has_no_column_for_stays(months: Months) -> None:
    """A steward's seats are nobody's business but his."""
    months.edit("王府井驿站", lambda one: replace(one, seats=12, operator="工会"))
    months.change("王府井驿站", "010-1", "010-9")
    assert months.publish().doubts == []
    station = months.station("王府井驿站")
    assert (station.seats, station.operator, station.phone) == (12, "工会", "010-9")


def test_a_position_that_was_edited_is_judged_as_edited(months: Months) -> None:
    """What the list has wrong of it month by month is no doubt any more, and no move."""
    months.change("王府井驿站", "39.9140", "39.9240")
    months.publish(retire_many=True)
    months.edit("王府井驿站", lambda one: replace(one, lat=39.9140, doubts=()))
    again = months.publish()
    assert not again.has_changes
    assert not again.doubts
    months.change("王府井驿站", "39.9240,116.4110", ",")  # a list without its position says nothing of it
    assert months.publish().waiting == []
    assert months.station("王府井驿站").lat == 39.9140


def test_a_station_retired_by_hand_stays_retired_while_the_list_has_it(months: Months) -> None:
    """It is said every time; once the list has left it out, it may bring it back."""
    months.edit("灯市口驿站", lambda _: None)
    found = months.propose()
    assert [station.name for station in found.diff.kept_closed] == ["灯市口驿站"]
    assert "灯市口驿站" in " ".join(found.notes)
    assert sum(found.changes.values()) == 0
    kept = months.rows.pop("灯市口驿站")
    months.publish()
    months.rows["灯市口驿站"] = kept
    assert months.publish().changes["reopened"] == 1
    assert "灯市口驿站" in months.names


def test_a_station_reopened_by_hand_stays_while_the_list_has_it_not(months: Months) -> None:
    """It is said every time; once the list has it again, the list says what is."""
    kept = months.rows.pop("灯市口驿站")
    months.publish()
    months.edit("灯市口驿站", lambda one: one)
    found = months.propose()
    assert [station.name for station in found.diff.kept_open] == ["灯市口驿站"]
    assert not found.has_changes
    months.change("王府井驿站", "010-1", "010-9")
    months.publish(is_part=True)
    assert months.edits == {"灯市口驿站": {"listed": False}}
    months.rows["灯市口驿站"] = kept
    months.publish()
    assert months.edits == {}
    del months.rows["灯市口驿站"]
    assert months.publish().changes["gone"] == 1


def test_a_row_that_is_closed_for_good_retires_its_station(months: Months) -> None:
    """And adds none; what a steward says of the state goes before it, with a doubt."""
    months.change("灯市口驿站", "正常", "已撤销")
    months.rows["新驿站"] = "某路,东城区,39.9180,116.4180,,,,已撤销"
    found = months.propose()
    assert [station.name for station in found.diff.gone] == ["灯市口驿站"]
    assert sorted(found.closed) == [2, 4]
    assert {name: n for name, n in found.changes.items() if n} == {"gone": 1}
    months.edit("灯市口驿站", lambda one: replace(one, status="closed_for_now"))
    found = months.publish()
    assert [doubt.code for doubt in found.doubts] == ["edited"]
    assert months.station("灯市口驿站").status == "closed_for_now"


def test_rolling_back_brings_the_edits_back(months: Months) -> None:
    """With the stations they belong to."""
    months.edit("王府井驿站", lambda one: replace(one, phone="12351"))
    edited = months.store.newest()
    months.change("王府井驿站", "010-1", "12351")
    months.publish()
    months.store.rollback(edited, who="a steward")
    assert months.edits == {"王府井驿站": {"phone": "010-1"}}
    months.change("王府井驿站", "12351", "010-1")
    assert not months.publish().has_changes


def test_words_for_a_state_that_nobody_understands_leave_the_station_as_it_is(months: Months) -> None:
    """Closed for now stays so, with its day; closed for good stays closed; each is said."""
    months.change("王府井驿站", "正常", "装修中，2027年3月1日恢复")
    months.change("灯市口驿站", "正常", "已撤销")
    months.publish()
    for name, state in (("王府井驿站", "装修中，2027年3月1日恢复"), ("灯市口驿站", "已撤销")):
        months.change(name, state, "待议")
    proposal = months.publish()
    assert proposal.changes == {"added": 0, "changed": 1, "moved": 0, "gone": 0, "reopened": 0}
    station = months.station("王府井驿站")
    assert (station.status, station.status_until) == ("closed_for_now", date(2027, 3, 1))
    assert station.status_note == "待议"
    assert station.doubts == ("status_unclear",)
    assert [(doubt.row, "stays as it was: Closed for now" in doubt.reason) for doubt in proposal.doubts] == [
        (1, True)
    ]
    assert list(proposal.closed) == [2]
    assert "that it is open again" in proposal.closed[2]
    assert not months.propose().has_changes
    months.change("灯市口驿站", "待议", "正常")
    assert months.publish().changes["reopened"] == 1


def test_a_doubt_that_a_steward_has_cleared_is_not_shown_again(months: Months) -> None:
    """The same list changes nothing, though two stations are alike and near; a third one is a doubt."""
    months.rows["王府井驿站（北门）"] = "王府井大街2号,东城区,39.9141,116.4111,9:00-18:00,010-4,有,正常"
    assert [doubt.row for doubt in months.publish().doubts] == [4]
    months.edit("王府井驿站（北门）", lambda station: replace(station, doubts=()))
    again = months.propose()
    assert (again.doubts, again.has_changes) == ([], False)
    assert any("2 doubts are not shown again" in note for note in again.notes)
    months.rows["王府井驿站（南门）"] = "王府井大街4号,东城区,39.9142,116.4112,9:00-18:00,010-5,有,正常"
    assert {doubt.station_id for doubt in months.publish().doubts} == {
        months.station("王府井驿站（南门）").station_id
    }
