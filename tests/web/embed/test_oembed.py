"""oEmbed: a consumer that has only the address of a page of ours learns how to show it on its own."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

if TYPE_CHECKING:
    from flask.testing import FlaskClient

HOME = "http://localhost/"


class Tags(HTMLParser):
    """The tags of a text with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one tag."""
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Note what is between."""
        self.said += data


def answer(client: FlaskClient, url: str, **query: Any) -> dict[str, Any]:
    """Ask for a page."""
    response = client.get("/oembed", query_string={"url": url, **query})
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    found: dict[str, Any] = response.get_json()
    return found


def iframe(found: dict[str, Any]) -> dict[str, str]:
    """Return the attributes of the one element in an answer."""
    tags = Tags(found["html"])
    ((tag, attrs),) = tags.found
    assert (tag, tags.said) == ("iframe", "")
    return attrs


def test_an_answer_has_what_the_specification_asks_of_a_rich_one(client: FlaskClient) -> None:
    """Type, version, html and both sides; the frame says its title and may ask for the position."""
    found = answer(client, HOME)
    assert (found["type"], found["version"]) == ("rich", "1.0")
    assert found["provider_url"] == HOME
    assert found["cache_age"] > 0
    attrs = iframe(found)
    assert attrs["src"] == "http://localhost/embed"
    assert attrs["title"] == found["title"] != ""
    assert (attrs["loading"], attrs["allow"]) == ("lazy", "geolocation")
    assert (attrs["width"], attrs["height"]) == (str(found["width"]), str(found["height"]))


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("", {}),
        ("map", {}),
        ("?lang=en", {"lang": ["en"]}),
        ("map?lang=en&utm_source=mail", {"lang": ["en"]}),
        ("stations/tw-1", {"station": ["tw-1"]}),
        ("stations/tw-1?lang=en#walk", {"station": ["tw-1"], "lang": ["en"]}),
        (
            "embed?district=%E4%B8%9C%E5%9F%8E%E5%8C%BA&kind=worker_home&kind=warm_station",
            {"district": ["东城区"], "kind": ["worker_home,warm_station"]},
        ),
        ("embed?center=39.9,116.4&evil=1", {"center": ["39.9,116.4"]}),
    ],
)
def test_the_frame_shows_what_the_page_is_about(
    client: FlaskClient, url: str, options: dict[str, list[str]]
) -> None:
    """Nothing of the address but the options of the frame goes on into it."""
    src = urlsplit(iframe(answer(client, HOME + url))["src"])
    assert (src.netloc, src.path, parse_qs(src.query)) == ("localhost", "/embed", options)
    assert client.get(f"{src.path}?{src.query}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"maxwidth": 280, "maxheight": 200}, (280, 200)),
        ({"maxwidth": 1}, (1, 420)),
        ({"maxheight": 120}, (600, 120)),
        ({"maxwidth": 5000, "maxheight": 5000}, (600, 420)),
        ({"maxwidth": ""}, (600, 420)),
    ],
)
def test_the_frame_is_never_larger_than_there_is_room_for(
    client: FlaskClient, asked: dict[str, Any], given: tuple[int, int]
) -> None:
    """Both maxima are obeyed, alone and together; without them it has the usual size."""
    found = answer(client, HOME, **asked)
    assert (found["width"], found["height"]) == given


def test_the_name_of_a_station_is_text_and_not_markup(client: FlaskClient) -> None:
    """A name with markup in it stands in an attribute as it is, and makes no second element."""
    found = answer(client, f"{HOME}stations/tw-5")
    assert iframe(found)["title"] == found["title"]
    assert found["title"].startswith("<img src=x onerror=alert(1)>${alert(1)}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "/map",
        "http://other.example/",
        "http://localhost.other.example/",
        "http://other.example/?http://localhost/",
        "http://user@localhost/",
        "http://localhost:81/",
        "ftp://localhost/",
        "javascript:alert(1)//http://localhost/",
        "http://localhost/about",
        "http://localhost/nothing",
        "http://localhost/stations/nothing",
        "http://localhost/stations/<script>",
        "http://[",
    ],
)
def test_an_address_that_is_no_page_to_show_is_not_found(client: FlaskClient, url: str) -> None:
    """404 with problem details, as the specification has it for what a provider does not know."""
    response = client.get("/oembed", query_string={"url": url})
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize("format_", ["xml", "XML", "yaml", ""])
def test_another_format_is_not_implemented(client: FlaskClient, format_: str) -> None:
    """501, as the specification has it."""
    response = client.get("/oembed", query_string={"url": HOME, "format": format_})
    assert response.status_code == 501


@pytest.mark.parametrize(
    "query", [{"maxwidth": "wide"}, {"maxheight": "0"}, {"maxwidth": "-5"}, {"maxheight": "1.5"}]
)
def test_a_maximum_that_is_no_size_is_refused(client: FlaskClient, query: dict[str, str]) -> None:
    """The field is named: a size that cannot be obeyed must not look obeyed."""
    response = client.get("/oembed", query_string={"url": HOME, **query})
    assert response.status_code == 422
    assert next(iter(query)) in response.get_json()["detail"]


def test_fields_of_a_consumer_that_we_do_not_know_are_passed_over(client: FlaskClient) -> None:
    """Blog software adds its own."""
    assert answer(client, HOME, dnt=1, discover="1")["type"] == "rich"


def test_scripts_of_any_page_may_read_the_answer(client: FlaskClient) -> None:
    """It says nothing that is not public."""
    headers = client.get("/oembed", query_string={"url": HOME}).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", ["/", "/map", "/stations/tw-1", "/stations/tw-5", "/stations/tw-1?lang=en"])
def test_a_page_says_where_to_ask_about_it(client: FlaskClient, path: str) -> None:
    """The link in its head leads to the answer about this very page."""
    links = [attrs for tag, attrs in Tags(client.get(path).text).found if tag == "link"]
    (link,) = [attrs for attrs in links if attrs.get("type") == "application/json+oembed"]
    assert link["rel"] == "alternate"
    assert link["title"]
    found = client.get(link["href"])
    assert found.status_code == 200
    assert "station=tw-" in found.get_json()["html"] or "stations" not in path


@pytest.mark.parametrize("path", ["/about", "/api/docs", "/nothing", "/embed"])
def test_a_page_that_nobody_embeds_says_nothing(client: FlaskClient, path: str) -> None:
    """There is no answer about it."""
    assert "json+oembed" not in client.get(path).text
