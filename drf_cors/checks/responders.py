"""Middleware that responds by itself, or makes a new response: above ours its headers are lost.

Middleware that responds in `process_view` or `process_exception` is not meant: Django calls these
inside all middleware. Middleware that selects the URLconf has to be above ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.urls.resolvers import LocalePrefixPattern
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string

from drf_cors.checks.site_endpoints import SiteEndpoints
from drf_cors.checks.switching import selects_urlconf
from drf_cors.core.merge import EffectivePolicy, merge
from drf_cors.signals import check_request_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def why_below(path: str, names: frozenset[str]) -> str | None:
    """Return why a middleware must be below ours, None if it may be above.

    Args:
        path: Its entry in `MIDDLEWARE`.
        names: The dotted paths of the class and its bases.
    """
    if selects_urlconf(path):
        return None
    for name, responder in _RESPONDERS.items():
        if name in names:
            return responder.reason if responder.is_active() else None
    is_login = any("loginrequired" in name.lower().replace("_", "") for name in names)
    if is_login and not _responds_in_view_hook(path):
        return "its responses to users who are not logged in would carry no CORS headers"
    return None


def _responds_in_view_hook(path: str) -> bool:
    """Whether a middleware responds only in `process_view`, as `LoginRequiredMiddleware` does."""
    try:
        middleware = import_string(path)
    except (Exception, SystemExit):  # noqa: BLE001 - Django reports it when it loads the middleware
        return False
    if not isinstance(middleware, type) or not issubclass(middleware, MiddlewareMixin):
        return False
    if middleware.__call__ is not MiddlewareMixin.__call__:
        return False
    return not hasattr(middleware, "process_request")


def _responds_to_paths() -> bool:
    return bool(settings.APPEND_SLASH or settings.PREPEND_WWW or settings.DISALLOWED_USER_AGENTS)


def _redirects_to_https() -> bool:
    return bool(settings.SECURE_SSL_REDIRECT)


def _redirects_to_languages() -> bool:
    """Whether a route is in `i18n_patterns` in which the default language has a prefix too."""
    for entry in SiteEndpoints().entries:
        for pattern in entry.endpoint.patterns:
            prefix = pattern.pattern
            if isinstance(prefix, LocalePrefixPattern) and prefix.prefix_default_language:
                return True
    return False


def _has_login_of_allauth() -> bool:
    """Whether a route has the name of allauth's login. Without one, it redirects nowhere."""
    return any(entry.endpoint.url_name.name == "account_login" for entry in SiteEndpoints().entries)


def _policies() -> Iterator[EffectivePolicy]:
    """Yield the policy of the settings, and those of all views that can be read."""
    site = SiteEndpoints()
    if site.conf is not None:
        yield merge(site.conf.covered)
    for entry in site.entries:
        yield from entry.distinct


def _is_decided_at_requests() -> bool:
    """Whether callables or receivers decide. Else the cache has the right headers for each origin."""
    if check_request_enabled.has_listeners(None):
        return True
    return any(policy.origin_tests for policy in _policies())


def _sends_cookies() -> bool:
    return any(policy.allow_credentials for policy in _policies())


class _Responder(NamedTuple):
    """Why a middleware must be below ours, and whether the settings make it respond."""

    reason: str
    is_active: Callable[[], bool] = lambda: True


_FROM_CACHE: Final = _Responder(
    "responses from the cache would not pass through CorsMiddleware, so they would carry the "
    "headers of an earlier decision",
    _is_decided_at_requests,
)

#: Middleware that responds by itself or makes a new response -> why ours must be above it. The
#: first that a class is made from counts.
_RESPONDERS: Final[Mapping[str, _Responder]] = {
    "django.middleware.common.CommonMiddleware": _Responder(
        "its redirects for a missing slash would carry no CORS headers", _responds_to_paths
    ),
    "django.middleware.security.SecurityMiddleware": _Responder(
        "it redirects to https, and browsers follow no redirect of a preflight", _redirects_to_https
    ),
    "django.middleware.locale.LocaleMiddleware": _Responder(
        "its redirects to a language would carry no CORS headers", _redirects_to_languages
    ),
    "django.middleware.cache.FetchFromCacheMiddleware": _FROM_CACHE,
    "django.middleware.http.ConditionalGetMiddleware": _Responder(
        "its responses with status 304 would carry no CORS headers"
    ),
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware": _Responder(
        "its pages in place of a 404 would carry no CORS headers"
    ),
    "django.contrib.redirects.middleware.RedirectFallbackMiddleware": _Responder(
        "its redirects in place of a 404 would carry no CORS headers"
    ),
    "django.contrib.sessions.middleware.SessionMiddleware": _Responder(
        "its response 400, where a session was deleted meanwhile, would carry no CORS headers",
        _sends_cookies,
    ),
    "allauth.account.middleware.AccountMiddleware": _Responder(
        "its redirects to the login would carry no CORS headers", _has_login_of_allauth
    ),
    "axes.middleware.AxesMiddleware": _Responder(
        "its responses to logins that are locked out would carry no CORS headers"
    ),
    "wagtail.contrib.redirects.middleware.RedirectMiddleware": _Responder(
        "its redirects in place of a 404 would carry no CORS headers"
    ),
    "whitenoise.middleware.WhiteNoiseMiddleware": _Responder("the files it serves would carry no CORS headers"),
}
