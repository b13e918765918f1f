"""Every way to declare a policy, once, on the smallest view that can carry it. `urls.py` gives each a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import TemplateView
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from tests.web.conftest import SHOP

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

OPEN = CorsPolicy(
    allowed_origins=[SHOP],
    allow_credentials=True,
    allow_methods=["GET", "POST", "DELETE"],
    allow_headers=["x-asked"],
    expose_headers=["x-told"],
    preflight_max_age=60,
)


class Api(APIView):
    """A DRF view that says nothing about CORS."""

    authentication_classes = ()

    def get(self, request: Request) -> Response:
        return Response("hello")


class Page(View):
    """A Django view that says nothing about CORS."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")


class Records(CorsPolicyMixin, ViewSet):
    """A viewset that says nothing about CORS."""

    authentication_classes = ()

    def list(self, request: Request) -> Response:
        return Response([])


# The attributes


class Attribute(CorsPolicyMixin, Api):
    cors_policy = OPEN


class AttributeByName(CorsPolicyMixin, Api):
    cors_policy = "shop"


class AttributeOfParent(Attribute):
    pass


class AttributeOfPage(CorsPolicyMixin, Page):
    cors_policy = OPEN


class AttributeOfRecords(Records):
    cors_policy = OPEN


class ActionMap(Records):
    cors_action_policies = {"list": OPEN}


class ActionMapByName(Records):
    cors_action_policies = {"list": "shop"}


# @cors on functions


@cors(OPEN)
def function(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


@cors("shop")
async def async_function(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


@cors(
    allowed_origins=[SHOP],
    allow_credentials=True,
    allow_methods=["GET", "POST", "DELETE"],
    allow_headers=["x-asked"],
    expose_headers=["x-told"],
    preflight_max_age=60,
)
def function_by_fields(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


@cors(OPEN)
@api_view(["GET"])
def above_api_view(request: Request) -> Response:
    return Response("hello")


@api_view(["GET"])
@cors(OPEN)
def below_api_view(request: Request) -> Response:
    return Response("hello")


# @cors on classes, handlers and actions


@cors(OPEN)
class MarkedApi(Api):
    pass


@cors(OPEN)
class MarkedPage(Page):
    pass


@cors(OPEN)
class MarkedTemplate(TemplateView):
    template_name = "registration/password_reset_subject.txt"


@cors(OPEN)
class MarkedRecords(Records):
    pass


class MarkedHandler(Api):
    @cors(OPEN)
    def get(self, request: Request) -> Response:
        return Response("hello")


class MarkedHandlerBesideAnother(MarkedHandler):
    def post(self, request: Request) -> Response:
        return Response("hello")


class MarkedHandlerOfPage(View):
    @cors(OPEN)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")


class AsyncPage(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")


@cors(OPEN)
class MarkedAsyncPage(AsyncPage):
    pass


class AttributeOfAsyncPage(CorsPolicyMixin, AsyncPage):
    cors_policy = OPEN


class MarkedHandlerOfAsyncPage(View):
    @cors(OPEN)
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")


class InheritedHandler(Api):
    get = cors(OPEN)(Api.get)


class InheritedHandlerOfPage(Page):
    get = cors(OPEN)(Page.get)


@method_decorator(cors(OPEN), name="dispatch")
class ApiByDispatch(Api):
    pass


@method_decorator(cors(OPEN), name="dispatch")
class PageByDispatch(Page):
    pass


@method_decorator(cors(OPEN), name="get")
class ApiByGet(Api):
    pass


@method_decorator(cors(OPEN), name="get")
class PageByGet(Page):
    pass


class Actions(Records):
    @cors(OPEN)
    @action(detail=False)
    def above(self, request: Request) -> Response:
        return Response("hello")

    @action(detail=False)
    @cors(OPEN)
    def below(self, request: Request) -> Response:
        return Response("hello")

    @action(detail=False, cors_policy=OPEN)
    def keyword(self, request: Request) -> Response:
        return Response("hello")

    @action(detail=False, cors_policy="shop")
    def keyword_by_name(self, request: Request) -> Response:
        return Response("hello")

    @cors(OPEN)
    @action(detail=False)
    def followed(self, request: Request) -> Response:
        return Response("hello")

    @followed.mapping.delete
    def following(self, request: Request) -> Response:
        return Response("hello")

    @action(detail=False, cors_policy=OPEN)
    def keyword_followed(self, request: Request) -> Response:
        return Response("hello")

    @keyword_followed.mapping.delete
    def keyword_following(self, request: Request) -> Response:
        return Response("hello")

    @action(detail=False)
    def left_alone(self, request: Request) -> Response:
        return Response("hello")

    @cors(OPEN)
    @left_alone.mapping.delete
    def own_above(self, request: Request) -> Response:
        return Response("hello")

    @action(detail=False)
    def left_alone_too(self, request: Request) -> Response:
        return Response("hello")

    @left_alone_too.mapping.delete
    @cors(OPEN)
    def own_below(self, request: Request) -> Response:
        return Response("hello")

    @cors(NO_CORS)
    @action(detail=False)
    def shut(self, request: Request) -> Response:
        return Response("hello")

    @shut.mapping.delete
    @cors(OPEN)
    def opened(self, request: Request) -> Response:
        return Response("hello")

    @action(detail=False)
    def mapped(self, request: Request) -> Response:
        return Response("hello")

    @mapped.mapping.delete
    def mapped_following(self, request: Request) -> Response:
        return Response("hello")

    cors_action_policies = {"mapped": OPEN}


# Views that say nothing, for declarations from outside


class MixedApi(CorsPolicyMixin, Api):
    pass


class MixedPage(CorsPolicyMixin, Page):
    pass


def plain_function(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


async def plain_async_function(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


@api_view(["GET"])
def plain_api_view(request: Request) -> Response:
    return Response("hello")


class ApiBySetting(Api):
    pass


def function_by_setting(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


@api_view(["GET"])
def api_view_by_setting(request: Request) -> Response:
    return Response("hello")
