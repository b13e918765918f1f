"""CorsPolicy: what is refused, with its right form; what is accepted; and how a policy behaves as a value."""

import dataclasses
import pickle
import re
import time

import idna
import pytest

from drf_cors.core.errors import CorsConfigurationError
from drf_cors.core.fields import FIELDS
from drf_cors.core.origin_faults import ascii_host
from drf_cors.core.policy import INHERITED, NO_CORS, UNSET, CorsPolicy
from tests.tables import named_rows

SHOP = "https://shop.example"
ADMIN = "https://admin.example"


def from_database(origin, request):
    raise NotImplementedError


async def from_database_async(origin, request):
    raise NotImplementedError


class Test:
    def __call__(self, origin, request):
        raise NotImplementedError


def faults_of(**fields):
    """The faults of a policy as (field, value, reason), and its error."""
    with pytest.raises(CorsConfigurationError) as caught:
        CorsPolicy(**fields)
    error = caught.value
    return [(fault.field, fault.value, fault.reason) for fault in error.faults], error


# One value, one fault: field, value, what is at fault in it, reason, and words of the right form.
REFUSED = [
    # shapes
    ("allowed_origins", "*", "*", "not-a-list", "write allow_all_origins=True"),
    ("allowed_origins", SHOP, SHOP, "not-a-list", f"write allowed_origins=['{SHOP}']"),
    (
        "allowed_origins",
        f"{SHOP},{ADMIN}",
        f"{SHOP},{ADMIN}",
        "not-a-list",
        f"write allowed_origins=['{SHOP}', '{ADMIN}']",
    ),
    ("allowed_origins", None, None, "wrong-type", "write allowed_origins=["),
    ("allowed_origins", 5, 5, "wrong-type", "write allowed_origins=["),
    ("allowed_origins", SHOP.encode(), SHOP.encode(), "wrong-type", "write allowed_origins=["),
    ("allowed_origins", {SHOP: True}, {SHOP: True}, "wrong-type", "write allowed_origins=["),
    ("allowed_origins", [None], None, "not-a-string", "write 'https://shop.example'"),
    ("allowed_origins", [SHOP.encode()], SHOP.encode(), "not-a-string", "write 'https://shop.example'"),
    (
        "allowed_origin_regexes",
        r"https://a, b",
        r"https://a, b",
        "not-a-list",
        "write allowed_origin_regexes=['https://a, b']",
    ),
    ("allow_credentials", SHOP, SHOP, "not-a-list", f"write allow_credentials=['{SHOP}']"),
    ("allow_methods", "GET, POST", "GET, POST", "not-a-list", "write allow_methods=['GET', 'POST']"),
    ("allow_methods", "*", "*", "not-a-list", "write allow_methods=['*']"),
    ("allow_headers", "x-a x-b", "x-a x-b", "not-a-list", "write allow_headers=['x-a', 'x-b']"),
    ("allow_headers", "*", "*", "not-a-list", "write allow_headers=['*']"),
    ("expose_headers", "*", "*", "not-a-list", "write expose_headers=['*']"),
    ("allow_methods", 5, 5, "wrong-type", "write allow_methods=["),
    ("allow_headers", {"x-a": 1}, {"x-a": 1}, "wrong-type", "write allow_headers=["),
    ("expose_headers", True, True, "wrong-type", "write expose_headers=["),
    ("allow_all_origins", "yes", "yes", "wrong-type", "write allow_all_origins=False, or True"),
    ("allow_all_origins", 1, 1, "wrong-type", "write allow_all_origins=False, or True"),
    ("allow_all_origins", None, None, "wrong-type", "write allow_all_origins=False, or True"),
    ("is_origin_allowed", None, None, "wrong-type", "write is_origin_allowed="),
    ("is_origin_allowed", "app.tests.f", "app.tests.f", "wrong-type", "write is_origin_allowed="),
    ("allow_credentials", None, None, "wrong-type", "write allow_credentials=False, True, or a list"),
    ("allow_credentials", 1, 1, "wrong-type", "write allow_credentials=False, True, or a list"),
    ("allowed_origins", INHERITED, INHERITED, "wrong-type", "write allowed_origins=[INHERITED]"),
    ("allow_methods", INHERITED, INHERITED, "wrong-type", "write allow_methods=[INHERITED]"),
    ("allow_headers", INHERITED, INHERITED, "wrong-type", "write allow_headers=[INHERITED]"),
    ("expose_headers", INHERITED, INHERITED, "wrong-type", "write expose_headers=[INHERITED]"),
    ("allow_all_origins", INHERITED, INHERITED, "wrong-type", "write allow_all_origins=False, or True"),
    ("preflight_max_age", INHERITED, INHERITED, "wrong-type", "write preflight_max_age=600"),
    # origins
    ("allowed_origins", [""], "", "empty-string", "leave it out"),
    ("allowed_origins", ["*"], "*", "star-alone", "write allow_all_origins=True"),
    ("allowed_origins", [f"{SHOP}{ADMIN}"], f"{SHOP}{ADMIN}", "joined-origins", f"write '{SHOP}', '{ADMIN}'"),
    ("allowed_origins", [f"{SHOP} {ADMIN}"], f"{SHOP} {ADMIN}", "joined-origins", f"write '{SHOP}', '{ADMIN}'"),
    ("allowed_origins", [f"{SHOP}, {ADMIN}"], f"{SHOP}, {ADMIN}", "joined-origins", f"write '{SHOP}', '{ADMIN}'"),
    ("allowed_origins", [f"{SHOP}/"], f"{SHOP}/", "trailing-slash", f"write '{SHOP}'"),
    ("allowed_origins", [f"{SHOP}/api"], f"{SHOP}/api", "path", f"write '{SHOP}'"),
    ("allowed_origins", [f"{SHOP}?a=b"], f"{SHOP}?a=b", "path", f"write '{SHOP}'"),
    ("allowed_origins", [f"{SHOP}#top"], f"{SHOP}#top", "path", f"write '{SHOP}'"),
    ("allowed_origins", [f"{SHOP}:443"], f"{SHOP}:443", "default-port", f"write '{SHOP}'"),
    (
        "allowed_origins",
        ["http://shop.example:80"],
        "http://shop.example:80",
        "default-port",
        "write 'http://shop.example'",
    ),
    ("allowed_origins", ["https://[::1]:443"], "https://[::1]:443", "default-port", "write 'https://[::1]'"),
    ("allowed_origins", ["https://Shop.example"], "https://Shop.example", "upper-case", f"write '{SHOP}'"),
    ("allowed_origins", ["HTTPS://shop.example"], "HTTPS://shop.example", "upper-case", f"write '{SHOP}'"),
    ("allowed_origins", ["NULL"], "NULL", "upper-case", "write 'null'"),
    (
        "allowed_origins",
        ["https://straße.example"],
        "https://straße.example",
        "non-ascii-host",
        "write 'https://xn--strae-oqa.example'",
    ),
    (
        "allowed_origins",
        ["https://*.bücher.example"],
        "https://*.bücher.example",
        "non-ascii-host",
        "write 'https://*.xn--bcher-kva.example'",
    ),
    ("allowed_origins", ["shop.example"], "shop.example", "missing-scheme", f"write '{SHOP}'"),
    ("allowed_origins", ["//shop.example"], "//shop.example", "missing-scheme", f"write '{SHOP}'"),
    ("allowed_origins", ["*.shop.example"], "*.shop.example", "missing-scheme", "write 'https://*.shop.example'"),
    ("allowed_origins", ["localhost:3000"], "localhost:3000", "missing-scheme", "write 'http://localhost:3000'"),
    (
        "allowed_origins",
        ["https://user:pw@shop.example"],
        "https://user:pw@shop.example",
        "userinfo",
        f"write '{SHOP}'",
    ),
    ("allowed_origins", [f" {SHOP}"], f" {SHOP}", "whitespace", f"write '{SHOP}'"),
    ("allowed_origins", [f"{SHOP}\n"], f"{SHOP}\n", "whitespace", f"write '{SHOP}'"),
    ("allowed_origins", ["  "], "  ", "whitespace", "write 'https://shop.example'"),
    ("allowed_origins", [f"{SHOP}:99999"], f"{SHOP}:99999", "invalid-port", f"write '{SHOP}'"),
    ("allowed_origins", [f"{SHOP}:08443"], f"{SHOP}:08443", "invalid-port", f"write '{SHOP}:8443'"),
    ("allowed_origins", [f"{SHOP}:"], f"{SHOP}:", "invalid-port", f"write '{SHOP}'"),
    ("allowed_origins", ["1https://shop.example"], "1https://shop.example", "invalid-scheme", f"write '{SHOP}'"),
    (
        "allowed_origins",
        ["https://shop..example"],
        "https://shop..example",
        "invalid-host",
        "write 'https://shop.example'",
    ),
    ("allowed_origins", ["https://"], "https://", "invalid-host", "write 'https://shop.example'"),
    ("allowed_origins", ["https://1.2.3"], "https://1.2.3", "invalid-host", "write 'https://shop.example'"),
    (
        "allowed_origins",
        ["http://127.000.000.001"],
        "http://127.000.000.001",
        "non-canonical-ip",
        "write 'http://127.0.0.1'",
    ),
    (
        "allowed_origins",
        ["http://[::ffff:1.2.3.4]"],
        "http://[::ffff:1.2.3.4]",
        "non-canonical-ip",
        "write 'http://[::ffff:102:304]'",
    ),
    (
        "allowed_origins",
        ["http://[0:0:0:0:0:0:0:1]"],
        "http://[0:0:0:0:0:0:0:1]",
        "non-canonical-ip",
        "write 'http://[::1]'",
    ),
    ("allowed_origins", ["https://*.com"], "https://*.com", "wildcard-single-label", "'https://*.shop.example'"),
    ("allowed_origins", ["https://*.com."], "https://*.com.", "wildcard-single-label", "'https://*.shop.example'"),
    ("allowed_origins", ["https://*"], "https://*", "wildcard-misplaced", "'https://*.example.com'"),
    ("allowed_origins", ["https://shop.*"], "https://shop.*", "wildcard-misplaced", "'https://*.example.com'"),
    (
        "allowed_origins",
        ["https://a.*.example"],
        "https://a.*.example",
        "wildcard-misplaced",
        "'https://*.example.com'",
    ),
    (
        "allowed_origins",
        ["https://pr-*.shop.example"],
        "https://pr-*.shop.example",
        "wildcard-misplaced",
        "'https://*.example.com'",
    ),
    (
        "allowed_origins",
        ["https://*.*.shop.example"],
        "https://*.*.shop.example",
        "wildcard-misplaced",
        "'https://*.example.com'",
    ),
    ("allowed_origins", ["*://shop.example"], "*://shop.example", "wildcard-misplaced", "'https://*.example.com'"),
    ("allowed_origins", [f"{SHOP}:80*"], f"{SHOP}:80*", "wildcard-misplaced", "'http://localhost:*'"),
    (
        "allowed_origins",
        ["https://*.127.0.0.1"],
        "https://*.127.0.0.1",
        "wildcard-misplaced",
        "'https://*.example.com'",
    ),
    (
        "allowed_origins",
        ["https://" + "a." * 127 + "example"],
        "https://" + "a." * 127 + "example",
        "origin-too-long",
        "write ",
    ),
    (
        "allowed_origins",
        ["https://*." + "a." * 126 + "ab"],
        "https://*." + "a." * 126 + "ab",
        "origin-too-long",
        "write ",
    ),
    # regular expressions
    ("allowed_origin_regexes", ["https://("], "https://(", "invalid-regex", "re.escape"),
    ("allowed_origin_regexes", [b"https://a"], b"https://a", "bytes-regex", "write allowed_origin_regexes=[r'"),
    ("allowed_origin_regexes", [5], 5, "not-a-string", "write allowed_origin_regexes=[r'"),
    ("allowed_origin_regexes", [INHERITED], INHERITED, "inherited-misplaced", "write allowed_origins=[INHERITED]"),
    (
        "allowed_origin_regexes",
        re.compile("https://a"),
        re.compile("https://a"),
        "wrong-type",
        "write allowed_origin_regexes=[re.compile('https://a')]",
    ),
    # credentials
    ("allow_credentials", ["*"], "*", "star-alone", "write allow_credentials=True"),
    # methods
    ("allow_methods", ["GET POST"], "GET POST", "invalid-token", "write 'GET', 'POST'"),
    ("allow_methods", ["get, patch"], "get, patch", "invalid-token", "write 'GET', 'patch'"),
    ("allow_methods", ["connect get"], "connect get", "invalid-token", "write 'GET'"),
    ("allow_methods", ["connect trace"], "connect trace", "invalid-token", "write allow_methods=["),
    ("allow_methods", [""], "", "empty-string", "leave it out"),
    ("allow_methods", ["PÜT"], "PÜT", "invalid-token", "write allow_methods=["),
    ("allow_methods", ["GET\r\n"], "GET\r\n", "invalid-token", "write allow_methods=["),
    ("allow_methods", [None], None, "not-a-string", "write allow_methods=["),
    ("allow_methods", ["TRACE"], "TRACE", "forbidden-method", "leave it out"),
    ("allow_methods", ["connect"], "connect", "forbidden-method", "leave it out"),
    ("allow_methods", ["Track"], "Track", "forbidden-method", "leave it out"),
    ("allow_methods", ["get"], "get", "method-case", "write 'GET'"),
    ("allow_methods", ["Delete"], "Delete", "method-case", "write 'DELETE'"),
    # headers
    ("allow_headers", ["x-a, x-b"], "x-a, x-b", "invalid-token", "write 'x-a', 'x-b'"),
    ("allow_headers", ["x-a:"], "x-a:", "invalid-token", "write allow_headers=["),
    ("allowed_origin_regexes", [""], "", "empty-string", "leave it out"),
    ("allow_headers", [""], "", "empty-string", "leave it out"),
    ("allow_headers", [5], 5, "not-a-string", "write allow_headers=["),
    ("allow_headers", ["Origin"], "Origin", "forbidden-request-header", "leave it out"),
    ("allow_headers", ["dnt"], "dnt", "forbidden-request-header", "leave it out"),
    ("allow_headers", ["Sec-Fetch-Site"], "Sec-Fetch-Site", "forbidden-request-header", "leave it out"),
    ("allow_headers", ["proxy-authorization"], "proxy-authorization", "forbidden-request-header", "leave it out"),
    ("expose_headers", ["x-a x-b"], "x-a x-b", "invalid-token", "write 'x-a', 'x-b'"),
    ("expose_headers", [None], None, "not-a-string", "write expose_headers=["),
    ("expose_headers", ["Set-Cookie"], "Set-Cookie", "forbidden-response-header", "leave it out"),
    ("expose_headers", ["set-cookie2"], "set-cookie2", "forbidden-response-header", "leave it out"),
    # seconds
    # headers in the wrong list
    *(
        ("allow_headers", [name], name, "response-header", f"leave it out, it is made from {field}")
        for name, field in [
            ("Access-Control-Allow-Origin", "allowed_origins"),
            ("access-control-allow-credentials", "allow_credentials"),
            ("Access-Control-Allow-Methods", "allow_methods"),
            ("ACCESS-CONTROL-ALLOW-HEADERS", "allow_headers"),
            ("Access-Control-Expose-Headers", "expose_headers"),
            ("Access-Control-Max-Age", "preflight_max_age"),
            ("Access-Control-Allow-Private-Network", "CORS_ALLOW_PRIVATE_NETWORK"),
        ]
    ),
    *(
        ("expose_headers", [name], name, "request-header", "leave it out, or move it to allow_headers, if scripts send")
        for name in ("Authorization", "accept-language", "If-None-Match", "User-Agent", "X-Requested-With", "if-match")
    ),
    *(
        ("expose_headers", [name], name, "request-header", "leave it out")
        for name in ("Origin", "Access-Control-Request-Method", "Cookie", "Host", "referer", "Sec-Fetch-Site", "DNT")
    ),
    ("allow_headers", ["x-a Access-Control-Max-Age"], "x-a Access-Control-Max-Age", "invalid-token", "write 'x-a'"),
    ("expose_headers", ["x-a, authorization"], "x-a, authorization", "invalid-token", "write 'x-a'"),
    ("preflight_max_age", -1, -1, "negative-max-age", "0 for never, None for no header"),
    ("preflight_max_age", "600", "600", "wrong-type", "write preflight_max_age=600"),
    ("preflight_max_age", 1.5, 1.5, "wrong-type", "write preflight_max_age=600"),
    ("preflight_max_age", True, True, "wrong-type", "write preflight_max_age=600"),
    ("preflight_max_age", 2**31 + 1, 2**31 + 1, "max-age-too-large", "write preflight_max_age=600"),
    # INHERITED where there is nothing to inherit from
    ("allow_credentials", [INHERITED], INHERITED, "inherited-misplaced", "write allowed_origins=[INHERITED]"),
]


