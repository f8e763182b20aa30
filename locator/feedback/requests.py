"""Where people need a station, what it should have, and whether one has opened since."""

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
from locator.feedback.audit import enter
from locator.feedback.database import Database, Execute
from locator.feedback.notes import plain_note
from locator.feedback.reports import State, check_resolution
from locator.feedback.senders import Sender, keep_sources, tally, trace
from locator.feedback.squares import cell_middle
from locator.feedback.times import DAY, Clock, day_of, minute_text
from locator.geo.index import PointIndex
from locator.language.messages import Message, message
from locator.stations.schema import AMENITIES

WHEN: Final[dict[str, Message]] = {
    "any": message("At any time"),
    "day": message("By day"),
    "evening": message("In the evening"),
    "night": message("At night"),
}

LEAST_COUNT: Final = 3
"""A cell for which fewer networks asked is never shown: nobody is to be singled out by where they asked."""
WITHIN_DAYS: Final = 30
"""So many days back it is told whether two requests in a cell came from the same network."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one device asked for in one cell on one day."""

    id: int
    """Later requests have higher numbers, whatever the clock said."""
    lat: float
    """The middle of a 100 m cell, degrees, WGS 84: where the person stood is nowhere kept."""
    lon: float
    amenities: tuple[str, ...]
    """Words of `AMENITIES`, in their order; empty: any station will do."""
    when: str
    """A word of `WHEN`."""
    note: str | None
    """Plain text of at most 300 characters; not to be shown before a steward accepts it."""
    at: datetime
    """To the minute, UTC."""
    state: State
    answered_on: date | None
    """The day on which the station that answers it was published; ``None`` as long as there is none."""
    answered_by: str | None
    """The ``station_id`` of that station."""


class Opened(NamedTuple):
    """A station as a version brought it."""

    station_id: str
    lat: float
    """Degrees, WGS 84."""
    lon: float
    amenities: frozenset[str]
    """Those that it is known to have."""
    published_at: datetime
    """When the version was published that added, changed, moved or reopened it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of 100 m for which at least `LEAST_COUNT` networks asked within 30 days."""

    lat: float
    """Its middle, degrees, WGS 84."""
    lon: float
    count: int
    """Requests that count, answered ones too: fewer than people where some share a network."""
    amenities: Counter[str]
    """How many of them ask for what."""
    answered: int
    """How many of them a station has answered."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many requests that count were ever made, and how many of them a station has answered."""

    asked: int
    answered: int


