"""What the routes of a site reach: which views, with which arguments, and under which names.

`drf_cors.resolver` uses it to find declarations that no request can reach. The routes are read when
the first view is merged, not for each request.
"""

from __future__ import annotations

import contextlib
import functools
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from drf_cors import sample_paths
from drf_cors.held import is_same_view, unwrapped
from drf_cors.identity import WeakIdentityMap
from drf_cors.lost import second_name, second_route, unreached, view_layers
from drf_cors.members import chain_marks, marks_of_chain
from drf_cors.one_pass import once_per_pass
from drf_cors.view_facts import do_same, facts_of
from drf_cors.view_layers import Lost, UrlName, ViewLayers, full_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.urls import ResolverMatch

    from drf_cors.conf import CorsSettings
    from drf_cors.core.merge import Layer
    from drf_cors.view_facts import ViewFacts


class _Route(NamedTuple):
    """One pattern of a URLconf.

    Attributes:
        chain: The includes above the pattern, outermost first, and the pattern itself.
        url_name: Its name, with the namespaces of the includes.
    """

    chain: tuple[Any, ...]
    url_name: UrlName

    @property
    def callback(self) -> Callable[..., Any]:
        """The callback of the pattern."""
        return self.chain[-1].callback  # type: ignore[no-any-return]  # patterns are untyped here


_Actions = WeakIdentityMap[type, set[str]]


class _Reached(NamedTuple):
    """What the routes of a site reach.

    Attributes:
        actions: Class -> the actions and handlers of it and of its subclasses.
        declared: The ids of the marks, classes and policies that are in force at a route.
    """

    actions: _Actions
    declared: frozenset[int]


#: A route as text: the kind of each pattern, and its text. Neighbours of one kind are joined.
_RouteText = tuple[tuple[type, str], ...]

#: A parameter of a route. Its name does not change which paths the route matches.
_PARAMETER: Final = re.compile(r"<([^<>:]*:)?[^<>]*>")


#: What `format_suffix_patterns` of REST framework adds to a route.
_FORMAT_SUFFIX: Final = re.compile(r"(\\\.\(\?P<format>[^)]*\)|<drf_format_suffix[^>]*>)/?\??\$?$")


