"""`manage.py check --deploy`: policies that admit more than was meant."""

from __future__ import annotations

import re

import pytest
from django.test import override_settings
from django.urls import path

from drf_cors import CorsPolicy, cors
from drf_cors.checks import check_security
from tests.web.test_checks import Urls, ids, printed


def view(request):
    raise NotImplementedError


def report(*policies, **settings):
    """Return what is told of views under these policies, and hold the command to it."""
    patterns = [path(str(number), cors(policy)(view)) for number, policy in enumerate(policies)]
    with override_settings(ROOT_URLCONF=Urls(*patterns), **settings):
        messages = check_security()
        told, quiet = printed(deploy=True), printed()
    assert all(message.hint for message in messages)
    assert all(message.id in told and message.id not in quiet for message in messages)
    return messages


def regex(text, **fields):
    return CorsPolicy(allowed_origin_regexes=[text], **fields)


@pytest.mark.parametrize(
    ("text", "admitted"),
    [
        (r".*", "https://evil.example"),
        (r"https?://.*", "https://evil.example"),
        (r"https://.*shop\.com", "https://evilshop.com"),
        (r"https://.*-shop\.com", "https://evil-shop.com"),
        (r"https://shop\.com.*", "https://shop.com.evil.example"),
        (r"https://app.shop.com", "https://appxshop.com"),
        (r"https://shop.com", "https://shopxcom"),
        (r"https://.*.shop\.com", "https://evilshop.com"),
        (r"https?://shop\.com", "http://shop.com"),
        (r"https?://[a-z]+\.shop\.com", "http://www.shop.com"),
        (r"https?://pr-\d+\.shop\.com", "http://pr-0.shop.com"),
        (r"https://(?:app|www).shop\.com", "https://appxshop.com"),
        (r"https://.*\.shop\.com.*", "https://a.shop.com.evil.example"),
        (r"https://[a-z]+\.app.shop\.com", "https://a.appxshop.com"),
        (r"https://shop\.[a-z]+", "https://shop.icu"),
        (r"https://.*shop\.com:8443", "https://evilshop.com:8443"),
        (r"http://.*:\d+", "http://evil.example:3000"),
    ],
)
def test_a_regex_that_admits_lookalikes(text, admitted):
    (message,) = report(regex(text))
    assert message.id == "drf_cors.W018"
    assert repr(admitted) in message.msg
    assert message.msg.startswith(f"@cors on view: {text!r}") or message.msg.startswith("cors(...) around view")


@pytest.mark.parametrize(
    "text",
    [
        r"https://shop\.com",
        r"^https://shop\.com$",
        r"https://[a-z0-9-]+\.shop\.com",
        r"https://([a-z0-9-]+\.)*shop\.com(:\d+)?",
        r"https://pr-\d+\.shop\.com",
        r"https://.*\.shop\.com",
        r"https://(app|www)\.shop\.co\.uk",
        r"https?://localhost(:\d+)?",
        r"http://127\.0\.0\.1:\d+",
        r"https://\w+-team\.shop\.com",
        r"https://shop\.(com|net|co\.uk)",
        r"https://[a-z]+\.shop\.com:(3000|8080)",
    ],
)
def test_a_regex_that_admits_what_it_says(text):
    assert report(regex(text)) == []


def test_a_name_that_anybody_can_have_is_shown():
    (message,) = report(regex(r"https://app-[a-z0-9]+\.vercel\.app"))
    assert "also allows 'https://app-evil.vercel.app': anybody can register such a name under vercel.app" in message.msg


def test_a_regex_of_the_settings():
    (message,) = report(CORS_ALLOWED_ORIGIN_REGEXES=[re.compile(r"https://.*shop\.com")])
    assert message.id == "drf_cors.W018"
    assert message.msg.startswith("settings.CORS_ALLOWED_ORIGIN_REGEXES: ")


@pytest.mark.parametrize("name", ["CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"])
def test_any_origin_with_credentials(name):
    (message,) = report(**{name: True}, CORS_ALLOW_CREDENTIALS=True)
    assert message.id == "drf_cors.E002"
    assert message.msg.startswith(f"settings.{name} and settings.CORS_ALLOW_CREDENTIALS are both True")
    assert "send credentials: CORS_ALLOW_CREDENTIALS = ['https://shop.example']." in message.hint
    assert report(**{name: True}, CORS_ALLOW_CREDENTIALS=["https://shop.example"]) == []


