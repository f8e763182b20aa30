"""Sheets: what stands in which row and column."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest
import shapely

from locator.language.messages import message
from locator.planning.inputs.demand import CENSUS, Candidates
from locator.planning.inputs.rule_files import Quota, Requirement, Standard
from locator.planning.inputs.supply import Supply
from locator.planning.measures.comparison import Comparison, Pair
from locator.planning.measures.coverage import Coverage, Figures, Provenance, Question
from locator.planning.measures.gaps import Gap
from locator.planning.measures.rule_verdicts import QuotaVerdict, StandardVerdicts, Verdict
from locator.planning.output.sheet_columns import (
    PERSON_HOURS,
    PERSONS,
    Column,
    FigureSheet,
    area_sheet,
    comparison_sheet,
    gap_sheet,
    provenance_sheet,
    quota_sheet,
    site_sheet,
    standard_sheet,
    week_sheet,
)
from locator.planning.siting.plans import Plan, Site
from locator.stations.catalog import Catalog
from locator.stations.schema import District

EAST = Figures(
    area_id="e",
    name="东区",
    name_en="East",
    demand=400.0,
    covered=300.0,
    area_km2=4.0,
    area_share=0.5,
    stations=2,
    stations_per_10000=50.0,
    people_per_station=150.0,
    overlap=1.2,
    median_m=640.0,
    p90_m=1200.0,
    p95_m=1300.0,
    worst_m=1900.0,
    beyond=((1000.0, 100.0), (1500.0, 40.0)),
    gini=0.25,
)
WEST = replace(
    EAST,
    area_id="w",
    name="西区",
    name_en="West",
    demand=0.0,
    covered=0.0,
    median_m=None,
    gini=None,
    beyond=((1000.0, 0.0), (1500.0, 0.0)),
)
TOTAL = replace(EAST, area_id="", name="", name_en="", demand=500.0, beyond=((1000.0, 200.0), (1500.0, 90.0)))
PROVENANCE = Provenance(
    version="1.2",
    data_version="abc",
    radius_m=1000.0,
    as_of=None,
    demand_source=CENSUS,
    demand_digest="d1",
    spread_evenly=True,
)
QUESTION = Question(
    kinds=frozenset({"worker_home", "warm_station"}), amenities=frozenset({"toilet"}), week_of=date(2026, 11, 16)
)
COVERAGE = Coverage(
    question=QUESTION,
    provenance=PROVENANCE,
    total=TOTAL,
    areas=(EAST, WEST),
    serving=np.array([0, 1]),
    distance_m=np.array([10.0]),
    nearest=np.array([0]),
    area_of=np.array([0]),
    week=None,
    unknown_hours=3,
    lorenz=np.array([[0.0, 0.0], [1.0, 1.0]]),
    share_range=(0.58, 0.61),
)
AREAS = (
    District("e", "东区", "East", 400, shapely.box(116.4, 39.9, 116.42, 39.92)),
    District("w", "西区", "West", 0, shapely.box(116.38, 39.9, 116.4, 39.92)),
)
PLAN = Plan(
    sites=(Site(2, 150.0), Site(0, 50.0)),
    before=300.0,
    covered=500.0,
    total=1000.0,
    bound=520.0,
    gap=0.1,
    status="within",
    solver="HiGHS 1",
    seed=0,
    digest="p1",
    seconds=1.5,
)
CANDIDATES = Candidates(
    ids=("a", "b", "c"),
    lonlat=np.array([[116.40, 39.90], [116.41, 39.91], [np.nan, np.nan]]),
    hours=(None, None, None),
    source="sites.csv",
    digest="c1",
)


def values(sheet: FigureSheet, key: str) -> tuple[object, ...]:
    """Return one column's values."""
    return column(sheet, key).values


def column(sheet: FigureSheet, key: str) -> Column:
    """Return one column."""
    return next(found for found in sheet.columns if found.key == key)


def test_areas_stand_in_their_order_and_all_together_last() -> None:
    """Every figure is in its row; the share is covered over demand, and not known without demand."""
    sheet = area_sheet(COVERAGE)
    assert values(sheet, "area_id") == ("e", "w", "")
    assert values(sheet, "name") == ("东区", "西区", "合计")
    assert values(sheet, "share") == (0.75, None, 0.6)
    assert values(sheet, "median_m") == (640.0, None, 640.0)
    assert len(sheet) == 3
    assert sheet.geometry is None


def test_each_distance_persons_are_beyond_has_a_column() -> None:
    """The distance is in the key and in the heading."""
    sheet = area_sheet(COVERAGE)
    assert values(sheet, "beyond_1000_m") == (100.0, 0.0, 200.0)
    assert values(sheet, "beyond_1500_m") == (40.0, 0.0, 90.0)
    assert column(sheet, "beyond_1500_m").title("en") == "Farther than 1500 m (persons)"


def test_areas_bring_their_outlines() -> None:
    """The row of all together has none."""
    sheet = area_sheet(COVERAGE, AREAS)
    assert sheet.geometry == (AREAS[0].outline, AREAS[1].outline, None)


