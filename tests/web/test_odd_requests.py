"""What no browser sends is refused in a sentence or passed over, at every route: never a 500."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from werkzeug.test import create_environ, run_wsgi_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from werkzeug.routing import Rule

    from .conftest import Desk

HOSTS = [
    "x" * 64,
    "x" * 300,
    "[::1",
    "evil.example:99999999",
    "<b>",
    "a b",
    "",
    "a..b",
    "xn--\xff",
    "\x00",
    "é",
    "xn--a",
]
ORIGINS = [
    "http://[bad",
    "http://[v1.x]",
    "//[",
    "null",
    "",
    ":",
    "http://localhost:99999999999999999999",
    "http://localhost:x",
    "https://localhost:x",
    "http://a\xe2\x84\x80b",
    "javascript:alert(1)",
    "\xff\xfe",
    "x" * 9000,
]
# The n-th of each are sent together: they are read in different places.
ODD_HEADERS: Mapping[str, list[str]] = {
    "Origin": ORIGINS,
    "Referer": ORIGINS,
    "Accept-Language": [
        "zh;q=9e999",
        "*;q=",
        "zh-" + "x" * 5000,
        ";;;,,,",
        "en;q=nan",
        "\xff\xfe",
        "zh;q=-1",
        "-",
        "zh-\x00",
    ],
    "Accept": [";;q=x", "\xff", "*/*;q=nan", "text/html;q=1e999", ",,,", "a/b/c", "/"],
    "Accept-Encoding": ["br;q=x", "gzip;q=nan", "\xff", ",", "br;q=1e999", "*;q=0"],
    "Content-Type": [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary="\xff"',
        "application/json; charset=none",
        "application/x-www-form-urlencoded; charset=utf-16",
        ";;;",
        "text/plain",
        "\x00",
        "application/json",
    ],
    "Cookie": ["steward=\xff; =;;;", "steward=.eJw", "steward=" + "x" * 4000, ";", "steward==", 'steward="'],
    "If-None-Match": ['"', "W/", "*", "\xff", 'W/"' + "x" * 5000],
    "If-Modified-Since": ["99999", "Mon, 99 Foo 99999 99:99:99 GMT", "\xff", "Thu, 01 Jan 0000 00:00:00 GMT"],
    "Range": ["bytes=9-1", "bytes=" + "9" * 400 + "-", "bytes=-", "bytes=a-b", "lines=1-2"],
    "User-Agent": ["", "\xff\x00", "x" * 9000],
    "Sec-Fetch-Site": ["\xff", "same-origin", ""],
    "X-Forwarded-For": ["unknown", "[bad", "1.2.3.4:5", "\xff", ",", "999.999.999.999", "::1%eth0"],
    "X-Forwarded-Proto": ["javascript", ",", "\xff", "https, https"],
    "X-Forwarded-Host": ["[bad", "x" * 64, "a b", "\xff", ",", ":", '"'],
    "X-Forwarded-Prefix": ["//evil.example", "x", "/a/../b", "\xff", "/", ","],
}
BODIES = [
    b"",
    b"\xff\xfe\x00",
    b'{"lat": 1e999, "lon": ' + b"9" * 5000 + b"}",
    b"[" * 2000,
    b"lat=" + b"9" * 5000,
    b"--\r\n\r\n",
]
NUMBERS = [
    "0",
    str(2**63 - 1),
    str(2**63),
    str(2**64),
    "9" * 400,
    "9" * 5000,
    "-1",
    "1e999",
    "NaN",
    "\u0663",
    "0x10",
    "1_0",
]
TEXTS = ["\x00", "..", "x" * 5000, "\udcff", "<b>", "%00", "a\r\nb: c", "{0}", "'", "\u2100"]
FIELDS = (
    "lat",
    "lon",
    "radius_m",
    "limit",
    "bbox",
    "v",
    "a",
    "b",
    "n",
    "radius",
    "zoom",
    "height",
    "center",
    "maxwidth",
    "url",
)
FIELDS += (
    "sites",
    "spacing",
    "target",
    "floor",
    "seed",
    "page",
    "q",
    "next",
    "number",
    "open_at",
    "lang",
    "datum",
    "kind",
)


@pytest.fixture(scope="module")
def desk(donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Give a desk at which Lin is signed in, where limits refuse nobody and faults are answered as to readers."""
    from .conftest import desk_over

    made = desk_over(donghuamen, tmp_path_factory.mktemp("odd") / "store", proxies=1)
    made.sign_in()
    made.app.testing = False
    for limiter in made.app.extensions["limiter"]:
        limiter.enabled = False
    return made


