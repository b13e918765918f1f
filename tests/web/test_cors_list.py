"""`manage.py cors list`: every endpoint, in a table for people and in JSON for programs."""

from __future__ import annotations

import csv
import itertools
import json
import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import include, path
from django.views import View
from rest_framework import viewsets
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors, endpoint_list
from drf_cors.conf import DEFAULTS
from drf_cors.core.merge import Layer, merge
from drf_cors.core.sources import Source
from drf_cors.core.url_policies import UrlPolicies
from drf_cors.explain.preflight_caching import cache_conflict
from drf_cors.management import folding, listing, table
from drf_cors.management.commands import cors as cors_command
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


class Named(APIView):
    http_method_names = ("get", "patch")

    def get(self, request: Any) -> None: ...

    @cors("partners")
    def patch(self, request: Any) -> None: ...


def is_tenant(origin: str, request: Any) -> bool: ...


@pytest.fixture
def more(site: None, routes: Routes, settings: Any) -> None:
    settings.CORS_POLICIES = {"partners": CorsPolicy(allowed_origins=["https://partner.example"])}
    routes(
        path("named/", Named.as_view()),
        path("asked/", cors(is_origin_allowed=is_tenant)(plain)),
        *settings.ROOT_URLCONF,
    )


HEADERS = ["content-type"]
SHOPS = CorsPolicy(allowed_origins=[SHOP], allow_headers=HEADERS)
OPEN = CorsPolicy(allow_all_origins=True, allow_headers=HEADERS)
WITH_COOKIES = SHOPS.using(allow_credentials=True)
MORE_HEADERS = OPEN.using(allow_headers=["x-more"])
ANY_HEADER = OPEN.using(allow_headers=["*"])
ASKED = CorsPolicy(is_origin_allowed=is_tenant, allow_headers=HEADERS)
ONLY_PUT = SHOPS.using(allow_methods=["PUT"])
NULL = SHOPS.using(allowed_origins=["null"])
SUBDOMAINS = SHOPS.using(allowed_origins=["https://*.shop.example:8443"])
UNCACHED = WITH_COOKIES.using(preflight_max_age=0)


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("cors", *arguments, stdout=out, **options)
    return out.getvalue()


