"""The CORS half of the Fetch Standard, without input or output.

`main_fetch` is a generator. It yields each request to send, and receives the response. It returns
what the script gets. The caller sends the requests, in sync or async code.

Not modelled: navigation, `no-cors` but for beacons, service workers, the HTTP cache, HTTP authentication
prompts, mixed content, Content Security Policy, referrers, `Sec-Fetch-*` and the `SameSite` rules
of cookies.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from django.utils.datastructures import CaseInsensitiveMapping

from drf_cors.core import fetch
from drf_cors.core.exposure import exposed_by, is_readable, unreadable_headers
from drf_cors.core.origins import OPAQUE_ORIGINS
from drf_cors.fetch_model.messages import (
    CorsBlocked,
    FetchResponse,
    Request,
    RequestFacts,
    WireRequest,
    WireResponse,
)
from drf_cors.fetch_model.preflight_cache import CacheKey, PreflightCache
from drf_cors.fetch_model.profiles import Profile
from drf_cors.fetch_model.redirects import follow

#: Bytes of all requests with `keepalive` that are under way. Here there is one at a time.
#: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, the steps about `keepalive`
MAX_KEEPALIVE: Final = 65_536

_NOT_MODIFIED: Final = 304

#: https://fetch.spec.whatwg.org/#null-body-status
_NULL_BODY_STATUSES: Final = frozenset({101, 103, 204, 205, 304})

# A sign, and the digits of a number that may have 64 bits.
_SIGNED: Final = re.compile(r"([+-]?)0*([0-9]{1,19})")

Steps: TypeAlias = Generator[WireRequest, WireResponse, FetchResponse]


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
            # A browser compares the origins of two parsed URLs. `is_same_origin` is for servers,
            # which only have the headers of the request.
            if request.url.origin != request.origin:
                request.tainting = "cors" if request.mode == "cors" else "opaque"
            if request.tainting == "cors" and _needs_permission(request, profile, was_unsafe):
                was_unsafe = True
                if not _is_cached(request, cache, profile):
                    yield from _preflight_fetch(request, cache, profile)
            response = yield _on_the_wire(request)
            if request.tainting == "cors":
                _cors_check(request.facts("request"), response)
            is_redirect = response.status in fetch.REDIRECT_STATUSES
            if not is_redirect or not follow(request, response, profile):
                return _filtered(request, response)
    except CorsBlocked:
        # Main fetch clears after the HTTP fetch of an unsafe request, by then with the last URL.
        is_due = was_unsafe or profile.simple_failure_clears_cache
        if is_due and profile.failure_clears_cache:
            cache.clear(_cache_key(request, profile))
        raise


def _needs_permission(request: Request, profile: Profile, was_unsafe: bool) -> bool:
    """Return whether the request needs a preflight: no HTML form could send it.

    https://fetch.spec.whatwg.org/#main-fetch, the step about the unsafe-request flag
    """
    if request.method not in fetch.SAFELISTED_METHODS or request.unsafe_names:
        return True
    if not profile.preflight_outlives_redirects:
        return False
    return was_unsafe or bool(fetch.cors_unsafe_request_header_names(request.script_headers))


def _cache_key(request: Request, profile: Profile) -> CacheKey:
    """Return the key of a request in the preflight cache."""
    key = request.cache_key
    return key._replace(origin=request.origin) if profile.cache_belongs_to_page else key


def _may_be_cached(request: Request, profile: Profile) -> bool:
    """Return whether the preflights of a request are cached for later fetches."""
    if request.origin in OPAQUE_ORIGINS:
        return profile.opaque_page_is_cached
    return profile.null_from_redirects_is_cached or request.serialised_origin == request.origin


def _is_cached(request: Request, cache: PreflightCache, profile: Profile) -> bool:
    """Return whether cached preflights cover the request.

    https://fetch.spec.whatwg.org/#http-fetch
    """
    key, credentials = _cache_key(request, profile), request.includes_credentials
    is_head_in_doubt = request.method == "HEAD" and profile.cached_head_must_be_listed
    if request.method not in fetch.SAFELISTED_METHODS or is_head_in_doubt:
        is_known = cache.has_method(key, request.method, credentials=credentials)
        if not is_known:
            return False
    names = request.unsafe_names
    if not names:
        return cache.has_preflight(key, credentials=credentials)
    return all(cache.has_header(key, name, credentials=credentials) for name in names)


def _on_the_wire(request: Request) -> WireRequest:
    """Make the request as it is sent.

    https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
    """
    if is_too_large(request):
        raise CorsBlocked(
            "request: keepalive",
            f"with keepalive a browser sends at most {MAX_KEEPALIVE} bytes, not {len(request.body or b'')}.",
            request.facts("request"),
        )
    headers = list(request.headers)
    # https://fetch.spec.whatwg.org/#append-a-request-origin-header
    if request.tainting == "cors" or request.method not in {"GET", "HEAD"}:
        headers.append(("Origin", _origin_header(request)))
    return WireRequest(
        kind="request",
        method=request.method,
        url=request.url,
        headers=tuple(headers),
        body=request.body,
        credentials=_sends_credentials(request),
    )


def is_too_large(request: Request) -> bool:
    """Return whether the body of a request with `keepalive` is larger than browsers send.

    https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
    """
    return request.keepalive and len(request.body or b"") > MAX_KEEPALIVE


def _origin_header(request: Request) -> str:
    """Return the value of `Origin`, under the referrer policy that pages have by default.

    https://fetch.spec.whatwg.org/#append-a-request-origin-header
    """
    is_downgrade = request.origin.startswith("https://") and request.url.scheme != "https"
    return "null" if request.mode == "no-cors" and is_downgrade else request.serialised_origin


def _sends_credentials(request: Request) -> bool:
    if request.includes_credentials:
        return True
    return request.credentials == "same-origin" and request.tainting == "basic"


def _preflight_fetch(
    request: Request, cache: PreflightCache, profile: Profile
) -> Generator[WireRequest, WireResponse, None]:
    """Send a preflight, and check the response.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    facts = request.facts("preflight")
    if profile.preflight_has_page_origin:
        facts = replace(facts, origin=request.origin)
    if profile.latest_preflight_replaces:
        cache.clear(_cache_key(request, profile))
    headers = [("Accept", "*/*"), ("Access-Control-Request-Method", request.method)]
    if request.unsafe_names:
        headers.append(("Access-Control-Request-Headers", ",".join(request.unsafe_names)))
    headers.append(("Origin", facts.origin))
    response = yield WireRequest(kind="preflight", method="OPTIONS", url=request.url, headers=tuple(headers))

    _cors_check(facts, response)
    if not fetch.is_ok_status(response.status):
        raise CorsBlocked(
            "preflight: status",
            f"the response has status {response.status}, not 200 to 299.",
            facts,
        )
    methods = _extract_list(response, "access-control-allow-methods")
    if methods is None:
        raise CorsBlocked("preflight: method", "Access-Control-Allow-Methods is malformed.", facts)
    names = _extract_list(response, "access-control-allow-headers")
    if names is None:
        raise CorsBlocked("preflight: header", "Access-Control-Allow-Headers is malformed.", facts)
    if profile.refused_preflight_is_kept:
        _keep(request, response, methods, names, cache, profile)
    if not _lists_method(request, methods):
        raise CorsBlocked(
            "preflight: method",
            f"Access-Control-Allow-Methods does not list {request.method!r}: {_shown(methods)}.",
            facts,
        )
    for name in _unlisted_headers(request, names, profile):
        raise CorsBlocked(
            "preflight: header",
            f"Access-Control-Allow-Headers does not list {name!r}: {_shown(names)}.",
            facts,
        )
    _keep(request, response, methods, names, cache, profile)


