"""The model browser over Django's test clients: it carries requests to them and responses back."""

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

# Client defaults that are credentials: the names Client and AsyncClient give them.
_AMBIENT_CREDENTIALS = frozenset({"HTTP_AUTHORIZATION", "HTTP_COOKIE", "AUTHORIZATION", "COOKIE"})


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, as they went over the wire.

    Attributes:
        kind: `preflight` or `request`.
        method: As sent.
        url: Where to.
        request_headers: As sent, names lower-case; without cookies, `Host` and `Content-Length`.
        credentials: Whether cookies and other ambient credentials went with it.
        status: Of the answer.
        response_headers: The `Access-Control-*` and `Vary` headers of the answer, names lower-case.
    """

    kind: Kind
    method: str
    url: str
    request_headers: dict[str, str]
    credentials: bool
    status: int
    response_headers: dict[str, str]


class _ModelBrowser(Generic[AnyClient]):
    """What the two browsers share: all but the waiting."""

    def __init__(self, origin: str, client: AnyClient, *, profile: Profile, server: str) -> None:
        if origin not in OPAQUE_ORIGINS and parse_origin(origin) is None:
            raise ValueError(f"{origin!r} is no origin a browser sends; write it like 'https://shop.example'.")
        base = parse_url("/", server)
        if base is None:
            raise ValueError(f"server={server!r} is no place to send requests to; write it like 'http://testserver'.")
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
        """Run the algorithm to the next request for the wire, or to its end."""
        try:
            return next(steps) if response is None else steps.send(response)
        except StopIteration as done:
            return cast("FetchResponse", done.value)
        except CorsBlocked as blocked:
            blocked.reason, blocked.source = _ask_server(blocked.facts)
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
        return client if wire.credentials else _without_credentials(client)


class Browser(_ModelBrowser[Client]):
    """A browser with one page open, whose scripts fetch from the project under test.

    It keeps the CORS rules of the Fetch Standard, or of one engine, and so shows what a front end at `origin`
    really gets. Its cookies are those of the test client, which knows no hosts and no `SameSite`.

    Args:
        origin: The origin of the page: `https://shop.example`, or `null`.
        client: A `django.test.Client` or DRF's `APIClient`, signed in or not; its credentials go along only
            where the credentials mode lets them. A new `Client` by default.
        profile: The engine.
        server: The scheme, host and port that paths are relative to.

    Attributes:
        clock: `browser.clock.advance(seconds=600)` lets cached preflights expire.
        cache: The preflight cache.
        log: Everything that went over the wire, as `Exchange` objects.

    Raises:
        ValueError: `origin` is no origin, or `server` no HTTP URL.
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
            method: Normalised as browsers do: `put` is sent as `PUT`, `patch` stays `patch`.
            headers: Those a script cannot set are dropped in silence.
            body: Text is sent as `text/plain;charset=UTF-8` unless `headers` say otherwise.
            json: Sent as JSON, with `Content-Type: application/json` unless `headers` say otherwise.
            credentials: `omit`, `same-origin` or `include`.

        Returns:
            What the script may see.

        Raises:
            CorsBlocked: The browser did not send the request, or kept the response from the script.
            TypeError: No browser makes such a request.
        """
        steps = self._start(url, method=method, headers=headers, body=body, json=json, credentials=credentials)
        step = self._advance(steps)
        while isinstance(step, WireRequest):
            answer: HttpResponseBase = self._client_for(step).request(**_environ(step))
            response = _wire_response(answer, b"".join(answer))
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
        """Fetch as `Browser.fetch` does, with the same arguments, answer and errors."""
        steps = self._start(url, method=method, headers=headers, body=body, json=json, credentials=credentials)
        step = self._advance(steps)
        while isinstance(step, WireRequest):
            client = self._client_for(step)
            answer: HttpResponseBase = await client.request(**_scope(step, client.defaults))
            response = _wire_response(answer, await _body(answer))
            self._record(step, response)
            step = self._advance(steps, response)
        return step


def _ask_server(facts: RequestFacts) -> tuple[str, str]:
    """Return the server's reason code for a blocked request, and the declaration or setting behind it.

    The wire is what blocked it; the resolver is asked afterwards, without running a view or a callable. Where a
    callable decided, its `no` was on the wire already.
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
    reason = Reason.ORIGIN_NOT_ALLOWED if explanation.reason is Reason.DEPENDS else explanation.reason
    return str(reason), str(explanation.source)


def _without_credentials(client: AnyClient) -> AnyClient:
    """Return a copy of `client` that sends no credentials, and forgets the cookies it is given."""
    anonymous: Any = copy.copy(client)  # Any: APIClient's own attributes are not in the types of Django
    anonymous.cookies = SimpleCookie()
    anonymous.defaults = {key: value for key, value in client.defaults.items() if key not in _AMBIENT_CREDENTIALS}
    if hasattr(anonymous, "force_authenticate"):
        # DRF's APIClient keeps a user in its handler and credentials in itself. This file imports no DRF.
        anonymous.handler = type(client.handler)(client.handler.enforce_csrf_checks)
        anonymous.credentials()
    return cast("AnyClient", anonymous)


def _combined(wire: WireRequest) -> dict[str, str]:
    """Return the headers by lower-case name, repeated ones joined as on the wire."""
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
    return "0" if wire.method in {"POST", "PUT"} else None


def _environ(wire: WireRequest) -> dict[str, Any]:
    """Return what a WSGI server would make of the request (PEP 3333), but for cookies."""
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
    """Return what an ASGI server would make of the request, but for cookies.

    `AsyncClient` adds its default headers only in the methods we pass by, so they are added here.
    """
    headers = {key.removeprefix("HTTP_").lower().replace("_", "-"): value for key, value in defaults.items()}
    headers |= _combined(wire)
    headers["host"] = wire.url.authority
    length = _content_length(wire)
    if length is not None:
        headers["content-length"] = length
    return {
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "method": wire.method,
        "path": unquote(wire.url.path),
        "query_string": wire.url.query,
        "scheme": wire.url.scheme,
        "server": (wire.url.host, str(_port(wire))),
        "_body_file": FakePayload(wire.body or b""),
    }


def _port(wire: WireRequest) -> int:
    return wire.url.port or {"http": 80, "https": 443}[wire.url.scheme]


def _wire_response(answer: HttpResponseBase, body: bytes) -> WireResponse:
    return WireResponse(status=answer.status_code, headers=tuple(answer.items()), body=body)


async def _body(answer: HttpResponseBase) -> bytes:
    if isinstance(answer, StreamingHttpResponse) and answer.is_async:
        return b"".join([chunk async for chunk in answer])
    return b"".join(answer)
