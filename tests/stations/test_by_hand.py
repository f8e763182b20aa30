"""What a steward changes by hand is remembered beside the stations, with what the list has in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from locator.errors import GeodataError
from locator.stations.by_hand import edit_by_hand
from locator.stations.edits import are_same, decode
from locator.stations.schema import Station
from locator.stations.store import Contents, Store

TODAY = date(2026, 11, 3)


@pytest.fixture
def store(donghuamen: Path, tmp_path: Path) -> Store:
    """A store in which nothing is published, above the seven stations."""
    return Store(tmp_path / "store", donghuamen)


def edited(contents: Contents, change: Callable[[Station], Station | None]) -> Contents:
    """Change the first station by hand."""
    first = contents.stations[0]
    return edit_by_hand(contents, first.station_id, change(first), TODAY)


def test_an_edit_keeps_what_the_list_has(store: Store) -> None:
    """However often it is edited; changed back it is none any more. A position is one fact, an amenity too."""
    contents = store.contents(0)
    first = contents.stations[0]
    once = edited(contents, lambda one: replace(one, phone="1", lat=one.lat + 0.001))
    assert once.stations[0].phone == "1"
    assert once.edits == {first.station_id: {"phone": first.phone, "position": [first.lat, first.lon]}}
    twice = edited(once, lambda one: replace(one, phone="2", amenities={**one.amenities, "shower": "yes"}))
    assert twice.edits[first.station_id] == {
        **once.edits[first.station_id],
        "amenity:shower": first.amenities.get("shower"),
    }
    assert edited(twice, lambda _: first).edits == {}


def test_a_station_is_retired_and_reopened(store: Store) -> None:
    """The list still has one that a steward retired; reopened, it is as if nothing had been."""
    contents = store.contents(0)
    first = contents.stations[0]
    gone = edited(contents, lambda _: None)
    assert first not in gone.stations
    assert (gone.retired[0].station, gone.retired[0].retired_on) == (first, TODAY)
    assert gone.edits == {first.station_id: {"listed": True}}
    back = edit_by_hand(gone, first.station_id, first, TODAY)
    assert (back.retired, back.edits) == ((), {})
    assert back.stations[-1] == first


def test_a_station_that_no_list_has(store: Store) -> None:
    """One that is added, or was retired by a list and is reopened, is in no list."""
    contents = store.contents(0)
    new = Station("new-1", "新站", "warm_station", 39.9, 116.4, phone="1", source="东城")
    added = edit_by_hand(contents, "new-1", new, TODAY)
    assert added.stations[-1] == new
    expected = {"listed": False, "name": None, "kind": None, "phone": None, "position": None}
    assert added.edits == {"new-1": expected}
    assert edit_by_hand(added, "new-1", None, TODAY).edits == {}
    retired = replace(edited(contents, lambda _: None), edits={})  # by a list
    first = contents.stations[0]
    assert edit_by_hand(retired, first.station_id, first, TODAY).edits == {first.station_id: {"listed": False}}


def test_edits_are_in_the_version(store: Store) -> None:
    """They are sealed with it, go on to the next, and come back with it; a version without the file has none."""
    one = edited(store.contents(0), lambda station: replace(station, seats=77))
    store.publish(one, parent=0, who="a steward", why="seats")
    assert store.contents(1).edits == one.edits
    store.publish(edited(store.contents(1), lambda _: None), parent=1, who="a steward", why="retired")
    assert store.contents(2).edits[one.stations[0].station_id]["listed"] is True
    store.rollback(1, who="a steward")
    assert store.contents(3).edits == one.edits
    (store.path(3) / "edits.json").write_bytes(b"{}")
    assert store.current().number == 2
    with pytest.raises(GeodataError, match=r"edits\.json"):
        store.load(3)


def test_edits_of_stations_that_are_nowhere_are_left_out(store: Store) -> None:
    """A station that is neither published nor retired has nothing to remember."""
    contents = replace(store.contents(0), edits={"nobody": {"phone": "1"}})
    store.publish(contents, parent=0, who="a steward", why="nothing")
    assert store.contents(1).edits == {}


@pytest.mark.parametrize(
    ("fact", "one", "other", "same"),
    [
        ("position", [39.9, 116.4], [39.900008, 116.4], True),  # 0.9 m
        ("position", [39.9, 116.4], [39.90001, 116.4], False),  # 1.1 m
        ("position", [39.9, 116.4], None, False),
        ("hours", ["9点到5点", None], ["9点到5点", "Mo-Su 09:00-17:00"], True),  # it is read better now
        ("hours", ["9点到5点", "Mo-Su 09:00-17:00"], ["9点到5点", "Mo-Fr 09:00-17:00"], False),
        ("hours", [None, "24/7"], [None, None], False),
        ("status", None, [None, None, None], True),
        ("phone", None, None, True),
        ("phone", "1", "2", False),
    ],
)
def test_when_two_values_are_the_same(fact: str, one: object, other: object, same: bool) -> None:
    """A list rounds its positions."""
    assert are_same(fact, one, other) is same
    assert are_same(fact, other, one) is same


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}'])
def test_a_file_without_edits_is_refused(content: bytes) -> None:
    """The message names it."""
    with pytest.raises(GeodataError, match=r"edits\.json"):
        decode(content, Path("edits.json"))
