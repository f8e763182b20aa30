"""Commands of the planner: who is not served, and where the next stations would help most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import click
import numpy as np
import orjson

from locator.cli.group import (
    ONLY_AMENITIES,
    ONLY_KINDS,
    FilePath,
    RealNumber,
    Whole,
    align,
    command,
    echo,
    option,
    plain_errors,
    progress,
    spoken,
    tell,
)
from locator.cli.versioning import load_published
from locator.config import SERVICE_RADIUS_M, Settings, read_settings
from locator.errors import UsageError
from locator.files.writing import replace_file
from locator.language.catalogue import languages, local_name
from locator.language.messages import Message, joined, message
from locator.planning import study_query
from locator.planning.inputs.demand import (
    Candidates,
    Demand,
    candidates_of,
    grid_candidates,
    people_of,
    spread_evenly,
)
from locator.planning.inputs.planner_files import read_areas, read_candidates, read_demand, read_distances
from locator.planning.inputs.rule_files import read_rules
from locator.planning.inputs.scenario_files import read_scenario
from locator.planning.inputs.supply import suitable, supply_of
from locator.planning.measures.coverage import Figures, Provenance
from locator.planning.output import sheet_files
from locator.planning.output.plain_answers import coverage_record, plan_record
from locator.planning.output.sheet_columns import ASSUMED, PERSON_HOURS, PERSONS, REASONS, Form
from locator.planning.output.study_sheets import provenance_of, sheets_of, table_sheets
from locator.planning.siting.plans import Plan
from locator.planning.study import Distances, Goal, Study
from locator.stations import request_fields
from locator.stations.catalog import Catalog
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import TIERS, District

P = ParamSpec("P")
R = TypeVar("R")

SPACING_M: Final = SERVICE_RADIUS_M
SUFFIXES: Final = (".csv", ".xlsx", ".geojson", ".gpkg", ".html")
FILE: Final = FilePath()


class OutPath(FilePath):
    """A file to write; its suffix and its folder are checked before any long work."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Read an argument."""
        path: Path = super().convert(value, param, ctx)
        if path.suffix.lower() not in SUFFIXES:
            known = ", ".join(SUFFIXES)
            self.fail(
                spoken(
                    message("{value!r} does not say its format. Use one of {known}.", value=value, known=known)
                ),
                param,
                ctx,
            )
        if not path.parent.is_dir():
            self.fail(
                spoken(message("{value!r} is not a folder. Choose one that exists.", value=str(path.parent))),
                param,
                ctx,
            )
        return path


_PROVENANCE: Final = message("locator {version}, data {data}, radius {radius:g} m; demand: {source} ({digest})")
_PROVENANCE_AT: Final = message(
    "locator {version}, data {data}, radius {radius:g} m, open at {time}; demand: {source} ({digest})"
)
QUESTION_OPTIONS: Final = (
    option("--demand", type=FILE, help="Demand points or areas; else the census spread evenly."),
    option("--crs", help="The reference system of DEMAND where its file does not say, such as EPSG:4490."),
    option("--datum", help="What degrees in DEMAND mean: wgs84, gcj02 or bd09."),
    option("--areas", type=FILE, help="Polygons to report by; else the districts of the geodata."),
    option("--radius", help="Metres, above 0 and at most 20000.  [default: 1000]"),
    option("--kind", help=ONLY_KINDS),
    option("--amenity", help=ONLY_AMENITIES),
    option("--tier", help=message("Only these tiers: {known}.", known=", ".join(TIERS))),
    option("--open-at", help="Only stations open then: now, or a time such as 2026-11-21T19:45."),
    option("--scenario", type=FILE, help="Stations added, removed or changed: a table or .json."),
    option(
        "--out", type=OutPath(), help=message("Write the figures to a file: {known}.", known=", ".join(SUFFIXES))
    ),
    option("--lang", help=message("Language of headings and words: {known}.", known=", ".join(languages()))),
    option("--json", "as_json", is_flag=True, help="Print what the API answers."),
)


