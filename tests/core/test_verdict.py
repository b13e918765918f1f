"""The wire: for each request the whole set of headers, what the answer varies on, the reason and the culprit."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drf_cors.core.cache_safety import leaks_to_method
from drf_cors.core.judge import judge
from drf_cors.core.merge import Layer, merge
from drf_cors.core.policy import NO_CORS, CorsPolicy
from drf_cors.core.preflight import judge_preflight, shared_preflight
from drf_cors.core.sources import Source
from drf_cors.core.url_policies import UrlPolicies
from drf_cors.core.verdict import (
    CorsRequest,
    Reason,
    Verdict,
    VerdictsOnMethods,
    for_private_network,
    judge_credentials,
    judge_origin,
    judge_request,
    stricter,
)
from tests.tables import named_rows

SHOP, ADMIN, EVIL = "https://shop.example", "https://admin.example", "https://evil.example"
OPAQUE = ["null", "file://"]

ORIGIN, METHOD, HEADERS = "origin", "access-control-request-method", "access-control-request-headers"

DEFAULTS = Layer(
    policy=CorsPolicy(
        allowed_origins=[],
        allow_credentials=False,
        allow_methods=["DELETE", "GET", "POST"],
        allow_headers=["content-type", "x-shop"],
        expose_headers=[],
        preflight_max_age=600,
    ),
    source=Source("default", "drf_cors.defaults"),
    is_global=True,
)


def in_database(origin, request):
    raise NotImplementedError("the core asks nobody")


def policy_of(policy=None, **fields):
    """The policy of a view that declares these fields."""
    declared = policy or CorsPolicy(**fields)
    return merge([DEFAULTS, Layer(policy=declared, source=Source("attribute", "View"))])


def site(**fields):
    """The policy of a view that declares nothing. Each field is a layer, so any origin with credentials is legal."""
    layers = [
        Layer(policy=CorsPolicy(**{name: value}), source=Source("setting", f"CORS_{name.upper()}"), is_global=True)
        for name, value in fields.items()
    ]
    return merge([DEFAULTS, *layers])


def acao(origin, *more):
    return (("Access-Control-Allow-Origin", origin), *more)


CREDENTIALS = ("Access-Control-Allow-Credentials", "true")


def exposed(value):
    return ("Access-Control-Expose-Headers", value)


def methods(value):
    return ("Access-Control-Allow-Methods", value)


def allowed(value):
    return ("Access-Control-Allow-Headers", value)


def age(value):
    return ("Access-Control-Max-Age", value)


LISTED = policy_of(allowed_origins=[SHOP])
WITH_CREDENTIALS = policy_of(allowed_origins=[SHOP, "https://*.shop.example"], allow_credentials=True)
EXPOSING = policy_of(allowed_origins=[SHOP], expose_headers=["X-Total", "link"])
ANY = policy_of(allow_all_origins=True)
MIXED = policy_of(allow_all_origins=True, allow_credentials=[SHOP], expose_headers=["x-total"])
PARTNERS = policy_of(allow_all_origins=True, allow_credentials=["https://*.shop.example"])
REFLECTING = site(allow_all_origins=True, allow_credentials=True)
SANDBOX = policy_of(allowed_origins=[*OPAQUE, SHOP])
REGEX = policy_of(allowed_origin_regexes=[r"https://pr-\d+\.shop\.example"])
DYNAMIC = policy_of(allowed_origins=[SHOP], is_origin_allowed=in_database, allow_credentials=True)
CLOSED = policy_of(NO_CORS)

# --- Origins

STANDINGS = [
    ("listed", LISTED, SHOP, "allowed"),
    ("not listed", LISTED, EVIL, "origin-not-allowed"),
    ("no origin", LISTED, None, "no-origin"),
    ("null, not listed", LISTED, "null", "origin-null"),
    ("file://, not listed", LISTED, "file://", "origin-null"),
    ("null, listed", SANDBOX, "null", "allowed"),
    ("file://, listed", SANDBOX, "file://", "allowed"),
    ("upper case", LISTED, "https://SHOP.example", "origin-malformed"),
    ("a trailing slash", LISTED, SHOP + "/", "origin-malformed"),
    ("a default port", LISTED, SHOP + ":443", "origin-malformed"),
    ("two in one", LISTED, f"{SHOP} {SHOP}", "origin-malformed"),
    ("empty", LISTED, "", "origin-malformed"),
    ("a line break", LISTED, SHOP + "\r\nx: y", "origin-malformed"),
    ("a NUL", LISTED, SHOP + "\x00", "origin-malformed"),
    ("64 kB", LISTED, "https://" + "a" * 65536, "origin-malformed"),
    ("a regex matches", REGEX, "https://pr-7.shop.example", "allowed"),
    ("a regex matches a part", REGEX, "https://pr-7.shop.example.evil.example", "origin-not-allowed"),
    ("any: everybody", ANY, EVIL, "allowed"),
    ("any: null", ANY, "null", "allowed"),
    ("any: malformed", ANY, "]", "allowed"),
    ("any: without an origin", ANY, None, "allowed"),
    ("mixed: everybody", MIXED, EVIL, "allowed"),
    ("mixed: null", MIXED, "null", "allowed"),
    ("reflecting: everybody", REFLECTING, EVIL, "allowed"),
    ("reflecting: null", REFLECTING, "null", "origin-null"),
    ("reflecting: file://", REFLECTING, "file://", "origin-null"),
    ("reflecting: malformed", REFLECTING, "https://evil.example/", "origin-malformed"),
    ("reflecting: without an origin", REFLECTING, None, "no-origin"),
    ("a callable, listed anyway", DYNAMIC, SHOP, "allowed"),
    ("a callable decides", DYNAMIC, EVIL, "depends"),
    ("a callable is not asked about null", DYNAMIC, "null", "origin-null"),
    ("a callable is not asked about file://", DYNAMIC, "file://", "origin-null"),
    ("a callable is not asked about what is malformed", DYNAMIC, "https://EVIL.example", "origin-malformed"),
    ("a callable is not asked without an origin", DYNAMIC, None, "no-origin"),
    ("closed by the view", CLOSED, SHOP, "view-disabled"),
    ("closed, and malformed", CLOSED, "]", "origin-malformed"),
    ("the site opens nothing", site(), SHOP, "origin-not-allowed"),
    ("the site lists nobody", site(allowed_origins=[]), SHOP, "origin-not-allowed"),
]


@named_rows("policy, origin, reason", STANDINGS)
def test_an_origin_s_standing(policy, origin, reason):
    assert judge_origin(policy, origin) == reason


@named_rows(
    "layer, reason",
    {
        "CORS_URLS_REGEX": (
            Layer(policy=NO_CORS, source=Source("setting", "CORS_URLS_REGEX"), is_global=True),
            "url-not-covered",
        ),
        "CORS_ALLOWED_ORIGINS": (
            Layer(policy=NO_CORS, source=Source("setting", "CORS_ALLOWED_ORIGINS"), is_global=True),
            "origin-not-allowed",
        ),
        "CORS_VIEW_POLICIES": (
            Layer(policy=NO_CORS, source=Source("setting", "CORS_VIEW_POLICIES['shop:*']")),
            "view-disabled",
        ),
        "cors() around it": (
            Layer(policy=NO_CORS, source=Source("wrapper", "View"), from_urlconf_or_settings=True),
            "view-disabled",
        ),
        "an unknown policy": (
            Layer(policy=None, policy_name="partner", source=Source("attribute", "View")),
            "view-disabled",
        ),
    },
)
def test_why_nobody_is_admitted(layer, reason):
    assert judge_origin(merge([DEFAULTS, layer]), SHOP) == reason


# --- Actual requests: name, policy, method, origin, headers, vary, reason, culprit

ACTUAL = [
    ("a listed origin", LISTED, "GET", SHOP, acao(SHOP), (ORIGIN,), "allowed", ""),
    ("another origin", LISTED, "GET", EVIL, (), (ORIGIN,), "origin-not-allowed", ""),
    ("without an origin", LISTED, "GET", None, (), (ORIGIN,), "no-origin", ""),
    ("a malformed origin", LISTED, "GET", SHOP + "\r\n", (), (ORIGIN,), "origin-malformed", ""),
    ("with credentials", WITH_CREDENTIALS, "GET", SHOP, acao(SHOP, CREDENTIALS), (ORIGIN,), "allowed", ""),
    (
        "with credentials, by a pattern",
        WITH_CREDENTIALS,
        "POST",
        "https://a.shop.example",
        acao("https://a.shop.example", CREDENTIALS),
        (ORIGIN,),
        "allowed",
        "",
    ),
    ("exposed headers", EXPOSING, "GET", SHOP, acao(SHOP, exposed("X-Total, link")), (ORIGIN,), "allowed", ""),
    ("exposed headers are not told to others", EXPOSING, "GET", EVIL, (), (ORIGIN,), "origin-not-allowed", ""),
    (
        "HEAD counts as GET",
        policy_of(allowed_origins=[SHOP], allow_methods=["GET"]),
        "HEAD",
        SHOP,
        acao(SHOP),
        (ORIGIN,),
        "allowed",
        "",
    ),
    ("a method that is not allowed", LISTED, "PATCH", SHOP, (), (ORIGIN,), "method-not-allowed", "PATCH"),
    (
        "a safelisted method that is not allowed",
        policy_of(allowed_origins=[SHOP], allow_methods=["DELETE"]),
        "GET",
        SHOP,
        (),
        (ORIGIN,),
        "method-not-allowed",
        "GET",
    ),
    ("a method in another case", LISTED, "get", SHOP, (), (ORIGIN,), "method-not-allowed", "get"),
    ("a refused origin is told before the method", LISTED, "PATCH", EVIL, (), (ORIGIN,), "origin-not-allowed", ""),
    (
        "any method",
        policy_of(allowed_origins=[SHOP], allow_methods=["*"]),
        "PURGE",
        SHOP,
        acao(SHOP),
        (ORIGIN,),
        "allowed",
        "",
    ),
    ("any origin", ANY, "GET", EVIL, acao("*"), (), "allowed", ""),
    ("any origin, without one: caches keep one copy", ANY, "GET", None, acao("*"), (), "allowed", ""),
    ("any origin, null", ANY, "GET", "null", acao("*"), (), "allowed", ""),
    ("any origin, malformed", ANY, "GET", "]", acao("*"), (), "allowed", ""),
    (
        "any origin, all exposed",
        policy_of(allow_all_origins=True, expose_headers=["*"]),
        "GET",
        None,
        acao("*", exposed("*")),
        (),
        "allowed",
        "",
    ),
    (
        "mixed: with credentials",
        MIXED,
        "GET",
        SHOP,
        acao(SHOP, CREDENTIALS, exposed("x-total")),
        (ORIGIN,),
        "allowed",
        "",
    ),
    ("mixed: the others are anonymous", MIXED, "GET", EVIL, acao("*", exposed("x-total")), (ORIGIN,), "allowed", ""),
    ("mixed: null is anonymous", MIXED, "GET", "null", acao("*", exposed("x-total")), (ORIGIN,), "allowed", ""),
    (
        "credentials for some",
        policy_of(allowed_origins=[SHOP, ADMIN], allow_credentials=[ADMIN]),
        "GET",
        SHOP,
        acao(SHOP),
        (ORIGIN,),
        "allowed",
        "",
    ),
    ("reflecting", REFLECTING, "GET", EVIL, acao(EVIL, CREDENTIALS), (ORIGIN,), "allowed", ""),
    ("reflecting, null", REFLECTING, "GET", "null", (), (ORIGIN,), "origin-null", ""),
    ("reflecting, file://", REFLECTING, "GET", "file://", (), (ORIGIN,), "origin-null", ""),
    ("reflecting, malformed", REFLECTING, "GET", EVIL + "/\r\n", (), (ORIGIN,), "origin-malformed", ""),
    ("reflecting, without an origin", REFLECTING, "GET", None, (), (ORIGIN,), "no-origin", ""),
    ("null, listed", SANDBOX, "GET", "null", acao("null"), (ORIGIN,), "allowed", ""),
    ("file://, listed", SANDBOX, "GET", "file://", acao("file://"), (ORIGIN,), "allowed", ""),
    ("closed", CLOSED, "GET", SHOP, (), (ORIGIN,), "view-disabled", ""),
    ("a callable not yet asked", DYNAMIC, "GET", ADMIN, (), (ORIGIN,), "depends", ""),
]


@named_rows("policy, method, origin, headers, vary, reason, culprit", ACTUAL)
def test_an_actual_request(policy, method, origin, headers, vary, reason, culprit):
    verdict = judge_request(policy, method, origin, judge_origin(policy, origin))
    assert verdict == Verdict(Reason(reason), headers, vary, culprit)
    assert verdict.is_allowed is (reason == "allowed")


# Name, policy, origin, reason for a request without credentials, and with them
CREDENTIALED = [
    ("credentials for everybody admitted", WITH_CREDENTIALS, SHOP, "allowed", "allowed"),
    ("no credentials", LISTED, SHOP, "allowed", "credentials-not-allowed"),
    ("credentials for some: one of them", MIXED, SHOP, "allowed", "allowed"),
    ("credentials for some: another", MIXED, EVIL, "allowed", "credentials-not-allowed"),
    ("any origin", ANY, EVIL, "allowed", "credentials-not-allowed"),
    ("credentials for a pattern, without an origin", PARTNERS, None, "allowed", "credentials-not-allowed"),
    ("reflecting, without an origin", REFLECTING, None, "no-origin", "no-origin"),
    ("what is refused stays refused for the same reason", LISTED, EVIL, "origin-not-allowed", "origin-not-allowed"),
    ("a callable not yet asked", DYNAMIC, ADMIN, "depends", "depends"),
]


@named_rows("policy, origin, anonymous, credentialed", CREDENTIALED)
def test_a_script_that_sends_credentials(policy, origin, anonymous, credentialed):
    reason = judge_origin(policy, origin)
    assert reason == anonymous
    assert judge_credentials(policy, origin, reason) == credentialed


def test_what_a_callable_answered_is_carried_out():
    assert judge_request(DYNAMIC, "GET", ADMIN, Reason.ALLOWED) == Verdict(
        Reason.ALLOWED, acao(ADMIN, CREDENTIALS), (ORIGIN,)
    )
    assert judge_request(DYNAMIC, "GET", ADMIN, Reason.CALLABLE_FAILED) == Verdict(
        Reason.CALLABLE_FAILED, (), (ORIGIN,)
    )


def test_a_mixed_policy_sends_nothing_without_an_origin():
    verdict = judge_request(MIXED, "GET", None, judge_origin(MIXED, None))
    assert (verdict.headers, verdict.vary) == ((), (ORIGIN,))


# Name, policy, method, origin, whether the answer is known before
READY = [
    ("a listed origin", LISTED, "GET", SHOP, True),
    ("another origin", LISTED, "GET", EVIL, True),
    ("without an origin", LISTED, "GET", None, True),
    ("HEAD counts as GET", LISTED, "HEAD", SHOP, True),
    ("a malformed origin", LISTED, "GET", "]", True),
    ("with credentials", WITH_CREDENTIALS, "GET", SHOP, True),
    ("a pattern", WITH_CREDENTIALS, "GET", "https://eu.shop.example", True),
    ("below no pattern", WITH_CREDENTIALS, "GET", "https://eu.shop.example.evil.example", True),
    ("null beside a pattern", WITH_CREDENTIALS, "GET", "null", True),
    ("with exposed headers", EXPOSING, "GET", SHOP, True),
    ("any origin", ANY, "GET", EVIL, True),
    ("any origin, without one", ANY, "GET", None, True),
    ("any origin, null", ANY, "GET", "null", True),
    ("null, listed", SANDBOX, "GET", "null", True),
    ("a regular expression", REGEX, "GET", "https://pr-7.shop.example", True),
    ("another than the expression's", REGEX, "GET", EVIL, True),
    ("nobody", CLOSED, "GET", SHOP, True),
    ("a callable: listed anyway", DYNAMIC, "GET", SHOP, True),
    ("a callable: without an origin", DYNAMIC, "GET", None, True),
    ("a callable decides", DYNAMIC, "GET", EVIL, False),
    ("a callable, and null", DYNAMIC, "GET", "null", False),
    ("any, some with credentials", MIXED, "GET", SHOP, False),
    ("any, reflected", REFLECTING, "GET", EVIL, False),
    (
        "some of the list with credentials",
        policy_of(allowed_origins=[SHOP], allow_credentials=[SHOP]),
        "GET",
        SHOP,
        False,
    ),
    ("null, and the site's credentials", site(allowed_origins=["null"], allow_credentials=True), "GET", "null", True),
    (
        "credentials for another origin",
        policy_of(allowed_origins=[SHOP, EVIL], allow_credentials=[EVIL]),
        "GET",
        SHOP,
        False,
    ),
    ("a method that is not allowed", LISTED, "PUT", SHOP, False),
    ("a method that nobody has named", policy_of(allowed_origins=[SHOP], allow_methods=["*"]), "BREW", SHOP, False),
    ("any method, one that all have", policy_of(allowed_origins=[SHOP], allow_methods=["*"]), "GET", SHOP, True),
    ("a method that is named", LISTED, "DELETE", SHOP, True),
]


@pytest.mark.parametrize(("policy", "method", "origin"), [row[1:4] for row in READY], ids=[row[0] for row in READY])
def test_prepared_verdicts_are_those_of_the_rule(policy, method, origin):
    expected = judge_request(policy, method, origin, judge_origin(policy, origin))
    for policies in (UrlPolicies(policy), UrlPolicies(CLOSED, {"GET": policy, method: policy})):
        for _ in range(2):
            request = CorsRequest(origin, method)
            assert judge(policies, request) == expected
            fast = VerdictsOnMethods(policies)[method][origin]
            assert (fast.headers, fast.vary, fast.culprit) == (expected.headers, expected.vary, expected.culprit)
            assert fast.is_allowed == expected.is_allowed


# --- Preflights of a URL under one policy, whose view is a function


def preflight(policies, origin, method, headers=""):
    asked = CorsRequest(origin=origin, method=method, headers=headers, is_preflight=True)
    return judge_preflight(policies, asked, judge_origin(policies.of(method), origin))


def listing(**fields):
    return policy_of(**{"allowed_origins": [SHOP], **fields})


LISTS = (methods("DELETE, GET, POST"), allowed("content-type, x-shop"), age("600"))
NAMES = "content-type, x-shop"

# Name, policy, origin, method, Access-Control-Request-Headers, headers, vary, reason, culprit
ASKED = [
    (
        "a method and its headers",
        LISTED,
        SHOP,
        "DELETE",
        "content-type,x-shop",
        acao(SHOP, *LISTS),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "no headers asked for: the list is told anyway",
        LISTED,
        SHOP,
        "DELETE",
        "",
        acao(SHOP, *LISTS),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "with credentials",
        WITH_CREDENTIALS,
        SHOP,
        "DELETE",
        "",
        acao(SHOP, CREDENTIALS, *LISTS),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "any order, case and spacing",
        LISTED,
        SHOP,
        "DELETE",
        " X-Shop ,\t,,Content-TYPE\t,x-shop",
        acao(SHOP, *LISTS),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "names that scripts cannot set are ignored",
        LISTED,
        SHOP,
        "DELETE",
        "origin, sec-fetch-mode, Cookie, x-shop",
        acao(SHOP, *LISTS),
        (ORIGIN,),
        "allowed",
        "",
    ),
    ("a safelisted method", LISTED, SHOP, "POST", "x-shop", acao(SHOP, *LISTS), (ORIGIN,), "allowed", ""),
    (
        "HEAD is named where GET is listed",
        LISTED,
        SHOP,
        "HEAD",
        "x-shop",
        acao(SHOP, methods("DELETE, GET, POST, HEAD"), *LISTS[1:]),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "exposed headers are for actual answers",
        policy_of(allowed_origins=[SHOP], expose_headers=["x-total"]),
        SHOP,
        "DELETE",
        "",
        acao(SHOP, *LISTS),
        (ORIGIN,),
        "allowed",
        "",
    ),
    ("another origin", LISTED, EVIL, "DELETE", "x-shop", (), (ORIGIN,), "origin-not-allowed", ""),
    ("another origin with a refused method", LISTED, EVIL, "PATCH", "x-other", (), (ORIGIN,), "origin-not-allowed", ""),
    ("a malformed origin", LISTED, SHOP + "/", "DELETE", "", (), (ORIGIN,), "origin-malformed", ""),
    ("null", LISTED, "null", "DELETE", "", (), (ORIGIN,), "origin-null", ""),
    ("null, listed", SANDBOX, "null", "DELETE", "", acao("null", *LISTS), (ORIGIN,), "allowed", ""),
    ("closed", CLOSED, SHOP, "DELETE", "", (), (ORIGIN,), "view-disabled", ""),
    # refusals that the browser's console explains
    (
        "a refused header: the true lists",
        LISTED,
        SHOP,
        "DELETE",
        "x-shop,x-other",
        acao(SHOP, *LISTS),
        (ORIGIN,),
        "header-not-allowed",
        "x-other",
    ),
    (
        "a refused method: the true lists",
        LISTED,
        SHOP,
        "PATCH",
        "x-shop",
        acao(SHOP, *LISTS),
        (ORIGIN, METHOD),
        "method-not-allowed",
        "PATCH",
    ),
    (
        "a refused method is told before a refused header",
        LISTED,
        SHOP,
        "PATCH",
        "x-other",
        acao(SHOP, *LISTS),
        (ORIGIN, METHOD),
        "method-not-allowed",
        "PATCH",
    ),
    (
        "patch is not PATCH",
        listing(allow_methods=["GET", "POST", "PATCH"]),
        SHOP,
        "patch",
        "",
        acao(SHOP, methods("GET, POST, PATCH"), *LISTS[1:]),
        (ORIGIN, METHOD),
        "method-not-allowed",
        "patch",
    ),
    (
        "PATCH is not patch",
        listing(allow_methods=["GET", "POST", "patch"]),
        SHOP,
        "PATCH",
        "",
        acao(SHOP, methods("GET, POST, patch"), *LISTS[1:]),
        (ORIGIN, METHOD),
        "method-not-allowed",
        "PATCH",
    ),
    ("get is not GET", LISTED, SHOP, "get", "", acao(SHOP, *LISTS), (ORIGIN, METHOD), "method-not-allowed", "get"),
    (
        "a refused GET is met with silence",
        listing(allow_methods=["DELETE"]),
        SHOP,
        "GET",
        "x-shop",
        (),
        (ORIGIN, METHOD),
        "method-not-allowed",
        "GET",
    ),
    (
        "a refused HEAD is met with silence",
        listing(allow_methods=["POST"]),
        SHOP,
        "HEAD",
        "x-shop",
        (),
        (ORIGIN, METHOD),
        "method-not-allowed",
        "HEAD",
    ),
    (
        "a refused POST is met with silence",
        listing(allow_methods=["GET"]),
        SHOP,
        "POST",
        "x-shop",
        (),
        (ORIGIN, METHOD),
        "method-not-allowed",
        "POST",
    ),
    (
        "a refused POST of any origin is met with silence",
        policy_of(allow_all_origins=True, allow_methods=["GET"]),
        SHOP,
        "POST",
        "",
        (),
        (ORIGIN, METHOD),
        "method-not-allowed",
        "POST",
    ),
    (
        "no method at all is allowed",
        listing(allow_methods=[], allow_headers=[]),
        SHOP,
        "DELETE",
        "",
        acao(SHOP, age("600")),
        (ORIGIN, METHOD),
        "method-not-allowed",
        "DELETE",
    ),
    (
        "no header is allowed",
        listing(allow_headers=[]),
        SHOP,
        "DELETE",
        "x-shop",
        acao(SHOP, LISTS[0], age("600")),
        (ORIGIN,),
        "header-not-allowed",
        "x-shop",
    ),
    # any origin
    ("any origin", ANY, EVIL, "DELETE", "x-shop", acao("*", *LISTS), (), "allowed", ""),
    (
        "any origin, a refused header",
        ANY,
        EVIL,
        "DELETE",
        "x-other",
        acao("*", *LISTS),
        (),
        "header-not-allowed",
        "x-other",
    ),
    (
        "any origin, a refused method",
        ANY,
        EVIL,
        "PATCH",
        "",
        acao("*", *LISTS),
        (METHOD,),
        "method-not-allowed",
        "PATCH",
    ),
    ("any origin, malformed", ANY, "]", "DELETE", "", acao("*", *LISTS), (), "allowed", ""),
    ("mixed: with credentials", MIXED, SHOP, "DELETE", "", acao(SHOP, CREDENTIALS, *LISTS), (ORIGIN,), "allowed", ""),
    ("mixed: the others are anonymous", MIXED, EVIL, "DELETE", "", acao("*", *LISTS), (ORIGIN,), "allowed", ""),
    ("reflecting", REFLECTING, EVIL, "DELETE", "", acao(EVIL, CREDENTIALS, *LISTS), (ORIGIN,), "allowed", ""),
    ("reflecting, null", REFLECTING, "null", "DELETE", "", (), (ORIGIN,), "origin-null", ""),
    # stars
    (
        "any header: the asked names, never a star",
        listing(allow_headers=["*"]),
        SHOP,
        "DELETE",
        "x-b,X-A",
        acao(SHOP, LISTS[0], allowed("x-b, x-a"), age("600")),
        (ORIGIN, HEADERS),
        "allowed",
        "",
    ),
    (
        "any header, none asked for",
        listing(allow_headers=["*"]),
        SHOP,
        "DELETE",
        "",
        acao(SHOP, LISTS[0], age("600")),
        (ORIGIN, HEADERS),
        "allowed",
        "",
    ),
    (
        "any header is not authorization",
        listing(allow_headers=["*"]),
        SHOP,
        "DELETE",
        "authorization,x-a",
        acao(SHOP, LISTS[0], allowed("x-a"), age("600")),
        (ORIGIN, HEADERS),
        "header-not-allowed",
        "authorization",
    ),
    (
        "any header and authorization",
        listing(allow_headers=["*", "Authorization"]),
        SHOP,
        "DELETE",
        "authorization,x-a",
        acao(SHOP, LISTS[0], allowed("Authorization, x-a"), age("600")),
        (ORIGIN, HEADERS),
        "allowed",
        "",
    ),
    (
        "any header, any origin",
        policy_of(allow_all_origins=True, allow_headers=["*"]),
        EVIL,
        "DELETE",
        "x-a",
        acao("*", LISTS[0], allowed("x-a"), age("600")),
        (HEADERS,),
        "allowed",
        "",
    ),
    (
        "any header, a refused name is no token",
        listing(allow_headers=["*"]),
        SHOP,
        "DELETE",
        "x-a,x b",
        acao(SHOP, LISTS[0], allowed("x-a"), age("600")),
        (ORIGIN, HEADERS),
        "header-not-allowed",
        "x b",
    ),
    (
        "any method: the requested one",
        listing(allow_methods=["*"]),
        SHOP,
        "PURGE",
        "x-shop",
        acao(SHOP, methods("PURGE"), *LISTS[1:]),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "any method, in lower case",
        listing(allow_methods=["*"]),
        SHOP,
        "patch",
        "x-shop",
        acao(SHOP, methods("patch"), *LISTS[1:]),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "any method and one by name",
        listing(allow_methods=["GET", "*"]),
        SHOP,
        "PURGE",
        "",
        acao(SHOP, methods("PURGE"), *LISTS[1:]),
        (ORIGIN,),
        "allowed",
        "",
    ),
    # the age
    (
        "never cached",
        listing(preflight_max_age=0),
        SHOP,
        "DELETE",
        "",
        acao(SHOP, *LISTS[:2], age("0")),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "no header for the age",
        listing(preflight_max_age=None),
        SHOP,
        "DELETE",
        "",
        acao(SHOP, *LISTS[:2]),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "a refused GET makes header names unfit for the cache",
        listing(allow_methods=["DELETE"]),
        SHOP,
        "DELETE",
        "x-shop",
        acao(SHOP, methods("DELETE"), LISTS[1], age("0")),
        (ORIGIN,),
        "allowed",
        "",
    ),
    (
        "without header names there is nothing to keep apart",
        listing(allow_methods=["DELETE"], allow_headers=[]),
        SHOP,
        "DELETE",
        "",
        acao(SHOP, methods("DELETE"), age("600")),
        (ORIGIN,),
        "allowed",
        "",
    ),
]


@named_rows("policy, origin, method, names, headers, vary, reason, culprit", ASKED)
def test_a_preflight_of_a_url_under_one_policy(policy, origin, method, names, headers, vary, reason, culprit):
    verdict = preflight(UrlPolicies(policy), origin, method, names)
    assert verdict == Verdict(Reason(reason), headers, vary, culprit)


def test_what_a_callable_answered_to_a_preflight_is_carried_out():
    asked = CorsRequest(origin=ADMIN, method="DELETE", is_preflight=True)
    url = UrlPolicies(DYNAMIC, has_view=False)
    assert judge_preflight(url, asked, Reason.ALLOWED).headers == acao(ADMIN, CREDENTIALS, *LISTS)
    assert judge_preflight(url, asked, Reason.CALLABLE_FAILED) == Verdict(Reason.CALLABLE_FAILED, (), (ORIGIN,))


# --- Several policies on one URL

READ = policy_of(allow_all_origins=True, allow_methods=["GET", "POST", "PUT", "DELETE"], allow_headers=["x-shop"])
WRITE = policy_of(
    allowed_origins=[SHOP],
    allow_credentials=True,
    allow_methods=["GET", "POST", "PUT", "DELETE", "PATCH"],
    allow_headers=["x-shop"],
)


def url(general=None, **by_method):
    """A URL whose methods are known; the rest is closed."""
    return UrlPolicies(general or CLOSED, by_method, are_methods_known=True)


def test_a_method_is_judged_by_its_own_policy():
    policies = url(GET=READ, HEAD=READ, PUT=WRITE, DELETE=CLOSED)
    assert preflight(policies, EVIL, "GET") == Verdict(
        Reason.ALLOWED, acao("*", methods("GET"), allowed("x-shop"), age("600")), (METHOD,)
    )
    assert preflight(policies, SHOP, "PUT") == Verdict(
        # What PUT grants may reach GET in a cached answer: GET does not send credentials.
        Reason.ALLOWED, acao(SHOP, CREDENTIALS, methods("PUT"), allowed("x-shop"), age("0")), (ORIGIN, METHOD)
    )  # fmt: skip
    assert preflight(policies, EVIL, "PUT") == Verdict(Reason.ORIGIN_NOT_ALLOWED, (), (ORIGIN, METHOD))
    assert preflight(policies, SHOP, "DELETE") == Verdict(Reason.VIEW_DISABLED, (), (ORIGIN, METHOD))


def test_methods_under_the_same_policy_are_told_together():
    same = policy_of(
        allowed_origins=[SHOP],
        allow_credentials=True,
        allow_methods=list(WRITE.allow_methods),
        allow_headers=["x-shop"],
    )
    policies = url(GET=WRITE, HEAD=WRITE, PUT=same, PATCH=READ, DELETE=WRITE)
    verdict = preflight(policies, SHOP, "PUT", "x-shop")
    assert dict(verdict.headers)["Access-Control-Allow-Methods"] == "GET, PUT, DELETE"
    assert dict(preflight(policies, SHOP, "HEAD").headers)["Access-Control-Allow-Methods"] == "GET, PUT, DELETE, HEAD"


def test_a_listed_method_that_the_view_does_not_have_is_left_out():
    verdict = preflight(url(WRITE, GET=WRITE, HEAD=WRITE, PUT=WRITE), SHOP, "PUT")
    assert verdict.headers == acao(SHOP, CREDENTIALS, methods("GET, PUT"), allowed("x-shop"), age("600"))
    assert verdict.vary == (ORIGIN,)


def test_a_method_that_the_view_does_not_have_is_told():
    policies = url(WRITE, GET=WRITE, HEAD=WRITE, PUT=WRITE)
    assert preflight(policies, SHOP, "PATCH") == Verdict(
        Reason.METHOD_NOT_ON_VIEW,
        acao(SHOP, CREDENTIALS, methods("GET, PUT"), allowed("x-shop"), age("600")),
        (ORIGIN, METHOD),
        "PATCH",
    )
    assert preflight(policies, SHOP, "POST") == Verdict(Reason.METHOD_NOT_ON_VIEW, (), (ORIGIN, METHOD), "POST")


def test_any_method_names_those_of_the_view_under_the_same_policy():
    anything = policy_of(allowed_origins=[SHOP], allow_methods=["*"], allow_headers=[])
    policies = url(anything, GET=anything, HEAD=anything, PUT=anything, DELETE=CLOSED)
    assert preflight(policies, SHOP, "PUT").headers == acao(SHOP, methods("GET, HEAD, PUT"), age("600"))
    assert preflight(policies, SHOP, "PURGE").reason is Reason.METHOD_NOT_ON_VIEW
    assert preflight(policies, SHOP, "patch").reason is Reason.METHOD_NOT_ON_VIEW


def test_a_method_in_lower_case_has_the_policy_of_its_handler_and_is_not_listed_by_it():
    policies = url(CLOSED, GET=WRITE, HEAD=WRITE, PATCH=WRITE)
    assert preflight(policies, SHOP, "PATCH").reason is Reason.ALLOWED
    assert preflight(policies, SHOP, "patch").reason is Reason.METHOD_NOT_ALLOWED
    policies = url(WRITE, GET=WRITE, HEAD=WRITE, PATCH=CLOSED)
    assert (preflight(policies, SHOP, "patch").headers, preflight(policies, SHOP, "put").headers != ()) == ((), True)
    assert policies.of("patch") is policies.of("PATCH") is CLOSED
    assert (policies.of("put"), policies.have_same_policy("patch", "PATCH")) == (WRITE, True)
    assert not policies.have_same_policy("patch", "put")


def test_a_url_without_a_view_has_the_site_s_policy_and_no_methods_to_protect():
    only_delete = policy_of(allowed_origins=[SHOP], allow_methods=["DELETE"])
    verdict = preflight(UrlPolicies(only_delete, has_view=False), SHOP, "DELETE", "x-shop")
    assert dict(verdict.headers)["Access-Control-Max-Age"] == "600"


# --- Max-Age 0: the header names granted to PUT, and what another method of the URL makes of them.

PUT = policy_of(allowed_origins=[SHOP], allow_methods=["PUT"], allow_headers=["x-shop", "x-a"])
PUT_WITH_CREDENTIALS = policy_of(
    allowed_origins=[SHOP], allow_credentials=True, allow_methods=["PUT"], allow_headers=["x-shop"]
)
ALL = ["GET", "POST", "PUT", "DELETE"]


def other(**fields):
    return policy_of(**{"allowed_origins": [SHOP], "allow_methods": ALL, "allow_headers": ["x-shop", "x-a"], **fields})


AGES = [
    # name, policy of PUT, other method, its policy, Max-Age
    ("GET under an equal policy", PUT, "GET", None, "0"),  # its own policy does not allow GET at all
    ("GET with the same names", PUT, "GET", other(), "600"),
    ("GET with more names", PUT, "GET", other(allow_headers=["x-a", "x-b", "X-Shop"]), "600"),
    ("GET with any name", PUT, "GET", other(allow_headers=["*"]), "600"),
    ("GET lacks a name", PUT, "GET", other(allow_headers=["x-shop"]), "0"),
    ("HEAD lacks a name", PUT, "HEAD", other(allow_headers=["x-shop"]), "0"),
    ("POST lacks a name", PUT, "POST", other(allow_headers=[]), "0"),
    ("GET does not admit the origin", PUT, "GET", other(allowed_origins=[ADMIN]), "0"),
    ("GET admits nobody", PUT, "GET", policy_of(NO_CORS.using(allow_methods=ALL)), "0"),
    ("GET admits everybody", PUT, "GET", other(allow_all_origins=True, allowed_origins=[]), "600"),
    ("GET is dynamic", PUT, "GET", other(allowed_origins=[], is_origin_allowed=in_database), "0"),
    ("GET is dynamic, but lists the origin", PUT, "GET", other(is_origin_allowed=in_database), "600"),
    ("GET is not allowed by its policy", PUT, "GET", other(allow_methods=["POST"]), "0"),
    ("GET lacks a name, and is never cached itself", PUT, "GET", other(allow_headers=[], preflight_max_age=0), "0"),
    ("GET lacks the credentials", PUT_WITH_CREDENTIALS, "GET", other(), "0"),
    ("GET has the credentials", PUT_WITH_CREDENTIALS, "GET", other(allow_credentials=True), "600"),
    ("GET has credentials that PUT lacks", PUT, "GET", other(allow_credentials=True), "600"),
    ("DELETE with the same names", PUT, "DELETE", other(preflight_max_age=None), "600"),
    ("DELETE lacks a name", PUT, "DELETE", other(allow_headers=["x-shop"]), "0"),
    (
        "DELETE lacks a name, but does not admit the origin",
        PUT,
        "DELETE",
        other(allow_headers=[], allowed_origins=[ADMIN]),
        "600",
    ),
    (
        "DELETE lacks a name, and is dynamic",
        PUT,
        "DELETE",
        other(allow_headers=[], allowed_origins=[], is_origin_allowed=in_database),
        "0",
    ),
    (
        "DELETE is dynamic, with the same names",
        PUT,
        "DELETE",
        other(allowed_origins=[], is_origin_allowed=in_database),
        "600",
    ),
    ("DELETE lacks the credentials alone", PUT_WITH_CREDENTIALS, "DELETE", other(), "600"),
    ("DELETE lacks a name, but is closed", PUT, "DELETE", policy_of(NO_CORS), "600"),
    (
        "DELETE lacks a name, but is not allowed by its policy",
        PUT,
        "DELETE",
        other(allow_headers=[], allow_methods=["POST"]),
        "600",
    ),
    (
        "DELETE lacks a name, but is never cached itself",
        PUT,
        "DELETE",
        other(allow_headers=[], preflight_max_age=0),
        "600",
    ),
    (
        "no names are granted",
        policy_of(allowed_origins=[SHOP], allow_methods=["PUT"], allow_headers=[]),
        "GET",
        other(allowed_origins=[ADMIN]),
        "600",
    ),
]


@named_rows("put, method, its, expected", AGES)
def test_an_answer_that_would_overstep_another_policy_is_not_to_be_kept(put, method, its, expected):
    policies = url(CLOSED, **{"PUT": put, method: its or put})
    verdict = preflight(policies, SHOP, "PUT", "x-shop" if put.allow_headers else "")
    assert verdict.is_allowed
    assert dict(verdict.headers)["Access-Control-Max-Age"] == expected


def test_an_overstep_is_told_even_where_no_age_is_configured():
    without_age = policy_of(allowed_origins=[SHOP], allow_methods=["PUT"], preflight_max_age=None)
    alone = preflight(url(CLOSED, PUT=without_age), SHOP, "PUT")
    assert "Access-Control-Max-Age" not in dict(alone.headers)
    beside = preflight(url(CLOSED, PUT=without_age, GET=CLOSED), SHOP, "PUT")
    assert dict(beside.headers)["Access-Control-Max-Age"] == "0"


def test_any_header_is_kept_apart_by_the_names_that_were_asked_for():
    put = policy_of(allowed_origins=[SHOP], allow_methods=["PUT"], allow_headers=["*"])
    policies = url(CLOSED, PUT=put, GET=other())
    assert dict(preflight(policies, SHOP, "PUT", "x-a").headers)["Access-Control-Max-Age"] == "600"
    assert dict(preflight(policies, SHOP, "PUT", "x-b").headers)["Access-Control-Max-Age"] == "0"


# --- Hostile input

HOSTILE_NAMES = [
    "," * 65536,
    "x-shop," * 9000,
    ",".join(f"x-{number}" for number in range(129)),
    "x" * 4097,
    " " * 65536,
    "x-shop\x00",
    "x-shop\r\nSet-Cookie: a=b",
    "x-shop\rx",
    "]",
    "é",
    "x-\u212aey",
    "\udcff",
    '"x-shop"',
    "x-shop;q=1",
    "x shop",
    "x-shop:",
]


@pytest.mark.parametrize("names", HOSTILE_NAMES, ids=lambda names: repr(names[:20]))
@named_rows("policy", {"listed": LISTED, "any header": listing(allow_headers=["*"])})
def test_hostile_header_names_are_refused_quickly_and_never_sent_back(policy, names):
    started = time.process_time()
    verdict = preflight(UrlPolicies(policy), SHOP, "DELETE", names)
    assert time.process_time() - started < 0.1
    assert verdict.reason is Reason.HEADER_NOT_ALLOWED
    assert_wire_safe(verdict)
    assert dict(verdict.headers).get("Access-Control-Allow-Headers", "") in ("", NAMES)


@named_rows(
    "names",
    {
        "one name often": ",".join(["x-shop"] * 500),
        "4096 bytes": "x-shop" + " " * 4090,
        "128 names": ",".join(f"x-{number}" for number in range(128)),
        "4096 commas": "," * 4096,
        "a name to ignore": "origin," * 100,
    },
)
def test_what_is_odd_but_within_bounds_is_read(names):
    verdict = preflight(UrlPolicies(listing(allow_headers=["*"])), SHOP, "DELETE", names)
    assert verdict.reason is Reason.ALLOWED


@named_rows(
    "asked",
    {
        "none": "",
        "one": "x-1",
        "two": "x-2,x-1",
        "128": ",".join(f"x-{number}" for number in range(128)),
        "4096 bytes": ",".join(["x-" + "0" * 2044, "x-" + "1" * 2047]),
    },
)
def test_names_that_are_all_listed_are_not_read_one_by_one(monkeypatch, asked):
    def read(value):
        raise NotImplementedError

    monkeypatch.setattr("drf_cors.core.preflight._requested_names", read)
    names = [*(f"x-{number}" for number in range(128)), "x-" + "0" * 2044, "x-" + "1" * 2047]
    verdict = preflight(UrlPolicies(listing(allow_headers=names)), SHOP, "DELETE", asked)
    assert verdict.reason is Reason.ALLOWED


@named_rows(
    "asked, reason",
    {
        "128": (",".join(f"x-{number}" for number in range(128)), Reason.ALLOWED),
        "in any order": (",".join(f"x-{number}" for number in reversed(range(128))), Reason.ALLOWED),
        "129": (",".join(f"x-{number}" for number in range(129)), Reason.HEADER_NOT_ALLOWED),
        "4084 bytes": (",".join(f"x-{number:040}" for number in range(95)), Reason.ALLOWED),
        "4127 bytes": (",".join(f"x-{number:040}" for number in range(96)), Reason.HEADER_NOT_ALLOWED),
        "twice": ("x-1,x-2,x-1", Reason.ALLOWED),
        "oddly written": ("x-1,X-2 ,, x-3,", Reason.ALLOWED),
        "one is not": ("x-1,x-no", Reason.HEADER_NOT_ALLOWED),
        "a star": ("x-1,*", Reason.HEADER_NOT_ALLOWED),
    },
)
def test_bounds_hold_for_names_that_are_all_listed(asked, reason):
    names = [f"x-{number}" for number in range(300)] + [f"x-{number:040}" for number in range(300)]
    for allow_headers in (names, ["*", *names]):
        is_open = allow_headers[0] == "*" and asked == "x-1,x-no"
        verdict = preflight(UrlPolicies(listing(allow_headers=allow_headers)), SHOP, "DELETE", asked)
        assert verdict.reason is (Reason.ALLOWED if is_open else reason)


@pytest.mark.parametrize(
    "method",
    [
        "",
        " ",
        "GET\r\nSet-Cookie: a=b",
        "GET\n",
        "GE T",
        "\x00",
        "é",
        "\udcff",
        "GET,POST",
        "x" * 65,
        "x" * 100_000,
        "]",
    ],
    ids=lambda method: repr(method[:20]),
)
@pytest.mark.parametrize("allow_methods", [["*"], ["GET"]])
def test_a_hostile_method_is_refused_and_never_sent_back(method, allow_methods):
    verdict = preflight(UrlPolicies(listing(allow_methods=allow_methods)), SHOP, method, "x-shop")
    assert (verdict.reason, verdict.culprit) == (Reason.METHOD_NOT_ALLOWED, method)
    assert METHOD in verdict.vary
    assert_wire_safe(verdict)
    assert method == "" or method not in dict(verdict.headers).get("Access-Control-Allow-Methods", "").split(", ")


def assert_wire_safe(verdict):
    for name, value in (*verdict.headers, *(("Vary", value) for value in verdict.vary)):
        assert re.fullmatch(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*", value), (name, value)
        assert len(value) <= 8192


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60),
    st.text(max_size=60),
    st.text(max_size=200),
    st.sampled_from([LISTED, ANY, MIXED, REFLECTING, CLOSED, listing(allow_methods=["*"], allow_headers=["*"])]),
)
def test_whatever_is_asked_the_answer_is_safe(origin, method, names, policy):
    verdict = preflight(UrlPolicies(policy), origin, method, names)
    assert_wire_safe(verdict)
    assert_wire_safe(preflight(url(policy, GET=policy, PUT=LISTED), SHOP, method, names))
    actual = judge_request(policy, method, origin, judge_origin(policy, origin))
    assert_wire_safe(actual)
    # What is refused for its origin carries nothing.
    assert verdict.headers == () or not verdict.reason.value.startswith("origin-")
    assert actual.headers == () or actual.is_allowed


# --- Two policies on one request, and the dead feature

ALLOWED = Reason.ALLOWED


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            Verdict(ALLOWED, acao(SHOP, CREDENTIALS), (ORIGIN,)),
            Verdict(ALLOWED, acao(SHOP, CREDENTIALS), (ORIGIN,)),
            Verdict(ALLOWED, acao(SHOP, CREDENTIALS), (ORIGIN,)),
        ),
        (
            Verdict(ALLOWED, acao(SHOP, CREDENTIALS), (ORIGIN,)),
            Verdict(ALLOWED, acao("*"), ()),
            Verdict(ALLOWED, acao("*"), (ORIGIN,)),
        ),
        (
            Verdict(ALLOWED, acao("*"), ()),
            Verdict(ALLOWED, acao(SHOP, CREDENTIALS), (ORIGIN,)),
            Verdict(ALLOWED, acao("*"), (ORIGIN,)),
        ),
        (
            Verdict(ALLOWED, acao(SHOP, exposed("x-a")), (ORIGIN,)),
            Verdict(ALLOWED, acao(SHOP), (ORIGIN,)),
            Verdict(ALLOWED, acao(SHOP), (ORIGIN,)),
        ),
        (
            Verdict(ALLOWED, acao(SHOP), (ORIGIN,)),
            Verdict(ALLOWED, acao(SHOP, exposed("x-a")), (ORIGIN,)),
            Verdict(ALLOWED, acao(SHOP), (ORIGIN,)),
        ),
        (
            Verdict(ALLOWED, acao(SHOP, exposed("x-a")), (ORIGIN,)),
            Verdict(ALLOWED, acao(SHOP, CREDENTIALS, exposed("x-a")), (ORIGIN,)),
            Verdict(ALLOWED, acao(SHOP, exposed("x-a")), (ORIGIN,)),
        ),
        (
            Verdict(ALLOWED, acao(SHOP), (ORIGIN,)),
            Verdict(Reason.METHOD_NOT_ALLOWED, (), (ORIGIN, METHOD), "PUT"),
            Verdict(Reason.METHOD_NOT_ALLOWED, (), (ORIGIN, METHOD), "PUT"),
        ),
        (
            Verdict(Reason.ORIGIN_NOT_ALLOWED, (), (ORIGIN,)),
            Verdict(ALLOWED, acao("*"), ()),
            Verdict(Reason.ORIGIN_NOT_ALLOWED, (), (ORIGIN,)),
        ),
        (
            Verdict(Reason.ORIGIN_NOT_ALLOWED, (), (ORIGIN,)),
            Verdict(Reason.VIEW_DISABLED, (), (ORIGIN,)),
            Verdict(Reason.ORIGIN_NOT_ALLOWED, (), (ORIGIN,)),
        ),
    ],
)
def test_two_policies_must_both_admit(first, second, expected):
    assert stricter(first, second) == expected


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([LISTED, WITH_CREDENTIALS, EXPOSING, ANY, MIXED, REFLECTING, CLOSED]),
    st.sampled_from([LISTED, WITH_CREDENTIALS, EXPOSING, ANY, MIXED, REFLECTING, CLOSED]),
    st.sampled_from([SHOP, EVIL, "null", None]),
)
def test_the_stricter_of_two_grants_nothing_that_either_refuses(one, other_one, origin):
    verdicts = [judge_request(policy, "GET", origin, judge_origin(policy, origin)) for policy in (one, other_one)]
    both = stricter(*verdicts)
    assert both.is_allowed is all(verdict.is_allowed for verdict in verdicts)
    assert set(both.vary) == {name for verdict in verdicts for name in verdict.vary}
    sent = dict(both.headers)
    for verdict in verdicts:
        theirs = dict(verdict.headers)
        assert not sent or verdict.headers or origin is None
        if CREDENTIALS in both.headers:
            assert CREDENTIALS in verdict.headers
        if "Access-Control-Expose-Headers" in sent:
            assert theirs["Access-Control-Expose-Headers"] == sent["Access-Control-Expose-Headers"]


def test_private_network_is_answered_where_the_preflight_is():
    private = ("Access-Control-Allow-Private-Network", "true")
    granted = preflight(UrlPolicies(LISTED), SHOP, "DELETE")
    refused = preflight(UrlPolicies(LISTED), EVIL, "DELETE")
    assert for_private_network(granted).headers == (*granted.headers, private)
    assert for_private_network(refused) == refused


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_reads_as_its_code(reason):
    assert str(reason) == reason.value
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", reason.value)


def test_the_reason_codes_are_those_that_are_documented():
    assert {reason.value for reason in Reason} == {
        "allowed",
        "no-origin",
        "same-origin",
        "origin-not-allowed",
        "origin-malformed",
        "origin-null",
        "url-not-covered",
        "view-disabled",
        "method-not-allowed",
        "method-not-on-view",
        "header-not-allowed",
        "credentials-not-allowed",
        "callable-failed",
        "redirect",
        "not-resolved",
        "depends",
    }


# --- Found by mutants


@pytest.mark.parametrize(("length", "reason"), [(64, "allowed"), (65, "method-not-allowed")])
def test_a_method_has_64_bytes_at_most(length, reason):
    policy = policy_of(allowed_origins=[SHOP], allow_methods=["*"])
    assert preflight(UrlPolicies(policy), SHOP, "M" * length).reason == reason


def test_a_preflight_need_not_ask_for_headers():
    asked = CorsRequest(origin=SHOP, method="DELETE", is_preflight=True)
    assert asked.headers == ""
    assert judge_preflight(UrlPolicies(LISTED), asked, ALLOWED).is_allowed


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (Layer(policy=NO_CORS, source=Source("attribute", "CORS_URLS_REGEX")), "view-disabled"),  # a class of that name
        (Layer(policy=None, policy_name="x", source=Source("setting", "CORS_POLICY")), "view-disabled"),  # broken
    ],
)
def test_nobody_is_admitted_for_the_reason_that_its_layer_gives(layer, reason):
    assert judge_origin(merge([DEFAULTS, layer]), SHOP) == reason


def test_no_origin_is_not_looked_for_among_patterns():
    assert judge_request(PARTNERS, "GET", None, judge_origin(PARTNERS, None)) == Verdict(ALLOWED, (), (ORIGIN,))


def test_no_culprit_is_named_among_too_many_headers():
    verdict = preflight(UrlPolicies(LISTED), SHOP, "DELETE", ",".join(f"x-{number}" for number in range(129)))
    assert (verdict.reason, verdict.culprit) == (Reason.HEADER_NOT_ALLOWED, "")


def test_two_policies_are_several():
    policies = UrlPolicies(LISTED, {"PUT": EXPOSING}, are_methods_known=False)
    assert policies.has_several_policies
    assert preflight(policies, SHOP, "DELETE").vary == (ORIGIN, METHOD)


def test_one_policy_does_not_overstep_itself():
    methods_of_view = dict.fromkeys(("GET", "PUT", "DELETE"), DYNAMIC)
    policies = UrlPolicies(DYNAMIC, methods_of_view, are_methods_known=True)
    # Whom the callable admits for one method it admits for the other.
    assert leaks_to_method(policies, "DELETE", ADMIN, frozenset({"x-shop"})) is None
    assert (
        leaks_to_method(
            UrlPolicies(
                LISTED,
                dict.fromkeys(("DELETE", "PURGE"), policy_of(allowed_origins=[SHOP], allow_methods=["*"])),
                are_methods_known=True,
            ),
            "DELETE",
            SHOP,
            frozenset({"x"}),
        )
        is None
    )


def test_methods_under_one_policy_share_what_their_preflights_are_answered():
    policies = UrlPolicies(LISTED, {"GET": LISTED, "PUT": WRITE})
    # Whatever is asked for, a URL keeps one for each of its policies.
    assert shared_preflight(policies, "PUT").methods == ("PUT",)
    assert len({id(shared_preflight(policies, method)) for method in ("BREW", "PURGE", "GET")}) == 1
    assert shared_preflight(policies, "GET").methods == ("DELETE", "GET", "POST")
    assert dict(shared_preflight(policies, "GET").headers) == {
        "Access-Control-Allow-Methods": "DELETE, GET, POST",
        "Access-Control-Allow-Headers": NAMES,
        "Access-Control-Max-Age": "600",
    }


def test_verdicts_are_kept_for_a_bounded_number_of_listed_origins(monkeypatch):
    monkeypatch.setattr("drf_cors.core.verdict.MAX_KEPT", 2)
    monkeypatch.setattr("drf_cors.core.verdict.MAX_KEPT_BY_PATTERN", 1)
    listed = [f"https://shop-{number}.example" for number in range(4)]
    for policy in (policy_of(allowed_origins=listed), policy_of(allowed_origins=["https://*.shop.example"])):
        policies = UrlPolicies(policy)
        verdicts = VerdictsOnMethods(policies)
        for origin in (*listed, "https://a.shop.example", "https://b.shop.example", EVIL):
            expected = judge(policies, CorsRequest(origin, "GET"))
            for _ in range(2):
                assert verdicts["GET"][origin].headers == expected.headers
        kept = set(verdicts["GET"]) - {None}
        assert kept == (set(listed[:2]) if policy.origins.is_exact else {"https://a.shop.example"})


@named_rows(
    "pattern, number",
    {"by a pattern": ("https://*.shop.example", 50), "listed": (None, 1000)},
)
def test_so_many_verdicts_are_kept(pattern, number):
    origins = [f"https://shop-{count}.shop.example" for count in range(number + 2)]
    verdicts = VerdictsOnMethods(UrlPolicies(policy_of(allowed_origins=[pattern] if pattern else origins)))
    for origin in origins:
        assert verdicts["GET"][origin].is_allowed
    assert len(verdicts["GET"]) == number + 1  # and the one on a request without an origin


def test_verdicts_are_kept_for_methods_that_are_named():
    verdicts = VerdictsOnMethods(UrlPolicies(policy_of(allowed_origins=[SHOP], allow_methods=["*", "PUT"])))
    for method in ("GET", "PUT", "BREW", "get"):
        assert verdicts[method][SHOP].headers == (("Access-Control-Allow-Origin", SHOP),)
    assert set(verdicts) == {"GET", "PUT"}


@pytest.mark.parametrize("origin", [SHOP, EVIL])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_preflight_is_judged_as_one(origin, method):
    policies = UrlPolicies(LISTED)
    verdict = judge(policies, CorsRequest(origin, method, is_preflight=True))
    assert verdict.headers != judge(policies, CorsRequest(origin, method)).headers or origin == EVIL


def test_a_known_answer_about_the_origin_is_not_asked_again():
    verdict = judge(UrlPolicies(LISTED), CorsRequest(SHOP, "GET"), Reason.CALLABLE_FAILED)
    assert (verdict.reason, verdict.headers) == (Reason.CALLABLE_FAILED, ())


def test_credentials_are_judged_where_a_script_sends_them():
    policies = UrlPolicies(LISTED)
    assert judge(policies, CorsRequest(SHOP, "GET")).is_allowed
    refused = judge(policies, CorsRequest(SHOP, "GET", credentials=True))
    assert (refused.reason, refused.vary) == (Reason.CREDENTIALS_NOT_ALLOWED, (ORIGIN,))
    assert judge(policies, CorsRequest(EVIL, "GET", credentials=True)).reason is Reason.ORIGIN_NOT_ALLOWED
