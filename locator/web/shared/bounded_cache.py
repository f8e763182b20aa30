"""A thread-safe LRU cache that is bounded by the number and by the total size of its values."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class _Entry(NamedTuple, Generic[Value]):
    stamp: Hashable
    value: Value
    size: int


class BoundedCache(Generic[Value]):
    """Values by key; the least recently used one is dropped first.

    Parameters
    ----------
    most
        The largest number of values.
    most_bytes
        Their largest total size. The newest value is kept whatever its size.
    size_of
        Measures a value.
    """

    def __init__(self, most: int, most_bytes: int, size_of: Callable[[Value], int]) -> None:
        self._most, self._most_bytes, self._size_of = most, most_bytes, size_of
        self._entries: OrderedDict[Hashable, _Entry[Value]] = OrderedDict()
        self._makers: dict[Hashable, Lock] = {}
        self._lock = Lock()
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """The total size of the values."""
        return self._size

    def get(self, key: Hashable, make: Callable[[], Value], stamp: Hashable = None) -> Value:
        """Return the value of a key, making it where there is none yet or where its stamp differs.

        Threads that ask for one key at once wait for the first of them; if that fails, the next one tries.
        """
        entry = self._find(key, stamp)
        if entry is None:
            with self._lock:
                maker = self._makers.setdefault(key, Lock())
            with maker:
                # Another thread may have made it while this one waited.
                entry = self._find(key, stamp) or self._make(key, make, stamp)
        return entry.value

    def _find(self, key: Hashable, stamp: Hashable) -> _Entry[Value] | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.stamp != stamp:
                return None
            self._entries.move_to_end(key)
            return entry

    def _make(self, key: Hashable, make: Callable[[], Value], stamp: Hashable) -> _Entry[Value]:
        try:
            value = make()
            entry = _Entry(stamp, value, self._size_of(value))
            with self._lock:
                self._put(key, entry)
        finally:
            with self._lock:
                self._makers.pop(key, None)
        return entry

    def _put(self, key: Hashable, entry: _Entry[Value]) -> None:
        older = self._entries.pop(key, None)
        self._entries[key] = entry
        self._size += entry.size - (older.size if older else 0)
        while len(self._entries) > 1 and (len(self._entries) > self._most or self._size > self._most_bytes):
            _, dropped = self._entries.popitem(last=False)
            self._size -= dropped.size
