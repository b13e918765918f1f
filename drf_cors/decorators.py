"""`cors()` attaches a policy to a view. The only module that reads or writes the attributes for it.

A mark is an attribute of a class or a function. Each mark has an attribute name of its own, because
Django and functools copy whole `__dict__`s from one function to another (`method_decorator`,
`wraps`, `as_view`), and marks under one name would overwrite each other. `marks_of` returns all
marks, in the order in which they were applied. `drf_cors.layers` decides to which layer each
belongs.

Functions are never changed. `cors()` returns a copy, so that a parent class, a sibling or another
route is not affected.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import sys
import types
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast

from asgiref.sync import iscoroutinefunction

from drf_cors.core.errors import CorsConfigurationError, shown
from drf_cors.core.policy import CorsPolicy
from drf_cors.held import innermost, own_attributes
from drf_cors.placement import is_above_class, is_around_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from drf_cors.core.policy import PolicyFields

ViewT = TypeVar("ViewT", bound="Callable[..., Any]")

_PREFIX: Final = "_drf_cors_mark_"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Mark:
    """One use of `cors()`.

    Attributes:
        number: A sequence number. Of two marks on one object, the lower was applied first, closest
            to the code.
        policy: The policy, or the name of one in `settings.CORS_POLICIES`.
        is_around_view: Whether `cors()` was called around the view, as in a URLconf, not as a
            decorator above its `def`. None if it is unknown.
    """

    number: int
    policy: CorsPolicy | str
    is_around_view: bool | None


class CorsDecorator(Protocol):
    """What `cors(...)` returns. It takes a view and returns one of the same type."""

    def __call__(self, view: ViewT, /) -> ViewT:
        """Mark a view."""
        ...


def cors(policy: CorsPolicy | str | None = None, /, **fields: Unpack[PolicyFields]) -> CorsDecorator:
    """Attach a policy to a view.

    Use it on a function view (sync or async), a class, a handler method or an action, or around a
    view in a URLconf. It works above and below `@api_view` and `@action`. The returned view has the
    same name and attributes, and is a coroutine function if the view is one. The view itself is not
    changed.

    Args:
        policy: A policy, or the name of one in `settings.CORS_POLICIES`.
        fields: Instead of a policy, the fields of one, as for `CorsPolicy`.

    Raises:
        CorsConfigurationError: If the fields are invalid. It lists all their faults.
        TypeError: If the arguments are not a declaration. It shows the right form.
    """
    declared = _read_declaration(policy, fields)

    def decorate(view: ViewT, /) -> ViewT:
        if isinstance(view, type):
            _refuse_bound_class(view)
            mark = Mark(next(_numbers), declared, is_around_view=False)
            setattr(view, _attribute(mark), mark)
            return cast("ViewT", view)
        if isinstance(view, (staticmethod, classmethod, property)) or not callable(view):
            raise TypeError(_wrong_target(view))
        # The frame is not assigned to a variable: a frame that refers to itself keeps the view
        # alive.
        mark = Mark(next(_numbers), declared, is_around_view=is_around_view(view, inspect.currentframe()))
        # The type itself, because isinstance() accepts a proxy of a function. A copy would lose the
        # proxy.
        if type(view) is types.FunctionType:
            function = cast("types.FunctionType", view)
            marked: Callable[..., Any] = _copy(function)
        else:
            marked = _wrapper(view)
        if mark.is_around_view is False or is_above_class(view, inspect.currentframe()):
            _remember_copy(view, mark)
        setattr(marked, _attribute(mark), mark)
        return cast("ViewT", marked)

    return decorate


def marks_of(thing: object) -> list[Mark]:
    """Return the marks on an object itself, not on its parents, the closest to its code first.

    Args:
        thing: A class, a callable or any other object.
    """
    attributes = own_attributes(thing)
    if not attributes:
        return []  # most objects, and most functions
    found = [value for name, value in list(attributes.items()) if name.startswith(_PREFIX)]
    return sorted((mark for mark in found if isinstance(mark, Mark)), key=lambda mark: mark.number)


def marks_on_copies_of(thing: object) -> list[Mark]:
    """Return the marks on the copies that `cors()` above the `def` or `class` of a view has made.

    A decorator below may have registered the view itself, such as `@router.get(...)`. Then the copy
    with the policy is never called.

    Args:
        thing: The view that was copied.
    """
    original, marks = _copied.get(id(thing), (None, ()))
    if isinstance(original, weakref.ref):
        original = original()
    return list(marks) if original is thing else []


#: The id of a view -> the view, and the marks on its copies. A view itself may be unhashable.
_copied: dict[int, tuple[object, tuple[Mark, ...]]] = {}


def _remember_copy(view: object, mark: Mark) -> None:
    marks = (*marks_on_copies_of(view), mark)
    try:
        _copied[id(view)] = (weakref.ref(view, functools.partial(_forget_copy, id(view))), marks)
    except TypeError:  # an object with __slots__ has no weak references; the entry keeps it alive
        _copied[id(view)] = (view, marks)


def _forget_copy(number: int, _: object) -> None:
    _copied.pop(number, None)


def _is_bound(view_class: type) -> bool:
    """Whether the name of a class is bound to it: this is after its decorators have run."""
    holder: object = sys.modules.get(view_class.__module__)
    for name in view_class.__qualname__.split("."):
        holder = getattr(holder, name, None)
    return holder is view_class


def _attribute(mark: Mark) -> str:
    return f"{_PREFIX}{mark.number}"


def _copy(function: types.FunctionType) -> types.FunctionType:
    """Return a copy that shares code and closure, so that it stays async and adds no call."""
    copy = types.FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    for name in functools.WRAPPER_ASSIGNMENTS:
        setattr(copy, name, getattr(function, name))
    copy.__dict__.update(function.__dict__)
    return copy


def _wrapper(view: Callable[..., Any]) -> Callable[..., Any]:
    """Return a callable around one that is not a function: a partial, a bound method, an object."""
    if hasattr(type(view), "__get__") and type(view) is not types.MethodType:
        return _named_like(view, _Binding(view))
    if iscoroutinefunction(view):

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            return await view(*args, **kwargs)

        return _named_like(view, awaited)

    def called(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return _named_like(view, called)


class _Binding(functools.partial[Any]):
    """Wraps a callable with `__get__`, which binds it as an attribute of a class."""

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is None:
            return self
        view: Any = self.func
        return type(view).__get__(view, instance, owner)


def _named_like(view: Callable[..., Any], wrapper: Callable[..., Any]) -> Callable[..., Any]:
    inner: Any = innermost(view)
    # Messages need a name, but a partial or an object has none.
    named = inner if hasattr(inner, "__qualname__") else type(inner)
    wrapper.__name__, wrapper.__qualname__ = named.__name__, named.__qualname__
    return functools.update_wrapper(wrapper, view)


def _read_declaration(policy: object, fields: PolicyFields) -> CorsPolicy | str:
    if policy is not None and fields:
        raise TypeError(
            "cors() takes a policy or the fields of one, not both; "
            f"it got {shown(policy)} and {', '.join(fields)}.\n\n"
            "    @cors(policy.using(expose_headers=['x-total-count']))"
        )
    if policy is None and fields:
        try:
            return CorsPolicy(**fields)
        except CorsConfigurationError as error:
            raise error.at("cors(...)") from None
    if isinstance(policy, CorsPolicy) or (isinstance(policy, str) and policy):
        return policy
    raise TypeError(_wrong_declaration(policy))


def _wrong_declaration(policy: object) -> str:
    if callable(policy):
        name = getattr(policy, "__name__", "view")
        return (
            f"@cors above {name!r} needs its policy in parentheses. The right form is:\n\n"
            "    @cors(allowed_origins=['https://shop.example'])\n"
            f"    def {name}(...):\n"
            "        ...\n\n"
            "or @cors('partners') for a policy named in settings.CORS_POLICIES, or @cors(NO_CORS)."
        )
    if isinstance(policy, dict):
        inside = ", ".join(f"{key}=..." for key in policy)
        return f"cors() takes fields by keyword; dicts are for settings.CORS_POLICIES. Write cors({inside})."
    got = "no policy" if policy is None else shown(policy)
    return (
        f"cors() got {got}; it takes a CorsPolicy, the name of one in settings.CORS_POLICIES, or fields: "
        "cors(allowed_origins=['https://shop.example'])."
    )


def _wrong_target(view: object) -> str:
    return (
        f"cors(...) goes on a view, not on {shown(view)}. The right form is:\n\n"
        "    @cors(allowed_origins=['https://shop.example'])\n"
        "    def get(self, request):\n"
        "        ..."
    )


def _refuse_bound_class(view_class: type) -> None:
    if _is_bound(view_class):
        name = view_class.__name__
        raise TypeError(
            f"cors(...) was called on {name}, a class that already exists in {view_class.__module__}: "
            "it would change every use of the class. Put the policy around this use:\n\n"
            f"    path('...', cors(...)({name}.as_view()))"
        )
