"""`manage.py check`: settings, middleware and broken projects; every id by itself and through the command."""

from __future__ import annotations

import io

import pytest
from django.conf import settings as django_settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.middleware.common import CommonMiddleware
from django.test import Client, override_settings
from django.urls import include, path
from django.views import View
from rest_framework import viewsets
from rest_framework.views import APIView

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, conf, cors
from drf_cors.checks import check_middleware, check_settings, check_views
from drf_cors.checks.middleware import OURS, THEIRS
from drf_cors.conf import KNOWN_SETTINGS
from drf_cors.core.errors import CorsConfigurationError
from drf_cors.signals import check_request_enabled
from tests.tables import named_rows

SHOP = CorsPolicy(allowed_origins=["https://shop.example"])


class OrderViewSet(CorsPolicyMixin, viewsets.ViewSet):
    cors_policy = SHOP
    cors_action_policies = {"lsit": NO_CORS}

    def list(self, request):
        raise NotImplementedError


class Sure(OrderViewSet):
    cors_action_policies = {"list": NO_CORS}

    @cors(SHOP)
    def list(self, request):
        raise NotImplementedError


@cors(allowed_origins=["https://shop.example"])
def fine(request):
    raise NotImplementedError


@cors("partnres")
def misspelled(request):
    raise NotImplementedError


class NoPolicy(View):
    cors_policy = {"allow_all_origins": True}

    def get(self, request):
        raise NotImplementedError


@cors(allow_credentials=True)
def credentials_only(request):
    raise NotImplementedError


INFO = "drf_cors.I"


@cors(SHOP)
@cors(allow_all_origins=True)
def twice(request):
    raise NotImplementedError


class Urls:
    def __init__(self, *patterns):
        self.urlpatterns = list(patterns)


def ids(messages):
    return sorted({message.id for message in messages})


def printed(**options):
    """What the command prints. It is silent about nothing but what is not there."""
    written = io.StringIO()
    call_command("check", fail_level="CRITICAL", stdout=written, stderr=written, no_color=True, **options)
    return written.getvalue()


