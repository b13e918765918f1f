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


@pytest.mark.parametrize("generator", [SchemaGenerator, CorsSchemaGenerator], ids=["plain", "ours"])
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


# Versions, prefixes, parts of a site


class Versioned(Base):
    cors_policy = at("versioned")


class ByNamespace(Versioned):
    versioning_class = versioning.NamespaceVersioning


class ByPath(Versioned):
    versioning_class = versioning.URLPathVersioning


class ByAccept(Versioned):
    versioning_class = versioning.AcceptHeaderVersioning


VERSIONS = [
    path("api/v1/", include(([path("things/", ByNamespace.as_view(), name="things")], "api"), namespace="v1")),
    path("api/v2/", include(([path("things/", ByNamespace.as_view(), name="things")], "api"), namespace="v2")),
]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_namespaces_keep_their_own_policies_though_their_paths_are_trimmed_to_one(site: Site, version: str) -> None:
    site.serve(*VERSIONS)
    site.settings.CORS_VIEW_POLICIES = {"v1:things": at("one"), "v2:*": at("two")}
    custom = {"SCHEMA_PATH_PREFIX": "/api/v[0-9]", "SCHEMA_PATH_PREFIX_TRIM": True}
    expected = {"v1": "one", "v2": "two"}[version]
    assert site.who(CorsSchemaGenerator(api_version=version), custom=custom) == {"GET /things/": expected}


@pytest.mark.parametrize(("version", "is_covered"), [("v1", False), ("v2", True)])
def test_version_in_the_path_decides_whether_the_settings_cover_it(site: Site, version: str, is_covered: bool) -> None:
    class Undeclared(Base):
        versioning_class = versioning.URLPathVersioning

    site.serve(
        path("api/<version>/things/", Undeclared.as_view()),
        re_path(r"^regex/(?P<version>v1|v2)/things/$", Undeclared.as_view()),
    )
    site.settings.CORS_URLS_REGEX = r"^/(api|regex)/v2/"
    generator = CorsSchemaGenerator(api_version=version)
    policies = site.policies(generator)
    assert set(policies) == {f"GET /api/{version}/things/", f"GET /regex/{version}/things/"}
    for policy in policies.values():
        assert (policy["enabled"], policy["dynamic"]) == (is_covered, False)


def test_version_in_the_accept_header(site: Site) -> None:
    site.serve(path("things/", ByAccept.as_view()), path("path/<version>/", ByPath.as_view()))
    generator = CorsSchemaGenerator(api_version="v1")
    assert site.who(generator) == {"GET /things/": "versioned", "GET /path/v1/": "versioned"}


def test_part_of_a_site_is_judged_where_the_site_serves_it(site: Site) -> None:
    part = urlconf(path("things/", Base.as_view(), name="things"))
    site.serve(path("api/", include((part, "shop"))))
    site.settings.CORS_URLS_REGEX = "^/api/"
    site.settings.CORS_VIEW_POLICIES = {"shop:things": CorsPolicy(preflight_max_age=7)}
    (policy,) = site.policies(CorsSchemaGenerator(urlconf=part)).values()
    assert (policy["enabled"], policy["maxAge"]) == (True, 7)


def test_part_that_the_site_serves_nowhere_is_judged_as_it_is(site: Site) -> None:
    site.serve()
    site.settings.CORS_URLS_REGEX = "^/things/"
    patterns = [path("things/", Base.as_view()), path("others/", Base.as_view())]
    expected = {"GET /things/": "site", "GET /others/": None}
    assert site.who(CorsSchemaGenerator(patterns=patterns)) == expected
    assert site.who(CorsSchemaGenerator(urlconf=urlconf(*patterns))) == expected


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


def policy_of(site: Site, view: Any, route: Any = None) -> dict[str, Any]:
    site.serve(route or path("api/<slug:name>/", view))
    (policy,) = site.policies().values()
    return dict(policy)


def test_full_policy(site: Site) -> None:
    view = Base.as_view(
        cors_policy=CorsPolicy(
            allowed_origins=[SITE, "https://*.shop.example", "http://localhost:*", "null"],
            allowed_origin_regexes=[r"https://pr-\d+\.example", re.compile("https://x", re.IGNORECASE)],
            allow_credentials=[SITE],
            allow_methods=["GET"],
            allow_headers=["x-token"],
            expose_headers=["x-total"],
            preflight_max_age=0,
        )
    )
    assert policy_of(site, view) == {
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
    }


def test_any_origin_is_a_star_and_other_origins_say_no_more(site: Site) -> None:
    policy = CorsPolicy(
        allowed_origins=[SITE, "https://*.shop.example"], allowed_origin_regexes=["https://x"], allow_all_origins=True
    )
    published = policy_of(site, Base.as_view(cors_policy=policy))
    assert published["allowOrigins"] == ["*"]
    assert published["allowOriginPatterns"] == published["allowOriginRegexes"] == []


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


@pytest.mark.parametrize(
    ("policy", "urls_regex"),
    [(NO_CORS, ""), ("no-such-policy", ""), (None, "^/nothing-here/"), (CorsPolicy(allow_methods=["GET"]), "^/no/")],
    ids=["closed", "a name without a policy", "under no policy", "only how is declared"],
)
def test_nobody(site: Site, policy: Any, urls_regex: str) -> None:
    site.settings.CORS_URLS_REGEX = urls_regex
    view = Base.as_view() if policy is None else Base.as_view(cors_policy=policy)
    assert policy_of(site, view) == NOTHING


