"""What the code of a function refers to by name: what it may call, and what it assigns.

A function looks up a global name at each call, so it need not hold what it calls. The names are
read from the compiled code. Nothing is called.
"""

from __future__ import annotations

import dis
import types
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: How many calls by name are followed: from a view to a helper, and from there to another view.
MAX_CALLS: Final = 2

#: How many functions are read for one view. A view names a few helpers, and each helper a few more.
MAX_FUNCTIONS: Final = 200


def referenced_by(functions: Iterable[object]) -> Iterator[object]:
    """Yield the objects that functions refer to by global names, directly or through others.

    Args:
        functions: Where to start. Objects that are not plain functions have no code and are left
            out.
    """
    seen: set[int] = set()
    current = list(functions)
    for _ in range(MAX_CALLS):
        following: list[object] = []
        for function in current:
            if type(function) is not types.FunctionType or id(function) in seen:
                continue
            if len(seen) == MAX_FUNCTIONS:
                return
            seen.add(id(function))
            named = list(_globals_of(function))
            yield from named
            following += named
        current = following


def _globals_of(function: types.FunctionType) -> Iterator[object]:
    """Yield the values of global names in a function, and of names in modules: `views.detail`."""
    values = function.__globals__
    for code in _codes(function.__code__):
        for name in code.co_names:
            value = values.get(name)
            if type(value) is not types.ModuleType:
                yield value
                continue
            for attribute in code.co_names:
                yield vars(value).get(attribute)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield the code of a function, and of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            yield from _codes(constant)


def assigned_by(function: types.FunctionType, names: frozenset[str]) -> Iterator[str]:
    """Yield the names that a function assigns as attributes: by `self.name = ...` or `setattr()`.

    Args:
        function: The function.
        names: The names of attributes to look for.
    """
    for code in _codes(function.__code__):
        if not names.isdisjoint(code.co_names):
            for instruction in dis.get_instructions(code):
                if instruction.opname == "STORE_ATTR" and instruction.argval in names:
                    yield str(instruction.argval)
        if not _WRITERS.isdisjoint(code.co_names):
            yield from _strings_of(code, names)


#: Names in code that assigns an attribute whose name is a string.
_WRITERS: Final = frozenset({"setattr", "__setattr__", "__dict__", "vars"})


def _strings_of(code: types.CodeType, names: frozenset[str]) -> Iterator[str]:
    for constant in code.co_consts:
        if type(constant) is str and constant in names:
            yield constant
        if type(constant) is tuple:  # the names of keyword arguments
            yield from (item for item in constant if type(item) is str and item in names)
