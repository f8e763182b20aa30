"""The map on pages of another origin: frames of every kind, the element, oEmbed, the builder."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, FrameLocator, Page, Request, expect

from .conftest import DONGHUAMEN, PHONE, Visit, running

STATIC = Path(__file__).resolve().parents[2] / "static"
EVENTS = ("ready", "station-selected", "located")
DEFINED = "() => Boolean(customElements.get('warm-station-map'))"
FIRST_VIEW_BYTES = 120_000
STATIONS = 7


class Host:
    """A site of somebody else's, with pages that a test writes."""

    def __init__(self, port: int) -> None:
        # Another name and another port: neither the origin nor the site is that of the map.
        self.address = f"http://localhost:{port}"
        self.pages: dict[str, tuple[bytes, dict[str, str]]] = {}

    def write(self, body: str, *, lang: str = "zh", policy: str = "", head: str = "") -> str:
        """Put up a page and return its address."""
        path = f"/{len(self.pages)}"
        page = (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>某街道</title>'
            f'<meta name="viewport" content="width=device-width">{head}</head><body>{body}</body></html>'
        )
        headers = {"Content-Security-Policy": policy} if policy else {}
        self.pages[path] = (page.encode(), headers)
        return self.address + path


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A second server, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Send a page."""
            body, headers = found.pages.get(self.path, (b"", {}))
            self.send_response(200 if body else 204)
            for name, value in {"Content-Type": "text/html", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Host(server.server_address[1])
        Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@dataclass
class Looked:
    """A page of the host's in a browser, and what went wrong or was loaded on it."""

    page: Page
    faults: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    @property
    def frame(self) -> FrameLocator:
        """The only frame, in the element or alone."""
        return self.page.frame_locator("iframe")

    def events(self) -> list[list[Any]]:
        """Give what the page heard of the elements so far: which one, what, and its detail."""
        found: list[list[Any]] = self.page.evaluate("heard")
        return found

    def inside(self) -> Frame:
        """Give the first frame of the page."""
        return self.page.main_frame.child_frames[0]

    def of(self, name: str) -> Frame:
        """Give the frame in an element."""
        inner = "name => document.getElementById(name).shadowRoot.querySelector('iframe')"
        found: Frame = self.page.evaluate_handle(inner, name).as_element().content_frame()  # type: ignore[assignment, union-attr]
        return found


LISTEN = f"""
window.heard = [];
for (const name of {list(EVENTS)}) {{
  addEventListener(name, (event) => heard.push([event.target.id, name, event.detail]));
}}
"""

Look = Callable[..., Looked]


@contextmanager
def looking(browser: Browser, allowed: tuple[str, ...], url: str, **options: Any) -> Iterator[Looked]:
    """Open a page of the host's and note requests to anybody else, errors and refusals of a policy."""
    script = options.pop("init", "")
    granted = options.pop("granted", ["geolocation"])
    wanted = {**PHONE, "locale": "zh-CN", "geolocation": DONGHUAMEN, "permissions": granted, **options}
    context = browser.new_context(**wanted)
    page = context.new_page()
    looked = Looked(page)

    def note_request(request: Request) -> None:
        looked.requests.append(request)
        if not request.url.startswith((*allowed, "data:")):
            looked.faults.append(request.url)

    page.on("request", note_request)
    page.on("console", lambda said: looked.faults.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: looked.faults.append(str(error)))
    page.add_init_script(LISTEN + script)
    page.goto(url)
    yield looked
    # No cookie of ours, whatever the frame did.
    assert context.cookies() == []
    context.close()


@pytest.fixture
def look(browser: Browser, site: str, host: Host) -> Iterator[Look]:
    """Open pages of the host's; at the end nothing may have gone wrong on any of them."""
    opened: list[Any] = []

    def open_page(url: str, **options: Any) -> Looked:
        opened.append(looking(browser, (site, host.address), url, **options))
        looked: Looked = opened[-1].__enter__()
        seen.append(looked)
        return looked

    seen: list[Looked] = []
    yield open_page
    for one in opened:
        one.__exit__(None, None, None)
    assert [fault for looked in seen for fault in looked.faults] == []


def framed(site: str, attributes: str = 'allow="geolocation"', query: str = "") -> str:
    """Write a frame of the map."""
    src = escape(f"{site}/embed{query}")
    return f'<iframe src="{src}" title="驿站" width="360" height="600" {attributes}></iframe>'


