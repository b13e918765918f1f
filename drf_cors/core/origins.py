"""Origins: the grammar of a serialised origin, the patterns that admit them, and the matcher.

An origin arrives as the browser serialised it (HTML Standard, "serialization of an origin"):

    origin   = "null" / "file://" / scheme "://" host [ ":" port ]
    scheme   = a-z *63( a-z / 0-9 / "+" / "-" / "." )
    host     = 1*( label "." ) [label]  up to 253 bytes / IPv4 / "[" IPv6 "]"
    label    = 1*63( a-z / 0-9 / "-" / "_" )
    port     = 1*5( 0-9 ), no leading zero, at most 65535, never the scheme's default

All of it is lower-case ASCII, 326 bytes at most. It is compared byte for byte and never normalised: what
differs is another origin. A *pattern* is what a policy lists: an origin, or one with `*.` before the host
(one or more labels), or `:*` for the port (any or none), or both.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from drf_cors.core.errors import Fault
from drf_cors.core.fetch import DEFAULT_PORTS

_EXAMPLE: Final = "write 'https://shop.example'"

#: scheme (64) + "://" (3) + host (253) + ":" (1) + port (5).
MAX_ORIGIN_BYTES: Final = 326
MAX_HOST_BYTES: Final = 253

#: Origins that stand for no site: sandboxed frames, `data:` pages, redirects across origins, local files.
OPAQUE_ORIGINS: Final = frozenset({"null", "file://"})

_LABEL = r"[a-z0-9_-]{1,63}"
_ORIGIN = re.compile(
    rf"""
    (?P<scheme> [a-z][a-z0-9+.-]{{0,63}} ) ://
    (?P<host> {_LABEL} (?: \.{_LABEL} )* \.? | \[ [0-9a-f:]{{2,39}} \] )
    (?: : (?P<port> 0 | [1-9][0-9]{{0,4}} ) )?
    """,
    re.VERBOSE | re.ASCII,
)
_PATTERN = re.compile(
    r"(?P<scheme>[^:/]*)://(?P<wildcard>\*\.)?(?P<host>\[[^]/]*\]|[^:/\[]*)(?::(?P<port>.*))?", re.DOTALL
)


class Origin(NamedTuple):
    """A tuple origin in its parts. `port` is "" where none is named; `host` keeps the brackets of IPv6."""

    scheme: str
    host: str
    port: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{':' + self.port if self.port else ''}"


def parse_origin(text: str) -> Origin | None:
    """Return the parts of a serialised tuple origin, or None where `text` is not one.

    `null` and `file://` have no parts; ask `OPAQUE_ORIGINS`. Bounded: longer input is refused unread.
    """
    if len(text) > MAX_ORIGIN_BYTES:
        return None
    match = _ORIGIN.fullmatch(text)
    if match is None:
        return None
    scheme, host, port = match.groups(default="")
    if len(host) > MAX_HOST_BYTES or not is_canonical_host(scheme, host):
        return None
    if port and (int(port) > 65535 or DEFAULT_PORTS.get(scheme) == int(port)):
        return None
    return Origin(scheme, host, port)


def is_canonical_host(scheme: str, host: str) -> bool:
    """Whether a host that fits the grammar is written the one way browsers write it.

    URL Standard, host parser: a host of a special scheme whose last label is a number is an IPv4 address (§
    3.5, "ends in a number checker") and is serialised as four decimal numbers; an IPv6 address is serialised
    compressed (§ 3.6).
    """
    if host.startswith("["):
        return host == canonical_ip(host)
    if scheme in DEFAULT_PORTS and _ends_in_a_number(host):
        return host == canonical_ip(host)
    return True


def _ends_in_a_number(host: str) -> bool:
    last = host.rstrip(".").rpartition(".")[2]
    return last.isdigit() or (last.startswith("0x") and re.fullmatch(r"0x[0-9a-f]*", last) is not None)


def canonical_ip(host: str) -> str | None:
    """Return an IP literal as browsers serialise it (IPv6 in brackets), or None where `host` is none.

    `str()` of an `ipaddress` object will not do: since Python 3.13 it prints IPv4-mapped addresses with dots,
    browsers do not.
    """
    try:
        if not host.startswith("["):
            return str(ipaddress.IPv4Address(host))
        number = int(ipaddress.IPv6Address(host[1:-1]))
    except ValueError:
        return None
    pieces = [f"{number >> shift & 0xFFFF:x}" for shift in range(112, -16, -16)]
    runs = re.finditer(r"\b0(?::0)+\b", ":".join(pieces))
    # max() keeps the first of equals, as § 3.6 asks.
    longest = max(runs, key=lambda run: len(run[0]), default=None)
    text = ":".join(pieces)
    if longest is not None:
        text = text[: longest.start()].removesuffix(":") + "::" + text[longest.end() :].removeprefix(":")
    return f"[{text}]"


@dataclass(frozen=True)
class OriginPattern:
    """What a policy lists: one origin, or many that share a suffix, or every port of a host, or both.

    Attributes:
        text: As written in the policy, and as published.
        scheme: Of every origin admitted.
        host: The host, or what follows `*.`; "" for the opaque origins.
        port: The port, "" for none, "*" for any or none.
        any_subdomain: Whether one or more labels must stand before `host`.
    """

    text: str
    scheme: str = field(default="", compare=False)
    host: str = field(default="", compare=False)
    port: str = field(default="", compare=False)
    any_subdomain: bool = field(default=False, compare=False)

    @property
    def is_exact(self) -> bool:
        """Whether it admits one origin only, the one it reads as."""
        return not self.any_subdomain and self.port != "*"

    def covers(self, other: OriginPattern) -> bool:
        """Whether every origin that `other` admits is admitted by this pattern."""
        if self.text == other.text:
            return True
        if not self.host or self.scheme != other.scheme or self.port not in ("*", other.port):
            return False
        if self.any_subdomain:
            below = other.host.endswith("." + self.host)
            return below or (other.any_subdomain and other.host == self.host)
        return not other.any_subdomain and other.host == self.host


def parse_pattern(field_name: str, value: object) -> OriginPattern | list[Fault]:
    """Read one item of a list of origins.

    Args:
        field_name: The field or setting that holds it, for the faults.
        value: Anything; only a string can be right.

    Returns:
        The pattern, or every fault of the value.
    """
    if not isinstance(value, str):
        return [Fault(field=field_name, value=value, reason="not-a-string", remedy="write 'https://shop.example'")]
    pattern = _parse_valid(value)
    if pattern is not None:
        return pattern
    # Beyond any list of origins somebody joined by mistake; not worth the time of a closer look.
    is_endless = len(value) > 8 * MAX_ORIGIN_BYTES
    reasons, right = (["origin-too-long"], _EXAMPLE) if is_endless else _diagnose(value)
    return [Fault(field=field_name, value=value, reason=reason, remedy=right) for reason in reasons]


def parse_valid(texts: Iterable[str]) -> list[OriginPattern]:
    """Return the patterns of texts that are known to be valid: a policy's."""
    return [pattern for text in texts if (pattern := _parse_valid(text)) is not None]


