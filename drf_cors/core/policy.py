"""CorsPolicy: what one layer of a site declares about who may call an endpoint, and how.

This file owns the rules a single declaration must keep. A policy that exists is valid; nothing later checks it
again, except for what only a merge can create (`drf_cors.core.merge`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Literal, TypedDict, cast

from drf_cors.core.errors import CorsConfigurationError, Fault, shown
from drf_cors.core.fields import (
    FIELDS,
    HEADER_FIELDS,
    INHERITED,
    ORIGIN_FIELDS,
    READERS,
    UNSET,
    WHO_FIELDS,
    Inherited,
    IsUnset,
    Names,
    OriginTest,
    misplaced_headers,
    right_name,
)
from drf_cors.core.origins import OPAQUE_ORIGINS, OriginMatcher, parse_valid

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: What declarations are made of. `drf_cors` exports the first three.
__all__ = ["INHERITED", "NO_CORS", "UNSET", "CorsPolicy", "PolicyFields", "combination_faults"]


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
                faults.append(Fault(field=name, value=item, reason=reason, remedy=right_name(name, item, reason)))
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
            object.__setattr__(self, name, UNSET if value is UNSET else READERS[name](name, value, faults))
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


def _shown_value(value: object) -> str:
    if isinstance(value, tuple):
        items = [shown(item.pattern if isinstance(item, re.Pattern) else item) for item in value[:3]]
        return f"[{', '.join(items)}{f', … {len(value) - 3} more' if len(value) > 3 else ''}]"
    if callable(value):
        return getattr(value, "__qualname__", type(value).__qualname__)
    return shown(value)


#: The WHO of nobody. It stays until a stronger layer sets an origin field; from outside a class it is final.
NO_CORS: Final = CorsPolicy(allowed_origins=())
