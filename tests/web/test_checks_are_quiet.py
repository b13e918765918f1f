"""A check reports each cause once, however many views have it; a project that has moved over sees a few messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.checks import INFO, WARNING, run_checks
from django.test import override_settings
from django.urls import include, path, re_path
from django.views import View
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.decorators import action
from rest_framework.routers import SimpleRouter
from rest_framework.throttling import AnonRateThrottle
from rest_framework.viewsets import ViewSet

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from tests.tables import named_rows
from tests.web.test_checks import Urls, printed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.checks import CheckMessage

OURS = "drf_cors.middleware.CorsMiddleware"
SHOP = "https://shop.example"

#: Viewsets of a project. Each has the routes of a router, twice, with formats.
MANY = 12

#: Where django-cors-headers had its middleware, and what else projects have.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    OURS,
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


def reported(*patterns: Any, deploy: bool = False, **settings: Any) -> list[CheckMessage]:
    with override_settings(ROOT_URLCONF=Urls(*patterns), **settings):
        messages = run_checks(include_deployment_checks=deploy)
    return [message for message in messages if str(message.id).startswith("drf_cors.")]


class Records(ViewSet):
    """What the viewsets of a project are made from: sessions and tokens, a throttle, a method that is never routed."""

    authentication_classes = [SessionAuthentication, TokenAuthentication]
    throttle_classes = [AnonRateThrottle]

    def list(self, request: Any) -> None: ...

    def create(self, request: Any) -> None: ...

    def retrieve(self, request: Any, pk: str) -> None: ...

    def destroy(self, request: Any, pk: str) -> None: ...


def viewsets(base: type = Records, **fields: Any) -> list[type]:
    return [type(f"Record{number}ViewSet", (base,), dict(fields)) for number in range(MANY)]


def routed(classes: list[type]) -> list[Any]:
    router = SimpleRouter()
    for number, klass in enumerate(classes):
        router.register(f"records{number}", klass, basename=f"records{number}")
    return router.urls


def large(classes: list[type]) -> list[Any]:
    """Return a project's routes: the API under two versions, pages, and routes that are never reached."""
    return [
        path("api/v1/", include((routed(classes), "v1"))),
        path("api/v2/", include((routed(classes), "v2"))),
        re_path("^pages/.*$", View.as_view()),
        *(path(f"pages/{number}/", View.as_view()) for number in range(MANY)),
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({"CORS_ALLOW_ALL_ORIGINS": True}, [], id="any origin"),
        pytest.param({"CORS_ORIGIN_ALLOW_ALL": True, "CORS_URLS_REGEX": r"^/api/.*$"}, [], id="as NetBox is set"),
        pytest.param(
            {"CORS_ORIGIN_WHITELIST": [], "CORS_ORIGIN_REGEX_WHITELIST": [], "CORS_ORIGIN_ALLOW_ALL": False},
            [],
            id="as NetBox is installed",
        ),
        pytest.param(
            {
                "CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.shop\.example$"],
                "CORS_ALLOW_METHODS": ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"],
            },
            [],
            id="as Label Studio is set",
        ),
        pytest.param(
            {
                "ALLOWED_HOSTS": ["api.other.example"],
                "CORS_ALLOWED_ORIGINS": [f"https://{number}.shop.example" for number in range(MANY)],
                "CORS_ALLOW_CREDENTIALS": True,
                "CORS_ALLOW_HEADERS": ["accept-encoding", "content-type", "dnt", "origin"],
                "MIDDLEWARE": MIDDLEWARE,
                "SECURE_SSL_REDIRECT": True,
            },
            ["W001", "W007", "W015", "W016", "W031"],
            id="all that can be wrong in one project",
        ),
    ],
)
def test_a_project_that_has_moved_over_sees_at_most_five_messages(
    settings: Mapping[str, Any], expected: list[str]
) -> None:
    classes = viewsets()
    messages = reported(*large(classes), **{"MIDDLEWARE": [OURS], **settings})
    assert sorted(str(message.id).removeprefix("drf_cors.") for message in messages) == expected
    assert all(message.hint and message.level >= WARNING for message in messages)
    assert all(len(message.msg) < 1000 for message in messages)


