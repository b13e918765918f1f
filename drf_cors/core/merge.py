"""Merging: the layers that declare for one method of one view become one effective policy.

This module has the merge rules. HOW is inherited field by field. WHO is one decision: a layer that
sets any origin field sets all of it, credentials included. Faults that only a merge can cause are
found here too; where there is one, credentials are off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast

from drf_cors.core.errors import Fault
from drf_cors.core.fetch import WILDCARD_EXCLUDED_HEADERS
from drf_cors.core.fields import (
    HEADER_FIELDS,
    HOW_FIELDS,
    INHERITED,
    ORIGIN_FIELDS,
    UNSET,
    WHO_FIELDS,
    Inherited,
    OriginTest,
)
from drf_cors.core.origins import OPAQUE_ORIGINS, OriginMatcher, parse_valid
from drf_cors.core.policy import CorsPolicy, combination_faults, or_default
from drf_cors.core.sources import Source

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence

_NO_SOURCES: Final[Mapping[str, Source]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One declaration, in its place among the others.

    Attributes:
        policy: The policy; None where the declaration is invalid. Such an endpoint allows nobody.
        source: Where the declaration is.
        policy_name: The name of the policy, if it was declared by name.
        invalid_value: The declared value, if it is neither a policy nor a policy name.
        lost: The fault of a declaration that has no effect and that no other layer holds.
        is_global: Whether it is the site's settings. Only they may admit any origin with
            credentials.
        from_urlconf_or_settings: Whether it was declared for a view from outside its code.
            `NO_CORS` that was declared there is final.
        field_sources: Sources of single fields, where they differ from `source`.
    """

    policy: CorsPolicy | None
    source: Source
    policy_name: str | None = None
    invalid_value: object = None
    lost: Fault | None = None
    is_global: bool = False
    from_urlconf_or_settings: bool = False
    field_sources: Mapping[str, Source] = field(default_factory=lambda: _NO_SOURCES)

    def source_of(self, field_name: str) -> Source:
        """Return where a field of this layer was declared."""
        return self.field_sources.get(field_name, self.source)


#: Field name -> declarations that contributed to its value, weakest first (several after
#: INHERITED).
Contributors = dict[str, tuple[Source, ...]]


#: HOW field -> its value.
_How = dict[str, object]


class MergeFault(NamedTuple):
    """A fault of the merged policy.

    Attributes:
        fault: What is wrong with the result.
        sources: The declarations that caused it, weakest first; one for an invalid declaration.
    """

    fault: Fault
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class EffectivePolicy:
    """The policy of one method of one view, after all layers are merged.

    Compared by what it allows, not by where that was declared.

    Attributes:
        allowed_origins: Origins and patterns.
        allowed_origin_regexes: Regular expressions on whole origins.
        allow_all_origins: Whether every origin is admitted.
        origin_tests: The callables that decide about an origin that the lists do not admit; the
            first `True` admits it.
        allow_credentials: Whether admitted origins may send credentials; or the origins and
            patterns that may.
        allow_methods: Method names; `*` for any.
        allow_headers: Request header names; `*` for any but `authorization`.
        expose_headers: Response header names; `*` for all.
        preflight_max_age: Seconds, or None for no header.
        sources: Field name -> where its value was declared.
        faults: The faults of the merged policy; credentials are off where there is one.
        is_broken: Whether a declaration is invalid or has no effect; nobody is admitted.
    """

    allowed_origins: tuple[str, ...]
    allowed_origin_regexes: tuple[re.Pattern[str], ...]
    allow_all_origins: bool
    origin_tests: tuple[OriginTest, ...]
    allow_credentials: bool | tuple[str, ...]
    allow_methods: tuple[str, ...]
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    preflight_max_age: int | None
    sources: Mapping[str, Source] = field(compare=False, repr=False)
    faults: tuple[MergeFault, ...] = field(default=(), compare=False, repr=False)
    is_broken: bool = field(default=False, compare=False)

    @cached_property
    def origins(self) -> OriginMatcher:
        """The origins admitted by lists and regular expressions."""
        return OriginMatcher(parse_valid(self.allowed_origins), self.allowed_origin_regexes)

    @cached_property
    def credentialed_origins(self) -> OriginMatcher:
        """The origins that may send credentials, where a list of them was declared."""
        listed = () if isinstance(self.allow_credentials, bool) else self.allow_credentials
        return OriginMatcher(parse_valid(listed))

    @cached_property
    def method_names(self) -> frozenset[str]:
        """The methods allowed; HEAD counts as GET."""
        names = frozenset(self.allow_methods)
        return names | {"HEAD"} if "GET" in names else names

    @cached_property
    def header_names(self) -> frozenset[str]:
        """The request headers allowed, in lower case."""
        return frozenset(name.lower() for name in self.allow_headers)

    @cached_property
    def is_nobody(self) -> bool:
        """Whether no origin is admitted, whatever it is."""
        return not (self.allowed_origins or self.allows_unlisted)

    @cached_property
    def allows_unlisted(self) -> bool:
        """Whether origins may be admitted that `allowed_origins` does not list."""
        return bool(self.allow_all_origins or self.allowed_origin_regexes or self.origin_tests)

    @cached_property
    def is_anonymous_for_all(self) -> bool:
        """Whether every origin is admitted, and none may send credentials."""
        return self.allow_all_origins and not self.allow_credentials

    @cached_property
    def who_source(self) -> Source:
        """The declaration that decides who may call."""
        for name in ("allow_all_origins", "allowed_origins", "allowed_origin_regexes"):
            if getattr(self, name):
                return self.sources[name]
        return self.sources["is_origin_allowed" if self.origin_tests else "allowed_origins"]

    def permits_method(self, method: str) -> bool:
        """Whether `method` may be used. `patch` is not `PATCH` (Fetch § 4.8, step 7.5)."""
        if method == "*":
            return False  # a browser would cache it as "any method"
        return method in self.method_names or "*" in self.method_names

    def permits_header(self, name: str) -> bool:
        """Whether the request header `name`, in lower case, may be sent.

        `*` does not include `authorization` (Fetch § 4.8, step 7.6: CORS non-wildcard
        request-header name).
        """
        if name == "*":
            return False
        if name in self.header_names:
            return True
        return "*" in self.header_names and name not in WILDCARD_EXCLUDED_HEADERS

    def credentials_for(self, origin: str) -> bool:
        """Whether an origin that is admitted may send credentials."""
        if isinstance(self.allow_credentials, bool):
            return self.allow_credentials and origin not in OPAQUE_ORIGINS
        return origin in self.credentialed_origins


