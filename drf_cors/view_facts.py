"""Facts about a callback of a URLconf: class, handlers, methods. Nothing is about CORS.

REST framework is not imported. It sets attributes of callbacks and handlers (`cls`, `actions`,
`initkwargs`, `kwargs`, `mapping`), and these are read.
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
from drf_cors.noted_dispatch import NotingDispatch
from drf_cors.one_pass import once_per_pass

#: The default of `View.http_method_names`.
STANDARD_METHOD_NAMES: Final = tuple(View.http_method_names)


#: No handlers, actions or layers. Many views have none, and keep this one mapping.
NOTHING: Final[Mapping[str, Any]] = types.MappingProxyType({})

#: Packages whose own methods do not change `http_method_names`.
_FRAMEWORKS: Final = frozenset({"builtins", "django", "rest_framework"})


def _sync_view() -> None: ...


async def _async_view() -> None: ...


_PLAIN_VIEWS: list[Callable[..., Any]] = [_sync_view, _async_view]

#: The code of the wrappers of `require_GET` and similar decorators, sync and async.
_METHOD_GUARDS: Final = frozenset(require_http_methods([])(view).__code__ for view in _PLAIN_VIEWS)


class ViewFacts:
    """Facts about a callback.

    Args:
        callback: The callback of a URL pattern.

    Attributes:
        callback: The callback.
        chain: The callback and the callables that it wraps, the innermost last.
        view_class: The class behind it, None for a function view, or if a wrapper hides the class.
        function: The function under `@api_view`, None for other views.
        actions: Lower-case method -> action of a viewset; empty for other views.
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
        """The name of the class or function, for messages."""
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
        """The classes behind the callback: the view class, and those of callable objects."""
        view_classes = () if self.view_class is None else (self.view_class,)
        return (*view_classes, *(owner for owner, _ in self.callables))

    @functools.cached_property
    def holders(self) -> tuple[object, ...]:
        """The objects that are the callback, or whose method it is. Their `cors_policy` counts."""
        bound_to = [link.__self__ for link in self.chain if type(link) is types.MethodType]
        return (*bound_to, *filter(is_callable_object, self.chain))

    @functools.cached_property
    def allowed_names(self) -> frozenset[str]:
        """The lower-case methods that the class accepts: `http_method_names`."""
        given = self.initkwargs.get("http_method_names")
        names = getattr(self.view_class, "http_method_names", ()) if given is None else given
        return frozenset(name for name in names if isinstance(name, str))

    @functools.cached_property
    def handlers(self) -> Mapping[str, str]:
        """Upper-case method -> the attribute that handles it. Empty for a function view."""
        if self.view_class is None or self.function is not None:
            return NOTHING
        found = dict(self.actions)
        names = set(self.allowed_names)
        if self.may_accept_more:
            names.update(STANDARD_METHOD_NAMES)
        # Viewsets too: `dispatch` calls an attribute named after a method, whatever the router
        # maps.
        further = sorted(names - found.keys())
        found |= {name: name for name in further if callable(self.handler(name))}
        if self.is_head_an_alias and ("get" in found or "head" in names):
            found["head"] = found.get("get", "get")
        return {method.upper(): name for method, name in found.items()}

    @functools.cached_property
    def may_accept_more(self) -> bool:
        """Whether the project's code runs first, and may change `http_method_names`."""
        return self.view_class is not None and _may_accept_more(self.view_class)

    @property
    def is_head_an_alias(self) -> bool:
        """Whether the handler of GET handles HEAD too: `View.setup()` and viewsets arrange this."""
        if self.actions:
            # A viewset has "head" among its actions after the first GET.
            get = self.actions.get("get")
            return get is not None and self.actions.get("head", get) == get
        return callable(self.handler("get")) and not callable(self.handler("head"))

    @property
    def has_own_head(self) -> bool:
        """Whether HEAD has a handler of its own."""
        return "HEAD" in self.handlers and not self.is_head_an_alias

    @functools.cached_property
    def methods(self) -> frozenset[str] | None:
        """The upper-case methods of the view, with HEAD and OPTIONS; None if they are unknown."""
        guarded = self._guarded_methods()
        own = self._class_methods()
        if guarded is None:
            return own
        if own is None:
            return guarded
        return own & guarded

    def _class_methods(self) -> frozenset[str] | None:
        if self.view_class is None:
            return None
        if self.function is not None:
            return self._function_methods()
        allowed = self.allowed_names
        methods = frozenset(method for method in self.handlers if method.lower() in allowed)
        if not methods - {"OPTIONS"} and not self.actions:
            return None  # a class that overrides only `dispatch` may handle any method
        return methods

    def _function_methods(self) -> frozenset[str]:
        """Return the methods of the class that `@api_view` created."""
        names = {name for name in self.allowed_names if callable(self.handler(name))}
        if "get" in names and "head" in self.allowed_names:
            names.add("head")
        return frozenset(name.upper() for name in names)

    def _guarded_methods(self) -> frozenset[str] | None:
        """Return the methods that `require_http_methods` allows; None if it is not used."""
        lists = [methods for methods in map(_guard_list, self.chain) if methods is not None]
        if not lists:
            return None
        return frozenset(lists[0]).intersection(*lists[1:])

    def handler(self, name: str) -> object:
        """Return an attribute of the class, None if it has none of this name.

        Args:
            name: The name of the attribute.
        """
        return getattr(self.view_class, name, None)

    def extended_action(self, name: str) -> str | None:
        """Return the action that an attribute extends by `@action.mapping.delete`, or None.

        Args:
            name: The name of the attribute.
        """
        if not self.actions or self.view_class is None:
            return None
        return extended_actions(self.view_class).get(name)


