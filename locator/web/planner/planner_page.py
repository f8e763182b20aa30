"""The planner's page with its parts and files: coverage, gaps and sites for new stations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any, Final

import numpy as np
import orjson
from flask import Blueprint, Response, abort, render_template, request, url_for

from locator import maps
from locator.errors import BusyError, LocatorError, UsageError
from locator.handouts.map_words import CITY_WORDS
from locator.handouts.planning_report import planning_report
from locator.handouts.single_file import digest
from locator.language.messages import message
from locator.planning import study_query
from locator.planning.inputs.demand import ADDRESS_DECIMALS, Candidates
from locator.planning.inputs.station_changes import REMOVE
from locator.planning.measures.gaps import Gap
from locator.planning.output import charts, figure_texts, gap_map, report_facts, sheet_files
from locator.planning.output.sheet_columns import PERSON_HOURS, PERSONS
from locator.planning.output.study_sheets import provenance_of, sheets_of
from locator.planning.siting.plans import Plan
from locator.planning.study import Goal, Study
from locator.stations import nearest_query, request_fields
from locator.stations.hours import STATION_TIMEZONE
from locator.stations.schema import KINDS
from locator.web.shared.context import current_catalog, current_settings, current_studies
from locator.web.shared.documents import Document
from locator.web.shared.error_answers import RETRY_AFTER_S, STATUS_OF_ERROR
from locator.web.shared.map_sources import map_sources
from locator.web.shared.page_language import current_language, localized
from locator.web.shared.page_words import radius_text, script_words
from locator.web.shared.public_feedback import request_cells, request_demand, request_totals
from locator.web.shared.rate_limits import EXPENSIVE, PARTS, limited
from locator.web.shared.view_costs import PLANNER, dear

blueprint = Blueprint("planner", __name__)
blueprint.add_app_template_filter(radius_text, "radius")
blueprint.add_app_template_filter(figure_texts.shown, "shown")
blueprint.add_app_template_filter(figure_texts.column_heading, "column_heading")

JSON: Final = "application/json"
SVG: Final = "image/svg+xml"
QUALITY: Final = 4
"""Compression level of answers that may be requested only once."""

WAYS: Final = ("when", "at", "target_percent", "floor_percent")
"""Fields of the form that an address replaces by ``open_at``, ``target`` and ``floor``."""
VIEW_FIELDS: Final = ("sort", "gaps")
PAGE_FIELDS: Final = (*study_query.SITES_FIELDS, *VIEW_FIELDS, *WAYS)
MIMETYPES: Final = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
}
TABLES: Final = ("areas", "gaps", "sites", "comparison")
"""The tables that can be downloaded alone; ``coverage`` has all."""
SPACINGS_M: Final = (500, 1000, 2000, 5000)
GAPS_DRAWN: Final = nearest_query.MAX_LIMIT

IMAGE_STYLE: Final = (
    "svg{color:#2b211c}.halo{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-opacity:.85}"
    "@media screen and (prefers-color-scheme:dark){svg{color:#f5ece3}.halo{stroke:#25201c}}"
)
"""The colours of app.css, because an image does not inherit those of the page."""

PLANNER_WORDS: Final = {
    "no_data": message("The map's data could not be loaded. Reload the page to try again."),
    "loading_gaps": message("Looking for the gaps …"),
    "stations_layer": message("Stations"),
    "cells_layer": message("People without a station near"),
    "gaps_layer": message("Gaps"),
    "sites_layer": message("Recommended sites"),
    "scenario_layer": message("What if"),
    "add_here": message("Add a station here"),
    "close_it": message("What if it closed?"),
    "added": message("Added to the form: a station at {place}. Press the button to see what it changes."),
    "closed": message("Added to the form: {name} closed. Press the button to see what it changes."),
    "see_change": message("See what it changes"),
    "kind": message("Kind"),
    "cell": message("{persons} persons here, {share} of them too far; on average {distance} to a station"),
    "cell_nowhere": message("{persons} persons here, and no station that counts"),
    "not_counted": message("Does not count for this question"),
    "comma": CITY_WORDS["comma"],
    "asked_layer": message("Stations asked for"),
    "asked": message("{n} people asked for a station here, {answered} of them have one now"),
    "gap": message("Gap {rank}: {persons} persons, {area} km²"),
    "site": message("Site {rank}: {gain} more covered"),
    "new_station": message("New station {place}"),
    "working": message("Working it out … Sites can take up to {n} seconds."),
}


@dataclass(frozen=True)
class Asked:
    """A question in an address, read part by part so that a fault in one leaves the others."""

    values: Mapping[str, str]
    """The fields `study_query.SITES_FIELDS`; none is empty."""
    now: datetime

    @cached_property
    def study(self) -> Study:
        """The study of the question."""
        question = study_query.read_limited_question(self.values, current_settings(), self.now)
        return current_studies().study(
            question, study_query.read_changes(self.values), request_demand(self.values)
        )

    @cached_property
    def goal(self) -> Goal | None:
        """What new sites are for."""
        return study_query.read_goal(self.values)

    @cached_property
    def plan(self) -> tuple[Plan | None, Candidates | None]:
        """The sites that were asked for."""
        if self.goal is None:
            return None, None
        return current_studies().plan(self.study, self.goal, study_query.read_spacing_m(self.values))

    @property
    def sites_key(self) -> tuple[Goal | None, float]:
        """The key of the plan among those of the same study."""
        return self.goal, study_query.read_spacing_m(self.values)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where nobody is served."""
        return current_studies().part(self.study, "gaps", lambda: self.study.gaps)

    def pinned(self) -> dict[str, str]:
        """Return the fields with a fixed minute for now, so that all parts of a page are about one instant."""
        instant = self.study.question.open_at
        values = {name: value for name, value in self.values.items() if name != "lang"}
        if instant is not None:
            values["open_at"] = instant.replace(tzinfo=None).isoformat(timespec="minutes")
        return values | {"lang": current_language()}

    def coverage_values(self) -> dict[str, str]:
        """Return the fields of `pinned` that a question about coverage has."""
        return {name: value for name, value in self.pinned().items() if name in study_query.COVERAGE_FIELDS}


