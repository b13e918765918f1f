"""What was found in a class, kept until an attribute of the class is assigned."""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: The id of a class -> the class, its state, and what was found. A class itself may be unhashable,
#: by its metaclass.
ClassCache = dict[int, tuple["weakref.ref[type]", int, T]]


def cached(cache: ClassCache[T], klass: type, find: Callable[[type], T]) -> T:
    """Return what was found in a class; find it if an attribute was assigned since.

    Args:
        cache: Where it is kept.
        klass: The class.
        find: Finds it.
    """
    state = hash(tuple(map(id, vars(klass).values())))
    entry = cache.get(id(klass))
    if entry is None or entry[0]() is not klass or entry[1] != state:
        reference = weakref.ref(klass, functools.partial(_drop, cache, id(klass)))
        entry = cache[id(klass)] = (reference, state, find(klass))
    return entry[2]


def _drop(cache: ClassCache[T], number: int, _: object) -> None:
    cache.pop(number, None)