@once_per_pass
def extended_actions(view_class: type) -> dict[str, str]:
    """Return the attributes that extend actions, such as by `@list.mapping.delete`, each with its action.

    Args:
        view_class: The class.
    """
    found: dict[str, str] = {}
    for klass in view_class.__mro__:
        for name, action in _own_extended_actions(klass).items():
            found.setdefault(name, action)
    return found


@once_per_pass
def _own_extended_actions(klass: type) -> dict[str, str]:
    """Return the same for a class itself, without its bases."""
    found: dict[str, str] = {}
    for action, member in list(vars(klass).items()):
        mapping = own_attributes(member).get("mapping")
        if not isinstance(mapping, dict):  # the class of REST framework is a dict
            continue
        for name in mapping.values():
            if name != action:
                found.setdefault(name, action)
    return found


@once_per_pass
def facts_of(callback: Callable[..., Any]) -> ViewFacts:
    """Return the facts about a callback.

    Args:
        callback: The callback of a URL pattern.
    """
    return ViewFacts(callback)


def do_same(one: ViewFacts, other: ViewFacts) -> bool:
    """Return whether two callbacks have one class or callable, or are a function and its copy.

    Args:
        one: Of the first callback.
        other: Of the second callback.
    """
    if one.view_class is not None or other.view_class is not None:
        return one.view_class is other.view_class
    first, second = one.chain[-1], other.chain[-1]
    if first is second:
        return True
    if not (isinstance(first, types.FunctionType) and isinstance(second, types.FunctionType)):
        return False
    return _is_copy(first, second)


def _is_copy(first: types.FunctionType, second: types.FunctionType) -> bool:
    """Whether two functions share code, closure and defaults."""
    variables, others = closure(first), closure(second)
    return (
        first.__code__ is second.__code__
        and first.__defaults__ is second.__defaults__
        and first.__kwdefaults__ is second.__kwdefaults__
        and variables.keys() == others.keys()
        and all(value is others[name] for name, value in variables.items())
    )


def _chain(callback: Callable[..., Any]) -> tuple[object, ...]:
    """Return a callback and the callables that it wraps, up to the one that `as_view()` created."""
    links = tuple(unwrapped(callback))
    numbers = [number for number, link in enumerate(links) if view_class_of(link) is not None]
    if not numbers:
        return links
    return links[: numbers[-1] + 1]


@once_per_pass
def _may_accept_more(view_class: type) -> bool:
    names = ("__init__", "setup", "dispatch")
    definers = [definer_of(view_class, name) for name in names]
    return any(definer.__module__.partition(".")[0] not in _FRAMEWORKS for definer in definers)


def definers_of(view_class: type, name: str) -> list[type]:
    """Return the classes of the MRO that define an attribute. A `NotingDispatch` only calls the next.

    Args:
        view_class: The class whose MRO is searched.
        name: The name of the attribute.
    """
    return list(_definers(view_class, name))


def _definers(view_class: type, name: str) -> Iterator[type]:
    for klass in view_class.__mro__:
        attributes = vars(klass)
        if name in attributes and type(attributes[name]) is not NotingDispatch:
            yield klass


