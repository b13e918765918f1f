"""`judge`: the one function that turns a request and the policies of its URL into a verdict.

Middleware, schema, lists, checks, diagnosis and the model browser call it, and assemble nothing themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_cors.core.preflight import judge_preflight
from drf_cors.core.verdict import Verdict, judge_credentials, judge_origin, judge_request, prepare

if TYPE_CHECKING:
    from drf_cors.core.url_policies import UrlPolicies
    from drf_cors.core.verdict import CorsRequest, PreparedVerdicts, Reason


def judge(policies: UrlPolicies, request: CorsRequest, origin_reason: Reason | None = None) -> Verdict:
    """Judge a request.

    Args:
        policies: The policies of its URL.
        request: The request, or the preflight.
        origin_reason: What the project's own code answered, where an earlier verdict was `DEPENDS`; None where
            it was not asked.

    Returns:
        The verdict. Its reason is `DEPENDS` where the callables of a policy have to be asked.
    """
    if request.is_preflight:
        policy = policies.of(request.method)
        verdict = judge_preflight(policies, request, origin_reason or judge_origin(policy, request.origin))
    elif origin_reason is not None:
        verdict = judge_request(policies.of(request.method), request.method, request.origin, origin_reason)
    else:
        verdict = _judge_request(policies, request)
    if request.credentials:
        reason = judge_credentials(policies.of(request.method), request.origin, verdict.reason)
        if reason is not verdict.reason:
            return Verdict(reason, verdict.headers, verdict.vary, verdict.culprit)
    return verdict


def _judge_request(policies: UrlPolicies, request: CorsRequest) -> Verdict:
    prepared = policies.prepared_verdicts
    if not prepared:
        prepared.update(prepare(policies))
    found: PreparedVerdicts | None = prepared.get(request.method)
    if found is not None:
        return found.verdict_on(request.origin)
    policy = policies.of(request.method)
    return judge_request(policy, request.method, request.origin, judge_origin(policy, request.origin))
