"""Which headers of a response the scripts of another origin can read.

https://fetch.spec.whatwg.org/#concept-filtered-response-cors and
https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name

The names below are those that scripts have no use for. No name is looked for: every other header
that a script cannot read is reported, whatever it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drf_cors.core.fetch import (
    FORBIDDEN_RESPONSE_HEADERS,
    SAFELISTED_RESPONSE_HEADERS,
    byte_lowercase,
    is_token,
    parse_header_list,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: Headers for one connection. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
_HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"})

#: Headers about the message, for servers, caches and the browser: scripts get what these produce.
_OF_THE_MESSAGE: Final = frozenset(
    {
        # https://www.rfc-editor.org/rfc/rfc9110: sections 6.6.1, 7.6.3, 8.4, 10.2.1, 10.2.4, 12.5.5.
        # REST framework sends `Allow` and `Vary` with every response.
        *("date", "via", "content-encoding", "allow", "server", "vary"),
        # https://www.rfc-editor.org/rfc/rfc9111#section-5.1, rfc9211, rfc9213, rfc7838
        *("age", "cache-status", "cdn-cache-control", "surrogate-control", "alt-svc", "alt-used"),
        # Client hints and search with fewer copies: RFC 8942, and the drafts beside it.
        *("accept-ch", "critical-ch", "no-vary-search"),
        # Read by the browser: Resource Timing, Server Timing, service workers, source maps.
        *("timing-allow-origin", "server-timing", "service-worker-allowed", "service-worker-navigation-preload"),
        *("sourcemap", "x-sourcemap", "refresh", "speculation-rules", "supports-loading-mode"),
        # Not standards: for crawlers, old browsers, and the name of the server's software.
        *("x-robots-tag", "x-ua-compatible", "x-dns-prefetch-control", "x-powered-by"),
    }
)

#: Instructions to the browser about security and reports.
_SECURITY: Final = frozenset(
    {
        # https://www.w3.org/TR/CSP3/, https://w3c.github.io/webappsec-permissions-policy/
        *("content-security-policy", "content-security-policy-report-only"),
        *("permissions-policy", "permissions-policy-report-only", "feature-policy"),
        *("document-policy", "document-policy-report-only", "require-document-policy"),
        *("integrity-policy", "integrity-policy-report-only", "referrer-policy"),
        # https://html.spec.whatwg.org/, https://w3c.github.io/webappsec-clear-site-data/
        *("origin-agent-cluster", "clear-site-data", "x-frame-options", "x-content-type-options"),
        # https://www.rfc-editor.org/rfc/rfc6797, rfc7469, rfc9163
        *("strict-transport-security", "public-key-pins", "public-key-pins-report-only", "expect-ct"),
        # https://www.w3.org/TR/reporting-1/, https://www.w3.org/TR/network-error-logging/
        *("reporting-endpoints", "report-to", "nel"),
        # https://w3c-fedid.github.io/login-status/ and the Storage Access API
        *("set-login", "activate-storage-access"),
        # Old ones of single browsers.
        *("x-xss-protection", "x-permitted-cross-domain-policies", "x-download-options"),
    }
)

_NOT_FOR_SCRIPTS: Final = _HOP_BY_HOP | _OF_THE_MESSAGE | _SECURITY | FORBIDDEN_RESPONSE_HEADERS

#: Names that begin so are not for scripts either: of CORS, of proxies, and of the browser's security.
#: django-debug-toolbar marks every response for its own page with the last one.
_PREFIXES_NOT_FOR_SCRIPTS: Final = ("access-control-", "proxy-", "cross-origin-", "sec-", "djdt-")


def exposed_by(value: str | None) -> frozenset[str]:
    """Return the names that a response exposes, in lower case.

    Args:
        value: Its `Access-Control-Expose-Headers`, None if it has none. A malformed one exposes
            nothing.
    """
    return frozenset(map(byte_lowercase, parse_header_list(value or "") or ()))


def is_readable(name: str, exposed: Collection[str], *, with_credentials: bool) -> bool:
    """Return whether a script of another origin can read a response header.

    Args:
        name: The name of the header.
        exposed: What the response exposes, in lower case.
        with_credentials: Whether the script sends credentials. Then `*` is only a name.
    """
    lower = byte_lowercase(name)
    if lower in FORBIDDEN_RESPONSE_HEADERS:
        return False
    if lower in SAFELISTED_RESPONSE_HEADERS or lower in exposed:
        return True
    return "*" in exposed and not with_credentials


def unreadable_headers(names: Iterable[str], exposed: Collection[str], *, with_credentials: bool) -> tuple[str, ...]:
    """Return the headers of a response that a script might want to read, but cannot.

    Args:
        names: The names of all its headers.
        exposed: What it exposes, in lower case.
        with_credentials: As for `is_readable`.

    Returns:
        The names as they came, each once. Hop-by-hop, security and cookie headers are left out, and
        those about the message.
    """
    found: dict[str, str] = {}
    for name in names:
        lower = byte_lowercase(name)
        if lower in _NOT_FOR_SCRIPTS or lower.startswith(_PREFIXES_NOT_FOR_SCRIPTS) or not is_token(name):
            continue
        if not is_readable(name, exposed, with_credentials=with_credentials):
            found.setdefault(lower, name)
    return tuple(found.values())
