"""django-modern-rest: controllers are class views whose handlers are wrapped into endpoints."""

from __future__ import annotations

from packages.harness import NOBODY, POLICY, Package

package = Package(
    "django-modern-rest",
    "sync and async `Controller`, by its `Router`",
    apps=["dmr"],
    CORS_VIEW_POLICIES={"api:named": POLICY, f"{__name__}.ByPath": POLICY},
)

from django.urls import include
from dmr import Controller
from dmr.plugins.pydantic import PydanticSerializer
from dmr.routing import Router, path

from drf_cors import NO_CORS, CorsPolicyMixin, cors


class Plain(Controller[PydanticSerializer]):
    def get(self) -> dict[str, str]:
        return {}

    def post(self) -> dict[str, str]:
        return {}


class Async(Controller[PydanticSerializer]):
    async def get(self) -> dict[str, str]:
        return {}


class ByPath(Controller[PydanticSerializer]):
    def get(self) -> dict[str, str]:
        return {}


class Declared(CorsPolicyMixin, Controller[PydanticSerializer]):
    cors_policy = POLICY

    def get(self) -> dict[str, str]:
        return {}


class DeclaredAsync(CorsPolicyMixin, Controller[PydanticSerializer]):
    cors_policy = POLICY

    async def get(self) -> dict[str, str]:
        return {}


@cors(POLICY)
class Marked(Controller[PydanticSerializer]):
    def get(self) -> dict[str, str]:
        return {}


class Handler(Controller[PydanticSerializer]):
    @cors(POLICY)
    def get(self) -> dict[str, str]:
        return {}

    def post(self) -> dict[str, str]:
        return {}


class AsyncHandler(Controller[PydanticSerializer]):
    @cors(POLICY)
    async def get(self) -> dict[str, str]:
        return {}


router = Router(
    "api/",
    [
        path("plain/", Plain.as_view()),
        path("async/", Async.as_view()),
        path("named/", Plain.as_view(), name="named"),
        path("by-path/", ByPath.as_view()),
        path("around/", cors(POLICY)(Plain.as_view())),
        path("around-async/", cors(POLICY)(Async.as_view())),
        path("off/", cors(NO_CORS)(Plain.as_view())),
        path("declared/", Declared.as_view()),
        path("declared-async/", DeclaredAsync.as_view()),
        path("marked/", Marked.as_view()),
        path("handler/", Handler.as_view()),
        path("handler-async/", AsyncHandler.as_view()),
    ],
)
urlpatterns = [path("api/", include((router.urls, "api")))]

package.nothing("/api/plain/")
package.nothing("/api/plain/", method="POST", status=201)
package.nothing("/api/async/")
package.nothing("/api/handler/", method="POST", status=201)
package.outside("URL name", "/api/named/")
package.outside("dotted path", "/api/by-path/")
package.outside("`cors()` in the URLconf", "/api/around/")
package.outside("`cors()` in the URLconf", "/api/around-async/")
package.outside("`cors(NO_CORS)` in the URLconf", "/api/off/", who=NOBODY)
package.inside("`cors_policy`", "/api/declared/")
package.inside("`cors_policy`", "/api/declared-async/")
package.inside("`@cors` on the class", "/api/marked/")
package.inside("`@cors` on a handler", "/api/handler/")
package.inside("`@cors` on a handler", "/api/handler-async/")
