"""What a script's request would come to, told without sending it: for lists and pages about many endpoints.

Both verdicts are the engine's, on the preflight and on the request behind it. Nothing of the project's runs; where its
own code has a say, the answer is `DEPENDS`, unless it would be refused whatever that code says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.http import HttpRequest

from drf_cors import resolver
from drf_cors.asking import may_turn
from drf_cors.core.fetch import SAFELISTED_METHODS, cors_unsafe_request_header_names
from drf_cors.core.verdict import (
    Preflight,
    Reason,
    Verdict,
    judge_credentials,
    judge_origin,
    judge_preflight,
    judge_request,
)
from drf_cors.endpoints import Coverage
from drf_cors.explain.messages import ADVICE, Advice

if TYPE_CHECKING:
    from django.urls import ResolverMatch

    from drf_cors.core.merge import EffectivePolicy, Source
    from drf_cors.endpoints import Endpoint
    from drf_cors.resolver import ViewPolicies

_COVERINGS: Final = {Coverage.ALL: (True,), Coverage.NONE: (False,), Coverage.SOME: (True, False)}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a script wants to send.

    Attributes:
        origin: Of its page, as the `Origin` header has it.
        method: As sent; "" asks about the origin alone.
        sent: Names and values of the request headers that the script sets, those that browsers drop left out.
        credentials: Whether cookies and the like go along.
    """

    origin: str
    method: str
    sent: tuple[tuple[str, str], ...] = ()
    credentials: bool = False

    @cached_property
    def headers(self) -> tuple[str, ...]:
        """Names of the headers that need a preflight, lower-case."""
        return tuple(cors_unsafe_request_header_names(self.sent))

    @property
    def needs_preflight(self) -> bool:
        """Whether browsers ask first (Fetch § 4.1, main fetch)."""
        return bool(self.headers) or self.method not in ("", *SAFELISTED_METHODS)


class Foreseen(NamedTuple):
    """What the engine says of a plan.

    Attributes:
        reason: `ALLOWED`, `DEPENDS`, or the first thing that forbids it.
        culprit: The method or header name that is refused, where one is.
        preflight: The answer to the preflight, None where there is none.
        request: The answer to the request.
    """

    reason: Reason
    culprit: str
    preflight: Verdict | None
    request: Verdict


#: Of a route that no request reaches.
NOWHERE: Final = Foreseen(Reason.NOT_RESOLVED, "", None, Verdict(Reason.NOT_RESOLVED))


def header(text: str) -> tuple[str, str]:
    """Read `NAME: VALUE` of a request header. Without a value, it is one that scripts mostly send."""
    name, colon, value = text.partition(":")
    usual = {"content-type": "application/json", "range": "bytes=0-"}.get(name.strip().lower(), "")
    return name.strip(), value.strip() if colon else usual


def judge(view: ViewPolicies, plan: Plan, standing: Reason) -> Foreseen:
    """Judge a plan.

    Args:
        view: The policies of the URL.
        plan: What is to be sent.
        standing: What `judge_origin` said of the method's policy, or the project's own code after it.
    """
    policy = view.policies.of(plan.method)
    preflight = None
    if plan.needs_preflight:
        asked = Preflight(origin=plan.origin, method=plan.method, headers=",".join(plan.headers))
        preflight = judge_preflight(view.policies, asked, standing)
    request = judge_request(policy, plan.method, plan.origin, standing) if plan.method else Verdict(standing)
    decisive = preflight if preflight is not None and not preflight.is_allowed else request
    reason = decisive.reason
    if plan.credentials:
        reason = judge_credentials(policy, plan.origin, reason)
    return Foreseen(reason, decisive.culprit, preflight, request)


def standing_of(view: ViewPolicies, plan: Plan) -> Reason:
    """Return how the origin stands; `DEPENDS` where callables or receivers would be asked."""
    standing = judge_origin(view.policies.of(plan.method), plan.origin)
    return Reason.DEPENDS if may_turn(standing, declares=view.declares) else standing


