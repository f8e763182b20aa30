"""Collecting the faults of a file, any of which refuses it, and remarks on its rows, which do not.

Only the first faults are listed, with the number of all. Rows of a table count from 1, its first;
features and rows of a raster from 1, the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from locator.errors import GeodataError
from locator.geo.index import IntArray
from locator.language.messages import joined, message

FAULTS_SHOWN: Final = 20
ROWS_NAMED: Final = 10


Remark = Callable[[str, str, str], str]
"""Returns a remark on some rows, from the file, a heading and the rows."""


class Faults:
    """The first faults of a file as texts, and the number of all."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._count = 0
        self._first: list[tuple[int, str]] = []
        self._remarks: dict[tuple[Remark, str], tuple[int, list[int]]] = {}

    def add(self, faults: Iterable[tuple[int, str]]) -> None:
        """Add rows and what is wrong with them."""
        listed = list(faults)
        self._count += len(listed)
        self._first = sorted(self._first + listed)[:FAULTS_SHOWN]

    def add_ids(self, rows: IntArray, ids: Sequence[str], name: str) -> None:
        """Add the rows whose id is missing, or was used in an earlier row."""
        empty = np.fromiter(map(len, ids), np.intp, len(ids)) == 0
        reason = message("the {name} is empty. Give each row its own.", name=name)
        self.add((row, reason) for row in rows[empty].tolist())
        self.add(
            (
                int(rows[n]),
                message("the {name} {value!r:.80} stands in the file already.", name=name, value=ids[n]),
            )
            for n in repeated_ids(ids)
            if ids[n]
        )

    def remark(self, remark: Remark, rows: Iterable[int], heading: str = "") -> None:
        """Add rows to remark on, without refusing the file."""
        listed = list(rows)
        count, first = self._remarks.get((remark, heading), (0, []))
        if listed:
            self._remarks[remark, heading] = count + len(listed), (first + listed)[:ROWS_NAMED]

    def count(self, remark: Remark) -> int:
        """Return the number of rows with a remark."""
        return sum(count for (other, _), (count, _) in self._remarks.items() if other is remark)

    def remarks(self) -> tuple[str, ...]:
        """Return each remark once, with the first of its rows."""
        return tuple(
            remark(self._file, heading, ", ".join(map(str, rows)) + f", … ({count:,})" * (count > len(rows)))
            for (remark, heading), (count, rows) in self._remarks.items()
        )

    def refuse(self) -> None:
        """Raise `GeodataError` if there are any."""
        if not self._count:
            return
        lines = [
            message("{file}, row {row}: {reason}", file=self._file, row=row, reason=reason)
            for row, reason in self._first
        ]
        more = self._count - len(lines)
        lines += [message("and {more} more", more=more)] * (more > 0)
        raise GeodataError(
            "{file} has {count} faults, nothing was read:\n{lines}",
            file=self._file,
            count=self._count,
            lines=joined(lines, "\n"),
        )


def repeated(keys: IntArray) -> IntArray:
    """Return the indices of keys that occurred before."""
    order = np.argsort(keys, kind="stable")
    again: IntArray = order[1:][keys[order[1:]] == keys[order[:-1]]]
    return again


def repeated_ids(ids: Sequence[str]) -> list[int]:
    """Return the indices of ids that occurred before.

    Ids are compared by hash first: a set of ten million texts would not fit.
    """
    hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
    doubtful = np.flatnonzero(np.isin(hashes, hashes[repeated(hashes)])).tolist()
    first: dict[str, int] = {}
    return [number for number in doubtful if first.setdefault(ids[number], number) != number]


def remark_extras(file: str, _: str, rows: str) -> str:
    """Remark on rows that are no records."""
    return message("{file}: rows left out because they sum up others or are notes: {rows}.", file=file, rows=rows)


# What is wrong with a file as a whole


def unreadable(file: str, fault: object) -> GeodataError:
    """Return the error for a damaged file, with the reader's message."""
    return GeodataError("{file} cannot be read: {fault}. Export it again.", file=file, fault=fault)


def missing_extra(path: Path, extra: str) -> GeodataError:
    """Return the error for a missing package that a file needs."""
    return GeodataError(
        'Reading {file} needs more: pip install "warm-station-locator[{extra}]".', file=path.name, extra=extra
    )
