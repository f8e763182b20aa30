"""Comparison of coverage before and after a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import starmap

import numpy as np

from locator.errors import UsageError
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.inputs.demand import Demand
from locator.planning.measures.coverage import Coverage, Figures


@dataclass(frozen=True, slots=True)
class Pair:
    """The figures of one area, or of all together, before and after."""

    before: Figures
    after: Figures
    gained: float
    """The weight that is covered only after."""
    lost: float
    """The weight that is covered only before."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Coverage before and after a scenario."""

    before: Coverage
    after: Coverage
    total: Pair
    areas: tuple[Pair, ...]
    """One per area, in the order of the areas."""
    gained: IntArray
    """The numbers of the demand points that are covered only after."""
    lost: IntArray
    """The numbers of the demand points that are covered only before."""
    moved_m: FloatArray
    """(n,) how much farther each demand point is after, negative where nearer; NaN where it has no station before
    or after."""

    def changed(self) -> tuple[Pair, ...]:
        """List the areas with any figure that differs."""
        return tuple(pair for pair in self.areas if pair.before != pair.after)


def compare(before: Coverage, after: Coverage, demand: Demand) -> Comparison:
    """Compare coverage before and after, both measured for the same question on this demand.

    Raises
    ------
    UsageError
        If the two differ in question, demand or areas.
    """
    _check_alike(before, after, demand)
    radius_m = before.question.radius_m
    was, now = before.distance_m <= radius_m, after.distance_m <= radius_m
    gained, lost = np.flatnonzero(now & ~was), np.flatnonzero(was & ~now)
    gained_in, lost_in = (_by_area(numbers, before, demand) for numbers in (gained, lost))
    both = np.isfinite(before.distance_m) & np.isfinite(after.distance_m)
    moved_m = np.full(len(demand), np.nan)
    moved_m[both] = after.distance_m[both] - before.distance_m[both]
    return Comparison(
        before,
        after,
        total=Pair(
            before.total, after.total, float(demand.weight[gained].sum()), float(demand.weight[lost].sum())
        ),
        areas=tuple(starmap(Pair, zip(before.areas, after.areas, gained_in, lost_in, strict=True))),
        gained=gained,
        lost=lost,
        moved_m=moved_m,
    )


def _by_area(numbers: IntArray, coverage: Coverage, demand: Demand) -> list[float]:
    """Add up the weights of demand points per area."""
    area_of, weight = coverage.area_of[numbers], demand.weight[numbers]
    inside = area_of >= 0
    sums: list[float] = np.bincount(area_of[inside], weight[inside], minlength=len(coverage.areas)).tolist()
    return sums


def _check_alike(before: Coverage, after: Coverage, demand: Demand) -> None:
    same = (
        before.question == after.question
        and before.provenance.demand_digest == after.provenance.demand_digest == demand.digest
        and [area.area_id for area in before.areas] == [area.area_id for area in after.areas]
    )
    if not same:
        raise UsageError(
            "Only answers to the same question on the same demand and areas can be compared. Measure both again."
        )
