"""graphene-django: one class view for a whole schema."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "graphene-django",
    "`GraphQLView`",
    apps=["graphene_django"],
    CORS_VIEW_POLICIES={"named": POLICY, f"{__name__}.ByPath": POLICY},
)

import graphene
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from graphene_django.views import GraphQLView

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class Query(graphene.ObjectType):
    ping = graphene.String()

    def resolve_ping(self, info):
        return "pong"


schema = graphene.Schema(query=Query)


class ByPath(GraphQLView):
    pass


class Declared(CorsPolicyMixin, GraphQLView):
    cors_policy = POLICY


@method_decorator(cors(POLICY), name="dispatch")
class Marked(GraphQLView):
    pass


urlpatterns = [
    path("plain/", csrf_exempt(GraphQLView.as_view(schema=schema))),
    path("named/", csrf_exempt(GraphQLView.as_view(schema=schema)), name="named"),
    path("by-path/", csrf_exempt(ByPath.as_view(schema=schema))),
    path("around/", csrf_exempt(cors(POLICY)(GraphQLView.as_view(schema=schema)))),
    path("off/", cors(NO_CORS)(csrf_exempt(GraphQLView.as_view(schema=schema)))),
    path("declared/", csrf_exempt(Declared.as_view(schema=schema))),
    path("marked/", csrf_exempt(Marked.as_view(schema=schema))),
]

QUERY = {"data": {"query": "{ping}"}, "content_type": "application/json"}
for method, request in {"GET": {"data": {"query": "{ping}"}}, "POST": QUERY}.items():
    asked = {"method": method, "request": request}
    package.nothing("/plain/", **asked)
    package.outside("URL name", "/named/", **asked)
    package.outside("dotted path", "/by-path/", **asked)
    package.outside("`cors()` in the URLconf", "/around/", **asked)
    package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY, **asked)
    package.inside("`cors_policy`", "/declared/", **asked)
    package.inside("`@method_decorator(cors(...))` on the class", "/marked/", **asked)
