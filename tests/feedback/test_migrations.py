"""A database of an earlier version becomes one of this version: whole, once, and without what must not stay."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locator.errors import GeodataError
from locator.feedback.audit import Refusals
from locator.feedback.database import Database
from locator.feedback.migrations import VERSION
from locator.feedback.requests import Totals
from locator.feedback.senders import Sender
from locator.feedback.service import Feedback

if TYPE_CHECKING:
    from conftest import SetClock

ROOT = Path(__file__).parents[2]
EARLIER = Path(__file__).with_name("earlier.py")
OPEN = """
import sys
from pathlib import Path
from locator.feedback.database import Database
print(Database(Path(sys.argv[1]), 30).rows("SELECT count(*) FROM reports JOIN days ON number = since")[0][0])
"""
NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
SALTS = [bytes.fromhex("5a17" * 8), bytes.fromhex("01d5a17e" * 4)]


def write_earlier(path: Path, reports: int) -> None:
    """Write a database of version 1, by a process that has ended: its write-ahead log may be left beside it."""
    subprocess.run([sys.executable, str(EARLIER), str(path), str(reports)], check=True, timeout=60)


def open_it(path: Path) -> subprocess.Popen[str]:
    """Let a process open the database."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", OPEN, str(path)], env=environ, stdout=subprocess.PIPE, text=True
    )


