"""What a callable leads to: the callable it stands for, and everything else that it holds.

Two questions are answered here, for callbacks of a URLconf and for the handlers of a class:

- `unwrapped`: which callables are the same view? A `functools.partial`, a bound method, asgiref's
  `async_to_sync` and `sync_to_async`, and what `functools.wraps` left as `__wrapped__` call exactly one other callable.
- `held_by`: what else can it reach? Closures, default arguments, attributes and containers may hold views that run
  in its place. What is found there is not the same view, but its declarations must not be lost.

No code of the project is called, and no attribute is read through a descriptor of its own: lazy objects stay lazy.
"""

from __future__ import annotations

import contextlib
import functools
import types
import weakref
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

from asgiref.sync import AsyncToSync, SyncToAsync
from django.urls import URLPattern, URLResolver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: How many objects are looked at for one callable, plain data aside. Views hold a handful; a registry of all models
#: holds thousands.
MAX_HELD: Final = 2000

#: How many items of one container are read, plain data included.
MAX_READ: Final = 100_000

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
    URLPattern,
    URLResolver,
)


#: Containers, and how their items are read. A class that inherits from one may have methods of its own.
_CONTAINERS: Final[Mapping[type, Callable[[Any], Iterable[object]]]] = {
    dict: lambda items: (*dict.keys(items), *dict.values(items)),
    types.MappingProxyType: types.MappingProxyType.values,
    list: list.__iter__,
    tuple: tuple.__iter__,
    set: set.__iter__,
    frozenset: frozenset.__iter__,
    deque: deque.__iter__,
    type({}.keys()): iter,
    type({}.values()): iter,
    type({}.items()): iter,
}


#: What is made of other callables, and how those are read.
_WRAPPERS: Final[Mapping[type, Callable[[Any], tuple[object, ...]]]] = {
    types.MethodType: lambda method: (method.__self__, method.__func__),
    types.BuiltinFunctionType: lambda method: (method.__self__,),  # {"GET": view}.get
    functools.partial: lambda partial: (partial.func, partial.args, partial.keywords),
    property: lambda attribute: (attribute.fget, attribute.fset, attribute.fdel),
    weakref.ref: lambda reference: (reference(),),
    staticmethod: lambda method: (method.__func__,),
    classmethod: lambda method: (method.__func__,),
}


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
    elif type(proxied := getattr(kind, "__wrapped__", None)) is types.GetSetDescriptorType:
        # A proxy in C, as those of wrapt, has the attributes of what it wraps.
        wrapped = proxied.__get__(view)
    else:
        wrapped = own_attributes(view).get("__wrapped__")
    return wrapped


class Held(NamedTuple):
    """Something that a callable holds.

    Attributes:
        thing: What it is.
        through: How it is reached: directly, as an item of a container, or as an attribute of an object that is not
            callable. Registries of other views are reached in the last two ways, too.
    """

    thing: object
    through: Literal["itself", "container", "object"]


def held_by(view: object, *, through_objects: bool = True) -> Iterator[Held]:
    """Yield what a callable holds, nearest first, each object once: callables, classes and other objects.

    Args:
        view: The callable. It is not yielded itself.
        through_objects: Whether the attributes of objects that are no callables are followed, `MAX_OBJECTS` deep.
    """
    seen = {id(view)}
    waiting: deque[tuple[Held, int]] = deque([(Held(view, "itself"), 0)])
    looked_at = 0
    while waiting:
        (thing, through), depth = waiting.popleft()
        for child in _children(thing):
            if id(child) in seen or issubclass(type(child), _HOLD_NOTHING):
                continue
            looked_at += 1
            if looked_at > MAX_HELD:
                return
            seen.add(id(child))
            if _is_container(child):
                if depth == 0 or _is_short(child):
                    waiting.append((Held(child, "object" if through == "object" else "container"), depth))
                continue
            found = Held(child, through)
            yield found
            if callable(child):
                waiting.append((found, depth))
            elif through_objects and depth < MAX_OBJECTS:
                waiting.append((Held(child, "object"), depth + 1))


def _is_short(container: Any) -> bool:
    return len(list(islice(_children(container), MAX_ITEMS + 1))) <= MAX_ITEMS


def _children(thing: Any) -> Iterator[object]:
    """Yield what an object holds itself; no more of it than is looked at."""
    with contextlib.suppress(Exception):  # an object of the project may raise anything, or change meanwhile
        yield from islice(_all_children(thing), MAX_READ)


def _all_children(thing: Any) -> Iterable[object]:
    # By the type itself: isinstance() would make a lazy object build what it stands for.
    kind = type(thing)
    for container, items in _CONTAINERS.items():
        if issubclass(kind, container):
            return items(thing)
    if issubclass(kind, type):
        return ()
    for wrapper, parts in _WRAPPERS.items():
        if issubclass(kind, wrapper):
            return parts(thing)
    attributes = (_wrapped_by(thing), *own_attributes(thing).values())
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
        for member in list(vars(klass).values()):
            if type(member) is types.MemberDescriptorType:
                with contextlib.suppress(AttributeError):  # not set
                    yield member.__get__(thing, type(thing))


def own_attributes(thing: object) -> Mapping[str, Any]:
    """Return the attributes that an object itself has, without those of its class; empty where it has none."""
    try:
        found = object.__getattribute__(thing, "__dict__")
    except Exception:  # noqa: BLE001 - a proxy may compute its `__dict__`, and raise anything
        return {}
    return found if type(found) in (dict, types.MappingProxyType) else {}


def name_of(thing: object) -> str:
    """Return the qualified name of a function or class; of another object, that of its class, unless it has one."""
    if issubclass(type(thing), (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)):
        return str(cast("Any", thing).__qualname__)
    return str(own_attributes(thing).get("__qualname__", type(thing).__qualname__))


def _is_container(thing: object) -> bool:
    return issubclass(type(thing), tuple(_CONTAINERS))