@pytest.mark.parametrize(
    ("field", "value", "culprit", "reason", "right_form"),
    REFUSED,
    ids=[f"{field}={value!r}"[:60] for field, value, *_ in REFUSED],
)
def test_a_wrong_value_is_refused_with_its_right_form(field, value, culprit, reason, right_form):
    faults, error = faults_of(**{field: value})
    assert faults == [(field, culprit, reason)]
    assert right_form in error.faults[0].remedy
    assert f"{field}: {culprit!r} "[:60] in str(error)


def test_a_bytes_pattern_is_refused():
    pattern = re.compile(b"https://a")
    faults, error = faults_of(allowed_origin_regexes=[pattern])
    assert faults == [("allowed_origin_regexes", pattern, "bytes-regex")]
    assert repr(pattern) in str(error)


@pytest.mark.parametrize(
    ("text", "reasons", "right"),
    [
        (
            "HTTPS://Straße.example:443/",
            {"upper-case", "non-ascii-host", "default-port", "trailing-slash"},
            "https://xn--strae-oqa.example",
        ),
        ("http://[::FFFF:1.2.3.4]:80", {"upper-case", "non-canonical-ip", "default-port"}, "http://[::ffff:102:304]"),
        ("Shop.Example/api", {"missing-scheme", "upper-case", "path"}, SHOP),
        (" https://user@shop.example:443", {"whitespace", "userinfo", "default-port"}, SHOP),
        ("https://*.Shop.example/", {"upper-case", "trailing-slash"}, "https://*.shop.example"),
    ],
)
def test_one_value_wrong_in_several_ways_is_told_them_all_and_one_right_form(text, reasons, right):
    _, error = faults_of(allowed_origins=[text])
    assert {fault.reason for fault in error.faults} == reasons
    assert len(error.faults) == len(reasons)
    assert {fault.remedy for fault in error.faults} == {f"write '{right}'"}
    assert CorsPolicy(allowed_origins=[right]).allowed_origins == (right,)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("https:/shop.example", SHOP),
        ("https:shop.example", SHOP),
        ('"https://shop.example"', SHOP),
        ("null/", "null"),
    ],
)
def test_a_slip_of_the_keyboard_is_answered_with_what_was_meant(text, right):
    _, error = faults_of(allowed_origins=[text])
    assert {fault.remedy for fault in error.faults} == {f"write '{right}'"}