class SiteRoutes:
    """The routes of a site. Each answer is computed once, when it is needed first.

    Args:
        conf: The settings.
        urlconfs: What `request.urlconf` may be, the root URLconf first.
    """

    def __init__(self, conf: CorsSettings, urlconfs: Sequence[Any]) -> None:
        self._conf = conf
        self._urlconfs = urlconfs

    def arguments_of(self, callback: Callable[..., Any]) -> Sequence[object]:
        """Return what routes pass to a callback: the values of `path(route, view, kwargs)`."""
        return self._arguments.get(id(callback), ())

    def is_in_force_elsewhere(self, lost: Lost, view_class: type | None) -> bool:
        """Return whether a declaration is not lost, because a route reaches it.

        Args:
            lost: A declaration that a view holds. A registry, for example, holds views with routes.
            view_class: The class of the view that holds it.
        """
        if lost.unless_action and view_class is not None:
            actions = self._reached.actions.get(view_class)
            if actions is not None and lost.unless_action in actions:
                return True
        if not lost.unless_routed:
            return False
        return all(id(declared) in self._reached.declared for declared in lost.unless_routed)

    def unreached(self, layers: ViewLayers) -> Iterator[Lost]:
        """Yield the declarations for methods of a viewset that no route reaches."""
        view_class = layers.view_class
        if not layers.unrouted or view_class is None:
            return
        actions = self._reached.actions.get(view_class)
        if actions is None:
            return  # no known URLconf has the view
        for found in layers.unrouted:
            if found.name not in (self._reached.actions.get(found.owner) or ()):
                yield unreached(found, actions, view_class)

    def under_second_names(self, callback: Callable[..., Any], url_name: UrlName) -> Iterator[Lost]:
        """Yield the keys of `CORS_VIEW_POLICIES` for later patterns with the same route and view.

        They have no effect: Django always finds the first pattern.

        Args:
            callback: The callback of the earlier pattern.
            url_name: The name of the earlier pattern.
        """
        view_policies = self._conf.view_policies
        for key, view in self._second_names.get(url_name, ()):
            own = view_policies.get(full_name(url_name))
            if view_policies[key] != own and is_same_view(view, callback):
                yield second_name(key, full_name(url_name))

    def on_second_routes(self, callback: Callable[..., Any], url_name: UrlName) -> Iterator[Lost]:
        """Yield what later patterns with the same route and view declare beyond the first.

        Args:
            callback: The callback of the first pattern.
            url_name: The name of the first pattern. It counts only where `CORS_VIEW_POLICIES` is
                set.
        """
        found = self._second_routes.get(id(callback), ())
        counts = bool(self._conf.view_policies)
        yield from (lost for name, lost in found if name == url_name or not counts)

    # Read once

    def _routes(self) -> Iterator[_Route]:
        for urlconf in self._urlconfs:
            yield from _routes_of(urlconf)

    @functools.cached_property
    def _arguments(self) -> dict[int, list[object]]:
        """The id of a callback -> what its routes pass to it."""
        found: dict[int, list[object]] = {}
        for route in self._routes():
            for pattern in route.chain:
                is_include = isinstance(pattern, URLResolver)
                given = pattern.default_kwargs if is_include else pattern.default_args
                if given:
                    found.setdefault(id(route.callback), []).extend(given.values())
        return found

    @functools.cached_property
    def _reached(self) -> _Reached:
        # The id of a class -> the class, and its actions and handlers.
        names: dict[int, tuple[type, set[str]]] = {}
        declared: set[int] = set()
        callbacks = {id(route.callback): route.callback for route in self._routes()}
        for callback in callbacks.values():
            # A view of the project that cannot be read may raise anything; a check reports it.
            with contextlib.suppress(Exception):
                facts = facts_of(callback)
                declared.update(_ids_in_force(facts))
                if facts.view_class is not None:
                    _, known = names.setdefault(id(facts.view_class), (facts.view_class, set()))
                    known.update(facts.handlers.values())
        return _Reached(_with_bases(names.values()), frozenset(declared))

    @functools.cached_property
    def _second_names(self) -> dict[UrlName, list[tuple[str, Callable[..., Any]]]]:
        """Name of an earlier pattern -> the keys and callbacks of later patterns with its view."""
        found: dict[UrlName, list[tuple[str, Callable[..., Any]]]] = {}
        if not self._conf.view_policies:
            return found
        for urlconf in self._urlconfs:
            for route in _routes_of(urlconf):
                key = full_name(route.url_name)
                if key not in self._conf.view_policies:
                    continue
                earlier = self._name_of_first(urlconf, route)
                if earlier != route.url_name:
                    found.setdefault(earlier, []).append((key, route.callback))
        return found

    def _name_of_first(self, urlconf: Any, route: _Route) -> UrlName:
        """Return the name of the pattern that Django finds for a route, if its view is the same."""
        values = sample_paths.candidates(self._conf.urls_regex.pattern)
        found = route.url_name
        for path in sample_paths.of_route(route.chain, values, {}):
            with contextlib.suppress(Exception):  # Http404, or an error in a converter
                match = get_resolver(urlconf).resolve(f"/{path}")
                if match.func is route.callback and url_name_of(match) == route.url_name:
                    return route.url_name
                if is_same_view(match.func, route.callback):
                    found = url_name_of(match)
        return found

    @functools.cached_property
    def _second_routes(self) -> dict[int, list[tuple[UrlName, Lost]]]:
        """The id of a callback -> its URL name, and what later patterns with its route declare.

        Django finds the first pattern for all paths of the route, whatever the converters of later
        ones accept.
        """
        found: dict[int, list[tuple[UrlName, Lost]]] = {}
        for urlconf in self._urlconfs:
            first: dict[_RouteText, _Route] = {}
            for later in _routes_of(urlconf):
                earlier = first.setdefault(_text_of(later), later)
                if earlier is later:
                    continue
                # As above: a check reports a view that cannot be read.
                with contextlib.suppress(Exception):
                    declared = list(self._declared_beyond(earlier, later))
                    for lost in declared:
                        found.setdefault(id(earlier.callback), []).append((earlier.url_name, lost))
        return found

    def _declared_beyond(self, earlier: _Route, later: _Route) -> Iterator[Lost]:
        if not do_same(facts_of(earlier.callback), facts_of(later.callback)):
            return  # another view, which no request reaches: a check reports it
        first_layers = view_layers(earlier.callback, earlier.url_name, self._conf)
        in_force = [_declared_in(method, layer) for method, layer in _layers_of(first_layers)]
        layers = view_layers(later.callback, later.url_name, self._conf)
        is_key_reported = layers.view_policies_key in self._second_keys
        for method, layer in _layers_of(layers):
            if is_key_reported and layer.source.kind == "setting":
                continue
            if _declared_in(method, layer) not in in_force:
                route = "".join(str(pattern.pattern) for pattern in later.chain)
                yield second_route(route, layer.source)

    @functools.cached_property
    def _second_keys(self) -> frozenset[str]:
        """The keys of `_second_names`."""
        return frozenset(key for keys in self._second_names.values() for key, _ in keys)


