"""The model browser, held against views that set every CORS header by hand."""

import subprocess
import sys
from itertools import pairwise
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client
from django.urls import re_path
from rest_framework.test import APIClient

from drf_cors.testing import (
    CHROMIUM,
    FETCH,
    FIREFOX,
    WEBKIT,
    AsyncBrowser,
    Browser,
    CorsBlocked,
    RequestFacts,
)
from drf_cors.testing.plugin import cors_browser  # noqa: F401 - a fixture

SHOP = "https://shop.example"
EVIL = "https://evil.example"
HERE = "http://testserver"

#: "METHOD /path", or "http://host/path" for any method there -> what the site answers.
ANSWERS = {}

#: Every request that reached the site, as the view saw it.
SERVED = []


def site(request):
    SERVED.append(
        SimpleNamespace(
            method=request.method,
            url=request.build_absolute_uri(),
            headers={name.lower(): value for name, value in request.headers.items()},
            cookies=dict(request.COOKIES),
            body=request.body,
            user=getattr(request, "_force_auth_user", None),
        )
    )
    url = request.build_absolute_uri(request.path)
    answer = ANSWERS.get(f"{request.method} {request.path}") or ANSWERS.get(url) or ANSWERS["default"]
    return answer()


urlpatterns = [re_path("", site)]


def answer(key, status=200, body=b"hello", **headers):
    """Let the site answer `key` so; `allow_origin` is `Access-Control-Allow-Origin`."""

    def respond():
        response = HttpResponse(body, status=status)
        for name, value in headers.items():
            prefix = "" if name in {"location", "vary", "x_total", "etag", "set_cookie"} else "access_control_"
            response[(prefix + name).replace("_", "-").title()] = value
        return response

    ANSWERS[key] = respond


