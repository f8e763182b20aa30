"""The answers of the catalogue, against answers worked out by hand and with `pyproj.Geod`."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import chinese_calendar
import numpy as np
import pytest
import shapely
from pyproj import Geod

from locator.errors import StationNotFoundError, UsageError
from locator.stations.catalog import Catalog, Hit, Query
from locator.stations.geodata import LAYERS, load_geodata
from locator.stations.hours import STATION_TIMEZONE, OpenState
from locator.stations.reading import write_stations
from locator.stations.schema import AMENITIES, KINDS, Station

GEOD = Geod(ellps="WGS84")
HERE = {"lat": 39.9155, "lon": 116.405}
ALL = ["tw-1", "tw-5", "tw-2", "wh-1", "tw-3", "tw-4", "cs-1"]  # by distance from HERE
MakeCatalog = Callable[[Sequence[Station]], Catalog]


def at(text: str) -> datetime:
    """Read a time of the stations' clock."""
    return datetime.fromisoformat(text).replace(tzinfo=STATION_TIMEZONE)


SATURDAY_NOON = at("2026-11-21 12:00")


def ask(catalog: Catalog, when: datetime = SATURDAY_NOON, **changes: Any) -> tuple[list[str], str | None]:
    """Ask from HERE; return the ids within and the id beyond."""
    answer = catalog.nearest(Query(**{**HERE, "radius_m": 1000.0, "limit": 10, **changes}), when)
    ids = catalog.column("station_id")
    return [ids[hit.number] for hit in answer.hits], answer.beyond and ids[answer.beyond.number]


@pytest.fixture
def make_catalog(donghuamen: Path, tmp_path: Path) -> MakeCatalog:
    """Give a function that loads stations as a catalogue, through files as the service does."""

    def make(stations: Sequence[Station]) -> Catalog:
        folder = shutil.copytree(donghuamen, tmp_path / "geodata")
        for kind, name in LAYERS.items():
            write_stations(folder / name, [station for station in stations if station.kind == kind], {})
        return Catalog(load_geodata(folder))

    return make


def stand(station_id: str, **facts: Any) -> Station:
    """Make a station at HERE, unless told otherwise."""
    return Station(**{"station_id": station_id, "name": "驿站", "kind": "warm_station", **HERE, **facts})


# Within the radius and beyond it


def test_stations_within_come_nearest_first(catalog: Catalog) -> None:
    """Five of seven, and the sixth is the nearest beyond."""
    assert ask(catalog) == (ALL[:5], "tw-4")


def test_distances_and_bearings_are_those_of_the_ellipsoid(catalog: Catalog) -> None:
    """Against `Geod`, to a micrometre and a millionth of a degree."""
    answer = catalog.nearest(Query(**HERE, radius_m=20_000.0, limit=10), SATURDAY_NOON)
    assert len(answer.hits) == 7
    for hit in answer.hits:
        station = catalog.station(hit.number)
        bearing, _, distance_m = GEOD.inv(HERE["lon"], HERE["lat"], station.lon, station.lat)
        assert hit.distance_m == pytest.approx(distance_m, abs=1e-6)
        assert hit.bearing_deg == pytest.approx(bearing % 360, abs=1e-5)


@pytest.mark.parametrize("limit", [1, 3, 5])
def test_the_limit_cuts_the_list_and_not_what_lies_beyond(catalog: Catalog, limit: int) -> None:
    """Beyond is about the radius."""
    assert ask(catalog, limit=limit) == (ALL[:limit], "tw-4")


def test_a_station_at_exactly_the_radius_is_inside(catalog: Catalog) -> None:
    """And it is not beyond; a hair less and it is."""
    *_, edge_m = GEOD.inv(HERE["lon"], HERE["lat"], 116.4, 39.91)
    assert ask(catalog, radius_m=edge_m) == (ALL[:4], "tw-3")
    assert ask(catalog, radius_m=edge_m - 1e-5) == (ALL[:3], "wh-1")


def test_nothing_within_is_an_answer(catalog: Catalog) -> None:
    """The nearest is told, however far: Buenos Aires lies about 19,000 km away."""
    answer = catalog.nearest(Query(-34.6, -58.4, 1000.0, 10), SATURDAY_NOON)
    assert answer.hits == ()
    assert answer.beyond is not None
    distances = [GEOD.inv(-58.4, -34.6, lon, lat)[2] for lon, lat in catalog.lonlat.tolist()]
    assert answer.beyond.distance_m == pytest.approx(min(distances), abs=1e-3)
    assert answer.beyond.number == int(np.argmin(distances))


