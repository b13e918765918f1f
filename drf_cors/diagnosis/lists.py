"""7 and 10: a list of the policy lacks the method, a header that is sent, or one that is to be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from drf_cors.conf import SETTINGS
from drf_cors.core import fetch
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis.changes import advised
from drf_cors.diagnosis.policies import about_misspelt
from drf_cors.explain import Cause, Change, Finding, Target

if TYPE_CHECKING:
    from drf_cors.diagnosis.case import Case


def about_method_and_headers(case: Case) -> Iterator[Finding]:
    """Yield the method or the headers that the policy does not allow."""
    reason, culprit, policy = case.reason, case.explanation.culprit, case.policy
    if case.is_unread:
        return
    if case.is_in_wrong_case:
        method = case.ask.request.method
        yield _in_upper_case(case, method)
    elif reason is Reason.HEADER_NOT_ALLOWED:
        sent = fetch.cors_unsafe_request_header_names(case.ask.request.headers)
        refused = [name for name in sent if not policy.permits_header(name)]
        if not refused:  # more than browsers send
            yield case.finding(reason)
        for name in sorted(refused, key=lambda name: name != culprit):
            is_star = "*" in policy.header_names and name == "authorization"
            code = Cause.STAR_MISSES_AUTHORIZATION if is_star else reason
            yield from _about_list(case, code, "allow_headers", name)
    elif reason not in (Reason.METHOD_NOT_ALLOWED, Reason.METHOD_NOT_ON_VIEW):
        return
    elif reason is Reason.METHOD_NOT_ON_VIEW or not case.explanation.view.policies.has_method(culprit):
        methods = sorted(case.explanation.view.layers.listed_methods or ())
        yield case.finding(
            Reason.METHOD_NOT_ON_VIEW, culprit=culprit, view=case.view, name=culprit, methods=", ".join(methods)
        )
    else:
        yield from _about_list(case, reason, "allow_methods", culprit)


def _in_upper_case(case: Case, method: str) -> Finding:
    """Return that the script has to be corrected: no policy is to be opened for it."""
    right = method.upper()
    change = Change(target=Target.SCRIPT, place="", code=f"method: {right!r}")
    finding = case.finding(Cause.METHOD_CASE, culprit=method, method=method, right=right)
    return replace(finding, changes=(change,))


def about_reading(case: Case) -> Iterator[Finding]:
    """Yield the headers that the script wants to read, but cannot."""
    if case.is_unread or case.is_in_wrong_case:
        return
    with_credentials = case.ask.request.includes_credentials
    policy = case.last.explanation.policy
    exposed = {name.lower() for name in policy.expose_headers}
    for name in case.ask.read:
        lower = name.lower()
        if fetch.is_forbidden_response_header(lower):
            yield case.finding(Cause.HEADER_NEVER_READABLE, culprit=name, name=name)
        elif not (
            lower in fetch.SAFELISTED_RESPONSE_HEADERS or lower in exposed or ("*" in exposed and not with_credentials)
        ):
            yield from _about_list(case, Cause.HEADER_NOT_EXPOSED, "expose_headers", name)


def _about_list(case: Case, code: Reason | Cause, field: str, name: str) -> Iterator[Finding]:
    """Yield that a list of the policy lacks a name, and where it would be added."""
    source = case.policy.sources[field]
    if source.is_site_wide:
        yield from about_misspelt(case, SETTINGS[field])
    advice = advised(case, field, name, policy=case.last.explanation.policy if field == "expose_headers" else None)
    yield case.finding(code, source=source, culprit=name, name=name, **advice._asdict())
