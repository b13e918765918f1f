"""The explain view tells what the wire would, to those who see the operation, and runs no view for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, set_script_prefix
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
from drf_cors.core.verdict import Reason
from drf_cors.explain.messages import ADVICE
from drf_cors.openapi import CorsSchemaGenerator
from drf_cors.openapi.views import CorsExplainView
from drf_cors.signals import check_request_enabled
from drf_cors.testing import Browser, CorsBlocked
from tests.integrations.schema_site import SITE, Base, Site, Thing, at, origin
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import SettingsWrapper

A, B, SITE_ONLY = origin("a"), origin("b"), SITE


def never_called(origin: str, request: HttpRequest) -> bool:
    raise NotImplementedError


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
    cors_policy = CorsPolicy(is_origin_allowed=never_called, allow_methods=["GET"])

    def put(self, request: Any, **kwargs: Any) -> None:
        raise NotImplementedError


class Jobs(Base):
    cors_policy = CorsPolicy(is_origin_allowed=never_called, allow_headers=["x-key"], allow_credentials=True)

    def put(self, request: Any, **kwargs: Any) -> None:
        raise NotImplementedError


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
    yield site
    set_script_prefix("/")


def ask(client: Client | None = None, **query: Any) -> Any:
    return (client or Client()).get(f"/explain/?{urlencode(query, doseq=True)}")


def answer_for(operation: str, **query: Any) -> dict[str, Any]:
    """Return what is answered for `GET /orders/`."""
    (found,) = (one for one in ask(**query).json()["operations"] if f"{one['method']} {one['path']}" == operation)
    return dict(found)


def told(**query: Any) -> dict[str, str]:
    """Operation -> verdict and reason."""
    answer = ask(**query)
    assert answer.status_code == 200
    return {
        f"{one['method']} {one['path']}": f"{one['verdict']} {one['reason']}" for one in answer.json()["operations"]
    }


@pytest.fixture
def receiver() -> Iterator[None]:
    """Connect a receiver that nothing may call."""

    def never(sender: object, **_: Any) -> bool:
        raise NotImplementedError

    check_request_enabled.connect(never)
    yield
    check_request_enabled.disconnect(never)


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
        "GET /{area}/somewhere/": "depends depends",
        "GET /late/": "blocked not-resolved",
        "GET /api/things/{id}/": "allowed allowed",
        "DELETE /api/things/{id}/": "blocked view-disabled",
        "POST /api/things/{id}/publish/": "blocked origin-not-allowed",
    }


def test_what_is_sent_counts() -> None:
    plain = told(origin=A)
    with_key = told(origin=A, header=["X-Key: 1", "Accept", "Cookie"])
    with_other = told(origin=A, header="X-Other")
    with_cookies = told(origin=A, credentials="true")

    assert {name: verdict for name, verdict in with_key.items() if plain[name] != verdict} == {
        "GET /cookies/": "blocked header-not-allowed",
        "GET /tenants/{tenant}/": "blocked header-not-allowed",
        "GET /api/things/{id}/": "blocked header-not-allowed",
    }
    assert with_other["PUT /declared/"] == "blocked header-not-allowed"
    assert {name: verdict for name, verdict in with_cookies.items() if plain[name] != verdict} == {
        "GET /declared/": "blocked credentials-not-allowed",
        "PUT /declared/": "blocked credentials-not-allowed",
        "GET /open/": "blocked credentials-not-allowed",
        "GET /tenants/{tenant}/": "blocked credentials-not-allowed",
        "GET /api/things/{id}/": "blocked credentials-not-allowed",
    }
    assert told(origin=B, credentials="true")["GET /cookies/"] == "blocked credentials-not-allowed"


def test_the_counts_add_up() -> None:
    answer = ask(origin=A).json()
    assert answer["counts"] == {"allowed": 5, "blocked": 8, "depends": 4, "total": 17}
    assert (answer["origin"], answer["headers"], answer["credentials"]) == (A, [], False)
    assert all(one["text"] and one["nextStep"] for one in answer["operations"])


def answering(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that stands in for every view but the one that is tested."""

    def answer(request: HttpRequest) -> HttpResponse:
        return get_response(request) if request.path == "/explain/" else HttpResponse()

    return answer


