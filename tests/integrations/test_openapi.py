"""Every operation of a schema carries the policy of exactly that method, whichever way the operation was made."""

from __future__ import annotations

import functools
import gc
import json
import re
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import include, path, re_path
from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from openapi_spec_validator import validate
from rest_framework import permissions, versioning, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from drf_cors import NO_CORS, CorsConfigurationError, CorsPolicy, CorsPolicyMixin, cors, openapi
from drf_cors.openapi import CorsSchemaGenerator, CorsSchemaGeneratorMixin
from drf_cors.signals import check_request_enabled
from tests.integrations.schema_site import KEY, SITE, Base, Site, Thing, at, origin, urlconf
from tests.tables import named_rows

if TYPE_CHECKING:
    from collections.abc import Callable

answers = extend_schema(request=Thing, responses=Thing)


# The ways to make an operation


@answers
@cors(at("above"))
@api_view(["GET", "POST"])
def marked_above(request: Any) -> None: ...


@answers
@api_view(["GET", "POST"])
@cors(at("below"))
def marked_below(request: Any) -> None: ...


class Methods(Base):
    cors_policy = at("class")

    @cors(at("handler"))
    def post(self, request: Any) -> None: ...

    @cors(NO_CORS)
    def delete(self, request: Any) -> None: ...


class Actions(CorsPolicyMixin, viewsets.ViewSet):
    serializer_class = Thing
    cors_policy = at("viewset")
    cors_action_policies = {"create": at("create")}

    def list(self, request: Any) -> None: ...

    def create(self, request: Any) -> None: ...

    @cors(at("extra"))
    @action(detail=False, methods=["get", "post"])
    def extra(self, request: Any) -> None: ...

    @extra.mapping.delete
    def remove_extra(self, request: Any) -> None: ...

    @extra.mapping.put
    @cors(at("put-extra"))
    def put_extra(self, request: Any) -> None: ...

    @action(detail=False, cors_policy=at("keyword"))
    def keyword(self, request: Any) -> None: ...


class LabelledSchema(AutoSchema):
    def __init__(self, label: str = "by default") -> None:
        super().__init__()
        self.label = label

    def get_summary(self) -> str:
        return self.label


class OwnSchema(Base):
    cors_policy = at("own-schema")
    schema = LabelledSchema("of its own")


class OwnSchemaExtended(OwnSchema):
    cors_policy = at("own-schema-extended")

    @extend_schema(description="extended")
    def get(self, request: Any, **kwargs: Any) -> None: ...


OPERATION = {"operationId": "written_by_hand", "responses": {"200": {"description": "ok"}}}


class WrittenByHand(Base):
    cors_policy = at("by-hand")

    @extend_schema(operation=OPERATION)
    def get(self, request: Any, **kwargs: Any) -> None: ...


class Extensions(Base):
    cors_policy = at("extensions")

    @extend_schema(extensions={"x-other": 1, KEY: "ours goes over it"})
    def get(self, request: Any, **kwargs: Any) -> None: ...


class Installed(APIView):
    """A view of somebody else's."""

    def get(self, request: Any) -> None: ...


class DocumentInstalled(OpenApiViewExtension):
    target_class = Installed

    def view_replacement(self) -> Any:
        class Documented(CorsPolicyMixin, APIView):
            cors_policy = at("only-documented")
            serializer_class = Thing

            def get(self, request: Any) -> None: ...

        return Documented


class Excluded(Base):
    @extend_schema(exclude=True)
    def get(self, request: Any, **kwargs: Any) -> None: ...


class ActionSchema(viewsets.ViewSet):
    serializer_class = Thing

    @cors(at("action-schema"))
    @action(detail=False, schema=LabelledSchema())
    def do(self, request: Any) -> None: ...


router = SimpleRouter()
router.register("actions", Actions, "actions")
router.register("action-schema", ActionSchema, "action-schema")

