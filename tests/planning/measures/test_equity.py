"""Equity: quantiles, Lorenz curve, Gini and floating catchments, by hand and against PySAL."""

from __future__ import annotations

import math

import numpy as np
import pandas
import pytest
from access import fca
from inequality.gini import Gini
from scipy.sparse import csr_array, random_array

from locator.planning.measures.equity import gini, lorenz, mean_load, per_person, quantiles


def test_quantile_is_the_least_value_that_enough_persons_do_not_exceed() -> None:
    """Of ten persons four have 1, five have 2 and one has 9."""
    value, weight = np.array([9.0, 1.0, 2.0]), np.array([1.0, 4.0, 5.0])
    assert quantiles(value, weight, np.array([0.4, 0.41, 0.5, 0.9, 0.95, 1.0])).tolist() == [1, 2, 2, 2, 9, 9]


def test_quantiles_agree_with_numpy() -> None:
    """The inverse of the weighted distribution, many values of many weights."""
    dice = np.random.default_rng(1)
    value, weight, q = dice.random(2000), dice.exponential(size=2000), np.array([0.05, 0.5, 0.9, 0.95])
    expected = np.quantile(value, q, weights=weight, method="inverted_cdf")
    assert quantiles(value, weight, q).tolist() == expected.tolist()


def test_quantile_is_never_a_value_without_weight() -> None:
    """The farthest point with nobody in it is not the worst served."""
    assert quantiles(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 0.0]), np.array([1.0])).tolist() == [2]
    assert quantiles(np.array([0.0, 2.0]), np.array([0.0, 1.0]), np.array([0.01])).tolist() == [2]


def test_quantile_without_weight_is_not_a_number() -> None:
    """Nobody has no median."""
    assert math.isnan(quantiles(np.array([1.0]), np.array([0.0]), np.array([0.5]))[0])
    assert math.isnan(quantiles(np.array([]), np.array([]), np.array([0.5]))[0])


def test_rounding_in_the_sum_does_not_move_a_quantile() -> None:
    """Ten times a tenth is a hair less than one."""
    value = np.arange(10.0)
    assert quantiles(value, np.full(10, 0.1), np.array([0.3, 0.6, 0.7, 1.0])).tolist() == [2, 5, 6, 9]


def test_lorenz_curve_by_hand() -> None:
    """Three persons with 1 and one with 3 of the six."""
    curve = lorenz(np.array([3.0, 1.0]), np.array([1.0, 3.0]))
    assert curve.tolist() == [[0, 0], [0.75, 0.5], [1, 1]]


def test_lorenz_curve_of_nothing_is_the_line_of_equality() -> None:
    """Nobody, or nothing to share."""
    line = [[0, 0], [1, 1]]
    assert lorenz(np.array([]), np.array([])).tolist() == line
    assert lorenz(np.zeros(3), np.ones(3)).tolist() == line
    assert gini(np.zeros(3), np.ones(3)) == 0


def test_gini_by_hand() -> None:
    """All the same is 0; one of n has everything is 1 - 1 / n."""
    assert gini(np.full(5, 7.0), np.arange(5.0)) == pytest.approx(0, abs=1e-15)
    assert gini(np.array([0.0, 8.0]), np.array([3.0, 1.0])) == pytest.approx(0.75)


def test_gini_agrees_with_pysal() -> None:
    """Everybody counts once."""
    value = np.random.default_rng(2).lognormal(size=500)
    assert gini(value, np.ones(500)) == pytest.approx(Gini(value).g, abs=1e-12)


def test_gini_is_half_the_mean_difference_over_the_mean() -> None:
    """With weights: every pair of persons, points of nobody included."""
    dice = np.random.default_rng(3)
    value, weight = dice.exponential(size=300), dice.integers(0, 5, 300).astype(float)
    differences = weight @ np.abs(value[:, None] - value) @ weight / weight.sum() ** 2
    expected = differences / 2 / (weight @ value / weight.sum())
    assert gini(value, weight) == pytest.approx(expected, abs=1e-12)


def two_step(reach: csr_array, weight: np.ndarray) -> np.ndarray:
    return reach @ per_person(weight @ reach)


def test_two_step_agrees_with_pysal() -> None:
    """The floating catchments of the package `access`, one unit of supply per station."""
    n, s = 200, 30
    reach = csr_array(random_array((n, s), density=0.1, rng=np.random.default_rng(4)) > 0)
    weight = np.random.default_rng(5).integers(1, 500, n).astype(float)
    origin, dest = reach.nonzero()
    expected = fca.two_stage_fca(
        pandas.DataFrame({"geoid": np.arange(n), "demand": weight}).set_index("geoid"),
        pandas.DataFrame({"geoid": np.arange(s), "supply": 1.0}).set_index("geoid"),
        pandas.DataFrame({"origin": origin, "dest": dest, "cost": 1.0}),
        demand_index=True,
        supply_index=True,
        supply_name="supply",
    )
    scores = pandas.Series(two_step(reach, weight))
    np.testing.assert_allclose(scores[expected.index], expected, rtol=0, atol=1e-12)
    assert not scores.drop(expected.index).any()


def test_people_per_station_by_hand() -> None:
    """A serves 30 and 10 persons, B the 10 alone: 40 for the first, 1 / (1/40 + 1/10) = 8 for the others."""
    reach = csr_array(np.array([[True, False], [True, True], [False, False]]))
    weight = np.array([30.0, 10.0, 99.0])
    assert two_step(reach, weight).tolist() == [1 / 40, 1 / 40 + 1 / 10, 0]
    assert mean_load(two_step(reach, weight), weight) == pytest.approx((30 * 40 + 10 * 8) / 40)


def test_nobody_covered_has_no_people_per_station() -> None:
    """Neither a station that reaches only places without people, nor none at all."""
    reach = csr_array(np.array([[True], [False]]))
    weight = np.array([0.0, 5.0])
    assert two_step(reach, weight).tolist() == [0, 0]
    assert mean_load(two_step(reach, weight), weight) is None
    assert mean_load(two_step(csr_array((2, 0), dtype=np.bool_), weight), weight) is None
