"""From a request to the policies that judge it. Middleware, schema, command and checks all ask here.

The view is the one Django's own resolver picks for this request. Its policies are merged once per callback
and kept as long as the callback lives; changed settings (`override_settings` in tests) drop everything.
"""

from __future__ import annotations

import functools
import logging
import weakref
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.urls import get_resolver
from django.utils import translation

from drf_cors import conf as settings
from drf_cors import urlconfs
from drf_cors.core.errors import logged_text
from drf_cors.core.merge import EffectivePolicy, Layer, merge
from drf_cors.core.url_policies import UrlPolicies
from drf_cors.error_views import declaring_error_views
from drf_cors.layers import Lost, UrlName, ViewLayers
from drf_cors.lost import view_layers
from drf_cors.site_routes import SiteRoutes, url_name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.urls import ResolverMatch

    from drf_cors.conf import CorsSettings

logger = logging.getLogger("drf_cors")

#: How many URLconfs are learned from requests. A site with more has one for each tenant.
MAX_LEARNED: Final = 100

NO_VIEW: Final = ViewLayers(name="", view_class=None, methods=None)


@dataclass(frozen=True, kw_only=True)
class ViewPolicies:
    """The policies of one view behind one URL.

    Attributes:
        layers: What is declared for it, and what it is.
        policies: The policies by method.
        is_covered: Whether the URL is covered by `CORS_URLS_REGEX`.
        declares: Whether the view declares a policy of its own.
        is_governed: Whether any policy applies to this URL. Where none does, requests pass unchanged.
    """

    layers: ViewLayers
    policies: UrlPolicies
    is_covered: bool
    # Plain attributes: they are read for each request.
    declares: bool = field(init=False)
    is_governed: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "declares", self.layers.declares)
        object.__setattr__(self, "is_governed", self.is_covered or self.layers.declares)


#: Where CORS_VIEW_POLICIES is set, by the name of the URL too. Without it the name decides nothing, and one entry
#: serves all routes to the view.
_Key = tuple[UrlName, bool] | bool
_Views = dict[_Key, ViewPolicies]


