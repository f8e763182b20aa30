"""The API keeps its contract: what it answers, in which form, and how it says no."""

from __future__ import annotations

import gzip
import io
import json
from datetime import datetime
from itertools import combinations
from typing import TYPE_CHECKING, Any

import brotli
import prcoords
import pytest
from pyproj import Geod

from locator.stations.hours import STATION_TIMEZONE
from locator.stations.reading import COLUMNS
from locator.stations.schema import AMENITIES

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from locator.stations.catalog import Catalog

GEOD = Geod(ellps="WGS84")
LAT, LON = 39.9155, 116.405
SATURDAY_EVENING = "2026-11-21T19:45"
MARKUP = "<img src=x onerror=alert(1)>${alert(1)}"
ALL = ["tw-1", "tw-5", "tw-2", "wh-1", "tw-3", "tw-4", "cs-1"]  # by distance


def near(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    """Ask by GET from the middle and return the answer."""
    response = client.get(
        "/api/nearest", query_string={"lat": LAT, "lon": LON, "open_at": SATURDAY_EVENING} | fields
    )
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


def post(client: FlaskClient, **fields: Any) -> TestResponse:
    """Ask by POST from the middle."""
    return client.post("/api/nearest", json={"lat": LAT, "lon": LON} | fields)


def batch(client: FlaskClient, points: Any, **fields: Any) -> TestResponse:
    """Ask for many positions."""
    return client.post("/api/nearest/batch", json={"points": points, **fields})


def ids(stations: list[dict[str, Any]]) -> list[str]:
    """List the ids of stations in an answer."""
    return [station["station_id"] for station in stations]


def assert_problem(response: TestResponse, status: int, words: str) -> None:
    """Hold a response to be an RFC 9457 problem with these words in its detail."""
    problem = response.get_json()
    assert response.status_code == problem["status"] == status, problem
    assert response.mimetype == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["type"] == "about:blank"
    assert words in problem["detail"], problem["detail"]


# What nearest answers


def test_the_answer_is_whole(client: FlaskClient, catalog: Catalog) -> None:
    """Every member of the frame, and where and when it holds."""
    answer = near(client)
    assert list(answer) == [
        "origin", "radius_m", "as_of", "data_version", "datum", "walk_min_is", "stations", "beyond"
    ]  # fmt: skip
    assert answer["origin"] == {"lat": LAT, "lon": LON}
    assert answer["radius_m"] == 1000
    assert answer["as_of"] == "2026-11-21T19:45:00+08:00"
    assert answer["data_version"] == catalog.version
    assert answer["datum"] == "wgs84"
    assert "estimate" in answer["walk_min_is"]
    assert ids(answer["stations"]) == ["tw-1", "tw-2"]
    assert answer["beyond"]["station_id"] == "tw-4"


def test_a_hit_carries_all_its_facts(client: FlaskClient) -> None:
    """Every column, distance to 0.1 m and bearing as `Geod` has them, minutes on foot, the open state."""
    hit = near(client, lang="en")["stations"][0]
    bearing, _, distance_m = GEOD.inv(LON, LAT, 116.4042, 39.9162)
    assert set(hit) == {*COLUMNS, "phones", "lat", "lon", "distance_m", "bearing_deg", "walk_min", "open"}
    assert hit["distance_m"] == round(distance_m, 1)
    assert hit["bearing_deg"] == round(bearing % 360, 1)
    assert hit["walk_min"] == 2
    assert hit["open"] == {"state": "open", "until": "2026-11-21T20:00:00+08:00", "text": "closes in 15 min"}
    assert (hit["name"], hit["lat"], hit["lon"]) == ("东华门街道工会服务站", 39.9162, 116.4042)
    assert (hit["kind"], hit["tier"], hit["entry"]) == ("warm_station", "sub_district", "walk_in")
    assert (hit["address"], hit["checked_on"], hit["synthetic"]) == ("金鱼胡同", "2026-08-21", False)
    assert (hit["area_m2"], hit["operator"], hit["photo_url"]) == (None, None, None)


def test_an_amenity_is_there_or_missing_or_unknown(client: FlaskClient) -> None:
    """Every word of the vocabulary stands in every station."""
    found = near(client)["stations"][0]["amenities"]
    assert set(found) == set(AMENITIES)
    assert {word for word, answer in found.items() if answer == "yes"} == {"seats", "drinking_water", "microwave"}
    assert {word for word, answer in found.items() if answer == "no"} == {"shower"}


@pytest.mark.usefixtures("any_hour")
def test_without_a_time_all_stations_within_are_told(client: FlaskClient) -> None:
    """With their state now, and as_of is now."""
    before = datetime.now(STATION_TIMEZONE).replace(microsecond=0)
    answer = client.get("/api/nearest", query_string={"lat": LAT, "lon": LON}).get_json()
    assert ids(answer["stations"]) == ALL[:5]
    assert before <= datetime.fromisoformat(answer["as_of"]) <= datetime.now(STATION_TIMEZONE)
    assert answer["stations"][2]["open"]["state"] == "open"  # it never closes
    assert answer["stations"][4]["open"] == {"state": "unknown", "until": None, "text": "开放时间不详"}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"radius": 400},
        {"limit": 1, "lang": "en"},
        {"kind": ["worker_home", "community_station"]},
        {"amenity": ["seats", "drinking_water"]},
        {"datum": "gcj02", "lang": "zh"},
        {"radius": 20000, "limit": 100, "open_at": "2026-11-21T11:45Z"},
    ],
)
def test_get_and_post_agree(client: FlaskClient, fields: dict[str, Any]) -> None:
    """The same fields, byte for byte the same answer."""
    fields = {"open_at": SATURDAY_EVENING} | fields
    text = {name: ",".join(value) if isinstance(value, list) else value for name, value in fields.items()}
    by_get = client.get("/api/nearest", query_string={"lat": LAT, "lon": LON} | text)
    assert by_get.data == post(client, **fields).data
    assert by_get.status_code == 200


