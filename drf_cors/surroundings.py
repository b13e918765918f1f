"""What stands around the policies and decides with them: cookies, CSRF protection, attributes that nothing reads.

Reads settings of Django's, not ours. For display only: they may change under a running server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.http import is_same_domain

from drf_cors.core.origins import parse_origin
from drf_cors.core.policy import CorsPolicy
from drf_cors.decorators import view_class_of
from drf_cors.sites import site_of

if TYPE_CHECKING:
    from drf_cors.testing.urls import Url

#: Methods that CSRF protection lets pass.
CSRF_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def misspelt_declarations(callback: Callable[..., Any]) -> Iterator[str]:
    """Yield each attribute of a view's class that holds a policy under a name that nothing reads."""
    view_class = view_class_of(callback)
    for klass in getattr(view_class, "__mro__", ()):
        for name, value in vars(klass).items():
            is_alike = name != "cors_policy" and get_close_matches(name, ["cors_policy"], cutoff=0.75)
            if is_alike and isinstance(value, CorsPolicy):
                yield f"{klass.__name__}.{name}"


def is_same_site(origin: str, url: Url) -> bool:
    """Whether cookies with `SameSite=Lax` go from a page to a URL: schemes and registrable domains agree."""
    page = parse_origin(origin)
    return page is not None and page.scheme == url.scheme and site_of(page.host) == site_of(url.host)


def uses_session(callback: Callable[..., Any]) -> bool:
    """Whether a view reads the session cookie: a plain one, or one of DRF's with `SessionAuthentication`."""
    authentication = getattr(view_class_of(callback), "authentication_classes", None)
    if authentication is not None:
        return any(_is_named(klass, "SessionAuthentication") for klass in authentication)
    return _has("SessionMiddleware")


def is_csrf_checked(callback: Callable[..., Any]) -> bool:
    """Whether a view refuses requests that change something unless they come from a trusted origin."""
    if getattr(view_class_of(callback), "authentication_classes", None) is not None:
        return uses_session(callback)
    return _has("CsrfViewMiddleware") and not getattr(callback, "csrf_exempt", False)


def is_trusted(origin: str) -> bool:
    """Whether `CSRF_TRUSTED_ORIGINS` lists an origin."""
    scheme, _, host = origin.partition("://")
    for trusted in settings.CSRF_TRUSTED_ORIGINS:
        its_scheme, _, its_host = trusted.partition("://")
        is_below = its_host.startswith("*") and is_same_domain(host, its_host.lstrip("*"))
        if scheme == its_scheme and (is_below or host == its_host):
            return True
    return False


def guards(callback: Callable[..., Any]) -> str:
    """Return the names of the permission classes that would refuse a request without credentials, "" for none."""
    classes = getattr(view_class_of(callback), "permission_classes", ())
    names = [getattr(klass, "__name__", type(klass).__name__) for klass in classes]
    return ", ".join(name for name in names if not (name == "AllowAny" or name.endswith("OrReadOnly")))


def _has(name: str) -> bool:
    return any(path.endswith(name) for path in settings.MIDDLEWARE)


def _is_named(klass: object, name: str) -> bool:
    return any(base.__name__ == name for base in getattr(klass, "__mro__", ()))
