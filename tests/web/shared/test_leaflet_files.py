"""Leaflet's files come from the installed packages, and nothing else does."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from locator.web.shared.leaflet_files import vendor_url

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("package", "name", "mimetype", "word"),
    [
        ("leaflet", "leaflet.js", "text/javascript", b"Leaflet 1.9"),
        ("leaflet", "leaflet.css", "text/css", b".leaflet-container"),
        ("leaflet", "images/layers.png", "image/png", b"PNG"),
        ("markercluster", "leaflet.markercluster.js", "text/javascript", b"MarkerClusterGroup"),
        ("markercluster", "MarkerCluster.css", "text/css", b".leaflet-cluster-anim"),
    ],
)
def test_a_file_of_a_package_is_sent_for_a_year(
    client: FlaskClient, package: str, name: str, mimetype: str, word: bytes
) -> None:
    """What a map needs is there, with its type, and need not be asked for again."""
    with client.get(f"/vendor/{package}/{name}") as response:
        assert response.status_code == 200
        assert response.mimetype == mimetype
        assert word in response.data
        assert response.cache_control.max_age == 31_536_000


def test_the_address_changes_with_the_version(app: Flask) -> None:
    """A new version of the package is not hidden by a year of caching."""
    with app.test_request_context():
        url = vendor_url("leaflet", "leaflet.js")
    assert url == f"/vendor/leaflet/leaflet.js?v={version('django-js-lib-leaflet')}"


@pytest.mark.parametrize(
    "path",
    [
        "/vendor/flask/app.py",
        "/vendor/leaflet/",
        "/vendor/leaflet/nothing.js",
        "/vendor/leaflet/../../__init__.py",
        "/vendor/leaflet/..%2f..%2f__init__.py",
        "/vendor/leaflet/%2e%2e/%2e%2e/apps.py",
        "/vendor/leaflet//etc/passwd",
        "/vendor/markercluster/../__init__.py",
        "/vendor/../locator/config.py",
    ],
)
def test_nothing_outside_the_two_folders_is_sent(client: FlaskClient, path: str) -> None:
    """Neither another package nor a way out of the folder."""
    response = client.get(path, follow_redirects=True)
    assert response.status_code == 404
    assert response.mimetype == "text/html"


def test_every_file_that_the_stylesheet_names_is_there(client: FlaskClient) -> None:
    """Leaflet's style sheet finds its images beside it."""
    with client.get("/vendor/leaflet/leaflet.css") as response:
        names = set(re.findall(r"url\((images/[^)]+)\)", response.text))
    assert names
    for name in names:
        with client.get(f"/vendor/leaflet/{name}") as response:
            assert response.status_code == 200
