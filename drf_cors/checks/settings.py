"""What is wrong with the `CORS_*` settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.core import checks

from drf_cors import conf as settings
from drf_cors.checks.site_endpoints import unreadable
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
from drf_cors.misspelt_settings import misspelt_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_JOINED_METHODS: Final = re.compile(r"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS){2,}")
#: Names that stand side by side in many lists. Two of them in one name have lost the comma between them.
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

#: What an opaque origin is the origin of.
_OPAQUE: Final = {
    "null": "any site can send it from a sandboxed frame",
    "file://": "every local file and every application that shows one sends it",
}

#: A scheme behind other text: that of the second of two regular expressions. An escape (`\A`) is no text.
_SECOND_SCHEME: Final = re.compile(r"(?:(?<!\\)\w|[$+*.\]}-])\^?https?\??:(?:\\?/){2}")

#: What regular expressions of origins have, and origins do not.
_LOOKS_LIKE_REGEX: Final = re.compile(r"^\^|\\[.dw]|\.[*+]|\$$")


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Report what is wrong with the `CORS_*` settings."""
    messages: list[checks.CheckMessage] = list(_unknown_settings())
    try:
        conf = settings.load()
    except CorsConfigurationError as error:
        return messages + [_setting_fault(fault) for fault in error.faults]
    except Exception as error:  # noqa: BLE001 - settings of Django itself may be anything
        return [*messages, unreadable("The settings", error)]
    messages += [
        checks.Warning(
            f"CORS_ALLOW_HEADERS lists {name!r}, which no script can set. It is left out of the answers.",
            hint="Take it out of the setting.",
            id="drf_cors.W001",
        )
        for name in conf.dropped_headers
    ]
    policy = merge(conf.covered)
    return [*messages, *_misplaced(policy), *misread(policy)]


