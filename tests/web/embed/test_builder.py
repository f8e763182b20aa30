"""The page that makes lines for other pages: every choice is in every line, and all of it as text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from locator.web.embed.frame_options import NAMES

if TYPE_CHECKING:
    from flask.testing import FlaskClient

BUILDER = "/embed/builder"
# A choice for every option, as the form sends it, and as the frame's address has it.
CHOICES = {
    "center": ("39.9155,116.405", "39.9155,116.405"),
    "zoom": ("15", "15"),
    "district": ("东城区", "东城区"),
    "radius": ("800", "800"),
    "kind": (["warm_station", "worker_home"], "warm_station,worker_home"),
    "amenity": (["seats", "toilet"], "seats,toilet"),
    "open": ("1", "1"),
    "station": ("tw-5", "tw-5"),
    "map_lang": ("en", "en"),
    "theme": ("dark", "dark"),
    "layout": ("list", "list"),
    "locate": ("0", "0"),
    "datum": ("gcj02", "gcj02"),
}


class Markup(HTMLParser):
    """Tags, attributes and texts, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self.open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag; the text up to its end is kept under its id."""
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        self.open = found.get("id", tag)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts[self.open] = self.texts.get(self.open, "") + data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's signature
        """Forget where the text belonged to."""
        self.open = ""

    def of(self, tag: str) -> dict[str, str]:
        """Return the attributes of the only such tag."""
        (found,) = (attributes for name, attributes in self.tags if name == tag)
        return found


def lines(client: FlaskClient, **query: Any) -> dict[str, str]:
    """Return the three texts that people copy, and the address of the preview."""
    response = client.get(BUILDER, query_string=query)
    assert response.status_code == 200
    page = Markup(response.text)
    return {name: page.texts[name] for name in ("frame", "element", "oembed")} | {
        "preview": page.of("iframe")["src"]
    }


def options_of(address: str) -> dict[str, str]:
    """Read the options of a frame's address."""
    parts = urlsplit(address)
    assert parts.path == "/embed"
    return {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}


def test_every_option_can_be_chosen(client: FlaskClient) -> None:
    """The frame, the preview, the element's attributes, its link and the oEmbed address all say the same."""
    found = lines(client, **{name: sent for name, (sent, _) in CHOICES.items()}, height="300")
    expected = {name.replace("map_lang", "lang"): said for name, (_, said) in CHOICES.items()}
    assert set(expected) == set(NAMES)
    frame, element = Markup(found["frame"]).of("iframe"), Markup(found["element"])
    assert options_of(frame["src"]) == options_of(found["preview"]) == expected
    assert element.of("warm-station-map") == expected | {"height": "300"}
    assert options_of(element.of("a")["href"]) == expected
    asked = parse_qs(urlsplit(found["oembed"]).query)
    assert options_of(asked["url"][0]) == expected
    assert (asked["maxheight"], asked["format"]) == (["300"], ["json"])
    assert client.get(found["oembed"]).get_json()["height"] == 300


def test_what_is_usual_is_not_said(client: FlaskClient) -> None:
    """The form as it comes makes the shortest lines: the plain address, a height and a title."""
    usual = {"district": "", "center": "", "datum": "gcj02", "theme": "auto", "layout": "both", "locate": "1"}
    for found in (lines(client), lines(client, **usual, map_lang="", height="420")):
        assert options_of(Markup(found["frame"]).of("iframe")["src"]) == {}
        assert Markup(found["element"]).of("warm-station-map") == {"height": "420"}


def test_the_frame_is_valid_and_says_what_it_is(client: FlaskClient) -> None:
    """Whole numbers for the size, a title, leave for the position, and an address of its own."""
    frame = Markup(lines(client, district="丰台区", height="333")["frame"]).of("iframe")
    assert (frame["height"], frame["width"].isdigit(), frame["allow"]) == ("333", True, "geolocation")
    assert frame["title"].startswith("丰台区 · ")
    assert frame["src"].startswith("http://localhost/embed?")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ({}, "暖心驿站地图"),
        ({"map_lang": "en"}, "Warm Station Map"),
        ({"lang": "en"}, "Warm Station Map"),
        ({"lang": "en", "map_lang": "zh", "district": "Dongcheng"}, "东城区 · 暖心驿站地图"),
        ({"map_lang": "en", "district": "东城区"}, "Dongcheng · Warm Station Map"),
        ({"station": "cs-1"}, "石榴庄双石一 · 暖心驿站地图"),
    ],
)
def test_the_title_is_in_the_language_of_the_map(client: FlaskClient, query: dict[str, str], title: str) -> None:
    """Whatever language the builder's own page has; where none is chosen, that one."""
    assert Markup(lines(client, **query)["frame"]).of("iframe")["title"] == title


