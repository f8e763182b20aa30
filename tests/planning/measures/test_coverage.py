"""Coverage: figures by hand, against brute force with Geod, at the edges, hour by hour, and as a range."""

from __future__ import annotations

import dataclasses
import math
from datetime import date, datetime, timedelta

import numpy as np
import pytest
import shapely
from pyproj import Geod

from locator.config import __version__
from locator.errors import UsageError
from locator.planning.inputs.demand import Demand
from locator.planning.inputs.supply import Supply
from locator.planning.measures import reach
from locator.planning.measures.coverage import Coverage, Question, areas_of, measure
from locator.planning.measures.equity import gini, lorenz
from locator.stations.holidays import HolidayCalendar
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import District

GEOD = Geod(ellps="WGS84")
CALENDAR = HolidayCalendar()
MONDAY = date(2026, 11, 16)
NIGHT = datetime(2026, 11, 18, 3, 0, tzinfo=STATION_TIMEZONE)
HOURS = ("24/7", "Mo-Fr 08:30-17:30; PH off", "22:00-06:00", None, "Mo-Su 07:00-21:00")
WEST = District("w", "西", "West", 0, shapely.box(116.3, 39.8, 116.4, 40.0))
EAST = District("e", "东", "East", 0, shapely.box(116.4, 39.8, 116.5, 40.0))


def stations(lonlat: np.ndarray, hours: tuple[str | None, ...] = (), accuracy_m: float = math.nan) -> Supply:
    """Make stations that differ in position and hours alone; without hours nobody knows them."""
    n = len(lonlat)
    return Supply(
        ids=tuple(f"s{number}" for number in range(n)),
        names=tuple(f"station {number}" for number in range(n)),
        lonlat=lonlat,
        kinds=("warm_station",) * n,
        tiers=(None,) * n,
        districts=(None,) * n,
        sub_districts=(None,) * n,
        amenities=np.zeros(n, dtype=np.intp),
        lacking=np.zeros(n, dtype=np.intp),
        hours=hours or (None,) * n,
        accuracy_m=np.full(n, accuracy_m),
        calendar=CALENDAR,
        version="abc",
    )


def people(lonlat: np.ndarray, weight: np.ndarray) -> Demand:
    """Make demand points."""
    return Demand(lonlat, np.asarray(weight, dtype=float), None, "people.csv", False, "0123456789ab")


def east_of(lon: float, lat: float, *distances_m: float) -> np.ndarray:
    """Place points east of a position at so many metres."""
    n = len(distances_m)
    ends = GEOD.fwd(np.full(n, lon), np.full(n, lat), np.full(n, 90.0), np.array(distances_m))
    return np.c_[ends[0], ends[1]]


def scattered(count: int, seed: int, spread_deg: float = 0.03) -> np.ndarray:
    """Scatter positions round the middle of Beijing."""
    return np.array([116.4, 39.9]) + np.random.default_rng(seed).normal(0, spread_deg, (count, 2))


def all_distances(points: np.ndarray, sites: np.ndarray) -> np.ndarray:
    """Measure every pair with Geod."""
    grids = np.meshgrid(np.arange(len(points)), np.arange(len(sites)), indexing="ij")
    p, s = (grid.ravel() for grid in grids)
    *_, distance_m = GEOD.inv(points[p, 0], points[p, 1], sites[s, 0], sites[s, 1])
    return np.reshape(distance_m, (len(points), len(sites)))


def test_figures_by_hand() -> None:
    """Two stations in one place; ten persons 500 m away, twenty 900, thirty 1,200, forty 2,500."""
    place = np.array([[116.41, 39.9]])
    demand = people(east_of(116.41, 39.9, 900, 500, 2500, 1200), [20, 10, 40, 30])
    found = measure(stations(np.r_[place, place]), demand, [], Question())
    total = found.total
    assert (total.area_id, total.demand, total.covered, total.share) == ("", 100, 30, 0.3)
    assert (total.stations, total.stations_per_10000) == (2, 200)
    assert total.overlap == pytest.approx(0.6)
    # Each of the two stations serves thirty, and everybody covered has both.
    assert total.people_per_station == pytest.approx(15)
    said = (total.median_m, total.p90_m, total.p95_m, total.worst_m)
    assert said == pytest.approx((1200, 2500, 2500, 2500), abs=1e-6)
    assert total.beyond == ((1000, 70), (1500, 40), (2000, 40))
    mean_m = (10 * 500 + 20 * 900 + 30 * 1200 + 40 * 2500) / 100
    differences = 2 * (200 * 400 + 300 * 700 + 400 * 2000 + 600 * 300 + 800 * 1600 + 1200 * 1300) / 100**2
    assert total.gini == pytest.approx(differences / 2 / mean_m, abs=1e-9)
    assert found.nearest.tolist() == [0, 0, 0, 0]
    assert (total.area_km2, total.area_share, found.areas) == (0, None, ())


