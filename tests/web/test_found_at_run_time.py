"""Views that other views find at run time, where no search of the code can find them.

From the first such request on, the view that called them is closed. One error is logged.
"""

from __future__ import annotations

import copy
import functools
import sys
import types
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.checks import ERROR, run_checks
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path, resolve
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.views import View
from django.views.decorators.cache import cache_page
from rest_framework.decorators import action, api_view
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.in_progress import CURRENT, note_view
from drf_cors.middleware import CorsMiddleware
from tests.tables import named_rows
from tests.web.conftest import SHOP, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

HERE = __name__
SITE = "https://site.example"

NOTHING = {"Vary": "origin"}
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


def by_keyword(request: HttpRequest) -> Any:
    return import_string(name_of("closed"))(request=request)


def with_a_copy(request: HttpRequest) -> Any:
    return import_string(name_of("closed"))(copy.copy(request))


def with_a_new_request(request: HttpRequest) -> Any:
    return import_string(name_of("ClosedClass")).as_view()(RequestFactory().get("/closed"))


def with_another_method(request: HttpRequest) -> Any:
    return import_string(name_of("Actions")).as_view({"post": "export"})(RequestFactory().post("/export"))


def with_a_keyword_of_as_view(request: HttpRequest) -> Any:
    return resolve("/keyword").func(request)


def with_other_arguments(request: HttpRequest) -> Any:
    return import_string(name_of("closed_third"))(object(), "event", request)


