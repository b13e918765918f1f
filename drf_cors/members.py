"""What the attributes of a class declare: marks on its methods, and `@action(cors_policy=...)`.

The attributes of each class are read once. Most are plain functions that declare nothing.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from drf_cors.core.policy import CorsPolicy
from drf_cors.core.sources import Source
from drf_cors.decorators import Mark, marks_of, marks_on_wrappers_of
from drf_cors.held import own_attributes, unwrapped
from drf_cors.identity import ClassCache, cached
from drf_cors.one_pass import once_per_pass
from drf_cors.view_facts import definers_of, extended_actions, view_class_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The attributes that declare for a class.
DECLARING_ATTRIBUTES: Final = frozenset({"cors_policy", "cors_action_policies"})


class Declaration(NamedTuple):
    """A declared value, and where it is declared.

    Attributes:
        value: A policy, the name of one, or an invalid value.
        source: Where it is declared.
    """

    value: object
    source: Source


class Member(NamedTuple):
    """An attribute of a class that declares something.

    Attributes:
        owner: The class that defines it.
        name: Its name.
        marks: All its marks, the closest to the code first.
        own_marks: The marks that do not come from the method of a base that it wraps.
        keyword: The `cors_policy` of its `@action`, None if it has none.
    """

    owner: type
    name: str
    marks: tuple[Mark, ...]
    own_marks: tuple[Mark, ...]
    keyword: object

    @property
    def declarations(self) -> list[Declaration]:
        """What it declares, the closest to the code first."""
        place = f"{self.owner.__name__}.{self.name}"
        source = Source("decorator", place)
        found = [Declaration(mark.policy, source) for mark in self.own_marks or self.marks]
        if self.keyword is not None:
            found.append(Declaration(self.keyword, Source("action-keyword", place)))
        return found


class Members:
    """The attributes of a class and its bases that declare something.

    Args:
        view_class: The class. With None there are no attributes.
    """

    def __init__(self, view_class: type | None) -> None:
        #: Name -> the classes that define it, in the order of the MRO, each with a member if it
        #: declares.
        self._found: dict[str, list[tuple[type, Member | None]]] = {}
        if view_class is None:
            return
        mro = view_class.__mro__[:-1]
        declaring: set[str] = set().union(*map(_declaring_names, mro))
        for name in sorted(declaring):
            holders = definers_of(view_class, name)
            found: list[tuple[type, Member | None]] = []
            for number, klass in enumerate(holders, start=1):
                found.append((klass, _member(klass, name, holders[number:])))
            self._found[name] = found

    def of(self, name: str) -> Member | None:
        """Return the attribute of a name that the class uses; None if it declares nothing.

        Args:
            name: The name.
        """
        holders = self._found.get(name)
        if not holders:
            return None
        return holders[0][1]

    def overridden(self, name: str) -> Member | None:
        """Return the first attribute that declares, if one that does not declare overrides it.

        Args:
            name: The name.

        Returns:
            None if no attribute declares, or if the attribute that the class uses does.
        """
        holders = self._found.get(name, [])
        if not holders or holders[0][1] is not None:
            return None
        return next(member for _, member in holders if member is not None)

    def all_of(self, name: str) -> Iterator[Member]:
        """Yield the attributes of a name that declare, the overridden ones too, in the order of the MRO.

        Args:
            name: The name.
        """
        for _, member in self._found.get(name, []):
            if member is not None:
                yield member

    def in_use(self) -> Iterator[Member]:
        """Yield each attribute that declares something, and that is not overridden."""
        for holders in self._found.values():
            if holders[0][1] is not None:
                yield holders[0][1]

    def marks(self) -> Iterator[Mark]:
        """Yield all marks, including those on overridden attributes."""
        for holders in self._found.values():
            for _, member in holders:
                if member is not None:
                    yield from member.marks


@once_per_pass
def members_of(view_class: type | None) -> Members:
    """Return the attributes of a class and its bases that declare something.

    Args:
        view_class: The class. With None there are no attributes.
    """
    return Members(view_class)


def _member(klass: type, name: str, bases: list[type]) -> Member | None:
    value = vars(klass)[name]
    marks = chain_marks(unwrapped(value))
    keyword = action_keyword(value)
    if not marks and keyword is None:
        return None
    inherited: list[Mark] = []
    if bases:
        inherited = chain_marks(unwrapped(vars(bases[0])[name]))
    own_marks = tuple(mark for mark in marks if mark not in inherited)
    return Member(klass, name, tuple(marks), own_marks, keyword)


@once_per_pass
def may_declare(thing: object) -> bool:
    """Return whether an object may be, or belong to, a view that declares: fast, not exact.

    It is true for functions with marks, callbacks of `as_view()`, view classes, objects with a
    `cors_policy`, and objects whose class declares.

    Args:
        thing: The object.
    """
    kind = type(thing)
    if kind is types.FunctionType:  # most things
        return _may_function_declare(thing)
    if issubclass(kind, type):
        return is_view_class(cast("type", thing)) or has_marks_or_policy(cast("type", thing))
    if marks_of(thing) or marks_on_wrappers_of(thing) or view_class_of(thing):
        return True
    if is_view_class(kind) and not callable(thing):
        return False  # a view for one request: the `schema` of REST framework holds the last one
    if _is_data(kind) and not has_marks_or_policy(kind):
        return False
    is_class_declaring = any(_class_declares(klass) for klass in kind.__mro__[:-1])
    return is_class_declaring or own_policy(thing) is not None


def _may_function_declare(function: object) -> bool:
    attributes = own_attributes(function)
    if not attributes:
        return bool(marks_on_wrappers_of(function))
    if marks_of(function) or marks_on_wrappers_of(function) or view_class_of(function):
        return True
    return attributes.get("cors_policy") is not None


@once_per_pass
def has_marks_or_policy(klass: type) -> bool:
    """Return whether a class that may be no view has marks on methods, or a policy.

    Args:
        klass: The class. An attribute `cors_policy` that is no `CorsPolicy`, of a model for
            example, does not count. Nor does that of a dataclass that nothing can call: it is data.
    """
    for base in klass.__mro__[:-1]:
        if _declaring_names(base):
            return True
        if isinstance(vars(base).get("cors_policy"), CorsPolicy) and not _is_data(klass):
            return True
    return False


def _is_data(klass: type) -> bool:
    if not is_dataclass(klass) or is_view_class(klass):
        return False
    return not any("__call__" in vars(base) for base in klass.__mro__)


@once_per_pass
def is_view_class(klass: type) -> bool:
    """Return whether a class has `as_view()`."""
    return any("as_view" in vars(base) for base in klass.__mro__)


def own_policy(thing: object) -> object:
    """Return the `cors_policy` in the `__dict__` or a slot of an object, None if it has none.

    Args:
        thing: The object.
    """
    for klass in type(thing).__mro__:
        slot = vars(klass).get("cors_policy")
        if type(slot) is types.MemberDescriptorType:
            with contextlib.suppress(AttributeError):  # not set
                return cast("object", slot.__get__(thing, type(thing)))
            return None
    return own_attributes(thing).get("cors_policy")


def declared_by_object(view: object, method: str, *, beside: type | None) -> Iterator[object]:
    """Yield what a view object declares for a method: policies, and names of policies.

    A keyword of `@action` or an entry of the map of actions replaces what the class declares. If
    the handler has a mark, nothing is yielded: the mark is noted when the handler runs.

    Args:
        view: The object, whose class has `CorsPolicyMixin` or a mark.
        method: The method of the request.
        beside: The class of another view. For an object of it that was given no policy of its own,
            nothing is yielded: its layers are known.
    """
    if type(view) is beside and own_policy(view) is None:
        return
    actions = getattr(view, "action_map", None) or {}
    handler = actions.get(method.lower(), method.lower())
    member = members_of(type(view)).of(handler)
    if member is not None:
        if not member.marks:
            yield member.keyword
        return
    classes = type(view).__mro__
    names = (handler, extended_actions(type(view)).get(handler))
    for klass in classes:
        mapped = vars(klass).get("cors_action_policies")
        found = [mapped[name] for name in names if name in mapped] if isinstance(mapped, Mapping) else []
        if found:
            yield found[0]
            return
    keyword = own_policy(view)  # a keyword of as_view() becomes an attribute of the object
    attributes = [vars(klass).get("cors_policy") for klass in classes]
    yield from [attribute for attribute in (keyword, *attributes) if attribute is not None][:1]
    for klass in classes:
        yield from (mark.policy for mark in marks_of(klass))


@once_per_pass
def _class_declares(klass: type) -> bool:
    """Whether a class itself or one of its methods declares. Its bases do not count."""
    if not DECLARING_ATTRIBUTES.isdisjoint(vars(klass)):
        return True
    return bool(marks_of(klass)) or bool(_declaring_names(klass))


@once_per_pass
def _declaring_names(klass: type) -> frozenset[str]:
    """Return the names of a class's own attributes that declare.

    Cached for each class, because the views of a site share most of their bases. When an attribute
    is assigned, the names are read again.
    """
    return cached(_names_by_class, klass, _find_declaring_names)


_names_by_class = ClassCache[frozenset[str]]()


def _find_declaring_names(klass: type) -> frozenset[str]:
    return frozenset(name for name, value in list(vars(klass).items()) if _declares(value))


def _declares(value: object) -> bool:
    """Whether the value of an attribute declares: by marks, or by the keyword of `@action`."""
    kind = type(value)
    if kind is str:
        return False
    if kind is types.FunctionType:
        if not value.__dict__:
            return False
    elif issubclass(kind, type) or not _is_callable_or_descriptor(kind):
        return False
    return bool(chain_marks(unwrapped(value))) or action_keyword(value) is not None


def _is_callable_or_descriptor(kind: type) -> bool:
    return hasattr(kind, "__call__") or hasattr(kind, "__get__")  # noqa: B004 - it runs no code


def chain_marks(links: Iterable[object]) -> list[Mark]:
    """Return the marks of a chain of callables without duplicates, the closest to the code first.

    Args:
        links: A callable and the callables that it wraps; see `drf_cors.held.unwrapped`.
    """
    found: dict[int, Mark] = {}
    for link in links:
        for mark in marks_of(link):
            found[mark.number] = mark
    if not found:
        return []  # most chains
    return [found[number] for number in sorted(found)]


@once_per_pass
def marks_of_chain(chain: tuple[object, ...]) -> list[Mark]:
    """Return the marks of a chain of callables, as `chain_marks` does, once in a pass.

    Args:
        chain: The `chain` of a callback; see `drf_cors.view_facts.ViewFacts`.
    """
    return chain_marks(chain)


def action_keyword(handler: object) -> object:
    """Return the `cors_policy` of an `@action`, None if it has none.

    Args:
        handler: The method.
    """
    kwargs = own_attributes(handler).get("kwargs")
    if not isinstance(kwargs, dict):
        return None
    return kwargs.get("cors_policy")
