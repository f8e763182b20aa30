"""The faults of a file that is read whole or not at all.

They are listed row by row, the first in full and the number of all. Rows of a CSV file count from 1, the header;
features and rows of cells from 1, the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from locator.errors import GeodataError
from locator.geo.index import IntArray

FAULTS_SHOWN: Final = 20
MAX_POINTS: Final = 20_000_000
"""The most points or pairs that are read; ten million points take less than 2 GB."""
MAX_WRITTEN: Final = 10_000_000
"""Bytes of a file that people write by hand: a scenario, quotas, standards."""


class Faults:
    """The faults of a file: the first of them in words, and how many there are."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._count = 0
        self._first: list[tuple[int, str]] = []

    def add(self, found: Iterable[tuple[int, str]]) -> None:
        """Add rows and what is wrong with them."""
        listed = list(found)
        self._count += len(listed)
        self._first = sorted(self._first + listed)[:FAULTS_SHOWN]

    def add_ids(self, rows: IntArray, ids: Sequence[str], name: str) -> None:
        """Add the rows whose id is missing, or stands in an earlier row too."""
        empty = np.fromiter(map(len, ids), np.intp, len(ids)) == 0
        self.add((row, f"the {name} is empty. Give each row its own.") for row in rows[empty].tolist())
        again = [number for number in repeated_ids(ids) if ids[number]]
        self.add((int(rows[n]), f"the {name} {ids[n]!r:.80} stands in the file already.") for n in again)

    def refuse(self) -> None:
        """Raise `GeodataError` if there are any."""
        if not self._count:
            return
        lines = [f"{self._file}, row {row}: {reason}" for row, reason in self._first]
        more = self._count - len(lines)
        lines += [f"and {more} more"] * (more > 0)
        raise GeodataError(
            "{file} has {count} faults, nothing was read:\n{lines}",
            file=self._file,
            count=self._count,
            lines="\n".join(lines),
        )


def repeated(keys: IntArray) -> IntArray:
    """List the numbers of the keys that stand earlier in the list too."""
    order = np.argsort(keys, kind="stable")
    again: IntArray = order[1:][keys[order[1:]] == keys[order[:-1]]]
    return again


def repeated_ids(ids: Sequence[str]) -> list[int]:
    """List the numbers of the ids that stand earlier in the list too.

    Ids are compared by hash first: a set of ten million texts would not fit.
    """
    hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
    doubtful = np.flatnonzero(np.isin(hashes, hashes[repeated(hashes)])).tolist()
    first: dict[str, int] = {}
    return [number for number in doubtful if first.setdefault(ids[number], number) != number]


# What is wrong with a file as a whole


def require_file(path: Path) -> None:
    """Refuse what is no file here; with that, names that make a reader fetch something from elsewhere."""
    if not path.is_file():
        raise GeodataError("{file} is not there. Give the path of a file.", file=path)


def refuse_empty(count: int, file: str) -> None:
    """Refuse a file in which nothing was found."""
    if not count:
        raise GeodataError("{file} has nothing in it to read. Give a file with at least one row.", file=file)


def refuse_too_many(count: int, file: str) -> None:
    """Refuse a file with more than `MAX_POINTS` rows, features or cells."""
    if count > MAX_POINTS:
        raise GeodataError(
            "{file} has more than {most} rows or cells to read. Split it, or use a coarser one.",
            file=file,
            most=MAX_POINTS,
        )


def refuse_large(path: Path) -> None:
    """Refuse a file of more than `MAX_WRITTEN` bytes before it is read; raise `OSError` where there is none."""
    size = path.stat().st_size
    if size > MAX_WRITTEN:
        raise GeodataError(
            "{file} has {size} MB, more than {most} MB. Is it the right file?",
            file=path.name,
            size=round(size / 1e6),
            most=MAX_WRITTEN // 1_000_000,
        )


def unreadable(path: Path, fault: Exception) -> GeodataError:
    """Put what a reader says of a damaged file into an error."""
    return GeodataError("{file} cannot be read: {fault}. Export it again.", file=path.name, fault=fault)


def missing_extra(path: Path, extra: str) -> GeodataError:
    """Say what has to be installed before a file can be read."""
    return GeodataError(
        'Reading {file} needs more: pip install "warm-station-locator[{extra}]".', file=path.name, extra=extra
    )
