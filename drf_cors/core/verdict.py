"""Verdicts: the facts of a request and the policies of its URL become the answer's headers, and a reason.

This file owns the wire. It follows the Fetch Standard (https://fetch.spec.whatwg.org/): § 3.3.2-3.3.4 for the
headers, § 4.8 for what a browser does with a preflight's answer and with its cache, § 4.9 for the CORS check.
It asks nobody: where a policy's callable has to decide, `judge_origin` says `DEPENDS`, and whoever carries
the request comes back with the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from drf_cors.core.fetch import SAFELISTED_METHODS, byte_lowercase, is_forbidden_request_header, is_token
from drf_cors.core.origins import OPAQUE_ORIGINS, parse_origin

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from drf_cors.core.merge import EffectivePolicy

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

MAX_REQUEST_HEADERS_BYTES: Final = 4096
MAX_METHOD_BYTES: Final = 64
MAX_REQUEST_HEADERS_NAMES: Final = 128


#: Names and values of headers.
Headers = tuple[tuple[str, str], ...]

_ANYBODY: Final[Headers] = ((ALLOW_ORIGIN, "*"),)


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


class Preflight(NamedTuple):
    """What a preflight asks.

    Attributes:
        origin: The `Origin` header, as it came.
        method: The `Access-Control-Request-Method` header, as it came; never upper-cased.
        headers: The `Access-Control-Request-Headers` header, as it came; "" where there is none.
    """

    origin: str
    method: str
    headers: str = ""


@dataclass(slots=True)  # not frozen: to make a frozen one takes longer than to judge
class Verdict:
    """The answer to one request.

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

    @property
    def is_allowed(self) -> bool:
        """Whether a browser will let the script read, or send, what it asked for."""
        return self.reason is Reason.ALLOWED


#: What a request hears that is not admitted: for each reason always the same.
_SILENCE: Final = {reason: Verdict(reason, vary=(VARY_ORIGIN,)) for reason in Reason}
_MAY_BE_ADMITTED: Final = (Reason.ALLOWED, Reason.DEPENDS)


class ReadyAnswer(NamedTuple):
    """What can be said of the answers to one method before any request comes.

    Attributes:
        unnamed: The headers for a request without an origin.
        named: Origins that are admitted: each is answered with itself as Allow-Origin.
        rest: The headers that follow Allow-Origin then.
        stranger: The headers for any other origin: mostly none. None where callables have to be asked.
        vary: The names to merge into `Vary`, as its value.
    """

    unnamed: Headers
    named: Container[Any]
    rest: Headers
    stranger: Headers | None
    vary: str

    def headers_for(self, origin: str | None) -> Headers | None:
        """Return the headers to set, none for an origin that is refused; None where it takes a closer look."""
        if origin is None:
            return self.unnamed
        if origin in self.named:
            return ((ALLOW_ORIGIN, origin), *self.rest)
        return self.stranger


@dataclass(frozen=True, kw_only=True)
class SharedAnswer:
    """What all methods of a URL that are under one policy have in common in the answers to their preflights.

    Attributes:
        methods: Those to be named. A browser caches each for the URL (§ 4.8, step 7.16), so none under another policy
            may be among them.
        headers: Allow-Methods, Allow-Headers and Max-Age, for a request that asks for none but these methods, under a
            policy that names its headers, where the answer may be kept as long as the policy says.
        at_risk: The other methods that a cached answer may open against their own policies.
    """

    methods: tuple[str, ...]
    headers: Headers
    at_risk: tuple[str, ...]