def test_information_is_for_deploy_alone() -> None:
    classes = viewsets()
    quiet = reported(*large(classes), CORS_ALLOW_ALL_ORIGINS=True)
    deployed = reported(*large(classes), CORS_ALLOW_ALL_ORIGINS=True, deploy=True)
    assert quiet == []
    (message,) = deployed
    assert (message.id, message.level) == ("drf_cors.I001", INFO)
    assert message.msg == (
        "Record0ViewSet: list, create may send Retry-After by AnonRateThrottle, which scripts of other "
        "origins cannot read. Likewise: Record0ViewSet (retrieve, destroy), Record1ViewSet (list, create), "
        f"Record1ViewSet (retrieve, destroy) and {2 * MANY - 4} more."
    )


class Conflicting(CorsPolicyMixin, Records):
    cors_policy = CorsPolicy(allowed_origins=[SHOP])
    cors_action_policies = {"list": NO_CORS}

    @cors(allow_all_origins=True)
    def list(self, request: Any) -> None: ...


class Misspelt(CorsPolicyMixin, Records):
    cors_action_policies = {"lsit": NO_CORS}


class Unknown(CorsPolicyMixin, Records):
    cors_policy = "partnres"


class OwnMethod(CorsPolicyMixin, Records):
    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_methods=["GET"])
    cors_action_policies = {"create": CorsPolicy(preflight_max_age=1)}


class WithoutToken(CorsPolicyMixin, Records):
    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_headers=["content-type"])


class Uncached(CorsPolicyMixin, Records):
    cors_policy = CorsPolicy(allowed_origins=[SHOP], allow_credentials=True)
    cors_action_policies = {"list": CorsPolicy(allowed_origins=["https://other.example"])}


class Joined(CorsPolicyMixin, Records):
    cors_policy = CorsPolicy(allowed_origins=[SHOP, "null"], allow_methods=["GETPOST", "PUTPATCH", "patch"])


class Lookalikes(CorsPolicyMixin, Records):
    cors_policy = CorsPolicy(allowed_origin_regexes=[r"https://a.shop\.com", r"https://b.shop\.com"])


@pytest.mark.parametrize(
    ("base", "number", "texts"),
    [
        pytest.param(
            Conflicting,
            "E004",
            [
                "Record0ViewSet: Conflicting.cors_action_policies['list'] and @cors on Conflicting.list are",
                "Likewise: Record1ViewSet, Record2ViewSet, Record3ViewSet and 8 more.",
            ],
            id="two declarations",
        ),
        pytest.param(
            Misspelt,
            "E005",
            ["Misspelt.cors_action_policies['lsit']", "Likewise: Record1ViewSet, Record2ViewSet"],
            id="a misspelt action",
        ),
        pytest.param(
            Unknown,
            "E010",
            [
                "Record0ViewSet: cors_policy: 'partnres' is not the name of a policy",
                "Declared by Unknown.cors_policy. Likewise: Record1ViewSet (declared by Unknown.cors_policy), Record2",
                "and 8 more.",
            ],
            id="an unknown policy",
        ),
        pytest.param(
            OwnMethod,
            "W011",
            [
                "Record0ViewSet.create has a policy of its own, but POST is not in its allow_methods (OwnMethod.cors",
                "Likewise: Record1ViewSet.create, Record2ViewSet.create, Record3ViewSet.create and 8 more.",
            ],
            id="a method that is not listed",
        ),
        pytest.param(
            WithoutToken,
            "W031",
            [
                "WithoutToken.cors_policy has no 'authorization' in allow_headers, but Record0ViewSet.list needs it",
                "needs it: TokenAuthentication reads it. Likewise: Record0ViewSet.create,",
            ],
            id="a token",
        ),
        pytest.param(
            Uncached,
            "I002",
            ["Record0ViewSet: browsers cannot cache the preflights of", "Likewise: Record1ViewSet, Record2ViewSet"],
            id="preflights that are not cached",
        ),
        pytest.param(
            Joined, "W003", ["Joined.cors_policy: 'GETPOST' in allow_methods", "Likewise: 'PUTPATCH'."], id="commas"
        ),
        pytest.param(Joined, "W027", ["Joined.cors_policy: 'patch' in allow_methods"], id="a method in lower case"),
        pytest.param(Joined, "W028", ["Joined.cors_policy: 'null' in allowed_origins"], id="null"),
        pytest.param(
            Lookalikes,
            "W018",
            [
                r"Lookalikes.cors_policy: 'https://a.shop\\.com' also allows",
                r"Likewise: 'https://b.shop\\.com' also allows",
            ],
            id="lookalikes",
        ),
    ],
)
def test_a_fault_of_a_base_is_reported_once(base: type, number: str, texts: list[str]) -> None:
    messages = reported(*large(viewsets(base)), deploy=True)
    (message,) = (message for message in messages if message.id == f"drf_cors.{number}")
    assert all(text in message.msg for text in texts)
    assert message.hint