def element(site: str, *tags: str) -> str:
    """Write the script and elements with these attributes; each has a link for its content."""
    written = "".join(f'<warm-station-map {tag}><a href="{site}/">驿站列表</a></warm-station-map>' for tag in tags)
    return f'<script src="{site}/embed.js" async></script>{written}'


def ready(looked: Looked, *names: str) -> None:
    """Wait until the elements of these names are ready."""
    for name in names:
        looked.page.wait_for_function(
            "name => heard.some(([id, what]) => id === name && what === 'ready')", arg=name
        )


# Frames


def test_a_frame_shows_list_and_map_and_what_is_near(look: Look, host: Host, site: str) -> None:
    """Seven cards, pins on a map; with leave of the page around it the position is found."""
    looked = look(host.write(framed(site)))
    expect(looked.frame.locator(".card")).to_have_count(STATIONS)
    expect(looked.frame.locator(".leaflet-marker-icon .pin")).to_have_count(STATIONS)
    looked.frame.locator("#near").click()
    expect(looked.frame.locator("#title")).to_contain_text("5")
    expect(looked.frame.locator("#stations .card")).to_have_count(5)


@pytest.mark.parametrize("more", ["", 'security="restricted"'])
def test_a_sandboxed_frame_shows_all_but_the_position(look: Look, host: Host, site: str, more: str) -> None:
    """Without an origin, a cookie or storage: list and map are there, and a link leads to the whole page."""
    looked = look(host.write(framed(site, f'sandbox="allow-scripts" {more}')))
    expect(looked.frame.locator(".card")).to_have_count(STATIONS)
    expect(looked.frame.locator(".leaflet-marker-icon .pin")).to_have_count(STATIONS)
    expect(looked.frame.locator(".district").first).to_be_attached()
    assert looked.inside().evaluate("origin") == "null"
    expect(looked.frame.locator("#near")).to_be_hidden()
    link = looked.frame.locator("#near-link")
    expect(link).to_be_visible()
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")


def test_a_frame_without_leave_offers_the_whole_page(look: Look, host: Host, site: str) -> None:
    """Where the page around it does not let it ask, it does not ask in vain."""
    looked = look(host.write(framed(site, "")))
    expect(looked.frame.locator("#near-link")).to_be_visible()
    expect(looked.frame.locator("#near")).to_be_hidden()
    expect(looked.frame.locator(".card")).to_have_count(STATIONS)


@pytest.mark.parametrize("layout", ["both", "list"])
def test_without_a_script_there_is_the_list(look: Look, host: Host, site: str, layout: str) -> None:
    """The server wrote it, so scripts may be blocked: in the browser, or by a sandbox that allows nothing."""
    for attributes, enabled in (("", False), ("sandbox", True)):
        looked = look(host.write(framed(site, attributes, f"?layout={layout}")), java_script_enabled=enabled)
        expect(looked.frame.locator(".card")).to_have_count(STATIONS)
        expect(looked.frame.locator(".card").first).to_be_visible()
        expect(looked.frame.locator("#near-link")).to_be_visible()
        expect(looked.frame.locator(".map-frame")).to_have_count(0 if layout == "list" else 1)
        # A browser says of a sandbox that it blocked the scripts in it: that is what was asked for.
        looked.faults = [fault for fault in looked.faults if "sandboxed" not in fault]


def test_without_a_script_the_element_is_its_link(look: Look, host: Host, site: str) -> None:
    """What stands in the element is shown."""
    looked = look(host.write(element(site, "")), java_script_enabled=False)
    expect(looked.page.get_by_role("link", name="驿站列表")).to_be_visible()
    assert looked.page.locator("iframe").count() == 0


def test_where_the_script_is_blocked_the_element_is_its_link(look: Look, host: Host, site: str) -> None:
    """The page's policy lets no script run: the link works."""
    looked = look(host.write(element(site, ""), policy="script-src 'none'"))
    expect(looked.page.get_by_role("link", name="驿站列表")).to_be_visible()
    looked.faults = [fault for fault in looked.faults if "script-src 'none'" not in fault]


# The element


