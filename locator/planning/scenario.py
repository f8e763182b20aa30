"""Scenarios: stations added, removed or changed, and what that does to every figure."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import starmap
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import orjson

from locator.errors import GeodataError, UsageError
from locator.files.limits import refuse_large
from locator.files.open_tables import OpenTable
from locator.files.row_blocks import open_rows
from locator.files.row_faults import Faults
from locator.geo.datum import Datum, convert_point, parse_datum
from locator.geo.geodesy import FloatArray, check_position
from locator.geo.index import IntArray
from locator.importing.understanding.amenity_words import read_amenities
from locator.importing.understanding.station_words import read_word
from locator.language.characters import plain
from locator.planning.inputs.demand import Demand
from locator.planning.inputs.planning_words import ACTIONS as ACTION_WORDS
from locator.planning.inputs.planning_words import SCENARIO, UNUSED
from locator.planning.inputs.supply import Supply
from locator.planning.measures.coverage import Coverage, Figures, Question
from locator.stations.hours_text import read_hours
from locator.stations.schema import AMENITIES, KINDS, NO, TIERS, UNKNOWN, YES

ADD, REMOVE, CHANGE = ACTIONS = ("add", "remove", "change")
FIELDS: Final = (
    "action",
    "station_id",
    "name",
    "kind",
    "lat",
    "lon",
    "datum",
    "tier",
    "district",
    "sub_district",
    "hours",
    "amenities",
)
"""What a row may say."""
ALWAYS: Final = "24/7"
"""The hours of a station that never closes."""
_OF_REMOVED: Final = frozenset({"action", "station_id", "name"})
_BIT: Final = {word: 1 << place for place, word in enumerate(AMENITIES)}


@dataclass(frozen=True, slots=True)
class Change:
    """One station added, removed or changed; what is ``None`` stays as it is, or is not known of a new one."""

    action: str
    """``add``, ``remove`` or ``change``."""
    station_id: str
    name: str | None = None
    kind: str | None = None
    lat: float | None = None
    """Degrees, WGS 84."""
    lon: float | None = None
    tier: str | None = None
    district: str | None = None
    sub_district: str | None = None
    hours: str | None = None
    """OSM syntax, or ``unknown``."""
    amenities: Mapping[str, str] = field(default_factory=dict)
    """Amenity word to ``yes``, ``no`` or ``unknown``; those left out stay as they are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one change."""

    row: int
    """Counted from 1, the first change."""
    error: UsageError

    def __str__(self) -> str:
        return f"{self.row}: {self.error}"


# Reading


def read_scenario(path: Path, notes: list[str] | None = None) -> tuple[Change, ...]:
    """Read a scenario file.

    Parameters
    ----------
    path
        A table (CSV in any encoding, XLSX, XLS, ODS) whose headings are `FIELDS` or what people say, or JSON:
        a list of objects with such members. Which fields a change may have, and how they are written, says
        `parse`; in a table actions, kinds, tiers and amenities may be in words.
    notes
        Takes what was left out of the file.

    Raises
    ------
    GeodataError
        If the file cannot be read as what it is.
    UsageError
        If a change is wrong; the message names every fault with its row, counted from 1 after the heading.
    """
    try:
        refuse_large(path)
        if path.suffix.lower() == ".json":
            return parse(_read_json(path))
    except OSError as fault:
        raise GeodataError(
            "{file} cannot be read: {fault}. Is the path right?", file=path, fault=fault.strerror
        ) from None
    table = open_rows(path, SCENARIO, is_ragged=True)
    if table is None:
        raise GeodataError(
            "{file} must end in .csv, .xlsx, .xls, .ods or .json. Save the scenario as one of these.", file=path
        )
    return parse(_read_table(table, [] if notes is None else notes))


def _read_json(path: Path) -> list[Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as fault:
        raise GeodataError("{file} is damaged: {fault}. Save it again as JSON.", file=path, fault=fault) from None
    if not isinstance(found, list):
        raise GeodataError('{file} is not a list. Write [{{"action": ...}}, ...].', file=path)
    return found


def _read_table(table: OpenTable, notes: list[str]) -> list[dict[str, str]]:
    """Read the rows; what is under a heading that is not known is told by `parse`."""
    table.require()
    known = {heading: field for field, heading in table.fields.items()}
    fields = {known.get(heading, heading): heading for heading in table.headings if not _is_unused(heading)}
    faults, rows = Faults(table.name), list[dict[str, str]]()
    for block in table.read(fields, faults):
        cells = zip(*block.columns.values(), strict=True)
        rows += [{name: _word(name, text) for name, text in zip(fields, row, strict=True)} for row in cells]
    faults.refuse()
    notes += table.notes
    return rows


def _is_unused(heading: str) -> bool:
    alone: dict[str, str] = {}
    SCENARIO.add_found([heading], alone)
    return UNUSED in alone


def _word(name: str, text: str) -> str:
    """Return the word of the vocabulary that people mean in a table; a text that is none stays as it is."""
    if name == "action":
        return ACTION_WORDS.get(plain(text), text)
    if name in ("kind", "tier"):
        return (text and read_word(name, text)) or text
    if name == "amenities" and text and _amenities_fault(text):
        found, pieces = read_amenities(text)
        return ";".join(starmap("{}={}".format, found.items())) if all(pieces.values()) else text
    return text


def parse(rows: Sequence[Any]) -> tuple[Change, ...]:
    """Turn plain dicts, from a file or a page, into changes, all of them or none.

    Every change has ``action`` and ``station_id``. ``add`` needs ``kind``, ``lat`` and ``lon``; ``change`` needs
    a field to change; ``remove`` takes no more than a ``name``. A station may be changed once. ``datum`` says what
    the position means (WGS 84 without it); ``hours`` are OSM syntax, words such as 早9点到晚8点, or ``unknown``;
    ``amenities`` are an object of word to ``yes``, ``no`` or ``unknown``, or a text such as ``seats; toilet=no``,
    where a bare word means ``yes``. An empty text is the same as no field.

    Raises
    ------
    UsageError
        If anything is wrong; the message names every fault with its row, counted from 1.
    """
    _refuse(find_faults(rows))
    return tuple(_change(_given(row)) for row in rows)


def find_faults(rows: Sequence[Any]) -> list[Fault]:
    """List all that is wrong with plain dicts as changes, in order of the rows; empty if all is well."""
    found = [Fault(number, error) for number, row in enumerate(rows, 1) for error in _row_faults(row)]
    first: dict[Any, int] = {}
    for number, row in enumerate(rows, 1):
        station_id = row.get("station_id") if isinstance(row, Mapping) else None
        if isinstance(station_id, str) and first.setdefault(station_id.strip(), number) != number:
            error = UsageError(
                "The station {value} is changed in row {first} already. Put all of it into one change.",
                value=repr(station_id),
                first=first[station_id.strip()],
            )
            found.append(Fault(number, error))
    return sorted(found, key=lambda fault: fault.row)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise UsageError(
            "The scenario has {count} faults, nothing is changed:\n{lines}",
            count=len(faults),
            lines="\n".join(map(str, faults)),
        )


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say something, texts without blanks around them."""
    plain = {name: value.strip() if isinstance(value, str) else value for name, value in row.items()}
    return {name: value for name, value in plain.items() if value not in (None, "", {}, [])}