def merge(layers: Sequence[Layer]) -> EffectivePolicy:
    """Merge layers into one policy.

    Never raises: a policy that exists is valid, and faults of the result are in its `faults`.

    Args:
        layers: Weakest first. The first must set every field, as the library's defaults do.
    """
    who = _Who()
    how: _How = {}
    contributors: Contributors = {}
    for layer in layers:
        who.add(layer)
        if layer.policy is not None:
            _add_how(layer, layer.policy, how, contributors)
    contributors.update(who.contributors)
    expose_headers = cast("tuple[str, ...]", how["expose_headers"])
    allow_credentials, faults = who.checked(expose_headers, contributors)
    return EffectivePolicy(
        allowed_origins=who.origins,
        allowed_origin_regexes=who.regexes,
        allow_all_origins=who.any_origin,
        origin_tests=who.tests,
        allow_credentials=allow_credentials,
        sources={name: declared[-1] for name, declared in contributors.items()},
        faults=faults,
        is_broken=who.broken is not None,
        **how,  # type: ignore[arg-type]  # the HOW fields, read by name from valid policies
    )


def _add_how(layer: Layer, policy: CorsPolicy, how: _How, contributors: Contributors) -> None:
    """Replace or extend the HOW fields that a layer sets."""
    for name in HOW_FIELDS:
        value = getattr(policy, name)
        if value is UNSET:
            continue
        weaker: tuple[Source, ...] = ()
        if isinstance(value, tuple):
            inherited = cast("tuple[str, ...]", how.get(name, ()))
            if INHERITED in value and inherited:
                weaker = contributors[name]
            fold = str.lower if name in HEADER_FIELDS else str  # header names do not depend on case
            value = _expanded(value, inherited, fold)
        how[name] = value
        contributors[name] = (*weaker, layer.source_of(name))


def _expanded(
    names: tuple[str | Literal[Inherited.INHERITED], ...],
    inherited: tuple[str, ...],
    fold: Callable[[str], str] = str,
) -> tuple[str, ...]:
    """Replace `INHERITED` by the inherited list. Of names with the same fold, keep the first."""
    result: dict[str, str] = {}
    for item in names:
        for name in inherited if item is INHERITED else (item,):
            result.setdefault(fold(name), name)
    found = tuple(result.values())
    if found == names:
        return cast("tuple[str, ...]", names)  # one tuple for all policies with this list
    return found


#: Reason of a fault -> the field that conflicts with `allow_credentials`.
_CONFLICTING_FIELD: Final[Mapping[str, str]] = {
    "any-origin-with-credentials": "allow_all_origins",
    "null-with-credentials": "allowed_origins",
    "credentialed-origin-not-allowed": "allowed_origins",
    "expose-all-with-credentials": "expose_headers",
}


