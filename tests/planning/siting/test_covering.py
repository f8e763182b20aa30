"""Reduced rows and columns against the full ones, and what the searches promise."""

from __future__ import annotations

from itertools import combinations, count

import numpy as np
import pytest
from scipy.sparse import csr_array

from locator.planning.siting.covering import Choice, Cover, anneal, enough, greedy, reduce, unimplied

NO_GROUPS = -1


def made_up(seed: int, points: int = 40, candidates: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Roll a dense matrix with many equal rows, and weights of which some are 0."""
    dice = np.random.default_rng(seed)
    patterns = dice.random((12, candidates)) < dice.uniform(0.1, 0.4)
    return patterns[dice.integers(0, 12, points)], dice.integers(0, 9, points).astype(float)


def reduced(dense: np.ndarray, weight: np.ndarray) -> Cover:
    """Reduce a dense matrix without groups."""
    return reduce(csr_array(dense), weight, np.full(len(weight), NO_GROUPS))


def value(dense: np.ndarray, weight: np.ndarray, chosen: tuple[int, ...]) -> float:
    """Weigh what candidates cover, the long way."""
    return float(weight[dense[:, list(chosen)].any(axis=1)].sum())


def best(dense: np.ndarray, weight: np.ndarray, n: int) -> float:
    """Try all choices of n."""
    return max(value(dense, weight, chosen) for chosen in combinations(range(dense.shape[1]), n))


@pytest.mark.parametrize("seed", range(20))
def test_reducing_keeps_the_best_value_of_every_number_of_sites(seed: int) -> None:
    """What goes cannot matter: for every n the best of what is left is the best of all."""
    dense, weight = made_up(seed)
    cover = reduced(dense, weight)
    for n in range(1, len(cover.numbers) + 1):
        places = combinations(range(len(cover.numbers)), n)
        assert max(cover.value(np.array(chosen)) for chosen in places) == best(dense, weight, n)


@pytest.mark.parametrize("seed", range(5))
def test_a_column_covers_as_much_as_its_candidate(seed: int) -> None:
    """A column has the number and the weight of its candidate."""
    dense, weight = made_up(seed)
    cover = reduced(dense, weight)
    assert [cover.value(np.array([k])) for k in range(len(cover.numbers))] == [
        value(dense, weight, (number,)) for number in cover.numbers
    ]


def test_equal_rows_join_with_their_weight() -> None:
    """Rows 0 and 2 are one of weight 5; row 1 differs; row 3 weighs nothing; nobody reaches row 4."""
    dense = np.array([[1, 1, 0], [0, 1, 1], [1, 1, 0], [0, 1, 1], [0, 0, 0]], dtype=bool)
    cover = reduce(csr_array(dense), np.array([2.0, 7, 3, 0, 4]), np.full(5, NO_GROUPS), dominated=False)
    assert cover.weight.tolist() == [5, 7]
    assert cover.rows.toarray().tolist() == [[1, 1, 0], [0, 1, 1]]


def test_equal_rows_of_two_groups_stay_apart() -> None:
    """Only rows of one group join."""
    dense = np.ones((3, 1), dtype=bool)
    cover = reduce(csr_array(dense), np.array([2.0, 7, 3]), np.array([0, 1, 0]))
    assert dict(zip(cover.group.tolist(), cover.weight.tolist(), strict=True)) == {0: 5, 1: 7}


def test_a_column_within_another_goes_and_of_equals_the_first_stays() -> None:
    """Column 0 lies within 1; columns 1 and 2 are equal."""
    dense = np.array([[1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]], dtype=bool)
    assert reduced(dense, np.ones(3)).numbers.tolist() == [1, 3]


def test_a_row_that_holds_all_columns_of_a_hard_one_is_covered_for_certain() -> None:
    """Row 1 holds the columns of row 0, row 2 does not; with row 1 alone hard, row 0 is not certain."""
    dense = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1]], dtype=bool)
    cover = reduce(csr_array(dense), np.ones(3), np.zeros(3, dtype=int), dominated=False)
    assert unimplied(cover, np.array([0])).tolist() == [0, 2]
    assert unimplied(cover, np.array([1])).tolist() == [0, 1, 2]
    assert unimplied(cover, np.array([0, 1, 2])).tolist() == [0, 2]


@pytest.mark.parametrize("seed", range(5))
def test_a_choice_keeps_its_sums_over_any_moves(seed: int) -> None:
    """After random moves the gains, the value and what each holds alone are what a fresh count says."""
    dense, weight = made_up(seed, points=60, candidates=10)
    cover = reduce(csr_array(dense), weight, np.full(60, NO_GROUPS), dominated=False)
    choice, dice = Choice(cover, np.array([], dtype=int)), np.random.default_rng(seed)
    for column in dice.integers(0, len(cover.numbers), 60).tolist():
        choice.drop(column) if choice.is_in[column] else choice.add(column)
        chosen = np.flatnonzero(choice.is_in)
        assert choice.value == cover.value(chosen)
        for other in range(len(cover.numbers)):
            if choice.is_in[other]:
                assert choice.alone[other] == choice.value - cover.value(chosen[chosen != other])
            else:
                assert choice.gain[other] == cover.value(np.append(chosen, other)) - choice.value


def test_greedy_takes_the_first_of_equals_and_stops_where_nothing_is_added() -> None:
    """Both columns 0 and 2 weigh 3; after 0 and 2 column 1 adds nothing."""
    dense = np.array([[1, 1, 0], [0, 1, 1]], dtype=bool)
    cover = reduce(csr_array(dense[:, [0, 2]]), np.array([3.0, 3]), np.full(2, NO_GROUPS))
    assert greedy(cover, 5).tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(10))
def test_enough_is_enough_and_no_more(seed: int) -> None:
    """Every group has its need, and without any one of the columns some group has not."""
    dense, weight = made_up(seed)
    group = np.random.default_rng(seed).integers(0, 3, len(weight))
    cover = reduce(csr_array(dense), weight, group)
    needs = np.append(np.floor(0.7 * cover.sums(3)[:3]), 0)
    chosen = enough(cover, needs)
    assert np.all(cover.sums(3, chosen) >= needs)
    for column in chosen:
        assert np.any(cover.sums(3, chosen[chosen != column]) < needs)


@pytest.mark.parametrize("seed", range(10))
def test_annealing_finds_the_best_of_small_worlds(seed: int) -> None:
    """A thousand moves are plenty for eight columns, and the same seed walks the same way."""
    dense, weight = made_up(seed)
    cover = reduced(dense, weight)
    n = min(3, len(cover.numbers) - 1)
    runs = [anneal(cover, np.arange(n), 1000, 7, np.inf) for _ in range(2)]
    assert cover.value(runs[0]) == best(dense, weight, n)
    assert len(set(runs[0].tolist())) == n
    assert runs[0].tolist() == runs[1].tolist()


def test_annealing_after_the_deadline_gives_the_start() -> None:
    """No time, no move."""
    dense, weight = made_up(0)
    assert anneal(reduced(dense, weight), np.array([0, 1]), 1000, 7, 0.0).tolist() == [0, 1]


def test_annealing_looks_at_the_clock_before_every_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each move takes a second, ten seconds are ten moves, not all that were allowed."""
    dense, weight = made_up(0)
    cover, looks = reduced(dense, weight), count(1)
    monkeypatch.setattr("locator.planning.siting.covering.time.monotonic", lambda: float(next(looks)))
    anneal(cover, np.array([0, 1]), 1000, 7, 10.0)
    assert next(looks) == 12
