"""Whether what people say can be stored, on disks and with files that are not well."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from locator.config import Settings
from locator.feedback.senders import Sender
from locator.feedback.service import Feedback
from locator.feedback.storage import LOOK_EVERY_S, Storage, writable_fault

HERE = Path(__file__).parent
CANNOT = "The folder of LOCATOR_STORE cannot be written"


def fault_of(store: Path | None) -> str | None:
    """Ask about a folder."""
    return writable_fault(Settings(geodata=HERE, store=store))


def fill(path: Path, reports: int) -> None:
    """Store some reports, and close the file so that all of them are in it."""
    feedback = Feedback(path)
    for number in range(reports):
        feedback.reports.add(f"s{number}", "facts_wrong", "x" * 300, Sender("device", "network"))
    feedback.close()


def test_a_folder_that_can_be_written_has_no_fault_and_stays_as_it_is(tmp_path: Path) -> None:
    """Before anything was written, and after: nothing is made, nothing is left."""
    store = tmp_path / "not" / "yet" / "store"
    assert fault_of(store) is None
    assert list(tmp_path.iterdir()) == []
    fill(store / "feedback.sqlite", 3)
    before = sorted(store.iterdir())
    assert fault_of(store) is None
    assert sorted(store.iterdir()) == before
    assert len(Feedback(store / "feedback.sqlite").reports.queue(9)) == 3


def test_a_damaged_file_of_rows_to_be_placed_is_told(tmp_path: Path) -> None:
    """It is as dear as the reports."""
    fill(tmp_path / "feedback.sqlite", 1)
    (tmp_path / "pending.sqlite").write_bytes(b"no database" * 500)
    assert "pending.sqlite is damaged" in str(fault_of(tmp_path))


def test_where_nothing_is_to_be_written_nothing_is_wrong() -> None:
    """A service without a store."""
    assert fault_of(None) is None


def test_a_store_inside_a_file_is_told(tmp_path: Path) -> None:
    """Where a folder should be and a file is."""
    (tmp_path / "file").write_text("no folder")
    for store in (tmp_path / "file", tmp_path / "file" / "store"):
        assert CANNOT in str(fault_of(store))


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    """As after a mistake of the operator's."""
    if os.geteuid() == 0:
        pytest.skip("for the superuser no folder is read-only")
    folder = tmp_path / "store"
    folder.mkdir(mode=0o500)
    assert CANNOT in str(fault_of(folder))


def test_a_read_only_disk_is_told(small_disk: Path) -> None:
    """And not any more when it can be written again."""
    fill(small_disk / "feedback.sqlite", 1)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert str(fault_of(small_disk)).startswith(f"{CANNOT}: Read-only file system.")
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert fault_of(small_disk) is None


def test_a_full_disk_is_told(small_disk: Path) -> None:
    """With the file of reports there and without it."""
    fill(small_disk / "feedback.sqlite", 1)
    ballast = small_disk / "ballast"
    room = os.statvfs(small_disk)
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize))
    assert str(fault_of(small_disk)).startswith(f"{CANNOT}: No space left on device.")
    ballast.unlink()
    assert fault_of(small_disk) is None


@pytest.mark.parametrize("begins", [b"no database at all" * 300, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_file_that_is_no_database_is_told(tmp_path: Path, begins: bytes) -> None:
    """Before the first worker hears of it."""
    (tmp_path / "feedback.sqlite").write_bytes(begins)
    assert "feedback.sqlite is damaged" in str(fault_of(tmp_path))


def test_damage_in_the_middle_of_the_file_is_told(tmp_path: Path) -> None:
    """Though a report could still be written: what was said before would be lost with it."""
    path = tmp_path / "feedback.sqlite"
    fill(path, 300)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    assert "feedback.sqlite is damaged" in str(fault_of(tmp_path))


def test_keys_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """No report could be stored without them."""
    fill(tmp_path / "feedback.sqlite", 1)
    assert fault_of(tmp_path) is None
    (tmp_path / "feedback.salts").unlink(missing_ok=True)
    (tmp_path / "feedback.salts").mkdir()
    assert "feedback.salts cannot be read or written: Is a directory" in str(fault_of(tmp_path))


def test_who_polls_gets_the_same_answer_for_some_seconds(tmp_path: Path) -> None:
    """By the service's own clock; then it is looked again."""
    clock = [1000.0]
    storage = Storage(Settings(geodata=HERE, store=tmp_path), clock=lambda: clock[0])
    assert storage.fault() is None
    (tmp_path / "feedback.sqlite").write_bytes(b"no database at all")
    clock[0] += LOOK_EVERY_S - 0.01
    assert storage.fault() is None
    clock[0] += 0.02
    assert "is damaged" in str(storage.fault())


def test_the_longer_it_takes_the_less_often_it_is_looked(tmp_path: Path) -> None:
    """A look of half a second is made once in fifty."""
    seconds = iter([0.0, 0.0, 0.5, 50.0, 50.6, 50.6, 50.7])
    storage = Storage(Settings(geodata=HERE, store=tmp_path), clock=lambda: next(seconds))
    assert storage.fault() is None  # asked, began, ended
    (tmp_path / "feedback.sqlite").write_bytes(b"no database at all")
    assert storage.fault() is None
    assert "is damaged" in str(storage.fault())