#: One of each thing that a check can find in a policy.
FAULTY = CorsPolicy(
    allowed_origins=[
        "null",
        "http://shop.example",
        "https://shop.example.",
        "ws://shop.example",
        "https://*.github.io",
    ],
    allowed_origin_regexes=[r"https://a.shop\.com", r"https://a\.comhttps://b\.com"],
    allow_methods=["GETPOST", "patch", "GET"],
    allow_headers=["content-type", "x-http-method-override"],
)

CREDENTIALED = CorsPolicy(
    allowed_origins=["https://*.github.io", "http://shop.example", "https://shop.example"],
    allowed_origin_regexes=[".*"],
    allow_credentials=True,
    allow_headers=["content-type", "authorization"],
)


class ReadOnly(CorsPolicyMixin, ViewSet):
    authentication_classes = [SessionAuthentication, TokenAuthentication]

    def list(self, request: Any) -> None: ...

    def retrieve(self, request: Any, pk: str) -> None: ...


def declared(policy: Any, form: str) -> list[type]:
    """Return viewsets of two kinds that all declare one policy."""
    fields = {"cors_policy": policy} if form == "attribute" else {"cors_action_policies": {"list": policy}}
    read_only = type("Read", (ReadOnly,), dict(fields))
    return [*viewsets(type("Writes", (CorsPolicyMixin, Records), {}), **fields), read_only]


@named_rows(
    "policy, form, first",
    {
        "a named policy": ("partner", "attribute", "CORS_POLICIES['partner']"),
        "a named policy of actions": ("partner", "map", "CORS_POLICIES['partner']"),
        "one policy of many views": (None, "attribute", "Record0ViewSet.cors_policy"),
        "one policy of many actions": (None, "map", "Record0ViewSet.cors_action_policies['list']"),
    },
)
@named_rows(
    "shared, expected",
    {
        "odd values": (
            FAULTY,
            {
                "attribute": "I001 I002 W003 W017 W018 W020 W027 W028 W029 W030 W031",
                "map": "I001 I002 W003 W017 W018 W020 W027 W028 W029 W030 W031",
            },
        ),
        # W015 has two kinds: origins, and a regular expression. Reading needs no CSRF token.
        "credentials": (
            CREDENTIALED,
            {"attribute": "E008 E009 I001 W015 W015 W019 W031", "map": "E008 E009 I001 I002 W019"},
        ),
    },
)
def test_a_policy_of_many_views_is_one_cause(
    policy: str | None, form: str, first: str, shared: CorsPolicy, expected: Mapping[str, str]
) -> None:
    patterns = routed(declared(policy or shared, form))
    settings = {"CORS_POLICIES": {"partner": shared}, "CORS_ALLOW_METHODS": ["GET", "POST"]}
    messages = reported(*patterns, deploy=True, **settings)
    assert " ".join(sorted(str(message.id).removeprefix("drf_cors.") for message in messages)) == expected[form]
    of_policies = [message.msg for message in messages if not str(message.id).startswith("drf_cors.I")]
    assert all(text.startswith(first) for text in of_policies)


