"""The pages, as they leave the server: right without a script, safe with any text, in the reader's language."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import orjson
import prcoords
import pytest
from pyproj import Geod

from locator import create_app
from locator.config import Settings

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

GEOD = Geod(ellps="WGS84")
HERE = {"lat": "39.9155", "lon": "116.4050"}
NASTY = "<img src=x onerror=alert(1)>${alert(1)}"
# Longitude and latitude of the stations within 1 km, from the file.
NEAR = {
    "东华门街道工会服务站": (116.4042, 39.9162),
    "便利店驿站": (116.405, 39.92),
    "不知何时开的驿站": (116.415, 39.9155),
    NASTY: (116.405, 39.913),
    "周末关门的职工之家": (116.4, 39.91),
}
PAGES = ("/", "/map", "/about", "/stations/tw-1", "/stations/tw-5", "/nothing-here")


class Tags(HTMLParser):
    """Lists the elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.append((tag, dict(attrs)))

    def with_attribute(self, name: str) -> Iterator[str]:
        """Give the values of an attribute, wherever it stands."""
        return (attrs[name] or "" for _, attrs in self.found if name in attrs)


def words_of(page: str) -> str:
    """Return what a reader of a page sees: no scripts, no templates, no tags."""
    seen = re.sub(r"<(script|template|style|noscript)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", seen)).split())


def names_of(page: str) -> list[str]:
    """Return the names on the cards of a page, in order."""
    listed = page.partition("<template")[0]
    return [unescape(name) for name in re.findall(r'data-part="name"[^>]*>([^<]*)</a>', listed)]


def answer_to(client: FlaskClient, path: str, form: Mapping[str, object]) -> str:
    """Send the form, and return the page that the answer leads to."""
    return client.post(path, data=form, follow_redirects=True).text


def card_of(page: str, station_id: str) -> str:
    """Return the card of a station on a page."""
    (card,) = (card for card in page.split('<li class="card"') if card.startswith(f' id="station-{station_id}"'))
    return card


def metres(name: str) -> float:
    """Measure the geodesic from where we stand to a station."""
    _, _, distance_m = GEOD.inv(116.4050, 39.9155, *NEAR[name])
    return float(distance_m)


def script_words(page: str) -> dict[str, object]:
    """Read the words that a page gives its scripts."""
    (text,) = re.findall(r'<script type="application/json" id="words">(.*?)</script>', page, re.DOTALL)
    found: dict[str, object] = json.loads(text)
    return found


# The form on the first page


@pytest.mark.usefixtures("any_hour")
def test_the_form_lists_what_is_near_in_order_of_geodesic_distance(client: FlaskClient) -> None:
    """Five of the seven stations lie within 1 km, each with its distance; the one at 1,026 m does not."""
    page = client.post("/", data=HERE).text
    expected = sorted(NEAR, key=metres)
    assert names_of(page) == expected
    said = re.findall(r'data-part="distance">([^<]+)<', page.partition("<template")[0])
    # The page rounds what the API gives to 0.1 m.
    assert [int(text.removesuffix(" 米")) for text in said] == pytest.approx([*map(metres, expected)], abs=0.56)
    assert "1 公里内有 5 个驿站" in words_of(page)


@pytest.mark.usefixtures("any_hour")
def test_a_card_says_kind_entry_amenities_open_state_and_doubt(client: FlaskClient) -> None:
    """The nearest station's facts, and what is not known is said to be unknown."""
    answer = client.post("/?lang=en", data=HERE).text
    page, card = words_of(answer), words_of(card_of(answer, "tw-1"))
    # 104 m x 1.3 at 80 m a minute is 1.7 minutes.
    assert "104 m about 2 min on foot, north-west" in card
    assert "Warm station · Walk in" in card
    assert "Position uncertain: ± 300 m" in card
    assert all(name in card for name in ("Seats", "Drinking water", "Microwave"))
    assert "Shower" not in card
    assert "open 24 hours" in page
    assert "hours unknown" in page
    assert "Amenities not known" in page
    assert "Minutes on foot are an estimate" in page


def test_choices_sent_with_the_form_narrow_the_list(client: FlaskClient) -> None:
    """By hand from the file: two of the near ones have drinking water, one of these is a worker home."""
    water = HERE | {"amenity": "drinking_water"}
    assert names_of(client.post("/", data=water).text) == ["东华门街道工会服务站", "周末关门的职工之家"]
    both = water | {"kind": ["worker_home", "community_station"]}
    page = client.post("/", data=both).text
    assert names_of(page) == ["周末关门的职工之家"]
    boxes = [attrs for _, attrs in Tags(page).found if attrs.get("form") == "ask-form"]
    ticked = {attrs["value"] for attrs in boxes if "checked" in attrs}
    assert ticked == {"drinking_water", "worker_home", "community_station"}


