"""What is declared for one view, as data: its layers, and what no layer holds.

`drf_cors.layers` and `drf_cors.lost` make it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from drf_cors.held import own_attributes
from drf_cors.mixins import CorsPolicyMixin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drf_cors.core.errors import Fault
    from drf_cors.core.merge import Layer
    from drf_cors.core.sources import Source
    from drf_cors.decorators import Mark
    from drf_cors.view_facts import ViewFacts


class UrlName(NamedTuple):
    """The name of a URL pattern.

    Attributes:
        name: The pattern's own name, "" if it has none.
        namespaces: Instance namespaces, outermost first.
    """

    name: str = ""
    namespaces: tuple[str, ...] = ()


def full_name(name: UrlName) -> str:
    """Return a URL name with its namespaces, as for Django's `reverse()`: `orders:list`.

    Args:
        name: The name.
    """
    return ":".join((*name.namespaces, name.name))


class Conflict(NamedTuple):
    """Several declarations in one layer. Only `chosen` has an effect."""

    chosen: Source
    others: tuple[Source, ...]


class Lost(NamedTuple):
    """A declaration that no layer holds. The endpoint is closed.

    Attributes:
        fault: What is lost, and the right form.
        source: Where it is declared.
        unless_routed: Marks, classes and policies. If all of them are in force at a route, nothing
            is lost. If empty, routes do not count.
        unless_action: An attribute of a viewset. If another route reaches it as an action, it is
            not lost here. If "", routes do not count.
    """

    fault: Fault
    source: Source
    unless_routed: tuple[object, ...] = ()
    unless_action: str = ""


class Unrouted(NamedTuple):
    """A declaration for a method of a viewset that a callback does not route.

    Attributes:
        name: The method, or the key of `cors_action_policies`.
        owner: The class that holds the declaration.
        source: The declaration.
    """

    name: object
    owner: type
    source: Source


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewLayers:
    """What is declared for one view behind one URL.

    Attributes:
        name: The name of the class or function, for messages.
        view_class: The class behind the callback, None for a function view.
        methods: The upper-case methods of the view, with HEAD and OPTIONS; None if they are
            unknown.
        handlers: Upper-case method -> the attribute of the class that handles it; empty for a
            function view.
        actions: Upper-case method -> action of a viewset; empty for other views.
        has_own_head: Whether HEAD has a handler of its own. If not, it has the policy of GET.
        general: Layers 3 and 4, weakest first.
        by_method: Upper-case method -> its layer 5.
        conflicts: The layers with more than one declaration.
        lost: Declarations that no layer holds.
        unrouted: Declarations for methods of a viewset that this callback does not route. Another
            callback may.
        view_policies_key: The key of `CORS_VIEW_POLICIES` that names the view, "" if none does.
        watched: The classes and objects to which a policy may be assigned later.
        marks: All marks of the view, those without effect included.
    """

    name: str
    view_class: type | None
    methods: frozenset[str] | None
    handlers: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, str] = field(default_factory=dict)
    has_own_head: bool = False
    general: tuple[Layer, ...] = ()
    by_method: Mapping[str, Layer] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    lost: tuple[Lost, ...] = ()
    unrouted: tuple[Unrouted, ...] = ()
    view_policies_key: str = ""
    watched: tuple[Watched, ...] = ()
    marks: tuple[Mark, ...] = ()

    def is_own(self, mark: Mark) -> bool:
        """Return whether a mark that was noted at a request is one of the view."""
        if mark.is_of_request:
            return any(mark.call == own.call for own in self.marks)
        return mark in self.marks

    @property
    def is_outdated(self) -> bool:
        """Whether a policy was assigned to a class of the view since this was read."""
        for attributes, policy, actions in self.watched:
            own_actions = attributes.get("cors_action_policies")
            if attributes.get("cors_policy") is not policy or own_actions is not actions:
                return True
        return False

    @property
    def declares(self) -> bool:
        """Whether anything is declared for any method of the view."""
        return bool(self.general or self.by_method or self.lost)

    @property
    def listed_methods(self) -> frozenset[str] | None:
        """The methods that lists show, None if they are unknown.

        HEAD is left out if it has the policy of GET, OPTIONS if it has that of the class.
        """
        if self.methods is None:
            return None
        hidden = set()
        if not self.has_own_head and "GET" in self.methods:
            hidden.add("HEAD")
        if "OPTIONS" not in self.by_method:
            hidden.add("OPTIONS")
        return self.methods - hidden


class Watched(NamedTuple):
    """A class, or an object that is a callback, to which a policy may be assigned later.

    Attributes:
        attributes: The `__dict__` of the class or object itself; it shows later changes.
        policy: Its own `cors_policy` when the layers were read.
        actions: Its own `cors_action_policies` at that time.
    """

    attributes: Mapping[str, object]
    policy: object
    actions: object


def watched_by(facts: ViewFacts) -> tuple[Watched, ...]:
    """Return what `ViewLayers.is_outdated` compares.

    These are the objects and classes of the view, and the bases that may declare.

    Args:
        facts: Of the callback.
    """
    found: dict[int, Watched] = {}
    for holder in facts.holders:
        found[id(holder)] = _watched(own_attributes(holder))
    for view_class in facts.classes:
        for klass in view_class.__mro__:
            attributes = vars(klass)
            may_declare = "cors_policy" in attributes or issubclass(klass, CorsPolicyMixin)
            if klass is view_class or may_declare:
                found[id(klass)] = _watched(attributes)
    return tuple(found.values())


def _watched(attributes: Mapping[str, object]) -> Watched:
    policy = attributes.get("cors_policy")
    return Watched(attributes, policy, attributes.get("cors_action_policies"))
