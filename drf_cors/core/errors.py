"""Faults: what is wrong with a declared policy, and how to write it right.

Every reason why a declared policy can be invalid. A fault has its reason as a stable code; `WHY`
has the sentence for each code. One `CorsConfigurationError` holds all faults of a declaration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Reason code -> why a value is refused. The sentence follows the value's `repr`.
WHY: Final[Mapping[str, str]] = {
    # shapes
    "not-a-list": "is one string where a list of strings belongs",
    "wrong-type": "has the wrong type",
    "iterator": "can be read only once, and settings are read again",
    "not-a-string": "is not a string",
    "empty-string": "is empty",
    "unknown-field": "is not a field of CorsPolicy",
    "unknown-key": "is not a key of this setting",
    "unknown-choice": "is not one of the choices",
    "unknown-policy": "is not the name of a policy in settings.CORS_POLICIES",
    "inherited-misplaced": "cannot hold INHERITED",
    # declarations that have no effect
    "lost-argument": "is an argument of the view in the URLconf, so it has no effect",
    "lost-behind-wrapper": "is hidden by a wrapper, so what it declares has no effect",
    "lost-called-at-request": "ran for this URL, but the URL has another policy",
    "lost-called": "is called by another view, so what it declares has no effect",
    "lost-at-request": "is called or assigned during a request, so the policy has no effect",
    "lost-error-view": "answers where no route leads to a view, so what it declares has no effect",
    "lost-keyword": "is a keyword of as_view(), @action or Route(); what it declares has no effect",
    "lost-on-function": "is an attribute of a function, so what it declares has no effect",
    "lost-hook": "is a method, and nothing calls it, so what it declares has no effect",
    "lost-misspelt": "is under a name that nothing reads, so what it declares has no effect",
    "lost-annotation": "is an annotation and no value, so what it declares has no effect",
    "lost-no-handler": "handles no request, so what it declares has no effect",
    "lost-no-route": "is reached by no route, so what is declared for it has no effect",
    "lost-static": "is called without its class, so what the class declares has no effect",
    "lost-override": "overrides this policy, which has no effect",
    "lost-unreadable": "was raised while the view was searched for policies",
    "lost-second-name": "is the second name of a view on one route; Django finds the first",
    "lost-second-route": "is the route of an earlier pattern to the view; Django finds the first",
    "lost-place-unknown": "may be the view's own policy or an outer one; another is declared too",
    # origins
    "whitespace": "contains white space",
    "joined-origins": "holds two origins in one string; each needs quotes, and a comma between them",
    "star-alone": "is no origin",
    "missing-scheme": "has no scheme; an origin is a scheme, '://' and a host",
    "trailing-slash": "ends with a slash; an origin has no path",
    "path": "has a path; an origin ends after host and port",
    "userinfo": "names a user; an origin has none",
    "upper-case": "has upper-case letters; browsers send lower case, and we compare byte for byte",
    "non-ascii-host": "has a host that is not ASCII; browsers send its Punycode form",
    "default-port": "names its scheme's default port, which browsers leave out",
    "invalid-port": "has a port that no browser would send",
    "invalid-scheme": "has a scheme that is not one",
    "opaque-scheme": "has a scheme whose pages have no origin of their own; browsers send 'null'",
    "invalid-host": "has a host that no browser would send",
    "invalid-punycode": "has a label that begins with 'xn--' and is not the Punycode of a name",
    "non-canonical-ip": "has an IP address that browsers write in another way",
    "wildcard-misplaced": "has '*' where it means nothing",
    "wildcard-single-label": "would admit every site under a top-level domain",
    "wildcard-no-name": "would admit nobody; no site can have a name under 'invalid'",
    "wildcard-shared-name": "would admit every host under a name where anybody can have one",
    "origin-too-long": "is longer than any origin a browser sends",
    # regular expressions
    "invalid-regex": "does not compile",
    "bytes-regex": "is a pattern of bytes; origins are matched as text",
    # methods and headers
    "invalid-token": "is not a token of HTTP",
    "forbidden-method": "is a method that browsers refuse to send",
    "method-case": "never matches; browsers send this method in upper case",
    "forbidden-request-header": "is a request header that scripts cannot set",
    "forbidden-response-header": "is a response header that scripts can never read",
    "response-header": "is a response header of CORS; drf-cors sends it, scripts do not",
    "request-header": "is a request header; no response has it",
    "negative-max-age": "is negative",
    "max-age-too-large": "is more seconds than a cache can count",
    # combinations
    "any-origin-with-credentials": "would let every site on the web act with its visitors' cookies",
    "null-with-credentials": "is any sandboxed page or local file; they must not send credentials",
    "credentialed-origin-not-allowed": "may send credentials, but is not among the allowed origins",
    "expose-all-with-credentials": "does not mean 'all' where credentials are sent",
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with a declaration.

    Attributes:
        field: The field, or the setting, that holds the value: `allowed_origins`,
            `CORS_ALLOW_METHODS`.
        value: The value at fault; of a list, the one item.
        reason: A code of `WHY`.
        remedy: The right form, as an imperative: `write 'https://shop.example'`.
    """

    field: str
    value: object
    reason: str
    remedy: str

    def named(self, names: Mapping[str, str]) -> Fault:
        """Return the same fault with other names of fields, in the remedy too. Settings use this.

        Args:
            names: Field -> its name there; fields that are left out keep theirs.
        """

        def renamed(found: re.Match[str]) -> str:
            field = found[1]
            if field in names:
                return f"{names[field]} = "
            return found[0]

        remedy = re.sub(r"\b([a-z_]+)=", renamed, self.remedy)
        return replace(self, field=names.get(self.field, self.field), remedy=remedy)

    @property
    def why(self) -> str:
        """What is wrong, without the remedy: the field, its value, and the reason in words."""
        return f"{self.field}: {shown(self.value)} {WHY[self.reason]}"

    @property
    def advice(self) -> str:
        """The remedy with a capital letter, as the beginning of a sentence."""
        return self.remedy[:1].upper() + self.remedy[1:]

    def __str__(self) -> str:
        return f"{self.why}; {self.remedy}."


