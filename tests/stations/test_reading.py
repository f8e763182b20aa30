"""Files become tables in WGS 84, and what is no file of stations is refused by name."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import prcoords
import pytest

from locator.errors import GeodataError
from locator.stations.checking import find_faults
from locator.stations.reading import COLUMNS, read_collection, read_stations, to_feature, write_stations
from locator.stations.schema import Station

METRE_DEG = 1e-5  # a degree of latitude is 111 km


def collection(*positions: tuple[float, ...], **members: Any) -> dict[str, Any]:
    """Lay out stations at these places (lon, lat)."""
    features = [
        {
            "type": "Feature",
            "id": f"s{row}",
            "geometry": {"type": "Point", "coordinates": position},
            "properties": {"name": "驿站", "kind": "warm_station"},
        }
        for row, position in enumerate(positions)
    ]
    return {"type": "FeatureCollection", "features": features, **members}


def write(path: Path, content: Any) -> Path:
    """Write JSON and return where."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON"),
        (b"name,lat,lon\n", "is not JSON"),
        (b'{"type": "FeatureCollection", "features": [', "is not JSON"),
        ('{"type": "FeatureCollection", "features": "东"}'.encode("gbk"), "is not JSON"),
        (b'{"type":"FeatureCollection","features":[' + b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a GeoJSON FeatureCollection"),
        (b"null", "is not a GeoJSON FeatureCollection"),
        (b'{"type": "Topology", "features": []}', "is not a GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection"}', "is not a GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": {}}', "is not a GeoJSON FeatureCollection"),
    ],
)
def test_what_is_no_collection_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """The message names the file and the fault."""
    path = tmp_path / "warm_stations.geojson"
    path.write_bytes(content)
    with pytest.raises(GeodataError, match=words) as caught:
        read_stations(path)
    assert str(caught.value).startswith(str(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(GeodataError, match=r"gone\.geojson cannot be read: No such file.*LOCATOR_GEODATA"):
        read_stations(tmp_path / "gone.geojson")


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    """A path that is there and yet cannot be read."""
    with pytest.raises(GeodataError, match="cannot be read: Is a directory"):
        read_stations(tmp_path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Editors on Windows put one before the text."""
    path = tmp_path / "stations.geojson"
    path.write_text(json.dumps(collection((116.4, 39.9))), encoding="utf-8-sig")
    assert len(read_collection(path)["features"]) == 1


def test_a_file_without_stations_is_an_empty_table(tmp_path: Path) -> None:
    """No rows and no positions."""
    table = read_stations(write(tmp_path / "none.geojson", collection()))
    assert len(table) == 0
    assert table.lonlat().shape == (0, 2)


@pytest.mark.parametrize("members", [{}, {"datum": "WGS84"}, {"datum": "wgs-84"}])
def test_without_a_datum_positions_are_wgs_84(tmp_path: Path, members: dict[str, str]) -> None:
    """They come out as they stand in the file; a height is left out."""
    table = read_stations(
        write(tmp_path / "a.geojson", collection((116.4042, 39.9162), (116.4, 39.9, 50.0), **members))
    )
    assert table.lonlat().tolist() == [[116.4042, 39.9162], [116.4, 39.9]]


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", prcoords.wgs_gcj), ("BD-09", prcoords.wgs_bd)])
def test_a_file_may_speak_another_datum(tmp_path: Path, datum: str, shift: Any) -> None:
    """Positions shifted by an independent package come back to where they were, to a centimetre."""
    places = [(39.9162, 116.4042), (22.5985, 113.9790), (30.6, 114.3)]
    shifted = [shift(place) for place in places]
    content = collection(*((place[1], place[0]) for place in shifted), datum=datum)
    found = read_stations(write(tmp_path / "a.geojson", content)).lonlat()
    assert np.abs(found[:, ::-1] - places).max() < 0.01 * METRE_DEG


def test_a_datum_nobody_knows_is_refused(tmp_path: Path) -> None:
    """A guess would put every station half a kilometre off."""
    path = write(tmp_path / "a.geojson", collection((116.4, 39.9), datum="CGCS2000?"))
    with pytest.raises(
        GeodataError, match=r"a\.geojson: Datum must be one of wgs84, gcj02, bd09, not .CGCS2000\?"
    ):
        read_stations(path)


def test_the_id_may_be_a_member_or_a_property(tmp_path: Path) -> None:
    """GeoJSON has it beside the properties, tables have it among them."""
    content = collection((116.4, 39.9), (116.4, 39.9))
    content["features"][1]["properties"]["station_id"] = "own"
    del content["features"][1]["id"]
    assert read_stations(write(tmp_path / "a.geojson", content)).columns["station_id"] == ["s0", "own"]


def test_every_column_survives_writing_and_reading(tmp_path: Path) -> None:
    """What was written is read, value by value, and is faultless."""
    full = Station(
        station_id="full-1",
        name="“暖·空间” <b>",
        kind="worker_home",
        lat=39.9350123,
        lon=116.3972456,
        position_accuracy_m=300,
        name_en="Warm Space",
        pinyin="nuan kong jian",
        sub_kind="model",
        tier="city",
        parent="full-0",
        venue="union",
        operator="总工会",
        address="南锣鼓巷13号",
        district="东城区",
        sub_district="交道口街道",
        amenities={"seats": "yes", "shower": "no"},
        hours="Tu-Su 09:00-20:00",
        hours_text="9:00-20:00,周一休息",
        status="closed_for_now",
        status_until=date(2026, 12, 31),
        status_note="装修中",
        entry="register",
        area_m2=50.5,
        seats=12,
        phone="12351",
        photo_url="https://example.org/a.jpg",
        checked_on=date(2026, 8, 21),
        source="a test",
        licence="CC0-1.0",
        synthetic=True,
        doubts=("piled", "moved"),
    )
    bare = Station("bare-1", "无", "warm_station", -33.5, -179.25)
    path = tmp_path / "stations.geojson"
    write_stations(path, [full, bare], {"datum": "WGS84", "source": "a test"})
    table = read_stations(path)
    assert find_faults([table]) == []
    assert table.lonlat().tolist() == [[116.3972456, 39.9350123], [-179.25, -33.5]]
    read_back = {name: table.columns[name][0] for name in COLUMNS}
    assert read_back == {name: getattr(full, name) for name in COLUMNS} | {
        "status_until": "2026-12-31",
        "checked_on": "2026-08-21",
        "doubts": ["piled", "moved"],
    }
    unknown = {name for name in COLUMNS if table.columns[name][1] is None}
    assert unknown == set(COLUMNS) - {"station_id", "name", "kind", "entry"}
    assert json.loads(path.read_text(encoding="utf-8"))["source"] == "a test"


def test_an_empty_list_of_stations_is_a_readable_file(tmp_path: Path) -> None:
    """A layer may have no station."""
    path = tmp_path / "none.geojson"
    write_stations(path, [], {})
    assert len(read_stations(path)) == 0


def test_one_feature_stands_on_one_line(tmp_path: Path) -> None:
    """So that a change of one station is a change of one line."""
    path = tmp_path / "stations.geojson"
    write_stations(path, [Station(f"s{n}", "一", "warm_station", 39.9, 116.4) for n in range(3)], {})
    assert sum('"id"' in line for line in path.read_text(encoding="utf-8").splitlines()) == 3


def test_a_feature_has_its_position_as_lon_lat() -> None:
    """As RFC 7946 has it."""
    feature = to_feature(Station("s1", "一", "warm_station", lat=39.9, lon=116.4))
    assert feature["geometry"] == {"type": "Point", "coordinates": [116.4, 39.9]}
    assert feature["id"] == feature["properties"]["station_id"] == "s1"
