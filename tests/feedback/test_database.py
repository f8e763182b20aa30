"""The file under many writers, kills, locks, full and read-only disks."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from locator.errors import BusyError, GeodataError
from locator.feedback.database import Database
from locator.feedback.senders import Sender
from locator.feedback.service import Feedback

SOMEBODY = Sender("device", "network", ((0, "this"), (1, "next")))
WRITERS = Path(__file__).parent / "writers.py"
ROOT = WRITERS.parents[2]
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def run_writers(*words: object) -> list[str]:
    """Run the program of many writers and return what was acknowledged."""
    command = [sys.executable, str(WRITERS), *map(str, words)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


def kept(path: Path) -> list[str]:
    """Read the reported stations with a connection of the test's own; the file must be sound."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [row[0] for row in connection.execute("SELECT station_id FROM reports ORDER BY id")]


def test_nothing_of_fifty_writers_at_once_is_lost(tmp_path: Path) -> None:
    """Five processes with nine threads each and five threads here write at the same time: all is there."""
    path = tmp_path / "0.sqlite"
    here = Feedback(path, busy_timeout_s=20)
    names = [f"here-{number}" for number in range(5)]

    def write(name: str) -> None:
        while not path.exists():
            time.sleep(0.001)
        here.reports.add(name, "open", None, SOMEBODY)

    threads = [threading.Thread(target=write, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    acknowledged = run_writers("together", tmp_path, 1, 5, 9)
    for thread in threads:
        thread.join(20)
    assert len(acknowledged) == 45
    assert sorted(kept(path)) == sorted(acknowledged + names)
    here.close()


def test_processes_that_create_the_file_at_once_all_succeed(tmp_path: Path) -> None:
    """Eight first writers of one new file do not disturb one another, six times over."""
    acknowledged = run_writers("together", tmp_path, 6, 8, 1)
    found = [name for file in range(6) for name in kept(tmp_path / f"{file}.sqlite")]
    assert len(acknowledged) == 48
    assert sorted(found) == sorted(acknowledged)


def test_what_was_acknowledged_before_a_kill_is_there(tmp_path: Path) -> None:
    """A writer killed 30 times loses nothing that it had acknowledged; its last one may be there besides."""
    path = tmp_path / "feedback.sqlite"
    acknowledged = run_writers("killed", path, 30)
    found = set(kept(path))
    assert len(acknowledged) > 30
    assert set(acknowledged) <= found
    assert len(found) - len(acknowledged) <= 30


def test_a_locked_file_is_told_in_time_and_works_again(path: Path) -> None:
    """While another process holds the file a write is refused after the timeout, a read is not."""
    feedback = Feedback(path, busy_timeout_s=0.2)
    feedback.reports.add("before", "open", None, SOMEBODY)
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        with pytest.raises(BusyError, match=r"try again"):
            feedback.reports.add("during", "open", None, SOMEBODY)
        assert time.monotonic() - began > 0.15
        assert [report.station_id for report in feedback.reports.queue(9)] == ["before"]
        holder.communicate("")
    feedback.reports.add("after", "open", None, SOMEBODY)
    assert kept(path) == ["before", "after"]
    feedback.close()


def test_a_full_disk_is_told_and_loses_nothing(small_disk: Path) -> None:
    """On a full disk a write is refused; all that was acknowledged is there, and with room it works again."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(100_000))
    path = small_disk / "feedback.sqlite"
    feedback = Feedback(path)
    acknowledged: list[str] = []

    def fill() -> None:
        for number in range(10_000):
            feedback.reports.add(f"s{number}", "facts_wrong", "x" * 300, SOMEBODY)
            acknowledged.append(f"s{number}")

    with pytest.raises(GeodataError, match=r"feedback\.sqlite cannot be .*full"):
        fill()
    assert acknowledged
    ballast.unlink()
    feedback.reports.add("later", "open", None, SOMEBODY)
    feedback.close()
    assert kept(path) == [*acknowledged, "later"]


def test_a_new_file_on_a_full_disk_is_told(small_disk: Path) -> None:
    """Where not even the tables have room there is an error and no half-made file in the way."""
    ballast = small_disk / "ballast"
    room = os.statvfs(small_disk)
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize))
    feedback = Feedback(small_disk / "feedback.sqlite")
    with pytest.raises(GeodataError, match=r"feedback\.sqlite cannot be"):
        feedback.reports.add("s1", "open", None, SOMEBODY)
    ballast.unlink()
    assert feedback.reports.add("s1", "open", None, SOMEBODY).id == 1
    feedback.close()


def test_a_read_only_disk_is_told(small_disk: Path) -> None:
    """Where nothing may be written a write says so; with the right to write it works again."""
    path = small_disk / "feedback.sqlite"
    feedback = Feedback(path)
    feedback.reports.add("before", "open", None, SOMEBODY)
    feedback.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(GeodataError, match=r"feedback\.sqlite cannot be written.*right to write"):
        feedback.reports.add("during", "open", None, SOMEBODY)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    feedback.reports.add("after", "open", None, SOMEBODY)
    feedback.close()
    assert kept(path) == ["before", "after"]


def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    """A folder in which the service may make no file is named as the reason."""
    if os.geteuid() == 0:
        pytest.skip("for the superuser no folder is read-only")
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o500)
    with pytest.raises(GeodataError, match=r"feedback\.sqlite cannot be written.*right to write"):
        Feedback(folder / "feedback.sqlite").reports.add("s1", "open", None, SOMEBODY)


def test_a_store_inside_a_file_is_told(tmp_path: Path) -> None:
    """Where a folder should be and a file is, the error is ours too."""
    (tmp_path / "store").write_text("not a folder")
    with pytest.raises(GeodataError, match=r"feedback\.sqlite cannot be written"):
        Feedback(tmp_path / "store" / "feedback.sqlite").reports.add("s1", "open", None, SOMEBODY)


@pytest.mark.parametrize("begins", [b"no database at all" * 300, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_told(tmp_path: Path, begins: bytes) -> None:
    """A file that is no database is named, for readers and writers, and stays as it is."""
    path = tmp_path / "feedback.sqlite"
    path.write_bytes(begins)
    feedback = Feedback(path)
    with pytest.raises(GeodataError, match=r"feedback\.sqlite is damaged"):
        feedback.reports.add("s1", "open", None, SOMEBODY)
    with pytest.raises(GeodataError, match=r"feedback\.sqlite is damaged"):
        feedback.overlay.read()
    assert path.read_bytes() == begins


def test_rows_that_are_lost_are_told(path: Path, feedback: Feedback) -> None:
    """A damaged page can read as an empty one: that is damage too, and no bug."""
    feedback.reports.add("s1", "open", None, SOMEBODY)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM counters")
    for read in (feedback.reports.revision, feedback.overlay.read):
        with pytest.raises(GeodataError, match=r"feedback\.sqlite is damaged: a row is missing"):
            read()


def test_a_file_of_a_later_version_is_left_alone(path: Path, feedback: Feedback) -> None:
    """A file whose tables this program does not know is neither read nor written."""
    feedback.reports.add("s1", "open", None, SOMEBODY)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(GeodataError, match="later version"):
        Feedback(path).reports.add("s2", "open", None, SOMEBODY)
    assert kept(path) == ["s1"]


def test_readers_make_no_file(path: Path, feedback: Feedback) -> None:
    """Before the first write there is neither file nor folder, and everything reads as empty."""
    assert feedback.reports.queue(9) == []
    assert feedback.requests.cells() == []
    assert feedback.audit.latest(9) == []
    feedback.forget()
    assert not path.parent.exists()


def test_the_files_are_for_their_owner_alone(path: Path, feedback: Feedback) -> None:
    """Nobody else on the machine may read them."""
    feedback.reports.add("s1", "open", None, SOMEBODY)
    assert len(list(path.parent.iterdir())) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_a_file_moved_away_is_begun_anew(path: Path, feedback: Feedback) -> None:
    """What is acknowledged after the file was moved is in the new file and not in one that nobody sees."""
    feedback.reports.add("old", "open", None, SOMEBODY)
    path.rename(path.with_name("old.sqlite"))
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).rename(path.with_name("old.sqlite" + name))
    feedback.reports.add("new", "open", None, SOMEBODY)
    assert kept(path) == ["new"]
    assert kept(path.with_name("old.sqlite")) == ["old"]


FORKS = """
import os, sys
from pathlib import Path
from locator.feedback.database import Database
from locator.feedback.reports import Reports
from locator.feedback.senders import Sender
from locator.feedback.times import now
somebody = Sender("device", "network", ((0, "this"), (1, "next")))
reports = Reports(Database(Path(sys.argv[1])), now)
reports.add("before", "open", None, somebody)
children = []
for number in range(4):
    if not (child := os.fork()):
        reports.add(f"child{number}", "open", None, somebody)
        sys.exit()
    children.append(child)
reports.add("parent", "open", None, somebody)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
reports.add("after", "open", None, somebody)
"""


def test_it_survives_a_fork(tmp_path: Path) -> None:
    """Children of a process that has the file open write too, and so does their parent."""
    path = tmp_path / "feedback.sqlite"
    subprocess.run([sys.executable, "-c", FORKS, str(path)], cwd=ROOT, check=True, timeout=30)
    assert sorted(kept(path)) == ["after", "before", "child0", "child1", "child2", "child3", "parent"]


def test_a_transaction_that_fails_leaves_nothing(path: Path) -> None:
    """What was written before the failure is undone, and the next transaction works."""
    database = Database(path)

    def write(then: Callable[[], object]) -> None:
        with database.writing() as execute:
            execute("UPDATE counters SET value = value + 1 WHERE name = 'asked'")
            then()

    with pytest.raises(ZeroDivisionError):
        write(lambda: 1 / 0)
    write(dict)
    assert database.rows("SELECT value FROM counters WHERE name = 'asked'") == [(1,)]
    database.close()


def test_an_error_in_a_statement_is_not_dressed_up(path: Path) -> None:
    """A bug in this program stays visible as one."""
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        Database(path).rows("SELECT 1 FROM nowhere")
