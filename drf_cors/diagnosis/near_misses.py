"""What somebody may have meant: which allowed origin, and the part in which it differs; which regular expression."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from drf_cors.core.origins import parse_valid
from drf_cors.core.verdict import Reason, judge_origin
from drf_cors.explain.public_suffixes import LOCAL_HOSTS

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy
    from drf_cors.core.origins import Origin, OriginPattern

#: How alike two hosts must be for one to be taken for a slip of the other.
_ALIKE: Final = 0.75


def nearest(given: Origin, policy: EffectivePolicy) -> tuple[str, tuple[str, ...]] | None:
    """Return the origin or pattern that is most like an origin, and the parts in which they differ; None for none.

    Args:
        given: The origin, which the policy does not admit.
        policy: Whose lists are looked through.
    """
    patterns = [pattern for pattern in parse_valid(policy.allowed_origins) if pattern.host]
    found = [(pattern.text, parts) for pattern in patterns if (parts := _differing(given, pattern))]
    # What a regular expression admits is told by asking it.
    found += [pair for pair in _variants(given) if judge_origin(policy, pair[0]) is Reason.ALLOWED]
    # Other libraries are content where the beginning matches.
    found += [(regex.pattern, ("rest",)) for regex in policy.allowed_origin_regexes if regex.match(str(given))]
    fewest = min((len(parts) for _, parts in found), default=0)
    close = [pair for pair in found if len(pair[1]) == fewest]
    return max(close, key=lambda pair: SequenceMatcher(None, str(given), pair[0]).ratio(), default=None)


def _variants(given: Origin) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the same origin with another scheme, without its port, with `www.` and without."""
    scheme = "http" if given.scheme == "https" else "https"
    host = given.host.removeprefix("www.") if given.host.startswith("www.") else f"www.{given.host}"
    yield str(given._replace(scheme=scheme)), ("scheme",)
    yield str(given._replace(host=host)), ("www",)
    if given.port:
        yield str(given._replace(port="")), ("port",)
        yield str(given._replace(scheme=scheme, port="")), ("scheme", "port")


def _differing(given: Origin, pattern: OriginPattern) -> tuple[str, ...]:
    """Return the parts in which an origin differs from a pattern; none where they have nothing in common."""
    parts = []
    if given.scheme != pattern.scheme:
        parts.append("scheme")
    if pattern.port not in ("*", given.port):
        parts.append("port")
    if pattern.any_subdomain and not given.host.endswith(f".{pattern.host}"):
        if given.host != pattern.host:
            return ()
        parts.append("wildcard")
    elif not pattern.any_subdomain and given.host != pattern.host:
        kind = _differing_hosts(given.host, pattern.host)
        if not kind:
            return ()
        parts.append(kind)
    return tuple(parts)


def _differing_hosts(given: str, host: str) -> str:
    if given.removeprefix("www.") == host.removeprefix("www."):
        return "www"
    if {given, host} <= LOCAL_HOSTS:
        return "loopback"
    labels, others = given.split("."), host.split(".")
    # Label by label: a common domain makes any two hosts alike.
    pairs = list(zip(labels, others, strict=True)) if len(labels) == len(others) else [(given, host)]
    return "host" if all(SequenceMatcher(None, *pair).ratio() >= _ALIKE for pair in pairs) else ""


def with_slash(regex: str) -> str:
    """Return a regular expression for paths, written without their leading slash, with it."""
    anchored = re.sub(r"(?<![\\\[])\^|\\A", "^/", regex)
    if anchored != regex:
        return anchored
    return f"^/(?:{regex})" if "|" in regex else f"^/{regex}"


def covers(regex: str, path: str) -> bool:
    """Whether a regular expression can be read, without a warning, and covers a path."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Python 3.10 only warns of flags that do not stand first
        try:
            return re.match(regex, path) is not None
        except (re.error, DeprecationWarning):
            return False


def raw(regex: str) -> str:
    """Return a regular expression as one writes it in Python."""
    is_plain = regex.isprintable() and not regex.endswith("\\") and "'" not in regex
    return f"r'{regex}'" if is_plain else repr(regex)
