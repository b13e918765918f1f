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


def judge(
    policies: UrlPolicies,
    request: CorsRequest,
    origin_reason: Reason | None = None,
    *,
    needs_reason: bool = True,
) -> Verdict:
    """Judge a request.

    Args:
        policies: The policies of its URL.
        request: The request, or the preflight.
        origin_reason: What the project's own code answered, where an earlier verdict was `DEPENDS`; None where
            it was not asked.
        needs_reason: Whether the reason is needed, and credentials are judged. Without, for a request that is no
            preflight, an origin that is not listed is refused as `ORIGIN_NOT_ALLOWED` (or `DEPENDS`), whatever is wrong
            with it. The headers are the same, and found faster.

    Returns:
        The verdict. Its reason is `DEPENDS` where the callables of a policy have to be asked.
    """
    if not needs_reason:
        prepared = policies.prepared_verdicts or prepare(policies)
        ready: PreparedVerdicts | None = prepared.get(request.method)
        if ready is not None:
            return ready.verdict_on(request.origin)
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
