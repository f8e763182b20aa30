"""Positions are read however people write them, and refused with the reason where they are none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from locator.errors import GeodataError
from locator.files.sheets import Sheet
from locator.geo.datum import Datum, convert_point
from locator.importing.understanding.datums import Surroundings
from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.headings import Match
from locator.importing.understanding.positions import RowPositions, locate
from locator.importing.understanding.values import Draft
from locator.stations.geodata import read_districts
from locator.stations.schema import District

BEIJING = Area(read_districts(Path(__file__).resolve().parents[3] / "geodata" / "districts.geojson"))
NOWHERE = Area(())


def placed(
    area: Area = BEIJING, lonlat: Any = None, datum: Datum | None = Datum.WGS84, **columns: Sequence[Any]
) -> RowPositions:
    """Place rows given as columns named by their fields; the options of `locate` go in capitals."""
    options = {name.lower(): columns.pop(name) for name in list(columns) if name.isupper()}
    count = len(next(iter(columns.values()))) if columns else len(lonlat)
    sheet = Sheet("list.csv", "csv", "utf-8", {f"h-{name}": list(said) for name, said in columns.items()}, lonlat)
    match = Match({name: f"h-{name}" for name in columns}, (), {})
    draft = Draft({name: [None] * count for name in ("station_id", "name", "address", "district")}, [], {})
    return locate(sheet, match, draft, Surroundings(area), datum=datum, **options)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (39.9155, 116.405),
        ("39.9155", "116.405"),
        (" 39.9155° ", "116.405°E"),
        ("39,9155", "116,405"),
        ("３９．９１５５", "１１６．４０５"),
        ("39°54'55.8\"", "116°24'18\""),
        ("北纬39°54′55.8″", "东经116°24′18″"),
        ("39度54分55.8秒", "116度24分18秒"),
        ("39º54.93'N", "E 116º24.3'"),
    ],
)
def test_angles_are_read_as_people_write_them(lat: Any, lon: Any) -> None:
    """Every spelling of 39.9155, 116.405 is that position."""
    found = placed(lat=[lat], lon=[lon])
    assert found.faults == {}
    assert found.lonlat[0] == pytest.approx((116.405, 39.9155), abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "116.405,39.9155",
        "[116.405, 39.9155]",
        "39.9155 116.405",
        "(39.9155；116.405)",
        "39,9155 116,405",
        "东经116°24'18\" 北纬39°54'55.8\"",
        "北纬39°54'55.8\"东经116°24'18\"",
        "39.9155N116.405E",
        "经度:116.405 纬度:39.9155",
        "POINT (116.405 39.9155)",
        "SRID=4326;POINT Z (116.405 39.9155 43.5)",
        "116.405,39.9155,0",
        "x=116.405, y=39.9155",
        "lon=116.405&lat=39.9155",
        [116.405, 39.9155],
        {"lng": 116.405, "lat": 39.9155},
    ],
)
def test_both_numbers_in_one_cell_are_told_apart(text: Any) -> None:
    """By letters, or because no latitude is 116."""
    found = placed(position=[text])
    assert found.faults == {}
    assert found.lonlat[0] == pytest.approx((116.405, 39.9155), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 89), st.integers(0, 59), st.integers(0, 59), st.sampled_from("NS"))
def test_degrees_minutes_seconds_add_up(degrees: int, minutes: int, seconds: int, letter: str) -> None:
    """Sixty minutes are a degree, sixty seconds a minute, and south is negative."""
    found = placed(NOWHERE, lat=[f"{degrees}°{minutes}'{seconds}\"{letter}"], lon=["E10"])
    total = (degrees * 3600 + minutes * 60 + seconds) / 3600
    assert found.lonlat[0, 1] == pytest.approx(-total if letter == "S" else total, abs=1e-9)


@pytest.mark.parametrize("value", ["abc", "39°70'", "39.9.1", "12km", "=A1", "1e999", "39 54 55", "3_9.9"])
def test_an_unreadable_number_is_a_fault_that_names_it(value: str) -> None:
    """The row has no position and the reason says what stands there."""
    found = placed(lat=[value, 39.9], lon=[116.4, 116.4])
    assert value in found.faults[1]
    assert np.isnan(found.lonlat[0]).all()
    assert 2 not in found.faults


@pytest.mark.parametrize(
    ("lat", "lon", "words"),
    [
        (None, 116.4, "no position"),
        ("", "", "no position"),
        (float("nan"), 116.4, "no position"),
        (0, 0, "0, 0"),
        (95, 190, "not a position"),
        (-91, 10, "not a position"),
    ],
)
def test_what_is_no_position_is_a_fault(lat: Any, lon: Any, words: str) -> None:
    """None, the origin and what lies outside the ranges are each told."""
    found = placed(lat=[lat], lon=[lon])
    assert words in found.faults[1]
    assert np.isnan(found.lonlat).all()


def test_a_swapped_row_is_a_fault_with_its_repair() -> None:
    """One row of three has its latitude in the other's place."""
    found = placed(lat=[39.9, 116.4, 39.8], lon=[116.4, 39.9, 116.3])
    assert list(found.faults) == [2]
    assert found.repairs == {2: "Read as lat 39.9, lon 116.4."}
    assert not any("each other's place" in sentence for sentence in found.judgement.evidence)


