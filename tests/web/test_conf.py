"""The `CORS_*` settings: names, defaults, meanings and faults; and that changing them takes effect."""

import re

import pytest
from corsheaders.defaults import default_headers as their_headers
from corsheaders.defaults import default_methods as their_methods
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory, override_settings

from drf_cors import INHERITED, NO_CORS, CorsConfigurationError, CorsPolicy, conf, resolver
from drf_cors.core.merge import merge
from drf_cors.defaults import default_headers, default_methods, default_preflight_max_age
from drf_cors.middleware import CorsMiddleware
from tests.tables import named_rows

SHOP, ADMIN = "https://shop.example", "https://admin.example"
REGEX = re.compile(r"https://pr-\d+\.example")


def covered():
    return merge(conf.load().covered)


def uncovered():
    return merge(conf.load().uncovered)


def faults():
    with pytest.raises(CorsConfigurationError) as caught:
        conf.load()
    return caught.value


def reasons():
    return [(fault.field, fault.value, fault.reason) for fault in faults().faults]


DEFAULTS = {
    "allowed_origins": (),
    "allowed_origin_regexes": (),
    "allow_all_origins": False,
    "allow_credentials": False,
    "allow_methods": default_methods,
    "allow_headers": default_headers,
    "expose_headers": (),
    "preflight_max_age": default_preflight_max_age,
}


@pytest.mark.parametrize(("field", "value"), DEFAULTS.items())
def test_the_defaults(field, value):
    for policy in (covered(), uncovered()):
        assert getattr(policy, field) == value
        assert policy.is_nobody


def test_the_defaults_are_those_of_django_cors_headers():
    assert tuple(default_methods) == tuple(their_methods)
    assert tuple(default_headers) == tuple(their_headers)
    assert default_preflight_max_age == 86400


def test_the_other_defaults():
    read = conf.load()
    assert (read.policies, read.view_policies) == ({}, {})
    assert read.allow_private_network is False
    assert read.dropped_headers == ()
    assert read.covers("/anything/")
    assert read.covers("")


SETTINGS = [
    # setting, value, field, what holds
    ("CORS_ALLOWED_ORIGINS", [SHOP, "https://*.a.example"], "allowed_origins", (SHOP, "https://*.a.example")),
    ("CORS_ALLOWED_ORIGINS", [INHERITED, SHOP], "allowed_origins", (SHOP,)),  # the default is nobody
    ("CORS_ORIGIN_WHITELIST", [SHOP], "allowed_origins", (SHOP,)),
    ("CORS_ALLOWED_ORIGIN_REGEXES", [REGEX.pattern], "allowed_origin_regexes", (REGEX,)),
    ("CORS_ALLOWED_ORIGIN_REGEXES", [REGEX], "allowed_origin_regexes", (REGEX,)),
    ("CORS_ORIGIN_REGEX_WHITELIST", (REGEX,), "allowed_origin_regexes", (REGEX,)),
    ("CORS_ALLOW_ALL_ORIGINS", True, "allow_all_origins", True),
    ("CORS_ALLOW_ALL_ORIGINS", False, "allow_all_origins", False),
    ("CORS_ORIGIN_ALLOW_ALL", True, "allow_all_origins", True),
    ("CORS_ALLOW_METHODS", ("GET", "PURGE"), "allow_methods", ("GET", "PURGE")),
    ("CORS_ALLOW_METHODS", [INHERITED, "PURGE"], "allow_methods", (*default_methods, "PURGE")),
    ("CORS_ALLOW_HEADERS", ["x-shop"], "allow_headers", ("x-shop",)),
    ("CORS_ALLOW_HEADERS", (*default_headers, "x-shop"), "allow_headers", (*default_headers, "x-shop")),
    ("CORS_ALLOW_HEADERS", [INHERITED, "x-shop"], "allow_headers", (*default_headers, "x-shop")),
    ("CORS_ALLOW_HEADERS", [], "allow_headers", ()),
    ("CORS_ALLOW_HEADERS", {"x-shop", "origin"}, "allow_headers", ("x-shop",)),  # any iterable, read once
    ("CORS_EXPOSE_HEADERS", ["x-total"], "expose_headers", ("x-total",)),
    ("CORS_EXPOSE_HEADERS", ["*"], "expose_headers", ("*",)),
    ("CORS_PREFLIGHT_MAX_AGE", 600, "preflight_max_age", 600),
    ("CORS_PREFLIGHT_MAX_AGE", 0, "preflight_max_age", None),  # no header, as in django-cors-headers
    ("CORS_PREFLIGHT_MAX_AGE", None, "preflight_max_age", None),
]


