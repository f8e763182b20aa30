"""The random keys behind all marks: a small file beside the database, overwritten in place.

They lie apart from the marks that they make, so that neither file tells anything without the other. A key that is
no longer wanted is overwritten where it stood and the file is flushed to the disk. What copies the file system or
the disk made meanwhile (snapshots, copy on write, worn cells of a flash disk) no program can overwrite.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from locator.errors import GeodataError

SIZE: Final = 16
"""Bytes of a key."""
_SLOTS: Final = 16
_NAME: Final = 15
_LINE: Final = re.compile(rb"([\w-]+) *([0-9a-f]{32})")
_WIDTH: Final = _NAME + 2 * SIZE + 1  # with the end of the line


class Salts:
    """Named random keys, the same for all processes.

    A name stands in one place of the file as long as it is wanted, so that a reader who meets a writer sees it
    whole. A file that is missing or damaged is begun anew: then devices are strangers once more, and nothing is
    lost.

    Parameters
    ----------
    path
        The file; it is made when the first key is asked for.
    alone
        Gives a block in which no other process is in such a block.
    """

    def __init__(self, path: Path, alone: Callable[[], AbstractContextManager[object]]) -> None:
        self._path = path
        self._alone = alone

    def read(self, names: Sequence[str]) -> list[bytes]:
        """Return the keys of some names, making those that are missing.

        Parameters
        ----------
        names
            Letters, digits and hyphens, 15 at most each, and fewer than 16 names.

        Raises
        ------
        BusyError
            If others write for too long.
        GeodataError
            If the file cannot be read or written.
        """
        known = dict(filter(None, self._slots()))
        if not known.keys() >= set(names):
            with self._alone():
                slots = self._slots()
                known = dict(filter(None, slots))
                for name in names:
                    if name not in known:
                        known[name] = secrets.token_bytes(SIZE)
                        slots[_free(slots, names)] = name, known[name]
                self._write(slots)
        return [known[name] for name in names]

    def keep(self, names: Collection[str]) -> None:
        """Overwrite the keys of all other names."""
        if all(slot is None or slot[0] in names for slot in self._slots()):
            return
        with self._alone():
            self._write([slot if slot and slot[0] in names else None for slot in self._slots()])

    def check(self) -> None:
        """Refuse a file that cannot be read and written; one that is not there yet is left so."""
        try:
            with self._path.open("r+b"):
                pass
        except FileNotFoundError:
            return
        except OSError as fault:
            raise self._refused(fault) from None

    def _slots(self) -> list[tuple[str, bytes] | None]:
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            text = b""
        except OSError as fault:
            raise self._refused(fault) from None
        lines = [_LINE.fullmatch(text, at, at + _WIDTH - 1) for at in range(0, _SLOTS * _WIDTH, _WIDTH)]
        return [(line[1].decode(), bytes.fromhex(line[2].decode())) if line else None for line in lines]

    def _write(self, slots: Sequence[tuple[str, bytes] | None]) -> None:
        lines = [f"{slot[0]:<{_NAME}}{slot[1].hex()}" if slot else " " * (_WIDTH - 1) for slot in slots]
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(handle, "r+b") as file:  # not truncated: what stood there is overwritten, not given up
                file.write("".join(f"{line}\n" for line in lines).encode())
                file.truncate()  # nothing after it, whatever was wrong with the file
                file.flush()
                os.fsync(file.fileno())
        except OSError as fault:
            raise self._refused(fault) from None

    def _refused(self, fault: OSError) -> GeodataError:
        return GeodataError(
            "{file} cannot be read or written: {fault}. Give the service the right to write it and its folder.",
            file=self._path.name,
            fault=fault.strerror,
        )


def _free(slots: Sequence[tuple[str, bytes] | None], wanted: Sequence[str]) -> int:
    """Return the place of a key that nobody needs now: an empty one if there is any."""
    return min(
        (place for place, slot in enumerate(slots) if slot is None or slot[0] not in wanted),
        key=lambda place: slots[place] is not None,
    )
