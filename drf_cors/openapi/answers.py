"""Answers of the explain view: what a script of some origin may do with the operations of a schema.

The verdicts are the engine's, the words those of `drf_cors.explain`.
"""

from __future__ import annotations

import copy
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from django.http import QueryDict
from django.urls.resolvers import LocalePrefixPattern

from drf_cors import asking
from drf_cors import resolver as resolvers
from drf_cors.asking import TURNABLE
from drf_cors.core.verdict import Reason, Verdict, judge_origin
from drf_cors.explain import ADVICE
from drf_cors.foresight import Foreseen, Plan, at_endpoint, judge
from drf_cors.signals import check_request_enabled

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import ResolverMatch

    from drf_cors.endpoints import Endpoint
    from drf_cors.openapi.operations import Operation

logger = logging.getLogger("drf_cors")

#: A verdict in one word; all others are `blocked`.
_WORDS: Final = {Reason.ALLOWED: "allowed", Reason.SAME_ORIGIN: "allowed", Reason.DEPENDS: "depends"}

_NOWHERE: Final = Foreseen(Reason.NOT_RESOLVED, "", None, Verdict(Reason.NOT_RESOLVED))
_AT_HOME: Final = Foreseen(Reason.SAME_ORIGIN, "", None, Verdict(Reason.SAME_ORIGIN))


def of_all(operations: Iterable[Operation], plan: Plan, *, is_same_origin: bool) -> dict[str, Any]:
    """Answer for every operation. Nothing of the project's is asked.

    Args:
        operations: Of the schema.
        plan: What a script does; its method counts for nothing.
        is_same_origin: Whether the script's page is of the API's own origin.
    """
    told = [
        {
            "path": operation.path,
            "method": operation.method,
            **_verdict(_AT_HOME if is_same_origin else _foreseen(operation, replace(plan, method=operation.method))),
        }
        for operation in operations
    ]
    counts = Counter(answer["verdict"] for answer in told)
    words = dict.fromkeys(("allowed", "blocked", "depends"), 0)
    return {**_asked(plan), "operations": told, "counts": {**words, **counts, "total": len(told)}}


def of_one(
    operations: Iterable[Operation], path: str, plan: Plan, asker: HttpRequest, *, is_same_origin: bool
) -> dict[str, Any] | None:
    """Answer for one operation; None where the schema has none there.

    The project's own code is asked where it decides, as it would be on a request; but not where parameters of the path
    may matter to it and nobody has said which they are.

    Args:
        operations: Of the schema.
        path: As in the schema, or of a URL.
        plan: What a script does.
        asker: The request of whoever asks.
        is_same_origin: Whether the script's page is of the API's own origin.
    """
    candidates = [operation for operation in operations if operation.method == _looked_up(plan.method)]
    operation = next((operation for operation in candidates if operation.path == path), None)
    if operation is not None:
        sample = _only_path(operation)
    else:
        sample, operation = _where_it_leads(candidates, path, asker)
    if operation is None:
        return None
    if is_same_origin:
        found = _AT_HOME
    elif sample is None:
        found = _foreseen(operation, plan)
    else:
        found = _settled(sample, plan, asker)
    return {
        "path": operation.path,
        "method": plan.method,
        **_asked(plan),
        **_verdict(found),
        "preflight": _answer(found.preflight) if found.preflight is not None else None,
        "request": _answer(found.request),
        "policy": operation.policy,
    }


def _looked_up(method: str) -> str:
    """Return the method of the operation that is meant: HEAD follows GET; `patch` is no `PATCH`, but means it."""
    return "GET" if method.upper() == "HEAD" else method.upper()


def _foreseen(operation: Operation, plan: Plan) -> Foreseen:
    return at_endpoint(operation.endpoint, plan) if operation.endpoint is not None else _NOWHERE


# One path


def _only_path(operation: Operation) -> str | None:
    """Return the path of an operation's URL, None where there are many."""
    samples = operation.endpoint.samples if operation.endpoint is not None and "{" not in operation.path else ()
    return samples[0].path if len(samples) == 1 else None


