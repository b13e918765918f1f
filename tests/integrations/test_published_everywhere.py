"""What is published is enforced, whichever way an operation, a route or a schema is made.

For each case a site is served, its schema made, and every answer compared with what the text of the schema says. Each
case also says whom its operations admit, so that none passes because nobody is admitted anywhere.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import inflection
import pytest
from django.conf.urls.i18n import i18n_patterns
from django.test import Client
from django.urls import include, path, re_path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.hooks import preprocess_exclude_path_format
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import OpenApiCallback, OpenApiParameter, OpenApiWebhook, extend_schema, extend_schema_view
from drf_spectacular.views import SpectacularAPIView
from rest_framework import mixins, permissions, versioning, viewsets
from rest_framework.decorators import action, api_view, permission_classes, renderer_classes
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework.urlpatterns import format_suffix_patterns
from rest_framework.views import APIView

from drf_cors import INHERITED, NO_CORS, CorsPolicy, CorsPolicyMixin, cors
from drf_cors.openapi import CorsSchemaGenerator, CorsSchemaGeneratorMixin
from tests.integrations.schema_site import KEY, SITE, Site, Thing, at, origin, urlconf
from tests.integrations.wire_model import REFUSED, Known, mismatches, origins_of

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Case:
    """A site, its schema, and whom that admits: operation -> label of the origins, None for nobody."""

    urls: list[Any]
    who: dict[str, str | None]
    known: Known = field(default_factory=Known)
    settings: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    hooks: dict[str, list[Any]] = field(default_factory=dict)
    generator: Callable[[], Any] = CorsSchemaGenerator


def handler() -> Any:
    """A new handler, for marks of its own."""

    def handle(self: Any, request: Any, **kwargs: Any) -> Response:
        return Response({"name": "thing"})

    return handle


class Open:
    """What lets the tests in."""

    serializer_class = Thing
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)


class One(Open, CorsPolicyMixin, APIView):
    get = handler()


class Owned(One):
    cors_policy = at("owned")


def function(*methods: str) -> Any:
    def answer(request: Any, **kwargs: Any) -> Response:
        return Response({"name": "thing"})

    view = permission_classes([])(renderer_classes([JSONRenderer])(answer))
    return view, lambda marked: extend_schema(request=Thing, responses=Thing)(api_view(list(methods))(marked))


def above(policy: CorsPolicy, *methods: str) -> Any:
    view, finish = function(*methods)
    return cors(policy)(finish(view))


def below(policy: CorsPolicy, *methods: str) -> Any:
    view, finish = function(*methods)
    return finish(cors(policy)(view))


# Ways to make an operation


class Handlers(One):
    cors_policy = at("class", expose_headers=["x-total"])
    post = cors(at("post", allow_credentials=True))(handler())
    put = cors(allow_methods=[INHERITED, "PATCH"])(handler())
    delete = cors(NO_CORS)(handler())


class Actions(Open, CorsPolicyMixin, viewsets.ViewSet):
    cors_policy = at("viewset")
    cors_action_policies = {"create": at("create", allow_headers=["x-one"])}
    list = handler()
    create = handler()

    @cors(at("extra"))
    @action(detail=False, methods=["get", "post"])
    def extra(self, request: Any) -> Response:
        return Response({})

    @extra.mapping.delete
    def remove_extra(self, request: Any) -> Response:
        return Response({})

    @extra.mapping.put
    @cors(at("put"))
    def put_extra(self, request: Any) -> Response:
        return Response({})

    @action(detail=False, cors_policy=at("keyword"), url_path=r"of/(?P<year>[0-9]{4})")
    def keyword(self, request: Any, year: str) -> Response:
        return Response({})


class ReadOnly(Open, CorsPolicyMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    cors_policy = at("read", allow_methods=["GET"])
    cors_action_policies = {"retrieve": CorsPolicy(allow_all_origins=True)}
    queryset = ()
    lookup_value_regex = "[0-9]+"
    pagination_class = None
    list = handler()
    retrieve = handler()


@extend_schema(parameters=[OpenApiParameter("owner", str, OpenApiParameter.PATH)])
class OfOwners(ReadOnly):
    cors_policy = at("owners", allow_methods=["GET"])


def routed(prefix: str, viewset: Any, router: Any = SimpleRouter) -> list[Any]:
    made = router()
    made.include_root_view = False
    made.register(prefix, viewset, "things")
    urls: list[Any] = made.urls
    return urls


class Labelled(AutoSchema):
    def get_summary(self) -> str:
        return "labelled"

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        return {"x-before": 1, **super().get_operation(*args, **kwargs)}


class OwnSchema(One):
    cors_policy = at("schema")
    schema = Labelled()


class WrittenByHand(One):
    cors_policy = at("by-hand")

    @extend_schema(operation={"operationId": "by_hand", "responses": {"200": {"description": "ok"}}})
    def get(self, request: Any, **kwargs: Any) -> Response:
        return Response({})


@extend_schema(tags=["all"])
class Extended(One):
    cors_policy = at("extended")

    @extend_schema(operation_id="read_it", methods=["GET"], extensions={"x-own": True, KEY: "ours goes over it"})
    @extend_schema(operation_id="change_it", methods=["PUT"])
    def get(self, request: Any, **kwargs: Any) -> Response:
        return Response({})

    put = get


def by_methods() -> Any:
    view, finish = function("GET", "POST")
    finished = cors(at("by-methods"))(finish(view))
    for name, method in (("read_things", "GET"), ("write_things", "POST")):
        finished = extend_schema(operation_id=name, methods=[method])(finished)
    return finished


@extend_schema_view(
    list=extend_schema(description="All."),
    create=extend_schema(operation_id="make"),
    keyword=extend_schema(tags=["years"]),
)
class ActionsInView(Actions):
    cors_action_policies = {"list": at("in-view")}


class Elsewhere(Open, APIView):
    """A view of somebody else's."""

    get = handler()


