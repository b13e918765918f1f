"""From a request to the policies that judge it. Middleware, schema, command and checks all ask here.

The view is the one Django's own resolver picks for this request. Its policies are merged once per callback
and kept as long as the callback lives; changed settings (`override_settings` in tests) drop everything.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import re
import weakref
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from django.utils import translation

from drf_cors import conf as settings
from drf_cors import sample_paths, urlconfs
from drf_cors.core.errors import logged_text
from drf_cors.core.merge import EffectivePolicy, Layer, merge
from drf_cors.core.url_policies import UrlPolicies
from drf_cors.error_views import declaring_error_views
from drf_cors.held import is_same_view, unwrapped
from drf_cors.identity import WeakIdentityMap
from drf_cors.layers import Lost, UrlName, ViewLayers, full_name
from drf_cors.lost import second_name, second_route, unreached, view_layers
from drf_cors.members import chain_marks, own_policy
from drf_cors.view_facts import ViewFacts, do_same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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


class _Routed(NamedTuple):
    """What the routes of a site reach.

    Attributes:
        actions: Class -> the actions and handlers of it, and of the classes below it.
        declared: The ids of the marks and classes that are in force at a route.
    """

    actions: WeakIdentityMap[type, set[str]]
    declared: frozenset[int]


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
            key = (_name_of(match), is_covered)
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
            for name in ("_urlconfs", "_arguments", "_routed", "_second_names", "_second_routes"):
                vars(self).pop(name, None)
            for name in ("error_views", "_without_view"):
                vars(self).pop(name, None)
            self._views.clear()
            self._met.clear()

    def _meet(self, match: ResolverMatch, key: _Key, *, is_covered: bool) -> ViewPolicies:
        learned = len(self._learned)
        found = self.for_callback(match.func, _name_of(match), is_covered=is_covered)
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
        layers = view_layers(callback, url_name, self.conf, self._arguments.get(id(callback), ()))
        lost = [found for found in layers.lost if not self._is_in_force_elsewhere(found, layers.view_class)]
        lost += [*self._unreached(layers), *self._under_second_names(callback, url_name)]
        lost += [
            found
            for name, found in self._second_routes.get(id(callback), ())
            if name == url_name or not self._do_names_decide
        ]
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
        if not layers.unrouted or view_class is None:
            return
        routed = self._routed.actions
        actions = routed.get(view_class)
        if actions is None:
            return  # the view is in a URLconf that is not known here
        for found in layers.unrouted:
            if found.name not in (routed.get(found.owner) or ()):
                yield unreached(found, actions, view_class)

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

    @functools.cached_property
    def _second_routes(self) -> dict[int, list[tuple[UrlName, Lost]]]:
        """The id of a callback -> its URL name, and what later patterns with its route and view declare beyond it.

        Django finds the first pattern for all paths of the route, whatever its converters accept.
        """
        found: dict[int, list[tuple[UrlName, Lost]]] = {}
        for urlconf in self._urlconfs:
            first: dict[_Route, tuple[Callable[..., Any], UrlName]] = {}
            for chain, namespaces in _chains(urlconf):
                later = chain[-1].callback, UrlName(chain[-1].name or "", namespaces)
                earlier = first.setdefault(_written_route(chain), later)
                if earlier is later:
                    continue
                with contextlib.suppress(Exception):  # a view of the project that cannot be read; a check reports it
                    lost = list(self._declared_beyond(earlier, later, chain))
                    found.setdefault(id(earlier[0]), []).extend((earlier[1], one) for one in lost)
        return found

    def _declared_beyond(
        self,
        earlier: tuple[Callable[..., Any], UrlName],
        later: tuple[Callable[..., Any], UrlName],
        chain: Sequence[Any],
    ) -> Iterator[Lost]:
        if not do_same(ViewFacts(earlier[0]), ViewFacts(later[0])):
            return  # another view, which is never reached: a check reports it
        told = {key for keys in self._second_names.values() for key, _ in keys}
        in_force = [_said(method, layer) for method, layer in _layers(view_layers(*earlier, self.conf))]
        layers = view_layers(*later, self.conf)
        for method, layer in _layers(layers):
            is_told = layer.source.kind == "setting" and layers.view_policies_key in told
            if not is_told and _said(method, layer) not in in_force:
                yield second_route("".join(str(pattern.pattern) for pattern in chain), layer.source)

    def _found_under(self, urlconf: Any, chain: Sequence[Any], name: UrlName) -> UrlName:
        """Return the URL name under which Django finds the paths of a pattern, if that leads to the same view."""
        values = sample_paths.candidates(self.conf.urls_regex.pattern)
        pieces = [sample_paths.sample_values(pattern.pattern, values, {}) for pattern in chain]
        found_under = name
        for path in sample_paths.joined(pieces):
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
            named = [urlconf.value for urlconf in urlconfs.of_site(self.conf)]
        except Exception:  # noqa: BLE001 - the hosts of a project may raise anything; the check reports it
            named = [self.conf.root_urlconf]
        return [*named, *(urlconf for urlconf in self._learned if urlconf not in named)]

    def _is_in_force_elsewhere(self, lost: Lost, view_class: type | None) -> bool:
        """Whether what was found beside a view is one with a route of its own, in a registry for example."""
        if lost.unless_action and view_class is not None:
            actions = self._routed.actions.get(view_class)
            if actions is not None and lost.unless_action in actions:
                return True
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
        actions: WeakIdentityMap[type, set[str]] = WeakIdentityMap()
        declared: set[int] = set()
        for chain, _ in itertools.chain.from_iterable(map(_chains, self._urlconfs)):
            with contextlib.suppress(Exception):  # a view of the project that cannot be read, which a check reports
                facts = ViewFacts(chain[-1].callback)
                marks = [*chain_marks(facts.chain), *chain_marks(unwrapped(facts.function))]
                declared |= {*map(id, marks), *map(id, facts.classes)}
                declared |= {id(own_policy(holder)) for holder in facts.holders}
                for klass in facts.view_class.__mro__ if facts.view_class is not None else ():
                    actions.set(klass, (actions.get(klass) or set()) | set(facts.handlers.values()))
        return _Routed(actions, frozenset(declared))

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

    An include that cannot be read is left out; Django reports it.
    """
    with contextlib.suppress(Exception):  # a URLconf of the project may raise anything
        yield from _walk(get_resolver(urlconf).url_patterns, (), ())


