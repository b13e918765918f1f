"""Faults of origins: why a text is neither an origin nor a pattern, and what was probably meant."""

from __future__ import annotations

import re
import string
import unicodedata
from typing import Final
from urllib.parse import quote

from drf_cors.core.errors import Fault
from drf_cors.core.fetch import DEFAULT_PORTS
from drf_cors.core.origins import (
    MAX_HOST_BYTES,
    MAX_ORIGIN_BYTES,
    NO_NAME,
    SCHEMES_WITHOUT_ORIGINS,
    SHARED_NAMES,
    SPECIAL_SCHEMES,
    OriginPattern,
    canonical_ip,
    is_ascii_label,
    is_custom_scheme,
    parse_origin,
    read_pattern,
)

_PRINTABLE: Final = string.punctuation + string.ascii_letters + string.digits
_EXAMPLE: Final = "write 'https://shop.example'"


def parse_pattern(field_name: str, value: object) -> OriginPattern | list[Fault]:
    """Read one item of a list of origins.

    Args:
        field_name: The field or setting that holds it, for the faults.
        value: Anything; only a string can be right.

    Returns:
        The pattern, or every fault of the value.
    """
    if not isinstance(value, str):
        return [Fault(field=field_name, value=value, reason="not-a-string", remedy=_EXAMPLE)]
    pattern = read_pattern(value)
    if pattern is not None:
        return pattern
    if len(value) > 8 * MAX_ORIGIN_BYTES:
        # Longer than any list joined by mistake: skip the detailed diagnosis.
        reasons, remedy = ["origin-too-long"], _EXAMPLE
    else:
        reasons, remedy = _diagnose(value)
    if field_name == "allow_credentials" and remedy.startswith("write allowed_origin_regexes="):
        # The list of origins with credentials cannot have regular expressions.
        regexes = remedy.removeprefix("write ")
        remedy = f"write allow_credentials=True, which is for every allowed origin, and {regexes}"
    return [Fault(field=field_name, value=value, reason=code, remedy=remedy) for code in reasons]


def _diagnose(text: str) -> tuple[list[str], str]:
    """Return every reason why `text` is no pattern, and the remedy."""
    if text == "":
        return ["empty-string"], "leave it out"
    if text == "*":
        return ["star-alone"], "write allow_all_origins=True to admit every origin"
    joined = _split_joined(text)
    if joined:
        return ["joined-origins"], f"write {', '.join(map(_meant, joined))}"
    reasons: list[str] = []
    right = "".join(text.split())
    if right != text:
        reasons.append("whitespace")
    if right == "":
        return reasons, _EXAMPLE
    opaque = re.fullmatch(r"(null|file://)([/?#].*)?", right, re.DOTALL | re.IGNORECASE)
    if opaque is not None:
        return [*reasons, *_opaque_reasons(opaque[1], opaque[2])], f"write {opaque[1].lower()!r}"
    if _is_without_origin(right):
        return [*reasons, "opaque-scheme"], "leave it out"
    scheme, host, port = _dissect(right, reasons)
    host = _diagnose_host(scheme, host, reasons)
    port = _diagnose_port(scheme, port, reasons)
    if host == "" and port is not None and "invalid-host" not in reasons:
        reasons.append("invalid-host")
    return reasons or ["origin-too-long"], _remedy(scheme, host, port, reasons)


def _opaque_reasons(origin: str, path: str | None) -> list[str]:
    """Return the reasons why an opaque origin, perhaps with a path behind it, is not valid."""
    reasons = _path_faults(path)
    if origin != origin.lower():
        reasons.insert(0, "upper-case")
    return reasons


_SINGLE_LABEL: Final = frozenset({"wildcard-single-label", "wildcard-no-name"})


def _remedy(scheme: str, host: str, port: str | None, reasons: list[str]) -> str:
    """Return the remedy for an origin whose parts were corrected as far as possible."""
    if scheme == "file":
        return "write 'file://'"
    if not _SINGLE_LABEL.isdisjoint(reasons):
        return "write a domain of your own, 'https://*.shop.example'"
    if "wildcard-shared-name" in reasons:
        return f"write a name of your own, '{scheme}://*.shop.{host.removeprefix('*.')}'"
    if "wildcard-misplaced" in reasons:
        if is_custom_scheme(scheme):
            return f"write allowed_origin_regexes=[{raw(_regex_of(scheme, host, port))}]"
        return "write 'https://*.example.com' for its subdomains, 'http://localhost:*' for any port"
    right = f"{scheme}://{host}"
    if port is not None:
        right += f":{port}"
    if read_pattern(right) is not None:
        return f"write {right!r}"
    return _EXAMPLE