def test_the_element_is_a_frame_with_leave_and_a_title(look: Look, host: Host, site: str) -> None:
    """All that a frame needs is on it, in the page's language; the link stays for whoever has no frames."""
    looked = look(host.write(element(site, 'id="a" height="380"'), lang="zh-CN"))
    ready(looked, "a")
    frame = looked.page.locator("iframe")
    assert {name: frame.get_attribute(name) for name in ("title", "allow", "referrerpolicy", "height")} == {
        "title": "暖心驿站地图",
        "allow": "geolocation",
        "referrerpolicy": "no-referrer",
        "height": "380",
    }
    assert looked.inside().url == f"{site}/embed?lang=zh"
    assert looked.page.get_by_role("link", name="驿站列表").count() == 1
    own = "document.getElementById('a').shadowRoot.querySelector('div').getBoundingClientRect().width"
    assert looked.page.evaluate(own) <= 1
    expect(looked.frame.locator(".card")).to_have_count(STATIONS)


@pytest.mark.parametrize(
    ("page_lang", "own", "shown"),
    [("en", "", "Warm Station Map"), ("zh-CN", 'lang="en"', "Warm Station Map"), ("fr", "", "暖心驿站地图")],
)
def test_the_title_is_in_the_language_shown(
    look: Look, host: Host, site: str, page_lang: str, own: str, shown: str
) -> None:
    """The element's language, else the page's, else the reader's: a frame and its title speak the same one."""
    looked = look(host.write(element(site, f'id="a" {own}'), lang=page_lang))
    ready(looked, "a")
    assert looked.page.locator("iframe").get_attribute("title") == shown
    expect(looked.frame.locator("html")).to_have_attribute("lang", "zh-CN" if shown.startswith("暖") else "en")


def test_two_elements_do_not_meet(look: Look, host: Host, site: str) -> None:
    """Each has its own options, hears only its own frame, and is asked alone."""
    looked = look(host.write(element(site, 'id="a" district="东城区"', 'id="b" district="丰台区"')))
    ready(looked, "a", "b")
    titles = [looked.of(name).locator("#title") for name in ("a", "b")]
    expect(titles[0]).to_contain_text("东城区")
    expect(titles[1]).to_contain_text("丰台区")
    looked.page.evaluate("document.getElementById('b').show('cs-1')")
    looked.page.wait_for_function("heard.length === 3")
    assert looked.events()[2][:2] == ["b", "station-selected"]
    assert looked.events()[2][2] == {
        "station_id": "cs-1",
        "name": "石榴庄双石一",
        "kind": "community_station",
        "lat": 39.844,
        "lon": 116.4095,
    }
    looked.page.evaluate("document.getElementById('a').locate()")
    looked.page.wait_for_function("heard.length === 4")
    assert looked.events()[3] == ["a", "located", {"stations": 5, "radius_m": 1000}]
    expect(titles[1]).to_contain_text("丰台区")


def test_an_event_leaves_the_shadow_tree_it_is_in(look: Look, host: Host, site: str) -> None:
    """A page that is itself made of components hears it on its outermost one."""
    looked = look(host.write(f'<div id="outer"></div>{element(site)}'))
    looked.page.evaluate(
        """const inner = document.getElementById('outer').attachShadow({mode: 'open'});
        inner.appendChild(document.createElement('warm-station-map'))"""
    )
    ready(looked, "outer")


def test_a_call_before_the_frame_is_ready_waits(look: Look, host: Host, site: str) -> None:
    """Asked while still out of any page, it answers when it can; the last of two calls counts."""
    looked = look(host.write(element(site)))
    looked.page.wait_for_function(DEFINED)
    looked.page.evaluate(
        """const made = document.createElement('warm-station-map');
        made.id = 'a'; made.show('tw-1'); made.show('cs-1');
        document.body.appendChild(made)"""
    )
    looked.page.wait_for_function("heard.length === 2")
    assert [what for _, what, _ in looked.events()] == ["ready", "station-selected"]
    assert looked.events()[1][2]["station_id"] == "cs-1"


COUNT_LISTENERS = """
window.listeners = 0;
for (const [name, step] of [['addEventListener', 1], ['removeEventListener', -1]]) {
  const usual = window[name];
  window[name] = function (type, ...more) {
    if (type === 'message') listeners += step;
    return usual.call(this, type, ...more);
  };
}
"""


