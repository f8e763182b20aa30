"""Siting: the next stations that help most, and how near to the best the answer is proven to be."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from locator.errors import UsageError
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.language.messages import message
from locator.planning.siting import programs, solver_process
from locator.planning.siting.covering import (
    BoolArray,
    Choice,
    Cover,
    anneal,
    enough,
    greedy,
    group_sums,
    reduce,
    slack,
    unimplied,
)

Progress = Callable[[float, str], None]
"""Told how much of the work is done, 0-1, and what is being done."""

COVERED: Final = "covered"
"""All demand is covered already."""
REACHED: Final = "reached"
"""The share is reached already."""
OUT_OF_REACH: Final = "out_of_reach"
"""No candidate is within reach of demand that is not covered."""

PREPARING: Final = message("Leaving out what cannot matter")
BOUNDING: Final = message("Finding out how much is possible")
SEARCHING: Final = message("Looking for better sites")
PROVING: Final = message("Proving that nothing is better")
DONE: Final = message("Done")

# Up to so many pairs of a row and a column the solver is asked at once.
_SMALL: Final = 20_000
_TINY: Final = 2_000
# Moves of annealing per site, and between which numbers.
_MOVES_PER_SITE: Final = 200
_MOVES: Final = (10_000, 40_000)
# The first kernel: so many promising columns beyond n; each next one has twice as many, and so much of the time.
_KERNEL: Final = 100
_KERNEL_SHARE: Final = 0.15
# So much of the time goes into a first bound.
_BOUND_SHARE: Final = 0.35
# And so much into the search after it.
_SEARCH_SHARE: Final = 0.4
# And this is kept for telling what was found.
_FINISHING: Final = 0.03
# A proof by a solver that reckons in floating point holds to this share, where weights are not whole numbers.
_TOLERANCE: Final = 1e-6
_CHUNK: Final = 1 << 16
# How finely the bound on the fewest is looked for, in halvings of the span from none to those known.
_FINE: Final = 8


@dataclass(frozen=True, slots=True)
class Site:
    """A chosen candidate."""

    number: int
    """Its place among the candidates."""
    gain: float
    """The weight that it covers and that neither the existing stations nor the sites before it cover."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Chosen sites and what was proven about them."""

    sites: tuple[Site, ...]
    """In order of gain: each adds most to those before it."""
    before: float
    """The weight that existing stations cover."""
    covered: float
    """With the sites."""
    total: float
    bound: float | None
    """For most covered: no choice of as many sites covers more. For fewest sites: no fewer sites can do. ``None``
    where no bound was found in time, or one that says nothing: that at least one site is needed."""
    gap: float | None
    """How far the bound is from what the sites gain, as a share of that; for fewest sites, of their number.
    ``None`` without a bound."""
    status: str
    """``proven``, ``within`` (the gap is what was proven) or ``heuristic`` (there is no bound)."""
    solver: str
    seed: int
    digest: str
    """The first twelve hex digits of the SHA-256 over all that was asked."""
    seconds: float
    reason: str | None = None
    """Why there are no sites: `COVERED`, `REACHED` or `OUT_OF_REACH`; ``None`` where there are."""

    @property
    def share(self) -> float | None:
        """The covered share of the demand, 0-1; ``None`` without demand."""
        return self.covered / self.total if self.total else None


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
        Told how far the work is.

    Raises
    ------
    UsageError
        If n is out of range, or the floor cannot be met.
    """
    clock = _Clock(time_limit_s, started)
    question = _Question(reach, weight, covered, groups, clock, seed, progress, ("most", n, floor))
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
    """Choose as few sites as it takes to cover a share of all demand, and a least share of every area's.

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
    clock = _Clock(time_limit_s, started)
    question = _Question(reach, weight, covered, groups, clock, seed, progress, asked)
    shares = [share for share in (floor, target_share if by_area else None) if share is not None]
    needs = question.needs(None if by_area else target_share, max(shares, default=None))
    return question.plan(**_fewest(question, needs), counts=True, reason=REACHED)


