"""A request lights up when a station with what was asked for is published within a kilometre after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from locator.feedback.answered import answer_requests
from locator.feedback.senders import Sender
from locator.feedback.service import Feedback
from locator.stations.schema import Station
from locator.stations.store import Store

SOMEBODY = Sender("device", "network")
HERE = (39.95, 116.44)
# 0.0085 degrees of latitude are 944 m, 0.0095 are 1,055 m.
NEAR = Station("new-1", "新驿站", "warm_station", 39.9585, 116.44, amenities={"heating": "yes"})
FAR = replace(NEAR, station_id="new-2", lat=39.9595)


@pytest.fixture
def store(tmp_path: Path, donghuamen: Path) -> Store:
    """A store over the seven stations, none of them within a kilometre of here."""
    return Store(tmp_path / "store", donghuamen)


@pytest.fixture
def feedback(tmp_path: Path) -> Feedback:
    """What people said yesterday: one asks for heating here."""
    made = Feedback(tmp_path / "feedback.sqlite", clock=lambda: datetime.now(UTC) - timedelta(days=1))
    made.requests.add(*HERE, ["heating"], "any", None, SOMEBODY)
    return made


def open_station(store: Store, station: Station) -> None:
    """Publish a version with one more station."""
    before = store.contents(store.newest())
    stations = (*(found for found in before.stations if found.station_id != station.station_id), station)
    store.publish(replace(before, stations=stations), parent=store.newest(), who="a steward", why="opened")


def test_a_new_station_near_enough_answers(store: Store, feedback: Feedback) -> None:
    """One at 1,055 m does not; one at 944 m does, once."""
    assert answer_requests(feedback.requests, store) == 0
    open_station(store, FAR)
    assert answer_requests(feedback.requests, store) == 0
    open_station(store, NEAR)
    assert answer_requests(feedback.requests, store) == 1
    assert answer_requests(feedback.requests, store) == 0
    (request,) = feedback.requests.queue(10)
    assert request.answered_by == "new-1"


def test_a_station_that_gets_what_was_missing_answers(store: Store, feedback: Feedback) -> None:
    """It was there before without heating; the version in which it has it answers."""
    open_station(store, replace(NEAR, amenities={}))
    assert answer_requests(feedback.requests, store) == 0
    open_station(store, NEAR)
    assert answer_requests(feedback.requests, store) == 1


def test_versions_published_while_nobody_looked_are_made_up_for(store: Store, feedback: Feedback) -> None:
    """Three at once, one of them damaged since: what the sound ones brought counts."""
    open_station(store, FAR)
    open_station(store, NEAR)
    open_station(store, replace(FAR, station_id="new-3"))
    (store.path(2) / "warm_stations.geojson").write_text("{}")
    assert answer_requests(feedback.requests, store) == 1


def test_what_was_there_before_the_request_does_not_answer_it(store: Store, tmp_path: Path) -> None:
    """Whoever asks tomorrow knows of the station of today."""
    open_station(store, NEAR)
    late = Feedback(tmp_path / "late.sqlite", clock=lambda: datetime.now(UTC) + timedelta(days=1))
    late.requests.add(*HERE, ["heating"], "any", None, SOMEBODY)
    assert answer_requests(late.requests, store) == 0


def test_a_station_answers_when_it_opens_and_not_while_it_is_planned(store: Store, feedback: Feedback) -> None:
    """Nobody can rest in it before."""
    open_station(store, replace(NEAR, status="planned"))
    assert answer_requests(feedback.requests, store) == 0
    open_station(store, NEAR)
    assert answer_requests(feedback.requests, store) == 1