def test_nothing_is_beyond_where_all_is_within(catalog: Catalog) -> None:
    """The farthest of the seven lies 8 km away."""
    assert ask(catalog, radius_m=9000.0) == (ALL, None)


def test_a_catalogue_without_stations_answers_nothing(make_catalog: MakeCatalog) -> None:
    """Empty layers are a service without stations, not an error."""
    catalog = make_catalog([])
    assert ask(catalog) == ([], None)
    assert catalog.search("驿站", 5) == []
    assert catalog.within(-180, -90, 180, 90) == []
    assert not catalog.synthetic


def test_stations_at_one_place_keep_the_order_of_the_files(make_catalog: MakeCatalog) -> None:
    """Five at one point; kinds come in the order of the layers."""
    catalog = make_catalog(
        [stand("b"), stand("a"), stand("z", kind="community_station"), stand("c", kind="worker_home")]
    )
    assert ask(catalog) == (["b", "a", "c", "z"], None)
    assert ask(catalog, limit=2) == (["b", "a"], None)


@pytest.mark.parametrize(
    ("distance_m", "minutes"), [(0.0, 0), (1.0, 1), (61.5, 1), (61.6, 2), (246.1, 4), (246.2, 5), (1000.0, 17)]
)
def test_walking_minutes_are_rounded_up(distance_m: float, minutes: int) -> None:
    """The straight line times 1.3, at 80 m a minute: 61.53… m are one minute."""
    assert Hit(0, distance_m, 0.0).walk_min == minutes


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat": 91.0},
        {"lat": math.nan},
        {"lon": 180.5},
        {"lon": math.inf},
        {"radius_m": 0.0},
        {"radius_m": 20_000.1},
        {"radius_m": math.nan},
        {"limit": 0},
    ],
)
def test_what_cannot_be_asked_is_refused(catalog: Catalog, wrong: dict[str, float]) -> None:
    """Positions, radii and limits out of range, NaN and infinity."""
    with pytest.raises(UsageError):
        ask(catalog, **wrong)


# Filters


@pytest.mark.parametrize(
    ("kinds", "within", "beyond"),
    [
        ({"worker_home"}, ["wh-1"], None),
        ({"community_station"}, [], "cs-1"),
        ({"worker_home", "community_station"}, ["wh-1"], "cs-1"),
        (set(KINDS), ALL[:5], "tw-4"),
    ],
)
def test_only_the_kinds_asked_for_count(
    catalog: Catalog, kinds: set[str], within: list[str], beyond: str | None
) -> None:
    """Within and beyond alike."""
    assert ask(catalog, kinds=frozenset(kinds)) == (within, beyond)


@pytest.mark.parametrize(
    ("amenities", "within"),
    [
        ({"seats"}, ["tw-1", "tw-2", "wh-1"]),
        ({"drinking_water"}, ["tw-1", "wh-1"]),
        ({"shower"}, ["wh-1"]),  # tw-1 says it has none, the others do not say
        ({"seats", "microwave"}, ["tw-1"]),
        ({"shower", "microwave"}, []),
        ({"wifi"}, []),
    ],
)
def test_an_amenity_counts_only_where_it_is_known_to_be_there(
    catalog: Catalog, amenities: set[str], within: list[str]
) -> None:
    """What is unknown is no yes, and nothing fits beyond."""
    assert ask(catalog, amenities=frozenset(amenities)) == (within, None)


def test_beyond_fits_the_filter_too(catalog: Catalog) -> None:
    """With 500 m the only home lies outside, and nearer stations are passed over."""
    assert ask(catalog, radius_m=500.0, kinds=frozenset({"worker_home"})) == ([], "wh-1")
    assert ask(catalog, radius_m=500.0, amenities=frozenset({"shower"})) == ([], "wh-1")