def _row_faults(row: Any) -> Iterator[UsageError]:
    if not isinstance(row, Mapping):
        yield UsageError("{value} is not an object with action and station_id.", value=f"{row!r:.80}")
        return
    given = _given(row)
    for name in sorted(given.keys() - set(FIELDS)):
        yield UsageError(
            "The field {value} is not known. Use one of: {known}.", value=repr(name), known=", ".join(FIELDS)
        )
    if given.get("action") not in ACTIONS:
        yield _unknown_word("action", given.get("action"), ACTIONS)
        return
    yield from _shape_faults(given)
    for name, check in _CHECKS.items():
        if name in given and (fault := check(given[name])):
            yield fault
    if fault := _position_fault(given):
        yield fault


def _shape_faults(given: Mapping[str, Any]) -> Iterator[UsageError]:
    """Find what an action needs and does not have, or has and does not take."""
    action, said = given["action"], given.keys() - _OF_REMOVED
    needed = {ADD: ("station_id", "kind", "lat", "lon")}.get(action, ("station_id",))
    for name in needed:
        if name not in given:
            yield UsageError("To {action} a station the field {value} is needed.", action=action, value=name)
    if action == REMOVE and said:
        yield UsageError(
            "A station that is removed cannot have {value}. Leave that empty.", value=", ".join(sorted(said))
        )
    if action == CHANGE and not given.keys() - {"action", "station_id", "datum"}:
        yield UsageError(
            "Nothing is said to change of the station {value}. Give a field.", value=repr(given.get("station_id"))
        )


