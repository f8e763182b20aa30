"""Sheets: the figures of planning as columns with headings and units, ready for any file or page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from locator.geo.geodesy import FloatArray
from locator.planning.inputs.demand import CENSUS, REQUESTS, Candidates
from locator.planning.inputs.supply import Supply
from locator.planning.measures.coverage import HOURS_OF_WEEK, Coverage, Figures, Provenance, Question
from locator.planning.measures.gaps import Gap
from locator.planning.measures.rules import QuotaVerdict, StandardVerdicts, Verdict
from locator.planning.scenario import Comparison, Pair
from locator.planning.siting.site_search import COVERED, OUT_OF_REACH, REACHED, Plan
from locator.stations.schema import AMENITIES, KINDS, TIERS, District, Word

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of a column are written."""

    number_format: str = "General"
    """What a spreadsheet calls it."""
    unit: Word | None = None


TEXT: Final = Form()
NUMBER: Final = Form("0")
COUNT: Final = Form("#,##0")
PERSONS: Final = Form("#,##0", Word("人", "persons"))
PERSON_HOURS: Final = Form("#,##0", Word("人时", "person-hours"))
METRES: Final = Form("#,##0", Word("米", "m"))
KM2: Final = Form("#,##0.00", Word("平方千米", "km²"))
SECONDS: Final = Form("0.0", Word("秒", "s"))
DEGREES: Final = Form("0.000000", Word("度", "°"))
SHARE: Final = Form("0.0%", Word("0–1", "0–1"))
RATIO: Final = Form("0.00")
INDEX: Final = Form("0.000", Word("0–1", "0–1"))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet."""

    key: str
    """What machines call it; a length ends in ``_m``."""
    heading: Word
    values: tuple[Value, ...]
    """As machines have them, shares from 0 to 1; ``None``: not known."""
    form: Form = TEXT
    words: Mapping[Any, Word] = field(default_factory=dict)
    """What people read instead of a value."""

    def title(self, lang: str) -> str:
        """Return the heading with its unit in brackets."""
        heading, unit = self.heading.label(lang), self.form.unit
        brackets = "（{}）" if lang == "zh" else " ({})"
        return heading + brackets.format(unit.label(lang)) if unit else heading

    def said(self, lang: str) -> list[Value]:
        """Return the values as people read them: numbers as they are, words of the vocabulary as labels."""
        return [self.words[value].label(lang) if value in self.words else value for value in self.values]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Figures of one kind, a row for each thing they are said of."""

    key: str
    """What machines call it: the name of a layer."""
    title: Word
    columns: tuple[Column, ...]
    geometry: tuple[BaseGeometry | None, ...] | None = None
    """Per row its place, WGS 84, degrees, longitude first; ``None`` for a sheet without places."""

    def __len__(self) -> int:
        return len(self.columns[0].values)


ALL: Final = Word("合计", "All together")
ANSWERS: Final = {True: Word("是", "Yes"), False: Word("否", "No")}
AVERAGES: Final = {
    True: Word("是：区域平均值，并非人们的实际位置", "Yes: an average over each area, not where people are"),
    False: ANSWERS[False],
}
SOURCES: Final = {
    CENSUS: Word("2020年人口普查分区人口，均匀分布：是全区平均值，并非人们的实际位置", CENSUS),
    REQUESTS: Word("劳动者提出的驿站需要，按100米方格统计，每格至少来自三个网络", REQUESTS),
}
VERDICTS: Final = {
    Verdict.PASS.word: Word("达标", "Pass"),
    Verdict.FAIL.word: Word("未达标", "Fail"),
    Verdict.UNKNOWN.word: Word("不详", "Unknown"),
}
SIDES: Final = (("before", Word("原", "before")), ("after", Word("现", "after")))
LEVELS: Final = {"district": Word("区", "District"), "sub_district": Word("街道（乡镇）", "Sub-district")}
DAYS: Final = (
    Word("周一", "Mon"),
    Word("周二", "Tue"),
    Word("周三", "Wed"),
    Word("周四", "Thu"),
    Word("周五", "Fri"),
    Word("周六", "Sat"),
    Word("周日", "Sun"),
)
STATUSES: Final = {
    "proven": Word("已证明最优", "Proven best"),
    "within": Word("已证明差距", "Proven within the gap"),
    "heuristic": Word("启发式，未证明", "Heuristic, nothing proven"),
}
REASONS: Final = {
    COVERED: Word(
        "新增站点不会多覆盖任何人：全部需求已覆盖。",
        "No new station would add anything: all demand is covered already.",
    ),
    REACHED: Word("无需新增站点：已达到目标。", "No new station is needed: the share is reached already."),
    OUT_OF_REACH: Word(
        "新增站点不会多覆盖任何人：所有候选点附近都没有未覆盖的需求。可换候选点或加大服务半径。",
        "No new station would add anything: no candidate site is within reach of demand that is not covered. Offer"
        " other candidates or a larger radius.",
    ),
}
"""Why a plan names no site."""
ASSUMED: Final = Word(
    "新增站点按全天开放、具备所要求的条件计算（另有说明的除外）",
    "New stations count as open at all hours and as having all that is asked for, unless something else is said of"
    " them",
)
"""On what the figures of sites and of added stations rest, both alike."""
GEODESIC: Final = Word("椭球面上的直线距离", "Straight lines along the ellipsoid")

