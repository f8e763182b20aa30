"""The address that people know the service by: under a path, behind proxies, and whatever a request says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from locator import create_app
from locator.config import Settings
from locator.web.shared.service_address import here, is_host, is_same_origin, path_here, public_url

if TYPE_CHECKING:
    from flask.testing import FlaskClient

PROXY = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "www.example.org"}
UNDER = {**PROXY, "X-Forwarded-Prefix": "/stations"}
PAGES = ("/", "/map", "/about", "/planner", "/stations/tw-1", "/embed", "/embed/builder", "/api/docs", "/offline")
ADDRESS = re.compile(r'(?:href|src|action)="(/[^"]*)"|"(/[^"\\]*)"')


@pytest.fixture
def make(donghuamen: Any) -> Callable[..., FlaskClient]:
    """Make a client of an app with settings of its own."""
    return lambda **settings: create_app(Settings(geodata=donghuamen, **settings)).test_client()


def discovery(client: FlaskClient, path: str = "/", **options: Any) -> str:
    """Return where a page says that oEmbed is to be asked."""
    (found,) = re.findall(r'json\+oembed" href="([^"]+)"', client.get(path, **options).text)
    return str(found)


def ask(client: FlaskClient, path: str, host: str | None) -> tuple[int, str]:
    """Ask for a page of a host that the client itself would not take; give the status and the answer."""
    environ = create_environ(path, headers={"Accept-Language": "en"}) | {"HTTP_HOST": host}
    if host is None:
        del environ["HTTP_HOST"]
    body, status, _ = run_wsgi_app(client.application, environ)
    return int(status[:3]), b"".join(body).decode()


# What is a host


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "stations.example:8443",
        "STATIONS.example.",
        "xn--fiqs8s.xn--fiqs8s",
        "my_app",
        "192.0.2.1:80",
        "[2001:db8::1]",
        "[::ffff:192.0.2.1]:65535",
        "x" * 63 + ".example",
    ],
)
def test_a_host_is_a_name_or_an_address(make: Callable[..., FlaskClient], host: str) -> None:
    """With a port or without; upstreams of nginx may have an underscore."""
    assert is_host(host)
    assert make().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "x" * 64,
        "x" * 300,
        "x." * 127 + "xx",
        "x" * 62 + ":8000",
        "a..b",
        ".example",
        "[::1",
        "::1",
        "[::1]x",
        "[12345::]",
        "[::1]:65536",
        "evil.example:99999999",
        "evil.example:65536",
        "evil.example:x",
        "evil.example:",
        "<b>",
        "a b",
        "a,b",
        "user@evil.example",
        "evil.example/path",
        "evil.example?x",
        "é.example",
        "evil\x00.example",
    ],
)
@pytest.mark.parametrize("path", ["/", "/healthz", "/api/nearest?lat=39.9&lon=116.4", "/nothing", "/map"])
def test_what_is_none_is_refused_in_a_sentence(make: Callable[..., FlaskClient], host: str, path: str) -> None:
    """400, as a page or for a program; the sentence names the value and the rule."""
    assert not is_host(host)
    status, said = ask(make(), path, host)
    assert status == 400
    assert "cannot be used. It is a name such as stations.example" in said


def test_a_host_with_markup_is_text(make: Callable[..., FlaskClient]) -> None:
    """The page that refuses it shows it as it is."""
    _, said = ask(make(), "/", "<script>alert(1)</script>")
    assert "<script>alert" not in said
    assert "&lt;script&gt;alert" in said


def test_without_a_host_a_first_page_is_given(make: Callable[..., FlaskClient]) -> None:
    """As programs that speak HTTP/1.0 ask."""
    assert ask(make(), "/", None)[0] == 200


# Comparing


@pytest.mark.parametrize(
    ("base", "origin", "is_same"),
    [
        ("http://localhost", "http://localhost", True),
        ("http://localhost", "http://LOCALHOST:80", True),
        ("https://a.example", "https://a.example:443", True),
        ("http://a.example:8000", "http://a.example:8000", True),
        ("http://[::1]:8000", "http://[::1]:8000", True),
        ("http://localhost", "http://localhost:81", False),
        ("http://localhost", "http://localhost.evil.example", False),
        ("http://localhost", "null", False),
        ("http://localhost", "", False),
        ("http://localhost", "http://[bad", False),
        ("http://localhost", "http://[v1.x]", False),
        ("http://localhost", "http://user@localhost", False),
        ("http://localhost", "http://localhost\u2100", False),
    ],
)
def test_an_origin_is_ours_or_another(
    make: Callable[..., FlaskClient], base: str, origin: str, is_same: bool
) -> None:
    """The usual port may be said; what cannot be read is another's."""
    with make().application.test_request_context("/", base_url=base):
        assert is_same_origin(origin) is is_same


