"""The page in the frame, on pages of another origin: in sandboxes, without scripts, under fingers and wheels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Frame, FrameLocator, Page, expect

from tests.browser.conftest import DONGHUAMEN, Visit, running

CENTER = "center=39.9155,116.4050"
PAGE = """<!doctype html><html lang="zh"><title>host</title>
<script>said = []; addEventListener('message', (event) => said.push(event.data))</script>
<iframe src="{src}" title="map" width="{width}" height="460" {attributes}></iframe>
<p style="height:3000px">below"""
DESKTOP = {"viewport": {"width": 800, "height": 700}, "locale": "zh-CN"}
SANDBOX = 'sandbox="allow-scripts"'
Show = Callable[..., tuple[Page, FrameLocator]]


class Host(BaseHTTPRequestHandler):
    """A page of somebody else's: what stands in ``pages`` under its path."""

    def __init__(self, pages: dict[str, str], *request: Any) -> None:
        self.pages = pages
        super().__init__(*request)

    def do_GET(self) -> None:
        """Send the page."""
        body = self.pages.get(self.path, "").encode()
        self.send_response(200 if body else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *message: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[str, dict[str, str]]]:
    """Address of a server of another origin, and its pages."""
    pages: dict[str, str] = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, pages)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", pages
        server.shutdown()


@pytest.fixture
def show(browser: Browser, site: str, host: tuple[str, dict[str, str]]) -> Iterator[Show]:
    """Open a page of another origin with our frame in it; nothing may go wrong in either but what is expected."""
    address, pages = host
    known = (f"{site}/", f"{address}/", "data:")
    faults: list[str] = []
    with ExitStack() as stack:

        def open_page(
            query: str = CENTER, attributes: str = "", *, expected: str = "", width: int = 640, **options: Any
        ) -> tuple[Page, FrameLocator]:
            pages["/"] = PAGE.format(src=f"{site}/embed?{query}", width=width, attributes=attributes)
            context = browser.new_context(**{**DESKTOP, **options})
            stack.callback(context.close)
            context.grant_permissions(["geolocation"])
            context.set_geolocation(DONGHUAMEN)
            page = context.new_page()
            page.on("console", lambda said: note(said.type == "error", said.text, expected))
            page.on("pageerror", lambda error: note(True, str(error), expected))
            page.on("request", lambda sent: note(not sent.url.startswith(known), sent.url, expected))
            page.goto(address)
            return page, page.frame_locator("iframe")

        def note(is_fault: bool, text: str, expected: str) -> None:
            if is_fault and not (expected and expected in text):
                faults.append(text)

        yield open_page
    assert faults == []


def messages(page: Page, type_: str) -> list[dict[str, Any]]:
    """Return what the frame told the page around it."""
    said: list[dict[str, Any]] = page.evaluate("said")
    return [found for found in said if found.get("type") == type_]


def inside(page: Page) -> Frame:
    """Return the frame itself."""
    return page.frames[1]


def test_a_sandbox_without_an_origin_takes_nothing_away_but_the_position(show: Show) -> None:
    """List, map and pins are there; in the button's place is the link to the full page."""
    page, frame = show(attributes=SANDBOX)
    expect(frame.locator(".card")).to_have_count(6)
    expect(frame.locator(".pin-box")).to_have_count(6)
    expect(frame.locator("#near")).to_be_hidden()
    expect(frame.locator("#near-link")).to_be_visible()
    assert inside(page).evaluate("window.origin") == "null"
    assert len(messages(page, "ready")) == 1
    assert page.context.cookies() == []


def test_a_link_that_the_sandbox_swallows_says_its_address(show: Show, site: str) -> None:
    """Nothing would happen, and nobody would know why."""
    _, frame = show(attributes=SANDBOX, expected="Blocked opening")
    frame.locator(".card h3 a").first.click()
    expect(frame.locator("#status")).to_contain_text(f"{site}/stations/tw-1")


def test_a_link_in_a_sandbox_with_windows_opens_the_full_page(show: Show) -> None:
    """The page comes, in a window that is in the sandbox too."""
    page, frame = show(attributes='sandbox="allow-scripts allow-popups"', expected="serviceWorker")
    with page.expect_popup() as opened:
        frame.locator(".card h3 a").first.click()
    expect(opened.value.locator("h1")).to_contain_text("东华门")


def test_a_page_that_is_itself_in_a_sandbox_may_show_it(
    browser: Browser, site: str, host: tuple[str, dict[str, str]]
) -> None:
    """As previews in editors are: no origin that a list of origins could name."""
    address, pages = host
    pages["/"] = f"""<iframe sandbox="allow-scripts" srcdoc='<iframe src="{site}/embed"></iframe>'></iframe>"""
    page = browser.new_page()
    page.goto(address)
    inner = page.frame_locator("iframe").frame_locator("iframe")
    expect(inner.locator(".card")).to_have_count(7)
    page.close()