def _parse_valid(text: str) -> OriginPattern | None:
    if text in OPAQUE_ORIGINS:
        return OriginPattern(text)
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    scheme, host, port = match["scheme"], match["host"], match["port"]
    wildcard = match["wildcard"] is not None
    # With its wildcards filled in, a pattern must read as an origin; so the grammar stands in one place.
    sample = f"{scheme}://{'a.' if wildcard else ''}{host}" + (f":{port}" if port not in (None, "*") else "")
    if len(text) > MAX_ORIGIN_BYTES or parse_origin(sample) is None:
        return None
    if wildcard and ("." not in host.rstrip(".") or host.startswith("[") or _ends_in_a_number(host)):
        return None
    return OriginPattern(text, scheme, host, port or "", wildcard)


def _diagnose(text: str) -> tuple[list[str], str]:
    """Return every reason why `text` is no pattern, and the remedy: what was meant, if it can be told."""
    if text == "":
        return ["empty-string"], "leave it out"
    if text == "*":
        return ["star-alone"], "write allow_all_origins=True to admit every origin"
    if joined := _split_joined(text):
        return ["joined-origins"], f"write {', '.join(map(_meant, joined))}"
    reasons: list[str] = []
    right = "".join(text.split())
    if right != text:
        reasons.append("whitespace")
    if right == "":
        return reasons, _EXAMPLE
    opaque = re.fullmatch(r"(null|file://)([/?#].*)?", right, re.DOTALL | re.IGNORECASE)
    if opaque is not None:
        reasons += ["upper-case"] if opaque[1] != opaque[1].lower() else []
        reasons += ["trailing-slash" if opaque[2] == "/" else "path"] if opaque[2] else []
        return reasons, f"write {opaque[1].lower()!r}"
    scheme, host, port = _dissect(right, reasons)
    host = _diagnose_host(scheme, host, reasons)
    port = _diagnose_port(scheme, port, reasons)
    right = f"{scheme}://{host}" + (f":{port}" if port is not None else "")
    if "wildcard-single-label" in reasons:
        return reasons, "write a domain of your own, 'https://*.shop.example'"
    if "wildcard-misplaced" in reasons:
        return reasons, "write 'https://*.example.com' for its subdomains, 'http://localhost:*' for any port"
    if _parse_valid(right) is None:
        return reasons or ["origin-too-long"], _EXAMPLE
    return reasons, f"write {right!r}"


