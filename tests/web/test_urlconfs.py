"""Sites with several URLconfs: which there are, which middleware selects one; checks, list and lock of such a site.

The packages themselves are not needed: `switchers` has their shapes.
"""

from __future__ import annotations

import json
import sys
from io import StringIO
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path

from drf_cors import NO_CORS, CorsPolicy, conf, cors, urlconfs
from drf_cors.checks import check_middleware, check_views
from drf_cors.checks.middleware import OURS
from drf_cors.checks.switching import selects_urlconf
from tests.tables import named_rows
from tests.web import switchers
from tests.web.conftest import PARTNER, SHOP, wire

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes, Visitor

HERE = "tests.web.switchers"
FOR_SHOP = CorsPolicy(allowed_origins=[SHOP])
FOR_PARTNER = CorsPolicy(allowed_origins=[PARTNER])


def home(request: Any) -> HttpResponse:
    raise NotImplementedError


@cors(FOR_SHOP)
def orders(request: Any) -> HttpResponse:
    raise NotImplementedError


@pytest.fixture(autouse=True)
def modules(monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper) -> None:
    """The modules of a project: its root URLconf, that of its API, one without patterns, and one with its hosts."""
    contents: dict[str, dict[str, Any]] = {
        "shop.urls": {"urlpatterns": [path("", home, name="home"), path("orders/", home, name="pages")]},
        "shop.api": {"urlpatterns": [path("orders/", orders, name="orders")]},
        "shop.empty": {},
    }
    found = {name: ModuleType(name) for name in (*contents, "shop", "shop.hosts")}
    for name, content in contents.items():
        vars(found[name]).update(content)
    vars(found["shop.hosts"])["host_patterns"] = [
        switchers.Host("www", "shop.urls"),
        switchers.Host("api", found["shop.api"]),
        switchers.Host("v2", "shop.api"),
        switchers.Host("odd", (path("odd/", home, name="odd"),)),
    ]
    for name, module in found.items():
        monkeypatch.setitem(sys.modules, name, module)
    settings.ROOT_URLCONF = "shop.urls"


# Which there are


@pytest.mark.parametrize(
    ("settings_of_site", "expected"),
    [
        ({}, []),
        ({"CORS_URLCONFS": ["shop.api"]}, [("shop.api", "CORS_URLCONFS")]),
        ({"CORS_URLCONFS": ("shop.urls", "shop.api", "shop.api")}, [("shop.api", "CORS_URLCONFS")]),
        (
            {"ROOT_HOSTCONF": "shop.hosts", "CORS_URLCONFS": ["shop.api", "shop.more"]},
            [
                ("shop.api", "ROOT_HOSTCONF['api']"),
                ("ROOT_HOSTCONF['odd']", "ROOT_HOSTCONF['odd']"),
                ("shop.more", "CORS_URLCONFS"),
            ],
        ),
        ({"ROOT_HOSTCONF": None, "PUBLIC_SCHEMA_URLCONF": ""}, []),
        ({"PUBLIC_SCHEMA_URLCONF": "shop.api"}, [("shop.api", "PUBLIC_SCHEMA_URLCONF")]),
        ({"TENANT_TYPES": {"public": {"URLCONF": "shop.api"}}}, []),
        (
            {
                "HAS_MULTI_TYPE_TENANTS": True,
                "PUBLIC_SCHEMA_URLCONF": "not.read",
                "TENANT_TYPES": {"public": {"URLCONF": "shop.api"}, "free": {"APPS": []}, "odd": None},
            },
            [("shop.api", "TENANT_TYPES['public']")],
        ),
        ({"HAS_MULTI_TYPE_TENANTS": True}, []),
        (
            {"SUBDOMAIN_URLCONFS": {None: "shop.urls", "api": "shop.api", "www": None}},
            [("shop.api", "SUBDOMAIN_URLCONFS['api']")],
        ),
        ({"SUBDOMAIN_URLCONFS": ["shop.api"]}, []),
    ],
    ids=str,
)
def test_the_urlconfs_of_a_site(
    settings_of_site: dict[str, Any], expected: list[tuple[str, str]], settings: SettingsWrapper
) -> None:
    for name, value in settings_of_site.items():
        setattr(settings, name, value)
    found = urlconfs.of_site(conf.load())
    assert [(urlconf.name, urlconf.named_in) for urlconf in found] == [("shop.urls", "ROOT_URLCONF"), *expected]
    assert [urlconf.is_root for urlconf in found] == [True, *(False for _ in expected)]


