"""The URLs of the docs site: the example API, and Swagger UI in every way that projects show it."""

from __future__ import annotations

import json
import mimetypes
import os
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path, resolve
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.settings import patched_settings
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from drf_cors import NO_CORS, CorsPolicy, endpoint_list, endpoints
from drf_cors.conf import DEFAULTS
from drf_cors.core.merge import Layer, merge
from drf_cors.core.sources import Source
from drf_cors.explain import summaries
from drf_cors.openapi import CorsSchemaGenerator
from drf_cors.openapi.views import CorsExplainView, CorsSwaggerSplitView, CorsSwaggerView
from drf_cors.policy_json import policy_summary, policy_to_json
from example_api.urls import urlpatterns as example_urls
from tests.browsers.docs_csp import NONCE, under
from tests.browsers.docs_settings import SPECTACULAR_SETTINGS

UI = SPECTACULAR_SETTINGS["SWAGGER_UI_SETTINGS"]
VERSIONS = json.loads(os.environ.get("DOCS_VERSIONS", "{}"))
MANY = 400

#: What the page needs of a policy: itself, Swagger UI's pictures, and a nonce for the script that starts it.
WITH_NONCE = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "script-src": ["'self'", NONCE],
    "report-uri": ["/-/reports/"],
}
#: The same without nonces, for the split view.
WITHOUT_NONCE = {**WITH_NONCE, "script-src": ["'self'"]}

reports: list[Any] = []


def page(view: type[SpectacularSwaggerView] = CorsSwaggerView, /, spectacular: Any = None, **initkwargs: Any) -> Any:
    """Make a page, with settings of drf-spectacular of its own."""
    shown = view.as_view(**{"url_name": "schema", **initkwargs})

    def show(request: HttpRequest) -> HttpResponse:
        with patched_settings(spectacular or {}):
            return shown(request).render()

    return show


def expected(request: HttpRequest) -> JsonResponse:
    """Tell the badge of every operation of the schema, by what Django's resolver finds for its path."""
    schema = CorsSchemaGenerator().get_schema(request=None, public=True)
    site = endpoint_list.of_site()
    badges = {}
    for template, operations in schema["paths"].items():
        match = resolve(template.replace("{id}", "1").replace("{tenant}", "acme"))
        (endpoint,) = {each.callback: each for each in site if each.callback is match.func}.values()
        for method in operations:
            upper = method.upper()
            badges[f"{upper} {template}"] = summaries.badge(endpoint.static_policy(upper), upper)
    return JsonResponse(badges)


def policies(request: HttpRequest) -> JsonResponse:
    """Tell of policies of every kind what is published, in full and as a summary, and the words of the badge."""
    listed, some = ["https://a.example"], ["https://a.example", "https://*.b.example"]
    found = [
        CorsPolicy(allowed_origins=listed),
        CorsPolicy(allowed_origins=some),
        CorsPolicy(allowed_origins=some, allow_credentials=True),
        CorsPolicy(allowed_origins=some, allow_credentials=listed),
        CorsPolicy(allowed_origin_regexes=[r"https://c\d\.example"]),
        CorsPolicy(allowed_origin_regexes=[r"https://c\d\.example"], allow_credentials=True),
        CorsPolicy(allowed_origins=some, allowed_origin_regexes=[r"https://c\d\.example"]),
        CorsPolicy(allow_all_origins=True),
        CorsPolicy(allow_all_origins=True, allow_methods=["POST"]),
        CorsPolicy(allow_all_origins=True, allow_methods=["*"]),
        CorsPolicy(allowed_origins=some, is_origin_allowed=lambda origin, request: True),
        NO_CORS,
    ]
    told = []
    for policy in found:
        merged = merge([DEFAULTS, Layer(policy=policy, source=Source("setting", "x"))])
        is_dynamic = bool(merged.origin_tests)
        static_policy = endpoints.StaticPolicy(
            policy=merged, is_governed=True, is_dynamic=is_dynamic, is_shadowed=False
        )
        badge = summaries.badge(static_policy, "GET")
        told += [[publish(static_policy), badge] for publish in (policy_to_json, policy_summary)]
    return JsonResponse(told, safe=False)


@csrf_exempt
def report(request: HttpRequest) -> JsonResponse:
    """Take a report of a violation, or hand out those taken."""
    if request.method == "POST":
        reports.append(json.loads(request.body))
        return JsonResponse({})
    taken, reports[:] = list(reports), []
    return JsonResponse(taken, safe=False)


def incomplete(request: HttpRequest, script: str) -> HttpResponse:
    """Show the page with the address of one of our scripts spoilt."""
    response = page()(request)
    response.content = response.content.replace(f"/{script}".encode(), b"/gone.js")
    return response


