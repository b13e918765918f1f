"""strawberry-django: one class view for a whole schema, sync or async."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "strawberry-graphql-django",
    "`GraphQLView` and `AsyncGraphQLView` over a model type",
    apps=["strawberry_django"],
    CORS_VIEW_POLICIES={"named": POLICY, f"{__name__}.ByPath": POLICY},
)

import strawberry
import strawberry_django
from django.contrib.auth.models import Group
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from strawberry.django.views import AsyncGraphQLView, GraphQLView

from drf_cors import NO_CORS, CorsPolicyMixin, cors


@strawberry_django.type(Group)
class GroupType:
    name: strawberry.auto


@strawberry.type
class Query:
    groups: list[GroupType] = strawberry_django.field()


schema = strawberry.Schema(query=Query)


class ByPath(GraphQLView):
    pass


class Declared(CorsPolicyMixin, GraphQLView):
    cors_policy = POLICY


class DeclaredAsync(CorsPolicyMixin, AsyncGraphQLView):
    cors_policy = POLICY


@cors(POLICY)
class MarkedAsync(AsyncGraphQLView):
    pass


class Dispatch(GraphQLView):
    @cors(POLICY)
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)


urlpatterns = [
    path("plain/", GraphQLView.as_view(schema=schema)),
    path("async/", AsyncGraphQLView.as_view(schema=schema)),
    path("named/", AsyncGraphQLView.as_view(schema=schema), name="named"),
    path("by-path/", ByPath.as_view(schema=schema)),
    path("around/", cors(POLICY)(csrf_exempt(AsyncGraphQLView.as_view(schema=schema)))),
    path("off/", csrf_exempt(cors(NO_CORS)(GraphQLView.as_view(schema=schema)))),
    path("declared/", csrf_exempt(Declared.as_view(schema=schema))),
    path("declared-async/", DeclaredAsync.as_view(schema=schema)),
    path("marked/", MarkedAsync.as_view(schema=schema)),
    path("dispatch/", Dispatch.as_view(schema=schema)),
]

package.tables()
POST = {"method": "POST", "request": {"data": {"query": "{groups{name}}"}, "content_type": "application/json"}}
GET = {"request": {"data": {"query": "{groups{name}}"}}}
for asked in (POST, GET):
    package.nothing("/plain/", **asked)
    package.nothing("/async/", **asked)
    package.outside("URL name", "/named/", **asked)
    package.outside("dotted path", "/by-path/", **asked)
    package.outside("`cors()` in the URLconf", "/around/", **asked)
    package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY, **asked)
    package.inside("`cors_policy`", "/declared/", **asked)
    package.inside("`cors_policy`", "/declared-async/", **asked)
    package.inside("`@cors` on the class", "/marked/", **asked)
    package.inside("`@cors` on `dispatch`", "/dispatch/", **asked)
