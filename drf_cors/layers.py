"""Reads the declarations for a callback of a URLconf into layers 3 to 5 of the merge.

This module decides to which layer a declaration belongs:

3. the view's own code: each class of the MRO, base first; or the function, below and above
   `@api_view`
4. outside the view: `CORS_VIEW_POLICIES`, then `as_view(cors_policy=...)` or `cors()` around the
   view
5. the action or the handler method

`drf_cors.lost` finds the declarations that belong to no layer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import FunctionType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, cast

from drf_cors.core.merge import Layer
from drf_cors.core.policy import CorsPolicy
from drf_cors.core.sources import Source
from drf_cors.decorators import Mark, marks_of
from drf_cors.held import unwrapped
from drf_cors.members import (
    Declaration,
    action_keyword,
    chain_marks,
    marks_of_chain,
    members_of,
    own_policy,
)
from drf_cors.one_pass import once_per_pass
from drf_cors.view_facts import NOTHING, definers_of
from drf_cors.view_layers import Conflict, full_name

if TYPE_CHECKING:
    from drf_cors.conf import CorsSettings
    from drf_cors.view_facts import ViewFacts
    from drf_cors.view_layers import UrlName


class LayerReader:
    """Reads the layers of one callback behind one URL.

    Never raises: an unknown policy name or an invalid value becomes a layer that allows nobody.

    Args:
        facts: Of the callback.
        url_name: The name of the URL pattern.
        conf: The settings.

    Attributes:
        general: Layers 3 and 4, weakest first.
        by_method: Upper-case method -> its layer 5.
        conflicts: The layers with more than one declaration.
        view_policies_key: The key of `CORS_VIEW_POLICIES` that names the view, None if none does.
        members: What the attributes of the class declare.
    """

    def __init__(self, facts: ViewFacts, url_name: UrlName, conf: CorsSettings) -> None:
        self.facts = facts
        self.members = members_of(facts.view_class if facts.function is None else None)
        self.conf = conf
        self.conflicts: list[Conflict] = []
        self.view_policies_key = find_view_policies_key(facts, url_name, conf)
        self.general = (*self._own_layers(), *self._outside_layers())
        self.by_method = self._method_layers()

    # Layer 3

    def _own_layers(self) -> Iterator[Layer]:
        facts = self.facts
        if facts.view_class is not None:
            yield from self._class_layers(facts.view_class, "dispatch")
        for owner, entry in reversed(facts.callables):
            yield from self._class_layers(owner, entry)
        for holder in facts.holders:
            attribute = own_policy(holder)
            if attribute is not None and not isinstance(holder, type):
                source = Source("attribute", type(holder).__name__)
                yield self._layer(Declaration(attribute, source))
        marks: list[Mark] = []
        if facts.function is not None:
            marks += chain_marks(unwrapped(facts.function))
        marks += [mark for mark in self._callback_marks() if not self._is_around(mark)]
        source = Source("decorator", facts.name)
        yield from self._one([Declaration(mark.policy, source) for mark in marks])

    def _class_layers(self, owner: type, entry: str) -> Iterator[Layer]:
        """Yield the layers of a class and its bases, base first."""
        for declarations in _of_classes(owner, entry):
            yield from self._one(declarations)

    def _callback_marks(self) -> list[Mark]:
        marks = marks_of_chain(self.facts.chain)
        if not marks:
            return []
        # `as_view()` copies the attributes of `dispatch` to the callback; those marks belong to the
        # class.
        of_dispatch = marks_of(self.facts.handler("dispatch"))
        return [mark for mark in marks if mark not in of_dispatch]

    def _is_around(self, mark: Mark) -> bool:
        # If unknown, the mark counts as around the view. `drf_cors.lost` closes the view if another
        # declaration makes the difference matter.
        return mark.is_around_view is not False

    # Layer 4

    def _outside_layers(self) -> Iterator[Layer]:
        if self.view_policies_key is not None:
            source = Source("setting", f"CORS_VIEW_POLICIES[{self.view_policies_key!r}]")
            declared = Declaration(self.conf.view_policies[self.view_policies_key], source)
            yield self._layer(declared, from_urlconf_or_settings=True)
        declarations: list[Declaration] = []
        keyword = self.facts.initkwargs.get("cors_policy")
        if keyword is not None and not self._is_action_keyword(keyword):
            declarations.append(Declaration(keyword, Source("as_view-keyword", self.facts.name)))
        source = Source("wrapper", self.facts.name)
        around = [mark for mark in self._callback_marks() if self._is_around(mark)]
        declarations += [Declaration(mark.policy, source) for mark in around]
        yield from self._one(declarations, from_urlconf_or_settings=True)

    def _is_action_keyword(self, keyword: object) -> bool:
        """Whether a router copied the keyword, and all others, from an `@action`."""
        for name in self.facts.actions.values():
            handler: Any = self.facts.handler(name)
            if action_keyword(handler) is not keyword:
                continue
            if _is_part(handler.kwargs, self.facts.initkwargs):
                return True
        return False

    # Layer 5

    def _method_layers(self) -> Mapping[str, Layer]:
        handlers = self.facts.handlers
        layers: dict[str, Layer] = {}
        for name in dict.fromkeys(handlers.values()):
            for layer in self._one(self._handler_declarations(name)):
                layers[name] = layer
        if not layers:
            return NOTHING
        return {method: layers[name] for method, name in handlers.items() if name in layers}

    def _handler_declarations(self, name: str) -> list[Declaration]:
        declarations = self.declarations_of(name)
        if declarations:
            return declarations
        action = self.facts.extended_action(name)
        if action is None:
            return []
        return self.declarations_of(action)

    def declarations_of(self, name: str) -> list[Declaration]:
        """Return what is declared for an action or a handler, the closest to its code first.

        Args:
            name: The name of the method.
        """
        view_class = cast("type", self.facts.view_class)
        member = self.members.of(name)
        of_method = [] if member is None else member.declarations
        if not self.facts.actions:
            return of_method
        mro = view_class.__mro__
        for klass, mapped in action_maps(view_class):
            if name not in mapped:
                continue
            entry = Declaration(mapped[name], action_map_source(klass, name))
            # Of a class and its parent, only the class counts.
            if member is None or mro.index(klass) < mro.index(member.owner):
                return [entry]
            return [*of_method, entry] if klass is member.owner else of_method
        return of_method

    # Choosing

    def _one(self, declarations: Sequence[Declaration], *, from_urlconf_or_settings: bool = False) -> Iterator[Layer]:
        """Yield the declaration in force, and note the others as conflicts."""
        if not declarations:
            return
        layers = [
            self._layer(declaration, from_urlconf_or_settings=from_urlconf_or_settings) for declaration in declarations
        ]
        chosen = _in_force(layers)
        if len(layers) > 1:
            others = tuple(layer.source for layer in layers if layer is not chosen)
            self.conflicts.append(Conflict(chosen.source, others))
        yield chosen

    def _layer(self, declaration: Declaration, *, from_urlconf_or_settings: bool = False) -> Layer:
        value = declaration.value
        policy: CorsPolicy | None = None
        policy_name: str | None = None
        invalid_value: object = None
        declared: CorsPolicy | str | None = None
        if isinstance(value, CorsPolicy):
            policy = declared = value
        elif isinstance(value, str):
            policy_name = value
            policy = self.conf.policies.get(value)
            declared = value if policy is not None else None
        else:
            invalid_value = value
        return Layer(
            policy=policy,
            policy_name=policy_name,
            invalid_value=invalid_value,
            source=replace(declaration.source, declared=declared),
            from_urlconf_or_settings=from_urlconf_or_settings,
        )


def _in_force(layers: list[Layer]) -> Layer:
    """Return the layer that allows nobody, else one with origins, else the closest to the code.

    Of several with origins, it is the closest. Without this rule, two declarations of which the
    closest has no origins would open the view to the origins of the settings.
    """
    closing = [layer for layer in layers if layer.policy is None or layer.policy.is_off]
    deciding = [layer for layer in layers if layer.policy is not None and layer.policy.replaces_origins]
    return (closing or deciding or layers)[0]


@once_per_pass
def _of_classes(owner: type, entry: str) -> list[list[Declaration]]:
    """Return what a class and its bases declare, base first."""
    found = [class_declarations(klass, entry) for klass in reversed(owner.__mro__[:-1])]
    return list(filter(None, found))


@once_per_pass
def class_declarations(klass: type, entry: str) -> list[Declaration]:
    """Return what a class itself declares for all its methods, the closest to its code first.

    Args:
        klass: The class, without its bases.
        entry: The method that Django calls: `dispatch` of a view class, `__call__` of the class of
            a callable object. A mark on this method counts as one on the class.
    """
    declarations: list[Declaration] = []
    attribute = vars(klass).get("cors_policy")
    is_slot = type(attribute) is MemberDescriptorType  # then each object has a value of its own
    # The project may use the name for something else.
    is_method = isinstance(attribute, (FunctionType, property))
    if attribute is not None and not is_slot and not is_method:
        declarations.append(Declaration(attribute, Source("attribute", klass.__name__)))
    marks = [(mark, klass.__name__) for mark in marks_of(klass)]
    marks += [(mark, f"{klass.__name__}.{entry}") for mark in _own_marks(klass, entry)]
    marks.sort(key=lambda marked: marked[0].number)
    declarations += [Declaration(mark.policy, Source("decorator", name)) for mark, name in marks]
    return declarations


def _own_marks(klass: type, entry: str) -> list[Mark]:
    """Return the marks on a method of a class, without those of the base's method that it wraps."""
    holders = definers_of(klass, entry)
    if not holders or holders[0] is not klass:
        return []
    marks = chain_marks(unwrapped(vars(klass)[entry]))
    if len(holders) == 1:
        return marks
    inherited = chain_marks(unwrapped(vars(holders[1])[entry]))
    return [mark for mark in marks if mark not in inherited]


