"""Lists of every door with stations closed for now, planned or closed for good: last, in words, and never open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from locator import create_app
from locator.config import Settings

if TYPE_CHECKING:
    from flask.testing import FlaskClient

BEIJING = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=BEIJING)
HERE = {"lat": 39.9155, "lon": 116.405}
ORDER = ["usable", "planned", "shut"]
SHUT = "暂停开放，预计12月31日恢复：装修中<b>"
PLANNED = "计划中，尚未开放，预计2027年3月1日开放"
INSTANTS = [NOON + timedelta(days=days, hours=3 * days) for days in (0, 29, 30, 31, 90, 400)]
"""Before, on and after the days on which they were to open; all of them have the hours 24/7."""


@pytest.fixture(scope="module")
def client(four_states: Path) -> FlaskClient:
    """A client of the service with one station of each status."""
    app = create_app(Settings(geodata=four_states))
    app.testing = True
    return app.test_client()


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """It is noon on 1 December 2026."""
    with time_machine.travel(NOON, tick=False):
        yield


def cards(page: str) -> list[str]:
    """List the ids of a page's cards in their order."""
    return re.findall(r'data-station-id="([^"]+)" data-kind', page)


def badges(page: str) -> list[tuple[str, str]]:
    """List the classes and texts of a page's badges."""
    return [(name, unescape(text)) for name, text in re.findall(r'<span class="(state[^"]*)">(.*?)</span>', page)]


def states(answer: dict[str, Any]) -> dict[str, str]:
    """Give the open state of each station in an answer of the API."""
    beyond = [answer["beyond"]] if answer["beyond"] else []
    return {hit["station_id"]: hit["open"]["state"] for hit in (*answer["stations"], *beyond)}


@pytest.mark.parametrize("at", INSTANTS, ids=str)
def test_no_door_ever_tells_that_one_of_them_is_open(client: FlaskClient, at: datetime) -> None:
    """Now, and asked for another instant: only the one in service is open."""
    with time_machine.travel(at, tick=False):
        for fields in ({}, {"open_at": "now"}, {"open_at": "2030-06-01T12:00"}):
            answer = client.post("/api/nearest", json={**HERE, "limit": 9, **fields}).json
            assert [name for name, state in states(answer).items() if state == "open"] == ["usable"]
            assert {hit["station_id"] for hit in answer["stations"]} == ({"usable"} if fields else set(ORDER))
        near = client.post("/", data={**HERE, "lang": "zh"}).text
        widget = client.get("/embed?center=39.9155,116.405&lang=zh").text
        for page in (near, widget, *(client.get(f"/stations/{name}?lang=zh").text for name in ORDER[1:])):
            opened = [text for classes, text in badges(page) if "state-open" in classes]
            assert opened == (["24小时开放"] if page in (near, widget) else [])
        for path in ("/?district=东城区&open_at=now", "/embed?district=东城区&open=1"):
            assert "歇业驿站" not in client.get(path).text
        for name in (*ORDER[1:], "closed"):
            assert client.get(f"/api/stations/{name}").json["open"]["state"] == "closed"


def test_a_list_has_them_last_in_words(client: FlaskClient) -> None:
    """Under a heading of their own, numbered on, struck out; the title counts them apart."""
    page = client.post("/", data=HERE, headers={"Accept-Language": "zh"}).text
    assert cards(page) == ORDER
    title = re.search(r'id="result-title"[^>]*>(.*?)</h2>', page)
    assert title
    assert title[1] == "1 公里内有 1 个驿站，现在开放 1 个；另有 2 个暂停开放或计划中"
    assert badges(page)[:3] == [
        ("state state-open", "24小时开放"),
        ("state state-closed state-out", PLANNED),
        ("state state-closed state-out", SHUT),
    ]
    assert page.count("pin-out") == 2
    assert "装修中<b>" not in page
    assert page.index('id="others"') < page.index('id="station-planned"') < page.index('id="station-shut"')


def test_where_only_they_are_near_the_nearest_in_service_is_told(client: FlaskClient) -> None:
    """They do not stand in for a station that one can go to."""
    with_radius = {**HERE, "radius": 200}
    page = client.post("/", data=with_radius, headers={"Accept-Language": "zh"}).text
    assert "200 米内没有驿站。另有 2 个暂停开放或计划中。" in page
    assert cards(page) == ORDER
    assert page.index('id="beyond-station"') < page.index('id="station-usable"') < page.index('id="others"')
    answer = client.post("/api/nearest", json=with_radius).json
    assert [hit["station_id"] for hit in answer["stations"]] == ORDER[1:]
    assert answer["beyond"]["station_id"] == "usable"


@pytest.mark.parametrize(
    ("name", "badge", "facts"),
    [
        ("shut", SHUT, ("运营状态", "暂停开放", "2026-12-31", "装修中&lt;b&gt;")),
        ("planned", PLANNED, ("计划中，尚未开放", "2027-03-01")),
        ("closed", "已撤销：已拆除", ("已撤销", "已拆除")),
    ],
)
def test_a_stations_page_says_so(client: FlaskClient, name: str, badge: str, facts: tuple[str, ...]) -> None:
    """Also that of one that is closed for good, to which old links lead."""
    page = client.get(f"/stations/{name}?lang=zh").text
    assert badges(page)[0] == ("state state-closed state-out", badge)
    assert [fact for fact in facts if fact not in page] == []


def test_the_widget_has_them_last(client: FlaskClient) -> None:
    """Round a place and by name; a station of any status can be chosen."""
    assert cards(client.get("/embed?center=39.9155,116.405&lang=zh").text) == ORDER
    assert cards(client.get("/embed?lang=zh").text) == ORDER
    district = client.get("/embed?district=东城区&lang=zh").text
    assert cards(district) == ["usable", "shut"]
    assert "东城区：共 1 个驿站；另有 1 个暂停开放或计划中" in district
    assert badges(client.get("/embed?station=closed&lang=zh").text)[0][1] == "已撤销：已拆除"


def test_a_district_lists_and_counts_them_apart(client: FlaskClient) -> None:
    """Also on the map of the city, whose data name the status of each."""
    page = client.get("/?district=东城区&lang=zh").text
    assert page.index("/stations/usable") < page.index("/stations/shut")
    assert "东城区：共 1 个驿站；另有 1 个暂停开放或计划中" in page
    city = client.get("/map?lang=zh").text
    assert "暂停开放或计划中的 2 个站点未计入。" in city
    data = client.get("/api/stations.compact.json?lang=zh").json
    assert data["columns"]["station_id"] == ORDER
    assert data["in_service"] == 1
    words = [data["statuses"][number] for number in data["out_of_service"]["status"]]
    assert words == ["planned", "closed_for_now"]
    assert data["out_of_service"]["note"] == [None, "装修中<b>"]
    listed = client.get("/api/stations.geojson").json["features"]
    assert [feature["id"] for feature in listed] == ORDER


def test_the_planner_does_not_count_them_and_says_so(client: FlaskClient) -> None:
    """On the page, in the API, and where one of them is to be removed."""
    record = client.get("/api/coverage").json
    assert record["total"]["stations"] == 1
    assert record["provenance"]["out_of_service"] == 2
    page = client.get("/planner?lang=zh&n=1").text
    assert "暂停开放或计划中的 2 个站点未计入。" in page
    refused = client.get("/api/coverage?remove=shut").json
    assert "closed for now or planned" in refused["detail"]
    opened = client.get("/api/coverage?open_at=2026-12-01T12:00").json
    assert opened["total"]["stations"] == 1