@dataclass(frozen=True, slots=True)
class PlannerTrouble:
    """Why a question has no answer, or only a part."""

    text: str
    status: HTTPStatus


@dataclass(frozen=True, slots=True)
class PlannerAnswer:
    """What the page shows."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """For the templates; empty where there is no answer."""
    trouble: PlannerTrouble | None = None


# The page


@blueprint.get("/planner")
@dear(PLANNER)
@limited(EXPENSIVE)
def page() -> Response:
    """Answer the question in the address; fields of the form redirect to such an address."""
    given = _given()
    tidy = _tidy(given)
    if tidy != given and tidy.keys() <= set(PAGE_FIELDS):
        return Response(status=HTTPStatus.FOUND, headers={"Location": _url("page", tidy)})
    asked = Asked({name: value for name, value in tidy.items() if name not in VIEW_FIELDS}, _now())
    answer = _answer(asked, tidy)
    if answer.facts and (tidy.get("gaps") == "1" or answer.facts["plan"] is not None):
        answer = _with_gaps(asked, answer)
    response = Response(_page(asked, tidy, answer), answer.trouble.status if answer.trouble else HTTPStatus.OK)
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _given() -> dict[str, str]:
    """Read the query string; repeated fields are joined with commas."""
    return request_fields.join_pairs(request.args.items(multi=True))


def _now() -> datetime:
    return datetime.now(STATION_TIMEZONE)


def _tidy(given: Mapping[str, str]) -> dict[str, str]:
    """Turn fields of the form into those of an address, without empty ones."""
    values = {name: value.strip() for name, value in given.items()}
    when, at = values.pop("when", None), values.pop("at", "")
    if when is not None:
        values["open_at"] = {"now": "now", "at": at}.get(when, "")
    for name in ("target", "floor"):
        percent = values.pop(f"{name}_percent", "")
        if percent:
            values[name] = _share(percent)
    return {name: value for name, value in values.items() if value}


def _share(percent: str) -> str:
    """Turn per cent into a share; a text that is no number stays and is refused later by name."""
    number = request_fields.to_number(percent)
    return percent if math.isnan(number) else f"{number / 100:.6g}"


def _answer(asked: Asked, tidy: Mapping[str, str]) -> PlannerAnswer:
    """Answer as much as possible: if the sites are refused, the coverage alone."""
    try:
        request_fields.refuse_unknown(tidy, PAGE_FIELDS)
        _ = asked.study
    except (UsageError, BusyError) as error:
        return PlannerAnswer(trouble=_trouble(error))
    try:
        plan, candidates = asked.plan
    except (UsageError, BusyError) as error:
        return PlannerAnswer(_facts(asked, tidy), _trouble(error))
    return PlannerAnswer(_facts(asked, tidy, plan, candidates))


def _facts(
    asked: Asked, tidy: Mapping[str, str], plan: Plan | None = None, candidates: Candidates | None = None
) -> dict[str, Any]:
    sort = tidy.get("sort", report_facts.WORST_FIRST)
    goal = asked.goal if plan is not None else None
    rules, lang = current_studies().rules, current_language()
    return report_facts.facts(asked.study, rules, lang, sort=sort, plan=plan, candidates=candidates, goal=goal)


def _with_gaps(asked: Asked, answer: PlannerAnswer) -> PlannerAnswer:
    """Add the gaps, unless the planner is busy."""
    try:
        gaps = asked.gaps
    except BusyError:
        return answer
    return replace(answer, facts={**answer.facts, **_gap_facts(gaps)})


def _gap_facts(gaps: tuple[Gap, ...]) -> dict[str, Any]:
    return report_facts.gap_facts(gaps, current_catalog(), current_language())


def _trouble(error: LocatorError) -> PlannerTrouble:
    return PlannerTrouble(localized(error.message), STATUS_OF_ERROR[type(error)])


def _page(asked: Asked, tidy: dict[str, str], answer: PlannerAnswer) -> str:
    catalog = current_catalog()
    # Only known fields, because some names are options of `url_for`.
    here = {name: value for name, value in tidy.items() if name in PAGE_FIELDS}
    links = _links(asked) if answer.facts else {}
    return render_template(
        "planner/planner.html",
        **answer.facts,
        answered=bool(answer.facts),
        trouble=answer.trouble,
        form=_form(asked),
        defaults={"radius": f"{current_settings().radius_m:g}", "spacing": study_query.DEFAULT_SPACING_M},
        spacings=SPACINGS_M,
        limits={"sites": study_query.MAX_SITES, "changes": study_query.MAX_CHANGES},
        request_totals=request_totals(),
        kept_query=here,
        sort=tidy.get("sort", report_facts.WORST_FIRST),
        link=lambda anchor, **more: f"{_url('page', {**here, **more})}#{anchor}",
        links=links,
        what_if=_what_if(asked) if answer.facts and answer.facts["plan"] else None,
        map=maps.planner_map(catalog, map_sources(stations=True)),
        words=script_words(PLANNER_WORDS) | {"planner": {**links, **_marks(asked, answer)}},
    )


def _form(asked: Asked) -> dict[str, Any]:
    """Return the values of the form's fields."""
    values = asked.values
    open_at = values.get("open_at", "")
    lists = {name: values.get(name, "").split(",") for name in ("kind", "amenity", "tier")}
    plain = {name: values.get(name, "") for name in study_query.SITES_FIELDS if name not in lists}
    shares = {f"{name}_percent": _percent(values.get(name, "")) for name in ("target", "floor")}
    when = "now" if open_at == "now" else "at" if open_at else "any"
    return {**plain, **lists, **shares, "when": when, "at": open_at if when == "at" else ""}


