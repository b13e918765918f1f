"""Views beside the schema view of drf-spectacular."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from django.core.exceptions import DisallowedHost
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from drf_cors.core.fetch import (
    is_forbidden_method,
    is_forbidden_request_header,
    is_token,
    normalise_method,
)
from drf_cors.core.policy import NO_CORS
from drf_cors.core.preflight import MAX_REQUEST_HEADERS_BYTES, MAX_REQUEST_HEADERS_NAMES
from drf_cors.foresight import Plan, header
from drf_cors.mixins import CorsPolicyMixin
from drf_cors.openapi import answers
from drf_cors.openapi.operations import Made, recording
from drf_cors.openapi.swagger import CorsSwaggerMixin, CorsSwaggerSplitView, CorsSwaggerView

if TYPE_CHECKING:
    from django.http import QueryDict
    from rest_framework.request import Request

__all__ = ["CorsExplainView", "CorsSwaggerMixin", "CorsSwaggerSplitView", "CorsSwaggerView"]


class CorsExplainView(CorsPolicyMixin, SpectacularAPIView):
    """Says what a script of some origin may do: with one operation of the schema, or with all.

    `GET ?origin=https://shop.example` answers for all operations; `&path=/api/orders/{id}/&method=PUT` for one, in
    detail. `header` (repeated) and `credentials=true` say what the script sends. The answers are described in
    `docs/reference/openapi.md`.

    It makes the schema as this user sees it, with the arguments of the schema view (`urlconf`, `api_version`, ...),
    under its permissions; what is not in it is a 404. No view runs. Other origins cannot read it, and it is not kept
    in caches. Answers cost about what a schema costs, so `throttle_classes` is a good idea where strangers may ask.
    """

    cors_policy = NO_CORS
    http_method_names = ["get"]  # noqa: RUF012 - Django's
    renderer_classes = [JSONRenderer]  # noqa: RUF012 - DRF's
    schema = None  # no operation of its own

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer the question in the query string."""
        path, plan = _question(request.query_params)
        made = Made()
        self.generator_class = recording(self.generator_class, made)
        # The schema itself is not sent.
        super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # drf-spectacular has no types
        is_same_origin = plan.origin == _origin_of(made.server, request)
        with translation.override(request.GET.get("lang") or translation.get_language()):  # as the schema view does
            if path is None:
                return Response(answers.of_all(made.operations, plan, is_same_origin=is_same_origin))
            asker = request._request  # noqa: SLF001 - DRF has no other name for Django's request, which callables know
            answer = answers.of_one(made.operations, path, plan, asker, is_same_origin=is_same_origin)
        if answer is None:
            raise NotFound(_("The schema has no such operation."))
        return Response(answer)

    def _get_filename(self, *_: object) -> str:
        """Name no file: no schema is sent, and a version of line breaks would not do in a header."""
        return ""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep answers, refusals included, out of caches."""
        response = super().finalize_response(request, response, *args, **kwargs)
        # `private` too: older releases of Django's cache middleware look for nothing else.
        response["Cache-Control"] = "private, no-store"
        return response


_PARAMETERS: Final = ("origin", "path", "method", "header", "credentials")


def _origin_of(server: str, request: Request) -> str:
    """Return the origin of the API: of the server that the schema names, else of this site; "" for a faulty one."""
    try:
        target = urlsplit(urljoin(f"{request.scheme}://{request.get_host()}", server))
    except (DisallowedHost, ValueError):
        return ""
    return f"{target.scheme}://{target.netloc}".lower()


def _question(query: QueryDict) -> tuple[str | None, Plan]:
    """Read the query string: the path, None for all, and what the script does.

    Raises:
        ValidationError: Of every parameter that is wrong.
    """
    faults: dict[str, str] = {}
    origin, path, method = query.get("origin", ""), query.get("path"), query.get("method", "")
    if not origin:
        faults["origin"] = _("Say whose script it is: origin=https://shop.example.")
    for name in query:
        meant = get_close_matches(name, _PARAMETERS, n=1, cutoff=0.75)
        if meant and name not in _PARAMETERS:
            faults[name] = _("Write %(name)s.") % {"name": meant[0]}
    if path is None and method:
        faults["path"] = _("Say which operation: path=/api/orders/{id}/. Without a path, all are answered for.")
    if path is not None and not path.startswith("/"):
        faults["path"] = _("Write a path that begins with a slash.")
    if path is not None and (not is_token(method) or is_forbidden_method(method)):
        faults["method"] = _("Write a method that browsers send: method=PUT.")
    headers = [header(text) for text in query.getlist("header") if text.strip()]
    fault = _fault_of([name for name, _value in headers])
    if fault:
        faults["header"] = fault
    credentials = query.get("credentials", "false")
    if credentials not in ("true", "false"):
        faults["credentials"] = _("Write true or false.")
    if faults:
        raise ValidationError(faults)
    sent = tuple(pair for pair in headers if not is_forbidden_request_header(*pair))
    return path, Plan(origin=origin, method=normalise_method(method), sent=sent, credentials=credentials == "true")


def _fault_of(names: list[str]) -> str:
    """Return what is wrong with names of headers, "" where nothing is."""
    if not all(map(is_token, names)):
        return _("Write the name of a header: header=X-Request-Id.")
    if len(names) > MAX_REQUEST_HEADERS_NAMES or len("".join(names)) > MAX_REQUEST_HEADERS_BYTES:
        return _("Write fewer headers: no preflight names so many.")  # every operation's answer repeats them
    return ""
