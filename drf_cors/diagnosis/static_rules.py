"""Causes in static files, which are mostly not served by Django."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings

from drf_cors.diagnosis.case import path_info
from drf_cors.diagnosis.findings import Cause, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.diagnosis.case import Query


class StaticCause(Cause):
    """Causes in static files."""

    RUNSERVER = (
        "static-files",
        (
            "{path} is under STATIC_URL: with DEBUG, staticfiles answers it in runserver, above all "
            "middleware, so the response has no CORS headers."
        ),
        (
            "Start runserver with --nostatic, and add staticfiles_urlpatterns() of "
            "django.contrib.staticfiles.urls to the URLconf; in production, the web server sends "
            "the headers."
        ),
    )
    NOT_DJANGO = (
        "static-files",
        (
            "{path} is under {setting}, and no view answers it: what serves those files does not "
            "pass them through CorsMiddleware."
        ),
        "Add Access-Control-Allow-Origin where they are served: in the web server or the storage.",
    )


def about_runserver(query: Query) -> Iterator[Finding]:
    """Yield whether `runserver` answers without any middleware, as `StaticFilesHandler` does."""
    path = path_info(query.request.url.path)
    is_handled = settings.DEBUG and apps.is_installed("django.contrib.staticfiles")
    if is_handled and _is_under(path, settings.STATIC_URL):
        yield Finding.of(StaticCause.RUNSERVER, path=path)


def about_files(path: str, *, blocks: bool) -> Finding | None:
    """Return whether a path without a view is one of static or uploaded files."""
    for setting in ("STATIC_URL", "MEDIA_URL"):
        if _is_under(path, getattr(settings, setting)):
            return Finding.of(StaticCause.NOT_DJANGO, blocks=blocks, path=path, setting=setting)
    return None


def _is_under(path: str, base: object) -> bool:
    """Whether a path is under the URL of a setting, which may be None, or name another host."""
    url = urlsplit(str(base or ""))
    return not url.netloc and url.path not in ("", "/") and path.startswith(url.path)
