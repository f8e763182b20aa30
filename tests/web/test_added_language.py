"""A language is added by one file: all that pages, their scripts, files and errors say is then in it."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from locator.handouts.map_export import map_export
from locator.places.landmarks import shipped_landmarks
from locator.planning.inputs.rule_files import read_rules
from locator.stations.catalog import Catalog
from locator.stations.compact_columns import hours_outlook
from locator.stations.reading import COLUMNS
from locator.stations.schema import WORDS_OF_COLUMN
from locator.web.shared.context import current_catalog
from tests.extracted import outside, untranslated
from tests.web.conftest import TOKEN, Desk, desk_over

READ = ("alt", "aria-label", "placeholder", "title", "label")
"""Attributes that people read."""
NEAR, LIST = (
    "lat=39.9155&lon=116.405",
    "站点名称,地址,区,经度,纬度\n新驿站,王府井大街1号,东城区,116.4110,39.9140\n无位,某路,东城区,,\n",
)
TODAY = date(2026, 11, 21)
SOMEBODY = "198.51.100.7", ""

PAGES = (
    "/",
    f"/?{NEAR}",
    f"/?{NEAR}&radius=50",
    f"/?{NEAR}&kind=worker_home&amenity=shower",
    f"/?{NEAR}&open_at=2026-11-21T19:45",
    "/?place=东华门",
    "/?place=qqq",
    "/?district=东城区",
    "/?lat=999&lon=1",
    "/map",
    "/about",
    "/offline",
    "/offline/form",
    *(f"/stations/tw-{number}" for number in range(1, 6)),
    "/stations/tw-1?thanks=locked",
    "/stations/none",
    "/nothing",
    "/planner",
    "/planner?radius=500&n=2&spacing=2000&gaps=1&open_at=2026-11-21T19:45",
    "/planner?radius=500&target=0.5&spacing=2000",
    "/planner?radius=500&remove=tw-1",
    "/planner?radius=-3",
    "/planner/gaps?radius=500",
    "/planner/report.html?radius=500&n=2&spacing=2000",
    "/embed",
    "/embed?center=39.9155,116.405",
    "/embed?district=东城区&layout=list",
    "/embed?station=tw-1",
    "/embed?zoom=99",
    "/embed/builder",
    "/embed/builder?district=东城区&height=1",
)
DESK = (
    "/manage",
    "/manage/queue",
    "/manage/versions",
    "/manage/versions/diff?a=0&b=1",
    "/manage/audit",
    "/manage/import",
    "/manage/stations",
    "/manage/stations/tw-1",
    "/manage/nothing",
)
DRAWN = ("week", "lorenz", "distance", "gain", "map")
FILES = ("coverage", "areas", "gaps", "sites", "comparison")


class Page(HTMLParser):
    """Gathers what people read of a page, and what its scripts are given."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = [""]
        self.given: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the attributes; mind what is no text."""
        known = dict(attrs)
        self.texts += [value or "" for name, value in attrs if name in READ]
        if tag == "meta" and known.get("name") == "description":
            self.texts.append(known.get("content") or "")
        if tag in ("script", "style", "code", "textarea"):
            self._inside.append(known.get("type") or tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave what is no text."""
        if tag in ("script", "style", "code", "textarea"):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Take a text, or the texts that a script is given."""
        if not self._inside:
            self.texts[0] += f"{data} "
        elif self._inside[-1] == "application/json":
            self.given += texts_of(json.loads(data))


def texts_of(data: Any) -> Iterator[str]:
    """Give the texts in a structure."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from texts_of(part)


def sentences(texts: Iterable[str]) -> list[str]:
    """List the texts for scripts that are sentences or Chinese outside brackets; most are keys or addresses."""
    return [text for text in texts if re.search(r"[a-z]{2} [a-z]{2}|[一-鿿]", outside(text))]


