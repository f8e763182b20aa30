"""Equity: how evenly distances and stations are spread over persons."""

from __future__ import annotations

from typing import Final

import numpy as np

from locator.geo.geodesy import FloatArray

# Tolerance for the rounding of cumulative sums, so that a share reached exactly counts as reached.
_ROUNDING: Final = 1e-12


def quantiles(value: FloatArray, weight: FloatArray, q: FloatArray) -> FloatArray:
    """Find weighted quantiles: the least value that at least the share q of all weight does not exceed.

    Parameters
    ----------
    value
        (n,) in any order; inf is a value.
    weight
        (n,) not negative; a value of weight 0 is never the answer.
    q
        (k,) shares above 0 and up to 1.

    Returns
    -------
    FloatArray
        (k,); NaN without weight.
    """
    value, weight = _sorted(value, weight)
    if not weight.any():
        return np.full(len(q), np.nan)
    sums = np.cumsum(weight)
    values: FloatArray = value[np.searchsorted(sums, np.asarray(q) * sums[-1] * (1 - _ROUNDING))]
    return values


def lorenz(value: FloatArray, weight: FloatArray) -> FloatArray:
    """Draw the Lorenz curve: the share of persons, least value first, against their share of all value.

    Parameters
    ----------
    value
        (n,) finite and not negative, in any order.
    weight
        (n,) persons, finite and not negative.

    Returns
    -------
    FloatArray
        (n + 1, 2) from (0, 0) to (1, 1); the line of equality, two points, if all values are 0.
    """
    return np.stack(_shares(value, weight), axis=1)


def gini(value: FloatArray, weight: FloatArray) -> float:
    """Return the Gini coefficient over persons: half the mean difference between two of them, over the mean.

    It is 0 if all values are equal, and near 1 if one person has everything; the arguments are those of `lorenz`.
    """
    persons, held = _shares(value, weight)
    # Twice the area between the curve and the line of equality.
    return float(1 - np.diff(persons) @ (held[1:] + held[:-1]))


def per_person(persons: FloatArray) -> FloatArray:
    """Share each station among the (s,) persons it reaches, R = 1 / persons; 0 where it reaches nobody.

    The two-step floating catchment score of a point, in stations per person, is the sum of R over the stations
    that it reaches (Luo and Wang 2003, *Environment and Planning B* 30, 865-884).
    """
    share: FloatArray = np.divide(1.0, persons, out=np.zeros_like(persons), where=persons > 0)
    return share


def mean_load(score: FloatArray, weight: FloatArray) -> float | None:
    """Average persons per station, 1 / score, over the persons who reach a station; ``None`` where nobody does.

    `score` (n,) is the two-step floating catchment score of each point.
    """
    covered = (score > 0) & (weight > 0)
    weight = weight[covered]
    return float(weight @ (1 / score[covered]) / weight.sum()) if len(weight) else None


def _shares(value: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the two columns of `lorenz`."""
    value, weight = _sorted(value, weight)
    persons, held = np.cumsum(weight), np.cumsum(weight * value)
    if not len(held) or not held[-1]:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    return np.r_[0, persons / persons[-1]], np.r_[0, held / held[-1]]


def _sorted(value: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sort by value, if it is not sorted yet."""
    if (value[1:] >= value[:-1]).all():
        return value, weight
    order = np.argsort(value, kind="stable")
    return value[order], weight[order]