def _lists_method(request: Request, methods: list[str]) -> bool:
    """Return whether `Access-Control-Allow-Methods` allows the method of a request."""
    if request.method in fetch.SAFELISTED_METHODS or request.method in methods:
        return True
    return "*" in methods and not request.includes_credentials


def _unlisted_headers(request: Request, names: list[str], profile: Profile) -> Iterator[str]:
    """Yield the headers of a request that `Access-Control-Allow-Headers` does not allow."""
    allowed = set(map(fetch.byte_lowercase, names))
    has_wildcard = "*" in allowed and not request.includes_credentials
    for name in request.unsafe_names:
        if has_wildcard and profile.wildcard_covers(name):
            continue
        if name not in allowed:
            yield name


def _keep(
    request: Request,
    response: WireResponse,
    methods: list[str],
    names: list[str],
    cache: PreflightCache,
    profile: Profile,
) -> None:
    if not _may_be_cached(request, profile):
        return
    cache.store(
        _cache_key(request, profile),
        credentials=request.includes_credentials,
        methods=methods,
        headers=names,
        max_age=_max_age(response, profile),
    )


def _extract_list(response: WireResponse, name: str) -> list[str] | None:
    """Return the members of a list header; empty if it is absent, None if it is malformed."""
    return fetch.parse_header_list(response.header(name) or "")


