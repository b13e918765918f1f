"""What a callable wraps, and which other objects it holds.

It is used for the callbacks of a URLconf, and for the handlers of a class:

- `unwrapped` returns callables that are the same view. A `functools.partial`, a bound method,
  asgiref's `async_to_sync` and `sync_to_async`, and a function with `__wrapped__` call exactly one
  other callable.
- `held_by` returns the other objects. Closures, default arguments, attributes and containers may
  hold views that run instead. They are not the same view, but their declarations must not be lost.

The project's code is not called, and its descriptors are not used, so lazy objects are not
evaluated.
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

from drf_cors.one_pass import noted, once_per_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

#: How many objects are read for one callable, without plain data. A view holds a few objects, a
#: registry of all models thousands.
MAX_HELD: Final = 2000

#: How many items of one container are read, with plain data.
MAX_READ: Final = 100_000

#: How many objects that are not callable are followed in a row: a path, its operation, a wrapper of
#: that. With one more, registries of other views would be found.
MAX_OBJECTS: Final = 3

#: How many items a list or mapping of such an object may have. With more, it is a registry: each
#: callback of Django's admin holds the mapping of all models.
MAX_ITEMS: Final = 50

#: How many objects `held_where` reads before it reads them in the order of `held_by`.
MAX_SEARCHED: Final = 20_000

#: Objects that hold no view: data, code, and routes, whose callbacks are read for themselves.
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


#: Containers, and how their items are read. A subclass may override the methods, so they are not
#: used.
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


_CONTAINER_TYPES: Final = tuple(_CONTAINERS)


#: Wrappers of other callables, and how these are read.
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
    """Yield a callable, then each callable that it wraps, the innermost last.

    Args:
        view: The callable.
    """
    seen: list[object] = []
    following: object | None = view
    while following is not None and not any(following is other for other in seen):
        seen.append(following)
        yield following
        following = _wrapped_by(following)


def innermost(view: object) -> object:
    """Return the innermost callable that a callable wraps, or the callable itself.

    Args:
        view: The callable.
    """
    return list(unwrapped(view))[-1]


def _wrapped_by(view: Any) -> object | None:
    """Return the one callable that `view` calls, None if there is none or it is unknown."""
    kind = type(view)  # isinstance() evaluates a lazy object
    wrapped: object | None
    if kind is types.FunctionType:  # most callables
        return view.__dict__.get("__wrapped__")  # type: ignore[no-any-return]  # an attribute
    if issubclass(kind, (functools.partial, functools.partialmethod, SyncToAsync)):
        wrapped = view.func
    elif issubclass(kind, AsyncToSync):
        wrapped = view.awaitable
    elif issubclass(kind, (types.MethodType, staticmethod, classmethod)):
        wrapped = view.__func__
    elif type(proxied := getattr(kind, "__wrapped__", None)) is types.GetSetDescriptorType:
        # A proxy in C, such as those of wrapt, has the attributes of the callable that it wraps.
        # Unless it is lazy: that would be evaluated.
        wrapped = None if hasattr(kind, "__factory__") else proxied.__get__(view)
    else:
        wrapped = own_attributes(view).get("__wrapped__")
    return wrapped


#: How an object is held: directly, as an item of a container, or by an object that is not callable.
Through = Literal["itself", "container", "object"]


class Held(NamedTuple):
    """An object that a callable holds.

    Attributes:
        thing: The object.
        through: How it is held. If not "itself", it may come from a registry of other views.
    """

    thing: object
    through: Through


def held_by(view: object, *, through_objects: bool = True) -> Iterator[Held]:
    """Yield the objects that a callable holds, directly held ones first, without duplicates.

    Args:
        view: The callable. It is not yielded itself.
        through_objects: Whether the attributes of objects that are not callable are followed,
            `MAX_OBJECTS` deep.
    """
    seen = {id(view)}
    waiting: deque[tuple[Held, int]] = deque([(Held(view, "itself"), 0)])
    while waiting:
        (thing, through), depth = waiting.popleft()
        for child in _children(thing):
            if id(child) in seen or _holds_nothing(type(child)):
                continue
            if len(seen) > MAX_HELD:
                return
            seen.add(id(child))
            found = Held(child, through)
            if not _is_container(child):
                yield found
            depth_below = _depth_below(child, depth, through_objects=through_objects)
            if depth_below is not None:
                waiting.append((_held_through(child, through), depth_below))


def _depth_below(child: object, depth: int, *, through_objects: bool) -> int | None:
    """Return the depth of what an object holds, None if that is not read.

    Args:
        child: The object.
        depth: Its own depth: how many objects that are not callable were followed to it.
        through_objects: As for `held_by`.
    """
    if _is_container(child):
        return depth if depth == 0 or _is_short(child) else None
    if issubclass(type(child), type):
        return None  # a class: its attributes are read elsewhere
    if callable(child):
        return depth
    return depth + 1 if through_objects and depth < MAX_OBJECTS else None


def _held_through(child: object, through: Through) -> Held:
    """Return an object with how the objects are held that it holds itself."""
    if _is_container(child):
        return Held(child, "object" if through == "object" else "container")
    return Held(child, through if callable(child) else "object")


def held_where(view: object, is_wanted: Callable[[object], bool], *, through_objects: bool = True) -> tuple[Held, ...]:
    """Return the wanted objects among those that `held_by` yields.

    Most callables hold nothing that is wanted, and share what they hold: a base class, a registry.
    In one pass, what leads to no wanted object is read once.

    Args:
        view: The callable.
        is_wanted: Whether an object is wanted. It depends only on the object.
        through_objects: As for `held_by`.
    """
    if not _children(view) or _leads_nowhere(view, is_wanted, through_objects=through_objects):
        return ()
    found = held_by(view, through_objects=through_objects)
    return tuple(held for held in found if is_wanted(held.thing))


def _leads_nowhere(view: object, is_wanted: Callable[[object], bool], *, through_objects: bool) -> bool:
    """Whether no wanted object can be reached. If False, there may still be none.

    Every object is followed at every depth, so this finds at least what `held_by` finds.
    """
    # (id, depth) -> an object that leads to no wanted one. It is kept alive, because of its id.
    nowhere = noted((is_wanted, through_objects))
    if type(view) is types.FunctionType and (id(view), 0) in nowhere:
        return True  # what another object holds may not have been followed
    seen: dict[tuple[int, int], object] = {(id(view), 0): view}
    waiting: list[tuple[object, int]] = [(view, 0)]
    while waiting:
        thing, depth = waiting.pop()
        for child in _children(thing):
            if _holds_nothing(type(child)):
                continue
            key = (id(child), depth)
            if key in nowhere or key in seen:
                continue
            if len(seen) > MAX_SEARCHED:
                return False
            if not _is_container(child) and is_wanted(child):
                return False
            seen[key] = child
            depth_below = _depth_below(child, depth, through_objects=through_objects)
            if depth_below is not None:
                waiting.append((child, depth_below))
    nowhere.update(seen)
    return True


def _holds_nothing(kind: type) -> bool:
    """Whether objects of a type hold no view.

    Those of Django's database layer are data: the fields of a model, for example. The admin holds
    those of all models.
    """
    if kind is str or kind is bool:
        return True  # most objects
    if kind is types.FunctionType or kind is dict:
        return False
    return issubclass(kind, _HOLD_NOTHING) or str(kind.__module__).startswith("django.db.")


@once_per_pass
def _is_short(container: Any) -> bool:
    with contextlib.suppress(Exception):  # as in _children()
        return len(list(islice(_all_children(container), MAX_ITEMS + 1))) <= MAX_ITEMS
    return True


def _children(thing: Any) -> Sequence[object]:
    """Return what an object holds directly, at most `MAX_READ` objects."""
    if type(thing) is types.FunctionType:  # most objects
        return _parts_of_function(thing)
    found: list[object] = []
    # An object of the project may raise anything, or change. What it has yielded before counts.
    with contextlib.suppress(Exception):
        found.extend(islice(_all_children(thing), MAX_READ))
    return found


def _all_children(thing: Any) -> Iterable[object]:
    kind = type(thing)
    if kind is tuple or kind is list:
        return thing  # type: ignore[no-any-return]  # a container
    return _way_to_read(kind)(thing)


@once_per_pass
def _way_to_read(kind: type) -> Callable[[Any], Iterable[object]]:
    """Return how the objects are read that an object of a type holds."""
    # issubclass() of the type, because isinstance() evaluates a lazy object.
    for container, items in _CONTAINERS.items():
        if issubclass(kind, container):
            return items
    if issubclass(kind, type):
        return lambda _: ()
    for wrapper, parts in _WRAPPERS.items():
        if issubclass(kind, wrapper):
            return parts
    return _parts_of_object


def _parts_of_function(function: types.FunctionType) -> tuple[object, ...]:
    attributes = function.__dict__
    if not attributes:
        return _variables_of(function)
    return (*_variables_of(function), attributes.get("__wrapped__"), *attributes.values())


def _parts_of_object(thing: Any) -> tuple[object, ...]:
    return (_wrapped_by(thing), *own_attributes(thing).values(), *_slots(thing))


def is_plain(function: types.FunctionType) -> bool:
    """Return whether a function holds nothing: no variables of outer functions, defaults, or attributes.

    Args:
        function: The function.
    """
    return not _parts_of_function(function)


def closure(function: types.FunctionType) -> dict[str, object]:
    """Return the variables of outer functions that a function uses: name -> value.

    Args:
        function: The function.
    """
    if function.__closure__ is None:
        return {}  # most functions
    found: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__, strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # noqa: PERF203 - a name that is not bound yet
            continue
    return found


def is_same_view(view: object, other: object) -> bool:
    """Return whether two callbacks are equal, or functions of one factory with equal arguments.

    django-ninja creates a function for each operation of a path. All of them call one view.

    Args:
        view: The first callback.
        other: The second callback.
    """
    if view is other:
        return True
    try:
        if not (isinstance(view, types.FunctionType) and isinstance(other, types.FunctionType)):
            return bool(view == other)  # bound methods of one object
        if view.__code__ is not other.__code__:
            return False
        one, another = _identity_of(view), _identity_of(other)
        if one.keys() != another.keys():
            return False
        return all(is_same_view(one[name], another[name]) for name in one)
    except Exception:  # noqa: BLE001 - a project's __eq__ may raise, or RecursionError
        return False


def _identity_of(function: types.FunctionType) -> dict[str, object]:
    """Return what distinguishes functions with the same code: closure, defaults and attributes."""
    variables = closure(function)
    # A name that is not bound yet equals no other: its value is unknown.
    cells = {f"closure {name}": variables.get(name, object()) for name in function.__code__.co_freevars}
    return {
        **cells,
        "of places": function.__defaults__,
        "of names": function.__kwdefaults__,
        **vars(function),
    }


def _variables_of(function: types.FunctionType) -> tuple[object, ...]:
    """Return the values in the closure of a function, and its default arguments."""
    defaults = function.__defaults__ or ()
    if function.__closure__ is None and function.__kwdefaults__ is None:
        return defaults  # most functions
    keywords = function.__kwdefaults__ or {}
    return (*closure(function).values(), *defaults, *keywords.values())


def _slots(thing: object) -> Iterator[object]:
    kind = type(thing)
    for member in _slots_of(kind):
        with contextlib.suppress(AttributeError):  # not set
            yield member.__get__(thing, kind)


@once_per_pass
def _slots_of(kind: type) -> tuple[types.MemberDescriptorType, ...]:
    found: list[types.MemberDescriptorType] = []
    for klass in kind.__mro__:
        found += [member for member in vars(klass).values() if type(member) is types.MemberDescriptorType]
    return tuple(found)


def own_attributes(thing: object) -> Mapping[str, Any]:
    """Return the attributes of an object itself, without those of its class.

    Args:
        thing: The object. If it has no `__dict__`, the result is empty.
    """
    if type(thing) is types.FunctionType:  # most objects
        return thing.__dict__
    try:
        found: Any = object.__getattribute__(thing, "__dict__")
    except Exception:  # noqa: BLE001 - a proxy may compute its `__dict__`, and raise anything
        return {}
    return found if type(found) in (dict, types.MappingProxyType) else {}


def name_of(thing: object) -> str:
    """Return the qualified name of a function or class; for an object, that of its class.

    Args:
        thing: The function, class or object. A `__qualname__` of the object itself counts first.
    """
    named = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)
    if issubclass(type(thing), named):
        return str(cast("Any", thing).__qualname__)
    return str(own_attributes(thing).get("__qualname__", type(thing).__qualname__))


def _is_container(thing: object) -> bool:
    if type(thing) is types.FunctionType:
        return False  # most objects
    return issubclass(type(thing), _CONTAINER_TYPES)
