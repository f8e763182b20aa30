"""Every pair of options about new sites means what both say, or is refused in a sentence that names both.

The meaning is worked out once more here from the words alone, on a town so small that all choices can be tried:
distances by Geod, hours by hand.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from pyproj import Geod
from shapely import box

from locator import create_app
from locator.cli import main
from locator.config import Settings
from locator.planning.inputs.demand import grid_candidates
from locator.planning.output.sheet_columns import REASONS
from locator.planning.siting.plans import REACHED
from locator.stations.schema import District

if TYPE_CHECKING:
    from flask.testing import FlaskClient

GEOD = Geod(ellps="WGS84")
WEST, EAST = (116.30, 39.80, 116.325, 39.82), (116.325, 39.80, 116.35, 39.82)
INSTANT = "2026-11-18T22:00"
"""A Wednesday, when only what never closes is open."""
ALL_WEEK, BY_DAY = np.ones(168, dtype=bool), np.tile((np.arange(24) >= 9) & (np.arange(24) < 17), 7)
UNKNOWN = np.zeros(168, dtype=bool)
RADIUS_M, WIDE_M, SPACING_M = 800, 1000, 1300
N, TARGET, FLOOR = 2, 0.65, 0.5
DETOUR = 1.4
"""The table of distances is of ways that are so much longer than the straight lines."""


@dataclass(frozen=True)
class Place:
    """A station or a candidate, with the hours of a week in which it is known to be open."""

    name: str
    lon: float
    lat: float
    hours: np.ndarray
    kind: str = "warm_station"
    amenities: tuple[str, ...] = ()


STATIONS = (
    Place("day", 116.303, 39.803, BY_DAY, amenities=("heating",)),
    Place("night", 116.331, 39.816, ALL_WEEK, amenities=("seats",)),
    Place("home", 116.315, 39.812, UNKNOWN, kind="worker_home", amenities=("heating",)),
)
WORDS = {id(ALL_WEEK): "24/7", id(BY_DAY): "09:00-17:00"}
CANDIDATES = (
    Place("a", 116.306, 39.806, ALL_WEEK),
    Place("b", 116.312, 39.817, BY_DAY),
    Place("c", 116.319, 39.807, ALL_WEEK),
    Place("d", 116.328, 39.804, ALL_WEEK),
    Place("e", 116.338, 39.812, BY_DAY),
    Place("f", 116.346, 39.806, ALL_WEEK),
    Place("g", 116.334, 39.818, ALL_WEEK),
    Place("h", 116.301, 39.817, ALL_WEEK),
)
FITS = ""
"""The kind of a station that is added without one."""
# The scenario opens one by day where people are and closes the one that never did.
SCENARIO_ADDS, SCENARIO_CLOSES = Place("new-1", 116.342, 39.818, BY_DAY), "night"


@dataclass(frozen=True)
class Person:
    """A demand point; the last ones lie in neither area."""

    name: str
    lon: float
    lat: float
    weight: int


def _people() -> tuple[Person, ...]:
    dice = np.random.default_rng(12)
    lonlat = np.r_[dice.uniform(WEST[:2], WEST[2:], (9, 2)), dice.uniform(EAST[:2], EAST[2:], (7, 2))]
    lonlat = np.round(np.r_[lonlat, [[116.3515, 39.811], [116.2985, 39.815]]], 6)
    weights = dice.integers(1, 60, len(lonlat)).tolist()
    return tuple(Person(f"p{row}", *place, weights[row]) for row, place in enumerate(lonlat.tolist()))


PEOPLE = _people()

# The options


OPTIONS: Mapping[str, Sequence[str]] = {
    "n": ("--n", str(N)),
    "target": ("--target-share", str(TARGET)),
    "by_area": ("--by-area",),
    "floor": ("--floor", str(FLOOR)),
    "by_hours": ("--by-hours",),
    "ignore_existing": ("--ignore-existing",),
    "distances": ("--distances", "DISTANCES"),
    "candidates": ("--candidates", "demand"),
    "spacing": ("--spacing", str(SPACING_M)),
    "scenario": ("--scenario", "SCENARIO"),
    "open_at": ("--open-at", INSTANT),
    "kind": ("--kind", "worker_home"),
    "amenity": ("--amenity", "heating"),
    "radius": ("--radius", str(WIDE_M)),
    "areas": ("--areas", "AREAS"),
    "seed": ("--seed", "7"),
    "time_limit": ("--time-limit", "30"),
}
REFUSED = {
    ("n", "target"): ("how many sites", "share"),
    ("n", "by_area"): ("by_area", "with n there is none"),
    ("by_hours", "open_at"): ("by_hours", "open_at"),
    ("ignore_existing", "scenario"): ("ignore_existing", "scenario"),
    ("candidates", "spacing"): ("--spacing", "--candidates"),
}
PAIRS = list(combinations(OPTIONS, 2))
# The same on the page and in the API, whose candidates are always those of a grid.
FIELDS: Mapping[str, str] = {
    "n": f"n={N}",
    "target": f"target={TARGET}",
    "by_area": "by_area=1",
    "floor": f"floor={FLOOR}",
    "by_hours": "by_hours=1",
    "spacing": f"spacing={SPACING_M}",
    "scenario": f"add={SCENARIO_ADDS.lat},{SCENARIO_ADDS.lon}&remove={SCENARIO_CLOSES}",
    "open_at": f"open_at={INSTANT}",
    "kind": "kind=worker_home",
    "amenity": "amenity=heating",
    "radius": f"radius={WIDE_M}",
}
FIELD_PAIRS = list(combinations(FIELDS, 2))


# What the words mean


@cache
def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Measure with Geod."""
    return float(GEOD.inv(lon, lat, other_lon, other_lat)[2])


