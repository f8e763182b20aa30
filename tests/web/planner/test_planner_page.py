"""The planner's page: every figure on it follows from a demand of three points that anybody can add up."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import threading
import zipfile
from base64 import b64encode
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pyogrio
import pytest

from locator import create_app
from locator.config import Settings
from locator.web.shared.studies import Studies

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

# 600 persons live at the station tw-1, 300 four kilometres north of every station, 100 at the one in Fengtai.
NORTH = "39.9555,116.405"
DEMAND = f"demand_id,weight,lat,lon\na,600,39.9162,116.4042\nb,300,{NORTH}\nc,100,39.844,116.4095\n"
NIGHT = "2026-11-18T03:00"  # a Wednesday


class Page(HTMLParser):
    """The parts of a page that tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: dict[str, list[list[str]]] = {}
        self.text = ""
        self._section, self._cell = "", False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element; rows and cells belong to the section around them."""
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "section":
            self._section = found.get("id") or ""
        if tag == "tr":
            self.rows.setdefault(self._section, []).append([])
        if tag in ("th", "td") and self.rows.get(self._section):
            self.rows[self._section][-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        """Note that a cell is over."""
        if tag in ("th", "td"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data
        if self._cell:
            self.rows[self._section][-1][-1] += data.strip()

    def attribute(self, tag: str, name: str, **wanted: str) -> list[str | None]:
        """List an attribute of all elements of a tag that have the attributes that are wanted."""
        return [a.get(name) for t, a in self.tags if t == tag and wanted.items() <= a.items()]


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory, donghuamen: Path) -> Flask:
    """The application with the seven stations and three places where people live."""
    # A name that would be markup if anybody took it for that.
    demand = tmp_path_factory.mktemp("demand") / "<b>people.csv"
    demand.write_text(DEMAND, encoding="utf-8")
    app = create_app(Settings(geodata=donghuamen, demand=demand))
    app.testing = True
    return app


@pytest.fixture
def client(planner: Flask) -> FlaskClient:
    """A client of that application."""
    return planner.test_client()


def opened(client: FlaskClient, query: str = "", status: int = 200) -> Page:
    """Open the page in English."""
    response = client.get(f"/planner?lang=en{query}")
    assert response.status_code == status
    return Page(response.text)


def covered(page: Page) -> str:
    """Return the big figure."""
    found = re.search(r"(\S+%)\s+of the demand is within", page.text)
    assert found
    return found[1]


def test_the_headline_is_the_share_of_the_three_points(client: FlaskClient) -> None:
    """600 and 100 of 1000 have a station at their door; 300 have none within a kilometre."""
    page = opened(client)
    assert covered(page) == "70.0%"
    assert re.search(r"Persons farther than that\s*300\s", page.text)
    assert re.search(r"Median distance\s*0 m\s", page.text)


@pytest.mark.parametrize(
    ("query", "share"),
    [
        ("&kind=warm_station", "60.0%"),  # the one in Fengtai is a community station
        ("&kind=community_station", "10.0%"),
        (f"&open_at={NIGHT}", "60.0%"),  # 39.92,116.405 never closes: 422 m north of the 600
        (f"&open_at={NIGHT}&radius=300", "0.0%"),  # and then it is too far
        (f"&add={NORTH}", "100.0%"),
        (f"&add={NORTH.replace(',', '，').replace('3', '３')}", "100.0%"),
        ("&kind=warm_station&kind=community_station", "70.0%"),
    ],
)
def test_every_filter_changes_the_share(client: FlaskClient, query: str, share: str) -> None:
    """The filters in the address say which stations count."""
    assert covered(opened(client, query)) == share


def test_the_form_shows_the_question(client: FlaskClient) -> None:
    """Every field has what the address says, so that the next question starts from this one."""
    page = opened(client, f"&radius=1500&kind=warm_station&open_at={NIGHT}&add={NORTH}&target=0.7&spacing=2000")
    inputs = [a for tag, a in page.tags if tag == "input" and a.get("type") != "checkbox"]
    values = {a.get("name"): a.get("value") for a in inputs}
    assert values["radius"] == "1500"
    assert values["at"] == NIGHT
    assert values["add"] == NORTH
    assert values["target_percent"] == "70"
    ticked = [a["value"] for tag, a in page.tags if tag == "input" and "checked" in a]
    assert ticked == ["at", "warm_station"]
    assert [a["value"] for tag, a in page.tags if tag == "option" and "selected" in a] == ["2000"]


def test_the_form_leads_to_an_address_worth_sharing(client: FlaskClient) -> None:
    """What was left empty is left out, and per cent become a share."""
    response = client.get(f"/planner?radius=900&when=at&at={NIGHT}&add=&n=&target_percent=95&floor_percent=")
    assert response.status_code == 302
    assert response.headers["Location"] == f"/planner?radius=900&open_at={NIGHT}&target=0.95"
    again = client.get("/planner?when=any&at=2026-11-18T03:00&lang=en")
    assert again.headers["Location"] == "/planner?lang=en"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("&radius=-5", "-5"),
        ("&radius=many", "'many'"),
        ("&radius=1_000", "'1_000'"),
        ("&add=3_9.9,116.4", "'3_9.9"),
        ("&kind=palace", "'palace'"),
        ("&open_at=tomorrow", "'tomorrow'"),
        ("&add=39.9", "'39.9'"),
        ("&remove=nobody", "nobody"),
        ("&colour=red", "'colour'"),
        ("&_scheme=javascript&_external=1", "'_scheme'"),
    ],
)
def test_a_fault_is_told_and_the_form_kept(client: FlaskClient, query: str, said: str) -> None:
    """The page says what is wrong with the value and keeps the form; there is no answer to show."""
    page = opened(client, query, status=422)
    (alert,) = [a for tag, a in page.tags if a.get("role") == "alert"]
    assert alert["class"] == "trouble"
    assert said in page.text
    assert "areas" not in page.rows
    assert page.attribute("form", "action", id="question") == ["/planner"]


@pytest.mark.parametrize("query", ["n=1_0", "target=0.9_5", "target_percent=9_5", "floor_percent=9_5&n=1"])
def test_only_what_people_write_as_a_number_is_one(client: FlaskClient, query: str) -> None:
    """Python reads 9_5 as 95; nobody else does."""
    response = client.get(f"/planner?{query}&lang=en", follow_redirects=True)
    value = query.partition("=")[2].partition("&")[0]
    assert f"must be a number, not '{value}'" in unescape(response.text)


def test_sites_that_make_no_sense_leave_the_coverage(client: FlaskClient) -> None:
    """Two goals at once are refused, but who is covered is shown all the same."""
    page = opened(client, "&n=2&target=0.9", status=422)
    assert "Drop one" in page.text
    assert covered(page) == "70.0%"


def test_areas_stand_worst_first_and_sort_by_link(client: FlaskClient) -> None:
    """Dongcheng has 600 of 900, Fengtai 100 of 100; a link turns the order round, without script too."""
    rows = opened(client).rows["areas"]
    assert [row[0] for row in rows[1:]] == ["Dongcheng", "Fengtai", "All together"]
    assert rows[1][1:3] == ["66.7%", "300"]
    page = opened(client, "&sort=-share")
    assert [row[0] for row in page.rows["areas"][1:]] == ["Fengtai", "Dongcheng", "All together"]
    assert [a.get("aria-sort") for tag, a in page.tags if tag == "th" and a.get("aria-sort")] == ["descending"]
    assert page.attribute("a", "href", **{"data-key": "share"}) == ["/planner?lang=en&sort=share#areas"]


def test_the_gap_has_the_people_of_the_north(client: FlaskClient) -> None:
    """300 persons live in gaps; the nearest to them is the station that never closes, 3.94 km south."""
    rows = opened(client, "&gaps=1").rows["gaps"]
    assert sum(int(row[2].replace(",", "")) for row in rows[1:]) == 300
    assert rows[1][4:6] == ["便利店驿站", "3.94 km"]
    fragment = Page(client.get("/planner/gaps?lang=en").text)
    assert "3.94 km" in fragment.text


def test_a_scenario_is_set_against_today(client: FlaskClient) -> None:
    """A station in the north serves 300 more; without the one in Fengtai 100 are lost."""
    page = opened(client, f"&add={NORTH}&remove=cs-1")
    rows = {row[0]: row[1:] for row in page.rows["comparison"]}
    assert rows["Share of demand covered"] == ["70.0%", "90.0%", "+20.0%"]
    assert rows["Stations"] == ["7", "7", "0"]
    assert rows["Dongcheng"] == ["66.7%", "100.0%", "300", "0"]
    assert rows["Fengtai"] == ["100.0%", "0.0%", "0", "100"]
    assert "300 persons are covered now and were not." in page.text


def test_one_site_is_enough_and_proven(client: FlaskClient) -> None:
    """Only the 300 in the north are left to gain, so one site gains them and nothing beats it."""
    page = opened(client, "&n=1&spacing=500")
    assert "Proven best" in page.text
    assert page.rows["sites"][1][3:] == ["300", "1,000", "100.0%"]
    fewest = opened(client, "&target=1&spacing=500")
    assert len(fewest.rows["sites"]) == 2
    assert "no fewer sites can do it" in fewest.text
    assert re.search(r"Solver\s*HiGHS \d", page.text)


def test_what_the_figures_rest_on_is_said(client: FlaskClient) -> None:
    """Radius, hours, versions and the demand with its digest stand beside the figures."""
    text = opened(client).text
    assert re.search(r"Program \d+\.\d+\.\d+, data \w+, radius 1 km, whatever their hours, demand \w{12}\.", text)
    assert "Demand: <b>people.csv." in text


def test_the_census_is_called_what_it_is(donghuamen: Path) -> None:
    """Without a demand of its own the page says that people are spread evenly, in both languages."""
    client = create_app(Settings(geodata=donghuamen)).test_client()
    english = client.get("/planner?lang=en").text
    assert "2020 census by district, spread evenly: a district average, not where people are" in english
    assert "均匀分布" in client.get("/planner?lang=zh").text


def test_texts_of_data_are_never_markup(client: FlaskClient) -> None:
    """A station with markup for a name and a demand file with a tag for a name stand there as texts."""
    page = opened(client, f"&gaps=1&open_at={NIGHT}&remove=tw-2")
    assert "<img src=x onerror=alert(1)>${alert(1)}" in page.text
    assert not [a for tag, a in page.tags if "onerror" in a or tag == "b"]


def test_the_page_needs_no_inline_style_and_no_other_host(client: FlaskClient) -> None:
    """The policy of the pages holds here too."""
    page = opened(client, "&n=1&spacing=500&gaps=1")
    assert not [a for _, a in page.tags if "style" in a]
    addresses = [a.get(name) or "" for tag, a in page.tags for name in ("src", "href") if tag != "a" and name in a]
    assert all(address.startswith(("/", "#")) for address in addresses)


def test_rules_are_counted(client: FlaskClient) -> None:
    """One of the two districts has a worker home, the other none."""
    text = opened(client).text
    assert re.search(r"At least 1 worker home in each district\s*pass 1 fail 1 unknown 0", text)


@pytest.mark.parametrize("name", ["week", "lorenz", "distance", "gain", "map"])
def test_charts_are_cacheable_and_may_use_their_own_style_alone(client: FlaskClient, name: str) -> None:
    """The policy names the digest of the one style element; who has the chart is told so."""
    response = client.get(f"/planner/{name}.svg?n=1&lang=en")
    root = ElementTree.fromstring(response.data)  # noqa: S314 - drawn by us
    (style,) = root.iter("{http://www.w3.org/2000/svg}style")
    digest = b64encode(hashlib.sha256((style.text or "").encode()).digest()).decode()
    assert response.headers["Content-Security-Policy"] == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert "max-age" in response.headers["Cache-Control"]
    again = client.get(f"/planner/{name}.svg?n=1&lang=en", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_charts_say_their_finding_and_have_a_table(client: FlaskClient) -> None:
    """The alternative text is the main finding; hour by hour stands in a table of 24 rows and 7 days."""
    page = opened(client)
    alts = [a["alt"] for tag, a in page.tags if tag == "img" and "svg" in (a.get("src") or "") and a.get("alt")]
    assert "70.0% of the demand is within 1 km of a station." in alts
    hours = [row for row in page.rows["charts"] if re.fullmatch(r"\d\d:00", row[0])]
    assert [len(row) for row in hours] == [8] * 24


def test_the_cells_hold_all_demand(client: FlaskClient) -> None:
    """The map's squares add up to 1000 persons of whom 300 are too far, and tell which stations count."""
    found = client.get("/planner/cells.json?kind=warm_station").json
    assert sum(found["weight"]) == 1000
    far = sum(w * u / 100 for w, u in zip(found["weight"], found["uncovered"], strict=True))
    assert far == 400
    assert sorted(found["counting"]) == ["0"] * 2 + ["1"] * 5
    assert client.get("/planner/cells.json").json["counting"] == ""


