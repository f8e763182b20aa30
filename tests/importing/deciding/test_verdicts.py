"""Every row is taken, taken with a doubt, or refused, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from locator.geo.datum import Datum
from locator.importing.deciding.similarity import are_similar, bare_name
from locator.importing.deciding.verdicts import Doubt, Refusal, WaitingRow, find_verdicts
from locator.importing.understanding.datums import Judgement
from locator.importing.understanding.district_areas import Area
from locator.importing.understanding.positions import RowPositions
from locator.importing.understanding.values import Draft, Unread
from locator.language.messages import Message, message
from locator.stations.geodata import read_districts
from locator.stations.reading import COLUMNS
from locator.stations.schema import Station

BEIJING = Area(read_districts(Path(__file__).resolve().parents[3] / "geodata" / "districts.geojson"))
GEOD = Geod(ellps="WGS84")
HERE = (116.405, 39.915)


def north(metres: float, lonlat: tuple[float, float] = HERE) -> tuple[float, float]:
    """Go north."""
    lon, lat, _ = GEOD.fwd(*lonlat, 0, metres)
    return lon, lat


def judged(places: Sequence[tuple[float, float]], **said: Any) -> tuple[list[Refusal], list[Doubt]]:
    """Judge rows at these positions; none of them waits."""
    refused, waiting, doubts = judged_all(places, **said)
    assert waiting == []
    return refused, doubts


def judged_all(
    places: Sequence[tuple[float, float]],
    *,
    ids: Sequence[str] | None = None,
    published: Sequence[Station] = (),
    unread: Sequence[Unread] = (),
    area: Area = BEIJING,
    anywhere: bool = False,
    faults: dict[int, str] | None = None,
    contradiction: Message | None = None,
    **said: Sequence[Any],
) -> tuple[list[Refusal], list[WaitingRow], list[Doubt]]:
    """Judge rows at these positions, good unless told otherwise."""
    count = len(places)
    columns: dict[str, list[Any]] = {name: [None] * count for name in COLUMNS}
    columns["name"] = [f"{'甲乙丙丁戊己庚辛'[row % 8] * 3}驿站{row}" for row in range(count)]
    columns["kind"] = ["warm_station"] * count
    columns |= {name: list(values) for name, values in said.items()}
    judgement = Judgement(Datum.WGS84, True, (), contradiction)
    placed = RowPositions(np.array(places, dtype=float).reshape(-1, 2), judgement, faults or {}, {})
    return find_verdicts(
        Draft(columns, list(unread), {}),
        placed,
        ids or [f"id{row}" for row in range(count)],
        area,
        published,
        source="list",
        kind="warm_station",
        anywhere=anywhere,
    )


def station(station_id: str, lonlat: tuple[float, float] = HERE, **facts: Any) -> Station:
    """Publish a station of another list unless told otherwise."""
    facts = {"name": "东华门街道工会服务站", "kind": "warm_station", "source": "other", **facts}
    return Station(station_id, lat=lonlat[1], lon=lonlat[0], **facts)


def codes(doubts: Sequence[Doubt]) -> list[tuple[int, str]]:
    """Name the doubts by row and code."""
    return [(doubt.row, doubt.code) for doubt in doubts]


def test_good_rows_are_taken() -> None:
    """Three stations a hundred metres apart, nothing to say."""
    assert judged([north(0), north(100), north(200)]) == ([], [])


def test_an_empty_list_has_no_verdicts() -> None:
    """No row, no verdict."""
    assert judged([]) == ([], [])


def test_rows_are_refused_for_what_every_station_must_have() -> None:
    """No name, no position, a number nobody can read; a row has one refusal with all its reasons."""
    nothing = (float("nan"), float("nan"))
    unread = [Unread(3, "area_m2", "8平方多", True, "it is not a number.")]
    refused, _ = judged(
        [north(0), nothing, north(200)],
        name=[None, " ", "驿站"],
        faults={2: "it has no position. Give its latitude and longitude."},
        unread=unread,
    )
    assert [one.row for one in refused] == [1, 2, 3]
    assert "no name" in refused[0].reason
    assert refused[1].reason.count("no position") == 1
    assert "Also: it has no name" in refused[1].reason
    assert refused[2].reason == "the area_m2 '8平方多': it is not a number."


def test_a_fault_is_told_once() -> None:
    """A name that is too long is left unknown by the reading, which is no second fault."""
    unread = [Unread(1, "name", "站" * 80, True, "it has 300 characters and 200 is the most.")]
    refused, _ = judged([HERE], name=[None], unread=unread)
    assert "Also" not in refused[0].reason


def test_a_row_whose_only_fault_is_its_position_waits() -> None:
    """It is neither refused nor in doubt; with a second fault it is refused, and says both."""
    nothing = (float("nan"), float("nan"))
    faults = {1: "it has no position.", 2: "it has no position."}
    found = judged_all([nothing, nothing], name=["东四驿站", None], address=["东四", None], faults=faults)
    refused, waiting, doubts = found
    assert waiting == [WaitingRow(1, "id0", "东四驿站", "东四", None, "it has no position.")]
    assert [one.row for one in refused] == [2]
    assert refused[0].reason.startswith("it has no position. Also: it has no name")
    assert doubts == []


def test_a_row_without_a_position_that_stands_twice_waits_once() -> None:
    """The second says the same, so it is taken once."""
    nothing = (float("nan"), float("nan"))
    faults = {1: "it has no position.", 2: "it has no position."}
    refused, waiting, _ = judged_all([nothing] * 2, ids=["a", "a"], name=["驿站", "驿站"], faults=faults)
    assert [one.row for one in waiting] == [1]
    assert "the same as row 1" in refused[0].reason


def test_far_outside_every_district_waits() -> None:
    """Tianjin is not served by Beijing's districts, unless anywhere will do or there are no districts."""
    tianjin = (117.2, 39.13)
    assert "5 km" in judged_all([tianjin])[1][0].reason
    assert judged([tianjin], anywhere=True)[0] == []
    assert judged([tianjin], area=Area(()))[0] == []


