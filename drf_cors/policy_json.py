"""From what is known of a method to the JSON object that is published for it: `x-cors-policy`, and the command's.

Plain JSON types only. Names are those of `x-amazon-apigateway-cors` where it has them. The table of them stands
in `docs/reference/openapi.md`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.endpoints import Outlook

#: The key in an operation.
KEY: Final = "x-cors-policy"

_WITH_NAMES: Final = ("allowOrigins", "allowOriginPatterns", "allowOriginRegexes", "credentialedOrigins")

#: Flags of a regular expression that change what it matches, by the letter that stands for each inside one.
_FLAGS: Final = {"a": re.ASCII, "i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def full(outlook: Outlook) -> dict[str, Any]:
    """Return the whole policy, names of origins included.

    Where no other origin is allowed the lists are empty, whatever was declared: nothing is granted.
    """
    if not outlook.is_enabled:
        return {
            "enabled": False,
            "allowOrigins": [],
            "allowOriginPatterns": [],
            "allowOriginRegexes": [],
            "allowCredentials": False,
            "credentialedOrigins": [],
            "allowMethods": [],
            "allowHeaders": [],
            "exposeHeaders": [],
            "maxAge": None,
            "dynamic": False,
        }
    return listed(outlook.policy, is_dynamic=outlook.is_dynamic)


def listed(policy: EffectivePolicy, *, is_dynamic: bool) -> dict[str, Any]:
    """Return what a policy lists, whether or not any origin is allowed.

    Args:
        policy: The policy.
        is_dynamic: Whether only a request can decide.
    """
    credentials = policy.allow_credentials
    return {
        "enabled": True,
        "allowOrigins": ["*"] if policy.allow_all_origins else _exact(policy.allowed_origins),
        "allowOriginPatterns": [] if policy.allow_all_origins else _patterns(policy.allowed_origins),
        "allowOriginRegexes": (
            [] if policy.allow_all_origins else [_regex(regex) for regex in policy.allowed_origin_regexes]
        ),
        "allowCredentials": credentials is True,
        "credentialedOrigins": [] if isinstance(credentials, bool) else list(credentials),
        "allowMethods": list(policy.allow_methods),
        "allowHeaders": list(policy.allow_headers),
        "exposeHeaders": list(policy.expose_headers),
        "maxAge": policy.preflight_max_age,
        "dynamic": is_dynamic,
    }


def summary(outlook: Outlook) -> dict[str, Any]:
    """Return the policy without the name of any origin: who in one word, and how many."""
    whole = full(outlook)
    lists = {name: whole.pop(name) for name in _WITH_NAMES}
    is_any = lists["allowOrigins"] == ["*"]
    counts = {
        "exact": 0 if is_any else len(lists["allowOrigins"]),
        "patterns": len(lists["allowOriginPatterns"]),
        "regexes": len(lists["allowOriginRegexes"]),
        "credentialed": len(lists["credentialedOrigins"]),
    }
    return {"enabled": whole.pop("enabled"), "origins": kind(outlook), "originCounts": counts, **whole}


def kind(outlook: Outlook) -> str:
    """Return in one word who is allowed: `none`, `any`, `dynamic` or `listed`."""
    if not outlook.is_enabled:
        return "none"
    if outlook.is_dynamic:
        return "dynamic"
    return "any" if outlook.policy.allow_all_origins else "listed"


def sources(outlook: Outlook) -> dict[str, str]:
    """Return where each part was declared, by the names of `full`: `settings.CORS_ALLOW_HEADERS`."""
    policy = outlook.policy
    declared = policy.sources
    found = {
        "allowOrigins": _who(policy),
        "allowCredentials": str(declared["allow_credentials"]),
        "allowMethods": str(declared["allow_methods"]),
        "allowHeaders": str(declared["allow_headers"]),
        "exposeHeaders": str(declared["expose_headers"]),
        "maxAge": str(declared["preflight_max_age"]),
    }
    if policy.allowed_origin_regexes:
        found["allowOriginRegexes"] = str(declared["allowed_origin_regexes"])
    if policy.origin_tests:
        found["dynamic"] = str(declared["is_origin_allowed"])
    return found


def _who(policy: EffectivePolicy) -> str:
    if policy.allowed_origins and not policy.allow_all_origins:
        return str(policy.sources["allowed_origins"])
    return str(policy.who_source)


def _exact(origins: tuple[str, ...]) -> list[str]:
    return [origin for origin in origins if "*" not in origin]


def _patterns(origins: tuple[str, ...]) -> list[str]:
    return [origin for origin in origins if "*" in origin]


def _regex(regex: re.Pattern[str]) -> str:
    """Return a regular expression as text; flags that were given beside it stand in front."""
    beside = regex.flags & ~re.compile(regex.pattern).flags
    letters = "".join(letter for letter, flag in _FLAGS.items() if beside & flag)
    return f"(?{letters}){regex.pattern}" if letters else regex.pattern
