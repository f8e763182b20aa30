"""The report is one file: it opens from a disk, asks nobody for anything, and says what the page says."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from locator.handouts.planning_report import planning_report
from locator.planning.inputs.demand import Demand, grid_candidates
from locator.planning.inputs.planner_files import read_demand
from locator.planning.inputs.rule_files import Rules, read_rules
from locator.planning.inputs.station_changes import parse_changes
from locator.planning.inputs.supply import supply_of
from locator.planning.measures.coverage import Question
from locator.planning.study import Goal, Study
from locator.stations.catalog import Catalog

Made = Callable[..., str]

# 600 persons live at a station, 300 four kilometres north of every station, 100 at the one in Fengtai.
PEOPLE = "demand_id,weight,lat,lon\na,600,39.9162,116.4042\nb,300,39.9555,116.405\nc,100,39.844,116.4095\n"
MAX_BYTES = 1_500_000


@pytest.fixture(scope="module")
def demand(tmp_path_factory: pytest.TempPathFactory) -> Demand:
    """Three places where people live."""
    path = tmp_path_factory.mktemp("demand") / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return read_demand(path)


@pytest.fixture(scope="module")
def rules() -> Rules:
    """Quotas and standards as they are shipped."""
    return read_rules(Path(__file__).resolve().parents[2] / "geodata")


@pytest.fixture
def study(catalog: Catalog, demand: Demand) -> Study:
    """The seven stations and the three places."""
    return Study(supply_of(catalog), demand, catalog.districts, Question())


def tags_of(text: str) -> list[tuple[str, dict[str, str | None]]]:
    """List the elements of a page with their attributes."""
    found: list[tuple[str, dict[str, str | None]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append((tag, dict(attrs)))  # type: ignore[method-assign]
    parser.feed(text)
    return found


@pytest.fixture
def made(catalog: Catalog, rules: Rules) -> Made:
    """Make a report."""

    def write(study: Study, lang: str = "en", goal: Goal | None = None) -> str:
        candidates = grid_candidates(study.areas, 500)
        plan = study.plan(goal, candidates) if goal else None
        return planning_report(study, catalog, rules, lang, plan, candidates, goal)

    return write


def test_it_says_what_the_three_points_say(made: Made, study: Study) -> None:
    """700 of 1000 are covered; one site in the north covers the rest, which is proven."""
    text = re.sub(r"<[^>]+>", " ", made(study, goal=Goal(n=1)))
    assert re.search(r"70\.0%\s+of the demand is within 1 km", text)
    assert "Proven best: no other choice" in text
    assert "New stations: 1. The covered share rises from 70.0% to 100.0%." in text


def test_it_speaks_the_language_it_is_made_in(made: Made, study: Study) -> None:
    """Chinese or English, whatever a reader's browser asks for."""
    chinese, english = (made(study, lang) for lang in ("zh", "en"))
    assert '<html lang="zh-CN">' in chinese
    assert "覆盖情况报告" in chinese
    assert "东城区" in chinese
    assert "Coverage report" in english
    assert "Dongcheng" in english


def test_nothing_in_it_asks_for_anything(made: Made, study: Study) -> None:
    """There is no script, no address and no import, and a policy that forbids them."""
    text = made(study, goal=Goal(n=1))
    tags = tags_of(text)
    assert not [tag for tag, _ in tags if tag in ("script", "link", "img", "iframe", "object")]
    addresses = [a[name] or "" for _, a in tags for name in ("href", "src", "xlink:href", "action") if name in a]
    assert all(address.startswith("#") for address in addresses)
    assert "@import" not in text
    assert all(address.startswith("#") for address in re.findall(r"url\(([^)]*)\)", text))
    policy = next(a["content"] or "" for tag, a in tags if a.get("http-equiv"))
    directives = {name: sources for name, *sources in (part.split() for part in policy.split(";"))}
    assert directives["default-src"] == directives["script-src"] == ["'none'"]
    (style,) = re.findall(r"(?s)<style>(.*?)</style>", text)
    assert directives["style-src"] == [f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"]
    assert not [tag for tag, a in tags if "style" in a]
    assert len(text.encode()) < MAX_BYTES


def test_names_are_texts(made: Made, catalog: Catalog, demand: Demand) -> None:
    """The station nearest to the people in the north has markup for a name, which stands there to be read."""
    others = [station for station in catalog.column("station_id") if station != "tw-5"]
    closed = parse_changes([{"action": "remove", "station_id": station} for station in others])
    study = Study(supply_of(catalog), demand, catalog.districts, Question(), closed)
    text = made(study)
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert not [tag for tag, a in tags_of(text) if "onerror" in a]


def test_it_sets_a_scenario_against_today(made: Made, catalog: Catalog, demand: Demand) -> None:
    """A station in the north serves the 300, and its mark is on the picture."""
    north = parse_changes(
        [{"action": "add", "station_id": "n", "kind": "warm_station", "lat": 39.9555, "lon": 116.405}]
    )
    study = Study(supply_of(catalog), demand, catalog.districts, Question(), north)
    text = made(study)
    assert "300 persons are covered now and were not." in text
    assert [a.get("id") for tag, a in tags_of(text) if tag == "g"].count("map-added") == 1
