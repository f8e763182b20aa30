"""What the service worker is told to keep is there, and an operator can take it all back."""

from __future__ import annotations

import re
import struct
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from locator import create_app
from locator.config import Settings, bundled
from locator.web.finder import offline

if TYPE_CHECKING:
    from flask.testing import FlaskClient

DONGHUAMEN = Path(__file__).resolve().parents[2] / "data" / "donghuamen"
SHIPPED = Path(__file__).resolve().parents[3] / "geodata"


class Loaded(HTMLParser):
    """The addresses of what a page loads by itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the address of a script, an image or a style sheet."""
        named = dict(attrs)
        if tag in ("script", "img"):
            self.found.add(named.get("src") or "")
        if tag == "link" and named.get("rel") in ("stylesheet", "icon"):
            self.found.add(named.get("href") or "")
        self.found.discard("")


def shell_of(client: FlaskClient) -> dict[str, Any]:
    """Read what stands before the worker's script."""
    found: dict[str, Any] = orjson.loads(re.match(r"const SHELL = (\{.*\});\n", client.get("/sw.js").text)[1])  # type: ignore[index]
    return found


@pytest.fixture(scope="module")
def refusing() -> FlaskClient:
    """A client of a service whose operator wants nothing kept on devices."""
    return create_app(Settings(geodata=DONGHUAMEN, offline=False)).test_client()


@pytest.fixture(params=[True, False], ids=["kept", "removed"])
def either(request: pytest.FixtureRequest, client: FlaskClient, refusing: FlaskClient) -> FlaskClient:
    """A client of a service with a worker that keeps, and of one with a worker that removes."""
    return client if request.param else refusing


def test_the_worker_is_asked_for_at_every_visit(either: FlaskClient) -> None:
    """No cache holds it back, and it is a script; else a browser refuses it."""
    response = either.get("/sw.js")
    assert response.status_code == 200
    assert response.mimetype == "text/javascript"
    assert response.headers["Cache-Control"] == "no-cache"
    again = either.get("/sw.js", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "no-cache")


def test_the_worker_can_ask_no_other_host(either: FlaskClient) -> None:
    """It is bound by a policy of its own, and nothing has to widen its scope."""
    headers = either.get("/sw.js").headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"
    assert "Service-Worker-Allowed" not in headers


def test_everything_that_is_kept_is_there_and_from_here(client: FlaskClient) -> None:
    """Each address answers 200 without a redirect; one that failed would keep the worker from being installed."""
    shell = shell_of(client)
    kept = [*shell["pages"], *shell["files"], *shell["documents"]]
    assert len(kept) == len(set(kept)) > 15
    for address in kept:
        assert address.startswith("/")
        assert not address.startswith("//")
        with client.get(address) as response:
            assert response.status_code == 200, address
            assert "no-store" not in response.headers.get("Cache-Control", ""), address


@pytest.mark.parametrize("path", ["/", "/map", "/about", "/offline", "/stations/tw-1", "/?lang=en"])
def test_a_page_loads_nothing_that_is_not_kept(client: FlaskClient, path: str) -> None:
    """A script that was forgotten would be missing without a network."""
    loaded = Loaded(client.get(path).text).found
    assert len(loaded) >= 2
    assert loaded <= set(shell_of(client)["files"])


def test_the_data_that_pages_fetch_are_kept(client: FlaskClient) -> None:
    """The addresses of documents that scripts find in the pages lead to what the worker keeps."""
    documents = set(shell_of(client)["documents"])
    for path in ("/", "/map"):
        text = client.get(path).text
        fetched = set(re.findall(r'"(/api/[\w.]+(?:json))[?"]', text.replace(r"\u0026", "&")))
        assert "/api/districts.geojson" in fetched
        assert fetched <= documents


@pytest.mark.parametrize(
    ("lang", "said", "way_back"),
    [
        ("zh", "您的查找没能发送出去", "返回首页"),
        ("en", "Your search could not be sent", "Back to the first page"),
    ],
)
def test_a_form_that_could_not_be_sent_has_a_page_that_says_so(
    client: FlaskClient, lang: str, said: str, way_back: str
) -> None:
    """It is among the pages that are kept, and leads back to the first one, which is kept too."""
    shell = shell_of(client)
    assert {shell["unsent_page"], shell["home"]} <= set(shell["pages"])
    page = client.get(f"{shell['unsent_page']}?lang={lang}").text
    assert said in page
    assert re.search(rf'<a class="second-button" href="/(\?lang={lang})?">{way_back}</a>', page)


def test_no_position_and_no_answer_to_one_is_kept(client: FlaskClient) -> None:
    """Neither the address that answers nor any with a query of a person's."""
    shell = shell_of(client)
    kept = shell["documents"] + shell["pages"]
    assert not [address for address in kept if "nearest" in address or "?" in address]


def test_another_language_asked_for_first_changes_nothing() -> None:
    """The worker is made once for everybody: its list must not carry one reader's language."""
    first, second = create_app(Settings(geodata=DONGHUAMEN)), create_app(Settings(geodata=DONGHUAMEN))
    assert first.test_client().get("/sw.js?lang=en").data == second.test_client().get("/sw.js").data


