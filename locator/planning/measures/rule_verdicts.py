"""Verdicts on rules: what the data say about the stations of an area, and about a station."""

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
"""A pin that may be farther off than this cannot be said to lead anybody to the door."""
_NAME_REACH_DEG: Final = 0.1
"""A station belongs to the area that its file names only if the pin is this near: pins are some km off at most,
and areas of one name stand in many cities."""

States = NDArray[np.int8]


class Verdict(IntEnum):
    """What the data say; the order makes "all of" the least verdict and "any of" the greatest (Kleene's logic)."""

    FAIL = -1
    UNKNOWN = 0
    PASS = 1

    @property
    def word(self) -> str:
        """``pass``, ``fail`` or ``unknown``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class QuotaVerdict:
    """What is known about one area under a quota, or about all those of which no station tells."""

    quota: Quota
    name: str | None
    """``None``: the areas that no station names."""
    name_en: str | None
    district: str | None
    """The district that the stations of a sub-district name; ``None`` for all else."""
    count: int
    """Stations of the kind known to be there."""
    undecided: int
    """Stations of the kind that may be there: the file leaves open where they belong."""
    areas: int | None
    """How many areas this is about; ``None``: nobody knows."""
    verdict: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class StandardVerdicts:
    """How stations stand to a standard."""

    standard: Standard
    numbers: IntArray
    """(k,) the stations for which the standard is made, by number in the supply."""
    states: States
    """(k, r) the `Verdict` of each on every requirement."""

    def overall(self) -> States:
        """Return (k,) the verdict on each station: all requirements together."""
        found: States = self.states.min(axis=1)
        return found

    def which(self, row: int, verdict: Verdict) -> tuple[Requirement, ...]:
        """List the requirements on which the station of a row has a verdict: what it lacks, what is unknown."""
        places = np.flatnonzero(self.states[row] == verdict)
        return tuple(self.standard.requirements[place] for place in places)


# Judging


def _fixed_place(supply: Supply) -> States:
    """Pass where the station has a position, unknown elsewhere."""
    return np.asarray(np.isfinite(supply.lonlat).all(axis=1), dtype=np.int8)


def _on_map(supply: Supply) -> States:
    """Pass where the station has a pin; unknown where the pin is known to be as far off as `FINDABLE_M`."""
    return np.asarray(_fixed_place(supply) * ~(supply.accuracy_m > FINDABLE_M), dtype=np.int8)


def _hours_known(supply: Supply) -> States:
    """Pass or fail: whether the hours are known is itself known."""
    return np.array([Verdict.PASS if text else Verdict.FAIL for text in supply.hours], dtype=np.int8)


_VERDICTS_OF_FACTS: Final[dict[str, Callable[[Supply], States]]] = {
    "fixed_place": _fixed_place,
    "on_map": _on_map,
    "hours_known": _hours_known,
}


def judge_standard(standard: Standard, supply: Supply) -> StandardVerdicts:
    """Tell what each station has of a standard.

    Parameters
    ----------
    standard
        What is required.
    supply
        The stations; an amenity that is neither known to be there nor known to be missing is unknown.

    Returns
    -------
    StandardVerdicts
        One row per station of the standard's kinds, in the supply's order; none if there are none.
    """
    suits = [not standard.kinds or kind in standard.kinds for kind in supply.kinds]
    numbers = np.flatnonzero(np.array(suits, dtype=np.bool_))
    states = np.empty((len(numbers), len(standard.requirements)), dtype=np.int8)
    for place, requirement in enumerate(standard.requirements):
        met = [np.max([_state(word, supply) for word in words], axis=0) for words in requirement.needs]
        states[:, place] = np.min(met, axis=0)[numbers]
    return StandardVerdicts(standard, numbers, states)


def _state(word: str, supply: Supply) -> States:
    """Give one word's verdict on every station."""
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

    With a layer of the level the areas are the layer's, and every station belongs to one: to the area that its
    file names if its pin is near that, else to the area in which the pin lies. Without one, an area is known only
    if a station of any kind names it; those that none names are one more verdict, unknown. There a station whose
    file leaves open where it belongs is undecided, and the verdict is unknown where such stations could tip it.

    Parameters
    ----------
    quota
        The rule.
    supply
        The stations.
    layers
        Level to the areas of that level. Where a quota holds within a district, sub-districts are in it if their
        middle is in the district of that name in the layer of districts; if there is none of that name, or no
        such area, the stations' own words are used.

    Returns
    -------
    tuple
        One verdict per area, in the order of the layer, or of the names.
    """
    layer = _areas_within(quota, layers)
    return _judge_layer(quota, supply, layer, layers[quota.level]) if layer else _judge_names(quota, supply)


def _areas_within(quota: Quota, layers: Mapping[str, Sequence[District]]) -> list[int]:
    """List the places in the layer of the areas for which a quota holds."""
    layer = layers.get(quota.level, ())
    if quota.within is None:
        return list(range(len(layer)))
    if quota.level == "district":
        return [place for place, area in enumerate(layer) if area.name == quota.within]
    around = [area.outline for area in layers.get("district", ()) if area.name == quota.within]
    middles = [area.outline.representative_point() for area in layer]
    return [place for place, middle in enumerate(middles) if any(outline.covers(middle) for outline in around)]


def _judge_layer(
    quota: Quota, supply: Supply, places: Sequence[int], layer: Sequence[District]
) -> tuple[QuotaVerdict, ...]:
    of_kind = np.array([kind == quota.kind for kind in supply.kinds], dtype=np.bool_)
    area_of = _area_of(supply, quota.level, layer)
    counts = np.bincount(area_of[of_kind & (area_of >= 0)], minlength=len(layer)).tolist()
    return tuple(
        QuotaVerdict(
            quota,
            name=layer[place].name,
            name_en=layer[place].name_en,
            district=None,
            count=counts[place],
            undecided=0,
            areas=1,
            verdict=_verdict(quota, counts[place], 0),
        )
        for place in places
    )


def _area_of(supply: Supply, level: str, layer: Sequence[District]) -> IntArray:
    """Give per station the place of its area in a layer, -1 for none."""
    area_of = areas_of(supply.lonlat, [area.outline for area in layer])
    points = np.asarray(shapely.points(supply.lonlat))
    said = np.array(_said(supply, level), dtype=object)
    for place, area in enumerate(layer):
        named = np.flatnonzero((said == area.name) & (area_of != place))
        # Where two areas of the layer have the same name, the pin decides between them.
        elsewhere = np.array([area_of[n] < 0 or layer[area_of[n]].name != area.name for n in named], dtype=bool)
        near = shapely.dwithin(points[named], area.outline, _NAME_REACH_DEG)
        area_of[named[elsewhere & near]] = place
    return area_of


def _said(supply: Supply, level: str) -> tuple[str | None, ...]:
    return supply.districts if level == "district" else supply.sub_districts


def _judge_names(quota: Quota, supply: Supply) -> tuple[QuotaVerdict, ...]:
    """Judge by the words in the stations alone; a key is a district and, for sub-districts, its name."""
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
    """Tell whether a station's words name an area for which a quota holds."""
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
