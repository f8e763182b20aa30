"""Attempts are counted in a moving window, by all processes together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from locator.feedback.attempts import Attempts
from locator.feedback.database import Database

if TYPE_CHECKING:
    from conftest import SetClock

ROOT = Path(__file__).parents[2]
TRY = """
import sys
from pathlib import Path
from locator.feedback.attempts import Attempts
from locator.feedback.database import Database
attempts = Attempts(Database(Path(sys.argv[1]), 30))
print(sum(attempts.enter("sign-in", 40, 3600) for _ in range(30)))
"""


def test_so_many_within_a_minute(path: Path, clock: SetClock) -> None:
    """The sixth is refused and does not count; after the first is a minute old there is room for one."""
    attempts = Attempts(Database(path), clock.elapsed)
    for _ in range(5):
        assert attempts.enter("a", 5, 60)
        clock.seconds += 10
    assert not attempts.enter("a", 5, 60)
    assert attempts.enter("b", 5, 60)
    assert attempts.window("a", 60) == (1000.0, 5)
    clock.seconds += 9.9
    assert not attempts.enter("a", 5, 60)
    clock.seconds += 0.1
    assert attempts.enter("a", 5, 60)
    assert not attempts.enter("a", 5, 60)
    assert attempts.window("nobody", 60) == (1060.0, 0)


def test_several_at_once_count_all_or_none(path: Path, clock: SetClock) -> None:
    """Three of five, and then three more do not fit."""
    attempts = Attempts(Database(path), clock.elapsed)
    assert attempts.enter("a", 5, 60, 3)
    assert not attempts.enter("a", 5, 60, 3)
    assert attempts.enter("a", 5, 60, 2)


def test_a_clock_put_back_shuts_nobody_out(path: Path, clock: SetClock) -> None:
    """What is dated an hour ahead counts for nothing; by less than a minute it counts."""
    attempts = Attempts(Database(path), clock.elapsed)
    assert attempts.enter("a", 1, 60)
    clock.seconds -= 50
    assert not attempts.enter("a", 1, 60)
    clock.seconds -= 3600
    assert attempts.enter("a", 1, 60)


def test_what_is_old_is_deleted(path: Path, clock: SetClock) -> None:
    """Also of those who never come again."""
    database = Database(path)
    attempts = Attempts(database, clock.elapsed)
    attempts.enter("a", 5, 60)
    clock.seconds += 100
    attempts.enter("b", 5, 60)
    with database.writing() as execute:
        attempts.forget(execute, 60)
    assert [what for (what,) in database.rows("SELECT what FROM attempts")] == ["b"]


def test_processes_count_together(path: Path) -> None:
    """Three processes try 30 times each; exactly 40 are let through."""
    command = [sys.executable, "-c", TRY, str(path)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) for _ in range(3)]
    assert sum(int(process.communicate(timeout=60)[0]) for process in running) == 40
