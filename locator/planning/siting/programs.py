"""Covering as linear and integer programs, and bounds on the value of any choice.

Most covered: most sum of w y, with y <= the sum of the x that reach the row, the sum of x <= n, 0 <= y <= 1 and
x 0 or 1. Fewest: least sum of x, with enough w y in every group and in all.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.siting.covering import BoolArray, Cover, group_sums, slack

if TYPE_CHECKING:
    import highspy

# highspy is imported where it is needed: the finder, and most questions to the planner, do without its 0.2 s.
SOLVER: Final = f"HiGHS {version('highspy')}"

# Subgradient search: the most steps, after how many without improvement the step shrinks and by what factor, its
# least length, and the share of the last direction that is kept in the next.
_STEPS: Final = 1500
_PATIENCE: Final = 20
_SHRINK: Final = 0.7
_SHORTEST: Final = 1e-3
_INERTIA: Final = 0.7
# With more variables, a constraint that sums all of them is too dense for presolve.
_DENSE: Final = 5000


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Lagrangian bounds from a price for each row; they hold for any prices between 0 and the weights.

    No n columns cover more than the weight of all rows beyond their prices plus what the n best columns earn in
    prices. The least such bound equals that of the linear relaxation.
    """

    beyond: float
    """The weight of all rows beyond their prices."""
    earned: FloatArray
    """(c,) the prices of the rows that each column reaches."""

    def bound(self, n: int) -> float:
        """Bound what n columns can cover."""
        return self.beyond + float(np.sort(self.earned)[::-1][:n].sum())

    def bound_with(self, n: int) -> FloatArray:
        """Bound (c,) what n columns can cover that include each column."""
        edge = np.sort(self.earned)[::-1][n - 1]
        bounds: FloatArray = self.bound(n) + np.minimum(self.earned - edge, 0.0)
        return bounds

    def fewest(self, need: float) -> int:
        """Bound how few columns can cover a need; one more than there are if none can."""
        reached = self.beyond + np.cumsum(np.sort(self.earned)[::-1])
        return int(np.searchsorted(reached, need * (1 - 1e-9))) + 1


def prices(cover: Cover, n: int, low: float, deadline: float) -> Prices:
    """Find prices with a low bound for n columns, fewer than all, by subgradient steps of Polyak's length.

    The search ends at the `time.monotonic` of the deadline, or when the bound is down to `low`, which some choice
    covers.
    """
    weight, c = cover.weight, len(cover.numbers)
    price, best, best_price = weight / 2, np.inf, weight / 2
    heading, length, idle = np.zeros(len(weight)), 1.0, 0
    for _ in range(_STEPS):
        earned = cover.columns @ price
        top = np.argpartition(earned, c - n)[c - n :]
        bound = float((weight - price).sum() + earned[top].sum())
        idle = 0 if bound < best * (1 - 1e-5) else idle + 1
        if bound < best:
            best, best_price = bound, price
        if idle > _PATIENCE:
            length, idle, price = length * _SHRINK, 0, best_price
        if length < _SHORTEST or best <= low or time.monotonic() > deadline:
            break
        heading = _INERTIA * heading + (1 - _INERTIA) * (cover.rows @ _ones(c, top) - (price < weight))
        step = _inside(heading, price, weight)
        # Not a dot product, which is slow with many threads and varies in its last digit.
        size = float(np.square(step).sum())
        if size < 1e-12:
            break
        price = np.clip(price - length * (bound - low) / size * step, 0, weight)
    return Prices(float((weight - best_price).sum()), cover.columns @ best_price)


def _ones(size: int, indices: IntArray) -> FloatArray:
    """Return zeros with ones at some indices."""
    values = np.zeros(size)
    values[indices] = 1.0
    return values