def test_the_version_changes_with_the_data_and_with_the_choices() -> None:
    """And with nothing else: two workers of one service agree."""
    chosen = [
        Settings(geodata=DONGHUAMEN),
        Settings(geodata=DONGHUAMEN),
        Settings(geodata=SHIPPED),
        Settings(geodata=DONGHUAMEN, radius_m=500),
        Settings(geodata=DONGHUAMEN, lang="en"),
    ]
    versions = [shell_of(create_app(settings).test_client())["version"] for settings in chosen]
    assert versions[0] == versions[1]
    assert len(set(versions)) == 4


def test_the_version_changes_with_a_template_of_any_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page looks like has changed: the kept one is not the page any more."""
    page = tmp_path / "templates" / "finder" / "home.html"
    page.parent.mkdir(parents=True)
    monkeypatch.setattr(offline, "PACKAGE", tmp_path)
    versions = []
    for text in ("<h1>", "<h2>", "<h1>"):
        page.write_text(text, encoding="utf-8")
        versions.append(shell_of(create_app(Settings(geodata=DONGHUAMEN)).test_client())["version"])
    assert versions[0] == versions[2] != versions[1]


def test_a_service_that_keeps_nothing_removes_what_was_kept(refusing: FlaskClient) -> None:
    """Its worker answers no request, and its pages ask for no worker."""
    script = refusing.get("/sw.js").text
    assert "caches.delete" in script
    assert "unregister()" in script
    assert "fetch" not in script
    for path in ("/", "/map", "/about"):
        text = refusing.get(path).text
        assert "offline.js" not in text
        assert "sw.js" not in text


@pytest.mark.parametrize("path", ["/", "/map", "/about", "/stations/tw-1", "/stations/nothing", "/nothing"])
def test_every_page_registers_the_worker_and_has_a_place_to_say_so(client: FlaskClient, path: str) -> None:
    """The live region is there before there is anything to say."""
    text = client.get(path).text
    assert '<p class="kept" id="offline" role="status"></p>' in text
    words = orjson.loads(re.search(r'id="offline-words">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    assert words["worker_url"] == "/sw.js"


# Manifest


def manifest_of(client: FlaskClient, query: str = "", **headers: str) -> dict[str, Any]:
    """Read the manifest."""
    response = client.get(f"/manifest.webmanifest{query}", headers=headers)
    assert (response.status_code, response.mimetype) == (200, "application/manifest+json")
    found: dict[str, Any] = orjson.loads(response.data)
    return found


@pytest.mark.parametrize(
    ("query", "accepted", "lang", "name", "start"),
    [
        ("", "zh-CN", "zh-CN", "暖心驿站", "/"),
        ("", "en-GB", "en", "Warm stations", "/"),
        ("?lang=en", "zh-CN", "en", "Warm stations", "/?lang=en"),
        ("?lang=zh", "en-GB", "zh-CN", "暖心驿站", "/?lang=zh"),
    ],
)
def test_the_manifest_speaks_the_readers_language(
    client: FlaskClient, query: str, accepted: str, lang: str, name: str, start: str
) -> None:
    """One chosen by hand is kept when the installed page starts; the app stays one and the same."""
    found = manifest_of(client, query, **{"Accept-Language": accepted})
    assert (found["lang"], found["short_name"], found["start_url"]) == (lang, name, start)
    assert (found["id"], found["scope"], found["display"]) == ("/", "/", "standalone")
    assert len(found["short_name"]) <= 13


def test_the_colours_are_those_of_the_page(client: FlaskClient) -> None:
    """The window's frame and the screen while it starts look like the page."""
    found = manifest_of(client)
    page = client.get("/").text
    (light,) = re.findall(r'name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: light\)"', page)
    assert found["theme_color"] == found["background_color"] == light
    assert f"--paper: {light};" in (bundled("static") / "shared/app.css").read_text(encoding="utf-8")


def test_every_icon_is_what_the_manifest_says(client: FlaskClient) -> None:
    """A phone needs 192 and 512 pixels, plain and maskable; each file has its size and is small."""
    icons = manifest_of(client)["icons"]
    assert {(icon["sizes"], icon.get("purpose")) for icon in icons} >= {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    for icon in icons:
        with client.get(icon["src"]) as response:
            assert (response.status_code, response.mimetype) == (200, icon["type"])
            if icon["type"] == "image/png":
                # The size stands in the header of a PNG, eight bytes from its 16th on.
                width, height = struct.unpack(">II", response.data[16:24])
                assert f"{width}x{height}" == icon["sizes"]
                assert len(response.data) <= 20_000


def test_every_page_names_the_manifest_and_an_icon_for_the_home_screen(client: FlaskClient) -> None:
    """In the language that was chosen by hand."""
    text = client.get("/about?lang=en").text
    assert '<link rel="manifest" href="/manifest.webmanifest?lang=en">' in text
    (icon,) = re.findall(r'<link rel="apple-touch-icon" href="([^"]+)">', text)
    with client.get(icon) as response:
        assert response.mimetype == "image/png"
        # Colour type 2: no transparency, which iOS would paint black.
        assert response.data[25] == 2