@named_rows("asked", {"plain": {}, "header": {"header": "X-Key"}, "cookies": {"credentials": "true"}})
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


def test_receivers_may_turn_what_no_view_declares(request: pytest.FixtureRequest) -> None:
    before = told(origin=A)
    request.getfixturevalue("receiver")
    after = told(origin=A)
    assert {name: verdict for name, verdict in after.items() if before[name] != verdict} == {
        "GET /api/undeclared/": "depends depends",
        "GET /uncovered/": "depends depends",
    }


# One operation of them


@pytest.mark.parametrize(
    ("operation", "query", "expected"),
    [
        ("PUT /declared/", {"origin": A}, ("allowed", "allowed", "")),
        ("DELETE /declared/", {"origin": A}, ("blocked", "method-not-allowed", "DELETE")),
        (
            "PUT /declared/",
            {"origin": A, "header": ["x-key", "X-Other"]},
            ("blocked", "header-not-allowed", "x-other"),
        ),
        ("PUT /declared/", {"origin": B}, ("blocked", "origin-not-allowed", "")),
        ("PUT /declared/", {"origin": "null"}, ("blocked", "origin-null", "")),
        ("PUT /declared/", {"origin": "shop"}, ("blocked", "origin-malformed", "")),
        ("GET /cookies/", {"origin": B, "credentials": "true"}, ("blocked", "credentials-not-allowed", "")),
        ("GET /tenants/{tenant}/", {"origin": B}, ("depends", "depends", "")),
        ("PUT /tenants/{tenant}/", {"origin": B}, ("blocked", "method-not-allowed", "PUT")),
        ("GET /{area}/somewhere/", {"origin": SITE}, ("depends", "depends", "")),
        ("POST /api/things/{id}/publish/", {"origin": B}, ("allowed", "allowed", "")),
    ],
)
def test_one_operation(operation: str, query: dict[str, Any], expected: tuple[str, str, str]) -> None:
    one = answer_for(operation, **query)
    assert (one["verdict"], one["reason"], one["culprit"]) == expected


def test_all_that_is_told_of_one_operation() -> None:
    assert answer_for("PUT /declared/", origin=A, header="x-key") == {
        "path": "/declared/",
        "method": "PUT",
        "headers": ["x-key"],
        "verdict": "allowed",
        "reason": "allowed",
        "culprit": "",
        "text": "The browser sends the request and lets the script read the answer.",
        "nextStep": "Nothing to do.",
    }


@pytest.mark.parametrize("names_sources", [True, False])
@pytest.mark.parametrize(
    ("operation", "query", "expected"),
    [
        pytest.param(
            "PUT /declared/",
            {"origin": B},
            "Add 'https://b.example' to allowed_origins of Declared.cors_policy.",
            id="origin",
        ),
        pytest.param(
            "POST /api/things/{id}/publish/",
            {"origin": A},
            "Add 'https://a.example' to allowed_origins of @cors on Things.publish.",
            id="origin of an action",
        ),
        pytest.param(
            "GET /cookies/",
            {"origin": B, "credentials": "true"},
            "Add 'https://b.example' to allow_credentials of WithCookies.cors_policy.",
            id="credentials",
        ),
        pytest.param(
            "DELETE /declared/",
            {"origin": A},
            "Add 'DELETE' to allow_methods of Declared.cors_policy.",
            id="method",
        ),
        pytest.param(
            "PUT /declared/",
            {"origin": A, "header": "X-Other"},
            "Add 'x-other' to allow_headers of Declared.cors_policy.",
            id="header",
        ),
        pytest.param(
            "GET /api/undeclared/",
            {"origin": B},
            (
                "Declare a policy for this operation with 'https://b.example' in allowed_origins; "
                "in settings.CORS_ALLOWED_ORIGINS it would be allowed everywhere."
            ),
            id="the settings",
        ),
        pytest.param(
            "GET /api/things/{id}/",
            {"origin": A, "header": "X-Other"},
            (
                "Declare a policy for this operation with 'x-other' in allow_headers; "
                "in settings.CORS_ALLOW_HEADERS it would be allowed everywhere."
            ),
            id="the defaults",
        ),
        pytest.param("GET /late/", {"origin": A}, "Correct the path, or add the URL.", id="no endpoint"),
        pytest.param("GET /open/", {"origin": A}, "Nothing to do.", id="allowed"),
    ],
)
def test_what_to_do_names_the_declaration(
    operation: str, query: dict[str, Any], expected: str, names_sources: bool, settings: SettingsWrapper
) -> None:
    settings.CORS_OPENAPI = {"SOURCES": names_sources}
    one = answer_for(operation, **query)
    general = ADVICE[Reason(one["reason"])].next_step
    assert one["nextStep"] == (expected if names_sources else general)


