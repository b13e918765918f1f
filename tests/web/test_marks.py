"""What marking does to a view, and what it must leave alone; and which of several declarations counts."""

from __future__ import annotations

import functools
import inspect
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_page, never_cache
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.generic import TemplateView
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from drf_cors import INHERITED, NO_CORS, CorsConfigurationError, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.resolver import current
from drf_cors.view_layers import UrlName
from tests.tables import named_rows
from tests.web import views
from tests.web.conftest import CORS_ONLY, PARTNER, SHOP

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from drf_cors.resolver import ViewPolicies
    from tests.web.conftest import Routes, Visitor

FOR_SHOP = CorsPolicy(allowed_origins=[SHOP])
FOR_PARTNER = CorsPolicy(allowed_origins=[PARTNER])


def resolved(callback: Callable[..., Any]) -> ViewPolicies:
    return current().for_callback(callback, UrlName(), is_covered=True)


def allowed(callback: Callable[..., Any], method: str = "GET") -> tuple[str, ...]:
    return resolved(callback).policies.of(method).allowed_origins


def routed(viewset: type, name: str) -> Callable[..., Any]:
    """Return the callback that DRF's router makes for the route called `name`."""
    router = SimpleRouter()
    router.register("x", viewset, basename="x")
    return next(pattern.callback for pattern in router.urls if pattern.name == name)


class Base(APIView):
    authentication_classes = ()

    def get(self, request: Any) -> Response:
        return Response("base")


# Who is allowed: views with declarations, and a table of what counts


@cors(FOR_SHOP)
class Marked(Base): ...


class ChildOfMarked(Marked): ...


class Unmarked(Base): ...


class MarkedGet(Base):
    get = cors(FOR_SHOP)(Base.get)


@method_decorator(cors(FOR_SHOP), name="get")
class GetForShop(Base): ...


@method_decorator(cors(FOR_PARTNER), name="get")
class GetForPartner(Base): ...


@method_decorator(cors(FOR_PARTNER), name="get")
class ChildOfGetForShop(GetForShop): ...


class Reports(ViewSet):
    @action(detail=False)
    def report(self, request: Any) -> Response: ...


class MarkedReports(Reports):
    report = cors(FOR_SHOP)(Reports.report)


class Handler(Base):
    @cors(FOR_SHOP)
    def get(self, request: Any) -> Response: ...


class ChildOfHandler(Handler): ...


class OwnHandler(Handler):
    def get(self, request: Any) -> Response: ...


class ShutHandler(Base):
    @cors(NO_CORS)
    def get(self, request: Any) -> Response: ...


class HandlerMarkedAgain(ShutHandler):
    get = cors(FOR_SHOP)(ShutHandler.get)


class HandlerMarkedTwiceAgain(HandlerMarkedAgain):
    get = cors(FOR_PARTNER)(HandlerMarkedAgain.get)


@cors(FOR_SHOP)
class ClassAndHandler(Base):
    @cors(FOR_PARTNER)
    def get(self, request: Any) -> Response: ...


@method_decorator(cors(FOR_SHOP), name="dispatch")
class Dispatch(Base): ...


@method_decorator(cors(FOR_PARTNER), name="dispatch")
class ChildOfDispatch(Dispatch): ...


class OwnDispatch(Dispatch):
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any: ...


class ChildOfOwnDispatch(OwnDispatch): ...


@method_decorator([never_cache, cors(FOR_SHOP), ensure_csrf_cookie], name="dispatch")
class AmongOthers(Base):
    @method_decorator(never_cache)
    @cors(FOR_PARTNER)
    def post(self, request: Any) -> Response: ...


@method_decorator(never_cache, name="post")
@method_decorator(never_cache, name="dispatch")
class ChildOfAmongOthers(AmongOthers): ...


@method_decorator(cors(NO_CORS), name="dispatch")
class ShutDispatch(CorsPolicyMixin, ViewSet):
    cors_action_policies = {"list": FOR_SHOP}

    def list(self, request: Any) -> Response: ...


@cors(FOR_SHOP)
@api_view(["GET", "POST"])
def above(request: Any) -> Response: ...


@api_view(["GET", "POST"])
@cors(FOR_SHOP)
def below(request: Any) -> Response: ...


