"""A file of feedback, clocks that are set by hand, and people who send."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from locator.feedback.senders import Sender
from locator.feedback.service import Feedback

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class SetClock:
    """A wall clock and a monotonic one that stand still until time passes; the first may also be set anew."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.seconds = 1000.0

    def __call__(self) -> datetime:
        """Return what the wall clock shows."""
        return self.at

    def elapsed(self) -> float:
        """Return the seconds that have passed, from anywhere."""
        return self.seconds

    def move(self, **by: float) -> None:
        """Set the wall clock forward or back by days, hours, minutes; no time passes."""
        self.at += timedelta(**by)

    def wait(self, **by: float) -> None:
        """Let time pass."""
        self.move(**by)
        self.seconds += timedelta(**by).total_seconds()

    def run(self, feedback: Feedback, **by: float) -> None:
        """Let time pass while the service runs; it looks at least every six hours."""
        left = timedelta(**by)
        feedback.forget()
        while left > timedelta(0):
            step = min(left, timedelta(hours=6))
            self.wait(seconds=step.total_seconds())
            feedback.forget()
            left -= step


@pytest.fixture
def clock() -> SetClock:
    """A clock at noon in Beijing on 20 November 2026."""
    return SetClock(NOON)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """The file, which is not there yet; nor is its folder. In memory where there is such a place.

    Every write waits for the disk, and these tests live through years; those about kills have their own files.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the system's, for this
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        yield Path(folder, "store", "feedback.sqlite")


@pytest.fixture
def feedback(path: Path, clock: SetClock) -> Iterator[Feedback]:
    """Feedback by that clock, kept 365 days."""
    feedback = Feedback(path, retention_days=365, clock=clock, elapsed=clock.elapsed)
    yield feedback
    feedback.close()


@pytest.fixture
def by(feedback: Feedback) -> Callable[..., Sender]:
    """Give who sends from an address: by default all from one network, told apart by their browsers."""

    def sender(agent: str, address: str = "203.0.113.7") -> Sender:
        return feedback.sender(address, agent)

    return sender


@pytest.fixture
def strangers(feedback: Feedback, strangers_to: Callable[..., list[str]]) -> Callable[[str, int], list[str]]:
    """Give addresses of n networks that are told apart on a subject."""
    return lambda subject, n: strangers_to(feedback, subject, n)