@pytest.mark.parametrize(
    ("lang", "titles"),
    [
        ("zh", ["编号", "区域", "英文名", "需求（人）", "已覆盖（人）", "需求覆盖率（0–1）", "面积（平方千米）"]),
        (
            "en",
            [
                "Id",
                "Area name",
                "English name",
                "Demand (persons)",
                "Covered (persons)",
                "Share of demand covered (0–1)",
                "Area (km²)",
            ],
        ),
    ],
)
def test_headings_carry_units_in_the_readers_language(lang: str, titles: list[str]) -> None:
    """Chinese headings have wide brackets."""
    assert [found.title(lang) for found in area_sheet(COVERAGE).columns[:7]] == titles


@pytest.mark.parametrize("build", [area_sheet, lambda coverage: provenance_sheet(PROVENANCE, coverage, PLAN)])
def test_every_heading_is_in_both_languages_and_every_key_once(build) -> None:  # type: ignore[no-untyped-def]
    """No heading is empty, and none of the Chinese ones is English."""
    columns = build(COVERAGE).columns
    assert len({found.key for found in columns}) == len(columns)
    assert all(
        str(found.heading) and any("一" <= sign <= "鿿" for sign in found.heading.to("zh")) for found in columns
    )


def test_a_week_has_a_row_for_each_hour() -> None:
    """The row of Tuesday 01:00 is the 26th."""
    sheet = week_sheet(np.arange(168) / 168)
    assert (values(sheet, "day")[25], values(sheet, "hour")[25], values(sheet, "share")[25]) == (2, 1, 25 / 168)
    assert column(sheet, "day").readable("zh")[25] == "周二"
    assert len(sheet) == 168


def test_sites_add_up() -> None:
    """Each row has its gain and what is covered with it and those before: 300 + 150, and 50 more, of 1,000."""
    sheet = site_sheet(PLAN, CANDIDATES)
    assert values(sheet, "rank") == (1, 2)
    assert values(sheet, "candidate_id") == ("c", "a")
    assert values(sheet, "covered") == (450.0, 500.0)
    assert values(sheet, "share") == (0.45, 0.5)


def test_a_candidate_without_a_position_has_neither_coordinates_nor_a_point() -> None:
    """Where only distances were given nobody knows where a site is."""
    sheet = site_sheet(PLAN, CANDIDATES)
    assert values(sheet, "lat") == (None, 39.90)
    assert values(sheet, "lon") == (None, 116.40)
    assert sheet.geometry == (None, shapely.Point(116.40, 39.90))


def test_a_plan_without_sites_is_an_empty_sheet() -> None:
    """There are columns and no rows."""
    sheet = site_sheet(replace(PLAN, sites=()), CANDIDATES)
    assert len(sheet) == 0
    assert sheet.geometry == ()


def test_person_hours_are_not_called_persons() -> None:
    """The unit follows what the plan counted."""
    assert column(site_sheet(PLAN, CANDIDATES), "gain").form is PERSONS
    assert column(site_sheet(PLAN, CANDIDATES, PERSON_HOURS), "gain").title("zh") == "新增覆盖（人时）"


def test_gaps_keep_their_order_and_outlines() -> None:
    """Names of several areas are one text; a gap without any station has an empty one."""
    outline = shapely.box(116.4, 39.9, 116.41, 39.91)
    gap = Gap(outline, 120.0, 0.9, "s1", "驿站", 1500.0, 39.905, 116.405, True, ("东区", "西区"), ("East", "West"))
    lone = replace(gap, persons=0.0, station_id=None, station_name=None, distance_m=None, from_demand=False)
    sheet = gap_sheet((gap, lone))
    assert values(sheet, "rank") == (1, 2)
    assert values(sheet, "names") == ("东区、西区", "东区、西区")
    assert values(sheet, "distance_m") == (1500.0, None)
    assert column(sheet, "from_demand").readable("zh") == ["是", "否"]
    assert sheet.geometry == (outline, outline)


def test_quotas_say_pass_fail_and_unknown() -> None:
    """Machines read the rule's id and the verdict's word, people read names."""
    quota = Quota(
        "q", "每街道至少两个", "Two in each", "sub_district", None, 8, "community_station", 2, "a source"
    )
    known = QuotaVerdict(quota, "平山", None, "南山区", 3, 0, 1, Verdict.PASS)
    unseen = QuotaVerdict(quota, None, None, None, 0, 0, 7, Verdict.UNKNOWN)
    sheet = quota_sheet((known, unseen))
    assert values(sheet, "verdict") == ("pass", "unknown")
    assert column(sheet, "verdict").readable("zh") == ["达标", "不详"]
    assert column(sheet, "rule_id").readable("en") == ["Two in each", "Two in each"]
    assert values(sheet, "name") == ("平山", None)
    assert column(sheet, "name").readable("en") == ["平山", "Areas that no station names"]


