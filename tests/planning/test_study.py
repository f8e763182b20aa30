"""Studies: all about one question, on the seven stations round Donghuamen and demand made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from locator.errors import UsageError
from locator.planning.inputs.demand import Candidates, Demand
from locator.planning.inputs.planner_files import read_candidates, read_demand
from locator.planning.inputs.rule_files import read_rules
from locator.planning.inputs.station_changes import parse_changes
from locator.planning.inputs.supply import supply_of
from locator.planning.measures.coverage import Question
from locator.planning.measures.grid_cells import MOST_CELLS, sum_cells
from locator.planning.output.plain_answers import coverage_record, gap_collection, plan_record
from locator.planning.output.study_sheets import sheets_of
from locator.planning.siting.plans import Plan
from locator.planning.study import Goal, Study
from locator.stations.catalog import Catalog
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import KINDS

GEOD = Geod(ellps="WGS84")
MONDAY = date(2026, 11, 16)
PEOPLE = """demand_id,weight,lat,lon
at-tw-2,10,39.92,116.405
north,20,39.95,116.405
north-too,5,39.9505,116.4055
far,40,39.99,116.48
nobody,0,39.97,116.3
"""
PLACES = """candidate_id,lat,lon,hours
n,39.9502,116.4052,
f,39.99,116.481,09:00-21:00
x,39.80,116.20,
"""

Make = Callable[..., Study]


@pytest.fixture
def people(tmp_path: Path) -> Demand:
    """Five demand points: one at a station, two together in the north, one far away, one without weight."""
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return read_demand(path)


@pytest.fixture
def places(tmp_path: Path) -> Candidates:
    """Three candidates: near the two points in the north, near the far one by day, near nobody."""
    path = tmp_path / "places.csv"
    path.write_text(PLACES, encoding="utf-8")
    return read_candidates(path)


@pytest.fixture
def study(catalog: Catalog, people: Demand) -> Make:
    """Make a study of these people."""

    def make(question: Question | None = None, changes: tuple[dict[str, object], ...] = ()) -> Study:
        found = question or Question(week_of=MONDAY)
        return Study(supply_of(catalog), people, catalog.districts, found, parse_changes(changes))

    return make


def metres(catalog: Catalog, people: Demand) -> list[float]:
    """Measure with Geod how far each person is from the nearest station."""
    return [
        min(GEOD.inv(lon, lat, *there)[2] for there in catalog.lonlat.tolist())
        for lon, lat in people.lonlat.tolist()
    ]


def test_coverage_is_what_the_ellipsoid_says(study: Make, catalog: Catalog, people: Demand) -> None:
    """Every distance is the geodesic; the share is the weight of those within the radius."""
    found = study().coverage
    expected = metres(catalog, people)
    assert found.distance_m == pytest.approx(expected, abs=1e-5)
    near = sum(w for w, m in zip(people.weight.tolist(), expected, strict=True) if m <= 1000)
    assert (found.total.covered, found.total.demand) == (near, 75)
    assert near == 10


def test_a_scenario_shows_before_and_after(study: Make) -> None:
    """A station added in the north covers the 25 there, and nothing of before is lost."""
    added = {"action": "add", "station_id": "new-1", "kind": "warm_station", "lat": 39.9502, "lon": 116.4052}
    compared = study(changes=(added,)).comparison
    assert compared is not None
    assert (compared.before.total.covered, compared.after.total.covered) == (10, 35)
    assert (compared.total.gained, compared.total.lost) == (25, 0)
    assert study().comparison is None


def test_one_more_site_goes_where_most_are(study: Make, places: Candidates) -> None:
    """Of the far 40 and the northern 25 the 40 come first; both are proven best."""
    one, two = (study().plan(Goal(n=n), places) for n in (1, 2))
    assert [(places.ids[site.number], site.gain) for site in one.sites] == [("f", 40)]
    assert [(places.ids[site.number], site.gain) for site in two.sites] == [("f", 40), ("n", 25)]
    assert (one.before, one.covered, one.total, one.bound, one.status) == (10, 50, 75, 50, "proven")


def test_a_target_takes_as_few_sites_as_it_needs(study: Make, places: Candidates) -> None:
    """60 % of 75 are 45: one site reaches 50; all of it takes two."""
    assert [len(study().plan(Goal(target_share=share), places).sites) for share in (0.6, 1.0)] == [1, 2]


def test_existing_stations_can_be_left_out(study: Make, places: Candidates) -> None:
    """Without the stations nothing is covered before, and no candidate reaches the ten by tw-2."""
    plan = study().plan(Goal(n=2, ignore_existing=True), places)
    assert (plan.before, plan.covered) == (0, 65)


def test_person_hours_count_what_a_site_is_open_for(study: Make, places: Candidates) -> None:
    """By hours of the week the north, served always, beats the far ones, served 12 hours a day."""
    plan = study().plan(Goal(n=1, by_hours=True, ignore_existing=True), places)
    assert [places.ids[site.number] for site in plan.sites] == ["f" if 40 * 84 > 25 * 168 else "n"]
    assert (plan.covered, plan.total) == (25 * 168, 75 * 168)


def test_person_hours_leave_out_what_is_served(study: Make, places: Candidates) -> None:
    """tw-2 is open round the clock: ten persons times 168 hours are covered before."""
    plan = study().plan(Goal(n=2, by_hours=True), places)
    assert plan.before == 10 * 168
    assert plan.covered == (10 + 25) * 168 + 40 * 84


def table(*rows: tuple[int, int, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Write a table of distances: point, site, metres."""
    points, sites, distance_m = zip(*rows, strict=True)
    return np.array(points), np.array(sites), np.array(distance_m)


