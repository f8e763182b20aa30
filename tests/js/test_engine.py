"""The phone's own answers, worked out by its script without the server, are the server's answers."""

from __future__ import annotations

import gzip
import json
import math
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from opencc import OpenCC
from pyproj import Geod

from locator.cli.finding import write_sample
from locator.geo.angles import read_pair
from locator.language.pinyin import initials
from locator.language.pinyin import pinyin as pinyin_of
from locator.places.gazetteer import id_of
from locator.stations.answer_json import AnswerJson
from locator.stations.catalog import Catalog, Query
from locator.stations.compact_columns import compact_columns, hours_outlook, names_columns
from locator.stations.geodata import LAYERS, load_geodata
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.reading import read_stations, to_stations, write_stations
from locator.stations.schema import AMENITIES, DOUBTS, KINDS, Station
from tests.js.conftest import Window

GEOD = Geod(ellps="WGS84")
SATURDAY = date(2026, 11, 21)
HERE = {"lat": 39.9155, "lon": 116.405}
# What the compact data know of a station; `NAMES` adds the rest of its names.
KNOWN = (
    *("kind", "lat", "lon", "position_accuracy_m", "district", "amenities", "hours", "entry", "checked_on"),
    *("doubts", "status", "status_until", "status_note"),
)
NAMES = ("name", "name_en", "pinyin", "address")
# Below this distance bearing and minutes are those of rounding.
NEAR_M = 0.1

ASK = """([compact, hours, names, questions]) => {
  const engine = locator.engine.open(JSON.parse(compact), JSON.parse(hours));
  if (names) engine.addNames(JSON.parse(names));
  return JSON.stringify(JSON.parse(questions).map((question) => engine.nearest(question)));
}"""
SEARCH = """([compact, hours, names, texts, limit]) => {
  const engine = locator.engine.open(JSON.parse(compact), JSON.parse(hours));
  if (names) engine.addNames(JSON.parse(names));
  return JSON.stringify(texts.map((text) => engine.search(text, limit)));
}"""
# A city


@pytest.fixture(scope="module")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Geodata folder of a synthetic city of 9,650 stations, one in six of which is not in service."""
    folder = tmp_path_factory.mktemp("city")
    write_sample("beijing", 1, folder)
    for name in LAYERS.values():
        stations = to_stations(read_stations(folder / name))
        write_stations(folder / name, [with_status(station, n) for n, station in enumerate(stations)], {})
    return folder


def with_status(station: Station, number: int) -> Station:
    """Close some stations for now or for good, or plan them: with a day, a reason, both or neither."""
    status = {1: "closed_for_now", 7: "planned", 13: "closed"}.get(number % 18)
    if status is None:
        return station
    days = (None, date(2026, 11, 21), date(2026, 11, 27), date(2026, 12, 1), date(2027, 3, 1), date(2025, 3, 1))
    note = (None, "装修中，{when}恢复", "<b>&amp;")[number % 3]
    return replace(station, status=status, status_until=days[number // 18 % 6], status_note=note)


@pytest.fixture(scope="module")
def city(city_folder: Path) -> Catalog:
    """The stations of that city."""
    return Catalog(load_geodata(city_folder))


@dataclass(frozen=True)
class Phone:
    """A device that keeps the documents of one language and day, and answers from them."""

    device: Window
    catalog: Catalog
    first: date = SATURDAY
    lang: str = "zh"
    has_names: bool = True

    def ask(self, *questions: dict[str, Any]) -> list[dict[str, Any]]:
        """Give the engine's answer to each question."""
        found = self.device.evaluate(ASK, [*self.documents(), json.dumps(questions)])
        answers: list[dict[str, Any]] = json.loads(found)
        return answers

    def search(self, texts: Sequence[str], limit: int) -> list[list[dict[str, Any]]]:
        """Give the places that the engine finds for each text."""
        found = self.device.evaluate(SEARCH, [*self.documents(), list(texts), limit])
        places: list[list[dict[str, Any]]] = json.loads(found)
        return places

    def documents(self) -> list[str | None]:
        """Give the compact data, the hours and the names, if it has them, as they come from the network."""
        return documents(self.catalog, self.first, self.lang, has_names=self.has_names)


def documents(catalog: Catalog, first: date, lang: str, *, has_names: bool = True) -> list[str | None]:
    """Write what a device keeps, from a day on and in a language."""
    columns = compact_columns(catalog, lang)
    outlook = hours_outlook(catalog, first, lang)
    names = names_columns(catalog, lang) if has_names else None
    return [document and orjson.dumps(document).decode() for document in (columns, outlook, names)]


def milliseconds(at: datetime) -> int:
    """Give an instant as a browser counts it."""
    return round(at.timestamp() * 1000)


def local(text: str) -> datetime:
    """Read a time of the stations' clock."""
    return datetime.fromisoformat(text).replace(tzinfo=STATION_TIMEZONE)


def served(catalog: Catalog, question: dict[str, Any], lang: str) -> dict[str, Any]:
    """Give the server's answer to a question to the engine."""
    at = datetime.fromtimestamp(question["at"] / 1000, STATION_TIMEZONE)
    open_at = question.get("open_at")
    query = Query(
        lat=question["lat"],
        lon=question["lon"],
        radius_m=question["radius_m"],
        limit=question["limit"],
        kinds=frozenset(question.get("kinds", ())),
        amenities=frozenset(question.get("amenities", ())),
        open_at=at if open_at == "now" else local(open_at) if open_at else None,
    )
    answer: dict[str, Any] = json.loads(AnswerJson(catalog).nearest(catalog.nearest(query, at), lang))
    return answer


