"""The map as one file: all of a district is in it, nothing else is needed, and no text of the data is markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from locator.config import SERVICE_RADIUS_M
from locator.errors import UsageError
from locator.handouts.map_export import map_export, part_of
from locator.stations.catalog import Catalog
from locator.stations.geodata import DISTRICTS, Geodata, load_geodata, read_districts
from locator.stations.sample import make_city
from locator.stations.schema import Station

GEODATA = Path(__file__).resolve().parents[2] / "geodata"
DAY = date(2026, 11, 22)
VOID = {"meta", "input", "link", "br", "img"}

Render = Callable[..., str]


class Read(HTMLParser):
    """What a browser makes of the file: tags in order, and the text of each element by id or tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.items: dict[str, str] = {}
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.item, self.inside = "", ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and in which station of the list what follows stands."""
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        self.inside = tag
        if tag == "li":
            self.item = found["id"]
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self.inside in self.raw:
            self.raw[self.inside][-1] += data
        elif self.item:
            self.items[self.item] = self.items.get(self.item, "") + data

    def handle_endtag(self, tag: str) -> None:
        """Note an end."""
        self.inside = ""
        if tag == "li":
            self.item = ""


@pytest.fixture
def geodata(donghuamen: Path) -> Geodata:
    """The seven stations, as the files have them."""
    return load_geodata(donghuamen)


@pytest.fixture
def render() -> Render:
    """Write the file for some geodata."""

    def write(geodata: Geodata, *, lang: str = "zh", is_part: bool = False) -> str:
        return map_export(Catalog(geodata), lang, SERVICE_RADIUS_M, DAY, is_part=is_part)

    return write


def data_of(text: str) -> list[Any]:
    """Return the documents that the file carries inside, outlines and stations."""
    found = re.findall(r"data:application/json;base64,([A-Za-z0-9+/=]+)", text)
    return [json.loads(base64.b64decode(code)) for code in dict.fromkeys(found)]


def test_a_district_is_all_there_and_alone(geodata: Geodata, render: Render) -> None:
    """Six stations of Dongcheng in the list and in the map's data, one outline; nothing of Fengtai."""
    text = render(part_of(geodata, "东城区"), is_part=True)
    read = Read(text)
    ids = {"tw-1", "tw-2", "tw-3", "tw-4", "tw-5", "wh-1"}
    assert {item.removeprefix("station-") for item in read.items} == ids
    districts, stations = data_of(text)
    assert [feature["properties"]["name"] for feature in districts["features"]] == ["东城区"]
    assert set(stations["columns"]["station_id"]) == ids
    assert "石榴庄" not in text
    assert "丰台区" not in text


def test_a_door_that_people_found_locked_is_marked(geodata: Geodata, render: Render) -> None:
    """Who reads the file in the street decides by it; the others have no mark."""
    first = geodata.tables[0]
    marks = [["locked"] if found == "tw-1" else None for found in first.columns["station_id"]]
    marked = replace(first, columns=first.columns | {"doubts": marks})
    items = Read(render(replace(geodata, tables=(marked, *geodata.tables[1:])), is_part=False)).items
    assert {item for item, text in items.items() if "锁门" in text} == {"station-tw-1"}


@pytest.mark.parametrize("name", ["东城区", "Dongcheng", "dongCHENG", " 东城区 "])
def test_a_district_goes_by_either_name(geodata: Geodata, name: str) -> None:
    """As people write it."""
    assert sum(map(len, part_of(geodata, name).tables)) == 6


def test_a_district_that_is_not_known_is_told_with_those_that_are(geodata: Geodata) -> None:
    """Both names of the file, and one that only a station has."""
    (first, *more) = geodata.tables
    columns = {**first.columns, "district": ["亦庄", *first.columns["district"][1:]]}
    other = replace(geodata, tables=(replace(first, columns=columns), *more))
    with pytest.raises(UsageError, match=r"'火星区' is not known\. Use one of: 东城区, 丰台区, 亦庄") as refusal:
        part_of(other, "火星区")
    assert len(refusal.value.values["known"].split(", ")) == 3  # type: ignore[attr-defined]
    assert len(Catalog(part_of(other, "亦庄"))) == 1