@pytest.mark.parametrize("is_known", [True, False])
def test_only_the_origins_of_the_setting_may_show_it(
    browser: Browser, donghuamen: Path, host: tuple[str, dict[str, str]], *, is_known: bool
) -> None:
    """The browser refuses it on any other page."""
    address, pages = host
    origins = f"https://a.example {address}" if is_known else "https://a.example"
    with running(donghuamen, LOCATOR_EMBED_ORIGINS=origins) as site:
        pages["/"] = f'<iframe src="{site}/embed"></iframe>'
        page = browser.new_page()
        page.goto(address)
        expect(page.frame_locator("iframe").locator(".card")).to_have_count(7 if is_known else 0)
        assert page.frames[1].url.startswith(site) is is_known
        page.close()


def test_without_scripts_the_list_is_all_there_is(show: Show) -> None:
    """In every layout, the one of a map alone too."""
    _, frame = show(f"{CENTER}&layout=map", 'sandbox=""', expected="Blocked script execution")
    expect(frame.locator(".card:visible")).to_have_count(6)
    expect(frame.locator("#map-frame")).to_be_hidden()


def test_a_sandbox_that_gives_the_position_finds_what_is_near(show: Show) -> None:
    """The answer crosses from our origin to none; the page around it learns how many, and not where."""
    page, frame = show("", f"{SANDBOX} allow='geolocation'")
    frame.locator("#near").click()
    expect(frame.locator("#title")).to_contain_text("5")
    expect(frame.locator("#stations .card .distance").first).to_contain_text("104")
    expect(frame.locator(".pin-box")).to_have_count(6)
    (located,) = messages(page, "located")
    assert (located["stations"], located["radius_m"]) == (5, 1000)
    assert "116.4" not in str([messages(page, type_) for type_ in ("ready", "height", "located")])


def test_the_page_around_asks_for_a_station_and_hears_of_those_chosen(show: Show) -> None:
    """Listed or not; a message that is none of ours changes nothing."""
    page, frame = show(attributes='allow="geolocation"')
    expect(frame.locator(".pin-box")).to_have_count(6)
    send = "(said) => frames[0].postMessage(said, '*')"
    ours = {"source": "warm-station-map", "version": 1, "type": "show"}
    for said in ({**ours, "version": 2, "station_id": "tw-2"}, {"type": "show", "station_id": "tw-2"}, "text"):
        page.evaluate(send, said)
    page.evaluate(send, {**ours, "station_id": "wh-1"})
    expect(frame.locator("#station-wh-1")).to_have_class("card chosen")
    page.evaluate(send, {**ours, "station_id": "cs-1"})
    expect(frame.locator("#station-cs-1")).to_have_class("card chosen")
    expect(frame.locator(".pin-box")).to_have_count(7)
    frame.locator("#station-tw-2 [data-part=show]").click()
    expect(frame.locator("#station-tw-2")).to_have_class("card chosen")
    page.wait_for_timeout(200)  # a message takes a moment to the page around
    chosen = [found["station"] for found in messages(page, "station-selected")]
    assert [station["station_id"] for station in chosen] == ["wh-1", "cs-1", "tw-2"]
    assert chosen[0] == {
        "station_id": "wh-1",
        "name": "周末关门的职工之家",
        "kind": "worker_home",
        "lat": 39.91,
        "lon": 116.4,
    }


def test_without_a_place_the_map_shows_the_city(show: Show) -> None:
    """All of the districts' outlines, and not only where the pins are; a zoom that was chosen is kept to."""
    page, frame = show("")
    expect(frame.locator(".pin-box")).to_have_count(7)
    assert inside(page).evaluate("map_main.getBounds().contains([[39.8, 116.3], [39.97, 116.45]])")
    page, frame = show("district=东城区&zoom=15")
    expect(frame.locator(".pin-box")).to_have_count(6)
    assert inside(page).evaluate("map_main.getZoom()") == 15


def test_a_list_tells_its_height_and_a_filled_frame_none_that_grows(show: Show) -> None:
    """What follows the first ends at the list's end; what follows the second stays where it is."""
    page, frame = show(f"{CENTER}&layout=list")
    expect(frame.locator(".card")).to_have_count(6)
    (said, *_) = messages(page, "height")
    assert said["height"] > 900
    page, _ = show(f"{CENTER}&layout=map")
    page.wait_for_function("said.length >= 2")
    assert {found["height"] for found in messages(page, "height")} == {460}


def test_a_blog_that_names_a_secret_is_answered_in_its_own_way(show: Show, site: str) -> None:
    """Height, and the address of a link, with that word."""
    page, frame = show(f"{CENTER}&layout=list#?secret=aB3", SANDBOX, expected="Blocked opening")
    frame.locator(".card h3 a").first.click()
    page.wait_for_function("said.some((found) => found.secret === 'aB3' && found.message === 'link')")
    said = {found["message"]: found["value"] for found in page.evaluate("said") if found.get("secret") == "aB3"}
    assert said["link"] == f"{site}/stations/tw-1"
    assert said["height"] > 900


