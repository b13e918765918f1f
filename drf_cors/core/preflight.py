"""Preflights, which a browser sends before some requests (Fetch § 4.8, CORS-preflight fetch)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drf_cors.core.cache_safety import leaks_to_method
from drf_cors.core.fetch import (
    SAFELISTED_METHODS,
    byte_lowercase,
    is_forbidden_request_header,
    is_token,
)
from drf_cors.core.verdict import (
    ALLOW_HEADERS,
    ALLOW_METHODS,
    ALLOWED,
    MAX_AGE,
    VARY_HEADERS,
    VARY_METHOD,
    VARY_ORIGIN,
    Headers,
    Reason,
    Verdict,
    who_headers,
)

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.url_policies import UrlPolicies
    from drf_cors.core.verdict import CorsRequest

MAX_REQUEST_HEADERS_BYTES: Final = 4096
MAX_METHOD_BYTES: Final = 64
MAX_REQUEST_HEADERS_NAMES: Final = 128

_METHOD_REFUSED: Final = (Reason.METHOD_NOT_ALLOWED, Reason.METHOD_NOT_ON_VIEW)


@dataclass(frozen=True, kw_only=True)
class SharedPreflight:
    """What the responses to preflights for the methods with one policy have in common.

    Attributes:
        methods: The methods to name. A browser caches each for the URL (§ 4.8, step 7.16), so a
            method with another policy must not be among them.
        headers: Allow-Methods, Allow-Headers and Max-Age. They are complete if the policy names its
            headers, the requested method is among `methods`, and the response may be cached as long
            as the policy says.
    """

    methods: tuple[str, ...]
    headers: Headers


def shared_preflight(policies: UrlPolicies, method: str) -> SharedPreflight:
    """Return what the preflights for all methods with the policy of `method` have in common."""
    group = policies.group_of(method)
    found: SharedPreflight | None = policies.prepared_preflights.get(group)
    if found is None:
        found = policies.prepared_preflights[group] = _share(policies, method)
    return found


def _share(policies: UrlPolicies, method: str) -> SharedPreflight:
    policy = policies.of(method)
    listed = filter(policies.has_method, _listed_methods(policies, policy))
    methods = tuple(name for name in listed if policies.have_same_policy(name, method))
    headers = _list_headers(methods, policy.allow_headers, policy.preflight_max_age)
    return SharedPreflight(methods=methods, headers=headers)


def _listed_methods(policies: UrlPolicies, policy: EffectivePolicy) -> tuple[str, ...]:
    if "*" in policy.method_names:
        return tuple(policies.by_method)
    names = list(policy.allow_methods)
    if policies.has_own_head and "GET" in names and "HEAD" not in names:
        # HEAD counts as GET in `allow_methods`. A HEAD with its own handler is named beside GET.
        names.insert(names.index("GET") + 1, "HEAD")
    return tuple(names)


def judge_preflight(policies: UrlPolicies, request: CorsRequest, origin_reason: Reason) -> Verdict:
    """Judge a preflight.

    Args:
        policies: Of the URL.
        request: The preflight, with the method and the header names that it asks for.
        origin_reason: What `judge_origin` returned for the policy of the requested method; or, if
            that depends on callables, their answer.
    """
    vary: tuple[str, ...] = (VARY_ORIGIN,)
    if origin_reason is not ALLOWED:
        if policies.has_several_policies:
            vary = (VARY_ORIGIN, VARY_METHOD)
        return Verdict(origin_reason, (), vary)
    policy = policies.of(request.method)
    reason, culprit = _check_requested(policies, policy, request)
    headers, vary = who_headers(policy, request.origin)
    is_method_refused = reason in _METHOD_REFUSED
    if is_method_refused and request.method in SAFELISTED_METHODS:
        # Browsers never look for GET, HEAD and POST in Allow-Methods (§ 4.8, step 7.5). They refuse
        # these three only if there are no headers.
        headers, vary = (), (VARY_ORIGIN,)
    if policies.has_several_policies or is_method_refused:
        vary = (*vary, VARY_METHOD)
    if headers:
        if "*" in policy.header_names:
            vary = (*vary, VARY_HEADERS)
        headers += _preflight_headers(policies, policy, request, is_method_refused=is_method_refused)
    return Verdict(reason, headers, vary, culprit)


def _preflight_headers(
    policies: UrlPolicies, policy: EffectivePolicy, request: CorsRequest, *, is_method_refused: bool
) -> Headers:
    """Return Allow-Methods, Allow-Headers and Max-Age."""
    shared = shared_preflight(policies, request.method)
    methods, names, max_age = shared.methods, policy.allow_headers, policy.preflight_max_age
    granted = policy.header_names
    has_own_lists = False
    if "*" in granted:
        names = _echoed_names(policy, _requested_names(request.headers))
        granted = frozenset(map(str.lower, names))
        has_own_lists = True
    if request.method not in methods and not is_method_refused:
        methods = (*methods, request.method)
        has_own_lists = True
    origin = request.origin or ""
    if max_age != 0 and leaks_to_method(policies, request.method, origin, granted) is not None:
        max_age = 0
        has_own_lists = True
    if has_own_lists:
        return _list_headers(methods, names, max_age)
    return shared.headers


def _list_headers(methods: tuple[str, ...], names: tuple[str, ...], max_age: int | None) -> Headers:
    """Return the lists that are not empty, and how long a browser may cache them."""
    headers: list[tuple[str, str]] = []
    if methods:
        headers.append((ALLOW_METHODS, ", ".join(methods)))
    if names:
        headers.append((ALLOW_HEADERS, ", ".join(names)))
    if max_age is not None:
        headers.append((MAX_AGE, str(max_age)))
    return tuple(headers)


def _check_requested(policies: UrlPolicies, policy: EffectivePolicy, request: CorsRequest) -> tuple[Reason, str]:
    """Return whether the requested method and headers are allowed, and what is not allowed."""
    method = request.method
    is_valid = method in policy.method_names or is_token(method)  # what a policy names is a token
    if len(method) > MAX_METHOD_BYTES or not is_valid or not policy.permits_method(method):
        return Reason.METHOD_NOT_ALLOWED, method
    if not policies.has_method(method):
        return Reason.METHOD_NOT_ON_VIEW, method
    if _are_all_listed(policy, request.headers):
        return ALLOWED, ""
    names = _requested_names(request.headers)
    if names is None:
        return Reason.HEADER_NOT_ALLOWED, ""
    for name in names:
        if not policy.permits_header(name) or not (name in policy.header_names or is_token(name)):
            return Reason.HEADER_NOT_ALLOWED, name
    return ALLOWED, ""


def _are_all_listed(policy: EffectivePolicy, value: str) -> bool:
    """Whether the policy lists all names of `Access-Control-Request-Headers`.

    This compares the form that browsers send. `_requested_names` parses every other form.
    """
    if not value:
        return True
    if len(value) > MAX_REQUEST_HEADERS_BYTES or "*" in value:
        return False
    # If there are too many, the last one holds a comma, and is no name.
    names = value.split(",", MAX_REQUEST_HEADERS_NAMES - 1)
    return policy.header_names.issuperset(names)


def _requested_names(value: str) -> tuple[str, ...] | None:
    """Parse `Access-Control-Request-Headers` into lower-case names.

    Browsers send a sorted lower-case list. Proxies may change its order, case and spacing. Names
    that scripts cannot set are ignored, because they do not come from a script.

    Returns:
        None if it is longer, or has more names, than browsers send.
    """
    if len(value) > MAX_REQUEST_HEADERS_BYTES:
        return None
    found: dict[str, None] = {}
    for part in value.split(","):
        name = part.strip(" \t")
        if name:
            found[byte_lowercase(name)] = None
    if len(found) > MAX_REQUEST_HEADERS_NAMES:
        return None
    return tuple(name for name in found if not is_forbidden_request_header(name))


def _echoed_names(policy: EffectivePolicy, names: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the names to send instead of `*`: the requested names, and the listed ones."""
    listed = [name for name in policy.allow_headers if name != "*"]
    requested = [name for name in names or () if is_token(name) and policy.permits_header(name)]
    return tuple({name.lower(): name for name in (*requested, *listed)}.values())
