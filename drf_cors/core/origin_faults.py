"""Faults of origins: why a text is no origin and no pattern, and what was meant."""

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
        return [Fault(field=field_name, value=value, reason="not-a-string", remedy="write 'https://shop.example'")]
    pattern = read_pattern(value)
    if pattern is not None:
        return pattern
    # Beyond any list of origins somebody joined by mistake; not worth the time of a closer look.
    is_endless = len(value) > 8 * MAX_ORIGIN_BYTES
    reasons, right = (["origin-too-long"], _EXAMPLE) if is_endless else _diagnose(value)
    if field_name == "allow_credentials" and right.startswith("write allowed_origin_regexes="):
        # The list of those with credentials has no regular expressions.
        right = f"write allow_credentials=True, which is for every allowed origin, and {right.removeprefix('write ')}"
    return [Fault(field=field_name, value=value, reason=reason, remedy=right) for reason in reasons]


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
    if _is_without_origin(right):
        return [*reasons, "opaque-scheme"], "leave it out"
    scheme, host, port = _dissect(right, reasons)
    host = _diagnose_host(scheme, host, reasons)
    port = _diagnose_port(scheme, port, reasons)
    if host == "" and port is not None and "invalid-host" not in reasons:
        reasons.append("invalid-host")
    return reasons or ["origin-too-long"], _remedy(scheme, host, port, reasons)


_SINGLE_LABEL: Final = frozenset({"wildcard-single-label", "wildcard-no-name"})


def _remedy(scheme: str, host: str, port: str | None, reasons: list[str]) -> str:
    """Return the remedy for an origin whose parts were set right where they could be."""
    if scheme == "file":
        return "write 'file://'"
    if not _SINGLE_LABEL.isdisjoint(reasons):
        return "write a domain of your own, 'https://*.shop.example'"
    if "wildcard-shared-name" in reasons:
        return f"write a name of your own, '{scheme}://*.shop.{host.removeprefix('*.')}'"
    if "wildcard-misplaced" in reasons and is_custom_scheme(scheme):
        return f"write allowed_origin_regexes=[{_raw(_regex_of(scheme, host, port))}]"
    if "wildcard-misplaced" in reasons:
        return "write 'https://*.example.com' for its subdomains, 'http://localhost:*' for any port"
    right = f"{scheme}://{host}" + (f":{port}" if port is not None else "")
    return f"write {right!r}" if read_pattern(right) is not None else _EXAMPLE


def _meant(text: str) -> str:
    return repr(text) if read_pattern(text) is not None else _diagnose(text)[1].removeprefix("write ")


def _is_without_origin(text: str) -> bool:
    """Whether a text is a URL whose page has no origin of its own. `data:8080` may be a host and a port."""
    scheme, _, rest = text.partition(":")
    # What follows `blob:` is an origin.
    is_url = rest.startswith("//") or (scheme.lower() != "blob" and rest != "" and not rest[0].isdigit())
    return scheme.lower() in SCHEMES_WITHOUT_ORIGINS - {"file"} and is_url


#: The hosts of extensions, as the browser that made the scheme makes them. Others may be anything.
_CUSTOM_HOSTS: Final = {
    "chrome-extension": "[a-p]{32}",
    "moz-extension": "[0-9a-f-]{36}",
    "safari-web-extension": "[0-9A-F-]{36}",
}


def _regex_of(scheme: str, host: str, port: str | None) -> str:
    """Return a regular expression for what somebody wrote with stars: in the host, which is opaque, or the port."""
    any_host = _CUSTOM_HOSTS.get(scheme, "[^:/]+")
    inside = any_host if host == "*" else "[^:/]+".join(map(re.escape, host.split("*")))
    ports = {None: "", "*": r"(?::\d+)?"}
    return f"{re.sub('[+.]', _escaped, scheme)}://{inside}{ports.get(port, f':{port}')}"


def _escaped(char: re.Match[str]) -> str:
    return rf"\{char[0]}"


def _raw(text: str) -> str:
    """Return a string as one writes a regular expression in Python."""
    return f"r'{text}'" if text.isprintable() and "'" not in text else repr(text)


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
    is_custom = is_custom_scheme(_lower(scheme))
    lower = (_lower(scheme), authority if is_custom else _lower(authority))
    if (scheme, authority) != lower:
        reasons.append("upper-case")
        scheme, authority = lower
    parts = re.fullmatch(r"(?P<host>(?:\*\.)?\[[^]]*\]|[^:]*)(?::(?P<port>.*))?", authority, re.DOTALL)
    host, port = (parts["host"], parts["port"]) if parts else (authority, None)
    if not host.isascii():
        reasons.append("invalid-host" if is_custom else "non-ascii-host")
        # URL Standard § 3.5, "opaque-host parser": an opaque host is percent-encoded.
        host = quote(host, safe=_PRINTABLE, errors="replace") if is_custom else ascii_host(host)
    if scheme == "file":
        reasons.append("invalid-host")
    elif not is_custom and scheme not in SPECIAL_SCHEMES:
        reasons.append("wildcard-misplaced" if "*" in scheme else "invalid-scheme")
        scheme = "https"
    return scheme, host, port


def _diagnose_host(scheme: str, host: str, reasons: list[str]) -> str:
    wildcard = host.startswith("*.")
    base = host.removeprefix("*.")
    is_custom = is_custom_scheme(scheme)
    if "*" in base:
        reasons.append("wildcard-misplaced")
        return host
    ip = canonical_ip(base) if base.startswith("[") or not is_custom else None
    ip = ip or (None if is_custom else _legacy_ipv4(base))
    if wildcard and (ip is not None or base.startswith("[")):
        reasons.append("wildcard-misplaced")
        return host
    if ip is not None and ip != base:
        reasons.append("non-canonical-ip")
        return ip
    if wildcard and read_pattern(f"{scheme}://{host}") is None and "invalid-host" not in reasons:
        reasons.append(_wildcard_fault(scheme, base))
    elif parse_origin(f"{scheme}://{base}") is None and "invalid-host" not in reasons:
        reasons.append(_host_fault(base))
    return host


def _wildcard_fault(scheme: str, base: str) -> str:
    name = base.removesuffix(".")
    if len(base) > MAX_HOST_BYTES:
        return "origin-too-long"
    if is_custom_scheme(scheme):
        return "wildcard-misplaced"  # an opaque host has no labels
    if "." in name or name == "":
        return _host_fault(f"a.{base}")
    if name == NO_NAME:
        return "wildcard-no-name"
    return "wildcard-shared-name" if name in SHARED_NAMES else "wildcard-single-label"


def _host_fault(host: str) -> str:
    if len(host) > MAX_HOST_BYTES:
        return "origin-too-long"
    is_punycode = all(map(is_ascii_label, host.split(".")))
    return "invalid-host" if is_punycode else "invalid-punycode"


def _diagnose_port(scheme: str, port: str | None, reasons: list[str]) -> str | None:
    if port is None or port == "*":
        return port
    if port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535:
        if int(port) == 0:
            reasons.append("invalid-port")
            return None
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
    if not all(re.fullmatch(r"0{0,9}[0-9]{1,3}", number) for number in numbers):
        return None
    return canonical_ip(".".join(str(int(number)) for number in numbers))


def _split_joined(text: str) -> list[str]:
    """Split what looks like several origins in one string: a lost comma, or a list kept in one setting."""
    for between in (
        r"[\s,;]+",
        r"(?<=.)(?=(?:https?|capacitor|ionic|tauri|file|(?:chrome|moz|safari-web)-extension)://)",
    ):
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