def test_the_hosts_may_be_left_out(settings: SettingsWrapper) -> None:
    settings.ROOT_HOSTCONF = "no.such.module"
    with pytest.raises(ModuleNotFoundError):
        urlconfs.of_site(conf.load())
    assert [urlconf.name for urlconf in urlconfs.of_site(conf.load(), with_hosts=False)] == ["shop.urls"]


# Which middleware selects one

SELECTING = [
    "django_hosts.middleware.HostsRequestMiddleware",
    "django_tenants.middleware.main.TenantMainMiddleware",
    "django_tenants.middleware.subfolder.TenantSubfolderMiddleware",
    "subdomains.middleware.SubdomainURLRoutingMiddleware",
    "tenant_schemas.middleware.CompiledMiddleware",
    f"{HERE}.ResponseOfHost",
    f"{HERE}.BothOfHosts",
    f"{HERE}.EarlyReturn",
    f"{HERE}.selecting",
]
NOT_SELECTING = [
    "django_hosts.middleware.HostsResponseMiddleware",
    f"{HERE}.OfResponses",
    f"{HERE}.Resetting",
    f"{HERE}.reading",
]


@pytest.mark.parametrize("middleware", [*SELECTING, *NOT_SELECTING])
@named_rows("headers", {"": {}, "root": {"x-root": "1"}})
def test_what_middleware_does_is_what_its_code_shows(
    middleware: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    switchers.stand_in(monkeypatch)
    seen = []

    def get_response(request: Any) -> HttpResponse:
        seen.append(request.urlconf)
        return HttpResponse()

    request: Any = RequestFactory().get("/", headers=headers)
    request.urlconf = None
    getattr(switchers, middleware.rpartition(".")[2])(get_response)(request)
    is_root = bool(headers) and middleware == f"{HERE}.EarlyReturn"
    assert (seen != [None]) is (selects_urlconf(middleware) and not is_root)
    assert selects_urlconf(middleware) is (middleware in SELECTING)


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        *([[OURS, path], [path]] for path in SELECTING),
        *([[OURS, path], []] for path in NOT_SELECTING),
        *([[path, OURS], []] for path in SELECTING),
        ([SELECTING[0], OURS, NOT_SELECTING[0]], []),
        ([OURS, "builtins.len"], []),
    ],
)
def test_ours_stands_below_what_selects_the_urlconf(
    middleware: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper
) -> None:
    switchers.stand_in(monkeypatch)
    settings.MIDDLEWARE = middleware
    messages = check_middleware()
    assert [message.id for message in messages] == ["drf_cors.W008"] * len(expected)
    assert all(message.msg.startswith(path) for message, path in zip(messages, expected, strict=True))


# Checks


def told() -> list[tuple[str | None, str]]:
    return [(message.id, message.msg) for message in check_views()]


KNOWN_SWITCHERS: list[dict[str, Any]] = [
    {"CORS_URLCONFS": ["shop.api"]},
    {"ROOT_HOSTCONF": "shop.hosts"},
    {"PUBLIC_SCHEMA_URLCONF": "shop.api"},
    {"HAS_MULTI_TYPE_TENANTS": True, "TENANT_TYPES": {"public": {"URLCONF": "shop.api"}}},
    {"SUBDOMAIN_URLCONFS": {"api": "shop.api"}},
]


