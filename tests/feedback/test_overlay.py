"""What readers of the reports are told, and how often."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock


def test_the_first_look_gives_everything_and_the_next_nothing(feedback: Feedback) -> None:
    """An empty overlay is told once too."""
    assert feedback.overlay.read() == ({}, frozenset())
    assert feedback.overlay.read() is None


def test_confirmations_come_on_the_hour(feedback: Feedback, clock: SetClock) -> None:
    """Ten past twelve changes nothing before one o'clock, however many confirm."""
    clock.move(minutes=10)
    feedback.overlay.read()
    for number in range(5):
        feedback.reports.add(f"s{number}", "open", None, "device")
        assert feedback.overlay.read() is None
    clock.move(minutes=49)
    assert feedback.overlay.read() is None
    clock.move(minutes=1)
    assert feedback.overlay.read() == ({f"s{number}": date(2026, 11, 20) for number in range(5)}, frozenset())
    assert feedback.overlay.read() is None


def test_a_second_confirmation_of_the_day_changes_nothing(feedback: Feedback, clock: SetClock) -> None:
    """Neither another device's, nor the same device's who says so again in a later hour."""
    feedback.reports.add("s1", "open", None, "device")
    clock.move(hours=1)
    assert feedback.overlay.read() is not None
    feedback.reports.add("s1", "open", None, "device")
    feedback.reports.add("s1", "open", None, "another")
    assert feedback.overlay.read() is None
    clock.move(hours=1)
    assert feedback.overlay.read() is None


def test_a_locked_station_is_told_at_once(feedback: Feedback, clock: SetClock) -> None:
    """The third who finds it locked changes the overlay in the same minute, and so does the steward who looks."""
    feedback.overlay.read()
    for device in ("a", "b"):
        feedback.reports.add("s1", "locked", None, device)
        assert feedback.overlay.read() is None
    feedback.reports.add("s1", "locked", None, "c")
    assert feedback.overlay.read() == ({}, {"s1"})
    feedback.reports.looked("s1", "li")
    assert feedback.overlay.read() == ({}, frozenset())
    clock.move(hours=1)
    assert feedback.overlay.read() is None


def test_a_doubt_ends_with_its_month(feedback: Feedback, clock: SetClock) -> None:
    """Nobody writes, and yet after 30 days the doubt is gone."""
    for device in ("a", "b", "c"):
        feedback.reports.add("s1", "locked", None, device)
    assert feedback.overlay.read() == ({}, {"s1"})
    clock.move(days=30)
    assert feedback.overlay.read() == ({}, frozenset())


def test_all_processes_see_the_same(path: Path, feedback: Feedback, clock: SetClock) -> None:
    """Who opens the file later, or looked less often, is told the same in the same hour."""
    other = Feedback(path, clock=clock)
    other.overlay.read()
    feedback.reports.add("s1", "open", None, "a")
    for device in ("a", "b", "c"):
        feedback.reports.add("s2", "locked", None, device)
    clock.move(hours=1)
    feedback.reports.add("s3", "open", None, "a")
    seen = feedback.overlay.read()
    assert seen == ({"s1": date(2026, 11, 20)}, {"s2"})
    assert other.overlay.read() == seen
    assert Feedback(path, clock=clock).overlay.read() == seen
    other.close()


def test_a_confirmation_from_a_clock_that_was_ahead_waits(feedback: Feedback, clock: SetClock) -> None:
    """No station was checked tomorrow: what a wrong clock dated there counts when that time has come."""
    clock.move(days=2)
    feedback.reports.add("s1", "open", None, "a")
    clock.move(days=-2)
    assert feedback.overlay.read() == ({}, frozenset())
    clock.move(days=2, hours=1)
    assert feedback.overlay.read() == ({"s1": date(2026, 11, 22)}, frozenset())
