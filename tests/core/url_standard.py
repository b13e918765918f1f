"""What a browser makes of a URL's origin, written from the URL Standard: the oracle for the grammar of origins.

Nothing of the library is used. Names are turned to ASCII by the `idna` package's table of UTS 46.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

import idna

PORTS: Final = {"ftp": 21, "http": 80, "https": 443, "ws": 80, "wss": 443}
#: § 3.1, "forbidden host code point".
FORBIDDEN: Final = frozenset("\x00\t\n\r #/:<>?@[\\]^|")


def serialised(url: str) -> str | None:
    """Return the origin of `scheme://host[:port]` as a browser serialises it, or None where it cannot be parsed."""
    found = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*)://(\[[^]]*\]|[^:]*)(?::([0-9]*))?", url, re.DOTALL)
    if found is None:
        return None
    scheme, host, port = found[1].lower(), _host(found[1].lower(), found[2]), found[3] or ""
    if host is None or (scheme in PORTS and not host) or (port and (not host or int(port) > 65535)):
        return None
    shown = "" if not port or int(port) == PORTS.get(scheme) else f":{int(port)}"
    return f"{scheme}://{host}{shown}"


def _host(scheme: str, text: str) -> str | None:
    """§ 3.5, "host parser"."""
    if text.startswith("["):
        return _ipv6(text[1:-1])
    if scheme not in PORTS:
        if FORBIDDEN & set(text):
            return None
        return "".join(char if "\x20" <= char <= "\x7e" else _percent(char) for char in text)
    host = ".".join(map(_label, text.lower().split(".")))
    if FORBIDDEN & set(host) or re.search(r"[\x00-\x20%\x7f]", host):
        return None
    last = host.removesuffix(".").rpartition(".")[2]
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last):
        return _ipv4(host.removesuffix("."))
    return host


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))


def _label(label: str) -> str:
    """§ 3.3, "domain to ASCII", for a label in lower case; what is not valid has a forbidden character in its place."""
    if not label.isascii():
        return "xn--" + idna.uts46_remap(label, std3_rules=False).encode("punycode").decode("ascii")
    if not label.startswith("xn--"):
        return label
    try:
        text = label[4:].encode("ascii").decode("punycode")
        is_valid = not text.isascii() and idna.uts46_remap(text, std3_rules=False) == text
    except (UnicodeError, ValueError, OverflowError, idna.IDNAError):
        is_valid = False
    return label if is_valid else "<"


def _ipv4(host: str) -> str | None:
    """§ 3.5, "IPv4 parser"."""
    numbers = [_number(part) for part in host.split(".")]
    if len(numbers) > 4 or None in numbers:
        return None
    *first, last = [number for number in numbers if number is not None]
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    return str(ipaddress.IPv4Address(last + sum(number << (8 * (3 - place)) for place, number in enumerate(first))))


def _number(part: str) -> int | None:
    base = 16 if part.startswith("0x") else 8 if len(part) > 1 and part.startswith("0") else 10
    try:
        return int(part.removeprefix("0x") or ("0" if base == 16 else part), base)
    except ValueError:
        return None


def _ipv6(text: str) -> str | None:
    """§ 3.6, "IPv6 serializer"."""
    try:
        number = int(ipaddress.IPv6Address(text))
    except ValueError:
        return None
    pieces = [number >> shift & 0xFFFF for shift in range(112, -16, -16)]
    runs = [(start, end) for start in range(8) for end in range(start + 2, 9) if not any(pieces[start:end])]
    written = [f"{piece:x}" for piece in pieces]
    if not runs:
        return f"[{':'.join(written)}]"
    start, end = max(runs, key=lambda run: run[1] - run[0])
    return f"[{':'.join(written[:start])}::{':'.join(written[end:])}]"
