"""The explain view tells what the wire would, to those who see the operation, and runs no view for it."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLResolver, include, path, set_script_prefix
from django.utils.functional import lazy
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import permissions, versioning, viewsets
from rest_framework.decorators import action
from rest_framework.routers import SimpleRouter
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from drf_cors import NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.openapi import CorsSchemaGenerator
from drf_cors.openapi.views import CorsExplainView
from drf_cors.signals import check_request_enabled
from drf_cors.testing import Browser, CorsBlocked
from tests.integrations.schema_site import SITE, Base, Site, Thing, at, origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

A, B, SITE_ONLY = origin("a"), origin("b"), SITE
ASKED: list[HttpRequest] = []


def is_tenant(origin: str, request: HttpRequest) -> bool:
    """Tenants may call from their own site; staff may from everywhere."""
    ASKED.append(request)
    if getattr(request, "user", None) is not None and request.user.is_staff:
        return True
    assert request.resolver_match is not None
    return origin == f"https://{request.resolver_match.kwargs.get('tenant', 'a')}.example"


async def is_tenant_async(origin: str, request: HttpRequest) -> bool:
    return is_tenant(origin, request)


def fails(origin: str, request: HttpRequest) -> bool:
    raise LookupError("no database today")


class Closed(Base):
    cors_policy = NO_CORS


class Undeclared(Base):
    pass


class Declared(Base):
    cors_policy = at("a", allow_methods=["GET", "PUT"], allow_headers=["x-key"])

    def put(self, request: Any, **kwargs: Any) -> None:
        raise NotImplementedError

    def delete(self, request: Any, **kwargs: Any) -> None:
        raise NotImplementedError


class WithCookies(Base):
    cors_policy = CorsPolicy(allowed_origins=[A, B], allow_credentials=[A])


class Open(Base):
    cors_policy = CorsPolicy(allow_all_origins=True, allow_headers=["*"])


class Tenant(Base):
    cors_policy = CorsPolicy(is_origin_allowed=is_tenant, allow_methods=["GET"])

    def put(self, request: Any, **kwargs: Any) -> None:
        raise NotImplementedError


class Jobs(Base):
    cors_policy = CorsPolicy(is_origin_allowed=is_tenant, allow_headers=["x-key"], allow_credentials=True)

    def put(self, request: Any, **kwargs: Any) -> None:
        raise NotImplementedError


class Single(Base):
    cors_policy = CorsPolicy(is_origin_allowed=is_tenant_async)


class Failing(Base):
    cors_policy = CorsPolicy(is_origin_allowed=fails)


class Hidden(Base):
    cors_policy = at("a")
    permission_classes = [permissions.IsAdminUser]


class Excluded(Base):
    cors_policy = at("a")
    schema = None


@extend_schema(request=Thing, responses=Thing)
class Things(CorsPolicyMixin, viewsets.ViewSet):
    cors_policy = at("a")
    cors_action_policies = {"destroy": NO_CORS}

    def retrieve(self, request: Any, pk: Any) -> None:
        raise NotImplementedError

    def destroy(self, request: Any, pk: Any) -> None:
        raise NotImplementedError

    @cors(at("b"))
    @action(detail=True, methods=["post"])
    def publish(self, request: Any, pk: Any) -> None:
        raise NotImplementedError


def page(request: HttpRequest) -> HttpResponse:
    raise NotImplementedError


router = SimpleRouter()
router.register("things", Things, basename="things")

URLS = [
    path("api/closed/", Closed.as_view()),
    path("api/undeclared/", Undeclared.as_view()),
    path("uncovered/", Undeclared.as_view()),
    path("declared/", Declared.as_view()),
    path("cookies/", WithCookies.as_view()),
    path("open/", Open.as_view()),
    path("tenants/<slug:tenant>/", Tenant.as_view()),
    path("jobs/<slug:tenant>/", Jobs.as_view()),
    path("single/", Single.as_view()),
    path("failing/", Failing.as_view()),
    path("<slug:area>/somewhere/", Undeclared.as_view()),
    path("late/", page),
    path("late/", Open.as_view(), name="shadowed"),
    path("api/", include(router.urls)),
]
UNSEEN = [path("hidden/", Hidden.as_view()), path("excluded/", Excluded.as_view()), path("page/", page)]


@pytest.fixture(autouse=True)
def served(site: Site, settings: SettingsWrapper) -> Iterator[Site]:
    settings.CORS_URLS_REGEX = r"^/api/"
    site.serve(*URLS, *UNSEEN, path("explain/", CorsExplainView.as_view(serve_public=False)))
    ASKED.clear()
    yield site
    set_script_prefix("/")


def ask(client: Client | None = None, **query: Any) -> Any:
    return (client or Client()).get(f"/explain/?{urlencode(query, doseq=True)}")


def told(**query: Any) -> dict[str, str]:
    """Operation -> verdict and reason."""
    answer = ask(**query)
    assert answer.status_code == 200
    return {
        f"{one['method']} {one['path']}": f"{one['verdict']} {one['reason']}" for one in answer.json()["operations"]
    }


@pytest.fixture
def admit() -> Iterator[Callable[[bool], list[HttpRequest]]]:
    """Connect a receiver; returns what it is asked about."""
    connected: list[Any] = []

    def connect(answer: bool) -> list[HttpRequest]:
        requests: list[HttpRequest] = []

        def receiver(sender: object, request: HttpRequest, **_: Any) -> bool:
            requests.append(request)
            return answer

        check_request_enabled.connect(receiver, weak=False)
        connected.append(receiver)
        return requests

    yield connect
    for receiver in connected:
        check_request_enabled.disconnect(receiver)


# All operations


def test_of_one_origin_all_operations_are_told() -> None:
    assert told(origin=A) == {
        "GET /api/closed/": "blocked view-disabled",
        "GET /api/undeclared/": "blocked origin-not-allowed",
        "GET /uncovered/": "blocked url-not-covered",
        "GET /declared/": "allowed allowed",
        "PUT /declared/": "allowed allowed",
        "DELETE /declared/": "blocked method-not-allowed",
        "GET /cookies/": "allowed allowed",
        "GET /open/": "allowed allowed",
        "GET /tenants/{tenant}/": "depends depends",
        "PUT /tenants/{tenant}/": "blocked method-not-allowed",
        "GET /jobs/{tenant}/": "depends depends",
        "PUT /jobs/{tenant}/": "depends depends",
        "GET /single/": "depends depends",
        "GET /failing/": "depends depends",
        "GET /{area}/somewhere/": "depends depends",
        "GET /late/": "blocked not-resolved",
        "GET /api/things/{id}/": "allowed allowed",
        "DELETE /api/things/{id}/": "blocked view-disabled",
        "POST /api/things/{id}/publish/": "blocked origin-not-allowed",
    }
    assert ASKED == []


def test_what_is_sent_counts() -> None:
    plain = told(origin=A)
    with_key = told(origin=A, header=["X-Key: 1", "Accept", "Cookie"])
    with_other = told(origin=A, header="X-Other")
    with_cookies = told(origin=A, credentials="true")

    assert {name: verdict for name, verdict in with_key.items() if plain[name] != verdict} == {
        "GET /cookies/": "blocked header-not-allowed",
        "GET /tenants/{tenant}/": "blocked header-not-allowed",
        "GET /single/": "blocked header-not-allowed",
        "GET /failing/": "blocked header-not-allowed",
        "GET /api/things/{id}/": "blocked header-not-allowed",
    }
    assert with_other["PUT /declared/"] == "blocked header-not-allowed"
    assert {name: verdict for name, verdict in with_cookies.items() if plain[name] != verdict} == {
        "GET /declared/": "blocked credentials-not-allowed",
        "PUT /declared/": "blocked credentials-not-allowed",
        "GET /open/": "blocked credentials-not-allowed",
        "GET /tenants/{tenant}/": "blocked credentials-not-allowed",
        "GET /single/": "blocked credentials-not-allowed",
        "GET /failing/": "blocked credentials-not-allowed",
        "GET /api/things/{id}/": "blocked credentials-not-allowed",
    }
    assert told(origin=B, credentials="true")["GET /cookies/"] == "blocked credentials-not-allowed"


def test_the_counts_add_up() -> None:
    answer = ask(origin=A).json()
    assert answer["counts"] == {"allowed": 5, "blocked": 8, "depends": 6, "total": 19}
    assert (answer["origin"], answer["headers"], answer["credentials"]) == (A, [], False)
    assert all(one["text"] and one["nextStep"] for one in answer["operations"])


def answering(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that stands in for every view but the one that is tested."""

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request) if request.path == "/explain/" else HttpResponse()

    return answer


