"""The planner's report as one HTML file: figures, map, charts, gaps, rules, and a plan if there is one."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from locator.handouts import single_file
from locator.planning.inputs.demand import Candidates
from locator.planning.inputs.rule_files import Rules
from locator.planning.output.charts import study_chart
from locator.planning.output.gap_map import gap_map
from locator.planning.output.report_facts import facts, gap_facts
from locator.planning.siting.plans import Plan
from locator.planning.study import Goal, Study
from locator.stations.catalog import Catalog

STYLES: Final = ("shared/app.css", "planner/planner.css")
CHARTS: Final = ("week", "distance", "lorenz", "gain")


def planning_report(
    study: Study,
    catalog: Catalog,
    rules: Rules,
    lang: str,
    plan: Plan | None = None,
    candidates: Candidates | None = None,
    goal: Goal | None = None,
) -> str:
    """Write the report as one HTML file that loads nothing else.

    The catalogue has the stations' names in both languages. `plan`, `candidates` and `goal` are given if new sites
    were asked for.
    """
    report = facts(study, rules, lang, plan=plan, candidates=candidates, goal=goal)
    names = [name for name in CHARTS if name in report["findings"]]
    charts = {name: study_chart(name, study, plan, lang, fewest=report["fewest"]) for name in names}
    return single_file.render(
        "handouts/planning_report.html",
        lang,
        styles=STYLES,
        **report,
        **gap_facts(study.gaps, catalog, lang),
        charts={name: _markup(drawn) for name, drawn in charts.items()},
        picture=_markup(gap_map(study, study.gaps, plan, candidates, lang)),
        synthetic=catalog.synthetic,
    )


def _markup(drawn: bytes) -> Markup:
    """Mark a drawing as markup; texts from data in it are escaped already."""
    return Markup(drawn.decode())  # noqa: S704
