"""Declarations in places that nothing reads, and policies for what Django finds in another way than it is written.

The cases are as those of `test_nothing_is_lost`: a view, who may read the response of each method, and the errors of
`manage.py check`.
"""

from __future__ import annotations

import dataclasses
import functools
import gc
import itertools
import types
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.urls import URLResolver, include, path, re_path
from django.urls.converters import REGISTERED_CONVERTERS, get_converters
from django.urls.resolvers import RoutePattern
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.routers import Route, SimpleRouter
from rest_framework.viewsets import ViewSet

import drf_cors  # noqa: F401 - an annotation names it
from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.identity import WeakIdentityMap
from drf_cors.lost import view_layers
from drf_cors.resolver import MAX_LEARNED, current
from drf_cors.view_layers import UrlName
from tests.tables import named_rows
from tests.web.test_nothing_is_lost import (
    CLOSED,
    E005,
    E011,
    FOR_PARTNER,
    FOR_SHOP,
    SITE,
    Case,
    admitted,
    errors,
    kept,
    no_wraps,
    ok,
    own,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor


# Containers

CONTAINERS = [
    Case("the values of a dict", lambda: kept({"a": own}.values()), {"GET": CLOSED}, E011),
    Case("the keys of a dict", lambda: kept({own: "a"}.keys()), {"GET": CLOSED}, E011),
    Case("the items of a dict", lambda: kept({"a": own}.items()), {"GET": CLOSED}, E011),
]


# Methods in lower case


def overriding(get_response: Any) -> Any:
    """Override the method as some middleware does: with what the client sent."""

    def middleware(request: HttpRequest) -> Any:
        request.method = request.headers.get("X-HTTP-Method-Override", request.method)
        return get_response(request)

    return middleware


class Both(View):
    post = ok

    @cors(NO_CORS)
    def delete(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("deleted")


class BothActions(CorsPolicyMixin, ViewSet):
    authentication_classes = ()
    cors_action_policies: ClassVar = {"destroy": NO_CORS}

    def create(self, request: Any) -> Response:
        return Response()

    def destroy(self, request: Any) -> Response:
        return Response("deleted")


@pytest.mark.parametrize("methods", [["*"], ["POST", "DELETE"]], ids=str)
@pytest.mark.parametrize("override", ["DELETE", "delete", "Delete"])
@named_rows(
    "callback",
    {"a view": Both.as_view(), "a viewset": BothActions.as_view({"post": "create", "delete": "destroy"})},
)
def test_a_method_that_is_overridden_in_lower_case_has_the_policy_of_its_handler(
    callback: Any, override: str, methods: list[str], routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_ALLOW_METHODS = methods
    settings.MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware", f"{__name__}.overriding"]
    routes(path("x", callback))

    response = visitor.send("POST", "/x", origin=SITE, headers={"x-http-method-override": override})
    assert b"deleted" in response.content
    assert "Access-Control-Allow-Origin" not in response.headers
    assert visitor.send("POST", "/x", origin=SITE).headers["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize("methods", [["*"], ["GET", "patch"], ["GET", "PATCH", "patch"]], ids=str)
def test_a_preflight_in_lower_case_is_for_no_handler(
    methods: list[str], routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    class Patched(View):
        get = ok

        @cors(NO_CORS)
        def patch(self, request: HttpRequest) -> HttpResponse: ...

    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_ALLOW_METHODS = methods
    routes(path("x", Patched.as_view()))

    for method in ("patch", "PATCH"):
        answer = visitor.preflight("/x", method, origin=SITE)
        assert "Access-Control-Allow-Origin" not in answer.headers
    allowed = visitor.preflight("/x", "GET", origin=SITE).headers["Access-Control-Allow-Methods"]
    assert "PATCH" not in allowed.split(", ")


# Classes that cannot be hashed


class Compared(type):  # noqa: PLW1641 - the point of it
    """A metaclass that defines `__eq__` alone: its classes cannot be hashed."""

    def __eq__(cls, other: object) -> bool:
        raise NotImplementedError


class UnhashableViewSet(ViewSet, metaclass=Compared):
    def list(self, request: Any) -> Response:
        return Response()

    @cors(NO_CORS)
    def destroy(self, request: Any) -> Response: ...


class UnhashableView(CorsPolicyMixin, View, metaclass=Compared):
    cors_policy = FOR_SHOP
    get = ok


UNHASHABLE = [
    Case("an unhashable viewset", lambda: UnhashableViewSet.as_view({"get": "list"}), {"GET": CLOSED}, E005),
    Case("an unhashable view with the mixin", UnhashableView.as_view, {"GET": "shop"}),
]


def test_an_entry_of_a_map_goes_with_its_key() -> None:
    known: WeakIdentityMap[Any, Any] = WeakIdentityMap()
    made: Any = type("Made", (), {})
    value = View()
    known.set(made, value)
    assert known.get(made) is value
    assert known.get(View) is None
    kept = weakref.ref(value)
    del made, value
    gc.collect()
    assert kept() is None


# A part of the URLconf that cannot be read


def test_an_include_that_raises_hides_no_routes_after_it(visitor: Visitor, settings: SettingsWrapper) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.ROOT_URLCONF = (
        URLResolver(RoutePattern("broken/"), "no.such.module"),
        path("x", UnhashableViewSet.as_view({"get": "list"})),
    )
    assert admitted(visitor, "GET", "/x") == CLOSED


# Callable objects with slots


class Slotted:
    __slots__ = ("cors_policy",)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@dataclasses.dataclass(slots=True)
class SlottedData:
    name: str
    cors_policy: Any = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class BelowSlotted(Slotted):
    pass


class ClassPolicy(BelowSlotted):
    cors_policy = FOR_PARTNER


def slotted(kind: Any, policy: Any) -> Any:
    made = kind()
    made.cors_policy = policy
    return made


SLOTS = [
    Case("a slot", lambda: slotted(Slotted, FOR_SHOP), {"GET": "shop"}),
    Case("a slot that closes", lambda: slotted(Slotted, NO_CORS), {"GET": CLOSED}),
    Case("an empty slot", Slotted, {"GET": "site"}),
    Case("a wrong value in a slot", lambda: slotted(Slotted, 1), {"GET": CLOSED}, ["drf_cors.E010"]),
    Case("the slot of a base", lambda: slotted(BelowSlotted, FOR_SHOP), {"GET": "shop"}),
    Case("a class that overrides the slot of a base", ClassPolicy, {"GET": "partner"}),
    Case("a slot of a dataclass", lambda: SlottedData("x", NO_CORS), {"GET": CLOSED}),
    Case("a slot of a dataclass that says nothing", lambda: SlottedData("x"), {"GET": "site"}),
    Case("a wrapper around a slot", lambda: no_wraps(slotted(Slotted, NO_CORS)), {"GET": CLOSED}, E011),
    Case("a wrapper around an empty slot", lambda: no_wraps(Slotted()), {"GET": "site"}),
]


# Decorators that bind


class Bind:
    """A decorator that is a class, and binds a copy of itself to the view."""

    def __init__(self, function: Any, instance: Any = None) -> None:
        self.function, self.instance = function, instance

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else type(self)(self.function, instance)

    def __call__(self, *args: Any) -> Any:
        return self.function(self.instance, *args)


class BindAsync(Bind):
    def __init__(self, function: Any, instance: Any = None) -> None:
        super().__init__(function, instance)
        markcoroutinefunction(self)

    async def __call__(self, *args: Any) -> Any:
        return await self.function(self.instance, *args)


class Bound(View):
    @cors(FOR_SHOP)
    @Bind
    def get(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(self, Bound)
        return HttpResponse()

    @Bind
    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class BoundAsync(View):
    @cors(FOR_SHOP)
    @BindAsync
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class BoundTwice(View):
    @cors(FOR_SHOP)
    @cors(allow_headers=["x-a"])
    @Bind
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class BoundAction(CorsPolicyMixin, ViewSet):
    authentication_classes = ()

    @cors(FOR_SHOP)
    @Bind
    def list(self, request: Any) -> Response:
        return Response()


class BelowBound(Bound):
    @cors(FOR_PARTNER)
    def get(self, request: HttpRequest) -> HttpResponse:
        return super().get(request)


BOUND = [
    Case("a binding decorator", Bound.as_view, {"GET": "shop", "POST": "site"}),
    Case("an async binding decorator", BoundAsync.as_view, {"GET": "shop"}),
    Case("a binding decorator with two policies", BoundTwice.as_view, {"GET": "shop"}, ["drf_cors.E004"]),
    Case("a binding decorator of a viewset", lambda: BoundAction.as_view({"get": "list"}), {"GET": "shop"}),
    Case("an override of a binding decorator", BelowBound.as_view, {"GET": "partner"}),
]


@pytest.mark.parametrize("view", [Bound, BoundAsync, BelowBound, BoundTwice])
def test_a_binding_decorator_still_binds(view: Any, routes: Routes, visitor: Visitor) -> None:
    routes(path("x", view.as_view()))
    assert visitor.get("/x").status_code == 200


# Keywords


class MapOfItsOwn(ViewSet):
    """Django accepts the keyword, because the class has the attribute."""

    cors_action_policies: ClassVar[Any] = {}

    def list(self, request: Any) -> Response:
        return Response()


class KeywordOfAnAction(ViewSet):
    @action(detail=False, cors_action_policies={"act": NO_CORS})
    def act(self, request: Any) -> Response:
        return Response()


class WithTheMixin(CorsPolicyMixin, ViewSet):
    def list(self, request: Any) -> Response: ...

    @action(detail=False, cors_action_policies={"act": NO_CORS})
    def act(self, request: Any) -> Response: ...


def closing(**keywords: Any) -> Any:
    return MapOfItsOwn.as_view({"get": "list"}, **keywords)


KEYWORDS = [
    Case("a map among the keywords", lambda: closing(cors_action_policies={"list": NO_CORS}), {"GET": CLOSED}, E011),
    Case("an empty map among the keywords", lambda: closing(cors_action_policies={}), {"GET": "site"}),
    Case("a map of an action", lambda: KeywordOfAnAction.as_view({"get": "act"}), {"GET": CLOSED}, E011),
]


class WithRoutes(SimpleRouter):
    routes: ClassVar[Any] = [
        Route(
            url="^{prefix}/$",
            mapping={"get": "list"},
            name="{basename}-list",
            detail=False,
            initkwargs={"cors_action_policies": {"list": NO_CORS}},
        )
    ]


@named_rows("router", {"@action": SimpleRouter, "Route": WithRoutes})
def test_a_map_among_the_keywords_is_refused_at_import(router: Any) -> None:
    made = router()
    made.register("x", WithTheMixin, basename="x")
    with pytest.raises(TypeError, match=r"WithTheMixin.cors_action_policies = \{...\}; for one action, write @action"):
        _ = made.urls


# Attributes of functions


def with_policy(view: Any, policy: Any = NO_CORS) -> Any:
    view.cors_policy = policy
    return view


def plain(request: HttpRequest, **values: str) -> HttpResponse:
    return HttpResponse()


def made() -> Any:
    return lambda request: HttpResponse()


@with_policy
@api_view(["GET"])
def above_api_view(request: Any) -> Response:
    return Response()


@api_view(["GET"])
@with_policy
def below_api_view(request: Any) -> Response:
    return Response()


class OnAHandler(View):
    @with_policy
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class BelowOnAHandler(OnAHandler):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class OnAHelper(View):
    get = ok

    @with_policy
    def help(self) -> None: ...


class ObjectAsHandler(View):
    get = with_policy(Bind(ok))


class MapOnAHandler(ViewSet):
    def list(self, request: Any) -> Response:
        return Response()

    vars()["list"].cors_action_policies = {"list": NO_CORS}


def passing_on(view: Any) -> Any:
    return functools.update_wrapper(no_wraps(view), view)


class CallableObject:
    def __call__(self, request: HttpRequest, **values: str) -> HttpResponse:
        return HttpResponse()


FUNCTIONS = [
    Case("on a function", lambda: with_policy(made()), {"GET": CLOSED}, E011),
    Case("below a decorator", lambda: csrf_exempt(with_policy(made())), {"GET": CLOSED}, E011),
    Case("on a partial", lambda: with_policy(functools.partial(plain)), {"GET": CLOSED}, E011),
    Case("on a callback of a class", lambda: with_policy(OnlyOk.as_view()), {"GET": CLOSED}, E011),
    Case("above @api_view", lambda: above_api_view, {"GET": CLOSED}, E011),
    Case("below @api_view", lambda: below_api_view, {"GET": CLOSED}, E011),
    Case("on a handler", OnAHandler.as_view, {"GET": CLOSED}, E011),
    Case("on a handler of a base", BelowOnAHandler.as_view, {"GET": CLOSED}, E011),
    Case("on a method that is no handler", OnAHelper.as_view, {"GET": CLOSED}, E011),
    Case("on an object that is a handler", ObjectAsHandler.as_view, {"GET": CLOSED}, E011),
    Case("a map on a handler", lambda: MapOnAHandler.as_view({"get": "list"}), {"GET": CLOSED}, E011),
    Case("on a callable object", lambda: with_policy(CallableObject(), FOR_SHOP), {"GET": "shop"}),
    Case("a wrapper around it", lambda: passing_on(with_policy(CallableObject(), FOR_SHOP)), {"GET": "shop"}),
    Case("cors() around it", lambda: cors(FOR_PARTNER)(with_policy(CallableObject(), FOR_SHOP)), {"GET": "partner"}),
]


# Names


class OnlyOk(View):
    get = ok


def view_with(**attributes: Any) -> Any:
    return type("Made", (View,), {"get": ok, "__module__": __name__, **attributes}).as_view()


def annotated(of: str = __name__, **annotations: Any) -> Any:
    return view_with(__annotations__=annotations, __module__=of)


class Annotated(View):
    cors_policy: NO_CORS  # type: ignore[valid-type]  # the mistake
    get = ok


class AnnotatedAndAssigned(View):
    cors_policy: CorsPolicy | str | None = FOR_SHOP
    get = ok


class ByAConstant(View):
    CORS_POLICY_OF_PARTNERS = FOR_PARTNER
    PARTNERS = FOR_PARTNER
    cors_headers = FOR_PARTNER

    @cors(PARTNERS)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class MisspeltBase:
    cors_polcy = NO_CORS


class BelowMisspelt(MisspeltBase, View):
    get = ok


class MisspeltKeyword(View):
    cors_policies: Any = None
    get = ok


class MisspeltObject:
    cors_policies = NO_CORS

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


NAMES = [
    Case("cors_policies", lambda: view_with(cors_policies=NO_CORS), {"GET": CLOSED}, E011),
    Case("CORS_POLICY", lambda: view_with(CORS_POLICY=NO_CORS), {"GET": CLOSED}, E011),
    Case("_cors_policy", lambda: view_with(_cors_policy=NO_CORS), {"GET": CLOSED}, E011),
    Case("a map under cors_action_policy", lambda: view_with(cors_action_policy={"a": NO_CORS}), {"GET": CLOSED}, E011),
    Case("a list under cors_policies", lambda: view_with(cors_policies=[NO_CORS]), {"GET": CLOSED}, E011),
    Case("a misspelt name in a base", BelowMisspelt.as_view, {"GET": CLOSED}, E011),
    Case("a misspelt keyword", lambda: MisspeltKeyword.as_view(cors_policies=NO_CORS), {"GET": CLOSED}, E011),
    Case("a misspelt name of a callable object", MisspeltObject, {"GET": CLOSED}, E011),
    Case("a misspelt name without a policy", lambda: view_with(cors_policies=["x"], CORS_POLICY=1), {"GET": "site"}),
    Case("constants with other names", ByAConstant.as_view, {"GET": "partner"}),
    Case("an annotation", Annotated.as_view, {"GET": CLOSED}, E011),
    Case("an annotation that is a policy", lambda: annotated(cors_policy=NO_CORS), {"GET": CLOSED}, E011),
    Case("a dotted name", lambda: annotated(cors_policy="drf_cors.NO_CORS"), {"GET": CLOSED}, E011),
    Case("a policy made of another", lambda: annotated(cors_policy="NO_CORS.using()"), {"GET": CLOSED}, E011),
    Case("a call", lambda: annotated(cors_policy="CorsPolicy(allowed_origins=[])"), {"GET": CLOSED}, E011),
    Case("a map", lambda: annotated(cors_action_policies={"a": NO_CORS}), {"GET": CLOSED}, E011),
    Case("the text of a map", lambda: annotated(cors_action_policies="{'a': NO_CORS}"), {"GET": CLOSED}, E011),
    Case("a misspelt annotation", lambda: annotated(cors_policies="NO_CORS"), {"GET": CLOSED}, E011),
    Case("a type", lambda: annotated(cors_policy="CorsPolicy | None", cors_action_policies=dict), {"GET": "site"}),
    Case("a type that is no name", lambda: annotated(cors_policy="'x'", other="NO_CORS"), {"GET": "site"}),
    Case("an annotated value", AnnotatedAndAssigned.as_view, {"GET": "shop"}),
    Case(
        "a module that is gone",
        lambda: view_with(__annotations__={"cors_policy": "P"}, __module__="x"),
        {"GET": "site"},
    ),
]


def test_the_advice_shows_the_right_name() -> None:
    found = {
        "cors_policy": view_with(cors_policies=NO_CORS),
        "cors_action_policies": view_with(cors_action_policy={"a": NO_CORS}),
        "an equals sign: cors_policy = NO_CORS": Annotated.as_view(),
        "an equals sign: cors_policy = ...": annotated(cors_policy=NO_CORS),
    }
    for advice, callback in found.items():
        (lost,) = view_layers(callback, UrlName(), current().conf).lost
        assert lost.fault.remedy == f"write {advice}"


# Two patterns with one route


class KnownValue:
    """A converter that looks its value up: no sample is found for it."""

    regex = "[-a-z0-9]+"

    def to_python(self, value: str) -> str:
        if value != "acme-2931":
            raise ValueError
        return value

    def to_url(self, value: str) -> str: ...


class Declared(CorsPolicyMixin, View):
    get = ok


class TwoActions(CorsPolicyMixin, ViewSet):
    def list(self, request: Any, **values: str) -> Response:
        return Response()

    @cors(NO_CORS)
    def create(self, request: Any) -> Response: ...


def closure_of(value: Any) -> Any:
    def view(request: HttpRequest, **values: str) -> HttpResponse:
        return HttpResponse(value)

    return view


E014 = ["drf_cors.E014"]
SECOND: dict[str, tuple[Any, Any, dict[str, Any], str, list[str]]] = {
    "cors() around a class": (Declared.as_view(), cors(NO_CORS)(Declared.as_view()), {}, CLOSED, E014),
    "cors() around a function": (plain, cors(NO_CORS)(plain), {}, CLOSED, E014),
    "cors() around a partial": (plain, cors(NO_CORS)(functools.partial(plain)), {}, CLOSED, E014),
    "as_view()": (Declared.as_view(), Declared.as_view(cors_policy=NO_CORS), {}, CLOSED, E014),
    "a key": (Declared.as_view(), Declared.as_view(), {"b": NO_CORS}, CLOSED, E014),
    "another action": (
        TwoActions.as_view({"get": "list"}),
        TwoActions.as_view({"post": "create"}),
        {},
        CLOSED,
        E014,
    ),
    "the first declares": (cors(FOR_SHOP)(plain), plain, {}, "shop", []),
    "both declare the same": (cors(FOR_SHOP)(plain), cors(FOR_SHOP)(plain), {}, "shop", []),
    "both have the same key": (plain, plain, {"a": FOR_SHOP, "b": FOR_SHOP}, "shop", []),
    "another view": (plain, cors(NO_CORS)(ok), {}, "site", []),
    "another class": (Declared.as_view(), cors(NO_CORS)(OnlyOk.as_view()), {}, "site", []),
    "another closure": (closure_of(1), cors(NO_CORS)(closure_of(2)), {}, "site", []),
    "an object": (CallableObject(), cors(NO_CORS)(CallableObject()), {}, "site", []),
}


@named_rows(
    "route, then",
    {
        "a path": ("acme-2931", lambda view: path("acme-2931", view, name="b")),
        "a converter": ("<known_value:x>", lambda view: path("<known_value:y>", view, name="b")),
        "an include": ("acme-2931", lambda view: path("acme-", include([path("2931", view, name="b")]))),
        "an include by a regular expression": (
            "acme-2931",
            lambda view: re_path("", include([path("acme-2931", view, name="b")])),
        ),
    },
)
@named_rows("first, second, policies, who, found", SECOND)
def test_what_the_second_pattern_of_a_route_declares_closes_the_first(
    first: Any,
    second: Any,
    policies: dict[str, Any],
    who: str,
    found: list[str],
    route: str,
    then: Callable[[Any], Any],
    visitor: Visitor,
    settings: SettingsWrapper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(REGISTERED_CONVERTERS, "known_value", KnownValue())
    get_converters.cache_clear()
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_VIEW_POLICIES = policies
    settings.ROOT_URLCONF = (path(route, first, name="a"), then(second))

    assert admitted(visitor, "GET", "/acme-2931") == who
    assert errors() == found


# Error views


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(status=404)


def failure(request: HttpRequest, reason: str = "") -> HttpResponse: ...


closed_failure = cors(NO_CORS)(failure)


def urlconf_with(**handlers: Any) -> Any:
    module: Any = types.ModuleType("urlconf_with_handlers")
    vars(module).update(urlpatterns=[path("x", ok)], **handlers)
    return module


@named_rows(
    "handlers, csrf, who, found",
    [
        ("handler404", {"handler404": cors(NO_CORS)(not_found)}, "failure", CLOSED, E011),
        ("handler500", {"handler500": cors(FOR_SHOP)(ok)}, "failure", CLOSED, E011),
        ("the name of one", {"handler403": f"{__name__}.closed_failure"}, "failure", CLOSED, E011),
        ("CSRF_FAILURE_VIEW", {}, "closed_failure", CLOSED, E011),
        ("without a policy", {"handler404": not_found}, "failure", "site", []),
        ("that cannot be imported", {"handler400": "no.such.view"}, "failure", "site", []),
    ],
)
def test_the_policy_of_an_error_view_closes_the_paths_without_a_view(
    handlers: dict[str, Any], csrf: str, who: str, found: list[str], visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CSRF_FAILURE_VIEW = f"{__name__}.{csrf}"
    settings.ROOT_URLCONF = urlconf_with(**handlers)

    assert admitted(visitor, "GET", "/nowhere") == who
    assert admitted(visitor, "GET", "/x") == "site"
    assert [identifier for identifier in errors() if identifier.startswith("drf_cors")] == found


# URLconfs that requests bring


def selecting(get_response: Any) -> Any:
    """Select the URLconf by a header, in a way that no check sees."""

    def middleware(request: HttpRequest) -> Any:
        name = request.headers["x-tenant"]
        setattr(request, "urlconf", TENANTS[name])  # noqa: B010 - as a helper of another package does
        return get_response(request)

    return middleware


class Unrouted(ViewSet):
    def list(self, request: Any) -> Response:
        return Response()

    def create(self, request: Any) -> Response: ...

    @cors(NO_CORS)
    def destroy(self, request: Any) -> Response: ...


TENANTS: dict[str, Any] = {
    "list": (path("x", Unrouted.as_view({"get": "list"})),),
    "destroy": (path("x", Unrouted.as_view({"get": "list"})), path("y", Unrouted.as_view({"delete": "destroy"}))),
}


@named_rows("place", {"above": 0, "below": 1})
def test_a_urlconf_that_a_request_brings_is_learned(
    place: int, visitor: Visitor, settings: SettingsWrapper, routes: Routes
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_URLCONFS = []
    settings.MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware"]
    settings.MIDDLEWARE.insert(place, f"{__name__}.selecting")
    routes(path("x", ok))

    def allowed(tenant: str) -> bool:
        response = visitor.send("GET", "/x", origin=SITE, headers={"x-tenant": tenant})
        return "Access-Control-Allow-Origin" in response.headers

    assert [allowed("list"), allowed("list")] == [False, False]
    # Another URLconf routes the method: nothing is lost then.
    assert [allowed("destroy"), allowed("destroy"), allowed("list")] == [True, True, True]


def test_the_urlconfs_that_are_learned_are_bounded(settings: SettingsWrapper) -> None:
    settings.CORS_URLCONFS = ["tests.urls"]
    resolver = current()
    first = resolver.for_callback(ok, UrlName(), is_covered=True)
    resolver.learn("tests.urls")
    resolver.learn(["unhashable"])
    assert resolver.for_callback(ok, UrlName(), is_covered=True) is first
    merged = [first]
    for number in range(2 * MAX_LEARNED):
        resolver.learn(f"no.such.urlconf_{number}")
        merged.append(resolver.for_callback(ok, UrlName(), is_covered=True))
    is_forgotten = [before is not after for before, after in itertools.pairwise(merged)]
    assert is_forgotten == [True] * (MAX_LEARNED - 1) + [False] * (MAX_LEARNED + 1)  # tests.urls is one of them


# All of them


@named_rows(
    "case",
    [(case.name, case) for case in (*CONTAINERS, *UNHASHABLE, *SLOTS, *BOUND, *KEYWORDS, *FUNCTIONS, *NAMES)],
)
def test_a_misplaced_declaration_closes_the_view(
    case: Case, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_VIEW_POLICIES = case.view_policies
    routes(path("x", case.make(), name="view"))

    assert {method: admitted(visitor, method, "/x") for method in case.admits} == case.admits
    assert errors() == case.errors
