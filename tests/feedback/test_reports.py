"""What people found at a station."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from locator.errors import UsageError
from locator.feedback.reports import WHAT
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock

LATER = datetime(2027, 1, 1, tzinfo=UTC)


def find_locked(feedback: Feedback, *devices: str) -> None:
    """Let devices find station s1 locked."""
    for device in devices:
        feedback.reports.add("s1", "locked", None, device)


def test_a_report_is_kept_to_the_minute(feedback: Feedback, clock: SetClock) -> None:
    """What is kept is what was said, when to the minute, and the station's day."""
    clock.at = datetime(2026, 11, 20, 16, 30, 59, 999, tzinfo=UTC)
    report = feedback.reports.add("s1", "no_water", " 水壶\n空的 ", "device")
    assert (report.station_id, report.what, report.note, report.state) == ("s1", "no_water", "水壶 空的", "new")
    assert report.at == datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert report.day == date(2026, 11, 21)
    assert feedback.reports.queue(9) == [report]


@pytest.mark.parametrize("what", WHAT)
def test_every_word_can_be_reported(feedback: Feedback, what: str) -> None:
    """Each word of the vocabulary is taken and has a label in both languages."""
    assert feedback.reports.add("s1", what, None, "device").what == what
    assert WHAT[what].zh != WHAT[what].en


def test_other_words_and_long_notes_are_refused(feedback: Feedback) -> None:
    """What is refused leaves nothing."""
    with pytest.raises(UsageError, match="no such report as 'on fire'"):
        feedback.reports.add("s1", "on fire", None, "device")
    with pytest.raises(UsageError, match="300"):
        feedback.reports.add("s1", "open", "x" * 301, "device")
    assert feedback.reports.queue(9) == []


def test_a_device_counts_once_a_day_for_a_station(feedback: Feedback, clock: SetClock) -> None:
    """A second report takes the place of the first; other stations, devices and days have their own."""
    first = feedback.reports.add("s1", "locked", "sign on the door", "device")
    clock.move(minutes=5)
    again = feedback.reports.add("s1", "locked", None, "device")
    assert (again.id, again.note, again.at) == (first.id, "sign on the door", first.at)
    other = feedback.reports.add("s1", "open", None, "device")
    assert (other.id, other.what, other.note, other.at) == (first.id, "open", None, clock.at)
    feedback.reports.add("s2", "open", None, "device")
    feedback.reports.add("s1", "open", None, "another")
    clock.move(days=1)
    feedback.reports.add("s1", "open", None, "device")
    assert [report.station_id for report in feedback.reports.queue(9)] == ["s1", "s2", "s1", "s1"]


def test_what_a_steward_dealt_with_is_not_changed_by_its_sender(feedback: Feedback) -> None:
    """After a note was accepted the same device's next words wait for a steward again."""
    first = feedback.reports.add("s1", "moved", "next door", "device")
    feedback.reports.resolve(first.id, "accepted", "li")
    second = feedback.reports.add("s1", "moved", "something rude", "device")
    assert second.id != first.id
    assert [report.note for report in feedback.reports.of_station("s1")] == ["next door"]
    assert feedback.reports.queue(9) == [second]


def test_notes_are_shown_when_accepted_and_not_before(feedback: Feedback) -> None:
    """New and rejected notes, and reports without a note, are not for the public; a steward may think again."""
    reports = [feedback.reports.add("s1", "moved", note, note or "d") for note in ("a", "b", "c", None)]
    assert feedback.reports.of_station("s1") == []
    for report, state in zip(reports, ["accepted", "rejected", "accepted", "accepted"], strict=True):
        feedback.reports.resolve(report.id, state, "li")
    assert [report.note for report in feedback.reports.of_station("s1")] == ["c", "a"]
    assert feedback.reports.of_station("s2") == []
    assert feedback.reports.resolve(reports[2].id, "rejected", "li").state == "rejected"
    assert [report.note for report in feedback.reports.of_station("s1")] == ["a"]
    assert feedback.reports.queue(9) == []


def test_the_queue_begins_with_the_first_and_is_bounded(feedback: Feedback) -> None:
    """The one that has waited longest comes first."""
    for number in range(5):
        feedback.reports.add(f"s{number}", "gone", None, "device")
    assert [report.station_id for report in feedback.reports.queue(2)] == ["s0", "s1"]


