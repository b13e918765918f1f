"""CorsPolicy: what one layer of a site declares about who may call an endpoint, and how.

This file owns the fields of a policy and the rules a single declaration must keep. A policy that exists is
valid; nothing later checks it again, except for what only a merge can create (`drf_cors.core.merge`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict, cast

from drf_cors.core.errors import CorsConfigurationError, Fault, shown
from drf_cors.core.fetch import (
    CORS_RESPONSE_HEADERS,
    REQUEST_ONLY_HEADERS,
    byte_lowercase,
    is_forbidden_method,
    is_forbidden_request_header,
    is_forbidden_response_header,
    is_token,
    normalise_method,
)
from drf_cors.core.origin_faults import parse_pattern
from drf_cors.core.origins import OPAQUE_ORIGINS, OriginMatcher, OriginPattern, parse_valid

if TYPE_CHECKING:
    from django.http import HttpRequest
    from typing_extensions import Unpack


class Inherited(Enum):
    """The type of `INHERITED`."""

    INHERITED = "INHERITED"

    def __repr__(self) -> str:
        return "INHERITED"


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"


#: Inside a list: the list this one replaces. In `allowed_origins` it stands for everyone who was allowed
#: before.
INHERITED: Final = Inherited.INHERITED

#: The value of a field that a policy does not set. `None` is a value of its own (see `preflight_max_age`).
UNSET: Final = Unset.UNSET

IsUnset: TypeAlias = Literal[Unset.UNSET]
Names: TypeAlias = "Iterable[str | Literal[Inherited.INHERITED]]"
OriginTest: TypeAlias = "Callable[[str, HttpRequest], bool | Awaitable[bool]]"

#: WHO may call: a layer that sets one of these four sets all of WHO.
ORIGIN_FIELDS: Final = ("allowed_origins", "allowed_origin_regexes", "allow_all_origins", "is_origin_allowed")
WHO_FIELDS: Final = (*ORIGIN_FIELDS, "allow_credentials")
#: HOW they may call: inherited one by one.
HOW_FIELDS: Final = ("allow_methods", "allow_headers", "expose_headers", "preflight_max_age")
HEADER_FIELDS: Final = ("allow_headers", "expose_headers")
FIELDS: Final = WHO_FIELDS + HOW_FIELDS

#: RFC 9111 § 1.2.2: delta-seconds; caches need not count further.
MAX_DELTA_SECONDS: Final = 2**31


class PolicyFields(TypedDict, total=False):
    """The fields of a policy as a declaration may give them: what `CorsPolicy`, `using` and `cors` take."""

    allowed_origins: Names | IsUnset
    allowed_origin_regexes: Iterable[str | re.Pattern[str]] | IsUnset
    allow_all_origins: bool | IsUnset
    is_origin_allowed: OriginTest | IsUnset
    allow_credentials: bool | Iterable[str] | IsUnset
    allow_methods: Names | IsUnset
    allow_headers: Names | IsUnset
    expose_headers: Names | IsUnset
    preflight_max_age: int | IsUnset | None


@dataclass(frozen=True, init=False, repr=False)
class CorsPolicy:
    """A CORS policy, or a part of one: fields left out are inherited from the layers below.

    Frozen; compared and hashed by value. Sequences may be given as any iterable of strings and are kept as
    tuples without duplicates.

    Args:
        allowed_origins: Origins that may call: `https://shop.example`, `https://*.example.com` (one or more
            labels, not the bare domain), `http://localhost:*` (any port or none), `null` (only when listed).
        allowed_origin_regexes: Patterns that must match the whole origin.
        allow_all_origins: Whether every origin may call.
        is_origin_allowed: `callable(origin, request)`, sync or async; admits an origin by returning `True`,
            and nothing else.
        allow_credentials: Whether the allowed origins may send credentials; or a list: only these may, the
            others are anonymous.
        allow_methods: Methods that may be used; `["*"]` for any. Compared byte for byte.
        allow_headers: Request headers that may be sent; `["*"]` for any but `authorization`.
        expose_headers: Response headers that scripts may read; `["*"]` for all, in anonymous policies.
        preflight_max_age: Seconds for which browsers may keep a preflight's answer; 0 for never; None to send
            no header (browsers then keep it for 5 seconds).

    Raises:
        CorsConfigurationError: With every fault of the fields at once.
    """

    allowed_origins: tuple[str | Literal[Inherited.INHERITED], ...] | IsUnset
    allowed_origin_regexes: tuple[re.Pattern[str], ...] | IsUnset
    allow_all_origins: bool | IsUnset
    is_origin_allowed: OriginTest | IsUnset
    allow_credentials: bool | tuple[str, ...] | IsUnset
    allow_methods: tuple[str | Literal[Inherited.INHERITED], ...] | IsUnset
    allow_headers: tuple[str | Literal[Inherited.INHERITED], ...] | IsUnset
    expose_headers: tuple[str | Literal[Inherited.INHERITED], ...] | IsUnset
    preflight_max_age: int | IsUnset | None

    def __init__(self, **given: Unpack[PolicyFields]) -> None:
        faults = self._read(given)
        for name in HEADER_FIELDS:
            value = getattr(self, name)
            for item, reason in misplaced_headers(name, () if value is UNSET else value):
                faults.append(Fault(field=name, value=item, reason=reason, remedy=_right_name(name, item, reason)))
        if faults:
            raise CorsConfigurationError(faults)

    @classmethod
    def of_settings(cls, **given: Unpack[PolicyFields]) -> CorsPolicy:
        """Return the policy of the global settings, in which a header may be in the wrong list; a check reports it.

        django-cors-headers sends such lists as they are, and what scripts do with them works.

        Raises:
            CorsConfigurationError: As the constructor does, for all else.
        """
        policy = object.__new__(cls)
        faults = policy._read(given)
        if faults:
            raise CorsConfigurationError(faults)
        return policy

    def _read(self, given: PolicyFields) -> list[Fault]:
        """Set the fields, and return what is wrong with them."""
        faults = [_unknown_field(name, value) for name, value in given.items() if name not in FIELDS]
        for name in FIELDS:
            value = given.get(name, UNSET)
            object.__setattr__(self, name, UNSET if value is UNSET else _READERS[name](name, value, faults))
        faults.extend(self._combination_faults(is_who_known=not any(fault.field in WHO_FIELDS for fault in faults)))
        return faults

    def using(self, **changed: Unpack[PolicyFields]) -> CorsPolicy:
        """Return a copy in which the given fields are changed; `UNSET` takes a field out.

        Raises:
            CorsConfigurationError: As the constructor does.
        """
        return CorsPolicy(**cast("PolicyFields", {**self.declared(), **changed}))

    def declared(self) -> PolicyFields:
        """Return the fields this policy sets, with their values."""
        return cast("PolicyFields", {name: value for name in FIELDS if (value := getattr(self, name)) is not UNSET})

    @property
    def sets_origins(self) -> bool:
        """Whether this policy decides all of WHO."""
        return any(getattr(self, name) is not UNSET for name in ORIGIN_FIELDS)

    @property
    def extends_origins(self) -> bool:
        """Whether this policy adds to the inherited WHO instead of replacing it."""
        return self.allowed_origins is not UNSET and INHERITED in self.allowed_origins

    @property
    def is_off(self) -> bool:
        """Whether this policy says "nobody", as `NO_CORS` does."""
        return self.sets_origins and not (
            self.allowed_origins not in (UNSET, ())
            or self.allowed_origin_regexes not in (UNSET, ())
            or self.allow_all_origins is True
            or self.is_origin_allowed is not UNSET
        )

    def __hash__(self) -> int:
        # Callables may be objects that cannot be hashed; equality still looks at them.
        return hash(tuple(getattr(self, name) for name in FIELDS if name != "is_origin_allowed"))

    def __repr__(self) -> str:
        if self == NO_CORS:
            return "NO_CORS"
        inside = ", ".join(f"{name}={_shown_value(value)}" for name, value in self.declared().items())
        return f"CorsPolicy({inside})"

    def _combination_faults(self, *, is_who_known: bool) -> Iterator[Fault]:
        origins = () if self.allowed_origins is UNSET else self.allowed_origins
        yield from combination_faults(
            origins=tuple(origin for origin in origins if origin is not INHERITED),
            regexes=() if self.allowed_origin_regexes is UNSET else self.allowed_origin_regexes,
            any_origin=self.allow_all_origins is True,
            # What is inherited is not known yet: the merge will look again. What was refused is not known at all.
            open_ended=not is_who_known
            or not self.sets_origins
            or self.extends_origins
            or self.is_origin_allowed is not UNSET,
            credentials=False if self.allow_credentials is UNSET else self.allow_credentials,
            expose_headers=() if self.expose_headers is UNSET else self.expose_headers,
        )


def combination_faults(
    *,
    origins: tuple[str, ...],
    regexes: tuple[re.Pattern[str], ...],
    any_origin: bool,
    open_ended: bool,
    credentials: bool | tuple[str, ...],
    expose_headers: tuple[str | Literal[Inherited.INHERITED], ...],
) -> Iterator[Fault]:
    """Yield what is wrong with fields that are each right alone.

    The one place for these rules: a policy asks it about itself, the merge about its result.

    Args:
        origins: The origins and patterns listed, all valid.
        regexes: The regular expressions listed.
        any_origin: Whether every origin is admitted.
        open_ended: Whether others may be admitted that cannot be told here (inherited ones, a callable's).
        credentials: Nobody, everybody admitted, or these only.
        expose_headers: The response headers exposed.
    """
    if credentials is False:
        return
    if credentials is True:
        credentialed, where = origins, "allowed_origins"
    else:
        credentialed, where = credentials, "allow_credentials"
    if credentials is True and any_origin:
        yield Fault(
            field="allow_credentials",
            value=True,
            reason="any-origin-with-credentials",
            remedy="list the origins that may send them: allow_credentials=['https://shop.example']",
        )
    for origin in credentialed:
        if origin in OPAQUE_ORIGINS:
            yield Fault(
                field=where,
                value=origin,
                reason="null-with-credentials",
                remedy="leave it out, or leave credentials off for it",
            )
    if credentials is not True and not (any_origin or open_ended):
        for origin in _not_admitted(credentials, origins, regexes):
            yield Fault(
                field="allow_credentials",
                value=origin,
                reason="credentialed-origin-not-allowed",
                remedy=f"add {origin!r} to allowed_origins, or take it out here",
            )
    if "*" in expose_headers:
        # Fetch § 3.3.3: with credentials, `*` in Access-Control-Expose-Headers is a header of that name.
        yield Fault(
            field="expose_headers",
            value="*",
            reason="expose-all-with-credentials",
            remedy="name the headers: expose_headers=['x-total-count']",
        )


def _not_admitted(
    credentialed: tuple[str, ...], origins: tuple[str, ...], regexes: tuple[re.Pattern[str], ...]
) -> Iterator[str]:
    """Yield the origins and patterns of a credentials list that the lists of WHO do not admit."""
    allowed = parse_valid(origins)
    admitted = OriginMatcher(allowed, regexes)
    for pattern in parse_valid(credentialed):
        if pattern.is_exact and pattern.text in admitted:
            continue
        # Whether a regular expression covers a pattern cannot be told. It need not: credentials reach only
        # origins that are admitted.
        if not (regexes and not pattern.is_exact) and not any(known.covers(pattern) for known in allowed):
            yield pattern.text


def _unknown_field(name: str, value: object) -> Fault:
    # Settings go by the same names in upper case.
    close = get_close_matches(name.lower().removeprefix("cors_"), FIELDS, n=1, cutoff=0.5)
    remedy = f"did you mean {close[0]!r}" if close else f"the fields are {', '.join(FIELDS)}"
    return Fault(field=name, value=value, reason="unknown-field", remedy=remedy)


_EXAMPLES: Final[Mapping[str, str]] = {
    "allowed_origins": "allowed_origins=['https://shop.example']",
    "allowed_origin_regexes": r"allowed_origin_regexes=[r'https://pr-\d+\.example\.com']",
    "allow_all_origins": "allow_all_origins=False, or True to admit every origin",
    "is_origin_allowed": "is_origin_allowed=function, with function(origin, request) returning True or False",
    "allow_credentials": "allow_credentials=False, True, or a list of the origins that may send them",
    "allow_methods": "allow_methods=['GET', 'POST']",
    "allow_headers": "allow_headers=['content-type', 'x-csrftoken']",
    "expose_headers": "expose_headers=['x-total-count']",
    "preflight_max_age": "preflight_max_age=600 (seconds), 0 for never, None for no header",
}


def _items(name: str, value: object, faults: list[Fault]) -> list[object]:
    """Return the items of a list; a string is no list, nor is a mapping."""
    if isinstance(value, str):
        # A regular expression may hold commas and spaces of its own.
        parts = [value] if name == "allowed_origin_regexes" else [part for part in re.split(r"[\s,]+", value) if part]
        remedy = f"write {name}={shown(parts, limit=1000)}"
        if name == "allowed_origins" and parts == ["*"]:
            remedy = "write allow_all_origins=True to admit every origin"
        faults.append(Fault(field=name, value=value, reason="not-a-list", remedy=remedy))
        return []
    if value is INHERITED:
        holder = "allowed_origins" if name in WHO_FIELDS else name
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {holder}=[INHERITED]"))
        return []
    if isinstance(value, (bytes, Mapping)) or not isinstance(value, Iterable):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {_EXAMPLES[name]}"))
        return []
    # A set has no order; the wire, `repr` and equality need one.
    return sorted(value, key=str) if isinstance(value, (set, frozenset)) else list(value)


def _read_origins(name: str, value: object, faults: list[Fault]) -> tuple[object, ...]:
    good: dict[object, None] = {}
    for item in _items(name, value, faults):
        if item is INHERITED and name == "allowed_origins":
            good[item] = None
            continue
        if item is INHERITED:
            remedy = "write allowed_origins=[INHERITED], which brings the inherited credentials too"
            faults.append(Fault(field=name, value=item, reason="inherited-misplaced", remedy=remedy))
            continue
        if item == "*" and name == "allow_credentials":
            remedy = "write allow_credentials=True for every origin that is listed"
            faults.append(Fault(field=name, value=item, reason="star-alone", remedy=remedy))
            continue
        pattern = parse_pattern(name, item)
        if isinstance(pattern, OriginPattern):
            good[pattern.text] = None
        else:
            faults.extend(pattern)
    return tuple(good)


def _read_regexes(name: str, value: object, faults: list[Fault]) -> tuple[re.Pattern[str], ...]:
    if isinstance(value, re.Pattern):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {name}=[{shown(value)}]"))
        return ()
    good: dict[re.Pattern[str], None] = {}
    for item in _items(name, value, faults):
        if item is INHERITED:
            remedy = "write allowed_origins=[INHERITED], which brings the inherited regular expressions too"
            faults.append(Fault(field=name, value=item, reason="inherited-misplaced", remedy=remedy))
        elif isinstance(item, str) and item == "":
            faults.append(Fault(field=name, value=item, reason="empty-string", remedy="leave it out"))
        elif isinstance(item, re.Pattern) and isinstance(item.pattern, str):
            good[item] = None
        elif isinstance(item, (bytes, re.Pattern)):
            remedy = f"write {_EXAMPLES[name]}"
            faults.append(Fault(field=name, value=item, reason="bytes-regex", remedy=remedy))
        elif isinstance(item, str):
            try:
                good[re.compile(item)] = None
            except (re.error, OverflowError, RecursionError) as error:
                remedy = f"mend it ({error}) or write re.escape(...) for literal text"
                faults.append(Fault(field=name, value=item, reason="invalid-regex", remedy=remedy))
        else:
            faults.append(Fault(field=name, value=item, reason="not-a-string", remedy=f"write {_EXAMPLES[name]}"))
    return tuple(good)


def _read_bool(name: str, value: object, faults: list[Fault]) -> object:
    if not isinstance(value, bool):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {_EXAMPLES[name]}"))
    return value is True


def _read_callable(name: str, value: object, faults: list[Fault]) -> object:
    if not callable(value):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {_EXAMPLES[name]}"))
    return value


def _read_credentials(name: str, value: object, faults: list[Fault]) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and "://" not in value and value != "*":  # "True", from an environment variable
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=f"write {_EXAMPLES[name]}"))
        return False
    # An empty list says what False says; one value for one meaning.
    return _read_origins(name, value, faults) or False


def _read_methods(name: str, value: object, faults: list[Fault]) -> tuple[object, ...]:
    good: dict[object, None] = {}
    for item in _items(name, value, faults):
        if item is INHERITED:
            good[item] = None
        elif (reason := _method_fault(item)) is not None:
            faults.append(Fault(field=name, value=item, reason=reason, remedy=_right_name(name, item, reason)))
        else:
            good[item] = None
    return tuple(good)


def _method_fault(item: Any) -> str | None:
    fault = _token_fault(item)
    if fault is not None:
        return fault
    if is_forbidden_method(item):
        return "forbidden-method"
    # Fetch § 2.2.1, "normalize a method": `get` leaves the browser as GET. `patch` does not leave it as
    # PATCH.
    return "method-case" if item != normalise_method(item) else None


def _read_header_names(name: str, value: object, faults: list[Fault]) -> tuple[object, ...]:
    good: dict[str, object] = {}
    for item in _items(name, value, faults):
        if item is INHERITED:
            good[""] = item
        elif (reason := _header_fault(name, item)) is not None:
            faults.append(Fault(field=name, value=item, reason=reason, remedy=_right_name(name, item, reason)))
        else:
            # Header names are one whatever their case; the first spelling is sent.
            good.setdefault(cast("str", item).lower(), item)
    return tuple(good.values())


def _header_fault(name: str, item: Any) -> str | None:
    fault = _token_fault(item)
    if fault is not None:
        return fault
    if name == "allow_headers":
        return "forbidden-request-header" if is_forbidden_request_header(item) else None
    return "forbidden-response-header" if is_forbidden_response_header(item) else None


def misplaced_headers(name: str, items: Iterable[object]) -> Iterator[tuple[str, str]]:
    """Yield each header of `allow_headers` or `expose_headers` that has no meaning there, with the reason code."""
    known, reason = _MISPLACED[name]
    for item in items:
        if isinstance(item, str) and byte_lowercase(item) in known:
            yield item, reason


_MISPLACED: Final[Mapping[str, tuple[Collection[str], str]]] = {
    "allow_headers": (CORS_RESPONSE_HEADERS, "response-header"),
    "expose_headers": (REQUEST_ONLY_HEADERS, "request-header"),
}


def _token_fault(item: Any) -> str | None:
    if not isinstance(item, str):
        return "not-a-string"
    if item == "":
        return "empty-string"
    return None if item == "*" or is_token(item) else "invalid-token"


def _right_name(name: str, item: object, reason: str) -> str:
    """Return the remedy for what cannot stand in a list of methods or headers."""
    if reason in ("empty-string", "forbidden-method", "forbidden-request-header", "forbidden-response-header"):
        return "leave it out"
    if reason == "response-header":
        return f"leave it out, it is made from {CORS_RESPONSE_HEADERS[byte_lowercase(str(item))]}"
    if reason == "request-header":
        is_settable = not is_forbidden_request_header(str(item))
        return "leave it out" + (", or move it to allow_headers, if scripts send it" if is_settable else "")
    if reason == "method-case":
        return f"write {str(item).upper()!r}"
    parts = re.split(r"[\s,]+", item) if isinstance(item, str) else []
    if len(parts) > 1 and all(map(is_token, parts)):
        # What is copied from here must not be refused again.
        if name == "allow_methods":
            right = [part for part in map(normalise_method, parts) if _method_fault(part) is None]
        else:
            misplaced = [part for part, _ in misplaced_headers(name, parts)]
            right = [part for part in parts if _header_fault(name, part) is None and part not in misplaced]
        if right:
            return f"write {shown(right, limit=1000)[1:-1]}"
    return f"write {_EXAMPLES[name]}"


def _read_max_age(name: str, value: object, faults: list[Fault]) -> object:
    if value is None:
        return None
    remedy = f"write {_EXAMPLES[name]}"
    if not isinstance(value, int) or isinstance(value, bool):
        faults.append(Fault(field=name, value=value, reason="wrong-type", remedy=remedy))
        return None
    if value < 0:
        faults.append(Fault(field=name, value=value, reason="negative-max-age", remedy=remedy))
    elif value > MAX_DELTA_SECONDS:
        faults.append(Fault(field=name, value=value, reason="max-age-too-large", remedy=remedy))
    return value


_READERS: Final[Mapping[str, Callable[[str, object, list[Fault]], object]]] = {
    "allowed_origins": _read_origins,
    "allowed_origin_regexes": _read_regexes,
    "allow_all_origins": _read_bool,
    "is_origin_allowed": _read_callable,
    "allow_credentials": _read_credentials,
    "allow_methods": _read_methods,
    "allow_headers": _read_header_names,
    "expose_headers": _read_header_names,
    "preflight_max_age": _read_max_age,
}


def _shown_value(value: object) -> str:
    if isinstance(value, tuple):
        items = [shown(item.pattern if isinstance(item, re.Pattern) else item) for item in value[:3]]
        return f"[{', '.join(items)}{f', … {len(value) - 3} more' if len(value) > 3 else ''}]"
    if callable(value):
        return getattr(value, "__qualname__", type(value).__qualname__)
    return shown(value)


#: The WHO of nobody. It stays until a stronger layer sets an origin field; from outside a class it is final.
NO_CORS: Final = CorsPolicy(allowed_origins=())