def status(app: Flask, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> int:
    """Send a request as a server hands it on, whatever is in it, and return the status of the answer."""
    environ = create_environ("/", method=method, input_stream=BytesIO(body))
    bare, _, query = path.partition("?")
    environ |= {"PATH_INFO": bare.encode(errors="surrogateescape").decode("latin1"), "QUERY_STRING": query}
    environ |= {"CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1"}
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key.startswith("CONTENT_") else f"HTTP_{key}"] = value
    answer, line, _ = run_wsgi_app(app, environ, buffered=True)
    b"".join(answer)
    return int(line[:3])


def asked(rule: Rule, value: str) -> str:
    """Write the path of a rule, with a value in the place of each of its variables."""
    return re.sub(r"<[^>]+>", lambda _: value, rule.rule)


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Give every rule with each of its methods."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD"}):
            yield rule, method


def test_odd_hosts(desk: Desk) -> None:
    """At every route, whether the client says it or the proxy."""
    *refused, odd = HOSTS
    for turn, (rule, method) in enumerate(rules(desk.app)):
        path = asked(rule, "1")
        for host in refused if path == "/" else [refused[turn % len(refused)]]:
            assert status(desk.app, path, method, Host=host) == 400, (path, host)
        assert status(desk.app, path, method, Host=odd) < 500, path
        assert status(desk.app, path, method, **{"X-Forwarded-Host": "x" * 64}) == 400, path


@pytest.mark.parametrize("turn", range(max(map(len, ODD_HEADERS.values()))))
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_odd_headers(desk: Desk, turn: int, scheme: str) -> None:
    """At every route and method, from somebody who is signed in and from others."""
    headers = {name: values[turn % len(values)] for name, values in ODD_HEADERS.items()}
    for extra in ({}, {"Cookie": f"steward={desk.cookie()}", "X-Forwarded-Host": "localhost"}):
        sent = headers | {"X-Forwarded-Proto": scheme, "X-Forwarded-Prefix": ""} | extra if extra else headers
        for rule, method in rules(desk.app):
            body = BODIES[turn % len(BODIES)]
            found = status(desk.app, asked(rule, "1"), method, body, **sent)
            assert found < 500, (rule.rule, method, sent)


@pytest.mark.parametrize("value", [*NUMBERS, *TEXTS])
def test_odd_values_in_paths_and_queries(desk: Desk, value: str) -> None:
    """In place of every variable of a path, and in every field that some page reads."""
    signed_in = {"Cookie": f"steward={desk.cookie()}"}
    escaped = quote(value, errors="surrogateescape")
    for rule, method in rules(desk.app):
        if "<" in rule.rule:
            assert status(desk.app, asked(rule, value), method, **signed_in) < 500, (rule.rule, method)
        elif method == "GET":
            query = "&".join(f"{name}={escaped}" for name in FIELDS)
            assert status(desk.app, f"{rule.rule}?{query}", **signed_in) < 500, rule.rule
    for name in FIELDS:  # together the first one that is refused hides the others
        for path in (
            "/api/nearest",
            "/embed",
            "/embed/builder",
            "/manage/versions/diff",
            "/oembed",
            "/api/coverage",
        ):
            assert status(desk.app, f"{path}?{name}={escaped}", **signed_in) < 500, (path, name)


@pytest.mark.parametrize("value", NUMBERS)
def test_odd_numbers_in_a_stewards_forms(desk: Desk, value: str) -> None:
    """With the token that lets the form in: 404 for a number that is nobody's."""
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', desk.get("/manage").text))
    form: dict[str, Any] = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"steward={desk.cookie()}",
    }
    body = f"csrf_token={quote(token)}&why=because".encode()
    for path in (f"/manage/queue/reports/{value}/accept", f"/manage/queue/requests/{value}/reject"):
        assert status(desk.app, path, "POST", body, **form) in (404, 422), path
    expected = (303,) if value == "0" else (404, 503)  # the list that the service came with can be gone back to
    assert status(desk.app, f"/manage/versions/{value}/back", "POST", body, **form) in expected


@pytest.mark.parametrize("referrer", ORIGINS)
def test_an_odd_referrer_of_a_stewards_form(desk: Desk, referrer: str) -> None:
    """Over https the form must come from a page of ours: what is no address is none of them."""
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', desk.get("/manage").text))
    form: dict[str, Any] = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"steward={desk.cookie()}",
    }
    body = f"csrf_token={quote(token)}&why=because".encode()
    sent = form | {"X-Forwarded-Proto": "https", "Referer": referrer}
    before = desk.store.numbers()
    assert status(desk.app, "/manage/stations/tw-1/retire", "POST", body, **sent) == 400
    assert desk.store.numbers() == before
