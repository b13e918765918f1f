"""`manage.py cors explain --run` runs the view; without it no status is shown for a view that was not run."""

from __future__ import annotations

import io
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.decorators import login_required
from django.core.management import CommandError
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import get_urlconf, path
from django.views import View
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from drf_cors import cors
from tests.projects.views import OURS
from tests.web.test_cors_explain import SHOP, ask

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper
    from rest_framework.response import Response

#: A response that is closed looks at the database connections of the process.
pytestmark = pytest.mark.django_db

for_shop = cors(allowed_origins=["https://shop.example"])

ran: list[str] = []


@for_shop
def plain(request: HttpRequest) -> HttpResponse:
    ran.append(request.method or "")
    return HttpResponse(headers={"HX-Trigger": "saved", "X-Frame-Options": "DENY", "ETag": '"1"'})


@for_shop
async def unhurried(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"HX-Trigger": "saved"}, status=201)


@for_shop
def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(itertools.repeat(b"data: 1\n\n"), headers={"Mcp-Session-Id": "1"})


@for_shop
def download(request: HttpRequest) -> FileResponse:
    return FileResponse(io.BytesIO(b"1"), as_attachment=True, filename="a.csv")


@for_shop
def token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"Authorization": "1", "X-Token": "1"})


@for_shop
def broken(request: HttpRequest) -> HttpResponse:
    raise LookupError("no orders")


@for_shop
def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


@for_shop
def late(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "late.html")


