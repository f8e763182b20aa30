"""Scenarios: what a file may say, what the stations are then, and who is better or worse off."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from locator.errors import GeodataError, UsageError
from locator.planning.inputs.demand import Demand
from locator.planning.inputs.supply import Supply, supply_of
from locator.planning.measures.coverage import Question, measure
from locator.planning.scenario import (
    Change,
    apply,
    compare,
    find_faults,
    find_misfits,
    fitting,
    parse,
    read_scenario,
)
from locator.stations.catalog import Catalog
from locator.stations.schema import AMENITIES

DATA = Path(__file__).resolve().parent.parent / "data" / "planning"
ORACLE = Geod(ellps="WGS84")
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


# Reading


def test_a_table_and_a_json_file_say_the_same() -> None:
    """Words for hours become OSM syntax, a bare amenity means yes, empty cells say nothing."""
    expected = (
        Change(
            "add",
            "new-1",
            name="新驿站",
            kind="warm_station",
            lat=39.9155,
            lon=116.425,
            tier="village",
            district="东城区",
            sub_district="朝阳门街道",
            hours="09:00-20:00",
            amenities={"seats": "yes", "drinking_water": "yes", "toilet": "no"},
        ),
        Change("remove", "tw-3", name="不知何时开的驿站"),
        Change("change", "tw-2", hours="unknown", amenities={"seats": "unknown"}),
    )
    assert read_scenario(DATA / "scenario.csv") == expected
    assert read_scenario(DATA / "scenario.json") == expected


def test_a_position_in_another_datum_becomes_wgs84() -> None:
    """GCJ-02 lies 500 to 600 m off in Beijing."""
    (change,) = parse([NEW | {"datum": "GCJ-02"}])
    assert change.lat is not None
    assert change.lon is not None
    *_, shift_m = ORACLE.inv(NEW["lon"], NEW["lat"], change.lon, change.lat)
    assert 500 < shift_m < 620
    assert change.lon < 116.425


def test_no_change_is_no_fault() -> None:
    """An empty scenario is one."""
    assert parse([]) == ()


FAULTS: list[tuple[Any, str]] = [
    ("text", "not an object"),
    (None, "not an object"),
    ({}, "The action None is not known. Use one of: add, remove, change."),
    ({"action": ["add"], "station_id": "x"}, "action"),
    ({"action": "add", "station_id": "x", "lat": 39, "lon": 116}, "the field kind is needed"),
    ({"action": "add", "station_id": "x", "kind": "warm_station"}, "the field lat is needed"),
    (NEW | {"station_id": ""}, "the field station_id is needed"),
    (NEW | {"station_id": "a b"}, "The station_id 'a b'"),
    (NEW | {"station_id": 5}, "The station_id 5"),
    (NEW | {"kind": "kiosk"}, "The kind 'kiosk' is not known. Use one of: warm_station"),
    (NEW | {"kind": ["warm_station"]}, "kind"),
    (NEW | {"tier": "top"}, "The tier 'top'"),
    (NEW | {"lat": 116.4, "lon": 39.9}, "Latitude must be between -90 and 90, not 116.4"),
    (NEW | {"lat": "north"}, "'north', 116.425 is not two numbers"),
    (NEW | {"lat": "3_9.9"}, "'3_9.9', 116.425 is not two numbers"),
    (NEW | {"lat": True}, "not two numbers"),
    (NEW | {"lat": "3_9.9"}, "'3_9.9', 116.425 is not two numbers"),
    (NEW | {"lat": "nan"}, "Latitude"),
    ({"action": "change", "station_id": "x", "lat": 39.9}, "not two numbers"),
    (NEW | {"datum": "mars"}, "mars"),
    (NEW | {"hours": "看情况"}, "The hours '看情况' cannot be read with certainty"),
    (NEW | {"hours": 9}, "The hours 9"),
    (NEW | {"name": "x" * 201}, "at most 200 characters"),
    (NEW | {"name": ["x"]}, "not a text"),
    (NEW | {"amenities": "seats, sofa"}, "The amenity 'sofa' is not known"),
    (NEW | {"amenities": "seats=perhaps"}, "The amenity seats is 'perhaps', not yes, no or unknown"),
    (NEW | {"amenities": {"seats": True}}, "The amenity seats is True"),
    (NEW | {"amenities": ["seats"]}, "cannot be read"),
    (NEW | {"colour": "red"}, "The field 'colour' is not known"),
    ({"action": "remove", "station_id": "x", "hours": "24/7"}, "cannot have hours"),
    ({"action": "change", "station_id": "x"}, "Nothing is said to change of the station 'x'"),
    ({"action": "change", "station_id": "x", "datum": "gcj02", "hours": " "}, "Nothing is said"),
]


@pytest.mark.parametrize(("row", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_a_wrong_change_is_refused(row: Any, words: str) -> None:
    """The message says the value, the rule and what to do."""
    with pytest.raises(UsageError) as caught:
        parse([row])
    assert words in str(caught.value)


def test_all_faults_are_listed_with_their_rows() -> None:
    """And nothing is read in part; each fault can be said in the reader's language."""
    rows = [NEW, NEW | {"station_id": "new-2", "kind": "x", "tier": "y"}, {"action": "x"}, NEW | {"lat": 1}]
    faults = find_faults(rows)
    assert [fault.row for fault in faults] == [2, 2, 3, 4]
    assert "changed in row 1 already" in str(faults[3])
    with pytest.raises(UsageError, match="The scenario has 4 faults, nothing is changed") as caught:
        parse(rows)
    assert all(str(fault) in str(caught.value) for fault in faults)


