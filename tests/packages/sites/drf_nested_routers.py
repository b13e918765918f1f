"""drf-nested-routers: a viewset under the URLs of another."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "drf-nested-routers",
    "`NestedSimpleRouter` with two viewsets",
    CORS_VIEW_POLICIES={"named-child-list": POLICY, "closed:*": POLICY, f"{__name__}.ByPath": POLICY},
)

from django.urls import include, path
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet
from rest_framework_nested.routers import NestedSimpleRouter, SimpleRouter

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class Parents(ViewSet):
    def list(self, request):
        return Response({})


class Children(ViewSet):
    def list(self, request, parent_pk):
        return Response({})

    def destroy(self, request, parent_pk, pk):
        return Response({})


class ByPath(Children):
    pass


class ByAction(CorsPolicyMixin, Children):
    cors_action_policies = {"destroy": NO_CORS}
    cors_policy = POLICY


class Marked(Children):
    @cors(POLICY)
    def list(self, request, parent_pk):
        return Response({})


parents = SimpleRouter()
parents.register("parents", Parents, basename="parents")
children = NestedSimpleRouter(parents, "parents", lookup="parent")
for name, viewset in {
    "plain": Children,
    "by-path": ByPath,
    "by-action": ByAction,
    "marked": Marked,
}.items():
    children.register(name, viewset, basename=name)
children.register("named", Children, basename="named-child")

urlpatterns = [
    path("", include(parents.urls)),
    path("", include(children.urls)),
    path("closed/", include((children.urls, "closed"))),
]

ROUTE = "/parents/<parent_pk>/{}/"
package.nothing("/parents/1/plain/", route=ROUTE.format("plain"))
package.outside("URL name", "/parents/1/named/", route=ROUTE.format("named"))
package.outside("`namespace:*`", "/closed/parents/1/plain/", route="/closed" + ROUTE.format("plain"))
package.outside("dotted path", "/parents/1/by-path/", route=ROUTE.format("by-path"))
package.inside("`cors_policy`", "/parents/1/by-action/", route=ROUTE.format("by-action"))
package.inside(
    "`cors_action_policies`",
    "/parents/1/by-action/2/",
    method="DELETE",
    route=ROUTE.format("by-action") + "<pk>/",
    who=NOBODY,
)
package.inside("`@cors` on an action", "/parents/1/marked/", route=ROUTE.format("marked"))
