"""When a browser must not cache the response to a preflight: it would open another method.

A browser caches the header names of a response for the URL, not for the method (Fetch § 4.9.1,
CORS-preflight cache). If one method is granted a name, the browser sends it with any other method
that is allowed. GET, HEAD and POST always are (§ 4.8, step 7.5). Other methods are allowed if a
preflight for them is cached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drf_cors.core.fetch import SAFELISTED_METHODS
from drf_cors.core.verdict import Reason, judge_origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.url_policies import UrlPolicies

_MAY_BE_ALLOWED: Final = (Reason.ALLOWED, Reason.DEPENDS)


def affected_methods(policies: UrlPolicies, method: str) -> tuple[str, ...]:
    """Return the methods that a cached preflight for `method` may open against their policies."""
    group = policies.group_of(method)
    found = policies.affected_by_group.get(group)
    if found is None:
        cacheable = _cacheable_methods(policies)
        found = tuple(other for other in cacheable if _may_open(policies, other, method))
        policies.affected_by_group[group] = found
    return found


def _cacheable_methods(policies: UrlPolicies) -> Iterable[str]:
    """Return the methods that a cached preflight can open."""
    if policies.are_methods_known:
        return policies.by_method
    if policies.has_view:
        return SAFELISTED_METHODS
    return ()


def _may_open(policies: UrlPolicies, other: str, method: str) -> bool:
    policy = policies.of(other)
    is_safelisted = other in SAFELISTED_METHODS
    if is_safelisted and not policy.permits_method(other):
        return True
    is_cached = is_safelisted or (policy.permits_method(other) and policy.preflight_max_age != 0)
    return is_cached and not policies.have_same_policy(other, method)


def leaks_to_method(policies: UrlPolicies, method: str, origin: str, granted: frozenset[str]) -> str | None:
    """Return a method that a cached copy of a response would open against its own policy.

    If there is one, the response must not be cached.

    Args:
        policies: Of the URL.
        method: The requested method.
        origin: The origin that is allowed.
        granted: The header names that it is granted, in lower case.

    Returns:
        None if there is no such method.
    """
    affected = affected_methods(policies, method)
    if not granted or not affected:
        return None
    credentials = policies.of(method).credentials_for(origin)
    for other in affected:
        policy = policies.of(other)
        permits_names = all(map(policy.permits_header, granted))
        if other in SAFELISTED_METHODS:
            is_allowed = policy.permits_method(other) and _allows(policy, origin, credentials=credentials)
            if not is_allowed or not permits_names:
                return other
        elif not permits_names and judge_origin(policy, origin) in _MAY_BE_ALLOWED:
            return other
    return None


def _allows(policy: EffectivePolicy, origin: str, *, credentials: bool) -> bool:
    if judge_origin(policy, origin) is not Reason.ALLOWED:
        return False
    return not credentials or policy.credentials_for(origin)
