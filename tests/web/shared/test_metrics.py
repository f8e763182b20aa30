"""Figures for Prometheus: to machines inside alone, and of nobody in particular."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from locator import create_app
from locator.config import Settings
from locator.stations.catalog import Catalog

if TYPE_CHECKING:
    from flask.testing import FlaskClient


@pytest.fixture
def make(donghuamen: Path, tmp_path: Path) -> Callable[..., FlaskClient]:
    """Make a client of an app that counts, with settings of its own."""

    def make_client(**settings: object) -> FlaskClient:
        chosen = {"store": tmp_path / "store", "metrics": True, **settings}
        return create_app(Settings(geodata=donghuamen, **chosen)).test_client()  # type: ignore[arg-type]

    return make_client


def figures(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Read the figures as Prometheus does: by name, and the values of the labels by their names."""
    text = client.get("/metrics").text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_without_the_setting_there_are_none(client: FlaskClient, donghuamen: Path, tmp_path: Path) -> None:
    """No address, and not even the package is loaded."""
    assert client.get("/metrics").status_code == 404
    code = "import sys; from locator import create_app; create_app(); print('prometheus_client' in sys.modules)"
    environment = os.environ | {"LOCATOR_GEODATA": str(donghuamen), "LOCATOR_STORE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_the_version_and_what_waits_are_told(make: Callable[..., FlaskClient], catalog: Catalog) -> None:
    """As they are at the moment; what was stored is counted."""
    client = make()
    found = figures(client)
    assert found["locator_data_info", "0", catalog.version] == 1
    assert (found["locator_queue", "report"], found["locator_queue", "request"]) == (0, 0)
    assert client.post("/stations/tw-1/reports", data={"what": "open"}).status_code == 303
    wish = {"lat": "39.9", "lon": "116.4", "when": "any"}
    assert client.post("/requests", data=wish).status_code == 200
    assert client.post("/requests", data={**wish, "lat": "40.1"}).status_code == 200
    assert client.post("/requests", data={**wish, "lat": "400"}).status_code == 422
    found = figures(client)
    assert (found["locator_queue", "report"], found["locator_queue", "request"]) == (1, 2)
    assert (found["locator_written_total", "report"], found["locator_written_total", "request"]) == (1, 2)


def test_what_is_counted_is_said(make: Callable[..., FlaskClient]) -> None:
    """Answers by route and status with their time, refusals of the gate, and what is in its lanes."""
    client = make()
    counts = client.application.extensions["locator.metrics"]
    counts.answered("/stations/<station_id>", 200, 0.004)
    counts.answered("/stations/<station_id>", 404, 0.3)
    counts.refused("planner", HTTPStatus.SERVICE_UNAVAILABLE)
    with counts.inside("bulk"):
        found = figures(client)
    route = "/stations/<station_id>"
    assert found["locator_requests_total", route, "200"] == 1
    assert found["locator_requests_total", route, "404"] == 1
    assert found["locator_request_seconds_count", route] == 2
    assert found["locator_request_seconds_sum", route] == pytest.approx(0.304)
    assert found["locator_request_seconds_bucket", "0.005", route] == 1
    assert found["locator_request_seconds_bucket", "0.5", route] == 2
    assert found["locator_refused_total", "planner", "503"] == 1
    assert found["locator_lane_requests", "bulk"] == 1
    assert figures(client)["locator_lane_requests", "bulk"] == 0


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        ("192.168.7.7", {}, 200),
        ("fd00::7", {}, 200),
        ("::1", {}, 200),
        ("::ffff:10.1.2.3", {}, 200),
        ("8.8.8.8", {}, 403),
        ("::ffff:8.8.8.8", {}, 403),
        ("2400:3200::1", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "8.8.8.8"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "10.1.2.3"}, 403),
        ("127.0.0.1", {"Forwarded": "for=10.1.2.3"}, 403),
    ],
)
@pytest.mark.parametrize("proxies", [0, 1])
def test_they_are_for_machines_inside(
    make: Callable[..., FlaskClient], proxies: int, address: str, headers: dict[str, str], status: int
) -> None:
    """Not for the internet, and not for whoever asks a proxy, which has an inside address itself."""
    client = make(proxies=proxies, public_url="https://stations.example")
    response = client.get(
        "/metrics",
        headers={"Host": "10.0.0.5:8000", "Accept-Language": "en", **headers},
        environ_overrides={"REMOTE_ADDR": address},
    )
    assert response.status_code == status
    assert ("These figures are for machines inside" in response.text) == (status == 403)
    assert ("locator_data_info" in response.text) == (status == 200)


def test_a_file_of_reports_that_cannot_be_read_takes_nothing_else_away(
    make: Callable[..., FlaskClient], tmp_path: Path, catalog: Catalog
) -> None:
    """What waits is then not known, and not said to be none."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "feedback.sqlite").write_bytes(b"no database" * 100)
    found = figures(make())
    assert found["locator_data_info", "0", catalog.version] == 1
    assert not [name for name in found if name[0] == "locator_queue"]


def test_without_a_store_nothing_waits(make: Callable[..., FlaskClient]) -> None:
    """There is no queue to tell about."""
    assert not [name for name in figures(make(store=None)) if name[0] == "locator_queue"]
