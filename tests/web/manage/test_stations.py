"""A steward finds a station and changes it: exactly what the form says, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from locator.feedback.senders import Sender
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import Station

FORM = "/manage/stations/tw-1"


def published(desk: Any, number: int | None = None) -> dict[str, Station]:
    """Read the stations of a version from the disk, the newest if none is named."""
    contents = desk.store.contents(desk.store.newest() if number is None else number)
    return {station.station_id: station for station in contents.stations}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("tw-1", {"tw-1"}),
        ("DONGHUAMEN", {"tw-1"}),
        ("dong hua", {"tw-1"}),
        ("金鱼", {"tw-1"}),
        ("金魚", {"tw-1"}),
        ("ＤＯＮＧ　ＨＵＡ", {"tw-1"}),
        ("驿站", {"tw-2", "tw-3", "tw-4"}),
        ("nothing of the kind", set()),
    ],
)
def test_a_station_is_found_by_a_part_of_what_names_it(reading: Any, asked: str, found: set[str]) -> None:
    """Id, name, English name, pinyin or address, in any case, width and way to write Chinese."""
    page = reading.client.get("/manage/stations", query_string={"q": asked}).text
    assert set(re.findall(r'href="/manage/stations/([^"]+)"', page)) - {"new"} == found


def test_names_are_never_markup(reading: Any) -> None:
    """A name with tags is text on every page that shows it."""
    for path in ("/manage/stations?q=tw", "/manage/stations/tw-5", "/manage/stations?q=<script>alert(1)</script>"):
        page = reading.get(path).text
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert "</script><b>" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in reading.get("/manage/stations/tw-5").text


def test_there_is_no_form_for_a_station_that_is_not_there(reading: Any) -> None:
    """404, as on the map."""
    assert reading.get("/manage/stations/nobody").status_code == 404


def test_every_control_has_a_name(reading: Any) -> None:
    """Each input and select that is seen has a label of its own."""
    page = reading.get(FORM).text
    seen = re.findall(r'<(?:input|select)\b(?![^>]*type="hidden")[^>]*\bid="([^"]+)"', page)
    assert len(seen) > 45
    assert set(seen) <= set(re.findall(r'<label for="([^"]+)"', page))
    assert len(set(seen)) == len(seen)


def test_a_form_that_nobody_touched_publishes_nothing(signed_in: Any) -> None:
    """Every station's own form, sent back as it came, changes nothing: not a digit, not a blank."""
    for station_id in published(signed_in):
        for step in ("preview", "publish"):
            response = signed_in.edit(station_id, step=step, why="because")
            assert response.status_code == 200
            assert "Nothing is changed yet." in response.text
    assert signed_in.store.numbers() == []


def test_what_changes_is_shown_before_it_is_published(signed_in: Any) -> None:
    """The old and the new, and nothing is written yet."""
    response = signed_in.edit("tw-1", step="preview", name="New <b>name</b>", seats="12", amenity_shower="yes")
    assert response.status_code == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.text))
    assert "Name东华门街道工会服务站 → New &lt;b&gt;name&lt;/b&gt;" in text
    assert "Seatsnot known → 12" in text
    assert "ShowerThere is not → There is" in text
    assert signed_in.store.numbers() == []


def test_a_published_change_is_in_the_files_and_nothing_else_is(signed_in: Any) -> None:
    """The station has it, every other fact and station is as it was, and the map shows it at once."""
    before = published(signed_in)
    response = signed_in.edit(
        "tw-1",
        step="publish",
        why="called them",
        name="  New   name ",
        tier="",
        amenity_shower="unknown",
        amenity_wifi="yes",
        area_m2="12.5",
        seats="0",
        photo_url="https://example.org/a.jpg",
        checked_on="2026-11-05",
    )
    assert (response.status_code, response.location) == (303, FORM)
    assert "Published as version 1." in signed_in.get(FORM).text
    expected = replace(
        before["tw-1"],
        name="New name",
        tier=None,
        amenities={"seats": "yes", "drinking_water": "yes", "microwave": "yes", "wifi": "yes"},
        area_m2=12.5,
        seats=0,
        photo_url="https://example.org/a.jpg",
        checked_on=date(2026, 11, 5),
    )
    assert published(signed_in) == {**before, "tw-1": expected}
    manifest = signed_in.store.manifest(1)
    assert (manifest.parent, manifest.who, manifest.why) == (0, "Lin", "东华门街道工会服务站: called them")
    assert signed_in.client.get("/api/stations/tw-1").get_json()["name"] == "New name"
    entry = signed_in.feedback.audit.latest(1)[0]
    assert (entry.who, entry.what, entry.detail) == ("Lin", "publish", "1: 东华门街道工会服务站: called them")


