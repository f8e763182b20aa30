"""The covering matrix of demand and candidates, its reduction, and heuristics for good choices."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray

BoolArray = NDArray[np.bool_]

# With more pairs of columns that share a row, looking for dominated ones costs more than it saves.
_MOST_PAIRS: Final = 50_000_000
# The first and the last temperature of annealing, as shares of the average value of a column: measured.
_HOT: Final = 0.05
_COLD: Final = 0.005
_NOISE: Final = 1 << 17


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Rows of demand, and the columns that reach them."""

    rows: csr_array
    """(r, c) of float 1 with sorted indices: which columns reach a row; no row is empty."""
    columns: csr_array
    """(c, r), the same turned over."""
    weight: FloatArray
    """(r,) greater than 0."""
    group: IntArray
    """(r,) the group of each row, -1 for none."""
    numbers: IntArray
    """(c,) the number of each column among the candidates, ascending."""

    def covered(self, chosen: IntArray) -> BoolArray:
        """Return (r,) whether any of the columns reaches each row."""
        mask = np.zeros(len(self.weight), dtype=bool)
        mask[members(self.columns, chosen)] = True
        return mask

    def value(self, chosen: IntArray) -> float:
        """Weigh what the columns reach together."""
        return float(self.weight[self.covered(chosen)].sum())

    def sums(self, groups: int, chosen: IntArray | None = None) -> FloatArray:
        """Weigh (groups + 1,) what the columns, or all of them, reach of every group, and last of all rows."""
        reached = self.weight if chosen is None else np.where(self.covered(chosen), self.weight, 0.0)
        return group_sums(self.group, reached, groups)

    def only(self, kept: IntArray) -> Cover:
        """Take some of the columns, ascending, and reduce what is left."""
        small = reduce(self.columns[kept].T.tocsr(), self.weight, self.group, dominated=False)
        return Cover(small.rows, small.columns, small.weight, small.group, self.numbers[kept][small.numbers])

    def columns_of(self, numbers: IntArray) -> IntArray:
        """Return the columns of candidates, given by number."""
        return np.flatnonzero(np.isin(self.numbers, numbers))


def reduce(reach: csr_array, weight: FloatArray, group: IntArray, *, dominated: bool = True) -> Cover:
    """Drop rows and columns that no choice of columns depends on, and merge equal rows.

    Rows without weight or without a column go; rows of one group that the same columns reach become one, with
    their weight; a column goes if it reaches nothing, or if another reaches all of its rows.

    Parameters
    ----------
    reach
        (n, m), with sorted indices: what is stored counts, whatever its value.
    weight
        (n,) not negative; 0 for what is covered already.
    group
        (n,) the group of each row, -1 for none.
    dominated
        Whether to look for dominated columns.
    """
    kept = np.flatnonzero((weight > 0) & (np.diff(reach.indptr) > 0))
    rows, weight, group = _merge(reach[kept], weight[kept], group[kept])
    # Merged rows are few enough for short indices, which are read in half the time.
    indices, ends = rows.indices.astype(np.int32, copy=False), rows.indptr.astype(np.int32, copy=False)
    rows = csr_array((np.ones(len(indices)), indices, ends), shape=rows.shape)
    columns = rows.T.tocsr()
    numbers = _undominated(rows, columns) if dominated else np.flatnonzero(np.diff(columns.indptr))
    columns = columns[numbers]
    return Cover(columns.T.tocsr(), columns, weight, group, numbers)


def _merge(rows: csr_array, weight: FloatArray, group: IntArray) -> tuple[csr_array, FloatArray, IntArray]:
    """Join rows of one group with equal columns, in the order of the first of each."""
    if not rows.shape[0]:
        return rows, weight, group
    dice = np.random.default_rng(0).integers(0, 2**63, rows.shape[1] + 1, dtype=np.uint64)
    digest = np.add.reduceat(dice[rows.indices], rows.indptr[:-1]) + dice[-1] * group.astype(np.uint64)
    order = np.argsort(digest, kind="stable")
    # Different rows can have the same hash, so neighbours are compared in full. Equal rows that are not
    # neighbours stay apart, which is slower but not wrong.
    is_first = np.r_[True, ~_equals_previous(rows, order, digest, group)]
    first = order[is_first]
    back = np.argsort(first)
    total = bin_sums(np.cumsum(is_first) - 1, weight[order], len(first))
    return rows[first[back]], total[back], group[first[back]]