def _meant(text: str) -> str:
    """Return the right form of one of several origins in a string."""
    if read_pattern(text) is not None:
        return repr(text)
    _, remedy = _diagnose(text)
    return remedy.removeprefix("write ")


def _is_without_origin(text: str) -> bool:
    """Whether a text is a URL whose page has no origin of its own."""
    scheme, _, rest = text.partition(":")
    scheme = scheme.lower()
    if scheme not in SCHEMES_WITHOUT_ORIGINS - {"file"}:
        return False
    if rest.startswith("//"):
        return True
    # `blob:` comes before an origin. `data:8080` may be a host and a port.
    return scheme != "blob" and rest != "" and not rest[0].isdigit()


#: Scheme of extensions -> a regular expression for its hosts. Hosts of other schemes may be any
#: text.
_CUSTOM_HOSTS: Final = {
    "chrome-extension": "[a-p]{32}",
    "moz-extension": "[0-9a-f-]{36}",
    "safari-web-extension": "[0-9A-F-]{36}",
}


def _regex_of(scheme: str, host: str, port: str | None) -> str:
    """Return a regular expression for an origin of a custom scheme with `*` in its host or port."""
    inside = "[^:/]+".join(map(re.escape, host.split("*")))
    if host == "*":
        inside = _CUSTOM_HOSTS.get(scheme, "[^:/]+")
    ports = {None: "", "*": r"(?::\d+)?"}
    return f"{re.sub('[+.]', _escaped, scheme)}://{inside}{ports.get(port, f':{port}')}"


def _escaped(char: re.Match[str]) -> str:
    return rf"\{char[0]}"


def raw(text: str) -> str:
    """Return a string as a raw string literal, where that is possible."""
    is_plain = text.isprintable() and not text.endswith("\\") and "'" not in text
    if is_plain:
        return f"r'{text}'"
    return repr(text)


def _dissect(right: str, reasons: list[str]) -> tuple[str, str, str | None]:
    """Return scheme, host and port of a text. Add the reasons why the rest is wrong."""
    if "://" not in right:
        reasons.append("missing-scheme")
        right = _with_scheme(right)
    scheme, _, rest = right.partition("://")
    authority = _authority_of(rest, reasons)
    is_custom = is_custom_scheme(_lower(scheme))
    lower = (_lower(scheme), authority)
    if not is_custom:
        lower = (_lower(scheme), _lower(authority))
    if (scheme, authority) != lower:
        reasons.append("upper-case")
        scheme, authority = lower
    host, port = _split_port(authority)
    if not host.isascii():
        host = _host_in_ascii(host, reasons, is_custom=is_custom)
    if scheme == "file":
        reasons.append("invalid-host")
    elif not is_custom and scheme not in SPECIAL_SCHEMES:
        reasons.append(_misplaced_or("invalid-scheme", scheme))
        scheme = "https"
    return scheme, host, port


def _split_port(authority: str) -> tuple[str, str | None]:
    host = authority.partition(":")[0]
    bracketed = re.match(r"(?:\*\.)?\[[^]]*\](?![^:])", authority)
    if bracketed is not None:
        host = bracketed[0]
    if host == authority:
        return host, None
    return host, authority[len(host) + 1 :]


def _host_in_ascii(host: str, reasons: list[str], *, is_custom: bool) -> str:
    if is_custom:
        reasons.append("invalid-host")
        # URL Standard § 3.5, "opaque-host parser": an opaque host is percent-encoded.
        return quote(host, safe=_PRINTABLE, errors="replace")
    reasons.append("non-ascii-host")
    return ascii_host(host)


def _misplaced_or(reason: str, text: str) -> str:
    if "*" in text:
        return "wildcard-misplaced"
    return reason


def _authority_of(rest: str, reasons: list[str]) -> str:
    """Return host and port of what follows `://`. Add the reasons why the rest is wrong."""
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    reasons += _path_faults(rest[len(authority) :])
    if "@" in authority:
        reasons.append("userinfo")
    return authority.rpartition("@")[2]


def _path_faults(path: str | None) -> list[str]:
    if not path:
        return []
    if path == "/":
        return ["trailing-slash"]
    return ["path"]


def _with_scheme(text: str) -> str:
    """Return a text without `://` as an origin: with the scheme that was probably meant."""
    slip = re.match(r"(https?|wss?):/?", text, re.IGNORECASE)  # `https:/host`, `https:host`
    if slip is not None:
        return f"{slip[1]}://{text[slip.end() :]}"
    bare = text.lstrip(":/")
    if bare.startswith(("localhost", "127.", "[::1]")):
        return f"http://{bare}"
    return f"https://{bare}"


