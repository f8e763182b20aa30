"""Every response keeps a visitor safe: strict headers, no cookie, nothing told of the inside."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locator import create_app
from locator.config import Settings

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ROOT = str(Path(__file__).resolve().parents[2])
PAGES = ["/", "/map", "/about", "/stations/tw-1", "/stations/tw-5", "/api/docs", "/?lang=en"]
ANSWERS = [
    "/api/nearest?lat=39.9155&lon=116.405",
    "/api/stations/tw-5",
    "/api/stations.geojson",
    "/api/stations.compact.json",
    "/api/districts.geojson",
    "/api/openapi.json",
    "/static/shared/map.js",
    "/healthz",
    "/readyz",
]
REFUSALS = [
    "/nothing",
    "/stations/nothing",
    "/api/nothing",
    "/api/nearest?lat=116&lon=39",
    "/api/stations/nothing",
    "/static/no",
]


class Tags(HTMLParser):
    """The tags of a page with their attributes, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one tag."""
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def policy(client: FlaskClient, path: str) -> dict[str, list[str]]:
    """Return the content security policy of a page, directive by directive."""
    header = client.get(path).headers["Content-Security-Policy"]
    directives = [part.split() for part in header.split(";")]
    return {name: sources for name, *sources in directives}


@pytest.mark.parametrize("path", [*PAGES, *ANSWERS, *REFUSALS])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_every_response_has_the_headers(client: FlaskClient, path: str, method: str) -> None:
    """Pages, answers, files and refusals, each header once; and never a cookie."""
    with client.open(path, method=method) as response:
        headers = response.headers
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert headers.getlist("Referrer-Policy") == ["strict-origin-when-cross-origin"]
    assert "geolocation=(self)" in headers["Permissions-Policy"]
    assert headers.getlist("X-Frame-Options") == ["DENY"]
    assert "Set-Cookie" not in headers
    assert "Access-Control-Allow-Credentials" not in headers
    is_open = path.startswith(("/api/", "/static/"))
    assert headers.getlist("Access-Control-Allow-Origin") == ["*"] * is_open
    assert headers.getlist("Cross-Origin-Resource-Policy") == ["cross-origin" if is_open else "same-origin"]


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/stations/nothing"])
def test_a_page_runs_only_what_is_ours(client: FlaskClient, path: str) -> None:
    """Nothing by default; scripts and styles from here or of a known text; no inline, no eval, no frame."""
    found = policy(client, path)
    assert found["default-src"] == ["'none'"]
    for name in ("script-src", "style-src"):
        own, *hashes = found[name]
        assert own == "'self'"
        assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", digest) for digest in hashes)
        assert len(hashes) <= 1
    assert found["connect-src"] == ["'self'"]
    assert found["frame-ancestors"] == found["base-uri"] == ["'none'"]
    assert found["form-action"] == ["'self'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & {
        source for sources in found.values() for source in sources
    }


@pytest.mark.parametrize("path", [*PAGES, "/embed", "/embed?theme=dark", "/nothing", "/planner", "/offline"])
def test_the_policy_names_the_inline_elements_of_its_page_and_no_others(client: FlaskClient, path: str) -> None:
    """By the SHA-256 of their texts, worked out here from the page as it came, also the second time it is sent."""
    for _ in range(2):
        response = client.get(path)
        found = policy(client, path)
        for tag, name in (("script", "script-src"), ("style", "style-src")):
            texts = re.findall(rf"<{tag}>(.*?)</{tag}>", response.text, re.DOTALL)
            digests = [b64encode(sha256(text.encode()).digest()).decode() for text in texts]
            assert sorted(found[name][1:]) == sorted(f"'sha256-{digest}'" for digest in digests)
    others = [attrs for tag, attrs in Tags(response.text).found if tag in ("script", "style") and attrs]
    assert all("src" in attrs or attrs.get("type") == "application/json" for attrs in others)


@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
def test_no_markup_carries_a_script_or_a_style(client: FlaskClient, path: str) -> None:
    """No handler, no style and no javascript: address; the policy would refuse them."""
    for _tag, attrs in Tags(client.get(path).text).found:
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
        assert not [value for value in attrs.values() if value.strip().lower().startswith("javascript:")]


@pytest.mark.parametrize(
    ("tiles", "images"),
    [
        ("none", ["'self'", "data:"]),
        ("osm", ["'self'", "data:", "https://tile.openstreetmap.org"]),
    ],
)
def test_images_come_from_here_and_from_the_base_map(donghuamen: Path, tiles: str, images: list[str]) -> None:
    """No other host is asked for anything."""
    client = create_app(Settings(geodata=donghuamen, tiles=tiles)).test_client()
    assert policy(client, "/map")["img-src"] == images


@pytest.mark.parametrize("path", [*PAGES, *REFUSALS])
def test_a_page_names_no_other_host_to_load_from(client: FlaskClient, path: str) -> None:
    """Scripts, styles and images are ours."""
    with client.get(path) as response:
        tags = Tags(response.text).found
    loaded = [
        attrs.get("src") or attrs.get("href", "")
        for tag, attrs in tags
        if tag in ("script", "img", "link", "iframe") and attrs.get("rel") != "alternate"
    ]
    assert not [address for address in loaded if re.match(r"(https?:)?//", address)]


@pytest.mark.parametrize("path", ["/boom", "/api/boom"])
def test_a_fault_of_ours_tells_nothing_of_the_inside(app: Flask, path: str) -> None:
    """500 with a sentence: no trace, no message of the fault, no path."""

    @app.get(path)
    def boom() -> str:
        raise RuntimeError("secret of /srv/locator/stations.py")

    app.testing = False
    response = app.test_client().get(path)
    assert response.status_code == 500
    assert not re.search(r"secret|Traceback|RuntimeError|/srv|\.py", response.text)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    expected = "application/problem+json" if path.startswith("/api/") else "text/html"
    assert response.mimetype == expected


@pytest.mark.parametrize("path", [*REFUSALS, "/api/stations.geojson?bbox=x", "/api/stations/%3Cscript%3E"])
def test_a_refusal_tells_nothing_of_the_inside(client: FlaskClient, path: str) -> None:
    """No trace and no path of the machine."""
    response = client.get(path)
    assert 400 <= response.status_code < 500
    assert not re.search(r"Traceback|site-packages|\.py\b|locator\.", response.text)
    assert ROOT not in response.text


@pytest.mark.parametrize("path", ["/stations/%3Cimg%20src=x%20onerror=alert(1)%3E", "/%3Cscript%3E"])
def test_an_address_is_never_markup(client: FlaskClient, path: str) -> None:
    """What stands in it is shown as text, or not at all."""
    response = client.get(path)
    assert response.status_code == 404
    assert "<img src=x" not in response.text
    assert "<script>" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../pyproject.toml",
        "/static/%2e%2e/locator/config.py",
        "/static/%2fetc/passwd",
        "/vendor/leaflet/../../flask",
    ],
)
def test_no_file_outside_the_served_folders_is_sent(client: FlaskClient, path: str) -> None:
    """Dots and slashes lead nowhere."""
    response = client.get(path, follow_redirects=True)
    assert response.status_code == 404
