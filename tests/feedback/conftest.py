"""A file of feedback, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from locator.feedback.service import Feedback

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class SetClock:
    """A clock that stands still until it is moved, forward or back."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """Return what the clock shows."""
        return self.at

    def move(self, **by: float) -> None:
        """Move it by days, hours, minutes."""
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> SetClock:
    """A clock at noon in Beijing on 20 November 2026."""
    return SetClock(NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file, which is not there yet; nor is its folder."""
    return tmp_path / "store" / "feedback.sqlite"


@pytest.fixture
def feedback(path: Path, clock: SetClock) -> Iterator[Feedback]:
    """Feedback by that clock, kept 365 days."""
    feedback = Feedback(path, retention_days=365, clock=clock)
    yield feedback
    feedback.close()