def test_the_picture_is_drawn_from_the_answer(client: FlaskClient) -> None:
    """Gaps, one mark for the site and one for the added station; names are texts."""
    response = client.get("/planner/map.svg?lang=en&n=1&spacing=500&kind=community_station&add=39.85,116.41")
    root = ElementTree.fromstring(response.data)  # noqa: S314 - drawn by us
    ids = [element.get("id") for element in root.iter()]
    assert {"map-gaps", "map-added", "map-site-1"} <= set(ids)
    assert "map-site-2" not in ids
    names = [e.text for e in root.iter() if e.get("class") == "halo"]
    assert names == ["Dongcheng", "Fengtai"]


def test_files_answer_the_same_question(client: FlaskClient, tmp_path: Path) -> None:
    """CSV, Excel, GeoJSON and GeoPackage hold the figures of the page."""
    text = client.get("/planner/areas.csv?lang=en").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [float(row["Share of demand covered (0–1)"]) for row in rows] == pytest.approx([2 / 3, 1, 0.7])
    book = zipfile.ZipFile(io.BytesIO(client.get("/planner/coverage.xlsx?n=1&spacing=500").data))
    assert "xl/workbook.xml" in book.namelist()
    places = json.loads(client.get("/planner/coverage.geojson?n=1&spacing=500").data)
    assert {"sites", "areas", "gaps"} <= {feature["properties"]["layer"] for feature in places["features"]}
    package = tmp_path / "coverage.gpkg"
    package.write_bytes(client.get("/planner/coverage.gpkg").data)
    layers = pyogrio.list_layers(package)[:, 0]
    assert {"areas", "gaps", "week", "provenance"} <= set(layers)
    assert client.get("/planner/sites.csv").status_code == 404


