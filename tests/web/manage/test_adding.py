"""A steward adds one station: it needs no list, and no list takes it away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from locator.errors import UsageError
from locator.geo.datum import Datum
from locator.importing.intake import Choices, propose, publish
from tests.web.conftest import TOKEN
from tests.web.manage.test_stations import published

PAGE = "/manage/stations/new"
FACTS = {"name": "东单爱心驿站", "address": "东单北大街1号", "position": "39.9138, 116.4150", "datum": "wgs84"}


def add(desk: Any, **form: str) -> Any:
    """Send the form for a new station."""
    return desk.post(PAGE, seen=PAGE, **{"step": "publish", "why": "opened today", **FACTS, **form})


def test_a_station_is_seen_and_then_added(signed_in: Any) -> None:
    """With the district in which it lies; everybody sees it at once."""
    preview = add(signed_in, step="preview", hours_text="每天 8:00-20:00", amenity_shower="no")
    assert preview.status_code == 200
    told = dict(re.findall(r"<dt>(.*?)</dt><dd><span class=\"said-fact\">(.*?)</span>", preview.text))
    assert told["Name"] == "东单爱心驿站"
    assert told["District"] == "东城区"
    assert told["Kind"] == "Warm station"
    assert told["Shower"] == "There is not"
    assert 'name="sure"' not in preview.text
    assert signed_in.store.numbers() == []
    response = add(signed_in, hours_text="每天 8:00-20:00", amenity_shower="no")
    assert response.status_code == 303
    station_id = response.location.rsplit("/", 1)[1]
    assert re.fullmatch(r"ws-[0-9a-f]{10}", station_id)
    station = published(signed_in)[station_id]
    assert (station.name, station.lat, station.lon, station.district) == (
        "东单爱心驿站",
        39.9138,
        116.415,
        "东城区",
    )
    assert (station.source, station.hours, station.amenities) == (
        "手工录入",
        "Mo-Su 08:00-20:00",
        {"shower": "no"},
    )
    assert signed_in.client.get(f"/api/stations/{station_id}").get_json()["name"] == "东单爱心驿站"
    assert signed_in.store.manifest(1).change["added"] == 1


def test_what_is_missing_is_told_and_what_was_typed_is_kept(signed_in: Any) -> None:
    """A name and a position are needed, and a datum with it."""
    response = add(signed_in, name=" ", position="", seats="many", operator="The <union>")
    assert response.status_code == 422
    told = set(re.findall(r'<p class="trouble" id="([a-z_0-9]+)-fault">', response.text))
    assert told == {"name", "position", "seats"}
    assert 'value="The &lt;union&gt;"' in response.text
    assert "Say which map or device" in add(signed_in, datum="").text
    assert "A value of 200" not in add(signed_in, name="驿" * 10_000).text
    assert add(signed_in, name="驿" * 10_000).status_code == 422
    assert signed_in.store.numbers() == []


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ({"position": "31.2304, 121.4737"}, "Outside the area"),
        ({"district": "西城区"}, "Not in the district it names"),
        ({"name": "东华门街道工会服务站", "position": ""}, "May be the same as another"),
    ],
)
def test_what_is_doubtful_is_asked_once_more(signed_in: Any, form: dict[str, str], asked: str) -> None:
    """Shanghai, another district than the outlines', a neighbour of the same name: a tick adds it."""
    if not form.get("position", "x"):
        near = published(signed_in)["tw-1"]
        form = {**form, "position": f"{near.lat + 0.0001}, {near.lon}"}  # 11 m to the north
    response = add(signed_in, **form)
    assert response.status_code == 422
    assert asked in response.text
    assert signed_in.store.numbers() == []
    assert add(signed_in, sure="1", **form).status_code == 303
    assert len(published(signed_in)) == 8


def test_what_keyboards_add_is_no_part_of_a_fact(signed_in: Any) -> None:
    """Characters that nobody sees are left out, wide digits are digits; nobody opens what is closed for good."""
    response = add(signed_in, name="东\x00单\u202e\u200b驿站\x08", seats="１２", checked_on="２０２６-１１-０５")
    assert response.status_code == 303
    station = published(signed_in)[response.location.rsplit("/", 1)[1]]
    assert (station.name, station.seats, str(station.checked_on)) == ("东单驿站", 12, "2026-11-05")
    assert add(signed_in, name="别的驿站", status="closed").status_code == 422


