"""The CORS half of the Fetch Standard, without input or output.

`main_fetch` is a generator: it yields each request that goes over the wire and is sent the response, and it
returns what the script gets. Whoever drives it owns the network, and whether that is synchronous.

What is not modelled: `no-cors` and navigation, service workers, the HTTP cache, HTTP authentication prompts,
mixed content, Content Security Policy, referrers, `Sec-Fetch-*` and the `SameSite` rules of cookies.
"""

import json as jsonlib
import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias, get_args

from django.utils.datastructures import CaseInsensitiveMapping

from drf_cors.core import fetch
from drf_cors.fetch_model.preflight_cache import CacheKey, PreflightCache
from drf_cors.fetch_model.profiles import Profile
from drf_cors.fetch_model.urls import Url, parse_url

Credentials: TypeAlias = Literal["omit", "same-origin", "include"]
Kind: TypeAlias = Literal["preflight", "request"]
HeaderPairs: TypeAlias = tuple[tuple[str, str], ...]

#: https://fetch.spec.whatwg.org/#http-redirect-fetch, the step about the redirect count
MAX_REDIRECTS: Final = 20

#: https://fetch.spec.whatwg.org/#null-body-status
_NULL_BODY_STATUSES: Final = frozenset({101, 103, 204, 205, 304})

_NEGATIVE: Final = re.compile(r"[\t ]*-[0-9]+[\t ]*")


@dataclass(frozen=True, kw_only=True)
class WireRequest:
    """A request as it leaves the browser.

    Attributes:
        kind: `preflight`, or `request` for the one the script asked for.
        method: As sent.
        url: Where to.
        headers: As sent, but for cookies, `Host` and `Content-Length`; names in the script's case.
        body: None for no body.
        credentials: Whether cookies and the like go with it, and whether `Set-Cookie` is obeyed.
    """

    kind: Kind
    method: str
    url: Url
    headers: HeaderPairs
    body: bytes | None = None
    credentials: bool = False


@dataclass(frozen=True, kw_only=True)
class WireResponse:
    """A response as it reaches the browser, before any script may see it."""

    status: int
    headers: HeaderPairs
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the value of a header, repeated ones joined with `, `; None where it is absent."""
        values = [value.strip("\t ") for key, value in self.headers if key.lower() == name]
        return ", ".join(values) if values else None


@dataclass(frozen=True, kw_only=True)
class FetchResponse:
    """What a script may see of a response.

    Attributes:
        status: The status code.
        headers: The headers the script may read, by name in any case.
        body: The bytes.
        url: Where it came from in the end.
        redirected: Whether redirects led there.
        type: `cors`, or `basic` for the browser's own origin, where every header but cookies is readable.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    redirected: bool
    type: Literal["basic", "cors"]

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return fetch.is_ok_status(self.status)

    def text(self) -> str:
        """Return the body as text; UTF-8 always, as in browsers."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """Return the body read as JSON.

        Raises:
            json.JSONDecodeError: It is no JSON.
        """
        return jsonlib.loads(self.text())


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """The facts of a blocked request on which a server's verdict rests.

    Attributes:
        kind: What was answered wrongly: the preflight or the request.
        origin: The `Origin` header.
        method: The method of the request; for a preflight, the one it asks for.
        url: Where it went.
        headers: Names of headers that need a preflight, lower-case and sorted.
        credentials: Whether the credentials mode is `include`.
    """

    kind: Kind
    origin: str
    method: str
    url: str
    headers: tuple[str, ...]
    credentials: bool


class CorsBlocked(Exception):  # noqa: N818 - a verdict of the browser, not a fault of the program
    """The browser did not send the request, or kept the response from the script.

    Attributes:
        step: Where it stopped: `preflight: status`, `preflight: origin`, `preflight: credentials`,
            `preflight: method`, `preflight: header`, `response: origin`, `response: credentials`,
            `redirect: location`, `redirect: credentials` or `redirect: limit`.
        detail: What the browser found, in one sentence.
        facts: The request.
        reason: The server's reason code; None where the server cannot be asked.
        source: The declaration or setting behind it; None where the server cannot be asked.
    """

    def __init__(self, step: str, detail: str, facts: RequestFacts) -> None:
        super().__init__(step, detail, facts)
        self.step = step
        self.detail = detail
        self.facts = facts
        self.reason: str | None = None
        self.source: str | None = None

    def __str__(self) -> str:
        lines = [
            f"{self.facts.method} {self.facts.url} from {self.facts.origin} was blocked.",
            f"  {self.step}: {self.detail}",
        ]
        if self.reason is not None:
            lines.append(f"  reason: {self.reason}")
        if self.source is not None:
            lines.append(f"  source: {self.source}")
        return "\n".join(lines)


Steps: TypeAlias = Generator[WireRequest, WireResponse, FetchResponse]


@dataclass(kw_only=True)
class Request:
    """A request under way; redirects change it.

    https://fetch.spec.whatwg.org/#concept-request

    Attributes:
        origin: The origin of the page.
        method: Normalised.
        headers: The script's headers, forbidden ones left out, and `Accept`.
        body: None for no body.
        credentials: The credentials mode.
        urls: The URL list; the last is the current one.
        tainting: The response tainting. Once `cors` it stays so.
    """

    origin: str
    method: str
    headers: list[tuple[str, str]]
    body: bytes | None
    credentials: Credentials
    urls: list[Url]
    tainting: Literal["basic", "cors"] = field(default="basic")

    @property
    def url(self) -> Url:
        """The current URL."""
        return self.urls[-1]

    @property
    def includes_credentials(self) -> bool:
        """Whether the credentials mode is `include`, which is all that CORS asks about."""
        return self.credentials == "include"

    @property
    def serialised_origin(self) -> str:
        """The value of the `Origin` header: `null` once redirects led from one foreign origin to another.

        https://fetch.spec.whatwg.org/#byte-serializing-a-request-origin
        """
        for last, url in pairwise(self.urls):
            if url.origin != last.origin and self.origin != last.origin:
                return "null"
        return self.origin

    @property
    def unsafe_names(self) -> list[str]:
        """Names of the headers that need a preflight."""
        return fetch.cors_unsafe_request_header_names(self.headers)

    @property
    def cache_key(self) -> CacheKey:
        """What preflight answers for this request are kept under."""
        return CacheKey(self.origin, self.serialised_origin, str(self.url))

    def facts(self, kind: Kind) -> RequestFacts:
        """Return what a server's verdict rests on."""
        return RequestFacts(
            kind=kind,
            origin=self.serialised_origin,
            method=self.method,
            url=str(self.url),
            headers=tuple(self.unsafe_names),
            credentials=self.includes_credentials,
        )


