"""Under DEBUG a header that scripts cannot read is logged: once for each view and header, with the right form."""

from __future__ import annotations

import gc
import io
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings as django_settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import ResolverMatch, path, re_path
from django.utils.deprecation import MiddlewareMixin
from django.views import View
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.urlpatterns import format_suffix_patterns
from rest_framework.viewsets import ViewSet

from drf_cors import INHERITED, NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors import resolver as resolvers
from drf_cors.unreadable import MAX_REPORTED, UnreadableLog
from tests.tables import named_rows
from tests.web.conftest import CORS_ONLY, SHOP, STRANGER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

#: The longest line: four quoted values of 120 characters, an edit, a command, and the words between them.
LONGEST = 4200


@pytest.fixture(autouse=True)
def site(settings: SettingsWrapper) -> None:
    settings.DEBUG = True
    settings.MIDDLEWARE = CORS_ONLY
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if hasattr(record, "header")]


def headers(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.header for record in lines(caplog)]  # type: ignore[attr-defined]


def sending(*names: str, status: int = 200) -> Callable[[HttpRequest], HttpResponse]:
    def orders(request: HttpRequest) -> HttpResponse:
        return HttpResponse("orders", status=status, headers=dict.fromkeys(names, "1"))

    orders.__qualname__ = "orders"
    return orders


def test_the_line_says_how_to_expose_the_header(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("orders/", sending("HX-Trigger", "X-Frame-Options")))
    visitor.get("/orders/")
    (record,) = lines(caplog)
    assert record.levelname == "WARNING"
    assert record.getMessage() == (
        "header-not-exposed: 'GET' '/orders/' sends HX-Trigger, which scripts of 'https://shop.example' cannot read: "
        "expose_headers does not list it (drf_cors.defaults). If they need it: put "
        "@cors(expose_headers=[INHERITED, 'HX-Trigger']) on orders. "
        "Explained by: python manage.py cors explain http://testserver/orders/ --received "
        "--origin https://shop.example --read HX-Trigger"
    )
    fields = {name: getattr(record, name) for name in ("reason", "origin", "path", "method", "view", "source")}
    assert fields == {
        "reason": "allowed",
        "origin": "'https://shop.example'",
        "path": "'/orders/'",
        "method": "'GET'",
        "view": "orders",
        "source": "drf_cors.defaults",
    }


def test_a_header_is_logged_once_for_each_view(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("a/", sending("ETag", "Link")), path("b/", sending("etag")))
    for _ in range(2):
        visitor.get("/a/")
        visitor.send("POST", "/a/")
        visitor.get("/b/")
    assert headers(caplog) == ["ETag", "Link", "etag"]


