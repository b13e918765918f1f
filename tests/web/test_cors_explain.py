"""`manage.py cors explain`: the cause in the first line, what to do in the second."""

from __future__ import annotations

import ast
import functools
import importlib
import json
import re
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import markcoroutinefunction
from django.conf.urls.i18n import i18n_patterns
from django.core.cache import caches
from django.core.exceptions import MiddlewareNotUsed, PermissionDenied
from django.core.management import CommandError, call_command
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client
from django.urls import path
from django.utils.decorators import async_only_middleware
from django.utils.deprecation import MiddlewareMixin
from django.views import View
from django.views.generic import RedirectView
from rest_framework.permissions import (
    AllowAny,
    BasePermission,
    DjangoModelPermissions,
    DjangoModelPermissionsOrAnonReadOnly,
    IsAdminUser,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
)
from rest_framework.views import APIView

from drf_cors import INHERITED, NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.core.origins import parse_origin, parse_valid
from drf_cors.core.sources import Source
from drf_cors.core.verdict import Reason
from drf_cors.diagnosis import server
from drf_cors.diagnosis.findings import Cause
from drf_cors.diagnosis.source_locations import place
from drf_cors.drf_views import blocking_permissions
from drf_cors.explain.public_suffixes import is_same_site
from drf_cors.explain.sessions import is_trusted
from drf_cors.fetch_model.urls import parse_url
from drf_cors.signals import check_request_enabled, cors_refused
from tests.docs.pages import PAGES
from tests.projects.views import OURS
from tests.tables import named_rows

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

CSRF = "django.middleware.csrf.CsrfViewMiddleware"
PROJECTS = Path(__file__).parents[1] / "projects"
CASES = sorted(file.stem for file in PROJECTS.glob("*.py") if file.stem not in ("__init__", "views", "editing"))