@pytest.mark.parametrize(
    "asked", [{}, {"header": "X-Key"}, {"credentials": "true"}], ids=["plain", "header", "cookies"]
)
@pytest.mark.parametrize("page_of", [A, B, SITE, "null", "https://stranger.example"])
def test_verdicts_hold_on_the_wire(page_of: str, asked: dict[str, str], settings: SettingsWrapper) -> None:
    """No callable decides here: a browser does what was told, at a URL of each operation."""
    settings.CORS_URLS_REGEX = r"^/"
    settings.MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware", f"{__name__}.answering"]
    browser = Browser(page_of)
    found = {
        name: verdict.split()[0]
        for name, verdict in told(origin=page_of, **asked).items()
        if not verdict.endswith(("depends", "not-resolved"))
    }
    seen = {}
    for name in found:
        method, template = name.split()
        try:
            browser.fetch(
                template.replace("{id}", "1").replace("{area}", "x").replace("{tenant}", "x"),
                method=method,
                headers={name: "1" for name in asked.values() if name == "X-Key"},
                credentials="include" if "credentials" in asked else "omit",
            )
            seen[name] = "allowed"
        except CorsBlocked:
            seen[name] = "blocked"
    assert seen == found
    assert len(found) > 10


def test_the_apis_own_origin_is_not_judged() -> None:
    assert set(told(origin="http://testserver").values()) == {"allowed same-origin"}
    one = ask(origin="http://testserver", path="/api/closed/", method="GET").json()
    assert (one["verdict"], one["reason"], one["preflight"]) == ("allowed", "same-origin", None)


