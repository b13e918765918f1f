"""What the attributes of a class declare: marks on its methods, and `@action(cors_policy=...)`.

The MRO is read once per view: most attributes are plain functions without attributes of their own, and carry nothing.
"""

from __future__ import annotations

import contextlib
import functools
import types
import weakref
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, cast

from drf_cors.core.merge import Source
from drf_cors.decorators import Mark, cors, marks_of, marks_on_copies_of
from drf_cors.held import Held, held_by, own_attributes, unwrapped
from drf_cors.mixins import CorsPolicyMixin
from drf_cors.referenced import assigned_by, referenced_by
from drf_cors.view_facts import STANDARD_METHOD_NAMES, definer_of, view_class_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

#: The attributes that declare for a class. They are read once, before any request.
_DECLARING: Final = frozenset({"cors_policy", "cors_action_policies"})

_HANDLERS: Final = frozenset(STANDARD_METHOD_NAMES)


class Declaration(NamedTuple):
    """A value that is declared somewhere, as it was written: a policy, a name, or neither."""

    value: object
    source: Source


class Member(NamedTuple):
    """An attribute that carries a declaration.

    Attributes:
        owner: The class that has it.
        name: Its name.
        marks: All its marks, the nearest to the code first.
        own_marks: Those that do not come from the method of a base that it wraps.
        keyword: The `cors_policy` of its `@action`; None where it has none.
    """

    owner: type
    name: str
    marks: tuple[Mark, ...]
    own_marks: tuple[Mark, ...]
    keyword: object

    @property
    def declarations(self) -> list[Declaration]:
        """What it declares, the nearest to the code first."""
        place = f"{self.owner.__name__}.{self.name}"
        found = [Declaration(mark.policy, Source("decorator", place)) for mark in self.own_marks or self.marks]
        if self.keyword is not None:
            found.append(Declaration(self.keyword, Source("action-keyword", place)))
        return found


class Members:
    """The attributes of a class and its bases that carry a declaration.

    Args:
        view_class: The class; None has none.
    """

    def __init__(self, view_class: type | None) -> None:
        #: Name -> the classes that define it, and what their attributes carry; None where that is nothing.
        self._found: dict[str, list[tuple[type, Member | None]]] = {}
        mro = view_class.__mro__[:-1] if view_class is not None else ()
        carrying = set().union(*map(_carrying_names, mro))
        for name in sorted(carrying):
            holders = [klass for klass in mro if name in vars(klass)]
            self._found[name] = [(klass, _member(klass, name, holders[n + 1 :])) for n, klass in enumerate(holders)]

    def of(self, name: str) -> Member | None:
        """Return the attribute of a name that the class has; None where it carries nothing."""
        holders = self._found.get(name)
        return holders[0][1] if holders else None

    def overridden(self, name: str) -> Member | None:
        """Return the nearest attribute that carries something, and that one without any overrides; None for none."""
        holders = self._found.get(name, [])
        if not holders or holders[0][1] is not None:
            return None
        return next(member for _, member in holders if member is not None)

    def in_use(self) -> Iterator[Member]:
        """Yield each attribute that carries something, and that no other overrides."""
        for holders in self._found.values():
            if holders[0][1] is not None:
                yield holders[0][1]

    def marks(self) -> Iterator[Mark]:
        """Yield all marks, those on overridden attributes too."""
        for holders in self._found.values():
            for _, member in holders:
                yield from member.marks if member is not None else ()


def _member(klass: type, name: str, bases: list[type]) -> Member | None:
    value = vars(klass)[name]
    marks = chain_marks(unwrapped(value))
    keyword = action_keyword(value)
    if not marks and keyword is None:
        return None
    inherited = chain_marks(unwrapped(vars(bases[0])[name])) if bases else []
    own_marks = tuple(mark for mark in marks if mark not in inherited)
    return Member(klass, name, tuple(marks), own_marks, keyword)


def held_by_attributes(view_class: type) -> Iterator[tuple[str, Held]]:
    """Yield what the attributes of a class and its bases hold that may declare, each with the attribute's name.

    Classes that are no views are left out: one that an attribute names is a setting of the view, as its serializer is.
    """
    for klass in _searched(view_class):
        for name, held in _reach_of(klass).held:
            if definer_of(view_class, name) is klass or type(vars(klass)[name]) is types.FunctionType:
                yield name, held  # a method that is overridden may still be called, by super()


def referenced_by_methods(view_class: type) -> Iterator[object]:
    """Yield the views that the methods of a class and its bases refer to by name; see `may_declare`."""
    for klass in _searched(view_class):
        yield from _reach_of(klass).referenced


def assigned_by_methods(view_class: type) -> Iterator[tuple[str, str]]:
    """Yield what methods declare while a request is handled, as `self.cors_policy = ...` does, when it is too late.

    Yields:
        The name of the method, and that of the attribute.
    """
    for klass in _searched(view_class):
        yield from _reach_of(klass).assigned


def _searched(view_class: type) -> Iterator[type]:
    # The mixin keeps the `dispatch` of every class that uses it.
    return (klass for klass in view_class.__mro__[:-1] if klass is not CorsPolicyMixin)