class PersonHours(NamedTuple):
    """Demand hour by hour over a week, as rows that `most_covered` and `fewest_sites` take as they are."""

    reach: csr_array
    """(rows, candidates) of bool: which candidates are near and open."""
    weight: FloatArray
    """(rows,) weight times hours."""
    covered: BoolArray
    """(rows,) whether these are the hours that are served already."""
    point: IntArray
    """(rows,) the demand point of each row, for its group."""


def person_hours(
    reach: csr_array, weight: FloatArray, uncovered: NDArray[np.bool_ | np.uint8], candidate_open: BoolArray
) -> PersonHours:
    """Turn demand into person-hours over a week: a row for every point and set of candidates open together.

    Hours in which the same candidates are open are one pattern, and a week has few, so there are few rows.

    Parameters
    ----------
    reach, weight
        As in `most_covered`.
    uncovered
        (points, 168) in which hours no open station is near; or so packed by ``numpy.packbits`` (points, 21).
    candidate_open
        (candidates, 168) in which hours a candidate would be open.

    Returns
    -------
    PersonHours
        The weights add up to 168 times those given; the hours served already are one row per point.
    """
    reach = _tidy(reach)
    patterns, pattern_of = np.unique(candidate_open, axis=1, return_inverse=True)
    hours = _count(uncovered, np.eye(patterns.shape[1])[pattern_of.ravel()])
    served = candidate_open.shape[1] - hours.sum(axis=1)
    nowhere = np.zeros((reach.shape[1], 1), dtype=bool)
    hours, patterns = np.c_[hours, served], np.c_[patterns, nowhere]
    points = [np.flatnonzero(column > 0) for column in hours.T]
    rows = [only_open(reach[some], is_open) for some, is_open in zip(points, patterns.T, strict=True)]
    point = np.concatenate(points)
    pattern = np.repeat(np.arange(len(points)), [len(some) for some in points])
    covered = pattern == len(points) - 1
    return PersonHours(vstack(rows).tocsr(), weight[point] * hours[point, pattern], covered, point)


def _count(uncovered: NDArray[np.bool_ | np.uint8], belongs: FloatArray) -> FloatArray:
    """Count (points, patterns) the uncovered hours of each pattern; in chunks, for a week of bits is wide."""
    counts = np.empty((len(uncovered), belongs.shape[1]))
    for start in range(0, len(uncovered), _CHUNK):
        part = uncovered[start : start + _CHUNK]
        bits = (
            part
            if part.shape[1] == len(belongs)
            else np.unpackbits(part.view(np.uint8), axis=1, count=len(belongs))
        )
        counts[start : start + _CHUNK] = bits.astype(np.float32) @ belongs.astype(np.float32)
    return counts


def only_open(rows: csr_array, is_open: BoolArray) -> csr_array:
    """Leave of rows of candidates, with sorted indices, those that are open; the width stays."""
    kept = is_open[rows.indices]
    ends = np.r_[0, np.cumsum(kept)][rows.indptr]
    return csr_array((rows.data[kept], rows.indices[kept], ends), shape=rows.shape)


class _Clock:
    """How much time there is."""

    def __init__(self, limit_s: float, started: float | None) -> None:
        if not limit_s > 0:
            raise UsageError("The time limit must be above 0 seconds, not {value}.", value=limit_s)
        self.started = time.monotonic() if started is None else started
        # What is left of the work when the time is over takes a little too.
        self.limit_s, self.deadline = limit_s, self.started + limit_s * (1 - _FINISHING)

    def is_over(self) -> bool:
        """Tell whether no time is left."""
        return time.monotonic() >= self.deadline

    def until(self, share: float) -> float:
        """Return the `time.monotonic` at which a share of all the time is over from now, or all of it."""
        return min(self.deadline, time.monotonic() + share * self.limit_s)


