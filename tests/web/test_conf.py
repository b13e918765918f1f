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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("allowed_origins", ()),
        ("allowed_origin_regexes", ()),
        ("allow_all_origins", False),
        ("allow_credentials", False),
        ("allow_methods", default_methods),
        ("allow_headers", default_headers),
        ("expose_headers", ()),
        ("preflight_max_age", default_preflight_max_age),
    ],
)
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


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), (False, False), ([SHOP], (SHOP,)), ([], False)], ids=repr
)
def test_credentials(value, expected, settings):
    settings.CORS_ALLOWED_ORIGINS = [SHOP, ADMIN]
    settings.CORS_ALLOW_CREDENTIALS = value
    policy = covered()
    assert policy.allow_credentials == expected
    assert str(policy.sources["allow_credentials"]) == "settings.CORS_ALLOW_CREDENTIALS"


@pytest.mark.parametrize(
    ("newer", "older", "value", "other", "field", "expected"),
    [
        ("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST", [SHOP], [ADMIN], "allowed_origins", (SHOP,)),
        (
            "CORS_ALLOWED_ORIGIN_REGEXES",
            "CORS_ORIGIN_REGEX_WHITELIST",
            [REGEX],
            ["x"],
            "allowed_origin_regexes",
            (REGEX,),
        ),
        ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL", False, True, "allow_all_origins", False),
    ],
)
def test_of_two_names_of_a_setting_the_newer_counts(newer, older, value, other, field, expected, settings):
    setattr(settings, older, other)
    setattr(settings, newer, value)
    policy = covered()
    assert getattr(policy, field) == expected
    assert str(policy.sources[field]) == f"settings.{newer}"


def test_any_origin_with_credentials_is_a_legal_site(settings):
    settings.CORS_ALLOW_ALL_ORIGINS = True
    settings.CORS_ALLOW_CREDENTIALS = True
    policy = covered()
    assert (policy.allow_all_origins, policy.allow_credentials, policy.faults) == (True, True, ())
    assert str(policy.sources["allow_credentials"]) == "settings.CORS_ALLOW_CREDENTIALS"
    assert uncovered().is_nobody


def test_inherited_over_the_default_origins_is_nobody(settings):
    settings.CORS_ALLOWED_ORIGINS = [INHERITED, SHOP]
    assert covered().allowed_origins == (SHOP,)


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


def test_any_iterable_of_headers_is_read_once(settings):
    settings.CORS_ALLOW_HEADERS = {"x-shop", "origin"}
    assert covered().allow_headers == ("x-shop",)


def test_such_names_are_dropped_from_that_setting_only(settings):
    settings.CORS_POLICIES = {"partners": {"allow_headers": ["origin"]}}
    settings.CORS_EXPOSE_HEADERS = ["set-cookie"]
    assert reasons() == [
        ("CORS_EXPOSE_HEADERS", "set-cookie", "forbidden-response-header"),
        ("CORS_POLICIES['partners']['allow_headers']", "origin", "forbidden-request-header"),
    ]


def test_a_header_in_the_wrong_list_is_sent_as_django_cors_headers_sends_it(settings, visitor):
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    settings.CORS_ALLOW_HEADERS = ["accept", "Access-Control-Allow-Origin"]
    settings.CORS_EXPOSE_HEADERS = ["Authorization", "x-total"]
    preflight = visitor.preflight("/", "GET", origin=SHOP)
    assert preflight["Access-Control-Allow-Headers"] == "accept, Access-Control-Allow-Origin"
    assert visitor.get("/", origin=SHOP)["Access-Control-Expose-Headers"] == "Authorization, x-total"