MATRIX: list[Any] = [
    path("above/", marked_above),
    path("below/", marked_below),
    path("methods/", Methods.as_view()),
    path("keyword/<int:pk>/", Base.as_view(cors_policy=at("as-view"))),
    path("own-schema/", OwnSchema.as_view()),
    path("own-schema-again/", OwnSchema.as_view()),
    path("own-schema-extended/", OwnSchemaExtended.as_view()),
    path("by-hand/", WrittenByHand.as_view()),
    path("extensions/", Extensions.as_view()),
    path("installed/", cors(at("around"))(Installed.as_view())),
    path("excluded/", Excluded.as_view()),
    path("plain/", Base.as_view()),
    path("", include(router.urls)),
]

EXPECTED = {
    "GET /above/": "above",
    "POST /above/": "above",
    "GET /below/": "below",
    "POST /below/": "below",
    "GET /methods/": "class",
    "POST /methods/": "handler",
    "DELETE /methods/": None,
    "GET /keyword/{id}/": "as-view",
    "GET /own-schema/": "own-schema",
    "GET /own-schema-again/": "own-schema",
    "GET /own-schema-extended/": "own-schema-extended",
    "GET /by-hand/": "by-hand",
    "GET /extensions/": "extensions",
    "GET /installed/": "around",
    "GET /plain/": "site",
    "GET /actions/": "viewset",
    "POST /actions/": "create",
    "GET /actions/extra/": "extra",
    "POST /actions/extra/": "extra",
    "DELETE /actions/extra/": "extra",
    "PUT /actions/extra/": "put-extra",
    "GET /actions/keyword/": "keyword",
    "GET /action-schema/do/": "action-schema",
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_every_way_to_make_an_operation(site: Site, version: str) -> None:
    site.serve(*MATRIX)
    assert site.who(custom={"OAS_VERSION": version}) == EXPECTED


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("detail", ["full", "summary"])
def test_schema_is_valid_and_nothing_is_warned_of(
    site: Site, capsys: pytest.CaptureFixture[str], version: str, detail: str
) -> None:
    site.serve(*MATRIX)
    site.settings.CORS_OPENAPI = {"DETAIL": detail, "SOURCES": True}
    made = site.generate(custom={"OAS_VERSION": version})
    assert made["openapi"] == version
    validate(made)
    assert capsys.readouterr().err == ""
    assert all("sources" in policy for policy in site.policies().values())


def test_operations_keep_what_else_they_have(site: Site) -> None:
    site.serve(*MATRIX)
    operations = site.operations()
    assert operations["GET /own-schema/"]["summary"] == "of its own"
    assert operations["GET /own-schema-extended/"]["summary"] == "by default"  # drf-spectacular makes it anew
    assert operations["GET /own-schema-extended/"]["description"] == "extended"
    assert operations["GET /action-schema/do/"]["summary"] == "by default"
    assert operations["GET /by-hand/"]["operationId"] == "written_by_hand"
    assert operations["GET /extensions/"]["x-other"] == 1


def test_nothing_of_the_project_is_changed(site: Site) -> None:
    site.serve(*MATRIX)
    schema = vars(OwnSchema)["schema"]
    before = type(schema), dict(OPERATION)
    site.generate()
    assert (type(vars(OwnSchema)["schema"]), OPERATION) == before
    assert vars(OwnSchema)["schema"] is schema
    assert site.who() == EXPECTED  # nor does the second differ from the first


def test_generator_is_not_kept_alive(site: Site) -> None:
    site.serve(*MATRIX)
    generator = CorsSchemaGenerator()
    site.generate(generator)
    seen = weakref.ref(generator)
    del generator
    gc.collect()
    assert seen() is None


class Described:
    """Sells things."""


class DescribedBehind(CorsPolicyMixin, Described, APIView):
    serializer_class = Thing

    def get(self, request: Any) -> None: ...


class DescribedItself(Base):
    """Lists things."""


@named_rows("generator", {"plain": SchemaGenerator, "ours": CorsSchemaGenerator})
def test_the_docstring_of_the_mixin_describes_no_operation(site: Site, generator: Any) -> None:
    site.serve(
        path("undescribed/", Base.as_view()),
        path("behind/", DescribedBehind.as_view()),
        path("itself/", DescribedItself.as_view()),
        path("", include(router.urls)),
    )
    operations = site.operations(generator())
    described = {}
    for name, operation in operations.items():
        if "description" in operation:
            described[name] = operation["description"]
    assert described == {"GET /behind/": "Sells things.", "GET /itself/": "Lists things."}


def test_plain_generator_publishes_nothing(site: Site) -> None:
    site.serve(*MATRIX)
    assert set(site.policies(SchemaGenerator())) == set(EXPECTED)
    assert set(map(str, site.policies(SchemaGenerator()).values())) <= {"None", "ours goes over it"}


def test_views_can_be_made_without_a_schema_being_made(site: Site) -> None:
    site.serve(*MATRIX)
    view = CorsSchemaGenerator().create_view(OwnSchema.as_view(), "GET")
    assert view.schema is vars(OwnSchema)["schema"]


# A project's own generators and hooks


class Shouting(SchemaGenerator):
    def parse(self, input_request: Any, public: bool) -> Any:
        return {path: item for path, item in super().parse(input_request, public).items() if path != "/plain/"}


class ShoutingWithPolicies(CorsSchemaGeneratorMixin, Shouting):
    pass


def test_mixin_for_a_generator_of_ones_own(site: Site) -> None:
    site.serve(*MATRIX)
    assert site.who(ShoutingWithPolicies()) == {name: who for name, who in EXPECTED.items() if name != "GET /plain/"}


@pytest.mark.parametrize("name", ["CorsSchemaGenerator", "CorsSchemaGeneratorMixin"])
def test_package_offers_the_generator(name: str) -> None:
    assert getattr(openapi, name).__module__ == "drf_cors.openapi.generator"


def test_package_offers_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no attribute 'CorsSchemaGenerater'"):
        _ = openapi.CorsSchemaGenerater


def rename(endpoints: Any) -> Any:
    return [(path, "elsewhere" + regex, method, callback) for path, regex, method, callback in endpoints]


def wrap(endpoints: Any) -> Any:
    return [(path, regex, method, Base.as_view()) for path, regex, method, _ in endpoints]


def invent(endpoints: Any) -> Any:
    return [("/invented/", "invented/", "GET", Base.as_view(cors_policy=at("invented")))]


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        (rename, {"GET /keyword/{id}/": "as-view"}),
        (wrap, {"GET /keyword/{id}/": "as-view"}),
        (invent, {"GET /invented/": None}),
    ],
)
def test_preprocessing_hooks_do_not_hide_the_route(
    site: Site, monkeypatch: pytest.MonkeyPatch, hook: Callable[..., Any], expected: dict[str, str | None]
) -> None:
    monkeypatch.setattr(spectacular_settings, "PREPROCESSING_HOOKS", [hook])
    site.serve(path("keyword/<int:pk>/", Base.as_view(cors_policy=at("as-view"))))
    assert site.who() == expected


