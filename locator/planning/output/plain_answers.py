"""The planner's answers as plain objects for the API and ``--json``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from shapely.geometry import mapping

from locator.geo.geodesy import FloatArray
from locator.planning.inputs.demand import Candidates
from locator.planning.measures.coverage import Figures, Provenance
from locator.planning.measures.gaps import Gap
from locator.planning.output.sheet_columns import ASSUMED, REASONS
from locator.planning.siting.plans import Plan
from locator.planning.study import Study

_PLACES: Final = 6
"""Of a degree: 0.1 m."""


def coverage_record(study: Study) -> dict[str, Any]:
    """Return the figures of a study; a distance is ``None`` where there is no station."""
    coverage = study.coverage
    return {
        "provenance": provenance_record(coverage.provenance),
        "kinds": sorted(study.question.kinds),
        "amenities": sorted(study.question.amenities),
        "tiers": sorted(study.question.tiers),
        "total": _figures(coverage.total),
        "areas": [_figures(figures) for figures in coverage.areas],
        "week_of": study.question.week_of,
        "share_by_hour": _shares(coverage.week),
        "unknown_hours": coverage.unknown_hours,
        "share_range": coverage.share_range,
        "before": _figures(study.comparison.before.total) if study.comparison else None,
        "share_by_hour_before": _shares(study.comparison.before.week) if study.comparison else None,
        "assumed": ASSUMED if study.adds else None,
    }


def provenance_record(provenance: Provenance) -> dict[str, Any]:
    """Return the provenance of published figures; notes on the demand only where there are some."""
    values = {f.name: getattr(provenance, f.name) for f in fields(provenance)}
    return {"engine": "locator", **{name: value for name, value in values.items() if value != ()}}


def gap_collection(study: Study, gaps: Sequence[Gap], count: int) -> dict[str, Any]:
    """Return gaps as GeoJSON, their outlines simplified for drawing; `count` is how many there are in all."""
    return {
        "type": "FeatureCollection",
        "provenance": provenance_record(study.coverage.provenance),
        "gaps": count,
        "features": [_gap(rank, gap) for rank, gap in enumerate(gaps, 1)],
    }


def plan_record(
    plan: Plan, candidates: Candidates, provenance: Provenance, distances: str | None = None
) -> dict[str, Any]:
    """Return chosen sites with what was proven; a site known by distances alone has no position.

    `distances` is the name of the table that they come from; ``None``: they were measured.
    """
    return {
        "sites": [
            {
                "candidate_id": candidates.ids[site.number],
                "lat": _degrees(candidates.lonlat[site.number, 1]),
                "lon": _degrees(candidates.lonlat[site.number, 0]),
                "gain": site.gain,
            }
            for site in plan.sites
        ],
        **{f.name: getattr(plan, f.name) for f in fields(plan) if f.name != "sites"},
        "share": plan.share,
        "reason": REASONS[plan.reason] if plan.reason else None,
        "assumed": ASSUMED,
        "distances": distances or "geodesic",
        "provenance": provenance_record(provenance),
    }


def _shares(week: FloatArray | None) -> list[float] | None:
    return None if week is None else [round(share, 6) for share in week.tolist()]


def _figures(figures: Figures) -> dict[str, Any]:
    values = {f.name: getattr(figures, f.name) for f in fields(figures)}
    lengths = {key: round(value, 3) for key, value in values.items() if key.endswith("_m") and value is not None}
    lengths = {name: value if math.isfinite(value) else None for name, value in lengths.items()}
    return {**values, **lengths, "share": figures.share}


def _gap(rank: int, gap: Gap) -> dict[str, Any]:
    facts = {f.name: getattr(gap, f.name) for f in fields(gap) if f.name != "outline"}
    return {"type": "Feature", "id": rank, "geometry": _rounded(mapping(gap.drawn())), "properties": facts}


def _rounded(value: Any) -> Any:
    """Round the coordinates of a geometry."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(value, _PLACES) if isinstance(value, float) else value


def _degrees(value: float) -> float | None:
    return round(float(value), _PLACES) if math.isfinite(value) else None
