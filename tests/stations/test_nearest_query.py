"""Requests become checked values, and every refusal names the value, the rule and the remedy."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locator.config import Settings
from locator.errors import UsageError
from locator.stations import nearest_query
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import AMENITIES, KINDS

SETTINGS = Settings(geodata=Path(), radius_m=1500.0)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=STATION_TIMEZONE)
HERE = {"lat": "39.9155", "lon": "116.4050"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(list(KINDS)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def refusal(read: Any, *arguments: Any) -> str:
    """Return the message with which something is refused."""
    with pytest.raises(UsageError) as caught:
        read(*arguments)
    return str(caught.value)


def test_a_query_of_texts_is_read() -> None:
    """As a query string or a form gives them."""
    texts = HERE | {"radius": "500", "limit": "3", "kind": "warm_station, worker_home", "amenity": "seats,"}
    query = nearest_query.nearest_query(texts | {"open_at": "now"}, SETTINGS, NOW)
    assert (query.lat, query.lon, query.radius_m, query.limit) == (39.9155, 116.405, 500.0, 3)
    assert query.kinds == {"warm_station", "worker_home"}
    assert query.amenities == {"seats"}
    assert query.open_at == NOW


def test_a_query_of_json_values_is_read() -> None:
    """Numbers are numbers and words are a list."""
    query = nearest_query.nearest_query(
        {"lat": -33, "lon": 151.25, "radius": 20000, "limit": 100.0, "kind": [], "amenity": ["wifi", "wifi"]},
        SETTINGS,
        NOW,
    )
    assert (query.lat, query.lon, query.radius_m, query.limit) == (-33.0, 151.25, 20000.0, 100)
    assert (query.kinds, query.amenities, query.open_at) == (frozenset(), {"wifi"}, None)


@pytest.mark.parametrize(
    "empty", [{}, dict.fromkeys(("radius", "limit", "kind", "amenity", "open_at", "datum"), "")]
)
def test_what_is_not_given_has_its_default(empty: dict[str, str]) -> None:
    """The operator's radius, ten stations, no filter; a form sends empty texts."""
    query = nearest_query.nearest_query(HERE | empty, SETTINGS, NOW)
    assert (query.radius_m, query.limit) == (1500.0, 10)
    assert (query.kinds, query.amenities, query.open_at) == (frozenset(), frozenset(), None)


@given(st.dictionaries(st.sampled_from(nearest_query.NEAREST_FIELDS), json_values))
def test_whatever_is_sent_is_read_or_refused(values: dict[str, Any]) -> None:
    """Any JSON in any field: an answerable query or a message, and nothing else."""
    try:
        nearest_query.refuse_vague(values)
        query = nearest_query.nearest_query(HERE | values, SETTINGS, NOW)
        nearest_query.language(values, "zh")
    except UsageError:
        return
    assert -90 <= query.lat <= 90
    assert -180 <= query.lon <= 180
    assert 0 < query.radius_m <= 20_000
    assert 1 <= query.limit <= 100
    assert query.kinds <= set(KINDS)
    assert query.amenities <= set(AMENITIES)


@given(json_values)
def test_whatever_are_the_points_they_are_read_or_refused(value: Any) -> None:
    """An (n, 2) array of positions or a message."""
    try:
        found = nearest_query.points({"points": value})
    except UsageError:
        return
    assert found.shape == (len(value), 2)
    assert abs(found[:, 0]).max() <= 180
    assert abs(found[:, 1]).max() <= 90