def _meant(text: str) -> str:
    return repr(text) if _parse_valid(text) is not None else _diagnose(text)[1].removeprefix("write ")


def _dissect(right: str, reasons: list[str]) -> tuple[str, str, str | None]:
    """Take scheme, host and port out of what somebody wrote; note what should not have been there."""
    if "://" not in right:
        reasons.append("missing-scheme")
        slip = re.match(r"(https?|wss?):/?", right, re.IGNORECASE)  # `https:/host`, `https:host`
        bare = right[slip.end() :] if slip else right.lstrip(":/")
        usual = "http" if bare.startswith(("localhost", "127.", "[::1]")) else "https"
        right = f"{slip[1] if slip else usual}://{bare}"
    scheme, _, rest = right.partition("://")
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    if len(authority) < len(rest):
        reasons.append("trailing-slash" if rest[len(authority) :] == "/" else "path")
    if "@" in authority:
        reasons.append("userinfo")
        authority = authority.rpartition("@")[2]
    if (scheme + authority) != _lower(scheme + authority):
        reasons.append("upper-case")
        scheme, authority = _lower(scheme), _lower(authority)
    parts = re.fullmatch(r"(?P<host>(?:\*\.)?\[[^]]*\]|[^:]*)(?::(?P<port>.*))?", authority, re.DOTALL)
    host, port = (parts["host"], parts["port"]) if parts else (authority, None)
    if not host.isascii():
        reasons.append("non-ascii-host")
        host = ascii_host(host)
    if not re.fullmatch(r"[a-z][a-z0-9+.-]{0,63}", scheme):
        reasons.append("wildcard-misplaced" if "*" in scheme else "invalid-scheme")
        scheme = "https"
    return scheme, host, port


def _diagnose_host(scheme: str, host: str, reasons: list[str]) -> str:
    wildcard = host.startswith("*.")
    base = host.removeprefix("*.")
    if "*" in base:
        reasons.append("wildcard-misplaced")
        return "*.example.com"
    ip = canonical_ip(base) or _legacy_ipv4(base)
    if wildcard and (ip is not None or base.startswith("[")):
        reasons.append("wildcard-misplaced")
        return base
    if ip is not None and ip != base:
        reasons.append("non-canonical-ip")
        return ip
    if wildcard and "." not in base.rstrip("."):
        reasons.append("wildcard-single-label")
    elif parse_origin(f"{scheme}://{base}") is None or (wildcard and _ends_in_a_number(base)):
        reasons.append("origin-too-long" if len(base) > MAX_HOST_BYTES else "invalid-host")
    return host


def _diagnose_port(scheme: str, port: str | None, reasons: list[str]) -> str | None:
    if port is None or port == "*":
        return port
    if port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535:
        if int(port) == DEFAULT_PORTS.get(scheme):
            reasons.append("default-port")
            return None
        if port != str(int(port)):
            reasons.append("invalid-port")
        return str(int(port))
    reasons.append("wildcard-misplaced" if "*" in port else "invalid-port")
    return None


