"""CorsPolicy: one declaration of who may call an endpoint, and how.

This module has the rules that a single declaration must keep. A policy that exists is valid. Only
the rules for fields together are checked again, for the result of a merge (`drf_cors.core.merge`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, Literal, TypedDict, TypeVar, cast

from drf_cors.core.errors import CorsConfigurationError, Fault, Problems, shown
from drf_cors.core.fields import (
    FIELDS,
    INHERITED,
    ORIGIN_FIELDS,
    POLICY_FIELDS,
    UNSET,
    WHO_FIELDS,
    Inherited,
    IsUnset,
    Names,
    OriginTest,
    misplaced_header_faults,
)
from drf_cors.core.origins import OPAQUE_ORIGINS, OriginMatcher, parse_valid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Unpack

#: What other modules import from here. INHERITED and UNSET are defined in `drf_cors.core.fields`.
__all__ = ["INHERITED", "NO_CORS", "UNSET", "CorsPolicy", "PolicyFields", "combination_faults"]


_T = TypeVar("_T")


def or_default(value: _T | IsUnset, default: _T) -> _T:
    """Return the value of a field, or a default where the field is not set."""
    return default if value is UNSET else value


class PolicyFields(TypedDict, total=False):
    """The fields of a policy, as `CorsPolicy`, `using` and `cors` take them."""

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

    Frozen; compared and hashed by value. Sequences may be given as any iterable of strings and are
    kept as tuples without duplicates.

    Args:
        allowed_origins: Origins that may call: `https://shop.example`, `https://*.example.com` (one
            or more labels, not the bare domain), `http://localhost:*` (any port or none), `null`
            (only when listed).
        allowed_origin_regexes: Patterns that must match the whole origin.
        allow_all_origins: Whether every origin may call.
        is_origin_allowed: `callable(origin, request)`, sync or async; admits an origin by returning
            `True`, and nothing else.
        allow_credentials: Whether the allowed origins may send credentials; or a list: only these
            may, the others are anonymous.
        allow_methods: Methods that may be used; `["*"]` for any. Compared byte for byte.
        allow_headers: Request headers that may be sent; `["*"]` for any but `authorization`.
        expose_headers: Response headers that scripts may read; `["*"]` for all, in anonymous
            policies.
        preflight_max_age: Seconds for which browsers may keep a preflight's answer; 0 for never;
            None to send no header (browsers then keep it for 5 seconds).

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
        for field in POLICY_FIELDS:
            value = getattr(self, field.name)
            if field.kind == "headers" and value is not UNSET:
                faults.extend(misplaced_header_faults(field, value))
        if faults:
            raise CorsConfigurationError(faults)

    @classmethod
    def of_settings(cls, **given: Unpack[PolicyFields]) -> CorsPolicy:
        """Return the policy of the settings. Headers may be in the wrong list: a check reports it.

        django-cors-headers sends such lists as they are, and what scripts do with them works.

        Args:
            given: The fields.

        Raises:
            CorsConfigurationError: With every other fault of the fields, as the constructor does.
        """
        policy = object.__new__(cls)
        faults = policy._read(given)
        if faults:
            raise CorsConfigurationError(faults)
        return policy

    def _read(self, given: PolicyFields) -> list[Fault]:
        """Set the fields, and return what is wrong with them."""
        problems = Problems()
        for name, value in given.items():
            if name not in FIELDS:
                problems.faults.append(_unknown_field(name, value))
        for field in POLICY_FIELDS:
            value = given.get(field.name, UNSET)
            if value is not UNSET:
                value = field.read(field, value, problems)
            object.__setattr__(self, field.name, value)
        is_who_known = not any(fault.field in WHO_FIELDS for fault in problems.faults)
        return [*problems.faults, *self._combination_faults(is_who_known=is_who_known)]

    def using(self, **changed: Unpack[PolicyFields]) -> CorsPolicy:
        """Return a copy in which the given fields are changed; `UNSET` takes a field out.

        Args:
            changed: The fields to change.

        Raises:
            CorsConfigurationError: As the constructor does.
        """
        return CorsPolicy(**cast("PolicyFields", {**self.declared(), **changed}))

    def declared(self) -> PolicyFields:
        """Return the fields that this policy sets, with their values."""
        values = {}
        for name in FIELDS:
            value = getattr(self, name)
            if value is not UNSET:
                values[name] = value
        return cast("PolicyFields", values)

    @property
    def sets_origins(self) -> bool:
        """Whether this policy decides who may call, instead of inheriting it."""
        return any(getattr(self, name) is not UNSET for name in ORIGIN_FIELDS)

    @property
    def extends_origins(self) -> bool:
        """Whether this policy adds to the inherited origins instead of replacing them."""
        return self.allowed_origins is not UNSET and INHERITED in self.allowed_origins

    @property
    def replaces_origins(self) -> bool:
        """Whether this policy decides who may call, and inherits nobody."""
        return self.sets_origins and not self.extends_origins

    @property
    def is_off(self) -> bool:
        """Whether this policy allows nobody, as `NO_CORS` does."""
        if not self.sets_origins:
            return False
        return all(getattr(self, name) in (UNSET, False, ()) for name in ORIGIN_FIELDS)

    def __hash__(self) -> int:
        # A callable may be an object that has no hash. It still counts for equality.
        return hash(tuple(getattr(self, name) for name in FIELDS if name != "is_origin_allowed"))

    def __repr__(self) -> str:
        if self == NO_CORS:
            return "NO_CORS"
        fields = [f"{name}={_shown_value(value)}" for name, value in self.declared().items()]
        return f"CorsPolicy({', '.join(fields)})"

    def _combination_faults(self, *, is_who_known: bool) -> Iterator[Fault]:
        origins = or_default(self.allowed_origins, ())
        yield from combination_faults(
            origins=tuple(origin for origin in origins if origin is not INHERITED),
            regexes=or_default(self.allowed_origin_regexes, ()),
            any_origin=self.allow_all_origins is True,
            # Inherited origins are unknown here (the merge checks again). Fields that were refused
            # must not cause faults of their own.
            open_ended=not is_who_known
            or not self.sets_origins
            or self.extends_origins
            or self.is_origin_allowed is not UNSET,
            credentials=False if self.allow_credentials is UNSET else self.allow_credentials,
            expose_headers=or_default(self.expose_headers, ()),
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
    """Yield the faults of a combination of fields that are each valid.

    The one place for these rules. They hold for a single policy, and for the result of a merge.

    Args:
        origins: The origins and patterns listed, all valid.
        regexes: The regular expressions listed.
        any_origin: Whether every origin is admitted.
        open_ended: Whether more origins may be admitted than these: inherited ones, or those of a
            callable.
        credentials: Whether admitted origins may send credentials; or the origins that may.
        expose_headers: The response headers exposed.
    """
    if credentials is False:
        return
    if credentials is not True:
        yield from _opaque_faults("allow_credentials", credentials)
        if not (any_origin or open_ended):
            yield from _unlisted_faults(credentials, origins, regexes)
    else:
        if any_origin:
            yield Fault(
                field="allow_credentials",
                value=True,
                reason="any-origin-with-credentials",
                remedy="list the origins that may send them: allow_credentials=['https://shop.example']",
            )
        yield from _opaque_faults("allowed_origins", origins)
    if "*" in expose_headers:
        # Fetch § 3.3.3: with credentials, `*` in Access-Control-Expose-Headers is a header of that
        # name.
        yield Fault(
            field="expose_headers",
            value="*",
            reason="expose-all-with-credentials",
            remedy="name the headers: expose_headers=['x-total-count']",
        )


def _opaque_faults(field: str, credentialed: tuple[str, ...]) -> Iterator[Fault]:
    """Yield a fault for each opaque origin that would be allowed with credentials."""
    for origin in credentialed:
        if origin in OPAQUE_ORIGINS:
            yield Fault(
                field=field,
                value=origin,
                reason="null-with-credentials",
                remedy="leave it out, or leave credentials off for it",
            )


def _unlisted_faults(
    credentialed: tuple[str, ...], origins: tuple[str, ...], regexes: tuple[re.Pattern[str], ...]
) -> Iterator[Fault]:
    """Yield a fault for each item of a credentials list that no list of allowed origins admits."""
    allowed = parse_valid(origins)
    admitted = OriginMatcher(allowed, regexes)
    for pattern in parse_valid(credentialed):
        if pattern.is_exact and pattern.text in admitted:
            continue
        if regexes and not pattern.is_exact:
            # It is unknown whether a regular expression covers a pattern. That is harmless: only
            # origins that are admitted may send credentials.
            continue
        if not any(known.covers(pattern) for known in allowed):
            yield Fault(
                field="allow_credentials",
                value=pattern.text,
                reason="credentialed-origin-not-allowed",
                remedy=f"add {pattern.text!r} to allowed_origins, or take it out here",
            )


def _unknown_field(name: str, value: object) -> Fault:
    # The settings have the same names in upper case.
    close = get_close_matches(name.lower().removeprefix("cors_"), FIELDS, n=1, cutoff=0.5)
    remedy = f"did you mean {close[0]!r}" if close else f"the fields are {', '.join(FIELDS)}"
    return Fault(field=name, value=value, reason="unknown-field", remedy=remedy)


def _shown_value(value: object) -> str:
    """Return a value for `repr`: at most three items of a list."""
    if isinstance(value, re.Pattern):
        return shown(value.pattern)
    if isinstance(value, tuple):
        items = list(map(_shown_value, value[:3]))
        if len(value) > 3:
            items.append(f"… {len(value) - 3} more")
        return f"[{', '.join(items)}]"
    if callable(value):
        return getattr(value, "__qualname__", type(value).__qualname__)
    return shown(value)


#: Allows nobody, until a stronger layer sets an origin field. Around a view, as in a URLconf, it is
#: final.
NO_CORS: Final = CorsPolicy(allowed_origins=())