def test_an_element_comes_goes_and_comes_back(look: Look, host: Host, site: str) -> None:
    """Put in by a script, moved and taken out: nothing of it is left, and back in it works as before."""
    looked = look(host.write(f'<div id="there"></div>{element(site)}'), init=COUNT_LISTENERS)
    page = looked.page
    page.wait_for_function(DEFINED)
    before = page.evaluate("listeners")
    page.evaluate(
        "window.made = document.createElement('warm-station-map'); made.id = 'a'; document.body.append(made)"
    )
    ready(looked, "a")
    assert page.evaluate("listeners") == before + 1
    page.evaluate("made.remove()")
    assert page.evaluate("listeners") == before
    assert len(page.main_frame.child_frames) == 0
    page.evaluate("made.setAttribute('district', '丰台区'); document.getElementById('there').append(made)")
    page.wait_for_function("heard.length === 2")
    expect(looked.inside().locator("#title")).to_contain_text("丰台区")
    page.evaluate("document.body.append(made)")
    page.wait_for_function("heard.length === 3")
    assert page.evaluate("listeners") == before + 1
    assert len(page.main_frame.child_frames) == 1


def test_attributes_are_live(look: Look, host: Host, site: str) -> None:
    """Options change what is shown, several at once in one step; height and title change and nothing is loaded."""
    looked = look(host.write(element(site, 'id="a"')))
    page = looked.page
    ready(looked, "a")
    steps = page.evaluate("history.length")
    page.evaluate("document.getElementById('a').setAttribute('height', '555')")
    expect(page.locator("iframe")).to_have_attribute("height", "555")
    page.evaluate("document.getElementById('a').title = '我们的驿站'")
    expect(page.locator("iframe")).to_have_attribute("title", "我们的驿站")
    loaded = [request.url for request in looked.requests if "/embed?" in request.url]
    assert len(loaded) == 1
    page.evaluate(
        """const a = document.getElementById('a');
        for (const [name, value] of [['district', '东城区'], ['kind', 'worker_home'], ['layout', 'list']])
          a.setAttribute(name, value)"""
    )
    page.wait_for_function("heard.length === 2")
    expect(looked.inside().locator(".card")).to_have_count(1)
    expect(looked.inside().locator(".map-frame")).to_have_count(0)
    loaded = [request.url for request in looked.requests if "/embed?" in request.url]
    assert len(loaded) == 2
    assert page.evaluate("history.length") == steps
    page.evaluate("document.getElementById('a').show('wh-1')")
    page.wait_for_function("heard.length === 3")


def test_a_list_is_as_high_as_its_content(look: Look, host: Host, site: str) -> None:
    """No scroll bar in the frame, and shorter again where less is listed; a map keeps the height it was given."""
    looked = look(host.write(element(site, 'id="a" layout="list"', 'id="b" district="东城区"')))
    ready(looked, "a")
    fits = "document.documentElement.scrollHeight <= innerHeight"
    looked.of("a").wait_for_function(fits)
    long = looked.of("a").evaluate("innerHeight")
    assert long > 900
    looked.page.evaluate("document.getElementById('a').setAttribute('kind', 'worker_home')")
    looked.page.wait_for_function("heard.filter(([id]) => id === 'a').length === 2")
    looked.of("a").wait_for_function("long => innerHeight < long / 2", arg=long)
    looked.page.locator("#b").scroll_into_view_if_needed()
    ready(looked, "b")
    assert looked.page.evaluate("document.getElementById('b').shadowRoot.querySelector('iframe').height") == "420"


def test_what_is_far_below_is_loaded_when_it_comes_near(look: Look, host: Host, site: str) -> None:
    """A reader who never gets there loads the script alone; a call does not wait for them."""
    space = '<div style="height:5000px"></div>'
    looked = look(host.write(space + element(site, 'id="a"') + space + element(site, 'id="b"') + space))
    page = looked.page
    page.wait_for_function(DEFINED)
    page.wait_for_timeout(300)
    assert page.main_frame.child_frames == []
    page.locator("#a").scroll_into_view_if_needed()
    ready(looked, "a")
    assert len(page.main_frame.child_frames) == 1
    page.evaluate("document.getElementById('b').show('cs-1')")
    page.wait_for_function("heard.length === 3")
    assert looked.events()[2][:2] == ["b", "station-selected"]


def test_a_browser_that_cannot_tell_loads_at_once(look: Look, host: Host, site: str) -> None:
    """Without IntersectionObserver nothing is lost."""
    space = '<div style="height:5000px"></div>'
    looked = look(host.write(space + element(site, 'id="a"')), init="delete window.IntersectionObserver;")
    ready(looked, "a")


