"""What is kept how long."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locator.feedback.requests import PublishedStation, Totals
from locator.feedback.senders import Sender
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock


def counts(path: Path) -> tuple[int, int]:
    """Count the reports and requests in the file."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT (SELECT count(*) FROM reports), (SELECT count(*) FROM requests)"
        reports, requests = connection.execute(query).fetchone()
        return reports, requests


def say(feedback: Feedback, address: str = "192.0.2.1") -> None:
    """Report on a station and ask for another."""
    sender = feedback.sender(address, "phone")
    feedback.reports.add("s1", "open", "a secret note", sender)
    feedback.requests.add(39.9, 116.4, ["seats"], "any", "a secret wish", sender)


def test_what_is_too_old_is_deleted(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """After 365 days a report and a request are still there, a day or two later no byte of their notes is."""
    say(feedback)
    clock.run(feedback, days=365)
    assert counts(path) == (1, 1)
    clock.run(feedback, days=2)
    assert counts(path) == (0, 0)
    assert all(b"secret" not in file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize("days", [1, 2, 30, 31])
def test_all_is_kept_for_so_many_days(path: Path, clock: SetClock, days: int) -> None:
    """And not two longer, when the service runs; networks and tallies of what is gone are gone too."""
    feedback = Feedback(path, retention_days=days, clock=clock, elapsed=clock.elapsed)
    clock.run(feedback, days=3)
    say(feedback)
    clock.run(feedback, days=days)
    assert counts(path) == (1, 1)
    clock.run(feedback, days=2)
    assert counts(path) == (0, 0)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sources").fetchone() == (0,)
    feedback.close()


def test_figures_and_confirmations_outlive_what_they_count(
    feedback: Feedback, clock: SetClock, strangers: Callable[[str, int], list[str]]
) -> None:
    """Asked and answered do not shrink, rejected ones stay left out, and the day of a confirmation stays known."""
    asked = feedback.requests.add(39.9, 116.4, [], "any", None, Sender("x", "y"))
    feedback.requests.resolve(asked.id, "rejected", "li")
    first, second, third, fourth = strangers(f"{asked.lat:.6f},{asked.lon:.6f}", 4)
    for address in (first, second, third):
        feedback.requests.add(39.9, 116.4, ["seats"], "any", None, feedback.sender(address, ""))
    for address in strangers("s1", 2):
        feedback.reports.add("s1", "open", None, feedback.sender(address, ""))
    station = PublishedStation("new", 39.9, 116.4, frozenset({"seats"}), clock.at + timedelta(hours=1))
    feedback.requests.resolve(feedback.requests.queue(9)[2].id, "rejected", "li")
    feedback.requests.answer([station])
    clock.run(feedback, days=1)
    feedback.requests.add(39.9, 116.4, ["seats"], "any", None, feedback.sender(fourth, ""))
    assert feedback.requests.totals() == Totals(3, 2)
    clock.run(feedback, days=400)
    assert feedback.requests.totals() == Totals(3, 2)
    assert feedback.requests.queue(9) == []
    assert feedback.requests.cells() == []
    assert feedback.reports.confirmed(clock.at) == {"s1": date(2026, 11, 20)}
    say(feedback)
    assert feedback.requests.totals() == Totals(4, 2)


def test_forgetting_does_not_change_what_is_served(
    feedback: Feedback, clock: SetClock, strangers: Callable[[str, int], list[str]]
) -> None:
    """Phones need not fetch anything anew because old reports went."""
    for address in strangers("s1", 2):
        feedback.reports.add("s1", "open", None, feedback.sender(address, ""))
    clock.run(feedback, hours=1)
    assert feedback.overlay.read() == ({"s1": date(2026, 11, 20)}, frozenset())
    clock.run(feedback, days=500)
    assert feedback.overlay.read() is None


def test_a_call_that_has_nothing_to_do_writes_nothing(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """Once a day something is deleted, whoever of all processes does it; all other calls read."""
    say(feedback)
    clock.run(feedback, days=2)
    written = path.with_name(path.name + "-wal").stat().st_size, path.stat().st_mtime_ns
    for _ in range(10):
        clock.wait(minutes=30)
        Feedback(path, clock=clock, elapsed=clock.elapsed).forget()
        feedback.forget()
    assert (path.with_name(path.name + "-wal").stat().st_size, path.stat().st_mtime_ns) == written


def test_numbers_of_deleted_reports_are_not_given_again(feedback: Feedback, clock: SetClock) -> None:
    """A steward's old page cannot decide about another report by its number."""
    say(feedback)
    (first,) = feedback.reports.queue(9)
    clock.run(feedback, days=400)
    assert feedback.reports.queue(9) == []
    say(feedback)
    assert feedback.reports.queue(9)[0].id > first.id
