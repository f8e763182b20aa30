"""A geodata folder is loaded whole or not at all, and its version is that of its bytes."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import prcoords
import pytest

from locator.errors import GeodataError
from locator.stations.checking import StationFault
from locator.stations.geodata import load_geodata, read_districts, read_holidays, refuse_faults

FILES = [
    "warm_stations.geojson",
    "worker_homes.geojson",
    "community_stations.geojson",
    "districts.geojson",
    "holidays.csv",
]
SQUARE = [[116.3, 39.8], [116.4, 39.8], [116.4, 39.9], [116.3, 39.9], [116.3, 39.8]]
BOW_TIE = [[116.3, 39.8], [116.4, 39.9], [116.4, 39.8], [116.3, 39.9], [116.3, 39.8]]


@pytest.fixture
def folder(donghuamen: Path, tmp_path: Path) -> Path:
    """Copy the geodata of seven stations, to break it."""
    return Path(shutil.copytree(donghuamen, tmp_path / "geodata"))


def district(**changes: Any) -> dict[str, Any]:
    """Write one district, good unless told otherwise; changes are to its geometry or its properties."""
    geometry = {"type": "Polygon", "coordinates": [SQUARE]}
    properties = {"district_id": "110106", "name": "丰台区", "name_en": "Fengtai", "population_2020": 2019764}
    if "geometry" in changes:
        geometry = changes.pop("geometry")
    properties = {name: value for name, value in (properties | changes).items() if value is not ...}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def districts_file(tmp_path: Path, *features: Any, **members: Any) -> Path:
    """Write districts to a file and return where."""
    path = tmp_path / "districts.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), encoding="utf-8")
    return path


def test_a_whole_folder_is_loaded(donghuamen: Path) -> None:
    """Five warm stations, a worker home and a community station; two districts; one holiday of its own."""
    geodata = load_geodata(donghuamen)
    assert [len(table) for table in geodata.tables] == [5, 1, 1]
    assert [place.name for place in geodata.districts] == ["东城区", "丰台区"]
    assert [place.population for place in geodata.districts] == [708829, 2019764]
    assert geodata.calendar.is_known(date(2027, 1, 1))


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_told(folder: Path, name: str) -> None:
    """Whichever of the five it is."""
    (folder / name).unlink()
    with pytest.raises(GeodataError, match=rf"{name} cannot be read: No such file"):
        load_geodata(folder)


@pytest.mark.parametrize("name", FILES)
def test_the_version_changes_with_the_bytes_of_any_file(folder: Path, name: str) -> None:
    """A single line's end is enough, and its removal brings the version back."""
    before = load_geodata(folder).version
    kept = (folder / name).read_bytes()
    (folder / name).write_bytes(kept + b"\n")
    assert load_geodata(folder).version != before
    (folder / name).write_bytes(kept)
    assert load_geodata(folder).version == before


def test_the_version_is_short_and_of_hex_digits(donghuamen: Path) -> None:
    """It stands in addresses and tags."""
    version = load_geodata(donghuamen).version
    assert len(version) == 12
    assert int(version, 16) >= 0


def test_a_faulty_row_keeps_the_folder_from_being_loaded(folder: Path) -> None:
    """File, row and fault are named."""
    path = folder / "worker_homes.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace("116.4, 39.91", "39.91, 116.4"), encoding="utf-8")
    with pytest.raises(GeodataError) as caught:
        load_geodata(folder)
    first, second = str(caught.value).splitlines()
    assert "nothing is served" in first
    assert second.startswith("worker_homes.geojson, row 1: [39.91, 116.4] is not [longitude, latitude]")


def test_an_id_used_in_two_layers_is_a_fault(folder: Path) -> None:
    """An id leads to one station."""
    path = folder / "worker_homes.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace('"wh-1"', '"tw-2"'), encoding="utf-8")
    with pytest.raises(
        GeodataError, match=r"worker_homes.geojson, row 1: the station_id 'tw-2' stands already in warm_"
    ):
        load_geodata(folder)


def test_more_than_twenty_faults_are_counted() -> None:
    """The first twenty are listed, the others are a number."""
    with pytest.raises(GeodataError) as caught:
        refuse_faults([StationFault("warm_stations.geojson", row, "bad") for row in range(1, 26)])
    lines = str(caught.value).splitlines()
    assert "25 faults" in lines[0]
    assert lines[1] == "warm_stations.geojson, row 1: bad"
    assert lines[20] == "warm_stations.geojson, row 20: bad"
    assert lines[21] == "and 5 more: run `locator check` to see all"
    assert len(lines) == 22


def test_twenty_faults_are_listed_without_more() -> None:
    """The last that fits."""
    with pytest.raises(GeodataError) as caught:
        refuse_faults([StationFault("a", row, "bad") for row in range(20)])
    assert "more" not in str(caught.value)


