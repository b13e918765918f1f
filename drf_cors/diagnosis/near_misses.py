"""Find what was probably meant: the nearest allowed origin, the corrected expression."""

from __future__ import annotations

import re
import warnings
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, NamedTuple

from drf_cors.core.origins import parse_valid
from drf_cors.core.verdict import Reason, judge_origin
from drf_cors.explain.public_suffixes import LOCAL_HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.origins import Origin, OriginPattern

#: How alike two hosts must be for one to count as a misspelling of the other.
_ALIKE: Final = 0.75


class NearMiss(NamedTuple):
    """An allowed origin, pattern or expression, and the parts in which an origin differs."""

    pattern: str
    parts: tuple[str, ...]


def nearest(given: Origin, policy: EffectivePolicy) -> NearMiss | None:
    """Return the origin or pattern that is most like an origin; None where nothing is like it.

    Args:
        given: The origin, which the policy does not allow.
        policy: The policy whose lists are searched.
    """
    found = list(_near_misses(given, policy))
    if not found:
        return None
    fewest = min(len(near_miss.parts) for near_miss in found)
    close = [near_miss for near_miss in found if len(near_miss.parts) == fewest]

    def likeness(near_miss: NearMiss) -> float:
        return SequenceMatcher(None, str(given), near_miss.pattern).ratio()

    return max(close, key=likeness)


def _near_misses(given: Origin, policy: EffectivePolicy) -> Iterator[NearMiss]:
    for pattern in parse_valid(policy.allowed_origins):
        if not pattern.host:
            continue
        parts = _differing(given, pattern)
        if parts:
            yield NearMiss(pattern.text, parts)
    # Whether a regular expression matches a similar origin can only be tried.
    for near_miss in _variants(given):
        if judge_origin(policy, near_miss.pattern) is Reason.ALLOWED:
            yield near_miss
    yield from _near_regexes(given, policy)


def _near_regexes(given: Origin, policy: EffectivePolicy) -> Iterator[NearMiss]:
    """Yield the regular expressions that match a part of an origin."""
    text = str(given)
    host = text.partition("://")[2]
    for regex in policy.allowed_origin_regexes:
        # Other libraries accept an origin whose beginning matches.
        if regex.match(text):
            yield NearMiss(regex.pattern, ("rest",))
        elif regex.match(host):
            yield NearMiss(regex.pattern, ("no-scheme",))


def with_scheme(regex: str, scheme: str) -> str:
    """Return a regular expression for origins, written without their scheme, with it."""
    return f"{scheme}://{regex.removeprefix('^')}"


def _variants(given: Origin) -> Iterator[NearMiss]:
    """Yield the same origin with the other scheme, without its port, with `www.` and without."""
    scheme = "http" if given.scheme == "https" else "https"
    bare = given.host.removeprefix("www.")
    host = bare if bare != given.host else f"www.{given.host}"
    yield NearMiss(str(given._replace(scheme=scheme)), ("scheme",))
    yield NearMiss(str(given._replace(host=host)), ("www",))
    if given.port:
        yield NearMiss(str(given._replace(port="")), ("port",))
        yield NearMiss(str(given._replace(scheme=scheme, port="")), ("scheme", "port"))


def _differing(given: Origin, pattern: OriginPattern) -> tuple[str, ...]:
    """Return the parts in which an origin differs from a pattern.

    There are none where the two have nothing in common.
    """
    parts = []
    if given.scheme != pattern.scheme:
        parts.append("scheme")
    if pattern.port not in ("*", given.port):
        parts.append("port")
    if not _has_host(given, pattern):
        part = ""
        if not pattern.any_subdomain:
            part = _differing_hosts(given.host, pattern.host)
        elif given.host == pattern.host:
            part = "wildcard"
        if not part:
            return ()
        parts.append(part)
    return tuple(parts)


def _has_host(given: Origin, pattern: OriginPattern) -> bool:
    if pattern.any_subdomain:
        return given.host.endswith(f".{pattern.host}")
    return given.host == pattern.host


def _differing_hosts(given: str, host: str) -> str:
    """Return how two hosts differ, "" where they are not alike."""
    if given.removeprefix("www.") == host.removeprefix("www."):
        return "www"
    if {given, host} <= LOCAL_HOSTS:
        return "loopback"
    labels, others = given.split("."), host.split(".")
    if len(labels) != len(others):
        return "host" if _are_alike(given, host) else ""
    # Label by label: two hosts of one domain are always alike as a whole.
    for label, other in zip(labels, others, strict=True):
        if not _are_alike(label, other):
            return ""
    return "host"


def _are_alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other).ratio() >= _ALIKE


def with_slash(regex: str) -> str:
    """Return a regular expression for paths, written without their leading slash, with it."""
    anchored = re.sub(r"(?<![\\\[])\^|\\A", "^/", regex)
    if anchored != regex:
        return anchored
    if "|" in regex:
        return f"^/(?:{regex})"
    return f"^/{regex}"


def covers(regex: str, path: str) -> bool:
    """Whether a regular expression can be read, without a warning, and covers a path."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Python 3.10 only warns of flags that are not first
        try:
            return re.match(regex, path) is not None
        except (re.error, DeprecationWarning):
            return False
