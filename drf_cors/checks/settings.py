"""What is wrong with the `CORS_*` settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution

from drf_cors import conf as settings
from drf_cors.checks.survey import unreadable
from drf_cors.core.errors import CorsConfigurationError, Fault, shown
from drf_cors.core.fetch import SAFELISTED_RESPONSE_HEADERS
from drf_cors.core.merge import EffectivePolicy, merge
from drf_cors.defaults import default_headers

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

#: A scheme behind other text: that of the second of two regular expressions. An escape (`\A`) is no text.
_SECOND_SCHEME: Final = re.compile(r"(?:(?<!\\)\w|[$+*.\]}-])\^?https?\??:(?:\\?/){2}")

#: What regular expressions of origins have, and origins do not.
_LOOKS_LIKE_REGEX: Final = re.compile(r"^\^|\\[.dw]|\.[*+]|\$$")


def check_settings(**_: Any) -> list[CheckMessage]:
    """Report what is wrong with the `CORS_*` settings."""
    messages: list[CheckMessage] = list(_unknown_settings())
    try:
        conf = settings.load()
    except CorsConfigurationError as error:
        return messages + [_setting_fault(fault) for fault in error.faults]
    except Exception as error:  # noqa: BLE001 - settings of Django itself may be anything
        return [*messages, unreadable("The settings", error)]
    messages += [
        Caution(
            f"CORS_ALLOW_HEADERS lists {name!r}, which no script can set. It is left out of the answers.",
            hint="Take it out of the setting.",
            id="drf_cors.W001",
        )
        for name in conf.dropped_headers
    ]
    return [*messages, *misread(merge(conf.covered))]


def _setting_fault(fault: Fault) -> CheckMessage:
    cause = _likely_cause(fault)
    hint = f"{fault.advice}."
    return Error(str(fault), hint=f"{hint} {cause}" if cause else hint, id="drf_cors.E001")


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


def _unknown_settings() -> Iterator[CheckMessage]:
    for name, meant in settings.misspelt():
        yield Caution(
            f"{name} is no setting of drf-cors, and has no effect.", hint=f"Did you mean {meant}?", id="drf_cors.W002"
        )


def misread(policy: EffectivePolicy) -> Iterator[CheckMessage]:
    """Report what a policy says and its author cannot have meant: in the settings, and in views."""
    yield from _joined_names(policy)
    yield from _joined_regexes(policy)


def _joined_names(policy: EffectivePolicy) -> Iterator[CheckMessage]:
    """Report names that were two before a comma was lost: `["GET" "POST"]` is a list of one method, GETPOST."""
    for field in ("allow_methods", "allow_headers", "expose_headers"):
        is_joined = _is_joined_method if field == "allow_methods" else _is_joined_header
        for name in filter(is_joined, getattr(policy, field)):
            yield Caution(
                f"{policy.sources[field]}: {name!r} in {field} looks like two names in one.",
                hint="Put a comma between the strings: Python joins two that stand side by side.",
                id="drf_cors.W003",
            )


def _joined_regexes(policy: EffectivePolicy) -> Iterator[CheckMessage]:
    for regex in policy.allowed_origin_regexes:
        source = policy.sources["allowed_origin_regexes"]
        if _SECOND_SCHEME.search(regex.pattern):
            yield Caution(
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