def test_distances_stand_in_for_positions(study: Make, places: Candidates) -> None:
    """By the table candidate x is 900 m from the far point and the others have nobody."""
    plan = study().plan(Goal(n=1, ignore_existing=True), places, table((3, 2, 900.0)))
    assert [(places.ids[site.number], site.gain) for site in plan.sites] == [("x", 40)]


@pytest.mark.parametrize("by_hours", [False, True])
def test_distances_stand_in_for_those_of_stations_too(study: Make, places: Candidates, by_hours: bool) -> None:
    """By the table the station tw-2, open always, serves the 20 in the north and not the ten at its door."""
    made = study()
    rows = (0, 2, 900.0), (1, 0, 50.0), (1, 3 + made.supply.ids.index("tw-2"), 1000.0)
    hours = 168 if by_hours else 1
    plan = made.plan(Goal(n=1, by_hours=by_hours), places, table(*rows))
    assert [(places.ids[site.number], site.gain) for site in plan.sites] == [("x", 10 * hours)]
    assert (plan.before, plan.covered) == (20 * hours, 30 * hours)


@pytest.mark.parametrize("by_hours", [False, True])
def test_a_table_without_stations_is_not_mixed_with_straight_lines(
    study: Make, places: Candidates, by_hours: bool
) -> None:
    """Whom the stations serve is not known: refused, with what to do; where none counts there is no doubt."""
    with pytest.raises(UsageError, match=r"names none of the 7 stations.*ids as candidate_id.*ignore_existing"):
        study().plan(Goal(n=1, by_hours=by_hours), places, table((3, 2, 900.0)))
    nobody = Question(week_of=MONDAY, amenities=frozenset({"washing_machine"}))
    assert study(nobody).plan(Goal(n=1, by_hours=by_hours), places, table((3, 2, 900.0))).before == 0


def test_areas_need_positions(study: Make, places: Candidates, people: Demand) -> None:
    """A point that is nowhere is in no area, so a floor would be dropped without a word."""
    made = study()
    made.demand = replace(people, lonlat=np.full_like(people.lonlat, np.nan))
    for goal in (Goal(n=1, floor=0.1), Goal(target_share=0.1, floor=0.1), Goal(target_share=0.1, by_area=True)):
        with pytest.raises(UsageError, match=r"\(floor, by_area\) follows from its position"):
            made.plan(replace(goal, ignore_existing=True), places, table((3, 2, 900.0)))


def test_a_site_that_is_closed_at_the_instant_serves_nobody_then(study: Make, places: Candidates) -> None:
    """Candidate f is open from 9 to 21: at noon it gains the far 40, at 22:00 the 25 in the north come first."""
    gains = [
        study(Question(open_at=datetime(2026, 11, 18, hour, tzinfo=STATION_TIMEZONE)))
        .plan(Goal(n=1), places)
        .sites[0]
        .gain
        for hour in (12, 22)
    ]
    assert gains == [40, 25]


def test_an_area_that_cannot_be_served_is_named(study: Make, places: Candidates) -> None:
    """Without the candidate in the north two points of 东城区 stay unserved."""
    with pytest.raises(UsageError, match=r"out of reach in area 东城区: with every candidate it would be"):
        study().plan(Goal(target_share=1.0, by_area=True), without_north(places))


