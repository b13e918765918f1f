"""Checks of the `CORS_*` settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from drf_cors import conf as settings
from drf_cors.checks.findings import Finding, to_messages, unreadable
from drf_cors.conf import KNOWN_SETTINGS
from drf_cors.core.errors import CorsConfigurationError, Fault, shown
from drf_cors.core.fetch import (
    CORS_RESPONSE_HEADERS,
    NORMALISED_METHODS,
    SAFELISTED_RESPONSE_HEADERS,
    byte_lowercase,
    is_forbidden_request_header,
)
from drf_cors.core.fields import misplaced_headers
from drf_cors.core.merge import EffectivePolicy, merge
from drf_cors.core.origins import NO_NAME, OPAQUE_ORIGINS, SPECIAL_SCHEMES, parse_valid
from drf_cors.defaults import default_headers, default_methods
from drf_cors.misspelt_settings import declares_policies, misspelt_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.core.checks import CheckMessage

    from drf_cors.core.sources import Source

_JOINED_METHODS: Final = re.compile(r"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS){2,}")
#: Names that many lists have. If one name consists of two of them, a comma is missing.
_COMMON_HEADERS: Final = frozenset(
    {
        *default_headers,
        *SAFELISTED_RESPONSE_HEADERS,
        "content-disposition",
        "etag",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "link",
        "location",
        "range",
        "retry-after",
        "x-api-key",
        "x-csrf-token",
        "x-request-id",
        "x-total-count",
    }
)

#: Methods in use that browsers do not upper-case for a script. QUERY is an Internet-Draft.
_CASE_SENSITIVE_METHODS: Final = {*default_methods, "QUERY"} - NORMALISED_METHODS

#: Opaque origin -> what can send it.
_OPAQUE: Final = {
    "null": "any site can send it from a sandboxed frame",
    "file://": "every local file and every application that shows one sends it",
}

#: A scheme after other text: the start of a second regular expression. `\A` is not text.
_SECOND_SCHEME: Final = re.compile(r"(?:(?<!\\)\w|[$+*.\]}-])\^?https?\??:(?:\\?/){2}")

#: What is in regular expressions of origins, but not in origins.
_LOOKS_LIKE_REGEX: Final = re.compile(r"^\^|\\[.dw]|\.[*+]|\$$")


def check_settings(**_: Any) -> list[CheckMessage]:
    """Report what is wrong with the `CORS_*` settings."""
    return to_messages([*_unknown_settings(), *_wrong_values()])


def _wrong_values() -> Iterator[Finding]:
    try:
        conf = settings.load()
    except CorsConfigurationError as error:
        yield from map(_setting_fault, error.faults)
        return
    except Exception as error:  # noqa: BLE001 - settings of Django itself may be anything
        yield unreadable("The settings", error)
        return
    for name in conf.dropped_headers:
        yield Finding(
            id="drf_cors.W001",
            cause="CORS_ALLOW_HEADERS",
            place=repr(name),
            text=f"CORS_ALLOW_HEADERS lists {name!r}, which no script can set. It is left out of responses.",
            hint="Remove it from the setting.",
        )
    policy = merge(conf.covered)
    yield from _misplaced(policy)
    yield from misread(policy)


def _misplaced(policy: EffectivePolicy) -> Iterator[Finding]:
    """Report headers in the wrong list. A `CorsPolicy` does not accept them."""
    source = policy.sources["allow_headers"]
    for name, _ in misplaced_headers("allow_headers", policy.allow_headers):
        field = CORS_RESPONSE_HEADERS[byte_lowercase(name)]
        made_from = field
        if field in settings.SETTINGS:
            made_from = settings.SETTINGS[field][0]
        yield _of_item(
            "drf_cors.W025",
            source,
            name,
            f"{source} lists {name!r}, which is a response header of CORS.",
            f"Remove it. drf-cors sends it, with a value from {made_from}. Scripts need not.",
        )
    source = policy.sources["expose_headers"]
    for name, _ in misplaced_headers("expose_headers", policy.expose_headers):
        move = ""
        is_listed = policy.permits_header(byte_lowercase(name))
        if not (is_listed or is_forbidden_request_header(name)):
            move = f"List it in {settings.SETTINGS['allow_headers'][0]} if scripts send it."
        yield _of_item(
            "drf_cors.W026",
            source,
            name,
            f"{source} lists {name!r}, which is a request header. No response has it.",
            f"Remove it. {move}".rstrip(),
        )


def _of_item(number: str, source: Source, item: str, text: str, hint: str, right: str = "") -> Finding:
    """Return a finding about one item of a declared list; several of one list are one message.

    Args:
        number: The id.
        source: The declaration.
        item: The item.
        text: What is wrong.
        hint: What to do.
        right: The right form of the item, if it has one.
    """
    place = f"{shown(item)} (write {right!r})" if right else shown(item)
    return Finding(id=number, cause=source.cause, place=place, text=text, hint=hint, source=source)


def _setting_fault(fault: Fault) -> Finding:
    cause = _likely_cause(fault)
    hint = f"{fault.advice}."
    return Finding(
        id="drf_cors.E001",
        cause=(fault.field, fault.reason),
        place=f"{shown(fault.value)} ({fault.remedy})",
        text=str(fault),
        hint=f"{hint} {cause}" if cause else hint,
    )


#: Reason of a fault -> how such a value usually comes about.
_CAUSES: Final[Mapping[str, str]] = {
    "not-a-list": (
        "In Python, ('GET') is the string 'GET': a tuple of one needs a comma, ('GET',). An "
        "environment variable is one string: split it."
    ),
    "iterator": "map(), filter() and generators are empty when they are read again.",
    "joined-origins": "If the comma between two strings is missing, Python joins them.",
}

_FLAGS: Final = ("true", "false", "1", "0", "yes", "no", "on", "off")


def _likely_cause(fault: Fault) -> str:
    """Return how a value of the wrong type usually comes about, "" if that is not known."""
    if isinstance(fault.value, str):
        cause = _likely_cause_of_text(fault, fault.value.lower())
        if cause:
            return cause
    is_map = fault.field in ("CORS_POLICIES", "CORS_VIEW_POLICIES")
    if fault.reason == "empty-string" and not is_map:
        return "''.split(',') is ['']: an empty environment variable."
    is_setting = fault.field.startswith("CORS_")
    if fault.reason == "wrong-type" and fault.value is None and is_setting:
        return "An environment variable that is not set gives None: leave the setting out."
    return _CAUSES.get(fault.reason, "")


def _likely_cause_of_text(fault: Fault, text: str) -> str:
    """Return how a lower-case text came to be a setting, "" if the text does not show it."""
    is_origins = fault.field in settings.SETTINGS["allowed_origins"]
    if is_origins and _LOOKS_LIKE_REGEX.search(text):
        return "A regular expression belongs in CORS_ALLOWED_ORIGIN_REGEXES."
    is_flag = fault.reason == "not-a-list" and text in _FLAGS
    if fault.reason == "wrong-type" or is_flag:
        return "An environment variable is a string: turn it into the right type."
    return ""


def _unknown_settings() -> Iterator[Finding]:
    for name, meant in misspelt_settings(KNOWN_SETTINGS):
        if declares_policies(name):
            continue  # it is an error, which the settings report
        yield Finding(
            id="drf_cors.W002",
            cause="settings",
            place=f"{name} (did you mean {meant}?)",
            text=f"{name} is not a setting of drf-cors and has no effect.",
            hint=f"Did you mean {meant}?",
        )


def misread(policy: EffectivePolicy) -> Iterator[Finding]:
    """Report values of a policy that its author cannot have intended: in settings and in views."""
    yield from _joined_names(policy)
    yield from _joined_regexes(policy)
    yield from _lower_case_methods(policy)
    yield from _odd_origins(policy)


def _lower_case_methods(policy: EffectivePolicy) -> Iterator[Finding]:
    """Report `patch`. Browsers upper-case other methods, but not this one: it is not PATCH."""
    source = policy.sources["allow_methods"]
    for name in policy.allow_methods:
        upper = name.upper()
        # A project that lists both knows the difference.
        if name != upper and upper in _CASE_SENSITIVE_METHODS and upper not in policy.allow_methods:
            yield _of_item(
                "drf_cors.W027",
                source,
                name,
                f"{source.edited}: {name!r} in allow_methods is not the method {upper}.",
                f"Write {upper!r}, in scripts too: browsers do not change the case of it.",
            )


def _odd_origins(policy: EffectivePolicy) -> Iterator[Finding]:
    """Report origins that are valid, but rarely intended."""
    source = policy.sources["allowed_origins"]
    for pattern in parse_valid(policy.allowed_origins):
        item = f"{source.edited}: {pattern.text!r} in allowed_origins"
        if pattern.text in OPAQUE_ORIGINS:
            yield _of_item(
                "drf_cors.W028",
                source,
                pattern.text,
                f"{item} is not one site: {_OPAQUE[pattern.text]}.",
                "Remove it, and serve the page from an origin of its own.",
            )
        elif pattern.scheme not in SPECIAL_SCHEMES:
            continue  # the host is opaque
        elif pattern.host.removesuffix(".").rpartition(".")[2] == NO_NAME:
            yield _of_item(
                "drf_cors.W030",
                source,
                pattern.text,
                f"{item} is never sent: no site can have a name under 'invalid'.",
                "Write the real name of the site. For development, use 'localhost' or 'test'.",
            )
        elif pattern.host.endswith("."):
            right = pattern.text.replace(pattern.host, pattern.host.removesuffix("."))
            yield _of_item(
                "drf_cors.W029",
                source,
                pattern.text,
                f"{item} has a host that ends with a dot. It is not the origin {right!r}.",
                f"Write {right!r}, unless the URL of the page has the dot too.",
                right,
            )
        elif pattern.scheme not in ("http", "https"):
            usual = "https" if pattern.scheme == "wss" else "http"
            right = pattern.text.replace(pattern.scheme, usual, 1)
            yield _of_item(
                "drf_cors.W030",
                source,
                pattern.text,
                f"{item} is never sent: no page has the scheme {pattern.scheme!r}.",
                f"Write the origin of the page, as in {right!r}.",
                right,
            )


def _joined_names(policy: EffectivePolicy) -> Iterator[Finding]:
    """Report two names without a comma: `["GET" "POST"]` is a list of one method, GETPOST."""
    for field in ("allow_methods", "allow_headers", "expose_headers"):
        is_joined = _JOINED_METHODS.fullmatch if field == "allow_methods" else _is_joined_header
        source = policy.sources[field]
        for name in filter(is_joined, getattr(policy, field)):
            yield _of_item(
                "drf_cors.W003",
                source,
                name,
                f"{source.edited}: {name!r} in {field} looks like two names with a missing comma.",
                "Put a comma between the strings. Without it, Python joins them.",
            )


def _joined_regexes(policy: EffectivePolicy) -> Iterator[Finding]:
    for regex in policy.allowed_origin_regexes:
        source = policy.sources["allowed_origin_regexes"]
        if _SECOND_SCHEME.search(regex.pattern):
            yield _of_item(
                "drf_cors.W003",
                source,
                regex.pattern,
                f"{source.edited}: {shown(regex.pattern)} looks like two regular expressions with a "
                "missing comma. No origin matches it.",
                "Put a comma between the strings. Without it, Python joins them.",
            )


def _is_joined_header(name: str) -> bool:
    lower = name.lower()
    if lower in _COMMON_HEADERS:
        return False
    seconds = map(lower.removeprefix, filter(lower.startswith, _COMMON_HEADERS))
    return any(second in _COMMON_HEADERS or second.startswith("x-") for second in seconds)