@pytest.mark.usefixtures("any_hour")
def test_only_what_is_open_now_is_listed_where_that_is_chosen(client: FlaskClient) -> None:
    """The store that never closes is there at any hour; the station of unknown hours never is."""
    names = names_of(client.post("/", data=HERE | {"open_at": "now"}).text)
    assert "便利店驿站" in names
    assert "不知何时开的驿站" not in names


def test_choices_that_nothing_fits_are_told_and_can_be_cleared(client: FlaskClient) -> None:
    """No station of the file has a tyre pump: no list, and a button that asks without it."""
    page = client.post("/?lang=en", data=HERE | {"amenity": "tyre_pump"}).text
    assert names_of(page) == []
    assert "No station within 1 km of here has all that you chose." in words_of(page)
    clear = next(attrs for tag, attrs in Tags(page).found if tag == "form" and attrs.get("id") == "clear")
    assert "hidden" not in clear


def test_a_choice_nobody_knows_is_refused_on_the_page(client: FlaskClient) -> None:
    """The form comes back with the reason."""
    response = client.post("/?lang=en", data=HERE | {"amenity": "swimming_pool"})
    assert response.status_code == 422
    assert "'swimming_pool' is not known" in words_of(response.text)


@pytest.mark.usefixtures("any_hour")
def test_the_nearest_open_one_is_named_where_the_nearest_is_not_open(client: FlaskClient) -> None:
    """Standing at the station of unknown hours the store that never closes is named, or one nearer and open."""
    page = client.post("/?lang=en", data={"lat": "39.9155", "lon": "116.4150"}).text
    assert names_of(page)[0] == "不知何时开的驿站"
    (line,) = re.findall(r'id="open-nearby"([^>]*)>', page)
    assert "hidden" not in line
    (named,) = re.findall(r"The nearest that is open now: ([^<]+), [\d.]+ k?m<", page)
    position = names_of(page).index(unescape(named))
    states = re.findall(r'class="state state-(\w+)"', page.partition("<template")[0])
    assert states.index("open") == position


def test_the_pages_datum_is_checked(client: FlaskClient) -> None:
    """A shell that delivers GCJ-02 says so in the address; another word is refused."""
    for path, datum in (("/?datum=gcj02", "gcj02"), ("/", "wgs84"), ("/?datum=GCJ02", "gcj02")):
        assert list(Tags(client.get(path).text).with_attribute("data-datum")) == [datum]
    assert client.get("/?datum=mars").status_code == 422


def test_a_station_page_has_the_links_of_the_readers_phone(client: FlaskClient) -> None:
    """Android's geo: link is there on Android alone, and caches learn what the page depends on."""
    android = {"User-Agent": "Mozilla/5.0 (Linux; Android 13) Chrome/120.0 Mobile Safari/537.36"}
    response = client.get("/stations/tw-1", headers=android)
    assert "User-Agent" in response.headers["Vary"]
    links = [attrs for tag, attrs in Tags(response.text).found if tag == "a" and "data-app" in attrs]
    assert [link["data-app"] for link in links] == ["amap", "baidu", "tencent", "google", "geo"]
    assert {link["rel"] for link in links} == {"noopener noreferrer"}
    assert "geo:" not in client.get("/stations/tw-1").text.partition('id="handoff"')[0]


TWO_NUMBERS = [("010-65131212转8001", "tel:01065131212,8001"), ("13800138000", "tel:13800138000")]


def test_every_number_of_a_telephone_can_be_dialled(client: FlaskClient) -> None:
    """The text stands there as it was written, with a link for each number and a button for each."""
    page = client.get("/stations/tw-3").text
    assert "电话 张师傅 010-65131212转8001 、 13800138000" in words_of(page)
    links = re.findall(r'<a( class="second-button" data-part="call")? href="(tel:[^"]*)">([^<]*)</a>', page)
    buttons = [(said.removeprefix("拨打 "), uri) for is_button, uri, said in links if is_button]
    assert buttons == TWO_NUMBERS
    assert [(said, uri) for is_button, uri, said in links if not is_button and said != "12351"] == TWO_NUMBERS


def test_a_telephone_without_a_number_is_shown(tmp_path: Path, donghuamen: Path) -> None:
    """As text, without a link and without a button; one number has a button of one word."""
    for told, buttons in (("问隔壁<b>", []), ("12351", ["打电话"])):
        folder = tmp_path / str(len(buttons))
        shutil.copytree(donghuamen, folder)
        path = folder / "warm_stations.geojson"
        path.write_text(path.read_text(encoding="utf-8").replace("张师傅 010-65131212转8001、13800138000", told))
        page = create_app(Settings(geodata=folder)).test_client().get("/stations/tw-3").text
        assert f"电话 {told}" in words_of(page)
        assert re.findall(r'data-part="call" href="tel:[^"]*">([^<]*)<', page) == buttons
        assert page.count("tel:") == 1 + 2 * len(buttons)  # the city's advice line stands on every page


