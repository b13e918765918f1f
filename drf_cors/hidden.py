"""Declarations of other views that a view holds, calls or refers to by name.

They are not the view's own, so no layer holds them.
"""

from __future__ import annotations

from dataclasses import replace
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, cast

from drf_cors.core.errors import Fault
from drf_cors.core.policy import NO_CORS, CorsPolicy
from drf_cors.core.sources import Source
from drf_cors.decorators import Mark, is_mark_wrapper, marks_of, marks_on_wrappers_of
from drf_cors.held import Held, held_by, held_where, name_of, unwrapped
from drf_cors.layers import LayerReader, class_declarations, dotted_keys, is_named_by
from drf_cors.member_references import held_by_attributes, referenced_by_methods
from drf_cors.members import (
    chain_marks,
    has_marks_or_policy,
    is_view_class,
    marks_of_chain,
    may_declare,
    members_of,
    own_policy,
)
from drf_cors.one_pass import once_per_pass
from drf_cors.referenced import referenced_where
from drf_cors.view_facts import ViewFacts, api_view_function, callable_owners, definers_of, facts_of, view_class_of
from drf_cors.view_layers import Lost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNWRAP: Final = (
    "put @functools.wraps(view) on the wrapper; or remove the declaration there, and declare it around the "
    "wrapper, cors(...)(wrapper), or in CORS_VIEW_POLICIES by the URL name"
)