def test_a_named_policy_is_named_in_text_and_hint() -> None:
    policy = CorsPolicy(allowed_origins=[SHOP], allow_credentials=True, allow_headers=["authorization"])
    classes = viewsets(type("Base", (CorsPolicyMixin, Records), {}), cors_policy="partner")
    (message,) = reported(
        *routed(classes), CORS_POLICIES={"partner": policy}, MIDDLEWARE=[OURS], CSRF_TRUSTED_ORIGINS=[SHOP]
    )
    assert message.msg == (
        "CORS_POLICIES['partner'] has no 'x-csrftoken' in allow_headers, but Record0ViewSet.create needs it: "
        "SessionAuthentication reads the CSRF token in it. Likewise: Record0ViewSet.destroy, Record1ViewSet.create, "
        f"Record1ViewSet.destroy and {2 * MANY - 4} more. The same policy: Record0ViewSet.cors_policy, "
        f"Record1ViewSet.cors_policy, Record2ViewSet.cors_policy and {MANY - 3} more."
    )
    assert str(message.hint).startswith("Add 'x-csrftoken' to allow_headers of CORS_POLICIES['partner'].")


class Shared(AnonRateThrottle):
    pass


def test_a_throttle_of_many_views_is_one_cause() -> None:
    classes = viewsets(throttle_classes=[Shared, AnonRateThrottle])
    (message,) = reported(*routed(classes), CORS_ALLOW_ALL_ORIGINS=True, deploy=True)
    assert message.msg.startswith("Record0ViewSet: list, create may send Retry-After by Shared, which")


def test_a_handler_of_two_methods_is_named_once() -> None:
    class Both(ReadOnly):
        throttle_classes = [Shared]
        list = None

        @action(detail=False, methods=["get", "post"])
        def extra(self, request: Any) -> None: ...

    urls = [path("extra/", Both.as_view({"get": "extra", "post": "extra"}))]
    (message,) = reported(*urls, CORS_ALLOW_ALL_ORIGINS=True, deploy=True)
    assert message.msg.startswith("Both: extra may send")


def test_preflights_that_one_policy_of_actions_prevents_from_caching_are_one_message() -> None:
    fields = {
        "cors_policy": CorsPolicy(allowed_origins=[SHOP], allow_headers=["authorization", "x-a"]),
        "cors_action_policies": {"list": CorsPolicy(allow_headers=["authorization", "x-b"])},
    }
    classes = viewsets(type("Base", (CorsPolicyMixin, Records), {}), **fields)
    read_only = type("Read", (ReadOnly,), fields)
    messages = reported(*routed([*classes, read_only]), deploy=True)
    (message,) = (message for message in messages if message.id == "drf_cors.I002")
    assert "Record0ViewSet.cors_action_policies['list']" in message.msg
    assert f"Likewise: Record1ViewSet, Record2ViewSet, Record3ViewSet and {MANY - 3} more." in message.msg


def test_a_name_that_is_unknown_in_each_view_is_one_message() -> None:
    classes = viewsets(type("Base", (CorsPolicyMixin, Records), {}), cors_policy="partnres")
    (message,) = reported(*large(classes))
    assert message.id == "drf_cors.E010"
    assert "Declared by Record0ViewSet.cors_policy. Likewise: Record1ViewSet (declared by Record1" in message.msg


def test_routes_that_one_route_hides_are_one_message() -> None:
    classes = [type(f"Page{number}", (CorsPolicyMixin, View), {"cors_policy": NO_CORS}) for number in range(5)]
    patterns = [path(f"pages/{number}", klass.as_view()) for number, klass in enumerate(classes)]
    (message,) = reported(re_path("^pages/.*$", View.as_view()), *patterns)
    assert message.msg == (
        "/pages/0 of Page0 is never reached: an earlier route to View matches its paths, and the policy of that view "
        "applies. Likewise: /pages/1 of Page1, /pages/2 of Page2, /pages/3 of Page3 and 1 more."
    )
    assert message.obj == "/pages/0"


