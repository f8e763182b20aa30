"""Requests: where workers need a station, what it should have, and whether one has opened since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np

from locator.config import SERVICE_RADIUS_M
from locator.errors import UsageError
from locator.feedback.ages import NUMBER
from locator.feedback.audit import write_entry
from locator.feedback.database import Database, Execute
from locator.feedback.notes import plain_note
from locator.feedback.reports import State, check_resolution
from locator.feedback.senders import Sender, keep_sources, tally, trace
from locator.feedback.squares import cell_middle
from locator.feedback.times import DAY, Clock, day_of, minute_text
from locator.geo.index import PointIndex
from locator.language.messages import Message, message
from locator.stations.schema import AMENITIES

PARTS_OF_DAY: Final[dict[str, Message]] = {
    "any": message("At any time"),
    "day": message("By day"),
    "evening": message("In the evening"),
    "night": message("At night"),
}

LEAST_COUNT: Final = 3
"""Cells with requests from fewer networks are never shown, so that nobody can be identified by where they
asked."""
WITHIN_DAYS: Final = 30
"""How many days back two requests in a cell can be attributed to the same network."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one device asked for in one cell on one day."""

    id: int
    """Grows with every request, whatever the clock shows."""
    lat: float
    """The middle of a 100 m cell, degrees, WGS 84; the exact position is not stored anywhere."""
    lon: float
    amenities: tuple[str, ...]
    """Words of `AMENITIES`, in their order; empty: any station will do."""
    when: str
    """A word of `PARTS_OF_DAY`."""
    note: str | None
    """Plain text of at most 300 characters; shown only after a steward has accepted the request."""
    at: datetime
    """To the minute, UTC."""
    state: State
    answered_on: date | None
    """The day on which a station that answers it was published; ``None`` if there is none yet."""
    answered_by: str | None
    """The ``station_id`` of that station."""


class PublishedStation(NamedTuple):
    """A station as a version added or changed it."""

    station_id: str
    lat: float
    """Degrees, WGS 84."""
    lon: float
    amenities: frozenset[str]
    """Amenities that it is known to have."""
    published_at: datetime
    """When that version was published."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A 100 m cell with requests from at least `LEAST_COUNT` networks within 30 days."""

    lat: float
    """Its middle, degrees, WGS 84."""
    lon: float
    count: int
    """Counted requests, including answered ones; fewer than people, as some of them share a network."""
    amenities: Counter[str]
    """Amenity to how many of these requests ask for it."""
    answered: int
    """How many of these requests a station has answered."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many counted requests were ever made, and how many of them a station has answered."""

    asked: int
    answered: int


