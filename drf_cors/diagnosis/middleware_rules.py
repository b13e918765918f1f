"""4, 5, 9 and a part of 10: what becomes of a request, and of its answer, on the way through the middleware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import get_language_from_path

from drf_cors.core import fetch
from drf_cors.core.errors import shown
from drf_cors.diagnosis.dry_run import ALLOW_ORIGIN
from drf_cors.explain.messages import EFFECTS, Cause, Finding

if TYPE_CHECKING:
    from drf_cors.diagnosis.case import Case, Step
    from drf_cors.diagnosis.dry_run import Trip

_EXPOSE: Final = "access-control-expose-headers"


def about_middleware(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with our middleware, and who answers above it."""
    paths, ours, theirs = case.stack.paths, case.stack.ours, case.stack.theirs
    if not ours:
        # Something else may send the headers: another library, or ours inside a wrapper.
        yield case.finding(Cause.MIDDLEWARE_MISSING, blocks=case.outcome.blocked is not None)
    elif len(ours) > 1:
        positions = ", ".join(map(str, ours))
        yield case.finding(Cause.MIDDLEWARE_DOUBLED, blocks=False, positions=positions)
    answers = _answers_above(case)
    for position in theirs:
        yield case.finding(Cause.MIDDLEWARE_OTHER, blocks=position in answers, other=paths[position], position=position)
    for position, status in answers.items():
        if position not in theirs:
            yield case.finding(
                Cause.MIDDLEWARE_TOO_LOW, other=paths[position], position=position, ours=ours[0], status=status
            )


def _answers_above(case: Case) -> dict[int, int]:
    """Return which middleware above ours answers by itself: before ours is asked, or in place of its answer."""
    ours = case.stack.ours
    answers: dict[int, int] = {}
    for trip in (step.trip for step in case.steps) if ours else ():
        if trip.failure is not None:
            continue
        if ours[0] not in trip.entered:
            answers[trip.entered[-1]] = trip.status
            continue
        for position in range(ours[0]):
            inner, outer = trip.responses[position + 1], trip.responses[position]
            if inner.status != outer.status and ALLOW_ORIGIN in inner.headers.keys() - outer.headers.keys():
                answers[position] = outer.status
    return answers


def about_redirects(case: Case) -> Iterator[Finding]:
    """Yield the redirects that the request meets."""
    for step in case.asked:
        trip = step.trip
        location = trip.headers.get("Location")
        if _is_refused(case, step):
            path = trip.wire.url.path
            yield case.finding(Cause.REDIRECT_SLASH, path=path, location=f"{path}/", effect=EFFECTS["debug"])
        elif step is case.stopped_step:
            continue
        elif trip.status in fetch.REDIRECT_STATUSES and location is not None:
            effect = _effect(step, location)
            yield case.finding(
                _kind_of_redirect(trip, location),
                blocks=effect != "none",
                path=trip.wire.url.path,
                location=location,
                effect=EFFECTS[effect],
            )


def _is_refused(case: Case, step: Step) -> bool:
    """Whether `CommonMiddleware` raised instead of appending the slash, as it does under DEBUG."""
    trip, match = step.trip, step.explanation.match
    failure = trip.failure
    return (
        failure is not None
        and settings.DEBUG
        and case.stack.paths[failure.position].endswith("CommonMiddleware")
        and failure.error.startswith("RuntimeError")
        and match is not None
        and not trip.wire.url.path.endswith("/")
    )


def _effect(step: Step, location: str) -> str:
    trip = step.trip
    target = urlsplit(location)
    if step.is_preflight:
        return "preflight"
    if ALLOW_ORIGIN not in {name.lower() for name in trip.headers}:
        return "headers"
    if target.netloc and f"{target.scheme or trip.wire.url.scheme}://{target.netloc}" != trip.wire.url.origin:
        return "origin"
    becomes_get = trip.wire.method == "POST" and trip.status in (301, 302)
    return "body" if becomes_get else "none"


def _kind_of_redirect(trip: Trip, location: str) -> Cause:
    url, target = trip.wire.url, urlsplit(location)
    host = target.netloc or url.authority
    path = target.path
    if host == url.authority and path == f"{url.path}/":
        return Cause.REDIRECT_SLASH
    if host == url.authority and get_language_from_path(path) and not get_language_from_path(url.path):
        return Cause.REDIRECT_LANGUAGE
    if host == f"www.{url.authority}":
        return Cause.REDIRECT_WWW
    if target.scheme == "https" and url.scheme == "http" and target.hostname == url.host.strip("[]"):
        return Cause.REDIRECT_HTTPS
    return Cause.REDIRECT_ELSEWHERE


def about_failures(case: Case) -> Iterator[Finding]:
    """Yield the errors of middleware."""
    for step in case.steps:
        failure = step.trip.failure
        if failure is not None and not _is_refused(case, step):
            position, ours = failure.position, case.stack.ours
            is_outside = bool(ours) and position < ours[0] and not failure.is_at_view
            yield case.finding(
                Cause.FAILED_OUTSIDE if is_outside else Cause.FAILED_BELOW,
                blocks=is_outside,
                other=case.stack.paths[position],
                position=position,
                ours=ours[0] if ours else "",
                error=failure.error,
            )


def about_changed_headers(case: Case) -> Iterator[Finding]:
    """Yield what middleware above ours makes of its headers."""
    ours = case.stack.ours
    for responses in (step.trip.responses for step in case.steps):
        for position in range((ours[0] if ours else 0) - 1, -1, -1):
            inner, outer = responses.get(position + 1), responses.get(position)
            # With another status it is another answer, which is told as such.
            if inner is None or outer is None or inner.status != outer.status:
                continue
            # What browsers look at first, first.
            for name in sorted({*inner.headers, *outer.headers}, key=lambda name: (name != ALLOW_ORIGIN, name)):
                before, after = inner.headers.get(name), outer.headers.get(name)
                if before != after:
                    yield case.finding(
                        Cause.HEADERS_CHANGED if after is not None else Cause.HEADERS_REMOVED,
                        blocks=case.outcome.blocked is not None or (name == _EXPOSE and bool(case.query.read)),
                        culprit=name,
                        other=case.stack.paths[position],
                        position=position,
                        name=name,
                        ours=shown(before),
                        theirs=shown(after),
                    )
