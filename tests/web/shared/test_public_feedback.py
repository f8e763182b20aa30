"""Requests of workers as the planner sees them: counted where three on different networks asked, never fewer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locator import create_app
from locator.config import Settings
from locator.feedback.squares import cell_middle

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from locator.feedback.service import Feedback

HERE, THERE = (39.945, 116.44), (39.90, 116.385)


@pytest.fixture
def client(donghuamen: Path, tmp_path: Path, strangers_to: Callable[..., list[str]]) -> FlaskClient:
    """A service in which three ask for heating at one place and two for anything at another."""
    app = create_app(Settings(geodata=donghuamen, store=tmp_path / "store"))
    feedback: Feedback = app.extensions["locator.feedback"]
    for place, needs, n in ((HERE, ["heating"], 3), (THERE, [], 2)):
        lat, lon = cell_middle(*place)
        for address in strangers_to(feedback, f"{lat:.6f},{lon:.6f}", n):
            feedback.requests.add(*place, needs, "any", None, feedback.sender(address, "phone"))
    return app.test_client()


def test_only_places_where_three_asked_are_shown(client: FlaskClient) -> None:
    """One square, within 75 m of where they stood, with what they need."""
    (cell,) = client.get("/planner/asked.json").json
    assert (cell["count"], cell["answered"], cell["amenities"]) == (3, 0, {"heating": 3})
    assert abs(cell["lat"] - HERE[0]) < 7e-4
    assert abs(cell["lon"] - HERE[1]) < 9e-4


def test_they_are_a_demand_of_their_own(client: FlaskClient) -> None:
    """Three are to be served and none is: the nearest station is 3 km off. The people are counted as before."""
    found = client.get("/api/coverage?demand=requests").json
    assert (found["total"]["demand"], found["total"]["covered"]) == (3, 0)
    assert "requests" in found["provenance"]["demand_source"]
    assert client.get("/api/coverage").json["total"]["demand"] > 1_000_000


def test_the_page_says_how_many_asked_and_offers_the_choice(client: FlaskClient) -> None:
    """All five are counted; none has been answered."""
    page = client.get("/planner?demand=requests", headers={"Accept-Language": "en"}).text
    assert "Stations asked for by workers: 5; answered since: 0." in page
    assert '<option value="requests" selected>' in page


def test_too_few_requests_are_no_demand(donghuamen: Path, tmp_path: Path) -> None:
    """The message says so; a word that is none is refused by name."""
    client = create_app(Settings(geodata=donghuamen, store=tmp_path / "store")).test_client()
    answer = client.get("/api/coverage?demand=requests")
    assert answer.status_code == 422
    assert "people on three different networks" in answer.json["detail"]
    assert "people, requests" in client.get("/api/coverage?demand=everybody").json["detail"]
    assert client.get("/planner/asked.json").json == []


def test_where_nobody_can_ask_nothing_is_offered(donghuamen: Path) -> None:
    """Without a folder to write, the planner is as it was."""
    client = create_app(Settings(geodata=donghuamen)).test_client()
    assert 'name="demand"' not in client.get("/planner").text
    assert client.get("/planner/asked.json").json == []
