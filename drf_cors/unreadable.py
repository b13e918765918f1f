"""Logs what the scripts of an allowed origin cannot read: headers, or a response with credentials.

Under `DEBUG` only.

What a handler sends is not guessed from its source: it is seen on the response, as `CorsMiddleware`
returns it. So middleware below adds to it, and middleware above does not.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, cast

from drf_cors.core.errors import logged, logged_text
from drf_cors.core.exposure import exposed_by, unreadable_headers
from drf_cors.core.fetch import REDIRECT_STATUSES
from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin
from drf_cors.core.verdict import ALLOW_CREDENTIALS, ALLOW_ORIGIN, EXPOSE_HEADERS, Reason
from drf_cors.declaration_edits import Addition, edit_of
from drf_cors.explain_command import explain_command
from drf_cors.identity import WeakIdentityMap

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import ResolverMatch

    from drf_cors.core.sources import Source
    from drf_cors.resolver import ViewPolicies
    from drf_cors.view_layers import ViewLayers

logger = logging.getLogger("drf_cors")

#: How many headers are reported for one view. A view may make up names.
MAX_REPORTED: Final = 50


#: Characters of a name in an advice. The longest of the standard has 40.
MAX_NAME: Final = 120

#: Stands for refused credentials among the names of headers.
_CREDENTIALS: Final = ""


class UnreadableLog:
    """Logs each header of each view once, and once that credentials are refused.

    A view is a class or a function. Those that are deleted are forgotten.
    """

    def __init__(self) -> None:
        self._reported: WeakIdentityMap[object, set[str]] = WeakIdentityMap()

    def look_at(
        self, request: HttpRequest, response: HttpResponseBase, view: ViewPolicies, method: str, origin: str
    ) -> None:
        """Log what of a response a script of its origin cannot read.

        Args:
            request: The request.
            response: The response, with the headers for an allowed origin.
            view: The policies of the URL.
            method: The method that was judged.
            origin: The `Origin` header, of another origin.
        """
        if not logger.isEnabledFor(logging.WARNING):
            return
        if _is_refused_with_credentials(request, response, origin):
            reported = self._reported_for(request, view.layers)
            if view.layers.name and _CREDENTIALS not in reported:
                reported.add(_CREDENTIALS)
                _log_credentials(request, view, method, origin)
            return
        if not _is_read_by_script(request, response, origin):
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
                _log_unreadable(name, request, response, view, method, origin)

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


def _is_refused_with_credentials(request: HttpRequest, response: HttpResponseBase, origin: str) -> bool:
    """Whether a browser refuses the response because credentials were sent (Fetch, CORS check).

    To another origin, requests in the mode `cors` have cookies only if they include credentials.
    """
    meta = request.META
    if meta.get("HTTP_SEC_FETCH_MODE") != "cors" or not _has_cookies(request):
        return False
    if meta.get("HTTP_SEC_FETCH_SITE") not in ("cross-site", "same-site") or parse_origin(origin) is None:
        return False
    return response.headers.get(ALLOW_CREDENTIALS) != "true" or response.headers.get(ALLOW_ORIGIN) == "*"


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


def _log_unreadable(
    name: str, request: HttpRequest, response: HttpResponseBase, view: ViewPolicies, method: str, origin: str
) -> None:
    source = view.policies.of(method).sources["expose_headers"]
    fields = {**_fields("allowed", request, view, method, origin, source), "header": logged_text(name, 120)}
    credentials = _has_cookies(request) and ALLOW_CREDENTIALS in response.headers
    command = explain_command(request, origin, method, credentials=credentials, read=name)
    addition = Addition("expose_headers", name, f"expose_headers=[INHERITED, {name!r}]")
    if view.layers.name:
        advice = edit_of(addition, view.layers, method, *_route(request))
    else:
        advice = f"add {name!r} to CORS_EXPOSE_HEADERS; the URL has no view"
    if len(name) > MAX_NAME:
        advice = "send a shorter name"
    logger.warning(
        "header-not-exposed: %s %s sends %s, which scripts of %s cannot read: expose_headers does not list it (%s). "
        "If they need it: %s.%s",
        fields["method"],
        fields["path"],
        fields["header"],
        fields["origin"],
        fields["source"],
        logged_text(advice),
        f" Explained by: {command}" if command else "",
        extra=fields,
    )


def _log_credentials(request: HttpRequest, view: ViewPolicies, method: str, origin: str) -> None:
    policy = view.policies.of(method)
    source, cause = policy.sources["allow_credentials"], "the policy does not allow credentials"
    if policy.allow_all_origins:
        source, cause = policy.who_source, "the policy allows any origin, and browsers refuse '*' with credentials"
    fields = _fields(Reason.CREDENTIALS_NOT_ALLOWED, request, view, method, origin, source)
    listed = policy.allow_credentials if isinstance(policy.allow_credentials, tuple) else ()
    code = f"allow_credentials={[*listed, origin]!r}"
    if "*" in policy.expose_headers:  # with credentials it exposes nothing
        code += f", expose_headers={[name for name in policy.expose_headers if name != '*']!r}"
    command = explain_command(request, origin, method, credentials=True)
    logger.warning(
        "%s: %s %s was sent with cookies by a script of %s, which cannot read the response: %s (%s). "
        "If it needs them: %s. If not: fetch without credentials: 'include'.%s",
        fields["reason"],
        fields["method"],
        fields["path"],
        fields["origin"],
        cause,
        fields["source"],
        logged_text(edit_of(Addition("allow_credentials", origin, code), view.layers, method, *_route(request))),
        f" Explained by: {command}" if command else "",
        extra=fields,
    )


def _fields(
    reason: str, request: HttpRequest, view: ViewPolicies, method: str, origin: str, source: Source
) -> dict[str, str]:
    """Return the fields of a log record."""
    return {
        "reason": str(reason),
        "origin": logged(origin),
        "path": logged(request.path),
        "method": logged(method),
        "view": logged_text(view.layers.name),
        "source": logged_text(str(source)),
    }


def _has_cookies(request: HttpRequest) -> bool:
    return bool(request.META.get("HTTP_COOKIE"))


def _route(request: HttpRequest) -> tuple[Callable[..., Any], Any]:
    """Return the callback of a request with a view, and its URLconf."""
    match = cast("ResolverMatch", request.resolver_match)
    return match.func, getattr(request, "urlconf", None)
