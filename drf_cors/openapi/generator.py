"""Puts the effective CORS policy on every operation of a drf-spectacular schema.

The schema instance of a view makes the operation. All ways to customise it (`@extend_schema`,
`schema = ...`, view extensions) end there. So the instance gets one more class, the outermost,
which adds the policy to the result of the others. The policy is that of the callback in the
URLconf, because requests reach that callback. The view that drf-spectacular makes may be another.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from drf_cors import endpoint_list
from drf_cors import resolver as resolvers
from drf_cors.endpoints import Endpoint, StaticPolicy
from drf_cors.explain import summaries
from drf_cors.one_pass import one_pass
from drf_cors.openapi import optional_extras, options, privacy
from drf_cors.openapi.preflight_methods import METHODS_KEY, preflight_methods
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
    """For a project's own generator. Put it before `SchemaGenerator` in the bases."""

    _cors_options: options.Options | None = None
    _cors_routes: _Routes | None = None
    #: If this is a list, each operation's endpoint is appended to it. The operation gets the index
    #: under `OPERATION_ID_KEY`.
    cors_endpoints: list[Endpoint | None] | None = None

    def parse(self, input_request: Any, public: bool) -> Any:
        """Make the operations, each with its policy.

        If the request decides how much is published, the response is marked as private.

        Raises:
            CorsConfigurationError: `CORS_OPENAPI` is not valid.
        """
        if input_request is not None and options.looks_at_request():
            privacy.keep_private(input_request)
        self._cors_options = options.for_request(input_request)
        self._cors_routes = None
        self._cors_schemas: list[object] = []
        self._cors_classes: dict[type, Any] = {}
        with one_pass():
            # drf-spectacular has no types.
            return super().parse(input_request, public)  # type: ignore[no-untyped-call]

    def create_view(self, callback: Callable[..., Any], method: str, request: Any = None) -> Any:
        """Make the view for a callback, with a schema that publishes the policy of the callback."""
        view: Any = super().create_view(callback, method, request)  # type: ignore[no-untyped-call]
        chosen, original = self._cors_options, view.schema
        if chosen is None or chosen.detail == "off" or not isinstance(original, AutoSchema):
            return view

        def publish(operation: Mapping[str, Any], path_regex: str, values: Mapping[str, str]) -> dict[str, Any]:
            if self._cors_routes is None:
                patterns = cast("Any", self.inspector).patterns
                is_site = self.patterns is None and self.urlconf is None
                self._cors_routes = _Routes(patterns, is_site=is_site)
            endpoint = self._cors_routes.find(path_regex, callback, values)
            static_policy = _static_policy(endpoint, method)
            named = preflight_methods(endpoint, method)
            result = published(operation, static_policy, method, chosen, self.registry, named)
            if self.cors_endpoints is not None:
                result[OPERATION_ID_KEY] = len(self.cors_endpoints)
                self.cors_endpoints.append(endpoint)
            return result

        schema = self._publishing(original, publish)
        # The class of the view keeps a reference to the schema, and the schema one to the view: a
        # leak. So the view gets a weak reference, and the generator keeps the schema alive.
        self._cors_schemas.append(schema)
        view.schema = weakref.proxy(schema)
        return view

    def _publishing(self, schema: Any, publish: _Publish) -> Any:
        """Return a copy of a view's schema that adds the policy to the operation.

        The original may be shared by all views of a class.
        """
        base = schema.__class__  # for a weak proxy, the class of the object behind it
        chosen = self._cors_classes.get(base)
        if chosen is None:
            chosen = self._cors_classes[base] = _publishing_class(base)
        copy = chosen.__new__(chosen)
        copy.__dict__.update(schema.__dict__, cors_publish=publish)
        return copy


class CorsSchemaGenerator(CorsSchemaGeneratorMixin, SchemaGenerator):
    """For `SPECTACULAR_SETTINGS["DEFAULT_GENERATOR_CLASS"]`."""


def published(
    operation: Mapping[str, Any],
    static_policy: StaticPolicy,
    method: str,
    chosen: options.Options,
    registry: ComponentRegistry,
    named: list[str],
) -> dict[str, Any]:
    """Return an operation with its policy, in all the forms that the options choose."""
    with_names = chosen.detail == "full"
    result = {**operation, KEY: described(static_policy, chosen), METHODS_KEY: named}
    if chosen.with_line:
        line = summaries.line(static_policy, method, with_names=with_names)
        result = optional_extras.with_line(result, line)
    if chosen.with_badges:
        text = summaries.badge(static_policy, method)
        colour = optional_extras.colour(static_policy, method)
        result = optional_extras.with_badge(result, text, colour)
    if chosen.with_headers:
        headers = optional_extras.response_headers(static_policy, method, with_names=with_names)
        result = optional_extras.with_headers(result, headers, registry)
    return result


