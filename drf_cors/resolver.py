"""From a request to the policies that judge it. Middleware, schema, command and checks all ask here.

The view is the one Django's own resolver picks for this request. Its policies are merged once per callback
and kept as long as the callback lives; changed settings (`override_settings` in tests) drop everything.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.urls import URLResolver, get_resolver
from django.utils import translation

from drf_cors import conf as settings
from drf_cors import samples, urlconfs
from drf_cors.core.errors import logged_text
from drf_cors.core.merge import EffectivePolicy, Layer, merge
from drf_cors.core.url_policies import UrlPolicies
from drf_cors.held import is_same_view, own_attributes, unwrapped
from drf_cors.layers import Lost, UrlName, ViewLayers, full_name
from drf_cors.lost import second_name, unreached, view_layers
from drf_cors.members import chain_marks
from drf_cors.view_facts import ViewFacts

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import ResolverMatch

    from drf_cors.conf import Conf

logger = logging.getLogger("drf_cors")

NO_VIEW: Final = ViewLayers(name="", view_class=None, methods=None)


@dataclass(frozen=True, kw_only=True)
class ViewPolicies:
    """The policies of one view behind one URL.

    Attributes:
        layers: What is declared for it, and what it is.
        policies: The policies by method.
        is_covered: Whether the URL is covered by `CORS_URLS_REGEX`.
    """

    layers: ViewLayers
    policies: UrlPolicies
    is_covered: bool

    @functools.cached_property
    def declares(self) -> bool:
        """Whether the view declares a policy of its own."""
        return self.layers.declares

    @functools.cached_property
    def is_governed(self) -> bool:
        """Whether any policy is over this URL. Where none is, requests pass untouched."""
        return self.is_covered or self.layers.declares


#: Where CORS_VIEW_POLICIES is set, by the name of the URL too. Without it the name decides nothing, and one entry
#: serves all routes to the view.
_Key = tuple[UrlName, bool] | bool
_Views = dict[_Key, ViewPolicies]


class _Routed(NamedTuple):
    """What the routes of a site reach.

    Attributes:
        actions: Class -> the actions and handlers of it, and of the classes below it.
        declared: The ids of the marks and classes that are in force at a route.
    """

    actions: dict[type, frozenset[str]]
    declared: frozenset[int]


class Resolver:
    """The merged policies of a site, under one set of settings.

    Args:
        conf: What the settings say.
    """

    def __init__(self, conf: Conf) -> None:
        self.conf = conf
        self._do_names_decide = bool(conf.view_policies)
        # By the callback's id: half the cost of a WeakKeyDictionary, and callbacks need not be hashable. An entry
        # goes with its callback, before the id can be given to another.
        self._views: dict[int, _Views] = {}
        self._met: dict[int, _Views] = {}  # by requests
        self._alive: dict[int, weakref.ref[Callable[..., Any]]] = {}
        self._told: set[str] = set()
        #: Routes whose requests middleware below leads to a view with other policies; None stands for "no route".
        self._diverted: set[tuple[str, UrlName] | None] = set()
        self._without_view = {
            is_covered: ViewPolicies(
                layers=NO_VIEW,
                policies=UrlPolicies(merge(conf.covered if is_covered else conf.uncovered), has_view=False),
                is_covered=is_covered,
            )
            for is_covered in (True, False)
        }

    def for_match(self, match: ResolverMatch | None, is_covered: bool) -> ViewPolicies:
        """Return the policies of the view Django's resolver found; the site's own where it found none.

        For requests: what is wrong with the policies is logged when the first one meets them. Checks and lists, which
        tell it in their own way, ask `for_callback`.
        """
        if match is None:
            return self._without_view[is_covered]
        key: _Key = is_covered
        if self._do_names_decide:
            key = (_name_of(match), is_covered)
        try:
            found = self._met[id(match.func)][key]
        except KeyError:
            return self._meet(match, key, is_covered=is_covered)
        return self._meet(match, key, is_covered=is_covered) if found.layers.is_outdated else found

    def _meet(self, match: ResolverMatch, key: _Key, *, is_covered: bool) -> ViewPolicies:
        found = self.for_callback(match.func, _name_of(match), is_covered=is_covered)
        self._tell_faults(found)
        number = id(match.func)
        if number in self._views:
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
        layers = view_layers(callback, url_name, self.conf, self._arguments.get(id(callback), ()))
        lost = [found for found in layers.lost if not self._is_in_force_elsewhere(found)]
        lost += [*self._unreached(layers), *self._under_second_names(callback, url_name)]
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

    def _unreached(self, layers: ViewLayers) -> Iterator[Lost]:
        """Yield the declarations for methods of a viewset that no route of the URLconf reaches."""
        view_class = layers.view_class
        if not layers.unrouted or view_class is None or view_class not in self._routed.actions:
            return  # nothing to look for; or the view is in a URLconf that is not known here
        for found in layers.unrouted:
            if found.name not in self._routed.actions[found.owner]:
                yield unreached(found, self._routed.actions[view_class], view_class)

    def _under_second_names(self, callback: Callable[..., Any], url_name: UrlName) -> Iterator[Lost]:
        """Yield the keys of `CORS_VIEW_POLICIES` for a later pattern with the same route and view: never in force."""
        for key, view in self._second_names.get(url_name, ()):
            own = self.conf.view_policies.get(full_name(url_name))
            if self.conf.view_policies[key] != own and is_same_view(view, callback):
                yield second_name(key, full_name(url_name))

    @functools.cached_property
    def _second_names(self) -> dict[UrlName, list[tuple[str, Callable[..., Any]]]]:
        """Name under which requests are found -> keys that name later patterns to the same view, and their views."""
        found: dict[UrlName, list[tuple[str, Callable[..., Any]]]] = {}
        if not self._do_names_decide:
            return found
        for urlconf in self._urlconfs:
            for chain, namespaces in _chains(urlconf):
                name = UrlName(chain[-1].name or "", namespaces)
                if full_name(name) not in self.conf.view_policies:
                    continue
                found_under = self._found_under(urlconf, chain, name)
                if found_under != name:
                    found.setdefault(found_under, []).append((full_name(name), chain[-1].callback))
        return found

    def _found_under(self, urlconf: Any, chain: Sequence[Any], name: UrlName) -> UrlName:
        """Return the URL name under which Django finds the paths of a pattern, if that leads to the same view."""
        values = samples.candidates(self.conf.urls_regex.pattern)
        pieces = [samples.fill(pattern.pattern, values, {}) for pattern in chain]
        found_under = name
        for path in samples.joined(pieces):
            with contextlib.suppress(Exception):  # Http404, or a converter of the project that raises
                match = get_resolver(urlconf).resolve(f"/{path}")
                if match.func is chain[-1].callback and _name_of(match) == name:
                    return name
                if is_same_view(match.func, chain[-1].callback):
                    found_under = _name_of(match)
        return found_under

    @functools.cached_property
    def _urlconfs(self) -> list[Any]:
        """The URLconfs that are known: what `request.urlconf` may be, the root one first."""
        try:
            return [urlconf.value for urlconf in urlconfs.of_site(self.conf)]
        except Exception:  # noqa: BLE001 - the hosts of a project may raise anything; the check reports it
            return [self.conf.root_urlconf]

    def _is_in_force_elsewhere(self, lost: Lost) -> bool:
        """Whether what was found beside a view is a view with a route of its own, in a registry for example."""
        in_force = self._routed.declared if lost.unless_routed else frozenset()
        return bool(lost.unless_routed) and all(id(declared) in in_force for declared in lost.unless_routed)

    @functools.cached_property
    def _arguments(self) -> dict[int, list[object]]:
        """The id of a callback -> what its routes pass to it: the values of `path(route, view, kwargs)`."""
        found: dict[int, list[object]] = {}
        for chain, _ in itertools.chain.from_iterable(map(_chains, self._urlconfs)):
            for pattern in chain:
                given = pattern.default_kwargs if isinstance(pattern, URLResolver) else pattern.default_args
                if given:
                    found.setdefault(id(chain[-1].callback), []).extend(given.values())
        return found

    @functools.cached_property
    def _routed(self) -> _Routed:
        """What the routes of the site reach."""
        actions: dict[type, set[str]] = {}
        declared: set[int] = set()
        for chain, _ in itertools.chain.from_iterable(map(_chains, self._urlconfs)):
            with contextlib.suppress(Exception):  # a view of the project that cannot be read, which a check reports
                facts = ViewFacts(chain[-1].callback)
                marks = [*chain_marks(facts.chain), *chain_marks(unwrapped(facts.function))]
                declared |= {*map(id, marks), *map(id, facts.classes)}
                declared |= {id(own_attributes(holder).get("cors_policy")) for holder in facts.holders}
                for klass in facts.view_class.__mro__ if facts.view_class is not None else ():
                    actions.setdefault(klass, set()).update(facts.handlers.values())
        return _Routed({klass: frozenset(names) for klass, names in actions.items()}, frozenset(declared))

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


def _chains(urlconf: Any) -> Iterator[tuple[tuple[Any, ...], tuple[str, ...]]]:
    """Yield the patterns of a URLconf in its order, each with the includes above it, and with its namespaces.

    Ends where the URLconf cannot be read; Django reports it.
    """
    with contextlib.suppress(Exception):  # a URLconf of the project may raise anything
        yield from _walk(get_resolver(urlconf).url_patterns, (), ())


def _walk(
    patterns: Iterable[Any], above: tuple[Any, ...], namespaces: tuple[str, ...]
) -> Iterator[tuple[tuple[Any, ...], tuple[str, ...]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            below = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            yield from _walk(pattern.url_patterns, (*above, pattern), below)
        else:
            yield (*above, pattern), namespaces


def _route_of(match: ResolverMatch | None) -> tuple[str, UrlName] | None:
    return None if match is None else (match.route, _name_of(match))


def _name_of(match: ResolverMatch) -> UrlName:
    return UrlName(match.url_name or "", tuple(match.namespaces))


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
