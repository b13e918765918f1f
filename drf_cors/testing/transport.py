"""Requests of the model browser, as Django's test clients take them, and the responses."""

import copy
import io
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any, TypeVar, cast
from urllib.parse import unquote, unquote_to_bytes

from django.http import HttpHeaders, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncClient, Client
from django.test.client import FakePayload

from drf_cors.fetch_model.messages import WireRequest, WireResponse

AnyClient = TypeVar("AnyClient", Client, AsyncClient)

# Client defaults that are credentials, by their names in Client and AsyncClient.
_AMBIENT_CREDENTIALS = frozenset({"HTTP_AUTHORIZATION", "HTTP_COOKIE", "AUTHORIZATION", "COOKIE"})


def without_credentials(client: AnyClient) -> AnyClient:
    """Return a copy of `client` that sends no credentials and keeps no new cookies."""
    anonymous: Any = copy.copy(client)  # Any: Django's types lack the attributes of APIClient
    anonymous.cookies = SimpleCookie()
    anonymous.defaults = dict(client.defaults)
    for key in _AMBIENT_CREDENTIALS:
        anonymous.defaults.pop(key, None)
    if hasattr(anonymous, "force_authenticate"):
        # DRF's APIClient keeps a user in its handler and credentials in itself. DRF is not imported
        # here.
        anonymous.handler = type(client.handler)(client.handler.enforce_csrf_checks)
        anonymous.credentials()
    return cast("AnyClient", anonymous)


def combined_headers(wire: WireRequest) -> dict[str, str]:
    """Return the headers by lower-case name; repeated ones are joined, as servers do."""
    headers: dict[str, str] = {}
    for name, value in wire.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def _content_length(wire: WireRequest) -> str | None:
    """Return the `Content-Length` header, if any.

    https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, the steps about `contentLength`
    """
    if wire.body is not None:
        return str(len(wire.body))
    if wire.method in {"POST", "PUT"}:
        return "0"
    return None


def environ_of(wire: WireRequest) -> dict[str, Any]:
    """Return the environ that a WSGI server makes of the request (PEP 3333), without cookies."""
    environ: dict[str, Any] = {
        **HttpHeaders.to_wsgi_names(combined_headers(wire)),
        "HTTP_HOST": wire.url.authority,
        "PATH_INFO": unquote_to_bytes(wire.url.path).decode("latin-1"),
        "QUERY_STRING": wire.url.query,
        "REQUEST_METHOD": wire.method,
        "SERVER_NAME": wire.url.host,
        "SERVER_PORT": str(_port(wire)),
        "wsgi.input": io.BytesIO(wire.body or b""),
        "wsgi.url_scheme": wire.url.scheme,
    }
    length = _content_length(wire)
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    return environ


def scope_of(wire: WireRequest, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scope that an ASGI server makes of the request, without cookies.

    `AsyncClient` adds its default headers only in methods that are not called here. So they are
    added here.
    """
    headers = {}
    for key, value in defaults.items():
        name = key.removeprefix("HTTP_").lower().replace("_", "-")
        headers[name] = value
    headers |= combined_headers(wire)
    headers["host"] = wire.url.authority
    length = _content_length(wire)
    if length is not None:
        headers["content-length"] = length
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {
        "headers": pairs,
        "method": wire.method,
        "path": unquote(wire.url.path),
        "query_string": wire.url.query,
        "scheme": wire.url.scheme,
        "server": (wire.url.host, str(_port(wire))),
        "_body_file": FakePayload(wire.body or b""),
    }


def _port(wire: WireRequest) -> int:
    return wire.url.port or {"http": 80, "https": 443}[wire.url.scheme]


def wire_response(response: HttpResponseBase, body: bytes) -> WireResponse:
    """Return a response as the browser receives it."""
    return WireResponse(status=response.status_code, headers=tuple(response.items()), body=body)


async def body_of(response: HttpResponseBase) -> bytes:
    """Return the body of a response of an `AsyncClient`."""
    if isinstance(response, StreamingHttpResponse) and response.is_async:
        return b"".join([chunk async for chunk in response])
    return b"".join(response)