@pytest.mark.parametrize(("name", "value", "field", "expected"), SETTINGS)
def test_a_setting_is_read_and_is_the_source(name, value, field, expected, settings):
    setattr(settings, name, value)
    policy = covered()
    assert getattr(policy, field) == expected
    assert str(policy.sources[field]) == f"settings.{name}"


ORIGINS = {"CORS_ALLOWED_ORIGINS": [SHOP, ADMIN]}
ANY = {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True}
REGEXES = {"CORS_ALLOWED_ORIGIN_REGEXES": [REGEX], "CORS_ORIGIN_REGEX_WHITELIST": ["x"]}

TOGETHER = [
    # what is set, the settings, the field, what holds, the setting that is its source
    ("credentials", {**ORIGINS, "CORS_ALLOW_CREDENTIALS": True}, "allow_credentials", True, "CORS_ALLOW_CREDENTIALS"),
    ("none", {**ORIGINS, "CORS_ALLOW_CREDENTIALS": False}, "allow_credentials", False, "CORS_ALLOW_CREDENTIALS"),
    ("of one", {**ORIGINS, "CORS_ALLOW_CREDENTIALS": [SHOP]}, "allow_credentials", (SHOP,), "CORS_ALLOW_CREDENTIALS"),
    ("of no one", {**ORIGINS, "CORS_ALLOW_CREDENTIALS": []}, "allow_credentials", False, "CORS_ALLOW_CREDENTIALS"),
    ("any origin with credentials", ANY, "allow_credentials", True, "CORS_ALLOW_CREDENTIALS"),
    ("with credentials any origin", ANY, "allow_all_origins", True, "CORS_ALLOW_ALL_ORIGINS"),
    (
        "two names for origins",
        {"CORS_ALLOWED_ORIGINS": [SHOP], "CORS_ORIGIN_WHITELIST": [ADMIN]},
        "allowed_origins",
        (SHOP,),
        "CORS_ALLOWED_ORIGINS",
    ),
    ("two names for regexes", REGEXES, "allowed_origin_regexes", (REGEX,), "CORS_ALLOWED_ORIGIN_REGEXES"),
    (
        "two names for any origin",
        {"CORS_ALLOW_ALL_ORIGINS": False, "CORS_ORIGIN_ALLOW_ALL": True},
        "allow_all_origins",
        False,
        "CORS_ALLOW_ALL_ORIGINS",
    ),
]


@named_rows("values, field, expected, source", TOGETHER)
def test_settings_are_read_together(values, field, expected, source):
    with override_settings(**values):
        policy = covered()
    assert getattr(policy, field) == expected
    assert policy.faults == ()
    assert str(policy.sources[field]) == f"settings.{source}"


def test_any_origin_with_credentials_is_nobody_where_the_regex_does_not_match():
    with override_settings(**ANY):
        assert uncovered().is_nobody


def test_where_the_regex_does_not_match_layer_two_says_nobody_and_supplies_how(settings):
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    settings.CORS_ALLOW_CREDENTIALS = True
    settings.CORS_ALLOW_HEADERS = ["x-shop"]
    policy = uncovered()
    assert policy.is_nobody
    assert policy.allow_credentials is False
    assert policy.allow_headers == ("x-shop",)
    assert str(policy.who_source) == "settings.CORS_URLS_REGEX"
    assert str(policy.sources["allow_headers"]) == "settings.CORS_ALLOW_HEADERS"


@pytest.mark.parametrize("regex", [r"^/api/", re.compile(r"^/api/"), r"/api/"], ids=repr)
def test_the_regex_is_matched_at_the_start_of_the_path(regex, settings):
    settings.CORS_URLS_REGEX = regex
    read = conf.load()
    assert read.covers("/api/orders/")
    assert not read.covers("/v1/api/")
    assert not read.covers("/")


# --- What old sites list

FORBIDDEN = ["origin", "DNT", "accept-encoding", "Sec-Fetch-Mode"]


def test_request_headers_that_no_script_can_set_are_dropped_and_remembered(settings):
    settings.CORS_ALLOW_HEADERS = ["accept", *FORBIDDEN, "x-shop"]
    assert covered().allow_headers == ("accept", "x-shop")
    assert conf.load().dropped_headers == tuple(FORBIDDEN)


