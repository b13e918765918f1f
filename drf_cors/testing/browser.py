"""The model browser over Django's test clients."""

import copy
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any, Generic, TypeAlias, TypeVar, cast
from urllib.parse import unquote, unquote_to_bytes

from django.http import HttpHeaders, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncClient, Client
from django.test.client import FakePayload
from django.urls import get_script_prefix

from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin
from drf_cors.core.verdict import CorsRequest, Reason
from drf_cors.explain.predict import Destination, explain
from drf_cors.fetch_model.algorithm import Steps, main_fetch
from drf_cors.fetch_model.messages import (
    CorsBlocked,
    Credentials,
    FetchResponse,
    Kind,
    RequestFacts,
    WireRequest,
    WireResponse,
    new_request,
)
from drf_cors.fetch_model.preflight_cache import Clock, PreflightCache
from drf_cors.fetch_model.profiles import FETCH, Profile
from drf_cors.fetch_model.urls import parse_url

ScriptHeaders: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
AnyClient = TypeVar("AnyClient", Client, AsyncClient)

# Client defaults that are credentials, by their names in Client and AsyncClient.
_AMBIENT_CREDENTIALS = frozenset({"HTTP_AUTHORIZATION", "HTTP_COOKIE", "AUTHORIZATION", "COOKIE"})


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its response, as they were sent.

    Attributes:
        kind: `preflight` or `request`.
        method: As sent.
        url: The URL.
        request_headers: As sent, with lower-case names; without cookies, `Host` and
            `Content-Length`.
        credentials: Whether cookies and other ambient credentials were sent.
        status: The status of the response.
        response_headers: The `Access-Control-*` and `Vary` headers of the response, with lower-case
            names.
    """

    kind: Kind
    method: str
    url: str
    request_headers: dict[str, str]
    credentials: bool
    status: int
    response_headers: dict[str, str]


class _ModelBrowser(Generic[AnyClient]):
    """The common part of both browsers: everything that does not wait for a response."""

    def __init__(self, origin: str, client: AnyClient, *, profile: Profile, server: str) -> None:
        if origin not in OPAQUE_ORIGINS and parse_origin(origin) is None:
            raise ValueError(f"{origin!r} is not an origin that a browser sends. Write it like 'https://shop.example'.")
        base = parse_url("/", server)
        if base is None:
            raise ValueError(f"server={server!r} is not the URL of a server. Write it like 'http://testserver'.")
        self.origin = origin
        self.client: AnyClient = client
        self.profile = profile
        self.server = str(base)
        self.clock = Clock()
        self.cache = PreflightCache(profile, self.clock)
        self.log: list[Exchange] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.profile.name} at {self.origin}>"

    def _start(
        self,
        url: str,
        *,
        method: str,
        headers: ScriptHeaders | None,
        body: bytes | str | None,
        json: Any,
        credentials: Credentials,
    ) -> Steps:
        request = new_request(
            origin=self.origin,
            url=url,
            base=self.server,
            method=method,
            headers=headers,
            body=body,
            json=json,
            credentials=credentials,
        )
        return main_fetch(request, self.cache, self.profile)

    def _advance(self, steps: Steps, response: WireResponse | None = None) -> WireRequest | FetchResponse:
        """Run the algorithm to the next request to send, or to its end."""
        try:
            if response is None:
                return next(steps)
            return steps.send(response)
        except StopIteration as done:
            return cast("FetchResponse", done.value)
        except CorsBlocked as blocked:
            blocked.reason, blocked.source = _server_reason(blocked.facts)
            raise

    def _record(self, wire: WireRequest, response: WireResponse) -> None:
        self.log.append(
            Exchange(
                kind=wire.kind,
                method=wire.method,
                url=str(wire.url),
                request_headers=_combined(wire),
                credentials=wire.credentials,
                status=response.status,
                response_headers={
                    name: response.header(name) or ""
                    for name in sorted({name.lower() for name, _ in response.headers})
                    if name == "vary" or name.startswith("access-control-")
                },
            )
        )

    def _client_for(self, wire: WireRequest) -> AnyClient:
        client: AnyClient = self.client
        if wire.credentials:
            return client
        return _without_credentials(client)


class Browser(_ModelBrowser[Client]):
    """A browser with one open page, whose scripts fetch from the project under test.

    It follows the CORS rules of the Fetch Standard, or of one browser engine. So it shows what a
    front end at `origin` gets. Its cookies are those of the test client, which ignores hosts and
    `SameSite`.

    Args:
        origin: The origin of the page: `https://shop.example`, or `null`.
        client: A `django.test.Client` or DRF's `APIClient`, logged in or not. Its credentials are
            sent only if the credentials mode allows it. By default, a new `Client`.
        profile: The engine.
        server: The scheme, host and port for paths.

    Attributes:
        clock: `browser.clock.advance(seconds=600)` lets cached preflights expire.
        cache: The preflight cache.
        log: All requests with their responses, as `Exchange` objects.

    Raises:
        ValueError: `origin` is not an origin, or `server` is not an HTTP URL.
        TypeError: `client` is asynchronous.
    """

    def __init__(
        self,
        origin: str,
        client: Client | None = None,
        *,
        profile: Profile = FETCH,
        server: str = "http://testserver",
    ) -> None:
        if isinstance(client, AsyncClient):
            raise TypeError("An AsyncClient must be awaited; write AsyncBrowser(origin, client=AsyncClient()).")
        super().__init__(origin, client or Client(), profile=profile, server=server)

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: ScriptHeaders | None = None,
        body: bytes | str | None = None,
        json: Any = None,
        credentials: Credentials = "same-origin",
    ) -> FetchResponse:
        """Fetch as a script does with `fetch(url, {...})`, in `cors` mode, following redirects.

        Args:
            url: A path on the server, or a whole URL.
            method: Normalised as in browsers: `put` is sent as `PUT`, `patch` stays `patch`.
            headers: Headers that a script cannot set are dropped without an error.
            body: Text is sent as `text/plain;charset=UTF-8` unless `headers` has another type.
            json: Sent as `application/json` unless `headers` has another type.
            credentials: `omit`, `same-origin` or `include`.

        Returns:
            The part of the response that the script may read.

        Raises:
            CorsBlocked: The browser did not send the request, or did not let the script read the
                response.
            TypeError: No browser makes such a request.
        """
        steps = self._start(url, method=method, headers=headers, body=body, json=json, credentials=credentials)
        step = self._advance(steps)
        while isinstance(step, WireRequest):
            django_response: HttpResponseBase = self._client_for(step).request(**_environ(step))
            response = _wire_response(django_response, b"".join(django_response))
            self._record(step, response)
            step = self._advance(steps, response)
        return step


class AsyncBrowser(_ModelBrowser[AsyncClient]):
    """The same browser over Django's `AsyncClient`: its `fetch` is awaited.

    Args:
        origin: As for `Browser`.
        client: A `django.test.AsyncClient`; a new one by default.
        profile: As for `Browser`.
        server: As for `Browser`.

    Raises:
        ValueError: As for `Browser`.
        TypeError: `client` is synchronous.
    """

    def __init__(
        self,
        origin: str,
        client: AsyncClient | None = None,
        *,
        profile: Profile = FETCH,
        server: str = "http://testserver",
    ) -> None:
        if isinstance(client, Client):
            raise TypeError("A Client cannot be awaited; write Browser(origin, client=Client()).")
        super().__init__(origin, client or AsyncClient(), profile=profile, server=server)

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: ScriptHeaders | None = None,
        body: bytes | str | None = None,
        json: Any = None,
        credentials: Credentials = "same-origin",
    ) -> FetchResponse:
        """Fetch as `Browser.fetch` does, with the same arguments, result and errors."""
        steps = self._start(url, method=method, headers=headers, body=body, json=json, credentials=credentials)
        step = self._advance(steps)
        while isinstance(step, WireRequest):
            client = self._client_for(step)
            scope = _scope(step, client.defaults)
            django_response: HttpResponseBase = await client.request(**scope)
            response = _wire_response(django_response, await _body(django_response))
            self._record(step, response)
            step = self._advance(steps, response)
        return step


def _server_reason(facts: RequestFacts) -> tuple[str, str]:
    """Return the server's reason code for a blocked request, and the declaration behind it.

    The response headers blocked the request. The reason is found afterwards, without running a view
    or a callable. If a callable decided, the response shows that it refused.
    """
    url = parse_url(facts.url, facts.url)
    path = unquote(url.path) if url is not None else "/"
    request = CorsRequest(
        origin=facts.origin,
        method=facts.method,
        headers=",".join(facts.headers),
        is_preflight=facts.kind == "preflight",
        credentials=facts.credentials,
    )
    destination = Destination(
        path=path.removeprefix(get_script_prefix().rstrip("/")),
        host=url.authority if url is not None else "",
    )
    explanation = explain(request, destination)
    is_unknown = explanation.reason is Reason.DEPENDS
    reason = Reason.ORIGIN_NOT_ALLOWED if is_unknown else explanation.reason
    return str(reason), str(explanation.source)


def _without_credentials(client: AnyClient) -> AnyClient:
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


def _combined(wire: WireRequest) -> dict[str, str]:
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


def _environ(wire: WireRequest) -> dict[str, Any]:
    """Return the environ that a WSGI server makes of the request (PEP 3333), without cookies."""
    environ: dict[str, Any] = {
        **HttpHeaders.to_wsgi_names(_combined(wire)),
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


def _scope(wire: WireRequest, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scope that an ASGI server makes of the request, without cookies.

    `AsyncClient` adds its default headers only in methods that are not called here. So they are
    added here.
    """
    headers = {}
    for key, value in defaults.items():
        name = key.removeprefix("HTTP_").lower().replace("_", "-")
        headers[name] = value
    headers |= _combined(wire)
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


def _wire_response(response: HttpResponseBase, body: bytes) -> WireResponse:
    return WireResponse(status=response.status_code, headers=tuple(response.items()), body=body)


async def _body(response: HttpResponseBase) -> bytes:
    if isinstance(response, StreamingHttpResponse) and response.is_async:
        return b"".join([chunk async for chunk in response])
    return b"".join(response)