@named_rows(
    "settings, urlpatterns, expected, said",
    [
        ("nothing is wrong", {}, [path("fine", fine)], [], ""),
        (
            "a setting is wrong",
            {"CORS_ALLOWED_ORIGINS": ["https://shop.example/"]},
            [],
            ["drf_cors.E001"],
            "CORS_ALLOWED_ORIGINS: 'https://shop.example/' ends with a slash",
        ),
        *(
            (
                f"{key} of CORS_OPENAPI is wrong",
                {"CORS_OPENAPI": {key: wrong}},
                [],
                ["drf_cors.E001"],
                f"CORS_OPENAPI[{key!r}]: {wrong!r} is not one of the choices; write one of {choices}",
            )
            for key, wrong, choices in [
                ("DETAIL", "all", "'auto', 'full', 'summary', 'off', or a callable(request)"),
                ("SOURCES", "yes", "'auto', True, False, or a callable(request)"),
                ("RESPONSE_HEADERS", "yes", "False, True."),
                ("DESCRIPTION", 1, "False, True."),
                ("REDOC_BADGES", ["any"], "False, True."),
            ]
        ),
        (
            "a key that CORS_OPENAPI does not have",
            {"CORS_OPENAPI": {"BADGES": True}},
            [],
            ["drf_cors.E001"],
            "CORS_OPENAPI: 'BADGES' is not a key of this setting; the keys are 'DETAIL', 'SOURCES', 'RESPONSE_HEADERS'",
        ),
        (
            "a header that scripts cannot set",
            {"CORS_ALLOW_HEADERS": ["content-type", "dnt"]},
            [],
            ["drf_cors.W001"],
            "CORS_ALLOW_HEADERS lists 'dnt', which no script can set",
        ),
        (
            "an unknown policy name",
            {},
            [path("misspelled", misspelled)],
            ["drf_cors.E010"],
            "misspelled: cors_policy: 'partnres' is not the name of a policy",
        ),
        (
            "a dict that is no policy",
            {},
            [path("dict", NoPolicy.as_view())],
            ["drf_cors.E010"],
            "NoPolicy: cors_policy: {'allow_all_origins': True} has the wrong type. Declared by NoPolicy.cors_policy.",
        ),
        (
            "a fault that only the merge makes",
            {"CORS_ALLOW_ALL_ORIGINS": True},
            [path("credentials", credentials_only)],
            ["drf_cors.E003"],
            "credentials_only: allow_credentials: True would let every site on the web act",
        ),
        (
            "two declarations in one layer",
            {},
            [path("sure", Sure.as_view({"get": "list"}))],
            ["drf_cors.E004", "drf_cors.E005"],
            "Sure: Sure.cors_action_policies['list'] and @cors on Sure.list are declared at the same level. Only",
        ),
        (
            "the same declaration twice",
            {},
            [path("twice", twice)],
            ["drf_cors.E004"],
            "twice: @cors on twice is declared 2 times at the same level. Only one applies",
        ),
        (
            "a key that is no action",
            {},
            [
                path("orders", OrderViewSet.as_view({"get": "list"})),
                path("again", OrderViewSet.as_view({"get": "list"})),
            ],
            ["drf_cors.E005"],
            "OrderViewSet.cors_action_policies['lsit']: 'lsit' is reached by no route",
        ),
        (
            "a key that matches nothing",
            {"CORS_VIEW_POLICIES": {"orders:list": SHOP, "fine": SHOP}},
            [path("fine", fine, name="fine")],
            ["drf_cors.E006"],
            "CORS_VIEW_POLICIES['orders:list'] matches no view",
        ),
        (
            "keys that match, but less exactly than another",
            {"CORS_VIEW_POLICIES": {f"{__name__}.fine": SHOP, "shop:*": SHOP, "shop:fine": SHOP}},
            [path("", include(([path("fine", fine, name="fine")], "shop")))],
            [],
            "",
        ),
    ],
)
def test_check(settings, urlpatterns, expected, said):
    with override_settings(**settings, ROOT_URLCONF=Urls(*urlpatterns)):
        messages = [message for message in [*check_settings(), *check_views()] if not message.id.startswith(INFO)]
        assert ids(messages) == expected
        assert all(message.hint for message in messages)
        assert said in "\n".join(message.msg for message in messages)
        assert len({message.msg for message in messages}) == len(messages)
        assert all(identifier in printed() for identifier in expected)
        if any(identifier.startswith("drf_cors.E") for identifier in expected):
            with pytest.raises(SystemCheckError, match=expected[0]):
                call_command("check")


def test_what_checks_tell_is_logged_by_requests_alone(caplog):
    with override_settings(ROOT_URLCONF=Urls(path("misspelled", misspelled))):
        assert ids(check_views()) == ["drf_cors.E010"]
        assert caplog.messages == []
        for _ in range(2):
            with pytest.raises(NotImplementedError):
                Client().get("/misspelled")
        assert sum("misspelled: nobody is allowed" in message for message in caplog.messages) == 1


# --- Settings -----------------------------------------------------------------------------------


