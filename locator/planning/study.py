"""Study: the answers to one question of the planner, each computed once, when first needed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_array
from shapely.geometry.base import BaseGeometry

from locator.errors import UsageError
from locator.geo.circles import service_area
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.inputs.demand import Candidates, Demand
from locator.planning.inputs.station_changes import ADD, StationChange
from locator.planning.inputs.supply import BoolArray, Supply, open_hours, states, suitable
from locator.planning.measures.changed_supply import ALWAYS, apply_changes
from locator.planning.measures.comparison import Comparison, compare
from locator.planning.measures.coverage import (
    HOURS_OF_WEEK,
    Coverage,
    Provenance,
    Question,
    areas_of,
    known_open,
    measure,
    provenance_of,
)
from locator.planning.measures.gaps import Gap, find_gaps
from locator.planning.measures.grid_cells import DemandCells, sum_cells
from locator.planning.measures.reach import from_distances, within
from locator.planning.siting import site_search
from locator.planning.siting.person_hours import PersonHours, only_open, person_hours
from locator.planning.siting.plans import Plan
from locator.planning.siting.site_question import Progress
from locator.stations.hours import OpenState
from locator.stations.schema import District

Distances = tuple[IntArray, IntArray, FloatArray]
"""Per pair the number of the demand point, that of the site, and the metres between them. Sites are the candidates
and, counted on after them, the stations."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal of new sites: either a number of sites or a share to reach."""

    n: int | None = None
    """Cover most demand with this many sites."""
    target_share: float | None = None
    """Reach this share of the demand, 0-1, with as few sites as possible."""
    by_area: bool = False
    """Every area has to reach `target_share`; not with `n`."""
    floor: float | None = None
    """The least share, 0-1, in every area."""
    by_hours: bool = False
    """Count person-hours of the week instead of persons; not with `Question.open_at`."""
    ignore_existing: bool = False
    """Plan as if there were no stations yet."""
    time_limit_s: float = 60
    seed: int = 0