@pytest.fixture(autouse=True)
def _site(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    settings.ALLOWED_HOSTS = ["*"]
    ANSWERS.clear()
    SERVED.clear()
    answer("default", allow_origin="*")


class Page:
    """One browser, synchronous to look at, whichever it is."""

    def __init__(self, browser):
        self.browser = browser
        self.fetch = async_to_sync(browser.fetch) if isinstance(browser, AsyncBrowser) else browser.fetch

    def kinds(self):
        return [f"{exchange.kind} {exchange.method}" for exchange in self.browser.log]

    def step(self, url, **options):
        """Return where the browser stops the fetch, or None."""
        try:
            self.fetch(url, **options)
        except CorsBlocked as blocked:
            return blocked.step
        return None


@pytest.fixture(params=[Browser, AsyncBrowser], ids=["sync", "async"])
def open_page(request):
    def opened(origin=SHOP, client=None, **options):
        return Page(request.param(origin, client, **options))

    opened.client = {Browser: Client, AsyncBrowser: AsyncClient}[request.param]
    return opened


@pytest.fixture
def page(open_page):
    return open_page()


# --- Simple requests ------------------------------------------------------------------------------------


def test_a_simple_request_goes_out_with_its_origin_and_no_preflight(page):
    response = page.fetch("/a?b=1")
    assert (response.status, response.body, response.type) == (200, b"hello", "cors")
    assert response.ok
    assert not response.redirected
    assert response.url == f"{HERE}/a?b=1"
    assert page.kinds() == ["request GET"]
    (exchange,) = page.browser.log
    assert exchange.request_headers == {"accept": "*/*", "origin": SHOP}
    assert exchange.response_headers == {"access-control-allow-origin": "*"}
    assert (exchange.url, exchange.status, exchange.credentials) == (f"{HERE}/a?b=1", 200, False)
    assert SERVED[0].headers["origin"] == SHOP
    assert SERVED[0].headers["host"] == "testserver"


@pytest.mark.parametrize(
    ("credentials", "allow_origin", "allow_credentials", "step"),
    [
        ("same-origin", "*", None, None),
        ("omit", "*", None, None),
        ("same-origin", SHOP, None, None),
        ("same-origin", f" {SHOP}\t", None, None),
        ("same-origin", None, None, "response: origin"),
        ("same-origin", EVIL, None, "response: origin"),
        ("same-origin", "null", None, "response: origin"),
        ("same-origin", "HTTPS://shop.example", None, "response: origin"),
        ("same-origin", f"{SHOP}, {EVIL}", None, "response: origin"),
        ("include", SHOP, "true", None),
        ("include", SHOP, None, "response: credentials"),
        ("include", SHOP, "True", "response: credentials"),
        ("include", SHOP, "false", "response: credentials"),
        ("include", "*", "true", "response: credentials"),
        ("include", EVIL, "true", "response: origin"),
        ("include", None, "true", "response: origin"),
    ],
)
def test_the_cors_check(page, credentials, allow_origin, allow_credentials, step):
    headers = {"allow_origin": allow_origin, "allow_credentials": allow_credentials}
    answer("GET /a", **{name: value for name, value in headers.items() if value})
    assert page.step("/a", credentials=credentials) == step
    assert page.kinds() == ["request GET"]


def test_a_page_without_an_origin_is_null(open_page):
    page = open_page("null")
    answer("GET /a", allow_origin="null")
    assert page.step("/a") is None
    assert SERVED[0].headers["origin"] == "null"


def test_an_error_of_the_server_is_a_response_like_any_other(page):
    answer("GET /a", status=500, allow_origin=SHOP)
    response = page.fetch("/a")
    assert (response.status, response.ok) == (500, False)


def test_blocked_tells_what_happened(page):
    answer("GET /a", allow_origin=EVIL)
    with pytest.raises(CorsBlocked) as caught:
        page.fetch("/a", headers={"Accept": "text/html"})
    blocked = caught.value
    assert (blocked.reason, blocked.source) == ("origin-not-allowed", "drf_cors.defaults")
    assert blocked.facts == RequestFacts(
        kind="request", origin=SHOP, method="GET", url=f"{HERE}/a", headers=(), credentials=False
    )
    assert str(blocked).splitlines() == [
        f"GET {HERE}/a from {SHOP} was blocked.",
        f"  response: origin: Access-Control-Allow-Origin is {EVIL!r}, not {SHOP!r}.",
        "  reason: origin-not-allowed",
        "  source: drf_cors.defaults",
    ]


def test_blocked_tells_what_it_knows_before_the_server_is_asked():
    facts = RequestFacts(kind="request", origin=SHOP, method="GET", url=f"{HERE}/a", headers=(), credentials=False)
    assert str(CorsBlocked("response: origin", "It is missing.", facts)).splitlines() == [
        f"GET {HERE}/a from {SHOP} was blocked.",
        "  response: origin: It is missing.",
    ]


def test_blocked_tells_what_the_server_says(page, monkeypatch):
    monkeypatch.setattr(
        "drf_cors.testing.browser._server_reason", lambda facts: ("origin-not-allowed", "V.cors_policy")
    )
    answer("GET /a")
    with pytest.raises(CorsBlocked) as caught:
        page.fetch("/a")
    assert (caught.value.reason, caught.value.source) == ("origin-not-allowed", "V.cors_policy")
    assert str(caught.value).splitlines()[2:] == ["  reason: origin-not-allowed", "  source: V.cors_policy"]


# --- The browser's own origin ---------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "origin_header"), [("GET", None), ("HEAD", None), ("POST", HERE), ("DELETE", HERE)])
def test_the_own_origin_needs_no_permission(open_page, method, origin_header):
    answer("default", x_total="3")
    page = open_page(HERE)
    response = page.fetch("/a", method=method, headers={"X-Any": "1"})
    assert response.type == "basic"
    assert response.headers["X-Total"] == "3"
    assert page.kinds() == [f"request {method}"]
    assert SERVED[0].headers.get("origin") == origin_header


@pytest.mark.parametrize(
    ("server", "origin", "type_"),
    [
        ("https://api.example", "https://api.example", "basic"),
        ("https://API.example:443", "https://api.example", "basic"),
        ("https://api.example:8443", "https://api.example", "cors"),
        ("http://api.example", "https://api.example", "cors"),
        ("http://[::1]:8000/any/path", "http://[::1]:8000", "basic"),
    ],
)
def test_scheme_host_and_port_make_an_origin(open_page, server, origin, type_):
    assert open_page(origin, server=server).fetch("/a").type == type_


# --- What needs a preflight -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({}, None),
        ({"method": "HEAD"}, None),
        ({"method": "POST"}, None),
        ({"method": "POST", "body": "a"}, None),
        ({"method": "post", "body": b"a"}, None),
        ({"headers": {"Accept": "a/b", "Accept-Language": "de", "Range": "bytes=0-"}}, None),
        ({"method": "POST", "body": "a=1", "headers": {"Content-Type": "multipart/form-data"}}, None),
        ({"headers": {"Origin": EVIL, "Cookie": "a=b", "Sec-X": "1", "Host": "a"}}, None),
        ({"headers": {"X-HTTP-Method-Override": "TRACE"}}, None),
        ({"headers": {"X-HTTP-Method-Override": "PUT"}}, ("GET", "x-http-method-override")),
        ({"method": "POST", "json": {"a": 1}}, ("POST", "content-type")),
        ({"method": "put"}, ("PUT", None)),
        ({"method": "patch"}, ("patch", None)),
        ({"method": "OPTIONS"}, ("OPTIONS", None)),
        ({"headers": {"Accept": "a" * 129}}, ("GET", "accept")),
        (
            {"method": "DELETE", "headers": [("X-B", "1"), ("x-a", "2"), ("X-B", "3"), ("Accept", "a")]},
            ("DELETE", "x-a,x-b"),
        ),
    ],
)
def test_what_needs_a_preflight(page, options, asked):
    answer(
        "default",
        allow_origin="*",
        allow_methods="*, patch",
        allow_headers="*",
    )
    page.fetch("/a", **options)
    preflights = [exchange for exchange in page.browser.log if exchange.kind == "preflight"]
    if asked is None:
        assert preflights == []
        return
    method, names = asked
    headers = {"accept": "*/*", "access-control-request-method": method, "origin": SHOP}
    if names:
        headers["access-control-request-headers"] = names
    (preflight,) = preflights
    assert preflight.method == "OPTIONS"
    assert preflight.request_headers == headers
    assert not preflight.credentials


def test_headers_reach_the_server(page):
    answer("default", allow_origin="*", allow_headers="*")
    page.fetch("/a", method="POST", body="é", headers=[("X-A", " 1 "), ("x-a", "2\xff"), ("DNT", "1")])
    post = SERVED[1]
    assert post.headers["x-a"] == "1, 2\xff"
    assert post.headers["content-type"] == "text/plain;charset=UTF-8"
    assert post.headers["content-length"] == "2"
    assert "dnt" not in post.headers
    assert post.body == "é".encode()


@pytest.mark.parametrize(
    ("options", "content_type", "body", "length"),
    [
        ({"json": {"a": [1, None]}}, "application/json", b'{"a": [1, null]}', "16"),
        ({"json": [], "headers": {"content-type": "text/plain"}}, "text/plain", b"[]", "2"),
        ({"body": b"\x00\xff"}, "", b"\x00\xff", "2"),
        ({}, "", b"", "0"),
    ],
)
def test_bodies(open_page, options, content_type, body, length):
    open_page(HERE).fetch("/a", method="POST", **options)
    (post,) = SERVED
    assert post.headers.get("content-type", "") == content_type
    assert (post.body, post.headers["content-length"]) == (body, length)


