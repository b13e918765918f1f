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

from drf_cors.core.fetch import is_forbidden_request_header, is_same_origin, is_token
from drf_cors.core.policy import NO_CORS
from drf_cors.core.preflight import MAX_REQUEST_HEADERS_BYTES, MAX_REQUEST_HEADERS_NAMES
from drf_cors.explain.predict import parse_header
from drf_cors.mixins import CorsPolicyMixin
from drf_cors.openapi import answers
from drf_cors.openapi.operations import RecordedSchema, recording_generator
from drf_cors.openapi.script_requests import ScriptRequest
from drf_cors.openapi.swagger import CorsSwaggerMixin, CorsSwaggerSplitView, CorsSwaggerView

if TYPE_CHECKING:
    from django.http import QueryDict
    from rest_framework.request import Request

__all__ = ["CorsExplainView", "CorsSwaggerMixin", "CorsSwaggerSplitView", "CorsSwaggerView"]


class CorsExplainView(CorsPolicyMixin, SpectacularAPIView):
    """Says what a script of some origin may do with the operations of the schema.

    `GET ?origin=https://shop.example` answers for each operation. `header` (repeated) and `credentials=true` say
    what the script sends. The answers are described in `docs/reference/openapi.md`.

    It makes the schema as this user sees it, with the arguments of the schema view (`urlconf`, `api_version`, ...),
    under its permissions; what is not in it is not answered for. No view runs. Other origins cannot read the answer,
    and no cache keeps it. An answer costs about what a schema costs, so `throttle_classes` is a good idea where
    strangers may ask.
    """

    cors_policy = NO_CORS
    http_method_names = ["get"]  # noqa: RUF012 - Django's
    renderer_classes = [JSONRenderer]  # noqa: RUF012 - DRF's
    schema = None  # no operation of its own

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer the question in the query string."""
        plan = _plan_of(request.query_params)
        recorded = RecordedSchema()
        self.generator_class = recording_generator(self.generator_class, recorded)
        # The schema itself is not sent.
        super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # drf-spectacular has no types
        is_own_origin = _is_own_origin(plan.origin, recorded.server, request)
        with translation.override(request.GET.get("lang") or translation.get_language()):  # as the schema view does
            return Response(answers.of_all(recorded.operations, plan, is_same_origin=is_own_origin))

    def _get_filename(self, *_: object) -> str:
        """Name no file: no schema is sent, and a version of line breaks would not do in a header."""
        return ""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep answers, refusals included, out of caches."""
        response = super().finalize_response(request, response, *args, **kwargs)
        # `private` too: older releases of Django's cache middleware look for nothing else.
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
    """Read the query string: what the script sends, without a method.

    Raises:
        ValidationError: Of every parameter that is wrong.
    """
    faults = _misspelt(query)
    origin = query.get("origin", "")
    if not origin:
        faults["origin"] = "Say whose script it is: origin=https://shop.example."
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
    """Return what is wrong with names of headers, "" where nothing is."""
    if not all(map(is_token, names)):
        return "Write the name of a header: header=X-Request-Id."
    if len(names) > MAX_REQUEST_HEADERS_NAMES or len("".join(names)) > MAX_REQUEST_HEADERS_BYTES:
        return "Write fewer headers: no preflight names so many."  # every operation's answer repeats them
    return ""
