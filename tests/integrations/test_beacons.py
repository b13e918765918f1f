"""Beacons, keepalive and reports of the model browser: what is sent, what needs permission, what is lost."""

import json

import pytest
from asgiref.sync import async_to_sync
from django.urls import path

from drf_cors import cors
from drf_cors.testing import CHROMIUM, FETCH, FIREFOX, WEBKIT, AsyncBrowser, CorsBlocked
from tests.integrations import test_model_browser as model
from tests.integrations.test_model_browser import SERVED, SHOP, answer
from tests.tables import named_rows

# Fixtures: the browsers of both kinds, and the site that answers as it is told.
open_page, site_of_answers = model.open_page, model._site

API = "https://testserver"
JSON_ALLOWED = {
    "allow_origin": SHOP,
    "allow_credentials": "true",
    "allow_headers": "content-type",
    "allow_methods": "POST",
}


def send(page, name, *arguments, **options):
    method = getattr(page.browser, name)
    return (async_to_sync(method) if isinstance(page.browser, AsyncBrowser) else method)(*arguments, **options)


def blocked_at(page, name, *arguments, **options):
    with pytest.raises(CorsBlocked) as blocked:
        send(page, name, *arguments, **options)
    return blocked.value


# --- Beacons --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"body": b"bytes"}, None, id="bytes"),
        pytest.param({"body": "text"}, "text/plain;charset=UTF-8", id="text"),
        pytest.param({"body": "{}", "content_type": "text/plain"}, "text/plain", id="JSON sent as text"),
        pytest.param(
            {"body": "a=1", "content_type": "application/x-www-form-urlencoded"},
            "application/x-www-form-urlencoded",
            id="a form",
        ),
    ],
)
def test_a_beacon_that_a_form_could_send_needs_no_permission(open_page, data, content_type):
    answer("default")
    client = open_page.client()
    client.cookies["sessionid"] = "abc"
    page = open_page(client=client, server=API)
    assert send(page, "send_beacon", "/log", **data) is True
    assert page.kinds() == ["request POST"]
    (served,) = SERVED
    assert served.headers["origin"] == SHOP
    assert served.headers["accept"] == "*/*"
    assert (served.headers.get("content-type") or None) == content_type
    assert served.cookies == {"sessionid": "abc"}
    assert page.browser.log[0].credentials


JSON_BEACONS = [
    ("allowed with credentials", JSON_ALLOWED, None),
    ("without credentials", {**JSON_ALLOWED, "allow_credentials": "false"}, "preflight: credentials"),
    ("any origin", {**JSON_ALLOWED, "allow_origin": "*"}, "preflight: credentials"),
    ("without the header", {**JSON_ALLOWED, "allow_headers": "x-a"}, "preflight: header"),
    ("nothing", {}, "preflight: origin"),
]


@pytest.mark.parametrize(("headers", "step"), [row[1:] for row in JSON_BEACONS], ids=[row[0] for row in JSON_BEACONS])
@pytest.mark.parametrize("profile", [FETCH, CHROMIUM, FIREFOX, WEBKIT], ids=lambda profile: profile.name)
def test_a_json_beacon_needs_a_preflight_that_allows_credentials(open_page, profile, headers, step):
    answer("default", **headers)
    page = open_page(server=API, profile=profile)
    if step is None:
        assert send(page, "send_beacon", "/log", json={"a": 1})
        assert page.kinds() == ["preflight OPTIONS", "request POST"]
        assert SERVED[1].body == b'{"a": 1}'
        assert SERVED[0].headers["access-control-request-headers"] == "content-type"
    else:
        assert blocked_at(page, "send_beacon", "/log", json={"a": 1}).step == step
        assert page.kinds() == ["preflight OPTIONS"]


def test_a_beacon_to_the_page_s_own_origin_needs_none(open_page):
    answer("default")
    page = open_page(SHOP, server=SHOP)
    assert send(page, "send_beacon", "/log", json={"a": 1})
    assert page.kinds() == ["request POST"]


def test_a_beacon_follows_redirects_without_permission(open_page):
    answer("POST /log", status=307, location="https://other.example/new")
    answer("https://other.example/new")
    page = open_page(server=API)
    assert send(page, "send_beacon", "/log", "text")
    assert [served.headers["origin"] for served in SERVED] == [SHOP, "null"]


def test_a_beacon_of_a_page_on_https_to_http_has_the_origin_null(open_page):
    answer("default")
    page = open_page()
    assert send(page, "send_beacon", "/log", "text")
    assert SERVED[0].headers["origin"] == "null"


@pytest.mark.parametrize(
    ("profile", "is_queued"), [(FETCH, False), (CHROMIUM, False), (FIREFOX, True), (WEBKIT, False)]
)
def test_a_beacon_that_is_too_large_is_not_queued(open_page, profile, is_queued):
    answer("default")
    page = open_page(server=API, profile=profile)
    assert send(page, "send_beacon", "/log", b"x" * 65_536)
    assert send(page, "send_beacon", "/log", b"x" * 65_537) is is_queued
    assert len(page.kinds()) == 1 + is_queued


@pytest.mark.parametrize("name", ["send_beacon", "send_reports"])
def test_a_url_that_is_not_on_http_is_a_type_error(open_page, name):
    with pytest.raises(TypeError, match=r"'ftp://a.example/' is not a URL"):
        send(open_page(), name, "ftp://a.example/", [])


# --- Keepalive ------------------------------------------------------------------------------------------


def test_a_request_with_keepalive_keeps_the_rules_of_any_other(open_page):
    answer("default", **JSON_ALLOWED)
    page = open_page()
    options = {"method": "POST", "json": {}, "credentials": "include", "keepalive": True}
    assert page.fetch("/log", **options).ok
    assert page.kinds() == ["preflight OPTIONS", "request POST"]
    answer("default")
    assert page.step("/other", **options) == "preflight: origin"