def test_only_the_frame_in_it_is_heard(look: Look, host: Host, site: str) -> None:
    """Neither the page, nor another frame of it, nor another page in the frame can speak for the map."""
    looked = look(host.write(f'<iframe srcdoc="<p>" title="x" id="other"></iframe>{element(site, "id=a")}'))
    ready(looked, "a")
    fake = "{source: 'warm-station-map', version: 1, type: 'located', stations: 9, radius_m: 9}"
    looked.page.evaluate(f"postMessage({fake}, '*')")
    looked.inside().evaluate(f"parent.postMessage({fake}, '*')")
    foreign = host.write(f"<script>parent.postMessage({fake}, '*')</script>")
    looked.page.evaluate(f"document.getElementById('a').shadowRoot.querySelector('iframe').src = '{foreign}'")
    looked.page.wait_for_timeout(500)
    assert any(frame.url == foreign for frame in looked.page.frames)
    assert [what for _, what, _ in looked.events()] == ["ready"]


def test_a_strict_policy_of_the_host_is_no_hindrance(look: Look, host: Host, site: str) -> None:
    """A page that forbids all inline scripts and styles: the element works, and the browser refuses nothing."""
    allowed = f"script-src {site}/embed.js; frame-src {site}; style-src 'self'"
    policy = f"default-src 'none'; {allowed}; require-trusted-types-for 'script'"
    looked = look(host.write(element(site, 'id="a" height="300"'), policy=policy))
    looked.page.wait_for_function("document.getElementById('a').shadowRoot")
    expect(looked.frame.locator(".card")).to_have_count(STATIONS)
    box = looked.page.locator("iframe").bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (PHONE["viewport"]["width"] - 16, 300)
    assert looked.page.evaluate("getComputedStyle(document.getElementById('a')).display") == "block"


def test_the_element_works_on_a_page_that_is_itself_in_a_sandbox(look: Look, host: Host, site: str) -> None:
    """Then nobody has an origin, and what comes from the frame in it is heard all the same."""
    inner = escape(element(site, "id=a"))
    looked = look(
        host.write(
            f'<iframe sandbox="allow-scripts" srcdoc="{inner}" title="x" width="360" height="700"></iframe>'
        )
    )
    frame = looked.inside()
    frame.wait_for_function("window.heard && heard.length === 1")
    frame.evaluate("document.getElementById('a').show('cs-1')")
    frame.wait_for_function("heard.length === 2")


def test_an_element_may_be_put_in_a_sandbox(look: Look, host: Host, site: str) -> None:
    """With the attribute of frames the map has no origin, and says and hears the same."""
    looked = look(host.write(element(site, 'id="a" sandbox="allow-scripts"')))
    ready(looked, "a")
    assert looked.inside().evaluate("origin") == "null"
    looked.page.evaluate("document.getElementById('a').show('cs-1')")
    looked.page.wait_for_function("heard.length === 2")


def test_the_link_behind_the_map_is_seen_when_it_has_the_focus(look: Look, host: Host, site: str) -> None:
    """The element's own link, and one that stands in where the author wrote none, come into sight by Tab."""
    looked = look(host.write(f'{element(site, "id=a")}<warm-station-map id="b"></warm-station-map>'))
    ready(looked, "a", "b")
    width = "document.activeElement.getBoundingClientRect().width"
    looked.page.keyboard.press("Tab")
    assert looked.page.evaluate(width) > 20
    looked.page.evaluate("document.getElementById('b').shadowRoot.querySelector('a').focus()")
    link = looked.page.locator("#b a")
    assert link.bounding_box()["width"] > 20  # type: ignore[index]
    assert (link.text_content(), link.get_attribute("href")) == ("打开暖心驿站地图", f"{site}/")


def test_no_name_is_added_to_the_page(look: Look, host: Host, site: str) -> None:
    """The script leaves nothing behind but the element, even when it runs twice."""
    listed = "const names = Object.getOwnPropertyNames(window); window.before = new Set(names);"
    looked = look(host.write(element(site, 'id="a"') + element(site)), init=listed)
    ready(looked, "a")
    new = looked.page.evaluate("Object.getOwnPropertyNames(window).filter((name) => !before.has(name))")
    # The page's own id, names of the frames' windows, and what stands for the listing itself.
    assert set(new) <= {"before", "a", "0", "names"}


def test_the_script_is_small() -> None:
    """At most 5 kB as it travels."""
    assert len(gzip.compress((STATIC / "embed.js").read_bytes(), 9)) <= 5000


