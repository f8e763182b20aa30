"""Reports: what workers found at a station, and what stewards decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from locator.errors import UsageError
from locator.feedback import lock_marks
from locator.feedback.ages import NUMBER
from locator.feedback.audit import write_entry
from locator.feedback.database import Database, Execute
from locator.feedback.notes import plain_note
from locator.feedback.senders import Sender, keep_sources, tally, trace
from locator.feedback.times import Clock, day_of, minute_text
from locator.language.messages import Message, message

State = Literal["new", "accepted", "rejected"]

RESOLUTIONS: Final = ("accepted", "rejected")
"""What a steward may decide about a report or a request."""

REPORT_KINDS: Final[dict[str, Message]] = {
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
    """Grows with every report, whatever the clock shows."""
    station_id: str
    what: str
    """A word of `REPORT_KINDS`."""
    note: str | None
    """Plain text of at most 300 characters; shown only after a steward has accepted the report."""
    at: datetime
    """To the minute, UTC."""
    state: State
    day: date
    """The day on the stations' calendar."""


class Reports:
    """The reports on all stations.

    Every report is stored and waits for a steward. Without a steward, reports take effect only if several networks
    agree: see `lock_marks` for stations found locked, and `confirmed` for stations found open.

    The order of two reports is that of their ids: after the clock was set back, a later report has an earlier
    time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, station_id: str, what: str, note: str | None, sender: Sender) -> Report:
        """Store what a device reports about a station; it is on disk when this returns.

        A second report of the same device on the same day replaces the first, unless a steward has decided about
        that. If it is of the same kind, the time of the first stays, and its note if there is no new one.

        Parameters
        ----------
        station_id
            A station that the caller knows to exist.
        what
            A word of `REPORT_KINDS`.
        note
            Anything the person typed, or ``None``.
        sender
            From `Feedback.sender`.

        Raises
        ------
        UsageError
            If ``what`` is no such word, or the note is too long.
        BusyError, GeodataError
            If it cannot be stored.
        """
        if what not in REPORT_KINDS:
            raise UsageError(
                "There is no such report as {value}. Choose one of {known}.",
                value=repr(what),
                known=", ".join(REPORT_KINDS),
            )
        text, at = plain_note(note), self._clock()
        day = day_of(at)
        mark = trace(sender.device, station_id, day)
        with self._database.writing() as execute:
            before = execute(_OPEN, [mark]).fetchone()
            number = execute(NUMBER).fetchone()[0]
            execute(_ADD, [station_id, what, text, mark, minute_text(at), day.isoformat(), number])
            row = execute(_OPEN, [mark]).fetchone()
            if before is None:
                counted = tally(execute, day.isoformat(), sender.network)
                execute("UPDATE reports SET counted = ? WHERE id = ?", [counted, row[0]])
                keep_sources(execute, "report", row[0], sender.sources(station_id))
            is_settled = lock_marks.settle(execute, station_id, day)
            if is_settled or (before and before[2] != what):
                touch_overlay(execute)
        return _report(row)

    def queue(self, limit: int) -> list[Report]:
        """Return the reports that no steward has decided about, the oldest first."""
        return [_report(row) for row in self._database.rows(_QUEUE, [limit])]

    def resolve(self, report_id: int, state: State, who: str) -> Report:
        """Accept or reject a report, and write that to the audit log.

        A rejected report has no effect. The note of an accepted one is shown, and it suffices alone to confirm a
        station or to mark it as locked. A steward may change the decision later.

        Raises
        ------
        UsageError
            If there is no such report (any more), or ``state`` is not in `RESOLUTIONS`.
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
            write_entry(execute, self._clock(), who, f"report {state}", f"{report_id} {row[1]} {row[2]}")
        return _report(row)

    def of_station(self, station_id: str) -> list[Report]:
        """Return the accepted reports on a station that have a note, the newest first."""
        return [_report(row) for row in self._database.rows(_NOTES, [station_id])]

    def revision(self) -> int:
        """Return a number that grows with every report and every decision about one, for caches."""
        value = self._database.value("SELECT value FROM counters WHERE name = 'overlay'")
        return int(value)

    def mark_inspected(self, station_id: str, who: str) -> None:
        """Store that a steward has looked at a station: earlier reports cannot mark it as locked any more."""
        with self._database.writing() as execute:
            execute("UPDATE reports SET looked = 1 WHERE station_id = ?", [station_id])
            lock_marks.clear(execute, station_id)
            touch_overlay(execute)
            write_entry(execute, self._clock(), who, "looked", station_id)

    def confirmed(self, before: datetime) -> dict[str, date]:
        """Return for each station the last day on which it is confirmed to have been open.

        That is the day on which, or after which, two different networks reported it open: for each network its
        last report is taken, and of these the second latest. Networks can be compared for one to two months. A
        report that a steward accepted is enough alone. Reports beyond the daily limit of a network do not count.

        Parameters
        ----------
        before
            An aware time. Only earlier reports count; one with a later time, from a clock that was ahead, counts
            when that time has come.

        Returns
        -------
        dict
            Station id to day, without stations that were never reported open. Days outlive their reports.
        """
        minute = minute_text(before)
        rows = self._database.rows(_CONFIRMED, [minute, minute, day_of(before).isoformat()])
        return {station_id: date.fromisoformat(day) for station_id, day in rows}

    def locked(self) -> frozenset[str]:
        """Return the ids of the stations that are marked as found locked."""
        values = [lock_marks.first_day(day_of(self._clock())).isoformat()]
        return frozenset(station_id for (station_id,) in self._database.rows(lock_marks.CURRENT, values))

    def forget(self, execute: Execute, before: date, number: int) -> None:
        """Delete reports that are old by their date and by the counted days too.

        Confirmed days are stored first, also those whose networks can soon not be compared any more.

        Parameters
        ----------
        execute
            From the transaction in which everything is deleted.
        before
            Reports with an earlier date are old. For those dated in the future, from a clock that was ahead, only
            the counted days decide.
        number
            From `Ages.oldest_kept`: reports of earlier counted days are old.
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
    """Raise UsageError unless this is one of `RESOLUTIONS`."""
    if state not in RESOLUTIONS:
        raise UsageError("It can be accepted or rejected, not {value}. Choose one.", value=repr(state))


def touch_overlay(execute: Execute) -> None:
    """Raise the revision, so that every `Overlay` reads again."""
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
                row_number() OVER (PARTITION BY station_id, span ORDER BY day DESC) AS nth
            FROM (
                SELECT station_id, span, mark, max(day) AS day FROM reports
                JOIN sources ON sort = 'report' AND sources.number = reports.id
                WHERE what = 'open' AND state <> 'rejected' AND counted = 1 AND at < ?
                GROUP BY station_id, span, mark) AS networks) AS ranked
        WHERE nth = 2
        UNION ALL SELECT station_id, day FROM reports WHERE what = 'open' AND state = 'accepted' AND at < ?
        UNION ALL SELECT station_id, day FROM confirmations WHERE day <= ?) AS confirmed
    GROUP BY station_id"""
_KEEP_CONFIRMATION: Final = """
    INSERT INTO confirmations (station_id, day) VALUES (?, ?)
    ON CONFLICT (station_id) DO UPDATE SET day = excluded.day WHERE excluded.day > confirmations.day"""
_FORGET_SOURCES: Final = """
    DELETE FROM sources WHERE sort = 'report' AND number IN (
        SELECT id FROM reports WHERE since < ? AND (day < ? OR day > ?))"""
_FORGET: Final = "DELETE FROM reports WHERE since < ? AND (day < ? OR day > ?)"
