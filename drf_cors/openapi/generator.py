"""Puts the effective CORS policy on every operation of a drf-spectacular schema.

An operation is made by the schema instance of a view; all ways to customise one (`@extend_schema`,
`schema = ...`, view extensions) end there. So that instance is given one more class, outermost, that adds to
whatever the others return. The policy is that of the URLconf's callback, which is what requests reach; the view
that drf-spectacular made may be a stand-in.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from drf_cors import endpoints
from drf_cors import resolver as resolvers
from drf_cors.endpoints import Endpoint, StaticPolicy
from drf_cors.explain import summaries
from drf_cors.openapi import optional_extras, options, privacy
from drf_cors.policy_json import KEY, policy_sources, policy_summary, policy_to_json

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver
    from drf_spectacular.plumbing import ComponentRegistry

    _Base = SchemaGenerator
else:
    _Base = object


#: The key of an operation's index in `cors_endpoints`. It is removed before the schema is sent.
OPERATION_ID_KEY: Final = "x-cors-number"

#: (operation, path_regex, values of path parameters) -> the operation with its policy.
_Publish = Callable[[Mapping[str, Any], str, Mapping[str, str]], dict[str, Any]]


class CorsSchemaGeneratorMixin(_Base):
    """For a project's own generator: put it before `SchemaGenerator` among the bases."""

    _cors_options: options.Options | None = None
    _cors_routes: _Routes | None = None
    #: If this is a list, each operation's endpoint is appended to it. The operation gets the index
    #: under `OPERATION_ID_KEY`.
    cors_endpoints: list[Endpoint | None] | None = None

    def parse(self, input_request: Any, public: bool) -> Any:
        """Make the operations, each with its policy.

        Where the request decides how much is told, its response is marked as private.

        Raises:
            CorsConfigurationError: Where `CORS_OPENAPI` is wrong.
        """
        if input_request is not None and options.looks_at_request():
            privacy.keep_private(input_request)
        self._cors_options = options.for_request(input_request)
        self._cors_routes = None
        self._cors_schemas: list[object] = []
        return super().parse(input_request, public)  # type: ignore[no-untyped-call]  # drf-spectacular has no types

    def create_view(self, callback: Callable[..., Any], method: str, request: Any = None) -> Any:
        """Make the view that stands for a callback, with a schema that publishes the callback's policy."""
        view: Any = super().create_view(callback, method, request)  # type: ignore[no-untyped-call]  # as above
        chosen, original = self._cors_options, view.schema
        if chosen is None or chosen.detail == "off" or not isinstance(original, AutoSchema):
            return view

        def publish(operation: Mapping[str, Any], path_regex: str, values: Mapping[str, str]) -> dict[str, Any]:
            if self._cors_routes is None:
                patterns = cast("Any", self.inspector).patterns
                is_site = self.patterns is None and self.urlconf is None
                self._cors_routes = _Routes(patterns, is_site=is_site)
            endpoint = self._cors_routes.find(path_regex, callback, values)
            result = published(operation, _static_policy(endpoint, method), method, chosen, self.registry)
            if self.cors_endpoints is not None:
                result[OPERATION_ID_KEY] = len(self.cors_endpoints)
                self.cors_endpoints.append(endpoint)
            return result

        schema = _publishing(original, publish)
        # The view's class would keep the schema, and the schema the view, for ever. So the view gets a weak
        # reference, and the generator keeps the schema alive.
        self._cors_schemas.append(schema)
        view.schema = weakref.proxy(schema)
        return view


class CorsSchemaGenerator(CorsSchemaGeneratorMixin, SchemaGenerator):
    """For `SPECTACULAR_SETTINGS["DEFAULT_GENERATOR_CLASS"]`."""


def published(
    operation: Mapping[str, Any],
    static_policy: StaticPolicy,
    method: str,
    chosen: options.Options,
    registry: ComponentRegistry,
) -> dict[str, Any]:
    """Return an operation with its policy, told in the ways that were chosen."""
    with_names = chosen.detail == "full"
    result = {**operation, KEY: described(static_policy, chosen)}
    if chosen.with_line:
        result = optional_extras.with_line(result, summaries.line(static_policy, method, with_names=with_names))
    if chosen.with_badges:
        text = summaries.badge(static_policy, method)
        result = optional_extras.with_badge(result, text, optional_extras.colour(static_policy, method))
    if chosen.with_headers:
        headers = optional_extras.response_headers(static_policy, method, with_names=with_names)
        result = optional_extras.with_headers(result, headers, registry)
    return result


