"""The page in the frame: whole from the server, options checked one by one, framed by whom the operator lets."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from locator import create_app
from locator.config import Settings, read_settings
from locator.errors import ConfigError
from locator.web.embed.frame import palette

if TYPE_CHECKING:
    from flask.testing import FlaskClient

# Seven stations: by distance from 39.9155, 116.4050, which tests/data/donghuamen was drawn round.
BY_DISTANCE = ["tw-1", "tw-5", "tw-2", "wh-1", "tw-3"]
BEYOND = "tw-4"
STATIC = Path(__file__).resolve().parents[3] / "static"


class Page(HTMLParser):
    """A page's tags with their attributes, its cards, and what its elements say by id or role."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.cards: list[str] = []
        self.said: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one tag."""
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if "data-station-id" in found:
            self.cards.append(found["data-station-id"])
        if tag not in ("meta", "link", "img", "input", "path", "use", "circle"):
            self._open.append(found.get("id") or found.get("role") or "")

    def handle_endtag(self, _tag: str) -> None:
        """Leave an element."""
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Note a text under every name it stands in."""
        for name in {name for name in self._open if name}:
            self.said[name] = self.said.get(name, "") + data


def embed(client: FlaskClient, **options: Any) -> Page:
    """Open the frame with some options."""
    response = client.get("/embed", query_string={"lang": "en", **options})
    assert response.status_code == 200
    return Page(response.text)


def script_data(client: FlaskClient, **options: Any) -> dict[str, Any]:
    """Read what the page gives to its script."""
    text = client.get("/embed", query_string=options).text
    (words,) = re.findall(r'<script type="application/json" id="words">(.*?)</script>', text, re.DOTALL)
    found: dict[str, Any] = orjson.loads(words)["embed"]
    return found


@pytest.fixture
def many(tmp_path: Path) -> FlaskClient:
    """A client of a city with 45 stations in no district, named by number."""
    empty = {"type": "FeatureCollection", "features": []}
    for name in ("worker_homes", "community_stations", "districts"):
        (tmp_path / f"{name}.geojson").write_bytes(orjson.dumps(empty))
    (tmp_path / "holidays.csv").write_text("date,kind,name,source\n", encoding="utf-8")
    features = [
        {
            "type": "Feature",
            "id": f"s-{row}",
            "geometry": {"type": "Point", "coordinates": [116.4 + row / 10_000, 39.9]},
            "properties": {"name": f"驿站{row:02}", "kind": "warm_station"},
        }
        for row in range(45)
    ]
    (tmp_path / "warm_stations.geojson").write_bytes(orjson.dumps(empty | {"features": features}))
    return create_app(Settings(geodata=tmp_path)).test_client()


# What is listed


def test_a_center_lists_what_is_near_it_and_then_the_nearest_beyond(client: FlaskClient) -> None:
    """In order of distance, with the distances, and the title counts those within the radius."""
    page = embed(client, center="39.9155,116.4050")
    assert page.cards == [*BY_DISTANCE, BEYOND]
    assert "within 1 km: 5" in page.said["title"]
    assert "104 m" in page.said[f"station-{BY_DISTANCE[0]}"]
    assert "The next one is farther away" in page.said["beyond"]


def test_a_radius_without_a_station_leads_to_the_nearest_one(client: FlaskClient) -> None:
    """Said in the title, with the one beyond it."""
    page = embed(client, center="39.9155,116.4050", radius=50)
    assert page.cards == ["tw-1"]
    assert page.said["title"] == "There is no station within 50 m of here."
    assert "The nearest one is farther away" in page.said["beyond"]


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_center_of_another_datum_is_converted(client: FlaskClient, datum: str) -> None:
    """Half a kilometre makes another list."""
    asked = client.get("/api/nearest", query_string={"lat": 39.9155, "lon": 116.405, "datum": datum}).get_json()
    found = embed(client, center="39.9155,116.4050", datum=datum)
    assert found.cards[: len(asked["stations"])] == [station["station_id"] for station in asked["stations"]]
    origin = script_data(client, center="39.9155,116.4050", datum=datum)
    assert origin["lat"] == pytest.approx(asked["origin"]["lat"], abs=1e-6)


@pytest.mark.parametrize("center", ["39.9155，116.4050", "３９.９１５５ １１６.４０５", "39.9155N,116.405E"])
def test_a_center_is_read_however_it_is_typed(client: FlaskClient, center: str) -> None:
    """Full-width, with a blank, with letters."""
    assert embed(client, center=center).cards == [*BY_DISTANCE, BEYOND]


