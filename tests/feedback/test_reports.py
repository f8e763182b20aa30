"""What people found at a station."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from locator.errors import UsageError
from locator.feedback.reports import REPORT_KINDS, Report
from locator.feedback.senders import Sender
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock

LATER = datetime(2027, 1, 1, tzinfo=UTC)


def test_a_report_is_kept_to_the_minute(feedback: Feedback, clock: SetClock, by: Callable[..., Sender]) -> None:
    """What is kept is what was said, when to the minute, and the station's day."""
    clock.at = datetime(2026, 11, 20, 16, 30, 59, 999, tzinfo=UTC)
    report = feedback.reports.add("s1", "no_water", " 水壶\n空的 ", by("device"))
    assert (report.station_id, report.what, report.note, report.state) == ("s1", "no_water", "水壶 空的", "new")
    assert report.at == datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert report.day == date(2026, 11, 21)
    assert feedback.reports.queue(9) == [report]


@pytest.mark.parametrize("what", REPORT_KINDS)
def test_every_word_can_be_reported(feedback: Feedback, what: str, by: Callable[..., Sender]) -> None:
    """Each word of the vocabulary is taken and has a label in both languages."""
    assert feedback.reports.add("s1", what, None, by("device")).what == what
    assert REPORT_KINDS[what].to("zh") != REPORT_KINDS[what].to("en")


def test_other_words_and_long_notes_are_refused(feedback: Feedback, by: Callable[..., Sender]) -> None:
    """What is refused leaves nothing."""
    with pytest.raises(UsageError, match="no such report as 'on fire'"):
        feedback.reports.add("s1", "on fire", None, by("device"))
    with pytest.raises(UsageError, match="300"):
        feedback.reports.add("s1", "open", "x" * 301, by("device"))
    assert feedback.reports.queue(9) == []


def test_a_device_counts_once_a_day_for_a_station(
    feedback: Feedback, clock: SetClock, by: Callable[..., Sender]
) -> None:
    """A second report takes the place of the first; other stations, devices and days have their own."""
    first = feedback.reports.add("s1", "locked", "sign on the door", by("device"))
    clock.move(minutes=5)
    again = feedback.reports.add("s1", "locked", None, by("device"))
    assert (again.id, again.note, again.at) == (first.id, "sign on the door", first.at)
    other = feedback.reports.add("s1", "open", None, by("device"))
    assert (other.id, other.what, other.note, other.at) == (first.id, "open", None, clock.at)
    feedback.reports.add("s2", "open", None, by("device"))
    feedback.reports.add("s1", "open", None, by("another"))
    clock.move(days=1)
    feedback.reports.add("s1", "open", None, by("device"))
    assert [report.station_id for report in feedback.reports.queue(9)] == ["s1", "s2", "s1", "s1"]


def test_what_a_steward_dealt_with_is_not_changed_by_its_sender(
    feedback: Feedback, by: Callable[..., Sender]
) -> None:
    """After a note was accepted the same device's next words wait for a steward again."""
    first = feedback.reports.add("s1", "moved", "next door", by("device"))
    feedback.reports.resolve(first.id, "accepted", "li")
    second = feedback.reports.add("s1", "moved", "something rude", by("device"))
    assert second.id != first.id
    assert [report.note for report in feedback.reports.of_station("s1")] == ["next door"]
    assert feedback.reports.queue(9) == [second]


def test_notes_are_shown_when_accepted_and_not_before(feedback: Feedback, by: Callable[..., Sender]) -> None:
    """New and rejected notes, and reports without a note, are not for the public; a steward may think again."""
    reports = [feedback.reports.add("s1", "moved", note, by(note or "d")) for note in ("a", "b", "c", None)]
    assert feedback.reports.of_station("s1") == []
    for report, state in zip(reports, ["accepted", "rejected", "accepted", "accepted"], strict=True):
        feedback.reports.resolve(report.id, state, "li")
    assert [report.note for report in feedback.reports.of_station("s1")] == ["c", "a"]
    assert feedback.reports.of_station("s2") == []
    assert feedback.reports.resolve(reports[2].id, "rejected", "li").state == "rejected"
    assert [report.note for report in feedback.reports.of_station("s1")] == ["a"]
    assert feedback.reports.queue(9) == []


def test_the_queue_begins_with_the_first_and_is_bounded(feedback: Feedback, by: Callable[..., Sender]) -> None:
    """The one that has waited longest comes first."""
    for number in range(5):
        feedback.reports.add(f"s{number}", "gone", None, by("device"))
    assert [report.station_id for report in feedback.reports.queue(2)] == ["s0", "s1"]