def test_files_are_saved_under_a_name(client: FlaskClient) -> None:
    """A browser keeps them and does not show them."""
    for path in ("coverage.xlsx", "report.html"):
        assert client.get(f"/planner/{path}").headers["Content-Disposition"] == f'attachment; filename="{path}"'


def test_links_are_about_one_instant(client: FlaskClient) -> None:
    """Open now is asked of the parts of a page as the minute in which the page was made."""
    page = opened(client, "&open_at=now")
    sources = [source or "" for source in page.attribute("img", "src") if "week.svg" in (source or "")]
    assert re.search(r"open_at=\d{4}-\d\d-\d\dT\d\d:\d\d(&|$)", sources[0])


def test_when_others_are_served_the_page_says_so(planner: Flask) -> None:
    """One works, one waits; the third is told to come again, with its form."""
    studies: Studies = planner.extensions["locator.live"].served.studies
    started, release = threading.Event(), threading.Event()

    def work(name: str) -> None:
        studies.once(name, lambda: (started.set(), release.wait(20)))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("first", "second")]
    threads[0].start()
    assert started.wait(10)
    threads[1].start()
    try:
        client = planner.test_client()
        for _ in range(100):
            response = client.get("/planner?radius=777&lang=en")
            if response.status_code == 503:
                break
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert 'value="777"' in response.text
    finally:
        release.set()
        for thread in threads:
            thread.join()


def test_the_navigation_leads_here_and_keeps_the_question(client: FlaskClient) -> None:
    """The other language is one link away with the same question."""
    assert 'href="/planner"' in client.get("/").text
    assert "/planner?lang=zh&amp;radius=900" in client.get("/planner?lang=en&radius=900").text