def test_a_header_in_the_wrong_list_is_sent_as_django_cors_headers_sends_it(settings, visitor):
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    settings.CORS_ALLOW_HEADERS = ["accept", "Access-Control-Allow-Origin"]
    settings.CORS_EXPOSE_HEADERS = ["Authorization", "x-total"]
    preflight = visitor.preflight("/", "GET", origin=SHOP)
    assert preflight["Access-Control-Allow-Headers"] == "accept, Access-Control-Allow-Origin"
    assert visitor.get("/", origin=SHOP)["Access-Control-Expose-Headers"] == "Authorization, x-total"


@pytest.mark.parametrize("origin", ["app://.", "safari-web-extension://3C9A0D1E-0B51-4C4E-9F0A-5D2B7F1C8E90", "qrc://"])
def test_the_origin_of_an_application_is_listed_and_answered(origin, settings, visitor):
    settings.CORS_ALLOWED_ORIGINS = [origin]
    settings.CORS_ALLOW_CREDENTIALS = True
    assert visitor.get("/", origin=origin)["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Origin" not in visitor.get("/", origin=origin.upper())


def test_the_advice_for_an_extension_is_written_for_settings(settings):
    settings.CORS_ALLOWED_ORIGINS = ["moz-extension://*", "https://xn--f", "http://localhost:0"]
    assert [(fault.reason, fault.remedy) for fault in faults().faults] == [
        ("wildcard-misplaced", "write CORS_ALLOWED_ORIGIN_REGEXES = [r'moz-extension://[0-9a-f-]{36}']"),
        ("invalid-punycode", "write 'https://shop.example'"),
        ("invalid-port", "write 'http://localhost'"),
    ]


# --- Policies in settings


def test_named_policies_are_policies_or_dicts_of_their_fields(settings):
    partners = CorsPolicy(allowed_origins=[SHOP])
    settings.CORS_POLICIES = {
        "partners": partners,
        "spa": {"allowed_origins": [ADMIN], "allow_credentials": True},
        "nobody": NO_CORS,
        "nothing": {},
    }
    assert conf.load().policies == {
        "partners": partners,
        "spa": CorsPolicy(allowed_origins=[ADMIN], allow_credentials=True),
        "nobody": NO_CORS,
        "nothing": CorsPolicy(),
    }


def test_view_policies_are_policies_names_or_dicts(settings):
    settings.CORS_VIEW_POLICIES = {
        "shop:orders-list": "partners",
        "shop:*": NO_CORS,
        "project.views.OrderView": {"allow_all_origins": True},
    }
    assert conf.load().view_policies == {
        "shop:orders-list": "partners",
        "shop:*": NO_CORS,
        "project.views.OrderView": CorsPolicy(allow_all_origins=True),
    }


def anybody(request):
    raise NotImplementedError


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"DETAIL": "auto"},
        {"DETAIL": "off", "SOURCES": False},
        {"DETAIL": anybody, "SOURCES": "auto"},
        {"RESPONSE_HEADERS": True, "DESCRIPTION": True, "REDOC_BADGES": True},
        {"RESPONSE_HEADERS": False, "DESCRIPTION": False, "REDOC_BADGES": False},
    ],
)
def test_what_the_schema_tells_is_read_as_it_stands(value, settings):
    settings.CORS_OPENAPI = value
    assert conf.load().openapi == value


def test_further_urlconfs_are_names_of_modules(settings):
    assert conf.load().urlconfs == ()
    settings.CORS_URLCONFS = ["no.such.module", "project.tenant_urls"]
    assert conf.load().urlconfs == ("no.such.module", "project.tenant_urls")


# --- Faults of one setting: where, the value of the setting, what is at fault, reason, words of the message