def test_a_field_given_twice_counts_twice(client: FlaskClient) -> None:
    """As forms send a list; a number given twice is none."""
    twice = client.get(f"/api/nearest?lat={LAT}&lon={LON}&radius=20000&kind=worker_home&kind=community_station")
    assert ids(twice.get_json()["stations"]) == ["wh-1", "cs-1"]
    assert_problem(client.get("/api/nearest?lat=39&lat=40&lon=116"), 422, "lat must be a number, not '39,40'")
    twice = client.get("/api/stations.geojson?kind=worker_home&kind=community_station")
    assert [feature["id"] for feature in twice.get_json()["features"]] == ["wh-1", "cs-1"]


def test_nothing_near_is_an_answer(client: FlaskClient) -> None:
    """An empty list and the nearest beyond; not even that where nothing fits."""
    answer = near(client, lat=0, lon=0)
    assert answer["stations"] == []
    assert answer["beyond"]["distance_m"] > 10_000_000
    answer = near(client, amenity="battery_swap")
    assert (answer["stations"], answer["beyond"]) == ([], None)


def test_a_form_may_leave_fields_empty(client: FlaskClient) -> None:
    """In an address an empty field is one not given."""
    empty = dict.fromkeys(("radius", "limit", "kind", "amenity", "datum", "lang"), "")
    assert near(client, **empty) == near(client)


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", prcoords.wgs_gcj), ("bd09", prcoords.wgs_bd)])
def test_a_position_of_another_datum_gives_the_same_answer(client: FlaskClient, datum: str, shift: Any) -> None:
    """Shifted by an independent package, it is still the same place; without its datum it is another."""
    lat, lon = shift((LAT, LON))
    shifted = near(client, lat=lat, lon=lon, datum=datum)
    assert shifted["origin"] == pytest.approx({"lat": LAT, "lon": LON}, abs=2e-7)
    assert [hit["distance_m"] for hit in shifted["stations"]] == pytest.approx([103.5, 499.6], abs=0.11)
    assert near(client, lat=lat, lon=lon)["stations"][0]["distance_m"] > 400