class _Question:
    """What was asked, checked and made ready, and how to say the answer."""

    def __init__(
        self,
        reach: csr_array,
        weight: FloatArray,
        covered: BoolArray | None,
        groups: IntArray | None,
        clock: _Clock,
        seed: int,
        progress: Progress | None,
        asked: tuple[object, ...],
    ) -> None:
        if seed < 0:
            raise UsageError("The seed must be a whole number of 0 or more, not {value}.", value=seed)
        self.clock, self.seed, self.progress = clock, seed, progress
        self.reach, self.weight = _tidy(reach), np.asarray(weight, dtype=np.float64)
        self.covered = np.zeros(len(weight), dtype=bool) if covered is None else np.asarray(covered, dtype=bool)
        self.groups = np.full(len(weight), -1) if groups is None else np.asarray(groups, dtype=np.intp)
        self.left = np.where(self.covered, 0.0, self.weight)
        self.is_whole = bool(np.all(self.weight == np.rint(self.weight)))
        self.digest = self._digest((*asked, clock.limit_s, seed))

    def _digest(self, asked: tuple[object, ...]) -> str:
        """Take the SHA-256 over all that was asked."""
        sha = hashlib.sha256(repr((asked, self.reach.shape)).encode())
        for array, kind in (
            (self.reach.indptr, np.int64),
            (self.reach.indices, np.int32),
            (self.weight, np.float64),
            (self.covered, np.bool_),
            (self.groups, np.int64),
        ):
            sha.update(np.ascontiguousarray(array, dtype=kind).data)
        return sha.hexdigest()[:12]

    def say(self, done: float, words: str) -> None:
        """Tell who wants to know how far the work is."""
        if self.progress:
            self.progress(done, words)

    def check_count(self, n: int) -> None:
        """Refuse a number of sites that makes no sense."""
        candidates = self.reach.shape[1]
        if n < 1:
            raise UsageError("The number of sites must be at least 1, not {n}.", n=n)
        if n > candidates:
            raise UsageError(
                "{n} sites cannot be chosen from {candidates} candidates. Ask for fewer or offer more.",
                n=n,
                candidates=candidates,
            )

    def why_pointless(self) -> str | None:
        """Say why no site can add anything; ``None`` where one can."""
        if not self.left.any():
            return COVERED
        return None if self.left[np.diff(self.reach.indptr) > 0].any() else OUT_OF_REACH

    def needs(self, target: float | None, floor: float | None) -> FloatArray:
        """Weigh (groups + 1,) what every group, and last all points, need beside what is covered."""
        for share in (target, floor):
            if share is not None and not 0 < share <= 1:
                raise UsageError(
                    "The share must be greater than 0 and at most 1, not {share}. Is it in per cent?", share=share
                )
        total, covered, reachable = (
            group_sums(self.groups, part, int(self.groups.max(initial=-1)) + 1)
            for part in (
                self.weight,
                self.weight - self.left,
                np.where(np.diff(self.reach.indptr) > 0, self.left, 0.0),
            )
        )
        shares = np.append(np.full(len(total) - 1, floor or 0.0), target or 0.0)
        needs = np.maximum(shares * total - covered - 1e-9 * total, 0.0)
        if self.is_whole:
            needs = np.ceil(needs)
        for place in np.flatnonzero(needs > reachable).tolist():
            self._refuse(
                shares[place], place, (covered + reachable)[place] / total[place], place == len(total) - 1
            )
        return needs

    def _refuse(self, share: float, place: int, highest: float, is_total: bool) -> None:
        """Say how much can be reached."""
        raise UsageError(
            "A share of {share} is out of reach: with every candidate it would be {highest}. Ask for less or offer"
            " more candidates."
            if is_total
            else "A share of {share} is out of reach in area {area}: with every candidate it would be {highest}."
            " Ask for less or offer more candidates.",
            share=float(share),
            highest=math.floor(highest * 1e4) / 1e4,
            **({} if is_total else {"area": place + 1}),
        )

    def plan(
        self, numbers: IntArray, bound: float, *, is_bounded: bool, counts: bool, reason: str | None = None
    ) -> Plan:
        """Say what was chosen and how good it is proven to be; the reason is that of no sites."""
        self.say(1.0, DONE)
        sites = self._in_order(numbers)
        before = float(self.weight[self.covered].sum())
        gained = math.fsum(site.gain for site in sites)
        gap = self._gap(len(sites), bound) if counts else self._gap(gained, bound)
        bound = bound if counts else before + (bound if gap else gained)
        is_known = is_bounded or not gap
        return Plan(
            sites=sites,
            before=before,
            covered=before + gained,
            total=float(self.weight.sum()),
            bound=float(bound) if is_known else None,
            gap=gap if is_known else None,
            status="proven" if not gap else "within" if is_bounded else "heuristic",
            reason=None if sites else reason,
            solver=programs.SOLVER,
            seed=self.seed,
            digest=self.digest,
            seconds=time.monotonic() - self.clock.started,
        )

    def _gap(self, found: float, bound: float) -> float:
        """Tell how far what was found is from a bound, as a share of it; 0 where that is rounding."""
        gap = abs(bound - found) / found if found else 0.0
        return 0.0 if gap <= (0.0 if self.is_whole else _TOLERANCE) else gap

    def _in_order(self, numbers: IntArray) -> tuple[Site, ...]:
        """Put sites in the order of what each adds, of equals the first; those that add nothing go."""
        some = np.sort(numbers)
        cover = reduce(self.reach[:, some], self.left, np.full(len(self.left), -1), dominated=False)
        choice, sites = Choice(cover, some[:0]), []
        for _ in cover.numbers:
            best = int(choice.gain.argmax())
            if choice.gain[best] <= _TOLERANCE**2 * choice.value:
                break
            sites.append(Site(int(some[cover.numbers[best]]), float(choice.gain[best])))
            choice.add(best)
        return tuple(sites)


