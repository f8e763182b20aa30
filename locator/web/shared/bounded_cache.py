"""What is made once for many readers: the things used last are kept, so many and so large together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

Thing = TypeVar("Thing")


class _Entry(NamedTuple, Generic[Thing]):
    stamp: Hashable
    thing: Thing
    size: int


class Kept(Generic[Thing]):
    """Things by their keys; the one that was not used for the longest time goes first.

    Parameters
    ----------
    most
        So many things are kept.
    most_bytes
        So large they are together, but for the last one, which is kept whatever its size.
    size_of
        Tells how large a thing is.
    """

    def __init__(self, most: int, most_bytes: int, size_of: Callable[[Thing], int]) -> None:
        self._most, self._most_bytes, self._size_of = most, most_bytes, size_of
        self._entries: OrderedDict[Hashable, _Entry[Thing]] = OrderedDict()
        self._makers: dict[Hashable, Lock] = {}
        self._lock = Lock()
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """How large all are together."""
        return self._size

    def get(self, key: Hashable, make: Callable[[], Thing], stamp: Hashable = None) -> Thing:
        """Return the thing of a key, made when it is first asked for and anew for another stamp.

        Threads that ask for the same at once wait for the first of them; if that fails, the next one tries.
        """
        found = self._find(key, stamp)
        if found is not None:
            return found.thing
        with self._lock:
            maker = self._makers.setdefault(key, Lock())
        with maker:
            found = self._find(key, stamp)
            if found is None:
                found = self._make(key, make, stamp)
        return found.thing

    def _find(self, key: Hashable, stamp: Hashable) -> _Entry[Thing] | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.stamp != stamp:
                return None
            self._entries.move_to_end(key)
            return entry

    def _make(self, key: Hashable, make: Callable[[], Thing], stamp: Hashable) -> _Entry[Thing]:
        try:
            thing = make()
            entry = _Entry(stamp, thing, self._size_of(thing))
            with self._lock:
                self._put(key, entry)
        finally:
            with self._lock:
                self._makers.pop(key, None)
        return entry

    def _put(self, key: Hashable, entry: _Entry[Thing]) -> None:
        older = self._entries.pop(key, None)
        self._entries[key] = entry
        self._size += entry.size - (older.size if older else 0)
        while len(self._entries) > 1 and (len(self._entries) > self._most or self._size > self._most_bytes):
            _, dropped = self._entries.popitem(last=False)
            self._size -= dropped.size