def test_urls_reach_the_server(page):
    page.fetch("/caf\xe9/a%2Fb/../c d?q=\xe9&r=/?#fragment")
    assert SERVED[0].url == f"{HERE}/caf%C3%A9/c%20d?q=%C3%A9&r=/?"


# --- What no browser sends ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("/", {"method": "TRACE"}),
        ("/", {"method": "connect"}),
        ("/", {"method": "GE T"}),
        ("/", {"method": ""}),
        ("/", {"headers": {"X A": "1"}}),
        ("/", {"headers": {"": "1"}}),
        ("/", {"headers": {"X-A": "1\r\nX-B: 2"}}),
        ("/", {"headers": {"X-A": "\u0100"}}),
        ("/", {"body": "a"}),
        ("/", {"method": "head", "json": {}}),
        ("/", {"method": "POST", "body": "a", "json": {}}),
        ("/", {"credentials": "always"}),
        ("http://ann:pw@testserver/", {}),
        ("http://@testserver:bad/", {}),
        ("ftp://testserver/", {}),
        ("http://", {}),
        ("http://[::1/", {}),
    ],
)
def test_what_browsers_throw_a_type_error_for(page, url, options):
    with pytest.raises(TypeError):
        page.fetch(url, **options)
    assert SERVED == []


@pytest.mark.parametrize("origin", ["https://shop.example/", "shop.example", "HTTPS://shop.example", "*", ""])
def test_a_browser_needs_an_origin(open_page, origin):
    with pytest.raises(ValueError, match=r"Write it like 'https://shop\.example'"):
        open_page(origin)


def test_a_browser_needs_a_server(open_page):
    with pytest.raises(ValueError, match=r"server='testserver'"):
        open_page(server="testserver")


def test_each_browser_has_its_client():
    with pytest.raises(TypeError, match="write AsyncBrowser"):
        Browser(SHOP, AsyncClient())
    with pytest.raises(TypeError, match="write Browser"):
        AsyncBrowser(SHOP, Client())


# --- What the preflight must say ------------------------------------------------------------------------

PUT_JSON = {"method": "PUT", "json": {}}
WITH_TOKEN = {"headers": {"Authorization": "Bearer x"}}


@pytest.mark.parametrize(
    ("options", "headers", "step"),
    [
        (PUT_JSON, {"allow_methods": "PUT", "allow_headers": "content-type"}, None),
        (PUT_JSON, {"allow_methods": "get,\tPUT ,", "allow_headers": "X-A, Content-TYPE"}, None),
        (PUT_JSON, {"allow_methods": "*", "allow_headers": "*"}, None),
        (PUT_JSON, {"allow_methods": "*", "allow_headers": "*", "status": 204}, None),
        (PUT_JSON, {"allow_origin": None}, "preflight: origin"),
        (PUT_JSON, {"allow_origin": EVIL}, "preflight: origin"),
        (PUT_JSON, {"status": 404}, "preflight: status"),
        (PUT_JSON, {"status": 301, "location": "/b"}, "preflight: status"),
        (PUT_JSON, {"status": 304}, "preflight: status"),
        (PUT_JSON, {"allow_headers": "content-type"}, "preflight: method"),
        (PUT_JSON, {"allow_methods": "put", "allow_headers": "*"}, "preflight: method"),
        (PUT_JSON, {"allow_methods": "PUT, a b", "allow_headers": "*"}, "preflight: method"),
        (PUT_JSON, {"allow_methods": "PUT"}, "preflight: header"),
        (PUT_JSON, {"allow_methods": "PUT", "allow_headers": "content-type, x@y"}, "preflight: header"),
        (PUT_JSON, {"allow_methods": "PUT", "allow_headers": "content"}, "preflight: header"),
        ({"method": "patch"}, {"allow_methods": "PATCH"}, "preflight: method"),
        ({"method": "POST", "json": {}}, {"allow_methods": "PUT", "allow_headers": "content-type"}, None),
        (WITH_TOKEN, {"allow_headers": "*"}, "preflight: header"),
        (WITH_TOKEN, {"allow_headers": "*, authorization"}, None),
    ],
)
def test_what_the_preflight_must_say(page, options, headers, step):
    headers = {"allow_origin": "*", **headers}
    answer("OPTIONS /a", **{name: value for name, value in headers.items() if value})
    assert page.step("/a", **options) == step
    method = options.get("method", "GET")
    assert page.kinds() == ["preflight OPTIONS"] + ([f"request {method}"] if step is None else [])


@pytest.mark.parametrize(
    ("headers", "step"),
    [
        ({"allow_methods": "PUT", "allow_headers": "content-type"}, None),
        ({"allow_methods": "*", "allow_headers": "content-type"}, "preflight: method"),
        ({"allow_methods": "PUT", "allow_headers": "*"}, "preflight: header"),
        ({"allow_credentials": "yes"}, "preflight: credentials"),
        ({"allow_origin": "*"}, "preflight: credentials"),
    ],
)
def test_what_the_preflight_must_say_with_credentials(page, headers, step):
    allowed = {"allow_origin": SHOP, "allow_credentials": "true"}
    answer("OPTIONS /a", **{**allowed, **headers})
    answer("PUT /a", **allowed)
    assert page.step("/a", **PUT_JSON, credentials="include") == step


def test_a_preflight_carries_no_credentials_and_the_request_does(open_page):
    client = open_page.client()
    client.cookies["sessionid"] = "abc"
    allowed = {"allow_origin": SHOP, "allow_credentials": "true", "allow_methods": "PUT"}
    answer("default", **allowed)
    page = open_page(client=client)
    page.fetch("/a", method="PUT", credentials="include")
    assert [(served.method, served.cookies) for served in SERVED] == [
        ("OPTIONS", {}),
        ("PUT", {"sessionid": "abc"}),
    ]
    assert [exchange.credentials for exchange in page.browser.log] == [False, True]


