"""Checks of `MIDDLEWARE`: ours is missing, is there twice, or is in the wrong place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.conf import settings as django_settings
from django.core import checks
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string

from drf_cors.checks.site_endpoints import SiteEndpoints
from drf_cors.checks.switching import selects_urlconf
from drf_cors.drf_views import bases
from drf_cors.explain.sessions import strings
from drf_cors.one_pass import one_pass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: The path of each middleware, and the paths of its class and bases.
_Installed: TypeAlias = "Sequence[tuple[str, frozenset[str]]]"

OURS: Final = "drf_cors.middleware.CorsMiddleware"
#: The id of the warning about middleware above ours. `cors explain` reports it too.
ORDER_CHECK: Final = "drf_cors.W007"
THEIRS: Final = "corsheaders.middleware.CorsMiddleware"

_CACHED: Final = "responses from the cache would not pass through CorsMiddleware"
#: Middleware that can respond by itself -> why ours must be above it.
_RESPONDS_ITSELF: Final[Mapping[str, str]] = {
    "django.middleware.common.CommonMiddleware": "its redirects for a missing slash would carry no CORS headers",
    "django.middleware.security.SecurityMiddleware": (
        "it redirects to https, and browsers follow no redirect of a preflight"
    ),
    "whitenoise.middleware.WhiteNoiseMiddleware": "the files it serves would carry no CORS headers",
    "django.middleware.locale.LocaleMiddleware": "its redirects to a language would carry no CORS headers",
    "django.middleware.cache.FetchFromCacheMiddleware": _CACHED,
    "django.middleware.cache.UpdateCacheMiddleware": _CACHED,
}


@one_pass()
def check_middleware(**_: Any) -> list[checks.CheckMessage]:
    """Report a `CorsMiddleware` that is missing, is there twice, or is in the wrong place."""
    try:
        paths = strings(tuple(django_settings.MIDDLEWARE))
        apps = tuple(django_settings.INSTALLED_APPS)
    except Exception:  # noqa: BLE001 - settings may be anything; check_settings reports it
        return []
    if isinstance(django_settings.MIDDLEWARE, str):
        return []  # check_settings reports it
    installed = [(path, _names_of(path)) for path in paths]
    places = [place for place, (_, names) in enumerate(installed) if OURS in names]
    if not places:
        return [_missing()]
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


def _missing() -> checks.CheckMessage:
    declaring = next((entry for entry in SiteEndpoints().entries if entry.view.declares), None)
    if declaring is None:
        return checks.Warning(
            f"{OURS} is not in MIDDLEWARE: no policy has any effect.",
            hint=f"Put {OURS!r} first in MIDDLEWARE.",
            id="drf_cors.W005",
        )
    return checks.Error(
        f"{OURS} is not in MIDDLEWARE: the policies of {declaring.name}, and of all other views "
        "that declare one, have no effect.",
        hint=f"Put {OURS!r} first in MIDDLEWARE. If {THEIRS!r} is there, replace it.",
        id="drf_cors.E015",
    )


def _names_of(path: str) -> frozenset[str]:
    """Return the dotted path of a middleware and, if it is a class, the paths of its bases."""
    try:
        middleware = import_string(path)
    except (Exception, SystemExit):  # noqa: BLE001 - Django reports it when it loads the middleware
        return frozenset({path})
    return frozenset({path, *bases(middleware)})


def _beside_theirs(installed: _Installed, apps: tuple[str, ...]) -> Iterator[checks.CheckMessage]:
    if any(THEIRS in names for _, names in installed):
        yield checks.Error(
            f"{THEIRS} and {OURS} are both in MIDDLEWARE: both respond to preflights.",
            hint=f"Remove {THEIRS!r}. The settings keep their names.",
            id="drf_cors.E007",
        )
    elif any(app == "corsheaders" or app.startswith("corsheaders.") for app in apps):
        yield checks.Warning(
            "'corsheaders' is in INSTALLED_APPS, but its middleware is not used: only its checks run.",
            hint="Remove 'corsheaders' from INSTALLED_APPS.",
            id="drf_cors.W004",
        )


def _misplaced(installed: _Installed, place: int) -> Iterator[checks.CheckMessage]:
    for path, names in installed[:place]:
        reason = _why_below(path, names)
        if reason is not None:
            yield checks.Warning(
                f"{path} is above {OURS} in MIDDLEWARE: {reason}.",
                hint=f"Put {OURS!r} above it, preferably first.",
                id="drf_cors.W007",
            )
    for path, _ in installed[place + 1 :]:
        if selects_urlconf(path):
            yield checks.Warning(
                f"{path} is below {OURS}: preflights are judged before it selects the URLconf.",
                hint=f"Put {OURS!r} directly below it.",
                id="drf_cors.W008",
            )


def _why_below(path: str, names: frozenset[str]) -> str | None:
    """Return why a middleware must be below ours, None if it may be above."""
    for name, reason in _RESPONDS_ITSELF.items():
        if name not in names:
            continue
        if name.endswith("SecurityMiddleware") and not django_settings.SECURE_SSL_REDIRECT:
            continue
        return reason
    is_login = any("loginrequired" in name.lower().replace("_", "") for name in names)
    if is_login and not _responds_in_view_hook(path):
        return "its responses to users who are not logged in would carry no CORS headers"
    return None


def _responds_in_view_hook(path: str) -> bool:
    """Whether a middleware responds only in `process_view`, inside all other middleware.

    Django's `LoginRequiredMiddleware` does.
    """
    try:
        middleware = import_string(path)
    except (Exception, SystemExit):  # noqa: BLE001 - see _names_of()
        return False
    if not isinstance(middleware, type) or not issubclass(middleware, MiddlewareMixin):
        return False
    if middleware.__call__ is not MiddlewareMixin.__call__:
        return False
    return not hasattr(middleware, "process_request")
