"""A mapping whose keys are compared by identity, and kept as long as they live.

A metaclass of a project may define `__eq__` without `__hash__`. Its classes cannot be keys of a dict.
"""

from __future__ import annotations

import functools
import weakref
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class WeakIdentityMap(Generic[K, V]):
    """Maps objects that can be referred to weakly to values. An entry goes with its key."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[weakref.ref[K], V]] = {}

    def get(self, key: K) -> V | None:
        """Return the value of a key, None where it has none."""
        found = self._entries.get(id(key))
        # An id may be given to another object before the entry has gone.
        return found[1] if found is not None and found[0]() is key else None

    def set(self, key: K, value: V) -> None:
        """Give a key a value."""
        number = id(key)
        self._entries[number] = (weakref.ref(key, functools.partial(self._drop, number)), value)

    def _drop(self, number: int, _: weakref.ref[K]) -> None:
        self._entries.pop(number, None)