# --- The preflight cache --------------------------------------------------------------------------------


def allow(methods="", headers="", max_age=None, *, credentials=False, path="/a"):
    """Let the preflights of `/a` grant this, and every request there pass."""
    passing = {"allow_origin": SHOP, "allow_credentials": "true"} if credentials else {"allow_origin": "*"}
    granted = {"allow_methods": methods, "allow_headers": headers, "max_age": max_age}
    answer(f"OPTIONS {path}", **passing, **{name: value for name, value in granted.items() if value})
    answer("default", **passing)


@pytest.mark.parametrize(
    ("profile", "max_age", "seconds"),
    [
        (FETCH, None, 5),
        (FETCH, "0", 0),
        (FETCH, "600", 600),
        (FETCH, "junk", 5),
        (FETCH, "-1", 5),
        (FETCH, "1000000", 1_000_000),
        (CHROMIUM, None, 5),
        (CHROMIUM, "junk", 5),
        (CHROMIUM, "-1", 0),
        (CHROMIUM, "0", 0),
        (CHROMIUM, "+600", 600),
        (CHROMIUM, "0000600", 600),
        (CHROMIUM, "600.5", 5),
        (CHROMIUM, str(2**63 - 1), 7200),
        (CHROMIUM, str(2**63), 5),
        (CHROMIUM, str(-(2**63) - 1), 5),
        (CHROMIUM, "9" * 5000, 5),
        (CHROMIUM, "7200", 7200),
        (CHROMIUM, "1000000", 7200),
        (FIREFOX, None, 5),
        (FIREFOX, "-1", 0),
        (FIREFOX, "+600", 0),
        (FIREFOX, "600.5", 0),
        (FIREFOX, "600, 600", 0),
        (FIREFOX, "9" * 5000, 86_400),
        (FIREFOX, "1000000", 86_400),
        (WEBKIT, None, 5),
        (WEBKIT, "-1", 0),
        (WEBKIT, "+600", 600),
        (WEBKIT, "600, 600", 5),
        (WEBKIT, "1000000", 600),
    ],
)
def test_how_long_a_preflight_is_cached(open_page, profile, max_age, seconds):
    allow("PUT", max_age=max_age)
    page = open_page(profile=profile)
    page.fetch("/a", method="PUT")
    assert bool(page.browser.cache.entries) is bool(seconds)
    if seconds:
        page.browser.clock.advance(seconds=seconds - 1)
        page.fetch("/a", method="PUT")
        assert page.kinds().count("preflight OPTIONS") == 1
        page.browser.clock.advance(seconds=1)
    page.fetch("/a", method="PUT")
    assert page.kinds().count("preflight OPTIONS") == 2


def test_time_runs_forwards(page):
    with pytest.raises(ValueError, match="cannot go back"):
        page.browser.clock.advance(seconds=-1)


@pytest.mark.parametrize("profile", [FETCH, CHROMIUM, FIREFOX, WEBKIT], ids=lambda profile: profile.name)
@pytest.mark.parametrize(
    ("first", "grants", "second", "preflights"),
    [
        ("the same again", ("PUT", ""), {"method": "PUT"}, 1),
        ("another method of the answer", ("PUT, DELETE", ""), {"method": "DELETE"}, 1),
        ("a method not in the answer", ("PUT", ""), {"method": "DELETE"}, 2),
        (
            "methods apart from headers",
            ("PUT, DELETE", "x-a"),
            {"method": "DELETE", "headers": {"X-A": "1"}},
            1,
        ),
        ("a header for a simple method", ("PUT", "x-a"), {"headers": {"X-A": "1"}}, 1),
        ("a header not in the answer", ("PUT", "x-a"), {"headers": {"X-B": "1"}}, 2),
        ("a simple request", ("PUT", ""), {}, 1),
    ],
)
def test_what_a_cached_preflight_covers(open_page, profile, first, grants, second, preflights):
    allow(*grants, max_age="600")
    page = open_page(profile=profile)
    page.fetch("/a", method="PUT")
    page.step("/a", **second)
    assert page.kinds().count("preflight OPTIONS") == preflights, first


def test_another_url_or_query_is_another_entry(page):
    answer("default", allow_origin="*", allow_methods="PUT", max_age="600")
    for url in ["/a", "/b", "/a?b", "/a#fragment"]:
        page.fetch(url, method="PUT")
    assert page.kinds().count("preflight OPTIONS") == 3


@pytest.mark.parametrize(("profile", "preflights"), [(FETCH, 2), (FIREFOX, 2), (CHROMIUM, 3), (WEBKIT, 3)], ids=str)
def test_a_header_from_another_preflight(open_page, profile, preflights):
    page = open_page(profile=profile)
    allow(headers="x-a", max_age="600")
    page.fetch("/a", headers={"X-A": "1"})
    allow("PUT", max_age="600")
    page.fetch("/a", method="PUT")
    page.step("/a", method="PUT", headers={"X-A": "1"})
    assert page.kinds().count("preflight OPTIONS") == preflights


@pytest.mark.parametrize(("profile", "preflights"), [(FETCH, 1), (CHROMIUM, 1), (WEBKIT, 1), (FIREFOX, 2)], ids=str)
@pytest.mark.parametrize("options", [{"method": "PUT"}, {"headers": {"X-A": "1"}}])
def test_a_wildcard_from_the_cache(open_page, profile, preflights, options):
    page = open_page(profile=profile)
    allow("*", "*", max_age="600")
    page.fetch("/a", **options)
    page.fetch("/a", **options)
    assert page.kinds().count("preflight OPTIONS") == preflights


@pytest.mark.parametrize(
    ("profile", "step"),
    [(FETCH, "preflight: header"), (CHROMIUM, None), (FIREFOX, None), (WEBKIT, None)],
    ids=str,
)
def test_a_wildcard_and_authorization(open_page, profile, step):
    allow("*", "*", max_age="600")
    page = open_page(profile=profile)
    assert page.step("/a", **WITH_TOKEN) == step


