"""Records in JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from locator.errors import GeodataError
from locator.files.json_records import read_json
from locator.files.tables import Content


def read(data: Any) -> Content:
    """Read what the standard library writes."""
    return read_json(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False), "list.json", "utf-8")


def test_a_list_of_objects_is_a_row_each() -> None:
    """Members stand in the order in which they come; what a record lacks is nothing."""
    content = read([{"name": " 甲 ", "n": 1, "open": True}, {"n": 2.5, "tags": ["a"], "name": ""}])
    assert content.kind == "json"
    assert content.columns == {
        "name": ["甲", None],
        "n": [1, 2.5],
        "open": [True, None],
        "tags": [None, ["a"]],
    }
    assert content.lonlat is None


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"code": 0, "data": [{"a": 1}, {"a": 2}]}, "data"),
        ({"result": {"list": [{"a": 1}, {"a": 2}], "total": 2}}, "result.list"),
        ({"r": {"s": {"rows": [{"a": 1}, {"a": 2}]}}, "errors": [{"b": 1}]}, "r.s.rows"),
    ],
)
def test_the_longest_list_of_objects_is_found(data: Any, where: str) -> None:
    """At most three levels deep, and a note says where it was."""
    content = read(data)
    assert content.columns == {"a": [1, 2]}
    assert f'"{where}"' in content.notes[0]


@pytest.mark.parametrize("data", [{}, [], {"a": {"b": {"c": {"d": [{"e": 1}]}}}}, "3", '"text"', "null", [1, 2]])
def test_json_without_a_list_of_objects_is_refused(data: Any) -> None:
    """Or with one that is too deep."""
    with pytest.raises(GeodataError, match=r"no list of objects|must be an object"):
        read(data)


def test_a_row_that_is_no_object_is_named() -> None:
    """Rows count from 1."""
    with pytest.raises(GeodataError, match="row 2 is 7, where every row must be an object"):
        read([{"a": 1}, 7])


def test_objects_within_a_record_are_spread_out() -> None:
    """Their members have dots in their names; a pair of numbers is a text with a comma."""
    content = read([{"location": {"lat": 39.9, "lng": 116.4}, "at": [116.4, 39.9], "b": {}, "c": {"d": {"e": 1}}}])
    assert content.columns == {
        "location.lat": [39.9],
        "location.lng": [116.4],
        "at": ["116.4,39.9"],
        "b": [{}],
        "c.d.e": [1],
    }


def test_a_geometry_in_a_record_is_its_position() -> None:
    """Also within an object; a record without one has no position."""
    point = {"type": "Point", "coordinates": [116.4, 39.9]}
    content = read([{"name": "a", "geometry": point}, {"name": "b"}, {"name": "c", "at": {"geo": point}}])
    assert content.columns == {"name": ["a", "b", "c"]}
    assert content.lonlat is not None
    np.testing.assert_array_equal(content.lonlat, [[116.4, 39.9], [np.nan, np.nan], [116.4, 39.9]])


def test_objects_in_lines_are_read() -> None:
    """Empty lines do not matter; a damaged one is named."""
    content = read('{"a": 1}\n\n{"a": "二"}\n')
    assert (content.kind, content.columns) == ("ndjson", {"a": [1, "二"]})
    with pytest.raises(GeodataError, match="record 2"):
        read('{"a": 1}\n{"a": \n{"a": 3}\n')


def test_features_in_lines_are_read_as_features() -> None:
    """As GeoJSON text sequences have them."""
    line = '{"type":"Feature","properties":{"n":1},"geometry":{"type":"Point","coordinates":[1,2]}}'
    content = read(f"\x1e{line}\n\x1e{line}\n")
    assert (content.kind, content.columns) == ("geojson", {"n": [1, 1]})


@pytest.mark.parametrize("damaged", ["[" * 100_000, '[{"a": ' * 2_000, '[{"a": 1', "[{'a': 1}]", "{", "[NaN]"])
def test_what_is_no_json_is_refused(damaged: str) -> None:
    """Cut off, nested too deeply or written wrongly."""
    with pytest.raises(GeodataError, match="is not JSON"):
        read(damaged)


def test_too_many_columns_and_too_long_texts_are_refused() -> None:
    """As in tables."""
    with pytest.raises(GeodataError, match="301 columns"):
        read([{f"c{n}": 1 for n in range(301)}])
    with pytest.raises(GeodataError, match="row 2 has a cell of 32,768"):
        read([{"a": 1}, {"a": "x" * 32_768}])


def test_esri_features_become_columns() -> None:
    """Their attributes and their x and y."""
    content = read({"features": [{"attributes": {"名称": "甲"}, "geometry": {"x": 116.4, "y": 39.9}}]})
    assert content.columns == {"attributes.名称": ["甲"], "geometry.x": [116.4], "geometry.y": [39.9]}


def test_members_of_a_collection_that_are_texts_are_titles() -> None:
    """One of them may name the datum; numbers, lists and features do not."""
    feature = (
        '{"type":"Feature","properties":{"name":"甲"},"geometry":{"type":"Point","coordinates":[116.4,39.9]}}'
    )
    crs = '{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4490"}}'
    text = f'{{"type":"FeatureCollection","datum":"gcj02","count":1,"crs":{crs},"features":[{feature}]}}'
    assert read_json(text, "a.geojson", "utf-8").titles == ("datum: gcj02", "crs: urn:ogc:def:crs:EPSG::4490")
    assert read_json('{"坐标系":"高德","data":[{"name":"甲"}]}', "a.json", "utf-8").titles == ("坐标系: 高德",)
    assert read_json('[{"name":"甲"}]', "a.json", "utf-8").titles == ()
