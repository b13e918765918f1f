"""What a page of another origin does not get: headers that are not exposed, preflights that are not kept."""

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

#: Headers that a page may want to read, as attributes of pagination classes name them.
_USEFUL_HEADER: Final = re.compile(r"(?i)link|content-range|x-[a-z0-9-]+")


def unexposed(entry: EndpointView) -> Iterator[checks.CheckMessage]:
    """Report headers that a view sends and its policy does not expose."""
    by_names: dict[tuple[str, ...], list[str]] = {}
    for method, name in _handlers(entry):
        policy = entry.policies.of(method)
        if policy.is_nobody or not policy.permits_method(method) or "*" in policy.expose_headers:
            continue
        exposed = {header.lower() for header in policy.expose_headers} | SAFELISTED_RESPONSE_HEADERS
        missing = [header for header in _sent_by(entry, method, name) if header.lower() not in exposed]
        if missing:
            by_names.setdefault(tuple(missing), []).append(name)
    for names, handlers in by_names.items():
        yield checks.Info(
            f"{entry.name}: {', '.join(handlers)} may send {', '.join(names)}, which scripts of other origins cannot "
            "read.",
            hint=f"If they should: @cors(expose_headers=[INHERITED, {', '.join(map(repr, names))}]) on the handlers "
            "named. In a policy of the class it would apply to all methods.",
            obj=entry.endpoint.route,
            id="drf_cors.I001",
        )


def _handlers(entry: EndpointView) -> list[tuple[str, str]]:
    """Return method and name of what answers: the handlers of a class; of `@api_view`, each of its methods."""
    layers = entry.view.layers
    if api_view_function(layers.view_class) is None:
        return entry.handlers
    return [(method, method) for method in sorted(layers.listed_methods or ())]


def _sent_by(entry: EndpointView, method: str, name: str) -> list[str]:
    """Return the headers that a handler may send, as far as the attributes of the view tell.

    What the code of the project sets is not known.
    """
    found = []
    is_list = name == "list" or (not entry.view.layers.actions and hasattr(entry.view.layers.view_class, "list"))
    if method == "GET" and is_list:
        found += _of_pagination(entry.attribute("pagination_class"))
    if any(_throttles(entry, throttle) for throttle in entry.attribute("throttle_classes") or ()):
        found.append("Retry-After")
    return list({header.lower(): header for header in found}.values())


def _throttles(entry: EndpointView, throttle: object) -> bool:
    """Whether a throttle class ever refuses. A scoped one does where the view names its scope."""
    is_scoped = "rest_framework.throttling.ScopedRateThrottle" in bases(throttle)
    return not is_scoped or bool(entry.attribute("throttle_scope"))


def _of_pagination(klass: object) -> list[str]:
    """Return the headers that attributes of a pagination class name: `total_header = "X-Total"`.

    The classes of REST framework send none: their links are in the body.
    """
    found = []
    for base in klass.__mro__ if isinstance(klass, type) else ():
        for name, value in vars(base).items():
            if "header" in name.lower() and isinstance(value, str) and _USEFUL_HEADER.fullmatch(value):
                found.append(value)
    return found


def lost_caching(entry: EndpointView) -> Iterator[checks.CheckMessage]:
    """Report preflights that browsers may not keep, and which field of which method stands in the way."""
    obstacles = {
        method: found
        for method in sorted(entry.view.layers.listed_methods or ())
        if (found := cache_conflict(entry.policies, method)) is not None
    }
    if obstacles:
        differences = dict.fromkeys(map(describe_conflict, obstacles.values()))
        yield checks.Info(
            f"{entry.name}: browsers do not keep the answers to preflights of {', '.join(obstacles)}: another method "
            f"of the URL would be overstepped ({'; '.join(differences)}).",
            hint="If the difference is not meant, give the methods the same values (the narrower ones open nothing), "
            "or URLs of their own. Nothing is unsafe.",
            obj=entry.endpoint.route,
            id="drf_cors.I002",
        )