@pytest.mark.parametrize(
    ("profile", "step", "preflights"),
    [(FETCH, "preflight: header", 2), (CHROMIUM, None, 2), (FIREFOX, None, 2), (WEBKIT, None, 1)],
    ids=str,
)
def test_a_cached_wildcard_and_authorization(open_page, profile, step, preflights):
    allow("*", "*", max_age="600")
    page = open_page(profile=profile)
    page.fetch("/a", headers={"X-A": "1"})
    assert page.step("/a", **WITH_TOKEN) == step
    assert page.kinds().count("preflight OPTIONS") == preflights


@pytest.mark.parametrize(("profile", "preflights"), [(FETCH, 1), (CHROMIUM, 1), (WEBKIT, 1), (FIREFOX, 2)], ids=str)
def test_a_cached_header_and_head(open_page, profile, preflights):
    allow("PUT", "x-a", max_age="600")
    page = open_page(profile=profile)
    page.fetch("/a", method="PUT", headers={"X-A": "1"})
    page.fetch("/a", method="HEAD", headers={"X-A": "1"})
    assert page.kinds().count("preflight OPTIONS") == preflights


@pytest.mark.parametrize(("profile", "preflights"), [(FETCH, 1), (CHROMIUM, 2), (WEBKIT, 1), (FIREFOX, 1)], ids=str)
def test_the_cache_of_a_page_without_an_origin(open_page, profile, preflights):
    allow("PUT", max_age="600")
    page = open_page("null", profile=profile)
    page.fetch("/a", method="PUT")
    page.fetch("/a", method="PUT")
    assert page.kinds().count("preflight OPTIONS") == preflights


@pytest.mark.parametrize(("profile", "preflights"), [(FETCH, 1), (CHROMIUM, 1), (WEBKIT, 1), (FIREFOX, 2)], ids=str)
def test_a_preflight_with_credentials_serves_a_request_without(open_page, profile, preflights):
    page = open_page(profile=profile)
    allow("PUT", max_age="600", credentials=True)
    page.fetch("/a", method="PUT", credentials="include")
    page.fetch("/a", method="PUT", credentials="omit")
    assert page.kinds().count("preflight OPTIONS") == preflights


@pytest.mark.parametrize("profile", [FETCH, CHROMIUM, FIREFOX, WEBKIT], ids=lambda profile: profile.name)
def test_a_preflight_without_credentials_never_serves_a_request_with(open_page, profile):
    page = open_page(profile=profile)
    allow("PUT", max_age="600", credentials=True)
    page.fetch("/a", method="PUT", credentials="omit")
    page.fetch("/a", method="PUT", credentials="include")
    assert page.kinds().count("preflight OPTIONS") == 2


@pytest.mark.parametrize(
    ("profile", "kept"), [(FETCH, False), (FIREFOX, False), (CHROMIUM, True), (WEBKIT, True)], ids=str
)
def test_a_failed_request_and_the_cache(open_page, profile, kept):
    page = open_page(profile=profile)
    allow("PUT", max_age="600")
    page.fetch("/a", method="PUT")
    answer("PUT /a")
    assert page.step("/a", method="PUT") == "response: origin"
    assert bool(page.browser.cache.entries) is kept


@pytest.mark.parametrize(
    ("profile", "kept"), [(FETCH, True), (CHROMIUM, True), (WEBKIT, True), (FIREFOX, False)], ids=str
)
def test_a_failed_simple_request_and_the_cache(open_page, profile, kept):
    allow("PUT", max_age="600")
    page = open_page(profile=profile)
    page.fetch("/a", method="PUT")
    answer("GET /a")
    assert page.step("/a") == "response: origin"
    assert bool(page.browser.cache.entries) is kept


def test_a_later_answer_renews_and_shortens_what_it_repeats(page):
    allow("PUT, DELETE", "x-a", max_age="600")
    page.fetch("/a", method="PUT", headers={"X-A": "1"})
    page.browser.clock.advance(seconds=500)
    allow("PUT", "x-a, x-b", max_age="10")
    page.fetch("/a", headers={"X-B": "1"})
    left = {entry.method or entry.header: entry.expires - 500 for entry in page.browser.cache.entries}
    assert left == {"PUT": 10, "DELETE": 100, "x-a": 10, "x-b": 10}


# --- Redirects ------------------------------------------------------------------------------------------

A = "http://a.example/"
B = "http://b.example/"
C = "http://c.example/"


def redirect(key, location, status=302, **headers):
    answer(key, status=status, location=location, **{"allow_origin": "*", **headers})


@pytest.mark.parametrize(
    ("origin", "hops", "origins"),
    [
        (SHOP, [A, A + "x"], [SHOP, SHOP]),
        (SHOP, [A, B], [SHOP, "null"]),
        (SHOP, [A, B, A + "x"], [SHOP, "null", "null"]),
        ("http://a.example", [A, B], [None, "http://a.example"]),
        ("http://a.example", [A, B, B + "x"], [None, "http://a.example", "http://a.example"]),
        ("http://a.example", [A, B, A + "x"], [None, "http://a.example", "null"]),
        ("http://a.example", [A, B, C], [None, "http://a.example", "null"]),
    ],
)
def test_the_origin_along_redirects(open_page, origin, hops, origins):
    page = open_page(origin)
    for here, there in pairwise(hops):
        redirect(here, there)
    response = page.fetch(hops[0])
    assert [served.headers.get("origin") for served in SERVED] == origins
    assert response.redirected
    assert response.url == hops[-1]
    assert response.type == "cors"


