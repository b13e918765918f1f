"""From a callback of a URLconf to the layers that declare for it: layers 3 to 5 of the merge.

This file owns the question "which view does this declaration belong to?":

3. the view's own code: each class of the MRO, base first; or the function, below and above `@api_view`
4. from outside: `CORS_VIEW_POLICIES`, then `as_view(cors_policy=...)` or `cors()` around the view
5. the action or the handler method

What is declared and belongs to no layer is found in `drf_cors.lost`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from drf_cors.core.merge import Layer, Source
from drf_cors.core.policy import CorsPolicy
from drf_cors.decorators import Mark, marks_of
from drf_cors.held import own_attributes, unwrapped
from drf_cors.members import Declaration, Members, action_keyword, chain_marks, own_policy
from drf_cors.mixins import CorsPolicyMixin

if TYPE_CHECKING:
    from drf_cors.conf import CorsSettings
    from drf_cors.core.errors import Fault
    from drf_cors.view_facts import ViewFacts


class UrlName(NamedTuple):
    """By what a URL pattern is known.

    Attributes:
        name: The pattern's own name, "" where it has none.
        namespaces: Instance namespaces, outermost first.
    """

    name: str = ""
    namespaces: tuple[str, ...] = ()


def full_name(name: UrlName) -> str:
    """Return a URL name with its namespaces, as Django's `reverse()` takes it: `orders:list`."""
    return ":".join((*name.namespaces, name.name))


class Conflict(NamedTuple):
    """Two declarations in one layer. `chosen` counts; the others have no effect."""

    chosen: Source
    others: tuple[Source, ...]


class Lost(NamedTuple):
    """A declaration that no layer holds. The endpoint is closed.

    Attributes:
        fault: What is lost, and the right form.
        source: Where it is declared.
        unless_routed: The marks and classes that are lost. Where they are in force at a route of their own, nothing is
            lost; empty where that does not count.
        unless_action: Of a viewset, the attribute that is concerned. Where another route of the class reaches it as an
            action, it is reported there. "" where that does not count.
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


@dataclass(frozen=True, kw_only=True)
class ViewLayers:
    """What is declared for one view behind one URL.

    Attributes:
        name: The view's name, for people: a class's or a function's.
        view_class: The class behind the callback, None for a function view.
        methods: Upper-case methods the view is known to have, HEAD and OPTIONS included; None where that
            cannot be told.
        handlers: Upper-case method -> the attribute of the class that handles it; empty for a function view.
        actions: Upper-case method -> action of a viewset; empty elsewhere.
        has_own_head: Whether HEAD has a handler that is written or routed for it; else it follows GET.
        general: Layers 3 and 4, weakest first.
        by_method: Upper-case method -> its layer 5.
        conflicts: Where one layer holds more than one declaration.
        lost: Declarations that no layer holds.
        unrouted: Of a viewset, declarations for methods that this callback does not route. Another one may.
        view_policies_key: The key of `CORS_VIEW_POLICIES` that names the view here, "" for none.
        watched: The classes and objects to which a policy may be assigned later.
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

    @property
    def is_outdated(self) -> bool:
        """Whether a policy was assigned to a class of the view since this was read."""
        for attributes, policy, actions in self.watched:
            if attributes.get("cors_policy") is not policy or attributes.get("cors_action_policies") is not actions:
                return True
        return False

    @property
    def declares(self) -> bool:
        """Whether anything is declared for any method of the view."""
        return bool(self.general or self.by_method or self.lost)

    @property
    def listed_methods(self) -> frozenset[str] | None:
        """The methods that lists show: HEAD and OPTIONS only where their policy is not that of GET or of the class.

        None where the methods cannot be told.
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
        attributes: Those of the class or object itself, as they are at any time.
        policy: Its own `cors_policy` when the layers were read.
        actions: Its own `cors_action_policies` then.
    """

    attributes: Mapping[str, object]
    policy: object
    actions: object


def watched_by(facts: ViewFacts) -> tuple[Watched, ...]:
    """Return what `ViewLayers.is_outdated` compares: the view's objects and classes, and bases that may declare."""
    found: dict[int, Watched] = {}
    for holder in facts.holders:
        attributes = own_attributes(holder)
        found[id(holder)] = Watched(attributes, attributes.get("cors_policy"), attributes.get("cors_action_policies"))
    for view_class in facts.classes:
        for klass in view_class.__mro__:
            attributes = vars(klass)
            if klass is view_class or "cors_policy" in attributes or issubclass(klass, CorsPolicyMixin):
                policy, actions = attributes.get("cors_policy"), attributes.get("cors_action_policies")
                found[id(klass)] = Watched(attributes, policy, actions)
    return tuple(found.values())


