"""Three-way merge: what the last list said, what the new list says, and what a steward changed by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from locator.importing.deciding.verdicts import Doubt
from locator.importing.understanding.positions import RowPositions
from locator.importing.understanding.values import Draft
from locator.language.messages import Message, joined, message
from locator.stations.difference_words import fact_name, fact_text
from locator.stations.differences import POSITION
from locator.stations.edits import AMENITY, GROUPS, LISTED, Edits, are_same, facts_of, station_facts
from locator.stations.reading import COLUMNS
from locator.stations.schema import EDITED, Station


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a list with the edits of stewards in place of what the list says of them."""

    draft: Draft
    positions: RowPositions
    edits: Edits
    """What is left of the edits, with what the list says now."""
    doubts: list[Doubt]
    """One for each row that contradicts an edit; the edit is kept."""
    settled: frozenset[str]
    """The stations that had edits and have none any more, because the list agrees."""


def keep_edits(
    draft: Draft,
    positions: RowPositions,
    ids: Sequence[str],
    published: Sequence[Station],
    edits: Edits,
    known_fields: frozenset[str],
) -> Rows:
    """Put the edits of stewards into the rows of a list.

    A fact that was edited and that the list has a column for

    - stays as edited while the list repeats itself;
    - is no edit any more when the list says the same;
    - stays as edited, with a doubt, when the list says something new. That is what the list says from then on, so
      the doubt does not come back once a steward has decided.

    Parameters
    ----------
    draft, positions, ids
        The rows; a row without a position has the one that was edited.
    published
        The stations of every source.
    edits
        Of the published version.
    known_fields
        The facts that the list has, from `locator.importing.deciding.merging.known_fields`.
    """
    stations = {station.station_id: station for station in published if edits.get(station.station_id)}
    if not stations:
        return Rows(draft, positions, edits, [], frozenset())
    merger = _Merger(draft, positions, dict(edits), known_fields)
    for row, station_id in enumerate(ids):
        if station := stations.get(station_id):
            merger.merge_row(row, station)
    return merger.rows()


def with_listed(edits: Edits, listed: Collection[str], replaced: Iterable[str]) -> Edits:
    """Return the edits without those that a list agrees with: the station is in it after all, or not any more.

    Parameters
    ----------
    edits
        The edits so far.
    listed
        The ids in the list.
    replaced
        The ids of all stations of its source and kind, published or retired.
    """
    missing = set(replaced) - set(listed)
    agreed = {
        station_id
        for station_id, own in edits.items()
        if LISTED in own and station_id in (missing if own[LISTED] else listed)
    }
    left = dict(edits)
    for station_id in agreed:
        own = {fact: value for fact, value in edits[station_id].items() if fact != LISTED}
        if own:
            left[station_id] = own
        else:
            del left[station_id]
    return left


class _Merger:
    """Merges row by row, in copies of the columns."""

    def __init__(
        self, draft: Draft, positions: RowPositions, edits: dict[str, Mapping[str, Any]], known: frozenset[str]
    ) -> None:
        self._draft = replace(draft, columns={name: list(values) for name, values in draft.columns.items()})
        self._positions = replace(
            positions,
            lonlat=positions.lonlat.copy(),
            faults=dict(positions.faults),
            repairs=dict(positions.repairs),
        )
        self._edits, self._known = edits, known
        self._doubts: list[Doubt] = []
        self._settled: set[str] = set()

    def rows(self) -> Rows:
        """Return what came of it."""
        return Rows(self._draft, self._positions, self._edits, self._doubts, frozenset(self._settled))

    def merge_row(self, row: int, station: Station) -> None:
        """Merge one row with its station."""
        columns = self._draft.columns
        lon, lat = self._positions.lonlat[row].tolist()
        listed = facts_of({name: columns[name][row] for name in COLUMNS}, lat, lon)
        edited, own = station_facts(station), dict(self._edits[station.station_id])
        differing = []
        for fact in [fact for fact in own if fact != LISTED and self._has(fact)]:
            says, steward = listed.get(fact), edited.get(fact)
            if fact == POSITION and says is None:
                self._keep(row, fact, station)
            elif are_same(fact, says, steward):
                del own[fact]
            else:
                is_new = not are_same(fact, says, own[fact])
                if is_new or EDITED in station.doubts:
                    differing.append((fact, says, steward))
                if is_new:
                    own[fact] = says
                self._keep(row, fact, station)
        if differing:
            self._doubts.append(Doubt(row + 1, station.station_id, EDITED, _reason(differing)))
        if not set(own) - {LISTED}:
            self._settled.add(station.station_id)
        self._edits[station.station_id] = own
        if not own:
            del self._edits[station.station_id]

    def _has(self, fact: str) -> bool:
        """Tell whether the list says anything of a fact."""
        if fact.startswith(AMENITY):
            return fact in self._known or "amenities" in self._known
        return fact in _ALWAYS or bool(self._known & {fact, *GROUPS.get(fact, ())})

    def _keep(self, row: int, fact: str, station: Station) -> None:
        """Put what the steward said of a fact into a row."""
        if fact == POSITION:
            self._positions.lonlat[row] = station.lon, station.lat
            self._positions.faults.pop(row + 1, None)
            self._positions.repairs.pop(row + 1, None)
        elif fact.startswith(AMENITY):
            word = fact.removeprefix(AMENITY)
            others = {
                key: has for key, has in (self._draft.columns["amenities"][row] or {}).items() if key != word
            }
            own = {word: station.amenities[word]} if word in station.amenities else {}
            self._draft.columns["amenities"][row] = others | own or None
        for column in _COLUMNS.get(fact, (fact,)):
            if column in self._draft.columns:
                value = getattr(station, column)
                self._draft.columns[column][row] = value.isoformat() if isinstance(value, date) else value


_ALWAYS: Final = frozenset({"name", "kind", POSITION})
"""Facts that every list says."""
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    **GROUPS,
    "name": ("name", "pinyin"),
    POSITION: ("position_accuracy_m",),
}
"""Facts to the columns that follow them, where these are not the fact itself."""


def _reason(differing: Sequence[tuple[str, Any, Any]]) -> Message:
    pairs = (
        message(
            "{fact}: {listed} in the list, {edited} as edited by hand",
            fact=fact_name(fact),
            listed=fact_text(fact, listed) or message("nothing"),
            edited=fact_text(fact, edited) or message("nothing"),
        )
        for fact, listed, edited in differing
    )
    return message(
        "{differences}. What was edited by hand stays. Look at the station to decide.",
        differences=joined(pairs, message("; ")),
    )