def test_hours_are_words_or_osm_syntax(signed_in: Any) -> None:
    """What is understood is kept beside the words; what is not is kept as words, and said."""
    for said, hours, hours_text in (
        ("周一至周五 8:30-17:30", "Mo-Fr 08:30-17:30", "周一至周五 8:30-17:30"),
        ("Mo-Sa 07:00-21:00; PH off", "Mo-Sa 07:00-21:00; PH off", None),
        ("ask the guard", None, "ask the guard"),
        ("", None, None),
    ):
        preview = signed_in.edit("tw-1", step="preview", hours_text=said)
        assert ("The hours could not be read" in preview.text) == (said == "ask the guard")
        assert signed_in.edit("tw-1", step="publish", hours_text=said, why="door").status_code == 303
        station = published(signed_in)["tw-1"]
        assert (station.hours, station.hours_text) == (hours, hours_text)


def test_a_position_is_taken_in_the_datum_that_is_named(signed_in: Any) -> None:
    """Amap's position of the north gate of the Temple of Heaven lies half a kilometre from the true one."""
    form = {"position": "116.4128, 39.8896", "datum": "gcj02"}
    preview = signed_in.edit("tw-1", step="preview", **form)
    assert "Moved far since last time" in preview.text
    unsure = signed_in.edit("tw-1", step="publish", why="new address", **form)
    assert unsure.status_code == 422
    assert "tick that it is right" in unsure.text
    assert 'value="116.4128, 39.8896"' in unsure.text
    assert signed_in.store.numbers() == []
    assert signed_in.edit("tw-1", step="publish", sure="1", why="new address", **form).status_code == 303
    station = published(signed_in)["tw-1"]
    # In Beijing GCJ-02 lies 0.0014° to the north and 0.0062° to the east of WGS 84.
    assert station.lat == pytest.approx(39.8896 - 0.0014, abs=2e-4)
    assert station.lon == pytest.approx(116.4128 - 0.0062, abs=3e-4)


def test_wrong_values_are_told_by_their_fields_and_kept_in_the_form(signed_in: Any) -> None:
    """422 with all of them at once, each beside its field; what was typed is not lost."""
    wrong = {
        "name": "",
        "kind": "palace",
        "position": "lat 116.4, lon 39.9",
        "photo_url": "javascript:alert(1)",
        "seats": "3.5",
        "area_m2": "nan",
        "checked_on": "2026-02-30",
        "operator": "x" * 501,
        "amenity_wifi": "maybe",
        "datum": "mars",
    }
    response = signed_in.edit("tw-1", step="publish", why="because", address="Typed anew", **wrong)
    assert response.status_code == 422
    told = set(re.findall(r'<p class="trouble" id="([a-z_0-9]+)-fault">', response.text))
    faulty = {"name", "kind", "position", "photo_url", "seats", "area_m2", "checked_on", "operator", "amenities"}
    assert told == faulty
    assert "“3.5” cannot be taken. A whole number of 0 or more, or nothing." in response.text
    assert 'value="Typed anew"' in response.text
    assert 'value="3.5"' in response.text
    assert not re.search(r'href="javascript:', response.text)
    assert signed_in.store.numbers() == []


def test_a_reason_is_needed(signed_in: Any) -> None:
    """Without one the preview comes back; the form's values are still in it."""
    response = signed_in.edit("tw-1", step="publish", why="  ", operator="The union")
    assert response.status_code == 422
    assert "Say why" in response.text
    assert 'name="operator" value="The union"' in response.text
    assert signed_in.store.numbers() == []


def test_one_can_go_back_from_the_preview_to_the_form(signed_in: Any) -> None:
    """With everything that was typed."""
    response = signed_in.edit("tw-1", step="edit", operator="The <union>")
    assert response.status_code == 200
    assert 'name="operator" type="text" value="The &lt;union&gt;"' in response.text


def test_somebody_elses_change_to_the_station_is_not_overwritten(signed_in: Any) -> None:
    """409; what was typed stands over the station as it is now, beside what the other one changed."""
    assert signed_in.edit("tw-1", step="publish", why="first", operator="First").status_code == 303
    late = signed_in.edit("tw-1", step="publish", why="second", operator="Second", version="0")
    assert late.status_code == 409
    assert "Somebody else changed this station meanwhile" in late.text
    assert 'value="Second"' in late.text
    assert "Run bynot known → First" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", late.text)).replace("> ", "")
    assert published(signed_in)["tw-1"].operator == "First"
    assert signed_in.edit("tw-1", step="publish", why="x", operator="Second", version="77").status_code == 409