@named_rows(
    "settings, said, hint",
    [
        ("a tuple that is none", {"CORS_ALLOW_METHODS": ("GET")}, "is one string", "a tuple of one needs a comma"),
        (
            "an environment variable that is not split",
            {"CORS_ALLOWED_ORIGINS": "https://a.example,https://b.example"},
            "is one string",
            "Write CORS_ALLOWED_ORIGINS = ['https://a.example', 'https://b.example']",
        ),
        *(
            (
                f"an empty variable, split: {name}",
                {name: [""]},
                f"{name}: '' is empty",
                "Leave it out. ''.split(',')",
            )
            for name in (
                "CORS_ALLOWED_ORIGINS",
                "CORS_ALLOWED_ORIGIN_REGEXES",
                "CORS_ALLOW_METHODS",
                "CORS_ALLOW_HEADERS",
                "CORS_EXPOSE_HEADERS",
            )
        ),
        (
            "a missing comma",
            {"CORS_ALLOWED_ORIGINS": ["https://a.examplehttps://b.example"]},
            "and a comma between them",
            "If the comma between two strings is missing",
        ),
        (
            "a regular expression",
            {"CORS_ALLOWED_ORIGINS": r"^https://\w+\.shop\.example$"},
            "is one string",
            "A regular expression belongs in CORS_ALLOWED_ORIGIN_REGEXES",
        ),
        (
            "a regular expression in the list",
            {"CORS_ORIGIN_WHITELIST": [r"https://pr-.+.shop.example"]},
            "has a host that no browser would send",
            "A regular expression belongs in CORS_ALLOWED_ORIGIN_REGEXES",
        ),
        (
            "a string for a bool or a list",
            {"CORS_ALLOW_CREDENTIALS": "True"},
            "has the wrong type",
            "An environment variable",
        ),
        ("a string for a bool", {"CORS_ALLOW_ALL_ORIGINS": "no"}, "has the wrong type", "An environment variable"),
        (
            "a string for a number",
            {"CORS_PREFLIGHT_MAX_AGE": "600"},
            "has the wrong type",
            "An environment variable",
        ),
        (
            "a variable that is not set",
            {"CORS_ALLOWED_ORIGINS": None},
            "has the wrong type",
            "leave the setting out",
        ),
        ("a number for a list", {"CORS_ALLOWED_ORIGINS": 7}, "has the wrong type", "Write CORS_ALLOWED_ORIGINS"),
        (
            "an iterator",
            {"CORS_ALLOWED_ORIGINS": filter(None, ["https://shop.example"])},
            "can be read only once",
            "Put list(...) around it. map(), filter()",
        ),
        ("a policy without a name", {"CORS_POLICIES": {"": SHOP}}, "'' is empty", "Write CORS_POLICIES = {"),
    ],
)
def test_a_wrong_setting_is_told_with_its_likely_cause(settings, said, hint):
    with override_settings(**settings):
        (message,) = check_settings()
        assert message.id == "drf_cors.E001"
        assert said in message.msg
        assert hint in message.hint
        assert "drf_cors.E001" in printed()


class Unspeakable:
    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize("name", KNOWN_SETTINGS)
@named_rows("value", {"no repr": Unspeakable(), "text": "x" * 100_000, "a key": {"x" * 100_000: 1}})
def test_a_value_that_cannot_be_shown_does_not_hide_the_fault(name, value):
    with override_settings(**{name: value}):
        messages = check_settings()
    assert all(len(message.msg) + len(message.hint) < 3000 for message in messages)
    assert messages or isinstance(value, str)  # a long regular expression is one


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CORS_POLICY", "CORS_POLICIES"),
        ("CORS_MAX_AGE", "CORS_PREFLIGHT_MAX_AGE"),
        ("CORS_ALLOW_ALL", "CORS_ALLOW_ALL_ORIGINS"),
        ("CORS_METHODS", "CORS_ALLOW_METHODS"),
        ("CORS_ORIGIN", "CORS_ALLOWED_ORIGINS"),
        ("CORS_SUPPORTS_CREDENTIALS", "CORS_ALLOW_CREDENTIALS"),
        ("CORS_ORIGINS", "CORS_ALLOWED_ORIGINS"),
        ("CORS_WHITELIST", "CORS_ALLOWED_ORIGINS"),
        ("CORS_ALLOW_ORIGINS", "CORS_ALLOWED_ORIGINS"),
        ("CORS_ALLOWED_HEADERS", "CORS_ALLOW_HEADERS"),
        ("CORS_ALLOWED_ORIGINS_REGEX", "CORS_ALLOWED_ORIGIN_REGEXES"),
        ("CORS_URL_REGEX", "CORS_URLS_REGEX"),
        ("CORS_EXPOSED_HEADERS", "CORS_EXPOSE_HEADERS"),
        ("CORS_VIEW_POLICY", "CORS_VIEW_POLICIES"),
    ],
)
def test_a_setting_that_nobody_reads_but_looks_like_one(name, meant):
    with override_settings(**{name: ["https://shop.example"]}):
        (message,) = check_settings()
        assert (message.id, message.hint) == ("drf_cors.W002", f"Did you mean {meant}?")
        assert "drf_cors.W002" in printed()