def test_the_same_form_sent_again_adds_nothing(signed_in: Any) -> None:
    """As after the back button; another station of the same name elsewhere gets an id of its own."""
    first = add(signed_in).location
    again = add(signed_in)
    assert (again.status_code, again.location) == (303, first)
    assert "is published already" in signed_in.get(first).text
    assert signed_in.store.numbers() == [1]
    other = add(signed_in, position="39.9300, 116.4150", sure="1")
    assert other.status_code == 303
    assert other.location != first
    assert len(published(signed_in)) == 9


def test_no_list_retires_what_was_added_by_hand(signed_in: Any, tmp_path: Path) -> None:
    """A list of its own is left alone; one that has the same station is asked about it."""
    station_id = add(signed_in).location.rsplit("/", 1)[1]
    path = tmp_path / "list.csv"
    path.write_text("name,lat,lon,district\n东单爱心驿站,39.91381,116.41501,东城区\n", encoding="utf-8")
    choices = Choices(kind="warm_station", source="东城", datum=Datum.WGS84)
    proposal = propose(path, choices, signed_in.store)
    assert [(doubt.code, station_id in str(doubt.reason)) for doubt in proposal.doubts] == [("duplicate", True)]
    assert proposal.diff.gone == ()
    publish(proposal, signed_in.store, who="Lin", why="list")
    assert station_id in published(signed_in)
    with pytest.raises(UsageError, match="entered by hand"):
        propose(path, Choices(kind="warm_station", source=" 手工录入", datum=Datum.WGS84), signed_in.store)


def test_what_was_typed_outlives_the_session(signed_in: Any) -> None:
    """Signed out meanwhile: the sign-in page keeps it, and then the form has it again, with nothing published."""
    token = TOKEN.search(signed_in.get(PAGE).text)[1]  # type: ignore[index]
    client, english = signed_in.client, {"Accept-Language": "en"}
    signed_in.post("/manage/sign-out", seen=PAGE)
    typed = {"csrf_token": token, "step": "publish", "why": "because", "sure": "1", **FACTS, "operator": "A <b>"}
    origin = {"Origin": "http://localhost", **english}
    page = client.post(PAGE, data=typed, headers=origin).text
    assert "You were signed out." in page
    kept = dict(re.findall(r'name="(typed-[^"]+)" value="([^"]*)"', page))
    assert kept["typed-name"] == FACTS["name"]
    assert kept["typed-operator"] == "A &lt;b&gt;"
    form = {name: value.replace("&lt;", "<").replace("&gt;", ">") for name, value in kept.items()}
    resumed = signed_in.sign_in(next=PAGE, **form)
    assert resumed.status_code == 200
    again = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', resumed.text))
    assert (again["step"], again["name"], "sure" in again) == ("edit", FACTS["name"], False)
    shown = client.post(PAGE, data={**again, "operator": "A <b>"}, headers=origin).text
    assert f'value="{FACTS["name"]}"' in shown
    assert signed_in.store.numbers() == []


def test_a_form_of_an_older_session_is_shown_again_and_does_nothing(signed_in: Any) -> None:
    """From our own pages only; a form from elsewhere is refused as ever."""
    typed = {"csrf_token": "old", "step": "publish", "why": "because", "sure": "1", **FACTS}
    client, english = signed_in.client, {"Accept-Language": "en"}
    page = client.post(PAGE, data=typed, headers={"Origin": "http://localhost", **english})
    assert page.status_code == 200
    assert "You were signed out meanwhile." in page.text
    assert f'value="{FACTS["name"]}"' in page.text
    for origin in ("http://evil.example", "null", ""):
        assert client.post(PAGE, data=typed, headers={"Origin": origin, **english}).status_code == 400
    assert client.post("/manage/sign-out", data={"csrf_token": "old"}).status_code == 400
    assert signed_in.store.numbers() == []