def _percent(share: str) -> str:
    number = request_fields.to_number(share)
    return share if math.isnan(number) else f"{number * 100:.6g}"


def _links(asked: Asked) -> dict[str, Any]:
    """Return the addresses of the parts of an answer."""
    near, whole = asked.coverage_values(), asked.pinned()
    charts = {name: _url("chart", near, name=name) for name in ("week", "lorenz", "distance")}
    return {
        "cells": _url("cells", near),
        "gap_table": _url("gap_table", near),
        "asked": url_for("planner.asked"),
        "gaps": url_for("coverage_api.gaps", **_plain({**near, "limit": str(GAPS_DRAWN)})),
        "picture": _url("picture", whole),
        "charts": charts | {"gain": _url("chart", whole, name="gain")},
        "files": {suffix: _url("table_file", whole, name="coverage", suffix=suffix[1:]) for suffix in MIMETYPES},
        "tables": {name: _url("table_file", whole, name=name, suffix="csv") for name in TABLES},
        "report": _url("report_file", whole),
    }


def _url(view: str, values: Mapping[str, str], **more: str) -> str:
    return url_for(f".{view}", **_plain({**values, **more}))


def _plain(values: Mapping[str, str]) -> dict[str, Any]:
    return dict(values)


def _marks(asked: Asked, answer: PlannerAnswer) -> dict[str, Any]:
    """Return what the map shows of a plan and of a scenario, and what its script needs for the form."""
    if not answer.facts:
        return {}
    plan, candidates = asked.plan if answer.facts["plan"] else (None, None)
    added = [{"lat": lat, "lon": lon} for lon, lat in asked.study.added_lonlat.tolist()]
    removed = [change.station_id for change in study_query.read_changes(asked.values) if change.action == REMOVE]
    sites = _site_marks(plan, candidates) if plan and candidates else []
    # The script gives a station added on the map the first kind, so kinds that count come first.
    kinds = sorted(KINDS, key=lambda kind: kind not in asked.study.question.kinds)
    limits = {"kinds": kinds, "seconds": study_query.TIME_LIMIT_S, "gaps_listed": report_facts.GAPS_LISTED}
    return {"sites": sites, "added": added, "removed": removed, **limits}