def new_request(
    *,
    origin: str,
    url: str,
    base: str,
    method: str = "GET",
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    body: bytes | str | None = None,
    json: Any = None,
    credentials: Credentials = "same-origin",
) -> Request:
    """Make a request as `fetch(url, {...})` in a script does.

    https://fetch.spec.whatwg.org/#dom-request

    Raises:
        TypeError: Where a browser throws one.
    """
    parsed = parse_url(url, base)
    if parsed is None:
        raise TypeError(f"{url!r} is no URL that a browser fetches over HTTP.")
    if parsed.has_userinfo:
        raise TypeError(f"{url!r} names a user; browsers refuse to fetch such URLs.")
    if not fetch.is_token(method):
        raise TypeError(f"{method!r} is no method: it is not a token.")
    if fetch.is_forbidden_method(method):
        raise TypeError(f"{method!r} is a method that browsers refuse to send.")
    if credentials not in get_args(Credentials):
        raise TypeError(f"credentials={credentials!r}: write one of {', '.join(map(repr, get_args(Credentials)))}.")
    method = fetch.normalise_method(method)
    kept = _script_headers(headers)
    payload, media_type = _extract_body(body, json)
    if payload is not None and method in {"GET", "HEAD"}:
        raise TypeError(f"A {method} request has no body.")
    names = {fetch.byte_lowercase(name) for name, _ in kept}
    if media_type is not None and "content-type" not in names:
        kept.append(("Content-Type", media_type))
    if "accept" not in names:
        kept.append(("Accept", "*/*"))
    return Request(origin=origin, method=method, headers=kept, body=payload, credentials=credentials, urls=[parsed])


def _script_headers(
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None,
) -> list[tuple[str, str]]:
    """Return a script's headers as the browser keeps them; forbidden ones are dropped in silence.

    https://fetch.spec.whatwg.org/#concept-headers-append
    """
    kept: list[tuple[str, str]] = []
    for name, value in headers.items() if isinstance(headers, Mapping) else headers or ():
        normalised = value.strip("\t\n\r ")
        if not fetch.is_token(name):
            raise TypeError(f"{name!r} is no header name: it is not a token.")
        if any(char in "\0\r\n" or char > "\xff" for char in normalised):
            raise TypeError(f"{value!r} cannot be the value of a header ({name}).")
        if not fetch.is_forbidden_request_header(name, normalised):
            kept.append((name, normalised))
    return kept


def _extract_body(body: bytes | str | None, json: Any) -> tuple[bytes | None, str | None]:
    """Return the bytes to send and their media type.

    https://fetch.spec.whatwg.org/#concept-bodyinit-extract
    """
    if json is not None:
        if body is not None:
            raise TypeError("Give body or json, not both.")
        return jsonlib.dumps(json).encode(), "application/json"
    if isinstance(body, str):
        return body.encode(), "text/plain;charset=UTF-8"
    return body, None


