"""What a list would do that is rarely meant has to be agreed to, with figures and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import prcoords
import pytest

from locator.errors import UsageError
from locator.geo.datum import Datum
from locator.importing.intake import Choices, Proposal, propose, publish
from locator.stations.store import Store

Row = tuple[str, float, float]
ROWS: list[Row] = [(f"第{n}驿站", 39.90 + n * 0.002, 116.40 + n * 0.001) for n in range(1, 21)]


@pytest.fixture
def store(tmp_path: Path, donghuamen: Path) -> Store:
    """A store with twenty stations of a list, which lay in GCJ-02."""
    store = Store(tmp_path / "store", donghuamen)
    publish(proposed(store, ROWS, datum=Datum.GCJ02), store, who="an officer", why="the first month")
    return store


def proposed(store: Store, rows: Sequence[Row], **given: Any) -> Proposal:
    """Propose a list; its datum is what was said last time unless it is said."""
    path = store.writable().parent / "list.csv"
    lines = (f"{name},{name}路1号,{lat:.6f},{lon:.6f}" for name, lat, lon in rows)
    path.write_text("\n".join(("站点名称,地址,纬度,经度", *lines)), encoding="utf-8")
    return propose(path, Choices(**{"kind": "warm_station", "source": "东城", **given}), store)


def in_wgs84(rows: Sequence[Row]) -> list[Row]:
    """Convert rows from GCJ-02 by another program."""
    return [(name, *prcoords.gcj_wgs_bored((lat, lon))) for name, lat, lon in rows]


def codes(proposal: Proposal) -> list[str]:
    """Return the codes of the stops."""
    return [stop.code for stop in proposal.stops]


def test_a_list_that_retires_many_stops(store: Store) -> None:
    """More than a tenth, and more than two; it names how many and some of them."""
    assert codes(proposed(store, ROWS[:18])) == []
    found = proposed(store, ROWS[:17])
    assert codes(found) == ["retire_many"]
    assert "3 of the 20 stations of 东城: 第18驿站, 第19驿站, 第20驿站" in found.stops[0].message
    with pytest.raises(UsageError, match="3 of the 20"):
        publish(found, store, who="an officer", why="a part")
    assert store.newest() == 1
    publish(proposed(store, ROWS[:17], retire_many=True), store, who="an officer", why="closed")
    assert store.manifest(2).change["gone"] == 3


def test_two_departments_do_not_retire_each_other(store: Store) -> None:
    """Under names of their own; under one name the list stops."""
    others = [(f"{name}分站", lat + 0.01, lon) for name, lat, lon in ROWS]
    own = proposed(store, others, source="城管", datum=Datum.GCJ02)
    assert codes(own) == []
    assert own.changes["gone"] == 0
    assert codes(proposed(store, others)) == ["retire_many"]


def test_a_list_that_is_there_under_another_name_stops(store: Store) -> None:
    """The remedy is the other name; a list of which a few are there is only in doubt."""
    found = proposed(store, ROWS, source="东城驿站", datum=Datum.GCJ02)
    assert codes(found) == ["add_again"]
    assert "20 of the 20" in found.stops[0].message
    assert "东城," in found.stops[0].message
    new = [(f"新{name}", lat + 0.02, lon) for name, lat, lon in ROWS]
    few = proposed(store, [*ROWS[:5], *new[:10]], source="东城驿站", datum=Datum.GCJ02)
    assert codes(few) == []
    assert len(few.doubts) == 5


def test_a_remembered_datum_is_said_to_be_remembered(store: Store) -> None:
    """With the day; it can be left out, and a list that moved by the shift between two datums stops."""
    again = proposed(store, ROWS)
    assert not again.has_changes
    assert again.datum_origin == "remembered"
    assert again.remembered is not None
    assert again.remembered.on is not None
    moved = proposed(store, in_wgs84(ROWS))
    assert codes(moved) == ["move_all"]
    assert "20 stations of the list would move 55" in moved.stops[0].message
    assert "m to the west" in moved.stops[0].message
    assert "between GCJ-02 and WGS 84" in moved.stops[0].message
    forgotten = proposed(store, in_wgs84(ROWS), forget=True)
    assert (forgotten.datum_origin, forgotten.remembered) == ("judged", None)
    assert not forgotten.has_changes
    given = proposed(store, in_wgs84(ROWS), datum=Datum.WGS84)
    assert (given.datum_origin, codes(given)) == ("given", [])


def test_a_shift_is_noticed_under_other_names_too(store: Store) -> None:
    """All would be new and all old ones retired: the places tell."""
    renamed = [(f"暖心{n}号", lat, lon) for n, (_, lat, lon) in enumerate(in_wgs84(ROWS))]
    assert codes(proposed(store, renamed)) == ["retire_many", "move_all"]


def test_any_common_vector_is_noticed(store: Store) -> None:
    """A hundred metres to the north, for whatever reason; stations that move each their way are not."""
    found = proposed(store, [(name, lat + 0.0009, lon) for name, lat, lon in ROWS])
    assert codes(found) == ["move_all"]
    assert "100 m to the north" in found.stops[0].message
    few = [(name, lat + 0.0009 * (n < 9), lon) for n, (name, lat, lon) in enumerate(ROWS)]
    assert codes(proposed(store, few)) == []
    apart = [
        (name, lat + 0.0004 * (n % 5 - 2), lon + 0.0004 * (n % 3 - 1)) for n, (name, lat, lon) in enumerate(ROWS)
    ]
    assert codes(proposed(store, apart)) == []


def test_rows_without_positions_that_are_there_under_another_name_stop(store: Store) -> None:
    """Whether the others are published or wait too; once agreed to, the next month does not ask again."""
    path = store.writable().parent / "list.csv"
    names = [f"朝阳{n}号驿站" for n in range(4)]
    path.write_text(
        "\n".join(("站点名称,地址,区", *(f"{name},{name}路,朝阳区" for name in names))), encoding="utf-8"
    )

    def take(source: str, **given: Any) -> Proposal:
        return propose(path, Choices("warm_station", source, **given), store)

    publish(take("朝阳"), store, who="an officer", why="the first month")
    found = take("朝阳工会")
    assert codes(found) == ["add_again"]
    assert "4 of the 4 stations in the list are there already" in found.stops[0].message
    assert "4 of them from the list 朝阳," in found.stops[0].message
    publish(take("朝阳工会", add_again=True), store, who="an officer", why="twice")
    path.write_text(path.read_text(encoding="utf-8") + "\n新驿站,新路,朝阳区", encoding="utf-8")
    assert codes(take("朝阳工会")) == codes(take("朝阳")) == []


@pytest.mark.parametrize(("count", "gone", "stops"), [(3, 1, False), (3, 2, True), (1, 1, True), (10, 2, True)])
def test_one_station_may_go(tmp_path: Path, donghuamen: Path, count: int, gone: int, stops: bool) -> None:
    """Unless it is all there is; two of ten are more than a tenth."""
    store = Store(tmp_path / "store", donghuamen)
    publish(proposed(store, ROWS[:count], datum=Datum.GCJ02), store, who="an officer", why="the first month")
    assert (codes(proposed(store, ROWS[gone : count + 1])) == ["retire_many"]) is stops
