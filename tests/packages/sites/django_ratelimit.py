"""ratelimit: its decorator raises, and its middleware makes the response."""

from __future__ import annotations

from packages.harness import NOBODY, OURS, POLICY, Package

package = Package(
    "django-ratelimit",
    "`@ratelimit`, `RatelimitMiddleware` with `RATELIMIT_VIEW`",
    CORS_VIEW_POLICIES={"named": POLICY},
    MIDDLEWARE=[OURS, "django_ratelimit.middleware.RatelimitMiddleware"],
    RATELIMIT_VIEW=f"{__name__}.too_many",
)

from django.http import HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django_ratelimit.decorators import ratelimit

from drf_cors import NO_CORS, CorsPolicyMixin, cors

never = ratelimit(key="ip", rate="0/m")


def too_many(request, exception):
    return HttpResponse(status=429)


@never
def plain(request):
    return HttpResponse()


@cors(POLICY)
@never
def above(request):
    return HttpResponse()


@never
@cors(POLICY)
def below(request):
    return HttpResponse()


class Declared(CorsPolicyMixin, View):
    cors_policy = POLICY

    @method_decorator(never)
    def get(self, request):
        return HttpResponse()


class Marked(View):
    @method_decorator(never)
    @cors(POLICY)
    def get(self, request):
        return HttpResponse()


urlpatterns = [
    path("plain/", plain),
    path("named/", plain, name="named"),
    path("off/", cors(NO_CORS)(plain)),
    path("above/", above),
    path("below/", below),
    path("declared/", Declared.as_view()),
    path("marked/", Marked.as_view()),
]

package.response("429 by its middleware", "/plain/", status=429)
package.outside("URL name", "/named/", status=429)
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", status=429, who=NOBODY)
package.inside("`@cors` above its decorator", "/above/", status=429)
package.inside("`@cors` below its decorator", "/below/", status=429)
package.inside("`cors_policy`", "/declared/", status=429)
package.inside("`@cors` on a handler", "/marked/", status=429)
package.above(["django_ratelimit.middleware.RatelimitMiddleware"], "/plain/", lost=False, status=429)