def test_a_district_without_stations_says_so(geodata: Geodata, render: Render) -> None:
    """An empty answer is a page too."""
    tables = tuple(part_of(geodata, "东城区").tables)
    lonely = replace(geodata, tables=tables)
    text = render(part_of(lonely, "丰台区"), is_part=True)
    assert Read(text).items == {}
    assert "这里没有已知的站点" in text


def test_hours_amenities_and_what_is_not_known_are_told(geodata: Geodata, render: Render) -> None:
    """In words, in both languages, without a state that would be wrong tomorrow."""
    zh, en = (Read(render(geodata, lang=lang)).items for lang in ("zh", "en"))
    assert "周一至周五 08:30-17:30" in zh["station-wh-1"]
    assert "座椅、饮水、淋浴" in zh["station-wh-1"]
    assert "登记进入" in zh["station-wh-1"]
    assert "Mon–Fri 08:30-17:30" in en["station-wh-1"]
    assert "Seats, Drinking water, Shower" in en["station-wh-1"]
    assert "设施不详" in zh["station-tw-4"]
    assert "开放时间不详" in zh["station-cs-1"]
    assert not re.search(r"现在|已关闭|open now|closed now", "".join([*zh.values(), *en.values()]))


@pytest.mark.parametrize(
    ("lang", "tongue", "words"),
    [("zh", "zh-CN", "此后的变化本文件无从知道"), ("en", "en", "knows nothing of what has changed since")],
)
def test_the_file_says_how_old_it_is(geodata: Geodata, render: Render, lang: str, tongue: str, words: str) -> None:
    """The day, the version of the data, and that it cannot know more."""
    text = render(geodata, lang=lang)
    assert ("html", {"lang": tongue}) in Read(text).tags
    assert words in text
    assert "2026-11-22" in text
    assert geodata.version in text


def test_no_text_of_the_data_is_markup(geodata: Geodata, render: Render) -> None:
    """Names and addresses that end a script, a style, a comment or an attribute change no tag of the file."""
    (first, *more) = geodata.tables
    spiteful = [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        '"><img src=x onerror=alert(1)>',
        "</style></title>{{ 7*7 }}",
        "'-->${alert(1)}\u2028",
    ]
    columns = dict(first.columns)
    for name in ("name", "name_en", "address", "sub_district", "phone", "hours_text", "district"):
        columns[name] = [spiteful[(row + len(name)) % 5] for row in range(len(first))]
    harmless = dict(columns)
    for name in ("name", "name_en", "address", "sub_district", "phone", "hours_text", "district"):
        harmless[name] = ["x"] * len(first)
    for lang in ("zh", "en"):
        evil, good = (
            Read(render(replace(geodata, tables=(replace(first, columns=chosen), *more)), lang=lang))
            for chosen in (columns, harmless)
        )
        assert [tag for tag, _ in evil.tags] == [tag for tag, _ in good.tags]
        assert [set(attributes) for _, attributes in evil.tags] == [set(attributes) for _, attributes in good.tags]
        assert len(evil.raw["script"]) == 2
        name = columns["name" if lang == "zh" else "name_en"][0]
        assert name in evil.items[f"station-{columns['station_id'][0]}"]


