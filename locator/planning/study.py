"""Study: all that is said about one question to the planner, each part worked out when first asked for, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, cast

import numpy as np
from scipy.sparse import csr_array
from shapely.geometry.base import BaseGeometry

from locator.errors import UsageError
from locator.geo.circles import service_area
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning import scenario, siting
from locator.planning.cells import Cells, sum_cells
from locator.planning.coverage import (
    HOURS_OF_WEEK,
    Coverage,
    Provenance,
    Question,
    areas_of,
    measure,
    provenance_of,
)
from locator.planning.demand import Candidates, Demand
from locator.planning.gaps import Gap, find_gaps
from locator.planning.reach import from_distances, within
from locator.planning.siting import Plan, Progress
from locator.planning.supply import Supply, open_hours, suitable
from locator.stations.schema import District

ALWAYS: Final = "24/7"
Distances = tuple[IntArray, IntArray, FloatArray]
"""Per pair the number of the demand point, that of the candidate, and the metres between them."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What new sites are for. Either a number of sites or a share to reach is given."""

    n: int | None = None
    """Cover most demand with so many."""
    target_share: float | None = None
    """Reach this share of the demand, 0-1, with as few as possible."""
    by_area: bool = False
    """Every area has to reach `target_share`."""
    floor: float | None = None
    """With `n`: the least share, 0-1, in every area."""
    by_hours: bool = False
    """Count person-hours of the week and not persons."""
    ignore_existing: bool = False
    """As if there were no stations yet."""
    time_limit_s: float = 60
    seed: int = 0


class Study:
    """A question, the stations it is about, and the demand.

    Parameters
    ----------
    supply
        The stations.
    demand
        Who may need them.
    areas
        For figures by area, and the ground on which gaps are looked for.
    question
        Which stations count, and how near is near.
    changes
        A scenario: what if these stations were added, removed or changed.
    """

    def __init__(
        self,
        supply: Supply,
        demand: Demand,
        areas: Sequence[District],
        question: Question,
        changes: Sequence[scenario.Change] = (),
    ) -> None:
        self.demand, self.areas, self.question = demand, areas, question
        self._today = supply
        self.supply = scenario.apply(supply, changes) if changes else supply

    @property
    def provenance(self) -> Provenance:
        """What has to stand beside every figure."""
        return provenance_of(self.supply, self.demand, self.question)

    def measure(self) -> None:
        """Work out the coverage, and what the scenario changes, now."""
        _ = self.coverage, self.comparison

    @cached_property
    def coverage(self) -> Coverage:
        """Who is served, with the scenario."""
        return measure(self.supply, self.demand, self.areas, self.question)

    @cached_property
    def comparison(self) -> scenario.Comparison | None:
        """What the scenario changes; ``None`` without one."""
        if self.supply is self._today:
            return None
        before = measure(self._today, self.demand, self.areas, self.question)
        return scenario.compare(before, self.coverage, self.demand)

    @cached_property
    def service_area(self) -> BaseGeometry:
        """The ground within the radius of the stations that count."""
        return service_area(self.supply.lonlat[self.coverage.serving], self.question.radius_m)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Where nobody is served, most persons first."""
        return find_gaps(self.service_area, self.areas, self.demand, self.supply, self.coverage)

    @cached_property
    def cells(self) -> Cells:
        """The demand as a map shows it."""
        return sum_cells(self.demand, self.coverage)

    def plan(
        self,
        goal: Goal,
        candidates: Candidates,
        distances: Distances | None = None,
        progress: Progress | None = None,
    ) -> Plan:
        """Find the sites that help most.

        Parameters
        ----------
        goal
            What they are for.
        candidates
            Where they could stand.
        distances
            Rows, columns and metres of `read_distances`, in place of positions.
        progress
            Is told how far the work is.

        Raises
        ------
        UsageError
            If the goal makes no sense for these candidates; the message says why.
        """
        if (goal.n is None) == (goal.target_share is None):
            raise UsageError("Give either how many sites, or the share that they are to reach.")
        reach, weight = self._reach(candidates, distances), self.demand.weight
        covered = None if goal.ignore_existing else self.coverage.distance_m <= self.question.radius_m
        groups = self._groups(goal)
        if goal.by_hours:
            reach, weight, covered, point = self._person_hours(reach, candidates, goal)
            groups = None if groups is None else groups[point]
        options: dict[str, Any] = {
            "covered": covered,
            "groups": groups,
            "time_limit_s": goal.time_limit_s,
            "seed": goal.seed,
            "progress": progress,
        }
        try:
            if goal.n is not None:
                return siting.most_covered(reach, weight, goal.n, floor=goal.floor, **options)
            return siting.fewest_sites(reach, weight, cast("float", goal.target_share), **options)
        except UsageError as error:
            # There an area is a number, counted from 1.
            if area := error.values.get("area"):
                error.values["area"] = self.areas[cast("int", area) - 1].name
            raise type(error)(error.template, **error.values) from None

    def _reach(self, candidates: Candidates, distances: Distances | None) -> csr_array:
        """Tell which candidates are within the radius of which demand points."""
        if distances is None:
            return within(self.demand.lonlat, candidates.lonlat, self.question.radius_m)
        shape = (len(self.demand), len(candidates))
        return from_distances(*distances, shape=shape, radius_m=self.question.radius_m)

    def _person_hours(self, reach: csr_array, candidates: Candidates, goal: Goal) -> siting.PersonHours:
        """Turn persons into their hours of the week, with those hours in which a station is open near them."""
        question = self.question
        if question.week_of is None:
            raise UsageError("Person-hours are counted in a week. Say which with week_of.")
        new = replace(self.supply, hours=tuple(text or ALWAYS for text in candidates.hours))
        would_open = open_hours(new, np.arange(len(candidates)), question.week_of)
        unserved = np.ones((len(self.demand), HOURS_OF_WEEK), dtype=np.bool_)
        if not goal.ignore_existing:
            suits = suitable(self.supply, question.kinds, question.amenities, question.tiers)
            near = within(self.demand.lonlat, self.supply.lonlat[suits], question.radius_m)
            unserved = (near @ open_hours(self.supply, suits, question.week_of).astype(np.int32)) == 0
        return siting.person_hours(reach, self.demand.weight, unserved, would_open)

    def _groups(self, goal: Goal) -> IntArray | None:
        """Return the area of each demand point where areas are to be judged one by one."""
        if goal.floor is None and not goal.by_area:
            return None
        return areas_of(self.demand.lonlat, [area.outline for area in self.areas])
