"""Lock marks: stations that are shown as found locked, and how many reports it takes to mark one.

A mark changes what everybody reads, so that no single person may set it. It takes three reports within 30 days
from three different networks, on at least two days and 12 hours apart; or one report that a steward accepted.
Reports that the station was open do not clear a mark: a door may be open at noon and locked at five, and one tap
must not undo what three people saw. A steward who has looked clears it; otherwise it ends after 30 days.

Somebody with money can use many networks. Ceilings limit what that achieves: `NETWORK_A_DAY` reports of a network
count in a day, a station is marked at most once in `STATION_PAUSE_DAYS`, and at most `MARKS_A_DAY` stations are
marked in a day. Reports beyond them wait for stewards like all others, and later ones may count again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from locator.feedback.ages import NUMBER
from locator.feedback.database import Execute
from locator.feedback.senders import SPAN_DAYS
from locator.feedback.times import DAY

NETWORKS: Final = 3
"""Reports must come from so many networks."""
DAYS: Final = 2
"""They must have been made on so many days."""
APART: Final = timedelta(hours=12)
"""Least time from the first to the last, so that 23:50 and 0:10 do not count as two days."""
WITHIN_DAYS: Final = 30
"""All of them within so many days, today included; a mark lasts as long."""
STATION_PAUSE_DAYS: Final = 7
"""After a mark: time for a steward to look, before the same people can set the next one."""
MARKS_A_DAY: Final = 20
"""As many stations as stewards can visit in a day. If more are locked at once, as on a holiday, they know why."""


def settle(execute: Execute, station_id: str, today: date) -> bool:
    """Set or remove the mark of a station according to its reports; return whether that changed anything.

    An existing mark is checked against the days before it was set: it is not removed because its reports grow old,
    but because a reporter changes a report, or a steward rejects one.
    """
    mark = execute(_MARK, [station_id, first_day(today).isoformat()]).fetchone()
    if mark:
        day, span = date.fromisoformat(mark[0]), mark[1]
        # The later of the two days: the clock may have been set back since the mark was set.
        if _is_found_locked(execute, station_id, first_day(day), max(day, today), span):
            return False
        execute("DELETE FROM doubts WHERE station_id = ? AND day = ?", [station_id, mark[0]])
        return True
    span = execute(NUMBER).fetchone()[0] // SPAN_DAYS
    is_found = _is_found_locked(execute, station_id, first_day(today), today, span)
    if is_found and _may_be_marked(execute, station_id, today):
        execute(_SET, [station_id, today.isoformat(), span])
        return True
    return False


def clear(execute: Execute, station_id: str) -> None:
    """Remove the mark of a station because a steward has looked."""
    execute("UPDATE doubts SET cleared = 1 WHERE station_id = ?", [station_id])


def first_day(today: date) -> date:
    """Return the first of the `WITHIN_DAYS` days that end today."""
    return today - (WITHIN_DAYS - 1) * DAY


def _is_found_locked(execute: Execute, station_id: str, first: date, last: date, span: int) -> bool:
    values = [station_id, first.isoformat(), last.isoformat()]
    if execute(_ACCEPTED, values).fetchone():
        return True
    networks, days, earliest, latest = execute(_FOUND, [span, *values]).fetchone()
    if networks < NETWORKS or days < DAYS:
        return False
    return datetime.fromisoformat(latest) - datetime.fromisoformat(earliest) >= APART


def _may_be_marked(execute: Execute, station_id: str, today: date) -> bool:
    """Return whether the ceilings allow a mark; they do not apply where a steward accepted a report."""
    if execute(_ACCEPTED, [station_id, first_day(today).isoformat(), today.isoformat()]).fetchone():
        return True
    paused_since = (today - (STATION_PAUSE_DAYS - 1) * DAY).isoformat()
    if execute("SELECT 1 FROM doubts WHERE station_id = ? AND day >= ?", [station_id, paused_since]).fetchone():
        return False
    ((marked,),) = execute("SELECT count(*) FROM doubts WHERE day = ?", [today.isoformat()])
    return int(marked) < MARKS_A_DAY


CURRENT: Final = "SELECT station_id FROM doubts WHERE cleared = 0 AND day >= ?"
"""Marked stations, given the first day whose marks are still valid."""
_MARK: Final = """
    SELECT day, span FROM doubts WHERE station_id = ? AND cleared = 0 AND day >= ? ORDER BY day DESC LIMIT 1"""
_SET: Final = """
    INSERT INTO doubts (station_id, day, span) VALUES (?, ?, ?)
    ON CONFLICT (station_id, day) DO UPDATE SET span = excluded.span, cleared = 0"""
_ACCEPTED: Final = """
    SELECT 1 FROM reports
    WHERE station_id = ? AND what = 'locked' AND looked = 0 AND state = 'accepted' AND day BETWEEN ? AND ?"""
_FOUND: Final = """
    SELECT count(DISTINCT mark), count(DISTINCT day), min(at), max(at) FROM reports
    JOIN sources ON sort = 'report' AND sources.number = reports.id AND span = ?
    WHERE station_id = ? AND what = 'locked' AND looked = 0 AND state <> 'rejected' AND counted = 1
        AND day BETWEEN ? AND ?"""
