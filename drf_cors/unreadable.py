"""Logs response headers that the scripts of an allowed origin cannot read. Under `DEBUG` only.

What a handler sends is not guessed from its source: it is seen on the response, as `CorsMiddleware`
returns it. So middleware below adds to it, and middleware above does not.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from drf_cors.core.errors import CorsConfigurationError, logged, logged_text
from drf_cors.core.exposure import exposed_by, unreadable_headers
from drf_cors.core.fetch import REDIRECT_STATUSES
from drf_cors.core.fields import UNSET
from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin
from drf_cors.core.policy import CorsPolicy
from drf_cors.core.verdict import ALLOW_CREDENTIALS, EXPOSE_HEADERS
from drf_cors.explain_command import explain_command
from drf_cors.identity import WeakIdentityMap
from drf_cors.view_facts import api_view_function

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from drf_cors.core.merge import Layer
    from drf_cors.resolver import ViewPolicies
    from drf_cors.view_layers import ViewLayers

logger = logging.getLogger("drf_cors")

#: How many headers are reported for one view. A view may make up names.
MAX_REPORTED: Final = 50


class UnreadableLog:
    """Logs each header of each view once.

    A view is a class or a function. Those that are deleted are forgotten.
    """

    def __init__(self) -> None:
        self._reported: WeakIdentityMap[object, set[str]] = WeakIdentityMap()

    def look_at(
        self, request: HttpRequest, response: HttpResponseBase, view: ViewPolicies, method: str, origin: str
    ) -> None:
        """Log the headers of a response that a script of its origin cannot read.

        Args:
            request: The request.
            response: The response, with the headers for an allowed origin.
            view: The policies of the URL.
            method: The method that was judged.
            origin: The `Origin` header, of another origin.
        """
        if not logger.isEnabledFor(logging.WARNING) or not _is_read_by_script(request, response, origin):
            return
        names = unreadable_headers(
            response.headers,
            exposed_by(response.headers.get(EXPOSE_HEADERS)),
            with_credentials=ALLOW_CREDENTIALS in response.headers,
        )
        if not names:
            return
        reported = self._reported_for(request, view.layers)
        for name in names:
            if name.lower() not in reported and len(reported) < MAX_REPORTED:
                reported.add(name.lower())
                _log(name, request, response, view, method, origin)

    def _reported_for(self, request: HttpRequest, layers: ViewLayers) -> set[str]:
        """Return the headers that are reported for a view, in lower case."""
        match = request.resolver_match
        view: object = layers.view_class or (None if match is None else match.func)
        if not type(view).__weakrefoffset__:  # without a view, and for callbacks with __slots__
            view = type(view)
        reported = self._reported.get(view)
        if reported is None:
            reported = set()
            self._reported.set(view, reported)
        return reported


def _is_read_by_script(request: HttpRequest, response: HttpResponseBase, origin: str) -> bool:
    """Whether a script gets the response: browsers follow redirects, and load images themselves.

    https://www.w3.org/TR/fetch-metadata/
    """
    if response.status_code in REDIRECT_STATUSES and response.has_header("Location"):
        return False
    if origin not in OPAQUE_ORIGINS and parse_origin(origin) is None:
        return False
    meta = request.META
    mode: str = meta.get("HTTP_SEC_FETCH_MODE", "cors")
    destination: str = meta.get("HTTP_SEC_FETCH_DEST", "empty")
    return mode == "cors" and destination == "empty"


def _log(
    name: str, request: HttpRequest, response: HttpResponseBase, view: ViewPolicies, method: str, origin: str
) -> None:
    source = logged_text(str(view.policies.of(method).sources["expose_headers"]))
    fields = {
        "reason": "allowed",
        "origin": logged(origin),
        "path": logged(request.path),
        "method": logged(method),
        "view": logged_text(view.layers.name),
        "source": source,
        "header": logged_text(name, 120),
    }
    credentials = bool(request.META.get("HTTP_COOKIE")) and ALLOW_CREDENTIALS in response.headers
    command = explain_command(request, origin, method, credentials=credentials, read=name)
    logger.warning(
        "header-not-exposed: %s %s sends %s, which scripts of %s cannot read: expose_headers does not list it (%s). "
        "If they need it: %s.%s",
        fields["method"],
        fields["path"],
        fields["header"],
        fields["origin"],
        source,
        logged_text(_advice(name, view, method)),
        f" Explained by: {command}" if command else "",
        extra=fields,
    )


def _advice(name: str, view: ViewPolicies, method: str) -> str:
    """Return how to expose a header to the scripts of one method, and nothing else."""
    try:
        CorsPolicy(expose_headers=[name])
    except CorsConfigurationError as error:  # `Authorization`, for one, is a header of requests
        return error.faults[0].remedy
    layers = view.layers
    if method == "HEAD" and not layers.has_own_head:
        method = "GET"
    layer = _nearest(layers, method)
    if layer is not None and layer.policy is not None:
        return _edit(name, layer, layer.policy)
    code = f"expose_headers=[INHERITED, {name!r}]"
    if not layers.name:
        return f"add {name!r} to CORS_EXPOSE_HEADERS; the URL has no view"
    handler = layers.handlers.get(method, "")
    view_class = layers.view_class
    if layers.actions.get(method) and view_class is not None:
        policy = f"{handler!r}: CorsPolicy({code})"
        if "cors_action_policies" in vars(view_class):
            return f"add {policy} to {layers.name}.cors_action_policies"
        return f"write cors_action_policies = {{{policy}}} in {layers.name}"
    if _is_function(layers) or not handler:
        return f"put @cors({code}) on {layers.name}"
    if handler in vars(view_class):
        return f"put @cors({code}) on {layers.name}.{handler}"
    return f"write a method {layers.name}.{handler} that calls super(), and put @cors({code}) on it"


def _nearest(layers: ViewLayers, method: str) -> Layer | None:
    """Return the declaration that a second one would collide with, None if there is none."""
    own = layers.by_method.get(method)
    if own is None and _is_function(layers) and layers.general:
        return layers.general[-1]
    return own


def _is_function(layers: ViewLayers) -> bool:
    return layers.view_class is None or api_view_function(layers.view_class) is not None


def _edit(name: str, layer: Layer, policy: CorsPolicy) -> str:
    """Return the edit of a declaration."""
    place, note = str(layer.source), ""
    if layer.policy_name is not None:
        place = f"settings.CORS_POLICIES[{layer.policy_name!r}]"
        note = " (this changes every view that uses it)"
    if policy.expose_headers is UNSET:
        return f"write expose_headers=[INHERITED, {name!r}] in {place}{note}"
    return f"add {name!r} to expose_headers in {place}{note}"
