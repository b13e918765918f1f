"""Tables and predicates of the Fetch Standard, each with a link to its section.

Specification: https://fetch.spec.whatwg.org/ (June 2026 review draft), and RFC 9110 for the grammar
of HTTP.

Header names and values are ``str`` in which one character is one byte (Latin-1, as in WSGI and
ASGI), so ``len()`` counts bytes. No function raises, whatever it is given.
"""

import re
from collections.abc import Iterable
from typing import Final

# --- Grammar ---

# token = 1*tchar                               https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# delta-seconds = 1*DIGIT                       https://www.rfc-editor.org/rfc/rfc9111#section-1.2.2
_DELTA_SECONDS: Final = re.compile(r"[0-9]+")

# HTTP tab or space                             https://fetch.spec.whatwg.org/#http-tab-or-space
_TAB_OR_SPACE: Final = "\t "

# HTTP whitespace                               https://fetch.spec.whatwg.org/#http-whitespace
_WHITESPACE: Final = "\t\n\r "

_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def is_token(text: str) -> bool:
    """Return whether ``text`` is a token: the grammar of method names and header names.

    https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
    """
    return _TOKEN.fullmatch(text) is not None


def byte_lowercase(text: str) -> str:
    """Lower-case A to Z and nothing else.

    ``str.lower`` alone would turn the Kelvin sign into a ``k`` and match names that no browser
    matches.

    https://infra.spec.whatwg.org/#byte-lowercase
    """
    if text.isascii():
        return text.lower()
    return text.translate(_ASCII_LOWER)


# --- Methods ---

#: Methods that never need a preflight. https://fetch.spec.whatwg.org/#cors-safelisted-method
SAFELISTED_METHODS: Final = frozenset({"GET", "HEAD", "POST"})

#: Methods no script can send, in any case. https://fetch.spec.whatwg.org/#forbidden-method
FORBIDDEN_METHODS: Final = frozenset({"CONNECT", "TRACE", "TRACK"})

#: Methods browsers upper-case. https://fetch.spec.whatwg.org/#concept-method-normalize
NORMALISED_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})

_NORMALISED: Final = {byte_lowercase(method): method for method in NORMALISED_METHODS}
_FORBIDDEN_LOWER: Final = frozenset(map(byte_lowercase, FORBIDDEN_METHODS))


def normalise_method(method: str) -> str:
    """Return the method that a browser sends for a script's ``method``.

    https://fetch.spec.whatwg.org/#concept-method-normalize
    """
    return _NORMALISED.get(byte_lowercase(method), method)


def is_forbidden_method(method: str) -> bool:
    """Return whether browsers refuse to send ``method`` for a script.

    https://fetch.spec.whatwg.org/#forbidden-method
    """
    return byte_lowercase(method) in _FORBIDDEN_LOWER


# --- Request headers ---

#: Headers a script cannot set, lower-case. https://fetch.spec.whatwg.org/#forbidden-request-header
FORBIDDEN_REQUEST_HEADERS: Final = frozenset(
    {
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "access-control-request-private-network",  # not in Fetch: Chromium's private network access
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)

#: Nor any header that begins so. https://fetch.spec.whatwg.org/#forbidden-request-header
FORBIDDEN_REQUEST_HEADER_PREFIXES: Final = ("proxy-", "sec-")

#: Forbidden if the value is such a method. https://fetch.spec.whatwg.org/#forbidden-request-header
METHOD_OVERRIDE_HEADERS: Final = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})

#: Names ``*`` never covers. https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
WILDCARD_EXCLUDED_HEADERS: Final = frozenset({"authorization"})

#: Dropped with the body on a redirect. https://fetch.spec.whatwg.org/#request-body-header-name
REQUEST_BODY_HEADERS: Final = frozenset({"content-encoding", "content-language", "content-location", "content-type"})

#: Most bytes of a safelisted header. https://fetch.spec.whatwg.org/#cors-safelisted-request-header
SAFELISTED_VALUE_MAX_BYTES: Final = 128

#: Most bytes of all of them. https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
SAFELISTED_TOTAL_MAX_BYTES: Final = 1024

#: Media types of HTML forms. https://fetch.spec.whatwg.org/#cors-safelisted-request-header
SAFELISTED_CONTENT_TYPES: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})

#: https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte
_UNSAFE_BYTES: Final = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGE_VALUE: Final = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_RANGE_VALUE: Final = re.compile(r"bytes=([0-9]+)-([0-9]*)")


