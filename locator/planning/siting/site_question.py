"""The checked input of a search for sites, and its answer as a plan."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from locator.errors import UsageError
from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.siting import programs
from locator.planning.siting.covering import BoolArray, Choice, group_sums, reduce, tidy
from locator.planning.siting.plans import COVERED, OUT_OF_REACH, Plan, Site
from locator.planning.siting.search_steps import DONE

Progress = Callable[[float, str], None]
"""Called with the share of the work done, 0-1, and the current step."""

# The share of the time that is kept for putting the plan together.
_FINISHING: Final = 0.03
# Relative precision of the solver's floating-point proof where weights are not whole numbers.
_TOLERANCE: Final = 1e-6


class TimeLimit:
    """The time limit of a search."""

    def __init__(self, limit_s: float, started: float | None) -> None:
        if not limit_s > 0:
            raise UsageError("The time limit must be above 0 seconds, not {value}.", value=limit_s)
        self.started = time.monotonic() if started is None else started
        self.limit_s, self.deadline = limit_s, self.started + limit_s * (1 - _FINISHING)

    def is_over(self) -> bool:
        """Tell whether no time is left."""
        return time.monotonic() >= self.deadline

    def until(self, share: float) -> float:
        """Return the `time.monotonic` after a share of the limit from now, at most the deadline."""
        return min(self.deadline, time.monotonic() + share * self.limit_s)


class SiteQuestion:
    """The checked input of a search for sites."""

    def __init__(
        self,
        reach: csr_array,
        weight: FloatArray,
        covered: BoolArray | None,
        groups: IntArray | None,
        clock: TimeLimit,
        seed: int,
        progress: Progress | None,
        asked: tuple[object, ...],
    ) -> None:
        if seed < 0:
            raise UsageError("The seed must be a whole number of 0 or more, not {value}.", value=seed)
        self.clock, self.seed, self.progress = clock, seed, progress
        self.reach, self.weight = tidy(reach), np.asarray(weight, dtype=np.float64)
        self.covered = np.zeros(len(weight), dtype=bool) if covered is None else np.asarray(covered, dtype=bool)
        self.groups = np.full(len(weight), -1) if groups is None else np.asarray(groups, dtype=np.intp)
        self.left = np.where(self.covered, 0.0, self.weight)
        self.is_whole = bool(np.all(self.weight == np.rint(self.weight)))
        self.digest = self._digest((*asked, clock.limit_s, seed))

    def _digest(self, asked: tuple[object, ...]) -> str:
        """Return the start of the SHA-256 over all input."""
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
        """Report progress."""
        if self.progress:
            self.progress(done, words)

    def check_count(self, n: int) -> None:
        """Refuse a number of sites below 1 or above that of the candidates."""
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
        """Return why no site can add anything; ``None`` where one can."""
        if not self.left.any():
            return COVERED
        return None if self.left[np.diff(self.reach.indptr) > 0].any() else OUT_OF_REACH

    def needs(self, target: float | None, floor: float | None) -> FloatArray:
        """Return (groups + 1,) the weight that every group, and last all points, still need covered."""
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
        for group in np.flatnonzero(needs > reachable).tolist():
            self._refuse(
                shares[group], group, (covered + reachable)[group] / total[group], group == len(total) - 1
            )
        return needs

    def _refuse(self, share: float, group: int, highest: float, is_total: bool) -> None:
        """Refuse a share that is out of reach, naming the highest possible."""
        raise UsageError(
            "A share of {share} is out of reach: with every candidate it would be {highest}. Ask for less or offer"
            " more candidates."
            if is_total
            else "A share of {share} is out of reach in area {area}: with every candidate it would be {highest}."
            " Ask for less or offer more candidates.",
            share=float(share),
            highest=math.floor(highest * 1e4) / 1e4,
            **({} if is_total else {"area": group + 1}),
        )

    def plan(
        self, numbers: IntArray, bound: float, *, is_bounded: bool, counts: bool, reason: str | None = None
    ) -> Plan:
        """Return the plan of chosen sites; `counts` says that the bound is a number of sites."""
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

    def _gap(self, value: float, bound: float) -> float:
        """Return the relative distance of a value from its bound; 0 where it is rounding."""
        gap = abs(bound - value) / value if value else 0.0
        return 0.0 if gap <= (0.0 if self.is_whole else _TOLERANCE) else gap

    def _in_order(self, numbers: IntArray) -> tuple[Site, ...]:
        """Order sites by what each adds to those before, of equals the first; leave out those that add nothing."""
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