def test_a_wrong_header_is_told_in_words() -> None:
    answer = ask(origin=A, header=["X-Key", "x y\x1b"]).json()
    assert answer == {"header": r"'x y\x1b' is not the name of a header. Write a name such as X-Request-Id."}


# Who may ask what


@pytest.mark.parametrize("where", ["/hidden/", "/excluded/", "/page/", "/explain/"])
def test_what_is_not_in_the_schema_is_not_told(where: str) -> None:
    assert where not in {one["path"] for one in ask(origin=A).json()["operations"]}


@pytest.mark.django_db
def test_an_operation_is_told_to_those_who_see_it() -> None:
    client = Client()
    client.force_login(User.objects.create_user("anna", is_staff=True))
    assert "/hidden/" in {one["path"] for one in ask(client, origin=A).json()["operations"]}


def drop_things(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook that runs when the schema is made."""
    return {**result, "paths": {where: item for where, item in result["paths"].items() if "things" not in where}}


def test_what_a_hook_takes_out_is_not_told() -> None:
    with patched_settings({"POSTPROCESSING_HOOKS": [f"{__name__}.drop_things"]}):
        assert not [name for name in told(origin=A) if "things" in name]


def make_up(endpoints: list[Any]) -> list[Any]:
    return [*endpoints, ("/made-up/", "made-up/", "GET", cors(NO_CORS)(Open.as_view()))]


def test_what_a_hook_makes_up_is_blocked() -> None:
    with patched_settings({"PREPROCESSING_HOOKS": [f"{__name__}.make_up"]}):
        assert told(origin=A)["GET /made-up/"] == "blocked not-resolved"


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({}, {"origin"}),
        ({"origin": ""}, {"origin"}),
        ({"origin": A, "header": "x y"}, {"header"}),
        ({"origin": A, "header": "a" * 5000}, {"header"}),
        ({"origin": A, "header": [f"x-{number}" for number in range(129)]}, {"header"}),
        ({"origin": A, "credentials": "yes"}, {"credentials"}),
        ({"origin": A, "headers": "X-Key", "credential": "true"}, {"headers", "credential"}),
        ({"header": "(", "credentials": ""}, {"origin", "header", "credentials"}),
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
    assert len(ask(origin=A, header="a" * 4000).content) < 17 * 10_000


def test_a_stranger_is_told_no_origin_and_no_source() -> None:
    strangers = json.dumps(ask(origin=B).json())
    assert A not in strangers
    assert SITE not in strangers
    assert "sources" not in strangers


def test_where_no_policy_is_published_nothing_is_told(settings: SettingsWrapper) -> None:
    settings.CORS_OPENAPI = {"DETAIL": "off"}
    assert told(origin=A) == {}


# The view itself


class Once(AnonRateThrottle):
    rate = "1/day"


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [
        ("get", f"?origin={A}", 200),
        ("get", "", 400),
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


@named_rows("generator", {"without our mixin": SchemaGenerator, "ours": None})
def test_any_generator_will_do(generator: Any, served: Site) -> None:
    kwargs = {} if generator is None else {"generator_class": generator}
    served.serve(path("declared/", Declared.as_view()), path("explain/", CorsExplainView.as_view(**kwargs)))
    assert told(origin=A)["PUT /declared/"] == "allowed allowed"


# Other shapes of sites


def test_paths_are_those_of_the_schema() -> None:
    with patched_settings({"SCHEMA_PATH_PREFIX": r"/api", "SCHEMA_PATH_PREFIX_TRIM": True}):
        assert told(origin=A)["GET /things/{id}/"] == "allowed allowed"


class Versioned(Base):
    versioning_class = versioning.URLPathVersioning


def test_versions_are_told_apart(served: Site) -> None:
    served.serve(
        path("<version>/things/", Versioned.as_view(cors_policy=at("a"))),
        path("explain/", CorsExplainView.as_view(api_version="v1")),
    )
    assert told(origin=A) == {"GET /v1/things/": "allowed allowed"}


def test_language_prefixes_are_part_of_urls(served: Site, settings: SettingsWrapper) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    served.serve(
        *i18n_patterns(path("things/", Declared.as_view())),
        path("explain/", CorsExplainView.as_view()),
    )
    assert told(origin=A)["GET /en-us/things/"] == "allowed allowed"


# Places where one operation could be taken for another


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


PART = [path("things/<int:pk>/", Declared.as_view(), name="thing")]


@named_rows(
    "places, kwargs",
    {
        "included twice": (["", "zz/"], {}),
        "a part, included twice": (["v1/", "v2/"], {"patterns": PART}),
        "a part, included nowhere": ([], {"urlconf": PART}),
    },
)
def test_parts_of_a_site_are_answered_for(places: list[str], kwargs: dict[str, Any], served: Site) -> None:
    served.serve(
        *(path(place, include(PART)) for place in places),
        path("explain/", CorsExplainView.as_view(**kwargs)),
    )
    assert set(told(origin=A).values()) == {"allowed allowed", "blocked method-not-allowed"}


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


def drop_zz(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {**result, "paths": {where: item for where, item in result["paths"].items() if "zz" not in where}}


def drop_all_but_zz(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {**result, "paths": {where: item for where, item in result["paths"].items() if "zz" in where}}


@pytest.mark.parametrize(
    ("hook", "found", "lost"),
    [("drop_zz", "/things/{id}/", "/zz/things/{id}/"), ("drop_all_but_zz", "/zz/things/{id}/", "/things/{id}/")],
)
def test_a_route_that_a_hook_takes_out_is_not_taken_for_another_of_its_view(
    hook: str, found: str, lost: str, served: Site
) -> None:
    served.serve(path("", include(PART)), path("zz/", include(PART)), path("explain/", CorsExplainView.as_view()))
    with patched_settings({"POSTPROCESSING_HOOKS": [f"{__name__}.{hook}"]}):
        answers = told(origin=A)
    assert answers[f"GET {found}"] == "allowed allowed"
    assert f"GET {lost}" not in answers


def test_routes_in_other_languages_are_found(served: Site, settings: SettingsWrapper) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    served.serve(
        *i18n_patterns(path(in_german("things/<int:pk>/", "dinge/<int:pk>/"), Declared.as_view())),
        path("explain/", CorsExplainView.as_view()),
    )
    assert told(origin=A)["GET /en-us/things/{id}/"] == "allowed allowed"
    assert told(origin=A, lang="de")["GET /de/dinge/{id}/"] == "allowed allowed"


def in_german(english: str, german: str) -> Any:
    return lazy(lambda: german if get_language() == "de" else english, str)()


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
    one = answer_for("POST /x/", origin=A)
    assert (one["reason"], one["culprit"], one["headers"]) == ("header-not-allowed", "content-type", ["content-type"])
    headers = {each["method"]: each["headers"] for each in ask(origin=A, header="X-Key").json()["operations"]}
    assert headers == {"GET": ["x-key"], "POST": ["content-type", "x-key"], "PUT": ["x-key"]}


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
        assert answer_for("GET /api/closed/", origin=origin)["reason"] == reason


def test_a_site_without_users_has_answers(served: Site, settings: SettingsWrapper) -> None:
    settings.MIDDLEWARE = ["drf_cors.middleware.CorsMiddleware"]
    served.serve(path("x/", Open.as_view()), path("explain/", CorsExplainView.as_view(authentication_classes=[])))
    assert told(origin=A) == {"GET /x/": "allowed allowed"}


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