MAX_AGE_FORM = "write CORS_PREFLIGHT_MAX_AGE = 600 (seconds), or 0 for no header"
WRONG = [
    ("CORS_ALLOWED_ORIGINS", SHOP, SHOP, "not-a-list", f"write CORS_ALLOWED_ORIGINS = ['{SHOP}']"),
    ("CORS_ALLOWED_ORIGINS", "*", "*", "not-a-list", "write CORS_ALLOW_ALL_ORIGINS = True"),
    ("CORS_ALLOWED_ORIGINS", ["*"], "*", "star-alone", "write CORS_ALLOW_ALL_ORIGINS = True"),
    ("CORS_ALLOWED_ORIGINS", [SHOP + "/"], SHOP + "/", "trailing-slash", f"write '{SHOP}'"),
    ("CORS_ORIGIN_WHITELIST", ["shop.example"], "shop.example", "missing-scheme", f"write '{SHOP}'"),
    ("CORS_ALLOWED_ORIGINS", None, None, "wrong-type", "write CORS_ALLOWED_ORIGINS = ["),
    ("CORS_ALLOWED_ORIGIN_REGEXES", ["("], "(", "invalid-regex", "mend it"),
    ("CORS_ORIGIN_REGEX_WHITELIST", ["("], "(", "invalid-regex", "mend it"),
    ("CORS_ALLOW_ALL_ORIGINS", "yes", "yes", "wrong-type", "write CORS_ALLOW_ALL_ORIGINS = False, or True"),
    ("CORS_ORIGIN_ALLOW_ALL", 1, 1, "wrong-type", "write CORS_ORIGIN_ALLOW_ALL = False, or True"),
    ("CORS_ALLOW_CREDENTIALS", "yes", "yes", "wrong-type", "write CORS_ALLOW_CREDENTIALS = False, True"),
    ("CORS_ALLOW_CREDENTIALS", 1, 1, "wrong-type", "write CORS_ALLOW_CREDENTIALS = False, True"),
    ("CORS_ALLOW_METHODS", ["get"], "get", "method-case", "write 'GET'"),
    ("CORS_ALLOW_METHODS", "GET", "GET", "not-a-list", "write CORS_ALLOW_METHODS = ['GET']"),
    ("CORS_ALLOW_HEADERS", "x-shop", "x-shop", "not-a-list", "write CORS_ALLOW_HEADERS = ['x-shop']"),
    ("CORS_ALLOW_HEADERS", ["x-a,x-b"], "x-a,x-b", "invalid-token", "write 'x-a', 'x-b'"),
    ("CORS_ALLOW_HEADERS", 5, 5, "wrong-type", "write CORS_ALLOW_HEADERS = ["),
    ("CORS_ALLOW_HEADERS", [5], 5, "not-a-string", "write CORS_ALLOW_HEADERS = ["),
    ("CORS_EXPOSE_HEADERS", ["Set-Cookie"], "Set-Cookie", "forbidden-response-header", "leave it out"),
    ("CORS_PREFLIGHT_MAX_AGE", "600", "600", "wrong-type", MAX_AGE_FORM),
    ("CORS_PREFLIGHT_MAX_AGE", -1, -1, "negative-max-age", MAX_AGE_FORM),
    ("CORS_PREFLIGHT_MAX_AGE", False, False, "wrong-type", MAX_AGE_FORM),
    ("CORS_URLS_REGEX", "(", "(", "invalid-regex", "mend it"),
    ("CORS_URLS_REGEX", None, None, "wrong-type", "write CORS_URLS_REGEX = r'"),
    ("CORS_URLS_REGEX", [r"^/api/"], [r"^/api/"], "wrong-type", "write CORS_URLS_REGEX = r'"),
    ("CORS_ALLOW_PRIVATE_NETWORK", "yes", "yes", "wrong-type", "write CORS_ALLOW_PRIVATE_NETWORK = False, or True"),
    ("CORS_POLICIES", [], [], "wrong-type", "write CORS_POLICIES = {"),
    ("CORS_POLICIES", {"": NO_CORS}, "", "empty-string", "write CORS_POLICIES = {"),
    ("CORS_POLICIES", {5: NO_CORS}, 5, "not-a-string", "write CORS_POLICIES = {"),
    ("CORS_POLICIES['spa']", {"spa": "partners"}, "partners", "wrong-type", "write CorsPolicy("),
    ("CORS_POLICIES['spa']", {"spa": None}, None, "wrong-type", "write CorsPolicy("),
    ("CORS_POLICIES['spa']", {"spa": {5: 1}}, {5: 1}, "wrong-type", "write CorsPolicy("),
    (
        "CORS_POLICIES['spa']['origins']",
        {"spa": {"origins": [SHOP]}},
        [SHOP],
        "unknown-field",
        "did you mean 'allowed_origins'",
    ),
    (
        "CORS_POLICIES['spa']['allowed_origins']",
        {"spa": {"allowed_origins": "*"}},
        "*",
        "not-a-list",
        "allow_all_origins",
    ),
    ("CORS_VIEW_POLICIES", ["shop:*"], ["shop:*"], "wrong-type", "write CORS_VIEW_POLICIES = {"),
    ("CORS_VIEW_POLICIES['shop:*']", {"shop:*": 5}, 5, "wrong-type", "write CorsPolicy("),
    (
        "CORS_VIEW_POLICIES['shop:*']['allow_methods']",
        {"shop:*": {"allow_methods": ["get"]}},
        "get",
        "method-case",
        "write 'GET'",
    ),
    *(
        ("CORS_URLCONFS", value, value, reason, "write CORS_URLCONFS = ['project.tenant_urls']")
        for value, reason in [
            ("project.urls", "not-a-list"),
            (None, "wrong-type"),
            (b"project.urls", "wrong-type"),
            ({"api": "project.urls"}, "wrong-type"),
        ]
    ),
    ("CORS_URLCONFS", ["", "project.urls"], "", "empty-string", "write CORS_URLCONFS = ['project.tenant_urls']"),
    ("CORS_URLCONFS", [3, "project.urls"], 3, "not-a-string", "write CORS_URLCONFS = ['project.tenant_urls']"),
    ("CORS_OPENAPI", "full", "full", "wrong-type", "write CORS_OPENAPI = {'DETAIL': 'summary'}"),
    ("CORS_OPENAPI", {"detail": "full"}, "detail", "unknown-key", "the keys are 'DETAIL', 'SOURCES'"),
    ("CORS_OPENAPI['DETAIL']", {"DETAIL": "all"}, "all", "unknown-choice", "'auto', 'full', 'summary', 'off'"),
    ("CORS_OPENAPI['DETAIL']", {"DETAIL": []}, [], "unknown-choice", "'auto', 'full', 'summary', 'off'"),
    ("CORS_OPENAPI['SOURCES']", {"SOURCES": 1}, 1, "unknown-choice", "'auto', True, False, or a callable(request)"),
    *(
        (f"CORS_OPENAPI[{key!r}]", {key: value}, value, "unknown-choice", "write one of False, True")
        for key, value in [
            ("RESPONSE_HEADERS", 1),
            ("DESCRIPTION", "short"),
            ("REDOC_BADGES", None),
            ("RESPONSE_HEADERS", anybody),  # these three do not depend on the request
            ("DESCRIPTION", anybody),
            ("REDOC_BADGES", anybody),
        ]
    ),
]