def test_a_list_of_the_projects_own_may_have_a_name_of_another_library():
    with override_settings(CORS_ORIGINS=["https://shop.example"], CORS_ALLOWED_ORIGINS=["https://shop.example"]):
        assert check_settings() == []


@pytest.mark.parametrize("name", ["CORS_ANYWHERE_URL", "CORS_MODEL", "CORS_ALLOW_HEADERS_EXTRA", "CORSICA"])
def test_settings_of_other_apps_are_their_own(name):
    with override_settings(CORS_ALLOW_HEADERS=["accept"], **{name: "something"}):
        assert check_settings() == []


def test_the_names_of_django_cors_headers_are_known():
    theirs = pytest.importorskip("corsheaders.conf").Settings
    assert {name for name in dir(theirs) if name.startswith("CORS_")} <= set(KNOWN_SETTINGS)


@named_rows(
    "settings, said",
    [
        ("methods", {"CORS_ALLOW_METHODS": ["GETPOST"]}, "settings.CORS_ALLOW_METHODS: 'GETPOST'"),
        (
            "request headers",
            {"CORS_ALLOW_HEADERS": ["accept", "content-typex-csrftoken"]},
            "'content-typex-csrftoken' in allow_headers",
        ),
        (
            "a request header of the project",
            {"CORS_ALLOW_HEADERS": ["content-typex-foo"]},
            "'content-typex-foo' in allow_headers",
        ),
        *(
            (
                f"regexes: {text}",
                {"CORS_ALLOWED_ORIGIN_REGEXES": [text]},
                "looks like two regular expressions with a missing comma",
            )
            for text in (
                r"https://a\.examplehttps://b\.example",
                r"^https://a\.example$^https?://b\.example$",
                r"https://[a-z]+https:\/\/b\.example",
            )
        ),
        ("response headers", {"CORS_EXPOSE_HEADERS": ["LinkX-Total-Count"]}, "'LinkX-Total-Count'"),
    ],
)
def test_two_names_without_a_comma(settings, said):
    with override_settings(**settings, ROOT_URLCONF=Urls(path("fine", fine))):
        (message,) = [*check_settings(), *check_views()]
        assert message.id == "drf_cors.W003"
        assert said in message.msg
        assert "drf_cors.W003" in printed()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Access-Control-Allow-Origin", "with a value from CORS_ALLOWED_ORIGINS."),
        ("access-control-max-age", "with a value from CORS_PREFLIGHT_MAX_AGE."),
        ("Access-Control-Allow-Private-Network", "with a value from CORS_ALLOW_PRIVATE_NETWORK."),
    ],
)
def test_a_response_header_among_the_request_headers(name, hint):
    with override_settings(CORS_ALLOW_HEADERS=["accept", name], ROOT_URLCONF=Urls(path("fine", fine))):
        (message,) = [*check_settings(), *check_views()]
        assert message.id == "drf_cors.W025"
        assert message.msg == f"settings.CORS_ALLOW_HEADERS lists {name!r}, which is a response header of CORS."
        assert hint in message.hint
        assert "drf_cors.W025" in printed()