def test_two_stewards_change_two_facts_of_one_station(signed_in: Any) -> None:
    """The later one gets the form with both, sends it again, and nothing of the first is undone."""
    assert signed_in.edit("tw-1", step="publish", why="first", operator="First").status_code == 303
    page = signed_in.edit("tw-1", step="preview", operator="", seats="9", version="0")
    assert page.status_code == 409
    assert 'name="operator" type="text" value="First"' in page.text
    assert 'name="seats" type="text" value="9"' in page.text
    assert 'name="version" value="1"' in page.text
    assert signed_in.edit("tw-1", step="publish", why="second", seats="9").status_code == 303
    now = published(signed_in)["tw-1"]
    assert (now.operator, now.seats) == ("First", 9)


def test_a_station_is_closed_for_now_and_comes_back(signed_in: Any) -> None:
    """With the reason and the day; in service again it has neither."""
    closed = {"status": "closed_for_now", "status_note": "装修中", "status_until": "2026-12-31"}
    assert signed_in.edit("tw-1", step="publish", why="door", **closed).status_code == 303
    station = published(signed_in)["tw-1"]
    assert (station.status, station.status_note, station.status_until) == (
        "closed_for_now",
        "装修中",
        date(2026, 12, 31),
    )
    assert signed_in.edit("tw-1", step="publish", why="open again", status="open").status_code == 303
    station = published(signed_in)["tw-1"]
    assert (station.status, station.status_note, station.status_until) == ("open", None, None)
    assert signed_in.edit("tw-1", step="preview", status_until="2026-02-30").status_code == 422


def test_a_change_to_another_station_is_in_nobodys_way(signed_in: Any) -> None:
    """Both changes are in the newest version."""
    assert signed_in.edit("tw-2", step="publish", why="first", operator="First").status_code == 303
    assert signed_in.edit("tw-1", step="publish", why="second", operator="Second", version="0").status_code == 303
    now = published(signed_in)
    assert (now["tw-1"].operator, now["tw-2"].operator) == ("Second", "First")


@pytest.mark.usefixtures("any_hour")
def test_a_retired_station_leaves_the_map_and_is_kept(signed_in: Any) -> None:
    """It stands among the retired with the stations' day; a reason is needed."""
    before = published(signed_in)
    page = "/manage/stations/tw-3"
    days = [datetime.now(STATION_TIMEZONE).date()]
    assert signed_in.post(f"{page}/retire", seen=page, why="").status_code == 422
    assert signed_in.post(f"{page}/retire", seen=page, why="closed for good").status_code == 303
    days.append(datetime.now(STATION_TIMEZONE).date())  # the next day, should midnight pass meanwhile
    contents = signed_in.store.contents(1)
    assert {station.station_id for station in contents.stations} == before.keys() - {"tw-3"}
    (gone,) = contents.retired
    assert gone.station == before["tw-3"]
    assert gone.retired_on in days
    assert signed_in.client.get("/api/stations/tw-3").status_code == 404
    assert "Closed for good since" in signed_in.get(page).text


def test_doubts_are_shown_until_a_steward_looked(signed_in: Any) -> None:
    """Those of the file and those of reports; looking clears both, and an edit does not."""
    store = signed_in.store
    contents = store.contents(0)
    doubted = [replace(one, doubts=("piled",)) if one.station_id == "tw-2" else one for one in contents.stations]
    store.publish(replace(contents, stations=tuple(doubted)), parent=0, who="Import", why="list of November")
    report = signed_in.feedback.reports.add("tw-2", "locked", None, Sender("device", "network"))
    signed_in.feedback.reports.resolve(report.id, "accepted", "Lin")
    signed_in.app.extensions["locator.live"].look()
    overview = signed_in.get("/manage/stations").text
    assert "Several stations on one coordinate" in overview
    assert "People found it locked" in overview
    assert signed_in.edit("tw-2", step="publish", why="new phone", phone="010-1").status_code == 303
    assert published(signed_in)["tw-2"].doubts == ("piled",)
    page = "/manage/stations/tw-2"
    assert signed_in.post(f"{page}/looked", seen=page).location == page
    assert published(signed_in)["tw-2"].doubts == ()
    assert "In doubt" not in signed_in.get(page).text
    assert "Stations in doubt: 0" in signed_in.get("/manage/stations").text
    assert {"looked", "publish"} <= {entry.what for entry in signed_in.feedback.audit.latest(5)}
