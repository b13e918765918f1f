"""The policies of one URL: one for each method, and one for all others."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drf_cors.core.merge import EffectivePolicy


@dataclass(frozen=True)
class UrlPolicies:
    """The policies of one URL, by method.

    Attributes:
        general: The policy of every method without one of its own, and of methods that the view
            does not have.
        by_method: Upper-case method -> policy, of every method that the view is known to have,
            with HEAD and OPTIONS.
        are_methods_known: Whether `by_method` holds all methods of the view. The methods of a
            function view are unknown.
        has_view: Whether the URL leads to a view.
        has_own_head: Whether HEAD has a handler of its own; else GET's handler answers it.
    """

    general: EffectivePolicy
    by_method: Mapping[str, EffectivePolicy] = field(default_factory=dict)
    are_methods_known: bool = False
    has_view: bool = True
    has_own_head: bool = False

    def of(self, method: str) -> EffectivePolicy:
        """Return the policy of a method.

        A method in lower case has the policy of the one in upper case, because Django looks for
        its handler in lower case.
        """
        if not self.by_method:
            return self.general  # a function view
        found = self.by_method.get(method)
        if found is None:
            found = self.by_method.get(_as_handled(method), self.general)
        return found

    def has_method(self, method: str) -> bool:
        """Whether the view may have a method, compared byte for byte, as in Fetch § 4.8."""
        return not self.are_methods_known or method in self.by_method

    @cached_property
    def _groups(self) -> Mapping[str, int]:
        """Method -> a number that equal policies share. Large policies compare slowly."""
        distinct: list[EffectivePolicy] = []
        groups = {}
        for method, policy in (("", self.general), *self.by_method.items()):
            if policy not in distinct:
                distinct.append(policy)
            groups[method] = distinct.index(policy)
        return groups

    def group_of(self, method: str) -> int:
        """Return a number that the methods under equal policies share."""
        if not self.by_method:
            return 0
        found = self._groups.get(method)
        if found is None:
            found = self._groups.get(_as_handled(method), 0)
        return found

    def have_same_policy(self, method: str, other: str) -> bool:
        """Whether two methods have equal policies."""
        return self.group_of(method) == self.group_of(other)

    @cached_property
    def has_several_policies(self) -> bool:
        """Whether methods, also those that the view does not have, have different policies."""
        return len(set(self._groups.values())) > 1

    @cached_property
    def affected_by_group(self) -> dict[int, tuple[str, ...]]:
        """Group of a method -> what `drf_cors.core.cache_safety` found: the methods it may open."""
        return {}

    @cached_property
    def prepared_preflights(self) -> dict[int, Any]:
        """Group of a method -> what `drf_cors.core.preflight` prepares for its preflights."""
        return {}


def _as_handled(method: str) -> str:
    """Return a method as the one whose handler answers it: handlers are looked up in lower case."""
    return method.lower().upper()
