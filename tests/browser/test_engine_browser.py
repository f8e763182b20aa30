"""The phone's own answers in a real browser, from a real server's documents; tests/js/test_engine.py asks more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from locator.cli.finding import write_sample
from locator.stations.catalog import Catalog
from locator.stations.geodata import load_geodata
from locator.stations.hours import STATION_TIMEZONE
from tests.browser.conftest import running
from tests.js.test_engine import ASK, HERE, SATURDAY, assert_same, documents, random_questions, served

FETCH = """async ([questions, lang]) => {
  const get = (url) => fetch(url).then((response) => response.json());
  const urls = ["stations.compact", "hours", "names"].map((name) => `/api/${name}.json?lang=${lang}`);
  const [compact, hours, names] = await Promise.all(urls.map(get));
  const engine = locator.engine.open(compact, hours);
  engine.addNames(names);
  return Promise.all(questions.map(async (question) => {
    const body = { lat: question.lat, lon: question.lon, radius: question.radius_m, limit: question.limit, lang,
      kind: question.kinds, amenity: question.amenities, open_at: question.open_at };
    const headers = { "Content-Type": "application/json" };
    const options = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch("/api/nearest", options).then((response) => response.json());
    return [engine.nearest(question), answer];
  }));
}"""


@pytest.fixture(scope="module")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Geodata folder of a synthetic city of 9,650 stations."""
    folder = tmp_path_factory.mktemp("city")
    write_sample("beijing", 1, folder)
    return folder


@pytest.fixture(scope="module")
def site(city_folder: Path) -> Iterator[str]:
    """Address of a server with that city."""
    with running(city_folder) as address:
        yield address


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    """A page of the site with the engine, on a device that is not on the stations' time."""
    page = visit("/about")
    page.add_script_tag(url="/static/finder/engine.js")
    return page


def test_forty_questions_have_the_servers_answers(page: Page, city_folder: Path) -> None:
    """In a browser too, whose device keeps another time than the stations."""
    city = Catalog(load_geodata(city_folder))
    questions = random_questions(city, 40, 8)
    found = page.evaluate(ASK, [*documents(city, SATURDAY, "zh"), json.dumps(questions)])
    for question, answer in zip(questions, json.loads(found), strict=True):
        assert_same(answer, served(city, question, "zh"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_documents_of_the_server_answer_as_the_server(page: Page, lang: str) -> None:
    """Fetched by the page itself, today; asked for this evening, both answer the same."""
    evening = f"{datetime.now(STATION_TIMEZONE):%Y-%m-%d}T19:45"
    anything: dict[str, Any] = {"kinds": [], "amenities": [], "open_at": evening}
    warm_seats = {"kinds": ["warm_station"], "amenities": ["seats"]}
    questions = [
        {**anything, **HERE, "radius_m": 1000, "limit": 10},
        {**anything, **HERE, "radius_m": 500, "limit": 100, **warm_seats},
        {**anything, "lat": 31.2, "lon": 121.5, "radius_m": 20_000, "limit": 1},
    ]
    pairs = page.evaluate(FETCH, [questions, lang])
    for mine, theirs in pairs:
        assert_same(mine, theirs)
    assert len(pairs[0][0]["stations"]) == 10