def test_in_a_named_policy_it_is_refused(settings):
    settings.CORS_POLICIES = {"partners": {"allow_headers": ["access-control-max-age"], "expose_headers": ["origin"]}}
    settings.CORS_VIEW_POLICIES = {"orders:*": {"expose_headers": ["authorization"]}}
    assert reasons() == [
        ("CORS_POLICIES['partners']['allow_headers']", "access-control-max-age", "response-header"),
        ("CORS_POLICIES['partners']['expose_headers']", "origin", "request-header"),
        ("CORS_VIEW_POLICIES['orders:*']['expose_headers']", "authorization", "request-header"),
    ]


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


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("full", ("CORS_OPENAPI", "full", "wrong-type")),
        ({"detail": "full"}, ("CORS_OPENAPI", "detail", "unknown-key")),
        ({"DETAIL": "all"}, ("CORS_OPENAPI['DETAIL']", "all", "unknown-choice")),
        ({"SOURCES": 1}, ("CORS_OPENAPI['SOURCES']", 1, "unknown-choice")),
        ({"DETAIL": []}, ("CORS_OPENAPI['DETAIL']", [], "unknown-choice")),
        ({"RESPONSE_HEADERS": 1}, ("CORS_OPENAPI['RESPONSE_HEADERS']", 1, "unknown-choice")),
        ({"DESCRIPTION": "short"}, ("CORS_OPENAPI['DESCRIPTION']", "short", "unknown-choice")),
        ({"REDOC_BADGES": None}, ("CORS_OPENAPI['REDOC_BADGES']", None, "unknown-choice")),
    ],
    ids=repr,
)
def test_what_the_schema_cannot_tell_is_refused(value, expected, settings):
    settings.CORS_OPENAPI = value
    assert reasons() == [expected]


@pytest.mark.parametrize("key", ["RESPONSE_HEADERS", "DESCRIPTION", "REDOC_BADGES"])
def test_only_how_much_is_told_may_hang_on_the_request(key, settings):
    settings.CORS_OPENAPI = {key: anybody}
    assert reasons() == [(f"CORS_OPENAPI[{key!r}]", anybody, "unknown-choice")]


def test_further_urlconfs_are_names_of_modules(settings):
    assert conf.load().urlconfs == ()
    settings.CORS_URLCONFS = ["no.such.module", "project.tenant_urls"]
    assert conf.load().urlconfs == ("no.such.module", "project.tenant_urls")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("project.urls", [("project.urls", "not-a-list")]),
        (None, [(None, "wrong-type")]),
        (b"project.urls", [(b"project.urls", "wrong-type")]),
        ({"api": "project.urls"}, [({"api": "project.urls"}, "wrong-type")]),
        (["", 3, "project.urls"], [("", "empty-string"), (3, "not-a-string")]),
    ],
    ids=repr,
)
def test_further_urlconfs_that_are_no_names_are_refused(value, expected, settings):
    settings.CORS_URLCONFS = value
    assert reasons() == [("CORS_URLCONFS", culprit, reason) for culprit, reason in expected]
    with pytest.raises(CorsConfigurationError, match=re.escape("write CORS_URLCONFS = ['project.tenant_urls']")):
        conf.load()


# --- Faults: setting, value, what is at fault, where, reason, words of the message

