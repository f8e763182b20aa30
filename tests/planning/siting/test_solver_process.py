"""Programs solved in another process: the same answers, and an end in time whatever the solver is at."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from locator.planning.siting import programs, solver_process
from locator.planning.siting.covering import Cover, reduce


def made_up(points: int, candidates: int, near: float) -> Cover:
    """Roll rows in three groups and columns."""
    dice = np.random.default_rng(1)
    dense = dice.random((points, candidates)) < near
    return reduce(csr_array(dense), dice.integers(1, 9, points).astype(float), dice.integers(0, 3, points))


@pytest.mark.parametrize("n", [None, 4])
@pytest.mark.parametrize("has_start", [True, False])
def test_the_other_process_answers_as_this_one(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], n: int | None, has_start: bool
) -> None:
    """Choice, bound and verdict cross the border; nothing is written to the terminal."""
    cover = made_up(40, 9, 0.3)
    needs = np.append(np.floor(0.4 * cover.sums(3)[:3]), 0.0)
    start = np.arange(4) if has_start else None
    here = programs.solve(cover, n, needs, start, 20, whole=True)
    monkeypatch.setattr(solver_process, "LARGE", 0)
    there = solver_process.solve(cover, n, needs, start, time.monotonic() + 60, whole=True)
    assert there.chosen is not None
    assert here.chosen is not None
    assert there.chosen.tolist() == here.chosen.tolist()
    assert (there.bound, there.is_solved, there.is_infeasible) == (here.bound, True, False)
    assert capfd.readouterr().out == ""


def test_the_folder_in_which_somebody_stands_is_not_searched_for_modules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file there that is called like a library is nobody's library."""
    (tmp_path / "numpy.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(solver_process, "LARGE", 0)
    found = solver_process.solve(made_up(40, 9, 0.3), 4, np.zeros(4), None, time.monotonic() + 60, whole=True)
    assert found.is_solved


def test_it_says_that_there_is_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """One column cannot cover everything of three groups."""
    monkeypatch.setattr(solver_process, "LARGE", 0)
    cover = made_up(40, 9, 0.3)
    found = solver_process.solve(cover, 1, cover.sums(3), None, time.monotonic() + 60, whole=True)
    assert (found.is_infeasible, found.chosen) == (True, None)


@pytest.mark.parametrize(("n", "bound"), [(None, -np.inf), (50, np.inf)])
def test_what_is_not_done_in_time_proves_nothing(n: int | None, bound: float) -> None:
    """Of a large program whose time is over nothing is found and nothing is claimed."""
    cover = made_up(3000, 400, 0.1)
    assert cover.rows.nnz > solver_process.LARGE
    found = solver_process.solve(cover, n, np.zeros(4), None, time.monotonic() - 1, whole=True)
    assert (found.chosen, found.bound, found.is_solved, found.is_infeasible) == (None, bound, False, False)
