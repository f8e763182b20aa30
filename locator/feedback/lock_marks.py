"""Stations that are marked as found locked, and how many people it takes to mark one.

A mark changes what everybody reads, so one person must not set it. It takes three reports within 30 days from
three different networks, on at least two days and 12 hours apart; or one that a steward accepted. Somebody who
found the station open does not clear it: a door may be open at noon and locked at five, and one tap shall not undo
what three people saw. A steward looks, and then it is cleared; without one it ends after 30 days.

Networks can be had for money. What that is worth is bounded by ceilings: `NETWORK_A_DAY` reports of a network
count in a day, a station is marked once in `STATION_PAUSE_DAYS`, and `MARKS_A_DAY` stations are marked in a day.
Beyond them reports wait in the stewards' queue like all others, and the next one on a later day counts again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from locator.feedback.ages import NUMBER
from locator.feedback.database import Execute
from locator.feedback.senders import SPAN_DAYS
from locator.feedback.times import DAY

NETWORKS: Final = 3
"""So many networks must have found a station locked ..."""
DAYS: Final = 2
"""... on so many days ..."""
APART: Final = timedelta(hours=12)
"""... so far apart, first to last, that an evening and the minutes after midnight are not two days ..."""
WITHIN_DAYS: Final = 30
"""... within so many days, today one of them, before it is doubtful; and so long it stays so."""
STATION_PAUSE_DAYS: Final = 7
"""A steward has just looked, or can be expected to: whoever knows better tells the stewards."""
MARKS_A_DAY: Final = 20
"""As many as stewards can go and see in a day. Where more are locked at once, on a holiday, they know already."""


def settle(execute: Execute, station_id: str, today: date) -> bool:
    """Mark a station or take its mark back, as its reports say now; tell whether that changed anything.

    A mark is judged by the days by which it was set: it does not go because these grow old, but because somebody
    takes back what they said, or a steward rejects it.
    """
    mark = execute(_MARK, [station_id, first_day(today).isoformat()]).fetchone()
    if mark:
        day, span = date.fromisoformat(mark[0]), mark[1]
        # Until the later of both days: the clock may have been put back meanwhile.
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
    """Take back a station's mark because a steward looked."""
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
    """Tell whether the ceilings leave room; a steward's word needs none."""
    if execute(_ACCEPTED, [station_id, first_day(today).isoformat(), today.isoformat()]).fetchone():
        return True
    paused_since = (today - (STATION_PAUSE_DAYS - 1) * DAY).isoformat()
    if execute("SELECT 1 FROM doubts WHERE station_id = ? AND day >= ?", [station_id, paused_since]).fetchone():
        return False
    ((marked,),) = execute("SELECT count(*) FROM doubts WHERE day = ?", [today.isoformat()])
    return int(marked) < MARKS_A_DAY


CURRENT: Final = "SELECT station_id FROM doubts WHERE cleared = 0 AND day >= ?"
"""The stations that are marked, given the first day of marks that still hold."""
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
