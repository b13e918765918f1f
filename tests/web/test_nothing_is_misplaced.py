"""Declarations in places that nothing reads, and policies for what Django finds in another way than it is written.

The cases are as those of `test_nothing_is_lost`: a view, who may read the response of each method, and the errors of
`manage.py check`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views import View
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from drf_cors import NO_CORS, CorsPolicyMixin, cors
from tests.web.test_nothing_is_lost import (
    CLOSED,
    E011,
    SITE,
    Case,
    admitted,
    errors,
    kept,
    ok,
    own,
)

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor


# Containers

CONTAINERS = [
    Case("the values of a dict", lambda: kept({"a": own}.values()), {"GET": CLOSED}, E011),
    Case("the keys of a dict", lambda: kept({own: "a"}.keys()), {"GET": CLOSED}, E011),
    Case("the items of a dict", lambda: kept({"a": own}.items()), {"GET": CLOSED}, E011),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in (*CONTAINERS,)])
def test_a_misplaced_declaration_closes_the_view(
    case: Case, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_VIEW_POLICIES = case.view_policies
    routes(path("x", case.make(), name="view"))

    assert {method: admitted(visitor, method, "/x") for method in case.admits} == case.admits
    assert errors() == case.errors


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
@pytest.mark.parametrize(
    "callback",
    [Both.as_view(), BothActions.as_view({"post": "create", "delete": "destroy"})],
    ids=["a view", "a viewset"],
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