def main_fetch(request: Request, cache: PreflightCache, profile: Profile) -> Steps:
    """Run one fetch.

    https://fetch.spec.whatwg.org/#main-fetch and https://fetch.spec.whatwg.org/#http-fetch

    Yields:
        Each request for the wire, preflights included, in order. It must be sent the response.

    Returns:
        What the script may see.

    Raises:
        CorsBlocked: The standard's network error.
    """
    was_unsafe = False
    try:
        while True:
            if request.url.origin != request.origin:
                request.tainting = "cors"
            if request.tainting == "cors" and _needs_permission(request):
                was_unsafe = True
                if not _is_cached(request, cache):
                    yield from _preflight_fetch(request, cache, profile)
            response = yield _on_the_wire(request)
            if request.tainting == "cors":
                _cors_check("request", request, response)
            if response.status not in fetch.REDIRECT_STATUSES or not _follow(request, response):
                return _filtered(request, response)
    except CorsBlocked:
        # Main fetch clears after the HTTP fetch of an unsafe request, by then with the last URL.
        if was_unsafe and profile.failure_clears_cache:
            cache.clear(request.cache_key)
        raise


def _needs_permission(request: Request) -> bool:
    """Tell whether no HTML form could send this.

    https://fetch.spec.whatwg.org/#main-fetch, the step about the unsafe-request flag
    """
    return request.method not in fetch.SAFELISTED_METHODS or bool(request.unsafe_names)


def _is_cached(request: Request, cache: PreflightCache) -> bool:
    """Tell whether cached preflights cover the request.

    https://fetch.spec.whatwg.org/#http-fetch
    """
    key, credentials = request.cache_key, request.includes_credentials
    if request.method not in fetch.SAFELISTED_METHODS and not cache.has_method(
        key, request.method, credentials=credentials
    ):
        return False
    return all(cache.has_header(key, name, credentials=credentials) for name in request.unsafe_names)


def _on_the_wire(request: Request) -> WireRequest:
    """Make the request as it is sent.

    https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
    """
    headers = list(request.headers)
    # https://fetch.spec.whatwg.org/#append-a-request-origin-header
    if request.tainting == "cors" or request.method not in {"GET", "HEAD"}:
        headers.append(("Origin", request.serialised_origin))
    return WireRequest(
        kind="request",
        method=request.method,
        url=request.url,
        headers=tuple(headers),
        body=request.body,
        credentials=request.includes_credentials
        or (request.credentials == "same-origin" and request.tainting == "basic"),
    )


