"""A datum is judged where the evidence is clear, told with its figures, and never assumed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from locator.geo.datum import Datum, convert
from locator.geo.geodesy import FloatArray
from locator.importing.understanding.datums import Surroundings, cannot_tell, judge
from locator.importing.understanding.district_areas import Area
from locator.places.landmarks import Landmark
from locator.stations.geodata import read_districts
from locator.stations.schema import District, Station

ROOT = Path(__file__).resolve().parents[3]
DISTRICTS = read_districts(ROOT / "geodata" / "districts.geojson")
AREA = Area(DISTRICTS)
INNER = [district for district in DISTRICTS if district.name in ("东城区", "西城区", "朝阳区", "海淀区")]
WGS84, GCJ02, BD09 = Datum


def columns(count: int, **given: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Write the columns that a judgement looks at, unknown unless told otherwise."""
    return {name: [None] * count for name in ("station_id", "name", "address", "district")} | given


def inside(district: District, count: int, seed: int) -> FloatArray:
    """Draw positions evenly inside a district, in WGS 84."""
    rng = np.random.default_rng(seed)
    west, south, east, north = district.outline.bounds
    drawn = rng.uniform((west, south), (east, north), (20 * count, 2))
    return drawn[shapely.contains_xy(district.outline, drawn[:, 0], drawn[:, 1])][:count]


def listed(count: int, seed: int) -> tuple[FloatArray, list[str]]:
    """Draw a list: so many positions in each of four districts, in WGS 84, and the districts they name."""
    lonlat = np.concatenate([inside(district, count, seed + place) for place, district in enumerate(INNER)])
    return lonlat, [district.name for district in INNER for _ in range(count)]


@pytest.mark.parametrize("truth", Datum)
def test_a_list_that_names_its_districts_tells_its_datum(truth: Datum) -> None:
    """A thousand rows in four districts are recognised in each datum."""
    lonlat, names = listed(250, seed=1)
    found = judge(convert(lonlat, WGS84, truth), columns(1000, district=names), Surroundings(AREA))
    assert found.datum is truth
    assert not found.is_given
    assert "1,000 under" in found.evidence[0]


def test_districts_in_addresses_tell_it_too() -> None:
    """Without a column of districts their names at the start of addresses do."""
    lonlat, names = listed(250, seed=2)
    said = columns(1000, address=[f"北京市{name}某路 1 号" for name in names])
    assert judge(convert(lonlat, WGS84, GCJ02), said, Surroundings(AREA)).datum is GCJ02


@pytest.mark.parametrize("noise_m", [30, 500])
def test_no_list_is_taken_for_another_datum(noise_m: float) -> None:
    """Lists of every length, exact or sloppy, are told rightly or not at all."""
    wrong = 0
    for seed in range(24):
        truth = list(Datum)[seed % 3]
        lonlat, names = listed((8, 40, 120, 300)[seed % 4], seed)
        lonlat = lonlat + np.random.default_rng(seed).normal(0, noise_m / 111_320, lonlat.shape)
        said = columns(len(names), district=names)
        wrong += judge(convert(lonlat, WGS84, truth), said, Surroundings(AREA)).datum not in (truth, None)
    assert wrong == 0


def test_where_no_row_has_a_position_there_is_nothing_to_judge() -> None:
    """Then every row is refused for itself, and not the list for its datum."""
    found = judge(np.full((3, 2), np.nan), columns(3), Surroundings(AREA))
    assert found.datum is WGS84
    assert found.evidence == ()


def test_few_rows_tell_nothing() -> None:
    """Eight rows are no evidence, and the sentence says how much it takes."""
    lonlat, names = listed(2, seed=3)
    found = judge(lonlat, columns(8, district=names), Surroundings(AREA))
    assert found.datum is None
    assert "20 places" in found.evidence[0]


