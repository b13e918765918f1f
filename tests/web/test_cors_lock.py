"""`manage.py cors lock`: what is locked, what the file looks like, and how a difference reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import include, path
from django.views import View

from drf_cors import CorsPolicy, CorsPolicyMixin, cors
from tests.tables import named_rows

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Routes

SHOP = "https://shop.example"
OFFICE = "https://office.example"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("cors", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def plain(request: Any) -> None:
    raise NotImplementedError


def is_tenant(origin: str, request: Any) -> bool:
    raise NotImplementedError


class IsPartner:
    def __call__(self, origin: str, request: Any) -> bool:
        raise NotImplementedError


class Orders(CorsPolicyMixin, View):
    cors_policy = CorsPolicy(allowed_origins=[SHOP, OFFICE], allow_credentials=[SHOP], preflight_max_age=60)

    def get(self, request: Any) -> None:
        raise NotImplementedError

    @cors(allow_all_origins=True)
    def post(self, request: Any) -> None:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def site(routes: Routes, settings: SettingsWrapper) -> None:
    settings.CORS_URLS_REGEX = "^/api/"
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    routes(
        path("api/orders/", Orders.as_view()),
        path("api/plain/", plain),
        path("api/<int:pk>/", plain),
        path("api/<slug:pk>/", plain),
        path("api/late/", Orders.as_view()),  # never reached
        path("web/", plain),
        path("asked/", cors(is_origin_allowed=is_tenant)(plain)),
        path("partner/", cors(is_origin_allowed=IsPartner())(plain)),
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cors.lock.json"


def test_the_file(file: Path) -> None:
    assert run("lock", "--file", str(file)) == f"8 policies written to {file}.\n"
    text = file.read_text(encoding="utf-8")
    content = json.loads(text)
    assert text == json.dumps(content, indent=2, sort_keys=True) + "\n"
    assert content["settings"]["allowOrigins"] == [SHOP]
    assert content["endpoints"] == {
        "/api/<pk>/": {"*": "settings"},
        "/api/<pk>/ (api/<slug:pk>/)": {"*": "settings"},
        "/api/orders/": {
            "GET": {"allowOrigins": [OFFICE, SHOP], "credentialedOrigins": [SHOP], "maxAge": 60},
            "POST": {"allowOrigins": ["*"], "maxAge": 60},
        },
        "/api/plain/": {"*": "settings"},
        "/asked/": {"*": {"allowOrigins": [], "dynamic": True, "isOriginAllowed": [f"{__name__}.is_tenant"]}},
        "/partner/": {"*": {"allowOrigins": [], "dynamic": True, "isOriginAllowed": [f"{__name__}.IsPartner"]}},
        "/web/": {"*": "closed"},
    }
    run("lock", "--file", str(file))
    assert file.read_text(encoding="utf-8") == text
    assert run("lock", "--check", "--file", str(file)) == f"{file} is up to date.\n"


def test_a_difference_is_told_route_by_route(file: Path, routes: Routes, settings: SettingsWrapper) -> None:
    run("lock", "--file", str(file))
    settings.CORS_ALLOWED_ORIGINS = [OFFICE]
    settings.CORS_ALLOW_CREDENTIALS = True
    routes(
        path("api/orders/", cors(preflight_max_age=5)(Orders.as_view())),
        path("api/plain/", plain),
        path("api/<int:pk>/", plain),
        path("api/new/", plain),
        path("web/", cors(allowed_origins=[SHOP], allow_headers=[], allow_methods=["GET"])(plain)),
        path("nobody/", plain),
        path("asked/", plain),
    )
    out = StringIO()
    with pytest.raises(CommandError, match="differs from the site") as failed:
        call_command("cors", "lock", "--check", "--file", str(file), stdout=out, no_color=True)
    assert failed.value.returncode == 1
    told = out.getvalue()
    assert (
        "~ * /api/<pk>/\n~ * /api/plain/\n"
        "    allowOrigins: -https://shop.example, +https://office.example\n"
        "    allowCredentials: false -> true\n"
    ) in told
    assert "~ GET /api/orders/\n~ POST /api/orders/\n    maxAge: 60 -> 5\n" in told
    assert "- * /api/<pk>/ (api/<slug:pk>/)\n    - was open: allowOrigins https://shop.example\n" in told
    assert "+ * /api/new/\n    + is open: allowOrigins https://office.example, allowCredentials true\n" in told
    assert "+ * /nobody/\n    closed\n" in told
    assert f"~ * /asked/\n    - was open: dynamic true, isOriginAllowed {__name__}.is_tenant\n" in told
    assert "~ * /web/\n    + is open: allowOrigins https://shop.example\n" in told


# Routes with a format suffix

REGEX_OF_TWIN = r"^/api/\w+/$"  # covers /api/things/, not /api/things.json


def things(*suffixes: str) -> list[Any]:
    """Return routes to one view: `""` is the plain one, `.<format>` its twin."""
    routes = {"": "api/things/", ".<format>": "api/things.<format>", "slashless": "api/things"}
    return [path(routes[suffix], plain) for suffix in suffixes]


TWIN = "/api/things.<format>"


@named_rows(
    "suffixes, regex, expected",
    [
        ("a twin", ("", ".<format>"), "^/api/", {"/api/things/": "settings"}),
        ("a twin before its route", (".<format>", ""), "^/api/", {"/api/things/": "settings"}),
        ("a route without a slash", ("slashless", ".<format>"), "^/api/", {"/api/things": "settings"}),
        (
            "a twin with a policy of its own",
            ("", ".<format>"),
            REGEX_OF_TWIN,
            {"/api/things/": "settings", TWIN: "closed"},
        ),
        ("a suffix without a twin", (".<format>",), "^/api/", {TWIN: "settings"}),
    ],
)
def test_twins_are_not_in_the_file(
    file: Path,
    routes: Routes,
    settings: SettingsWrapper,
    suffixes: tuple[str, ...],
    regex: str,
    expected: dict[str, str],
) -> None:
    settings.CORS_URLS_REGEX = regex
    routes(*things(*suffixes))
    assert run("lock", "--file", str(file)).startswith(f"{len(expected)} policies")
    endpoints = json.loads(file.read_text(encoding="utf-8"))["endpoints"]
    assert endpoints == {route: {"*": short} for route, short in expected.items()}
    assert run("lock", "--check", "--file", str(file)).endswith("is up to date.\n")


def test_a_suffix_of_another_view_is_in_the_file(file: Path, routes: Routes) -> None:
    routes(path("api/things/", plain), path("api/things.<format>", lambda request: None))
    run("lock", "--file", str(file))
    assert len(json.loads(file.read_text(encoding="utf-8"))["endpoints"]) == 2


def checked(file: Path) -> list[str]:
    """Return the lines of the comparison, none if there is no difference."""
    out = StringIO()
    try:
        call_command("cors", "lock", "--check", "--file", str(file), stdout=out, no_color=True)
    except CommandError:
        return out.getvalue().splitlines()
    return []


SHOP_TO_OFFICE = f"    allowOrigins: -{SHOP}, +{OFFICE}"


@named_rows("is_old", {"an old file": True, "a new file": False})
@named_rows(
    "suffixes, changes, expected",
    [
        ("nothing", ("", ".<format>"), {}, []),
        (
            "both in the same way",
            ("", ".<format>"),
            {"CORS_ALLOWED_ORIGINS": [OFFICE]},
            ["~ * /api/things/", SHOP_TO_OFFICE],
        ),
        (
            "the twin alone",
            ("", ".<format>"),
            {"CORS_URLS_REGEX": REGEX_OF_TWIN},
            [f"~ * {TWIN}", f"    - was open: allowOrigins {SHOP}"],
        ),
        (
            "each in its way",
            ("", ".<format>"),
            {"CORS_URLS_REGEX": REGEX_OF_TWIN, "CORS_ALLOWED_ORIGINS": [OFFICE]},
            ["~ * /api/things/", SHOP_TO_OFFICE, f"~ * {TWIN}", f"    - was open: allowOrigins {SHOP}"],
        ),
    ],
)
def test_a_twin_is_compared(
    file: Path,
    routes: Routes,
    settings: SettingsWrapper,
    is_old: bool,
    suffixes: tuple[str, ...],
    changes: dict[str, Any],
    expected: list[str],
) -> None:
    routes(*things(*suffixes))
    run("lock", "--file", str(file))
    if is_old:
        write_as_before(file)
    for name, value in changes.items():
        setattr(settings, name, value)
    assert sorted(checked(file)) == sorted(expected)


def write_as_before(file: Path) -> None:
    """Put the twins into a file, as earlier releases did."""
    content = json.loads(file.read_text(encoding="utf-8"))
    content["endpoints"][TWIN] = content["endpoints"]["/api/things/"]
    file.write_text(json.dumps(content), encoding="utf-8")


@named_rows(
    "before, after, expected",
    [
        ("a route and its twin are new", (), ("", ".<format>"), ["+ * /api/things/"]),
        ("both are gone", ("", ".<format>"), (), ["- * /api/things/"]),
        ("a twin with the same policy is new", ("",), ("", ".<format>"), []),
        ("the route is new", (".<format>",), ("", ".<format>"), ["+ * /api/things/"]),
        ("the route is gone", ("", ".<format>"), (".<format>",), [f"+ * {TWIN}", "- * /api/things/"]),
    ],
)
def test_routes_that_come_and_go(
    file: Path, routes: Routes, before: tuple[str, ...], after: tuple[str, ...], expected: list[str]
) -> None:
    routes(*things(*before))
    run("lock", "--file", str(file))
    routes(*things(*after))
    assert [line for line in checked(file) if line[0] != " "] == expected


def test_a_twin_with_a_policy_of_its_own_that_loses_it(file: Path, routes: Routes, settings: SettingsWrapper) -> None:
    settings.CORS_URLS_REGEX = REGEX_OF_TWIN
    routes(*things("", ".<format>"))
    run("lock", "--file", str(file))
    settings.CORS_URLS_REGEX = "^/api/"
    assert checked(file) == [f"~ * {TWIN}", f"    + is open: allowOrigins {SHOP}"]


def test_twins_of_routes_with_the_same_text(file: Path, routes: Routes) -> None:
    other = cors(preflight_max_age=5)(plain)
    routes(
        path("api/<int:pk>/", plain),
        path("api/<int:pk>.<format>", plain),
        path("api/<slug:pk>/", other),
        path("api/<slug:pk>.<format>", other),
    )
    run("lock", "--file", str(file))
    assert json.loads(file.read_text(encoding="utf-8"))["endpoints"] == {
        "/api/<pk>/": {"*": "settings"},
        "/api/<pk>/ (api/<slug:pk>/)": {"*": {"maxAge": 5}},
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "does not exist. The same command without --check writes it."),
        ("<<<<<<< ours", "is not a lock file: Expecting value"),
        ('{"version": 99}', "is not a lock file: it has version 99; this is version 1"),
        ("[]", "is not a lock file: "),
        ('{"version": 1, "settings": {}, "endpoints": []}', "is not a lock file: "),
    ],
)
def test_a_file_that_cannot_be_compared(file: Path, text: str | None, told: str) -> None:
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=told) as failed:
        run("lock", "--check", "--file", str(file))
    assert failed.value.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--file", "nodir/cors.lock"], "nodir/cors.lock cannot be written: No such file or directory"),
        (["--file", "."], r"\. cannot be written: Is a directory"),
        (["--check", "--file", "."], r"\. cannot be read: Is a directory"),
    ],
)
def test_a_file_that_cannot_be_opened(arguments: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run("lock", *arguments)


def test_a_regex_of_no_text(settings: SettingsWrapper, file: Path) -> None:
    settings.CORS_ALLOWED_ORIGIN_REGEXES = ["\ud800"]
    run("lock", "--file", str(file))
    assert r'"\ud800"' in file.read_text(encoding="utf-8")
    assert run("lock", "--check", "--file", str(file)).endswith("is up to date.\n")


def test_wrong_settings_are_told(settings: SettingsWrapper, file: Path) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["shop.example"]
    with pytest.raises(CommandError, match="has no scheme"):
        run("lock", "--file", str(file))


@named_rows("arguments", {"list": ["list"], "lock": ["lock", "--file"]})
def test_the_example_api(arguments: list[str], file: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "example_api/manage.py",
            "cors",
            *arguments,
            *([str(file)] * (len(arguments) - 1)),
        ],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "example_api.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "policies written to" in done.stdout or "OrderViewSet.destroy" in done.stdout


@pytest.fixture
def large_site(routes: Routes) -> None:
    routes(
        path("api/", include([path(f"things-{number}/<int:pk>/", plain) for number in range(2500)])),
        *(path(f"web/pages-{number}/<slug:name>/", Orders.as_view()) for number in range(2500)),
    )


def test_five_thousand_routes(large_site: None, file: Path) -> None:
    listed = run("list", "--format", "csv")
    assert listed.count("\n") == 1 + 2500 + 5000
    assert run("lock", "--file", str(file)).startswith("7500 policies")
    assert run("lock", "--check", "--file", str(file)).endswith("is up to date.\n")


@named_rows(
    "arguments, status",
    {
        "a list": (["list"], 0),
        "a list as JSON": (["list", "--format=json"], 0),
        "an explanation": (["explain", "/orders/", "--origin=https://evil.example"], 1),
        "a lock file that differs": (["lock", "--check"], 1),
    },
)
def test_an_output_that_is_closed_ends_quietly(
    arguments: list[str], status: int, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if arguments[0] == "lock":
        run("lock", f"--file={file}")
        file.write_text(file.read_text().replace("https://", "https://other-"))
        arguments = [*arguments, f"--file={file}"]
    reading, writing = os.pipe()
    os.close(reading)
    closed = os.fdopen(writing, "w", encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", closed)
    if status:
        with pytest.raises((SystemExit, CommandError)) as raised:
            call_command("cors", *arguments)
        assert getattr(raised.value, "code", 1) == status
        assert "BrokenPipe" not in str(raised.value)
    else:
        call_command("cors", *arguments)
    closed.close()  # flushes what is left, as Python does when it exits