def is_forbidden_request_header(name: str, value: str = "") -> bool:
    """Return whether a script cannot set this request header.

    ``value`` matters for the method override headers alone.

    https://fetch.spec.whatwg.org/#forbidden-request-header
    """
    lower = byte_lowercase(name)
    if lower in FORBIDDEN_REQUEST_HEADERS or lower.startswith(FORBIDDEN_REQUEST_HEADER_PREFIXES):
        return True
    if lower in METHOD_OVERRIDE_HEADERS:
        return any(map(is_forbidden_method, split_value(value)))
    return False


def is_safelisted_request_header(name: str, value: str) -> bool:
    """Return whether this header alone needs no preflight.

    https://fetch.spec.whatwg.org/#cors-safelisted-request-header
    """
    if len(value) > SAFELISTED_VALUE_MAX_BYTES:
        return False
    has_unsafe_bytes = _UNSAFE_BYTES.search(value) is not None
    match byte_lowercase(name):
        case "accept":
            return not has_unsafe_bytes
        case "accept-language" | "content-language":
            return _LANGUAGE_VALUE.fullmatch(value) is not None
        case "content-type":
            return not has_unsafe_bytes and _essence(value) in SAFELISTED_CONTENT_TYPES
        case "range":
            return _is_simple_range(value)
        case _:
            return False