def test_joined_origins_are_suggested_in_their_right_forms():
    _, error = faults_of(allowed_origins=[f"https://bücher.example,{SHOP}/"])
    assert error.faults[0].remedy == f"write 'https://xn--bcher-kva.example', '{SHOP}'"


def test_a_refused_list_is_not_held_against_the_credentials():
    faults, _ = faults_of(allowed_origins=["https://*.example"], allow_credentials=["https://*.a.example"])
    assert [reason for *_, reason in faults] == ["wildcard-single-label"]


@pytest.mark.parametrize(
    "value",
    [
        "https://" + "0" * 5000 + ".1.1.1",
        "x" * 1_000_000,
        "https://" + "ü" * 100_000,
        "https://a.example:" + "9" * 10_000,
    ],
    ids=lambda value: value[:12],
)
def test_an_absurd_value_is_refused_in_a_moment(value):
    started = time.process_time()
    _, error = faults_of(allowed_origins=[value])
    assert time.process_time() - started < 1
    assert len(str(error)) < 2000


def test_the_faults_of_every_item_of_a_list_are_told():
    faults, _ = faults_of(allowed_origins=[SHOP, f"{SHOP}/", 5, "https://*.com"])
    assert [reason for _, _, reason in faults] == ["trailing-slash", "not-a-string", "wildcard-single-label"]


