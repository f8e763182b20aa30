"""The planner's report: what its page and its file say of a study, and a picture of the map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final
from xml.etree import ElementTree

import numpy as np
import shapely
from flask import current_app, g
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from locator import maps
from locator.config import bundled
from locator.errors import StationNotFoundError
from locator.geo.geodesy import FloatArray
from locator.language.catalogue import local_name
from locator.language.messages import LocalName, Message, localize, message
from locator.planning.inputs.demand import Candidates
from locator.planning.measures.coverage import HOURS_OF_WEEK, Coverage
from locator.planning.measures.gaps import Gap
from locator.planning.measures.rules import (
    Quota,
    QuotaVerdict,
    Requirement,
    Rules,
    StandardVerdicts,
    Verdict,
    judge_quota,
    judge_standard,
)
from locator.planning.output import figure_sheets
from locator.planning.output.figure_sheets import Column, Form
from locator.planning.output.study_sheets import provenance_of
from locator.planning.scenario import Comparison
from locator.planning.siting.site_search import Plan
from locator.planning.study import Goal, Study
from locator.stations.hours import WEEKDAYS
from locator.stations.schema import District
from locator.web.shared.context import current_catalog
from locator.web.shared.page_language import localized
from locator.web.shared.page_words import distance_text, radius_text

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
"""What the ranking says of an area."""
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
"""And drawn: a plan for a share may have thousands, all of which are in its files."""
VERDICTS_LISTED: Final = 30
WORST_FIRST: Final = "share"
STYLES: Final = ("shared/app.css", "planner/planner.css")

UNCOVERED: Final = message("Not covered")
UNKNOWN: Final = "–"
_NO_DEMAND: Final = message("There is no demand, so nothing can be said.")

_STEPS: Final = np.array([0.25, 0.5, 1, 1.5, 2, 3])
"""Of the radius: the twin of the chart of distances tells who is within these."""
_DECILES: Final = slice(0, 101, 10)
_drawing: Final = Lock()
"""Matplotlib's fonts are not made for two threads at once."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet as a page shows it: some of its columns, its rows in an order."""

    columns: tuple[Column, ...]
    rows: tuple[int, ...]
    total: int | None = None
    """The row that sums up the others."""