@pytest.mark.parametrize(
    ("time", "within", "beyond"),
    [
        ("2026-11-21 19:45", ["tw-1", "tw-2"], "tw-4"),  # Saturday: the home is shut
        ("2026-11-21 20:00", ["tw-2"], None),  # they close at this minute
        ("2026-11-21 22:00", ["tw-5", "tw-2"], None),
        ("2026-11-21 23:59", ["tw-5", "tw-2"], None),
        ("2026-11-22 02:00", ["tw-5", "tw-2"], None),  # Sunday night, the shift of Saturday
        ("2026-11-22 05:59", ["tw-5", "tw-2"], None),
        ("2026-11-22 06:00", ["tw-2"], None),
        ("2026-11-22 09:00", ["tw-1", "tw-2"], "tw-4"),
        ("2026-11-23 10:00", ["tw-2", "wh-1"], "tw-4"),  # Monday: tw-1 has its day off
        ("2026-11-24 10:00", ["tw-1", "tw-2", "wh-1"], "tw-4"),
        ("2026-10-01 10:00", ["tw-1", "tw-2"], "tw-4"),  # Thursday, National Day: PH off
        ("2026-10-10 10:00", ["tw-1", "tw-2", "wh-1"], "tw-4"),  # Saturday, made up for it
        ("2027-01-01 10:00", ["tw-1", "tw-2"], "tw-4"),  # Friday, a holiday of holidays.csv alone
    ],
)
def test_only_stations_known_to_be_open_count(
    catalog: Catalog, time: str, within: list[str], beyond: str | None
) -> None:
    """On the stations' clock, with holidays, days off and night shifts; unknown hours are not open."""
    assert ask(catalog, open_at=at(time)) == (within, beyond)


def test_the_days_above_are_what_the_calendar_says() -> None:
    """The package that publishes China's holidays is the witness."""
    assert chinese_calendar.is_holiday(date(2026, 10, 1))
    assert chinese_calendar.is_workday(date(2026, 10, 10))
    assert date(2026, 10, 10).strftime("%a") == date(2026, 11, 21).strftime("%a") == "Sat"
    assert date(2026, 10, 1).strftime("%a") == "Thu"
    assert date(2027, 1, 1).strftime("%a") == "Fri"


def test_an_instant_is_the_same_in_every_zone(catalog: Catalog) -> None:
    """11:45 UTC is 19:45 in Beijing, and the answer says so."""
    query = Query(**HERE, radius_m=1000.0, limit=10, open_at=datetime(2026, 11, 21, 11, 45, tzinfo=UTC))
    answer = catalog.nearest(query, SATURDAY_NOON)
    assert answer.as_of.isoformat() == "2026-11-21T19:45:00+08:00"
    assert len(answer.hits) == 2


def test_without_a_time_states_are_those_of_now(catalog: Catalog) -> None:
    """Now is what the caller says it is."""
    answer = catalog.nearest(Query(**HERE, radius_m=1000.0, limit=10), datetime(2026, 11, 21, 4, 0, tzinfo=UTC))
    assert answer.as_of == SATURDAY_NOON
    assert answer.as_of.utcoffset() == timedelta(hours=8)


# Hours


@pytest.mark.parametrize(
    ("station_id", "time", "state"),
    [
        ("tw-1", "2026-11-21 12:00", OpenState.OPEN),
        ("tw-1", "2026-11-23 12:00", OpenState.CLOSED),
        ("tw-2", "2026-11-23 03:00", OpenState.OPEN),
        ("tw-3", "2026-11-21 12:00", OpenState.UNKNOWN),  # 看情况: it depends
        ("tw-4", "2026-11-21 08:59", OpenState.CLOSED),  # 早9点到晚8点: from 9 to 8 in the evening
        ("tw-4", "2026-11-21 09:00", OpenState.OPEN),
        ("tw-4", "2026-11-23 19:59", OpenState.OPEN),
        ("cs-1", "2026-11-21 12:00", OpenState.UNKNOWN),  # says nothing
    ],
)
def test_a_station_tells_its_state(catalog: Catalog, station_id: str, time: str, state: OpenState) -> None:
    """From OSM syntax, from Chinese words, and unknown where neither can be read."""
    assert catalog.status(catalog.find(station_id), at(time)).state is state


def test_hours_that_nobody_can_read_stay_as_words(catalog: Catalog) -> None:
    """No guess stands among the hours."""
    station = catalog.station(catalog.find("tw-3"))
    assert (station.hours, station.hours_text) == (None, "看情况")


