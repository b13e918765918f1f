"""Causes in the middleware stack: ours missing, doubled or too low; errors; changed headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drf_cors.checks.middleware import ORDER_CHECK, check_middleware
from drf_cors.core.errors import shown
from drf_cors.diagnosis.dry_run import ALLOW_ORIGIN
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.redirect_rules import is_refused_redirect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.diagnosis.case import Case
    from drf_cors.diagnosis.dry_run import MiddlewareResponse, Trip

_EXPOSE_HEADERS: Final = "access-control-expose-headers"


class MiddlewareCause(Cause):
    """Causes in the middleware stack."""

    MISSING = (
        "middleware-missing",
        "MIDDLEWARE does not have drf_cors.middleware.CorsMiddleware, so no policy is applied.",
        "Put 'drf_cors.middleware.CorsMiddleware' first in MIDDLEWARE.",
    )
    DOUBLED = (
        "middleware-doubled",
        "MIDDLEWARE has drf_cors.middleware.CorsMiddleware more than once, at {positions}; the first one answers.",
        "Keep the first, and take the others out.",
    )
    OTHER = (
        "middleware-other",
        "{other}, MIDDLEWARE[{position}], answers with CORS headers of its own; it knows no policies of views.",
        "Take it out; drf_cors.middleware.CorsMiddleware reads the same settings.",
    )
    TOO_LOW = (
        "middleware-too-low",
        "{other}, MIDDLEWARE[{position}], answers with {status}, above CorsMiddleware at [{ours}].",
        "Move 'drf_cors.middleware.CorsMiddleware' above it, to the first place in MIDDLEWARE.",
    )
    ORDER = ("middleware-order", "{why}.", "{edit}.")
    FAILED_OUTSIDE = (
        "failed-outside",
        (
            "{other}, MIDDLEWARE[{position}], failed above CorsMiddleware at [{ours}]: {error}. "
            "Its answer has no CORS headers, so the browser reports CORS instead of the error."
        ),
        "Fix the error, and move 'drf_cors.middleware.CorsMiddleware' to the first place in MIDDLEWARE.",
    )
    FAILED_BELOW = (
        "failed-below",
        "{other}, MIDDLEWARE[{position}], fails on this request: {error}.",
        "Fix the error; the answer has its CORS headers, so a script can read the status.",
    )
    HEADERS_CHANGED = (
        "headers-changed",
        "{other}, MIDDLEWARE[{position}], changes {name} from {before} to {after}.",
        "Take the header out of {other}; CorsMiddleware sends it.",
    )
    HEADERS_REMOVED = (
        "headers-removed",
        "{other}, MIDDLEWARE[{position}], takes {name} out of the answer; CorsMiddleware sent {before}.",
        "Let {other} leave the header alone, or move 'drf_cors.middleware.CorsMiddleware' above it.",
    )


def about_middleware(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with our middleware, and which middleware answers above it."""
    paths, ours, others = case.stack.paths, case.stack.ours, case.stack.theirs
    if not ours:
        # Something else may send the headers: another library, or ours inside a wrapper.
        yield case.finding(MiddlewareCause.MISSING, blocks=case.outcome.blocked is not None)
    elif len(ours) > 1:
        positions = ", ".join(map(str, ours))
        yield case.finding(MiddlewareCause.DOUBLED, blocks=False, positions=positions)
    statuses = _statuses_above(case)
    for position in others:
        yield case.finding(
            MiddlewareCause.OTHER,
            blocks=position in statuses,
            other=paths[position],
            position=position,
        )
    for position, status in statuses.items():
        if position not in others:
            yield case.finding(
                MiddlewareCause.TOO_LOW,
                other=paths[position],
                position=position,
                ours=ours[0],
                status=status,
            )
    if ours and not statuses:
        yield from _about_order(case)


def _about_order(case: Case) -> Iterator[Finding]:
    """Yield which middleware above ours would answer by itself, though not to this request."""
    for message in check_middleware():
        if message.id == ORDER_CHECK:
            why, edit = str(message.msg).rstrip("."), str(message.hint).rstrip(".")
            yield case.finding(MiddlewareCause.ORDER, blocks=False, why=why, edit=edit)


def _statuses_above(case: Case) -> dict[int, int]:
    """Return the positions above ours that answer by themselves, with the status."""
    statuses: dict[int, int] = {}
    if not case.stack.ours:
        return statuses
    ours = case.stack.ours[0]
    for step in case.steps:
        trip = step.trip
        if trip.failure is not None:
            continue
        if ours not in trip.entered:
            statuses[trip.entered[-1]] = trip.status
            continue
        for position in range(ours):
            if _replaces_response(trip, position):
                statuses[position] = trip.responses[position].status
    return statuses


def _replaces_response(trip: Trip, position: int) -> bool:
    """Whether a middleware replaces the response below it, and drops its CORS headers."""
    inner, outer = trip.responses[position + 1], trip.responses[position]
    if inner.status == outer.status:
        return False
    return ALLOW_ORIGIN in inner.headers and ALLOW_ORIGIN not in outer.headers


def about_failures(case: Case) -> Iterator[Finding]:
    """Yield the errors of middleware."""
    ours = case.stack.ours[0]
    for step in case.steps:
        failure = step.trip.failure
        if failure is None or is_refused_redirect(case, step):
            continue
        is_outside = failure.position < ours and not failure.is_at_view
        yield case.finding(
            MiddlewareCause.FAILED_OUTSIDE if is_outside else MiddlewareCause.FAILED_BELOW,
            blocks=is_outside,
            other=case.stack.paths[failure.position],
            position=failure.position,
            ours=ours,
            error=failure.error,
        )


def about_changed_headers(case: Case) -> Iterator[Finding]:
    """Yield the CORS headers that middleware above ours changes or removes."""
    ours = case.stack.ours[0]
    for step in case.steps:
        responses = step.trip.responses
        for position in reversed(range(ours)):
            inner, outer = responses.get(position + 1), responses.get(position)
            # With another status it is another response; about_middleware reports it.
            if inner is not None and outer is not None and inner.status == outer.status:
                yield from _about_difference(case, position, inner, outer)


def _about_difference(
    case: Case, position: int, inner: MiddlewareResponse, outer: MiddlewareResponse
) -> Iterator[Finding]:
    other = case.stack.paths[position]
    # Browsers look at Allow-Origin first.
    names = sorted({*inner.headers, *outer.headers}, key=lambda name: (name != ALLOW_ORIGIN, name))
    for name in names:
        before, after = inner.headers.get(name), outer.headers.get(name)
        if before != after:
            is_read = name == _EXPOSE_HEADERS and bool(case.query.read)
            cause = MiddlewareCause.HEADERS_CHANGED
            if after is None:
                cause = MiddlewareCause.HEADERS_REMOVED
            yield case.finding(
                cause,
                blocks=case.outcome.blocked is not None or is_read,
                culprit=name,
                other=other,
                position=position,
                name=name,
                before=shown(before),
                after=shown(after),
            )
