"""Person-hours: demand by hour of a week, as rows for a search for sites."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.siting.covering import BoolArray, tidy

_CHUNK: Final = 1 << 16


class PersonHours(NamedTuple):
    """Demand by hour of a week, as arguments of `most_covered` and `fewest_sites`."""

    reach: csr_array
    """(rows, candidates) of bool: which candidates are near and open."""
    weight: FloatArray
    """(rows,) weight times hours."""
    covered: BoolArray
    """(rows,) whether the hours are served already."""
    point: IntArray
    """(rows,) the demand point of each row, for its group."""


def person_hours(
    reach: csr_array, weight: FloatArray, uncovered: NDArray[np.bool_ | np.uint8], candidate_open: BoolArray
) -> PersonHours:
    """Turn demand into person-hours of a week: a row for every point and pattern of open candidates.

    A pattern is all hours in which the same candidates are open. A week has few, so there are few rows. The
    weights add up to 168 times those given; the hours served already are one row per point.

    Parameters
    ----------
    reach, weight
        As in `most_covered`.
    uncovered
        (points, 168) in which hours no open station is near; or so packed by ``numpy.packbits`` (points, 21).
    candidate_open
        (candidates, 168) in which hours a candidate would be open.
    """
    reach = tidy(reach)
    patterns, pattern_of = np.unique(candidate_open, axis=1, return_inverse=True)
    hours = _count(uncovered, np.eye(patterns.shape[1])[pattern_of.ravel()])
    served = candidate_open.shape[1] - hours.sum(axis=1)
    nowhere = np.zeros((reach.shape[1], 1), dtype=bool)
    hours, patterns = np.c_[hours, served], np.c_[patterns, nowhere]
    points = [np.flatnonzero(column > 0) for column in hours.T]
    rows = [only_open(reach[some], is_open) for some, is_open in zip(points, patterns.T, strict=True)]
    point = np.concatenate(points)
    pattern = np.repeat(np.arange(len(points)), [len(some) for some in points])
    covered = pattern == len(points) - 1
    return PersonHours(vstack(rows).tocsr(), weight[point] * hours[point, pattern], covered, point)


def _count(uncovered: NDArray[np.bool_ | np.uint8], belongs: FloatArray) -> FloatArray:
    """Count (points, patterns) the uncovered hours of each pattern, in chunks to limit memory."""
    counts = np.empty((len(uncovered), belongs.shape[1]))
    for start in range(0, len(uncovered), _CHUNK):
        part = uncovered[start : start + _CHUNK]
        bits = (
            part
            if part.shape[1] == len(belongs)
            else np.unpackbits(part.view(np.uint8), axis=1, count=len(belongs))
        )
        counts[start : start + _CHUNK] = bits.astype(np.float32) @ belongs.astype(np.float32)
    return counts


def only_open(rows: csr_array, is_open: BoolArray) -> csr_array:
    """Keep the entries of open candidates; the shape stays."""
    kept = is_open[rows.indices]
    ends = np.r_[0, np.cumsum(kept)][rows.indptr]
    return csr_array((rows.data[kept], rows.indices[kept], ends), shape=rows.shape)