def test_the_repair_is_applied_when_asked_for() -> None:
    """Then there is no fault, and the row is where it was meant to be."""
    found = placed(lat=[39.9, 116.4], lon=[116.4, 39.9], SWAP=True)
    assert found.faults == {}
    assert found.lonlat[1].tolist() == pytest.approx([116.4, 39.9])
    assert 2 in found.repairs


def test_a_whole_swapped_list_is_told_once_with_the_columns_to_say() -> None:
    """Ten rows of ten: the evidence names the headings the other way round."""
    found = placed(lat=[116.4] * 10, lon=[39.9] * 10)
    assert len(found.faults) == 10
    assert "In 10 of 10 rows" in found.judgement.evidence[-1]
    assert "--map lat=h-lon --map lon=h-lat" in found.judgement.evidence[-1]


def test_swapped_positions_that_are_possible_are_noticed_by_the_service_area() -> None:
    """Urumqi's 43.8, 87.6 swapped is a position too; only the area that is served tells."""
    urumqi = Area([District("650100", "乌鲁木齐市", "Urumqi", 0, shapely.box(87, 43, 88.5, 44.5))])
    assert placed(urumqi, lat=[87.6], lon=[43.8]).repairs == {1: "Read as lat 43.8, lon 87.6."}
    assert placed(urumqi, lat=[87.6], lon=[43.8], ANYWHERE=True).faults == {}
    assert placed(NOWHERE, lat=[87.6], lon=[43.8]).faults == {}


def test_letters_that_contradict_the_columns_are_a_swap() -> None:
    """A column of latitudes that says E holds longitudes, whatever the numbers."""
    found = placed(NOWHERE, lat=["45°E"], lon=["30°N"])
    assert found.repairs == {1: "Read as lat 30, lon 45."}


def test_two_numbers_that_may_be_either_are_refused() -> None:
    """Nobody can tell which of 43.8 and 87.6 is the latitude; no file is guessed at."""
    with pytest.raises(GeodataError, match="h-position"):
        placed(NOWHERE, position=["43.8,87.6", "43.9,87.5"])
    with pytest.raises(GeodataError, match="not certain"):
        placed(position=["39.9,116.4", "116.4,39.9"])


def test_a_survey_grid_is_transformed() -> None:
    """EPSG:5186 is what Seoul's lists use; a row beyond the grid is a fault that names the CRS."""
    x, y = Transformer.from_crs(4326, 5186, always_xy=True).transform(126.978, 37.5665)
    found = placed(NOWHERE, datum=None, x=[f"{x:,.3f}", 9e6], y=[y, 9e6], CRS="EPSG:5186")
    assert found.lonlat[0].tolist() == pytest.approx([126.978, 37.5665], abs=1e-7)
    assert "EPSG:5186" in found.faults[2]
    assert found.judgement.datum is Datum.WGS84


def test_a_grid_without_a_crs_or_with_a_wrong_one_is_refused() -> None:
    """The message says how to give it; a CRS nobody knows is told too."""
    with pytest.raises(GeodataError, match="--crs EPSG:"):
        placed(x=[192917.3], y=[554983.1])
    with pytest.raises(GeodataError, match="'nonsense' is not a CRS"):
        placed(x=[192917.3], y=[554983.1], CRS="nonsense")
    with pytest.raises(GeodataError, match="swapped"):
        placed(NOWHERE, x=[554983.1], y=[192917.3e2], CRS="EPSG:5186")


def test_x_and_y_that_are_degrees_need_no_crs() -> None:
    """Columns named X and Y often hold longitude and latitude, in either order."""
    assert placed(x=[116.4], y=[39.9]).lonlat[0].tolist() == [116.4, 39.9]
    found = placed(x=[39.9], y=[116.4])
    assert (found.lonlat[0].tolist(), found.faults) == ([116.4, 39.9], {})


def test_the_crs_of_a_survey_says_the_datum() -> None:
    """It is not asked again; another datum that was given is a contradiction, named with both."""
    x, y = Transformer.from_crs(4326, 4548, always_xy=True).transform(116.4178, 39.9296)
    found = placed(datum=None, x=[y], y=[x], CRS="EPSG:4548")
    assert found.lonlat[0] == pytest.approx((116.4178, 39.9296), abs=1e-7)
    assert found.judgement.datum is Datum.WGS84
    assert found.judgement.contradiction is None
    assert "EPSG:4548" in found.judgement.evidence[0]
    assert "h-x points north" in found.judgement.evidence[1]
    other = placed(datum=Datum.GCJ02, x=[y], y=[x], CRS="EPSG:4548")
    assert other.lonlat[0] == pytest.approx((116.4178, 39.9296), abs=1e-7)
    assert "EPSG:4548" in str(other.judgement.contradiction)
    assert "GCJ-02" in str(other.judgement.contradiction)
    assert "about 100 m" in placed(datum=None, x=[y], y=[x], CRS="EPSG:2384").judgement.evidence[0]