class _Search:
    """The search for most covered: the best choice so far, and the bound on all choices."""

    def __init__(self, question: _Question, n: int, needs: FloatArray) -> None:
        question.say(0.0, PREPARING)
        groups = question.groups if needs.any() else np.full(len(question.weight), -1)
        scale = 1.0 if question.is_whole else 2.0 ** -math.frexp(question.left.max())[1] * 1024
        self.question, self.needs, self.scale = question, needs * scale, scale
        self.cover = reduce(question.reach, question.left * scale, groups)
        self.asked, self.n = n, min(n, len(self.cover.numbers))
        self.chosen = self._start()
        self.low = self.cover.value(self.chosen) if len(self.chosen) else 0.0
        self.limit = np.full(len(self.cover.numbers), np.inf)
        self.bound, self.is_bounded = self._trivial(), False

    def _start(self) -> IntArray:
        """Choose greedily, first for the floors; nothing if that takes more than n."""
        first = enough(self.cover, self.needs)
        return greedy(self.cover, self.n, first) if len(first) <= self.n else first[:0]

    def _trivial(self) -> float:
        """Bound by all there is, and by the n largest columns as if they shared nothing."""
        alone = np.sort(self.cover.columns @ self.cover.weight)[::-1]
        return float(min(self.cover.weight.sum(), alone[: self.n].sum()))

    def run(self) -> dict[str, Any]:
        """Go through the steps until nothing better is possible or the time is over."""
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
            self._give_up()
        numbers = self.cover.numbers[self.chosen]
        return {"numbers": numbers, "bound": self.bound / self.scale, "is_bounded": self.is_bounded}

    def _is_over(self) -> bool:
        """Tell whether the choice is proven best, or the time is over."""
        is_proven = len(self.chosen) > 0 and self.bound <= self.low * (1 if self.question.is_whole else 1 + 1e-12)
        return is_proven or self.question.clock.is_over()

    def _price(self) -> None:
        """Bound by prices, unless n columns are all, or the solver has a tiny world done sooner."""
        if self.n < len(self.cover.numbers) and self.cover.rows.nnz > _TINY:
            found = programs.prices(self.cover, self.n, self.low, self.question.clock.until(_BOUND_SHARE))
            self.limit = found.bound_with(self.n)
            self._lower(found.bound(self.n))

    def _lower(self, bound: float) -> None:
        """Take a bound if it says more; no choice is worse than the one at hand."""
        if not math.isfinite(bound):
            return
        if self.question.is_whole:
            bound = math.floor(bound * (1 + 1e-12) + 1e-6)
        self.is_bounded = True
        self.bound = max(self.low, min(self.bound, bound))

    def _alive(self) -> IntArray:
        """Find the columns that a better choice may have, or that are chosen: the others may as well go."""
        better = self.low + 1 - 1e-6 if self.question.is_whole else self.low
        return np.union1d(np.flatnonzero(self.limit * (1 + 1e-12) >= better), self.chosen)

    def _solve_small(self) -> None:
        """Ask the solver at once if there is little left to decide."""
        alive = self._alive()
        if self.cover.only(alive).rows.nnz <= _SMALL:
            self._solve(alive, _KERNEL_SHARE, is_all=True)

    def _anneal(self) -> None:
        """Look for a better choice; without floors, which the search does not know."""
        if self.needs.any():
            return
        small = self.cover.only(self._alive())
        start = small.places(self.cover.numbers[self.chosen])
        if len(start) < len(small.numbers):
            moves = int(np.clip(_MOVES_PER_SITE * self.n, *_MOVES))
            deadline = self.question.clock.until(_SEARCH_SHARE)
            found = anneal(small, start, moves, self.question.seed, deadline, self.bound)
            self._take(self.cover.places(small.numbers[found]))

    def _take(self, chosen: IntArray) -> None:
        """Keep a choice if it is better and meets the floors."""
        value = self.cover.value(chosen)
        if value > self.low and _suffices(self.cover, self.needs, chosen):
            self.chosen, self.low = chosen, value

    def _kernels(self) -> None:
        """Solve for the most promising columns, then for twice as many, at last for all that are alive."""
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
        """Ask the solver for the best choice among some columns, and tell whether it found it in time."""
        small = self.cover.only(columns)
        start = small.places(self.cover.numbers[self.chosen]) if len(self.chosen) else None
        found = solver_process.solve(
            small, self.n, self.needs, start, self.question.clock.until(share), whole=self.question.is_whole
        )
        if found.is_infeasible and is_all:
            self._refuse_floors()
        if found.chosen is not None:
            self._take(self.cover.places(small.numbers[found.chosen]))
        if is_all:
            self._lower(found.bound)
        return found.is_solved

    def _refuse_floors(self) -> None:
        """Say that no choice meets the floors."""
        raise UsageError(
            "However {n} of the candidates are chosen, some area stays below the least share. Choose more sites or"
            " ask for less.",
            n=self.asked,
        )

    def _give_up(self) -> None:
        """Say that none was found, which does not prove that there is none."""
        raise UsageError(
            "No choice of {n} candidates that brings every area to the least share was found in {seconds} s. Allow"
            " more time or sites, or ask for less.",
            n=self.asked,
            seconds=self.question.clock.limit_s,
        )