def _unknown_word(name: str, value: Any, known: Iterable[str]) -> UsageError:
    return UsageError(
        "The {name} {value} is not known. Use one of: {known}.",
        name=name,
        value=f"{value!r:.80}",
        known=", ".join(known),
    )


def _id_fault(value: Any) -> UsageError | None:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        return None
    return UsageError(
        "The station_id {value} is not 1 to 64 letters, digits, dots, dashes or underscores.",
        value=f"{value!r:.80}",
    )


def _text_fault(value: Any) -> UsageError | None:
    if isinstance(value, str) and len(value) <= 200:
        return None
    return UsageError("{value} is not a text of at most 200 characters. Shorten it.", value=f"{value!r:.80}")


def _word_check(name: str, words: Mapping[str, object]) -> Callable[[Any], UsageError | None]:
    return lambda value: None if isinstance(value, str) and value in words else _unknown_word(name, value, words)


def _datum_fault(value: Any) -> UsageError | None:
    try:
        parse_datum(str(value))
    except UsageError as fault:
        return fault
    return None


def _hours_fault(value: Any) -> UsageError | None:
    if isinstance(value, str) and len(value) <= 500 and (value == UNKNOWN or read_hours(value)):
        return None
    return UsageError(
        "The hours {value} cannot be read with certainty. Write them like Mo-Fr 08:30-17:30 or 早9点到晚8点.",
        value=f"{value!r:.80}",
    )


def _amenities_fault(value: Any) -> UsageError | None:
    said = _amenities(value)
    if said is None:
        return UsageError(
            'The amenities {value} cannot be read. Write them like "seats; toilet=no".', value=f"{value!r:.80}"
        )
    for word, answer in said.items():
        if word not in AMENITIES:
            return _unknown_word("amenity", word, AMENITIES)
        if answer not in (YES, NO, UNKNOWN):
            return UsageError(
                "The amenity {name} is {value}, not yes, no or unknown.", name=word, value=f"{answer!r:.80}"
            )
    return None


def _amenities(value: Any) -> dict[str, Any] | None:
    """Read amenities from an object or a text; ``None`` where it is neither."""
    if isinstance(value, Mapping):
        return {str(word): answer for word, answer in value.items()}
    if not isinstance(value, str):
        return None
    parts = [part.partition("=") for part in re.split("[;,；，]", value) if part.strip()]
    return {word.strip(): answer.strip() if equals else YES for word, equals, answer in parts}


def _position_fault(given: Mapping[str, Any]) -> UsageError | None:
    if "lat" not in given and "lon" not in given:
        return None
    lat, lon = _number(given.get("lat")), _number(given.get("lon"))
    if lat is None or lon is None:
        return UsageError(
            "The position {lat}, {lon} is not two numbers. Give lat and lon in degrees.",
            lat=f"{given.get('lat')!r:.40}",
            lon=f"{given.get('lon')!r:.40}",
        )
    try:
        check_position(lat, lon)
    except UsageError as fault:
        return fault
    return None