def test_routes_that_a_hook_makes_alike_are_told_of_together(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectacular_settings, "PREPROCESSING_HOOKS", [rename])
    view = Base.as_view()
    site.serve(path("one/", view, name="one"), path("two/", view, name="two"))
    for policy, is_dynamic in ((at("site"), False), (at("two"), True), (NO_CORS, True)):
        site.settings.CORS_VIEW_POLICIES = {"two": policy}
        for published in site.policies().values():
            assert (published["allowOrigins"], published["dynamic"]) == ([SITE], is_dynamic)


# Which route a method is served at: versions, prefixes, parts of a site, routes behind others


class Versioned(Base):
    cors_policy = at("versioned")


class TwoActions(viewsets.ViewSet):
    serializer_class = Thing

    @action(detail=False, url_path="do")
    def read(self, request: Any) -> None: ...

    @action(detail=False, url_path="do", methods=["post"])
    def write(self, request: Any) -> None: ...


two_actions = SimpleRouter()
two_actions.register("things", TwoActions, "things")

by_namespace = Versioned.as_view(versioning_class=versioning.NamespaceVersioning)
VERSIONS = [
    path(f"api/{version}/", include(([path("things/", by_namespace, name="things")], "api"), namespace=version))
    for version in ("v1", "v2")
]
ACCEPT_OR_PATH = [
    path("things/", Versioned.as_view(versioning_class=versioning.AcceptHeaderVersioning)),
    path("path/<version>/", Versioned.as_view(versioning_class=versioning.URLPathVersioning)),
]
ELSEWHERE = {"CORS_URLS_REGEX": "^/nothing-here/"}
BY_NAMESPACE = {"CORS_VIEW_POLICIES": {"v1:things": at("one"), "v2:*": at("two")}}
TRIMMED = {"SCHEMA_PATH_PREFIX": "/api/v[0-9]", "SCHEMA_PATH_PREFIX_TRIM": True}
PART = [path("things/", Base.as_view()), path("nothing-here/", Base.as_view())]
OF_PART = {"GET /things/": None, "GET /nothing-here/": "site"}
ANOTHER_VIEW = [path("api/<str:name>/", Base.as_view()), path("api/new/", Versioned.as_view())]
BEFORE_ITSELF = [path("api/<str:name>/", Base.as_view(), name="first"), path("api/new/", Base.as_view(), name="second")]
TWICE = [path("api/new/", Base.as_view(), name="first"), path("api/new/", Base.as_view(), name="second")]