def _fewest(question: _Question, needs: FloatArray) -> dict[str, Any]:
    """Choose the fewest sites: greedily, by annealing where there is one need, then by the solver."""
    question.say(0.0, PREPARING)
    if not needs.any():
        return {"numbers": np.array([], dtype=np.intp), "bound": 0.0, "is_bounded": True}
    # A group that needs nothing is none, and the group -1 is that of no need but the last, which is everybody's.
    group = np.where(needs[question.groups] > 0, question.groups, -1)
    left = question.left if needs[-1] > 0 else np.where(group >= 0, question.left, 0.0)
    cover, needs = _strip(reduce(question.reach, left, group), needs)
    question.say(0.05, BOUNDING)
    chosen = enough(cover, needs)
    least = _least(cover, needs, len(chosen), question.clock.until(_BOUND_SHARE))
    if cover.rows.nnz > _TINY and least < len(chosen) and np.count_nonzero(needs) == 1:
        question.say(0.1, SEARCHING)
        chosen = _fewer(question, cover, float(needs.sum()), chosen, least)
    if least < len(chosen) and not question.clock.is_over():
        question.say(0.4, PROVING)
        found = solver_process.solve(cover, None, needs, chosen, question.clock.deadline, whole=True)
        if math.isfinite(found.bound):
            least = max(least, math.ceil(found.bound - 1e-6))
        if found.chosen is not None and _suffices(cover, needs, found.chosen):
            chosen = min(chosen, found.chosen, key=len)
    # That at least one site is needed says nothing, unless one is all.
    is_bounded = least > 1 or len(chosen) <= 1
    return {"numbers": cover.numbers[chosen], "bound": min(least, len(chosen)), "is_bounded": is_bounded}


