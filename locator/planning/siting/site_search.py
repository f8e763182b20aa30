"""The search for new sites that cover most demand, with a proven bound."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array

from locator.errors import UsageError
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.siting import programs, solver_process
from locator.planning.siting.covering import BoolArray, anneal, enough, greedy, reduce, suffices
from locator.planning.siting.fewest_search import search_fewest
from locator.planning.siting.plans import REACHED, Plan
from locator.planning.siting.search_steps import (
    BOUND_SHARE,
    BOUNDING,
    PREPARING,
    PROVING,
    SEARCH_SHARE,
    SEARCHING,
    TINY,
    annealing_moves,
)
from locator.planning.siting.site_question import Progress, SiteQuestion, TimeLimit

# Up to this many pairs of a row and a column the solver is tried first.
_SMALL: Final = 20_000
# The first kernel has this many columns beyond n, each next one twice as many; and the time share of each.
_KERNEL: Final = 100
_KERNEL_SHARE: Final = 0.15


def most_covered(
    reach: csr_array,
    weight: FloatArray,
    n: int,
    *,
    covered: BoolArray | None = None,
    groups: IntArray | None = None,
    floor: float | None = None,
    time_limit_s: float = 60,
    started: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Plan:
    """Choose up to n sites that together cover most of what is not covered yet.

    The same question has the same answer, unless the time runs out. Maximal covering: Church and ReVelle, 1974.

    Parameters
    ----------
    reach
        (points, candidates) of bool: which candidates are within reach of a point.
    weight
        (points,) finite and not negative.
    n
        How many sites at most; fewer are named where more would add nothing, and none where none adds anything.
    covered
        (points,) which are served already; ``None``: none.
    groups
        (points,) the number of each point's area from 0, -1 for none; ``None``: all are in one.
    floor
        The least share 0-1 that has to be covered in every area with demand, existing stations included.
    time_limit_s
        Seconds after which the best answer so far is given, with what is proven about it.
    started
        The `time.monotonic` from which these count; ``None``: now.
    seed
        Of the local search.
    progress
        Called with how far the work is.

    Raises
    ------
    UsageError
        If n is out of range, or the floor cannot be met.
    """
    clock = TimeLimit(time_limit_s, started)
    question = SiteQuestion(reach, weight, covered, groups, clock, seed, progress, ("most", n, floor))
    question.check_count(n)
    needs = question.needs(None, floor)
    if reason := question.why_pointless():
        return question.plan(np.zeros(0, dtype=np.intp), 0.0, is_bounded=True, counts=False, reason=reason)
    return question.plan(**_Search(question, n, needs).run(), counts=False)


def fewest_sites(
    reach: csr_array,
    weight: FloatArray,
    target_share: float,
    *,
    by_area: bool = False,
    covered: BoolArray | None = None,
    groups: IntArray | None = None,
    floor: float | None = None,
    time_limit_s: float = 60,
    started: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Plan:
    """Choose the fewest sites that cover a share of all demand, and a least share in every area.

    A share that is reached already takes no site: the plan is empty and proven. Set covering: Toregas, 1971.

    Parameters
    ----------
    reach, weight, covered, groups, floor, time_limit_s, started, seed, progress
        As in `most_covered`.
    target_share
        The share 0-1 of all demand to reach, existing stations included.
    by_area
        Every area with demand has to reach the target, rather than all of them together. With a floor too, the
        larger of the two.

    Raises
    ------
    UsageError
        If a share is not between 0 and 1, or out of reach; an area is named by its number from 1.
    """
    asked = ("fewest", target_share, by_area, floor)
    clock = TimeLimit(time_limit_s, started)
    question = SiteQuestion(reach, weight, covered, groups, clock, seed, progress, asked)
    shares = [share for share in (floor, target_share if by_area else None) if share is not None]
    needs = question.needs(None if by_area else target_share, max(shares, default=None))
    return question.plan(**search_fewest(question, needs), counts=True, reason=REACHED)


class _Search:
    """The search for most covered: the best choice so far, and the bound on all choices."""

    def __init__(self, question: SiteQuestion, n: int, needs: FloatArray) -> None:
        question.say(0.0, PREPARING)
        groups = question.groups if needs.any() else np.full(len(question.weight), -1)
        scale = 1.0 if question.is_whole else 2.0 ** -math.frexp(question.left.max())[1] * 1024
        self.question, self.needs, self.scale = question, needs * scale, scale
        self.cover = reduce(question.reach, question.left * scale, groups)
        self.n_given, self.n = n, min(n, len(self.cover.numbers))
        self.chosen = self._start()
        self.low = self.cover.value(self.chosen) if len(self.chosen) else 0.0
        self.limit = np.full(len(self.cover.numbers), np.inf)
        self.bound, self.is_bounded = self._trivial(), False

    def _start(self) -> IntArray:
        """Choose greedily, first for the floors; return no column if these take more than n."""
        first = enough(self.cover, self.needs)
        return greedy(self.cover, self.n, first) if len(first) <= self.n else first[:0]

    def _trivial(self) -> float:
        """Bound by all weight, and by the n largest columns as if no two shared a row."""
        alone = np.sort(self.cover.columns @ self.cover.weight)[::-1]
        return float(min(self.cover.weight.sum(), alone[: self.n].sum()))

    def run(self) -> dict[str, Any]:
        """Run the steps until the choice is proven best or the time is over; return arguments of `plan`."""
        for done, words, step in (
            (0.05, BOUNDING, self._price),
            (0.1, PROVING, self._solve_small),
            (0.15, SEARCHING, self._anneal),
            (0.4, PROVING, self._kernels),
        ):
            if self._is_over():
                break
            self.question.say(done, words)
            step()
        if not len(self.chosen):
            # That none was found does not prove that there is none.
            raise UsageError(
                "No choice of {n} candidates that brings every area to the least share was found in {seconds} s."
                " Allow more time or sites, or ask for less.",
                n=self.n_given,
                seconds=self.question.clock.limit_s,
            )
        numbers = self.cover.numbers[self.chosen]
        return {"numbers": numbers, "bound": self.bound / self.scale, "is_bounded": self.is_bounded}

    def _is_over(self) -> bool:
        """Tell whether the choice is proven best, or the time is over."""
        is_proven = len(self.chosen) > 0 and self.bound <= self.low * (1 if self.question.is_whole else 1 + 1e-12)
        return is_proven or self.question.clock.is_over()

    def _price(self) -> None:
        """Bound by prices, unless n columns are all or the solver is faster."""
        if self.n < len(self.cover.numbers) and self.cover.rows.nnz > TINY:
            prices = programs.prices(self.cover, self.n, self.low, self.question.clock.until(BOUND_SHARE))
            self.limit = prices.bound_with(self.n)
            self._lower(prices.bound(self.n))

    def _lower(self, bound: float) -> None:
        """Lower the bound, but not below the value of the current choice."""
        if not math.isfinite(bound):
            return
        if self.question.is_whole:
            bound = math.floor(bound * (1 + 1e-12) + 1e-6)
        self.is_bounded = True
        self.bound = max(self.low, min(self.bound, bound))

    def _alive(self) -> IntArray:
        """Return the columns that a better choice may have, and the chosen ones."""
        better = self.low + 1 - 1e-6 if self.question.is_whole else self.low
        return np.union1d(np.flatnonzero(self.limit * (1 + 1e-12) >= better), self.chosen)

    def _solve_small(self) -> None:
        """Run the solver at once if the problem is small."""
        alive = self._alive()
        if self.cover.only(alive).rows.nnz <= _SMALL:
            self._solve(alive, _KERNEL_SHARE, is_all=True)

    def _anneal(self) -> None:
        """Look for a better choice; skipped with floors, which annealing cannot keep."""
        if self.needs.any():
            return
        small = self.cover.only(self._alive())
        start = small.columns_of(self.cover.numbers[self.chosen])
        if len(start) < len(small.numbers):
            moves = annealing_moves(self.n)
            deadline = self.question.clock.until(SEARCH_SHARE)
            better = anneal(small, start, moves, self.question.seed, deadline, self.bound)
            self._take(self.cover.columns_of(small.numbers[better]))

    def _take(self, chosen: IntArray) -> None:
        """Keep a choice if it is better and meets the floors."""
        value = self.cover.value(chosen)
        if value > self.low and suffices(self.cover, self.needs, chosen):
            self.chosen, self.low = chosen, value

    def _kernels(self) -> None:
        """Run the solver on the most promising columns, then on twice as many, and last on all."""
        width: float = _KERNEL
        while not self._is_over():
            alive = self._alive()
            best = alive[np.argsort(-self.limit[alive], kind="stable")[: int(min(self.n + width, len(alive)))]]
            kernel = np.union1d(best, self.chosen)
            is_all = len(kernel) == len(alive)
            share = 1.0 if is_all else _KERNEL_SHARE
            is_solved = self._solve(kernel, share, is_all=is_all)
            if is_all:
                break
            width = 2 * width if is_solved else len(alive)

    def _solve(self, columns: IntArray, share: float, *, is_all: bool) -> bool:
        """Run the solver on some columns, and tell whether it finished in time."""
        small = self.cover.only(columns)
        start = small.columns_of(self.cover.numbers[self.chosen]) if len(self.chosen) else None
        outcome = solver_process.solve(
            small, self.n, self.needs, start, self.question.clock.until(share), whole=self.question.is_whole
        )
        if outcome.is_infeasible and is_all:
            raise UsageError(
                "However {n} of the candidates are chosen, some area stays below the least share. Choose more"
                " sites or ask for less.",
                n=self.n_given,
            )
        if outcome.chosen is not None:
            self._take(self.cover.columns_of(small.numbers[outcome.chosen]))
        if is_all:
            self._lower(outcome.bound)
        return outcome.is_solved
