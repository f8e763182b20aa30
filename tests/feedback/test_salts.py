"""The file of keys under many readers and writers, damaged, full and read-only."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from locator.errors import GeodataError
from locator.feedback.salts import Salts

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file, which is not there yet."""
    return tmp_path / "feedback.salts"


def test_a_key_stays_what_it_is(file: Path) -> None:
    """In every process, and others have other names; 16 random bytes each; nobody else may read the file."""
    salts = Salts(file, nullcontext)
    first, second = salts.read(["day-2026-11-20", "span-0"])
    assert Salts(file, nullcontext).read(["span-0", "day-2026-11-20"]) == [second, first]
    assert first != second
    assert {len(first), len(second)} == {16}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_is_not_kept_is_overwritten_in_place(file: Path) -> None:
    """Its bytes are gone from where they stood, in the same file of the same size; the others have not moved."""
    salts = Salts(file, nullcontext)
    first, second = salts.read(["one", "two"])
    before, inode = file.read_bytes(), file.stat().st_ino
    salts.keep(["two"])
    after = file.read_bytes()
    assert (len(after), file.stat().st_ino) == (len(before), inode)
    assert first.hex().encode() in before
    assert first.hex().encode() not in after
    assert after.index(second.hex().encode()) == before.index(second.hex().encode())
    assert salts.read(["one"]) != [first]


def test_the_file_does_not_grow(file: Path) -> None:
    """Under a clock that runs wild the keys of other days give way, those that are asked for do not."""
    salts = Salts(file, nullcontext)
    spans = salts.read(["span-0", "span-1"])
    size = file.stat().st_size
    for day in range(100):
        assert salts.read([f"day-{day}", "span-0", "span-1"])[1:] == spans
    assert file.stat().st_size == size


@pytest.mark.parametrize("damage", [b"", b"\0" * 768, b"\xff" * 5000, b"day-2026-11-20 xyz\n"])
def test_a_damaged_file_is_begun_anew(file: Path, damage: bytes) -> None:
    """Nothing is lost by it but that devices are strangers; nothing of what stood there stays."""
    file.write_bytes(damage)
    salts = Salts(file, nullcontext)
    (key,) = salts.read(["day-2026-11-20"])
    assert salts.read(["day-2026-11-20"]) == [key]
    assert file.stat().st_size == 768
    assert b"\xff" not in file.read_bytes()


def test_half_a_file_keeps_its_whole_keys(file: Path) -> None:
    """A crash in the middle of writing costs the key that was being written."""
    salts = Salts(file, nullcontext)
    first, _ = salts.read(["one", "two"])
    file.write_bytes(file.read_bytes()[:80])
    assert salts.read(["one"]) == [first]
    assert len(salts.read(["two"])[0]) == 16


def test_where_it_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The file is named, not where it is."""
    (tmp_path / "feedback.salts").mkdir()
    with pytest.raises(GeodataError, match=r"^feedback\.salts cannot be read or written"):
        Salts(tmp_path / "feedback.salts", nullcontext).read(["one"])


SENDERS = """
import sys
from pathlib import Path
from locator.feedback.service import Feedback
feedback = Feedback(Path(sys.argv[1]), busy_timeout_s=30)
print(*{feedback.sender("192.0.2.1", "phone") for _ in range(50)}, sep="|")
"""


def test_processes_that_make_keys_at_once_agree(tmp_path: Path) -> None:
    """One sender in four first processes of a new store is known by the same marks in all of them."""
    command = [sys.executable, "-c", SENDERS, str(tmp_path / "store" / "feedback.sqlite")]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) for _ in range(4)]
    said = {process.communicate(timeout=60)[0] for process in running}
    assert len(said) == 1
    assert "|" not in said.pop()


@pytest.mark.parametrize("writes", [lambda salts: salts.read(["new"]), lambda salts: salts.keep([])])
def test_who_writes_is_alone(file: Path, writes: Callable[[Salts], object]) -> None:
    """And whoever only reads waits for nobody."""
    Salts(file, nullcontext).read(["old"])
    entered: list[str] = []

    class Alone(nullcontext[None]):
        def __enter__(self) -> None:
            entered.append("alone")

    salts = Salts(file, Alone)
    salts.read(["old"])
    salts.keep(["old"])
    assert entered == []
    writes(salts)
    assert entered == ["alone"]
