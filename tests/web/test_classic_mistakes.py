"""The twelve classic mistakes: the first line of `cors explain` has the cause, the second what mends it.

Where the server itself can know, a check or a log line says it too.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from drf_cors import CorsPolicy, CorsPolicyMixin
from tests.projects.views import OURS, SHOP
from tests.web.proxies import served
from tests.web.test_cors_explain import ask
from tests.web.test_live import answers, passes, strips

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.web.conftest import Visitor
    from tests.web.proxies import Proxy

COMMON = "django.middleware.common.CommonMiddleware"
HERE = __name__


class Orders(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Any) -> HttpResponse:
        return HttpResponse("orders")

    def patch(self, request: Any) -> HttpResponse: ...


class Guarded(Orders):
    permission_classes = (IsAuthenticated,)


class Failing(Orders):
    def get(self, request: Any) -> HttpResponse:
        raise LookupError("no order")


class Open(CorsPolicyMixin, Orders):
    cors_policy = CorsPolicy(allow_all_origins=True)


def fails(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        raise LookupError("no such tenant")

    return answer


def login(get_response: Any) -> Any:
    def answer(request: Any) -> Any:
        return get_response(request) if "authorization" in request.headers else HttpResponse(status=401)

    return answer


class Site:
    urlpatterns = (
        path("api/orders/", Orders.as_view()),
        path("api/failing/", Failing.as_view()),
        path("api/open/", Open.as_view()),
        path("web/orders/", Guarded.as_view()),
    )


class Mistake(NamedTuple):
    """A row of the table.

    Attributes:
        settings: With the mistake.
        asked: The arguments of `cors explain`.
        code: Of the cause.
        cause: In the first line.
        mend: In the second line.
        check: The id of the check that reports it, "" where the server cannot know.
        log: The reason in the log, "" for none.
        proxy: What is in front of Django.
        status: The exit status.
    """

    settings: dict[str, Any]
    asked: list[str]
    code: str
    cause: str
    mend: str
    check: str = ""
    log: str = ""
    proxy: Proxy | None = None
    status: int = 1


def only(*origins: str, **more: Any) -> dict[str, Any]:
    return {"CORS_ALLOWED_ORIGINS": list(origins), **more}


ORDERS, PATCH = "/api/orders/", ("--method", "PATCH")

MISTAKES = {
    "missing comma": [
        Mistake(
            only("https://office.examplehttps://shop.example"),
            [ORDERS],
            "setting-faulty",
            "holds two origins in one string; each needs quotes, and a comma between them",
            "write 'https://office.example', 'https://shop.example'.",
            check="drf_cors.E001",
        ),
        Mistake(
            {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://office\.example$^https://shop\.example$"]},
            [ORDERS],
            "comma-missing",
            "allowed_origin_regexes has ",
            r"Write '^https://office\\.example$', '^https://shop\\.example$': with a comma. (settings.CORS_",
            check="drf_cors.W003",
            log="origin-not-allowed",
        ),
        Mistake(
            only(SHOP, CORS_ALLOW_HEADERS=["content-type", "x-tracex-tenant"]),
            [ORDERS, "--header", "X-Tenant: 1"],
            "comma-missing",
            "allow_headers has 'x-tracex-tenant': Python joins two strings that have no comma",
            "Write 'x-trace', 'x-tenant': with a comma. (settings.CORS_ALLOW_HEADERS",
            log="header-not-allowed",
        ),
        Mistake(
            only(SHOP, CORS_ALLOW_HEADERS=["content-typeX-Trace"]),
            [ORDERS, "--header", "Content-Type: application/json"],
            "comma-missing",
            "allow_headers has 'content-typeX-Trace'",
            "Write 'content-type', 'X-Trace'",
            check="drf_cors.W003",
            log="header-not-allowed",
        ),
        Mistake(
            only(SHOP, CORS_ALLOW_METHODS=["GET", "POSTPATCH"]),
            [ORDERS, *PATCH],
            "comma-missing",
            "allow_methods has 'POSTPATCH'",
            "Write 'POST', 'PATCH'",
            check="drf_cors.W003",
            log="method-not-allowed",
        ),
        Mistake(
            only(SHOP, CORS_EXPOSE_HEADERS=["ETagX-Total"]),
            [ORDERS, "--read", "X-Total"],
            "comma-missing",
            "expose_headers has 'ETagX-Total'",
            "Write 'ETag', 'X-Total'",
            check="drf_cors.W003",
        ),
    ],
    "trailing slash": [
        Mistake(
            only("https://shop.example/"),
            [ORDERS],
            "setting-faulty",
            "'https://shop.example/' ends with a slash; an origin has no path.",
            "write 'https://shop.example'.",
            check="drf_cors.E001",
        ),
        Mistake(
            only(SHOP),
            [ORDERS, "--origin", f"{SHOP}/"],
            "origin-misspelt",
            "'https://shop.example/' ends with a slash",
            "write 'https://shop.example'",
            log="origin-malformed",
        ),
    ],
    "scheme": [
        Mistake(
            only("http://shop.example"),
            [ORDERS],
            "origin-differs",
            "The nearest allowed origin, http://shop.example, differs in the scheme.",
            "CORS_ALLOWED_ORIGINS = [..., 'https://shop.example']",
            log="origin-not-allowed",
        ),
        Mistake(
            only("shop.example"),
            [ORDERS],
            "setting-faulty",
            "'shop.example' has no scheme",
            "write 'https://shop.example'.",
            check="drf_cors.E001",
        ),
        Mistake(
            only(SHOP),
            ["http://api.example/api/orders/"],
            "mixed-content",
            "The page is on https, http://api.example/api/orders/ is not",
            "Serve the API over https",
        ),
    ],
    "header": [
        Mistake(
            only(SHOP),
            [ORDERS, "--header", "X-Trace: 1"],
            "header-not-allowed",
            "The policy does not allow the request header x-trace.",
            "CORS_ALLOW_HEADERS = [*default_headers, 'x-trace']",
            log="header-not-allowed",
        ),
        Mistake(
            only(SHOP, CORS_ALLOW_HEADERS=["x-tenant-id"]),
            [ORDERS, "--header", "X-Tenant: 1"],
            "header-not-allowed",
            "The policy does not allow the request header x-tenant.",
            "CORS_ALLOW_HEADERS = [..., 'x-tenant']",
            log="header-not-allowed",
        ),
        Mistake(
            only(SHOP, CORS_ALLOW_HEADERS=["*"]),
            [ORDERS, "--header", "Authorization: Bearer a"],
            "star-misses-authorization",
            "'*' in allow_headers does not stand for Authorization.",
            "'authorization'",
            log="header-not-allowed",
        ),
        Mistake(
            only(SHOP),
            [ORDERS, "--read", "X-Total"],
            "header-not-exposed",
            "The script cannot read the header X-Total of the answer",
            "CORS_EXPOSE_HEADERS = ['X-Total']",
        ),
    ],
    "any origin with credentials": [
        Mistake(
            {"CORS_ALLOW_ALL_ORIGINS": True},
            [ORDERS, "--credentials"],
            "credentials-not-allowed",
            "The policy allows any origin, so the response has '*', and browsers refuse that",
            "CORS_ALLOW_CREDENTIALS = ['https://shop.example']",
        ),
        Mistake(
            {},
            ["/api/open/", "--credentials"],
            "credentials-not-allowed",
            "The policy allows any origin, so the response has '*', and browsers refuse that",
            "allow_credentials=['https://shop.example']",
        ),
        Mistake(
            {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True},
            [ORDERS, "--credentials"],
            "any-origin-credentials",
            "settings.CORS_ALLOW_ALL_ORIGINS and settings.CORS_ALLOW_CREDENTIALS are both on: every site",
            "CORS_ALLOWED_ORIGINS = ['https://shop.example'] instead of CORS_ALLOW_ALL_ORIGINS",
            check="drf_cors.E002",
            status=0,
        ),
        Mistake(
            {"CORS_POLICIES": {"all": {"allow_all_origins": True, "allow_credentials": True}}},
            [ORDERS],
            "setting-faulty",
            "allow_credentials",
            "In the settings: ",
            check="drf_cors.E001",
        ),
    ],
    "middleware order": [
        Mistake(
            only(SHOP, MIDDLEWARE=[COMMON, OURS]),
            ["/api/orders"],
            "middleware-too-low",
            f"{COMMON}, MIDDLEWARE[0], answers with 301, above CorsMiddleware at [1].",
            f"Move '{OURS}' above it",
            check="drf_cors.W007",
        ),
        Mistake(
            only(SHOP, MIDDLEWARE=[COMMON, OURS]),
            [ORDERS],
            "middleware-order",
            f"{COMMON} is above {OURS}",
            f"Put '{OURS}' above it",
            check="drf_cors.W007",
            status=0,
        ),
        Mistake(
            only(SHOP, MIDDLEWARE=[COMMON]),
            [ORDERS],
            "middleware-missing",
            "MIDDLEWARE does not have drf_cors.middleware.CorsMiddleware",
            f"Put '{OURS}' first in MIDDLEWARE.",
            check="drf_cors.E015",  # Open declares a policy
        ),
    ],
    "stripping proxy": [
        Mistake(
            only(SHOP),
            [ORDERS],
            "live-header-removed",
            "answers GET without Access-Control-Allow-Origin, which Django sends: something between removes it.",
            "Let the proxy pass the headers of Django on",
            proxy=strips("access-control-"),
        ),
        Mistake(
            only(SHOP),
            [ORDERS, *PATCH],
            "live-header-removed",
            "answers the preflight without Access-Control-Allow-Origin",
            "Let the proxy pass the headers of Django on",
            proxy=strips("access-control-"),
        ),
    ],
    "port": [
        Mistake(
            only("http://localhost:3000"),
            [ORDERS, "--origin", "http://localhost:5173"],
            "origin-differs",
            "The nearest allowed origin, http://localhost:3000, differs in the port.",
            "CORS_ALLOWED_ORIGINS = [..., 'http://localhost:5173']",
            log="origin-not-allowed",
        ),
        Mistake(
            only("https://shop.example:443"),
            [ORDERS],
            "setting-faulty",
            "'https://shop.example:443'",
            "write 'https://shop.example'",
            check="drf_cors.E001",
        ),
    ],
    "401 on preflight": [
        Mistake(
            only(SHOP, CORS_URLS_REGEX="^/api/"),
            ["/web/orders/", *PATCH],
            "preflight-needs-permission",
            "The preflight reaches Guarded, and IsAuthenticated refuses it, as it carries no credentials",
            "widen CORS_URLS_REGEX so that it matches /web/orders/",
        ),
        Mistake(
            only(SHOP, MIDDLEWARE=[f"{HERE}.login", OURS]),
            [ORDERS, *PATCH],
            "middleware-too-low",
            f"{HERE}.login, MIDDLEWARE[0], answers with 401, above CorsMiddleware at [1].",
            f"Move '{OURS}' above it",
        ),
        Mistake(
            only(SHOP),
            [ORDERS, *PATCH],
            "live-status",
            "answers the preflight with 401, Server: 'nginx/1.25'; Django answers it with 200.",
            "Let OPTIONS requests pass to Django without a login there",
            proxy=answers("401 Unauthorized", to="OPTIONS"),
        ),
    ],
    "redirect": [
        Mistake(
            only(SHOP, MIDDLEWARE=[OURS, COMMON]),
            ["/api/orders"],
            "redirect-slash",
            "/api/orders is answered by a redirect to /api/orders/: the slash at the end is missing.",
            "Fetch /api/orders/.",
            status=0,
        ),
        Mistake(
            only(
                "http://shop.example",
                MIDDLEWARE=[OURS, "django.middleware.security.SecurityMiddleware"],
                SECURE_SSL_REDIRECT=True,
            ),
            ["http://api.example/api/orders/", "--origin", "http://shop.example"],
            "redirect-https",
            "redirect to https://api.example/api/orders/: the site wants https.",
            "Fetch https://api.example/api/orders/.",
        ),
        Mistake(
            only(SHOP),
            [ORDERS, *PATCH],
            "live-redirect",
            "redirects the preflight to '/login/' (302, Server: 'nginx/1.25')",
            "Fetch '/login/'; or find what redirects",
            proxy=answers("302 Found", ("Location", "/login/")),
        ),
    ],
    "method": [
        Mistake(
            only(SHOP, CORS_ALLOW_METHODS=["GET", "POST"]),
            [ORDERS, *PATCH],
            "method-not-allowed",
            "The policy does not allow the method PATCH.",
            "CORS_ALLOW_METHODS = [..., 'PATCH']",
            log="method-not-allowed",
        ),
        Mistake(
            only(SHOP),
            [ORDERS, "--method", "patch"],
            "method-case",
            "'patch' is not 'PATCH'",
            "method: 'PATCH'.",
            log="method-not-allowed",
        ),
        Mistake(
            only(SHOP),
            [ORDERS, "--method", "DELETE"],
            "method-not-on-view",
            "Orders has no handler for DELETE; it has GET, PATCH.",
            "add a handler for it.",
            log="method-not-on-view",
        ),
    ],
    "exception": [
        Mistake(
            only(SHOP, MIDDLEWARE=[f"{HERE}.fails", OURS]),
            [ORDERS],
            "failed-outside",
            "failed above CorsMiddleware at [1]: LookupError: no such tenant.",
            "Fix the error, and move 'drf_cors.middleware.CorsMiddleware' to the first place",
        ),
        Mistake(
            only(SHOP, MIDDLEWARE=[OURS, f"{HERE}.fails"]),
            [ORDERS],
            "failed-below",
            "fails on this request: LookupError: no such tenant.",
            "Fix the error",
            status=0,
        ),
        Mistake(
            only(SHOP),
            ["/api/failing/"],
            "live-failed",
            "answers GET with 500, Server: 'WSGIServer",
            "Read the traceback in the server's log.",
            proxy=passes,
            status=0,
        ),
        Mistake(
            only(SHOP),
            [ORDERS],
            "live-status",
            "answers GET with 502, Server: 'nginx/1.25' and without CORS headers",
            "Read the log of the server that answers so",
            proxy=answers("502 Bad Gateway"),
        ),
    ],
}

ROWS = [
    pytest.param(row, id=f"{name} {number}")
    for name, rows in MISTAKES.items()
    for number, row in enumerate(rows, start=1)
]


@pytest.fixture
def mistake(request: pytest.FixtureRequest, settings: SettingsWrapper) -> Mistake:
    row: Mistake = request.param
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [OURS]
    settings.ALLOWED_HOSTS = ["*"]
    for name, value in row.settings.items():
        setattr(settings, name, value)
    return row


def test_the_twelve_are_all_there() -> None:
    assert len(MISTAKES) == 12


@pytest.mark.parametrize("mistake", ROWS, indirect=True)
def test_the_first_line_is_the_cause_and_the_second_mends_it(mistake: Mistake) -> None:
    asked = mistake.asked if "--origin" in mistake.asked else [*mistake.asked, "--origin", SHOP]
    with contextlib.ExitStack() as stack:
        if mistake.proxy is not None:
            address, _ = stack.enter_context(served(mistake.proxy))
            asked = [*asked, "--live", address]
        status, text = ask(*asked)
        told = json.loads(ask(*asked, "--format", "json")[1])
    first, second = text.splitlines()[:2]
    assert first.startswith("Blocked: " if mistake.status else "Allowed, but: ")
    assert mistake.cause in first
    assert f"[{mistake.code}" in first
    assert second.startswith("Next: ")
    assert mistake.mend in second
    assert (status, told["findings"][0]["code"]) == (mistake.status, mistake.code)


@pytest.mark.parametrize("mistake", ROWS, indirect=True)
def test_a_check_reports_what_the_server_can_know(mistake: Mistake) -> None:
    found = [message.id or "" for message in run_checks(include_deployment_checks=True)]
    ours = [identifier for identifier in found if identifier.startswith(("drf_cors.E", "drf_cors.W0"))]
    assert (mistake.check in ours) is bool(mistake.check)


@pytest.mark.parametrize("mistake", ROWS, indirect=True)
def test_the_log_has_the_reason_of_a_refusal(
    mistake: Mistake, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "drf_cors")
    visitor.client.raise_request_exception = False
    with contextlib.suppress(ImproperlyConfigured):
        send(visitor, *mistake.asked)
    reasons = [record.reason for record in caplog.records if hasattr(record, "reason")]
    assert reasons == [mistake.log] * bool(mistake.log)


def send(visitor: Visitor, url: str, *asked: str) -> None:
    """Send the first request of a question: a preflight, if it needs one."""
    given = dict(zip(asked[::2], asked[1::2], strict=False))
    method, origin = given.get("--method", "GET"), given.get("--origin", SHOP)
    header = given.get("--header", "").partition(":")[0].lower()
    headers = {}
    if header or method != "GET":
        headers["access-control-request-method"] = method
        method = "OPTIONS"
    if header:
        headers["access-control-request-headers"] = header
    visitor.send(method, url.removeprefix("http://api.example"), origin=origin, headers=headers)
