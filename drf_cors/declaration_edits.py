"""The edit of a declaration that a log line advises: it opens what was asked, for one method of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.policy import CorsPolicy
from drf_cors.site_routes import is_on_several_routes
from drf_cors.view_facts import api_view_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from drf_cors.core.merge import Layer
    from drf_cors.view_layers import ViewLayers


class Addition(NamedTuple):
    """What a policy has to list.

    Attributes:
        field: The field.
        item: The name or the origin that it lacks.
        code: The field as an argument, for a new declaration.
    """

    field: str
    item: str
    code: str


def edit_of(
    addition: Addition, layers: ViewLayers, method: str, callback: Callable[..., Any], urlconf: Any = None
) -> str:
    """Return how to add something to the policy of one method of a view, and nothing else.

    Args:
        addition: What to add.
        layers: What is declared for the view, which has a name.
        method: The method.
        callback: The callback of the route.
        urlconf: `request.urlconf`, None for the root.
    """
    fields: dict[str, Any] = {addition.field: [addition.item]}
    try:
        CorsPolicy(**fields)
    except CorsConfigurationError as error:  # `Authorization`, for one, is a header of requests
        return error.faults[0].remedy
    if method == "HEAD" and not layers.has_own_head:
        method = "GET"
    layer = _nearest(layers, method)
    if layer is not None and layer.policy is not None:
        return _changed(addition, layer, layer.policy)
    handler = layers.handlers.get(method, "")
    is_shared = is_on_several_routes(layers.view_class, handler, callback, urlconf)
    if _is_function(layers) or not handler:
        if is_shared:
            return f"put cors({addition.code})(...) around {layers.name} in the URLconf, at this route"
        return f"put @cors({addition.code}) on {layers.name}"
    note = f" (this changes {method} of its other routes too)" if is_shared else ""
    return f"{_at_handler(addition, layers, method, handler)}{note}"


def _at_handler(addition: Addition, layers: ViewLayers, method: str, handler: str) -> str:
    """Return the edit at a method or an action of a class."""
    view_class = layers.view_class
    if layers.actions.get(method):
        policy = f"{handler!r}: CorsPolicy({addition.code})"
        if "cors_action_policies" in vars(view_class):
            return f"add {policy} to {layers.name}.cors_action_policies"
        return f"write cors_action_policies = {{{policy}}} in {layers.name}"
    if handler in vars(view_class):
        return f"put @cors({addition.code}) on {layers.name}.{handler}"
    return f"write a method {layers.name}.{handler} that calls super(), and put @cors({addition.code}) on it"


def _nearest(layers: ViewLayers, method: str) -> Layer | None:
    """Return the declaration that a second one would collide with, None if there is none."""
    own = layers.by_method.get(method)
    if own is None and _is_function(layers) and layers.general:
        return layers.general[-1]
    return own


def _is_function(layers: ViewLayers) -> bool:
    return layers.view_class is None or api_view_function(layers.view_class) is not None


def _changed(addition: Addition, layer: Layer, policy: CorsPolicy) -> str:
    """Return the edit of a declaration."""
    place, note = str(layer.source), ""
    if layer.policy_name is not None:
        place = f"settings.CORS_POLICIES[{layer.policy_name!r}]"
        note = " (this changes every view that uses it)"
    if isinstance(getattr(policy, addition.field), tuple):
        return f"add {addition.item!r} to {addition.field} in {place}{note}"
    return f"write {addition.code} in {place}{note}"