def test_many_rows_in_one_spot_are_one_piece_of_evidence() -> None:
    """A thousand rows of one building beside the border decide nothing: the outline may be wrong there."""
    west = min(x for x, _ in shapely.get_coordinates(INNER[0].outline))
    row = next(xy for xy in shapely.get_coordinates(INNER[0].outline) if xy[0] == west)
    lonlat = np.tile(row + np.array([0.001, 0.0]), (1000, 1))
    said = columns(1000, district=[INNER[0].name] * 1000)
    assert judge(lonlat, said, Surroundings(AREA)).datum is None


def test_half_a_list_in_another_datum_tells_nothing() -> None:
    """A list put together from two maps is not judged by its larger half."""
    lonlat, names = listed(250, seed=4)
    mixed = np.where(np.arange(1000)[:, None] % 2 == 0, lonlat, convert(lonlat, WGS84, BD09))
    assert judge(mixed, columns(1000, district=names), Surroundings(AREA)).datum is None


def test_outside_mainland_china_coordinates_are_wgs84() -> None:
    """Seoul and Hong Kong are not shifted, so nothing is to be judged there."""
    found = judge(np.array([(126.978, 37.5665), (114.1694, 22.3193)]), columns(2), Surroundings(AREA))
    assert found.datum is WGS84
    assert "outside mainland China" in found.evidence[0]


def known(count: int, accuracy_m: float | None = None) -> list[Station]:
    """Publish stations a kilometre apart in a row."""
    return [
        Station(f"s{n}", f"驿站{n}", "warm_station", 39.9, 116.3 + n / 85, accuracy_m, district="东城区")
        for n in range(count)
    ]


@pytest.mark.parametrize("truth", Datum)
def test_three_published_stations_tell_the_datum(truth: Datum) -> None:
    """Rows with their ids lie where the stations are under one datum, and half a kilometre off under others."""
    stations = known(3)
    lonlat = convert(np.array([(found.lon, found.lat) for found in stations]), WGS84, truth)
    said = columns(3, station_id=[found.station_id for found in stations])
    found = judge(lonlat, said, Surroundings(AREA, stations))
    assert found.datum is truth
    assert any("published position, the median of 3" in sentence for sentence in found.evidence)


def test_name_and_district_find_the_published_station_too() -> None:
    """A list without ids is compared by name and district."""
    stations = known(4)
    lonlat = convert(np.array([(found.lon, found.lat) for found in stations]), WGS84, GCJ02)
    said = columns(4, name=[found.name for found in stations], district=["东城区"] * 4)
    assert judge(lonlat, said, Surroundings(AREA, stations)).datum is GCJ02


@pytest.mark.parametrize(("count", "accuracy_m"), [(2, None), (5, 300.0)])
def test_too_few_or_rough_stations_tell_nothing(count: int, accuracy_m: float | None) -> None:
    """Two stations are no evidence, nor are stations put to 300 m."""
    stations = known(count, accuracy_m)
    lonlat = np.array([(found.lon, found.lat) for found in stations])
    said = columns(count, station_id=[found.station_id for found in stations])
    assert judge(lonlat, said, Surroundings(AREA, stations)).datum is None


def test_a_survey_grid_in_the_same_rows_tells_the_datum() -> None:
    """Degrees that lie where the survey's x and y do are WGS 84, those half a kilometre off are not."""
    lonlat = np.array([(116.3 + n / 50, 39.9) for n in range(5)])
    shifted = convert(lonlat, WGS84, GCJ02)
    assert judge(lonlat, columns(5), Surroundings(AREA), surveyed=lonlat).datum is WGS84
    assert judge(shifted, columns(5), Surroundings(AREA), surveyed=lonlat).datum is GCJ02


def test_a_given_datum_is_used_and_contradicted_loudly() -> None:
    """What somebody said goes before what is judged, but the first sentence is a warning."""
    lonlat, names = listed(250, seed=1)
    said = columns(1000, district=names)
    found = judge(convert(lonlat, WGS84, GCJ02), said, Surroundings(AREA), given=WGS84)
    assert found.datum is WGS84
    assert found.is_given
    assert found.evidence[0].startswith("WARNING: WGS 84 is used")
    assert "GCJ-02" in found.evidence[0]
    agreed = judge(convert(lonlat, WGS84, GCJ02), said, Surroundings(AREA), given=GCJ02)
    assert not any("WARNING" in sentence for sentence in agreed.evidence)