def _misplaced(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    """Report headers in the wrong list, which a `CorsPolicy` refuses."""
    for name, _ in misplaced_headers("allow_headers", policy.allow_headers):
        field = CORS_RESPONSE_HEADERS[byte_lowercase(name)]
        made_from = settings.SETTINGS[field][0] if field in settings.SETTINGS else field
        yield checks.Warning(
            f"{policy.sources['allow_headers']} lists {name!r}, which is a response header of CORS.",
            hint=f"Take it out: drf-cors sends it, and makes it from {made_from}. Scripts have no need to send it.",
            id="drf_cors.W025",
        )
    for name, _ in misplaced_headers("expose_headers", policy.expose_headers):
        is_settable = not is_forbidden_request_header(name)
        move = f"List it in {settings.SETTINGS['allow_headers'][0]} if scripts send it." if is_settable else ""
        yield checks.Warning(
            f"{policy.sources['expose_headers']} lists {name!r}, which is a request header. No response has it.",
            hint=f"Take it out. {move}".rstrip(),
            id="drf_cors.W026",
        )


def _setting_fault(fault: Fault) -> checks.CheckMessage:
    cause = _likely_cause(fault)
    hint = f"{fault.advice}."
    return checks.Error(str(fault), hint=f"{hint} {cause}" if cause else hint, id="drf_cors.E001")


def _likely_cause(fault: Fault) -> str:
    """Return how a value of the wrong shape mostly comes about, "" where that cannot be told."""
    text = fault.value.lower() if isinstance(fault.value, str) else None
    if fault.field in settings.SETTINGS["allowed_origins"] and text is not None and _LOOKS_LIKE_REGEX.search(text):
        return "A regular expression belongs in CORS_ALLOWED_ORIGIN_REGEXES."
    is_flag = text in ("true", "false", "1", "0", "yes", "no", "on", "off")
    match fault.reason:
        case "not-a-list" | "wrong-type" if text is not None and (is_flag or fault.reason == "wrong-type"):
            return "An environment variable is a string: turn it into the right type."
        case "not-a-list":
            return (
                "In Python, ('GET') is the string 'GET': a tuple of one needs a comma, ('GET',). An environment "
                "variable is one string: split it."
            )
        case "iterator":
            return "map(), filter() and generators are empty for whoever asks second."
        case "joined-origins":
            return "Python joins two strings between which the comma is missing."
        case "empty-string" if fault.field not in ("CORS_POLICIES", "CORS_VIEW_POLICIES"):
            return "''.split(',') is ['']: an empty environment variable."
        case "wrong-type" if fault.value is None and fault.field.startswith("CORS_"):
            return "None is what an environment variable gives that is not set: leave the setting out."
    return ""


def _unknown_settings() -> Iterator[checks.CheckMessage]:
    for name, meant in misspelt_settings():
        yield checks.Warning(
            f"{name} is no setting of drf-cors, and has no effect.", hint=f"Did you mean {meant}?", id="drf_cors.W002"
        )


def misread(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    """Report what a policy says and its author cannot have meant: in the settings, and in views."""
    yield from _joined_names(policy)
    yield from _joined_regexes(policy)
    yield from _lower_case_methods(policy)
    yield from _odd_origins(policy)


def _lower_case_methods(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    """Report `patch`: browsers upper-case other methods, but not this one, so it is not PATCH."""
    for name in policy.allow_methods:
        upper = name.upper()
        # Both are listed by those who know.
        if name != upper and upper in _CASE_SENSITIVE_METHODS and upper not in policy.allow_methods:
            yield checks.Warning(
                f"{policy.sources['allow_methods']}: {name!r} in allow_methods is another method than {upper}.",
                hint=f"Write {upper!r}, in scripts too: browsers leave the case as it is, and compare byte for byte.",
                id="drf_cors.W027",
            )


def _odd_origins(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    """Report origins that are valid, and that hardly anybody means."""
    source = policy.sources["allowed_origins"]
    for pattern in parse_valid(policy.allowed_origins):
        said = f"{source}: {pattern.text!r} in allowed_origins"
        if pattern.text in OPAQUE_ORIGINS:
            yield checks.Warning(
                f"{said} is not one site: {_OPAQUE[pattern.text]}.",
                hint="Take it out, and serve the page from an origin of its own.",
                id="drf_cors.W028",
            )
        elif pattern.scheme not in SPECIAL_SCHEMES:
            continue  # the host is opaque
        elif pattern.host.removesuffix(".").rpartition(".")[2] == NO_NAME:
            yield checks.Warning(
                f"{said} is never sent: no site can have a name under 'invalid'.",
                hint="Write the name that the site has; 'localhost' and 'test' are there for development.",
                id="drf_cors.W030",
            )
        elif pattern.host.endswith("."):
            right = pattern.text.replace(pattern.host, pattern.host.removesuffix("."))
            yield checks.Warning(
                f"{said} has a host that ends with a dot. It is another origin than {right!r}.",
                hint=f"Write {right!r}, unless the address of the page has the dot too.",
                id="drf_cors.W029",
            )
        elif pattern.scheme not in ("http", "https"):
            usual = "https" if pattern.scheme == "wss" else "http"
            yield checks.Warning(
                f"{said} is never sent: no page has the scheme {pattern.scheme!r}.",
                hint=f"Write the origin of the page, as in {pattern.text.replace(pattern.scheme, usual, 1)!r}.",
                id="drf_cors.W030",
            )


def _joined_names(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    """Report names that were two before a comma was lost: `["GET" "POST"]` is a list of one method, GETPOST."""
    for field in ("allow_methods", "allow_headers", "expose_headers"):
        is_joined = _is_joined_method if field == "allow_methods" else _is_joined_header
        for name in filter(is_joined, getattr(policy, field)):
            yield checks.Warning(
                f"{policy.sources[field]}: {name!r} in {field} looks like two names in one.",
                hint="Put a comma between the strings: Python joins two that stand side by side.",
                id="drf_cors.W003",
            )


def _joined_regexes(policy: EffectivePolicy) -> Iterator[checks.CheckMessage]:
    for regex in policy.allowed_origin_regexes:
        source = policy.sources["allowed_origin_regexes"]
        if _SECOND_SCHEME.search(regex.pattern):
            yield checks.Warning(
                f"{source}: {shown(regex.pattern)} looks like two regular expressions in one; no origin matches it.",
                hint="Put a comma between the strings: Python joins two that stand side by side.",
                id="drf_cors.W003",
            )


def _is_joined_method(name: str) -> bool:
    return _JOINED_METHODS.fullmatch(name) is not None


def _is_joined_header(name: str) -> bool:
    lower = name.lower()
    return lower not in _COMMON_HEADERS and any(
        lower.startswith(first) and (lower[len(first) :] in _COMMON_HEADERS or lower[len(first) :].startswith("x-"))
        for first in _COMMON_HEADERS
    )
