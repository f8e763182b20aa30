"""Everything in a real browser, behind a real nginx with TLS, below a path of a host that has other things too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Response, expect
from werkzeug.security import generate_password_hash

from .conftest import DONGHUAMEN, PHONE, README, blocks, proxied, running

ROOT = "https://www.example.org/stations"
SENTENCE = "a warm room for everyone"
NAMES = """async () => {
    const found = [];
    for (const name of await caches.keys()) {
        const keys = await (await caches.open(name)).keys();
        found.push(...keys.map((request) => [name, request.url]));
    }
    return found;
}"""
BESIDE = 'location / { default_type text/html; return 200 "<title>Somebody else</title>"; }'


@dataclass
class Visitor:
    """A phone in Donghuamen, and all that went wrong on its pages."""

    context: BrowserContext
    faults: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Open a page and note errors, requests that fail and those that leave the path."""
        page = self.context.new_page()
        page.on("response", self._response)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.goto(address)
        return page

    def _response(self, response: Response) -> None:
        is_ours = response.url.startswith((f"{ROOT}/", "data:", "http://localhost:"))
        if response.status >= 400 or not is_ours:
            self.faults.append(f"{response.status} {response.url}")


def site_under_a_path(way: str) -> tuple[str, dict[str, str]]:
    """Return the README's site with its place below a path, and the settings for it.

    Two ways: the operator says the address and the proxy hands on the path as it is, as the README has it; or the
    proxy cuts the path off and says so.
    """
    (whole,) = blocks("nginx")
    (place,) = re.findall(
        r"`(location /stations/ \{ proxy_pass http://stations; \})`", README.read_text(encoding="utf-8")
    )
    settings = {"LOCATOR_PROXIES": "1"}
    if way == "the address is set":
        settings["LOCATOR_PUBLIC_URL"] = ROOT
    else:
        place = place.replace("http://stations;", "http://stations/;")
        whole = whole.replace('X-Forwarded-Prefix "";', "X-Forwarded-Prefix /stations;")
    changed = re.sub(r"location / \{.*?\}", f"{place} {BESIDE}", whole, count=1, flags=re.DOTALL)
    return changed.replace("server_name stations.example;", "server_name www.example.org;"), settings


@pytest.fixture(scope="module", params=["the address is set", "the proxy cuts it off"])
def visitor(
    request: pytest.FixtureRequest,
    playwright: Playwright,
    chromium: str,
    nginx: str,
    certificate: tuple[Path, Path],
    donghuamen: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Visitor]:
    """A phone on the service; nothing may go wrong on any of its pages."""
    site, settings = site_under_a_path(request.param)
    folder = tmp_path_factory.mktemp("path")
    settings["LOCATOR_STORE"] = str(folder / "store")
    settings["LOCATOR_ADMIN_PASSWORD_HASH"] = generate_password_hash(SENTENCE, method="pbkdf2:sha256:1")
    with ExitStack() as stack:
        address = stack.enter_context(running(donghuamen, log=folder / "service.log", **settings))
        proxy = stack.enter_context(proxied(nginx, site, address, certificate, folder))
        # Without --ignore-certificate-errors there is no service worker: nobody vouches for this certificate.
        mapped = f"--host-resolver-rules=MAP www.example.org:443 127.0.0.1:{proxy.https}"
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--ignore-certificate-errors"]
        browser = playwright.chromium.launch(executable_path=chromium, args=[mapped, *quiet])
        stack.callback(browser.close)
        context = browser.new_context(locale="zh-CN", ignore_https_errors=True, **PHONE)  # type: ignore[arg-type]
        context.grant_permissions(["geolocation"])
        context.set_geolocation(DONGHUAMEN)
        found = Visitor(context)
        yield found
        assert found.faults == []


def test_a_tap_lists_what_is_near_and_a_station_opens(visitor: Visitor) -> None:
    """Styled, with map, list, the station's page, and a report that is stored."""
    page = visitor.open(f"{ROOT}/")
    assert page.evaluate("getComputedStyle(document.querySelector('.main-button')).borderRadius") != "0px"
    page.locator("#locate").click()
    expect(page.locator("#stations .card")).to_have_count(5)
    page.locator("#stations .card [data-part=name]").first.click()
    page.wait_for_url(f"{ROOT}/stations/*")
    expect(page.locator("h1")).to_contain_text("东华门街道工会服务站")
    expect(page.locator(".leaflet-container")).to_be_attached()
    page.locator("#reports button[value=open]").click()
    expect(page.locator("#reports")).to_contain_text("已记下")
    page.close()


