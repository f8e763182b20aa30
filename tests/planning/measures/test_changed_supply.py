"""The stations after a scenario."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from locator.errors import UsageError
from locator.planning.inputs.demand import Demand
from locator.planning.inputs.scenario_files import read_scenario
from locator.planning.inputs.station_changes import parse_changes
from locator.planning.inputs.supply import Supply, supply_of
from locator.planning.measures.changed_supply import apply_changes, find_misfits, fitting
from locator.planning.measures.coverage import Question, measure
from locator.stations.catalog import Catalog
from locator.stations.schema import AMENITIES

DATA = Path(__file__).resolve().parents[2] / "data" / "planning"
NEW = {"action": "add", "station_id": "new-1", "kind": "warm_station", "lat": 39.9155, "lon": 116.425}


@pytest.fixture(scope="module")
def supply(catalog: Catalog) -> Supply:
    """The seven stations."""
    return supply_of(catalog)


def bit(word: str) -> int:
    """One amenity's bit."""
    return 1 << list(AMENITIES).index(word)


def demand_at(*points: tuple[float, float, float]) -> Demand:
    """Demand points (lon, lat, weight)."""
    found = np.array(points, dtype=np.float64).reshape(-1, 3)
    return Demand(found[:, :2], found[:, 2], None, "written for tests", False, "digest")


def test_the_file_is_applied(supply: Supply) -> None:
    """One added at the end, one gone, one changed in its place; the rest is as it was."""
    after = apply_changes(supply, read_scenario(DATA / "scenario.csv"))
    assert after.ids == (*(known for known in supply.ids if known != "tw-3"), "new-1")
    number = after.ids.index("tw-2")
    assert (after.hours[number], after.amenities[number], after.lacking[number]) == (None, 0, 0)
    assert (after.names[-1], after.kinds[-1], after.tiers[-1]) == ("新驿站", "warm_station", "village")
    assert (after.districts[-1], after.sub_districts[-1]) == ("东城区", "朝阳门街道")
    assert after.hours[-1] == "09:00-20:00"
    assert after.lonlat[-1].tolist() == [116.425, 39.9155]
    assert (after.amenities[-1], after.lacking[-1]) == (bit("seats") | bit("drinking_water"), bit("toilet"))
    assert math.isnan(after.accuracy_m[-1])
    was, now = supply.ids.index("tw-1"), after.ids.index("tw-1")
    assert supply.ids[was] == after.ids[now]
    for name in ("names", "kinds", "tiers", "districts", "sub_districts", "amenities", "lacking", "hours"):
        assert getattr(supply, name)[was] == getattr(after, name)[now]
    assert after.calendar is supply.calendar
    assert len(supply) == 7


def test_amenities_left_out_stay(supply: Supply) -> None:
    """tw-1 has seats, water and a microwave and lacks a shower; the microwave goes, a shower comes."""
    after = apply_changes(
        supply,
        parse_changes(
            [{"action": "change", "station_id": "tw-1", "amenities": {"microwave": "no", "shower": "yes"}}]
        ),
    )
    number = supply.ids.index("tw-1")
    assert after.amenities[number] == bit("seats") | bit("drinking_water") | bit("shower")
    assert after.lacking[number] == bit("microwave")
    assert after.hours == supply.hours


def test_a_moved_station_is_not_as_inaccurate_as_it_was(supply: Supply) -> None:
    """Its 300 m belonged to the old position."""
    number = supply.ids.index("tw-1")
    after = apply_changes(
        supply, parse_changes([{"action": "change", "station_id": "tw-1", "lat": 39.9, "lon": "116.41"}])
    )
    assert supply.accuracy_m[number] == 300
    assert math.isnan(after.accuracy_m[number])
    assert after.lonlat[number].tolist() == [116.41, 39.9]


def test_the_version_says_which_scenario(supply: Supply) -> None:
    """The same changes give the same version, others another, none the same stations."""
    version = apply_changes(supply, parse_changes([NEW])).version
    assert version.startswith(f"{supply.version}+scenario.")
    assert apply_changes(supply, parse_changes([dict(reversed(NEW.items()))])).version == version
    assert apply_changes(supply, parse_changes([NEW | {"lat": 39.9156}])).version != version
    assert apply_changes(supply, ()) is supply


def test_changes_that_do_not_fit_are_refused(supply: Supply) -> None:
    """Adding what is there, removing or changing what is not: each is named."""
    changes = parse_changes(
        [
            NEW | {"station_id": "tw-1"},
            {"action": "remove", "station_id": "none"},
            {"action": "change", "station_id": "gone", "hours": "24/7"},
            NEW,
        ]
    )
    assert [fault.row for fault in find_misfits(supply, changes)] == [1, 2, 3]
    with pytest.raises(UsageError, match="The scenario has 3 faults") as caught:
        apply_changes(supply, changes)
    assert all(name in str(caught.value) for name in ("'tw-1'", "'none'", "'gone'"))


def test_all_stations_can_be_removed(supply: Supply) -> None:
    """What is left is an empty supply that can be measured."""
    after = apply_changes(
        supply, parse_changes([{"action": "remove", "station_id": known} for known in supply.ids])
    )
    assert len(after) == 0
    assert after.lonlat.shape == (0, 2)
    coverage = measure(after, demand_at((116.4, 39.9, 3)), (), Question())
    assert coverage.total.covered == 0


def test_a_new_station_fits_unless_it_says_otherwise() -> None:
    """Open always, of the first tier asked for, with what is asked; what is said stays, unknown too."""
    asked = Question(amenities=frozenset({"heating", "seats"}), tiers=frozenset({"village", "city"}))
    bare, *_ = parse_changes([NEW])
    assert fitting(bare, asked) == dataclasses.replace(
        bare, hours="24/7", tier="city", amenities={"heating": "yes", "seats": "yes"}
    )
    said = {"hours": "unknown", "tier": "district", "amenities": "heating=no; seats=unknown; toilet"}
    told, *_ = parse_changes([NEW | said])
    assert fitting(told, asked) == told
    assert fitting(bare, Question()).tier is None


def test_only_new_stations_are_taken_to_fit(supply: Supply) -> None:
    """What is not known of a station that exists stays so; the version is that of what was said."""
    changes = parse_changes([NEW, {"action": "change", "station_id": supply.ids[0], "name": "another"}])
    asked = Question(amenities=frozenset({"washing_machine"}))
    made = apply_changes(supply, changes, asked)
    assert made.hours[-1] == "24/7"
    assert made.amenities[-1] == bit("washing_machine")
    assert made.amenities[0] == supply.amenities[0]
    assert made.hours[:-1] == supply.hours
    assert made.version == apply_changes(supply, changes).version
    assert apply_changes(supply, changes).hours[-1] is None
