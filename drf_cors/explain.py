"""What is said to people about a verdict: every reason code has its sentence and next step here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from drf_cors import resolver
from drf_cors.core.verdict import Preflight, Reason, judge_origin, judge_preflight, judge_request

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from drf_cors.core.merge import EffectivePolicy, Source
    from drf_cors.resolver import ViewPolicies


class Advice(NamedTuple):
    """What a reason code means, and what to do about it."""

    text: _StrPromise
    next_step: _StrPromise


ADVICE: Final[Mapping[Reason, Advice]] = {
    Reason.ALLOWED: Advice(
        _("The browser sends the request and lets the script read the answer."), _("Nothing to do.")
    ),
    Reason.NO_ORIGIN: Advice(
        _("The request carries no Origin header, so it is not a cross-origin request of a browser."),
        _("Send the request from a page of another origin, or add an Origin header."),
    ),
    Reason.SAME_ORIGIN: Advice(
        _("The page and the API have the same origin; CORS does not apply."), _("Nothing to do.")
    ),
    Reason.ORIGIN_NOT_ALLOWED: Advice(
        _("The policy does not list this origin."), _("Add the origin to allowed_origins of the policy.")
    ),
    Reason.ORIGIN_MALFORMED: Advice(
        _("The Origin header is nothing a browser sends."), _("Look for a proxy or a client that writes the header.")
    ),
    Reason.ORIGIN_NULL: Advice(
        _("The origin is null or file://: a sandboxed frame, a redirect across origins, or a local file."),
        _("Serve the page from a web server; list 'null' only where no credentials are sent."),
    ),
    Reason.URL_NOT_COVERED: Advice(
        _("CORS_URLS_REGEX does not cover the URL, and its view admits nobody of its own."),
        _("Widen CORS_URLS_REGEX, or declare a policy on the view."),
    ),
    Reason.VIEW_DISABLED: Advice(
        _("The view's own declaration closes it to other origins."),
        _("Look at the declaration; a stronger layer that sets an origin field opens it again."),
    ),
    Reason.METHOD_NOT_ALLOWED: Advice(
        _("The policy does not allow the method. Methods are compared byte for byte: 'patch' is not 'PATCH'."),
        _("Add the method to allow_methods of the policy."),
    ),
    Reason.METHOD_NOT_ON_VIEW: Advice(
        _("The view has no handler for the method."), _("Use a method the view has, or add a handler for it.")
    ),
    Reason.HEADER_NOT_ALLOWED: Advice(
        _("The policy does not allow a request header that the script sets."),
        _("Add the header to allow_headers of the policy."),
    ),
    Reason.CREDENTIALS_NOT_ALLOWED: Advice(
        _("The policy does not allow this origin to send credentials."),
        _("Set allow_credentials=True, or list the origin there; or fetch with credentials: 'omit'."),
    ),
    Reason.CALLABLE_FAILED: Advice(
        _("The project's own callable or receiver raised, so the origin was refused."),
        _("Read the traceback in the log of drf_cors and mend the callable."),
    ),
    Reason.REDIRECT: Advice(
        _("The answer is a redirect; the browser checks its headers too, and asks again at the new place."),
        _("Fetch the final URL: mind the trailing slash, https and the language prefix."),
    ),
    Reason.NOT_RESOLVED: Advice(
        _("No view answers this URL; the global settings govern it."), _("Correct the path, or add the URL.")
    ),
    Reason.DEPENDS: Advice(
        _("Only a request can tell: the project's own callable decides."), _("Ask with the real request.")
    ),
}


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
    """

    path: str
    method: str
    origin: str | None
    headers: tuple[str, ...] = ()
    credentials: bool = False
    is_preflight: bool = False
    host: str = "testserver"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The engine's verdict on a question, with what led to it.

    Attributes:
        reason: The reason code.
        culprit: The method or header name that is refused, where one is.
        source: The declaration or setting that the verdict rests on.
        policy: The effective policy of the method.
        view: All policies of the view.
    """

    reason: Reason
    culprit: str
    source: Source
    policy: EffectivePolicy
    view: ViewPolicies

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


def explain(question: Question) -> Explanation:
    """Judge a request that was never sent. No view, no callable and no receiver runs: where one decides, `DEPENDS`."""
    current = resolver.current()
    request = HttpRequest()
    request.method = question.method
    request.path = request.path_info = question.path
    request.META = {"HTTP_HOST": question.host, "SERVER_NAME": question.host, "SERVER_PORT": "80"}
    view = current.for_match(current.find(request), is_covered=current.conf.covers(question.path))
    policy = view.policies.of(question.method)
    standing = judge_origin(policy, question.origin)
    if question.is_preflight and question.origin is not None:
        asked = Preflight(origin=question.origin, method=question.method, headers=",".join(question.headers))
        verdict = judge_preflight(view.policies, asked, standing)
    else:
        verdict = judge_request(policy, question.method, question.origin, standing)
    reason = verdict.reason
    if (
        reason is Reason.ALLOWED
        and question.credentials
        and not (question.origin is not None and policy.credentials_for(question.origin))
    ):
        reason = Reason.CREDENTIALS_NOT_ALLOWED
    deciding = _DECIDING.get(reason)
    return Explanation(
        reason=reason,
        culprit=verdict.culprit,
        source=policy.sources[deciding] if deciding is not None else policy.who_source,
        policy=policy,
        view=view,
    )