def columns(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """Read what tables, columns, indexes and triggers there are."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT type, name, tbl_name FROM sqlite_master").fetchall()
        found = {
            name: {tuple(row[1:4]) for row in connection.execute(f"PRAGMA table_info({name})")}
            for sort, name, _ in names
            if sort == "table"
        }
        return {**found, "": set(names)}


@pytest.fixture
def migrated(path: Path, clock: SetClock) -> Feedback:
    """What 600 reports and all else became."""
    write_earlier(path, 600)
    return Feedback(path, retention_days=365, clock=clock, elapsed=clock.elapsed)


def test_the_tables_are_those_of_a_new_database(path: Path, migrated: Feedback, tmp_path: Path) -> None:
    """Of the same names, with the same columns, indexes and triggers."""
    migrated.reports.queue(1)
    Feedback(tmp_path / "new.sqlite").audit.log("li", "publish", "")
    assert columns(path) == columns(tmp_path / "new.sqlite")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_no_report_is_lost(migrated: Feedback) -> None:
    """Each with what was said, when and what a steward made of it; one that is new waits as before."""
    waiting = migrated.reports.queue(1000)
    assert [report.id for report in waiting] == [n for n in range(1, 601) if n % 3]
    assert [report.note for report in waiting[:2]] == ["note 0", "note 1"]
    assert waiting[0].day == date(2026, 9, 1)
    assert len(migrated.reports.of_station("s2")) == 4
    assert migrated.requests.answered_version() == 4


def test_what_one_person_may_have_said_changes_nothing_any_more(migrated: Feedback) -> None:
    """Only what a steward accepted is confirmed still: of each station the last such day."""
    accepted = {f"s{n % 50}": date(2026, 9, 1) + timedelta(days=n * 30 // 600) for n in range(600) if n % 6 == 2}
    assert migrated.reports.confirmed(NEXT_YEAR) == accepted
    assert migrated.reports.locked() == frozenset()


def test_requests_are_counted_as_before(migrated: Feedback) -> None:
    """Two devices beside the seven that were deleted, one of them answered; the square is not shown yet."""
    assert migrated.requests.totals() == Totals(9, 4)
    assert len(migrated.requests.queue(9)) == 1
    assert migrated.requests.cells() == []


def test_the_log_has_no_positions_and_says_so(path: Path, migrated: Feedback) -> None:
    """What else is in it stays to the letter, in its order; and it only grows again."""
    entries = migrated.audit.latest(99)
    assert [(entry.what, entry.detail) for entry in reversed(entries)] == [
        ("publish", "4: new stations in the east, 39.9 of them"),
        ("request accepted", "1"),
        ("report accepted", "3 s1 open"),
        ("request rejected", "4"),
        ("looked", "s1"),
        ("log cleaned", "2, 300"),
    ]
    assert entries[0].who == "locator"
    with closing(sqlite3.connect(path)) as connection:
        for statement in ("UPDATE log SET who = 'nobody'", "DELETE FROM log"):
            with pytest.raises(sqlite3.IntegrityError, match="only grows"):
                connection.execute(statement)
    assert all(b"39.9119,116.4053" not in file.read_bytes() for file in path.parent.iterdir())


def test_refused_sign_ins_are_counted_by_the_hour(migrated: Feedback) -> None:
    """Five names an hour, the others as one; none is lost."""
    refusals = migrated.audit.refusals(99)
    assert sum(refused.times for refused in refusals) == 300
    (last, *_) = refusals
    assert isinstance(last, Refusals)
    assert last.hour.isoformat() == "2026-09-03T05:00:00+00:00"
    hours = [refused.hour for refused in refusals]
    assert {hours.count(hour) for hour in hours} == {6}
    assert sum(refused.who == "" for refused in refusals) == 3


def test_no_byte_of_an_old_salt_is_left(path: Path, migrated: Feedback) -> None:
    """Neither in the database nor in what stands beside it, though both were there before."""
    before = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert all(salt in before for salt in SALTS)
    migrated.reports.queue(1)
    for file in path.parent.iterdir():
        assert not any(salt in file.read_bytes() for salt in SALTS), file.name


def test_old_reports_go_when_they_are_old_enough(migrated: Feedback, clock: SetClock) -> None:
    """Those of 1 September on 2 September of the next year, and not a year after the new version came."""
    first = migrated.reports.queue(1)[0]
    clock.run(migrated, days=280)  # from 20 November
    assert migrated.reports.queue(1)[0] == first
    clock.run(migrated, days=8)
    left = migrated.reports.queue(1)[0].day
    assert date(2026, 9, 2) <= left <= date(2026, 9, 6)
    clock.run(migrated, days=40)
    assert migrated.reports.queue(1) == []


@pytest.mark.parametrize("days", [400, -400, -20_000])
def test_a_wrong_clock_on_the_day_of_the_change_deletes_nothing(path: Path, clock: SetClock, days: int) -> None:
    """What was written has its age by what is written beside it."""
    write_earlier(path, 60)
    clock.move(days=days)
    feedback = Feedback(path, retention_days=365, clock=clock, elapsed=clock.elapsed)
    clock.run(feedback, days=3)
    clock.move(days=-days)
    clock.run(feedback, days=30)
    assert len(feedback.reports.queue(99)) == 40
    feedback.close()


def test_an_empty_database_becomes_one_too(path: Path) -> None:
    """Where nothing was said there is nothing to tell of in the log."""
    write_earlier(path, 0)
    feedback = Feedback(path)
    assert feedback.audit.latest(9) == []
    assert feedback.reports.add("s1", "open", None, feedback.sender("192.0.2.1", "")).id == 1


def test_processes_that_open_it_at_once_all_succeed(tmp_path: Path) -> None:
    """Four of them, each sees all reports with their days."""
    path = tmp_path / "feedback.sqlite"
    write_earlier(path, 3000)
    running = [open_it(path) for _ in range(4)]
    assert [process.communicate(timeout=60)[0] for process in running] == ["3000\n"] * 4


def test_a_kill_leaves_the_old_tables_or_the_new(tmp_path: Path) -> None:
    """Killed at eight moments of the change: nothing is lost, and the next one to open it succeeds."""
    earlier, path = tmp_path / "earlier.sqlite", tmp_path / "feedback.sqlite"
    write_earlier(earlier, 20_000)
    shutil.copy(earlier, path)
    began = time.monotonic()
    assert open_it(path).communicate(timeout=60)[0] == "20000\n"
    took_s = time.monotonic() - began  # here, now
    for turn in range(8):
        for file in tmp_path.glob("feedback.sqlite*"):
            file.unlink()
        shutil.copy(earlier, path)
        process = open_it(path)
        time.sleep(took_s * (0.3 + 0.1 * turn))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("SELECT count(*) FROM reports").fetchone() == (20_000,)
            ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        assert version in (1, VERSION)
        assert Database(path).rows("SELECT count(*) FROM reports JOIN days ON number = since") == [(20_000,)]


def test_a_full_disk_leaves_the_old_tables(small_disk: Path) -> None:
    """Where there is no room for the change it is told, and with room it is made; nothing is lost."""
    path = small_disk / "feedback.sqlite"
    write_earlier(path, 600)
    room = os.statvfs(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - 20_000))
    feedback = Feedback(path)
    with pytest.raises(GeodataError, match=r"feedback\.sqlite cannot be .*full"):
        feedback.reports.queue(1)
    ballast.unlink()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM reports").fetchone() == (600,)
    assert len(feedback.reports.queue(2000)) == 400
    sender = Sender("device", "network")
    assert feedback.reports.add("s1", "open", None, sender).id == 601
    feedback.close()
