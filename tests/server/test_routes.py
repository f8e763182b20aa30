"""What each view of the application needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locator import create_app
from locator.config import Settings
from locator.server.routes import Routes

if TYPE_CHECKING:
    from flask import Flask


SETTINGS = Settings(geodata=Path())


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("POST", "/api/nearest", "finder"),
        ("GET", "/api/nearest", "finder"),
        ("GET", "/", "finder"),
        ("GET", "/stations/tw-1", "finder"),
        ("GET", "/static/shared/app.css", "finder"),
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
    assert Routes(app, SETTINGS).find(method, path).lane == lane


@pytest.mark.parametrize(
    ("path", "most_body_bytes"), [("/", 8_192), ("/api/nearest", 8_192), ("/api/nearest/batch", 1_000_000)]
)
def test_only_what_needs_it_may_be_large(app: Flask, path: str, most_body_bytes: int) -> None:
    """10,000 positions are 400 kB; a question about one is a hundred bytes."""
    assert Routes(app, SETTINGS).find("POST", path).most_body_bytes == most_body_bytes


def test_a_path_before_it_is_no_way_round(donghuamen: Path) -> None:
    """Where the service is put under a path, what is dear is dear there too."""
    settings = Settings(geodata=donghuamen, public_url="https://union.example/map")
    routes = Routes(create_app(settings), settings)
    assert {routes.find("GET", path).lane for path in ("/map/planner", "/planner")} == {"planner"}
    assert routes.find("GET", "/map/map").lane == "finder"
    assert routes.find("GET", "/map/暖\ufffd").lane == "finder"