WHO = [
    # where it is served, the routes, settings, arguments of the generator, who is allowed
    ("of two namespaces with one path, v1", VERSIONS, BY_NAMESPACE, {"api_version": "v1"}, {"GET /things/": "one"}),
    ("of two namespaces with one path, v2", VERSIONS, BY_NAMESPACE, {"api_version": "v2"}, {"GET /things/": "two"}),
    (
        "a version in the Accept header or in the path",
        ACCEPT_OR_PATH,
        {},
        {"api_version": "v1"},
        {"GET /things/": "versioned", "GET /path/v1/": "versioned"},
    ),
    ("patterns that the site does not serve", [], ELSEWHERE, {"patterns": PART}, OF_PART),
    ("a URLconf of them", [], ELSEWHERE, {"urlconf": urlconf(*PART)}, OF_PART),
    ("a view that another one hides", ANOTHER_VIEW, {}, {}, {"GET /api/{name}/": "site", "GET /api/new/": None}),
    (
        "a method that another route hides",
        two_actions.urls,
        {},
        {},
        {"GET /things/do/": "site", "POST /things/do/": None},
    ),
]


@named_rows("patterns, values, arguments, expected", WHO)
def test_a_method_has_the_policy_of_the_route_that_serves_it(
    site: Site, patterns: list[Any], values: dict[str, Any], arguments: dict[str, Any], expected: dict[str, str | None]
) -> None:
    site.serve(*patterns)
    for name, value in values.items():
        setattr(site.settings, name, value)
    custom = TRIMMED if patterns is VERSIONS else {}
    assert site.who(CorsSchemaGenerator(**arguments), custom=custom) == expected


@named_rows("patterns", {"a route with a parameter": BEFORE_ITSELF, "the same route": TWICE})
@named_rows(
    "policies, who",
    {
        "a policy for the first": ({"first": at("first")}, "first"),
        "the same one for both": ({"first": at("first"), "second": at("first")}, "first"),
        # a policy that is never in force closes the view
        "another one for the second": ({"first": at("first"), "second": at("second")}, None),
    },
)
def test_route_that_an_earlier_one_to_the_same_view_catches_has_the_policy_of_that(
    site: Site, patterns: list[Any], policies: dict[str, CorsPolicy], who: str | None
) -> None:
    site.settings.CORS_VIEW_POLICIES = policies
    site.serve(*patterns)
    assert site.who()["GET /api/new/"] == who


@pytest.mark.parametrize(("version", "is_covered"), [("v1", False), ("v2", True)])
def test_version_in_the_path_decides_whether_the_settings_cover_it(site: Site, version: str, is_covered: bool) -> None:
    undeclared = Base.as_view(versioning_class=versioning.URLPathVersioning)
    site.serve(path("api/<version>/things/", undeclared), re_path(r"^regex/(?P<version>v1|v2)/things/$", undeclared))
    site.settings.CORS_URLS_REGEX = r"^/(api|regex)/v2/"
    generator = CorsSchemaGenerator(api_version=version)
    policies = site.policies(generator)
    assert set(policies) == {f"GET /api/{version}/things/", f"GET /regex/{version}/things/"}
    for policy in policies.values():
        assert (policy["enabled"], policy["dynamic"]) == (is_covered, False)


