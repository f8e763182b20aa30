"""Days are counted by two clocks, and nothing grows old because one of them jumps."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locator.feedback.ages import Ages, believed
from locator.feedback.database import Database
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock

YEARS = 400


def reported(feedback: Feedback) -> list[str]:
    """Report on a station and return all that are waiting."""
    return [report.station_id for report in feedback.reports.queue(1000)]


# What is believed of the days that were counted


def counted(*walls: int, anew: Iterable[int] = ()) -> list[tuple[int, int | None]]:
    """Give days with what the wall clock showed; each a day after the one before, but for those started anew."""
    return [(wall, None if place == 0 or place in anew else 1) for place, wall in enumerate(walls)]


@pytest.mark.parametrize(
    ("days", "known"),
    [
        ([], []),
        (counted(500), [500]),
        (counted(500, 501, 502), [500, 501, 502]),
        (counted(500, 501, 502, anew=[1, 2]), [500, 501, 502]),
        # As long as the service runs the wall clock may show what it likes.
        (counted(500, 900, 901, 502, 503), [500, 501, 502, 503, 504]),
        (counted(500, 1, 2, 3, 504, 505), list(range(500, 506))),
        (counted(0, *range(20_000, 20_020)), list(range(21))),
        ([(500, None), (501, 1), (510, 9)], [500, 501, 510]),
        # Started anew on the same day, or after the clock was put back: days that have passed.
        (counted(500, 500, 499, 500, anew=[1, 2, 3]), [500, 501, 502, 503]),
        # A pause is believed when seven more days were counted, and not before.
        (counted(500, 600, *range(601, 607), anew=[1]), [500, 501, *range(502, 508)]),
        (counted(500, 600, *range(601, 608), anew=[1]), [500, 600, *range(601, 608)]),
        # A start with a clock that is ahead, set right within a week: there was no pause.
        (counted(500, 900, *range(901, 906), *range(507, 520), anew=[1]), list(range(500, 520))),
        # The clock was behind and set right while the service ran; then it was off for a day, not for a year.
        (
            counted(100, 101, *range(502, 506), *range(507, 520), anew=[6]),
            [100, 101, *range(102, 106), *range(107, 120)],
        ),
        # It stopped with a clock that was behind and started with the right one: no pause either.
        (counted(500, 501, 102, 103, *range(504, 520), anew=[4]), list(range(500, 520))),
        # A start in 1970 and the next one with the true day: more than three years are no pause.
        (counted(0, *range(20_000, 20_010), anew=[1]), list(range(11))),
        (counted(500, 1600, *range(1601, 1610), anew=[1]), [500, 1600, *range(1601, 1610)]),
        (counted(500, 1601, *range(1602, 1611), anew=[1]), list(range(500, 511))),
        # Two pauses, one after the other.
        (
            counted(500, 510, *range(511, 515), 520, *range(521, 530), anew=[1, 6]),
            [500, 510, *range(511, 515), 520, *range(521, 530)],
        ),
    ],
)
def test_what_is_believed(days: list[tuple[int, int | None]], known: list[int]) -> None:
    """One day at least from each to the next, more where nothing denies it."""
    assert believed(days) == known


@given(st.lists(st.tuples(st.integers(0, 3000), st.sampled_from([None, 1, 2])), max_size=60))
def test_days_are_in_order_whatever_the_clock_said(days: list[tuple[int, int | None]]) -> None:
    """At least a day from each to the next, and so many as passed where that is known."""
    known = believed(days)
    assert len(known) == len(days)
    steps = [after - before for before, after in pairwise(known)]
    assert all(step >= 1 for step in steps)
    assert all(passed in (None, step) for (_, passed), step in zip(days[1:], steps, strict=True))


# Counting


def test_a_day_is_counted_once_by_all_processes(path: Path, clock: SetClock) -> None:
    """Whoever is first; the others are not told so."""
    ages = [Ages(Database(path), clock, clock.elapsed) for _ in range(3)]
    with Database(path).writing():
        pass
    told: list[int] = []
    for _ in range(5 * 24):
        clock.wait(hours=1)
        told.append(sum(age.count() for age in ages))
    assert sum(told) == 5
    assert max(told) == 1
    assert ages[0].number() == 5


def test_a_day_needs_an_hour_of_a_steady_clock(path: Path, clock: SetClock) -> None:
    """An hour, to the second, from when it was last set; a correction of less than a minute does not matter."""
    ages = Ages(Database(path), clock, clock.elapsed)
    with Database(path).writing():
        pass
    ages.count()
    clock.wait(minutes=50)
    clock.move(seconds=59)
    assert not ages.count()
    clock.wait(minutes=9, seconds=59)
    assert not ages.count()
    clock.move(minutes=5)
    clock.wait(seconds=1)
    assert not ages.count()
    clock.wait(minutes=59, seconds=59)
    assert not ages.count()
    clock.wait(seconds=1)
    assert ages.count()


def test_a_clock_that_is_never_steady_counts_no_first_day(path: Path, clock: SetClock) -> None:
    """One that stands still, runs at double speed, or leaps on every minute."""
    ages = Ages(Database(path), clock, clock.elapsed)
    with Database(path).writing():
        pass
    for by in ({"days": 0.0}, {"hours": 1.0}, {"hours": 2.0}):
        for _ in range(200):
            clock.seconds += 61
            clock.move(**by)
            assert not ages.count()


def test_a_restarted_service_counts_no_day_twice(path: Path, clock: SetClock) -> None:
    """Started anew every two hours for ten days."""
    with Database(path).writing():
        pass
    for _ in range(120):
        ages = Ages(Database(path), clock, clock.elapsed)
        for _ in range(2):
            ages.count()
            clock.wait(hours=1)
    assert Ages(Database(path), clock, clock.elapsed).number() in (10, 11)


# Deleting


def test_half_a_second_in_another_year_deletes_nothing(feedback: Feedback, clock: SetClock) -> None:
    """Looked at twice a second, as the service does, before, during and after; hour after hour."""
    clock.run(feedback, days=3)
    feedback.reports.add("s1", "locked", "a note", feedback.sender("192.0.2.1", "phone"))
    feedback.requests.add(39.9, 116.4, [], "any", None, feedback.sender("192.0.2.1", "phone"))
    for days in (YEARS, -YEARS, 20_000, -20_000, 366):
        clock.run(feedback, hours=6)
        clock.move(days=days)
        for _ in range(2):
            feedback.forget()
            clock.wait(seconds=0.25)
        clock.move(days=-days)
        feedback.forget()
    assert reported(feedback) == ["s1"]
    assert len(feedback.requests.queue(9)) == 1


@pytest.mark.parametrize("days", [YEARS, -YEARS, -20_000])
def test_a_clock_that_is_wrong_for_some_days_deletes_nothing(
    feedback: Feedback, clock: SetClock, days: int
) -> None:
    """Six days of running, three times; what is reported in them and before is there."""
    expected = []
    for turn in range(3):
        clock.run(feedback, days=9)
        feedback.reports.add(f"right-{turn}", "open", None, feedback.sender("192.0.2.1", "phone"))
        clock.move(days=days)
        feedback.reports.add(f"wrong-{turn}", "open", None, feedback.sender("192.0.2.1", "phone"))
        clock.run(feedback, days=6)
        clock.move(days=-days)
        expected += [f"right-{turn}", f"wrong-{turn}"]
    clock.run(feedback, days=20)
    assert reported(feedback) == expected


def test_a_wrong_clock_at_the_first_start_deletes_nothing(feedback: Feedback, clock: SetClock) -> None:
    """Ahead or without a battery: what is reported before it is set right lives as long as all else."""
    for days in (YEARS, -20_000):
        clock.move(days=days)
        clock.run(feedback, days=2)
        feedback.reports.add(f"s{days}", "open", None, feedback.sender("192.0.2.1", "phone"))
        clock.run(feedback, days=2)
        clock.move(days=-days)
        clock.run(feedback, days=30)
    assert len(reported(feedback)) == 2


def test_a_machine_that_was_off_makes_up_for_it(path: Path, clock: SetClock) -> None:
    """Off for 200 days of 365: what is a year old is deleted a week after it is, not 200 days later."""
    feedback = Feedback(path, retention_days=365, clock=clock, elapsed=clock.elapsed)
    clock.run(feedback, days=10)
    feedback.reports.add("before", "open", None, feedback.sender("192.0.2.1", "phone"))
    clock.run(feedback, days=1)
    clock.move(days=200)
    started = Feedback(path, retention_days=365, clock=clock, elapsed=clock.elapsed)
    # Within the first hour, before any day is counted: it is new, however long the pause was.
    started.reports.add("after", "open", None, started.sender("192.0.2.1", "phone"))
    clock.run(started, days=160)
    assert reported(started) == ["before", "after"]
    clock.run(started, days=12)
    assert reported(started) == ["after"]
    clock.run(started, days=200)
    assert reported(started) == []
    started.close()


def test_a_machine_off_for_longer_than_all_is_kept_deletes_within_two_weeks(path: Path, clock: SetClock) -> None:
    """Not at once, for the clock may be wrong; not what was said since it is on again."""
    feedback = Feedback(path, retention_days=30, clock=clock, elapsed=clock.elapsed)
    feedback.reports.add("before", "open", None, feedback.sender("192.0.2.1", "phone"))
    clock.run(feedback, days=2)
    clock.move(days=YEARS)
    started = Feedback(path, retention_days=30, clock=clock, elapsed=clock.elapsed)
    started.reports.add("after", "open", None, started.sender("192.0.2.1", "phone"))
    clock.run(started, days=6)
    assert reported(started) == ["before", "after"]
    clock.run(started, days=8)
    assert reported(started) == ["after"]
    clock.run(started, days=30)
    assert reported(started) == []
    started.close()


@pytest.mark.parametrize("seed", range(8))
def test_nothing_young_is_deleted_whatever_the_clock_does(path: Path, clock: SetClock, seed: int) -> None:
    """Reports of the last 30 true days are there after any jumps that end within a week; what is old goes."""
    chance = random.Random(seed)
    made: dict[str, float] = {}
    feedback = Feedback(path, retention_days=30, clock=clock, elapsed=clock.elapsed)

    def live(days: float) -> None:
        for _ in range(3):
            clock.run(feedback, days=days / 3)
            name = f"s{len(made)}"
            feedback.reports.add(name, "open", None, feedback.sender("192.0.2.1", name))
            made[name] = clock.seconds

    for _ in range(4):
        live(chance.uniform(7, 15))
        wrong = chance.choice([-20_000, -400, -1, 1, 29, 31, 400, 1000])
        is_new_before, is_new_after = chance.random() < 0.4, chance.random() < 0.4
        for by, is_new in ((wrong, is_new_before), (-wrong, is_new_after)):
            clock.move(days=by)
            if is_new:
                feedback.close()
                feedback = Feedback(path, retention_days=30, clock=clock, elapsed=clock.elapsed)
            live(chance.choice([0.001, 0.3, 5.5]))
    live(8)
    young = {name for name, at in made.items() if clock.seconds - at < 29.5 * 86_400}
    assert young <= set(reported(feedback))
    clock.run(feedback, days=60)
    assert reported(feedback) == []
    feedback.close()


def test_the_day_is_that_of_the_stations(path: Path, clock: SetClock) -> None:
    """Midnight in Beijing, wherever the service runs."""
    clock.at = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    ages = Ages(Database(path), clock, clock.elapsed)
    with Database(path).writing():
        pass
    ages.count()
    clock.wait(hours=1)
    assert ages.count()
    assert Database(path).rows("SELECT day FROM days") == [("2026-11-20",)]
    clock.wait(hours=24)
    assert ages.count()
    assert Database(path).rows("SELECT day FROM days WHERE number = 2") == [("2026-11-21",)]
