"""A process of its own for files that can ask for any memory or time: it may fail, and nothing else does."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from locator.errors import GeodataError, LocatorError, UsageError
from locator.importing.formats import read_content
from locator.importing.tables import Content
from locator.sentences import Sentence

MAX_MEMORY: Final = 1_500_000_000
"""Bytes that the process may take besides what it has when it starts."""
MAX_TIME_S: Final = 120

_ROOT: Final = Path(__file__).resolve().parents[2]
_ERRORS: Final[dict[str, type[LocatorError]]] = {"GeodataError": GeodataError, "UsageError": UsageError}
# pyogrio loads these when they are there, which takes a second; nothing here uses them.
_NOT_NEEDED: Final = ("geopandas", "pandas", "pyarrow")


def read_confined(path: Path, encoding: str | None) -> Content:
    """Read a file as `read_content` does, within bounded memory and time.

    Raises
    ------
    GeodataError
        Besides what it raises there, if the process takes too much or breaks down.
    """
    command = [sys.executable, "-m", "locator.importing.confined", str(path.resolve()), encoding or ""]
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, timeout=MAX_TIME_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise GeodataError(
            "{file} takes more than {limit} s to read. Save only its list, as CSV.",
            file=path.name,
            limit=MAX_TIME_S,
        ) from None
    if done.returncode:
        raise GeodataError(
            "{file} cannot be read: it is damaged, or takes more than {limit} MB of memory, as where a cell "
            "stands far away from the others. Save only its list, as CSV.",
            file=path.name,
            limit=MAX_MEMORY // 1_000_000,
        )
    answer = pickle.loads(done.stdout)  # noqa: S301 - our own process made it
    if isinstance(answer, Content):
        return answer
    name, template, values = answer
    raise _ERRORS[name](template, **values)


def main(path: str, encoding: str) -> None:
    """Read a file and write its content, or the error, for the process that waits for it."""
    # What a library prints goes where it does no harm.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        sys.modules.update(dict.fromkeys(_NOT_NEEDED))  # type: ignore[arg-type]
        _limit_memory()
        pickle.dump(_answer(Path(path), encoding or None), out, protocol=5)


def _answer(path: Path, encoding: str | None) -> Content | tuple[str, str, dict[str, Any]]:
    try:
        return read_content(path, encoding)
    except (GeodataError, UsageError) as fault:
        kept = (int, float, Sentence)
        plain = {name: v if isinstance(v, kept) else str(v) for name, v in fault.values.items()}
        return type(fault).__name__, fault.template, plain


def _limit_memory() -> None:
    """Let this process take no more than its share, where the system can see to that."""
    statm = Path("/proc/self/statm")
    if sys.platform == "win32" or not statm.exists():
        return
    import resource

    used = int(statm.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MAX_MEMORY, used + MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
