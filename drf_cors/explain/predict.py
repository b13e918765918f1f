"""Predict the outcome of a request without sending it.

The verdicts are the engine's. No view, no callable and no receiver runs. Where one decides, the
outcome is `DEPENDS`, unless the request would be refused whatever the callable returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.http import HttpRequest

from drf_cors import resolver
from drf_cors.callables import receivers_may_override
from drf_cors.core.judge import judge
from drf_cors.core.verdict import DECIDING_FIELDS, CorsRequest, Reason, Verdict, judge_origin
from drf_cors.endpoints import Coverage
from drf_cors.explain.messages import ADVICE, Advice

if TYPE_CHECKING:
    from django.urls import ResolverMatch

    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.sources import Source
    from drf_cors.endpoints import Endpoint
    from drf_cors.resolver import ViewPolicies

_IS_COVERED: Final = {Coverage.ALL: (True,), Coverage.NONE: (False,), Coverage.SOME: (True, False)}

#: Values that scripts mostly send, for headers that are named without one.
_USUAL_VALUES: Final = {"content-type": "application/json", "range": "bytes=0-"}


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a request goes.

    Attributes:
        path: Of the URL, decoded, without the script prefix: `/api/orders/3/`.
        host: For URLconfs that depend on the host.
        urlconf: What middleware above ours sets as `request.urlconf`; None for `ROOT_URLCONF`.
    """

    path: str
    host: str = "testserver"
    urlconf: Any = None


class Prediction(NamedTuple):
    """The predicted outcome of a request.

    Attributes:
        reason: `ALLOWED`, `DEPENDS`, or the first reason to refuse it.
        culprit: The method or header name that is refused, where one is.
        preflight: The verdict on the preflight, None where browsers send none.
        request: The verdict on the request.
    """

    reason: Reason
    culprit: str
    preflight: Verdict | None
    request: Verdict


#: For a route that no request reaches.
UNREACHABLE: Final = Prediction(Reason.NOT_RESOLVED, "", None, Verdict(Reason.NOT_RESOLVED))

_DEPENDS: Final = Prediction(Reason.DEPENDS, "", None, Verdict(Reason.DEPENDS))


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The engine's verdict on one request to a URL, and what led to it.

    Attributes:
        reason: The reason code.
        culprit: The method or header name that is refused, where one is.
        source: The declaration or setting that the verdict rests on.
        policy: The effective policy of the method.
        view: All policies of the view.
        match: The match of Django's resolver, None where there is none.
        verdict: The engine's verdict.
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


def parse_header(text: str) -> tuple[str, str]:
    """Return the name and the value of a request header.

    Args:
        text: `NAME: VALUE`, or `NAME` for a value that scripts mostly send.
    """
    name, colon, value = text.partition(":")
    name = name.strip()
    if colon:
        return name, value.strip()
    return name, _USUAL_VALUES.get(name.lower(), "")


def predict(view: ViewPolicies, request: CorsRequest, origin_reason: Reason) -> Prediction:
    """Predict the outcome of a request to a view, and of the preflight before it.

    Args:
        view: The policies of the URL.
        request: The request.
        origin_reason: The verdict of `judge_origin` on the method's policy, or of the project's own
            code after it.
    """
    policies = view.policies
    preflight = None
    if request.needs_preflight and request.origin is not None:
        preflight = judge(policies, request.preflight(), origin_reason)
    actual = Verdict(origin_reason)
    if request.method:
        actual = judge(policies, request.without_headers(), origin_reason)
    decisive = actual
    if preflight is not None and not preflight.is_allowed:
        decisive = preflight
    return Prediction(decisive.reason, decisive.culprit, preflight, actual)


def predict_at_endpoint(endpoint: Endpoint, request: CorsRequest) -> Prediction:
    """Predict the outcome of a request to an endpoint, for all values that its path may have."""
    if endpoint.places:
        found = [predict_at_endpoint(place, request) for place in endpoint.places]
    elif endpoint.is_shadowed:
        return UNREACHABLE
    else:
        coverings = _IS_COVERED[endpoint.coverage]
        found = [_predict_at_view(endpoint, request, is_covered=known) for known in coverings]
    reasons = {prediction.reason for prediction in found}
    return found[0] if len(reasons) == 1 else _DEPENDS


def explain(
    request: CorsRequest,
    destination: Destination,
    *,
    origin_reason: Reason | None = None,
) -> Explanation:
    """Judge one request to a URL: the request itself, or the preflight before it.

    Args:
        request: The request, or the preflight.
        destination: Where it goes.
        origin_reason: The verdict of callables or receivers, where they were called.
    """
    current = resolver.current()
    match = current.find(_http_request(request, destination))
    # A receiver that returns True applies the settings, even outside CORS_URLS_REGEX.
    is_covered = origin_reason is Reason.ALLOWED or current.conf.covers(destination.path)
    view = current.for_match(match, is_covered=is_covered)
    policy = view.policies.of(request.method)
    judged = request if request.is_preflight else request.without_headers()
    verdict = judge(view.policies, judged, origin_reason)
    reason = verdict.reason
    field = DECIDING_FIELDS.get(reason)
    return Explanation(
        reason=reason,
        culprit=verdict.culprit,
        source=policy.who_source if field is None else policy.sources[field],
        policy=policy,
        view=view,
        match=match,
        verdict=verdict,
    )


def _http_request(request: CorsRequest, destination: Destination) -> HttpRequest:
    """Return a request that Django's resolver can be given."""
    made = HttpRequest()
    made.method = request.method
    made.path = made.path_info = destination.path
    made.META = {
        "HTTP_HOST": destination.host,
        "SERVER_NAME": destination.host,
        "SERVER_PORT": "80",
    }
    made.urlconf = destination.urlconf
    return made


def _predict_at_view(endpoint: Endpoint, request: CorsRequest, *, is_covered: bool) -> Prediction:
    view = endpoint.policies(is_covered=is_covered)
    origin_reason = _origin_reason(view, request)
    if origin_reason is not Reason.DEPENDS:
        return predict(view, request, origin_reason)
    # A receiver that returns True applies the settings, even outside CORS_URLS_REGEX.
    opened = view if view.declares else endpoint.policies(is_covered=True)
    at_best = predict(opened, request, Reason.ALLOWED)
    if at_best.reason is not Reason.ALLOWED:
        return at_best
    return predict(view, request, origin_reason)


def _origin_reason(view: ViewPolicies, request: CorsRequest) -> Reason:
    """Return the verdict on the origin; `DEPENDS` where callables or receivers would be called."""
    reason = judge_origin(view.policies.of(request.method), request.origin)
    return Reason.DEPENDS if receivers_may_override(reason, declares=view.declares) else reason