@pytest.mark.parametrize("name", ["丰台区", "豐臺區", "豐台區", "Fengtai", "fengtai", "Ｆｅｎｇｔａｉ"])
def test_a_district_lists_its_stations_by_name(client: FlaskClient, name: str) -> None:
    """By its Chinese or its English name; nothing is near, so no distance is told."""
    page = embed(client, district=name)
    assert page.cards == ["cs-1"]
    assert page.said["title"] == "Fengtai: 1 stations"
    assert not re.search(r"\d k?m\b|on foot", page.said["station-cs-1"])


def test_without_a_place_the_city_is_listed_and_the_rest_counted(many: FlaskClient) -> None:
    """The first twenty by name, the others as dots on the map and as a number with a link."""
    page = embed(many)
    assert page.cards == [f"s-{row}" for row in range(20)]
    assert "45 stations" in page.said["title"]
    assert page.said["rest"].strip() == "25 more stations on the full page"
    dots = script_data(many)["dots"]
    assert dots == [[39.9, pytest.approx(116.4 + row / 10_000, abs=1e-5)] for row in range(20, 45)]


def test_choices_thin_the_list_out(client: FlaskClient) -> None:
    """Kinds and amenities; several of them in one option or in several."""
    assert embed(client, kind="worker_home").cards == ["wh-1"]
    assert embed(client, amenity="seats,microwave").cards == ["tw-1"]
    assert embed(client, amenity=["seats", "microwave"]).cards == ["tw-1"]
    near = embed(client, center="39.9155,116.4050", kind="worker_home,community_station")
    assert near.cards == ["wh-1", "cs-1"]


@pytest.mark.usefixtures("any_hour")
def test_open_keeps_only_what_is_known_to_be_open(client: FlaskClient) -> None:
    """At every hour that is the one open day and night, and never the one whose hours nobody knows."""
    found = embed(client, open=1).cards
    assert "tw-2" in found
    assert "tw-3" not in found


def test_a_station_alone_is_all_that_is_shown(client: FlaskClient) -> None:
    """Its name is the title, and its own page the full one."""
    page = embed(client, station="tw-1")
    assert (page.cards, page.said["title"]) == (["tw-1"], "Donghuamen station")
    assert any(attrs.get("href") == "/stations/tw-1?lang=en" for tag, attrs in page.tags if tag == "a")


def test_a_station_that_the_list_does_not_have_stands_before_it(client: FlaskClient) -> None:
    """It was asked for; one that the list has stands there once."""
    assert embed(client, station="cs-1", center="39.9155,116.4050").cards == ["cs-1", *BY_DISTANCE, BEYOND]
    assert embed(client, station="tw-2", center="39.9155,116.4050").cards == [*BY_DISTANCE, BEYOND]


# Options


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("center", "39.9155", "lat,lon in degrees"),
        ("center", "39.9,116.4,5", "lat,lon in degrees"),
        ("center", "116.4,39.9", "between -90 and 90"),
        ("center", "nan,116", "must be a number"),
        ("zoom", "2", "from 3 to 18"),
        ("zoom", "19", "from 3 to 18"),
        ("zoom", "12.5", "whole number"),
        ("district", "朝阳公园", "东城区, 丰台区"),
        ("radius", "0", "above 0"),
        ("radius", "20001", "20000"),
        ("kind", "warm_station,cafe", "worker_home"),
        ("amenity", "sauna", "microwave"),
        ("open", "yes", "1 for yes or 0 for no"),
        ("station", "nobody", "No station has the id"),
        ("lang", "fr", "en, zh"),
        ("theme", "pink", "auto, light, dark"),
        ("layout", "table", "both, map, list"),
        ("locate", "2", "1 for yes or 0 for no"),
        ("datum", "nad27", "wgs84"),
        ("centre", "39.9,116.4", "center"),
        ("<b>", "<script>alert(1)</script>", "There is no field"),
    ],
)
def test_a_bad_option_is_told_and_left_out(client: FlaskClient, option: str, value: str, rule: str) -> None:
    """The sentence names option, value and rule; the list and the map are those without it."""
    response = client.get("/embed", query_string={option: value}, headers={"Accept-Language": "en"})
    page = Page(response.text)
    assert response.status_code == 200
    assert f"{option}={value}"[:40] in page.said["alert"]
    assert rule in page.said["alert"]
    assert page.cards == embed(client).cards
    assert any(attrs.get("id") == "map_main" for _, attrs in page.tags)


