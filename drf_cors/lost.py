"""Declarations that no layer holds. A view with one is closed, and a check reports it.

A policy that is written in the code is in force, or it is found here: behind a wrapper that hides the view, on a
method that is no handler, below an override, in a map under a name that is no action.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from drf_cors.core.errors import Fault
from drf_cors.core.merge import Source
from drf_cors.hidden import assigned, hidden_in_callback, hidden_in_class, passed, referenced
from drf_cors.layers import (
    LayerReader,
    Lost,
    Unrouted,
    UrlName,
    ViewLayers,
    action_map_source,
    watched_by,
)
from drf_cors.members import (
    Member,
    Members,
    chain_marks,
)
from drf_cors.misplaced import misplaced
from drf_cors.view_facts import (
    STANDARD_METHOD_NAMES,
    ViewFacts,
    bound_methods,
    definer_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from drf_cors.conf import CorsSettings


def view_layers(
    callback: Callable[..., object], url_name: UrlName, conf: CorsSettings, arguments: Iterable[object] = ()
) -> ViewLayers:
    """Return what is declared for `callback` behind `url_name`, and what of it no layer holds.

    Never raises for what a project wrote: what cannot be read closes the endpoint.

    Args:
        callback: What the URLconf leads to.
        url_name: By what the URL pattern is known.
        conf: What the settings say.
        arguments: What the URLconf passes to the callback: the values of `path(route, view, kwargs)`.
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
        lost=_lost_or_unreadable(facts, reader, arguments),
        unrouted=tuple(_unrouted(facts, reader)),
        view_policies_key=reader.view_policies_key or "",
        watched=watched_by(facts),
    )


def _lost_or_unreadable(facts: ViewFacts, reader: LayerReader, arguments: Iterable[object]) -> tuple[Lost, ...]:
    try:
        return (*_lost(facts, reader), *passed(facts, reader, arguments))
    except Exception as error:  # noqa: BLE001 - what a view holds may raise anything; nobody knows then what it hides
        remedy = "mend what raises"
        fault = Fault(
            field=facts.name, value=f"{type(error).__name__}: {error}", reason="lost-unreadable", remedy=remedy
        )
        return (Lost(fault, Source("decorator", facts.name)),)


def _lost(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    yield from _of_unknown_place(facts, reader)
    yield from hidden_in_callback(facts, reader)
    yield from referenced(facts, reader)
    yield from assigned(facts)
    yield from misplaced(facts)
    for owner, entry in facts.callables:
        yield from _wrong_maps(facts, owner)
        entries = [entry] if entry else bound_methods(facts.chain, owner)
        yield from hidden_in_class(facts, reader, owner, entries)
        members = Members(owner)
        for member in members.in_use():
            if member.name not in entries:
                unused = _not_used(member.name, member.declarations[0].source)
                # The other methods of an object may be views with routes of their own.
                yield unused if entry else unused._replace(unless_routed=member.marks)
        for method in entries:
            marked = members.overridden(method)
            if marked is not None:
                yield _override(marked, f"{definer_of(owner, method).__name__}.{method}")
    if facts.view_class is not None and facts.function is None:
        yield from hidden_in_class(facts, reader, facts.view_class, [*facts.handlers.values(), "dispatch"])
        yield from _overridden(facts, reader, facts.view_class)
        yield from _wrong_maps(facts, facts.view_class)
        if not facts.actions:
            for name, _, source in _declared_methods(facts, reader):
                yield _not_used(name, source)


def _not_used(name: object, source: Source) -> Lost:
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


# Methods


def _overridden(facts: ViewFacts, reader: LayerReader, view_class: type) -> Iterator[Lost]:
    """Yield each handler without a declaration of its own that overrides one that has it."""
    names = list(facts.handlers.values())
    names += filter(None, map(facts.extended_action, facts.handlers.values()))
    for name in dict.fromkeys(names):
        marked = reader.members.overridden(name)
        if marked is not None and not _is_in_nearer_map(name, view_class, marked.owner):
            yield _override(marked, f"{definer_of(view_class, name).__name__}.{name}")


def _is_in_nearer_map(name: str, view_class: type, owner: type) -> bool:
    """Whether a class nearer than `owner` declares for a method in its `cors_action_policies`."""
    nearer = view_class.__mro__[: view_class.__mro__.index(owner)]
    maps = [vars(klass).get("cors_action_policies") for klass in nearer]
    return any(isinstance(mapped, Mapping) and name in mapped for mapped in maps)


def _override(marked: Member, overriding: str) -> Lost:
    place = f"{marked.owner.__name__}.{marked.name}"
    fault = Fault(
        field=place,
        value=overriding,
        reason="lost-override",
        remedy=f"repeat the declaration on {overriding}, or take it away from {place}",
    )
    return Lost(fault, marked.declarations[0].source)


def _declared_methods(facts: ViewFacts, reader: LayerReader) -> Iterator[Unrouted]:
    """Yield each method of a class that has a declaration, and that handles no request of this callback."""
    # What `http_method_names` shuts out is never reached, whatever is declared for it.
    shut_out = set(STANDARD_METHOD_NAMES) - facts.allowed_names
    handling = {*facts.handlers.values(), *shut_out, "dispatch"}
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
            is_own = klass is view_class or not facts.actions  # a map of a base may be for other classes too
            if is_own and not (facts.actions and isinstance(name, str) and callable(facts.handler(name))):
                yield _no_action(name, action_map_source(klass, name), facts.actions.values(), view_class)


def _unrouted(facts: ViewFacts, reader: LayerReader) -> Iterator[Unrouted]:
    """Yield each declaration for a method of a viewset that this callback does not route."""
    if facts.view_class is None or not facts.actions:
        return
    yield from _declared_methods(facts, reader)
    for klass in facts.view_class.__mro__:
        mapped = vars(klass).get("cors_action_policies")
        for name in mapped if isinstance(mapped, Mapping) else ():
            is_reported = klass is facts.view_class and not callable(facts.handler(str(name)))  # by _wrong_maps()
            if name not in facts.handlers.values() and not is_reported:
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


def second_route(route: str, source: Source) -> Lost:
    """Return the report of what is declared at a later pattern with the same route and view.

    Args:
        route: The route.
        source: The declaration.
    """
    remedy = "declare it at the first pattern of the route, or give the later one a path of its own"
    return Lost(Fault(field=str(source), value=route, reason="lost-second-route", remedy=remedy), source)


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
