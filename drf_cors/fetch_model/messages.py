"""The parts of a fetch: the script's request, the messages sent, and what the script gets.

https://fetch.spec.whatwg.org/#requests and https://fetch.spec.whatwg.org/#responses
"""

import json as jsonlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, TypeAlias, get_args

from drf_cors.core import fetch
from drf_cors.fetch_model.preflight_cache import CacheKey
from drf_cors.fetch_model.urls import Url, parse_url

Credentials: TypeAlias = Literal["omit", "same-origin", "include"]
Kind: TypeAlias = Literal["preflight", "request"]
HeaderPairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class WireRequest:
    """A request as it leaves the browser.

    Attributes:
        kind: `preflight`, or `request` for the actual request.
        method: As sent.
        url: The URL.
        headers: As sent, without cookies, `Host` and `Content-Length`. Names have the case of the
            script.
        body: None for no body.
        credentials: Whether cookies and other credentials are sent, and whether `Set-Cookie` has an
            effect.
    """

    kind: Kind
    method: str
    url: Url
    headers: HeaderPairs
    body: bytes | None = None
    credentials: bool = False


@dataclass(frozen=True, kw_only=True)
class WireResponse:
    """A response as the browser receives it, before it is filtered for the script."""

    status: int
    headers: HeaderPairs
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the value of a header; repeated ones are joined by `, `. None if it is absent."""
        values = [value.strip("\t ") for key, value in self.headers if key.lower() == name]
        return ", ".join(values) if values else None


@dataclass(frozen=True, kw_only=True)
class FetchResponse:
    """The part of a response that a script may read.

    Attributes:
        status: The status code.
        headers: The headers the script may read, by name in any case.
        body: The bytes.
        url: The URL after all redirects.
        redirected: Whether there were redirects.
        type: `cors`; or `basic` for the page's own origin, where every header except cookies is
            readable; or `opaque`, of which a script can read nothing.
        unreadable_headers: The names of headers that the response has and the script cannot read,
            as the server wrote them. Hop-by-hop, security and cookie headers are left out.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    redirected: bool
    type: Literal["basic", "cors", "opaque"]
    unreadable_headers: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the status is 200 to 299."""
        return fetch.is_ok_status(self.status)

    def text(self) -> str:
        """Return the body as text, always read as UTF-8, as in browsers."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """Return the body read as JSON.

        Raises:
            json.JSONDecodeError: It is not JSON.
        """
        return jsonlib.loads(self.text())


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """The facts of a blocked request that decide the server's verdict.

    Attributes:
        kind: The blocked request: the preflight or the actual request.
        origin: The `Origin` header.
        method: The method of the request; for a preflight, the requested method.
        url: The URL.
        headers: Names of headers that need a preflight, lower-case and sorted.
        credentials: Whether the credentials mode is `include`.
    """

    kind: Kind
    origin: str
    method: str
    url: str
    headers: tuple[str, ...]
    credentials: bool


class CorsBlocked(Exception):  # noqa: N818 - a verdict of the browser, not an error of the program
    """The browser did not send the request, or did not let the script read the response.

    Attributes:
        step: The step of the algorithm that failed: `preflight: status`, `preflight: origin`,
            `preflight: credentials`, `preflight: method`, `preflight: header`, `response: origin`,
            `response: credentials`, `response: not modified`, `redirect: location`,
            `redirect: credentials`, `redirect: limit` or `request: keepalive`.
        detail: What the browser found, in one sentence.
        facts: The request.
        reason: The server's reason code; `not-modified` if a 304 lacks the header, and the policy
            may allow the request; None if it is not known, or the server is not the reason.
        source: The declaration or setting behind it; None if it is not known.
    """

    def __init__(self, step: str, detail: str, facts: RequestFacts, reason: str | None = None) -> None:
        super().__init__(step, detail, facts, reason)
        self.step = step
        self.detail = detail
        self.facts = facts
        self.reason = reason
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


@dataclass(kw_only=True)
class Request:
    """A request in progress. Redirects change it.

    https://fetch.spec.whatwg.org/#concept-request

    Attributes:
        origin: The origin of the page.
        method: Normalised.
        headers: The script's headers, forbidden ones left out, and `Accept`.
        body: None for no body.
        credentials: The credentials mode.
        urls: The URL list; the last is the current one.
        tainting: The response tainting. Once it is `cors`, it does not change.
        mode: `cors`, or `no-cors` for beacons that a form could send too.
        keepalive: Whether the request may outlive the page.
        script_method: The method before any redirect.
        script_headers: The headers before any redirect.
        preflight_headers: The headers that a preflight asks for. Only engines that differ from the
            standard ask for others than they send.
    """

    origin: str
    method: str
    headers: list[tuple[str, str]]
    body: bytes | None
    credentials: Credentials
    urls: list[Url]
    tainting: Literal["basic", "cors", "opaque"] = field(default="basic")
    mode: Literal["cors", "no-cors"] = "cors"
    keepalive: bool = False

    script_method: str = field(init=False)
    script_headers: list[tuple[str, str]] = field(init=False)
    preflight_headers: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.script_method = self.method
        self.script_headers = self.headers
        self.preflight_headers = self.headers

    @property
    def url(self) -> Url:
        """The current URL."""
        return self.urls[-1]

    @property
    def includes_credentials(self) -> bool:
        """Whether the credentials mode is `include`. CORS depends on nothing else of the mode."""
        return self.credentials == "include"

    @property
    def serialised_origin(self) -> str:
        """The value of the `Origin` header: `null` after a redirect between two other origins.

        https://fetch.spec.whatwg.org/#byte-serializing-a-request-origin
        """
        for last, url in pairwise(self.urls):
            if url.origin != last.origin and self.origin != last.origin:
                return "null"
        return self.origin

    @property
    def unsafe_names(self) -> list[str]:
        """Names of the headers that need a preflight."""
        return fetch.cors_unsafe_request_header_names(self.preflight_headers)

    @property
    def cache_key(self) -> CacheKey:
        """The key of this request in the preflight cache."""
        return CacheKey(self.origin, self.serialised_origin, str(self.url))

    def facts(self, kind: Kind) -> RequestFacts:
        """Return the facts that decide the server's verdict."""
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
    keepalive: bool = False,
) -> Request:
    """Make a request as `fetch(url, {...})` in a script does.

    https://fetch.spec.whatwg.org/#dom-request

    Raises:
        TypeError: A browser throws a TypeError for this request.
    """
    parsed = _script_url(url, base)
    _check_method(method)
    if credentials not in get_args(Credentials):
        modes = ", ".join(map(repr, get_args(Credentials)))
        raise TypeError(f"credentials={credentials!r}: write one of {modes}.")
    method = fetch.normalise_method(method)
    kept = _script_headers(headers)
    payload, media_type = extract_body(body, json)
    if payload is not None and method in {"GET", "HEAD"}:
        raise TypeError(f"A {method} request has no body.")
    names = {fetch.byte_lowercase(name) for name, _ in kept}
    if media_type is not None and "content-type" not in names:
        kept.append(("Content-Type", media_type))
    if "accept" not in names:
        kept.append(("Accept", "*/*"))
    return Request(
        origin=origin,
        method=method,
        headers=kept,
        body=payload,
        credentials=credentials,
        urls=[parsed],
        keepalive=keepalive,
    )


