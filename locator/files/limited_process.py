"""Running a reader in a process with limited memory and time, for files that could exhaust either.

Results come back as JSON and plain arrays of numbers, never as pickled objects: a hostile file that takes over the
process cannot run code in the calling one.
"""

from __future__ import annotations

import importlib
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from locator.errors import GeodataError, LocatorError, UsageError
from locator.files.limits import MAX_POINTS
from locator.geo.geodesy import FloatArray
from locator.language.messages import Message, as_data, from_data, message

Part = Any
"""What JSON can hold, or an array of numbers."""
Read = Callable[..., Iterable[Part]]
"""A function of a module, imported by name in the other process; its arguments must fit JSON."""

# pyogrio imports these if they are installed, which takes as long as all the rest; nothing here uses them.
NOT_NEEDED: Final = ("geopandas", "pandas")
_ROOT: Final = Path(__file__).resolve().parents[2]
_ERRORS: Final[Mapping[str, type[LocatorError]]] = {"GeodataError": GeodataError, "UsageError": UsageError}
_ERROR: Final = "error.json"
_NUMBERS: Final = "bfiu"  # NumPy's kinds of types that are plain numbers
_MORE_S: Final = 5
_TOO_LONG: Final = message(
    "{file} takes more than {limit} s to read. Cut it to the area that you need, or save it as CSV."
)
_TOO_LARGE: Final = message(
    "{file} cannot be read: it is damaged, or takes more than {limit} MB of memory. Export it again, or"
    " cut it to the area that you need."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the process."""

    memory: int
    """Bytes beyond those in use when it starts."""
    time_s: float
    answer: int
    """Bytes of all its results."""
    too_long: Message = _TOO_LONG
    """The error if it takes longer."""
    too_large: Message = _TOO_LARGE
    """The error if it takes more memory, or its results are invalid."""


LIMITS: Final = Limits(memory=3_000_000_000, time_s=300, answer=2_000_000_000)
"""Enough for `MAX_POINTS` cells of a raster, with their positions."""


class TooLongError(Exception):
    """The process exceeded its time and was ended."""


class BrokenError(Exception):
    """The process crashed, exceeded its memory, or returned invalid results."""


@contextmanager
def in_limited_process(
    read: Read, *arguments: Any, limits: Limits, without: tuple[str, ...] = ()
) -> Iterator[Iterator[Part]]:
    """Run a function in a process of its own and give, once it is done, the parts that it yielded.

    Parameters
    ----------
    read, *arguments
        The function and what it is called with.
    limits
        Limits of the process. Memory is limited only where the system supports it.
    without
        Modules that cannot be imported there, as if they were not installed.

    Raises
    ------
    GeodataError, UsageError
        Whatever of these the function raises.
    TooLongError, BrokenError
        If the process takes too long, or ends before it is done.
    """
    with TemporaryDirectory(prefix="locator-") as name:
        folder = Path(name)
        _run(read, arguments, limits, without, folder)
        _refuse_odd(folder, limits.answer)
        if (folder / _ERROR).exists():
            raise _error(_json(folder / _ERROR))
        yield _parts(folder)


def _run(read: Read, arguments: Iterable[Any], limits: Limits, without: tuple[str, ...], folder: Path) -> None:
    call = [read.__module__, read.__qualname__, list(arguments), list(without)]
    bounds = [limits.memory, limits.time_s, limits.answer]
    asked = orjson.dumps([str(folder), *call, *bounds]).decode()
    command = [sys.executable, "-m", __name__, asked]
    nothing = subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=_ROOT, stdin=nothing, stdout=nothing, stderr=nothing, timeout=limits.time_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise TooLongError from None
    if done.returncode:
        raise BrokenError(f"the process ended with {done.returncode}")


@contextmanager
def parts_of(
    path: Path, read: Read, *arguments: Any, limits: Limits | None = None, without: tuple[str, ...] = NOT_NEEDED
) -> Iterator[Iterator[Part]]:
    """Run a function on the path of a file with `in_limited_process`; failures become errors about it.

    Raises
    ------
    GeodataError, UsageError
        What the function raises; or if it exceeds a limit, or its parts are invalid.
    """
    limits = limits or LIMITS
    try:
        with in_limited_process(read, str(path.absolute()), *arguments, limits=limits, without=without) as parts:
            yield parts
    except LocatorError:
        raise
    except TooLongError:
        raise GeodataError(limits.too_long.template, file=path.name, limit=limits.time_s) from None
    except (BrokenError, StopIteration, TypeError, ValueError):
        memory_mb = limits.memory // 1_000_000
        raise GeodataError(limits.too_large.template, file=path.name, limit=memory_mb) from None


# What comes back


def next_numbers(parts: Iterator[Part], shape: tuple[int, ...]) -> FloatArray:
    """Return the next part; raise `BrokenError` unless it is an array of this shape, -1 for any length."""
    numbers = next(parts, None)
    if not isinstance(numbers, np.ndarray) or numbers.dtype != np.float64 or numbers.ndim != len(shape):
        raise BrokenError("not the array it must be")
    if len(numbers) > MAX_POINTS or any(
        wanted not in (-1, size) for wanted, size in zip(shape, numbers.shape, strict=True)
    ):
        raise BrokenError("not the array it must be")
    return numbers


def next_texts(parts: Iterator[Part], count: int) -> list[str] | None:
    """Return the next part; raise `BrokenError` unless it is ``None`` or a list of `count` texts."""
    texts = next(parts, 0)
    if texts is None:
        return None
    if not isinstance(texts, list) or len(texts) != count or not all(type(text) is str for text in texts):
        raise BrokenError("not the texts they must be")
    return texts


def _refuse_odd(folder: Path, most: int) -> None:
    """Refuse results that are too large, or are not regular files."""
    stats = [path.lstat() for path in folder.iterdir()]
    if not all(stat.S_ISREG(about.st_mode) for about in stats):
        raise BrokenError("the answer is not in files")
    if sum(about.st_size for about in stats) > most:
        raise BrokenError("the answer is too large")


def _parts(folder: Path) -> Iterator[Part]:
    for number in count():
        plain, array = folder / f"{number}.json", folder / f"{number}.npy"
        if plain.exists():
            yield _json(plain)
        elif array.exists():
            yield _array(array)
        else:
            return


def _json(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as fault:
        raise BrokenError(f"no JSON: {fault}") from None


def _array(path: Path) -> NDArray[Any]:
    """Read an array of numbers without unpickling; a memory map allocates no more than the file holds."""
    try:
        mapped = np.lib.format.open_memmap(path, mode="r")
        if mapped.dtype.kind not in _NUMBERS:
            raise ValueError(mapped.dtype)
        return np.array(mapped)
    except (ValueError, TypeError, OverflowError, OSError) as fault:
        raise BrokenError(f"no array of numbers: {fault}") from None


def _error(part: Any) -> LocatorError:
    try:
        name, data = part
        message = from_data(data)
        return _ERRORS[name](message.template, **message.values)
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise BrokenError(f"no error of ours: {fault}") from None


# The other process


def main(asked: str) -> None:
    """Run the function that `in_limited_process` names, and write its results to the folder."""
    folder, module, name, arguments, without, memory, time_s, answer = orjson.loads(asked)
    sys.modules.update(dict.fromkeys(without))  # so that an import of one fails
    _limit(memory, time_s, answer)
    read: Read = getattr(importlib.import_module(module), name)
    try:
        for number, part in enumerate(read(*arguments)):
            _write(Path(folder), number, part)
    except (GeodataError, UsageError) as fault:
        (Path(folder) / _ERROR).write_bytes(orjson.dumps([type(fault).__name__, as_data(fault.message)]))


def _write(folder: Path, number: int, part: Part) -> None:
    if isinstance(part, np.ndarray):
        np.save(folder / f"{number}.npy", part, allow_pickle=False)
    else:
        (folder / f"{number}.json").write_bytes(orjson.dumps(part))


def _limit(memory: int, time_s: float, answer: int) -> None:
    """Limit the memory, time and file size of this process, where the system supports it."""
    statm = Path("/proc/self/statm")
    if sys.platform == "win32" or not statm.exists():
        return
    import resource

    used = int(statm.read_text().split()[0]) * resource.getpagesize()
    bounds = {resource.RLIMIT_AS: used + memory, resource.RLIMIT_FSIZE: answer, resource.RLIMIT_CORE: 0}
    for what, most in bounds.items():
        resource.setrlimit(what, (most, most))
    signal.alarm(int(time_s) + _MORE_S)  # in case the calling process is gone and cannot end this one


if __name__ == "__main__":
    main(*sys.argv[1:])