def test_open_states_speak_the_language_asked_for(client: FlaskClient) -> None:
    """Chinese if nobody asks, as the operator has set it."""
    texts = [
        near(client, **asked)["stations"][1]["open"]["text"] for asked in ({"lang": "en"}, {"lang": "zh"}, {})
    ]
    assert texts == ["open 24 hours", "24小时开放", "24小时开放"]


def test_the_answer_is_never_kept(client: FlaskClient) -> None:
    """It holds a position."""
    for response in (post(client), batch(client, [[LON, LAT]]), client.get(f"/api/nearest?lat={LAT}&lon={LON}")):
        assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("by", ["GET", "POST"])
def test_geojson_comes_to_who_accepts_it(client: FlaskClient, by: str) -> None:
    """A collection of the same hits, within told apart from beyond, in longitude and latitude."""
    accept = {"Accept": "application/geo+json"}
    fields = {"lat": LAT, "lon": LON, "open_at": SATURDAY_EVENING}
    if by == "GET":
        response = client.get("/api/nearest", query_string=fields, headers=accept)
    else:
        response = client.post("/api/nearest", json=fields, headers=accept)
    assert response.mimetype == "application/geo+json"
    collection, plain = response.get_json(), near(client)
    assert collection["type"] == "FeatureCollection"
    assert {name: collection[name] for name in ("origin", "radius_m", "as_of", "data_version")} == {
        name: plain[name] for name in ("origin", "radius_m", "as_of", "data_version")
    }
    assert [feature["id"] for feature in collection["features"]] == ["tw-1", "tw-2", "tw-4"]
    assert [feature["properties"].pop("within") for feature in collection["features"]] == [True, True, False]
    assert collection["features"][0]["geometry"] == {"type": "Point", "coordinates": [116.4042, 39.9162]}
    assert [feature["properties"] for feature in collection["features"]] == [*plain["stations"], plain["beyond"]]


@pytest.mark.parametrize(
    "accept", ["*/*", "", "application/json", "text/html", "application/geo+json;q=0.5, application/json"]
)
def test_json_comes_to_everybody_else(client: FlaskClient, accept: str) -> None:
    """It is what the document describes first."""
    response = client.get(f"/api/nearest?lat={LAT}&lon={LON}", headers={"Accept": accept})
    assert response.mimetype == "application/json"


# How nearest says no; the refusals themselves are those of test_params


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"lat": 116.405, "lon": 39.9155}, "Is lat,lon swapped?"),
        ({"lat": None}, "The field 'lat' is empty"),
        ({"lat": "39.9"}, "The field lat must be a number"),
        ({"lat": True}, "The field lat must be a number, not True"),
        ({"radius": 0}, "above 0 and at most 20000"),
        ({"radius": -1}, "above 0 and at most 20000"),
        ({"radius": 20000.1}, "above 0 and at most 20000"),
        ({"limit": 0}, "from 1 to 100"),
        ({"limit": 101}, "from 1 to 100"),
        ({"limit": 1.5}, "from 1 to 100"),
        ({"kind": ["warm"]}, "Use one of: warm_station, worker_home, community_station"),
        ({"kind": [["warm_station"], {"a": [1]}]}, "is not known"),
        ({"amenity": ["sauna"]}, "Use one of: seats"),
        ({"open_at": "soon"}, "must be now or a time such as"),
        ({"open_at": "1969-12-31T12:00Z"}, "in the years 1970 to 2999"),
        ({"open_at": "3000-01-01T00:00"}, "in the years 1970 to 2999"),
        ({"datum": "utm"}, "one of wgs84, gcj02, bd09"),
        ({"lang": "fr"}, "one of: en, zh"),
        ({"station": "tw-1"}, "There is no field 'station'"),
    ],
)
def test_a_request_that_cannot_be_answered_is_a_problem(
    client: FlaskClient, fields: dict[str, Any], words: str
) -> None:
    """422, with value, rule and remedy."""
    assert_problem(post(client, **fields), 422, words)


