"""Checks of `MIDDLEWARE`: ours is missing, is there twice, or is in the wrong place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from drf_cors.checks.findings import Finding, to_messages
from drf_cors.checks.responders import why_below
from drf_cors.checks.site_endpoints import SiteEndpoints
from drf_cors.checks.switching import selects_urlconf
from drf_cors.drf_views import bases
from drf_cors.explain.sessions import strings
from drf_cors.one_pass import one_pass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.core.checks import CheckMessage

#: The path of each middleware, and the paths of its class and bases.
_Installed: TypeAlias = "Sequence[tuple[str, frozenset[str]]]"

OURS: Final = "drf_cors.middleware.CorsMiddleware"
THEIRS: Final = "corsheaders.middleware.CorsMiddleware"


@one_pass()
def check_middleware(**_: Any) -> list[CheckMessage]:
    """Report a `CorsMiddleware` that is missing, is there twice, or is in the wrong place."""
    return to_messages(_findings())


def _findings() -> Iterator[Finding]:
    try:
        paths = strings(tuple(django_settings.MIDDLEWARE))
        apps = tuple(django_settings.INSTALLED_APPS)
    except Exception:  # noqa: BLE001 - settings may be anything; check_settings reports it
        return
    if isinstance(django_settings.MIDDLEWARE, str):
        return  # check_settings reports it
    installed = [(path, _names_of(path)) for path in paths]
    places = [place for place, (_, names) in enumerate(installed) if OURS in names]
    if not places:
        yield _missing()
        return
    yield from _beside_theirs(installed, apps)
    yield from _misplaced(installed, places[0])
    if len(places) > 1:
        yield _finding("drf_cors.W006", f"{OURS} is in MIDDLEWARE {len(places)} times.", "Keep the first one.")


def _finding(number: str, text: str, hint: str, place: str = "") -> Finding:
    """Return a finding. All of one id are one message: their cause is the order of MIDDLEWARE."""
    return Finding(id=number, cause="MIDDLEWARE", place=place, text=text, hint=hint)


def _missing() -> Finding:
    declaring = next((entry for entry in SiteEndpoints().entries if entry.view.declares), None)
    if declaring is None:
        return _finding(
            "drf_cors.W005",
            f"{OURS} is not in MIDDLEWARE: no policy has any effect.",
            f"Put {OURS!r} first in MIDDLEWARE.",
        )
    return _finding(
        "drf_cors.E015",
        f"{OURS} is not in MIDDLEWARE: the policies of {declaring.name}, and of all other views "
        "that declare one, have no effect.",
        f"Put {OURS!r} first in MIDDLEWARE. If {THEIRS!r} is there, replace it.",
    )


def _names_of(path: str) -> frozenset[str]:
    """Return the dotted path of a middleware and, if it is a class, the paths of its bases."""
    try:
        middleware = import_string(path)
    except (Exception, SystemExit):  # noqa: BLE001 - Django reports it when it loads the middleware
        return frozenset({path})
    return frozenset({path, *bases(middleware)})


def _beside_theirs(installed: _Installed, apps: tuple[str, ...]) -> Iterator[Finding]:
    if any(THEIRS in names for _, names in installed):
        yield _finding(
            "drf_cors.E007",
            f"{THEIRS} and {OURS} are both in MIDDLEWARE: both respond to preflights.",
            f"Remove {THEIRS!r}. The settings keep their names.",
        )
    elif any(app == "corsheaders" or app.startswith("corsheaders.") for app in apps):
        yield _finding(
            "drf_cors.W004",
            "'corsheaders' is in INSTALLED_APPS, but its middleware is not used: only its checks run.",
            "Remove 'corsheaders' from INSTALLED_APPS.",
        )


def _misplaced(installed: _Installed, place: int) -> Iterator[Finding]:
    for path, names in installed[:place]:
        reason = why_below(path, names)
        if reason is not None:
            yield _finding(
                "drf_cors.W007",
                f"{path} is above {OURS} in MIDDLEWARE: {reason}.",
                f"Put {OURS!r} above it, preferably first.",
                f"{path} ({reason})",
            )
    for path, _ in installed[place + 1 :]:
        if selects_urlconf(path):
            yield _finding(
                "drf_cors.W008",
                f"{path} is below {OURS}: preflights are judged before it selects the URLconf.",
                f"Put {OURS!r} directly below it; if there are several, below the last.",
                path,
            )
