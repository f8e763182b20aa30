"""Signs of life, never kept by a cache."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from locator import create_app
from locator.config import Settings
from locator.stations.store import Store

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from locator.stations.catalog import Catalog


def test_the_process_answers(client: FlaskClient) -> None:
    """Whatever the data."""
    response = client.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})
    assert response.headers["Cache-Control"] == "no-store"


def test_the_data_are_told(client: FlaskClient, catalog: Catalog) -> None:
    """How many stations, and which version of them."""
    response = client.get("/readyz")
    assert response.get_json() == {
        "status": "ready",
        "data_version": catalog.version,
        "number": 0,
        "stations": 7,
        "damaged": [],
        "faults": [],
    }
    assert response.headers["Cache-Control"] == "no-store"


def test_a_file_of_reports_that_is_damaged_is_told(donghuamen: Path, tmp_path: Path) -> None:
    """Stations are answered, so that the service stays; what cannot be kept is said, without a path."""
    (tmp_path / "feedback.sqlite").write_bytes(b"no database" * 100)
    response = create_app(Settings(geodata=donghuamen, store=tmp_path)).test_client().get("/readyz")
    found = response.get_json()
    assert (response.status_code, found["status"], found["stations"]) == (200, "degraded", 7)
    assert [fault for fault in found["faults"] if "feedback.sqlite is damaged" in fault]
    assert str(tmp_path) not in response.text


def when(client: FlaskClient, status: str) -> dict[str, Any]:
    """Ask until the service, which looks twice a second, says so."""
    for _ in range(200):
        found: dict[str, Any] = client.get("/readyz").get_json()
        if found["status"] == status:
            return found
        time.sleep(0.05)
    pytest.fail(f"{status} is not said within 10 s")


def test_versions_that_cannot_be_listed_are_told(donghuamen: Path, tmp_path: Path) -> None:
    """What was loaded is served on, and it is said that there may be something newer, until they can be listed."""
    client = create_app(Settings(geodata=donghuamen, store=tmp_path)).test_client()
    (tmp_path / "versions").write_text("no folder")
    found = when(client, "degraded")
    assert found["stations"] == 7
    assert "What was published or reported since cannot be taken up" in found["faults"][0]
    (tmp_path / "versions").unlink()
    assert when(client, "ready")["faults"] == []


@pytest.fixture
def empty(donghuamen: Path, tmp_path: Path) -> Path:
    """Geodata with nothing in the three layers, as for a city of one's own from the start."""
    folder = copytree(donghuamen, tmp_path / "empty")
    for path in folder.glob("*_*.geojson"):
        path.write_bytes(orjson.dumps({"type": "FeatureCollection", "datum": "WGS84", "features": []}))
    return folder


def test_no_station_yet_is_told(empty: Path, tmp_path: Path) -> None:
    """Its answers are right: there is none."""
    response = create_app(Settings(geodata=empty, store=tmp_path / "store")).test_client().get("/readyz")
    found = response.get_json()
    assert (response.status_code, found["status"], found["stations"]) == (200, "degraded", 0)
    assert found["faults"] == [
        "There is no station. Publish a list, or name a folder with stations in LOCATOR_GEODATA."
    ]


def test_no_station_because_they_cannot_be_read_is_no_service(
    donghuamen: Path, empty: Path, tmp_path: Path
) -> None:
    """Were 503 not said, everybody would be told that there is no station within a kilometre."""
    store = Store(tmp_path / "store", empty)
    full = Store(tmp_path / "other", donghuamen)
    made = store.publish(full.contents(0), parent=0, who="Lin", why="first")
    (store.path(made.number) / "warm_stations.geojson").write_bytes(b"{}")
    response = create_app(Settings(geodata=empty, store=tmp_path / "store")).test_client().get("/readyz")
    found = response.get_json()
    assert (response.status_code, found["status"], found["stations"]) == (503, "unavailable", 0)
    assert "Version 1 is passed over" in found["damaged"][0]
    assert response.headers["Cache-Control"] == "no-store"


def test_stewards_who_cannot_sign_in_are_told(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    """The operator has to do something, and readers are answered."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "secret.key").write_bytes(b"half")
    found = make_desk().get("/readyz").get_json()
    assert found["status"] == "degraded"
    assert "secret.key is damaged. Delete it" in found["faults"][0]