def assert_same(mine: dict[str, Any], theirs: dict[str, Any], *, names: bool = True) -> None:
    """Hold the engine's answer against the server's: stations, order, distances, facts and words."""
    for member in ("origin", "radius_m", "as_of", "data_version"):
        assert mine[member] == theirs[member]
    assert [hit["station_id"] for hit in mine["stations"]] == [hit["station_id"] for hit in theirs["stations"]]
    assert (mine["beyond"] is None) is (theirs["beyond"] is None)
    pairs = list(zip(mine["stations"], theirs["stations"], strict=True))
    for hit, other in pairs + ([(mine["beyond"], theirs["beyond"])] if mine["beyond"] else []):
        assert hit["station_id"] == other["station_id"]
        assert abs(hit["distance_m"] - other["distance_m"]) < 0.1001
        assert hit["open"] == other["open"]
        for name in KNOWN + NAMES * names:
            assert hit[name] == other[name], name
        if other["distance_m"] > NEAR_M:
            assert hit["walk_min"] == other["walk_min"]
            turn = (hit["bearing_deg"] - other["bearing_deg"] + 180) % 360 - 180
            assert abs(turn) < 0.1001


def random_questions(catalog: Catalog, count: int, seed: int) -> list[dict[str, Any]]:
    """Make up questions: among stations, on them, far out and abroad; with every kind of filter and time."""
    rng = random.Random(seed)
    start = local(f"{SATURDAY}T00:00")
    questions = []
    for turn in range(count):
        lon, lat = rng.uniform(115.4, 117.5), rng.uniform(39.4, 41.1)
        if turn % 5 < 3:
            lon, lat = catalog.lonlat[rng.randrange(len(catalog))].tolist()
        if turn % 5 < 2:
            lon, lat = lon + rng.gauss(0, 0.005), lat + rng.gauss(0, 0.005)
        if turn % 50 == 1:
            lon, lat = rng.uniform(73, 160), rng.uniform(-50, 60)
        at = start + timedelta(seconds=rng.randrange(15 * 86_400))
        then = (start + timedelta(minutes=rng.randrange(15 * 1440))).isoformat()[:16]
        questions.append(
            {
                "lat": lat,
                "lon": lon,
                "radius_m": rng.choice([1000, math.exp(rng.uniform(math.log(30), math.log(20_000)))]),
                "limit": rng.choice([1, 10, 20, 100]),
                "kinds": rng.sample(list(KINDS), rng.choice([0, 0, 1, 2])),
                "amenities": rng.sample(list(AMENITIES), rng.choice([0, 0, 1, 3])),
                "open_at": rng.choice([None, "now", then]),
                "at": milliseconds(at),
            }
        )
    return questions


# Which stations are near


def test_a_thousand_questions_have_the_servers_answers(device: Window, city: Catalog) -> None:
    """In two languages: the same stations in the same order, to a decimetre, with the same words on hours."""
    found, empty, idle = 0, 0, 0
    for seed, lang in enumerate(("zh", "en")):
        questions = random_questions(city, 500, seed)
        for question, answer in zip(questions, Phone(device, city, lang=lang).ask(*questions), strict=True):
            assert_same(answer, served(city, question, lang))
            found += len(answer["stations"])
            in_service = [hit["status"] == "open" for hit in answer["stations"]]
            assert in_service == sorted(in_service, reverse=True)
            idle += in_service.count(False)
            empty += not answer["stations"] and answer["beyond"] is not None
    assert found > 3000
    assert empty > 50
    assert idle > 100


def test_what_is_far_is_measured_along_the_ellipsoid(device: Window, catalog: Catalog) -> None:
    """From all over the world to the nearest of seven stations, against `Geod`, to a decimetre."""
    rng = random.Random(3)
    questions = [
        {"lat": lat, "lon": lon, "radius_m": 1000, "limit": 10, "at": 0}
        for lat, lon in ((rng.uniform(-89, 89), rng.uniform(-180, 180)) for _ in range(500))
        if math.hypot(lat + 39.9, lon + 63.6) > 5  # not where they are just opposite
    ]
    questions += [
        {**questions[0], "lat": lat, "lon": lon} for lat, lon in ((90, 0), (-90, 10), (0, 180), (0, -63.6))
    ]
    for question, answer in zip(questions, Phone(device, catalog).ask(*questions), strict=True):
        beyond = answer["beyond"]
        found = [GEOD.inv(question["lon"], question["lat"], lon, lat)[::2] for lon, lat in catalog.lonlat.tolist()]
        bearing, distance_m = min(found, key=lambda pair: pair[1])
        assert abs(beyond["distance_m"] - distance_m) < 0.1
        if abs(question["lat"]) < 90:
            assert abs((beyond["bearing_deg"] - bearing + 180) % 360 - 180) < 0.1


def test_from_the_other_side_of_the_globe_there_is_an_estimate(device: Window, catalog: Catalog) -> None:
    """Where the formula does not settle, the distance is right to a percent."""
    lon, lat = catalog.lonlat[0].tolist()
    spots = [(-lat, lon - 180), (-lat + 0.1, lon - 180), (-lat, lon - 179.8)]
    questions = [{"lat": lat, "lon": lon, "radius_m": 1000, "limit": 1, "at": 0} for lat, lon in spots]
    for answer in Phone(device, catalog).ask(*questions):
        assert answer["beyond"]["distance_m"] == pytest.approx(20_000_000, rel=0.01)