def test_a_card_hands_the_numbers_on(client: FlaskClient) -> None:
    """The sheet that opens over the list has a button for each."""
    page = client.post("/", data=HERE).text
    handed = [json.loads(phones) for phones in Tags(page.partition("<template")[0]).with_attribute("data-phones")]
    assert sorted(map(len, handed)) == [0, 0, 0, 0, 2]
    assert [(phone["number"], phone["uri"]) for phones in handed for phone in phones] == TWO_NUMBERS


def test_a_position_in_gcj02_finds_the_same(client: FlaskClient) -> None:
    """A map's position, 550 m off, is taken back to where the person stands."""
    shifted = prcoords.wgs_gcj((39.9155, 116.4050), check_china=False)
    form = {"lat": f"{shifted[0]:.7f}", "lon": f"{shifted[1]:.7f}", "datum": "gcj02"}
    assert names_of(client.post("/", data=form).text) == sorted(NEAR, key=metres)


def test_nothing_within_the_radius_is_said_with_the_nearest_beyond(client: FlaskClient) -> None:
    """From 40.2, 116.4 the nearest station is the convenience store's; its true distance is told."""
    page = client.post("/?lang=en", data={"lat": "40.2", "lon": "116.4"}).text
    _, _, distance_m = GEOD.inv(116.4, 40.2, 116.405, 39.92)
    words = words_of(page)
    assert "There is no station within 1 km of here." in words
    assert "The nearest one is farther away:" in words
    assert names_of(page) == ["便利店驿站"]
    assert f"{distance_m / 1000:.1f} km" in words


def test_a_limit_that_cuts_the_list_is_told_and_can_be_raised(client: FlaskClient) -> None:
    """With two of five listed the title claims no more than that, and a button asks for the rest."""
    page = client.post("/?lang=en", data=HERE | {"limit": "2"}).text
    assert "The 2 nearest stations, all within 278 m" in words_of(page)
    more = next(attrs for tag, attrs in Tags(page).found if tag == "form" and attrs.get("id") == "more")
    assert "hidden" not in more


def test_a_place_name_finds_what_is_near_it(client: FlaskClient) -> None:
    """One station has this name: it is 0 m away, and the page says from what it counts."""
    page = answer_to(client, "/?lang=en", {"place": "便利店驿站"})
    assert names_of(page)[0] == "便利店驿站"
    assert "Near 便利店驿站" in words_of(page)
    assert "0 m" in words_of(page)


@pytest.mark.parametrize(
    "text", ["東华門街道工會服務站", "Ｄｏｎｇｈｕａｍｅｎ Station", "donghuamenjiedaogonghuifuwuzhan"]
)
def test_a_place_is_found_however_it_is_typed(client: FlaskClient, text: str) -> None:
    """In traditional characters, full-width letters, with blanks."""
    page = answer_to(client, "/", {"place": text})
    assert names_of(page) == names_of(answer_to(client, "/", {"place": "东华门街道工会服务站"}))
    assert len(names_of(page)) == 5


@pytest.mark.parametrize("text", ["东华门街道工会", "dhmjdgh", "ＤＨＭＪＤＧＨ　"])
def test_part_of_a_name_is_offered_and_places_nobody(client: FlaskClient, text: str) -> None:
    """Even where one place alone has it."""
    page = answer_to(client, "/", {"place": text})
    assert re.findall(r'<a class="choice"[^>]*>([^<]+) <', page) == ["东华门街道工会服务站"]
    assert names_of(page) == []


@pytest.mark.parametrize("district", ["東城區", "东城区", "Ｄｏｎｇｃｈｅｎｇ", " dongcheng "])
def test_a_district_is_known_however_it_is_typed(client: FlaskClient, district: str) -> None:
    """Its stations are listed, under the name that it has; with a place it narrows."""
    page = answer_to(client, "/", {"district": district})
    assert listed_ids(page) == listed_ids(answer_to(client, "/", {"district": "东城区"}))
    assert "東城區" not in words_of(page)
    narrowed = answer_to(client, "/", {"place": "驛站", "district": district})
    assert names_of(narrowed) == names_of(answer_to(client, "/", {"place": "驿站", "district": "东城区"}))