def test_a_tainted_origin_must_be_admitted_as_null(page):
    redirect(A, B)
    answer(B, allow_origin=SHOP)
    assert page.step(A) == "response: origin"
    answer(B, allow_origin="null")
    assert page.step(A) is None


def test_every_redirect_is_checked(page):
    redirect(A, A + "x", allow_origin=EVIL)
    assert page.step(A) == "response: origin"
    assert len(SERVED) == 1


def test_a_redirect_of_the_own_origin_is_not_checked(open_page):
    redirect("GET /a", "/b", allow_origin="")
    answer("GET /b")
    response = open_page(HERE).fetch("/a")
    assert (response.type, response.url) == ("basic", f"{HERE}/b")


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (301, "POST", "GET", b""),
        (302, "POST", "GET", b""),
        (303, "POST", "GET", b""),
        (307, "POST", "POST", b"{}"),
        (308, "POST", "POST", b"{}"),
        (301, "PUT", "PUT", b"{}"),
        (302, "PUT", "PUT", b"{}"),
        (303, "PUT", "GET", b""),
        (307, "PUT", "PUT", b"{}"),
    ],
)
def test_methods_along_redirects(open_page, status, method, then, body):
    redirect(f"{method} /a", "/b", status=status)
    open_page(HERE).fetch("/a", method=method, json={}, headers={"X-A": "1"})
    served = SERVED[-1]
    assert (served.method, served.body, served.headers["x-a"]) == (then, body, "1")
    assert served.headers.get("content-type", "") == ("application/json" if body else "")


@pytest.mark.parametrize(("status", "method"), [(303, "GET"), (303, "HEAD"), (301, "HEAD")])
def test_safe_methods_stay_along_redirects(open_page, status, method):
    redirect(f"{method} /a", "/b", status=status)
    open_page(HERE).fetch("/a", method=method)
    assert SERVED[-1].method == method


@pytest.mark.parametrize(("location", "token"), [(A + "x", "Bearer x"), (B, None)])
def test_authorization_stays_with_its_origin(page, location, token):
    granted = {"allow_origin": "*", "allow_headers": "authorization"}
    answer("default", **granted)
    redirect("GET /", location)
    ANSWERS[B] = ANSWERS["default"]
    if location == B:
        ANSWERS[A] = ANSWERS.pop("GET /")
        ANSWERS["OPTIONS /"] = ANSWERS["default"]
    page.fetch(A, **WITH_TOKEN)
    assert SERVED[-1].headers.get("authorization") == token


def test_a_preflighted_request_is_preflighted_again_where_it_is_led(page):
    answer("default", allow_origin="*", allow_methods="PUT")
    redirect("PUT /a", "/b", status=307)
    page.fetch("/a", method="PUT")
    assert page.kinds() == ["preflight OPTIONS", "request PUT"] * 2


# What is sent after the preflight and the POST of JSON to A, which each engine redirects along these hops.
# "preflight GET content-type" asks for this method and header; "(null)" is the Origin.
ALONG_REDIRECTS = {
    "303": (
        [(303, A + "x")],
        {
            FETCH: ["GET"],
            CHROMIUM: ["GET"],
            FIREFOX: ["preflight GET", "GET"],
            WEBKIT: ["preflight GET content-type", "GET"],
        },
    ),
    "303 twice": (
        [(303, A + "x"), (303, A + "y")],
        {
            FETCH: ["GET", "GET"],
            CHROMIUM: ["GET", "GET"],
            FIREFOX: ["preflight GET", "GET", "preflight GET content-type", "GET"],
            WEBKIT: ["preflight GET content-type", "GET", "preflight GET content-type", "GET content-type"],
        },
    ),
    "303, then 307": (
        [(303, A + "x"), (307, A + "y")],
        {
            FETCH: ["GET", "GET"],
            CHROMIUM: ["GET", "GET"],
            FIREFOX: ["preflight GET", "GET", "preflight GET content-type", "GET content-type"],
            WEBKIT: ["preflight GET content-type", "GET", "preflight GET content-type", "GET content-type"],
        },
    ),
    "307 to another origin": (
        [(307, B)],
        {
            FETCH: ["preflight POST content-type (null)", "POST content-type (null)"],
            CHROMIUM: ["preflight POST content-type (null)", "POST content-type (null)"],
            FIREFOX: ["preflight POST content-type", "POST content-type (null)"],
            WEBKIT: ["preflight POST content-type (null)", "POST content-type (null)"],
        },
    ),
}


def sent(served):
    """Return what arrived in short."""
    asked = served.headers.get("access-control-request-method")
    names = served.headers.get("access-control-request-headers")
    content_type = "content-type" if served.headers.get("content-type") == "application/json" else None
    words = ["preflight", asked, names] if asked else [served.method, content_type]
    origin = "(null)" if served.headers["origin"] == "null" else None
    return " ".join(filter(None, [*words, origin]))


def answer_everywhere(**headers):
    """Let the site answer the same to preflights for `/`, `/x` and `/y`, and at all other places."""
    for key in ("OPTIONS /", "OPTIONS /x", "OPTIONS /y", "default"):
        answer(key, **headers)


@pytest.mark.parametrize("profile", [FETCH, CHROMIUM, FIREFOX, WEBKIT], ids=lambda profile: profile.name)
@pytest.mark.parametrize("kind", ALONG_REDIRECTS)
def test_what_engines_send_along_redirects(open_page, profile, kind):
    hops, wire = ALONG_REDIRECTS[kind]
    answer_everywhere(allow_origin="*", allow_headers="content-type")
    for here, (status, there) in zip([A, *(url for _, url in hops)], hops, strict=False):
        redirect(here, there, status=status)
    open_page(profile=profile).fetch(A, method="POST", json={})
    assert [sent(each) for each in SERVED[2:]] == wire[profile]