@named_rows(
    "name, allowed, hint",
    {
        "one that is not allowed": (
            "Authorization",
            ["accept"],
            "Remove it. List it in CORS_ALLOW_HEADERS if scripts send it.",
        ),
        "one that is allowed": ("Authorization", ["authorization"], "Remove it."),
        "one that an asterisk does not include": (
            "Authorization",
            ["*"],
            "Remove it. List it in CORS_ALLOW_HEADERS if scripts send it.",
        ),
        "one that no script can set": ("Origin", ["accept"], "Remove it."),
    },
)
def test_a_request_header_among_the_response_headers(name, allowed, hint):
    with override_settings(
        CORS_EXPOSE_HEADERS=["x-total", name], CORS_ALLOW_HEADERS=allowed, ROOT_URLCONF=Urls(path("fine", fine))
    ):
        (message,) = [*check_settings(), *check_views()]
        assert message.id == "drf_cors.W026"
        assert message.msg == (
            f"settings.CORS_EXPOSE_HEADERS lists {name!r}, which is a request header. No response has it."
        )
        assert message.hint == hint
        assert "drf_cors.W026" in printed()


ODD = [
    ("allow_methods", ["GET", "patch"], "drf_cors.W027", "'patch' in allow_methods is not the method PATCH"),
    ("allow_methods", ["Patch"], "drf_cors.W027", "'Patch' in allow_methods is not the method PATCH"),
    ("allow_methods", ["query"], "drf_cors.W027", "'query' in allow_methods is not the method QUERY"),
    ("allowed_origins", ["null"], "drf_cors.W028", "'null' in allowed_origins is not one site"),
    ("allowed_origins", ["file://"], "drf_cors.W028", "'file://' in allowed_origins is not one site"),
    ("allowed_origins", ["https://a.example."], "drf_cors.W029", "not the origin 'https://a.example'"),
    ("allowed_origins", ["https://*.a.example.:*"], "drf_cors.W029", "not the origin 'https://*.a.example:*'"),
    (
        "allowed_origins",
        ["http://localhost.:80800"[:-1]],
        "drf_cors.W029",
        "not the origin 'http://localhost:8080'",
    ),
    ("allowed_origins", ["wss://a.example"], "drf_cors.W030", "'wss://a.example' in allowed_origins is never sent"),
    ("allowed_origins", ["ws://a.example:1"], "drf_cors.W030", "no page has the scheme 'ws'"),
    ("allowed_origins", ["ftp://a.example"], "drf_cors.W030", "no page has the scheme 'ftp'"),
    ("allowed_origins", ["https://a.invalid."], "drf_cors.W030", "no site can have a name under 'invalid'"),
]


@pytest.mark.parametrize(("field", "value", "identifier", "said"), ODD)
def test_what_is_valid_and_hardly_meant(field, value, identifier, said):
    setting = {"allowed_origins": "CORS_ALLOWED_ORIGINS", "allow_methods": "CORS_ALLOW_METHODS"}[field]
    with override_settings(**{setting: value}, ROOT_URLCONF=Urls(path("fine", fine))):
        (message,) = [found for found in [*check_settings(), *check_views()] if not found.id.startswith(INFO)]
        assert (message.id, message.msg.startswith(f"settings.{setting}: ")) == (identifier, True)
        assert said in message.msg
        assert message.hint
        assert identifier in printed()
    policy = CorsPolicy(**{"allowed_origins": ["https://shop.example"], field: value})
    with override_settings(ROOT_URLCONF=Urls(path("odd", cors(policy)(odd)))):
        assert [found for found in check_settings() if found.id == identifier] == []
        (message,) = [found for found in check_views() if found.id == identifier]
        assert message.msg.startswith("@cors on odd: ") or message.msg.startswith("cors(...) around odd")
        assert said in message.msg


def odd(request):
    raise NotImplementedError


@pytest.mark.parametrize(
    "settings",
    [
        {"CORS_ALLOW_METHODS": ["GET", "PATCH", "patch", "report"]},
        {"CORS_ALLOWED_ORIGINS": ["app://.", "app://a.", "app://a.invalid", "https://a.invalid.example"]},
        {"CORS_EXPOSE_HEADERS": ["X-CSRFToken", "Accept"], "CORS_ALLOW_HEADERS": ["etag", "authorization"]},
    ],
    ids=str,
)
def test_what_is_meant_although_it_looks_odd(settings):
    with override_settings(**settings, ROOT_URLCONF=Urls()):
        assert check_settings() == []