def _equals_previous(rows: csr_array, order: IntArray, digest: NDArray[np.uint64], group: IntArray) -> BoolArray:
    """Return (n - 1,) whether each row, in the given order, equals the one before."""
    before, after = order[:-1], order[1:]
    length = np.diff(rows.indptr)
    columns = (digest, length, group)
    same: BoolArray = np.logical_and.reduce([column[after] == column[before] for column in columns])
    pairs = np.flatnonzero(same)
    if len(pairs):
        here, there = (members(rows, side[pairs]) for side in (before, after))
        ends = np.cumsum(length[after[pairs]])
        differs = np.logical_or.reduceat(here != there, np.r_[0, ends[:-1]])
        same[pairs[differs]] = False
    return same


def _undominated(rows: csr_array, columns: csr_array) -> IntArray:
    """Return the columns that are not empty or dominated by another; of equal ones the first."""
    size = np.diff(columns.indptr)
    if _pairs(rows) > _MOST_PAIRS:
        return np.flatnonzero(size)
    shared = (columns @ rows).tocoo()
    one, other = shared.coords
    inside = (shared.data == size[one]) & (one != other) & ((size[other] > size[one]) | (other < one))
    return np.setdiff1d(np.flatnonzero(size), one[inside])


def unimplied(cover: Cover, hard: IntArray) -> IntArray:
    """Return the rows whose coverage the hard ones do not imply; of equal hard ones the first.

    A hard row, which has to be covered, implies every row that all of its columns reach.
    """
    length = np.diff(cover.rows.indptr)
    if _pairs(cover.columns) > _MOST_PAIRS:
        return np.arange(len(length))
    shared = (cover.rows[hard] @ cover.columns).tocoo()
    one, other = hard[shared.coords[0]], shared.coords[1]
    is_hard = np.zeros(len(length), dtype=bool)
    is_hard[hard] = True
    implied = (shared.data == length[one]) & (one != other)
    implied &= (length[other] > length[one]) | ~is_hard[other] | (one < other)
    return np.setdiff1d(np.arange(len(length)), other[implied])


def _pairs(lines: csr_array) -> int:
    """Count the pairs of entries that share a line."""
    return int(np.square(np.diff(lines.indptr).astype(np.int64)).sum())


class Choice:
    """A choice of columns, with what each other would add and what each chosen one alone reaches."""

    def __init__(self, cover: Cover, chosen: IntArray) -> None:
        self._cover = cover
        self._length = np.diff(cover.rows.indptr)
        self._times = np.zeros(len(cover.weight), dtype=np.int32)
        self.gain: FloatArray = cover.columns @ cover.weight
        self.alone: FloatArray = np.zeros(len(self.gain))
        """(c,) weight of the rows that a column reaches and that are covered once: for a chosen one, its own."""
        self.is_in: BoolArray = np.zeros(len(self.gain), dtype=bool)
        self.value = 0.0
        for column in chosen.tolist():
            self.add(column)

    def add(self, column: int) -> None:
        """Choose a column that is not chosen."""
        rows, times = self._rows(column)
        self._times[rows] = times + 1
        self.value += float(self.gain[column])
        self.is_in[column] = True
        self._move(rows[times == 0], 1.0)
        self._fade(rows[times == 1], -1.0)

    def drop(self, column: int) -> None:
        """Drop a chosen column."""
        rows, times = self._rows(column)
        self._times[rows] = times - 1
        self.value -= float(self.alone[column])
        self.is_in[column] = False
        self._move(rows[times == 1], -1.0)
        self._fade(rows[times == 2], 1.0)

    def _rows(self, column: int) -> tuple[IntArray, NDArray[np.int32]]:
        """List the rows of a column and how often each is covered."""
        start, end = self._cover.columns.indptr[column : column + 2]
        rows = self._cover.columns.indices[start:end]
        return rows, self._times[rows]

    def _move(self, rows: IntArray, sign: float) -> None:
        """Update the sums for rows that become covered once, or uncovered with a negative sign."""
        columns, weight = self._reaching(rows)
        np.add.at(self.alone, columns, sign * weight)
        np.add.at(self.gain, columns, -sign * weight)

    def _fade(self, rows: IntArray, sign: float) -> None:
        """Update the sums for rows between covered once and covered twice."""
        columns, weight = self._reaching(rows)
        np.add.at(self.alone, columns, sign * weight)

    def _reaching(self, rows: IntArray) -> tuple[IntArray, FloatArray]:
        """List the columns of every row, with the row's weight."""
        return members(self._cover.rows, rows), self._cover.weight[rows].repeat(self._length[rows])


