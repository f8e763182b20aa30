"""Layers and rasters, read by a process of its own: a few bytes of such a file can ask for any memory or time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from locator.errors import GeodataError, LocatorError
from locator.files.limited_process import BrokenError, Limits, Part, Read, TooLongError, confined
from locator.files.limits import MAX_POINTS
from locator.geo.geodesy import FloatArray

LIMITS: Final = Limits(memory=3_000_000_000, time_s=300, answer=2_000_000_000)
"""Enough for `MAX_POINTS` cells of a raster, with their positions."""

# pyogrio loads these when they are there, which takes as long as all the rest; nothing here uses them.
_NOT_NEEDED: Final = ("geopandas", "pandas")


@contextmanager
def parts_of(path: Path, read: Read, *arguments: Any) -> Iterator[Iterator[Part]]:
    """Run a function on the path of a file, and on other arguments, in a process of its own; give its parts.

    Raises
    ------
    GeodataError, UsageError
        What the function raises; or if it takes too much, or its parts turn out not to be what they must.
    """
    try:
        with confined(read, str(path.absolute()), *arguments, limits=LIMITS, without=_NOT_NEEDED) as parts:
            yield parts
    except LocatorError:
        raise
    except TooLongError:
        raise GeodataError(
            "{file} takes more than {limit} s to read. Cut it to the area that you need, or save it as CSV.",
            file=path.name,
            limit=LIMITS.time_s,
        ) from None
    except (BrokenError, StopIteration, TypeError, ValueError):
        raise GeodataError(
            "{file} cannot be read: it is damaged, or takes more than {limit} MB of memory. Export it again, or"
            " cut it to the area that you need.",
            file=path.name,
            limit=LIMITS.memory // 1_000_000,
        ) from None


def next_numbers(parts: Iterator[Part], shape: tuple[int, ...]) -> FloatArray:
    """Return the next part, if it is an array of so many numbers; -1: of any number. Else raise `BrokenError`."""
    found = next(parts, None)
    if not isinstance(found, np.ndarray) or found.dtype != np.float64 or found.ndim != len(shape):
        raise BrokenError("not the array it must be")
    if len(found) > MAX_POINTS or any(
        wanted not in (-1, size) for wanted, size in zip(shape, found.shape, strict=True)
    ):
        raise BrokenError("not the array it must be")
    return found


def next_texts(parts: Iterator[Part], count: int) -> list[str] | None:
    """Return the next part, if it is so many texts, or nothing. Else raise `BrokenError`."""
    found = next(parts, 0)
    if found is None:
        return None
    if not isinstance(found, list) or len(found) != count or not all(type(text) is str for text in found):
        raise BrokenError("not the texts they must be")
    return found