@for_shop
def moved(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect("/plain/")


@for_shop
def moved_away(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect("https://sso.example/authorize")


sso = login_required(plain, login_url="https://sso.example/login")


class Guarded(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Any) -> Response:
        raise NotImplementedError


class Tus(View):
    def head(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Upload-Offset": "1"})


def own(value: str, **more: str) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        headers = {name.replace("_", "-"): text for name, text in more.items()}
        return HttpResponse(headers={"Access-Control-Allow-Origin": value, **headers})

    view.__qualname__ = "own"
    return view


def exposing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"X-Total": "1", "Access-Control-Expose-Headers": "X-Total"})


def renamed(get_response: Any) -> Any:
    """Middleware with every hook that Django calls around a view."""

    class Renamed:
        def __call__(self, request: HttpRequest) -> Any:
            return get_response(request)

        async def process_template_response(self, request: HttpRequest, response: Any) -> Any:
            response.headers["X-Template"] = "1"
            response.content = b"rendered"
            return response

        def process_exception(self, request: HttpRequest, error: Exception) -> Any:
            return HttpResponse(status=409, headers={"X-Error": "1"})

    return Renamed()


class Site:
    """The URLs of the questions below."""

    urlpatterns = (
        path("plain/", plain),
        path("unhurried/", unhurried),
        path("stream/", stream),
        path("download/", download),
        path("token/", token),
        path("broken/", broken),
        path("missing/", missing),
        path("late/", late),
        path("moved/", moved),
        path("moved-away/", moved_away),
        path("login/", for_shop(login_required(plain))),
        path("sso/", for_shop(sso)),
        path("sso-user/", cors(allowed_origins=["https://shop.example"], allow_credentials=True)(sso)),
        path("guarded/", for_shop(Guarded.as_view())),
        path("tus/", for_shop(Tus.as_view())),
        path("own/", own("*")),
        path("own-and-policy/", for_shop(own("*", Access_Control_Allow_Credentials="true"))),
        path("own-and-same/", for_shop(own("https://shop.example"))),
        path("own-for-others/", own("https://other.example")),
        path("exposing/", exposing),
    )


@pytest.fixture(autouse=True)
def site(settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = [
        OURS,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ROOT_URLCONF = Site
    settings.LOGIN_URL = "/accounts/login/"
    settings.SESSION_COOKIE_SAMESITE = "None"
    settings.SESSION_COOKIE_SECURE = True
    ran.clear()


def facts(*arguments: str) -> tuple[int, list[tuple[str, str]], list[int | None]]:
    """Return the exit status, code and culprit of each finding, and the status of each request."""
    status, text = ask(*arguments, "--format", "json")
    found = json.loads(text)
    findings = [(one["code"], one["culprit"]) for one in found["findings"]]
    return status, findings, [request["status"] for request in found["requests"]]


NOT_RUN = [
    ("a GET", ["/plain/"], 0, [None]),
    ("a GET under no policy", ["/own/"], 1, [None]),
    ("a preflight that our middleware answers", ["/plain/", "--method", "PATCH"], 0, [200, None]),
    ("a preflight that reaches the view", ["/nowhere/", "--method", "PATCH"], 1, [200]),
    ("a path without a view", ["/nowhere/"], 1, [404]),
]


@pytest.mark.parametrize(
    ("arguments", "status", "statuses"), [row[1:] for row in NOT_RUN], ids=[str(row[0]) for row in NOT_RUN]
)
def test_no_status_is_shown_for_a_view_that_was_not_run(
    arguments: list[str], status: int, statuses: list[int | None]
) -> None:
    found = facts(*arguments, *SHOP)
    assert (found[0], found[2]) == (status, statuses)
    text = ask(*arguments, *SHOP)[1]
    assert text.count("response: the view was not run") == statuses.count(None)
    assert ran == []


def test_the_report_says_how_to_run_the_view() -> None:
    text = ask("/plain/", *SHOP)[1]
    assert "The view was not run. So its status, its redirects and its headers are not known. With --run it is" in text
    text = ask("/plain/", *SHOP, "--method", "POST")[1]
    assert "A test with drf_cors.testing.Browser runs it; --run is for GET, HEAD and OPTIONS." in text
    assert "The view was not run" not in ask("/plain/", *SHOP, "--run")[1]


def test_only_safe_methods_are_run() -> None:
    with pytest.raises(CommandError, match="DELETE may change something") as raised:
        ask("/plain/", *SHOP, "--run", "--method", "delete")
    assert raised.value.returncode == 2
    assert ran == []


RUN = [
    ("a view", ["/plain/"], [("header-unreadable", "HX-Trigger, ETag")], [200]),
    ("an async view", ["/unhurried/"], [("header-unreadable", "HX-Trigger")], [201]),
    ("a stream without an end", ["/stream/"], [("header-unreadable", "Mcp-Session-Id")], [200]),
    (
        "a header that no policy exposes",
        ["/token/"],
        [("header-unreadable", "X-Token"), ("header-unreadable", "Authorization")],
        [200],
    ),
    ("a file", ["/download/"], [("header-unreadable", "Content-Disposition")], [200]),
    ("a HEAD handler", ["/tus/", "--method", "HEAD"], [("header-unreadable", "Upload-Offset")], [200]),
    (
        "a redirect",
        ["/moved/"],
        [("redirect-elsewhere", ""), ("header-unreadable", "HX-Trigger, ETag")],
        [302, 200],
    ),
    ("an error", ["/broken/"], [("view-failed", "")], [500]),
    ("a missing object", ["/missing/"], [], [404]),
    ("a refused user", ["/guarded/"], [], [403]),
    (
        "a header that is asked for",
        ["/plain/", "--read", "etag"],
        [("header-not-exposed", "etag"), ("header-unreadable", "HX-Trigger")],
        [200],
    ),
]


@pytest.mark.parametrize(
    ("arguments", "findings", "statuses"), [row[1:] for row in RUN], ids=[str(row[0]) for row in RUN]
)
def test_a_view_that_is_run(arguments: list[str], findings: list[tuple[str, str]], statuses: list[int]) -> None:
    status, found, shown = facts(*arguments, *SHOP, "--run")
    assert (found, shown) == (findings, statuses)
    assert status == int("--read" in arguments)
    assert get_urlconf() is None


def test_the_advice_exposes_what_was_seen() -> None:
    lines = ask("/plain/", *SHOP, "--run")[1].splitlines()
    assert lines[0] == (
        "Allowed, but: The response has the headers HX-Trigger, ETag, and the script cannot read them: expose_headers "
        "does not list them. [header-unreadable: HX-Trigger, ETag]"
    )
    assert lines[1].startswith(
        "Next: If the script needs them, make this edit. "
        "Put cors(expose_headers=[INHERITED, 'HX-Trigger', 'ETag'])(...) around plain in the URLconf"
    )


def test_what_a_view_raises_is_named() -> None:
    lines = ask("/broken/", *SHOP, "--run")[1].splitlines()
    assert lines[0].startswith("Allowed, but: broken raises LookupError: no orders; the response has status 500.")


@pytest.mark.parametrize(
    ("url", "name", "status"),
    [
        pytest.param("/broken/", "X-Error", 409, id="process_exception"),
        pytest.param("/late/", "X-Template", 200, id="process_template_response"),
    ],
)
def test_the_hooks_of_middleware_run(settings: SettingsWrapper, url: str, name: str, status: int) -> None:
    settings.MIDDLEWARE = [OURS, f"{__name__}.renamed"]
    assert facts(url, *SHOP, "--run") == (0, [("header-unreadable", name)], [status])


# Logins

LOGINS = [
    ("at another origin", ["/sso/"], 1, "login-elsewhere", "plain answers with a redirect to sso.example, another"),
    ("at the same origin", ["/login/"], 1, "stopped-before-view", "plain answers with 302 in place of the view"),
    ("with credentials", ["/sso-user/", "--credentials"], 0, "login-elsewhere", "plain answers with a redirect to"),
    ("a redirect that is no login", ["/moved-away/"], 1, "redirect-elsewhere", "browsers send 'Origin: null'"),
]


@pytest.mark.parametrize(
    ("arguments", "status", "code", "says"), [row[1:] for row in LOGINS], ids=[str(row[0]) for row in LOGINS]
)
def test_a_login_that_answers_in_place_of_the_view(arguments: list[str], status: int, code: str, says: str) -> None:
    found = facts(*arguments, *SHOP, "--run")
    assert (found[0], found[1][0][0]) == (status, code)
    assert says in ask(*arguments, *SHOP, "--run")[1]


@pytest.mark.parametrize(
    ("more", "status", "title"),
    [([], 1, "Blocked: "), (["--credentials"], 0, "Allowed, but: ")],
    ids=["anonymous", "user"],
)
def test_the_gate_of_django_leads_to_another_origin(
    settings: SettingsWrapper, more: list[str], status: int, title: str
) -> None:
    settings.MIDDLEWARE += ["django.contrib.auth.middleware.LoginRequiredMiddleware"]
    settings.LOGIN_URL = "https://sso.example/login"
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    settings.CORS_ALLOW_CREDENTIALS = True
    found, text = ask("/exposing/", *SHOP, *more)
    assert found == status
    assert text.startswith(
        f"{title}django.contrib.auth.middleware.LoginRequiredMiddleware, MIDDLEWARE[3], answers with a redirect to "
        "sso.example, another origin, in place of the view. Following it, browsers send 'Origin: null', which "
        "sso.example has to allow; the dry run is not logged in. [login-elsewhere]\n"
        "Next: Log in first, and answer requests of scripts with 401, not with a redirect."
    )


# CORS headers of the view's own


def test_headers_of_the_view_that_no_policy_sends() -> None:
    status, text = ask("/own/", *SHOP, "--run")
    assert status == 0
    assert text.startswith(
        "Allowed, but: own sets access-control-allow-origin: '*' itself, and no policy does. [view-sets-headers]\n"
        "Next: Take it out of own, and declare the policy. "
        "Put cors(allowed_origins=['https://shop.example'])(...) around own in the URLconf"
    )


def test_headers_of_the_view_that_the_policy_replaces() -> None:
    status, text = ask("/own-and-policy/", *SHOP, "--run")
    assert status == 0
    assert text.startswith(
        "Allowed, but: own sets access-control-allow-origin: '*', access-control-allow-credentials: 'true' itself; "
        "CorsMiddleware replaces or removes this. [view-sets-headers]\n"
        "Next: Take it out of own: the policy decides.\n"
    )


OWN = [
    ("the same header as the policy's", "/own-and-same/", (0, [], [200])),
    ("a header for another origin", "/own-for-others/", (1, [("view-undeclared", "")], [200])),
]


@pytest.mark.parametrize(("url", "expected"), [row[1:] for row in OWN], ids=[row[0] for row in OWN])
def test_other_headers_of_the_view(url: str, expected: Any) -> None:
    assert facts(url, *SHOP, "--run") == expected


def test_a_global_list_that_replaces_that_of_the_view(settings: SettingsWrapper) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    assert facts("/exposing/", *SHOP, "--run") == (0, [], [200])
    settings.CORS_EXPOSE_HEADERS = ["x-a"]
    status, text = ask("/exposing/", *SHOP, "--run")
    assert status == 0
    assert text.startswith(
        "Allowed, but: exposing exposes x-total by a header of its own, and settings.CORS_EXPOSE_HEADERS replaces that "
        "header. [expose-replaced: x-total]\n"
        "Next: Put @cors(expose_headers=[INHERITED, 'x-total']) on exposing"
    )
    assert "Also:" not in text


def test_without_an_origin_nothing_is_read() -> None:
    assert facts("/plain/", "--run") == (1, [("no-origin", "")], [200])


def test_the_page_of_the_site_itself_reads_all() -> None:
    found = facts("https://testserver/own/", "--origin", "https://testserver", "--run")
    assert found == (0, [("same-origin", "")], [200])
