"""The query for the nearest stations becomes checked values, and what is out of range is refused."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locator.config import Settings
from locator.errors import UsageError
from locator.stations import nearest_query, request_fields
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
    query = nearest_query.read_nearest_query(texts | {"open_at": "now"}, SETTINGS, NOW)
    assert (query.lat, query.lon, query.radius_m, query.limit) == (39.9155, 116.405, 500.0, 3)
    assert query.kinds == {"warm_station", "worker_home"}
    assert query.amenities == {"seats"}
    assert query.open_at == NOW


def test_a_query_of_json_values_is_read() -> None:
    """Numbers are numbers and words are a list."""
    query = nearest_query.read_nearest_query(
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
    query = nearest_query.read_nearest_query(HERE | empty, SETTINGS, NOW)
    assert (query.radius_m, query.limit) == (1500.0, 10)
    assert (query.kinds, query.amenities, query.open_at) == (frozenset(), frozenset(), None)


@given(st.dictionaries(st.sampled_from(nearest_query.NEAREST_FIELDS), json_values))
def test_whatever_is_sent_is_read_or_refused(values: dict[str, Any]) -> None:
    """Any JSON in any field: an answerable query or a message, and nothing else."""
    try:
        nearest_query.refuse_vague(values)
        query = nearest_query.read_nearest_query(HERE | values, SETTINGS, NOW)
        request_fields.read_language(values, "zh")
    except UsageError:
        return
    assert -90 <= query.lat <= 90
    assert -180 <= query.lon <= 180
    assert 0 < query.radius_m <= 20_000
    assert 1 <= query.limit <= 100
    assert query.kinds <= set(KINDS)
    assert query.amenities <= set(AMENITIES)


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
    assert words in refusal(nearest_query.read_nearest_query, HERE | wrong, SETTINGS, NOW)


def test_a_long_value_is_cut_in_the_message() -> None:
    """Nobody is sent his own megabyte back."""
    for field in ("lat", "kind", "open_at"):
        assert len(refusal(nearest_query.read_nearest_query, HERE | {field: "x" * 100_000}, SETTINGS, NOW)) < 300


def test_a_misspelt_field_is_refused() -> None:
    """An answer without the filter would pass for one with it."""
    request_fields.refuse_unknown({"lat": 1, "lon": 1}, nearest_query.NEAREST_FIELDS)
    message = refusal(request_fields.refuse_unknown, {"lat": 1, "kinds": "x"}, nearest_query.NEAREST_FIELDS)
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
