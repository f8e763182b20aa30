"""Quotas and standards, judged by hand on stations of which little is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import shapely

from locator.planning.inputs.rule_files import (
    Quota,
    Requirement,
    Standard,
    read_standards,
)
from locator.planning.inputs.supply import Supply
from locator.planning.measures.rule_verdicts import QuotaVerdict, Verdict, judge_quota, judge_standard
from locator.stations.holidays import HolidayCalendar
from locator.stations.schema import AMENITIES, District

GEODATA = Path(__file__).resolve().parents[3] / "geodata"
NANSHAN = "南山区"
HERE = (0.5, 0.5)

Row = tuple[str, str | None, str | None]


def supply_of_rows(rows: Sequence[Row], lonlat: Sequence[tuple[float, float]] | None = None) -> Supply:
    """Stations by kind, district and sub-district, all in one place unless said otherwise."""
    n = len(rows)
    return Supply(
        ids=tuple(f"s{number}" for number in range(n)),
        names=tuple(f"驿站{number}" for number in range(n)),
        lonlat=np.array(lonlat or [HERE] * n, dtype=np.float64).reshape(-1, 2),
        kinds=tuple(kind for kind, _, _ in rows),
        tiers=(None,) * n,
        districts=tuple(district for _, district, _ in rows),
        sub_districts=tuple(sub for _, _, sub in rows),
        amenities=np.zeros(n, dtype=np.intp),
        lacking=np.zeros(n, dtype=np.intp),
        hours=(None,) * n,
        accuracy_m=np.full(n, np.nan),
        calendar=HolidayCalendar(),
        version="test",
    )


def mask(*words: str) -> int:
    """Amenities as bits."""
    return sum(1 << list(AMENITIES).index(word) for word in words)


def equipped(
    *rows: tuple[Sequence[str], Sequence[str]],
    accuracy_m: Sequence[float] | None = None,
    hours: Sequence[str | None] | None = None,
) -> Supply:
    """Warm stations by what they are known to have and to lack."""
    plain = supply_of_rows([("warm_station", None, None)] * len(rows))
    return Supply(
        **{name: getattr(plain, name) for name in ("ids", "names", "lonlat", "kinds", "tiers")},
        **{name: getattr(plain, name) for name in ("districts", "sub_districts", "calendar", "version")},
        amenities=np.array([mask(*yes) for yes, _ in rows], dtype=np.intp),
        lacking=np.array([mask(*no) for _, no in rows], dtype=np.intp),
        hours=tuple(hours or [None] * len(rows)),
        accuracy_m=np.array(accuracy_m or [np.nan] * len(rows)),
    )


def quota(level: str, *, within: str | None = None, areas: int | None = None, least: int = 2) -> Quota:
    """At least so many community stations."""
    return Quota("rule", "规则", "Rule", level, within, areas, "community_station", least, "written for tests")


def standard_of(*requirements: Requirement, kinds: frozenset[str] = frozenset()) -> Standard:
    """A standard for all kinds unless said otherwise."""
    return Standard("standard", "标准", "Standard", kinds, "written for tests", requirements)


def box(name: str, west: float, south: float) -> District:
    """An area of one degree."""
    return District(name, name, f"{name} en", 0, shapely.box(west, south, west + 1, south + 1))


def said(verdicts: Sequence[QuotaVerdict]) -> list[tuple[str | None, int, int, str]]:
    """Shorten verdicts to name, count, undecided and word."""
    return [(found.name, found.count, found.undecided, found.verdict.word) for found in verdicts]


COMMUNITY, WARM = "community_station", "warm_station"


def test_an_area_that_no_station_names_is_unknown() -> None:
    """Of eight sub-districts two are named: one has enough, one has not, six nobody knows."""
    rows: list[Row] = [(COMMUNITY, NANSHAN, "甲")] * 2
    supply = supply_of_rows([*rows, (WARM, NANSHAN, "乙"), (COMMUNITY, "福田区", "丙")])
    verdicts = judge_quota(quota("sub_district", within=NANSHAN, areas=8), supply, {})
    assert said(verdicts) == [("乙", 0, 0, "fail"), ("甲", 2, 0, "pass"), (None, 0, 0, "unknown")]
    assert [found.areas for found in verdicts] == [1, 1, 6]
    assert verdicts[0].district == NANSHAN


def test_where_nobody_says_how_many_areas_there_are_some_may_be_unseen() -> None:
    """The last verdict is about areas without number."""
    (_, unseen) = judge_quota(quota("sub_district"), supply_of_rows([(WARM, "东城区", "甲")]), {})
    assert (unseen.name, unseen.areas, unseen.verdict) == (None, None, Verdict.UNKNOWN)


def test_where_every_area_is_named_none_is_unseen() -> None:
    """As many names as areas: no verdict on others."""
    supply = supply_of_rows([(WARM, NANSHAN, "甲"), (WARM, NANSHAN, "乙")])
    verdicts = judge_quota(quota("sub_district", within=NANSHAN, areas=2), supply, {})
    assert [found.name for found in verdicts] == ["乙", "甲"]


def test_stations_that_may_belong_make_a_failure_unknown() -> None:
    """One known and one whose sub-district nobody wrote down may be two; one more would still be too few."""
    rows: list[Row] = [(COMMUNITY, NANSHAN, "甲"), (COMMUNITY, NANSHAN, None), (WARM, NANSHAN, "乙")]
    verdicts = judge_quota(quota("sub_district", within=NANSHAN, areas=2), supply_of_rows(rows), {})
    assert said(verdicts) == [("乙", 0, 1, "fail"), ("甲", 1, 1, "unknown")]
    rows += [(COMMUNITY, None, "乙"), (COMMUNITY, None, None), (WARM, NANSHAN, None), (COMMUNITY, "福田区", None)]
    verdicts = judge_quota(quota("sub_district", within=NANSHAN, areas=2), supply_of_rows(rows), {})
    assert said(verdicts) == [("乙", 0, 3, "unknown"), ("甲", 1, 2, "unknown")]


def test_sub_districts_of_one_name_in_two_districts_are_two() -> None:
    """Each needs its own stations."""
    rows: list[Row] = [(COMMUNITY, "东区", "城关"), (COMMUNITY, "西区", "城关"), (COMMUNITY, "西区", "城关")]
    verdicts = judge_quota(quota("sub_district", areas=2), supply_of_rows(rows), {})
    assert [(found.district, found.verdict.word) for found in verdicts] == [("东区", "fail"), ("西区", "pass")]


def test_districts_by_name_alone() -> None:
    """Without a layer the districts are those that stations name, in the order of their names."""
    places = [("b", None), (None, None), ("a", "x"), ("a", None)]
    supply = supply_of_rows([(COMMUNITY, district, sub) for district, sub in places])
    verdicts = judge_quota(quota("district", areas=2), supply, {})
    assert said(verdicts) == [("a", 2, 1, "pass"), ("b", 1, 1, "unknown")]


def test_a_layer_shows_the_areas_without_stations() -> None:
    """All areas are judged, in the layer's order, and nothing is unknown: every pin lies somewhere."""
    layer = [box("远", 5, 0), box("东", 1, 0), box("西", 0, 0)]
    kinds = [COMMUNITY, COMMUNITY, COMMUNITY, WARM]
    supply = supply_of_rows(
        [(kind, None, None) for kind in kinds], [(0.5, 0.5), (0.2, 0.9), (1.5, 0.5), (1.6, 0.5)]
    )
    verdicts = judge_quota(quota("district"), supply, {"district": layer})
    assert said(verdicts) == [("远", 0, 0, "fail"), ("东", 1, 0, "fail"), ("西", 2, 0, "pass")]
    assert verdicts[0].name_en == "远 en"


