"""Who of the stewards did what, and when: a log that only grows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

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
    """One of few words, such as ``publish``."""
    detail: str


class Audit:
    """The log; the file itself refuses to change an entry or to delete one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def log(self, who: str, what: str, detail: str) -> None:
        """Add an entry; it is on the disk when this returns."""
        with self._database.writing() as execute:
            enter(execute, self._clock(), who, what, detail)

    def latest(self, n: int) -> list[Entry]:
        """List the last n entries, the one that was written last first, whatever the clock said."""
        rows = self._database.rows("SELECT at, who, what, detail FROM log ORDER BY id DESC LIMIT ?", [n])
        return [Entry(datetime.fromisoformat(at), *words) for at, *words in rows]


def enter(execute: Execute, at: datetime, who: str, what: str, detail: str) -> None:
    """Add an entry in the transaction of what it tells about: either both are kept or neither."""
    execute(
        "INSERT INTO log (at, who, what, detail) VALUES (?, ?, ?, ?)",
        [at.astimezone(UTC).isoformat(timespec="seconds"), plain_text(who), what, plain_text(detail)],
    )
