"""Every path an answer can take carries the headers of the view that was meant, and none of a looser policy.

The site is as loose as it may be: any origin. The views that are asked for are strict. So whatever loses sight of the
view on its way shows at once, as `*` or as a name in `Access-Control-Expose-Headers`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from corsheaders.middleware import CorsMiddleware as OtherCorsMiddleware
from django.conf.urls.i18n import i18n_patterns
from django.core.cache import cache
from django.core.exceptions import BadRequest, DisallowedHost, PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import include, path, re_path
from django.utils import translation
from django.views import View
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_POST
from django.views.generic import RedirectView
from rest_framework import exceptions, status
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework.throttling import BaseThrottle
from rest_framework.versioning import NamespaceVersioning, URLPathVersioning
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from tests.tables import named_rows
from tests.web import below
from tests.web.conftest import CORS_ONLY, PARTNER, SHOP, STRANGER, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

CORS = CORS_ONLY[0]
COMMON = "django.middleware.common.CommonMiddleware"
HERE = __name__

STRICT = CorsPolicy(allowed_origins=[SHOP], allow_credentials=True, allow_methods=["GET", "POST", "PUT"])
FOR_PARTNER = CorsPolicy(allowed_origins=[PARTNER])

#: What the shop gets of `STRICT`, and all that it gets.
MEANT = {
    "Access-Control-Allow-Origin": SHOP,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "x-site",
}


@pytest.fixture(autouse=True)
def loose_site(settings: SettingsWrapper) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    settings.CORS_EXPOSE_HEADERS = ["x-site"]
    settings.MIDDLEWARE = CORS_ONLY


@pytest.fixture
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def assert_meant(answer: Any, origin: str | None, *, meant: dict[str, str] = MEANT) -> None:
    """The answer has the headers of the view for the view's own origin, none for others, and varies."""
    headers = wire(answer)
    assert "origin" in headers.pop("Vary").split(", ")
    assert headers == (meant if origin == meant["Access-Control-Allow-Origin"] else {})


def ask_all(visitor: Visitor, method: str, address: str, code: int, **more: Any) -> list[Any]:
    """Ask as the shop, as a stranger and as nobody; all answers have the status and the headers that were meant."""
    visitor.client.raise_request_exception = False
    answers = []
    for origin in (SHOP, STRANGER, None):
        answer = visitor.send(method, address, origin=origin, **more)
        assert answer.status_code == code
        assert_meant(answer, origin)
        answers.append(answer)
    return answers


def page(request: HttpRequest, **_: Any) -> HttpResponse:
    return HttpResponse("page")


strict = cors(STRICT)(page)


def test_the_site_is_loose(routes: Routes, visitor: Visitor) -> None:
    routes(path("", page))

    assert wire(visitor.get("/")) == {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "x-site"}


# Errors of views


