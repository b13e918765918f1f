"""What is wrong with the policies that views declare, and with the routes they stand behind."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution

from drf_cors.checks.exposure import lost_caching, unexposed
from drf_cors.checks.sessions import session_messages
from drf_cors.checks.settings import misread
from drf_cors.checks.survey import Entry, Survey, each_once
from drf_cors.core.errors import shown
from drf_cors.core.merge import merge
from drf_cors.decorators import marks_of
from drf_cors.endpoints import Coverage
from drf_cors.layers import view_layers
from drf_cors.wrappers import hidden_view, inside, name_of

if TYPE_CHECKING:
    from drf_cors.conf import Conf
    from drf_cors.core.merge import Source


def check_views(**_: Any) -> list[CheckMessage]:
    """Report what is wrong with the policies that views declare, and with the routes they stand behind."""
    survey = Survey()
    if survey.conf is None:
        return []
    rules: tuple[Callable[[Entry], Iterable[CheckMessage]], ...] = (
        _merge_faults,
        _conflicts,
        _unknown_actions,
        _misread_in_view,
        _lost_marks,
        _overridden_marks,
        _unlisted_methods,
        _shadowed,
        unexposed,
        lost_caching,
    )
    messages = [message for rule in rules for message in survey.ask(rule)]
    if not survey.unreadable:
        messages += survey.guarded("cors_action_policies", functools.partial(_unrouted_methods, survey))
    messages += [*session_messages(survey), *_site_messages(survey), *survey.unreadable]
    return each_once(messages)


def _misread_in_view(entry: Entry) -> Iterator[CheckMessage]:
    told = {message.msg for message in misread(merge(entry.conf.covered))}  # by check_settings
    for policy in entry.distinct:
        yield from (message for message in misread(policy) if message.msg not in told)


def _merge_faults(entry: Entry) -> Iterator[CheckMessage]:
    for policy in entry.distinct:
        for fault, sources in policy.faults:
            places = " and ".join(map(str, sources))
            yield Error(
                f"{entry.name}: {fault.why}. Declared by {places}.",
                hint=f"{fault.advice}.",
                obj=entry.endpoint.route,
                id="drf_cors.E010" if policy.is_broken else "drf_cors.E003",
            )


def _conflicts(entry: Entry) -> Iterator[CheckMessage]:
    for chosen, others in entry.view.layers.conflicts:
        yield Error(
            f"{entry.name}: {_told_conflict(chosen, others)}",
            hint="Keep one of them.",
            obj=entry.endpoint.route,
            id="drf_cors.E004",
        )


def _told_conflict(chosen: Source, others: tuple[Source, ...]) -> str:
    if all(other == chosen for other in others):
        return (
            f"{chosen} is there {len(others) + 1} times in one layer; only one counts: the first that closes, else the "
            "nearest to the code."
        )
    return f"{chosen} and {', '.join(map(str, others))} declare in one layer; only {chosen} counts."


def _unknown_actions(entry: Entry) -> Iterator[CheckMessage]:
    for action in entry.view.layers.unknown_actions:
        yield _no_action(entry, action)


def _no_action(entry: Entry, action: str) -> CheckMessage:
    return Error(
        f"{entry.name}.cors_action_policies names {shown(action)}, which is no action of the viewset.",
        hint="Write the name of a method that a router maps: 'list', 'retrieve', or a method under @action.",
        obj=entry.endpoint.route,
        id="drf_cors.E005",
    )


#: Methods that routers map if the viewset has them.
_STANDARD_ACTIONS: Final = frozenset({"list", "create", "retrieve", "update", "partial_update", "destroy"})


def _unrouted_methods(survey: Survey) -> Iterator[CheckMessage]:
    """Report keys of `cors_action_policies` that name a method, but one that no route of the site calls."""
    routed: dict[type, set[str]] = {}
    for entry in survey.entries:
        for klass in getattr(entry.view.layers.view_class, "__mro__", ()):
            routed.setdefault(klass, set()).update(entry.view.layers.actions.values())
    for entry in survey.entries:
        layers = entry.view.layers
        for klass in getattr(layers.view_class, "__mro__", ()) if layers.actions else ():
            mapped = vars(klass).get("cors_action_policies")
            for name in mapped if isinstance(mapped, Mapping) else ():
                # One under @action may wait for its router.
                is_known = name in layers.unknown_actions or name in _STANDARD_ACTIONS or name in routed[klass]
                if not is_known and not hasattr(getattr(layers.view_class, name), "mapping"):
                    yield _no_action(entry, name)


def _lost_marks(entry: Entry) -> Iterator[CheckMessage]:
    layers = entry.view.layers
    found: list[tuple[str, object]] = []
    if layers.view_class is None and not layers.declares:
        hidden = hidden_view(entry.endpoint.callback, entry.conf)
        found += [(entry.name, hidden)] if hidden is not None else []
    for method, name in entry.handlers:
        if method not in layers.by_method:
            # A handler that calls super() keeps its class in its closure; that is no wrapped handler.
            kept = inside(getattr(layers.view_class, name, None))
            marked = [inner for inner in kept if marks_of(inner) and not isinstance(inner, type)]
            found += [(f"{entry.name}.{name}", inner) for inner in marked[:1]]
    for name, inner in found:
        yield Caution(
            f"{name} hides {name_of(inner)}, whose policy is lost: the wrapper does not pass on what it wraps.",
            hint="Put @functools.wraps(view) on the wrapper, or cors(...) around it.",
            obj=entry.endpoint.route,
            id="drf_cors.W009",
        )


def _overridden_marks(entry: Entry) -> Iterator[CheckMessage]:
    layers = entry.view.layers
    for method, name in entry.handlers:
        holders = [klass for klass in getattr(layers.view_class, "__mro__", ()) if name in vars(klass)]
        marked = next((klass for klass in holders[1:] if marks_of(vars(klass)[name])), None)
        if method not in layers.by_method and marked is not None:
            yield Caution(
                f"{holders[0].__name__}.{name} overrides {marked.__name__}.{name}, and the @cors on that is gone.",
                hint=f"Repeat @cors on {holders[0].__name__}.{name}, or take it away from {marked.__name__}.{name}.",
                obj=entry.endpoint.route,
                id="drf_cors.W010",
            )


def _unlisted_methods(entry: Entry) -> Iterator[CheckMessage]:
    layers = entry.view.layers
    for method, name in entry.handlers:
        policy = entry.policies.of(method)
        if method in layers.by_method and not policy.is_nobody and not policy.permits_method(method):
            yield Caution(
                f"{entry.name}.{name} has a policy of its own, but {method} is not in its allow_methods "
                f"({policy.sources['allow_methods']}): it is refused from every other origin.",
                hint=f"Add {method!r} to allow_methods, or write NO_CORS.",
                obj=entry.endpoint.route,
                id="drf_cors.W011",
            )


def _shadowed(entry: Entry) -> Iterator[CheckMessage]:
    is_open = entry.view.is_governed and not all(policy.is_nobody for policy in entry.distinct)
    if (entry.view.declares or is_open) and entry.endpoint.is_shadowed:
        yield Caution(
            f"{entry.endpoint.route} of {entry.name} is never reached: an earlier route catches its paths, and the "
            "policy there is that of the other view.",
            hint="Move the route above the other, or give it a path of its own.",
            obj=entry.endpoint.route,
            id="drf_cors.W012",
        )


def _site_messages(survey: Survey) -> Iterator[CheckMessage]:
    conf = survey.conf
    if conf is None or not (survey.entries or conf.view_policies):
        return
    found = {entry.view.layers.view_policies_key for entry in survey.entries}
    for key in conf.view_policies if not survey.unreadable else ():
        if key not in found and not _is_matched(key, survey.entries, conf):
            yield Error(
                f"CORS_VIEW_POLICIES[{key!r}] matches no view of the URLconf.",
                hint="Write a URL name with its namespaces ('orders:list'), 'namespace:*', or the dotted path of a "
                "view.",
                id="drf_cors.E006",
            )
    if survey.entries and all(entry.endpoint.coverage is Coverage.NONE for entry in survey.entries):
        yield Caution(
            f"CORS_URLS_REGEX ({shown(conf.urls_regex.pattern)}) matches no route: the global settings allow nobody.",
            hint="It is matched at the start of the path, which begins with a slash: r'^/api/.*$'.",
            id="drf_cors.W013",
        )


def _is_matched(key: str, entries: Iterable[Entry], conf: Conf) -> bool:
    """Whether a key would match if it were the only one. Where another is more exact, it waits for its views."""
    alone = replace(conf, view_policies={key: conf.view_policies[key]})
    return any(view_layers(at.endpoint.callback, at.endpoint.url_name, alone).view_policies_key for at in entries)
