"""`manage.py cors list`: every endpoint, in a table for people and in JSON for programs."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import include, path
from rest_framework import viewsets
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors

if TYPE_CHECKING:
    from tests.web.conftest import Routes

SHOP = "https://shop.example"


class Orders(CorsPolicyMixin, viewsets.ViewSet):
    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_credentials=True)
    cors_action_policies = {"destroy": NO_CORS}

    def list(self, request: Any) -> None: ...

    def create(self, request: Any) -> None: ...

    def destroy(self, request: Any, pk: str) -> None: ...


class Many(APIView):
    http_method_names = ("get", "post", "purge", "options")

    @cors(
        allowed_origins=[SHOP, "https://*.example.com"],
        allowed_origin_regexes=["https://x"],
        allow_credentials=[SHOP],
    )
    def get(self, request: Any) -> None: ...

    @cors(allow_all_origins=True, allow_methods=["GET"])
    def post(self, request: Any) -> None: ...

    @cors(is_origin_allowed=lambda origin, request: True)
    def purge(self, request: Any) -> None: ...


def plain(request: Any) -> None: ...


@pytest.fixture(autouse=True)
def site(routes: Routes, settings: Any) -> None:
    settings.CORS_URLS_REGEX = "^/api/"
    router = DefaultRouter()
    router.include_root_view = False
    router.register("orders", Orders, "orders")
    routes(
        path("api/", include(router.urls)),
        path("api/many/", Many.as_view()),
        path("api/plain/", plain),
        path("api/<path:rest>", plain),
        path("api/late/", cors(NO_CORS)(plain)),
        path("web/", plain),
        path("badge/", cors(allow_all_origins=True)(plain)),
    )


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("cors", *arguments, stdout=out, **options)
    return out.getvalue()


TABLE = """\
HTTP    Path and view      Who may call, and where it says so
------  -----------------  --------------------------------------
GET     /api/orders/       https://shop.example, credentials
        Orders.list        Orders.cors_policy
POST    /api/orders/       https://shop.example, credentials
        Orders.create      Orders.cors_policy
DELETE  /api/orders/<pk>/  nobody
        Orders.destroy     Orders.cors_action_policies['destroy']
GET     /api/many/         2 origins, by regular expression,
        Many                 credentials from 1
                           @cors on Many.get
POST    /api/many/         nobody: POST is not in allow_methods
        Many               @cors on Many.post
PURGE   /api/many/         nobody: PURGE is not in
        Many                 allow_methods
                           @cors on Many.purge
*       /api/plain/        nobody
        plain              drf_cors.defaults
*       /api/<rest>        nobody
        plain              drf_cors.defaults
*       /api/late/         never reached: another route is
        plain                first
*       /web/              under no policy
        plain
*       /badge/            any origin
        plain              cors(...) around plain
"""


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_table() -> None:
    assert lines(run("list")) == lines(TABLE)


def test_dynamic_policy_is_decided_per_request(routes: Routes) -> None:
    routes(path("api/asked/", cors(is_origin_allowed=lambda origin, request: True)(plain)))
    assert "decided per request" in run("list")


def test_json() -> None:
    rows = json.loads(run("list", "--format", "json"))
    assert [(row["method"], row["path"]) for row in rows][:4] == [
        ("GET", "/api/orders/"),
        ("POST", "/api/orders/"),
        ("GET", "/api/orders.<format>"),
        ("POST", "/api/orders.<format>"),
    ]
    assert rows[0] == {
        "path": "/api/orders/",
        "method": "GET",
        "view": "Orders",
        "action": "list",
        "policy": {
            "enabled": True,
            "allowOrigins": [SHOP],
            "allowOriginPatterns": [],
            "allowOriginRegexes": [],
            "allowCredentials": True,
            "credentialedOrigins": [],
            "allowMethods": ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"],
            "allowHeaders": [
                "accept",
                "authorization",
                "content-type",
                "user-agent",
                "x-csrftoken",
                "x-requested-with",
            ],
            "exposeHeaders": [],
            "maxAge": 86400,
            "dynamic": False,
        },
        "sources": {
            "allowOrigins": "Orders.cors_policy",
            "allowCredentials": "Orders.cors_policy",
            "allowMethods": "drf_cors.defaults",
            "allowHeaders": "drf_cors.defaults",
            "exposeHeaders": "drf_cors.defaults",
            "maxAge": "drf_cors.defaults",
        },
    }
    assert rows[-1]["method"] == "*"
    assert rows[-1]["action"] is None


def test_urlconf() -> None:
    assert json.loads(run("list", "--urlconf", "tests.urls", "--format", "json")) == []


@pytest.mark.parametrize("arguments", [(), ("lst",), ("list", "--format", "yaml")])
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


def test_help_names_the_subcommands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    assert "List every endpoint with the policy of each method." in capsys.readouterr().out
