"""Merging: the layers that declare for one method of one view, weakest first, become one effective policy.

This file owns the merge rules. HOW is inherited field by field. WHO is one decision: a layer that sets any
origin field sets all of it, credentials included. What only the merge can make wrong is found here too, and
takes the credentials away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, NamedTuple, cast

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
from drf_cors.core.policy import CorsPolicy, combination_faults

SourceKind = Literal[
    "default",
    "setting",
    "attribute",
    "action-map",
    "decorator",
    "action-keyword",
    "as_view-keyword",
    "wrapper",
]

_SHOWN: Final[Mapping[str, str]] = {
    "default": "{}",
    "setting": "settings.{}",
    "attribute": "{}.cors_policy",
    "action-map": "{}",
    "decorator": "@cors on {}",
    "action-keyword": "@action(cors_policy=...) on {}",
    "as_view-keyword": "{}.as_view(cors_policy=...)",
    "wrapper": "cors(...) around {}",
}


class Source(NamedTuple):
    """Where a part of an effective policy was declared.

    Attributes:
        kind: The way it was declared.
        name: The dotted name of what carries the declaration.
    """

    kind: SourceKind
    name: str

    def __str__(self) -> str:
        return _SHOWN[self.kind].format(self.name)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One declaration, in its place among the others.

    Attributes:
        policy: What it says; None where it names a policy that does not exist. Such an endpoint is off.
        source: Where it stands.
        policy_name: The name it was declared by, if by name.
        instead: What stands there, where it is neither a policy nor a name.
        lost: What is wrong, where the layer stands for a declaration that no other layer holds.
        is_global: Whether it is the site's settings, which alone may admit any origin with credentials.
        is_outside: Whether it was written from outside the class: `NO_CORS` said there is final.
        field_sources: Sources of single fields, where they differ from `source`.
    """

    policy: CorsPolicy | None
    source: Source
    policy_name: str | None = None
    instead: object = None
    lost: Fault | None = None
    is_global: bool = False
    is_outside: bool = False
    field_sources: Mapping[str, Source] = field(default_factory=dict)

    def source_of(self, field_name: str) -> Source:
        """Return where a field of this layer stands."""
        return self.field_sources.get(field_name, self.source)


#: Field name -> every declaration that its value came from, weakest first: more than one where `INHERITED` stood.
Trails = dict[str, tuple[Source, ...]]


