"""Comparing stations: by their names, and by the distance between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

import numpy as np
from scipy.spatial import cKDTree

from locator.geo.geodesy import FloatArray

SIMILAR: Final = 0.85
"""The least `difflib` ratio of similar names."""

# Larger than any search radius, so that points of different keys are never neighbours in one tree.
_LEVEL_M: Final = 1e5
_BRACKETS: Final = re.compile(r"[(\[{【〔《<（［].*?[)\]}】〕》>）］]")
_BRANCH: Final = re.compile(r"(分店|总店|旗舰店|门店|店|支行|分行|分公司|branch|store|shop)$")
_NUMBERS: Final = re.compile(r"\d+|[一二三四五六七八九十东南西北ab]")


def plain_name(text: Any) -> str:
    """Normalise a name for comparison: NFKC, lower case, without blanks and punctuation."""
    name = unicodedata.normalize("NFKC", text).casefold() if isinstance(text, str) else ""
    return name if name.isalnum() else re.sub(r"[\W_]+", "", name)


def bare_name(name: str) -> str:
    """Normalise a name without brackets and words for a branch, so that branches of one shop are the same."""
    bare = _BRANCH.sub("", plain_name(_BRACKETS.sub("", name)))
    return bare or plain_name(name)


def are_similar(one: str, other: str) -> bool:
    """Tell whether two names differ by a typing error; other numbers or directions are none: 一号院, 二号院."""
    shortest, longest = sorted((len(one), len(other)))
    if not shortest or 2 * shortest < SIMILAR * (shortest + longest):
        return False
    if _NUMBERS.findall(one) != _NUMBERS.findall(other):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SIMILAR


def neighbours(
    xyz: FloatArray,
    keys: Sequence[Hashable],
    others_xyz: FloatArray,
    other_keys: Sequence[Hashable],
    most: int,
    distance_m: float,
) -> Iterator[tuple[int, int, float]]:
    """Find the nearest others with the same key.

    Parameters
    ----------
    xyz, others_xyz
        (n, 3) and (m, 3) metres, from `locator.geo.geodesy.ecef`; either may be empty.
    keys, other_keys
        One for each.
    most
        How many others at most for each point.
    distance_m
        How far away at most, below the 100 km that keep keys apart.

    Yields
    ------
    tuple
        Number of the point, number of the other one, metres between them; by point, nearest first.
    """
    if not len(xyz) or not len(others_xyz):
        return
    levels = {key: level * _LEVEL_M for level, key in enumerate(dict.fromkeys((*keys, *other_keys)))}
    points = np.column_stack((xyz, [levels[key] for key in keys]))
    tree = cKDTree(np.column_stack((others_xyz, [levels[key] for key in other_keys])))
    ranks = range(1, min(most, len(others_xyz)) + 1)
    away_m, numbers = tree.query(points, k=ranks, distance_upper_bound=distance_m)
    near = np.nonzero(np.isfinite(away_m))
    yield from zip(near[0].tolist(), numbers[near].tolist(), away_m[near].tolist(), strict=True)