@dataclass(frozen=True)
class UrlPolicies:
    """The policies of one URL, by method.

    Attributes:
        general: What holds for every method without one of its own, and for methods the view does not have.
        by_method: Upper-case method -> policy, of every method the view is known to have, HEAD and OPTIONS
            included.
        are_methods_known: Whether `by_method` holds all the methods there are; a function view's cannot be
            told.
        has_view: Whether there is a view at all behind the URL.
        has_own_head: Whether HEAD has a handler of its own; else GET's answers it.
    """

    general: EffectivePolicy
    by_method: Mapping[str, EffectivePolicy] = field(default_factory=dict)
    are_methods_known: bool = False
    has_view: bool = True
    has_own_head: bool = False

    def of(self, method: str) -> EffectivePolicy:
        """Return the policy that judges `method`.

        A method in lower case is under the policy of the one in upper case: Django looks for its handler in lower case.
        """
        found = self.by_method.get(method)
        return self.by_method.get(_as_handled(method), self.general) if found is None else found

    def has_method(self, method: str) -> bool:
        """Whether the view may have `method`. Byte for byte, as it will be looked for."""
        return not self.are_methods_known or method in self.by_method

    @cached_property
    def _kinds(self) -> Mapping[str, int]:
        """Method -> a number that equal policies share. Large policies compare slowly."""
        distinct: list[EffectivePolicy] = []
        kinds = {}
        for method, policy in (("", self.general), *self.by_method.items()):
            if policy not in distinct:
                distinct.append(policy)
            kinds[method] = distinct.index(policy)
        return kinds

    def are_alike(self, method: str, other: str) -> bool:
        """Whether two methods are under the same policy."""
        return self._kind_of(method) == self._kind_of(other)

    def _kind_of(self, method: str) -> int:
        """Return the number of the policy that `of` returns."""
        found = self._kinds.get(method)
        return self._kinds.get(_as_handled(method), 0) if found is None else found

    @cached_property
    def are_several(self) -> bool:
        """Whether methods of the URL are under different policies, those the view does not have included."""
        return len(set(self._kinds.values())) > 1

    @cached_property
    def ready(self) -> Mapping[str, ReadyAnswer]:
        """Method -> its answers, where they can be told before. Only of methods that are named somewhere."""
        methods = {*self.by_method, *self.general.allow_methods, *SAFELISTED_METHODS}
        made = {method: _ready(self.of(method), method) for method in methods}
        return {method: answer for method, answer in made.items() if answer is not None}

    def shared_with(self, method: str) -> SharedAnswer:
        """Return what the preflights of `method` and of the methods under the same policy are all answered."""
        kind = self._kind_of(method)
        found = self._shared.get(kind)
        if found is None:
            found = self._shared[kind] = self._share(method)
        return found

    @cached_property
    def _shared(self) -> dict[int, SharedAnswer]:
        """By `_kinds`: one for each policy of the URL, whatever methods are asked for."""
        return {}

    def _share(self, method: str) -> SharedAnswer:
        policy = self.of(method)
        names = policy.allow_methods if "*" not in policy.method_names else tuple(self.by_method)
        if self.has_own_head and "GET" in names and "HEAD" not in names:
            # HEAD counts as GET in `allow_methods`; where it is a method of its own, it is named like one.
            names = tuple(name for listed in names for name in ((listed, "HEAD") if listed == "GET" else (listed,)))
        methods = tuple(name for name in names if self.has_method(name) and self.are_alike(name, method))
        return SharedAnswer(
            methods=methods,
            headers=_granting(methods, policy.allow_headers, policy.preflight_max_age),
            at_risk=tuple(other for other in self._methods_at_risk() if self._may_open(other, method)),
        )

    def _methods_at_risk(self) -> Iterable[str]:
        """Return the methods a cached preflight could open: the view's, or the safelisted."""
        if self.are_methods_known:
            return self.by_method
        return SAFELISTED_METHODS if self.has_view else ()

    def _may_open(self, other: str, method: str) -> bool:
        its = self.of(other)
        if other in SAFELISTED_METHODS and not its.permits_method(other):
            return True
        is_kept = other in SAFELISTED_METHODS or (its.permits_method(other) and its.preflight_max_age != 0)
        return is_kept and not self.are_alike(other, method)


def _as_handled(method: str) -> str:
    """Return a method as the one whose handler answers it: handlers are looked up in lower case."""
    return method.lower().upper()


def judge_origin(policy: EffectivePolicy, origin: str | None) -> Reason:
    """Return whether an origin is admitted.

    Returns:
        `ALLOWED`; `DEPENDS` where the policy's callables have to be asked; or the reason for refusing.
    """
    if policy.allow_all_origins and policy.allow_credentials is not True:
        # Sent to everybody, malformed or missing origins included, or caches would need a copy per origin.
        return Reason.ALLOWED
    if origin is None:
        return Reason.NO_ORIGIN
    if origin in policy.origins:
        return Reason.ALLOWED
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
    """Return why a policy admits nobody."""
    source = policy.who_source
    if source == ("setting", "CORS_URLS_REGEX"):
        return Reason.URL_NOT_COVERED
    if source.is_site_wide and not policy.is_broken:
        return Reason.ORIGIN_NOT_ALLOWED
    return Reason.VIEW_DISABLED


