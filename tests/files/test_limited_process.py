"""A process of its own gives back plain data within its limits, and whatever it does, nothing happens here."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from locator.errors import GeodataError, UsageError
from locator.files.limited_process import BrokenError, Limits, TooLongError, in_limited_process
from locator.language.messages import Message, message

pytestmark = pytest.mark.usefixtures("own_process")
LIMITS = Limits(memory=400_000_000, time_s=60, answer=1_000_000)


class Payload:
    """What runs a command in whoever unpickles it."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        """Make the file that shows that it ran."""
        return Path.touch, (Path(self.mark),)


def answer_folder() -> Path:
    """Return where the process that this is called in is to leave its answer."""
    return Path(json.loads(sys.argv[1])[0])


# What the other process is asked to do


def many_parts(text: str, number: float) -> Iterator[Any]:
    """Give back what was handed over, and arrays."""
    yield {"text": text, "number": number, "none": None}
    yield np.array([[116.4, 39.9], [np.nan, np.inf]])
    yield np.empty((0, 2))
    yield np.array([True, False])
    yield [1, [2.5, "三"]]


def refuse(kind: str) -> Iterator[Any]:
    """Raise an error after the first part."""
    yield 1
    if kind == "geodata":
        raise GeodataError(
            "{file} has {count:,} {what}.", file=Path("a.csv"), count=12_345, what=message("no name")
        )
    raise UsageError("so not")


def take_memory(_: None) -> Iterator[Any]:
    """Fill a gigabyte."""
    yield len(bytearray(1_000_000_000))


def take_time(_: None) -> Iterator[Any]:
    """Sleep for long."""
    yield time.sleep(60)


def talk(_: None) -> Iterator[Any]:
    """Answer more than is taken."""
    yield "x" * 2_000_000


def import_json(_: None) -> Iterator[Any]:
    """Import what is not to be there."""
    import tomllib

    yield tomllib.__name__


def archive(folder: Path, mark: str) -> None:
    """Write several arrays where one should be."""
    with (folder / "0.npy").open("wb") as file:
        np.savez(file, a=np.array([Payload(mark)]))


def header(folder: Path, _: str) -> None:
    """Promise eight terabytes and give none."""
    with (folder / "0.npy").open("wb") as file:
        about = {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
        np.lib.format.write_array_header_1_0(file, about)


def error(folder: Path, said: Any) -> None:
    """Leave an error."""
    (folder / "error.json").write_text(json.dumps(said))


def sparse(folder: Path, _: str) -> None:
    """Leave two files that together are too long."""
    for name in ("0.npy", "1.npy"):
        (folder / name).touch()
        os.truncate(folder / name, 900_000)


HOSTILE: dict[str, Callable[[Path, str], object]] = {
    "pickle for JSON": lambda folder, mark: (folder / "0.json").write_bytes(pickle.dumps(Payload(mark))),
    "pickle for an array": lambda folder, mark: (folder / "0.npy").write_bytes(pickle.dumps(Payload(mark))),
    "pickle for an error": lambda folder, mark: (folder / "error.json").write_bytes(pickle.dumps(Payload(mark))),
    "array of objects": lambda folder, mark: np.save(
        folder / "0.npy", np.array([Payload(mark)]), allow_pickle=True
    ),
    "archive of arrays": archive,
    "array without its numbers": header,
    "array of texts": lambda folder, _: np.save(folder / "0.npy", np.array(["a"])),
    "unknown error": lambda folder, _: error(folder, ["SystemExit", [["no", {}]]]),
    "no error": lambda folder, _: error(folder, 7),
    "error that fills the memory": lambda folder, _: error(
        folder, ["UsageError", [["{n:>999999999}", {"n": "x"}]]]
    ),
    "sparse files": sparse,
    "link": lambda folder, _: (folder / "0.json").symlink_to("/dev/zero"),
    "pipe": lambda folder, _: os.mkfifo(folder / "0.json"),
    "folder": lambda folder, _: (folder / "0.json").mkdir(),
    "end": lambda *_: os._exit(3),
}


def be_hostile(what: str, mark: str) -> Iterator[Any]:
    """Leave what no honest process leaves."""
    HOSTILE[what](answer_folder(), mark)
    yield from ()


def asked(*call: Any, **more: Any) -> list[Any]:
    """Run a function in a process of its own and list its parts."""
    with in_limited_process(*call, **{"limits": LIMITS, **more}) as parts:
        return list(parts)


def test_parts_come_back_as_they_are() -> None:
    """Texts, numbers and arrays of numbers, an empty one too."""
    about, lonlat, nothing, flags, rest = asked(many_parts, "暖心", 0.1)
    assert about == {"text": "暖心", "number": 0.1, "none": None}
    np.testing.assert_array_equal(lonlat, [[116.4, 39.9], [np.nan, np.inf]])
    assert lonlat.flags.writeable
    assert nothing.shape == (0, 2)
    assert flags.tolist() == [True, False]
    assert rest == [1, [2.5, "三"]]


def test_errors_come_back_with_their_sentences() -> None:
    """What they say can still be said in another language."""
    with pytest.raises(GeodataError, match=r"a\.csv has 12,345 no name\.") as caught:
        asked(refuse, "geodata")
    assert isinstance(caught.value.values["what"], Message)
    assert caught.value.values["count"] == 12_345
    with pytest.raises(UsageError, match="so not"):
        asked(refuse, "usage")


@pytest.mark.parametrize("what", HOSTILE)
def test_a_process_that_was_taken_over_does_nothing_here(tmp_path: Path, what: str) -> None:
    """Nothing of what it leaves is run, followed or waited for."""
    mark = tmp_path / "ran"
    with pytest.raises(BrokenError):
        asked(be_hostile, what, str(mark))
    assert not mark.exists()


def test_the_payload_of_these_tests_would_run(tmp_path: Path) -> None:
    """Else nothing would be shown by them."""
    pickle.loads(pickle.dumps(Payload(str(tmp_path / "ran"))))  # noqa: S301 - that is the test
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("greedy", [take_memory, talk])
def test_more_than_its_share_is_not_taken(greedy: Any) -> None:
    """Memory and the length of the answer."""
    with pytest.raises(BrokenError):
        asked(greedy, None)


def test_time_is_bounded() -> None:
    """The process is ended, and the folder of its answer is gone."""
    start = time.monotonic()
    with pytest.raises(TooLongError):
        asked(take_time, None, limits=replace(LIMITS, time_s=1))
    assert time.monotonic() - start < 30


def test_modules_can_be_left_out() -> None:
    """As where they are not installed."""
    assert asked(import_json, None) == ["tomllib"]
    with pytest.raises(BrokenError):
        asked(import_json, None, without=("tomllib",))


@pytest.mark.skipif(not hasattr(signal, "alarm"), reason="this system has no such clock")
def test_a_process_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    """Where whoever started it was killed."""
    call = [str(tmp_path), take_time.__module__, "take_time", [None], [], 400_000_000, -4, 1_000_000]
    done = subprocess.run(
        [sys.executable, "-m", "locator.files.limited_process", json.dumps(call)], timeout=30, check=False
    )
    assert done.returncode == -signal.SIGALRM
