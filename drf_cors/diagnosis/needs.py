"""What the policy of a method lacks, and whether an edit adds it and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.fields import HEADER_FIELDS, INHERITED
from drf_cors.core.policy import CorsPolicy

if TYPE_CHECKING:
    from drf_cors.core.merge import EffectivePolicy

#: Longer lists are not written out in an edit.
MAX_LISTED: Final = 50


@dataclass(frozen=True, kw_only=True)
class Need:
    """What the policy of a method lacks.

    Attributes:
        field: The field that has to list the names.
        names: An origin, a method, or the names of headers.
        policy: The policy in force.
        with_credentials: Whether the origin has to be allowed with credentials.
        read: Response headers that the script reads.
    """

    field: str
    names: tuple[str, ...]
    policy: EffectivePolicy
    with_credentials: bool
    read: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The first name. Origins and methods are alone."""
        return self.names[0]

    @cached_property
    def wanted(self) -> EffectivePolicy:
        """The policy in force, with what is needed and nothing else added."""
        policy = self.policy
        changed: dict[str, Any]
        if self.field == "allow_credentials":
            changed = {self.field: (*self._credentialed, *self.names)}
            if "*" in policy.expose_headers:
                changed["expose_headers"] = self._exposed
        else:
            changed = {self.field: (*getattr(policy, self.field), *self.names)}
        if self.field == "allowed_origins":
            changed["allow_credentials"] = False if policy.is_nobody else self._kept_credentials
        return replace(policy, **changed)

    def is_overstepped(self, policy: EffectivePolicy) -> bool:
        """Whether under a policy the origin may send credentials without need."""
        is_origin = self.field == "allowed_origins" and not self.with_credentials
        return is_origin and policy.credentials_for(self.name)

    @property
    def _credentialed(self) -> tuple[str, ...]:
        credentials = self.policy.allow_credentials
        return () if isinstance(credentials, bool) else credentials

    @property
    def _exposed(self) -> tuple[str, ...]:
        """The headers to expose where `*` does not count: with credentials (Fetch § 3.3.3)."""
        named = [name for name in self.policy.expose_headers if name != "*"]
        return tuple(dict.fromkeys((*named, *self.read)))

    @property
    def _kept_credentials(self) -> bool | tuple[str, ...]:
        """Credentials for the same origins as before: `True` would include the new one."""
        policy = self.policy
        if self.with_credentials or policy.allow_credentials is not True:
            return policy.allow_credentials
        if policy.allows_unlisted or len(policy.allowed_origins) > MAX_LISTED:
            return True
        return policy.allowed_origins

    @cached_property
    def fresh(self) -> dict[str, Any]:
        """The fields of a declaration that is put on top of the policy in force."""
        wanted = self.wanted
        if self.field == "allow_credentials":
            fields: dict[str, Any] = {self.field: wanted.allow_credentials}
            if wanted.expose_headers != self.policy.expose_headers:
                fields["expose_headers"] = wanted.expose_headers
            return fields
        if self.field != "allowed_origins":
            return {self.field: (INHERITED, *self.names)}
        if self.policy.is_nobody:
            # Nobody's credentials must not be inherited: they would be the new origin's.
            return {self.field: self.names}
        fields = {self.field: (INHERITED, *self.names)}
        if wanted.allow_credentials != self.policy.allow_credentials:
            fields["allow_credentials"] = wanted.allow_credentials
        return fields

    @cached_property
    def declaration(self) -> CorsPolicy | None:
        """The policy of `fresh`. None if no policy can list the names: one may be no token."""
        try:
            return CorsPolicy(**self.fresh)
        except CorsConfigurationError:
            return None

    def edits(self, policy: CorsPolicy) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields that a declaration has to set, and what its lists have to add."""
        sets: dict[str, Any] = {}
        adds: dict[str, Any] = {}
        for name, value in self.fresh.items():
            added = self._added(policy, name, value)
            if added:
                adds[name] = added
            elif name == "allowed_origins" and policy.sets_origins:
                sets[name] = self.names
            else:
                sets[name] = value
        is_first = self.field == "allowed_origins" and self.policy.is_nobody
        if is_first and policy.allow_credentials is True and not self.with_credentials:
            # Nobody had these credentials; they would be the new origin's.
            sets["allow_credentials"] = False
        return sets, adds

    def _added(self, policy: CorsPolicy, name: str, value: Any) -> tuple[str, ...]:
        """Return the items that a list of an existing declaration has to add.

        There are none where the field has to be set.
        """
        declared = getattr(policy, name)
        if name == "allow_credentials":
            return value[-1:] if value[:-1] == declared else ()
        if name == "allowed_origins" and policy.is_off:
            return ()
        if isinstance(declared, tuple) and value != self._exposed:
            return self.names
        return ()

    def is_met(self, policy: EffectivePolicy) -> bool:
        """Whether a policy allows what is needed, and nothing more.

        Where credentials are on for every origin of a policy, and cannot be listed, they are on for
        the new one too.
        """
        wanted = self.wanted
        if self.field == "allowed_origins" and policy.allow_credentials is True:
            wanted = replace(self.wanted, allow_credentials=True)
        return _facts(policy) == _facts(wanted)

    def is_exceeded(self, before: EffectivePolicy, after: EffectivePolicy) -> bool:
        """Whether an edit allows more than is needed at another endpoint."""
        granted = _granted(after) - _granted(before)
        granted -= {("credentials", name) for name in self.names}  # is_overstepped() is about these
        if self.field == "allowed_origins":
            granted -= {("origin", name) for name in self.names}
        return bool(granted) or (not before.is_nobody and self._exceeds_lists(before, after))

    def _exceeds_lists(self, before: EffectivePolicy, after: EffectivePolicy) -> bool:
        """Whether a list of methods or headers has more new names than are needed."""
        needed = set(map(str.lower, (*self.names, *self.read)))
        added: set[str] = set()
        for field in ("allow_methods", *HEADER_FIELDS):
            added |= _lower(getattr(after, field)) - _lower(getattr(before, field))
        return not added <= needed


def _granted(policy: EffectivePolicy) -> set[tuple[str, object]]:
    """Return who is allowed, and who with credentials."""
    listed: set[object] = {
        *policy.allowed_origins,
        *policy.allowed_origin_regexes,
        *policy.origin_tests,
    }
    if policy.allow_all_origins:
        listed.add("*")
    granted = {("origin", one) for one in listed}
    credentials = policy.allow_credentials
    if isinstance(credentials, tuple):
        granted |= {("credentials", one) for one in credentials}
    elif credentials:
        granted |= {("credentials", one) for one in listed}
    return granted


def _lower(names: tuple[str, ...]) -> set[str]:
    return set(map(str.lower, names))


def _facts(policy: EffectivePolicy) -> tuple[object, ...]:
    """Return what a policy allows, without the order of its lists."""

    def plain(name: str) -> object:
        value = getattr(policy, name)
        if not isinstance(value, tuple):
            return value
        return frozenset(item.lower() if name in HEADER_FIELDS else item for item in value)

    names = ("allowed_origins", "allowed_origin_regexes", "allow_all_origins", "allow_credentials")
    return (*map(plain, names), *map(plain, ("allow_methods", *HEADER_FIELDS)), policy.origin_tests)
