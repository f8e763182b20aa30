"""What people found at a station, in one tap, and what stewards made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from locator.errors import UsageError
from locator.feedback import lock_marks
from locator.feedback.ages import NUMBER
from locator.feedback.audit import enter
from locator.feedback.database import Database, Execute
from locator.feedback.notes import plain_note
from locator.feedback.senders import Sender, keep_sources, tally, trace
from locator.feedback.times import Clock, day_of, minute_text
from locator.language.messages import Message, message

State = Literal["new", "accepted", "rejected"]

RESOLUTIONS: Final = ("accepted", "rejected")
"""What a steward may make of a report or a request."""

WHAT: Final[dict[str, Message]] = {
    "open": message("It was open"),
    "locked": message("It was locked"),
    "no_water": message("There was no water"),
    "moved": message("It has moved"),
    "gone": message("It is gone"),
    "facts_wrong": message("What is written here is wrong"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What one device said about one station on one day."""

    id: int
    """Later reports have higher numbers, whatever the clock said."""
    station_id: str
    what: str
    """A word of `WHAT`."""
    note: str | None
    """Plain text of at most 300 characters; not to be shown before a steward accepts it."""
    at: datetime
    """To the minute, UTC."""
    state: State
    day: date
    """The day on the stations' calendar."""


class Reports:
    """The reports on all stations.

    Every report is kept and waits for a steward. What reports change by themselves needs people who do not depend
    on each other: a doubt as `doubts` says, a confirmation as `confirmed` does.

    Which is the later of two is told by their numbers: a report made after the clock was put back is kept with
    the earlier time that the clock gave it.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, station_id: str, what: str, note: str | None, sender: Sender) -> Report:
        """Keep what a device says about a station; it is on the disk when this returns.

        What the same device says again that day takes the place of the first, as long as no steward has dealt with
        that. Said again in the same word it keeps its time and, without a new note, its note.

        Parameters
        ----------
        station_id
            A station that the caller knows to exist.
        what
            A word of `WHAT`.
        note
            Anything the person typed, or ``None``.
        sender
            What `Feedback.sender` gives.

        Raises
        ------
        UsageError
            If `what` is no such word, or the note is too long.
        BusyError, GeodataError
            If it cannot be kept.
        """
        if what not in WHAT:
            raise UsageError(
                "There is no such report as {value}. Choose one of {known}.",
                value=repr(what),
                known=", ".join(WHAT),
            )
        text, at = plain_note(note), self._clock()
        day = day_of(at)
        left = trace(sender.device, station_id, day)
        with self._database.writing() as execute:
            before = execute(_OPEN, [left]).fetchone()
            number = execute(NUMBER).fetchone()[0]
            execute(_ADD, [station_id, what, text, left, minute_text(at), day.isoformat(), number])
            row = execute(_OPEN, [left]).fetchone()
            if before is None:
                counted = tally(execute, day.isoformat(), sender.network)
                execute("UPDATE reports SET counted = ? WHERE id = ?", [counted, row[0]])
                keep_sources(execute, "report", row[0], sender.sources(station_id))
            is_settled = lock_marks.settle(execute, station_id, day)
            if is_settled or (before and before[2] != what):
                touch_overlay(execute)
        return _report(row)

    def queue(self, limit: int) -> list[Report]:
        """List the reports that no steward has accepted or rejected, the first that came first."""
        return [_report(row) for row in self._database.rows(_QUEUE, [limit])]

    def resolve(self, report_id: int, state: State, who: str) -> Report:
        """Accept or reject a report, and enter that in the log.

        A rejected one counts for nothing. Of an accepted one the note is shown, and that the station was open or
        locked counts without a second report. A steward may think again.

        Raises
        ------
        UsageError
            If there is no such report (any more), or the state is neither.
        """
        check_resolution(state)
        with self._database.writing() as execute:
            execute("UPDATE reports SET state = ? WHERE id = ?", [state, report_id])
            row = execute(_ONE, [report_id]).fetchone()
            if row is None:
                raise UsageError(
                    "There is no report {value}. It may be too old; reload the list.", value=report_id
                )
            lock_marks.settle(execute, row[1], day_of(self._clock()))
            touch_overlay(execute)
            enter(execute, self._clock(), who, f"report {state}", f"{report_id} {row[1]} {row[2]}")
        return _report(row)

    def of_station(self, station_id: str) -> list[Report]:
        """List a station's accepted reports that have a note, the last first."""
        return [_report(row) for row in self._database.rows(_NOTES, [station_id])]

    def revision(self) -> int:
        """Return a number that changes with every report and everything that a steward does with one."""
        value = self._database.value("SELECT value FROM counters WHERE name = 'overlay'")
        return int(value)

    def looked(self, station_id: str, who: str) -> None:
        """Keep that a steward looked: whatever was reported before raises no doubt any more."""
        with self._database.writing() as execute:
            execute("UPDATE reports SET looked = 1 WHERE station_id = ?", [station_id])
            lock_marks.clear(execute, station_id)
            touch_overlay(execute)
            enter(execute, self._clock(), who, "looked", station_id)

    def confirmed(self, before: datetime) -> dict[str, date]:
        """Return the last day that two independent people or a steward confirm for each station.

        Of those who found it open on different networks, each with the last day, the second counts: on that day or
        later two of them did. They are compared over one to two months. A report that a steward accepted counts
        alone; one beyond what a network may say in a day does not count.

        Parameters
        ----------
        before
            An aware time: only reports made before count. One that the clock dates later, because it was wrong,
            counts when that time has come.

        Returns
        -------
        dict
            Station ids to days; stations that nobody found open are not in it. Days outlive their reports.
        """
        minute = minute_text(before)
        rows = self._database.rows(_CONFIRMED, [minute, minute, day_of(before).isoformat()])
        return {station_id: date.fromisoformat(day) for station_id, day in rows}

    def locked(self) -> frozenset[str]:
        """Return the stations that are doubtful because they were found locked."""
        values = [lock_marks.first_day(day_of(self._clock())).isoformat()]
        return frozenset(station_id for (station_id,) in self._database.rows(lock_marks.CURRENT, values))

    def forget(self, execute: Execute, before: date, number: int) -> None:
        """Delete the reports of the days before one, if they are of the counted days before a number too.

        Which station was confirmed when is kept, also where the networks behind it can soon not be told any more.

        Parameters
        ----------
        execute
            Runs a statement of the transaction in which all is deleted.
        before
            By the wall clock. What a wrong clock dated later than today goes by its number alone.
        number
            As `Ages.oldest_kept` gives it.
        """
        at = self._clock()
        today, minute = day_of(at), minute_text(at)
        old = [number, before.isoformat(), today.isoformat()]
        settled = max(before, lock_marks.first_day(today)).isoformat()
        for confirmed in execute(_CONFIRMED, [minute, minute, today.isoformat()]).fetchall():
            if confirmed[1] < settled:
                execute(_KEEP_CONFIRMATION, confirmed)
        execute(_FORGET_SOURCES, old)
        execute(_FORGET, old)
        execute("DELETE FROM doubts WHERE day < ?", [lock_marks.first_day(today).isoformat()])
        touch_overlay(execute)


