"""The endpoints of a URLconf, and the methods of each that lists show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RegexPattern
from django.utils import translation

from drf_cors import resolver as resolvers
from drf_cors import sample_paths, urlconfs
from drf_cors.endpoints import Endpoint
from drf_cors.prefix_resolver import PrefixResolver
from drf_cors.view_layers import UrlName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drf_cors.resolver import Resolver
    from drf_cors.route_samples import Pattern
    from drf_cors.urlconfs import Urlconf

#: Represents all methods of a view whose methods are not known.
ANY_METHOD: Final = "*"

#: The order in which the methods of a route are listed.
METHOD_ORDER: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def of_site(urlconf: str | None = None) -> tuple[Endpoint, ...]:
    """Return the endpoints of a URLconf, in its order.

    Args:
        urlconf: The module's name; `ROOT_URLCONF` if none is given.
    """
    if urlconf:
        return of_urlconf(urlconfs.of_name(urlconf))
    return of_urlconf(urlconfs.root(resolvers.current().conf))


def of_urlconf(urlconf: Urlconf) -> tuple[Endpoint, ...]:
    """Return the endpoints of one URLconf of the site, in its order.

    They are cached until the settings change, because it is slow to resolve samples.
    """
    known = _endpoint_cache.setdefault(resolvers.current(), {})
    key = (urlconf.value, translation.get_language())
    if key not in known:
        known[key] = of_patterns(get_resolver(urlconf.value).url_patterns, urlconf.name)
    return known[key]


#: (URLconf, active language) -> endpoints. Language prefixes and translated patterns differ.
_Endpoints = dict[tuple[Any, str | None], tuple[Endpoint, ...]]

_endpoint_cache: WeakKeyDictionary[Resolver, _Endpoints] = WeakKeyDictionary()


def of_patterns(patterns: Sequence[Pattern], urlconf: str = "") -> tuple[Endpoint, ...]:
    """Return the endpoints of a list of URL patterns, in its order.

    Args:
        patterns: The value of `urlpatterns`.
        urlconf: The name of the URLconf, if it is one.
    """
    site = PrefixResolver(RegexPattern(r"^/"), patterns)
    return tuple(_walk(patterns, _Include("/"), site, urlconf))


class _Include(NamedTuple):
    """The includes above some patterns.

    Attributes:
        route: Their paths in a readable form.
        path_regex: Their patterns, joined.
        chain: The includes, outermost first.
        namespaces: Their instance namespaces.
    """

    route: str
    path_regex: str = ""
    chain: tuple[URLResolver, ...] = ()
    namespaces: tuple[str, ...] = ()

    def below(self, include: URLResolver) -> _Include:
        """Return the includes above the patterns of an include."""
        return _Include(
            route=self.route + sample_paths.readable_route(include.pattern),
            path_regex=self.path_regex + str(include.pattern),
            chain=(*self.chain, include),
            namespaces=(*self.namespaces, include.namespace) if include.namespace else self.namespaces,
        )


def _walk(patterns: Iterable[Any], above: _Include, site: URLResolver, urlconf: str) -> Iterator[Endpoint]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, above.below(pattern), site, urlconf)
        else:
            yield Endpoint(
                route=above.route + sample_paths.readable_route(pattern.pattern),
                path_regex=above.path_regex + str(pattern.pattern),
                callback=pattern.callback,
                url_name=UrlName(pattern.name or "", above.namespaces),
                patterns=(*above.chain, pattern),
                site=site,
                urlconf=urlconf,
            )


# Methods


def endpoint_methods(found: Iterable[Endpoint]) -> Iterator[tuple[Endpoint, str]]:
    """Yield endpoints with each method that lists show.

    If a route has several names, only the endpoint that Django finds is yielded.
    """
    routes: set[tuple[str, str]] = set()
    for endpoint in found:
        route = (endpoint.urlconf, endpoint.path_regex)
        if route in routes and endpoint.found_under != endpoint.url_name:
            continue
        routes.add(route)
        methods = endpoint.layers.listed_methods
        if methods is None:
            yield endpoint, ANY_METHOD
            continue
        for method in sorted(methods, key=_rank):
            yield endpoint, method


def _rank(method: str) -> tuple[int, str]:
    if method in METHOD_ORDER:
        return METHOD_ORDER.index(method), method
    return len(METHOD_ORDER), method