def test_web_mercator_says_no_datum() -> None:
    """Map apps draw shifted positions in it too."""
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(116.4178, 39.9296)
    with pytest.raises(GeodataError, match="--datum"):
        placed(datum=None, x=[x], y=[y], CRS="EPSG:3857")


def test_degrees_minutes_and_seconds_may_have_a_column_each() -> None:
    """Seconds may be missing; 60 minutes are a fault of that row alone; degrees alone are enough."""
    found = placed(
        **{"lat:degrees": [39, "39°", 39, None, 39.5], "lat:minutes": [54, "54", 60, 1, None]},
        **{"lat:seconds": [55.8, "55.8″", 0, 1, None], "lon:degrees": [116, 116, 116, 116, 116]},
        **{"lon:minutes": [24, 24, 24, 24, 24], "lon:seconds": [18, 18, 18, 18, None]},
    )
    assert found.lonlat[:2] == pytest.approx(np.array([(116.405, 39.9155)] * 2), abs=1e-9)
    assert found.lonlat[4] == pytest.approx((116.4, 39.5), abs=1e-9)
    assert set(found.faults) == {3, 4}
    assert "latitude 39 60 0 is no angle" in found.faults[3]


def test_what_the_file_says_of_its_datum_decides_or_is_a_contradiction() -> None:
    """A heading or a title decides where nothing is given; against what is given, it is a doubt about all rows."""

    def found(datum: Datum | None, heading: str = "{}", titles: tuple[str, ...] = ()) -> RowPositions:
        columns: dict[str, list[Any]] = {heading.format("纬度"): [39.92], heading.format("经度"): [116.41]}
        sheet = Sheet("list.csv", "csv", "utf-8", columns, titles=titles)
        match = Match(dict(zip(("lat", "lon"), columns, strict=True)), (), {})
        draft = Draft({name: [None] for name in ("station_id", "name", "address", "district")}, [], {})
        return locate(sheet, match, draft, Surroundings(BEIJING), datum=datum)

    assert found(None, "百度{}").judgement.datum is Datum.BD09
    assert found(None, titles=("坐标系：高德地图",)).judgement.datum is Datum.GCJ02
    agreed = found(Datum.BD09, "百度{}").judgement
    assert (agreed.datum, agreed.contradiction) == (Datum.BD09, None)
    denied = found(Datum.GCJ02, "百度{}").judgement
    assert denied.datum is Datum.GCJ02
    assert all(part in str(denied.contradiction) for part in ("GCJ-02", "BD-09", "百度纬度"))
    with pytest.raises(GeodataError, match=r"BD-09.*GCJ-02"):
        found(None, "百度{}", titles=("坐标系：高德地图",))


def test_a_grid_beside_degrees_is_evidence() -> None:
    """Shifted degrees beside a survey's coordinates are told to be GCJ-02, and put where the survey says."""
    truth = [(39.9 + n / 50, 116.4) for n in range(4)]
    shifted = [convert_point(lat, lon, Datum.WGS84, Datum.GCJ02) for lat, lon in truth]
    xs, ys = zip(
        *(Transformer.from_crs(4326, 4548, always_xy=True).transform(lon, lat) for lat, lon in truth), strict=True
    )
    lats, lons = zip(*shifted, strict=True)
    found = placed(datum=None, lat=lats, lon=lons, x=xs, y=ys, CRS="EPSG:4548")
    assert found.judgement.datum is Datum.GCJ02
    assert found.lonlat[:, 1].tolist() == pytest.approx([lat for lat, _ in truth], abs=1e-6)


def test_geometry_goes_before_columns() -> None:
    """A file with geometry is placed by it, NaN rows have no position."""
    found = placed(lonlat=np.array([(116.4, 39.9), (np.nan, np.nan)]), lat=[1, 2], lon=[3, 4])
    assert found.lonlat[0].tolist() == [116.4, 39.9]
    assert "no position" in found.faults[2]


def test_the_datum_is_applied_and_without_one_the_list_is_refused() -> None:
    """GCJ-02 moves a row by half a kilometre; where the datum cannot be told, the message says how to give it."""
    lat, lon = convert_point(39.9, 116.4, Datum.WGS84, Datum.GCJ02)
    assert placed(lat=[lat], lon=[lon], datum=Datum.GCJ02).lonlat[0] == pytest.approx((116.4, 39.9), abs=1e-7)
    with pytest.raises(GeodataError, match=r"coordinates of list\.csv mean.* Say --datum"):
        placed(lat=[lat], lon=[lon], datum=None)


def test_a_list_without_positions_needs_no_datum() -> None:
    """Every row says that there is no column of positions; nothing is judged."""
    found = placed(name=["驿站", "另一个"], datum=None)
    assert np.isnan(found.lonlat).all()
    assert found.faults == dict.fromkeys((1, 2), "no column of the list is known to hold positions.")