@cors(NO_CORS)
def closed_third(owner: object, event: str, request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class Binds:
    """Binds as a function does, like a decorated function of some packages."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    def __get__(self, instance: object, owner: type) -> Any:
        return types.MethodType(self, instance)


closed_binding = cors(NO_CORS)(Binds(lambda *args: HttpResponse()))


class ClosedBinding(View):
    get = cors(NO_CORS)(Binds(lambda self, request: HttpResponse()))


@cors(NO_CORS)
class MarkedClass(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@cors(NO_CORS)
class MarkedWithDispatch(View):
    def dispatch(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class OwnDispatch(CorsPolicyMixin, View):
    cors_policy = NO_CORS

    def dispatch(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@cors(NO_CORS)
class MarkedTwice(CorsPolicyMixin, View):
    def dispatch(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class CallsTheMixins(CorsPolicyMixin, View):
    cors_policy = NO_CORS

    def dispatch(self, request: HttpRequest) -> Any:
        return super().dispatch(request)

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class MixinLast(View, CorsPolicyMixin):
    cors_policy = NO_CORS

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class ReplacesItself(CorsPolicyMixin, View):
    cors_policy: Any = None

    def get(self, request: HttpRequest) -> Any:
        if self.cors_policy is NO_CORS:
            return HttpResponse()
        return type(self).as_view(cors_policy=NO_CORS)(request)


class ReplacesItsAction(CorsPolicyMixin, ViewSet):
    def list(self, request: Any) -> Any:
        if self.cors_policy is NO_CORS:
            return Response()
        return type(self).as_view({"get": "list"}, cors_policy=NO_CORS)(request._request)


class Extended(CorsPolicyMixin, ViewSet):
    cors_action_policies = {"report": NO_CORS}

    @action(detail=False)
    def report(self, request: Any) -> Response: ...

    @report.mapping.delete
    def drop(self, request: Any) -> Response:
        return Response()

    @action(detail=False, cors_policy=NO_CORS)
    def kept(self, request: Any) -> Response:
        return Response()


def closes(view: Any) -> None:
    view.cors_policy = NO_CORS


class ClosingPermission(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        closes(view)
        return True


class ClosedByPermission(CorsPolicyMixin, APIView):
    permission_classes = [ClosingPermission]

    def get(self, request: Any) -> Response:
        return Response()


class ClosesItself(CorsPolicyMixin, View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    async def dispatch(self, request: HttpRequest) -> HttpResponse:
        closes(self)
        return await self.get(request)


def says_the_same(view: Any) -> None:
    view.cors_policy = FOR_SHOP


class SaysTheSame(CorsPolicyMixin, View):
    cors_policy: Any = CorsPolicy(allowed_origins=[SHOP])

    def get(self, request: HttpRequest) -> HttpResponse:
        says_the_same(self)
        return HttpResponse()


#: The site's origins may read it, and others may not: unlike the settings, and unlike `NO_CORS`.
FOR_BOTH = CorsPolicy(allowed_origins=[SITE, "https://other.example"])


@cors(FOR_BOTH)
def weaker(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class HasItBelow(CorsPolicyMixin, View):
    """Its handler has another policy than the class, so that of the class is not in force."""

    cors_policy = FOR_BOTH

    @cors(allowed_origins=[SITE])
    def get(self, request: HttpRequest) -> Any:
        return import_string(name_of("weaker"))(request)


class HasAnEqualMark(View):
    @cors(NO_CORS)
    def delete(self, request: HttpRequest) -> HttpResponse: ...

    def get(self, request: HttpRequest) -> Any:
        return import_string(name_of("closed"))(request)


def calls_another_action(request: HttpRequest) -> Any:
    return import_string(name_of("Actions")).as_view({"get": "export"})(request)


class WithoutWeakReferences:
    __slots__ = ()

    def __call__(self, request: HttpRequest) -> Any:
        return import_string(name_of("closed"))(request)


@cache_page(60)
def cached(request: HttpRequest) -> Any:
    return import_string(name_of("closed"))(request)


class Plain(CorsPolicyMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


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
    Case("the request by its keyword", by_keyword),
    Case("a copy of the request", with_a_copy),
    Case("a new request", with_a_new_request),
    Case("a request with another method", with_another_method),
    Case("a keyword of as_view()", with_a_keyword_of_as_view),
    Case("other arguments before the request", with_other_arguments),
    Case("an object that binds", by_path("closed_binding")),
    Case("a handler that binds", by_path("ClosedBinding")),
    Case("beside a handler with an equal policy", HasAnEqualMark.as_view()),
    Case("a page that is cached", cached),
    Case("an action with an entry in the map", calls_another_action),
    Case("an extra method of an action with an entry in the map", by_path("Extended", get="drop")),
    Case("an action with a keyword", by_path("Extended", get="kept")),
    Case("a class with a mark and without the mixin", by_path("MarkedClass")),
    Case("a class with a mark and its own dispatch", by_path("MarkedWithDispatch")),
    Case("a dispatch that does not call that of the mixin", by_path("OwnDispatch")),
    Case("a dispatch of a class with the mixin and a mark", by_path("MarkedTwice")),
    Case("a dispatch that calls that of the mixin", by_path("CallsTheMixins")),
    Case("a class whose last base is the mixin", by_path("MixinLast")),
    Case("the class of the view itself, with a keyword of as_view()", ReplacesItself.as_view()),
    Case("the viewset itself, with a keyword of as_view()", ReplacesItsAction.as_view({"get": "list"})),
    Case("the policy of the class, if the handler has another", HasItBelow.as_view()),
    Case("a policy that a permission assigns", ClosedByPermission.as_view()),
    Case("a policy that a helper assigns", ClosesItself.as_view()),
]


@named_rows("case", [(case.name, case) for case in CASES])
def test_a_view_found_at_run_time_is_closed(
    case: Case, routes: Routes, visitor: Visitor, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.REPORT_VIEW = name_of("closed")
    cache.clear()
    keyword = path("keyword", Plain.as_view(cors_policy=NO_CORS))
    routes(path("x", case.view, name="x"), path("closed", closed), keyword)

    for _ in range(2):
        response = visitor.get("/x", origin=SITE)
        assert response.status_code == 200
        assert [name for name in wire(response) if name != "Vary"] == []
    assert wire(visitor.preflight("/x", "PUT", origin=SITE)) == {"Vary": "origin"}
    messages = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(messages) == 1
    assert "ran for this URL, but the URL has another policy" in messages[0]


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
    assert wire(visitor.get("/x", origin=SITE)) == NOTHING


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

    assert wire(visitor.get("/x", origin=SITE)) == {}
    assert wire(visitor.get("/no-route", origin=SITE)) == {}


def answering(get_response: Any) -> Callable[[HttpRequest], HttpResponse]:
    return closed


FOR_SHOP = CorsPolicy(allowed_origins=[SHOP])


@cors(FOR_SHOP)
def inner(request: Any) -> HttpResponse:
    return HttpResponse()


@cors(FOR_SHOP)
def outer(request: HttpRequest) -> HttpResponse:
    return inner(request)


@cors("shop")
def by_name_of_policy(request: HttpRequest) -> HttpResponse:
    return inner(request)


@cors(FOR_SHOP)
def helper(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@cors(FOR_SHOP)
def calls_a_helper(request: HttpRequest) -> HttpResponse:
    return helper(request)


class OfShop(CorsPolicyMixin, APIView):
    cors_policy: Any = FOR_SHOP

    def get(self, request: Any) -> HttpResponse:
        return HttpResponse()


class Delegates(OfShop):
    def get(self, request: Any) -> Any:
        return OfShop.as_view()(request._request)


class DelegatesToUnrouted(OfShop):
    def get(self, request: Any) -> Any:
        return Unrouted.as_view()(request._request)


class Unrouted(OfShop):
    pass


class Actions(CorsPolicyMixin, ViewSet):
    cors_action_policies = {"export": NO_CORS, "latest": FOR_SHOP}

    def latest(self, request: Any) -> Response:
        return Response()

    def list(self, request: Any) -> Response:
        return Response()

    def export(self, request: Any) -> Response:
        return Response()


@cors(FOR_SHOP)
def calls_an_action(request: HttpRequest) -> Any:
    return Actions.as_view({"get": "list"})(request)


@cors(FOR_SHOP)
def calls_an_action_with_the_same_policy(request: HttpRequest) -> Any:
    return Actions.as_view({"get": "latest"})(request)


class Versions(View):
    """Its policy is in the settings."""

    def get(self, request: HttpRequest) -> Any:
        return {"1": OfShop}["1"].as_view()(request)


class MakesItsView(View):
    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        return cors(FOR_SHOP)(super().as_view(**initkwargs))

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class OpensAbove(CorsPolicyMixin, View):
    cors_policy = NO_CORS

    @cors(FOR_SHOP)
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return HttpResponse()


class DelegatesAbove(OpensAbove):
    cors_policy = NO_CORS

    @cors(FOR_SHOP)
    def get(self, request: HttpRequest, **kwargs: Any) -> Any:
        return OpensAbove.as_view()(request)


class GivesPolicies(CorsPolicyMixin, View):
    def __init_subclass__(cls, policy: Any = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.cors_policy = policy

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class WasGivenOne(GivesPolicies, policy=FOR_SHOP):
    pass


class Configured(CorsPolicyMixin, View):
    @classmethod
    def configure(cls, policy: CorsPolicy) -> None:
        cls.cors_policy = policy

    @staticmethod
    def apply(tenant: Any, policy: CorsPolicy) -> None:
        tenant.cors_policy = policy  # pragma: no cover - it is only read

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


Configured.configure(FOR_SHOP)


@cors(NO_CORS)
def status(request: HttpRequest) -> HttpResponse: ...


class Tenant:
    cors = status = "a value"


TENANT = Tenant()


@cors(FOR_SHOP)
def reads_attributes(request: HttpRequest) -> HttpResponse:
    return HttpResponse(TENANT.cors + TENANT.status)


class Changing(View):
    """Calls another action of its own."""

    @cors(FOR_SHOP)
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.put(request)

    @cors(NO_CORS)
    def put(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


KEPT_OPEN = [
    Case("a function with the same policy", outer),
    Case("a function with the same policy, by its name", by_name_of_policy),
    Case("a helper with the same policy and no route", calls_a_helper),
    Case("a parent class", Delegates.as_view()),
    Case("a class without a route, and the same policy", DelegatesToUnrouted.as_view()),
    Case("an action without a policy", calls_an_action),
    Case("an action with the same policy", calls_an_action_with_the_same_policy),
    Case("a policy in the settings", Versions.as_view()),
    Case("a handler that is open, of a closed class, in a partial", functools.partial(OpensAbove.as_view(), pk=1)),
    Case("a handler that is open, which calls that of its parent", DelegatesAbove.as_view()),
    Case("cors() in as_view()", MakesItsView.as_view()),
    Case("a policy by __init_subclass__()", WasGivenOne.as_view()),
    Case("a policy by a class method", Configured.as_view()),
    Case("attributes with the names of a view and of cors()", reads_attributes),
    Case("a method of the same class", Changing.as_view()),
    Case("an equal policy that is assigned", SaysTheSame.as_view()),
]


@named_rows("case", [(case.name, case) for case in KEPT_OPEN])
def test_nothing_is_lost_and_nothing_is_closed(
    case: Case, routes: Routes, visitor: Visitor, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.CORS_POLICIES = {"shop": FOR_SHOP}
    settings.CORS_VIEW_POLICIES = {f"{HERE}.Versions": FOR_SHOP}
    others = [path("inner", inner), path("list", Actions.as_view({"get": "list"})), path("class", OfShop.as_view())]
    others += [path("versions", Versions.as_view()), path("above", OpensAbove.as_view())]
    routes(path("x", case.view), *others, path("export", Actions.as_view({"get": "export", "put": "latest"})))

    for _ in range(2):
        assert wire(visitor.get("/x", origin=SHOP))["Access-Control-Allow-Origin"] == SHOP
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    errors = [message for message in run_checks() if message.level >= ERROR]
    assert [message for message in errors if str(message.id).startswith("drf_cors")] == []


def test_only_the_view_that_called_is_closed(routes: Routes, visitor: Visitor, settings: SettingsWrapper) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", by_path("closed")), path("y", plain))

    assert wire(visitor.get("/x", origin=SITE)) == NOTHING
    assert wire(visitor.get("/y", origin=SITE)) == FOR_SITE
    assert wire(visitor.get("/no-route", origin=SITE)) == FOR_SITE


def test_a_callback_without_weak_references_is_closed_for_each_response(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", WithoutWeakReferences()))

    assert [wire(visitor.get("/x", origin=SITE)) for _ in range(2)] == [{}, {}]
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1


@method_decorator(cors(NO_CORS), name="dispatch")
class OpenHandler(View):
    """`method_decorator` calls `cors(...)(view)` again at each request."""

    @cors(FOR_SHOP)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


def test_a_decorated_dispatch_with_a_handler_of_another_policy(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    routes(path("x", OpenHandler.as_view()))

    for _ in range(2):
        response = visitor.get("/x", origin=SHOP)
        assert wire(response) == {"Access-Control-Allow-Origin": SHOP, "Vary": "origin"}


def test_nothing_is_noted_for_a_request_that_is_finished() -> None:
    exchanges: list[Any] = []

    def get_response(request: HttpRequest) -> HttpResponse:
        exchanges.append(CURRENT.get())
        return HttpResponse()

    CorsMiddleware(get_response)(RequestFactory().get("/"))
    token = CURRENT.set(exchanges[0])
    try:
        closed(HttpRequest())
        ClosedByPermission.as_view()(RequestFactory().get("/"))
        ClosedClass.as_view()(RequestFactory().get("/"))
    finally:
        CURRENT.reset(token)
    assert (exchanges[0].marks, exchanges[0].changes) == ((), None)


def test_nothing_is_noted_outside_a_request() -> None:
    request = HttpRequest()
    note_view(request)
    assert ClosedClass.as_view()(RequestFactory().get("/")).status_code == 200
    assert CURRENT.get() is None


def test_a_call_without_a_request_is_only_a_call() -> None:
    @cors(NO_CORS)
    def add(first: int, second: int) -> int:
        return first + second

    assert add(1, 2) == 3
    assert closed(HttpRequest()).status_code == 200


def maintenance(get_response: Any) -> Callable[[HttpRequest], HttpResponse]:
    """Answer with a marked view instead of the URL's, if a header asks for it."""

    def answer(request: HttpRequest) -> HttpResponse:
        return inner(request) if "X-Maintenance" in request.headers else get_response(request)

    return answer


class MarkedErrors:
    """Answer an exception with a marked view, as a server error."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        response = inner(request)
        response.status_code = 500
        return response


def may_fail(request: HttpRequest) -> HttpResponse:
    if "X-Maintenance" in request.headers:
        raise ValueError
    return HttpResponse()


@pytest.mark.parametrize("middleware", ["maintenance", "MarkedErrors"])
def test_middleware_that_answers_with_a_marked_view_closes_one_response(
    middleware: str, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SITE]
    settings.MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware", f"{HERE}.{middleware}"]
    routes(path("x", may_fail))

    assert wire(visitor.get("/x", origin=SITE, headers={"X-Maintenance": "1"})) == {}
    assert wire(visitor.get("/x", origin=SITE)) == FOR_SITE
    assert wire(visitor.preflight("/x", "PUT", origin=SITE))["Access-Control-Allow-Origin"] == SITE


@cors(FOR_SHOP)
class Webhook:
    """A callable object whose `dispatch` is for events."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.dispatch({"event": "x"})

    def dispatch(self, event: object) -> HttpResponse:
        return HttpResponse()


class MixedWebhook(CorsPolicyMixin):
    cors_policy = FOR_SHOP

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.dispatch(event="x")

    def dispatch(self, event: object) -> HttpResponse:
        return HttpResponse()


class AboveWebhook(CorsPolicyMixin, Webhook):
    """The mixin's `dispatch` calls that for events."""

    cors_policy = FOR_SHOP


class WithSignal:
    dispatch: Any = {"sent": []}


class AboveSignal(CorsPolicyMixin, WithSignal):
    cors_policy = FOR_SHOP

    def __call__(self, request: HttpRequest) -> HttpResponse:
        assert self.dispatch == {"sent": []}
        return HttpResponse()


class Slotted:
    __slots__ = ("request",)

    @classmethod
    def as_view(cls) -> Any:
        def view(request: HttpRequest) -> Any:
            return cls().dispatch(request)

        view.view_class = cls  # type: ignore[attr-defined]
        return view

    def dispatch(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class SlottedShop(CorsPolicyMixin, Slotted):
    __slots__ = ()
    cors_policy = FOR_SHOP


COPIED = cors(FOR_SHOP)(type("Copied", (Plain,), {"__module__": HERE}))
COPY: Any = type("Copied", COPIED.__bases__, {name: vars(COPIED)[name] for name in vars(COPIED) if name != "__dict__"})


@pytest.mark.parametrize(
    "view",
    [Webhook(), MixedWebhook(), AboveWebhook(), AboveSignal(), SlottedShop.as_view(), COPIED.as_view(), COPY.as_view()],
)
def test_a_dispatch_of_any_kind_is_called(view: Any, routes: Routes, visitor: Visitor) -> None:
    routes(path("x", view))

    response = visitor.get("/x", origin=SHOP)
    assert (response.status_code, wire(response)["Access-Control-Allow-Origin"]) == (200, SHOP)