@pytest.mark.parametrize(
    "text",
    [
        r"https://a\.example|https://b\.example",
        r"(?:https://a\.example|^https://b\.example)",
        r"^(?!https://bad\.)https://\w+\.a\.example",
        r"\Ahttps://a\.example",
        r"(?i)https://a\.example",
    ],
)
def test_one_regex(text):
    with override_settings(CORS_ALLOWED_ORIGIN_REGEXES=[text]):
        assert check_settings() == []


def test_two_names_without_a_comma_in_a_view():
    view = cors(allowed_origins=["https://shop.example"], allow_methods=["PUTPATCH"])(fine)
    with override_settings(ROOT_URLCONF=Urls(path("fine", view))):
        (message,) = check_views()
    assert message.id == "drf_cors.W003"
    assert "'PUTPATCH' in allow_methods" in message.msg


# --- Middleware ---------------------------------------------------------------------------------

COMMON = "django.middleware.common.CommonMiddleware"
SECURITY = "django.middleware.security.SecurityMiddleware"
HOSTS = "django_hosts.middleware.HostsRequestMiddleware"


class HouseMiddleware(CommonMiddleware):
    pass


class LoginRequiredHere(CommonMiddleware):
    pass


class LoginRequiredEarly(LoginRequiredMiddleware):
    def process_request(self, request):
        raise NotImplementedError


class LoginRequiredAround(LoginRequiredMiddleware):
    def __call__(self, request):
        raise NotImplementedError


def login_required_function(get_response):
    raise NotImplementedError


HOUSE = f"{__name__}.HouseMiddleware"
ALLAUTH = "allauth.account.middleware.AccountMiddleware"
FETCHES = "django.middleware.cache.FetchFromCacheMiddleware"
FINE = {"ROOT_URLCONF": Urls(path("fine", fine, name="fine"))}
DECLARING = {"ROOT_URLCONF": "tests.web.urls"}


