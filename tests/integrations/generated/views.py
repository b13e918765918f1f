"""Makes views in the ways that Django and REST framework allow, each with policies that contrast.

A case is one way to make a view, with what is declared for it: `said`, which the oracle reads, and `build`, which
writes the same as code. Every case has a name of its own, so that the errors of `check` can be told apart.
"""

from __future__ import annotations

import functools
import itertools
import sys
import types
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from asgiref.sync import async_to_sync, markcoroutinefunction, sync_to_async
from django.http import HttpResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from rest_framework import serializers
from rest_framework.decorators import action, api_view
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.routers import DefaultRouter, DynamicRoute, Route, SimpleRouter
from rest_framework.urlpatterns import format_suffix_patterns
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ViewSet

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from tests.integrations.generated.oracle import METHODS, PARTNER, SHOP, Said, Url

#: The policies of the oracle, as a project writes them.
REAL: Final = {
    "shop": CorsPolicy(allowed_origins=[SHOP], expose_headers=["x-shop"]),
    "partner": CorsPolicy(allowed_origins=[PARTNER], expose_headers=["x-partner"]),
    "nobody": NO_CORS,
    "anybody": CorsPolicy(allow_all_origins=True),
    "exposing": CorsPolicy(expose_headers=["x-exposing"]),
}

ALONE: Final = ("shop", "nobody", "anybody")
CONTRASTS: Final = {
    0: ((),),
    1: tuple((policy,) for policy in ALONE),
    2: (("shop", "nobody"), ("nobody", "shop"), ("shop", "partner"), ("exposing", "shop"), ("anybody", "exposing")),
    3: (("shop", "nobody", "partner"), ("nobody", "shop", "partner"), ("shop", "partner", "nobody")),
    4: (("shop", "nobody", "partner", "shop"), ("nobody", "shop", "exposing", "partner")),
}

#: A module of the project that is made up, for dotted paths. Only what a case names by path is put there.
PROJECT: Final = "generated_project"
_project = types.ModuleType(PROJECT)
sys.modules[PROJECT] = _project

View_ = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way to make a view, and what is declared.

    Attributes:
        name: In words.
        said: What is declared.
        urls: What is served, below the name under which the case is built.
        build: Name -> URL patterns.
        keys: Keys of `CORS_VIEW_POLICIES`, with `{}` for the name -> policy.
        is_async: Whether it is asked over ASGI.
    """

    name: str
    said: tuple[Said, ...]
    urls: tuple[Url, ...]
    build: Callable[[str], Sequence[Any]]
    keys: Mapping[str, str] = field(default_factory=dict)
    is_async: bool = False


def mark(policy: str | None) -> Callable[[View_], View_]:
    """Return `cors()` with a policy; without one, a decorator that does nothing."""
    return cors(REAL[policy]) if policy else lambda view: view


# Functions. `near` and `far` are written above a `def`.


def function(name: str, near: str | None = None, far: str | None = None) -> View_:
    @mark(far)
    @mark(near)
    def view(request: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    return named(view, name)


def async_function(name: str, near: str | None = None, far: str | None = None) -> View_:
    @mark(far)
    @mark(near)
    async def view(request: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    return named(view, name)


def with_a_decorator_of_the_project(name: str, near: str | None = None, far: str | None = None) -> View_:
    def rule(policy: str | None) -> Callable[[View_], View_]:
        def decorate(view: View_) -> View_:
            return mark(policy)(view)

        return decorate

    @rule(far)
    @rule(near)
    def view(request: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    return named(view, name)


def with_a_decorator_that_wraps(name: str, near: str | None = None, far: str | None = None) -> View_:
    def rule(policy: str | None) -> Callable[[View_], View_]:
        def decorate(view: View_) -> View_:
            return mark(policy)(wrapped(view))

        return decorate

    @rule(far)
    @rule(near)
    def view(request: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    return named(view, name)


def below_csrf_exempt(name: str, near: str | None = None, far: str | None = None) -> View_:
    @mark(far)
    @csrf_exempt
    @mark(near)
    def view(request: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    return named(view, name)


def api(name: str, near: str | None = None, far: str | None = None) -> View_:
    @mark(far)
    @api_view(["GET", "POST"])
    @mark(near)
    @functools.partial(named, name=name)
    def view(request: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    view.cls.renderer_classes, view.cls.metadata_class = (JSONRenderer,), None
    return view


def api_of_another_package(methods: Sequence[str]) -> Callable[[View_], View_]:
    """A decorator like REST framework's, as other packages have them."""

    def decorate(func: View_) -> View_:
        def handle(self: Any, *args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)

        handlers = {method.lower(): handle for method in methods}
        attributes = {**handlers, "http_method_names": [*handlers, "options"], "__module__": func.__module__}
        return type(func.__name__, (OpenAPIView,), attributes).as_view()

    return decorate