def check_resolution(state: str) -> None:
    """Refuse what a steward cannot make of a report or a request."""
    if state not in RESOLUTIONS:
        raise UsageError("It can be accepted or rejected, not {value}. Choose one.", value=repr(state))


def touch_overlay(execute: Execute) -> None:
    """Tell the readers of the overlay that something may have changed for them."""
    execute("UPDATE counters SET value = value + 1 WHERE name = 'overlay'")


def _report(row: tuple[Any, ...]) -> Report:
    number, station_id, what, note, at, state, day = row
    return Report(number, station_id, what, note, datetime.fromisoformat(at), state, date.fromisoformat(day))


_ADD: Final = """
    INSERT INTO reports (station_id, what, note, trace, at, day, since) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (trace) WHERE state = 'new' AND looked = 0 DO UPDATE SET
        note = coalesce(excluded.note, CASE WHEN reports.what = excluded.what THEN reports.note END),
        at = CASE WHEN reports.what = excluded.what THEN reports.at ELSE excluded.at END,
        what = excluded.what"""
_OPEN: Final = """
    SELECT id, station_id, what, note, at, state, day FROM reports
    WHERE trace = ? AND state = 'new' AND looked = 0"""
_ONE: Final = "SELECT id, station_id, what, note, at, state, day FROM reports WHERE id = ?"
_QUEUE: Final = """
    SELECT id, station_id, what, note, at, state, day FROM reports WHERE state = 'new' ORDER BY id LIMIT ?"""
_NOTES: Final = """
    SELECT id, station_id, what, note, at, state, day FROM reports
    WHERE station_id = ? AND state = 'accepted' AND note IS NOT NULL ORDER BY id DESC"""
_CONFIRMED: Final = """
    SELECT station_id, max(day) AS day FROM (
        SELECT station_id, day FROM (
            SELECT station_id, day,
                row_number() OVER (PARTITION BY station_id, span ORDER BY day DESC) AS place
            FROM (
                SELECT station_id, span, mark, max(day) AS day FROM reports
                JOIN sources ON sort = 'report' AND sources.number = reports.id
                WHERE what = 'open' AND state <> 'rejected' AND counted = 1 AND at < ?
                GROUP BY station_id, span, mark) AS networks) AS ranked
        WHERE place = 2
        UNION ALL SELECT station_id, day FROM reports WHERE what = 'open' AND state = 'accepted' AND at < ?
        UNION ALL SELECT station_id, day FROM confirmations WHERE day <= ?) AS found
    GROUP BY station_id"""
_KEEP_CONFIRMATION: Final = """
    INSERT INTO confirmations (station_id, day) VALUES (?, ?)
    ON CONFLICT (station_id) DO UPDATE SET day = excluded.day WHERE excluded.day > confirmations.day"""
_FORGET_SOURCES: Final = """
    DELETE FROM sources WHERE sort = 'report' AND number IN (
        SELECT id FROM reports WHERE since < ? AND (day < ? OR day > ?))"""
_FORGET: Final = "DELETE FROM reports WHERE since < ? AND (day < ? OR day > ?)"