@dataclass(frozen=True, slots=True)
class QuotaFacts:
    """What is found of a quota."""

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
    """What is found of a standard."""

    name: str
    source: str
    counts: Mapping[str, int]
    """How many stations pass, fail or are unknown, by the verdict's word."""
    requirements: Sequence[tuple[Requirement, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Change:
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
    """Gather for a template what is said of a study; the gaps, which take longest, are not among it.

    Parameters
    ----------
    study
        What was asked.
    rules
        Quotas and standards to judge by.
    lang
        Language of headings and labels.
    sort
        The column of the ranking that gives its order, with ``-`` before it for the greatest first.
    plan, candidates, goal
        The sites that were asked for, if any, and what they are for.
    """
    coverage = study.coverage
    counted = figure_sheets.PERSON_HOURS if goal and goal.by_hours else figure_sheets.PERSONS
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
        "standards": [standard_facts(judge_standard(found, study.supply), lang) for found in rules.standards],
        "comparison": study.comparison,
        "changes": changes(study.comparison, lang) if study.comparison else (),
        "moved": moved(study) if study.comparison else {},
        "plan": plan,
        "assumed": figure_sheets.ASSUMED.to(lang),
        "reason": figure_sheets.REASONS[plan.reason].to(lang) if plan and plan.reason else None,
        "sites": site_table(plan, candidates, counted) if plan and candidates else None,
        "fewest": goal is not None and goal.target_share is not None,
        "findings": findings(study, plan),
        "days": [day.to(lang) for day in WEEKDAYS],
        "steps": within_steps(study),
        "deciles": coverage.lorenz[_DECILES].tolist(),
    }


def area_table(coverage: Coverage, sort: str = WORST_FIRST) -> Table:
    """Rank the areas by a column; those of which it is not known come last, equals in the order of the file."""
    columns = {column.key: column for column in figure_sheets.area_sheet(coverage).columns}
    uncovered = zip(columns["demand"].values, columns["covered"].values, strict=True)
    values = tuple(float(all_ or 0) - float(near or 0) for all_, near in uncovered)
    columns["uncovered"] = Column("uncovered", UNCOVERED, values, figure_sheets.PERSONS)
    name = Column("name", columns["name"].heading, tuple(range(len(values))), words=_names(columns))
    shown = (name, *(columns[key] for key in AREA_KEYS))
    key = sort.removeprefix("-")
    by = columns.get(key, columns[WORST_FIRST])
    return Table(shown, _order(by, len(coverage.areas), sort.startswith("-")), total=len(coverage.areas))


def _names(columns: Mapping[str, Column]) -> dict[Any, Message]:
    """Put the two names of an area into one column, so that either reader has one to read."""
    pairs = zip(columns["name"].values, columns["name_en"].values, strict=True)
    names = {row: LocalName(str(zh or en or ""), str(en or "")) for row, (zh, en) in enumerate(pairs)}
    return {**names, len(names) - 1: figure_sheets.ALL}


def _order(column: Column, count: int, descending: bool) -> tuple[int, ...]:
    values = column.values[:count]
    known = [row for row in range(count) if values[row] is not None]
    unknown = [row for row in range(count) if values[row] is None]
    # The rows are sorted by Python, for which a text is no number: a column has one or the other.
    return (*sorted(known, key=lambda row: values[row], reverse=descending), *unknown)  # type: ignore[arg-type, return-value]


def site_table(plan: Plan, candidates: Candidates, counted: Form = figure_sheets.PERSONS) -> Table:
    """List recommended sites in the order of their gains, at most `SITES_LISTED`."""
    sheet = figure_sheets.site_sheet(plan, candidates, counted)
    listed = tuple(range(min(len(sheet), SITES_LISTED)))
    return Table(tuple(column for column in sheet.columns if column.key in SITE_KEYS), listed)


def quota_facts(quota: Quota, found: Sequence[QuotaVerdict], lang: str) -> QuotaFacts:
    """Count the verdicts of a quota; a verdict may be about many areas, or about nobody knows how many."""
    counts = Counter({verdict.word: 0 for verdict in Verdict})
    for verdict in found:
        counts[verdict.verdict.word] += 1 if verdict.areas is None else verdict.areas
    listed = sorted(found, key=lambda verdict: verdict.verdict)
    name = local_name(quota.name, quota.name_en, lang)
    return QuotaFacts(name, quota.source, counts, listed[:VERDICTS_LISTED], len(listed[VERDICTS_LISTED:]))


def standard_facts(found: StandardVerdicts, lang: str) -> StandardFacts:
    """Count how many stations meet a standard, and each of its requirements."""
    standard = found.standard
    return StandardFacts(
        local_name(standard.name, standard.name_en, lang),
        standard.source,
        _counts(found.overall()),
        [(need, _counts(states)) for need, states in zip(standard.requirements, found.states.T, strict=True)],
    )


def _counts(states: Any) -> dict[str, int]:
    return {verdict.word: int((states == verdict).sum()) for verdict in Verdict}


def changes(comparison: Comparison, lang: str) -> list[Change]:
    """Set the main figures before and after side by side."""
    pair = comparison.total
    columns = {column.key: column for column in figure_sheets.figure_columns([pair.before, pair.after])}
    compared = [columns[key] for key in COMPARED_KEYS]
    weeks = [side.week for side in (comparison.before, comparison.after)]
    if (hours := _person_hours(weeks, pair.after.demand)) is not None:
        compared.insert(2, hours)
    return [_change(column, lang) for column in compared]


def _person_hours(weeks: Sequence[FloatArray | None], demand: float) -> Column | None:
    """Count what plans by hours count: the hours of a week that persons have an open station near."""
    values = tuple(float(week.sum()) * demand for week in weeks if week is not None)
    heading = message("Near an open station in a week")
    return (
        Column("person_hours", heading, values, figure_sheets.PERSON_HOURS) if len(values) == len(weeks) else None
    )


def _change(column: Column, lang: str) -> Change:
    before, after = (shown(column, row, lang) for row in (0, 1))
    was, now = column.values
    difference = float(now) - float(was) if isinstance(was, int | float) and isinstance(now, int | float) else None
    return Change(heading(column, lang), before, after, signed(difference, column.form))


def moved(study: Study) -> dict[str, float]:
    """Count who has a nearer and who has a farther station with the scenario."""
    comparison = study.comparison
    moved_m = comparison.moved_m if comparison else np.zeros(0)
    weight = study.demand.weight
    with np.errstate(invalid="ignore"):
        return {"nearer": float(weight[moved_m < 0].sum()), "farther": float(weight[moved_m > 0].sum())}


def findings(study: Study, plan: Plan | None) -> dict[str, str]:
    """Say in a sentence what each chart shows."""
    coverage = study.coverage
    said = {"distance": _distance_finding(coverage), "lorenz": _lorenz_finding(coverage)}
    if coverage.week is not None:
        said["week"] = _week_finding(coverage.week)
    if plan and plan.sites and plan.total:
        before, after = (f"{value / plan.total:.1%}" for value in (plan.before, plan.covered))
        rise = message(
            "New stations: {n}. The covered share rises from {before} to {after}.",
            n=len(plan.sites),
            before=before,
            after=after,
        )
        said["gain"] = localized(rise)
    return said


def _distance_finding(coverage: Coverage) -> str:
    if coverage.total.share is None:
        return localized(_NO_DEMAND)
    radius, share = radius_text(coverage.question.radius_m), coverage.total.share
    return localized(
        message("{share:.1%} of the demand is within {radius} of a station.", share=share, radius=radius)
    )


def _lorenz_finding(coverage: Coverage) -> str:
    if coverage.total.gini is None:
        return localized(_NO_DEMAND)
    return localized(
        message(
            "The Gini coefficient of distance is {gini:.3f}; it is 0 where everybody is equally far.",
            gini=coverage.total.gini,
        )
    )


def _week_finding(week: FloatArray) -> str:
    day, hour = divmod(int(week.argmin()), 24)
    return localized(
        message(
            "Fewest people are near an open station on {day} at {hour}:00: {least:.1%}. At best it is {most:.1%}.",
            day=WEEKDAYS[day],
            hour=hour,
            least=week.min(),
            most=week.max(),
        )
    )


def within_steps(study: Study) -> list[tuple[str, float, float]]:
    """Tell which weight, and which share of it all, is within some distances; in the last row, of all."""
    distance_m, weight = study.coverage.distance_m, study.demand.weight
    total = float(weight.sum())
    limits_m = (*(study.question.radius_m * _STEPS).tolist(), np.inf)
    found = [float(weight[distance_m <= limit_m].sum()) for limit_m in limits_m]
    names = [distance_text(limit_m) for limit_m in limits_m[:-1]]
    return [
        (name, near, near / total if total else 0.0)
        for name, near in zip([*names, localized(message("any distance"))], found, strict=True)
    ]


# How figures are written


def formatted(value: object, form: Form) -> str:
    """Write a number the way its column says; what is not known is a dash."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return UNKNOWN
    if isinstance(value, bool) or not isinstance(value, int | float) or form is figure_sheets.TEXT:
        return str(value)
    number_format = form.number_format
    decimals = len(number_format.rstrip("%").partition(".")[2])
    return f"{value:,.{decimals}{'%' if number_format.endswith('%') else 'f'}}"


def signed(difference: float | None, form: Form) -> str:
    """Write a difference with its sign, and without one where nothing is left of it after rounding."""
    said = formatted(difference, form)
    if not any(digit in said for digit in "123456789"):
        return said.removeprefix("-")
    return said if said.startswith("-") else f"+{said}"


def shown(column: Column, row: int, lang: str) -> str:
    """Write one value of a column."""
    return formatted(column.said(lang)[row], column.form)


def gap_station(gap: Gap, lang: str) -> str:
    """Name the station nearest to a gap as readers of a language know it; a scenario's has one name."""
    if gap.station_id is None:
        return UNKNOWN
    catalog = current_catalog()
    try:
        english = catalog.column("name_en")[catalog.find(gap.station_id)]
    except StationNotFoundError:
        english = None
    return local_name(str(gap.station_name), english, lang)


def heading(column: Column, lang: str) -> str:
    """Return a column's heading, with its unit unless the values show it themselves."""
    return column.heading.to(lang) if column.form.number_format.endswith("%") else column.title(lang)


# Charts and picture


def chart(name: str, study: Study, plan: Plan | None, lang: str, *, fewest: bool = False) -> bytes:
    """Draw one of the charts: ``week``, ``lorenz``, ``distance``, or ``gain`` where there is a plan."""
    # Here, because it takes longer to load than most answers take to make.
    from locator.planning.output import charts

    coverage = study.coverage
    with _drawing:
        if name == "lorenz":
            return charts.lorenz_chart(coverage.lorenz, coverage.total.gini, lang)
        if name == "distance":
            return charts.distance_chart(coverage.distance_m, study.demand.weight, study.question.radius_m, lang)
        if name == "gain" and plan is not None:
            return charts.gain_chart(plan, lang, fewest=fewest)
        week = np.full(HOURS_OF_WEEK, np.nan) if coverage.week is None else coverage.week
        return charts.week_chart(week, lang)


PICTURE_STYLE: Final = """
.p-sea{fill:#faf3ea}.p-land{fill:#fffdfa;stroke:none}.p-edge{fill:none;stroke:#8f7d6e;stroke-width:1}
.p-gap{fill:url(#p-hatch);stroke:#a1330f;stroke-width:.8}.p-hatch{stroke:#c4602a;stroke-width:1.1}
.p-hatch-ground{fill:#fbe0cb}.p-stations{fill:none;stroke:#17616b;stroke-width:1.7;stroke-linecap:round}
.p-name{fill:#3c2f28;font:12px system-ui,"PingFang SC","Noto Sans CJK SC",sans-serif;text-anchor:middle;
paint-order:stroke;stroke:#fffdfa;stroke-width:3px;stroke-opacity:.85}
.p-site{fill:#4a2f91;stroke:#fff;stroke-width:1.5}.p-added{fill:#17693f;stroke:#fff;stroke-width:1.5}
.p-number{fill:#fff;font:700 11px system-ui,sans-serif;text-anchor:middle}
"""
_SVG: Final = "http://www.w3.org/2000/svg"
_WIDTH_PX: Final = 760
_TALLEST_PX: Final = 860
_EDGE_PX: Final = 12
_MARK_PX: Final = 9


class Picture:
    """A map in the making: districts, gaps, stations and sites as one SVG element; texts are never markup."""

    def __init__(self, bounds: tuple[float, float, float, float]) -> None:
        west, south, east, north = bounds
        shrink = np.cos(np.radians((south + north) / 2))
        width, height = max((east - west) * shrink, 1e-6), max(north - south, 1e-6)
        scale = min((_WIDTH_PX - 2 * _EDGE_PX) / width, (_TALLEST_PX - 2 * _EDGE_PX) / height)
        self._origin, self._scale = np.array([west, north]), np.array([scale * shrink, -scale])
        size = [f"{scale * side + 2 * _EDGE_PX:.0f}" for side in (width, height)]
        view = {"viewBox": f"0 0 {size[0]} {size[1]}", "width": size[0], "height": size[1]}
        self.root = ElementTree.Element("svg", {"xmlns": _SVG, "class": "picture", "role": "img", **view})

    def add(self, tag: str, css_class: str = "", text: str = "", **attributes: str) -> ElementTree.Element:
        """Put an element on top of the others."""
        element = ElementTree.SubElement(self.root, tag, attributes | ({"class": css_class} if css_class else {}))
        element.text = text or None
        return element

    def pixels(self, lonlat: FloatArray) -> FloatArray:
        """Project positions (n, 2)."""
        found: FloatArray = (lonlat - self._origin) * self._scale + _EDGE_PX
        return found

    def outline(self, shape: BaseGeometry, css_class: str) -> None:
        """Draw a polygon, with its holes."""
        rings = shapely.get_rings(shapely.get_parts(shape))
        self.add("path", css_class, d="".join(self._ring(ring) for ring in rings), **{"fill-rule": "evenodd"})

    def _ring(self, ring: BaseGeometry) -> str:
        found = np.round(self.pixels(shapely.get_coordinates(ring)), 1)
        # Points that fall on the same tenth of a pixel as the one before say nothing.
        new = np.append(True, (np.diff(found, axis=0) != 0).any(axis=1))
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in found[new].tolist()) + "Z"

    def dots(self, lonlat: FloatArray, css_class: str) -> None:
        """Draw dots, those that lie on each other once."""
        found = np.unique(np.round(self.pixels(lonlat) * 2) / 2, axis=0)
        self.add("path", css_class, d="".join(f"M{x:g} {y:g}h0" for x, y in found.tolist()))

    def mark(self, lonlat: FloatArray, sign: str, css_class: str) -> None:
        """Draw a disc with a sign in it."""
        (x, y), *_ = self.pixels(lonlat[None]).tolist()
        self.add("circle", css_class, cx=f"{x:.1f}", cy=f"{y:.1f}", r=str(_MARK_PX))
        self.add("text", "p-number", sign, x=f"{x:.1f}", y=f"{y + 4:.1f}")