class MergeFault(NamedTuple):
    """A fault that no layer has alone.

    Attributes:
        fault: What is wrong with the result.
        sources: The layers that made it, weaker first; one where a layer names a policy that does not exist.
    """

    fault: Fault
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class EffectivePolicy:
    """What holds for one method of one view after all layers are merged.

    Compared by what it allows, not by where that stands.

    Attributes:
        allowed_origins: Origins and patterns.
        allowed_origin_regexes: Regular expressions on whole origins.
        allow_all_origins: Whether every origin is admitted.
        origin_tests: The callables to ask about an origin that the lists do not admit; the first `True`
            admits it.
        allow_credentials: Nobody, everybody admitted, or these origins and patterns only.
        allow_methods: Method names; `*` for any.
        allow_headers: Request header names; `*` for any but `authorization`.
        expose_headers: Response header names; `*` for all.
        preflight_max_age: Seconds, or None for no header.
        sources: Field name -> where its value was declared.
        faults: What the merge made wrong; credentials are off where there is one.
        is_broken: Whether a layer names a policy that does not exist, or a declaration is lost; nobody is admitted.
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
        return OriginMatcher(parse_valid(() if isinstance(self.allow_credentials, bool) else self.allow_credentials))

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
        return not (self.allow_all_origins or self.allowed_origins or self.allowed_origin_regexes or self.origin_tests)

    @cached_property
    def is_anonymous_for_all(self) -> bool:
        """Whether every origin is admitted and none with credentials: one answer serves everybody."""
        return self.allow_all_origins and not self.allow_credentials

    @property
    def who_source(self) -> Source:
        """Where WHO was decided."""
        for name in ("allow_all_origins", "allowed_origins", "allowed_origin_regexes"):
            if getattr(self, name):
                return self.sources[name]
        return self.sources["is_origin_allowed" if self.origin_tests else "allowed_origins"]

    def permits_method(self, method: str) -> bool:
        """Whether `method` may be used. Byte for byte: `patch` is not `PATCH` (Fetch § 4.8, step 7.5)."""
        # A browser keeps a method named `*` as "any", so none of that name is ever admitted.
        return method != "*" and (method in self.method_names or "*" in self.method_names)

    def permits_header(self, name: str) -> bool:
        """Whether the request header `name`, in lower case, may be sent.

        `*` does not stand for `authorization` (Fetch § 4.8, step 7.6: CORS non-wildcard request-header name).
        """
        if name in WILDCARD_EXCLUDED_HEADERS or name == "*":
            return name != "*" and name in self.header_names
        return name in self.header_names or "*" in self.header_names

    def credentials_for(self, origin: str) -> bool:
        """Whether an origin that is admitted may send credentials."""
        if isinstance(self.allow_credentials, bool):
            return self.allow_credentials and origin not in OPAQUE_ORIGINS
        return origin in self.credentialed_origins


def merge(layers: Sequence[Layer]) -> EffectivePolicy:
    """Merge layers, weakest first. The first must set every field (the library's defaults do).

    Never raises: a declaration is valid when it exists, and what the merge makes wrong is told in `faults`.
    """
    who = _Who()
    how: dict[str, object] = {}
    trails: Trails = {}
    for layer in layers:
        who.add(layer)
        if layer.policy is not None:
            _add_how(layer, layer.policy, how, trails)
    trails.update(who.trails)
    allow_credentials, faults = who.checked(cast("tuple[str, ...]", how["expose_headers"]), trails)
    return EffectivePolicy(
        allowed_origins=who.origins,
        allowed_origin_regexes=who.regexes,
        allow_all_origins=who.any_origin,
        origin_tests=who.tests,
        allow_credentials=allow_credentials,
        sources={name: trail[-1] for name, trail in trails.items()},
        faults=faults,
        is_broken=who.broken is not None,
        **how,  # type: ignore[arg-type]  # the four HOW fields, read by name from valid policies
    )


def _add_how(layer: Layer, policy: CorsPolicy, how: dict[str, object], trails: Trails) -> None:
    for name in HOW_FIELDS:
        value = getattr(policy, name)
        if value is UNSET:
            continue
        trail: tuple[Source, ...] = ()
        if isinstance(value, tuple):
            if INHERITED in value and how.get(name):
                trail = trails[name]
            fold = str.lower if name in HEADER_FIELDS else str  # header names are one whatever their case
            value = _expanded(value, cast("tuple[str, ...]", how.get(name, ())), fold)
        how[name] = value
        trails[name] = (*trail, layer.source_of(name))


def _expanded(
    names: tuple[str | Literal[Inherited.INHERITED], ...], inherited: tuple[str, ...], fold: Callable[[str], str] = str
) -> tuple[str, ...]:
    """Put the inherited list where `INHERITED` stands; of names that `fold` makes equal, the first stays."""
    result: dict[str, str] = {}
    for item in names:
        for name in inherited if item is INHERITED else (item,):
            result.setdefault(fold(name), name)
    return tuple(result.values())


#: Reason of a merged fault -> the field that is at odds with `allow_credentials`.
_AT_ODDS: Final[Mapping[str, str]] = {
    "any-origin-with-credentials": "allow_all_origins",
    "null-with-credentials": "allowed_origins",
    "credentialed-origin-not-allowed": "allowed_origins",
    "expose-all-with-credentials": "expose_headers",
}


class _Who:
    """WHO, while the layers are added one by one."""

    def __init__(self) -> None:
        self.origins: tuple[str, ...] = ()
        self.regexes: tuple[re.Pattern[str], ...] = ()
        self.any_origin = False
        self.tests: tuple[OriginTest, ...] = ()
        self.credentials: bool | tuple[str, ...] = False
        self.trails: Trails = {}
        self.broken: Layer | None = None
        self.is_final = False
        self.outsider: Layer | None = None

    def add(self, layer: Layer) -> None:
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
            self.is_final = policy.is_off and layer.is_outside
        elif policy.allow_credentials is not UNSET:
            self._set_credentials(layer, policy.allow_credentials)

    def _replace(self, layer: Layer, policy: CorsPolicy) -> None:
        self.origins = _expanded(policy.allowed_origins, ()) if policy.allowed_origins is not UNSET else ()
        self.regexes = policy.allowed_origin_regexes if policy.allowed_origin_regexes is not UNSET else ()
        self.any_origin = policy.allow_all_origins is True
        self.tests = (policy.is_origin_allowed,) if policy.is_origin_allowed is not UNSET else ()
        self.credentials = policy.allow_credentials if policy.allow_credentials is not UNSET else False
        self.trails = {name: (layer.source_of(name),) for name in WHO_FIELDS}
        self.outsider = None if layer.is_global else layer

    def _extend(self, layer: Layer, policy: CorsPolicy) -> None:
        inherited = {
            "allowed_origins": self.origins,
            "allowed_origin_regexes": self.regexes,
            "is_origin_allowed": self.tests,
        }
        for name in ORIGIN_FIELDS:
            if getattr(policy, name) not in (UNSET, False):
                self.trails[name] = (*(self.trails[name] if inherited.get(name) else ()), layer.source_of(name))
        self.origins = _expanded(cast("tuple[str, ...]", policy.allowed_origins), self.origins)
        if policy.allowed_origin_regexes is not UNSET:
            self.regexes = tuple(dict.fromkeys((*self.regexes, *policy.allowed_origin_regexes)))
        self.any_origin = self.any_origin or policy.allow_all_origins is True
        test = policy.is_origin_allowed
        if test is not UNSET and not any(test is known for known in self.tests):
            self.tests = (*self.tests, test)
        self._note_outsider(layer)
        if policy.allow_credentials is not UNSET:
            self._set_credentials(layer, policy.allow_credentials)

    def _set_credentials(self, layer: Layer, credentials: bool | tuple[str, ...]) -> None:
        self.credentials = credentials
        self.trails["allow_credentials"] = (layer.source_of("allow_credentials"),)
        self._note_outsider(layer)

    def _note_outsider(self, layer: Layer) -> None:
        """Keep the first layer that is not the site's own: with it, WHO is no longer the site's alone."""
        if self.outsider is None and not layer.is_global:
            self.outsider = layer

    def checked(
        self, expose_headers: tuple[str, ...], trails: Trails
    ) -> tuple[bool | tuple[str, ...], tuple[MergeFault, ...]]:
        """Return the credentials that may stand, and what the merge made wrong."""
        if self.broken is not None:
            value: object = self.broken.policy_name
            reason = "unknown-policy"
            remedy = "add it to settings.CORS_POLICIES or correct the name"
            if self.broken.policy_name is None:
                value, reason = self.broken.instead, "wrong-type"
                remedy = "write CorsPolicy(allowed_origins=['https://shop.example']), or the name of a policy"
            fault = self.broken.lost or Fault(field="cors_policy", value=value, reason=reason, remedy=remedy)
            return False, (MergeFault(fault, (self.broken.source,)),)
        if not (self.origins or self.regexes or self.any_origin or self.tests):
            # Nothing is at odds with nobody. A receiver that admits somebody in the site's name does so with the
            # site's credentials.
            return (self.credentials if self.outsider is None else False), ()
        faults = tuple(
            MergeFault(fault, self._at_odds(trails, fault.reason))
            for fault in combination_faults(
                origins=self.origins,
                regexes=self.regexes,
                # A site of django-cors-headers may admit any origin with credentials; no view may.
                any_origin=self.any_origin and not (self.outsider is None and self.credentials is True),
                open_ended=bool(self.tests) or self.any_origin,
                credentials=self.credentials,
                expose_headers=expose_headers,
            )
        )
        return (False if faults else self.credentials), faults

    def _at_odds(self, trails: Trails, reason: str) -> tuple[Source, ...]:
        """Return the declarations that do not go together, weaker first."""
        named = (*trails[_AT_ODDS[reason]], *trails["allow_credentials"])
        if reason == "any-origin-with-credentials" and self.outsider is not None:
            # The settings may say so between themselves; not once a view has had its say.
            named = (*named, self.outsider.source_of("allowed_origins"))
        return tuple(dict.fromkeys(named))