@pytest.mark.parametrize(
    "form",
    [
        {"place": "39.9155, 116.4050"},
        {"place": "３９.９１５５，１１６.４０５"},
        {"place": "116.4050 39.9155", "district": "丰台区"},
        {"place": "39.9155°N 116.405°E"},
        {"lat": "39.9155,116.405", "lon": ""},
        {"lat": "", "lon": "39.9155 116.405"},
        {"lat": "３９．９１５５", "lon": "１１６．４０５"},
        {"lat": "39°54'55.8\"N", "lon": "116°24'18\"E"},
    ],
)
def test_a_position_is_understood_wherever_it_is_typed(client: FlaskClient, form: dict[str, str]) -> None:
    """Pasted into the place's field or into one of the two; the answer is this person's, at no other address."""
    found = client.post("/", data=form)
    assert (found.status_code, found.headers["Cache-Control"]) == (200, "private, no-cache")
    assert "Location" not in found.headers
    assert names_of(found.text) == sorted(NEAR, key=metres)
    assert 'data-lat="39.9155" data-lon="116.405"' in found.text


def test_a_typed_position_is_in_the_datum_that_was_chosen(client: FlaskClient) -> None:
    """Pasted from a map of Amap's into the place's field."""
    shifted = prcoords.wgs_gcj((39.9155, 116.4050), check_china=False)
    page = client.post("/", data={"place": f"{shifted[1]:.7f},{shifted[0]:.7f}", "datum": "gcj02"}).text
    assert names_of(page) == sorted(NEAR, key=metres)


def test_a_typed_position_out_of_range_is_refused(client: FlaskClient) -> None:
    """As what it is, and not looked for as a name."""
    refused = client.post("/?lang=en", data={"place": "95.5, 100.5"})
    assert refused.status_code == 422
    assert "Latitude must be between -90 and 90, not 95.5" in words_of(refused.text)


def test_several_places_of_a_name_are_a_list_to_choose_from(client: FlaskClient) -> None:
    """东华门 is a sub-district and a station: each link leads to its own answer."""
    page = client.get("/", query_string={"place": "东华门", "kind": "warm_station"}).text
    assert "您指的是哪一个" in words_of(page)
    assert names_of(page) == []
    links = re.findall(r'<a class="choice" href="([^"]+)">([^<]+) <', page)
    assert [name for _, name in links] == ["东华门街道", "东华门街道工会服务站"]
    # What was chosen before stays.
    assert all("kind=warm_station" in address for address, _ in links)
    around, at = (client.get(unescape(address)).text for address, _ in links)
    assert "从东华门街道中心算起，±3.00 公里" in words_of(around)
    assert "东华门街道范围比较大" in words_of(around)
    assert "从东华门街道工会服务站中心算起，±300 米" in words_of(at)
    assert names_of(at)[0] == "东华门街道工会服务站"


def test_a_district_narrows_a_place_name(client: FlaskClient) -> None:
    """驿站 is in many names; in 丰台区 lies none of them."""
    assert "您指的是哪一个" in words_of(answer_to(client, "/", {"place": "驿站", "district": "东城区"}))
    assert "没有找到“驿站”" in words_of(answer_to(client, "/", {"place": "驿站", "district": "丰台区"}))


def test_a_district_alone_is_a_list_of_its_stations_and_not_of_what_is_near(client: FlaskClient) -> None:
    """The five warm stations and the worker home of Dongcheng, by name, without distances."""
    page = answer_to(client, "/?lang=en", {"district": "东城区"})
    assert "Dongcheng: 6 stations" in words_of(page)
    listed = re.findall(r'<li><a href="/stations/([^"?]+)', page)
    assert sorted(listed) == ["tw-1", "tw-2", "tw-3", "tw-4", "tw-5", "wh-1"]
    assert "min on foot, " not in words_of(page)


def listed_ids(page: str) -> list[str]:
    """Return the ids of the stations in the list of a district."""
    return sorted(re.findall(r'<li><a href="/stations/([^"?]+)', page))


@pytest.mark.parametrize("where", [{"district": "东城区"}, {"place": "东城"}, {"place": "Dongcheng"}])
def test_a_district_keeps_what_was_chosen(client: FlaskClient, where: dict[str, str]) -> None:
    """Of its six stations two have drinking water, one of these is a home; chosen in the form or typed."""
    page = answer_to(client, "/?lang=en", where | {"amenity": "drinking_water"})
    assert "Dongcheng: 2 of 6 stations have all that you chose" in words_of(page)
    assert listed_ids(page) == ["tw-1", "wh-1"]
    home = client.post(
        "/?lang=en", data=where | {"amenity": "drinking_water", "kind": "worker_home"}, follow_redirects=True
    ).text
    assert listed_ids(home) == ["wh-1"]
    boxes = [attrs for _, attrs in Tags(home).found if attrs.get("form") == "ask-form"]
    assert {attrs["value"] for attrs in boxes if "checked" in attrs} == {"drinking_water", "worker_home"}


