"""The URLconf as a list of endpoints, and what can be said of each of their methods without a request.

Whether `CORS_URLS_REGEX` covers a route, and whether the route is ever reached, is a question about paths. It
is put to *samples*: paths made from the route by filling in values that its converters and regular
expressions accept. Django's own resolver says where a sample leads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern, RegexPattern
from django.utils import translation
from django.utils.translation.trans_real import get_languages

from drf_cors import resolver as resolvers
from drf_cors import sample_paths, urlconfs
from drf_cors.held import is_same_view
from drf_cors.layers import UrlName
from drf_cors.prefix_resolver import PrefixResolver
from drf_cors.signals import check_request_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from django.urls import ResolverMatch

    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.url_policies import UrlPolicies
    from drf_cors.layers import ViewLayers
    from drf_cors.resolver import Resolver, ViewPolicies
    from drf_cors.urlconfs import Urlconf

#: Languages in which a route with a language prefix is sampled.
MAX_LANGUAGES: Final = 3

#: Ways to write a `CORS_URLS_REGEX` that covers all there is.
_EVERYTHING: Final = frozenset({"", "^", "^/", ".*", "^.*", "^.*$", "^/.*", "^/.*$"})


class Coverage(Enum):
    """Which paths of a route `CORS_URLS_REGEX` covers."""

    ALL = "all"
    NONE = "none"
    SOME = "some"


class Sample(NamedTuple):
    """A path that a route matches, and the language in which it does."""

    path: str
    language: str


@dataclass(frozen=True, kw_only=True)
class StaticPolicy:
    """What can be said of one method of an endpoint without a request.

    Attributes:
        policy: What is enforced; where that hangs on the path, what is enforced where `CORS_URLS_REGEX` covers.
        is_governed: Whether any policy is over the endpoint.
        is_dynamic: Whether only a request can decide who is allowed.
        is_shadowed: Whether requests for the endpoint's paths reach another view.
    """

    policy: EffectivePolicy
    is_governed: bool
    is_dynamic: bool
    is_shadowed: bool

    @property
    def is_enabled(self) -> bool:
        """Whether any other origin may be allowed."""
        return self.is_governed and not self.is_shadowed and (self.is_dynamic or not self.policy.is_nobody)


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint:
    """One route of a URLconf to one callback.

    Attributes:
        route: The path, for people: `/api/orders/<pk>/`.
        path_regex: The patterns of the route, joined as drf-spectacular joins them.
        callback: What Django calls.
        url_name: The pattern's name and its instance namespaces.
        patterns: From the outermost include to the pattern itself.
        site: Resolves the samples.
        values: Path parameters whose value is known (a version).
        places: Of a part that the site includes several times, or of routes that a hook makes alike: all the endpoints
            that it stands for.
        urlconf: The name of the URLconf; "" for a list of patterns.
    """

    route: str
    path_regex: str
    callback: Callable[..., Any]
    url_name: UrlName
    patterns: tuple[URLPattern | URLResolver, ...] = field(repr=False)
    site: URLResolver = field(repr=False)
    values: Mapping[str, str] = field(default_factory=dict)
    places: tuple[Endpoint, ...] = field(default=(), repr=False)
    urlconf: str = ""

    def at(self, values: Mapping[str, str]) -> Endpoint:
        """Return the part of the endpoint where path parameters have the given values."""
        if not values:
            return self
        return replace(self, values=values, places=tuple(place.at(values) for place in self.places))

    # What it is

    @property
    def label(self) -> str:
        """The route; where it is not one of `ROOT_URLCONF`, with the URLconf: `[project.api_urls] /orders/`."""
        is_root = self.urlconf in ("", urlconfs.root(resolvers.current().conf).name)
        return self.route if is_root else f"[{self.urlconf}] {self.route}"

    @property
    def layers(self) -> ViewLayers:
        """What the view is, and what is declared for it."""
        return self.policies(is_covered=True).layers

    @property
    def methods(self) -> frozenset[str] | None:
        """Upper-case methods of the view, HEAD and OPTIONS included; None where that cannot be told."""
        return self.layers.methods

    # Where it is

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        """Paths of the endpoint; empty where no value was found that fits."""
        return self._sampled(sample_paths.candidates(resolvers.current().conf.urls_regex.pattern))

    def _sampled(self, values: tuple[str, ...]) -> tuple[Sample, ...]:
        conf = resolvers.current().conf
        languages = [conf.language_code]
        if any(isinstance(pattern.pattern, LocalePrefixPattern) for pattern in self.patterns):
            languages += [code for code in get_languages() if code != conf.language_code]
        found: dict[Sample, None] = {}
        for language in languages[:MAX_LANGUAGES]:
            with translation.override(language):
                pieces = [sample_paths.sample_values(pattern.pattern, values, self.values) for pattern in self.patterns]
            found.update(dict.fromkeys(Sample(f"/{path}", language) for path in sample_paths.joined(pieces)))
        return tuple(found)

    @cached_property
    def coverage(self) -> Coverage:
        """Which of its paths `CORS_URLS_REGEX` covers."""
        conf = resolvers.current().conf
        if conf.urls_regex.pattern in _EVERYTHING:
            return Coverage.ALL
        answers = {conf.covers(sample.path) for sample in self.samples}
        if len(answers) > 1:  # paths that lead elsewhere do not count
            answers = {conf.covers(sample.path) for sample in self.samples if self._leads_here(sample)} or answers
        for sample in self._further_samples(conf.urls_regex.pattern):
            is_covered = conf.covers(sample.path)
            if is_covered not in answers and self._leads_here(sample):
                return Coverage.SOME
        if answers == {True}:
            return Coverage.ALL
        return Coverage.NONE if answers == {False} else Coverage.SOME

    def _further_samples(self, urls_regex: str) -> Iterator[Sample]:
        """Yield what may be paths of the endpoint, and begin as `CORS_URLS_REGEX` would have it."""
        for beginning in sample_paths.beginnings(urls_regex):
            for sample in self.samples:
                for path in sample_paths.beginning_with(beginning, sample.path):
                    yield sample._replace(path=path)

    def _leads_here(self, sample: Sample) -> bool:
        match = self._resolve(sample) if self._lets_in(sample) else None
        return (
            match is not None
            and (self._is_reached_by(match) or self._is_stand_in(match))
            and all(str(match.kwargs.get(name)) == value for name, value in self.values.items())
        )

    def _lets_in(self, sample: Sample) -> bool:
        """Whether the outermost pattern of the route matches. Most paths of other routes end here, at little cost."""
        try:
            with translation.override(sample.language):
                return self.patterns[0].pattern.match(sample.path[1:]) is not None
        except Exception:  # noqa: BLE001 - as in _resolve()
            return False

    @cached_property
    def is_shadowed(self) -> bool:
        """Whether an earlier route to another view catches every request that this one was written for."""
        return bool(self._catches) and self._stand_in is None

    @cached_property
    def found_under(self) -> UrlName:
        """The URL name under which Django finds requests for the endpoint, and so the one that decides the policy.

        It is not the endpoint's own where an earlier route leads to the same view: two names on one route.
        """
        return self.url_name if self._stand_in is None else _name_of(self._stand_in)

    @cached_property
    def _catches(self) -> tuple[ResolverMatch, ...]:
        """What Django finds for the samples; empty where any of them leads to the endpoint."""
        found = []
        for sample in self._all_samples():  # mostly the first decides; each costs a walk through the URLconf
            match = self._resolve(sample)
            if match is not None and self._is_reached_by(match):
                return ()
            if match is not None:
                found.append(match)
        return tuple(found)

    @cached_property
    def _stand_in(self) -> ResolverMatch | None:
        """What Django finds instead, where that is the same view under another name; None elsewhere."""
        return next((match for match in self._catches if is_same_view(match.func, self.callback)), None)

    def _is_stand_in(self, match: ResolverMatch) -> bool:
        return (
            is_same_view(match.func, self.callback)
            and self._stand_in is not None
            and _name_of(match) == _name_of(self._stand_in)
        )

    def _all_samples(self) -> Iterator[Sample]:
        yield from self.samples
        yield from self._sampled(sample_paths.EDGE_VALUES)

    def _resolve(self, sample: Sample) -> ResolverMatch | None:
        try:
            with translation.override(sample.language):
                return self.site.resolve(sample.path)
        except Exception:  # noqa: BLE001 - Http404, or a converter of the project that raises: nothing is known
            return None

    def _is_reached_by(self, match: ResolverMatch) -> bool:
        return match.func is self.callback and _name_of(match) == self.url_name

    # What holds there

    def policies(self, *, is_covered: bool) -> ViewPolicies:
        """Return the policies in force, on paths that `CORS_URLS_REGEX` covers or on those it does not."""
        current = resolvers.current()
        # Without CORS_VIEW_POLICIES the name decides nothing, and nothing need be resolved.
        match = self._stand_in if current.conf.view_policies else None
        if match is not None:
            return current.for_callback(match.func, _name_of(match), is_covered=is_covered)
        return self._own_policies(is_covered=is_covered)

    def _own_policies(self, *, is_covered: bool) -> ViewPolicies:
        return resolvers.current().for_callback(self.callback, self.url_name, is_covered=is_covered)

    @cached_property
    def lost_key(self) -> str:
        """The key of `CORS_VIEW_POLICIES` for the endpoint's own name, where requests are under another; "" for none.

        Where both names have the same policies, nothing is lost, and the answer is "".
        """
        own = [self._own_policies(is_covered=is_covered) for is_covered in (True, False)]
        key = own[0].layers.view_policies_key
        if not key or self.found_under == self.url_name:  # the name costs a walk through the URLconf
            return ""
        in_force = [self.policies(is_covered=is_covered) for is_covered in (True, False)]
        if key == in_force[0].layers.view_policies_key:
            return ""
        if any(lost.fault.reason == "lost-second-name" for lost in in_force[0].layers.lost):
            return key  # the resolver has closed the view for it
        is_faulty = any(policy.faults for view in own for policy in _all_of(view.policies))
        are_same = [view.policies for view in own] == [view.policies for view in in_force]
        return "" if are_same and not is_faulty else key

    def static_policy(self, method: str) -> StaticPolicy:
        """Return what holds for a method.

        Args:
            method: Upper-case; one the view does not have is under the class's policy.
        """
        if self.places:
            return _common([place.static_policy(method) for place in self.places])
        coverage = self.coverage
        view = self.policies(is_covered=coverage is not Coverage.NONE)
        policy = view.policies.of(method)
        is_dynamic = bool(policy.origin_tests) and not policy.allow_all_origins
        if coverage is Coverage.SOME:
            other = self.policies(is_covered=False)
            is_dynamic |= not other.is_governed or other.policies.of(method) != policy
        is_open_to_all = view.is_covered and policy.allow_all_origins
        if not (view.declares or is_open_to_all) and check_request_enabled.has_listeners(None):
            is_dynamic = True
        return StaticPolicy(
            policy=policy,
            is_governed=view.is_governed or is_dynamic,
            is_dynamic=is_dynamic,
            is_shadowed=self.is_shadowed,
        )


def _name_of(match: ResolverMatch) -> UrlName:
    return UrlName(match.url_name or "", tuple(match.namespaces))


def _all_of(policies: UrlPolicies) -> Iterator[EffectivePolicy]:
    yield policies.general
    yield from policies.by_method.values()


def _common(static_policies: Sequence[StaticPolicy]) -> StaticPolicy:
    """Return what holds in several places: where they differ, what the first says that lets anyone in."""
    first = next((static_policy for static_policy in static_policies if static_policy.is_enabled), static_policies[0])
    do_differ = first.is_enabled and any(static_policy != first for static_policy in static_policies)
    return replace(first, is_dynamic=True) if do_differ else first


# Methods

#: Stands for all methods of a view whose methods cannot be told.
ANY_METHOD: Final = "*"

#: The order in which the methods of a route are listed.
METHOD_ORDER: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def endpoint_methods(found: Iterable[Endpoint]) -> Iterator[tuple[Endpoint, str]]:
    """Yield endpoints with each method that lists show. Of several names on one route, the one that Django finds."""
    routes: set[tuple[str, str]] = set()
    for endpoint in found:
        route = (endpoint.urlconf, endpoint.path_regex)
        if route in routes and endpoint.found_under != endpoint.url_name:
            continue
        routes.add(route)
        methods = endpoint.layers.listed_methods
        for method in [ANY_METHOD] if methods is None else sorted(methods, key=_rank):
            yield endpoint, method


def _rank(method: str) -> tuple[int, str]:
    return (METHOD_ORDER.index(method) if method in METHOD_ORDER else len(METHOD_ORDER), method)


# Walking


def of_site(urlconf: str | None = None) -> tuple[Endpoint, ...]:
    """Return the endpoints of a URLconf, in its order.

    Args:
        urlconf: The module's name; `ROOT_URLCONF` if none is given.
    """
    return of_urlconf(urlconfs.of_name(urlconf) if urlconf else urlconfs.root(resolvers.current().conf))


def of_urlconf(urlconf: Urlconf) -> tuple[Endpoint, ...]:
    """Return the endpoints of one URLconf of the site, in its order.

    They are cached as long as the settings stay, because samples are costly to resolve.
    """
    known = _endpoint_cache.setdefault(resolvers.current(), {})
    key = (urlconf.value, translation.get_language())
    if key not in known:
        known[key] = of_patterns(get_resolver(urlconf.value).url_patterns, urlconf.name)
    return known[key]


#: Routes are written in the language that is active: prefixes and translated patterns differ.
_endpoint_cache: WeakKeyDictionary[Resolver, dict[tuple[Any, str | None], tuple[Endpoint, ...]]] = WeakKeyDictionary()


def of_patterns(patterns: Sequence[URLPattern | URLResolver], urlconf: str = "") -> tuple[Endpoint, ...]:
    """Return the endpoints of a list of URL patterns, in its order.

    Args:
        patterns: What `urlpatterns` holds.
        urlconf: The name of the URLconf, if they are one.
    """
    site = PrefixResolver(RegexPattern(r"^/"), patterns)
    return tuple(_walk(patterns, (), site, urlconf))


def _walk(
    patterns: Iterable[Any], above: tuple[URLResolver, ...], site: URLResolver, urlconf: str
) -> Iterator[Endpoint]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, (*above, pattern), site, urlconf)
        else:
            chain: tuple[URLPattern | URLResolver, ...] = (*above, pattern)
            namespaces = tuple(resolver.namespace for resolver in above if resolver.namespace)
            yield Endpoint(
                route="/" + "".join(sample_paths.readable_route(step.pattern) for step in chain),
                path_regex="".join(str(step.pattern) for step in chain),
                callback=pattern.callback,
                url_name=UrlName(pattern.name or "", namespaces),
                patterns=chain,
                site=site,
                urlconf=urlconf,
            )
