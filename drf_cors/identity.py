"""A mapping whose keys are compared by identity. An entry is removed when its key is deleted.

A metaclass of a project may define `__eq__` without `__hash__`. Its classes cannot be keys of a
dict.
"""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")


class WeakIdentityMap(Generic[K, V]):
    """Maps objects that allow weak references to values. An entry is removed with its key."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[weakref.ref[K], V]] = {}

    def get(self, key: K) -> V | None:
        """Return the value of a key, None if it has none."""
        found = self._entries.get(id(key))
        # Another object may have the same id before the entry is removed.
        if found is None or found[0]() is not key:
            return None
        return found[1]

    def set(self, key: K, value: V) -> None:
        """Set the value of a key."""
        number = id(key)
        self._entries[number] = (weakref.ref(key, functools.partial(self._drop, number)), value)

    def _drop(self, number: int, _: weakref.ref[K]) -> None:
        self._entries.pop(number, None)


#: A class -> the state of its attributes, and what was found in them.
ClassCache = WeakIdentityMap[type, tuple[int, V]]


def cached(cache: ClassCache[V], klass: type, find: Callable[[type], V]) -> V:
    """Return what was found in a class. Find it again if an attribute was assigned since.

    Args:
        cache: Where it is kept.
        klass: The class.
        find: Finds it.
    """
    state = hash(tuple(map(id, vars(klass).values())))
    entry = cache.get(klass)
    if entry is None or entry[0] != state:
        entry = (state, find(klass))
        cache.set(klass, entry)
    return entry[1]


class NumberedRef(weakref.ref[Any]):
    """A weak reference with the id of its object, so that none needs a function of its own.

    Attributes:
        number: The id of the object.
    """

    __slots__ = ("number",)

    number: int