class DocumentElsewhere(OpenApiViewExtension):
    target_class = Elsewhere

    def view_replacement(self) -> Any:
        class Documented(CorsPolicyMixin, APIView):
            cors_policy = at("only-documented")
            serializer_class = Thing

            def get(self, request: Any) -> None:
                raise NotImplementedError

        return Documented


class CallsBack(Open, CorsPolicyMixin, APIView):
    cors_policy = at("calls-back")

    @extend_schema(
        request=Thing,
        responses=Thing,
        callbacks=[OpenApiCallback("done", "{$request.body#/url}", extend_schema(request=Thing, responses=Thing))],
    )
    def post(self, request: Any) -> Response:
        return Response({})


# Decorators around a view


def wrapping(view: Any) -> Any:
    @functools.wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    return wrapper


@method_decorator(never_cache, name="dispatch")
@method_decorator(cors(at("dispatch")), name="dispatch")
class OnDispatch(Open, APIView):
    get = handler()


# Versions


class ByPath(Owned):
    versioning_class = versioning.URLPathVersioning


class ByPathUndeclared(One):
    versioning_class = versioning.URLPathVersioning


class ByNamespace(One):
    versioning_class = versioning.NamespaceVersioning


class ByAccept(Owned):
    versioning_class = versioning.AcceptHeaderVersioning


def version(name: str) -> Any:
    return functools.partial(CorsSchemaGenerator, api_version=name)


NAMESPACES = [
    path("api/v1/", include(([path("things/", ByNamespace.as_view(), name="things")], "api"), namespace="v1")),
    path("api/v2/", include(([path("things/", ByNamespace.as_view(), name="things")], "api"), namespace="v2")),
]


def in_namespace(name: str, label: str, **custom: Any) -> Case:
    trimmed = f"/api/{name}/things/" if not custom else "/things/"
    return Case(
        NAMESPACES,
        {f"GET {trimmed}": label},
        settings={"CORS_VIEW_POLICIES": {"v1:things": at("first"), "v2:*": at("second")}},
        generator=version(name),
        custom=custom,
        known=Known(served={trimmed: f"/api/{name}/things/"}),
    )


