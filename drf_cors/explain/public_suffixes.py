"""The site of a host (HTML Standard, "site"), by the public suffix list. Cookies are sent by site.

A maintained library has the list. It is loaded at the first use; no request needs it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from drf_cors.core.origins import NO_NAME, OWN_NAMES, SHARED_NAMES, canonical_ip

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_local(host: str) -> bool:
    """Whether a host is the developer's own machine."""
    name = host.removesuffix(".")
    return name in LOCAL_HOSTS or name.endswith(".localhost")


def is_for_tests(host: str) -> bool:
    """Whether a host is under a name for tests (RFC 6761 § 6.2 to 6.4): nobody can register it."""
    return host.removesuffix(".").rpartition(".")[2] in {*OWN_NAMES, NO_NAME}


def is_anybodys(host: str) -> bool:
    """Whether anybody can have a name under a host: a public suffix, or without registration."""
    name = host.removesuffix(".")
    if name in SHARED_NAMES:
        return True
    return not is_for_tests(name) and suffixes().is_public(name)


def site_of(host: str) -> str:
    """Return the registrable domain of a host, or the host where it has none (HTML, "site")."""
    bare = host.rstrip(".")
    if canonical_ip(host):
        return host
    return suffixes().privatesuffix(bare) or bare


def is_same_site(first: tuple[str, str], second: tuple[str, str]) -> bool:
    """Whether two pairs of scheme and host are one site, so `SameSite` cookies are sent."""
    return first[0] == second[0] and site_of(first[1]) == site_of(second[1])


@functools.lru_cache(maxsize=1)
def suffixes() -> PublicSuffixList:
    """Return the list of public suffixes; loaded at the first call."""
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - few sites need its large file

    return PublicSuffixList()
