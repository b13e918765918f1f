"""Requests that middleware below ours changes or replaces, and responses that a view returns more than once."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views import View

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from tests.web.conftest import CORS_ONLY, PARTNER, SHOP, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

FOR_SHOP = CorsPolicy(allowed_origins=[SHOP])
ADMITTED = {"Access-Control-Allow-Origin": SHOP, "Vary": "origin"}
SHARED = HttpResponse("shared")
SHARED_WITH_OWN = HttpResponse("shared", headers={"Vary": "Accept", "Access-Control-Expose-Headers": "X-Own"})


class Below:
    """Middleware, sync or async, that changes the request on its way down, and perhaps back on its way up."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        changed = self.change(request)
        if iscoroutinefunction(self):
            return self.answer(request, changed)
        response = self.get_response(changed)
        self.restore(request)
        return response

    async def answer(self, request: HttpRequest, changed: HttpRequest) -> Any:
        response = await self.get_response(changed)
        self.restore(request)
        return response

    def change(self, request: HttpRequest) -> HttpRequest:
        raise NotImplementedError

    def restore(self, request: HttpRequest) -> None:
        pass


class Copies(Below):
    def change(self, request: HttpRequest) -> HttpRequest:
        changed = copy.copy(request)
        changed.path_info = changed.path = "/shut"
        return changed


class MakesNew(Below):
    def change(self, request: HttpRequest) -> HttpRequest:
        changed = HttpRequest()
        changed.method, changed.META = request.method, {"SERVER_NAME": "testserver", "SERVER_PORT": "80"}
        changed.path_info = changed.path = "/shut"
        return changed


class OverridesMethod(Below):
    def change(self, request: HttpRequest) -> HttpRequest:
        request.method = "DELETE"
        return request


class RestoresMethod(OverridesMethod):
    def restore(self, request: HttpRequest) -> None:
        request.method = "POST"


class CutsPath(Below):
    def change(self, request: HttpRequest) -> HttpRequest:
        request.path_info = request.path_info.removeprefix("/tenant")
        return request


class CutsAndRestoresPath(CutsPath):
    def restore(self, request: HttpRequest) -> None:
        request.path_info = request.path


class AsksBefore(Below):
    """Looks something up by a request of its own, then passes the request on."""

    def __call__(self, request: HttpRequest) -> Any:
        inner = HttpRequest()
        inner.method, inner.META, inner.path_info = "GET", {}, "/shut"
        if iscoroutinefunction(self):
            return self.ask_and_answer(inner, request)
        self.get_response(inner)
        return self.get_response(request)

    async def ask_and_answer(self, inner: HttpRequest, request: HttpRequest) -> Any:
        await self.get_response(inner)
        return await self.get_response(request)


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class Methods:
    @staticmethod
    def make(*bases: type) -> Any:
        class Both(*bases, View):  # type: ignore[misc]  # any bases
            @cors(FOR_SHOP)
            def post(self, request: HttpRequest) -> HttpResponse: ...

            @cors(NO_CORS)
            def delete(self, request: HttpRequest) -> HttpResponse:
                return HttpResponse()

        return Both.as_view()


