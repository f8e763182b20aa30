"""Workbook: all the sheets about one study, the one that was asked for first."""

from __future__ import annotations

from collections.abc import Iterator

from locator.planning.inputs.demand import Candidates
from locator.planning.inputs.rule_files import Rules
from locator.planning.measures.rule_verdicts import judge_quota, judge_standard
from locator.planning.output import sheet_columns
from locator.planning.output.sheet_columns import PERSONS, Form, Sheet
from locator.planning.siting.plans import Plan
from locator.planning.study import Study


def sheets_of(
    study: Study,
    rules: Rules,
    plan: Plan | None = None,
    candidates: Candidates | None = None,
    counted: Form = PERSONS,
) -> tuple[Sheet, ...]:
    """Lay out everything that is said about a study.

    Parameters
    ----------
    study
        The question; what is not worked out yet is worked out now.
    rules
        The quotas and standards to judge by.
    plan, candidates
        New sites, if they were asked for.
    counted
        What the plan counts: `PERSONS` or `PERSON_HOURS`.

    Returns
    -------
    tuple
        The sites, the comparison, the areas, the gaps, the week, the quotas, the standards: those that there are.
    """
    return tuple(_sheets(study, rules, plan, candidates, counted))


def provenance_of(study: Study, plan: Plan | None = None, counted: Form = PERSONS) -> Sheet:
    """Lay out what has to stand beside the figures of a study."""
    adds = study.adds or plan is not None
    return sheet_columns.provenance_sheet(study.provenance, study.coverage, plan, counted, adds=adds)


def table_sheets(
    study: Study, plan: Plan, candidates: Candidates, counted: Form, distances: str
) -> tuple[tuple[Sheet, ...], Sheet]:
    """Lay out a plan that rests on a table of distances, and what has to stand beside it.

    Nothing else goes with it: all other figures of a study are measured in straight lines, and the demand may not
    even have positions.
    """
    provenance = sheet_columns.provenance_sheet(
        study.provenance, None, plan, counted, adds=True, distances=distances
    )
    return (sheet_columns.site_sheet(plan, candidates, counted),), provenance


def _sheets(
    study: Study, rules: Rules, plan: Plan | None, candidates: Candidates | None, counted: Form
) -> Iterator[Sheet]:
    if plan is not None and candidates is not None:
        yield sheet_columns.site_sheet(plan, candidates, counted)
    if study.comparison is not None:
        yield sheet_columns.comparison_sheet(study.comparison, study.areas)
    yield sheet_columns.area_sheet(study.coverage, study.areas)
    yield sheet_columns.gap_sheet(study.gaps)
    if study.coverage.week is not None:
        yield sheet_columns.week_sheet(study.coverage.week)
    layers = {"district": study.areas}
    yield sheet_columns.quota_sheet(
        [said for quota in rules.quotas for said in judge_quota(quota, study.supply, layers)]
    )
    for standard in rules.standards:
        yield sheet_columns.standard_sheet(judge_standard(standard, study.supply), study.supply)