def ask(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("cors", "explain", *arguments, stdout=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    return 0, out.getvalue()


def use(settings: SettingsWrapper, name: str) -> Any:
    project = importlib.import_module(f"tests.projects.{name}")
    for key, value in vars(project).items():
        if key.isupper() and key not in ("ASK", "CAUSE", "SAYS", "MEND", "MENDED", "OURS"):
            setattr(settings, key, value)
    settings.ROOT_URLCONF = project.__name__
    return project


@pytest.mark.parametrize("name", CASES)
def test_cause_and_mend_of_a_misconfigured_project(settings: SettingsWrapper, name: str) -> None:
    project = use(settings, name)
    status, text = ask(*project.ASK)
    first, second = text.splitlines()[:2]
    assert first.startswith("Blocked: ")
    assert project.SAYS in first
    assert f"[{project.CAUSE}" in first
    assert second.startswith("Next: ")
    assert project.MEND in second
    assert status == 1
    status, told = ask(*project.ASK, "--format", "json")
    found = json.loads(told)
    assert (status, found["allowed"]) == (1, False)
    assert found["findings"][0]["code"] == project.CAUSE.partition(":")[0]


@pytest.mark.parametrize("name", CASES)
def test_what_is_advised_helps(settings: SettingsWrapper, name: str) -> None:
    project = use(settings, name)
    for key, value in project.MENDED.items():
        if key.isupper():
            setattr(settings, key, value)
    if "urlpatterns" in project.MENDED:
        settings.ROOT_URLCONF = type("Mended", (), {"urlpatterns": project.MENDED["urlpatterns"]})
    assert ask(*project.MENDED.get("ASK", project.ASK))[0] == 0


SHOP = ("--origin", "https://shop.example")


def test_an_allowed_request_is_shown_as_a_browser_makes_it(settings: SettingsWrapper) -> None:
    use(settings, "header_not_allowed")
    headers = ("--header", "Content-Type", "--header", "Cookie: a=b", "--header", "Range")
    status, text = ask("/api/orders/?page=2", *SHOP, "--method", "post", *headers, "--read", "content-type")
    assert status == 0
    assert text.splitlines()[:2] == [
        "Allowed: The browser sends the request and lets the script read the answer.",
        (
            "Next: Nothing to change in Django. If the browser still blocks it, something between changes the "
            "response: add --live to find it, or compare what arrives through the proxy: curl -i -X OPTIONS "
            "-H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: content-type' "
            "-H 'Origin: https://shop.example' 'https://testserver/api/orders/?page=2'"
        ),
    ]
    assert "Scripts cannot set Cookie. It was left out." in text
    assert "  OPTIONS https://testserver/api/orders/?page=2\n  Access-Control-Request-Method: POST\n" in text
    assert "  Access-Control-Request-Headers: content-type\n  Origin: https://shop.example\n  response: 200\n" in text
    assert "  POST https://testserver/api/orders/?page=2\n  Content-Type: application/json\n  Range: bytes=0-\n" in text
    assert "Policy of POST at Orders\n  allowed_origins         https://shop.example\n" in text
    assert "Orders.cors_policy, tests/projects/views.py:" in text
    assert "drf_cors.defaults" in text


def test_a_long_list_is_cut_in_the_text_alone(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.CORS_ALLOWED_ORIGINS = [f"https://t{number}.example" for number in range(1000)]
    asked = ("/api/plain/", "--origin", "https://t1000.example")
    text = ask(*asked)[1]
    assert "The nearest allowed origin, https://t100.example, differs in the host." in text
    assert "https://t49.example and 950 more\n" in text
    assert "https://t50.example" not in text
    assert "https://t999.example" in ask(*asked, "--format", "json")[1]


def test_json(settings: SettingsWrapper) -> None:
    use(settings, "header_not_allowed")
    status, text = ask("/api/orders/", *SHOP, "--method", "PATCH", "--format", "json")
    found = json.loads(text)
    assert (status, found["allowed"], found["findings"], found["dropped"]) == (0, True, [], [])
    assert [(one["kind"], one["method"], one["status"], one["reason"]) for one in found["requests"]] == [
        ("preflight", "OPTIONS", 200, "allowed"),
        ("request", "PATCH", None, "allowed"),
    ]
    assert found["requests"][1]["answer"]["Access-Control-Allow-Origin"] == "https://shop.example"
    assert found["policy"]["allowOrigins"] == ["https://shop.example"]
    assert {field["field"]: field["source"] for field in found["fields"]}["allow_methods"] == "drf_cors.defaults"


def test_the_page_of_the_site_itself(settings: SettingsWrapper) -> None:
    use(settings, "header_not_allowed")
    status, text = ask("https://testserver/api/orders/", "--origin", "https://testserver", "--method", "PATCH")
    assert status == 0
    assert text.startswith("Allowed: The page and the API have the same origin; CORS does not apply. [same-origin]\n")
    assert "Preflight: none is needed" in text


def is_tenant(origin: str, request: Any) -> bool:
    if origin == "https://fails.example":
        raise LookupError
    return origin == "https://tenant.example"


class Few(CorsPolicyMixin, View):
    cors_policy = CorsPolicy(
        allowed_origins=["https://shop.example", "https://*.partner.example", "http://127.0.0.1:*", "null"],
        allow_methods=["GET", "DELETE", "POST"],
        allow_headers=["*"],
    )

    def get(self, request: Any) -> None:
        raise NotImplementedError

    @cors(allow_methods=["GET"])
    def put(self, request: Any) -> None:
        raise NotImplementedError


def plain(request: Any) -> None:
    raise NotImplementedError


class NoOptions(View):
    http_method_names = ("get", "put")

    def get(self, request: Any) -> None:
        raise NotImplementedError

    def put(self, request: Any) -> None:
        raise NotImplementedError


class Site:
    """The URLs of the questions below."""

    urlpatterns = (
        path("api/few/", Few.as_view()),
        path("api/open/", cors(allow_all_origins=True, expose_headers=["*"])(plain)),
        path("api/asked/", cors(is_origin_allowed=is_tenant)(plain)),
        path("api/closed/", cors(NO_CORS)(plain)),
        path("api/shut/", cors(NO_CORS)(Few.as_view())),
        path("api/broken/", cors("partner")(plain)),
        path("api/session/", cors(allowed_origins=["https://shop.example"], allow_credentials=True)(plain)),
        path("api/plain/", plain),
        path("web/plain/", plain),
        path("web/no-options/", NoOptions.as_view()),
        *i18n_patterns(path("page/", cors(allowed_origins=["https://shop.example"])(plain))),
    )


ORIGINS = "django.middleware.common.CommonMiddleware", "django.middleware.locale.LocaleMiddleware"


@named_rows(
    "arguments, status, codes",
    [
        ("no origin, where any is admitted", "/api/open/", 0, []),
        ("any header may be read", "/api/open/ --origin https://x.example --read x-any", 0, []),
        ("a slash behind the origin", "/api/few/ --origin https://shop.example/", 1, ["origin-misspelt"]),
        ("and a scheme", "/api/few/ --origin http://shop.example/", 1, ["origin-misspelt", "origin-differs"]),
        ("a pattern for an origin", "/api/few/ --origin http://localhost:*", 1, ["origin-malformed"]),
        (
            "credentials of null",
            "/api/open/ --origin null --credentials",
            1,
            ["credentials-not-allowed", "cookie-same-site"],
        ),
        ("null", "/api/session/ --origin null", 1, ["origin-null"]),
        ("another scheme", "/api/few/ --origin http://shop.example", 1, ["origin-differs"]),
        ("www", "/api/few/ --origin https://www.shop.example", 1, ["origin-differs"]),
        ("another name of loopback", "/api/few/ --origin http://localhost:3000", 1, ["origin-differs"]),
        ("the bare domain", "/api/few/ --origin https://partner.example", 1, ["origin-differs"]),
        ("below, another scheme", "/api/few/ --origin http://a.partner.example", 1, ["origin-differs"]),
        ("a slip of the pen", "/api/few/ --origin https://shp.example", 1, ["origin-differs"]),
        ("a stranger", "/api/few/ --origin https://a.invalid", 1, ["origin-not-allowed"]),
        ("method", "/api/few/ --origin https://shop.example --method PUT", 1, ["method-not-allowed"]),
        ("handler", "/api/few/ --origin https://shop.example --method DELETE", 1, ["method-not-on-view"]),
        ("cookie", "/api/few/ --origin https://shop.example --read Set-Cookie", 1, ["header-never-readable"]),
        ("a redirect that is followed", "/api/few --origin https://shop.example", 0, ["redirect-slash"]),
        ("a redirect to a language", "/page/ --origin https://shop.example", 0, ["redirect-language"]),
        ("a callable admits", "/api/asked/ --origin https://tenant.example", 0, []),
        ("a callable refuses", "/api/asked/ --origin https://x.example", 1, ["callable-refuses"]),
        ("a callable fails", "/api/asked/ --origin https://fails.example", 1, ["callable-failed"]),
        ("a closed view", "/api/closed/ --origin https://shop.example", 1, ["view-closed-for-good"]),
        ("shut from outside", "/api/shut/ --origin https://shop.example --method PUT", 1, ["view-closed-for-good"]),
        ("an unknown policy", "/api/broken/ --origin https://shop.example", 1, ["declaration-faulty"]),
        ("no view", "/api/nowhere/ --origin https://shop.example", 1, ["not-resolved"]),
        ("outside the regex", "/web/plain/ --origin https://shop.example", 1, ["url-not-covered"]),
        ("preflight too", "/web/plain/ --origin https://shop.example --method PUT", 1, ["url-not-covered"]),
        ("405", "/web/no-options/ --origin https://shop.example --method PUT", 1, ["preflight-no-options"]),
        ("404", "/web/nowhere/ --origin https://shop.example --method PUT", 1, ["preflight-not-found"]),
        (
            "all about cookies",
            "/api/session/ --origin https://shop.example --credentials --method POST",
            1,
            ["cookie-same-site", "cookie-same-site", "csrf-not-trusted"],
        ),
    ],
)
def test_what_is_found(settings: SettingsWrapper, arguments: str, status: int, codes: list[str]) -> None:
    settings.ROOT_URLCONF = Site
    settings.CORS_URLS_REGEX = "^/api/"
    settings.LANGUAGE_CODE = "en"
    settings.MIDDLEWARE = [OURS, *ORIGINS, "django.contrib.sessions.middleware.SessionMiddleware", CSRF]
    found_status, text = ask(*arguments.split(), "--format", "json")
    found = json.loads(text)
    assert ([finding["code"] for finding in found["findings"]], found_status) == (codes, status)
    assert ask(*arguments.split())[0] == status


class Unreadable(View):
    authentication_classes = 5

    def put(self, request: Any) -> None:
        raise NotImplementedError


class OddSite:
    urlpatterns = (path("api/odd/", Unreadable.as_view()),)


@pytest.mark.parametrize(
    ("name", "value", "code", "told"),
    [
        ("MIDDLEWARE", None, "setting-faulty", "MIDDLEWARE: None has the wrong type"),
        ("MIDDLEWARE", "drf_cors", "setting-faulty", "MIDDLEWARE: 'drf_cors' is one string"),
        ("MIDDLEWARE", [OURS, 3], "setting-faulty", "MIDDLEWARE: 3 is not a string"),
        ("ROOT_URLCONF", None, "setting-faulty", "ROOT_URLCONF: None is not a string"),
        (
            "ROOT_URLCONF",
            "no.such.urls",
            "urlconf-broken",
            "'no.such.urls' cannot be read, so requests for this URL fail: Mod",
        ),
    ],
)
def test_a_broken_project_is_told(settings: SettingsWrapper, name: str, value: Any, code: str, told: str) -> None:
    settings.ROOT_URLCONF = Site
    setattr(settings, name, value)
    status, text = ask("/api/plain/", "--origin", "https://shop.example")
    assert status == 1
    assert told in text.splitlines()[0]
    assert f"[{code}" in text.splitlines()[0]


def test_no_trusted_origins_at_all(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.CSRF_TRUSTED_ORIGINS = None
    settings.MIDDLEWARE = [OURS, CSRF]
    text = ask("/api/session/", *SHOP, "--credentials", "--method", "PUT")[1]
    assert "[csrf-not-trusted]" in text


def test_what_else_a_project_raises_is_no_traceback(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = OddSite
    with pytest.raises(CommandError, match="raised TypeError: 'int' object is not iterable") as refused:
        ask("/api/odd/", *SHOP, "--credentials", "--method", "PUT")
    assert refused.value.returncode == 2


class Noting(CorsPolicyMixin, View):
    cors_policy = CorsPolicy(allowed_origins=["https://shop.example"])


@cors(allowed_origins=["https://shop.example"])
class Marked(View):
    pass


def around(view: Any) -> Any:
    def wrapper(request: Any) -> None:
        raise NotImplementedError(view)

    return wrapper


@named_rows(
    "view",
    {
        "a view of a class": around(Noting.as_view()),
        "a class": around(Noting),
        "a view of a marked class": around(Marked.as_view()),
        "a marked class": around(around(Marked)),
    },
)
def test_a_view_that_a_wrapper_hides(settings: SettingsWrapper, view: Any) -> None:
    settings.ROOT_URLCONF = type("HiddenSite", (), {"urlpatterns": [path("api/hidden/", view)]})
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    status, text = ask("/api/hidden/", *SHOP)
    assert text.startswith("Blocked: ")
    assert "[view-hidden]" in text.splitlines()[0]
    assert status == 1


class Closed(CorsPolicyMixin, View):
    cors_policy = NO_CORS

    def get(self, request: Any) -> None:
        raise NotImplementedError

    @cors(allowed_origins=[INHERITED])
    def put(self, request: Any) -> None:
        raise NotImplementedError


class Told:
    """The URLs of the questions about what is said."""

    urlpatterns = (
        path("extends/", cors(allowed_origins=[INHERITED])(plain)),
        path("redirect/", RedirectView.as_view(url="/")),
        path("partial/", functools.partial(plain)),
        path("few/", Few.as_view()),
        path("site/", plain),
        path("closed/", Closed.as_view()),
        path("final/", cors(NO_CORS)(Few.as_view())),
        path("unknown/", cors("partner")(plain)),
        path("asked/", cors(is_origin_allowed=is_tenant)(plain)),
        path("regex/", cors(allowed_origin_regexes=[r"https://(\w+\.)?shop\.example"])(plain)),
        path("view-policy/", plain, name="by-setting"),
        path(
            "some/",
            cors(
                allowed_origins=["https://shop.example", "https://office.example"],
                allow_credentials=["https://office.example"],
            )(plain),
        ),
        path("opens/", cors(allow_credentials=True)(plain)),
        path("without/", cors(allow_credentials=False)(plain)),
    )


@named_rows(
    "arguments, changes, lines",
    [
        (
            "a stranger of a view",
            "/few/ --origin https://a.invalid",
            {},
            [
                "Nothing that the policy lists admits https://a.invalid.",
                "Put @cors(allowed_origins=[INHERITED, 'https://a.invalid']) on Few.get. (Few.get, tests/",
            ],
        ),
        (
            "a stranger of a site",
            "/site/ --origin https://a.invalid",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"]},
            [
                "Nothing that the policy lists",
                "'https://a.invalid'] in the settings (this changes every endpoint under the global settings: 7",
            ],
        ),
        (
            "no page is at a wildcard",
            "/few/ --origin https://partner.example",
            {},
            [
                "nearest allowed origin, https://*.partner.example,",
                "[INHERITED, 'https://partner.example']) on Few.get. (",
            ],
        ),
        (
            "a common domain makes no likeness",
            "/few/ --origin https://few.example",
            {},
            ["Nothing that the policy lists", "[INHERITED, 'https://few.example']"],
        ),
        (
            "a regular expression, and the scheme",
            "/regex/ --origin http://a.shop.example",
            {},
            ["origin, https://a.shop.example, differs in the scheme", "Or open the page at https://a.shop.example."],
        ),
        (
            "a regular expression, and the port",
            "/regex/ --origin http://shop.example:8000",
            {},
            ["differs in the scheme and the port", "https://shop.example."],
        ),
        (
            "a callable",
            "/asked/ --origin https://x.example",
            {},
            [
                "its callable, is_tenant, does not return True for it",
                "Look into is_tenant. Or write allowed_origins=['https://x.example'] in cors(",
            ],
        ),
        (
            "closed by its class",
            "/closed/ --origin https://x.example --method PUT",
            {"CORS_ALLOWED_ORIGINS": ["https://x.example"]},
            [
                "Closed.cors_policy admits nobody, as NO_CORS",
                "Add 'https://x.example' to allowed_origins in @cors on Closed.put.",
            ],
        ),
        (
            "closed from outside",
            "/final/ --origin https://shop.example",
            {},
            [
                "an empty list does, and closes the view from outside",
                "write CorsPolicy(allowed_origins=['https://shop.example']) instead of the policy that closes the view",
            ],
        ),
        (
            "nobody is extended",
            "/extends/ --origin https://shop.example",
            {},
            ["cors(...) around plain extends what it inherits, and that is nobody.", "to allowed_origins in cors(...)"],
        ),
        (
            "an unknown policy",
            "/unknown/ --origin https://shop.example",
            {},
            [
                "Nobody is allowed, because of cors(...) around plain. cors_policy: 'partner' is not",
                "Add it to settings.",
            ],
        ),
        (
            "declarations that do not go together",
            "/opens/ --origin https://shop.example --credentials",
            {"CORS_ALLOW_ALL_ORIGINS": True},
            [
                "Credentials are off, because of settings.CORS_ALLOW_ALL_ORIGINS, cors(...)",
                "Write allow_credentials=['https://shop.example'] in cors(...) around plain",
            ],
        ),
        (
            "no credentials",
            "/few/ --origin https://shop.example --credentials",
            {},
            [
                "The policy admits https://shop.example, but not with",
                "@cors(allow_credentials=['https://shop.example']) on Few.get. Or fetch with",
            ],
        ),
        (
            "no credentials for any origin",
            "/site/ --origin https://shop.example --credentials",
            {"CORS_ALLOW_ALL_ORIGINS": True},
            [
                "The policy allows any origin, so the response has '*', and browsers refuse that",
                "plain in the URLconf (this changes every method of /site/ too). Or write CORS_ALLOW_CREDENTIALS = [",
            ],
        ),
        (
            "credentials for others",
            "/some/ --origin https://shop.example --credentials",
            {},
            ["not with credentials", "Add 'https://shop.example' to allow_credentials in cors(...) around plain ("],
        ),
        (
            "credentials that the view takes away",
            "/without/ --origin https://shop.example --credentials",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"], "CORS_ALLOW_CREDENTIALS": True},
            ["not with credentials", "Write allow_credentials=['https://shop.example'] in cors(...) around plain"],
        ),
        (
            "credentials of null",
            "/few/ --origin null --credentials",
            {},
            ["The policy admits null, but not with", "Serve the page from a web server"],
        ),
        (
            "no handler",
            "/few/ --origin https://shop.example --method PROPFIND",
            {},
            ["Few has no handler for PROPFIND; it has GET, PUT.", "Use a method the view has"],
        ),
        (
            "a list of the view",
            "/few/ --origin https://shop.example --method PUT",
            {},
            ["The policy does not allow the method PUT.", "Add 'PUT' to allow_methods in @cors on Few.put."],
        ),
        (
            "a default of the library",
            "/site/ --origin https://shop.example --method PROPFIND",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"]},
            [
                "not allow the method PROPFIND.",
                "the global settings: 10 endpoints; it needs from drf_cors.defaults import default_methods).",
            ],
        ),
        (
            "a setting",
            "/site/ --origin https://shop.example --header X-Foo",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"], "CORS_ALLOW_HEADERS": ["x-bar"]},
            [
                "not allow the request header x-foo.",
                "Or write CORS_ALLOW_HEADERS = [..., 'x-foo'] in the settings (this changes",
            ],
        ),
        (
            "a default under a view's policy",
            "/asked/ --origin https://tenant.example --header X-Foo",
            {},
            [
                "not allow the request header x-foo.",
                "[INHERITED, 'x-foo'] in cors(...) around plain (this changes every method of /asked/ too). Or write",
            ],
        ),
        (
            "each header that is refused",
            "/few/ --origin https://shop.example --header X-Foo --header X-Bar",
            {"CORS_VIEW_POLICIES": {f"{__name__}.Few": {"allow_headers": ["x-baz"]}}},
            [
                "not allow the request headers x-bar, x-foo. [header-not-allowed: x-bar, x-foo]",
                "@cors(allow_headers=[INHERITED, 'x-bar', 'x-foo']) on Few.get",
            ],
        ),
        (
            "several headers, of the library's default",
            "/site/ --origin https://shop.example --header X-Foo --header X-Bar --read etag --read link",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"]},
            [
                "not allow the request headers x-bar, x-foo.",
                "Or write CORS_ALLOW_HEADERS = [*default_headers, 'x-bar', 'x-foo'] in the settings (this changes",
                "cannot read the headers etag, link of the answer: expose_headers does not list them.",
                "Or write CORS_EXPOSE_HEADERS = ['etag', 'link'] in the settings (this changes every",
            ],
        ),
        (
            "a header that no policy can list, beside one that can be",
            "/site/ --origin https://shop.example --header X-Foo --header Access-Control-Allow-Origin",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"], "CORS_ALLOW_HEADERS": ["x-baz", "x-bar"]},
            [
                "not allow the request header x-foo.",
                "Or write CORS_ALLOW_HEADERS = [..., 'x-foo'] in the settings",
                "not allow the request header access-control-allow-origin.",
                "No policy can have 'access-control-allow-origin' in allow_headers.",
            ],
        ),
        (
            "more headers than browsers send",
            f"/site/ --origin https://shop.example {' '.join(f'--header X-{number}' for number in range(200))}",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"], "CORS_ALLOW_HEADERS": ["*"]},
            ["does not allow a request header that the script sets"],
        ),
        (
            "a regular expression that matches the beginning only",
            "/site/ --origin https://shop.example",
            {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://shop\.ex"]},
            [
                "differs in its end: a regular expression has to match the whole",
                "Or write CORS_ALLOWED_ORIGINS = ['https://shop.example'] in",
            ],
        ),
        (
            "two parts",
            "/site/ --origin http://localhost:5173",
            {"CORS_ALLOWED_ORIGINS": ["http://127.0.0.1:3000"]},
            ["differs in the port and the host: localhost, 127.0.0.1 and [::1] are different origins."],
        ),
        (
            "the case of a method that is not allowed either",
            "/site/ --origin https://shop.example --method patch",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"], "CORS_ALLOW_METHODS": ["GET"]},
            ["'patch' is not 'PATCH'", "Write the method in upper case in the script: method: 'PATCH'."],
        ),
        (
            "a callable that fails",
            "/asked/ --origin https://fails.example",
            {},
            ["is_origin_allowed (cors(...) around plain) raised LookupError, so the origin is refused.", "Fix what"],
        ),
        (
            "a slash that nothing appends",
            "/few --origin https://shop.example --method DELETE",
            {},
            ["No view answers /few.", "Fetch /few/, which has a view; or add the URL."],
        ),
        (
            "no view, and outside the regular expression",
            "/nowhere/ --origin https://shop.example",
            {"CORS_URLS_REGEX": "^/api/"},
            ["No view answers /nowhere/.", "Correct the path, or add the URL."],
        ),
        (
            "no view, and another origin",
            "/nowhere --origin https://shop.example",
            {"CORS_ALLOWED_ORIGINS": ["https://office.example"]},
            ["No view answers /nowhere. [not-resolved]", "Correct the path, or add the URL."],
        ),
        (
            "outside the regular expression",
            "/site/ --origin https://shop.example --method PUT",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"], "CORS_URLS_REGEX": "^/api/"},
            [
                "'^/api/' does not match /site/, and plain admits nobody of its own: the preflight reaches the",
                "Or widen CORS_URLS_REGEX so that it matches /site/ (this changes every endpoint that it then matches:",
            ],
        ),
        (
            "to widen the regular expression is not enough",
            "/site/ --origin https://shop.example",
            {"CORS_ALLOWED_ORIGINS": ["https://office.example"], "CORS_URLS_REGEX": "^/api/"},
            [
                "plain admits nobody of its own. [",
                "around plain in the URLconf (this changes every method of /site/ too).",
            ],
        ),
        (
            "a declaration without origins, outside the regular expression",
            "/opens/ --origin https://shop.example",
            {"CORS_URLS_REGEX": "^/api/"},
            [
                "and plain admits nobody",
                "Write allowed_origins=['https://shop.example'], allow_credentials=False in cors(",
            ],
        ),
        (
            "a misspelt setting that would change nothing",
            "/site/ --origin https://shop.example",
            {"CORS_URLS_REGEX": "^/api/", "CORS_URL_REGEX": "^/site/"},
            ["does not match /site/"],
        ),
        (
            "a view of somebody else's",
            "/redirect/ --origin https://shop.example",
            {},
            [
                "Nothing is declared for RedirectView",
                "Put cors(allowed_origins=['https://shop.example'])(...) around Re",
            ],
        ),
        (
            "a view that cannot be marked",
            "/partial/ --origin https://shop.example",
            {"CORS_URLS_REGEX": "^/api/"},
            ["and plain admits nobody", "Put cors(allowed_origins=['https://shop.example'])(...) around plain in"],
        ),
        (
            "half of a name",
            "/site/ --origin https://shop.example",
            {"CORS_ALLOW_ALL": True},
            [
                "The settings have CORS_ALLOW_ALL, which nothing reads",
                "to CORS_ALLOW_ALL_ORIGINS (this changes every endpoint under",
            ],
        ),
        (
            "a misspelt setting, where the view decides",
            "/few/ --origin https://office.example",
            {"CORS_ALLOWED_ORIGIN": ["https://office.example"]},
            ["Nothing that the policy lists", "[INHERITED, 'https://office.example']) on Few.get"],
        ),
        (
            "policies under a misspelt name",
            "/unknown/ --origin https://shop.example",
            {"CORS_POLICY": {"partner": {"allow_all_origins": True}}},
            [
                "is under a name that nothing reads, so what it declares has no effect.",
                "Next: In the settings: write CORS_POLICIES",
            ],
        ),
        (
            "headers under a misspelt name",
            "/site/ --origin https://shop.example --header X-Foo",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"], "CORS_ALLOWED_HEADERS": ["x-foo"]},
            [
                "The settings have CORS_ALLOWED_HEADERS",
                "to CORS_ALLOW_HEADERS (this changes every endpoint",
                "not allow the request hea",
            ],
        ),
        (
            "credentials under a misspelt name",
            "/site/ --origin https://shop.example --credentials",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example"], "CORS_SUPPORTS_CREDENTIALS": True},
            [
                "The settings have CORS_SUPPORTS_CREDENTIALS",
                "to CORS_ALLOW_CREDENTIALS (this changes every",
                "but not with",
            ],
        ),
        (
            "faults of the settings",
            "/view-policy/ --origin https://shop.example",
            {"CORS_POLICIES": {"p": {"allow_all_origins": 1}, "q": {"origins": []}}},
            ["['allow_all_origins']: 1 has", "In the settings: write ", "is not a field of CorsPolicy", "did you mean"],
        ),
        (
            "a policy in the settings",
            "/view-policy/ --origin https://shop.example --header X-Foo",
            {"CORS_VIEW_POLICIES": {"by-setting": {"allow_all_origins": True, "allow_headers": ["x-bar"]}}},
            [
                "not allow the request header x-foo.",
                "to allow_headers in settings.CORS_VIEW_POLICIES['by-setting'] (this",
            ],
        ),
    ],
)
def test_what_is_said(settings: SettingsWrapper, arguments: str, changes: dict[str, Any], lines: list[str]) -> None:
    settings.ROOT_URLCONF = Told
    settings.MIDDLEWARE = [OURS]
    for name, value in changes.items():
        setattr(settings, name, value)
    status, text = ask(*arguments.split())
    assert status == 1
    for line, expected in zip(text.splitlines(), lines, strict=False):
        assert expected in line


@named_rows(
    "regex, prefix, mended",
    [
        ("an anchor", "^api/", "", "r'^/api/'"),
        ("no anchor", r"api/\w+/$", "", r"r'^/api/\w+/$'"),
        ("another anchor", r"\Aapi/", "", "r'^/api/'"),
        ("an anchor for each", "^v1/|^api/", "", "r'^/v1/|^/api/'"),
        ("none of several has an anchor", "v1/|api/", "", "r'^/(?:v1/|api/)'"),
        ("quotes", r"^[\w']+/", "", r'''"^/[\\w']+/"'''),
        ("a prefix", "^/shop/api/", "/shop", "r'^/api/'"),
    ],
)
def test_the_regular_expression_that_is_advised_works(
    settings: SettingsWrapper, regex: str, prefix: str, mended: str
) -> None:
    settings.ROOT_URLCONF = Site
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    settings.FORCE_SCRIPT_NAME = prefix
    settings.CORS_URLS_REGEX = regex
    status, text = ask("/api/plain/", *SHOP)
    assert status == 1
    assert (
        f"CORS_URLS_REGEX = {mended} (this changes every endpoint that it then matches). Or put "
        in text.splitlines()[1]
    )
    settings.CORS_URLS_REGEX = ast.literal_eval(mended)
    assert ask("/api/plain/", *SHOP)[0] == 0


@pytest.mark.parametrize("regex", [re.compile("^API/", re.IGNORECASE), "(?i)api/|v1/"])
def test_no_regular_expression_is_advised_that_would_not_work(settings: SettingsWrapper, regex: Any) -> None:
    settings.ROOT_URLCONF = Site
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    settings.CORS_URLS_REGEX = regex
    assert "Or widen CORS_URLS_REGEX so that it matches /api/plain/" in ask("/api/plain/", *SHOP)[1].splitlines()[1]


def test_a_path_without_a_view_is_told_where_the_answer_can_be_read(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    status, text = ask("/api/nowhere/", *SHOP, "--method", "PUT")
    assert status == 0
    assert text.startswith("Allowed, but: No view answers /api/nowhere/. [not-resolved]\n")


@named_rows(
    "source, first, second",
    [
        (
            "a policy",
            "from drf_cors import CorsPolicy\n\nPOLICY = CorsPolicy(allowed_origins=['https://shop.example/'])\n",
            "cannot be read, because of CorsPolicy(...). allowed_origins: 'https://shop.example/' ends with a slash",
            "Next: Write 'https://shop.example'. (faulty_urls.py:3)",
        ),
        (
            "an import",
            "\nimport no_such_module\n",
            "No module named 'no_such_module'",
            "Next: Fix what raises there, and ask again. (faulty_urls.py:2)",
        ),
    ],
)
def test_a_urlconf_that_cannot_be_read_is_told_with_its_line(
    settings: SettingsWrapper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, first: str, second: str
) -> None:
    (tmp_path / "faulty_urls.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    settings.ROOT_URLCONF = "faulty_urls"
    status, text = ask("/api/orders/", *SHOP)
    lines = text.splitlines()
    assert status == 1
    assert first in lines[0]
    assert lines[1] == second


def test_a_question_that_no_browser_asks_is_wrong_usage(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    for arguments in (["api/few/"], ["/api/", "--method", "TRACE"], ["/api/", "--header", "no token: 1"], ["//["]):
        with pytest.raises(CommandError) as refused:
            ask(*arguments)
        assert refused.value.returncode == 2


def admit(request: Any, **_: Any) -> bool:
    return True


def test_a_receiver_is_asked(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    check_request_enabled.connect(admit)
    try:
        assert ask("/api/plain/", "--origin", "https://shop.example", "--method", "PUT")[0] == 0
    finally:
        check_request_enabled.disconnect(admit)


def steady(get_response: Any) -> Any:
    raise MiddlewareNotUsed


@async_only_middleware
def native(get_response: Any) -> Any:
    async def answer(request: Any) -> Any:
        return await get_response(request)

    return answer


def override(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        request.method = "PUT"
        return get_response(request)

    return answer


def gate(get_response: Any) -> Any:
    return lambda request: HttpResponse(status=503)


def failing(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        raise PermissionDenied("not you")

    return answer


def silent(get_response: Any) -> Any:
    return lambda request: None


def drops(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        get_response(request)
        raise LookupError("\x1b[31mafter\nours")

    return answer


def strips(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        response = get_response(request)
        for name in [name for name in response.headers if name.startswith("Access-Control-")]:
            del response.headers[name]
        return response

    return answer


def leaves(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        raise SystemExit(3)

    return answer


def none(get_response: Any) -> None:
    return None


class Unmade:
    def __init__(self, get_response: Any) -> None:
        raise LookupError


class Hooked(MiddlewareMixin):
    pass


def against_robots(get_response: Any) -> Any:
    """Refuses what no browser sends."""

    def check(request: Any) -> HttpResponse:
        meta = request.META
        told = meta["HTTP_USER_AGENT"], meta["HTTP_ACCEPT"], meta["HTTP_ACCEPT_LANGUAGE"], meta["HTTP_ACCEPT_ENCODING"]
        assert all(told)
        assert (meta["HTTP_SEC_FETCH_MODE"], meta["HTTP_SEC_FETCH_SITE"]) == ("cors", "cross-site")
        print("seen", file=meta["wsgi.errors"])
        answer: HttpResponse = get_response(request)
        return answer

    return check


class FailingHook(Hooked):
    def process_view(self, request: Any, *_: Any) -> None:
        raise PermissionDenied


class AnsweringHook(Hooked):
    def process_view(self, request: Any, *_: Any) -> HttpResponse:
        return HttpResponse(status=401)


@async_only_middleware
class PassingHook:
    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: Any) -> Any:
        return await self.get_response(request)

    async def process_view(self, request: Any, *_: Any) -> None:
        return None


HERE = __name__


@named_rows(
    "middleware, status, codes",
    [
        ("any kind of middleware may stand above", [f"{HERE}.steady", f"{HERE}.native", OURS], 0, []),
        ("twice", [OURS, OURS], 0, ["middleware-doubled"]),
        ("an error below ours can be read", [OURS, f"{HERE}.failing"], 0, ["failed-below"]),
        ("two libraries", [OURS, "corsheaders.middleware.CorsMiddleware"], 0, ["middleware-other"]),
        ("the other one", ["corsheaders.middleware.CorsMiddleware"], 1, ["middleware-missing", "middleware-other"]),
        ("the method is changed below ours", [OURS, f"{HERE}.override"], 1, ["answer-refused"]),
        ("missing, and an error", [f"{HERE}.failing"], 1, ["middleware-missing"]),
        ("an answer of None", [OURS, f"{HERE}.silent"], 0, ["failed-below"]),
        ("an error after ours has answered", [f"{HERE}.drops", OURS], 1, ["failed-outside"]),
        ("a middleware that wants to exit", [OURS, f"{HERE}.leaves"], 0, ["failed-below"]),
        ("a middleware that is None", [OURS, f"{HERE}.none"], 1, ["middleware-broken"]),
        ("a middleware that cannot be made", [OURS, f"{HERE}.Unmade"], 1, ["middleware-broken"]),
        ("process_view fails", [OURS, f"{HERE}.FailingHook"], 0, ["failed-below"]),
        ("process_view fails, above ours", [f"{HERE}.FailingHook", OURS], 0, ["failed-below"]),
        ("a filter that lets browsers pass", [f"{HERE}.against_robots", OURS], 0, []),
        ("process_view answers", [OURS, f"{HERE}.AnsweringHook"], 0, ["stopped-before-view"]),
        ("process_view lets pass", [OURS, f"{HERE}.PassingHook", f"{HERE}.PassingHook"], 0, []),
        ("a gate above an error", [f"{HERE}.gate", f"{HERE}.drops", OURS], 1, ["middleware-too-low"]),
    ],
)
def test_middleware(settings: SettingsWrapper, middleware: list[str], status: int, codes: list[str]) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = middleware
    found_status, text = ask("/api/few/", "--origin", "https://shop.example", "--format", "json")
    assert ([finding["code"] for finding in json.loads(text)["findings"]], found_status) == (codes, status)


def test_no_middleware_and_a_view_that_does_not_mind(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = []
    text = ask("/api/open/", "--origin", "https://shop.example", "--method", "PUT", "--format", "json")[1]
    assert [finding["code"] for finding in json.loads(text)["findings"]] == ["middleware-missing"]


def test_a_gate_above_a_closed_door(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [f"{HERE}.gate", OURS]
    text = ask("/api/asked/", "--origin", "https://shop.example", "--format", "json")[1]
    codes = [finding["code"] for finding in json.loads(text)["findings"]]
    assert codes == ["middleware-too-low"]


def to(location: str) -> Any:
    return lambda get_response: lambda request: HttpResponseRedirect(location)


abroad = to("https://elsewhere.example/")
within = to("/api/open/")


def counted(request: Any) -> HttpResponse:
    return HttpResponse(str(id(request)))


class CachedSite:
    urlpatterns = (path("counted/", cors(allowed_origins=["http://shop.example"])(counted)),)


def test_a_request_with_cookies_is_taken_to_be_logged_in(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [OURS, f"{HERE}.AnsweringHook"]
    asked = ("/api/session/", "--origin", "https://testserver:8443", "--credentials", "--format", "json")
    settings.CORS_ALLOWED_ORIGINS = ["https://testserver:8443"]
    settings.CORS_ALLOW_CREDENTIALS = True
    status, text = ask("https://testserver/api/plain/", *asked[1:])
    told = json.loads(text)
    assert status == 0
    assert [(finding["code"], finding["blocks"]) for finding in told["findings"]] == [("stopped-before-view", False)]
    assert told["requests"][0]["status"] is None


def test_an_error_is_told_in_one_line(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [f"{HERE}.drops", OURS]
    first = ask("/api/few/", "--origin", "https://shop.example")[1].splitlines()[0]
    assert "failed above CorsMiddleware at [1]: LookupError: [31mafter ours." in first


def test_the_prefix_of_the_site(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.FORCE_SCRIPT_NAME = "/api/"
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    for asked, status in {"/api/web/plain/": None, "/apish/": 404}.items():
        told = json.loads(ask(asked, "--origin", "https://shop.example", "--format", "json")[1])
        assert told["requests"][0]["status"] == status


def refuse(request: Any, **_: Any) -> bool:
    raise LookupError


def test_a_receiver_that_fails_beside_one_that_admits(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    for receiver in (admit, refuse):
        check_request_enabled.connect(receiver)
    try:
        assert ask("/api/plain/", *SHOP, "--method", "PUT")[0] == 0
    finally:
        for receiver in (admit, refuse):
            check_request_enabled.disconnect(receiver)


@pytest.mark.parametrize("kind", ["apart", "in one"])
def test_nothing_is_taken_from_the_cache_of_pages_or_put_there(settings: SettingsWrapper, kind: str) -> None:
    cached = [f"django.middleware.cache.{name}FromCacheMiddleware" for name in ("Fetch",)]
    apart = ["django.middleware.cache.UpdateCacheMiddleware", OURS, *cached]
    settings.MIDDLEWARE = apart if kind == "apart" else [OURS, "django.middleware.cache.CacheMiddleware"]
    settings.ROOT_URLCONF = CachedSite
    settings.ALLOWED_HOSTS = ["testserver"]
    caches["default"].clear()
    client = Client()

    def content() -> bytes:
        return client.get("/counted/", headers={"origin": "http://shop.example"}).content

    asked = ("http://testserver/counted/", "--origin", "http://shop.example")
    assert ask(*asked)[0] == 0
    first = content()
    assert first
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{HERE}.gate"]
    assert "response: 503" in ask(*asked)[1]
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    assert content() == first


def test_a_policy_by_name_is_changed_where_it_is_written(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Told
    settings.CORS_POLICIES = {"partner": CorsPolicy(allowed_origins=["https://shop.example"])}
    status, text = ask("/unknown/", "--origin", "http://shop.example")
    assert status == 1
    second = text.splitlines()[1]
    assert "Add 'http://shop.example' to allowed_origins in settings.CORS_POLICIES['partner']" in second
    assert "  cors(...) around plain: settings.CORS_POLICIES['partner']" in text
    text = ask("/unknown/", *SHOP, "--header", "X-Foo")[1]
    assert (
        "[INHERITED, 'x-foo'] in settings.CORS_POLICIES['partner'] (this changes every method of /unknown/ too). Or"
        in text.splitlines()[1]
    )


@named_rows(
    "url, middleware, codes",
    [
        ("to another site", "/api/few/", [OURS, f"{HERE}.abroad"], ["redirect-elsewhere"]),
        ("above ours", "/api/few/", [f"{HERE}.within", OURS], ["middleware-too-low", "redirect-elsewhere"]),
        ("PREPEND_WWW", "https://testserver/api/few/", [OURS, ORIGINS[0]], ["redirect-www"]),
    ],
)
def test_redirects(settings: SettingsWrapper, url: str, middleware: list[str], codes: list[str]) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = middleware
    settings.PREPEND_WWW = True
    settings.ALLOWED_HOSTS = ["testserver", "www.testserver"]
    status, text = ask(url, "--origin", "https://shop.example", "--format", "json")
    assert ([finding["code"] for finding in json.loads(text)["findings"]], status) == (codes, 1)


def test_a_preflight_is_not_redirected(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [f"{HERE}.within", OURS]
    status, text = ask("/api/few/", "--origin", "https://shop.example", "--method", "DELETE")
    assert status == 1
    assert "Browsers do not follow it for a preflight." in text
    assert "Request: not sent" in text


@pytest.mark.parametrize(
    ("origin", "url", "is_same"),
    [
        ("https://shop.example", "https://api.shop.example/", True),
        ("http://shop.example", "https://api.shop.example/", False),
        ("https://a.co.uk", "https://b.co.uk/", False),
        ("https://www.a.co.uk", "https://api.a.co.uk/", True),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8000/", True),
        ("http://127.0.0.1", "http://127.0.0.2/", False),
    ],
)
def test_same_site(origin: str, url: str, is_same: bool) -> None:
    parsed, page = parse_url(url, "http://testserver"), parse_origin(origin)
    assert parsed is not None
    assert page is not None
    assert is_same_site((page.scheme, page.host), (parsed.scheme, parsed.host)) is is_same


@pytest.mark.parametrize(
    ("changes", "origin", "base"),
    [
        ({"ALLOWED_HOSTS": []}, "https://shop.example", "http://localhost"),
        ({"ALLOWED_HOSTS": ["*"]}, "https://shop.example", "http://localhost"),
        ({"ALLOWED_HOSTS": ["*", "", ".shop.example"]}, "", "http://shop.example"),
        ({"ALLOWED_HOSTS": [".shop.example"]}, "https://shop.example", "https://api.shop.example"),
        ({"ALLOWED_HOSTS": [".shop.example"]}, "https://office.example", "https://shop.example"),
        ({"ALLOWED_HOSTS": ["shop.example", "api.shop.example"]}, "https://shop.example", "https://api.shop.example"),
        ({"ALLOWED_HOSTS": ["shop.example"]}, "https://shop.example", "https://shop.example"),
        ({"ALLOWED_HOSTS": ["api.shop.example", "b.example"]}, "http://shop.example", "http://api.shop.example"),
        ({"SECURE_SSL_REDIRECT": True}, "http://shop.example", "https://localhost"),
        ({"SESSION_COOKIE_SECURE": True}, "", "https://localhost"),
        ({"CSRF_COOKIE_SECURE": True}, "", "https://localhost"),
    ],
    ids=str,
)
def test_where_the_site_is(settings: SettingsWrapper, changes: dict[str, Any], origin: str, base: str) -> None:
    settings.ALLOWED_HOSTS = []
    for name, value in changes.items():
        setattr(settings, name, value)
    assert server(origin) == base


def test_https_behind_a_proxy(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [OURS, "django.middleware.security.SecurityMiddleware"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert ask("/api/few/", *SHOP)[0] == 0


def test_a_page_of_the_same_site_gets_its_cookies(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [OURS, "django.contrib.sessions.middleware.SessionMiddleware"]
    settings.ALLOWED_HOSTS = ["api.shop.example"]
    assert ask("/api/session/", *SHOP, "--credentials")[0] == 0


def test_composed_permissions_are_named_as_they_are_written() -> None:
    def guard(*classes: Any) -> str:
        return blocking_permissions(type("Guarded", (APIView,), {"permission_classes": classes}).as_view())

    login, admin, anybody = IsAuthenticated, IsAdminUser, AllowAny
    assert guard(login & admin, admin) == "IsAuthenticated & IsAdminUser, IsAdminUser"
    assert guard(login | admin) == "IsAuthenticated | IsAdminUser"
    assert guard(~anybody) == "~AllowAny"
    assert guard(login | anybody, ~login, IsAuthenticatedOrReadOnly & anybody) == ""
    assert guard(DjangoModelPermissions) == "DjangoModelPermissions"
    assert guard(DjangoModelPermissionsOrAnonReadOnly, type("Yes", (AllowAny,), {}), BasePermission) == ""


def test_nothing_is_claimed_of_permissions_that_the_project_wrote() -> None:
    class Own(IsAuthenticated):
        def has_permission(self, request: Any, view: Any) -> bool:
            raise NotImplementedError

    def guard(*classes: Any) -> str:
        return blocking_permissions(type("Guarded", (APIView,), {"permission_classes": classes}).as_view())

    assert guard(Own, ~Own, Own & AllowAny, Own | IsAuthenticated, Own | AllowAny, "no class") == ""
    assert guard(Own & IsAuthenticated) == "Own & IsAuthenticated"


def test_trusted_origins(settings: SettingsWrapper) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.shop.example", "https://office.example"]
    origins = ["https://a.shop.example", "https://office.example", "http://office.example", "https://x.example"]
    assert [is_trusted(origin) for origin in parse_valid(origins)] == [True, True, False, False]
    settings.CSRF_TRUSTED_ORIGINS = ["http://*.localhost:3000"]
    origins = ["http://t1.localhost:3000", "http://localhost:3000", "http://t1.localhost"]
    assert [is_trusted(origin) for origin in parse_valid(origins)] == [True, True, False]


def test_a_cookie_that_must_be_secure(settings: SettingsWrapper) -> None:
    use(settings, "cookie_stays_at_home")
    settings.SESSION_COOKIE_SAMESITE = "none"
    settings.SESSION_COOKIE_SECURE = False
    url = "https://api.orders.example/api/orders/"
    assert "[cookie-not-secure" in ask(url, *SHOP, "--credentials")[1].splitlines()[0]
    settings.SESSION_COOKIE_SECURE = True
    assert ask(url, *SHOP, "--credentials")[0] == 0


def test_a_secure_cookie_stays_away_from_http(settings: SettingsWrapper) -> None:
    use(settings, "cookie_stays_at_home")
    settings.ALLOWED_HOSTS = ["api.shop.example", "localhost"]
    settings.SESSION_COOKIE_SECURE = True
    url, page = "http://api.shop.example:8000/api/orders/", ("--origin", "http://shop.example", "--credentials")

    def admit(origin: str) -> None:
        policy = {"allowed_origins": [origin], "allow_credentials": True}
        settings.CORS_VIEW_POLICIES = {"tests.projects.views.Orders": policy}

    admit("http://shop.example")
    status, text = ask(url, *page)
    assert status == 1
    assert "SESSION_COOKIE_SECURE is on: browsers send the cookie over https only" in text.splitlines()[0]
    assert "fetch https://api.shop.example:8000/api/orders/." in text.splitlines()[1]
    admit("http://localhost:3000")
    assert ask("http://localhost/api/orders/", "--origin", "http://localhost:3000", "--credentials")[0] == 0


def test_a_csrf_token_in_the_session_needs_no_cookie(settings: SettingsWrapper) -> None:
    use(settings, "csrf_not_trusted")
    settings.ALLOWED_HOSTS = ["api.orders.example"]
    settings.SESSION_COOKIE_SAMESITE, settings.SESSION_COOKIE_SECURE = "None", True
    settings.CSRF_TRUSTED_ORIGINS = ["https://shop.example"]
    asked = ("https://api.orders.example/api/orders/", *SHOP, "--credentials", "--method", "POST")
    assert "[cookie-same-site: CSRF_COOKIE_SAMESITE]" in ask(*asked)[1].splitlines()[0]
    settings.CSRF_USE_SESSIONS = True
    assert ask(*asked)[0] == 0


def test_a_login_is_not_what_keeps_cookies_out(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [OURS, f"{HERE}.AnsweringHook"]
    assert "[credentials-not-allowed]" in ask("/api/few/", *SHOP, "--credentials")[1].splitlines()[0]


def test_what_browsers_look_at_first_is_told_first(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [f"{HERE}.strips", OURS]
    first = ask("/api/session/", *SHOP, "--method", "PUT", "--format", "json")[1]
    assert json.loads(first)["findings"][0]["culprit"] == "access-control-allow-origin"


def causes() -> list[Cause]:
    return [cause for family in Cause.__subclasses__() for cause in family]


def test_every_cause_has_its_words() -> None:
    for cause in causes():
        assert cause.text
        assert cause.next_step.endswith(".")


def test_every_cause_is_documented() -> None:
    documented = PAGES["docs/reference/commands.md"]
    rows = next(block.rows for block in documented.blocks if "answer-refused" in block.text)
    told = {code for row in rows for code in re.findall(r"`([a-z-]+)`", row[1])}
    codes = {cause.code for cause in causes()} - {*map(str, Reason)}
    assert told == {*codes, "no-origin", "same-origin"}


def test_places(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = "tests.projects.closed_for_good"
    from tests.projects import closed_for_good, views
    from tests.web import views as declared

    callbacks = [
        (Source("setting", "MIDDLEWARE"), None, "tests/settings.py:"),
        (Source("setting", "CORS_OF_NOBODY"), None, ""),
        (Source("default", "drf_cors.defaults"), None, ""),
        (Source("attribute", "Orders"), views.Orders.as_view(), "tests/projects/views.py:"),
        (Source("attribute", "Nobody"), None, ""),
        (Source("wrapper", "Orders"), closed_for_good.Orders.as_view(), "tests/projects/closed_for_good.py:"),
        (Source("decorator", "Orders.get"), closed_for_good.Orders.as_view(), "tests/projects/closed_for_good.py:"),
        (Source("decorator", "function"), declared.function, "tests/web/views.py:"),
        (Source("decorator", "above_api_view"), declared.above_api_view, "tests/web/views.py:"),
        (Source("attribute", "View"), NoOptions.as_view(), ""),
        (Source("decorator", "MarkedApi"), declared.MarkedApi.as_view(), "tests/web/views.py:"),
        (
            Source("action-map", "ActionMap.cors_action_policies['list']"),
            declared.ActionMap.as_view({"get": "list"}),
            "tests/web/views.py:",
        ),
        (Source("decorator", "made"), functools.partial(plain), ""),
    ]
    for source, callback, expected in callbacks:
        found = place(source, callback)
        assert found.startswith(expected) if expected else found == "", source
        assert not expected or int(found.rpartition(":")[2]) > 0


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (Source("wrapper", "Few"), 6),
        (Source("as_view-keyword", "Few"), 9),
        (Source("wrapper", "NoOptions"), 10),
        (Source("wrapper", "Closed"), 0),
    ],
)
def test_a_place_in_a_urlconf(
    settings: SettingsWrapper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: Source, line: int
) -> None:
    text = f"""from django.urls import path
from drf_cors import NO_CORS, cors
from {__name__} import Few, NoOptions
urlpatterns = [
    path("plain/", Few.as_view()),
    path("wrapped/", cors(allowed_origins=[], allow_headers=("x-a",))(
        Few.as_view(),
    )),
    path("keyword/", Few.as_view(cors_policy=NO_CORS)),
    path("named/", (closed := cors(NO_CORS))(NoOptions.as_view())),
]
"""
    name = f"places_{line}"
    (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    settings.ROOT_URLCONF = name
    assert place(source, None) == (f"{name}.py:{line}" if line else "")


def test_a_place_outside_the_project_is_shown_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert place(Source("attribute", "Few"), Few.as_view()).startswith(str(Path(__file__)))


def test_a_setting_that_stands_in_a_module_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "settings_of_a_site"
    package.mkdir()
    for name, text in {"__init__": "", "other": "", "settings_base": "A = 1\nCORS_ALLOWED_ORIGINS = []\n"}.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("settings_of_a_site.settings_base")
    monkeypatch.setattr(
        "drf_cors.diagnosis.source_locations.settings", SimpleNamespace(SETTINGS_MODULE="settings_of_a_site.prod")
    )
    monkeypatch.chdir(tmp_path)
    found = place(Source("setting", "CORS_ALLOWED_ORIGINS"), None)
    assert found == "settings_of_a_site/settings_base.py:2"


@cors(allowed_origins=["https://shop.example"], expose_headers=["X-Total"], allow_headers=["x-foo"])
def page_of_tenant(request: Any) -> None:
    raise NotImplementedError


class SiteOfTenant:
    urlpatterns = [path("h/", page_of_tenant)]


def of_tenant(get_response: Any) -> Any:
    def choose(request: Any) -> Any:
        request.urlconf = SiteOfTenant
        return get_response(request)

    return choose


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--read", "X-Total"], ([], 0)),
        (["--header", "X-Foo"], ([], 0)),
        (["--header", "X-Bar"], (["header-not-allowed"], 1)),
        (["--method", "POST"], ([], 0)),
    ],
)
def test_an_urlconf_that_middleware_chooses(
    more: list[str], expected: tuple[list[str], int], settings: SettingsWrapper
) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [f"{HERE}.of_tenant", OURS]
    status, text = ask("/h/", "--origin", "https://shop.example", *more, "--format", "json")
    assert ([finding["code"] for finding in json.loads(text)["findings"]], status) == expected


@cors(allow_all_origins=True)
def plain_page(request: Any) -> None:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("trusted", "expected"),
    [([], (["csrf-not-trusted"], 1)), (["https://shop.example"], ([], 0))],
)
def test_djangos_csrf_protection_asks_without_cookies_too(
    trusted: list[str], expected: tuple[list[str], int], settings: SettingsWrapper
) -> None:
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("pub/", plain_page)]})
    settings.MIDDLEWARE = [OURS, CSRF]
    settings.CSRF_TRUSTED_ORIGINS = trusted
    status, text = ask("/pub/", "--origin", "https://shop.example", "--method", "POST", "--format", "json")
    assert ([finding["code"] for finding in json.loads(text)["findings"]], status) == expected


def test_a_dry_run_counts_in_no_metrics(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    told: list[Any] = []

    def receiver(**more: Any) -> None:
        told.append(more)

    cors_refused.connect(receiver)
    try:
        assert ask("/api/few/", "--origin", "https://evil.example")[0] == 1
        assert told == []
        Client(raise_request_exception=False).get("/api/few/", headers={"origin": "https://evil.example"})
        assert len(told) == 1
    finally:
        cors_refused.disconnect(receiver)