def touch(session: CDPSession, type_: str, *points: tuple[float, float]) -> None:
    """Put fingers on the screen, move them or take them off."""
    session.send("Input.dispatchTouchEvent", {"type": type_, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def centre_of(page: Page) -> tuple[float, float]:
    """Return where the map is drawn now."""
    lat, lon = inside(page).evaluate("(() => { const at = map_main.getCenter(); return [at.lat, at.lng] })()")
    return lat, lon


def test_one_finger_moves_the_page_and_two_move_the_map(show: Show) -> None:
    """The first leads to a hint, and the map stays where it is."""
    page, frame = show(width=360, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 700})
    expect(frame.locator(".pin-box")).to_have_count(6)
    page.wait_for_timeout(300)
    box = frame.locator("#map-frame").bounding_box()
    assert box
    x, y, before = box["x"] + 150, box["y"] + 200, centre_of(page)
    fingers = page.context.new_cdp_session(page)
    touch(fingers, "touchStart", (x, y))
    for step in range(1, 9):
        touch(fingers, "touchMove", (x, y - 20 * step))
    expect(frame.locator("#map-hint")).to_have_class("map-hint shown")
    page.wait_for_timeout(200)  # a finger that rests before it leaves flings nothing
    touch(fingers, "touchEnd")
    assert centre_of(page) == pytest.approx(before, abs=1e-6)
    page.wait_for_timeout(300)
    assert inside(page).evaluate("scrollY") > 50
    inside(page).evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(300)
    touch(fingers, "touchStart", (x, y), (x + 60, y))
    for step in range(1, 9):
        touch(fingers, "touchMove", (x, y - 10 * step), (x + 60, y - 10 * step))
    touch(fingers, "touchEnd")
    page.wait_for_timeout(300)
    assert abs(centre_of(page)[0] - before[0]) > 1e-4
    assert (page.evaluate("scrollY"), inside(page).evaluate("scrollY")) == (0, 0)


def test_the_wheel_moves_the_page_and_with_a_key_the_map(show: Show) -> None:
    """The first leads to a hint."""
    page, frame = show()
    expect(frame.locator(".pin-box")).to_have_count(6)
    page.wait_for_timeout(300)
    before = inside(page).evaluate("map_main.getZoom()")
    frame.locator("#map-frame").hover(position={"x": 150, "y": 300})
    page.mouse.wheel(0, 300)
    page.wait_for_function("scrollY > 50")
    expect(frame.locator("#map-hint")).to_contain_text("Ctrl")
    assert inside(page).evaluate("map_main.getZoom()") == before
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(300)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(800)
    page.keyboard.up("Control")
    assert inside(page).evaluate("map_main.getZoom()") > before
    assert page.evaluate("scrollY") == 0


def test_a_dark_frame_is_dark_on_a_light_device(show: Show) -> None:
    """And a light one light on a dark device."""
    for theme, scheme, paper in (("dark", "light", "rgb(26, 22, 19)"), ("light", "dark", "rgb(253, 246, 238)")):
        _, frame = show(f"{CENTER}&theme={theme}", color_scheme=scheme)
        expect(frame.locator("body")).to_have_css("background-color", paper)


@pytest.mark.parametrize("layout", ["both", "map", "list"])
def test_a_frame_of_280_px_shows_all_of_itself(show: Show, layout: str) -> None:
    """Nothing sticks out at the side, a sentence on a bad option included."""
    page, frame = show(f"{CENTER}&layout={layout}&zoom=99&station=tw-5", width=280)
    expect(frame.get_by_role("alert")).to_be_visible()
    assert inside(page).evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "query",
    [
        CENTER,
        f"{CENTER}&layout=list&radius=50",
        f"{CENTER}&layout=map&station=tw-5",
        "zoom=99&centre=x&lang=en",
        "station=tw-1",
    ],
)
def test_axe_finds_nothing_in_the_frame(visit: Visit, query: str, scheme: str) -> None:
    """Zero violations of any rule, best practices among them."""
    page = visit(f"/embed?{query}", color_scheme=scheme)
    page.wait_for_timeout(200)
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"][:120] for node in fault["nodes"]][:4]) for fault in found] == []


def test_a_first_view_is_light(browser: Browser, site: str) -> None:
    """At most 120 kB come over the network, with the map."""
    page = browser.new_context().new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    page.goto(f"{site}/embed?{CENTER}")
    expect(page.locator(".pin-box")).to_have_count(6)
    page.wait_for_timeout(300)
    page.context.close()
    assert 50_000 < sum(sizes) <= 120_000
