"""From a callback of a URLconf to the layers that declare for it: layers 3 to 5 of the merge.

This file owns the question "what does this mark belong to?":

3. the view's own code: each class of the MRO, base first; or the function, below and above `@api_view`
4. from outside: `CORS_VIEW_POLICIES`, then `as_view(cors_policy=...)` or `cors()` around the view
5. the action or the handler method

It imports no REST framework: what DRF leaves on callbacks and handlers (`cls`, `actions`, `initkwargs`,
`kwargs`, `mapping`) is read where it is found.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from drf_cors.core.merge import Layer, Source
from drf_cors.core.policy import CorsPolicy
from drf_cors.decorators import Mark, api_view_function, marks_of, view_class_of

if TYPE_CHECKING:
    from drf_cors.conf import Conf


class UrlName(NamedTuple):
    """By what a URL pattern is known.

    Attributes:
        name: The pattern's own name, "" where it has none.
        namespaces: Instance namespaces, outermost first.
    """

    name: str = ""
    namespaces: tuple[str, ...] = ()


class Conflict(NamedTuple):
    """Two declarations in one layer. `chosen` counts; the others say nothing."""

    chosen: Source
    others: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class ViewLayers:
    """What is declared for one view behind one URL.

    Attributes:
        name: The view's name, for people: a class's or a function's.
        view_class: The class behind the callback, None for a function view.
        methods: Upper-case methods the view is known to have, HEAD and OPTIONS included; None where that
            cannot be told.
        actions: Upper-case method -> action of a viewset; empty elsewhere.
        general: Layers 3 and 4, weakest first.
        by_method: Upper-case method -> its layer 5. HEAD follows GET.
        conflicts: Where one layer holds more than one declaration.
        unknown_actions: Keys of `cors_action_policies` that name no action.
        view_policies_key: The key of `CORS_VIEW_POLICIES` that names the view here, "" for none.
    """

    name: str
    view_class: type | None
    methods: frozenset[str] | None
    actions: Mapping[str, str] = field(default_factory=dict)
    general: tuple[Layer, ...] = ()
    by_method: Mapping[str, Layer] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    unknown_actions: tuple[str, ...] = ()
    view_policies_key: str = ""

    @property
    def declares(self) -> bool:
        """Whether anything is declared for any method of the view."""
        return bool(self.general or self.by_method)


def view_layers(callback: Callable[..., Any], url_name: UrlName, conf: Conf) -> ViewLayers:
    """Return what is declared for `callback` where it stands behind `url_name`.

    Never raises for what a project wrote: a name without a policy, or a value that is none, becomes a layer
    that closes the endpoint.
    """
    return _Reader(callback, url_name, conf).read()


class _Declaration(NamedTuple):
    value: object
    source: Source


class _Reader:
    def __init__(self, callback: Callable[..., Any], url_name: UrlName, conf: Conf) -> None:
        self.callback = callback
        self.url_name = url_name
        self.conf = conf
        self.view_class = view_class_of(callback)
        self.function = api_view_function(self.view_class)
        self.actions: dict[str, str] = dict(_mapping(callback, "actions"))
        self.initkwargs = _mapping(callback, "initkwargs") or _mapping(callback, "view_initkwargs")
        self.conflicts: list[Conflict] = []

    def read(self) -> ViewLayers:
        general = (*self._own_layers(), *self._outside_layers())
        by_method = {} if self.function is not None else self._method_layers()
        return ViewLayers(
            name=self._name(),
            view_class=self.view_class,
            methods=self._methods(),
            actions={method.upper(): action for method, action in self.actions.items()},
            general=general,
            by_method=by_method,
            conflicts=tuple(self.conflicts),
            unknown_actions=self._unknown_actions(),
            view_policies_key=self._view_policies_key() or "",
        )

    def _name(self) -> str:
        if self.view_class is not None:
            return self.view_class.__name__
        return getattr(self.callback, "__qualname__", None) or type(self.callback).__qualname__

    # Layer 3

    def _own_layers(self) -> Iterator[Layer]:
        if self.view_class is not None:
            for klass in reversed(self.view_class.__mro__[:-1]):
                yield from self._one(self._class_declarations(klass))
        if self.view_class is None or self.function is not None:
            below = marks_of(self.function) if self.function is not None else []
            above = [mark for mark in self._callback_marks() if not self._is_around(mark)]
            name = self._name()
            yield from self._one([_Declaration(mark.policy, Source("decorator", name)) for mark in (*below, *above)])

    def _class_declarations(self, klass: type) -> list[_Declaration]:
        declarations = []
        attribute = vars(klass).get("cors_policy")
        if attribute is not None:
            declarations.append(_Declaration(attribute, Source("attribute", klass.__name__)))
        dispatch = own_marks(klass, "dispatch")
        marks = [(mark, klass.__name__) for mark in marks_of(klass)]
        marks += [(mark, f"{klass.__name__}.dispatch") for mark in dispatch]
        marks.sort(key=lambda marked: marked[0].number)
        declarations += [_Declaration(mark.policy, Source("decorator", name)) for mark, name in marks]
        return declarations

    def _callback_marks(self) -> list[Mark]:
        # `as_view()` copies the attributes of `dispatch` onto the callback; those marks are the class's.
        of_dispatch = marks_of(getattr(self.view_class, "dispatch", None))
        return [mark for mark in marks_of(self.callback) if mark not in of_dispatch]

    def _is_around(self, mark: Mark) -> bool:
        return mark.is_outside or (self.view_class is not None and self.function is None)

    # Layer 4

    def _outside_layers(self) -> Iterator[Layer]:
        key = self._view_policies_key()
        if key is not None:
            source = Source("setting", f"CORS_VIEW_POLICIES[{key!r}]")
            yield self._layer(_Declaration(self.conf.view_policies[key], source), is_outside=True)
        declarations = []
        keyword = self.initkwargs.get("cors_policy")
        if keyword is not None and not self._is_action_keyword(keyword):
            declarations.append(_Declaration(keyword, Source("as_view-keyword", self._name())))
        around = [mark for mark in self._callback_marks() if self._is_around(mark)]
        declarations += [_Declaration(mark.policy, Source("wrapper", self._name())) for mark in around]
        yield from self._one(declarations, is_outside=True)

    def _view_policies_key(self) -> str | None:
        """Return the most exact key of `CORS_VIEW_POLICIES` that names this view."""
        if not self.conf.view_policies:
            return None
        name, namespaces = self.url_name
        keys = [":".join((*namespaces, name))] if name else []
        keys += [":".join((*namespaces[:depth], "*")) for depth in range(len(namespaces), 0, -1)]
        found = next((key for key in keys if key in self.conf.view_policies), None)
        return found or next((key for key in self.conf.view_policies if self._is_at(key)), None)

    def _is_at(self, dotted_path: str) -> bool:
        """Whether a dotted path names the view: its class, its function, or the callback kept in a module.

        Nothing is imported for it: a view that is reached has been imported.
        """
        module, _, attribute = dotted_path.rpartition(".")
        if not module or ":" in dotted_path:
            return False
        named = getattr(sys.modules.get(module), attribute, None)
        if named is not None and (named is self.view_class or any(named is view for view in _unwrapped(self.callback))):
            return True
        described = self.view_class if self.view_class is not None else self.callback
        # `@api_view` gives its class the function's name, but not the qualified one.
        names = {getattr(described, "__qualname__", ""), getattr(described, "__name__", "")}
        return getattr(described, "__module__", None) == module and attribute in names

    def _is_action_keyword(self, keyword: object) -> bool:
        """Whether a router took the keyword from an action. It takes all of the action's keywords at once."""
        return any(
            _action_keyword(handler) is keyword and _is_part(vars(handler)["kwargs"], self.initkwargs)
            for handler in map(self._handler, self.actions.values())
        )

    # Layer 5

    def _method_layers(self) -> dict[str, Layer]:
        layers: dict[str, Layer] = {}
        for method, name in self._handler_names():
            for layer in self._one(self._handler_declarations(method, name)):
                layers[method.upper()] = layer
        if "GET" in layers:
            layers["HEAD"] = layers["GET"]
        else:
            layers.pop("HEAD", None)
        return layers

    def _handler_names(self) -> list[tuple[str, str]]:
        if self.view_class is None:
            return []
        if self.actions:
            return list(self.actions.items())
        return [(name, name) for name in self._method_names() if name != "options"]

    def _handler_declarations(self, method: str, name: str) -> list[_Declaration]:
        declarations = self._declarations_of(name)
        if not declarations and (owner := self._owner(method, name)) is not None:
            declarations = self._declarations_of(owner)
        return declarations

    def _unknown_actions(self) -> tuple[str, ...]:
        maps = [vars(klass).get("cors_action_policies") for klass in self.view_class.__mro__] if self.view_class else []
        names = dict.fromkeys(name for mapped in maps if isinstance(mapped, Mapping) for name in mapped)
        return tuple(
            name for name in names if not (self.actions and isinstance(name, str) and callable(self._handler(name)))
        )

    def _owner(self, method: str, name: str) -> str | None:
        """Return the action that `name` is an extra method of (`@action.mapping.delete`), or None."""
        members = [item for klass in cast("type", self.view_class).__mro__ for item in vars(klass).items()]
        for action, member in members:
            mapping = getattr(member, "mapping", None)
            # DRF's mapper is a dict whose `get` is a decorator.
            if action != name and isinstance(mapping, dict) and method in mapping and mapping[method] == name:
                return action
        return None

    def _declarations_of(self, name: str) -> list[_Declaration]:
        """Return what is declared for an action or a handler, the nearest to its code first."""
        view_class = cast("type", self.view_class)
        place = f"{_definer(view_class, name).__name__}.{name}"
        declarations = [
            _Declaration(mark.policy, Source("decorator", place)) for mark in _handler_marks(view_class, name)
        ]
        keyword = _action_keyword(self._handler(name))
        if keyword is not None:
            declarations.append(_Declaration(keyword, Source("action-keyword", place)))
        for klass in view_class.__mro__ if self.actions else ():
            mapped = vars(klass).get("cors_action_policies")
            if isinstance(mapped, Mapping) and name in mapped:
                source = Source("action-map", f"{klass.__name__}.cors_action_policies[{name!r}]")
                declarations.append(_Declaration(mapped[name], source))
                break
        return declarations

    def _handler(self, name: str) -> object:
        return getattr(self.view_class, name, None)

    # What the view has

    def _allowed_names(self) -> list[str]:
        given = self.initkwargs.get("http_method_names")
        names = getattr(self.view_class, "http_method_names", ()) if given is None else given
        return [name for name in names if isinstance(name, str)]

    def _method_names(self) -> list[str]:
        return [name for name in self._allowed_names() if callable(self._handler(name))]

    def _methods(self) -> frozenset[str] | None:
        if self.view_class is None:
            return None
        allowed = self._allowed_names()
        names = {name for name in (self.actions or self._method_names()) if name in allowed}
        if not names - {"options"} and not self.actions:
            return None  # a class that overrides only `dispatch` may answer anything
        if "get" in names and "head" in allowed:
            names.add("head")
        if "options" in allowed and callable(self._handler("options")):
            names.add("options")
        return frozenset(name.upper() for name in names)

    # Choosing

    def _one(self, declarations: Sequence[_Declaration], *, is_outside: bool = False) -> Iterator[Layer]:
        """Yield the one declaration of a layer that counts: one that closes, else the nearest to the code."""
        if not declarations:
            return
        layers = [self._layer(declaration, is_outside=is_outside) for declaration in declarations]
        chosen = next((layer for layer in layers if layer.policy is None or layer.policy.is_off), layers[0])
        if len(layers) > 1:
            self.conflicts.append(
                Conflict(chosen.source, tuple(layer.source for layer in layers if layer is not chosen))
            )
        yield chosen

    def _layer(self, declaration: _Declaration, *, is_outside: bool = False) -> Layer:
        value, source = declaration
        if isinstance(value, CorsPolicy):
            return Layer(policy=value, source=source, is_outside=is_outside)
        if isinstance(value, str):
            policy = self.conf.policies.get(value)
            return Layer(policy=policy, policy_name=value, source=source, is_outside=is_outside)
        return Layer(policy=None, instead=value, source=source, is_outside=is_outside)


