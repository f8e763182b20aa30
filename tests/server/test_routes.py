"""What each view of the application needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from locator.server.routes import Routes

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("POST", "/api/nearest", "finder"),
        ("GET", "/api/nearest", "finder"),
        ("GET", "/", "finder"),
        ("GET", "/stations/tw-1", "finder"),
        ("GET", "/static/app.css", "finder"),
        ("GET", "/nothing", "finder"),
        ("DELETE", "/api/nearest", "finder"),
        ("GET", "/stations//tw-1", "finder"),
        ("POST", "/api/nearest/batch", "bulk"),
        ("GET", "/api/stations.geojson", "bulk"),
        ("HEAD", "/api/stations.geojson", "bulk"),
        ("GET", "/planner", "planner"),
        ("GET", "/api/sites", "planner"),
        ("POST", "/requests", "writes"),
        ("POST", "/stations/tw-1/reports", "writes"),
    ],
)
def test_what_is_dear_has_a_lane_of_its_own(app: Flask, method: str, path: str, lane: str) -> None:
    """And the finder never waits behind it."""
    assert Routes(app).find(method, path).lane == lane


def test_what_no_view_says_is_as_usual(app: Flask) -> None:
    """1 MB, as the application itself takes."""
    routes = Routes(app)
    assert {routes.find("POST", path).most_body_bytes for path in ("/", "/api/nearest", "/none")} == {1_000_000}