_FIGURES: Final = (
    ("demand", Word("需求", "Demand"), PERSONS),
    ("covered", Word("已覆盖", "Covered"), PERSONS),
    ("share", Word("需求覆盖率", "Share of demand covered"), SHARE),
    ("area_km2", Word("面积", "Area"), KM2),
    ("area_share", Word("面积覆盖率", "Share of area covered"), SHARE),
    ("stations", Word("站点数", "Stations"), COUNT),
    ("stations_per_10000", Word("每万人站点数", "Stations per 10,000 persons"), RATIO),
    ("people_per_station", Word("每站服务人数", "Persons per station"), RATIO),
    ("overlap", Word("人均可达站点数", "Stations within reach per person"), RATIO),
    ("median_m", Word("最近站点距离中位数", "Median distance to the nearest station"), METRES),
    ("p90_m", Word("最近站点距离第90百分位", "90th percentile of that distance"), METRES),
    ("p95_m", Word("最近站点距离第95百分位", "95th percentile of that distance"), METRES),
    ("worst_m", Word("最远距离", "Longest distance"), METRES),
    ("gini", Word("距离基尼系数", "Gini of distance"), INDEX),
)


def area_sheet(coverage: Coverage, areas: Sequence[District] = ()) -> Sheet:
    """Tabulate the figures of every area, and in the last row those of all together.

    Parameters
    ----------
    coverage
        What was measured.
    areas
        The areas that were asked about, in the same order: with them the rows have outlines.

    Returns
    -------
    Sheet
        The last row has an empty ``area_id`` and no outline; it counts demand outside all areas too, so it can be
        more than the sum of the rows above.
    """
    rows = (*coverage.areas, coverage.total)
    names = (
        _column("area_id", "编号", "Id", [row.area_id for row in rows]),
        _column("name", "区域", "Area name", [*(row.name for row in coverage.areas), ALL.zh]),
        _column("name_en", "英文名", "English name", [*(row.name_en for row in coverage.areas), ALL.en]),
    )
    outlines = (*(area.outline for area in areas), None) if areas else None
    return Sheet("areas", Word("区域", "Areas"), names + figure_columns(rows), outlines)


def figure_columns(rows: Sequence[Figures]) -> tuple[Column, ...]:
    """Turn figures into columns, one row each; a column for every distance that persons were counted beyond."""
    plain = [Column(key, word, tuple(getattr(row, key) for row in rows), form) for key, word, form in _FIGURES]
    beyond = [_beyond(place, distance_m, rows) for place, (distance_m, _) in enumerate(rows[0].beyond)]
    return (*plain, *beyond)


def _beyond(place: int, distance_m: float, rows: Sequence[Figures]) -> Column:
    heading = Word(f"距最近站点超过{distance_m:g}米", f"Farther than {distance_m:g} m")
    return Column(f"beyond_{distance_m:g}_m", heading, tuple(row.beyond[place][1] for row in rows), PERSONS)