@pytest.fixture
def below(settings: SettingsWrapper, routes: Routes) -> Callable[[type], None]:
    def use(middleware: type) -> None:
        settings.MIDDLEWARE = [*CORS_ONLY, f"{__name__}.{middleware.__name__}"]
        routes(
            path("open", cors(FOR_SHOP)(view)),
            path("shut", cors(NO_CORS)(view)),
            path("methods", Methods.make()),
            path("tenant/shut", cors(FOR_SHOP)(view)),
        )

    return use


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("middleware", [Copies, MakesNew])
def test_a_response_to_another_request_carries_no_headers(
    middleware: type, below: Callable[[type], None], visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    below(middleware)

    assert [wire(visitor.get("/open")) for _ in range(3)] == [{}] * 3
    assert wire(visitor.get("/nowhere")) == {}
    (message,) = logged(caplog)
    assert message.startswith("Middleware below CorsMiddleware replaced the request")


def test_a_request_that_middleware_makes_beside_changes_nothing(
    below: Callable[[type], None], visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    below(AsksBefore)

    assert wire(visitor.get("/open")) == ADMITTED
    assert logged(caplog) == []


@pytest.mark.parametrize("middleware", [OverridesMethod, RestoresMethod])
def test_both_methods_must_admit(middleware: type, below: Callable[[type], None], visitor: Visitor) -> None:
    below(middleware)

    assert wire(visitor.send("POST", "/methods")) == {"Vary": "origin"}


@pytest.mark.parametrize("middleware", [CutsPath, CutsAndRestoresPath])
def test_a_path_that_is_cut_below_is_judged_by_the_view_that_ran(
    middleware: type, below: Callable[[type], None], visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    below(middleware)

    assert wire(visitor.get("/open")) == ADMITTED
    assert logged(caplog) == []
    assert wire(visitor.get("/tenant/shut")) == {"Vary": "origin"}
    assert wire(visitor.get("/tenant/open")) == ADMITTED
    (message,) = logged(caplog)
    assert message.startswith("request.path_info was changed below CorsMiddleware")


class SwitchesUrlconf(Below):
    def change(self, request: HttpRequest) -> HttpRequest:
        request.urlconf = (path("tenant/open", cors(FOR_SHOP)(view)), path("tenant/shut", cors(NO_CORS)(view)))
        return request


@pytest.mark.parametrize("middleware", [CutsPath, CutsAndRestoresPath, SwitchesUrlconf])
def test_preflights_for_a_route_that_is_changed_below_are_refused(
    middleware: type, below: Callable[[type], None], visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    below(middleware)

    visitor.get("/tenant/nothing")
    visitor.get("/tenant/open")
    visitor.get("/tenant/shut")
    assert wire(visitor.preflight("/tenant/shut", "PUT")) == {"Vary": "origin"}
    assert wire(visitor.preflight("/open", "PUT"))["Access-Control-Allow-Origin"] == SHOP
    assert wire(visitor.preflight("/shut", "PUT")) == {"Vary": "origin"}


def test_preflights_without_a_route_are_refused_where_a_cut_path_has_another_policy(
    below: Callable[[type], None], visitor: Visitor, settings: SettingsWrapper, routes: Routes
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    below(CutsPath)
    routes(path("open", view), path("shut", cors(NO_CORS)(view)))

    visitor.get("/tenant/shut")
    assert wire(visitor.preflight("/tenant/shut", "PUT")) == {"Vary": "origin"}
    assert wire(visitor.preflight("/nothing", "PUT")) == {"Vary": "origin"}
    assert wire(visitor.preflight("/open", "PUT"))["Access-Control-Allow-Origin"] == SHOP


def test_a_path_that_is_cut_below_keeps_the_preflights_of_a_site_without_own_policies(
    below: Callable[[type], None], visitor: Visitor, settings: SettingsWrapper, routes: Routes
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    below(CutsPath)
    routes(path("open", view))

    for _ in range(2):
        assert wire(visitor.preflight("/tenant/open", "PUT"))["Access-Control-Allow-Origin"] == SHOP
        assert wire(visitor.get("/tenant/open")) == ADMITTED


class OverridesMethodLate(Below):
    """Changes the method just before the view is called, and back on the way up."""

    def change(self, request: HttpRequest) -> HttpRequest:
        return request

    def process_view(self, request: HttpRequest, *_: object) -> None:
        request.method = "DELETE"

    def restore(self, request: HttpRequest) -> None:
        request.method = "POST"


def test_the_method_that_a_class_with_the_mixin_sees_must_admit(
    below: Callable[[type], None], visitor: Visitor, routes: Routes
) -> None:
    below(OverridesMethodLate)
    routes(path("methods", Methods.make(CorsPolicyMixin)))

    assert wire(visitor.send("POST", "/methods")) == {"Vary": "origin"}


def test_a_redirect_for_a_path_that_is_cut_below_carries_no_headers(
    settings: SettingsWrapper, below: Callable[[type], None], routes: Routes, visitor: Visitor
) -> None:
    below(CutsPath)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.common.CommonMiddleware"]
    routes(path("open/", cors(NO_CORS)(view)), path("tenant/open/", cors(FOR_SHOP)(view)))

    response = visitor.get("/tenant/open")
    assert response.status_code == 301
    assert wire(response) == {}


# One response object


def shared(request: HttpRequest) -> HttpResponse:
    return SHARED


def shared_with_own(request: HttpRequest) -> HttpResponse:
    return SHARED_WITH_OWN


def test_a_response_object_that_is_returned_again_keeps_no_headers(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_URLS_REGEX = "^/api/"
    settings.DEBUG = True
    routes(
        path("open", cors(allowed_origins=[SHOP], expose_headers=["X-A"])(shared)),
        path("bare", shared),
        path("own", cors(allowed_origins=[SHOP])(shared_with_own)),
        path("bare-own", shared_with_own),
    )

    for _ in range(2):
        assert wire(visitor.get("/open")) == {**ADMITTED, "Access-Control-Expose-Headers": "X-A"}
        assert wire(visitor.get("/bare")) == {}
        refused = visitor.get("/open", origin=PARTNER)
        assert (wire(refused), "X-Cors-Reason" in refused) == ({"Vary": "origin"}, True)
        bare = visitor.get("/bare")
        assert (wire(bare), "X-Cors-Reason" in bare) == ({}, False)
        assert wire(visitor.get("/own")) == {**ADMITTED, "Vary": "Accept, origin"}
        assert wire(visitor.get("/bare-own")) == {"Vary": "Accept", "Access-Control-Expose-Headers": "X-Own"}