class KeywordAndExtraMethod(CorsPolicyMixin, ViewSet):
    @action(detail=False, cors_policy=NO_CORS)
    def report(self, request: Any) -> Response: ...

    @report.mapping.delete
    @cors(FOR_SHOP)
    def delete_report(self, request: Any) -> Response: ...


class FirstParent(CorsPolicyMixin):
    cors_action_policies = {"list": FOR_SHOP, "create": FOR_SHOP}


class SecondParent(CorsPolicyMixin):
    cors_action_policies = {"list": FOR_PARTNER, "destroy": FOR_PARTNER}


class OfTwo(FirstParent, SecondParent, ViewSet):
    cors_action_policies = {"create": NO_CORS}

    def list(self, request: Any) -> Response: ...

    def create(self, request: Any) -> Response: ...

    def destroy(self, request: Any) -> Response: ...


class Parent(CorsPolicyMixin, Base):
    cors_policy = CorsPolicy(allowed_origins=[SHOP], expose_headers=["x-parent"])


class Extending(Parent):
    cors_policy = CorsPolicy(allowed_origins=[INHERITED, PARTNER])


class ByName(CorsPolicyMixin, Base):
    cors_policy = "shop"


class ShutByName(ByName):
    cors_policy = "off"


class OpensList(CorsPolicyMixin, ViewSet):
    cors_action_policies = {"list": FOR_SHOP, "create": CorsPolicy(allowed_origins=[INHERITED, SHOP])}

    def list(self, request: Any) -> Response: ...

    def create(self, request: Any) -> Response: ...


class ShutOpensList(OpensList):
    cors_policy = NO_CORS


class WithInternal(OpensList):
    @action(detail=False, cors_policy=NO_CORS)
    def internal(self, request: Any) -> Response: ...