def cors_unsafe_request_header_names(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names among ``headers`` that need a preflight, lower-case, sorted, each once.

    This is also the order and form of ``Access-Control-Request-Headers``.

    https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
    """
    unsafe: set[str] = set()
    potentially_unsafe: set[str] = set()
    size = 0
    for name, value in headers:
        if is_safelisted_request_header(name, value):
            potentially_unsafe.add(byte_lowercase(name))
            size += len(value)
        else:
            unsafe.add(byte_lowercase(name))
    if size > SAFELISTED_TOTAL_MAX_BYTES:
        unsafe |= potentially_unsafe
    return sorted(unsafe)


def _essence(value: str) -> str | None:
    """Return the type and subtype of a media type, lower-case; None where it cannot be parsed.

    Parameters are not looked at: no fault in them makes parsing fail.

    https://mimesniff.spec.whatwg.org/#parse-a-mime-type
    """
    kind, slash, rest = value.strip(_WHITESPACE).partition("/")
    subtype = rest.partition(";")[0].rstrip(_WHITESPACE)
    if not slash or not is_token(kind) or not is_token(subtype):
        return None
    return byte_lowercase(f"{kind}/{subtype}")


def _is_simple_range(value: str) -> bool:
    """Return whether ``value`` is one byte range with a start.

    https://fetch.spec.whatwg.org/#simple-range-header-value
    """
    found = _RANGE_VALUE.fullmatch(value)
    if found is None:
        return False
    start, end = found.groups()
    return not end or int(start) <= int(end)


# --- Response headers ---

#: Headers any script may read. https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
SAFELISTED_RESPONSE_HEADERS: Final = frozenset(
    {
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    }
)

#: Headers no script may read. https://fetch.spec.whatwg.org/#forbidden-response-header-name
FORBIDDEN_RESPONSE_HEADERS: Final = frozenset({"set-cookie", "set-cookie2"})

#: Response headers of the CORS protocol -> the field of a policy that each is made from.
#: https://fetch.spec.whatwg.org/#http-responses
CORS_RESPONSE_HEADERS: Final[dict[str, str]] = {
    "access-control-allow-credentials": "allow_credentials",
    "access-control-allow-headers": "allow_headers",
    "access-control-allow-methods": "allow_methods",
    "access-control-allow-origin": "allowed_origins",
    "access-control-allow-private-network": "CORS_ALLOW_PRIVATE_NETWORK",  # not in Fetch any more
    "access-control-expose-headers": "expose_headers",
    "access-control-max-age": "preflight_max_age",
}

#: Header fields that are defined for requests alone. No response has a use for them. Left out are
#: those that responses do have: `Accept` and `Accept-Encoding` (RFC 9110 § 12.5.1 and 12.5.3),
#: `Range` (servers of resumable uploads), and names that servers choose themselves, as
#: `X-CSRFToken` for a token that scripts are to read.
REQUEST_ONLY_HEADERS: Final = frozenset(
    {
        # https://www.rfc-editor.org/rfc/rfc9110#section-7.2, section-7.6.2, section-10.1
        *("host", "max-forwards", "expect", "from", "referer", "te", "user-agent"),
        # https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2, section-11.7.2
        *("authorization", "proxy-authorization"),
        # https://www.rfc-editor.org/rfc/rfc9110#section-12.5
        *("accept-charset", "accept-language"),
        # https://www.rfc-editor.org/rfc/rfc9110#section-13.1
        *("if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"),
        # https://www.rfc-editor.org/rfc/rfc6265#section-5.4
        *("cookie", "cookie2"),
        # https://fetch.spec.whatwg.org/#http-requests, https://www.w3.org/TR/fetch-metadata/
        *("access-control-request-headers", "access-control-request-method", "origin"),
        *("access-control-request-private-network", "dnt", "upgrade-insecure-requests"),
        *("sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user"),
        # Not standards, but made for requests: a mark of a script's request, and its real method.
        *("x-requested-with", "x-http-method", "x-http-method-override", "x-method-override"),
    }
)

#: Seconds of caching without Max-Age. https://fetch.spec.whatwg.org/#cors-preflight-fetch
DEFAULT_MAX_AGE: Final = 5

#: Statuses that lead elsewhere. https://fetch.spec.whatwg.org/#redirect-status
REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})


def is_forbidden_response_header(name: str) -> bool:
    """Return whether no script may read this response header, even when it is exposed.

    https://fetch.spec.whatwg.org/#forbidden-response-header-name
    """
    return byte_lowercase(name) in FORBIDDEN_RESPONSE_HEADERS


def is_cors_header(name: str) -> bool:
    """Return whether a header belongs to the CORS protocol: its name begins with `Access-Control-`.

    https://fetch.spec.whatwg.org/#http-cors-protocol
    """
    return byte_lowercase(name).startswith("access-control-")


def is_ok_status(status: int) -> bool:
    """Return whether ``status`` is one that a preflight may be answered with.

    https://fetch.spec.whatwg.org/#ok-status
    """
    return 200 <= status <= 299


# --- Header values ---


def parse_header_list(value: str) -> list[str] | None:
    """Read a comma-separated list of tokens; None where it is malformed.

    For ``Access-Control-Allow-Methods``, ``-Allow-Headers`` and ``-Expose-Headers``. With one
    malformed member the whole list is malformed; empty members are skipped (RFC 9110, 5.6.1.2).
    Case is kept. Headers sent more than once are joined with ``", "`` first.

    https://fetch.spec.whatwg.org/#extract-header-list-values
    """
    present = []
    for member in value.split(","):
        name = member.strip(_TAB_OR_SPACE)
        if is_token(name):
            present.append(name)
        elif name:
            return None
    return present


def parse_max_age(value: str) -> int | None:
    """Read ``Access-Control-Max-Age`` in seconds; None where it is no ``delta-seconds``.

    More than nine digits (31 years) count as nine nines, so that no value is slow to convert.

    https://fetch.spec.whatwg.org/#http-access-control-max-age
    """
    stripped = value.strip(_TAB_OR_SPACE)
    if _DELTA_SECONDS.fullmatch(stripped) is None:
        return None
    digits = stripped.lstrip("0")
    return int(digits or "0") if len(digits) <= 9 else 999_999_999


def split_value(value: str) -> list[str]:
    """Split a header value at its commas, except those in quoted strings; the quotes stay.

    https://fetch.spec.whatwg.org/#header-value-get-decode-and-split
    """
    values: list[str] = []
    start = 0
    quoted = escaped = False
    for position, char in enumerate(value):
        if escaped:
            escaped = False
        elif char == '"':
            quoted = not quoted
        elif quoted:
            escaped = char == "\\"
        elif char == ",":
            values.append(value[start:position].strip(_TAB_OR_SPACE))
            start = position + 1
    values.append(value[start:].strip(_TAB_OR_SPACE))
    return values


# --- URLs ---

#: Default ports of the special schemes. https://url.spec.whatwg.org/#special-scheme
DEFAULT_PORTS: Final[dict[str, int | None]] = {
    "file": None,
    "ftp": 21,
    "http": 80,
    "https": 443,
    "ws": 80,
    "wss": 443,
}


# --- Origins ---


def is_same_origin(origin: str | None, scheme: str, host: str, sec_fetch_site: str | None = None) -> bool:
    """Return whether a request comes from the server's own origin.

    The browser knows best, so its ``Sec-Fetch-Site`` header decides. Without that header, the
    serialised origins are compared. A request without an origin has none in common with a server.

    https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header (2.4) and
    https://html.spec.whatwg.org/#same-origin

    Args:
        origin: The value of ``Origin``; None if there is none.
        scheme: The scheme of the server's URL.
        host: Host and port of that URL, as in the ``Host`` header: without a default port.
        sec_fetch_site: The value of ``Sec-Fetch-Site``; None if there is none.
    """
    if sec_fetch_site is not None:
        return sec_fetch_site == "same-origin"
    return origin == f"{scheme}://{host}"