@pytest.mark.parametrize(
    "query", ["", "lat=39.9", "lat=&lon=", "lat=nan&lon=116", "lat=39&lon=1e999", "lat=%FF&lon=1"]
)
def test_an_address_without_a_position_is_a_problem(client: FlaskClient, query: str) -> None:
    """Missing, empty, not a number."""
    assert_problem(client.get(f"/api/nearest?{query}"), 422, "The field l")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"lat":39.9,}',
        b'{"lat":NaN,"lon":1}',
        b'{"lat":1e999,"lon":1}',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b"lat=39&lon=116",
    ],
)
@pytest.mark.parametrize("path", ["/api/nearest", "/api/nearest/batch"])
def test_a_body_that_is_no_json_is_a_bad_request(client: FlaskClient, path: str, body: bytes) -> None:
    """JSON knows neither NaN nor infinity."""
    response = client.post(path, data=body, content_type="application/json")
    assert_problem(response, 400, "The body is not JSON")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"3", b"true"])
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, body: bytes) -> None:
    """Fields have names."""
    response = client.post("/api/nearest", data=body, content_type="application/json")
    assert_problem(response, 422, "must be a JSON object")


@pytest.mark.parametrize(
    "mimetype", ["text/plain", "application/x-www-form-urlencoded", "application/geo+json", ""]
)
def test_another_content_type_is_refused(client: FlaskClient, mimetype: str) -> None:
    """A page of another site could send these without asking."""
    response = client.post("/api/nearest", data=b'{"lat":39,"lon":116}', content_type=mimetype)
    assert_problem(response, 415, "Send Content-Type: application/json")