WRONG = [
    (
        "CORS_ALLOWED_ORIGINS",
        SHOP,
        SHOP,
        "CORS_ALLOWED_ORIGINS",
        "not-a-list",
        f"write CORS_ALLOWED_ORIGINS = ['{SHOP}']",
    ),
    ("CORS_ALLOWED_ORIGINS", "*", "*", "CORS_ALLOWED_ORIGINS", "not-a-list", "write CORS_ALLOW_ALL_ORIGINS = True"),
    ("CORS_ALLOWED_ORIGINS", ["*"], "*", "CORS_ALLOWED_ORIGINS", "star-alone", "write CORS_ALLOW_ALL_ORIGINS = True"),
    ("CORS_ALLOWED_ORIGINS", [SHOP + "/"], SHOP + "/", "CORS_ALLOWED_ORIGINS", "trailing-slash", f"write '{SHOP}'"),
    (
        "CORS_ORIGIN_WHITELIST",
        ["shop.example"],
        "shop.example",
        "CORS_ORIGIN_WHITELIST",
        "missing-scheme",
        f"write '{SHOP}'",
    ),
    ("CORS_ALLOWED_ORIGINS", None, None, "CORS_ALLOWED_ORIGINS", "wrong-type", "write CORS_ALLOWED_ORIGINS = ["),
    ("CORS_ALLOWED_ORIGIN_REGEXES", ["("], "(", "CORS_ALLOWED_ORIGIN_REGEXES", "invalid-regex", "mend it"),
    ("CORS_ORIGIN_REGEX_WHITELIST", ["("], "(", "CORS_ORIGIN_REGEX_WHITELIST", "invalid-regex", "mend it"),
    (
        "CORS_ALLOW_ALL_ORIGINS",
        "yes",
        "yes",
        "CORS_ALLOW_ALL_ORIGINS",
        "wrong-type",
        "write CORS_ALLOW_ALL_ORIGINS = False, or True",
    ),
    (
        "CORS_ORIGIN_ALLOW_ALL",
        1,
        1,
        "CORS_ORIGIN_ALLOW_ALL",
        "wrong-type",
        "write CORS_ORIGIN_ALLOW_ALL = False, or True",
    ),
    (
        "CORS_ALLOW_CREDENTIALS",
        "yes",
        "yes",
        "CORS_ALLOW_CREDENTIALS",
        "wrong-type",
        "write CORS_ALLOW_CREDENTIALS = False, True",
    ),
    (
        "CORS_ALLOW_CREDENTIALS",
        1,
        1,
        "CORS_ALLOW_CREDENTIALS",
        "wrong-type",
        "write CORS_ALLOW_CREDENTIALS = False, True",
    ),
    ("CORS_ALLOW_METHODS", ["get"], "get", "CORS_ALLOW_METHODS", "method-case", "write 'GET'"),
    ("CORS_ALLOW_METHODS", "GET", "GET", "CORS_ALLOW_METHODS", "not-a-list", "write CORS_ALLOW_METHODS = ['GET']"),
    (
        "CORS_ALLOW_HEADERS",
        "x-shop",
        "x-shop",
        "CORS_ALLOW_HEADERS",
        "not-a-list",
        "write CORS_ALLOW_HEADERS = ['x-shop']",
    ),
    ("CORS_ALLOW_HEADERS", ["x-a,x-b"], "x-a,x-b", "CORS_ALLOW_HEADERS", "invalid-token", "write 'x-a', 'x-b'"),
    ("CORS_ALLOW_HEADERS", 5, 5, "CORS_ALLOW_HEADERS", "wrong-type", "write CORS_ALLOW_HEADERS = ["),
    ("CORS_ALLOW_HEADERS", [5], 5, "CORS_ALLOW_HEADERS", "not-a-string", "write CORS_ALLOW_HEADERS = ["),
    (
        "CORS_EXPOSE_HEADERS",
        ["Set-Cookie"],
        "Set-Cookie",
        "CORS_EXPOSE_HEADERS",
        "forbidden-response-header",
        "leave it out",
    ),
    (
        "CORS_PREFLIGHT_MAX_AGE",
        "600",
        "600",
        "CORS_PREFLIGHT_MAX_AGE",
        "wrong-type",
        "write CORS_PREFLIGHT_MAX_AGE = 600 (seconds), or 0 for no header",
    ),
    (
        "CORS_PREFLIGHT_MAX_AGE",
        -1,
        -1,
        "CORS_PREFLIGHT_MAX_AGE",
        "negative-max-age",
        "write CORS_PREFLIGHT_MAX_AGE = 600 (seconds), or 0 for no header",
    ),
    (
        "CORS_PREFLIGHT_MAX_AGE",
        False,
        False,
        "CORS_PREFLIGHT_MAX_AGE",
        "wrong-type",
        "write CORS_PREFLIGHT_MAX_AGE = 600 (seconds), or 0 for no header",
    ),
    ("CORS_URLS_REGEX", "(", "(", "CORS_URLS_REGEX", "invalid-regex", "mend it"),
    ("CORS_URLS_REGEX", None, None, "CORS_URLS_REGEX", "wrong-type", "write CORS_URLS_REGEX = r'"),
    ("CORS_URLS_REGEX", [r"^/api/"], [r"^/api/"], "CORS_URLS_REGEX", "wrong-type", "write CORS_URLS_REGEX = r'"),
    (
        "CORS_ALLOW_PRIVATE_NETWORK",
        "yes",
        "yes",
        "CORS_ALLOW_PRIVATE_NETWORK",
        "wrong-type",
        "write CORS_ALLOW_PRIVATE_NETWORK = False, or True",
    ),
    ("CORS_POLICIES", [], [], "CORS_POLICIES", "wrong-type", "write CORS_POLICIES = {"),
    ("CORS_POLICIES", {"": NO_CORS}, "", "CORS_POLICIES", "empty-string", "write CORS_POLICIES = {"),
    ("CORS_POLICIES", {5: NO_CORS}, 5, "CORS_POLICIES", "not-a-string", "write CORS_POLICIES = {"),
    ("CORS_POLICIES", {"spa": "partners"}, "partners", "CORS_POLICIES['spa']", "wrong-type", "write CorsPolicy("),
    ("CORS_POLICIES", {"spa": None}, None, "CORS_POLICIES['spa']", "wrong-type", "write CorsPolicy("),
    ("CORS_POLICIES", {"spa": {5: 1}}, {5: 1}, "CORS_POLICIES['spa']", "wrong-type", "write CorsPolicy("),
    (
        "CORS_POLICIES",
        {"spa": {"origins": [SHOP]}},
        [SHOP],
        "CORS_POLICIES['spa']['origins']",
        "unknown-field",
        "did you mean 'allowed_origins'",
    ),
    (
        "CORS_POLICIES",
        {"spa": {"allowed_origins": "*"}},
        "*",
        "CORS_POLICIES['spa']['allowed_origins']",
        "not-a-list",
        "allow_all_origins",
    ),
    ("CORS_VIEW_POLICIES", ["shop:*"], ["shop:*"], "CORS_VIEW_POLICIES", "wrong-type", "write CORS_VIEW_POLICIES = {"),
    ("CORS_VIEW_POLICIES", {"shop:*": 5}, 5, "CORS_VIEW_POLICIES['shop:*']", "wrong-type", "write CorsPolicy("),
    (
        "CORS_VIEW_POLICIES",
        {"shop:*": {"allow_methods": ["get"]}},
        "get",
        "CORS_VIEW_POLICIES['shop:*']['allow_methods']",
        "method-case",
        "write 'GET'",
    ),
]