def test_receivers_may_turn_what_no_view_declares(admit: Callable[[bool], list[HttpRequest]]) -> None:
    before = told(origin=A)
    requests = admit(True)
    after = told(origin=A)
    assert {name: verdict for name, verdict in after.items() if before[name] != verdict} == {
        "GET /api/undeclared/": "depends depends",
        "GET /uncovered/": "depends depends",
    }
    assert requests == []


# One operation


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"path": "/declared/", "method": "PUT", "origin": A}, ("allowed", "allowed", "")),
        ({"path": "/declared/", "method": "put", "origin": A}, ("allowed", "allowed", "")),
        ({"path": "/declared/", "method": "HEAD", "origin": A}, ("allowed", "allowed", "")),
        ({"path": "/declared", "method": "GET", "origin": A}, ("allowed", "allowed", "")),
        ({"path": "/declared/", "method": "DELETE", "origin": A}, ("blocked", "method-not-allowed", "DELETE")),
        (
            {"path": "/declared/", "method": "PUT", "origin": A, "header": ["x-key", "X-Other"]},
            ("blocked", "header-not-allowed", "x-other"),
        ),
        ({"path": "/declared/", "method": "PUT", "origin": B}, ("blocked", "origin-not-allowed", "")),
        ({"path": "/declared/", "method": "PUT", "origin": "null"}, ("blocked", "origin-null", "")),
        ({"path": "/declared/", "method": "PUT", "origin": "shop"}, ("blocked", "origin-malformed", "")),
        (
            {"path": "/cookies/", "method": "GET", "origin": B, "credentials": "true"},
            ("blocked", "credentials-not-allowed", ""),
        ),
        ({"path": "/tenants/{tenant}/", "method": "GET", "origin": B}, ("depends", "depends", "")),
        ({"path": "/tenants/b/", "method": "GET", "origin": B}, ("allowed", "allowed", "")),
        ({"path": "/tenants/c/", "method": "GET", "origin": B}, ("blocked", "origin-not-allowed", "")),
        ({"path": "/tenants/b/", "method": "PUT", "origin": B}, ("blocked", "method-not-allowed", "PUT")),
        ({"path": "/single/", "method": "GET", "origin": A}, ("allowed", "allowed", "")),
        ({"path": "/{area}/somewhere/", "method": "GET", "origin": SITE}, ("depends", "depends", "")),
        ({"path": "/api/somewhere/", "method": "GET", "origin": SITE}, ("allowed", "allowed", "")),
        ({"path": "/x/somewhere/", "method": "GET", "origin": SITE}, ("blocked", "url-not-covered", "")),
        ({"path": "/api/things/{id}/publish/", "method": "POST", "origin": B}, ("allowed", "allowed", "")),
        ({"path": "/api/things/7/publish/", "method": "POST", "origin": B}, ("allowed", "allowed", "")),
    ],
)
def test_one_operation(query: dict[str, Any], expected: tuple[str, str, str]) -> None:
    answer = ask(**query)
    assert answer.status_code == 200
    one = answer.json()
    assert (one["verdict"], one["reason"], one["culprit"]) == expected


def test_all_that_is_told_of_one_operation() -> None:
    one = ask(path="/declared/", method="PUT", origin=A, header="x-key").json()
    assert one["policy"]["originCounts"]["exact"] == 1
    del one["policy"]
    assert one == {
        "path": "/declared/",
        "method": "PUT",
        "origin": A,
        "headers": ["x-key"],
        "credentials": False,
        "verdict": "allowed",
        "reason": "allowed",
        "culprit": "",
        "text": "The browser sends the request and lets the script read the answer.",
        "nextStep": "Nothing to do.",
        "preflight": {
            "verdict": "allowed",
            "reason": "allowed",
            "headers": {
                "Access-Control-Allow-Origin": A,
                "Access-Control-Allow-Methods": "GET, PUT",
                "Access-Control-Allow-Headers": "x-key",
                "Access-Control-Max-Age": "86400",
                "Vary": "origin",
            },
        },
        "request": {
            "verdict": "allowed",
            "reason": "allowed",
            "headers": {"Access-Control-Allow-Origin": A, "Vary": "origin"},
        },
    }