@given(json_values)
def test_whatever_is_the_box_it_is_read_or_refused(value: Any) -> None:
    """Four numbers in range, none, or a message."""
    try:
        found = nearest_query.bbox({"bbox": value})
    except UsageError:
        return
    assert found is None or len(found) == 4


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"lat": ""}, "The field lat is missing"),
        ({"lat": None}, "The field lat is missing"),
        ({"lat": "116.4", "lon": "39.9"}, "Latitude must be between -90 and 90, not 116.4. Is lat,lon swapped?"),
        ({"lon": 180.001}, "Longitude must be between -180 and 180, not 180.001"),
        ({"lat": "3_9.9"}, "The field lat must be a number, not '3_9.9'"),
        ({"radius": "1_000"}, "The field radius must be a number, not '1_000'"),
        ({"limit": "1_0"}, "The field limit must be a number, not '1_0'"),
        ({"lat": "nan"}, "The field lat must be a number, not 'nan'"),
        ({"lat": math.nan}, "The field lat must be a number, not nan"),
        ({"lon": "Infinity"}, "The field lon must be a number, not 'Infinity'"),
        ({"lon": 10**400}, "The field lon must be a number, not 1000"),
        ({"lat": True}, "The field lat must be a number, not True"),
        ({"open_at": "3_9"}, "The field open_at must be now or a time such as 2026-11-21T19:45, not '3_9'"),
        ({"lat": "39°70'"}, 'The field lat must be a number, not "39°70\'"'),
        ({"lat": [39.9]}, "The field lat must be a number, not [39.9]"),
        ({"lat": {"deg": 39}}, "The field lat must be a number, not {'deg': 39}"),
        ({"radius": "0"}, "The radius must be above 0 and at most 20000 metres, not 0.0"),
        ({"radius": -1}, "The radius must be above 0 and at most 20000 metres, not -1"),
        ({"radius": 20000.1}, "The radius must be above 0 and at most 20000 metres, not 20000.1"),
        ({"radius": "1km"}, "The field radius must be a number, not '1km'"),
        ({"radius": False}, "The field radius must be a number, not False"),
        ({"limit": 0}, "The limit must be a whole number from 1 to 100, not 0"),
        ({"limit": 101}, "The limit must be a whole number from 1 to 100, not 101"),
        ({"limit": 1.5}, "The limit must be a whole number from 1 to 100, not 1.5"),
        ({"limit": "many"}, "The field limit must be a number, not 'many'"),
        (
            {"kind": "bench"},
            "The kind 'bench' is not known. Use one of: warm_station, worker_home, community_station",
        ),
        ({"kind": "warm_station;worker_home"}, "is not known"),
        ({"kind": [None]}, "The kind None is not known"),
        ({"kind": [["warm_station"]]}, "The kind ['warm_station'] is not known"),
        ({"kind": [{}]}, "The kind {} is not known"),
        ({"kind": {}}, "The field kind must be a list of words, not {}"),
        ({"kind": 0}, "The field kind must be a list of words, not 0"),
        ({"kind": False}, "The field kind must be a list of words, not False"),
        ({"amenity": "sauna"}, "The amenity 'sauna' is not known. Use one of: seats, drinking_water"),
        (
            {"open_at": "tomorrow"},
            "The field open_at must be now or a time such as 2026-11-21T19:45, not 'tomorrow'",
        ),
        ({"open_at": "2026-02-30T10:00"}, "must be now or a time"),
        ({"open_at": 1763722800}, "must be now or a time"),
        ({"open_at": ["T"]}, "must be now or a time"),
        ({"open_at": "0001-01-01T00:00+14:00"}, "must be now or a time"),
        ({"datum": "wgs72"}, 'Datum must be one of wgs84, gcj02, bd09, not "wgs72"'),
        ({"datum": ["gcj02"]}, "Datum must be one of"),
    ],
)
def test_a_refusal_names_value_rule_and_remedy(wrong: dict[str, Any], words: str) -> None:
    """One wrong field in a good request."""
    assert words in refusal(nearest_query.nearest_query, HERE | wrong, SETTINGS, NOW)


