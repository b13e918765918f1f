"""Causes in the browser: what it does before CORS, or without it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drf_cors.core.origins import parse_origin
from drf_cors.diagnosis.address_spaces import AddressSpace, address_space, is_local_literal, is_unspecified
from drf_cors.diagnosis.findings import Cause, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.core.origins import Origin
    from drf_cors.diagnosis.case import Query
    from drf_cors.fetch_model.urls import Url


class BrowserCause(Cause):
    """Causes in the browser."""

    MIXED_CONTENT = (
        "mixed-content",
        "The page is on https, {url} is not: browsers block it as mixed content, and send nothing.",
        "Serve the API over https, and use {secure_url}.",
    )
    MIXED_CONTENT_LOCAL = (
        "mixed-content",
        (
            "The page is on https, {url} is not: Firefox and Safari block it as mixed content, and "
            "send nothing. Chromium sends it, because the address is local."
        ),
        "Serve the API over https, and use {secure_url}.",
    )
    MIXED_CONTENT_LOOPBACK = (
        "mixed-content",
        (
            "The page is on https, {url} is not: Safari blocks it as mixed content, and sends "
            "nothing. Chromium and Firefox send it, because the address is loopback."
        ),
        "For Safari, serve the API over https, or open a page of http://localhost.",
    )
    UNSPECIFIED = (
        "address-unspecified",
        (
            "{host} is an address to listen on, not one to fetch: Safari sends nothing to it, and "
            "Firefox nothing from a page on https."
        ),
        "Fetch {right_url}.",
    )
    LOCAL_NETWORK = (
        "local-network-access",
        (
            "{host} is {space}, the page is not: Chromium (since 142) and Firefox first show the "
            "user a question. Until it is answered with yes, no OPTIONS arrives; the console "
            "reports 'CORS policy'."
        ),
        (
            "Allow it in the browser: site settings, local network access. No header helps, and "
            "CORS_ALLOW_PRIVATE_NETWORK is obsolete. In development, open a page of http://localhost."
        ),
    )
    LOCAL_NETWORK_NOT_SECURE = (
        "local-network-access",
        (
            "{host} is {space}, and the page is neither that nor on https: Chromium (since 142) "
            "blocks it without a question. No OPTIONS arrives; the console reports 'CORS policy'."
        ),
        (
            "Serve the page over https; then the browser shows the user a question. No header "
            "helps, and CORS_ALLOW_PRIVATE_NETWORK is obsolete. In development, open a page of "
            "http://localhost."
        ),
    )
    WEBSOCKET = (
        "websocket",
        "{url} is a WebSocket: there is no CORS. Browsers connect from any page, and send its Origin.",
        (
            "Compare Origin in the server; with channels: "
            "OriginValidator(application, ['https://shop.example']), or AllowedHostsOriginValidator."
        ),
    )


def about_the_browser(query: Query) -> Iterator[Finding]:
    """Yield what a browser does before CORS, if the URL in the script is known.

    https://www.w3.org/TR/mixed-content/ and https://wicg.github.io/local-network-access/
    """
    page, url = parse_origin(query.origin or ""), query.script_url
    if page is None or url is None:
        return
    if is_unspecified(url.host):
        right_url = _written(query, replace(url, host="localhost"))
        is_blocked = page.scheme == "https"
        yield Finding.of(BrowserCause.UNSPECIFIED, blocks=is_blocked, host=url.host, right_url=right_url)
    else:
        yield from _about_mixed_content(page, url, _written(query, url))
    yield from _about_local_network(page, url)


def about_websocket(query: Query, url: Url) -> Finding:
    """Return that CORS does not apply to a WebSocket."""
    return Finding.of(BrowserCause.WEBSOCKET, blocks=False, url=_written(query, url))


def _written(query: Query, url: Url) -> str:
    """Return a URL as the script has it."""
    text = str(url)
    return text.replace("http", "ws", 1) if query.is_websocket else text


def _about_mixed_content(page: Origin, url: Url, written: str) -> Iterator[Finding]:
    """Yield whether browsers block the request as mixed content.

    A loopback address is trustworthy (Secure Contexts § 3.1), but not to WebKit. Chromium lets
    requests to a local network pass too.
    """
    if page.scheme != "https" or url.scheme != "http":
        return
    is_loopback = address_space(url.host) is AddressSpace.LOOPBACK
    cause = BrowserCause.MIXED_CONTENT
    if is_loopback:
        cause = BrowserCause.MIXED_CONTENT_LOOPBACK
    elif is_local_literal(url.host):
        cause = BrowserCause.MIXED_CONTENT_LOCAL
    secure_url = written.replace("://", "s://", 1)
    yield Finding.of(cause, blocks=not is_loopback, url=written, secure_url=secure_url)


def _about_local_network(page: Origin, url: Url) -> Iterator[Finding]:
    """Yield whether browsers need the user's permission to reach the address.

    Chromium does so for public pages; those of a local network may reach loopback addresses.
    """
    space = address_space(url.host)
    if space not in (AddressSpace.LOOPBACK, AddressSpace.LOCAL):
        return
    if page.scheme not in ("http", "https") or address_space(page.host) is not AddressSpace.PUBLIC:
        return
    is_secure = page.scheme == "https"
    cause = BrowserCause.LOCAL_NETWORK_NOT_SECURE
    if is_secure:
        cause = BrowserCause.LOCAL_NETWORK
    yield Finding.of(cause, blocks=not is_secure, host=url.host, space=space.value)
