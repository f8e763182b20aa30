"""What every part of the benchmarks shares: figures beside their goals, races, made-up stations."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