def url_name_of(match: ResolverMatch) -> UrlName:
    """Return the URL name of a match."""
    return UrlName(match.url_name or "", tuple(match.namespaces))


def is_on_several_routes(
    view_class: type | None, handler: str, callback: Callable[..., Any], urlconf: Any = None
) -> bool:
    """Return whether a URLconf has several routes to a view. One with a format suffix is not counted.

    Args:
        view_class: The class of the view, None for a function.
        handler: The method of the class, "" for a function.
        callback: The callback of one route.
        urlconf: The URLconf; the root if it is None.
    """
    texts: set[str] = set()
    for route in _routes_of(urlconf):
        is_shared = is_same_view(route.callback, callback)
        if not is_shared and handler:
            with contextlib.suppress(Exception):  # a view that cannot be read may raise anything
                facts = facts_of(route.callback)
                is_shared = facts.view_class is view_class and handler in facts.handlers.values()
        if is_shared:
            text = "".join(str(pattern.pattern) for pattern in route.chain)
            texts.add(_FORMAT_SUFFIX.sub("", text).rstrip("/$"))
    return len(texts) > 1


def url_name_below(includes: Iterable[Any], pattern: Any) -> UrlName:
    """Return the URL name of a pattern, with the namespaces of the includes above it."""
    namespaces = tuple(include.namespace for include in includes if include.namespace)
    return UrlName(pattern.name or "", namespaces)


@once_per_pass
def _routes_of(urlconf: Any) -> list[_Route]:
    """Return the patterns of a URLconf in its order. In a pass it is read once.

    An include that cannot be read is left out; Django reports it.
    """
    found: list[_Route] = []
    with contextlib.suppress(Exception):  # a URLconf of the project may raise anything
        found.extend(_routes_below(get_resolver(urlconf).url_patterns, ()))
    return found


def _routes_below(patterns: Iterable[Any], includes: tuple[Any, ...]) -> Iterator[_Route]:
    for pattern in patterns:
        chain = (*includes, pattern)
        if not isinstance(pattern, URLResolver):
            yield _Route(chain, url_name_below(includes, pattern))
            continue
        included: list[Any] = []
        # Django reports the error too, but only for the paths of this include.
        with contextlib.suppress(Exception):
            included = list(pattern.url_patterns)
        yield from _routes_below(included, chain)


def _ids_in_force(facts: ViewFacts) -> Iterator[int]:
    """Yield the ids of the marks, classes and objects that a route to the callback uses."""
    for mark in (*marks_of_chain(facts.chain), *chain_marks(unwrapped(facts.function))):
        yield id(mark)
    for view_class in facts.classes:
        yield from map(id, view_class.__mro__)  # the base of a routed class is in force there
    yield from map(id, facts.chain)
    yield from map(id, facts.holders)


def _with_bases(names: Iterable[tuple[type, set[str]]]) -> WeakIdentityMap[type, set[str]]:
    """Return the actions and handlers of classes, and for each base those of all its subclasses."""
    found: WeakIdentityMap[type, set[str]] = WeakIdentityMap()
    for view_class, reached in names:
        for klass in view_class.__mro__:
            known = found.get(klass)
            if known is None:
                found.set(klass, set(reached))
            else:
                known |= reached
    return found


def _text_of(route: _Route) -> _RouteText:
    """Return a route as text, so that two routes with the same text are equal."""
    parts: list[tuple[type, str]] = []
    for pattern in route.chain:
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


def _layers_of(layers: ViewLayers) -> Iterator[tuple[str, Layer]]:
    """Yield the layers of a view, each with its method; "" for those of all methods."""
    for layer in layers.general:
        yield "", layer
    yield from layers.by_method.items()


def _declared_in(method: str, layer: Layer) -> tuple[object, ...]:
    return method, layer.policy, layer.policy_name, layer.invalid_value
