"""Finds the policies that apply to a request. Middleware, schema, command and checks all use it.

Django's own resolver picks the view. The policies of a view are merged once per callback and
cached as long as the callback lives. Changed settings (`override_settings` in tests) clear the
cache.
"""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from django.core.signals import setting_changed
from django.dispatch import receiver

from drf_cors import conf as settings
from drf_cors import urlconfs
from drf_cors.core.errors import logged_text
from drf_cors.core.merge import EffectivePolicy, Layer, merge
from drf_cors.core.policy import CorsPolicy
from drf_cors.core.url_policies import UrlPolicies
from drf_cors.core.verdict import VerdictsOnMethods
from drf_cors.error_views import declaring_error_views
from drf_cors.identity import NumberedRef
from drf_cors.lost import called_at_request, view_layers
from drf_cors.one_pass import one_pass
from drf_cors.route_finder import RouteFinder
from drf_cors.site_routes import SiteRoutes, url_name_of
from drf_cors.unreadable import UnreadableLog
from drf_cors.view_layers import Lost, UrlName, ViewLayers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import HttpRequest
    from django.urls import ResolverMatch

    from drf_cors.conf import CorsSettings

logger = logging.getLogger("drf_cors")

#: How many URLconfs are learned from requests. A site with more has one URLconf per tenant.
MAX_LEARNED: Final = 100

#: The policies by method of a view whose methods are not known.
NO_METHODS: Final[Mapping[str, EffectivePolicy]] = MappingProxyType({})

