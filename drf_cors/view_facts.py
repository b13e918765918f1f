"""Facts about a callback of a URLconf: its class, its handlers, its methods. Nothing here is about CORS.

REST framework is not imported for it: what it leaves on callbacks and handlers (`cls`, `actions`, `initkwargs`,
`kwargs`, `mapping`) is read where it is found.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, cast

from asgiref.sync import AsyncToSync, SyncToAsync
from django.views import View
from django.views.decorators.http import require_http_methods

from drf_cors.held import closure, innermost, name_of, own_attributes, unwrapped

#: What `View.http_method_names` is unless a class changes it.
STANDARD_METHOD_NAMES: Final = tuple(View.http_method_names)


#: Packages whose own methods leave `http_method_names` as it is.
_FRAMEWORKS: Final = frozenset({"builtins", "django", "rest_framework"})


def _sync_view() -> None: ...


async def _async_view() -> None: ...


#: The code of what `require_GET` and the like put around a view, sync and async. Code is compared, no name.
_METHOD_GUARDS: Final = frozenset(
    require_http_methods([])(view).__code__ for view in cast("list[Callable[..., Any]]", [_sync_view, _async_view])
)


class ViewFacts:
    """What a callback is.

    Args:
        callback: What the URLconf leads to.

    Attributes:
        callback: The same.
        chain: The callback and the callables it stands for, the innermost last.
        view_class: The class behind it, None for a function view, or where a wrapper hides it.
        function: The function that `@api_view` made the class from, None for others.
        actions: Lower-case method -> action of a viewset; empty elsewhere.
        initkwargs: The keywords of `as_view()`.
    """

    def __init__(self, callback: Callable[..., Any]) -> None:
        self.callback = callback
        self.chain = _chain(callback)
        carrier = self.chain[-1]
        self.view_class = view_class_of(carrier)
        self.function = api_view_function(self.view_class)
        self.actions: Mapping[str, str] = dict(_mapping(carrier, "actions"))
        self.initkwargs = _mapping(carrier, "initkwargs") or _mapping(carrier, "view_initkwargs")

    @functools.cached_property
    def name(self) -> str:
        """The view's name, for people: of a class or of a function."""
        if self.view_class is not None:
            return self.view_class.__name__
        named = [link for link in self.chain if not isinstance(link, functools.partial)]
        return name_of(named[0] if named else self.chain[-1])

    @functools.cached_property
    def callables(self) -> tuple[tuple[type, str], ...]:
        """The classes of objects that are the callback, or part of it; see `callable_owners`."""
        return tuple(callable_owners(self.chain))

    @functools.cached_property
    def classes(self) -> tuple[type, ...]:
        """The classes that the callback leads to: the view class, and those of callable objects."""
        view_classes = () if self.view_class is None else (self.view_class,)
        return (*view_classes, *(owner for owner, _ in self.callables))

    @functools.cached_property
    def holders(self) -> tuple[object, ...]:
        """The objects that are the callback, or that its method is bound to. Their `cors_policy` is the view's own."""
        bound_to = [cast("Any", link).__self__ for link in self.chain if type(link) is types.MethodType]
        return (*bound_to, *filter(is_callable_object, self.chain))

    @functools.cached_property
    def allowed_names(self) -> frozenset[str]:
        """The lower-case methods that the class accepts: `http_method_names`."""
        given = self.initkwargs.get("http_method_names")
        names = getattr(self.view_class, "http_method_names", ()) if given is None else given
        return frozenset(name for name in names if isinstance(name, str))

    @functools.cached_property
    def handlers(self) -> dict[str, str]:
        """Upper-case method -> the attribute of the class that handles it. Empty where there is no such class."""
        if self.view_class is None or self.function is not None:
            return {}
        found = dict(self.actions)
        names = self.allowed_names | (set(STANDARD_METHOD_NAMES) if self.may_accept_more else set())
        # Of a viewset too: `dispatch` finds what is named after a method, whatever the router maps.
        found |= {name: name for name in sorted(names - found.keys()) if callable(self.handler(name))}
        if self.is_head_an_alias:
            found["head"] = found["get"]
        return {method.upper(): name for method, name in found.items()}

    @functools.cached_property
    def may_accept_more(self) -> bool:
        """Whether code of the project runs before a handler is picked: it may change `http_method_names`."""
        if self.view_class is None:
            return False
        definers = [_definer_beside_mixin(self.view_class, name) for name in ("__init__", "setup", "dispatch")]
        return any(definer.__module__.partition(".")[0] not in _FRAMEWORKS for definer in definers)

    @property
    def is_head_an_alias(self) -> bool:
        """Whether GET's handler answers HEAD: by `View.setup()`, or by what `as_view()` of a viewset does."""
        if self.actions:
            # A viewset has "head" among its actions after the first GET.
            get = self.actions.get("get")
            return get is not None and self.actions.get("head", get) == get
        return callable(self.handler("get")) and not callable(self.handler("head"))

    @property
    def has_own_head(self) -> bool:
        """Whether HEAD has a handler that is written or routed for it."""
        return "HEAD" in self.handlers and not self.is_head_an_alias

    @functools.cached_property
    def methods(self) -> frozenset[str] | None:
        """Upper-case methods that the view is known to have, HEAD and OPTIONS included; None where that is unknown."""
        guarded = self._guarded_methods()
        own = self._class_methods()
        if own is None or guarded is None:
            return own if guarded is None else guarded
        return own & guarded

    def _class_methods(self) -> frozenset[str] | None:
        if self.view_class is None:
            return None
        if self.function is not None:
            names = {name for name in self.allowed_names if callable(self.handler(name))}
            if "get" in names and "head" in self.allowed_names:
                names.add("head")
            return frozenset(name.upper() for name in names)
        methods = frozenset(method for method in self.handlers if method.lower() in self.allowed_names)
        if not methods - {"OPTIONS"} and not self.actions:
            return None  # a class that overrides only `dispatch` may answer anything
        return methods

    def _guarded_methods(self) -> frozenset[str] | None:
        """Return the methods that Django's `require_http_methods` lets through; None where it is not used."""
        lists = [_guard_list(link) for link in self.chain]
        given = [frozenset(methods) for methods in lists if methods is not None]
        return frozenset.intersection(*given) if given else None

    def handler(self, name: str) -> object:
        """Return an attribute of the class, None where it has none of that name."""
        return getattr(self.view_class, name, None)

    def extended_action(self, name: str) -> str | None:
        """Return the action that `name` is an extra method of (`@action.mapping.delete`), None for others."""
        return self._extended_actions.get(name)

    @functools.cached_property
    def _extended_actions(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for klass in getattr(self.view_class, "__mro__", ()) if self.actions else ():
            for action, member in list(vars(klass).items()):
                mapping = own_attributes(member).get("mapping")
                # REST framework's mapper is a dict.
                for name in mapping.values() if isinstance(mapping, dict) else ():
                    if name != action:
                        found.setdefault(name, action)
        return found


def do_same(one: ViewFacts, other: ViewFacts) -> bool:
    """Whether two callbacks lead to the same view: one class, one callable, or a function and its copy."""
    if one.view_class is not None or other.view_class is not None:
        return one.view_class is other.view_class
    first, second = one.chain[-1], other.chain[-1]
    if first is second:
        return True
    if not (isinstance(first, types.FunctionType) and isinstance(second, types.FunctionType)):
        return False
    kept, other_kept = closure(first), closure(second)
    return (
        first.__code__ is second.__code__
        and kept.keys() == other_kept.keys()
        and all(value is other_kept[name] for name, value in kept.items())
        and first.__defaults__ is second.__defaults__
        and first.__kwdefaults__ is second.__kwdefaults__
    )


def _chain(callback: Callable[..., Any]) -> tuple[object, ...]:
    """Return a callback and the callables it stands for, up to the one that `as_view()` made."""
    links = tuple(unwrapped(callback))
    carriers = [number for number, link in enumerate(links) if view_class_of(link) is not None]
    return links[: carriers[-1] + 1] if carriers else links


def _definer_beside_mixin(view_class: type, name: str) -> type:
    """Return the class that defines a method, the mixin aside: what it adds decides nothing."""
    holders = [klass for klass in view_class.__mro__ if name in vars(klass)]
    return next((klass for klass in holders if klass.__module__ != "drf_cors.mixins"), view_class)


def definer_of(view_class: type, name: str) -> type:
    """Return the class of the MRO that defines an attribute; `view_class` where none does."""
    return next((klass for klass in view_class.__mro__ if name in vars(klass)), view_class)


def view_class_of(callback: object) -> type | None:
    """Return the class behind a callback, by what `as_view()` left on it; None for others."""
    for attribute in ("cls", "view_class"):  # REST framework's name, then Django's
        view_class = own_attributes(callback).get(attribute)  # not getattr(): an object may answer with anything
        if isinstance(view_class, type):
            return view_class
    return None


def api_view_function(view_class: type | None) -> Callable[..., Any] | None:
    """Return the function that `@api_view` made `view_class` from, or None where it did not.

    Such a class has the function's name and module, and all its handlers keep the function in their closure. REST
    framework's decorator makes one, and so do other packages' copies of it.
    """
    if view_class is None:
        return None
    attributes = vars(view_class)
    custom = [name for name in attributes.get("http_method_names", ()) if isinstance(name, str)]
    names = sorted({*STANDARD_METHOD_NAMES, *custom} & attributes.keys())
    kept = [list(_closure_functions(attributes[name])) for name in names]
    for function in kept[0] if kept else ():
        is_namesake = _name_and_module(function) == (view_class.__name__, view_class.__module__)
        if is_namesake and all(any(function is other for other in functions) for functions in kept):
            return function
    return None


def _name_and_module(function: object) -> tuple[object, object]:
    if type(function) is types.FunctionType:
        return function.__name__, function.__module__
    attributes = own_attributes(function)  # of an object, what functools.update_wrapper() left on it
    return attributes.get("__name__"), attributes.get("__module__")


def _closure_functions(member: object) -> Iterator[Callable[..., Any]]:
    for content in closure(member).values() if isinstance(member, types.FunctionType) else ():
        if callable(content) and not isinstance(content, type):
            yield content


def _guard_list(view: object) -> list[str] | None:
    if type(view) is not types.FunctionType or view.__code__ not in _METHOD_GUARDS:
        return None
    return list(cast("Iterable[str]", closure(view)["request_method_list"]))


def callable_owners(callables: Iterable[object]) -> Iterator[tuple[type, str]]:
    """Yield the classes of callables that are objects or their methods, each with the method that is called.

    `path("x", Obj())` calls `__call__`, `path("x", Obj().page)` calls `page`; the name of a bound method is "".
    """
    for called in callables:
        if type(called) is types.MethodType:
            bound_to: Any = called.__self__
            yield (bound_to if issubclass(type(bound_to), type) else type(bound_to)), ""
        elif is_callable_object(called):
            yield type(called), "__call__"


def bound_methods(callables: Iterable[object], owner: type) -> list[str]:
    """Return the names of the methods of `owner` among callables that are bound methods."""
    methods = [called for called in callables if type(called) is types.MethodType]
    return [method.__func__.__name__ for method in methods if type(method.__self__) is owner]


def is_callable_object(link: object) -> bool:
    """Whether a callable is an object whose class defines `__call__` in Python; asgiref's own classes aside."""
    call = getattr(type(link), "__call__", None)  # noqa: B004 - where it is defined, not whether it is there
    return isinstance(innermost(call), types.FunctionType) and not isinstance(link, (AsyncToSync, SyncToAsync, type))


def _mapping(carrier: object, name: str) -> Mapping[str, Any]:
    value = own_attributes(carrier).get(name)
    return value if isinstance(value, Mapping) else {}
