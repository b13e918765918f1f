"""Declarations that no layer holds. A view with one is closed, and a check reports it.

Each policy in the code is either in force or found here: behind a wrapper that hides the view, on a
method that is not a handler, on an overridden method, in a map under a name that is not an action.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from drf_cors.core.errors import Fault
from drf_cors.core.fields import UNSET
from drf_cors.core.policy import NO_CORS, CorsPolicy
from drf_cors.core.sources import Source
from drf_cors.hidden import hidden_in_callback, hidden_in_class, passed, readable_marks, referenced
from drf_cors.layers import LayerReader, action_map_source, action_maps
from drf_cors.members import (
    Declaration,
    Member,
    Members,
    marks_of_chain,
    members_of,
)
from drf_cors.misplaced import misplaced
from drf_cors.view_facts import (
    NOTHING,
    STANDARD_METHOD_NAMES,
    ViewFacts,
    bound_methods,
    definer_of,
    facts_of,
)
from drf_cors.view_layers import Lost, Unrouted, UrlName, ViewLayers, watched_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from drf_cors.conf import CorsSettings
    from drf_cors.decorators import Mark


def view_layers(
    callback: Callable[..., object],
    url_name: UrlName,
    conf: CorsSettings,
    arguments: Iterable[object] = (),
) -> ViewLayers:
    """Return what is declared for a callback, and which of these declarations no layer holds.

    Never raises for code of a project: a view that cannot be read is closed.

    Args:
        callback: The callback of a URL pattern.
        url_name: The name of the URL pattern.
        conf: The settings.
        arguments: What the URLconf passes to the callback: the values of `path(route, view,
            kwargs)`.
    """
    facts = facts_of(callback)
    reader = LayerReader(facts, url_name, conf)
    methods = facts.methods
    if methods is not None and facts.may_accept_more:
        methods = methods.union(reader.by_method)  # a handler with a declaration is meant to be reached
    return ViewLayers(
        name=facts.name,
        view_class=facts.view_class,
        methods=methods,
        handlers=facts.handlers,
        actions={method.upper(): action for method, action in facts.actions.items()} or NOTHING,
        has_own_head=facts.has_own_head,
        general=reader.general,
        by_method=reader.by_method,
        conflicts=tuple(reader.conflicts),
        lost=_lost_or_unreadable(facts, reader, arguments),
        unrouted=tuple(_unrouted(facts, reader)),
        view_policies_key=reader.view_policies_key or "",
        watched=watched_by(facts),
        marks=tuple(dict.fromkeys(readable_marks(facts, reader))),
    )


def _lost_or_unreadable(facts: ViewFacts, reader: LayerReader, arguments: Iterable[object]) -> tuple[Lost, ...]:
    try:
        return (*_lost(facts, reader), *passed(facts, reader, arguments))
    except Exception as error:  # noqa: BLE001 - the project's code may raise anything
        fault = Fault(
            field=facts.name,
            value=f"{type(error).__name__}: {error}",
            reason="lost-unreadable",
            remedy="fix the error",
        )
        return (Lost(fault, Source("decorator", facts.name)),)


def _lost(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    yield from _of_unknown_place(facts, reader)
    yield from hidden_in_callback(facts, reader)
    yield from referenced(facts, reader)
    yield from misplaced(facts, frozenset(reader.conf.policies))
    for owner, entry in facts.callables:
        yield from _lost_in_object(facts, reader, owner, entry)
    if facts.view_class is not None and facts.function is None:
        entries = [*facts.handlers.values(), "dispatch"]
        yield from hidden_in_class(facts, reader, facts.view_class, entries)
        yield from _overridden(facts, reader, facts.view_class)
        yield from _wrong_maps(facts, facts.view_class)
        if not facts.actions:
            for name, _, source in _declared_methods(facts, reader):
                yield _not_used(name, source)


def _lost_in_object(facts: ViewFacts, reader: LayerReader, owner: type, entry: str) -> Iterator[Lost]:
    """Yield what no layer holds of an object that is a callback, or whose method is one.

    Args:
        facts: Of the callback.
        reader: Its layers.
        owner: The class of the object.
        entry: The method that Django calls, "" for that of a bound method.
    """
    yield from _wrong_maps(facts, owner)
    entries = [entry] if entry else bound_methods(facts.chain, owner)
    yield from hidden_in_class(facts, reader, owner, entries)
    members = members_of(owner)
    for member in members.in_use():
        if member.name in entries:
            continue
        unused = _not_used(member.name, member.declarations[0].source)
        if not entry:  # the other methods of the object may be callbacks too
            unused = unused._replace(unless_routed=member.marks)
        yield unused
    for method in entries:
        marked = members.overridden(method)
        if marked is not None:
            yield _override(marked, f"{definer_of(owner, method).__name__}.{method}")
        used = members.of(method)
        if used is not None:
            yield from _without_origins(used.declarations, _on_methods(members, method), reader.conf)


def _not_used(name: object, source: Source) -> Lost:
    fault = Fault(
        field=str(source),
        value=name,
        reason="lost-no-handler",
        remedy="put it on the handler of the request: get, post, or another name in http_method_names",
    )
    return Lost(fault, source)


# Marks that may be the view's own, or put around it


def _of_unknown_place(facts: ViewFacts, reader: LayerReader) -> Iterator[Lost]:
    marks = [mark for mark in marks_of_chain(facts.chain) if mark.is_around_view is None]
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
    """Yield each handler or action whose declaration is overridden: by none, or by one without origins."""
    names = list(facts.handlers.values())
    names += filter(None, map(facts.extended_action, facts.handlers.values()))
    for name in dict.fromkeys(names):
        marked = reader.members.overridden(name)
        if marked is not None and not _is_in_map_before(name, view_class, marked.owner):
            yield _override(marked, f"{definer_of(view_class, name).__name__}.{name}")
        declared = _on_methods(reader.members, name)
        action = facts.extended_action(name)
        if action is not None:
            declared += reader.declarations_of(action)
        for klass, entries in action_maps(view_class) if facts.actions else ():
            if name in entries:
                declared.append(Declaration(entries[name], action_map_source(klass, name)))
        if len(declared) > 1:
            yield from _without_origins(reader.declarations_of(name), declared, reader.conf)


def _without_origins(
    in_force: Sequence[Declaration], others: Iterable[Declaration], conf: CorsSettings
) -> Iterator[Lost]:
    """Yield the first overridden declaration on who may call, if the one in force says nothing of it.

    A layer without origins inherits them from the layer below, but what is overridden is no layer.

    Args:
        in_force: What counts.
        others: All declarations in its place, those in force too.
        conf: The settings.
    """
    counting = [_policy_of(declaration, conf) for declaration in in_force]
    if not counting or any(policy.replaces_origins for policy in counting):
        return
    are_credentials_set = any(policy.allow_credentials is not UNSET for policy in counting)
    for other in others:
        policy = _policy_of(other, conf)
        is_lost = policy.sets_origins or not (policy.allow_credentials is UNSET or are_credentials_set)
        if is_lost and other not in in_force:
            yield _override_without_origins(other, in_force[0])
            return


def _on_methods(members: Members, name: str) -> list[Declaration]:
    """Return what is declared on a method of a class and its bases."""
    found: list[Declaration] = []
    for member in members.all_of(name):
        found += member.declarations
    return found


def _policy_of(declaration: Declaration, conf: CorsSettings) -> CorsPolicy:
    """Return the policy of a declaration. One that is not valid closes."""
    value = declaration.value
    policy = conf.policies.get(value) if isinstance(value, str) else value
    return policy if isinstance(policy, CorsPolicy) else NO_CORS


def _override_without_origins(base: Declaration, overriding: Declaration) -> Lost:
    fault = Fault(
        field=str(base.source),
        value=str(overriding.source),
        reason="lost-override",
        remedy="repeat the origins in the one that counts, policy.using(...), or remove this policy",
    )
    return Lost(fault, base.source)


def _is_in_map_before(name: str, view_class: type, owner: type) -> bool:
    """Whether a class before `owner` in the MRO declares for a method in `cors_action_policies`."""
    before = view_class.__mro__[: view_class.__mro__.index(owner)]
    maps = [vars(klass).get("cors_action_policies") for klass in before]
    return any(isinstance(mapped, Mapping) and name in mapped for mapped in maps)


def _override(marked: Member, overriding: str) -> Lost:
    place = f"{marked.owner.__name__}.{marked.name}"
    fault = Fault(
        field=place,
        value=overriding,
        reason="lost-override",
        remedy=f"repeat the declaration on {overriding}, or remove it from {place}",
    )
    return Lost(fault, marked.declarations[0].source)


def _declared_methods(facts: ViewFacts, reader: LayerReader) -> Iterator[Unrouted]:
    """Yield each method of a class that declares, but handles no request of this callback."""
    # A method that `http_method_names` leaves out handles no request, so its declaration is not
    # lost.
    left_out = set(STANDARD_METHOD_NAMES) - facts.allowed_names
    handling = {*facts.handlers.values(), *left_out, "dispatch"}
    # A handler may wrap a method with marks: `get = async_to_sync(aget)`.
    read: set[Mark] = set()
    for name in facts.handlers.values():
        handler = reader.members.of(name)
        if handler is not None:
            read.update(handler.marks)
    for member in reader.members.in_use():
        is_read_elsewhere = bool(member.marks) and read.issuperset(member.marks)
        if member.name not in handling and not is_read_elsewhere:
            yield Unrouted(member.name, member.owner, member.declarations[0].source)


def _wrong_maps(facts: ViewFacts, view_class: type) -> Iterator[Lost]:
    """Yield each `cors_action_policies` that is not a mapping, and keys that are not actions."""
    for klass in view_class.__mro__:
        mapped = vars(klass).get("cors_action_policies")
        if mapped is None:
            continue
        if not isinstance(mapped, Mapping) or hasattr(mapped, "default_factory"):
            yield _no_mapping(klass, mapped)
        elif klass is view_class or not facts.actions:
            yield from _wrong_keys(facts, view_class, klass, mapped)
        # else it is the map of a base, which may be for its other subclasses


def _wrong_keys(facts: ViewFacts, view_class: type, klass: type, mapped: Iterable[object]) -> Iterator[Lost]:
    for name in mapped:
        if not (facts.actions and isinstance(name, str) and callable(facts.handler(name))):
            source = action_map_source(klass, name)
            yield _no_action(name, source, facts.actions.values(), view_class)


def _no_mapping(klass: type, value: object) -> Lost:
    source = Source("action-map", f"{klass.__name__}.cors_action_policies")
    remedy = f"write {source.name} = {{'list': CorsPolicy(...), 'destroy': NO_CORS}}"
    return Lost(Fault(field=source.name, value=value, reason="wrong-type", remedy=remedy), source)


def _unrouted(facts: ViewFacts, reader: LayerReader) -> Iterator[Unrouted]:
    """Yield each declaration for a method of a viewset that this callback does not route."""
    if facts.view_class is None or not facts.actions:
        return
    yield from _declared_methods(facts, reader)
    for klass, mapped in action_maps(facts.view_class):
        for name in mapped:
            # `_wrong_maps` reports the keys of the class itself that are not methods.
            is_reported = klass is facts.view_class and not callable(facts.handler(str(name)))
            if name not in facts.handlers.values() and not is_reported:
                yield Unrouted(name, klass, action_map_source(klass, name))


def second_name(key: str, first: str) -> Lost:
    """Return the report of a key of `CORS_VIEW_POLICIES` for the second pattern of a route.

    Args:
        key: The key.
        first: The name of the first pattern, which Django finds. "" if it has none.
    """
    source = Source("setting", f"CORS_VIEW_POLICIES[{key!r}]")
    unnamed = "name the first pattern, and write the policy under that name"
    remedy = f"write the policy under {first!r}" if first else unnamed
    fault = Fault(field="CORS_VIEW_POLICIES", value=key, reason="lost-second-name", remedy=remedy)
    return Lost(fault, source)


def second_route(route: str, source: Source) -> Lost:
    """Return the report of a declaration at the second pattern of a route and view.

    Args:
        route: The route.
        source: The declaration.
    """
    remedy = "declare it at the first pattern of the route, or give the second pattern another path"
    fault = Fault(field=str(source), value=route, reason="lost-second-route", remedy=remedy)
    return Lost(fault, source)


def called_at_request(view_name: str, called: str) -> Lost:
    """Return the report of a view whose policy is not in force, and that another view has called.

    Args:
        view_name: The view of the URL.
        called: The view that it called.
    """
    remedy = (
        f"let {view_name} and {called} call a function without a policy; or if a wrapper hides {called}, put "
        "@functools.wraps(view) on the wrapper"
    )
    fault = Fault(field=view_name, value=called, reason="lost-called-at-request", remedy=remedy)
    return Lost(fault, Source("decorator", called))


def unreached(found: Unrouted, actions: Iterable[str], view_class: type) -> Lost:
    """Return the report of a declaration for a method of a viewset that no route reaches.

    Args:
        found: The declaration.
        actions: The actions that are routed.
        view_class: The viewset.
    """
    return _no_action(found.name, found.source, actions, view_class)


def _no_action(name: object, source: Source, actions: Iterable[str], view_class: type) -> Lost:
    routed = sorted(set(actions))
    close = _similar_name(name, routed, view_class) if isinstance(name, str) else ""
    if close:
        remedy = f"write {close!r}"
    else:
        shown = ", ".join(map(repr, routed[:12])) or "none"
        remedy = f"write the name of an action that a route reaches: {shown}"
    return Lost(Fault(field=str(source), value=name, reason="lost-no-route", remedy=remedy), source)


def _similar_name(name: str, routed: list[str], view_class: type) -> str:
    """Return the action or public method that is most similar to a name, "" if none is similar."""
    # An async viewset has `adestroy` beside `destroy`, perhaps on another route.
    methods: set[str] = set()
    for klass in view_class.__mro__:
        methods.update(key for key, value in vars(klass).items() if callable(value))
    names = [*routed]
    names += [method for method in sorted(methods) if not method.startswith("_") and method != name]
    close = get_close_matches(name, names, n=1, cutoff=0.75)
    return close[0] if close else ""