def hidden_in_callback(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    """Yield the things that a callback holds, that declare, and are not the view itself.

    Args:
        facts: Of the callback.
        reader: Its layers.
    """
    # If the view is known, an object beside it is more likely a registry of views than a wrapper.
    through_objects = facts.view_class is None
    found = list(held_where(facts.callback, can_declare, through_objects=through_objects))
    if facts.function is not None:
        found += held_where(facts.function, can_declare, through_objects=False)
    found = _without_keyword_classes(found, facts)
    own = [Held(link, "itself") for link in facts.chain if can_declare(link)]
    is_known = _is_known(facts)
    yield from _hidden(facts.name, [*own, *found], facts, reader, is_known=is_known)
    if is_known or not dotted_keys(reader.conf):
        return
    everything = list(held_by(facts.callback, through_objects=through_objects))
    for held in _without_keyword_classes(everything, facts):
        is_itself = any(held.thing is link for link in facts.chain)
        key = None if is_itself else _key_of(held.thing, reader)
        if key is not None:
            source = Source("setting", f"CORS_VIEW_POLICIES[{key!r}]")
            yield _hidden_thing(facts.name, held.thing, source)


def _without_keyword_classes(found: list[Held], facts: ViewFacts) -> list[Held]:
    """Leave out classes among the keywords of `as_view()`: settings, such as a serializer."""
    if not any(_is_class(held.thing) for held in found):
        return found
    keywords = {id(held.thing) for held in held_by(facts.initkwargs)}
    return [held for held in found if not _is_class(held.thing) or id(held.thing) not in keywords]


def _is_known(facts: ViewFacts) -> bool:
    """Whether the view behind a callback was found: its class, or what `functools.wraps` names."""
    links = [link for link in facts.chain if not is_mark_wrapper(link)]
    return facts.view_class is not None or len(links) > 1


def _key_of(held: object, reader: LayerReader) -> str | None:
    """Return the key of `CORS_VIEW_POLICIES` for what a callback holds, None if there is none."""
    if not callable(held):
        return None
    inner = ViewFacts(held)
    return next((key for key in dotted_keys(reader.conf) if is_named_by(key, inner)), None)


def hidden_in_class(facts: ViewFacts, reader: LayerReader, owner: type, entries: list[str]) -> Iterator[Lost]:
    """Yield what wrappers around the handlers of a class hide, and what its other attributes hold.

    Args:
        facts: Of the callback.
        reader: Its layers.
        owner: The class.
        entries: The methods that may be called.
    """
    for name in dict.fromkeys(entries):
        for where, found in _held_by_handlers(owner, name):
            yield from _hidden(where, found, facts, reader)
    for name, held in held_by_attributes(owner):
        may_be_action = bool(facts.actions) and name not in entries
        for lost in _hidden(f"{owner.__name__}.{name}", [held], facts, reader, is_known=True):
            if may_be_action:
                yield lost._replace(unless_action=name)
            else:
                yield lost


@once_per_pass
def _held_by_handlers(owner: type, name: str) -> tuple[tuple[str, tuple[Held, ...]], ...]:
    """Return the methods of a name that hold something that can declare, and what they hold."""
    methods: list[tuple[str, tuple[Held, ...]]] = []
    # An overridden method may still be called, by super().
    for klass in definers_of(owner, name):
        found = held_where(vars(klass)[name], can_declare, through_objects=False)
        if found:
            methods.append((f"{klass.__name__}.{name}", found))
    return tuple(methods)


@once_per_pass
def can_declare(thing: object) -> bool:
    """Return whether a thing declares something, for some view or for none: fast, not exact.

    If it is false, `_Search.declared_by` finds nothing, whatever the view is.

    Args:
        thing: A class, a callable or another object.
    """
    if _is_class(thing):
        return declares(cast("type", thing))
    if type(thing) is FunctionType:
        return _can_function_declare(thing)
    return may_declare(thing) or bool(_declaring_owners(thing))


def _can_function_declare(function: FunctionType) -> bool:
    if marks_of(function) or marks_on_wrappers_of(function):
        return True
    view_class = view_class_of(function)
    if view_class is None:
        return False
    return declares(view_class) or facts_of(function).initkwargs.get("cors_policy") is not None


def _hidden(
    where: str,
    found: Iterable[Held],
    facts: ViewFacts,
    reader: LayerReader,
    *,
    is_known: bool = False,
) -> Iterator[Lost]:
    """Yield the things that declare something which no layer holds.

    Args:
        where: What holds the things, for messages.
        found: The things.
        facts: Of the callback.
        reader: Its layers.
        is_known: Whether the view behind the callback was found. If it was, a container may be a
            registry of other views.
    """
    search = _Search(facts, reader)
    for thing, through in found:
        declared, is_beside = search.declared_by(thing)
        if not declared:
            continue
        if through == "object" or (through == "container" and is_known):
            is_beside = True
        lost = _hidden_thing(where, thing, Source("decorator", _name_of(thing)))
        if is_beside:
            lost = lost._replace(unless_routed=tuple(declared))
        yield lost


class _Search:
    """Finds what things declare beyond the layers of a view.

    Args:
        facts: Of the callback.
        reader: Its layers.
    """

    def __init__(self, facts: ViewFacts, reader: LayerReader) -> None:
        self._facts = facts
        self._reader = reader
        self._read_marks: set[Mark] | None = None

    def declared_by(self, thing: object) -> tuple[list[object], bool]:
        """Return what a thing declares: marks, classes and policies.

        Args:
            thing: A class, a callable or another object.

        Returns:
            The declarations, and whether the thing is an object beside the view, not a wrapped
            view.
        """
        if _is_class(thing):
            klass = cast("type", thing)
            if not declares(klass) or self._is_own_class(thing) or self._has_only_policies_in_force(klass):
                return [], False
            is_meant = is_view_class(klass) or has_marks_or_policy(klass)  # a model may have a field of that name
            return ([thing] if is_meant else []), False
        declared: list[object] = [*self._unread_marks(thing)]
        if self._has_unread_keyword(thing):
            declared.append(thing)
        owners = _declaring_owners(thing)
        others = [owner for owner in owners if not self._is_own_class(owner)]
        declared += [owner for owner in others if not self._has_only_policies_in_force(owner)]
        if declared or not may_declare(thing):
            return declared, False
        if any(thing is holder for holder in self._facts.holders):
            return [], False
        return self._declared_by_object(thing), True

    def _has_unread_keyword(self, thing: object) -> bool:
        """Whether a callback was made by `as_view(cors_policy=...)`, and is not the view itself."""
        if view_class_of(thing) is None or any(thing is link for link in self._facts.chain):
            return False
        given = ViewFacts(cast("Any", thing)).initkwargs.get("cors_policy")
        return given is not None and given is not self._facts.initkwargs.get("cors_policy")

    def _declared_by_object(self, thing: object) -> list[object]:
        """Return what an object beside the view declares: its policy, and marks on methods."""
        if issubclass(type(thing), (FunctionType, MethodType)):
            return []
        policy = own_policy(thing)
        # A text may be anything, and a policy may be kept for the view itself, by its configuration.
        if isinstance(policy, CorsPolicy) and not self._is_own_policy(policy):
            return [thing]
        if isinstance(policy, str) and callable(thing):
            return [thing]
        if self._is_own_class(type(thing)):
            return []
        found: list[object] = []
        for klass in type(thing).__mro__[:-1]:
            values = [declaration.value for declaration in class_declarations(klass, "")]
            policies = [value for value in values if isinstance(value, CorsPolicy) or callable(thing)]
            if not all(map(self._is_own_policy, policies)):
                found.append(klass)
        for member in members_of(type(thing)).in_use():
            found += member.marks
        return found

    def _is_own_policy(self, policy: object) -> bool:
        if policy is NO_CORS:
            return False  # everybody uses this one
        layers = [*self._reader.general, *self._reader.by_method.values()]
        return any(layer.policy is policy for layer in layers)

    def _is_own_class(self, thing: object) -> bool:
        return any(thing is base for klass in self._facts.classes for base in klass.__mro__)

    def _unread_marks(self, thing: object) -> list[Mark]:
        marks = [*marks_of(thing), *marks_on_wrappers_of(thing)]
        if not marks:
            return []
        if self._read_marks is None:
            self._read_marks = set(readable_marks(self._facts, self._reader))
        unread = [mark for mark in marks if mark not in self._read_marks]
        self._read_marks.update(unread)  # the view may hold a wrapper with the same mark
        return [mark for mark in unread if not self._is_in_force(mark.policy)]

    def _is_in_force(self, declared: object) -> bool:
        """Whether a declared policy is that of the view for all methods: to repeat it loses nothing."""
        reader = self._reader
        if not reader.general or reader.by_method:
            return False
        policy = reader.conf.policies.get(declared) if isinstance(declared, str) else declared
        return isinstance(policy, CorsPolicy) and policy == reader.general[-1].policy

    def _has_only_policies_in_force(self, klass: type) -> bool:
        """Whether a class declares, and only what is the policy of the view for all methods."""
        if any(True for _ in members_of(klass).in_use()):
            return False
        declared: list[object] = [mark.policy for mark in chain_marks(unwrapped(api_view_function(klass)))]
        for base in klass.__mro__[:-1]:
            if vars(base).get("cors_action_policies"):
                return False
            declared += [declaration.value for declaration in class_declarations(base, "dispatch")]
        return bool(declared) and all(map(self._is_in_force, declared))


def passed(facts: ViewFacts, reader: LayerReader, arguments: Iterable[object]) -> Iterator[Lost]:
    """Yield the views that the URLconf passes to a callback, and that declare.

    Args:
        facts: Of the callback.
        reader: Its layers.
        arguments: The values of `path(route, view, kwargs)`.
    """
    for argument in arguments:
        if isinstance(argument, CorsPolicy):
            remedy = "write as_view(cors_policy=...), or cors(...) around the view"
            fault = Fault(field=facts.name, value=argument, reason="lost-argument", remedy=remedy)
            yield Lost(fault, Source("as_view-keyword", facts.name))
        found = [Held(argument, "itself"), *held_by(argument, through_objects=False)]
        declaring = [held for held in found if may_declare(held.thing)]
        for lost in _hidden(facts.name, declaring, facts, reader):
            yield _called(lost)


def referenced(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    """Yield the views without a route that a view refers to by name, and that declare.

    The declarations of views with a route are in force there.

    Args:
        facts: Of the callback.
        reader: Its layers.
    """
    found: list[object] = []
    if facts.view_class is None or facts.function is not None:
        functions = [*facts.chain, facts.function]
        found += referenced_where(functions, may_declare)
    for owner in facts.classes:
        found += referenced_by_methods(owner)
    for lost in _hidden(facts.name, [Held(thing, "object") for thing in found], facts, reader):
        yield _called(lost)


def _called(lost: Lost) -> Lost:
    remedy = f"declare the policy on {lost.fault.field} itself, or in CORS_VIEW_POLICIES by the URL name"
    return lost._replace(fault=replace(lost.fault, reason="lost-called", remedy=remedy))


def _declaring_owners(thing: object) -> list[type]:
    """Return the declaring classes behind a callable: its view class, or that of its object."""
    found: list[type] = []
    view_class = view_class_of(thing)
    if view_class is not None and declares(view_class):
        found.append(view_class)
    for owner, entry in callable_owners([thing]):
        if any(class_declarations(klass, entry) for klass in owner.__mro__):
            found.append(owner)
    return found


def _hidden_thing(where: str, held: object, source: Source) -> Lost:
    fault = Fault(field=where, value=_name_of(held), reason="lost-behind-wrapper", remedy=_UNWRAP)
    return Lost(fault, source)


def readable_marks(facts: ViewFacts, reader: LayerReader) -> Iterator[Mark]:
    """Yield the marks of a view that its layers hold, or that are reported for their attribute.

    Args:
        facts: Of the callback.
        reader: Its layers.
    """
    yield from marks_of_chain(facts.chain)
    yield from chain_marks(unwrapped(facts.function))
    yield from reader.members.marks()
    for owner, _ in facts.callables:
        yield from members_of(owner).marks()


def _is_class(held: object) -> bool:
    return issubclass(type(held), type)


def _name_of(held: object) -> str:
    return name_of(view_class_of(held) or held)


@once_per_pass
def declares(klass: type) -> bool:
    """Return whether a class declares a policy for itself, its actions or its methods.

    Args:
        klass: The class. Its bases count too.
    """
    try:
        if chain_marks(unwrapped(api_view_function(klass))):
            return True
        if next(members_of(klass).in_use(), None) is not None:
            return True
        return any(map(_declares_itself, klass.__mro__))
    except Exception:  # noqa: BLE001 - a metaclass of the project may raise anything
        return False


def _declares_itself(klass: type) -> bool:
    if class_declarations(klass, "dispatch"):
        return True
    return bool(vars(klass).get("cors_action_policies"))