def test_positions_finer_than_a_millionth_agree_to_two_centimetres(
    device: Window, donghuamen: Path, tmp_path: Path
) -> None:
    """Files in another datum give positions with every digit; the compact data keep seven decimals."""
    rng = random.Random(4)
    stations = [
        Station(
            station_id=f"fine-{turn}",
            name="驿站",
            kind="warm_station",
            lat=39.9155 + rng.uniform(-0.01, 0.01),
            lon=116.405 + rng.uniform(-0.01, 0.01),
        )
        for turn in range(300)
    ]
    catalog = load(donghuamen, tmp_path, stations)
    question = {**HERE, "radius_m": 2000, "limit": 100, "at": 0}
    (answer,) = Phone(device, catalog).ask(question)
    exact = {
        station.station_id: GEOD.inv(HERE["lon"], HERE["lat"], station.lon, station.lat)[2] for station in stations
    }
    found = [hit["station_id"] for hit in answer["stations"]]
    assert len(found) == 100
    # Distances are told to a decimetre, which takes another five centimetres.
    assert all(abs(hit["distance_m"] - exact[hit["station_id"]]) < 0.02 + 0.05 for hit in answer["stations"])
    assert all(exact[near] < exact[far] + 0.02 for near, far in pairwise(found))


def test_the_radius_lies_along_the_ellipsoid(device: Window, donghuamen: Path, tmp_path: Path) -> None:
    """At 20 km the chord is 8 mm shorter: it does not decide who is inside."""
    edge_lon, edge_lat, _ = GEOD.fwd(HERE["lon"], HERE["lat"], 45, 20_000)
    spots = [(round(edge_lat, 7), round(edge_lon + step * 1e-8, 7)) for step in range(-200, 200, 10)]
    exact = {f"edge-{i}": GEOD.inv(HERE["lon"], HERE["lat"], lon, lat)[2] for i, (lat, lon) in enumerate(spots)}
    assert sum(-0.007 < distance_m - 20_000 < -1e-5 for distance_m in exact.values()) > 0
    assert sum(1e-5 < distance_m - 20_000 < 0.007 for distance_m in exact.values()) > 0
    stations = [Station(f"edge-{i}", "驿站", "warm_station", lat, lon) for i, (lat, lon) in enumerate(spots)]
    catalog = load(donghuamen, tmp_path, stations)
    (answer,) = Phone(device, catalog).ask({**HERE, "radius_m": 20_000, "limit": 100, "at": 0})
    inside = {name for name, distance_m in exact.items() if distance_m <= 20_000}
    assert {hit["station_id"] for hit in answer["stations"]} == inside
    outside = {name: distance_m for name, distance_m in exact.items() if name not in inside}
    assert answer["beyond"]["station_id"] == min(outside, key=outside.__getitem__)


def test_a_station_at_exactly_the_radius_is_inside(device: Window, donghuamen: Path, tmp_path: Path) -> None:
    """The radius is the distance that pyproj measures, to the last bit: here as in the catalogue."""
    dice = random.Random(11)
    spots = [GEOD.fwd(HERE["lon"], HERE["lat"], dice.uniform(0, 360), 20_000 * dice.random()) for _ in range(60)]
    stations = [
        Station(f"edge-{i}", "驿站", "warm_station", round(lat, 7), round(lon, 7))
        for i, (lon, lat, _) in enumerate(spots)
    ]
    catalog = load(donghuamen, tmp_path, stations)
    exact = {one.station_id: GEOD.inv(HERE["lon"], HERE["lat"], one.lon, one.lat)[2] for one in stations}
    questions = [
        {**HERE, "radius_m": distance_m + step_m, "limit": 100, "at": 0}
        for distance_m in exact.values()
        for step_m in (0, -2e-6)
    ]
    answers = Phone(device, catalog).ask(*questions)
    for question, answer in zip(questions, answers, strict=True):
        inside = {name for name, distance_m in exact.items() if distance_m <= question["radius_m"]}
        assert {hit["station_id"] for hit in answer["stations"]} == inside
        assert {hit["station_id"] for hit in served(catalog, question, "zh")["stations"]} == inside


def test_stations_at_one_place_keep_the_order_of_the_files(
    device: Window, donghuamen: Path, tmp_path: Path
) -> None:
    """Also where the limit cuts among them; the one left out is not beyond."""
    names = ["b", "a", "c"]
    spot = {"kind": "warm_station", "lat": 39.92, "lon": 116.41}
    stations = [Station(station_id=name, name=name, **spot) for name in names]  # type: ignore[arg-type]
    catalog = load(donghuamen, tmp_path, stations)
    (answer,) = Phone(device, catalog).ask({**HERE, "radius_m": 1000, "limit": 2, "at": 0})
    assert [hit["station_id"] for hit in answer["stations"]] == ["b", "a"]
    assert answer["beyond"] is None