def picture(study: Study, gaps: Sequence[Gap], plan: Plan | None, candidates: Candidates | None, lang: str) -> str:
    """Draw the map as SVG: outlines of the areas, gaps, stations that count, new stations and sites."""
    drawn = Picture(_bounds(study))
    title = message(
        "Map of the gaps: {gaps} areas without a station near, {stations:,} stations",
        gaps=len(gaps),
        stations=study.coverage.total.stations,
    )
    drawn.add("title", text=title.to(lang))
    drawn.add("style", text=PICTURE_STYLE)
    _hatch(drawn)
    drawn.add("rect", "p-sea", width="100%", height="100%")
    for area in study.areas:
        drawn.outline(area.outline, "p-land")
    for gap in gaps:
        drawn.outline(gap.drawn(), "p-gap")
    for area in study.areas:
        drawn.outline(area.outline, "p-edge")
    drawn.dots(study.supply.lonlat[study.coverage.serving], "p-stations")
    for area in study.areas:
        _name(drawn, area, lang)
    for lonlat in added_lonlat(study):
        drawn.mark(lonlat, "+", "p-added")
    for rank, site in enumerate(plan.sites[:SITES_LISTED] if plan else (), 1):
        if candidates is not None and np.isfinite(candidates.lonlat[site.number]).all():
            drawn.mark(candidates.lonlat[site.number], str(rank), "p-site")
    return ElementTree.tostring(drawn.root, encoding="unicode")