def test_a_body_that_is_too_large_for_keepalive_is_not_sent(open_page):
    page = open_page()
    assert page.fetch("/log", method="POST", body=b"x" * 65_536, keepalive=True).ok
    assert page.fetch("/log", method="POST", body=b"x" * 65_537).ok
    blocked = blocked_at(page, "fetch", "/log", method="POST", body=b"x" * 65_537, keepalive=True)
    assert (blocked.step, blocked.reason, blocked.source) == ("request: keepalive", None, None)
    assert blocked.detail == "with keepalive a browser sends at most 65536 bytes, not 65537."
    assert page.kinds() == ["request POST", "request POST"]


# --- Reports --------------------------------------------------------------------------------------------

REPORTS = [{"type": "csp-violation", "age": 1, "url": f"{SHOP}/", "body": {"blockedURL": "inline"}}]


@pytest.mark.parametrize("profile", [FETCH, CHROMIUM, FIREFOX], ids=lambda profile: profile.name)
def test_reports_need_a_preflight_and_carry_no_cookies(open_page, profile):
    answer("default", allow_origin=SHOP, allow_headers="content-type", status=204)
    client = open_page.client()
    client.cookies["sessionid"] = "abc"
    page = open_page(client=client, server=API, profile=profile)
    assert send(page, "send_reports", "/reports", REPORTS) == 204
    assert page.kinds() == ["preflight OPTIONS", "request POST"]
    preflight, request = SERVED
    assert preflight.headers["access-control-request-headers"] == "content-type"
    assert request.headers["content-type"] == "application/reports+json"
    assert request.headers["origin"] == SHOP
    assert request.cookies == {}
    assert json.loads(request.body) == REPORTS


def test_reports_of_webkit_need_no_permission_and_have_no_origin(open_page):
    answer("default", status=410)
    page = open_page(server=API, profile=WEBKIT)
    assert send(page, "send_reports", "/reports", {"csp-report": {}}) == 410
    assert page.kinds() == ["request POST"]
    (served,) = SERVED
    assert served.headers["content-type"] == "application/csp-report"
    assert served.headers["origin"] == "null"


def test_reports_to_the_page_s_own_origin_carry_cookies(open_page):
    client = open_page.client()
    client.cookies["sessionid"] = "abc"
    page = open_page(SHOP, client=client, server=SHOP)
    assert send(page, "send_reports", "/reports", REPORTS) == 200
    assert page.kinds() == ["request POST"]
    assert SERVED[0].cookies == {"sessionid": "abc"}


def test_reports_that_the_endpoint_does_not_allow_do_not_arrive(open_page):
    answer("default", allow_origin=SHOP)
    page = open_page(server=API)
    assert blocked_at(page, "send_reports", "/reports", REPORTS).step == "preflight: header"


@pytest.mark.parametrize(
    ("origin", "server", "culprit"),
    [
        pytest.param(SHOP, "http://testserver", "http://testserver", id="an endpoint on http"),
        pytest.param("http://shop.example", API, "http://shop.example", id="a page on http"),
        pytest.param("null", API, "null", id="a sandboxed page"),
        pytest.param("http://localhost:3000", "http://127.0.0.1:8000", None, id="the developer's machine"),
        pytest.param("http://shop.localhost", "http://[::1]:8000", None, id="the same in other words"),
    ],
)
def test_reports_are_sent_between_secure_places_alone(open_page, origin, server, culprit):
    answer("default", allow_origin="*", allow_headers="content-type")
    page = open_page(origin, server=server)
    if culprit is None:
        assert send(page, "send_reports", "/reports", REPORTS) == 200
    else:
        with pytest.raises(TypeError, match=culprit):
            send(page, "send_reports", "/reports", REPORTS)
        assert SERVED == []


# --- 304 ------------------------------------------------------------------------------------------------

CONDITIONAL = {"headers": {"If-None-Match": '"1"'}}


@named_rows(
    "policy, reason, source",
    {
        "allowed": ({"allowed_origins": [SHOP]}, "not-modified", None),
        "decided per request": ({"is_origin_allowed": lambda origin, request: True}, "not-modified", None),
        "not allowed": ({"allowed_origins": ["https://other.example"]}, "origin-not-allowed", "cors(...) around site"),
    },
)
def test_a_304_without_the_header_has_a_reason_of_its_own_unless_the_policy_refuses(
    open_page, settings, policy, reason, source
):
    view = cors(**policy)(model.site)
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("list", view)]})
    answer("OPTIONS /list", allow_origin=SHOP, allow_headers="if-none-match")
    answer("GET /list", status=304)
    blocked = blocked_at(open_page(), "fetch", "/list", **CONDITIONAL)
    assert (blocked.step, blocked.reason, blocked.source) == ("response: not modified", reason, source)
    assert "ConditionalGetMiddleware above CorsMiddleware" in blocked.detail
    assert f"reason: {reason}" in str(blocked)


@pytest.mark.parametrize(
    ("headers", "step"),
    [
        pytest.param({"allow_origin": SHOP}, None, id="allowed"),
        pytest.param({"allow_origin": "https://other.example"}, "response: origin", id="for another origin"),
    ],
)
def test_a_304_with_the_header_is_checked_like_any_response(open_page, headers, step):
    answer("OPTIONS /list", allow_origin=SHOP, allow_headers="if-none-match")
    answer("GET /list", status=304, body=b"", **headers)
    assert open_page().step("/list", **CONDITIONAL) == step


def test_a_preflight_that_is_answered_with_304_is_refused_for_its_origin(open_page):
    answer("default", status=304)
    assert open_page().step("/list", **CONDITIONAL) == "preflight: origin"