def _ready(policy: EffectivePolicy, method: str) -> ReadyAnswer | None:
    """Return the answers to a method, None where it depends on more than whether an origin is admitted."""
    if not policy.permits_method(method):
        return None
    unnamed = judge_request(policy, method, None, judge_origin(policy, None))
    if policy.is_anonymous_for_all:
        return ReadyAnswer(unnamed.headers, (), (), unnamed.headers, "")
    origins, credentials = policy.origins, policy.allow_credentials
    if policy.allow_all_origins or not isinstance(credentials, bool):
        return None
    rest: Headers = ((ALLOW_CREDENTIALS, "true"),) if credentials else ()
    rest += ((EXPOSE_HEADERS, ", ".join(policy.expose_headers)),) if policy.expose_headers else ()
    named: Any = origins.exact if origins.is_exact else origins
    return ReadyAnswer(unnamed.headers, named, rest, None if policy.origin_tests else (), VARY_ORIGIN)


def judge_request(policy: EffectivePolicy, method: str, origin: str | None, standing: Reason) -> Verdict:
    """Judge an actual request (Fetch § 4.9, CORS check, and § 3.3.4).

    Args:
        policy: Of the request's method.
        method: The request's method.
        origin: The `Origin` header, or None.
        standing: What `judge_origin` said, or the callables after it.
    """
    if standing is not Reason.ALLOWED:
        return _SILENCE[standing]
    if not policy.permits_method(method):
        return Verdict(Reason.METHOD_NOT_ALLOWED, (), (VARY_ORIGIN,), method)
    headers, vary = _who(policy, origin)
    if headers and policy.expose_headers:
        headers = (*headers, (EXPOSE_HEADERS, ", ".join(policy.expose_headers)))
    return Verdict(standing, headers, vary)


def judge_credentials(policy: EffectivePolicy, origin: str | None, reason: Reason) -> Reason:
    """Judge the same for a script that sends credentials: without Allow-Credentials it reads nothing (Fetch § 4.9)."""
    if reason is Reason.ALLOWED and (origin is None or not policy.credentials_for(origin)):
        return Reason.CREDENTIALS_NOT_ALLOWED
    return reason


def judge_preflight(policies: UrlPolicies, asked: Preflight, standing: Reason) -> Verdict:
    """Judge a preflight (Fetch § 4.8, CORS-preflight fetch).

    Args:
        policies: Of the URL.
        asked: What the browser asks for.
        standing: What `judge_origin` said of the policy of the requested method, or the callables after it.
    """
    if standing is not Reason.ALLOWED:
        return Verdict(standing, (), (VARY_ORIGIN, VARY_METHOD) if policies.are_several else (VARY_ORIGIN,))
    policy = policies.of(asked.method)
    reason, culprit = _judge_asked(policies, policy, asked)
    headers, vary = _who(policy, asked.origin)
    is_method_refused = reason in (Reason.METHOD_NOT_ALLOWED, Reason.METHOD_NOT_ON_VIEW)
    if is_method_refused and asked.method in SAFELISTED_METHODS:
        # Browsers never look for these three in Allow-Methods (§ 4.8, step 7.5): only silence refuses them.
        headers, vary = (), (VARY_ORIGIN,)
    if policies.are_several or is_method_refused:
        vary = (*vary, VARY_METHOD)
    if headers:
        shared = policies.shared_with(asked.method)
        methods, names, max_age = shared.methods, policy.allow_headers, policy.preflight_max_age
        granted = policy.header_names
        if "*" in granted:
            names = _granted_names(policy, _requested_names(asked.headers))
            granted = frozenset(map(str.lower, names))
            vary = (*vary, VARY_HEADERS)
        if asked.method not in methods and not is_method_refused:
            methods = (*methods, asked.method)
        if oversteps(policies, asked.method, asked.origin, granted) is not None:
            max_age = 0
        is_shared = methods is shared.methods and names is policy.allow_headers and max_age == policy.preflight_max_age
        headers += shared.headers if is_shared else _granting(methods, names, max_age)
    return Verdict(reason, headers, vary, culprit)


def _granting(methods: tuple[str, ...], names: tuple[str, ...], max_age: int | None) -> Headers:
    """Return what an answer to a preflight says beside who: the lists that are not empty, and how long they hold."""
    values = (
        (ALLOW_METHODS, ", ".join(methods)),
        (ALLOW_HEADERS, ", ".join(names)),
        (MAX_AGE, "" if max_age is None else str(max_age)),
    )
    return tuple((name, value) for name, value in values if value)


def _who(policy: EffectivePolicy, origin: str | None) -> tuple[Headers, tuple[str, ...]]:
    """Return Allow-Origin and Allow-Credentials for an origin that is admitted, and what they vary on."""
    if policy.is_anonymous_for_all:
        return _ANYBODY, ()
    if origin is None:
        return (), (VARY_ORIGIN,)
    if policy.allow_credentials and policy.credentials_for(origin):
        return ((ALLOW_ORIGIN, origin), (ALLOW_CREDENTIALS, "true")), (VARY_ORIGIN,)
    return (_ANYBODY if policy.allow_all_origins else ((ALLOW_ORIGIN, origin),)), (VARY_ORIGIN,)