def test_without_a_script_the_form_answers(visitor: Visitor) -> None:
    """It is sent to where the page is, and its answer leads on below the path."""
    page = visitor.open(f"{ROOT}/?lang=zh")
    page.locator("#ask-form").evaluate("form => { form.district.value = '东城区'; form.submit(); }")
    expect(page.locator("#result-title")).to_contain_text("东城区")
    assert page.url.startswith(f"{ROOT}/")
    page.close()


def test_the_city_map_has_its_stations(visitor: Visitor) -> None:
    """Pins or clusters from the compact document."""
    page = visitor.open(f"{ROOT}/map")
    expect(page.locator(".leaflet-marker-icon").first).to_be_visible()
    page.close()


def test_it_works_without_a_network(visitor: Visitor) -> None:
    """The worker is registered for the path alone, and keeps nothing of what stands beside it."""
    page = visitor.open(f"{ROOT}/")
    # It never is where the browser takes the machine to be offline: this one waits at most half a minute.
    page.wait_for_function("async () => (await navigator.serviceWorker.getRegistration())?.active")
    assert page.evaluate("navigator.serviceWorker.ready.then((found) => found.scope)") == f"{ROOT}/"
    documents = {f"{ROOT}/api/stations.compact.json?lang=zh", f"{ROOT}/api/hours.json?lang=zh"}
    page.evaluate("locator.offline.either(Promise.resolve({}), {})")
    for _ in range(150):
        if {address for _, address in page.evaluate(NAMES)} >= documents:
            break
        page.wait_for_timeout(200)
    kept = page.evaluate(NAMES)
    assert {address for _, address in kept} >= documents
    assert all(address.startswith(f"{ROOT}/") for _, address in kept)
    assert {name.partition("/")[2] for name, _ in kept} == {"stations/"}
    visitor.context.set_offline(True)
    known = len(visitor.faults)
    page.goto(f"{ROOT}/map")
    page.goto(f"{ROOT}/")
    page.locator("#locate").click()
    expect(page.locator("#stations .card")).to_have_count(5)
    visitor.context.set_offline(False)
    del visitor.faults[known:]  # what the network refused
    page.close()


def test_what_another_service_of_the_host_keeps_is_left_alone(visitor: Visitor) -> None:
    """A worker of ours that comes anew removes its own old caches, and no others."""
    page = visitor.open(f"{ROOT}/")
    names = ["locator-1/stations/", "locator-1/other/", "locator-1", "other"]
    page.evaluate("(names) => Promise.all(names.map((name) => caches.open(name)))", names)
    page.evaluate("navigator.serviceWorker.ready.then((found) => found.unregister())")
    page.reload()
    page.evaluate("locator.offline.either(Promise.resolve({}), {})")
    for _ in range(100):
        if "locator-1/stations/" not in page.evaluate("caches.keys()"):
            break
        page.wait_for_timeout(100)
    assert set(names) & set(page.evaluate("caches.keys()")) == set(names[1:])
    page.close()


def test_the_element_shows_the_map_on_somebody_elses_page(visitor: Visitor) -> None:
    """From the lines that the builder writes."""
    builder = visitor.open(f"{ROOT}/embed/builder")
    lines = builder.locator("#element").input_value()
    assert f'<script src="{ROOT}/embed.js" async>' in lines
    builder.close()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Send the page."""
            body = f"<!doctype html><meta charset=utf-8><link rel=icon href=data:,>{lines}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page = visitor.open(f"http://localhost:{server.server_address[1]}/")
        frame = page.frame_locator("warm-station-map iframe")
        expect(frame.locator("#stations .card")).to_have_count(7)
        expect(frame.locator(".leaflet-container")).to_be_attached()
        server.shutdown()
        page.close()


def test_the_planner_shows_its_parts(visitor: Visitor) -> None:
    """The gap table and the charts come by addresses of their own."""
    page = visitor.open(f"{ROOT}/planner")
    expect(page.locator("#gap-table table")).to_be_visible(timeout=30_000)
    widths = page.locator("figure img").evaluate_all("images => images.map(image => image.naturalWidth)")
    assert widths
    assert all(widths)
    page.close()


def test_a_steward_signs_in(visitor: Visitor) -> None:
    """And is led to the page that was asked for; the cookie is below the path, and for https alone."""
    page = visitor.open(f"{ROOT}/manage/versions")
    page.locator("#name").fill("李")
    page.locator("#password").fill(SENTENCE)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{ROOT}/manage/versions")
    expect(page.locator(".signed-in")).to_contain_text("李")
    (cookie,) = visitor.context.cookies()
    assert (cookie["path"], cookie["secure"]) == ("/stations/manage", True)
    page.close()