def _suffices(cover: Cover, needs: FloatArray, chosen: IntArray) -> bool:
    """Tell whether all needs are met."""
    return bool(np.all(cover.sums(len(needs) - 1, chosen) >= needs - slack(needs)))


def _strip(cover: Cover, needs: FloatArray) -> tuple[Cover, FloatArray]:
    """Drop rows that are covered for certain, and columns that thereby have nothing of their own, until none is.

    Where every row has to be covered, weights no longer matter, and each counts 1.
    """
    while True:
        hard = programs.hard_rows(cover, needs)
        stays = unimplied(cover, np.flatnonzero(hard))
        if len(stays) == len(hard):
            break
        goes = np.setdiff1d(np.arange(len(hard)), stays)
        needs = needs - group_sums(cover.group[goes], cover.weight[goes], len(needs) - 1)
        small = reduce(cover.rows[stays], cover.weight[stays], cover.group[stays])
        cover = replace(small, numbers=cover.numbers[small.numbers])
    if hard.all():
        ones = np.ones(len(hard))
        return replace(cover, weight=ones, group=np.full(len(hard), -1)), np.array([ones.sum()])
    return cover, np.where(needs > slack(needs), needs, 0.0)


def _least_at_once(cover: Cover, need: float) -> int:
    """Bound how few columns cover a need, as if they shared nothing: so many of the largest as it takes."""
    return programs.Prices(0.0, cover.columns @ cover.weight).fewest(need)


def _joined(cover: Cover, needs: FloatArray) -> list[tuple[Cover, float]]:
    """Join the needs to one, which is met where all are, in ways of which each may say more than the others.

    The rows of a group count in proportion to how many columns the group takes for its need, so that the need of a
    thin group is not met by more than enough in a dense one.
    """
    places = np.flatnonzero(needs[:-1]).tolist()
    groups = [
        (replace(cover, weight=np.where(cover.group == place, cover.weight, 0.0)), needs[place])
        for place in places
    ]
    takes = np.array([_least_at_once(part, need) for part, need in groups])
    joined = [(cover, float(needs[-1]))] if needs[-1] > 0 else []
    if places:
        weight = sum(part.weight * (take / need) for (part, need), take in zip(groups, takes, strict=True))
        joined.append((replace(cover, weight=weight), float(takes.sum())))
    return joined


def _least(cover: Cover, needs: FloatArray, known: int, deadline: float) -> int:
    """Bound how few columns do what a known number does, by prices, halving the span in which the bound can be."""
    least = 1
    for part, need in _joined(cover, needs):
        least = max(least, min(_least_at_once(part, need), known))
        most = min(known, len(cover.numbers) - 1) if cover.rows.nnz > _TINY else 0
        while most - least > known >> _FINE and time.monotonic() < deadline:
            middle = (least + most) // 2
            found = programs.prices(part, middle, need * (1 - 1e-3), deadline)
            most = middle if found.bound(middle) >= need else most
            least = max(least, min(found.fewest(need), known))
    return least


def _fewer(question: _Question, cover: Cover, need: float, chosen: IntArray, least: int) -> IntArray:
    """Halve the span between the least and the chosen by asking whether annealing covers the need with as many."""
    most = len(chosen)
    deadline = question.clock.until(_SEARCH_SHARE)
    while least < most and time.monotonic() < deadline:
        middle = (least + most) // 2
        moves = int(np.clip(_MOVES_PER_SITE * middle, *_MOVES))
        start = greedy(cover, middle)
        found = anneal(cover, start, moves, question.seed, deadline, need * (1 - 1e-9))
        if cover.value(found) >= need * (1 - 1e-9):
            chosen, most = found, middle
        else:
            least = middle + 1
    return chosen


def _tidy(reach: csr_array) -> csr_array:
    """Give a matrix whose stored entries are all true, once each and in order, without touching the given one."""
    reach = csr_array(reach)
    if not (reach.has_canonical_format and reach.data.all()):
        reach = reach.copy()
        reach.sum_duplicates()
        reach.eliminate_zeros()
    return reach