def strange(request: HttpRequest) -> JsonResponse:
    """Return a schema with things under our key that are no policies, and markup where names stand."""
    whole = policy_to_json(endpoint_list.of_site()[0].static_policy("GET"))
    markup = "<img src=x>"
    more = [f"https://{number}.example" for number in range(98)] if "long" in request.GET else []
    lists = {"allowOrigins": ["https://a.example", markup, *more], "allowMethods": ["GET", markup]}
    real = {**whole, "enabled": True, **lists, "allowHeaders": [markup], "sources": {"allowOrigins": markup}}
    others = [
        *("yes", True, None, [1], {}, {"enabled": True, "allowMethods": ["GET"]}),
        *({**real, "allowOrigins": "https://b.example"}, {**real, "allowOrigins": [1]}, {**real, "originCounts": {}}),
    ]
    paths = {f"/{number}/": policy for number, policy in enumerate(others)}
    operations: dict[str, Any] = {
        path: {"get": {"responses": {"200": {"description": "fine"}}, "x-cors-policy": policy}}
        for path, policy in {**paths, f"/{markup}/": real}.items()
    }
    return JsonResponse({"openapi": "3.0.3", "info": {"title": "Strange", "version": "1"}, "paths": operations})


def many(request: HttpRequest) -> JsonResponse:
    """Return a schema of many operations under all sorts of policies."""
    paths = CorsSchemaGenerator().get_schema(request=None, public=True)["paths"]
    policies = [each["x-cors-policy"] for operations in paths.values() for each in operations.values()]
    operations = {
        f"/things/{number}/": {
            "get": {
                "operationId": f"thing_{number}",
                "tags": [f"group {number // 50}"],
                "responses": {"200": {"description": "fine"}},
                "x-cors-policy": policies[number % len(policies)],
            }
        }
        for number in range(MANY)
    }
    return JsonResponse({"openapi": "3.0.3", "info": {"title": "Many", "version": "1"}, "paths": operations})


def verdicts_on_many(request: HttpRequest) -> JsonResponse:
    """Allow every second one."""
    operations = [
        {
            "path": f"/things/{number}/",
            "method": "GET",
            "verdict": "blocked" if number % 2 else "allowed",
            "reason": "origin-not-allowed" if number % 2 else "allowed",
            "text": "",
            "nextStep": "",
        }
        for number in range(MANY)
    ]
    counts = {"allowed": MANY // 2, "blocked": MANY // 2, "depends": 0, "total": MANY}
    return JsonResponse({"operations": operations, "counts": counts})


def error(request: HttpRequest, status: int) -> HttpResponse:
    """Refuse a question as the explain view does, or as something before it."""
    if status == 502:
        return HttpResponse("<h1>Bad gateway</h1>", status=status)
    return JsonResponse({"origin": ["'x' is no origin."]}, status=status, headers={"Retry-After": "7"})


def ui_file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """Serve a file of another version of Swagger UI."""
    file = Path(VERSIONS.get(version, "/nowhere"), name)
    if not file.is_file():
        raise Http404
    return HttpResponse(file.read_bytes(), content_type=mimetypes.guess_type(name)[0])


def of_version(request: HttpRequest, version: str) -> HttpResponse:
    """Show the page in another version of Swagger UI."""
    return page(spectacular={"SWAGGER_UI_DIST": f"/ui/{version}"})(request)


trimmed = {
    "SCHEMA_PATH_PREFIX": "/api",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "SERVERS": [{"url": "/api"}],
}

urlpatterns = [
    path("-/empty/", lambda request: HttpResponse("<!doctype html><title>Empty</title><link rel=icon href=data:,>")),
    path("-/expected/", expected),
    path("-/policies/", policies),
    path("-/reports/", report),
    path("split/", page(CorsSwaggerSplitView)),
    path("plain/", page(SpectacularSwaggerView)),
    path("own-template/", page(template_name="own_page.html", template_name_js="own_page.js")),
    path("without-explain/", page(explain_url_name="nowhere")),
    path("without-filter/", page(spectacular={"SWAGGER_UI_SETTINGS": {**UI, "filter": False}})),
    path("summary/", page(url="/api/schema/?summary=1")),
    path("trimmed/", page(url="/trimmed/schema/", explain_url="/trimmed/cors/")),
    path("trimmed/cors/", CorsExplainView.as_view(custom_settings=trimmed)),
    path("trimmed/schema/", SpectacularAPIView.as_view(custom_settings=trimmed)),
    path("elsewhere/", page(url="/elsewhere/schema/")),
    path(
        "elsewhere/schema/",
        SpectacularAPIView.as_view(custom_settings={"SERVERS": [{"url": "https://api.shop.example/v1/"}]}),
    ),
    path("incomplete/<script>/", incomplete),
    path("strange/", page(url="/strange/schema/")),
    path("strange/long/", page(url="/strange/schema/?long=1")),
    path("strange/schema/", strange),
    path("many/", page(url="/many/schema/", explain_url="/many/verdicts/")),
    path("many/schema/", many),
    path("many/verdicts/", verdicts_on_many),
    path("error/<int:status>/", lambda request, status: page(explain_url=f"/error/{status}/answer/")(request)),
    path("error/<int:status>/answer/", error),
    path("csp/nonce/", under(WITH_NONCE, page())),
    path("csp/split/", under(WITHOUT_NONCE, page(CorsSwaggerSplitView))),
    path("csp/broken/", under(WITHOUT_NONCE, page())),
    path("version/<version>/", of_version),
    path("ui/<version>/<name>", ui_file),
    path("", include(example_urls)),
]