@pytest.mark.parametrize("seed", range(4))
def test_stations_as_far_to_the_east_as_to_the_west_are_both_there(
    device: Window, donghuamen: Path, tmp_path: Path, seed: int
) -> None:
    """Fifty pairs; which of a pair comes first is up to the last bits of a distance, and nothing else is."""
    dice = random.Random(seed)
    lat, lon = round(dice.uniform(39.5, 40.9), 7), round(dice.uniform(115.6, 117.2), 7)
    stations = []
    for pair in range(50):
        aside, spot_lat = round(dice.uniform(0.0005, 0.01), 7), round(lat + dice.uniform(-0.004, 0.004), 7)
        for side in dice.sample((-1, 1), 2):
            spot_lon = round(lon + side * aside, 7)
            stations.append(Station(f"{pair}-{side}", "驿站", "warm_station", spot_lat, spot_lon))
    catalog = load(donghuamen, tmp_path, stations)
    question = {"lat": lat, "lon": lon, "radius_m": 5000, "limit": 100, "at": 0}
    (answer,) = Phone(device, catalog).ask(question)
    exact = {one.station_id: GEOD.inv(lon, lat, one.lon, one.lat)[2] for one in stations}
    for hits in (answer["stations"], served(catalog, question, "zh")["stations"]):
        found = [hit["station_id"] for hit in hits]
        assert sorted(found) == sorted(exact)
        assert all(exact[near] < exact[far] + 1e-6 for near, far in pairwise(found))


def test_no_stations_is_an_answer(device: Window, donghuamen: Path, tmp_path: Path) -> None:
    """Neither within nor beyond."""
    (answer,) = Phone(device, load(donghuamen, tmp_path, [])).ask({**HERE, "radius_m": 1000, "limit": 5, "at": 0})
    assert (answer["stations"], answer["beyond"]) == ([], None)


def test_what_the_compact_data_do_not_know_is_null(device: Window, catalog: Catalog) -> None:
    """The hit has every member of the server's, and none is made up."""
    question = {**HERE, "radius_m": 500, "limit": 1, "at": milliseconds(local("2026-11-21T12:00"))}
    (answer,) = Phone(device, catalog, has_names=False).ask(question)
    (hit,), (other,) = answer["stations"], served(catalog, question, "zh")["stations"]
    assert set(hit) == set(other)
    assert_same(answer, served(catalog, question, "zh"), names=False)
    assert hit["name"] == "东华门街道工会服务站"
    assert hit["checked_on"] == "2026-08-21"
    assert {name for name in hit if hit[name] is None} == (
        {"name_en", "pinyin", "sub_kind", "tier", "parent", "venue", "operator", "address", "sub_district"}
        | {"hours_text", "area_m2", "seats", "phone", "phones", "photo_url", "source", "licence"}
        | {"status_until", "status_note"}
    )
    assert hit["synthetic"] is False


def test_doubts_are_those_that_the_server_tells(device: Window, donghuamen: Path, tmp_path: Path) -> None:
    """Each alone, all, and none; of data that were kept before there were doubts there are none."""
    choices = [*((code,) for code in DOUBTS), tuple(DOUBTS), ()]
    spot: dict[str, Any] = {"kind": "warm_station", "lat": 39.92, "lon": 116.41}
    stations = [Station(f"d-{turn}", "驿站", doubts=codes, **spot) for turn, codes in enumerate(choices)]
    phone = Phone(device, load(donghuamen, tmp_path, stations))
    question = {**HERE, "radius_m": 1000, "limit": 20, "at": milliseconds(local("2026-11-21T12:00"))}
    (answer,) = phone.ask(question)
    assert_same(answer, served(phone.catalog, question, "zh"))
    assert [hit["doubts"] for hit in answer["stations"]] == [list(codes) for codes in choices]
    columns, hours, names = phone.documents()
    older = json.loads(columns or "")
    del older["doubts"], older["columns"]["doubts"]
    found = device.evaluate(ASK, [json.dumps(older), hours, names, json.dumps([question])])
    assert [hit["doubts"] for hit in json.loads(found)[0]["stations"]] == [[] for _ in choices]


@pytest.mark.parametrize("spot", [(116.4, 39.9), (39.9, None), (None, None), (91, 0), (0, 181)])
def test_what_is_no_position_is_refused(
    device: Window, catalog: Catalog, spot: tuple[float | None, float | None]
) -> None:
    """It does not pass for a place with nothing near."""
    lat, lon = spot
    question = {"radius_m": 1000, "limit": 5, "lat": lat, "lon": lon}
    question = {name: value for name, value in question.items() if value is not None}
    with pytest.raises(Exception, match="No position"):
        Phone(device, catalog).ask(question)


def test_the_documents_are_small_enough_for_a_phone(city: Catalog) -> None:
    """In kilobytes, compressed: stations 250, hours 15, names 150."""
    columns, names = compact_columns(city, "zh"), names_columns(city, "zh")
    hours = hours_outlook(city, SATURDAY, "zh")
    for document, limit_kb in ((columns, 250), (hours, 15), (names, 150)):
        assert len(gzip.compress(orjson.dumps(document))) < limit_kb * 1000


# Whether they are open

