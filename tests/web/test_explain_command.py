"""The log line of a refusal under DEBUG: the source, and a command to paste that explains the same refusal."""

from __future__ import annotations

import io
import json
import logging
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path, re_path
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drf_cors import cors
from drf_cors.explain_command import MAX_COMMAND, explain_command
from tests.web.conftest import CORS_ONLY, SHOP, STRANGER

if TYPE_CHECKING:
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
            f"/orders/ --origin {STRANGER}",
            "origin-not-allowed",
            id="an origin",
        ),
        pytest.param(
            "GET",
            "/plain/?page=2",
            {"origin": STRANGER, "cookie": "sessionid=secret"},
            f"origin-not-allowed: 'GET' '/plain/' from origin '{STRANGER}', by settings.CORS_ALLOWED_ORIGINS",
            f"/plain/ --origin {STRANGER} --credentials",
            "origin-not-allowed",
            id="cookies and a query",
        ),
        pytest.param(
            "DELETE",
            "/orders/",
            {"origin": SHOP},
            f"method-not-allowed: 'DELETE' '/orders/' from origin '{SHOP}', because of 'DELETE', by @cors on orders",
            f"/orders/ --origin {SHOP} --method DELETE",
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
            f"/orders/ --origin {SHOP} --method PUT --header content-type --header x-key",
            "header-not-allowed",
            id="headers of a preflight",
        ),
        pytest.param(
            "GET",
            "/orders/'%20%22",
            {"origin": "https://shop.example/"},
            r"""origin-malformed: 'GET' '/orders/\' "' from origin 'https://shop.example/', """
            "by @cors on orders",
            "/orders/%27%20%22 --origin https://shop.example/",
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


def test_a_path_that_begins_with_two_slashes_names_no_host(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(re_path("^.*$", orders))
    visitor.get("/%2Fevil.example/", origin=STRANGER)
    assert logged_line(caplog)[1].endswith(f"explain /%2Fevil.example/ --origin {STRANGER}")


@pytest.mark.parametrize(
    ("host", "url"), [("testserver", "http://testserver/orders/"), ("a'b", """'http://a'"'"'b/orders/'""")]
)
def test_the_host_is_named_where_it_selects_the_urlconf(host: str, url: str) -> None:
    request = RequestFactory().get("/orders/", headers={"host": host})
    request.urlconf = "tests.web.tenant_urls"  # type: ignore[attr-defined]
    assert explain_command(request, SHOP, "GET") == f"python manage.py cors explain {url} --origin {SHOP}"


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
