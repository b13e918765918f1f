"""What a callable leads to: the callable it stands for, and everything else that it holds.

Two questions are answered here, for callbacks of a URLconf and for the handlers of a class:

- `unwrapped`: which callables are the same view? A `functools.partial`, a bound method, asgiref's
  `async_to_sync` and `sync_to_async`, and what `functools.wraps` left as `__wrapped__` call exactly one other callable.
- `held_by`: what else can it reach? Closures, default arguments, attributes and containers may hold views that run
  in its place. What is found there is not the same view, but its declarations must not be lost.

Nothing is called, and no attribute is read through a descriptor: lazy objects stay lazy.
"""

from __future__ import annotations

import contextlib
import functools
import types
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from asgiref.sync import AsyncToSync, SyncToAsync
from django.urls import URLPattern, URLResolver

#: How many objects are looked at for one callable. Views hold a handful; a registry of all models holds thousands.
MAX_HELD: Final = 2000

#: How many objects that are no callables are passed one after the other: a path, its operation, a wrapper of that.
#: One more and registries of other views come into reach.
MAX_OBJECTS: Final = 3

#: How many items a list or mapping of such an object may have. More, and it is a registry: Django's admin keeps all its
#: models in one, and each of its callbacks leads there.
MAX_ITEMS: Final = 50

#: Objects that hold no view: data, code, and routes, which lead to callbacks of their own.
_HOLD_NOTHING: Final = (
    str,
    bytes,
    int,
    float,
    complex,
    type(None),
    types.ModuleType,
    types.CodeType,
    types.BuiltinFunctionType,
    URLPattern,
    URLResolver,
)


_CONTAINERS: Final = (dict, types.MappingProxyType, list, tuple, set, frozenset, deque)


def unwrapped(view: object) -> Iterator[object]:
    """Yield a callable, then each callable that it stands for, the innermost last."""
    seen: list[object] = []
    following: object | None = view
    while following is not None and not any(following is known for known in seen):
        seen.append(following)
        yield following
        following = _wrapped_by(following)


def innermost(view: object) -> object:
    """Return the callable that a callable stands for in the end."""
    return list(unwrapped(view))[-1]


def _wrapped_by(view: Any) -> object | None:
    """Return the one callable that `view` calls, None where there is none or it cannot be told."""
    kind = type(view)  # isinstance() would make a lazy object build what it stands for
    wrapped: object | None
    if issubclass(kind, (functools.partial, functools.partialmethod, SyncToAsync)):
        wrapped = view.func
    elif issubclass(kind, AsyncToSync):
        wrapped = view.awaitable
    elif issubclass(kind, (types.MethodType, staticmethod, classmethod)):
        wrapped = view.__func__
    else:
        wrapped = own_attributes(view).get("__wrapped__")
    return wrapped


def held_by(view: object, *, through_objects: bool = True) -> Iterator[object]:
    """Yield what a callable holds, nearest first, each object once: callables, classes and other objects.

    Args:
        view: The callable. It is not yielded itself.
        through_objects: Whether the attributes of objects that are no callables are followed, `MAX_OBJECTS` deep.
    """
    seen = {id(view)}
    waiting: deque[tuple[object, int]] = deque([(view, 0)])
    while waiting:
        thing, depth = waiting.popleft()
        for child in _children(thing):
            if len(seen) > MAX_HELD:
                return
            if id(child) in seen or issubclass(type(child), _HOLD_NOTHING):
                continue
            seen.add(id(child))
            if _is_container(child):
                if depth == 0 or len(list(_children(child))) <= MAX_ITEMS:
                    waiting.append((child, depth))
                continue
            yield child
            if callable(child):
                waiting.append((child, depth))
            elif through_objects and depth < MAX_OBJECTS:
                waiting.append((child, depth + 1))


def _children(thing: Any) -> Iterable[object]:
    """Return what an object holds itself."""
    # By the type itself: isinstance() would make a lazy object build what it stands for.
    kind = type(thing)
    if issubclass(kind, dict):
        return list(dict.values(thing))
    if issubclass(kind, types.MappingProxyType):
        return list(thing.values())
    if issubclass(kind, _CONTAINERS):
        return list(thing)
    if issubclass(kind, type):
        return ()
    if issubclass(kind, types.MethodType):
        return (thing.__self__, thing.__func__)
    if issubclass(kind, functools.partial):
        return (thing.func, thing.args, thing.keywords)
    if issubclass(kind, (staticmethod, classmethod)):
        return (thing.__func__,)
    attributes = list(own_attributes(thing).values())
    if issubclass(kind, types.FunctionType):
        return (*_kept_by(thing), *attributes)
    return (*attributes, *_slots(thing))


def closure(function: types.FunctionType) -> dict[str, object]:
    """Return the variables of outer functions that a function keeps: name -> value."""
    found: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # a name that is not bound yet
            found[name] = cell.cell_contents
    return found


def is_same_view(view: object, other: object) -> bool:
    """Whether two callbacks do the same: one object, equal ones, or functions that one factory made of the same.

    django-ninja makes a function for each operation of a path; all of them call the one view of the path.
    """
    if view is other:
        return True
    try:
        if not (isinstance(view, types.FunctionType) and isinstance(other, types.FunctionType)):
            return bool(view == other)  # bound methods of one object
        if view.__code__ is not other.__code__:
            return False
        one, another = _identity_of(view), _identity_of(other)
        return one.keys() == another.keys() and all(is_same_view(one[name], another[name]) for name in one)
    except Exception:  # noqa: BLE001 - a comparison of the project may raise, a long chain does
        return False


def _identity_of(function: types.FunctionType) -> dict[str, object]:
    """Return what makes a function another than those of the same code: closure, defaults and attributes."""
    kept = closure(function)
    # A name that is not bound yet may become anything.
    cells = {f"closure {name}": kept.get(name, object()) for name in function.__code__.co_freevars}
    return {**cells, "of places": function.__defaults__, "of names": function.__kwdefaults__, **vars(function)}


def _kept_by(function: types.FunctionType) -> Iterator[object]:
    """Yield the values that a function keeps: its closure and its default arguments."""
    yield from closure(function).values()
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()


def _slots(thing: object) -> Iterator[object]:
    for klass in type(thing).__mro__:
        names = vars(klass).get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            member = vars(klass).get(name)
            if isinstance(member, types.MemberDescriptorType):
                with contextlib.suppress(AttributeError):  # not set
                    yield member.__get__(thing, type(thing))


def own_attributes(thing: object) -> Mapping[str, Any]:
    """Return the attributes that an object itself has, without those of its class; empty where it has none."""
    try:
        found = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) in (dict, types.MappingProxyType) else {}


def name_of(thing: object) -> str:
    """Return the qualified name of a function or class; of another object, that of its class, unless it has one."""
    if issubclass(type(thing), (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)):
        return str(cast("Any", thing).__qualname__)
    return str(own_attributes(thing).get("__qualname__", type(thing).__qualname__))


def _is_container(thing: object) -> bool:
    return issubclass(type(thing), _CONTAINERS)
