"""The log of what stewards did."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locator.feedback.audit import Entry
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock


def test_the_last_entry_comes_first(feedback: Feedback, clock: SetClock) -> None:
    """Entries keep the order in which they were written, also when the clock is put back."""
    feedback.audit.log("li", "publish", "version 2")
    clock.at = datetime(2026, 11, 20, 9, 0, 5, 7, tzinfo=timezone(timedelta(hours=8)))
    feedback.audit.log("wang", "roll back", "version\n1\u202e")
    second = Entry(datetime(2026, 11, 20, 1, 0, 5, tzinfo=UTC), "wang", "roll back", "version 1")
    assert feedback.audit.latest(1) == [second]
    assert [entry.who for entry in feedback.audit.latest(9)] == ["wang", "li"]


@pytest.mark.parametrize("statement", ["UPDATE log SET who = 'nobody'", "DELETE FROM log"])
def test_the_file_refuses_to_change_the_log(path: Path, feedback: Feedback, statement: str) -> None:
    """Not even another program on the file changes or deletes an entry by mistake."""
    feedback.audit.log("li", "publish", "version 2")
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        connection.execute(statement)
    assert [entry.who for entry in feedback.audit.latest(9)] == ["li"]
