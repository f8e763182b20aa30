"""The synthetic city: its published numbers, its words, its shares, and that it never looks real."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import opening_hours
import pytest
import shapely
from pyproj import Geod
from scipy.spatial import cKDTree

from locator.errors import UsageError
from locator.language.pinyin import pinyin
from locator.stations.hours_text import read_hours
from locator.stations.sample import make_city
from locator.stations.schema import AMENITIES, WORDS_OF_COLUMN, District, Station

DISTRICTS = Path(__file__).resolve().parents[2] / "geodata" / "districts.geojson"
GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def districts() -> list[District]:
    """Beijing's districts as shipped, read here without the project's reader."""
    features = json.loads(DISTRICTS.read_text("utf-8"))["features"]
    return [
        District(
            district_id=feature["properties"]["district_id"],
            name=feature["properties"]["name"],
            name_en=feature["properties"]["name_en"],
            population=feature["properties"]["population_2020"],
            outline=shapely.geometry.shape(feature["geometry"]),
        )
        for feature in features
    ]


@pytest.fixture(scope="module")
def city(districts: list[District]) -> list[Station]:
    """Beijing's twin for seed 1."""
    return make_city("beijing", 1, districts)


def squares(side_deg: float = 0.1, population: int = 500_000) -> list[District]:
    """Sixteen equal squares in a row; Dongcheng and Shunyi are the last two."""
    names = [f"甲{number}区" for number in range(14)] + ["东城区", "顺义区"]
    return [
        District(
            district_id=f"{number:02d}",
            name=name,
            name_en=f"D{number}",
            population=population,
            outline=shapely.box(116 + number * side_deg, 40, 116 + (number + 1) * side_deg, 40 + side_deg),
        )
        for number, name in enumerate(names)
    ]


def share(stations: list[Station], *, among: str | None = None, **wanted: object) -> float:
    """Share of the stations (of one venue) whose facts are as wanted."""
    chosen = [station for station in stations if among is None or station.venue == among]
    return sum(all(getattr(s, name) == value for name, value in wanted.items()) for s in chosen) / len(chosen)


# Numbers


def test_published_numbers_are_kept(city: list[Station]) -> None:
    """The figures of 2018: 9,650 in all, Dongcheng 644, Shunyi 227, 14 public-area and 145 model homes."""
    by_district = Counter(station.district for station in city)
    by_sub_kind = Counter(station.sub_kind for station in city)
    assert len(city) == 9_650
    assert (by_district["东城区"], by_district["顺义区"]) == (644, 227)
    assert (by_sub_kind["public_area"], by_sub_kind["model"]) == (14, 145)


def test_dongcheng_has_its_sub_districts_and_communities(city: list[Station]) -> None:
    """The published 17 sub-district stations and 182 communities."""
    dongcheng = [station for station in city if station.district == "东城区"]
    assert len({station.sub_district for station in dongcheng}) == 17
    assert sum(station.sub_kind == "sub_district_station" for station in dongcheng) == 17
    assert sum(station.kind == "community_station" for station in dongcheng) == 182


def test_equal_districts_share_equally() -> None:
    """8,779 among 14 equal districts: 627 each, one over, which the equal remainders give to one of them."""
    by_district = Counter(station.district for station in make_city("beijing", 3, squares()))
    del by_district["东城区"], by_district["顺义区"]
    assert sorted(by_district.values()) == [627] * 13 + [628]


def test_twice_the_people_on_the_same_ground_get_three_times_the_stations() -> None:
    """2 × 2 ** 0.65 = 3.138 against 1; 8,779 × 3.138 / (13 + 3.138) = 1,707."""
    crowded = [dataclasses.replace(squares()[0], population=1_000_000), *squares()[1:]]
    by_district = Counter(station.district for station in make_city("beijing", 3, crowded))
    assert by_district["甲0区"] == 1_707


def test_dense_districts_have_more_stations_than_wide_ones(city: list[Station]) -> None:
    """Chaoyang has most; the mountain districts have fewest."""
    ranked = [name for name, _ in Counter(station.district for station in city).most_common()]
    assert ranked[:2] == ["朝阳区", "海淀区"]
    assert set(ranked[-5:]) == {"平谷区", "密云区", "门头沟区", "怀柔区", "延庆区"}


# Sameness


def test_same_seed_makes_the_same_city(city: list[Station], districts: list[District]) -> None:
    """Again, and with the districts in another order."""
    assert make_city("beijing", 1, districts[::-1]) == city


def test_another_seed_makes_another_city(city: list[Station], districts: list[District]) -> None:
    """As many stations at other places."""
    other = make_city("beijing", 2, districts)
    assert len(other) == len(city)
    assert not {(s.lon, s.lat) for s in other} & {(s.lon, s.lat) for s in city}


