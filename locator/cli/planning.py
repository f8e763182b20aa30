"""Commands of the planner: who is not served, and where the next stations would help most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import click
import orjson

from locator.cli.group import FilePath, Number, Whole, align, plain_errors, progress, tell
from locator.cli.publishing import load_published
from locator.config import SERVICE_RADIUS_M, Settings, read_settings
from locator.planning import exports
from locator.planning.coverage import Figures, Provenance
from locator.planning.demand import (
    Candidates,
    Demand,
    candidates_of,
    grid_candidates,
    read_areas,
    read_candidates,
    read_demand,
    read_distances,
    spread_evenly,
)
from locator.planning.records import coverage_record, plan_record
from locator.planning.rules import read_rules
from locator.planning.scenario import read_scenario
from locator.planning.siting import Plan
from locator.planning.study import Goal, Study
from locator.planning.supply import supply_of
from locator.planning.tables import PERSON_HOURS, PERSONS
from locator.planning.workbook import provenance_of, sheets_of
from locator.stations.catalog import Catalog
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import AMENITIES, KINDS, TIERS, District
from locator.stations.writing import replace_file
from locator.web import params, questions

P = ParamSpec("P")
R = TypeVar("R")

SPACING_M: Final = SERVICE_RADIUS_M
SUFFIXES: Final = ".csv, .xlsx, .geojson, .gpkg or .html"
FILE: Final = FilePath()
QUESTION_OPTIONS: Final = (
    click.option("--demand", type=FILE, help="Demand points or areas; else the census spread evenly."),
    click.option("--crs", help="The reference system of DEMAND where its file does not say, such as EPSG:4490."),
    click.option("--datum", help="What degrees in DEMAND mean: wgs84, gcj02 or bd09."),
    click.option("--areas", type=FILE, help="Polygons to report by; else the districts of the geodata."),
    click.option("--radius", help="Metres, above 0 and at most 20000.  [default: 1000]"),
    click.option("--kind", help=f"Only these kinds, with commas: {', '.join(KINDS)}."),
    click.option("--amenity", help=f"Only with all of these: {', '.join(AMENITIES)}."),
    click.option("--tier", help=f"Only these tiers: {', '.join(TIERS)}."),
    click.option("--open-at", help="Only stations open then: now, or a time such as 2026-11-21T19:45."),
    click.option("--scenario", type=FILE, help="Stations added, removed or changed, .csv or .json."),
    click.option("--out", type=FILE, help=f"Write the figures to a file: {SUFFIXES}."),
    click.option("--lang", help="Language of headings and words: zh or en."),
    click.option("--json", "as_json", is_flag=True, help="Print what the API answers."),
)


def asks_a_question(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command the options that say which stations count, for whom, and what to do with the answer."""
    return reduce(lambda made, option: option(made), reversed(QUESTION_OPTIONS), command)


@click.command()
@asks_a_question
@plain_errors
def coverage(as_json: bool, out: Path | None, **fields: Any) -> None:
    """Say how many people are farther than the service radius from a station that suits them, and where."""
    case = read_case(fields)
    tell("Measuring …")
    case.study.measure()
    if out:
        write_answer(out, case)
    if as_json:
        click.echo(orjson.dumps(coverage_record(case.study)))
    elif not out:
        print_figures(case)


@click.command()
@asks_a_question
@click.option(
    "--candidates", default="grid", show_default=True, help="grid, demand (its points), or a file of places."
)
@click.option(
    "--spacing", type=Number(), default=SPACING_M, show_default=True, help="Metres between candidates of the grid."
)
@click.option("--distances", type=FILE, help="demand_id, candidate_id, distance_m in place of positions.")
@click.option("--n", type=Whole(), help="How many sites.  [default: 10]")
@click.option("--target-share", type=Number(), help="In place of --n: as few as reach this share, 0-1.")
@click.option("--by-area", is_flag=True, help="Every area has to reach the target share.")
@click.option("--floor", type=Number(), help="With --n: the least share, 0-1, in every area.")
@click.option("--by-hours", is_flag=True, help="Count person-hours of the week, not persons.")
@click.option("--ignore-existing", is_flag=True, help="As if there were no stations yet.")
@click.option(
    "--time-limit", type=Number(), default=60.0, show_default=True, help="Seconds to search and to prove."
)
@click.option(
    "--seed", type=Whole(), default=0, show_default=True, help="The same input and seed give the same answer."
)
@plain_errors
def sites(as_json: bool, out: Path | None, **fields: Any) -> None:
    """Say where the next stations would help most, and how near to the best that is proven to be."""
    case = read_case(fields)
    goal, candidates = read_goal(fields), read_places(fields, case)
    table = fields["distances"]
    distances = read_distances(table, case.study.demand, candidates) if table else None
    with progress() as show:
        plan = case.study.plan(goal, candidates, distances, show)
    if out:
        write_answer(out, case, plan, candidates, goal)
    if as_json:
        click.echo(orjson.dumps(plan_record(plan, candidates, case.study.provenance)))
    elif not out:
        print_plan(plan, candidates, case)


@dataclass(frozen=True, slots=True)
class Case:
    """What a command was asked, read from its options."""

    study: Study
    catalog: Catalog
    settings: Settings
    lang: str


def read_case(fields: Mapping[str, Any]) -> Case:
    """Read the options of `asks_a_question`, the stations and the demand."""
    settings, now = read_settings(), datetime.now(STATION_TIMEZONE)
    question = questions.question(fields, settings, now)
    lang = params.language(fields, settings.lang)
    changes = read_scenario(fields["scenario"]) if fields["scenario"] else ()
    catalog = Catalog(load_published(settings).geodata)
    areas = read_areas(fields["areas"]) if fields["areas"] else catalog.districts
    demand = read_people(fields, settings, areas)
    return Case(Study(supply_of(catalog), demand, areas, question, changes), catalog, settings, lang)