@given(
    st.dictionaries(
        st.sampled_from(["action", "station_id", "lat", "lon", "kind", "hours", "amenities", "datum", "x"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just("add"),
            st.lists(st.text(max_size=2), max_size=2), st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
        ),
    )
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_whatever_a_page_sends_is_read_or_refused(row: dict[str, Any]) -> None:
    """No other error than the one on purpose."""
    if find_faults([row]):
        with pytest.raises(UsageError):
            parse([row])
    else:
        assert len(parse([row])) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.doc", b"", "must end in .csv, .xlsx, .xls, .ods or .json"),
        ("a.json", b"[", "damaged"),
        ("a.json", b"{}", "not a list"),
        ("a.csv", b"\xff\xfea\x00\xff", "not text in utf-16"),
        ("a.csv", b'action,station_id\n"add"x,1\n', "cannot be read at line 2"),
    ],
)
def test_a_damaged_file_is_refused(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    """The message names the file and the remedy."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GeodataError, match=name) as caught:
        read_scenario(tmp_path / name)
    assert words in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """Its path is named."""
    with pytest.raises(GeodataError, match=r"none\.csv cannot be read"):
        read_scenario(tmp_path / "none.csv")


def test_cells_beyond_the_heading_are_a_fault(tmp_path: Path) -> None:
    """A comma too many is seen."""
    path = tmp_path / "a.csv"
    path.write_text("action,station_id\nremove,tw-1,warm\n", encoding="utf-8-sig")
    with pytest.raises(GeodataError, match=r"a\.csv, row 2: it has 3 cells, the first row 2"):
        read_scenario(path)


# Applying


def test_the_file_is_applied(supply: Supply) -> None:
    """One added at the end, one gone, one changed in its place; the rest is as it was."""
    after = apply(supply, read_scenario(DATA / "scenario.csv"))
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
    after = apply(
        supply,
        parse([{"action": "change", "station_id": "tw-1", "amenities": {"microwave": "no", "shower": "yes"}}]),
    )
    number = supply.ids.index("tw-1")
    assert after.amenities[number] == bit("seats") | bit("drinking_water") | bit("shower")
    assert after.lacking[number] == bit("microwave")
    assert after.hours == supply.hours


def test_a_moved_station_is_not_as_inaccurate_as_it_was(supply: Supply) -> None:
    """Its 300 m belonged to the old position."""
    number = supply.ids.index("tw-1")
    after = apply(supply, parse([{"action": "change", "station_id": "tw-1", "lat": 39.9, "lon": "116.41"}]))
    assert supply.accuracy_m[number] == 300
    assert math.isnan(after.accuracy_m[number])
    assert after.lonlat[number].tolist() == [116.41, 39.9]


def test_the_version_says_which_scenario(supply: Supply) -> None:
    """The same changes give the same version, others another, none the same stations."""
    version = apply(supply, parse([NEW])).version
    assert version.startswith(f"{supply.version}+scenario.")
    assert apply(supply, parse([dict(reversed(NEW.items()))])).version == version
    assert apply(supply, parse([NEW | {"lat": 39.9156}])).version != version
    assert apply(supply, ()) is supply


def test_changes_that_do_not_fit_are_refused(supply: Supply) -> None:
    """Adding what is there, removing or changing what is not: each is named."""
    changes = parse(
        [
            NEW | {"station_id": "tw-1"},
            {"action": "remove", "station_id": "none"},
            {"action": "change", "station_id": "gone", "hours": "24/7"},
            NEW,
        ]
    )
    assert [fault.row for fault in find_misfits(supply, changes)] == [1, 2, 3]
    with pytest.raises(UsageError, match="The scenario has 3 faults") as caught:
        apply(supply, changes)
    assert all(name in str(caught.value) for name in ("'tw-1'", "'none'", "'gone'"))


def test_all_stations_can_be_removed(supply: Supply) -> None:
    """What is left is an empty supply that can be measured."""
    after = apply(supply, parse([{"action": "remove", "station_id": known} for known in supply.ids]))
    assert len(after) == 0
    assert after.lonlat.shape == (0, 2)
    coverage = measure(after, demand_at((116.4, 39.9, 3)), (), Question())
    assert coverage.total.covered == 0


def test_a_new_station_fits_unless_it_says_otherwise() -> None:
    """Open always, of the first tier asked for, with what is asked; what is said stays, unknown too."""
    asked = Question(amenities=frozenset({"heating", "seats"}), tiers=frozenset({"village", "city"}))
    bare, *_ = parse([NEW])
    assert fitting(bare, asked) == dataclasses.replace(
        bare, hours="24/7", tier="city", amenities={"heating": "yes", "seats": "yes"}
    )
    said = {"hours": "unknown", "tier": "district", "amenities": "heating=no; seats=unknown; toilet"}
    told, *_ = parse([NEW | said])
    assert fitting(told, asked) == told
    assert fitting(bare, Question()).tier is None


def test_only_new_stations_are_taken_to_fit(supply: Supply) -> None:
    """What is not known of a station that exists stays so; the version is that of what was said."""
    changes = parse([NEW, {"action": "change", "station_id": supply.ids[0], "name": "another"}])
    asked = Question(amenities=frozenset({"washing_machine"}))
    made = apply(supply, changes, asked)
    assert made.hours[-1] == "24/7"
    assert made.amenities[-1] == bit("washing_machine")
    assert made.amenities[0] == supply.amenities[0]
    assert made.hours[:-1] == supply.hours
    assert made.version == apply(supply, changes).version
    assert apply(supply, changes).hours[-1] is None


# Comparing


def test_who_is_covered_now_and_who_was(supply: Supply, catalog: Catalog) -> None:
    """One place gains the station in its middle, one loses its only one, one has both before and after."""
    gains, loses, stays = (116.44, 39.955, 5.0), (116.4095, 39.845, 7.0), (116.4042, 39.9162, 11.0)
    demand = demand_at(gains, loses, stays, (117.5, 39.9, 13.0))
    changes = parse([NEW | {"lat": 39.955, "lon": 116.44}, {"action": "remove", "station_id": "cs-1"}])
    before = measure(supply, demand, catalog.districts, Question())
    after = measure(apply(supply, changes), demand, catalog.districts, Question())
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
        assert not found.total.has_changed
        assert (found.total.gained, found.total.lost, len(found.gained), len(found.lost)) == (0, 0, 0, 0)
        assert not np.nan_to_num(found.moved_m).any()


def test_a_change_of_hours_counts_at_that_hour(supply: Supply, catalog: Catalog) -> None:
    """cs-1 opens at night: the point beside it is covered at 3 o'clock only after."""
    demand = demand_at((116.4095, 39.845, 7.0))
    question = Question(open_at=datetime(2026, 11, 17, 19, 0, tzinfo=UTC))
    after = apply(supply, parse([{"action": "change", "station_id": "cs-1", "hours": "24小时"}]))
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
    after = measure(apply(supply, parse(rows)), demand, catalog.districts, Question())
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
