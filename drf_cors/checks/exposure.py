"""Checks I001 (headers that are not exposed) and I002 (preflights that cannot be cached)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.core import checks

from drf_cors.core.fetch import SAFELISTED_RESPONSE_HEADERS
from drf_cors.drf_views import bases
from drf_cors.explain.preflight_caching import cache_conflict, describe_conflict
from drf_cors.view_facts import api_view_function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.checks.site_endpoints import EndpointView

#: Headers that a script may need to read, as the attributes of pagination classes name them.
_USEFUL_HEADER: Final = re.compile(r"(?i)link|content-range|x-[a-z0-9-]+")


def unexposed(entry: EndpointView) -> Iterator[checks.CheckMessage]:
    """Report headers that a view sends and its policy does not expose."""
    by_names: dict[tuple[str, ...], list[str]] = {}
    for method, name in _handlers(entry):
        policy = entry.policies.of(method)
        if policy.is_nobody or not policy.permits_method(method):
            continue
        if "*" in policy.expose_headers:
            continue
        exposed = SAFELISTED_RESPONSE_HEADERS.union(map(str.lower, policy.expose_headers))
        sent = _sent_by(entry, method, name)
        missing = [header for header in sent if header.lower() not in exposed]
        if missing:
            by_names.setdefault(tuple(missing), []).append(name)
    for names, handlers in by_names.items():
        yield checks.Info(
            f"{entry.name}: {', '.join(handlers)} may send {', '.join(names)}, which scripts of "
            "other origins cannot read.",
            hint="If scripts need them, put "
            f"@cors(expose_headers=[INHERITED, {', '.join(map(repr, names))}]) on these handlers. "
            "In a policy of the class, it would apply to all methods.",
            obj=entry.endpoint.route,
            id="drf_cors.I001",
        )


def _handlers(entry: EndpointView) -> list[tuple[str, str]]:
    """Return each method with the name of its handler.

    A view made by `@api_view` has one handler for all methods. The method is used as its name.
    """
    layers = entry.view.layers
    if api_view_function(layers.view_class) is None:
        return entry.handlers
    return [(method, method) for method in sorted(layers.listed_methods or ())]


def _sent_by(entry: EndpointView, method: str, name: str) -> list[str]:
    """Return the headers that a handler may send, according to the attributes of the view.

    Headers that the code of the project sets are not known.
    """
    found = []
    if method == "GET" and _is_list(entry, name):
        found += _of_pagination(entry.attribute("pagination_class"))
    if any(_throttles(entry, throttle) for throttle in entry.attribute("throttle_classes") or ()):
        found.append("Retry-After")
    return list({header.lower(): header for header in found}.values())


def _is_list(entry: EndpointView, name: str) -> bool:
    """Whether a handler returns a list: by its name, or because its class has a method `list`."""
    layers = entry.view.layers
    if name == "list":
        return True
    return not layers.actions and hasattr(layers.view_class, "list")


def _throttles(entry: EndpointView, throttle: object) -> bool:
    """Whether a throttle can refuse requests. A scoped one can if the view sets its scope."""
    is_scoped = "rest_framework.throttling.ScopedRateThrottle" in bases(throttle)
    return not is_scoped or bool(entry.attribute("throttle_scope"))


def _of_pagination(klass: object) -> list[str]:
    """Return the headers in the attributes of a pagination class: `total_header = "X-Total"`.

    The classes of REST framework send no headers: their links are in the body.
    """
    found: list[str] = []
    if not isinstance(klass, type):
        return found
    for base in klass.__mro__:
        for name, value in vars(base).items():
            if "header" not in name.lower() or not isinstance(value, str):
                continue
            if _USEFUL_HEADER.fullmatch(value):
                found.append(value)
    return found


def lost_caching(entry: EndpointView) -> Iterator[checks.CheckMessage]:
    """Report preflights that browsers must not cache, and the field and method that prevent it."""
    conflicts = {}
    for method in sorted(entry.view.layers.listed_methods or ()):
        conflict = cache_conflict(entry.policies, method)
        if conflict is not None:
            conflicts[method] = conflict
    if conflicts:
        differences = dict.fromkeys(map(describe_conflict, conflicts.values()))
        yield checks.Info(
            f"{entry.name}: browsers cannot cache the preflights of {', '.join(conflicts)}. A "
            "cached response would allow more than the policy of another method of the URL "
            f"({'; '.join(differences)}).",
            hint="If you did not intend the difference, give the methods the same values (the "
            "narrower ones allow nothing new) or different URLs. Nothing is unsafe.",
            obj=entry.endpoint.route,
            id="drf_cors.I002",
        )
