"""An endpoint of a URLconf, with what is known of its policies without a request.

Some facts depend on paths: whether `CORS_URLS_REGEX` covers a route, and whether the route is ever
reached. They are found by samples of the paths, which Django's own resolver resolves.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from drf_cors import resolver as resolvers
from drf_cors import sample_paths, urlconfs
from drf_cors.held import is_same_view
from drf_cors.prefix_resolver import is_literal
from drf_cors.route_samples import Pattern, Sample, in_language, literal_match, sampled
from drf_cors.signals import check_request_enabled
from drf_cors.site_routes import url_name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from django.urls import ResolverMatch, URLResolver

    from drf_cors.conf import CorsSettings
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.resolver import ViewPolicies
    from drf_cors.view_layers import UrlName, ViewLayers


class Coverage(Enum):
    """Which paths of a route `CORS_URLS_REGEX` covers."""

    ALL = "all"
    NONE = "none"
    SOME = "some"


@dataclass(frozen=True, kw_only=True)
class StaticPolicy:
    """The policy of one method of an endpoint, as far as it is known without a request.

    Attributes:
        policy: The policy in force. If that depends on the path, the policy on paths that
            `CORS_URLS_REGEX` covers.
        is_governed: Whether the endpoint has a policy.
        is_dynamic: Whether it depends on the request which origins are allowed.
        is_shadowed: Whether requests for the endpoint's paths reach another view.
    """

    policy: EffectivePolicy
    is_governed: bool
    is_dynamic: bool
    is_shadowed: bool

    @property
    def is_enabled(self) -> bool:
        """Whether any other origin may be allowed."""
        if self.is_shadowed or not self.is_governed:
            return False
        return self.is_dynamic or not self.policy.is_nobody


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint:
    """One route of a URLconf to one callback.

    Attributes:
        route: The path in a readable form: `/api/orders/<pk>/`.
        path_regex: The patterns of the route, joined as drf-spectacular joins them.
        callback: The view that Django calls.
        url_name: The pattern's name and its instance namespaces.
        patterns: The patterns from the outermost include to the pattern itself.
        site: The resolver for the samples.
        values: Path parameters with a known value, as an API version.
        places: All real endpoints that this one represents: if the site includes a URLconf several
            times, or a hook gives several routes the same path. Usually empty.
        urlconf: The name of the URLconf; "" for a list of patterns.
    """

    route: str
    path_regex: str
    callback: Callable[..., Any]
    url_name: UrlName
    patterns: tuple[Pattern, ...] = field(repr=False)
    site: URLResolver = field(repr=False)
    values: Mapping[str, str] = field(default_factory=dict)
    places: tuple[Endpoint, ...] = field(default=(), repr=False)
    urlconf: str = ""

    def at(self, values: Mapping[str, str]) -> Endpoint:
        """Return the endpoint for paths whose parameters have the given values."""
        if not values:
            return self
        return replace(self, values=values, places=tuple(place.at(values) for place in self.places))

    @property
    def label(self) -> str:
        """The route; with its URLconf if that is not the root: `[project.api_urls] /orders/`."""
        if self.urlconf in ("", urlconfs.root(resolvers.current().conf).name):
            return self.route
        return f"[{self.urlconf}] {self.route}"

    @property
    def layers(self) -> ViewLayers:
        """The view, and what is declared for it."""
        return self.policies(is_covered=True).layers

    @property
    def methods(self) -> frozenset[str] | None:
        """Upper-case methods of the view, with HEAD and OPTIONS; None if they are not known."""
        return self.layers.methods

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        """Paths of the endpoint; empty if no fitting value was found."""
        return tuple(self._usual_samples())

    def _usual_samples(self) -> Iterator[Sample]:
        return self._sampled(sample_paths.candidates(resolvers.current().conf.urls_regex.pattern))

    def _sampled(self, values: tuple[str, ...]) -> Iterator[Sample]:
        return sampled(self.patterns, values, self.values, resolvers.current().conf.language_code)

    @cached_property
    def coverage(self) -> Coverage:
        """Which paths of the endpoint `CORS_URLS_REGEX` covers."""
        conf = resolvers.current().conf
        covered = literal_match(conf.urls_regex, self.patterns)
        if covered is not None:
            return Coverage.ALL if covered else Coverage.NONE
        results = self._coverage_of_samples(conf)
        for sample in self._further_samples(conf.urls_regex.pattern):
            if conf.covers(sample.path) not in results and self._leads_here(sample):
                return Coverage.SOME
        if results == {True}:
            return Coverage.ALL
        if results == {False}:
            return Coverage.NONE
        return Coverage.SOME

    def _coverage_of_samples(self, conf: CorsSettings) -> set[bool]:
        """Return whether samples are covered: one value if all agree, two if they do not."""
        results = {conf.covers(sample.path) for sample in self.samples}
        if len(results) < 2:
            return results
        # Paths that lead to other views do not count, unless all do.
        own = {conf.covers(sample.path) for sample in filter(self._leads_here, self.samples)}
        return own or results

    def _further_samples(self, urls_regex: str) -> Iterator[Sample]:
        """Yield more possible paths of the endpoint, with beginnings from `CORS_URLS_REGEX`."""
        outermost = self.patterns[0].pattern
        literal = f"/{outermost}" if is_literal(outermost) else "/"
        for beginning in sample_paths.beginnings(urls_regex):
            for sample in self.samples:
                for path in sample_paths.beginning_with(beginning, sample.path):
                    if path.startswith(literal):
                        yield sample._replace(path=path)

    def _leads_here(self, sample: Sample) -> bool:
        if not self._matches_outermost(sample):
            return False
        match = self._resolve(sample)
        if match is None or not (self._is_reached_by(match) or self._is_stand_in(match)):
            return False
        return all(str(match.kwargs.get(name)) == value for name, value in self.values.items())

    def _matches_outermost(self, sample: Sample) -> bool:
        """Whether the outermost pattern matches. This rules out most other paths cheaply."""
        pattern = self.patterns[0].pattern
        if is_literal(pattern):
            return sample.path.startswith(f"/{pattern}")  # _resolve() finds out about the rest
        try:
            with in_language(sample.language):
                return pattern.match(sample.path[1:]) is not None
        except Exception:  # noqa: BLE001 - as in _resolve()
            return False

    @cached_property
    def is_shadowed(self) -> bool:
        """Whether an earlier route to another view matches every request for this endpoint."""
        return bool(self._other_matches) and self._stand_in is None

    @property
    def reached_instead(self) -> ViewPolicies | None:
        """The view that requests for this endpoint reach, if an earlier route leads to another."""
        if not self.is_shadowed:
            return None
        match = self._other_matches[0]
        return resolvers.current().for_callback(match.func, url_name_of(match), is_covered=True)

    @cached_property
    def found_under(self) -> UrlName:
        """The URL name under which Django finds requests for the endpoint. It decides the policy.

        An earlier route to the same view may have another name: two names on one route.
        """
        if self._stand_in is None:
            return self.url_name
        return url_name_of(self._stand_in)

    @cached_property
    def _other_matches(self) -> tuple[ResolverMatch, ...]:
        """The matches of other routes for the samples; empty if a sample leads to the endpoint."""
        found = []
        # Usually the first sample decides. Each one costs a walk through the URLconf.
        for sample in self._all_samples():
            match = self._resolve(sample)
            if match is not None and self._is_reached_by(match):
                return ()
            if match is not None:
                found.append(match)
        return tuple(found)

    @cached_property
    def _stand_in(self) -> ResolverMatch | None:
        """The match that Django finds instead, if it has the same view and another name."""
        for match in self._other_matches:
            if is_same_view(match.func, self.callback):
                return match
        return None

    def _is_stand_in(self, match: ResolverMatch) -> bool:
        other = self._stand_in
        is_same_name = other is not None and url_name_of(match) == url_name_of(other)
        return is_same_name and is_same_view(match.func, self.callback)

    def _all_samples(self) -> Iterator[Sample]:
        yield from self._usual_samples()
        yield from self._sampled(sample_paths.EDGE_VALUES)

    def _resolve(self, sample: Sample) -> ResolverMatch | None:
        try:
            with in_language(sample.language):
                return self.site.resolve(sample.path)
        except Exception:  # noqa: BLE001 - Http404, or a converter of the project raises
            return None

    def _is_reached_by(self, match: ResolverMatch) -> bool:
        return match.func is self.callback and url_name_of(match) == self.url_name

    # Its policies

    def policies(self, *, is_covered: bool) -> ViewPolicies:
        """Return the policies in force.

        Args:
            is_covered: Whether for paths that `CORS_URLS_REGEX` covers, or for the others.
        """
        current = resolvers.current()
        # Without CORS_VIEW_POLICIES the name has no effect, and no sample has to be resolved.
        if current.conf.view_policies and self._stand_in is not None:
            match = self._stand_in
            return current.for_callback(match.func, url_name_of(match), is_covered=is_covered)
        return self._own_policies(is_covered=is_covered)

    def _own_policies(self, *, is_covered: bool) -> ViewPolicies:
        return resolvers.current().for_callback(self.callback, self.url_name, is_covered=is_covered)

    @cached_property
    def lost_key(self) -> str:
        """The key of `CORS_VIEW_POLICIES` for the own name, if it never applies; else "".

        It never applies if Django finds requests under another name, with other policies.
        """
        key = self._own_policies(is_covered=True).layers.view_policies_key
        # `found_under` costs a walk through the URLconf.
        if not key or self.found_under == self.url_name:
            return ""
        own = [self._own_policies(is_covered=is_covered) for is_covered in (True, False)]
        in_force = [self.policies(is_covered=is_covered) for is_covered in (True, False)]
        if key == in_force[0].layers.view_policies_key:
            return ""
        if any(lost.fault.reason == "lost-second-name" for lost in in_force[0].layers.lost):
            return key  # the resolver has closed the view because of it
        return "" if _are_same(own, in_force) else key

    def _depends_on_path(self, policy: EffectivePolicy, method: str) -> bool:
        """Whether paths that `CORS_URLS_REGEX` does not cover have another policy."""
        uncovered = self.policies(is_covered=False)
        return not uncovered.is_governed or uncovered.policies.of(method) != policy

    def static_policy(self, method: str) -> StaticPolicy:
        """Return the static policy of a method.

        Args:
            method: Upper-case. A method that the view does not have gets the policy of the class.
        """
        if self.places:
            return _common([place.static_policy(method) for place in self.places])
        coverage = self.coverage
        view = self.policies(is_covered=coverage is not Coverage.NONE)
        policy = view.policies.of(method)
        is_dynamic = bool(policy.origin_tests) and not policy.allow_all_origins
        if coverage is Coverage.SOME:
            is_dynamic = is_dynamic or self._depends_on_path(policy, method)
        is_dynamic = is_dynamic or _may_receiver_allow(view, policy)
        return StaticPolicy(
            policy=policy,
            is_governed=view.is_governed or is_dynamic,
            is_dynamic=is_dynamic,
            is_shadowed=self.is_shadowed,
        )


def _may_receiver_allow(view: ViewPolicies, policy: EffectivePolicy) -> bool:
    """Return whether a receiver of `check_request_enabled` may allow more origins."""
    is_open_to_all = view.is_covered and policy.allow_all_origins
    if view.declares or is_open_to_all:
        return False
    return check_request_enabled.has_listeners(None)


def _are_same(own: list[ViewPolicies], in_force: list[ViewPolicies]) -> bool:
    """Return whether policies are equal to those in force, and have no faults."""
    every = [policy for view in own for policy in (view.policies.general, *view.policies.by_method.values())]
    has_faults = any(policy.faults for policy in every)
    return not has_faults and [view.policies for view in own] == [view.policies for view in in_force]


def _common(static_policies: Sequence[StaticPolicy]) -> StaticPolicy:
    """Return one policy for several endpoints.

    If they differ, it is the first that allows any origin, and it counts as dynamic.
    """
    first = next((one for one in static_policies if one.is_enabled), static_policies[0])
    if first.is_enabled and static_policies.count(first) < len(static_policies):
        return replace(first, is_dynamic=True)
    return first