@pytest.mark.parametrize(
    ("text", "credentials", "expected"),
    [
        (".*", True, ["drf_cors.E009"]),
        (r"https?://.+", True, ["drf_cors.E009"]),
        (".*", False, ["drf_cors.W018"]),
        (".*", ["https://shop.example"], ["drf_cors.W018"]),
        (r"https://.*\.example", True, ["drf_cors.W018"]),
    ],
)
def test_a_regex_that_admits_any_origin_with_credentials(text, credentials, expected):
    assert ids(report(CORS_ALLOWED_ORIGIN_REGEXES=[text], CORS_ALLOW_CREDENTIALS=credentials)) == expected
    assert ids(report(regex(text, allow_credentials=credentials))) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (CorsPolicy(allowed_origins=["https://*.github.io"]), ["drf_cors.W017"]),
        (CorsPolicy(allowed_origins=["https://*.co.uk"], allow_credentials=True), ["drf_cors.E008"]),
        (
            CorsPolicy(allowed_origins=["https://*.github.io"], allow_credentials=["https://*.github.io"]),
            ["drf_cors.E008"],
        ),
        (
            CorsPolicy(allowed_origins=["https://*.github.io"], allow_credentials=["https://me.github.io"]),
            ["drf_cors.W017"],
        ),
        (CorsPolicy(allowed_origins=["https://*.me.github.io"], allow_credentials=True), []),
        (CorsPolicy(allowed_origins=["https://me.github.io"], allow_credentials=True), []),
        # RFC 6761: one's own machine, one's own tests, and names that do not exist
        *[
            (policy, [])
            for policy in (
                CorsPolicy(allowed_origins=["https://*.localhost", "http://*.localhost:*"], allow_credentials=True),
                CorsPolicy(allowed_origins=["https://*.localhost.", "https://*.test"], allow_credentials=True),
                CorsPolicy(allowed_origins=["https://*.test", "https://*.example.com"]),
                CorsPolicy(allowed_origins=["https://*.shop.local", "https://*.10.in-addr.arpa"]),
                regex(r"https?://[a-z]+\.localhost(:\d+)?", allow_credentials=True),
                regex(r"https://[a-z]+\.test", allow_credentials=True),
                regex(r"https://.*\.invalid"),
                regex(r"https://[a-z]+\.shop\.local", allow_credentials=True),
            )
        ],
        # names that anybody can have
        (CorsPolicy(allowed_origins=["https://*.home.arpa"]), ["drf_cors.W017"]),
        (CorsPolicy(allowed_origins=["https://*.home.arpa"], allow_credentials=True), ["drf_cors.E008"]),
        (CorsPolicy(allowed_origins=["https://*.github.io."], allow_credentials=True), ["drf_cors.E008"]),
        *[
            (
                regex(text.replace("NAME", name), allow_credentials=credentials),
                ["drf_cors.E008" if credentials else "drf_cors.W017"],
            )
            for name in ("local", "onion", "alt", "internal")
            for text in (r"https://[a-z]+\.NAME", r"https://.*\.NAME:8443")
            for credentials in (True, False)
        ],
        (regex(r"http://[a-z]+\.local"), ["drf_cors.W017"]),
        (regex(r"https://.*\.vercel\.app"), ["drf_cors.W017"]),
        (regex(r"https://[a-z0-9-]+\.vercel\.app"), ["drf_cors.W017"]),
        (regex(r"https://[a-z0-9-]+\.vercel\.app:8443"), ["drf_cors.W017"]),
        (regex(r"https://.*\.vercel\.app", allow_credentials=True), ["drf_cors.E008"]),
        (regex(r"https://app-[a-z0-9]+\.vercel\.app"), ["drf_cors.W017"]),
        (regex(r"^https://app-[a-z0-9]+\.vercel\.app$", allow_credentials=True), ["drf_cors.E008"]),
        (regex(r"https://pr-\d+-shop\.vercel\.app:8443", allow_credentials=True), ["drf_cors.E008"]),
        (regex(r"https://app-[a-z]+\.internal", allow_credentials=True), []),
        (regex(r"https://192\.168\.0\.\d+", allow_credentials=True), []),
        (regex(r"https://vercel\.app", allow_credentials=True), []),
        (regex(r"https://www\.shop-\d{4}\.com"), ["drf_cors.W017"]),
        (regex(r"https://[a-z]+\.mine\.vercel\.app", allow_credentials=True), []),
        (regex(r"https://mine\.vercel\.app", allow_credentials=True), []),
        (regex(r"https://(?:mine|yours)\.vercel\.app", allow_credentials=True), []),
    ],
    ids=repr,
)
def test_public_suffixes(policy, expected):
    assert ids(report(policy)) == expected


@pytest.mark.parametrize(
    ("policy", "is_told"),
    [
        (CorsPolicy(allowed_origins=["http://shop.example"], allow_credentials=True), True),
        (CorsPolicy(allowed_origins=["http://*.shop.example"], allow_credentials=True), True),
        (CorsPolicy(allow_all_origins=True, allow_credentials=["http://shop.example"]), True),
        (regex(r"http://shop\.example", allow_credentials=True), True),
        (regex(r"http://[a-z]+\.shop\.example(:\d+)?", allow_credentials=True), True),
        (regex(r"http://shop\.example"), False),
        (regex(r"http://(localhost|127\.0\.0\.1):\d+", allow_credentials=True), False),
        (CorsPolicy(allowed_origins=["http://shop.example"]), False),
        (CorsPolicy(allowed_origins=["https://shop.example"], allow_credentials=True), False),
        *[
            (CorsPolicy(allowed_origins=[f"http://{host}:*"], allow_credentials=True), False)
            for host in ("localhost", "127.0.0.1", "[::1]", "app.localhost")
        ],
    ],
    ids=repr,
)
def test_credentials_over_plain_http(policy, is_told):
    assert ids(report(policy)) == ["drf_cors.W019"] * is_told


def test_method_override_headers():
    policy = CorsPolicy(allowed_origins=["https://shop.example"], allow_headers=["accept", "X-HTTP-Method-Override"])
    (message,) = report(policy)
    assert message.id == "drf_cors.W020"
    assert "'x-http-method-override' in allow_headers" in message.msg


def test_a_declaration_behind_many_routes_is_told_once():
    policy = CorsPolicy(allowed_origins=["http://shop.example"], allow_credentials=True)
    assert len(report(policy, policy)) == 1


def test_broken_settings_are_left_to_their_own_check():
    with override_settings(CORS_ALLOWED_ORIGINS="https://shop.example"):
        assert check_security() == []


def test_a_broken_urlconf_is_left_to_the_check_of_views():
    with override_settings(ROOT_URLCONF="no.such.module", CORS_ALLOW_HEADERS=["x-method-override"]):
        assert ids(check_security()) == ["drf_cors.W020"]