def _max_age(response: WireResponse, profile: Profile) -> int:
    """Return the seconds for which a preflight response is cached, before any limit."""
    value = response.header("access-control-max-age") or ""
    if not value:
        return fetch.DEFAULT_MAX_AGE
    seconds = _signed_max_age(value) if profile.max_age_is_signed else fetch.parse_max_age(value)
    return profile.invalid_max_age if seconds is None else seconds


def _signed_max_age(value: str) -> int | None:
    """Read `Access-Control-Max-Age` as a 64-bit number with an optional sign."""
    found = _SIGNED.fullmatch(value)
    if found is None:
        return None
    seconds = int(found[1] + found[2])
    return max(seconds, 0) if -(2**63) <= seconds < 2**63 else None


def _cors_check(facts: RequestFacts, response: WireResponse) -> None:
    """Check that the response allows this origin, and its credentials.

    https://fetch.spec.whatwg.org/#cors-check
    """
    stage = "preflight" if facts.kind == "preflight" else "response"
    allowed = response.header("access-control-allow-origin")
    if allowed is None:
        if facts.kind == "request" and response.status == _NOT_MODIFIED:
            raise CorsBlocked(
                "response: not modified",
                "Access-Control-Allow-Origin is missing in the 304. If a 200 has it, what answered with 304 drops it: "
                "a cache, or ConditionalGetMiddleware above CorsMiddleware.",
                facts,
                "not-modified",
            )
        status = "" if fetch.is_ok_status(response.status) else f"; status {response.status}"
        raise CorsBlocked(f"{stage}: origin", f"Access-Control-Allow-Origin is missing{status}.", facts)
    if allowed == "*":
        if facts.credentials:
            raise CorsBlocked(
                f"{stage}: credentials",
                "Access-Control-Allow-Origin is '*', which allows no credentials.",
                facts,
            )
        return
    if allowed != facts.origin:
        raise CorsBlocked(
            f"{stage}: origin",
            f"Access-Control-Allow-Origin is {allowed!r}, not {facts.origin!r}.",
            facts,
        )
    if not facts.credentials:
        return
    credentials = response.header("access-control-allow-credentials")
    if credentials != "true":
        found = "missing" if credentials is None else f"{credentials!r}, not 'true'"
        text = f"Access-Control-Allow-Credentials is {found}."
        raise CorsBlocked(f"{stage}: credentials", text, facts)


def _filtered(request: Request, response: WireResponse) -> FetchResponse:
    """Return the part of the response that the script may read.

    https://fetch.spec.whatwg.org/#concept-filtered-response-cors and
    https://fetch.spec.whatwg.org/#concept-filtered-response-opaque
    """
    if request.tainting == "opaque":
        return FetchResponse(
            status=0, headers=CaseInsensitiveMapping({}), body=b"", url="", redirected=False, type="opaque"
        )
    exposed = exposed_by(response.header("access-control-expose-headers"))
    with_credentials = request.includes_credentials
    names = {name.lower() for name, _ in response.headers} - fetch.FORBIDDEN_RESPONSE_HEADERS
    unreadable: tuple[str, ...] = ()
    if request.tainting == "cors":
        sent = [name for name, _ in response.headers]
        unreadable = unreadable_headers(sent, exposed, with_credentials=with_credentials)
        names = {name for name in names if is_readable(name, exposed, with_credentials=with_credentials)}
    headers = {name: response.header(name) or "" for name in sorted(names)}
    has_body = request.method != "HEAD" and response.status not in _NULL_BODY_STATUSES
    return FetchResponse(
        status=response.status,
        headers=CaseInsensitiveMapping(headers),
        body=response.body if has_body else b"",
        url=str(request.url),
        redirected=len(request.urls) > 1,
        type=request.tainting,
        unreadable_headers=unreadable,
    )


def _shown(items: list[str]) -> str:
    return ", ".join(items) or "(empty)"