def test_figures_agree_with_brute_force() -> None:
    """Every figure that pairs decide, in total and in two areas, from Geod over all pairs."""
    sites, points = scattered(60, 1), scattered(700, 2, 0.06)
    weight = np.random.default_rng(3).integers(0, 50, 700).astype(float)
    found = measure(stations(sites), people(points, weight), [WEST, EAST], Question(radius_m=1500))
    pairs_m = all_distances(points, sites)
    near = pairs_m <= 1500
    np.testing.assert_allclose(found.distance_m, pairs_m.min(axis=1), rtol=0, atol=1e-6)
    assert found.nearest.tolist() == pairs_m.argmin(axis=1).tolist()
    persons = weight @ near
    load = 1 / np.where(near.any(axis=1), (near / np.where(persons > 0, persons, np.inf)).sum(axis=1), np.nan)
    inside = [(points[:, 0] > lon) & (points[:, 0] < lon + 0.1) for lon in (116.3, 116.4)]
    inside = [mask & (points[:, 1] > 39.8) & (points[:, 1] < 40) for mask in inside]
    for figures, mask in zip((found.total, *found.areas), (np.full(700, True), *inside), strict=True):
        some, covered = weight * mask, weight * mask * near.any(axis=1)
        assert figures.demand == some.sum()
        assert figures.covered == covered.sum()
        assert figures.overlap == pytest.approx(some @ near.sum(axis=1) / some.sum())
        assert figures.people_per_station == pytest.approx(np.nansum(covered * load) / covered.sum())
        expected = np.quantile(pairs_m.min(axis=1), [0.5, 0.9, 0.95], weights=some, method="inverted_cdf")
        assert (figures.median_m, figures.p90_m, figures.p95_m) == pytest.approx(expected, abs=1e-6)
        assert figures.worst_m == pytest.approx(pairs_m.min(axis=1)[some > 0].max(), abs=1e-6)
        assert figures.gini == pytest.approx(gini(pairs_m.min(axis=1), some), abs=1e-9)
    assert [figures.area_id for figures in found.areas] == ["w", "e"]
    assert sum(figures.stations for figures in found.areas) <= found.total.stations == 60


def test_areas_tell_their_ground() -> None:
    """One station in the east: its circle is all that is served there, and nothing in the west."""
    found = measure(
        stations(np.array([[116.45, 39.9]])), people(scattered(9, 1), np.ones(9)), [WEST, EAST], Question()
    )
    west, east = found.areas
    assert west.area_share == 0
    assert east.area_share is not None
    assert east.area_share * east.area_km2 == pytest.approx(math.pi, rel=0.02)
    assert found.total.area_km2 == pytest.approx(west.area_km2 + east.area_km2)
    assert found.total.area_share == pytest.approx(east.area_share * east.area_km2 / found.total.area_km2)
    assert (west.stations, east.stations) == (0, 1)


def test_a_position_lies_in_the_first_area_that_has_it() -> None:
    """On the common edge in the first, on the outer edge inside, beyond it in none; overlaps go by order."""
    lonlat = np.array([[116.4, 39.9], [116.3, 39.9], [116.29, 39.9], [116.45, 39.9]])
    assert areas_of(lonlat, [WEST.outline, EAST.outline]).tolist() == [0, 0, -1, 1]
    assert areas_of(lonlat, [EAST.outline, WEST.outline]).tolist() == [0, 1, -1, 0]
    assert areas_of(lonlat, []).tolist() == [-1] * 4


def test_demand_outside_all_areas_counts_in_the_total_alone() -> None:
    """Five persons in the west, seven far away."""
    demand = people(np.array([[116.35, 39.9], [117.0, 39.9]]), [5, 7])
    found = measure(stations(np.array([[116.35, 39.9]])), demand, [WEST], Question())
    assert (found.total.demand, found.areas[0].demand) == (12, 5)
    assert found.area_of.tolist() == [0, -1]


