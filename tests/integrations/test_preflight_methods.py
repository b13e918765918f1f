"""`x-cors-methods` of an operation is what the response to its preflight names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import include, path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action, api_view
from rest_framework.routers import SimpleRouter

from drf_cors import NO_CORS, CorsPolicyMixin, cors
from drf_cors.openapi.preflight_methods import METHODS_KEY, preflight_methods
from tests.integrations.schema_site import SITE, Base, Site, Thing, at, origin

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

A = origin("a")
ALLOWED = "Access-Control-Allow-Methods"


class Both(Base):
    cors_policy = at("a")

    def put(self, request: Any, **kwargs: Any) -> None: ...


class Apart(Both):
    @cors(at("a", preflight_max_age=5))
    def put(self, request: Any, **kwargs: Any) -> None: ...


@extend_schema(parameters=[OpenApiParameter("id", str, OpenApiParameter.PATH)], request=Thing, responses=Thing)
class Things(CorsPolicyMixin, viewsets.ViewSet):
    cors_policy = at("a")
    cors_action_policies = {"destroy": NO_CORS}

    def retrieve(self, request: Any, pk: Any) -> None: ...

    def update(self, request: Any, pk: Any) -> None: ...

    def destroy(self, request: Any, pk: Any) -> None: ...

    @action(detail=True, methods=["post", "delete"])
    def publish(self, request: Any, pk: Any) -> None: ...


@extend_schema(request=Thing, responses=Thing)
@api_view(["GET", "POST"])
def function(request: Any) -> None: ...


router = SimpleRouter()
router.register("things", Things, basename="things")

URLS = [
    path("both/", Both.as_view()),
    path("apart/", Apart.as_view()),
    path("star/", Both.as_view(cors_policy=at("a", allow_methods=["*"]))),
    path("without-get/", Both.as_view(cors_policy=at("a", allow_methods=["PUT"]))),
    path("without-put/", Both.as_view(cors_policy=at("a", allow_methods=["GET", "DELETE"]))),
    path("closed/", Both.as_view(cors_policy=NO_CORS)),
    path("function/", cors(at("a"))(function)),
    path("", include(router.urls)),
]

BOTH = ["GET", "OPTIONS", "PUT"]

EXPECTED = {
    "GET /both/": BOTH,
    "PUT /both/": BOTH,
    "GET /apart/": ["GET", "OPTIONS"],
    "PUT /apart/": ["PUT"],
    "GET /star/": [],
    "PUT /star/": [],
    "GET /without-get/": [],
    "PUT /without-get/": ["PUT"],
    "GET /without-put/": ["GET"],
    "PUT /without-put/": ["GET"],
    "GET /closed/": [],
    "PUT /closed/": [],
}


@pytest.fixture(autouse=True)
def served(site: Site) -> None:
    site.serve(*URLS)


def on_the_wire(operation: str) -> list[str]:
    method, template = operation.split()
    headers = {"origin": A, "access-control-request-method": method}
    response = Client().options(template.replace("{id}", "1"), headers=headers)
    return [name for name in response.headers.get(ALLOWED, "").split(", ") if name]


def test_the_schema_lists_what_the_wire_names(site: Site) -> None:
    published = {name: operation[METHODS_KEY] for name, operation in site.operations().items()}
    assert published == {name: on_the_wire(name) for name in published}
    assert len(published) == 19
    known = {name: methods for name, methods in EXPECTED.items() if "star" not in name}
    assert {name: published[name] for name in known} == known
    assert set(published["PUT /star/"]) >= {"GET", "PUT"}


def test_a_part_in_several_places_has_the_methods_of_the_first_that_is_open(site: Site) -> None:
    part = [path("both/", Both.as_view())]
    site.serve(path("one/", cors(NO_CORS)(Both.as_view())), path("v1/", include(part)), path("v2/", include(part)))
    assert {name: made[METHODS_KEY] for name, made in site.operations().items()} == {
        "GET /one/": [],
        "PUT /one/": [],
        "GET /v1/both/": BOTH,
        "PUT /v1/both/": BOTH,
        "GET /v2/both/": BOTH,
        "PUT /v2/both/": BOTH,
    }


def test_no_endpoint_no_methods() -> None:
    assert preflight_methods(None, "GET") == []


def test_where_a_part_of_the_path_is_covered(site: Site, settings: SettingsWrapper) -> None:
    settings.CORS_URLS_REGEX = "^/api/"
    site.serve(path("<slug:area>/things/", Base.as_view()), path("web/", Base.as_view()))
    made = site.operations()
    assert made["GET /{area}/things/"][METHODS_KEY] == ["GET", "OPTIONS"]
    assert made["GET /web/"][METHODS_KEY] == []
    assert SITE in made["GET /{area}/things/"]["x-cors-policy"]["allowOrigins"]