@pytest.mark.parametrize("switcher", KNOWN_SWITCHERS, ids=str)
def test_a_key_for_a_view_of_another_urlconf_matches(switcher: dict[str, Any], settings: SettingsWrapper) -> None:
    settings.CORS_VIEW_POLICIES = {"orders": NO_CORS}
    assert [identifier for identifier, _ in told()] == ["drf_cors.E006"]
    for name, value in switcher.items():
        setattr(settings, name, value)
    assert told() == []
    settings.CORS_VIEW_POLICIES = {"orders": NO_CORS, "ordres": NO_CORS}
    ((identifier, said),) = told()
    assert identifier == "drf_cors.W021"
    assert said.startswith("CORS_VIEW_POLICIES['ordres'] matches no view of the known URLconfs: shop.urls, shop.api")


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        ([], "drf_cors.E006"),
        (NOT_SELECTING, "drf_cors.E006"),
        *(([path], "drf_cors.W021") for path in SELECTING),
        (["django_hosts.middleware.NotInstalled"], "drf_cors.W021"),
    ],
    ids=str,
)
def test_under_a_switcher_an_unmatched_key_is_a_warning(
    middleware: list[str], expected: str, monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper
) -> None:
    switchers.stand_in(monkeypatch)
    settings.MIDDLEWARE = middleware
    settings.CORS_VIEW_POLICIES = {"ordres": NO_CORS}
    (message,) = check_views()
    assert message.id == expected
    assert "CORS_URLCONFS = ['project.tenant_urls']" in str(message.hint)


def test_every_urlconf_is_looked_at_and_what_is_the_same_is_said_once(
    monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper
) -> None:
    settings.CORS_URLCONFS = ["shop.api", "shop.more"]
    settings.CORS_VIEW_POLICIES = {"orders": "nowhere"}
    more = ModuleType("shop.more")
    vars(more)["urlpatterns"] = [path("orders/", orders, name="orders"), path("<path:rest>", home)]
    vars(more)["urlpatterns"] += [path("late/", cors(FOR_SHOP)(orders), name="late")]
    monkeypatch.setitem(sys.modules, "shop.more", more)
    messages = told()
    assert [identifier for identifier, _ in messages] == ["drf_cors.E010", "drf_cors.W012"]
    assert messages[1][1].startswith("[shop.more] /late/ of orders is never reached")