NO_VIEW: Final = ViewLayers(name="", view_class=None, methods=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewPolicies:
    """The policies of one view behind one URL.

    Attributes:
        layers: What the view is, and what is declared for it.
        policies: Its policies, by method.
        is_covered: Whether the URL is covered by `CORS_URLS_REGEX`.
        declares: Whether the view declares a policy of its own.
        is_governed: Whether any policy applies to this URL. If none does, responses are not
            changed.
        is_watched: Whether a policy may be assigned to the view later.
        verdicts: The verdicts on actual requests, without the reason of a refusal.
    """

    layers: ViewLayers
    policies: UrlPolicies
    is_covered: bool
    # Plain attributes instead of properties: each request reads them.
    declares: bool = field(init=False)
    is_governed: bool = field(init=False)
    is_watched: bool = field(init=False)
    verdicts: VerdictsOnMethods = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_watched", bool(self.layers.watched))
        object.__setattr__(self, "verdicts", VerdictsOnMethods(self.policies))
        object.__setattr__(self, "declares", self.layers.declares)
        object.__setattr__(self, "is_governed", self.is_covered or self.layers.declares)


#: The key of an entry in the cache. The URL name is part of it only if CORS_VIEW_POLICIES is set. If
#: it is not, all routes to the view share one entry.
_Key = tuple[UrlName, bool] | bool
_Views = dict[_Key, ViewPolicies]


class Resolver(RouteFinder):
    """The merged policies of a site, under one set of settings.

    Args:
        conf: The settings.
    """

    def __init__(self, conf: CorsSettings) -> None:
        super().__init__(conf)
        self._has_view_policies = bool(conf.view_policies)
        # The key is the callback's id: half the cost of a WeakKeyDictionary, and callbacks need not
        # be hashable. An entry is removed with its callback, before the id can be used again.
        self._views: dict[int, _Views] = {}
        #: The part of `_views` that requests have used: its faults are logged.
        self._logged_views: dict[int, _Views] = {}
        #: The id of a callback -> the policies of a covered URL, after the first request for it; empty
        #: if CORS_VIEW_POLICIES is set. A part of `_logged_views` that is found faster.
        self.in_use: dict[int, ViewPolicies] = {}
        self._alive: dict[int, NumberedRef] = {}
        #: (is covered, methods, whether HEAD has a handler) -> the policies of views that declare
        #: nothing. Views have few different sets of methods.
        self._settings_policies: dict[tuple[bool, frozenset[str] | None, bool], UrlPolicies] = {}
        self._drop = self._forget_callback  # one bound method for all callbacks
        self._logged: set[str] = set()
        #: For requests under `DEBUG`.
        self.unreadable = UnreadableLog()
        self._learned: dict[Any, None] = {}
        #: The id of a callback -> why it is closed since a request; see `close`.
        self._closed: dict[int, Lost] = {}
        #: Routes for which middleware below selects a view with other policies. None means "no
        #: route".
        self._diverted: set[tuple[str, UrlName] | None] = set()

    def for_match(self, match: ResolverMatch | None, is_covered: bool) -> ViewPolicies:
        """Return the policies of the view that Django's resolver found; without a view, the site's.

        The first request for a view logs the faults of its policies. Checks and commands use
        `for_callback`, which does not log.
        """
        if match is None:
            return self._without_view[is_covered]
        key: _Key = is_covered
        if self._has_view_policies:
            key = (url_name_of(match), is_covered)
        try:
            found = self._logged_views[id(match.func)][key]
        except KeyError:
            return self._find_and_log(match, key, is_covered=is_covered)
        if found.is_watched and found.layers.is_outdated:
            return self._find_and_log(match, key, is_covered=is_covered)
        return found

    @functools.cached_property
    def _without_view(self) -> dict[bool, ViewPolicies]:
        """The policies of paths without a view, by whether `CORS_URLS_REGEX` covers them.

        Merged at the first such request, so that the URLconf is not imported before.
        """
        lost = tuple(self.error_views)
        layers = replace(NO_VIEW, lost=lost)
        above = tuple(Layer(policy=None, source=one.source, lost=one.fault) for one in lost[:1])
        found: dict[bool, ViewPolicies] = {}
        for is_covered in (True, False):
            below = self.conf.site_layers(is_covered=is_covered)
            policies = UrlPolicies(merge((*below, *above)), has_view=False)
            found[is_covered] = ViewPolicies(layers=layers, policies=policies, is_covered=is_covered)
        self._log_faults(found[True])
        return found

    @functools.cached_property
    def error_views(self) -> tuple[Lost, ...]:
        """What error views declare, such as `handler404` and `CSRF_FAILURE_VIEW`."""
        return tuple(declaring_error_views(self._urlconfs, self.conf))

    def learn(self, urlconf: Any) -> None:
        """Note a URLconf that a request uses, because no setting has to name it.

        Only the first `MAX_LEARNED` are noted. A new URLconf clears the cache: it may have routes
        to cached views, and to more methods of them.

        Args:
            urlconf: The `request.urlconf`.
        """
        try:
            is_known = urlconf is None or urlconf in self._learned
        except TypeError:  # it is not hashable, so Django cannot use it either
            return
        if is_known or len(self._learned) == MAX_LEARNED:
            return
        is_new = not any(urlconf == other for other in self._urlconfs)
        self._learned[urlconf] = None
        if is_new:
            for name in ("_urlconfs", "_routes", "error_views", "_without_view"):
                vars(self).pop(name, None)
            self._views.clear()
            self._logged_views.clear()
            self.in_use.clear()

    def _find_and_log(self, match: ResolverMatch, key: _Key, *, is_covered: bool) -> ViewPolicies:
        learned = len(self._learned)
        found = self.for_callback(match.func, url_name_of(match), is_covered=is_covered)
        self._log_faults(found)
        number = id(match.func)
        # Another thread may have noted a new URLconf since.
        if number in self._views and learned == len(self._learned):
            self._logged_views.setdefault(number, {})[key] = found
            if is_covered and not self._has_view_policies:
                self.in_use[number] = found
        return found

    def for_callback(self, callback: Callable[..., Any], url_name: UrlName, *, is_covered: bool) -> ViewPolicies:
        """Return the policies of a callback of a URLconf. The first call merges them.

        Args:
            callback: The callback.
            url_name: The name of the URL pattern.
            is_covered: Whether `CORS_URLS_REGEX` covers the URL.
        """
        views = self._views_of(callback)
        found = views.get(self._key(url_name, is_covered=is_covered))
        if found is None or found.layers.is_outdated:
            # The declarations are the same for both, and only the settings below them differ.
            other = views.get(self._key(url_name, is_covered=not is_covered))
            if other is not None and not other.layers.is_outdated:
                found = self._merge(other.layers, is_covered=is_covered)
            else:
                found = self._merge(self._layers(callback, url_name), is_covered=is_covered)
            views[self._key(url_name, is_covered=is_covered)] = found
        return found

    def _key(self, url_name: UrlName, *, is_covered: bool) -> _Key:
        if self._has_view_policies:
            return url_name, is_covered
        return is_covered

    def _views_of(self, callback: Callable[..., Any]) -> _Views:
        number = id(callback)
        views = self._views.get(number)
        if views is None:
            try:
                alive = NumberedRef(callback, self._drop)
            except TypeError:  # an object with __slots__ has no weak references
                return {}  # so its policies are merged at each call
            alive.number = number
            self._alive[number] = alive
            views = self._views[number] = {}
        return views

    def _forget_callback(self, callback: NumberedRef) -> None:
        self._views.pop(callback.number, None)
        self._logged_views.pop(callback.number, None)
        self.in_use.pop(callback.number, None)
        self._closed.pop(callback.number, None)
        self._alive.pop(callback.number, None)

    def _merge(self, layers: ViewLayers, *, is_covered: bool) -> ViewPolicies:
        if not layers.declares:
            return self._merge_settings(layers, is_covered=is_covered)
        below = (*self.conf.site_layers(is_covered=is_covered), *layers.general)
        # A declaration that is not in force closes the whole view, because it may have closed any
        # part.
        first_lost = layers.lost[:1]
        above = tuple(Layer(policy=None, source=one.source, lost=one.fault) for one in first_lost)
        merged: dict[int, EffectivePolicy] = {}

        def policy_of(method: str) -> EffectivePolicy:
            own = layers.by_method.get(method)
            if id(own) not in merged:
                layers_of_method = () if own is None else (own,)
                merged[id(own)] = merge((*below, *layers_of_method, *above))
            return merged[id(own)]

        general = policy_of("")
        methods = layers.methods
        if methods is None:
            methods = frozenset(layers.by_method)
        by_method = {method: policy_of(method) for method in sorted(methods)} or NO_METHODS
        policies = UrlPolicies(
            general,
            by_method,
            are_methods_known=layers.methods is not None,
            has_own_head=layers.has_own_head,
        )
        return ViewPolicies(layers=layers, policies=policies, is_covered=is_covered)

    def _merge_settings(self, layers: ViewLayers, *, is_covered: bool) -> ViewPolicies:
        """Return the policies that all undeclared views with the same methods share."""
        key = (is_covered, layers.methods, layers.has_own_head)
        policies = self._settings_policies.get(key)
        if policies is None:
            general = self._without_declarations[is_covered]
            policies = UrlPolicies(
                general,
                dict.fromkeys(sorted(layers.methods or ()), general),
                are_methods_known=layers.methods is not None,
                has_own_head=layers.has_own_head,
            )
            self._settings_policies[key] = policies
        return ViewPolicies(layers=layers, policies=policies, is_covered=is_covered)

    @functools.cached_property
    def _without_declarations(self) -> dict[bool, EffectivePolicy]:
        """The policy of the settings, by whether `CORS_URLS_REGEX` covers the URL."""
        return {True: merge(self.conf.covered), False: merge(self.conf.uncovered)}

    def _layers(self, callback: Callable[..., Any], url_name: UrlName) -> ViewLayers:
        """Return the layers of a callback, with what is lost because of the routes of the site."""
        routes = self._routes
        with one_pass():
            layers = view_layers(callback, url_name, self.conf, routes.arguments_of(callback))
            view_class = layers.view_class
            lost = [one for one in layers.lost if not routes.is_in_force_elsewhere(one, view_class)]
            lost += routes.unreached(layers)
            lost += routes.under_second_names(callback, url_name)
            lost += routes.on_second_routes(callback, url_name)
        if id(callback) in self._closed:
            lost.append(self._closed[id(callback)])
        return replace(layers, lost=tuple(lost))

    @functools.cached_property
    def _urlconfs(self) -> list[Any]:
        """What `request.urlconf` may be: the URLconfs of the settings, and those of requests."""
        try:
            named = [urlconf.value for urlconf in urlconfs.of_site(self.conf)]
        except Exception:  # noqa: BLE001 - the module of hosts may raise; a check reports it
            named = [self.conf.root_urlconf]
        return [*named, *(urlconf for urlconf in self._learned if urlconf not in named)]

    @functools.cached_property
    def _routes(self) -> SiteRoutes:
        return SiteRoutes(self.conf, self._urlconfs)

    def _log_faults(self, view: ViewPolicies) -> None:
        for policy in (view.policies.general, *view.policies.by_method.values()):
            for fault, sources in policy.faults:
                effect = "credentials are off"
                if policy.is_broken:
                    effect = "nobody is allowed"
                declared_by = " and ".join(map(str, sources))
                self.log_once(f"{view.layers.name}: {effect}: {fault} Declared by {declared_by}.")

    def log_once(self, message: str) -> None:
        """Log an error in the project's own code once, not for each request.

        Args:
            message: The text of the log line.
        """
        if message not in self._logged:
            self._logged.add(message)
            logger.error("%s", logged_text(message))

    def note_diverted(self, request: HttpRequest, path_info: str, urlconf: Any, ran: ViewPolicies) -> None:
        """Note that middleware below changed which view handles a request.

        That middleware does not see preflights. If the view that ran has other policies, preflights
        for the route are refused from now on: it is not known for which view they are.

        Args:
            request: The request, with its response.
            path_info: Its path when it arrived.
            urlconf: Its `urlconf` when it arrived, None if it had none.
            ran: The policies of the view that ran.
        """
        match = self._find(request, path_info, urlconf)
        found = self.for_match(match, is_covered=ran.is_covered)
        methods = {"", *found.policies.by_method, *ran.policies.by_method}
        if any(found.policies.of(method) != ran.policies.of(method) for method in methods):
            self._diverted.add(_route_of(match))

    def find_not_in_force(self, declared: Sequence[tuple[str, object]], view: ViewPolicies, method: str) -> str:
        """Return the name of a declaring view whose policy is not in force at another view.

        Policies are in force if they are among those of the other view, and one of them is its
        strongest.

        Args:
            declared: What other views declare: their names, each with a policy or the name of one.
            view: The policies of the view that answers.
            method: The method.

        Returns:
            The name, "" if all are in force.
        """
        layers = (*view.layers.general, view.layers.by_method.get(method))
        policies = [layer.policy for layer in layers if layer is not None]
        is_strongest = not declared
        for name, value in declared:
            policy = self.conf.policies.get(value) if isinstance(value, str) else value
            if not isinstance(policy, CorsPolicy) or policy.is_off:
                is_in_force = is_last = view.policies.of(method).is_nobody
            else:
                is_in_force = policy in policies
                is_last = is_in_force and policies[-1] == policy
            if not is_in_force:
                return name
            is_strongest = is_strongest or is_last
        return "" if is_strongest else declared[-1][0]

    def close(self, match: ResolverMatch, name: str) -> bool:
        """Close the view of a route, which calls another view whose policy is not in force.

        Args:
            match: The route.
            name: The name of the other view.

        Returns:
            Whether it is closed. A callback without weak references cannot be.
        """
        callback = match.func
        view_name = self.for_callback(callback, url_name_of(match), is_covered=True).layers.name
        if id(callback) not in self._alive:
            return False
        self._closed[id(callback)] = called_at_request(view_name, name)
        self._views.pop(id(callback), None)
        self._logged_views.pop(id(callback), None)
        self.in_use.pop(id(callback), None)
        return True

    def is_diverted(self, match: ResolverMatch | None) -> bool:
        """Return whether another view than the found one handles a route; see `note_diverted`."""
        return bool(self._diverted) and _route_of(match) in self._diverted


def _route_of(match: ResolverMatch | None) -> tuple[str, UrlName] | None:
    if match is None:
        return None
    return match.route, url_name_of(match)


#: The resolver of the process. None before the first call of `current()`, and after a setting
#: changes.
current_resolver: Resolver | None = None


def current() -> Resolver:
    """Return the resolver for the settings as they are now.

    Raises:
        CorsConfigurationError: If a `CORS_*` setting is wrong. The middleware calls this when it is
            built, so a server does not start.
    """
    global current_resolver  # noqa: PLW0603 - `setting_changed` clears it
    if current_resolver is None:
        current_resolver = Resolver(settings.load())
    return current_resolver


@receiver(setting_changed)
def _forget(**_: object) -> None:
    global current_resolver  # noqa: PLW0603 - see current()
    current_resolver = None
