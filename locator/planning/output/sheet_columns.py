"""Sheets: planning figures as columns with headings and units, for files and pages."""

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
from locator.language.catalogue import NAMES
from locator.language.messages import LocalName, Message, joined, localize, message
from locator.planning.inputs.demand import Candidates
from locator.planning.inputs.supply import Supply
from locator.planning.measures.comparison import Comparison
from locator.planning.measures.coverage import HOURS_OF_WEEK, Coverage, Figures, Provenance
from locator.planning.measures.gaps import Gap
from locator.planning.measures.rule_verdicts import QuotaVerdict, StandardVerdicts, Verdict
from locator.planning.siting.plans import COVERED, OUT_OF_REACH, REACHED, Plan
from locator.stations.hours import WEEKDAYS
from locator.stations.schema import AMENITIES, KINDS, TIERS, District

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of a column are written."""

    number_format: str = "General"
    """As spreadsheets write it."""
    unit: Message | None = None


TEXT: Final = Form()
NUMBER: Final = Form("0")
COUNT: Final = Form("#,##0")
PERSONS: Final = Form("#,##0", message("persons"))
PERSON_HOURS: Final = Form("#,##0", message("person-hours"))
METRES: Final = Form("#,##0", message("m"))
KM2: Final = Form("#,##0.00", message("km²"))
SECONDS: Final = Form("0.0", message("s"))
DEGREES: Final = Form("0.000000", message("°"))
SHARE: Final = Form("0.0%", message("0–1"))
RATIO: Final = Form("0.00")
INDEX: Final = Form("0.000", message("0–1"))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet."""

    key: str
    """The name for programs; that of a length ends in ``_m``."""
    heading: Message
    values: tuple[Value, ...]
    """As programs read them, shares from 0 to 1; ``None``: not known."""
    form: Form = TEXT
    words: Mapping[Any, Message] = field(default_factory=dict)
    """Labels that people read instead of values."""

    def title(self, lang: str) -> str:
        """Return the heading with its unit in brackets."""
        unit = self.form.unit
        return (message("{heading} ({unit})", heading=self.heading, unit=unit) if unit else self.heading).to(lang)

    def readable(self, lang: str) -> list[Value]:
        """Return the values as people read them: numbers as they are, words of the vocabulary as labels."""
        return [localize(self.words.get(value, value), lang) for value in self.values]


@dataclass(frozen=True, slots=True)
class FigureSheet:
    """Figures of one kind, a row for each area, gap, station or site."""

    key: str
    """The name for programs, also that of a layer."""
    title: Message
    columns: tuple[Column, ...]
    geometry: tuple[BaseGeometry | None, ...] | None = None
    """Per row its geometry, WGS 84, degrees, longitude first; ``None`` for a sheet without geometries."""

    def __len__(self) -> int:
        return len(self.columns[0].values)


ALL: Final = message("All together")
ANSWERS: Final = {True: message("Yes"), False: message("No")}
AVERAGES: Final = {True: message("Yes: an average over each area, not where people are"), False: ANSWERS[False]}
VERDICTS: Final = {
    Verdict.PASS.word: message("Pass"),
    Verdict.FAIL.word: message("Fail"),
    Verdict.UNKNOWN.word: message("Unknown"),
}
SIDES: Final = {"before": message("{figure}, before"), "after": message("{figure}, after")}
"""Key to the heading of a figure on that side of a comparison."""
LEVELS: Final = {"district": message("District"), "sub_district": message("Sub-district")}
STATUSES: Final = {
    "proven": message("Proven best"),
    "within": message("Proven within the gap"),
    "heuristic": message("Heuristic, nothing proven"),
}
REASONS: Final = {
    COVERED: message("No new station would add anything: all demand is covered already."),
    REACHED: message("No new station is needed: the share is reached already."),
    OUT_OF_REACH: message(
        "No new station would add anything: no candidate site is within reach of demand that is not covered. Offer"
        " other candidates or a larger radius."
    ),
}
"""Why a plan names no site."""
ASSUMED: Final = message(
    "New stations count as open at all hours and as having all that is asked for, unless something else is said of"
    " them"
)
"""The assumption behind the figures of sites and of added stations."""
GEODESIC: Final = message("Straight lines along the ellipsoid")