def test_with_a_layer_the_name_goes_before_a_pin_near_by() -> None:
    """A pin some km over the border counts where its file says; one far from there is another area's namesake."""
    layer = [box("西", 0, 0), box("东", 1, 0)]
    rows: list[Row] = [(COMMUNITY, "东", None), (COMMUNITY, "东", None), (COMMUNITY, "北", None)]
    supply = supply_of_rows(rows, [(0.95, 0.5), (0.5, 0.5), (1.5, 0.5)])
    verdicts = judge_quota(quota("district"), supply, {"district": layer})
    assert said(verdicts) == [("西", 1, 0, "fail"), ("东", 2, 0, "pass")]


def test_of_two_areas_with_one_name_the_pin_decides() -> None:
    """A station of the second is not counted in the first because that comes first."""
    layer = [box("城关", 0, 0), box("城关", 1, 0)]
    supply = supply_of_rows([(COMMUNITY, None, "城关")] * 2, [(1.05, 0.5), (1.01, 0.5)])
    verdicts = judge_quota(quota("sub_district"), supply, {"sub_district": layer})
    assert [found.count for found in verdicts] == [0, 2]


def test_a_quota_within_a_district_takes_the_sub_districts_in_it() -> None:
    """Those whose middle lies in the district of that name; without such a district names must do."""
    subs = [box("甲", 0, 0), box("乙", 1, 0)]
    supply = supply_of_rows([(WARM, NANSHAN, "丙")])
    inside = judge_quota(
        quota("sub_district", within=NANSHAN), supply, {"sub_district": subs, "district": [box(NANSHAN, 0, 0)]}
    )
    assert said(inside) == [("甲", 0, 0, "fail")]
    elsewhere = judge_quota(quota("sub_district", within=NANSHAN), supply, {"sub_district": subs, "district": []})
    assert [found.name for found in elsewhere] == ["丙", None]


