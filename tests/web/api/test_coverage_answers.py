"""The planner's API: the same words as the page, checked against distances that Geod gives."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyproj import Geod

from locator import create_app
from locator.config import Settings

if TYPE_CHECKING:
    from flask.testing import FlaskClient

GEOD = Geod(ellps="WGS84")
PEOPLE = "demand_id,weight,lat,lon\na,10,39.92,116.405\nb,30,39.95,116.405\nc,60,39.82,116.34\n"


@pytest.fixture
def client(donghuamen: Path, tmp_path: Path) -> FlaskClient:
    """Serve the seven stations to a planner with three demand points."""
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    app = create_app(Settings(geodata=donghuamen, demand=path))
    app.testing = True
    return app.test_client()


def test_coverage_says_who_is_served(client: FlaskClient) -> None:
    """Ten of a hundred are at a station; the answer says by what it was measured."""
    found = client.get("/api/coverage").json
    assert found["total"]["share"] == pytest.approx(0.1)
    assert found["total"]["beyond"][0] == [1000, 90]
    assert found["provenance"]["radius_m"] == 1000
    assert found["provenance"]["demand_source"] == "people.csv"
    assert len(found["share_by_hour"]) == 168


def test_a_larger_radius_covers_more(client: FlaskClient) -> None:
    """The radius at which the second point is served is the geodesic to its nearest station."""
    stations = [
        feature["geometry"]["coordinates"] for feature in client.get("/api/stations.geojson").json["features"]
    ]
    nearest_m = min(GEOD.inv(116.405, 39.95, *there)[2] for there in stations)
    shares = [
        client.get(f"/api/coverage?radius={radius_m:.3f}").json["total"]["share"]
        for radius_m in (nearest_m - 0.01, nearest_m + 0.01)
    ]
    assert shares == [pytest.approx(0.1), pytest.approx(0.4)]


def test_an_amenity_nobody_offers_covers_nobody(client: FlaskClient) -> None:
    """No station is known to have a washing machine; what is not there has no distance."""
    total = client.get("/api/coverage?amenity=washing_machine").json["total"]
    assert (total["share"], total["stations"], total["median_m"]) == (0, 0, None)


def test_a_scenario_in_the_address(client: FlaskClient) -> None:
    """A station added at the third point covers its sixty; the ten at the removed one are near another still."""
    found = client.get("/api/coverage?add=39.82,116.34&remove=tw-2").json
    assert found["before"]["covered"] == 10
    assert found["total"]["covered"] == 70
    assert found["provenance"]["data_version"].partition("+")[2].startswith("scenario")


def test_gaps_are_ranked_by_persons(client: FlaskClient) -> None:
    """Most persons first, and no more than asked for."""
    found = client.get("/api/gaps.geojson?limit=1").json
    assert len(found["features"]) == 1
    assert found["gaps"] >= 1
    assert found["features"][0]["properties"]["persons"] == pytest.approx(90)


def test_sites_are_chosen_and_proven(client: FlaskClient) -> None:
    """On a grid of 500 m one site serves the sixty."""
    found = client.get("/api/sites?n=1&spacing=500").json
    assert (found["sites"][0]["gain"], found["status"]) == (60, "proven")
    site = found["sites"][0]
    assert GEOD.inv(116.34, 39.82, site["lon"], site["lat"])[2] <= 1000


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/api/coverage?radius=0", "radius must be above 0"),
        ("/api/coverage?radious=5", "no field 'radious'"),
        ("/api/coverage?kind=tavern", "'tavern' is not known"),
        ("/api/coverage?tier=heaven", "'heaven' is not known"),
        ("/api/coverage?add=39.9", "lat,lon or lat,lon,kind"),
        ("/api/coverage?add=139.9,116", "Latitude"),
        ("/api/coverage?add=" + ";".join(["39.9,116.4"] * 251), "at most 250 stations"),
        ("/api/coverage?remove=nobody", "nobody"),
        ("/api/sites", "how many sites are wanted"),
        ("/api/sites?n=0", "whole number from 1 to 200"),
        ("/api/sites?n=1.5", "whole number"),
        ("/api/sites?n=3&target=0.5", "Drop one"),
        ("/api/sites?target=1.5", "share above 0 and at most 1"),
        ("/api/sites?n=1&spacing=10", "whole number from 500 to 5000"),
        ("/api/sites?n=1&by_hours=maybe", "1 for yes or 0 for no"),
        ("/api/gaps.geojson?limit=1000", "from 1 to 100"),
    ],
)
def test_what_cannot_be_answered_is_said(client: FlaskClient, address: str, said: str) -> None:
    """Value, rule and remedy, as problem details."""
    answer = client.get(address)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert said in answer.json["detail"]


def test_the_same_question_is_answered_from_what_is_kept(client: FlaskClient) -> None:
    """A second reader gets the same bytes, or only word that nothing changed."""
    first = client.get("/api/coverage?kind=warm_station")
    again = client.get("/api/coverage?kind=warm_station", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_crowd_is_told_to_come_again(client: FlaskClient) -> None:
    """While one answer is worked out and another waits, a third is refused at once; kept ones are still given."""
    kept = client.get("/api/coverage")
    studies = client.application.extensions["locator.live"].served.studies
    busy, done = threading.Event(), threading.Event()

    def work() -> None:
        busy.set()
        done.wait(10)

    first = threading.Thread(target=lambda: studies.once("first", work))
    first.start()
    assert busy.wait(10)
    second = threading.Thread(target=lambda: studies.once("second", lambda: None))
    second.start()
    while studies._slots._value:
        pass
    try:
        refused = client.get("/api/coverage?radius=777")
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "busy" in refused.json["detail"]
        assert client.get("/api/coverage").data == kept.data
    finally:
        done.set()
        first.join()
        second.join()
    assert client.get("/api/coverage?radius=777").status_code == 200


@pytest.mark.parametrize(("radius", "status"), [("5000", 200), ("5000.5", 422), ("20000", 422)])
def test_one_question_has_a_ceiling(client: FlaskClient, radius: str, status: int) -> None:
    """5 km are an hour on foot; the command line takes more."""
    answer = client.get(f"/api/coverage?radius={radius}")
    assert answer.status_code == status
    if status == 422:
        assert "at most 5000 metres here" in answer.json["detail"]
        assert "locator coverage --radius" in answer.json["detail"]


def test_an_operators_own_radius_is_never_too_large(donghuamen: Path) -> None:
    """Whoever sets 8 km may ask for 8 km, and for no more."""
    client = create_app(Settings(geodata=donghuamen, radius_m=8000)).test_client()
    assert [client.get(f"/api/coverage{query}").status_code for query in ("", "?radius=8000", "?radius=8001")] == [
        200,
        200,
        422,
    ]