TRIM = {"SCHEMA_PATH_PREFIX": "/api/v[0-9]", "SCHEMA_PATH_PREFIX_TRIM": True}


# Generators and hooks of a project


class OwnGenerator(CorsSchemaGeneratorMixin, SchemaGenerator):
    def parse(self, input_request: Any, public: bool) -> Any:
        return {path: item for path, item in super().parse(input_request, public).items() if "hidden" not in path}


def without_hidden(endpoints: Any) -> Any:
    return [endpoint for endpoint in endpoints if "hidden" not in endpoint[0]]


def at_another_path(endpoints: Any) -> Any:
    return [("/moved" + path, regex, method, callback) for path, regex, method, callback in endpoints]


def camelized(result: Any, generator: Any, request: Any, public: Any) -> Any:
    """Every key of the document, the way that hooks for single-page front ends do it with fields."""

    def camel(key: str) -> str:
        return key if "-" in key else inflection.camelize(key, uppercase_first_letter=False)

    def camelize(value: Any) -> Any:
        if isinstance(value, dict):
            return {camel(key): camelize(of) for key, of in value.items()}
        return [camelize(item) for item in value] if isinstance(value, list) else value

    return {**result, "paths": {path: camelize(item) for path, item in result["paths"].items()}}


def renamed(result: Any, generator: Any, request: Any, public: Any) -> Any:
    return {**result, "paths": {f"/gateway{path}": item for path, item in result["paths"].items()}}


PART = urlconf(path("things/", One.as_view(), name="things"))


