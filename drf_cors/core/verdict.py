"""Verdicts: the policies of a URL and a request become the headers of the response, and a reason.

This module decides about origins and actual requests; preflights have a module of their own, and `drf_cors.core.judge`
is the one function that the rest of the library calls. It follows the Fetch Standard
(https://fetch.spec.whatwg.org/): § 3.3.2-3.3.4 for the headers, § 4.9 for the CORS check.

Calls no project code: where a callable must decide, `judge_origin` returns `DEPENDS`, and the caller asks it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from drf_cors.core.fetch import SAFELISTED_METHODS
from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin
from drf_cors.core.sources import Source

if TYPE_CHECKING:
    from collections.abc import Container

    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.url_policies import UrlPolicies

ALLOW_ORIGIN: Final = "Access-Control-Allow-Origin"
ALLOW_CREDENTIALS: Final = "Access-Control-Allow-Credentials"
ALLOW_METHODS: Final = "Access-Control-Allow-Methods"
ALLOW_HEADERS: Final = "Access-Control-Allow-Headers"
EXPOSE_HEADERS: Final = "Access-Control-Expose-Headers"
MAX_AGE: Final = "Access-Control-Max-Age"
ALLOW_PRIVATE_NETWORK: Final = "Access-Control-Allow-Private-Network"

VARY_ORIGIN: Final = "origin"
VARY_METHOD: Final = "access-control-request-method"
VARY_HEADERS: Final = "access-control-request-headers"

#: Names and values of headers.
Headers = tuple[tuple[str, str], ...]

#: Lower-case names of headers, each with the name and the value.
Entries = dict[str, tuple[str, str]]

#: For how many origins of a list the verdict is kept, for each method of a view.
MAX_KEPT: Final = 1000

#: The same for origins that a pattern allows. They are few: anybody with such a domain chooses them.
MAX_KEPT_BY_PATTERN: Final = 50

_ANY_ORIGIN: Final[Headers] = ((ALLOW_ORIGIN, "*"),)
_VARY_ORIGIN: Final = (VARY_ORIGIN,)


class Reason(str, Enum):
    """Why a request is allowed or not. The codes are stable: people search logs for them."""

    ALLOWED = "allowed"
    NO_ORIGIN = "no-origin"
    SAME_ORIGIN = "same-origin"
    ORIGIN_NOT_ALLOWED = "origin-not-allowed"
    ORIGIN_MALFORMED = "origin-malformed"
    ORIGIN_NULL = "origin-null"
    URL_NOT_COVERED = "url-not-covered"
    VIEW_DISABLED = "view-disabled"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    METHOD_NOT_ON_VIEW = "method-not-on-view"
    HEADER_NOT_ALLOWED = "header-not-allowed"
    CREDENTIALS_NOT_ALLOWED = "credentials-not-allowed"
    CALLABLE_FAILED = "callable-failed"
    REDIRECT = "redirect"
    NOT_RESOLVED = "not-resolved"
    DEPENDS = "depends"

    def __str__(self) -> str:
        return self.value


#: CPython finds a member of an enum slowly. Each request needs these.
ALLOWED: Final = Reason.ALLOWED
DEPENDS: Final = Reason.DEPENDS

#: Reason -> the field of the policy that decided. Of others, WHO decided, or no policy.
DECIDING_FIELDS: Final = {
    Reason.METHOD_NOT_ALLOWED: "allow_methods",
    Reason.HEADER_NOT_ALLOWED: "allow_headers",
    Reason.CREDENTIALS_NOT_ALLOWED: "allow_credentials",
}


class CorsRequest:
    """One request, as the policies of its URL see it.

    Args:
        origin: The `Origin` header as it came, or None.
        method: The method; of a preflight the `Access-Control-Request-Method` header as it came, never upper-cased. ""
            where only the origin matters.
        headers: The names of the request headers that need a preflight: of a preflight that came, its
            `Access-Control-Request-Headers` header; of other requests that came "", for a server cannot know them.
        is_preflight: Whether it is a preflight.
        credentials: Whether a script sends it with credentials. A server cannot know that of a request that came.
    """

    __slots__ = ("credentials", "headers", "is_preflight", "method", "origin")

    def __init__(
        self,
        origin: str | None,
        method: str,
        headers: str = "",
        *,
        is_preflight: bool = False,
        credentials: bool = False,
    ) -> None:
        self.origin = origin
        self.method = method
        self.headers = headers
        self.is_preflight = is_preflight
        self.credentials = credentials

    @property
    def header_names(self) -> tuple[str, ...]:
        """The names in `headers`."""
        return tuple(filter(None, self.headers.split(",")))

    @property
    def needs_preflight(self) -> bool:
        """Whether browsers send a preflight first (Fetch § 4.1, main fetch)."""
        return bool(self.headers) or self.method not in ("", *SAFELISTED_METHODS)

    def preflight(self) -> CorsRequest:
        """Return the preflight that browsers send before this request."""
        return CorsRequest(self.origin, self.method, self.headers, is_preflight=True, credentials=self.credentials)

    def without_headers(self) -> CorsRequest:
        """Return this request as a server gets it, which cannot see which headers needed a preflight."""
        return CorsRequest(self.origin, self.method, credentials=self.credentials)


@dataclass(slots=True)  # not frozen: to make a frozen one takes longer than to judge
class Verdict:
    """What is answered to one request.

    Attributes:
        reason: `ALLOWED`, or the first thing that forbids it.
        headers: The `Access-Control-*` headers to set: these and no others.
        vary: The names to merge into `Vary`.
        culprit: The method or header name that is refused, where one is.
    """

    reason: Reason
    headers: Headers = ()
    vary: tuple[str, ...] = ()
    culprit: str = ""
    #: What `drf_cors.response_headers` makes of the headers. Most verdicts are prepared, and written many times.
    entries: Entries | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def is_allowed(self) -> bool:
        """Whether a browser will let the script read, or send, what it asked for."""
        return self.reason is ALLOWED


#: The verdict on a request whose origin is refused: for each reason always the same.
_REFUSED: Final = {reason: Verdict(reason, vary=_VARY_ORIGIN) for reason in Reason}


def judge_origin(policy: EffectivePolicy, origin: str | None) -> Reason:
    """Return whether a policy allows an origin.

    Returns:
        `ALLOWED`; `DEPENDS` where the policy's callables have to be asked; or the reason for a refusal.
    """
    if policy.allow_all_origins and policy.allow_credentials is not True:
        # Sent to all, malformed or missing origins included, or caches would need a copy for each origin.
        return ALLOWED
    if origin is None:
        return Reason.NO_ORIGIN
    if origin in policy.origins:
        return ALLOWED
    if origin in OPAQUE_ORIGINS:
        return Reason.ORIGIN_NULL
    if parse_origin(origin) is None:
        return Reason.ORIGIN_MALFORMED
    if policy.allow_all_origins:
        return Reason.ALLOWED
    if policy.origin_tests:
        return Reason.DEPENDS
    return nobody_reason(policy) if policy.is_nobody else Reason.ORIGIN_NOT_ALLOWED


def nobody_reason(policy: EffectivePolicy) -> Reason:
    """Return why a policy allows no origin."""
    source = policy.who_source
    if source == Source("setting", "CORS_URLS_REGEX"):
        return Reason.URL_NOT_COVERED
    if source.is_site_wide and not policy.is_broken:
        return Reason.ORIGIN_NOT_ALLOWED
    return Reason.VIEW_DISABLED


class VerdictsOnOrigins(dict["str | None", Verdict]):
    """The verdicts on the actual requests of one method: origin, or None -> verdict.

    Each is what `judge_request` returns, except for the reason of a refusal. To find that reason, the origin is parsed.
    That takes longer than all the rest, and most sites log no refusals. The verdicts on allowed origins are kept, up to
    a number. A look-up makes all others.

    Args:
        policy: Of the method.
        method: The method.
    """

    __slots__ = ("_headers_after_origin", "_listed", "_max_kept", "_method", "_other_origin", "_policy")

    def __init__(self, policy: EffectivePolicy, method: str) -> None:
        self[None] = judge_request(policy, method, None, judge_origin(policy, None))
        self._policy = policy
        self._method = method
        self._max_kept = 0
        #: None if more counts than whether an origin is listed.
        self._listed: Container[Any] | None = None
        self._headers_after_origin: Headers = ()
        #: The verdict on an origin that is not listed. The reason is not exact: it is not parsed.
        self._other_origin = _REFUSED[Reason.DEPENDS if policy.origin_tests else Reason.ORIGIN_NOT_ALLOWED]
        if policy.is_nobody or policy.is_anonymous_for_all:
            self._listed = ()
        if policy.is_anonymous_for_all:
            self._other_origin = self[None]
        elif (
            not policy.allow_all_origins
            and policy.permits_method(method)
            and isinstance(policy.allow_credentials, bool)
        ):
            self._read_list(policy)

    def _read_list(self, policy: EffectivePolicy) -> None:
        origins: Any = policy.origins
        self._listed = origins.exact if origins.is_exact else origins
        if policy.allow_credentials:
            self._headers_after_origin += ((ALLOW_CREDENTIALS, "true"),)
        if policy.expose_headers:
            self._headers_after_origin += ((EXPOSE_HEADERS, ", ".join(policy.expose_headers)),)
        self._max_kept = MAX_KEPT if origins.is_exact else MAX_KEPT_BY_PATTERN

    def __missing__(self, origin: str) -> Verdict:
        if self._listed is None:
            return judge_request(self._policy, self._method, origin, judge_origin(self._policy, origin))
        if origin not in self._listed:
            return self._other_origin
        verdict = Verdict(ALLOWED, ((ALLOW_ORIGIN, origin), *self._headers_after_origin), _VARY_ORIGIN)
        if len(self) <= self._max_kept:
            self[origin] = verdict
        return verdict


class VerdictsOnMethods(dict[str, VerdictsOnOrigins]):
    """The verdicts on the actual requests of one URL: method -> origin, or None -> verdict.

    Only the methods that a policy or the view names are kept, not what clients send.

    Args:
        policies: Of the URL.
    """

    __slots__ = ("_policies",)

    def __init__(self, policies: UrlPolicies) -> None:
        self._policies = policies

    def __missing__(self, method: str) -> VerdictsOnOrigins:
        policies = self._policies
        policy = policies.of(method)
        verdicts = VerdictsOnOrigins(policy, method)
        if method in policies.by_method or method in policy.allow_methods or method in SAFELISTED_METHODS:
            self[method] = verdicts
        return verdicts


def judge_request(policy: EffectivePolicy, method: str, origin: str | None, origin_reason: Reason) -> Verdict:
    """Judge an actual request (Fetch § 4.9, CORS check, and § 3.3.4).

    Args:
        policy: Of the request's method.
        method: The request's method.
        origin: The `Origin` header, or None.
        origin_reason: What `judge_origin` returned, or the callables after it.
    """
    if origin_reason is not ALLOWED:
        return _REFUSED[origin_reason]
    if not policy.permits_method(method):
        return Verdict(Reason.METHOD_NOT_ALLOWED, (), _VARY_ORIGIN, method)
    headers, vary = who_headers(policy, origin)
    if headers and policy.expose_headers:
        headers = (*headers, (EXPOSE_HEADERS, ", ".join(policy.expose_headers)))
    return Verdict(origin_reason, headers, vary)


def judge_credentials(policy: EffectivePolicy, origin: str | None, reason: Reason) -> Reason:
    """Judge the same for a script that sends credentials: without Allow-Credentials it reads nothing (Fetch § 4.9)."""
    if reason is Reason.ALLOWED and (origin is None or not policy.credentials_for(origin)):
        return Reason.CREDENTIALS_NOT_ALLOWED
    return reason


def who_headers(policy: EffectivePolicy, origin: str | None) -> tuple[Headers, tuple[str, ...]]:
    """Return Allow-Origin and Allow-Credentials for an origin that is allowed, and what they vary on."""
    if policy.is_anonymous_for_all:
        return _ANY_ORIGIN, ()
    if origin is None:
        return (), _VARY_ORIGIN
    if policy.allow_credentials and policy.credentials_for(origin):
        return ((ALLOW_ORIGIN, origin), (ALLOW_CREDENTIALS, "true")), _VARY_ORIGIN
    if policy.allow_all_origins:
        return _ANY_ORIGIN, _VARY_ORIGIN
    return ((ALLOW_ORIGIN, origin),), _VARY_ORIGIN


def stricter(first: Verdict, second: Verdict) -> Verdict:
    """Return the verdict on a request that two policies have to allow: nothing that either refuses.

    Needed where middleware below changed the method: the preflight was judged under one policy, the view ran under
    another.
    """
    vary = tuple(dict.fromkeys((*first.vary, *second.vary)))
    refusing = next((verdict for verdict in (first, second) if not verdict.is_allowed), None)
    if refusing is not None:
        return Verdict(refusing.reason, (), vary, refusing.culprit)
    ours, theirs = dict(first.headers), dict(second.headers)
    narrower = ours if ALLOW_CREDENTIALS not in ours else theirs
    headers = tuple(
        (name, value)
        for name, value in narrower.items()
        if name != EXPOSE_HEADERS or ours.get(name) == theirs.get(name)
    )
    return Verdict(Reason.ALLOWED, headers, vary)


def for_private_network(verdict: Verdict) -> Verdict:
    """Return a verdict with the header for `Access-Control-Request-Private-Network: true` added.

    A verdict without headers stays without. Browsers have given the feature up; it is kept as django-cors-headers has
    it.
    """
    if not verdict.headers:
        return verdict
    headers = (*verdict.headers, (ALLOW_PRIVATE_NETWORK, "true"))
    return Verdict(verdict.reason, headers, verdict.vary, verdict.culprit)