class Problems:
    """Collects the faults of one declaration, so that all of them are reported at once.

    Attributes:
        faults: The faults so far.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, field: str, value: object, reason: str, remedy: str) -> None:
        """Add a fault; the arguments are its attributes."""
        self.faults.append(Fault(field=field, value=value, reason=reason, remedy=remedy))


class CorsConfigurationError(ImproperlyConfigured):
    """A policy or a setting is wrong. It holds every fault at once.

    Args:
        faults: At least one.
        where: Where the declaration is, if that is known: `settings.CORS_POLICIES['partners']`.
    """

    def __init__(self, faults: Iterable[Fault], where: str = "CorsPolicy(...)") -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        self.where = where
        noun = "faults" if len(self.faults) > 1 else "fault"
        lines = [f"{len(self.faults)} {noun} in {where}:"]
        lines += [f"  - {fault}" for fault in self.faults]
        super().__init__("\n".join(lines))

    def at(self, where: str, names: Mapping[str, str] | None = None) -> CorsConfigurationError:
        """Return the same error for another place.

        Args:
            where: The declaration's place.
            names: Field -> its name there (a setting's name); fields that are left out keep theirs.
        """
        return CorsConfigurationError((fault.named(names or {}) for fault in self.faults), where)

    def __reduce__(self) -> tuple[type[CorsConfigurationError], tuple[tuple[Fault, ...], str]]:
        return type(self), (self.faults, self.where)


def shown(value: object, limit: int = 120) -> str:
    """Return `repr(value)`, cut to `limit` characters, for a message that people read.

    A `repr` that raises must not hide the fault.
    """
    text = _repr(value, limit)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def logged(value: object, limit: int = 120) -> str:
    """Return `repr(value)` for a log line: at most `limit` characters of printable ASCII."""
    return logged_text(_repr(value, limit), limit)


def logged_text(text: str, limit: int = 2000) -> str:
    """Return a text for a log line: printable ASCII, and at most `limit` characters after escaping.

    For texts with names of the project's code, which may be any Unicode. For what a client sent,
    see `logged`, which quotes it.
    """
    text = text[: limit + 1]
    if not (text.isascii() and text.isprintable()):
        text = _NOT_PLAIN.sub(_escaped, text)
    if len(text) <= limit:
        return text
    return text[: limit - 3] + "..."


def printable(line: str) -> str:
    """Return a line for a terminal: what is not printable is escaped, line breaks too.

    Terminals obey control characters. Other letters than those of ASCII are kept.
    """
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else _escape(char) for char in line)


#: Everything but printable ASCII. A line break would forge a log line. Terminals obey other control
#: characters. A handler that writes ASCII or Latin-1 fails on the rest.
_NOT_PLAIN: Final = re.compile(r"[^ -~]")


def _escaped(found: re.Match[str]) -> str:
    return _escape(found[0])


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _repr(value: object, limit: int) -> str:
    """Return `repr(value)`, or the name of its type where that raises."""
    if isinstance(value, str):
        value = value[: limit + 1]  # a client may send 64 kB
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - somebody else's __repr__ may raise anything
        return f"<{type(value).__name__}>"