# Looks, weight and barriers


@pytest.mark.parametrize("layout", ["both", "map", "list"])
def test_280_pixels_are_enough(look: Look, host: Host, site: str, layout: str) -> None:
    """Nothing sticks out to the side, and the frame does not widen the page."""
    page = host.write(element(site, f'id="a" layout="{layout}" district="东城区"'))
    looked = look(page, viewport={"width": 280, "height": 700})
    ready(looked, "a")
    assert looked.inside().evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert looked.page.evaluate("document.documentElement.scrollWidth") <= 280


def brightness(looked: Looked) -> float:
    """Tell how bright the frame's ground is, 0 to 255."""
    found: float = looked.inside().evaluate(
        """const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
        0.3 * r + 0.6 * g + 0.1 * b"""
    )
    return found


@pytest.mark.parametrize(
    ("attributes", "reader", "is_dark"),
    [('theme="dark"', "light", True), ('theme="light"', "dark", False), ("", "dark", True), ("", "light", False)],
)
def test_the_map_suits_a_dark_page(
    look: Look, host: Host, site: str, attributes: str, reader: str, *, is_dark: bool
) -> None:
    """A theme that is chosen holds whatever the reader's device says; else the device rules."""
    style = "<style>body{background:#111;color:#eee}</style>"
    looked = look(host.write(element(site, f'id="a" {attributes}'), head=style), color_scheme=reader)
    ready(looked, "a")
    assert (brightness(looked) < 80) is is_dark


def test_the_first_view_is_light(look: Look, host: Host, site: str) -> None:
    """Script, frame, map and list together: at most 120 kB over the network."""
    looked = look(host.write(element(site, 'id="a" center="39.9155,116.405"')))
    ready(looked, "a")
    looked.page.wait_for_load_state("networkidle")
    sizes = [
        request.sizes()["responseBodySize"] + request.sizes()["responseHeadersSize"]
        for request in looked.requests
        if request.url.startswith(site)
    ]
    assert len(sizes) >= 8
    assert sum(sizes) <= FIRST_VIEW_BYTES, sum(sizes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "query", ["", "?layout=list", "?layout=map", "?zoom=99&kind=tea", "?center=39.9155,116.405"]
)
def test_axe_finds_nothing_in_the_frame(look: Look, host: Host, site: str, query: str, scheme: str) -> None:
    """Zero violations of any rule, with options that are bad too."""
    looked = look(host.write(framed(site, query=query)), color_scheme=scheme)
    expect(looked.frame.locator(".card").first).to_be_attached()
    looked.page.wait_for_load_state("networkidle")
    found = Axe().run(looked.inside()).response["violations"]
    assert [(fault["id"], [node["html"][:120] for node in fault["nodes"]][:4]) for fault in found] == []


# oEmbed


INSERT = """async ([address, maxima]) => {
  const said = await (await fetch(`${address}&maxwidth=${maxima[0]}&maxheight=${maxima[1]}&format=json`)).json();
  document.body.innerHTML = said.html;
  return said;
}"""


def test_a_consumer_asks_and_inserts(look: Look, host: Host, site: str) -> None:
    """The host's own script reads the answer and puts it in; the frame keeps to the maxima and works."""
    looked = look(host.write(""))
    address = f"{site}/oembed?url={quote(f'{site}/stations/cs-1')}"
    said = looked.page.evaluate(INSERT, [address, [320, 300]])
    assert (said["type"], said["width"] <= 320, said["height"] <= 300) == ("rich", True, True)
    expect(looked.frame.locator(".card")).to_have_count(1)
    expect(looked.frame.locator(".card")).to_contain_text("石榴庄双石一")
    box = looked.page.locator("iframe").bounding_box()
    assert box is not None
    assert box["width"] <= 320
    assert box["height"] <= 300


def test_a_consumer_like_wordpress_works_too(look: Look, host: Host, site: str) -> None:
    """It keeps only the address and the size, forces a sandbox, gives the frame a secret: list and map."""
    looked = look(host.write(""))
    address = f"{site}/oembed?url={quote(f'{site}/map')}"
    said = looked.page.evaluate(INSERT, [address, [600, 500]])
    looked.page.evaluate(
        """said => {
          const kept = document.querySelector('iframe'), made = document.createElement('iframe');
          for (const name of ['width', 'height']) made.setAttribute(name, kept.getAttribute(name));
          made.setAttribute('sandbox', 'allow-scripts'); made.setAttribute('security', 'restricted');
          made.src = kept.src + '#?secret=abc123';
          document.body.replaceChildren(made);
        }""",
        said,
    )
    expect(looked.frame.locator(".card")).to_have_count(STATIONS)
    expect(looked.frame.locator(".leaflet-marker-icon .pin")).to_have_count(STATIONS)