def test_states_of_two_times_do_not_mix(catalog: Catalog) -> None:
    """Asked in turn for different minutes and languages, each answer is that of its own."""
    number = catalog.find("tw-1")
    for _ in range(2):
        assert catalog.open_facts(number, at("2026-11-21 19:45"), "en") == {
            "state": "open",
            "until": "2026-11-21T20:00:00+08:00",
            "text": "closes in 15 min",
        }
        assert catalog.open_facts(number, at("2026-11-21 19:45:59"), "zh")["text"] == "15分钟后关闭"
        assert catalog.open_facts(number, at("2026-11-21 20:00"), "en")["state"] == "closed"


# Single stations


def test_a_station_is_found_by_its_id(catalog: Catalog) -> None:
    """With what the file says, and what it does not say left out."""
    station = catalog.station(catalog.find("tw-1"))
    assert (station.name, station.lat, station.lon) == ("东华门街道工会服务站", 39.9162, 116.4042)
    assert station.amenities == {"seats": "yes", "drinking_water": "yes", "microwave": "yes", "shower": "no"}
    assert station.checked_on == date(2026, 8, 21)
    assert catalog.station(catalog.find("tw-2")) == Station(
        station_id="tw-2",
        name="便利店驿站",
        kind="warm_station",
        lat=39.92,
        lon=116.405,
        venue="convenience_store",
        district="东城区",
        sub_district="东华门街道",
        amenities={"seats": "yes"},
        hours="24/7",
    )


@pytest.mark.parametrize("station_id", ["tw-9", "", "TW-1", "tw-1 ", "\0"])
def test_an_id_of_no_station_is_told(catalog: Catalog, station_id: str) -> None:
    """Ids are exact."""
    with pytest.raises(StationNotFoundError, match="No station has the id"):
        catalog.find(station_id)


def test_amenities_are_kept_bit_by_bit(make_catalog: MakeCatalog) -> None:
    """Each word alone, as yes and as no."""
    stations = [stand(f"y-{n}", amenities={word: "yes"}) for n, word in enumerate(AMENITIES)]
    stations += [stand(f"n-{n}", amenities={word: "no"}) for n, word in enumerate(AMENITIES)]
    catalog = make_catalog(stations)
    for number, station in enumerate(stations):
        assert catalog.station(number).amenities == station.amenities
    for n, word in enumerate(AMENITIES):
        assert ask(catalog, amenities=frozenset({word}), limit=100) == ([f"y-{n}"], None)


def test_one_synthetic_station_marks_the_whole_catalogue(catalog: Catalog, make_catalog: MakeCatalog) -> None:
    """A page that shows it has to say so."""
    assert not catalog.synthetic
    assert make_catalog([stand("a"), stand("b", synthetic=True)]).synthetic


# Boxes, districts, names


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ((-180, -90, 180, 90), [0, 1, 2, 3]),
        ((179, -1, -179, 1), [0, 1]),  # across the antimeridian
        ((-180, -1, -179.5, 1), [1]),
        ((179.5, 0, 179.5, 0), [0]),  # a box may be a point; edges are inside
        ((-1, -1, 1, 1), [2]),
        ((1, 1, 2, 2), []),
        ((0, 90, 0, 90), []),
        ((116, 39, 117, 40), [3]),
    ],
)
def test_a_box_holds_the_stations_inside_and_on_its_edge(
    make_catalog: MakeCatalog, box: tuple[float, float, float, float], found: list[int]
) -> None:
    """West greater than east runs across the antimeridian."""
    places = [(0.0, 179.5), (0.5, -179.5), (0.0, 0.0), (39.9, 116.4)]
    catalog = make_catalog([stand(f"s{n}", lat=lat, lon=lon) for n, (lat, lon) in enumerate(places)])
    assert catalog.within(*box) == found


@pytest.mark.parametrize("name", ["东城区", "Dongcheng", "dongcheng", "DONGCHENG"])
def test_a_district_is_named_in_chinese_or_english(catalog: Catalog, name: str) -> None:
    """Its stations come in the order of their names."""
    found = [catalog.column("station_id")[number] for number in catalog.in_district(name)]
    assert sorted(found) == ["tw-1", "tw-2", "tw-3", "tw-4", "tw-5", "wh-1"]
    names = [catalog.column("name")[number] for number in catalog.in_district(name)]
    assert names == sorted(names)


