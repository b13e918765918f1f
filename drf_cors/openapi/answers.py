"""The response of the explain view: what a script may do with the operations of a schema.

The verdicts are predictions of `drf_cors.explain`, and so are the texts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from drf_cors.core.errors import shown
from drf_cors.core.fetch import SAFELISTED_CONTENT_TYPES
from drf_cors.core.verdict import Reason, Verdict
from drf_cors.explain.messages import ADD_FOR_OPERATION, ADD_TO_DECLARATION, ADVICE
from drf_cors.explain.predict import UNREACHABLE, Prediction, predict_at_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drf_cors.openapi.operations import Operation
    from drf_cors.openapi.script_requests import ScriptRequest

#: Reason -> verdict in one word. Any other reason is `blocked`.
_WORDS: Final = {
    Reason.ALLOWED: "allowed",
    Reason.SAME_ORIGIN: "allowed",
    Reason.DEPENDS: "depends",
}

#: Reason -> the field whose list lacks the origin, the method or the header, and its setting.
_LISTS: Final = {
    Reason.ORIGIN_NOT_ALLOWED: ("allowed_origins", "CORS_ALLOWED_ORIGINS"),
    Reason.CREDENTIALS_NOT_ALLOWED: ("allow_credentials", "CORS_ALLOW_CREDENTIALS"),
    Reason.METHOD_NOT_ALLOWED: ("allow_methods", "CORS_ALLOW_METHODS"),
    Reason.HEADER_NOT_ALLOWED: ("allow_headers", "CORS_ALLOW_HEADERS"),
}

_SAME_ORIGIN: Final = Prediction(Reason.SAME_ORIGIN, "", None, Verdict(Reason.SAME_ORIGIN))


def of_all(
    operations: Iterable[Operation], plan: ScriptRequest, *, is_same_origin: bool, with_sources: bool = False
) -> dict[str, Any]:
    """Return the verdicts on all operations. No code of the project runs.

    Args:
        operations: The operations of the schema.
        plan: The request of the script, without a method: each operation has its own.
        is_same_origin: Whether the script's page has the API's own origin.
        with_sources: Whether the next steps name the declarations to change.
    """
    answers = [
        _answer(operation, plan, is_same_origin=is_same_origin, with_sources=with_sources) for operation in operations
    ]
    counts = {"allowed": 0, "blocked": 0, "depends": 0, "total": len(answers)}
    for answer in answers:
        counts[answer["verdict"]] += 1
    return {
        "origin": plan.origin,
        "headers": list(plan.cors_request.header_names),
        "credentials": plan.credentials,
        "operations": answers,
        "counts": counts,
    }


def _answer(operation: Operation, plan: ScriptRequest, *, is_same_origin: bool, with_sources: bool) -> dict[str, Any]:
    plan = _with_body(operation, replace(plan, method=operation.method))
    if is_same_origin:
        found = _SAME_ORIGIN
    elif operation.endpoint is None:
        found = UNREACHABLE
    else:
        found = predict_at_endpoint(operation.endpoint, plan.cors_request)
    advice = ADVICE[found.reason]
    return {
        "path": operation.path,
        "method": operation.method,
        "headers": list(plan.cors_request.header_names),
        "verdict": _WORDS.get(found.reason, "blocked"),
        "reason": str(found.reason),
        "culprit": found.culprit,
        "text": advice.text,
        "nextStep": _next_step(operation, found, plan.origin) if with_sources else advice.next_step,
    }


def _next_step(operation: Operation, found: Prediction, origin: str) -> str:
    """Return what to do, with the name of the declaration to change."""
    if operation.endpoint is None or found.reason not in _LISTS:
        return ADVICE[found.reason].next_step
    field, setting = _LISTS[found.reason]
    policy = operation.endpoint.static_policy(operation.method).policy
    source = policy.who_source if field == "allowed_origins" else policy.sources[field]
    value = shown(found.culprit or origin)
    if source.is_site_wide:
        return ADD_FOR_OPERATION.format(value=value, field=field, setting=setting)
    return ADD_TO_DECLARATION.format(value=value, field=field, source=source)


def _with_body(operation: Operation, plan: ScriptRequest) -> ScriptRequest:
    """Return a plan that also sends the operation's body.

    For a JSON body, `Content-Type` must be allowed. For the body of a form, it need not be.
    """
    types = operation.media_types
    names = {name.lower() for name, _value in plan.sent}
    if not types or "content-type" in names or not SAFELISTED_CONTENT_TYPES.isdisjoint(types):
        return plan
    return replace(plan, sent=(*plan.sent, ("Content-Type", min(types))))
