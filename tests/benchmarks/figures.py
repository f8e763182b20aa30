"""What every part of the benchmarks shares: figures beside their goals, races, runs, made-up stations."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    measured: tuple[float, ...]
    """The ratio of the medians and that of the minima, or one number that is exact."""
    goal: float | None
    """``None``: told for what it is worth."""
    is_most: bool = True
    """Whether the goal is the most it may be, and not the least."""
    form: str = ".2f"

    @property
    def verdict(self) -> str:
        """Whether every measured number keeps the goal."""
        if self.goal is None:
            return ""
        kept = (value <= self.goal if self.is_most else value >= self.goal for value in self.measured)
        return "ok" if all(kept) else "falls short"

    def row(self) -> str:
        """Write it as a row of a Markdown table."""
        median, least = (self.measured * 2)[:2]
        sign = "≤" if self.is_most else "≥"
        goal = "" if self.goal is None else f"{sign} {self.goal:g}"
        return f"| {self.what} | {median:{self.form}} | {least:{self.form}} | {goal} | {self.verdict} |"


@dataclass(frozen=True)
class Times:
    """How long one contestant took, in seconds."""

    median: float
    least: float

    def over(self, other: Times) -> tuple[float, float]:
        """Divide by another's times: that of the medians and that of the minima."""
        return self.median / other.median, self.least / other.least


def race(contestants: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """Run contestants in turn, so that all of them meet the same weather."""
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for run in contestants.values():
        run()
    for _ in range(rounds):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - start)
    return {name: Times(statistics.median(times), min(times)) for name, times in taken.items()}


@dataclass(frozen=True)
class Run:
    """What a program took that ran alone."""

    seconds: float
    peak_mb: float
    """Of the largest of its processes, in units of 2^20 bytes."""
    printed: str


# A process counts as its own peak what the process that started it held at that moment. So whoever asks, which may
# hold a city in memory, starts a small process, and that one starts the program.
_STARTER = """
import os, sys, time
begun = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as told:
    print(time.perf_counter() - begun, used.ru_maxrss, file=told)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def alone(*arguments: str, environ: Mapping[str, str] = os.environ) -> Run:
    """Run Python with some arguments in a process of its own, whose memory is its own.

    Parameters
    ----------
    arguments
        Those of ``python``; modules of the project and of the benchmarks are found.
    environ
        The environment variables.

    Raises
    ------
    RuntimeError
        If the program fails; with what it wrote as errors.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "told")
        command = [sys.executable, "-S", "-c", _STARTER, str(told), sys.executable, *arguments]
        places = os.pathsep.join(map(str, (Path(__file__).parents[2], Path(__file__).parent)))
        done = subprocess.run(command, env={**environ, "PYTHONPATH": places}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} failed: {done.stderr}")
        seconds, peak_kb = told.read_text().split()
    return Run(float(seconds), int(peak_kb) / 1024, done.stdout)


def each(call: Callable[..., object], questions: Sequence[tuple[object, ...]]) -> Callable[[], None]:
    """Make a contestant that asks questions one after the other."""

    def run() -> None:
        for question in questions:
            call(*question)

    return run


def beijing(count: int) -> np.ndarray:
    """Scatter stations (n, 2) over one city: a dense middle, thirty sub-centres, villages."""
    dice = np.random.default_rng(1)
    middles = np.c_[dice.normal(116.4, 0.15, 30), dice.normal(39.92, 0.11, 30)]
    middles[0] = 116.4, 39.92
    spreads = dice.uniform(0.02, 0.06, 30)
    weights = 1 / np.arange(1, 31)
    return _scatter(dice, count, middles, spreads, weights)


def china(count: int) -> np.ndarray:
    """Scatter stations (n, 2) over 337 cities of very different size."""
    dice = np.random.default_rng(2)
    middles = np.c_[dice.uniform(98, 123, 337), dice.uniform(22, 42, 337)]
    weights = 1 / np.arange(1, 338) ** 0.8
    spreads = 0.12 * (weights / weights[0]) ** 0.3
    return _scatter(dice, count, middles, spreads, weights)


def _scatter(
    dice: np.random.Generator, count: int, middles: np.ndarray, spreads: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Put most stations round the middles, and one in seven far out."""
    home = dice.choice(len(middles), count, p=weights / weights.sum())
    spread = spreads[home] * np.where(dice.random(count) < 1 / 7, 4, 1)
    return middles[home] + dice.normal(0, 1, (count, 2)) * spread[:, None]


def standpoints(stations: np.ndarray, count: int) -> np.ndarray:
    """Choose positions (n, 2) where people stand: some hundred metres from a station."""
    dice = np.random.default_rng(3)
    return stations[dice.integers(0, len(stations), count)] + dice.normal(0, 0.003, (count, 2))