@pytest.mark.parametrize(
    ("profile", "wire"),
    [
        (FETCH, ["GET", "PUT", "GET"]),
        (CHROMIUM, ["GET", "PUT", "GET"]),
        (FIREFOX, ["preflight GET", "GET", "PUT", "GET"]),
        (WEBKIT, ["preflight GET", "GET", "PUT", "preflight GET", "GET"]),
    ],
    ids=str,
)
def test_a_preflight_that_only_a_redirect_needs_is_cached(open_page, profile, wire):
    answer_everywhere(allow_origin="*", allow_methods="PUT", max_age="600")
    answer("OPTIONS /x", allow_origin="*", max_age="1")
    redirect(A, A + "x", status=303)
    page = open_page(profile=profile)
    page.fetch(A, method="PUT")
    page.browser.clock.advance(seconds=2)
    page.fetch(A, method="PUT")
    assert [sent(each) for each in SERVED[2:]] == wire


@pytest.mark.parametrize(
    ("profile", "wire"),
    [
        (FETCH, ["preflight PUT (null)", "PUT (null)", "PUT", "PUT (null)"]),
        (CHROMIUM, ["preflight PUT (null)", "PUT (null)", "PUT", "PUT (null)"]),
        (FIREFOX, ["preflight PUT", "PUT (null)", "PUT", "PUT (null)"]),
        (WEBKIT, ["preflight PUT (null)", "PUT (null)", "PUT", "preflight PUT (null)", "PUT (null)"]),
    ],
    ids=str,
)
def test_a_preflight_with_an_origin_that_redirects_made_null_is_cached(open_page, profile, wire):
    answer_everywhere(allow_origin="*", allow_methods="PUT", max_age="600")
    redirect(A, B, status=307)
    page = open_page(profile=profile)
    page.fetch(A, method="PUT")
    page.fetch(A, method="PUT")
    assert [sent(each) for each in SERVED[2:]] == wire


@pytest.mark.parametrize(("profile", "preflights"), [(FETCH, 2), (CHROMIUM, 1), (FIREFOX, 1), (WEBKIT, 2)], ids=str)
def test_such_a_preflight_and_the_fetches_of_the_page(open_page, profile, preflights):
    answer_everywhere(allow_origin="*", allow_methods="PUT", max_age="600")
    redirect(A, B, status=307)
    redirect(B, A + "y", status=307)
    page = open_page(profile=profile)
    page.fetch(A, method="PUT")
    page.fetch(A + "y", method="PUT")
    to_y = [exchange for exchange in page.browser.log if exchange.url == A + "y" and exchange.kind == "preflight"]
    assert len(to_y) == preflights


@pytest.mark.parametrize(
    ("profile", "step"),
    [(FETCH, None), (CHROMIUM, None), (FIREFOX, "preflight: origin"), (WEBKIT, None)],
    ids=str,
)
def test_the_preflight_after_a_redirect_to_where_only_null_is_allowed(open_page, profile, step):
    answer_everywhere(allow_origin="*", allow_methods="PUT")
    redirect(A, B + "y", status=307)
    answer("OPTIONS /y", allow_origin="null", allow_methods="PUT")
    assert open_page(profile=profile).step(A, method="PUT") == step


@pytest.mark.parametrize("profile", [FETCH, CHROMIUM, FIREFOX, WEBKIT], ids=lambda profile: profile.name)
@pytest.mark.parametrize(("location", "becomes_get"), [(A + "x", False), (B, True)])
def test_a_delete_along_a_redirect(open_page, profile, location, becomes_get):
    answer_everywhere(allow_origin="*", allow_methods="DELETE")
    redirect(A, location, status=307)
    open_page(profile=profile).fetch(A, method="DELETE", body="a")
    method = "GET" if becomes_get and profile is WEBKIT else "DELETE"
    assert (SERVED[-1].method, SERVED[-1].body) == (method, b"" if method == "GET" else b"a")


@pytest.mark.parametrize(
    ("profile", "asked"),
    [(FETCH, None), (CHROMIUM, None), (FIREFOX, "preflight GET"), (WEBKIT, "preflight GET authorization")],
    ids=str,
)
def test_what_is_asked_after_a_redirect_that_removed_the_token(open_page, profile, asked):
    answer_everywhere(allow_origin="*", allow_headers="authorization")
    redirect(A, B)
    open_page(profile=profile).fetch(A, **WITH_TOKEN)
    preflights = [each for each in SERVED[2:] if each.method == "OPTIONS"]
    assert [sent(each).removesuffix(" (null)") for each in preflights] == ([asked] if asked else [])
    assert "authorization" not in SERVED[-1].headers


def test_a_failure_after_a_redirect_clears_the_last_url(page):
    answer("default", allow_origin="*", allow_methods="PUT", max_age="600")
    redirect("PUT /a", "/b", status=307)
    answer("PUT /b")
    assert page.step("/a", method="PUT") == "response: origin"
    assert [entry.key.url for entry in page.browser.cache.entries] == [f"{HERE}/a"]


def test_credentials_stay_at_home_once_a_redirect_led_abroad(open_page):
    client = open_page.client()
    client.cookies["sessionid"] = "abc"
    redirect(A, B)
    redirect(B, A + "x")
    open_page("http://a.example", client).fetch(A)
    assert [bool(served.cookies) for served in SERVED] == [True, False, False]


@pytest.mark.parametrize(
    ("location", "step"),
    [
        ("ftp://a.example/", "redirect: location"),
        ("data:,a", "redirect: location"),
        ("http://[", "redirect: location"),
        ("http://ann:pw@b.example/", "redirect: credentials"),
    ],
)
def test_where_redirects_may_not_lead(page, location, step):
    redirect(A, location)
    assert page.step(A) == step


