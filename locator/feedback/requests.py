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
from locator.feedback.audit import enter
from locator.feedback.database import Database
from locator.feedback.devices import trace
from locator.feedback.notes import plain_note
from locator.feedback.places import cell_middle
from locator.feedback.reports import State, check_resolution
from locator.feedback.times import Clock, day_of, minute_text
from locator.geo.index import PointIndex
from locator.stations.schema import AMENITIES, Word

WHEN: Final[dict[str, Word]] = {
    "any": Word("任何时候", "At any time"),
    "day": Word("白天", "By day"),
    "evening": Word("晚上", "In the evening"),
    "night": Word("夜里", "At night"),
}

LEAST_COUNT: Final = 3
"""A cell with fewer requests is never shown: nobody can be singled out by where they asked."""


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
    """A square of 100 m in which at least `LEAST_COUNT` requests were made."""

    lat: float
    """Its middle, degrees, WGS 84."""
    lon: float
    count: int
    """Requests, answered ones too."""
    amenities: Counter[str]
    """How many of them ask for what."""
    answered: int
    """How many of them a station has answered."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many requests were ever made, and how many of them a station has answered; rejected ones left out."""

    asked: int
    answered: int


class Requests:
    """The requests for stations where there are none."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self, lat: float, lon: float, amenities: Iterable[str], when: str, note: str | None, device: str
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
        device
            What `Feedback.device_key` gives.

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
        left = trace(device, f"{lat:.6f},{lon:.6f}", day)
        with self._database.writing() as execute:
            execute(_ADD, [lat, lon, needed, when, text, left, minute_text(at), day.isoformat()])
            row = execute(_JUST_ADDED, [left]).fetchone()
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
            enter(execute, self._clock(), who, f"request {state}", f"{request_id} {row[1]:.4f},{row[2]:.4f}")
        return _request(row)

    def cells(self) -> list[Cell]:
        """List the cells with at least `LEAST_COUNT` requests, from south to north and then eastward.

        This k-anonymity is over devices and days: a device counts once a day in a cell, and on two days it cannot
        be known again, so one person who asks on three days makes a cell.
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
        ((number,),) = self._database.rows("SELECT value FROM counters WHERE name = 'lit_up_to'")
        return int(number)

    def set_lit_up_to(self, number: int) -> None:
        """Keep that `light` was given the stations of all versions up to a number; a lower one changes nothing."""
        with self._database.writing() as execute:
            execute("UPDATE counters SET value = ? WHERE name = 'lit_up_to' AND value < ?", [number, number])

    def totals(self) -> Totals:
        """Count all requests and the answered ones, those that were deleted for their age too."""
        ((asked, answered),) = self._database.rows(_TOTALS)
        return Totals(asked, answered)

    def forget(self, before: date) -> None:
        """Delete the requests of the days before one; that they were made and answered stays counted."""
        with self._database.writing() as execute:
            asked, answered = execute(_COUNT_OLD, [before.isoformat()]).fetchone()
            execute("UPDATE counters SET value = value + ? WHERE name = 'asked'", [asked])
            execute("UPDATE counters SET value = value + ? WHERE name = 'answered'", [answered])
            execute("DELETE FROM requests WHERE day < ?", [before.isoformat()])


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
    """Sum up a cell; of what one device asked for that day the last counts, and it is answered if any was."""
    last = {left: _words(amenities) for *_, left, amenities, _ in rows}
    answered = {left for *_, left, _, answered_by in rows if answered_by}
    return Cell(*middle, len(last), Counter(word for words in last.values() for word in words), len(answered))


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
    INSERT INTO requests (lat, lon, amenities, part_of_day, note, trace, at, day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (trace) WHERE state = 'new' AND answered_by IS NULL DO UPDATE SET
        amenities = excluded.amenities, part_of_day = excluded.part_of_day,
        note = coalesce(excluded.note, requests.note), at = excluded.at"""
_JUST_ADDED: Final = """
    SELECT id, lat, lon, amenities, part_of_day, note, at, state, answered_on, answered_by FROM requests
    WHERE trace = ? AND state = 'new' AND answered_by IS NULL"""
_ONE: Final = """
    SELECT id, lat, lon, amenities, part_of_day, note, at, state, answered_on, answered_by FROM requests
    WHERE id = ?"""
_QUEUE: Final = """
    SELECT id, lat, lon, amenities, part_of_day, note, at, state, answered_on, answered_by FROM requests
    WHERE state = 'new' ORDER BY id LIMIT ?"""
_IN_CELLS: Final = """
    SELECT requests.lat, requests.lon, trace, amenities, answered_by FROM requests
    JOIN (
        SELECT lat, lon FROM requests WHERE state <> 'rejected'
        GROUP BY lat, lon HAVING count(DISTINCT trace) >= ?) AS crowded
    ON crowded.lat = requests.lat AND crowded.lon = requests.lon
    WHERE state <> 'rejected' ORDER BY requests.lat, requests.lon, id"""
_UNANSWERED: Final = """
    SELECT id, lat, lon, amenities, at FROM requests
    WHERE state <> 'rejected' AND answered_by IS NULL ORDER BY id"""
_ANY_UNANSWERED: Final = "SELECT id FROM requests WHERE state <> 'rejected' AND answered_by IS NULL LIMIT 1"
_ANSWER: Final = """
    UPDATE requests SET answered_on = ?, answered_by = ? WHERE id = ? AND answered_by IS NULL"""
_TOTALS: Final = """
    SELECT
        (SELECT value FROM counters WHERE name = 'asked') + count(DISTINCT trace),
        (SELECT value FROM counters WHERE name = 'answered')
            + count(DISTINCT CASE WHEN answered_by IS NOT NULL THEN trace END)
    FROM requests WHERE state <> 'rejected'"""
_COUNT_OLD: Final = """
    SELECT count(DISTINCT trace), count(DISTINCT CASE WHEN answered_by IS NOT NULL THEN trace END)
    FROM requests WHERE state <> 'rejected' AND day < ?"""