@pytest.mark.parametrize("credentials", ["true", "false"])
def test_a_callable_is_asked_as_on_the_wire(credentials: str) -> None:
    """About the preflight, and if that is allowed, about the request."""
    ask(path="/jobs/b/", method="PUT", origin=B, header="X-Key: 1", credentials=credentials, lang="en")
    assert [request.method for request in ASKED] == ["OPTIONS", "PUT"]
    for request in ASKED:
        assert request.path == request.path_info == "/jobs/b/"
        assert request.META["HTTP_ORIGIN"] == request.headers["origin"] == B
        assert request.resolver_match is not None
        assert request.resolver_match.kwargs == {"tenant": "b"}
        assert (request.scheme, request.get_host()) == ("http", "testserver")
        assert not request.GET
        assert not request.POST
    assert ASKED[0].headers["access-control-request-method"] == "PUT"
    assert ASKED[0].headers["access-control-request-headers"] == "x-key"
    assert not hasattr(ASKED[0], "user")
    assert not hasattr(ASKED[0], "session")


def test_where_the_preflight_is_refused_the_request_is_not_asked_about() -> None:
    assert ask(path="/jobs/c/", method="PUT", origin=B).json()["reason"] == "origin-not-allowed"
    assert [request.method for request in ASKED] == ["OPTIONS"]