def test_a_charset_beside_the_content_type_is_no_matter(client: FlaskClient) -> None:
    """Some clients always name one."""
    response = client.post(
        "/api/nearest", data=b'{"lat":39,"lon":116}', content_type="application/json; charset=utf-8"
    )
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/api/nearest", "/api/nearest/batch"])
def test_a_body_over_a_megabyte_is_too_large(client: FlaskClient, path: str) -> None:
    """Whether it says its length or comes in chunks, which has a server of its own behind it."""
    body = b'{"lat":39,"lon":116' + b" " * 1_000_000 + b"}"
    assert_problem(client.post(path, data=body, content_type="application/json"), 413, "larger than 1 MB")
    chunks = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}
    response = client.post(path, content_type="application/json", environ_overrides=chunks)
    assert_problem(response, 413, "larger than 1 MB")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/nearest", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("GET", "/api/nearest/batch", {"POST", "OPTIONS"}),
        ("PUT", "/api/stations/tw-1", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    """405, as a problem."""
    response = client.open(path, method=method)
    assert_problem(response, 405, "method")
    assert set(response.headers["Allow"].split(", ")) == allowed


def test_options_and_head_say_what_get_would(client: FlaskClient) -> None:
    """Without a body."""
    options = client.options("/api/nearest")
    assert (options.status_code, options.data) == (200, b"")
    assert {"GET", "POST"} <= set(options.headers["Allow"].split(", "))
    for path in ("/api/stations.geojson", f"/api/nearest?lat={LAT}&lon={LON}&open_at={SATURDAY_EVENING}"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Length"] == get.headers["Content-Length"]
        assert head.headers.get("ETag") == get.headers.get("ETag")


@pytest.mark.parametrize("path", ["/api/", "/api/nothing", "/api/stations/", "/api/stations/a/b", "/api/nearest/"])
def test_an_address_that_is_none_is_not_found(client: FlaskClient, path: str) -> None:
    """404, as a problem."""
    assert_problem(client.get(path), 404, "There is no such page")


# Batches


def test_a_batch_answers_in_order(client: FlaskClient, catalog: Catalog) -> None:
    """Each answer is that of nearest; an empty one has what lies beyond."""
    points = [[LON, LAT], [0, 0], [116.4, 39.91], [116.4095, 39.84], [LON, LAT]]
    answer = batch(client, points, radius=750, limit=3).get_json()
    assert (answer["radius_m"], answer["datum"], answer["data_version"]) == (750, "wgs84", catalog.version)
    assert len(answer["answers"]) == 5
    for (lon, lat), found in zip(points, answer["answers"], strict=True):
        single = post(client, lat=lat, lon=lon, radius=750, limit=3).get_json()
        short = [{name: hit[name] for name in ("station_id", "distance_m")} for hit in single["stations"]]
        assert found["stations"] == short
        if short:
            assert "beyond" not in found
        else:
            nearest = {name: single["beyond"][name] for name in ("station_id", "distance_m")}
            # A batch looks no farther than 20 km.
            assert found["beyond"] == (nearest if nearest["distance_m"] <= 20_000 else None)
    assert ids(answer["answers"][0]["stations"]) == ["tw-1", "tw-5", "tw-2"]
    assert answer["answers"][1]["stations"] == []


def test_a_batch_of_ten_thousand_is_answered(client: FlaskClient) -> None:
    """The most that may be sent; the body of full precision stays under a megabyte."""
    points = [[LON + row / 3e6, LAT - row / 7e6] for row in range(10_000)]
    answers = batch(client, points, limit=1).get_json()["answers"]
    assert len(answers) == 10_000
    for row in (0, 4999, 9999):
        lon, lat = points[row]
        *_, distance_m = GEOD.inv(lon, lat, 116.4042, 39.9162)
        (hit,) = answers[row]["stations"]
        assert hit["distance_m"] <= round(distance_m, 1)
    assert_problem(batch(client, [*points, [LON, LAT]]), 422, "a list of 1 to 10000")


@pytest.mark.parametrize(("count", "limit"), [(10_000, None), (1000, 100), (10_000, 10), (3333, 30)])
def test_a_batch_may_ask_for_a_hundred_thousand_stations(
    client: FlaskClient, count: int, limit: int | None
) -> None:
    """Points times limit, 10 where none is given; the largest take a tenth of a second."""
    fields = {"limit": limit} if limit else {}
    assert len(batch(client, [[LON, LAT]] * count, **fields).get_json()["answers"]) == count


@pytest.mark.parametrize(
    ("count", "limit", "least"), [(10_000, 11, 10), (1001, 100, 99), (10_000, 100, 10), (3334, 30, 29)]
)
def test_a_batch_that_asks_for_more_is_refused_with_what_would_do(
    client: FlaskClient, count: int, limit: int, least: int
) -> None:
    """The number, the rule, and a limit that is answered."""
    points = [[LON, LAT]] * count
    refused = batch(client, points, limit=limit, radius=20_000)
    assert_problem(refused, 422, f"ask for {count * limit} stations, and 100000 is the most")
    assert f"a limit of at most {least}." in refused.get_json()["detail"]
    assert batch(client, points, limit=least).status_code == 200


def test_a_batch_may_speak_another_datum(client: FlaskClient) -> None:
    """Shifted by an independent package, the same stations at the same distances."""
    lat, lon = prcoords.wgs_gcj((LAT, LON))
    shifted = batch(client, [[lon, lat]], datum="gcj02").get_json()["answers"]
    (plain,) = batch(client, [[LON, LAT]]).get_json()["answers"]
    assert ids(shifted[0]["stations"]) == ids(plain["stations"]) == ALL[:5]
    for ours, theirs in zip(shifted[0]["stations"], plain["stations"], strict=True):
        assert ours["distance_m"] == pytest.approx(theirs["distance_m"], abs=0.11)


@pytest.mark.parametrize(
    ("points", "fields", "words"),
    [
        ([], {}, "a list of 1 to 10000"),
        ({}, {}, "a list of 1 to 10000"),
        ([[LAT, LON]], {}, "Is lat,lon swapped?"),
        ([[LON, LAT], [True, 1]], {}, "points[1] is [True, 1]"),
        ([[LON, LAT]], {"radius": 0}, "above 0"),
        ([[LON, LAT]], {"limit": 101}, "from 1 to 100"),
        ([[LON, LAT]], {"datum": "x"}, "one of wgs84"),
        ([[LON, LAT]], {"kind": ["warm_station"]}, "There is no field 'kind'"),
    ],
)
def test_a_batch_that_cannot_be_answered_is_a_problem(
    client: FlaskClient, points: Any, fields: dict[str, Any], words: str
) -> None:
    """None of it is answered."""
    assert_problem(batch(client, points, **fields), 422, words)


# Stations


def test_a_station_is_told_with_its_state(client: FlaskClient) -> None:
    """All facts, and open for the minute."""
    response = client.get("/api/stations/tw-2?lang=en")
    station = response.get_json()
    assert set(station) == {*COLUMNS, "phones", "lat", "lon", "open"}
    assert (station["name"], station["hours"]) == ("便利店驿站", "24/7")
    assert station["open"] == {"state": "open", "until": None, "text": "open 24 hours"}
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert client.get("/api/stations/tw-2").get_json()["open"]["text"] == "24小时开放"


def test_hours_come_from_words_where_there_are_only_words(client: FlaskClient) -> None:
    """The words stay beside them; words that nobody can read leave the hours unknown."""
    station = client.get("/api/stations/tw-4").get_json()
    assert (station["hours"], station["hours_text"]) == ("09:00-20:00", "早9点到晚8点")
    station = client.get("/api/stations/tw-3").get_json()
    assert (station["hours"], station["hours_text"], station["open"]["state"]) == (None, "看情况", "unknown")


@pytest.mark.parametrize("station_id", ["nope", "TW-1", "<script>", "..", "%00", "东"])
def test_a_station_that_is_none_is_not_found(client: FlaskClient, station_id: str) -> None:
    """404, as a problem."""
    response = client.get(f"/api/stations/{station_id}")
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"


def test_text_of_a_station_passes_unharmed(client: FlaskClient) -> None:
    """It is data: neither cut, nor escaped for a page, in every form that carries it."""
    assert client.get("/api/stations/tw-5").get_json()["name"] == MARKUP
    assert near(client, radius=300, open_at="2026-11-21T23:00")["stations"][0]["name"] == MARKUP
    features = client.get("/api/stations.geojson").get_json()["features"]
    assert features[4]["properties"]["name"] == MARKUP
    assert features[4]["properties"]["address"] == "</script><b>`${1}`"
    assert features[4]["properties"]["source"] == '=HYPERLINK("x")'
    assert client.get("/api/stations.compact.json").get_json()["columns"]["name"][4] == MARKUP


def test_all_stations_come_as_geojson(client: FlaskClient, catalog: Catalog) -> None:
    """In the order of the files, with all their columns."""
    response = client.get("/api/stations.geojson")
    collection = response.get_json()
    assert response.mimetype == "application/geo+json"
    assert (collection["type"], collection["data_version"]) == ("FeatureCollection", catalog.version)
    assert collection["synthetic"] is False
    features = collection["features"]
    assert [feature["id"] for feature in features] == ["tw-1", "tw-2", "tw-3", "tw-4", "tw-5", "wh-1", "cs-1"]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [116.4042, 39.9162]}
    assert set(features[0]["properties"]) == {*COLUMNS, "phones", "lat", "lon"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("bbox=116.4,39.91,116.405,39.92", ["tw-1", "tw-2", "tw-5", "wh-1"]),  # edges are inside
        ("bbox=116.4,39.91,116.405,39.92&kind=worker_home", ["wh-1"]),
        ("bbox=116.41,39.9,116.43,40", ["tw-3", "tw-4"]),
        ("bbox=0,0,1,1", []),
        ("bbox=117,39,116.3,40", []),  # the long way round
        ("bbox=116.41,-90,116.40,90", ["tw-3", "tw-4", "wh-1"]),
        ("kind=worker_home,community_station", ["wh-1", "cs-1"]),
        ("kind=", ["tw-1", "tw-2", "tw-3", "tw-4", "tw-5", "wh-1", "cs-1"]),
    ],
)
def test_stations_in_a_box_or_of_a_kind(client: FlaskClient, query: str, found: list[str]) -> None:
    """Both filters together hold both."""
    features = client.get(f"/api/stations.geojson?{query}").get_json()["features"]
    assert [feature["id"] for feature in features] == found