def added_lonlat(study: Study) -> FloatArray:
    """Return where the scenario puts new stations, (n, 2)."""
    today = set(current_catalog().column("station_id"))
    changed = study.comparison is not None
    new = [number for number, found in enumerate(study.supply.ids) if changed and found not in today]
    found: FloatArray = study.supply.lonlat[new]
    return found


def _hatch(drawn: Picture) -> None:
    definitions = drawn.add("defs")
    grain = {"width": "6", "height": "6", "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    pattern = ElementTree.SubElement(definitions, "pattern", {"id": "p-hatch", **grain})
    ElementTree.SubElement(pattern, "rect", {"class": "p-hatch-ground", "width": "6", "height": "6"})
    ElementTree.SubElement(pattern, "path", {"class": "p-hatch", "d": "M0 0V6"})


def _name(drawn: Picture, area: District, lang: str) -> None:
    lat, lon = area.centre
    (x, y), *_ = drawn.pixels(np.array([[lon, lat]])).tolist()
    drawn.add("text", "p-name", local_name(area.name, area.name_en, lang), x=f"{x:.1f}", y=f"{y:.1f}")


def _bounds(study: Study) -> tuple[float, float, float, float]:
    """Return what the picture shows: the areas, or the demand where there are none."""
    if study.areas:
        west, south, east, north = shapely.total_bounds([area.outline for area in study.areas]).tolist()
    elif len(study.demand):
        lonlat = study.demand.lonlat
        (west, south), (east, north) = lonlat.min(axis=0).tolist(), lonlat.max(axis=0).tolist()
    else:
        west, south, east, north = maps.BEIJING
    return west, south, east, north


# The file


def render_report(
    study: Study,
    plan: Plan | None,
    candidates: Candidates | None,
    rules: Rules,
    lang: str,
    goal: Goal | None = None,
) -> str:
    """Write a report that is one HTML file: it needs no other file and asks no host for anything.

    Parameters
    ----------
    study
        What was asked.
    plan, candidates, goal
        The sites that were asked for and what they are for; ``None`` without.
    rules
        Quotas and standards to judge by.
    lang
        The report's language, whatever the reader's of a request is.

    Raises
    ------
    RuntimeError
        If there is no app: outside requests call it inside ``app.app_context()``.
    """
    # A context of its own, so that the language is the report's alone.
    with current_app.app_context():
        g.language = lang
        found = facts(study, rules, lang, plan=plan, candidates=candidates, goal=goal)
        names = [name for name in ("week", "distance", "lorenz", "gain") if name in found["findings"]]
        drawn = {name: chart(name, study, plan, lang, fewest=found["fewest"]).decode() for name in names}
        return current_app.jinja_env.get_template("planner/report.html").render(
            **found,
            lang=lang,
            gaps=study.gaps[:GAPS_LISTED],
            gap_count=len(study.gaps),
            charts={name: _markup(text) for name, text in drawn.items()},
            picture=_markup(picture(study, study.gaps, plan, candidates, lang)),
            styles=_markup("\n".join(_style(name) for name in STYLES)),
            synthetic=current_catalog().synthetic,
        )


def _style(name: str) -> str:
    return (bundled("static") / name).read_text(encoding="utf-8")


def _markup(text: str) -> Markup:
    """Mark as markup what was drawn or written by us; texts of data in it are escaped already."""
    return Markup(text)  # noqa: S704