def test_the_margin_is_measured_along_the_ground() -> None:
    """4.9 km north of the northernmost point of the districts is inside, 5.1 km is not."""
    lat, lon = max((y, x) for one in BEIJING.districts for x, y in _vertices(one.outline))
    assert judged([north(4900, (lon, lat))])[0] == []
    assert len(judged_all([north(5100, (lon, lat))])[1]) == 1


def _vertices(outline: Any) -> list[tuple[float, float]]:
    parts = getattr(outline, "geoms", [outline])
    return [point for part in parts for point in part.exterior.coords]


def test_a_repeated_id_is_refused_and_a_repeated_row_is_told() -> None:
    """The same id with other facts is a fault; the same row again is only taken once."""
    refused, _ = judged([HERE, HERE, north(100)], ids=["a", "a", "a"], name=["驿站", "驿站", "别的"])
    assert [one.row for one in refused] == [2, 3]
    assert refused[0].reason == "it says the same as row 1, so it is taken once."
    assert refused[1].reason == "the station_id 'a' stands already in row 1. Give each its own."


def test_a_pile_of_names_on_one_coordinate_is_doubtful() -> None:
    """Three names on one spot are, two are not."""
    assert codes(judged([HERE] * 3)[1]) == [(1, "piled"), (2, "piled"), (3, "piled")]
    assert judged([HERE] * 2)[1] == []
    assert "3 stations" in judged([HERE] * 3)[1][0].reason


def test_another_district_than_it_says_is_doubtful() -> None:
    """Tian'anmen is in Dongcheng: a row there that says Haidian is told where it lies."""
    _, doubts = judged([(116.397, 39.908)] * 1, district=["海淀区"])
    assert codes(doubts) == [(1, "other_district")]
    assert "names 海淀区, but lies in 东城区" in doubts[0].reason
    assert judged([(116.4042, 39.9162)], district=["东城区"])[1] == []
    assert judged([(116.4042, 39.9162)], district=["高新区"])[1] == []


def test_a_row_just_across_the_line_is_no_doubt() -> None:
    """Outlines are coarse: a hundred metres outside says nothing, three hundred does."""
    lat, lon = max((y, x) for one in BEIJING.districts for x, y in _vertices(one.outline))
    name = next(one.name for one in BEIJING.districts if (lon, lat) in _vertices(one.outline))
    assert judged([north(100, (lon, lat))], district=[name])[1] == []
    assert codes(judged([north(300, (lon, lat))], district=[name])[1]) == [(1, "other_district")]


def test_duplicates_within_the_list_are_told_both_ways() -> None:
    """The same name 40 m apart, the same but for its branch, and a slip of the pen."""
    pairs = [
        ("东华门驿站", "东华门 驿站", 40, True),
        ("链家（东四店）", "链家", 40, True),
        ("东华门街道工会服务站", "东华门街道工会服务点", 25, True),
        ("东华门街道工会服务站", "东华门街道工会服务点", 40, False),
        ("东华门驿站", "东华门驿站", 60, False),
        ("金宝街一号院暖心驿站", "金宝街二号院暖心驿站", 10, False),
        ("东华门驿站", "朝阳门职工之家", 10, False),
    ]
    for one, other, metres, expected in pairs:
        _, doubts = judged([HERE, north(metres)], name=[one, other])
        assert codes(doubts) == ([(1, "duplicate"), (2, "duplicate")] if expected else []), (one, other)
        if expected:
            assert f"row 2, {other}, is {metres} m away" in doubts[0].reason


