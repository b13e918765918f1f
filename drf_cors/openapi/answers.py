"""Answers of the explain view: what a script of some origin may do with the operations of a schema.

The verdicts are the engine's, the words those of `drf_cors.explain`.
"""

from __future__ import annotations

import copy
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

from django.http import HttpHeaders, HttpRequest, QueryDict
from django.urls.resolvers import LocalePrefixPattern
from django.utils import translation
from rest_framework.settings import api_settings

from drf_cors import callables
from drf_cors import resolver as resolvers
from drf_cors.core.errors import logged_text
from drf_cors.core.fetch import SAFELISTED_CONTENT_TYPES
from drf_cors.core.verdict import Reason, Verdict, judge_origin
from drf_cors.endpoints import Endpoint, of_site
from drf_cors.explain import ADVICE
from drf_cors.foresight import NOWHERE, Foreseen, Plan, at_endpoint, judge

if TYPE_CHECKING:
    from django.urls import ResolverMatch, URLResolver

    from drf_cors.openapi.operations import Operation

logger = logging.getLogger("drf_cors")

#: A verdict in one word; all others are `blocked`.
_WORDS: Final = {Reason.ALLOWED: "allowed", Reason.SAME_ORIGIN: "allowed", Reason.DEPENDS: "depends"}

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
            **_told(operation, replace(plan, method=operation.method), is_same_origin=is_same_origin),
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
    meant = [operation for operation in operations if operation.method == _looked_up(plan.method)]
    operation = next((operation for operation in meant if operation.path == path), None)
    if operation is not None:
        place = _only_place(operation, asker)
    else:
        operation, place = _where_it_leads(meant, path, asker)
    if operation is None:
        return None
    plan = _with_body(operation, plan)
    if is_same_origin:
        found = _AT_HOME
    elif place is None:
        found = _foreseen(operation, plan)
    else:
        found = _settled(place, plan, asker)
    return {
        "path": operation.path,
        "method": plan.method,
        **_asked(plan),
        **_verdict(found),
        "preflight": _answer(found.preflight) if found.preflight is not None else None,
        "request": _answer(found.request),
        "policy": operation.policy,
    }


def _told(operation: Operation, plan: Plan, *, is_same_origin: bool) -> dict[str, Any]:
    plan = _with_body(operation, plan)
    return {"headers": list(plan.headers), **_verdict(_AT_HOME if is_same_origin else _foreseen(operation, plan))}


def _with_body(operation: Operation, plan: Plan) -> Plan:
    """Return a plan that sends the operation's body: JSON, but not the body of a form, needs `Content-Type` allowed."""
    types = operation.media_types
    names = {name.lower() for name, _value in plan.sent}
    if not types or "content-type" in names or not SAFELISTED_CONTENT_TYPES.isdisjoint(types):
        return plan
    return replace(plan, sent=(*plan.sent, ("Content-Type", min(types))))


def _looked_up(method: str) -> str:
    """Return the method of the operation that is meant: HEAD follows GET; `patch` is no `PATCH`, but means it."""
    return "GET" if method.upper() == "HEAD" else method.upper()


def _foreseen(operation: Operation, plan: Plan) -> Foreseen:
    return at_endpoint(operation.endpoint, plan) if operation.endpoint is not None else NOWHERE


# One path


class _Place(NamedTuple):
    """A path, script prefix left out, and what it leads to."""

    path: str
    match: ResolverMatch


def _only_place(operation: Operation, asker: HttpRequest) -> _Place | None:
    """Return where requests for an operation go, None where there are many places, or another route is first."""
    endpoint = operation.endpoint
    if endpoint is None or endpoint.places or "{" in operation.path or len(endpoint.samples) != 1:
        return None
    return _behind([operation], endpoint.samples[0].path, asker)[1]


def _where_it_leads(
    operations: Sequence[Operation], path: str, asker: HttpRequest
) -> tuple[Operation | None, _Place | None]:
    """Return the operation behind the path of a URL, as Django has it or as an address bar has it."""
    decoded = unquote(path.partition("?")[0])
    for candidate in dict.fromkeys((path, decoded, decoded.removeprefix(_script_name(asker)))):
        operation, place = _behind(operations, candidate, asker)
        if operation is not None:
            return operation, place
    return None, None


def _behind(operations: Iterable[Operation], path: str, asker: HttpRequest) -> tuple[Operation | None, _Place | None]:
    """Return the operation that a path leads to, in the URLconf of whoever asks or in the schema's.

    Each URLconf is asked once: how long the answer takes must not tell what else the site has.
    """
    with translation.override(translation.get_language_from_path(path) or translation.get_language()):
        here = resolvers.current().find(_BareRequest(path, "GET", "", asker))
        there: dict[URLResolver, ResolverMatch | None] = {}
        for operation in operations:
            endpoint = operation.endpoint
            if endpoint is None:
                continue
            if endpoint.site not in there:
                there[endpoint.site] = endpoint.find(path)
            for match in (here, there[endpoint.site]):
                if match is not None and _is_behind(endpoint, match):
                    return operation, _Place(path, match)
    return None, None


