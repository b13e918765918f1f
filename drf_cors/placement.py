"""Where `cors()` is used: above a `def`, as part of the view's own code, or called around a view from outside.

The two count in different layers. Names cannot tell them apart: the name of a copy, a lambda or a factory's function
leads nowhere, or elsewhere. The interpreter can. While a decorator runs, the scope around it is at the lines of the
`def` below, and has the code of that `def` among its constants.
"""

from __future__ import annotations

import functools
import types
from typing import TYPE_CHECKING, Final

from drf_cors.held import held_by, innermost
from drf_cors.view_facts import api_view_function, is_callable_object, view_class_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How many callers are looked at: `cors()` may be called by a decorator of the project that calls another.
MAX_CALLERS: Final = 50


def is_outside(view: object, caller: types.FrameType | None) -> bool | None:
    """Return whether `cors()` is called around a view, and is no decorator above its `def`.

    Args:
        view: What `cors()` got: a callable that is no class.
        caller: The frame that called it.

    Returns:
        None where that cannot be told: for a callable that is no Python code.
    """
    inner = innermost(view)
    view_class = view_class_of(view)
    function = api_view_function(view_class)
    if view_class is not None and function is None:
        return True  # a class has its own decorators; this is what as_view() returned
    if function is not None:
        inner = innermost(function)
    if _is_bound(view):
        return True  # no `def` statement makes a bound method
    if any(_leads_to(view, inner, definition) for definition in _definitions(caller)):
        return False
    return True if _is_python(inner) else None


def is_above_class(view: object, caller: types.FrameType | None) -> bool:
    """Return whether `cors()` is a decorator above a `class`, and got what `as_view()` made of it.

    A decorator below may return the view instead of the class. The arguments are those of `is_outside`.
    """
    view_class = view_class_of(view)
    if view_class is None:
        return False
    return any(definition.co_name == view_class.__name__ for definition in _definitions(caller))


def _definitions(caller: types.FrameType | None) -> Iterator[types.CodeType]:
    """Yield the code of each `def` and `class` whose decorators the callers are running, the nearest first."""
    for _ in range(MAX_CALLERS):
        if caller is None:
            return
        definition = _definition_at(caller)
        if definition is not None:
            yield definition
        caller = caller.f_back


def _is_bound(view: object) -> bool:
    """Whether a view is a method of an object, perhaps in a partial, as `method_decorator` makes one per request."""
    inner = view.func if type(view) is functools.partial else view
    return type(inner) is types.MethodType


def _definition_at(frame: types.FrameType) -> types.CodeType | None:
    """Return the code of the `def` or `class` whose decorators a frame is running, None where it is at none."""
    constants = frame.f_code.co_consts
    # Python 3.12 and newer: the code of `def view[T](...)` is inside the code of its type parameters.
    generic = [code for code in constants if getattr(code, "co_name", "").startswith("<generic parameters of")]
    for constant in (*constants, *(inner for code in generic for inner in code.co_consts)):
        if isinstance(constant, types.CodeType) and not constant.co_name.startswith("<"):
            first = constant.co_firstlineno  # of the first decorator
            if first <= frame.f_lineno <= _first_line_of_body(constant):
                return constant
    return None


def _first_line_of_body(code: types.CodeType) -> int:
    lines = [line for _, _, line in code.co_lines() if line is not None and line > code.co_firstlineno]
    return min(lines, default=code.co_firstlineno)


def _leads_to(view: object, inner: object, definition: types.CodeType) -> bool:
    """Whether a view is made of a function: it is the function, or a decorator has put something around it."""
    if type(inner) is types.FunctionType and inner.__code__ is definition:
        return True
    things = [view, *(held.thing for held in held_by(view))]
    return any(type(thing) is types.FunctionType and thing.__code__ is definition for thing in things)


def _is_python(inner: object) -> bool:
    """Whether a callable is made in Python: a function, or an object with `__call__`. Compiled code has no frames."""
    return isinstance(inner, types.FunctionType) or is_callable_object(inner)
