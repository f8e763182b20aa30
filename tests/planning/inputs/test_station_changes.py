"""Changes of stations, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from locator.errors import UsageError
from locator.planning.inputs.station_changes import find_faults, parse_changes

ORACLE = Geod(ellps="WGS84")
NEW = {"action": "add", "station_id": "new-1", "kind": "warm_station", "lat": 39.9155, "lon": 116.425}


def test_a_position_in_another_datum_becomes_wgs84() -> None:
    """GCJ-02 lies 500 to 600 m off in Beijing."""
    (change,) = parse_changes([NEW | {"datum": "GCJ-02"}])
    assert change.lat is not None
    assert change.lon is not None
    *_, shift_m = ORACLE.inv(NEW["lon"], NEW["lat"], change.lon, change.lat)
    assert 500 < shift_m < 620
    assert change.lon < 116.425


def test_no_change_is_no_fault() -> None:
    """An empty scenario is one."""
    assert parse_changes([]) == ()


FAULTS: list[tuple[Any, str]] = [
    ("text", "not an object"),
    (None, "not an object"),
    ({}, "The action None is not known. Use one of: add, remove, change."),
    ({"action": ["add"], "station_id": "x"}, "action"),
    ({"action": "add", "station_id": "x", "lat": 39, "lon": 116}, "the field kind is needed"),
    ({"action": "add", "station_id": "x", "kind": "warm_station"}, "the field lat is needed"),
    (NEW | {"station_id": ""}, "the field station_id is needed"),
    (NEW | {"station_id": "a b"}, "The station_id 'a b'"),
    (NEW | {"station_id": 5}, "The station_id 5"),
    (NEW | {"kind": "kiosk"}, "The kind 'kiosk' is not known. Use one of: warm_station"),
    (NEW | {"kind": ["warm_station"]}, "kind"),
    (NEW | {"tier": "top"}, "The tier 'top'"),
    (NEW | {"lat": 116.4, "lon": 39.9}, "Latitude must be between -90 and 90, not 116.4"),
    (NEW | {"lat": "north"}, "'north', 116.425 is not two numbers"),
    (NEW | {"lat": "3_9.9"}, "'3_9.9', 116.425 is not two numbers"),
    (NEW | {"lat": True}, "not two numbers"),
    (NEW | {"lat": "3_9.9"}, "'3_9.9', 116.425 is not two numbers"),
    (NEW | {"lat": "nan"}, "Latitude"),
    ({"action": "change", "station_id": "x", "lat": 39.9}, "not two numbers"),
    (NEW | {"datum": "mars"}, "mars"),
    (NEW | {"hours": "看情况"}, "The hours '看情况' cannot be read with certainty"),
    (NEW | {"hours": 9}, "The hours 9"),
    (NEW | {"name": "x" * 201}, "at most 200 characters"),
    (NEW | {"name": ["x"]}, "not a text"),
    (NEW | {"amenities": "seats, sofa"}, "The amenity 'sofa' is not known"),
    (NEW | {"amenities": "seats=perhaps"}, "The amenity seats is 'perhaps', not yes, no or unknown"),
    (NEW | {"amenities": {"seats": True}}, "The amenity seats is True"),
    (NEW | {"amenities": ["seats"]}, "cannot be read"),
    (NEW | {"colour": "red"}, "The field 'colour' is not known"),
    ({"action": "remove", "station_id": "x", "hours": "24/7"}, "cannot have hours"),
    ({"action": "change", "station_id": "x"}, "Nothing is said to change of the station 'x'"),
    ({"action": "change", "station_id": "x", "datum": "gcj02", "hours": " "}, "Nothing is said"),
]


@pytest.mark.parametrize(("row", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_a_wrong_change_is_refused(row: Any, words: str) -> None:
    """The message says the value, the rule and what to do."""
    with pytest.raises(UsageError) as caught:
        parse_changes([row])
    assert words in str(caught.value)


def test_all_faults_are_listed_with_their_rows() -> None:
    """And nothing is read in part; each fault can be said in the reader's language."""
    rows = [NEW, NEW | {"station_id": "new-2", "kind": "x", "tier": "y"}, {"action": "x"}, NEW | {"lat": 1}]
    faults = find_faults(rows)
    assert [fault.row for fault in faults] == [2, 2, 3, 4]
    assert "changed in row 1 already" in str(faults[3].error)
    with pytest.raises(UsageError, match="The scenario has 4 faults, nothing is changed") as caught:
        parse_changes(rows)
    assert all(f"{fault.row}: {fault.error}" in str(caught.value) for fault in faults)
    assert all(fault.error.message.to("zh") in caught.value.message.to("zh") for fault in faults)


@given(
    st.dictionaries(
        st.sampled_from(["action", "station_id", "lat", "lon", "kind", "hours", "amenities", "datum", "x"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just("add"),
            st.lists(st.text(max_size=2), max_size=2), st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
        ),
    )
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_whatever_a_page_sends_is_read_or_refused(row: dict[str, Any]) -> None:
    """No other error than the one on purpose."""
    if find_faults([row]):
        with pytest.raises(UsageError):
            parse_changes([row])
    else:
        assert len(parse_changes([row])) == 1