HOURS = (
    "24/7",
    "24/7 closed",
    "24/7 unknown",
    "Mo-Su 00:00-24:00",
    "Mo-Su 08:00-24:00",
    "Mo-Su 00:00-08:00",
    "Mo-Su 22:00-06:00",
    "Mo-Su 20:00-02:00; PH off",
    "Mo-Fr 08:30-17:30",
    "Mo-Fr 08:30-17:30; PH off",
    "Mo-Fr 08:30-12:00,13:00-17:30; PH off",
    "Mo-Fr 08:30-17:30; PH 10:00-16:00",
    "Mo-Fr 08:30-17:30; Sa,Su,PH off",
    "Tu-Su 09:00-20:00",
    "Sa 10:00-12:00",
    "PH 10:00-12:00",
    "PH off",
    "Nov 15-Mar 15 08:00-17:00; Mar 16-Nov 14 07:00-19:00",
    "Dec 01-Feb 28 Mo-Fr 09:00-17:00",
    "2026 Dec 24-26 off; Mo-Su 09:00-17:00",
    "Mo-Su 10:00+",
    "Mo-Su 10:00-12:00+",
    "Mo-Su sunrise-sunset",
    "SH 09:00-17:00",
    'Mo-Fr 09:00-17:00; Sa "by appointment"',
    "Jun-Aug 09:00-17:00",
    "2030 Mo-Su 09:00-17:00",
)
DAYS = (
    SATURDAY,
    date(2026, 12, 25),  # New Year's Eve, and a year that is not known yet
    date(2026, 1, 1),  # with a make-up Sunday on the 4th
    date(2026, 2, 10),  # with the eve of the Spring Festival, the Festival and two make-up Saturdays
    date(2026, 9, 18),  # with a make-up Sunday on the 20th and the two autumn holidays
)
TIMES = ("00:00", "07:31", "08:30", "16:45", "19:45", "23:59")


def load(donghuamen: Path, tmp_path: Path, stations: Sequence[Station]) -> Catalog:
    """Load stations as a catalogue, through files as the service does."""
    folder = shutil.copytree(donghuamen, tmp_path / "geodata")
    for kind, name in LAYERS.items():
        write_stations(folder / name, [station for station in stations if station.kind == kind], {})
    return Catalog(load_geodata(folder))


@pytest.fixture
def hours(donghuamen: Path, tmp_path: Path) -> Catalog:
    """One station with each way of opening, and one that says nothing, side by side."""
    texts = (*HOURS, None)
    return load(
        donghuamen,
        tmp_path,
        [
            Station(f"h-{turn}", str(text), "warm_station", 39.9155 + turn / 1e5, 116.405, hours=text)
            for turn, text in enumerate(texts)
        ],
    )


@pytest.mark.parametrize("first", DAYS, ids=str)
def test_open_states_are_said_as_the_server_says_them(device: Window, hours: Catalog, first: date) -> None:
    """Every way of opening, six times on each of fifteen days and at random: state, end and words are the same."""
    rng = random.Random(5)
    start = local(f"{first}T00:00")
    instants = [local(f"{first + timedelta(days)}T{time}") for days in range(15) for time in TIMES]
    instants += [start + timedelta(seconds=rng.randrange(15 * 86_400)) for _ in range(60)]
    questions = [{**HERE, "radius_m": 2000, "limit": 100, "at": milliseconds(at)} for at in instants]
    states = set()
    for lang in ("zh", "en"):
        for question, answer in zip(questions, Phone(device, hours, first, lang).ask(*questions), strict=True):
            assert_same(answer, served(hours, question, lang))
            states |= {hit["open"]["state"] for hit in answer["stations"]}
    assert states == {"open", "closed", "unknown"}


ALWAYS, UNKNOWN = "24小时开放", "开放时间不详"
MAY_DIFFER, NOT_KNOWN = "（节假日，时间可能有变）", "（节假日安排未知）"


# Of "Tu-Su 09:00-20:00", "24/7", words nobody can read, "Mo-Su 22:00-06:00" and "Mo-Fr 08:30-17:30; PH off". The
# days of the calendar end with 2026, but for 1 January 2027.
@pytest.mark.parametrize(
    ("first", "time", "said"),
    [
        (  # a Saturday, a quarter before closing
            SATURDAY,
            "2026-11-21T19:45",
            ["15分钟后关闭", ALWAYS, UNKNOWN, "已关闭，22:00开放", "已关闭，周一08:30开放"],
        ),
        (  # minutes from an hour on
            SATURDAY,
            "2026-11-21T19:00",
            ["60分钟后关闭", ALWAYS, UNKNOWN, "已关闭，22:00开放", "已关闭，周一08:30开放"],
        ),
        (
            SATURDAY,
            "2026-11-21T23:59",
            ["已关闭，明天09:00开放", ALWAYS, UNKNOWN, "开放中，明天06:00关闭", "已关闭，周一08:30开放"],
        ),
        (  # New Year's Eve, a Thursday: whether the weekend's holiday lasts till Monday is not known
            date(2026, 12, 31),
            "2026-12-31T18:00",
            ["开放中，20:00关闭", ALWAYS, UNKNOWN, "已关闭，22:00开放", f"已关闭，周一08:30开放{NOT_KNOWN}"],
        ),
        (  # New Year's Day: only the last station says what holds on it
            date(2026, 12, 20),
            "2027-01-01T10:00",
            [
                f"开放中，20:00关闭{MAY_DIFFER}",
                ALWAYS,
                UNKNOWN,
                f"已关闭，22:00开放{MAY_DIFFER}",
                f"已关闭，周一08:30开放{NOT_KNOWN}",
            ],
        ),
        (  # a Sunday worked to make up for the holiday of New Year
            date(2026, 1, 1),
            "2026-01-04T10:00",
            ["开放中，20:00关闭", ALWAYS, UNKNOWN, "已关闭，22:00开放", "开放中，17:30关闭"],
        ),
        (  # the Sunday before it is not
            date(2025, 12, 28),
            "2025-12-28T10:00",
            ["开放中，20:00关闭", ALWAYS, UNKNOWN, "已关闭，22:00开放", "已关闭，明天08:30开放"],
        ),
    ],
)
def test_words_at_instants_worked_out_by_hand(
    device: Window, catalog: Catalog, first: date, time: str, said: list[str]
) -> None:
    """A quarter before closing, a minute before midnight, New Year's Eve and Day, a make-up Sunday."""
    question = {**HERE, "radius_m": 1000, "limit": 10, "at": milliseconds(local(time))}
    (answer,) = Phone(device, catalog, first).ask(question)
    texts = {hit["station_id"]: hit["open"]["text"] for hit in answer["stations"]}
    assert [texts[station_id] for station_id in ("tw-1", "tw-2", "tw-3", "tw-5", "wh-1")] == said