def _where_it_leads(
    operations: Iterable[Operation], path: str, asker: HttpRequest
) -> tuple[str | None, Operation | None]:
    """Return the path of a URL, script prefix left out, and the operation it leads to."""
    for candidate in dict.fromkeys((path, path.removeprefix(_script_name(asker)))):
        match = resolvers.current().find(_request_for(candidate, "GET", "", asker))
        for operation in operations if match is not None else ():
            if _is_behind(operation, cast("ResolverMatch", match)):
                return candidate, operation
    return None, None


def _is_behind(operation: Operation, match: ResolverMatch) -> bool:
    endpoint = operation.endpoint
    return (
        endpoint is not None
        and endpoint.callback is match.func
        and match.route.endswith(_route(endpoint))
        and all(str(match.kwargs.get(name)) == value for name, value in endpoint.values.items())
    )


def _route(endpoint: Endpoint) -> str:
    """Return a route as `ResolverMatch.route` has it, without a language prefix."""
    route = ""
    for step in endpoint.patterns:
        if not isinstance(step.pattern, LocalePrefixPattern):
            piece = str(step.pattern)
            route += piece.removeprefix("^") if route else piece
    return route


def _settled(path: str, plan: Plan, asker: HttpRequest) -> Foreseen:
    """Return what becomes of a plan at a path, the project's own code asked where it decides."""
    resolver = resolvers.current()
    request = _request_for(path, plan.method, plan.origin, asker)
    match = request.resolver_match = resolver.find(request)
    view = resolver.for_match(match, is_covered=resolver.conf.covers(path))
    standing = judge_origin(view.policies.of(plan.method), plan.origin)
    if standing is Reason.DEPENDS:
        policy = view.policies.of(plan.method)
        standing = asking.run(asking.tests(policy, plan.origin, request, {}, _log_failure))
    may_turn = standing in TURNABLE and not view.declares and check_request_enabled.has_listeners(None)
    if may_turn and asking.run(asking.receivers(request, _log_failure)):
        view, standing = resolver.for_match(match, is_covered=True), Reason.ALLOWED
    return judge(view, plan, standing)


def _request_for(path: str, method: str, origin: str, asker: HttpRequest) -> HttpRequest:
    """Return the request that is asked about, as far as it can be known: by the same user, from the same machine."""
    request = copy.copy(asker)
    request.method = method
    request.path_info = path
    request.path = _script_name(asker) + path
    facts = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "HTTP_ORIGIN": origin}
    request.META = {**asker.META, **facts}
    request.resolver_match = None
    request.__dict__["GET"] = QueryDict()
    request.__dict__.pop("headers", None)  # a cached property, of another request
    return request


def _script_name(request: HttpRequest) -> str:
    """Return what stands before the path that Django resolves: "" or `/shop`."""
    return request.path.removesuffix(request.path_info)


def _log_failure(asked: str, error: Exception) -> None:
    logger.error("%s: %s raised while somebody asked about it.", Reason.CALLABLE_FAILED, asked, exc_info=error)


# JSON


def _asked(plan: Plan) -> dict[str, Any]:
    return {"origin": plan.origin, "headers": list(plan.headers), "credentials": plan.credentials}


def _verdict(found: Foreseen) -> dict[str, str]:
    advice = ADVICE[found.reason]
    return {
        "verdict": _word(found.reason),
        "reason": str(found.reason),
        "culprit": found.culprit,
        "text": str(advice.text),
        "nextStep": str(advice.next_step),
    }


def _word(reason: Reason) -> str:
    return _WORDS.get(reason, "blocked")


def _answer(verdict: Verdict) -> dict[str, Any]:
    headers: Mapping[str, str] = dict(verdict.headers)
    vary = {"Vary": ", ".join(verdict.vary)} if verdict.vary else {}
    return {"verdict": _word(verdict.reason), "reason": str(verdict.reason), "headers": {**headers, **vary}}