def test_part_of_a_site_is_judged_where_the_site_serves_it(site: Site) -> None:
    part = urlconf(path("things/", Base.as_view(), name="things"))
    site.serve(path("api/", include((part, "shop"))))
    site.settings.CORS_URLS_REGEX = "^/api/"
    site.settings.CORS_VIEW_POLICIES = {"shop:things": CorsPolicy(preflight_max_age=7)}
    (policy,) = site.policies(CorsSchemaGenerator(urlconf=part)).values()
    assert (policy["enabled"], policy["maxAge"]) == (True, 7)


class StaffOnly(Base):
    permission_classes = (permissions.IsAdminUser,)


def test_only_operations_that_the_caller_may_use(site: Site) -> None:
    site.serve(
        path("open/", Base.as_view(permission_classes=[permissions.AllowAny])),
        path("staff/", StaffOnly.as_view()),
        path("schema/", SpectacularAPIView.as_view(serve_public=False, permission_classes=[], schema=None)),
    )
    site.settings.CORS_OPENAPI = {"DETAIL": "full"}
    served = Client().get("/schema/", headers={"Accept": "application/json"}).json()
    assert list(served["paths"]) == ["/open/"]
    assert served["paths"]["/open/"]["get"][KEY]["allowOrigins"] == [SITE]


# What is enforced


def policy_of(site: Site, policy: Any, **values: Any) -> dict[str, Any]:
    """Return what is published about a view with this policy, under these settings."""
    for name, value in values.items():
        setattr(site.settings, name, value)
    view = Base.as_view() if policy is None else Base.as_view(cors_policy=policy)
    site.serve(path("api/<slug:name>/", view))
    (published,) = site.policies().values()
    return dict(published)


never = functools.partial(pytest.fail, "a schema asks nobody")

EVERY_FIELD = CorsPolicy(
    allowed_origins=[SITE, "https://*.shop.example", "http://localhost:*", "null"],
    allowed_origin_regexes=[r"https://pr-\d+\.example", re.compile("https://x", re.IGNORECASE)],
    allow_credentials=[SITE],
    allow_methods=["GET"],
    allow_headers=["x-token"],
    expose_headers=["x-total"],
    preflight_max_age=0,
)
ANY_AND_OTHERS = EVERY_FIELD.using(allow_all_origins=True)
ONLY_ANY = {"allowOrigins": ["*"], "allowOriginPatterns": [], "allowOriginRegexes": []}
WITH_CREDENTIALS = CorsPolicy(allow_credentials=True)
ASKED = CorsPolicy(is_origin_allowed=never, allow_credentials=True)
NOTHING = {
    "enabled": False,
    "allowOrigins": [],
    "allowOriginPatterns": [],
    "allowOriginRegexes": [],
    "allowCredentials": False,
    "credentialedOrigins": [],
    "allowMethods": [],
    "allowHeaders": [],
    "exposeHeaders": [],
    "maxAge": None,
    "dynamic": False,
}
ANY = {"CORS_ALLOW_ALL_ORIGINS": True}
SOME_PATHS = {"CORS_URLS_REGEX": r"^/api/public/"}