NIGHT, OFFICE, HOLIDAY_NIGHT = "Mo-Su 22:00-06:00", "Mo-Fr 08:30-17:30; PH off", "Mo-Su 20:00-02:00; PH off"


# The State Council's holidays of 2026: New Year 1 to 3 January, the Spring Festival 15 to 23 February, National
# Day 1 to 7 October; worked to make up for them are, among others, Sunday 4 January, Saturday 14 and Saturday 28
# February, Sunday 20 September and Saturday 10 October.
@pytest.mark.parametrize(
    ("text", "time", "state", "until"),
    [
        (NIGHT, "2026-11-21T21:59:59", "closed", "2026-11-21T22:00"),
        (NIGHT, "2026-11-21T22:00:00", "open", "2026-11-22T06:00"),
        (NIGHT, "2026-11-21T23:59:59", "open", "2026-11-22T06:00"),
        (NIGHT, "2026-11-22T00:00:00", "open", "2026-11-22T06:00"),
        (NIGHT, "2026-11-22T05:59:59", "open", "2026-11-22T06:00"),
        (NIGHT, "2026-11-22T06:00:00", "closed", "2026-11-22T22:00"),
        (OFFICE, "2026-09-20T08:29:59", "closed", "2026-09-20T08:30"),  # a Sunday that is worked
        (OFFICE, "2026-09-20T08:30:00", "open", "2026-09-20T17:30"),
        (OFFICE, "2026-09-27T10:00:00", "closed", "2026-09-28T08:30"),  # the next Sunday is not
        (OFFICE, "2026-09-30T17:30:00", "closed", "2026-10-08T08:30"),  # the last workday before National Day
        (OFFICE, "2026-10-01T10:00:00", "closed", "2026-10-08T08:30"),
        (OFFICE, "2026-10-08T08:30:00", "open", "2026-10-08T17:30"),
        (OFFICE, "2026-10-10T10:00:00", "open", "2026-10-10T17:30"),  # a Saturday that is worked
        (OFFICE, "2026-02-13T17:30:00", "closed", "2026-02-14T08:30"),  # so is this one
        (OFFICE, "2026-02-14T17:30:00", "closed", "2026-02-24T08:30"),
        (HOLIDAY_NIGHT, "2026-10-01T01:59:59", "open", "2026-10-01T02:00"),  # the shift of the day before
        (HOLIDAY_NIGHT, "2026-10-01T02:00:00", "closed", "2026-10-08T20:00"),
        (HOLIDAY_NIGHT, "2026-10-08T00:00:00", "closed", "2026-10-08T20:00"),  # that of a holiday there was not
        (HOLIDAY_NIGHT, "2026-10-09T00:00:00", "open", "2026-10-09T02:00"),
    ],
)
def test_midnights_and_holidays_worked_out_by_hand(
    device: Window, donghuamen: Path, tmp_path: Path, text: str, time: str, state: str, until: str
) -> None:
    """The device and the catalogue say the same, which is what the calendar on the wall says."""
    station = Station("night", "驿站", "warm_station", 39.9155, 116.405, hours=text)
    catalog = load(donghuamen, tmp_path, [station])
    question = {**HERE, "radius_m": 1000, "limit": 1, "at": milliseconds(local(time))}
    (answer,) = Phone(device, catalog, local(time).date()).ask(question)
    for hits in (answer["stations"], served(catalog, question, "zh")["stations"]):
        assert (hits[0]["open"]["state"], hits[0]["open"]["until"]) == (state, f"{until}:00+08:00")


@pytest.mark.parametrize(("lang", "text"), [("zh", "开放时间不详"), ("en", "hours unknown")])
@pytest.mark.parametrize("time", ["2026-11-20T23:59:59", "2026-12-06T00:00", "2036-12-06T12:00"])
def test_outside_the_days_that_it_knows_hours_are_unknown(
    device: Window, catalog: Catalog, time: str, lang: str, text: str
) -> None:
    """Before the first and after the last of fifteen days; nothing counts as open then."""
    question = {**HERE, "radius_m": 1000, "limit": 10, "at": milliseconds(local(time))}
    plain, filtered = Phone(device, catalog, lang=lang).ask(question, {**question, "open_at": "now"})
    assert len(plain["stations"]) == 5
    for hit in plain["stations"]:
        assert hit["open"] == {"state": "unknown", "until": None, "text": text}
    assert (filtered["stations"], filtered["beyond"]) == ([], None)


def test_the_days_that_it_knows_are_fifteen(device: Window, catalog: Catalog) -> None:
    """The first and the last minute of them have a state."""
    times = ("2026-11-21T00:00", "2026-12-05T23:59")
    questions = [{**HERE, "radius_m": 1000, "limit": 10, "at": milliseconds(local(time))} for time in times]
    for answer in Phone(device, catalog).ask(*questions):
        assert {hit["open"]["state"] for hit in answer["stations"]} == {"open", "closed", "unknown"}


