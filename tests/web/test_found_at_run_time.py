"""Views that other views find at run time, where no search of the code can find them.

Such a response carries no CORS headers, one error is logged, and preflights for the route are refused from then on.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.views import View
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from tests.web.conftest import SHOP, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

HERE = __name__
SITE = "https://site.example"

NOTHING: dict[str, str] = {}
FOR_SITE = {"Access-Control-Allow-Origin": SITE, "Vary": "origin"}


def name_of(part: str) -> str:
    """Return the dotted path of a view here, made so that no code contains it."""
    return f"{HERE}.{part}"


@cors(NO_CORS)
def closed(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@cors(NO_CORS)
async def closed_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


closed_outside = cors(NO_CORS)(plain)


class ClosedObject:
    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


closed_object = cors(NO_CORS)(ClosedObject())


@api_view(["GET"])
@cors(NO_CORS)
def closed_api(request: Any) -> Response:
    return Response()


class ClosedClass(CorsPolicyMixin, View):
    cors_policy = NO_CORS

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class ClosedHandler(APIView):
    @cors(NO_CORS)
    def get(self, request: Any) -> Response:
        return Response()


@method_decorator(cors(NO_CORS), name="dispatch")
class ClosedDispatch(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class ClosedAction(ViewSet):
    @cors(NO_CORS)
    @action(detail=False)
    def report(self, request: Any) -> Response:
        return Response()


def by_path(part: str, **mapped: Any) -> Callable[..., Any]:
    """Return a view that finds another by its dotted path."""

    def view(request: HttpRequest) -> Any:
        found = import_string(name_of(part))
        if isinstance(found, type):
            found = found.as_view(mapped) if mapped else found.as_view()  # type: ignore[attr-defined]
        return found(request)

    return view


async def awaits_by_path(request: HttpRequest) -> HttpResponse:
    found: Any = import_string(name_of("closed_async"))
    response: HttpResponse = await found(request)
    return response


def by_a_setting(request: HttpRequest) -> Any:
    return import_string(django_settings.REPORT_VIEW)(request)


def by_getattr(request: HttpRequest) -> Any:
    return getattr(sys.modules[HERE], "clo" + "sed")(request)


class Views:
    """Loads its views at the first use."""

    @property
    def view(self) -> Any:
        return vars(sys.modules[HERE])["closed"]


class Registry:
    """Views several objects deep."""

    def __init__(self) -> None:
        self.of_site = types.SimpleNamespace(views=types.SimpleNamespace(deep=Views()))


class Deep(View):
    registry = Registry()

    def get(self, request: HttpRequest) -> Any:
        return self.registry.of_site.views.deep.view(request)


class Growing(View):
    views: dict[str, Any] = {}

    def get(self, request: HttpRequest) -> Any:
        return self.views.get("closed", plain)(request)


class MarkedLater(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


def calls_a_routed_view(request: HttpRequest) -> HttpResponse:
    return closed(request)


class Case(NamedTuple):
    """A view that calls another one."""

    name: str
    view: Any


CASES = [
    Case("a function by its path", by_path("closed")),
    Case("a policy around a function", by_path("closed_outside")),
    Case("a callable object", by_path("closed_object")),
    Case("a function below @api_view", by_path("closed_api")),
    Case("a class with the mixin", by_path("ClosedClass")),
    Case("a handler method", by_path("ClosedHandler")),
    Case("a dispatch", by_path("ClosedDispatch")),
    Case("an action", by_path("ClosedAction", get="report")),
    Case("an async function", awaits_by_path),
    Case("a path in the settings", by_a_setting),
    Case("a name in a module", by_getattr),
    Case("a registry several objects deep", Deep.as_view()),
    Case("a view with a route of its own", calls_a_routed_view),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_a_view_found_at_run_time_is_closed(
    case: Case, routes: Routes, visitor: Visitor, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.REPORT_VIEW = name_of("closed")
    routes(path("x", case.view, name="x"), path("closed", closed))

    for _ in range(2):
        response = visitor.get("/x", origin=SITE)
        assert response.status_code == 200
        assert {name: value for name, value in wire(response).items() if name != "Vary"} == NOTHING
    assert wire(visitor.preflight("/x", "PUT", origin=SITE)) == {"Vary": "origin"}
    messages = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(messages) == 1
    assert "its CORS policy is not in force" in messages[0]


def test_a_registry_that_grows_after_the_first_request(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", Growing.as_view()))

    assert wire(visitor.get("/x", origin=SITE)) == FOR_SITE
    Growing.views["closed"] = closed
    try:
        assert wire(visitor.get("/x", origin=SITE)) == NOTHING
    finally:
        Growing.views.clear()
    assert wire(visitor.get("/x", origin=SITE)) == FOR_SITE


def test_a_mark_on_a_method_after_the_first_request(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", MarkedLater.as_view()))

    assert wire(visitor.get("/x", origin=SITE)) == FOR_SITE
    monkeypatch.setattr(MarkedLater, "get", cors(NO_CORS)(MarkedLater.get))
    assert wire(visitor.get("/x", origin=SITE)) == NOTHING


def test_a_middleware_below_that_calls_a_marked_view(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware", f"{HERE}.answering"]
    routes(path("x", plain))

    assert wire(visitor.get("/x", origin=SITE)) == NOTHING


def answering(get_response: Any) -> Callable[[HttpRequest], HttpResponse]:
    return closed


def test_a_view_may_call_one_with_the_same_policy(routes: Routes, visitor: Visitor, settings: SettingsWrapper) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", outer), path("inner", inner))

    assert wire(visitor.get("/x", origin=SHOP)) == {"Access-Control-Allow-Origin": SHOP, "Vary": "origin"}


FOR_SHOP = CorsPolicy(allowed_origins=[SHOP])


@cors(FOR_SHOP)
def inner(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@cors(FOR_SHOP)
def outer(request: HttpRequest) -> HttpResponse:
    return inner(request)


def test_a_call_without_a_request_is_only_a_call() -> None:
    @cors(NO_CORS)
    def add(first: int, second: int) -> int:
        return first + second

    assert add(1, 2) == 3
    assert closed(HttpRequest()).status_code == 200