@pytest.mark.usefixtures("any_hour")
def test_a_district_lists_only_what_is_open_now_where_that_is_chosen(client: FlaskClient) -> None:
    """The store that never closes is there at any hour; the station of unknown hours never is."""
    listed = listed_ids(answer_to(client, "/", {"district": "东城区", "open_at": "now"}))
    assert "tw-2" in listed
    assert "tw-3" not in listed


def test_a_district_in_which_nothing_fits_says_so_and_the_choices_can_be_cleared(client: FlaskClient) -> None:
    """No station has a tyre pump; the button leads to all six."""
    page = client.post(
        "/?lang=en", data={"district": "东城区", "amenity": "tyre_pump"}, follow_redirects=True
    ).text
    assert "Dongcheng: none of 6 stations has all that you chose." in words_of(page)
    assert listed_ids(page) == []
    (form,) = re.findall(r'<form[^>]*id="clear"(.*?)</form>', page, re.DOTALL)
    assert "hidden>" not in form.partition("\n")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.replace("plain", "")))
    assert fields["district"] == "东城区"
    cleared = answer_to(client, "/?lang=en", {"district": fields["district"]})
    assert len(listed_ids(cleared)) == 6


def test_a_choice_nobody_knows_is_refused_in_a_district_too(client: FlaskClient) -> None:
    """The form comes back with the reason."""
    response = client.post("/?lang=en", data={"district": "东城区", "kind": "hotel"})
    assert response.status_code == 422
    assert "'hotel' is not known" in words_of(response.text)


# Back from a station: what is asked by name has an address


def target(response: TestResponse) -> tuple[dict[str, list[str]], str]:
    """Return what the address says that an answer leads to, and where on its page."""
    assert response.status_code == 303
    parts = urlsplit(response.headers["Location"])
    assert (parts.scheme, parts.netloc, parts.path) == ("", "", "/")
    return parse_qs(parts.query), parts.fragment


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"district": "东城区"}, {"district": ["东城区"]}),
        ({"place": " 东华门 ", "district": "", "lat": "", "lon": "", "datum": "wgs84"}, {"place": ["东华门"]}),
        (
            {
                "place": "dhm",
                "kind": ["worker_home", "warm_station"] * 2,
                "open_at": "now",
                "plain": "1",
            },
            {"place": ["dhm"], "kind": ["warm_station,worker_home"], "open_at": ["now"], "plain": ["1"]},
        ),
        ({"district": "东城区", "amenity": "kettle", "x": "y"}, {"district": ["东城区"], "amenity": ["kettle"]}),
    ],
)
@pytest.mark.parametrize("lang", ["", "en"])
def test_what_is_named_leads_to_an_address_that_says_it(
    client: FlaskClient, form: dict[str, object], said: dict[str, list[str]], lang: str
) -> None:
    """With what was chosen and the language, and nothing else; the page at it is that answer, whoever opens it."""
    response = client.post(f"/?lang={lang}" if lang else "/", data=form)
    query, anchor = target(response)
    assert query == said | ({"lang": [lang]} if lang else {})
    assert anchor == "result-title"
    page = client.get(response.headers["Location"])
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-cache"
    assert re.search(r'id="result"(?! hidden)', page.text)
    assert "data-sent" in page.text


@pytest.mark.parametrize("more", [{}, {"place": "东华门"}, {"district": "东城区", "kind": "warm_station"}])
def test_a_position_leads_nowhere(client: FlaskClient, more: dict[str, str]) -> None:
    """Its answer is the one to the form, kept by the browser alone, even if something was named too."""
    response = client.post("/", data=HERE | more)
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "private, no-cache")
    assert "Location" not in response.headers
    assert names_of(response.text)
    assert ' method="post" action="/#result-title" class="more"' in response.text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"place": "x" * 81}, "a text of 1 to 80 characters"),
        ({"place": "x", "kind": "hotel"}, "'hotel' is not known"),
        ({"district": "东城区", "open_at": "soon"}, "must be now or a time"),
        ({"district": "东城区", "limit": "1000"}, "a whole number from 1 to 100"),
    ],
)
def test_what_has_no_answer_has_no_address(client: FlaskClient, form: dict[str, str], said: str) -> None:
    """So nobody can make an address as long as a form, and the fault is told at once."""
    response = client.post("/?lang=en", data=form)
    assert (response.status_code, response.headers["Cache-Control"]) == (422, "private, no-cache")
    assert said in words_of(response.text)