def test_resolving_is_logged_and_refused_for_what_is_not_there(feedback: Feedback) -> None:
    """Each decision is in the log with its steward; an unknown report or state changes nothing."""
    report = feedback.reports.add("s1", "gone", None, "device")
    with pytest.raises(UsageError, match="no report 99"):
        feedback.reports.resolve(99, "accepted", "li")
    with pytest.raises(UsageError, match="accepted or rejected, not 'new'"):
        feedback.reports.resolve(report.id, "new", "li")
    assert feedback.audit.latest(9) == []
    feedback.reports.resolve(report.id, "rejected", "li")
    (entry,) = feedback.audit.latest(9)
    assert (entry.who, entry.what, entry.detail) == ("li", "report rejected", f"{report.id} s1 gone")


def test_three_who_found_it_locked_make_it_doubtful(feedback: Feedback, clock: SetClock) -> None:
    """Three devices, or one on three days, but not one three times a day."""
    find_locked(feedback, "a", "a", "a", "b")
    assert feedback.reports.locked() == frozenset()
    clock.move(days=1)
    find_locked(feedback, "a")
    assert feedback.reports.locked() == {"s1"}


def test_locked_counts_for_30_days(feedback: Feedback, clock: SetClock) -> None:
    """On the 30th day the first of three still counts, on the 31st it does not."""
    find_locked(feedback, "a")
    clock.move(days=29)
    find_locked(feedback, "b", "c")
    assert feedback.reports.locked() == {"s1"}
    clock.move(days=1)
    assert feedback.reports.locked() == frozenset()


def test_open_does_not_clear_what_three_found_locked(feedback: Feedback) -> None:
    """One tap does not undo three; but who corrects the own report takes it back."""
    find_locked(feedback, "a", "b", "c")
    feedback.reports.add("s1", "open", None, "d")
    assert feedback.reports.locked() == {"s1"}
    feedback.reports.add("s1", "open", None, "a")
    assert feedback.reports.locked() == frozenset()


def test_a_rejected_report_does_not_count(feedback: Feedback) -> None:
    """Neither as locked nor as a confirmation."""
    find_locked(feedback, "a", "b", "c")
    feedback.reports.add("s1", "open", None, "d")
    for report in feedback.reports.queue(9):
        feedback.reports.resolve(report.id, "rejected", "li")
    assert feedback.reports.locked() == frozenset()
    assert feedback.reports.confirmed(LATER) == {}


def test_a_steward_who_looked_clears_the_doubt(feedback: Feedback) -> None:
    """All that was said before is settled; it takes three more, of whom those before may be some."""
    find_locked(feedback, "a", "b", "c")
    feedback.reports.add("s2", "locked", None, "a")
    feedback.reports.looked("s1", "li")
    assert feedback.reports.locked() == frozenset()
    assert [(entry.who, entry.what, entry.detail) for entry in feedback.audit.latest(9)] == [
        ("li", "looked", "s1")
    ]
    find_locked(feedback, "a", "b")
    assert feedback.reports.locked() == frozenset()
    find_locked(feedback, "c")
    assert feedback.reports.locked() == {"s1"}


def test_the_last_day_it_was_found_open_confirms_it(feedback: Feedback, clock: SetClock) -> None:
    """Of several days the latest counts, by the clock's days and not by the order of the reports."""
    feedback.reports.add("s1", "open", None, "a")
    feedback.reports.add("s2", "locked", None, "a")
    clock.move(days=3)
    feedback.reports.add("s1", "open", None, "b")
    clock.move(days=-2)
    feedback.reports.add("s1", "open", None, "c")
    assert feedback.reports.confirmed(LATER) == {"s1": date(2026, 11, 23)}
    assert feedback.reports.confirmed(datetime(2026, 11, 20, 4, 0, tzinfo=UTC)) == {}
    assert feedback.reports.confirmed(datetime(2026, 11, 20, 4, 1, tzinfo=UTC)) == {"s1": date(2026, 11, 20)}


def test_a_clock_put_back_changes_no_order(feedback: Feedback, clock: SetClock) -> None:
    """A report made at an earlier time than the one before is kept with its time and comes after it."""
    first = feedback.reports.add("s1", "open", None, "a")
    clock.move(hours=-3)
    second = feedback.reports.add("s2", "open", None, "a")
    assert second.at == clock.at < first.at
    assert second.id > first.id
    assert feedback.reports.queue(9) == [first, second]
