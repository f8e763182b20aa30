"""Two lists of stations, compared by id."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from locator.stations.differences import differences
from locator.stations.schema import Station

HERE = Station("a", "一", "warm_station", 39.9, 116.4)
THERE = Station("b", "二", "warm_station", 40.0, 116.5)
METRE_DEG = 1 / 111_035
"""Of latitude at 40° north."""


def test_the_same_stations_in_another_order_do_not_differ() -> None:
    """And nothing does not differ from nothing."""
    assert differences([HERE, THERE], [THERE, HERE]).counts() == dict.fromkeys(
        ("added", "removed", "changed", "moved"), 0
    )
    assert differences([], []).counts()["added"] == 0


def test_stations_come_and_go_by_their_ids() -> None:
    """A new id is a new station, even in the same place."""
    found = differences([HERE], [replace(HERE, station_id="c")])
    assert [station.station_id for station in found.added] == ["c"]
    assert found.removed == (HERE,)
    assert (found.changed, found.moved) == ((), ())


def test_the_fields_that_differ_are_named_in_the_order_of_the_schema() -> None:
    """Texts, numbers, days, amenities and doubts."""
    after = replace(
        HERE, doubts=("moved",), checked_on=date(2026, 1, 2), seats=0, amenities={"seats": "no"}, name="新"
    )
    (change,) = differences([HERE], [after]).changed
    assert change.fields == ("name", "amenities", "seats", "checked_on", "doubts")
    assert (change.before, change.after, change.moved_m) == (HERE, after, 0)


@pytest.mark.parametrize(("metres", "is_moved"), [(0.9, False), (1.1, True), (300, True)])
def test_a_station_moves_by_more_than_a_metre(metres: float, is_moved: bool) -> None:
    """Less is what files round away."""
    after = replace(HERE, lat=HERE.lat + metres * METRE_DEG, phone="1")
    found = differences([HERE], [after])
    (change,) = found.moved if is_moved else found.changed
    assert change.fields == (("phone", "position") if is_moved else ("phone",))
    assert change.moved_m == pytest.approx(metres, rel=1e-3)


def test_a_step_of_less_than_a_metre_alone_is_no_change() -> None:
    """Nothing is listed."""
    assert not any(differences([HERE], [replace(HERE, lon=HERE.lon + 1e-6)]).counts().values())
