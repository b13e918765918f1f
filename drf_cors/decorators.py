"""`cors()` attaches a policy to a view. The only module that reads or writes the attributes for it.

A mark is an attribute of a class or a function. Each mark has an attribute name of its own, because
Django and functools copy whole `__dict__`s from one function to another (`method_decorator`,
`wraps`, `as_view`), and marks under one name would overwrite each other. `marks_of` returns all
marks, in the order in which they were applied. `drf_cors.layers` decides to which layer each
belongs.

Views are never changed. `cors()` returns a wrapper, so that a parent class, a sibling or another
route is not affected. When it is called, the wrapper notes its mark, and `CorsMiddleware` compares
the noted marks with the policies of the URL. So a view that another view finds at run time cannot be
answered with the other view's policy.
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
from drf_cors.held import innermost, name_of, own_attributes
from drf_cors.in_progress import CURRENT, note_mark
from drf_cors.noted_dispatch import note_objects_of
from drf_cors.placement import is_above_class, is_around_view

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from drf_cors.core.policy import PolicyFields

ViewT = TypeVar("ViewT", bound="Callable[..., Any]")

_PREFIX: Final = "_drf_cors_mark_"
_numbers = itertools.count(1)


@dataclass(frozen=True, eq=False, slots=True)  # each mark equals only itself
class Mark:
    """One use of `cors()`.

    Attributes:
        number: A sequence number. Of two marks on one object, the lower was applied first, closest
            to the code.
        policy: The policy, or the name of one in `settings.CORS_POLICIES`.
        is_around_view: Whether `cors()` was called around the view, as in a URLconf, not as a
            decorator above its `def`. None if it is unknown.
        view_name: The name of the view, for messages.
        call: The number of the call `cors(...)` that made it. All uses of one decorator share it.
        is_of_request: Whether it was made while a request was handled. `method_decorator` uses its
            decorators again at each request.
    """

    number: int
    policy: CorsPolicy | str
    is_around_view: bool | None
    view_name: str
    call: int
    is_of_request: bool


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
    call = next(_numbers)

    def mark_for(view: Callable[..., Any], is_around: bool | None) -> Mark:
        is_of_request = CURRENT.get() is not None
        return Mark(next(_numbers), declared, is_around, _name_of(view), call, is_of_request)

    def decorate(view: ViewT, /) -> ViewT:
        if isinstance(view, type):
            _refuse_bound_class(view)
            mark = mark_for(view, is_around=False)
            setattr(view, _attribute(mark), mark)
            note_objects_of(view)
            return cast("ViewT", view)
        if isinstance(view, (staticmethod, classmethod, property)) or not callable(view):
            raise TypeError(_wrong_target(view))
        # The frame is not assigned to a variable: a frame that refers to itself keeps the view
        # alive.
        is_around = is_around_view(view, inspect.currentframe())
        mark = mark_for(view, is_around)
        marked = _wrapper(view, mark)
        if mark.is_around_view is False or is_above_class(view, inspect.currentframe()):
            _remember_wrapped(view, mark)
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
    if not found:
        return []
    return sorted((mark for mark in found if isinstance(mark, Mark)), key=lambda mark: mark.number)


def marks_on_wrappers_of(thing: object) -> list[Mark]:
    """Return the marks on the wrappers that `cors()` above the `def` or `class` of a view has made.

    A decorator below may have registered the view itself, such as `@router.get(...)`. Then the
    wrapper with the policy is never called.

    Args:
        thing: The view that was wrapped.
    """
    original, marks = _wrapped.get(id(thing), (None, ()))
    if isinstance(original, weakref.ref):
        original = original()
    return list(marks) if original is thing else []


#: The id of a view -> the view, and the marks on its wrappers. A view itself may be unhashable.
_wrapped: dict[int, tuple[object, tuple[Mark, ...]]] = {}


def _remember_wrapped(view: object, mark: Mark) -> None:
    marks = (*marks_on_wrappers_of(view), mark)
    try:
        _wrapped[id(view)] = (weakref.ref(view, functools.partial(_forget_wrapped, id(view))), marks)
    except TypeError:  # an object with __slots__ has no weak references; the entry keeps it alive
        _wrapped[id(view)] = (view, marks)


def _forget_wrapped(number: int, _: object) -> None:
    _wrapped.pop(number, None)


def _is_bound(view_class: type) -> bool:
    """Whether the name of a class is bound to it: this is after its decorators have run."""
    holder: object = sys.modules.get(view_class.__module__)
    for name in view_class.__qualname__.split("."):
        holder = getattr(holder, name, None)
    return holder is view_class


def _name_of(view: Callable[..., Any]) -> str:
    """Return the name of a view: of its class, if it is a callback of `as_view()`."""
    inner = innermost(view)
    attributes = own_attributes(inner)
    view_class = attributes.get("cls", attributes.get("view_class"))
    return name_of(inner) if view_class is None else name_of(view_class)


def _attribute(mark: Mark) -> str:
    return f"{_PREFIX}{mark.number}"


def _wrapper(view: Callable[..., Any], mark: Mark) -> Callable[..., Any]:
    """Return a callable that notes a mark and calls a view; a coroutine function if the view is one."""
    kind = type(view)
    if kind not in (types.FunctionType, types.MethodType) and hasattr(kind, "__get__"):
        binding = _Binding(view)
        binding.mark = mark
        return _named_like(view, binding)
    # A function that is only marked as a coroutine function keeps that mark in its `__dict__`.
    is_async = inspect.iscoroutinefunction if kind is types.FunctionType else iscoroutinefunction
    if is_async(view):

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            note_mark(mark)
            return await view(*args, **kwargs)

        return _named_like(view, awaited)

    def called(*args: Any, **kwargs: Any) -> Any:
        note_mark(mark)
        return view(*args, **kwargs)

    return _named_like(view, called)


def is_mark_wrapper(thing: object) -> bool:
    """Return whether a callable is what `cors()` returned for a view that is not a class.

    Args:
        thing: The callable.
    """
    return type(thing) is types.FunctionType and thing.__code__ in _wrapper.__code__.co_consts


class _Binding(functools.partial[Any]):
    """Wraps a callable with `__get__`, which binds it as an attribute of a class."""

    mark: Mark

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        note_mark(self.mark)
        return super().__call__(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is None:
            return self
        view: Any = self.func
        return _wrapper(type(view).__get__(view, instance, owner), self.mark)


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
