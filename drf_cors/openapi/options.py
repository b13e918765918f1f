"""`CORS_OPENAPI`: how much of a policy a schema shows, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from drf_cors import resolver as resolvers
from drf_cors.core.errors import CorsConfigurationError, Fault
from drf_cors.openapi_choices import CHOICES, is_choice

if TYPE_CHECKING:
    from django.http import HttpRequest

Detail = Literal["full", "summary", "off"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What one schema shows.

    Attributes:
        detail: The whole policy, a summary without the names of origins, or nothing.
        with_sources: Whether it shows where each part was declared.
        with_headers: Whether responses list their CORS headers.
        with_line: Whether descriptions end with a line about the policy.
        with_badges: Whether there are badges for Redoc.
    """

    detail: Detail
    with_sources: bool = False
    with_headers: bool = False
    with_line: bool = False
    with_badges: bool = False


def for_request(request: HttpRequest | None) -> Options:
    """Return what the schema for a request shows.

    Args:
        request: The request for the schema; None for `manage.py spectacular`.

    Raises:
        CorsConfigurationError: A callable in `CORS_OPENAPI` returned a value that is not valid.
    """
    is_trusted = resolvers.current().conf.debug or _is_staff(request)
    detail = _value("DETAIL", request)
    if detail == "auto":
        detail = "full" if request is None or is_trusted else "summary"
    with_sources = _value("SOURCES", request)
    return Options(
        detail=detail,
        with_sources=is_trusted if with_sources == "auto" else with_sources,
        with_headers=_value("RESPONSE_HEADERS", request),
        with_line=_value("DESCRIPTION", request),
        with_badges=_value("REDOC_BADGES", request),
    )


def looks_at_request() -> bool:
    """Whether what a schema shows depends on the request: on its user, or on a callable."""
    values = (_setting("DETAIL"), _setting("SOURCES"))
    return values[0] != "off" and any(value == "auto" or callable(value) for value in values)


def _setting(key: str) -> Any:
    return resolvers.current().conf.openapi.get(key, CHOICES[key][0])


def _value(key: str, request: HttpRequest | None) -> Any:
    choices = CHOICES[key]
    value = _setting(key)
    if not callable(value):
        return value
    result = value(request)
    if not is_choice(result, choices):
        remedy = f"return one of {', '.join(map(repr, choices))}"
        fault = Fault(
            field=f"CORS_OPENAPI[{key!r}](request)",
            value=result,
            reason="unknown-choice",
            remedy=remedy,
        )
        raise CorsConfigurationError([fault], "settings.CORS_OPENAPI")
    return result


def _is_staff(request: HttpRequest | None) -> bool:
    user = getattr(request, "user", None)
    return getattr(user, "is_active", False) is True and getattr(user, "is_staff", False) is True