def test_hours_of_other_data_are_not_believed(device: Window, catalog: Catalog, city: Catalog) -> None:
    """Their numbers mean other schedules: every state is unknown, and other data's names are left alone."""
    mine, other = Phone(device, catalog).documents(), Phone(device, city).documents()
    question = {**HERE, "radius_m": 1000, "limit": 10, "at": milliseconds(local("2026-11-21T12:00"))}
    found = device.evaluate(ASK, [mine[0], other[1], other[2], json.dumps([question])])
    (answer,) = json.loads(found)
    assert {hit["open"]["text"] for hit in answer["stations"]} == {"开放时间不详"}
    assert {hit["pinyin"] for hit in answer["stations"]} == {None}


# Where a name is


def random_texts(catalog: Catalog, count: int) -> list[str]:
    """Make up what people type: pieces of names, addresses, pinyin and initials, in small and capital letters."""
    rng = random.Random(6)
    texts = []
    for _ in range(count):
        number = rng.randrange(len(catalog))
        pinyin = catalog.column("pinyin")[number]
        whole = rng.choice(
            [
                *(
                    catalog.column(name)[number]
                    for name in ("name", "name_en", "address", "sub_district", "district")
                ),
                pinyin,
                pinyin.replace(" ", ""),
                initials(pinyin),
                rng.choice(catalog.districts).name_en,
                spelt := pinyin_of(
                    rng.choice([catalog.column(name)[number] for name in ("sub_district", "district")])
                ),
                spelt.replace(" ", ""),
                initials(spelt),
            ]
        )
        start = rng.randrange(len(whole))
        text = whole[start : start + rng.randrange(2, 12)]
        texts.append(rng.choice([text, text.upper(), f"  {text} "]))
    return texts


@pytest.mark.parametrize(("limit", "count"), [(8, 40), (10_000, 10)])
def test_a_name_leads_to_the_places_that_the_server_finds(
    device: Window, city: Catalog, limit: int, count: int
) -> None:
    """Districts, sub-districts and stations in its order, for pieces of names in every spelling."""
    texts = [*random_texts(city, count), "东", "dongcheng", "dcq", "chaoyangqu", "zzzz", "", "  ", "0001", "\\"]
    texts += [initials(pinyin_of(place.name)) for place in city.sub_districts()[:5]]
    texts.append(initials(city.column("pinyin")[77]))
    expected = [city.search(text, limit) for text in texts]
    assert max(map(len, expected)) > limit / 3
    for lang in ("zh", "en"):
        for found, places in zip(Phone(device, city, lang=lang).search(texts, limit), expected, strict=True):
            assert [(p["name"], p["what"], p["key"]) for p in found] == [
                (p.name, p.what, p.station_id or id_of(p.what, p.district, p.name)) for p in places
            ]
            if lang == "zh":
                assert [p["district"] for p in found] == [p.district for p in places]
            assert all(abs(p["lat"] - place.lat) < 1e-6 for p, place in zip(found, places, strict=True))
            assert all(abs(p["lon"] - place.lon) < 1e-6 for p, place in zip(found, places, strict=True))


def test_initials_find_donghuamen(device: Window, catalog: Catalog) -> None:
    """In the order of the server: the sub-district, then the station whose name begins so; and dcq is 东城区."""
    found, district = Phone(device, catalog).search(["dhm", "dcq"], 8)
    assert [(place["name"], place["what"]) for place in found] == [
        ("东华门街道", "sub_district"),
        ("东华门街道工会服务站", "station"),
    ]
    assert (found[1]["lat"], found[1]["lon"]) == (39.9162, 116.4042)
    assert [(place["name"], place["what"]) for place in district] == [("东城区", "district")]


TRADITIONAL = OpenCC("s2t")


def test_the_device_reads_what_is_typed_as_the_server_does(
    device: Window, city: Catalog, catalog: Catalog
) -> None:
    """Full-width letters and digits, traditional characters, blanks."""
    wide = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
    for stations, pieces in ((catalog, ["东华门", "便利店", "dhm", "Dong Hua"]), (city, random_texts(city, 30))):
        texts = [
            form(piece) for piece in pieces for form in (TRADITIONAL.convert, lambda text: text.translate(wide))
        ]
        expected = [stations.search(text, 8) for text in texts]
        assert [bool(found) for found in expected] == [
            bool(stations.search(text, 8)) for text in pieces for _ in "12"
        ]
        for found, places in zip(Phone(device, stations).search(texts, 8), expected, strict=True):
            assert [(place["name"], place["what"]) for place in found] == [(p.name, p.what) for p in places]


def test_data_that_were_kept_before_characters_were_told_are_searched(device: Window, catalog: Catalog) -> None:
    """In simplified characters, as before."""
    columns, hours, names = Phone(device, catalog).documents()
    old = {
        name: said for name, said in json.loads(names or "").items() if name not in ("traditional", "simplified")
    }
    found = json.loads(device.evaluate(SEARCH, [columns, hours, json.dumps(old), ["ＤＨＭ", "東華門"], 8]))
    assert [len(places) for places in found] == [2, 0]


PAIRS = """
39.9155, 116.4050
39.9155，116.405
３９．９１５５，１１６．４０５
116.405 39.9155
39.9155°N 116.405°E
東經116.405 北緯39.9155
39°54'55.8"N 116°24'18"E
39°54′55.8″ 116°24′18″
POINT (116.405 39.9155)
87.6168,43.8256
69.65, 18.96
-33.87 151.21
151.21, -33.87
33.87S 151.21E
45.5 -73.6
e5 n3
n 3°, e 5°
lat 39 lon 116
95.5, 100.5
-95.5 10.5
39.9155
3 5
39,116
39.9155, 116.405, 20
东华门 39.9155, 116.405
39.9N 40.1N
39°70' 116°24'
1.1.1 2
1e3,2.5
dhm
""".splitlines()


