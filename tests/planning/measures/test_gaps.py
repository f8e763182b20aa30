"""Gaps on ground small enough to be worked out by hand, and against brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from locator.geo.circles import area_m2, service_area
from locator.planning.inputs.demand import Demand
from locator.planning.inputs.supply import Supply
from locator.planning.measures.coverage import Question, measure
from locator.planning.measures.gaps import DRAWN_TOLERANCE_DEG, Gap, find_gaps
from locator.stations.holidays import HolidayCalendar
from locator.stations.schema import District

ORACLE = Geod(ellps="WGS84")
KM_DEG = 0.009
"""About a kilometre from south to north."""


def supply_at(*lonlat: tuple[float, float], kinds: tuple[str, ...] = ()) -> Supply:
    """Stations s0, s1 … of which nothing but place and kind is known."""
    n = len(lonlat)
    return Supply(
        ids=tuple(f"s{number}" for number in range(n)),
        names=tuple(f"驿站{number}" for number in range(n)),
        lonlat=np.array(lonlat, dtype=np.float64).reshape(-1, 2),
        kinds=kinds or ("warm_station",) * n,
        tiers=(None,) * n,
        districts=(None,) * n,
        sub_districts=(None,) * n,
        amenities=np.zeros(n, dtype=np.intp),
        lacking=np.zeros(n, dtype=np.intp),
        hours=(None,) * n,
        accuracy_m=np.full(n, np.nan),
        calendar=HolidayCalendar(),
        version="test",
    )


def demand_at(*points: tuple[float, float, float]) -> Demand:
    """Demand points (lon, lat, weight)."""
    found = np.array(points, dtype=np.float64).reshape(-1, 3)
    return Demand(found[:, :2], found[:, 2], None, "written for tests", False, "digest")


def area(name: str, west: float, south: float, east: float, north: float) -> District:
    """A box with a name."""
    return District(name, name, f"{name} en", 0, shapely.box(west, south, east, north))


def gaps_of(
    supply: Supply, areas: list[District], demand: Demand, question: Question | None = None
) -> tuple[Gap, ...]:
    """Measure, draw the service area and find the gaps."""
    question = question or Question()
    coverage = measure(supply, demand, areas, question)
    served = service_area(supply.lonlat[coverage.serving], question.radius_m)
    return find_gaps(served, areas, demand, supply, coverage)


WEST = area("西", 116.0, 40.0, 116.1, 40.1)
EAST = area("东", 116.1, 40.0, 116.2, 40.1)
FAR = area("远", 117.0, 40.0, 117.1, 40.1)


def test_without_stations_the_areas_are_the_gaps() -> None:
    """Neighbours join to one, the largest number of persons comes first, and no station is named."""
    demand = demand_at((116.05, 40.05, 10), (116.15, 40.05, 20), (117.05, 40.05, 40), (118, 40, 1000))
    first, second = gaps_of(supply_at(), [WEST, FAR, EAST], demand)
    assert (first.persons, first.names) == (40, ("远",))
    assert (second.persons, second.names, second.names_en) == (30, ("西", "东"), ("西 en", "东 en"))
    assert (second.station_id, second.station_name, second.distance_m) == (None, None, None)
    assert second.area_km2 == pytest.approx(area_m2([WEST.outline, EAST.outline]).sum() / 1e6)


def test_where_all_is_within_the_radius_there_is_no_gap() -> None:
    """A station in the middle of a box of one kilometre."""
    small = area("小", 116.0, 40.0, 116.0 + KM_DEG, 40.0 + KM_DEG)
    assert gaps_of(supply_at((116.0045, 40.0045)), [small], demand_at((116.001, 40.001, 5))) == ()


def test_without_areas_there_is_nowhere_to_look() -> None:
    """No area, no gap, whoever is uncovered."""
    assert gaps_of(supply_at(), [], demand_at((116, 40, 5))) == ()


def test_a_gap_surrounds_a_lonely_station() -> None:
    """The box less the circle; its persons are those beyond; measured from the one who is worst off."""
    served, near, worst, weightless = (116.05, 40.05, 7), (116.05, 40.07, 3), (116.01, 40.01, 2), (116, 40, 0)
    demand = demand_at(served, near, worst, weightless)
    (gap,) = gaps_of(supply_at((116.05, 40.05)), [WEST], demand)
    *_, worst_m = ORACLE.inv(116.05, 40.05, 116.01, 40.01)
    assert gap.persons == 5
    assert gap.area_km2 == pytest.approx(area_m2([WEST.outline])[0] / 1e6 - math.pi, abs=0.001)
    assert len(gap.outline.interiors) == 1
    assert (gap.station_id, gap.station_name) == ("s0", "驿站0")
    assert gap.distance_m == pytest.approx(worst_m, abs=1e-6)
    assert (gap.lat, gap.lon, gap.from_demand) == (40.01, 116.01, True)


def test_of_persons_equally_far_the_first_is_the_worst_served() -> None:
    """Two at one distance, and nearer ones before and behind: the gap is measured from the first of the two."""
    far = (116.01, 40.01)
    demand = demand_at((116.05, 40.07, 3), (*far, 2), (*far, 4), (116.05, 40.071, 3))
    supply, areas = supply_at((116.05, 40.05)), [WEST]
    coverage = measure(supply, demand, areas, Question())
    # Equally far, and told apart by a centimetre.
    demand = demand_at((116.05, 40.07, 3), (*far, 2), (far[0], far[1] + 1e-7, 4), (116.05, 40.071, 3))
    (gap,) = find_gaps(service_area(supply.lonlat, 1000), areas, demand, supply, coverage)
    assert (gap.lon, gap.lat) == far


def test_equal_gaps_stay_in_the_order_of_the_ground() -> None:
    """Two boxes of one size with as many persons: the first is the first however the areas are named."""
    boxes = [area(name, west, 40.0, west + 0.5, 40.125) for name, west in (("甲", 116.0), ("乙", 117.0))]
    assert np.ptp(area_m2([box.outline for box in boxes])) == 0
    first, second = gaps_of(supply_at(), boxes, demand_at((116.1, 40.05, 7), (117.1, 40.05, 7)))
    pieces = shapely.get_parts(shapely.union_all([box.outline for box in boxes]))
    assert [gap.outline.bounds for gap in (first, second)] == [piece.bounds for piece in pieces]


def test_a_row_of_stations_parts_the_ground() -> None:
    """Stations close together from edge to edge leave a gap on either side, most persons first."""
    row = [(116.0 + 0.01 * step, 40.05) for step in range(11)]
    demand = demand_at((116.05, 40.02, 3), (116.05, 40.08, 4), (116.05, 40.05, 100))
    north, south = gaps_of(supply_at(*row), [WEST], demand)
    assert (north.persons, south.persons) == (4, 3)
    assert north.outline.bounds[1] > south.outline.bounds[3]


def test_of_gaps_with_as_many_persons_the_larger_comes_first() -> None:
    """Nobody lives in either; the one that is larger on the ground leads."""
    row = [(116.0 + 0.01 * step, 40.03) for step in range(11)]
    north, south = gaps_of(supply_at(*row), [WEST], demand_at())
    assert north.area_km2 > south.area_km2
    assert north.outline.bounds[1] > south.outline.bounds[3]


def test_without_demand_the_distance_is_from_a_point_inside() -> None:
    """To the nearest station that counts, however far."""
    supply = supply_at((116.05, 40.05), (120.0, 40.05), kinds=("worker_home", "warm_station"))
    (gap,) = gaps_of(supply, [WEST], demand_at(), Question(kinds=frozenset({"warm_station"})))
    *_, distance_m = ORACLE.inv(gap.lon, gap.lat, 120.0, 40.05)
    assert gap.outline.contains(shapely.Point(gap.lon, gap.lat))
    assert not gap.from_demand
    assert (gap.persons, gap.station_id) == (0, "s1")
    assert gap.distance_m == pytest.approx(distance_m, abs=1e-3)


def test_a_sliver_counts_only_where_somebody_lives() -> None:
    """A strip of a few metres beyond the circle is dropped, and kept as soon as it has a person."""
    station = (116.0, 40.0)
    lon, lat, _ = ORACLE.fwd(*station, 90, 1010)
    strip = area("条", 116.0115, lat - 0.0005, lon, lat + 0.0005)
    assert gaps_of(supply_at(station), [strip], demand_at()) == ()
    (gap,) = gaps_of(supply_at(station), [strip], demand_at((lon - 0.00001, lat, 2)))
    assert gap.persons == 2
    assert 0 < gap.area_km2 < 0.01


def test_a_neighbour_on_whose_border_a_gap_ends_is_not_named() -> None:
    """A gap that fills the west up to the border reaches into no ground of the east."""
    row = [(116.1 + 0.01 * i, 40.0 + 0.01 * j) for i in range(1, 11) for j in range(11)]
    found = gaps_of(supply_at(*row), [WEST, EAST, FAR], demand_at((116.01, 40.05, 1), (116.0999, 40.05, 1)))
    assert found[0].names == ("西", "东")
    served_to_the_border = service_area(np.array(row), 1000).union(EAST.outline)
    coverage = measure(supply_at(*row), demand_at(), [WEST, EAST], Question())
    (gap,) = find_gaps(served_to_the_border, [WEST, EAST], demand_at(), supply_at(*row), coverage)
    assert gap.names == ("西",)


def test_the_drawn_outline_stays_near_the_exact_one() -> None:
    """Fewer points, moved no farther than the tolerance."""
    (gap,) = gaps_of(supply_at((116.05, 40.05), (116.06, 40.06)), [WEST], demand_at())
    drawn = gap.drawn()
    assert shapely.get_num_coordinates(drawn) < shapely.get_num_coordinates(gap.outline)
    assert gap.outline.boundary.hausdorff_distance(drawn.boundary) <= DRAWN_TOLERANCE_DEG


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_persons_are_those_beyond_the_radius(seed: int) -> None:
    """Brute force: each uncovered person in an area is in one gap, but for those within 0.1 % of the edge."""
    rng = np.random.default_rng(seed)
    stations = rng.uniform([116.0, 40.0], [116.2, 40.1], (rng.integers(1, 60), 2))
    points = rng.uniform([115.98, 39.98], [116.22, 40.12], (500, 2))
    weight = rng.integers(0, 9, 500).astype(float)
    *_, distances = ORACLE.inv(*np.repeat(points, len(stations), axis=0).T, *np.tile(stations, (len(points), 1)).T)
    nearest_m = np.reshape(distances, (len(points), -1)).min(axis=1)
    inside = ((points >= [116.0, 40.0]) & (points <= [116.2, 40.1])).all(axis=1)
    most, least = (weight[inside & (nearest_m > limit_m)].sum() for limit_m in (1000, 1001))
    found = gaps_of(supply_at(*stations), [WEST, EAST], demand_at(*np.c_[points, weight]))
    persons = sum(gap.persons for gap in found)
    assert least <= persons <= most
    ranks = [(gap.persons, gap.area_km2) for gap in found]
    assert ranks == sorted(ranks, reverse=True)
    for gap in found:
        within = shapely.contains_xy(gap.outline, points) & (weight > 0) & (nearest_m > 1000)
        if gap.from_demand:
            assert gap.distance_m == pytest.approx(nearest_m[within].max(), abs=1e-6)
        else:
            assert not within.any()
