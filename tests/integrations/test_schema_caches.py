"""A schema whose detail depends on the request is not handed to others by a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control, cache_page
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.permissions import IsAdminUser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from drf_cors.openapi import CorsSchemaGenerator
from drf_cors.openapi.views import CorsExplainView
from tests.integrations.schema_site import KEY, Base, at
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.integrations.schema_site import Site

pytestmark = pytest.mark.django_db

UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"


class Orders(Base):
    cors_policy = at("shop")


class ForStaff(Orders):
    permission_classes = [IsAdminUser]


class Counting(CorsSchemaGenerator):
    """Counts the schemas that are made: those that no cache had."""

    made = 0

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        Counting.made += 1
        return super().get_schema(request=request, public=public)


class SchemaView(SpectacularAPIView):
    generator_class = Counting
    authentication_classes = [SessionAuthentication, TokenAuthentication]


@method_decorator(cache_page(60), name="dispatch")
class CachedDispatch(SchemaView): ...


@method_decorator(cache_page(60), name="get")
class CachedGet(SchemaView): ...


def plain(request: HttpRequest) -> JsonResponse:
    """A view of a project that makes its schema by itself."""
    asker = Request(request, authenticators=[SessionAuthentication()])
    return JsonResponse(Counting().get_schema(request=asker, public=True))


class Seen(NamedTuple):
    """What a visitor got: how much of the policy, and what caches are told."""

    detail: str
    has_sources: bool
    cache_control: str | None
    vary: str | None


class Visitors:
    """Staff and strangers. Each request comes from a browser of its own."""

    def __init__(self) -> None:
        self.staff = User.objects.create_user("anna", is_staff=True)
        self.token = Token.objects.create(user=self.staff)

    def see(self, who: str, url: str = "/schema/") -> Seen:
        client, headers = Client(), {"accept": "application/json"}
        if who == "staff by session":
            client.force_login(self.staff)
        elif who == "staff by token":
            headers["authorization"] = f"Token {self.token.key}"
        elif who == "partner":
            headers["x-partner"] = "1"
        response = client.get(url, headers=headers)
        assert response.status_code == 200
        policy = response.json()["paths"]["/orders/"]["get"].get(KEY)
        detail = "off" if policy is None else "full" if "allowOrigins" in policy else "summary"
        return Seen(detail, "sources" in (policy or {}), response.get("Cache-Control"), response.get("Vary"))


@pytest.fixture(autouse=True)
def emptied() -> None:
    cache.clear()
    Counting.made = 0


@pytest.fixture
def visitors() -> Visitors:
    return Visitors()


@pytest.fixture
def serve(site: Site) -> Callable[[Any], None]:
    def serve(view: Any) -> None:
        site.serve(path("orders/", Orders.as_view()), path("schema/", view))

    return serve


ORDERS = [
    ("staff by session", "a stranger"),
    ("a stranger", "staff by session"),
    ("staff by token", "a stranger"),
    ("a stranger", "staff by token"),
]
DETAIL = {"a stranger": "summary", "staff by session": "full", "staff by token": "full"}


@pytest.mark.parametrize(("first", "second"), ORDERS)
@named_rows(
    "view, has_site_cache, cache_control, vary",
    {
        "cache_page around the view": (
            cache_page(60)(SchemaView.as_view()),
            False,
            "private",
            "Accept, Cookie, Authorization, origin",
        ),
        "on dispatch": (CachedDispatch.as_view(), False, "private", "Accept, Cookie, Authorization, origin"),
        "on get": (CachedGet.as_view(), False, "private", "Accept, Cookie, Authorization, origin"),
        "the site's cache": (SchemaView.as_view(), True, "private", "Accept, Cookie, Authorization, origin"),
        "cache_control around the view": (
            cache_page(60)(cache_control(public=True, max_age=60)(SchemaView.as_view())),
            False,
            "public, max-age=60",
            "Accept, Cookie, Authorization, origin",
        ),
    },
)
def test_what_staff_saw_is_handed_to_nobody_else(
    view: Any,
    has_site_cache: bool,
    cache_control: str,
    vary: str,
    first: str,
    second: str,
    visitors: Visitors,
    serve: Callable[[Any], None],
    settings: SettingsWrapper,
) -> None:
    if has_site_cache:
        settings.MIDDLEWARE = [UPDATE, *settings.MIDDLEWARE, FETCH]
    serve(view)

    for who in (first, second, first):
        is_staff = who != "a stranger"
        assert visitors.see(who) == Seen(DETAIL[who], is_staff, cache_control, vary)
    assert Counting.made == 3


@pytest.mark.parametrize(("first", "second"), ORDERS[:2])
def test_a_view_that_is_not_drfs_is_not_stored_by_django(
    first: str, second: str, visitors: Visitors, serve: Callable[[Any], None]
) -> None:
    serve(cache_page(60)(plain))

    for who in (first, second, first):
        assert visitors.see(who)[:2] == (DETAIL[who], who != "a stranger")
    assert Counting.made == 3


@pytest.mark.parametrize(("first", "second"), [("partner", "a stranger"), ("a stranger", "partner")])
@pytest.mark.parametrize("key", ["DETAIL", "SOURCES"])
def test_a_callable_may_look_at_anything(
    key: str, first: str, second: str, visitors: Visitors, serve: Callable[[Any], None], settings: SettingsWrapper
) -> None:
    def decide(request: Any) -> Any:
        is_partner = "x-partner" in request.headers
        return is_partner if key == "SOURCES" else "full" if is_partner else "summary"

    settings.CORS_OPENAPI = {"DETAIL": "summary", "SOURCES": False, key: decide}
    serve(cache_page(60)(SchemaView.as_view()))

    for who in (first, second, first):
        is_partner = who == "partner"
        assert visitors.see(who) == Seen(
            "full" if is_partner and key == "DETAIL" else "summary",
            is_partner and key == "SOURCES",
            "private",
            "Accept, Cookie, Authorization, origin",
        )
    assert Counting.made == 3


@named_rows(
    "options, detail, has_sources",
    {
        "full": ({"DETAIL": "full", "SOURCES": False}, "full", False),
        "full with sources": ({"DETAIL": "full", "SOURCES": True}, "full", True),
        "a summary": ({"DETAIL": "summary", "SOURCES": False}, "summary", False),
        "nothing": ({"DETAIL": "off"}, "off", False),
    },
)
@pytest.mark.parametrize("debug", [False, True])
def test_a_schema_that_is_the_same_for_all_may_be_cached(
    debug: bool,
    options: Any,
    detail: str,
    has_sources: bool,
    visitors: Visitors,
    serve: Callable[[Any], None],
    settings: SettingsWrapper,
) -> None:
    settings.DEBUG = debug
    settings.CORS_OPENAPI = options
    serve(cache_page(60)(SchemaView.as_view(authentication_classes=[])))

    for who in ("staff by session", "a stranger", "staff by token"):
        assert visitors.see(who) == Seen(detail, has_sources, "max-age=60", "Accept, origin")
    assert Counting.made == 1


@named_rows(
    "options",
    {
        "by default": {},
        "SOURCES auto": {"DETAIL": "full"},
        "DETAIL auto": {"SOURCES": False},
        "DETAIL callable": {"DETAIL": lambda request: "full", "SOURCES": False},
        "SOURCES callable": {"DETAIL": "full", "SOURCES": lambda request: True},
        "a callable says off": {"DETAIL": lambda request: "off", "SOURCES": False},
    },
)
@pytest.mark.parametrize("debug", [False, True])
def test_whatever_looks_at_a_request_marks_its_response(
    debug: bool, options: Any, visitors: Visitors, serve: Callable[[Any], None], settings: SettingsWrapper
) -> None:
    settings.DEBUG = debug
    settings.CORS_OPENAPI = options
    serve(SchemaView.as_view())

    seen = visitors.see("a stranger")

    assert (seen.cache_control, seen.vary) == ("private", "Accept, Cookie, Authorization, origin")


@named_rows(
    "given, expected",
    {
        "no-store": ({"Cache-Control": "no-store"}, ("no-store, private", "Accept, Cookie, Authorization, origin")),
        "public": (
            {"Cache-Control": "public, max-age=60"},
            ("max-age=60, private", "Accept, Cookie, Authorization, origin"),
        ),
        "Vary": ({"Vary": "X-Partner"}, ("private", "X-Partner, Accept, Cookie, Authorization, origin")),
        "Vary: *": ({"Vary": "*"}, ("private", "*")),
    },
)
def test_what_a_view_says_about_caches_is_never_weakened(
    given: dict[str, str], expected: tuple[str, str], visitors: Visitors, serve: Callable[[Any], None]
) -> None:
    class Own(SchemaView):
        def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            response = super().get(request, *args, **kwargs)
            for name, value in given.items():
                response[name] = value
            return response

    serve(Own.as_view())

    assert visitors.see("a stranger")[2:] == expected


def test_an_error_after_the_request_was_looked_at_is_marked_too(
    serve: Callable[[Any], None], settings: SettingsWrapper
) -> None:
    def fails(request: Any) -> str:
        raise PermissionError("no detail today")

    settings.CORS_OPENAPI = {"DETAIL": fails}
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": "tests.integrations.test_schema_caches.told"}
    serve(SchemaView.as_view(renderer_classes=[JSONRenderer]))

    response = Client().get("/schema/")

    assert (response.status_code, response["Cache-Control"]) == (200, "private")


def told(error: Exception, context: Any) -> JsonResponse:
    """An exception handler of a project that answers everything with 200."""
    return JsonResponse({"error": str(error)})


@pytest.mark.parametrize(("first", "second"), [("anna", None), (None, "anna")])
def test_answers_of_the_explain_view_are_not_stored(first: str | None, second: str | None, site: Site) -> None:
    User.objects.create_user("anna", is_staff=True)
    view = CorsExplainView.as_view(serve_public=False)
    site.serve(path("orders/", ForStaff.as_view()), path("explain/", cache_page(60)(view)))

    for name in (first, second, first):
        client = Client()
        if name is not None:
            client.force_login(User.objects.get(username=name))
        response = client.get("/explain/", {"origin": "https://shop.example"})
        assert response["Cache-Control"] == "private, no-store"
        assert bool(response.json()["operations"]) == (name is not None)
