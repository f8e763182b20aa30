"""Changes of stations in a scenario, read from plain objects and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from locator.errors import UsageError
from locator.geo.datum import Datum, convert_point, parse_datum
from locator.geo.geodesy import check_position
from locator.language.messages import joined
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
"""The fields that a row may have."""
_OF_REMOVED: Final = frozenset({"action", "station_id", "name"})


@dataclass(frozen=True, slots=True)
class StationChange:
    """One station added, removed or changed; ``None`` is unchanged, or unknown for a new station."""

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
class ChangeFault:
    """A fault of one change."""

    row: int
    """Counted from 1, the first change."""
    error: UsageError


def parse_changes(rows: Sequence[Any]) -> tuple[StationChange, ...]:
    """Turn plain dicts, from a file or a page, into changes; any fault refuses all.

    Every change has ``action`` and ``station_id``. ``add`` needs ``kind``, ``lat`` and ``lon``; ``change`` needs
    a field to change; ``remove`` may have a ``name``. A station may be changed once. ``datum`` is that of the
    position (default WGS 84); ``hours`` are OSM syntax, words such as 早9点到晚8点, or ``unknown``;
    ``amenities`` are an object of word to ``yes``, ``no`` or ``unknown``, or a text such as ``seats; toilet=no``,
    where a bare word means ``yes``. An empty text is the same as no field.

    Raises
    ------
    UsageError
        If anything is wrong; the message names every fault with its row, counted from 1.
    """
    refuse_changes(find_faults(rows))
    return tuple(_change(_given(row)) for row in rows)


def find_faults(rows: Sequence[Any]) -> list[ChangeFault]:
    """List the faults of plain dicts as changes, in order of the rows."""
    faults = [ChangeFault(number, error) for number, row in enumerate(rows, 1) for error in _row_faults(row)]
    first: dict[Any, int] = {}
    for number, row in enumerate(rows, 1):
        station_id = row.get("station_id") if isinstance(row, Mapping) else None
        if isinstance(station_id, str) and first.setdefault(station_id.strip(), number) != number:
            error = UsageError(
                "The station {value} is changed in row {first} already. Put all of it into one change.",
                value=repr(station_id),
                first=first[station_id.strip()],
            )
            faults.append(ChangeFault(number, error))
    return sorted(faults, key=lambda fault: fault.row)


def refuse_changes(faults: Sequence[ChangeFault]) -> None:
    """Raise `UsageError` with all faults, if there are any."""
    if faults:
        raise UsageError(
            "The scenario has {count} faults, nothing is changed:\n{lines}",
            count=len(faults),
            lines=joined([joined((f"{fault.row}:", fault.error.message)) for fault in faults], "\n"),
        )


def _given(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not empty, texts stripped."""
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
    """Yield the fields that an action lacks or does not take."""
    action, extra = given["action"], given.keys() - _OF_REMOVED
    needed = {ADD: ("station_id", "kind", "lat", "lon")}.get(action, ("station_id",))
    for name in needed:
        if name not in given:
            yield UsageError("To {action} a station the field {value} is needed.", action=action, value=name)
    if action == REMOVE and extra:
        yield UsageError(
            "A station that is removed cannot have {value}. Leave that empty.", value=", ".join(sorted(extra))
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


def amenities_fault(value: Any) -> UsageError | None:
    """Return the fault of amenities; ``None`` if they can be read."""
    amenities = _amenities(value)
    if amenities is None:
        return UsageError(
            'The amenities {value} cannot be read. Write them like "seats; toilet=no".', value=f"{value!r:.80}"
        )
    for word, answer in amenities.items():
        if word not in AMENITIES:
            return _unknown_word("amenity", word, AMENITIES)
        if answer not in (YES, NO, UNKNOWN):
            return UsageError(
                "The amenity {name} is {value}, not yes, no or unknown.", name=word, value=f"{answer!r:.80}"
            )
    return None


def _amenities(value: Any) -> dict[str, Any] | None:
    """Read amenities from an object or a text; ``None`` if the value is neither."""
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
    """Read a number of JSON or a cell; true is none, nor is 3_9, which Python reads as 39."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or "_" in str(value):
        return None
    try:
        return float(value)
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
    "amenities": amenities_fault,
}


def _change(given: Mapping[str, Any]) -> StationChange:
    """Make a change from fields that were checked."""
    kept = {f.name: given[f.name] for f in fields(StationChange) if f.name in given}
    if "lat" in given:
        datum = parse_datum(given["datum"]) if "datum" in given else Datum.WGS84
        kept["lat"], kept["lon"] = convert_point(float(given["lat"]), float(given["lon"]), datum, Datum.WGS84)
    if kept.get("hours", UNKNOWN) != UNKNOWN:
        kept["hours"] = read_hours(kept["hours"])
    if "amenities" in kept:
        kept["amenities"] = _amenities(kept["amenities"])
    return StationChange(**kept)