def _number(value: Any) -> float | None:
    """Read a number as JSON or a cell of a table has it; true is none, nor is 3_9, which Python takes for 39."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or "_" in str(value):
        return None
    try:
        return None if "_" in str(value) else float(value)  # to float(), 3_9 is 39
    except (ValueError, OverflowError):
        return None


_CHECKS: Final[dict[str, Callable[[Any], UsageError | None]]] = {
    "station_id": _id_fault,
    "name": _text_fault,
    "kind": _word_check("kind", KINDS),
    "datum": _datum_fault,
    "tier": _word_check("tier", TIERS),
    "district": _text_fault,
    "sub_district": _text_fault,
    "hours": _hours_fault,
    "amenities": _amenities_fault,
}


def _change(given: Mapping[str, Any]) -> Change:
    """Make a change from fields that were checked."""
    kept = {f.name: given[f.name] for f in fields(Change) if f.name in given}
    if "lat" in given:
        datum = parse_datum(given["datum"]) if "datum" in given else Datum.WGS84
        kept["lat"], kept["lon"] = convert_point(float(given["lat"]), float(given["lon"]), datum, Datum.WGS84)
    if kept.get("hours", UNKNOWN) != UNKNOWN:
        kept["hours"] = read_hours(kept["hours"])
    if "amenities" in kept:
        kept["amenities"] = _amenities(kept["amenities"])
    return Change(**kept)


# Applying


class _Row(NamedTuple):
    """One station of a supply, in the order of its columns."""

    station_id: str
    name: str
    lon: float
    lat: float
    kind: str
    tier: str | None
    district: str | None
    sub_district: str | None
    amenities: int
    lacking: int
    hours: str | None
    accuracy_m: float


def apply(supply: Supply, changes: Sequence[Change], question: Question | None = None) -> Supply:
    """Return the stations as they would be.

    Parameters
    ----------
    supply
        The stations as they are; it stays unchanged.
    changes
        Any order; a moved station's accuracy is not known any more.
    question
        With it, stations that are added are as `fitting` takes them to be; without it, what is not said of them is
        not known.

    Returns
    -------
    Supply
        The stations that stay, in their order, then the added ones in theirs. Its version is the old one with
        ``+scenario.`` and twelve hex digits of the SHA-256 over the changes. The same supply without changes.

    Raises
    ------
    UsageError
        If a station to remove or change does not exist or one to add does; the message names all of them.
    """
    _refuse(find_misfits(supply, changes))
    if not changes:
        return supply
    change_of = {change.station_id: change for change in changes if change.action != ADD}
    rows = [
        _changed(row, change_of[row.station_id]) if row.station_id in change_of else row
        for row in _rows(supply)
        if row.station_id not in change_of or change_of[row.station_id].action == CHANGE
    ]
    added = [change for change in changes if change.action == ADD]
    rows += [_changed(_new(change), fitting(change, question) if question else change) for change in added]
    digest = hashlib.sha256(orjson.dumps([*map(_canonical, changes)], option=orjson.OPT_SORT_KEYS)).hexdigest()
    return _with_rows(supply, rows, f"{supply.version}+scenario.{digest[:12]}")


def fitting(change: Change, question: Question) -> Change:
    """Take a new station to be open always and to be and have what a question asks for, unless it says otherwise.

    So are the sites of a plan taken to be: what it promises is what they change. ``unknown`` said of the hours or
    an amenity stays unknown.
    """
    tier = change.tier or next((word for word in TIERS if word in question.tiers), None)
    amenities = {**dict.fromkeys(question.amenities, YES), **change.amenities}
    return replace(change, hours=change.hours or ALWAYS, tier=tier, amenities=amenities)


def _canonical(change: Change) -> dict[str, Any]:
    return {f.name: getattr(change, f.name) for f in fields(Change)}


def find_misfits(supply: Supply, changes: Sequence[Change]) -> list[Fault]:
    """List the changes that do not fit the stations there are: to one that is missing, or adding one twice."""
    known = set(supply.ids)
    return [
        Fault(row, _misfit(change))
        for row, change in enumerate(changes, 1)
        if (change.station_id in known) == (change.action == ADD)
    ]


def _misfit(change: Change) -> UsageError:
    if change.action == ADD:
        return UsageError(
            "A station with the id {value} exists already. Choose another.", value=repr(change.station_id)
        )
    return UsageError(
        "No station with the id {value} exists that could change. Look for it on the map.",
        value=repr(change.station_id),
    )


def _rows(supply: Supply) -> Iterator[_Row]:
    columns = (
        supply.ids,
        supply.names,
        supply.lonlat[:, 0].tolist(),
        supply.lonlat[:, 1].tolist(),
        supply.kinds,
        supply.tiers,
        supply.districts,
        supply.sub_districts,
        supply.amenities.tolist(),
        supply.lacking.tolist(),
        supply.hours,
        supply.accuracy_m.tolist(),
    )
    return starmap(_Row, zip(*columns, strict=True))


def _new(change: Change) -> _Row:
    """Return a station of which nothing is known but its id, which is its name until it has one."""
    nowhere, number = math.nan, change.station_id
    return _Row(number, number, nowhere, nowhere, "", None, None, None, 0, 0, None, math.nan)


def _changed(row: _Row, change: Change) -> _Row:
    said = {
        name: value
        for name in ("name", "kind", "tier", "district", "sub_district", "lat", "lon", "hours")
        if (value := getattr(change, name)) is not None
    }
    if "lat" in said:
        said["accuracy_m"] = math.nan
    if said.get("hours") == UNKNOWN:
        said["hours"] = None
    asked, yes, no = (
        sum(_BIT[word] for word, answer in change.amenities.items() if answer in answers)
        for answers in ((YES, NO, UNKNOWN), (YES,), (NO,))
    )
    return row._replace(amenities=row.amenities & ~asked | yes, lacking=row.lacking & ~asked | no, **said)


def _with_rows(supply: Supply, rows: Sequence[_Row], version: str) -> Supply:
    columns = list(zip(*rows, strict=True)) or [()] * len(_Row._fields)
    column = dict(zip(_Row._fields, columns, strict=True))
    return replace(
        supply,
        ids=column["station_id"],
        names=column["name"],
        lonlat=np.column_stack([column["lon"], column["lat"]]).astype(np.float64),
        kinds=column["kind"],
        tiers=column["tier"],
        districts=column["district"],
        sub_districts=column["sub_district"],
        amenities=np.array(column["amenities"], dtype=np.intp),
        lacking=np.array(column["lacking"], dtype=np.intp),
        hours=column["hours"],
        accuracy_m=np.array(column["accuracy_m"], dtype=np.float64),
        version=version,
    )


# Comparing


@dataclass(frozen=True, slots=True)
class Pair:
    """The figures of one area, or of all together, before and after."""

    before: Figures
    after: Figures
    gained: float
    """The weight that is covered only after."""
    lost: float
    """The weight that is covered only before."""

    @property
    def has_changed(self) -> bool:
        """Whether any figure is another."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What a scenario does."""

    before: Coverage
    after: Coverage
    total: Pair
    areas: tuple[Pair, ...]
    """One per area, in the order of the areas."""
    gained: IntArray
    """The numbers of the demand points that are covered only after."""
    lost: IntArray
    """The numbers of the demand points that are covered only before."""
    moved_m: FloatArray
    """(n,) how much farther each demand point is after, negative where nearer; NaN where it has no station before
    or after."""

    def changed(self) -> tuple[Pair, ...]:
        """List the areas of which any figure is another."""
        return tuple(pair for pair in self.areas if pair.has_changed)


