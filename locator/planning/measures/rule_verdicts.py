"""Verdicts on quotas of areas and on standards of stations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from locator.geo.index import IntArray
from locator.planning.inputs.rule_files import NOT_RECORDED, Quota, Requirement, Standard
from locator.planning.inputs.supply import Supply
from locator.planning.measures.coverage import areas_of
from locator.stations.schema import AMENITIES, District

FINDABLE_M: Final = 200.0
"""A position less accurate than this does not lead to the door."""
_NAME_REACH_DEG: Final = 0.1
"""A station belongs to the area named in its file only if its position is this near the area: positions are off by
some km at most, and areas in different cities have the same name."""

States = NDArray[np.int8]


class Verdict(IntEnum):
    """A verdict in Kleene's three-valued logic: "all of" is the least verdict, "any of" the greatest."""

    FAIL = -1
    UNKNOWN = 0
    PASS = 1

    @property
    def word(self) -> str:
        """``pass``, ``fail`` or ``unknown``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class QuotaVerdict:
    """The verdict on one area under a quota, or on all areas that no station names."""

    quota: Quota
    name: str | None
    """``None``: the areas that no station names."""
    name_en: str | None
    district: str | None
    """The district that the stations of a sub-district name; ``None`` for all else."""
    count: int
    """Stations of the kind known to be there."""
    undecided: int
    """Stations of the kind that may be there: their district or sub-district is not known."""
    areas: int | None
    """How many areas this is about; ``None``: nobody knows."""
    verdict: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class StandardVerdicts:
    """The verdicts on stations under a standard."""

    standard: Standard
    numbers: IntArray
    """(k,) the stations for which the standard is made, by number in the supply."""
    states: States
    """(k, r) the `Verdict` of each on every requirement."""

    def overall(self) -> States:
        """Return (k,) the verdict on each station: all requirements together."""
        verdicts: States = self.states.min(axis=1)
        return verdicts

    def which(self, row: int, verdict: Verdict) -> tuple[Requirement, ...]:
        """List the requirements on which the station of a row has this verdict."""
        return tuple(self.standard.requirements[index] for index in np.flatnonzero(self.states[row] == verdict))


# Judging


def _fixed_place(supply: Supply) -> States:
    """Pass where the station has a position, else unknown."""
    return np.asarray(np.isfinite(supply.lonlat).all(axis=1), dtype=np.int8)


def _on_map(supply: Supply) -> States:
    """Pass where the station has a position accurate to `FINDABLE_M`, else unknown."""
    return np.asarray(_fixed_place(supply) * ~(supply.accuracy_m > FINDABLE_M), dtype=np.int8)


def _hours_known(supply: Supply) -> States:
    """Pass where the hours are known, else fail."""
    return np.array([Verdict.PASS if text else Verdict.FAIL for text in supply.hours], dtype=np.int8)


_VERDICTS_OF_FACTS: Final[dict[str, Callable[[Supply], States]]] = {
    "fixed_place": _fixed_place,
    "on_map": _on_map,
    "hours_known": _hours_known,
}


def judge_standard(standard: Standard, supply: Supply) -> StandardVerdicts:
    """Judge each station of the standard's kinds, in the supply's order, by every requirement."""
    suits = [not standard.kinds or kind in standard.kinds for kind in supply.kinds]
    numbers = np.flatnonzero(np.array(suits, dtype=np.bool_))
    states = np.empty((len(numbers), len(standard.requirements)), dtype=np.int8)
    for column, requirement in enumerate(standard.requirements):
        met = [np.max([_state(word, supply) for word in words], axis=0) for words in requirement.needs]
        states[:, column] = np.min(met, axis=0)[numbers]
    return StandardVerdicts(standard, numbers, states)


def _state(word: str, supply: Supply) -> States:
    """Return the verdict on every station for one word of a requirement."""
    if word == NOT_RECORDED:
        return np.zeros(len(supply), dtype=np.int8)
    if word in _VERDICTS_OF_FACTS:
        return _VERDICTS_OF_FACTS[word](supply)
    bit = list(AMENITIES).index(word)
    known: States = ((supply.amenities >> bit & 1) - (supply.lacking >> bit & 1)).astype(np.int8)
    return known


def judge_quota(
    quota: Quota, supply: Supply, layers: Mapping[str, Sequence[District]]
) -> tuple[QuotaVerdict, ...]:
    """Count the stations of each area against a quota.

    With a layer of the level, a station belongs to the area that its file names if its position is near that, else
    to the area in which it lies. Without a layer, the areas are those that stations of any kind name, and those
    that none names get one more verdict, unknown. There a station whose area is not known is undecided, and the
    verdict is unknown where such stations could change it.

    Parameters
    ----------
    layers
        Level to the areas of that level, which give the order of the verdicts. If a quota holds within a district,
        its sub-districts are those with a representative point in the district of that name; without such areas
        the names in the stations' files are used, sorted.
    """
    layer = _areas_within(quota, layers)
    return _judge_layer(quota, supply, layer, layers[quota.level]) if layer else _judge_names(quota, supply)


def _areas_within(quota: Quota, layers: Mapping[str, Sequence[District]]) -> list[int]:
    """List the indices in the layer of the areas for which a quota holds."""
    layer = layers.get(quota.level, ())
    if quota.within is None:
        return list(range(len(layer)))
    if quota.level == "district":
        return [number for number, area in enumerate(layer) if area.name == quota.within]
    around = [area.outline for area in layers.get("district", ()) if area.name == quota.within]
    middles = [area.outline.representative_point() for area in layer]
    return [number for number, middle in enumerate(middles) if any(outline.covers(middle) for outline in around)]


def _judge_layer(
    quota: Quota, supply: Supply, numbers: Sequence[int], layer: Sequence[District]
) -> tuple[QuotaVerdict, ...]:
    of_kind = np.array([kind == quota.kind for kind in supply.kinds], dtype=np.bool_)
    area_of = _area_of(supply, quota.level, layer)
    counts = np.bincount(area_of[of_kind & (area_of >= 0)], minlength=len(layer)).tolist()
    return tuple(
        QuotaVerdict(
            quota,
            name=layer[number].name,
            name_en=layer[number].name_en,
            district=None,
            count=counts[number],
            undecided=0,
            areas=1,
            verdict=_verdict(quota, counts[number], 0),
        )
        for number in numbers
    )


def _area_of(supply: Supply, level: str, layer: Sequence[District]) -> IntArray:
    """Return per station the index of its area in a layer, -1 for none."""
    area_of = areas_of(supply.lonlat, [area.outline for area in layer])
    points = np.asarray(shapely.points(supply.lonlat))
    names = np.array(_area_names(supply, level), dtype=object)
    for number, area in enumerate(layer):
        named = np.flatnonzero((names == area.name) & (area_of != number))
        # Where two areas of the layer have the same name, the position decides between them.
        elsewhere = np.array([area_of[n] < 0 or layer[area_of[n]].name != area.name for n in named], dtype=bool)
        near = shapely.dwithin(points[named], area.outline, _NAME_REACH_DEG)
        area_of[named[elsewhere & near]] = number
    return area_of


def _area_names(supply: Supply, level: str) -> tuple[str | None, ...]:
    return supply.districts if level == "district" else supply.sub_districts


def _judge_names(quota: Quota, supply: Supply) -> tuple[QuotaVerdict, ...]:
    """Judge by the names in the stations' files; a key is a district and a sub-district or an empty text."""
    subs = supply.sub_districts if quota.level == "sub_district" else ("",) * len(supply)
    keys = list(zip(supply.districts, subs, strict=True))
    counts = Counter(key for key, kind in zip(keys, supply.kinds, strict=True) if kind == quota.kind)
    areas = [key for key in dict.fromkeys(keys) if _is_area(key, quota)]
    verdicts = [_judge_key(quota, key, counts) for key in sorted(areas)]
    unseen = None if quota.areas is None else quota.areas - len(areas)
    if unseen is None or unseen > 0:
        verdicts.append(QuotaVerdict(quota, None, None, None, 0, 0, unseen, Verdict.UNKNOWN))
    return tuple(verdicts)


def _is_area(key: tuple[str | None, str | None], quota: Quota) -> bool:
    """Tell whether a station's file names an area for which a quota holds."""
    district, sub = key
    return district is not None and sub is not None and quota.within in (None, district)


def _judge_key(quota: Quota, key: tuple[Any, Any], counts: Mapping[tuple[Any, Any], int]) -> QuotaVerdict:
    district, sub = key
    open_keys = {(district, None), (None, sub), (None, None)} if sub else {(None, sub)}
    undecided = sum(counts.get(open_key, 0) for open_key in open_keys)
    return QuotaVerdict(
        quota,
        name=sub or district,
        name_en=None,
        district=district if sub else None,
        count=counts.get(key, 0),
        undecided=undecided,
        areas=1,
        verdict=_verdict(quota, counts.get(key, 0), undecided),
    )


def _verdict(quota: Quota, count: int, undecided: int) -> Verdict:
    if count >= quota.least:
        return Verdict.PASS
    return Verdict.UNKNOWN if count + undecided >= quota.least else Verdict.FAIL