def test_only_addresses_below_ours_are_ours(make: Callable[..., FlaskClient]) -> None:
    """A path that merely begins like the prefix is somebody else's."""
    client = make(public_url="https://www.example.org/stations")
    paths: list[str | None] = []

    def look() -> None:
        for path in ("/stations/map?lang=en", "/stations", "/stationsmap", "/", "/stations/"):
            found = path_here(f"https://www.example.org{path}")
            paths.append(found and f"{found.path}?{found.query}")

    client.application.before_request(look)
    client.get("/healthz")
    assert paths == ["/map?lang=en", None, None, None, "/?"]


# What a request says


def test_the_address_is_that_of_the_request(make: Callable[..., FlaskClient]) -> None:
    """Without a proxy of the operator's nothing else is believed."""
    client = make()
    with client.application.test_request_context("/", base_url="http://192.0.2.1:8000", headers=UNDER):
        assert (here(), public_url("finder.city_map")) == ("http://192.0.2.1:8000", "http://192.0.2.1:8000/map")
    assert discovery(client, headers=UNDER).startswith("http://localhost/oembed?")


def test_links_for_other_pages_are_what_browsers_behind_the_proxy_see(make: Callable[..., FlaskClient]) -> None:
    """The scheme, the host and the prefix of the first proxy: discovery, oEmbed and the builder."""
    client = make(proxies=1)
    asked = urlsplit(discovery(client, "/stations/tw-1", headers=UNDER).replace("&amp;", "&"))
    assert (asked.scheme, asked.netloc, asked.path) == ("https", "www.example.org", "/stations/oembed")
    (url,) = parse_qs(asked.query)["url"]
    assert url == "https://www.example.org/stations/stations/tw-1"
    found = client.get("/oembed", query_string={"url": url}, headers=UNDER).get_json()
    assert 'src="https://www.example.org/stations/embed?station=tw-1"' in found["html"]
    assert found["provider_url"] == "https://www.example.org/stations/"
    made = client.get("/embed/builder", headers=UNDER).text
    assert "https://www.example.org/stations/embed.js" in made
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", made)


@pytest.mark.parametrize(
    ("proxies", "proto", "host", "root"),
    [
        (2, "https", "www.example.org", "https://www.example.org"),  # only the first one said it
        (2, "https, http", "www.example.org, inside", "https://www.example.org"),
        (2, "http, https, http", "evil.example, www.example.org, inside", "https://www.example.org"),
        (1, "http, https", "evil.example, www.example.org", "https://www.example.org"),
        (1, "javascript", "www.example.org", "http://www.example.org"),
    ],
)
def test_of_several_proxies_the_first_one_of_ours_is_believed(
    make: Callable[..., FlaskClient], proxies: int, proto: str, host: str, root: str
) -> None:
    """Whether each adds what it saw, or the first one says it and the others hand it on."""
    headers = {"X-Forwarded-For": "192.0.2.1, 192.0.2.2", "X-Forwarded-Proto": proto, "X-Forwarded-Host": host}
    assert discovery(make(proxies=proxies), headers=headers).startswith(f"{root}/oembed?")