class LayerReader:
    """Reads the layers of one callback behind one URL.

    Never raises for what a project wrote: a name without a policy, or a value that is none, becomes a layer that closes
    the endpoint.

    Args:
        facts: What the callback is.
        url_name: By what the URL pattern is known.
        conf: What the settings say.

    Attributes:
        general: Layers 3 and 4, weakest first.
        by_method: Upper-case method -> its layer 5.
        conflicts: Where one layer holds more than one declaration.
        view_policies_key: The key of `CORS_VIEW_POLICIES` that names the view, None for none.
        members: What the attributes of the class declare.
    """

    def __init__(self, facts: ViewFacts, url_name: UrlName, conf: CorsSettings) -> None:
        self.facts = facts
        self.members = Members(facts.view_class if facts.function is None else None)
        self.conf = conf
        self.conflicts: list[Conflict] = []
        self.view_policies_key = self._find_view_policies_key(url_name)
        self.general = (*self._own_layers(), *self._outside_layers())
        self.by_method = self._method_layers()

    # Layer 3

    def _own_layers(self) -> Iterator[Layer]:
        facts = self.facts
        if facts.view_class is not None:
            for klass in reversed(facts.view_class.__mro__[:-1]):
                yield from self._one(class_declarations(klass, "dispatch"))
        for owner, entry in reversed(facts.callables):
            for klass in reversed(owner.__mro__[:-1]):
                yield from self._one(class_declarations(klass, entry))
        for holder in facts.holders:
            attribute = own_policy(holder)
            if attribute is not None and not isinstance(holder, type):
                yield self._layer(Declaration(attribute, Source("attribute", type(holder).__name__)))
        own = [mark for mark in self._callback_marks() if not self._is_around(mark)]
        below = chain_marks(unwrapped(facts.function)) if facts.function is not None else []
        yield from self._one([Declaration(mark.policy, Source("decorator", facts.name)) for mark in (*below, *own)])

    def _callback_marks(self) -> list[Mark]:
        # `as_view()` copies the attributes of `dispatch` onto the callback; those marks are the class's.
        of_dispatch = marks_of(self.facts.handler("dispatch"))
        return [mark for mark in chain_marks(self.facts.chain) if mark not in of_dispatch]

    def _is_around(self, mark: Mark) -> bool:
        # A mark of unknown place counts as one from outside; `drf_cors.lost` closes the view where it matters.
        return mark.is_outside is not False

    # Layer 4

    def _outside_layers(self) -> Iterator[Layer]:
        if self.view_policies_key is not None:
            source = Source("setting", f"CORS_VIEW_POLICIES[{self.view_policies_key!r}]")
            declared = Declaration(self.conf.view_policies[self.view_policies_key], source)
            yield self._layer(declared, from_urlconf_or_settings=True)
        declarations = []
        keyword = self.facts.initkwargs.get("cors_policy")
        if keyword is not None and not self._is_action_keyword(keyword):
            declarations.append(Declaration(keyword, Source("as_view-keyword", self.facts.name)))
        around = [mark for mark in self._callback_marks() if self._is_around(mark)]
        declarations += [Declaration(mark.policy, Source("wrapper", self.facts.name)) for mark in around]
        yield from self._one(declarations, from_urlconf_or_settings=True)

    def _find_view_policies_key(self, url_name: UrlName) -> str | None:
        """Return the most exact key of `CORS_VIEW_POLICIES` that names this view."""
        keys = self.conf.view_policies
        if not keys:
            return None
        name, namespaces = url_name
        candidates = [":".join((*namespaces, name))] if name else []
        candidates += [":".join((*namespaces[:depth], "*")) for depth in range(len(namespaces), 0, -1)]
        candidates += [key for key in keys if is_named_by(key, self.facts)]
        return next((key for key in candidates if key in keys), None)

    def _is_action_keyword(self, keyword: object) -> bool:
        """Whether a router took the keyword from an action. It takes all of the action's keywords at once."""
        return any(
            action_keyword(handler) is keyword and _is_part(cast("Any", handler).kwargs, self.facts.initkwargs)
            for handler in map(self.facts.handler, self.facts.actions.values())
        )

    # Layer 5

    def _method_layers(self) -> dict[str, Layer]:
        names = dict.fromkeys(self.facts.handlers.values())
        layers = {name: layer for name in names for layer in self._one(self._handler_declarations(name))}
        return {method: layers[name] for method, name in self.facts.handlers.items() if name in layers}

    def _handler_declarations(self, name: str) -> list[Declaration]:
        declarations = self._declarations_of(name)
        if not declarations and (action := self.facts.extended_action(name)) is not None:
            declarations = self._declarations_of(action)
        return declarations

    def _declarations_of(self, name: str) -> list[Declaration]:
        """Return what is declared for an action or a handler, the nearest to its code first."""
        view_class = cast("type", self.facts.view_class)
        member = self.members.of(name)
        declarations = [] if member is None else member.declarations
        for klass in view_class.__mro__ if self.facts.actions else ():
            mapped = vars(klass).get("cors_action_policies")
            if isinstance(mapped, Mapping) and name in mapped:
                declarations.append(Declaration(mapped[name], action_map_source(klass, name)))
                break
        return declarations

    # Choosing

    def _one(self, declarations: Sequence[Declaration], *, from_urlconf_or_settings: bool = False) -> Iterator[Layer]:
        """Yield the one declaration of a layer that counts: one that allows nobody, else the nearest to the code."""
        if not declarations:
            return
        layers = [
            self._layer(declaration, from_urlconf_or_settings=from_urlconf_or_settings) for declaration in declarations
        ]
        chosen = next((layer for layer in layers if layer.policy is None or layer.policy.is_off), layers[0])
        if len(layers) > 1:
            self.conflicts.append(
                Conflict(chosen.source, tuple(layer.source for layer in layers if layer is not chosen))
            )
        yield chosen

    def _layer(self, declaration: Declaration, *, from_urlconf_or_settings: bool = False) -> Layer:
        value = declaration.value
        policy: CorsPolicy | None = None
        policy_name: str | None = None
        invalid_value: object = None
        if isinstance(value, CorsPolicy):
            policy = value
        elif isinstance(value, str):
            policy_name = value
            policy = self.conf.policies.get(value)
        else:
            invalid_value = value
        return Layer(
            policy=policy,
            policy_name=policy_name,
            invalid_value=invalid_value,
            source=declaration.source,
            from_urlconf_or_settings=from_urlconf_or_settings,
        )


