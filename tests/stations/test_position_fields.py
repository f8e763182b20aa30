"""Positions become WGS 84, however they are written, and what is none is refused."""

from __future__ import annotations

import math
from typing import Any

import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locator.errors import UsageError
from locator.stations import position_fields
from locator.stations.schema import KINDS

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


@given(json_values)
def test_whatever_are_the_points_they_are_read_or_refused(value: Any) -> None:
    """An (n, 2) array of positions or a message."""
    try:
        found = position_fields.read_points({"points": value})
    except UsageError:
        return
    assert found.shape == (len(value), 2)
    assert abs(found[:, 0]).max() <= 180
    assert abs(found[:, 1]).max() <= 90


@given(json_values)
def test_whatever_is_the_box_it_is_read_or_refused(value: Any) -> None:
    """Four numbers in range, none, or a message."""
    try:
        found = position_fields.read_bbox({"bbox": value})
    except UsageError:
        return
    assert found is None or len(found) == 4


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", prcoords.wgs_gcj), ("BD-09", prcoords.wgs_bd)])
def test_a_position_in_another_datum_is_brought_to_wgs_84(datum: str, shift: Any) -> None:
    """What an independent package shifted comes back, alone and in a batch, to a centimetre."""
    lat, lon = shift((39.9155, 116.405))
    assert position_fields.read_position({"lat": lat, "lon": lon, "datum": datum}) == pytest.approx(
        (39.9155, 116.405), abs=1e-7
    )
    (point,) = position_fields.read_points({"points": [[lon, lat]], "datum": datum}).tolist()
    assert point == pytest.approx([116.405, 39.9155], abs=1e-7)


def test_ten_thousand_points_are_a_batch_and_one_more_is_not() -> None:
    """The message says how many may be sent."""
    assert position_fields.read_points({"points": [[116.4, 39.9]] * 10_000}).shape == (10_000, 2)
    assert "a list of 1 to 10000" in refusal(position_fields.read_points, {"points": [[116.4, 39.9]] * 10_001})


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
    assert words in refusal(position_fields.read_points, {"points": points})


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
    assert position_fields.read_bbox({"bbox": text}) == box


@pytest.mark.parametrize(
    "text",
    ["1,2,3", "1,2,3,4,5", "a,b,c,d", "0,10,1,5", "nan,0,1,1", "0,0,0,91", "-181,0,0,1", ",,,", "1_1,0,12,1"],
)
def test_a_box_that_is_none_is_refused(text: str) -> None:
    """Too few or many, no numbers, south above north, out of range."""
    assert "The bbox must be west,south,east,north in degrees, not" in refusal(
        position_fields.read_bbox, {"bbox": text}
    )


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
    assert position_fields.read_position(fields) == pytest.approx((39.9155, 116.405), abs=1e-9)


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
    assert words in refusal(position_fields.read_position, fields)


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
    assert position_fields.may_hold_position(text) is may
