"""Under DEBUG a response that browsers refuse because of cookies is logged: once for each view, with the right form."""

from __future__ import annotations

import io
import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views import View

from drf_cors import cors
from tests.tables import named_rows
from tests.web.conftest import CORS_ONLY, PARTNER, SHOP

if TYPE_CHECKING:
    import logging

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

SENT = {"cookie": "a=b", "sec-fetch-mode": "cors", "sec-fetch-site": "cross-site"}


def orders(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"X-Total": "1"})


class Orders(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@pytest.fixture(autouse=True)
def site(settings: SettingsWrapper) -> None:
    settings.DEBUG = True
    settings.MIDDLEWARE = CORS_ONLY
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.CORS_ALLOW_ALL_ORIGINS = True


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if getattr(record, "reason", "") == "credentials-not-allowed"]


@named_rows(
    "view, cause, advice",
    {
        "any origin": (
            orders,
            "the policy allows any origin, and browsers refuse '*' with credentials (settings.CORS_ALLOW_ALL_ORIGINS)",
            f"put @cors(allow_credentials=['{SHOP}']) on orders",
        ),
        "a method of a class": (
            Orders.as_view(),
            "the policy allows any origin, and browsers refuse '*' with credentials (settings.CORS_ALLOW_ALL_ORIGINS)",
            f"put @cors(allow_credentials=['{SHOP}']) on Orders.get",
        ),
        "a declaration without credentials": (
            cors(allowed_origins=[SHOP])(orders),
            "the policy does not allow credentials (cors(...) around orders)",
            f"write allow_credentials=['{SHOP}'] in cors(...) around orders",
        ),
        "a declaration with them for another origin": (
            cors(allow_all_origins=True, allow_credentials=[PARTNER])(orders),
            "the policy allows any origin, and browsers refuse '*' with credentials (cors(...) around orders)",
            f"add '{SHOP}' to allow_credentials in cors(...) around orders",
        ),
        "all headers exposed": (
            cors(allow_all_origins=True, expose_headers=["*", "x-a"])(orders),
            "the policy allows any origin, and browsers refuse '*' with credentials (cors(...) around orders)",
            f"write allow_credentials=['{SHOP}'], expose_headers=['x-a'] in cors(...) around orders",
        ),
    },
)
def test_the_line_has_the_cause_the_edit_and_the_command(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture, view: Any, cause: str, advice: str
) -> None:
    routes(path("orders/", view))
    for _ in range(2):
        visitor.get("/orders/", headers=SENT)
    (record,) = lines(caplog)
    assert len(caplog.records) == 1
    line, _, command = record.getMessage().partition(" Explained by: ")
    assert line == (
        f"credentials-not-allowed: 'GET' '/orders/' was sent with cookies by a script of '{SHOP}', which cannot read "
        f"the response: {cause}. If it needs them: {advice}. If not: fetch without credentials: 'include'."
    )
    written = io.StringIO()
    with pytest.raises(SystemExit):
        call_command(*shlex.split(command)[2:], "--format", "json", stdout=written)
    assert json.loads(written.getvalue())["findings"][0]["code"] == "credentials-not-allowed"


def test_the_edit_allows_the_origin_and_no_other(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(path("orders/", cors(allow_credentials=[SHOP])(orders)))
    response = visitor.get("/orders/", headers=SENT)
    assert response["Access-Control-Allow-Origin"] == SHOP
    assert response["Access-Control-Allow-Credentials"] == "true"
    assert lines(caplog) == []
    assert "Access-Control-Allow-Credentials" not in visitor.get("/orders/", origin=PARTNER)


@named_rows(
    "url, origin, sent, count",
    {
        "the same site": ("/orders/", SHOP, {"sec-fetch-site": "same-site"}, 1),
        "no cookie": ("/orders/", SHOP, {"cookie": ""}, 0),
        "an image": ("/orders/", SHOP, {"sec-fetch-mode": "no-cors"}, 0),
        "no mode": ("/orders/", SHOP, {"sec-fetch-mode": ""}, 0),
        "the same origin": ("/orders/", SHOP, {"sec-fetch-site": "same-origin"}, 0),
        "an address bar": ("/orders/", SHOP, {"sec-fetch-site": "none"}, 0),
        "no origin": ("/orders/", None, {}, 0),
        "an opaque origin": ("/orders/", "null", {}, 0),
        "no view": ("/nothing/", SHOP, {}, 0),
    },
)
def test_what_shows_that_credentials_are_included(
    visitor: Visitor,
    routes: Routes,
    caplog: pytest.LogCaptureFixture,
    url: str,
    origin: str | None,
    sent: dict[str, str],
    count: int,
) -> None:
    routes(path("orders/", orders))
    headers = {name: value for name, value in {**SENT, **sent}.items() if value}
    visitor.get(url, origin=origin, headers=headers)
    assert len(lines(caplog)) == count


def test_nothing_is_logged_without_debug(
    visitor: Visitor, routes: Routes, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DEBUG = False
    routes(path("orders/", orders))
    visitor.get("/orders/", headers=SENT)
    assert lines(caplog) == []


def test_a_command_that_would_be_too_long_is_left_out(
    visitor: Visitor, routes: Routes, caplog: pytest.LogCaptureFixture
) -> None:
    routes(re_path("^a+$", orders))
    visitor.get(f"/{'a' * 1000}", headers=SENT)
    assert "Explained by" not in lines(caplog)[0].getMessage()