_FIGURES: Final = (
    ("demand", message("Demand"), PERSONS),
    ("covered", message("Covered", context="figure"), PERSONS),
    ("share", message("Share of demand covered"), SHARE),
    ("area_km2", message("Area", context="figure"), KM2),
    ("area_share", message("Share of area covered"), SHARE),
    ("stations", message("Stations", context="figure"), COUNT),
    ("stations_per_10000", message("Stations per 10,000 persons"), RATIO),
    ("people_per_station", message("Persons per station"), RATIO),
    ("overlap", message("Stations within reach per person"), RATIO),
    ("median_m", message("Median distance to the nearest station"), METRES),
    ("p90_m", message("90th percentile of that distance"), METRES),
    ("p95_m", message("95th percentile of that distance"), METRES),
    ("worst_m", message("Longest distance"), METRES),
    ("gini", message("Gini of distance"), INDEX),
)


def area_sheet(coverage: Coverage, areas: Sequence[District] = ()) -> FigureSheet:
    """Tabulate the figures of every area, and in the last row those of all together.

    With the `areas`, in the order of the coverage, the rows have outlines. The last row has an empty ``area_id``
    and no outline; it includes demand outside all areas, so it can be more than the sum of the rows above.
    """
    rows = (*coverage.areas, coverage.total)
    names = (
        _column("area_id", message("Id"), [row.area_id for row in rows]),
        _column("name", message("Area name"), [*(row.name for row in coverage.areas), ALL.to(NAMES)]),
        _column("name_en", message("English name"), [*(row.name_en for row in coverage.areas), str(ALL)]),
    )
    outlines = (*(area.outline for area in areas), None) if areas else None
    return FigureSheet("areas", message("Areas"), names + figure_columns(rows), outlines)


def figure_columns(rows: Sequence[Figures]) -> tuple[Column, ...]:
    """Turn figures into columns, one row each, with a column for every distance of `Figures.beyond`."""
    plain = [Column(key, word, tuple(getattr(row, key) for row in rows), form) for key, word, form in _FIGURES]
    beyond = [_beyond(number, distance_m, rows) for number, (distance_m, _) in enumerate(rows[0].beyond)]
    return (*plain, *beyond)


def _beyond(number: int, distance_m: float, rows: Sequence[Figures]) -> Column:
    heading = message("Farther than {distance} m", distance=f"{distance_m:g}")
    return Column(f"beyond_{distance_m:g}_m", heading, tuple(row.beyond[number][1] for row in rows), PERSONS)


