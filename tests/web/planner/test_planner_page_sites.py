"""Sites on the planner's page: what a plan promises is what its what-if shows, and what it rests on is said."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import openpyxl
import pytest

from locator import create_app
from locator.config import Settings
from locator.handouts.planning_report import planning_report
from locator.planning import study_query
from locator.planning.inputs.demand import grid_candidates, spread_evenly
from locator.planning.inputs.rule_files import read_rules
from locator.planning.inputs.supply import supply_of
from locator.planning.measures.coverage import Question
from locator.planning.output import report_facts
from locator.planning.study import Goal, Study
from locator.stations.catalog import Catalog

from .test_planner_page import DEMAND, NIGHT, NORTH, Page, opened

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@pytest.fixture
def planner(tmp_path: Path, donghuamen: Path) -> Flask:
    """The application with the seven stations and three places where people live."""
    demand = tmp_path / "people.csv"
    demand.write_text(DEMAND, encoding="utf-8")
    app = create_app(Settings(geodata=donghuamen, demand=demand))
    app.testing = True
    return app


@pytest.fixture
def client(planner: Flask) -> FlaskClient:
    """A client of that application."""
    return planner.test_client()


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"&open_at={NIGHT}",
        "&kind=worker_home",
        "&amenity=heating&amenity=shower",
        "&tier=city&radius=1500",
        f"&kind=community_station&amenity=wifi&open_at={NIGHT}&add=39.93,116.40&remove=tw-1",
    ],
)
def test_the_sites_of_a_plan_go_into_the_what_if(client: FlaskClient, query: str) -> None:
    """One link, and what the plan promised is what changes, whatever was asked; the assumption is said."""
    page = opened(client, f"{query}&n=2&spacing=500")
    gains = [int(row[3].replace(",", "")) for row in page.rows["sites"][1:]]
    (link,) = page.attribute("a", "href", id="what-if-link")
    assert link
    assert not re.search(r"[?&](n|spacing)=", link)
    there = Page(client.get(link).text)
    figures = {row[0]: row[1:] for row in there.rows["comparison"]}
    earlier = opened(client, query)
    known = {row[0]: row[1:] for row in earlier.rows.get("comparison", [])}.get(
        "Covered (persons)", ["", "", "0"]
    )[2]
    assert int(figures["Covered (persons)"][2].replace(",", "")) - int(known.replace(",", "")) == sum(gains)
    assert sum(gains) > 0
    for text in (page.text, there.text):
        assert "New stations count as open at all hours and as having all that is asked for" in text


def test_person_hours_of_a_plan_are_those_of_the_what_if(client: FlaskClient) -> None:
    """The 300 in the north and the 168 hours of the week, or as many as no station is open for the others."""
    page = opened(client, "&n=2&spacing=500&by_hours=1")
    gained = sum(int(row[3].replace(",", "")) for row in page.rows["sites"][1:])
    (link,) = page.attribute("a", "href", id="what-if-link")
    figures = {row[0]: row[1:] for row in Page(client.get(link or "").text).rows["comparison"]}
    assert figures["Near an open station in a week (person-hours)"][2] == f"+{gained:,}"
    assert gained >= 300 * 168


def test_a_plan_that_is_too_large_for_an_address_says_so(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sites and changes together may be as many as an address takes, and all sites that can be asked for fit."""
    assert study_query.MAX_SITES <= study_query.MAX_CHANGES
    monkeypatch.setattr(study_query, "MAX_CHANGES", 1)
    page = opened(client, "&n=1&spacing=500&remove=cs-1")
    assert "too many for the what-if of this page, which takes 1 changes" in page.text
    assert not page.attribute("a", "href", id="what-if-link")
    assert opened(client, "&n=1&spacing=500").attribute("a", "href", id="what-if-link")


def test_a_thousand_sites_are_not_all_listed(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page lists and draws the best of them; the files have them all."""
    monkeypatch.setattr(report_facts, "SITES_LISTED", 1)
    page = opened(client, "&n=2&spacing=500&remove=cs-1")
    assert len(page.rows["sites"]) == 2
    assert "and 1 more" in page.text
    drawn = ElementTree.fromstring(client.get("/planner/map.svg?n=2&spacing=500&remove=cs-1").data)  # noqa: S314 - ours
    assert [found for e in drawn.iter() if (found := e.get("id", "")).startswith("map-site-")] == ["map-site-1"]
    rows = client.get("/planner/sites.csv?n=2&spacing=500&remove=cs-1").data.decode("utf-8-sig").splitlines()
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("query", "english", "chinese"),
    [
        (f"&n=1&add={NORTH}", "all demand is covered already", "全部需求已覆盖"),
        ("&target=0.5", "the share is reached already", "已达到目标"),
    ],
)
def test_nothing_to_gain_is_an_answer(client: FlaskClient, query: str, english: str, chinese: str) -> None:
    """The page, its report and its files say that no site is needed, and why; there is nothing to draw."""
    page = opened(client, query)
    assert english in page.text
    assert chinese in client.get(f"/planner?lang=zh{query}").text
    assert not page.rows.get("sites")
    assert not [source for source in page.attribute("img", "src") if "gain.svg" in (source or "")]
    assert english in client.get(f"/planner/report.html?lang=en{query}").text
    assert client.get(f"/planner/gain.svg?lang=en{query}").status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/planner/coverage.xlsx?lang=en{query}").data))
    facts = dict(row[:2] for row in book["Provenance"].iter_rows(values_only=True))
    assert english in facts["Why there are no sites"]
    assert client.get(f"/api/sites?{query}").json["reason"].endswith(f"{english}.")


def test_what_new_stations_are_taken_to_be_stands_in_every_file(client: FlaskClient) -> None:
    """Beside the figures of sites and of added stations, and nowhere else."""
    for query, says in (("&n=1", True), (f"&add={NORTH}", True), ("&remove=cs-1", False), ("", False)):
        report_text = client.get(f"/planner/report.html?lang=en{query}").text
        assert ("count as open at all hours" in report_text) is says
        heading = client.get(f"/planner/areas.csv?lang=en{query}").data.decode("utf-8-sig").splitlines()[0]
        assert ("Assumed" in heading) is says


@pytest.mark.parametrize(
    ("lang", "fewest", "said"),
    [
        ("en", False, "Found by search; nothing is proven about it."),
        ("en", True, "Found by search; nothing is proven about how few would do."),
        ("zh", True, "由搜索得到；最少需要几个，未获证明。"),
    ],
)
def test_a_bound_that_says_nothing_is_not_printed(
    catalog: Catalog, donghuamen: Path, lang: str, fewest: bool, said: str
) -> None:
    """No number stands where nothing was proven: in the report, as on the page, of the same parts."""
    study = Study(supply_of(catalog), spread_evenly(catalog.districts), catalog.districts, Question())
    candidates, rules = grid_candidates(study.areas, 2000), read_rules(donghuamen)
    goal = Goal(target_share=0.5) if fewest else Goal(n=3)
    plan = replace(study.plan(goal, candidates), status="heuristic", bound=None, gap=None)
    text = re.sub(r"<[^>]+>", " ", planning_report(study, catalog, rules, lang, plan, candidates, goal))
    assert said in text
    assert re.search(r"(Gap to the bound|与界限差距)\s*–", text)
    assert re.search(r"(Proven bound|已证明界限)[^–]*–\s*(Gap to|与界限)", text)