@pytest.mark.parametrize(
    ("origin", "sent"),
    [
        pytest.param(None, {}, id="no origin"),
        pytest.param(STRANGER, {}, id="an origin that is refused"),
        pytest.param("http://testserver", {}, id="the site's own origin"),
        pytest.param(SHOP, {"sec-fetch-site": "same-origin"}, id="the same origin, as the browser says"),
        pytest.param(SHOP, {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, id="a form of a page"),
        pytest.param(SHOP, {"sec-fetch-mode": "cors", "sec-fetch-dest": "image"}, id="an image"),
        pytest.param(SHOP, {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty"}, id="a beacon"),
    ],
)
def test_nothing_is_logged_where_no_script_of_an_allowed_origin_reads(
    visitor: Visitor,
    routes: Routes,
    caplog: pytest.LogCaptureFixture,
    origin: str | None,
    sent: dict[str, str],
) -> None:
    routes(path("orders/", sending("X-Total")))
    visitor.get("/orders/", origin=origin, headers=sent)
    assert headers(caplog) == []


def test_preflights_and_what_a_browser_follows_are_not_read(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    def moved(request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect("/elsewhere/", headers={"X-Total": "1"})

    routes(path("moved/", moved), path("choices/", sending("X-Choices", status=301)))
    visitor.preflight("/moved/", "PUT")
    visitor.get("/moved/")
    assert headers(caplog) == []
    visitor.get("/choices/")
    assert headers(caplog) == ["X-Choices"]


ANYBODY = {"allow_all_origins": True}

EXPOSED = [
    ("listed in another case", {"allowed_origins": [SHOP], "expose_headers": ["x-TOTAL"]}, []),
    ("listed for credentials", {"allowed_origins": [SHOP], "allow_credentials": True, "expose_headers": ["x-a"]}, 1),
    ("a star without credentials", {"allowed_origins": [SHOP], "expose_headers": ["*"]}, []),
    ("a star for anybody", {**ANYBODY, "expose_headers": ["*"]}, []),
    ("anybody", ANYBODY, 1),
    ("a callable", {"is_origin_allowed": lambda origin, request: True}, 1),
    ("nobody", {"allowed_origins": []}, []),
]


@pytest.mark.parametrize(("fields", "expected"), [row[1:] for row in EXPOSED], ids=[str(row[0]) for row in EXPOSED])
def test_the_policy_in_force_decides(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture, fields: dict[str, Any], expected: Any
) -> None:
    routes(path("orders/", cors(**fields)(sending("X-Total"))))
    visitor.get("/orders/")
    assert headers(caplog) == (["X-Total"] if expected else [])


def test_a_malformed_origin_under_a_policy_for_anybody_is_no_browser(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("orders/", cors(allow_all_origins=True)(sending("X-Total"))))
    visitor.get("/orders/", origin="https://a b")
    assert headers(caplog) == []
    visitor.get("/orders/", origin="null")
    assert headers(caplog) == ["X-Total"]


def test_a_url_under_no_policy_is_left_alone(
    visitor: Visitor, routes: Routes, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CORS_URLS_REGEX = "^/api/"
    routes(path("orders/", sending("X-Total", "Access-Control-Allow-Origin")))
    visitor.get("/orders/")
    assert headers(caplog) == []


def test_a_list_that_the_view_itself_exposes_counts_where_it_is_sent(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    def orders(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"X-Total": "1", "Access-Control-Expose-Headers": "x-total"})

    routes(path("kept/", orders), path("replaced/", cors(expose_headers=["x-a"])(orders)))
    visitor.get("/kept/")
    assert headers(caplog) == []
    visitor.get("/replaced/")
    assert headers(caplog) == ["X-Total"]


# Where the header comes from


async def async_chunks() -> AsyncIterator[bytes]:  # pragma: no cover - nobody reads the body
    yield b"one"


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse([b"one"], headers={"X-Stream": "1"})


async def async_stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(async_chunks(), headers={"X-Stream": "1"})


def download(request: HttpRequest) -> FileResponse:
    return FileResponse(io.BytesIO(b"one"), as_attachment=True, filename="orders.csv")


class Uploads(View):
    """A view with a HEAD handler of its own, as tus needs one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def head(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Upload-Offset": "3"})


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize(
    ("method", "view", "expected"),
    [
        pytest.param("GET", stream, ["X-Stream"], id="a stream"),
        pytest.param("GET", async_stream, ["X-Stream"], id="an async stream"),
        pytest.param("GET", download, ["Content-Disposition"], id="a file"),
        pytest.param("HEAD", Uploads.as_view(), ["Upload-Offset"], id="a HEAD handler"),
        pytest.param("GET", Uploads.as_view(), [], id="the GET handler beside it"),
        pytest.param("GET", sending("Retry-After", status=503), ["Retry-After"], id="an error"),
    ],
)
def test_every_kind_of_response_is_seen(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture, method: str, view: Any, expected: list[str]
) -> None:
    routes(path("orders/", view))
    visitor.send(method, "/orders/")
    assert headers(caplog) == expected


def tagging(get_response: Any) -> Any:
    """Middleware that adds a header, sync or async."""

    async def tag_async(request: HttpRequest) -> Any:
        response = await get_response(request)
        response.headers["X-Tag"] = "1"
        return response

    def tag(request: HttpRequest) -> Any:
        response = get_response(request)
        response.headers["X-Tag"] = "1"
        return response

    if iscoroutinefunction(get_response):
        markcoroutinefunction(tag_async)
        return tag_async
    return tag


tagging.async_capable = True  # type: ignore[attr-defined]

TAGGING = f"{__name__}.tagging"


class selecting(MiddlewareMixin):  # noqa: N801 - middleware is named like a function
    """Middleware that selects a URLconf."""

    def process_request(self, request: HttpRequest) -> None:
        request.urlconf = django_settings.ROOT_URLCONF  # type: ignore[attr-defined]  # pragma: no cover - it is only read


def test_middleware_below_is_seen_and_middleware_above_is_not(
    visitor: Visitor, routes: Routes, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("orders/", sending()))
    settings.MIDDLEWARE = [TAGGING, *CORS_ONLY]
    visitor.get("/orders/")
    assert headers(caplog) == []


def test_middleware_below_is_seen_where_there_is_no_view(
    visitor: Visitor, routes: Routes, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("orders/", sending()))
    settings.MIDDLEWARE = [*CORS_ONLY, TAGGING]
    visitor.get("/orders/")
    visitor.get("/nowhere/")
    assert headers(caplog) == ["X-Tag", "X-Tag"]
    assert "add 'X-Tag' to CORS_EXPOSE_HEADERS" in lines(caplog)[1].getMessage()


# The right form


@cors(allowed_origins=[SHOP])
def marked(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"X-Total": "1"})


@cors(allowed_origins=[SHOP], expose_headers=["x-a"])
@api_view(["GET"])
def exposing(request: HttpRequest) -> Response:
    return Response(headers={"X-Total": "1"})


@api_view(["GET"])
def unmarked(request: HttpRequest) -> Response:
    return Response(headers={"X-Total": "1"})


class Orders(CorsPolicyMixin, View):
    cors_policy = CorsPolicy(expose_headers=["x-a"])

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"X-Total": "1"})

    @cors(expose_headers=[INHERITED, "x-b"])
    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"X-Total": "1"})


class Inherited(Orders): ...


class OnlyDispatch(View):
    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return HttpResponse(headers={"X-Total": "1"})


class Items(ViewSet):
    permission_classes = ()

    def list(self, request: HttpRequest) -> Response:
        return Response(headers={"X-Total": "1"})

    @action(detail=False, cors_policy=CorsPolicy(expose_headers=["x-a"]))
    def top(self, request: HttpRequest) -> Response:
        return Response(headers={"X-Total": "1"})


class MappedItems(CorsPolicyMixin, Items):
    cors_action_policies = {"top": NO_CORS}


MAPPED_TOP = MappedItems.as_view({"get": "top"})


TO_LIST = "@cors(expose_headers=[INHERITED, 'X-Total'])"
IN_A_MAP = "CorsPolicy(expose_headers=[INHERITED, 'X-Total'])"
NAMED = "settings.CORS_POLICIES['partners'] (this changes every view that uses it)"

FORMS = [
    ("a function with a policy", "GET", marked, "write expose_headers=[INHERITED, 'X-Total'] in @cors on marked"),
    ("a function whose policy has a list", "GET", exposing, "add 'X-Total' to expose_headers in @cors on exposing"),
    ("a function without a policy", "GET", unmarked, f"put {TO_LIST} on unmarked"),
    (
        "a policy by name",
        "GET",
        cors("partners")(sending("X-Total")),
        f"write expose_headers=[INHERITED, 'X-Total'] in {NAMED}",
    ),
    ("a handler", "GET", Orders.as_view(), f"put {TO_LIST} on Orders.get"),
    ("a handler, by HEAD", "HEAD", Orders.as_view(), f"put {TO_LIST} on Orders.get"),
    ("a handler with a policy", "POST", Orders.as_view(), "add 'X-Total' to expose_headers in @cors on Orders.post"),
    (
        "an inherited handler",
        "GET",
        Inherited.as_view(),
        f"write a method Inherited.get that calls super(), and put {TO_LIST} on it",
    ),
    ("a class without handlers", "GET", OnlyDispatch.as_view(), f"put {TO_LIST} on OnlyDispatch"),
    (
        "an action",
        "GET",
        Items.as_view({"get": "list"}),
        f"write cors_action_policies = {{'list': {IN_A_MAP}}} in Items",
    ),
    (
        "an action with a policy",
        "GET",
        Items.as_view({"get": "top"}),
        "add 'X-Total' to expose_headers in @action(cors_policy=...) on Items.top",
    ),
    (
        "an action beside others",
        "GET",
        MappedItems.as_view({"get": "list"}),
        f"add 'list': {IN_A_MAP} to MappedItems.cors_action_policies",
    ),
]


@pytest.mark.parametrize(("method", "view", "expected"), [row[1:] for row in FORMS], ids=[str(row[0]) for row in FORMS])
def test_the_form_is_that_of_the_place(
    visitor: Visitor,
    routes: Routes,
    settings: SettingsWrapper,
    caplog: pytest.LogCaptureFixture,
    method: str,
    view: Any,
    expected: str,
) -> None:
    settings.CORS_POLICIES = {"partners": {"allowed_origins": [SHOP]}}
    routes(path("orders/", view), path("top/", Items.as_view({"get": "top"})), path("m/", MAPPED_TOP))
    visitor.send(method, "/orders/")
    (record,) = lines(caplog)
    assert f"If they need it: {expected}. Explained by: " in record.getMessage()


class Listed(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"X-Total": "1"})


class Plain(ViewSet):
    def list(self, request: HttpRequest) -> Response:
        return Response(headers={"X-Total": "1"})


plain = Plain.as_view({"get": "list"})
WRITE_PLAIN = "write cors_action_policies = {'list': CorsPolicy(expose_headers=[INHERITED, 'X-Total'])} in Plain"


@named_rows(
    "patterns, advice",
    {
        "a function on one route": (
            lambda view: [path("a/", view), path("b/", sending())],
            "put @cors(expose_headers=[INHERITED, 'X-Total']) on orders. ",
        ),
        "a function on two routes": (
            lambda view: [path("a/", view), path("b/", view)],
            "put cors(expose_headers=[INHERITED, 'X-Total'])(...) around orders in the URLconf, at this route. ",
        ),
        "a class on two routes": (
            lambda view: [path("a/", Listed.as_view()), path("b/", Listed.as_view())],
            (
                "put @cors(expose_headers=[INHERITED, 'X-Total']) on Listed.get "
                "(this changes GET of its other routes too). "
            ),
        ),
        "a viewset with format suffixes": (
            lambda view: [*format_suffix_patterns([path("a/", plain)]), path("c/", Listed.as_view())],
            f"{WRITE_PLAIN}. ",
        ),
        "a viewset with format suffixes in regular expressions": (
            lambda view: format_suffix_patterns([re_path("^a/$", plain)]),
            f"{WRITE_PLAIN}. ",
        ),
        "a viewset on two routes": (
            lambda view: [path("a/", plain), path("b/", Plain.as_view({"get": "list"}))],
            f"{WRITE_PLAIN} (this changes GET of its other routes too). ",
        ),
    },
)
def test_the_advice_changes_no_other_route_unless_it_says_so(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture, patterns: Any, advice: str
) -> None:
    routes(*patterns(sending("X-Total")))
    visitor.get("/a/")
    assert f"If they need it: {advice}" in next(
        record.getMessage()
        for record in lines(caplog)
        if record.header == "X-Total"  # type: ignore[attr-defined]
    )


def test_a_long_name_is_not_written_in_an_advice(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("a/", sending(500 * "X")))
    visitor.get("/a/")
    line, _, command = lines(caplog)[0].getMessage().partition(" Explained by: ")
    assert line.endswith("If they need it: send a shorter name.")
    assert 121 * "X" not in line
    assert command.endswith(500 * "X")


COMMANDS = [
    ("a path in quotes", "GET", "/a'b/", "X-Total", "/a%27b/ --received --origin https://shop.example --read X-Total"),
    (
        "a method",
        "PATCH",
        "/a/",
        "X-Total",
        "/a/ --received --origin https://shop.example --method PATCH --read X-Total",
    ),
    ("a name for a shell", "GET", "/a/", "X`$|", "/a/ --received --origin https://shop.example --read 'X`$|'"),
    ("a name like an option", "GET", "/a/", "-X", None),
    ("a path like a host", "GET", "//a/", "X-Total", "/%2Fa/ --received --origin https://shop.example --read X-Total"),
    ("a method that is not ASCII", "P\xdcT", "/a/", "X-Total", None),
    ("a long path", "GET", f"/{'a' * 1000}/", "X-Total", None),
]


@pytest.mark.parametrize(
    ("method", "url", "name", "expected"), [row[1:] for row in COMMANDS], ids=[row[0] for row in COMMANDS]
)
def test_the_command_can_be_pasted(
    caplog: pytest.LogCaptureFixture, routes: Routes, method: str, url: str, name: str, expected: str | None
) -> None:
    view = cors(allow_all_origins=True, allow_methods=["*"])(sending())
    request, response = HttpRequest(), HttpResponse(headers={name: "1"})
    request.path, request.resolver_match = url, ResolverMatch(view, (), {})
    request.META["HTTP_HOST"] = "not a host"
    routes(path("a/", view))
    policies = resolvers.current().for_match(request.resolver_match, True)
    UnreadableLog().look_at(request, response, policies, method, SHOP)
    _, _, command = lines(caplog)[0].getMessage().partition(". Explained by: python manage.py cors explain ")
    assert command == (expected or "")


def test_a_header_that_no_policy_exposes_needs_another_name(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("orders/", sending("Authorization")))
    visitor.get("/orders/")
    assert "If they need it: leave it out, or move it to allow_headers" in lines(caplog)[0].getMessage()


# Bounds


def test_without_debug_nothing_is_looked_at(
    visitor: Visitor, routes: Routes, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(UnreadableLog, "look_at", fails)
    settings.DEBUG = False
    routes(path("orders/", sending("X-Total")))
    assert visitor.get("/orders/").status_code == 200


def test_nothing_is_looked_at_where_nobody_reads_the_log(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("orders/", sending("X-Total")))
    with caplog.at_level(logging.ERROR, "drf_cors"):
        visitor.get("/orders/")
    visitor.get("/orders/")
    assert headers(caplog) == ["X-Total"]


def test_a_view_that_makes_up_names_is_reported_so_often_and_no_more(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    def orders(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={request.GET["name"]: "1"})

    routes(path("orders/", orders))
    for number in range(MAX_REPORTED + 5):
        visitor.get(f"/orders/?name=X-{number}")
    assert len(headers(caplog)) == MAX_REPORTED


def test_views_are_forgotten() -> None:
    log, request, response = UnreadableLog(), HttpRequest(), HttpResponse(headers={"X-Total": "1"})
    request.META["HTTP_HOST"] = "testserver"
    for _ in range(3):
        view = sending()
        request.resolver_match = ResolverMatch(view, (), {})
        log.look_at(request, response, resolvers.current().for_match(request.resolver_match, True), "GET", SHOP)
        assert len(log._reported._entries) == 1
        del view
        request.resolver_match = None
        gc.collect()
        assert len(log._reported._entries) == 0


class Slotted:
    """A callback that allows no weak references."""

    __slots__ = ("__name__",)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"X-Total": "1"})


def test_a_callback_without_weak_references_is_reported_once(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("orders/", Slotted()))
    for _ in range(2):
        visitor.get("/orders/")
    assert headers(caplog) == ["X-Total"]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=texts, method=st.text(st.characters(max_codepoint=255), max_size=300), name=texts)
@example(at="\u202e\n", method="GET", name="Gr\xf6\xdfe")
@example(at="a b';$(x)", method="x';y", name="a")
@example(at="\xff" * 300, method="\xff" * 300, name="\U0001f6d2" * 300)
def test_a_line_is_ascii_whatever_arrives(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture, at: str, method: str, name: str
) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"X-" + "T" * 300: "1"})

    view.__name__ = view.__qualname__ = name
    caplog.clear()
    routes(re_path(r"(?s)^.*$", cors(allow_all_origins=True, allow_methods=["*"])(view)))
    visitor.send(method, "/" + quote(at))
    for record in lines(caplog):
        assert record.getMessage().isascii()
        assert record.getMessage().isprintable()
        assert len(record.getMessage()) <= LONGEST
        assert len(record.header) <= 120  # type: ignore[attr-defined]
