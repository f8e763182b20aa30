"""Who can mark a station as found locked, and who cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pytest

from locator.feedback import lock_marks
from locator.feedback.reports import Report
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock

Strangers = Callable[[str, int], list[str]]


def find(
    feedback: Feedback, address: str, what: str = "locked", station_id: str = "s1", agent: str = ""
) -> Report:
    """Report from an address."""
    return feedback.reports.add(station_id, what, None, feedback.sender(address, agent))


def find_locked(feedback: Feedback, clock: SetClock, addresses: Iterable[str], station_id: str = "s1") -> None:
    """Let the first of some find a station locked today and the others tomorrow at the same hour."""
    first, *others = addresses
    find(feedback, first, station_id=station_id)
    clock.move(days=1)
    for address in others:
        find(feedback, address, station_id=station_id)


@pytest.fixture
def marked(feedback: Feedback, clock: SetClock, strangers: Strangers) -> list[str]:
    """Four addresses of strangers; the first three have just marked s1, on 21 November."""
    addresses = strangers("s1", 4)
    find_locked(feedback, clock, addresses[:3])
    assert feedback.reports.locked() == {"s1"}
    return addresses


def test_one_person_with_many_browsers_marks_nothing(feedback: Feedback, clock: SetClock) -> None:
    """Three names of browsers, 33 stations, on three days: all is in the queue, and readers see nothing of it."""
    for _ in range(3):
        for n in range(33):
            for agent in ("a", "b", "c"):
                find(feedback, "192.0.2.1", station_id=f"s{n}", agent=agent)
        clock.move(days=1)
    assert feedback.reports.locked() == frozenset()
    assert len(feedback.reports.queue(1000)) == 3 * 33 * 3


def test_one_network_marks_nothing(feedback: Feedback, clock: SetClock) -> None:
    """A hundred addresses of one /24, or of one /48, on ten days."""
    for day in range(10):
        for n in range(5):
            find(feedback, f"192.0.2.{10 * day + n}")
            find(feedback, f"2001:db8:1:{10 * day + n:x}::1", station_id="s2")
        clock.move(days=1)
    assert feedback.reports.locked() == frozenset()


def test_two_networks_mark_nothing(feedback: Feedback, clock: SetClock, strangers: Strangers) -> None:
    """A phone's and a home's, every day for a week."""
    for _ in range(7):
        for address in strangers("s1", 2):
            find(feedback, address)
        clock.move(days=1)
    assert feedback.reports.locked() == frozenset()


def test_three_networks_on_two_days_mark(feedback: Feedback, clock: SetClock, strangers: Strangers) -> None:
    """On one day they do not; the next day one of them, or another, makes it so."""
    addresses = strangers("s1", 3)
    for address in addresses:
        find(feedback, address)
    assert feedback.reports.locked() == frozenset()
    clock.move(days=1)
    find(feedback, addresses[0])
    assert feedback.reports.locked() == {"s1"}


@pytest.mark.parametrize(("minutes", "is_marked"), [(719, False), (720, True)])
def test_midnight_is_not_another_day(
    feedback: Feedback, clock: SetClock, strangers: Strangers, minutes: int, is_marked: bool
) -> None:
    """The first and the last are twelve hours apart, exactly that is enough."""
    clock.move(hours=11)  # 23:00 in Beijing
    first, *others = strangers("s1", 3)
    find(feedback, first)
    clock.move(minutes=minutes)
    for address in others:
        find(feedback, address)
    assert feedback.reports.locked() == ({"s1"} if is_marked else frozenset())


@pytest.mark.parametrize(("days", "is_marked"), [(29, True), (30, False)])
def test_three_within_30_days(
    feedback: Feedback, clock: SetClock, strangers: Strangers, days: int, is_marked: bool
) -> None:
    """On the 30th day the first of three still counts, on the 31st it does not; keys change meanwhile."""
    first, *others = strangers("s1", 3)
    find(feedback, first)
    clock.run(feedback, days=days)
    for address in others:
        find(feedback, address)
    assert feedback.reports.locked() == ({"s1"} if is_marked else frozenset())


@pytest.mark.parametrize("start", [1, 10, 20, 28, 29, 30, 45])
def test_a_network_is_known_again_whenever_the_span_began(
    feedback: Feedback, clock: SetClock, strangers: Strangers, start: int
) -> None:
    """Two networks that report every third day for a month never pass for three; a third one is one."""
    feedback.sender("192.0.2.1", "")
    clock.run(feedback, days=start)
    *two, third = strangers("s1", 3)
    for _ in range(9):
        for address in two:
            find(feedback, address)
        clock.run(feedback, days=3)
    assert feedback.reports.locked() == frozenset()
    find(feedback, third)
    assert feedback.reports.locked() == {"s1"}


def test_a_mark_ends_after_30_days(feedback: Feedback, clock: SetClock, marked: list[str]) -> None:
    """Counted from the day on which it was set, also where nobody writes; old reports do not end it."""
    clock.run(feedback, days=15)
    find(feedback, marked[3], "open")
    assert feedback.reports.locked() == {"s1"}
    clock.run(feedback, days=14)
    assert feedback.reports.locked() == {"s1"}
    clock.run(feedback, days=1)
    assert feedback.reports.locked() == frozenset()


def test_open_does_not_clear_what_three_found_locked(feedback: Feedback, marked: list[str]) -> None:
    """One tap does not undo three; but who corrects the own report takes it back."""
    find(feedback, marked[3], "open")
    assert feedback.reports.locked() == {"s1"}
    find(feedback, marked[2], "open")
    assert feedback.reports.locked() == frozenset()
    find(feedback, marked[2], "locked")
    assert feedback.reports.locked() == {"s1"}


@pytest.mark.usefixtures("marked")
def test_what_a_steward_rejects_marks_nothing(feedback: Feedback) -> None:
    """Nor does it stay marked; thinking again brings it back."""
    report = feedback.reports.queue(9)[0]
    feedback.reports.resolve(report.id, "rejected", "li")
    assert feedback.reports.locked() == frozenset()
    feedback.reports.resolve(report.id, "accepted", "li")
    assert feedback.reports.locked() == {"s1"}


def test_a_steward_marks_alone(feedback: Feedback, clock: SetClock) -> None:
    """What a steward accepts needs no second report, and no room under the ceilings."""
    report = find(feedback, "192.0.2.1")
    feedback.reports.resolve(report.id, "accepted", "li")
    assert feedback.reports.locked() == {"s1"}
    feedback.reports.mark_inspected("s1", "li")
    assert feedback.reports.locked() == frozenset()
    clock.move(minutes=1)
    report = find(feedback, "192.0.2.1")
    feedback.reports.resolve(report.id, "accepted", "li")
    assert feedback.reports.locked() == {"s1"}
    open_one = find(feedback, "192.0.2.1", "open", "s2")
    feedback.reports.resolve(open_one.id, "accepted", "li")
    assert feedback.reports.locked() == {"s1"}


def test_a_steward_who_looked_clears_it(feedback: Feedback, clock: SetClock, marked: list[str]) -> None:
    """All that was said before is settled, and for a week it takes a steward to mark the station again."""
    find(feedback, marked[0], station_id="s2")
    feedback.reports.mark_inspected("s1", "li")
    assert feedback.reports.locked() == frozenset()
    assert [(entry.who, entry.what, entry.detail) for entry in feedback.audit.latest(9)] == [
        ("li", "looked", "s1")
    ]
    find_locked(feedback, clock, marked[1:])  # on the 21st and the 22nd
    assert feedback.reports.locked() == frozenset()
    clock.run(feedback, days=5)
    find(feedback, marked[0])
    assert feedback.reports.locked() == frozenset()
    clock.run(feedback, days=1)
    find(feedback, marked[0])
    assert feedback.reports.locked() == {"s1"}


def test_so_many_are_marked_in_a_day(feedback: Feedback, clock: SetClock, strangers: Strangers) -> None:
    """Three networks that can mark whatever they like mark 20 stations a day; all reports wait for a steward."""
    stations = [f"s{n}" for n in range(25)]
    addresses = {station: strangers(station, 3) for station in stations}
    for station in stations:
        find(feedback, addresses[station][0], station_id=station)
    clock.move(days=1)
    for station in stations:
        for address in addresses[station][1:]:
            find(feedback, address, station_id=station)
    assert feedback.reports.locked() == set(stations[:20])
    assert lock_marks.MARKS_A_DAY == 20
    assert len(feedback.reports.queue(1000)) == 75
    clock.move(days=1)
    for station in stations:
        find(feedback, addresses[station][0], station_id=station)
    assert feedback.reports.locked() == set(stations)


def test_a_steward_who_clears_does_not_make_room(
    feedback: Feedback, clock: SetClock, strangers: Strangers
) -> None:
    """Whoever marks at will is not helped by those who clean up after them."""
    for n in range(20):
        find_locked(feedback, clock, strangers(f"s{n}", 3), f"s{n}")
        clock.move(days=-1)
        feedback.reports.mark_inspected(f"s{n}", "li")
    find_locked(feedback, clock, strangers("s20", 3), "s20")
    assert feedback.reports.locked() == frozenset()


def test_a_network_counts_for_30_reports_a_day(feedback: Feedback, clock: SetClock, strangers: Strangers) -> None:
    """What somebody says who is the 31st behind an address is kept; it does not mark."""
    first, second, third = strangers("s1", 3)
    find_locked(feedback, clock, [first, second])
    for n in range(30):
        find(feedback, third, station_id=f"other-{n}", agent=f"phone {n}")
    late = find(feedback, third, agent="phone 31")
    assert feedback.reports.locked() == frozenset()
    assert late in feedback.reports.queue(100)
    feedback.reports.resolve(late.id, "accepted", "li")
    assert feedback.reports.locked() == {"s1"}


def test_a_clock_that_jumps_neither_marks_nor_clears(
    feedback: Feedback, clock: SetClock, marked: list[str], strangers: Strangers
) -> None:
    """A moment in another year shows nothing as marked and takes nothing back; nor is it another day."""
    for address in strangers("s2", 2):
        find(feedback, address, station_id="s2")
    for days in (400, -400):
        clock.move(days=days)
        find(feedback, strangers("s2", 3)[2], station_id="s2", agent=f"jumped {days}")
        find(feedback, marked[3], "open", agent=f"jumped {days}")
        feedback.forget()
        clock.move(days=-days)
    assert feedback.reports.locked() == {"s1"}


def test_the_rule_is_what_the_about_page_says() -> None:
    """The sentence there has these numbers."""
    assert (lock_marks.NETWORKS, lock_marks.DAYS, lock_marks.WITHIN_DAYS) == (3, 2, 30)
    assert lock_marks.APART.total_seconds() == 12 * 3600