@once_per_pass
def action_maps(view_class: type) -> tuple[tuple[type, Mapping[object, object]], ...]:
    """Return the classes of an MRO that have a `cors_action_policies` of their own, each with it.

    A value that is not a mapping is left out: it is reported as a declaration that has no effect.

    Args:
        view_class: The class.
    """
    found: list[tuple[type, Mapping[object, object]]] = []
    for klass in view_class.__mro__:
        mapped = vars(klass).get("cors_action_policies")
        if mapped is not None and isinstance(mapped, Mapping):
            found.append((klass, mapped))
    return tuple(found)


def action_map_source(klass: type, name: object) -> Source:
    """Return the source of an entry of `cors_action_policies`.

    Args:
        klass: The class with the attribute.
        name: The key.
    """
    return Source("action-map", f"{klass.__name__}.cors_action_policies[{name!r}]")


def find_view_policies_key(facts: ViewFacts, url_name: UrlName, conf: CorsSettings) -> str | None:
    """Return the most specific key of `CORS_VIEW_POLICIES` that names a view, None if none does.

    Args:
        facts: Of the callback.
        url_name: The name of the URL pattern.
        conf: The settings.
    """
    keys = conf.view_policies
    if not keys:
        return None
    name, namespaces = url_name
    candidates: list[str] = []
    if name:
        candidates.append(full_name(url_name))
    candidates += [":".join((*namespaces[:depth], "*")) for depth in range(len(namespaces), 0, -1)]
    candidates += [key for key in dotted_keys(conf) if is_named_by(key, facts)]
    return next((key for key in candidates if key in keys), None)


