"""Declarations of other views that a view holds, calls or refers to by name.

They are not the view's own, so no layer holds them.
"""

from __future__ import annotations

from dataclasses import replace
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Final, cast

from drf_cors.core.errors import Fault
from drf_cors.core.merge import Source
from drf_cors.core.policy import CorsPolicy
from drf_cors.decorators import Mark, marks_of, marks_on_copies_of
from drf_cors.held import Held, held_by, name_of, unwrapped
from drf_cors.layers import LayerReader, Lost, class_declarations, is_named_by
from drf_cors.members import (
    Members,
    assigned_by_methods,
    chain_marks,
    held_by_attributes,
    may_declare,
    own_policy,
    referenced_by_methods,
)
from drf_cors.mixins import CorsPolicyMixin
from drf_cors.referenced import referenced_by
from drf_cors.view_facts import ViewFacts, api_view_function, callable_owners, view_class_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_UNWRAP: Final = (
    "put @functools.wraps(view) on the wrapper; or take the declaration away there, and declare it around the wrapper, "
    "cors(...)(wrapper), or in CORS_VIEW_POLICIES by the URL name"
)


def hidden_in_callback(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    """Yield what a callback holds, that declares, and is not the view that was found."""
    # Where the view is known, an object beside it is a registry of others more often than a wrapper.
    found = list(held_by(facts.callback, through_objects=facts.view_class is None))
    if facts.function is not None:
        found += held_by(facts.function, through_objects=False)
    # A class among the keywords of `as_view()` is a setting of the view, as its serializer is.
    keywords = {id(held.thing) for held in held_by(facts.initkwargs)}
    found = [held for held in found if not (_is_class(held.thing) and id(held.thing) in keywords)]
    own = [Held(link, "itself") for link in facts.chain]
    yield from _hidden(facts.name, [*own, *found], facts, reader, is_known=_is_known(facts))
    if not _is_known(facts):
        for held in found:
            key = _key_of(held.thing, reader) if callable(held.thing) else None
            if key is not None:
                yield _hidden_thing(facts.name, held.thing, Source("setting", f"CORS_VIEW_POLICIES[{key!r}]"))


def _is_known(facts: ViewFacts) -> bool:
    """Whether the view behind a callback was found: its class, or a function that `functools.wraps` names."""
    return facts.view_class is not None or len(facts.chain) > 1


def _key_of(held: object, reader: LayerReader) -> str | None:
    """Return the key of `CORS_VIEW_POLICIES` that names what a callback holds, None for none."""
    keys = [key for key in reader.conf.view_policies if "." in key and ":" not in key]
    inner = ViewFacts(cast("Callable[..., object]", held)) if keys else None
    return next((key for key in keys if inner is not None and is_named_by(key, inner)), None)


def hidden_in_class(facts: ViewFacts, reader: LayerReader, owner: type, entries: list[str]) -> Iterator[Lost]:
    """Yield what wrappers around the handlers of a class hide, and what its other attributes hold.

    Args:
        facts: Of the callback.
        reader: Its layers.
        owner: The class.
        entries: The methods that may be called.
    """
    for name in dict.fromkeys(entries):
        # Those that are overridden may still be called, by super().
        for klass in owner.__mro__:
            if klass is not CorsPolicyMixin and name in vars(klass):
                found = list(held_by(vars(klass)[name], through_objects=False))
                yield from _hidden(f"{klass.__name__}.{name}", found, facts, reader)
    for name, held in held_by_attributes(owner):
        for lost in _hidden(f"{owner.__name__}.{name}", [held], facts, reader, is_known=True):
            yield lost._replace(unless_action=name) if facts.actions and name not in entries else lost


def _hidden(
    where: str, found: list[Held], facts: ViewFacts, reader: LayerReader, *, is_known: bool = False
) -> Iterator[Lost]:
    """Yield those of the things found that declare, and whose declarations no layer holds.

    Args:
        where: What holds them, for people.
        found: The things.
        facts: Of the callback.
        reader: Its layers.
        is_known: Whether the view behind it was found. Then what a container holds may be a registry of others.
    """
    own_classes = [base for klass in facts.classes for base in klass.__mro__]
    read: set[Mark] | None = None
    for thing, through in found:
        declared: list[object] = []
        is_beside = False
        if _is_class(thing):
            if not any(thing is klass for klass in own_classes) and declares(cast("type", thing)):
                declared = [thing]
        else:
            marks = [*marks_of(thing), *marks_on_copies_of(thing)]
            if marks and read is None:
                read = set(_readable_marks(facts, reader))
            declared = [mark for mark in marks if mark not in cast("set[Mark]", read)]
            cast("set[Mark]", read or set()).update(cast("list[Mark]", declared))  # a copy may be held too
            owners = _declaring_owners(thing)
            declared += [owner for owner in owners if not any(owner is klass for klass in own_classes)]
            if not declared and may_declare(thing) and not any(thing is holder for holder in facts.holders):
                declared = _declared_by_object(thing, own_classes)
                is_beside = bool(declared)
        if declared:
            is_beside = is_beside or through == "object" or (through == "container" and is_known)
            lost = _hidden_thing(where, thing, Source("decorator", _name_of(thing)))
            yield lost._replace(unless_routed=tuple(declared)) if is_beside else lost


def passed(facts: ViewFacts, reader: LayerReader, arguments: Iterable[object]) -> Iterator[Lost]:
    """Yield the views that the URLconf passes to a callback, and that declare."""
    for argument in arguments:
        found = [Held(argument, "itself"), *held_by(argument, through_objects=False)]
        for lost in _hidden(facts.name, [held for held in found if may_declare(held.thing)], facts, reader):
            yield _called(lost)


def referenced(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    """Yield the views without a route that a view refers to by name, and that declare.

    Those with a route are in force there.
    """
    functions = [*facts.chain, facts.function] if facts.view_class is None or facts.function is not None else []
    found = [thing for thing in referenced_by(functions) if may_declare(thing)]
    for owner in facts.classes:
        found += referenced_by_methods(owner)
    for lost in _hidden(facts.name, [Held(thing, "object") for thing in found], facts, reader):
        yield _called(lost)


def _called(lost: Lost) -> Lost:
    remedy = f"declare the policy on {lost.fault.field} itself, or in CORS_VIEW_POLICIES by the URL name"
    return lost._replace(fault=replace(lost.fault, reason="lost-called", remedy=remedy))


def assigned(facts: ViewFacts) -> Iterator[Lost]:
    """Yield what the methods of a view class assign while a request is handled: policies, and handlers with marks.

    `as_view()` makes an object for each request. Objects that are callbacks are made once; what they assign is read.
    """
    if facts.view_class is not None:
        owner = facts.view_class
        for method, attribute in assigned_by_methods(owner):
            fault = Fault(
                field=method,
                value=attribute,
                reason="lost-at-request",
                remedy=f"declare it in the body of the class: cors_policy = CorsPolicy(...), or @cors(...) above "
                f"a method of {owner.__name__}",
            )
            yield Lost(fault, Source("attribute", f"{owner.__name__}.{attribute}"))


def _declaring_owners(thing: object) -> list[type]:
    """Return the classes behind a callable that declare: its view class; for an object, or its method, its class."""
    view_class = view_class_of(thing)
    found = [view_class] if view_class is not None and declares(view_class) else []
    for owner, entry in callable_owners([thing]):
        if any(class_declarations(klass, entry) for klass in owner.__mro__):
            found.append(owner)
    return found


def _declared_by_object(thing: object, own_classes: list[type]) -> list[object]:
    """Return what an object that is no view declares: its own `cors_policy`, and the marks on its methods."""
    if issubclass(type(thing), (FunctionType, MethodType)):
        return []
    policy = own_policy(thing)
    found: list[object] = [policy] if isinstance(policy, (CorsPolicy, str)) else []
    if not any(type(thing) is klass for klass in own_classes):
        found += [klass for klass in type(thing).__mro__[:-1] if class_declarations(klass, "")]
        found += [mark for member in Members(type(thing)).in_use() for mark in member.marks]
    return found


def _hidden_thing(where: str, held: object, source: Source) -> Lost:
    fault = Fault(field=where, value=_name_of(held), reason="lost-behind-wrapper", remedy=_UNWRAP)
    return Lost(fault, source)


def _readable_marks(facts: ViewFacts, reader: LayerReader) -> Iterator[Mark]:
    """Yield the marks of a view that the layers hold, or that are reported where they are put."""
    yield from chain_marks(facts.chain)
    yield from chain_marks(unwrapped(facts.function))
    yield from reader.members.marks()
    for owner, _ in facts.callables:
        yield from Members(owner).marks()


def _is_class(held: object) -> bool:
    return issubclass(type(held), type)


def _name_of(held: object) -> str:
    return name_of(view_class_of(held) or held)


def declares(klass: type) -> bool:
    """Whether a class, or one of its bases, declares a policy for itself, its actions or its methods."""
    try:
        below = chain_marks(unwrapped(api_view_function(klass)))
        return (
            bool(below) or next(Members(klass).in_use(), None) is not None or any(map(_declares_itself, klass.__mro__))
        )
    except Exception:  # noqa: BLE001 - a metaclass of the project may raise anything
        return False


def _declares_itself(klass: type) -> bool:
    return bool(class_declarations(klass, "dispatch")) or bool(vars(klass).get("cors_action_policies"))
