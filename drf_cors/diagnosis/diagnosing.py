"""Diagnose a question: send the request in a dry run, and apply the rules.

The most likely causes come first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from django.conf import settings

from drf_cors import resolver as resolvers
from drf_cors.callables import OVERRIDABLE
from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.origins import parse_origin
from drf_cors.core.verdict import CorsRequest, Reason
from drf_cors.diagnosis.browser_rules import about_the_browser, about_websocket
from drf_cors.diagnosis.case import Case, Query, Step, path_info
from drf_cors.diagnosis.credential_rules import about_credentials
from drf_cors.diagnosis.dry_run import (
    ALLOW_ORIGIN,
    MiddlewareBroken,
    MiddlewareStack,
    Outcome,
    Trip,
    bare_request,
    browse,
)
from drf_cors.diagnosis.findings import Cause, Finding
from drf_cors.diagnosis.live import LiveOutcome, browse_live
from drf_cors.diagnosis.live_rules import about_live
from drf_cors.diagnosis.method_and_header_rules import about_method_and_headers, about_reading
from drf_cors.diagnosis.middleware_rules import (
    about_changed_headers,
    about_failures,
    about_middleware,
)
from drf_cors.diagnosis.policy_rules import about_policies
from drf_cors.diagnosis.preflight_rules import about_short_circuit, about_the_view
from drf_cors.diagnosis.redirect_rules import about_redirects
from drf_cors.diagnosis.startup_rules import about_broken_middleware, about_settings, about_urlconf
from drf_cors.diagnosis.static_rules import about_runserver
from drf_cors.diagnosis.view_rules import about_the_response
from drf_cors.explain.predict import Destination, Explanation, explain
from drf_cors.explain.public_suffixes import is_local
from drf_cors.explain.sessions import strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.fetch_model.messages import Request

#: Reasons that the project's own callables may override.
_OVERRIDABLE: Final = OVERRIDABLE | {Reason.DEPENDS}


class GeneralCause(Cause):
    """For a refusal of which no rule finds the cause."""

    ANSWER_REFUSED = (
        "answer-refused",
        "The browser refuses the answer ({step}). {detail}",
        "Compare the answer below with the policy.",
    )


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found.

    Attributes:
        query: The question.
        steps: Every request that was sent.
        findings: The most important first.
        is_allowed: Whether the script gets what it wants.
        live: What the running server answered, None where it was not contacted.
    """

    query: Query
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    is_allowed: bool
    live: LiveOutcome | None = None


def diagnose(query: Query) -> Diagnosis:
    """Send the request in a dry run, and find out why it is blocked.

    The site's middleware and the callables of its policies run. Its views run only if the query says
    so, and the method is safe.
    """
    query = replace(query, request=_copied(query.request))
    if query.is_websocket and query.script_url is not None:
        findings = (*about_the_browser(query), about_websocket(query, query.script_url))
        return _not_sent(query, *findings)
    try:
        resolvers.current()
    except CorsConfigurationError as error:
        return _not_sent(query, *about_settings(error, query))
    before_middleware = list(about_urlconf(query))
    if not query.is_received:
        before_middleware += about_runserver(query)
    if before_middleware:
        return _not_sent(query, *before_middleware)
    try:
        stack = MiddlewareStack(runs_views=query.runs_views)
    except MiddlewareBroken as error:
        return _not_sent(query, about_broken_middleware(error))
    outcome = _sent(stack, query)
    steps = tuple(_step(query, one, stack) for one in outcome.trips)
    live = None
    if query.sends_live:
        live = browse_live(_copied(query.request), sends_unsafe=query.sends_unsafe)
    findings = _ranked(Case(query, stack, outcome, steps), live)
    is_blocked = outcome.blocked is not None or any(finding.blocks for finding in findings)
    return Diagnosis(query=query, steps=steps, findings=findings, is_allowed=not is_blocked, live=live)


def _step(query: Query, trip: Trip, stack: MiddlewareStack) -> Step:
    is_judged = not set(stack.ours).isdisjoint(trip.entered)
    return Step(explanation=_explained(query, trip, stack), trip=trip, is_judged=is_judged)


def _sent(stack: MiddlewareStack, query: Query) -> Outcome:
    """Send the request as a browser does; without `Origin`, as other clients do."""
    if query.origin is None:
        return Outcome(trips=(stack.send(bare_request(query.request)),))
    return browse(stack, _copied(query.request))


def _copied(request: Request) -> Request:
    """Return a copy of a request: redirects change URLs and headers of the one sent."""
    return replace(request, urls=list(request.urls), headers=list(request.headers))


