"""Why browsers may not cache the response to a preflight.

Another method of the URL has a stricter policy. The verdict engine decides it for one origin at a
time (`leaks_to_method`). This module tries an origin of each kind that a policy lists.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

from drf_cors.core.cache_safety import leaks_to_method
from drf_cors.core.fetch import SAFELISTED_METHODS
from drf_cors.core.origins import OPAQUE_ORIGINS, Origin, OriginPattern, parse_valid
from drf_cors.core.verdict import Reason, judge_origin
from drf_cors.one_pass import once_per_pass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.url_policies import UrlPolicies

#: An origin that no list has, for policies that allow it by `allow_all_origins`, regular expression
#: or callable.
STRANGER: Final = "https://any-origin.invalid"

#: A request header, for policies that allow any.
ANY_HEADER: Final = "x-any-header"

#: Origins of one list that are tried.
MAX_ORIGINS: Final = 50


class CacheConflict(NamedTuple):
    """Why the response to a preflight is not cached.

    Attributes:
        method: The other method of the URL.
        field: The field of its policy that differs.
        lacks: What the field lacks: names of headers, an origin, the method; "" where a callable
            decides.
    """

    method: str
    field: str
    lacks: str


@once_per_pass
def cache_conflict(policies: UrlPolicies, method: str) -> CacheConflict | None:
    """Return why browsers may not cache the preflight for a method; None where they may.

    None also where caching would be of no use: the policy allows nobody, or sets
    `preflight_max_age` to 0.
    """
    policy = policies.of(method)
    if policy.is_nobody or policy.preflight_max_age == 0 or not policy.permits_method(method):
        return None
    names = frozenset(ANY_HEADER if name == "*" else name for name in policy.header_names)
    for origin in origins_of(policy):
        other = leaks_to_method(policies, method, origin, names)
        if other is not None:
            is_get = other == "HEAD" and policies.have_same_policy("HEAD", "GET")
            named = "GET" if is_get else other
            return _conflict(policies.of(other), named, origin, policy, names)
    return None


def origins_of(policy: EffectivePolicy) -> Iterator[str]:
    """Yield an origin of each kind that a policy allows, or may allow."""
    if policy.allows_unlisted:
        yield STRANGER
    yield from map(_origin_of, parse_valid(policy.allowed_origins[:MAX_ORIGINS]))


def _origin_of(pattern: OriginPattern) -> str:
    """Return an origin that a pattern allows."""
    if pattern.text in OPAQUE_ORIGINS:
        return pattern.text
    host = f"any.{pattern.host}" if pattern.any_subdomain else pattern.host
    return str(Origin(pattern.scheme, host, pattern.port.removeprefix("*")))


def _conflict(
    policy: EffectivePolicy,
    method: str,
    origin: str,
    granting: EffectivePolicy,
    names: frozenset[str],
) -> CacheConflict:
    """Return what the policy of a method lacks of what a preflight for another method grants.

    Args:
        policy: Of the method.
        method: The method.
        origin: The origin that sends the preflight.
        granting: The policy of the other method.
        names: The request headers that it grants.
    """
    if method in SAFELISTED_METHODS:
        found = _safelisted_conflict(policy, method, origin, granting)
        if found is not None:
            return found
    lacking = sorted(itertools.filterfalse(policy.permits_header, names))
    shown = ["*" if name == ANY_HEADER else name for name in lacking]
    return CacheConflict(method, "allow_headers", ", ".join(shown))


def _safelisted_conflict(
    policy: EffectivePolicy, method: str, origin: str, granting: EffectivePolicy
) -> CacheConflict | None:
    """Return the same for a method that needs no permission of a preflight (Fetch § 2.2.1)."""
    if not policy.permits_method(method):
        return CacheConflict(method, "allow_methods", method)
    reason = judge_origin(policy, origin)
    if reason is Reason.DEPENDS:
        return CacheConflict(method, "is_origin_allowed", "")
    if reason is not Reason.ALLOWED:
        return CacheConflict(method, "allowed_origins", "" if origin == STRANGER else origin)
    if granting.credentials_for(origin) and not policy.credentials_for(origin):
        return CacheConflict(method, "allow_credentials", origin)
    return None


def describe_conflict(conflict: CacheConflict) -> str:
    """Return a conflict in words: `allow_headers of GET lacks x-csrftoken`."""
    method, field, lacks = conflict
    if field == "is_origin_allowed":
        return f"{field} of {method} decides at each request"
    return f"{field} of {method} lacks {lacks or 'most'}"