def test_ids_names_and_positions_are_distinct(city: list[Station]) -> None:
    """No two stations can be taken for each other."""
    assert len({station.station_id for station in city}) == len(city)
    assert len({station.name for station in city}) == len(city)
    assert len({(station.lon, station.lat) for station in city}) == len(city)


# Never real


def test_every_record_says_that_it_is_synthetic(city: list[Station]) -> None:
    """In the flag, the id, the source and every name, and with nobody's telephone or photo."""
    for station in city:
        assert station.synthetic
        assert station.source == "synthetic"
        assert station.station_id.startswith("sample-")
        assert station.name.startswith("样例·")
        assert (station.name_en or "").startswith("Sample ")
        assert "样例" in (station.address or "")
        assert "样例" in (station.operator or "")
        assert station.phone is None
        assert station.photo_url is None


# Places


def test_every_station_lies_inside_its_district(city: list[Station], districts: list[District]) -> None:
    """By the topology of points and outlines, which is another path through shapely than the maker's."""
    for district in districts:
        points = [shapely.Point(s.lon, s.lat) for s in city if s.district == district.name]
        assert points
        assert all(shapely.relate_pattern(district.outline, points, "0********"))


def test_positions_have_six_decimals(city: list[Station]) -> None:
    """A tenth of a metre, as the files write it."""
    assert all(round(station.lon, 6) == station.lon and round(station.lat, 6) == station.lat for station in city)


@pytest.mark.parametrize("name", ["朝阳区", "海淀区", "东城区", "顺义区"])
def test_stations_crowd_together(city: list[Station], districts: list[District], name: str) -> None:
    """Clark and Evans' ratio: the mean distance to the neighbour against that of places thrown at random."""
    found = np.array([(s.lon, s.lat) for s in city if s.district == name])
    metres = (found - found.mean(axis=0)) * (111_320 * np.cos(np.radians(found[:, 1].mean())), 111_320)
    distances, _ = cKDTree(metres).query(metres, k=2)
    outline = next(district.outline for district in districts if district.name == name)
    area_m2 = abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(outline))[0])
    assert distances[:, 1].mean() / (0.5 * np.sqrt(area_m2 / len(found))) < 0.9


def test_stations_crowd_towards_the_middle_of_the_city(city: list[Station]) -> None:
    """Of Chaoyang's stations more lie within 12 km of Tiananmen than beyond, on a third of its area."""
    chaoyang = [station for station in city if station.district == "朝阳区"]
    lon, lat = [s.lon for s in chaoyang], [s.lat for s in chaoyang]
    _, _, away_m = GEOD.inv([116.3913] * len(lon), [39.9075] * len(lon), lon, lat)
    assert np.mean(np.array(away_m) < 12_000) > 0.5


def test_a_sub_district_is_one_area_with_its_station_in_the_middle(city: list[Station]) -> None:
    """No name occurs in two districts, and each station's parent is the nearest sub-district station."""
    assert len({station.sub_district for station in city}) == len({(s.district, s.sub_district) for s in city})
    fengtai = [station for station in city if station.district == "丰台区"]
    heads = {s.station_id: s for s in fengtai if s.sub_kind == "sub_district_station"}
    for station in fengtai:
        if station.parent in heads:
            away_m = {
                head_id: GEOD.inv(station.lon, station.lat, head.lon, head.lat)[2]
                for head_id, head in heads.items()
            }
            assert away_m[station.parent] <= min(away_m.values()) * 1.01
            assert heads[station.parent].sub_district == station.sub_district


# Words and shares


def test_all_words_are_of_the_vocabulary(city: list[Station]) -> None:
    """Kinds, sub-kinds, tiers, venues, entry rules and amenities."""
    for column, words in WORDS_OF_COLUMN.items():
        assert {getattr(station, column) for station in city} <= {*words, None}, column
    assert {word for station in city for word in station.amenities} == set(AMENITIES)
    assert {said for station in city for said in station.amenities.values()} == {"yes", "no"}


def test_pinyin_is_that_of_the_whole_name(city: list[Station]) -> None:
    """Put together from parts, it is what the name gives at once."""
    for station in city[::25]:
        assert station.pinyin == pinyin(station.name)


def test_all_hours_are_valid(city: list[Station]) -> None:
    """By the library that evaluates them; each has words, and one text has one meaning."""
    meanings = {(s.hours_text, s.hours) for s in city}
    assert all(opening_hours.validate(hours) for _, hours in meanings if hours)
    assert all(text for text, hours in meanings if hours)
    assert len({text for text, _ in meanings}) == len(meanings)