def test_a_typed_position_is_what_it_is_to_the_server(device: Window, catalog: Catalog) -> None:
    """A place of its own without a network too; one out of range, or something else, is none."""
    for text, found in zip(PAIRS, Phone(device, catalog).search(PAIRS, 1), strict=True):
        pair = read_pair(text)
        expected = [pair] if pair and abs(pair[0]) <= 90 and abs(pair[1]) <= 180 else []
        said = [place for place in found if place["what"] == "position"]
        assert [(place["lat"], place["lon"]) for place in said] == [pytest.approx(p, abs=1e-12) for p in expected]
    assert sum(bool(read_pair(text)) for text in PAIRS) > 15


LIST = """([compact, hours, names, wanted]) => {
  const engine = locator.engine.open(JSON.parse(compact), JSON.parse(hours));
  engine.addNames(JSON.parse(names));
  return JSON.stringify(wanted.map(([name, query]) => engine.district(name, query)));
}"""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_districts_stations_are_those_that_the_server_lists(device: Window, city: Catalog, lang: str) -> None:
    """Every district, by name, with and without choices, at 19:45: the same stations in the same states."""
    evening = local("2026-11-21T19:45")
    choices: list[dict[str, Any]] = [
        {},
        {"kinds": ["worker_home"]},
        {"amenities": ["seats", "microwave"]},
        {"open_at": "now"},
        {"kinds": ["warm_station"], "amenities": ["shower"], "open_at": "2026-11-22T03:00"},
    ]
    wanted = [
        [district.name, {"limit": 50, "at": milliseconds(evening), **choice}]
        for district in city.districts
        for choice in choices
    ]
    found = json.loads(device.evaluate(LIST, [*Phone(device, city, lang=lang).documents(), wanted]))
    names, ids = city.column("name"), city.column("station_id")
    for (name, query), answer in zip(wanted, found, strict=True):
        open_at = query.get("open_at")
        then = None if open_at is None else evening if open_at == "now" else local(open_at)
        everyone = [number for number, said in enumerate(city.column("district")) if said == name]
        fitting = city.fitting(
            sorted(everyone, key=lambda number: (city.fact(number, "status") is not None, names[number])),
            kinds=frozenset(query.get("kinds", ())),
            amenities=frozenset(query.get("amenities", ())),
            open_at=then,
        )
        in_service = [city.fact(number, "status") is None for number in fitting]
        assert answer["all"] == sum(city.fact(number, "status") is None for number in everyone)
        assert (answer["n"], answer["out_of_service"]) == (in_service.count(True), in_service.count(False))
        assert [station["station_id"] for station in answer["stations"]] == [ids[n] for n in fitting[:50]]
        states = [city.open_facts(n, then or evening, lang) for n in fitting[:50]]
        assert [station["open"] for station in answer["stations"]] == states


def test_a_district_is_known_by_every_name_of_it(device: Window, catalog: Catalog) -> None:
    """In English, in traditional characters, full-width, as on the server; what is none has no empty list."""
    named = ["东城区", "東城區", "Dongcheng", "ＤＯＮＧＣＨＥＮＧ", " dongcheng "]
    wanted = [[name, {"limit": 50}] for name in [*named, "东城", "nowhere", ""]]
    *known, short, nowhere, empty = json.loads(
        device.evaluate(LIST, [*Phone(device, catalog).documents(), wanted])
    )
    assert [(answer["title"], answer["all"]) for answer in known] == [("东城区", 6)] * len(named)
    assert [short, nowhere, empty] == [None, None, None]
    search = SEARCH.replace("engine.search(text, limit)", "engine.search(text, limit, '東城區')")
    ((place, *_),) = json.loads(device.evaluate(search, [*Phone(device, catalog).documents(), ["东华门街道"], 8]))
    assert place["district"] == "东城区"


def test_a_search_within_a_district_leaves_out_the_others(
    device: Window, donghuamen: Path, tmp_path: Path
) -> None:
    """Two sub-districts and two stations of one name lie in two districts."""
    stations = [
        Station("a", "新华驿站", "warm_station", 39.9, 116.4, district="东城区", sub_district="新华街道"),
        Station("b", "新华驿站", "warm_station", 39.8, 116.4, district="丰台区", sub_district="新华街道"),
    ]
    documents = Phone(device, load(donghuamen, tmp_path, stations)).documents()
    search = SEARCH.replace("engine.search(text, limit)", "engine.search(text, limit, '丰台区')")
    xinhua, districts = json.loads(device.evaluate(search, [*documents, ["xinhua", "区"], 8]))
    assert [(place["what"], place["lat"], place["district"]) for place in xinhua] == [
        ("sub_district", 39.8, "丰台区"),
    ]
    assert [place["name"] for place in districts] == ["丰台区"]


def test_without_the_names_stations_are_found_by_the_name_on_the_map(device: Window, catalog: Catalog) -> None:
    """The compact data alone find 东华门, and neither a district nor pinyin."""
    found = Phone(device, catalog, has_names=False).search(["东华门", "东城", "dhm"], 8)
    assert [[place["name"] for place in each] for each in found] == [["东华门街道工会服务站"], [], []]
