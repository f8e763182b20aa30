"""All sheets of one study in the order of a workbook."""

from __future__ import annotations

from locator.planning.inputs.demand import Candidates
from locator.planning.inputs.rule_files import Rules
from locator.planning.measures.rule_verdicts import judge_quota, judge_standard
from locator.planning.output import sheet_columns
from locator.planning.output.sheet_columns import PERSONS, FigureSheet, Form
from locator.planning.siting.plans import Plan
from locator.planning.study import Study


def sheets_of(
    study: Study,
    rules: Rules,
    plan: Plan | None = None,
    candidates: Candidates | None = None,
    counted: Form = PERSONS,
) -> tuple[FigureSheet, ...]:
    """Tabulate all results of a study, computing those that are not known yet.

    Parameters
    ----------
    plan, candidates
        New sites, if there are any.
    counted
        What the plan counts: `PERSONS` or `PERSON_HOURS`.

    Returns
    -------
    tuple
        Those that apply of the sites, the comparison, the areas, the gaps, the week, the quotas, the standards.
    """
    sheets = []
    if plan is not None and candidates is not None:
        sheets.append(sheet_columns.site_sheet(plan, candidates, counted))
    if study.comparison is not None:
        sheets.append(sheet_columns.comparison_sheet(study.comparison, study.areas))
    sheets += [sheet_columns.area_sheet(study.coverage, study.areas), sheet_columns.gap_sheet(study.gaps)]
    if study.coverage.week is not None:
        sheets.append(sheet_columns.week_sheet(study.coverage.week))
    layers = {"district": study.areas}
    verdicts = [verdict for quota in rules.quotas for verdict in judge_quota(quota, study.supply, layers)]
    standards = [judge_standard(standard, study.supply) for standard in rules.standards]
    sheets.append(sheet_columns.quota_sheet(verdicts))
    sheets += [sheet_columns.standard_sheet(verdict, study.supply) for verdict in standards]
    return tuple(sheets)


def provenance_of(study: Study, plan: Plan | None = None, counted: Form = PERSONS) -> FigureSheet:
    """Tabulate the provenance of a study's figures."""
    adds = study.adds or plan is not None
    return sheet_columns.provenance_sheet(study.provenance, study.coverage, plan, counted, adds=adds)


def table_sheets(
    study: Study, plan: Plan, candidates: Candidates, counted: Form, distances: str
) -> tuple[tuple[FigureSheet, ...], FigureSheet]:
    """Tabulate a plan that used a table of distances, and its provenance.

    No other sheets go with it: all other figures of a study are geodesic, and the demand may have no positions.
    """
    provenance = sheet_columns.provenance_sheet(
        study.provenance, None, plan, counted, adds=True, distances=distances
    )
    return (sheet_columns.site_sheet(plan, candidates, counted),), provenance