def test_no_faults_are_no_error() -> None:
    """Nothing happens."""
    refuse_faults([])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (None, "not a district"),
        ("x", "not a district"),
        ({"type": "Feature"}, "not a district"),
        (district(name=...), "not a district"),
        (district(district_id=...), "not a district"),
        (district(population_2020="many"), "not a district"),
        (district(geometry=None), "not a district"),
        (district(geometry={}), "not a district"),
        (district(geometry={"type": "Polygon"}), "not a district"),
        (district(geometry={"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}), "not a district"),
        (district(geometry={"type": "Polygon", "coordinates": "x"}), "not a district"),
        (district(geometry={"type": "Polygon", "coordinates": [[[440000, 4420000]] * 4]}), "between -90 and 90"),
        (district(geometry={"type": "Point", "coordinates": [116.4, 39.9]}), "not a valid polygon"),
        (district(geometry={"type": "Polygon", "coordinates": []}), "not a valid polygon"),
        (district(geometry={"type": "Polygon", "coordinates": [BOW_TIE]}), "not a valid polygon"),
    ],
)
def test_a_broken_district_is_named_with_its_row(tmp_path: Path, wrong: Any, words: str) -> None:
    """The second row is the bad one."""
    with pytest.raises(GeodataError, match=words) as caught:
        read_districts(districts_file(tmp_path, district(), wrong))
    assert str(caught.value).startswith("districts.geojson, row 2: ")


def test_a_district_may_have_parts_and_lack_its_small_facts(tmp_path: Path) -> None:
    """Without an English name the Chinese one stands for it; without residents there are none."""
    parts = {"type": "MultiPolygon", "coordinates": [[SQUARE], [[[x + 1, y] for x, y in SQUARE]]]}
    (found,) = read_districts(districts_file(tmp_path, district(geometry=parts, name_en=..., population_2020=...)))
    assert (found.name_en, found.population) == ("丰台区", 0)
    assert found.outline.area == pytest.approx(0.02)


def test_outlines_in_another_datum_are_brought_to_wgs_84(tmp_path: Path) -> None:
    """The corners, shifted by an independent package, come back to a centimetre."""
    shifted = [prcoords.wgs_gcj((lat, lon))[::-1] for lon, lat in SQUARE]
    geometry = {"type": "Polygon", "coordinates": [shifted]}
    (found,) = read_districts(districts_file(tmp_path, district(geometry=geometry), datum="GCJ02"))
    for corner, place in zip(found.outline.exterior.coords, SQUARE, strict=True):
        assert corner == pytest.approx(place, abs=1e-7)


def test_the_centre_of_a_district_lies_inside_it(tmp_path: Path) -> None:
    """Also where the middle of its corners does not: a district like a horseshoe."""
    shoe = [[0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3], [0, 0]]
    (found,) = read_districts(
        districts_file(tmp_path, district(geometry={"type": "Polygon", "coordinates": [shoe]}))
    )
    lat, lon = found.centre
    assert (0 < lat < 3 and (0 < lon < 1 or 2 < lon < 3)) or (0 < lat < 1 and 0 < lon < 3)


def test_holidays_are_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    """Spreadsheets put one before the first word, and end lines their own way."""
    path = tmp_path / "holidays.csv"
    text = "date,kind,name,source\r\n2027-01-01,holiday,元旦,a test\r\n\r\n2027-01-03,workday,,\r\n"
    for encoding in ("utf-8", "utf-8-sig"):
        path.write_bytes(text.encode(encoding))
        assert read_holidays(path) == [(date(2027, 1, 1), "holiday", "元旦"), (date(2027, 1, 3), "workday", "")]


@pytest.mark.parametrize(
    "row",
    [
        "2027-02-30,holiday,x,y",
        ",holiday,x,y",
        "1/2/2027,holiday,x,y",
        "2027-01-02,day off,x,y",
        "2027-01-02",
        "x",
    ],
)
def test_a_broken_holiday_is_named_with_its_row(tmp_path: Path, row: str) -> None:
    """The second row is the bad one; the kinds that there are, are listed."""
    path = tmp_path / "holidays.csv"
    path.write_text(f"date,kind,name,source\n2027-01-01,holiday,x,y\n{row}\n", encoding="utf-8")
    with pytest.raises(
        GeodataError, match=r"^holidays\.csv, row 2: .* not a date and one of holiday, workday, settled"
    ):
        read_holidays(path)


@pytest.mark.parametrize("content", ["date,kind\n元旦".encode("gbk"), b'date,kind\n"' + b"x" * 200_000])
def test_what_is_no_csv_in_utf_8_is_named(tmp_path: Path, content: bytes) -> None:
    """Another encoding, and a quote that never ends."""
    path = tmp_path / "holidays.csv"
    path.write_bytes(content)
    with pytest.raises(GeodataError, match=r"holidays\.csv is not CSV in UTF-8"):
        read_holidays(path)


def test_a_holiday_file_without_its_heading_is_refused(tmp_path: Path) -> None:
    """Its first row would be lost without a word."""
    path = tmp_path / "holidays.csv"
    path.write_text("2027-01-01,holiday,x,y\n2027-02-06,holiday,x,y\n", encoding="utf-8")
    with pytest.raises(GeodataError, match=r"holidays\.csv, row 1"):
        read_holidays(path)