class TooMuch(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class Never(BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return False


class NoAnswer(DefaultContentNegotiation):
    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        raise exceptions.NotAcceptable


class Base(CorsPolicyMixin, APIView):
    authentication_classes = ()
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)
    cors_policy = STRICT

    def get(self, request: Any) -> Response:
        return Response()

    def post(self, request: Any) -> Response:
        return Response(request.data)


def raising(error: Exception) -> Any:
    def get(self: Any, request: Any) -> Any:
        raise error

    return type("Raising", (Base,), {"get": get}).as_view()


#: What goes wrong, the view, the method, the body, the status.
ERRORS = [
    ("a body that is no JSON", Base.as_view(), "POST", "{", 400),
    ("not signed in", Base.as_view(permission_classes=[IsAuthenticated]), "GET", "", 403),
    ("not signed in, with a challenge", raising(exceptions.AuthenticationFailed()), "GET", "", 403),
    ("no such object", raising(Http404()), "GET", "", 404),
    ("no such method", Base.as_view(), "PUT", "{}", 405),
    ("no such method, by http_method_names", Base.as_view(http_method_names=["get"]), "POST", "{}", 405),
    ("nothing acceptable", Base.as_view(content_negotiation_class=NoAnswer), "GET", "", 406),
    ("too much", raising(TooMuch()), "GET", "", 413),
    ("no such parser", Base.as_view(parser_classes=[]), "POST", "{}", 415),
    ("throttled", Base.as_view(throttle_classes=[Never]), "GET", "", 429),
    ("a fault", raising(RuntimeError()), "GET", "", 500),
    ("an error of an API", raising(APIException()), "GET", "", 500),
    ("refused by Django", raising(PermissionDenied()), "GET", "", 403),
    ("suspicious", raising(SuspiciousOperation()), "GET", "", 400),
    ("a bad request", raising(BadRequest()), "GET", "", 400),
    ("a host that is not ours", raising(DisallowedHost()), "GET", "", 400),
    ("a decorator of Django's", csrf_exempt(cors(STRICT)(require_POST(page))), "GET", "", 405),
    ("a view that answers nothing", cors(STRICT)(lambda request: None), "GET", "", 500),
]


@named_rows("view, method, body, code", ERRORS)
def test_errors_are_the_views_own(
    view: Any, method: str, body: str, code: int, routes: Routes, visitor: Visitor
) -> None:
    routes(path("", view))

    ask_all(visitor, method, "/", code, body=body)


def test_a_body_beyond_the_limit_is_refused_by_the_view_that_reads_it(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    routes(path("", cors(STRICT)(lambda request: HttpResponse(request.body))))
    visitor.client.raise_request_exception = False

    for origin in (SHOP, STRANGER):
        answer = visitor.send("POST", "/", origin=origin, body="x" * 100)
        assert answer.status_code in (400, 413)  # 400 until Django 6.0
        assert_meant(answer, origin)


def test_an_error_page_that_fails_too_is_the_views(routes: Routes, visitor: Visitor, settings: SettingsWrapper) -> None:
    settings.DEBUG = True
    routes(path("", raising(RuntimeError())))

    assert b"RuntimeError" in ask_all(visitor, "GET", "/", 500)[0].content


# Answers of middleware below


@below.changing
def answering(request: HttpRequest) -> HttpResponse | None:
    code = request.headers.get("x-answer")
    return HttpResponse("no", status=int(code)) if code else None


@below.changing
def failing(request: HttpRequest) -> None:
    raise {"400": SuspiciousOperation, "403": PermissionDenied, "404": Http404, "500": RuntimeError}[
        request.headers["x-fail"]
    ]


class AnsweringLater:
    """Answers in place of the view, once it is known; or in place of its error."""

    sync_capable = async_capable = True

    def __new__(cls, get_response: Any) -> Any:
        self = super().__new__(cls)
        middleware = below.changing(lambda request: None)(get_response)
        middleware.process_view = self.process_view
        middleware.process_exception = self.process_exception
        return middleware

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        return HttpResponse(status=418) if "x-early" in request.headers else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        return HttpResponse(status=503)


CODES = [400, 401, 403, 404, 405, 410, 413, 429, 431, 500, 502, 503]


@pytest.mark.parametrize("code", CODES)
def test_answers_of_middleware_below_are_the_views(
    code: int, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [CORS, f"{HERE}.answering"]
    routes(path("", strict))

    ask_all(visitor, "GET", "/", code, headers={"x-answer": str(code)})


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_errors_of_middleware_below_are_the_views(
    code: int, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [CORS, f"{HERE}.failing"]
    routes(path("", strict))

    ask_all(visitor, "GET", "/", code, headers={"x-fail": str(code)})


def test_answers_in_place_of_the_view_are_the_views(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [CORS, f"{HERE}.AnsweringLater"]
    routes(path("", strict), path("fails", cors(STRICT)(lambda request: 1 / 0)))

    ask_all(visitor, "GET", "/", 418, headers={"x-early": "1"})
    ask_all(visitor, "GET", "/fails", 503)


@pytest.mark.django_db
def test_refusals_of_djangos_own_middleware_are_the_views(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [
        CORS,
        "django.contrib.sessions.middleware.SessionMiddleware",
        COMMON,
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    settings.DISALLOWED_USER_AGENTS = [__import__("re").compile("bad")]
    routes(path("", strict), path("accounts/login/", page))
    visitor.client.handler.enforce_csrf_checks = True

    ask_all(visitor, "POST", "/", 403)
    assert ask_all(visitor, "GET", "/", 302)[0]["Location"] == "/accounts/login/?next=/"
    ask_all(visitor, "GET", "/", 403, headers={"user-agent": "bad"})
    ask_all(visitor, "GET", "/", 400, headers={"host": "elsewhere.example"})


# Redirects


def redirecting(settings: SettingsWrapper, *middleware: str, **more: Any) -> None:
    settings.MIDDLEWARE = [CORS, *middleware]
    for name, value in more.items():
        setattr(settings, name, value)


SECURITY, LOCALE = "django.middleware.security.SecurityMiddleware", "django.middleware.locale.LocaleMiddleware"
GERMAN = {"LANGUAGE_CODE": "en", "LANGUAGES": [("en", "English"), ("de", "German")]}

#: What leads elsewhere, the address, the status, where to, middleware, settings.
REDIRECTS: list[tuple[str, str, int, str, list[str], dict[str, Any]]] = [
    ("a slash", "/page", 301, "/page/", [COMMON], {}),
    ("a slash, with a query", "/page?next=//evil.example/", 301, "/page/?next=//evil.example/", [COMMON], {}),
    ("a slash, two before", "/%2fpage", 301, "/%2Fpage/", [COMMON], {}),
    ("a slash, encoded", "/a%20page", 301, "/a%20page/", [COMMON], {}),
    ("a language", "/words/", 302, "/en/words/", [LOCALE, COMMON], GERMAN),
    ("a language and a slash", "/words", 302, "/en/words/", [LOCALE, COMMON], GERMAN),
    ("a slash after a language", "/de/words", 301, "/de/words/", [LOCALE, COMMON], GERMAN),
    ("https", "/page/", 301, "https://testserver/page/", [SECURITY], {"SECURE_SSL_REDIRECT": True}),
    (
        "https elsewhere",
        "/page/",
        301,
        "https://secure.example/page/",
        [SECURITY],
        {"SECURE_SSL_REDIRECT": True, "SECURE_SSL_HOST": "secure.example"},
    ),
    ("www", "/page/", 301, "http://www.testserver/page/", [COMMON], {"PREPEND_WWW": True, "ALLOWED_HOSTS": ["*"]}),
    ("the view itself", "/away/", 302, "https://elsewhere.example/", [], {}),
    ("the view itself, to a looser page", "/to-loose/", 302, "/loose/", [COMMON], {}),
    ("the view itself, for good", "/moved/", 301, "/loose/", [COMMON], {}),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@named_rows("address, code, location, middleware, more", REDIRECTS)
def test_redirects_are_the_views(
    address: str,
    code: int,
    location: str,
    middleware: list[str],
    more: dict[str, Any],
    method: str,
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
) -> None:
    redirecting(settings, *middleware, **more)
    routes(
        path("page/", strict),
        path("a page/", strict),
        path("/page/", strict),
        path("loose/", page),
        path("away/", cors(STRICT)(RedirectView.as_view(url="https://elsewhere.example/"))),
        path("to-loose/", cors(STRICT)(lambda request: HttpResponseRedirect("/loose/"))),
        path("moved/", cors(STRICT)(RedirectView.as_view(url="/loose/", permanent=True))),
        *i18n_patterns(path("words/", strict)),
    )
    answers = ask_all(visitor, method, address, code)
    translation.deactivate()

    assert {answer["Location"] for answer in answers} == {location}


@named_rows(
    "code, middleware, more",
    {
        "a refusal": (403, [f"{HERE}.answering", COMMON], {}),
        "https": (301, [SECURITY, COMMON], {"SECURE_SSL_REDIRECT": True}),
        "www": (301, [COMMON], {"PREPEND_WWW": True, "ALLOWED_HOSTS": ["*"]}),
    },
)
def test_any_answer_for_a_missing_slash_is_that_of_the_view_behind_it(
    code: int,
    middleware: list[str],
    more: dict[str, Any],
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
) -> None:
    """As preflights for it are."""
    redirecting(settings, *middleware, **more)
    routes(path("page/", strict))

    assert_meant(visitor.preflight("/page", origin=STRANGER), STRANGER)
    ask_all(visitor, "GET", "/page", code, headers={"x-answer": "403"})


def test_a_redirect_to_another_site_is_not_taken_for_a_page_of_ours(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    """An unresolvable path is the settings' own, wherever it leads."""

    settings.MIDDLEWARE = [CORS, f"{HERE}.leading"]
    routes(path("page/", strict))

    for target in ("https://elsewhere.example/page/", "//elsewhere.example/page/", "https://[/page/", "mailto:page/"):
        answer = visitor.get("/nowhere", headers={"x-lead": target})
        assert answer.status_code == 302
        assert answer["Access-Control-Allow-Origin"] == "*"
    ask_all(visitor, "GET", "/nowhere", 302, headers={"x-lead": "http://testserver/page/"})


@below.changing
def leading(request: HttpRequest) -> HttpResponse | None:
    to = request.headers.get("x-lead")
    return HttpResponse(status=302, headers={"Location": to}) if to else None


# The script prefix


@pytest.fixture(params=["FORCE_SCRIPT_NAME", "SCRIPT_NAME"])
def mounted(request: pytest.FixtureRequest, visitor: Visitor, settings: SettingsWrapper) -> str:
    """Mount the site at `/mount`, and return what addresses begin with."""
    if request.param == "FORCE_SCRIPT_NAME":
        settings.FORCE_SCRIPT_NAME = "/mount"
    else:
        visitor.client.defaults["root_path" if visitor.is_async else "SCRIPT_NAME"] = "/mount"
    return "/mount" if visitor.is_async else ""  # ASGI has the whole path, WSGI what follows the prefix


def test_a_script_prefix_hides_no_view(
    mounted: str, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [CORS, COMMON, f"{HERE}.answering"]
    # The names are traps: taken with the prefix, or without it twice, another view is found.
    routes(path("page/", strict), path("mount/page/", page), path("mount/", strict))

    for address in ("/page/", "/mount/"):
        ask_all(visitor, "GET", f"{mounted}{address}", 200)
        ask_all(visitor, "GET", f"{mounted}{address}", 403, headers={"x-answer": "403"})
        assert_meant(visitor.preflight(f"{mounted}{address}", origin=STRANGER), STRANGER)
    for address in ("/page", "/mount"):
        (location,) = {answer["Location"] for answer in ask_all(visitor, "GET", f"{mounted}{address}", 301)}
        assert location == f"/mount{address}/"


def test_a_redirect_out_of_the_script_prefix_is_a_path_without_a_view(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [CORS, f"{HERE}.leading"]
    visitor.client.defaults["root_path" if visitor.is_async else "SCRIPT_NAME"] = "/mount"
    routes(path("elsewhere/", strict))

    address = "/mount/nowhere/" if visitor.is_async else "/nowhere/"
    response = visitor.get(address, headers={"x-lead": "/elsewhere/"})
    assert response.status_code == 302
    assert response["Access-Control-Allow-Origin"] == "*"


def test_the_regex_of_the_settings_sees_the_path_behind_the_prefix(
    mounted: str, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_URLS_REGEX = r"^/api/"
    routes(path("api/", page), path("mount/api/", page), path("other/", page))

    assert wire(visitor.get(f"{mounted}/api/"))["Access-Control-Allow-Origin"] == "*"
    assert wire(visitor.get(f"{mounted}/mount/api/")) == {}
    assert wire(visitor.get(f"{mounted}/other/")) == {}


# Caches and conditions


PER_SITE = ["django.middleware.cache.UpdateCacheMiddleware", COMMON, "django.middleware.cache.FetchFromCacheMiddleware"]
CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"


@pytest.mark.parametrize("middleware", [PER_SITE, [CONDITIONAL, *PER_SITE], [*PER_SITE, CONDITIONAL]], ids=str)
@pytest.mark.parametrize("first", [SHOP, STRANGER, None])
def test_answers_of_the_site_cache_are_the_views(
    first: str | None,
    middleware: list[str],
    routes: Routes,
    visitor: Visitor,
    settings: SettingsWrapper,
    empty_cache: None,
) -> None:
    calls: list[str] = []

    @cors(STRICT)
    def counted(request: HttpRequest) -> HttpResponse:
        calls.append(request.method or "")
        return HttpResponse("counted", headers={"ETag": '"1"'})

    settings.MIDDLEWARE = [CORS, *middleware]
    routes(path("", counted), path("loose", cache_page(60)(page)))
    visitor.get("/loose", origin=first)  # what is kept for another page
    answer = visitor.get("/", origin=first)
    assert_meant(answer, first)

    ask_all(visitor, "GET", "/", 200)
    ask_all(visitor, "HEAD", "/", 200)
    ask_all(visitor, "GET", "/", 200)
    assert calls == ["GET"]


def etag(request: HttpRequest) -> str:
    return '"1"'


@condition(etag_func=etag)
def conditional(request: HttpRequest) -> HttpResponse:
    return HttpResponse("conditional")


@pytest.mark.parametrize("middleware", [[], [CONDITIONAL], [CONDITIONAL, *PER_SITE]], ids=str)
def test_304_and_412_are_the_views(
    middleware: list[str], routes: Routes, visitor: Visitor, settings: SettingsWrapper, empty_cache: None
) -> None:
    settings.MIDDLEWARE = [CORS, *middleware]
    routes(path("", cors(STRICT)(conditional)))

    for _ in range(2):
        ask_all(visitor, "GET", "/", 304, headers={"if-none-match": '"1"'})
        ask_all(visitor, "GET", "/", 200)
    ask_all(visitor, "PUT", "/", 412, headers={"if-match": '"2"'})


def test_a_304_of_the_views_own_keeps_none_of_its_own_headers(routes: Routes, visitor: Visitor) -> None:
    @cors(STRICT)
    def unmodified(request: HttpRequest) -> HttpResponse:
        response = HttpResponseNotModified()
        response["Access-Control-Allow-Origin"] = "*"
        return response

    routes(path("", unmodified))

    ask_all(visitor, "GET", "/", 304)


# Bodies of all kinds


BODIES: dict[str, Callable[[], Any]] = {
    "a stream": lambda: StreamingHttpResponse(iter([b"one ", b"two"])),
    "a file": lambda: FileResponse(io.BytesIO(b"bytes"), as_attachment=True, filename="report.csv"),
    "JSON": lambda: JsonResponse({}),
    "nothing": lambda: HttpResponse(status=204),
    "a part": lambda: HttpResponse(b"by", status=206, headers={"Content-Range": "bytes 0-1/5"}),
}


@pytest.mark.django_db  # closing an answer looks at connections
@named_rows("make", BODIES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume:Warning")  # a sync iterator is what files are
def test_bodies_of_all_kinds_are_the_views(method: str, make: Any, routes: Routes, visitor: Visitor) -> None:
    made = make()
    routes(path("", cors(STRICT)(lambda request: make())))
    made.close()

    for answer in ask_all(visitor, method, "/", made.status_code):
        assert answer.streaming is made.streaming
        answer.close()


# HEAD, suffixes, versions, names


class Things(CorsPolicyMixin, ViewSet):
    authentication_classes = ()
    renderer_classes = (JSONRenderer,)
    cors_policy = NO_CORS
    cors_action_policies = {"list": STRICT, "retrieve": FOR_PARTNER}

    def list(self, request: Any, **kwargs: Any) -> Response:
        return Response([])

    def create(self, request: Any, **kwargs: Any) -> Response:
        return Response({})

    def retrieve(self, request: Any, pk: str, **kwargs: Any) -> Response:
        return Response(pk)


def things(router: Any) -> list[Any]:
    router.register("things", Things, basename="things")
    return router.urls


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_head_before_any_get_is_the_actions(suffix: str, routes: Routes, visitor: Visitor) -> None:
    """`callback.actions` gains `head` only at the first GET; each test has a callback of its own."""
    routes(*things(DefaultRouter()))
    address = f"/things{suffix}" if suffix else "/things/"

    for method in ("HEAD", "GET", "HEAD"):
        ask_all(visitor, method, address, 200)
    for origin in (SHOP, STRANGER, PARTNER):
        answer = visitor.send("POST", address, origin=origin)
        assert answer.status_code == 200
        assert_meant(answer, origin, meant={"Access-Control-Allow-Origin": "closed"})
        answer = visitor.send("HEAD", f"/things/1{suffix or '/'}", origin=origin)
        assert answer.status_code == 200
        partners = {"Access-Control-Allow-Origin": PARTNER, "Access-Control-Expose-Headers": "x-site"}
        assert_meant(answer, origin, meant=partners)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_format_that_is_not_there_is_the_actions(method: str, routes: Routes, visitor: Visitor) -> None:
    routes(*things(DefaultRouter()))

    ask_all(visitor, method, "/things.xml", 404)


def versioned(versioning: Any) -> type:
    return type("Versioned", (Base,), {"versioning_class": versioning})


def test_versions_by_namespace_have_policies_of_their_own(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    view = versioned(NamespaceVersioning).as_view()
    settings.CORS_VIEW_POLICIES = {"v1:*": STRICT, "v2:thing": FOR_PARTNER, "v3:*": NO_CORS, "v3:inner:thing": STRICT}
    urls = [path("thing/", view, name="thing"), path("more/", view, name="more")]
    routes(
        path("v1/", include((urls, "v1"), namespace="v1")),
        path("v2/", include((urls, "v2"), namespace="v2")),
        path(
            "v3/", include(([*urls, path("inner/", include((urls, "inner"), namespace="inner"))], "v3"), namespace="v3")
        ),
        path("v4/", include((urls, "v4"), namespace="v4")),
    )
    admits = {
        "/v1/thing/": SHOP,
        "/v1/more/": SHOP,
        "/v2/thing/": PARTNER,
        "/v2/more/": SHOP,
        "/v3/thing/": "nobody",
        "/v3/inner/thing/": SHOP,
        "/v3/inner/more/": "nobody",
        "/v4/thing/": SHOP,
    }
    for address, admitted in [*admits.items(), *reversed(admits.items())]:
        for origin in (SHOP, PARTNER, STRANGER):
            answers = [visitor.get(address, origin=origin), visitor.preflight(address, origin=origin)]
            expected = admitted if admitted in ("*", origin) else None
            assert [answer.headers.get("Access-Control-Allow-Origin") for answer in answers] == [expected] * 2


def test_a_version_that_does_not_exist_is_the_views(routes: Routes, visitor: Visitor) -> None:
    class Exact(URLPathVersioning):
        allowed_versions = ("v1",)

    view = type("Exactly", (Base,), {"versioning_class": Exact, "get": lambda self, request, version: Response()})
    routes(path("<version>/", view.as_view()))

    ask_all(visitor, "GET", "/v1/", 200)
    ask_all(visitor, "GET", "/v9/", 404)


def test_one_class_on_several_routes_is_judged_by_each(routes: Routes, visitor: Visitor) -> None:
    shared = Base.as_view()
    routes(
        path("own", shared),
        path("again", shared),
        path("keyword", Base.as_view(cors_policy=FOR_PARTNER)),
        path("around", cors(FOR_PARTNER)(shared)),
        path("off", cors(NO_CORS)(shared)),
        path("keyword-off", Base.as_view(cors_policy=NO_CORS, http_method_names=["get"])),
        path("other-keyword", Base.as_view(throttle_classes=[])),
    )
    admits = {
        "/own": SHOP,
        "/keyword": PARTNER,
        "/again": SHOP,
        "/around": PARTNER,
        "/off": "nobody",
        "/other-keyword": SHOP,
        "/keyword-off": "nobody",
    }
    for address, admitted in [*admits.items(), *reversed(admits.items())]:
        for origin in (SHOP, PARTNER, STRANGER):
            answers = [visitor.get(address, origin=origin), visitor.preflight(address, origin=origin)]
            expected = origin if admitted == origin else None
            assert [answer.headers.get("Access-Control-Allow-Origin") for answer in answers] == [expected] * 2


def test_one_viewset_on_several_routes_is_judged_by_the_actions_of_each(routes: Routes, visitor: Visitor) -> None:
    routes(
        path("listed", Things.as_view({"get": "list"})),
        path("made", Things.as_view({"post": "list", "get": "create"})),
        path("off", Things.as_view({"get": "list"}, cors_policy=NO_CORS)),
        *things(SimpleRouter()),
    )

    ask_all(visitor, "GET", "/listed", 200)
    ask_all(visitor, "POST", "/made", 200)
    ask_all(visitor, "GET", "/things/", 200)
    assert set(wire(visitor.get("/made"))) == {"Vary"}
    # Said of the whole class from outside, while the action has its own: the action is stronger, NO_CORS is final.
    assert set(wire(visitor.get("/off"))) == {"Vary"}


# Tenants


TENANTS = {
    "shop.testserver": (path("page/", strict), path("loose/", page)),
    "partner.testserver": (path("page/", cors(FOR_PARTNER)(page)), path("loose/", cors(NO_CORS)(page))),
}


@below.changing
def choosing_tenant(request: HttpRequest) -> None:
    tenant = TENANTS.get(request.get_host())
    if tenant is not None:
        request.urlconf = tenant  # type: ignore[assignment]  # Django takes a tuple of patterns too


def test_tenants_by_host_have_their_own_policies(
    routes: Routes, visitor: Visitor, settings: SettingsWrapper, empty_cache: None
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.USE_X_FORWARDED_HOST = True  # the test clients send a host of their own
    settings.MIDDLEWARE = [f"{HERE}.choosing_tenant", CORS, *PER_SITE, f"{HERE}.answering"]
    routes(path("page/", page))
    admits = {
        ("shop.testserver", "/page/"): SHOP,
        ("partner.testserver", "/page/"): PARTNER,
        ("testserver", "/page/"): "*",
        ("shop.testserver", "/loose/"): "*",
        ("partner.testserver", "/loose/"): "nobody",
        ("testserver", "/loose/"): "*",  # a 404 of the site
        ("shop.testserver", "/page"): SHOP,  # a redirect
        ("partner.testserver", "/page"): PARTNER,
    }
    for (host, address), admitted in [*admits.items(), *reversed(admits.items())]:
        for origin in (SHOP, PARTNER, STRANGER):
            expected = admitted if admitted in ("*", origin) else None
            refusal = {"x-answer": "403"} if address.endswith("/") else {}
            for more in ({}, refusal):
                answer = visitor.get(address, origin=origin, headers={"x-forwarded-host": host, **more})
                assert answer.headers.get("Access-Control-Allow-Origin") == expected
            preflight = visitor.preflight(address, origin=origin, headers={"x-forwarded-host": host})
            assert preflight.headers.get("Access-Control-Allow-Origin") == expected


# Transactions


@pytest.mark.django_db(transaction=True)
def test_atomic_requests_hide_no_view(routes: Routes, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    class InTransaction(View):
        def get(self, request: HttpRequest) -> HttpResponse:
            assert connection.in_atomic_block
            if "fail" in request.GET:
                raise RuntimeError
            return HttpResponse()

    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    routes(path("class", cors(STRICT)(InTransaction.as_view())), path("function", strict))

    ask_all(visitor, "GET", "/class", 200)
    ask_all(visitor, "GET", "/class?fail", 500)
    ask_all(visitor, "GET", "/function", 200)


# Others that set headers of CORS


@below.changing
def answering_with_headers(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"access-control-allow-origin": "*", "Access-Control-Made-Up": "1"})


OwnHeaders = OtherCorsMiddleware


@named_rows(
    "others",
    {
        "django-cors-headers below": [f"{HERE}.OwnHeaders"],
        "and other middleware": [f"{HERE}.OwnHeaders", COMMON],
        "middleware with headers of its own": [f"{HERE}.answering_with_headers"],
    },
)
def test_headers_set_below_do_not_outlive_a_declared_policy(
    others: list[str], routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [CORS, *others]
    routes(path("", strict), path("closed", cors(NO_CORS)(page)))

    ask_all(visitor, "GET", "/", 200)
    assert set(wire(visitor.get("/closed"))) == {"Vary"}
    assert set(wire(visitor.preflight("/closed"))) == {"Vary"}


@pytest.mark.parametrize("code", [200, 302, 403, 500])
def test_headers_a_view_sets_on_any_answer_do_not_outlive_its_policy(
    code: int, routes: Routes, visitor: Visitor
) -> None:
    @cors(STRICT)
    def own(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=code, headers={"Access-Control-Allow-Origin": "*", "Access-Control-Max-Age": "9"})

    routes(path("", own))

    ask_all(visitor, "GET", "/", code)


@pytest.mark.parametrize("origin", [SHOP, None])
def test_an_ungoverned_view_is_left_alone_on_any_answer(
    origin: str | None, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.CORS_URLS_REGEX = r"^/api/"
    settings.MIDDLEWARE = [CORS, COMMON]
    own = {"Access-Control-Allow-Origin": "https://own.example", "Vary": "Cookie"}

    def answering_as_told(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=int(request.GET["code"]), headers=own)

    routes(path("page/", answering_as_told))

    for code in (200, 302, 404, 500):
        assert wire(visitor.get(f"/page/?code={code}", origin=origin)) == own
        asking = {"access-control-request-method": "PUT"}
        assert wire(visitor.send("OPTIONS", f"/page/?code={code}", origin=origin, headers=asking)) == own
    assert wire(visitor.get("/page?code=200", origin=origin)) == {}
    assert wire(visitor.get("/nowhere", origin=origin)) == {}


@pytest.mark.django_db  # closing an answer looks at connections
def test_files_of_the_static_view_are_the_views(routes: Routes, visitor: Visitor, tmp_path: Any) -> None:
    from django.views.static import serve

    (tmp_path / "a.txt").write_text("a")
    routes(re_path(r"^static/(?P<path>.*)$", cors(STRICT)(serve), {"document_root": tmp_path}))

    for answer in ask_all(visitor, "GET", "/static/a.txt", 200):
        answer.close()
    ask_all(visitor, "GET", "/static/b.txt", 404)
    ask_all(visitor, "GET", "/static/", 404)
    ask_all(visitor, "GET", "/static/../a.txt", 400)
    later = {"if-modified-since": "Fri, 31 Dec 2100 00:00:00 GMT"}
    ask_all(visitor, "GET", "/static/a.txt", 304, headers=later)


@pytest.mark.parametrize("origin", [SHOP, STRANGER, None])
def test_another_meta_made_below_breaks_no_answer(
    origin: str | None, routes: Routes, visitor: Visitor, settings: SettingsWrapper
) -> None:
    settings.MIDDLEWARE = [CORS, "tests.web.below.making_meta_anew"]
    settings.CORS_ALLOW_ALL_ORIGINS = False
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    settings.CORS_EXPOSE_HEADERS = []
    routes(path("", lambda request: HttpResponse("page")))

    answer = visitor.get("/", origin=origin)
    assert answer.status_code == 200
    assert wire(answer) == {"Vary": "origin"} | ({"Access-Control-Allow-Origin": SHOP} if origin == SHOP else {})
