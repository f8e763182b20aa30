"""Facts of a study for the planner's page and report: tables, verdicts, changes and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from locator.errors import StationNotFoundError
from locator.geo.geodesy import FloatArray
from locator.language.catalogue import local_name
from locator.language.lengths import distance_text, radius_text
from locator.language.messages import LocalName, Message, localize, message
from locator.planning.inputs.demand import Candidates
from locator.planning.inputs.rule_files import Quota, Requirement, Rules
from locator.planning.measures.comparison import Comparison
from locator.planning.measures.coverage import Coverage
from locator.planning.measures.gaps import Gap
from locator.planning.measures.rule_verdicts import (
    QuotaVerdict,
    StandardVerdicts,
    Verdict,
    judge_quota,
    judge_standard,
)
from locator.planning.output import sheet_columns
from locator.planning.output.figure_texts import UNKNOWN, column_heading, shown, signed
from locator.planning.output.sheet_columns import Column, Form
from locator.planning.output.study_sheets import provenance_of
from locator.planning.siting.plans import Plan
from locator.planning.study import Goal, Study
from locator.stations.catalog import Catalog
from locator.stations.hours import WEEKDAYS

AREA_KEYS: Final = (
    "share",
    "uncovered",
    "median_m",
    "p90_m",
    "stations",
    "stations_per_10000",
    "people_per_station",
    "overlap",
    "gini",
)
"""Columns of the ranking of areas."""
SITE_KEYS: Final = ("rank", "lat", "lon", "gain", "covered", "share")
COMPARED_KEYS: Final = (
    "share",
    "covered",
    "area_share",
    "stations",
    "median_m",
    "p90_m",
    "worst_m",
    "overlap",
    "people_per_station",
    "gini",
)
GAPS_LISTED: Final = 20
SITES_LISTED: Final = 200
"""Listed and drawn; a plan for a share may have thousands, and its files have them all."""
VERDICTS_LISTED: Final = 30
WORST_FIRST: Final = "share"

UNCOVERED: Final = message("Not covered")
_NO_DEMAND: Final = message("There is no demand, so nothing can be said.")

_STEPS: Final = np.array([0.25, 0.5, 1, 1.5, 2, 3])
"""Multiples of the radius, for the table beside the chart of distances."""
_DECILES: Final = slice(0, 101, 10)


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A sheet as a page shows it: some of its columns, its rows in an order."""

    columns: tuple[Column, ...]
    rows: tuple[int, ...]
    total: int | None = None
    """The row that sums up the others."""


@dataclass(frozen=True, slots=True)
class QuotaFacts:
    """The verdicts on a quota, counted."""

    name: str
    source: str
    counts: Mapping[str, int]
    """How many areas pass, fail or are unknown, by the verdict's word."""
    verdicts: Sequence[QuotaVerdict]
    """Those that do not pass first, at most `VERDICTS_LISTED`."""
    left: int
    """How many more there are."""