def like_api(name: str, near: str | None = None, far: str | None = None) -> View_:
    @mark(far)
    @api_of_another_package(["GET", "POST"])
    @mark(near)
    @functools.partial(named, name=name)
    def view(request: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    return view


def requiring(decorator: Any) -> Callable[..., View_]:
    def make(name: str, near: str | None = None, far: str | None = None) -> View_:
        @mark(far)
        @decorator
        @mark(near)
        def view(request: Any, **kwargs: Any) -> HttpResponse:
            return HttpResponse()

        return named(view, name)

    return make


def bound_method(name: str, near: str | None = None, far: str | None = None) -> View_:
    class Pages:
        @mark(far)
        @mark(near)
        def show(self, request: Any, **kwargs: Any) -> HttpResponse:
            return HttpResponse()

    named(Pages.show, f"{name}.show")
    return Pages().show


def class_method(name: str, near: str | None = None, far: str | None = None) -> View_:
    class Pages:
        @classmethod
        @mark(far)
        @mark(near)
        def show(cls, request: Any, **kwargs: Any) -> HttpResponse:
            return HttpResponse()

    named(Pages.show.__func__, f"{name}.show")
    return Pages.show


def callable_object(name: str, near: str | None = None, far: str | None = None) -> View_:
    @mark(far)
    class Page:
        @mark(near)
        def __call__(self, request: Any, **kwargs: Any) -> HttpResponse:
            return HttpResponse()

    return named(Page, name)()


def async_callable_object(name: str, near: str | None = None, far: str | None = None) -> View_:
    @mark(far)
    class Page:
        def __init__(self) -> None:
            markcoroutinefunction(self)  # Django looks at the object, not at its __call__

        @mark(near)
        async def __call__(self, request: Any, **kwargs: Any) -> HttpResponse:
            return HttpResponse()

    return named(Page, name)()


def anonymous(name: str) -> View_:
    return named(lambda request, **kwargs: HttpResponse(), name)


def named(view: Any, name: str) -> Any:
    view.__name__, view.__qualname__, view.__module__ = name.rpartition(".")[2], name, PROJECT
    return view


# Wrappers


def wrapped(view: View_) -> View_:
    @functools.wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return wrapper


def in_a_closure(view: View_) -> View_:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return wrapper


# ruff: noqa: PLW0108 - a lambda that calls is what is tried


def in_a_lambda(view: View_) -> View_:
    return lambda *args, **kwargs: view(*args, **kwargs)


def in_two_closures(view: View_) -> View_:
    return in_a_closure(in_a_closure(view))


def in_a_list(view: View_) -> View_:
    views = [view]
    return lambda *args, **kwargs: views[0](*args, **kwargs)


def in_a_dict(view: View_) -> View_:
    views = {"GET": view}
    return lambda *args, **kwargs: views["GET"](*args, **kwargs)


def in_a_partial_in_a_closure(view: View_) -> View_:
    return in_a_closure(functools.partial(view))


def in_a_closure_in_a_partial(view: View_) -> View_:
    return functools.partial(in_a_closure(view))


def as_an_argument_of_a_partial(view: View_) -> View_:
    def call(inner: View_, *args: Any, **kwargs: Any) -> Any:
        return inner(*args, **kwargs)

    return functools.partial(call, view)


class Holder:
    def __init__(self, view: View_) -> None:
        self.view = view

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.view(*args, **kwargs)

    def show(self, *args: Any, **kwargs: Any) -> Any:
        return self.view(*args, **kwargs)


class HolderOfMany:
    def __init__(self, view: View_) -> None:
        self.views = {"GET": [view]}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.views["GET"][0](*args, **kwargs)


class Slotted:
    __slots__ = ("__weakref__", "view")

    def __init__(self, view: View_) -> None:
        self.view = view

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.view(*args, **kwargs)


def of_a_holder(view: View_) -> View_:
    return Holder(view).show


def as_a_default(view: View_) -> View_:
    return lambda request, inner=view, **kwargs: inner(request, **kwargs)


def as_a_keyword_default(view: View_) -> View_:
    return lambda request, *, inner=view, **kwargs: inner(request, **kwargs)


def in_many_closures(view: View_) -> View_:
    for _ in range(12):
        view = in_a_closure(view)
    return view


def in_a_tuple(view: View_) -> View_:
    views = (None, view)
    return lambda *args, **kwargs: views[1](*args, **kwargs)


def in_a_set(view: View_) -> View_:
    views = {view}
    return lambda *args, **kwargs: next(iter(views))(*args, **kwargs)


def in_a_deque(view: View_) -> View_:
    views = deque([view])
    return lambda *args, **kwargs: views[0](*args, **kwargs)


def in_a_defaultdict(view: View_) -> View_:
    views = defaultdict(lambda: view)
    return lambda *args, **kwargs: views["GET"](*args, **kwargs)


def in_an_object_in_a_closure(view: View_) -> View_:
    holder = types.SimpleNamespace(view=view)
    return lambda *args, **kwargs: holder.view(*args, **kwargs)


def in_a_dataclass(view: View_) -> View_:
    registered = Registered(view)
    return lambda *args, **kwargs: registered.view(*args, **kwargs)


@dataclass
class Registered:
    view: View_


def as_an_attribute_of_a_function(view: View_) -> View_:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return wrapper.view(*args, **kwargs)

    wrapper.view = view
    return wrapper


def as_a_keyword_of_a_partial(view: View_) -> View_:
    def call(*args: Any, inner: View_, **kwargs: Any) -> Any:
        return inner(*args, **kwargs)

    return functools.partial(call, inner=view)


class Forwarding:
    """What packages have that wrap an object and look like it."""

    def __init__(self, view: View_) -> None:
        self._view = view

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._view(*args, **kwargs)


def keeping_the_class(view: View_) -> View_:
    """A wrapper that passes on the class, and nothing else."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    for name in ("cls", "view_class", "actions", "initkwargs", "view_initkwargs"):
        if hasattr(view, name):
            setattr(wrapper, name, getattr(view, name))
    return wrapper


TRANSPARENT: Final[dict[str, Callable[[View_], View_]]] = {
    "functools.wraps": wrapped,
    "a partial": functools.partial,
    "two partials": lambda view: functools.partial(functools.partial(view)),
    "csrf_exempt": csrf_exempt,
    "never_cache": never_cache,
    "sync_to_async": sync_to_async,
    "sync_to_async and async_to_sync": lambda view: async_to_sync(sync_to_async(view)),
    "functools.wraps in a partial": lambda view: functools.partial(wrapped(view)),
}
OPAQUE: Final[dict[str, Callable[[View_], View_]]] = {
    "a closure": in_a_closure,
    "a lambda": in_a_lambda,
    "two closures": in_two_closures,
    "a list in a closure": in_a_list,
    "a dict in a closure": in_a_dict,
    "a partial in a closure": in_a_partial_in_a_closure,
    "a closure in a partial": in_a_closure_in_a_partial,
    "a closure in functools.wraps": lambda view: wrapped(in_a_closure(view)),
    "an argument of a partial": as_an_argument_of_a_partial,
    "an attribute of an object": Holder,
    "a list in a dict in an attribute": HolderOfMany,
    "an attribute of a method's object": of_a_holder,
    "a slot of an object": Slotted,
    "a default": as_a_default,
    "a keyword default": as_a_keyword_default,
    "twelve closures": in_many_closures,
    "a tuple in a closure": in_a_tuple,
    "a set in a closure": in_a_set,
    "a deque in a closure": in_a_deque,
    "the factory of a defaultdict": in_a_defaultdict,
    "an object in a closure": in_an_object_in_a_closure,
    "a dataclass in a closure": in_a_dataclass,
    "an attribute of a function": as_an_attribute_of_a_function,
    "a keyword of a partial": as_a_keyword_of_a_partial,
}
#: Of these the documentation does not say whether they are looked through: in force, or an error.
UNDECIDED: Final[dict[str, Callable[[View_], View_]]] = {
    "a forwarding object": Forwarding,
    "a closure that keeps the class": keeping_the_class,
}

# From outside

OUTSIDE: Final = (
    (),
    ("cors() around",),
    ("cors() around", "cors() around that"),
    ("CORS_VIEW_POLICIES by name",),
    ("CORS_VIEW_POLICIES by namespace",),
    ("CORS_VIEW_POLICIES by name", "CORS_VIEW_POLICIES by namespace"),
    ("CORS_VIEW_POLICIES by name", "cors() around"),
)
BY_PATH: Final = "CORS_VIEW_POLICIES by path"
KEYS: Final = {
    "CORS_VIEW_POLICIES by name": "{}:x",
    "CORS_VIEW_POLICIES by namespace": "{}:*",
    BY_PATH: f"{PROJECT}.{{}}",
}


def around(view: View_, said: Sequence[Said]) -> View_:
    """Call `cors()` around a callback, as often as it is said."""
    for one in said:
        if one.way.startswith("cors() around"):
            view = cors(REAL[one.policy])(view)
    return view


def keys_of(said: Sequence[Said]) -> dict[str, str]:
    return {KEYS[one.way]: one.policy for one in said if one.way in KEYS}


def served(name: str, patterns: Sequence[Any]) -> list[Any]:
    return [path(f"{name}/", include((list(patterns), name)))]


def titled(shape: str, said: Sequence[Said]) -> str:
    told = [f"{one.way}{f' {one.on}' if one.on else ''}: {one.policy}" for one in said]
    return f"{shape}; {', '.join(told) or 'nothing declared'}"


UNKNOWN: Final = Url(path="x/", are_methods_known=False)
#: REST framework routes no HEAD to these.
OF_API: Final = Url(path="x/", handlers={"GET": "get", "POST": "post"}, lacks=frozenset({"HEAD"}), has_schema=True)
NEAR, FAR = "@cors on the function", "@cors above another"


def requires(*methods: str) -> Url:
    lacks = frozenset({"HEAD", "OPTIONS"}) - {*methods}
    return Url(path="x/", handlers=dict.fromkeys(methods, "view"), lacks=lacks, unsaid=frozenset({"HEAD"}) - lacks)


#: Shape -> how it is made, what the URL is, what it may declare itself.
FUNCTIONS: Final[dict[str, tuple[Callable[..., View_], Url, tuple[str, ...]]]] = {
    "a function": (function, UNKNOWN, (NEAR, FAR)),
    "an async function": (async_function, UNKNOWN, (NEAR, FAR)),
    "a decorator of the project": (with_a_decorator_of_the_project, UNKNOWN, (NEAR, FAR)),
    "a decorator that wraps": (with_a_decorator_that_wraps, UNKNOWN, (NEAR, FAR)),
    "below and above csrf_exempt": (below_csrf_exempt, UNKNOWN, (NEAR, FAR)),
    "@api_view": (api, OF_API, (NEAR, FAR)),
    "an @api_view of another package": (like_api, OF_API, (NEAR, FAR)),
    "require_GET": (requiring(require_GET), requires("GET"), (NEAR, FAR)),
    "require_POST": (requiring(require_POST), requires("POST"), (NEAR, FAR)),
    "require_safe": (requiring(require_safe), requires("GET", "HEAD"), (NEAR, FAR)),
    "require_http_methods": (
        requiring(require_http_methods(["PUT", "PATCH"])),
        requires("PUT", "PATCH"),
        (NEAR, FAR),
    ),
    "a bound method": (bound_method, UNKNOWN, (NEAR, FAR)),
    "a class method": (class_method, UNKNOWN, (NEAR, FAR)),
    "a callable object": (callable_object, UNKNOWN, ("@cors on __call__", "@cors on the class")),
    "an async callable object": (async_callable_object, UNKNOWN, ("@cors on __call__", "@cors on the class")),
    "a lambda": (anonymous, UNKNOWN, ()),
}


def functions() -> Iterator[Case]:
    """Functions and the like: every shape, under every declaration from outside."""
    for shape, (make, url, own) in FUNCTIONS.items():
        for ways in itertools.product(*((None, way) for way in own)):
            for outside in (*OUTSIDE, (BY_PATH,), (BY_PATH, "cors() around")):
                if BY_PATH in outside and shape not in ("a function", "an async function", "@api_view"):
                    continue
                yield from _functions(shape, make, url, ways, outside)


def _functions(
    shape: str, make: Callable[..., View_], url: Url, ways: Sequence[str | None], outside: Sequence[str]
) -> Iterator[Case]:
    used = [way for way in (*ways, *outside) if way]
    for policies in CONTRASTS[len(used)]:
        said = tuple(itertools.starmap(Said, zip(used, policies, strict=True)))
        by_way = {one.way: one.policy for one in said}

        def build(name: str, by_way: dict[str, str] = by_way, said: tuple[Said, ...] = said) -> list[Any]:
            view = make(name, *(by_way.get(way or "") for way in ways))
            if BY_PATH in by_way:
                setattr(_project, name, view)
            return served(name, [path("x/", around(view, said), name="x")])

        is_async = shape.startswith("an async")
        yield Case(name=titled(shape, said), said=said, urls=(url,), build=build, keys=keys_of(said), is_async=is_async)


def partials_by_path() -> Iterator[Case]:
    """A partial, whose function is named in CORS_VIEW_POLICIES."""
    for own, outer in itertools.product((None, "partner"), ("shop", "nobody")):
        said = (*([Said(NEAR, own)] if own else []), Said(BY_PATH, outer))

        def build(name: str, own: str | None = own) -> list[Any]:
            setattr(_project, name, function(name, own))
            return served(name, [path("x/", functools.partial(getattr(_project, name)), name="x")])

        yield Case(name=titled("a partial", said), said=said, urls=(UNKNOWN,), build=build, keys=keys_of(said))


def page(name: str, policy: str | None = None) -> View_:
    """A class with a policy, as a callback."""
    attributes = {"cors_policy": REAL[policy]} if policy else {}
    answers = {"get": answer("get"), "post": answer("post")}
    page_class = type(name, (CorsPolicyMixin, View) if policy else (View,), {**answers, **attributes})
    return named(page_class, name).as_view()


def marked_handler(name: str, policy: str | None = None) -> View_:
    """A class with a marked handler, as a callback."""
    page_class = type(name, (View,), {"get": mark(policy)(answer("get")), "post": mark(policy)(answer("post"))})
    return named(page_class, name).as_view()


OF_PAGE: Final = Url(path="x/", handlers={"GET": "get", "POST": "post"})
_ON_HANDLERS: Final = ("get", "post")


def marked_around(name: str, policy: str | None = None) -> View_:
    """A class, and `cors()` around its callback."""
    return mark(policy)(page(name))


#: Callback -> how it is made, what the URL is, and what it may declare: the way, and the handlers that it is on.
CALLBACKS: Final[dict[str, tuple[Callable[..., View_], Url, str, tuple[str, ...]]]] = {
    "a function": (function, UNKNOWN, NEAR, ("",)),
    "@api_view": (api, OF_API, NEAR, ("",)),
    "a callable object": (callable_object, UNKNOWN, "@cors on __call__", ("",)),
    "a bound method": (bound_method, UNKNOWN, NEAR, ("",)),
    "as_view()": (page, OF_PAGE, "an attribute", ("",)),
    "cors() around as_view()": (marked_around, OF_PAGE, "cors() around", ("",)),
    "as_view() of a marked handler": (marked_handler, OF_PAGE, "@cors on the handler", ("get", "post")),
}


def wrappers() -> Iterator[Case]:
    """Wrappers of every kind around callbacks of several kinds."""
    all_wrappers = {**TRANSPARENT, **OPAQUE, **UNDECIDED}
    for number, (shape, kind, inner, outer) in enumerate(
        itertools.product(CALLBACKS, all_wrappers, (None, "shop", "nobody"), (None, "partner", "nobody"))
    ):
        # What a wrapper hides is tried with what is declared inside: of each two policies, one, in turn.
        is_one_of_many = kind in OPAQUE and inner == ("shop", "nobody")[number // 9 % 2]
        if (not inner and outer != "nobody") or is_one_of_many:
            continue
        make, url, way, handlers = CALLBACKS[shape]
        said = [Said(way, inner, on) for on in handlers if inner]
        if kind in UNDECIDED:
            said += [Said("perhaps", inner)] * bool(inner)
        elif kind in OPAQUE and inner:
            # A declaration around the wrapper may be taken as the answer to what it hides.
            said = [Said("on the function, perhaps out of reach" if outer else "out of reach", inner)]
        if outer:
            said.append(Said("cors() around that" if shape.startswith("cors()") else "cors() around", outer))
        if kind not in TRANSPARENT or "partial" in kind or "sync" in kind:
            # Whether the methods are known through these is not documented.
            url = replace(url, unsaid=frozenset(METHODS), has_schema=False)

        def build(
            name: str,
            make: Any = make,
            wrapper: Any = all_wrappers[kind],
            inner: str | None = inner,
            outer: str | None = outer,
        ) -> list[Any]:
            return served(name, [path("x/", mark(outer)(wrapper(make(name, inner))), name="x")])

        yield Case(name=titled(f"{shape} in {kind}", said), said=tuple(said), urls=(url,), build=build)


# Classes


def answer(name: str, *, is_async: bool = False) -> View_:
    """A new handler."""

    def handle(self: Any, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    async def handle_async(self: Any, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    handler = handle_async if is_async else handle
    handler.__name__ = handler.__qualname__ = name
    return handler


class Thing(serializers.Serializer):
    name = serializers.CharField()


class Open:
    """What lets the tests in."""

    serializer_class = Thing
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)
    metadata_class = None


class OpenAPIView(Open, APIView):
    pass


class OpenGenericView(Open, GenericAPIView):
    pass


class OpenViewSet(Open, ViewSet):
    pass


class OpenGenericViewSet(Open, GenericViewSet):
    pass


BASES: Final[dict[str, type]] = {
    "View": View,
    "async View": View,
    "APIView": OpenAPIView,
    "GenericAPIView": OpenGenericView,
}


def declared(said: Sequence[Said], way: str, on: str = "") -> list[CorsPolicy]:
    return [REAL[one.policy] for one in said if (one.way, one.on) == (way, on)]


def make_class(  # noqa: C901 - a branch for each way to declare
    name: str, base: type, body: dict[str, Any], said: Sequence[Said], order: str
) -> Any:
    """Write a class, its parent and perhaps a mixin, with what is said of them.

    Args:
        name: Of the class.
        base: What its parent is made from.
        body: Its handlers.
        said: What is declared.
        order: Where `CorsPolicyMixin` stands: "first", "last", "in the parent", or "nowhere".
    """
    body, above = dict(body), {}
    for handler in list(body):
        for policy in declared(said, "@cors on the handler of the parent", handler):
            above[handler] = cors(policy)(body.pop(handler))
    for policy in declared(said, "an attribute of the parent"):
        above["cors_policy"] = policy
    of_parent = {one.on: REAL[one.policy] for one in said if one.way == "cors_action_policies of the parent"}
    if of_parent:
        above["cors_action_policies"] = of_parent
    if "cors_policy" in above or of_parent:
        order = "in the parent"
    parent: Any = type(f"{name}Parent", (CorsPolicyMixin, base) if order == "in the parent" else (base,), above)
    for policy in declared(said, "@cors on the parent"):
        cors(policy)(parent)

    bases: tuple[type, ...] = {
        "first": (CorsPolicyMixin, parent),
        "last": (parent, CorsPolicyMixin),
        "in the parent": (parent,),
        "nowhere": (parent,),
    }[order]
    for policy in declared(said, "an attribute of a mixin"):
        bases = (type(f"{name}Rules", (CorsPolicyMixin,), {"cors_policy": policy}), parent)
    for policy in declared(said, "an attribute of a mixin behind the parent"):
        bases = (parent, type(f"{name}Rules", (CorsPolicyMixin,), {"cors_policy": policy}))
    for policy in declared(said, "an attribute of a mixin without CorsPolicyMixin"):
        bases = (type(f"{name}Rules", (), {"cors_policy": policy}), *bases)

    for handler in list(body):
        for policy in declared(said, "@cors on the handler", handler):
            body[handler] = cors(policy)(body[handler])
    for policy in declared(said, "an attribute"):
        body["cors_policy"] = policy
    of_actions = {one.on: REAL[one.policy] for one in said if one.way == "cors_action_policies"}
    if of_actions:
        body["cors_action_policies"] = of_actions
    for policy in declared(said, "@cors on dispatch"):

        def dispatch(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            return super(own, self).dispatch(request, *args, **kwargs)

        body["dispatch"] = cors(policy)(dispatch)
    own: Any = type(name, bases, body)
    named(own, name)
    for one in said:
        if one.way == "method_decorator on the handler":
            own = method_decorator(cors(REAL[one.policy]), name=one.on)(own)
    for policy in declared(said, "method_decorator on dispatch"):
        own = method_decorator(cors(policy), name="dispatch")(own)
    for policy in declared(said, "@cors on the class"):
        own = cors(policy)(own)
    if declared(said, BY_PATH):
        setattr(_project, name, own)
    return own


def as_keyword(policies: Sequence[CorsPolicy]) -> dict[str, CorsPolicy]:
    return {"cors_policy": policies[0]} if policies else {}


def as_view_of(view_class: Any, said: Sequence[Said], *args: Any) -> View_:
    keywords = as_keyword(declared(said, "as_view(cors_policy=)"))
    return around(view_class.as_view(*args, **keywords), said)


#: Ways to declare for a class, and where the mixin must stand for them.
ON_CLASSES: Final = {
    "an attribute of a mixin behind the parent": ("last",),
    "an attribute of the parent": ("in the parent",),
    "@cors on the parent": ("first", "last", "in the parent", "nowhere"),
    "an attribute of a mixin": ("first",),
    "an attribute of a mixin without CorsPolicyMixin": ("first", "last", "in the parent", "nowhere"),
    "an attribute": ("first", "last", "in the parent"),
    "@cors on dispatch": ("first", "last", "in the parent", "nowhere"),
    "method_decorator on dispatch": ("first", "last", "in the parent", "nowhere"),
    "@cors on the class": ("first", "last", "in the parent", "nowhere"),
    "CORS_VIEW_POLICIES by name": ("first", "nowhere"),
    "CORS_VIEW_POLICIES by namespace": ("first", "nowhere"),
    BY_PATH: ("first", "nowhere"),
    "as_view(cors_policy=)": ("first", "last", "in the parent"),
    "cors() around": ("first", "nowhere"),
    "cors() around that": ("first",),
}
ON_HANDLERS: Final = ("@cors on the handler of the parent", "@cors on the handler", "method_decorator on the handler")
EVERYWHERE: Final = ("first", "last", "in the parent", "nowhere")


def class_ways() -> list[tuple[str, str, tuple[str, ...]]]:
    """Way, handler that it is on, and orders of the bases in which it can be written."""
    ways = [(way, "", orders) for way, orders in ON_CLASSES.items()]
    ways += [(way, on, EVERYWHERE) for way in ON_HANDLERS for on in ("get", "post", "head", "options")]
    return ways


def can_stand_together(*ways: tuple[str, str, tuple[str, ...]]) -> bool:
    names = {way for way, _, _ in ways}
    one_of = {way for way in names if way.startswith("an attribute of")}
    # A parent that has the mixin cannot stand behind it.
    is_alone = len(one_of) < 2
    # Declared on one handler of a class and of its parent, the child's replaces the other.
    on = {on for way, on, _ in ways if way == "@cors on the handler of the parent"}
    is_inherited = any(way == "@cors on the handler" and its in on for way, its, _ in ways)
    return is_alone and not is_inherited and ("cors() around that" not in names or "cors() around" in names)


def classes() -> Iterator[Case]:
    """Classes of every base, alone in every order of the bases, and in pairs of ways."""
    ways = class_ways()
    for base in BASES:
        for has_head in (False, True):
            yield _class(base, "first", has_head, ())
        for way in ways:
            orders, policies = (way[2], ALONE) if base == "View" else (way[2][:1], ("nobody",))
            for order, policy in itertools.product(orders, policies):
                for has_head in (False, True) if way[1] == "get" else (False,):
                    if can_stand_together(way):
                        yield _class(base, order, has_head, (Said(way[0], policy, way[1]),))
    for first, second in itertools.combinations(ways, 2):
        orders = [order for order in first[2] if order in second[2]]
        if can_stand_together(first, second) and orders:
            for number, (one, other) in enumerate(CONTRASTS[2][:3]):
                said = (Said(first[0], one, first[1]), Said(second[0], other, second[1]))
                base = list(BASES)[(number + len(first[0]) + len(second[0])) % len(BASES)]
                yield _class(base, orders[number % len(orders)], "head" in (first[1], second[1]), said)


def page_url(base: str, *, has_head: bool) -> Url:
    handlers = {"GET": "get", "POST": "post", **({"HEAD": "head"} if has_head else {})}
    return Url(path="x/", handlers=handlers, has_schema="API" in base)


def _class(base: str, order: str, has_head: bool, said: tuple[Said, ...]) -> Case:
    is_async = base.startswith("async")
    has_head |= any(one.on == "head" for one in said)
    names = ["get", "post", *(["head"] if has_head else [])]
    names += ["options"] if any(one.on == "options" and "@cors" in one.way for one in said) else []

    def build(name: str) -> list[Any]:
        body = {handler: answer(handler, is_async=is_async) for handler in names}
        view = as_view_of(make_class(name, BASES[base], body, said, order), said)
        return served(name, [path("x/", view, name="x")])

    shape = f"{base}, mixin {order}{', with head' if has_head else ''}"
    return Case(
        name=titled(shape, said),
        said=said,
        urls=(page_url(base, has_head=has_head),),
        build=build,
        keys=keys_of(said),
        is_async=is_async,
    )


# What is special about classes


def one_page(
    shape: str, said: Sequence[Said], body: Callable[[], dict[str, Any]], *, url: Url = OF_PAGE, is_async: bool = False
) -> Case:
    """A case of one class of Django's, whose body is written as it is."""

    def build(name: str) -> list[Any]:
        view_class = named(type(name, (CorsPolicyMixin, View), body()), name)
        return served(name, [path("x/", view_class.as_view(), name="x")])

    return Case(name=titled(shape, said), said=tuple(said), urls=(url,), build=build, is_async=is_async)


#: Some take no `self`. Of a view class, the attributes of objects that its handlers hold are not followed.
NOT_AROUND_HANDLERS: Final = (
    "never_cache",
    "sync_to_async",
    "sync_to_async and async_to_sync",
    "an attribute of a method's object",
    "a default",
    "a keyword default",
    "an object in a closure",
    "a dataclass in a closure",
)


def handlers_in_wrappers() -> Iterator[Case]:
    """Handlers that something is put around, and handlers that are set in unusual ways."""
    for policy in ("shop", "nobody"):
        marked = functools.partial(mark(policy))

        def post() -> dict[str, Any]:
            return {"post": answer("post")}

        for kind, wrapper in {**TRANSPARENT, **OPAQUE}.items():
            is_read = kind in TRANSPARENT
            if isinstance(wrapper, type) or kind in NOT_AROUND_HANDLERS or "partial" in kind:
                continue
            said = [Said("@cors on the handler", policy, "get")] if is_read else [Said("out of reach", policy)]
            yield one_page(
                f"a handler in {kind}",
                said,
                lambda wrapper=wrapper, marked=marked: {"get": wrapper(marked(answer("get"))), **post()},
            )
        on_get = [Said("@cors on the handler", policy, "get")]
        yield one_page(
            "a handler as partialmethod",
            on_get,
            lambda marked=marked: {"get": functools.partialmethod(marked(answer("get"))), **post()},
        )
        yield one_page(
            "a handler in sync_to_async",
            on_get,
            lambda marked=marked: {
                "get": sync_to_async(marked(answer("get"))),
                "post": answer("post", is_async=True),
            },
            is_async=True,
        )
        yield one_page(
            "an async handler in async_to_sync",
            on_get,
            lambda marked=marked: {"get": async_to_sync(marked(answer("get", is_async=True))), **post()},
        )
        yield one_page(
            "a handler under two names",
            [Said("@cors on the handler", policy, "get"), Said("@cors on the handler", policy, "post")],
            lambda marked=marked: dict.fromkeys(("get", "post"), marked(answer("get"))),
        )
        yield one_page(
            "a handler that also has a name of its own",
            [Said("perhaps out of reach", policy, "get")],
            lambda marked=marked: {**dict.fromkeys(("show", "get"), marked(answer("show"))), **post()},
        )
        yield one_page(
            "a marked method that is no handler",
            [Said("out of reach", policy)],
            lambda marked=marked: {"show": marked(answer("show")), "get": answer("get"), **post()},
        )
        yield one_page(
            "setup() makes a marked method a handler",
            [Said("out of reach", policy)],
            lambda marked=marked: {"show": marked(answer("show")), "setup": setup_binding_show, **post()},
            url=Url(path="x/", handlers={"POST": "post"}, unsaid=frozenset({"GET", "HEAD"})),
        )
        yield one_page(
            "setup() adds an HTTP method",
            [Said("perhaps out of reach", policy, "purge")],
            lambda marked=marked: {
                "purge": marked(answer("purge")),
                "setup": setup_adding_purge,
                "get": answer("get"),
                **post(),
            },
        )
        yield one_page(
            "a class that has only dispatch",
            [Said("@cors on dispatch", policy)],
            lambda marked=marked: {"dispatch": marked(answer("dispatch"))},
            url=UNKNOWN,
        )
        yield one_page(
            "a class that has only dispatch, and an attribute",
            [Said("an attribute", policy)],
            lambda policy=policy: {"dispatch": answer("dispatch"), "cors_policy": REAL[policy]},
            url=UNKNOWN,
        )
        yield one_page(
            "a class that has only dispatch, and a marked method",
            [Said("out of reach", policy)],
            lambda marked=marked: {"dispatch": answer("dispatch"), "show": marked(answer("show"))},
            url=UNKNOWN,
        )


class CallableHandler:
    """An object that is a handler. It is no descriptor, so it does not get the view."""

    def __init__(self, policy: str) -> None:
        self.own = mark(policy)(answer("own"))

    def __call__(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.own(self, request, *args, **kwargs)


class Descriptor:
    """A descriptor of the project around a handler."""

    def __init__(self, handler: View_) -> None:
        self.handler = handler

    def __get__(self, view: Any, owner: type) -> Any:
        return self if view is None else functools.partial(self.handler, view)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError


def odd_classes() -> Iterator[Case]:
    """Handlers and methods of classes in shapes that are rare."""
    for policy in ("shop", "nobody"):
        on_get, lost, perhaps = (
            [Said("@cors on the handler", policy, "get")],
            [Said("out of reach", policy)],
            [Said("perhaps out of reach", policy, "get")],
        )
        shapes: dict[str, tuple[list[Said], Callable[[Any], dict[str, Any]]]] = {
            "a static handler": (
                on_get,
                lambda marked: {"get": staticmethod(functools.partial(marked(answer("get")), None))},
            ),
            "a class method as handler": (on_get, lambda marked: {"get": classmethod(marked(answer("get")))}),
            "method_decorator on a handler": (on_get, lambda marked: {"get": method_decorator(marked)(answer("get"))}),
            "method_decorator of a closure": (
                on_get,
                lambda marked: {"get": method_decorator(in_a_closure)(marked(answer("get")))},
            ),
            "method_decorator of several": (
                on_get,
                lambda marked: {"get": method_decorator([never_cache, marked, csrf_exempt])(answer("get"))},
            ),
            "a closure around a handler, and setup()": (
                lost,
                lambda marked: {"get": in_a_closure(marked(answer("get"))), "setup": setup_adding_purge},
            ),
            "a handler that is an object": (perhaps, lambda marked, policy=policy: {"get": CallableHandler(policy)}),
            "a handler in a descriptor": (perhaps, lambda marked: {"get": Descriptor(marked(answer("get")))}),
            "a marked setup()": (lost, lambda marked: {"setup": marked(View.setup), "get": answer("get")}),
            "a marked http_method_not_allowed()": (
                lost,
                lambda marked: {"http_method_not_allowed": marked(View.http_method_not_allowed), "get": answer("get")},
            ),
            "__init__() binds a marked method": (
                lost,
                lambda marked: {"show": marked(answer("show")), "__init__": init_binding_show, "get": answer("get")},
            ),
            "a handler as an extra of another": (
                on_get,
                lambda marked: {"get": wrapped(wrapped(marked(answer("get"))))},
            ),
            "a private marked method": (
                lost,
                lambda marked: {"_get": marked(answer("_get")), "get": answer("get")},
            ),
        }
        for shape, (said, body) in shapes.items():
            yield one_page(shape, said, lambda body=body, policy=policy: {**body(mark(policy)), "post": answer("post")})


def init_binding_show(self: Any, **kwargs: Any) -> None:
    View.__init__(self, **kwargs)
    self.get = self.show


def odd_uses() -> Iterator[Case]:
    """`as_view()` that a class overrides, and keywords that cut the methods."""
    for policy in ("shop", "nobody"):
        attribute = (Said("an attribute", policy),)
        lost = (Said("out of reach", policy),)
        for shape, wrapper, said in (
            ("as_view() that returns csrf_exempt", csrf_exempt, attribute),
            ("as_view() that returns functools.wraps", wrapped, attribute),
            ("as_view() that returns a partial", functools.partial, attribute),
            ("as_view() that returns a closure", in_a_closure, lost),
            ("as_view() that returns a lambda", in_a_lambda, lost),
        ):

            def build(name: str, wrapper: Any = wrapper, policy: str = policy) -> list[Any]:
                def as_view(cls: Any, **initkwargs: Any) -> View_:
                    return wrapper(super(own, cls).as_view(**initkwargs))

                body = {"get": answer("get"), "cors_policy": REAL[policy], "as_view": classmethod(as_view)}
                own = named(type(name, (CorsPolicyMixin, OpenAPIView), body), name)
                return served(name, [path("x/", own.as_view(), name="x")])

            url = Url(path="x/", handlers={"GET": "get"}, unsaid=frozenset(METHODS))
            yield Case(name=titled(shape, said), said=said, urls=(url,), build=build)

        said = (Said("@cors on the handler", policy, "get"),)

        def cut(name: str, policy: str = policy) -> list[Any]:
            body = {"get": mark(policy)(answer("get")), "post": answer("post")}
            own = named(type(name, (CorsPolicyMixin, View), body), name)
            return served(name, [path("x/", own.as_view(http_method_names=["get", "options"]), name="x")])

        url = Url(path="x/", handlers={"GET": "get"}, lacks=frozenset({"HEAD"}))
        yield Case(name=titled("as_view(http_method_names=)", said), said=said, urls=(url,), build=cut)


def setup_binding_show(self: Any, request: Any, *args: Any, **kwargs: Any) -> None:
    View.setup(self, request, *args, **kwargs)
    self.get = self.head = self.show


def setup_adding_purge(self: Any, request: Any, *args: Any, **kwargs: Any) -> None:
    View.setup(self, request, *args, **kwargs)
    self.http_method_names = [*View.http_method_names, "purge"]


def overridden() -> Iterator[Case]:
    """A handler that is marked in a parent, and written anew in a child."""
    for base, parents, own in itertools.product(BASES, ("shop", "nobody"), (None, "partner", "nobody")):
        said = (Said("@cors on the handler", own, "get"),) if own else (Said("out of reach", parents),)
        is_async = base.startswith("async")

        def build(
            name: str, base: str = base, parents: str = parents, own: Any = own, is_async: bool = is_async
        ) -> list[Any]:
            body = {"get": mark(parents)(answer("get", is_async=is_async)), "post": answer("post", is_async=is_async)}
            parent = type(f"{name}Parent", (BASES[base],), body)
            child = type(name, (parent,), {"get": mark(own)(answer("get", is_async=is_async))})
            return served(name, [path("x/", named(child, name).as_view(), name="x")])

        yield Case(
            name=titled(f"{base}, a handler marked {parents} is overridden", said),
            said=said,
            urls=(page_url(base, has_head=False),),
            build=build,
            is_async=is_async,
        )


def overridden_actions() -> Iterator[Case]:
    """An action that is declared for in a parent, and written anew in a child."""
    for way, parents, own in itertools.product(
        ("@cors on the handler", "@cors above @action", "@action(cors_policy=)"),
        ("shop", "nobody"),
        (None, "partner", "nobody"),
    ):
        said = (
            (Said("@cors on the handler", own, "report"),)
            if own
            else (Said("out of reach", parents, at=("x/report/",)),)
        )

        def build(name: str, way: str = way, parents: str = parents, own: str | None = own) -> list[Any]:
            body = viewset_body((Said(way, parents, "report"),), "")
            handlers = {"list": answer("list"), "create": answer("create")}
            parent = type(f"{name}Parent", (CorsPolicyMixin, OpenViewSet), {**body, **handlers})
            anew = action(detail=False)(mark(own)(answer("report")))
            child = named(type(name, (parent,), {"report": anew, "throw": anew.mapping.delete(answer("throw"))}), name)
            return served(name, routed(SimpleRouter)(child, ()))

        shape = f"{way} {parents} on an action that is overridden"
        yield Case(name=titled(shape, said), said=said, urls=viewset_urls("x/", "x/report/"), build=build)


def uses() -> Iterator[Case]:
    """One view that is used several times."""
    for base, (one, other) in itertools.product(("View", "APIView"), CONTRASTS[2][:3]):
        yield from _uses(base, one, other)


def _uses(base: str, one: str, other: str) -> Iterator[Case]:
    def new(name: str, said: Sequence[Said] = ()) -> Any:
        return make_class(name, BASES[base], {"get": answer("get"), "post": answer("post")}, said, "first")

    def at(*paths: str) -> tuple[Url, ...]:
        handlers = {"GET": "get", "POST": "post"}
        return tuple(Url(path=path, handlers=handlers, has_schema=base == "APIView") for path in paths)

    said = (Said("as_view(cors_policy=)", one, at=("x/",)), Said("as_view(cors_policy=)", other, at=("y/",)))

    def by_keyword(name: str) -> list[Any]:
        view_class = new(name)
        views = {
            "x": view_class.as_view(cors_policy=REAL[one]),
            "y": view_class.as_view(cors_policy=REAL[other]),
            "z": view_class.as_view(),
        }
        return served(name, [path(f"{key}/", view, name=key) for key, view in views.items()])

    yield Case(
        name=titled(f"{base}, as_view() three times", said), said=said, urls=at("x/", "y/", "z/"), build=by_keyword
    )

    said = (Said("cors() around", one, at=("x/",)), Said("cors() around", other, at=("y/",)))

    def by_cors(name: str) -> list[Any]:
        view = new(name).as_view()
        views = {"x": cors(REAL[one])(view), "y": cors(REAL[other])(view), "z": view}
        return served(name, [path(f"{key}/", view, name=key) for key, view in views.items()])

    yield Case(
        name=titled(f"{base}, one callback three times", said), said=said, urls=at("x/", "y/", "z/"), build=by_cors
    )

    said = (Said("CORS_VIEW_POLICIES by name", one, at=("x/",)), Said("CORS_VIEW_POLICIES by name", other, at=("y/",)))

    def by_name(name: str) -> list[Any]:
        view = new(name).as_view()
        return served(name, [path(f"{key}/", view, name=key) for key in "xyz"])

    yield Case(
        name=titled(f"{base}, one callback under three names", said),
        said=said,
        urls=at("x/", "y/", "z/"),
        build=by_name,
        keys={"{}:x": one, "{}:y": other},
    )

    said = (
        Said("CORS_VIEW_POLICIES by namespace", one, at=("one/x/", "one/y/")),
        Said("CORS_VIEW_POLICIES by name", other, at=("two/x/",)),
    )

    def by_namespace(name: str) -> list[Any]:
        view = new(name).as_view()
        part = ([path("x/", view, name="x"), path("y/", view, name="y")], "part")
        return served(
            name,
            [
                path("one/", include(part, namespace="one")),
                path("two/", include(part, namespace="two")),
            ],
        )

    yield Case(
        name=titled(f"{base}, a namespace included twice", said),
        said=said,
        urls=at("one/x/", "one/y/", "two/x/", "two/y/"),
        build=by_namespace,
        keys={"{}:one:*": one, "{}:two:x": other},
    )

    said = (Said("an attribute", one), Said("@cors on the handler", other, "get"))

    def with_suffixes(name: str) -> list[Any]:
        view = new(name, said).as_view()
        return served(name, format_suffix_patterns([path("x", view, name="x")]))

    (plain,) = at("x")
    suffixed = Url(path="x.json", route="x.<format>", handlers=plain.handlers)
    yield Case(
        name=titled(f"{base}, format_suffix_patterns", said), said=said, urls=(plain, suffixed), build=with_suffixes
    )


# Viewsets


class CustomRouter(SimpleRouter):
    routes = [
        Route(
            url="{prefix}/all/$",
            mapping={"get": "list", "post": "create"},
            name="{basename}-list",
            detail=False,
            initkwargs={},
        ),
        DynamicRoute(url="{prefix}/do/{url_path}/$", name="{basename}-{url_name}", detail=False, initkwargs={}),
    ]


def routed(router: Any) -> Callable[[Any, Sequence[Said]], list[Any]]:
    def route(viewset: Any, said: Sequence[Said]) -> list[Any]:
        one = router()
        one.register("x", viewset, basename="x")
        return list(one.urls)

    return route


def by_hand(viewset: Any, said: Sequence[Said]) -> list[Any]:
    head = {"head": "report_head"} if hasattr(viewset, "report_head") else {}
    return [
        path("x/", as_view_of(viewset, said, {"get": "list", "post": "create"}), name="x-list"),
        path("x/report/", as_view_of(viewset, said, {"get": "report", "delete": "throw", **head}), name="x-report"),
    ]


def under_other_methods(viewset: Any, said: Sequence[Said]) -> list[Any]:
    return [
        path("x/", as_view_of(viewset, said, {"post": "list", "get": "create", "head": "list"}), name="x-list"),
        path("x/report/", as_view_of(viewset, said, {"patch": "report", "put": "throw"}), name="x-report"),
    ]


def viewset_urls(list_path: str, report_path: str, *suffixes: str) -> tuple[Url, ...]:
    of_list = {"GET": "list", "POST": "create"}
    of_report = {"GET": "report", "DELETE": "throw"}
    owners = {"throw": "report", "report_head": "report"}
    urls = [
        Url(path=list_path, handlers=of_list, owners=owners, has_schema=True),
        Url(path=report_path, handlers=of_report, owners=owners, has_schema=True),
    ]
    for suffix in suffixes:
        urls += [
            Url(path=f"{at}.json", route=f"{at}{suffix}", handlers=handlers, owners=owners)
            for at, handlers in ((list_path.rstrip("/"), of_list), (report_path.rstrip("/"), of_report))
        ]
    return tuple(urls)


#: Router -> how it routes, and what it serves.
ROUTERS: Final[dict[str, tuple[Callable[[Any, Sequence[Said]], list[Any]], tuple[Url, ...]]]] = {
    "by hand": (by_hand, viewset_urls("x/", "x/report/")),
    "under other methods": (
        under_other_methods,
        (
            Url(path="x/", handlers={"POST": "list", "GET": "create", "HEAD": "list"}, has_schema=True),
            Url(
                path="x/report/",
                handlers={"PATCH": "report", "PUT": "throw"},
                owners={"throw": "report", "report_head": "report"},
                has_schema=True,
            ),
        ),
    ),
    "SimpleRouter": (routed(SimpleRouter), viewset_urls("x/", "x/report/")),
    "DefaultRouter": (routed(DefaultRouter), viewset_urls("x/", "x/report/", ".<format>")),
    "a router without slashes": (
        routed(functools.partial(SimpleRouter, trailing_slash=False)),
        viewset_urls("x", "x/report"),
    ),
    "a router with path()": (
        routed(functools.partial(SimpleRouter, use_regex_path=False)),
        viewset_urls("x/", "x/report/"),
    ),
    "a router of the project": (routed(CustomRouter), viewset_urls("x/all/", "x/do/report/")),
}

ON_ACTIONS: Final = (
    *(("@cors on the handler", on) for on in ("list", "create", "report", "throw")),
    *(("@cors on the handler of the parent", on) for on in ("list", "create")),
    *(("method_decorator on the handler", on) for on in ("list", "create")),
    *(("@cors above @action", on) for on in ("report", "throw")),
    ("@action(cors_policy=)", "report"),
    *(("cors_action_policies", on) for on in ("list", "create", "report", "throw")),
    *(("cors_action_policies of the parent", on) for on in ("list", "report")),
)


def viewset_ways() -> list[tuple[str, str, tuple[str, ...]]]:
    ways = [(way, "", orders) for way, orders in ON_CLASSES.items() if way != "cors() around that"]
    with_mixin = ("first", "last", "in the parent")
    for way, on in ON_ACTIONS:
        needs_mixin = way.startswith(("cors_action", "@action("))
        orders = ("in the parent",) if way.endswith("policies of the parent") else with_mixin
        ways.append((way, on, orders if needs_mixin else EVERYWHERE))
    return ways


def do_go_together(*ways: tuple[str, str, tuple[str, ...]]) -> bool:
    maps = [on for way, on, _ in ways if way.startswith("cors_action_policies")]
    return can_stand_together(*ways) and len(maps) == len(set(maps))


def viewsets() -> Iterator[Case]:
    """Viewsets under every router, alone and in pairs of ways."""
    ways = viewset_ways()
    for router in ROUTERS:
        yield _viewset(router, "first", "", ())
    for number, (router, way) in enumerate(itertools.product(ROUTERS, ways)):
        if router != "by hand" and number % 2:
            continue
        orders, policies = (way[2], ("shop", "nobody")) if router == "by hand" else (way[2][:1], ("nobody",))
        for order, policy in itertools.product(orders, policies):
            if is_possible(router, way) and do_go_together(way):
                yield _viewset(router, order, "", (Said(way[0], policy, way[1]),))
    for turns, (first, second) in enumerate(itertools.combinations(ways, 2)):
        orders = [order for order in first[2] if order in second[2]]
        if not (do_go_together(first, second) and orders):
            continue
        for turn, (one, other) in enumerate(CONTRASTS[2][:2]):
            router = list(ROUTERS)[(turns + turn) % len(ROUTERS)]
            router = router if is_possible(router, first) and is_possible(router, second) else "by hand"
            said = (Said(first[0], one, first[1]), Said(second[0], other, second[1]))
            yield _viewset(router, orders[turn % len(orders)], "", said)


def heads() -> Iterator[Case]:
    """HEAD with a handler of its own, as an extra method of an action, or among the methods of an action."""
    for router, head in itertools.product(("by hand", "SimpleRouter", "DefaultRouter"), ("mapping", "methods", "only")):
        if router == "by hand" and head != "mapping":
            continue
        ways = [("@cors on the handler", "report"), ("@action(cors_policy=)", "report"), ("an attribute", "")]
        ways += [("@cors on the handler", "report_head")] if head == "mapping" else []
        for (way, on), policy in itertools.product(ways, ("shop", "nobody")):
            yield _viewset(router, "first", head, (Said(way, policy, on),))
        for (one, other), (first, second) in itertools.product(itertools.combinations(ways, 2), CONTRASTS[2][:2]):
            if {one[0], other[0]} != {"@cors on the handler", "@action(cors_policy=)"} or one[1] != other[1]:
                yield _viewset(router, "first", head, (Said(one[0], first, one[1]), Said(other[0], second, other[1])))


def is_possible(router: str, way: tuple[str, str, tuple[str, ...]]) -> bool:
    """Whether a way can be written where the router makes the callbacks."""
    return router in ("by hand", "under other methods") or way[0] not in ("as_view(cors_policy=)", "cors() around")


def viewset_body(said: Sequence[Said], head: str) -> dict[str, Any]:
    """Return the actions of a viewset: what stands on `report` and `throw` is written here."""

    def below(name: str) -> View_:
        handler = answer(name)
        for policy in declared(said, "@cors on the handler", name):
            handler = cors(policy)(handler)
        return handler

    def above(name: str, handler: View_) -> View_:
        for policy in declared(said, "@cors above @action", name):
            handler = cors(policy)(handler)
        return handler

    keywords = as_keyword(declared(said, "@action(cors_policy=)", "report"))
    methods = {"methods": ["get", "head"], "only": ["head"]}.get(head, ["get"])
    report = above("report", action(detail=False, methods=methods, **keywords)(below("report")))
    body = {"report": report, "throw": above("throw", report.mapping.delete(below("throw")))}
    if head == "mapping":
        body["report_head"] = report.mapping.head(below("report_head"))
    return body


def _viewset(router: str, order: str, head: str, said: tuple[Said, ...], **more: Any) -> Case:
    route, urls = ROUTERS[router]

    def build(name: str) -> list[Any]:
        # The extra methods are marked already.
        rest = tuple(one for one in said if one.on not in ("report", "throw", "report_head") or "polic" in one.way)
        body = {
            **{handler: answer(handler) for handler in ("list", "create")},
            **viewset_body(said, head),
            **more.get("body", dict)(),
        }
        base = OpenGenericViewSet if len(said) == 1 else OpenViewSet
        return served(name, route(make_class(name, base, body, rest, order), said))

    if head:
        # Routed to the handler of GET, it follows GET as everywhere.
        of_report = {
            "mapping": {"GET": "report", "HEAD": "report_head", "DELETE": "throw"},
            "methods": {"GET": "report", "DELETE": "throw"},
            "only": {"HEAD": "report", "DELETE": "throw"},
        }[head]
        urls = tuple(replace(url, handlers=of_report) if "report" in url.path else url for url in urls)
    said_of = more.get("said_of", said)
    keys = {
        key.replace(":x", f":x-{part}"): policy
        for key, policy in keys_of(said).items()
        for part in (("list", "report") if key == "{}:x" else ("",))
    }
    shape = f"a viewset {router}, mixin {order}{f', HEAD by {head}' if head else ''}{more.get('shape', '')}"
    return Case(name=titled(shape, said_of), said=said_of, urls=urls, build=build, keys=keys)


def handlers_of_viewsets() -> Iterator[Case]:
    """Handlers that are named like an HTTP method, on a viewset: they answer it, whatever is routed."""
    for policy, own in itertools.product(("shop", "nobody"), (None, "partner", "nobody")):
        said = (Said("@cors on the handler", policy, "put"), *([Said("an attribute", own)] if own else []))
        case = _viewset(
            "by hand",
            "first",
            "",
            said[1:],
            said_of=said,
            shape=", put()",
            body=lambda policy=policy: {"put": mark(policy)(answer("put"))},
        )
        urls = tuple(replace(url, handlers={**url.handlers, "PUT": "put"}, has_schema=False) for url in case.urls)
        yield replace(case, urls=urls)


def out_of_reach() -> Iterator[Case]:
    """Declarations of a viewset that no route can reach."""
    for router, policy in itertools.product(("by hand", "SimpleRouter", "DefaultRouter"), ("shop", "nobody")):
        lost = (Said("out of reach", policy),)
        for key in ("lst", "destroy", "adestroy", "helper"):
            yield _viewset(
                router,
                "first",
                "",
                (Said("cors_action_policies", policy, key),),
                said_of=lost,
                shape=f", key {key!r}",
                body=lambda: {"helper": answer("helper")},
            )
        yield _viewset(
            router,
            "first",
            "",
            (),
            said_of=lost,
            shape=", a marked method that is no action",
            body=lambda policy=policy: {"helper": mark(policy)(answer("helper"))},
        )
        yield _viewset(
            router,
            "first",
            "",
            (),
            said_of=(Said("out of reach", policy, at=("x/", "x.json")),),
            shape=", an action in a closure",
            body=lambda policy=policy: {"list": in_a_closure(mark(policy)(answer("list")))},
        )
        yield _viewset(
            router,
            "first",
            "",
            (),
            said_of=(Said("@cors on the handler", policy, "list"),),
            shape=", an action in functools.wraps",
            body=lambda policy=policy: {"list": wrapped(mark(policy)(answer("list")))},
        )
