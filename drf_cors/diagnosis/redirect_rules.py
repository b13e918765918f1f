"""Causes in redirects: the slash at the end, the language prefix, https, `www.`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import get_language_from_path

from drf_cors.diagnosis.dry_run import ALLOW_ORIGIN
from drf_cors.diagnosis.findings import Cause, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.diagnosis.case import Case, Step
    from drf_cors.diagnosis.dry_run import Trip


class RedirectCause(Cause):
    """Causes in redirects, by what is missing in the URL."""

    SLASH = (
        "redirect-slash",
        "{path} is answered by a redirect to {location}: the slash at the end is missing. {effect}",
        "Fetch {location}.",
    )
    LANGUAGE = (
        "redirect-language",
        "{path} is answered by a redirect to {location}: the language prefix is missing. {effect}",
        "Fetch {location}.",
    )
    HTTPS = (
        "redirect-https",
        "{path} is answered by a redirect to {location}: the site wants https. {effect}",
        "Fetch {location}.",
    )
    WWW = (
        "redirect-www",
        "{path} is answered by a redirect to {location}: PREPEND_WWW is set. {effect}",
        "Fetch {location}.",
    )
    ELSEWHERE = (
        "redirect-elsewhere",
        "{path} is answered by a redirect to {location}. {effect}",
        "Fetch {location}.",
    )


_NOT_FOR_PREFLIGHTS: Final = "Browsers do not follow it for a preflight."
_NO_CORS_HEADERS: Final = "It has no CORS headers, so browsers do not follow it."
_ORIGIN_IS_LOST: Final = "Following it to another origin, browsers send 'Origin: null'."
_BODY_IS_LOST: Final = "Following it, browsers send GET and drop the body."
_IS_FOLLOWED: Final = "Browsers follow it."
_IS_AN_ERROR: Final = "Under DEBUG Django raises RuntimeError instead: a redirect would lose the body."


def about_redirects(case: Case) -> Iterator[Finding]:
    """Yield the redirects that the request meets."""
    for step in case.relevant_steps:
        trip = step.trip
        path = trip.wire.url.path
        location = trip.location
        if is_refused_redirect(case, step):
            slash = f"{path}/"
            yield case.finding(RedirectCause.SLASH, path=path, location=slash, effect=_IS_AN_ERROR)
        elif step is case.stopped_step:
            continue
        elif location is not None:
            effect = _effect(step, location)
            yield case.finding(
                _kind_of_redirect(trip, location),
                blocks=effect != _IS_FOLLOWED,
                path=path,
                location=location,
                effect=effect,
            )


def is_refused_redirect(case: Case, step: Step) -> bool:
    """Whether `CommonMiddleware` raised instead of appending the slash, as it does under DEBUG."""
    failure = step.trip.failure
    if failure is None or not settings.DEBUG or step.explanation.match is None:
        return False
    path = step.trip.wire.url.path
    is_about_slash = failure.error.startswith("RuntimeError") and not path.endswith("/")
    return is_about_slash and case.stack.paths[failure.position].endswith("CommonMiddleware")


def _effect(step: Step, location: str) -> str:
    """Return what a browser does with a redirect, as a sentence."""
    trip = step.trip
    if step.is_preflight:
        return _NOT_FOR_PREFLIGHTS
    if ALLOW_ORIGIN not in {name.lower() for name in trip.headers}:
        return _NO_CORS_HEADERS
    target = urlsplit(location)
    scheme = target.scheme or trip.wire.url.scheme
    if target.netloc and f"{scheme}://{target.netloc}" != trip.wire.url.origin:
        return _ORIGIN_IS_LOST
    if trip.wire.method == "POST" and trip.status in (301, 302):
        return _BODY_IS_LOST
    return _IS_FOLLOWED


def _kind_of_redirect(trip: Trip, location: str) -> RedirectCause:
    url, target = trip.wire.url, urlsplit(location)
    host = target.netloc or url.authority
    if host == url.authority:
        if target.path == f"{url.path}/":
            return RedirectCause.SLASH
        if get_language_from_path(target.path) and not get_language_from_path(url.path):
            return RedirectCause.LANGUAGE
    elif host == f"www.{url.authority}":
        return RedirectCause.WWW
    is_upgrade = target.scheme == "https" and url.scheme == "http"
    if is_upgrade and target.hostname == url.host.strip("[]"):
        return RedirectCause.HTTPS
    return RedirectCause.ELSEWHERE