@pytest.mark.parametrize(
    "value",
    ['"><script>alert(1)</script>', "</textarea><img src=x onerror=alert(1)>", "'&quot;&amp;<", "${alert(1)}"],
)
@pytest.mark.parametrize("name", ["center", "district", "station", "zoom", "radius", "kind", "amenity", "theme"])
def test_what_is_typed_is_text_on_the_page_and_in_the_lines(client: FlaskClient, name: str, value: str) -> None:
    """It ends no attribute and no field, neither here nor where the lines are pasted."""
    usual, found = client.get(BUILDER), client.get(BUILDER, query_string={name: value})
    assert found.status_code == 200
    tags = [tag for tag, _ in Markup(found.text).tags]
    assert [tag for tag in tags if tag != "option"] == [
        tag for tag, _ in Markup(usual.text).tags if tag != "option"
    ]
    made = lines(client, **{name: value})
    assert [tag for tag, _ in Markup(made["frame"]).tags] == ["iframe"]
    assert [tag for tag, _ in Markup(made["element"]).tags] == ["script", "warm-station-map", "a"]
    assert Markup(made["element"]).of("warm-station-map")[name] == value
    assert options_of(Markup(made["frame"]).of("iframe")["src"])[name] == value


def test_the_name_of_a_station_is_text_in_the_lines(client: FlaskClient) -> None:
    """Its markup is escaped once in the line, so that it is a title where the line is pasted."""
    made = lines(client, station="tw-5")
    title = "<img src=x onerror=alert(1)>${alert(1)} · 暖心驿站地图"
    assert Markup(made["frame"]).of("iframe")["title"] == title
    assert [tag for tag, _ in Markup(made["element"]).tags] == ["script", "warm-station-map", "a"]


@pytest.mark.parametrize("height", ["5", "2001", "-1", "abc", "100.5", "1e3x", "9" * 50])
def test_a_height_that_cannot_be_is_told_and_left_out(client: FlaskClient, height: str) -> None:
    """The rule is on the page; the lines have the usual height."""
    page = Markup(client.get(BUILDER, query_string={"height": height}).text)
    assert "height" in page.texts["trouble"]
    assert Markup(page.texts["frame"]).of("iframe")["height"] == "420"


@pytest.mark.parametrize("query", [{"district": "火星区"}, {"zoom": "99"}, {"station": "none"}, {"kind": "tea"}])
def test_a_choice_that_cannot_be_is_told_by_the_preview(client: FlaskClient, query: dict[str, str]) -> None:
    """The preview is the frame itself, which says what is wrong and shows the rest."""
    preview = client.get(lines(client, **query)["preview"])
    assert 'role="alert"' in preview.text


def test_the_page_works_without_a_script(client: FlaskClient) -> None:
    """The form sends itself by GET to the same page and keeps its language; what was chosen stays chosen."""
    sent = {"lang": "en", "district": "丰台区", "kind": "worker_home", "layout": "map"}
    page = Markup(client.get(BUILDER, query_string=sent).text)
    form = page.of("form")
    assert (form["method"], form["action"].partition("#")[0]) == ("get", BUILDER)
    ticked = [attributes["value"] for tag, attributes in page.tags if tag == "input" and "checked" in attributes]
    selected = {
        attributes["value"] for tag, attributes in page.tags if tag == "option" and "selected" in attributes
    }
    assert ticked == ["worker_home"]
    assert {"丰台区", "map"} <= selected
    assert {"type": "hidden", "name": "lang", "value": "en"} in [
        attributes for tag, attributes in page.tags if tag == "input"
    ]


def test_this_page_alone_may_show_a_frame_and_only_ours(client: FlaskClient) -> None:
    """The policy of no other page lets a frame in; nobody may frame the builder."""
    policy = client.get(BUILDER).headers["Content-Security-Policy"]
    assert "frame-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    for path in ("/", "/map", "/about", "/embed", "/planner"):
        assert "frame-src 'none'" in client.get(path).headers["Content-Security-Policy"]


def test_the_page_is_linked(client: FlaskClient) -> None:
    """An editor finds it from the page about the map."""
    links = [
        attributes.get("href", "") for tag, attributes in Markup(client.get("/about").text).tags if tag == "a"
    ]
    assert any(urlsplit(link).path == BUILDER for link in links)


def test_an_address_names_the_host_that_was_asked(client: FlaskClient) -> None:
    """The lines lead to where the page came from."""
    response = client.get(BUILDER, base_url="https://map.example.org", query_string={"district": "东城区"})
    frame = Markup(Markup(response.text).texts["frame"]).of("iframe")
    assert frame["src"] == f"https://map.example.org/embed?district={quote('东城区')}"