def week_sheet(week: FloatArray) -> FigureSheet:
    """Tabulate the share near an open station, (168,) from Monday 00:00, a row for each hour."""
    hours = range(HOURS_OF_WEEK)
    columns = (
        _column("day", message("Day"), [hour // 24 + 1 for hour in hours], NUMBER, dict(enumerate(WEEKDAYS, 1))),
        _column("hour", message("Hour"), [hour % 24 for hour in hours], NUMBER),
        _column("share", message("Share of demand near an open station"), week.tolist(), SHARE),
    )
    return FigureSheet("week", message("Week"), columns)


def gap_sheet(gaps: Sequence[Gap]) -> FigureSheet:
    """Tabulate gaps in their order, with their exact outlines."""
    inhabited = [gap.from_demand for gap in gaps]
    columns = (
        _column("rank", message("Rank"), range(1, len(gaps) + 1), NUMBER),
        _column("persons", message("Demand"), [gap.persons for gap in gaps], PERSONS),
        _column("area_km2", message("Area", context="figure"), [gap.area_km2 for gap in gaps], KM2),
        _column("names", message("Areas"), ["、".join(gap.names) for gap in gaps]),
        _column("names_en", message("Areas in English"), [", ".join(gap.names_en) for gap in gaps]),
        _column("lat", message("Latitude of the worst-served place"), [gap.lat for gap in gaps], DEGREES),
        _column("lon", message("Longitude of it"), [gap.lon for gap in gaps], DEGREES),
        _column("from_demand", message("There is demand there"), inhabited, words=ANSWERS),
        _column("station_id", message("Nearest station's id"), [gap.station_id for gap in gaps]),
        _column("station_name", message("Nearest station"), [gap.station_name for gap in gaps]),
        _column("distance_m", message("Distance to it"), [gap.distance_m for gap in gaps], METRES),
    )
    return FigureSheet("gaps", message("Gaps"), columns, tuple(gap.outline for gap in gaps))


def quota_sheet(verdicts: Sequence[QuotaVerdict]) -> FigureSheet:
    """Tabulate the verdicts on quotas; areas that no station names have no name."""
    quotas = [verdict.quota for verdict in verdicts]
    names = {quota.rule_id: LocalName(quota.name, quota.name_en) for quota in quotas}
    unnamed = {None: message("Areas that no station names")}
    columns = (
        _column("rule_id", message("Rule"), [quota.rule_id for quota in quotas], words=names),
        _column("level", message("Level"), [quota.level for quota in quotas], words=LEVELS),
        _column("district", message("In the district"), [verdict.district for verdict in verdicts]),
        _column("name", message("Area name"), [verdict.name for verdict in verdicts], words=unnamed),
        _column("name_en", message("English name"), [verdict.name_en for verdict in verdicts]),
        _column("areas", message("Number of areas"), [verdict.areas for verdict in verdicts], COUNT),
        _column("kind", message("Kind"), [quota.kind for quota in quotas], words=KINDS),
        _column("least", message("At least"), [quota.least for quota in quotas], COUNT),
        _column("count", message("There are"), [verdict.count for verdict in verdicts], COUNT),
        _column("undecided", message("May be there"), [verdict.undecided for verdict in verdicts], COUNT),
        _column("verdict", message("Verdict"), [verdict.verdict.word for verdict in verdicts], words=VERDICTS),
    )
    return FigureSheet("quotas", message("Quotas"), columns)


def standard_sheet(verdicts: StandardVerdicts, supply: Supply) -> FigureSheet:
    """Tabulate the verdicts on stations as points, with a column for every requirement."""
    numbers = verdicts.numbers.tolist()
    columns = (
        _column("station_id", message("Station id", context="figure"), [supply.ids[number] for number in numbers]),
        _column("name", message("Station"), [supply.names[number] for number in numbers]),
        _column("kind", message("Kind"), [supply.kinds[number] for number in numbers], words=KINDS),
        _column("verdict", message("Verdict"), _words(verdicts.overall()), words=VERDICTS),
    )
    needs = zip(verdicts.standard.requirements, verdicts.states.T, strict=True)
    requirements = tuple(
        _column(f"requirement_{number}", LocalName(need.name, need.name_en), _words(states), words=VERDICTS)
        for number, (need, states) in enumerate(needs, 1)
    )
    title = LocalName(verdicts.standard.name, verdicts.standard.name_en)
    key = f"standard_{verdicts.standard.standard_id}"
    return FigureSheet(key, title, columns + requirements, _points(supply.lonlat[numbers]))


def _words(states: NDArray[np.int8]) -> list[str]:
    return [Verdict(state).word for state in states.tolist()]


def _points(lonlat: FloatArray) -> tuple[BaseGeometry | None, ...]:
    """Turn positions into points; ``None`` where a position is missing."""
    return tuple(shapely.Point(position) if np.isfinite(position).all() else None for position in lonlat)


def comparison_sheet(comparison: Comparison, areas: Sequence[District] = ()) -> FigureSheet:
    """Tabulate the figures before and after side by side, in the rows of `area_sheet`."""
    pairs = (*comparison.areas, comparison.total)
    rows = area_sheet(comparison.after, areas)
    before = figure_columns([pair.before for pair in pairs])
    after = figure_columns([pair.after for pair in pairs])
    sides = zip(before, after, strict=True)
    figures = [_on_side(column, side) for both in sides for column, side in zip(both, SIDES, strict=True)]
    moved = (
        _column("gained", message("Newly covered"), [pair.gained for pair in pairs], PERSONS),
        _column("lost", message("No longer covered"), [pair.lost for pair in pairs], PERSONS),
    )
    columns = (*rows.columns[:3], *moved, *figures)
    return FigureSheet("comparison", message("Comparison"), columns, rows.geometry)


def _on_side(column: Column, side: str) -> Column:
    heading = Message(SIDES[side], {"figure": column.heading})
    return replace(column, key=f"{column.key}_{side}", heading=heading)


def site_sheet(plan: Plan, candidates: Candidates, counted: Form = PERSONS) -> FigureSheet:
    """Tabulate the chosen sites in order of gain, with what is covered once each of them is built.

    `counted` is what the plan counts: `PERSONS` or `PERSON_HOURS`.
    """
    numbers = [site.number for site in plan.sites]
    gains = [site.gain for site in plan.sites]
    covered = [*accumulate(gains, initial=plan.before)][1:]
    shares = [weight / plan.total if plan.total else None for weight in covered]
    lonlat = candidates.lonlat[numbers]
    columns = (
        _column("rank", message("Rank"), range(1, len(numbers) + 1), NUMBER),
        _column("candidate_id", message("Candidate"), [candidates.ids[number] for number in numbers]),
        _column("lat", message("Latitude"), _numbers(lonlat[:, 1]), DEGREES),
        _column("lon", message("Longitude"), _numbers(lonlat[:, 0]), DEGREES),
        _column("gain", message("Newly covered"), gains, counted),
        _column("covered", message("Covered so far"), covered, counted),
        _column("share", message("Share covered so far"), shares, SHARE),
    )
    return FigureSheet("sites", message("Sites"), columns, _points(lonlat))


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
) -> FigureSheet:
    """Tabulate the provenance of figures in one row.

    Parameters
    ----------
    coverage
        With it: which stations counted, how many have unknown hours, and the range of the share.
    plan
        With it: what was proven, by which solver, from which seed.
    counted
        What the plan counts: `PERSONS` or `PERSON_HOURS`.
    adds
        Whether stations are added, by a plan or a scenario, so that the row has the assumption about them.
    distances
        The table that the plan took its distances from; ``None``: they were measured.
    """
    columns = _source_columns(provenance)
    columns += (_column("distances", message("Distances"), [distances], words={None: GEODESIC}),)
    columns += (_column("assumed", message("Assumed"), [ASSUMED]),) * adds
    columns += _coverage_columns(coverage) if coverage else ()
    columns += _plan_columns(plan, counted) if plan else ()
    return FigureSheet("provenance", message("Provenance"), columns)


def _source_columns(provenance: Provenance) -> tuple[Column, ...]:
    at = provenance.as_of.isoformat() if provenance.as_of else None
    evenly = provenance.spread_evenly
    return (
        _column("version", message("Program and version"), [f"locator {provenance.version}"]),
        _column("data_version", message("Data version"), [provenance.data_version]),
        _column("radius_m", message("Service radius"), [provenance.radius_m], METRES),
        _column("as_of", message("Open at"), [at], words={None: message("Whatever their hours")}),
        _column("demand_source", message("Demand source"), [provenance.demand_source]),
        _column("demand_digest", message("Demand digest"), [provenance.demand_digest]),
        _column("spread_evenly", message("Demand spread evenly"), [evenly], words=AVERAGES),
        _column(
            "out_of_service",
            message("Stations closed for now or planned, not counted"),
            [provenance.out_of_service],
            COUNT,
        ),
        *(
            _column(f"demand_note_{number}", message("Note on the demand"), [note])
            for number, note in enumerate(provenance.demand_notes, 1)
        ),
    )


def _coverage_columns(coverage: Coverage) -> tuple[Column, ...]:
    low, high = coverage.share_range or (None, None)
    question, unknown = coverage.question, coverage.unknown_hours
    week = question.week_of.isoformat() if question.week_of else None
    return (
        _column("week_of", message("Monday of the week judged"), [week]),
        _choice("kinds", message("Kinds"), question.kinds, KINDS),
        _choice("amenities", message("Amenities"), question.amenities, AMENITIES),
        _choice("tiers", message("Tiers"), question.tiers, TIERS),
        _column("unknown_hours", message("Stations with unknown hours"), [unknown], COUNT),
        _column("share_low", message("Share, 5th percentile"), [low], SHARE),
        _column("share_high", message("Share, 95th percentile"), [high], SHARE),
    )


def _choice(key: str, heading: Message, chosen: Iterable[str], vocabulary: Mapping[str, Message]) -> Column:
    """Join several words of a vocabulary into one value, in the vocabulary's order; none means all."""
    words = [word for word in vocabulary if word in set(chosen)]
    value = " ".join(words) or None
    label = (
        joined((vocabulary[word] for word in words), message(", ")) if words else message("All", context="choice")
    )
    return _column(key, heading, [value], words={value: label})


def _plan_columns(plan: Plan, counted: Form) -> tuple[Column, ...]:
    bound = message("Proven bound (sites, where fewest were asked for)")
    return (
        _column("status", message("Status"), [plan.status], words=STATUSES),
        _column("reason", message("Why there are no sites"), [plan.reason], words=REASONS),
        _column("before", message("Covered before", context="figure"), [plan.before], counted),
        _column("covered", message("Covered with the sites"), [plan.covered], counted),
        _column("total", message("Demand", context="total"), [plan.total], counted),
        Column("bound", bound, (plan.bound,), COUNT),
        _column("gap", message("Gap to the bound"), [plan.gap], SHARE),
        _column("solver", message("Solver"), [plan.solver]),
        _column("seed", message("Seed"), [plan.seed], NUMBER),
        _column("digest", message("Input digest"), [plan.digest]),
        _column("seconds", message("Time taken"), [plan.seconds], SECONDS),
    )


def _column(
    key: str,
    heading: Message,
    values: Iterable[Value],
    form: Form = TEXT,
    words: Mapping[Any, Message] | None = None,
) -> Column:
    return Column(key, heading, tuple(values), form, words or {})