def without_north(places: Candidates) -> Candidates:
    """Leave out the candidate in the north."""
    return replace(places, ids=places.ids[1:], lonlat=places.lonlat[1:], hours=places.hours[1:])


@pytest.mark.parametrize("goal", [Goal(), Goal(n=1, target_share=0.5)])
def test_a_goal_is_a_number_or_a_share(study: Make, places: Candidates, goal: Goal) -> None:
    """Neither and both are refused with a sentence."""
    with pytest.raises(UsageError, match="Give either how many sites"):
        study().plan(goal, places)


@pytest.mark.parametrize(
    ("goal", "question", "changes", "said"),
    [
        (Goal(n=1, by_area=True), Question(), (), "by_area .* with n there is none"),
        (
            Goal(n=1, by_hours=True),
            Question(open_at=datetime(2026, 11, 18, 12, tzinfo=STATION_TIMEZONE), week_of=MONDAY),
            (),
            "by_hours .* open_at",
        ),
        (Goal(n=1, by_hours=True), Question(), (), "week_of"),
        (
            Goal(n=1, ignore_existing=True),
            Question(),
            ({"action": "remove", "station_id": "tw-1"},),
            "ignore_existing.* scenario",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(
    study: Make,
    places: Candidates,
    goal: Goal,
    question: Question,
    changes: tuple[dict[str, object], ...],
    said: str,
) -> None:
    """A sentence that names both sides, in place of an answer that drops one."""
    with pytest.raises(UsageError, match=said):
        study(question, changes).plan(goal, places)


ASKED = (
    Question(week_of=MONDAY),
    Question(radius_m=1500, week_of=MONDAY),
    Question(open_at=datetime(2026, 11, 18, 3, tzinfo=STATION_TIMEZONE), week_of=MONDAY),
    Question(amenities=frozenset({"heating", "microwave"}), week_of=MONDAY),
    Question(kinds=frozenset({"community_station", "worker_home"}), week_of=MONDAY),
    Question(tiers=frozenset({"village"}), week_of=MONDAY),
    Question(
        kinds=frozenset({"worker_home"}),
        amenities=frozenset({"seats", "washing_machine"}),
        open_at=datetime(2026, 11, 22, 23, 30, tzinfo=STATION_TIMEZONE),
        week_of=MONDAY,
    ),
)


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize("n", [1, 2])
def test_what_a_plan_promises_is_what_its_sites_change(
    study: Make, places: Candidates, question: Question, n: int
) -> None:
    """The sites as added stations of which nothing else is said: the difference is the gain, whatever is asked."""
    always = replace(places, hours=(None,) * len(places))
    plan = study(question).plan(Goal(n=n), always)
    kind = next((word for word in KINDS if word in question.kinds), next(iter(KINDS)))
    compared = study(question, added(plan, always, kind)).comparison
    assert compared is not None
    assert compared.total.gained == sum(site.gain for site in plan.sites) > 0
    assert compared.after.total.covered == plan.covered
    assert compared.before.total.covered == plan.before
    assert compared.after.unknown_hours == compared.before.unknown_hours


@pytest.mark.parametrize("question", [asked for asked in ASKED if asked.open_at is None])
def test_person_hours_that_a_plan_promises_are_what_its_sites_change(
    study: Make, places: Candidates, question: Question
) -> None:
    """Hours that a candidate's row gives are said of the station too."""
    plan = study(question).plan(Goal(n=2, by_hours=True), places)
    kind = next((word for word in KINDS if word in question.kinds), next(iter(KINDS)))
    compared = study(question, added(plan, places, kind)).comparison
    assert compared is not None
    difference = compared.after.week.sum() - compared.before.week.sum()
    assert difference * 75 == pytest.approx(sum(site.gain for site in plan.sites))


def added(plan: Plan, places: Candidates, kind: str) -> tuple[dict[str, object], ...]:
    """Write the sites of a plan as a scenario that says where they are, and the hours where they are given."""
    rows = []
    for site in plan.sites:
        lon, lat = places.lonlat[site.number].tolist()
        row = {"action": "add", "station_id": places.ids[site.number], "kind": kind, "lat": lat, "lon": lon}
        hours = places.hours[site.number]
        rows.append(row | ({"hours": hours} if hours else {}))
    return tuple(rows)


def test_the_best_of_all_choices(catalog: Catalog) -> None:
    """Two of nine candidates on a grid of 400 people: no pair of them covers more than the chosen one."""
    dice = np.random.default_rng(7)
    lonlat = np.column_stack([dice.uniform(116.30, 116.36, 400), dice.uniform(39.70, 39.75, 400)])
    weight = dice.integers(1, 9, 400).astype(float)
    people = Demand(lonlat, weight, None, "made", False, "0")
    spots = np.column_stack([dice.uniform(116.30, 116.36, 9), dice.uniform(39.70, 39.75, 9)])
    places = Candidates(tuple("abcdefghi"), spots, (None,) * 9, "made", "0")
    near = [
        {row for row, here in enumerate(lonlat.tolist()) if GEOD.inv(*here, *there)[2] <= 1000}
        for there in spots.tolist()
    ]
    best = max(sum(weight[list(a | b)]) for a, b in combinations(near, 2))
    plan = Study(supply_of(catalog), people, (), Question()).plan(Goal(n=2), places)
    assert plan.covered == best
    assert plan.status == "proven"


def test_cells_keep_every_person(study: Make) -> None:
    """Weights add up; a cell's covered part and its mean distance are those of its points."""
    made = study()
    cells = made.cells
    assert cells.weight.sum() == 75
    assert cells.covered.sum() == 10
    # The two in the north are 70 m apart and share a cell of 500 m; the point without weight has none.
    assert sorted(cells.weight.tolist()) == [10, 25, 40]
    north = cells.weight.tolist().index(25)
    west, south = cells.south_west[north].tolist()
    assert west <= 116.405 <= 116.4055 <= west + cells.width_deg
    assert south <= 39.95 <= 39.9505 <= south + cells.height_deg
    distance_m = made.coverage.distance_m
    assert cells.mean_m[north] == pytest.approx((20 * distance_m[1] + 5 * distance_m[2]) / 25)


def test_cells_are_few_enough_to_draw(study: Make) -> None:
    """A hundred thousand points, west and south of the zero lines too, come as at most `MOST_CELLS` cells."""
    dice = np.random.default_rng(3)
    lonlat = dice.uniform((-2, -2), (2, 2), (100_000, 2))
    people = Demand(lonlat, np.ones(len(lonlat)), None, "made", False, "0")
    cells = sum_cells(people, replace(study().coverage, distance_m=np.full(len(lonlat), 400.0)))
    assert 500 < len(cells.weight) <= MOST_CELLS
    assert cells.weight.sum() == cells.covered.sum() == 100_000
    for (west, south), weight in list(zip(cells.south_west.tolist(), cells.weight.tolist(), strict=True))[::97]:
        inside = (lonlat >= (west, south)) & (lonlat < (west + cells.width_deg, south + cells.height_deg))
        assert inside.all(axis=1).sum() == weight


def test_records_say_what_was_measured_and_by_what(study: Make, places: Candidates) -> None:
    """Shares, areas, provenance and sites come out as plain values."""
    made = study()
    record = coverage_record(made)
    assert record["total"]["share"] == pytest.approx(10 / 75)
    assert record["provenance"]["engine"] == "locator"
    assert record["provenance"]["demand_source"] == "people.csv"
    assert len(record["share_by_hour"]) == 168
    plan = plan_record(made.plan(Goal(n=1), places), places, made.provenance)
    assert plan["sites"] == [{"candidate_id": "f", "lat": 39.99, "lon": 116.481, "gain": 40}]
    assert {"covered", "total", "share", "status", "bound", "gap", "seconds"} <= plan.keys()


def test_gaps_come_as_geojson(study: Make) -> None:
    """The uncovered 65 lie in the gaps, each an outline with facts."""
    made = study()
    found = gap_collection(made, made.gaps, len(made.gaps))
    assert sum(feature["properties"]["persons"] for feature in found["features"]) <= 65
    assert all(feature["geometry"]["type"] in ("Polygon", "MultiPolygon") for feature in found["features"])


def test_a_workbook_has_a_sheet_for_all_that_is_known(study: Make, places: Candidates, donghuamen: Path) -> None:
    """The sites come first where they were asked for; without a scenario there is no comparison."""
    made = study()
    plan = made.plan(Goal(n=1), places)
    with_sites = [sheet.key for sheet in sheets_of(made, read_rules(donghuamen), plan, places)]
    without = [sheet.key for sheet in sheets_of(made, read_rules(donghuamen))]
    assert with_sites[0] == "sites"
    assert with_sites[1:] == without
    assert without[:3] == ["areas", "gaps", "week"]