PUBLISHED = [
    # what is declared, the policy, settings, what is published
    (
        "every field",
        EVERY_FIELD,
        {},
        {
            "enabled": True,
            "allowOrigins": [SITE, "null"],
            "allowOriginPatterns": ["https://*.shop.example", "http://localhost:*"],
            "allowOriginRegexes": [r"https://pr-\d+\.example", "(?i)https://x"],
            "allowCredentials": False,
            "credentialedOrigins": [SITE],
            "allowMethods": ["GET"],
            "allowHeaders": ["x-token"],
            "exposeHeaders": ["x-total"],
            "maxAge": 0,
            "dynamic": False,
        },
    ),
    ("any origin, and others", ANY_AND_OTHERS, {}, ONLY_ANY),
    ("closed", NO_CORS, {}, NOTHING),
    ("a name without a policy", "no-such-policy", {}, NOTHING),
    ("no policy", None, ELSEWHERE, NOTHING),
    ("only HOW is declared", CorsPolicy(allow_methods=["GET"]), ELSEWHERE, NOTHING),
    ("an error of the merge", WITH_CREDENTIALS, ANY, {"allowOrigins": ["*"], "allowCredentials": False}),
    ("a callable", ASKED, {}, {"enabled": True, "dynamic": True, "allowOrigins": [], "allowCredentials": True}),
    (
        "a callable that is not called",
        CorsPolicy(is_origin_allowed=never, allow_all_origins=True),
        {},
        {"dynamic": False},
    ),
    ("some paths are covered", None, SOME_PATHS, {"enabled": True, "dynamic": True, "allowOrigins": [SITE]}),
    ("but the policy is its own", at("own"), SOME_PATHS, {"dynamic": False, "allowOrigins": [origin("own")]}),
]


@named_rows("policy, values, expected", PUBLISHED)
def test_what_is_published(site: Site, policy: Any, values: dict[str, Any], expected: dict[str, Any]) -> None:
    published = policy_of(site, policy, **values)
    assert set(published) == set(NOTHING)
    assert {name: published[name] for name in expected} == expected


WITH_RECEIVER = [
    ("the settings", None, {}, (True, True)),
    ("the settings, elsewhere", None, ELSEWHERE, (True, True)),
    ("a policy", at("own"), {}, (True, False)),
    ("a policy, elsewhere", at("own"), ELSEWHERE, (True, False)),
    ("any origin", None, ANY, (True, False)),
]


@named_rows("policy, values, expected", WITH_RECEIVER)
def test_what_a_receiver_may_change_is_dynamic(
    site: Site, policy: Any, values: dict[str, Any], expected: tuple[bool, bool]
) -> None:
    check_request_enabled.connect(never)
    try:
        published = policy_of(site, policy, **values)
    finally:
        check_request_enabled.disconnect(never)
    assert (published["enabled"], published["dynamic"]) == expected


# How much is told, and to whom


@pytest.mark.parametrize(
    ("policy", "who", "counts"),
    [
        (CorsPolicy(allow_all_origins=True), "any", (0, 0, 0, 0)),
        (at("listed", allow_credentials=True), "listed", (1, 0, 0, 0)),
        (
            CorsPolicy(
                allowed_origins=[SITE, "https://*.shop.example"],
                allowed_origin_regexes=["https://x"],
                allow_credentials=[SITE],
            ),
            "listed",
            (1, 1, 1, 1),
        ),
        (at("asked", is_origin_allowed=never), "dynamic", (1, 0, 0, 0)),
        (NO_CORS, "none", (0, 0, 0, 0)),
    ],
)
def test_summary_names_no_origin(site: Site, policy: CorsPolicy, who: str, counts: tuple[int, ...]) -> None:
    site.settings.CORS_OPENAPI = {"DETAIL": "summary"}
    published = policy_of(site, policy)
    assert list(published) == [
        "enabled",
        "origins",
        "originCounts",
        "allowCredentials",
        "allowMethods",
        "allowHeaders",
        "exposeHeaders",
        "maxAge",
        "dynamic",
    ]
    assert published["origins"] == who
    assert tuple(published["originCounts"].values()) == counts
    assert "example" not in json.dumps(published)


def test_sources(site: Site) -> None:
    site.settings.CORS_OPENAPI = {"SOURCES": True}
    policy = CorsPolicy(allowed_origin_regexes=["https://x"], is_origin_allowed=never, preflight_max_age=1)
    assert policy_of(site, policy)["sources"] == {
        "allowOrigins": "Base.as_view(cors_policy=...)",
        "allowOriginRegexes": "Base.as_view(cors_policy=...)",
        "dynamic": "Base.as_view(cors_policy=...)",
        "allowCredentials": "Base.as_view(cors_policy=...)",
        "allowMethods": "drf_cors.defaults",
        "allowHeaders": "drf_cors.defaults",
        "exposeHeaders": "drf_cors.defaults",
        "maxAge": "Base.as_view(cors_policy=...)",
    }
    assert policy_of(site, None)["sources"]["allowOrigins"] == "settings.CORS_ALLOWED_ORIGINS"