def at_endpoint(endpoint: Endpoint, plan: Plan) -> Foreseen:
    """Return what becomes of a plan at an endpoint, whatever values its path has."""
    if endpoint.places:
        found = [at_endpoint(place, plan) for place in endpoint.places]
    elif endpoint.is_shadowed:
        return NOWHERE
    else:
        found = [_at_view(endpoint, plan, is_covered=is_covered) for is_covered in _COVERINGS[endpoint.coverage]]
    if len({foreseen.reason for foreseen in found}) > 1:
        return Foreseen(Reason.DEPENDS, "", None, Verdict(Reason.DEPENDS))
    return found[0]


def _at_view(endpoint: Endpoint, plan: Plan, *, is_covered: bool) -> Foreseen:
    view = endpoint.policies(is_covered=is_covered)
    standing = standing_of(view, plan)
    if standing is not Reason.DEPENDS:
        return judge(view, plan, standing)
    # A receiver's yes puts the URL under the settings, covered or not.
    at_best = judge(view if view.declares else endpoint.policies(is_covered=True), plan, Reason.ALLOWED)
    return at_best if at_best.reason is not Reason.ALLOWED else judge(view, plan, standing)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request of a browser, of which somebody wants to know why it is blocked.

    Attributes:
        path: Of the URL, decoded, script prefix left out: `/api/orders/3/`.
        method: The method of the request; of a preflight, the one it asks for.
        origin: The `Origin` header, or None.
        headers: Names of request headers that need a preflight, lower-case.
        credentials: Whether cookies and the like go along.
        is_preflight: Whether the preflight is in question, not the request itself.
        host: Where the request goes, for URLconfs that depend on it.
        urlconf: What middleware above ours sets as `request.urlconf`; None for `ROOT_URLCONF`.
    """

    path: str
    method: str
    origin: str | None
    headers: tuple[str, ...] = ()
    credentials: bool = False
    is_preflight: bool = False
    host: str = "testserver"
    urlconf: Any = None


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The engine's verdict on a question, with what led to it.

    Attributes:
        reason: The reason code.
        culprit: The method or header name that is refused, where one is.
        source: The declaration or setting that the verdict rests on.
        policy: The effective policy of the method.
        view: All policies of the view.
        match: What Django's resolver found, None where it found nothing.
        verdict: What the engine answers.
    """

    reason: Reason
    culprit: str
    source: Source
    policy: EffectivePolicy
    view: ViewPolicies
    match: ResolverMatch | None
    verdict: Verdict

    @property
    def advice(self) -> Advice:
        """What the reason means, and the next step."""
        return ADVICE[self.reason]


#: Reason -> the field of the policy that decided.
_DECIDING: Final[Mapping[Reason, str]] = {
    Reason.METHOD_NOT_ALLOWED: "allow_methods",
    Reason.HEADER_NOT_ALLOWED: "allow_headers",
    Reason.CREDENTIALS_NOT_ALLOWED: "allow_credentials",
}


def explain(question: Question, *, told: Reason | None = None) -> Explanation:
    """Judge a request that was never sent. No view, no callable and no receiver runs: where one decides, `DEPENDS`.

    Args:
        question: The request.
        told: What the callables or receivers said, where somebody has asked them.
    """
    current = resolver.current()
    request = HttpRequest()
    request.method = question.method
    request.path = request.path_info = question.path
    request.META = {"HTTP_HOST": question.host, "SERVER_NAME": question.host, "SERVER_PORT": "80"}
    request.urlconf = question.urlconf
    match = current.find(request)
    view = current.for_match(match, is_covered=told is Reason.ALLOWED or current.conf.covers(question.path))
    policy = view.policies.of(question.method)
    standing = told or judge_origin(policy, question.origin)
    if question.is_preflight and question.origin is not None:
        asked = Preflight(origin=question.origin, method=question.method, headers=",".join(question.headers))
        verdict = judge_preflight(view.policies, asked, standing)
    else:
        verdict = judge_request(policy, question.method, question.origin, standing)
    reason = verdict.reason
    if question.credentials:
        reason = judge_credentials(policy, question.origin, reason)
    deciding = _DECIDING.get(reason)
    return Explanation(
        reason=reason,
        culprit=verdict.culprit,
        source=policy.sources[deciding] if deciding is not None else policy.who_source,
        policy=policy,
        view=view,
        match=match,
        verdict=verdict,
    )
