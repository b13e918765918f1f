"""What a redirect makes of a request.

https://fetch.spec.whatwg.org/#http-redirect-fetch
"""

from itertools import pairwise
from typing import Final

from drf_cors.core import fetch
from drf_cors.fetch_model.messages import CorsBlocked, Request, WireResponse
from drf_cors.fetch_model.profiles import Profile
from drf_cors.fetch_model.urls import parse_url

#: The step about the redirect count
MAX_REDIRECTS: Final = 20


def follow(request: Request, response: WireResponse, profile: Profile) -> bool:
    """Change the request to follow a redirect. Return False if there is no `Location`.

    Raises:
        CorsBlocked: The standard's network error.
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
    is_other_origin = url.origin != request.url.origin
    request.urls.append(url)
    _change_headers(request, response.status, profile)
    drops_delete = profile.delete_becomes_get and is_other_origin and request.method == "DELETE"
    if drops_delete or _becomes_get(request.method, response.status):
        request.method = "GET"
        request.body = None
    return True


def _becomes_get(method: str, status: int) -> bool:
    """Return whether a redirect changes a method to GET."""
    if status == 303:
        return method not in {"GET", "HEAD"}
    return status in {301, 302} and method == "POST"


def _change_headers(request: Request, status: int, profile: Profile) -> None:
    """Remove the headers that do not fit the new method or the new URL."""
    headers = request.script_headers if profile.redirects_restore_headers else request.headers
    if any(last.origin != url.origin for last, url in pairwise(request.urls)):
        headers = _without(headers, fetch.WILDCARD_EXCLUDED_HEADERS)
    bodiless = _without(headers, fetch.REQUEST_BODY_HEADERS)
    deciding = request.script_method if profile.first_method_decides else request.method
    request.headers = bodiless if _becomes_get(deciding, status) else headers
    request.preflight_headers = bodiless if _becomes_get(request.method, status) else headers
    if profile.removed_headers_are_asked_for:
        request.preflight_headers = request.script_headers


def _without(headers: list[tuple[str, str]], names: frozenset[str]) -> list[tuple[str, str]]:
    return [pair for pair in headers if fetch.byte_lowercase(pair[0]) not in names]
