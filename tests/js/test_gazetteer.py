"""The device finds by name what the server finds."""

import json
import random

import orjson
import pytest

from locator.config import bundled
from locator.places.compact_gazetteer import gazetteer_columns
from locator.places.gazetteer import shipped_places
from locator.places.name_search import NameSearch
from locator.places.place_finding import find_places, served_places
from locator.stations.catalog import Catalog
from locator.stations.compact_columns import compact_columns, names_columns
from locator.stations.geodata import load_geodata
from tests.js.conftest import Window

NO_HOURS = {
    "data_version": "",
    "from": "2026-12-01T00:00+08:00",
    "until": "2026-12-02T00:00+08:00",
    "schedules": [],
}
SEARCH = """([compact, hours, names, places, asked]) => {
  const engine = locator.engine.open(JSON.parse(compact), hours);
  engine.addNames(JSON.parse(names));
  const known = locator.gazetteer.open(JSON.parse(places));
  const find = ([text, limit, district]) => locator.gazetteer.search(known, engine, text, limit, district);
  return JSON.stringify(asked.map(find));
}"""
WORDS = "国贸 gm guomao 國貿 地铁国贸站 国贸站G口 朝阳区国贸 国贸朝阳 北京市朝阳区国贸 望京 什刹海 大望路 "
WORDS += "北京西站 八里庄街道 朝阳 东华门 dhm "
WORDS += "虎坊路13号 顺义区天竺镇府右街 中关村一小 上海市静安寺 王 京 医院 Ｇｕｏｍａｏ"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped stations."""
    return Catalog(load_geodata(bundled("geodata")))


@pytest.fixture(scope="module")
def names(catalog: Catalog) -> NameSearch:
    """The shipped places."""
    return NameSearch(
        served_places(shipped_places(), catalog.districts), [area.name for area in catalog.districts]
    )


def test_words_lead_to_the_places_that_the_server_finds(node: str, catalog: Catalog, names: NameSearch) -> None:
    """In its order, with its matches: words of every sort, and pieces of names in every spelling."""
    rng = random.Random(5)
    texts = [*WORDS.split(), "国贸 朝阳区", "Wangfujing Station", "", " "]
    for place in rng.sample(names.places, 60):
        whole = rng.choice(
            [place.name, place.pinyin, place.pinyin.replace(" ", ""), f"{place.district}{place.name}"]
        )
        texts.append(whole[: rng.randrange(2, 9)])
    asked = [(text, limit, "") for text in texts for limit in (3, 8)] + [
        ("国贸", 8, "海淀区"),
        ("王府井", 8, "东城区"),
    ]
    documents = [orjson.dumps(compact_columns(catalog, "zh")).decode(), NO_HOURS]
    documents += [orjson.dumps(made).decode() for made in (names_columns(catalog, "zh"), gazetteer_columns(names))]
    device = Window(node, ("finder/engine.js", "finder/gazetteer.js"))
    found = json.loads(device.evaluate(SEARCH, [*documents, asked]))
    for (text, limit, district), there in zip(asked, found, strict=True):
        here = find_places(catalog, names, text, limit, district)
        assert [(place["key"], place["match"], place["accuracy_m"]) for place in there] == [
            (one.place.place_id, one.match, one.place.accuracy_m) for one in here
        ], text


def test_the_document_of_the_places_is_small(names: NameSearch) -> None:
    """Of the first page's 150 kB it takes none: it is loaded when nobody waits."""
    assert len(orjson.dumps(gazetteer_columns(names))) <= 100_000
