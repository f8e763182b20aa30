"""The site for nginx that the README has, taken from there, in front of a real service."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from werkzeug.security import generate_password_hash

from .conftest import Proxy, blocks, proxied, running

HOST = "stations.example"
SENTENCE = "a warm room for everyone"
UNTRUSTED = ssl.create_default_context()
UNTRUSTED.check_hostname = False
UNTRUSTED.verify_mode = ssl.CERT_NONE


@dataclass(frozen=True)
class Site:
    """The proxy, and what the service wrote."""

    proxy: Proxy
    log: Path

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        *,
        source: str = "127.0.0.1",
        **headers: str,
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Ask over TLS; give the status, the headers and the answer."""
        link = http.client.HTTPSConnection(
            "127.0.0.1", self.proxy.https, timeout=30, context=UNTRUSTED, source_address=(source, 0)
        )
        sent = {"Host": HOST, "Accept-Language": "en"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        link.request(method, path, body, sent)
        response = link.getresponse()
        found = response.status, response.headers, response.read().decode()
        link.close()
        return found


@pytest.fixture(scope="module")
def site(
    nginx: str, certificate: tuple[Path, Path], donghuamen: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The README's site in front of the service as the README starts it."""
    (text,) = blocks("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    settings = {
        "LOCATOR_PROXIES": "1",
        "LOCATOR_PUBLIC_URL": f"https://{HOST}",
        "LOCATOR_STORE": str(folder / "store"),
        "LOCATOR_ADMIN_PASSWORD_HASH": generate_password_hash(SENTENCE, method="pbkdf2:sha256:1"),
    }
    with ExitStack() as stack:
        address = stack.enter_context(running(donghuamen, log=folder / "service.log", **settings))
        proxy = stack.enter_context(proxied(nginx, text, address, certificate, folder))
        yield Site(proxy, folder / "service.log")


def test_plain_http_leads_to_https(site: Site) -> None:
    """With the path and the query."""
    link = http.client.HTTPConnection("127.0.0.1", site.proxy.http, timeout=10)
    link.request("GET", "/map?lang=en", headers={"Host": HOST})
    response = link.getresponse()
    assert (response.status, response.headers["Location"]) == (301, f"https://{HOST}/map?lang=en")
    link.close()


def test_pages_speak_of_https_alone(site: Site) -> None:
    """Browsers are told to stay there, and no line for other pages has an http address that they would block."""
    for path in ("/", "/map", "/stations/tw-1", "/embed/builder", "/api/docs", f"/oembed?url=https://{HOST}/map"):
        status, headers, text = site.ask(path)
        assert status == 200, path
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        assert f"https://{HOST}/" in text.replace("%3A", ":").replace("%2F", "/"), path
        assert f"http://{HOST}" not in text
        assert f"http%3A%2F%2F{HOST}" not in text


def test_another_host_is_refused(site: Site) -> None:
    """With the address that is meant; what a client says of a proxy is not believed."""
    status, _, text = site.ask("/", Host="evil.example")
    assert status == 421
    assert f"This service is at https://{HOST}" in text
    said = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http", "X_Forwarded_Prefix": "/evil"}
    status, _, text = site.ask("/", **said)
    assert status == 200
    assert "evil" not in text


def test_each_reader_is_counted_by_the_own_address(site: Site) -> None:
    """Not all as one, and nobody as somebody else: a header of the reader's own changes nothing."""
    batch, kind = json.dumps({"points": [[116.405, 39.9155]]}).encode(), {"Content_Type": "application/json"}

    def ask(source: str, said: str) -> int:
        return site.ask("/api/nearest/batch", "POST", batch, source=source, X_Forwarded_For=said, **kind)[0]

    asked = [ask("127.0.0.2", f"203.0.113.{number}") for number in range(61)]
    assert asked == [200] * 60 + [429]
    assert ask("127.0.0.3", "127.0.0.2") == 200


def test_no_log_has_an_address_or_a_position(site: Site) -> None:
    """Of readers who are answered, who are refused, and whose requests fail."""
    query = "lat=39.91551&lon=116.40502"
    assert site.ask(f"/api/nearest?{query}", source="127.0.0.9")[0] == 200
    assert site.ask(f"/api/nearest?{query}&limit=x", source="127.0.0.9")[0] == 422
    assert site.ask(f"/metrics?{query}", source="127.0.0.9")[0] == 404
    assert site.ask(f"/?{query}", "POST", bytes(2_000_000), source="127.0.0.9")[0] == 413
    for _ in range(50):
        if "/metrics 404" in site.proxy.log("stations.access.log"):
            break
        time.sleep(0.05)
    written = (
        site.proxy.log("stations.access.log") + site.proxy.log("stations.error.log") + site.proxy.log("main.log")
    )
    assert " GET /api/nearest 200 " in written
    for text in (written, site.log.read_text(encoding="utf-8")):
        assert "39.9155" not in text
        assert "127.0.0.9" not in text


def test_only_lists_may_be_large(site: Site) -> None:
    """Two megabytes are too much for a form of a reader's, and reach the stewards' page."""
    body, kind = bytes(2_000_000), {"Content_Type": "application/octet-stream"}
    assert site.ask("/requests", "POST", body, **kind)[0] == 413
    status, headers, _ = site.ask("/manage/import", "POST", body, **kind)
    assert status == 303
    assert headers["Location"].startswith("/manage/sign-in")


def test_forms_that_come_slowly_stop_nobody(site: Site) -> None:
    """A hundred bodies that never end are kept by the proxy; the service does not hear of them."""
    kind = "Content-Type: application/json\r\nContent-Length: 99"
    head = f"POST /api/nearest HTTP/1.1\r\nHost: {HOST}\r\n{kind}\r\n\r\n{{"
    with ExitStack() as stack:
        for _ in range(100):
            plain = stack.enter_context(socket.create_connection(("127.0.0.1", site.proxy.https), timeout=10))
            link = stack.enter_context(UNTRUSTED.wrap_socket(plain, server_hostname=HOST))
            link.sendall(head.encode())
        assert [site.ask("/api/nearest?lat=39.9155&lon=116.405")[0] for _ in range(20)] == [200] * 20


def test_stewards_sign_in_over_https(site: Site) -> None:
    """With a cookie that browsers send over https alone."""
    _, headers, text = site.ask("/manage/sign-in")
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', text)
    form = urlencode({"csrf_token": token, "name": "Lin", "password": SENTENCE}, quote_via=quote).encode()
    sent: Mapping[str, str] = {
        "Content_Type": "application/x-www-form-urlencoded",
        "Cookie": headers["Set-Cookie"].partition(";")[0],
        "Referer": f"https://{HOST}/manage/sign-in",
    }
    status, headers, _ = site.ask("/manage/sign-in", "POST", form, **sent)
    assert (status, headers["Location"]) == (303, "/manage")
    assert "Secure" in headers["Set-Cookie"]
    refused = site.ask("/manage/sign-in", "POST", form, **{**sent, "Referer": "https://evil.example/"})
    assert refused[0] == 400


def test_metrics_are_not_for_readers(site: Site) -> None:
    """They are for machines inside."""
    assert site.ask("/metrics")[0] == 404
