"""The random keys with which senders are hashed: a small file beside the database, overwritten in place.

Keys and hashes are in different files, so that one alone reveals nothing. A key that is no longer needed is
overwritten in its slot, and the file is flushed to disk. Copies that the file system or the disk has made
meanwhile (snapshots, copy on write, wear levelling) cannot be overwritten by any program.
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
"""Bytes of a key: 128 bits cannot be guessed."""
_SLOTS: Final = 16
"""More than the five that are in use at one time: yesterday's, today's and tomorrow's key, and those of two
spans."""
_NAME: Final = 15
"""Characters of the longest name."""
_LINE: Final = re.compile(rb"([\w-]+) *([0-9a-f]{32})")
_WIDTH: Final = _NAME + 2 * SIZE + 1  # with the end of the line


class Salts:
    """Named random keys, the same for all processes.

    A key stays in its slot as long as it is needed, so that a process that reads while another writes still sees
    it complete. If the file is missing or damaged, new keys are made: devices are not recognised again, and
    nothing else is lost.

    Parameters
    ----------
    path
        The file, created when the first key is needed.
    alone
        Returns a context that only one process can be in at a time.
    """

    def __init__(self, path: Path, alone: Callable[[], AbstractContextManager[object]]) -> None:
        self._path = path
        self._alone = alone

    def read(self, names: Sequence[str]) -> list[bytes]:
        """Return keys by their names, and create those that are missing.

        Parameters
        ----------
        names
            Letters, digits and hyphens, 15 at most each, and fewer than 16 names.

        Raises
        ------
        BusyError
            If other processes write for too long.
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
        """Overwrite all keys but these."""
        if all(slot is None or slot[0] in names for slot in self._slots()):
            return
        with self._alone():
            self._write([slot if slot and slot[0] in names else None for slot in self._slots()])

    def check(self) -> None:
        """Raise GeodataError if the file cannot be read and written; it is not created."""
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
            with os.fdopen(handle, "r+b") as file:  # not truncated: freed blocks would keep the old keys
                file.write("".join(f"{line}\n" for line in lines).encode())
                file.truncate()  # a damaged file may be longer
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
    """Return the number of an empty slot, or else of one whose key is not wanted."""
    return min(
        (number for number, slot in enumerate(slots) if slot is None or slot[0] not in wanted),
        key=lambda number: slots[number] is not None,
    )
