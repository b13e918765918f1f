"""What a fetch consists of: the script's request, the messages on the wire, and what the script gets.

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
