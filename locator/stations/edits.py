"""What stewards changed by hand, with what the last list says in its place: the next list must not undo it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson

from locator.errors import GeodataError
from locator.geo.geodesy import GEOD
from locator.stations.differences import MOVED_M, POSITION
from locator.stations.reading import COLUMNS
from locator.stations.schema import OPEN, UNKNOWN, Station

Edits = Mapping[str, Mapping[str, Any]]
"""``station_id`` to the facts that a steward changed, each with the value that its list has (a JSON value).

The facts are those of `facts_of`, and `LISTED`."""
LISTED: Final = "listed"
"""Whether the list has the station, of one that a steward retired (true), or added or reopened (false)."""
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "hours": ("hours_text", "hours"),
    "status": ("status", "status_until", "status_note"),
}
"""Facts that make sense only together, to their columns."""
AMENITY: Final = "amenity:"
_DERIVED: Final = ("station_id", "pinyin", "amenities", "checked_on", "source", "doubts")
"""Columns that follow from others, or that no list says."""
_SINGLE: Final = tuple(
    name for name in COLUMNS if name not in (*_DERIVED, *(column for group in GROUPS.values() for column in group))
)
_UNSAID: Final = {f.name: f.default for f in fields(Station) if f.default in (UNKNOWN, OPEN, False)}
"""Columns to the value that stands for an empty cell."""


def facts_of(values: Mapping[str, Any], lat: float | None, lon: float | None) -> dict[str, Any]:
    """Return the facts that a steward may change, as JSON values.

    Parameters
    ----------
    values
        Column to value, as a station or a row of a list has it.
    lat, lon
        Degrees, WGS 84; ``None`` or NaN where a row has no position.

    Returns
    -------
    dict
        A column to its value; a group of `GROUPS` to a list of its columns' values; ``amenity:WORD`` to ``yes`` or
        ``no``; ``position`` to [lat, lon]. An empty cell and the default value of its column are both ``None``.
    """
    facts = {name: _plain(name, values.get(name)) for name in _SINGLE}
    for group, names in GROUPS.items():
        facts[group] = [_plain(name, values.get(name)) for name in names]
    facts |= {f"{AMENITY}{word}": answer for word, answer in (values.get("amenities") or {}).items()}
    facts[POSITION] = None if lat is None or lon is None or lat != lat or lon != lon else [lat, lon]
    return facts


def station_facts(station: Station) -> dict[str, Any]:
    """Return `facts_of` of a station."""
    values = {name: getattr(station, name) for name in COLUMNS}
    return facts_of(values, station.lat, station.lon)


def _plain(column: str, value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None or value == "" or value == _UNSAID.get(column, ...) else value


def are_same(fact: str, one: Any, other: Any) -> bool:
    """Tell whether two values of a fact are the same: a list rounds positions, and hours are read ever better."""
    if fact == POSITION and one and other:
        metres = GEOD.inv(one[1], one[0], other[1], other[0])[2]
        return bool(metres <= MOVED_M)
    if fact in GROUPS:
        ones, others = one or [None] * len(GROUPS[fact]), other or [None] * len(GROUPS[fact])
        is_better_read = fact == "hours" and None in (ones[1], others[1]) and bool(ones[0])
        return bool(ones[0] == others[0] if is_better_read else ones == others)
    return bool(one == other)


def recorded(
    edits: Edits, station_id: str, before: Station | None, after: Station | None, retired: Station | None = None
) -> dict[str, Mapping[str, Any]]:
    """Return the edits with what a steward changed of one station.

    What the list has in place of an edit stays, however often the station is edited, until the list has another
    value; a fact that is changed back to it is no edit any more.

    Parameters
    ----------
    edits
        The edits so far.
    before, after
        The station, ``None`` where it is not published.
    retired
        The retired station of this id, if there is one.
    """
    own = dict(edits.get(station_id, {}))
    if (before is None) != (after is None):
        is_undone = own.pop(LISTED, None) is not None
        if not is_undone:
            own[LISTED] = after is None
        elif after is None:  # no list ever had it
            own = {}
    if after is not None:
        known = before or retired
        own = _with_facts(own, station_facts(known) if known else {}, station_facts(after))
    others = {key: value for key, value in edits.items() if key != station_id}
    return others | ({station_id: own} if own else {})


def _with_facts(own: dict[str, Any], then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    for fact in dict.fromkeys((*then, *now)):
        if are_same(fact, then.get(fact), now.get(fact)):
            continue
        listed = own.pop(fact) if fact in own else then.get(fact)
        if not are_same(fact, listed, now.get(fact)):
            own[fact] = listed
    return own


def kept(edits: Edits, station_ids: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Return the edits of these stations only."""
    known = set(station_ids)
    return {station_id: own for station_id, own in edits.items() if station_id in known}


def encode(edits: Edits) -> bytes:
    """Return edits as the bytes of a file."""
    return orjson.dumps(edits, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def decode(content: bytes, path: Path) -> Edits:
    """Return the edits of a file; raise `GeodataError` if it has none."""
    try:
        edits = orjson.loads(content)
    except orjson.JSONDecodeError:
        edits = None
    if not isinstance(edits, dict) or not all(isinstance(own, dict) for own in edits.values()):
        raise GeodataError(
            "{file} does not hold what stewards changed. Publish again, or roll back.", file=path.name
        )
    return edits