def test_boxes_with_the_same_stations_share_one_answer(client: FlaskClient) -> None:
    """Whatever their edges; one that holds all of a kind is the document of that kind, and no other is like it."""

    def asked(query: str) -> tuple[bytes, str]:
        response = client.get(f"/api/stations.geojson?{query}", headers={"Accept-Encoding": "br"})
        assert response.headers["Content-Encoding"] == "br"
        return response.data, response.headers["ETag"]

    box = "bbox=116.4,39.91,116.405,39.92"
    around = asked(box)
    assert asked("bbox=116.399,39.909,116.4059,39.921") == around
    assert asked("bbox=115,39,117,41") == asked("") != around
    homes = asked("kind=worker_home")
    assert homes == asked(f"{box}&kind=worker_home") != around
    served = client.application.extensions["locator.live"].served
    assert (len(served.boxes), len(served.documents)) == (1, 2)
    kept = client.get(f"/api/stations.geojson?{box}", headers={"If-None-Match": around[1]})
    assert (kept.status_code, kept.data) == (304, b"")


def test_boxes_that_anybody_makes_up_do_not_fill_the_memory(client: FlaskClient) -> None:
    """Each pair of meridians holds other stations; the last eight answers are kept."""
    meridians = (116.399, 116.402, 116.4046, 116.410, 116.416, 116.418)
    seen = set()
    for west, east in combinations(meridians, 2):
        response = client.get(f"/api/stations.geojson?bbox={west},39.9,{east},39.93")
        seen.add(tuple(feature["id"] for feature in response.get_json()["features"]))
    assert len(seen) > 10
    assert len(client.application.extensions["locator.live"].served.boxes) == 8


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("bbox=1,2,3", "The bbox must be west,south,east,north"),
        ("bbox=0,nan,1,1", "The bbox must be"),
        ("bbox=0,0,1,1&bbox=2,2,3,3", "The bbox must be"),
        ("kind=warm", "Use one of: warm_station"),
        ("kinds=warm_station", "There is no field 'kinds'"),
    ],
)
def test_a_filter_that_is_none_is_a_problem(client: FlaskClient, query: str, words: str) -> None:
    """All stations would pass for the answer."""
    assert_problem(client.get(f"/api/stations.geojson?{query}"), 422, words)