def greedy(cover: Cover, n: int, chosen: IntArray | None = None) -> IntArray:
    """Choose up to n columns, each the first of those that add most to the ones before; fewer if none adds."""
    picked = [] if chosen is None else chosen.tolist()
    choice = Choice(cover, np.array(picked, dtype=np.intp))
    while len(picked) < n:
        best = int(choice.gain.argmax())
        if choice.gain[best] <= 1e-9 * choice.value:
            break
        choice.add(best)
        picked.append(best)
    return np.array(picked, dtype=np.intp)


def enough(cover: Cover, needs: FloatArray) -> IntArray:
    """Choose greedily until all needs are met, then drop columns that are not needed, the last first.

    Parameters
    ----------
    cover
        Rows and columns.
    needs
        (g + 1,) the weight that has to be covered of every group, and last of all rows. A row counts once for each
        need that is not met yet and to which it adds.

    Returns
    -------
    IntArray
        The columns; all that help if even they do not meet the needs.
    """
    tally, picked = _Tally(cover, needs), []
    while tally.wanting.any():
        best = int(tally.gain.argmax())
        if tally.gain[best] <= tally.least_gain:
            break
        tally.add(best)
        picked.append(best)
    return np.array([column for column in picked[::-1] if not tally.drop(column)][::-1], dtype=np.intp)


class _Tally:
    """What a choice of columns covers of every need, and what each other would add to unmet needs."""

    def __init__(self, cover: Cover, needs: FloatArray) -> None:
        self._cover, self._least = cover, needs - slack(needs)
        self._times = np.zeros(len(cover.weight), dtype=np.int32)
        self._got = np.zeros(len(needs))
        self.wanting: BoolArray = self._got < self._least
        self._weigh()
        self.least_gain = 1e-12 * float(self.gain.max(initial=0.0))
        """A gain up to this is a rounded 0."""

    def _weigh(self) -> None:
        """Count for every row that is not covered the unmet needs to which it adds."""
        # Group -1 takes the last need, that of all rows, so it is left out of the second term.
        counts = self.wanting[self._cover.group].astype(np.float64) + self.wanting[-1] * (self._cover.group >= 0)
        self._worth = np.where(self._times == 0, self._cover.weight * counts, 0.0)
        self.gain: FloatArray = self._cover.columns @ self._worth

    def add(self, column: int) -> None:
        """Choose a column that is not chosen."""
        rows = members(self._cover.columns, np.array([column]))
        new = rows[self._times[rows] == 0]
        self._times[rows] += 1
        self._got += group_sums(self._cover.group[new], self._cover.weight[new], len(self._got) - 1)
        met = self.wanting & (self._got >= self._least)
        if met.any():
            self.wanting &= ~met
            self._weigh()
        else:
            columns, length = members(self._cover.rows, new), np.diff(self._cover.rows.indptr)[new]
            np.subtract.at(self.gain, columns, self._worth[new].repeat(length))
            self._worth[new] = 0.0

    def drop(self, column: int) -> bool:
        """Drop a chosen column if all needs are met without it, and tell whether it was dropped."""
        rows = members(self._cover.columns, np.array([column]))
        alone = rows[self._times[rows] == 1]
        loss = group_sums(self._cover.group[alone], self._cover.weight[alone], len(self._got) - 1)
        if np.any(self._got - loss < self._least):
            return False
        self._times[rows] -= 1
        self._got -= loss
        return True