def test_fault_of_the_merge_publishes_what_is_enforced(site: Site) -> None:
    site.settings.CORS_ALLOW_ALL_ORIGINS = True
    published = policy_of(site, Base.as_view(cors_policy=CorsPolicy(allow_credentials=True)))
    assert (published["allowOrigins"], published["allowCredentials"]) == (["*"], False)


def test_shadowed_route_is_off(site: Site) -> None:
    class Other(Base):
        pass

    site.serve(path("api/<str:name>/", Base.as_view()), path("api/new/", Other.as_view()))
    assert site.who() == {"GET /api/{name}/": "site", "GET /api/new/": None}


@pytest.mark.parametrize("first", ["api/<str:name>/", "api/new/"])
@pytest.mark.parametrize(
    ("policies", "who"),
    [
        ({"first": at("first")}, "first"),
        ({"first": at("first"), "second": at("first")}, "first"),
        ({"first": at("first"), "second": at("second")}, None),  # a policy that is never in force closes the view
    ],
)
def test_route_that_an_earlier_one_to_the_same_view_catches_has_the_policy_of_that(
    site: Site, first: str, policies: dict[str, CorsPolicy], who: str | None
) -> None:
    site.settings.CORS_VIEW_POLICIES = policies
    site.serve(path(first, Base.as_view(), name="first"), path("api/new/", Base.as_view(), name="second"))
    assert site.who()["GET /api/new/"] == who


def test_method_that_another_route_swallows_is_off(site: Site) -> None:
    class Things(viewsets.ViewSet):
        serializer_class = Thing

        @action(detail=False, url_path="do")
        def read(self, request: Any) -> None: ...

        @action(detail=False, url_path="do", methods=["post"])
        def write(self, request: Any) -> None: ...

    things = SimpleRouter()
    things.register("things", Things, "things")
    site.serve(path("", include(things.urls)))
    assert site.who() == {"GET /things/do/": "site", "POST /things/do/": None}


never = functools.partial(pytest.fail, "a schema asks nobody")


def test_callable_makes_it_dynamic(site: Site) -> None:
    published = policy_of(site, Base.as_view(cors_policy=CorsPolicy(is_origin_allowed=never, allow_credentials=True)))
    assert (published["enabled"], published["dynamic"]) == (True, True)
    assert (published["allowOrigins"], published["allowCredentials"]) == ([], True)


def test_callable_that_nobody_asks_does_not(site: Site) -> None:
    policy = CorsPolicy(is_origin_allowed=never, allow_all_origins=True)
    assert policy_of(site, Base.as_view(cors_policy=policy))["dynamic"] is False


def test_samples_that_disagree_make_it_dynamic(site: Site) -> None:
    site.settings.CORS_URLS_REGEX = r"^/api/public/"
    published = policy_of(site, Base.as_view())
    assert (published["enabled"], published["dynamic"], published["allowOrigins"]) == (True, True, [SITE])


def test_samples_that_disagree_say_nothing_of_a_view_with_its_own_origins(site: Site) -> None:
    site.settings.CORS_URLS_REGEX = r"^/api/public/"
    published = policy_of(site, Base.as_view(cors_policy=at("own")))
    assert (published["dynamic"], published["allowOrigins"]) == (False, [origin("own")])


@pytest.fixture
def receiver() -> Any:
    check_request_enabled.connect(never)
    yield
    check_request_enabled.disconnect(never)


@pytest.mark.parametrize("urls_regex", ["", "^/nothing-here/"])
def test_receiver_makes_views_dynamic_that_declare_nothing(site: Site, receiver: None, urls_regex: str) -> None:
    site.settings.CORS_URLS_REGEX = urls_regex
    undeclared = policy_of(site, Base.as_view())
    assert (undeclared["enabled"], undeclared["dynamic"]) == (True, True)
    declared = policy_of(site, Base.as_view(cors_policy=at("own")))
    assert (declared["enabled"], declared["dynamic"]) == (True, False)


def test_receiver_has_no_say_where_everybody_is_admitted(site: Site, receiver: None) -> None:
    site.settings.CORS_ALLOW_ALL_ORIGINS = True
    assert policy_of(site, Base.as_view())["dynamic"] is False


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
    published = policy_of(site, Base.as_view(cors_policy=policy))
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
    assert policy_of(site, Base.as_view(cors_policy=policy))["sources"] == {
        "allowOrigins": "Base.as_view(cors_policy=...)",
        "allowOriginRegexes": "Base.as_view(cors_policy=...)",
        "dynamic": "Base.as_view(cors_policy=...)",
        "allowCredentials": "Base.as_view(cors_policy=...)",
        "allowMethods": "drf_cors.defaults",
        "allowHeaders": "drf_cors.defaults",
        "exposeHeaders": "drf_cors.defaults",
        "maxAge": "Base.as_view(cors_policy=...)",
    }
    assert policy_of(site, Base.as_view())["sources"]["allowOrigins"] == "settings.CORS_ALLOWED_ORIGINS"


def test_off(site: Site) -> None:
    site.settings.CORS_OPENAPI = {"DETAIL": "off"}
    site.serve(path("plain/", Base.as_view()))
    assert site.policies() == {"GET /plain/": None}


def form(policy: dict[str, Any]) -> tuple[str, bool]:
    return "full" if "allowOrigins" in policy else "summary", "sources" in policy


@pytest.mark.parametrize(("debug", "expected"), [(False, ("full", False)), (True, ("full", True))])
def test_command_tells_everything(site: Site, debug: bool, expected: tuple[str, bool]) -> None:
    site.settings.DEBUG = debug
    assert form(policy_of(site, Base.as_view())) == expected


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
