"""What is said of stations that are not in service, and that they never count as open."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locator.geo.datum import Datum
from locator.stations.answer_json import AnswerJson
from locator.stations.catalog import Catalog, Query
from locator.stations.geodata import Geodata, load_geodata
from locator.stations.holidays import HolidayCalendar
from locator.stations.hours import STATION_TIMEZONE, OpenState
from locator.stations.reading import COLUMNS, StationTable
from locator.stations.schema import STATUSES
from locator.stations.service_status import say_status

HERE = {"lat": 39.9155, "lon": 116.405}
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=STATION_TIMEZONE)
LAST = date(2026, 12, 31)


@pytest.fixture(scope="module")
def states(four_states: Path) -> Catalog:
    """The catalogue of one station of each status."""
    return Catalog(load_geodata(four_states))


@pytest.mark.parametrize(
    ("status", "until", "note", "today", "chinese", "english"),
    [
        ("closed_for_now", None, None, LAST, "暂停开放", "Closed for now"),
        ("closed_for_now", None, "装修中，12月底恢复", LAST, "暂停开放：装修中，12月底恢复", None),
        ("closed_for_now", LAST, None, date(2026, 12, 31), "暂停开放，预计12月31日恢复", None),
        (
            "closed_for_now",
            LAST,
            "装修中",
            date(2026, 12, 1),
            "暂停开放，预计12月31日恢复：装修中",
            "Closed for now, expected to reopen on 31 Dec: 装修中",
        ),
        (
            "closed_for_now",
            LAST,
            None,
            date(2027, 1, 1),
            "暂停开放，原定2026年12月31日恢复，尚未确认",
            "Closed for now, was to reopen on 31 Dec 2026, not confirmed yet",
        ),
        ("planned", None, None, LAST, "计划中，尚未开放", "Planned, not open yet"),
        ("planned", date(2027, 3, 1), None, LAST, "计划中，尚未开放，预计2027年3月1日开放", None),
        ("planned", date(2026, 3, 1), None, LAST, "计划中，尚未开放，原定3月1日开放，尚未确认", None),
        ("closed", LAST, None, date(2026, 12, 1), "已撤销", "Closed for good"),
        ("closed", None, "{day}", LAST, "已撤销：{day}", "Closed for good: {day}"),
    ],
)
def test_a_status_is_told_in_words(
    status: str, until: date | None, note: str | None, today: date, chinese: str, english: str | None
) -> None:
    """With the day and the reason; after the day it is not open again, but late."""
    assert say_status(status, until, note, today, "zh") == chinese
    if english:
        assert say_status(status, until, note, today, "en") == english


def test_the_nearest_comes_after_all_that_are_in_service(states: Catalog) -> None:
    """Whatever their distances; one that is closed for good is not listed, and none of them lies beyond."""
    answer = states.nearest(Query(**HERE, radius_m=1000.0, limit=10), NOON)
    assert [states.fact(hit.number, "station_id") for hit in answer.hits] == ["usable", "planned", "shut"]
    distances = [hit.distance_m for hit in answer.hits]
    assert distances[1] < distances[2] < distances[0]
    assert distances[1] == pytest.approx(0.0005 * 111_030, rel=1e-3)  # of latitude, in metres per degree at 40° N
    assert answer.hits[1].bearing_deg == pytest.approx(0, abs=1e-6)
    near = states.nearest(Query(**HERE, radius_m=100.0, limit=10), NOON)
    assert [states.fact(hit.number, "station_id") for hit in near.hits] == ["planned"]
    assert near.beyond is not None
    assert states.fact(near.beyond.number, "station_id") == "usable"


def test_limit_and_choices_hold_for_all(states: Catalog) -> None:
    """The limit counts stations in service first; a kind and an instant leave out what does not fit."""

    def ids(**more: object) -> list[str]:
        query = Query(**(HERE | {"radius_m": 1000.0, "limit": 10} | more))  # type: ignore[arg-type]
        return [states.fact(hit.number, "station_id") for hit in states.nearest(query, NOON).hits]

    assert ids(limit=1) == ["usable"]
    assert ids(limit=2) == ["usable", "planned"]
    assert ids(kinds=frozenset({"worker_home"})) == ["shut"]
    assert ids(open_at=NOON) == ["usable"]
    assert ids(amenities=frozenset({"wifi"})) == []


def test_one_that_is_closed_for_good_is_in_no_list_and_has_its_page(states: Catalog) -> None:
    """It is found by its id; lists, boxes and the search know three stations."""
    assert len(states) == 3
    assert states.n_in_service == 1
    assert [states.fact(number, "station_id") for number in states.by_name] == ["usable", "planned", "shut"]
    assert sorted(states.column("station_id")) == ["planned", "shut", "usable"]
    assert len(states.within(116, 39, 117, 40)) == 3
    assert [place.station_id for place in states.search("驿站", 9)] == ["usable", "planned", "shut"]
    gone = states.find("closed")
    assert states.station(gone).status == "closed"
    record = json.loads(AnswerJson(states).station(gone, NOON, "zh"))
    assert record["open"] == {"state": "closed", "until": None, "text": "已撤销：已拆除"}


def test_many_positions_are_answered_with_stations_in_service(states: Catalog) -> None:
    """Its answers have no room for a status."""
    (answer,) = json.loads(AnswerJson(states).batch(states.lonlat[:1], 1000.0, 5))["answers"]
    assert [hit["station_id"] for hit in answer["stations"]] == ["usable"]


def test_an_answer_tells_status_day_and_note(states: Catalog) -> None:
    """For machines as fields, for people as a text."""
    answer = json.loads(
        AnswerJson(states).nearest(states.nearest(Query(**HERE, radius_m=1e3, limit=9), NOON), "zh")
    )
    facts = [[hit[name] for name in ("status", "status_until", "status_note")] for hit in answer["stations"]]
    assert facts == [
        ["open", None, None],
        ["planned", "2027-03-01", None],
        ["closed_for_now", "2026-12-31", "装修中<b>"],
    ]
    texts = [hit["open"]["text"] for hit in answer["stations"]]
    assert texts == [
        "24小时开放",
        "计划中，尚未开放，预计2027年3月1日开放",
        "暂停开放，预计12月31日恢复：装修中<b>",
    ]


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """Make up to twelve stations of any status around HERE, some with hours."""
    n = draw(st.integers(1, 12))
    words = [None, *STATUSES]
    hours = [None, "24/7", "Mo-Fr 08:00-18:00; PH off", "22:00-06:00"]
    days = [None, "2026-11-30", "2026-12-01", "2030-01-01"]

    def column(values: list[str | None]) -> list[str | None]:
        return draw(st.lists(st.sampled_from(values), min_size=n, max_size=n))

    facts = {"status": column(words), "status_until": column(days), "hours": column(hours)}
    columns = {name: [None] * n for name in COLUMNS} | facts
    columns |= {"station_id": [f"s{row}" for row in range(n)], "name": ["驿站"] * n, "kind": ["warm_station"] * n}
    metres = draw(st.lists(st.integers(0, 1500), min_size=n, max_size=n))
    positions = [[HERE["lon"], HERE["lat"] + metre / 111_030] for metre in metres]
    return Catalog(Geodata((StationTable("x", columns, positions, Datum.WGS84),), (), HolidayCalendar(), "x"))


@given(
    catalogs(),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.integers(1, 12),
    st.sampled_from(["zh", "en"]),
)
def test_no_station_that_is_not_in_service_is_ever_open(
    catalog: Catalog, naive: datetime, limit: int, lang: str
) -> None:
    """At any instant, however it is asked for, also after the day on which it was to open."""
    at = naive.replace(tzinfo=STATION_TIMEZONE)
    out = {number for number in range(len(catalog.lonlat)) if (catalog.fact(number, "status") or "open") != "open"}
    for number in out:
        assert catalog.status(number, at).state is OpenState.CLOSED
        assert catalog.open_facts(number, at, lang)["state"] == "closed"
    assert out.isdisjoint(catalog.fitting(catalog.by_name, open_at=at))
    asked = Query(**HERE, radius_m=1000.0, limit=limit, open_at=at)
    opened = catalog.nearest(asked, at)
    assert out.isdisjoint(hit.number for hit in (*opened.hits, *([opened.beyond] if opened.beyond else [])))
    plain = catalog.nearest(Query(**HERE, radius_m=1000.0, limit=limit), at - timedelta(days=1))
    order = [(hit.number in out, hit.distance_m) for hit in plain.hits]
    assert order == sorted(order)
    assert plain.beyond is None or plain.beyond.number not in out
