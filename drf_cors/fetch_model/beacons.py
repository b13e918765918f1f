"""Requests that a page sends without waiting for the response: beacons and reports.

https://w3c.github.io/beacon/#sec-processing-model and
https://w3c.github.io/reporting/#try-delivery
"""

import json as jsonlib
from typing import Any, Final

from drf_cors.core import fetch
from drf_cors.core.origins import parse_origin
from drf_cors.fetch_model.messages import Request, extract_body
from drf_cors.fetch_model.profiles import Profile
from drf_cors.fetch_model.urls import parse_url

#: The media type of reports.
REPORTS: Final = "application/reports+json"

#: The media type of the reports that browsers sent before the Reporting API.
CSP_REPORT: Final = "application/csp-report"


def beacon_request(
    *,
    origin: str,
    url: str,
    base: str,
    profile: Profile,
    body: bytes | str | None = None,
    json: Any = None,
    content_type: str | None = None,
) -> Request:
    """Make a request as `navigator.sendBeacon(url, data)` does.

    Args:
        origin: The origin of the page.
        url: The URL, relative or not.
        base: The URL of the server.
        profile: The engine.
        body: Text, or bytes without a media type.
        json: Data for a `Blob` of JSON.
        content_type: The media type of a `Blob`.

    Raises:
        TypeError: A browser throws a TypeError for this call.
    """
    parsed = parse_url(url, base)
    if parsed is None:
        raise TypeError(f"{url!r} is not a URL to which a browser sends a beacon.")
    payload, media_type = extract_body(body, json)
    media_type = content_type or media_type
    is_simple = media_type is None or fetch.is_safelisted_request_header("content-type", media_type)
    headers = [] if media_type is None else [("Content-Type", media_type)]
    return Request(
        origin=origin,
        method="POST",
        headers=[*headers, ("Accept", "*/*")],
        body=payload,
        credentials="include",
        urls=[parsed],
        mode="no-cors" if is_simple else "cors",
        keepalive=profile.beacons_are_limited,
    )


def report_request(*, origin: str, url: str, base: str, reports: Any, profile: Profile) -> Request:
    """Make a request as a browser does that delivers reports to an endpoint.

    Args:
        origin: The origin of the page that the reports are about.
        url: The URL of the endpoint.
        base: The URL of the server.
        reports: What is sent as JSON.
        profile: The engine.

    Raises:
        TypeError: The page or the endpoint is not potentially trustworthy, so no browser sends
            reports. https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
    """
    endpoint = parse_url(url, base)
    if endpoint is None:
        raise TypeError(f"{url!r} is not a URL to which a browser sends reports.")
    for place in (origin, endpoint.origin):
        if not _is_trustworthy(place):
            raise TypeError(f"{place!r} is not on https, so browsers send no reports from or to it.")
    is_old = profile.reports_are_old
    return Request(
        origin="null" if is_old else origin,
        method="POST",
        headers=[("Content-Type", CSP_REPORT if is_old else REPORTS), ("Accept", "*/*")],
        body=jsonlib.dumps(reports).encode(),
        credentials="same-origin",
        urls=[endpoint],
        mode="no-cors" if is_old else "cors",
    )


def _is_trustworthy(origin: str) -> bool:
    parsed = parse_origin(origin)
    if parsed is None:  # a sandboxed page has the origin `null`
        return False
    host = parsed.host
    is_local = host in ("localhost", "[::1]") or host.endswith(".localhost") or host.startswith("127.")
    return parsed.scheme == "https" or is_local
