"""From one question to what was found, the most frequent kind of cause first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from django.conf import settings

from drf_cors import resolver as resolvers
from drf_cors.asking import TURNABLE
from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.origins import parse_origin
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.case import Case, Query, Step, path_info
from drf_cors.diagnosis.credential_rules import about_credentials
from drf_cors.diagnosis.dry_run import ALLOW_ORIGIN, MiddlewareBroken, MiddlewareStack, Outcome, Trip, browse
from drf_cors.diagnosis.method_and_header_rules import about_method_and_headers, about_reading
from drf_cors.diagnosis.middleware_rules import about_changed_headers, about_failures, about_middleware, about_redirects
from drf_cors.diagnosis.policy_rules import about_policies
from drf_cors.diagnosis.preflight_rules import about_the_view, about_what_stops
from drf_cors.diagnosis.startup_rules import about_settings, about_urlconf
from drf_cors.explain.messages import Cause, Finding
from drf_cors.explain.predict import CorsRequest, Destination, Explanation, explain
from drf_cors.explain.public_suffixes import is_local
from drf_cors.explain.sessions import strings
from drf_cors.testing.fetching import Request, WireRequest

#: Reasons that the project's own callables may override.
_OVERRIDABLE: Final = TURNABLE | {Reason.DEPENDS}


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found.

    Attributes:
        query: What was asked.
        steps: Every request that went out.
        findings: The most important first.
        is_allowed: Whether the script gets what it wants.
    """

    query: Query
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    is_allowed: bool


def diagnose(query: Query) -> Diagnosis:
    """Send the request in a rehearsal, and find out what stands in its way.

    The site's middleware and the callables of its policies run, its views do not.
    """
    # The script's request changes on redirects; what was asked stays.
    query = replace(
        query, request=replace(query.request, urls=list(query.request.urls), headers=list(query.request.headers))
    )
    try:
        resolvers.current()
    except CorsConfigurationError as error:
        return Diagnosis(query=query, steps=(), findings=tuple(about_settings(error)), is_allowed=False)
    if broken := tuple(about_urlconf(query)):
        return Diagnosis(query=query, steps=(), findings=broken, is_allowed=False)
    try:
        stack = MiddlewareStack()
    except MiddlewareBroken as broken_middleware:
        values = {
            "other": broken_middleware.path,
            "position": broken_middleware.position,
            "error": broken_middleware.error,
        }
        finding = Finding(code=Cause.MIDDLEWARE_BROKEN, values=values)
        return Diagnosis(query=query, steps=(), findings=(finding,), is_allowed=False)
    running = replace(query.request, urls=list(query.request.urls), headers=list(query.request.headers))
    outcome = browse(stack, running) if query.origin is not None else _send_bare(stack, query.request)
    steps = tuple(Step(explanation=_explained(query, trip, stack), trip=trip) for trip in outcome.trips)
    case = Case(query, stack, outcome, steps)
    found = list(_findings(case))
    if not any(finding.blocks for finding in found):
        found = [*_fallback(case), *found]
    # What blocks comes first; the same finding at two steps is told once.
    found.sort(key=lambda finding: not finding.blocks)
    findings = tuple({(finding.code, finding.culprit): finding for finding in found}.values())
    is_blocked = outcome.blocked is not None or any(finding.blocks for finding in findings)
    return Diagnosis(query=query, steps=steps, findings=findings, is_allowed=not is_blocked)


def _findings(case: Case) -> Iterator[Finding]:
    """Yield what is found, the most frequent kind first."""
    if case.is_same_origin:
        yield case.finding(Reason.SAME_ORIGIN, blocks=False)
        return
    yield from about_policies(case)
    yield from about_middleware(case)
    yield from about_redirects(case)
    yield from about_what_stops(case)
    if case.reaches_view and case.stopped_step is None:
        yield from about_the_view(case)
    yield from about_method_and_headers(case)
    yield from about_credentials(case)
    yield from about_failures(case)
    yield from about_reading(case)
    yield from about_changed_headers(case)


def _fallback(case: Case) -> Iterator[Finding]:
    """Yield what the browser says, for want of anything better."""
    blocked = case.outcome.blocked
    if blocked is not None:
        yield case.finding(Cause.ANSWER_REFUSED, step=blocked.step, detail=blocked.detail)


def server(origin: str) -> str:
    """Return where the site is reached, for questions that name a path only: as far as the settings tell.

    Args:
        origin: Of the page. One on https is taken to ask a site on https, unless that is the developer's machine.
    """
    page = parse_origin(origin)
    hosts = [
        name
        for host in strings(settings.ALLOWED_HOSTS)
        if host and "*" not in host
        for name in ((host[1:], f"api{host}") if host.startswith(".") else (host,))
    ]
    # Whoever asks about an origin asks about another one; the page's own host is the last to be meant.
    host = min(hosts or ["localhost"], key=lambda host: page is not None and host == page.host)
    is_secure = settings.SECURE_SSL_REDIRECT or settings.SESSION_COOKIE_SECURE or settings.CSRF_COOKIE_SECURE
    is_live = origin.startswith("https://") and not is_local(host)
    return f"{'https' if is_secure or is_live else 'http'}://{host}"


def _send_bare(stack: MiddlewareStack, request: Request) -> Outcome:
    """Send a request without `Origin`, as everything but a browser does."""
    wire = WireRequest(
        kind="request",
        method=request.method,
        url=request.url,
        headers=tuple(request.headers),
        credentials=request.includes_credentials,
    )
    return Outcome(trips=(stack.send(wire),))


def _explained(query: Query, trip: Trip, stack: MiddlewareStack) -> Explanation:
    wire = trip.wire
    headers = {name.lower(): value for name, value in wire.headers}
    names = headers.get("access-control-request-headers", "").split(",")
    request = CorsRequest(
        origin=headers.get("origin"),
        method=headers.get("access-control-request-method", wire.method),
        headers=tuple(name for name in names if name),
        credentials=query.request.includes_credentials,
    )
    destination = Destination(path=path_info(wire.url.path), host=wire.url.authority, urlconf=trip.urlconf)
    judge = partial(explain, request, destination, is_preflight=wire.kind == "preflight")
    explanation = judge()
    if explanation.reason not in _OVERRIDABLE or not stack.ours:
        return explanation
    answer = trip.responses.get(stack.ours[0])
    if answer is None:
        return explanation
    if ALLOW_ORIGIN in answer.headers:
        return judge(origin_reason=Reason.ALLOWED)
    if trip.failed_callable is not None:
        return judge(origin_reason=Reason.CALLABLE_FAILED)
    if explanation.reason is Reason.DEPENDS:
        return judge(origin_reason=Reason.ORIGIN_NOT_ALLOWED)
    return explanation