class Requests:
    """The requests for stations where there are none.

    Every request is kept and waits for a steward. Of those from one network, one in a cell counts in 30 days, and
    of all that a network asks for and reports in a day so much as `tally` allows; what a steward rejects counts
    for nothing. So one person on several days counts once, and people who share a network count as one.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self, lat: float, lon: float, amenities: Iterable[str], when: str, note: str | None, sender: Sender
    ) -> Request:
        """Keep that a station is needed at a place; it is on the disk when this returns.

        Of the place only its 100 m cell is kept. What the same device asks for again in the same cell that day
        takes the place of the first, as long as that is neither answered nor dealt with by a steward.

        Parameters
        ----------
        lat, lon
            Degrees, WGS 84.
        amenities
            Words of `AMENITIES`; none: any station will do.
        when
            A word of `WHEN`.
        note
            Anything the person typed, or ``None``.
        sender
            What `Feedback.sender` gives.

        Raises
        ------
        UsageError
            If that is no position, a word is unknown, or the note is too long.
        BusyError, GeodataError
            If it cannot be kept.
        """
        lat, lon = cell_middle(lat, lon)
        needed, text, at = _amenity_text(amenities), plain_note(note), self._clock()
        if when not in WHEN:
            raise UsageError(
                "There is no time of day {value}. Choose one of {known}.", value=repr(when), known=", ".join(WHEN)
            )
        day = day_of(at)
        cell = f"{lat:.6f},{lon:.6f}"
        left = trace(sender.device, cell, day)
        with self._database.writing() as execute:
            is_new = execute(_OPEN, [left]).fetchone() is None
            number = execute(NUMBER).fetchone()[0]
            execute(_ADD, [lat, lon, needed, when, text, left, minute_text(at), day.isoformat(), number])
            row = execute(_OPEN, [left]).fetchone()
            if is_new and tally(execute, day.isoformat(), sender.network):
                _count(execute, row, sender.sources(cell), day)
        return _request(row)

    def queue(self, limit: int) -> list[Request]:
        """List the requests that no steward has accepted or rejected, the first that came first."""
        return [_request(row) for row in self._database.rows(_QUEUE, [limit])]

    def resolve(self, request_id: int, state: State, who: str) -> Request:
        """Accept or reject a request, and enter that in the log; a rejected one counts for nothing.

        Raises
        ------
        UsageError
            If there is no such request (any more), or the state is neither.
        """
        check_resolution(state)
        with self._database.writing() as execute:
            execute("UPDATE requests SET state = ? WHERE id = ?", [state, request_id])
            row = execute(_ONE, [request_id]).fetchone()
            if row is None:
                raise UsageError(
                    "There is no request {value}. It may be too old; reload the list.", value=request_id
                )
            enter(execute, self._clock(), who, f"request {state}", str(request_id))
        return _request(row)

    def cells(self) -> list[Cell]:
        """List the cells that may be shown, from south to north and then eastward.

        Three networks must have asked within 30 days, at one time or another, and three requests that count must
        be there. That is k-anonymity over networks and not over people: whoever asks from home, on the road and at
        work makes a cell alone.
        """
        rows = self._database.rows(_IN_CELLS, [LEAST_COUNT])
        return [_cell(middle, list(group)) for middle, group in groupby(rows, key=lambda row: (row[0], row[1]))]

    def light(self, stations: Iterable[Opened]) -> int:
        """Mark requests answered that a station has answered since they were made.

        It does if it was published after the request, lies within the service radius of the middle of the
        request's cell (geodesic; exactly at the radius is within) and is known to have all that was asked for. Of
        several the nearest is named. Once answered a request stays so. Times of day are not compared.

        Parameters
        ----------
        stations
            Those that the latest versions added, changed, moved or reopened; the same may be given again.

        Returns
        -------
        int
            How many requests were not answered before and now are.
        """
        opened = list(stations)
        waiting = self._database.rows(_UNANSWERED) if opened else []
        answers = [
            (day_of(by.published_at).isoformat(), by.station_id, number) for number, by in _match(opened, waiting)
        ]
        if not answers:
            return 0
        with self._database.writing() as execute:
            return sum(execute(_ANSWER, answer).rowcount for answer in answers)

    def has_waiting(self) -> bool:
        """Tell whether any request is not answered yet; rejected ones do not wait."""
        return bool(self._database.rows(_ANY_UNANSWERED))

    def lit_up_to(self) -> int:
        """Return the highest number that `set_lit_up_to` was given, 0 before the first."""
        number = self._database.value("SELECT value FROM counters WHERE name = 'lit_up_to'")
        return int(number)

    def set_lit_up_to(self, number: int) -> None:
        """Keep that `light` was given the stations of all versions up to a number; a lower one changes nothing."""
        with self._database.writing() as execute:
            execute("UPDATE counters SET value = ? WHERE name = 'lit_up_to' AND value < ?", [number, number])

    def totals(self) -> Totals:
        """Count all requests and the answered ones, those that were deleted for their age too."""
        ((asked, answered),) = self._database.rows(_TOTALS)
        return Totals(asked, answered)

    def forget(self, execute: Execute, before: date, number: int) -> None:
        """Delete the requests of the days before one, if they are of the counted days before a number too.

        That they were made and answered stays counted. The parameters are those of `Reports.forget`.
        """
        old = [number, before.isoformat(), day_of(self._clock()).isoformat()]
        asked, answered = execute(_COUNT_OLD, old).fetchone()
        execute("UPDATE counters SET value = value + ? WHERE name = 'asked'", [asked])
        execute("UPDATE counters SET value = value + ? WHERE name = 'answered'", [answered])
        execute(_FORGET_SOURCES, old)
        execute(_FORGET, old)
        execute(_HIDE_EMPTY_CELLS, [LEAST_COUNT])


def _count(execute: Execute, row: tuple[Any, ...], sources: Sequence[tuple[int, int]], day: date) -> None:
    """Let a new request count if none of its network does in its cell, and show the cell if it is the third."""
    number, *cell = row[:3]
    days = [(day - (WITHIN_DAYS - 1) * DAY).isoformat(), day.isoformat()]
    keep_sources(execute, "request", number, sources)
    if not sources:
        return
    span, mark = sources[0]
    networks = {found for (found,) in execute(_NETWORKS, [*cell, *days, span])}
    if mark in networks:
        return
    execute("UPDATE requests SET counted = 1 WHERE id = ?", [number])
    if len(networks) + 1 >= LEAST_COUNT:
        execute("INSERT INTO shown_cells (lat, lon) VALUES (?, ?) ON CONFLICT (lat, lon) DO NOTHING", cell)


def _amenity_text(amenities: Iterable[str]) -> str:
    """Return the words in their order, with commas between them."""
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


def _match(opened: Sequence[Opened], waiting: Iterable[tuple[Any, ...]]) -> Iterable[tuple[int, Opened]]:
    """Give the numbers of the requests that a station answers, each with the nearest that does."""
    index = PointIndex(np.array([(station.lon, station.lat) for station in opened]))
    for number, lat, lon, amenities, at in waiting:
        needed, asked_at = set(_words(amenities)), datetime.fromisoformat(at)

        def answering(
            places: Sequence[int], needed: set[str] = needed, asked_at: datetime = asked_at
        ) -> Sequence[int]:
            return [
                place
                for place in places
                if needed <= opened[place].amenities and opened[place].published_at > asked_at
            ]

        hits = index.nearest(lat, lon, k=1, max_distance_m=SERVICE_RADIUS_M, keep=answering)
        if hits:
            yield number, opened[hits[0][1]]


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