def _judge_asked(policies: UrlPolicies, policy: EffectivePolicy, asked: Preflight) -> tuple[Reason, str]:
    """Return whether the method and the headers asked for are allowed, and which is not."""
    method = asked.method
    is_named = method in policy.method_names or is_token(method)  # what a policy names is a token
    if len(method) > MAX_METHOD_BYTES or not is_named or not policy.permits_method(method):
        return Reason.METHOD_NOT_ALLOWED, method
    if not policies.has_method(method):
        return Reason.METHOD_NOT_ON_VIEW, method
    if _are_all_listed(policy, asked.headers):
        return Reason.ALLOWED, ""
    names = _requested_names(asked.headers)
    if names is None:
        return Reason.HEADER_NOT_ALLOWED, ""
    for name in names:
        if not (policy.permits_header(name) and (name in policy.header_names or is_token(name))):
            return Reason.HEADER_NOT_ALLOWED, name
    return Reason.ALLOWED, ""


def _are_all_listed(policy: EffectivePolicy, value: str) -> bool:
    """Whether `Access-Control-Request-Headers`, as browsers write it, names nothing but what the policy lists.

    Spares most preflights the long way, which reads what is written in any other manner.
    """
    names = value.split(",", MAX_REQUEST_HEADERS_NAMES - 1)  # the last of too many holds a comma, and is no name
    is_read = len(value) <= MAX_REQUEST_HEADERS_BYTES and "*" not in value
    return is_read and (not value or policy.header_names.issuperset(names))


def _requested_names(value: str) -> tuple[str, ...] | None:
    """Read `Access-Control-Request-Headers` into lower-case names; None where it is more than browsers send.

    Any order, case and spacing: browsers send a sorted lower-case list, proxies rewrite it. Names that
    scripts cannot set were not put there by one and are ignored.
    """
    if len(value) > MAX_REQUEST_HEADERS_BYTES:
        return None
    found = dict.fromkeys(byte_lowercase(name) for part in value.split(",") if (name := part.strip(" \t")))
    if len(found) > MAX_REQUEST_HEADERS_NAMES:
        return None
    return tuple(name for name in found if not is_forbidden_request_header(name))


def _granted_names(policy: EffectivePolicy, names: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the names for Allow-Headers under `*`, which is never sent: those asked for, and those listed."""
    listed = (name for name in policy.allow_headers if name != "*")
    asked = (name for name in names or () if is_token(name) and policy.permits_header(name))
    return tuple({name.lower(): name for name in (*asked, *listed)}.values())


def oversteps(policies: UrlPolicies, method: str, origin: str, granted: frozenset[str]) -> str | None:
    """Return a method that a cached copy of this answer would open against its own policy, or None.

    A browser keeps the header names of an answer for the URL, not for the method (§ 4.9.1, CORS-preflight
    cache). A name granted to one method is then sent with any other whose own check is passed: GET, HEAD and
    POST always pass it, the rest when a preflight of theirs was cached before. Where that oversteps, the
    answer must not be kept.

    Args:
        policies: Of the URL.
        method: The requested method.
        origin: To whom the names are granted.
        granted: The names, in lower case.
    """
    at_risk = policies.shared_with(method).at_risk
    if not granted or not at_risk:
        return None
    credentials = policies.of(method).credentials_for(origin)
    for other in at_risk:
        its = policies.of(other)
        if other in SAFELISTED_METHODS:
            if not its.permits_method(other) or not _admits(its, origin, granted, credentials=credentials):
                return other
        elif not all(map(its.permits_header, granted)) and judge_origin(its, origin) in _MAY_BE_ADMITTED:
            return other
    return None


def _admits(policy: EffectivePolicy, origin: str, names: frozenset[str], *, credentials: bool) -> bool:
    return (
        judge_origin(policy, origin) is Reason.ALLOWED
        and (not credentials or policy.credentials_for(origin))
        and all(map(policy.permits_header, names))
    )


def stricter(first: Verdict, second: Verdict) -> Verdict:
    """Return the verdict on a request that two policies have to admit: nothing that either refuses.

    Needed where middleware below changed the method: the browser was answered under one policy, the view ran
    under another.
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


def for_private_network(headers: Headers) -> Headers:
    """Return headers with the answer to `Access-Control-Request-Private-Network: true` added; none to none.

    A dead browser feature, kept as django-cors-headers has it.
    """
    return (*headers, (ALLOW_PRIVATE_NETWORK, "true")) if headers else headers
