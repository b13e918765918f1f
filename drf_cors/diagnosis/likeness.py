"""Which allowed origin somebody may have meant, and the part in which it differs."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from drf_cors.sites import LOCAL_HOSTS

if TYPE_CHECKING:
    from drf_cors.core.origins import Origin, OriginPattern

#: How alike two hosts must be for one to be taken for a slip of the other.
_ALIKE: Final = 0.75


def nearest(given: Origin, allowed: list[OriginPattern]) -> tuple[OriginPattern, tuple[str, ...]] | None:
    """Return the pattern that is most like an origin, and the parts in which they differ; None where none is.

    Args:
        given: The origin, which no pattern admits.
        allowed: The patterns.
    """
    found = [(pattern, parts) for pattern in allowed if pattern.host and (parts := _differing(given, pattern))]
    return min(found, key=lambda pair: len(pair[1]), default=None)


def _differing(given: Origin, pattern: OriginPattern) -> tuple[str, ...]:
    """Return the parts in which an origin differs from a pattern; none where they have nothing in common."""
    parts = []
    if given.scheme != pattern.scheme:
        parts.append("scheme")
    if pattern.any_subdomain and not given.host.endswith(f".{pattern.host}"):
        if given.host != pattern.host:
            return ()
        parts.append("wildcard")
    elif not pattern.any_subdomain and given.host != pattern.host:
        kind = _differing_hosts(given.host, pattern.host)
        if not kind:
            return ()
        parts.append(kind)
    if pattern.port not in ("*", given.port):
        parts.append("port")
    return tuple(parts)


def _differing_hosts(given: str, host: str) -> str:
    if given.removeprefix("www.") == host.removeprefix("www."):
        return "www"
    if {given, host} <= LOCAL_HOSTS:
        return "loopback"
    return "host" if SequenceMatcher(None, given, host).ratio() >= _ALIKE else ""