@pytest.mark.parametrize("prefix", ["/stations", "/stations/", "/a/b.c/~d"])
@pytest.mark.parametrize("path", PAGES)
def test_every_address_in_a_page_is_below_the_prefix(
    make: Callable[..., FlaskClient], prefix: str, path: str
) -> None:
    """Files, links, forms, and where scripts ask."""
    text = make(proxies=1).get(path, headers={**PROXY, "X-Forwarded-Prefix": prefix}).text
    found = {first or second for first, second in ADDRESS.findall(text)}
    assert found
    assert {address for address in found if not address.startswith(f"{prefix.rstrip('/')}/")} == set()


@pytest.mark.parametrize(
    "prefix", ["stations", "//evil.example", "/a//b", "/a/../b", "/a b", "/<b>", "/a?b", "/a%2f"]
)
def test_a_prefix_that_is_no_path_is_refused(make: Callable[..., FlaskClient], prefix: str) -> None:
    """A link that began with two slashes would lead to another host."""
    response = make(proxies=1).get("/", headers={**PROXY, "X-Forwarded-Prefix": prefix, "Accept-Language": "en"})
    assert response.status_code == 400
    assert "X-Forwarded-Prefix cannot be used" in response.text


def test_what_phones_keep_and_install_is_below_the_prefix(make: Callable[..., FlaskClient]) -> None:
    """The service worker and what it lists, the manifest and its scope; each prefix has its own."""
    client = make(proxies=1)
    assert '"home":"/"' in client.get("/sw.js").text
    shell = client.get("/sw.js", headers=UNDER).text.partition("\n")[0]
    addresses = re.findall(r'"(/[^"]*)"', shell)
    assert len(addresses) > 20
    assert all(address.startswith("/stations/") for address in addresses)
    manifest = client.get("/manifest.webmanifest", headers=UNDER).get_json()
    assert (manifest["id"], manifest["start_url"], manifest["scope"]) == ("/stations/",) * 3
    assert all(icon["src"].startswith("/stations/static/") for icon in manifest["icons"])
    assert client.get("/api/openapi.json", headers=UNDER).get_json()["servers"] == [{"url": "/stations/"}]
    assert client.get("/api/openapi.json").get_json()["servers"] == [{"url": "/"}]


def test_stewards_come_in_under_a_prefix(make_desk: Callable[..., Any]) -> None:
    """The form leads back to the page that was asked for, and the cookie is for these pages alone."""
    client = make_desk(proxies=1).app.test_client(use_cookies=False)  # they are below the prefix, which is cut off
    led = client.get("/manage/queue?lang=en", headers=UNDER)
    assert led.location.startswith("/stations/manage/sign-in?next=/stations/manage/queue")
    shown = client.get(led.location.removeprefix("/stations"), headers=UNDER)
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', shown.text)
    (target,) = re.findall(r'name="next" value="([^"]+)"', shown.text)
    form = {"csrf_token": token, "name": "Lin", "password": "a warm room for everyone", "next": target}
    cookie = shown.headers["Set-Cookie"].partition(";")[0]
    headers = {**UNDER, "Referer": "https://www.example.org/stations/manage/sign-in", "Cookie": cookie}
    done = client.post("/manage/sign-in", data=form, headers=headers)
    assert (done.status_code, done.location) == (303, "/stations/manage/queue?lang=en")
    assert "Path=/stations/manage;" in done.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "target", ["/manage", "//evil.example/stations/manage", "/stationsmanage", "//[bad", "/stations/map"]
)
def test_signing_in_leads_to_no_page_outside(make_desk: Callable[..., Any], target: str) -> None:
    """Neither to another host nor to what stands beside the service on the same one."""
    shown = make_desk(proxies=1).client.get("/manage/sign-in", query_string={"next": target}, headers=UNDER).text
    assert 'name="next" value="/stations/manage"' in shown


@pytest.mark.parametrize("path", ["/oembed?url=http://localhost/", "/", "/embed/builder", "/api/docs", "/map"])
def test_an_answer_with_the_requests_address_is_not_for_shared_caches(
    make: Callable[..., FlaskClient], path: str
) -> None:
    """Somebody else may have made the request, and said any host."""
    control = make().get(path).headers["Cache-Control"]
    assert "public" not in control
    assert "no-cache" in control or "private" in control


