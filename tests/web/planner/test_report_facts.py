"""The report is one file: it opens from a disk, asks nobody for anything, and says what the page says."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest
from flask import g

from locator.planning.inputs.demand import Demand, grid_candidates
from locator.planning.inputs.planner_files import read_demand
from locator.planning.inputs.supply import supply_of
from locator.planning.measures.coverage import Question
from locator.planning.measures.rules import Rules, read_rules
from locator.planning.output.figure_sheets import COUNT, KM2, METRES, SHARE, Form
from locator.planning.scenario import parse
from locator.planning.study import Goal, Study
from locator.stations.catalog import Catalog
from locator.web.planner import report_facts

if TYPE_CHECKING:
    from flask import Flask

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
    return read_rules(Path(__file__).resolve().parents[3] / "geodata")


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


def made(app: Flask, study: Study, rules: Rules, lang: str = "en", goal: Goal | None = None) -> str:
    """Make a report the way the command line does: in the context of an app, outside any request."""
    candidates = grid_candidates(study.areas, 500)
    plan = study.plan(goal, candidates) if goal else None
    with app.app_context():
        return report_facts.render_report(study, plan, candidates, rules, lang, goal)


def test_it_says_what_the_three_points_say(app: Flask, study: Study, rules: Rules) -> None:
    """700 of 1000 are covered; one site in the north covers the rest, which is proven."""
    text = re.sub(r"<[^>]+>", " ", made(app, study, rules, goal=Goal(n=1)))
    assert re.search(r"70\.0%\s+of the demand is within 1 km", text)
    assert "Proven best: no other choice" in text
    assert "New stations: 1. The covered share rises from 70.0% to 100.0%." in text


def test_it_speaks_the_language_it_is_made_in(app: Flask, study: Study, rules: Rules) -> None:
    """Chinese or English, whatever a reader's browser asks for."""
    chinese, english = (made(app, study, rules, lang) for lang in ("zh", "en"))
    assert '<html lang="zh-CN">' in chinese
    assert "覆盖情况报告" in chinese
    assert "东城区" in chinese
    assert "Coverage report" in english
    assert "Dongcheng" in english


def test_nothing_in_it_asks_for_anything(app: Flask, study: Study, rules: Rules) -> None:
    """There is no script, no address and no import, and a policy that forbids them."""
    text = made(app, study, rules, goal=Goal(n=1))
    tags = tags_of(text)
    assert not [tag for tag, _ in tags if tag in ("script", "link", "img", "iframe", "object")]
    addresses = [a[name] or "" for _, a in tags for name in ("href", "src", "xlink:href", "action") if name in a]
    assert all(address.startswith("#") for address in addresses)
    assert "@import" not in text
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {"#p-hatch", "#far-0"}
    assert "default-src 'none'" in next(a["content"] or "" for tag, a in tags if a.get("http-equiv"))
    assert len(text.encode()) < MAX_BYTES


def test_names_are_texts(app: Flask, catalog: Catalog, demand: Demand, rules: Rules) -> None:
    """The station nearest to the people in the north has markup for a name, which stands there to be read."""
    others = [station for station in catalog.column("station_id") if station != "tw-5"]
    closed = parse([{"action": "remove", "station_id": station} for station in others])
    study = Study(supply_of(catalog), demand, catalog.districts, Question(), closed)
    text = made(app, study, rules)
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert not [tag for tag, a in tags_of(text) if "onerror" in a]


def test_it_sets_a_scenario_against_today(app: Flask, catalog: Catalog, demand: Demand, rules: Rules) -> None:
    """A station in the north serves the 300, and its mark is on the picture."""
    north = parse([{"action": "add", "station_id": "n", "kind": "warm_station", "lat": 39.9555, "lon": 116.405}])
    study = Study(supply_of(catalog), demand, catalog.districts, Question(), north)
    text = made(app, study, rules)
    assert "300 persons are covered now and were not." in text
    assert len([a for tag, a in tags_of(text) if tag == "circle" and a.get("class") == "p-added"]) == 1


def test_the_picture_shows_places_where_they_are(app: Flask, study: Study) -> None:
    """North is up, east is right, and a kilometre is as long one way as the other."""
    drawn = report_facts.Picture((116.0, 39.0, 117.0, 40.0))
    (west, north), (east, south) = drawn.pixels(np.array([[116.0, 40.0], [117.0, 39.0]])).tolist()
    assert west < east
    assert north < south
    # A degree of longitude at 39.5° is cos(39.5°) of one of latitude.
    assert (east - west) / (south - north) == pytest.approx(0.7716, abs=0.0005)
    with app.test_request_context("/?lang=zh"):
        g.language = "zh"
        drawing = report_facts.picture(study, study.gaps, None, None, "zh")
    labels = [e for e in ElementTree.fromstring(drawing).iter() if e.get("class") == "p-name"]  # noqa: S314 - ours
    names = {e.text: (float(e.get("x", 0)), float(e.get("y", 0))) for e in labels}
    assert names["东城区"][1] < names["丰台区"][1]
    assert names["东城区"][0] > names["丰台区"][0]


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        (0.62345, SHARE, "62.3%"),
        (1234567.4, COUNT, "1,234,567"),
        (12577.344, KM2, "12,577.34"),
        (None, METRES, "–"),
        (float("inf"), METRES, "–"),
    ],
)
def test_figures_are_written_as_their_form_says(value: float | None, form: Form, said: str) -> None:
    """Thousands are apart, shares in per cent, and what is not known is a dash."""
    assert report_facts.formatted(value, form) == said


@pytest.mark.parametrize(("difference", "said"), [(-0.2, "0"), (0.2, "0"), (12.0, "+12"), (-1500.0, "-1,500")])
def test_a_difference_has_a_sign_unless_nothing_is_left_of_it(difference: float, said: str) -> None:
    """A tenth of a metre is no difference."""
    assert report_facts.signed(difference, METRES) == said
