"""Sessions and CSRF protection: whether a request with cookies works, besides the policies.

Reads Django's settings at each call: for display only, never while a request is served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.http import is_same_domain

from drf_cors.drf_views import attribute, bases
from drf_cors.view_facts import definer_of

if TYPE_CHECKING:
    from drf_cors.core.origins import OriginPattern

#: Methods that CSRF protection lets pass.
CSRF_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

_AUTHENTICATION: Final = "rest_framework.authentication"
_SESSION_AUTHENTICATION: Final = f"{_AUTHENTICATION}.SessionAuthentication"


def strings(values: Any) -> list[str]:
    """Return the strings of a setting, none where it is no list. Django reports other values."""
    if not isinstance(values, Iterable):
        return []
    return [value for value in values if isinstance(value, str)]


def is_rest_view(callback: Callable[..., Any]) -> bool:
    """Whether a view is one of REST framework's: Django's CSRF middleware does not check those."""
    return attribute(callback, "authentication_classes") is not None


def reads_session(callback: Callable[..., Any]) -> bool:
    """Whether a view may use the session: a plain one, or with `SessionAuthentication`."""
    classes = attribute(callback, "authentication_classes")
    if classes is not None:
        return any(_SESSION_AUTHENTICATION in bases(klass) for klass in classes)
    return _has_middleware("SessionMiddleware")


def wants_csrf_token(callback: Callable[..., Any]) -> bool:
    """Whether a view refuses unsafe requests unless they come from a trusted origin."""
    if is_rest_view(callback):  # SessionAuthentication requires it, whatever the middleware does
        return any(map(_enforces_csrf, attribute(callback, "authentication_classes")))
    return _has_middleware("CsrfViewMiddleware") and not getattr(callback, "csrf_exempt", False)


def _enforces_csrf(klass: Any) -> bool:
    """Whether a class authenticates by session as REST framework's does.

    One that overrides the check may not check.
    """
    if _SESSION_AUTHENTICATION not in bases(klass):
        return False
    return definer_of(klass, "enforce_csrf").__module__ == _AUTHENTICATION


def _has_middleware(name: str) -> bool:
    return any(path.endswith(f".{name}") for path in strings(settings.MIDDLEWARE))


def is_trusted(origin: OriginPattern) -> bool:
    """Whether `CSRF_TRUSTED_ORIGINS` has all that a pattern allows.

    There, `*.` includes the bare domain.
    """
    return any(_trusts(known, origin) for known in strings(settings.CSRF_TRUSTED_ORIGINS))


def _trusts(known: str, origin: OriginPattern) -> bool:
    scheme, _, authority = known.partition("://")
    if scheme != origin.scheme:
        return False
    if origin.port == "*":  # the setting has no form for any port
        return authority.removeprefix("*.").partition(":")[0] == origin.host
    wanted = origin.host
    if origin.port:
        wanted = f"{origin.host}:{origin.port}"
    if authority.startswith("*"):
        return is_same_domain(wanted, authority.removeprefix("*"))  # as Django's middleware does
    return authority == wanted and not origin.any_subdomain