def test_a_policy_wrong_in_five_ways_is_told_all_five_with_their_right_forms():
    faults, error = faults_of(
        allowed_origins="*",
        allow_methods=["get"],
        allow_headers=["cookie"],
        preflight_max_age=-5,
        allow_origin=[SHOP],
    )
    assert sorted(faults) == sorted(
        [
            ("allowed_origins", "*", "not-a-list"),
            ("allow_methods", "get", "method-case"),
            ("allow_headers", "cookie", "forbidden-request-header"),
            ("preflight_max_age", -5, "negative-max-age"),
            ("allow_origin", [SHOP], "unknown-field"),
        ]
    )
    message = str(error)
    assert "5" in message.splitlines()[0]
    for words in (
        "allowed_origins: '*'",
        "write allow_all_origins=True",
        "allow_methods: 'get'",
        "write 'GET'",
        "allow_headers: 'cookie'",
        "leave it out",
        "preflight_max_age: -5",
        "write preflight_max_age=600",
        "allow_origin: ['https://shop.example']",
        "did you mean 'allowed_origins'",
    ):
        assert words in message


def test_the_error_names_the_place_that_its_reader_knows():
    _, error = faults_of(allowed_origins=[f"{SHOP}/"])
    told = error.at("settings.CORS_POLICIES['partners']")
    assert "settings.CORS_POLICIES['partners']" in str(told).splitlines()[0]
    assert told.faults == error.faults


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("allow_origins", "allowed_origins"),
        ("allow_origin", "allowed_origins"),
        ("origins", "allowed_origins"),
        ("allow_all_origin", "allow_all_origins"),
        ("allow_credential", "allow_credentials"),
        ("credentials", "allow_credentials"),
        ("allowed_methods", "allow_methods"),
        ("allowed_headers", "allow_headers"),
        ("exposed_headers", "expose_headers"),
        ("max_age", "preflight_max_age"),
        ("CORS_ALLOWED_ORIGINS", "allowed_origins"),
        ("CORS_ALLOW_METHODS", "allow_methods"),
    ],
)
def test_an_unknown_field_is_answered_with_the_one_that_was_meant(name, meant):
    faults, error = faults_of(**{name: 1})
    assert faults == [(name, 1, "unknown-field")]
    assert error.faults[0].remedy == f"did you mean '{meant}'"