def test_evidence_that_contradicts_itself_decides_nothing() -> None:
    """Published stations say one datum, the survey grid another."""
    stations = known(4)
    lonlat = np.array([(found.lon, found.lat) for found in stations])
    said = columns(4, station_id=[found.station_id for found in stations])
    around = Surroundings(AREA, stations)
    found = judge(lonlat, said, around, surveyed=convert(lonlat, GCJ02, WGS84))
    assert found.datum is None
    assert "The evidence contradicts itself." in found.evidence


def test_landmarks_are_told_with_distances() -> None:
    """A row that names a metro station is told with its distance under each datum, but does not decide."""
    mark = Landmark("石榴庄地铁站", ("石榴庄站",), 39.8445, 116.4074, 200.0)
    found = judge(
        np.array([(116.4074, 39.8445)]), columns(1, name=["石榴庄站暖心驿站"]), Surroundings(AREA, (), (mark,))
    )
    assert found.datum is None
    assert "the landmark they name, accurate to 200 m, the median of 1: 0 m under WGS 84" in found.evidence[-1]


@pytest.mark.parametrize(("accuracy_m", "datum"), [(50.0, GCJ02), (200.0, GCJ02), (600.0, None)])
def test_several_landmarks_tell_the_datum_as_far_as_they_are_accurate(
    accuracy_m: float, datum: Datum | None
) -> None:
    """Rows within 60 m of five landmarks, half a kilometre off under the other datums; rough ones are none."""
    spots = np.array([(116.35 + n / 40, 39.9 + n / 100) for n in range(6)])
    marks = [Landmark(f"某某{n}号广场", (), lat, lon, accuracy_m) for n, (lon, lat) in enumerate(spots)]
    lonlat = convert(spots + np.array([0.0003, -0.0004]), WGS84, GCJ02)
    names = [f"某某{n}号广场暖心驿站" for n in range(6)]
    assert judge(lonlat, columns(6, name=names), Surroundings(AREA, (), marks)).datum is datum
    assert judge(lonlat[:4], columns(4, name=names[:4]), Surroundings(AREA, (), marks)).datum is None


@pytest.mark.parametrize("seed", range(12))
def test_rows_anywhere_near_landmarks_are_never_told_wrongly(seed: int) -> None:
    """A station that names a landmark may be half a kilometre from it, in any direction."""
    rng = np.random.default_rng(seed)
    spots = np.column_stack((rng.uniform(116.2, 116.6, 20), rng.uniform(39.8, 40.0, 20)))
    marks = [Landmark(f"某某{n}号广场", (), lat, lon, 200.0) for n, (lon, lat) in enumerate(spots)]
    truth = list(Datum)[seed % 3]
    lonlat = convert(spots + rng.normal(0, (50, 300, 800)[seed % 3] / 111_320, spots.shape), WGS84, truth)
    names = [f"某某{n}号广场暖心驿站" for n in range(20)]
    assert judge(lonlat, columns(20, name=names), Surroundings(AREA, (), marks)).datum in (truth, None)


def test_the_error_says_what_to_say() -> None:
    """Whoever is refused hears the three words and which maps they stand for."""
    lonlat = np.array([(116.4, 39.9)])
    told = str(cannot_tell("列表.csv", judge(lonlat, columns(1), Surroundings(AREA)), lonlat))
    for word in ("列表.csv", "--datum wgs84, gcj02 or bd09", "Amap", "Baidu", "GPS"):
        assert word in told


def test_a_quarter_of_a_long_list_in_another_datum_is_noticed() -> None:
    """Of thousands of rows even a small majority is not chance, but it is not one datum either."""
    lonlat, names = listed(2000, seed=5)
    mixed = np.where(np.arange(len(names))[:, None] % 4, lonlat, convert(lonlat, WGS84, BD09))
    assert judge(mixed, columns(len(names), district=names), Surroundings(AREA)).datum is None
