"""The model browser over Django's test clients."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, cast
from urllib.parse import unquote

from django.test import AsyncClient, Client
from django.urls import get_script_prefix

from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin
from drf_cors.core.verdict import CorsRequest, Reason
from drf_cors.explain.predict import Destination, explain
from drf_cors.fetch_model.algorithm import Steps, is_too_large, main_fetch
from drf_cors.fetch_model.beacons import beacon_request, report_request
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
from drf_cors.testing.transport import (
    AnyClient,
    body_of,
    combined_headers,
    environ_of,
    scope_of,
    wire_response,
    without_credentials,
)

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

ScriptHeaders: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]


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
        keepalive: bool,
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
            keepalive=keepalive,
        )
        return main_fetch(request, self.cache, self.profile)

    def _start_beacon(self, url: str, body: bytes | str | None, json: Any, content_type: str | None) -> Steps | None:
        """Start a beacon; None if the browser does not queue it."""
        request = beacon_request(
            origin=self.origin,
            url=url,
            base=self.server,
            profile=self.profile,
            body=body,
            json=json,
            content_type=content_type,
        )
        return None if is_too_large(request) else main_fetch(request, self.cache, self.profile)

    def _start_reports(self, url: str, reports: Any) -> Steps:
        request = report_request(origin=self.origin, url=url, base=self.server, reports=reports, profile=self.profile)
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
            if not blocked.step.startswith("request: "):
                _add_server_reason(blocked)
            raise

    def _record(self, wire: WireRequest, response: WireResponse) -> None:
        self.log.append(
            Exchange(
                kind=wire.kind,
                method=wire.method,
                url=str(wire.url),
                request_headers=combined_headers(wire),
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
        return without_credentials(client)


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
        keepalive: bool = False,
    ) -> FetchResponse:
        """Fetch as a script does with `fetch(url, {...})`, in `cors` mode, following redirects.

        Args:
            url: A path on the server, or a whole URL.
            method: Normalised as in browsers: `put` is sent as `PUT`, `patch` stays `patch`.
            headers: Headers that a script cannot set are dropped without an error.
            body: Text is sent as `text/plain;charset=UTF-8` unless `headers` has another type.
            json: Sent as `application/json` unless `headers` has another type.
            credentials: `omit`, `same-origin` or `include`.
            keepalive: Whether the request may outlive the page. Then a body has at most 65536
                bytes.

        Returns:
            The part of the response that the script may read.

        Raises:
            CorsBlocked: The browser did not send the request, or did not let the script read the
                response.
            TypeError: No browser makes such a request.
        """
        return self._run(
            self._start(
                url,
                method=method,
                headers=headers,
                body=body,
                json=json,
                credentials=credentials,
                keepalive=keepalive,
            )
        )

    def send_beacon(
        self,
        url: str,
        body: bytes | str | None = None,
        *,
        json: Any = None,
        content_type: str | None = None,
    ) -> bool:
        """Send a beacon, as `navigator.sendBeacon(url, data)` does: a POST with cookies.

        A media type that a form could send needs no permission. Any other, as that of JSON, needs a
        preflight that allows credentials.

        Args:
            url: A path on the server, or a whole URL.
            body: Text is sent as `text/plain;charset=UTF-8`, bytes without a media type.
            json: Sent as a `Blob` of `application/json`.
            content_type: The media type of a `Blob`.

        Returns:
            What the script gets: False if the data has more than 65536 bytes. Then nothing is sent.
            Firefox sends any size.

        Raises:
            CorsBlocked: The beacon did not arrive, or the response does not allow the page. The
                script of a real page does not notice.
            TypeError: No browser sends such a beacon.
        """
        steps = self._start_beacon(url, body, json, content_type)
        if steps is None:
            return False
        self._run(steps)
        return True

    def send_reports(self, url: str, reports: Any) -> int:
        """Deliver reports to an endpoint of `Reporting-Endpoints`, as the browser itself does.

        Args:
            url: The endpoint: a path on the server, or a whole URL.
            reports: What is sent as JSON. By the Reporting API a list of reports.

        Returns:
            The status of the response. 200 to 299 is a success; 410 removes the endpoint.

        Raises:
            CorsBlocked: The reports did not arrive, or the response does not allow the page.
            TypeError: The page or the endpoint is not on https, so no browser sends reports.
        """
        self._run(self._start_reports(url, reports))
        return self.log[-1].status

    def _run(self, steps: Steps) -> FetchResponse:
        step = self._advance(steps)
        while isinstance(step, WireRequest):
            django_response: HttpResponseBase = self._client_for(step).request(**environ_of(step))
            response = wire_response(django_response, b"".join(django_response))
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
        keepalive: bool = False,
    ) -> FetchResponse:
        """Fetch as `Browser.fetch` does, with the same arguments, result and errors."""
        return await self._run(
            self._start(
                url,
                method=method,
                headers=headers,
                body=body,
                json=json,
                credentials=credentials,
                keepalive=keepalive,
            )
        )

    async def send_beacon(
        self,
        url: str,
        body: bytes | str | None = None,
        *,
        json: Any = None,
        content_type: str | None = None,
    ) -> bool:
        """Send a beacon as `Browser.send_beacon` does, with the same arguments, result and errors."""
        steps = self._start_beacon(url, body, json, content_type)
        if steps is None:
            return False
        await self._run(steps)
        return True

    async def send_reports(self, url: str, reports: Any) -> int:
        """Deliver reports as `Browser.send_reports` does, with the same arguments, result and errors."""
        await self._run(self._start_reports(url, reports))
        return self.log[-1].status

    async def _run(self, steps: Steps) -> FetchResponse:
        step = self._advance(steps)
        while isinstance(step, WireRequest):
            client = self._client_for(step)
            scope = scope_of(step, client.defaults)
            django_response: HttpResponseBase = await client.request(**scope)
            response = wire_response(django_response, await body_of(django_response))
            self._record(step, response)
            step = self._advance(steps, response)
        return step


def _add_server_reason(blocked: CorsBlocked) -> None:
    """Add the server's reason code for a blocked request, and the declaration behind it."""
    reason, source = _server_reason(blocked.facts)
    if blocked.reason is not None and reason in (Reason.ALLOWED, Reason.DEPENDS):
        return  # the policy is not known to be the reason
    if reason == Reason.DEPENDS:
        reason = Reason.ORIGIN_NOT_ALLOWED
    blocked.reason, blocked.source = str(reason), source


def _server_reason(facts: RequestFacts) -> tuple[str, str]:
    """Return the server's reason code for a request, and the declaration behind it.

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
    return str(explanation.reason), str(explanation.source)