def described(static_policy: StaticPolicy, chosen: options.Options) -> dict[str, Any]:
    """Return the object to publish, as detailed as was chosen."""
    policy = policy_to_json(static_policy) if chosen.detail == "full" else policy_summary(static_policy)
    return {**policy, "sources": policy_sources(static_policy)} if chosen.with_sources else policy


def _publishing(schema: Any, publish: _Publish) -> Any:
    """Return a copy of a view's schema that adds the policy to the operation.

    The original may be shared by all views of a class.
    """
    base = schema.__class__  # of a weak proxy, the class of what it stands for

    class PublishingSchema(base):  # type: ignore[misc, valid-type]  # whatever class the project chose
        def get_operation(self, path: str, path_regex: str, *args: Any, **kwargs: Any) -> Any:
            operation = super().get_operation(path, path_regex, *args, **kwargs)
            if not operation:
                return operation
            # drf-spectacular has put a version that stands in the path into the view's kwargs.
            return publish(operation, path_regex, self.view.kwargs)

    copy = PublishingSchema.__new__(PublishingSchema)
    copy.__dict__.update(schema.__dict__)
    return copy


class _Routes:
    """The endpoints behind the routes of one schema.

    Args:
        patterns: What the schema is made of.
        is_site: Whether that is the site's own URLconf.
    """

    def __init__(self, patterns: Sequence[URLPattern | URLResolver], *, is_site: bool) -> None:
        site = endpoints.of_site()
        found = _where_served(site if is_site else endpoints.of_patterns(patterns), site)
        self.by_route: dict[tuple[str, Callable[..., Any]], Endpoint] = {}
        self.by_regex: dict[str, Endpoint] = {}
        self.by_callback: dict[Callable[..., Any], list[Endpoint]] = {}
        for path_regex, endpoint in found:
            # The first of equals is the one that Django finds.
            self.by_route.setdefault((path_regex, endpoint.callback), endpoint)
            self.by_regex.setdefault(path_regex, endpoint)
            self.by_callback.setdefault(endpoint.callback, []).append(endpoint)

    def find(self, path_regex: str, callback: Callable[..., Any], values: Mapping[str, str]) -> Endpoint | None:
        """Return the endpoint of a route, None for one that no request gets to.

        Preprocessing hooks may have changed a path or a callback; then either leads to the route. Where neither
        does, a hook made it up.
        """
        endpoint = self.by_route.get((path_regex, callback)) or self.by_regex.get(path_regex)
        if endpoint is None and callback in self.by_callback:
            endpoint = _in_places(self.by_callback[callback][0], self.by_callback[callback])
        return endpoint.at({name: str(value) for name, value in values.items()}) if endpoint is not None else None


def _static_policy(endpoint: Endpoint | None, method: str) -> StaticPolicy:
    """Return what is known of a method of a route."""
    if endpoint is not None:
        return endpoint.static_policy(method)
    nowhere = resolvers.current().for_match(None, is_covered=False)
    return StaticPolicy(policy=nowhere.policies.of(method), is_governed=False, is_dynamic=False, is_shadowed=True)


def _where_served(described: Iterable[Endpoint], served: Iterable[Endpoint]) -> Iterator[tuple[str, Endpoint]]:
    """Yield the route in the schema, and the endpoint of the site behind it, for each endpoint of a schema.

    A part of the site may be described by itself, but it is reached where the site includes it: under routes that end
    with the part's own. Where the site includes it nowhere, it is taken as it is.
    """
    places: dict[int, list[Endpoint]] = {}
    for endpoint in served:
        places.setdefault(id(endpoint.patterns[-1]), []).append(endpoint)
    for endpoint in described:
        own = endpoint.patterns
        found = [place for place in places.get(id(own[-1]), ()) if place.patterns[-len(own) :] == own]
        yield endpoint.path_regex, _in_places(endpoint, found)


def _in_places(endpoint: Endpoint, found: list[Endpoint]) -> Endpoint:
    """Return the only endpoint of those found that requests get to; where they get to several, one for all of them."""
    if len(found) > 1:
        found = [place for place in found if not place.is_shadowed] or found[:1]
    return found[0] if len(found) == 1 else replace(endpoint, places=tuple(found))
