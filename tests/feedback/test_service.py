"""What is kept how long."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from locator.feedback.requests import Opened, Totals
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock


def counts(path: Path) -> tuple[int, int]:
    """Count the reports and requests in the file."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT (SELECT count(*) FROM reports), (SELECT count(*) FROM requests)"
        reports, requests = connection.execute(query).fetchone()
        return reports, requests


def say(feedback: Feedback, device: str) -> None:
    """Report on a station and ask for another."""
    feedback.reports.add("s1", "open", "a secret note", device)
    feedback.requests.add(39.9, 116.4, ["seats"], "any", "a secret wish", device)


def test_what_is_too_old_is_deleted(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """After 365 days a report and a request are still there, after 366 no byte of their notes is."""
    say(feedback, "a")
    clock.move(days=365)
    feedback.forget()
    assert counts(path) == (1, 1)
    clock.move(days=1)
    feedback.forget()
    assert counts(path) == (0, 0)
    assert all(b"secret" not in file.read_bytes() for file in path.parent.iterdir())


def test_figures_and_confirmations_outlive_what_they_count(feedback: Feedback, clock: SetClock) -> None:
    """Asked and answered do not shrink, rejected ones stay left out, and the day of a confirmation stays known."""
    for device in "abc":
        say(feedback, device)
    station = Opened("new", 39.9, 116.4, frozenset({"seats"}), clock.at + timedelta(hours=1))
    feedback.requests.resolve(feedback.requests.queue(9)[2].id, "rejected", "li")
    feedback.requests.light([station])
    clock.move(days=1)
    say(feedback, "d")
    assert feedback.requests.totals() == Totals(3, 2)
    clock.move(days=400)
    feedback.forget()
    assert feedback.requests.totals() == Totals(3, 2)
    assert feedback.requests.cells() == []
    assert feedback.reports.confirmed(clock.at) == {"s1": date(2026, 11, 21)}
    say(feedback, "e")
    clock.move(hours=1)
    assert feedback.requests.totals() == Totals(4, 2)
    assert feedback.reports.confirmed(clock.at) == {"s1": date(2027, 12, 26)}


def test_forgetting_does_not_change_what_is_served(feedback: Feedback, clock: SetClock) -> None:
    """Phones need not fetch anything anew because old reports went."""
    say(feedback, "a")
    clock.move(days=500)
    assert feedback.overlay.read() == ({"s1": date(2026, 11, 20)}, frozenset())
    feedback.forget()
    assert feedback.overlay.read() is None


def test_forgetting_happens_once_a_day(path: Path, clock: SetClock) -> None:
    """A second call on the same day does nothing, whoever makes it; the next day, or a day before, it works."""
    feedback = Feedback(path, retention_days=1, clock=clock)
    clock.move(days=-10)
    say(feedback, "a")
    clock.move(days=10)
    feedback.forget()
    assert counts(path) == (0, 0)
    clock.move(days=-10)
    say(feedback, "b")
    clock.move(days=10)
    feedback.forget()
    assert counts(path) == (1, 1)
    clock.move(days=-1)
    Feedback(path, retention_days=1, clock=clock).forget()
    assert counts(path) == (0, 0)
    feedback.close()


def test_numbers_of_deleted_reports_are_not_given_again(feedback: Feedback, clock: SetClock) -> None:
    """A steward's old page cannot decide about another report by its number."""
    first = feedback.reports.add("s1", "open", None, "a")
    clock.move(days=400)
    feedback.forget()
    assert feedback.reports.add("s1", "open", None, "a").id > first.id