def test_the_address_of_an_answer_is_short(client: FlaskClient) -> None:
    """Whatever was sent, a choice stands in it once."""
    form = {"district": "区" * 5000, "kind": ["warm_station"] * 5000, "plain": "1" * 5000}
    query, _ = target(client.post("/", data=form))
    assert query == {"district": ["区" * 80], "kind": ["warm_station"], "plain": ["1" * 80]}


def test_the_answer_at_an_address_goes_on_at_addresses(client: FlaskClient) -> None:
    """More of it, all of it and the other language are asked for with what was named, not with where it is."""
    address = {"place": "便利店驿站", "kind": "warm_station", "limit": "2"}
    page = client.get("/", query_string=address | {"lang": "en"}).text
    assert len(names_of(page)) == 2
    (more,) = re.findall(r'<form method="get"[^>]*id="more">(.*?)</form>', page, re.DOTALL)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', more.replace('"plain" value="1"', "")))
    assert fields == {"place": "便利店驿站", "lang": "en", "kind": "warm_station", "limit": "100"}
    assert len(names_of(client.get("/", query_string=fields).text)) == 4
    (other,) = re.findall(r'class="language" href="([^"]+)"', page)
    assert parse_qs(urlsplit(unescape(other)).query) == {name: [value] for name, value in address.items()} | {
        "lang": ["zh"]
    }
    shown = Tags(page).found
    assert next(attrs["value"] for _, attrs in shown if attrs.get("name") == "place") == "便利店驿站"
    assert [attrs["value"] for _, attrs in shown if attrs.get("form") == "ask-form" and "checked" in attrs] == [
        "warm_station"
    ]


def test_a_large_district_lists_the_first_fifty_and_counts_all(tmp_path: Path, donghuamen: Path) -> None:
    """Of sixty stations fifty are listed, by name, and the title says so."""
    for name in ("worker_homes", "community_stations"):
        (tmp_path / f"{name}.geojson").write_text(
            '{"type": "FeatureCollection", "features": []}', encoding="utf-8"
        )
    for name in ("districts.geojson", "holidays.csv"):
        (tmp_path / name).write_bytes((donghuamen / name).read_bytes())
    features = [
        {
            "type": "Feature",
            "id": f"s-{row}",
            "geometry": {"type": "Point", "coordinates": [116.40 + row / 10_000, 39.9]},
            "properties": {
                "name": f"驿站 {row:02d}",
                "kind": "warm_station",
                "district": "东城区",
                "synthetic": True,
            },
        }
        for row in reversed(range(60))
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (tmp_path / "warm_stations.geojson").write_bytes(orjson.dumps(collection))
    client = create_app(Settings(geodata=tmp_path)).test_client()
    page = answer_to(client, "/?lang=en", {"district": "东城区"})
    assert "Dongcheng: 60 stations, the first 50 by name" in words_of(page)
    assert re.findall(r"<li><a [^>]*>([^<]+)</a>", page) == [f"驿站 {row:02d}" for row in range(50)]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Where are you?"),
        ({"lat": "116.4050", "lon": "39.9155"}, "Is lat,lon swapped?"),
        ({"lat": "39.9155"}, "The field lon is missing"),
        ({"lat": "north", "lon": "116.4"}, "must be a number, not 'north'"),
        ({"lat": "nan", "lon": "116.4"}, "must be a number"),
        (HERE | {"datum": "moon"}, "Datum must be one of"),
        (HERE | {"limit": "0"}, "The limit must be a whole number"),
        ({"district": "Atlantis"}, "There is no district 'Atlantis'"),
    ],
)
def test_a_form_that_cannot_be_answered_says_why(client: FlaskClient, form: dict[str, str], said: str) -> None:
    """The page comes back with value, rule and remedy, and with what was typed."""
    response = client.post("/?lang=en", data=form, follow_redirects=True)
    assert response.status_code == 422
    assert said in words_of(response.text)
    assert all(f'value="{value}"' in response.text for name, value in form.items() if name in ("lat", "lon"))


def test_refusals_are_in_the_readers_language(client: FlaskClient) -> None:
    """The same fault in Chinese."""
    page = client.post("/?lang=zh", data={"lat": "116.4050", "lon": "39.9155"}).text
    assert "纬度必须在 -90 到 90 之间" in words_of(page)


def test_an_answer_is_of_one_reader_and_its_position_is_in_no_address(client: FlaskClient) -> None:
    """No shared cache keeps the page, and no link, form address or image of it carries where the person stands."""
    response = client.post("/", data=HERE)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in response.headers
    tags = Tags(response.text)
    for name in ("href", "src", "action", "formaction"):
        for url in tags.with_attribute(name):
            assert "39.9155" not in url
            assert "116.405" not in url


# Every page


