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
from tests.web import views
from tests.web.conftest import CORS_ONLY, PARTNER, SHOP

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from drf_cors.core.merge import EffectivePolicy
    from tests.web.conftest import Routes, Visitor

FOR_SHOP = CorsPolicy(allowed_origins=[SHOP])
FOR_PARTNER = CorsPolicy(allowed_origins=[PARTNER])


def policy_of(callback: Callable[..., Any], method: str = "GET") -> EffectivePolicy:
    return current().for_callback(callback, UrlName(), is_covered=True).policies.of(method)


def allowed(callback: Callable[..., Any], method: str = "GET") -> tuple[str, ...]:
    return policy_of(callback, method).allowed_origins


def routed(viewset: type, name: str) -> Callable[..., Any]:
    """Return the callback that DRF's router makes for the route called `name`."""
    router = SimpleRouter()
    router.register("x", viewset, basename="x")
    return next(pattern.callback for pattern in router.urls if pattern.name == name)


class Base(APIView):
    authentication_classes = ()

    def get(self, request: Any) -> Response:
        return Response("base")


# A mark stays where it was put


def test_marking_a_class_leaves_its_parent_and_siblings() -> None:
    @cors(FOR_SHOP)
    class Marked(Base):
        pass

    class Sibling(Base):
        pass

    class Child(Marked):
        pass

    assert allowed(Marked.as_view()) == allowed(Child.as_view()) == (SHOP,)
    assert allowed(Base.as_view()) == allowed(Sibling.as_view()) == ()


def test_marking_an_inherited_handler_leaves_its_parent_and_siblings() -> None:
    class Marked(Base):
        get = cors(FOR_SHOP)(Base.get)

    class Sibling(Base):
        pass

    assert allowed(Marked.as_view()) == (SHOP,)
    assert allowed(Base.as_view()) == allowed(Sibling.as_view()) == ()
    assert Marked.get is not Base.get


def test_method_decorator_on_an_inherited_handler_leaves_its_parent() -> None:
    @method_decorator(cors(FOR_SHOP), name="get")
    class Marked(Base):
        pass

    @method_decorator(cors(FOR_PARTNER), name="get")
    class Sibling(Base):
        pass

    assert allowed(Marked.as_view()) == (SHOP,)
    assert allowed(Sibling.as_view()) == (PARTNER,)
    assert allowed(Base.as_view()) == ()


def test_marking_an_inherited_action_leaves_its_parent() -> None:
    class Parent(ViewSet):
        @action(detail=False)
        def report(self, request: Any) -> Response: ...

    class Child(Parent):
        report = cors(FOR_SHOP)(Parent.report)

    assert allowed(routed(Child, "x-report")) == (SHOP,)
    assert allowed(routed(Parent, "x-report")) == ()


def test_marking_around_a_callback_leaves_its_other_uses() -> None:
    bare = Base.as_view()
    marked = cors(FOR_SHOP)(bare)

    assert allowed(marked) == (SHOP,)
    assert allowed(bare) == allowed(Base.as_view()) == ()


def test_marking_around_a_function_leaves_its_other_uses() -> None:
    assert allowed(cors(FOR_SHOP)(views.plain_function)) == (SHOP,)
    assert allowed(cors(FOR_SHOP)(views.plain_api_view)) == (SHOP,)
    assert allowed(cors(FOR_SHOP)(obtain_auth_token), "POST") == (SHOP,)
    assert allowed(views.plain_function) == allowed(views.plain_api_view) == ()
    assert allowed(obtain_auth_token, "POST") == ()


def test_one_view_can_be_marked_differently_for_two_uses() -> None:
    bare = Base.as_view()

    assert allowed(cors(FOR_SHOP)(bare)) == (SHOP,)
    assert allowed(cors(FOR_PARTNER)(bare)) == (PARTNER,)


def test_a_child_that_overrides_a_marked_handler_does_not_inherit_the_mark() -> None:
    class Marked(Base):
        @cors(FOR_SHOP)
        def get(self, request: Any) -> Response: ...

    class Child(Marked):
        def get(self, request: Any) -> Response: ...

    assert allowed(Marked.as_view()) == (SHOP,)
    assert allowed(Child.as_view()) == ()


def test_a_child_inherits_a_marked_handler() -> None:
    class Marked(Base):
        @cors(FOR_SHOP)
        def get(self, request: Any) -> Response: ...

    class Child(Marked):
        pass

    assert allowed(Child.as_view()) == (SHOP,)