def test_an_unknown_field_that_resembles_none_is_answered_with_them_all():
    _, error = faults_of(zzz=1)
    assert all(field in error.faults[0].remedy for field in FIELDS)


def test_a_policy_takes_keywords_only():
    with pytest.raises(TypeError):
        CorsPolicy([SHOP])  # type: ignore[call-arg]  # that is the test


# Fields that are right alone: the policy, and its faults as (field, value, reason).
COMBINED = [
    (
        "any origin with credentials",
        {"allow_all_origins": True, "allow_credentials": True},
        [("allow_credentials", True, "any-origin-with-credentials")],
    ),
    (
        "null with credentials",
        {"allowed_origins": [SHOP, "null"], "allow_credentials": True},
        [("allowed_origins", "null", "null-with-credentials")],
    ),
    (
        "file:// with credentials",
        {"allowed_origins": ["file://"], "allow_credentials": True},
        [("allowed_origins", "file://", "null-with-credentials")],
    ),
    (
        "null among credentialed origins of any",
        {"allow_all_origins": True, "allow_credentials": ["null"]},
        [("allow_credentials", "null", "null-with-credentials")],
    ),
    (
        "null among credentialed origins alone",
        {"allow_credentials": [SHOP, "file://"]},
        [("allow_credentials", "file://", "null-with-credentials")],
    ),
    (
        "a credentialed origin that is not allowed",
        {"allowed_origins": [SHOP], "allow_credentials": [SHOP, ADMIN]},
        [("allow_credentials", ADMIN, "credentialed-origin-not-allowed")],
    ),
    (
        "a credentialed pattern wider than the allowed one",
        {"allowed_origins": ["https://a.shop.example"], "allow_credentials": ["https://*.shop.example"]},
        [("allow_credentials", "https://*.shop.example", "credentialed-origin-not-allowed")],
    ),
    (
        "a credentialed origin that no regex matches whole",
        {"allowed_origin_regexes": [r"https://shop"], "allow_credentials": [SHOP]},
        [("allow_credentials", SHOP, "credentialed-origin-not-allowed")],
    ),
    (
        "a credentialed origin where nobody is allowed",
        {"allowed_origins": [], "allow_credentials": [SHOP]},
        [("allow_credentials", SHOP, "credentialed-origin-not-allowed")],
    ),
    (
        "all response headers exposed with credentials",
        {"allowed_origins": [SHOP], "allow_credentials": True, "expose_headers": ["*"]},
        [("expose_headers", "*", "expose-all-with-credentials")],
    ),
    (
        "all response headers exposed with credentials for some",
        {"allow_all_origins": True, "allow_credentials": [SHOP], "expose_headers": ["x-a", "*"]},
        [("expose_headers", "*", "expose-all-with-credentials")],
    ),
    (
        "three at once",
        {"allow_all_origins": True, "allowed_origins": ["null"], "allow_credentials": True, "expose_headers": ["*"]},
        [
            ("allow_credentials", True, "any-origin-with-credentials"),
            ("allowed_origins", "null", "null-with-credentials"),
            ("expose_headers", "*", "expose-all-with-credentials"),
        ],
    ),
]


@named_rows("fields, expected", COMBINED)
def test_fields_that_are_wrong_together_are_refused(fields, expected):
    faults, error = faults_of(**fields)
    assert faults == expected
    assert all(fault.remedy for fault in error.faults)