@pytest.mark.parametrize(("where", "value", "culprit", "reason", "words"), WRONG)
def test_a_wrong_setting_is_reported_by_its_name_with_its_right_form(where, value, culprit, reason, words, settings):
    setattr(settings, where.partition("[")[0], value)
    assert reasons() == [(where, culprit, reason)]
    assert f"{where}: {culprit!r}" in str(faults())
    assert words in str(faults())


ITERATOR = map(str.strip, [SHOP])
NULL_WITH_CREDENTIALS = [
    ("CORS_ALLOWED_ORIGINS", "null", "null-with-credentials"),
    ("CORS_EXPOSE_HEADERS", "*", "expose-all-with-credentials"),
]

# --- Several faults, or settings that are wrong together: the settings; where, what is at fault, reason

FAULTS = [
    (
        "names of headers are dropped from one setting only",
        {"CORS_POLICIES": {"partners": {"allow_headers": ["origin"]}}, "CORS_EXPOSE_HEADERS": ["set-cookie"]},
        [
            ("CORS_EXPOSE_HEADERS", "set-cookie", "forbidden-response-header"),
            ("CORS_POLICIES['partners']['allow_headers']", "origin", "forbidden-request-header"),
        ],
    ),
    (
        "a header in the wrong list of a named policy",
        {
            "CORS_POLICIES": {"partners": {"allow_headers": ["access-control-max-age"], "expose_headers": ["origin"]}},
            "CORS_VIEW_POLICIES": {"orders:*": {"expose_headers": ["authorization"]}},
        },
        [
            ("CORS_POLICIES['partners']['allow_headers']", "access-control-max-age", "response-header"),
            ("CORS_POLICIES['partners']['expose_headers']", "origin", "request-header"),
            ("CORS_VIEW_POLICIES['orders:*']['expose_headers']", "authorization", "request-header"),
        ],
    ),
    (
        "an empty name and a number",
        {"CORS_URLCONFS": ["", 3, "project.urls"]},
        [("CORS_URLCONFS", "", "empty-string"), ("CORS_URLCONFS", 3, "not-a-string")],
    ),
    (
        "null and a star with credentials",
        {
            "CORS_ALLOWED_ORIGINS": ["null", SHOP],
            "CORS_ALLOW_CREDENTIALS": True,
            "CORS_EXPOSE_HEADERS": ["*"],
        },
        NULL_WITH_CREDENTIALS,
    ),
    (
        "and where any origin is allowed",
        {**ANY, "CORS_ALLOWED_ORIGINS": ["null"], "CORS_EXPOSE_HEADERS": ["*"]},
        NULL_WITH_CREDENTIALS,
    ),
    (
        "credentials for an origin that is not allowed",
        {"CORS_ORIGIN_WHITELIST": [SHOP], "CORS_ALLOW_CREDENTIALS": [ADMIN]},
        [("CORS_ALLOW_CREDENTIALS", ADMIN, "credentialed-origin-not-allowed")],
    ),
    *(
        (f"an iterator in {name}", {name: ITERATOR}, [(name, ITERATOR, "iterator")])
        for name in ("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST", "CORS_URLCONFS")
    ),
    (
        "an iterator in a dict of fields",
        {"CORS_POLICIES": {"spa": {"allowed_origins": ITERATOR}}},
        [("CORS_POLICIES['spa']['allowed_origins']", ITERATOR, "iterator")],
    ),
]


