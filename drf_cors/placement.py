"""Finds out whether `cors()` is a decorator above a `def`, or is called around an existing view.

The two belong to different layers. Names do not distinguish them: a copy, a lambda or the function
of a factory may have any name. Frames do. While a decorator runs, the line of the frame around it
is one of the `def` below, and the code of that `def` is among the constants of the frame.
"""

from __future__ import annotations

import functools
import itertools
import types
from typing import TYPE_CHECKING, Final

from drf_cors.held import held_by, innermost
from drf_cors.view_facts import api_view_function, is_callable_object, view_class_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How many callers are searched: decorators of the project may call `cors()`, or each other.
MAX_CALLERS: Final = 50


def is_around_view(view: object, caller: types.FrameType | None) -> bool | None:
    """Return whether `cors()` is called around a view, not as a decorator above its `def`.

    Args:
        view: The argument of `cors(...)(view)`: a callable that is not a class.
        caller: The frame that called it.

    Returns:
        None if it is unknown: for a callable that is not Python code.
    """
    inner = innermost(view)
    view_class = view_class_of(view)
    function = api_view_function(view_class)
    if view_class is not None and function is None:
        return True  # as_view() returned it; a decorator above a class gets the class
    if function is not None:
        inner = innermost(function)
    if _is_bound(view):
        return True  # a `def` statement creates no bound method
    if any(_contains(view, inner, definition) for definition in _definitions(caller)):
        return False
    if isinstance(inner, types.FunctionType) or is_callable_object(inner):
        return True
    return None  # compiled code has no frames


def is_above_class(view: object, caller: types.FrameType | None) -> bool:
    """Return whether `cors()` is above a `class`, but gets a callback of `as_view()`.

    A decorator below may return the view instead of the class.

    Args:
        view: As for `is_around_view`.
        caller: As for `is_around_view`.
    """
    view_class = view_class_of(view)
    if view_class is None:
        return False
    return any(definition.co_name == view_class.__name__ for definition in _definitions(caller))


def _definitions(caller: types.FrameType | None) -> Iterator[types.CodeType]:
    """Yield the code of each `def` and `class` whose decorators run, the innermost first."""
    for _ in range(MAX_CALLERS):
        if caller is None:
            return
        definition = _definition_at(caller)
        if definition is not None:
            yield definition
        caller = caller.f_back


def _is_bound(view: object) -> bool:
    """Whether a view is a bound method, or a partial of one: `method_decorator` creates these."""
    inner = view.func if type(view) is functools.partial else view
    return type(inner) is types.MethodType


def _definition_at(frame: types.FrameType) -> types.CodeType | None:
    """Return the code of the `def` or `class` whose decorators a frame runs, or None."""
    constants = list(frame.f_code.co_consts)
    # Python 3.12 and newer: the code of `def view[T](...)` is inside the code of its type
    # parameters.
    prefix = "<generic parameters of"
    generic = [code for code in constants if getattr(code, "co_name", "").startswith(prefix)]
    constants += itertools.chain.from_iterable(code.co_consts for code in generic)
    for constant in constants:
        if isinstance(constant, types.CodeType) and not constant.co_name.startswith("<"):
            first = constant.co_firstlineno  # of the first decorator
            if first <= frame.f_lineno <= _first_line_of_body(constant):
                return constant
    return None


def _first_line_of_body(code: types.CodeType) -> int:
    first = code.co_firstlineno
    lines = [line for _, _, line in code.co_lines() if line is not None and line > first]
    return min(lines, default=first)


def _contains(view: object, inner: object, definition: types.CodeType) -> bool:
    """Whether a view is the function of a `def`, or holds it because a decorator has wrapped it."""
    things = [inner, view, *(held.thing for held in held_by(view))]
    return any(_is_function_of(thing, definition) for thing in things)


def _is_function_of(thing: object, definition: types.CodeType) -> bool:
    return type(thing) is types.FunctionType and thing.__code__ is definition