def test_resolving_is_logged_and_refused_for_what_is_not_there(
    feedback: Feedback, by: Callable[..., Sender]
) -> None:
    """Each decision is in the log with its steward; an unknown report or state changes nothing."""
    report = feedback.reports.add("s1", "gone", None, by("device"))
    with pytest.raises(UsageError, match="no report 99"):
        feedback.reports.resolve(99, "accepted", "li")
    with pytest.raises(UsageError, match="accepted or rejected, not 'new'"):
        feedback.reports.resolve(report.id, "new", "li")
    assert feedback.audit.latest(9) == []
    feedback.reports.resolve(report.id, "rejected", "li")
    (entry,) = feedback.audit.latest(9)
    assert (entry.who, entry.what, entry.detail) == ("li", "report rejected", f"{report.id} s1 gone")


def confirm(feedback: Feedback, *addresses: str) -> list[Report]:
    """Let people find station s1 open."""
    return [feedback.reports.add("s1", "open", None, feedback.sender(address, "")) for address in addresses]


def test_one_person_confirms_nothing(feedback: Feedback, clock: SetClock) -> None:
    """However many browsers, addresses of one network and days there are."""
    for _ in range(5):
        confirm(feedback, "192.0.2.1", "192.0.2.2", "192.0.2.254")
        clock.move(days=1)
    assert feedback.reports.confirmed(LATER) == {}


def test_two_networks_confirm_the_earlier_of_their_last_days(
    feedback: Feedback, clock: SetClock, strangers: Callable[[str, int], list[str]]
) -> None:
    """On that day or later two people found it open; the order of the reports does not matter."""
    first, second, third = strangers("s1", 3)
    confirm(feedback, first)
    feedback.reports.add("s2", "locked", None, feedback.sender(second, ""))
    clock.move(days=3)
    confirm(feedback, second)
    assert feedback.reports.confirmed(LATER) == {"s1": date(2026, 11, 20)}
    clock.move(days=-2)
    confirm(feedback, third)
    assert feedback.reports.confirmed(LATER) == {"s1": date(2026, 11, 21)}
    confirm(feedback, first)
    clock.move(days=9)
    confirm(feedback, first)
    assert feedback.reports.confirmed(LATER) == {"s1": date(2026, 11, 23)}


def test_a_confirmation_counts_from_its_minute_on(
    feedback: Feedback, strangers: Callable[[str, int], list[str]]
) -> None:
    """Two on one day are enough, and are enough only when that minute is over."""
    confirm(feedback, *strangers("s1", 2))
    assert feedback.reports.confirmed(datetime(2026, 11, 20, 4, 0, tzinfo=UTC)) == {}
    assert feedback.reports.confirmed(datetime(2026, 11, 20, 4, 1, tzinfo=UTC)) == {"s1": date(2026, 11, 20)}


def test_what_is_rejected_or_too_much_confirms_nothing(
    feedback: Feedback, strangers: Callable[[str, int], list[str]]
) -> None:
    """Nor does what a network says beyond 30 times a day."""
    one, other, third = strangers("s1", 3)
    _, report = confirm(feedback, one, other)
    feedback.reports.resolve(report.id, "rejected", "li")
    assert feedback.reports.confirmed(LATER) == {}
    for n in range(30):
        feedback.reports.add(f"other-{n}", "gone", None, feedback.sender(third, ""))
    confirm(feedback, third)
    assert feedback.reports.confirmed(LATER) == {}


def test_a_steward_confirms_alone(feedback: Feedback, clock: SetClock) -> None:
    """What a steward accepts is confirmed on its own day, by one report."""
    clock.move(days=1)
    (report,) = confirm(feedback, "192.0.2.1")
    clock.move(days=1)
    feedback.reports.resolve(report.id, "accepted", "li")
    assert feedback.reports.confirmed(LATER) == {"s1": date(2026, 11, 21)}


@pytest.mark.parametrize("start", [1, 15, 29, 30, 44])
def test_confirmations_outlive_the_marks_of_networks(
    feedback: Feedback, clock: SetClock, strangers: Callable[[str, int], list[str]], start: int
) -> None:
    """When nobody can tell the two any more the day is still known, whenever the span of their key began."""
    feedback.sender("192.0.2.1", "")
    clock.run(feedback, days=start)
    day = clock.at.date()
    first, second = strangers("s1", 2)
    confirm(feedback, first)
    clock.run(feedback, days=10)
    confirm(feedback, second)
    for _ in range(20):
        clock.run(feedback, days=5)
        assert feedback.reports.confirmed(clock.at) == {"s1": day}


def test_a_clock_put_back_changes_no_order(feedback: Feedback, clock: SetClock, by: Callable[..., Sender]) -> None:
    """A report made at an earlier time than the one before is kept with its time and comes after it."""
    first = feedback.reports.add("s1", "open", None, by("a"))
    clock.move(hours=-3)
    second = feedback.reports.add("s2", "open", None, by("a"))
    assert second.at == clock.at < first.at
    assert second.id > first.id
    assert feedback.reports.queue(9) == [first, second]
