"""What is wrong with `MIDDLEWARE`: ours missing, doubled, beside another, or below one that answers first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings as django_settings
from django.core import checks
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string

from drf_cors.checks.site_endpoints import EndpointView, SiteEndpoints
from drf_cors.checks.switching import selects_urlconf
from drf_cors.drf_views import bases
from drf_cors.explain.sessions import strings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OURS: Final = "drf_cors.middleware.CorsMiddleware"
THEIRS: Final = "corsheaders.middleware.CorsMiddleware"

_CACHED: Final = "what it keeps or serves from the cache would not pass ours"
#: Middleware that answers by itself -> why ours must stand above it.
_ANSWERS_ITSELF: Final[Mapping[str, str]] = {
    "django.middleware.common.CommonMiddleware": "its redirects for a missing slash would carry no CORS headers",
    "django.middleware.security.SecurityMiddleware": (
        "it redirects to https, and browsers follow no redirect of a preflight"
    ),
    "whitenoise.middleware.WhiteNoiseMiddleware": "the files it serves would carry no CORS headers",
    "django.middleware.locale.LocaleMiddleware": "its redirects to a language would carry no CORS headers",
    "django.middleware.cache.FetchFromCacheMiddleware": _CACHED,
    "django.middleware.cache.UpdateCacheMiddleware": _CACHED,
}


def check_middleware(**_: Any) -> list[checks.CheckMessage]:
    """Report where `CorsMiddleware` is missing, doubled, or stands in the wrong place of `MIDDLEWARE`."""
    try:
        paths = strings(tuple(django_settings.MIDDLEWARE))
        apps = tuple(django_settings.INSTALLED_APPS)
    except Exception:  # noqa: BLE001 - settings of Django itself may be anything; check_settings tells it
        return []
    if isinstance(django_settings.MIDDLEWARE, str):
        return []  # check_settings tells it
    installed = [(path, _names_of(path)) for path in paths]
    places = [place for place, (_, names) in enumerate(installed) if OURS in names]
    if not places:
        declaring = next((entry for entry in SiteEndpoints().entries if entry.view.declares), None)
        if declaring is not None:
            return [_unprotected(declaring)]
        return [
            checks.Warning(
                f"{OURS} is not in MIDDLEWARE: no policy has any effect.",
                hint=f"Put {OURS!r} first in MIDDLEWARE.",
                id="drf_cors.W005",
            )
        ]
    messages = [*_beside_theirs(installed, apps), *_misplaced(installed, places[0])]
    if len(places) > 1:
        messages.append(
            checks.Warning(
                f"{OURS} is in MIDDLEWARE {len(places)} times.",
                hint="Keep the first one.",
                id="drf_cors.W006",
            )
        )
    return messages


def _unprotected(declaring: EndpointView) -> checks.CheckMessage:
    return checks.Error(
        f"{OURS} is not in MIDDLEWARE: the policies of {declaring.name}, and of all other views "
        "that declare one, have no effect.",
        hint=f"Put {OURS!r} first in MIDDLEWARE; where {THEIRS!r} is there, in its place.",
        id="drf_cors.E015",
    )


def _names_of(path: str) -> frozenset[str]:
    """Return a middleware's dotted path and, of a class, those of its bases."""
    try:
        middleware = import_string(path)
    except (Exception, SystemExit):  # noqa: BLE001 - Django tells it when it builds the middleware
        return frozenset({path})
    return frozenset({path, *bases(middleware)})


def _beside_theirs(
    installed: Sequence[tuple[str, frozenset[str]]], apps: tuple[str, ...]
) -> Iterator[checks.CheckMessage]:
    if any(THEIRS in names for _, names in installed):
        yield checks.Error(
            f"{THEIRS} and {OURS} are both in MIDDLEWARE: each answers preflights in its own way.",
            hint=f"Take {THEIRS!r} out. The settings keep their names.",
            id="drf_cors.E007",
        )
    elif any(app == "corsheaders" or app.startswith("corsheaders.") for app in apps):
        yield checks.Warning(
            "'corsheaders' is in INSTALLED_APPS, but its middleware is not used: only its checks run.",
            hint="Take 'corsheaders' out of INSTALLED_APPS.",
            id="drf_cors.W004",
        )


def _misplaced(installed: Sequence[tuple[str, frozenset[str]]], place: int) -> Iterator[checks.CheckMessage]:
    for path, names in installed[:place]:
        reason = _why_below(path, names)
        if reason is not None:
            yield checks.Warning(
                f"{path} stands above {OURS} in MIDDLEWARE: {reason}.",
                hint=f"Put {OURS!r} above it; best is first.",
                id="drf_cors.W007",
            )
    for path, _ in installed[place + 1 :]:
        if selects_urlconf(path):
            yield checks.Warning(
                f"{path} stands below {OURS} in MIDDLEWARE: preflights are judged before it picks the URLconf.",
                hint=f"Put {OURS!r} right below it.",
                id="drf_cors.W008",
            )


def _why_below(path: str, names: frozenset[str]) -> str | None:
    """Return why a middleware must stand below ours, or None where it need not."""
    for name, reason in _ANSWERS_ITSELF.items():
        if name in names and (not name.endswith("SecurityMiddleware") or django_settings.SECURE_SSL_REDIRECT):
            return reason
    is_login = any("loginrequired" in name.lower().replace("_", "") for name in names)
    if is_login and not _answers_inside(path):
        return "its answers to callers who are not logged in would carry no CORS headers"
    return None


def _answers_inside(path: str) -> bool:
    """Whether middleware answers in `process_view` alone, inside all others. Django's required login does."""
    try:
        middleware = import_string(path)
    except (Exception, SystemExit):  # noqa: BLE001 - see _names_of()
        return False
    return (
        isinstance(middleware, type)
        and issubclass(middleware, MiddlewareMixin)
        and middleware.__call__ is MiddlewareMixin.__call__
        and not hasattr(middleware, "process_request")
    )
