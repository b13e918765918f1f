"""What a script's request would come to, told without sending it: for lists and pages about many endpoints.

Both verdicts are the engine's, on the preflight and on the request behind it. Nothing of the project's runs; where its
own code has a say, the answer is `DEPENDS`, unless it would be refused whatever that code says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from drf_cors.callables import receivers_may_override
from drf_cors.core.fetch import SAFELISTED_METHODS, cors_unsafe_request_header_names
from drf_cors.core.preflight import judge_preflight
from drf_cors.core.verdict import CorsRequest, Reason, Verdict, judge_credentials, judge_origin, judge_request
from drf_cors.endpoints import Coverage

if TYPE_CHECKING:
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
        asked = CorsRequest(origin=plan.origin, method=plan.method, headers=",".join(plan.headers), is_preflight=True)
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
    return Reason.DEPENDS if receivers_may_override(standing, declares=view.declares) else standing


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
