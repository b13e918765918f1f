"""What the attributes of a class declare: marks on its methods, and `@action(cors_policy=...)`.

The MRO is read once per view: most attributes are plain functions without attributes of their own, and carry nothing.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from drf_cors.core.merge import Source
from drf_cors.decorators import Mark, marks_of
from drf_cors.held import own_attributes, unwrapped


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


def _carrying_names(klass: type) -> frozenset[str]:
    """Return the names of a class's own attributes that carry a declaration.

    Kept for each class, because the views of a site share most of their bases. Assigning an attribute makes it anew.
    """
    attributes = vars(klass)
    state = hash(tuple(map(id, attributes.values())))
    known = _known.get(klass)
    if known is None or known[0] != state:
        names = frozenset(name for name, value in list(attributes.items()) if _carries(value))
        known = _known[klass] = (state, names)
    return known[1]


_known: WeakKeyDictionary[type, tuple[int, frozenset[str]]] = WeakKeyDictionary()


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