def class_declarations(klass: type, entry: str) -> list[Declaration]:
    """Return what a class itself declares for all its methods, the nearest to its code first.

    Args:
        klass: The class; its bases are not looked at.
        entry: The method that Django calls: a mark on it is one on the class. `dispatch` of a view class, `__call__`
            of a callable object's.
    """
    declarations = []
    attribute = vars(klass).get("cors_policy")
    if attribute is not None and type(attribute) is not MemberDescriptorType:  # a slot: each object has its own value
        declarations.append(Declaration(attribute, Source("attribute", klass.__name__)))
    marks = [(mark, klass.__name__) for mark in marks_of(klass)]
    marks += [(mark, f"{klass.__name__}.{entry}") for mark in _own_marks(klass, entry)]
    marks.sort(key=lambda marked: marked[0].number)
    declarations += [Declaration(mark.policy, Source("decorator", name)) for mark, name in marks]
    return declarations


def _own_marks(klass: type, entry: str) -> list[Mark]:
    """Return the marks `klass` itself put on a method, less those that came along from the one it wraps."""
    holders = [base for base in klass.__mro__ if entry in vars(base)]
    if not holders or holders[0] is not klass:
        return []
    marks, *inherited = [chain_marks(unwrapped(vars(base)[entry])) for base in holders[:2]]
    return [mark for mark in marks if not inherited or mark not in inherited[0]]


def action_map_source(klass: type, name: object) -> Source:
    """Return the source of an entry of `cors_action_policies`."""
    return Source("action-map", f"{klass.__name__}.cors_action_policies[{name!r}]")


def is_named_by(dotted_path: str, facts: ViewFacts) -> bool:
    """Whether a key of `CORS_VIEW_POLICIES` is the dotted path of a view: of its class, its function, or the callback.

    Nothing is imported for it: a view that is reached has been imported.
    """
    module, _, attribute = dotted_path.rpartition(".")
    if not module or ":" in dotted_path:
        return False
    named = getattr(sys.modules.get(module), attribute, None)
    if named is not None and any(named is view for view in (*facts.classes, *facts.chain)):
        return True
    described = (facts.view_class,) if facts.view_class is not None else facts.chain
    return any(_is_described(view, module, attribute) for view in described)


def _is_described(view: object, module: str, attribute: str) -> bool:
    if not issubclass(type(view), (type, FunctionType)):
        return False
    view = cast("type | FunctionType", view)
    # `@api_view` gives its class the function's name, but not the qualified one.
    return view.__module__ == module and attribute in (view.__qualname__, view.__name__)


def _is_part(part: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return all(name in whole and whole[name] is value for name, value in part.items())
