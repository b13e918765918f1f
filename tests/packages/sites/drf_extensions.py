"""drf-extensions: nested routes, cached responses and conditional requests."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "drf-extensions",
    "`ExtendedSimpleRouter`, nested, with `@cache_response` and `@etag`",
    CORS_VIEW_POLICIES={"named-children-list": POLICY},
)

from rest_framework.response import Response
from rest_framework.viewsets import ViewSet
from rest_framework_extensions.cache.decorators import cache_response
from rest_framework_extensions.etag.decorators import etag
from rest_framework_extensions.mixins import NestedViewSetMixin
from rest_framework_extensions.routers import ExtendedSimpleRouter

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class Parents(NestedViewSetMixin, ViewSet):
    def list(self, request, **parents):
        return Response({})


class Children(CorsPolicyMixin, NestedViewSetMixin, ViewSet):
    cors_policy = POLICY
    cors_action_policies = {"destroy": NO_CORS}

    @cache_response()
    def list(self, request, **parents):
        return Response({})

    def destroy(self, request, pk, **parents):
        return Response({})


class Above(Parents):
    @cors(POLICY)
    @cache_response()
    def list(self, request, **parents):
        return Response({})


class Below(Parents):
    @cache_response()
    @cors(POLICY)
    def list(self, request, **parents):
        return Response({})


class Tagged(Parents):
    @etag()
    @cors(POLICY)
    def list(self, request, **parents):
        return Response({})


router = ExtendedSimpleRouter()
nested = router.register("parents", Parents, basename="parents")
nested.register("children", Children, basename="children", parents_query_lookups=["parent"])
nested.register("named", Parents, basename="named-children", parents_query_lookups=["parent"])
for name, viewset in {"above": Above, "below": Below, "tagged": Tagged}.items():
    router.register(name, viewset, basename=name)
urlpatterns = router.urls

ROUTE = "/parents/<parent_lookup_parent>/"
package.nothing("/parents/")
package.outside("URL name", "/parents/1/named/", route=ROUTE + "named/")
package.inside("`cors_policy`", "/parents/1/children/", route=ROUTE + "children/")
package.inside(
    "`cors_action_policies`",
    "/parents/1/children/2/",
    method="DELETE",
    route=ROUTE + "children/<pk>/",
    who=NOBODY,
)
package.inside("`@cors` above `@cache_response`", "/above/")
package.inside("`@cors` below `@cache_response`", "/below/")
package.inside("`@cors` below `@etag`", "/tagged/")