def read_people(fields: Mapping[str, Any], settings: Settings, areas: Sequence[District]) -> Demand:
    """Read the demand that is named, or the operator's, or spread the census."""
    path = fields["demand"] or settings.demand
    if path is None:
        return spread_evenly(areas)
    tell(f"Reading {path} …")
    return read_demand(path, crs=fields["crs"], datum=fields["datum"], positions=not fields.get("distances"))


def read_goal(fields: Mapping[str, Any]) -> Goal:
    """Read what new sites are for."""
    return Goal(
        n=10 if fields["n"] is None and fields["target_share"] is None else fields["n"],
        target_share=fields["target_share"],
        by_area=fields["by_area"],
        floor=fields["floor"],
        by_hours=fields["by_hours"],
        ignore_existing=fields["ignore_existing"],
        time_limit_s=fields["time_limit"],
        seed=fields["seed"],
    )


def read_places(fields: Mapping[str, Any], case: Case) -> Candidates:
    """Read where new stations could stand."""
    if fields["candidates"] == "grid":
        return grid_candidates(case.study.areas, fields["spacing"])
    if fields["candidates"] == "demand":
        return candidates_of(case.study.demand)
    return read_candidates(Path(fields["candidates"]), positions=not fields["distances"])


def write_answer(
    out: Path, case: Case, plan: Plan | None = None, candidates: Candidates | None = None, goal: Goal | None = None
) -> None:
    """Write everything about a case to a file, in the form that its suffix says."""
    if out.suffix == ".html":
        replace_file(out, report_page(case, plan, candidates, goal).encode())
    else:
        counted = PERSON_HOURS if goal and goal.by_hours else PERSONS
        sheets = sheets_of(case.study, read_rules(case.settings.geodata), plan, candidates, counted)
        for sheet in exports.write(out, sheets, provenance_of(case.study, plan, counted), case.lang):
            tell(f"{sheet.title.label(case.lang)}: no room for it in {out.suffix}; .xlsx holds everything.")
    tell(f"Written: {out}")


def report_page(case: Case, plan: Plan | None, candidates: Candidates | None, goal: Goal | None) -> str:
    """Make the report that opens in any browser."""
    from locator.web import build_app
    from locator.web.live import Live
    from locator.web.report import render_report

    rules = read_rules(case.settings.geodata)
    app = build_app(case.settings, Live(case.settings, case.catalog))
    with app.test_request_context(query_string={"lang": case.lang}):
        return render_report(case.study, plan, candidates, rules, case.lang, goal)


def print_figures(case: Case) -> None:
    """Print the figures of every area, worst first, and of all together."""
    found = case.study.coverage
    heading = ("covered", "persons", "beyond", "median m", "p90 m", "stations", "area")
    areas = sorted(found.areas, key=lambda figures: 2.0 if figures.share is None else figures.share)
    click.echo("\n".join(align([heading, *(_row(figures, case.lang) for figures in (*areas, found.total))])))
    if found.share_range:
        low, high = found.share_range
        click.echo(f"Positions are uncertain: the covered share lies between {low:.1%} and {high:.1%}.")
    if found.unknown_hours:
        click.echo(
            f"The hours of {found.unknown_hours} stations are not known; where hours matter they are closed."
        )
    print_provenance(found.provenance)


def _row(figures: Figures, lang: str) -> Sequence[str]:
    name = (figures.name if lang == "zh" else figures.name_en) or {"zh": "全部"}.get(lang, "all")
    share = "-" if figures.share is None else f"{figures.share:.1%}"
    lengths = ("-" if length is None else f"{length:.0f}" for length in (figures.median_m, figures.p90_m))
    uncovered = figures.demand - figures.covered
    return (share, f"{figures.demand:,.0f}", f"{uncovered:,.0f}", *lengths, f"{figures.stations:,}", name)


def print_plan(plan: Plan, candidates: Candidates, case: Case) -> None:
    """Print the chosen sites in order of gain, and what was proven about them."""
    rows = [("", "candidate", "lat", "lon", "gain")]
    for rank, site in enumerate(plan.sites, 1):
        lon, lat = candidates.lonlat[site.number].tolist()
        rows.append((str(rank), candidates.ids[site.number], f"{lat:.6f}", f"{lon:.6f}", f"{site.gain:,.0f}"))
    click.echo("\n".join(align(rows)))
    share = "-" if plan.share is None else f"{plan.share:.2%}"
    click.echo(f"Covered: {plan.covered:,.0f} of {plan.total:,.0f} ({share}), before {plan.before:,.0f}.")
    click.echo(
        f"{PROVEN[plan.status].format(gap=plan.gap)} {plan.solver}, {plan.seconds:.1f} s, seed {plan.seed}."
    )
    print_provenance(case.study.provenance)


PROVEN: Final = {
    "proven": "Proven: no choice does better.",
    "within": "Proven: no choice does better by more than {gap:.2%}.",
    "heuristic": "Found by search; how much better another choice may be is not proven.",
}


def print_provenance(provenance: Provenance) -> None:
    """Print what has to stand beside every figure."""
    as_of = f", open at {provenance.as_of:%Y-%m-%d %H:%M}" if provenance.as_of else ""
    click.echo(
        f"locator {provenance.version}, data {provenance.data_version}, radius {provenance.radius_m:g} m{as_of}; "
        f"demand: {provenance.demand_source} ({provenance.demand_digest})"
    )