def test_options_that_are_sound_work_beside_bad_ones(client: FlaskClient) -> None:
    """Each is checked alone; nothing is told of an empty one."""
    page = embed(client, center="39.9155,116.4050", radius="300", zoom="99", theme="", kind="")
    assert page.cards == ["tw-1", "tw-5", "tw-2"]
    assert page.said["alert"].count("zoom") == 2
    assert not {"theme", "kind", "radius"} & set(page.said["alert"].split())


def test_sound_options_are_not_commented_on(client: FlaskClient) -> None:
    """No alert where nothing is wrong."""
    options = {"zoom": 18, "theme": "dark", "layout": "map", "locate": 0, "datum": "wgs84", "open": 0}
    assert "alert" not in embed(client, center="-90,180", radius=20000, **options).said


def test_a_center_of_a_datum_that_is_not_known_is_left_out_with_it(client: FlaskClient) -> None:
    """Taken for another datum it would be off by half a kilometre, and look right."""
    assert script_data(client, center="39.9155,116.4050", datum="mars")["lat"] is None


def test_a_center_and_a_district_contradict_each_other(client: FlaskClient) -> None:
    """The list is about the center, and says so."""
    page = embed(client, center="39.9155,116.4050", district="丰台区")
    assert page.cards[0] == "tw-1"
    assert "either center or district" in page.said["alert"]


@pytest.mark.parametrize(("layout", "has_map"), [("both", True), ("map", True), ("list", False)])
def test_a_layout_without_a_map_loads_none(client: FlaskClient, layout: str, *, has_map: bool) -> None:
    """The list is there in all of them: without a script it is all there is."""
    page = embed(client, layout=layout, center="39.9155,116.4050")
    scripts = [attrs["src"] for tag, attrs in page.tags if tag == "script" and "src" in attrs]
    assert any("leaflet" in src for src in scripts) is has_map
    assert len(page.cards) == 6


def test_without_locate_nobody_is_asked_for_a_position(client: FlaskClient) -> None:
    """Neither the button nor the link in its place."""
    ids = {attrs.get("id") for _, attrs in embed(client, locate=0).tags}
    assert not {"near", "near-link"} & ids
    assert {"near", "near-link"} <= {attrs.get("id") for _, attrs in embed(client).tags}


@pytest.mark.parametrize(("theme", "scheme"), [("auto", "light dark"), ("light", "light"), ("dark", "dark")])
def test_a_theme_is_that_of_the_other_pages(client: FlaskClient, theme: str, scheme: str) -> None:
    """A chosen one has the colours of static/shared/app.css, whatever the device prefers."""
    text = client.get("/embed", query_string={"theme": theme}).text
    assert f'<meta name="color-scheme" content="{scheme}">' in text
    assert ("--paper:" in text) is (theme != "auto")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_a_theme_are_read_from_the_style_of_all_pages(theme: str) -> None:
    """All of them: what comes first there is light, and what the device's wish for dark brings is dark."""
    light, dark = (
        (STATIC / "shared/app.css").read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")
    )
    of_theme = re.findall(r"^ +(--[\w-]+: .+;)$", light if theme == "light" else dark, re.MULTILINE)
    assert re.findall(r"--[\w-]+: .+;", palette(theme)) == of_theme
    assert len(of_theme) > 20


# What a page in a sandbox needs


def test_every_link_opens_beside_the_page_around_the_frame(many: FlaskClient, client: FlaskClient) -> None:
    """None of them replaces the frame, and none hands over its window."""
    for page in (
        embed(many),
        embed(client, center="39.9155,116.4050"),
        embed(client, station="tw-5", layout="list"),
    ):
        links = [attrs for tag, attrs in page.tags if tag == "a"]
        assert len(links) >= 3
        assert {(link.get("target"), link.get("rel")) for link in links} == {("_blank", "noopener")}


def test_the_name_of_a_station_is_text(client: FlaskClient) -> None:
    """Markup in a name makes no element."""
    page = embed(client, station="tw-5")
    assert page.said["title"] == "<img src=x onerror=alert(1)>${alert(1)}"
    assert not [attrs for _, attrs in page.tags if "onerror" in attrs]


def test_a_frame_sets_no_cookie_and_says_no_opener_policy(client: FlaskClient) -> None:
    """Any page may take it in, one that demands consent of what it loads too."""
    headers = client.get("/embed").headers
    assert "Set-Cookie" not in headers
    assert "X-Frame-Options" not in headers
    assert "Cross-Origin-Opener-Policy" not in headers
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "geolocation=*" in headers["Permissions-Policy"]


