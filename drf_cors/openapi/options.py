"""`CORS_OPENAPI`: how much of a policy a schema tells, and to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from django.conf import settings

from drf_cors import resolver as resolvers
from drf_cors.core.errors import CorsConfigurationError, Fault

if TYPE_CHECKING:
    from django.http import HttpRequest

Detail = Literal["full", "summary", "off"]

SETTING: Final = "CORS_OPENAPI"
DETAILS: Final = ("full", "summary", "off")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What one schema tells.

    Attributes:
        detail: The whole policy, a summary without the names of origins, or nothing.
        with_sources: Whether it tells where each part was declared.
    """

    detail: Detail
    with_sources: bool


def for_request(request: HttpRequest | None) -> Options:
    """Return what a schema tells whoever asks for it.

    Args:
        request: None for `manage.py spectacular`.

    Raises:
        CorsConfigurationError: Where `CORS_OPENAPI` is wrong, or a callable in it returned what it must not.
    """
    given = _read()
    is_trusted = resolvers.current().conf.debug or _is_staff(request)
    detail = _answer("DETAIL", given, request, (*DETAILS, "auto"))
    if detail == "auto":
        detail = "full" if request is None or is_trusted else "summary"
    with_sources = _answer("SOURCES", given, request, (True, False, "auto"))
    return Options(detail=detail, with_sources=is_trusted if with_sources == "auto" else with_sources)


def _read() -> Mapping[str, Any]:
    given = getattr(settings, SETTING, {})
    if not isinstance(given, Mapping):
        raise _error(SETTING, given, f"write {SETTING} = {{'DETAIL': 'summary'}}")
    for key in given:
        if key not in ("DETAIL", "SOURCES"):
            raise _error(SETTING, key, "the keys are 'DETAIL' and 'SOURCES'")
    return given


def _answer(key: str, given: Mapping[str, Any], request: HttpRequest | None, allowed: tuple[object, ...]) -> Any:
    value = given.get(key, "auto")
    if callable(value):
        value = value(request)
    # `1 == True`: compared by type as well.
    if not any(type(value) is type(item) and value == item for item in allowed):
        remedy = f"write one of {', '.join(map(repr, allowed))}, or a callable(request) that returns one"
        raise _error(f"{SETTING}[{key!r}]", value, remedy)
    return value


def _error(where: str, value: object, remedy: str) -> CorsConfigurationError:
    return CorsConfigurationError(
        [Fault(field=where, value=value, reason="wrong-type", remedy=remedy)], f"settings.{SETTING}"
    )


def _is_staff(request: HttpRequest | None) -> bool:
    user = getattr(request, "user", None)
    return getattr(user, "is_active", False) is True and getattr(user, "is_staff", False) is True