@dataclass(frozen=True)
class Meaning:
    """A question as the words have it."""

    chosen: frozenset[str]
    candidates: tuple[Place, ...]
    added: Place = SCENARIO_ADDS
    narrow: bool = False
    """Whether other areas were given: the west cut in two, the east left out."""

    def has(self, name: str) -> bool:
        """Tell whether an option was given."""
        return name in self.chosen

    def stations(self) -> list[Place]:
        """List the stations that exist and suit."""
        if self.has("ignore_existing"):
            return []
        found = list(STATIONS)
        if self.has("scenario"):
            found = [station for station in found if station.name != SCENARIO_CLOSES] + [self.added]
        return [
            station
            for station in found
            if (not self.has("kind") or station.kind in ("worker_home", FITS))
            and (not self.has("amenity") or "heating" in station.amenities or station.name == self.added.name)
        ]

    def metres(self, person: Person, place: Place) -> float:
        """Measure."""
        line_m = metres(person.lon, person.lat, place.lon, place.lat)
        return line_m * DETOUR if self.has("distances") else line_m

    def hours(self, person: Person, places: Sequence[Place]) -> np.ndarray:
        """Tell in which hours one of some places is near a person and open."""
        radius_m = WIDE_M if self.has("radius") else RADIUS_M
        near = [place.hours for place in places if self.metres(person, place) <= radius_m]
        return np.logical_or.reduce([UNKNOWN, *near])

    def served(self, person: Person, places: Sequence[Place]) -> float:
        """Weigh how much of a person some places serve, 0-1."""
        if self.has("by_hours"):
            return float(self.hours(person, places).sum()) / 168
        if self.has("open_at"):
            return float(self.hours(person, places)[2 * 24 + 22])
        always = [Place(place.name, place.lon, place.lat, ALL_WEEK) for place in places]
        return float(self.hours(person, always).any())

    def areas(self) -> list[tuple[float, float, float, float]]:
        """List the areas."""
        middle = (WEST[0] + WEST[2]) / 2
        return [(*WEST[:2], middle, WEST[3]), (middle, *WEST[1:])] if self.narrow else [WEST, EAST]

    def share(self, places: Sequence[Place], area: tuple[float, float, float, float] | None = None) -> float:
        """Tell the served share of all people, or of those in an area."""
        people = [person for person in PEOPLE if area is None or inside(person, area)]
        weight = sum(person.weight for person in people)
        return sum(person.weight * self.served(person, places) for person in people) / weight

    def holds(self, places: Sequence[Place]) -> bool:
        """Tell whether a choice reaches what has to be reached."""
        shares = [self.share(places, area) for area in self.areas()]
        target = TARGET if self.has("target") or self.has("by_area") else 0.0
        floor = FLOOR if self.has("floor") else 0.0
        if self.has("by_area"):
            floor, target = max(floor, target), 0.0
        return min(shares) >= floor - 1e-9 and self.share(places) >= target - 1e-9

    def best(self) -> tuple[int, float] | None:
        """Try all choices: the number of sites and the share of the best; ``None`` where none will do."""
        stations = self.stations()
        fewest = self.has("target") or self.has("by_area")
        most = len(self.candidates) if fewest else N
        found = []
        for n in range(most + 1):
            choices = combinations(self.candidates, n)
            found += [(n, self.share((*stations, *c))) for c in choices if self.holds((*stations, *c))]
            if found and fewest:
                return n, max(share for _, share in found)
        return max(found, key=lambda one: one[1], default=None)