def compare(before: Coverage, after: Coverage, demand: Demand) -> Comparison:
    """Set the figures before and after side by side, and tell who is covered now and was not, and the reverse.

    Parameters
    ----------
    before, after
        Answers to the same question on the same demand and areas.
    demand
        What both were measured on.

    Raises
    ------
    UsageError
        If the two are not about the same question, demand or areas.
    """
    _check_alike(before, after, demand)
    radius_m = before.question.radius_m
    was, now = before.distance_m <= radius_m, after.distance_m <= radius_m
    gained, lost = np.flatnonzero(now & ~was), np.flatnonzero(was & ~now)
    gained_in, lost_in = (_by_area(numbers, before, demand) for numbers in (gained, lost))
    both = np.isfinite(before.distance_m) & np.isfinite(after.distance_m)
    moved_m = np.full(len(demand), np.nan)
    moved_m[both] = after.distance_m[both] - before.distance_m[both]
    return Comparison(
        before,
        after,
        total=Pair(
            before.total, after.total, float(demand.weight[gained].sum()), float(demand.weight[lost].sum())
        ),
        areas=tuple(starmap(Pair, zip(before.areas, after.areas, gained_in, lost_in, strict=True))),
        gained=gained,
        lost=lost,
        moved_m=moved_m,
    )


def _by_area(numbers: IntArray, coverage: Coverage, demand: Demand) -> list[float]:
    """Add up the weights of demand points per area."""
    area_of, weight = coverage.area_of[numbers], demand.weight[numbers]
    inside = area_of >= 0
    sums: list[float] = np.bincount(area_of[inside], weight[inside], minlength=len(coverage.areas)).tolist()
    return sums


def _check_alike(before: Coverage, after: Coverage, demand: Demand) -> None:
    same = (
        before.question == after.question
        and before.provenance.demand_digest == after.provenance.demand_digest == demand.digest
        and [area.area_id for area in before.areas] == [area.area_id for area in after.areas]
    )
    if not same:
        raise UsageError(
            "Only answers to the same question on the same demand and areas can be compared. Measure both again."
        )