def test_a_point_at_exactly_the_radius_is_covered() -> None:
    """Whatever side of the kilometre rounding has put it on: figures and distances say the same."""
    site = np.array([[116.4, 39.9]])
    points = np.concatenate([np.c_[GEOD.fwd(116.4, 39.9, bearing, 1000.0)[:2]] for bearing in range(0, 360, 5)])
    *_, said_m = GEOD.inv(*np.tile(site, (len(points), 1)).T, *points.T)
    for radius_m in sorted({1000.0, *np.unique(said_m).tolist()}):
        found = measure(stations(site), people(points, np.ones(len(points))), [], Question(radius_m=radius_m))
        assert ((found.distance_m <= radius_m) == (said_m <= radius_m)).all()
        assert found.total.covered == (said_m <= radius_m).sum()


def test_without_a_station_nobody_is_covered() -> None:
    """Figures that need one are not known; everybody is beyond."""
    found = measure(
        stations(np.empty((0, 2))), people(scattered(4, 1), [1, 2, 3, 4]), [WEST], Question(week_of=MONDAY)
    )
    total = found.total
    assert (total.covered, total.share, total.stations, total.stations_per_10000) == (0, 0, 0, 0)
    assert (total.median_m, total.worst_m, total.gini, total.people_per_station) == (None,) * 4
    assert total.beyond == ((1000, 10), (1500, 10), (2000, 10))
    assert found.nearest.tolist() == [-1] * 4
    assert found.week is not None
    assert not found.week.any()
    assert found.lorenz[[0, -1]].tolist() == [[0, 0], [1, 1]]
    assert found.areas[0].area_share == 0


@pytest.mark.parametrize("demand", [people(np.empty((0, 2)), []), people(scattered(3, 1), [0, 0, 0])])
def test_without_demand_there_is_no_share(demand: Demand) -> None:
    """No point at all, or points of no weight."""
    found = measure(stations(scattered(5, 2), accuracy_m=300), demand, [WEST], Question(week_of=MONDAY))
    for figures in (found.total, *found.areas):
        assert (figures.demand, figures.covered) == (0, 0)
        said = (figures.share, figures.stations_per_10000, figures.people_per_station, figures.overlap)
        assert said == (None,) * 4
        assert (figures.median_m, figures.worst_m, figures.gini) == (None,) * 3
    assert found.week is None
    assert found.share_range is None
    assert len(found.distance_m) == len(demand)


def test_points_of_no_weight_change_no_figure() -> None:
    """A far point where nobody is."""
    points = scattered(50, 1)
    supply, question = stations(scattered(20, 2), accuracy_m=250), Question()
    some = measure(supply, people(points, np.ones(50)), [WEST, EAST], question)
    more = measure(supply, people(np.r_[points, [[117, 40.5]]], np.r_[np.ones(50), 0]), [WEST, EAST], question)
    assert more.total == some.total
    assert more.areas == some.areas
    assert more.share_range == some.share_range


def test_only_stations_known_to_be_open_serve_at_an_instant() -> None:
    """At night two of five; nobody knows about one."""
    sites = scattered(5, 2)
    supply, demand = stations(sites, HOURS), people(scattered(80, 1), np.ones(80))
    question = Question(open_at=NIGHT)
    found = measure(supply, demand, [], question)
    assert found.serving.tolist() == [0, 2]
    assert set(found.nearest.tolist()) <= {0, 2}
    assert found.unknown_hours == 1
    assert found.total == measure(stations(sites[[0, 2]]), demand, [], Question()).total
    assert found.provenance.as_of == NIGHT


def test_unknown_hours_count_only_where_hours_matter() -> None:
    """All five serve when nobody asks for hours."""
    supply, demand = stations(scattered(5, 2), HOURS), people(scattered(9, 1), np.ones(9))
    assert measure(supply, demand, [], Question()).unknown_hours == 0
    found = measure(supply, demand, [], Question(week_of=MONDAY))
    assert (len(found.serving), found.unknown_hours) == (5, 1)


def week_and_instants(supply: Supply, demand: Demand, monday: date) -> tuple[np.ndarray, list[float]]:
    """Measure a week at once, and hour by hour each as an instant."""
    start = datetime(monday.year, monday.month, monday.day, tzinfo=STATION_TIMEZONE)
    week = measure(supply, demand, [], Question(week_of=monday)).week
    assert week is not None
    hours = (Question(open_at=start + timedelta(hours=hour)) for hour in range(168))
    return week, [measure(supply, demand, [], hour).total.share or 0.0 for hour in hours]


