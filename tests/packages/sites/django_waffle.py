"""waffle: decorators answer 404 where a flag is off, and its middleware sets cookies."""

from __future__ import annotations

from packages.harness import NOBODY, OURS, POLICY, Package

package = Package(
    "django-waffle",
    "`WaffleMiddleware`, `@waffle_flag`, `WaffleFlagMixin`",
    apps=["django.contrib.sessions", "waffle"],
    CORS_VIEW_POLICIES={"named": POLICY},
    MIDDLEWARE=[
        OURS,
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "waffle.middleware.WaffleMiddleware",
    ],
)

from django.http import HttpResponse
from django.urls import path
from django.views import View
from waffle.decorators import waffle_flag
from waffle.mixins import WaffleFlagMixin

from drf_cors import NO_CORS, CorsPolicyMixin, cors


@waffle_flag("missing")
def plain(request):
    return HttpResponse()


@cors(POLICY)
@waffle_flag("missing")
def above(request):
    return HttpResponse()


@waffle_flag("missing")
@cors(POLICY)
def below(request):
    return HttpResponse()


class Declared(CorsPolicyMixin, WaffleFlagMixin, View):
    waffle_flag = "missing"
    cors_policy = POLICY

    def get(self, request):
        return HttpResponse()


urlpatterns = [
    path("plain/", plain),
    path("named/", plain, name="named"),
    path("off/", cors(NO_CORS)(plain)),
    path("above/", above),
    path("below/", below),
    path("declared/", Declared.as_view()),
]

package.tables()
package.response("404 by `@waffle_flag`", "/plain/", status=404)
package.outside("URL name", "/named/", status=404)
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", status=404, who=NOBODY)
package.inside("`@cors` above its decorator", "/above/", status=404)
package.inside("`@cors` below its decorator", "/below/", status=404)
package.inside("`cors_policy`", "/declared/", status=404)
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
LOGIN = "django.contrib.auth.middleware.AuthenticationMiddleware"
package.above([SESSIONS, LOGIN, "waffle.middleware.WaffleMiddleware"], "/plain/", lost=False, status=404)