def _script_url(url: str, base: str) -> Url:
    """Return the URL of a script's request.

    https://fetch.spec.whatwg.org/#dom-request, the steps about `parsedURL`
    """
    parsed = parse_url(url, base)
    if parsed is None:
        raise TypeError(f"{url!r} is not a URL that a browser fetches over HTTP.")
    if parsed.has_userinfo:
        raise TypeError(f"{url!r} names a user; browsers refuse to fetch such URLs.")
    return parsed


def _check_method(method: str) -> None:
    """Check the method of a script's request.

    https://fetch.spec.whatwg.org/#dom-request, the steps about `method`
    """
    if not fetch.is_token(method):
        raise TypeError(f"{method!r} is not a method: it is not a token.")
    if fetch.is_forbidden_method(method):
        raise TypeError(f"{method!r} is a method that browsers refuse to send.")


def _script_headers(
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None,
) -> list[tuple[str, str]]:
    """Return a script's headers as the browser keeps them. Forbidden ones are dropped silently.

    https://fetch.spec.whatwg.org/#concept-headers-append
    """
    kept: list[tuple[str, str]] = []
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    for name, value in pairs:
        normalised = value.strip("\t\n\r ")
        if not fetch.is_token(name):
            raise TypeError(f"{name!r} is not a header name: it is not a token.")
        if any(char in "\0\r\n" or char > "\xff" for char in normalised):
            raise TypeError(f"{value!r} cannot be the value of a header ({name}).")
        if not fetch.is_forbidden_request_header(name, normalised):
            kept.append((name, normalised))
    return kept


def extract_body(body: bytes | str | None, json: Any) -> tuple[bytes | None, str | None]:
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