# What is given, and the fields as they are kept.
ACCEPTED = [
    ("nothing", {}, {}),
    (
        "exact origins",
        {"allowed_origins": [SHOP, "http://a_b.example:8080"]},
        {"allowed_origins": (SHOP, "http://a_b.example:8080")},
    ),
    (
        "patterns",
        {"allowed_origins": ["https://*.a.example", "http://localhost:*", "https://*.a.example:*"]},
        {"allowed_origins": ("https://*.a.example", "http://localhost:*", "https://*.a.example:*")},
    ),
    ("opaque origins, listed", {"allowed_origins": ["null", "file://"]}, {"allowed_origins": ("null", "file://")}),
    (
        "addresses",
        {"allowed_origins": ["http://127.0.0.1:3000", "http://[::1]"]},
        {"allowed_origins": ("http://127.0.0.1:3000", "http://[::1]")},
    ),
    (
        "schemes of applications",
        {"allowed_origins": ["capacitor://localhost", "chrome-extension://abc"]},
        {"allowed_origins": ("capacitor://localhost", "chrome-extension://abc")},
    ),
    (
        "another scheme's default port",
        {"allowed_origins": ["http://a.example:443"]},
        {"allowed_origins": ("http://a.example:443",)},
    ),
    ("duplicates", {"allowed_origins": [SHOP, ADMIN, SHOP]}, {"allowed_origins": (SHOP, ADMIN)}),
    ("a tuple", {"allowed_origins": (SHOP,)}, {"allowed_origins": (SHOP,)}),
    ("a set, ordered", {"allowed_origins": {SHOP, ADMIN}}, {"allowed_origins": (ADMIN, SHOP)}),
    ("a generator", {"allowed_origins": (origin for origin in [SHOP])}, {"allowed_origins": (SHOP,)}),
    ("an inherited list", {"allowed_origins": [INHERITED, SHOP]}, {"allowed_origins": (INHERITED, SHOP)}),
    ("nobody", {"allowed_origins": []}, {"allowed_origins": ()}),
    (
        "regexes",
        {"allowed_origin_regexes": ["https://a", re.compile("https://b")]},
        {"allowed_origin_regexes": (re.compile("https://a"), re.compile("https://b"))},
    ),
    (
        "regexes, once",
        {"allowed_origin_regexes": ["x", "x", re.compile("x")]},
        {"allowed_origin_regexes": (re.compile("x"),)},
    ),
    ("any origin", {"allow_all_origins": True}, {"allow_all_origins": True}),
    ("not any origin", {"allow_all_origins": False}, {"allow_all_origins": False}),
    ("a callable", {"is_origin_allowed": from_database}, {"is_origin_allowed": from_database}),
    ("an async callable", {"is_origin_allowed": from_database_async}, {"is_origin_allowed": from_database_async}),
    ("credentials", {"allow_credentials": True}, {"allow_credentials": True}),
    ("credentials for nobody", {"allow_credentials": []}, {"allow_credentials": False}),
    ("credentials for inherited origins", {"allow_credentials": [SHOP]}, {"allow_credentials": (SHOP,)}),
    (
        "credentials for some of any",
        {"allow_all_origins": True, "allow_credentials": [SHOP]},
        {"allow_all_origins": True, "allow_credentials": (SHOP,)},
    ),
    (
        "credentials within a pattern",
        {
            "allowed_origins": ["https://*.a.example"],
            "allow_credentials": ["https://x.a.example", "https://*.y.a.example"],
        },
        {
            "allowed_origins": ("https://*.a.example",),
            "allow_credentials": ("https://x.a.example", "https://*.y.a.example"),
        },
    ),
    (
        "credentials within a regex",
        {"allowed_origin_regexes": [r"https://\w+\.example"], "allow_credentials": [SHOP]},
        {"allowed_origin_regexes": (re.compile(r"https://\w+\.example"),), "allow_credentials": (SHOP,)},
    ),
    (
        "a pattern with credentials beside a regex",
        {"allowed_origin_regexes": [r"https://.*"], "allow_credentials": ["https://*.a.example"]},
        {"allowed_origin_regexes": (re.compile(r"https://.*"),), "allow_credentials": ("https://*.a.example",)},
    ),
    (
        "credentials for origins a callable may admit",
        {"is_origin_allowed": from_database, "allow_credentials": [SHOP]},
        {"is_origin_allowed": from_database, "allow_credentials": (SHOP,)},
    ),
    (
        "credentials for origins that may be inherited",
        {"allowed_origins": [INHERITED], "allow_credentials": [SHOP]},
        {"allowed_origins": (INHERITED,), "allow_credentials": (SHOP,)},
    ),
    ("methods", {"allow_methods": ["GET", "PURGE", "patch"]}, {"allow_methods": ("GET", "PURGE", "patch")}),
    ("any method", {"allow_methods": ["*"]}, {"allow_methods": ("*",)}),
    ("methods added", {"allow_methods": [INHERITED, "PURGE"]}, {"allow_methods": (INHERITED, "PURGE")}),
    ("no method", {"allow_methods": []}, {"allow_methods": ()}),
    ("headers, once whatever their case", {"allow_headers": ["X-A", "x-a", "x-b"]}, {"allow_headers": ("X-A", "x-b")}),
    ("any header", {"allow_headers": ["*", "authorization"]}, {"allow_headers": ("*", "authorization")}),
    ("headers added", {"allow_headers": ["x-a", INHERITED]}, {"allow_headers": ("x-a", INHERITED)}),
    ("exposed headers", {"expose_headers": ["X-Total-Count"]}, {"expose_headers": ("X-Total-Count",)}),
    ("exposed headers added", {"expose_headers": [INHERITED, "x-a"]}, {"expose_headers": (INHERITED, "x-a")}),
    ("all exposed", {"expose_headers": ["*"]}, {"expose_headers": ("*",)}),
    (
        "all exposed, no credentials",
        {"expose_headers": ["*"], "allow_credentials": False},
        {"expose_headers": ("*",), "allow_credentials": False},
    ),
    ("never cached", {"preflight_max_age": 0}, {"preflight_max_age": 0}),
    ("no header", {"preflight_max_age": None}, {"preflight_max_age": None}),
    ("the longest age", {"preflight_max_age": 2**31}, {"preflight_max_age": 2**31}),
    (
        "null without credentials",
        {"allowed_origins": ["null"], "allow_credentials": False},
        {"allowed_origins": ("null",), "allow_credentials": False},
    ),
    (
        "null beside credentials for another",
        {"allowed_origins": ["null", SHOP], "allow_credentials": [SHOP]},
        {"allowed_origins": ("null", SHOP), "allow_credentials": (SHOP,)},
    ),
    ("fields left unset in so many words", {"allowed_origins": UNSET, "preflight_max_age": UNSET}, {}),
]


