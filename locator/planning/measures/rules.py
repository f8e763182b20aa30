"""Rules: how many stations an area must have, what a station must be, and what the data say about it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from locator.config import bundled
from locator.errors import GeodataError
from locator.files.limits import refuse_large
from locator.geo.index import IntArray
from locator.language.messages import Message, message
from locator.planning.inputs.supply import Supply
from locator.planning.measures.coverage import areas_of
from locator.stations.checking import StationFault
from locator.stations.geodata import refuse_faults
from locator.stations.schema import AMENITIES, KINDS, District

QUOTAS: Final = "quotas.csv"
STANDARDS: Final = "standards.json"

LEVELS: Final = ("district", "sub_district")
NOT_RECORDED: Final = "not_recorded"
"""Stands in a standard for what no column of the stations can say."""
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
class Quota:
    """Each area of a level must have at least so many stations of a kind."""

    rule_id: str
    name: str
    name_en: str
    level: str
    """A word of `LEVELS`."""
    within: str | None
    """The Chinese name of the district in which it holds; ``None``: everywhere."""
    areas: int | None
    """How many areas of the level there are, where that is known."""
    kind: str
    least: int
    source: str


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


@dataclass(frozen=True, slots=True)
class Requirement:
    """One point of a standard."""

    name: str
    name_en: str
    needs: tuple[tuple[str, ...], ...]
    """All of these, each of which is one of several words: amenities, `FACTS` or `NOT_RECORDED`."""


@dataclass(frozen=True, slots=True)
class Standard:
    """A published set of requirements on a station."""

    standard_id: str
    name: str
    name_en: str
    kinds: frozenset[str]
    """The kinds for which it is made; empty: all."""
    source: str
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """All that a folder asks."""

    quotas: tuple[Quota, ...]
    standards: tuple[Standard, ...]


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


FACTS: Final[dict[str, Callable[[Supply], States]]] = {
    "fixed_place": _fixed_place,
    "on_map": _on_map,
    "hours_known": _hours_known,
}
"""What a standard may ask besides amenities."""


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
    if word in FACTS:
        return FACTS[word](supply)
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


# Reading


def read_rules(folder: Path) -> Rules:
    """Read the quotas and the standards of a geodata folder; the shipped ones where it has no such file.

    Raises
    ------
    GeodataError
        If a file is damaged or has a fault; the message names every fault with its row.
    """
    files = (QUOTAS, STANDARDS)
    found = {name: folder / name if (folder / name).exists() else bundled("geodata") / name for name in files}
    return Rules(read_quotas(found[QUOTAS]), read_standards(found[STANDARDS]))


def read_quotas(path: Path) -> tuple[Quota, ...]:
    """Read quotas from CSV, one a row; raise `GeodataError` with all that is wrong."""
    try:
        refuse_large(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise GeodataError(
            "{file} cannot be read: {fault}. It must be CSV in UTF-8.", file=path, fault=fault
        ) from None
    _refuse(path, (_quota_faults(row) for row in rows))
    return tuple(_quota(row) for row in rows)


def _quota_faults(row: Mapping[str, Any]) -> Iterator[Message]:
    for name in ("rule_id", "name"):
        if not row.get(name):
            yield message("it has no {name}. Every quota needs one.", name=name)
    if row.get("level") not in LEVELS:
        yield _not_known(message("level"), row.get("level"), LEVELS)
    if row.get("kind") not in KINDS:
        yield _not_known(message("kind"), row.get("kind"), KINDS)
    for name, is_needed in (("least", True), ("areas", False)):
        value = row.get(name) or ""
        if (value or is_needed) and not (value.isascii() and value.isdigit() and int(value) > 0):
            yield message("{name} is {value!r}, not a whole number above 0.", name=name, value=value)


def _not_known(what: Message, value: object, known: Iterable[str]) -> Message:
    return message(
        "the {what} {value!r} is not known. Use one of: {known}.", what=what, value=value, known=", ".join(known)
    )


def _quota(row: Mapping[str, str]) -> Quota:
    return Quota(
        rule_id=row["rule_id"],
        name=row["name"],
        name_en=row.get("name_en") or row["name"],
        level=row["level"],
        within=row.get("within") or None,
        areas=int(row["areas"]) if row.get("areas") else None,
        kind=row["kind"],
        least=int(row["least"]),
        source=row.get("source") or "",
    )


def read_standards(path: Path) -> tuple[Standard, ...]:
    """Read standards from JSON, ``{"standards": [...]}``; raise `GeodataError` with all that is wrong."""
    try:
        refuse_large(path)
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as fault:
        raise GeodataError("{file} cannot be read: {fault}. It must be JSON.", file=path, fault=fault) from None
    rows = found.get("standards") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise GeodataError('{file} has no list of standards. Write {{"standards": [...]}}.', file=path)
    _refuse(path, (_standard_faults(row) for row in rows))
    return tuple(_standard(row) for row in rows)


def _standard_faults(row: Any) -> Iterator[Message]:
    if not isinstance(row, dict):
        yield message("{row!r:.80} is not an object with standard_id, name and requirements.", row=row)
        return
    for name in ("standard_id", "name"):
        if not (isinstance(row.get(name), str) and row[name]):
            yield message("it has no {name}. Every standard needs one.", name=name)
    kinds = row.get("kinds", [])
    if not (isinstance(kinds, list) and all(isinstance(kind, str) and kind in KINDS for kind in kinds)):
        yield message("the kinds {kinds!r:.80} are not a list of: {known}.", kinds=kinds, known=", ".join(KINDS))
    requirements = row.get("requirements")
    if not (isinstance(requirements, list) and requirements):
        yield message("it has no requirements. Every standard needs at least one.")
        return
    for requirement in requirements:
        yield from _requirement_faults(requirement)


def _requirement_faults(requirement: Any) -> Iterator[Message]:
    if not (isinstance(requirement, dict) and isinstance(requirement.get("name"), str) and requirement["name"]):
        yield message("the requirement {requirement!r:.80} has no name.", requirement=requirement)
        return
    needs = requirement.get("needs")
    if not (isinstance(needs, list) and needs and all(isinstance(words, list) and words for words in needs)):
        yield message(
            "the needs of {name!r} are not a list of lists of words. Give at least one word.",
            name=requirement["name"],
        )
        return
    known = {*AMENITIES, *FACTS, NOT_RECORDED}
    for word in (word for group in needs for word in group):
        if not (isinstance(word, str) and word in known):
            words = ", ".join(sorted(known))
            yield message(
                "{name!r} needs {word!r}, which is not known. Use one of: {known}.",
                name=requirement["name"],
                word=word,
                known=words,
            )


def _standard(row: Mapping[str, Any]) -> Standard:
    return Standard(
        standard_id=row["standard_id"],
        name=row["name"],
        name_en=row.get("name_en") or row["name"],
        kinds=frozenset(row.get("kinds", ())),
        source=row.get("source") or "",
        requirements=tuple(
            Requirement(
                name=found["name"],
                name_en=found.get("name_en") or found["name"],
                needs=tuple(tuple(words) for words in found["needs"]),
            )
            for found in row["requirements"]
        ),
    )


def _refuse(path: Path, faults_of_rows: Iterable[Iterator[Message]]) -> None:
    """Raise `GeodataError` with all faults; rows are counted from 1."""
    refuse_faults(
        [StationFault(path.name, row, reason) for row, faults in enumerate(faults_of_rows, 1) for reason in faults]
    )