def test_a_district_without_stations_is_empty(catalog: Catalog) -> None:
    """So is one that is not there."""
    assert catalog.in_district("海淀区") == []
    assert catalog.in_district("") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("东华门", [("sub_district", "东华门街道"), ("station", "东华门街道工会服务站")]),
        ("Donghuamen ST", [("station", "东华门街道工会服务站")]),
        ("dong hua men", [("sub_district", "东华门街道"), ("station", "东华门街道工会服务站")]),
        ("donghuamen", [("sub_district", "东华门街道"), ("station", "东华门街道工会服务站")]),
        ("dhm", [("sub_district", "东华门街道"), ("station", "东华门街道工会服务站")]),
        ("donghuamenjiedao", [("sub_district", "东华门街道"), ("station", "东华门街道工会服务站")]),
        ("dcq", [("district", "东城区")]),
        ("Dong Cheng Qu", [("district", "东城区")]),
        ("fengtai", [("district", "丰台区")]),
        ("DHMJDGHFWZ", [("station", "东华门街道工会服务站")]),
        ("金鱼胡同", [("station", "东华门街道工会服务站")]),
        ("  石榴庄 ", [("station", "石榴庄双石一")]),
        ("dongcheng", [("district", "东城区")]),
        ("东城", [("district", "东城区")]),
        ("onerror=", [("station", "<img src=x onerror=alert(1)>${alert(1)}")]),
        ("上海", []),
        ("", []),
        (" \t", []),
    ],
)
def test_places_are_found_by_name(catalog: Catalog, text: str, expected: list[tuple[str, str]]) -> None:
    """Districts, then sub-districts, then stations; Chinese, English, pinyin, initials, address."""
    assert [(place.what, place.name) for place in catalog.search(text, 5)] == expected


def test_a_place_is_where_it_says(catalog: Catalog) -> None:
    """A station at its position, a sub-district amid its stations, a district inside its outline."""
    (station,) = catalog.search("石榴庄", 5)
    assert (station.lat, station.lon) == (39.844, 116.4095)
    sub_district = catalog.search("东华门街道", 5)[0]
    assert sub_district.lat == pytest.approx((39.9162 + 39.92) / 2)
    assert sub_district.lon == pytest.approx((116.4042 + 116.405) / 2)
    (district,) = catalog.search("丰台", 5)
    assert shapely.contains_xy(catalog.districts[1].outline, district.lon, district.lat)


@pytest.mark.parametrize("text", ["cym", "CYMJD", "chao yang men", "chaoyangmen", "朝阳门"])
def test_a_sub_district_is_found_by_pinyin_and_initials_though_its_stations_have_other_names(
    make_catalog: MakeCatalog, text: str
) -> None:
    """朝 is read chao in 朝阳门, and what the file says of the station's own pinyin does not matter."""
    catalog = make_catalog([stand("a", name="驿站", district="东城区", sub_district="朝阳门街道")])
    assert [(place.what, place.name, place.district) for place in catalog.search(text, 5)] == [
        ("sub_district", "朝阳门街道", "东城区")
    ]


def test_what_is_chosen_narrows_any_stations_in_their_order(catalog: Catalog) -> None:
    """Of a district's list, by hand from the file: kinds, amenities and the hour, each as in a question."""
    everyone = [6, 0, 5, 1, 2]
    ids = catalog.column("station_id")
    assert list(catalog.fitting(everyone)) == everyone
    water = catalog.fitting(everyone, amenities=frozenset({"drinking_water"}))
    assert sorted(ids[number] for number in water) == ["tw-1", "wh-1"]
    assert [number for number in everyone if number in water] == list(water)
    # The store never closes; the office is open till 20:00 on a Saturday; of tw-3 nobody knows.
    late = catalog.fitting([0, 1, 2], open_at=at("2026-11-21T21:00"))
    assert [ids[number] for number in late] == ["tw-2"]


def test_a_search_gives_no_more_than_asked(catalog: Catalog) -> None:
    """Of the four stations with 驿站 in their name the first two of the file."""
    assert [place.name for place in catalog.search("驿站", 2)] == ["便利店驿站", "不知何时开的驿站"]


