"""Who may call, in a few words: for lists, descriptions and badges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_cors.core.verdict import Reason
from drf_cors.endpoint_list import ANY_METHOD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.endpoints import StaticPolicy
    from drf_cors.explain.preflight_caching import CacheConflict


def brief(static_policy: StaticPolicy, method: str) -> str:
    """Return who may call a method of an endpoint."""
    if static_policy.is_shadowed:
        return "never reached: another route is first"
    if not static_policy.is_governed:
        return "under no policy"
    if not static_policy.is_enabled:
        return "nobody"
    policy = static_policy.policy
    if method != ANY_METHOD and not policy.permits_method(method):
        return f"nobody: {method} is not in allow_methods"
    who = ", ".join(_admitted(static_policy, with_names=True))
    if policy.allow_credentials is True:
        return f"{who}, credentials"
    if policy.allow_credentials:
        return f"{who}, credentials from {len(policy.allow_credentials)}"
    return who


def line(static_policy: StaticPolicy, method: str, *, with_names: bool) -> str:
    """Return the same as one line for the description of an operation.

    Args:
        static_policy: What is known of the method.
        method: Upper-case.
        with_names: Whether it may name an origin.
    """
    if not _is_open(static_policy, method):
        return "CORS: no other origin."
    who = ", ".join(_admitted(static_policy, with_names=with_names))
    credentials = static_policy.policy.allow_credentials
    if credentials is True:
        return f"CORS: {who}, with credentials (cookies)."
    if credentials:
        return f"CORS: {who}, with credentials (cookies) from {len(credentials)} of them."
    return f"CORS: {who}."


def badge(static_policy: StaticPolicy, method: str) -> str:
    """Return the same in two or three words, without the name of any origin.

    Patterns count as origins. The same words are in `static/drf_cors/swagger-ui/words.js`.

    Args:
        static_policy: What is known of the method.
        method: Upper-case.
    """
    if not _is_open(static_policy, method):
        return "no CORS"
    policy = static_policy.policy
    if static_policy.is_dynamic:
        who = "dynamic"
    elif policy.allow_all_origins:
        who = "any origin"
    elif policy.allowed_origins:
        who = _counted(len(policy.allowed_origins) + len(policy.allowed_origin_regexes))
    else:
        who = "by pattern"  # one expression can match any number
    return f"{who} + cookies" if policy.allow_credentials else who


def _is_open(static_policy: StaticPolicy, method: str) -> bool:
    """Whether any other origin can read what a method answers."""
    return static_policy.is_enabled and static_policy.policy.permits_method(method)


def _admitted(static_policy: StaticPolicy, *, with_names: bool) -> Iterator[str]:
    policy = static_policy.policy
    if policy.allow_all_origins:
        yield "any origin"
        return
    if with_names and len(policy.allowed_origins) == 1:
        yield policy.allowed_origins[0]
    elif policy.allowed_origins:
        # A pattern counts as one: the list is what its author reads.
        yield _counted(len(policy.allowed_origins))
    if policy.allowed_origin_regexes:
        yield "by regular expression"
    if static_policy.is_dynamic:
        yield "decided per request"


def _counted(count: int) -> str:
    return "1 origin" if count == 1 else f"{count} origins"


def brief_for(static_policy: StaticPolicy, origin: str, reason: Reason) -> str:
    """Return what one origin may do with a method of an endpoint, given the verdict on it."""
    if reason is Reason.DEPENDS:
        return str(reason)
    if reason is not Reason.ALLOWED:
        return f"no: {reason}"
    if static_policy.policy.credentials_for(origin):
        return "yes, credentials"
    return "yes"


def brief_uncached(conflict: CacheConflict) -> str:
    """Return why a preflight's answer is not cached."""
    return f"not cached: {conflict.method} differs in {conflict.field}"