@pytest.mark.parametrize(("name", "value", "culprit", "where", "reason", "words"), WRONG)
def test_a_wrong_setting_is_told_by_its_name_with_its_right_form(name, value, culprit, where, reason, words, settings):
    setattr(settings, name, value)
    error = faults()
    assert [(fault.field, fault.value, fault.reason) for fault in error.faults] == [(where, culprit, reason)]
    assert f"{where}: {culprit!r}" in str(error)
    assert words in str(error)


@pytest.mark.parametrize("name", ["CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST", "CORS_URLCONFS"])
def test_an_iterator_is_refused_because_settings_are_read_again(name, settings):
    setattr(settings, name, map(str.strip, [SHOP]))
    for _ in range(2):
        assert reasons()[0][::2] == (name, "iterator")


def test_an_iterator_in_a_dict_of_fields_is_refused_too(settings):
    settings.CORS_POLICIES = {"spa": {"allowed_origins": filter(None, [SHOP])}}
    for _ in range(2):
        assert reasons()[0][::2] == ("CORS_POLICIES['spa']['allowed_origins']", "iterator")


def test_settings_that_are_wrong_together(settings):
    settings.CORS_ALLOWED_ORIGINS = ["null", SHOP]
    settings.CORS_ALLOW_CREDENTIALS = True
    settings.CORS_EXPOSE_HEADERS = ["*"]
    assert reasons() == [
        ("CORS_ALLOWED_ORIGINS", "null", "null-with-credentials"),
        ("CORS_EXPOSE_HEADERS", "*", "expose-all-with-credentials"),
    ]


def test_what_any_origin_with_credentials_still_may_not_do(settings):
    settings.CORS_ALLOW_ALL_ORIGINS = True
    settings.CORS_ALLOW_CREDENTIALS = True
    settings.CORS_ALLOWED_ORIGINS = ["null"]
    settings.CORS_EXPOSE_HEADERS = ["*"]
    assert reasons() == [
        ("CORS_ALLOWED_ORIGINS", "null", "null-with-credentials"),
        ("CORS_EXPOSE_HEADERS", "*", "expose-all-with-credentials"),
    ]


def test_a_credentialed_origin_that_the_settings_do_not_allow(settings):
    settings.CORS_ORIGIN_WHITELIST = [SHOP]
    settings.CORS_ALLOW_CREDENTIALS = [ADMIN]
    error = faults()
    assert [(fault.field, fault.reason) for fault in error.faults] == [
        ("CORS_ALLOW_CREDENTIALS", "credentialed-origin-not-allowed")
    ]


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
