"""django-csp: its middleware adds a header to each response, unless a decorator exempts the view."""

from __future__ import annotations

from packages.harness import NOBODY, OURS, POLICY, Package

package = Package(
    "django-csp",
    "`CSPMiddleware`, `@csp_exempt`",
    apps=["csp"],
    CONTENT_SECURITY_POLICY={"DIRECTIVES": {"default-src": ["'self'"]}},
    CORS_VIEW_POLICIES={"named": POLICY},
    MIDDLEWARE=[OURS, "csp.middleware.CSPMiddleware"],
)

from csp.decorators import csp_exempt
from django.http import HttpResponse
from django.urls import path

from drf_cors import NO_CORS, cors


def plain(request):
    return HttpResponse()


@cors(POLICY)
@csp_exempt()
def above(request):
    return HttpResponse()


@csp_exempt()
@cors(POLICY)
def below(request):
    return HttpResponse()


urlpatterns = [
    path("plain/", plain),
    path("named/", csp_exempt()(plain), name="named"),
    path("off/", cors(NO_CORS)(csp_exempt()(plain))),
    path("above/", above),
    path("below/", below),
]

package.response("a response under its middleware", "/plain/")
package.outside("URL name", "/named/")
package.outside("`cors(NO_CORS)` in the URLconf", "/off/", who=NOBODY)
package.inside("`@cors` above its decorator", "/above/")
package.inside("`@cors` below its decorator", "/below/")
package.above(["csp.middleware.CSPMiddleware"], "/plain/", lost=False)