# What the operator says


def test_the_operators_address_is_written(make: Callable[..., FlaskClient]) -> None:
    """Whatever way the request came, and for all caches."""
    client = make(public_url="https://stations.example:8443", proxies=1)
    headers = {"Host": "stations.example:8443", "X-Forwarded-Proto": "http"}
    assert discovery(client, headers=headers).startswith("https://stations.example:8443/oembed?")
    url = "https://stations.example:8443/map"
    response = client.get("/oembed", query_string={"url": url}, headers=headers)
    assert 'src="https://stations.example:8443/embed"' in response.get_json()["html"]
    assert "public" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("stations.example", 200),
        ("Stations.Example:443", 200),
        ("stations.example:80", 421),
        ("stations.example.", 421),
        ("evil.example", 421),
        ("127.0.0.1:8000", 421),
        ("x" * 64, 400),
        ("[::1", 400),
    ],
)
def test_a_foreign_host_is_refused(make: Callable[..., FlaskClient], host: str, status: int) -> None:
    """With the address that is meant, and a word to who put a proxy in between."""
    found, said = ask(make(public_url="https://stations.example"), "/", host)
    assert found == status
    if status == 421:
        assert "This service is at https://stations.example and not at" in said
        assert f"//{host}" not in said
        # Nothing on the page leads to what is refused here too.
        assert re.findall(r'(?:href|src|action)="([^"]*)"', said) == ["https://stations.example/"]


@pytest.mark.parametrize(("said", "status"), [("stations.example", 200), ("evil.example", 421)])
def test_the_host_that_the_proxy_hands_on_counts(make: Callable[..., FlaskClient], said: str, status: int) -> None:
    """A proxy may ask by the name that it has for the service."""
    client = make(public_url="https://stations.example", proxies=1)
    headers = {"Host": "127.0.0.1:8000", "X-Forwarded-Host": said}
    assert client.get("/", headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_machines_may_ask_by_an_ip_address(make: Callable[..., FlaskClient], path: str) -> None:
    """With and without the prefix."""
    client = make(public_url="https://www.example.org/stations")
    headers = {"Host": "10.0.0.7:8000"}
    assert client.get(path, headers=headers).status_code == 200
    assert client.get(f"/stations{path}", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("path", "cut_by_proxy", "title"),
    [
        ("/stations/map", False, "City map"),
        ("/map", False, "City map"),
        ("/map", True, "City map"),
        ("/stations/", False, "Warm Station Map"),
        ("/stations/stations/tw-1", False, "东华门"),
        ("/stations/tw-1", True, "东华门"),
        ("/stations/tw-1", False, "东华门"),
    ],
)
def test_the_operators_path_is_the_prefix(
    make: Callable[..., FlaskClient], path: str, cut_by_proxy: bool, title: str
) -> None:
    """Whether the proxy cuts it off and says so, cuts it off without a word, or leaves it."""
    client = make(public_url="https://www.example.org/stations", proxies=1)
    headers = {"Host": "www.example.org", "Accept-Language": "en"}
    if cut_by_proxy:
        headers["X-Forwarded-Prefix"] = "/stations"
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    assert title in response.text
    assert 'href="/stations/map' in response.text


def test_the_prefix_without_its_slash_leads_to_the_first_page(make: Callable[..., FlaskClient]) -> None:
    """What a phone keeps and installs is all below the slash."""
    client = make(public_url="https://www.example.org/warm")
    response = client.get("/warm?lang=en", headers={"Host": "www.example.org"})
    assert (response.status_code, response.location) == (308, "/warm/?lang=en")
    beside = client.get("/warmer", headers={"Host": "www.example.org"})
    assert beside.status_code == 404


def test_a_refusal_is_as_safe_as_a_page(make: Callable[..., FlaskClient]) -> None:
    """The headers of every answer are on it."""
    headers = make(public_url="https://stations.example").get("/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
