"""`judge`: the one function that turns a request and the policies of its URL into a verdict.

Middleware, schema, lists, checks, diagnosis and the model browser call it, and assemble nothing themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_cors.core.preflight import judge_preflight
from drf_cors.core.verdict import Verdict, judge_credentials, judge_origin, judge_request

if TYPE_CHECKING:
    from drf_cors.core.url_policies import UrlPolicies
    from drf_cors.core.verdict import CorsRequest, Reason


def judge(policies: UrlPolicies, request: CorsRequest, origin_reason: Reason | None = None) -> Verdict:
    """Judge a request.

    `VerdictsOnMethods` has the same verdicts on actual requests, without the reason of a refusal. It is faster, for a
    response whose reason nobody reads.

    Args:
        policies: The policies of its URL.
        request: The request, or the preflight.
        origin_reason: What the project's own code answered, where an earlier verdict was `DEPENDS`; None where it was
            not called.

    Returns:
        The verdict. Its reason is `DEPENDS` where the callables of a policy must decide.
    """
    policy = policies.of(request.method)
    if origin_reason is None:
        origin_reason = judge_origin(policy, request.origin)
    if request.is_preflight:
        verdict = judge_preflight(policies, request, origin_reason)
    else:
        verdict = judge_request(policy, request.method, request.origin, origin_reason)
    if request.credentials:
        reason = judge_credentials(policy, request.origin, verdict.reason)
        if reason is not verdict.reason:
            return Verdict(reason, verdict.headers, verdict.vary, verdict.culprit)
    return verdict