@pytest.mark.parametrize(("regex", "expected"), [("^/orders", []), ("^orders", ["drf_cors.W013"])])
def test_a_regex_may_be_for_another_urlconf(regex: str, expected: list[str], settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = (path("home/", home),)
    settings.CORS_URLCONFS = ["shop.api"]
    settings.CORS_URLS_REGEX = regex
    assert [identifier for identifier, _ in told()] == expected


@pytest.mark.parametrize(
    ("settings_of_site", "said"),
    [
        (
            {"CORS_URLCONFS": ["no.such.urls", "shop.api"]},
            "The URLconf 'no.such.urls' of CORS_URLCONFS could not be checked: ModuleNotFoundError",
        ),
        (
            {"CORS_URLCONFS": ["shop.empty", "shop.api"]},
            "The URLconf 'shop.empty' of CORS_URLCONFS could not be checked: ImproperlyConfigured",
        ),
        (
            {"ROOT_HOSTCONF": "no.such.hosts", "CORS_URLCONFS": ["shop.api"]},
            "ROOT_HOSTCONF could not be checked: ModuleNotFoundError",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_reported_and_the_rest_is_checked(
    settings_of_site: dict[str, Any], said: str, settings: SettingsWrapper
) -> None:
    for name, value in settings_of_site.items():
        setattr(settings, name, value)
    settings.CORS_VIEW_POLICIES = {"orders": "nowhere", "not-matched": NO_CORS}
    (_, broken), (identifier, unread) = told()
    assert broken.startswith("orders: cors_policy: 'nowhere' is not the name of a policy")
    assert identifier == "drf_cors.W014"
    assert unread.startswith(said)


# Requests


def test_a_key_governs_the_view_in_another_urlconf(visitor: Visitor, routes: Routes, settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = ["tests.web.below.choosing_urlconf", OURS]
    settings.CORS_URLCONFS = ["tests.web.tenant_urls"]
    settings.CORS_VIEW_POLICIES = {"tests.web.tenant_urls.tenant": FOR_SHOP}
    routes()
    headers = {"x-tenant": "1"}
    assert wire(visitor.get("/page", headers=headers)) == {"Access-Control-Allow-Origin": SHOP, "Vary": "origin"}
    assert wire(visitor.get("/page", origin=PARTNER, headers=headers)) == {"Vary": "origin"}
    assert told() == []


# List and lock


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("cors", *arguments, stdout=out, no_color=True)
    return out.getvalue()


TABLE = """\
HTTP    Path and view        Who may call, and where it says so
------  -------------------  ------------------------------------
*       /                    nobody
        /orders/             drf_cors.defaults
        home: 2 routes
*       [shop.api] /orders/  https://shop.example
        orders               @cors on orders
Some rows are folded. With --unfold, each method of each route has its own row.
"""


def test_the_list_tells_urlconfs_apart(settings: SettingsWrapper) -> None:
    settings.CORS_URLCONFS = ["shop.api"]
    assert run("list") == TABLE
    rows = json.loads(run("list", "--format", "json", "--path", "/orders/"))
    assert [(row["path"], row["view"], row["urlconf"]) for row in rows] == [
        ("/orders/", "home", "shop.urls"),
        ("/orders/", "orders", "shop.api"),
    ]
    assert run("list", "--format", "csv").splitlines()[-1] == (f"*,/orders/,orders,{SHOP},no,@cors on orders,,shop.api")
    assert "[shop.api]" not in run("list", "--urlconf", "shop.api")


def test_the_lock_tells_urlconfs_apart(settings: SettingsWrapper, tmp_path: Path) -> None:
    file = tmp_path / "cors.lock.json"
    run("lock", "--file", str(file))
    before = json.loads(file.read_text())
    settings.CORS_URLCONFS = ["shop.api"]
    with pytest.raises(CommandError):
        run("lock", "--check", "--file", str(file))
    run("lock", "--file", str(file))
    after = json.loads(file.read_text())
    assert after["endpoints"] == {
        **before["endpoints"],
        "[shop.api] /orders/": {"*": {"allowOrigins": [SHOP]}},
    }
    assert "up to date" in run("lock", "--check", "--file", str(file))
    run("lock", "--file", str(file), "--urlconf", "shop.api")
    assert list(json.loads(file.read_text())["endpoints"]) == ["/orders/"]


@pytest.mark.parametrize(
    ("settings_of_site", "said"),
    [
        ({"CORS_URLCONFS": ["no.such.urls"]}, "The URLconf 'no.such.urls' cannot be read: ModuleNotFoundError"),
        ({"ROOT_HOSTCONF": "no.such.hosts"}, "The module of ROOT_HOSTCONF cannot be read: ModuleNotFoundError"),
    ],
    ids=str,
)
def test_the_list_needs_every_urlconf(settings_of_site: dict[str, Any], said: str, settings: SettingsWrapper) -> None:
    for name, value in settings_of_site.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError) as refused:
        run("list")
    assert str(refused.value).startswith(said)
    assert refused.value.returncode == 1


# Apps that answer by themselves


OPEN: list[dict[str, Any]] = [
    {"CORS_ALLOWED_ORIGINS": [SHOP]},
    {"CORS_POLICIES": {"shop": FOR_SHOP}},
    {"CORS_VIEW_POLICIES": {"home": NO_CORS}},
    {"ROOT_URLCONF": "shop.api"},
]


@pytest.mark.parametrize("settings_of_site", OPEN, ids=str)
@pytest.mark.parametrize("app", ["channels", "django_bolt"])
def test_an_app_that_answers_outside_middleware(
    app: str, settings_of_site: dict[str, Any], monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper
) -> None:
    monkeypatch.setattr(apps, "get_app_configs", lambda: [SimpleNamespace(name="others"), SimpleNamespace(name=app)])
    assert told() == []
    for name, value in settings_of_site.items():
        setattr(settings, name, value)
    (message,) = check_views()
    assert message.id == "drf_cors.W022"
    assert message.msg.startswith(f"{app!r} is in INSTALLED_APPS")
    assert message.hint