@pytest.mark.parametrize(
    ("location", "step"),
    [("http://ann@testserver/b", None), ("http://ann@b.example/", "redirect: credentials")],
)
def test_a_user_in_the_url_of_the_own_origin(open_page, location, step):
    redirect("GET /a", location)
    assert open_page(HERE).step("/a") == step


@pytest.mark.parametrize(("hops", "step"), [(20, None), (21, "redirect: limit")])
def test_twenty_redirects_are_enough(page, hops, step):
    for hop in range(hops):
        redirect(f"GET /{hop}", f"/{hop + 1}")
    assert page.step("/0") == step


def test_a_redirect_without_a_location_is_a_response(page):
    answer("GET /a", status=302, allow_origin="*")
    response = page.fetch("/a")
    assert (response.status, response.redirected) == (302, False)


# --- What scripts may read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credentials", "exposed", "readable"),
    [
        ("omit", None, {"content-type"}),
        ("omit", "X-Total, etag", {"content-type", "x-total", "etag"}),
        ("omit", "X-Total, Set-Cookie", {"content-type", "x-total"}),
        ("omit", "X-Total, a b", {"content-type"}),
        ("omit", "X-Absent", {"content-type"}),
        (
            "omit",
            "*",
            {
                "access-control-allow-credentials",
                "access-control-allow-origin",
                "access-control-expose-headers",
                "content-type",
                "etag",
                "x-total",
            },
        ),
        ("include", "*", {"content-type"}),
        ("include", "*, X-Total", {"content-type", "x-total"}),
    ],
)
def test_readable_headers(page, credentials, exposed, readable):
    headers = {"allow_origin": SHOP, "allow_credentials": "true", "x_total": "3", "etag": '"a"'}
    headers |= {"set_cookie": "a=b"} | ({"expose_headers": exposed} if exposed else {})
    answer("GET /a", **headers)
    response = page.fetch("/a", credentials=credentials)
    assert set(response.headers) == readable
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_body_is_read_as_bytes_text_or_json(page):
    answer("GET /a", body='{"a": "é"}'.encode(), allow_origin="*")
    response = page.fetch("/a")
    assert response.text() == '{"a": "é"}'
    assert response.json() == {"a": "é"}


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_some_answers_have_no_body(page, method, status):
    answer(f"{method} /a", status=status, allow_origin="*")
    assert page.fetch("/a", method=method).body == b""


def test_a_streamed_answer_is_read_whole(open_page):
    ANSWERS["GET /a"] = lambda: StreamingHttpResponse(iter([b"a", b"b"]))
    assert open_page(HERE).fetch("/a").body == b"ab"


def test_an_answer_streamed_asynchronously_is_read_whole(settings):
    async def chunks():
        yield b"a"
        yield b"b"

    ANSWERS["GET /a"] = lambda: StreamingHttpResponse(chunks())
    assert Page(AsyncBrowser(HERE)).fetch("/a").body == b"ab"


# --- Credentials ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "credentials", "sent"),
    [
        (SHOP, "omit", False),
        (SHOP, "same-origin", False),
        (SHOP, "include", True),
        (HERE, "omit", False),
        (HERE, "same-origin", True),
        (HERE, "include", True),
    ],
)
def test_when_cookies_are_sent_and_kept(open_page, origin, credentials, sent):
    def with_cookie():
        response = HttpResponse(
            headers={"Access-Control-Allow-Origin": SHOP, "Access-Control-Allow-Credentials": "true"}
        )
        response.set_cookie("new", "1")
        return response

    ANSWERS["GET /a"] = with_cookie
    client = open_page.client(headers={"Authorization": "Basic x", "X-Forwarded-For": "10.0.0.1"})
    client.cookies["sessionid"] = "abc"
    page = open_page(origin, client)
    page.fetch("/a", credentials=credentials)
    (served,) = SERVED
    assert served.cookies == ({"sessionid": "abc"} if sent else {})
    assert served.headers.get("authorization") == ("Basic x" if sent else None)
    assert served.headers["x-forwarded-for"] == "10.0.0.1"
    assert ("new" in client.cookies) is sent
    assert client.cookies["sessionid"].value == "abc"


def test_the_user_of_an_api_client_goes_along_with_credentials_only():
    client = APIClient()
    client.force_authenticate(user=SimpleNamespace(name="ann"))
    client.credentials(HTTP_AUTHORIZATION="Token x")
    browser = Browser(SHOP, client)
    answer("default", allow_origin=SHOP, allow_credentials="true", allow_methods="PUT")
    browser.fetch("/a", method="PUT", credentials="include")
    browser.fetch("/a")
    seen = [(served.method, bool(served.user), served.headers.get("authorization")) for served in SERVED]
    assert seen == [("OPTIONS", False, None), ("PUT", True, "Token x"), ("GET", False, None)]


# --- Around it ------------------------------------------------------------------------------------------


def test_the_fixture_opens_the_browser_that_fits_the_client(cors_browser):  # noqa: F811 - the fixture
    assert type(cors_browser(SHOP)) is Browser
    assert type(cors_browser(SHOP, Client(), profile=WEBKIT)) is Browser
    browser = cors_browser(SHOP, AsyncClient(), profile=WEBKIT, server="https://api.example")
    assert type(browser) is AsyncBrowser
    assert repr(browser) == "<AsyncBrowser WebKit at https://shop.example>"
    assert browser.server == "https://api.example/"


def test_the_errors_of_a_view_come_through_as_the_client_says(open_page):
    def broken():
        raise RuntimeError("broken")

    ANSWERS["GET /a"] = broken
    with pytest.raises(RuntimeError, match="broken"):
        open_page().fetch("/a")
    assert open_page(client=open_page.client(raise_request_exception=False)).step("/a") == "response: origin"


def test_nothing_heavy_is_imported():
    script = (
        "import sys, drf_cors.testing, drf_cors.testing.plugin\n"
        "assert not {'rest_framework', 'drf_spectacular'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True)