def inside(person: Person, area: tuple[float, float, float, float]) -> bool:
    """Tell whether somebody is in an area."""
    west, south, east, north = area
    return west <= person.lon <= east and south <= person.lat <= north


# The town as files


def feature(name: str, geometry: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Write a GeoJSON feature."""
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}


def point(place: Place) -> dict[str, Any]:
    """Write a station."""
    facts = {"name": place.name, "kind": place.kind, "district": "West"}
    facts |= {"amenities": dict.fromkeys(place.amenities, "yes")}
    facts |= {"hours": WORDS[id(place.hours)]} if id(place.hours) in WORDS else {}
    return feature(place.name, {"type": "Point", "coordinates": [place.lon, place.lat]}, facts)


def area(number: int, bounds: tuple[float, float, float, float]) -> dict[str, Any]:
    """Write an area."""
    name = f"area {number}"
    facts = {"district_id": str(number), "name": name, "name_en": name, "population_2020": 1000}
    return feature(str(number), box(*bounds).__geo_interface__, facts)


def collection(path: Path, features: Sequence[Mapping[str, Any]]) -> Path:
    """Write a file of features."""
    facts = {"type": "FeatureCollection", "datum": "WGS84", "licence": "CC0-1.0", "source": "written for tests"}
    path.write_text(json.dumps({**facts, "features": features}), encoding="utf-8")
    return path


def table(path: Path, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
    return path


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, donghuamen: Path) -> Path:
    """Write the geodata of the town, its people and its candidates into one folder."""
    folder = tmp_path_factory.mktemp("town")
    for kind, name in (
        ("warm_station", "warm_stations"),
        ("worker_home", "worker_homes"),
        ("", "community_stations"),
    ):
        collection(folder / f"{name}.geojson", [point(place) for place in STATIONS if place.kind == kind])
    collection(folder / "districts.geojson", [area(1, WEST), area(2, EAST)])
    (folder / "holidays.csv").write_bytes((donghuamen / "holidays.csv").read_bytes())
    collection(folder / "AREAS.geojson", [area(row, bounds) for row, bounds in enumerate(narrow(), 1)])
    table(
        folder / "people.csv",
        ("demand_id", "weight", "lat", "lon"),
        [(person.name, person.weight, person.lat, person.lon) for person in PEOPLE],
    )
    table(
        folder / "places.csv",
        ("candidate_id", "lat", "lon", "hours"),
        [(place.name, place.lat, place.lon, WORDS[id(place.hours)]) for place in CANDIDATES],
    )
    new = SCENARIO_ADDS
    rows = [
        ("add", new.name, new.kind, new.lat, new.lon, WORDS[id(new.hours)]),
        ("remove", SCENARIO_CLOSES, "", "", "", ""),
    ]
    table(folder / "SCENARIO.csv", ("action", "station_id", "kind", "lat", "lon", "hours"), rows)
    return folder


def narrow() -> list[tuple[float, float, float, float]]:
    """List the areas of the option."""
    return Meaning(frozenset(), (), narrow=True).areas()


def grid(spacing_m: float, areas: Sequence[tuple[float, float, float, float]]) -> tuple[Place, ...]:
    """Make the candidates of a grid."""
    found = grid_candidates([District(str(row), "", "", 0, box(*b)) for row, b in enumerate(areas)], spacing_m)
    places = zip(found.ids, found.lonlat.tolist(), strict=True)
    return tuple(Place(name, lon, lat, ALL_WEEK) for name, (lon, lat) in places)


def candidates_of(chosen: frozenset[str]) -> tuple[Place, ...]:
    """List the candidates that options stand for."""
    if "spacing" in chosen:
        return grid(SPACING_M, Meaning(chosen, (), narrow="areas" in chosen).areas())
    if "candidates" in chosen:
        return tuple(Place(person.name, person.lon, person.lat, ALL_WEEK) for person in PEOPLE)
    return CANDIDATES


# The command line


def run(town: Path, chosen: frozenset[str], meaning: Meaning) -> Any:
    """Ask on the command line."""
    files = {name: town / name for name in ("SCENARIO.csv", "AREAS.geojson")}
    files["DISTANCES.csv"] = distances(town, meaning)
    words = {path.stem: str(path) for path in files.values()}
    options = [words.get(word, word) for name in OPTIONS if name in chosen for word in OPTIONS[name]]
    if not chosen & {"candidates", "spacing"}:
        options += ["--candidates", str(town / "places.csv")]
    if "radius" not in chosen:
        options += ["--radius", str(RADIUS_M)]
    if "by_area" in chosen and not chosen & {"n", "target"}:
        options += OPTIONS["target"]
    if not chosen & {"n", "target", "by_area"}:
        options += OPTIONS["n"]
    settings = {name: None for name in os.environ if name.startswith("LOCATOR_")}
    asked = ("sites", "--demand", str(town / "people.csv"), *options, "--json")
    return CliRunner().invoke(main, asked, env=settings | {"LOCATOR_GEODATA": str(town)})


def distances(town: Path, meaning: Meaning) -> Path:
    """Write the ways of everybody to every candidate and station, so far as anybody would go."""
    new = (SCENARIO_ADDS,) if meaning.has("scenario") else ()
    sites = [*meaning.candidates, *STATIONS, *new]
    rows = [
        (person.name, place.name, metres(person.lon, person.lat, place.lon, place.lat) * DETOUR)
        for person in PEOPLE
        for place in sites
        if not (meaning.has("scenario") and place.name == SCENARIO_CLOSES)
    ]
    return table(town / "DISTANCES.csv", ("demand_id", "candidate_id", "distance_m"), rows)


@pytest.mark.parametrize("pair", PAIRS, ids=" ".join)
def test_a_pair_of_options_means_what_both_say(town: Path, pair: tuple[str, str]) -> None:
    """The best of all choices under the words of both, proven; or a sentence that names both."""
    chosen = frozenset(pair)
    meaning = Meaning(with_goal(chosen), candidates_of(chosen), narrow="areas" in chosen)
    found = run(town, chosen, meaning)
    best = None if pair in REFUSED else meaning.best()
    if best is None:
        assert found.exit_code == 2, found.output
        assert said_of(pair, found.stderr)
    else:
        assert found.exit_code == 0, found.output
        assert_best(json.loads(found.stdout.splitlines()[-1]), meaning, best)


def with_goal(chosen: frozenset[str]) -> frozenset[str]:
    """Add the number of sites that is asked for where options say no other goal."""
    return chosen if chosen & {"n", "target", "by_area"} else chosen | {"n"}


def said_of(pair: tuple[str, str], sentence: str) -> bool:
    """Tell whether a sentence says why a pair is refused, or that no choice is good enough."""
    if pair in REFUSED:
        return all(word in sentence for word in REFUSED[pair])
    return "out of reach" in sentence or "below the least share" in sentence


def assert_best(answer: Mapping[str, Any], meaning: Meaning, best: tuple[int, float]) -> None:
    """Compare the sites of an answer with the best of all choices."""
    known = {place.name: place for place in meaning.candidates}
    places = [*meaning.stations(), *(known[site["candidate_id"]] for site in answer["sites"])]
    assert answer["status"] == "proven"
    assert answer["share"] == pytest.approx(meaning.share(places))
    assert answer["before"] == pytest.approx(meaning.share(meaning.stations()) * answer["total"])
    assert meaning.holds(places)
    if meaning.has("target") or meaning.has("by_area"):
        assert (len(answer["sites"]), answer["bound"]) == (best[0], best[0])
    else:
        assert len(answer["sites"]) <= N
        assert answer["share"] == pytest.approx(best[1])


# The page and the API


@pytest.fixture(scope="module")
def client(town: Path) -> FlaskClient:
    """Serve the town to a planner."""
    app = create_app(Settings(geodata=town, demand=town / "people.csv", radius_m=RADIUS_M))
    app.testing = True
    return app.test_client()


@pytest.mark.parametrize("pair", FIELD_PAIRS, ids=" ".join)
def test_a_pair_of_fields_means_what_both_say(client: FlaskClient, pair: tuple[str, str]) -> None:
    """In the API and on the page as on the command line; a station added without words is open and fits."""
    chosen = frozenset(pair)
    goal = with_goal(chosen)
    fields = [FIELDS[name] for name in FIELDS if name in goal]
    fields += [FIELDS["target"]] if "by_area" in goal and not goal & {"n", "target"} else []
    added = Place(SCENARIO_ADDS.name, SCENARIO_ADDS.lon, SCENARIO_ADDS.lat, ALL_WEEK, FITS)
    spacing_m = SPACING_M if "spacing" in chosen else 1000
    meaning = Meaning(goal, grid(spacing_m, [WEST, EAST]), added)
    found = client.get(f"/api/sites?{'&'.join(fields)}")
    page = client.get(f"/planner?lang=en&{'&'.join(fields)}")
    best = None if pair in REFUSED else meaning.best()
    assert (found.status_code, page.status_code) == ((422, 422) if best is None else (200, 200))
    if best is None:
        assert said_of(pair, found.json["detail"])
        assert escape(found.json["detail"]) in page.text
    else:
        assert_best(found.json, meaning, best)
        assert "Proven best" in page.text or REASONS[REACHED] in page.text
        assert page.text.count("site-pin") == 1  # the legend shows that there is a plan


@pytest.mark.parametrize("name", ["floor", "by_area", "by_hours"])
def test_how_sites_are_chosen_is_not_dropped_where_none_are_asked_for(client: FlaskClient, name: str) -> None:
    """The page shows who is covered, and says what is missing."""
    page = client.get(f"/planner?lang=en&{FIELDS[name]}")
    assert page.status_code == 422
    assert f"{name} says how new sites are chosen, and none are asked for" in page.text
    assert "of the demand is within" in page.text
    assert client.get(f"/api/sites?{FIELDS[name]}").status_code == 422


def test_the_town_is_worth_asking_about() -> None:
    """Each option changes the best answer, so that one that was dropped would show."""

    def best(*names: str) -> tuple[int, float] | None:
        return Meaning(frozenset(names), CANDIDATES).best()

    for name in ("floor", "by_hours", "ignore_existing", "distances", "scenario", "open_at", "kind", "amenity"):
        assert best("n", name) != best("n"), name
    assert best("n", "radius") != best("n")
    sizes = [found[0] for names in ((), ("floor",), ("by_area",)) if (found := best("target", *names))]
    assert sizes == [1, 2, 3]
