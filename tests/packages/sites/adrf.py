"""adrf: async function views and viewsets. Its router maps actions with names of their own."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "adrf",
    "`@api_view` on `async def`, an async `ViewSet` by its router",
    apps=["adrf"],
    CORS_VIEW_POLICIES={"named": POLICY},
)

from adrf.decorators import api_view
from adrf.routers import SimpleRouter
from adrf.viewsets import ViewSet
from django.urls import include, path
from rest_framework.response import Response

from drf_cors import NO_CORS, CorsPolicyMixin, cors


@api_view(["GET"])
async def plain(request):
    return Response({})


@cors(POLICY)
@api_view(["GET"])
async def above(request):
    return Response({})


@api_view(["GET"])
@cors(POLICY)
async def below(request):
    return Response({})


class Async(ViewSet):
    async def alist(self, request):
        return Response({})

    async def acreate(self, request):
        return Response({})

    async def aretrieve(self, request, pk):
        return Response({})

    async def aupdate(self, request, pk):
        return Response({})

    async def partial_aupdate(self, request, pk):
        return Response({})

    async def adestroy(self, request, pk):
        return Response({})


class ByName(CorsPolicyMixin, Async):
    cors_action_policies = {"alist": POLICY, "partial_aupdate": POLICY, "adestroy": NO_CORS}


class ByTwin(CorsPolicyMixin, Async):
    cors_action_policies = {"destroy": NO_CORS}


class Marked(Async):
    @cors(POLICY)
    async def alist(self, request):
        return Response({})


router = SimpleRouter()
for name, viewset in {"async": Async, "by-name": ByName, "by-twin": ByTwin, "marked": Marked}.items():
    router.register(name, viewset, basename=name)

urlpatterns = [
    path("plain/", plain),
    path("above/", above),
    path("below/", below),
    path("named/", plain, name="named"),
    path("around/", cors(POLICY)(plain)),
    path("off/", cors(NO_CORS)(plain)),
    path("", include(router.urls)),
]

package.nothing("/plain/")
package.nothing("/async/")
package.nothing("/by-name/1/", route="/by-name/<pk>/")
package.outside("URL name", "/named/")
package.outside("`cors()` in the URLconf", "/around/")
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY)
package.inside("`@cors` above `@api_view`", "/above/")
package.inside("`@cors` below `@api_view`", "/below/")
package.inside("`@cors` on an action", "/marked/")
package.inside("`cors_action_policies`", "/by-name/")
package.inside("`cors_action_policies`", "/by-name/1/", method="PATCH", route="/by-name/<pk>/")
package.inside("`cors_action_policies`", "/by-name/1/", method="DELETE", route="/by-name/<pk>/", who=NOBODY)
package.lost(
    "`cors_action_policies` with the sync name of an action",
    "/by-twin/1/",
    method="DELETE",
    route="/by-twin/<pk>/",
    closed="E005",
    says="adestroy",
)