# A view keeps what it is


def sync_function(request: HttpRequest, *, key: int = 1) -> HttpResponse:
    """Say hello."""
    return HttpResponse(str(key))


async def async_function(request: HttpRequest) -> HttpResponse: ...


@pytest.mark.parametrize(
    "view",
    [
        sync_function,
        async_function,
        csrf_exempt(sync_function),
        csrf_exempt(async_function),
        Base.as_view(),
        views.Page.as_view(),
        views.AsyncPage.as_view(),
        views.Records.as_view({"get": "list"}, suffix="List"),
        views.plain_api_view,
        obtain_auth_token,
        Base.get,
        views.AsyncPage.get,
        views.Actions.left_alone,
        functools.partial(sync_function, key=2),
        functools.partial(async_function),
    ],
    ids=[
        "function",
        "async function",
        "csrf_exempt function",
        "csrf_exempt async function",
        "as_view of DRF",
        "as_view of Django",
        "as_view of an async view",
        "as_view of a viewset",
        "api_view",
        "third party",
        "handler",
        "async handler",
        "action",
        "partial",
        "partial of an async function",
    ],
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

    policy = policy_of(Wrong.as_view())
    assert policy.is_nobody
    assert policy.is_broken


# Facts about Django and DRF


def test_fact_1_a_mark_on_dispatch_belongs_to_the_class_not_around_the_view() -> None:
    @method_decorator(cors(NO_CORS), name="dispatch")
    class Shut(CorsPolicyMixin, ViewSet):
        cors_action_policies = {"list": FOR_SHOP}

        def list(self, request: Any) -> Response: ...

    # Around the view NO_CORS would be final; on the class a stronger layer may open it.
    assert allowed(Shut.as_view({"get": "list"})) == (SHOP,)


def test_fact_1_a_mark_around_a_view_counts_beside_one_on_dispatch() -> None:
    @method_decorator(cors(FOR_SHOP), name="dispatch")
    class Marked(Base):
        pass

    assert allowed(cors(FOR_PARTNER)(Marked.as_view())) == (PARTNER,)


def test_fact_2_a_childs_mark_on_dispatch_beats_its_parents() -> None:
    @method_decorator(cors(FOR_SHOP), name="dispatch")
    class Parent(Base):
        pass

    @method_decorator(cors(FOR_PARTNER), name="dispatch")
    class Child(Parent):
        pass

    assert allowed(Child.as_view()) == (PARTNER,)
    assert allowed(Parent.as_view()) == (SHOP,)


def test_fact_2_a_childs_mark_on_a_handler_beats_its_parents() -> None:
    @method_decorator(cors(FOR_SHOP), name="get")
    class Parent(Base):
        pass

    @method_decorator(cors(FOR_PARTNER), name="get")
    class Child(Parent):
        pass

    assert allowed(Child.as_view()) == (PARTNER,)
    assert allowed(Parent.as_view()) == (SHOP,)


def test_fact_2_requests_add_no_marks(routes: Routes, visitor: Visitor) -> None:
    @method_decorator(cors(FOR_SHOP), name="dispatch")
    class Marked(Base):
        pass

    routes(path("", Marked.as_view()))
    before = dict(vars(Marked.dispatch))
    for _ in range(3):
        assert visitor.get("/")["Access-Control-Allow-Origin"] == SHOP

    assert vars(Marked.dispatch) == before


def test_fact_3_above_api_view_counts_like_below() -> None:
    @cors(FOR_SHOP)
    @api_view(["GET", "POST"])
    def above(request: Any) -> Response: ...

    @api_view(["GET", "POST"])
    @cors(FOR_SHOP)
    def below(request: Any) -> Response: ...

    for method in ("GET", "POST", "OPTIONS"):
        assert allowed(above, method) == allowed(below, method) == (SHOP,)


def test_fact_5_a_router_takes_the_keyword_of_an_action() -> None:
    assert policy_of(routed(views.Actions, "x-keyword")).allowed_origins == (SHOP,)


def test_fact_5_the_keyword_of_an_action_is_not_one_of_as_view() -> None:
    class Shut(CorsPolicyMixin, ViewSet):
        @action(detail=False, cors_policy=NO_CORS)
        def report(self, request: Any) -> Response: ...

        @report.mapping.delete
        @cors(FOR_SHOP)
        def delete_report(self, request: Any) -> Response: ...

    # DRF hands the keyword to as_view too; there NO_CORS would be final for both methods.
    callback = routed(Shut, "x-report")
    assert callback.initkwargs["cors_policy"] is NO_CORS
    assert allowed(callback, "GET") == ()
    assert allowed(callback, "DELETE") == (SHOP,)


def test_fact_6_head_is_judged_like_get_before_and_after_the_first_get(routes: Routes, visitor: Visitor) -> None:
    class Marked(CorsPolicyMixin, ViewSet):
        authentication_classes = ()
        cors_action_policies = {"list": FOR_SHOP}

        def list(self, request: Any) -> Response:
            return Response([])

    routes(path("", Marked.as_view({"get": "list"})))
    told = [visitor.send(method, "/").headers.get("Access-Control-Allow-Origin") for method in ("HEAD", "GET", "HEAD")]

    assert told == [SHOP] * 3


def test_fact_6_http_method_names_cut_the_actions() -> None:
    class Cut(CorsPolicyMixin, ViewSet):
        cors_policy = FOR_SHOP
        http_method_names = ("get", "options")

        def list(self, request: Any) -> Response: ...

        def create(self, request: Any) -> Response: ...

    callback = Cut.as_view({"get": "list", "post": "create"})
    policies = current().for_callback(callback, UrlName(), is_covered=True).policies
    assert policies.has_method("GET")
    assert not policies.has_method("POST")


def test_fact_7_an_extra_method_follows_its_action_unless_it_has_its_own_mark() -> None:
    assert allowed(routed(views.Actions, "x-followed"), "DELETE") == (SHOP,)
    assert allowed(routed(views.Actions, "x-shut"), "DELETE") == (SHOP,)
    assert allowed(routed(views.Actions, "x-shut"), "GET") == ()
    assert allowed(routed(views.Actions, "x-left-alone"), "GET") == ()
    assert allowed(views.Actions.as_view({"delete": "following"}), "DELETE") == (SHOP,)


def test_fact_8_a_viewsets_callback_is_read_for_its_class_first() -> None:
    callback = views.AttributeOfRecords.as_view({"get": "list"})

    assert inspect.unwrap(callback) is views.AttributeOfRecords.dispatch
    assert allowed(callback) == (SHOP,)


def test_fact_15_marking_an_inherited_method_does_not_touch_the_function() -> None:
    before = dict(vars(Base.get))
    cors(FOR_SHOP)(Base.get)

    assert vars(Base.get) == before


# Two declarations in one layer


def chosen_and_others(callback: Callable[..., Any]) -> list[tuple[str, tuple[str, ...]]]:
    layers = current().for_callback(callback, UrlName(), is_covered=True).layers
    return [(str(conflict.chosen), tuple(map(str, conflict.others))) for conflict in layers.conflicts]


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


@pytest.mark.parametrize(
    ("name", "winner"),
    [
        ("keyword-shuts", ()),
        ("mark-shuts", ()),
        ("map-shuts", ()),
        ("nearest-below", (SHOP,)),
        ("mark-below-keyword", (SHOP,)),
        ("mark-and-map", (SHOP,)),
        ("keyword-and-map", (SHOP,)),
    ],
)
def test_of_two_declarations_for_an_action_no_cors_wins_else_the_nearest(name: str, winner: tuple[str, ...]) -> None:
    callback = routed(TwiceDeclared, f"x-{name}")

    assert allowed(callback) == winner
    assert len(chosen_and_others(callback)) == 1


def test_an_attribute_and_a_mark_on_one_class_are_one_layer() -> None:
    @cors(NO_CORS)
    class MarkShuts(CorsPolicyMixin, Base):
        cors_policy = FOR_SHOP

    @cors(FOR_SHOP)
    class AttributeShuts(CorsPolicyMixin, Base):
        cors_policy = NO_CORS

    @cors(FOR_PARTNER)
    class NearestIsTheAttribute(CorsPolicyMixin, Base):
        cors_policy = FOR_SHOP

    assert allowed(MarkShuts.as_view()) == allowed(AttributeShuts.as_view()) == ()
    assert allowed(NearestIsTheAttribute.as_view()) == (SHOP,)
    for view_class in (MarkShuts, AttributeShuts, NearestIsTheAttribute):
        assert len(chosen_and_others(view_class.as_view())) == 1


def test_two_marks_on_one_class() -> None:
    @cors(FOR_PARTNER)
    @cors(FOR_SHOP)
    class Nearest(Base):
        pass

    @cors(FOR_SHOP)
    @cors(NO_CORS)
    @cors(FOR_PARTNER)
    class Shut(Base):
        pass

    assert allowed(Nearest.as_view()) == (SHOP,)
    assert allowed(Shut.as_view()) == ()


def test_two_marks_on_one_function() -> None:
    @cors(FOR_PARTNER)
    @cors(FOR_SHOP)
    def nearest(request: HttpRequest) -> HttpResponse: ...

    @cors(NO_CORS)
    @cors(FOR_SHOP)
    def shut(request: HttpRequest) -> HttpResponse: ...

    assert allowed(nearest) == (SHOP,)
    assert allowed(shut) == ()
    assert chosen_and_others(nearest)


def test_marks_above_and_below_api_view() -> None:
    @cors(FOR_PARTNER)
    @api_view(["GET"])
    @cors(FOR_SHOP)
    def nearest(request: Any) -> Response: ...

    @cors(NO_CORS)
    @api_view(["GET"])
    @cors(FOR_SHOP)
    def shut(request: Any) -> Response: ...

    assert allowed(nearest) == (SHOP,)
    assert allowed(shut) == ()


def test_how_of_a_losing_declaration_says_nothing() -> None:
    @cors(allow_methods=["DELETE"])
    @cors(FOR_SHOP)
    def view(request: HttpRequest) -> HttpResponse: ...

    assert "GET" in policy_of(view).allow_methods


def test_class_and_handler_are_two_layers_and_no_conflict() -> None:
    @cors(FOR_SHOP)
    class Both(Base):
        @cors(FOR_PARTNER)
        def get(self, request: Any) -> Response: ...

    assert allowed(Both.as_view()) == (PARTNER,)
    assert allowed(Both.as_view(), "OPTIONS") == (SHOP,)
    assert chosen_and_others(Both.as_view()) == []


# Layers above one another


class FirstParent(CorsPolicyMixin):
    cors_action_policies = {"list": FOR_SHOP, "create": FOR_SHOP}


class SecondParent(CorsPolicyMixin):
    cors_action_policies = {"list": FOR_PARTNER, "destroy": FOR_PARTNER}


class OfTwo(FirstParent, SecondParent, ViewSet):
    cors_action_policies = {"create": NO_CORS}

    def list(self, request: Any) -> Response: ...

    def create(self, request: Any) -> Response: ...

    def destroy(self, request: Any) -> Response: ...


def test_action_maps_of_base_classes_merge_per_action_nearest_first() -> None:
    callback = OfTwo.as_view({"get": "list", "post": "create", "delete": "destroy"})

    assert allowed(callback, "GET") == (SHOP,)
    assert allowed(callback, "POST") == ()
    assert allowed(callback, "DELETE") == (PARTNER,)
    assert chosen_and_others(callback) == []


def test_classes_are_layers_base_first() -> None:
    class Parent(CorsPolicyMixin, Base):
        cors_policy = CorsPolicy(allowed_origins=[SHOP], expose_headers=["x-parent"])

    class Child(Parent):
        cors_policy = CorsPolicy(allowed_origins=[INHERITED, PARTNER])

    assert allowed(Child.as_view()) == (SHOP, PARTNER)
    assert policy_of(Child.as_view()).expose_headers == ("x-parent",)
    assert allowed(Parent.as_view()) == (SHOP,)


def test_dispatch_decorated_on_a_base_counts_where_the_child_overrides_dispatch() -> None:
    @method_decorator(cors(FOR_SHOP), name="dispatch")
    class Parent(Base):
        pass

    class Child(Parent):
        def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any: ...

    class GrandChild(Child):
        pass

    # Each class of the MRO is a layer: the parent's declaration holds for its children.
    assert allowed(Parent.as_view()) == allowed(Child.as_view()) == allowed(GrandChild.as_view()) == (SHOP,)


def test_a_named_policy_layers_like_its_value(settings: SettingsWrapper) -> None:
    settings.CORS_POLICIES = {"shop": FOR_SHOP, "off": NO_CORS}

    class Parent(CorsPolicyMixin, Base):
        cors_policy = "shop"

    class Child(Parent):
        cors_policy = "off"

    assert allowed(Parent.as_view()) == (SHOP,)
    assert allowed(Child.as_view()) == ()


# NO_CORS from outside is final


class OpensList(CorsPolicyMixin, ViewSet):
    cors_action_policies = {"list": FOR_SHOP, "create": CorsPolicy(allowed_origins=[INHERITED, SHOP])}

    def list(self, request: Any) -> Response: ...

    def create(self, request: Any) -> Response: ...


ACTIONS = {"get": "list", "post": "create"}


def test_no_cors_of_the_class_is_opened_by_an_action() -> None:
    class Shut(OpensList):
        cors_policy = NO_CORS

    assert allowed(Shut.as_view(ACTIONS)) == (SHOP,)


def test_no_cors_around_a_view_is_final() -> None:
    callback = cors(NO_CORS)(OpensList.as_view(ACTIONS))

    assert allowed(callback) == allowed(callback, "POST") == ()


def test_no_cors_as_keyword_of_as_view_is_final() -> None:
    callback = OpensList.as_view(ACTIONS, cors_policy=NO_CORS)

    assert allowed(callback) == allowed(callback, "POST") == ()


def test_no_cors_by_its_name_from_outside_is_final(settings: SettingsWrapper) -> None:
    settings.CORS_POLICIES = {"off": NO_CORS}

    assert allowed(OpensList.as_view(ACTIONS, cors_policy="off")) == ()
    assert allowed(cors("off")(OpensList.as_view(ACTIONS))) == ()


def test_no_cors_as_keyword_of_as_view_is_not_taken_for_that_of_an_action() -> None:
    class WithInternal(OpensList):
        @action(detail=False, cors_policy=NO_CORS)
        def internal(self, request: Any) -> Response: ...

    callback = WithInternal.as_view({"get": "internal", "post": "create"}, cors_policy=NO_CORS)

    assert allowed(callback, "POST") == ()


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


def test_no_cors_around_and_a_policy_by_keyword_are_one_layer() -> None:
    assert allowed(cors(NO_CORS)(OpensList.as_view(ACTIONS, cors_policy=FOR_SHOP))) == ()
    assert allowed(cors(FOR_SHOP)(OpensList.as_view(ACTIONS, cors_policy=NO_CORS))) == ()


def test_a_policy_from_outside_leaves_the_actions_their_own() -> None:
    callback = cors(FOR_PARTNER)(OpensList.as_view(ACTIONS))

    assert allowed(callback) == (SHOP,)
    assert allowed(callback, "POST") == (PARTNER, SHOP)
    assert allowed(callback, "OPTIONS") == (PARTNER,)


# Wrappers


def test_a_mark_under_a_well_made_wrapper_is_found() -> None:
    def wrapper(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def wrapped(*args: Any, **kwargs: Any) -> Any: ...

        return wrapped

    assert allowed(wrapper(cors(FOR_SHOP)(views.plain_function))) == (SHOP,)
    assert allowed(wrapper(views.Attribute.as_view())) == (SHOP,)
    assert allowed(csrf_exempt(views.above_api_view)) == (SHOP,)
    assert allowed(csrf_exempt(views.below_api_view)) == (SHOP,)


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


def test_method_decorator_takes_a_mark_among_others() -> None:
    @method_decorator([never_cache, cors(FOR_SHOP), ensure_csrf_cookie], name="dispatch")
    class Listed(Base):
        @method_decorator(never_cache)
        @cors(FOR_PARTNER)
        def post(self, request: Any) -> Response: ...

    @method_decorator(never_cache, name="post")
    @method_decorator(never_cache, name="dispatch")
    class Child(Listed):
        pass

    for view_class in (Listed, Child):
        assert allowed(view_class.as_view()) == (SHOP,)
        assert allowed(view_class.as_view(), "POST") == (PARTNER,)


def test_marking_an_inherited_handler_again_replaces_the_parents_mark() -> None:
    class Parent(Base):
        @cors(NO_CORS)
        def get(self, request: Any) -> Response: ...

    class Child(Parent):
        get = cors(FOR_SHOP)(Parent.get)

    class GrandChild(Child):
        get = cors(FOR_PARTNER)(Child.get)

    assert allowed(Parent.as_view()) == ()
    assert allowed(Child.as_view()) == (SHOP,)
    assert allowed(GrandChild.as_view()) == (PARTNER,)
    assert chosen_and_others(Child.as_view()) == []


def test_a_view_of_django_that_declares_nothing_is_not_declared() -> None:
    class Silent(View):
        pass

    assert not current().for_callback(Silent.as_view(), UrlName(), is_covered=True).declares