def test_off(site: Site) -> None:
    site.settings.CORS_OPENAPI = {"DETAIL": "off"}
    site.serve(path("plain/", Base.as_view()))
    assert site.policies() == {"GET /plain/": None}


def form(policy: dict[str, Any]) -> tuple[str, bool]:
    return "full" if "allowOrigins" in policy else "summary", "sources" in policy


@pytest.mark.parametrize(("debug", "expected"), [(False, ("full", False)), (True, ("full", True))])
def test_command_tells_everything(site: Site, debug: bool, expected: tuple[str, bool]) -> None:
    assert form(policy_of(site, None, DEBUG=debug)) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_staff", "debug", "options", "expected"),
    [
        (None, False, {}, ("summary", False)),
        (False, False, {}, ("summary", False)),
        (True, False, {}, ("full", True)),
        (None, True, {}, ("full", True)),
        (True, True, {"DETAIL": "summary"}, ("summary", True)),
        (None, False, {"SOURCES": True}, ("summary", True)),
        (True, False, {"SOURCES": False}, ("full", False)),
        (None, False, {"DETAIL": lambda request: "full"}, ("full", False)),
        (None, False, {"DETAIL": lambda request: "auto"}, ("summary", False)),
        (None, False, {"SOURCES": lambda request: request.path == "/schema/"}, ("summary", True)),
    ],
)
def test_who_is_told_what(
    site: Site, is_staff: bool | None, debug: bool, options: Any, expected: tuple[str, bool]
) -> None:
    site.settings.DEBUG = debug
    site.settings.CORS_OPENAPI = options
    site.serve(
        path("plain/", Base.as_view()), path("schema/", SpectacularAPIView.as_view(permission_classes=[], schema=None))
    )
    client = Client()
    if is_staff is not None:
        client.force_login(User.objects.create_user("someone", is_staff=is_staff))
    served = client.get("/schema/", headers={"Accept": "application/json"}).json()
    assert form(served["paths"]["/plain/"]["get"][KEY]) == expected


def none(request: Any) -> None:
    return None


async def later(request: Any) -> str:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("value", "field", "wrong", "remedy"),
    [
        ("full", "CORS_OPENAPI", "full", "write CORS_OPENAPI = {'DETAIL': 'summary'}"),
        ({"DETIAL": "full"}, "CORS_OPENAPI", "DETIAL", "the keys are 'DETAIL', 'SOURCES'"),
        ({"DETAIL": "ful"}, "CORS_OPENAPI['DETAIL']", "ful", "write one of 'auto', 'full', 'summary', 'off'"),
        ({"SOURCES": 1}, "CORS_OPENAPI['SOURCES']", 1, "write one of 'auto', True, False, or a callable(request)"),
        (
            {"SOURCES": later},
            "CORS_OPENAPI['SOURCES']",
            later,
            "write one of 'auto', True, False, or a callable(request)",
        ),
        ({"DESCRIPTION": "yes"}, "CORS_OPENAPI['DESCRIPTION']", "yes", "write one of False, True"),
        ({"RESPONSE_HEADERS": none}, "CORS_OPENAPI['RESPONSE_HEADERS']", none, "write one of False, True"),
        ({"REDOC_BADGES": None}, "CORS_OPENAPI['REDOC_BADGES']", None, "write one of False, True"),
        ({"DETAIL": none}, "CORS_OPENAPI['DETAIL'](request)", None, "return one of 'auto', 'full', 'summary', 'off'"),
    ],
)
def test_wrong_options(site: Site, value: Any, field: str, wrong: object, remedy: str) -> None:
    site.serve(path("plain/", Base.as_view()))
    site.settings.CORS_OPENAPI = value
    with pytest.raises(CorsConfigurationError) as raised:
        site.generate()
    (fault,) = raised.value.faults
    assert (fault.field, fault.value) == (field, wrong)
    assert fault.remedy.startswith(remedy)
    assert remedy in str(raised.value)
