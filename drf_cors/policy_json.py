"""The policy of a method as a JSON object, for the schema and for the command.

Only plain JSON types are used. Members have the names of `x-amazon-apigateway-cors`, if it has
them. They are documented in `docs/reference/openapi.md`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from drf_cors.core.fields import POLICY_FIELDS

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.sources import Source
    from drf_cors.endpoints import StaticPolicy

#: The key in an operation.
KEY: Final = "x-cors-policy"

#: Member -> the kind of its value, from the table of fields.
_KINDS: Final = {member.name: member.kind for field in POLICY_FIELDS for member in field.json}

#: The members that list names of origins. A summary has counts instead.
_ORIGIN_LISTS: Final = tuple(name for name, kind in _KINDS.items() if kind == "origins")

_HOW: Final = tuple(field for field in POLICY_FIELDS if field.half == "how")

#: The members about how an allowed origin may call.
HOW_MEMBERS: Final = frozenset(member.name for field in _HOW for member in field.json)

#: Flags of a regular expression that change what it matches, by their letters in a regular
#: expression.
_FLAGS: Final = {
    "a": re.ASCII,
    "i": re.IGNORECASE,
    "m": re.MULTILINE,
    "s": re.DOTALL,
    "x": re.VERBOSE,
}


def policy_to_json(static_policy: StaticPolicy) -> dict[str, Any]:
    """Return the whole policy, names of origins included.

    If no other origin is allowed, all lists are empty, because nothing is allowed.
    """
    members = policy_fields_to_json(static_policy.policy, is_dynamic=static_policy.is_dynamic)
    if static_policy.is_enabled:
        return members
    return {name: _empty(name) for name in members}


def _empty(name: str) -> list[str] | bool | None:
    """Return the value of a member if no other origin is allowed."""
    if name == "enabled":
        return False
    if _KINDS[name] == "flag":
        return False
    if _KINDS[name] == "seconds":
        return None
    return []


def policy_fields_to_json(policy: EffectivePolicy, *, is_dynamic: bool) -> dict[str, Any]:
    """Return the fields of a policy, whether or not any origin is allowed.

    Args:
        policy: The policy.
        is_dynamic: Whether it depends on the request which origins are allowed.
    """
    credentials = policy.allow_credentials
    members: dict[str, Any] = {
        "enabled": True,
        **_origins_to_json(policy),
        "allowCredentials": credentials is True,
        "credentialedOrigins": [] if isinstance(credentials, bool) else list(credentials),
    }
    for field in _HOW:
        value = getattr(policy, field.name)
        if isinstance(value, tuple):
            value = list(value)
        for member in field.json:
            members[member.name] = value
    members["dynamic"] = is_dynamic
    return members


def _origins_to_json(policy: EffectivePolicy) -> dict[str, list[str]]:
    """Return the allowed origins. If any origin is allowed, the lists say no more."""
    if policy.allow_all_origins:
        return {"allowOrigins": ["*"], "allowOriginPatterns": [], "allowOriginRegexes": []}
    return {
        "allowOrigins": [origin for origin in policy.allowed_origins if "*" not in origin],
        "allowOriginPatterns": [origin for origin in policy.allowed_origins if "*" in origin],
        "allowOriginRegexes": list(map(_regex, policy.allowed_origin_regexes)),
    }


def policy_summary(static_policy: StaticPolicy) -> dict[str, Any]:
    """Return the policy without names of origins: the audience in one word, and counts."""
    members = policy_to_json(static_policy)
    lists = {name: members.pop(name) for name in _ORIGIN_LISTS}
    counts = {
        "exact": len([origin for origin in lists["allowOrigins"] if origin != "*"]),
        "patterns": len(lists["allowOriginPatterns"]),
        "regexes": len(lists["allowOriginRegexes"]),
        "credentialed": len(lists["credentialedOrigins"]),
    }
    return {
        "enabled": members.pop("enabled"),
        "origins": audience(static_policy),
        "originCounts": counts,
        **members,
    }


def audience(static_policy: StaticPolicy) -> str:
    """Return in one word who is allowed: `none`, `any`, `dynamic` or `listed`."""
    if not static_policy.is_enabled:
        return "none"
    if static_policy.is_dynamic:
        return "dynamic"
    if static_policy.policy.allow_all_origins:
        return "any"
    return "listed"


def policy_sources(static_policy: StaticPolicy) -> dict[str, str]:
    """Return where each part was declared: `settings.CORS_ALLOW_HEADERS`. The keys are members."""
    policy = static_policy.policy
    declared = policy.sources
    found = {
        "allowOrigins": str(_origins_source(policy)),
        "allowCredentials": str(declared["allow_credentials"]),
    }
    for field in _HOW:
        for member in field.json:
            found[member.name] = str(declared[field.name])
    if policy.allowed_origin_regexes:
        found["allowOriginRegexes"] = str(declared["allowed_origin_regexes"])
    if policy.origin_tests:
        found["dynamic"] = str(declared["is_origin_allowed"])
    return found


def _origins_source(policy: EffectivePolicy) -> Source:
    if policy.allowed_origins and not policy.allow_all_origins:
        return policy.sources["allowed_origins"]
    return policy.who_source


def _regex(regex: re.Pattern[str]) -> str:
    """Return a regular expression as text, with the flags of `re.compile(text, flags)` in it."""
    compile_flags = regex.flags & ~re.compile(regex.pattern).flags
    letters = "".join(letter for letter, flag in _FLAGS.items() if compile_flags & flag)
    if not letters:
        return regex.pattern
    return f"(?{letters}){regex.pattern}"