def asks_a_question(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command the options that say which stations count, for whom, and what to do with the answer."""
    return reduce(lambda decorated, option: option(decorated), reversed(QUESTION_OPTIONS), command)


@command()
@asks_a_question
@plain_errors
def coverage(as_json: bool, out: Path | None, **fields: Any) -> None:
    """Say how many people are farther than the service radius from a station that suits them, and where."""
    case = read_case(fields)
    tell(message("Measuring …"))
    case.study.measure()
    if out:
        write_answer(out, case)
    if as_json:
        click.echo(orjson.dumps(coverage_record(case.study)))
    elif not out:
        print_figures(case)


@command()
@asks_a_question
@option(
    "--candidates",
    default="grid",
    show_default=True,
    help="grid, demand (its points), or a file of places.",
)
@option(
    "--spacing",
    type=RealNumber(),
    help=message("Metres between the candidates of the grid.  [default: {usual:g}]", usual=SPACING_M),
)
@option(
    "--distances",
    type=FILE,
    help=message(
        "demand_id, candidate_id, distance_m in place of positions; for stations that exist too, by their ids."
    ),
)
@option("--n", type=Whole(), help="How many sites.  [default: 10]")
@option("--target-share", type=RealNumber(), help="In place of --n: as few as reach this share, 0-1.")
@option("--by-area", is_flag=True, help="With --target-share: every area has to reach it.")
@option("--floor", type=RealNumber(), help="The least share, 0-1, in every area.")
@option("--by-hours", is_flag=True, help="Count person-hours of the week, not persons; not with --open-at.")
@option("--ignore-existing", is_flag=True, help="As if there were no stations yet.")
@option("--time-limit", type=RealNumber(), default=60.0, show_default=True, help="Seconds to search and to prove.")
@option(
    "--seed",
    type=Whole(),
    default=0,
    show_default=True,
    help="The same input and seed give the same answer.",
)
@plain_errors
def sites(as_json: bool, out: Path | None, **fields: Any) -> None:
    """Say where the next stations would help most, and how near to the best that is proven to be."""
    refuse_unused_options(fields, out)
    case = read_case(fields)
    goal, candidates = read_goal(fields), read_sites(fields, case)
    table = fields["distances"]
    distances = read_table(table, case, candidates, goal) if table else None
    with progress() as show:
        plan = case.study.plan(goal, candidates, distances, show)
    if out:
        write_plan(out, case, plan, candidates, goal, table)
    if as_json:
        record = plan_record(plan, candidates, case.study.provenance, table and table.name)
        click.echo(orjson.dumps(record))
    elif not out:
        print_plan(plan, candidates, case, goal, table)


def refuse_unused_options(fields: Mapping[str, Any], out: Path | None) -> None:
    """Refuse combinations in which an option has no effect, before any long work."""
    if fields["spacing"] is not None and fields["candidates"] != "grid":
        raise UsageError(
            "--spacing is that of the grid, and --candidates names {value}. Drop one.", value=fields["candidates"]
        )
    if fields["distances"] and out and out.suffix.lower() == ".html":
        raise UsageError(
            "A report (--out {value}) is measured in straight lines, which --distances replaces. Choose .xlsx,"
            " .csv, .geojson or .gpkg, or --json.",
            value=out,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """The study that a command was asked for, read from its options."""

    study: Study
    catalog: Catalog
    settings: Settings
    lang: str


def read_case(fields: Mapping[str, Any]) -> Case:
    """Read the options of `asks_a_question`, the stations and the demand."""
    settings, now = read_settings(), datetime.now(STATION_TIMEZONE)
    question = study_query.read_question(fields, settings, now)
    lang = request_fields.read_language(fields, settings.lang)
    notes: list[str] = []
    changes = read_scenario(fields["scenario"], notes) if fields["scenario"] else ()
    catalog = Catalog(load_published(settings).geodata)
    areas = read_areas(fields["areas"], notes) if fields["areas"] else catalog.districts
    demand = read_people(fields, settings, areas, catalog.districts)
    tell_notes((*notes, *demand.notes))
    return Case(Study(supply_of(catalog), demand, areas, question, changes), catalog, settings, lang)


def read_people(
    fields: Mapping[str, Any], settings: Settings, areas: Sequence[District], districts: Sequence[District]
) -> Demand:
    """Read the demand that is named, or the operator's, or spread the census."""
    path = fields["demand"] or settings.demand
    if path is None:
        for name in ("crs", "datum"):
            if fields[name]:
                raise UsageError("--{name} is that of --demand, and there is none. Name the file.", name=name)
        return people_of(areas, districts, fields["areas"].name) if fields["areas"] else spread_evenly(areas)
    tell(message("Reading {file} …", file=path))
    has_table = bool(fields.get("distances"))
    return read_demand(path, crs=fields["crs"], datum=fields["datum"], positions=not has_table, areas=areas)


def tell_notes(notes: Iterable[str]) -> None:
    """Report what was left out of a file, or is in doubt in it."""
    for note in notes:
        tell(note)


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


def read_sites(fields: Mapping[str, Any], case: Case) -> Candidates:
    """Read where new stations could stand."""
    if fields["candidates"] == "grid":
        return grid_candidates(case.study.areas, SPACING_M if fields["spacing"] is None else fields["spacing"])
    if fields["candidates"] == "demand":
        return candidates_of(case.study.demand)
    candidates = read_candidates(Path(fields["candidates"]), positions=not fields["distances"])
    tell_notes(candidates.notes)
    return candidates


def read_table(path: Path, case: Case, candidates: Candidates, goal: Goal) -> Distances:
    """Read the distances, and warn of stations that have none."""
    supply, question = case.study.supply, case.study.question
    notes: list[str] = []
    # Distances to stations that are not in service may stand in the file; they are not counted.
    sites = set(candidates.ids)
    others = [station_id for station_id in supply.out_of_service if station_id not in sites]
    found = read_distances(path, case.study.demand, candidates, (*supply.ids, *others), notes)
    counted = found[1] < len(candidates) + len(supply)
    distances = found[0][counted], found[1][counted], found[2][counted]
    tell_notes(notes)
    suits = suitable(supply, question.kinds, question.amenities, question.tiers)
    missing = len(np.setdiff1d(suits, distances[1] - len(candidates)))
    if missing and not goal.ignore_existing:
        tell(
            message(
                "{file} has no distances to {missing} of {count} stations: nobody is within reach of those.",
                file=path.name,
                missing=missing,
                count=len(suits),
            )
        )
    return distances


def write_plan(out: Path, case: Case, plan: Plan, candidates: Candidates, goal: Goal, table: Path | None) -> None:
    """Write sites and everything about their case to a file; with a table of distances only the sites."""
    if table is None:
        write_answer(out, case, plan, candidates, goal)
        return
    sheets, provenance = table_sheets(case.study, plan, candidates, _counted(goal), table.name)
    sheet_files.write(out, sheets, provenance, case.lang)
    tell(message("Written: {file}", file=out))


def _counted(goal: Goal | None) -> Form:
    return PERSON_HOURS if goal and goal.by_hours else PERSONS


def write_answer(
    out: Path, case: Case, plan: Plan | None = None, candidates: Candidates | None = None, goal: Goal | None = None
) -> None:
    """Write everything about a case to a file, in the form that its suffix says."""
    if out.suffix.lower() == ".html":
        replace_file(out, report_page(case, plan, candidates, goal).encode())
    else:
        counted = _counted(goal)
        sheets = sheets_of(case.study, read_rules(case.settings.geodata), plan, candidates, counted)
        for sheet in sheet_files.write(out, sheets, provenance_of(case.study, plan, counted), case.lang):
            tell(
                message(
                    "{sheet}: no room for it in {form}; .xlsx holds everything.",
                    sheet=sheet.title.to(case.lang),
                    form=out.suffix,
                )
            )
    tell(message("Written: {file}", file=out))


def report_page(case: Case, plan: Plan | None, candidates: Candidates | None, goal: Goal | None) -> str:
    """Make the report that opens in any browser."""
    from locator.handouts.planning_report import planning_report  # templates: a tenth of a second for .html alone

    rules = read_rules(case.settings.geodata)
    return planning_report(case.study, case.catalog, rules, case.lang, plan, candidates, goal)


def print_figures(case: Case) -> None:
    """Print the figures of every area, worst first, and of all together."""
    measured = case.study.coverage
    heading = (
        message("covered", context="share"),
        message("persons"),
        message("beyond", context="persons"),
        message("median m"),
        message("p90 m"),
        message("stations", context="figure"),
        message("area"),
    )
    areas = sorted(measured.areas, key=lambda figures: 2.0 if figures.share is None else figures.share)
    click.echo("\n".join(align([heading, *(_row(figures, case.lang) for figures in (*areas, measured.total))])))
    if measured.share_range:
        low, high = measured.share_range
        echo(
            message(
                "With rough positions moved about within their accuracy the covered share is {low:.1%} to"
                " {high:.1%}.",
                low=low,
                high=high,
            )
        )
    if measured.unknown_hours:
        echo(
            message(
                "The hours of {count} stations are not known; where hours matter they are closed.",
                count=measured.unknown_hours,
            )
        )
    if case.study.adds:
        echo(message("{sentence}.", sentence=ASSUMED))
    print_provenance(measured.provenance)


def _row(figures: Figures, lang: str) -> Sequence[str]:
    name = local_name(figures.name, figures.name_en, lang) or message("all", context="areas").to(lang)
    share = "-" if figures.share is None else f"{figures.share:.1%}"
    lengths = ("-" if length is None else f"{length:.0f}" for length in (figures.median_m, figures.p90_m))
    uncovered = figures.demand - figures.covered
    return (share, f"{figures.demand:,.0f}", f"{uncovered:,.0f}", *lengths, f"{figures.stations:,}", name)


def print_plan(plan: Plan, candidates: Candidates, case: Case, goal: Goal, table: Path | None) -> None:
    """Print the chosen sites in order of gain, and what was proven about them."""
    if plan.sites:
        print_sites(plan, candidates)
    elif plan.reason:
        echo(REASONS[plan.reason])
    echo(
        message(
            "Covered: {covered:,.0f} of {total:,.0f} {unit} ({share}), before {before:,.0f}.",
            covered=plan.covered,
            total=plan.total,
            unit=_counted(goal).unit,
            share="-" if plan.share is None else f"{plan.share:.2%}",
            before=plan.before,
        )
    )
    search = message(
        "{solver}, {seconds:.1f} s, seed {seed}.", solver=plan.solver, seconds=plan.seconds, seed=plan.seed
    )
    echo(joined((proven(plan, goal), search)))
    echo(message("{sentence}.", sentence=ASSUMED))
    if table:
        echo(message("Distances: {file}.", file=table.name))
    print_provenance(case.study.provenance)


def print_sites(plan: Plan, candidates: Candidates) -> None:
    """Print a line for each site."""
    rows: list[tuple[str, ...]] = [("", message("candidate"), message("lat"), message("lon"), message("gain"))]
    for rank, site in enumerate(plan.sites, 1):
        lon, lat = candidates.lonlat[site.number].tolist()
        rows.append((str(rank), candidates.ids[site.number], f"{lat:.6f}", f"{lon:.6f}", f"{site.gain:,.0f}"))
    click.echo("\n".join(align(rows)))


def proven(plan: Plan, goal: Goal) -> Message:
    """Return in words what was proven about a plan."""
    if plan.bound is None:
        return message(
            "Found by search; nothing is proven about how few would do."
            if goal.n is None
            else "Found by search; nothing is proven about the best."
        )
    if not plan.gap:
        return message("Proven: no choice does better.")
    if goal.n is None:
        return message(
            "Proven: at least {bound:,.0f} sites are needed; these are {count:,}.",
            bound=plan.bound,
            count=len(plan.sites),
        )
    return message("Proven: no choice adds more than these by more than {gap:.2%}.", gap=plan.gap)


def print_provenance(provenance: Provenance) -> None:
    """Print the provenance of the figures."""
    at = provenance.as_of
    values = {
        "version": provenance.version,
        "data": provenance.data_version,
        "radius": provenance.radius_m,
        "time": f"{at:%Y-%m-%d %H:%M}" if at else "",
        "source": provenance.demand_source,
        "digest": provenance.demand_digest,
    }
    if n := provenance.out_of_service:
        echo(message("{n} stations closed for now or planned are not counted.", n=n))
    echo(Message(_PROVENANCE_AT if at else _PROVENANCE, values))
