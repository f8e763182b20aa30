"""The benchmarks measure what they say."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"
MB = 2**20


@pytest.fixture(scope="module")
def figures() -> Iterator[ModuleType]:
    """Give what the benchmarks share, which lies in no package."""
    spec = importlib.util.spec_from_file_location("figures", BENCHMARKS / "figures.py")
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "figures", found)
        spec.loader.exec_module(found)
        yield found


def test_the_peak_of_a_program_is_its_own(figures: ModuleType) -> None:
    """Not that of whoever asks, who holds 400 MB here; what a process of the program's own takes counts."""
    held = b"x" * (400 * MB)
    bare = figures.alone("-c", "pass").peak_mb
    taken = figures.alone("-c", f"held = b'x' * {100 * MB}").peak_mb
    assert bare < 50
    assert 95 < taken - bare < 120
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', \"held = b'x' * {100 * MB}\"])"
    assert 95 < figures.alone("-c", child).peak_mb - bare < 120
    assert len(held) == 400 * MB


def test_a_program_tells_and_fails_as_it_would_by_itself(figures: ModuleType) -> None:
    """What it printed comes back; what it wrote as an error is the reason."""
    run = figures.alone("-c", "import sys; print(sys.argv[1])", "驿站")
    assert run.printed == "驿站\n"
    assert 0 < run.seconds < 60
    with pytest.raises(RuntimeError, match="no such thing"):
        figures.alone("-c", "raise SystemExit('no such thing')")
