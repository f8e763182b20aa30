"""What may hold up the finder is marked, and the finder itself is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask

LANES = {
    "planner": [
        "coverage_api.coverage",
        "coverage_api.gaps",
        "coverage_api.sites",
        "planner.page",
        "planner.gap_table",
        "planner.cells",
        "planner.asked",
        "planner.chart",
        "planner.picture",
        "planner.table_file",
        "planner.report_file",
    ],
    "bulk": ["api.nearest_batch", "api.stations_geojson"],
}


def test_the_marks_outlast_what_is_wrapped_round_a_view(app: Flask) -> None:
    """The server reads them from the app, where those that are counted are wrapped."""
    found = {endpoint: getattr(view, "lane", None) for endpoint, view in app.view_functions.items()}
    assert {lane: sorted(name for name, its in found.items() if its == lane) for lane in LANES} == {
        lane: sorted(names) for lane, names in LANES.items()
    }


@pytest.mark.parametrize(
    "endpoint",
    ["api.nearest", "api.places", "embed.page", "finder.home", "finder.station", "health.readyz", "static"],
)
def test_the_finder_waits_in_no_lane(app: Flask, endpoint: str) -> None:
    """Nor do its pages, its files and what an operator asks."""
    assert getattr(app.view_functions[endpoint], "lane", None) is None