class Study:
    """The answers to a question about some stations and demand.

    Parameters
    ----------
    areas
        For figures by area; gaps are looked for inside them.
    changes
        A scenario of stations added, removed or changed; added ones are completed by `fitting`.
    """

    def __init__(
        self,
        supply: Supply,
        demand: Demand,
        areas: Sequence[District],
        question: Question,
        changes: Sequence[StationChange] = (),
    ) -> None:
        self.demand, self.areas, self.question = demand, areas, question
        self._today = supply
        self.supply = apply_changes(supply, changes, question) if changes else supply
        self.adds = any(change.action == ADD for change in changes)
        """Whether the scenario adds stations."""

    @property
    def added_lonlat(self) -> FloatArray:
        """(n, 2) the positions of the stations that the scenario adds."""
        today = set(self._today.ids)
        added: FloatArray = self.supply.lonlat[
            [row for row, name in enumerate(self.supply.ids) if name not in today]
        ]
        return added

    @property
    def provenance(self) -> Provenance:
        """Where the figures come from."""
        return provenance_of(self.supply, self.demand, self.question)

    def measure(self) -> None:
        """Compute the coverage and the comparison now."""
        _ = self.coverage, self.comparison

    @cached_property
    def coverage(self) -> Coverage:
        """Who is served, with the scenario."""
        return measure(self.supply, self.demand, self.areas, self.question)

    @cached_property
    def comparison(self) -> Comparison | None:
        """Coverage before and after the scenario; ``None`` without one."""
        if self.supply is self._today:
            return None
        before = measure(self._today, self.demand, self.areas, self.question)
        return compare(before, self.coverage, self.demand)

    @cached_property
    def service_area(self) -> BaseGeometry:
        """The ground within the radius of the stations that count."""
        return service_area(self.supply.lonlat[self.coverage.serving], self.question.radius_m)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Where nobody is served, most persons first."""
        return find_gaps(self.service_area, self.areas, self.demand, self.supply, self.coverage)

    @cached_property
    def cells(self) -> DemandCells:
        """The demand summed over a grid for the map."""
        return sum_cells(self.demand, self.coverage)

    def plan(
        self,
        goal: Goal,
        candidates: Candidates,
        distances: Distances | None = None,
        progress: Progress | None = None,
    ) -> Plan:
        """Find the best sites for a goal; each is assumed to suit the question and is open at its own hours.

        Parameters
        ----------
        distances
            The result of `read_distances`, used in place of positions, for the stations too.
        progress
            Called with how far the work is.

        Raises
        ------
        UsageError
            If the goal contradicts itself or the question, or cannot be met with these candidates.
        """
        started = time.monotonic()
        self._check(goal)
        groups, weight = self._groups(goal), self.demand.weight
        covered: BoolArray | None = None
        if goal.by_hours:
            reach = self._candidates_near(candidates, distances)
            reach, weight, covered, point = self._person_hours(goal, reach, candidates, distances)
            groups = None if groups is None else groups[point]
        else:
            covered = None if goal.ignore_existing else self._served(len(candidates), distances)
            reach = self._candidates_near(candidates, distances, covered)
        options: dict[str, Any] = {
            "covered": covered,
            "groups": groups,
            "floor": goal.floor,
            "time_limit_s": goal.time_limit_s,
            "started": started,
            "seed": goal.seed,
            "progress": progress,
        }
        try:
            if goal.n is not None:
                return site_search.most_covered(reach, weight, goal.n, **options)
            target_share = cast("float", goal.target_share)
            return site_search.fewest_sites(reach, weight, target_share, by_area=goal.by_area, **options)
        except UsageError as error:
            # The search knows areas by number, from 1; the message has the name.
            if area := error.values.get("area"):
                error.values["area"] = self.areas[cast("int", area) - 1].name
            raise type(error)(error.template, **error.values) from None

    def _check(self, goal: Goal) -> None:
        """Refuse a goal that contradicts itself or the question."""
        if (goal.n is None) == (goal.target_share is None):
            raise UsageError("Give either how many sites, or the share that they are to reach.")
        if goal.n is not None and goal.by_area:
            raise UsageError(
                "by_area says that every area has to reach the target, and with n there is none. Give floor, the"
                " least share in every area, or the target in place of n."
            )
        if goal.by_hours and self.question.open_at is not None:
            raise UsageError(
                "by_hours counts all hours of the week, open_at looks at one instant: both together mean nothing."
                " Drop one."
            )
        if goal.by_hours and self.question.week_of is None:
            raise UsageError("Person-hours are counted in a week. Say which with week_of.")
        if goal.ignore_existing and self.supply is not self._today:
            raise UsageError(
                "Where the existing stations are ignored (ignore_existing), a scenario that changes them says"
                " nothing. Drop one."
            )

    def _candidates_near(
        self, candidates: Candidates, distances: Distances | None, covered: BoolArray | None = None
    ) -> csr_array:
        """Return which candidates are near which uncovered demand points, and open if hours matter."""
        radius_m, at = self.question.radius_m, self.question.open_at
        if distances is None:
            left = None if covered is None else np.flatnonzero(~covered & (self.demand.weight > 0))
            reach = within(self.demand.lonlat, candidates.lonlat, radius_m, left)
        else:
            table = _part(distances, distances[1] < len(candidates))
            reach = from_distances(*table, shape=(len(self.demand), len(candidates)), radius_m=radius_m)
        if at is None or not any(candidates.hours):
            return reach
        station_states = states(self._hours_of(candidates), np.arange(len(candidates)), at)
        return only_open(reach, np.array([state is OpenState.OPEN for state in station_states]))

    def _served(self, candidates: int, distances: Distances | None) -> BoolArray:
        """Return (n,) whether a serving station is near, by the table of distances alone if there is one."""
        if distances is None:
            near: BoolArray = self.coverage.distance_m <= self.question.radius_m
            return near
        serving, _ = known_open(self.supply, self._suits(), self.question)
        served: BoolArray = np.diff(self._stations_near(serving, candidates, distances).indptr) > 0
        return served

    def _suits(self) -> IntArray:
        """Return the stations that suit the question, whatever their hours."""
        return suitable(self.supply, self.question.kinds, self.question.amenities, self.question.tiers)

    def _stations_near(self, numbers: IntArray, candidates: int, distances: Distances | None) -> csr_array:
        """Return which of some stations are within the radius of which demand points."""
        radius_m = self.question.radius_m
        if distances is None:
            return within(self.demand.lonlat, self.supply.lonlat[numbers], radius_m)
        points, sites, distance_m = _part(distances, distances[1] >= candidates)
        if len(numbers) and not np.isin(sites - candidates, numbers).any():
            raise UsageError(
                "The table (distances) names none of the {n} stations that exist and count: nobody knows whom they"
                " serve. Add rows with their ids as candidate_id, or ignore them (ignore_existing).",
                n=len(numbers),
            )
        shape = (len(self.demand), len(self.supply))
        return from_distances(points, sites - candidates, distance_m, shape, radius_m)[:, numbers]

    def _person_hours(
        self, goal: Goal, reach: csr_array, candidates: Candidates, distances: Distances | None
    ) -> PersonHours:
        """Turn demand into person-hours of the week, with those already served by existing stations."""
        monday = cast("date", self.question.week_of)
        would_open = open_hours(self._hours_of(candidates), np.arange(len(candidates)), monday)
        unserved = np.ones((len(self.demand), HOURS_OF_WEEK), dtype=np.bool_)
        if not goal.ignore_existing:
            suits = self._suits()
            near = self._stations_near(suits, len(candidates), distances)
            unserved = (near @ open_hours(self.supply, suits, monday).astype(np.int32)) == 0
        return person_hours(reach, self.demand.weight, unserved, would_open)

    def _hours_of(self, candidates: Candidates) -> Supply:
        """Return a supply with the hours of the candidates; those without hours are always open."""
        return replace(self.supply, hours=tuple(text or ALWAYS for text in candidates.hours))

    def _groups(self, goal: Goal) -> IntArray | None:
        """Return the area of each demand point if the goal is by area, else ``None``."""
        if goal.floor is None and not goal.by_area:
            return None
        if not np.isfinite(self.demand.lonlat).all():
            raise UsageError(
                "Which area a demand point is in (floor, by_area) follows from its position, and some have none."
                " Give lat and lon with the distances."
            )
        return areas_of(self.demand.lonlat, [area.outline for area in self.areas])


def _part(distances: Distances, rows: BoolArray) -> Distances:
    """Select rows of a table of distances."""
    points, sites, distance_m = distances
    return points[rows], sites[rows], distance_m[rows]
