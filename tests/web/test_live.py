"""`manage.py cors explain --live`: the same requests to a running server, and what is between it and Django."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError
from django.http import HttpResponse
from django.urls import path
from django.views import View

from drf_cors import CorsPolicy, CorsPolicyMixin
from drf_cors.diagnosis import live
from tests.projects.views import OURS
from tests.tables import named_rows
from tests.web.proxies import raw, served
from tests.web.test_cors_explain import ask

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.web.proxies import Headers, Proxy

SHOP = ("--origin", "https://shop.example")
ALLOW_ORIGIN = "Access-Control-Allow-Origin"

SendOn = "Callable[[], tuple[str, Headers]]"


class Orders(CorsPolicyMixin, View):
    cors_policy = CorsPolicy(
        allowed_origins=["https://shop.example"],
        allow_credentials=True,
        allow_headers=["content-type"],
        expose_headers=["x-total"],
    )

    def get(self, request: Any) -> HttpResponse:
        if "fail" in request.GET:
            raise LookupError
        if "moved" in request.GET:
            return HttpResponse(status=302, headers={"Location": "/elsewhere/"})
        return HttpResponse("orders", status=int(request.GET.get("status", 200)))

    def post(self, request: Any) -> HttpResponse:
        return HttpResponse("made", status=201)

    put = post


class Site:
    urlpatterns = (path("orders/", Orders.as_view()), path("plain/", lambda request: HttpResponse("plain")))


@pytest.fixture(autouse=True)
def _site(settings: SettingsWrapper) -> None:
    settings.ROOT_URLCONF = Site
    settings.MIDDLEWARE = [OURS, "django.middleware.common.CommonMiddleware"]
    settings.ALLOWED_HOSTS = ["*"]
    settings.LOGGING_CONFIG = None


def passes(environ: Any, send_on: Any) -> tuple[str, Headers]:
    return send_on()


def strips(*names: str) -> Proxy:
    def proxy(environ: Any, send_on: Any) -> tuple[str, Headers]:
        status, headers = send_on()
        lowered = [name.lower() for name in names]
        return status, [one for one in headers if not one[0].lower().startswith(tuple(lowered))]

    return proxy


def adds(name: str, value: str) -> Proxy:
    def proxy(environ: Any, send_on: Any) -> tuple[str, Headers]:
        status, headers = send_on()
        return status, [*headers, (name, value)]

    return proxy


def overwrites(name: str, value: str) -> Proxy:
    def proxy(environ: Any, send_on: Any) -> tuple[str, Headers]:
        status, headers = strips(name)(environ, send_on)
        return status, [*headers, (name, value)]

    return proxy


def answers(status: str, *headers: tuple[str, str], to: str = "") -> Proxy:
    def proxy(environ: Any, send_on: Any) -> tuple[str, Headers]:
        is_meant = to in ("", environ["REQUEST_METHOD"])
        return (status, [*headers, ("Server", "nginx/1.25")]) if is_meant else send_on()

    return proxy


def with_status(status: str) -> Proxy:
    def proxy(environ: Any, send_on: Any) -> tuple[str, Headers]:
        return status, send_on()[1]

    return proxy


PUT = ("--method", "PUT")
CREDENTIALS = ("--credentials",)
READ = ("--read", "X-Total")
OTHER = ("--origin", "https://other.example")

DIFFERENCES = [
    pytest.param(
        strips("access-control-"),
        "/orders/",
        SHOP,
        1,
        "Blocked: {at} answers GET without Access-Control-Allow-Origin, Access-Control-Allow-Credentials, "
        "Access-Control-Expose-Headers, which Django sends: something between removes it. [live-header-removed: ",
        "Let the proxy pass the headers of Django on (nginx: proxy_hide_header",
        id="a proxy strips all",
    ),
    pytest.param(
        strips("access-control-"),
        "/orders/",
        (*SHOP, *PUT),
        1,
        "Blocked: {at} answers the preflight without Access-Control-Allow-Origin, ",
        "Let the proxy pass the headers",
        id="a proxy strips all, of a preflight",
    ),
    pytest.param(
        strips("access-control-expose"),
        "/orders/",
        (*SHOP, *READ),
        1,
        "Blocked: {at} answers GET without Access-Control-Expose-Headers, which",
        "Let the proxy pass the headers",
        id="a proxy strips what the script reads",
    ),
    pytest.param(
        strips("access-control-expose"),
        "/orders/",
        SHOP,
        0,
        "Allowed, but: {at} answers GET without Access-Control-Expose-Headers, which",
        "Let the proxy pass the headers",
        id="a proxy strips what the script does not need",
    ),
    pytest.param(
        adds("Access-Control-Expose-Headers", "x-more"),
        "/orders/",
        (*SHOP, *READ),
        0,
        "Allowed, but: {at} answers GET with Access-Control-Expose-Headers: 'x-total, x-more'; Django",
        "Let the proxy leave the header alone",
        id="a proxy exposes more",
    ),
    pytest.param(
        overwrites("Access-Control-Expose-Headers", "*"),
        "/orders/",
        (*SHOP, *READ),
        0,
        "Allowed, but: {at} answers GET with Access-Control-Expose-Headers: '*'; Django",
        "Let the proxy leave the header alone",
        id="a proxy exposes all",
    ),
    pytest.param(
        overwrites("Access-Control-Expose-Headers", "*"),
        "/orders/",
        (*SHOP, *READ, *CREDENTIALS),
        1,
        "Blocked: {at} answers GET with Access-Control-Expose-Headers: '*'; Django",
        "Let the proxy leave the header alone",
        id="a proxy exposes all, which does not count with credentials",
    ),
    pytest.param(
        adds(f"Access-Control-{1000 * 'a'}", "b"), "/orders/", SHOP, 0, "Allowed: ", "Nothing to do", id="a long name"
    ),
    pytest.param(
        strips("vary"),
        "/orders/",
        SHOP,
        0,
        "Allowed, but: {at} answers GET without Vary: Origin, which Django sends",
        "Let the proxy pass the headers",
        id="a proxy strips Vary",
    ),
    pytest.param(
        overwrites("Vary", "Accept-Encoding, Origin"),
        "/orders/",
        SHOP,
        0,
        "Allowed: ",
        "Nothing to do: {at}",
        id="more in Vary",
    ),
    pytest.param(
        adds(ALLOW_ORIGIN, "*"),
        "/orders/",
        SHOP,
        1,
        "Blocked: {at} answers GET with Access-Control-Allow-Origin twice: 'https://shop.example, *'.",
        "Take the header out of the proxy (nginx: add_header; ",
        id="a proxy adds a second value",
    ),
    pytest.param(
        overwrites(ALLOW_ORIGIN, "https://shop.example, *"),
        "/orders/",
        SHOP,
        1,
        "Blocked: {at} answers GET with Access-Control-Allow-Origin twice: 'https://shop.example, *'.",
        "Take the header out of the proxy",
        id="a proxy joins two values",
    ),
    pytest.param(
        overwrites(ALLOW_ORIGIN, "*"),
        "/orders/",
        (*SHOP, *CREDENTIALS),
        1,
        "Blocked: {at} answers GET with Access-Control-Allow-Origin: '*'; Django sends 'https://shop.example'.",
        "Let the proxy leave the header alone",
        id="a proxy overwrites, and credentials are lost",
    ),
    pytest.param(
        overwrites(ALLOW_ORIGIN, "*"),
        "/orders/",
        SHOP,
        0,
        "Allowed, but: {at} answers GET with Access-Control-Allow-Origin: '*'; Django sends 'https://shop.example'.",
        "Let the proxy leave the header alone",
        id="a proxy overwrites, and the script does not mind",
    ),
    pytest.param(
        overwrites("Access-Control-Allow-Methods", "GET"),
        "/orders/",
        (*SHOP, *PUT),
        1,
        "Blocked: {at} answers the preflight with Access-Control-Allow-Methods: 'GET'; Django sends 'GET, OPTIONS, ",
        "Let the proxy leave the header alone",
        id="a proxy overwrites the methods",
    ),
    pytest.param(
        overwrites("Access-Control-Allow-Methods", "PUT,POST,  GET,OPTIONS"),
        "/orders/",
        (*SHOP, *PUT),
        0,
        "Allowed: ",
        "PUT was not sent to {at}: it may change data. Add --live-unsafe to send it.",
        id="the same list in another order",
    ),
    pytest.param(
        adds("Access-Control-Allow-Headers", "x-more"),
        "/orders/",
        (*SHOP, *PUT),
        0,
        "Allowed, but: {at} answers the preflight with Access-Control-Allow-Headers: 'content-type, x-more'; Django",
        "Let the proxy leave the header alone",
        id="a proxy adds a line to a list",
    ),
    pytest.param(
        adds(ALLOW_ORIGIN, "*"),
        "/orders/",
        OTHER,
        1,
        "Blocked: Nothing that the policy lists admits https://other.example. [origin-not-allowed]",
        "Put @cors(",
        id="a proxy opens what Django refuses",
    ),
    pytest.param(
        answers("401 Unauthorized", to="OPTIONS"),
        "/orders/",
        (*SHOP, *PUT),
        1,
        "Blocked: {at} answers the preflight with 401, Server: 'nginx/1.25'; Django answers it with 200. [live-status]",
        "Let OPTIONS requests pass to Django without a login there: preflights carry no credentials.",
        id="a login in front of Django",
    ),
    pytest.param(
        answers("405 Method Not Allowed", to="OPTIONS"),
        "/orders/",
        (*SHOP, *PUT),
        1,
        "Blocked: {at} answers the preflight with 405, Server: 'nginx/1.25'; Django answers it with 200. [live-status]",
        "Let the method OPTIONS pass to Django there",
        id="a proxy without OPTIONS",
    ),
    pytest.param(
        answers("204 No Content", (ALLOW_ORIGIN, "*"), ("Access-Control-Allow-Methods", "PUT"), to="OPTIONS"),
        "/orders/",
        (*SHOP, *PUT),
        0,
        "Allowed, but: {at} answers the preflight without Access-Control-Allow-Credentials, ",
        "Let the proxy pass the headers",
        id="a proxy answers preflights by itself",
    ),
    pytest.param(
        answers("204 No Content", to="OPTIONS"),
        "/orders/",
        (*SHOP, *PUT),
        1,
        "Blocked: {at} answers the preflight itself (204, Server: 'nginx/1.25'), without Access-Control-Allow-Origin: "
        "it does not pass to Django, which answers with 200. [live-status]",
        "Let the method OPTIONS pass to Django there",
        id="a proxy answers preflights by itself, without headers",
    ),
    pytest.param(
        answers("204 No Content", to="OPTIONS"),
        "/orders/",
        (*OTHER, *PUT),
        1,
        "Blocked: Nothing that the policy lists admits https://other.example. [origin-not-allowed]",
        "Put @cors(",
        id="a proxy answers preflights that Django refuses",
    ),
    pytest.param(
        with_status("204 No Content"),
        "/orders/",
        (*SHOP, *PUT),
        0,
        "Allowed: ",
        "PUT was not sent to {at}",
        id="an ok status with the headers of Django",
    ),
    pytest.param(
        answers("308 Permanent Redirect", ("Location", "/orders/#a")),
        "/orders/",
        SHOP,
        1,
        "Blocked: {at} redirects GET to '/orders/#a' (308, Server: 'nginx/1.25'), the address that was fetched; ",
        "Find what redirects in front of Django",
        id="a redirect to itself",
    ),
    pytest.param(
        answers("302 Found", ("Location", "/login\x1b[31m")),
        "/orders/",
        SHOP,
        1,
        r"Blocked: {at} redirects GET to '/login\x1b[31m' (302, Server: 'nginx/1.25'); the middleware",
        "Fetch '/login",
        id="a redirect to a login",
    ),
    pytest.param(
        answers("301 Moved Permanently", ("Location", "https://127.0.0.1/"), to="OPTIONS"),
        "/orders/",
        (*SHOP, *PUT),
        1,
        "Blocked: {at} redirects the preflight to 'https://127.0.0.1/' (301, Server: 'nginx/1.25'); the middle",
        "Browsers follow no redirect of a preflight.",
        id="a redirect of the preflight",
    ),
    pytest.param(
        passes,
        "/orders/?moved",
        SHOP,
        0,
        "Allowed, but: {at} redirects GET to '/elsewhere/' (302",
        "Fetch '/elsewhere/'",
        id="a redirect of the view",
    ),
    pytest.param(
        passes,
        "/orders",
        SHOP,
        0,
        "Allowed, but: /orders is answered by a redirect",
        "Fetch /orders/.",
        id="both redirect",
    ),
    pytest.param(
        answers("502 Bad Gateway"),
        "/orders/",
        SHOP,
        1,
        "Blocked: {at} answers GET with 502, Server: 'nginx/1.25' and without CORS headers. Errors of",
        "Read the log of the server that answers so",
        id="an error of the proxy",
    ),
    pytest.param(
        passes,
        "/orders/?fail",
        SHOP,
        0,
        "Allowed, but: {at} answers GET with 500, Server: 'WSGIServer",
        "Read the traceback in the server's log.",
        id="an error of the view",
    ),
    pytest.param(passes, "/orders/?status=404", SHOP, 0, "Allowed: ", "Nothing to do: {at}", id="a view that refuses"),
    pytest.param(
        passes,
        "/orders/",
        SHOP,
        0,
        "Allowed: ",
        "Nothing to do: {at} answers with the CORS headers that",
        id="no proxy",
    ),
    pytest.param(
        passes,
        "/orders/",
        (*SHOP, "--method", "POST"),
        0,
        "Allowed: ",
        "POST was not sent to {at}",
        id="nothing is sent",
    ),
    pytest.param(
        answers("403 Forbidden", to="POST"),
        "/orders/",
        (*SHOP, "--method", "POST", "--live-unsafe"),
        1,
        "Blocked: {at} answers POST with 403, Server: 'nginx/1.25' and without CORS headers",
        "Read the log of the server that answers so",
        id="an unsafe method is sent where that is wanted",
    ),
    pytest.param(
        passes, "/orders/", (), 1, "Blocked: The request carries no Origin header", "Ask from", id="no origin"
    ),
    pytest.param(passes, "/plain/", OTHER, 1, "Blocked: Nothing is declared for", "Put @cors(", id="both refuse"),
    pytest.param(
        answers("404 Not Found"),
        "/plain/",
        OTHER,
        1,
        "Blocked: Nothing is declared for",
        "Put @cors(",
        id="both refuse, and a 404",
    ),
    pytest.param(
        adds("Access-Control-\x1b[31mEvil", "\x1b[31m"),
        "/orders/",
        SHOP,
        0,
        "Allowed: ",
        "Nothing to do",
        id="a name that is no token",
    ),
]


@pytest.mark.parametrize(("proxy", "url", "asked", "status", "first", "second"), DIFFERENCES)
def test_what_is_between_django_and_the_browser(
    proxy: Proxy, url: str, asked: tuple[str, ...], status: int, first: str, second: str
) -> None:
    with served(proxy) as (address, seen):
        found_status, text = ask(url, *asked, "--live", address)
    lines = text.splitlines()
    assert lines[0].startswith(first.replace("{at}", address))
    assert lines[1].startswith("Next: ")
    assert second.replace("{at}", address) in lines[1]
    assert found_status == status
    assert text.isprintable() or text.replace("\n", "").isprintable()
    assert len(seen) <= 2


def test_only_the_address_that_was_given_is_contacted() -> None:
    with served(passes) as (other, seen_there):
        proxy = answers("307 Temporary Redirect", ("Location", f"{other}/orders/"), (ALLOW_ORIGIN, "*"))
        with served(proxy) as (address, seen):
            status, text = ask(f"{address}/orders/", *SHOP, "--live")
    assert status == 0
    assert f"redirects GET to '{other}/orders/'" in text.splitlines()[0]
    assert seen == ["GET /orders/"]
    assert seen_there == []


@pytest.mark.parametrize(
    ("arguments", "requests"),
    [
        pytest.param(["{at}/orders/?a=1", "--live"], ["GET /orders/"], id="the address of the URL"),
        pytest.param(["--live", "{at}/orders/"], ["GET /orders/"], id="the option in front"),
        pytest.param(["https://api.example/orders/", "--live", "{at}"], ["GET /orders/"], id="another address"),
        pytest.param(["/orders/", "--live", "{at}/"], ["GET /orders/"], id="a slash at the end"),
        pytest.param(["/orders/", "--live", "{at}", *PUT], ["OPTIONS /orders/"], id="a preflight alone"),
        pytest.param(
            ["/orders/", "--live", "{at}", *PUT, "--live-unsafe"],
            ["OPTIONS /orders/", "PUT /orders/"],
            id="and the request",
        ),
        pytest.param(["/orders/", "--live", "{at}", "--method", "POST"], [], id="no safe request"),
        pytest.param(["{at}/orders/"], [], id="not asked for"),
    ],
)
def test_what_is_sent(arguments: list[str], requests: list[str]) -> None:
    with served(passes) as (address, seen):
        status, _ = ask(*[argument.replace("{at}", address) for argument in arguments], *SHOP)
    assert status == 0
    assert seen == requests


def test_json() -> None:
    with served(adds(ALLOW_ORIGIN, "\x1b[31m")) as (address, _):
        status, text = ask("/orders/", *SHOP, "--live", address, "--format", "json")
    told = json.loads(text)
    assert status == 1
    assert text.isascii()
    assert told["findings"][0]["code"] == "live-header-doubled"
    assert told["live"]["address"] == address
    assert told["live"]["unsent"] is None
    answer = told["live"]["responses"][0].pop("answer")
    assert told["live"]["responses"] == [
        {"kind": "request", "method": "GET", "url": f"{address}/orders/", "status": 200, "error": ""}
    ]
    assert answer["access-control-allow-origin"] == ["https://shop.example", "\x1b[31m"]


def test_the_response_is_shown_escaped() -> None:
    with served(adds(ALLOW_ORIGIN, "\x1b[31m")) as (address, _):
        text = ask("/orders/", *SHOP, "--live", address)[1]
    assert f"Live: {address}\n  GET {address}/orders/\n  response: 200\n" in text
    assert r"    Access-Control-Allow-Origin: 'https://shop.example', '\x1b[31m'" in text


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_is_not_there() -> None:
    address = free_port()
    status, text = ask("/orders/", *SHOP, "--live", address)
    lines = text.splitlines()
    assert status == 1
    assert lines[0].startswith(f"Blocked: {address} does not answer GET: ConnectionRefusedError")
    assert "[live-unreachable]" in lines[0]
    assert lines[1].startswith("Next: Start the server, or correct the address.")


TRUNCATED = "it closes the connection before the headers are complete. ["


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(b"\x1b[31mnot HTTP\r\n\r\n", "BadStatusLine: [31mnot HTTP", id="no HTTP"),
        pytest.param(b"", "RemoteDisconnected", id="nothing"),
        pytest.param(b"HTTP/1.1 200 O", TRUNCATED, id="a part of the status line"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", TRUNCATED, id="a status line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nAccess-Con", TRUNCATED, id="a part of a header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nVary: Origin\r\n", TRUNCATED, id="no end of the headers"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\n\r\n", TRUNCATED, id="an interim response alone"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: " + 70000 * b"a", "LineTooLong", id="a long line"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + 200 * b"A: a\r\n" + b"\r\n", "HTTPException", id="many headers"),
        pytest.param(b"HTTP/1.1 999999999999999 OK\r\n\r\n", "BadStatusLine", id="a long status"),
    ],
)
def test_a_server_that_is_none(answer: bytes, error: str) -> None:
    with raw(answer) as address:
        first = ask("/orders/", *SHOP, "--live", address)[1].splitlines()[0]
    assert f"does not answer GET: {error}" in first
    assert first.isprintable()


@pytest.mark.parametrize(
    ("limit", "error"),
    [("TIMEOUT", "TimeoutError: timed out. ["), ("MAX_SECONDS", "it sends no complete headers in time. [")],
)
def test_a_server_that_never_comes_to_an_end(limit: str, error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, limit, 0.05)
    with raw(b"HTTP/1.1 200 OK\r\nA: a\r\n", stays_open=True) as address:
        status, text = ask("/orders/", *SHOP, "--live", address)
    assert status == 1
    assert f"does not answer GET: {error}" in text.splitlines()[0]


def test_https_of_a_server_without_it() -> None:
    with served(passes) as (address, _):
        status, text = ask("/orders/", *SHOP, "--live", address.replace("http", "https"))
    assert status == 1
    assert "does not answer GET: SSLError" in text.splitlines()[0]


@named_rows(
    "interim, status",
    {
        "continue": (b"HTTP/1.1 100 Continue\r\n\r\n", 200),
        "early hints, twice": (2 * b"HTTP/1.1 103 Early Hints\r\nConnection: close\r\nLink: </a>\r\n\r\n", 200),
        "another protocol": (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101),
    },
)
def test_interim_responses_are_skipped(interim: bytes, status: int) -> None:
    final = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: https://shop.example\r\n\r\n"
    with raw(interim + final) as address:
        text = ask("/orders/", *SHOP, "--live", address)[1]
    assert f"  GET {address}/orders/\n  response: {status}\n" in text
    assert (status == 200) == ("    Access-Control-Allow-Origin: 'https://shop.example'\n" in text.partition("\n\n")[2])


def test_a_body_without_an_end_is_not_read() -> None:
    with raw(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\r\nendless", stays_open=True) as address:
        status, text = ask("/orders/", *SHOP, "--live", address)
    assert status == 0
    assert "Access-Control-Allow-Origin: '*'; Django sends 'https://shop.example'" in text


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param([], "Give a path", id="nothing"),
        pytest.param(["/orders/", "--live"], "--live needs a server", id="a path without an address"),
        pytest.param(["--live", "/orders/"], "--live needs a server", id="the same, the option in front"),
        pytest.param(["wss://api.example/", "--live"], "--live needs a server", id="a WebSocket"),
        pytest.param(["/orders/", "--live", "ftp://api.example"], "--live needs a server", id="another scheme"),
        pytest.param(["/orders/", "--live", "http://api.example/v1"], "api.example/v1': --live http", id="a path"),
        pytest.param(["/orders/", "--live", "http://api.example/?a"], "scheme and host alone", id="a query"),
        pytest.param(["/orders/", "--live", "http://a:b@api.example"], "scheme and host alone", id="a password"),
        pytest.param(["/orders/", "--live", "http://["], "No browser makes such", id="no URL"),
        pytest.param(["http://[", "--live", "http://api.example"], "No browser makes such", id="no URL to move"),
    ],
)
def test_wrong_usage(arguments: list[str], error: str) -> None:
    with pytest.raises(CommandError, match=error) as refused:
        ask(*arguments, *SHOP)
    assert refused.value.returncode == 2


def test_what_the_browser_refuses_for_another_reason() -> None:
    """A list that is no list is refused whole."""
    with served(overwrites("Access-Control-Allow-Methods", "PUT, b a d")) as (address, _):
        status, text = ask("/orders/", *SHOP, *PUT, "--live", address)
    assert status == 1
    assert "Access-Control-Allow-Methods: 'PUT, b a d'" in text.splitlines()[0]