def own_marks(klass: type, name: str) -> list[Mark]:
    """Return the marks `klass` itself put on a method, less those that came along from the one it wraps."""
    if name not in vars(klass):
        return []
    inherited = next((marks_of(vars(base)[name]) for base in klass.__mro__[1:] if name in vars(base)), [])
    return [mark for mark in marks_of(vars(klass)[name]) if mark not in inherited]


def _handler_marks(view_class: type, name: str) -> list[Mark]:
    definer = _definer(view_class, name)
    return own_marks(definer, name) or marks_of(vars(definer).get(name))


def _definer(view_class: type, name: str) -> type:
    return next((klass for klass in view_class.__mro__ if name in vars(klass)), view_class)


def _is_part(part: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return all(name in whole and whole[name] is value for name, value in part.items())


def _mapping(callback: object, name: str) -> Mapping[str, Any]:
    value = getattr(callback, name, None)
    return value if isinstance(value, Mapping) else {}


def _unwrapped(callback: object) -> Iterator[object]:
    """Yield a callback and what `functools.wraps` left behind it, `csrf_exempt` and the like."""
    seen: list[object] = []
    while callback is not None and not any(callback is known for known in seen):
        seen.append(callback)
        yield callback
        callback = getattr(callback, "__wrapped__", None)


def _action_keyword(handler: object) -> object:
    kwargs = getattr(handler, "kwargs", None)
    return kwargs.get("cors_policy") if isinstance(kwargs, dict) else None