def _inside(heading: FloatArray, price: FloatArray, weight: FloatArray) -> FloatArray:
    """Set a direction to 0 where it would take a price out of the range from 0 to the weight."""
    return np.where(((price <= 0) & (heading > 0)) | ((price >= weight) & (heading < 0)), 0.0, heading)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What the solver found and proved."""

    chosen: IntArray | None
    """The columns at 1, or ``None`` if it found no solution."""
    bound: float
    """On the objective: from above for most covered, from below for fewest."""
    is_solved: bool
    """Whether it finished within the time limit."""
    is_infeasible: bool


def hard_rows(cover: Cover, needs: FloatArray) -> BoolArray:
    """Return (r,) which rows have to be covered, because a need cannot be met without them."""
    spare = cover.sums(len(needs) - 1) - needs + slack(needs)
    # Group -1 takes the last need, that of all rows.
    hard: BoolArray = (needs[cover.group] > 0) & (cover.weight > spare[cover.group])
    hard |= (needs[-1] > 0) & (cover.weight > spare[-1])
    return hard


def solve(
    cover: Cover, n: int | None, needs: FloatArray, start: IntArray | None, time_limit_s: float, *, whole: bool
) -> Outcome:
    """Solve the integer program.

    Parameters
    ----------
    n
        How many columns may be chosen to cover most; ``None``: choose the fewest that meet the needs.
    needs
        (g + 1,) the weight that has to be covered of every group, and last of all rows; 0 where nothing.
    start
        The first choice, if any.
    whole
        Whether all weights are whole numbers, so that a bound less than 1 away proves as much as an equal one.
    """
    import highspy

    model = _model(cover, n, needs)
    c, columns = len(cover.numbers), model.num_col_
    integer, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    model.integrality_ = [integer] * c + [real] * (columns - c)
    solver = _solver(time_limit_s, 1 - 1e-6 if whole or n is None else 1e-6)
    # Looking for dominated columns in a constraint with thousands of entries, presolve ignores the time limit.
    if needs.any() and model.num_col_ > _DENSE:
        solver.setOptionValue("presolve", "off")
    solver.passModel(model)
    if start is not None:
        values = np.r_[_ones(c, start), cover.covered(start)[~hard_rows(cover, needs)]]
        solver.setSolution(columns, np.arange(columns, dtype=np.int32), values)
    solver.run()
    return _outcome(solver, c)


def _outcome(solver: highspy.Highs, c: int) -> Outcome:
    """Read the result of a solver; the first c variables are the columns."""
    import highspy

    info, status = solver.getInfo(), solver.getModelStatus()
    has_solution = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    chosen = np.flatnonzero(np.asarray(solver.getSolution().col_value)[:c] > 0.5) if has_solution else None
    is_infeasible = status == highspy.HighsModelStatus.kInfeasible
    return Outcome(chosen, float(info.mip_dual_bound), status == highspy.HighsModelStatus.kOptimal, is_infeasible)


def _solver(time_limit_s: float, abs_gap: float) -> highspy.Highs:
    """Make a solver that is silent, has a time limit and uses one core."""
    import highspy

    class SilentHighs(highspy.Highs):
        """Without the banner that HiGHS prints to standard output at its first call."""

        def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS' own name; it is called while a solver is made
            self.silent()
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    solver: highspy.Highs = SilentHighs()  # type: ignore[no-untyped-call]
    options: dict[str, str | int | float] = {
        "threads": 1,
        "parallel": "off",
        "mip_rel_gap": 0.0,
        "mip_abs_gap": abs_gap,
        "random_seed": 0,
        "time_limit": max(time_limit_s, 0.01),
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver


def _model(cover: Cover, n: int | None, needs: FloatArray) -> highspy.HighsLp:
    """Build the program: a variable per column, then one per row that may stay uncovered."""
    hard = hard_rows(cover, needs)
    soft, c = np.flatnonzero(~hard), len(cover.numbers)
    left = needs - group_sums(cover.group[hard], cover.weight[hard], len(needs) - 1)
    demands = [
        (_line(cover, soft, group, len(needs) - 1), left[group])
        for group in np.flatnonzero(left > slack(needs)).tolist()
    ]
    most = [(np.r_[-np.ones(c), np.zeros(len(soft))], -float(n))] if n is not None else []
    uncovered = csr_array((-np.ones(len(soft)), (np.arange(len(soft)),) * 2), shape=(len(soft),) * 2)
    blocks = [
        hstack([cover.rows[soft], uncovered]),
        hstack([cover.rows[hard], csr_array((int(hard.sum()), len(soft)))]),
        *(csr_array(line[None, :]) for line, _ in demands + most),
    ]
    low = np.r_[np.zeros(len(soft)), np.ones(int(hard.sum())), [least for _, least in demands + most]]
    cost = np.ones(c) if n is None else np.zeros(c)
    gain = np.zeros(len(soft)) if n is None else cover.weight[soft]
    lp = _lp(vstack([block for block in blocks if block.shape[0]]).tocsr(), low, np.r_[cost, gain], n is not None)
    lp.offset_ = 0.0 if n is None else float(cover.weight[hard].sum())
    return lp


def _line(cover: Cover, soft: IntArray, group: int, groups: int) -> FloatArray:
    """Return the constraint that sums what is covered of a group, or of all rows if `group` is `groups`."""
    counts = np.ones(len(soft), dtype=bool) if group == groups else cover.group[soft] == group
    return np.concatenate([np.zeros(len(cover.numbers)), np.where(counts, cover.weight[soft], 0.0)])


def _lp(matrix: csr_array, low: FloatArray, cost: FloatArray, is_most: bool) -> highspy.HighsLp:
    """Return a program for HiGHS with variables in 0-1 and constraints of at least `low`."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.sense_ = highspy.ObjSense.kMaximize if is_most else highspy.ObjSense.kMinimize
    lp.col_cost_, lp.row_lower_ = cost, low
    lp.col_lower_, lp.col_upper_ = np.zeros(lp.num_col_), np.ones(lp.num_col_)
    lp.row_upper_ = np.full(lp.num_row_, highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    return lp