@pytest.fixture(scope="module")
def desk(pseudo: str, donghuamen: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:  # noqa: ARG001 - it comes first
    """A desk at which Lin is signed in, with something on it of every sort."""
    desk = desk_over(donghuamen, tmp_path_factory.mktemp("desk") / "store")
    desk.sign_in()
    desk.edit("tw-1", address="某路9号", reason="Lin")
    reports, requests = desk.feedback.reports, desk.feedback.requests
    sender = desk.feedback.sender(*SOMEBODY)
    reports.add("tw-2", "locked", "9", sender)
    requests.add(39.9, 116.4, ["heating"], "night", "9", sender)
    requests.add(39.9, 116.4, [], "any", None, sender)
    return desk


@pytest.fixture(scope="module")
def data(catalog: Catalog, donghuamen: Path) -> set[str]:
    """What the stations, the districts, the landmarks and the rules say by themselves."""
    rules = read_rules(donghuamen)
    names = {name for place in catalog.districts for name in (place.name, place.name_en)}
    for rule in (*rules.quotas, *rules.standards):
        names |= {rule.name, rule.name_en, rule.source}
    names |= {
        name for found in rules.standards for need in found.requirements for name in (need.name, need.name_en)
    }
    names |= {mark.name for mark in shipped_landmarks()}
    columns = set(COLUMNS) - {*WORDS_OF_COLUMN, "amenities", "doubts"}
    return names | {"张师傅"} | {str(value) for column in columns for value in catalog.column(column)}


def get(desk: Desk, path: str) -> Any:
    """Ask for something in the added language, following where it leads."""
    answer = desk.client.get(f"{path}{'&' if '?' in path else '?'}lang=qps")
    return desk.client.get(answer.headers["Location"]) if 300 <= answer.status_code < 400 else answer


@pytest.mark.parametrize("path", [*PAGES, *DESK])
def test_a_page_says_nothing_else(desk: Desk, data: set[str], path: str) -> None:
    """Neither its texts nor the words of its scripts; data stay as they are."""
    page = Page(get(desk, path).text)
    assert "⟦" in page.texts[0]
    assert untranslated(page.texts, data | {"lat", "lon", "zoom", "height", "Lin"}) == []
    assert sentences(set(page.given) - data) == []


def test_a_list_that_is_taken_in_is_told_about_in_it(desk: Desk, data: set[str]) -> None:
    """While it is worked out, what was found, and when it is refused."""
    token = TOKEN.search(get(desk, "/manage/import").text)
    assert token
    for text, kind in ((LIST, "warm_station"), ("\0", "warm_station")):
        form = {"csrf_token": token[1], "list": (io.BytesIO(text.encode()), "a.csv"), "kind": kind, "source": "a"}
        sent = desk.client.post("/manage/import?lang=qps", data=form)
        page = desk.client.get(sent.headers["Location"]) if sent.status_code == 303 else sent
        while "Refresh" in page.headers:
            assert untranslated(Page(page.text).texts, data | {"a.csv"}) == []
            time.sleep(0.05)
            page = desk.client.get(sent.headers["Location"])
        found = Page(page.text)
        assert untranslated(found.texts, data | {"a.csv", *LIST.replace("\n", ",").split(","), "utf"}) == []
        assert sentences(set(found.given) - set(LIST.replace("\n", ",").split(","))) == []


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_says_nothing_else(desk: Desk, data: set[str], name: str) -> None:
    """Its title, its axes and its sentence."""
    drawn = get(desk, f"/planner/{name}.svg?radius=500&n=2&spacing=2000").text
    texts = re.findall(r"<(?:text|title|desc)\b[^>]*>([^<]*)<", drawn)
    assert any("⟦" in text for text in texts)
    assert untranslated(texts, data) == []


@pytest.mark.parametrize("name", FILES)
def test_a_table_says_nothing_else(desk: Desk, data: set[str], name: str) -> None:
    """As a text and as a workbook: headings, labels and the names of sheets."""
    query = "radius=500&n=2&spacing=2000&remove=tw-1&kind=warm_station"
    plain = get(desk, f"/planner/{name}.csv?{query}").text
    book = zipfile.ZipFile(io.BytesIO(get(desk, f"/planner/{name}.xlsx?{query}").data))
    parts = [book.read(part).decode() for part in ("xl/sharedStrings.xml", "xl/workbook.xml")]
    texts = [unescape(re.sub(r"<[^>]*>", " ", parts[0])), *re.findall(r'<sheet name="([^"]*)"', parts[1])]
    # Names in data have a column for each of their languages.
    known = data | {"合计", "All together", "geodesic", "grid"}
    assert "⟦" in plain
    assert untranslated([plain, *texts], known) == []


def test_files_and_answers_for_programs_that_show_them_say_nothing_else(desk: Desk, data: set[str]) -> None:
    """The manifest, oEmbed, the hours for a device, the map in one file and an error for a script."""
    manifest, oembed = (
        get(desk, "/manifest.webmanifest").json,
        get(desk, f"/oembed?url={quote('http://localhost/')}"),
    )
    texts = [manifest["name"], manifest["short_name"], manifest["description"], manifest["lang"]]
    assert untranslated(texts, data) == []
    assert oembed.status_code == 200
    with desk.app.test_request_context("/?lang=qps"):
        catalog = current_catalog()
        exported = Page(map_export(catalog, "qps", 1000, TODAY, is_part=False))
        phrases = hours_outlook(catalog, TODAY, "qps")["phrases"]
    assert untranslated(exported.texts, data) == []
    assert untranslated(texts_of(phrases), data) == []
    element = re.search(r"SAID = (\{.*\});", get(desk, "/embed.js").text)
    assert element
    assert untranslated(texts_of(json.loads(element[1])["qps"]), data) == []
    refused = desk.client.post(
        "/stations/none/reports?lang=qps", data={"what": "open"}, headers={"Accept": "application/json"}
    )
    assert untranslated([refused.json["detail"]], {"none"}) == []


def test_the_switch_leads_to_it(desk: Desk) -> None:
    """From every other language, and back."""
    page = desk.client.get("/?lang=zh").text
    assert 'hreflang="qps">qps</a>' in page
    assert 'hreflang="en">English</a>' in page
    assert 'hreflang="zh-CN">中文</a>' in get(desk, "/").text
