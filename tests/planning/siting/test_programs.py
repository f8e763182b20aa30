"""Bounds and solutions against all choices."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from locator.planning.siting import programs
from locator.planning.siting.covering import Cover, reduce

NO_NEEDS = np.zeros(4)


def made_up(seed: int) -> Cover:
    """Roll rows in three groups and a handful of columns."""
    dice = np.random.default_rng(seed)
    dense = dice.random((30, 9)) < 0.25
    return reduce(csr_array(dense), dice.integers(1, 9, 30).astype(float), dice.integers(0, 3, 30))


def choices(cover: Cover, n: int) -> list[np.ndarray]:
    """List all choices of n columns."""
    return [np.array(chosen, dtype=int) for chosen in combinations(range(len(cover.numbers)), n)]


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("deadline", [0.0, np.inf])
def test_no_choice_passes_the_bounds(seed: int, deadline: float) -> None:
    """Whether the search for prices was long or not begun, they bound every number, with every column."""
    cover = made_up(seed)
    found = programs.prices(cover, 3, 0.0, deadline)
    for n in range(1, len(cover.numbers)):
        values = {tuple(chosen.tolist()): cover.value(chosen) for chosen in choices(cover, n)}
        assert found.bound(n) >= max(values.values()) - 1e-9
        bounds = found.bound_with(n)
        for column in range(len(cover.numbers)):
            assert bounds[column] >= max(v for chosen, v in values.items() if column in chosen) - 1e-9
        for need in values.values():
            assert found.fewest(need) <= n


def test_columns_that_share_nothing_are_counted_exactly() -> None:
    """Of 5, 4, 3, 2 and 1 two make 9; more takes three, and what no number does one more than all."""
    alone = programs.Prices(0.0, np.array([2.0, 5, 1, 4, 3]))
    assert [alone.fewest(need) for need in (0.5, 5, 5.1, 9, 9.1, 15, 16)] == [1, 1, 2, 2, 3, 5, 6]
    assert programs.Prices(3.0, np.array([2.0, 5, 1, 4, 3])).fewest(12.1) == 3
    assert [alone.bound(n) for n in (1, 2, 5)] == [5, 9, 15]


def test_prices_come_down_to_the_relaxation() -> None:
    """Three columns that cover two of three rows each: one column covers 2, and the relaxation says so too."""
    dense = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=bool)
    cover = reduce(csr_array(dense), np.ones(3), np.full(3, -1))
    assert programs.prices(cover, 1, 0.0, np.inf).bound(1) == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("has_start", [True, False])
def test_the_solver_finds_the_most_under_floors(seed: int, has_start: bool) -> None:
    """Its choice is the best of all that meet the needs, and its bound says so."""
    cover = made_up(seed)
    needs = np.append(np.floor(0.4 * cover.sums(3)[:3]), 0)
    fit = [chosen for chosen in choices(cover, 4) if np.all(cover.sums(3, chosen) >= needs)]
    start = fit[0] if fit and has_start else None
    found = programs.solve(cover, 4, needs, start, 20, whole=True)
    if not fit:
        assert found.is_infeasible
        return
    assert found.is_solved
    assert found.chosen is not None
    assert cover.value(found.chosen) == max(map(cover.value, fit))
    assert np.floor(found.bound + 1e-6) == cover.value(found.chosen)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_the_solver_finds_the_fewest(seed: int, share: float) -> None:
    """No smaller number has a choice that meets the needs."""
    cover = made_up(seed)
    needs = np.append(np.ceil(share * cover.sums(3)[:3]), 0)
    found = programs.solve(cover, None, needs, None, 20, whole=True)
    fewest = next(
        n
        for n in range(1, len(cover.numbers) + 1)
        if any(np.all(cover.sums(3, chosen) >= needs) for chosen in choices(cover, n))
    )
    assert found.chosen is not None
    assert np.all(cover.sums(3, found.chosen) >= needs)
    assert len(found.chosen) == fewest == np.ceil(found.bound - 1e-6)


def test_a_row_is_hard_if_its_group_cannot_do_without() -> None:
    """Group 0 has 5 and needs 4: its row of 3 is hard, those of 1 are not. Group 1 needs nothing."""
    dense = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=bool)
    cover = reduce(csr_array(dense), np.array([3.0, 1, 1, 9]), np.array([0, 0, 0, 1]))
    assert programs.hard_rows(cover, np.array([4.0, 0, 0])).tolist() == [True, False, False, False]
    assert programs.hard_rows(cover, NO_NEEDS).tolist() == [False] * 4


def test_the_solver_says_nothing_and_leaves_nothing(
    capfd: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line on the terminal, no file in the folder."""
    folder = tmp_path_factory.mktemp("empty")
    monkeypatch.chdir(folder)
    programs.solve(made_up(0), 3, NO_NEEDS, None, 5, whole=True)
    assert capfd.readouterr() == ("", "")
    assert not list(folder.iterdir())