def test_compact_columns_are_the_same_stations(client: FlaskClient) -> None:
    """Decoded word by word, bit by bit, they say what the GeoJSON says."""
    packed = client.get("/api/stations.compact.json").get_json()
    columns = packed["columns"]
    features = client.get("/api/stations.geojson").get_json()["features"]
    assert {len(column) for column in columns.values()} == {len(features)}

    def word(column: str, list_name: str, row: int) -> str | None:
        place = columns[column][row]
        return None if place is None else packed[list_name][place]

    def amenity(place: int, row: int) -> str:
        bit = 1 << place
        return "yes" if columns["yes"][row] & bit else "no" if columns["no"][row] & bit else "unknown"

    for row, feature in enumerate(features):
        facts = feature["properties"]
        assert (columns["station_id"][row], columns["name"][row]) == (facts["station_id"], facts["name"])
        assert columns["lat"][row] == round(facts["lat"] * 1e6)
        assert columns["lon"][row] == round(facts["lon"] * 1e6)
        assert word("kind", "kinds", row) == facts["kind"]
        assert word("district", "districts", row) == facts["district"]
        assert word("entry", "entries", row) == facts["entry"]
        assert word("hours", "hours", row) == facts["hours"]
        assert columns["accuracy_m"][row] == facts["position_accuracy_m"]
        assert {name: amenity(place, row) for place, name in enumerate(packed["amenities"])} == facts["amenities"]


def test_districts_come_as_geojson(client: FlaskClient) -> None:
    """With the outline of the file."""
    first, second = client.get("/api/districts.geojson").get_json()["features"]
    assert (first["id"], first["properties"]["name"], first["properties"]["name_en"]) == (
        "110101",
        "东城区",
        "Dongcheng",
    )
    assert second["properties"]["population_2020"] == 2019764
    west_south = first["geometry"]["coordinates"][0][0]
    assert west_south == [116.37, 39.87]


