"""`manage.py cors list` folds its rows, puts the project's own first, and leaves every name whole."""

from __future__ import annotations

import json
import re
import sys
from io import StringIO
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin import AdminSite
from django.core.management import call_command
from django.urls import include, path, re_path
from django.views import View
from django.views.generic import RedirectView
from rest_framework import viewsets
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.routers import DefaultRouter
from rest_framework.urlpatterns import format_suffix_patterns

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.openapi.views import CorsExplainView
from tests.tables import named_rows

if TYPE_CHECKING:
    from tests.web.conftest import Routes

SHOP = "https://shop.example"


class Orders(CorsPolicyMixin, viewsets.ViewSet):
    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_credentials=True)
    cors_action_policies = {"destroy": NO_CORS}

    def list(self, request: Any) -> None: ...

    def create(self, request: Any) -> None: ...

    def retrieve(self, request: Any, pk: str) -> None: ...

    def destroy(self, request: Any, pk: str) -> None: ...


class Ping(View):
    def get(self, request: Any) -> None: ...


class Pong(View):
    def get(self, request: Any) -> None: ...

    def put(self, request: Any) -> None: ...


def plain(request: Any) -> None: ...


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def run(*arguments: str, out: StringIO | None = None) -> str:
    out = out or StringIO()
    call_command("cors", "list", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def shown(*arguments: str) -> list[list[str]]:
    """Return the rows of the table: the methods, then the lines of the other two columns."""
    text = run(*arguments).replace(
        "Some rows are folded. With --unfold, each method of each route has its own row.\n", ""
    )
    _, rule, *lines = text.splitlines()
    columns = [slice(found.start(), found.end()) for found in re.finditer("-+", rule)]
    rows: list[list[str]] = []
    for line in lines:
        methods, what, who = (line[column].strip() for column in columns)
        if methods:
            rows.append([methods])
        rows[-1] += filter(None, (what, who))
    return rows


def numbered(view: Any, count: int, beginning: str = "p") -> list[Any]:
    return [path(f"{beginning}{number}/", view) for number in range(count)]


def root_and_ping() -> list[Any]:
    """Return a route to a view of REST framework, and one to a view of the project."""
    router = DefaultRouter()
    router.include_format_suffixes = False
    return [*router.urls, path("ping/", Ping.as_view())]


GLOBAL = [SHOP, "settings.CORS_ALLOWED_ORIGINS"]

FOLDS: dict[str, tuple[list[Any], list[list[str]]]] = {
    "the methods of a view": (
        [path("pong/", Pong.as_view())],
        [["GET PUT", "/pong/", SHOP, "Pong", GLOBAL[1]]],
    ),
    "the routes of a view": (
        numbered(Ping.as_view(), 2),
        [["GET", "/p0/", SHOP, "/p1/", GLOBAL[1], "Ping: 2 routes"]],
    ),
    "the routes of an app": (
        [path("ping/", Ping.as_view()), path("pong/", Pong.as_view())],
        [["GET PUT", "/ping/", SHOP, "/pong/", GLOBAL[1], "tests: 2 routes of 2 views"]],
    ),
    "many routes": (
        [path("api/", include(numbered(Ping.as_view(), 6)))],
        [["GET", "/api/*", SHOP, "Ping: 6 routes", GLOBAL[1]]],
    ),
    "any method beside others": (
        [path("ping/", Ping.as_view()), path("plain/", plain)],
        [["*", "/ping/", SHOP, "/plain/", GLOBAL[1], "tests: 2 routes of 2 views"]],
    ),
    "namespaces apart": (
        [
            path("a/", include(([path("x/", plain), path("y/", Ping.as_view())], "a"))),
            path("b/", include(([path("x/", plain), path("y/", plain)], "b"))),
        ],
        [
            ["*", "/a/x/", SHOP, "/a/y/", GLOBAL[1], "a: 2 routes of 2 views"],
            ["*", "/b/x/", SHOP, "/b/y/", GLOBAL[1], "plain: 2 routes"],
        ],
    ),
    "a namespace in another": (
        [path("a/", include(([path("b/", include(([path("p0/", plain), path("q/", Ping.as_view())], "b")))], "a")))],
        [["*", "/a/b/p0/", SHOP, "/a/b/q/", GLOBAL[1], "a:b: 2 routes of 2 views"]],
    ),
    "a namespace with the root view of its router": (
        [path("v1/", include((root_and_ping(), "v1"), namespace="v1"))],
        [["GET", "/v1/ping/", SHOP, "/v1/", GLOBAL[1], "v1: 2 routes of 2 views"]],
    ),
    "policies apart": (
        [path("x/", plain), path("y/", cors(NO_CORS)(plain)), path("z/", plain)],
        [
            ["*", "/x/", SHOP, "/z/", GLOBAL[1], "plain: 2 routes"],
            ["*", "/y/", "nobody", "plain", "cors(...) around plain"],
        ],
    ),
    "policies apart that differ in what the table does not show": (
        [
            path("x/", cors(preflight_max_age=5)(plain)),
            path("y/", plain),
            path("z/", cors(preflight_max_age=5)(plain)),
        ],
        [["*", "/x/", SHOP, "/z/", GLOBAL[1], "plain: 2 routes"], ["*", "/y/", SHOP, "plain", GLOBAL[1]]],
    ),
    "what nobody may call, whatever the headers": (
        [
            path("x/", cors(allowed_origins=[])(plain)),
            path("y/", cors(allowed_origins=[], allow_headers=["x-a"])(plain)),
        ],
        [["*", "/x/", "nobody", "/y/", "cors(...) around plain", "plain: 2 routes"]],
    ),
}


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


@named_rows("patterns, expected", FOLDS)
def test_rows_under_one_policy_fold(routes: Routes, patterns: list[Any], expected: list[list[str]]) -> None:
    routes(*patterns)
    assert shown() == expected


def test_json_and_csv_are_not_folded(routes: Routes) -> None:
    routes(path("pong/", Pong.as_view()), path("ping/", Ping.as_view()))
    rows = json.loads(run("--format", "json"))
    assert [(row["method"], row["path"]) for row in rows] == [("GET", "/pong/"), ("PUT", "/pong/"), ("GET", "/ping/")]
    assert run("--format", "csv").count("\n") == 4
    assert run("--format", "markdown").count("\n") == 5


def test_unfold(routes: Routes) -> None:
    routes(path("pong/", Pong.as_view()), path("ping/", Ping.as_view()))
    assert shown("--unfold") == [
        ["GET", "/pong/", SHOP, "Pong", GLOBAL[1]],
        ["PUT", "/pong/", SHOP, "Pong", GLOBAL[1]],
        ["GET", "/ping/", SHOP, "Ping", GLOBAL[1]],
    ]
    note = "With --unfold, each method of each route has its own row."
    assert note in run()
    assert note not in run("--unfold")
    assert note not in run("--path", "ping")


# Routes with a format suffix


def routed(*, use_regex_path: bool, trailing_slash: bool) -> list[Any]:
    router = DefaultRouter(use_regex_path=use_regex_path, trailing_slash=trailing_slash)
    router.register("orders", Orders, "orders")
    return [path("api/", include(router.urls)), path("export/<format>", plain), path("alone.<format>", plain)]


@pytest.mark.parametrize("trailing_slash", [True, False])
@pytest.mark.parametrize("use_regex_path", [True, False])
def test_format_suffixes_are_left_out(routes: Routes, use_regex_path: bool, trailing_slash: bool) -> None:
    routes(*routed(use_regex_path=use_regex_path, trailing_slash=trailing_slash))
    slash = "/" if trailing_slash else ""
    who = [f"{SHOP}, credentials", "Orders.cors_policy"]
    assert shown("--path", "/api/o*") == [
        ["GET POST", f"/api/orders{slash}", who[0], f"/api/orders/<pk>{slash}", who[1], "Orders: 2 routes"],
        ["DELETE", f"/api/orders/<pk>{slash}", "nobody", "Orders.destroy", "Orders.cors_action_policies['destroy']"],
    ]
    assert "/export/<format>" in run()
    assert "/alone.<format>" in run()
    assert "/api/orders.<format>" in run("--unfold")
    assert "/api/orders.<format>" in run("--path", "orders.<format>")


def test_a_format_suffix_with_a_policy_of_its_own_is_shown(routes: Routes, settings: Any) -> None:
    settings.CORS_URLS_REGEX = r"^/api/[a-z]+/$"
    routes(*format_suffix_patterns([path("api/ping/", Ping.as_view())]))
    assert shown() == [
        ["GET", "/api/ping/", SHOP, "Ping", GLOBAL[1]],
        ["GET", "/api/ping.<format>", "under no policy", "Ping"],
    ]


# The project's own rows


def paths(*arguments: str) -> list[str]:
    return re.findall(r"(?m)^\S.*? (/\S*)", run(*arguments))


@named_rows(
    "foreign, mine",
    [
        ("the admin", path("admin/", AdminSite().urls), path("mine/", Ping.as_view())),
        (
            "an app without a namespace",
            path("accounts/", include("django.contrib.auth.urls")),
            path("mine/", plain),
        ),
        ("a class of a package", path("token/", ObtainAuthToken.as_view()), path("mine/", plain)),
        ("a view of ours", path("cors/", CorsExplainView.as_view()), path("mine/", plain)),
        (
            "a generic view in the project's URLconf",
            path("a/", include(([path("b/", RedirectView.as_view(url="/"))], "a"))),
            path("mine/", RedirectView.as_view(url="/")),
        ),
        (
            "a policy of the project for a class of a package",
            path("token/", ObtainAuthToken.as_view()),
            path("mine/", cors(NO_CORS)(ObtainAuthToken.as_view())),
        ),
    ],
)
def test_the_project_s_own_rows_come_first(routes: Routes, foreign: Any, mine: Any) -> None:
    routes(foreign, mine)
    assert paths()[0] == paths("--unfold")[0] == "/mine/"


@pytest.mark.parametrize(
    ("root", "module", "file", "is_own"),
    [
        ("shop.urls", "things.views", "/srv/shop/things/views.py", True),
        ("shop.urls", "things.views", None, True),
        ("shop.urls", "things.views", "/usr/lib/python3/dist-packages/things/views.py", False),
        ("shop.urls", "things.views", "/venv/lib/python3/site-packages/things/views.py", False),
        ("things.urls", "things.views", "/venv/lib/python3/site-packages/things/views.py", True),
    ],
)
def test_whose_code_a_view_is(
    routes: Routes,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    root: str,
    module: str,
    file: str | None,
    is_own: bool,
) -> None:
    made = ModuleType(module)
    made.__file__ = file
    monkeypatch.setitem(sys.modules, module, made)
    urls = ModuleType(root)
    urls.urlpatterns = [  # type: ignore[attr-defined]
        path("token/", ObtainAuthToken.as_view()),
        path("things/", type("Things", (Ping,), {"__module__": module}).as_view()),
    ]
    monkeypatch.setitem(sys.modules, root, urls)
    settings.ROOT_URLCONF = root
    assert (paths()[0] == "/things/") is is_own


def test_the_first_own_row_of_a_new_project_is_at_the_top(routes: Routes) -> None:
    routes(path("admin/", AdminSite().urls), path("orders/", plain))
    lines = run().splitlines()
    assert "/orders/" in lines[2]
    assert "/admin/*" in lines[4]
    assert re.search(r"admin: \d+ routes of \d+ views", lines[5])
    assert len(lines) == 7


# Lines

LONG = "a-long-name-of-a-collection-that-goes-on"
NAME = "https://a-name-that-is-not-short.shop.example"


def test_no_line_is_broken_if_the_output_is_no_terminal(routes: Routes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    routes(path(f"{LONG}/{LONG}/<int:pk>/", cors(allowed_origins=[NAME], allow_credentials=True)(Pong.as_view())))
    assert [line.split("  ")[-1].strip() for line in run().splitlines()[2:4]] == [
        f"{NAME}, credentials",
        "cors(...) around Pong",
    ]
    assert f"GET PUT  /{LONG}/{LONG}/<pk>/" in run()


NARROW = """\
HTTP     Path and view, who may call, and where it says so
-------  ------------------------------------------------------------
GET PUT  /a-long-name-of-a-collection-that-goes-on/
         Pong
           https://a-name-that-is-not-short.shop.example, credentials
           cors(...) around Pong
"""
BROKEN = """\
HTTP     Path and view                               Who may call, and where it says so
-------  ------------------------------------------  ----------------------------------------------
GET PUT  /a-long-name-of-a-collection-that-goes-on/  https://a-name-that-is-not-short.shop.example,
         Pong                                          credentials
                                                     cors(...) around Pong
"""
WHOLE = """\
HTTP     Path and view                               Who may call, and where it says so
-------  ------------------------------------------  ----------------------------------------------------------
GET PUT  /a-long-name-of-a-collection-that-goes-on/  https://a-name-that-is-not-short.shop.example, credentials
         Pong                                        cors(...) around Pong
"""


@pytest.mark.parametrize(("width", "expected"), [(80, NARROW), (105, BROKEN), (120, WHOLE)])
def test_lines_break_between_words_only(
    routes: Routes, monkeypatch: pytest.MonkeyPatch, width: int, expected: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    routes(path(f"{LONG}/", cors(allowed_origins=[NAME], allow_credentials=True)(Pong.as_view())))
    *lines, _ = run(out=Terminal()).splitlines()
    assert [line.rstrip() for line in lines] == expected.splitlines()
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("width", range(80, 200, 8))
def test_no_name_is_broken(routes: Routes, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    routes(
        *routed(use_regex_path=False, trailing_slash=True),
        path(f"{LONG}/{LONG}/<int:pk>/", cors(allowed_origins=[NAME], allow_credentials=[NAME])(Pong.as_view())),
        re_path(r"^with (two|three) words/$", Ping.as_view()),
    )
    words = {word for word in run().split() if not word.startswith("--")}
    assert words <= {*run(out=Terminal()).split(), "who"} | {"Who", "view", "view,"}
