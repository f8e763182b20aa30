"""Every fault of a row is found, named with file and row, and told with its remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locator.stations.checking import find_faults
from locator.stations.reading import read_stations

GOOD: dict[str, Any] = {"name": "东华门街道工会服务站", "kind": "warm_station"}


def feature(station_id: Any = "a1", position: Any = (116.4042, 39.9162), **properties: Any) -> dict[str, Any]:
    """Write one feature, good unless told otherwise."""
    geometry = {"type": "Point", "coordinates": position} if position is not None else None
    return {"type": "Feature", "id": station_id, "geometry": geometry, "properties": GOOD | properties}


def faults_of(tmp_path: Path, *features: Any) -> list[str]:
    """Write features to a file and list its faults as the command line prints them."""
    path = tmp_path / "warm_stations.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return [str(fault) for fault in find_faults([read_stations(path)])]


def test_a_good_file_has_no_faults(tmp_path: Path) -> None:
    """All columns filled in well."""
    full = feature(
        sub_kind="sub_district_station",
        tier="sub_district",
        venue="union",
        entry="register",
        amenities={"seats": "yes", "shower": "no", "wifi": "unknown"},
        hours="Mo-Fr 08:30-17:30; PH off",
        position_accuracy_m=300,
        area_m2=7.5,
        seats=4,
        status="planned",
        status_until="2027-03-01",
        status_note="装" * 500,
        checked_on="2026-11-05",
        photo_url="https://example.org/a.jpg",
        synthetic=True,
    )
    assert faults_of(tmp_path, full, feature("a2")) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"position": None}, "no position"),
        ({"position": [116.4]}, "no position"),
        ({"position": ["116.4", 39.9]}, "not two numbers"),
        ({"position": [True, 39.9]}, "not two numbers"),
        ({"position": [39.9162, 116.4042]}, "Are they swapped"),
        ({"position": [200, 39.9]}, "in degrees"),
        ({"station_id": None}, "station_id None"),
        ({"station_id": 17}, "station_id 17"),
        ({"station_id": "<b>"}, "letters, digits"),
        ({"station_id": "a/b"}, "letters, digits"),
        ({"name": None}, "no name"),
        ({"name": "  "}, "needs one"),
        ({"name": ["x"]}, "needs a name"),
        ({"kind": "warm"}, "kind 'warm' is not known. Use one of: warm_station, worker_home"),
        ({"kind": None}, "kind None"),
        ({"tier": "galaxy"}, "tier 'galaxy'"),
        ({"entry": "bribe"}, "entry 'bribe'"),
        ({"address": 7}, "address 7"),
        ({"address": "x" * 501}, "up to 500"),
        ({"position_accuracy_m": -1}, "position_accuracy_m -1"),
        ({"area_m2": "8"}, "area_m2 '8'"),
        ({"seats": 1.5}, "whole number"),
        ({"amenities": ["seats"]}, "not an object"),
        ({"amenities": {"sauna": "yes"}}, "amenity 'sauna' is not known"),
        ({"amenities": {"seats": True}}, "amenity seats is True"),
        ({"hours": "早9点到晚8点"}, "hours '早9点到晚8点' cannot be read"),
        ({"hours": 9}, "cannot be read"),
        ({"checked_on": "5.11.2026"}, "the checked_on '5.11.2026' is not a date such as 2026-11-05"),
        ({"status": "停用"}, "status '停用' is not known. Use one of: open, closed_for_now, planned, closed"),
        ({"status_until": "12月底"}, "the status_until '12月底' is not a date such as 2026-11-05"),
        ({"status_note": "装" * 501}, "status_note"),
        ({"synthetic": "yes"}, "not true or false"),
        ({"photo_url": "javascript:alert(1)"}, "begins with https://"),
    ],
)
def test_a_fault_is_named_with_its_row_and_remedy(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    """The bad row is the second of three; only it is named."""
    found = faults_of(tmp_path, feature("a1"), feature(**({"station_id": "a2"} | wrong)), feature("a3"))
    assert len(found) == 1
    assert found[0].startswith("warm_stations.geojson, row 2: ")
    assert words in found[0]


def test_all_faults_of_all_rows_are_listed(tmp_path: Path) -> None:
    """Two rows, three faults, in order of the rows."""
    found = faults_of(tmp_path, feature("a1", kind="x", seats=-1), feature("a2", position=None))
    assert [line.split(":")[0] for line in found] == ["warm_stations.geojson, row 1"] * 2 + [
        "warm_stations.geojson, row 2"
    ]


def test_an_id_may_stand_once_in_all_files(tmp_path: Path) -> None:
    """The second place is named, and where the first is."""
    for name in ("one.geojson", "two.geojson"):
        collection = {"type": "FeatureCollection", "features": [feature("a1")]}
        (tmp_path / name).write_text(json.dumps(collection), encoding="utf-8")
    faults = find_faults([read_stations(tmp_path / "one.geojson"), read_stations(tmp_path / "two.geojson")])
    assert [str(fault) for fault in faults] == [
        "two.geojson, row 1: the station_id 'a1' stands already in one.geojson, row 1. Give each its own."
    ]


@pytest.mark.parametrize("junk", [None, 7, "x", [], {}, {"type": "Feature"}, {"geometry": [], "properties": 3}])
def test_a_feature_that_is_none_is_a_fault_and_no_crash(tmp_path: Path, junk: Any) -> None:
    """Whatever stands in the list of features."""
    assert any("no position" in line for line in faults_of(tmp_path, junk))