@named_rows(
    "middleware, settings, expected, said",
    [
        ("first", [OURS, SECURITY, COMMON], {}, [], ""),
        ("below what selects the URLconf", [HOSTS, OURS], {}, [], ""),
        ("beside what cannot be imported", [OURS, "no.such.Middleware"], {}, [], ""),
        ("above what resets it", [OURS, "django_hosts.middleware.HostsResponseMiddleware"], {}, [], ""),
        ("below what does not redirect", [SECURITY, OURS], {}, [], ""),
        ("missing", [COMMON], {}, ["drf_cors.W005"], "no policy has any effect"),
        ("missing, and views declare", [COMMON], DECLARING, ["drf_cors.E015"], "have no effect"),
        ("theirs, and views declare", [THEIRS], DECLARING, ["drf_cors.E015"], "all other views"),
        ("twice", [OURS, OURS], {}, ["drf_cors.W006"], "in MIDDLEWARE 2 times"),
        ("below CommonMiddleware", [COMMON, OURS], {}, ["drf_cors.W007"], f"{COMMON} is above"),
        ("below a class made from it", [HOUSE, OURS], {}, ["drf_cors.W007"], f"{HOUSE} is above"),
        (
            "below a redirect",
            [SECURITY, OURS],
            {"SECURE_SSL_REDIRECT": True},
            ["drf_cors.W007"],
            "redirects to https",
        ),
        (
            "below WhiteNoise",
            ["whitenoise.middleware.WhiteNoiseMiddleware", OURS],
            {},
            ["drf_cors.W007"],
            "the files",
        ),
        (
            "below LocaleMiddleware",
            ["django.middleware.locale.LocaleMiddleware", OURS],
            {"ROOT_URLCONF": Urls(*i18n_patterns(path("fine", fine)))},
            ["drf_cors.W007"],
            "redirects to a language",
        ),
        (
            "below the cache",
            [FETCHES, OURS],
            {"CORS_VIEW_POLICIES": {"fine": CorsPolicy(is_origin_allowed=lambda origin, request: True)}, **FINE},
            ["drf_cors.W007"],
            "from the cache",
        ),
        (
            "below allauth",
            [ALLAUTH, OURS],
            {"ROOT_URLCONF": Urls(path("login", fine, name="account_login"))},
            ["drf_cors.W007"],
            "its redirects to the login",
        ),
        ("below allauth, which has no login", [ALLAUTH, OURS], FINE, [], ""),
        ("below the cache, which has each origin's headers", [FETCHES, OURS], FINE, [], ""),
        (
            "below several",
            [SECURITY, COMMON, FETCHES, "whitenoise.middleware.WhiteNoiseMiddleware", OURS],
            {"SECURE_SSL_REDIRECT": True},
            ["drf_cors.W007"],
            f"Likewise: {COMMON} (its redirects for a missing slash would carry no CORS headers), whitenoise.",
        ),
        (
            "above several",
            [OURS, HOSTS, "django_tenants.middleware.main.TenantMainMiddleware"],
            {},
            ["drf_cors.W008"],
            "Likewise: django_tenants.middleware.main.TenantMainMiddleware.",
        ),
        (
            "a login of ours",
            [f"{__name__}.LoginRequiredHere", OURS],
            {},
            ["drf_cors.W007"],
            "redirects for a missing",
        ),
        (
            "below a required login, which answers inside",
            ["django.contrib.auth.middleware.LoginRequiredMiddleware", OURS],
            {},
            [],
            "",
        ),
        *(
            (f"below {path}", [path, OURS], {}, ["drf_cors.W007"], "not logged in")
            for path in (
                f"{__name__}.LoginRequiredEarly",
                f"{__name__}.LoginRequiredAround",
                f"{__name__}.login_required_function",
                "no.such.LoginRequiredMiddleware",
            )
        ),
        ("above django-hosts", [OURS, HOSTS], {}, ["drf_cors.W008"], "selects the URLconf"),
        (
            "above django-tenants",
            [OURS, "django_tenants.middleware.main.TenantMainMiddleware"],
            {},
            ["drf_cors.W008"],
            "TenantMainMiddleware is below",
        ),
        (
            "above subdomains",
            [OURS, "subdomains.middleware.SubdomainURLRoutingMiddleware"],
            {},
            ["drf_cors.W008"],
            "",
        ),
        ("beside django-cors-headers", [OURS, THEIRS], {}, ["drf_cors.E007"], "both in MIDDLEWARE"),
    ],
)
def test_middleware(middleware, settings, expected, said):
    with override_settings(MIDDLEWARE=middleware, **settings):
        messages = check_middleware()
        assert ids(messages) == expected
        assert all(message.hint for message in messages)
        assert said in "\n".join(message.msg for message in messages)
        output = printed()
        assert all(identifier in output for identifier in expected)


@pytest.mark.parametrize("app", ["corsheaders", "corsheaders.apps.CorsHeadersAppConfig"])
def test_the_app_of_django_cors_headers_without_its_middleware(app, monkeypatch):
    # Without the signal: to load their app would register their checks for good.
    monkeypatch.setattr(django_settings, "INSTALLED_APPS", [app, *django_settings.INSTALLED_APPS])
    (message,) = check_middleware()
    assert message.id == "drf_cors.W004"
    assert "its middleware is not used" in message.msg
    assert "drf_cors.W004" in printed()


# --- Broken projects ----------------------------------------------------------------------------


class Explosive:
    def __get__(self, instance, owner):
        raise RuntimeError("not today")


class RaisesWhenRead(APIView):
    get = Explosive()


class RaisesWhenAsked(APIView):
    authentication_classes = Explosive()

    @cors(SHOP)
    def get(self, request):
        raise NotImplementedError


def unreadable(request):
    raise NotImplementedError


unreadable.cls = RaisesWhenRead