# Who may


def test_only_the_operators_origins_may_frame(browser: Browser, donghuamen: Path, host: Host) -> None:
    """A page that is not one of them gets no frame; in place of it stands the element's own link."""
    quick = "const usual = setTimeout; window.setTimeout = (work, wait) => usual(work, Math.min(wait, 800));"
    with running(donghuamen, LOCATOR_EMBED_ORIGINS=f"https://example.org {host.address}") as open_site:
        allowed = (open_site, host.address)
        with looking(browser, allowed, host.write(element(open_site, 'id="a"')), init=quick) as looked:
            ready(looked, "a")
            assert looked.faults == []
    with running(donghuamen, LOCATOR_EMBED_ORIGINS="https://example.org") as closed_site:
        page = host.write(element(closed_site, 'id="a"') + framed(closed_site))
        with looking(browser, (closed_site, host.address), page, init=quick) as looked:
            link = looked.page.get_by_role("link", name="驿站列表")
            looked.page.wait_for_function(
                "document.querySelector('warm-station-map a').getBoundingClientRect().width > 20 &&"
                "document.getElementById('a').shadowRoot.querySelector('div').style.position === ''"
            )
            expect(link).to_be_visible()
            assert looked.events() == []
            refused = [fault for fault in looked.faults if "frame-ancestors" in fault]
            assert refused
            assert all("frame-ancestors" in fault or "chrome-error" in fault for fault in looked.faults)


def test_no_other_page_can_be_framed(browser: Browser, site: str, host: Host) -> None:
    """The first page, the planner and the builder stay out of anybody's frame."""
    for path in ("/", "/planner", "/embed/builder"):
        with looking(
            browser, (site, host.address), host.write(f'<iframe src="{site}{path}" title="x"></iframe>')
        ) as looked:
            looked.page.wait_for_timeout(300)
            assert looked.faults
            assert looked.inside().url.startswith("chrome-error:")


# The page that makes the lines


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_builder(visit: Visit, scheme: str) -> None:
    """Zero violations of any rule, with everything unfolded and a fault told."""
    page = visit("/embed/builder?station=tw-5&open=1&height=5&layout=list", color_scheme=scheme)
    expect(page.get_by_role("alert").first).to_be_visible()
    page.frame_locator("#preview").locator(".card").first.wait_for()
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"][:120] for node in fault["nodes"]][:4]) for fault in found] == []


def test_a_line_is_copied(visit: Visit) -> None:
    """A tap puts it on the clipboard, and the page says so."""
    page = visit("/embed/builder", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制: 网页组件").click()
    expect(page.locator("#status")).to_have_text("已复制。")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#element").input_value()


def test_the_lines_of_the_builder_work_elsewhere(visit: Visit, look: Look, host: Host) -> None:
    """Choices change the preview and all three texts; each of them, copied to another site, shows the choice."""
    page = visit("/embed/builder", viewport={"width": 1100, "height": 900}, is_mobile=False)
    steps = page.evaluate("history.length")
    page.get_by_label("区", exact=True).select_option("丰台区")
    page.get_by_label("高度（像素）").fill("444")
    preview = page.frame_locator("#preview")
    expect(preview.locator("#title")).to_contain_text("丰台区")
    expect(preview.locator(".card")).to_have_count(1)
    expect(page.locator("#element")).to_have_value(re.compile("444"))
    assert page.evaluate("history.length") == steps
    frame, element_lines, oembed = (
        page.locator(f"#{name}").input_value() for name in ("frame", "element", "oembed")
    )
    for lines in (frame, element_lines):
        looked = look(host.write(lines))
        expect(looked.frame.locator(".card")).to_have_count(1)
        box = looked.page.locator("iframe").bounding_box()
        assert box is not None
        assert round(box["height"]) == 444
        assert box["x"] + box["width"] <= PHONE["viewport"]["width"]
    looked = look(host.write(""))
    html = looked.page.evaluate("async address => (await (await fetch(address)).json()).html", oembed)
    assert quote("丰台区") in html
