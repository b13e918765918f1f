"""The middleware between browser and view: what it answers, what it adds, and what it must not touch."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.conf.urls.i18n import i18n_patterns
from django.core.cache import cache
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import SuspiciousOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import converters, include, path, register_converter, resolve
from django.utils import translation
from django.utils.functional import lazy
from django.views import View
from django.views.decorators.common import no_append_slash
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.authtoken.views import ObtainAuthToken, obtain_auth_token
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.defaults import default_headers
from drf_cors.middleware import CorsMiddleware
from drf_cors.resolver import current
from drf_cors.signals import check_request_enabled
from drf_cors.view_layers import UrlName
from tests.tables import named_rows
from tests.web import below, views
from tests.web.conftest import CORS_ONLY, PARTNER, SHOP, STRANGER, wire
from tests.web.views import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import DjangoAssertNumQueries, SettingsWrapper

    from tests.web.conftest import Routes, Visitor

FOR_SHOP = CorsPolicy(allowed_origins=[SHOP])
FOR_PARTNER = CorsPolicy(allowed_origins=[PARTNER])

CORS = CORS_ONLY[0]
HEADERS = ", ".join(default_headers)
METHODS = "DELETE, GET, OPTIONS, PATCH, POST, PUT"

#: What a request from the shop gets of `FOR_SHOP`.
ADMITTED = {"Access-Control-Allow-Origin": SHOP, "Vary": "origin"}
REFUSED = {"Vary": "origin"}


@pytest.fixture(autouse=True)
def bare_site(settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = CORS_ONLY


@pytest.fixture
def seen() -> Iterator[list[str]]:
    """What `below.counting` has seen."""
    below.SEEN.clear()
    yield below.SEEN
    below.SEEN.clear()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "drf_cors")
    return caplog


def ours(log: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in log.records if record.name == "drf_cors"]


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


for_shop = cors(FOR_SHOP)(page)
for_partner = cors(FOR_PARTNER)(page)


# Preflights stop here


class Authenticator(BaseAuthentication):
    def authenticate(self, request: Any) -> None:
        below.SEEN.append("authenticator")


class Permission(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        below.SEEN.append("permission")
        return True


class Throttle(BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        below.SEEN.append("throttle")
        return True


class Telling(CorsPolicyMixin, APIView):
    authentication_classes = (Authenticator, SessionAuthentication)
    permission_classes = (Permission,)
    throttle_classes = (Throttle,)
    cors_policy = FOR_SHOP

    def get(self, request: Any) -> Response:
        below.SEEN.append("view")
        return Response()


FULL_STACK = [
    CORS,
    "tests.web.below.counting",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


@pytest.mark.django_db
@pytest.mark.parametrize("origin", [SHOP, STRANGER])
def test_a_preflight_reaches_nothing_below(
    origin: str,
    routes: Routes,
    settings: SettingsWrapper,
    visitor: Visitor,
    seen: list[str],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.MIDDLEWARE = FULL_STACK
    routes(path("", Telling.as_view()))
    with django_assert_num_queries(0):
        response = visitor.preflight("/", origin=origin, headers={"cookie": f"sessionid={'a' * 32}"})

    assert response.status_code == 200
    assert response.content == b""
    assert response["Content-Length"] == "0"
    assert seen == []
    assert not response.cookies


@pytest.mark.django_db
def test_a_request_reaches_everything_below(
    routes: Routes, settings: SettingsWrapper, visitor: Visitor, seen: list[str]
) -> None:
    settings.MIDDLEWARE = FULL_STACK
    routes(path("", Telling.as_view()))

    assert visitor.get("/").status_code == 200
    assert seen == ["GET /", "authenticator", "permission", "throttle", "view"]


def test_a_preflight_without_answer_from_any_declaration_is_answered_too(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, seen: list[str]
) -> None:
    settings.MIDDLEWARE = [CORS, "tests.web.below.counting"]
    routes(path("", page))

    assert visitor.preflight("/").status_code == 200
    assert seen == []


# Other OPTIONS reach the view


@named_rows(
    "origin, headers, expected",
    {
        "no origin": (None, {"access-control-request-method": "GET"}, {"Vary": "Accept, origin"}),
        "no requested method": (SHOP, {}, {**ADMITTED, "Vary": "Accept, origin"}),
        "stranger without requested method": (STRANGER, {}, {"Vary": "Accept, origin"}),
        "neither": (None, {}, {"Vary": "Accept, origin"}),
    },
)
def test_options_that_is_no_preflight_reaches_the_view(
    origin: str | None, headers: dict[str, str], expected: dict[str, str], routes: Routes, visitor: Visitor
) -> None:
    class Described(CorsPolicyMixin, APIView):
        authentication_classes = ()
        cors_policy = FOR_SHOP

        @cors(FOR_PARTNER)
        def get(self, request: Any) -> Response: ...

    routes(path("", Described.as_view()))
    response = visitor.send("OPTIONS", "/", origin=origin, headers=headers)

    assert b"Described" in response.content
    assert wire(response) == expected


# Errors


class Failing(CorsPolicyMixin, APIView):
    authentication_classes = ()
    cors_policy = FOR_SHOP

    def get(self, request: Any) -> Response:
        raise {
            "400": exceptions.ParseError(),
            "401": exceptions.NotAuthenticated(),
            "403": exceptions.PermissionDenied(),
            "404": Http404(),
            "429": exceptions.Throttled(wait=3),
            "500": RuntimeError("a fault of the view"),
        }[request.GET["raise"]]

    def get_authenticate_header(self, request: Any) -> str:
        return "Bearer"


@cors(FOR_SHOP)
def failing(request: HttpRequest) -> HttpResponse:
    raise {
        "400": SuspiciousOperation(),
        "403": DjangoPermissionDenied(),
        "404": Http404(),
        "500": RuntimeError("a fault of the view"),
    }[request.GET["raise"]]


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "429", "500"])
def test_errors_of_a_drf_view_carry_its_policy(status: str, routes: Routes, visitor: Visitor) -> None:
    visitor.client.raise_request_exception = False
    routes(path("", Failing.as_view()))
    admitted = visitor.get(f"/?raise={status}")
    refused = visitor.get(f"/?raise={status}", origin=STRANGER)

    vary = "origin" if status == "500" else "Accept, origin"
    assert admitted.status_code == refused.status_code == int(status)
    assert wire(admitted) == {**ADMITTED, "Vary": vary}
    assert wire(refused) == {"Vary": vary}


@pytest.mark.parametrize("status", ["400", "403", "404", "500"])
def test_errors_of_a_django_view_carry_its_policy(status: str, routes: Routes, visitor: Visitor) -> None:
    visitor.client.raise_request_exception = False
    routes(path("", failing))
    response = visitor.get(f"/?raise={status}")

    assert response.status_code == int(status)
    assert wire(response) == ADMITTED


def test_a_method_the_view_lacks_is_answered_405_under_the_views_policy(routes: Routes, visitor: Visitor) -> None:
    routes(path("", Failing.as_view()))
    response = visitor.send("PUT", "/")

    assert response.status_code == 405
    assert wire(response) == {**ADMITTED, "Vary": "Accept, origin"}


@pytest.mark.parametrize(("name", "status"), [("refusing", 403), ("raising", 500)])
def test_an_answer_of_middleware_below_carries_the_policy_of_its_url(
    name: str, status: int, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    visitor.client.raise_request_exception = False
    settings.MIDDLEWARE = [CORS, f"tests.web.below.{name}"]
    routes(path("shop", for_shop), path("partner", for_partner))

    for address, expected in (("/shop", ADMITTED), ("/partner", REFUSED)):
        response = visitor.get(address)
        assert response.status_code == status
        assert wire(response) == expected


def test_an_unresolvable_path_is_governed_by_the_settings(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    routes(path("here", for_partner))
    response = visitor.get("/nowhere")
    preflight = visitor.preflight("/nowhere", "PUT")

    assert response.status_code == 404
    assert wire(response) == ADMITTED
    assert preflight.status_code == 200
    assert wire(preflight) == {
        **ADMITTED,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": HEADERS,
        "Access-Control-Max-Age": "86400",
    }


class Broken:
    """A path converter whose look-up fails."""

    regex = ".*"

    def to_python(self, value: str) -> str:
        raise LookupError("no database today")

    def to_url(self, value: str) -> str: ...


def test_a_fault_in_a_path_converter_is_left_to_django_to_report(routes: Routes, visitor: Visitor) -> None:
    visitor.client.raise_request_exception = False
    register_converter(Broken, "broken-here")
    try:
        routes(path("<broken-here:thing>", for_shop))
        assert visitor.preflight("/thing").status_code == 200
        assert visitor.get("/thing").status_code == 500
    finally:
        converters.REGISTERED_CONVERTERS.pop("broken-here")
        converters.get_converters.cache_clear()


def test_a_view_that_refuses_options_is_open_to_preflights(routes: Routes, visitor: Visitor) -> None:
    class OnlyGet(CorsPolicyMixin, Page):
        cors_policy = FOR_SHOP
        http_method_names = ("get",)

    routes(path("", OnlyGet.as_view()))
    preflight = visitor.preflight("/")

    assert preflight.status_code == 200
    assert preflight["Access-Control-Allow-Methods"] == "GET"
    assert visitor.send("OPTIONS", "/").status_code == 405


# Which view it is


def translated(**routes: str) -> Any:
    return lazy(lambda: routes[translation.get_language()], str)()


@pytest.mark.parametrize("prefix_default_language", [True, False])
def test_the_language_is_that_of_the_path_not_of_the_request_before(
    prefix_default_language: bool, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.LANGUAGE_CODE = "en"
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    settings.MIDDLEWARE = [CORS, "django.middleware.locale.LocaleMiddleware"]
    routes(
        *i18n_patterns(
            path(translated(en="orders", de="bestellungen"), for_shop),
            path(translated(en="offers", de="orders"), for_partner),
            prefix_default_language=prefix_default_language,
        )
    )
    english = "/en" if prefix_default_language else ""
    both = {f"{english}/orders": SHOP, "/de/orders": PARTNER}
    addresses = [f"{english}/orders", "/de/orders", "/de/bestellungen", f"{english}/offers"]
    origins = [SHOP, PARTNER, SHOP, PARTNER]

    for _ in range(2):
        for address, origin in zip(addresses, origins, strict=True):
            other = STRANGER if address not in both else (PARTNER if origin == SHOP else SHOP)
            for answer in (visitor.preflight(address, origin=origin), visitor.get(address, origin=origin)):
                assert answer.status_code == 200
                assert answer["Access-Control-Allow-Origin"] == origin
            for answer in (visitor.preflight(address, origin=other), visitor.get(address, origin=other)):
                assert "Access-Control-Allow-Origin" not in answer.headers
    translation.deactivate()


def test_translated_routes_without_prefix_follow_the_language_of_the_request(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.LANGUAGE_CODE = "en"
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    settings.MIDDLEWARE = [CORS, "django.middleware.locale.LocaleMiddleware"]
    routes(
        path(translated(en="orders", de="bestellungen"), for_shop),
        path(translated(en="offers", de="orders"), for_partner),
    )
    for _ in range(2):
        for language, origin in (("en", SHOP), ("de", PARTNER)):
            headers = {"accept-language": language}
            preflight = visitor.preflight("/orders", origin=origin, headers=headers)
            response = visitor.get("/orders", origin=origin, headers=headers)
            for answer in (preflight, response):
                assert answer.headers.get("Access-Control-Allow-Origin") == origin
    translation.deactivate()


def test_a_preflight_leaves_the_threads_language_alone(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.LANGUAGE_CODE = "en"
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    routes(*i18n_patterns(path("page", for_shop)))
    with translation.override("en"):
        assert visitor.preflight("/de/page")["Access-Control-Allow-Origin"] == SHOP
        assert translation.get_language() == "en"


def test_an_urlconf_chosen_above_is_honoured(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, log: pytest.LogCaptureFixture
) -> None:
    settings.MIDDLEWARE = ["tests.web.below.choosing_urlconf", CORS]
    routes(path("page", for_shop))

    for headers, origin in (({}, SHOP), ({"x-tenant": "1"}, PARTNER)):
        preflight = visitor.preflight("/page", origin=origin, headers=headers)
        response = visitor.get("/page", origin=origin, headers=headers)
        assert preflight["Access-Control-Allow-Origin"] == response["Access-Control-Allow-Origin"] == origin
    assert not [record for record in ours(log) if record.levelno >= logging.ERROR]


def test_an_urlconf_changed_below_is_told_once(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, log: pytest.LogCaptureFixture
) -> None:
    settings.MIDDLEWARE = [CORS, "tests.web.below.choosing_urlconf"]
    routes(path("page", for_shop))
    responses = [visitor.get("/page", origin=PARTNER, headers={"x-tenant": "1"}) for _ in range(3)]

    # The answer is still governed by the view that gave it.
    assert [response["Access-Control-Allow-Origin"] for response in responses] == [PARTNER] * 3
    errors = [record for record in ours(log) if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert "urlconf" in errors[0].getMessage()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_for_a_missing_slash_carries_the_policy_of_the_view_it_leads_to(
    method: str, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [CORS, "django.middleware.common.CommonMiddleware"]
    routes(path("shop/", for_shop), path("partner/", for_partner))

    for address, expected in (("/shop", ADMITTED), ("/partner", REFUSED)):
        response = visitor.send(method, f"{address}?page=2")
        assert response.status_code == 301
        assert response["Location"] == f"{address}/?page=2"
        assert wire(response) == expected
        preflight = visitor.preflight(address, method)
        assert preflight.status_code == 200
        assert ("Access-Control-Allow-Origin" in preflight.headers) == (expected == ADMITTED)


def test_a_missing_slash_that_nobody_appends_is_a_404_under_the_settings(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.APPEND_SLASH = False
    settings.MIDDLEWARE = [CORS, "django.middleware.common.CommonMiddleware"]
    routes(path("shop/", for_shop))
    response = visitor.get("/shop")

    assert response.status_code == 404
    assert wire(response) == wire(visitor.preflight("/shop")) == REFUSED


@pytest.mark.parametrize("middleware", [[], ["django.middleware.common.CommonMiddleware"]])
def test_where_no_slash_is_appended_preflights_and_requests_are_under_the_settings(
    middleware: list[str], routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [CORS, *middleware]
    routes(path("shop/", no_append_slash(for_shop) if middleware else for_shop))

    assert wire(visitor.get("/shop")) == wire(visitor.preflight("/shop")) == REFUSED


def test_format_suffixes_carry_the_views_policy(routes: Routes, visitor: Visitor) -> None:
    class Things(CorsPolicyMixin, ViewSet):
        authentication_classes = ()
        cors_action_policies = {"list": FOR_SHOP, "retrieve": FOR_PARTNER}

        def list(self, request: Any, **kwargs: Any) -> Response:
            return Response([])

        def retrieve(self, request: Any, pk: str, **kwargs: Any) -> Response:
            return Response(pk)

    router = DefaultRouter()
    router.register("things", Things, basename="things")
    routes(*router.urls)

    for address, origin in (
        ("/things/", SHOP),
        ("/things.json", SHOP),
        ("/things/1/", PARTNER),
        ("/things/1.json", PARTNER),
    ):
        for answer in (visitor.preflight(address, origin=origin), visitor.get(address, origin=origin)):
            assert answer.status_code == 200
            assert answer["Access-Control-Allow-Origin"] == origin
        assert "Access-Control-Allow-Origin" not in visitor.get(address, origin=STRANGER).headers


def test_head_before_any_get_is_answered_like_get(routes: Routes, visitor: Visitor) -> None:
    class Shown(View):
        @cors(FOR_SHOP)
        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("shown")

    routes(path("class", Shown.as_view()), path("function", for_shop))

    for address in ("/class", "/function"):
        response = visitor.send("HEAD", address)
        assert response.status_code == 200
        assert wire(response) == ADMITTED


def test_a_site_below_a_path_redirects_with_the_policy_of_the_view(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.FORCE_SCRIPT_NAME = "/app"
    settings.MIDDLEWARE = [CORS, "django.middleware.common.CommonMiddleware"]
    routes(path("shop/", for_shop))
    response = visitor.get("/app/shop" if visitor.is_async else "/shop")

    assert response["Location"] == "/app/shop/"
    assert wire(response) == ADMITTED


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/shop/", ADMITTED),
        ("http://testserver/shop/", ADMITTED),
        ("/partner/", REFUSED),
        ("/nowhere/", REFUSED),
        ("https://elsewhere.example/shop/", REFUSED),
        ("//elsewhere.example/shop/", REFUSED),
        ("http://[/shop/", REFUSED),
    ],
)
def test_another_redirect_for_an_unresolvable_path_follows_its_target_on_this_host(
    location: str,
    expected: dict[str, str],
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
) -> None:
    settings.MIDDLEWARE = [CORS, "tests.web.below.redirecting"]
    routes(path("shop/", for_shop), path("partner/", for_partner))
    response = visitor.get("/old", headers={"x-redirect": location})

    assert response.status_code == 302
    assert wire(response) == expected


class WithoutHash:
    """A view that cannot be a key of a dictionary."""

    __hash__ = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")


class WithoutReference:
    """A view that cannot be held weakly."""

    __slots__ = ()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")


@pytest.mark.parametrize("view", [WithoutHash(), WithoutReference()], ids=lambda view: type(view).__name__)
def test_odd_callables_are_views_too(view: Any, routes: Routes, visitor: Visitor, settings: SettingsWrapper) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    routes(path("", view))

    assert visitor.preflight("/")["Access-Control-Allow-Origin"] == SHOP
    assert wire(visitor.get("/")) == ADMITTED


# Classes lost behind a wrapper


def losing(view: Any) -> Any:
    """Wrap a view as it should not be done: without functools.wraps."""

    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    return wrapper


def test_a_class_that_ran_unfound_gets_no_headers_and_is_told_once(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, log: pytest.LogCaptureFixture
) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    routes(path("", losing(Failing.as_view())))
    answers = [visitor.get("/?raise=403") for _ in range(3)]

    assert [wire(answer) for answer in answers] == [{"Vary": "Accept, origin"}] * 3
    errors = [record for record in ours(log) if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert "Failing" in errors[0].getMessage()
    assert "functools.wraps" in errors[0].getMessage()


def test_a_class_that_another_view_calls_gets_no_headers_either(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    class Shut(CorsPolicyMixin, Page):
        cors_policy = NO_CORS

    inner = Shut.as_view()

    def outer(request: HttpRequest) -> HttpResponse:
        return inner(request)

    settings.CORS_ALLOW_ALL_ORIGINS = True
    routes(path("", outer))

    assert wire(visitor.get("/")) == {"Vary": "origin"}


@named_rows(
    "is_through_middleware, expected",
    [
        ("through the middleware", True, ADMITTED),
        ("without the middleware", False, {"Vary": "origin"}),
    ],
)
def test_a_view_that_answers_several_requests_in_one(
    is_through_middleware: bool, expected: dict[str, str], routes: Routes, visitor: Visitor
) -> None:
    """Requests inside a request are judged apart, if they pass the middleware."""

    class Part(CorsPolicyMixin, Page):
        cors_policy = CorsPolicy(allowed_origins=[SHOP, PARTNER])

    part = Part.as_view()
    parts: list[dict[str, str]] = []

    def batch(request: HttpRequest) -> HttpResponse:
        inner = HttpRequest()
        inner.META = dict(request.META)
        inner.method, inner.path, inner.path_info = "GET", "/part", "/part"
        inner.resolver_match = resolve("/part")  # not in the closure: what a view holds there is part of it
        view = inner.resolver_match.func
        get_response = CorsMiddleware(view) if is_through_middleware else view
        parts.append(wire(get_response(inner)))
        return HttpResponse("batch")

    routes(path("", cors(allowed_origins=[SHOP])(batch)), path("part", part))

    assert wire(visitor.get("/")) == expected
    assert wire(visitor.get("/", origin=PARTNER)) == {"Vary": "origin"}
    of_parts = [ADMITTED, {**ADMITTED, "Access-Control-Allow-Origin": PARTNER}]
    assert parts == (of_parts if is_through_middleware else [{}, {}])


def test_a_class_without_the_mixin_behind_such_a_wrapper_is_undeclared(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    routes(path("page", losing(Page.as_view())))

    assert wire(visitor.get("/page")) == ADMITTED


# CORS_VIEW_POLICIES


def test_the_most_exact_key_counts(routes: Routes, visitor: Visitor, settings: SettingsWrapper) -> None:
    origins = {
        "outer:inner:one": "https://full.example",
        "outer:inner:*": "https://inner.example",
        "outer:*": "https://outer.example",
        "tests.web.views.plain_function": "https://dotted.example",
    }
    settings.CORS_VIEW_POLICIES = {key: {"allowed_origins": [origin]} for key, origin in origins.items()}
    view = views.plain_function
    inner = ([path("one", view, name="one"), path("two", view, name="two"), path("none", view)], "inner")
    outer = ([path("", include(inner)), path("three", view, name="three")], "outer")
    routes(path("outer/", include(outer)), path("four", view, name="four"))

    for address, origin in {
        "/outer/one": "https://full.example",
        "/outer/two": "https://inner.example",
        "/outer/none": "https://inner.example",
        "/outer/three": "https://outer.example",
        "/four": "https://dotted.example",
    }.items():
        assert visitor.get(address, origin=origin).headers.get("Access-Control-Allow-Origin") == origin


def test_a_key_means_one_view_not_its_children_nor_other_uses(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    class Child(Page):
        pass

    settings.CORS_VIEW_POLICIES = {
        "tests.web.views.Page": FOR_SHOP,
        "rest_framework.authtoken.views.obtain_auth_token": FOR_SHOP,
    }
    routes(
        path("page", Page.as_view()),
        path("child", Child.as_view()),
        path("token", obtain_auth_token),
        path("other", ObtainAuthToken.as_view(throttle_classes=())),
    )

    admitted = [
        "Access-Control-Allow-Origin" in visitor.preflight(address, method).headers
        for address, method in (("/page", "GET"), ("/child", "GET"), ("/token", "POST"), ("/other", "POST"))
    ]
    assert admitted == [True, False, True, False]


# The site cache


def test_the_site_cache_serves_each_origin_its_own_headers(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, seen: list[str]
) -> None:
    @cors(allowed_origins=[SHOP, PARTNER])
    def cached(request: HttpRequest) -> HttpResponse:
        below.SEEN.append("view")
        return HttpResponse("cached")

    settings.MIDDLEWARE = [
        CORS,
        "django.middleware.cache.UpdateCacheMiddleware",
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    cache.clear()
    routes(path("", cached))
    answers = [wire(visitor.get("/", origin=origin)) for origin in (SHOP, PARTNER, STRANGER, None, SHOP)]
    cache.clear()

    assert seen == ["view"]
    assert answers == [
        {"Access-Control-Allow-Origin": SHOP, "Vary": "origin"},
        {"Access-Control-Allow-Origin": PARTNER, "Vary": "origin"},
        {"Vary": "origin"},
        {"Vary": "origin"},
        {"Access-Control-Allow-Origin": SHOP, "Vary": "origin"},
    ]


# Views that set headers of their own


OWN = {
    "Access-Control-Allow-Origin": "https://own.example",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "x-own",
}


def setting_its_own(request: HttpRequest) -> HttpResponse:
    return HttpResponse("own", headers=OWN)


@pytest.mark.parametrize("origin", [SHOP, STRANGER, None])
def test_a_declared_policy_replaces_the_views_own_headers(origin: str | None, routes: Routes, visitor: Visitor) -> None:
    routes(path("", cors(FOR_SHOP)(setting_its_own)))

    assert wire(visitor.get("/", origin=origin)) == (ADMITTED if origin == SHOP else REFUSED)


def test_no_cors_removes_the_views_own_headers(routes: Routes, visitor: Visitor, settings: SettingsWrapper) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    routes(path("", cors(NO_CORS)(setting_its_own)))

    assert wire(visitor.get("/")) == REFUSED


def test_global_settings_replace_the_views_own_origin_where_they_admit(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    settings.CORS_EXPOSE_HEADERS = ["x-site"]
    routes(path("", setting_its_own))

    assert wire(visitor.get("/")) == {**ADMITTED, "Access-Control-Expose-Headers": "x-site"}


def test_global_settings_leave_the_views_own_headers_where_they_refuse(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    routes(path("", setting_its_own))

    assert wire(visitor.get("/", origin=STRANGER)) == {**OWN, "Vary": "origin"}


def test_an_ungoverned_view_keeps_its_own_headers_and_varies_on_nothing(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, log: pytest.LogCaptureFixture
) -> None:
    settings.CORS_URLS_REGEX = r"^/api/"
    settings.CORS_ALLOW_ALL_ORIGINS = True
    routes(path("", setting_its_own), path("plain", page))

    for origin in (SHOP, None, "null", "]"):
        assert wire(visitor.get("/", origin=origin)) == OWN
        assert wire(visitor.get("/plain", origin=origin)) == {}
    assert wire(visitor.get("/nowhere")) == {}
    assert ours(log) == []


def test_an_ungoverned_preflight_reaches_the_view(routes: Routes, visitor: Visitor, settings: SettingsWrapper) -> None:
    settings.CORS_URLS_REGEX = r"^/api/"
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    routes(path("", setting_its_own), path("page", Page.as_view()))
    own, django_own = visitor.preflight("/"), visitor.preflight("/page")

    assert own.content == b"own"
    assert wire(own) == OWN
    assert django_own["Allow"] == "GET, HEAD, OPTIONS"
    assert wire(django_own) == {}


def test_a_declared_view_is_governed_where_the_regex_does_not_match(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_URLS_REGEX = r"^/api/"
    settings.CORS_ALLOWED_ORIGINS = [PARTNER]
    settings.CORS_EXPOSE_HEADERS = ["x-site"]
    routes(path("page", for_shop), path("how", cors(preflight_max_age=5)(page)))

    assert wire(visitor.get("/page")) == {**ADMITTED, "Access-Control-Expose-Headers": "x-site"}
    assert wire(visitor.get("/how", origin=PARTNER)) == REFUSED


# Anybody


def test_any_origin_is_answered_with_one_copy_for_all(routes: Routes, visitor: Visitor) -> None:
    routes(path("", cors(allow_all_origins=True, expose_headers=["x-told"])(page)))
    answers = [wire(visitor.get("/", origin=origin)) for origin in (SHOP, STRANGER, "null", "]", None)]

    assert answers == [{"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "x-told"}] * len(answers)


def test_vary_is_merged_into_what_the_view_varies_on(routes: Routes, visitor: Visitor) -> None:
    @cors(FOR_SHOP)
    def varying(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Vary": request.GET["vary"]})

    routes(path("", varying))

    assert visitor.get("/?vary=Cookie,Accept")["Vary"] == "Cookie, Accept, origin"
    assert visitor.get("/?vary=Origin")["Vary"] == "Origin"
    assert visitor.get("/?vary=*")["Vary"] == "*"


def test_a_site_may_admit_any_origin_with_credentials_by_its_settings_alone(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    settings.CORS_ALLOW_CREDENTIALS = True
    routes(
        path("", page),
        path("how", cors(preflight_max_age=5)(page)),
        path("who", cors(allow_all_origins=True)(page)),
    )
    reflected = {**ADMITTED, "Access-Control-Allow-Credentials": "true"}

    assert wire(visitor.get("/")) == wire(visitor.get("/how")) == reflected
    assert wire(visitor.get("/who")) == {"Access-Control-Allow-Origin": "*"}
    for origin in ("null", "file://", None):
        assert wire(visitor.get("/", origin=origin)) == REFUSED


# What a preflight is answered


PAIR = "origin, access-control-request-method"

PREFLIGHTS = {
    "what is listed": ("GET", "content-type", "GET, PUT", "content-type, x-asked", "origin"),
    "a refused header gets the true lists": ("GET", "x-no", "GET, PUT", "content-type, x-asked", "origin"),
    "a refused method gets the true lists": ("PATCH", None, "GET, PUT", "content-type, x-asked", PAIR),
    "methods are never upper-cased": ("put", None, "GET, PUT", "content-type, x-asked", PAIR),
    "no token is echoed": ("PU T", None, "GET, PUT", "content-type, x-asked", PAIR),
    "a refused POST gets silence": ("POST", None, None, None, PAIR),
    "HEAD counts as GET": ("HEAD", None, "GET, PUT, HEAD", "content-type, x-asked", "origin"),
    "headers no script can set are ignored": (
        "GET",
        "host, sec-fetch-site",
        "GET, PUT",
        "content-type, x-asked",
        "origin",
    ),
}


@named_rows("method, asks, methods, headers, vary", PREFLIGHTS)
def test_a_preflight_gets_these_headers_and_no_others(
    method: str,
    asks: str | None,
    methods: str | None,
    headers: str | None,
    vary: str,
    routes: Routes,
    visitor: Visitor,
) -> None:
    policy = CorsPolicy(
        allowed_origins=[SHOP],
        allow_methods=["GET", "PUT"],
        allow_headers=["content-type", "x-asked"],
        expose_headers=["x-told"],
        preflight_max_age=60,
    )
    routes(path("", cors(policy)(page)))
    response = visitor.preflight("/", method, asks=asks)
    granted = {
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": headers,
        # Not 60: a kept answer would let scripts send POST with these headers, without asking for POST.
        "Access-Control-Max-Age": "0",
    }

    assert response.status_code == 200
    assert wire(response) == {**(granted if methods else {}), "Vary": vary}


def test_a_preflight_for_any_header_names_those_asked_for(routes: Routes, visitor: Visitor) -> None:
    routes(path("", cors(allowed_origins=[SHOP], allow_headers=["*"], preflight_max_age=None)(page)))
    response = visitor.preflight("/", asks="x-one,authorization,x-two,*")

    assert wire(response) == {
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": "x-one, x-two",
        "Vary": "origin, access-control-request-headers",
    }


# Installed twice


@pytest.mark.parametrize("between", [[], ["django.middleware.common.CommonMiddleware"]])
def test_installed_twice_it_answers_once_and_right(
    between: list[str],
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
    log: pytest.LogCaptureFixture,
) -> None:
    asked: list[str] = []

    def receiver(sender: object, request: HttpRequest, **_: Any) -> bool:
        asked.append(request.path)
        return False

    routes(path("page", for_shop), path("bare", page))

    def answers() -> list[tuple[int, dict[str, str]]]:
        return [
            (answer.status_code, wire(answer))
            for address in ("/page", "/bare", "/nowhere")
            for origin in (SHOP, STRANGER)
            for answer in (visitor.preflight(address, origin=origin), visitor.get(address, origin=origin))
        ]

    check_request_enabled.connect(receiver)
    try:
        once, asked_once, logged_once = answers(), len(asked), len(ours(log))
        settings.MIDDLEWARE = [CORS, *between, CORS]
        visitor.client.handler._middleware_chain = None
        twice = answers()
    finally:
        check_request_enabled.disconnect(receiver)

    assert twice == once
    assert len(asked) == 2 * asked_once
    assert len(ours(log)) == 2 * logged_once


# A method changed below


@pytest.mark.parametrize(
    ("origin", "override", "expected"),
    [
        (SHOP, "PUT", ADMITTED),
        (PARTNER, "PUT", REFUSED),
        (SHOP, "DELETE", REFUSED),
        (PARTNER, "DELETE", REFUSED),
    ],
)
def test_where_the_method_is_overridden_both_policies_must_admit(
    origin: str,
    override: str,
    expected: dict[str, str],
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
) -> None:
    class Overridden(View):
        @cors(FOR_SHOP)
        def post(self, request: HttpRequest) -> HttpResponse: ...

        @cors(allowed_origins=[SHOP, PARTNER])
        def put(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("put")

        @cors(FOR_PARTNER)
        def delete(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("delete")

    settings.MIDDLEWARE = [CORS, "tests.web.below.overriding_method"]
    routes(path("", Overridden.as_view()))
    response = visitor.send("POST", "/", origin=origin, headers={"x-http-method-override": override})

    assert response.content == override.lower().encode()
    assert wire(response) == expected


def test_a_simple_request_cannot_read_a_method_that_is_closed(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    class Closed(View):
        @cors(allow_all_origins=True)
        def post(self, request: HttpRequest) -> HttpResponse: ...

        @cors(NO_CORS)
        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("secret")

    settings.MIDDLEWARE = [CORS, "tests.web.below.overriding_method"]
    routes(path("", Closed.as_view()))
    response = visitor.send("POST", "/", headers={"x-http-method-override": "GET"})

    assert response.content == b"secret"
    assert "Access-Control-Allow-Origin" not in response.headers


# Bodies


def test_streaming_answers_stay_streams(routes: Routes, visitor: Visitor) -> None:
    async def parts_async() -> Any:
        yield b"one "
        yield b"two"

    @cors(FOR_SHOP)
    def streaming(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(parts_async() if visitor.is_async else [b"one ", b"two"])

    routes(path("", streaming))
    response = visitor.get("/")

    async def read() -> bytes:
        return b"".join([part async for part in response])

    assert response.streaming
    assert wire(response) == ADMITTED
    assert (async_to_sync(read)() if visitor.is_async else response.getvalue()) == b"one two"


def test_files_carry_headers(routes: Routes, visitor: Visitor) -> None:
    @cors(FOR_SHOP)
    def download(request: HttpRequest) -> FileResponse:
        return FileResponse(io.BytesIO(b"bytes"), filename="report.csv")

    routes(path("", download))
    response = visitor.get("/")

    assert wire(response) == ADMITTED
    assert response["Content-Length"] == "5"


# Left for others to read


@pytest.mark.parametrize("address", ["/declared", "/bare", "/outside", "/declared-outside"])
def test_cors_enabled_is_a_bool_for_the_view_and_after(
    address: str, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    requests: list[Any] = []
    kinds: list[type] = []

    def noting(request: HttpRequest) -> HttpResponse:
        requests.append(request)
        kinds.append(type(request._cors_enabled))
        return HttpResponse()

    settings.CORS_URLS_REGEX = r"^/(declared|bare)$"
    routes(
        path("declared", cors(FOR_SHOP)(noting)),
        path("bare", noting),
        path("outside", noting),
        path("declared-outside", cors(FOR_SHOP)(noting)),
    )
    visitor.get(address)

    assert kinds == [bool]
    assert requests[0]._cors_enabled is (address != "/outside")


# Private network


PRIVATE = {"access-control-request-private-network": "true"}


@pytest.mark.parametrize(
    ("setting", "headers", "origin", "is_granted"),
    [
        (True, PRIVATE, SHOP, True),
        (True, PRIVATE, STRANGER, False),
        (True, {"access-control-request-private-network": "false"}, SHOP, False),
        (True, {}, SHOP, False),
        (False, PRIVATE, SHOP, False),
    ],
)
def test_private_networks_work_as_in_django_cors_headers(
    setting: bool,
    headers: dict[str, str],
    origin: str,
    is_granted: bool,
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
) -> None:
    settings.CORS_ALLOW_PRIVATE_NETWORK = setting
    routes(path("", for_shop))
    response = visitor.preflight("/", origin=origin, headers=headers)

    granted = response.headers.get("Access-Control-Allow-Private-Network")
    assert granted == ("true" if is_granted else None)


# Refusals are told


class Refusing(CorsPolicyMixin, View):
    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_methods=["GET", "PUT", "DELETE"])

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def put(self, request: HttpRequest) -> HttpResponse: ...

    @cors(NO_CORS)
    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


REFUSALS = [
    # reason, method, origin, requested method (of preflights), requested headers
    ("origin-not-allowed", "GET", STRANGER, None, None),
    ("origin-not-allowed", "OPTIONS", STRANGER, "GET", None),
    ("origin-null", "GET", "null", None, None),
    ("origin-null", "GET", "file://", None, None),
    ("origin-malformed", "GET", "https://shop.example/", None, None),
    ("origin-malformed", "OPTIONS", "]", "GET", None),
    ("method-not-allowed", "PATCH", SHOP, None, None),
    ("view-disabled", "POST", SHOP, None, None),
    ("view-disabled", "OPTIONS", SHOP, "POST", None),
    ("method-not-allowed", "OPTIONS", SHOP, "PATCH", None),
    ("method-not-on-view", "OPTIONS", SHOP, "DELETE", None),
    ("header-not-allowed", "OPTIONS", SHOP, "GET", "x-unknown"),
]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("reason", "method", "origin", "asked", "headers"), REFUSALS)
def test_a_refusal_is_logged_with_its_reason(
    reason: str,
    method: str,
    origin: str,
    asked: str | None,
    headers: str | None,
    debug: bool,
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
    log: pytest.LogCaptureFixture,
) -> None:
    settings.DEBUG = debug
    routes(path("orders/", Refusing.as_view()))
    if asked is not None:
        response = visitor.preflight("/orders/", asked, asks=headers, origin=origin)
    else:
        response = visitor.send(method, "/orders/", origin=origin)

    (record,) = ours(log)
    about = asked or method
    assert record.reason == reason
    assert record.origin == repr(origin)
    assert record.path == repr("/orders/")
    assert record.method == repr(about)
    assert record.view == "Refusing"
    assert record.source == ("@cors on Refusing.post" if about == "POST" else "Refusing.cors_policy")
    assert record.levelno == (logging.WARNING if debug else logging.INFO)
    for part in (reason, repr(origin), "/orders/", about):
        assert part in record.getMessage()
    assert response.headers.get("X-Cors-Reason") == (reason if debug else None)


def test_the_console_of_the_developer_learns_which_header_is_refused(
    routes: Routes, visitor: Visitor, log: pytest.LogCaptureFixture
) -> None:
    routes(path("", for_shop))
    visitor.preflight("/", asks="content-type,x-culprit")

    assert "x-culprit" in ours(log)[0].getMessage()


@named_rows(
    "origin, headers",
    {
        "admitted": (SHOP, {}),
        "no origin": (None, {}),
        "its own origin": ("http://testserver", {}),
        "said to be same-origin": (STRANGER, {"sec-fetch-site": "same-origin"}),
    },
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_no_refusal_is_not_told(
    method: str,
    origin: str | None,
    headers: dict[str, str],
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
    log: pytest.LogCaptureFixture,
) -> None:
    settings.DEBUG = True
    routes(path("", for_shop))
    response = visitor.send(method, "/", origin=origin, headers=headers)

    assert response.status_code == 200
    assert ours(log) == []
    assert "X-Cors-Reason" not in response.headers


def test_another_port_of_the_same_host_is_another_origin(
    routes: Routes, visitor: Visitor, log: pytest.LogCaptureFixture
) -> None:
    routes(path("", for_shop))
    visitor.get("/", origin="http://testserver:8080")
    visitor.get("/", origin="https://testserver")

    assert [record.reason for record in ours(log)] == ["origin-not-allowed"] * 2


@pytest.mark.parametrize("origin", ["http://public.example", STRANGER])
def test_the_own_host_is_the_one_the_proxy_forwards(
    origin: str,
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
    log: pytest.LogCaptureFixture,
) -> None:
    settings.USE_X_FORWARDED_HOST = True
    settings.ALLOWED_HOSTS = ["public.example"]
    routes(path("", for_shop))
    visitor.send("POST", "/", origin=origin, headers={"x-forwarded-host": "public.example"})

    assert len(ours(log)) == (origin == STRANGER)


def test_a_host_that_django_disallows_is_nobodys_own(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, log: pytest.LogCaptureFixture
) -> None:
    settings.ALLOWED_HOSTS = ["public.example"]
    routes(path("", for_shop))

    assert visitor.send("POST", "/", origin="http://testserver").status_code == 200
    assert [record.reason for record in ours(log)] == ["origin-not-allowed"]


# Whatever arrives


HOSTILE = {
    "empty": "",
    "spaces": "   ",
    "bracket": "]",
    "open bracket": "https://[",
    "bad IPv6": "https://[::1",
    "NUL": "https://shop.example\x00",
    "CRLF": "https://shop.example\r\nx-evil: 1",
    "tab": "\thttps://shop.example",
    "latin-1": "https://sh\xf6p.example",
    "all bytes": "".join(map(chr, range(256))),
    "terminal escape": "\x1b[31mred\x1b[0m",
    "percent": "%s%(x)s%n{0}{x}",
    "commas": "," * 65_536,
    "long": "https://" + "a" * 65_536 + ".example",
    "two origins": f"{SHOP} {SHOP}",
    "huge port": "https://shop.example:" + "9" * 5000,
    "star": "*",
    "dots": "https://" + "." * 5000,
    "129 names": ",".join(f"x-{number}" for number in range(129)),
    "many names": ",".join(f"x-{number}" for number in range(5000)),
}


@pytest.fixture(params=["declared", "with tests", "global", "any", "any headers"])
def hostile_address(request: pytest.FixtureRequest, routes: Routes, settings: SettingsWrapper) -> str:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    settings.CORS_ALLOWED_ORIGIN_REGEXES = [r"https://([a-z]+\.)+shop\.example"]
    policy = {
        "declared": FOR_SHOP,
        "with tests": CorsPolicy(is_origin_allowed=lambda origin, request: False),
        "global": None,
        "any": CorsPolicy(allow_all_origins=True),
        "any headers": CorsPolicy(allowed_origins=[SHOP], allow_headers=["*"], allow_methods=["*"]),
    }[request.param]
    view = page if policy is None else cors(policy)(page)
    routes(path("", view))
    return "/"


@named_rows("value", HOSTILE)
def test_whatever_arrives_is_answered_and_logged_escaped(
    value: str, hostile_address: str, visitor: Visitor, log: pytest.LogCaptureFixture
) -> None:
    answers = [
        visitor.get(hostile_address, origin=value),
        visitor.preflight(hostile_address, origin=value),
        visitor.preflight(hostile_address, value),
        visitor.preflight(hostile_address, asks=value),
        visitor.preflight(hostile_address, value, asks=value, origin=value),
    ]

    assert [answer.status_code for answer in answers] == [200] * 5
    for answer in answers:
        for sent in answer.headers.values():
            assert len(sent) <= 8192
            assert not set(sent) & {"\r", "\n", "\x00", "\x1b"}
        assert answer.headers.get("Access-Control-Allow-Origin") in (None, SHOP, "*")
    for record in ours(log):
        texts = [record.getMessage(), *(str(item) for item in vars(record).values() if isinstance(item, str))]
        assert all(text.isprintable() for text in texts)
        assert len(record.getMessage()) < 1000


@pytest.mark.parametrize("headers", [["x-asked"], ["*"]])
@pytest.mark.parametrize(
    "asks",
    ["x-asked", "X-ASKED", " x-asked ,", "x-asked,X-Asked,x-asked", "\tx-asked\t", ",,x-asked,,", "x-asked, host"],
)
def test_requested_headers_are_read_in_any_case_and_spacing(
    asks: str, headers: list[str], routes: Routes, visitor: Visitor, log: pytest.LogCaptureFixture
) -> None:
    routes(path("", cors(allowed_origins=[SHOP], allow_headers=headers)(page)))
    response = visitor.preflight("/", asks=asks)

    assert response["Access-Control-Allow-Headers"] == "x-asked"
    assert ours(log) == []


@pytest.mark.parametrize(
    ("names", "methods", "statuses"),
    [
        (["post"], {"POST"}, {"GET": 405, "HEAD": 405, "POST": 200}),
        (["head"], {"HEAD"}, {"GET": 405, "HEAD": 200, "POST": 405}),
        (["get", "head"], {"GET", "HEAD"}, {"GET": 200, "HEAD": 200, "POST": 405}),
    ],
)
def test_a_get_handler_whose_method_is_not_accepted(
    names: list[str], methods: set[str], statuses: dict[str, int], routes: Routes, visitor: Visitor
) -> None:
    class Both(View):
        http_method_names = names

        def get(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse()

        def post(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse()

    view = Both.as_view()
    routes(path("", cors(allowed_origins=[SHOP])(view)))
    for method, status in statuses.items():
        response = visitor.send(method, "/")
        assert (response.status_code, wire(response)) == (status, ADMITTED)
    assert current().for_callback(view, UrlName(), is_covered=True).layers.methods == methods