def test_sub_districts_of_one_name_in_two_districts_are_two_places(make_catalog: MakeCatalog) -> None:
    """The middle of both would be a place where neither is."""
    catalog = make_catalog(
        [
            stand("a", name="甲", lat=39.9, district="东城区", sub_district="新华街道"),
            stand("b", name="乙", lat=39.8, district="丰台区", sub_district="新华街道"),
        ]
    )
    assert [(place.name, place.lat) for place in catalog.search("新华", 5)] == [
        ("新华街道", 39.9),
        ("新华街道", 39.8),
    ]


# Exactness


def test_two_thousand_stations_agree_with_brute_force(make_catalog: MakeCatalog) -> None:
    """Every set, order, distance and beyond of 300 questions with filters, against `Geod` over all stations."""
    rng = np.random.default_rng(20261121)
    lon, lat = rng.uniform(116.2, 116.6, 2000), rng.uniform(39.8, 40.1, 2000)
    kinds = np.sort(rng.integers(0, 3, 2000))  # so that the numbers are those of the three files
    seats = rng.choice(["yes", "no", "unknown"], 2000)
    catalog = make_catalog(
        [
            stand(
                f"s{n}",
                kind=list(KINDS)[kinds[n]],
                lat=float(lat[n]),
                lon=float(lon[n]),
                amenities={"seats": str(seats[n])},
            )
            for n in range(2000)
        ]
    )
    for _ in range(300):
        here_lon, here_lat = rng.uniform(116.15, 116.65), rng.uniform(39.75, 40.15)
        radius_m, limit = float(rng.choice([300.0, 1000.0, 5000.0, 20_000.0])), int(rng.integers(1, 101))
        wanted = rng.choice(3, rng.integers(0, 4), replace=False)
        with_seats = bool(rng.integers(0, 2))
        query = Query(
            here_lat,
            here_lon,
            radius_m,
            limit,
            kinds=frozenset(list(KINDS)[k] for k in wanted),
            amenities=frozenset({"seats"} if with_seats else ()),
        )
        answer = catalog.nearest(query, SATURDAY_NOON)
        *_, distances = GEOD.inv(np.full(2000, here_lon), np.full(2000, here_lat), lon, lat)
        fits = np.isin(kinds, wanted) if len(wanted) else np.full(2000, True)
        fits &= (seats == "yes") | (not with_seats)
        order = [n for n in np.argsort(distances, kind="stable") if fits[n]]
        inside = [n for n in order if distances[n] <= radius_m]
        assert [hit.number for hit in answer.hits] == inside[:limit]
        assert np.allclose([hit.distance_m for hit in answer.hits], distances[inside[:limit]], rtol=0, atol=1e-6)
        outside = order[len(inside) :]
        assert (answer.beyond and answer.beyond.number) == (outside[0] if outside else None)


def test_what_people_found_is_laid_over_and_all_else_shared(catalog: Catalog) -> None:
    """The later day counts; ids that nobody has are left out; the first catalogue stays as it is."""
    found = catalog.revised(
        {"tw-1": date(2026, 8, 20), "tw-2": date(2026, 8, 22), "x": date(2026, 1, 1)}, ["tw-3"]
    )
    days = [found.station(found.find(station_id)).checked_on for station_id in ("tw-1", "tw-2", "tw-3")]
    assert days == [date(2026, 8, 21), date(2026, 8, 22), None]
    assert found.station(found.find("tw-3")).doubts == ("locked",)
    assert catalog.station(catalog.find("tw-3")).doubts == ()
    assert found.index is catalog.index
    assert found.facts(found.find("tw-3"))["doubts"] == ["locked"]


def test_the_same_findings_make_the_same_version(catalog: Catalog) -> None:
    """In whatever order they come; none, and days that are earlier than the file's, make no other."""
    days = {"tw-2": date(2026, 8, 22), "tw-3": date(2026, 8, 23)}
    one = catalog.revised(days, ["tw-3", "tw-4"])
    other = catalog.revised(dict(reversed(days.items())), ["tw-4", "tw-3"])
    assert one.version == other.version != catalog.version
    assert len(one.version) == 12
    assert one.version != catalog.revised(days, ["tw-3"]).version
    assert catalog.revised({}, []) is catalog
    assert catalog.revised({"tw-1": date(2020, 1, 1)}, ["x"]) is catalog