@pytest.mark.parametrize(
    "path",
    [
        "/api/stations.geojson",
        "/api/stations.geojson?kind=worker_home",
        "/api/stations.geojson?bbox=116,39,117,40",
        "/api/stations.compact.json",
        "/api/districts.geojson",
        "/api/openapi.json",
        "/api/stations/tw-2",
    ],
)
def test_what_is_for_everybody_may_be_kept(client: FlaskClient, path: str) -> None:
    """Tagged, with a time to keep it; the same bytes in every coding; 304 to who has it."""
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert json.loads(plain.data)
    for coding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        packed = client.get(path, headers={"Accept-Encoding": coding})
        assert packed.headers["Content-Encoding"] == coding
        assert unpack(packed.data) == plain.data
        assert packed.headers["ETag"] == plain.headers["ETag"]
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert packed.headers["Cache-Control"].startswith("public, max-age=")
    kept = client.get(path, headers={"If-None-Match": plain.headers["ETag"], "Accept-Encoding": "br"})
    assert (kept.status_code, kept.data) == (304, b"")
    assert kept.headers["ETag"] == plain.headers["ETag"]


def test_an_answer_is_compressed_for_slow_networks(client: FlaskClient) -> None:
    """The same bytes come out."""
    question = {"lat": LAT, "lon": LON, "open_at": SATURDAY_EVENING}
    plain = client.post("/api/nearest", json=question)
    packed = client.post("/api/nearest", json=question, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3


def test_the_description_for_people_needs_no_other_host(client: FlaskClient) -> None:
    """It names every path, and loads nothing from elsewhere."""
    page = client.get("/api/docs").text
    for path in client.get("/api/openapi.json").get_json()["paths"]:
        assert path in page
    assert "//cdn" not in page
    assert 'src="http' not in page


# Places


def test_places_are_found_by_name_address_pinyin_and_initials(client: FlaskClient) -> None:
    """All four lead to the station in Jinyu Hutong; the answer says where it is and in which district."""
    for text in ("东华门街道工会", "金鱼胡同", "donghuamen", "dhm", "東華門街道工會", "金魚胡同", "ＤＨＭ"):
        response = client.post("/api/places", json={"text": text, "limit": 8, "lang": "en"})
        assert response.headers["Cache-Control"] == "no-store"
        station = {
            "name": "东华门街道工会服务站",
            "what": "station",
            "lat": 39.9162,
            "lon": 116.4042,
            "accuracy_m": 300,
            "district": "Dongcheng",
            "match": "exact" if text in ("金鱼胡同", "金魚胡同") else "like",
        }
        assert station in response.json["places"], text


@pytest.mark.parametrize("text", ["39.9155, 116.4050", "３９.９１５５，１１６.４０５", "116.405 39.9155"])
def test_a_position_in_place_of_a_name_is_a_place(client: FlaskClient, text: str) -> None:
    """Given as it was typed, with the district round it."""
    found = client.post("/api/places", json={"text": text, "lang": "en"})
    place = {"name": "39.9155, 116.405", "what": "position", "lat": 39.9155, "lon": 116.405}
    assert found.json == {"places": [place | {"accuracy_m": None, "district": "Dongcheng", "match": "exact"}]}
    assert found.headers["Cache-Control"] == "no-store"


def test_a_position_that_is_none_is_refused(client: FlaskClient) -> None:
    """With the rule."""
    refused = client.post("/api/places", json={"text": "95.5, 100.5"})
    assert (refused.status_code, refused.get_json()["detail"][:36]) == (
        422,
        "Latitude must be between -90 and 90,",
    )


def test_nothing_of_that_name_is_an_empty_list(client: FlaskClient) -> None:
    """Not an error."""
    assert client.post("/api/places", json={"text": "没有这个地方"}).json == {"places": []}


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": 7}, {"text": "东" * 81}, {"text": "东", "q": "x"}])
def test_a_text_that_cannot_be_searched_for_is_refused(client: FlaskClient, body: dict[str, object]) -> None:
    """Missing, empty, no text, too long, or with a field that nobody reads."""
    assert client.post("/api/places", json=body).status_code == 422
