"""The log line of a refusal under DEBUG: the source, and a command to paste that explains the same refusal."""

from __future__ import annotations

import io
import json
import logging
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path, re_path
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drf_cors import cors
from drf_cors.explain_command import MAX_COMMAND, explain_command
from tests.tables import named_rows
from tests.web.conftest import CORS_ONLY, SHOP, STRANGER

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

MARK = ". Explained by: "


@cors(allowed_origins=[SHOP], allow_methods=["GET", "PUT"], allow_headers=["content-type"])
def orders(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@pytest.fixture(autouse=True)
def site(settings: SettingsWrapper, routes: Routes, caplog: pytest.LogCaptureFixture) -> None:
    settings.DEBUG = True
    settings.MIDDLEWARE = CORS_ONLY
    settings.ALLOWED_HOSTS = ["testserver"]
    routes(re_path(r"(?s)^orders/.*$", orders), path("plain/", lambda request: HttpResponse()))
    caplog.set_level(logging.INFO, "drf_cors")


def logged_line(caplog: pytest.LogCaptureFixture) -> tuple[str, str]:
    """Return the log line before the command, and the command."""
    (record,) = (record for record in caplog.records if record.name == "drf_cors")
    line, _, command = record.getMessage().partition(MARK)
    return line, command


def explained(command: str) -> dict[str, Any]:
    """Run the command as it would be pasted, and return what it explains."""
    program, manage, *arguments = shlex.split(command)
    assert (program, manage) == ("python", "manage.py")
    written = io.StringIO()
    with pytest.raises(SystemExit):
        call_command(*arguments, "--format", "json", stdout=written)
    found: dict[str, Any] = json.loads(written.getvalue())
    return found


@pytest.mark.parametrize(
    ("method", "url", "headers", "line", "command", "reason"),
    [
        pytest.param(
            "GET",
            "/orders/",
            {"origin": STRANGER},
            f"origin-not-allowed: 'GET' '/orders/' from origin '{STRANGER}', by @cors on orders",
            f"http://testserver/orders/ --received --origin {STRANGER}",
            "origin-not-allowed",
            id="an origin",
        ),
        pytest.param(
            "GET",
            "/plain/?page=2",
            {"origin": STRANGER, "cookie": "sessionid=secret"},
            f"origin-not-allowed: 'GET' '/plain/' from origin '{STRANGER}', by settings.CORS_ALLOWED_ORIGINS",
            f"http://testserver/plain/ --received --origin {STRANGER} --credentials",
            "origin-not-allowed",
            id="cookies and a query",
        ),
        pytest.param(
            "DELETE",
            "/orders/",
            {"origin": SHOP},
            f"method-not-allowed: 'DELETE' '/orders/' from origin '{SHOP}', because of 'DELETE', by @cors on orders",
            f"http://testserver/orders/ --received --origin {SHOP} --method DELETE",
            "method-not-allowed",
            id="a method",
        ),
        pytest.param(
            "OPTIONS",
            "/orders/",
            {
                "origin": SHOP,
                "access-control-request-method": "PUT",
                "access-control-request-headers": "content-type,x-key",
            },
            f"header-not-allowed: 'PUT' '/orders/' from origin '{SHOP}', because of 'x-key', by @cors on orders",
            f"http://testserver/orders/ --received --origin {SHOP} --method PUT --header content-type --header x-key",
            "header-not-allowed",
            id="headers of a preflight",
        ),
        pytest.param(
            "GET",
            "/orders/'%20%22",
            {"origin": "https://shop.example/"},
            r"""origin-malformed: 'GET' '/orders/\' "' from origin 'https://shop.example/', """
            "by @cors on orders",
            "http://testserver/orders/%27%20%22 --received --origin https://shop.example/",
            "origin-malformed",
            id="a path of any characters",
        ),
    ],
)
def test_the_line_ends_with_a_command_that_explains_it(
    visitor: Visitor,
    settings: SettingsWrapper,
    caplog: pytest.LogCaptureFixture,
    method: str,
    url: str,
    headers: dict[str, str],
    line: str,
    command: str,
    reason: str,
) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    visitor.send(method, url, origin=None, headers=headers)
    assert logged_line(caplog) == (line, f"python manage.py cors explain {command}")
    assert reason in json.dumps(explained(logged_line(caplog)[1]))


@pytest.mark.parametrize(
    ("method", "url", "headers"),
    [
        pytest.param("GET", "/orders/", {"origin": "https://sh\xf6p.example"}, id="an origin that is not ASCII"),
        pytest.param("GET", "/orders/", {"origin": "--version"}, id="an origin that looks like an option"),
        pytest.param("GET", "/orders/" + "a" * MAX_COMMAND, {"origin": STRANGER}, id="a long path"),
        pytest.param(
            "OPTIONS",
            "/orders/",
            {"origin": SHOP, "access-control-request-method": "-X"},
            id="a method that looks like an option",
        ),
    ],
)
def test_no_command_is_logged_that_is_not_safe_to_paste(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, method: str, url: str, headers: dict[str, str]
) -> None:
    visitor.send(method, url, origin=None, headers=headers)
    line, command = logged_line(caplog)
    assert line.endswith(", by @cors on orders")
    assert command == ""


def test_nothing_is_added_without_debug(
    visitor: Visitor, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DEBUG = False
    visitor.get("/orders/", origin=STRANGER)
    (record,) = caplog.records
    assert record.getMessage() == f"origin-not-allowed: 'GET' '/orders/' from origin '{STRANGER}'"


@named_rows(
    "host, url", {"valid": ("testserver", "http://testserver//evil.example/"), "no": ("!", "/%2Fevil.example/")}
)
def test_a_path_that_begins_with_two_slashes_names_no_host(
    visitor: Visitor,
    routes: Routes,
    settings: SettingsWrapper,
    caplog: pytest.LogCaptureFixture,
    host: str,
    url: str,
) -> None:
    routes(re_path("^.*$", orders))
    settings.USE_X_FORWARDED_HOST = True
    visitor.get("/%2Fevil.example/", origin=STRANGER, headers={"x-forwarded-host": host})
    assert logged_line(caplog)[1].endswith(f"explain {url} --received --origin {STRANGER}")


@named_rows(
    "host, url",
    {
        "a name": ("testserver", "http://testserver/orders/"),
        "a port": ("testserver:8000", "http://testserver:8000/orders/"),
        "not allowed": ("evil.example", "/orders/"),
        "no host": ("a'b$(id)", "/orders/"),
        "a port that no URL has": ("testserver:99999", "/orders/"),
    },
)
def test_a_valid_host_is_named(host: str, url: str) -> None:
    request = RequestFactory().get("/orders/", headers={"host": host})
    assert (
        explain_command(request, SHOP, "GET", credentials=False)
        == f"python manage.py cors explain {url} --received --origin {SHOP}"
    )


def by_host(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that selects the URLconf by the host, as `django-hosts` does."""

    def select(request: HttpRequest) -> HttpResponse:
        urlconfs = {"tenant.example": "tests.web.tenant_urls"}
        request.urlconf = urlconfs.get(request.get_host())  # type: ignore[attr-defined]
        return get_response(request)

    return sync_and_async_middleware_of(get_response, select)


def sync_and_async_middleware_of(get_response: Any, select: Any) -> Any:
    if not iscoroutinefunction(get_response):
        return select

    async def select_async(request: HttpRequest) -> Any:
        return await select(request)

    return markcoroutinefunction(select_async)


by_host.sync_capable = by_host.async_capable = True  # type: ignore[attr-defined]

CREDENTIALED = {"allowed_origins": [SHOP], "allow_credentials": True}


@cors(**CREDENTIALED)
def counted(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"X-Total": "1"})


@named_rows(
    "project, method, url, headers, reason",
    [
        (
            "a new project, with page and API on two ports",
            {"ALLOWED_HOSTS": []},
            "GET",
            "/orders/",
            {"origin": "http://localhost", "x-forwarded-host": "localhost:8000"},
            "origin-not-allowed",
        ),
        (
            "a proxy that ends TLS, of which Django does not know",
            {"ALLOWED_HOSTS": ["stranger.example"]},
            "GET",
            "/orders/",
            {"origin": STRANGER, "x-forwarded-host": "stranger.example"},
            "origin-not-allowed",
        ),
        (
            "a proxy that ends TLS, of which Django knows",
            {"ALLOWED_HOSTS": ["api.example"], "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")},
            "GET",
            "/orders/",
            {"origin": "http://api.example", "x-forwarded-host": "api.example", "x-forwarded-proto": "https"},
            "origin-not-allowed",
        ),
        (
            "a URLconf chosen by host",
            {"ALLOWED_HOSTS": ["first.example", "tenant.example"], "MIDDLEWARE": [f"{__name__}.by_host", *CORS_ONLY]},
            "GET",
            "/page",
            {"origin": SHOP, "x-forwarded-host": "tenant.example"},
            "origin-not-allowed",
        ),
        (
            "a public page on https, and a local API on http",
            {"ALLOWED_HOSTS": ["192.168.1.5"]},
            "GET",
            "/orders/",
            {"origin": STRANGER, "x-forwarded-host": "192.168.1.5"},
            "origin-not-allowed",
        ),
        (
            "a file of staticfiles that reached Django",
            {"INSTALLED_APPS": ["drf_cors", "django.contrib.staticfiles"], "STATIC_URL": "/orders/"},
            "GET",
            "/orders/",
            {"origin": STRANGER},
            "origin-not-allowed",
        ),
        (
            "cookies, and a method that is refused",
            {},
            "DELETE",
            "/orders/",
            {"origin": SHOP, "cookie": "a=b"},
            "method-not-allowed",
        ),
        ("cookies that arrived", {}, "GET", "/counted/", {"origin": SHOP, "cookie": "a=b"}, "header-not-exposed"),
        (
            "cookies that arrived, and CSRF protection",
            {"MIDDLEWARE": [*CORS_ONLY, "django.middleware.csrf.CsrfViewMiddleware"]},
            "POST",
            "/counted/",
            {"origin": SHOP, "cookie": "a=b"},
            "header-not-exposed",
        ),
        (
            "cookies without credentials in the policy",
            {"CORS_ALLOWED_ORIGINS": [SHOP]},
            "GET",
            "/total/",
            {"origin": SHOP, "cookie": "a=b"},
            "header-not-exposed",
        ),
    ],
)
def test_the_first_line_of_the_explanation_has_the_reason_that_is_logged(
    visitor: Visitor,
    settings: SettingsWrapper,
    routes: Routes,
    caplog: pytest.LogCaptureFixture,
    project: dict[str, Any],
    method: str,
    url: str,
    headers: dict[str, str],
    reason: str,
) -> None:
    def total(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"X-Total": "1"})

    routes(
        path("orders/", orders),
        path("plain/", lambda request: HttpResponse()),
        path("counted/", counted),
        path("total/", total),
    )
    settings.USE_X_FORWARDED_HOST = True  # async test clients send two lines of Host
    for name, value in project.items():
        setattr(settings, name, value)
    visitor.send(method, url, origin=None, headers=headers)
    (record,) = (record for record in caplog.records if record.name == "drf_cors")
    line, _, command = record.getMessage().partition(" Explained by: ")
    assert line.startswith(f"{reason}: ")
    assert explained(command)["findings"][0]["code"] == reason


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    origin=st.text(st.characters(max_codepoint=255), max_size=60),
    method=st.text(st.characters(max_codepoint=255), max_size=20),
    asked=st.text(st.characters(max_codepoint=255), max_size=60),
)
@example(at="$(id);`id`", origin="https://$(id).example", method="'; id #", asked="x-a;$(id),\n")
def test_what_is_pasted_is_data_whatever_arrives(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, at: str, origin: str, method: str, asked: str
) -> None:
    caplog.clear()
    visitor.preflight(f"/orders/{quote(at)}", method, asks=asked, origin=origin)
    for record in caplog.records:
        text = record.getMessage()
        assert text.isascii()
        assert text.isprintable()
        command = text.partition(MARK)[2]
        words = shlex.split(command)
        if command:
            assert words[:4] == ["python", "manage.py", "cors", "explain"]
            assert words[words.index("--origin") + 1] == origin
            assert shlex.join(words) == command
