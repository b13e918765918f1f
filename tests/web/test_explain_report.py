"""The report of `manage.py cors explain`: nothing raw reaches the terminal, and it does not contradict itself."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path

from tests.projects.views import OURS
from tests.tables import named_rows
from tests.web.test_cors_explain import SHOP, ask

if TYPE_CHECKING:
    from django.http import HttpRequest
    from pytest_django.fixtures import SettingsWrapper

#: A response that is closed looks at the database connections of the process.
pytestmark = pytest.mark.django_db

RED = "\x1b[31mRED\nNext: run rm -rf"
ESCAPED = r"\x1b[31mRED\nNext: run rm -rf"
IN_A_URL = "%1b%5B31mRED%0aNext:%20run%20rm%20-rf"


def responding(**headers: str) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={name.replace("_", "-"): value for name, value in headers.items()})

    return view


def leading_to(url: str) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponseRedirect("/")
        del response.headers["Location"]
        response.headers["location"] = url
        return response

    return view


class Site:
    """The URLs of the questions below."""

    urlpatterns = (
        path("exposes/", responding(X_Mine="1", Access_Control_Expose_Headers="X-Mine")),
        path("silent/", responding(X_Mine="1")),
        path("ok/", responding()),
        path("dl/", leading_to("/media/report.pdf")),
        path("moved/", leading_to("/ok/")),
        path("near/", leading_to("/ok")),
        path("away/", leading_to("https://cdn.example/")),
        path("unc/", responding(X_T="1", Access_Control_Allow_Origin="*")),
        path("both/", responding(X_A="1", X_B="1", Access_Control_Expose_Headers="X-A")),
        path("odd/", leading_to("/ok/\x1b[31mRED")),
        path("any/<path:rest>", responding()),
        path(f"route{RED}/", responding()),
    )


@pytest.fixture(autouse=True)
def _site(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [OURS]
    settings.ALLOWED_HOSTS = ["api.shop.example"]
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]


def codes(*arguments: str) -> tuple[int, list[tuple[str, str]]]:
    """Return the exit status, and code and culprit of each finding."""
    status, text = ask(*arguments, "--format", "json")
    return status, [(one["code"], one["culprit"]) for one in json.loads(text)["findings"]]


# Control characters


@named_rows(
    "arguments, shown",
    {
        "a path without a view": ([f"/api/nope/{IN_A_URL}", *SHOP], ESCAPED),
        "a path with a view": (["/any/%1b%5B31mRED", "--origin", "https://x.example"], "origin-not-allowed"),
        "a Location": (["/odd/", *SHOP, "--run"], r"    location: /ok/\x1b[31mRED"),
        "a header": (["/ok/", *SHOP, "--header", f"proxy-{RED}"], r"proxy-\x1b[31mRED"),
        "a header to read": (["/ok/", *SHOP, "--read", RED], ESCAPED),
        "an origin": (["/ok/", "--origin", f"https://shop.example{RED}"], ESCAPED),
        "a bidirectional override": (["/api/%e2%80%ae/", *SHOP], r"/api/\u202e/"),
    },
)
def test_no_control_character_of_a_question_or_a_response_is_printed(arguments: list[str], shown: str) -> None:
    out = StringIO()
    try:
        call_command("cors", "explain", *arguments, stdout=out, force_color=True)
    except CommandError as error:
        out.write(str(error))
    except SystemExit:
        pass
    lines = out.getvalue().split("\n")
    assert shown in out.getvalue()
    assert not any("RED" in line and "\x1b[31mRED" in line for line in lines)
    assert not any(line.startswith("Next: run") for line in lines)


@named_rows("form", {form: form for form in ("table", "csv", "markdown")})
def test_no_control_character_of_a_route_is_listed(form: str) -> None:
    out = StringIO()
    call_command("cors", "list", "--unfold", "--format", form, stdout=out)
    assert r"\x1b[31mRED" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_letters_of_all_languages_are_printed_as_they_are() -> None:
    assert "No view answers /größe/. [not-resolved]" in ask("/gr%C3%B6%C3%9Fe/", *SHOP)[1]


# What the response says


@named_rows(
    "arguments, status, findings",
    {
        "a list of the view's own": (["/exposes/", "--read", "X-Mine"], 0, []),
        "a list of the view's own, in lower case": (["/exposes/", "--read", "x-mine"], 0, []),
        "no list": (["/silent/", "--read", "X-Mine"], 1, [("header-not-exposed", "X-Mine")]),
        "a name that the view's own list lacks": (
            ["/exposes/", "--read", "X-Other"],
            1,
            [("header-not-exposed", "X-Other")],
        ),
        "a redirect that browsers follow": (["/moved/"], 0, [("redirect-elsewhere", "")]),
        "a redirect to another origin": (["/away/"], 1, [("redirect-elsewhere", "")]),
        "its Location": (["/away/", "--read", "Location"], 1, [("redirect-elsewhere", "")]),
        "a redirect to a path without a view": (
            ["/dl/"],
            0,
            [("not-resolved", ""), ("redirect-elsewhere", "")],
        ),
    },
)
def test_the_response_decides_what_can_be_read(
    arguments: list[str], status: int, findings: list[tuple[str, str]]
) -> None:
    assert codes(*arguments, *SHOP, "--run") == (status, findings)


def test_without_run_the_policy_decides_what_can_be_read() -> None:
    assert codes("/exposes/", *SHOP, "--read", "X-Mine") == (1, [("header-not-exposed", "X-Mine")])


@named_rows(
    "url, cause, mend",
    {
        "to no view": ("/dl/", "No view answers /media/report.pdf.", "Correct the redirect of /dl/, or add the URL."),
        "to a near path": (
            "/near/",
            "No view answers /ok.",
            "Let /near/ redirect to /ok/, which has a view; or add the URL.",
        ),
    },
)
def test_a_redirect_to_a_path_without_a_view(url: str, cause: str, mend: str) -> None:
    lines = ask(url, *SHOP, "--run")[1].splitlines()
    assert lines[:2] == [f"Allowed, but: {cause} [not-resolved]", f"Next: {mend}"]


@named_rows(
    "arguments, status, first, finding, mend",
    {
        "a view that no policy covers": (
            ["/unc/"],
            0,
            "Allowed, but",
            "header-unreadable",
            (
                "If the script needs it, make this edit. Add X-T to Access-Control-Expose-Headers in "
                "responding.<locals>.view, which sets access-control-allow-origin: '*' itself."
            ),
        ),
        "a header that is asked for": (
            ["/unc/", "--read", "X-T"],
            1,
            "Blocked",
            "header-not-exposed",
            (
                "Add X-T to Access-Control-Expose-Headers in responding.<locals>.view, which sets "
                "access-control-allow-origin: '*' itself."
            ),
        ),
        "a list that a policy would replace": (
            ["/both/"],
            0,
            "Allowed, but",
            "header-unreadable",
            (
                "If the script needs it, make this edit. Add X-B to Access-Control-Expose-Headers in "
                "responding.<locals>.view, which sets access-control-expose-headers: 'X-A' itself."
            ),
        ),
    },
)
def test_an_edit_that_would_not_help_is_not_advised(
    settings: SettingsWrapper, arguments: list[str], status: int, first: str, finding: str, mend: str
) -> None:
    settings.CORS_URLS_REGEX = "^/both/"
    found = json.loads(ask(*arguments, *SHOP, "--run", "--format", "json")[1])["findings"]
    (one,) = [each for each in found if each["code"] == finding]
    assert (one["next"], one["changes"]) == (mend, [])
    code, text = ask(*arguments, *SHOP, "--run")
    assert (code, text.partition(":")[0]) == (status, first)


# Without CorsMiddleware


@named_rows(
    "arguments",
    {
        "a request": ["/ok/"],
        "a preflight": ["/ok/", "--method", "PUT"],
        "a refused origin": ["/ok/", "--origin", "https://x.example"],
        "credentials": ["/ok/", "--credentials", "--method", "POST"],
        "a header to read": ["/silent/", "--read", "X-Mine"],
        "a path without a view": ["/nowhere/", "--method", "PUT"],
    },
)
def test_without_the_middleware_no_policy_is_blamed(settings: SettingsWrapper, arguments: list[str]) -> None:
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    status, text = ask(*SHOP, *arguments)
    assert (status, text.count("Also: ")) == (1, 0)
    assert text.startswith("Blocked: MIDDLEWARE does not have drf_cors.middleware.CorsMiddleware")
    assert text.splitlines()[1] == "Next: Put 'drf_cors.middleware.CorsMiddleware' first in MIDDLEWARE."
    assert "  verdict: none, the request does not get to CorsMiddleware\n" in text
    found = json.loads(ask(*SHOP, *arguments, "--format", "json")[1])
    assert {request["reason"] for request in found["requests"]} == {None}


def test_a_preflight_that_a_regular_expression_misses_is_reported_once(settings: SettingsWrapper) -> None:
    settings.CORS_URLS_REGEX = "^ok/"
    assert codes("/ok/", *SHOP, "--method", "PUT") == (1, [("regex-leading-slash", "")])


# Origins


@named_rows(
    "origins, page, remedy",
    {
        "a page on http": (["shop.example"], "http://shop.example", "'http://shop.example'"),
        "a page on https": (["shop.example"], "https://shop.example", "'https://shop.example'"),
        "a port": (["shop.example:8080"], "http://shop.example:8080", "'http://shop.example:8080'"),
        "a page on https at localhost": (["localhost:3000"], "https://localhost:3000", "'https://localhost:3000'"),
        "subdomains": (["*.shop.example"], "http://a.shop.example", "'http://*.shop.example'"),
        "another page": (["shop.example"], "http://other.example", "'https://shop.example'"),
        "no page": (["shop.example"], "", "'https://shop.example'"),
        "another fault": (["https://shop.example/"], "http://shop.example", "'https://shop.example'"),
    },
)
def test_a_missing_scheme_is_that_of_the_page(
    settings: SettingsWrapper, origins: list[str], page: str, remedy: str
) -> None:
    settings.CORS_ALLOWED_ORIGINS = origins
    assert ask("/ok/", "--origin", page)[1].splitlines()[1] == f"Next: In the settings: write {remedy}."


def test_a_refused_origin_at_a_path_without_a_view() -> None:
    found = json.loads(ask("/nowhere/", "--origin", "https://x.invalid", "--format", "json")[1])["findings"]
    assert [(one["code"], one["blocks"], one["next"].partition(" ")[0]) for one in found] == [
        ("not-resolved", True, "Correct"),
        ("origin-not-allowed", True, "Write"),
    ]
    assert [[change["place"] for change in one["changes"]] for one in found] == [[], ["settings.CORS_ALLOWED_ORIGINS"]]
    assert codes("/nowhere/", "--origin", "https://x.invalid", "--method", "PUT")[1] == [
        ("not-resolved", ""),
        ("origin-not-allowed", ""),
    ]


NO_SCHEME = "differs in its beginning: a regular expression has to match the whole origin, with its scheme"


@named_rows(
    "regex, page, mend",
    {
        "a host": (r"shop\.office", "https://shop.office", r"r'https://shop\.office'"),
        "a host, anchored": (r"^shop\.office$", "https://shop.office", r"r'https://shop\.office$'"),
        "a page on http": (r"shop.office", "http://shop.office", "r'http://shop.office'"),
        "subdomains": (r"[a-z]+\.office:\d+", "https://a.office:8443", r"r'https://[a-z]+\.office:\d+'"),
        "the host alone, at a port": (r"shop\.office", "https://shop.office:8443", ""),
        "alternatives": (r"^shop\.office|^x\.office", "https://x.office", ""),
    },
)
def test_a_regular_expression_without_a_scheme_is_a_near_miss(
    settings: SettingsWrapper, regex: str, page: str, mend: str
) -> None:
    settings.CORS_ALLOWED_ORIGINS = []
    settings.CORS_ALLOWED_ORIGIN_REGEXES = [regex]
    first, second = ask("/ok/", "--origin", page)[1].splitlines()[:2]
    assert NO_SCHEME in first
    assert (f"Next: Write the scheme into the regular expression: {mend}. Or " in second) == bool(mend)
    if mend:
        settings.CORS_ALLOWED_ORIGIN_REGEXES = [mend[2:-1]]
        assert ask("/ok/", "--origin", page)[0] == 0