def test_a_long_value_is_cut_in_the_message() -> None:
    """Nobody is sent his own megabyte back."""
    for field in ("lat", "kind", "open_at"):
        assert len(refusal(nearest_query.nearest_query, HERE | {field: "x" * 100_000}, SETTINGS, NOW)) < 300


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-21T19:45", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T19:45:30", "2026-11-21T19:45:30+08:00"),
        ("2026-11-21", "2026-11-21T00:00:00+08:00"),
        ("2026-11-21 19:45", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T11:45Z", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T21:45+10:00", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T21:45 10:00", "2026-11-21T19:45:00+08:00"),  # a plus sign in a query string is a space
        ("2026-11-21T12:45 01:00", "2026-11-21T19:45:00+08:00"),
        ("2026-11-21T06:45-05:00", "2026-11-21T19:45:00+08:00"),
    ],
)
def test_a_time_is_the_stations_unless_it_says_its_zone(text: str, instant: str) -> None:
    """Whatever the zone of the machine."""
    found = nearest_query.instant({"open_at": text}, "open_at", NOW)
    assert found is not None
    assert found.isoformat() == instant
    assert found.utcoffset() == timedelta(hours=8)


def test_now_is_what_the_caller_says_it_is() -> None:
    """The clock is read once for an answer."""
    later = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    assert nearest_query.instant({"open_at": "now"}, "open_at", later) == later


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", prcoords.wgs_gcj), ("BD-09", prcoords.wgs_bd)])
def test_a_position_in_another_datum_is_brought_to_wgs_84(datum: str, shift: Any) -> None:
    """What an independent package shifted comes back, alone and in a batch, to a centimetre."""
    lat, lon = shift((39.9155, 116.405))
    assert nearest_query.position({"lat": lat, "lon": lon, "datum": datum}) == pytest.approx(
        (39.9155, 116.405), abs=1e-7
    )
    (point,) = nearest_query.points({"points": [[lon, lat]], "datum": datum}).tolist()
    assert point == pytest.approx([116.405, 39.9155], abs=1e-7)


def test_ten_thousand_points_are_a_batch_and_one_more_is_not() -> None:
    """The message says how many may be sent."""
    assert nearest_query.points({"points": [[116.4, 39.9]] * 10_000}).shape == (10_000, 2)
    assert "a list of 1 to 10000" in refusal(nearest_query.points, {"points": [[116.4, 39.9]] * 10_001})


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (None, "must be a list of 1 to 10000"),
        ([], "must be a list of 1 to 10000"),
        ("116.4,39.9", "must be a list of 1 to 10000"),
        ({"0": [116.4, 39.9]}, "must be a list of 1 to 10000"),
        ([[116.4, 39.9], [116.4]], "points[1] is [116.4], not a [longitude, latitude] pair"),
        ([[116.4, 39.9, 50]], "points[0] is [116.4, 39.9, 50], not a"),
        ([["116.4", 39.9]], "points[0] is ['116.4', 39.9], not a"),
        ([[True, False]], "points[0] is [True, False], not a"),
        ([116.4, 39.9], "points[0] is 116.4, not a"),
        ([[[116.4, 39.9]]], "points[0] is [[116.4, 39.9]], not a"),
        (
            [[116.4, 39.9], [39.9, 116.4]],
            "points[1] is [39.9, 116.4], not [longitude, latitude] in degrees. Is lat,lon",
        ),
        ([[math.nan, 39.9]], "points[0] is [nan, 39.9], not [longitude, latitude]"),
        ([[116.4, math.inf]], "points[0] is [116.4, inf], not [longitude, latitude]"),
    ],
)
def test_a_point_that_is_none_is_named(points: Any, words: str) -> None:
    """With its place in the list, counted from 0."""
    assert words in refusal(nearest_query.points, {"points": points})


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("116,39,117,40", (116.0, 39.0, 117.0, 40.0)),
        ("179,-1,-179,1", (179.0, -1.0, -179.0, 1.0)),
        (" 116 , 39 , 116 , 39 ", (116.0, 39.0, 116.0, 39.0)),
        ("", None),
        (None, None),
    ],
)
def test_a_box_is_west_south_east_north(text: str | None, box: tuple[float, ...] | None) -> None:
    """It may cross the antimeridian and may be a point."""
    assert nearest_query.bbox({"bbox": text}) == box


@pytest.mark.parametrize(
    "text",
    ["1,2,3", "1,2,3,4,5", "a,b,c,d", "0,10,1,5", "nan,0,1,1", "0,0,0,91", "-181,0,0,1", ",,,", "1_1,0,12,1"],
)
def test_a_box_that_is_none_is_refused(text: str) -> None:
    """Too few or many, no numbers, south above north, out of range."""
    assert "The bbox must be west,south,east,north in degrees, not" in refusal(nearest_query.bbox, {"bbox": text})