def _not_sent(query: Query, *findings: Finding) -> Diagnosis:
    """Return what is known without a dry run: the request does not get to the middleware."""
    is_blocked = any(finding.blocks for finding in findings)
    return Diagnosis(query=query, steps=(), findings=findings, is_allowed=not is_blocked)


def _ranked(case: Case, live: LiveOutcome | None) -> tuple[Finding, ...]:
    """Return what is found: what blocks comes first, and each finding is reported once."""
    found = list(_findings(case))
    if not any(finding.blocks for finding in found):
        found = [*_fallback(case), *found]
    if live is not None:
        found = [*about_live(case, live), *found]
    found.sort(key=lambda finding: not finding.blocks)
    unique: dict[tuple[str, str], Finding] = {}
    for finding in found:
        unique.setdefault((finding.code, finding.culprit), finding)
    return tuple(unique.values())


def _findings(case: Case) -> Iterator[Finding]:
    """Yield what the rules find, the most likely causes first."""
    if case.is_same_origin:
        yield Finding.of_reason(Reason.SAME_ORIGIN, blocks=False)
        return
    yield from about_the_browser(case.query)
    if not case.stack.ours:
        yield from about_middleware(case)
        return  # no policy is applied, so none is to blame
    if case.is_allowed_by_view:
        yield from about_reading(case)
        yield from about_the_response(case)
        return
    yield from about_policies(case)
    yield from about_middleware(case)
    yield from about_redirects(case)
    yield from about_short_circuit(case)
    if case.reaches_view and case.stopped_step is None:
        yield from about_the_view(case)
    yield from about_method_and_headers(case)
    if case.query.is_received:
        yield from about_reading(case)  # CSRF protection may not have refused it
    yield from about_credentials(case)
    yield from about_failures(case)
    yield from about_reading(case)
    yield from about_the_response(case)
    yield from about_changed_headers(case)


def _fallback(case: Case) -> Iterator[Finding]:
    """Yield the error of the browser, where no rule finds a cause."""
    blocked = case.outcome.blocked
    if blocked is not None:
        yield case.finding(GeneralCause.ANSWER_REFUSED, step=blocked.step, detail=blocked.detail)


def server(origin: str) -> str:
    """Return scheme and host of the site, as the settings suggest, for questions with a path only.

    Args:
        origin: The page's. A page on https is taken to use a site on https, unless that is the
            developer's machine.
    """
    page = parse_origin(origin)
    hosts = list(_allowed_hosts()) or ["localhost"]
    # The question is about another origin, so the page's own host is the least likely one.
    host = min(hosts, key=lambda host: page is not None and host == page.host)
    has_secure_cookies = settings.SESSION_COOKIE_SECURE or settings.CSRF_COOKIE_SECURE
    if has_secure_cookies or settings.SECURE_SSL_REDIRECT:
        return f"https://{host}"
    if origin.startswith("https://") and not is_local(host):
        return f"https://{host}"
    return f"http://{host}"


def _allowed_hosts() -> Iterator[str]:
    """Yield the hosts that `ALLOWED_HOSTS` names.

    For `.shop.example`, the domain and a host below it.
    """
    for host in strings(settings.ALLOWED_HOSTS):
        if not host or "*" in host:
            continue
        if host.startswith("."):
            yield host[1:]
            yield f"api{host}"
        else:
            yield host


def _explained(query: Query, trip: Trip, stack: MiddlewareStack) -> Explanation:
    wire = trip.wire
    headers = {name.lower(): value for name, value in wire.headers}
    request = CorsRequest(
        origin=headers.get("origin"),
        method=headers.get("access-control-request-method", wire.method),
        headers=headers.get("access-control-request-headers", ""),
        is_preflight=wire.kind == "preflight",
        credentials=query.request.includes_credentials,
    )
    path = path_info(wire.url.path)
    destination = Destination(path=path, host=wire.url.authority, urlconf=trip.urlconf)
    judge = partial(explain, request, destination)
    explanation = judge()
    if explanation.reason not in _OVERRIDABLE or not stack.ours:
        return explanation
    answer = trip.responses.get(stack.ours[0])
    if answer is None:
        return explanation
    own = (trip.view_headers or {}).get(ALLOW_ORIGIN)
    if answer.headers.get(ALLOW_ORIGIN) not in (None, own):
        return judge(origin_reason=Reason.ALLOWED)
    if trip.failed_callable is not None:
        return judge(origin_reason=Reason.CALLABLE_FAILED)
    if explanation.reason is Reason.DEPENDS:
        return judge(origin_reason=Reason.ORIGIN_NOT_ALLOWED)
    return explanation
