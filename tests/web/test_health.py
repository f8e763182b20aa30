"""Signs of life, never kept by a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    }
    assert response.headers["Cache-Control"] == "no-store"