@named_rows("values, expected", FAULTS)
def test_faults_of_settings(values, expected):
    for _ in range(2):  # settings are read again, which an iterator is not
        with override_settings(**values):
            assert reasons() == expected


def test_every_fault_of_every_setting_is_told_at_once(settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://*.com", SHOP + "/"]
    settings.CORS_ALLOW_METHODS = ["TRACE"]
    settings.CORS_ALLOW_HEADERS = ["x:"]
    settings.CORS_PREFLIGHT_MAX_AGE = "one day"
    settings.CORS_URLS_REGEX = "["
    settings.CORS_ALLOW_PRIVATE_NETWORK = None
    settings.CORS_POLICIES = {"spa": {"allow_methods": ["put"]}}
    settings.CORS_VIEW_POLICIES = {"shop:*": []}
    error = faults()
    assert {fault.field for fault in error.faults} == {
        "CORS_ALLOWED_ORIGINS",
        "CORS_ALLOW_METHODS",
        "CORS_ALLOW_HEADERS",
        "CORS_PREFLIGHT_MAX_AGE",
        "CORS_URLS_REGEX",
        "CORS_ALLOW_PRIVATE_NETWORK",
        "CORS_POLICIES['spa']['allow_methods']",
        "CORS_VIEW_POLICIES['shop:*']",
    }
    assert len(error.faults) == 9
    assert str(error).startswith("9 faults in the CORS settings:\n")
    assert str(error).count("\n") == 9


# --- Taking effect


def test_bad_settings_raise_when_the_middleware_is_built():
    with (
        override_settings(CORS_ALLOWED_ORIGINS="*"),
        pytest.raises(CorsConfigurationError, match="CORS_ALLOWED_ORIGINS"),
    ):
        CorsMiddleware(lambda request: HttpResponse())
    CorsMiddleware(lambda request: HttpResponse())


def test_the_error_is_one_that_django_reports():
    with override_settings(CORS_ALLOWED_ORIGINS=[SHOP + "/"]), pytest.raises(ImproperlyConfigured):
        resolver.current()


def test_changed_settings_take_effect_at_once():
    middleware = CorsMiddleware(lambda request: HttpResponse())

    def allowed():
        request = RequestFactory().get("/nowhere/", headers={"origin": SHOP})
        return middleware(request).headers.get("access-control-allow-origin")

    assert allowed() is None
    with override_settings(CORS_ALLOWED_ORIGINS=[SHOP]):
        assert allowed() == SHOP
        with override_settings(CORS_URLS_REGEX=r"^/api/"):
            assert allowed() is None
        with override_settings(CORS_ALLOW_ALL_ORIGINS=True):
            assert allowed() == "*"
        assert allowed() == SHOP
    assert allowed() is None


def test_the_resolver_is_kept_while_settings_stay():
    assert resolver.current() is resolver.current()
    before = resolver.current()
    with override_settings(CORS_ALLOWED_ORIGINS=[SHOP]):
        assert resolver.current() is not before


def test_a_request_reads_no_settings(settings, monkeypatch):
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    middleware = CorsMiddleware(lambda request: HttpResponse())
    monkeypatch.setattr(conf, "load", lambda: pytest.fail("settings are read on a request"))
    request = RequestFactory().get("/nowhere/", headers={"origin": SHOP})
    assert middleware(request).headers["access-control-allow-origin"] == SHOP
