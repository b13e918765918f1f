"""What the attributes of a class hold, refer to by name, and assign, where that may declare.

The attributes of each class are read once.
"""

from __future__ import annotations

import types
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from drf_cors.decorators import cors
from drf_cors.held import Held, held_where, unwrapped
from drf_cors.identity import ClassCache, cached
from drf_cors.members import DECLARING_ATTRIBUTES, may_declare
from drf_cors.one_pass import once_per_pass
from drf_cors.referenced import assigned_by, referenced_where
from drf_cors.view_facts import definer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@once_per_pass
def held_by_attributes(view_class: type) -> tuple[tuple[str, Held], ...]:
    """Return the objects that the attributes of a class and its bases hold, and that may declare.

    Classes that are not views are left out: they are settings of the view, such as its serializer.

    Args:
        view_class: The class.

    Returns:
        The names of the attributes, each with what it holds.
    """
    found: list[tuple[str, Held]] = []
    for klass in view_class.__mro__[:-1]:
        for name, held in _references_of(klass).held:
            # A method that is overridden may still be called, by super().
            is_function = type(vars(klass)[name]) is types.FunctionType
            if is_function or definer_of(view_class, name) is klass:
                found.append((name, held))
    return tuple(found)


@once_per_pass
def referenced_by_methods(view_class: type) -> tuple[object, ...]:
    """Return the views that the methods of a class refer to by name; see `may_declare`.

    Args:
        view_class: The class.
    """
    found: list[object] = []
    for klass in view_class.__mro__[:-1]:
        found += _references_of(klass).referenced
    return tuple(found)


@once_per_pass
def assigned_by_methods(view_class: type) -> tuple[tuple[str, str], ...]:
    """Return what methods declare during a request, without effect: `self.cors_policy = ...`.

    Args:
        view_class: The class. Its bases are searched too.

    Returns:
        The names of the methods, each with that of the attribute.
    """
    found: list[tuple[str, str]] = []
    for klass in view_class.__mro__[:-1]:
        found += _references_of(klass).assigned
    return tuple(found)


def is_cors_call(thing: object) -> bool:
    """Return whether an object is `cors`, or what `cors(...)` returned.

    Args:
        thing: The object. A function that names it calls it when a request is handled.
    """
    if type(thing) is not types.FunctionType:
        return False
    return thing is cors or thing.__code__ in cors.__code__.co_consts


def calls_cors(function: types.FunctionType) -> bool:
    """Return whether a function names `cors`, or what `cors(...)` returned, directly or through others.

    Args:
        function: The function.
    """
    return bool(referenced_where([function], is_cors_call))


class _References(NamedTuple):
    """What the attributes of a class refer to, and may declare.

    Attributes:
        held: The names of attributes, each with an object that it holds.
        referenced: What methods refer to by name.
        assigned: The names of methods, each with the declaring attribute that it assigns.
    """

    held: tuple[tuple[str, Held], ...]
    referenced: tuple[object, ...]
    assigned: tuple[tuple[str, str], ...]


@once_per_pass
def _references_of(klass: type) -> _References:
    return cached(_references_by_class, klass, _find_references)


_references_by_class = ClassCache[_References]()


def _find_references(klass: type) -> _References:
    items = list(vars(klass).items())
    methods: list[tuple[str, types.FunctionType]] = []
    values: list[object] = []
    for name, value in items:
        if name in DECLARING_ATTRIBUTES or issubclass(type(value), type):
            continue
        values.append(value)
        if issubclass(type(value), (classmethod, staticmethod)) or name == "__init_subclass__":
            continue  # it makes views or URLs, before any request
        if name == "__init__" and "__dataclass_fields__" in vars(klass):
            continue  # it is generated, and sets each field
        links = [link for link in unwrapped(_called_by(value)) if type(link) is types.FunctionType]
        methods += [(f"{klass.__name__}.{name}", link) for link in links]
    return _References(
        held=tuple(_held(items)),
        referenced=tuple(referenced_where(values, may_declare)),
        assigned=tuple(_assigned(methods)),
    )


def _called_by(value: object) -> object:
    """Return what runs when an attribute is used: the function of a property, or the value itself."""
    if issubclass(type(value), property):
        return cast("property", value).fget
    if issubclass(type(value), cached_property):
        return cast("cached_property[object]", value).func
    return value


def _held(items: Iterable[tuple[str, object]]) -> Iterator[tuple[str, Held]]:
    for name, value in items:
        if name in DECLARING_ATTRIBUTES or name == "__dict__":
            continue
        if type(value) is not types.FunctionType and may_declare(value):
            yield name, Held(value, "object")
        if not issubclass(type(value), type):
            for held in held_where(value, may_declare, through_objects=False):
                yield name, Held(held.thing, "object")


def _assigned(methods: Iterable[tuple[str, types.FunctionType]]) -> Iterator[tuple[str, str]]:
    for name, method in methods:
        for attribute in assigned_by(method, DECLARING_ATTRIBUTES):
            yield name, attribute
        if calls_cors(method):
            yield name, "cors"