def may_declare(thing: object) -> bool:
    """Whether an object may be, or belong to, a view that declares: cheap to tell, and true too often.

    So are marked functions, what `as_view()` made, view classes, objects with a `cors_policy`, and objects of classes
    that declare.
    """
    kind = type(thing)
    if issubclass(kind, type):
        return _is_view_class(cast("type", thing))
    if marks_of(thing) or marks_on_copies_of(thing) or view_class_of(thing):
        return True
    if _is_view_class(kind) and not callable(thing):
        return False  # made for one request: the `schema` of REST framework keeps the last one
    return own_policy(thing) is not None or any(carries(klass) for klass in kind.__mro__[:-1])


def _is_view_class(klass: type) -> bool:
    return any("as_view" in vars(base) for base in klass.__mro__)


def own_policy(thing: object) -> object:
    """Return the `cors_policy` of an object itself, in its `__dict__` or in a slot; None where it has none."""
    for klass in type(thing).__mro__:
        slot = vars(klass).get("cors_policy")
        if type(slot) is types.MemberDescriptorType:
            with contextlib.suppress(AttributeError):  # not set
                return cast("object", slot.__get__(thing, type(thing)))
            return None
    return own_attributes(thing).get("cors_policy")


def carries(klass: type) -> bool:
    """Whether a class itself declares, or one of its methods does; its bases are not looked at."""
    attributes = vars(klass)
    return not _DECLARING.isdisjoint(attributes) or bool(marks_of(klass)) or bool(_carrying_names(klass))


def _carrying_names(klass: type) -> frozenset[str]:
    """Return the names of a class's own attributes that carry a declaration.

    Kept for each class, because the views of a site share most of their bases. Assigning an attribute makes it anew.
    """
    return _kept(_carrying, klass, _find_carrying)


class _Reach(NamedTuple):
    """What the attributes of a class lead to, that may declare.

    Attributes:
        held: The name of an attribute, and what it holds.
        referenced: What its methods refer to by name.
        assigned: The name of a method, and the declaring attribute that it assigns.
    """

    held: tuple[tuple[str, Held], ...]
    referenced: tuple[object, ...]
    assigned: tuple[tuple[str, str], ...]


def _reach_of(klass: type) -> _Reach:
    return _kept(_reaches, klass, _find_reach)


#: The id of a class -> the class, its state, and what was found. By the id: a metaclass of the project may make its
#: classes unhashable.
_Kept = dict[int, tuple["weakref.ref[type]", int, T]]

_carrying: _Kept[frozenset[str]] = {}
_reaches: _Kept[_Reach] = {}


def _kept(known: _Kept[T], klass: type, find: Callable[[type], T]) -> T:
    state = hash(tuple(map(id, vars(klass).values())))
    entry = known.get(id(klass))
    if entry is None or entry[0]() is not klass or entry[1] != state:
        reference = weakref.ref(klass, functools.partial(_forget, known, id(klass)))
        entry = known[id(klass)] = (reference, state, find(klass))
    return entry[2]


def _forget(known: _Kept[T], number: int, _: object) -> None:
    known.pop(number, None)


def _find_carrying(klass: type) -> frozenset[str]:
    return frozenset(name for name, value in list(vars(klass).items()) if _carries(value))


def _find_reach(klass: type) -> _Reach:
    items = list(vars(klass).items())
    methods = [(f"{klass.__name__}.{name}", value) for name, value in items if type(value) is types.FunctionType]
    return _Reach(
        held=tuple(_held(items)),
        referenced=tuple(filter(may_declare, referenced_by(method for _, method in methods))),
        assigned=tuple(_assigned(methods)),
    )


def _held(items: Iterable[tuple[str, object]]) -> Iterator[tuple[str, Held]]:
    for name, value in items:
        if name in _DECLARING or name == "__dict__":
            continue
        if type(value) is not types.FunctionType and may_declare(value):
            yield name, Held(value, "object")
        if not issubclass(type(value), type):
            for held in held_by(value, through_objects=False):
                if may_declare(held.thing):
                    yield name, Held(held.thing, "object")


def _assigned(methods: Iterable[tuple[str, types.FunctionType]]) -> Iterator[tuple[str, str]]:
    for name, method in methods:
        for attribute in assigned_by(method, _DECLARING):
            yield name, attribute
        if any(thing is cors for thing in referenced_by([method])):
            for attribute in assigned_by(method, _HANDLERS):
                yield name, attribute


def _carries(value: object) -> bool:
    kind = type(value)
    if kind is types.FunctionType:
        if not value.__dict__:
            return False
    elif issubclass(kind, type) or not (hasattr(kind, "__call__") or hasattr(kind, "__get__")):  # noqa: B004 - callable() asks the object
        return False
    return bool(chain_marks(unwrapped(value))) or action_keyword(value) is not None


def chain_marks(links: Iterable[object]) -> list[Mark]:
    """Return the marks of callables that stand for each other, each once, the nearest to the code first."""
    found = {mark.number: mark for link in links for mark in marks_of(link)}
    return [found[number] for number in sorted(found)]


def action_keyword(handler: object) -> object:
    """Return the `cors_policy` that `@action` was given, None where it was not."""
    kwargs = own_attributes(handler).get("kwargs")
    return kwargs.get("cors_policy") if isinstance(kwargs, dict) else None