def definer_of(view_class: type, name: str) -> type:
    """Return the class of the MRO that defines an attribute; `view_class` if none does.

    Args:
        view_class: The class whose MRO is searched.
        name: The name of the attribute.
    """
    return next(_definers(view_class, name), view_class)


def view_class_of(callback: object) -> type | None:
    """Return the class behind a callback of `as_view()`; None for other callbacks.

    Args:
        callback: The callback.
    """
    attributes = own_attributes(callback)  # not getattr(), because an object may return anything
    if not attributes:
        return None
    for name in ("cls", "view_class"):  # REST framework's name, then Django's
        view_class = attributes.get(name)
        if isinstance(view_class, type):
            return view_class
    return None


@once_per_pass
def api_view_function(view_class: type | None) -> Callable[..., Any] | None:
    """Return the function that `@api_view` has turned into a class; None for other classes.

    Such a class has the name and the module of the function, and the function is in the closure of
    each handler. This is true for REST framework's decorator, and for copies of it in other
    packages.

    Args:
        view_class: The class.
    """
    if view_class is None:
        return None
    closures = list(_handler_closures(view_class))
    if not closures:
        return None
    expected = view_class.__name__, view_class.__module__
    for function in closures[0]:
        if _name_and_module(function) == expected and _is_in_all(function, closures):
            return function
    return None


def _handler_closures(view_class: type) -> Iterator[list[Callable[..., Any]]]:
    """Yield the functions in the closure of each handler that a class itself defines."""
    attributes = vars(view_class)
    custom = [name for name in attributes.get("http_method_names", ()) if isinstance(name, str)]
    for name in sorted({*STANDARD_METHOD_NAMES, *custom} & attributes.keys()):
        yield list(_closure_functions(attributes[name]))


def _is_in_all(function: object, closures: list[list[Callable[..., Any]]]) -> bool:
    return all(id(function) in map(id, functions) for functions in closures)


def _name_and_module(function: object) -> tuple[object, object]:
    if type(function) is types.FunctionType:
        return function.__name__, function.__module__
    attributes = own_attributes(function)  # functools.update_wrapper() sets these of an object
    return attributes.get("__name__"), attributes.get("__module__")


def _closure_functions(member: object) -> Iterator[Callable[..., Any]]:
    if not isinstance(member, types.FunctionType):
        return
    for content in closure(member).values():
        if callable(content) and not isinstance(content, type):
            yield content


def _guard_list(view: object) -> list[str] | None:
    if type(view) is not types.FunctionType or view.__code__ not in _METHOD_GUARDS:
        return None
    return list(cast("Iterable[str]", closure(view)["request_method_list"]))


def callable_owners(callables: Iterable[object]) -> Iterator[tuple[type, str]]:
    """Yield the class of each callable that is an object or a bound method, and what Django calls.

    `path("x", Obj())` calls `__call__`, and `path("x", Obj().page)` calls `page`.

    Args:
        callables: The callables. Plain functions are left out.

    Yields:
        The class, and `__call__`, or "" for a bound method.
    """
    for called in callables:
        if type(called) is types.MethodType:
            bound_to: Any = called.__self__
            if issubclass(type(bound_to), type):  # a class method
                yield bound_to, ""
            else:
                yield type(bound_to), ""
        elif is_callable_object(called):
            yield type(called), "__call__"


def bound_methods(callables: Iterable[object], owner: type) -> list[str]:
    """Return the names of the bound methods of a class among callables.

    Args:
        callables: The callables.
        owner: The class.
    """
    methods = [called for called in callables if type(called) is types.MethodType]
    return [method.__func__.__name__ for method in methods if type(method.__self__) is owner]


def is_callable_object(link: object) -> bool:
    """Return whether a callable is an object whose class defines `__call__` in Python.

    The classes of asgiref do not count.

    Args:
        link: The callable.
    """
    if type(link) is types.FunctionType:
        return False  # most callables
    call = getattr(type(link), "__call__", None)  # noqa: B004 - the function itself is needed
    if not isinstance(innermost(call), types.FunctionType):
        return False
    return not isinstance(link, (AsyncToSync, SyncToAsync, type))


def _mapping(carrier: object, name: str) -> Mapping[str, Any]:
    value = own_attributes(carrier).get(name)
    if isinstance(value, Mapping):
        return value
    return {}