@pytest.mark.parametrize("monday", [MONDAY, date(2026, 9, 28)])
def test_every_hour_of_the_week_is_the_share_at_that_instant(monday: date) -> None:
    """Nights, weekends and the National Day week: one answer whichever way it is asked."""
    supply = stations(scattered(40, 2), HOURS * 8)
    week, instants = week_and_instants(supply, people(scattered(150, 1), np.arange(150.0)), monday)
    np.testing.assert_allclose(week, instants, rtol=0, atol=1e-12)
    assert len(set(np.round(week, 9))) > 2


def test_a_hundred_different_schedules_are_no_more_than_one() -> None:
    """More distinct weeks than a word has bits."""
    hours = tuple(f"{8 + n % 12:02}:00-{21 + n % 7:02}:{n % 60:02}" for n in range(100))
    week, instants = week_and_instants(
        stations(scattered(100, 2), hours), people(scattered(60, 1), np.ones(60)), MONDAY
    )
    np.testing.assert_allclose(week, instants, rtol=0, atol=1e-12)


def test_the_week_does_not_depend_on_the_instant() -> None:
    """Asked together, each is what it is alone."""
    supply, demand = stations(scattered(40, 2), HOURS * 8), people(scattered(150, 1), np.ones(150))
    both = measure(supply, demand, [], Question(open_at=NIGHT, week_of=MONDAY))
    week = measure(supply, demand, [], Question(week_of=MONDAY)).week
    assert both.total == measure(supply, demand, [], Question(open_at=NIGHT)).total
    np.testing.assert_allclose(both.week, week, rtol=0, atol=1e-15)


def test_the_lorenz_curve_is_that_of_the_distances() -> None:
    """At every hundredth of the persons, between the points of the full curve on straight lines."""
    found = measure(stations(scattered(10, 2)), people(scattered(300, 1), np.ones(300)), [], Question())
    full = lorenz(found.distance_m, np.ones(300))
    assert found.lorenz[[0, -1]].tolist() == [[0, 0], [1, 1]]
    np.testing.assert_allclose(found.lorenz[::25, 1], full[::75, 1], rtol=0, atol=1e-12)


def rough_range(found: Coverage) -> tuple[float, float]:
    """Return the range of a share that has one."""
    assert found.share_range is not None
    return found.share_range


def test_well_placed_stations_give_no_range() -> None:
    """Below 200 m, or where nobody said."""
    demand = people(scattered(50, 1), np.ones(50))
    for accuracy_m in (199.9, math.nan):
        assert (
            measure(stations(scattered(9, 2), accuracy_m=accuracy_m), demand, [], Question()).share_range is None
        )


def lens_m2(first_m: float, second_m: float, apart_m: float) -> float:
    """Measure where two circles overlap, by the two segments."""

    def segment_m2(radius_m: float, other_m: float) -> float:
        half = math.acos((apart_m**2 + radius_m**2 - other_m**2) / (2 * apart_m * radius_m))
        return radius_m**2 * (half - math.sin(2 * half) / 2)

    return segment_m2(first_m, second_m) + segment_m2(second_m, first_m)


def test_a_rough_position_is_anywhere_in_its_disc_alike() -> None:
    """Of 300 stations with a person each 1300 m away, those serve whose place is in the overlap of two circles.

    The share of the disc of 600 m that is within 1000 m of the person is that of the ground, not of the radius.
    """
    places = np.stack(np.meshgrid(110 + 0.2 * np.arange(20), 38 + 0.2 * np.arange(15)), axis=-1).reshape(-1, 2)
    persons = np.concatenate([east_of(lon, lat, 1300) for lon, lat in places.tolist()])
    low, high = rough_range(
        measure(stations(places, accuracy_m=600), people(persons, np.ones(300)), [], Question())
    )
    expected = lens_m2(600, 1000, 1300) / (math.pi * 600**2)
    spread = math.sqrt(expected * (1 - expected) / 300)
    assert (low + high) / 2 == pytest.approx(expected, abs=0.3 * spread)
    assert (high - low) / 2 == pytest.approx(1.645 * spread, rel=0.2)