@pytest.mark.parametrize("path", PAGES)
def test_text_of_a_station_is_never_markup(client: FlaskClient, path: str) -> None:
    """A name with an image and a template literal in it is shown as that, wherever it stands."""
    for page in (
        client.get(path).text,
        client.post("/", data=HERE).text,
        answer_to(client, "/", {"place": "<b>`$"}),
    ):
        tags = Tags(page)
        assert not [attrs for tag, attrs in tags.found if tag == "img" and attrs.get("src") == "x"]
        assert "b" not in [tag for tag, _ in tags.found]
        assert "<img src=x" not in page


def test_a_nasty_name_is_shown_as_it_is(client: FlaskClient) -> None:
    """On its card and on its own page, address and source included."""
    assert NASTY in names_of(client.post("/", data=HERE).text)
    page = words_of(client.get("/stations/tw-5").text)
    assert NASTY in page
    assert "</script><b>`${1}`" in page
    assert '=HYPERLINK("x")' in page


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_to_its_own_policy(client: FlaskClient, path: str) -> None:
    """No inline style or handler, every file from our origin; inline elements: see test_security."""
    for tag, attrs in Tags(client.get(path).text).found:
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]
        # What only names the page elsewhere, and loads nothing, has to say the whole address.
        if tag in ("script", "img", "link") and attrs.get("rel") != "alternate":
            assert (attrs.get("src") or attrs.get("href") or "/").startswith("/")


@pytest.mark.parametrize("path", PAGES)
def test_every_file_of_a_page_is_there(client: FlaskClient, path: str) -> None:
    """Scripts, styles, images and the pages it links to on our side."""
    for tag, attrs in Tags(client.get(path).text).found:
        url = attrs.get("src") or attrs.get("href") or ""
        if tag in ("script", "img", "link", "a") and url.startswith("/"):
            with client.get(url) as response:
                assert response.status_code == 200, url


@pytest.mark.parametrize(
    ("asked", "lang"), [("en-GB,en;q=0.9", "en"), ("zh-TW", "zh-CN"), ("fr", "zh-CN"), ("", "zh-CN")]
)
def test_a_page_speaks_the_browsers_language(client: FlaskClient, asked: str, lang: str) -> None:
    """English for who asks for it, else Chinese; a cache learns what the page depends on."""
    response = client.get("/", headers={"Accept-Language": asked})
    assert f'<html lang="{lang}">' in response.text
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize("path", PAGES)
def test_the_language_can_be_changed_on_every_page(client: FlaskClient, path: str) -> None:
    """The link leads to the same page in the other language, or home where there is no page."""
    here = "/" if path == "/nothing-here" else path
    links = list(Tags(client.get(path).text).with_attribute("href"))
    assert f"{here}?lang=en" in links


def test_a_chosen_language_stays_along_the_links(client: FlaskClient) -> None:
    """There is no cookie, so the addresses carry it."""
    links = set(Tags(client.get("/?lang=en").text).with_attribute("href"))
    assert {"/map?lang=en", "/about?lang=en"} <= links


@pytest.mark.parametrize("path", PAGES)
def test_sample_data_say_so_on_every_page_and_real_data_do_not(
    client: FlaskClient, tmp_path: Path, donghuamen: Path, path: str
) -> None:
    """One synthetic record is enough for the banner."""
    banner = "示例数据：这些驿站并不存在 · Sample data: these stations do not exist"
    assert banner not in words_of(client.get(path).text)
    for file in donghuamen.iterdir():
        text = file.read_text(encoding="utf-8").replace(
            '"name": "便利店驿站"', '"synthetic": true, "name": "便利店驿站"'
        )
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    sample = create_app(Settings(geodata=tmp_path)).test_client()
    assert banner in words_of(sample.get(path).text)


@pytest.mark.parametrize("path", PAGES)
def test_pinch_zoom_is_allowed(client: FlaskClient, path: str) -> None:
    """No page forbids what people with weak eyes need."""
    assert re.findall(r'name="viewport" content="([^"]+)"', client.get(path).text) == [
        "width=device-width, initial-scale=1, viewport-fit=cover"
    ]


# The city


def test_the_map_page_is_small(client: FlaskClient) -> None:
    """The shell stays within 10 kB compressed, whatever the number of stations."""
    assert len(gzip.compress(client.get("/map").data)) <= 10_000


def test_the_map_has_a_text_twin_by_district_and_kind(client: FlaskClient) -> None:
    """Counted by hand: Dongcheng has five warm stations and a worker home, Fengtai one community station."""
    page = client.get("/map?lang=en").text
    table = words_of(page[page.index("<table") : page.index("</table>")])
    assert table == (
        "District Warm station Worker home Community station All"
        " Dongcheng 5 1 0 6 Fengtai 0 0 1 1 Together 5 1 1 7"
    )
    links = [unescape(link) for link in re.findall(r'<th scope="row"><a class="link" href="([^"]+)"', page)]
    assert [client.get(link).text.count("stations</h2>") for link in links] == [1, 1]