@named_rows("given, kept", ACCEPTED)
def test_a_right_policy_is_kept_as_tuples_in_their_order(given, kept):
    policy = CorsPolicy(**given)
    assert policy.declared() == kept
    for field in FIELDS:
        assert getattr(policy, field) == kept.get(field, UNSET)
    assert CorsPolicy(**policy.declared()) == policy
    assert policy.using() == policy
    assert pickle.loads(pickle.dumps(policy)) == policy


@pytest.mark.parametrize("field", FIELDS)
def test_a_policy_is_frozen(field):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(NO_CORS, field, UNSET)


def test_policies_compare_and_hash_by_value():
    one = CorsPolicy(allowed_origins=[SHOP], allow_methods=["GET"])
    same = CorsPolicy(allow_methods=("GET",), allowed_origins=(SHOP,))
    assert one == same
    assert hash(one) == hash(same)
    assert len({one, same, NO_CORS, CorsPolicy(allowed_origins=[])}) == 2
    assert one != CorsPolicy(allowed_origins=[SHOP])
    assert one != CorsPolicy(allowed_origins=[SHOP], allow_methods=["POST"])
    assert CorsPolicy(preflight_max_age=None) != CorsPolicy()
    assert one != "one"


def test_the_sentinels_survive_pickling_as_themselves():
    assert pickle.loads(pickle.dumps(INHERITED)) is INHERITED
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert (repr(INHERITED), repr(UNSET)) == ("INHERITED", "UNSET")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (NO_CORS, "NO_CORS"),
        (CorsPolicy(), "CorsPolicy()"),
        (CorsPolicy(allow_all_origins=True), "CorsPolicy(allow_all_origins=True)"),
        (
            CorsPolicy(allowed_origins=[INHERITED, SHOP], allow_credentials=True, preflight_max_age=None),
            f"CorsPolicy(allowed_origins=[INHERITED, '{SHOP}'], allow_credentials=True, preflight_max_age=None)",
        ),
        (
            CorsPolicy(allowed_origins=[f"https://{number}.example" for number in "abcdefgh"]),
            "CorsPolicy(allowed_origins=['https://a.example', 'https://b.example', 'https://c.example', … 5 more])",
        ),
        (CorsPolicy(allowed_origin_regexes=[re.compile("x+")]), "CorsPolicy(allowed_origin_regexes=['x+'])"),
        (CorsPolicy(is_origin_allowed=from_database), "CorsPolicy(is_origin_allowed=from_database)"),
        (CorsPolicy(is_origin_allowed=Test()), "CorsPolicy(is_origin_allowed=Test)"),
    ],
)
def test_a_policy_has_a_short_readable_repr(policy, expected):
    assert repr(policy) == expected


def test_using_is_a_changed_copy():
    policy = CorsPolicy(allowed_origins=[SHOP], allow_methods=["GET"], preflight_max_age=None)
    changed = policy.using(allow_methods=["GET", "POST"], expose_headers=["x-a"])
    assert changed == CorsPolicy(
        allowed_origins=[SHOP], allow_methods=["GET", "POST"], expose_headers=["x-a"], preflight_max_age=None
    )
    assert policy.allow_methods == ("GET",)
    assert policy.using(preflight_max_age=UNSET) == CorsPolicy(allowed_origins=[SHOP], allow_methods=["GET"])


def test_using_is_held_to_the_same_rules():
    with pytest.raises(CorsConfigurationError, match="cookies"):
        CorsPolicy(allow_all_origins=True).using(allow_credentials=True)
    with pytest.raises(CorsConfigurationError, match="did you mean 'allow_methods'"):
        NO_CORS.using(methods=["GET"])


def test_a_header_in_the_wrong_list_is_refused_beside_the_other_faults():
    faults, error = faults_of(
        allowed_origins=["*"],
        allow_headers=["x-a", "Access-Control-Allow-Origin", "cookie"],
        expose_headers=["origin", INHERITED, "Authorization"],
    )
    assert faults == [
        ("allowed_origins", "*", "star-alone"),
        ("allow_headers", "cookie", "forbidden-request-header"),
        ("allow_headers", "Access-Control-Allow-Origin", "response-header"),
        ("expose_headers", "origin", "request-header"),
        ("expose_headers", "Authorization", "request-header"),
    ]
    assert "'origin' is a request header; no response has it; leave it out." in str(error)