def test_a_standard_has_a_column_for_each_requirement(catalog: Catalog) -> None:
    """A station fails as a whole if it fails one requirement."""
    needs = (Requirement("厕所", "Toilet", (("toilet",),)), Requirement("座椅", "Seats", (("seats",),)))
    verdicts = StandardVerdicts(
        Standard("two", "两样", "Two things", frozenset(), "", needs),
        np.array([1, 0]),
        np.array([[1, 1], [-1, 0]], dtype=np.int8),
    )
    sheet = standard_sheet(verdicts, two_stations(catalog))
    assert values(sheet, "station_id") == ("s2", "s1")
    assert values(sheet, "verdict") == ("pass", "fail")
    assert [values(sheet, f"requirement_{place}") for place in (1, 2)] == [("pass", "fail"), ("pass", "unknown")]
    assert [found.title("en") for found in sheet.columns[-2:]] == ["Toilet", "Seats"]
    assert sheet.geometry == (shapely.Point(116.41, 39.91), shapely.Point(116.40, 39.90))


def two_stations(catalog: Catalog) -> Supply:
    """Make a supply of two stations."""
    none = (None, None)
    return Supply(
        ids=("s1", "s2"),
        names=("甲", "乙"),
        lonlat=np.array([[116.40, 39.90], [116.41, 39.91]]),
        kinds=("warm_station", "warm_station"),
        tiers=none,
        districts=none,
        sub_districts=none,
        amenities=np.zeros(2, dtype=np.intp),
        lacking=np.zeros(2, dtype=np.intp),
        hours=none,
        accuracy_m=np.full(2, np.nan),
        calendar=catalog.calendar,
        version="abc",
    )


def test_a_comparison_puts_before_and_after_side_by_side() -> None:
    """Each figure has two columns, next to each other; gains and losses stand before them."""
    better = replace(EAST, covered=360.0, stations=3)
    after = replace(COVERAGE, areas=(better, WEST), total=replace(TOTAL, covered=360.0))
    pairs = (Pair(EAST, better, 80.0, 20.0), Pair(WEST, WEST, 0.0, 0.0))
    total = Pair(TOTAL, after.total, 80.0, 20.0)
    none = np.array([], dtype=np.intp)
    sheet = comparison_sheet(Comparison(COVERAGE, after, total, pairs, none, none, np.zeros(1)), AREAS)
    assert values(sheet, "gained") == (80.0, 0.0, 80.0)
    assert values(sheet, "share_before") == (0.75, None, 0.6)
    assert values(sheet, "share_after") == (0.9, None, 0.72)
    keys = [found.key for found in sheet.columns]
    assert keys.index("share_after") == keys.index("share_before") + 1
    assert column(sheet, "stations_after").title("en") == "Stations, after"
    assert sheet.geometry == (AREAS[0].outline, AREAS[1].outline, None)


def test_provenance_is_one_row_with_all_that_a_figure_needs() -> None:
    """Engine, data, radius, time, demand, which stations counted, what was proven."""
    sheet = provenance_sheet(PROVENANCE, COVERAGE, PLAN)
    said = {found.key: found.values for found in sheet.columns}
    assert all(len(found) == 1 for found in said.values())
    assert (said["version"], said["data_version"]) == (("locator 1.2",), ("abc",))
    assert said["week_of"] == ("2026-11-16",)
    assert said["radius_m"] == (1000.0,)
    assert said["kinds"] == ("warm_station worker_home",)
    assert said["tiers"] == (None,)
    assert (said["share_low"], said["share_high"]) == ((0.58,), (0.61,))
    assert (said["status"], said["bound"], said["digest"]) == (("within",), (520.0,), ("p1",))


def test_provenance_speaks_the_readers_language() -> None:
    """What is not restricted says so, and an even spread is called an average."""
    sheet = provenance_sheet(PROVENANCE, COVERAGE)
    zh = {found.key: found.readable("zh")[0] for found in sheet.columns}
    en = {found.key: found.readable("en")[0] for found in sheet.columns}
    assert (zh["as_of"], en["as_of"]) == ("不限", "Whatever their hours")
    assert (zh["kinds"], en["kinds"]) == ("暖心驿站、职工之家", "Warm station, Worker home")
    assert (zh["tiers"], en["tiers"]) == ("不限", "All")
    assert en["demand_source"] == CENSUS
    assert "并非人们的实际位置" in str(zh["demand_source"])
    assert "not where people are" in str(en["spread_evenly"])


def test_provenance_gives_the_instant_with_its_offset() -> None:
    """An hour without its zone is no instant."""
    at = datetime(2026, 11, 22, 2, 0, tzinfo=timezone(timedelta(hours=8)))
    sheet = provenance_sheet(replace(PROVENANCE, as_of=at))
    assert values(sheet, "as_of") == ("2026-11-22T02:00:00+08:00",)


def test_what_has_no_label_is_said_as_it_is() -> None:
    """Only words of the vocabulary are replaced."""
    found = Column("kind", message("Kind"), ("x", 1, None), words={"y": message("Yes")})
    assert found.readable("zh") == ["x", 1, None]