@dataclass(frozen=True, slots=True)
class StandardFacts:
    """The verdicts on a standard, counted."""

    name: str
    source: str
    counts: Mapping[str, int]
    """How many stations pass, fail or are unknown, by the verdict's word."""
    requirements: Sequence[tuple[Requirement, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """One figure before and after a scenario."""

    heading: str
    before: str
    after: str
    difference: str


# What a study says


def facts(
    study: Study,
    rules: Rules,
    lang: str,
    *,
    sort: str = WORST_FIRST,
    plan: Plan | None = None,
    candidates: Candidates | None = None,
    goal: Goal | None = None,
) -> dict[str, Any]:
    """Gather the facts of a study for a template; the gaps, which take longest, are in `gap_facts`.

    `sort` is the column by which areas are ranked, with ``-`` before it for the greatest first. `plan`,
    `candidates` and `goal` are given if new sites were asked for.
    """
    coverage = study.coverage
    counted = sheet_columns.PERSON_HOURS if goal and goal.by_hours else sheet_columns.PERSONS
    layers = {"district": study.areas}
    return {
        "study": study,
        "coverage": coverage,
        "total": coverage.total,
        "provenance": provenance_of(study, plan, counted),
        "source": localize(coverage.provenance.demand_source, lang),
        "demand_notes": [localize(note, lang) for note in coverage.provenance.demand_notes],
        "areas": area_table(coverage, sort),
        "quotas": [quota_facts(quota, judge_quota(quota, study.supply, layers), lang) for quota in rules.quotas],
        "standards": [standard_facts(judge_standard(rule, study.supply), lang) for rule in rules.standards],
        "comparison": study.comparison,
        "changes": changes(study.comparison, lang) if study.comparison else (),
        "moved": moved(study) if study.comparison else {},
        "plan": plan,
        "assumed": sheet_columns.ASSUMED.to(lang),
        "reason": sheet_columns.REASONS[plan.reason].to(lang) if plan and plan.reason else None,
        "sites": site_table(plan, candidates, counted) if plan and candidates else None,
        "fewest": goal is not None and goal.target_share is not None,
        "findings": findings(study, plan, lang),
        "days": [day.to(lang) for day in WEEKDAYS],
        "steps": within_steps(study, lang),
        "deciles": coverage.lorenz[_DECILES].tolist(),
    }


def area_table(coverage: Coverage, sort: str = WORST_FIRST) -> ShownTable:
    """Rank the areas by a column; those of which it is not known come last, equals in the order of the file."""
    columns = {column.key: column for column in sheet_columns.area_sheet(coverage).columns}
    uncovered = zip(columns["demand"].values, columns["covered"].values, strict=True)
    values = tuple(float(all_ or 0) - float(near or 0) for all_, near in uncovered)
    columns["uncovered"] = Column("uncovered", UNCOVERED, values, sheet_columns.PERSONS)
    name = Column("name", columns["name"].heading, tuple(range(len(values))), words=_names(columns))
    shown = (name, *(columns[key] for key in AREA_KEYS))
    key = sort.removeprefix("-")
    by = columns.get(key, columns[WORST_FIRST])
    return ShownTable(shown, _order(by, len(coverage.areas), sort.startswith("-")), total=len(coverage.areas))


def _names(columns: Mapping[str, Column]) -> dict[Any, Message]:
    """Map each row to the name of its area in both languages."""
    pairs = zip(columns["name"].values, columns["name_en"].values, strict=True)
    names = {row: LocalName(str(zh or en or ""), str(en or "")) for row, (zh, en) in enumerate(pairs)}
    return {**names, len(names) - 1: sheet_columns.ALL}


def _order(column: Column, count: int, descending: bool) -> tuple[int, ...]:
    values = column.values[:count]
    known = [row for row in range(count) if values[row] is not None]
    unknown = [row for row in range(count) if values[row] is None]
    # mypy cannot know that a column has only numbers or only texts, which are comparable.
    return (*sorted(known, key=lambda row: values[row], reverse=descending), *unknown)  # type: ignore[arg-type, return-value]


def site_table(plan: Plan, candidates: Candidates, counted: Form = sheet_columns.PERSONS) -> ShownTable:
    """List recommended sites in the order of their gains, at most `SITES_LISTED`."""
    sheet = sheet_columns.site_sheet(plan, candidates, counted)
    listed = tuple(range(min(len(sheet), SITES_LISTED)))
    return ShownTable(tuple(column for column in sheet.columns if column.key in SITE_KEYS), listed)


def quota_facts(quota: Quota, verdicts: Sequence[QuotaVerdict], lang: str) -> QuotaFacts:
    """Count the verdicts on a quota; one verdict may be about many areas, or an unknown number counted as 1."""
    counts = Counter({verdict.word: 0 for verdict in Verdict})
    for verdict in verdicts:
        counts[verdict.verdict.word] += 1 if verdict.areas is None else verdict.areas
    listed = sorted(verdicts, key=lambda verdict: verdict.verdict)
    name = local_name(quota.name, quota.name_en, lang)
    return QuotaFacts(name, quota.source, counts, listed[:VERDICTS_LISTED], len(listed[VERDICTS_LISTED:]))


def standard_facts(verdicts: StandardVerdicts, lang: str) -> StandardFacts:
    """Count how many stations meet a standard, and each of its requirements."""
    standard = verdicts.standard
    return StandardFacts(
        local_name(standard.name, standard.name_en, lang),
        standard.source,
        _counts(verdicts.overall()),
        [(need, _counts(states)) for need, states in zip(standard.requirements, verdicts.states.T, strict=True)],
    )


def _counts(states: Any) -> dict[str, int]:
    return {verdict.word: int((states == verdict).sum()) for verdict in Verdict}


def changes(comparison: Comparison, lang: str) -> list[ChangedFigure]:
    """Set the main figures before and after side by side."""
    pair = comparison.total
    columns = {column.key: column for column in sheet_columns.figure_columns([pair.before, pair.after])}
    compared = [columns[key] for key in COMPARED_KEYS]
    weeks = [side.week for side in (comparison.before, comparison.after)]
    if (hours := _person_hours(weeks, pair.after.demand)) is not None:
        compared.insert(2, hours)
    return [_change(column, lang) for column in compared]


def _person_hours(weeks: Sequence[FloatArray | None], demand: float) -> Column | None:
    """Count the person-hours of a week with an open station near."""
    values = tuple(float(week.sum()) * demand for week in weeks if week is not None)
    heading = message("Near an open station in a week")
    return (
        Column("person_hours", heading, values, sheet_columns.PERSON_HOURS) if len(values) == len(weeks) else None
    )


def _change(column: Column, lang: str) -> ChangedFigure:
    before, after = (shown(column, row, lang) for row in (0, 1))
    was, now = column.values
    difference = float(now) - float(was) if isinstance(was, int | float) and isinstance(now, int | float) else None
    return ChangedFigure(column_heading(column, lang), before, after, signed(difference, column.form))


def moved(study: Study) -> dict[str, float]:
    """Weigh the demand whose nearest station is nearer, and farther, with the scenario."""
    comparison = study.comparison
    moved_m = comparison.moved_m if comparison else np.zeros(0)
    weight = study.demand.weight
    with np.errstate(invalid="ignore"):
        return {"nearer": float(weight[moved_m < 0].sum()), "farther": float(weight[moved_m > 0].sum())}


def findings(study: Study, plan: Plan | None, lang: str) -> dict[str, str]:
    """Say in a sentence what each chart shows."""
    coverage = study.coverage
    sentences = {"distance": _distance_finding(coverage, lang), "lorenz": _lorenz_finding(coverage)}
    if coverage.week is not None:
        sentences["week"] = _week_finding(coverage.week)
    if plan and plan.sites and plan.total:
        before, after = (f"{value / plan.total:.1%}" for value in (plan.before, plan.covered))
        sentences["gain"] = message(
            "New stations: {n}. The covered share rises from {before} to {after}.",
            n=len(plan.sites),
            before=before,
            after=after,
        )
    return {name: finding.to(lang) for name, finding in sentences.items()}


def _distance_finding(coverage: Coverage, lang: str) -> Message:
    if coverage.total.share is None:
        return _NO_DEMAND
    radius, share = radius_text(coverage.question.radius_m, lang), coverage.total.share
    return message("{share:.1%} of the demand is within {radius} of a station.", share=share, radius=radius)


def _lorenz_finding(coverage: Coverage) -> Message:
    if coverage.total.gini is None:
        return _NO_DEMAND
    return message(
        "The Gini coefficient of distance is {gini:.3f}; it is 0 where everybody is equally far.",
        gini=coverage.total.gini,
    )


def _week_finding(week: FloatArray) -> Message:
    day, hour = divmod(int(week.argmin()), 24)
    return message(
        "Fewest people are near an open station on {day} at {hour}:00: {least:.1%}. At best it is {most:.1%}.",
        day=WEEKDAYS[day],
        hour=hour,
        least=week.min(),
        most=week.max(),
    )


def within_steps(study: Study, lang: str) -> list[tuple[str, float, float]]:
    """List the weight and share of demand within some distances; the last row has all demand."""
    distance_m, weight = study.coverage.distance_m, study.demand.weight
    total = float(weight.sum())
    limits_m = (study.question.radius_m * _STEPS).tolist()
    names = [*(distance_text(limit_m, lang) for limit_m in limits_m), message("any distance").to(lang)]
    weights = [float(weight[distance_m <= limit_m].sum()) for limit_m in (*limits_m, np.inf)]
    return [(name, near, near / total if total else 0.0) for name, near in zip(names, weights, strict=True)]


def gap_facts(gaps: Sequence[Gap], catalog: Catalog, lang: str) -> dict[str, Any]:
    """Gather the facts of all gaps for a template, listing the first `GAPS_LISTED`.

    The catalogue has the names of the nearest stations; a station that a scenario adds has one name for all
    languages.
    """
    listed = gaps[:GAPS_LISTED]
    stations = [_station_name(gap, catalog, lang) for gap in listed]
    return {"gaps": listed, "gap_stations": stations, "gap_count": len(gaps)}


def _station_name(gap: Gap, catalog: Catalog, lang: str) -> str:
    if gap.station_id is None:
        return UNKNOWN
    try:
        english = catalog.fact(catalog.find(gap.station_id), "name_en")
    except StationNotFoundError:
        english = None
    return local_name(str(gap.station_name), english, lang)
