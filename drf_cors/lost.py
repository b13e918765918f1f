"""Declarations that no layer holds. A view with one is closed, and a check reports it.

A policy that is written in the code is in force, or it is found here: behind a wrapper that hides the view, on a
method that is no handler, below an override, in a map under a name that is no action.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, cast
from weakref import WeakKeyDictionary

from drf_cors.core.errors import Fault
from drf_cors.core.merge import Source
from drf_cors.decorators import Mark, marks_of, marks_on_copies_of
from drf_cors.held import held_by, name_of, unwrapped
from drf_cors.layers import (
    LayerReader,
    Lost,
    Unrouted,
    UrlName,
    ViewLayers,
    action_map_source,
    class_declarations,
    class_state,
    is_named_by,
)
from drf_cors.members import Members, chain_marks
from drf_cors.view_facts import (
    STANDARD_METHOD_NAMES,
    ViewFacts,
    api_view_function,
    callable_owners,
    definer_of,
    view_class_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drf_cors.conf import Conf

_UNWRAP: Final = (
    "put @functools.wraps(view) on the wrapper; or take the declaration away there, and declare it around the wrapper, "
    "cors(...)(wrapper), or in CORS_VIEW_POLICIES by the URL name"
)


def view_layers(callback: Callable[..., object], url_name: UrlName, conf: Conf) -> ViewLayers:
    """Return what is declared for `callback` where it stands behind `url_name`, and what of it no layer holds.

    Never raises for what a project wrote: what cannot be read closes the endpoint.
    """
    facts = ViewFacts(callback)
    reader = LayerReader(facts, url_name, conf)
    methods = facts.methods
    if methods is not None and facts.may_accept_more:
        methods |= reader.by_method.keys()  # what is declared for a handler says that it is reached
    return ViewLayers(
        name=facts.name,
        view_class=facts.view_class,
        methods=methods,
        handlers=facts.handlers,
        actions={method.upper(): action for method, action in facts.actions.items()},
        has_own_head=facts.has_own_head,
        general=reader.general,
        by_method=reader.by_method,
        conflicts=tuple(reader.conflicts),
        lost=tuple(_lost(facts, reader)),
        unrouted=tuple(_unrouted(facts, reader)),
        view_policies_key=reader.view_policies_key or "",
        class_state=class_state(facts.view_class),
    )


def _lost(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    yield from _of_unknown_place(facts, reader)
    yield from _hidden_in_callback(facts, reader)
    for owner, _ in facts.callables:
        yield from _wrong_maps(facts, owner)
    if facts.view_class is not None and facts.function is None:
        yield from _hidden_in_handlers(facts, reader, facts.view_class)
        yield from _overridden(facts, reader, facts.view_class)
        yield from _wrong_maps(facts, facts.view_class)
        if not facts.actions:
            for name, _, source in _declared_methods(facts, reader):
                yield _not_used(name, source)


def _not_used(name: str, source: Source) -> Lost:
    fault = Fault(
        field=str(source),
        value=name,
        reason="lost-no-handler",
        remedy="put it on the handler that answers the request: get, post, or another name in http_method_names",
    )
    return Lost(fault, source)


# A mark that may be the view's own, or from outside


def _of_unknown_place(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    marks = [mark for mark in chain_marks(facts.chain) if mark.is_outside is None]
    if marks and len(reader.general) + len(reader.conflicts) > 1:
        fault = Fault(
            field=facts.name,
            value=marks[0].policy,
            reason="lost-place-unknown",
            remedy="keep one declaration for the view: the one in CORS_VIEW_POLICIES, for example",
        )
        yield Lost(fault, Source("wrapper", facts.name))


# Behind wrappers


def _hidden_in_callback(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    """Yield what a callback holds, that declares, and is not the view that was found."""
    # Where the view is known, an object beside it is a registry of others more often than a wrapper.
    found = list(held_by(facts.callback, through_objects=facts.view_class is None))
    # A class among the keywords of `as_view()` is a setting of the view, as its serializer is.
    keywords = list(held_by(facts.initkwargs)) if facts.initkwargs else []
    classes = [held for held in found if _is_class(held) and not any(held is keyword for keyword in keywords)]
    own_classes = [base for klass in facts.classes for base in klass.__mro__]
    yield from _hidden(facts.name, [*facts.chain, *filter(_is_no_class, found), *classes], facts, reader)
    for held in filter(callable, found):
        if _is_class(held) and held in own_classes:
            continue
        key = _key_of(held, facts, reader)
        if key is not None:
            yield _hidden_thing(facts.name, held, Source("setting", f"CORS_VIEW_POLICIES[{key!r}]"))


def _key_of(held: object, facts: ViewFacts, reader: LayerReader) -> str | None:
    """Return the key of `CORS_VIEW_POLICIES` that names what a callback holds, None where it counts, or none does."""
    keys = [key for key in reader.conf.view_policies if "." in key and ":" not in key]
    if not keys or any(held is link for link in facts.chain):
        return None
    own = {key for key in keys if is_named_by(key, facts)}
    inner = ViewFacts(cast("Callable[..., object]", held))
    return next((key for key in keys if key not in own and is_named_by(key, inner)), None)


def _hidden_in_handlers(facts: ViewFacts, reader: LayerReader, view_class: type) -> Iterator[Lost]:
    """Yield what the wrapper around a handler hides."""
    for name in dict.fromkeys(facts.handlers.values()):
        handler = vars(definer_of(view_class, name)).get(name)
        found = list(held_by(handler, through_objects=False))
        yield from _hidden(f"{view_class.__name__}.{name}", found, facts, reader)


def _hidden(where: str, found: list[object], facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    """Yield those of the objects found that declare, and whose declarations no layer holds."""
    own_classes = [base for klass in facts.classes for base in klass.__mro__]
    declaring = [(held, marks) for held in found if not _is_class(held) and (marks := _marks_beside(held))]
    read = set(_readable_marks(facts, reader)) if declaring else set()
    for held, marks in declaring:
        lost = [mark for mark in marks if mark not in read]
        if lost:
            read.update(lost)  # a copy may be held too
            yield _hidden_thing(where, held, Source("decorator", _name_of(held)))
    for held in found:
        if _is_class(held):
            is_lost = held not in own_classes and declares(cast("type", held))
        else:
            is_lost = any(
                owner not in own_classes and any(class_declarations(klass, entry) for klass in owner.__mro__)
                for owner, entry in callable_owners([held])
            )
        if is_lost:
            yield _hidden_thing(where, held, Source("decorator", _name_of(held)))


def _marks_beside(held: object) -> list[Mark]:
    """Return the marks of a callable, and those of its copies: a decorator may have kept it from before `cors()`."""
    return [*marks_of(held), *marks_on_copies_of(held)]


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


def _is_no_class(held: object) -> bool:
    return not _is_class(held)


def _name_of(held: object) -> str:
    return name_of(view_class_of(held) or held)


def declares(klass: type) -> bool:
    """Whether a class, or one of its bases, declares a policy for itself, its actions or its methods."""
    known = _declaring.get(klass)
    if known is None:
        carries = next(Members(klass).in_use(), None) is not None
        below = chain_marks(unwrapped(api_view_function(klass)))
        known = _declaring[klass] = carries or bool(below) or any(map(_declares_itself, klass.__mro__))
    return known


_declaring: WeakKeyDictionary[type, bool] = WeakKeyDictionary()


def _declares_itself(klass: type) -> bool:
    return bool(class_declarations(klass, "dispatch")) or bool(vars(klass).get("cors_action_policies"))


# Methods


def _overridden(facts: ViewFacts, reader: LayerReader, view_class: type) -> Iterator[Lost]:
    """Yield each handler without a declaration of its own that overrides one that has it."""
    declared = {facts.handlers[method] for method in reader.by_method}
    for name in dict.fromkeys(facts.handlers.values()):
        marked = reader.members.overridden(name)
        if name not in declared and marked is not None:
            overriding = f"{definer_of(view_class, name).__name__}.{name}"
            fault = Fault(
                field=f"{marked.owner.__name__}.{name}",
                value=overriding,
                reason="lost-override",
                remedy=f"repeat the declaration on {overriding}, or take it away from {marked.owner.__name__}.{name}",
            )
            yield Lost(fault, marked.declarations[0].source)


def _declared_methods(facts: ViewFacts, reader: LayerReader) -> Iterator[Unrouted]:
    """Yield each method of a class that has a declaration, and that handles no request of this callback."""
    # What `http_method_names` shuts out is never reached, whatever is declared for it.
    handling = {*facts.handlers.values(), *STANDARD_METHOD_NAMES, "dispatch"}
    # A handler may be made of a marked method: `get = async_to_sync(aget)`.
    handlers = [member for name in facts.handlers.values() if (member := reader.members.of(name)) is not None]
    read = {mark for member in handlers for mark in member.marks}
    for member in reader.members.in_use():
        if member.name not in handling and not (member.marks and read.issuperset(member.marks)):
            yield Unrouted(member.name, member.owner, member.declarations[0].source)


def _wrong_maps(facts: ViewFacts, view_class: type) -> Iterator[Lost]:
    """Yield what is wrong with `cors_action_policies`: no mapping, or a key that is no method of the viewset."""
    for klass in view_class.__mro__:
        mapped = vars(klass).get("cors_action_policies")
        if mapped is not None and not isinstance(mapped, Mapping):
            source = Source("action-map", f"{klass.__name__}.cors_action_policies")
            remedy = f"write {source.name} = {{'list': CorsPolicy(...), 'destroy': NO_CORS}}"
            yield Lost(Fault(field=source.name, value=mapped, reason="wrong-type", remedy=remedy), source)
            continue
        for name in mapped or ():
            if not (facts.actions and isinstance(name, str) and callable(facts.handler(name))):
                yield _no_action(name, action_map_source(klass, name), facts.actions.values(), view_class)


def _unrouted(facts: ViewFacts, reader: LayerReader) -> Iterator[Unrouted]:
    """Yield each declaration for a method of a viewset that this callback does not route."""
    if facts.view_class is None or not facts.actions:
        return
    yield from _declared_methods(facts, reader)
    for klass in facts.view_class.__mro__:
        mapped = vars(klass).get("cors_action_policies")
        for name in mapped if isinstance(mapped, Mapping) else ():
            if isinstance(name, str) and callable(facts.handler(name)) and name not in facts.handlers.values():
                yield Unrouted(name, klass, action_map_source(klass, name))


def second_name(key: str, first: str) -> Lost:
    """Return the report of a key of `CORS_VIEW_POLICIES` for the second name of a view on one route.

    Args:
        key: The key.
        first: The name under which Django finds requests.
    """
    source = Source("setting", f"CORS_VIEW_POLICIES[{key!r}]")
    remedy = f"write the policy under {first!r}" if first else "name the first pattern, and write the policy under that"
    fault = Fault(field="CORS_VIEW_POLICIES", value=key, reason="lost-second-name", remedy=remedy)
    return Lost(fault, source)


def unreached(found: Unrouted, actions: Iterable[str], view_class: type) -> Lost:
    """Return the report of a declaration for a method of a viewset that no route of the class reaches.

    Args:
        found: The declaration.
        actions: The actions that are routed.
        view_class: The viewset.
    """
    return _no_action(found.name, found.source, actions, view_class)


def _no_action(name: object, source: Source, actions: Iterable[str], view_class: type) -> Lost:
    routed = sorted(set(actions))
    # An async viewset has `adestroy` beside `destroy`, on another route perhaps.
    methods = {name for klass in view_class.__mro__ for name, value in vars(klass).items() if callable(value)}
    names = [*routed, *(method for method in sorted(methods) if not method.startswith("_") and method != name)]
    close = get_close_matches(name, names, n=1, cutoff=0.75) if isinstance(name, str) else []
    shown = ", ".join(map(repr, routed[:12])) or "none"
    remedy = f"write {close[0]!r}" if close else f"write the name of an action that a route reaches: {shown}"
    return Lost(Fault(field=str(source), value=name, reason="lost-no-route", remedy=remedy), source)
