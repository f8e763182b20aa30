"""The shipped layers hold the named places, where they are reckoned to be, and nothing made up."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import opening_hours
import pytest
import shapely
from pyproj import Geod

from locator.language.pinyin import pinyin
from locator.stations.schema import AMENITIES, HOTLINE, WORDS_OF_COLUMN, Station

GEODATA = Path(__file__).resolve().parents[2] / "geodata"
LAYERS = ("warm_station", "worker_home", "community_station")

# What a name contains, its layer, latitude, longitude, how wrong that may be in metres, and its district.
PLACES = [
    ("东华门街道工会服务站", "warm_station", 39.9162, 116.4042, 300, "东城区"),
    ("朝阳门街道暖心驿站", "warm_station", 39.9215, 116.4225, 600, "东城区"),
    ("暖·空间", "warm_station", 39.9350, 116.3972, 300, "东城区"),
    ("天竺镇总工会暖心驿站", "warm_station", 40.0660, 116.5590, 1500, "顺义区"),
    ("二里庄社区服务中心暖心驿站", "warm_station", 40.0005, 116.3560, 800, "海淀区"),
    ("北京市职工服务中心", "worker_home", 39.8855, 116.3785, 400, "西城区"),
    ("中关村智造大街职工之家", "worker_home", 39.9920, 116.3330, 400, "海淀区"),
    ("的士职工之家", "worker_home", 39.5125, 116.4107, 1500, "大兴区"),
    ("石榴庄双石一", "community_station", 39.8440, 116.4095, 800, "丰台区"),
    ("石榴庄双石二", "community_station", 39.8428, 116.4080, 800, "丰台区"),
    ("大红门锦苑一", "community_station", 39.8400, 116.3985, 1000, "丰台区"),
    ("大红门锦苑二", "community_station", 39.8390, 116.4000, 1000, "丰台区"),
    ("福海棠华苑", "community_station", 39.8505, 116.4165, 1500, "丰台区"),
    ("平山", "community_station", 22.5985, 113.9790, 1000, "南山区"),
    ("安乐", "community_station", 22.5470, 113.9080, 1000, "南山区"),
    ("松坪山", "community_station", 22.5590, 113.9420, 1000, "南山区"),
    ("阳光", "community_station", 22.5800, 113.9330, 1000, "南山区"),
    ("沿山", "community_station", 22.4890, 113.9220, 1000, "南山区"),
]

# Every amenity that the reports name; of all others nothing is known.
OFFERS = {
    "东华门街道工会服务站": {
        "seats", "tables", "lockers", "drinking_water", "microwave", "kettle", "heating", "air_conditioning",
        "toilet", "wifi",
    },
    "天竺镇总工会暖心驿站": {
        "tables", "drinking_water", "microwave", "phone_charging", "tyre_pump", "umbrellas", "first_aid_kit",
        "toilet",
    },
}  # fmt: skip

HOURS = {
    "暖·空间": ("Tu-Su 09:00-20:00", "早9点到晚8点,周一休息"),
    "中关村智造大街职工之家": ("24/7", "24小时"),
}


def collection(layer: str) -> dict[str, Any]:
    """Return a layer as its file has it."""
    found: dict[str, Any] = json.loads((GEODATA / f"{layer}s.geojson").read_text("utf-8"))
    return found


FEATURES: list[dict[str, Any]] = [feature for layer in LAYERS for feature in collection(layer)["features"]]


@pytest.mark.parametrize(("name", "layer", "lat", "lon", "accuracy_m", "district"), PLACES)
def test_named_place_is_in_its_layer_where_it_is_reckoned_to_be(
    name: str, layer: str, lat: float, lon: float, accuracy_m: float, district: str
) -> None:
    """Once, at the coordinates of the table of facts, with how wrong they may be."""
    found = [f for f in collection(layer)["features"] if name in f["properties"]["name"]]
    assert len(found) == 1
    assert found[0]["geometry"] == {"type": "Point", "coordinates": [lon, lat]}
    assert found[0]["properties"]["position_accuracy_m"] == accuracy_m
    assert found[0]["properties"]["district"] == district
    assert found[0]["properties"]["kind"] == layer


def test_there_is_no_other_station() -> None:
    """What is shown as real is in the table of facts."""
    assert len(FEATURES) == len(PLACES) == 18


def test_ids_are_unique_and_readable() -> None:
    """City, district, place, in letters an address may contain."""
    ids = Counter(feature["id"] for feature in FEATURES)
    assert set(ids.values()) == {1}
    assert all(re.fullmatch(r"(bj|sz)-[a-z]{2}-[a-z0-9-]+", station_id) for station_id in ids)
    assert {"bj-dc-donghuamen", "sz-ns-pingshan"} <= set(ids)


def test_amenities_are_those_of_the_reports_and_no_others() -> None:
    """Named ones are there; nothing is said to be missing, since no report says so."""
    for feature in FEATURES:
        facts = feature["properties"]
        assert facts.get("amenities", {}) == dict.fromkeys(OFFERS.get(facts["name"], ()), "yes")
    assert all(OFFERS[name] <= set(AMENITIES) for name in OFFERS)


def test_hours_are_given_only_where_a_report_gives_them() -> None:
    """Two places have hours, with the words for them; of all others they are unknown."""
    said = {
        facts["name"]: (facts.get("hours"), facts.get("hours_text"))
        for facts in (feature["properties"] for feature in FEATURES)
        if "hours" in facts or "hours_text" in facts
    }
    assert said == HOURS
    assert all(opening_hours.validate(hours) for hours, _ in said.values())


def test_what_nobody_has_seen_is_left_unknown() -> None:
    """Entry, seats, photos and checks; a telephone of one station; an area but for the one that is stated."""
    for feature in FEATURES:
        facts = feature["properties"]
        assert not {"entry", "seats", "photo_url", "checked_on", "phone", "parent"} & set(facts)
        assert facts.get("area_m2") == (50 if facts["name"] == "暖·空间" else None)
        assert None not in facts.values()
        assert "" not in facts.values()
        assert HOTLINE not in json.dumps(facts, ensure_ascii=False)


def test_no_station_is_synthetic() -> None:
    """The shipped layers are real places; samples are made on request."""
    assert all(feature["properties"]["synthetic"] is False for feature in FEATURES)


def test_every_station_names_source_and_licence() -> None:
    """The source says how the position was reckoned, and that it is approximate."""
    for feature in FEATURES:
        facts = feature["properties"]
        assert "position reckoned from" in facts["source"]
        assert f"approximate (±{facts['position_accuracy_m']} m)" in facts["source"]
        assert facts["licence"] == "CC0-1.0"


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_says_what_its_coordinates_mean_and_whose_it_is(layer: str) -> None:
    """Datum, licence and source stand in the file itself."""
    found = collection(layer)
    assert (found["type"], found["datum"], found["licence"]) == ("FeatureCollection", "WGS84", "CC0-1.0")
    assert "2017–2020" in found["source"]


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_has_one_feature_per_line(layer: str) -> None:
    """So that a change of one station is one changed line."""
    lines = (GEODATA / f"{layer}s.geojson").read_text("utf-8").splitlines()
    features = [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"type": "Feature"')]
    assert features == collection(layer)["features"]


def test_columns_and_words_are_those_of_the_schema() -> None:
    """Nothing in the files is unknown to the vocabulary."""
    columns = {field.name for field in dataclasses.fields(Station)} - {"station_id", "lat", "lon"}
    for feature in FEATURES:
        assert set(feature["properties"]) <= columns
        for column, words in WORDS_OF_COLUMN.items():
            assert feature["properties"].get(column) in {*words, None}


def test_pinyin_is_made_from_the_name() -> None:
    """No file carries a spelling of its own."""
    assert all(f["properties"]["pinyin"] == pinyin(f["properties"]["name"]) for f in FEATURES)


def test_beijing_stations_lie_in_their_district_as_far_as_they_are_known() -> None:
    """Inside the outline, or no farther outside than the position may be wrong."""
    outlines = {
        feature["properties"]["name"]: shapely.geometry.shape(feature["geometry"])
        for feature in json.loads((GEODATA / "districts.geojson").read_text("utf-8"))["features"]
    }
    for feature in FEATURES:
        facts = feature["properties"]
        if feature["id"].startswith("bj-"):
            point = shapely.Point(feature["geometry"]["coordinates"])
            (_, _), (lon, lat) = shapely.shortest_line(point, outlines[facts["district"]]).coords
            _, _, outside_m = Geod(ellps="WGS84").inv(point.x, point.y, lon, lat)
            assert outside_m <= facts["position_accuracy_m"], facts["name"]


def test_readme_explains_every_column() -> None:
    """A steward finds each column of the files, and of any list to import, in geodata/README.md."""
    text = (GEODATA / "README.md").read_text("utf-8")
    columns = {field.name for field in dataclasses.fields(Station)} - {"lat", "lon"}
    assert {column for column in columns if f"| `{column}` |" not in text} == set()
