"""The audit log: which steward did what and when. It only grows; refused sign-ins are counted in another table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from locator.feedback.database import Database, Execute
from locator.feedback.notes import plain_text
from locator.feedback.times import Clock


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a steward did."""

    at: datetime
    """To the second, UTC."""
    who: str
    what: str
    """The kind of action, such as ``publish``."""
    detail: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often a wrong password was given under one name within an hour."""

    hour: datetime
    """Its beginning, UTC."""
    who: str
    """The name that was given; empty for all names beyond the first `NAMES_AN_HOUR` together."""
    times: int


NAMES_AN_HOUR: Final = 5
"""How many names are counted separately in an hour. Anybody can make up names, and must not fill the disk so."""


class Audit:
    """The audit log; triggers in the database refuse to change or delete an entry."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def log(self, who: str, what: str, detail: str) -> None:
        """Add an entry; it is on disk when this returns."""
        with self._database.writing() as execute:
            write_entry(execute, self._clock(), who, what, detail)

    def latest(self, n: int) -> list[Entry]:
        """List the last n entries, the newest first, in the order in which they were written."""
        rows = self._database.rows("SELECT at, who, what, detail FROM log ORDER BY id DESC LIMIT ?", [n])
        return [Entry(datetime.fromisoformat(at), *words) for at, *words in rows]

    def refuse(self, who: str) -> None:
        """Count a sign-in with a wrong password.

        Not an entry of the log: somebody who is not signed in could flood it, and hide what stewards did.
        """
        hour = self._clock().astimezone(UTC).strftime(_HOUR)
        name = plain_text(who)
        with self._database.writing() as execute:
            known = {row[0] for row in execute("SELECT who FROM refusals WHERE hour = ?", [hour])}
            if name not in known and len(known - {""}) >= NAMES_AN_HOUR:
                name = ""
            execute(_REFUSE, [hour, name])

    def refusals(self, n: int) -> list[Refusals]:
        """List the last n counts of refused sign-ins, the latest hour first."""
        rows = self._database.rows(_REFUSALS, [n])
        return [Refusals(datetime.strptime(hour, _HOUR).replace(tzinfo=UTC), *words) for hour, *words in rows]

    def forget(self, execute: Execute, before: date) -> None:
        """Delete the counts of refused sign-ins before a day; the log stays."""
        execute("DELETE FROM refusals WHERE hour < ?", [before.isoformat()])


def write_entry(execute: Execute, at: datetime, who: str, what: str, detail: str) -> None:
    """Add an entry in the same transaction as the action, so that both are stored or neither."""
    execute(
        "INSERT INTO log (at, who, what, detail) VALUES (?, ?, ?, ?)",
        [at.astimezone(UTC).isoformat(timespec="seconds"), plain_text(who), what, plain_text(detail)],
    )


_HOUR: Final = "%Y-%m-%dT%H"
_REFUSE: Final = """
    INSERT INTO refusals (hour, who, times) VALUES (?, ?, 1)
    ON CONFLICT (hour, who) DO UPDATE SET times = times + 1"""
_REFUSALS: Final = "SELECT hour, who, times FROM refusals ORDER BY hour DESC, times DESC, who LIMIT ?"