def test_a_view_that_raises_is_reported_and_the_others_are_checked():
    urls = Urls(path("read", unreadable), path("ask", RaisesWhenAsked.as_view()), path("misspelled", misspelled))
    with override_settings(ROOT_URLCONF=urls, CORS_VIEW_POLICIES={"nowhere": SHOP}):
        messages = check_views()
        assert ids(messages) == ["drf_cors.E010", "drf_cors.W014"]
        told = [message.msg for message in messages if message.id == "drf_cors.W014"]
        assert told == ["/read could not be checked: RuntimeError: 'not today'. Likewise: RaisesWhenAsked at /ask."]
        assert "drf_cors.W014" in printed()


@pytest.fixture
def exits(tmp_path, monkeypatch):
    """The name of a module that exits when it is imported, as for an environment variable that is missing."""
    (tmp_path / "that_exits.py").write_text("raise SystemExit('DATABASE_URL is not set')")
    monkeypatch.syspath_prepend(tmp_path)
    return "that_exits"


def test_a_broken_urlconf_is_reported():
    with override_settings(ROOT_URLCONF="no.such.module", CORS_VIEW_POLICIES={"nowhere": SHOP}):
        (message,) = check_views()
    assert message.id == "drf_cors.W014"
    assert "The URLconf could not be checked: ModuleNotFoundError" in message.msg


def test_a_urlconf_that_exits_is_reported(exits):
    with override_settings(ROOT_URLCONF=exits):
        (message,) = check_views()
    assert "The URLconf could not be checked: SystemExit: 'DATABASE_URL is not set'" in message.msg


def test_middleware_that_exits_is_left_to_django(exits):
    with override_settings(MIDDLEWARE=[f"{exits}.LoginRequired", OURS]):
        assert ids(check_middleware()) == ["drf_cors.W007"]


def test_broken_cors_settings_are_told_once():
    with override_settings(CORS_ALLOWED_ORIGINS="https://shop.example"):
        assert ids(check_settings()) == ["drf_cors.E001"]
        assert check_views() == []


class Unreadable:
    def __iter__(self):
        raise LookupError


def test_a_setting_that_cannot_be_read_is_reported():
    with override_settings(CORS_ALLOWED_ORIGINS=Unreadable()):
        assert ids(check_settings()) == ["drf_cors.W014"]


@pytest.mark.parametrize(
    ("value", "cause"), [(None, ""), (OURS, "In Python, ('GET') is the string"), ([OURS, 3], "")], ids=repr
)
def test_broken_settings_of_django_are_reported(value, cause):
    with override_settings(MIDDLEWARE=value):
        (message,) = [*check_settings(), *check_middleware(), *check_views()]
    assert message.id == "drf_cors.E001"
    right = "Write MIDDLEWARE = ['drf_cors.middleware.CorsMiddleware', ...]."
    assert message.hint.startswith(f"{right} {cause}" if cause else right)
    assert cause or message.hint == right


@named_rows("value", {"a policy": {"x": NO_CORS}, "its fields": {"x": {"allowed_origins": []}}})
@pytest.mark.parametrize(
    ("name", "meant"), [("CORS_VIEW_POLICES", "CORS_VIEW_POLICIES"), ("CORS_POLICY", "CORS_POLICIES")]
)
def test_policies_in_a_misspelt_setting_are_an_error(name, meant, value, settings):
    setattr(settings, name, value)

    with pytest.raises(CorsConfigurationError, match=f"{name}: .*is under a name that nothing reads.*write {meant}"):
        conf.load()
    assert [message.id for message in check_settings()] == ["drf_cors.E001"]


def test_a_receiver_decides_what_the_cache_has():
    check_request_enabled.connect(allow_nobody)
    try:
        with override_settings(MIDDLEWARE=[FETCHES, OURS]):
            assert ids(check_middleware()) == ["drf_cors.W007"]
    finally:
        check_request_enabled.disconnect(allow_nobody)


def allow_nobody(sender, request, **kwargs):
    raise NotImplementedError


def test_middleware_is_looked_at_without_settings_that_can_be_read():
    with override_settings(MIDDLEWARE=[FETCHES, OURS], CORS_ALLOWED_ORIGINS="https://shop.example"):
        assert check_middleware() == []
