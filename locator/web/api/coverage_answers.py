"""The planner's API: coverage, gaps and sites, with the fields and limits of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from flask import Blueprint, Response, request

from locator.errors import UsageError
from locator.planning import study_query
from locator.planning.output import plain_answers
from locator.planning.study import Study
from locator.stations import nearest_query, request_fields
from locator.stations.hours import STATION_TIMEZONE
from locator.web.shared.context import current_settings, current_studies
from locator.web.shared.documents import Document
from locator.web.shared.public_feedback import request_demand
from locator.web.shared.rate_limits import EXPENSIVE, limited
from locator.web.shared.view_costs import PLANNER, dear

blueprint = Blueprint("coverage_api", __name__, url_prefix="/api")

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
GAPS_FIELDS: Final = (*study_query.COVERAGE_FIELDS, "limit")
QUALITY: Final = 4
"""Compression level of answers that may be requested only once."""


@blueprint.get("/coverage")
@dear(PLANNER)
@limited(EXPENSIVE)
def coverage() -> Response:
    """Return who is within the service radius of a suitable station, in all and by area."""
    values = _query(study_query.COVERAGE_FIELDS)
    return _answer(plain_answers.coverage_record(_study(values)), JSON)


@blueprint.get("/gaps.geojson")
@dear(PLANNER)
@limited(EXPENSIVE)
def gaps() -> Response:
    """Return the gaps, most persons first."""
    values = _query(GAPS_FIELDS)
    study, most = _study(values), nearest_query.read_limit(values)
    all_gaps = current_studies().part(study, "gaps", lambda: study.gaps)
    return _answer(plain_answers.gap_collection(study, all_gaps[:most], len(all_gaps)), GEOJSON)


@blueprint.get("/sites")
@dear(PLANNER)
@limited(EXPENSIVE)
def sites() -> Response:
    """Return the best sites for new stations, with what is proven about them."""
    values = _query(study_query.SITES_FIELDS)
    goal = study_query.read_goal(values)
    if goal is None:
        raise UsageError("Say how many sites are wanted, n=10, or which share they are to reach, target=0.95.")
    study = _study(values)
    plan, candidates = current_studies().plan(study, goal, study_query.read_spacing_m(values))
    return _answer(plain_answers.plan_record(plan, candidates, study.coverage.provenance), JSON)


def _query(known: tuple[str, ...]) -> dict[str, str]:
    values = request_fields.join_pairs(request.args.items(multi=True))
    request_fields.refuse_unknown(values, known)
    # The answer has no texts, but addresses of the page, which have a language, work here too.
    request_fields.read_language(values, current_settings().lang)
    return values


def _study(values: Mapping[str, Any]) -> Study:
    question = study_query.read_limited_question(values, current_settings(), datetime.now(STATION_TIMEZONE))
    return current_studies().study(question, study_query.read_changes(values), request_demand(values))


def _answer(record: Mapping[str, Any], mimetype: str) -> Response:
    return Document(orjson.dumps(record), mimetype, quality=QUALITY).respond()
