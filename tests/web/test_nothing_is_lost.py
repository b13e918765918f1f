"""Every declaration is in force, or the view is closed and a check says so.

A case is a view with one or two declarations, and who may read the response of each method. `SITE` is admitted by the
settings; a view that is closed admits nobody.
"""

from __future__ import annotations

import functools
import sys
import types
from collections import defaultdict, deque
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from weakref import WeakValueDictionary

import pytest
import wrapt
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.core.checks import ERROR, run_checks
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path, re_path
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

import tests.web.test_nothing_is_lost
from drf_cors import INHERITED, NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.held import MAX_HELD, MAX_ITEMS, held_by, innermost, unwrapped
from drf_cors.lost import view_layers
from drf_cors.placement import MAX_CALLERS, is_around_view
from drf_cors.referenced import MAX_FUNCTIONS, referenced_by
from drf_cors.resolver import current
from drf_cors.view_layers import UrlName
from tests.tables import named_rows
from tests.web.conftest import PARTNER, SHOP, STRANGER, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

SITE = "https://site.example"
FOR_SHOP = CorsPolicy(allowed_origins=[SHOP])
FOR_PARTNER = CorsPolicy(allowed_origins=[PARTNER])

THIS_MODULE: Any = sys.modules[__name__]

WHO = {"site": SITE, "shop": SHOP, "partner": PARTNER, "stranger": STRANGER}
OPEN = CorsPolicy(allow_all_origins=True, expose_headers=["X-Owner"])