def described(static_policy: StaticPolicy, chosen: options.Options) -> dict[str, Any]:
    """Return the object to publish, with the details that the options choose."""
    to_json = policy_to_json if chosen.detail == "full" else policy_summary
    policy = to_json(static_policy)
    if chosen.with_sources:
        policy["sources"] = policy_sources(static_policy)
    return policy


def _publishing_class(base: Any) -> Any:
    """Return a subclass of a schema class whose operations have a policy."""

    class PublishingSchema(base):  # type: ignore[misc]  # the class of the project
        cors_publish: _Publish

        def get_operation(self, path: str, path_regex: str, *args: Any, **kwargs: Any) -> Any:
            operation = super().get_operation(path, path_regex, *args, **kwargs)
            if not operation:
                return operation
            # drf-spectacular puts a version in the path into the kwargs of the view.
            return self.cors_publish(operation, path_regex, self.view.kwargs)

    return PublishingSchema


class _Routes:
    """The endpoints behind the routes of one schema.

    Args:
        patterns: The URL patterns that the schema describes.
        is_site: Whether they are the site's own URLconf.
    """

    def __init__(self, patterns: Sequence[URLPattern | URLResolver], *, is_site: bool) -> None:
        site = endpoint_list.of_site()
        found = _where_served(site if is_site else endpoint_list.of_patterns(patterns), site)
        self.by_route: dict[tuple[str, Callable[..., Any]], Endpoint] = {}
        self.by_regex: dict[str, Endpoint] = {}
        self.by_callback: dict[Callable[..., Any], list[Endpoint]] = {}
        for path_regex, endpoint in found:
            # Of equal routes, Django finds the first.
            self.by_route.setdefault((path_regex, endpoint.callback), endpoint)
            self.by_regex.setdefault(path_regex, endpoint)
            self.by_callback.setdefault(endpoint.callback, []).append(endpoint)

    def find(self, path_regex: str, callback: Callable[..., Any], values: Mapping[str, str]) -> Endpoint | None:
        """Return the endpoint of a route, None if no request reaches it.

        Preprocessing hooks may have changed the path or the callback; the other one still finds the
        endpoint. If neither does, a hook invented the route.
        """
        endpoint = self.by_route.get((path_regex, callback)) or self.by_regex.get(path_regex)
        if endpoint is None and callback in self.by_callback:
            endpoint = _in_places(self.by_callback[callback][0], self.by_callback[callback])
        if endpoint is None:
            return None
        return endpoint.at({name: str(value) for name, value in values.items()})


def _static_policy(endpoint: Endpoint | None, method: str) -> StaticPolicy:
    """Return the static policy of a method of a route."""
    if endpoint is not None:
        return endpoint.static_policy(method)
    nowhere = resolvers.current().for_match(None, is_covered=False)
    policy = nowhere.policies.of(method)
    return StaticPolicy(policy=policy, is_governed=False, is_dynamic=False, is_shadowed=True)


def _where_served(described: Iterable[Endpoint], served: Iterable[Endpoint]) -> Iterator[tuple[str, Endpoint]]:
    """Yield each route in the schema with the endpoint of the site behind it.

    A schema may describe one part of the site, for example an included URLconf. Requests reach this
    part under the routes of the site that end with its own routes. If the site does not include it,
    its endpoints are used as they are.
    """
    places: dict[int, list[Endpoint]] = {}
    for endpoint in served:
        places.setdefault(id(endpoint.patterns[-1]), []).append(endpoint)
    for endpoint in described:
        own = endpoint.patterns
        candidates = places.get(id(own[-1]), ())
        found = [place for place in candidates if place.patterns[-len(own) :] == own]
        yield endpoint.path_regex, _in_places(endpoint, found)


def _in_places(endpoint: Endpoint, found: list[Endpoint]) -> Endpoint:
    """Return the one endpoint that requests reach.

    If they reach several, the result represents all of them.
    """
    if len(found) > 1:
        found = [place for place in found if not place.is_shadowed] or found[:1]
    if len(found) == 1:
        return found[0]
    return replace(endpoint, places=tuple(found))