class _Who:
    """Accumulates origins and credentials layer by layer."""

    def __init__(self) -> None:
        self.origins: tuple[str, ...] = ()
        self.regexes: tuple[re.Pattern[str], ...] = ()
        self.any_origin = False
        self.tests: tuple[OriginTest, ...] = ()
        self.credentials: bool | tuple[str, ...] = False
        self.contributors: Contributors = {}
        self.broken: Layer | None = None
        self.is_final = False
        self.first_view_layer: Layer | None = None

    def add(self, layer: Layer) -> None:
        """Add the next stronger layer."""
        policy = layer.policy
        if policy is None:
            self.broken = self.broken or layer
            self._replace(layer, CorsPolicy(allowed_origins=()))
            self.is_final = True
        elif self.is_final:
            return
        elif policy.extends_origins:
            self._extend(layer, policy)
        elif policy.sets_origins:
            self._replace(layer, policy)
            self.is_final = policy.is_off and layer.from_urlconf_or_settings
        elif policy.allow_credentials is not UNSET:
            self._set_credentials(layer, policy.allow_credentials)

    def _replace(self, layer: Layer, policy: CorsPolicy) -> None:
        self.origins = _expanded(or_default(policy.allowed_origins, ()), ())
        self.regexes = or_default(policy.allowed_origin_regexes, ())
        self.any_origin = policy.allow_all_origins is True
        self.tests = () if policy.is_origin_allowed is UNSET else (policy.is_origin_allowed,)
        self.credentials = False if policy.allow_credentials is UNSET else policy.allow_credentials
        self.contributors = {name: (layer.source_of(name),) for name in WHO_FIELDS}
        self.first_view_layer = None if layer.is_global else layer

    def _extend(self, layer: Layer, policy: CorsPolicy) -> None:
        inherited = {
            "allowed_origins": self.origins,
            "allowed_origin_regexes": self.regexes,
            "is_origin_allowed": self.tests,
        }
        for name in ORIGIN_FIELDS:
            if getattr(policy, name) not in (UNSET, False):
                weaker = self.contributors[name] if inherited.get(name) else ()
                self.contributors[name] = (*weaker, layer.source_of(name))
        self.origins = _expanded(cast("tuple[str, ...]", policy.allowed_origins), self.origins)
        if policy.allowed_origin_regexes is not UNSET:
            self.regexes = tuple(dict.fromkeys((*self.regexes, *policy.allowed_origin_regexes)))
        self.any_origin = self.any_origin or policy.allow_all_origins is True
        test = policy.is_origin_allowed
        if test is not UNSET and not any(test is known for known in self.tests):
            self.tests = (*self.tests, test)
        self._note_view_layer(layer)
        if policy.allow_credentials is not UNSET:
            self._set_credentials(layer, policy.allow_credentials)

    def _set_credentials(self, layer: Layer, credentials: bool | tuple[str, ...]) -> None:
        self.credentials = credentials
        self.contributors["allow_credentials"] = (layer.source_of("allow_credentials"),)
        self._note_view_layer(layer)

    def _note_view_layer(self, layer: Layer) -> None:
        """Remember the first layer that is not a setting: it ends the settings' exemption."""
        if self.first_view_layer is None and not layer.is_global:
            self.first_view_layer = layer

    def checked(
        self, expose_headers: tuple[str, ...], contributors: Contributors
    ) -> tuple[bool | tuple[str, ...], tuple[MergeFault, ...]]:
        """Return who may send credentials, and the faults of the result.

        Args:
            expose_headers: The merged field.
            contributors: Those of all fields.
        """
        if self.broken is not None:
            return False, (MergeFault(_fault_of_broken(self.broken), (self.broken.source,)),)
        # The settings may admit any origin with credentials, as those of django-cors-headers may.
        # No view may.
        is_exempt = self.first_view_layer is None
        if not (self.origins or self.regexes or self.any_origin or self.tests):
            # Nobody is allowed, so nothing conflicts. Keep the settings' credentials: a receiver
            # may still allow an origin.
            return is_exempt and self.credentials, ()
        found = combination_faults(
            origins=self.origins,
            regexes=self.regexes,
            any_origin=self.any_origin and not is_exempt,
            open_ended=bool(self.tests) or self.any_origin,
            credentials=self.credentials,
            expose_headers=expose_headers,
        )
        faults = tuple(self._with_sources(fault, contributors) for fault in found)
        return (False if faults else self.credentials), faults

    def _with_sources(self, fault: Fault, contributors: Contributors) -> MergeFault:
        """Return a fault with the declarations that conflict, weakest first."""
        field_name = _CONFLICTING_FIELD[fault.reason]
        found = [*contributors[field_name], *contributors["allow_credentials"]]
        if fault.reason == "any-origin-with-credentials" and self.first_view_layer is not None:
            # It is this layer that ends the exemption of the settings.
            found.append(self.first_view_layer.source_of("allowed_origins"))
        return MergeFault(fault, tuple(dict.fromkeys(found)))


def _fault_of_broken(layer: Layer) -> Fault:
    """Return the fault of a layer that has no policy."""
    if layer.lost is not None:
        return layer.lost
    if layer.policy_name is not None:
        return Fault(
            field="cors_policy",
            value=layer.policy_name,
            reason="unknown-policy",
            remedy="add it to settings.CORS_POLICIES or correct the name",
        )
    return Fault(
        field="cors_policy",
        value=layer.invalid_value,
        reason="wrong-type",
        remedy="write CorsPolicy(allowed_origins=['https://shop.example']), or the name of a policy",
    )