TABLE = """\
HTTP      Path and view      Who may call, and where it says so
--------  -----------------  ----------------------------------------------------
GET POST  /api/orders/       https://shop.example, credentials
          Orders             Orders.cors_policy
DELETE    /api/orders/<pk>/  nobody
          Orders.destroy     Orders.cors_action_policies['destroy']
GET       /api/many/         2 origins, by regular expression, credentials from 1
          Many               @cors on Many.get
                             not cached: POST differs in allow_methods
POST      /api/many/         nobody: POST is not in allow_methods
          Many               @cors on Many.post
PURGE     /api/many/         nobody: PURGE is not in allow_methods
          Many               @cors on Many.purge
*         /api/plain/        nobody
          /api/<rest>        drf_cors.defaults
          plain: 2 routes
*         /api/late/         never reached: another route is first
          plain
*         /web/              under no policy
          plain
*         /badge/            any origin
          plain              cors(...) around plain
Some rows are folded. With --unfold, each method of each route has its own row.
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
        "uncached": None,
        "urlconf": "ROOT_URLCONF",
    }
    assert [row["uncached"] for row in rows if row["path"] == "/api/many/"] == [
        {"method": "POST", "field": "allow_methods", "lacks": "POST"},
        None,
        None,
    ]
    assert rows[-1]["method"] == "*"
    assert rows[-1]["action"] is None


def test_two_names_on_one_route_are_one_row(routes: Routes, settings: Any) -> None:
    settings.CORS_VIEW_POLICIES = {"list": OPEN, "create": OPEN}
    routes(path("items/", plain, name="list"), path("items/", plain, name="create"), path("items/", Many.as_view()))
    assert told() == [
        ("*", "/items/", "any origin"),
        *((method, "/items/", "never reached: another route is first") for method in ("GET", "POST", "PURGE")),
    ]


def test_urlconf() -> None:
    assert json.loads(run("list", "--urlconf", "tests.urls", "--format", "json")) == []


def told(*arguments: str) -> list[tuple[str, str, str]]:
    """Return method, path and who is allowed."""
    rows = csv.DictReader(StringIO(run("list", "--format", "csv", *arguments)))
    return [(row["method"], row["path"], row["allowed"]) for row in rows]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--path", "orders/", "--view", ".list"], [("GET", "/api/orders/", f"{SHOP}, credentials")]),
        (["--path", "/b*/"], [("*", "/badge/", "any origin")]),
        (["--view", "Orders.*", "--path", "/api/orders/<pk>/"], [("DELETE", "/api/orders/<pk>/", "nobody")]),
        (["--policy", "partners"], [("PATCH", "/named/", "https://partner.example")]),
        (["--path", "named", "--only", "declared"], [("PATCH", "/named/", "https://partner.example")]),
        (["--path", "named", "--only", "global"], [("GET", "/named/", "nobody")]),
        (["--path", "named", "--only", "off"], [("GET", "/named/", "nobody")]),
        (["--path", "plain", "--only", "global"], [("*", "/api/plain/", "nobody")]),
        (
            ["--only", "dynamic"],
            [("*", "/asked/", "decided per request"), ("PURGE", "/api/many/", "nobody: PURGE is not in allow_methods")],
        ),
        (
            ["--path", "*ed/", "--origin", "https://partner.example"],
            [("GET", "/named/", "no: url-not-covered"), ("PATCH", "/named/", "yes"), ("*", "/asked/", "depends")],
        ),
        (
            ["--path", "/api/orders/", "--origin", SHOP],
            [
                ("GET", "/api/orders/", "yes, credentials"),
                ("POST", "/api/orders/", "yes, credentials"),
                ("DELETE", "/api/orders/<pk>/", "no: view-disabled"),
                ("DELETE", "/api/orders/<pk>.<format>", "no: view-disabled"),
            ],
        ),
        (
            ["--path", "many", "--origin", "null"],
            [
                ("GET", "/api/many/", "no: origin-null"),
                ("POST", "/api/many/", "no: method-not-allowed"),
                ("PURGE", "/api/many/", "no: origin-null"),
            ],
        ),
        (["--path", "late", "--origin", SHOP], [("*", "/api/late/", "never reached: another route is first")]),
        (["--path", "badge", "--origin", "https://x.example"], [("*", "/badge/", "yes")]),
    ],
)
def test_filters(more: None, arguments: list[str], expected: list[tuple[str, str, str]]) -> None:
    assert told(*arguments) == expected


def test_one_origin_in_json(more: None) -> None:
    rows = json.loads(run("list", "--format", "json", "--origin", "https://partner.example"))
    assert {row["path"]: row["verdict"] for row in rows if row["method"] in ("PATCH", "*")} == {
        "/named/": "allowed",
        "/asked/": "depends",
        "/api/plain/": "origin-not-allowed",
        "/api/<rest>": "origin-not-allowed",
        "/api/late/": None,
        "/web/": "url-not-covered",
        "/badge/": "allowed",
    }


def test_csv() -> None:
    assert run("list", "--format", "csv", "--path", "many").splitlines()[:2] == [
        "method,path,view,allowed,credentials,source,uncached,urlconf",
        (
            'GET,/api/many/,Many,"2 origins, by regular expression, credentials from 1",https://shop.example,'
            "@cors on Many.get,POST: allow_methods,ROOT_URLCONF"
        ),
    ]


def test_markdown() -> None:
    assert run("list", "--format", "markdown", "--path", "badge").splitlines() == [
        "| method | path | view | allowed | credentials | source | uncached | urlconf |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        "| `*` | `/badge/` | `plain` | `any origin` | `no` | `cors(...) around plain` |  | `ROOT_URLCONF` |",
    ]


def test_colours() -> None:
    plainly = run("list", no_color=True)
    coloured = run("list", force_color=True)
    assert "\x1b[" not in plainly
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plainly


@pytest.mark.parametrize(("is_terminal", "ending"), [(False, "\n"), (True, "\r")])
def test_progress_is_told_after_a_second(monkeypatch: pytest.MonkeyPatch, is_terminal: bool, ending: str) -> None:
    now = itertools.count(step=0.6)
    monkeypatch.setattr("drf_cors.management.commands.cors.time.monotonic", lambda: next(now))

    class Progress(StringIO):
        def isatty(self) -> bool:
            return is_terminal

    err = Progress()
    call_command("cors", "list", stdout=StringIO(), stderr=err, no_color=True)
    assert f"2 of 10{ending}" in err.getvalue()


def test_the_table_is_made_while_progress_is_told() -> None:
    def told() -> Iterator[listing.Row]:
        for row in listing.rows(endpoint_list.of_site()):
            yield row
            assert "static_policy" in vars(row)  # what takes the time

    assert "Orders.destroy" in table.as_table(folding.folded(told()), 80, lambda kind, text: text)


NOT_CACHED = {
    # the policies of one URL; for each method whose preflight is not cached: the other method, and the field
    "alike": ({"GET": OPEN, "PUT": OPEN}, {}),
    "who": ({"GET": OPEN, "POST": SHOPS}, {"GET": ("POST", "allowed_origins")}),
    "cookies": ({"POST": WITH_COOKIES, "GET": SHOPS}, {"POST": ("GET", "allow_credentials")}),
    "headers": (
        {"GET": MORE_HEADERS, "PUT": OPEN},
        {"GET": ("PUT", "allow_headers"), "PUT": ("GET", "allow_headers")},
    ),
    "any header": ({"GET": ANY_HEADER, "PUT": OPEN}, {"GET": ("PUT", "allow_headers")}),
    "one that asks": ({"GET": ASKED, "PUT": OPEN}, {"PUT": ("GET", "is_origin_allowed")}),
    "beside one that asks": ({"GET": ASKED, "PUT": SHOPS}, {"PUT": ("GET", "is_origin_allowed")}),
    "a method nobody may use": ({"PUT": ONLY_PUT, "GET": ONLY_PUT}, {"PUT": ("GET", "allow_methods")}),
    "null": ({"PUT": NULL, "GET": SHOPS}, {"PUT": ("GET", "allowed_origins")}),
    "a pattern": ({"PUT": SUBDOMAINS, "GET": SHOPS}, {"PUT": ("GET", "allowed_origins")}),
    "not to be cached": ({"PUT": UNCACHED, "GET": SHOPS}, {}),
    "nobody": ({"PUT": CorsPolicy(allowed_origins=[]), "GET": SHOPS}, {}),
}


@named_rows("policies, expected", NOT_CACHED)
def test_what_keeps_a_preflight_from_the_cache(policies: dict[str, CorsPolicy], expected: dict[str, Any]) -> None:
    merged = {
        method: merge((DEFAULTS, Layer(policy=policy, source=Source("attribute", method))))
        for method, policy in policies.items()
    }
    url = UrlPolicies(merge((DEFAULTS,)), merged, are_methods_known=True)
    found = {method: cache_conflict(url, method) for method in policies}
    assert {method: (why.method, why.field) for method, why in found.items() if why is not None} == expected


# Errors


class Explosive:
    def __get__(self, instance: Any, owner: type) -> Any:
        raise LookupError("get")


class RaisesWhenRead(View):
    get = Explosive()


def unreadable(request: Any) -> None: ...


unreadable.view_class = RaisesWhenRead  # type: ignore[attr-defined]  # as as_view() does it, which would raise


UNKNOWN = "--policy 'partnres' is not in CORS_POLICIES. Its names are: partners."
NO_PATTERNS = "The included URLconf 'tests.settings' does not appear to have any patterns in it."
BROKEN_IMPORT = "'urls_with_an_error' cannot be read: ModuleNotFoundError"
BROKEN_ROOT = "The URLconf 'drf_cors.defaults' cannot be read: ImproperlyConfigured: "

ERRORS = [
    # what is wrong, settings, the subcommand, what is written, the exit code
    ("an unknown URLconf", {}, "list --urlconf nowhere.urls", "No module named 'nowhere'", 2),
    ("a URLconf without patterns", {}, "list --urlconf tests.settings", NO_PATTERNS, 2),
    ("a URLconf with a broken import", {}, "list --urlconf urls_with_an_error", BROKEN_IMPORT, 1),
    ("an unknown policy", {"CORS_POLICIES": {"partners": NO_CORS}}, "list --policy partnres", UNKNOWN, 2),
    ("wrong settings", {"CORS_ALLOWED_ORIGINS": ["shop"]}, "list", "CORS_ALLOWED_ORIGINS: 'shop' has no scheme", 1),
    *(
        (f"{setting}, {subcommand}", {setting: value}, subcommand, message, 1)
        for subcommand in ("list", "lock")
        for setting, value, message in [
            ("MIDDLEWARE", [3], "MIDDLEWARE: 3 is not a string"),
            ("ROOT_URLCONF", "drf_cors.defaults", BROKEN_ROOT),
            ("ROOT_URLCONF", (path("odd/", unreadable),), "The view at /odd/ cannot be read: LookupError: get."),
        ]
    ),
]


@pytest.fixture
def urls_with_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "urls_with_an_error.py").write_text("import nothing_of_that_name\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


@named_rows("values, subcommand, message, code", ERRORS)
def test_an_error_is_written_in_one_line(
    settings: Any, urls_with_an_error: None, values: dict[str, Any], subcommand: str, message: str, code: int
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match=re.escape(message)) as refused:
        run(*subcommand.split())
    assert refused.value.returncode == code


def test_whatever_else_is_raised_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **options: object) -> None:
        raise LookupError("not today")

    monkeypatch.setattr("drf_cors.management.lock.of_endpoints", fails)
    with pytest.raises(CommandError, match="The project's code or settings raised LookupError: not today") as refused:
        run("lock")
    assert refused.value.returncode == 1


@pytest.mark.parametrize(
    "arguments", [(), ("lst",), ("list", "--format", "yaml"), ("list", "--origin", "https://shop.example/")]
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


@pytest.mark.parametrize("subcommand", [["list"], ["lock", "--file", "cors.lock"], ["explain", "/badge/"]])
@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (["--no-color"], {"no_color": True}),
        (["--force-color"], {"force_color": True}),
        (["-v", "2"], {"verbosity": 2}),
        (["--traceback"], {"traceback": True}),
        (["--settings", "tests.settings"], {"settings": "tests.settings"}),
        (["--pythonpath", "."], {"pythonpath": "."}),
    ],
)
def test_the_options_of_all_commands_stand_before_or_behind_the_subcommand(
    subcommand: list[str], option: list[str], expected: dict[str, Any]
) -> None:
    parser = cors_command.Command().create_parser("manage.py", "cors")
    before, behind = (vars(parser.parse_args(line)) for line in ([*option, *subcommand], [*subcommand, *option]))
    assert before == behind
    assert {name: behind[name] for name in expected} == expected
    without = vars(parser.parse_args(subcommand))
    assert {name: value for name, value in behind.items() if without[name] != value} == expected


def test_system_checks_are_not_run_anyway() -> None:
    assert "\x1b[" in run("list", "--skip-checks", "--force-color")


def test_a_filter_that_nothing_passes() -> None:
    out, err = StringIO(), StringIO()
    call_command("cors", "list", "--path", "nothing", stdout=out, stderr=err, no_color=True)
    assert (out.getvalue(), err.getvalue()) == ("", "No endpoint matches.\n")
    assert json.loads(run("list", "--path", "nothing", "--format", "json")) == []


def test_help_names_the_subcommands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--help")
    assert "List every endpoint with the policy of each method." in capsys.readouterr().out