LOOKS: dict[str, Callable[[str, HttpRequest], bool]] = {
    "at the user": lambda origin, request: request.user is not None,
    "at the session": lambda origin, request: request.session is not None,
    "at the method": lambda origin, request: request.method in ("GET", "PUT"),
    "at the query": lambda origin, request: not request.GET,
    "at the body": lambda origin, request: not request.POST,
    "at the scheme": lambda origin, request: not request.is_secure(),
    "at cookies": lambda origin, request: not request.COOKIES,
    "at a header": lambda origin, request: request.headers.get("x-key") is None,
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_whatever_a_callable_looks_at(look: str, method: str, served: Site, settings: SettingsWrapper) -> None:
    policy = CorsPolicy(is_origin_allowed=LOOKS[look])
    served.serve(path("x/", Declared.as_view(cors_policy=policy)), path("explain/", CorsExplainView.as_view()))
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.answering"]
    told = ask(path="/x/", method=method, origin=A).json()["verdict"]
    try:
        Browser(A).fetch("/x/", method=method)
        assert told == "allowed"
    except CorsBlocked:
        assert told == "blocked"


@pytest.mark.django_db
def test_a_callable_sees_the_user() -> None:
    client = Client()
    client.force_login(User.objects.create_user("anna", is_staff=True))
    found = [
        ask(client, path="/jobs/c/", method="GET", origin=B, credentials=credentials).json()["verdict"]
        for credentials in ("true", "false")
    ]
    assert found == ["allowed", "blocked"]
    assert [request.user.is_staff for request in ASKED] == [True, False]


def test_a_callable_that_fails_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    one = ask(path="/failing/", method="GET", origin=A).json()
    assert (one["verdict"], one["reason"]) == ("blocked", "callable-failed")
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "Failing.cors_policy" in record.getMessage()


@pytest.mark.parametrize(("answer", "expected"), [(True, "allowed"), (False, "blocked")])
@pytest.mark.parametrize("where", ["/api/undeclared/", "/uncovered/"])
def test_receivers_are_asked_about_one_operation(
    where: str, answer: bool, expected: str, admit: Callable[[bool], list[HttpRequest]]
) -> None:
    requests = admit(answer)
    assert ask(path=where, method="GET", origin=A).json()["verdict"] == expected
    assert [request.path for request in requests] == [where]
    assert ask(path="/declared/", method="GET", origin=B).json()["verdict"] == "blocked"
    assert len(requests) == 1


# Who may ask what


@pytest.mark.parametrize(
    "where",
    [
        {"path": "/hidden/"},
        {"path": "/excluded/"},
        {"path": "/page/"},
        {"path": "/explain/"},
        {"path": "/nowhere/"},
        {"path": "/declared/", "method": "PATCH"},
        {"path": "/declared/", "method": "OPTIONS"},
        {"path": "/api/things/7/publish/", "method": "GET"},
    ],
    ids=lambda where: " ".join(where.values()),
)
def test_what_is_not_in_the_schema_is_not_found(where: dict[str, str]) -> None:
    answer = ask(**{"method": "GET", "origin": A, **where})
    assert answer.status_code == 404
    assert answer.json() == {"detail": "The schema has no such operation."}


@pytest.mark.django_db
def test_an_operation_is_told_to_those_who_see_it() -> None:
    client = Client()
    client.force_login(User.objects.create_user("anna", is_staff=True))
    assert ask(client, path="/hidden/", method="GET", origin=A).json()["verdict"] == "allowed"
    assert "/hidden/" in {one["path"] for one in ask(client, origin=A).json()["operations"]}


def drop_things(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook that runs when the schema is made."""
    return {**result, "paths": {where: item for where, item in result["paths"].items() if "things" not in where}}


def test_what_a_hook_takes_out_is_not_told() -> None:
    with patched_settings({"POSTPROCESSING_HOOKS": [f"{__name__}.drop_things"]}):
        assert not [name for name in told(origin=A) if "things" in name]
        assert ask(path="/api/things/7/", method="GET", origin=A).status_code == 404


def make_up(endpoints: list[Any]) -> list[Any]:
    return [*endpoints, ("/made-up/", "made-up/", "GET", cors(NO_CORS)(Open.as_view()))]


def test_what_a_hook_makes_up_is_blocked() -> None:
    with patched_settings({"PREPROCESSING_HOOKS": [f"{__name__}.make_up"]}):
        assert told(origin=A)["GET /made-up/"] == "blocked not-resolved"
        assert ask(path="/made-up/", method="GET", origin=A).json()["reason"] == "not-resolved"
        assert ask(path="/nowhere/", method="GET", origin=A).status_code == 404


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({}, {"origin"}),
        ({"origin": ""}, {"origin"}),
        ({"origin": A, "path": "declared/", "method": "GET"}, {"path"}),
        ({"origin": A, "path": "/declared/"}, {"method"}),
        ({"origin": A, "path": "/declared/", "method": "G T"}, {"method"}),
        ({"origin": A, "path": "/declared/", "method": "TRACE"}, {"method"}),
        ({"origin": A, "header": "x y"}, {"header"}),
        ({"origin": A, "header": "a" * 5000}, {"header"}),
        ({"origin": A, "header": [f"x-{number}" for number in range(129)]}, {"header"}),
        ({"origin": A, "credentials": "yes"}, {"credentials"}),
        ({"origin": A, "method": "PUT"}, {"path"}),
        ({"origin": A, "headers": "X-Key", "credential": "true"}, {"headers", "credential"}),
        (
            {"path": "", "method": "", "header": "(", "credentials": ""},
            {"origin", "path", "method", "header", "credentials"},
        ),
    ],
)
def test_a_wrong_question_is_told_all_that_is_wrong(query: dict[str, Any], fields: set[str]) -> None:
    answer = ask(**query)
    assert answer.status_code == 400
    assert set(answer.json()) == fields


@pytest.mark.parametrize(
    "origin",
    [
        "x" * 60_000,
        "https://a.example\r\nX: 1",
        "\x00",
        "https://é.example",
        "]",
        "https://a.example,https://b.example",
    ],
)
def test_whatever_is_asked_is_answered(origin: str) -> None:
    """Of all operations, only those that are open to anybody are open to it."""
    for asked in ({}, {"version": "\r\n", "lang": "\0"}, {"header": ["a" * 4000, *(f"x-{n}" for n in range(10))]}):
        answers = told(origin=origin, **asked)
        assert {name for name, verdict in answers.items() if verdict.startswith("allowed")} == {"GET /open/"}


def test_a_long_question_has_no_endless_answer() -> None:
    assert len(ask(origin=A, header="a" * 4000).content) < 19 * 10_000


PATHS = ["/nowhere/", "/nowhere", "/%2561/", "/" + "a/" * 30_000, "/tenants/\0/", "/tenants/%0a/", "/hidden/", "/page"]


@pytest.mark.parametrize("where", PATHS, ids=lambda where: where[:20])
def test_a_path_is_looked_for_once_however_many_operations_there_are(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long a refusal takes would tell hidden URLs from others."""
    looked_for: list[str] = []
    resolve = URLResolver.resolve

    def noted(self: URLResolver, path: str) -> Any:
        if path != "/explain/" and str(self.pattern) == "^/":
            looked_for.append(path)
        return resolve(self, path)

    ask(path="/nowhere/", method="GET", origin=A)  # samples are resolved once
    monkeypatch.setattr(URLResolver, "resolve", noted)
    assert ask(path=where, method="GET", origin=A).status_code == 404
    assert len(looked_for) <= 6


@pytest.mark.django_db
def test_a_summary_names_no_origin_and_no_source(served: Site, settings: SettingsWrapper) -> None:
    strangers = json.dumps([ask(origin=B).json(), ask(path="/cookies/", method="GET", origin=B).json()])
    assert A not in strangers
    assert SITE not in strangers
    assert "sources" not in strangers

    client = Client()
    client.force_login(User.objects.create_user("anna", is_staff=True))
    policy = ask(client, path="/cookies/", method="GET", origin=B).json()["policy"]
    assert policy["allowOrigins"] == [A, B]
    assert policy["sources"]["allowOrigins"] == "WithCookies.cors_policy"


def test_where_no_policy_is_published_nothing_is_told(settings: SettingsWrapper) -> None:
    settings.CORS_OPENAPI = {"DETAIL": "off"}
    assert told(origin=A) == {}
    assert ask(path="/declared/", method="GET", origin=A).status_code == 404


# The view itself


class Once(AnonRateThrottle):
    rate = "1/day"


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [
        ("get", f"?origin={A}", 200),
        ("get", "", 400),
        ("get", f"?origin={A}&path=/nowhere/&method=GET", 404),
        ("post", f"?origin={A}", 405),
        ("head", f"?origin={A}", 405),
        ("options", "", 405),
    ],
)
def test_answers_are_for_the_own_origin_and_for_now(method: str, query: str, status: int) -> None:
    answer = getattr(Client(), method)(f"/explain/{query}", headers={"origin": A})
    assert answer.status_code == status
    assert answer["Cache-Control"] == "private, no-store"
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_permissions_and_throttles_are_the_projects(served: Site) -> None:
    served.serve(
        path("staff/", CorsExplainView.as_view(permission_classes=[permissions.IsAdminUser])),
        path("explain/", CorsExplainView.as_view(throttle_classes=[Once])),
    )
    refused = Client().get("/staff/", {"origin": A})
    assert (refused.status_code, refused["Cache-Control"]) == (403, "private, no-store")
    assert [ask(origin=A).status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("generator", [SchemaGenerator, None], ids=["without our mixin", "ours"])
def test_any_generator_will_do(generator: Any, served: Site) -> None:
    kwargs = {} if generator is None else {"generator_class": generator}
    served.serve(path("declared/", Declared.as_view()), path("explain/", CorsExplainView.as_view(**kwargs)))
    assert told(origin=A)["PUT /declared/"] == "allowed allowed"


# Other shapes of sites


def test_paths_are_those_of_the_schema_or_of_urls(settings: SettingsWrapper) -> None:
    trimmed = {"SCHEMA_PATH_PREFIX": r"/api", "SCHEMA_PATH_PREFIX_TRIM": True}
    with patched_settings(trimmed):
        assert told(origin=A)["GET /things/{id}/"] == "allowed allowed"
        found = [ask(path=where, method="GET", origin=A).json() for where in ("/things/{id}/", "/api/things/3/")]
    assert [one["path"] for one in found] == ["/things/{id}/"] * 2
    assert [one["verdict"] for one in found] == ["allowed"] * 2


def test_urls_may_have_the_script_prefix(settings: SettingsWrapper) -> None:
    settings.FORCE_SCRIPT_NAME = "/shop"
    for where in ("/tenants/b/", "/shop/tenants/b/"):
        assert ask(path=where, method="GET", origin=B).json()["verdict"] == "allowed"
    assert [request.path for request in ASKED] == ["/shop/tenants/b/"] * 2


class Versioned(Base):
    versioning_class = versioning.URLPathVersioning


def test_versions_are_told_apart(served: Site) -> None:
    served.serve(
        path("<version>/things/", Versioned.as_view(cors_policy=at("a"))),
        path("explain/", CorsExplainView.as_view(api_version="v1")),
    )
    assert told(origin=A) == {"GET /v1/things/": "allowed allowed"}
    assert ask(path="/v1/things/", method="GET", origin=A).status_code == 200
    assert ask(path="/v2/things/", method="GET", origin=A).status_code == 404


def test_language_prefixes_are_part_of_urls(served: Site, settings: SettingsWrapper) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    served.serve(
        *i18n_patterns(path("things/", Declared.as_view())),
        path("explain/", CorsExplainView.as_view()),
    )
    for where in ("/en/things/", "/de/things/"):
        assert ask(path=where, method="GET", origin=A).json()["verdict"] == "allowed"


# Places where an operation and a URL could be taken for one another


def test_a_shadowed_operation_is_not_answered_for_by_the_view_before_it(settings: SettingsWrapper) -> None:
    settings.CORS_URLS_REGEX = r"^/"  # so that the view before it is open to the site's own
    for page_of in (A, SITE):
        one = ask(path="/late/", method="GET", origin=page_of).json()
        assert (one["verdict"], one["reason"]) == ("blocked", "not-resolved")


class GetOnly(CorsPolicyMixin, APIView):
    cors_policy = at("a")

    @extend_schema(responses=Thing)
    def get(self, request: Any) -> None:
        raise NotImplementedError


class PostOnly(CorsPolicyMixin, APIView):
    cors_policy = at("a")

    @extend_schema(request=Thing, responses=Thing)
    def post(self, request: Any) -> None:
        raise NotImplementedError


def test_two_views_at_one_path_are_told_apart(served: Site) -> None:
    served.serve(
        path("x/", GetOnly.as_view()), path("x/", PostOnly.as_view()), path("explain/", CorsExplainView.as_view())
    )
    assert told(origin=A) == {"GET /x/": "allowed allowed", "POST /x/": "blocked not-resolved"}
    assert ask(path="/x/", method="GET", origin=A).json()["verdict"] == "allowed"
    assert ask(path="/x/", method="POST", origin=A).json()["reason"] == "not-resolved"


PART = [path("things/<int:pk>/", Declared.as_view(), name="thing")]


@pytest.mark.parametrize(
    ("places", "kwargs", "found", "lost"),
    [
        (["", "zz/"], {}, ["/things/7/", "/zz/things/7/"], ["/yy/things/7/"]),
        (["v1/", "v2/"], {"patterns": PART}, ["/things/7/", "/v1/things/7/"], ["/v1/other/7/"]),
        ([], {"urlconf": PART}, ["/things/7/"], ["/v1/things/7/"]),
    ],
    ids=["included twice", "a part, included twice", "a part, included nowhere"],
)
def test_urls_lead_to_the_operation_at_their_route(
    places: list[str], kwargs: dict[str, Any], found: list[str], lost: list[str], served: Site
) -> None:
    served.serve(
        *(path(place, include(PART)) for place in places),
        path("explain/", CorsExplainView.as_view(**kwargs)),
    )
    assert set(told(origin=A).values()) == {"allowed allowed", "blocked method-not-allowed"}
    for where in found:
        one = ask(path=where, method="PUT", origin=A).json()
        assert one["verdict"] == "allowed"
        assert one["path"] in (where.replace("7", "{id}"), "/things/{id}/")
    for where in lost:
        assert ask(path=where, method="PUT", origin=A).status_code == 404


def test_a_part_that_is_included_twice_is_answered_for_in_both_places(served: Site, settings: SettingsWrapper) -> None:
    part = ([path("x/", Undeclared.as_view(), name="x")], "shop")
    served.serve(
        path("api/one/", include(part, namespace="first")),
        path("api/two/", include(part, namespace="second")),
        path("explain/", CorsExplainView.as_view(patterns=part[0])),
    )
    for policy, expected in ((CorsPolicy(), "allowed allowed"), (NO_CORS, "depends depends")):
        settings.CORS_VIEW_POLICIES = {"second:x": policy}
        assert told(origin=SITE) == {"GET /x/": expected}
        one = ask(path="/x/", method="GET", origin=SITE).json()
        assert f"{one['verdict']} {one['reason']}" == expected


def drop_zz(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {**result, "paths": {where: item for where, item in result["paths"].items() if "zz" not in where}}


def drop_all_but_zz(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {**result, "paths": {where: item for where, item in result["paths"].items() if "zz" in where}}


@pytest.mark.parametrize(
    ("hook", "found", "lost"),
    [("drop_zz", "/things/7/", "/zz/things/7/"), ("drop_all_but_zz", "/zz/things/7/", "/things/7/")],
)
def test_a_route_that_a_hook_takes_out_is_not_taken_for_another_of_its_view(
    hook: str, found: str, lost: str, served: Site
) -> None:
    served.serve(path("", include(PART)), path("zz/", include(PART)), path("explain/", CorsExplainView.as_view()))
    with patched_settings({"POSTPROCESSING_HOOKS": [f"{__name__}.{hook}"]}):
        assert ask(path=found, method="GET", origin=A).status_code == 200
        assert ask(path=lost, method="GET", origin=A).status_code == 404


def test_routes_in_other_languages_are_found(served: Site, settings: SettingsWrapper) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    served.serve(
        *i18n_patterns(path(in_german("things/<int:pk>/", "dinge/<int:pk>/"), Declared.as_view())),
        path("explain/", CorsExplainView.as_view()),
    )
    for where in ("/en/things/7/", "/de/dinge/7/"):
        assert ask(path=where, method="GET", origin=A).json()["verdict"] == "allowed"
    assert ask(path="/de/things/7/", method="GET", origin=A).status_code == 404


def in_german(english: str, german: str) -> Any:
    return lazy(lambda: german if get_language() == "de" else english, str)()


def test_a_url_may_be_as_the_address_bar_has_it() -> None:
    for where in ("/tenants/b/?page=2", "/t%65nants/b/"):
        assert ask(path=where, method="GET", origin=B).json()["verdict"] == "allowed"
    assert [request.path_info for request in ASKED] == ["/tenants/b/"] * 2


class Tenants:
    urlpatterns = [*PART, path("explain/", CorsExplainView.as_view(urlconf=PART))]


def of_tenant(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def choose(request: HttpRequest) -> HttpResponse:
        request.urlconf = Tenants
        return get_response(request)

    return choose


def test_the_urlconf_of_the_request_is_honoured(settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = [f"{__name__}.of_tenant", *settings.MIDDLEWARE]
    assert told(origin=A)["PUT /things/{id}/"] == "allowed allowed"
    assert ask(path="/things/7/", method="PUT", origin=A).json()["verdict"] == "allowed"
    assert ask(path="/declared/", method="PUT", origin=A).status_code == 404


# What goes along


class OfBody(Base):
    cors_policy = at("a", allow_headers=["x-key"])

    @extend_schema(request={"application/json": Thing}, responses=Thing)
    def post(self, request: Any) -> None:
        raise NotImplementedError

    @extend_schema(request={"application/json": Thing, "multipart/form-data": Thing}, responses=Thing)
    def put(self, request: Any) -> None:
        raise NotImplementedError


def test_a_body_of_json_needs_its_media_type_allowed(served: Site, settings: SettingsWrapper) -> None:
    served.serve(path("x/", OfBody.as_view()), path("explain/", CorsExplainView.as_view()))
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.answering"]
    plain, as_text = told(origin=A), told(origin=A, header="Content-Type: text/plain")
    assert plain == {
        "GET /x/": "allowed allowed",
        "POST /x/": "blocked header-not-allowed",
        "PUT /x/": "allowed allowed",
    }
    assert as_text["POST /x/"] == "allowed allowed"
    with pytest.raises(CorsBlocked):
        Browser(A).fetch("/x/", method="POST", json={})
    Browser(A).fetch("/x/", method="POST", body="text", headers={"content-type": "text/plain"})
    one = ask(path="/x/", method="POST", origin=A).json()
    assert (one["reason"], one["culprit"], one["headers"]) == ("header-not-allowed", "content-type", ["content-type"])
    headers = {each["method"]: each["headers"] for each in ask(origin=A, header="X-Key").json()["operations"]}
    assert headers == {"GET": ["x-key"], "POST": ["content-type", "x-key"], "PUT": ["x-key"]}


def looks_at_headers(origin: str, request: HttpRequest) -> bool:
    seen = request.headers
    return seen.get("accept-language") == "de" and "referer" not in seen and "sec-fetch-site" not in seen


@pytest.mark.parametrize("credentials", ["true", "false"])
def test_a_callable_sees_the_headers_of_the_script_not_of_whoever_asks(credentials: str, served: Site) -> None:
    policy = CorsPolicy(is_origin_allowed=looks_at_headers, allow_credentials=True)
    served.serve(path("x/", Declared.as_view(cors_policy=policy)), path("explain/", CorsExplainView.as_view()))
    query = urlencode({"path": "/x/", "method": "GET", "origin": A, "credentials": credentials})
    asking = {"referer": "https://docs.example/", "sec-fetch-site": "same-origin"}
    for header, verdict in (("&header=Accept-Language:de", "allowed"), ("", "blocked")):
        assert Client().get(f"/explain/?{query}{header}", headers=asking).json()["verdict"] == verdict


@pytest.mark.parametrize(
    ("server", "origin", "reason"),
    [
        ("https://api.example/v1", "http://testserver", "view-disabled"),
        ("https://api.example/v1", "https://api.example", "same-origin"),
        ("/v1", "http://testserver", "same-origin"),
        ("http://[", "http://testserver", "view-disabled"),
    ],
)
def test_the_own_origin_is_that_of_the_server(server: str, origin: str, reason: str) -> None:
    with patched_settings({"SERVERS": [{"url": server}]}):
        assert ask(path="/api/closed/", method="GET", origin=origin).json()["reason"] == reason


def test_a_site_without_users_has_none(served: Site, settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware"]
    served.serve(path("x/", Tenant.as_view()), path("explain/", CorsExplainView.as_view(authentication_classes=[])))
    assert ask(path="/x/", method="GET", origin=A).json()["verdict"] == "allowed"
    assert not hasattr(ASKED[0], "session")


# Generators that keep what they make


class Keeping(CorsSchemaGenerator):
    kept: Any = None

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        if Keeping.kept is None:
            Keeping.kept = super().get_schema(request=request, public=public)
        return Keeping.kept


def test_a_schema_that_is_kept_is_left_clean(served: Site) -> None:
    """Nothing can be told of it: its operations lead nowhere. But nobody gets to see our numbers."""
    served.serve(
        path("declared/", Declared.as_view()),
        path("schema/", SpectacularJSONAPIView.as_view(generator_class=Keeping)),
        path("explain/", CorsExplainView.as_view(generator_class=Keeping)),
    )
    Keeping.kept = None
    assert told(origin=A)["PUT /declared/"] == "allowed allowed"
    assert told(origin=A) == {}
    assert b"x-cors-policy" in Client().get("/schema/").content
    assert b"x-cors-number" not in Client().get("/schema/").content