def slack(needs: FloatArray) -> FloatArray:
    """Return the tolerance for the rounding of sums."""
    return 1e-9 * np.maximum(needs, 0.0)


def anneal(
    cover: Cover, start: IntArray, moves: int, seed: int, deadline: float, target: float = np.inf
) -> IntArray:
    """Look for a better choice of as many columns by annealing with a heat bath.

    A move gives up a chosen column, picked at random, and takes the one that adds most when every gain has a
    Gumbel number times the temperature added, which draws it with probability proportional to
    exp(gain / temperature). The temperature falls geometrically.

    Parameters
    ----------
    start
        The first choice: at least one column and not all.
    moves
        How many to make at most.
    deadline
        The `time.monotonic` at which to stop; only then the answer depends on more than the other arguments.
    target
        A value at which to stop.

    Returns
    -------
    IntArray
        The best choice met, at least as good as the start.
    """
    dice = np.random.default_rng(seed)
    choice, chosen = Choice(cover, start), start.copy()
    c = len(choice.gain)
    noise = dice.gumbel(size=_NOISE + c)
    shifts, slots = dice.integers(0, _NOISE, moves).tolist(), dice.integers(0, len(start), moves).tolist()
    heat = (choice.value / len(start) * np.geomspace(_HOT, _COLD, moves)).tolist()
    best, best_value = start.copy(), choice.value
    for move in range(moves):
        # Checked at every move: with many rows per column one can take a tenth of a second.
        if best_value >= target or time.monotonic() > deadline:
            break
        slot, shift = slots[move], shifts[move]
        choice.drop(int(chosen[slot]))
        lure = choice.gain + heat[move] * noise[shift : shift + c]
        lure[choice.is_in] = -np.inf
        chosen[slot] = lure.argmax()
        choice.add(int(chosen[slot]))
        if choice.value > best_value * (1 + 1e-12):
            best, best_value = chosen.copy(), choice.value
    return best


def members(matrix: csr_array, lines: IntArray) -> IntArray:
    """Concatenate the indices of some lines of a matrix."""
    starts = matrix.indptr[lines]
    length = matrix.indptr[lines + 1] - starts
    ends = length.cumsum()
    count = int(ends[-1]) if len(ends) else 0
    indices: IntArray = matrix.indices[np.arange(count) + (starts - ends + length).repeat(length)]
    return indices


def bin_sums(bins: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Add (size,) up the values that fall into each bin; zeros for no values."""
    return np.bincount(bins, values, size).astype(np.float64)


def group_sums(group: IntArray, weight: FloatArray, groups: int) -> FloatArray:
    """Add (groups + 1,) up weights by group, and last those of all rows, of no group too."""
    inside = group >= 0
    return np.append(bin_sums(group[inside], weight[inside], groups), weight.sum())


def suffices(cover: Cover, needs: FloatArray, chosen: IntArray) -> bool:
    """Tell whether all needs are met."""
    return bool(np.all(cover.sums(len(needs) - 1, chosen) >= needs - slack(needs)))


def tidy(reach: csr_array) -> csr_array:
    """Return the matrix in canonical format with only true entries stored, without changing the given one."""
    reach = csr_array(reach)
    if not (reach.has_canonical_format and reach.data.all()):
        reach = reach.copy()
        reach.sum_duplicates()
        reach.eliminate_zeros()
    return reach