def test_all_that_a_frame_loads_is_free_to_any_origin(client: FlaskClient) -> None:
    """Scripts and styles too: in a sandbox the frame's own origin is not that of its files."""
    page = embed(client)
    files = [attrs.get("src") or attrs.get("href", "") for tag, attrs in page.tags if tag in ("script", "link")]
    for address in filter(None, files):
        with client.get(address) as response:
            assert response.status_code == 200
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("path", ["/api/nearest", "/api/places", "/api/stations/tw-1"])
def test_a_browser_that_asks_first_is_told_that_it_may(client: FlaskClient, path: str) -> None:
    """JSON from any origin, without credentials."""
    headers = client.options(
        path,
        headers={
            "Origin": "null",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    ).headers
    assert headers.getlist("Access-Control-Allow-Origin") == ["*"]
    assert headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert {"GET", "POST"} == set(headers["Access-Control-Allow-Methods"].split(", "))
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("path", ["/", "/map", "/about", "/stations/tw-1", "/planner"])
def test_a_page_that_a_frame_leads_to_opens_from_a_sandbox(client: FlaskClient, path: str) -> None:
    """With an opener policy browsers refuse it there; it still cannot be framed itself."""
    headers = client.get(path).headers
    assert "Cross-Origin-Opener-Policy" not in headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/healthz", "/offline", "/sw.js", "/nothing", "/embed/", "/embedded"])
def test_everything_else_stays_closed(client: FlaskClient, path: str) -> None:
    """No frame, no other origin, no opener."""
    headers = client.get(path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


# Who may frame


def policy(origins: str, geodata: Path, path: str = "/embed") -> str:
    """Return the policy of a page of a server with this setting."""
    settings = read_settings({"LOCATOR_EMBED_ORIGINS": origins, "LOCATOR_GEODATA": str(geodata)})
    return create_app(settings).test_client().get(path).headers["Content-Security-Policy"]


@pytest.mark.parametrize("origins", ["", "*", " * ", "*, https://a.example", "  ,  "])
def test_by_default_anybody_may_frame(donghuamen: Path, origins: str) -> None:
    """Nothing is said of it: a star would leave out pages from a disk and those in a sandbox."""
    assert "frame-ancestors" not in policy(origins, donghuamen)
    assert policy(origins, donghuamen, "/").endswith("frame-ancestors 'none'")


@pytest.mark.parametrize(
    "origins",
    [
        "https://a.example http://b.example:8080",
        "https://a.example,http://b.example:8080",
        " https://A.example , http://b.example:8080\n",
    ],
)
def test_a_list_of_origins_is_who_may_frame(donghuamen: Path, origins: str) -> None:
    """They, and our own pages; nothing else may be framed even by them."""
    found = policy(origins, donghuamen)
    assert found.endswith("; frame-ancestors 'self' https://a.example http://b.example:8080")
    assert policy(origins, donghuamen, "/map").endswith("; frame-ancestors 'none'")


@pytest.mark.parametrize(
    "origins",
    [
        "a.example",
        "https://a.example/",
        "https://a.example/page",
        "https://",
        "https://a.example; script-src *",
        "'self'",
        "https://a.example' 'unsafe-inline",
        "https://*",
        "https://a.*.example",
        "ftp://a.example",
        "https://a.example:port",
        "https://u@a.example",
    ],
)
def test_what_is_no_origin_is_refused_at_start(origins: str) -> None:
    """The sentence names the variable, the word and what it may be."""
    with pytest.raises(ConfigError, match=r"LOCATOR_EMBED_ORIGINS must be \* or origins such as https://"):
        read_settings({"LOCATOR_EMBED_ORIGINS": f"https://b.example {origins}"})


@pytest.mark.parametrize(
    "origins", ["https://*.a.example", "http://127.0.0.1:8000", "http://localhost", "https://xn--fiq.example"]
)
def test_origins_of_every_shape_are_taken(origins: str) -> None:
    """All below a name, an address, a port."""
    assert read_settings({"LOCATOR_EMBED_ORIGINS": origins}).embed_origins == (origins,)


# The element's script


def test_the_element_is_kept_for_good_only_under_the_address_of_its_version(client: FlaskClient) -> None:
    """The plain address is asked anew after an hour, so that a fault in it can be mended."""
    with client.get("/embed.js") as plain:
        assert plain.headers["Cache-Control"] == "public, max-age=3600"
        assert plain.headers["Access-Control-Allow-Origin"] == "*"
        assert plain.mimetype == "text/javascript"
    with client.get("/embed.js?v=0000000000") as unknown:
        assert "max-age=3600" in unknown.headers["Cache-Control"]
        version = hashlib.sha256(plain.data).hexdigest()[:10]
    with client.get(f"/embed.js?v={version}") as fixed:
        assert "max-age=31536000" in fixed.headers["Cache-Control"]
