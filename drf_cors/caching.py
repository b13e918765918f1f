"""Why the answer to a preflight must not be cached: which other method of the URL it would open, and by which field.

The verdict engine decides it for one origin at a time (`leaks_to_method`). Here it is asked about every kind of
origin that a policy lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from drf_cors.core.cache_safety import leaks_to_method
from drf_cors.core.fetch import SAFELISTED_METHODS
from drf_cors.core.origins import OPAQUE_ORIGINS, parse_valid
from drf_cors.core.verdict import Reason, judge_origin

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.url_policies import UrlPolicies

#: Some origin that no list names, for policies that admit by `allow_all_origins`, regular expression or callable.
STRANGER: Final = "https://any-origin.invalid"

#: Some request header, for policies that allow any.
ANY_HEADER: Final = "x-any-header"

#: Origins of one list that are asked about.
MAX_ORIGINS: Final = 50


class Obstacle(NamedTuple):
    """What stands in the way of caching.

    Attributes:
        method: The other method of the URL.
        field: The field of its policy that differs.
        lacks: What is missing there: names of headers, an origin, the method; "" where a callable decides.
    """

    method: str
    field: str
    lacks: str


def obstacle(policies: UrlPolicies, method: str) -> Obstacle | None:
    """Return why browsers are told not to cache the preflight for a method; None where they may.

    None too where nothing is lost: the policy admits nobody, or does not want to be cached.
    """
    policy = policies.of(method)
    if policy.is_nobody or policy.preflight_max_age == 0 or not policy.permits_method(method):
        return None
    names = frozenset(ANY_HEADER if name == "*" else name for name in policy.header_names)
    for origin in origins_of(policy):
        other = leaks_to_method(policies, method, origin, names)
        if other is not None:
            named = "GET" if other == "HEAD" and policies.have_same_policy("HEAD", "GET") else other
            return _obstacle(policies.of(other), named, origin, policy, names)
    return None


def origins_of(policy: EffectivePolicy) -> Iterator[str]:
    """Yield an origin of each kind that a policy admits, or may admit."""
    if policy.allow_all_origins or policy.allowed_origin_regexes or policy.origin_tests:
        yield STRANGER
    for pattern in parse_valid(policy.allowed_origins[:MAX_ORIGINS]):
        if pattern.text in OPAQUE_ORIGINS:
            yield pattern.text
        else:
            port = f":{pattern.port}" if pattern.port not in ("", "*") else ""
            yield f"{pattern.scheme}://{'any.' if pattern.any_subdomain else ''}{pattern.host}{port}"


def _obstacle(
    policy: EffectivePolicy, method: str, origin: str, granting: EffectivePolicy, names: frozenset[str]
) -> Obstacle:
    """Return in what the policy of a method falls short of what a preflight for another one grants."""
    if method in SAFELISTED_METHODS:
        if not policy.permits_method(method):
            return Obstacle(method, "allow_methods", method)
        standing = judge_origin(policy, origin)
        if standing is Reason.DEPENDS:
            return Obstacle(method, "is_origin_allowed", "")
        if standing is not Reason.ALLOWED:
            return Obstacle(method, "allowed_origins", "" if origin == STRANGER else origin)
        if granting.credentials_for(origin) and not policy.credentials_for(origin):
            return Obstacle(method, "allow_credentials", origin)
    lacking = sorted(name for name in names if not policy.permits_header(name))
    return Obstacle(method, "allow_headers", ", ".join("*" if name == ANY_HEADER else name for name in lacking))


def difference(obstacle: Obstacle) -> str:
    """Return an obstacle in words: `allow_headers of GET lacks x-csrftoken`."""
    method, field, lacks = obstacle
    if field == "is_origin_allowed":
        return f"{field} of {method} decides at each request"
    return f"{field} of {method} lacks {lacks or 'most'}"