def well_made_wrapper(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any: ...

    return wrapped


BARE = Base.as_view()
ACTIONS = {"get": "list", "post": "create"}
OF_TWO = OfTwo.as_view({"get": "list", "post": "create", "delete": "destroy"})
SHUT_AROUND = cors(NO_CORS)(OpensList.as_view(ACTIONS))
SHUT_BY_KEYWORD = OpensList.as_view(ACTIONS, cors_policy=NO_CORS)
PARTNER_AROUND = cors(FOR_PARTNER)(OpensList.as_view(ACTIONS))
INTERNAL = WithInternal.as_view({"get": "internal", "post": "create"}, cors_policy=NO_CORS)
KEYWORD_AND_EXTRA_METHOD = routed(KeywordAndExtraMethod, "x-report")

WHO = [
    # what is declared, the callback, the method, who is allowed
    ("a mark on a class", Marked.as_view(), "GET", (SHOP,)),
    ("its child inherits it", ChildOfMarked.as_view(), "GET", (SHOP,)),
    ("its parent stays as it was", Base.as_view(), "GET", ()),
    ("its sibling stays as it was", Unmarked.as_view(), "GET", ()),
    ("a mark on an inherited handler", MarkedGet.as_view(), "GET", (SHOP,)),
    ("method_decorator on an inherited handler", GetForShop.as_view(), "GET", (SHOP,)),
    ("another one on its sibling", GetForPartner.as_view(), "GET", (PARTNER,)),
    ("another one on its child", ChildOfGetForShop.as_view(), "GET", (PARTNER,)),
    ("a mark on an inherited action", routed(MarkedReports, "x-report"), "GET", (SHOP,)),
    ("the action of the parent", routed(Reports, "x-report"), "GET", ()),
    ("a mark around a callback", cors(FOR_SHOP)(BARE), "GET", (SHOP,)),
    ("another one around the same callback", cors(FOR_PARTNER)(BARE), "GET", (PARTNER,)),
    ("the callback itself", BARE, "GET", ()),
    ("a mark around a function", cors(FOR_SHOP)(views.plain_function), "GET", (SHOP,)),
    ("the function itself", views.plain_function, "GET", ()),
    ("a mark around an @api_view", cors(FOR_SHOP)(views.plain_api_view), "GET", (SHOP,)),
    ("the @api_view itself", views.plain_api_view, "GET", ()),
    ("a mark around a view of DRF", cors(FOR_SHOP)(obtain_auth_token), "POST", (SHOP,)),
    ("the view of DRF itself", obtain_auth_token, "POST", ()),
    ("a mark on a handler", Handler.as_view(), "GET", (SHOP,)),
    ("a child that inherits the handler", ChildOfHandler.as_view(), "GET", (SHOP,)),
    ("a child that overrides the handler", OwnHandler.as_view(), "GET", ()),
    ("NO_CORS on a handler", ShutHandler.as_view(), "GET", ()),
    ("the same handler marked again by a child", HandlerMarkedAgain.as_view(), "GET", (SHOP,)),
    ("and again by a grandchild", HandlerMarkedTwiceAgain.as_view(), "GET", (PARTNER,)),
    ("a handler is above its class", ClassAndHandler.as_view(), "GET", (PARTNER,)),
    ("another method follows the class", ClassAndHandler.as_view(), "OPTIONS", (SHOP,)),
    ("a mark on dispatch", Dispatch.as_view(), "GET", (SHOP,)),
    ("a mark on dispatch of the child", ChildOfDispatch.as_view(), "GET", (PARTNER,)),
    ("a child that overrides dispatch", OwnDispatch.as_view(), "GET", (SHOP,)),  # each class of the MRO is a layer
    ("a grandchild of the marked dispatch", ChildOfOwnDispatch.as_view(), "GET", (SHOP,)),
    ("around a view with a marked dispatch", cors(FOR_PARTNER)(Dispatch.as_view()), "GET", (PARTNER,)),
    ("NO_CORS on dispatch is not final", ShutDispatch.as_view({"get": "list"}), "GET", (SHOP,)),
    ("one of a list of decorators", AmongOthers.as_view(), "GET", (SHOP,)),
    ("one of two decorators of a handler", AmongOthers.as_view(), "POST", (PARTNER,)),
    ("dispatch decorated again", ChildOfAmongOthers.as_view(), "GET", (SHOP,)),
    ("a handler decorated again", ChildOfAmongOthers.as_view(), "POST", (PARTNER,)),
    *((f"above @api_view, {method}", above, method, (SHOP,)) for method in ("GET", "POST", "OPTIONS")),
    *((f"below @api_view, {method}", below, method, (SHOP,)) for method in ("GET", "POST", "OPTIONS")),
    ("the keyword of an action", routed(views.Actions, "x-keyword"), "GET", (SHOP,)),
    ("NO_CORS as keyword of an action", KEYWORD_AND_EXTRA_METHOD, "GET", ()),
    ("is not final for an extra method", KEYWORD_AND_EXTRA_METHOD, "DELETE", (SHOP,)),
    ("an extra method follows its action", routed(views.Actions, "x-followed"), "DELETE", (SHOP,)),
    ("an extra method with a mark", routed(views.Actions, "x-shut"), "DELETE", (SHOP,)),
    ("the action of that method", routed(views.Actions, "x-shut"), "GET", ()),
    ("an action without a mark", routed(views.Actions, "x-left-alone"), "GET", ()),
    ("an extra method with a route of its own", views.Actions.as_view({"delete": "following"}), "DELETE", (SHOP,)),
    ("the attribute of a viewset", views.AttributeOfRecords.as_view({"get": "list"}), "GET", (SHOP,)),
    ("an action named by two parents", OF_TWO, "GET", (SHOP,)),
    ("an action named by a parent and the class", OF_TWO, "POST", ()),
    ("an action named by the second parent", OF_TWO, "DELETE", (PARTNER,)),
    ("the attribute of a class", Parent.as_view(), "GET", (SHOP,)),
    ("a child that extends it", Extending.as_view(), "GET", (SHOP, PARTNER)),
    ("a policy by its name", ByName.as_view(), "GET", (SHOP,)),
    ("a child that is off by a name", ShutByName.as_view(), "GET", ()),
    ("NO_CORS on a class is opened by an action", ShutOpensList.as_view(ACTIONS), "GET", (SHOP,)),
    ("NO_CORS around a view is final", SHUT_AROUND, "GET", ()),
    ("for an action that extends too", SHUT_AROUND, "POST", ()),
    ("NO_CORS as keyword of as_view is final", SHUT_BY_KEYWORD, "GET", ()),
    ("and for an action that extends", SHUT_BY_KEYWORD, "POST", ()),
    ("a keyword with the name of NO_CORS", OpensList.as_view(ACTIONS, cors_policy="off"), "GET", ()),
    ("the name of NO_CORS around a view", cors("off")(OpensList.as_view(ACTIONS)), "GET", ()),
    ("a keyword equal to that of an action", INTERNAL, "POST", ()),
    ("a policy around leaves an action its own", PARTNER_AROUND, "GET", (SHOP,)),
    ("and is what an action extends", PARTNER_AROUND, "POST", (PARTNER, SHOP)),
    ("and governs the other methods", PARTNER_AROUND, "OPTIONS", (PARTNER,)),
    ("a wrapped function", well_made_wrapper(cors(FOR_SHOP)(views.plain_function)), "GET", (SHOP,)),
    ("a wrapped class", well_made_wrapper(views.Attribute.as_view()), "GET", (SHOP,)),
    ("csrf_exempt over above", csrf_exempt(views.above_api_view), "GET", (SHOP,)),
    ("csrf_exempt over below", csrf_exempt(views.below_api_view), "GET", (SHOP,)),
]


@named_rows("callback, method, origins", WHO)
def test_who_is_allowed(
    settings: SettingsWrapper, callback: Callable[..., Any], method: str, origins: tuple[str, ...]
) -> None:
    settings.CORS_POLICIES = {"shop": FOR_SHOP, "off": NO_CORS}
    assert allowed(callback, method) == origins
    assert resolved(callback).layers.conflicts == ()


# Two declarations in one layer


class TwiceDeclared(CorsPolicyMixin, ViewSet):
    @cors(FOR_SHOP)
    @action(detail=False, cors_policy=NO_CORS)
    def keyword_shuts(self, request: Any) -> Response: ...

    @cors(NO_CORS)
    @action(detail=False, cors_policy=FOR_SHOP)
    def mark_shuts(self, request: Any) -> Response: ...

    @action(detail=False)
    @cors(FOR_SHOP)
    def map_shuts(self, request: Any) -> Response: ...

    @cors(FOR_PARTNER)
    @action(detail=False)
    @cors(FOR_SHOP)
    def nearest_below(self, request: Any) -> Response: ...

    @action(detail=False, cors_policy=FOR_PARTNER)
    @cors(FOR_SHOP)
    def mark_below_keyword(self, request: Any) -> Response: ...

    @action(detail=False)
    @cors(FOR_SHOP)
    def mark_and_map(self, request: Any) -> Response: ...

    @action(detail=False, cors_policy=FOR_SHOP)
    def keyword_and_map(self, request: Any) -> Response: ...

    cors_action_policies = {"map_shuts": NO_CORS, "mark_and_map": FOR_PARTNER, "keyword_and_map": FOR_PARTNER}


@cors(NO_CORS)
class MarkShuts(CorsPolicyMixin, Base):
    cors_policy = FOR_SHOP


@cors(FOR_SHOP)
class AttributeShuts(CorsPolicyMixin, Base):
    cors_policy = NO_CORS


@cors(FOR_PARTNER)
class NearestIsTheAttribute(CorsPolicyMixin, Base):
    cors_policy = FOR_SHOP


@cors(FOR_PARTNER)
@cors(FOR_SHOP)
class TwoMarks(Base): ...


@cors(FOR_SHOP)
@cors(NO_CORS)
@cors(FOR_PARTNER)
class ThreeMarks(Base): ...


@cors(FOR_PARTNER)
@cors(FOR_SHOP)
def two_marks(request: HttpRequest) -> HttpResponse: ...


@cors(NO_CORS)
@cors(FOR_SHOP)
def shut_above(request: HttpRequest) -> HttpResponse: ...


@cors(FOR_PARTNER)
@api_view(["GET"])
@cors(FOR_SHOP)
def around_api_view(request: Any) -> Response: ...


@cors(NO_CORS)
@api_view(["GET"])
@cors(FOR_SHOP)
def shut_above_api_view(request: Any) -> Response: ...


@cors(allow_methods=["DELETE"])
@cors(FOR_SHOP)
def how_above(request: HttpRequest) -> HttpResponse: ...


CONFLICTS = [
    ("the keyword of an action shuts", routed(TwiceDeclared, "x-keyword-shuts"), ()),
    ("a mark on an action shuts", routed(TwiceDeclared, "x-mark-shuts"), ()),
    ("the map of actions shuts", routed(TwiceDeclared, "x-map-shuts"), ()),
    ("the mark nearest to the action", routed(TwiceDeclared, "x-nearest-below"), (SHOP,)),
    ("a mark below the keyword", routed(TwiceDeclared, "x-mark-below-keyword"), (SHOP,)),
    ("a mark and the map", routed(TwiceDeclared, "x-mark-and-map"), (SHOP,)),
    ("the keyword and the map", routed(TwiceDeclared, "x-keyword-and-map"), (SHOP,)),
    ("a mark on a class shuts", MarkShuts.as_view(), ()),
    ("the attribute of a class shuts", AttributeShuts.as_view(), ()),
    ("the attribute is nearest", NearestIsTheAttribute.as_view(), (SHOP,)),
    ("two marks on a class", TwoMarks.as_view(), (SHOP,)),
    ("three marks on a class", ThreeMarks.as_view(), ()),
    ("two marks on a function", two_marks, (SHOP,)),
    ("NO_CORS above a function", shut_above, ()),
    ("above and below @api_view", around_api_view, (SHOP,)),
    ("NO_CORS above @api_view", shut_above_api_view, ()),
    ("HOW above WHO", how_above, (SHOP,)),
    ("NO_CORS around, a policy by keyword", cors(NO_CORS)(OpensList.as_view(ACTIONS, cors_policy=FOR_SHOP)), ()),
    ("a policy around, NO_CORS by keyword", cors(FOR_SHOP)(OpensList.as_view(ACTIONS, cors_policy=NO_CORS)), ()),
]


@named_rows("callback, origins", CONFLICTS)
def test_of_two_declarations_in_one_layer_no_cors_wins_else_the_nearest(
    callback: Callable[..., Any], origins: tuple[str, ...]
) -> None:
    assert allowed(callback) == origins
    assert len(resolved(callback).layers.conflicts) == 1


def test_how_of_a_losing_declaration_is_not_used() -> None:
    assert "GET" in resolved(how_above).policies.of("GET").allow_methods


# Other facts about Django and DRF


def test_a_mark_makes_another_function_of_a_handler() -> None:
    assert MarkedGet.get is not Base.get


def test_drf_passes_the_keyword_of_an_action_to_as_view() -> None:
    assert KEYWORD_AND_EXTRA_METHOD.initkwargs["cors_policy"] is NO_CORS


def test_how_is_inherited_field_by_field() -> None:
    assert resolved(Extending.as_view()).policies.of("GET").expose_headers == ("x-parent",)


def test_http_method_names_cut_the_actions() -> None:
    class Cut(ShutDispatch):
        http_method_names = ("get", "options")

        def create(self, request: Any) -> Response: ...

    policies = resolved(Cut.as_view(ACTIONS)).policies
    assert policies.has_method("GET")
    assert not policies.has_method("POST")


def test_a_view_of_django_that_declares_nothing_is_not_declared() -> None:
    class Silent(View): ...

    assert not resolved(Silent.as_view()).declares


@pytest.mark.parametrize(
    "other", [never_cache, cache_page(5), csrf_exempt, login_required, ensure_csrf_cookie, transaction.atomic]
)
def test_marks_go_well_with_djangos_own_decorators(other: Any) -> None:
    @other
    @cors(FOR_SHOP)
    def below(request: HttpRequest) -> HttpResponse: ...

    @cors(FOR_SHOP)
    @other
    def above(request: HttpRequest) -> HttpResponse: ...

    page, opened = views.Attribute.as_view(), views.ActionMap.as_view({"get": "list"})

    assert allowed(below) == allowed(above) == allowed(other(page)) == (SHOP,)
    assert allowed(cors(FOR_PARTNER)(other(page))) == allowed(other(cors(FOR_PARTNER)(page))) == (PARTNER,)
    assert allowed(cors(NO_CORS)(other(opened))) == allowed(other(cors(NO_CORS)(opened))) == ()


# A view keeps what it is


def sync_function(request: HttpRequest, *, key: int = 1) -> HttpResponse:
    """Say hello."""
    return HttpResponse(str(key))


async def async_function(request: HttpRequest) -> HttpResponse: ...


@named_rows(
    "view",
    {
        "function": sync_function,
        "async function": async_function,
        "csrf_exempt function": csrf_exempt(sync_function),
        "csrf_exempt async function": csrf_exempt(async_function),
        "as_view of DRF": Base.as_view(),
        "as_view of Django": views.Page.as_view(),
        "as_view of an async view": views.AsyncPage.as_view(),
        "as_view of a viewset": views.Records.as_view({"get": "list"}, suffix="List"),
        "api_view": views.plain_api_view,
        "third party": obtain_auth_token,
        "handler": Base.get,
        "async handler": views.AsyncPage.get,
        "action": views.Actions.left_alone,
        "partial": functools.partial(sync_function, key=2),
        "partial of an async function": functools.partial(async_function),
    },
)
def test_a_marked_view_keeps_its_name_its_attributes_and_its_kind(view: Any) -> None:
    marked = cors(FOR_SHOP)(view)

    assert marked is not view
    assert marked.__wrapped__ is view
    for name in (*functools.WRAPPER_ASSIGNMENTS, *getattr(view, "__dict__", {})):
        is_of_partial = isinstance(view, functools.partial) and name == "__dict__"
        if hasattr(view, name) and name != "__wrapped__" and not is_of_partial:
            assert getattr(marked, name) == getattr(view, name), name
    assert inspect.iscoroutinefunction(marked) == inspect.iscoroutinefunction(view)
    assert iscoroutinefunction(marked) == iscoroutinefunction(view)


def test_as_view_keeps_what_drf_and_django_leave_on_it() -> None:
    bare = views.Records.as_view({"get": "list"}, suffix="List")
    marked = cors(FOR_SHOP)(bare)
    page = cors(FOR_SHOP)(views.Page.as_view())

    assert marked.cls is views.Records
    assert marked.actions == {"get": "list"}
    assert marked.initkwargs == {"suffix": "List"}
    assert marked.csrf_exempt is True
    assert page.view_class is views.Page
    assert page.view_initkwargs == {}


def test_a_marked_function_keeps_its_defaults_and_signature() -> None:
    marked = cors(FOR_SHOP)(sync_function)

    assert inspect.signature(marked) == inspect.signature(sync_function)
    assert marked.__doc__ == "Say hello."
    assert marked(HttpRequest()).content == b"1"
    assert marked(HttpRequest(), key=3).content == b"3"


def test_a_marked_closure_still_sees_its_variables() -> None:
    greeting = "hello"

    @cors(FOR_SHOP)
    def closure(request: HttpRequest) -> HttpResponse:
        return HttpResponse(greeting)

    assert closure(HttpRequest()).content == b"hello"


def test_super_works_in_a_marked_handler() -> None:
    class Child(Base):
        @cors(FOR_SHOP)
        def get(self, request: Any) -> Response:
            return super().get(request)

    assert Child().get(None).data == "base"


def test_a_callable_object_can_be_marked(routes: Routes, visitor: Visitor) -> None:
    class Greeter:
        def __call__(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("hello")

    class AsyncGreeter:
        def __init__(self) -> None:
            markcoroutinefunction(self)  # Django asks the object, not its __call__

        async def __call__(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("hello")

    routes(path("sync", cors(FOR_SHOP)(Greeter())), path("async", cors(FOR_SHOP)(AsyncGreeter())))

    for address in ("/sync", "/async"):
        response = visitor.get(address)
        assert response.content == b"hello"
        assert response["Access-Control-Allow-Origin"] == SHOP


def test_a_marked_handler_pickles_by_name() -> None:
    assert pickle.loads(pickle.dumps(views.function)) is views.function


def test_drf_names_a_marked_action_as_before() -> None:
    assert views.Actions.above.url_name == "above"
    assert views.Actions.below.url_name == "below"
    assert views.Actions.below.mapping == {"get": "below"}
    assert {route.url_name for route in views.Actions.get_extra_actions()} >= {"above", "below", "followed"}


def test_a_mark_below_other_decorators_lets_them_work() -> None:
    @api_view(["GET"])
    @permission_classes([IsAdminUser])
    @cors(FOR_SHOP)
    def guarded(request: Any) -> Response: ...

    @api_view(["GET"])
    @cors(FOR_SHOP)
    @permission_classes([IsAdminUser])
    def guarded_too(request: Any) -> Response: ...

    @cors(FOR_SHOP)
    @api_view(["GET"])
    @permission_classes([IsAdminUser])
    def guarded_as_well(request: Any) -> Response: ...

    for view in (guarded, guarded_too, guarded_as_well):
        assert view.cls.permission_classes == [IsAdminUser]
        assert allowed(view) == (SHOP,)


def test_marking_an_inherited_method_does_not_touch_the_function() -> None:
    before = dict(vars(Base.get))
    cors(FOR_SHOP)(Base.get)

    assert vars(Base.get) == before


def test_requests_add_no_marks(routes: Routes, visitor: Visitor) -> None:
    @method_decorator(cors(FOR_SHOP), name="dispatch")
    class Marked(Base):
        pass

    routes(path("", Marked.as_view()))
    before = dict(vars(Marked.dispatch))
    for _ in range(3):
        assert visitor.get("/")["Access-Control-Allow-Origin"] == SHOP

    assert vars(Marked.dispatch) == before


def test_a_viewsets_callback_is_read_for_its_class_first() -> None:
    callback = views.AttributeOfRecords.as_view({"get": "list"})

    assert inspect.unwrap(callback) is views.AttributeOfRecords.dispatch
    assert allowed(callback) == (SHOP,)


# What cors() takes


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: cors(sync_function), "@cors(allowed_origins=["),
        (lambda: cors(Base), "@cors(allowed_origins=["),
        (cors, "cors(allowed_origins=["),
        (lambda: cors(None), "cors(allowed_origins=["),
        (lambda: cors(""), "cors(allowed_origins=["),
        (lambda: cors(42), "cors(allowed_origins=["),
        (lambda: cors([SHOP]), "cors(allowed_origins=["),
        (lambda: cors({"allowed_origins": [SHOP]}), "cors(allowed_origins=...)"),
        (lambda: cors(FOR_SHOP, allow_methods=["GET"]), ".using("),
        (lambda: cors("shop", allow_methods=["GET"]), ".using("),
        (lambda: cors(FOR_SHOP)(None), "def get(self, request):"),
        (lambda: cors(FOR_SHOP)("view"), "def get(self, request):"),
        (lambda: cors(FOR_SHOP)(staticmethod(sync_function)), "def get(self, request):"),
        (lambda: cors(FOR_SHOP)(classmethod(sync_function)), "def get(self, request):"),
        (lambda: cors(FOR_SHOP)(property(sync_function)), "def get(self, request):"),
        (lambda: cors(FOR_SHOP)(path("x", sync_function)), "def get(self, request):"),
        (lambda: cors(FOR_SHOP)(views.Api), "cors(...)(Api.as_view())"),
        (lambda: cors(FOR_SHOP)(TemplateView), "cors(...)(TemplateView.as_view())"),
        (lambda: cors(FOR_SHOP)(views.AttributeOfParent), "cors(...)(AttributeOfParent.as_view())"),
    ],
)
def test_a_wrong_use_of_cors_shows_the_right_form(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(TypeError) as caught:
        call()

    assert told in str(caught.value)


def test_bare_cors_names_the_view_it_stands_on() -> None:
    with pytest.raises(TypeError, match="report"):

        @cors
        def report(request: HttpRequest) -> HttpResponse: ...


def test_wrong_fields_are_told_all_at_once() -> None:
    with pytest.raises(CorsConfigurationError) as caught:
        cors(allowed_origins=["https://shop.example/"], allow_method=["GET"])

    assert {fault.field for fault in caught.value.faults} == {"allowed_origins", "allow_method"}
    assert "cors(" in str(caught.value)


# What the mixin takes


@pytest.mark.parametrize("value", [{"allowed_origins": [SHOP]}, [SHOP], 42, "", True, cors(FOR_SHOP)])
def test_the_mixin_refuses_what_is_no_policy_when_the_class_is_made(value: object) -> None:
    with pytest.raises(TypeError, match=r"Wrong\.cors_policy"):
        type("Wrong", (CorsPolicyMixin, APIView), {"cors_policy": value})


@pytest.mark.parametrize("value", [FOR_SHOP, [("list", FOR_SHOP)], "shop", None])
def test_the_mixin_refuses_action_policies_that_are_no_map(value: object) -> None:
    with pytest.raises(TypeError, match=r"Wrong\.cors_action_policies"):
        type("Wrong", (CorsPolicyMixin, ViewSet), {"cors_action_policies": value})


@pytest.mark.parametrize("value", [{"allowed_origins": [SHOP]}, None, 42, ""])
def test_the_mixin_refuses_an_action_policy_that_is_none(value: object) -> None:
    with pytest.raises(TypeError, match=r"Wrong\.cors_action_policies\['list'\]"):
        type("Wrong", (CorsPolicyMixin, ViewSet), {"cors_action_policies": {"list": value}})


@pytest.mark.parametrize("value", [{"allowed_origins": [SHOP]}, 42, ""])
def test_the_mixin_refuses_a_wrong_keyword_of_as_view(value: object) -> None:
    with pytest.raises(TypeError, match=r"MixedApi\.as_view"):
        views.MixedApi.as_view(cors_policy=value)


@pytest.mark.parametrize("value", [FOR_SHOP, "shop", None])
def test_the_mixin_takes_a_policy_a_name_and_nothing(value: Any) -> None:
    assert type("Right", (CorsPolicyMixin, APIView), {"cors_policy": value}).cors_policy is value


def test_the_mixin_passes_class_keywords_on() -> None:
    class Keeping:
        def __init_subclass__(cls, *, kept: str, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            cls.kept = kept

    class Child(CorsPolicyMixin, Keeping, kept="yes"):
        pass

    assert Child.kept == "yes"


def test_an_unknown_name_closes_the_endpoint_and_is_logged_once(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True

    class Lost(CorsPolicyMixin, Base):
        cors_policy = "no-such-policy"

    routes(path("", Lost.as_view()))
    for _ in range(3):
        assert "Access-Control-Allow-Origin" not in visitor.get("/").headers

    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "no-such-policy" in errors[0].getMessage()
    assert "Lost" in errors[0].getMessage()


def test_a_value_that_is_no_policy_closes_a_view_without_the_mixin(settings: SettingsWrapper) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True

    class Wrong(Base):
        cors_policy = {"allowed_origins": [SHOP]}

    policy = resolved(Wrong.as_view()).policies.of("GET")
    assert policy.is_nobody
    assert policy.is_broken


# Requests


def test_head_is_judged_like_get_before_and_after_the_first_get(routes: Routes, visitor: Visitor) -> None:
    class Marked(CorsPolicyMixin, ViewSet):
        authentication_classes = ()
        cors_action_policies = {"list": FOR_SHOP}

        def list(self, request: Any) -> Response:
            return Response([])

    routes(path("", Marked.as_view({"get": "list"})))
    told = [visitor.send(method, "/").headers.get("Access-Control-Allow-Origin") for method in ("HEAD", "GET", "HEAD")]

    assert told == [SHOP] * 3


@pytest.mark.parametrize("key", ["orders", "tests.web.test_marks.OpensList"])
def test_no_cors_in_view_policies_is_final(
    key: str, routes: Routes, settings: SettingsWrapper, visitor: Visitor
) -> None:
    settings.CORS_VIEW_POLICIES = {key: NO_CORS}
    settings.MIDDLEWARE = CORS_ONLY
    routes(path("", OpensList.as_view(ACTIONS), name="orders"))

    for method in ("GET", "POST"):
        assert "Access-Control-Allow-Origin" not in visitor.preflight("/", method).headers


def test_no_cors_of_view_policies_outlives_a_policy_around_the_view(
    routes: Routes, settings: SettingsWrapper, visitor: Visitor
) -> None:
    settings.CORS_VIEW_POLICIES = {"orders": NO_CORS}
    routes(path("", cors(FOR_SHOP)(views.Page.as_view()), name="orders"))

    assert "Access-Control-Allow-Origin" not in visitor.get("/").headers
