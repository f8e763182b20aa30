"""Answers as JSON, against the facts that they are made from."""

from __future__ import annotations

import json
from datetime import datetime

import numpy as np
import pytest

from locator.stations.answer_json import AnswerJson, districts_collection
from locator.stations.catalog import Catalog, Query
from locator.stations.hours import STATION_TIMEZONE

EVENING = datetime(2026, 11, 21, 19, 45, 30, 500, tzinfo=STATION_TIMEZONE)
HERE = Query(lat=39.9155, lon=116.4050, radius_m=1000.0, limit=2)


@pytest.fixture
def answers(catalog: Catalog) -> AnswerJson:
    """What writes them."""
    return AnswerJson(catalog)


def test_a_station_has_its_facts_and_whether_it_is_open(answers: AnswerJson, catalog: Catalog) -> None:
    """The same the second time, when they are kept, and in another language."""
    number = catalog.find("tw-1")
    for lang, text in (("en", "closes in 15 min"), ("zh", "15分钟后关闭"), ("en", "closes in 15 min")):
        said = json.loads(answers.station(number, EVENING, lang))
        assert said.pop("open") == {"state": "open", "until": "2026-11-21T20:00:00+08:00", "text": text}
        assert said == {**catalog.facts(number), "phones": said["phones"]}


def test_an_answer_and_its_geojson_say_the_same(answers: AnswerJson, catalog: Catalog) -> None:
    """Hits in order, the nearest beyond behind them and marked as such, ids and positions as GeoJSON."""
    answer = catalog.nearest(HERE, EVENING)
    plain = json.loads(answers.nearest(answer, "en"))
    features = json.loads(answers.nearest_geojson(answer, "en"))
    assert plain["as_of"] == features["as_of"] == "2026-11-21T19:45:30+08:00"
    hits = [*plain["stations"], *([plain["beyond"]] if plain["beyond"] else [])]
    assert [hit["station_id"] for hit in plain["stations"]] == [
        catalog.column("station_id")[hit.number] for hit in answer.hits
    ]
    assert [feature["id"] for feature in features["features"]] == [hit["station_id"] for hit in hits]
    for feature, hit in zip(features["features"], hits, strict=True):
        is_within = feature["properties"].pop("within")
        assert feature["properties"] == hit
        assert is_within is (hit["distance_m"] <= HERE.radius_m)
        assert feature["geometry"] == {"type": "Point", "coordinates": [hit["lon"], hit["lat"]]}


def test_a_collection_has_the_stations_in_the_order_asked_for(answers: AnswerJson, catalog: Catalog) -> None:
    """Twice the same; none is a collection too."""
    ids = catalog.column("station_id")
    for _ in range(2):
        assert [feature["id"] for feature in json.loads(answers.collection([3, 0]))["features"]] == [
            ids[3],
            ids[0],
        ]
    empty = json.loads(answers.collection([]))
    assert (empty["type"], empty["features"], empty["data_version"]) == ("FeatureCollection", [], catalog.version)


def test_a_batch_tells_ids_and_distances(answers: AnswerJson, catalog: Catalog) -> None:
    """At a station, far from all of them within 20 km, and far from everything."""
    lon, lat = catalog.lonlat[0]
    positions = np.array([[lon, lat], [lon + 0.15, lat], [0.0, 0.0]])
    near, beyond, nowhere = json.loads(answers.batch(positions, 1000.0, 1))["answers"]
    assert near == {"stations": [{"station_id": catalog.column("station_id")[0], "distance_m": 0.0}]}
    assert beyond["stations"] == []
    assert 1000 < beyond["beyond"]["distance_m"] < 20_000
    assert nowhere == {"stations": [], "beyond": None}


def test_districts_are_features_with_their_names(catalog: Catalog) -> None:
    """Under their ids, in the order of the file."""
    found = districts_collection(catalog.districts)
    assert [feature["id"] for feature in found["features"]] == [one.district_id for one in catalog.districts]
    assert [feature["properties"]["name"] for feature in found["features"]] == [
        one.name for one in catalog.districts
    ]