def test_what_a_rough_position_cannot_change_stays() -> None:
    """A point 700 m from a station within 300 m of where it is said to be is covered, one 1,301 m away is not."""
    supply = stations(np.array([[116.4, 39.9]]), accuracy_m=300)
    for distance_m, share in ((699.9, 1.0), (1300.1, 0.0)):
        found = measure(supply, people(east_of(116.4, 39.9, distance_m), [1]), [], Question())
        assert found.share_range == (share, share)
    assert measure(supply, people(east_of(116.4, 39.9, 1000), [1]), [], Question()).share_range == (0, 1)


def test_a_point_with_a_well_placed_station_is_sure() -> None:
    """The rough one beside it changes nothing."""
    supply = dataclasses.replace(stations(np.tile([[116.4, 39.9]], (2, 1))), accuracy_m=np.array([300.0, 10.0]))
    found = measure(supply, people(east_of(116.4, 39.9, 990, 1010), [1, 1]), [], Question())
    assert rough_range(found)[0] == 0.5


def test_the_range_agrees_with_stations_moved_by_geod() -> None:
    """Three hundred draws of our own: the same 5th and 95th percentile but for chance."""
    sites, points, n = scattered(30, 2), scattered(400, 1, 0.04), 30
    found = measure(stations(sites, accuracy_m=400), people(points, np.ones(400)), [], Question())
    dice, shares = np.random.default_rng(9), []
    for _ in range(300):
        angle, away_m = dice.uniform(0, 360, n), 400 * np.sqrt(dice.random(n))
        lon, lat, _ = GEOD.fwd(sites[:, 0], sites[:, 1], angle, away_m)
        shares.append((all_distances(points, np.c_[lon, lat]) <= 1000).any(axis=1).mean())
    spread = np.std(shares)
    assert rough_range(found) == pytest.approx(np.quantile(shares, [0.05, 0.95]), abs=0.6 * spread)


def test_the_same_question_has_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice, and in small blocks, draws included."""
    supply = stations(scattered(50, 2), HOURS * 10, accuracy_m=250)
    demand, question = people(scattered(500, 1), np.arange(500.0)), Question(week_of=MONDAY)
    first = measure(supply, demand, [WEST, EAST], question)
    assert measure(supply, demand, [WEST, EAST], question).share_range == first.share_range
    monkeypatch.setattr(reach, "_BLOCK", 50)
    again = measure(supply, demand, [WEST, EAST], question)
    assert again.share_range == pytest.approx(first.share_range, abs=1e-12)
    np.testing.assert_allclose(again.week, first.week, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(again.distance_m, first.distance_m)
    assert again.total.covered == first.total.covered


def test_a_figure_says_where_it_comes_from() -> None:
    """Program, data, radius, demand."""
    found = measure(stations(scattered(5, 2)), people(scattered(5, 1), np.ones(5)), [], Question(radius_m=750))
    said = found.provenance
    assert (said.version, said.data_version, said.radius_m, said.as_of) == (__version__, "abc", 750, None)
    assert (said.demand_source, said.demand_digest, said.spread_evenly) == (
        "people.csv",
        "0123456789ab",
        False,
    )
    assert found.question.radius_m == 750


@pytest.mark.parametrize("radius_m", [0.0, -5.0, 20_001.0, math.nan])
def test_a_radius_out_of_range_is_refused(radius_m: float) -> None:
    """Above 0 and at most 20 km, as everywhere."""
    with pytest.raises(UsageError, match="radius"):
        measure(stations(scattered(2, 1)), people(scattered(2, 1), np.ones(2)), [], Question(radius_m=radius_m))


def test_demand_without_positions_is_refused() -> None:
    """A table of distances alone has none."""
    with pytest.raises(UsageError, match="position"):
        measure(stations(scattered(2, 1)), people(np.full((2, 2), math.nan), np.ones(2)), [], Question())


def test_an_area_takes_its_points_among_many_areas() -> None:
    """Four hundred small squares: each has the demand that a division tells."""
    lonlat = scattered(3000, 1, 0.02)
    corners = [(116.35 + x * 0.005, 39.85 + y * 0.005) for x in range(20) for y in range(20)]
    squares = [
        District(str(number), "", "", 0, shapely.box(lon, lat, lon + 0.005, lat + 0.005))
        for number, (lon, lat) in enumerate(corners)
    ]
    found = measure(stations(scattered(30, 2)), people(lonlat, np.ones(3000)), squares, Question())
    columns, rows = ((lonlat - [116.35, 39.85]) / 0.005).T
    expected, *_ = np.histogram2d(columns, rows, bins=(np.arange(21), np.arange(21)))
    assert [figures.demand for figures in found.areas] == expected.ravel().tolist()