def _walk(
    patterns: Iterable[Any], above: tuple[Any, ...], namespaces: tuple[str, ...]
) -> Iterator[tuple[tuple[Any, ...], tuple[str, ...]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            below = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            included: list[Any] = []
            with contextlib.suppress(Exception):  # Django meets it too, and only for the paths of this include
                included = list(pattern.url_patterns)
            yield from _walk(included, (*above, pattern), below)
        else:
            yield (*above, pattern), namespaces


#: The parts of a route: the kind of each pattern, and its text. Patterns of one kind in a row are joined.
_Route = tuple[tuple[type, str], ...]

#: A parameter of a route: its name decides nothing.
_PARAMETER: Final = re.compile(r"<([^<>:]*:)?[^<>]*>")


def _written_route(chain: Sequence[Any]) -> _Route:
    """Return a route as it is written, so that two that are written alike are equal."""
    parts: list[tuple[type, str]] = []
    for pattern in chain:
        kind, text = type(pattern.pattern), str(pattern.pattern)
        if kind is RoutePattern:
            text = _PARAMETER.sub(r"<\1>", text)
        if text in ("", "^"):
            continue  # an include that adds nothing to the path
        if parts and parts[-1][0] is kind:
            parts[-1] = (kind, parts[-1][1] + text)
        else:
            parts.append((kind, text))
    return tuple(parts)


def _layers(layers: ViewLayers) -> Iterator[tuple[str, Layer]]:
    """Yield the layers of a view, each with its method; those of all methods with an empty one."""
    for layer in layers.general:
        yield "", layer
    yield from layers.by_method.items()


def _said(method: str, layer: Layer) -> tuple[object, ...]:
    return method, layer.policy, layer.policy_name, layer.invalid_value


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