CASES: dict[str, Case] = {
    "functions": Case(
        [
            path("above/", above(at("above"), "GET", "POST")),
            path("below/", below(at("below", allow_methods=["POST"]), "GET", "POST")),
        ],
        {"GET /above/": "above", "POST /above/": "above", "GET /below/": "below", "POST /below/": "below"},
    ),
    "handlers of a class": Case(
        [path("things/", Handlers.as_view())],
        {"GET /things/": "class", "POST /things/": "post", "PUT /things/": "class", "DELETE /things/": None},
        Known(class_level={"/things/": ("/things/", "get")}),
    ),
    "one class, many uses": Case(
        [
            path("plain/", One.as_view()),
            path("keyword/", One.as_view(cors_policy=at("keyword"))),
            path("around/", cors(at("around"))(One.as_view())),
            path("closed/", cors(NO_CORS)(Owned.as_view())),
            path("named/", One.as_view(), name="named"),
        ],
        {
            "GET /plain/": "site",
            "GET /keyword/": "keyword",
            "GET /around/": "around",
            "GET /closed/": None,
            "GET /named/": "named",
        },
        settings={"CORS_VIEW_POLICIES": {"named": at("named")}},
    ),
    "methods that the class shuts": Case(
        [path("things/", Handlers.as_view(http_method_names=["get", "put", "options"]))],
        {"GET /things/": "class", "PUT /things/": "class"},
        Known(class_level={"/things/": ("/things/", "get")}),
    ),
    "actions": Case(
        routed("things", Actions),
        {
            "GET /things/": "viewset",
            "POST /things/": "create",
            "GET /things/extra/": "extra",
            "POST /things/extra/": "extra",
            "PUT /things/extra/": "put",
            "DELETE /things/extra/": "extra",
            "GET /things/of/{year}/": "keyword",
        },
        Known(
            class_level=dict.fromkeys(("/things/", "/things/extra/", "/things/of/{year}/"), ("/things/", "get")),
            values={"{year}": "2024"},
        ),
    ),
    "actions that only read": Case(
        routed("things", ReadOnly),
        {"GET /things/": "read", "GET /things/{id}/": "*"},
        Known(class_level={"/things/{id}/": ("/things/", "get")}, values={"{id}": "1"}),
    ),
    "extend_schema_view": Case(
        routed("things", ActionsInView),
        {
            "GET /things/": "in-view",
            "POST /things/": "create",
            "GET /things/extra/": "extra",
            "POST /things/extra/": "extra",
            "PUT /things/extra/": "put",
            "DELETE /things/extra/": "extra",
            "GET /things/of/{year}/": "keyword",
            "GET /class/": "viewset",
        },
        Known(
            class_level=dict.fromkeys(("/things/", "/things/extra/", "/things/of/{year}/"), ("/class/", "get")),
            values={"{year}": "2024"},
        ),
    ),
    "routers in routers": Case(
        [
            path("shops/<int:shop>/", include(routed("things", ReadOnly))),
            path("", include(routed(r"owners/(?P<owner>[^/.]+)/things", OfOwners))),
        ],
        {
            "GET /shops/{shop}/things/": "read",
            "GET /shops/{shop}/things/{id}/": "*",
            "GET /owners/{owner}/things/": "owners",
            "GET /owners/{owner}/things/{id}/": "*",
        },
        Known(
            class_level={
                "/shops/{shop}/things/{id}/": ("/shops/{shop}/things/", "get"),
                "/owners/{owner}/things/{id}/": ("/owners/{owner}/things/", "get"),
            },
            values={"{shop}": "7", "{owner}": "me", "{id}": "1"},
        ),
    ),
    "format suffixes": Case(
        [
            path("", include(routed("things", ReadOnly, DefaultRouter))),
            *format_suffix_patterns([path("one/", Owned.as_view())]),
        ],
        {
            "GET /things/": "read",
            "GET /things/{id}/": "*",
            "GET /one/": "owned",
            "GET /one{format}": "owned",
        },
        Known(class_level={"/things/{id}/": ("/things/", "get")}, values={"{id}": "1", "{format}": ".json"}),
    ),
    "regular expressions": Case(
        [
            re_path(r"^things/(?P<slug>[a-z-]+)/(?P<number>\d{2,4})/?$", Owned.as_view()),
            re_path(r"^(?:old|new)/(?P<kind>a|b)\.txt$", One.as_view()),
        ],
        {"GET /things/{slug}/{number}/": "owned", "GET /{kind}.txt": "site"},
        Known(
            values={"{slug}": "a-thing", "{number}": "123", "{kind}": "b"},
            served={"/{kind}.txt": "/new/b.txt"},
        ),
    ),
    "schemas of their own": Case(
        [path("one/", OwnSchema.as_view()), path("two/", cors(at("two"))(OwnSchema.as_view()))],
        {"GET /one/": "schema", "GET /two/": "two"},
    ),
    "operations by hand": Case([path("things/", WrittenByHand.as_view())], {"GET /things/": "by-hand"}),
    "extend_schema": Case(
        [path("things/", Extended.as_view()), path("function/", by_methods())],
        {
            "GET /things/": "extended",
            "PUT /things/": "extended",
            "GET /function/": "by-methods",
            "POST /function/": "by-methods",
        },
    ),
    "view extension": Case(
        [path("plain/", Elsewhere.as_view()), path("around/", cors(at("around"))(Elsewhere.as_view()))],
        {"GET /plain/": "site", "GET /around/": "around"},
    ),
    "callbacks": Case([path("things/", CallsBack.as_view())], {"POST /things/": "calls-back"}),
    "decorators around views": Case(
        [
            path("cached/", never_cache(Owned.as_view())),
            path("exempt/", csrf_exempt(cors(at("inside"))(One.as_view()))),
            path("wrapped/", wrapping(wrapping(Handlers.as_view(http_method_names=["get", "options"])))),
            path("both/", cors(at("outside"))(wrapping(Owned.as_view()))),
            path("dispatch/", OnDispatch.as_view()),
        ],
        {
            "GET /cached/": "owned",
            "GET /exempt/": "inside",
            "GET /wrapped/": "class",
            "GET /both/": "outside",
            "GET /dispatch/": "dispatch",
        },
    ),
    "version in the path": Case(
        [
            path("api/<version>/things/", ByPath.as_view()),
            path("api/<version>/site/", ByPathUndeclared.as_view()),
            re_path(r"^regex/(?P<version>v1|v2)/site/$", ByPathUndeclared.as_view()),
        ],
        {"GET /api/v2/things/": "owned", "GET /api/v2/site/": None, "GET /regex/v2/site/": "site"},
        Known(untouched=frozenset({"/api/v2/site/"})),
        settings={"CORS_URLS_REGEX": r"^/(api/v1|regex/v2)/"},
        generator=version("v2"),
    ),
    "first namespace": in_namespace("v1", "first"),
    "second namespace": in_namespace("v2", "second"),
    "first namespace, trimmed": in_namespace("v1", "first", **TRIM),
    "second namespace, trimmed": in_namespace("v2", "second", **TRIM),
    "version in the Accept header": Case(
        [path("things/", ByAccept.as_view())],
        {"GET /things/": "owned"},
        Known(headers={"Accept": "application/json; version=v1"}),
        generator=version("v1"),
    ),
    "prefix trimmed and inserted": Case(
        [path("service/api/things/", One.as_view()), path("service/more/", Owned.as_view())],
        {"GET /public/api/things/": "site", "GET /public/more/": "owned"},
        Known(served={"/public/api/things/": "/service/api/things/", "/public/more/": "/service/more/"}),
        settings={"CORS_URLS_REGEX": "^/service/api/"},
        custom={
            "SCHEMA_PATH_PREFIX": "/service",
            "SCHEMA_PATH_PREFIX_TRIM": True,
            "SCHEMA_PATH_PREFIX_INSERT": "/public",
        },
    ),
    "camelized": Case(
        [path("things/<int:thing_number>/", Owned.as_view())],
        {"GET /things/{thingNumber}/": "owned"},
        Known(values={"{thingNumber}": "1"}),
        custom={"CAMELIZE_NAMES": True},
        hooks={"POSTPROCESSING_HOOKS": [camelized]},
    ),
    "hook before": Case(
        [path("things/", Owned.as_view()), path("hidden/", One.as_view())],
        {"GET /moved/things/": "owned"},
        Known(served={"/moved/things/": "/things/"}),
        hooks={"PREPROCESSING_HOOKS": [without_hidden, at_another_path]},
    ),
    "hook after": Case(
        [path("things/", Owned.as_view())],
        {"GET /gateway/things/": "owned"},
        Known(served={"/gateway/things/": "/things/"}),
        hooks={"POSTPROCESSING_HOOKS": [renamed]},
    ),
    "hook against suffixes": Case(
        format_suffix_patterns([path("one/", Owned.as_view())]),
        {"GET /one/": "owned"},
        hooks={"PREPROCESSING_HOOKS": [preprocess_exclude_path_format]},
    ),
    "generator of its own": Case(
        [path("things/", Owned.as_view()), path("hidden/", One.as_view())],
        {"GET /things/": "owned"},
        generator=OwnGenerator,
    ),
    "part of a site": Case(
        [path("api/", include((PART, "shop"))), path("other/", Owned.as_view())],
        {"GET /things/": "part"},
        Known(served={"/things/": "/api/things/"}),
        settings={"CORS_VIEW_POLICIES": {"shop:things": at("part")}},
        generator=functools.partial(CorsSchemaGenerator, urlconf=PART),
    ),
    "part of a site, covered there": Case(
        [path("api/", include((PART, "shop")))],
        {"GET /things/": "site"},
        Known(served={"/things/": "/api/things/"}),
        settings={"CORS_URLS_REGEX": "^/api/"},
        generator=functools.partial(CorsSchemaGenerator, patterns=PART.urlpatterns),
    ),
    "part of a site, included twice": Case(
        [path("api/", include((PART, "shop"))), path("web/", include((PART, "shop"), namespace="web"))],
        {"GET /things/": "site"},
        Known(served={"/things/": "/web/things/"}),
        settings={"CORS_URLS_REGEX": "^/(api|web)/"},
        generator=functools.partial(CorsSchemaGenerator, urlconf=PART),
    ),
    "part of a site, included twice, once in vain": Case(
        [path("<str:area>/", include(PART)), path("api/", include((PART, "shop")))],
        {"GET /things/": None},  # the policy is never in force, so it closes the view
        Known(served={"/things/": "/api/things/"}),
        settings={"CORS_VIEW_POLICIES": {"shop:things": NO_CORS}},
        generator=functools.partial(CorsSchemaGenerator, urlconf=PART),
    ),
    "languages": Case(
        i18n_patterns(path("things/", One.as_view())),
        {"GET /en-us/things/": "site"},
        settings={"CORS_URLS_REGEX": "^/[a-z-]+/things/"},
    ),
    "no policy reaches it": Case(
        [path("things/", One.as_view()), path("api/things/", One.as_view())],
        {"GET /things/": None, "GET /api/things/": "site"},
        Known(untouched=frozenset({"/things/"})),
        settings={"CORS_URLS_REGEX": "^/api/"},
    ),
    "policy by a wrong name": Case(
        [path("things/", One.as_view(cors_policy="no-such-policy")), path("one/", Owned.as_view())],
        {"GET /things/": None, "GET /one/": "owned"},
    ),
    "credentials that the merge takes back": Case(
        [path("things/", One.as_view(cors_policy=CorsPolicy(allow_credentials=True)))],
        {"GET /things/": "*"},
        settings={"CORS_ALLOW_ALL_ORIGINS": True},
    ),
    "any origin with credentials, from the settings": Case(
        [path("things/", One.as_view()), path("own/", Owned.as_view())],
        {"GET /things/": "*", "GET /own/": "owned"},
        settings={"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True},
    ),
}


class ClassLevel(One):
    """Publishes the policy of `Actions` itself, which none of its operations is under."""

    cors_policy = at("viewset")


CASES["extend_schema_view"].urls.append(path("class/", ClassLevel.as_view()))


def label(policy: dict[str, Any]) -> str | None:
    return re.sub(r"https://|\.example", "", "".join(policy["allowOrigins"])) or None


@pytest.mark.parametrize("name", CASES)
def test_every_answer_is_what_the_schema_says(site: Site, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    for key, value in case.settings.items():
        setattr(site.settings, key, value)
    for key, value in case.hooks.items():
        monkeypatch.setattr(spectacular_settings, key, value)
    site.settings.CORS_OPENAPI = {"RESPONSE_HEADERS": True}
    site.serve(*case.urls)
    schema = site.generate(case.generator(), custom=case.custom)
    found = {
        f"{method.upper()} {at}": label(made[KEY])
        for at, item in schema["paths"].items()
        for method, made in item.items()
    }
    assert found == case.who
    assert mismatches(schema, origins_of(schema, case.known), case.known) == []
    assert wrongly_documented(schema, case.known) == []


def wrongly_documented(schema: dict[str, Any], known: Known) -> list[str]:
    """Every operation whose documented headers are not those that the origin in their example gets."""
    found = []
    for route, item in schema["paths"].items():
        url = functools.reduce(
            lambda url, pair: url.replace(*pair), known.values.items(), known.served.get(route, route)
        )
        for method, operation in item.items():
            for response in operation["responses"].values():
                names = {name: ref["$ref"].rpartition("/")[2] for name, ref in response.get("headers", {}).items()}
                expected = {name: schema["components"]["headers"][ref]["example"] for name, ref in names.items()}
                caller = expected.get("Access-Control-Allow-Origin", REFUSED).replace("*", REFUSED)
                headers = {**known.headers, "Origin": caller}
                answer = Client().generic(method.upper(), url, "{}", "application/json", headers=headers)
                sent = {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}
                if sent != expected:
                    found.append(f"{method} {url}: expected {expected}, got {sent}")
    return found


def test_a_wrong_policy_is_found_out(site: Site) -> None:
    case = CASES["one class, many uses"]
    for key, value in case.settings.items():
        setattr(site.settings, key, value)
    site.serve(*case.urls)
    schema = site.generate()
    paths = schema["paths"]
    paths["/plain/"], paths["/keyword/"] = paths["/keyword/"], paths["/plain/"]
    assert mismatches(schema, origins_of(schema, case.known), case.known)
    site.settings.CORS_OPENAPI = {"RESPONSE_HEADERS": True}
    schema = site.generate()
    schema["components"]["headers"]["Access-Control-Allow-Origin_https_site.example"]["example"] = REFUSED
    assert wrongly_documented(schema, case.known)


# Schemas as views serve them


def served(url: str) -> dict[str, Any]:
    text = Client().get(url, headers={"Accept": "application/json"}).content
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def schema_view(**options: Any) -> Any:
    return SpectacularAPIView.as_view(permission_classes=[], authentication_classes=[], schema=None, **options)


INNER = [path("things/", One.as_view(), name="things")]


def test_several_schema_views_in_one_project(site: Site) -> None:
    site.settings.CORS_OPENAPI = {"DETAIL": "full"}
    site.settings.CORS_URLS_REGEX = "^/inner/"
    own = {"SCHEMA_PATH_PREFIX_INSERT": "/gateway"}
    site.serve(
        path("inner/", include(INNER)),
        path("outer/", Handlers.as_view()),
        path("hidden/", Owned.as_view()),
        path("schema/whole/", schema_view()),
        path("schema/inner/", schema_view(patterns=INNER)),
        path("schema/own/", schema_view(generator_class=OwnGenerator, custom_settings=own)),
        path("schema/plain/", schema_view(generator_class=SchemaGenerator)),
    )
    outer = {"/outer/": ("/outer/", "get")}
    for _ in range(2):  # no view spoils another
        whole = served("/schema/whole/")
        assert list(whole["paths"]) == ["/hidden/", "/inner/things/", "/outer/"]
        inner = served("/schema/inner/")
        assert list(inner["paths"]) == ["/things/"]
        gateway = served("/schema/own/")
        assert list(gateway["paths"]) == ["/gateway/inner/things/", "/gateway/outer/"]
        assert KEY not in json.dumps(served("/schema/plain/"))
        for schema, known in (
            (whole, Known(class_level=outer)),
            (inner, Known(served={"/things/": "/inner/things/"})),
            (
                gateway,
                Known(
                    class_level={"/gateway/outer/": ("/gateway/outer/", "get")},
                    served={f"/gateway{url}": url for url in ("/inner/things/", "/outer/")},
                ),
            ),
        ):
            assert mismatches(schema, origins_of(schema, known), known) == []


def test_schema_of_what_the_caller_may_use(site: Site) -> None:
    site.settings.CORS_OPENAPI = {"DETAIL": "full"}
    site.serve(
        path("open/", Owned.as_view()),
        path("staff/", One.as_view(permission_classes=[permissions.IsAdminUser])),
        path("schema/", schema_view(serve_public=False)),
    )
    schema = served("/schema/")
    assert list(schema["paths"]) == ["/open/"]
    assert mismatches(schema, origins_of(schema, Known()), Known()) == []


def test_schema_class_of_the_project(site: Site) -> None:
    """Made outermost, whatever else a schema class does with the operation."""

    class Meddling(Labelled):
        def get_operation(self, *args: Any, **kwargs: Any) -> Any:
            return {**super().get_operation(*args, **kwargs), KEY: "meddled with"}

    site.serve(path("things/", One.as_view(schema=Meddling(), cors_policy=at("schema"))))
    schema = site.generate()
    operation = schema["paths"]["/things/"]["get"]
    assert (operation["x-before"], operation["summary"]) == (1, "labelled")
    assert mismatches(schema, origins_of(schema, Known()), Known()) == []


# Another URLconf for some requests

SHARED = [path("things/", One.as_view(), name="things")]
TENANT = urlconf(path("tenant/", include(SHARED)), path("own/", Handlers.as_view()))


def serve_tenant(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        if request.headers.get("X-Tenant"):
            request.urlconf = TENANT
        return get_response(request)

    return middleware


def test_urlconf_that_some_requests_are_given(site: Site) -> None:
    """Its routes are its own, also where it shares views with the site."""
    site.settings.MIDDLEWARE = [f"{__name__}.serve_tenant", *site.settings.MIDDLEWARE]
    site.settings.CORS_URLS_REGEX = "^/tenant/"
    site.serve(path("api/", include(SHARED)))
    site.settings.CORS_OPENAPI = {"DETAIL": "full"}
    schema = site.generate(CorsSchemaGenerator(urlconf=TENANT))
    assert label(schema["paths"]["/tenant/things/"]["get"][KEY]) == "site"
    known = Known(class_level={"/own/": ("/own/", "get")}, headers={"X-Tenant": "one"})
    assert mismatches(schema, origins_of(schema, known), known) == []

    schema = site.generate()
    known = Known(untouched=frozenset({"/api/things/"}))
    assert list(schema["paths"]) == ["/api/things/"]
    assert mismatches(schema, [SITE, REFUSED], known) == []


# What a request decides


def test_route_that_is_covered_in_part_is_dynamic_and_its_lists_hold_where_it_is(site: Site) -> None:
    site.settings.CORS_URLS_REGEX = "^/api/public/"
    site.serve(path("api/<slug:name>/", One.as_view()))
    schema = site.generate()
    published = schema["paths"]["/api/{name}/"]["get"][KEY]
    assert (published["dynamic"], published["allowOrigins"]) == (True, [SITE])
    covered = Known(values={"{name}": "public"})
    assert mismatches(schema, [SITE, REFUSED, "null"], covered) == []
    schema["paths"]["/api/{name}/"]["get"][KEY] = {**published, "enabled": False, "dynamic": False}
    answer = Client().get("/api/private/", headers={"Origin": SITE})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("second", "expected"), [(NO_CORS, True), (at("part"), True), (CorsPolicy(), False), (at("site"), False)]
)
def test_part_under_several_policies_is_dynamic(site: Site, second: CorsPolicy, expected: bool) -> None:
    site.settings.CORS_VIEW_POLICIES = {"second:things": second}
    shop = (PART, "shop")
    site.serve(path("one/", include(shop, namespace="first")), path("two/", include(shop, namespace="second")))
    published = site.generate(CorsSchemaGenerator(urlconf=PART))["paths"]["/things/"]["get"][KEY]
    assert (published["enabled"], published["allowOrigins"], published["dynamic"]) == (True, [SITE], expected)


def test_version_of_a_part_that_is_included_twice(site: Site) -> None:
    part = urlconf(path("<version>/things/", ByPathUndeclared.as_view()))
    site.settings.CORS_URLS_REGEX = "^/(one|two)/v2/"
    site.serve(path("one/", include(part)), path("two/", include(part)))
    for name, expected in (("v1", None), ("v2", "site")):
        assert site.who(CorsSchemaGenerator(urlconf=part, api_version=name)) == {f"GET /{name}/things/": expected}


def test_shadowed_route_tells_nothing_and_requests_get_what_the_other_one_tells(site: Site) -> None:
    site.serve(path("api/<str:name>/", One.as_view()), path("api/new/", Owned.as_view()))
    schema = site.generate()
    first, second = (schema["paths"][url]["get"][KEY] for url in ("/api/{name}/", "/api/new/"))
    assert (first["allowOrigins"], second["enabled"]) == ([SITE], False)
    del schema["paths"]["/api/new/"]
    known = Known(values={"{name}": "new"})
    assert mismatches(schema, [*origins_of(schema, known), origin("owned")], known) == []


def test_webhooks_and_callbacks_are_requests_of_the_server_and_have_no_policy(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = OpenApiWebhook("done", extend_schema(request=Thing, responses=Thing))
    site.settings.CORS_OPENAPI = {"RESPONSE_HEADERS": True, "DESCRIPTION": True, "REDOC_BADGES": True}
    site.serve(path("things/", CallsBack.as_view()))
    monkeypatch.setattr(spectacular_settings, "WEBHOOKS", [hook])
    schema = site.generate(custom={"OAS_VERSION": "3.1.0"})
    operation = schema["paths"]["/things/"]["post"]
    assert operation[KEY]["allowOrigins"] == [origin("calls-back")]
    for text in (json.dumps(schema["webhooks"]), json.dumps(operation["callbacks"])):
        assert "post" in text
        assert KEY not in text
        assert "x-badges" not in text
        assert "Access-Control" not in text
