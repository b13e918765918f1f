"""Views beside the schema view of drf-spectacular."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from django.core.exceptions import DisallowedHost
from django.utils import translation
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from drf_cors.core.errors import shown
from drf_cors.core.fetch import is_forbidden_request_header, is_same_origin, is_token
from drf_cors.core.policy import NO_CORS
from drf_cors.core.preflight import MAX_REQUEST_HEADERS_BYTES, MAX_REQUEST_HEADERS_NAMES
from drf_cors.explain.predict import parse_header
from drf_cors.mixins import CorsPolicyMixin
from drf_cors.openapi import answers, options
from drf_cors.openapi.operations import RecordedSchema, recording_generator
from drf_cors.openapi.script_requests import ScriptRequest
from drf_cors.openapi.swagger import CorsSwaggerMixin, CorsSwaggerSplitView, CorsSwaggerView

if TYPE_CHECKING:
    from django.http import QueryDict
    from rest_framework.request import Request

__all__ = ["CorsExplainView", "CorsSwaggerMixin", "CorsSwaggerSplitView", "CorsSwaggerView"]


class CorsExplainView(CorsPolicyMixin, SpectacularAPIView):
    """Shows what a script of some origin may do with the operations of the schema.

    `GET ?origin=https://shop.example` returns a verdict for each operation. The parameters `header`
    (repeated) and `credentials=true` describe what the script sends. `docs/reference/openapi.md`
    describes the response.

    The view makes the schema that this user may see, with the arguments of the schema view
    (`urlconf`, `api_version`, ...) and under its permissions. There is no verdict on an operation
    that is not in this schema. No other view runs. Other origins cannot read the response, and no
    cache keeps it. A response costs about as much as a schema. So set `throttle_classes` if the
    view is public.
    """

    cors_policy = NO_CORS
    http_method_names = ["get"]  # noqa: RUF012 - Django's
    renderer_classes = [JSONRenderer]  # noqa: RUF012 - DRF's
    schema = None  # no operation of its own

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the verdicts on the request that the query string describes."""
        plan = _plan_of(request.query_params)
        recorded = RecordedSchema()
        self.generator_class = recording_generator(self.generator_class, recorded)
        # The schema itself is not sent. drf-spectacular has no types.
        super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        is_own_origin = _is_own_origin(plan.origin, recorded.server, request)
        # As the schema view does.
        with translation.override(request.GET.get("lang") or translation.get_language()):
            found = answers.of_all(
                recorded.operations,
                plan,
                is_same_origin=is_own_origin,
                with_sources=options.for_request(request).with_sources,
            )
            return Response(found)

    def _get_filename(self, *_: object) -> str:
        """Return no file name.

        No schema is sent, and a version with line breaks would not be valid in a header.
        """
        return ""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep responses out of caches, also those with an error."""
        response = super().finalize_response(request, response, *args, **kwargs)
        # `private` too: older releases of Django's cache middleware check only that.
        response["Cache-Control"] = "private, no-store"
        return response


_PARAMETERS: Final = ("origin", "header", "credentials")


def _is_own_origin(origin: str, server: str, request: Request) -> bool:
    """Return whether an origin is the API's own.

    That is the origin of the server that the schema names, or of this site if it names none. False
    if either is not valid.
    """
    try:
        target = urlsplit(urljoin(f"{request.scheme}://{request.get_host()}", server))
    except (DisallowedHost, ValueError):
        return False
    return is_same_origin(origin, target.scheme, target.netloc.lower())


def _plan_of(query: QueryDict) -> ScriptRequest:
    """Read what the script sends from the query string. The result has no method.

    Raises:
        ValidationError: With a message for every parameter that is not valid.
    """
    faults = _misspelt(query)
    origin = query.get("origin", "")
    if not origin:
        faults["origin"] = "Give the origin of the page: origin=https://shop.example."
    headers = [parse_header(text) for text in query.getlist("header") if text.strip()]
    fault = _fault_of([name for name, _value in headers])
    if fault:
        faults["header"] = fault
    credentials = query.get("credentials", "false")
    if credentials not in ("true", "false"):
        faults["credentials"] = "Write true or false."
    if faults:
        raise ValidationError(faults)
    sent = tuple(pair for pair in headers if not is_forbidden_request_header(*pair))
    return ScriptRequest(origin=origin, method="", sent=sent, credentials=credentials == "true")


def _misspelt(query: QueryDict) -> dict[str, str]:
    """Return a fault for each parameter whose name is nearly one of ours."""
    faults = {}
    for name in query:
        meant = get_close_matches(name, _PARAMETERS, n=1, cutoff=0.75)
        if meant and name not in _PARAMETERS:
            faults[name] = f"Write {meant[0]}."
    return faults


def _fault_of(names: list[str]) -> str:
    """Return what is wrong with the names of headers, "" if they are valid."""
    wrong = next((name for name in names if not is_token(name)), None)
    if wrong is not None:
        return f"{shown(wrong)} is not the name of a header. Write a name such as X-Request-Id."
    # The response repeats the headers for every operation.
    if len(names) > MAX_REQUEST_HEADERS_NAMES or len("".join(names)) > MAX_REQUEST_HEADERS_BYTES:
        return "Write fewer headers: no preflight has so many."
    return ""