#: What responses carry, though requests do too, or though the name sounds like a request's.
EXPOSABLE = [
    *("Accept", "Accept-Encoding", "Accept-Patch", "Accept-Ranges", "Allow", "Cache-Control", "Content-Type", "Date"),
    *("ETag", "Link", "Location", "Range", "Retry-After", "Server-Timing", "Trailer", "Vary", "WWW-Authenticate"),
    *("X-CSRFToken", "Idempotency-Key", "X-Request-Id", "X-Total-Count", "Content-Disposition", "Origin-Agent-Cluster"),
    *("Authentication-Info", "Sec-WebSocket-Accept", "Access-Control-Allow-Origin", "X-Authorization", "User-Agent-X"),
]


def test_what_a_response_may_carry_can_be_exposed():
    assert CorsPolicy(expose_headers=EXPOSABLE).expose_headers == tuple(EXPOSABLE)


def test_what_a_script_may_send_can_be_allowed():
    names = ("accept", "authorization", "if-match", "range", "x-csrftoken", "etag", "location", "access-control-foo")
    assert CorsPolicy(allow_headers=names).allow_headers == names


def test_the_settings_may_list_a_header_in_the_wrong_list_and_nothing_else_that_is_wrong():
    fields = {"allow_headers": ["Access-Control-Allow-Origin"], "expose_headers": ["Authorization"]}
    policy = CorsPolicy.of_settings(**fields)
    assert (policy.allow_headers, policy.expose_headers) == (("Access-Control-Allow-Origin",), ("Authorization",))
    assert pickle.loads(pickle.dumps(policy)) == policy
    with pytest.raises(CorsConfigurationError) as caught:
        CorsPolicy.of_settings(**fields, allow_methods=["get"], headers=["x-a"])
    assert [fault.reason for fault in caught.value.faults] == ["unknown-field", "method-case"]


@pytest.mark.parametrize(
    ("policy", "is_off", "sets_origins", "extends_origins"),
    [
        (NO_CORS, True, True, False),
        (CorsPolicy(allowed_origins=[]), True, True, False),
        (CorsPolicy(allow_all_origins=False), True, True, False),
        (CorsPolicy(allowed_origin_regexes=[]), True, True, False),
        (NO_CORS.using(expose_headers=["x-a"]), True, True, False),
        (CorsPolicy(), False, False, False),
        (CorsPolicy(allow_credentials=False), False, False, False),
        (CorsPolicy(allow_methods=[]), False, False, False),
        (CorsPolicy(allowed_origins=[SHOP]), False, True, False),
        (CorsPolicy(allowed_origins=[INHERITED]), False, True, True),
        (CorsPolicy(allowed_origin_regexes=["x"]), False, True, False),
        (CorsPolicy(allow_all_origins=True), False, True, False),
        (CorsPolicy(is_origin_allowed=from_database), False, True, False),
    ],
)
def test_what_a_policy_says_of_who(policy, is_off, sets_origins, extends_origins):
    assert (policy.is_off, policy.sets_origins, policy.extends_origins) == (is_off, sets_origins, extends_origins)


# Names that people really have; `idna` is the oracle, UTS 46 as browsers use it.
NAMES = [
    "straße.de",
    "STRASSE.de",
    "fußball.example",
    "faß.de",
    "ẞ.de",
    "bücher.example",
    "BÜCHER.example",
    "müller.example",
    "日本.jp",
    "例え。テスト",
    "한국.kr",
    "中国\uff0ecn",
    "Ελλάδα.gr",
    "ΕΛΛΆΔΑ.gr",
    "οδός.gr",
    "Οδός.gr",
    "пример.рф",
    "Пример.РФ",
    "مثال.إختبار",
    "उदाहरण.परीक्षा",
    "نامه\u200c\u0627ی.com",
    "İstanbul.com",
    "\u0131stanbul.com",
    "café.fr",
    "cafe\u0301.fr",
    "\uff45xampl\uff45.com",
    "ﬁre.com",
    "Åse.no",
    "œuvre.fr",
    "ñandú.cl",
    "xn--bcher-kva.münchen.de",
    "a\u00adb.com",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_suggested_punycode_is_what_browsers_send(name):
    expected = idna.encode(name, uts46=True).decode("ascii")
    assert ascii_host(name) == expected
    faults, error = faults_of(allowed_origins=[f"https://{name}:8443"])
    if name.isascii():
        assert [reason for *_, reason in faults] == ["upper-case"]
    else:
        assert "non-ascii-host" in [reason for *_, reason in faults]
    assert error.faults[-1].remedy == f"write 'https://{expected}:8443'"


@pytest.mark.parametrize("name", ["ΟΔΟΣ", "ΟΔΟΣ-ΦΩΣ.gr"])
def test_capitals_know_no_final_sigma(name):
    assert ascii_host(name) == idna.encode(name, uts46=True).decode("ascii")


@pytest.mark.parametrize(
    ("field", "joined", "suggested"),
    [
        ("allow_methods", "GET POST", "'GET', 'POST'"),
        ("allow_methods", "get, patch", "'GET', 'patch'"),
        ("allow_methods", "connect get", "'GET'"),
        ("allow_headers", "x-a, origin", "'x-a'"),
        ("allow_headers", "x-a,x-b", "'x-a', 'x-b'"),
        ("expose_headers", "x-a set-cookie", "'x-a'"),
    ],
)
def test_names_that_are_suggested_for_joined_ones_are_accepted(field, joined, suggested):
    with pytest.raises(CorsConfigurationError) as caught:
        CorsPolicy(**{field: [joined]})
    (fault,) = caught.value.faults
    assert fault.remedy == f"write {suggested}"
    CorsPolicy(**{field: suggested.replace("'", "").split(", ")})