def ok(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse()


def admitted(visitor: Visitor, method: str, url: str) -> str:
    """Return who may read the response of a method, and whose preflight for it is allowed: these are the same."""
    reading = [name for name, origin in WHO.items() if _reads(visitor.send(method, url, origin=origin), origin)]
    asking = [name for name, origin in WHO.items() if _reads(visitor.preflight(url, method, origin=origin), origin)]
    # A preflight for a method that the view does not have is answered too, but never allowed.
    assert [name for name in asking if name not in reading] == [], (reading, asking)
    return " ".join(reading)


def _reads(response: Any, origin: str) -> bool:
    return response.headers.get("Access-Control-Allow-Origin") in (origin, "*")


def errors() -> list[str]:
    return sorted({str(message.id) for message in run_checks() if message.level >= ERROR and message.id})


class Case(NamedTuple):
    """A view, what its methods admit, and the errors of `check`."""

    name: str
    make: Callable[[], Any]
    admits: dict[str, str]
    errors: list[str] = []
    view_policies: dict[str, Any] = {}


CLOSED = ""


# HEAD and OPTIONS


class Files(CorsPolicyMixin, ViewSet):
    @cors(OPEN)
    @action(detail=False)
    def content(self, request: Any) -> Response:
        return Response({})

    @cors(NO_CORS)
    @content.mapping.head
    def content_meta(self, request: Any) -> Response:
        return Response(headers={"X-Owner": "jane"})


def head_of_a_router() -> Any:
    router = SimpleRouter()
    router.register("x", Files, basename="files")
    return next(pattern.callback for pattern in router.urls if pattern.name == "files-content")


class Mapped(CorsPolicyMixin, ViewSet):
    cors_action_policies: ClassVar = {"retrieve": FOR_SHOP, "info": NO_CORS}

    def retrieve(self, request: Any) -> Response:
        return Response({})

    def info(self, request: Any) -> Response:
        return Response()


class OnlyHead(CorsPolicyMixin, ViewSet):
    @action(detail=False, methods=["HEAD"], cors_policy=FOR_SHOP)
    def info(self, request: Any) -> Response:
        return Response()


class Written(View):
    @cors(FOR_SHOP)
    def get(self, request: HttpRequest) -> HttpResponse:
        return ok(request)

    @cors(NO_CORS)
    def head(self, request: HttpRequest) -> HttpResponse:
        return ok(request)


class WrittenApi(APIView):
    authentication_classes = ()

    @cors(FOR_SHOP)
    def get(self, request: Any) -> Response:
        return Response()

    def head(self, request: Any) -> Response:
        return Response()


class Optional(View):
    get = ok

    @cors(NO_CORS)
    def options(self, request: HttpRequest) -> HttpResponse:
        return ok(request)


class WrittenOnAViewSet(ViewSet):
    def list(self, request: Any) -> Response:
        return Response()

    @cors(NO_CORS)
    def delete(self, request: Any) -> Response:
        return Response()


HEADS = [
    Case("an extra HEAD of an action", head_of_a_router, {"GET": "site shop partner stranger", "HEAD": CLOSED}),
    Case(
        "HEAD is routed beside GET",
        lambda: Mapped.as_view({"get": "retrieve", "head": "info"}),
        {"GET": "shop", "HEAD": CLOSED},
    ),
    Case(
        "HEAD follows GET", lambda: Mapped.as_view({"get": "retrieve", "post": "info"}), {"GET": "shop", "HEAD": "shop"}
    ),
    Case("HEAD alone", lambda: OnlyHead.as_view({"head": "info"}), {"HEAD": "shop"}),
    Case("HEAD is written", Written.as_view, {"GET": "shop", "HEAD": CLOSED}),
    Case("HEAD is written without a mark", WrittenApi.as_view, {"GET": "shop", "HEAD": "site"}),
    Case("a mark on options()", Optional.as_view, {"GET": "site", "OPTIONS": CLOSED}),
    Case(
        "a handler written on a viewset",
        lambda: WrittenOnAViewSet.as_view({"get": "list"}),
        {"GET": "site", "DELETE": CLOSED},
    ),
]


# Around and above


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


PLAIN = f"{__name__}.plain"


@cors(FOR_SHOP)
def own(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@cors(
    FOR_SHOP,
)
@csrf_exempt
def own_above_another(
    request: HttpRequest,
) -> HttpResponse:
    return HttpResponse()


def no_wraps(view: Any) -> Any:
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    return inner


@cors(FOR_SHOP)
@no_wraps
def own_above_no_wraps(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def for_the_shop(view: Any) -> Any:
    return csrf_exempt(cors(FOR_SHOP)(view))


@for_the_shop
def own_by_a_decorator(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def make() -> Any:
    def inner(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    return inner


def make_own() -> Any:
    @cors(FOR_SHOP)
    def inner(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    return inner


@cors(FOR_SHOP)
@api_view(["GET"])
def own_api(request: Any) -> Response:
    return Response()


def copied_api_view(function: Any) -> Any:
    """Make a class as REST framework's `@api_view` does; other packages have copies of it."""

    def handler(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    made = type("Wrapped", (View,), {"http_method_names": ["get", "options"], "get": handler})
    made.__name__, made.__module__ = function.__name__, function.__module__
    return made.as_view()


@copied_api_view
@cors(NO_CORS)
def below_a_copy(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@cors(FOR_SHOP)
@copied_api_view
def above_a_copy(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class Thing:
    def page(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


NAMED = {"view": FOR_PARTNER}

AROUND = [
    Case("around a mark around", lambda: cors(NO_CORS)(cors(FOR_SHOP)(plain)), {"GET": CLOSED}, ["drf_cors.E004"]),
    Case("around csrf_exempt", lambda: cors(NO_CORS)(csrf_exempt(plain)), {"GET": CLOSED}, view_policies=NAMED),
    Case("around own, csrf_exempt", lambda: cors(FOR_PARTNER)(csrf_exempt(own)), {"GET": "partner"}),
    Case("around own", lambda: cors(FOR_PARTNER)(own), {"GET": "partner"}),
    Case("around own over lines", lambda: cors(FOR_PARTNER)(own_above_another), {"GET": "partner"}),
    Case("around own over a wrapper", lambda: cors(FOR_PARTNER)(own_above_no_wraps), {"GET": "partner"}),
    Case("around own by a decorator", lambda: cors(FOR_PARTNER)(own_by_a_decorator), {"GET": "partner"}),
    Case("own by a decorator", lambda: own_by_a_decorator, {"GET": "partner"}, view_policies=NAMED),
    Case(
        "around a lambda", lambda: cors(NO_CORS)(lambda request: HttpResponse()), {"GET": CLOSED}, view_policies=NAMED
    ),
    Case("around a factory's", lambda: cors(NO_CORS)(make()), {"GET": CLOSED}, view_policies=NAMED),
    Case("around a factory's own", lambda: cors(FOR_PARTNER)(make_own()), {"GET": "partner"}),
    Case("around a partial", lambda: cors(NO_CORS)(functools.partial(plain)), {"GET": CLOSED}, view_policies=NAMED),
    Case("around a partial of own", lambda: cors(FOR_PARTNER)(functools.partial(own)), {"GET": "partner"}),
    Case("around a bound method", lambda: cors(NO_CORS)(Thing().page), {"GET": CLOSED}, view_policies=NAMED),
    Case("around an object", lambda: cors(NO_CORS)(Thing()), {"GET": CLOSED}, view_policies=NAMED),
    Case("above @api_view", lambda: cors(FOR_PARTNER)(own_api), {"GET": "partner"}),
    Case("below a copy of @api_view", lambda: below_a_copy, {"GET": CLOSED}),
    Case("above a copy of @api_view", lambda: above_a_copy, {"GET": "partner"}, view_policies=NAMED),
    Case("around a copy of @api_view", lambda: cors(NO_CORS)(below_a_copy), {"GET": CLOSED}, view_policies=NAMED),
]


# Looked through


@cors(FOR_SHOP)
class MarkedThing(Thing):
    pass


class CalledThing:
    @cors(FOR_SHOP)
    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class ThingWithAttribute(Thing):
    cors_policy = FOR_SHOP


class WrappedHandler(View):
    @cors(FOR_SHOP)
    async def aget(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    get = async_to_sync(aget)


class PartialHandler(View):
    @cors(FOR_SHOP)
    def show(self, request: HttpRequest, kind: str) -> HttpResponse:
        return HttpResponse()

    get = functools.partialmethod(show, kind="x")
    show = None  # type: ignore[assignment]  # only the partial is left


class Extra(CorsPolicyMixin, ViewSet):
    @action(detail=False, methods=["get"], cors_policy=NO_CORS)
    def act(self, request: Any) -> Response: ...

    @act.mapping.post
    def act_post(self, request: Any) -> Response:
        return Response()


class LetsIn(View):
    http_method_names = ["get"]
    get = ok

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.http_method_names = ["get", "delete"]

    @cors(NO_CORS)
    def delete(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


def own_view() -> Any:
    return Written.as_view()


class Hostile:
    """An object that answers with an error, whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(name)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class Super(View):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(request, *args, **kwargs)

    get = ok


class OfSuper(Super):
    pass


REGISTERED: list[Any] = []


def registering(view: Any) -> Any:
    """Keep the view, as `@router.get(...)` does, and give it back."""
    REGISTERED.append(view)
    return view


@cors(NO_CORS)
@registering
def above_a_register(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def with_policy(view: Any, policy: CorsPolicy) -> Any:
    view.cors_policy = policy
    return view


def as_lambda(view: Any) -> Any:
    return lambda request, kind="lambda": view(request)


@cors(FOR_SHOP)
@as_lambda
def below_a_mark(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


LOOKED_THROUGH = [
    Case("a mark on the class of an object", MarkedThing, {"GET": "shop"}),
    Case("a mark on __call__", CalledThing, {"GET": "shop"}),
    Case("cors_policy on the class of an object", ThingWithAttribute, {"GET": "shop"}),
    Case("a mark on the class of a bound method", lambda: MarkedThing().page, {"GET": "shop"}),
    Case("around an object with a mark", lambda: cors(FOR_PARTNER)(MarkedThing()), {"GET": "partner"}),
    Case("a partial", lambda: functools.partial(own), {"GET": "shop"}),
    Case("a partial of as_view()", lambda: functools.partial(own_view()), {"GET": "shop", "HEAD": CLOSED}),
    Case("sync_to_async", lambda: async_to_sync(sync_to_async(own)), {"GET": "shop"}),
    Case("a handler by async_to_sync", WrappedHandler.as_view, {"GET": "shop"}),
    Case("a handler that is a partial", PartialHandler.as_view, {"GET": "shop"}),
    Case(
        "an extra method, routed otherwise", lambda: Extra.as_view({"get": "act", "put": "act_post"}), {"PUT": CLOSED}
    ),
    Case(
        "an extra method of a wrapped action",
        lambda: WrappedAction.as_view({"get": "act", "post": "act_post"}),
        {"POST": CLOSED},
    ),
    Case("an attribute of an object", lambda: with_policy(Thing(), FOR_SHOP), {"GET": "shop"}),
    Case("a lambda below a mark", lambda: cors(FOR_PARTNER)(below_a_mark), {"GET": "partner"}),
    Case("a method that setup() lets in", LetsIn.as_view, {"GET": "site", "DELETE": CLOSED}),
    Case("a mark above a decorator that keeps the view, routed", lambda: above_a_register, {"GET": CLOSED}),
    Case("a wrapper around an object that answers with errors", lambda: no_wraps(Hostile()), {"GET": "site"}),
    Case(
        "a dotted path of a base",
        OfSuper.as_view,
        {"GET": "site"},
        ["drf_cors.E006"],
        view_policies={f"{__name__}.Super": FOR_SHOP},
    ),
    Case(
        "a dotted path, and a partial",
        lambda: functools.partial(plain),
        {"GET": "partner"},
        view_policies={f"{__name__}.plain": FOR_PARTNER},
    ),
]


# Lost


class Operation:
    def __init__(self, view: Any) -> None:
        self.view_func = view


class Slotted:
    __slots__ = ("unset", "view")

    def __init__(self, view: Any) -> None:
        self.view = view

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.view(request)


class PathView:
    """As libraries have it that find the operation of a path by the method."""

    def __init__(self, *views: Any) -> None:
        self.operations = [Operation(view) for view in views]

    def view(self) -> Any:
        def inner(request: HttpRequest) -> HttpResponse:
            return self.operations[0].view_func(request)

        return inner


class Around:
    def __init__(self, view: Any) -> None:
        self.inner = view

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.inner(request)


def first_of(views: Any) -> Any:
    def inner(request: HttpRequest) -> Any:
        return views[0](request)

    return inner


def kept(thing: Any) -> Any:
    def inner(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(id(thing)))

    return inner


def by_default(view: Any) -> Any:
    def inner(request: HttpRequest, then: Any = view, *, also: Any = None) -> Any:
        return then(request)

    return inner


def wrong_wraps(view: Any, hidden: Any) -> Any:
    """A wrapper that passes on one view and calls another."""

    @functools.wraps(view)
    def inner(request: HttpRequest) -> Any:
        return hidden(request)

    return inner


@cors(NO_CORS)
class Marked(View):
    get = ok


class Unmarked(View):
    get = ok


class Misnamed(CorsPolicyMixin, ViewSet):
    cors_action_policies: ClassVar = {"destroy": NO_CORS}

    def destroy(self, request: Any) -> Response: ...

    def adestroy(self, request: Any) -> Response:
        return Response()

    def other(self, request: Any) -> Response: ...


class MisnamedMark(ViewSet):
    @cors(NO_CORS)
    def destroy(self, request: Any) -> Response: ...

    def adestroy(self, request: Any) -> Response:
        return Response()


class NoMapping(ViewSet):
    cors_action_policies: ClassVar = [("list", NO_CORS)]

    def list(self, request: Any) -> Response:
        return Response()


class DictMapping(ViewSet):
    cors_action_policies: ClassVar = {"list": NO_CORS}

    def list(self, request: Any) -> Response:
        return Response()


class MapOfAView(CorsPolicyMixin, View):
    cors_action_policies: ClassVar = {"get": NO_CORS}
    get = ok


class Bound(View):
    @cors(NO_CORS)
    def show(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.get = self.show
        super().setup(request, *args, **kwargs)


class WrappedGet(View):
    get = no_wraps(cors(NO_CORS)(lambda self, request: HttpResponse()))


class HoldsAClass(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        raise NotImplementedError


class Parent(View):
    @cors(NO_CORS)
    def get(self, request: HttpRequest) -> HttpResponse: ...


class Child(Parent):
    get = ok


class ParentOfActions(CorsPolicyMixin, ViewSet):
    @action(detail=False, cors_policy=NO_CORS)
    def report(self, request: Any) -> Response: ...


class ChildOfActions(ParentOfActions):
    def report(self, request: Any) -> Response:
        return Response()


class Delegating(View):
    handler: Any = None

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.handler(request)


@api_view(["GET"])
@no_wraps
@cors(NO_CORS)
def below_a_wrapper(request: Any) -> Response:
    return Response()


def as_handler(function: Any) -> Any:
    return lambda self, request: function(request)


def combined(**functions: Any) -> Any:
    """Make a view of a function for each method, named after the first."""
    first = next(iter(functions.values()))
    handlers = {name: as_handler(function) for name, function in functions.items()}
    return type(first.__name__, (View,), {**handlers, "__module__": first.__module__}).as_view()


class Wrapping:
    """A decorator that is a class, and passes on what it wraps."""

    def __init__(self, function: Any) -> None:
        functools.update_wrapper(self, function)

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


class WrappedAction(CorsPolicyMixin, ViewSet):
    @Wrapping
    @action(detail=False, cors_policy=NO_CORS)
    def act(self, request: Any) -> Response: ...

    @act.mapping.post
    def act_post(self, request: Any) -> Response:
        return Response()


class WrappedDispatch(View):
    get = ok

    @no_wraps
    @cors(NO_CORS)
    def dispatch(self, request: HttpRequest, *args: Any) -> HttpResponse:
        return HttpResponse()


class WrappedCall:
    @no_wraps
    @cors(NO_CORS)
    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class ByMethod:
    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    @cors(NO_CORS)
    def get(self, request: HttpRequest) -> HttpResponse: ...


class Versions(View):
    versions: ClassVar = {"1": own}

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class HoldsACallback(View):
    list_view = staticmethod(Marked.as_view())
    get = ok


class HeadOfAViewSet(ViewSet):
    def list(self, request: Any) -> Response:
        return Response()

    @cors(NO_CORS)
    def head(self, request: Any) -> Response: ...


class Mangled:
    __slots__ = ("__view",)

    def __init__(self, view: Any) -> None:
        self.__view = view

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.__view(request)


# Called by name, assigned while a request is handled, passed by the URLconf


def calls_own(request: HttpRequest) -> HttpResponse:
    return own(request)


def calls_by_its_path(request: HttpRequest) -> HttpResponse:
    return import_string("tests.web.test_nothing_is_lost.own")(request)


def calls_a_class_by_its_path(request: HttpRequest) -> HttpResponse:
    return import_string("tests.web.test_nothing_is_lost.Marked").as_view()(request)


def calls_a_helper(request: HttpRequest) -> HttpResponse:
    return calls_own(request)


def calls_a_class(request: HttpRequest) -> HttpResponse:
    return Marked.as_view()(request)


def calls_in_a_module(request: HttpRequest) -> HttpResponse:
    return THIS_MODULE.own(request)


def calls_inside(request: HttpRequest) -> HttpResponse:
    return next(called(request) for called in (own for _ in range(1)))


def calls_unmarked(request: HttpRequest) -> HttpResponse:
    return ok(request)


class CallsOwn(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def answer(self, request: HttpRequest) -> HttpResponse:
        return own(request)


class NamesAClass(View):
    inner = Marked

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.inner.as_view()(request)


class NamesUnmarked(NamesAClass):
    inner = Unmarked


class AssignsAPolicy(CorsPolicyMixin, View):
    get = ok

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.cors_policy = NO_CORS
        super().setup(request, *args, **kwargs)


class AssignsAMap(ViewSet):
    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.cors_action_policies = {"list": NO_CORS}
        return super().initialize_request(request, *args, **kwargs)

    def list(self, request: Any) -> Response:
        return Response()


class AssignsByName(View):
    get = ok

    def __init__(self, **kwargs: Any) -> None:
        setattr(self, "cors_policy", NO_CORS)  # noqa: B010 - the form is the case


class AssignsInItsDict(View):
    get = ok

    def __init__(self, **kwargs: Any) -> None:
        vars(self).update(cors_policy=NO_CORS)


class AssignsAHandler(View):
    def show(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.get = cors(NO_CORS)(self.show)
        super().setup(request, *args, **kwargs)


class AssignsAnUnmarkedHandler(View):
    def show(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.get = self.show
        vars(self)["other"] = "cors"
        super().setup(request, *args, **kwargs)


# What the attributes of a class hold


class Descriptor:
    """A decorator that binds like a function, and is not callable itself."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else functools.partial(self.function, instance)


class DescribedGet(View):
    @Descriptor
    @cors(NO_CORS)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class HiddenHelper(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render(request)

    @no_wraps
    @cors(NO_CORS)
    def render(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class HiddenBelow(View):
    @no_wraps
    @cors(NO_CORS)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class CallsSuper(HiddenBelow):
    def get(self, request: HttpRequest) -> HttpResponse:
        return super().get(request)


class MixinBeforeHidden(CorsPolicyMixin, WrappedDispatch):
    pass


class MarkedProperty(View):
    @property
    @cors(NO_CORS)
    def page(self) -> HttpResponse:
        return HttpResponse()

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page


class Cached(View):
    @functools.cached_property
    @cors(NO_CORS)
    def page(self) -> HttpResponse:
        return HttpResponse()

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page


class Runner:
    @cors(NO_CORS)
    def run(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class Policed:
    def __init__(self) -> None:
        self.cors_policy = NO_CORS

    def run(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class PolicedClass:
    cors_policy = NO_CORS

    def run(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class PartnerBelow(Policed):
    cors_policy = FOR_PARTNER


def holding(thing: Any) -> Any:
    return type("Holding", (View,), {"held": thing, "get": ok}).as_view()


def running(runner: Any) -> Any:
    def inner(request: HttpRequest) -> Any:
        return runner.run(request)

    return inner


class Dispatcher:
    def handle(self, request: HttpRequest) -> HttpResponse:
        return getattr(self, str(request.method).lower())(request)

    @cors(NO_CORS)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class MarkedPage:
    @cors(NO_CORS)
    def page(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class OverridesPage(MarkedPage):
    def page(self, request: HttpRequest) -> HttpResponse:
        return super().page(request)


class MappedBase(CorsPolicyMixin, ViewSet):
    cors_action_policies: ClassVar = {"list": FOR_SHOP}

    def list(self, request: Any) -> Response: ...


class MarksMapped(MappedBase):
    @cors(NO_CORS)
    def list(self, request: Any) -> Response:
        return Response()


class OverridesMapped(MarksMapped):
    def list(self, request: Any) -> Response:
        return super().list(request)


class ExtendedBase(CorsPolicyMixin, ViewSet):
    @action(detail=False, cors_policy=NO_CORS)
    def act(self, request: Any) -> Response: ...

    @act.mapping.post
    def act_post(self, request: Any) -> Response: ...


class OverridesExtended(ExtendedBase):
    @action(detail=False)
    def act(self, request: Any) -> Response: ...

    @act.mapping.post
    def act_post(self, request: Any) -> Response:
        return Response()


class MapsAgain(OverridesMapped):
    cors_action_policies: ClassVar = {"list": FOR_PARTNER}


KEPT: list[Any] = []


def keeps(view: Any) -> Any:
    KEPT.append(view)
    return view


def keeps_the_callback(view_class: Any) -> Any:
    return keeps(view_class.as_view())


@cors(NO_CORS)
@keeps
@functools.partial
def kept_partial(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@cors(NO_CORS)
@keeps_the_callback
class KeptClass(View):
    get = ok


class Slots:
    """A decorator that cannot be referred to weakly."""

    __slots__ = ("view",)

    def __init__(self, view: Any) -> None:
        self.view = view

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.view(request)


@cors(NO_CORS)
@keeps
@Slots
def kept_object(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


# Found in the third place: in registries that code names, below decorators, in imports


HANDLERS: dict[str, Any] = {"own": own}
HIDDEN_GLOBAL = no_wraps(own)


class Settings:
    views: ClassVar = {"own": own}


class Service:
    def __init__(self) -> None:
        self.view = own

    def run(self, request: HttpRequest) -> HttpResponse:
        return self.view(request)


SERVICE = Service()


def names_a_dict(request: HttpRequest) -> HttpResponse:
    return HANDLERS["own"](request)


def names_a_wrapper(request: HttpRequest) -> HttpResponse:
    return HIDDEN_GLOBAL(request)


def names_a_class(request: HttpRequest) -> HttpResponse:
    return Settings.views["own"](request)


def names_a_service(request: HttpRequest) -> HttpResponse:
    return SERVICE.run(request)


def imports_inside(request: HttpRequest) -> HttpResponse:
    from tests.web.test_nothing_is_lost import own as imported

    return imported(request)


def names_modules(request: HttpRequest) -> HttpResponse:
    return tests.web.test_nothing_is_lost.own(request)


class Decorated(View):
    @method_decorator(csrf_exempt)
    def get(self, request: HttpRequest) -> HttpResponse:
        return own(request)


class ByProperty(View):
    @property
    def view(self) -> Any:
        return own

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.view(request)


@dataclass
class Config:
    cors_policy: Any


def configured(config: Config) -> Any:
    @cors(config.cors_policy)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(config))

    return view


class Tenant:
    cors_policy = "strict"


TENANT = Tenant()


class WritesElsewhere(CorsPolicyMixin, View):
    cors_policy = FOR_SHOP
    course_policy = FOR_PARTNER

    def get(self, request: HttpRequest) -> HttpResponse:
        request.cors_policy = TENANT.cors_policy  # type: ignore[attr-defined]  # a name of somebody else's
        setattr(request, "cors_policy", "strict")  # noqa: B010 - the form is the case
        return HttpResponse(str(getattr(self, "cors_policy")) + str(vars(self)))  # noqa: B009 - as above


class AssignsItem(View):
    get = ok

    def __init__(self, **kwargs: Any) -> None:
        self.__dict__["cors_policy"] = NO_CORS


class Abstract(CorsPolicyMixin, View):
    cors_policy = FOR_SHOP


class Concrete(Abstract):
    get = ok


def names_a_base(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Abstract.__subclasses__()))


class KeywordOfCallback(CorsPolicyMixin, View):
    get = ok


def carrying(view: Any) -> Any:
    wrapper = no_wraps(view)
    wrapper.view_class = view.view_class
    return wrapper


internal = cors(NO_CORS)


def calls_cors(request: HttpRequest) -> HttpResponse:
    return cors(NO_CORS)(ok)(request)


def declares_inside(request: HttpRequest) -> HttpResponse:
    @internal
    def inner(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    return inner(request)


class CallsCors(View):
    get = ok

    def dispatch(self, request: HttpRequest, *args: Any) -> Any:
        return internal(super().dispatch)(request, *args)


class Helper:
    @cors(NO_CORS)
    def show(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


def makes_an_object(request: HttpRequest) -> HttpResponse:
    return Helper().show(request)


class Record:
    cors_policy = property(lambda self: "strict")


def names_a_record(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Record().cors_policy))


class Twin:
    twin: Any = None

    @cors(FOR_SHOP)
    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


Twin.twin = Twin()


class HidesAnAction(ViewSet):
    def list(self, request: Any) -> Response:
        return self.helper(request)

    @no_wraps
    @cors(NO_CORS)
    def helper(self, request: Any) -> Response:
        return Response()


HOW = CorsPolicy(expose_headers=["x-total"])


class WithOrigins(View):
    @cors(NO_CORS)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class WithoutOrigins(WithOrigins):
    @cors(HOW)
    def get(self, request: HttpRequest) -> HttpResponse:
        return super().get(request)


@method_decorator(cors(HOW), name="get")
class DecoratedAgain(WithOrigins):
    pass


class AroundTheBase(WithOrigins):
    get = cors(HOW)(WithOrigins.get)


class AddsOrigins(WithOrigins):
    @cors(allowed_origins=[INHERITED, SHOP])
    def get(self, request: HttpRequest) -> HttpResponse:
        return super().get(request)


class WithCredentials(View):
    @cors(allow_credentials=False)
    def get(self, request: HttpRequest) -> HttpResponse: ...


class WithoutCredentials(WithCredentials):
    @cors(HOW)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class OtherCredentials(WithCredentials):
    @cors(allow_credentials=True)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class ClosesAgain(WithOrigins):
    @cors(NO_CORS)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class OtherOrigins(WithOrigins):
    @cors(FOR_SHOP)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class UnknownName(WithOrigins):
    @cors("unknown")
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class MapsClosed(CorsPolicyMixin, ViewSet):
    cors_action_policies = {"list": NO_CORS}

    def list(self, request: Any) -> Response:
        return Response()


class MapsHow(MapsClosed):
    cors_action_policies = {"list": HOW}


class MarksClosed(CorsPolicyMixin, ViewSet):
    @cors(NO_CORS)
    def list(self, request: Any) -> Response: ...


class MapsOverMark(MarksClosed):
    cors_action_policies = {"list": HOW}

    def list(self, request: Any) -> Response:
        return Response()


class KeywordOnAction(CorsPolicyMixin, ViewSet):
    @action(detail=False, cors_policy=NO_CORS)
    def report(self, request: Any) -> Response: ...


class KeywordAgain(KeywordOnAction):
    @action(detail=False, cors_policy=HOW)
    def report(self, request: Any) -> Response:
        return Response()


class ExtraWithoutOrigins(CorsPolicyMixin, ViewSet):
    @action(detail=False, cors_policy=NO_CORS)
    def report(self, request: Any) -> Response: ...

    @report.mapping.put
    @cors(HOW)
    def change(self, request: Any) -> Response:
        return Response()


class ExtraInMap(CorsPolicyMixin, ViewSet):
    cors_action_policies = {"report": NO_CORS, "change": HOW}

    @action(detail=False)
    def report(self, request: Any) -> Response: ...

    @report.mapping.put
    def change(self, request: Any) -> Response:
        return Response()


class TwoOnMethod(View):
    @cors(FOR_SHOP)
    @cors(HOW)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class MapsShop(CorsPolicyMixin, ViewSet):
    cors_action_policies = {"list": FOR_SHOP}


class MarksBelowMap(MapsShop):
    @cors(FOR_PARTNER)
    def list(self, request: Any) -> Response:
        return Response()


class MapsBelowMark(MarksBelowMap):
    cors_action_policies = {"list": FOR_SHOP}


class DeclaresInProperty(View):
    @property
    def page(self) -> Any:
        return cors(NO_CORS)(self.show)

    def show(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def get(self, request: HttpRequest) -> Any:
        return self.page(request)


class DeclaresInCachedProperty(DeclaresInProperty):
    @functools.cached_property
    def page(self) -> Any:
        return cors(NO_CORS)(self.show)


class HasDefault(ViewSet):
    cors_action_policies = defaultdict(lambda: NO_CORS, {"retrieve": FOR_SHOP})

    def list(self, request: Any) -> Response:
        return Response()


class MakesUrls:
    def urls(self) -> list[Any]:
        return [path("y", cors(FOR_SHOP)(self.page))]

    def made(self) -> Any:
        assert self.urls()
        return self.page

    def page(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


def explodes() -> Any:
    raise NotImplementedError


class HasLazy(View):
    user = SimpleLazyObject(explodes)
    cors_policies = SimpleLazyObject(explodes)

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class PageWithOrigins:
    @cors(NO_CORS)
    def page(self, request: HttpRequest) -> HttpResponse: ...


class PageWithoutOrigins(PageWithOrigins):
    @cors(HOW)
    def page(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@dataclass
class DataView(View):
    cors_policy: CorsPolicy = FOR_SHOP

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@dataclass
class Configuration:
    cors_policy: CorsPolicy = NO_CORS


CONFIGURATIONS = {"default": Configuration()}


def names_configurations(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(CONFIGURATIONS["default"] is Configuration))


def hide_late(view: Any) -> Any:
    return cors(NO_CORS)(view)


def declares_late(request: HttpRequest) -> Any:
    return hide_late(plain)(request)


class DeclaresLate(View):
    def get(self, request: HttpRequest) -> Any:
        return hide_late(plain)(request)


class ObjectDeclaresLate:
    def __init__(self) -> None:
        self.first = cors(FOR_SHOP)(plain)

    def __call__(self, request: HttpRequest) -> Any:
        return cors(NO_CORS)(plain)(request)


class ObjectDeclaresOnce:
    def __init__(self) -> None:
        self.page = cors(FOR_SHOP)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class StaticPage:
    cors_policy = NO_CORS

    @staticmethod
    def show(request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class LikeTheirs(View):
    cors_policy_classes = [NO_CORS]

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class Answers(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class MisspeltName(Answers):
    cors_polcy = "shop"


class MisspeltNames(Answers):
    cors_action_policy = {"list": "shop"}


class AnnotatedName(Answers):
    cors_policy: shop  # type: ignore[name-defined]  # noqa: F821 - it is meant for the name of a policy


class SecondName(CorsPolicyMixin, Answers):
    CORS_POLICY = FOR_SHOP
    cors_policy = CORS_POLICY


class Computes(CorsPolicyMixin, Answers):
    def get_cors_policy(self) -> CorsPolicy: ...


class HasProperty:
    @property
    def cors_policy(self) -> CorsPolicy: ...


class FromMixin(HasProperty, CorsPolicyMixin, Answers):  # type: ignore[misc]
    pass


class IsMethod(Answers):
    def cors_policy(self) -> CorsPolicy: ...


class Reports:
    cors_policy = NO_CORS

    def show(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class Site:
    def __init__(self, policy: CorsPolicy) -> None:
        self.cors_policy = policy


class Configured(View):
    """Its own policy is that of its configuration."""

    site = Site(FOR_SHOP)

    @cors(site.cors_policy)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(self.site.cors_policy)


class UsesReports(View):
    reports = Reports()

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.reports.show(request)

    @cors(NO_CORS)
    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


E011, E012, E005 = ["drf_cors.E011"], ["drf_cors.E012"], ["drf_cors.E005"]
GET_CLOSED = {"GET": CLOSED, "POST": CLOSED, "HEAD": CLOSED}
FOR_SITE = {"GET": "site", "POST": "site"}

LOST = [
    Case("a wrapper around a function", lambda: no_wraps(cors(NO_CORS)(plain)), GET_CLOSED, E011),
    Case(
        "wrappers around wrappers", lambda: functools.reduce(lambda v, _: no_wraps(v), range(20), own), GET_CLOSED, E011
    ),
    Case("a wrapper around a class", lambda: no_wraps(Marked.as_view()), GET_CLOSED, E011),
    Case("a wrapper and a mark around it", lambda: cors(FOR_SHOP)(no_wraps(Marked.as_view())), GET_CLOSED, E011),
    Case("an object around a function", lambda: Around(own), GET_CLOSED, E011),
    Case("an object with slots", lambda: Around(Slotted(own)), GET_CLOSED, E011),
    Case("a default argument", lambda: by_default(own), GET_CLOSED, E011),
    Case("a partial's argument", lambda: functools.partial(ok, own), GET_CLOSED, E011),
    Case("a mark above a decorator that keeps the view", lambda: REGISTERED[0], GET_CLOSED, E011),
    Case("the same, in a list", lambda: first_of(REGISTERED), GET_CLOSED, E011),
    Case("a wrapper between @api_view and a mark", lambda: below_a_wrapper, GET_CLOSED, E011),
    Case("a function for each method", lambda: combined(get=own, post=above_a_register), GET_CLOSED, E011),
    Case("a wrapper around dispatch", WrappedDispatch.as_view, GET_CLOSED, E011),
    Case("a wrapper around __call__", WrappedCall, GET_CLOSED, E011),
    Case("a method of a callable object", ByMethod, GET_CLOSED, E011),
    Case("views in an attribute of a class", Versions.as_view, GET_CLOSED, E011),
    Case("a callback in an attribute of a class", HoldsACallback.as_view, GET_CLOSED, E011),
    Case("a handler that routing replaces", lambda: HeadOfAViewSet.as_view({"get": "list"}), GET_CLOSED, E005),
    Case("an object with private slots", lambda: no_wraps(Mangled(own)), GET_CLOSED, E011),
    Case("a method of a mapping", lambda: kept({"a": own}.get), GET_CLOSED, E011),
    Case("weak references", lambda: kept(WeakValueDictionary({"a": own})), GET_CLOSED, E011),
    Case("an object that declares", lambda: no_wraps(CalledThing()), GET_CLOSED, E011),
    Case("an object of a class that declares", lambda: first_of([MarkedThing()]), GET_CLOSED, E011),
    Case("a method of an object that declares", lambda: no_wraps(MarkedThing().page), GET_CLOSED, E011),
    Case("a mark below @api_view", lambda: no_wraps(below_a_copy), GET_CLOSED, E011),
    Case("views in a mapping proxy", lambda: first_of(MappingProxyType({0: own})), GET_CLOSED, E011),
    Case("views in a deque", lambda: first_of(deque([own])), GET_CLOSED, E011),
    Case("an operation of a path", lambda: PathView(plain, own).view(), GET_CLOSED, E011),
    Case("wraps of another view", lambda: wrong_wraps(Unmarked.as_view(), Marked.as_view()), GET_CLOSED, E011),
    Case("wraps of another function", lambda: wrong_wraps(plain, own), GET_CLOSED, E011),
    Case("a keyword of as_view()", lambda: Delegating.as_view(handler=own), GET_CLOSED, E011),
    Case(
        "a dotted path of what a wrapper hides",
        lambda: no_wraps(plain),
        GET_CLOSED,
        ["drf_cors.E006", "drf_cors.E011"],
        view_policies={f"{__name__}.plain": NO_CORS},
    ),
    Case("a key that no route reaches", lambda: Misnamed.as_view({"delete": "adestroy"}), {"DELETE": CLOSED}, E005),
    Case(
        "a mark that no route reaches", lambda: MisnamedMark.as_view({"delete": "adestroy"}), {"DELETE": CLOSED}, E005
    ),
    Case("a map that is none", lambda: NoMapping.as_view({"get": "list"}), GET_CLOSED, ["drf_cors.E010"]),
    Case("a map without the mixin", lambda: DictMapping.as_view({"get": "list"}), {"GET": CLOSED, "POST": "site"}),
    Case("a map of a view without actions", MapOfAView.as_view, GET_CLOSED, E005),
    Case("a handler bound by setup()", Bound.as_view, GET_CLOSED, E011),
    Case("a wrapper around a handler", WrappedGet.as_view, GET_CLOSED, E011),
    Case("a call of a function by its name", lambda: calls_own, GET_CLOSED, E011),
    Case("a call in a helper", lambda: calls_a_helper, GET_CLOSED, E011),
    Case("a call of a class", lambda: calls_a_class, GET_CLOSED, E011),
    Case("a call in a module", lambda: calls_in_a_module, GET_CLOSED, E011),
    Case("a call in an inner function", lambda: calls_inside, GET_CLOSED, E011),
    Case("a call in a method", CallsOwn.as_view, GET_CLOSED, E011),
    Case("a function by its dotted path", lambda: calls_by_its_path, GET_CLOSED, E011),
    Case("a class by its dotted path", lambda: calls_a_class_by_its_path, GET_CLOSED, E011),
    Case("a call below @api_view", lambda: api_view(["GET", "POST"])(calls_own), GET_CLOSED, E011),
    Case("a call of what declares nothing", lambda: calls_unmarked, FOR_SITE),
    Case("a class in an attribute of a class", NamesAClass.as_view, GET_CLOSED, E011),
    Case("an unmarked class in an attribute", NamesUnmarked.as_view, FOR_SITE),
    Case("a policy that setup() assigns", AssignsAPolicy.as_view, GET_CLOSED, E011),
    Case("a map that a method assigns", lambda: AssignsAMap.as_view({"get": "list"}), GET_CLOSED, E011),
    Case("a policy that setattr() assigns", AssignsByName.as_view, GET_CLOSED, E011),
    Case("a policy in the dict of a view", AssignsInItsDict.as_view, GET_CLOSED, E011),
    Case("a marked handler that setup() assigns", AssignsAHandler.as_view, GET_CLOSED, E011),
    Case("an unmarked handler that setup() assigns", AssignsAnUnmarkedHandler.as_view, FOR_SITE),
    Case("a handler that is a descriptor", DescribedGet.as_view, GET_CLOSED, E011),
    Case("a wrapper around a helper", HiddenHelper.as_view, GET_CLOSED, E011),
    Case("a wrapper around the handler of a base", CallsSuper.as_view, GET_CLOSED, E011),
    Case("a wrapper around the dispatch behind the mixin", MixinBeforeHidden.as_view, GET_CLOSED, E011),
    Case("a marked property", MarkedProperty.as_view, GET_CLOSED, E011),
    Case("a marked cached property", Cached.as_view, GET_CLOSED, E011),
    Case("a mapping proxy in an attribute", lambda: holding(MappingProxyType({"a": own})), GET_CLOSED, E011),
    Case("a deque in an attribute", lambda: holding(deque([own])), GET_CLOSED, E011),
    Case("an object in an attribute", lambda: holding(CalledThing()), GET_CLOSED, E011),
    Case("an object with a policy in an attribute", lambda: holding([Policed()]), GET_CLOSED, E011),
    Case("a partialmethod in an attribute", lambda: holding(functools.partialmethod(no_wraps(own))), GET_CLOSED, E011),
    Case("an object without policies in an attribute", lambda: holding([Thing()]), FOR_SITE),
    Case("an object with a marked method", lambda: running(Runner()), GET_CLOSED, E011),
    Case("an object with a policy", lambda: running(Policed()), GET_CLOSED, E011),
    Case("an object of a class with a policy", lambda: running(PolicedClass()), GET_CLOSED, E011),
    Case("a wrapper around an object with a policy", lambda: no_wraps(Policed()), GET_CLOSED, E011),
    Case("a method of an object with a policy", lambda: Policed().run, GET_CLOSED),
    Case("the policy of an object over that of its class", lambda: PartnerBelow().run, GET_CLOSED),
    Case("a method of an object of a class with a policy", lambda: PolicedClass().run, GET_CLOSED),
    Case("a method that calls a marked one", lambda: Dispatcher().handle, {"GET": CLOSED}, E011),
    Case("an unmarked override of a bound method", lambda: OverridesPage().page, GET_CLOSED, E012),
    Case("a marked bound method", lambda: MarkedPage().page, GET_CLOSED),
    Case("an override below a map", lambda: OverridesMapped.as_view({"get": "list"}), GET_CLOSED, E012),
    Case(
        "an override of an action, routed by its extra method",
        lambda: OverridesExtended.as_view({"post": "act_post"}),
        {"POST": CLOSED},
        E012,
    ),
    Case("the keys of a dict", lambda: no_wraps(kept({own: 1})), GET_CLOSED, E011),
    Case("a map of the class itself", lambda: MapsAgain.as_view({"get": "list"}), {"GET": "partner"}),
    Case("a partial that a decorator keeps", lambda: KEPT[0], GET_CLOSED, E011),
    Case("a callback that a decorator keeps", lambda: KEPT[1], GET_CLOSED, E011),
    Case("another object of the class", Twin, {"GET": "shop"}),
    Case("a wrapper around an object with a named policy", lambda: no_wraps(Report("named")), GET_CLOSED, E011),
    Case("cors() in a function", lambda: calls_cors, GET_CLOSED, E011),
    Case("cors() in a function, below @api_view", lambda: api_view(["GET", "POST"])(calls_cors), GET_CLOSED, E011),
    Case("cors() inside, by another name", lambda: declares_inside, GET_CLOSED, E011),
    Case("cors() in dispatch", CallsCors.as_view, GET_CLOSED, E011),
    Case("an object that the view makes", lambda: makes_an_object, GET_CLOSED, E011),
    Case("a class with an attribute of that name", lambda: names_a_record, FOR_SITE),
    Case("a dict that code names", lambda: names_a_dict, GET_CLOSED, E011),
    Case("a wrapper that code names", lambda: names_a_wrapper, GET_CLOSED, E011),
    Case("a class with a dict that code names", lambda: names_a_class, GET_CLOSED, E011),
    Case("an object that code names", lambda: names_a_service, GET_CLOSED, E011),
    Case("an import inside the view", lambda: imports_inside, GET_CLOSED, E011),
    Case("a module of a package", lambda: names_modules, GET_CLOSED, E011),
    Case("a call below a decorator", Decorated.as_view, GET_CLOSED, E011),
    Case("a call in a property", ByProperty.as_view, GET_CLOSED, E011),
    Case("a call behind a wrapper", lambda: no_wraps(calls_own), GET_CLOSED, E011),
    Case(
        "a keyword behind a wrapper",
        lambda: no_wraps(KeywordOfCallback.as_view(cors_policy=NO_CORS)),
        {"GET": CLOSED},
        E011,
    ),
    Case(
        "a keyword behind a wrapper with the class",
        lambda: carrying(KeywordOfCallback.as_view(cors_policy=NO_CORS)),
        {"GET": CLOSED},
        E011,
    ),
    Case("a callback without a keyword", lambda: carrying(KeywordOfCallback.as_view()), {"GET": "site"}),
    Case("a configuration with the view's own policy", lambda: configured(Config(FOR_SHOP)), {"GET": "shop"}),
    Case("attributes of other objects", WritesElsewhere.as_view, {"GET": "shop"}),
    Case("an item of the dict of a view", AssignsItem.as_view, GET_CLOSED, E011),
    Case("an object that a decorator keeps", lambda: KEPT[2], GET_CLOSED, E011),
    Case(
        "a wrapper around a helper of a viewset", lambda: HidesAnAction.as_view({"get": "list"}), {"GET": CLOSED}, E011
    ),
    Case("a list with thousands of numbers", lambda: first_of([own, *range(3000)]), GET_CLOSED, E011),
    Case("the same behind them", lambda: no_wraps(kept([*range(3000), own])), GET_CLOSED, E011),
    Case("an unmarked override", Child.as_view, GET_CLOSED, E012),
    Case("an override without origins", WithoutOrigins.as_view, GET_CLOSED, E012),
    Case("an override without origins, by method_decorator", DecoratedAgain.as_view, GET_CLOSED, E012),
    Case("an override without origins, around the base's", AroundTheBase.as_view, GET_CLOSED, E012),
    Case("an override that adds origins", AddsOrigins.as_view, GET_CLOSED, E012),
    Case("an override without credentials", WithoutCredentials.as_view, GET_CLOSED, E012),
    Case("an override with other credentials", OtherCredentials.as_view, {"GET": "site"}),
    Case("an override that closes", ClosesAgain.as_view, {"GET": CLOSED}),
    Case("an override with other origins", OtherOrigins.as_view, {"GET": "shop"}),
    Case("an override with a name that is unknown", UnknownName.as_view, {"GET": CLOSED}, ["drf_cors.E010"]),
    Case("a map over a map, without origins", lambda: MapsHow.as_view({"get": "list"}), GET_CLOSED, E012),
    Case("a map over a mark, without origins", lambda: MapsOverMark.as_view({"get": "list"}), GET_CLOSED, E012),
    Case("a keyword of @action over another", lambda: KeywordAgain.as_view({"get": "report"}), GET_CLOSED, E012),
    Case("a bound method that overrides without origins", lambda: PageWithoutOrigins().page, GET_CLOSED, E012),
    Case("the name of a policy under a misspelt name", MisspeltName.as_view, GET_CLOSED, E011),
    Case("names of policies in a misspelt map", MisspeltNames.as_view, GET_CLOSED, E011),
    Case("a field of a dataclass", DataView.as_view, {"GET": "shop"}),
    Case("a view that names data with a policy", lambda: names_configurations, {"GET": "site"}),
    Case("cors() in a helper of a function", lambda: declares_late, GET_CLOSED, E011),
    Case("cors() in a helper of a class", DeclaresLate.as_view, GET_CLOSED, E011),
    Case("cors() in an object", ObjectDeclaresLate, GET_CLOSED, E011),
    Case("cors() when an object is made", ObjectDeclaresOnce, {"GET": "site"}),
    Case("a static method of a class with a policy", lambda: StaticPage.show, GET_CLOSED, E011),
    Case("a name like those of REST framework", LikeTheirs.as_view, GET_CLOSED, E011),
    Case("a key that is more exact", lambda: plain, {"GET": "shop"}, [], {"view": FOR_SHOP, PLAIN: NO_CORS}),
    Case("the name of a policy as an annotation", AnnotatedName.as_view, GET_CLOSED, E011),
    Case("a second name for the right policy", SecondName.as_view, {"GET": "shop"}),
    Case("a method that would compute the policy", Computes.as_view, GET_CLOSED, E011),
    Case("a property of a mixin", FromMixin.as_view, GET_CLOSED, E011),
    Case("a policy that is a method", IsMethod.as_view, GET_CLOSED, E011),
    Case(
        "an extra method without origins",
        lambda: ExtraWithoutOrigins.as_view({"get": "report", "put": "change"}),
        {"PUT": CLOSED},
        E012,
    ),
    Case("the same in a map", lambda: ExtraInMap.as_view({"get": "report", "put": "change"}), {"PUT": CLOSED}, E012),
    Case("origins above a mark without origins", TwoOnMethod.as_view, {"GET": "shop"}, ["drf_cors.E004"]),
    Case("a mark over a map of the parent", lambda: MarksBelowMap.as_view({"get": "list"}), {"GET": "partner"}),
    Case("a map over a mark of the parent", lambda: MapsBelowMark.as_view({"get": "list"}), {"GET": "shop"}),
    Case("cors() in a property", DeclaresInProperty.as_view, GET_CLOSED, E011),
    Case("cors() in a cached property", DeclaresInCachedProperty.as_view, GET_CLOSED, E011),
    Case("a map with a default", lambda: HasDefault.as_view({"get": "list"}), {"GET": CLOSED}, ["drf_cors.E010"]),
    Case("an object that makes URLs", lambda: MakesUrls.made(MakesUrls()), {"GET": "site"}),
    Case("a lazy object in a class", HasLazy.as_view, {"GET": "site"}),
    Case("the policy of a configuration", Configured.as_view, {"GET": "shop"}),
    Case("an object with NO_CORS, beside a handler with it", UsesReports.as_view, GET_CLOSED, E011),
    Case("an unmarked override of an action", lambda: ChildOfActions.as_view({"get": "report"}), GET_CLOSED, E012),
]


@named_rows("case", [(case.name, case) for case in (*HEADS, *AROUND, *LOOKED_THROUGH, *LOST)])
def test_a_declaration_is_in_force_or_the_view_is_closed(
    case: Case, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_POLICIES = {"shop": FOR_SHOP}
    settings.CORS_VIEW_POLICIES = case.view_policies
    routes(path("x", case.make(), name="view"))

    assert {method: admitted(visitor, method, "/x") for method in case.admits} == case.admits
    assert errors() == case.errors


@named_rows(
    "argument, admits, found",
    [
        ("a marked function", own, CLOSED, E011),
        ("a list", [ok, own], CLOSED, E011),
        ("a marked class", Marked.as_view(), CLOSED, E011),
        ("a class of marked methods", Marked, CLOSED, E011),
        ("an unmarked function", ok, "site", []),
        ("no view", "own", "site", []),
        ("a policy", NO_CORS, CLOSED, E011),
    ],
)
@named_rows("is_above", {"of the pattern": False, "of an include": True})
def test_a_view_that_the_urlconf_passes_is_not_lost(
    argument: Any,
    admits: str,
    found: list[str],
    is_above: bool,
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    arguments = {"view": argument}
    if is_above:
        routes(path("", include([path("x", accepting)]), arguments))
    else:
        routes(path("x", accepting, arguments))

    assert admitted(visitor, "GET", "/x") == admits
    assert errors() == found


def accepting(request: HttpRequest, view: Any) -> HttpResponse:
    return HttpResponse()


def test_the_view_that_a_schema_describes_is_no_part_of_another(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    class Described(CorsPolicyMixin, APIView):
        cors_policy = NO_CORS

    class Page(APIView):
        def get(self, request: Any) -> Response:
            return Response()

    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", Page.as_view()))
    assert Described().schema.view is not None  # all views share the object, and it keeps the last view

    assert admitted(visitor, "GET", "/x") == "site"
    assert errors() == []


def test_the_base_of_a_routed_class_is_in_force_there(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", names_a_base), path("concrete", Concrete.as_view()))

    assert admitted(visitor, "GET", "/x") == "site"
    assert admitted(visitor, "GET", "/concrete") == "shop"
    assert errors() == []


class Report:
    def __init__(self, policy: Any) -> None:
        self.cors_policy = policy

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


def test_a_route_with_an_equal_policy_puts_no_other_object_in_force(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", Around(Report(NO_CORS))), path("other", Report(NO_CORS)))

    assert admitted(visitor, "GET", "/x") == CLOSED
    assert errors() == E011


def test_the_calls_that_are_followed_are_bounded() -> None:
    def calls(function: Any) -> Any:
        return types.FunctionType(calls_own.__code__, {"own": function})

    two, three = calls(calls(own)), calls(calls(calls(own)))
    assert own in list(referenced_by([two]))
    assert own not in list(referenced_by([three]))
    many = [calls(object()) for _ in range(MAX_FUNCTIONS + 1)]
    assert len(list(referenced_by(many))) == MAX_FUNCTIONS
    found = [thing for thing in referenced_by([two, two, print]) if isinstance(thing, types.FunctionType)]
    assert len(set(map(innermost, found))) == 2


def test_a_closed_view_is_closed_everywhere_and_logged_once(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    routes(path("x", no_wraps(own), name="view"))
    caplog.set_level("INFO", "drf_cors")

    for _ in range(3):
        assert wire(visitor.get("/x")) == {"Vary": "origin"}
    assert wire(visitor.preflight("/x", "PUT")) == {"Vary": "origin"}
    found = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(found) == 1
    assert "own' is hidden by a wrapper" in found[0].getMessage()
    assert "functools.wraps" in found[0].getMessage()


@pytest.mark.parametrize(
    ("callback", "twin"),
    [
        (Misnamed.as_view({"get": "other"}), "'adestroy'"),
        (Misnamed.as_view({"delete": "adestroy"}), "'adestroy'"),
        (MisnamedMark.as_view({"delete": "adestroy"}), "'adestroy'"),
    ],
)
def test_a_key_that_no_route_reaches_is_shown_with_its_twin(callback: Any, twin: str) -> None:
    with override_settings(ROOT_URLCONF=(path("x", callback),)):
        (message,) = [message for message in run_checks() if message.id == "drf_cors.E005"]
    assert message.hint == f"Write {twin}."


def test_what_another_route_reaches_is_not_lost() -> None:
    urls = (path("x", Misnamed.as_view({"delete": "adestroy"})), path("y", Misnamed.as_view({"delete": "destroy"})))
    with override_settings(ROOT_URLCONF=urls):
        assert errors() == []


def called_deep(depth: int) -> Any:
    return called_deep(depth - 1) if depth else cors(FOR_SHOP)(plain)


def test_cors_that_is_called_deep_in_other_calls_is_from_outside() -> None:
    callback = called_deep(2 * MAX_CALLERS)
    (layer,) = view_layers(callback, UrlName(), current().conf).general
    assert layer.from_urlconf_or_settings


# Views beside views: registries are no wrappers


class Registry:
    """Keeps views, as Flask's applications do."""

    def __init__(self) -> None:
        self.views: dict[str, Any] = {}

    def route(self, name: str) -> Any:
        def decorate(view: Any) -> Any:
            self.views[name] = view

            @functools.wraps(view)
            def inner(request: HttpRequest) -> Any:
                return self.views[name](request)

            return inner

        return decorate


class Site:
    """Has views as methods, one of them with a policy, as an admin site may."""

    def __init__(self) -> None:
        self.login = cors(NO_CORS)(self.show)

    def show(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def index(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def around(self) -> Any:
        return lambda request, kind="lambda": self.index(request)


class SharedMap(CorsPolicyMixin, ViewSet):
    cors_action_policies: ClassVar = {"list": FOR_SHOP, "destroy": NO_CORS}

    def list(self, request: Any) -> Response:
        return Response()


class ListOnly(SharedMap):
    pass


class Full(SharedMap):
    def destroy(self, request: Any) -> Response: ...


def test_views_in_a_registry_are_not_lost_where_they_have_routes(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    api, site = Registry(), Site()

    @api.route("a")
    @cors(FOR_SHOP)
    def first(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    @api.route("b")
    def second(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    routes(
        path("a", first),
        path("b", second),
        path("login", site.login),
        path("index", site.index),
        path("around", site.around()),
        path("mentions", functools.wraps(second)(kept([first]))),
        path("map", ListOnly.as_view({"get": "list"})),
        path("full", Full.as_view({"get": "list", "delete": "destroy"})),
    )
    expected = {"a": "shop", "b": "site", "login": "", "index": "site", "around": "site", "map": "shop", "full": "shop"}
    assert {url: admitted(visitor, "GET", f"/{url}") for url in expected} == expected
    assert admitted(visitor, "GET", "/mentions") == "site"
    assert errors() == []


def test_views_in_a_registry_are_lost_without_routes(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("index", Site().around()))

    assert admitted(visitor, "GET", "/index") == ""
    assert errors() == ["drf_cors.E011"]


# Objects of the project that raise


class Proxy:
    """Raises whatever is asked of it, as an unbound proxy does."""

    def __getattribute__(self, name: str) -> Any:
        raise NotImplementedError(name)


class Unhashable(type):
    __hash__ = None  # type: ignore[assignment]  # as a metaclass has it that defines __eq__ alone

    def __eq__(cls, other: object) -> bool:
        raise NotImplementedError


class OfMetaclass(metaclass=Unhashable):
    pass


class Iterated(list):  # type: ignore[type-arg]  # a list of anything
    def __iter__(self) -> Any:
        raise NotImplementedError


@named_rows(
    "held, who",
    {
        "a proxy": (Proxy(), "site"),
        "a class": (OfMetaclass, "site"),
        "an object": (Hostile(), "site"),
        "a list": (Iterated([own]), ""),
    },
)
def test_what_raises_breaks_no_request(
    held: Any, who: str, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_VIEW_POLICIES = {f"{__name__}.nowhere": NO_CORS}
    routes(path("x", kept(held)))

    assert visitor.get("/x").status_code == 200
    assert admitted(visitor, "GET", "/x") == who


def test_a_search_that_fails_closes_the_view(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **keywords: Any) -> Any:
        raise LookupError("not today")

    monkeypatch.setattr("drf_cors.hidden.held_where", fail)
    with override_settings(ROOT_URLCONF=(path("x", plain),), CORS_ALLOW_ALL_ORIGINS=True):
        assert current().for_callback(plain, UrlName(), is_covered=True).policies.of("GET").is_nobody
        (message,) = [message for message in run_checks() if message.id == "drf_cors.E011"]
    assert "plain: 'LookupError: not today' was raised while the view was searched" in message.msg


def test_of_a_long_list_only_the_first_items_are_looked_at() -> None:
    first, last = no_wraps(ok), no_wraps(ok)
    found = [held.thing for held in held_by(kept([first, *(object() for _ in range(MAX_HELD)), last]))]

    assert first in found
    assert last not in found


# HEAD and OPTIONS in lists and lists of methods


def listed(callback: Any) -> set[str] | None:
    methods = current().for_callback(callback, UrlName(), is_covered=True).layers.listed_methods
    return None if methods is None else set(methods)


@pytest.mark.parametrize(
    ("callback", "methods"),
    [
        (head_of_a_router(), {"GET", "HEAD"}),
        (Mapped.as_view({"get": "retrieve"}), {"GET"}),
        (OnlyHead.as_view({"head": "info"}), {"HEAD"}),
        (Written.as_view(), {"GET", "HEAD"}),
        (Optional.as_view(), {"GET", "OPTIONS"}),
        (require_safe(plain), {"GET"}),
        (require_http_methods(["HEAD"])(plain), {"HEAD"}),
        (plain, None),
    ],
)
def test_head_and_options_are_listed_where_they_have_a_policy(callback: Any, methods: set[str] | None) -> None:
    assert listed(callback) == methods


def test_head_stays_listed_alone_after_the_first_get(routes: Routes, visitor: Visitor) -> None:
    """REST framework adds `head` to the actions then."""
    callback = Mapped.as_view({"get": "retrieve"})
    routes(path("x", callback))
    visitor.get("/x")

    assert callback.actions == {"get": "retrieve", "head": "retrieve"}
    with override_settings():  # a new resolver reads it again
        assert listed(callback) == {"GET"}


class BothOpen(View):
    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_methods=["GET", "PUT"], allow_headers=[])
    get = ok
    head = ok
    put = ok


class HeadShut(BothOpen):
    @cors(NO_CORS)
    def head(self, request: HttpRequest) -> HttpResponse: ...


@pytest.mark.parametrize(
    ("view", "asked", "named"),
    [
        (BothOpen, "GET", "GET, HEAD, PUT"),
        (BothOpen, "PUT", "GET, HEAD, PUT"),
        (BothOpen, "HEAD", "GET, HEAD, PUT"),
        (HeadShut, "GET", "GET, PUT"),
        (HeadShut, "HEAD", None),
    ],
)
def test_head_is_named_beside_get_where_it_is_a_method_of_its_own(
    view: type[View], asked: str, named: str | None, routes: Routes, visitor: Visitor
) -> None:
    routes(path("x", view.as_view()))
    assert visitor.preflight("/x", asked).headers.get("Access-Control-Allow-Methods") == named


@pytest.mark.parametrize(
    ("callback", "methods"),
    [
        (require_GET(plain), {"GET"}),
        (require_POST(plain), {"POST"}),
        (require_safe(plain), {"GET", "HEAD"}),
        (require_http_methods(("GET", "PUT"))(plain), {"GET", "PUT"}),
        (cors(FOR_SHOP)(require_GET(plain)), {"GET"}),
        (csrf_exempt(require_GET(own)), {"GET"}),
        (require_safe(require_GET(plain)), {"GET"}),
        (require_POST(Written.as_view()), set()),
        (require_GET(Written.as_view()), {"GET"}),
        (require_safe(sync_to_async(plain)), {"GET", "HEAD"}),
    ],
)
def test_the_methods_of_a_function_view(callback: Any, methods: set[str]) -> None:
    assert current().for_callback(callback, UrlName(), is_covered=True).layers.methods == methods


def test_a_read_only_function_is_cached_and_named_exactly(routes: Routes, visitor: Visitor) -> None:
    policy = CorsPolicy(allowed_origins=[SHOP], allow_headers=["x-a"], preflight_max_age=600)
    routes(path("x", cors(policy)(require_GET(plain))))

    assert wire(visitor.preflight("/x", "GET", asks="x-a")) == {
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Allow-Headers": "x-a",
        "Access-Control-Max-Age": "600",
        "Vary": "origin",
    }


# What changes later


@named_rows("base", {"with the mixin": (CorsPolicyMixin, View), "without": (View,)})
def test_a_policy_that_is_assigned_after_the_first_request(
    base: tuple[type, ...], routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    page: Any = type("Page", base, {"get": ok, "__module__": __name__})
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", page.as_view()))

    assert admitted(visitor, "GET", "/x") == "site"
    page.cors_policy = FOR_SHOP
    assert admitted(visitor, "GET", "/x") == "shop"
    page.cors_policy = NO_CORS
    assert admitted(visitor, "GET", "/x") == ""
    child: Any = type("Child", (page,), {"cors_policy": CorsPolicy(expose_headers=["x-a"])})
    routes(path("x", child.as_view()))
    page.cors_policy = FOR_SHOP
    assert admitted(visitor, "GET", "/x") == "shop"
    page.cors_policy = NO_CORS
    assert admitted(visitor, "GET", "/x") == ""
    routes(path("x", page.as_view()))
    del page.cors_policy
    assert admitted(visitor, "GET", "/x") == "site"


@named_rows("is_bound", {"the object": False, "its method": True})
def test_a_policy_that_is_assigned_to_an_object_after_the_first_request(
    is_bound: bool, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    thing: Any = Policed()
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", thing.run if is_bound else thing))

    assert admitted(visitor, "GET", "/x") == ""
    thing.cors_policy = FOR_SHOP
    assert admitted(visitor, "GET", "/x") == "shop"
    del thing.cors_policy
    assert admitted(visitor, "GET", "/x") == "site"


def test_a_map_with_a_default_is_refused() -> None:
    with pytest.raises(TypeError, match="cors_action_policies is defaultdict"):
        type("Defaults", (CorsPolicyMixin, ViewSet), {"cors_action_policies": defaultdict(lambda: NO_CORS)})


def test_a_map_of_actions_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        Mapped.cors_action_policies["list"] = NO_CORS


# The mixin is invisible


def any_decorator(view: Any) -> Any:
    view.left_by_another_package = "x"
    return view


LEFT = [csrf_exempt, login_not_required, transaction.non_atomic_requests, any_decorator]


class Theirs(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    post = get


class TheirsAsync(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class AsyncDispatch(TheirsAsync):
    async def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Dispatch as some packages do."""
        return await self.get(request)


class TheirApi(APIView):
    authentication_classes = ()

    def get(self, request: Any) -> Response:
        return Response()


class TheirViewSet(ViewSet):
    authentication_classes = ()

    def list(self, request: Any) -> Response: ...


def with_mixin(base: Any) -> Any:
    return type("Base", (CorsPolicyMixin, base), {"__module__": __name__})


def with_mixin_last(base: Any) -> Any:
    return type("Base", (base, CorsPolicyMixin), {"__module__": __name__})


def with_mark(base: Any) -> Any:
    return cors(FOR_SHOP)(type("Base", (base,), {"__module__": __name__}))


def with_mark_and_dispatch(base: Any) -> Any:
    return cors(FOR_SHOP)(type("Base", (base,), {"__module__": __name__, "dispatch": base.dispatch}))


WAYS = [with_mixin, with_mixin_last, with_mark, with_mark_and_dispatch]


@pytest.mark.parametrize("decorator", LEFT, ids=["csrf", "login", "atomic", "another"])
@pytest.mark.parametrize("theirs", [Theirs, TheirsAsync, AsyncDispatch, TheirApi, TheirViewSet])
@pytest.mark.parametrize("declared", WAYS)
def test_a_declaration_leaves_a_callback_as_it_is(declared: Any, theirs: Any, decorator: Any) -> None:
    base: Any = method_decorator(decorator, name="dispatch")(type("Base", (theirs,), {"__module__": __name__}))
    mine: Any = declared(base)
    arguments = [{"get": "list"}] if theirs is TheirViewSet else []
    bare, mixed = base.as_view(*arguments), mine.as_view(*arguments)

    apart = {"cls", "view_class", "__wrapped__"}  # of each callback its own
    assert {name: value for name, value in vars(mixed).items() if name not in apart} == {
        name: value for name, value in vars(bare).items() if name not in apart
    }
    assert vars(mixed).keys() == vars(bare).keys()
    for name in (*functools.WRAPPER_ASSIGNMENTS, "__dict__"):
        assert hasattr(mixed, name) == hasattr(bare, name)
        if name != "__dict__":
            assert getattr(mine.dispatch, name) == getattr(base.dispatch, name)
    assert vars(mine.dispatch) == vars(base.dispatch)
    assert mine.dispatch is mine.dispatch
    assert sync_kind(mixed) == sync_kind(bare)
    assert sync_kind(mine.dispatch) == sync_kind(base.dispatch)


def sync_kind(view: Any) -> bool:
    from asgiref.sync import iscoroutinefunction

    return iscoroutinefunction(view)


@pytest.mark.parametrize("theirs", [Theirs, TheirsAsync, AsyncDispatch, TheirApi])
def test_a_view_with_the_mixin_answers(theirs: Any, routes: Routes, visitor: Visitor) -> None:
    mine: Any = type("Mine", (CorsPolicyMixin, theirs), {"cors_policy": FOR_SHOP, "__module__": __name__})
    routes(path("x", mine.as_view()))

    response = visitor.get("/x")
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, SHOP)


def test_a_csrf_exempt_view_stays_exempt(routes: Routes, settings: SettingsWrapper) -> None:
    from django.test import Client

    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.csrf.CsrfViewMiddleware"]
    base: Any = method_decorator(csrf_exempt, name="dispatch")(type("Base", (Theirs,), {}))
    routes(path("x", type("Mine", (CorsPolicyMixin, base), {}).as_view()))

    assert Client(enforce_csrf_checks=True).post("/x").status_code == 200


# What is looked through, and how far


def test_a_lazy_object_stays_lazy() -> None:
    def explode() -> None:
        raise NotImplementedError

    lazy = SimpleLazyObject(explode)
    assert any(held.thing is lazy for held in held_by(no_wraps(lazy)))


def test_what_is_looked_at_is_bounded() -> None:
    many = [object() for _ in range(2 * MAX_HELD)]
    assert len(list(held_by(no_wraps(many)))) <= MAX_HELD


def test_routes_are_not_looked_through() -> None:
    with override_settings(ROOT_URLCONF=(path("x", no_wraps([path("y", own), path("z", include([path("", own)]))])),)):
        assert errors() == []


class LazyProxy(wrapt.ObjectProxy):  # type: ignore[misc]
    """It has what marks the lazy proxies of another package: what it wraps is made at the first use."""

    __factory__ = None


@pytest.mark.parametrize(("kind", "count"), [(wrapt.ObjectProxy, 2), (LazyProxy, 1)])
def test_a_lazy_proxy_is_not_looked_through(kind: Any, count: int) -> None:
    assert len(list(unwrapped(kind(plain)))) == count


def test_a_chain_that_leads_to_itself_ends() -> None:
    wrapper = no_wraps(plain)
    wrapper.__wrapped__ = wrapper
    assert list(unwrapped(wrapper)) == [wrapper]


@wrapt.decorator
def guard(wrapped: Any, instance: Any, arguments: Any, keywords: Any) -> Any:
    return HttpResponse(status=403)


class Guarded(View):
    @cors(FOR_SHOP)
    @guard
    def get(self, request: HttpRequest) -> HttpResponse: ...


@cors(FOR_SHOP)
@guard
def guarded(request: HttpRequest) -> HttpResponse: ...


@pytest.mark.parametrize("callback", [cors(FOR_SHOP)(guard(plain)), guarded, Guarded.as_view()])
def test_a_proxy_stays_in_front_of_what_it_guards(callback: Any, routes: Routes, visitor: Visitor) -> None:
    """It passes for a function, and has the code of what it guards."""
    routes(path("x", callback))

    response = visitor.get("/x")
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (403, SHOP)


def test_a_proxy_is_looked_through(routes: Routes, visitor: Visitor) -> None:
    routes(path("marked", guard(own)), path("hidden", guard(no_wraps(own))))

    assert admitted(visitor, "GET", "/marked") == "shop"
    assert admitted(visitor, "GET", "/hidden") == ""
    assert errors() == E011


def test_a_long_list_of_an_object_is_taken_for_a_registry() -> None:
    views = [make() for _ in range(MAX_ITEMS + 1)]
    found = [held.thing for held in held_by(no_wraps(SimpleNamespace(inner=SimpleNamespace(views=views))))]
    assert not any(view in found for view in views)


class NoAttributes(type):
    __dict__ = property(lambda cls: broken())  # type: ignore[assignment]  # the point of it


def broken() -> None:
    raise LookupError


class OfBrokenMetaclass(metaclass=NoAttributes):
    pass


def test_a_class_that_cannot_be_read_declares_nothing(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = (path("x", kept(OfBrokenMetaclass)),)
    assert errors() == []


@api_view(["GET", "HEAD"])
def with_head(request: Any) -> Response: ...


def test_an_api_view_for_head() -> None:
    assert view_layers(with_head, UrlName(), current().conf).methods == {"GET", "HEAD", "OPTIONS"}


def test_a_copy_of_api_view_around_an_object() -> None:
    callback = copied_api_view(Wrapping(own))
    assert allowed_origins(callback) == (SHOP,)


def allowed_origins(callback: Any) -> tuple[str, ...]:
    return current().for_callback(callback, UrlName(), is_covered=True).policies.of("GET").allowed_origins


def test_where_cors_is_called_by_compiled_code_is_unknown() -> None:
    """Compiled code has no frames: it cannot be seen whether there is a `def` below."""
    assert is_around_view(print, None) is None
    both = cors(FOR_SHOP)(cors(FOR_PARTNER)(print))
    layers = view_layers(both, UrlName(), current().conf)
    assert [lost.fault.reason for lost in layers.lost] == ["lost-place-unknown"]
    assert view_layers(cors(FOR_SHOP)(print), UrlName(), current().conf).lost == ()
    with override_settings(ROOT_URLCONF=(path("x", both),)):
        assert "drf_cors.E013" in errors()


@pytest.mark.parametrize(
    ("policies", "who"),
    [
        ({"create": NO_CORS}, ""),
        ({"list": FOR_SHOP, "create": NO_CORS}, ""),
        ({"list": FOR_SHOP, "create": FOR_SHOP}, "shop"),
        ({"list": FOR_SHOP}, "shop"),
    ],
    ids=str,
)
def test_a_policy_under_the_second_name_of_a_route_closes_it(
    policies: dict[str, Any], who: str, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_VIEW_POLICIES = policies
    routes(path("x", plain, name="list"), path("x", plain, name="create"))

    assert admitted(visitor, "GET", "/x") == who
    assert errors() == ([] if who else ["drf_cors.E014"])


@named_rows(
    "patterns",
    {
        "no path is found": (re_path("^x(?=/never)$", plain, name="keyed"),),
        "another view is first": (path("<slug:anything>", make()), path("x", plain, name="keyed")),
    },
)
def test_a_policy_for_a_route_that_is_not_reached_closes_no_other(
    patterns: Any, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_VIEW_POLICIES = {"keyed": NO_CORS}
    settings.ROOT_URLCONF = (*patterns, path("other/y", plain, name="other"))

    assert admitted(visitor, "GET", "/other/y") == "site"
    assert errors() == []


def test_what_another_urlconf_reaches_is_not_lost(settings: SettingsWrapper, visitor: Visitor, routes: Routes) -> None:
    other = (path("y", Misnamed.as_view({"delete": "destroy"})),)
    settings.CORS_URLCONFS = []
    settings.SUBDOMAIN_URLCONFS = {"api": other}
    routes(path("x", Misnamed.as_view({"delete": "adestroy"})))

    assert errors() == []


def test_hosts_that_cannot_be_read_leave_the_root_urlconf(settings: SettingsWrapper, routes: Routes) -> None:
    settings.ROOT_HOSTCONF = "no.such.module"
    routes(path("x", Misnamed.as_view({"delete": "adestroy"})))

    assert "drf_cors.E005" in errors()
