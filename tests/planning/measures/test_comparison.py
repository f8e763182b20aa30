"""Before and after a scenario."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locator.errors import UsageError
from locator.planning.inputs.demand import Demand
from locator.planning.inputs.station_changes import parse_changes
from locator.planning.inputs.supply import Supply, supply_of
from locator.planning.measures.changed_supply import apply_changes
from locator.planning.measures.comparison import compare
from locator.planning.measures.coverage import Question, measure
from locator.stations.catalog import Catalog

NEW = {"action": "add", "station_id": "new-1", "kind": "warm_station", "lat": 39.9155, "lon": 116.425}


@pytest.fixture(scope="module")
def supply(catalog: Catalog) -> Supply:
    """The seven stations."""
    return supply_of(catalog)


def demand_at(*points: tuple[float, float, float]) -> Demand:
    """Demand points (lon, lat, weight)."""
    found = np.array(points, dtype=np.float64).reshape(-1, 3)
    return Demand(found[:, :2], found[:, 2], None, "written for tests", False, "digest")


def test_who_is_covered_now_and_who_was(supply: Supply, catalog: Catalog) -> None:
    """One place gains the station in its middle, one loses its only one, one has both before and after."""
    gains, loses, stays = (116.44, 39.955, 5.0), (116.4095, 39.845, 7.0), (116.4042, 39.9162, 11.0)
    demand = demand_at(gains, loses, stays, (117.5, 39.9, 13.0))
    changes = parse_changes([NEW | {"lat": 39.955, "lon": 116.44}, {"action": "remove", "station_id": "cs-1"}])
    before = measure(supply, demand, catalog.districts, Question())
    after = measure(apply_changes(supply, changes), demand, catalog.districts, Question())
    found = compare(before, after, demand)
    assert (found.gained.tolist(), found.lost.tolist()) == ([0], [1])
    assert (found.total.gained, found.total.lost) == (5, 7)
    assert found.total.after.covered - found.total.before.covered == -2
    assert [pair.before.name for pair in found.areas] == ["东城区", "丰台区"]
    assert [(pair.gained, pair.lost) for pair in found.areas] == [(5, 0), (0, 7)]
    assert found.changed() == found.areas
    assert found.moved_m[0] < -1000
    assert found.moved_m[1] > 1000
    assert found.moved_m[2] == 0


def test_without_a_difference_nothing_has_changed(supply: Supply, catalog: Catalog) -> None:
    """Not even where no station serves at all."""
    demand = demand_at((116.4, 39.9, 3), (116.44, 39.955, 5))
    for question in (Question(), Question(amenities=frozenset({"battery_swap"}))):
        coverage = measure(supply, demand, catalog.districts, question)
        found = compare(coverage, coverage, demand)
        assert found.changed() == ()
        assert found.total.before == found.total.after
        assert (found.total.gained, found.total.lost, len(found.gained), len(found.lost)) == (0, 0, 0, 0)
        assert not np.nan_to_num(found.moved_m).any()


def test_a_change_of_hours_counts_at_that_hour(supply: Supply, catalog: Catalog) -> None:
    """cs-1 opens at night: the point beside it is covered at 3 o'clock only after."""
    demand = demand_at((116.4095, 39.845, 7.0))
    question = Question(open_at=datetime(2026, 11, 17, 19, 0, tzinfo=UTC))
    after = apply_changes(supply, parse_changes([{"action": "change", "station_id": "cs-1", "hours": "24小时"}]))
    closed, night = (measure(stations, demand, catalog.districts, question) for stations in (supply, after))
    found = compare(closed, night, demand)
    assert found.total.gained == 7
    assert [pair.before.name for pair in found.changed()][-1] == "丰台区"


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_gains_less_losses_are_the_difference(catalog: Catalog, seed: int) -> None:
    """For the total and for every area, whatever is added and removed."""
    rng = np.random.default_rng(seed)
    supply = supply_of(catalog)
    points = np.c_[rng.uniform([116.3, 39.8], [116.45, 39.97], (300, 2)), rng.integers(0, 9, 300)]
    demand = demand_at(*points)
    rows = [
        NEW | {"station_id": f"n{n}", "lat": lat, "lon": lon}
        for n, (lon, lat) in enumerate(rng.uniform([116.3, 39.8], [116.45, 39.97], (3, 2)).tolist())
    ]
    rows += [{"action": "remove", "station_id": known} for known in rng.permutation(supply.ids)[:2].tolist()]
    before = measure(supply, demand, catalog.districts, Question())
    after = measure(apply_changes(supply, parse_changes(rows)), demand, catalog.districts, Question())
    found = compare(before, after, demand)
    for pair in (found.total, *found.areas):
        assert pair.gained - pair.lost == pytest.approx(pair.after.covered - pair.before.covered)
    assert set(found.gained.tolist()).isdisjoint(found.lost.tolist())


def test_only_like_is_compared_with_like(supply: Supply, catalog: Catalog) -> None:
    """Another question, other demand or other areas are refused."""
    demand = demand_at((116.4, 39.9, 3))
    other = dataclasses.replace(demand, digest="other")
    before = measure(supply, demand, catalog.districts, Question())
    for after in (
        measure(supply, demand, catalog.districts, Question(radius_m=500)),
        measure(supply, other, catalog.districts, Question()),
        measure(supply, demand, catalog.districts[:1], Question()),
    ):
        with pytest.raises(UsageError, match="same question"):
            compare(before, after, demand)
    with pytest.raises(UsageError, match="same question"):
        compare(before, before, other)
