"""Checks I001 (headers that are not exposed) and I002 (preflights that cannot be cached).

Both are information, so they run under `--deploy` only. What the code of a handler sends is not
known before it runs. Known is what REST framework does with the throttles and the pagination class
of a view.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, QueryDict

from drf_cors.checks.findings import Finding, few, to_messages
from drf_cors.checks.site_endpoints import SiteEndpoints
from drf_cors.core.fetch import SAFELISTED_RESPONSE_HEADERS
from drf_cors.drf_views import bases
from drf_cors.explain.preflight_caching import cache_conflict, describe_conflict
from drf_cors.one_pass import once_per_pass, one_pass
from drf_cors.view_facts import definer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.core.checks import CheckMessage

    from drf_cors.checks.site_endpoints import EndpointView

#: Rows of a page that is made up.
ROWS: Final = 3


@one_pass()
def check_exposure(**_: Any) -> list[CheckMessage]:
    """Report headers that are not exposed and preflights that are not cached. Run by `--deploy`."""
    site = SiteEndpoints()
    return to_messages([*site.run_rule(_unexposed), *site.run_rule(_lost_caching)])


def _unexposed(entry: EndpointView) -> Iterator[Finding]:
    """Yield headers of throttles and pages that a policy does not expose, by their cause."""
    found: dict[tuple[object, str], list[str]] = {}
    for method, name in entry.named_methods:
        policy = entry.policies.of(method)
        if policy.is_nobody or not policy.permits_method(method) or "*" in policy.expose_headers:
            continue
        exposed = SAFELISTED_RESPONSE_HEADERS.union(map(str.lower, policy.expose_headers))
        for cause, sent in _sent(entry, method, name):
            missing = [header for header in sent if header.lower() not in exposed]
            if missing:
                found.setdefault((cause, ", ".join(missing)), []).append(name)
    for (cause, headers), handlers in found.items():
        named = ", ".join(dict.fromkeys(handlers))
        names = ", ".join(map(repr, headers.split(", ")))
        yield Finding(
            id="drf_cors.I001",
            cause=(cause, headers),
            place=f"{entry.name} ({named})",
            text=f"{entry.name}: {named} may send {headers} by {_name(cause)}, which scripts of "
            "other origins cannot read.",
            hint=f"If scripts need it, put @cors(expose_headers=[INHERITED, {names}]) on these "
            "handlers. In a policy of the class it would apply to all methods, in "
            "CORS_EXPOSE_HEADERS to all views.",
            route=entry.endpoint.route,
        )


def _sent(entry: EndpointView, method: str, name: str) -> Iterator[tuple[object, Iterable[str]]]:
    """Yield what makes REST framework send headers with the response of a handler, and which."""
    for throttle in entry.attribute("throttle_classes") or ():
        if _throttles(entry, throttle):
            yield throttle, ("Retry-After",)
            break  # one header, whichever throttle refuses
    pages = entry.attribute("pagination_class")
    if method == "GET" and _is_list(entry, name) and isinstance(pages, type):
        yield pages, _page_headers(pages)


def _name(thing: object) -> str:
    return getattr(thing, "__name__", type(thing).__name__)


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


class _PageRequest(HttpRequest):
    """A request for the second page."""

    def __init__(self) -> None:
        super().__init__()
        self.method = "GET"
        self.path = self.path_info = "/"
        self.GET = self.query_params = QueryDict("page=2&limit=1&offset=1")

    def get_host(self) -> str:
        """Return a host that no site has."""
        return "api.invalid"


class _Rows(list[Any]):
    """Rows that can be sorted, as those of a queryset."""

    def order_by(self, *_names: str) -> _Rows:
        """Return the rows: all are alike."""
        return self


@once_per_pass
def _page_headers(pages: type[Any]) -> tuple[str, ...]:
    """Return the headers that a pagination class adds to a page, which is made up.

    The pages of REST framework's own classes have their links in the body. If a class of the
    project cannot make a page of these rows, its headers are not known.
    """
    try:
        if definer_of(pages, "get_paginated_response").__module__.startswith("rest_framework."):
            return ()
        paginator = pages()
        paginator.page_size = paginator.default_limit = 1
        rows = _Rows(defaultdict(int) for _ in range(ROWS))
        page = paginator.paginate_queryset(rows, _PageRequest())
        return tuple(paginator.get_paginated_response(page).headers)
    except Exception:  # noqa: BLE001 - code of the project
        return ()


def _lost_caching(entry: EndpointView) -> Iterator[Finding]:
    """Yield preflights that browsers must not cache, and the field and method that prevent it."""
    conflicts = {}
    for method in sorted(entry.view.layers.listed_methods or ()):
        conflict = cache_conflict(entry.policies, method)
        if conflict is not None:
            conflicts[method] = conflict
    if conflicts:
        differences = dict.fromkeys(map(describe_conflict, conflicts.values()))
        sources = []
        for method, (other, field, _) in conflicts.items():
            sources += [entry.policies.of(name).sources[field] for name in (method, other)]
        declared = few(source.edited for source in sources)
        yield Finding(
            id="drf_cors.I002",
            cause=frozenset(source.cause for source in sources),
            place=entry.name,
            text=f"{entry.name}: browsers cannot cache the preflights of {', '.join(conflicts)}. A "
            "cached response would allow more than the policy of another method of the URL "
            f"({'; '.join(differences)}; see {declared}).",
            hint="If you did not intend the difference, give the methods the same values (the "
            "narrower ones allow nothing new) or different URLs. Nothing is unsafe.",
            route=entry.endpoint.route,
        )