def _what_if(asked: Asked) -> str | None:
    """Return the address of the question with the sites of its plan added; ``None`` if there are too many.

    The sites of a grid have no more decimals than an address, so they change coverage by exactly the plan's gain.
    """
    plan, candidates = asked.plan
    if plan is None or candidates is None or not plan.sites:
        return None
    if len(study_query.read_changes(asked.values)) + len(plan.sites) > study_query.MAX_CHANGES:
        return None
    positions = candidates.lonlat[[site.number for site in plan.sites]].tolist()
    sites = (f"{lat:.{ADDRESS_DECIMALS}f},{lon:.{ADDRESS_DECIMALS}f}" for lon, lat in positions)
    values = asked.coverage_values()
    return _url("page", {**values, "add": ";".join(filter(None, [values.get("add", ""), *sites]))}) + "#comparison"


def _site_marks(plan: Plan, candidates: Candidates) -> list[dict[str, float]]:
    listed = plan.sites[: report_facts.SITES_LISTED]
    lonlat = candidates.lonlat[[site.number for site in listed]].tolist()
    marks = zip(lonlat, listed, strict=True)
    return [{"lat": lat, "lon": lon, "gain": round(site.gain)} for (lon, lat), site in marks]


@blueprint.after_request
def _vary(response: Response) -> Response:
    response.vary.add("Accept-Language")
    return response


# The parts of a page


@blueprint.get("/planner/gaps")
@dear(PLANNER)
@limited(PARTS)
def gap_table() -> str:
    """Return the table of the gaps, for a page that is open already."""
    asked = _read_asked(study_query.COVERAGE_FIELDS)
    return render_template("planner/_planner_gaps.html", **_gap_facts(asked.gaps), study=asked.study)


@blueprint.get("/planner/cells.json")
@dear(PLANNER)
@limited(PARTS)
def cells() -> Response:
    """Return the demand summed over a grid, and which stations count."""
    asked = _read_asked(study_query.COVERAGE_FIELDS)
    study = asked.study
    grid = current_studies().part(study, "cells", lambda: study.cells)
    columns, rows = np.rint(grid.south_west / (grid.width_deg, grid.height_deg)).astype(int).T.tolist()
    body = {
        "width_deg": grid.width_deg,
        "height_deg": grid.height_deg,
        "columns": columns,
        "rows": rows,
        "weight": np.round(grid.weight).astype(int).tolist(),
        "uncovered": np.round((1 - grid.covered / grid.weight) * 100, 1).tolist(),
        "mean_m": [round(mean_m) if np.isfinite(mean_m) else None for mean_m in grid.mean_m.tolist()],
        "counting": _counting(study),
    }
    return Document(orjson.dumps(body), JSON, quality=QUALITY).respond()


def _counting(study: Study) -> str:
    """Return a digit per station of the catalogue, 1 if it counts; empty where all do."""
    known = current_catalog().column("station_id")
    serving = {study.supply.ids[number] for number in study.coverage.serving.tolist()}
    digits = "".join("1" if station_id in serving else "0" for station_id in known)
    return digits if "0" in digits else ""


@blueprint.get("/planner/asked.json")
@dear(PLANNER)
@limited(PARTS)
def asked() -> Response:
    """Return the cells in which people of at least three networks asked for a station."""
    return Document(orjson.dumps(request_cells()), JSON, quality=QUALITY).respond()


