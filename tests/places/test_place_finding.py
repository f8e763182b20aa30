"""With the shipped data everyday words lead to where they are, and words that look like a place to none."""

import csv
from pathlib import Path

import pytest
import shapely

from locator.config import bundled
from locator.geo.geodesy import GEOD
from locator.places.gazetteer import shipped_places
from locator.places.name_search import Found, Match, NameSearch
from locator.places.place_finding import find_places, served_places
from locator.stations.catalog import Catalog
from locator.stations.geodata import load_geodata
from locator.stations.schema import District

OWN = Path(__file__).parents[1] / "data" / "places" / "words.csv"
TRAPS = [
    "朝阳门外大街18号",
    "中关村一小",
    "八里庄街道",
    "朝阳",
    "大望路",
    "建国路93号",
    "望京西园四区",
    "劲松九区",
    "南京新街口",
]


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


def metres(found: Found, row: dict[str, str]) -> float:
    """Measure how far a place is from where the word is."""
    return float(GEOD.inv(found.place.lon, found.place.lat, float(row["lon"]), float(row["lat"]))[2])


def test_everyday_words_lead_to_where_they_are(catalog: Catalog, names: NameSearch) -> None:
    """Within the larger of 1 km and how rough the word is: the one that is meant, or one to choose."""
    for row in csv.DictReader(OWN.read_text(encoding="utf-8").splitlines()):
        found = find_places(catalog, names, row["text"], 8)
        exact = [one for one in found if one.match is Match.EXACT]
        reach = max(1000.0, float(row["roughness_m"]))
        assert exact, row
        assert min(metres(one, row) for one in exact) <= reach, row
        assert len(exact) == 1 or row["text"] == "什刹海", row


def test_shared_words_lead_to_where_they_are(catalog: Catalog, names: NameSearch, shared_data: Path) -> None:
    """Those of the kinds everyday, metro and area, among the first three that are offered."""
    words = shared_data.parent / "cases" / "words.csv"
    for row in csv.DictReader(words.read_text(encoding="utf-8-sig").splitlines()):
        if row["kind"] != "number":
            reach = max(1000.0, float(row["truth_accuracy_m"]))
            found = find_places(catalog, names, row["text"], 3)
            assert min((metres(one, row) for one in found), default=9e9) <= reach, row


@pytest.mark.parametrize("text", TRAPS)
def test_a_word_that_looks_like_a_place_places_nobody(catalog: Catalog, names: NameSearch, text: str) -> None:
    """There is none of that name, there are several, or it is a whole district."""
    exact = [one.place for one in find_places(catalog, names, text, 8) if one.match is Match.EXACT]
    assert len(exact) != 1 or exact[0].kind == "district"


def test_an_address_is_offered_where_its_road_or_its_town_is(catalog: Catalog, names: NameSearch) -> None:
    """With the size of that as its ±."""
    (road,) = find_places(catalog, names, "北京市西城区虎坊路13号", 8)
    (town,) = find_places(catalog, names, "顺义区天竺镇府右街北侧", 8)
    assert [(one.place.name, one.match, one.place.accuracy_m) for one in (road, town)] == [
        ("虎坊路", Match.PART, 1000),
        ("天竺镇", Match.PART, 5000),
    ]


def test_stations_are_found_with_the_places(catalog: Catalog, names: NameSearch) -> None:
    """A sub-district that the places know is not told twice, and stations keep half of the list."""
    found = [one.place for one in find_places(catalog, names, "东华门", 8)]
    assert [(place.name, place.kind) for place in found] == [
        ("东华门街道", "sub_district"),
        ("东华门街道工会服务站", "station"),
    ]
    assert "station" in {one.place.kind for one in find_places(catalog, names, "朝阳门", 3)}


def test_places_of_another_city_are_left_out() -> None:
    """Changchun has a Chaoyang too."""
    changchun = District("220104", "朝阳区", "Chaoyang", 0, shapely.box(125.1, 43.7, 125.4, 43.9))
    assert served_places(shipped_places(), [changchun]) == []