def test_similar_names_of_different_kinds_are_no_duplicates() -> None:
    """A home and a station may share most of a name."""
    names = ["东华门街道工会服务站", "东华门街道工会服务点"]
    assert judged([HERE, north(10)], name=names, kind=["warm_station", "worker_home"])[1] == []


def test_published_stations_of_other_lists_are_looked_at_too() -> None:
    """Those of the list itself are replaced by it, so they are no duplicates of it."""
    name = ["东华门街道工会服务站"]
    _, doubts = judged([north(20)], name=name, published=[station("x")])
    assert "station x" in doubts[0].reason
    assert judged([north(20)], name=name, published=[station("x", source="list")])[1] == []


def test_a_file_that_names_another_datum_is_a_doubt_about_every_row() -> None:
    """The reason names both, so that a steward sees it whichever row is looked at."""
    _, doubts = judged([HERE, north(500)], contradiction=message("read as WGS 84, but the file says BD-09"))
    assert [(doubt.row, doubt.code) for doubt in doubts] == [(1, "datum"), (2, "datum")]
    assert "BD-09" in doubts[1].reason


def test_a_station_that_moved_or_changed_its_kind_is_doubtful() -> None:
    """It is the same by its id; 301 m are far, 299 m are not."""
    before = [station("id0", kind="worker_home", source="list")]
    _, doubts = judged([north(301)], published=before)
    assert codes(doubts) == [(1, "moved"), (1, "kind_changed")]
    assert "301 m" in doubts[0].reason
    assert "worker home" in doubts[1].reason
    assert codes(judged([north(299)], published=[station("id0", source="list")])[1]) == []


def test_hours_that_were_not_read_are_doubtful() -> None:
    """The words are there, the hours are not."""
    _, doubts = judged([HERE], hours_text=["看情况"])
    assert codes(doubts) == [(1, "hours_unreadable")]
    assert "看情况" in doubts[0].reason


def test_refused_rows_have_no_doubts_and_cause_none() -> None:
    """A row without a kind is not there, so its twin has no duplicate."""
    refused, doubts = judged([HERE, north(5)], name=["驿站", "驿站"], kind=["warm_station", "shed"])
    assert [one.row for one in refused] == [2]
    assert doubts == []


NAMES = (
    "东华门驿站",
    "东华门 驿站",
    "东华门驿站(二)",
    "东华门街道工会服务站",
    "东华门街道工会服务点",
    "链家店",
    "链家",
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 12), st.integers(0, 12)), max_size=9))
def test_duplicates_are_those_that_looking_at_every_pair_finds(rows: list[tuple[str, int, int]]) -> None:
    """A small list against a search by brute force."""
    names = [name for name, _, _ in rows]
    places = [(HERE[0] + x * 1e-4, HERE[1] + y * 1e-4) for _, x, y in rows]
    expected = {
        one + 1
        for one in range(len(rows))
        for other in range(len(rows))
        if one != other and _is_duplicate(names[one], names[other], GEOD.inv(*places[one], *places[other])[2])
    }
    _, doubts = judged(places, name=names)
    assert {doubt.row for doubt in doubts if doubt.code == "duplicate"} == expected


def _is_duplicate(one: str, other: str, metres: float) -> bool:
    if metres <= 50 and (one.replace(" ", "") == other.replace(" ", "") or bare_name(one) == bare_name(other)):
        return True
    plain = [name.replace(" ", "").replace("(", "").replace(")", "") for name in (one, other)]
    return metres <= 30 and are_similar(*sorted(plain))


def test_similar_is_a_matter_of_letters_not_of_numbers() -> None:
    """0.85 of the letters, and the same numbers; bare names lose brackets and branches only."""
    assert SequenceMatcher(None, "东华门街道工会服务站", "东华门街道工会服务点").ratio() >= 0.85
    assert are_similar("东华门街道工会服务点", "东华门街道工会服务站")
    assert not are_similar("东华门街道工会服务站1", "东华门街道工会服务站2")
    assert not are_similar("", "")
    assert bare_name("链家（东四店）") == bare_name("链家 ") == "链家"
    assert bare_name("（东四）") == "东四"
