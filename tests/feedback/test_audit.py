"""The log of what stewards did."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locator.feedback.audit import Entry, Refusals
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


def test_refused_sign_ins_do_not_push_out_what_stewards_did(feedback: Feedback, clock: SetClock) -> None:
    """Ten thousand of them are a few counts beside the log, for every name the hour and how often."""
    feedback.audit.log("li", "publish", "version 2")
    for n in range(1000):
        feedback.audit.refuse(f"name {n % 3}")
    clock.move(hours=1)
    for n in range(1000):
        feedback.audit.refuse(f"made up {n}")
    assert [entry.what for entry in feedback.audit.latest(200)] == ["publish"]
    hours = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (4, 5)]
    assert feedback.audit.refusals(99) == [
        Refusals(hours[1], "", 995),
        *(Refusals(hours[1], f"made up {n}", 1) for n in range(5)),
        Refusals(hours[0], "name 0", 334),
        *(Refusals(hours[0], f"name {n}", 333) for n in (1, 2)),
    ]
    assert len(feedback.audit.refusals(2)) == 2


def test_counts_of_refused_sign_ins_are_kept_as_long_as_reports(feedback: Feedback, clock: SetClock) -> None:
    """A year, and then they go; the log stays."""
    feedback.audit.log("li", "publish", "version 2")
    feedback.audit.refuse("li")
    clock.run(feedback, days=364)
    assert len(feedback.audit.refusals(9)) == 1
    clock.run(feedback, days=3)
    assert feedback.audit.refusals(9) == []
    assert len(feedback.audit.latest(9)) == 1