def _preflight_fetch(
    request: Request, cache: PreflightCache, profile: Profile
) -> Generator[WireRequest, WireResponse, None]:
    """Ask the server for permission.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    if profile.latest_preflight_replaces:
        cache.clear(request.cache_key)
    unsafe_names = request.unsafe_names
    headers = [("Accept", "*/*"), ("Access-Control-Request-Method", request.method)]
    if unsafe_names:
        headers.append(("Access-Control-Request-Headers", ",".join(unsafe_names)))
    headers.append(("Origin", request.serialised_origin))
    response = yield WireRequest(kind="preflight", method="OPTIONS", url=request.url, headers=tuple(headers))

    _cors_check("preflight", request, response)
    facts = request.facts("preflight")
    if not fetch.is_ok_status(response.status):
        raise CorsBlocked("preflight: status", f"the answer has status {response.status}, not 200 to 299.", facts)
    methods = _extract_list(response, "access-control-allow-methods")
    if methods is None:
        raise CorsBlocked("preflight: method", "Access-Control-Allow-Methods is malformed.", facts)
    names = _extract_list(response, "access-control-allow-headers")
    if names is None:
        raise CorsBlocked("preflight: header", "Access-Control-Allow-Headers is malformed.", facts)
    if profile.refused_preflight_is_kept:
        _keep(request, response, methods, names, cache, profile)
    if (
        request.method not in methods
        and request.method not in fetch.SAFELISTED_METHODS
        and (request.includes_credentials or "*" not in methods)
    ):
        raise CorsBlocked(
            "preflight: method",
            f"Access-Control-Allow-Methods does not list {request.method!r}: {_shown(methods)}.",
            facts,
        )
    allowed = {fetch.byte_lowercase(name) for name in names}
    wildcard = "*" in allowed and not request.includes_credentials
    for name in unsafe_names:
        covered = wildcard and (profile.wildcard_covers_authorization or name not in fetch.WILDCARD_EXCLUDED_HEADERS)
        if name not in allowed and not covered:
            raise CorsBlocked(
                "preflight: header",
                f"Access-Control-Allow-Headers does not list {name!r}: {_shown(names)}.",
                facts,
            )
    _keep(request, response, methods, names, cache, profile)


def _keep(
    request: Request,
    response: WireResponse,
    methods: list[str],
    names: list[str],
    cache: PreflightCache,
    profile: Profile,
) -> None:
    cache.store(
        request.cache_key,
        credentials=request.includes_credentials,
        methods=methods,
        headers=names,
        max_age=_max_age(response, profile),
    )


def _extract_list(response: WireResponse, name: str) -> list[str] | None:
    """Return the members of a list header, none where it is absent; None where it is malformed."""
    return fetch.parse_header_list(response.header(name) or "")


def _max_age(response: WireResponse, profile: Profile) -> int:
    """Return the seconds a preflight answer is kept, before any cap."""
    value = response.header("access-control-max-age") or ""
    if not profile.negative_max_age_is_invalid and _NEGATIVE.fullmatch(value):
        return 0
    seconds = fetch.parse_max_age(value)
    return fetch.DEFAULT_MAX_AGE if seconds is None else seconds


def _cors_check(kind: Kind, request: Request, response: WireResponse) -> None:
    """Check that the server lets this origin in, and its credentials.

    https://fetch.spec.whatwg.org/#cors-check
    """
    facts = request.facts(kind)
    stage = "preflight" if kind == "preflight" else "response"
    allowed = response.header("access-control-allow-origin")
    if allowed is None:
        raise CorsBlocked(
            f"{stage}: origin", f"Access-Control-Allow-Origin is missing; status {response.status}.", facts
        )
    if allowed == "*":
        if request.includes_credentials:
            raise CorsBlocked(
                f"{stage}: credentials",
                "Access-Control-Allow-Origin is '*', which admits no credentials.",
                facts,
            )
        return
    if allowed != facts.origin:
        raise CorsBlocked(
            f"{stage}: origin", f"Access-Control-Allow-Origin is {allowed!r}, not {facts.origin!r}.", facts
        )
    if not request.includes_credentials:
        return
    credentials = response.header("access-control-allow-credentials")
    if credentials != "true":
        found = "missing" if credentials is None else f"{credentials!r}, not 'true'"
        raise CorsBlocked(f"{stage}: credentials", f"Access-Control-Allow-Credentials is {found}.", facts)


def _follow(request: Request, response: WireResponse) -> bool:
    """Turn the request to where a redirect leads; False where it names no place.

    https://fetch.spec.whatwg.org/#http-redirect-fetch
    """
    location = response.header("location")
    if location is None:
        return False
    facts = request.facts("request")
    url = parse_url(location, str(request.url))
    if url is None:
        raise CorsBlocked("redirect: location", f"{location!r} is no URL to fetch over HTTP.", facts)
    if len(request.urls) > MAX_REDIRECTS:
        raise CorsBlocked("redirect: limit", f"more than {MAX_REDIRECTS} redirects.", facts)
    if url.has_userinfo and (request.tainting == "cors" or url.origin != request.origin):
        raise CorsBlocked("redirect: credentials", "the new URL names a user or a password.", facts)
    if (response.status in {301, 302} and request.method == "POST") or (
        response.status == 303 and request.method not in {"GET", "HEAD"}
    ):
        request.method = "GET"
        request.body = None
        _drop(request, fetch.REQUEST_BODY_HEADERS)
    if url.origin != request.url.origin:
        _drop(request, fetch.WILDCARD_EXCLUDED_HEADERS)
    request.urls.append(url)
    return True


def _drop(request: Request, names: frozenset[str]) -> None:
    request.headers = [pair for pair in request.headers if fetch.byte_lowercase(pair[0]) not in names]


def _filtered(request: Request, response: WireResponse) -> FetchResponse:
    """Leave what the script may see.

    https://fetch.spec.whatwg.org/#concept-filtered-response-cors
    """
    names = {name.lower() for name, _ in response.headers}
    if request.tainting == "cors":
        exposed = _extract_list(response, "access-control-expose-headers") or []
        if "*" not in exposed or request.includes_credentials:
            names &= fetch.SAFELISTED_RESPONSE_HEADERS | {fetch.byte_lowercase(name) for name in exposed}
    headers = {
        name: response.header(name) or "" for name in sorted(names) if not fetch.is_forbidden_response_header(name)
    }
    has_body = request.method != "HEAD" and response.status not in _NULL_BODY_STATUSES
    return FetchResponse(
        status=response.status,
        headers=CaseInsensitiveMapping(headers),
        body=response.body if has_body else b"",
        url=str(request.url),
        redirected=len(request.urls) > 1,
        type=request.tainting,
    )


def _shown(items: list[str]) -> str:
    return ", ".join(items) or "(empty)"
