"""Origins: the grammar of a serialised origin, the patterns that admit them, and the matcher.

An origin arrives as the browser serialised it (HTML Standard, "serialization of an origin"):

    origin   = "null" / "file://" / special / custom
    special  = ( "http" / "https" / "ws" / "wss" / "ftp" ) "://" host [ ":" port ]
    custom   = scheme "://" [ opaque [ ":" port ] ]
    scheme   = a-z *63( a-z / 0-9 / "+" / "-" / "." )
    host     = label *( "." label ) [ "." ] up to 253 bytes / IPv4 / "[" IPv6 "]"
    label    = 1*63( a-z / 0-9 / "-" / "_" ); where it begins with "xn--", the Punycode of a name
    opaque   = 1*253( A-Z / a-z / 0-9 / one of !"$%&'()+,-.;=_`{}~ ) / "[" IPv6 "]"
    port     = 1 to 65535, no leading zero, never the scheme's default

All of it is ASCII, 326 bytes at most. Origins are compared byte for byte and never normalised: two
different strings are two different origins. Extensions and applications have schemes of their own.
The host of such a scheme is opaque (URL Standard § 3.5, "opaque-host parser"): its case matters,
and it may be any text. A *pattern* is an item of a policy's list: an origin, or one with `*.`
before the host (one or more labels), or with `:*` for the port (any or none), or with both.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from drf_cors.core.fetch import DEFAULT_PORTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: scheme (64) + "://" (3) + host (253) + ":" (1) + port (5).
MAX_ORIGIN_BYTES: Final = 326
MAX_HOST_BYTES: Final = 253

#: Origins of no site: of sandboxed frames, `data:` pages, redirects across origins, local files.
OPAQUE_ORIGINS: Final = frozenset({"null", "file://"})

#: Schemes whose pages have an opaque origin, or the origin of another page (URL Standard § 4.7,
#: "origin").
SCHEMES_WITHOUT_ORIGINS: Final = frozenset({"about", "blob", "data", "file", "javascript"})

#: Schemes whose hosts are domains and addresses (URL Standard § 4.2, "special scheme").
SPECIAL_SCHEMES: Final = frozenset(DEFAULT_PORTS) - {"file"}

#: Top-level names for one's own machine and tests (RFC 6761 § 6.3, § 6.2): nobody else has a site
#: there.
OWN_NAMES: Final = frozenset({"localhost", "test"})

#: The top-level name under which no site exists (RFC 6761 § 6.4).
NO_NAME: Final = "invalid"

#: Top-level names under which anybody may use a name without registering it: in a local network
#: (RFC 6762), as an onion service (RFC 7686), outside the DNS (RFC 9476), in a private network
#: (`internal`, reserved by ICANN).
SHARED_NAMES: Final = frozenset({"local", "onion", "alt", "internal"})

_LABEL = r"[a-z0-9_-]{1,63}"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*\.?"
_IPV6 = r"\[[0-9a-f:]{2,39}\]"
# TCP has no port 0, and Fetch § 2.9 blocks it: no page has it in its origin.
_PORT = r"(?::(?P<port>[1-9][0-9]{0,4}))?"
_SPECIAL_ORIGIN = re.compile(
    rf"(?P<scheme>{'|'.join(sorted(SPECIAL_SCHEMES))})://(?P<host>{_DOMAIN}|{_IPV6}){_PORT}",
    re.ASCII,
)
_NOT_CUSTOM = "|".join(sorted(SPECIAL_SCHEMES | SCHEMES_WITHOUT_ORIGINS))
_CUSTOM_SCHEME = rf"(?!(?:{_NOT_CUSTOM})(?![a-z0-9+.-]))[a-z][a-z0-9+.-]{{0,63}}"
# Printable characters that are no "forbidden host code point" (URL Standard § 3.1); browsers
# percent-encode all others. `*` is left out, because it is a wildcard in a policy.
_OPAQUE_HOST = r"""[!"$-)+-.0-9;=A-Z_`a-z{}~]+"""
# A host of no length has no port (URL Standard § 4.2, "cannot have a username/password/port").
_ANY_HOST = rf"{_OPAQUE_HOST}|{_IPV6}|(?!:)"
_CUSTOM_ORIGIN = re.compile(rf"(?P<scheme>{_CUSTOM_SCHEME})://(?P<host>{_ANY_HOST}){_PORT}", re.ASCII)
_LABELS = re.compile(_DOMAIN, re.ASCII)
_PATTERN = re.compile(
    r"(?P<scheme>[^:/]*)://(?P<wildcard>\*\.)?(?P<host>\[[^]/]*\]|[^:/\[]*)(?::(?P<port>.*))?",
    re.DOTALL,
)


class Origin(NamedTuple):
    """The parts of a tuple origin. `port` is "" for none; `host` includes the brackets of IPv6."""

    scheme: str
    host: str
    port: str

    def __str__(self) -> str:
        if not self.port:
            return f"{self.scheme}://{self.host}"
        return f"{self.scheme}://{self.host}:{self.port}"


def parse_origin(text: str) -> Origin | None:
    """Return the parts of a serialised tuple origin, or None where `text` is not one.

    `null` and `file://` have no parts: see `OPAQUE_ORIGINS`. Input that is too long is refused
    without parsing it.
    """
    if len(text) > MAX_ORIGIN_BYTES:
        return None
    match = _SPECIAL_ORIGIN.fullmatch(text) or _CUSTOM_ORIGIN.fullmatch(text)
    if match is None:
        return None
    scheme, host, port = match["scheme"], match["host"], match["port"] or ""
    if len(host) > MAX_HOST_BYTES or not is_canonical_host(scheme, host):
        return None
    if port and (int(port) > 65535 or DEFAULT_PORTS.get(scheme) == int(port)):
        return None
    return Origin(scheme, host, port)


def is_custom_scheme(scheme: str) -> bool:
    """Whether a scheme belongs to an extension or an application, so that its hosts are opaque."""
    return re.fullmatch(_CUSTOM_SCHEME, scheme, re.ASCII) is not None


def is_canonical_host(scheme: str, host: str) -> bool:
    """Whether a host that fits the grammar is written the one way browsers write it.

    URL Standard, host parser: a host of a special scheme whose last label is a number is an IPv4
    address (§ 3.5, "ends in a number checker") and is serialised as four decimal numbers; a label
    that begins with `xn--` has to be Punycode (§ 3.3, "domain to ASCII"); an IPv6 address is
    serialised compressed (§ 3.6).
    """
    if host.startswith("["):
        return host == canonical_ip(host)
    if scheme not in SPECIAL_SCHEMES:
        return True
    if ends_in_a_number(host):
        return host == canonical_ip(host)
    return "xn--" not in host or all(map(is_ascii_label, host.split(".")))


def is_ascii_label(label: str) -> bool:
    """Whether a label is no Punycode, or the Punycode of a label that is valid (UTS 46 § 4.1).

    Not checked: the rules for right-to-left text and for joiners, for which the standard library
    has no tables. Characters that its version of Unicode does not have are accepted.
    """
    if not label.startswith("xn--"):
        return True
    try:
        text = label[4:].encode("ascii").decode("punycode")
        if text.encode("punycode").decode("ascii") != label[4:]:
            return False
    except (UnicodeError, OverflowError, ValueError):
        return False
    # These two are valid although case folding changes them. Sigma composes with nothing.
    folded = text.translate({0xDF: 0x3C3, 0x3C2: 0x3C3})
    if text.isascii() or unicodedata.normalize("NFKC", folded.casefold()) != folded:
        return False
    if unicodedata.category(text[0]).startswith("M"):
        return False
    categories = map(unicodedata.category, text.translate(_NO_JOINERS))
    return _NEVER_VALID.isdisjoint(categories)


#: Categories of characters that UTS 46 disallows or ignores: control, format, private use,
#: surrogate, separators.
_NEVER_VALID: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"})
#: Leaves out the joiners, which are valid although they are format characters.
_NO_JOINERS: Final = {0x200C: None, 0x200D: None}

_HEX_NUMBER: Final = re.compile(r"0x[0-9a-f]*")


def ends_in_a_number(host: str) -> bool:
    """Whether the last label is a number (URL Standard § 3.5, "ends in a number checker")."""
    last = host.rstrip(".").rpartition(".")[2]
    return last.isdigit() or _HEX_NUMBER.fullmatch(last) is not None


def canonical_ip(host: str) -> str | None:
    """Return an IP literal as browsers serialise it, or None where `host` is none.

    `str()` of an `ipaddress` object differs: since Python 3.13 it prints IPv4-mapped addresses with
    dots, and browsers do not.
    """
    try:
        if not host.startswith("["):
            return str(ipaddress.IPv4Address(host))
        number = int(ipaddress.IPv6Address(host[1:-1]))
    except ValueError:
        return None
    text = ":".join(f"{number >> shift & 0xFFFF:x}" for shift in range(112, -16, -16))
    runs = re.finditer(r"\b0(?::0)+\b", text)
    # max() returns the first of equals, as § 3.6 requires.
    longest = max(runs, key=lambda run: len(run[0]), default=None)
    if longest is not None:
        before, after = text[: longest.start()], text[longest.end() :]
        text = f"{before.removesuffix(':')}::{after.removeprefix(':')}"
    return f"[{text}]"


@dataclass(frozen=True)
class OriginPattern:
    """An item of a policy's list: one origin, or several by a wildcard in host or port.

    Attributes:
        text: As written in the policy, and as published.
        scheme: Of every origin admitted.
        host: The host, or what follows `*.`; "" for the opaque origins.
        port: The port, "" for none, "*" for any or none.
        any_subdomain: Whether one or more labels must come before `host`.
    """

    text: str
    scheme: str = field(default="", compare=False)
    host: str = field(default="", compare=False)
    port: str = field(default="", compare=False)
    any_subdomain: bool = field(default=False, compare=False)

    @property
    def is_exact(self) -> bool:
        """Whether it admits one origin only, the one of the same text."""
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


def parse_valid(texts: Iterable[str]) -> list[OriginPattern]:
    """Return the patterns of texts that are known to be valid: those of a policy."""
    return [pattern for pattern in map(read_pattern, texts) if pattern is not None]


def read_pattern(text: str) -> OriginPattern | None:
    """Return the pattern for a text, or None where the text is no pattern."""
    if text in OPAQUE_ORIGINS:
        return OriginPattern(text)
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    scheme, host, port = match["scheme"], match["host"], match["port"]
    wildcard = match["wildcard"] is not None
    # With its wildcards filled in, a pattern must be an origin. So there is only one grammar.
    sample = f"{scheme}://{host}"
    if wildcard:
        sample = f"{scheme}://a.{host}"
    if port == "*":
        sample += ":1024"
    elif port is not None:
        sample += f":{port}"
    if parse_origin(sample) is None:
        return None
    if wildcard and not _has_subdomains(host):
        return None
    return OriginPattern(text, scheme, host, port or "", wildcard)


def _has_subdomains(host: str) -> bool:
    """Whether `*.` may be before a host: it has an owner, or is for one's own machine."""
    if _LABELS.fullmatch(host) is None or ends_in_a_number(host):
        return False
    name = host.removesuffix(".")
    return "." in name or name in OWN_NAMES


_NO_PATTERNS: Final[frozenset[Any]] = frozenset()


class OriginMatcher:
    """Whether an origin is admitted by any of some patterns and regular expressions.

    An origin is admitted if any pattern admits it. Cost: one look-up for an exact origin, then one
    for each label of the origin's host. It does not grow with the number of patterns. Regular
    expressions are tried last, in their order.

    Args:
        patterns: Valid patterns.
        regexes: Must match the whole origin. They are not tried for an opaque or malformed one.
    """

    __slots__ = ("_any_port", "_exact", "_regexes", "_subdomains", "_subdomains_any_port")

    def __init__(self, patterns: Iterable[OriginPattern], regexes: Iterable[re.Pattern[str]] = ()) -> None:
        exact: dict[str, None] = {}
        any_port, subdomains, subdomains_any_port = set(), set(), set()
        for pattern in patterns:
            if pattern.is_exact:
                exact[pattern.text] = None
            elif not pattern.any_subdomain:
                any_port.add((pattern.scheme, pattern.host))
            elif pattern.port == "*":
                subdomains_any_port.add((pattern.scheme, pattern.host))
            else:
                subdomains.add((pattern.scheme, pattern.host, pattern.port))
        # Most policies have one kind of pattern only. The empty sets are one object.
        # Since CPython 3.11, a dictionary of texts takes less memory than a set.
        self._exact: Collection[str] = exact or _NO_PATTERNS
        self._any_port = frozenset(any_port) or _NO_PATTERNS
        self._subdomains = frozenset(subdomains) or _NO_PATTERNS
        self._subdomains_any_port = frozenset(subdomains_any_port) or _NO_PATTERNS
        self._regexes = tuple(regexes)

    @property
    def exact(self) -> Collection[str]:
        """Origins listed exactly, without wildcards."""
        return self._exact

    @property
    def is_exact(self) -> bool:
        """Whether every entry is an exact origin."""
        has_wildcards = self._any_port or self._subdomains or self._subdomains_any_port
        return not (has_wildcards or self._regexes)

    def __contains__(self, text: str) -> bool:
        # This has only valid origins, so a text that is found there needs no grammar check.
        if text in self._exact:
            return True
        if self.is_exact:
            return False
        origin = parse_origin(text)
        if origin is None:
            return False
        if (origin.scheme, origin.host) in self._any_port or self._is_subdomain(origin):
            return True
        return any(regex.fullmatch(text) for regex in self._regexes)

    def _is_subdomain(self, origin: Origin) -> bool:
        """Whether a pattern with `*.` admits an origin."""
        scheme, host, port = origin
        if not _LABELS.fullmatch(host):
            return False
        dot = host.find(".")
        while dot != -1:
            suffix = host[dot + 1 :]
            if (scheme, suffix, port) in self._subdomains:
                return True
            if (scheme, suffix) in self._subdomains_any_port:
                return True
            dot = host.find(".", dot + 1)
        return False
