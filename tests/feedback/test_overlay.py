"""What readers of the reports are told, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from locator.feedback.reports import Report
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock

Strangers = Callable[[str, int], list[str]]


def say(feedback: Feedback, station_id: str, what: str, addresses: Iterable[str]) -> list[Report]:
    """Let people report on a station."""
    return [feedback.reports.add(station_id, what, None, feedback.sender(address, "")) for address in addresses]


def test_the_first_look_gives_everything_and_the_next_nothing(feedback: Feedback) -> None:
    """An empty overlay is told once too."""
    assert feedback.overlay.read() == ({}, frozenset())
    assert feedback.overlay.read() is None


def test_confirmations_come_on_the_hour(feedback: Feedback, clock: SetClock, strangers: Strangers) -> None:
    """Ten past twelve changes nothing before one o'clock, however many confirm."""
    clock.move(minutes=10)
    feedback.overlay.read()
    for number in range(5):
        say(feedback, f"s{number}", "open", strangers(f"s{number}", 2))
        assert feedback.overlay.read() is None
    clock.move(minutes=49)
    assert feedback.overlay.read() is None
    clock.move(minutes=1)
    assert feedback.overlay.read() == ({f"s{number}": date(2026, 11, 20) for number in range(5)}, frozenset())
    assert feedback.overlay.read() is None


def test_a_second_confirmation_of_the_day_changes_nothing(
    feedback: Feedback, clock: SetClock, strangers: Strangers
) -> None:
    """Neither a third person's, nor the same one's who says so again in a later hour."""
    first, second, third = strangers("s1", 3)
    say(feedback, "s1", "open", [first, second])
    clock.move(hours=1)
    assert feedback.overlay.read() is not None
    say(feedback, "s1", "open", [first, third])
    assert feedback.overlay.read() is None
    clock.move(hours=1)
    assert feedback.overlay.read() is None


def test_a_confirmation_taken_back_is_told_at_once(
    feedback: Feedback, clock: SetClock, strangers: Strangers
) -> None:
    """By who gave it, or by a steward who rejects it."""
    first, second = strangers("s1", 2)
    confirmed = ({"s1": date(2026, 11, 20)}, frozenset())
    say(feedback, "s1", "open", [first, second])
    clock.move(hours=1)
    assert feedback.overlay.read() == confirmed
    say(feedback, "s1", "gone", [second])
    assert feedback.overlay.read() == ({}, frozenset())
    say(feedback, "s1", "open", [second])
    clock.move(hours=1)
    assert feedback.overlay.read() == confirmed
    feedback.reports.resolve(feedback.reports.queue(1)[0].id, "rejected", "li")
    assert feedback.overlay.read() == ({}, frozenset())


def test_a_locked_station_is_told_at_once(feedback: Feedback, clock: SetClock, strangers: Strangers) -> None:
    """The third who finds it locked changes the overlay in the same minute, and so does the steward who looks."""
    first, second, third = strangers("s1", 3)
    feedback.overlay.read()
    say(feedback, "s1", "locked", [first])
    clock.move(days=1)
    say(feedback, "s1", "locked", [second])
    assert feedback.overlay.read() is None
    say(feedback, "s1", "locked", [third])
    assert feedback.overlay.read() == ({}, {"s1"})
    feedback.reports.mark_inspected("s1", "li")
    assert feedback.overlay.read() == ({}, frozenset())
    clock.move(hours=1)
    assert feedback.overlay.read() is None


def test_a_doubt_ends_with_its_month(feedback: Feedback, clock: SetClock) -> None:
    """Nobody writes, and yet after 30 days the doubt is gone."""
    (report,) = say(feedback, "s1", "locked", ["192.0.2.1"])
    feedback.reports.resolve(report.id, "accepted", "li")
    assert feedback.overlay.read() == ({}, {"s1"})
    clock.move(days=30)
    assert feedback.overlay.read() == ({}, frozenset())


def test_all_processes_see_the_same(path: Path, feedback: Feedback, clock: SetClock, strangers: Strangers) -> None:
    """Who opens the file later, or looked less often, is told the same in the same hour."""
    other = Feedback(path, clock=clock)
    other.overlay.read()
    say(feedback, "s1", "open", strangers("s1", 2))
    (report,) = say(feedback, "s2", "locked", ["192.0.2.1"])
    feedback.reports.resolve(report.id, "accepted", "li")
    clock.move(hours=1)
    say(feedback, "s3", "open", strangers("s3", 2))
    seen = feedback.overlay.read()
    assert seen == ({"s1": date(2026, 11, 20)}, {"s2"})
    assert other.overlay.read() == seen
    assert Feedback(path, clock=clock).overlay.read() == seen
    other.close()


def test_a_confirmation_from_a_clock_that_was_ahead_waits(
    feedback: Feedback, clock: SetClock, strangers: Strangers
) -> None:
    """No station was checked tomorrow: what a wrong clock dated there counts when that time has come."""
    clock.move(days=2)
    say(feedback, "s1", "open", strangers("s1", 2))
    clock.move(days=-2)
    assert feedback.overlay.read() == ({}, frozenset())
    clock.move(days=2, hours=1)
    assert feedback.overlay.read() == ({"s1": date(2026, 11, 22)}, frozenset())