@blueprint.get("/planner/<any(week, lorenz, distance, gain):name>.svg")
@dear(PLANNER)
@limited(PARTS)
def chart(name: str) -> Response:
    """Draw a chart of the answer."""
    asked = _read_asked(study_query.SITES_FIELDS)
    plan, _ = asked.plan if name == "gain" else (None, None)
    if name == "gain" and plan is None:
        abort(HTTPStatus.NOT_FOUND)
    fewest, lang = asked.goal is not None and asked.goal.target_share is not None, current_language()
    draw = partial(charts.study_chart, name, asked.study, plan, lang, fewest=fewest)
    return _image(_drawn(asked, (name, lang), draw, plan))


@blueprint.get("/planner/map.svg")
@dear(PLANNER)
@limited(PARTS)
def picture() -> Response:
    """Draw the map as a picture, for paper and for readers without script."""
    asked = _read_asked(study_query.SITES_FIELDS)
    (plan, candidates), gaps, lang = asked.plan, asked.gaps, current_language()

    draw = partial(gap_map.gap_map, asked.study, gaps, plan, candidates, lang)
    return _image(_drawn(asked, ("map", lang), draw, plan))


def _drawn(asked: Asked, what: tuple[str, ...], draw: Callable[[], bytes], plan: Plan | None) -> bytes:
    """Draw something once, without a turn, because it is quick."""
    sites = asked.sites_key if plan is not None else None
    return current_studies().part(asked.study, ("drawing", sites, *what), draw, in_turn=False)


def _image(drawn: bytes) -> Response:
    """Answer with a drawing whose policy allows its own style and nothing else."""
    head, end, rest = drawn.partition(b">")
    body = b"".join((head, end, f"<style>{IMAGE_STYLE}</style>".encode(), rest))
    response = Document(body, SVG, quality=QUALITY).respond()
    response.headers["Content-Security-Policy"] = f"default-src 'none'; style-src {digest(IMAGE_STYLE)}"
    return response


# Files


@blueprint.get(f"/planner/<any(coverage, {', '.join(TABLES)}):name>.<any(csv, xlsx, geojson, gpkg):suffix>")
@dear(PLANNER)
@limited(EXPENSIVE)
def table_file(name: str, suffix: str) -> Response:
    """Return the tables of the answer, or one of them, as a file."""
    asked = _read_asked(study_query.SITES_FIELDS)
    lang = current_language()
    body = _once(asked, (name, suffix, lang), lambda: _tables(asked, name, suffix, lang))
    if body is None:
        abort(HTTPStatus.NOT_FOUND)
    return _attached(body, MIMETYPES[f".{suffix}"], f"{name}.{suffix}")


def _tables(asked: Asked, name: str, suffix: str, lang: str) -> bytes | None:
    plan, candidates = asked.plan
    counted = PERSON_HOURS if asked.goal and asked.goal.by_hours else PERSONS
    sheets = sheets_of(asked.study, current_studies().rules, plan, candidates, counted)
    chosen = sheets if name == "coverage" else [sheet for sheet in sheets if sheet.key == name]
    provenance = provenance_of(asked.study, plan, counted)
    return sheet_files.render(f".{suffix}", chosen, provenance, lang) if chosen else None


@blueprint.get("/planner/report.html")
@dear(PLANNER)
@limited(EXPENSIVE)
def report_file() -> Response:
    """Return the answer as a report in one file."""
    asked = _read_asked(study_query.SITES_FIELDS)
    lang, rules, catalog = current_language(), current_studies().rules, current_catalog()
    plan, candidates = asked.plan

    def make() -> bytes:
        return planning_report(asked.study, catalog, rules, lang, plan, candidates, asked.goal).encode()

    return _attached(_once(asked, ("report", lang), make), "text/html", "report.html")


def _once(asked: Asked, what: tuple[str, ...], make: Callable[[], Any]) -> Any:
    """Make a file in turn, after the plan and the gaps, which take turns of their own."""
    _ = asked.plan, asked.gaps
    return current_studies().part(asked.study, ("file", asked.sites_key, *what), make)


def _attached(body: bytes, mimetype: str, name: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _read_asked(known: tuple[str, ...]) -> Asked:
    values = _given()
    request_fields.refuse_unknown(values, known)
    return Asked({name: value for name, value in values.items() if value}, _now())