class Requests:
    """The requests for stations where there are none.

    Every request is stored and waits for a steward. From one network, one request per cell counts in 30 days, and
    as many reports and requests in a day as `tally` allows; rejected ones do not count. So somebody who asks on
    several days counts once, and people who share a network count as one.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self, lat: float, lon: float, amenities: Iterable[str], when: str, note: str | None, sender: Sender
    ) -> Request:
        """Store that a station is needed at a position; it is on disk when this returns.

        Only the 100 m cell of the position is stored. A second request of the same device for the same cell on the
        same day replaces the first, unless that is answered already or a steward has decided about it.

        Parameters
        ----------
        lat, lon
            Degrees, WGS 84.
        amenities
            Words of `AMENITIES`; none: any station will do.
        when
            A word of `PARTS_OF_DAY`.
        note
            Anything the person typed, or ``None``.
        sender
            From `Feedback.sender`.

        Raises
        ------
        UsageError
            If that is no position, a word is unknown, or the note is too long.
        BusyError, GeodataError
            If it cannot be stored.
        """
        lat, lon = cell_middle(lat, lon)
        needed, text, at = _amenity_text(amenities), plain_note(note), self._clock()
        if when not in PARTS_OF_DAY:
            raise UsageError(
                "There is no time of day {value}. Choose one of {known}.",
                value=repr(when),
                known=", ".join(PARTS_OF_DAY),
            )
        day = day_of(at)
        cell = f"{lat:.6f},{lon:.6f}"
        mark = trace(sender.device, cell, day)
        with self._database.writing() as execute:
            is_new = execute(_OPEN, [mark]).fetchone() is None
            number = execute(NUMBER).fetchone()[0]
            execute(_ADD, [lat, lon, needed, when, text, mark, minute_text(at), day.isoformat(), number])
            row = execute(_OPEN, [mark]).fetchone()
            if is_new and tally(execute, day.isoformat(), sender.network):
                _count(execute, row, sender.sources(cell), day)
        return _request(row)

    def queue(self, limit: int) -> list[Request]:
        """Return the requests that no steward has decided about, the oldest first."""
        return [_request(row) for row in self._database.rows(_QUEUE, [limit])]

    def resolve(self, request_id: int, state: State, who: str) -> Request:
        """Accept or reject a request, and write that to the audit log; a rejected one does not count.

        Raises
        ------
        UsageError
            If there is no such request (any more), or ``state`` is not in `RESOLUTIONS`.
        """
        check_resolution(state)
        with self._database.writing() as execute:
            execute("UPDATE requests SET state = ? WHERE id = ?", [state, request_id])
            row = execute(_ONE, [request_id]).fetchone()
            if row is None:
                raise UsageError(
                    "There is no request {value}. It may be too old; reload the list.", value=request_id
                )
            write_entry(execute, self._clock(), who, f"request {state}", str(request_id))
        return _request(row)

    def cells(self) -> list[Cell]:
        """Return the cells that may be shown, from south to north and then from west to east.

        Requests from three networks must have come within some 30 days, and three counted requests must still be
        stored. This is k-anonymity over networks, not over people: somebody who asks from home, on the road and at
        work makes a cell visible alone.
        """
        rows = self._database.rows(_IN_CELLS, [LEAST_COUNT])
        return [_cell(middle, list(group)) for middle, group in groupby(rows, key=lambda row: (row[0], row[1]))]

    def answer(self, stations: Iterable[PublishedStation]) -> int:
        """Mark the requests that stations answer.

        A station answers a request if it was published later, lies within the service radius of the middle of the
        request's cell (geodesic; exactly at the radius is within) and is known to have all amenities asked for. Of
        several stations the nearest is stored. An answered request stays answered. Parts of the day are not
        compared.

        Parameters
        ----------
        stations
            Stations that the latest versions added, changed, moved or reopened. It does no harm to repeat them.

        Returns
        -------
        int
            How many requests are answered now and were not before.
        """
        published = list(stations)
        waiting = self._database.rows(_UNANSWERED) if published else []
        answers = [
            (day_of(by.published_at).isoformat(), by.station_id, number)
            for number, by in _match(published, waiting)
        ]
        if not answers:
            return 0
        with self._database.writing() as execute:
            return sum(execute(_ANSWER, answer).rowcount for answer in answers)

    def has_waiting(self) -> bool:
        """Return whether any request is neither answered nor rejected."""
        return bool(self._database.rows(_ANY_UNANSWERED))

    def answered_version(self) -> int:
        """Return the highest number that `set_answered_version` was given, 0 before the first."""
        number = self._database.value("SELECT value FROM counters WHERE name = 'lit_up_to'")
        return int(number)

    def set_answered_version(self, number: int) -> None:
        """Store that `answer` has seen all versions up to a number; a lower one changes nothing."""
        with self._database.writing() as execute:
            execute("UPDATE counters SET value = ? WHERE name = 'lit_up_to' AND value < ?", [number, number])

    def totals(self) -> Totals:
        """Return the numbers of all counted and of the answered requests, deleted ones included."""
        ((asked, answered),) = self._database.rows(_TOTALS)
        return Totals(asked, answered)

    def forget(self, execute: Execute, before: date, number: int) -> None:
        """Delete requests that are old by their date and by the counted days too; `totals` still counts them.

        The parameters are those of `Reports.forget`.
        """
        old = [number, before.isoformat(), day_of(self._clock()).isoformat()]
        asked, answered = execute(_COUNT_OLD, old).fetchone()
        execute("UPDATE counters SET value = value + ? WHERE name = 'asked'", [asked])
        execute("UPDATE counters SET value = value + ? WHERE name = 'answered'", [answered])
        execute(_FORGET_SOURCES, old)
        execute(_FORGET, old)
        execute(_HIDE_EMPTY_CELLS, [LEAST_COUNT])


def _count(execute: Execute, row: tuple[Any, ...], sources: Sequence[tuple[int, int]], day: date) -> None:
    """Count a new request unless one of its network counts in its cell; from the third network on, show it."""
    number, *cell = row[:3]
    days = [(day - (WITHIN_DAYS - 1) * DAY).isoformat(), day.isoformat()]
    keep_sources(execute, "request", number, sources)
    if not sources:
        return
    span, mark = sources[0]
    networks = {other for (other,) in execute(_NETWORKS, [*cell, *days, span])}
    if mark in networks:
        return
    execute("UPDATE requests SET counted = 1 WHERE id = ?", [number])
    if len(networks) + 1 >= LEAST_COUNT:
        execute("INSERT INTO shown_cells (lat, lon) VALUES (?, ?) ON CONFLICT (lat, lon) DO NOTHING", cell)


def _amenity_text(amenities: Iterable[str]) -> str:
    """Return the words in the order of `AMENITIES`, separated by commas."""
    words = set(amenities)
    if unknown := words - AMENITIES.keys():
        raise UsageError(
            "There is no amenity {value}. Choose from {known}.",
            value=repr(min(unknown)),
            known=", ".join(AMENITIES),
        )
    return ",".join(word for word in AMENITIES if word in words)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _request(row: tuple[Any, ...]) -> Request:
    number, lat, lon, amenities, when, note, at, state, answered_on, answered_by = row
    return Request(
        number,
        lat,
        lon,
        _words(amenities),
        when,
        note,
        datetime.fromisoformat(at),
        state,
        date.fromisoformat(answered_on) if answered_on else None,
        answered_by,
    )


def _cell(middle: tuple[float, float], rows: Sequence[tuple[Any, ...]]) -> Cell:
    wanted = Counter(word for *_, amenities, _ in rows for word in _words(amenities))
    return Cell(*middle, len(rows), wanted, sum(bool(answered_by) for *_, answered_by in rows))


def _match(
    stations: Sequence[PublishedStation], waiting: Iterable[tuple[Any, ...]]
) -> Iterable[tuple[int, PublishedStation]]:
    """Yield the numbers of the requests that are answered, each with the nearest station that answers it."""
    index = PointIndex(np.array([(station.lon, station.lat) for station in stations]))
    for number, lat, lon, amenities, at in waiting:
        needed, asked_at = set(_words(amenities)), datetime.fromisoformat(at)

        def answering(
            numbers: Sequence[int], needed: set[str] = needed, asked_at: datetime = asked_at
        ) -> Sequence[int]:
            return [
                each
                for each in numbers
                if needed <= stations[each].amenities and stations[each].published_at > asked_at
            ]

        hits = index.nearest(lat, lon, k=1, max_distance_m=SERVICE_RADIUS_M, keep=answering)
        if hits:
            yield number, stations[hits[0][1]]


_ADD: Final = """
    INSERT INTO requests (lat, lon, amenities, part_of_day, note, trace, at, day, since)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (trace) WHERE state = 'new' AND answered_by IS NULL DO UPDATE SET
        amenities = excluded.amenities, part_of_day = excluded.part_of_day,
        note = coalesce(excluded.note, requests.note), at = excluded.at"""
_OPEN: Final = """
    SELECT id, lat, lon, amenities, part_of_day, note, at, state, answered_on, answered_by FROM requests
    WHERE trace = ? AND state = 'new' AND answered_by IS NULL"""
_ONE: Final = """
    SELECT id, lat, lon, amenities, part_of_day, note, at, state, answered_on, answered_by FROM requests
    WHERE id = ?"""
_QUEUE: Final = """
    SELECT id, lat, lon, amenities, part_of_day, note, at, state, answered_on, answered_by FROM requests
    WHERE state = 'new' ORDER BY id LIMIT ?"""
_NETWORKS: Final = """
    SELECT DISTINCT mark FROM requests JOIN sources ON sort = 'request' AND sources.number = requests.id
    WHERE lat = ? AND lon = ? AND state <> 'rejected' AND counted = 1 AND day BETWEEN ? AND ? AND span = ?"""
_IN_CELLS: Final = """
    SELECT requests.lat, requests.lon, amenities, answered_by FROM requests
    JOIN (
        SELECT requests.lat, requests.lon FROM requests
        JOIN shown_cells ON shown_cells.lat = requests.lat AND shown_cells.lon = requests.lon
        WHERE state <> 'rejected' AND counted = 1
        GROUP BY requests.lat, requests.lon HAVING count(*) >= ?) AS crowded
    ON crowded.lat = requests.lat AND crowded.lon = requests.lon
    WHERE state <> 'rejected' AND counted = 1 ORDER BY requests.lat, requests.lon, id"""
_HIDE_EMPTY_CELLS: Final = """
    DELETE FROM shown_cells WHERE (
        SELECT count(*) FROM requests
        WHERE requests.lat = shown_cells.lat AND requests.lon = shown_cells.lon
            AND state <> 'rejected' AND counted = 1) < ?"""
_UNANSWERED: Final = """
    SELECT id, lat, lon, amenities, at FROM requests
    WHERE state <> 'rejected' AND answered_by IS NULL ORDER BY id"""
_ANY_UNANSWERED: Final = "SELECT id FROM requests WHERE state <> 'rejected' AND answered_by IS NULL LIMIT 1"
_ANSWER: Final = """
    UPDATE requests SET answered_on = ?, answered_by = ? WHERE id = ? AND answered_by IS NULL"""
_TOTALS: Final = """
    SELECT
        (SELECT value FROM counters WHERE name = 'asked') + count(*),
        (SELECT value FROM counters WHERE name = 'answered') + count(answered_by)
    FROM requests WHERE state <> 'rejected' AND counted = 1"""
_COUNT_OLD: Final = """
    SELECT count(*), count(answered_by) FROM requests
    WHERE since < ? AND (day < ? OR day > ?) AND state <> 'rejected' AND counted = 1"""
_FORGET_SOURCES: Final = """
    DELETE FROM sources WHERE sort = 'request' AND number IN (
        SELECT id FROM requests WHERE since < ? AND (day < ? OR day > ?))"""
_FORGET: Final = "DELETE FROM requests WHERE since < ? AND (day < ? OR day > ?)"