def test_the_map_filters_by_every_kind_and_amenity(client: FlaskClient) -> None:
    """Labelled boxes, the kinds ticked; the legend is beside them."""
    page = client.get("/map?lang=en").text
    boxes = [
        (attrs["name"], attrs["value"], "checked" in attrs) for tag, attrs in Tags(page).found if tag == "input"
    ]
    assert boxes[:3] == [
        ("kind", "warm_station", True),
        ("kind", "worker_home", True),
        ("kind", "community_station", True),
    ]
    assert len(boxes) == 3 + 24
    assert ("amenity", "microwave", False) in boxes


def test_scripts_get_their_words_in_the_readers_language(client: FlaskClient) -> None:
    """Labels and messages, with the fields that scripts fill in, and no text of a station."""
    chinese, english = (script_words(client.get(f"/map?lang={lang}").text) for lang in ("zh", "en"))
    assert chinese["shown"] == "显示 {n} 个，共 {all} 个驿站"
    assert english["shown"] == "{n} of {all} stations shown"
    assert chinese["amenities"] != english["amenities"]
    assert english["station_url"] == "/stations/STATION?lang=en"
    assert script_words(client.get("/?lang=en").text)["nearest_url"] == "/api/nearest"


# One station


@pytest.mark.usefixtures("any_hour")
def test_a_station_page_says_every_fact(client: FlaskClient) -> None:
    """What is known, as written and as understood."""
    page = words_of(client.get("/stations/tw-1?lang=en").text)
    for said in (
        "Donghuamen station",
        "东华门街道工会服务站",
        "Hours as written 9:00-20:00,周一休息",
        "Hours as understood Tue–Sun 09:00-20:00",
        "Entry Walk in",
        "There is not Shower Not known",
        "Tier Sub-district",
        "Address 金鱼胡同",
        "Sub-district 东华门街道",
        "District 东城区",
        "Position (WGS 84) 39.916200, 116.404200",
        "How exact ± 300 m",
        "Last checked 2026-08-21",
        "Source written for tests",
        "Licence CC0-1.0",
        "Station id tw-1",
    ):
        assert said in page, said


@pytest.mark.usefixtures("any_hour")
def test_amenities_are_in_the_order_of_the_season(client: FlaskClient) -> None:
    """What the list on the card shows is on the station's page too, in the order that chips have on the first."""
    home = Tags(client.get("/?lang=en").text).found
    chips = [attrs["value"] for _, attrs in home if attrs.get("name") == "amenity"]
    names = {"seats": "Seats", "drinking_water": "Drinking water", "microwave": "Microwave"}
    expected = " ".join(names[word] for word in chips if word in names)
    assert f"There is {expected} There is not" in words_of(client.get("/stations/tw-1?lang=en").text)


def test_a_station_page_says_what_is_not_known(client: FlaskClient) -> None:
    """Nothing is left out and nothing is guessed."""
    page = words_of(client.get("/stations/cs-1?lang=en").text)
    for said in (
        "hours unknown",
        "Hours as written not known",
        "Hours as understood not known",
        "Entry Entry rule unknown",
        "Floor area not known",
        "Phone not known",
        "How exact not known",
        "Last checked never confirmed on the spot",
        "Source not known",
    ):
        assert said in page, said
    assert "There is not" not in page


def test_an_unknown_station_is_not_found(client: FlaskClient) -> None:
    """The page says so in the reader's language and leads back."""
    response = client.get("/stations/none?lang=zh")
    assert response.status_code == 404
    assert "没有编号为 'none' 的驿站" in words_of(response.text)


# About


def test_the_about_page_counts_what_is_there(client: FlaskClient) -> None:
    """Kinds, checks, licences, the hotline and the privacy promise."""
    page = words_of(client.get("/about?lang=en").text)
    for said in (
        "Warm station 5",
        "Worker home 1",
        "Community station 1",
        "Checked on the spot at least once 1",
        "Facts of 6 stations not known",
        "Facts of 1 stations CC0-1.0",
        "12351",
        "It is never part of a web address.",
        "Nothing on these pages comes from anywhere else.",
    ):
        assert said in page, said


def test_the_about_page_names_who_sends_the_base_map(donghuamen: Path) -> None:
    """With tiles from another host the promise is a different one."""
    client = create_app(Settings(geodata=donghuamen, tiles="osm")).test_client()
    page = words_of(client.get("/about?lang=en").text)
    assert "images come from https://tile.openstreetmap.org" in page
    assert "Nothing on these pages" not in page