class Resolver:
    """The merged policies of a site, under one set of settings.

    Args:
        conf: What the settings say.
    """

    def __init__(self, conf: CorsSettings) -> None:
        self.conf = conf
        self._do_names_decide = bool(conf.view_policies)
        # By the callback's id: half the cost of a WeakKeyDictionary, and callbacks need not be hashable. An entry
        # goes with its callback, before the id can be given to another.
        self._views: dict[int, _Views] = {}
        self._met: dict[int, _Views] = {}  # by requests
        self._alive: dict[int, weakref.ref[Callable[..., Any]]] = {}
        self._told: set[str] = set()
        self._learned: dict[Any, None] = {}
        #: Routes whose requests middleware below leads to a view with other policies; None stands for "no route".
        self._diverted: set[tuple[str, UrlName] | None] = set()

    def for_match(self, match: ResolverMatch | None, is_covered: bool) -> ViewPolicies:
        """Return the policies of the view Django's resolver found; the site's own where it found none.

        For requests: what is wrong with the policies is logged when the first one meets them. Checks and lists, which
        tell it in their own way, ask `for_callback`.
        """
        if match is None:
            return self._without_view[is_covered]
        key: _Key = is_covered
        if self._do_names_decide:
            key = (url_name_of(match), is_covered)
        try:
            found = self._met[id(match.func)][key]
        except KeyError:
            return self._meet(match, key, is_covered=is_covered)
        if found.layers.watched and found.layers.is_outdated:
            return self._meet(match, key, is_covered=is_covered)
        return found

    @functools.cached_property
    def _without_view(self) -> dict[bool, ViewPolicies]:
        """The policies of paths without a view, by whether `CORS_URLS_REGEX` covers them.

        Made when the first is asked for: the URLconf is not imported before.
        """
        lost = tuple(self.error_views)
        layers = replace(NO_VIEW, lost=lost)
        above = tuple(Layer(policy=None, source=one.source, lost=one.fault) for one in lost[:1])
        made: dict[bool, ViewPolicies] = {}
        for is_covered in (True, False):
            below = self.conf.covered if is_covered else self.conf.uncovered
            policies = UrlPolicies(merge((*below, *above)), has_view=False)
            made[is_covered] = ViewPolicies(layers=layers, policies=policies, is_covered=is_covered)
        self._tell_faults(made[True])
        return made

    @functools.cached_property
    def error_views(self) -> tuple[Lost, ...]:
        """What views declare that answer where no view of the URLconf does: `handler404`, `CSRF_FAILURE_VIEW`."""
        return tuple(declaring_error_views(self._urlconfs, self.conf))

    def learn(self, urlconf: Any) -> None:
        """Learn a URLconf that a request brings: no setting need name it.

        Only the first `MAX_LEARNED` count. What was found without a new one is forgotten: it may have routes to the
        views that are known, and to more methods of them.
        """
        try:
            is_known = urlconf is None or urlconf in self._learned
        except TypeError:  # it cannot be hashed; Django cannot use it either
            return
        if is_known or len(self._learned) == MAX_LEARNED:
            return
        is_new = not any(urlconf == known for known in self._urlconfs)
        self._learned[urlconf] = None
        if is_new:
            for name in ("_urlconfs", "_routes", "error_views", "_without_view"):
                vars(self).pop(name, None)
            self._views.clear()
            self._met.clear()

    def _meet(self, match: ResolverMatch, key: _Key, *, is_covered: bool) -> ViewPolicies:
        learned = len(self._learned)
        found = self.for_callback(match.func, url_name_of(match), is_covered=is_covered)
        self._tell_faults(found)
        number = id(match.func)
        # Not where another thread has learned a URLconf meanwhile.
        if number in self._views and learned == len(self._learned):
            self._met.setdefault(number, {})[key] = found
        return found

    def for_callback(self, callback: Callable[..., Any], url_name: UrlName, *, is_covered: bool) -> ViewPolicies:
        """Return the policies of a callback of a URLconf. Merged at the first call, then looked up."""
        views = self._views_of(callback)
        key: _Key = (url_name, is_covered) if self._do_names_decide else is_covered
        found = views.get(key)
        if found is None or found.layers.is_outdated:
            found = views[key] = self._merge(callback, url_name, is_covered=is_covered)
        return found

    def _views_of(self, callback: Callable[..., Any]) -> _Views:
        number = id(callback)
        views = self._views.get(number)
        if views is None:
            try:
                self._alive[number] = weakref.ref(callback, functools.partial(self._drop, number))
            except TypeError:  # an object with __slots__ cannot be referred to weakly; merged anew each time
                return {}
            views = self._views[number] = {}
        return views

    def _drop(self, number: int, _: object) -> None:
        for known in (self._views, self._met, self._alive):
            known.pop(number, None)

    def _merge(self, callback: Callable[..., Any], url_name: UrlName, *, is_covered: bool) -> ViewPolicies:
        routes = self._routes
        layers = view_layers(callback, url_name, self.conf, routes.arguments_of(callback))
        view_class = layers.view_class
        lost = [one for one in layers.lost if not routes.is_in_force_elsewhere(one, view_class)]
        lost += routes.unreached(layers)
        lost += routes.under_second_names(callback, url_name)
        lost += routes.on_second_routes(callback, url_name)
        layers = replace(layers, lost=tuple(lost))
        below = (*(self.conf.covered if is_covered else self.conf.uncovered), *layers.general)
        # A declaration that is not in force closes the whole view: nobody knows what it would have closed.
        above = tuple(Layer(policy=None, source=lost.source, lost=lost.fault) for lost in layers.lost[:1])
        merged: dict[int, EffectivePolicy] = {}

        def policy_of(method: str) -> EffectivePolicy:
            own = layers.by_method.get(method)
            if id(own) not in merged:
                merged[id(own)] = merge((*below, *((own,) if own is not None else ()), *above))
            return merged[id(own)]

        general = policy_of("")
        methods = layers.methods if layers.methods is not None else layers.by_method.keys()
        by_method = {method: policy_of(method) for method in sorted(methods)}
        policies = UrlPolicies(
            general,
            by_method,
            are_methods_known=layers.methods is not None,
            has_own_head=layers.has_own_head,
        )
        return ViewPolicies(layers=layers, policies=policies, is_covered=is_covered)

    @functools.cached_property
    def _urlconfs(self) -> list[Any]:
        """The URLconfs that are known: what `request.urlconf` may be, the root one first."""
        try:
            named = [urlconf.value for urlconf in urlconfs.of_site(self.conf)]
        except Exception:  # noqa: BLE001 - the hosts of a project may raise anything; the check reports it
            named = [self.conf.root_urlconf]
        return [*named, *(urlconf for urlconf in self._learned if urlconf not in named)]

    @functools.cached_property
    def _routes(self) -> SiteRoutes:
        return SiteRoutes(self.conf, self._urlconfs)

    def _tell_faults(self, view: ViewPolicies) -> None:
        for policy in (view.policies.general, *view.policies.by_method.values()):
            for fault, sources in policy.faults:
                effect = "nobody is allowed" if policy.is_broken else "credentials are off"
                self.tell_once(f"{view.layers.name}: {effect}: {fault} Declared by {' and '.join(map(str, sources))}.")

    def tell_once(self, message: str) -> None:
        """Log an error about the project's own code; once, however many requests meet it."""
        if message not in self._told:
            self._told.add(message)
            logger.error("%s", logged_text(message))

    def note_diverted(self, request: HttpRequest, path_info: str, urlconf: Any, ran: ViewPolicies) -> None:
        """Note that middleware below led a request to another view than its path and URLconf say.

        Preflights stay above that middleware. Where the view that ran has other policies, the preflights for the route
        that was found above are refused from now on: nobody knows for which view they are.

        Args:
            request: As it came back.
            path_info: Its path when it came.
            urlconf: Its `urlconf` when it came, None where it had none.
            ran: The policies of the view that ran.
        """
        match = self._find(request, path_info, urlconf)
        found = self.for_match(match, is_covered=ran.is_covered)
        methods = {"", *found.policies.by_method, *ran.policies.by_method}
        if any(found.policies.of(method) != ran.policies.of(method) for method in methods):
            self._diverted.add(_route_of(match))

    def is_diverted(self, match: ResolverMatch | None) -> bool:
        """Whether requests for a route were led to a view with other policies; see `note_diverted`."""
        return bool(self._diverted) and _route_of(match) in self._diverted

    def find(self, request: HttpRequest) -> ResolverMatch | None:
        """Return what Django's resolver will find for a request that no view has seen yet.

        Honours `request.urlconf`. A missing slash that Django will append is looked through.
        """
        return self._find(request, request.path_info, getattr(request, "urlconf", None))

    def _find(self, request: HttpRequest, path_info: str, urlconf: Any) -> ResolverMatch | None:
        match = self.find_path(request, path_info, urlconf)
        if match is None and self.conf.append_slash and not path_info.endswith("/"):
            match = self.find_path(request, path_info + "/", urlconf)
            if match is not None and not getattr(match.func, "should_append_slash", True):
                return None
        return match

    def find_path(self, request: HttpRequest, path_info: str, urlconf: Any) -> ResolverMatch | None:
        """Return what Django's resolver finds for a path, or None.

        Args:
            request: For its language.
            path_info: The path.
            urlconf: A `request.urlconf`; None stands for the root URLconf.
        """
        urlconf = urlconf or self.conf.root_urlconf
        try:
            language = self._language(request, path_info, urlconf)
            if language is None:
                return get_resolver(urlconf).resolve(path_info)
            with translation.override(language):
                return get_resolver(urlconf).resolve(path_info)
        except Exception:  # noqa: BLE001 - Http404; or a broken URLconf or converter: Django meets it too, and reports it
            return None

    def _language(self, request: HttpRequest, path_info: str, urlconf: str) -> str | None:
        """Return the language in which a path will be resolved, or None where routes depend on none.

        As `LocaleMiddleware` picks it. That stands below ours, so the thread still holds the language of the request
        before.
        """
        has_prefixes, prefixes_default = is_language_prefix_patterns_used(urlconf)
        if not has_prefixes and not self.conf.reads_languages:
            return None
        if not self.conf.reads_languages and path_info.startswith(f"/{self.conf.language_code}/"):
            return self.conf.language_code  # Django's default is en-us, which is not among its LANGUAGES
        from_path = translation.get_language_from_path(path_info)
        if not self.conf.reads_languages or (has_prefixes and not prefixes_default and not from_path):
            return from_path or self.conf.language_code
        return from_path if has_prefixes and from_path else translation.get_language_from_request(request)

    def find_redirect(self, request: HttpRequest, location: str) -> ResolverMatch | None:
        """Return the view on this host that a redirect leads to, or None.

        Args:
            request: The request that is redirected.
            location: The `Location` header of the answer.
        """
        try:
            target = urlsplit(location)
        except ValueError:
            return None
        if target.netloc and target.netloc != request.META.get("HTTP_HOST", request.META.get("SERVER_NAME")):
            return None
        script_name = request.path.removesuffix(request.path_info)
        path = unquote(target.path)
        if not path.startswith(script_name):
            return None
        return self.find_path(request, path.removeprefix(script_name), getattr(request, "urlconf", None))


def _route_of(match: ResolverMatch | None) -> tuple[str, UrlName] | None:
    return None if match is None else (match.route, url_name_of(match))


#: The resolver of the process; None until somebody asks for it, and again when a setting has changed.
known: Resolver | None = None


def current() -> Resolver:
    """Return the resolver for the settings as they are now.

    Raises:
        CorsConfigurationError: Where a `CORS_*` setting is wrong. The middleware asks when it is built, so a
        server does not start.
    """
    global known  # noqa: PLW0603 - `setting_changed` drops it
    if known is None:
        known = Resolver(settings.load())
    return known


@receiver(setting_changed)
def _forget(**_: object) -> None:
    global known  # noqa: PLW0603 - see current()
    known = None