def test_a_misspelt_field_is_refused() -> None:
    """An answer without the filter would pass for one with it."""
    nearest_query.refuse_unknown({"lat": 1, "lon": 1}, nearest_query.NEAREST_FIELDS)
    message = refusal(nearest_query.refuse_unknown, {"lat": 1, "kinds": "x"}, nearest_query.NEAREST_FIELDS)
    assert "There is no field 'kinds'. Use: lat, lon, radius, limit, kind" in message


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lat": "39.9"}, "The field lat must be a number, not '39.9'"),
        ({"limit": "5"}, "The field limit must be a number, not '5'"),
        ({"kind": None}, "The field 'kind' is empty. Leave it out, or give a value"),
        ({"lang": ""}, "The field 'lang' is empty"),
    ],
)
def test_json_has_no_excuse_to_be_vague(values: dict[str, Any], words: str) -> None:
    """It can write numbers as numbers and leave out what it does not say."""
    assert words in refusal(nearest_query.refuse_vague, values)
    nearest_query.refuse_vague({"lat": 39.9, "kind": ["warm_station"], "open_at": "now"})


def test_a_language_is_one_of_the_pages() -> None:
    """Not given it is the default; another is refused with the known ones."""
    assert nearest_query.language({"lang": "en"}, "zh") == "en"
    assert nearest_query.language({}, "zh") == nearest_query.language({"lang": ""}, "zh") == "zh"
    for wrong in ("fr", ["zh"], 1):
        assert "is not known. Use one of: en, zh" in refusal(nearest_query.language, {"lang": wrong}, "zh")


@pytest.mark.parametrize(
    "fields",
    [
        {"lat": "39.9155, 116.405", "lon": ""},
        {"lat": "39.9155, 116.405"},
        {"lat": "", "lon": "39.9155，116.405"},
        {"lat": "116.405 39.9155", "lon": ""},
        {"lat": "３９．９１５５", "lon": "１１６．４０５"},
        {"lat": "39.9155°N", "lon": "116.405°E"},
        {"lat": "N39°54'55.8\"", "lon": "E116°24'18\""},
        {"lat": "116.405E", "lon": "39.9155N"},
        {"lat": "39.9155", "lon": "116.405°"},
    ],
)
def test_a_position_is_read_as_people_type_it(fields: dict[str, str]) -> None:
    """Full-width, with signs of degrees, and both numbers pasted into one field."""
    assert nearest_query.position(fields) == pytest.approx((39.9155, 116.405), abs=1e-9)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"lat": "39.9155, 116.405", "lon": "116.4"}, "The field lat must be a number, not '39.9155, 116.405'"),
        ({"lat": "39.9155", "lon": ""}, "The field lon is missing"),
        ({"lat": "3_9.9155", "lon": "116.405"}, "The field lat must be a number, not '3_9.9155'"),
        ({"lat": "39,40", "lon": "116"}, "The field lat must be a number, not '39,40'"),
        ({"lat": "95.5, 100.5", "lon": ""}, "Latitude must be between -90 and 90, not 95.5"),
        ({"lat": "116.4", "lon": "39.9"}, "Is lat,lon swapped?"),
    ],
)
def test_a_position_that_is_none_is_refused(fields: dict[str, str], words: str) -> None:
    """With the value and the rule; two plain numbers are never turned round."""
    assert words in refusal(nearest_query.position, fields)


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("39.9155, 116.405", True),
        ("东华门 39.9155，116.405", True),
        ("３９．９１５５°，１１６．４０５° 附近", True),
        ("39°54' 116°24' 门口", True),
        ("东华门", False),
        ("朝阳区 101 号", False),
        ("dhm 3.5", False),
    ],
)
def test_a_position_among_words_is_noticed(text: str, may: bool) -> None:
    """What may be one belongs into no address, whether it can be read or not."""
    assert nearest_query.may_hold_position(text) is may
