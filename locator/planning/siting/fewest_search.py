"""The search for the fewest sites: greedy, by annealing if there is one need, then by the solver."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any, Final

import numpy as np

from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.siting import programs, solver_process
from locator.planning.siting.covering import (
    Cover,
    anneal,
    enough,
    greedy,
    group_sums,
    reduce,
    slack,
    suffices,
    unimplied,
)
from locator.planning.siting.search_steps import (
    BOUND_SHARE,
    BOUNDING,
    PREPARING,
    PROVING,
    SEARCH_SHARE,
    SEARCHING,
    TINY,
    annealing_moves,
)
from locator.planning.siting.site_question import SiteQuestion

# How often the span from 0 to the known number of sites is halved to find a bound on the fewest.
_FINE: Final = 8


def search_fewest(question: SiteQuestion, needs: FloatArray) -> dict[str, Any]:
    """Choose the fewest sites that meet the needs; return the arguments of `SiteQuestion.plan`."""
    question.say(0.0, PREPARING)
    if not needs.any():
        return {"numbers": np.array([], dtype=np.intp), "bound": 0.0, "is_bounded": True}
    # A group without a need becomes -1, whose rows count only for the last need, that of all rows.
    group = np.where(needs[question.groups] > 0, question.groups, -1)
    left = question.left if needs[-1] > 0 else np.where(group >= 0, question.left, 0.0)
    cover, needs = _strip(reduce(question.reach, left, group), needs)
    question.say(0.05, BOUNDING)
    chosen = enough(cover, needs)
    least = _least(cover, needs, len(chosen), question.clock.until(BOUND_SHARE))
    if cover.rows.nnz > TINY and least < len(chosen) and np.count_nonzero(needs) == 1:
        question.say(0.1, SEARCHING)
        chosen = _fewer(question, cover, float(needs.sum()), chosen, least)
    if least < len(chosen) and not question.clock.is_over():
        question.say(0.4, PROVING)
        outcome = solver_process.solve(cover, None, needs, chosen, question.clock.deadline, whole=True)
        if math.isfinite(outcome.bound):
            least = max(least, math.ceil(outcome.bound - 1e-6))
        if outcome.chosen is not None and suffices(cover, needs, outcome.chosen):
            chosen = min(chosen, outcome.chosen, key=len)
    # A bound of one site is trivial, unless one is enough.
    is_bounded = least > 1 or len(chosen) <= 1
    return {"numbers": cover.numbers[chosen], "bound": min(least, len(chosen)), "is_bounded": is_bounded}


def _strip(cover: Cover, needs: FloatArray) -> tuple[Cover, FloatArray]:
    """Drop rows that hard ones imply, and columns thereby dominated, until nothing changes.

    Where every row has to be covered, weights no longer matter, and each counts 1.
    """
    while True:
        hard = programs.hard_rows(cover, needs)
        stays = unimplied(cover, np.flatnonzero(hard))
        if len(stays) == len(hard):
            break
        goes = np.setdiff1d(np.arange(len(hard)), stays)
        needs = needs - group_sums(cover.group[goes], cover.weight[goes], len(needs) - 1)
        small = reduce(cover.rows[stays], cover.weight[stays], cover.group[stays])
        cover = replace(small, numbers=cover.numbers[small.numbers])
    if hard.all():
        ones = np.ones(len(hard))
        return replace(cover, weight=ones, group=np.full(len(hard), -1)), np.array([ones.sum()])
    return cover, np.where(needs > slack(needs), needs, 0.0)


def _least_at_once(cover: Cover, need: float) -> int:
    """Bound how few columns cover a need, as if no two shared a row."""
    return programs.Prices(0.0, cover.columns @ cover.weight).fewest(need)


def _joined(cover: Cover, needs: FloatArray) -> list[tuple[Cover, float]]:
    """Return relaxations of the needs to a single one; either may give the better bound.

    In the second, the rows of a group are weighted by how many columns its need takes, so that surplus in a dense
    group does not make up for what a sparse one lacks.
    """
    numbers = np.flatnonzero(needs[:-1]).tolist()
    groups = [
        (replace(cover, weight=np.where(cover.group == number, cover.weight, 0.0)), needs[number])
        for number in numbers
    ]
    takes = np.array([_least_at_once(part, need) for part, need in groups])
    joined = [(cover, float(needs[-1]))] if needs[-1] > 0 else []
    if numbers:
        weight = sum(part.weight * (take / need) for (part, need), take in zip(groups, takes, strict=True))
        joined.append((replace(cover, weight=weight), float(takes.sum())))
    return joined


def _least(cover: Cover, needs: FloatArray, known: int, deadline: float) -> int:
    """Bound how few columns meet the needs that a known number meets, by bisection with prices."""
    least = 1
    for part, need in _joined(cover, needs):
        least = max(least, min(_least_at_once(part, need), known))
        most = min(known, len(cover.numbers) - 1) if cover.rows.nnz > TINY else 0
        while most - least > known >> _FINE and time.monotonic() < deadline:
            middle = (least + most) // 2
            prices = programs.prices(part, middle, need * (1 - 1e-3), deadline)
            most = middle if prices.bound(middle) >= need else most
            least = max(least, min(prices.fewest(need), known))
    return least


def _fewer(question: SiteQuestion, cover: Cover, need: float, chosen: IntArray, least: int) -> IntArray:
    """Look for fewer columns by bisection on the number with which annealing meets the need."""
    most = len(chosen)
    deadline = question.clock.until(SEARCH_SHARE)
    while least < most and time.monotonic() < deadline:
        middle = (least + most) // 2
        moves = annealing_moves(middle)
        start = greedy(cover, middle)
        better = anneal(cover, start, moves, question.seed, deadline, need * (1 - 1e-9))
        if cover.value(better) >= need * (1 - 1e-9):
            chosen, most = better, middle
        else:
            least = middle + 1
    return chosen
