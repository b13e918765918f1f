"""`CORS_OPENAPI`: how much of a policy a schema tells, and to whom."""

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
    """What one schema tells.

    Attributes:
        detail: The whole policy, a summary without the names of origins, or nothing.
        with_sources: Whether it tells where each part was declared.
        with_headers: Whether responses list the CORS headers they carry.
        with_line: Whether descriptions end with a line about the policy.
        with_badges: Whether there are badges for Redoc.
    """

    detail: Detail
    with_sources: bool = False
    with_headers: bool = False
    with_line: bool = False
    with_badges: bool = False


def for_request(request: HttpRequest | None) -> Options:
    """Return what a schema tells whoever asks for it.

    Args:
        request: None for `manage.py spectacular`.

    Raises:
        CorsConfigurationError: Where a callable in `CORS_OPENAPI` returned what it must not.
    """
    is_trusted = resolvers.current().conf.debug or _is_staff(request)
    detail = _answer("DETAIL", request)
    if detail == "auto":
        detail = "full" if request is None or is_trusted else "summary"
    with_sources = _answer("SOURCES", request)
    return Options(
        detail=detail,
        with_sources=is_trusted if with_sources == "auto" else with_sources,
        with_headers=_answer("RESPONSE_HEADERS", request),
        with_line=_answer("DESCRIPTION", request),
        with_badges=_answer("REDOC_BADGES", request),
    )


def looks_at_request() -> bool:
    """Whether the request decides what a schema tells: its user, or whatever a callable looks at."""
    detail, with_sources = _setting("DETAIL"), _setting("SOURCES")
    return detail != "off" and any(value == "auto" or callable(value) for value in (detail, with_sources))


def _setting(key: str) -> Any:
    return resolvers.current().conf.openapi.get(key, CHOICES[key][0])


def _answer(key: str, request: HttpRequest | None) -> Any:
    choices, value = CHOICES[key], _setting(key)
    if not callable(value):
        return value
    answer = value(request)
    if not is_choice(answer, choices):
        remedy = f"return one of {', '.join(map(repr, choices))}"
        fault = Fault(field=f"CORS_OPENAPI[{key!r}](request)", value=answer, reason="unknown-choice", remedy=remedy)
        raise CorsConfigurationError([fault], "settings.CORS_OPENAPI")
    return answer


def _is_staff(request: HttpRequest | None) -> bool:
    user = getattr(request, "user", None)
    return getattr(user, "is_active", False) is True and getattr(user, "is_staff", False) is True