def _diagnose_host(scheme: str, host: str, reasons: list[str]) -> str:
    """Return the host, corrected if possible. Add the reasons why it is wrong."""
    wildcard = host.startswith("*.")
    base = host.removeprefix("*.")
    is_custom = is_custom_scheme(scheme)
    if "*" in base:
        reasons.append("wildcard-misplaced")
        return host
    ip = _ip_of(base, is_custom=is_custom)
    if wildcard and (ip is not None or base.startswith("[")):
        reasons.append("wildcard-misplaced")
        return host
    if ip is not None and ip != base:
        reasons.append("non-canonical-ip")
        return ip
    if "invalid-host" in reasons:
        return host
    if wildcard and read_pattern(f"{scheme}://{host}") is None:
        reasons.append(_wildcard_fault(scheme, base))
    elif parse_origin(f"{scheme}://{base}") is None:
        reasons.append(_host_fault(base))
    return host


def _ip_of(host: str, *, is_custom: bool) -> str | None:
    """Return the canonical form of an IP address, None for other hosts."""
    if is_custom and not host.startswith("["):
        return None
    ip = canonical_ip(host)
    if ip is None and not is_custom:
        return _legacy_ipv4(host)
    return ip


def _wildcard_fault(scheme: str, base: str) -> str:
    """Return the reason why `*.` cannot be before a host."""
    name = base.removesuffix(".")
    if len(base) > MAX_HOST_BYTES:
        return "origin-too-long"
    if is_custom_scheme(scheme):
        return "wildcard-misplaced"  # an opaque host has no labels
    if "." in name or name == "":
        return _host_fault(f"a.{base}")
    if name == NO_NAME:
        return "wildcard-no-name"
    if name in SHARED_NAMES:
        return "wildcard-shared-name"
    return "wildcard-single-label"


def _host_fault(host: str) -> str:
    """Return the reason why a host is invalid."""
    if len(host) > MAX_HOST_BYTES:
        return "origin-too-long"
    if all(map(is_ascii_label, host.split("."))):
        return "invalid-host"
    return "invalid-punycode"


def _diagnose_port(scheme: str, port: str | None, reasons: list[str]) -> str | None:
    """Return the port, corrected if possible, None for none. Add the reasons why it is wrong."""
    if port is None or port == "*":
        return port
    if re.fullmatch("0*[1-9][0-9]{0,4}", port) is None or len(port) > 5 or int(port) > 65535:
        reasons.append(_misplaced_or("invalid-port", port))
        return None
    number = int(port)
    if number == DEFAULT_PORTS.get(scheme):
        reasons.append("default-port")
        return None
    if port != str(number):
        reasons.append("invalid-port")
    return str(number)


def _legacy_ipv4(host: str) -> str | None:
    """Return the canonical form of an IPv4 address with leading zeros, None for other hosts."""
    numbers = host.split(".")
    if not all(re.fullmatch(r"0{0,9}[0-9]{1,3}", number) for number in numbers):
        return None
    return canonical_ip(".".join(str(int(number)) for number in numbers))


def _split_joined(text: str) -> list[str]:
    """Split a string of several origins: a comma is missing, or one setting holds a list."""
    for between in (
        r"[\s,;]+",
        r"(?<=.)(?=(?:https?|capacitor|ionic|tauri|file|(?:chrome|moz|safari-web)-extension)://)",
    ):
        parts = [part for part in re.split(between, text) if part]
        if len(parts) > 1 and all("://" in part for part in parts):
            return parts
    return []


#: Leaves out invisible characters: soft hyphen, zero width space, word joiner, byte order mark.
_INVISIBLE: Final = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))


def ascii_host(host: str) -> str:
    """Return the Punycode form of a host, to be shown as a suggestion. Nothing is compared with it.

    The standard library's `idna` codec is IDNA 2003 and turns `ß` into `ss`. Browsers process names
    by UTS 46, non-transitional. For usual names that is: compatibility composition, lower case, and
    RFC 3492, which the library has.
    """
    text = unicodedata.normalize("NFKC", _lower(unicodedata.normalize("NFKC", host)))
    text = text.translate(_INVISIBLE)
    return ".".join(map(_ascii_label, re.split("[.\u3002\uff0e\uff61]", text)))


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    return "xn--" + label.encode("punycode").decode("ascii")


def _lower(text: str) -> str:
    """Lower letter by letter: `str.lower()` has a rule for the final sigma, UTS 46 has none."""
    return "".join(map(str.lower, text))