def test_a_quota_for_one_district_judges_that_one() -> None:
    """The others of the layer are left alone."""
    verdicts = judge_quota(
        quota("district", within="东"), supply_of_rows([]), {"district": [box("西", 0, 0), box("东", 1, 0)]}
    )
    assert said(verdicts) == [("东", 0, 0, "fail")]


@pytest.mark.parametrize(
    ("yes", "no", "word"),
    [
        (("fridge",), (), "pass"),
        (("toilet",), ("fridge",), "pass"),
        ((), ("fridge",), "unknown"),
        ((), ("fridge", "toilet"), "fail"),
        ((), (), "unknown"),
    ],
)
def test_alternatives(yes: Sequence[str], no: Sequence[str], word: str) -> None:
    """One is enough; only where all are known to be missing the requirement fails."""
    standard = standard_of(Requirement("冰箱或卫生间", "x", (("fridge", "toilet"),)))
    assert Verdict(int(judge_standard(standard, equipped((yes, no))).overall()[0])).word == word


@pytest.mark.parametrize(
    ("yes", "no", "word"),
    [
        (("tables", "seats"), (), "pass"),
        (("tables",), (), "unknown"),
        (("tables",), ("seats",), "fail"),
        ((), ("seats",), "fail"),
    ],
)
def test_all_of_several(yes: Sequence[str], no: Sequence[str], word: str) -> None:
    """One that is missing fails the requirement, whatever is known of the other."""
    standard = standard_of(Requirement("桌椅", "x", (("tables",), ("seats",))))
    assert Verdict(int(judge_standard(standard, equipped((yes, no))).overall()[0])).word == word


def test_facts_of_a_station() -> None:
    """A pin 300 m off is not said to lead to the door; hours are known or not."""
    names = ("fixed_place", "on_map", "hours_known")
    standard = standard_of(*(Requirement(name, name, ((name,),)) for name in names))
    bare: tuple[Sequence[str], Sequence[str]] = ((), ())
    supply = equipped(
        bare, bare, bare, accuracy_m=[float("nan"), 200, 300], hours=["24/7", None, "Mo 09:00-17:00"]
    )
    assert judge_standard(standard, supply).states.tolist() == [[1, 1, 1], [1, 1, -1], [1, 0, 1]]


def test_a_standard_is_for_its_kinds() -> None:
    """Others are not judged; the numbers say which were."""
    standard = standard_of(Requirement("座椅", "Seats", (("seats",),)), kinds=frozenset({WARM}))
    verdicts = judge_standard(standard, supply_of_rows([(COMMUNITY, None, None), (WARM, None, None)]))
    assert verdicts.numbers.tolist() == [1]
    assert judge_standard(standard, supply_of_rows([])).states.shape == (0, 1)


def test_the_seven_ones_of_three_stations() -> None:
    """One has all, one lacks a microwave and leaves the kit open, of one nothing is known."""
    seven = next(found for found in read_standards(GEODATA / "standards.json") if found.name == "七个一")
    basics = ["seats", "tables", "drinking_water", "heating", "air_conditioning", "toilet"]
    everything = [*basics, "microwave", "kettle", "first_aid_kit"]
    verdicts = judge_standard(seven, equipped((everything, ["fridge"]), (basics, ["microwave"]), ((), ())))
    assert verdicts.overall().tolist() == [Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN]
    assert [found.name_en for found in verdicts.which(1, Verdict.FAIL)] == ["A microwave"]
    assert [found.name_en for found in verdicts.which(1, Verdict.UNKNOWN)] == [
        "Hot and cold drinking water",
        "A first-aid kit",
    ]
    assert len(verdicts.which(2, Verdict.UNKNOWN)) == 7


def test_what_the_data_do_not_record_is_unknown() -> None:
    """六有: a common sign, house rules and a keeper nobody can read from the list, so none passes whole."""
    six = next(found for found in read_standards(GEODATA / "standards.json") if found.name == "六有")
    verdicts = judge_standard(six, equipped((tuple(AMENITIES), ()), ((), ("seats",)), accuracy_m=[10, 10]))
    assert verdicts.overall().tolist() == [Verdict.UNKNOWN, Verdict.FAIL]
    assert [found.name for found in verdicts.which(0, Verdict.PASS)] == ["有固定场所", "地图可查"]
    unknown = {found.name for found in verdicts.which(0, Verdict.UNKNOWN)}
    assert {"有统一标识", "有规章制度", "有专人管理"} <= unknown