@once_per_pass
def dotted_keys(conf: CorsSettings) -> tuple[str, ...]:
    """Return the keys of `CORS_VIEW_POLICIES` that may be the dotted path of a view.

    Args:
        conf: The settings.
    """
    return tuple(key for key in conf.view_policies if key.rpartition(".")[0] and ":" not in key)


def is_named_by(dotted_path: str, facts: ViewFacts) -> bool:
    """Return whether a key of `CORS_VIEW_POLICIES` is the dotted path of a view.

    The path may be that of the class, the function or the callback. Nothing is imported, because a
    view with a route has been imported.

    Args:
        dotted_path: The key, one of `dotted_keys`.
        facts: Of the callback.
    """
    module, _, attribute = dotted_path.rpartition(".")
    named = getattr(sys.modules.get(module), attribute, None)
    if named is not None and any(named is view for view in (*facts.classes, *facts.chain)):
        return True
    described = (facts.view_class,) if facts.view_class is not None else facts.chain
    return any(_is_described(view, module, attribute) for view in described)


def _is_described(view: object, module: str, attribute: str) -> bool:
    if not issubclass(type(view), (type, FunctionType)):
        return False
    view = cast("type | FunctionType", view)
    # `@api_view` copies the name of the function to its class, but not the qualified name.
    return view.__module__ == module and attribute in (view.__qualname__, view.__name__)


def _is_part(part: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return all(name in whole and whole[name] is value for name, value in part.items())