def week_sheet(week: FloatArray) -> Sheet:
    """Tabulate the share near an open station, (168,) from Monday 00:00, a row for each hour."""
    hours = range(HOURS_OF_WEEK)
    columns = (
        _column("day", "星期", "Day", [hour // 24 + 1 for hour in hours], NUMBER, dict(enumerate(DAYS, 1))),
        _column("hour", "时", "Hour", [hour % 24 for hour in hours], NUMBER),
        _column("share", "附近有站点开放的需求占比", "Share of demand near an open station", week.tolist(), SHARE),
    )
    return Sheet("week", Word("一周", "Week"), columns)


def gap_sheet(gaps: Sequence[Gap]) -> Sheet:
    """Tabulate gaps in their order, with their exact outlines."""
    inhabited = [gap.from_demand for gap in gaps]
    columns = (
        _column("rank", "次序", "Rank", range(1, len(gaps) + 1), NUMBER),
        _column("persons", "需求", "Demand", [gap.persons for gap in gaps], PERSONS),
        _column("area_km2", "面积", "Area", [gap.area_km2 for gap in gaps], KM2),
        _column("names", "区域", "Areas", ["、".join(gap.names) for gap in gaps]),
        _column("names_en", "区域英文名", "Areas in English", [", ".join(gap.names_en) for gap in gaps]),
        _column("lat", "最远处纬度", "Latitude of the worst-served place", [gap.lat for gap in gaps], DEGREES),
        _column("lon", "最远处经度", "Longitude of it", [gap.lon for gap in gaps], DEGREES),
        _column("from_demand", "该处有需求", "There is demand there", inhabited, words=ANSWERS),
        _column("station_id", "最近站点编号", "Nearest station's id", [gap.station_id for gap in gaps]),
        _column("station_name", "最近站点", "Nearest station", [gap.station_name for gap in gaps]),
        _column("distance_m", "到最近站点距离", "Distance to it", [gap.distance_m for gap in gaps], METRES),
    )
    return Sheet("gaps", Word("空白区", "Gaps"), columns, tuple(gap.outline for gap in gaps))


def quota_sheet(verdicts: Sequence[QuotaVerdict]) -> Sheet:
    """Tabulate what is known of every area under quotas; areas that no station names have no name."""
    quotas = [found.quota for found in verdicts]
    names = {quota.rule_id: Word(quota.name, quota.name_en) for quota in quotas}
    unnamed = {None: Word("没有站点提到的区域", "Areas that no station names")}
    columns = (
        _column("rule_id", "规则", "Rule", [quota.rule_id for quota in quotas], words=names),
        _column("level", "层级", "Level", [quota.level for quota in quotas], words=LEVELS),
        _column("district", "所在区", "In the district", [found.district for found in verdicts]),
        _column("name", "区域", "Area name", [found.name for found in verdicts], words=unnamed),
        _column("name_en", "英文名", "English name", [found.name_en for found in verdicts]),
        _column("areas", "区域数", "Number of areas", [found.areas for found in verdicts], COUNT),
        _column("kind", "类型", "Kind", [quota.kind for quota in quotas], words=KINDS),
        _column("least", "至少", "At least", [quota.least for quota in quotas], COUNT),
        _column("count", "现有", "There are", [found.count for found in verdicts], COUNT),
        _column("undecided", "归属不详", "May be there", [found.undecided for found in verdicts], COUNT),
        _column("verdict", "结论", "Verdict", [found.verdict.word for found in verdicts], words=VERDICTS),
    )
    return Sheet("quotas", Word("配建要求", "Quotas"), columns)


def standard_sheet(verdicts: StandardVerdicts, supply: Supply) -> Sheet:
    """Tabulate what each station has of a standard, a column for every requirement; the stations are points."""
    numbers = verdicts.numbers.tolist()
    columns = (
        _column("station_id", "站点编号", "Station id", [supply.ids[number] for number in numbers]),
        _column("name", "站点", "Station", [supply.names[number] for number in numbers]),
        _column("kind", "类型", "Kind", [supply.kinds[number] for number in numbers], words=KINDS),
        _column("verdict", "结论", "Verdict", _words(verdicts.overall()), words=VERDICTS),
    )
    needs = zip(verdicts.standard.requirements, verdicts.states.T, strict=True)
    requirements = tuple(
        _column(f"requirement_{place}", need.name, need.name_en, _words(states), words=VERDICTS)
        for place, (need, states) in enumerate(needs, 1)
    )
    title = Word(verdicts.standard.name, verdicts.standard.name_en)
    key = f"standard_{verdicts.standard.standard_id}"
    return Sheet(key, title, columns + requirements, _points(supply.lonlat[numbers]))


def _words(states: NDArray[np.int8]) -> list[str]:
    return [Verdict(state).word for state in states.tolist()]


def _points(lonlat: FloatArray) -> tuple[BaseGeometry | None, ...]:
    """Turn positions into points; what is nowhere has none."""
    return tuple(shapely.Point(place) if np.isfinite(place).all() else None for place in lonlat)


def comparison_sheet(comparison: Comparison, areas: Sequence[District] = ()) -> Sheet:
    """Tabulate the figures of every area before and after side by side, in the last row those of all together.

    Parameters
    ----------
    comparison
        What a scenario does.
    areas
        As in `area_sheet`, whose rows these are.
    """
    pairs = (*comparison.areas, comparison.total)
    rows = area_sheet(comparison.after, areas)
    before = figure_columns([pair.before for pair in pairs])
    after = figure_columns([pair.after for pair in pairs])
    sides = zip(before, after, strict=True)
    figures = [_side(column, side) for both in sides for column, side in zip(both, SIDES, strict=True)]
    columns = (*rows.columns[:3], *_moved(pairs), *figures)
    return Sheet("comparison", Word("方案对比", "Comparison"), columns, rows.geometry)


def _moved(pairs: Sequence[Pair]) -> tuple[Column, ...]:
    return (
        _column("gained", "新增覆盖", "Newly covered", [pair.gained for pair in pairs], PERSONS),
        _column("lost", "失去覆盖", "No longer covered", [pair.lost for pair in pairs], PERSONS),
    )


def _side(column: Column, side: tuple[str, Word]) -> Column:
    key, word = side
    heading = Word(word.zh + column.heading.zh, f"{column.heading.en}, {word.en}")
    return replace(column, key=f"{column.key}_{key}", heading=heading)


def site_sheet(plan: Plan, candidates: Candidates, counted: Form = PERSONS) -> Sheet:
    """Tabulate the chosen sites in order of gain, with what is covered once each of them stands.

    Parameters
    ----------
    plan
        What was chosen.
    candidates
        What it was chosen from; the sites are points where these have positions.
    counted
        What the plan counts: `PERSONS` or `PERSON_HOURS`.
    """
    numbers = [site.number for site in plan.sites]
    gains = [site.gain for site in plan.sites]
    covered = [*accumulate(gains, initial=plan.before)][1:]
    shares = [found / plan.total if plan.total else None for found in covered]
    lonlat = candidates.lonlat[numbers]
    columns = (
        _column("rank", "次序", "Rank", range(1, len(numbers) + 1), NUMBER),
        _column("candidate_id", "候选点", "Candidate", [candidates.ids[number] for number in numbers]),
        _column("lat", "纬度", "Latitude", _numbers(lonlat[:, 1]), DEGREES),
        _column("lon", "经度", "Longitude", _numbers(lonlat[:, 0]), DEGREES),
        _column("gain", "新增覆盖", "Newly covered", gains, counted),
        _column("covered", "累计覆盖", "Covered so far", covered, counted),
        _column("share", "累计覆盖率", "Share covered so far", shares, SHARE),
    )
    return Sheet("sites", Word("推荐站址", "Sites"), columns, _points(lonlat))


def _numbers(values: FloatArray) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in values.tolist()]


def provenance_sheet(
    provenance: Provenance,
    coverage: Coverage | None = None,
    plan: Plan | None = None,
    counted: Form = PERSONS,
    *,
    adds: bool = False,
    distances: str | None = None,
) -> Sheet:
    """Put what has to stand beside the figures into one row.

    Parameters
    ----------
    provenance
        Engine, data and demand.
    coverage
        With it: which stations counted, how many have unknown hours, and the range of the share.
    plan
        With it: what was proven, by which solver, from which seed.
    counted
        What the plan counts: `PERSONS` or `PERSON_HOURS`.
    adds
        Whether stations are added, in a plan or without one; what they are taken to be is said.
    distances
        The table that the plan took its distances from; ``None``: they were measured.
    """
    columns = _source_columns(provenance)
    columns += (_column("distances", "距离", "Distances", [distances], words={None: GEODESIC}),)
    columns += (
        _column("assumed", "对新增站点的假定", "Assumed", [ASSUMED.en], words={ASSUMED.en: ASSUMED}),
    ) * adds
    columns += _coverage_columns(coverage) if coverage else ()
    columns += _plan_columns(plan, counted) if plan else ()
    return Sheet("provenance", Word("数据来源", "Provenance"), columns)


def _source_columns(provenance: Provenance) -> tuple[Column, ...]:
    at = provenance.as_of.isoformat() if provenance.as_of else None
    evenly = provenance.spread_evenly
    return (
        _column("version", "程序版本", "Program and version", [f"locator {provenance.version}"]),
        _column("data_version", "数据版本", "Data version", [provenance.data_version]),
        _column("radius_m", "服务半径", "Service radius", [provenance.radius_m], METRES),
        _column("as_of", "开放时刻", "Open at", [at], words={None: Word("不限", "Whatever their hours")}),
        _column("demand_source", "需求来源", "Demand source", [provenance.demand_source], words=SOURCES),
        _column("demand_digest", "需求数据摘要", "Demand digest", [provenance.demand_digest]),
        _column("spread_evenly", "需求均匀分布", "Demand spread evenly", [evenly], words=AVERAGES),
    )


def _coverage_columns(coverage: Coverage) -> tuple[Column, ...]:
    low, high = coverage.share_range or (None, None)
    unknown = coverage.unknown_hours
    return (
        *_question_columns(coverage.question),
        _column("unknown_hours", "开放时间不详的站点", "Stations with unknown hours", [unknown], COUNT),
        _column("share_low", "覆盖率下限", "Share, 5th percentile", [low], SHARE),
        _column("share_high", "覆盖率上限", "Share, 95th percentile", [high], SHARE),
    )


def _question_columns(question: Question) -> tuple[Column, ...]:
    week = question.week_of.isoformat() if question.week_of else None
    return (
        _column("week_of", "所评周的周一", "Monday of the week judged", [week]),
        _choice("kinds", Word("类型", "Kinds"), question.kinds, KINDS),
        _choice("amenities", Word("设施", "Amenities"), question.amenities, AMENITIES),
        _choice("tiers", Word("级别", "Tiers"), question.tiers, TIERS),
    )


def _choice(key: str, heading: Word, chosen: Iterable[str], vocabulary: Mapping[str, Word]) -> Column:
    """Put several words of a vocabulary into one value, in the vocabulary's order; none means all."""
    words = [word for word in vocabulary if word in set(chosen)]
    value = " ".join(words) or None
    zh = "、".join(vocabulary[word].zh for word in words) or "不限"
    en = ", ".join(vocabulary[word].en for word in words) or "All"
    return _column(key, heading.zh, heading.en, [value], words={value: Word(zh, en)})


def _plan_columns(plan: Plan, counted: Form) -> tuple[Column, ...]:
    bound = Word("已证明界限（求最少站点时为站点数）", "Proven bound (sites, where fewest were asked for)")
    return (
        _column("status", "结论", "Status", [plan.status], words=STATUSES),
        _column("reason", "没有推荐站址的原因", "Why there are no sites", [plan.reason], words=REASONS),
        _column("before", "原已覆盖", "Covered before", [plan.before], counted),
        _column("covered", "建成后覆盖", "Covered with the sites", [plan.covered], counted),
        _column("total", "总需求", "Demand", [plan.total], counted),
        Column("bound", bound, (plan.bound,), COUNT),
        _column("gap", "与界限差距", "Gap to the bound", [plan.gap], SHARE),
        _column("solver", "求解器", "Solver", [plan.solver]),
        _column("seed", "随机种子", "Seed", [plan.seed], NUMBER),
        _column("digest", "输入摘要", "Input digest", [plan.digest]),
        _column("seconds", "计算用时", "Time taken", [plan.seconds], SECONDS),
    )


def _column(
    key: str,
    zh: str,
    en: str,
    values: Iterable[Value],
    form: Form = TEXT,
    words: Mapping[Any, Word] | None = None,
) -> Column:
    return Column(key, Word(zh, en), tuple(values), form, words or {})
