"""The CORS half of the Fetch Standard, without input or output.

`main_fetch` is a generator. It yields each request to send, and receives the response. It returns
what the script gets. The caller sends the requests, in sync or async code.

Not modelled: `no-cors` and navigation, service workers, the HTTP cache, HTTP authentication
prompts, mixed content, Content Security Policy, referrers, `Sec-Fetch-*` and the `SameSite` rules
of cookies.
"""

import re
from collections.abc import Generator, Iterator
from typing import Final, TypeAlias

from django.utils.datastructures import CaseInsensitiveMapping

from drf_cors.core import fetch
from drf_cors.core.exposure import exposed_by, is_readable, unreadable_headers
from drf_cors.fetch_model.messages import (
    CorsBlocked,
    FetchResponse,
    Kind,
    Request,
    WireRequest,
    WireResponse,
)
from drf_cors.fetch_model.preflight_cache import PreflightCache
from drf_cors.fetch_model.profiles import Profile
from drf_cors.fetch_model.urls import parse_url

#: https://fetch.spec.whatwg.org/#http-redirect-fetch, the step about the redirect count
MAX_REDIRECTS: Final = 20

#: https://fetch.spec.whatwg.org/#null-body-status
_NULL_BODY_STATUSES: Final = frozenset({101, 103, 204, 205, 304})

_NEGATIVE: Final = re.compile(r"[\t ]*-[0-9]+[\t ]*")

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
    """Return whether the request needs a preflight: no HTML form could send it.

    https://fetch.spec.whatwg.org/#main-fetch, the step about the unsafe-request flag
    """
    return request.method not in fetch.SAFELISTED_METHODS or bool(request.unsafe_names)


def _is_cached(request: Request, cache: PreflightCache) -> bool:
    """Return whether cached preflights cover the request.

    https://fetch.spec.whatwg.org/#http-fetch
    """
    key, credentials = request.cache_key, request.includes_credentials
    if request.method not in fetch.SAFELISTED_METHODS:
        is_known = cache.has_method(key, request.method, credentials=credentials)
        if not is_known:
            return False
    names = request.unsafe_names
    return all(cache.has_header(key, name, credentials=credentials) for name in names)


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
        credentials=_sends_credentials(request),
    )


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
    if profile.latest_preflight_replaces:
        cache.clear(request.cache_key)
    headers = [("Accept", "*/*"), ("Access-Control-Request-Method", request.method)]
    if request.unsafe_names:
        headers.append(("Access-Control-Request-Headers", ",".join(request.unsafe_names)))
    headers.append(("Origin", request.serialised_origin))
    response = yield WireRequest(kind="preflight", method="OPTIONS", url=request.url, headers=tuple(headers))

    _cors_check("preflight", request, response)
    facts = request.facts("preflight")
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
    cache.store(
        request.cache_key,
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
    if not profile.negative_max_age_is_invalid and _NEGATIVE.fullmatch(value):
        return 0
    seconds = fetch.parse_max_age(value)
    return fetch.DEFAULT_MAX_AGE if seconds is None else seconds


def _cors_check(kind: Kind, request: Request, response: WireResponse) -> None:
    """Check that the response allows this origin, and its credentials.

    https://fetch.spec.whatwg.org/#cors-check
    """
    facts = request.facts(kind)
    stage = "preflight" if kind == "preflight" else "response"
    allowed = response.header("access-control-allow-origin")
    if allowed is None:
        status = "" if fetch.is_ok_status(response.status) else f"; status {response.status}"
        raise CorsBlocked(f"{stage}: origin", f"Access-Control-Allow-Origin is missing{status}.", facts)
    if allowed == "*":
        if request.includes_credentials:
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
    if not request.includes_credentials:
        return
    credentials = response.header("access-control-allow-credentials")
    if credentials != "true":
        found = "missing" if credentials is None else f"{credentials!r}, not 'true'"
        text = f"Access-Control-Allow-Credentials is {found}."
        raise CorsBlocked(f"{stage}: credentials", text, facts)


def _follow(request: Request, response: WireResponse) -> bool:
    """Change the request to follow a redirect. Return False if there is no `Location`.

    https://fetch.spec.whatwg.org/#http-redirect-fetch
    """
    location = response.header("location")
    if location is None:
        return False
    facts = request.facts("request")
    url = parse_url(location, str(request.url))
    if url is None:
        text = f"{location!r} is not a URL to fetch over HTTP."
        raise CorsBlocked("redirect: location", text, facts)
    if len(request.urls) > MAX_REDIRECTS:
        raise CorsBlocked("redirect: limit", f"more than {MAX_REDIRECTS} redirects.", facts)
    if url.has_userinfo and (request.tainting == "cors" or url.origin != request.origin):
        raise CorsBlocked("redirect: credentials", "the new URL names a user or a password.", facts)
    if _becomes_get(request.method, response.status):
        request.method = "GET"
        request.body = None
        _drop(request, fetch.REQUEST_BODY_HEADERS)
    if url.origin != request.url.origin:
        _drop(request, fetch.WILDCARD_EXCLUDED_HEADERS)
    request.urls.append(url)
    return True


def _becomes_get(method: str, status: int) -> bool:
    """Return whether a redirect changes a method to GET."""
    if status == 303:
        return method not in {"GET", "HEAD"}
    return status in {301, 302} and method == "POST"


def _drop(request: Request, names: frozenset[str]) -> None:
    kept = [pair for pair in request.headers if fetch.byte_lowercase(pair[0]) not in names]
    request.headers = kept


def _filtered(request: Request, response: WireResponse) -> FetchResponse:
    """Return the part of the response that the script may read.

    https://fetch.spec.whatwg.org/#concept-filtered-response-cors
    """
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