def _legacy_ipv4(host: str) -> str | None:
    """Return the canonical form of an IPv4 address whose numbers have leading zeros, as people write them."""
    numbers = host.split(".")
    if len(numbers) != 4 or not all(re.fullmatch(r"0{0,9}[0-9]{1,3}", number) for number in numbers):
        return None
    return canonical_ip(".".join(str(int(number)) for number in numbers))


def _split_joined(text: str) -> list[str]:
    """Split what looks like several origins in one string: a lost comma, or a list kept in one setting."""
    for between in (r"[\s,;]+", r"(?<=.)(?=(?:https?|capacitor|ionic|file)://)"):
        parts = [part for part in re.split(between, text) if part]
        if len(parts) > 1 and all("://" in part for part in parts):
            return parts
    return []


def ascii_host(host: str) -> str:
    """Return the Punycode form of a host, to be shown as a suggestion.

    The standard library's `idna` codec is IDNA 2003 and turns `ß` into `ss`; browsers process names by UTS
    46, non-transitional. For names people really write that is: compatibility composition, lower case, and
    RFC 3492, which the library does have. Nothing is compared with the result.
    """
    text = unicodedata.normalize("NFKC", _lower(unicodedata.normalize("NFKC", host)))
    text = text.translate(dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF)))  # invisible characters are ignored
    labels = re.split("[.\u3002\uff0e\uff61]", text)
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii") for label in labels)


def _lower(text: str) -> str:
    """Lower letter by letter: `str.lower()` knows the final sigma, UTS 46 does not."""
    return "".join(map(str.lower, text))


class OriginMatcher:
    """Whether an origin is admitted by any of the patterns or regular expressions it was built from.

    The answer for a union of patterns is the union of the answers. Cost: one set look-up for an exact origin,
    then one per label of the origin's host; it does not grow with the number of patterns. Regular expressions
    are tried last, in their order.

    Args:
        patterns: What `parse_pattern` returned.
        regexes: Must match the whole origin; never asked about an opaque or malformed one.
    """

    __slots__ = ("_any_port", "_exact", "_regexes", "_subdomains", "_subdomains_any_port")

    def __init__(self, patterns: Iterable[OriginPattern], regexes: Iterable[re.Pattern[str]] = ()) -> None:
        exact, any_port, subdomains, subdomains_any_port = set(), set(), set(), set()
        for pattern in patterns:
            if pattern.is_exact:
                exact.add(pattern.text)
            elif not pattern.any_subdomain:
                any_port.add((pattern.scheme, pattern.host))
            elif pattern.port == "*":
                subdomains_any_port.add((pattern.scheme, pattern.host))
            else:
                subdomains.add((pattern.scheme, pattern.host, pattern.port))
        self._exact = frozenset(exact)
        self._any_port = frozenset(any_port)
        self._subdomains = frozenset(subdomains)
        self._subdomains_any_port = frozenset(subdomains_any_port)
        self._regexes = tuple(regexes)

    @property
    def exact(self) -> frozenset[str]:
        """The origins that are admitted by name."""
        return self._exact

    @property
    def is_exact(self) -> bool:
        """Whether there are no others."""
        return not (self._any_port or self._subdomains or self._subdomains_any_port or self._regexes)

    def __contains__(self, text: str) -> bool:
        # Only valid origins were let into the set, so what is found there needs no grammar check.
        if text in self._exact:
            return True
        if self.is_exact:
            return False
        origin = parse_origin(text)
        if origin is None:
            return False
        scheme, host, port = origin
        if (scheme, host) in self._any_port:
            return True
        if (self._subdomains or self._subdomains_any_port) and not host.startswith("["):
            dot = host.find(".")
            while dot != -1:
                suffix = host[dot + 1 :]
                if (scheme, suffix, port) in self._subdomains or (
                    scheme,
                    suffix,
                ) in self._subdomains_any_port:
                    return True
                dot = host.find(".", dot + 1)
        return any(regex.fullmatch(text) for regex in self._regexes)