def _is_behind(endpoint: Endpoint, match: ResolverMatch) -> bool:
    return (
        endpoint.callback is match.func
        and _is_route(endpoint, match.route)
        and all(str(match.kwargs.get(name)) == value for name, value in endpoint.values.items())
    )


def _is_route(endpoint: Endpoint, route: str) -> bool:
    """Whether a route, as `ResolverMatch` has it, is an endpoint's, or ends with it, if that is a part of the site."""
    own, has_language = "", False
    for step in endpoint.patterns:
        if isinstance(step.pattern, LocalePrefixPattern):
            has_language = True
        else:
            own += str(step.pattern).removeprefix("^") if own else str(step.pattern)
    if not route.endswith(own):
        return False
    before = route.removesuffix(own)
    is_language = has_language and before.count("/") == 1
    return not before or is_language or not _is_whole(endpoint)


def _is_whole(endpoint: Endpoint) -> bool:
    return any(other.patterns == endpoint.patterns for other in of_site())


def _settled(place: _Place, plan: Plan, asker: HttpRequest) -> Foreseen:
    """Return what becomes of a plan at a place, the project's own code asked where it decides.

    It is asked twice, as on the wire: about the preflight, which carries nothing of the user's, and about the request.
    """
    if plan.needs_preflight:
        preflight = _BareRequest(place.path, "OPTIONS", plan.origin, asker)
        preflight.META["HTTP_ACCESS_CONTROL_REQUEST_METHOD"] = plan.method
        if plan.headers:
            preflight.META["HTTP_ACCESS_CONTROL_REQUEST_HEADERS"] = ",".join(plan.headers)
        found = _asked_about(preflight, place, plan)
        if found.reason is not Reason.ALLOWED:
            return found
    make = _own_request if plan.credentials else _anonymous_request
    request = make(place.path, plan.method, plan.origin, asker)
    request.META |= HttpHeaders.to_wsgi_names(dict(plan.sent))
    return _asked_about(request, place, plan)


def _asked_about(request: HttpRequest, place: _Place, plan: Plan) -> Foreseen:
    resolver = resolvers.current()
    request.resolver_match = place.match
    view = resolver.for_match(place.match, is_covered=resolver.conf.covers(place.path))
    standing = judge_origin(view.policies.of(plan.method), plan.origin)
    pending = callables.resolve_pending(view, {plan.method: standing}, plan.origin, request, _log_failure)
    is_overridden, standings = callables.run(pending)
    if is_overridden:
        view = resolver.for_match(place.match, is_covered=True)
    return judge(view, plan, standings[plan.method])


# The requests it is about, as far as they can be known


def _of_connection(asker: HttpRequest) -> dict[str, Any]:
    """Return what a request has from its connection, not from its user or script."""
    names = ("REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT", "HTTP_HOST")
    return {name: value for name, value in asker.META.items() if name in names or name.startswith("HTTP_X_FORWARDED_")}


class _BareRequest(HttpRequest):
    """A request as `CorsMiddleware` gets it, before any middleware below: without cookies, session and user."""

    def __init__(self, path: str, method: str, origin: str, asker: HttpRequest) -> None:
        super().__init__()
        self._scheme = asker.scheme or ""
        self.META = _of_connection(asker)
        _direct(self, path, method, origin, asker)
        urlconf = getattr(asker, "urlconf", None)  # set above ours
        if urlconf is not None:
            self.urlconf = urlconf

    def _get_scheme(self) -> str:
        return self._scheme


def _anonymous_request(path: str, method: str, origin: str, asker: HttpRequest) -> HttpRequest:
    """Return a request of somebody unknown, as it comes back from below."""
    request = _BareRequest(path, method, origin, asker)
    if hasattr(asker, "session"):
        request.session = type(asker.session)()
    nobody: Any = api_settings.UNAUTHENTICATED_USER
    user: Any = nobody() if nobody is not None else None
    request.user = user  # REST framework's views set it, with sessions and without
    return request


def _own_request(path: str, method: str, origin: str, asker: HttpRequest) -> HttpRequest:
    """Return a request of whoever asks."""
    request = copy.copy(asker)
    request.META = _of_connection(asker) | {name: asker.META[name] for name in ("HTTP_COOKIE",) if name in asker.META}
    request.__dict__["GET"] = QueryDict()
    request.__dict__.pop("headers", None)  # a cached property, of another request
    _direct(request, path, method, origin, asker)
    return request


def _direct(request: HttpRequest, path: str, method: str, origin: str, asker: HttpRequest) -> None:
    request.method = method
    request.path_info = path
    request.path = _script_name(asker) + path
    request.META |= {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "HTTP_ORIGIN": origin}


def _script_name(request: HttpRequest) -> str:
    """Return what stands before the path that Django resolves: "" or `/shop`."""
    return request.path.removesuffix(request.path_info)


def _log_failure(asked: str, error: Exception) -> None:
    logger.error(
        "%s: %s raised while somebody asked about it.", Reason.CALLABLE_FAILED, logged_text(asked), exc_info=error
    )


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