def test_the_policy_lets_nothing_in_but_what_is_in_it(geodata: Geodata, render: Render) -> None:
    """No host at all; the one script and the two styles by their hashes, which are right."""
    text = render(geodata)
    read = Read(text)
    (policy,) = (a["content"] for tag, a in read.tags if a.get("http-equiv") == "Content-Security-Policy")
    directives = {name: sources for name, *sources in (part.split() for part in policy.split(";"))}
    assert directives["default-src"] == ["'none'"]
    assert directives["connect-src"] == directives["img-src"] == ["data:"]

    def named(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    words, script = read.raw["script"]
    assert json.loads(words)["lang"] == "zh"
    assert directives["script-src"] == [named(script)]
    assert directives["style-src"] == [named(style) for style in read.raw["style"]]


def test_the_file_needs_no_other(geodata: Geodata, render: Render) -> None:
    """No address to load from in a tag or a style; Leaflet itself is inside."""
    read = Read(render(geodata))
    assert not [attributes for tag, attributes in read.tags if "src" in attributes or tag == "link"]
    assert "L.markerClusterGroup" in read.raw["script"][1]
    assert not re.findall(r"url\((?!#)", "".join(read.raw["style"]))
    assert "sourceMappingURL" not in read.raw["script"][1]
    links = {attributes["href"] for tag, attributes in read.tags if tag == "a"}
    assert {link.partition(":")[0] for link in links} <= {"tel", "#list"}


def as_geodata(stations: list[Station], geodata: Geodata) -> Geodata:
    """Put stations of a synthetic city in the place of those of the files."""
    table = geodata.tables[0]
    columns = {name: [getattr(station, name, None) for station in stations] for name in table.columns}
    columns["checked_on"] = [station.checked_on and station.checked_on.isoformat() for station in stations]
    positions = [[station.lon, station.lat] for station in stations]
    return replace(geodata, tables=(replace(table, columns=columns, positions=positions),))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_seven_hundred_stations_are_less_than_a_megabyte(geodata: Geodata, render: Render, lang: str) -> None:
    """Of the synthetic city, with all their facts and the real outline."""
    districts = read_districts(GEODATA / DISTRICTS)
    stations = [station for station in make_city("beijing", 1, districts) if station.district == "朝阳区"][:700]
    assert len(stations) == 700
    outline = tuple(place for place in districts if place.name == "朝阳区")
    text = render(replace(as_geodata(stations, geodata), districts=outline), lang=lang, is_part=True)
    assert len(Read(text).items) == 700
    assert len(text.encode()) <= 1_000_000


def test_what_would_be_too_large_is_refused(geodata: Geodata, render: Render) -> None:
    """The whole city at its real size: the message says how large, and what to do."""
    stations = make_city("beijing", 1, read_districts(GEODATA / DISTRICTS))
    with pytest.raises(
        UsageError, match=rf"{len(stations)} stations make a file of \d\.\d MB, and 3 MB is the most"
    ):
        render(as_geodata(stations, geodata))


def test_the_map_is_made_for_the_stations_of_the_file(geodata: Geodata, render: Render) -> None:
    """It opens on the district: its bounds are in the script, those of the whole city are not."""
    script = Read(render(part_of(geodata, "丰台区"), is_part=True)).raw["script"][1]
    assert re.search(r"fitBounds\(\s*\[\[39\.8, 116\.3\], \[39\.87, 116\.45\]\]", script)


def test_a_link_of_the_map_leads_into_the_list(geodata: Geodata, render: Render) -> None:
    """The words tell the script an address within the file."""
    words = json.loads(Read(render(geodata)).raw["script"][0])
    assert words["station_url"].replace("STATION", quote("tw-1")) == "#station-tw-1"


def test_stations_that_are_not_in_service_stand_last_and_say_so(four_states: Path) -> None:
    """Those that are closed for good are not in the file."""
    catalog = Catalog(load_geodata(four_states))
    text = map_export(catalog, "zh", SERVICE_RADIUS_M, date(2026, 12, 1), is_part=False)
    assert re.findall(r'<li id="station-(\w+)"', text) == ["usable", "planned", "shut"]
    found = re.findall(r'<span class="state state-closed state-out">(.*?)</span>', text)
    assert found == ["计划中，尚未开放，预计2027年3月1日开放", "暂停开放，预计12月31日恢复：装修中&lt;b&gt;"]
    assert "1 个户外劳动者可以歇脚的站点" in text
    assert "暂停开放或计划中的 2 个站点未计入。" in text