def test_a_hidden_route_is_reported_where_the_view_in_front_declares_a_policy() -> None:
    front = cors(NO_CORS)(View.as_view())
    (message,) = reported(re_path("^pages/.*$", front), path("pages/0", View.as_view()), CORS_ALLOWED_ORIGINS=[SHOP])
    assert message.id == "drf_cors.W012"


@pytest.mark.parametrize(
    ("settings", "number", "texts", "hint"),
    [
        pytest.param(
            {"CORS_ALLOWED_ORIGINS": ["https://a.example/", "https://b.example/", SHOP]},
            "E001",
            [
                "'https://a.example/' ends with a slash",
                "Likewise: 'https://b.example/' (write 'https://b.example').",
            ],
            "Write 'https://a.example'.",
            id="one fault of a list",
        ),
        pytest.param(
            {"CORS_ALLOW_HEADERS": ["content-type", "dnt", "origin"]},
            "W001",
            ["CORS_ALLOW_HEADERS lists 'dnt', which no script can set.", "Likewise: 'origin'."],
            "Remove it from the setting.",
            id="headers that no script can set",
        ),
        pytest.param(
            {"CORS_ALLOWED_ORIGINS": ["https://a.example.", "https://b.example."]},
            "W029",
            ["Likewise: 'https://b.example.' (write 'https://b.example')."],
            "Write 'https://a.example', unless",
            id="dots",
        ),
        pytest.param(
            {"CORS_POLICY": {}, "CORS_ORIGINS": [SHOP]},
            "W002",
            ["CORS_ORIGINS is not a setting", "Likewise: CORS_POLICY (did you mean CORS_POLICIES?)."],
            "Did you mean CORS_ALLOWED_ORIGINS?",
            id="misspelt settings",
        ),
        pytest.param(
            {"CORS_VIEW_POLICIES": {f"shop:{number}": {"allow_methods": ["GET"]} for number in range(6)}},
            "E006",
            ["CORS_VIEW_POLICIES['shop:0'] matches no view", "Likewise: 'shop:1', 'shop:2', 'shop:3' and 2 more."],
            "Write a URL name",
            id="keys that match nothing",
        ),
    ],
)
def test_several_faults_of_one_setting_are_one_message(
    settings: dict[str, Any], number: str, texts: list[str], hint: str
) -> None:
    (message,) = reported(path("page", View.as_view()), **settings)
    assert message.id == f"drf_cors.{number}"
    assert all(text in message.msg for text in texts)
    assert message.hint is not None
    assert message.hint.startswith(hint)


def test_one_advice_names_every_origin_that_is_not_trusted() -> None:
    origins = [f"https://{number}.shop.example" for number in range(6)]
    (message,) = reported(
        *routed(viewsets()),
        CORS_ALLOWED_ORIGINS=[*origins, "http://localhost:*"],
        CORS_ALLOW_CREDENTIALS=True,
    )
    assert message.id == "drf_cors.W015"
    assert "lets https://0.shop.example, https://1.shop.example, https://2.shop.example and 4 more send" in message.msg
    assert "credentials to Record0ViewSet, Record1ViewSet, Record2ViewSet and 9 more, with methods" in message.msg
    assert message.hint == (
        f"Add {', '.join(map(repr, origins))} to CSRF_TRUSTED_ORIGINS. List the origins of http://localhost:* with "
        "their ports in CSRF_TRUSTED_ORIGINS, which applies to every view. Or leave credentials off."
    )


def test_a_silenced_id_is_silent_for_all_places() -> None:
    patterns = routed(viewsets(Unknown))
    with override_settings(ROOT_URLCONF=Urls(*patterns), SILENCED_SYSTEM_CHECKS=["drf_cors.E010"]):
        assert "drf_cors" not in printed()
