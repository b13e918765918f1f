"""Where a host is: on this machine, in a local network, or anywhere.

https://wicg.github.io/local-network-access/#ip-address-space-section
"""

from __future__ import annotations

import ipaddress
import socket
from enum import Enum
from typing import Final

from drf_cors.explain.public_suffixes import is_local


class AddressSpace(Enum):
    """Where a host is, as far as its name or literal says; the value is for people."""

    LOOPBACK = "a loopback address"
    LOCAL = "an address of a local network"
    PUBLIC = "a public address"
    UNKNOWN = "an unknown address"


#: Chromium treats `0.0.0.0` and `::` as this machine.
_LOOPBACK: Final = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "0.0.0.0/32", "::1/128", "::/128")))

_LOCAL: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
            *("169.254.0.0/16", "fe80::/10"),  # link-local: RFC 3927, RFC 4291
            *("100.64.0.0/10", "fc00::/7"),  # RFC 6598, RFC 4193
        ),
    )
)

#: Names in a local network: RFC 6762, RFC 8375, and `internal`, which ICANN reserved.
_LOCAL_NAMES: Final = (".local", ".home.arpa", ".internal")

#: Tests resolve these names as they like (RFC 6761 § 6.2).
_TEST_NAME: Final = ".test"


def address_space(host: str) -> AddressSpace:
    """Return where a host is.

    Names are not looked up. One that may be registered counts as public, one without a dot as
    unknown.

    Args:
        host: As in a URL: lower-case, IPv6 in brackets.
    """
    address = _address(host)
    if address is not None:
        return _space_of(address)
    name = host.removesuffix(".")
    if is_local(name):
        return AddressSpace.LOOPBACK
    if name.endswith(_LOCAL_NAMES):
        return AddressSpace.LOCAL
    if "." not in name or name.endswith(_TEST_NAME):
        return AddressSpace.UNKNOWN
    return AddressSpace.PUBLIC


def is_unspecified(host: str) -> bool:
    """Whether a host is `0.0.0.0` or `[::]`: where a server listens on all its addresses."""
    address = _address(host)
    return address is not None and address.is_unspecified


def is_local_literal(host: str) -> bool:
    """Whether a host is seen to be local without a look-up: an address, or a name of mDNS.

    Chromium sends these requests from https pages: they are no mixed content there.
    """
    is_evident = _address(host) is not None or host.removesuffix(".").endswith(".local")
    return is_evident and address_space(host) is AddressSpace.LOCAL


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a host is a literal of, None for a name."""
    try:
        if host.startswith("["):
            address = ipaddress.IPv6Address(host[1:-1])
            return address.ipv4_mapped or address
        # As browsers do, it reads `127.1` too (URL Standard, "IPv4 parser").
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _space_of(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> AddressSpace:
    if any(address in network for network in _LOOPBACK):
        return AddressSpace.LOOPBACK
    if any(address in network for network in _LOCAL):
        return AddressSpace.LOCAL
    return AddressSpace.PUBLIC