def test_words_for_hours_are_read_as_these_hours(city: list[Station]) -> None:
    """Open at the same hours through a year; the words of stations without hours cannot be read."""
    hours_of_the_year = [datetime(2025, 1, 1, 0, 10) + timedelta(hours=hour) for hour in range(365 * 24)]
    for hours, text in {(station.hours, station.hours_text) for station in city if station.hours_text}:
        read = read_hours(text)
        assert (read is None) == (hours is None), text
        if read and hours:
            said, meant = opening_hours.OpeningHours(read), opening_hours.OpeningHours(hours)
            assert all(said.is_open(at) == meant.is_open(at) for at in hours_of_the_year), text


def test_hours_come_in_plausible_shares(city: list[Station]) -> None:
    """About one in twelve unknown; round the clock, offices, overnight, seasonal, closed on Mondays."""

    def matching(pattern: str) -> float:
        return sum(bool(re.search(pattern, station.hours or "")) for station in city) / len(city)

    assert 0.07 <= share(city, hours=None) <= 0.09
    assert 0.01 <= share(city, hours=None) - share(city, hours=None, hours_text=None) <= 0.03
    assert 0.05 <= matching("24/7") <= 0.20
    assert 0.20 <= matching("PH off") <= 0.45
    assert 0.01 <= matching("(18:00-06|19:00-07):00") <= 0.06
    assert 0.01 <= matching("^Nov") <= 0.06
    assert 0.03 <= matching("^Tu-Su") <= 0.10


def test_amenities_come_in_plausible_shares(city: list[Station]) -> None:
    """A fifth unknown for each; water is common, showers are rare, homes have what shops lack."""
    for word in AMENITIES:
        assert 0.18 <= np.mean([word not in station.amenities for station in city]) <= 0.22, word

    def having(word: str, kind: str) -> float:
        return float(np.mean([s.amenities.get(word) == "yes" for s in city if s.kind == kind]))

    assert having("drinking_water", "warm_station") > 0.7
    assert having("shower", "warm_station") < 0.1
    assert having("nursing_room", "worker_home") > 2 * having("nursing_room", "warm_station")


def test_entry_rules_come_in_plausible_shares(city: list[Station]) -> None:
    """Most stations may be walked into; some lists do not say; cards are for homes."""
    assert share(city, entry="walk_in") > 0.5
    assert 0.05 <= share(city, entry="unknown") <= 0.15
    assert share(city, among="business_park", entry="card") > share(city, among="convenience_store", entry="card")


def test_rooms_are_of_plausible_size(city: list[Station]) -> None:
    """Known for some only; a home is larger than a shop's corner."""
    sizes = [station.area_m2 for station in city if station.area_m2 is not None]
    assert 0.5 <= len(sizes) / len(city) <= 0.7
    assert 4 <= min(sizes) <= max(sizes) <= 1_000
    homes = [s.area_m2 for s in city if s.kind == "worker_home" and s.area_m2 is not None]
    assert np.median(homes) > 3 * np.median(sizes)
    assert all(station.seats is None or 2 <= station.seats <= 300 for station in city)


def test_checks_lie_within_two_years_of_a_fixed_day(city: list[Station]) -> None:
    """From 2 November 2024 to 1 November 2026, and never for about one in eight."""
    days = [station.checked_on for station in city if station.checked_on is not None]
    assert date(2024, 11, 1) < min(days) < max(days) <= date(2026, 11, 1)
    assert 0.10 <= 1 - len(days) / len(city) <= 0.15


# Refusals


def test_unknown_city_is_refused_with_the_known_ones() -> None:
    """The message names the city that is not there and the ones that are."""
    with pytest.raises(UsageError, match=r"no sample of atlantis\. Known: beijing"):
        make_city("atlantis", 1, squares())


def test_negative_seed_is_refused() -> None:
    """A seed is a whole number from 0."""
    with pytest.raises(UsageError, match="not -1"):
        make_city("beijing", -1, squares())


@pytest.mark.parametrize(
    "given",
    [
        squares()[:-1],
        [*squares()[:-1], dataclasses.replace(squares()[0], district_id="99", name="别区")],
        [*squares()[:-1], dataclasses.replace(squares()[-1], outline=shapely.Polygon())],
        [dataclasses.replace(squares()[0], population=0), *squares()[1:]],
    ],
    ids=["one missing", "Shunyi missing", "no outline", "no population"],
)
def test_incomplete_districts_are_refused(given: list[District]) -> None:
    """Without all districts the published total cannot be placed."""
    with pytest.raises(UsageError, match="16 districts, 东城区, 顺义区 among them"):
        make_city("beijing", 1, given)


def test_a_district_too_small_for_a_station_stays_empty() -> None:
    """One resident gets none of 9,650 stations, and nothing fails."""
    hamlet = [dataclasses.replace(squares()[0], population=1), *squares()[1:]]
    stations = make_city("beijing", 1, hamlet)
    assert len(stations) == 9_650
    assert all(station.district != "甲0区" for station in stations)
